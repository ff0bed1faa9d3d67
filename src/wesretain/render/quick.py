"""What is due at a glance: as a table for the terminal, as JSON (version 1, documented in docs/commands.md), as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wesretain.model.problem import Level, Problem
from wesretain.quick import DatabaseGlance, Glance, Glances
from wesretain.render import programs
from wesretain.render.ages import minute, stamp
from wesretain.render.listing import Listing
from wesretain.render.listing import print_table as print_listing
from wesretain.render.screen import DUE, FAINT, HEADING, WRONG, say

if TYPE_CHECKING:
    from rich.console import Console

#: Raised when a key changes its meaning or goes away; new keys may come without.
JSON_VERSION = 1
_HEADS = ("rule", "table", "due", "then")


def as_json(found: Glances) -> str:
    """What is due as JSON; keys are stable within a version."""
    return programs.as_json(
        {
            "wesretain": "quick",
            "version": JSON_VERSION,
            "as_of": stamp(found.as_of),
            "due": found.due,
            "databases": [_database(each) for each in found.databases],
            "failures": [
                {"database": f.database, "message": f.message, "exit_code": f.exit_code} for f in found.failures
            ],
        }
    )


def _database(found: DatabaseGlance) -> dict[str, Any]:
    return {
        "database": found.database,
        "server": found.server,
        "as_of": stamp(found.as_of),
        "rules": [_rule(glance) for glance in found.rules],
        "findings": [_problem(problem) for problem in found.findings],
    }


def _rule(glance: Glance) -> dict[str, Any]:
    known = glance.refused is None
    return {
        "rule": glance.rule.name,
        "table": str(glance.rule.table),
        "then": glance.rule.then.value,
        "due": glance.due if known else None,
        "records": glance.records if known else None,
        "more": glance.more if known else None,
        "refused": _problem(glance.refused) if glance.refused else None,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    at = str(problem.at) if problem.at.file else None
    return {"level": problem.level.value, "message": problem.message, "mend": problem.mend, "at": at}


def as_csv(found: Glances) -> str:
    """One line a rule, with a heading."""
    rows: list[list[Any]] = [["database", "rule", "table", "then", "due", "records", "more", "refused"]]
    for database in found.databases:
        for glance in database.rules:
            told = _rule(glance)
            refused = glance.refused.message if glance.refused else ""
            answers = [told[key] for key in ("rule", "table", "then", "due", "records", "more")]
            rows.append([database.database, *answers, refused])
    return programs.as_csv(rows)


def print_table(found: Glances, zone: ZoneInfo, console: Console) -> None:
    """What is due for a person: one table a database, then what needs attention."""
    for database in found.databases:
        as_of = f"{database.server}, as of {minute(database.as_of, zone)} ({zone.key})"
        say(console, as_of, FAINT, head=f"{database.database}  ", head_style=HEADING)
        print_listing(_listing(database), console)
        for glance in database.rules:
            if glance.refused is not None:
                say(console, f"refused: {_told(glance.refused)}", WRONG, head=f"  {glance.rule.name}: ")
        for problem in database.findings:
            say(console, _told(problem), WRONG if problem.level is Level.ERROR else DUE, head="  ")
        console.print()


def _listing(database: DatabaseGlance) -> Listing:
    rows = tuple((g.rule.name, str(g.rule.table), _count(g), g.rule.then.value) for g in database.rules)
    noteworthy = frozenset((place, "due") for place, g in enumerate(database.rules) if g.due or g.refused)
    return Listing("quick", _HEADS, rows, (), (), frozenset({"due"}), noteworthy)


def _count(glance: Glance) -> str:
    return "?" if glance.refused is not None else f"{glance.records:,}{'+' if glance.more else ''}"


def _told(problem: Problem) -> str:
    place = f"{problem.at}: " if problem.at.file else ""
    return f"{place}{problem.message}" + (f"; {problem.mend}" if problem.mend else "")
