"""Retention periods: calendar periods in one unit, and the cut-off that they give."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from dateutil.relativedelta import relativedelta


class Unit(StrEnum):
    """The calendar units in which a period may be written."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


_ISO_UNITS = {"D": Unit.DAYS, "W": Unit.WEEKS, "M": Unit.MONTHS, "Y": Unit.YEARS}
_WORDS = re.compile(r"([0-9]{1,4}) (day|week|month|year)s?", re.ASCII)
_ISO = re.compile(r"P([0-9]{1,4})([DWMY])", re.ASCII)
#: No retention period outlives this; a longer one is a slip of the pen, and year arithmetic would leave the calendar.
LONGEST_YEARS = 200
_PER_YEAR = {Unit.DAYS: 366, Unit.WEEKS: 53, Unit.MONTHS: 12, Unit.YEARS: 1}


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar period in one unit: mixed units are refused, because subtracting them can dispose early."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        unit = self.unit.value
        return f"{self.count} {unit[:-1] if self.count == 1 else unit}"

    @property
    def delta(self) -> relativedelta:
        """The same period for calendar arithmetic."""
        return _delta(self.count, self.unit)

    @property
    def shortest_days(self) -> int:
        """The fewest days that it can last (a month may have 28)."""
        return self.count * {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 28, Unit.YEARS: 365}[self.unit]

    @property
    def longest_days(self) -> int:
        """The most days that it can last."""
        return self.count * {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 31, Unit.YEARS: 366}[self.unit]

    def surely_longer_than(self, other: Period) -> bool:
        """Whether it is longer from every start: `13 months` than `1 year`, but not `365 days` than `12 months`."""
        months = {Unit.MONTHS: 1, Unit.YEARS: 12}
        if self.unit in months and other.unit in months:
            return self.count * months[self.unit] > other.count * months[other.unit]
        return self.shortest_days > other.longest_days

    def surely_as_long_as(self, other: Period) -> bool:
        """Whether it is never shorter than another, from any start."""
        months = {Unit.MONTHS: 1, Unit.YEARS: 12}
        if self.unit in months and other.unit in months:
            return self.count * months[self.unit] >= other.count * months[other.unit]
        return self.shortest_days >= other.longest_days


@cache
def _delta(count: int, unit: Unit) -> relativedelta:
    from dateutil.relativedelta import relativedelta

    return relativedelta(**{unit.value: count})  # type: ignore[arg-type]


@lru_cache(1024)
def parse_period(text: str) -> Period:
    """Read `90 days`, `12 weeks`, `18 months`, `7 years` or the same in ISO 8601 (`P7Y`).

    Zero days is a period here; where it may stand is for the checks to say.

    Raises:
        ValueError: with the reason and the mend, for everything else.
    """
    if match := _WORDS.fullmatch(text):
        period = Period(int(match[1]), Unit(match[2] + "s"))
    elif match := _ISO.fullmatch(text):
        period = Period(int(match[1]), _ISO_UNITS[match[2]])
    elif re.search(r"[0-9].*[0-9]", text) and not re.fullmatch(r"[0-9.,]+( [a-z]+)?", text):
        raise ValueError(f"`{text}` mixes units, which could dispose early; use one unit, such as `18 months`")
    else:
        raise ValueError(f"`{text}` is not a period; write `90 days`, `12 weeks`, `18 months`, `7 years` or `P7Y`")
    if period.count == 0 and period.unit is not Unit.DAYS:
        raise ValueError(
            f"`{text}` is no time at all; write `0 days` after a clock that expires, or `nothing` with a `where`"
        )
    if period.count > LONGEST_YEARS * _PER_YEAR[period.unit]:
        raise ValueError(f"`{text}` is longer than {LONGEST_YEARS} years; write the period that is meant")
    return period


def wall_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows at an instant (naive), except that it never runs back.

    In the hour that a change to winter time repeats, the first pass stands still at its start; so the wall clock, and
    with it every cut-off, is monotone, and never ahead of the real one.
    """
    local = instant.astimezone(zone)
    repeated = local.replace(fold=1)
    naive = local.replace(tzinfo=None, fold=0)
    if local.fold == 0 and repeated.utcoffset() != local.utcoffset() and _exists(local):
        return _fold_start(naive, zone)
    return naive


def cut_off(as_of: datetime, period: Period, zone: ZoneInfo) -> datetime:
    """The cut-off `as_of − period`, by the calendar of a zone, as an instant in UTC.

    A record whose clock is at or before it has run out. Where the target month lacks the day, it is the end of that
    month's last day. It is never early, at most a day late, and never moves backwards as `as_of` moves on.
    """
    now = wall_clock(as_of, zone)
    then = now - period.delta
    if then.day != now.day and period.unit in (Unit.MONTHS, Unit.YEARS):
        then = datetime.combine(then.date(), time.max)
    return _earliest_instant(then, zone)


def due_since(clock: datetime, period: Period, zone: ZoneInfo) -> datetime:
    """The first instant (to the second) by which a period has passed since an instant."""

    def passed(instant: datetime) -> bool:
        return clock <= cut_off(instant, period, zone)

    local = clock.astimezone(zone).replace(tzinfo=None) + period.delta
    guess, second = local.replace(tzinfo=zone).astimezone(UTC), timedelta(seconds=1)
    if passed(guess) and not passed(guess - second):  # everywhere but where a month ends, or summer time does
        return guess.replace(microsecond=0)
    low, high = guess - timedelta(days=5), guess + timedelta(days=5)
    while high - low > second:
        middle = low + (high - low) / 2
        if passed(middle):
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def _exists(aware: datetime) -> bool:
    return aware.astimezone(UTC).astimezone(aware.tzinfo).replace(tzinfo=None) == aware.replace(tzinfo=None)


def _fold_start(naive: datetime, zone: ZoneInfo) -> datetime:
    first = naive.replace(tzinfo=zone, fold=0)
    second = naive.replace(tzinfo=zone, fold=1)
    change = transition(first.astimezone(UTC), second.astimezone(UTC), zone)
    return change.astimezone(zone).replace(tzinfo=None, fold=0)


def _earliest_instant(naive: datetime, zone: ZoneInfo) -> datetime:
    """The first instant that a wall time denotes; for one that summer time skips, just before the change."""
    aware = naive.replace(tzinfo=zone, fold=0)
    if _exists(aware):
        return aware.astimezone(UTC)
    before = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    change = transition(before, aware.astimezone(UTC), zone)
    return change - timedelta(microseconds=1)


def transition(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC, to the second) between two others at which the zone takes the offset of the later one."""
    target = high.astimezone(zone).utcoffset()
    low, high = low.replace(microsecond=0), high.replace(microsecond=0)
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == target:
            high = middle
        else:
            low = middle
    return high
