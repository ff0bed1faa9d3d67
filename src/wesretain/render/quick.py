"""What is due at a glance: as a table for the terminal, as JSON (version 1, documented in docs/commands.md), as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wesretain.model.plan import Glance, Scanned, ScannedDatabase
from wesretain.render import listing, programs, scanned
from wesretain.render.listing import Listing
from wesretain.render.scanned import Looks, Note, findings, in_all, problem, refusal
from wesretain.render.sums import added_glances

if TYPE_CHECKING:
    from rich.console import Console

_HEADS = ("rule", "table", "due", "then")


def as_json(found: Scanned[Glance]) -> str:
    """What is due as JSON; keys are stable within a version."""
    return scanned.as_json("quick", found, found.due > 0, _rule)


def _rule(glance: Glance) -> dict[str, Any]:
    known = glance.refused is None
    return {
        "rule": glance.rule.name,
        "table": str(glance.rule.table),
        "then": glance.rule.then.value,
        "due": glance.due > 0 if known else None,
        "records": glance.due if known else None,
        "more": glance.more if known else None,
        "refused": problem(glance.refused) if glance.refused else None,
    }


def as_csv(found: Scanned[Glance]) -> str:
    """One line a rule, with a heading."""
    rows: list[list[Any]] = [["database", "rule", "table", "then", "due", "records", "more", "refused"]]
    for database in found.databases:
        for glance in database.rules:
            told = _rule(glance)
            refused = glance.refused.message if glance.refused else ""
            answers = [told[key] for key in ("rule", "table", "then", "due", "records", "more")]
            rows.append([database.database, *answers, refused])
    return programs.as_csv(rows)


def print_table(found: Scanned[Glance], zone: ZoneInfo, console: Console) -> None:
    """What is due for a person: one table a database or family, then what needs attention, then the sum of it."""
    scanned.print_table(found, Looks(added_glances, _print_rules, _notes, _due_in_all, _total), zone, console)


def _print_rules(found: ScannedDatabase[Glance], console: Console) -> None:
    rows = tuple((g.rule.name, str(g.rule.table), _count(g), g.rule.then.value) for g in found.rules)
    noteworthy = frozenset((place, "due") for place, g in enumerate(found.rules) if g.due or g.refused)
    listing.print_table(Listing("quick", _HEADS, rows, (), (), frozenset({"due"}), noteworthy), console)


def _notes(found: ScannedDatabase[Glance]) -> Iterator[Note]:
    for glance in found.rules:
        yield from refusal(glance)
    yield from findings(found)


def _due_in_all(found: ScannedDatabase[Glance]) -> str:
    return _figure(found.due, more=any(glance.more for glance in found.rules))


def _total(found: ScannedDatabase[Glance]) -> str:
    return in_all(_due_in_all(found), found)


def _count(glance: Glance) -> str:
    return "?" if glance.refused is not None else _figure(glance.due, more=glance.more)


def _figure(due: int, *, more: bool) -> str:
    return f"{due:,}{'+' if more else ''}"
