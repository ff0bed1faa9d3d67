"""`wesretain review`: decisions on records whose rule wants a person to look first."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wesretain.cli.book import day_of, ledger_of, rule_of
from wesretain.cli.lists import format_option, show
from wesretain.cli.options import Name, config_option
from wesretain.cli.scan import is_terminal
from wesretain.cli.who import who
from wesretain.errors import UsageError, WesretainError, worst
from wesretain.model.rule import Disposition, Rule
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from wesretain.engines import Live
    from wesretain.render.reviews import ReviewRow
    from wesretain.reviews import Review
    from wesretain.survey import Request, Survey

#: So many records a terminal is shown.
_SHOWN = 100


@click.group(
    epilog="""\b
Examples:
  wesretain review list
  wesretain review list old-cases
  wesretain review approve old-cases 4711 --reason "looked through"
  wesretain review extend old-cases --all --until 2027-12-31 \\
    --reason "the audit goes on"
"""
)
def review() -> None:
    """Decide on the records of rules that say `then: hold`.

    No rule removes such a record before a review has let it go.
    """


@review.command(
    name="list",
    epilog="""\b
Examples:
  wesretain review list
  wesretain review list old-cases --format csv
""",
)
@click.argument("rule", required=False)
@config_option
@click.option(
    "--limit", type=click.IntRange(1), help=f"So many records of RULE.  [default: {_SHOWN} in a table, else all]"
)
@format_option
@click.pass_context
def list_reviews(context: click.Context, rule: str | None, config: Path, limit: int | None, form: str) -> int:
    """List the rules that order reviews, or the records of one RULE that wait for a decision, by their keys."""
    from wesretain.render.reviews import keys_listing, reviews_listing

    if rule is None:
        request = _request(config)
        rows, codes = _rows(request)
        show(context, form, reviews_listing(rows, request.intent.config.zone))
        return worst(codes)
    with _reviewed(config, rule) as (_, found):
        shown = limit or (_SHOWN if form == "table" else None)
        keys = found.waiting(None if shown is None else shown + 1)
        some = keys if shown is None else keys[:shown]
        show(context, form, keys_listing(found.bound.table.key, some))
        if len(keys) > len(some) and form == "table":
            click.echo(f"there are more than {shown}; see them all with --format csv", err=True)
    return 0


@review.command(
    epilog="""\b
Examples:
  wesretain review approve old-cases 4711 --reason "looked through"
  wesretain review approve old-cases --all --yes --reason sampled
"""
)
@click.argument("rule")
@click.argument("key", nargs=-1, type=Name())
@config_option
@click.option("--all", "whole", is_flag=True, help="Decide on all records that wait now.")
@click.option("--yes", is_flag=True, help="With --all: do not ask.")
@click.option("--reason", required=True, help="Why they may go.")
def approve(rule: str, key: tuple[str, ...], config: Path, whole: bool, yes: bool, reason: str) -> None:
    """Let the record of RULE with that KEY go, or all that wait: the next apply deletes them.

    KEY is the record's primary key, one value a column; write `--` before values that begin with a dash.
    """
    _decide(config, rule, _Choice(key, whole, yes), None, reason)


@review.command(
    epilog="""\b
Examples:
  wesretain review extend old-cases 4711 --until 2027-12-31 \\
    --reason "the case goes on"
  wesretain review extend old-cases --all --until 2027-12-31 \\
    --reason "the audit goes on"
"""
)
@click.argument("rule")
@click.argument("key", nargs=-1, type=Name())
@config_option
@click.option("--all", "whole", is_flag=True, help="Decide on all records that wait now.")
@click.option("--yes", is_flag=True, help="With --all: do not ask.")
@click.option("--until", required=True, metavar="DATE", help="Keep them through that day; then they wait again.")
@click.option("--reason", required=True, help="Why they stay.")
def extend(rule: str, key: tuple[str, ...], config: Path, whole: bool, yes: bool, until: str, reason: str) -> None:
    """Keep the record of RULE with that KEY for longer, or all that wait.

    KEY is the record's primary key, one value a column; write `--` before values that begin with a dash.
    """
    _decide(config, rule, _Choice(key, whole, yes), day_of(until, "--until"), reason)


class _Choice:
    """Which records a decision is on: one by its key, or all that wait."""

    def __init__(self, key: tuple[str, ...], whole: bool, yes: bool) -> None:
        if bool(key) == whole:
            raise UsageError("a decision is on one record or on all that wait", "give its KEY, or --all")
        if whole and not yes and not is_terminal(sys.stdin):
            raise UsageError("--all decides on many records, and nobody is there to ask", "pass --yes")
        self.key, self.asks = key, whole and not yes

    def keys(self, found: Review) -> list[tuple[str, ...]]:
        """The records' keys as the database spells them."""
        return [found.record(self.key)] if self.key else found.waiting()


def _decide(config: Path, rule: str, choice: _Choice, until: date | None, reason: str) -> None:
    if not reason.strip():
        raise UsageError("--reason says nothing", "say it in a few words")
    with _reviewed(config, rule) as (request, found):
        if until is not None and until < found.survey.ruling.moment.today:
            raise UsageError(f"--until {until} has passed", "name a day to come")
        keys = choice.keys(found)
    words = "may go" if until is None else f"stay until {until}"
    if not keys:
        click.echo(f"no record of rule {plain(rule)} waits for a decision")
        return
    if choice.asks and not click.confirm(f"{len(keys):,} records {words}?", err=True):
        click.echo("nothing was decided", err=True)
        return
    with ledger_of(request.intent.config) as ledger:
        ledger.decide(rule, keys, until, who(), reason.strip(), datetime.now(UTC))
    click.echo(f"{len(keys):,} record{'s' if len(keys) != 1 else ''} of rule {plain(rule)}: {words}")


def _request(config: Path) -> Request:
    from wesretain.cli.intent import request_of
    from wesretain.survey import Selection

    return request_of(config, None, Selection())


@contextmanager
def _reviewed(config: Path, name: str) -> Iterator[tuple[Request, Review]]:
    """A rule that orders reviews, on its live database.

    Raises:
        UsageError: where there is no such rule, or it orders none.
    """
    from wesretain.reviews import review_of, surveyed

    request = _request(config)
    rule = rule_of(request.intent.rules, name)
    if rule.then is not Disposition.HOLD:
        mend = "reviews are for rules that say `then: hold`; see `wesretain review list`"
        raise UsageError(f"rule `{rule.name}` says `then: {rule.then.value}`", mend)
    with surveyed(request, rule.table.database) as (live, survey):
        yield request, review_of(live, survey, rule)


def _rows(request: Request) -> tuple[list[ReviewRow], list[int]]:
    """All reviews, and the exit codes of what could not be counted."""
    from wesretain.render.reviews import ReviewRow
    from wesretain.reviews import surveyed

    rules = [rule for rule in request.intent.rules if rule.then is Disposition.HOLD]
    with ledger_of(request.intent.config) as ledger:
        since = {name: entry.at for name, entry in ledger.open_reviews().items()}
    counts: dict[str, tuple[int, int, int]] = {}
    codes = [0]
    for database in dict.fromkeys(rule.table.database for rule in rules):
        own = [rule for rule in rules if rule.table.database == database]
        try:
            with surveyed(request, database) as (live, survey):
                counts.update(_counts(own, live, survey, codes))
        except WesretainError as error:
            _tell(error, codes)
    return [ReviewRow(rule, since.get(rule.name), counts.get(rule.name)) for rule in rules], codes


def _counts(rules: list[Rule], live: Live, survey: Survey, codes: list[int]) -> dict[str, tuple[int, int, int]]:
    from wesretain.reviews import review_of

    counts: dict[str, tuple[int, int, int]] = {}
    for rule in rules:
        try:
            with live.savepoint():
                tally = review_of(live, survey, rule).tally()
            counts[rule.name] = (tally.waiting, tally.approved, tally.extended)
        except WesretainError as error:
            _tell(error, codes)
    return counts


def _tell(error: WesretainError, codes: list[int]) -> None:
    click.echo(f"wesretain: {plain(str(error))}", err=True)
    codes.append(error.exit_code)
