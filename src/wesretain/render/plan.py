"""A plan as a table for the terminal, as JSON (version 1, documented in docs/commands.md) and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wesretain.model.plan import DatabasePlan, Plan, RulePlan, Tally
from wesretain.model.problem import Problem
from wesretain.model.standing import Standing
from wesretain.render.ages import age, day, stamp
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from rich.console import Console

#: Raised when a key changes its meaning or goes away; new keys may come without.
JSON_VERSION = 1
_ORDER = tuple(sorted(Standing, reverse=True))
_ALWAYS = (Standing.DUE, Standing.HELD, Standing.UNDECIDABLE, Standing.KEPT, Standing.UNCOVERED)
_HEADS = {Standing.UNDECIDABLE: "undec.", Standing.UNCOVERED: "uncov.", Standing.BLOCKED: "block."}
#: From so many columns on there is room for the day of the oldest record.
_WIDE = 100
#: A rule's name may be folded down to so many columns; what else is wider than the terminal is told in words.
_FOLDED = 12
_UNCUT = 10_000


def as_json(plan: Plan) -> str:
    """The plan as JSON; keys are stable within a version."""
    return json.dumps(
        {
            "wesretain": "plan",
            "version": JSON_VERSION,
            "as_of": stamp(plan.as_of),
            "due": plan.due,
            "databases": [_database(found) for found in plan.databases],
            "failures": [
                {"database": f.database, "message": f.message, "exit_code": f.exit_code} for f in plan.failures
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def _database(found: DatabasePlan) -> dict[str, Any]:
    return {
        "database": found.database,
        "server": found.server,
        "as_of": stamp(found.as_of),
        "rules": [_rule(rule) for rule in found.rules],
        "findings": [_problem(problem) for problem in found.findings],
    }


def _rule(plan: RulePlan) -> dict[str, Any]:
    rule, tally = plan.rule, plan.tally
    head = {
        "rule": rule.name,
        "title": rule.title,
        "category": rule.category.value,
        "table": str(rule.table),
        "keep": rule.period,
        "after": str(rule.after) if rule.after else None,
        "then": rule.then.value,
        "refused": _problem(plan.refused) if plan.refused else None,
        "acts": plan.acts,
    }
    return head | (_tally(tally) if tally else {"records": None, "tally": None})


def _tally(tally: Tally) -> dict[str, Any]:
    oldest = tally.oldest
    return {
        "records": tally.total,
        "tally": {standing.word: tally[standing] for standing in Standing},
        "undated": tally.undated,
        "held_otherwise": {
            standing.word: tally.but_for_holds[standing] for standing in Standing if standing > Standing.HELD
        },
        "missed_by_case": tally.missed_by_case,
        "outside_where": tally.outside,
        "also_due_elsewhere": tally.also_due_elsewhere,
        "oldest_due": {"clock": stamp(oldest.clock), "due_since": stamp(oldest.due_since)} if oldest else None,
        "takes": [{"path": takes.path, "fate": takes.fate, "rows": takes.rows} for takes in tally.takes],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    at = str(problem.at) if problem.at.file else None
    return {"level": problem.level.value, "message": problem.message, "mend": problem.mend, "at": at}


def as_csv(plan: Plan) -> str:
    """One line a rule, with a heading."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    words = [standing.word for standing in Standing]
    writer.writerow(
        ["database", "rule", "table", "then", "records", *words, "undated", "oldest_clock", "due_since", "refused"]
    )
    for found in plan.databases:
        for rule in found.rules:
            head = [found.database, rule.rule.name, str(rule.rule.table), rule.rule.then.value]
            if rule.tally is None:
                writer.writerow([*head, *[""] * 12, rule.refused.message if rule.refused else ""])
                continue
            oldest = rule.tally.oldest
            times = [stamp(oldest.clock), stamp(oldest.due_since)] if oldest else ["", ""]
            writer.writerow([*head, rule.tally.total, *rule.tally.counts, rule.tally.undated, *times, ""])
    return out.getvalue()


def print_table(plan: Plan, zone: ZoneInfo, console: Console) -> None:
    """The plan for a person: one table a database, then what needs attention."""
    from rich.markup import escape
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    for found in plan.databases:
        as_of = stamp(found.as_of.replace(microsecond=0))
        head = f"[bold]{escape(found.database)}[/bold]  [dim]{escape(found.server)}, as of {as_of}[/dim]"
        console.print(head, highlight=False)
        shown = [s for s in _ORDER if s in _ALWAYS or any(rule.tally and rule.tally[s] for rule in found.rules)]
        table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
        table.add_column("rule", overflow="fold")
        for standing in shown:
            table.add_column(_HEADS.get(standing, standing.word), justify="right", no_wrap=True)
        wide = console.width >= _WIDE
        if wide:
            table.add_column("oldest", justify="right", no_wrap=True)
        table.add_column("overdue", justify="right", no_wrap=True)
        for rule in found.rules:
            table.add_row(*_cells(rule, shown, found, zone if wide else None))
        natural = console.measure(table, options=console.options.update_width(_UNCUT)).maximum
        foldable = max((len(rule.rule.name) - _FOLDED for rule in found.rules), default=0)
        lines = list(notes(found))
        if natural - max(foldable, 0) > console.width:
            lines = [*(_sentence(rule, found) for rule in found.rules), *lines]
        else:
            console.print(table)
        for line in map(plain, lines):
            if console.is_terminal:
                console.print(Padding(Text(line), (0, 0, 0, 2)))
            else:
                console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
        console.print()


def _sentence(plan: RulePlan, found: DatabasePlan) -> str:
    """One row in words, where a table has no room: a figure that is cut would be a wrong one."""
    tally = plan.tally
    if tally is None:
        return f"{plan.rule.name}: refused"
    shown = [standing for standing in _ORDER if tally[standing] or standing is Standing.DUE]
    overdue = f", overdue {age(tally.oldest.due_since, found.as_of)}" if tally.oldest else ""
    return f"{plan.rule.name}: " + ", ".join(f"{s.word} {tally[s]:,}" for s in shown) + overdue


def _cells(plan: RulePlan, shown: list[Standing], found: DatabasePlan, zone: ZoneInfo | None) -> Iterator[str]:
    """One row; the day of the oldest due record where a zone is given, since there is room for it."""
    from rich.markup import escape

    tally = plan.tally
    if tally is None:
        yield f"[red]{escape(plan.rule.name)}[/red]"
        yield from ["[red]?[/red]", *[""] * (len(shown) - (zone is None)), "[red]refused[/red]"]
        return
    yield escape(plan.rule.name)
    for standing in shown:
        number = f"{tally[standing]:,}"
        yield (
            f"[yellow]{number}[/yellow]"
            if standing is Standing.DUE and tally[standing]
            else number
            if tally[standing]
            else f"[dim]{number}[/dim]"
        )
    if zone is not None:
        yield day(tally.oldest.clock, zone) if tally.oldest else ""
    yield age(tally.oldest.due_since, found.as_of) if tally.oldest else ""


def notes(found: DatabasePlan) -> Iterator[str]:
    """What a tired author forgets, in one line each."""
    for plan in found.rules:
        name, tally = plan.rule.name, plan.tally
        if plan.refused is not None:
            place = f"{plan.refused.at}: " if plan.refused.at.file else ""
            yield f"{name}: refused: {place}{plan.refused.message}" + (
                f"; {plan.refused.mend}" if plan.refused.mend else ""
            )
        if tally is None:
            continue
        if tally[Standing.BLOCKED]:
            blocked = f"{tally[Standing.BLOCKED]:,} blocked by rows below"
            yield f"{name}: {blocked}, held or not named in `with`; `wesretain explain` says which"
        if any(takes.rows for takes in tally.takes):
            yield f"{name}: with them " + ", ".join(f"{t.path} {t.rows:,} ({t.fate})" for t in tally.takes if t.rows)
        stopped = tally.but_for_holds[Standing.DUE]
        if stopped:
            yield f"{name}: holds stop {stopped:,} that would be due"
        if tally.missed_by_case:
            yield f"{name}: {tally.missed_by_case:,} missed only by the case or padding of a text"
        if tally.also_due_elsewhere:
            yield f"{name}: {tally.also_due_elsewhere:,} are due under another rule too"
    if any(plan.tally and plan.tally[Standing.UNDECIDABLE] for plan in found.rules):
        yield "undecidable records are kept: a clock says nothing, or a condition cannot be decided"
    for problem in found.findings:
        place = f"{problem.at}: " if problem.at.file else ""
        yield f"{place}{problem.message}" + (f"; {problem.mend}" if problem.mend else "")
