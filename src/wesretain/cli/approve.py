"""`wesretain approve`: a rule, as it stands, may be applied where nobody is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from wesretain.cli.book import ledger_of, rule_of
from wesretain.cli.lists import format_option, show
from wesretain.cli.options import config_option
from wesretain.cli.who import who
from wesretain.errors import UsageError
from wesretain.model.config import Intent
from wesretain.model.rule import Rule


@click.command(
    epilog="""\b
Examples:
  wesretain approve closed-tickets
  wesretain approve closed-tickets --backlog 250000   # the first clean-up of many years
  wesretain approve --list

\b
What is approved is the rule together with all other rules of its table, as the files have them now. Where one of them
changes, is added or goes away, `apply --yes` refuses the rule until it is approved again.
"""
)
@click.argument("rule", required=False)
@config_option
@click.option("--backlog", type=click.IntRange(1), metavar="N", help="Let so many records go beyond the limits, once.")
@click.option("--list", "listed", is_flag=True, help="List the rules and their approvals.")
@format_option
@click.pass_context
def approve(
    context: click.Context, rule: str | None, config: Path, backlog: int | None, listed: bool, form: str
) -> None:
    """Approve RULE as it stands, so that it is applied where nobody is asked."""
    from wesretain.cli.intent import sound_intent

    if listed == (rule is not None) or (listed and backlog is not None):
        raise UsageError("approve takes a rule, or --list alone", "see `wesretain approve --help`")
    intent = sound_intent(config)
    if rule is None:
        _list(context, intent, form)
    else:
        _approve(intent, rule_of(intent.rules, rule), backlog)


def _approve(intent: Intent, rule: Rule, backlog: int | None) -> None:
    from wesretain.model.digest import rule_set_digest
    from wesretain.render.approvals import as_text

    digest = rule_set_digest(intent.rules, intent.inventory, rule.table)
    with ledger_of(intent.config) as ledger:
        ledger.approve(rule.name, digest, who(), datetime.now(UTC), backlog)
    beside = [other for other in intent.rules if other.table == rule.table and other is not rule]
    for line in as_text(rule, beside, backlog):
        click.echo(line)


def _list(context: click.Context, intent: Intent, form: str) -> None:
    from wesretain.model.digest import rule_set_digest
    from wesretain.render.approvals import Approved, listing

    with ledger_of(intent.config) as ledger:
        found = [
            Approved(rule, ledger.approval(rule.name), rule_set_digest(intent.rules, intent.inventory, rule.table))
            for rule in intent.rules
        ]
    show(context, form, listing(found, intent.config.zone))
