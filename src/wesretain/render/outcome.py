"""What an apply did, as a table for the terminal, as JSON (version 1), as CSV, and as lines for a log."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wesretain.model.outcome import DatabaseOutcome, Outcome, RuleOutcome
from wesretain.render.ages import stamp
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from rich.console import Console

#: Raised when a key changes its meaning or goes away; new keys may come without.
JSON_VERSION = 1
_COLUMNS = ("database", "run", "rule", "then", "planned", "done", "rows", "skipped", "left", "exit_code", "stopped")


def as_json(outcome: Outcome) -> str:
    """The outcome as JSON; keys are stable within a version."""
    head = {"wesretain": "outcome", "version": JSON_VERSION, "as_of": stamp(outcome.plan.as_of), "head": outcome.head}
    databases = [_database(found) for found in outcome.databases]
    return json.dumps({**head, "databases": databases, "failures": _failures(outcome)}, indent=2, ensure_ascii=False)


def _failures(outcome: Outcome) -> list[dict[str, Any]]:
    found = (*outcome.plan.failures, *(each.failure for each in outcome.databases if each.failure))
    return [{"database": each.database, "message": each.message, "exit_code": each.exit_code} for each in found]


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
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for found in outcome.databases:
        for each in found.rules:
            counts = (each.planned, each.done, sum((each.counts or {}).values()), len(each.skipped), each.left)
            writer.writerow(
                [found.database, found.run, each.rule.name, each.rule.then.value, *counts, each.exit_code, each.stopped]
            )
    return out.getvalue()


def problems(outcome: Outcome) -> Iterator[str]:
    """What did not go as planned, in one line each."""
    for failure in (*outcome.plan.failures, *(each.failure for each in outcome.databases if each.failure)):
        yield failure.message
    for found in outcome.databases:
        for each in found.rules:
            name = f"{found.database}: {each.rule.name}"
            if each.stopped:
                yield f"{found.database}: {each.stopped}"
            for skipped in each.skipped:
                yield f"{name}: the record {skipped.token} was skipped: {skipped.reason}"
            if each.left and not each.stopped:
                yield f"{name}: {each.left:,} records that are due were left"


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
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    for found in outcome.databases:
        console.print(Text(plain(found.database), "bold"), Text(f"run {found.run}", "dim"))
        table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
        for head in ("rule", "done", "planned", "what"):
            table.add_column(head, justify="right" if head in ("done", "planned") else "left", overflow="fold")
        for each in found.rules:
            if each.planned or each.stopped:
                cells = (plain(each.rule.name), f"{each.done:,}", f"{each.planned:,}", plain(_what(each)))
                table.add_row(*map(Text, cells), style="yellow" if each.exit_code else "")
        console.print(table if table.row_count else Text("  nothing was due", "dim"))
    for line in problems(outcome):
        console.print(Padding(Text(plain(line), "yellow"), (0, 0, 0, 2)))
    console.print(Text(f"ledger head {outcome.head}", "dim"), soft_wrap=True)


def _what(each: RuleOutcome) -> str:
    """The rows that changed, and what stood in the way."""
    rows = ", ".join(f"{word} {count:,}" for word, count in (each.counts or {}).items())
    marks = [f"{len(each.skipped):,} skipped"] if each.skipped else []
    marks += [f"{each.left:,} left"] if each.left else []
    elsewhere = each.planned - each.done - each.left
    marks += [f"{elsewhere:,} went along with others"] if elsewhere > 0 and not each.stopped else []
    return ", ".join(filter(None, [rows, *marks, "stopped" if each.stopped else ""]))
