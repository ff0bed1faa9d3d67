"""`wesretain apply`: the plan carried out, in small safe steps, with evidence."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from wesretain.cli.intent import request_of, sound_intent
from wesretain.cli.lists import put
from wesretain.cli.options import config_option
from wesretain.cli.scan import exit_code as plan_exit_code
from wesretain.cli.scan import is_terminal, scanned, show_plan
from wesretain.cli.sealing import plan_again
from wesretain.cli.window import end_of, length, time_of_day
from wesretain.errors import UsageError, WesretainError, worst
from wesretain.model.config import Config
from wesretain.model.outcome import Outcome
from wesretain.model.plan import Plan
from wesretain.model.rule import Category
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from wesretain.apply.pace import Pace
    from wesretain.apply.run import Progress
    from wesretain.survey import Request, Selection


@click.command(
    epilog="""\b
Examples:
  wesretain apply --dry-run
  wesretain apply                                     # on a terminal: it asks
  wesretain apply --yes --log /var/log/wesretain.log  # in cron
  wesretain apply --yes --until 05:00                 # the next night goes on
  wesretain apply --rule closed-tickets --as-of 2026-07-01
  wesretain scan --out plan.json; wesretain apply plan.json

For each rule, in small batches: the due records are proved due again, the rows that `with` names are dealt with, then
the records, and evidence is written, all in one transaction. Holds that are placed meanwhile are heeded. Limits, and
approvals where nobody is asked, stop a rule before its first batch (exit status 4). A run ends before its next batch
(exit status 5) when its time is up, or when somebody puts a file beside the ledger that is called like it with `.stop`
after the name (`ledger.stop` beside wesretain.yaml, where the ledger is on a server). --until counts in the
organisation's zone, and means the nearest such time, past or future.
"""
)
@click.argument("sealed", metavar="[PLAN]", type=click.Path(path_type=Path, dir_okay=False), required=False)
@config_option
@click.option("--dry-run", is_flag=True, help="Print the very plan that would be carried out, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask; only rules that `wesretain approve` has approved are applied.")
@click.option("--as-of", metavar="DATE", help="Apply as of that day or instant, in the past.")
@click.option(
    "--rule", "rules", multiple=True, metavar="NAME", help="Apply these rules only. All others still protect."
)
@click.option(
    "--category", "categories", multiple=True, type=click.Choice([c.value for c in Category]), help="Likewise."
)
@click.option("--database", "databases", multiple=True, metavar="NAME", help="Likewise.")
@click.option("--full-speed", is_flag=True, help="Do not pause between batches.")
@click.option("--max-rate", type=click.IntRange(1), metavar="N", help="Deal with so many records a second at most.")
@click.option("--slow-children", is_flag=True, help="Apply rules too whose batches each read a large table below.")
@click.option("--until", callback=time_of_day, metavar="HH:MM", help="Begin no batch from that time on.")
@click.option("--for", "lasting", callback=length, metavar="TIME", help="Likewise after so long, such as 90m or 2h.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="WESRETAIN_LOG",
    show_envvar=True,
    help="Append one line a rule to this file.",
)
@click.pass_context
def apply(
    context: click.Context,
    sealed: Path | None,
    config: Path,
    dry_run: bool,
    yes: bool,
    as_of: str | None,
    rules: tuple[str, ...],
    categories: tuple[str, ...],
    databases: tuple[str, ...],
    full_speed: bool,
    max_rate: int | None,
    slow_children: bool,
    until: time | None,
    lasting: timedelta | None,
    form: str,
    log: Path | None,
) -> int:
    """Carry out what `scan` finds due: redact, delete, and open reviews.

    PLAN is a file of `scan --out`: what it found is carried out as of then, and only while nothing has changed but that
    fewer records are due.

    On a terminal it shows the plan and asks. Elsewhere it wants --yes, and prints nothing when all is well.
    """
    from wesretain.apply.pace import Pace
    from wesretain.survey import Selection

    start = _now()
    attended = not yes and is_terminal(sys.stdin)
    if not (dry_run or yes or attended):
        raise UsageError("apply changes databases, and nobody is there to ask", "pass --yes, or --dry-run to look")
    selection = Selection(rules, tuple(Category(name) for name in categories), databases)
    if sealed is None:
        request, plan = _planned(config, as_of, selection)
    elif as_of or selection != Selection():
        raise UsageError("the plan says what is applied, and as of when", "leave the other options out")
    else:
        request, plan = plan_again(sealed, sound_intent(config))
    if dry_run:
        show_plan(context, plan, form, request.intent.config.zone)
        _foresee(request, plan)
        return plan_exit_code(plan, check=False)
    if attended and not _agreed(context, plan, request):
        click.echo("nothing was done", err=True)
        return 5
    end = end_of(start, until, lasting, request.intent.config.zone)
    pace = Pace.begin(pauses=not full_speed, most_a_second=max_rate)
    outcome = _carry_out(request, plan, pace, end, attended=attended, slow_children=slow_children)
    _tell(context, outcome, form, log)
    _empty_ledger(request.intent.config)
    return exit_code(outcome)


def _planned(config: Path, as_of: str | None, selection: Selection) -> tuple[Request, Plan]:
    request = request_of(config, as_of, selection)
    if request.as_of > _now():
        raise UsageError("apply acts as of now or of the past", "look into the future with `wesretain scan`")
    return request, scanned(request)


def exit_code(outcome: Outcome) -> int:
    """What an outcome means to the caller: the worst that happened; 5 where only some databases could be reached."""
    failed = (*outcome.plan.failures, *(each.failure for each in outcome.databases if each.failure))
    codes = [failure.exit_code for failure in failed]
    if any(each.failure is None for each in outcome.databases):
        codes = [5 if code == 7 else code for code in codes]
    return worst([0, *codes, *(each.exit_code for found in outcome.databases for each in found.rules)])


def _agreed(context: click.Context, plan: Plan, request: Request) -> bool:
    """Show the plan to a person, and ask; where there is nothing to do, nothing is asked."""
    show_plan(context, plan, "table", request.intent.config.zone)
    planned = _foresee(request, plan)
    return planned == 0 or click.confirm(f"Carry it out, on {planned:,} records?", err=True)


def _foresee(request: Request, plan: Plan) -> int:
    """Say which rules the limits would stop, and count the records of the others."""
    from wesretain.apply.limits import RUNS, foreseen
    from wesretain.ledger import opened
    from wesretain.policy.load import parse_condition

    planned = 0
    with opened(request.intent.config.ledger, parse_condition) as ledger:
        before = ledger.found_before(RUNS)
        for database, each in ((found.database, each) for found in plan.databases for each in found.rules if each.acts):
            name = each.rule.name
            stop = foreseen(request.intent, each, ledger.approval(name, database), before.get((database, name), ()))
            if stop:
                click.echo(f"apply would stop: {plain(stop)}", err=True)
            else:
                planned += each.acts or 0
    return planned


def _carry_out(
    request: Request, plan: Plan, pace: Pace, end: datetime | None, *, attended: bool, slow_children: bool
) -> Outcome:
    from wesretain.apply import Order
    from wesretain.apply import apply as run
    from wesretain.apply.halt import Halt, stop_file_of
    from wesretain.apply.values import maker
    from wesretain.cli.who import who
    from wesretain.ledger import opened
    from wesretain.policy.load import parse_condition

    config = request.intent.config
    chosen = [rule for rule in request.intent.rules if request.selection.chooses(rule)]
    make = maker(chosen, dict(config.keys))
    with opened(config.ledger, parse_condition) as ledger, _progress() as progress:
        order = Order(
            request=request,
            ledger=ledger,
            by=who(),
            host=socket.gethostname(),
            attended=attended,
            pace=pace,
            halt=Halt(stop_file_of(config.ledger), end, _now),
            now=_now,
            make=make,
            progress=progress,
            slow_children=slow_children,
        )
        return run(order, plan)


def _empty_ledger(config: Config) -> None:
    """What the ledger is told to keep no longer, and does not need, is emptied."""
    from wesretain.cli.book import ledger_of
    from wesretain.model.period import cut_off

    if config.ledger_keep is not None:
        now = _now()
        with ledger_of(config) as ledger:
            ledger.empty(cut_off(now, config.ledger_keep, config.zone), now)


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar for the rule that is at work, with rate and time left, where a person watches."""
    if not is_terminal(sys.stderr):
        yield lambda rule, done, planned: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    from wesretain.render.screen import console_for

    counts = (MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn(compact=True))
    console = console_for(sys.stderr, color=click.get_current_context().color)
    with Progress(TextColumn("{task.description}"), BarColumn(), *counts, console=console, transient=True) as bar:
        tasks: dict[str, tuple[TaskID, float]] = {}

        def show(rule: str, done: int, planned: int) -> None:
            if rule not in tasks:
                for before, _ in tasks.values():
                    bar.update(before, visible=False)
                tasks[rule] = bar.add_task(rule, total=planned, rate=""), monotonic()
            task, since = tasks[rule]
            rate = done / max(monotonic() - since, 0.001)
            bar.update(task, completed=done, rate=f"{rate:,.0f}/s")

        yield show


def _tell(context: click.Context, outcome: Outcome, form: str, log: Path | None) -> None:
    from wesretain.render import outcome as render

    if log is not None:
        _append(log, [f"{line}\n" for line in render.log_lines(outcome, _now())])
    if form == "table" and not is_terminal(sys.stdout):
        for line in render.few_problems(outcome):
            click.echo(f"wesretain: {plain(line)}", err=True)
    else:
        table = partial(render.print_table, outcome)
        put(context, form, partial(render.as_json, outcome), partial(render.as_csv, outcome), table)


def _append(log: Path, lines: list[str]) -> None:
    try:
        with log.open("a", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        raise LogUnwritable(
            f"the log {log} cannot be written: {error.strerror}", "see `wesretain ledger show`"
        ) from None


class LogUnwritable(WesretainError):
    """The work is done and in the ledger, but not in the log."""

    exit_code = 5
