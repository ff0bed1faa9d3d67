"""How well the clocks of the rules can be read, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wesretain.render.listing import Listing

if TYPE_CHECKING:
    from wesretain.doctor.health import ClockHealth

_NUMBERS = ("records", "NULL", "unreadable", "never", "ahead", "before 1990")


def clocks_listing(clocks: Sequence[tuple[str, ClockHealth]]) -> Listing:
    """All clocks by database, with what each holds."""
    return Listing(
        name="clocks",
        heads=("database", "clock", "written as", "zone", *_NUMBERS),
        rows=tuple((database, *_row(each)) for database, each in clocks),
        keys=(
            *("database", "table", "column", "written_as", "zone"),
            *("records", "null", "unreadable", "never", "ahead", "before_1990"),
        ),
        items=tuple(
            {
                "database": database,
                "table": each.table.full_name,
                "column": each.dial.column.full_name,
                "written_as": each.written_as,
                "zone": each.dial.zone.key,
                "records": each.records,
                "null": each.null,
                "unreadable": each.unread,
                "never": each.never,
                "ahead": each.ahead,
                "before_1990": each.early,
            }
            for database, each in clocks
        ),
        numbers=frozenset(_NUMBERS),
        attention=frozenset((place, "unreadable") for place, (_, each) in enumerate(clocks) if each.unread),
    )


def _row(each: ClockHealth) -> tuple[str, ...]:
    counts = (each.null, each.unread, each.never, each.ahead, each.early)
    shares = (_share(count, each.records) for count in counts)
    return (each.name, each.written_as, each.dial.zone.key, f"{each.records:,}", *shares)


def _share(count: int, records: int) -> str:
    """A count, and which share of all records it is."""
    if not count:
        return "0"
    share = 100 * count / records
    return f"{count:,} ({share:.0f}%)" if share >= 1 else f"{count:,} (<1%)"
