"""`wesretain records`: which records stand where under a rule, and why they stay."""

from __future__ import annotations

from pathlib import Path

import click

from wesretain.cli.book import rule_of
from wesretain.cli.intent import request_of
from wesretain.cli.lists import format_option, show
from wesretain.cli.options import Name, config_option
from wesretain.errors import UsageError
from wesretain.model.names import family_of
from wesretain.model.standing import Standing
from wesretain.render.plain import plain

#: So many records a terminal is shown.
_SHOWN = 100


@click.command(
    epilog="""\b
Examples:
  wesretain records children
  wesretain records closed-tickets --standing blocked --standing held
  wesretain records minors-without-approval --format csv >minors.csv
"""
)
@click.argument("rule", type=Name())
@config_option
@click.option(
    "--standing",
    "standings",
    multiple=True,
    type=click.Choice([standing.word for standing in Standing]),
    help="Those with this standing.  [default: all but kept and uncovered]",
)
@click.option("--database", type=Name(), metavar="NAME", help="The member, such as `tenants/a`, of a rule on a family.")
@click.option("--as-of", metavar="DATE", help="As of that day or instant, past or future.")
@click.option("--limit", type=click.IntRange(1), help=f"So many of them.  [default: {_SHOWN} in a table, else all]")
@format_option
@click.pass_context
def records(
    context: click.Context,
    rule: str,
    config: Path,
    standings: tuple[str, ...],
    database: str | None,
    as_of: str | None,
    limit: int | None,
    form: str,
) -> None:
    """List the records of RULE by their keys: where each of them stands, and why it stays.

    `wesretain explain` says all about one of them.
    """
    from wesretain.records import NOTEWORTHY
    from wesretain.records import records as run
    from wesretain.render.records import listing
    from wesretain.survey import Selection

    request = request_of(config, as_of, Selection())
    chosen = frozenset(s for s in Standing if s.word in standings) or frozenset(NOTEWORTHY)
    shown = limit or (_SHOWN if form == "table" else None)
    more = shown + 1 if shown is not None and limit is None else shown
    about = rule_of(request.intent.rules, rule)
    if database is not None and family_of(database) != about.table.database:
        mend = f"name a member of `{about.table.database}`"
        raise UsageError(f"rule `{rule}` is not on `{plain(database)}`", mend)
    found = run(request, about, chosen, more, database)
    some = found if shown is None else type(found)(found.columns, found.found[:shown])
    show(context, form, listing(some))
    if len(found.found) > len(some.found):
        click.echo(f"there are more than {shown}; see them all with --format csv", err=True)
