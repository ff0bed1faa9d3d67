"""`wesretain hold`: orders to keep, which beat everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wesretain.cli.book import check_name, configured, day_of, ledger_of
from wesretain.cli.lists import console_of, format_option, show
from wesretain.cli.options import Name, config_option
from wesretain.cli.who import who
from wesretain.errors import LedgerError, NotFenced, UsageError, WesretainError
from wesretain.model.config import Config, Intent
from wesretain.model.hold import Hold, OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope
from wesretain.model.names import family_of
from wesretain.model.rule import Category, TableName
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from wesretain.families import Found
    from wesretain.holds import Extent
    from wesretain.ledger import Ledger
    from wesretain.render.holds import Today

#: The longest grace period, in days: the calendar ends.
_LONGEST_GRACE = 3_650


@click.group(
    epilog="""\b
Examples:
  wesretain hold add --matter "Case 7" --reason case --subject shop.people 3
  wesretain hold list
  wesretain hold release 7 --reason "case closed on 3 May"
"""
)
def hold() -> None:
    """Place, show and release holds: orders to keep, which beat every rule.

    A hold reaches what it names, and everything below it.
    """


@hold.command(
    epilog="""\b
Examples:
  wesretain hold add --matter "Case 7" --reason case --subject shop.people 3
  wesretain hold add --matter "Case 7" --reason lawsuit \\
    --record shop.order_lines 11 2   # a key of two columns
  wesretain hold add --matter Audit --reason audit --table shop.invoices \\
    --where '{year: {at least: 2020}}' --review-on 2027-12-31
  wesretain hold add --matter Audit --reason audit \\
    --category non_personal

It says first what the hold reaches, and returns once every database knows it: from then on no run touches a record
that it reaches. Where a database cannot be told the hold stands all the same, and the exit status is 7.
"""
)
@config_option
@click.option("--matter", required=True, help="What the hold is about: a case, an audit, a request.")
@click.option("--reason", required=True, help="Why it is placed.")
@click.option("--review-on", metavar="DATE", help="When somebody is to ask whether it is needed still.")
@click.option("--subject", type=Name(), metavar="TABLE", help="On the person whose record of TABLE has that KEY.")
@click.option("--record", type=Name(), metavar="TABLE", help="On the record of TABLE with that KEY.")
@click.option("--table", type=Name(), metavar="TABLE", help="On all records of TABLE.")
@click.option(
    "--where", type=Name(), metavar="CONDITION", help="With --table: on those that a condition matches, as in a policy."
)
@click.option("--category", type=click.Choice([c.value for c in Category]), help="On all tables of a category.")
@click.option("--database", metavar="NAME", help="On a whole database.")
@click.argument("key", nargs=-1, type=Name())
@click.pass_context
def add(
    context: click.Context,
    config: Path,
    matter: str,
    reason: str,
    review_on: str | None,
    subject: str | None,
    record: str | None,
    table: str | None,
    where: str | None,
    category: str | None,
    database: str | None,
    key: tuple[str, ...],
) -> int:
    """Place a hold on a person, a record, a table, a category or a database.

    TABLE is written as in the rules: database.table, or database.schema.table. KEY is its primary key, one value a
    column; write `--` before values that begin with a dash.
    """
    from wesretain.cli.intent import sound_intent
    from wesretain.families import discovered
    from wesretain.holds import names_of

    chosen = {"--subject": subject, "--record": record, "--table": table, "--category": category}
    scope = _scope(chosen | {"--database": database}, where, key)
    now = datetime.now(UTC)
    review = day_of(review_on, "--review-on") if review_on is not None else None
    if review is not None and review <= now.date():
        raise UsageError(f"the review date {review} is not in the future", "name a later day")
    new = Hold(0, _said(matter, "--matter"), _said(reason, "--reason"), scope, now, review, by=who())
    intent = sound_intent(config)
    names = names_of(intent.config, scope)
    known = discovered(intent.config)
    for name in names:
        check_name(known, name)
    with ledger_of(intent.config) as ledger:
        _tell_extent(context, replace(intent, config=known.config), new, names)
        number = ledger.place_hold(new.matter, new.reason, scope, now, review, by=new.by, databases=names)
        # Looked up again: a member that a run has found meanwhile may not know of the hold yet.
        code = _fence(discovered(intent.config), ledger, names, f"hold {number} stands")
    if code == 0:
        click.echo(f"hold {number} is in force")
    return code


def _scope(chosen: dict[str, str | None], where: str | None, key: tuple[str, ...]) -> Scope:
    """What the options name.

    Raises:
        UsageError: where they name nothing, several things, or half a thing.
    """
    given = [(option, value) for option, value in chosen.items() if value is not None]
    if len(given) != 1:
        raise UsageError("a hold is on exactly one thing", f"give one of {', '.join(chosen)}")
    ((option, value),) = given
    if where is not None and option != "--table":
        raise UsageError("--where says which records of a table", "give it with --table")
    if bool(key) != (option in ("--subject", "--record")):
        mend = "write the key after the table" if not key else "only --subject and --record take one"
        raise UsageError(f"{option} takes {'no' if key else 'a'} KEY", mend)
    match option:
        case "--subject":
            return OnSubject(_table(value), key)
        case "--record":
            return OnRecord(_table(value), key)
        case "--table":
            return OnTable(_table(value)) if where is None else _records(_table(value), where)
        case "--category":
            return OnCategory(Category(value))
        case _:
            return OnDatabase(value)


def _records(table: TableName, where: str) -> OnRecords:
    from wesretain.policy.load import parse_condition

    return OnRecords(table, parse_condition(where), where)


def _table(text: str) -> TableName:
    from wesretain.policy.words import show

    found = TableName.of(text)
    if found is None:
        raise UsageError(f"{show(text)} names no table of a database", "write `database.table`")
    return found


def _said(text: str, option: str) -> str:
    if not text.strip():
        raise UsageError(f"{option} says nothing", "say it in a few words")
    return text.strip()


def _tell_extent(context: click.Context, intent: Intent, new: Hold, names: tuple[str, ...]) -> None:
    """Say what the hold will reach. A database that cannot be asked does not keep it from being placed.

    Raises:
        Misfit: where a database says that the hold does not fit it.
    """
    from wesretain.holds import Misfit, extent, reached
    from wesretain.survey import Request

    request = Request(intent, (), new.placed_at, pinned=True)
    found: list[Extent] = []
    misfits: list[tuple[str, Misfit]] = []
    for name in reached(intent.config, names):
        try:
            found.append(extent(request, new, name))
        except Misfit as misfit:
            misfits.append((name, misfit))
        except WesretainError as error:
            click.echo(f"wesretain: what the hold reaches in {plain(name)} is not known: {plain(str(error))}", err=True)
    if misfits and not found:
        raise misfits[0][1]
    for name, why in misfits:  # some members of a family; the others have what it names
        words = f"the hold does not fit {name}, so all of it is held: {why.message}"
        click.echo(f"wesretain: {plain(words)}", err=True)
    _show_extent(context, found, names)


def _show_extent(context: click.Context, found: list[Extent], names: tuple[str, ...]) -> None:
    """What is reached, table by table; the members of a family that the hold names as a whole are added up."""
    from wesretain.render.listing import Listing

    tables = [each for extent in found for each in extent.tables]
    records: dict[str, int] = {}
    for each in tables:
        label = each.database if each.database in names else family_of(each.database)
        records[f"{label}.{each.table}"] = records.get(f"{label}.{each.table}", 0) + each.records
    unknown = {f"{each.database}.{each.table}" for each in tables if each.unknown}
    rows = tuple((name, "?" if name in unknown else f"{count:,}") for name, count in records.items())
    if rows:
        show(context, "table", Listing("reached", ("table", "held"), rows, (), (), frozenset({"held"})))
    for line in (*(doubt for extent in found for doubt in extent.doubts), *(t.unknown for t in tables if t.unknown)):
        click.echo(f"wesretain: {plain(line)}", err=True)
    if found and not rows:
        click.echo("wesretain: the hold reaches no record now; check that it names what you mean", err=True)


def _fence(found: Found, ledger: Ledger, names: tuple[str, ...], subject: str) -> int:
    """Tell the databases of all holds; 7 where one could not be told, and 8 where the ledger is behind."""
    from wesretain.errors import worst
    from wesretain.holds import fence as tell
    from wesretain.holds import reached

    codes = [0]
    mend = "then run `wesretain hold fence`"
    for lost in found.failures:
        if any(family_of(name) == lost.database for name in names):
            message = f"{subject}, but nobody knows which databases to tell of it: {lost.message}; {mend}"
            click.echo(f"wesretain: {plain(message)}", err=True)
            codes.append(NotFenced.exit_code)
    for each in tell(found.config, ledger, reached(found.config, names)):
        if each.failure is not None:
            message = f"{subject}, but database {each.database} has not been told of it yet: {each.failure}; {mend}"
            click.echo(f"wesretain: {plain(message)}", err=True)
            behind = isinstance(each.failure, LedgerError)
            codes.append(LedgerError.exit_code if behind else NotFenced.exit_code)
    return worst(codes)


@hold.command(
    epilog="""\b
Example:
  wesretain hold fence
"""
)
@config_option
def fence(config: Path) -> int:
    """Tell all databases of the holds again, after one could not be told."""
    from wesretain.families import discovered

    settings = configured(config)
    with ledger_of(settings) as ledger:
        code = _fence(discovered(settings), ledger, settings.names, "the holds stand")
    if code == 0:
        click.echo("every database on which a run can begin knows all holds")
    return code


@hold.command(
    name="list",
    epilog="""\b
Examples:
  wesretain hold list
  wesretain hold list --all --format csv
""",
)
@config_option
@click.option("--all", "ended", is_flag=True, help="Show those too that have ended.")
@format_option
@click.pass_context
def list_holds(context: click.Context, config: Path, ended: bool, form: str) -> None:
    """List the holds in force, and mark those whose review date has passed."""
    from wesretain.render.holds import listing

    settings = configured(config)
    today = _today(settings)
    with ledger_of(settings) as ledger:
        found = [each for each in ledger.holds() if ended or each.holds_at(today.now)]
    if not found and form == "table":
        click.echo("there are no holds")
        return
    show(context, form, listing(found, today))


@hold.command(
    name="show",
    epilog="""\b
Example:
  wesretain hold show 7
""",
)
@click.argument("number", type=int)
@config_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def show_hold(context: click.Context, number: int, config: Path, form: str) -> None:
    """Show one hold."""
    from wesretain.render.holds import item, print_text
    from wesretain.render.programs import as_json

    settings = configured(config)
    with ledger_of(settings) as ledger:
        found = _found(ledger, number)
    if form == "json":
        head = {"wesretain": "hold", "version": 1}
        click.echo(as_json(head | item(found, _today(settings))))
        return
    print_text(found, _today(settings), console_of(context))


@hold.command(
    epilog="""\b
Examples:
  wesretain hold release 7 --reason "case closed on 3 May"
  wesretain hold release 7 --reason "placed by mistake" --grace 0
"""
)
@click.argument("number", type=int)
@config_option
@click.option("--reason", required=True, help="Why it is needed no longer.")
@click.option(
    "--grace",
    metavar="DAYS",
    type=click.IntRange(0, _LONGEST_GRACE),
    default=7,
    show_default=True,
    help="It holds for so long still; 0 ends it at once.",
)
def release(number: int, config: Path, reason: str, grace: int) -> None:
    """Let a hold end, after a period of grace in which it can be placed anew."""
    from wesretain.render.ages import day

    settings = configured(config)
    now = datetime.now(UTC)
    effective = now + timedelta(days=grace)
    with ledger_of(settings) as ledger:
        _found(ledger, number)
        ledger.release_hold(number, _said(reason, "--reason"), now, by=who(), effective=effective)
    ends = f"holds until {day(effective, settings.zone)}" if grace else "has ended"
    click.echo(f"hold {number} {ends}")


def _found(ledger: Ledger, number: int) -> Hold:
    found = next((each for each in ledger.holds() if each.id == number), None)
    if found is None:
        raise UsageError(f"there is no hold {number}", "see `wesretain hold list --all`")
    return found


def _today(config: Config) -> Today:
    from wesretain.render.holds import Today

    return Today(datetime.now(UTC), config.zone)
