"""Times and ages as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta


def age(since: datetime, now: datetime) -> str:
    """How long ago, in the largest unit and, for years and months, the next: `3 y 2 m`, `2 m 5 d`, `12 d`, `5 h`."""
    if since >= now:
        return "now"
    delta = relativedelta(now, since)
    counts = (delta.years, delta.months, delta.days, delta.hours, delta.minutes)
    first = next((place for place, count in enumerate(counts) if count), None)
    if first is None:
        return "now"
    shown = range(first, first + 2 if first < 2 else first + 1)
    return " ".join(f"{counts[place]} {_UNITS[place]}" for place in shown if counts[place])


_UNITS = ("y", "m", "d", "h", "min")


def day(instant: datetime, zone: ZoneInfo) -> str:
    """The calendar day of an instant, in a zone."""
    return instant.astimezone(zone).date().isoformat()


def stamp(instant: datetime) -> str:
    """An instant in ISO 8601, UTC, to the second (finer where it is finer)."""
    return instant.isoformat().replace("+00:00", "Z")
