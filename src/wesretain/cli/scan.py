"""`wesretain scan`: what is due, rule by rule, and why the rest stays."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from wesretain.cli.intent import request_of
from wesretain.cli.lists import put
from wesretain.cli.options import Name, config_option
from wesretain.cli.progress import progress
from wesretain.errors import UsageError, worst
from wesretain.model.plan import Glance, OfRule, Plan, Scanned
from wesretain.model.rule import Category
from wesretain.render.plain import plain
from wesretain.side_by_side import Jobs

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from wesretain.survey import Progress, Request

#: How many databases are scanned at a time.
JOBS = Jobs()


@click.command(
    epilog="""\b
Examples:
  wesretain scan
  wesretain scan --rule closed-tickets --as-of 2026-12-31
  wesretain scan --category personal --format json
  wesretain scan --quick --check >/dev/null || echo "something is overdue"
  wesretain scan --out plan.json && wesretain apply plan.json
  wesretain scan --sql

\b
Every record of a rule's table has one standing, the first that fits:
  uncovered     the rule does not match it
  held          a hold reaches it
  undecidable   its clock is undated, or a condition cannot be decided
  law           a law that covers it has not run out
  agreed        the person's agreement to longer storage still runs
  kept          its period, or another rule's, has not run out
  blocked       a row below it may not go, or is not named in `with`
  due           none of these
"""
)
@config_option
@click.option("--as-of", metavar="DATE", help="Scan as of that day or instant, past or future.")
@click.option(
    "--rule",
    "rules",
    multiple=True,
    type=Name(),
    metavar="NAME",
    help="Show these rules only. All others still protect.",
)
@click.option(
    "--category", "categories", multiple=True, type=click.Choice([c.value for c in Category]), help="Likewise."
)
@click.option("--database", "databases", multiple=True, type=Name(), metavar="NAME", help="Likewise.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=JOBS.most,
    show_default=True,
    help=f"Scan so many databases at a time, and of one server {JOBS.a_server} at most.",
)
@click.option("--check", is_flag=True, help="Exit with 1 where something is due.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan to a file.")
@click.option("--quick", is_flag=True, help="Count no more than 1,000 due records a rule, and nothing else.")
@click.option("--sql", is_flag=True, help="Print the statements that count, and stop.")
@click.pass_context
def scan(
    context: click.Context,
    config: Path,
    as_of: str | None,
    rules: tuple[str, ...],
    categories: tuple[str, ...],
    databases: tuple[str, ...],
    form: str,
    jobs: int,
    check: bool,
    out: Path | None,
    quick: bool,
    sql: bool,
) -> int:
    """Count the records that are due, and say why the others stay.

    It only reads, and the database itself is told to refuse anything else. --rule, --category and --database choose
    what is shown; every rule, law and hold is weighed all the same. --quick says whether anything is due, in
    milliseconds where the clocks have an index.
    """
    from wesretain import quick as at_a_glance
    from wesretain import scan as in_full
    from wesretain.survey import Selection

    if quick and out is not None:
        raise UsageError("a plan needs all figures, and --quick does not count them", "leave out --quick or --out")
    selection = Selection(rules, tuple(Category(name) for name in categories), databases)
    request, most = request_of(config, as_of, selection), replace(JOBS, most=jobs)
    if sql:
        return _print_statements(request, (at_a_glance if quick else in_full).statements(request))
    if quick:
        glances = _watched(at_a_glance.quick, request, most)
        _show_glances(context, glances, form, request.intent.config.zone)
        return exit_code(glances, check=check)
    plan = scanned(request, most)
    show_plan(context, plan, form, request.intent.config.zone)
    if out is not None:
        from wesretain.cli.sealing import write_plan

        write_plan(out, request, plan)
    return exit_code(plan, check=check)


def _show_glances(context: click.Context, found: Scanned[Glance], form: str, zone: ZoneInfo) -> None:
    from wesretain.render.quick import as_csv, as_json, print_table

    _tell_failures(found)
    put(context, form, partial(as_json, found), partial(as_csv, found), partial(print_table, found, zone))


def show_plan(context: click.Context, plan: Plan, form: str, zone: ZoneInfo) -> None:
    """Print a plan in one of the formats, and on stderr what could not be scanned."""
    from wesretain.render.plan import as_csv, as_json, print_table

    _tell_failures(plan)
    put(context, form, partial(as_json, plan), partial(as_csv, plan), partial(print_table, plan, zone))


def _tell_failures(found: Scanned[OfRule]) -> None:
    from wesretain.render.sums import few

    for line in few((failure.database, failure.message) for failure in found.failures):
        click.echo(f"wesretain: {plain(line)}", err=True)


def exit_code(found: Scanned[OfRule], *, check: bool) -> int:
    """What is found means to the caller: 7 nothing was reached, 5 something failed, 1 what --check asked for."""
    codes = [failure.exit_code for failure in found.failures]
    if found.databases:
        codes = [5 if code == 7 else code for code in codes]
    if found.refused:
        codes.append(5)
    if check and found.due:
        codes.append(1)
    return worst([0, *codes])


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person watches; a stream that was closed beforehand is None."""
    return stream is not None and stream.isatty()


def _print_statements(request: Request, statements: Iterator[tuple[str, str, str]]) -> int:
    from wesretain.survey import lost_of

    for lost in lost_of(request):
        click.echo(f"wesretain: {plain(lost.message)}", err=True)
    for database, table, text in statements:
        if is_terminal(sys.stdout):  # piped, a statement is to the letter
            text = "\n".join(map(plain, text.split("\n")))
        click.echo(f"-- {plain(f'{database}.{table}')}")
        if text:
            click.echo(f"{text};\n")
    return worst([0, *(lost.exit_code for lost in lost_of(request))])


def scanned(request: Request, jobs: Jobs = JOBS) -> Plan:
    """Scan, with a progress bar where a person watches."""
    from wesretain.scan import scan as run

    return _watched(run, request, jobs)


def _watched(
    run: Callable[[Request, Progress, Jobs], Scanned[OfRule]], request: Request, jobs: Jobs
) -> Scanned[OfRule]:
    gc.freeze()  # all that has been loaded stays to the end: nobody need look through it for every few databases
    with progress("scanning") as show:
        return run(request, show, jobs)
