"""`wesretain inventory`: what lies where; found out from a live database, and held against the rules."""

from __future__ import annotations

import difflib
import shutil
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import click

from wesretain.cli.intent import sound_intent
from wesretain.cli.lists import format_option, put, show
from wesretain.cli.options import Name, check_exposures, config_option, existing, is_there
from wesretain.cli.progress import progress
from wesretain.errors import InvalidInput, UsageError, WesretainError, worst
from wesretain.model.names import family_of
from wesretain.model.plan import Failure
from wesretain.model.rule import Category
from wesretain.model.schema import Schema
from wesretain.policy.ignore import heard as silenced
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from wesretain.model.config import Config, DatabaseConfig, Intent
    from wesretain.model.discovered import Discovered, DiscoveredTable
    from wesretain.model.problem import Problem
    from wesretain.model.traits import Traits
    from wesretain.policy.load import Loaded

#: An inventory of which nothing has been written yet.
_EMPTY = "# What the tables hold, and what the databases do not declare themselves.\ndatabases:\n"


@click.command(
    epilog="""\b
Examples:
  wesretain inventory
  wesretain inventory --discover shop --dry-run
  wesretain inventory --discover shop
  wesretain inventory --check   # in CI, or after a migration

\b
Discovery reads some hundred records of each table, in a transaction that
cannot write, and keeps none of them. What is already in the inventory stays
to the letter; what is doubtful comes as a comment. How elements are told
stands in a file that you can add to: `elements:` in wesretain.yaml.
"""
)
@config_option
@click.option("--discover", "discovered", type=Name(), metavar="DATABASE", help="Find out what lies in this database.")
@click.option("--dry-run", is_flag=True, help="Show what discovery would write, and write nothing.")
@click.option("--seed", type=int, default=0, show_default=True, help="Draw other records by another number.")
@click.option("--seconds", type=click.IntRange(1), default=300, show_default=True, help="Read values for so long.")
@click.option("--check", is_flag=True, help="Look for gaps, in rules and databases; exit with 1 where there are any.")
@format_option
@click.pass_context
def inventory(
    context: click.Context,
    config: Path,
    discovered: str | None,
    dry_run: bool,
    seed: int,
    seconds: int,
    check: bool,
    form: str,
) -> int:
    """Show what lies where; find it out, and complete the inventory by it; look for what nobody rules."""
    if discovered is not None and check:
        raise UsageError("--check and --discover are two things", "do one after the other")
    if dry_run and discovered is None:
        raise UsageError("--dry-run goes with --discover", "name a database, or leave it out: a list changes nothing")
    if discovered is not None:
        return _discover(context, config, discovered, dry_run, seed, seconds, form)
    if check:
        return _check(context, config, seed, seconds, form)
    from wesretain.policy.checks.view import View
    from wesretain.policy.load import load
    from wesretain.policy.reach import rules_by_table
    from wesretain.render import inventory as render

    intent = sound_intent(config)
    rules = rules_by_table(View(load(config)))
    put(
        context,
        form,
        partial(render.as_json, intent, rules),
        partial(render.as_csv, intent, rules),
        partial(render.print_tree, intent, rules),
    )
    return 0


# -- gaps -------------------------------------------------------------------------------------------------------------


def _check(context: click.Context, config: Path, seed: int, seconds: int, form: str) -> int:
    """List all gaps. Those that a comment in the files excuses are left out."""
    from wesretain.families import discovered
    from wesretain.policy.load import load
    from wesretain.render.gaps import gaps_listing

    intent = sound_intent(config)
    loaded = load(config)
    known = discovered(intent.config)
    failures = list(known.failures)
    found: list[Problem] = []
    for number, database in enumerate(known.config.databases):
        first = not number or family_of(database.name) != family_of(known.config.databases[number - 1].name)
        try:
            found += _gaps(intent, loaded.elements, database, seed if first else None, seconds)
        except WesretainError as error:
            failures.append(Failure(database.name, str(error), error.exit_code))
    for failure in failures:
        click.echo(f"wesretain: {plain(failure.message)}", err=True)
    heard = list(dict.fromkeys(silenced(found, loaded.ignores)))
    if heard or form != "table":
        show(context, form, gaps_listing(heard))
    elif not failures and sys.stderr and sys.stderr.isatty():
        click.echo("no gaps: all tables and elements are covered, and the inventory is that of the databases", err=True)
    return worst([0, *(failure.exit_code for failure in failures), *([1] if heard else [])])


def _gaps(intent: Intent, elements: Traits, database: DatabaseConfig, seed: int | None, seconds: int) -> list[Problem]:
    """The gaps of one database; without a seed no record is looked at."""
    from wesretain.coverage import Held, gaps
    from wesretain.discovery.discover import discover
    from wesretain.engines import open_for_scan
    from wesretain.model.inventory import DatabaseEntry
    from wesretain.policy.elements import shipped_elements
    from wesretain.standing.catalogue import Catalogue
    from wesretain.standing.conditions import Moment
    from wesretain.standing.rules import bind_rules

    known = intent.inventory.database(database.name)
    entry = known or DatabaseEntry(family_of(database.name), at=database.at)
    claimed = [each.name for each in entry.tables if each.category is Category.NON_PERSONAL]
    with open_for_scan(database) as live:
        schema = live.reflect(intent.schemas_of(database.name))
        catalogue = Catalogue(database.name, schema, intent.inventory)
        tables = tuple(table for name in claimed if (table := schema.table(name.schema, name.name)))
        looked: tuple[DiscoveredTable, ...] = ()
        if tables and seed is not None:
            traits = shipped_elements() + elements
            some = Schema(schema.default, tables)
            looked = discover(live, some, entry, traits, seed, _within(seconds), lambda *_: None).tables
    moment = Moment(datetime.now(UTC), intent.config.zone)
    refused = bind_rules(catalogue, moment, intent.rules_of(database.name))[1]
    return list(gaps(Held(intent, entry, catalogue, looked, frozenset(rule.name for rule, _ in refused))))


# -- discovery --------------------------------------------------------------------------------------------------------


def _discover(
    context: click.Context, config: Path, name: str, dry_run: bool, seed: int, seconds: int, form: str
) -> int:
    """Show what lies in a database, and complete the inventory by it."""
    from wesretain.render.discovered import findings_listing, print_tree
    from wesretain.render.listing import as_csv, as_json

    path, text, found = _discovered(config, name, seed, seconds)
    listing = findings_listing(found)
    put(context, form, partial(as_json, listing), partial(as_csv, listing), partial(print_tree, found))
    new = _merged(text, name, found)
    _check_readable(path, new)
    if form == "table":
        _print_difference(path, text, new)
    if not dry_run and new != text:
        _write(path, new)
        click.echo(f"wrote {plain(str(path))}", err=True)
    elif form == "table" and new == text:
        click.echo(f"{plain(str(path))} lacks nothing of it", err=True)
    return 0


def _print_difference(path: Path, old: str, new: str) -> None:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), str(path), f"{path} (new)", lineterm="")
    for line in lines:
        click.echo(plain(line))


def _merged(text: str, name: str, found: Discovered) -> str:
    from wesretain.policy.merge import merged
    from wesretain.render.proposal import proposal

    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = text.removeprefix(mark)
    windows = "\r\n" in lines and "\n" not in lines.replace("\r\n", "")
    lines = lines.replace("\r\n", "\n") if windows else lines
    whole = merged(lines, ("databases", family_of(name), "tables"), proposal(found))
    return mark + (whole.replace("\n", "\r\n") if windows else whole)


def _discovered(config: Path, name: str, seed: int, seconds: int) -> tuple[Path, str, Discovered]:
    """The inventory's file, what it says, and what is found in a database.

    Raises:
        InvalidInput: where the configuration or the inventory cannot be used; a policy need not be sound for it.
        UsageError: where the database is not configured.
    """
    from wesretain.discovery.discover import discover
    from wesretain.engines import open_for_scan
    from wesretain.model.inventory import schemas_named
    from wesretain.policy.elements import shipped_elements

    loaded = _loaded(config)
    settings = _settings(loaded)
    database = settings.database(name)
    if database is None:
        member = next(
            (each.name for each in settings.databases if family_of(each.name) == name), "one of wesretain.yaml"
        )
        raise UsageError(f"`{plain(name)}` is no database that is configured", f"name {plain(member)}")
    path = settings.inventory
    text = _read(path) if is_there(path) else _EMPTY
    entry = loaded.inventory.database(name) if loaded.inventory else None
    with open_for_scan(database) as live, progress("looking at") as show:
        schema = live.reflect(schemas_named(entry, ()))
        traits = shipped_elements() + loaded.elements
        found = discover(live, schema, entry, traits, seed, _within(seconds), partial(_show, show, name))
    return path, text, found


def _within(seconds: int) -> Callable[[], float]:
    """Tells how many of some seconds are left from now on."""
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()


def _show(show: Callable[[str, int, int], None], name: str, table: str, done: int, total: int) -> None:
    """Show how many tables have been looked at; their names would flicker by."""
    show(name, done, total)


def _loaded(config: Path) -> Loaded:
    """The files, of which configuration, inventory and elements are sound; there may be no inventory yet.

    Raises:
        InvalidInput: after all problems of these have been told on stderr.
    """
    from wesretain.policy.load import load_files

    loaded = load_files(config=existing(config))
    check_exposures(loaded.exposures)
    ours = (loaded.config.inventory, loaded.config.elements) if loaded.config else ()
    names = {config.resolve(), *(path.resolve() for path in ours if path and is_there(path))}
    wrong = [
        each for each in loaded.problems if Path(each.at.file).resolve() in names and not _is_missing(loaded, each)
    ]
    for problem in wrong:
        click.echo(plain(str(problem)), err=True)
    if wrong or loaded.config is None:
        raise InvalidInput("the files cannot be used", "correct them; `wesretain validate` shows all that is wrong")
    return loaded


def _is_missing(loaded: Loaded, problem: Problem) -> bool:
    """Whether a problem says that inventory or policies are not there yet, or that nothing is in the inventory yet."""
    if loaded.config is None:
        return False
    yet = [path for path in (loaded.config.inventory, loaded.config.policies) if not is_there(path)]
    if problem.check == "unreadable-file":
        empty = problem.message == f"`{loaded.config.policies.name}` holds no policy file"
        return empty or any(path.name in problem.message for path in yet)
    return problem.check == "wrong-type" and problem.message.endswith(("has no value", "is empty"))


def _settings(loaded: Loaded) -> Config:
    """The configuration with the members of its families."""
    from wesretain.families import discovered

    assert loaded.config is not None  # `_loaded` has seen to it
    return discovered(loaded.config).config


def _read(path: Path) -> str:
    """What a file says, its line ends as they are.

    Raises:
        InvalidInput: where it cannot be read.
    """
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeError):
        raise InvalidInput(f"{path} cannot be read", "see `wesretain validate`") from None


def _check_readable(path: Path, text: str) -> None:
    """See that an inventory can be read again.

    Raises:
        InvalidInput: where it could not.
    """
    from wesretain.policy.inventory import read_inventory
    from wesretain.policy.strict_yaml import read_text

    document = read_text(text.removeprefix("\ufeff"), str(path))
    if document.readable:
        read_inventory(document)
    if document.problems:
        raise InvalidInput(f"{path} cannot be completed by itself: {min(document.problems).message}", "do it by hand")


def _write(path: Path, text: str) -> None:
    """Put a text in the place of a file at once: there is never half of it.

    Raises:
        InvalidInput: where it cannot be put there.
    """
    target = path.resolve()  # a link stays one
    try:
        with NamedTemporaryFile("w", encoding="utf-8", newline="", dir=target.parent, delete=False) as file:
            file.write(text)
        new = Path(file.name)
        if is_there(target):
            shutil.copymode(target, new)
        else:
            new.chmod(0o644)
        new.replace(target)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}", "choose another place for it") from None
