"""Holds as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, assert_never
from zoneinfo import ZoneInfo

from wesretain.model.hold import Hold, OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope, scope_row
from wesretain.render.ages import day, stamp
from wesretain.render.listing import Listing
from wesretain.render.screen import DUE, HEADING, say

if TYPE_CHECKING:
    from rich.console import Console

_KEYS = (
    *("hold", "matter", "reason", "scope", "placed_at", "by", "review_on", "review_passed"),
    *("state", "ends_at", "release_reason"),
)


@dataclass(frozen=True, slots=True)
class Today:
    """The instant at which holds are shown, and the calendar in which they are."""

    now: datetime
    zone: ZoneInfo

    @property
    def date(self) -> date:
        """The organisation's local date."""
        return self.now.astimezone(self.zone).date()


def listing(holds: Iterable[Hold], today: Today) -> Listing:
    """A list of holds."""
    found = tuple(holds)
    return Listing(
        name="holds",
        heads=("hold", "matter", "on", "placed", "review", "state"),
        rows=tuple(_row(hold, today) for hold in found),
        keys=_KEYS,
        items=tuple(item(hold, today) for hold in found),
        numbers=frozenset({"hold"}),
        attention=frozenset((place, "review") for place, hold in enumerate(found) if _has_passed(hold, today)),
    )


def _row(hold: Hold, today: Today) -> tuple[str, ...]:
    placed = day(hold.placed_at, today.zone)
    return (str(hold.id), hold.matter, scope_words(hold.scope), placed, _review(hold, today), _state(hold, today))


def item(hold: Hold, today: Today) -> dict[str, Any]:
    """One hold for programs."""
    return {
        "hold": hold.id,
        "matter": hold.matter,
        "reason": hold.reason,
        "scope": scope_row(hold.scope),
        "placed_at": stamp(hold.placed_at),
        "by": hold.by,
        "review_on": hold.review_on.isoformat() if hold.review_on else None,
        "review_passed": _has_passed(hold, today),
        "state": "in force" if hold.holds_at(today.now) else "ended",
        "ends_at": stamp(hold.released_at) if hold.released_at else None,
        "release_reason": hold.release_reason or None,
    }


def print_text(hold: Hold, today: Today, console: Console) -> None:
    """One hold for a person, in lines."""
    say(console, f"hold {hold.id}: {hold.matter}", HEADING)
    say(console, f"{scope_words(hold.scope)}, and everything below", head="  on       ")
    say(console, hold.reason, head="  reason   ")
    say(console, day(hold.placed_at, today.zone) + (f" by {hold.by}" if hold.by else ""), head="  placed   ")
    say(console, _review(hold, today) or "never", DUE if _has_passed(hold, today) else "", head="  review   ")
    why = f": {hold.release_reason}" if hold.release_reason else ""
    say(console, _state(hold, today) + why, head="  state    ")


def scope_words(scope: Scope) -> str:
    """What a hold is on, in words."""
    match scope:
        case OnSubject(table, key):
            return f"person {table} {', '.join(key)}"
        case OnRecord(table, key):
            return f"record {table} {', '.join(key)}"
        case OnRecords(table, _, text):
            return f"{table} where {text}"
        case OnTable(table):
            return f"table {table}"
        case OnCategory(category):
            return f"category {category.value}"
        case OnDatabase(database):
            return f"database {database}"
        case _ as never:
            assert_never(never)


def _has_passed(hold: Hold, today: Today) -> bool:
    return hold.review_on is not None and hold.review_on <= today.date and hold.released_at is None


def _review(hold: Hold, today: Today) -> str:
    if hold.review_on is None:
        return ""
    return f"{hold.review_on.isoformat()}{', has passed' if _has_passed(hold, today) else ''}"


def _state(hold: Hold, today: Today) -> str:
    if hold.released_at is None:
        return "in force"
    ends = day(hold.released_at, today.zone)
    return f"in force until {ends}" if hold.holds_at(today.now) else f"ended {ends}"
