"""What an apply did, as a table for the terminal, as JSON (version 1), as CSV, and as lines for a log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from wesretain.model.names import family_of
from wesretain.model.outcome import DatabaseOutcome, Outcome, RuleOutcome
from wesretain.render import programs
from wesretain.render.ages import stamp
from wesretain.render.plain import plain
from wesretain.render.screen import DUE, FAINT, HEADING, WRONG, put, say, table, text
from wesretain.render.sums import families, few, outcome_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: Raised when a key changes its meaning or goes away; new keys may come without.
JSON_VERSION = 1
#: With fewer columns than these no table has room for its figures.
_NARROW = 60
_COLUMNS = ("database", "run", "rule", "then", "planned", "done", "rows", "skipped", "left", "exit_code", "stopped")


def as_json(outcome: Outcome) -> str:
    """The outcome as JSON; keys are stable within a version."""
    head = {"wesretain": "outcome", "version": JSON_VERSION, "as_of": stamp(outcome.plan.as_of), "head": outcome.head}
    databases = [_database(found) for found in outcome.databases]
    return programs.as_json({**head, "databases": databases, "failures": _failures(outcome)})


def _failures(outcome: Outcome) -> list[dict[str, Any]]:
    found = (*outcome.plan.failures, *(each.failure for each in outcome.databases if each.failure))
    return list(map(asdict, found))


def _database(found: DatabaseOutcome) -> dict[str, Any]:
    return {"database": found.database, "run": found.run, "rules": [_rule(each) for each in found.rules]}


def _rule(each: RuleOutcome) -> dict[str, Any]:
    return {
        "rule": each.rule.name,
        "table": str(each.rule.table),
        "then": each.rule.then.value,
        "planned": each.planned,
        "done": each.done,
        "rows": dict(each.counts or {}),
        "skipped": [{"token": skipped.token, "reason": skipped.reason} for skipped in each.skipped],
        "left": each.left,
        "stopped": each.stopped or None,
        "exit_code": each.exit_code,
    }


def as_csv(outcome: Outcome) -> str:
    """One line a rule, with a heading."""
    rows: list[Sequence[Any]] = [_COLUMNS]
    for found in outcome.databases:
        for each in found.rules:
            counts = (each.planned, each.done, sum((each.counts or {}).values()), len(each.skipped), each.left)
            rows.append(
                [found.database, found.run, each.rule.name, each.rule.then.value, *counts, each.exit_code, each.stopped]
            )
    return programs.as_csv(rows)


def problems(outcome: Outcome) -> Iterator[str]:
    """What did not go as planned, in one line each."""
    return (line for _, _, line in _problems(outcome))


def few_problems(outcome: Outcome) -> Iterator[str]:
    """The same, but of the members of a family a few lines only, and how many more there are."""
    return few((name, line) for name, _, line in _problems(outcome))


def _problems(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """The same, each with the database and its colour: what failed or was stopped, and what else wants attention."""
    for failure in (*outcome.plan.failures, *(each.failure for each in outcome.databases if each.failure)):
        yield failure.database, WRONG, failure.message
    for found in outcome.databases:
        for each in found.rules:
            name = f"{found.database}: {each.rule.name}"
            if each.stopped:
                yield found.database, WRONG, f"{found.database}: {each.stopped}"
            for skipped in each.skipped:
                yield found.database, DUE, f"{name}: the record {skipped.token} was skipped: {skipped.reason}"
            if each.left and not each.stopped:
                yield found.database, DUE, f"{name}: {each.left:,} records that are due were left"


def log_lines(outcome: Outcome, at: datetime) -> Iterator[str]:
    """One line a rule that did anything or should have, and the ledger's head."""
    when = stamp(at.replace(microsecond=0))
    for line in problems(outcome):
        yield f"{when} problem: {plain(line)}"
    for found in outcome.databases:
        for each in found.rules:
            if each.planned or each.done or each.stopped:
                yield plain(f"{when} run {found.run} {found.database}: {each.rule.name}: {summary(each)}")
    yield f"{when} ledger head {outcome.head}"


def summary(each: RuleOutcome) -> str:
    """What became of one rule's records, in a few words."""
    rows = ", ".join(f"{word} {count:,}" for word, count in (each.counts or {}).items())
    left = f", {each.left:,} left" if each.left else ""
    skipped = f", {len(each.skipped):,} skipped" if each.skipped else ""
    stopped = ", stopped" if each.stopped else ""
    return f"{each.done:,} of {each.planned:,} done" + (f" ({rows})" if rows else "") + skipped + left + stopped


def print_table(outcome: Outcome, console: Console) -> None:
    """The outcome for a person: one line a rule, then what needs attention, then the ledger's head."""
    for name, members in families(outcome.databases, lambda found: found.database):
        alone = members[0].database == name
        found = members[0] if alone else outcome_of(name, members)
        say(console, f"run {found.run}" if alone else found.run, FAINT, head=f"{name}  ", head_style=HEADING)
        rules = [each for each in found.rules if each.planned or each.stopped]
        if not rules:
            say(console, "nothing was due", FAINT, head="  ")
        elif console.width >= _NARROW:
            put(_table(rules), console)
        else:
            for each in rules:
                say(console, f"{each.rule.name}: {summary(each)}", _style(each))
    for (style, _), told in groupby(_problems(outcome), key=lambda each: (each[1], family_of(each[0]))):
        for line in few((name, line) for name, _, line in told):
            say(console, line, style, head="  ")
    say(console, f"ledger head {outcome.head}", FAINT)


def _table(rules: list[RuleOutcome]) -> Table:
    shown = table()
    for head in ("rule", "done", "planned", "what"):
        number = head in ("done", "planned")
        shown.add_column(head, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for each in rules:
        cells = (each.rule.name, f"{each.done:,}", f"{each.planned:,}", _what(each))
        shown.add_row(*(text(cell, _style(each)) for cell in cells))
    return shown


def _style(each: RuleOutcome) -> str:
    return WRONG if each.stopped else DUE if each.exit_code else ""


def _what(each: RuleOutcome) -> str:
    """The rows that changed, and what stood in the way."""
    marks = [f"{len(each.skipped):,} skipped"] if each.skipped else []
    marks += [f"{each.left:,} left"] if each.left else []
    elsewhere = each.planned - each.done - each.left
    marks += [f"{elsewhere:,} went along with others"] if elsewhere > 0 and not each.stopped else []
    return "; ".join(filter(None, [rows_changed(each.counts or {}), *marks, "stopped" if each.stopped else ""]))


def rows_changed(counts: Mapping[str, int]) -> str:
    """The rows that changed, table by table: what became of them is said once for all that it became of."""
    tables: dict[str, list[str]] = {}
    for words, count in counts.items():
        verb, _, name = words.partition(" ")
        tables.setdefault(verb, []).append(f"{name} {count:,}")
    return "; ".join(f"{verb} {', '.join(found)}" for verb, found in tables.items())
