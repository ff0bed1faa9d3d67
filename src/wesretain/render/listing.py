"""A list of things as a table for the terminal, as JSON (version 1) or as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wesretain.render import programs
from wesretain.render.screen import DUE, put, say, table, text, widest

if TYPE_CHECKING:
    from rich.console import Console

#: What stands to the left folds down to so many columns.
_FOLDED = 10
_GAP = 2
#: Raised when a key changes its meaning or goes away; new keys may come without.
JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """Things of one kind: `rows` as people read them under `heads`, and `items` in full, for programs.

    All items have the same keys, those of `keys`. Columns named in `numbers` stand to the right. `attention` names the
    cells, by row and head, that somebody should look at.
    """

    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...]
    items: tuple[Mapping[str, Any], ...]
    numbers: frozenset[str] = frozenset()
    attention: frozenset[tuple[int, str]] = frozenset()


def as_json(listing: Listing) -> str:
    """The list as JSON; keys are stable within a version."""
    head = {"wesretain": listing.name, "version": JSON_VERSION}
    return programs.as_json({**head, listing.name: [dict(item) for item in listing.items]})


def as_csv(listing: Listing) -> str:
    """One line a thing, with a heading; what is no plain value is JSON."""
    return programs.as_csv([listing.keys, *([item[key] for key in listing.keys] for item in listing.items)])


def print_table(listing: Listing, console: Console) -> None:
    """The list for a person; what is too wide for the terminal is folded, then told in words, and nothing is cut."""
    if _least(listing) > console.width:
        for row in listing.rows:
            say(console, ", ".join(f"{head} {cell}" for head, cell in zip(listing.heads, row, strict=True) if cell))
        return
    shown = table()
    for head in listing.heads:
        number = head in listing.numbers
        shown.add_column(head, overflow="fold", justify="right" if number else "left", no_wrap=number)
    for place, row in enumerate(listing.rows):
        marked = ((cell, (place, head) in listing.attention) for head, cell in zip(listing.heads, row, strict=True))
        shown.add_row(*(text(cell, DUE if attention else "") for cell, attention in marked))
    put(shown, console)


def _least(listing: Listing) -> int:
    """How narrow the table may become."""
    widths = (widest([head, *(row[place] for row in listing.rows)]) for place, head in enumerate(listing.heads))
    least = (
        width if head in listing.numbers else min(width, _FOLDED)
        for head, width in zip(listing.heads, widths, strict=True)
    )
    return sum(least) + _GAP * (len(listing.heads) - 1)
