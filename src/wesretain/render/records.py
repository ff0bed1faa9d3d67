"""The records of a rule as people and programs read them."""

from __future__ import annotations

from wesretain.records import Record, Records
from wesretain.render.listing import Listing

_OURS = ("standing", "reasons")


def listing(found: Records) -> Listing:
    """A list of records by their keys, with their standings and what stands in their way."""
    names = tuple(f"key {name}" if name in _OURS else name for name in found.columns)
    rows = tuple((*each.key, each.standing.word, "; ".join(each.reasons)) for each in found.found)
    items = tuple(_item(names, each) for each in found.found)
    return Listing("records", (*names, "standing", "why"), rows, (*names, *_OURS), items)


def _item(names: tuple[str, ...], each: Record) -> dict[str, str | list[str]]:
    key = dict(zip(names, each.key, strict=True))
    return {**key, "standing": each.standing.word, "reasons": list(each.reasons)}
