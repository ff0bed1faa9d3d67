"""Reviews as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wesretain.model.rule import Rule
from wesretain.render.ages import day, stamp
from wesretain.render.listing import Listing

_NUMBERS = ("waiting", "approved", "extended")


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One rule's review: since when apply has it open, and (where they can be counted) its records."""

    rule: Rule
    since: datetime | None
    counts: tuple[int, int, int] | None


def reviews_listing(found: Sequence[ReviewRow], zone: ZoneInfo) -> Listing:
    """A list of reviews."""
    heads = ("rule", "open since", *_NUMBERS)
    keys = ("rule", "title", "table", "open_since", *_NUMBERS)
    rows = tuple(_row(each, zone) for each in found)
    waiting = frozenset((place, "waiting") for place, each in enumerate(found) if each.counts and each.counts[0])
    return Listing("reviews", heads, rows, keys, tuple(map(_item, found)), frozenset(_NUMBERS), waiting)


def _row(each: ReviewRow, zone: ZoneInfo) -> tuple[str, ...]:
    counts = ("?",) * len(_NUMBERS) if each.counts is None else tuple(f"{count:,}" for count in each.counts)
    return (each.rule.name, day(each.since, zone) if each.since else "", *counts)


def _item(each: ReviewRow) -> dict[str, Any]:
    counts = each.counts or (None,) * len(_NUMBERS)
    since = stamp(each.since) if each.since else None
    head = {"rule": each.rule.name, "title": each.rule.title, "table": str(each.rule.table), "open_since": since}
    return head | dict(zip(_NUMBERS, counts, strict=True))


def keys_listing(columns: Sequence[str], found: Iterable[tuple[str, ...]]) -> Listing:
    """A list of records by their keys."""
    keys = tuple(found)
    names = tuple(columns)
    return Listing("records", names, keys, names, tuple(dict(zip(names, key, strict=True)) for key in keys))
