"""The records of a rule as people and programs read them."""

from __future__ import annotations

from wesretain.records import Record, Records
from wesretain.render.listing import Listing


def listing(found: Records) -> Listing:
    """A list of records by their keys, with their standings and what stands in their way."""
    heads = (*found.columns, "standing", "why")
    keys = (*found.columns, "standing", "reasons")
    rows = tuple((*each.key, each.standing.word, "; ".join(each.reasons)) for each in found.found)
    return Listing("records", heads, rows, keys, tuple(_item(found.columns, each) for each in found.found))


def _item(columns: tuple[str, ...], each: Record) -> dict[str, str | list[str]]:
    return {
        **dict(zip(columns, each.key, strict=True)),
        "standing": each.standing.word,
        "reasons": list(each.reasons),
    }
