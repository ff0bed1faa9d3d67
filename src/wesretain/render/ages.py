"""Times and ages as people read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta


def age(since: datetime, now: datetime) -> str:
    """How long ago: `3 y 2 m` from a year on, and below that the largest unit in full: `10 months`, `1 day`, `5 hours`.

    So an `m` stands only beside a `y`, and nobody takes it for minutes.
    """
    if since >= now:
        return "now"
    delta = relativedelta(now, since)
    if delta.years:
        return f"{delta.years} y {delta.months} m" if delta.months else f"{delta.years} y"
    counts = {"month": delta.months, "day": delta.days, "hour": delta.hours, "minute": delta.minutes}
    return next((f"{count} {unit}{'s' if count != 1 else ''}" for unit, count in counts.items() if count), "now")


def day(instant: datetime, zone: ZoneInfo) -> str:
    """The calendar day of an instant, in a zone."""
    return instant.astimezone(zone).date().isoformat()


def minute(instant: datetime, zone: ZoneInfo) -> str:
    """The calendar day and the wall time of an instant, in a zone."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def stamp(instant: datetime) -> str:
    """An instant in ISO 8601, UTC, to the second (finer where it is finer)."""
    return instant.isoformat().replace("+00:00", "Z")
