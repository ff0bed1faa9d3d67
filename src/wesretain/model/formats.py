"""How a clock is written that is no typed date or time: one small class a format, whose docstring is its manual page.

A format with fixed places (`Layout`) says where its digits stand and what one step of it is; reading a value in Python
and comparing it in SQL both follow from that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import ClassVar

from wesretain.model.inventory import ClockFormat

# The months and leap years of the Gregorian calendar, as text: no engine has to cast a value that may not fit.
LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
YEAR = "[0-9]{4}"
MONTH = "(?:0[1-9]|1[0-2])"
MINUTE = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_LONG, _SHORT = "(?:0[13578]|1[02])", "(?:0[469]|11)"
_DAY_31, _DAY_30, _DAY_28 = "(?:0[1-9]|[12][0-9]|3[01])", "(?:0[1-9]|[12][0-9]|30)", "(?:0[1-9]|1[0-9]|2[0-8])"


def _day(order: str) -> str:
    """The days that the calendar has, their parts put together in an order such as `{year}-{month}-{day}`."""
    months = ((_LONG, _DAY_31), (_SHORT, _DAY_30), ("02", _DAY_28))
    usual = (order.format(year=YEAR, month=month, day=day) for month, day in months)
    return f"(?:{'|'.join([*usual, order.format(year=LEAP_YEAR, month='02', day='29')])})"


#: A day as ISO 8601 writes it.
ISO_DAY = _day("{year}-{month}-{day}")


class Unit(Enum):
    """What one step of a format is, and how many digits tell it."""

    YEAR = 4
    MONTH = 6
    DAY = 8
    SECOND = 14


@dataclass(frozen=True, slots=True)
class Format:
    """What all formats tell of themselves: their word in the inventory, and some texts that they read."""

    word: ClassVar[ClockFormat]
    examples: ClassVar[tuple[str, ...]]


class Iso(Format):
    """Texts of ISO 8601, in mixed spellings and precisions within one column.

    A day, or a day and a time with `T`, `t` or a space between them; the time to the minute, the second, or a fraction
    of up to nine digits; then, if anything, `Z` or an offset such as `+08:00`, `+0800` or `-05`. A value without an
    offset is read in the clock's zone. A day and a minute count from their end, unless declared `counts from: start`.
    """

    word = ClockFormat.ISO
    examples = ("2026-07-01", "2026-07-01 12:30", "2026-07-01T12:30:00Z", "2026-07-01 12:30:00.5+08:00")


class Epoch(Format):
    """A count since the first instant of a year (UTC): 1970 where it says no other."""

    per_second: ClassVar[int]
    since: ClassVar[datetime] = datetime(1970, 1, 1, tzinfo=UTC)


class EpochSeconds(Epoch):
    """Seconds since 1970 (UTC), as a number of any type, or as up to 18 digits in a text or in bytes.

    Nothing tells seconds from milliseconds: a unit that is too fine moves every record to 1970, and one that is too
    coarse far into the future. So look at what the first scan says of the oldest record.
    """

    word = ClockFormat.EPOCH_SECONDS
    examples = ("1782864000",)
    per_second = 1


class EpochMilliseconds(Epoch):
    """Milliseconds since 1970 (UTC), as Java, JavaScript and many message servers keep them; otherwise as seconds."""

    word = ClockFormat.EPOCH_MILLISECONDS
    examples = ("1782864000000",)
    per_second = 1_000


class EpochMicroseconds(Epoch):
    """Microseconds since 1970 (UTC), as browsers keep them; otherwise as seconds."""

    word = ClockFormat.EPOCH_MICROSECONDS
    examples = ("1782864000000000",)
    per_second = 1_000_000


class MicrosecondsSince1601(Epoch):
    """Microseconds since 1601 (UTC), as Chrome and its kin keep them; otherwise as epoch seconds."""

    word = ClockFormat.MICROSECONDS_SINCE_1601
    examples = ("13427337600000000",)
    per_second = 1_000_000
    since = datetime(1601, 1, 1, tzinfo=UTC)


class SecondsSince2001(Epoch):
    """Seconds since 2001 (UTC), as Safari and other programs of Apple keep them; otherwise as epoch seconds.

    Its first day, 0 above all, says nothing.
    """

    word = ClockFormat.SECONDS_SINCE_2001
    examples = ("804556800",)
    per_second = 1
    since = datetime(2001, 1, 1, tzinfo=UTC)


class Layout(Format):
    """A text whose digits stand at fixed places; spaces around it do not matter.

    `places` says where the digits stand that sort by time (first, count), the year's first; `pattern` which texts there
    are. A value denotes all of its `unit`.
    """

    pattern: ClassVar[str]
    places: ClassVar[tuple[tuple[int, int], ...]]
    unit: ClassVar[Unit]

    def digits(self, text: str) -> str | None:
        """The digits of a text in the order in which they sort by time; None where it is not of this format."""
        bare = text.strip(" ")
        if not re.fullmatch(self.pattern, bare):
            return None
        return "".join(bare[first : first + count] for first, count in self.places)

    def spelled(self, wall: datetime) -> str:
        """The same digits for the unit in which a wall time lies."""
        day = f"{wall.year:04}{wall.month:02}{wall.day:02}"
        return f"{day}{wall.hour:02}{wall.minute:02}{wall.second:02}"[: self.unit.value]

    def start(self, digits: str) -> datetime:
        """The wall time at which a unit begins."""
        whole = digits + "00000101000000"[len(digits) :]
        parts = (whole[:4], whole[4:6], whole[6:8], whole[8:10], whole[10:12], whole[12:14])
        year, month, day, hour, minute, second = map(int, parts)
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001

    def end(self, start: datetime) -> datetime:
        """The last wall time of the unit that begins then, to the microsecond; a second is taken for an instant."""
        match self.unit:
            case Unit.SECOND:
                return start
            case Unit.DAY:
                following = start + timedelta(days=1)
            case Unit.MONTH:
                following = (start + timedelta(days=31)).replace(day=1)
            case Unit.YEAR:
                following = start.replace(year=start.year + 1)
        return following - timedelta(microseconds=1)


class FourteenDigits(Layout):
    """A date and time in fourteen digits without anything between them, as MediaWiki and many exports write it.

    In a text, in bytes (`BINARY(14)`, `BLOB`), or in a whole number. It is read in the clock's zone.
    """

    word = ClockFormat.FOURTEEN_DIGITS
    examples = ("20260701123000",)
    pattern = _day("{year}{month}{day}") + "(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
    places = ((0, 14),)
    unit = Unit.SECOND


class EightDigits(Layout):
    """A day in eight digits, in a text, in bytes or in a whole number. It counts from its end."""

    word = ClockFormat.EIGHT_DIGITS
    examples = ("20260701",)
    pattern = _day("{year}{month}{day}")
    places = ((0, 8),)
    unit = Unit.DAY


class YearAndMonth(Layout):
    """A month, as invoices and statistics name it. It counts from its end: the last instant of its last day."""

    word = ClockFormat.YEAR_AND_MONTH
    examples = ("2026-07",)
    pattern = f"{YEAR}-{MONTH}"
    places = ((0, 4), (5, 2))
    unit = Unit.MONTH


class YearAlone(Layout):
    """A year, in a text, in bytes or in a whole number. It counts from its end: the last instant of 31 December."""

    word = ClockFormat.YEAR
    examples = ("2026",)
    pattern = YEAR
    places = ((0, 4),)
    unit = Unit.YEAR


class DayMonthYear(Layout):
    """A day written the other way round, as forms and spreadsheets have it, in a text that spaces may pad.

    Nothing tells it from month-day-year where both are below 13; there is no format for the latter.
    """

    word = ClockFormat.DAY_MONTH_YEAR
    examples = ("01-07-2026", " 31-12-2025   ")
    pattern = _day("{day}-{month}-{year}")
    places = ((6, 4), (3, 2), (0, 2))
    unit = Unit.DAY


#: The formats by their words in the inventory.
FORMATS: dict[ClockFormat, Format] = {
    each.word: each
    for each in (
        Iso(),
        EpochSeconds(),
        EpochMilliseconds(),
        EpochMicroseconds(),
        MicrosecondsSince1601(),
        SecondsSince2001(),
        FourteenDigits(),
        EightDigits(),
        YearAndMonth(),
        YearAlone(),
        DayMonthYear(),
    )
}
