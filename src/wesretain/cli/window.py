"""Until when a run may go on: `--until`, a time of the day, and `--for`, a length of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_LENGTH = re.compile(r"(?:([0-9]{1,3})h)?(?:([0-9]{1,4})m)?", re.ASCII)


def time_of_day(context: click.Context, option: click.Parameter, text: str | None) -> time | None:
    """What `--until` says.

    Raises:
        BadParameter: where it is no time of the day.
    """
    if text is None:
        return None
    found = _TIME.fullmatch(text)
    if not found:
        raise click.BadParameter(f"`{text}` is no time of the day; write one such as 05:00", context, option)
    return time(int(found[1]), int(found[2]))


def length(context: click.Context, option: click.Parameter, text: str | None) -> timedelta | None:
    """What `--for` says.

    Raises:
        BadParameter: where it is no length of time.
    """
    if text is None:
        return None
    found = _LENGTH.fullmatch(text)
    if not text or not found:
        raise click.BadParameter(f"`{text}` is no length of time; write one such as 90m, 2h or 1h30m", context, option)
    return timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))


def end_of(start: datetime, until: time | None, lasting: timedelta | None, zone: ZoneInfo) -> datetime | None:
    """The instant at which a run has to end that begins at another; None where it may take its time."""
    ends = [start + lasting] if lasting is not None else []
    ends += [_nearest(start, until, zone)] if until is not None else []
    return min(ends, default=None)


def _nearest(start: datetime, until: time, zone: ZoneInfo) -> datetime:
    """The nearest such time of the zone's day: a run that begins after it, since it was late, has no time left."""
    here = start.astimezone(zone)
    days = (here.date() + timedelta(days=days) for days in (-1, 0, 1))
    instants = [datetime.combine(day, until, zone).astimezone(UTC) for day in days]
    return min(instants, key=lambda instant: (abs(instant - start), instant))
