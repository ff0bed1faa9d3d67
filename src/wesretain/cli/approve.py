"""`wesretain approve`: a rule, as it stands, may be applied where nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wesretain.cli.book import ledger_of, rule_of
from wesretain.cli.lists import console_of, format_option, show
from wesretain.cli.options import config_option
from wesretain.cli.who import who
from wesretain.errors import UsageError
from wesretain.model.config import Intent
from wesretain.model.rule import Rule

if TYPE_CHECKING:
    from wesretain.ledger import Ledger
    from wesretain.render.approvals import Approved


@click.command(
    epilog="""\b
Examples:
  wesretain approve closed-tickets
  wesretain approve closed-tickets --backlog 250000   # the first clean-up
  wesretain approve --all                             # after `wesretain scan`
  wesretain approve --list

What is approved is the rule together with all other rules of its table, as the files have them now. Where one of them
changes, is added or goes away, `apply --yes` refuses the rule until it is approved again.
"""
)
@click.argument("rule", required=False)
@config_option
@click.option("--backlog", type=click.IntRange(1), metavar="N", help="Let so many records go beyond the limits, once.")
@click.option("--all", "whole", is_flag=True, help="Approve every rule that is not approved as it stands.")
@click.option("--list", "listed", is_flag=True, help="List the rules and their approvals.")
@format_option
@click.pass_context
def approve(
    context: click.Context,
    rule: str | None,
    config: Path,
    backlog: int | None,
    whole: bool,
    listed: bool,
    form: str,
) -> None:
    """Approve RULE as it stands, or all rules, so that it is applied where nobody is asked."""
    from wesretain.cli.intent import sound_intent

    if (rule is not None) + whole + listed != 1 or (rule is None and backlog is not None):
        raise UsageError("approve takes a rule, or --all, or --list", "see `wesretain approve --help`")
    intent = sound_intent(config)
    if listed:
        _list(context, intent, form)
    elif rule is None:
        _approve_all(intent)
    else:
        _approve(context, intent, rule_of(intent.rules, rule), backlog)


def _approve(context: click.Context, intent: Intent, rule: Rule, backlog: int | None) -> None:
    from wesretain.model.digest import rule_set_digest
    from wesretain.render.approvals import print_text

    digest = rule_set_digest(intent.rules, intent.inventory, rule.table)
    with ledger_of(intent.config) as ledger:
        ledger.approve(rule.name, digest, who(), datetime.now(UTC), backlog)
    beside = [other for other in intent.rules if other.table == rule.table and other is not rule]
    print_text(rule, beside, backlog, console_of(context))


def _approve_all(intent: Intent) -> None:
    with ledger_of(intent.config) as ledger:
        waiting = [found for found in _approved(intent, ledger) if not found.fits]
        for found in waiting:
            ledger.approve(found.rule.name, found.digest, who(), datetime.now(UTC), None)
    click.echo(f"approved: {len(waiting):,} rules; `wesretain approve --list` shows them")


def _list(context: click.Context, intent: Intent, form: str) -> None:
    from wesretain.render.approvals import listing

    with ledger_of(intent.config) as ledger:
        show(context, form, listing(list(_approved(intent, ledger)), intent.config.zone))


def _approved(intent: Intent, ledger: Ledger) -> Iterator[Approved]:
    from wesretain.model.digest import rule_set_digest
    from wesretain.render.approvals import Approved

    for rule in intent.rules:
        approval = ledger.approval(rule.name, rule.table.database)
        yield Approved(rule, approval, rule_set_digest(intent.rules, intent.inventory, rule.table))
