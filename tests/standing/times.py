"""The oracle's calendar: cut-offs and clock values by definition and brute force, by no formula of the product's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from itertools import product
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from standing.world import Value
from wesretain.model.inventory import ClockFormat
from wesretain.model.period import Period, Unit
from wesretain.model.schema import Kind

HOUR, MINUTE, SECOND, MICROSECOND = (
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
    timedelta(microseconds=1),
)
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR_OF_NEVER = 9000


# Instants and wall clocks


def wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows: a time without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


@cache
def offsets_around(shown: datetime, zone: ZoneInfo) -> frozenset[timedelta]:
    """Every offset that the zone has within thirty hours of a wall time, whatever it may be in UTC."""
    hours = [shown.replace(tzinfo=UTC) + n * HOUR for n in range(-30, 31)]
    return frozenset(wall(hour, zone) - hour.replace(tzinfo=None) for hour in hours)


@cache
def instants(shown: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Every instant at which the wall shows this time, earliest first: one, or two in a repeated hour, or none."""
    tried = [shown.replace(tzinfo=UTC) - offset for offset in offsets_around(shown, zone)]
    return tuple(sorted(instant for instant in tried if wall(instant, zone) == shown))


@cache
def readings(shown: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Every instant that a wall time can denote: one that was skipped, by the offset before and by the one after."""
    tried = [shown.replace(tzinfo=UTC) - offset for offset in offsets_around(shown, zone)]
    return instants(shown, zone) or tuple(sorted(tried))


# Cut-offs


@cache
def cut_off(as_of: datetime, period: Period, zone: ZoneInfo) -> datetime:
    """The instant that a clock may at most have for its record to have run out.

    The wall time of `as_of`, less the period by the calendar. Where the month lacks the day: the end of its last day.
    Of a wall time that comes twice, the first; of one that is skipped, the last moment before the gap.
    """
    now = unretreating_wall(as_of, zone)
    day = minus_on_calendar(now.date(), period)
    then = datetime.combine(day, now.time())
    if period.unit in (Unit.MONTHS, Unit.YEARS) and day.day != now.day:
        then = datetime.combine(day, datetime.max.time())
    shown = instants(then, zone)
    return shown[0] if shown else last_moment_before(then, zone)


def unretreating_wall(as_of: datetime, zone: ZoneInfo) -> datetime:
    """The least that the wall clock shows from now on: the wall time, unless the clock will still be put back."""
    next_minute = as_of.replace(second=0, microsecond=0) + MINUTE
    return min(wall(as_of, zone), *(wall(next_minute + n * MINUTE, zone) for n in range(5 * 60)))


def last_moment_before(skipped: datetime, zone: ZoneInfo) -> datetime:
    """The last moment at which the wall still showed less than a time that it skipped."""
    second = readings(skipped, zone)[0].replace(microsecond=0)
    while wall(second, zone) <= skipped:
        second += SECOND
    return second - MICROSECOND


def minus_on_calendar(day: date, period: Period) -> date:
    """A day less a period; where the month lacks the day, its last one."""
    match period.unit:
        case Unit.DAYS:
            return day - period.count * timedelta(days=1)
        case Unit.WEEKS:
            return day - period.count * timedelta(days=7)
        case Unit.MONTHS:
            return months_before(day, period.count)
        case Unit.YEARS:
            return months_before(day, 12 * period.count)


def months_before(day: date, count: int) -> date:
    year, month = day.year, day.month
    for _ in range(count):
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    for number in range(day.day, 0, -1):
        if (found := real_day(year, month, number)) is not None:
            return found
    raise AssertionError


def local_date(as_of: datetime, zone: ZoneInfo) -> date:
    """Today."""
    return wall(as_of, zone).date()


# What a clock's value says


class Silent(Enum):
    """A clock that gives no instant."""

    UNDATED = "undated"
    NEVER = "never"


UNDATED: Final[Literal[Silent.UNDATED]] = Silent.UNDATED
NEVER: Final[Literal[Silent.NEVER]] = Silent.NEVER


@dataclass(frozen=True)
class Span:
    """The instants that a value can denote, from the first to the last; `counts` is the one that a period runs from.

    `day` is there where the value is a date and nothing more.
    """

    first: datetime
    last: datetime
    counts: datetime
    day: date | None = None


Reading: TypeAlias = Span | Silent


@dataclass(frozen=True)
class ClockFacts:
    """All that decides how a clock's values are read; `text` says that the engine stores text there."""

    kind: Kind
    text: bool
    unit: ClockFormat | None
    zone: ZoneInfo
    floor: date
    undated: tuple[str | None, ...] = ()
    never: tuple[str | None, ...] = ()
    counts_from_start: bool = False


def read(facts: ClockFacts, value: Value) -> Reading:
    """What a value says. Declared values come before everything else, and `undated` before `never`."""
    if is_declared(facts, facts.undated, value):
        return UNDATED
    if is_declared(facts, facts.never, value):
        return NEVER
    if value is None:
        return UNDATED
    if facts.unit is not None and facts.unit is not ClockFormat.ISO:
        return read_epoch(facts, value)
    if facts.text:
        return read_iso(facts, value) if isinstance(value, str) else UNDATED
    if isinstance(value, str):
        return read_odd_literal(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return spread(facts, value, value)
        shown = value.astimezone(UTC).replace(tzinfo=None)
        return silence(facts, shown) or Span(value, value, value)
    if isinstance(value, date):
        return whole_day(facts, value)
    return UNDATED


def is_declared(facts: ClockFacts, declared: tuple[str | None, ...], value: Value) -> bool:
    """Whether a value is one of those that the inventory lists, however it is spelled; None there is NULL."""
    return any(
        same_as_declared(value, text) or same_odd_day(facts, value, text) or spelled_alike(facts, value, text)
        for text in declared
    )


def same_odd_day(facts: ClockFacts, value: Value, text: str | None) -> bool:
    """Whether a typed value that is no date of any calendar has the day of a declared one: its hour says nothing."""
    odd = isinstance(value, str) and not facts.text
    return odd and text is not None and str(value).split(" ")[0] == text.split(" ")[0]


def spelled_alike(facts: ClockFacts, value: Value, text: str | None) -> bool:
    """Whether two texts are one time, or one number."""
    if not facts.text or not isinstance(value, str) or text is None:
        return False
    bare = replace(facts, undated=(), never=())
    one, other = read(bare, value), read(bare, text)
    return isinstance(one, Span) and isinstance(other, Span) and one.first == other.first


def same_as_declared(value: Value, text: str | None) -> bool:
    if value is None or text is None:
        return value is None and text is None
    if isinstance(value, str):
        return value == text
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ") == text
    if isinstance(value, date):
        return value.isoformat() == text
    try:
        return Decimal(str(value)) == Decimal(text)
    except InvalidOperation:
        return False  # a text is declared, and a number found (SQLite)


def silence(facts: ClockFacts, shown: datetime) -> Silent | None:
    """What a time as it is written says if it is out of range: too old is undated, and too far ahead is never."""
    if shown < datetime.combine(facts.floor, datetime.min.time()):
        return UNDATED
    if shown.year >= FIRST_YEAR_OF_NEVER:
        return NEVER
    return None


def spread(facts: ClockFacts, start: datetime, end: datetime, day: date | None = None) -> Reading:
    """Everything that a stretch of local time can denote."""
    if said := silence(facts, start):
        return said
    first, last = readings(start, facts.zone)[0], readings(end, facts.zone)[-1]
    return Span(first, last, readings(start, facts.zone)[-1] if facts.counts_from_start else last, day)


def whole_day(facts: ClockFacts, day: date) -> Reading:
    """A date denotes its whole day, to the last microsecond."""
    start = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    return spread(facts, start, start + DAY - MICROSECOND if day.year < FIRST_YEAR_OF_NEVER else start, day)


def read_odd_literal(text: str) -> Reading:
    """A typed value that Python cannot hold: infinities, BC, zero dates, years of five digits."""
    if text == "infinity":
        return NEVER
    if text == "-infinity" or text.endswith("BC"):
        return UNDATED
    year, month, day = text.split(" ")[0].split("-")
    if int(month) == 0 or int(day) == 0 or int(year) == 0:
        return UNDATED
    assert int(year) >= FIRST_YEAR_OF_NEVER, f"{text} should be a value, not text"
    return NEVER


def read_epoch(facts: ClockFacts, value: Value) -> Reading:
    """A number of units since 1970, as a number, or as text of at most 18 ASCII digits."""
    if isinstance(value, str):
        if not 1 <= len(value) <= 18 or not set(value) <= set("0123456789") or not facts.text:
            return UNDATED
    elif facts.text or isinstance(value, bool | date) or value is None:
        return UNDATED
    per_second = {
        ClockFormat.EPOCH_SECONDS: 1,
        ClockFormat.EPOCH_MILLISECONDS: 1_000,
        ClockFormat.EPOCH_MICROSECONDS: 1_000_000,
    }[facts.unit or ClockFormat.ISO]
    number = Decimal(str(value)) if not isinstance(value, str) else Decimal(int(value))
    if not number.is_finite():
        return UNDATED
    floor = datetime(facts.floor.year, facts.floor.month, facts.floor.day, tzinfo=UTC)
    if number < (floor - EPOCH) // SECOND * per_second:
        return UNDATED
    if number >= (datetime(FIRST_YEAR_OF_NEVER, 1, 1, tzinfo=UTC) - EPOCH) // SECOND * per_second:
        return NEVER
    instant = EPOCH + int(number * (1_000_000 // per_second)) * MICROSECOND
    return Span(instant, instant, instant)


# ISO text: a text is well formed when its shape, every digit written as #, is one of these.

_SECONDS = ["", ":##", *(":##." + "#" * digits for digits in range(1, 10))]
_ZONES = [
    "",
    *(gap + zone for gap in ("", " ") for zone in ("Z", "z", *(s + o for s in "+-" for o in ("##", "##:##", "####")))),
]
SHAPES = {"####-##-##"} | {
    "####-##-##" + between + "##:##" + seconds + zone
    for between, seconds, zone in product(("T", "t", " "), _SECONDS, _ZONES)
}


def shape(text: str) -> str:
    return "".join("#" if character in "0123456789" else character for character in text)


def read_iso(facts: ClockFacts, text: str) -> Reading:
    """A text such as `2024-02-03T04:05:06.7+05:45`, in the spellings that are listed above; all else is undated."""
    if text == "infinity":
        return NEVER
    if "#" in text or shape(text) not in SHAPES:
        return UNDATED
    day = real_day(int(text[0:4]), int(text[5:7]), int(text[8:10]))
    if day is None:
        return UNDATED
    if len(text) == 10:
        return whole_day(facts, day)

    time, offset = split_offset(text[11:])
    if offset is None:
        return UNDATED
    hour, minute = int(time[0:2]), int(time[3:5])
    second = int(time[6:8]) if len(time) > 5 else 0
    micros = int((time[9:] + "000000")[:6]) if len(time) > 8 else 0
    if hour > 23 or minute > 59 or second > 59:
        return UNDATED
    start = datetime(day.year, day.month, day.day, hour, minute, second, micros)  # noqa: DTZ001
    end = start + (MINUTE - MICROSECOND if len(time) == 5 else 0 * MICROSECOND)
    if offset == "local":
        return spread(facts, start, end)
    if said := silence(facts, start):
        return said
    first, last = start.replace(tzinfo=UTC) - offset, end.replace(tzinfo=UTC) - offset
    return Span(first, last, first if facts.counts_from_start else last)


def split_offset(text: str) -> tuple[str, timedelta | Literal["local"] | None]:
    """The time, and the offset that it carries: none at all is the clock's own zone, and an impossible one is None."""
    if text[-1] in "Zz":
        return text[:-1].rstrip(" "), timedelta(0)
    for sign in "+-":
        if sign in text:
            time, written = text.split(sign)
            digits = written.replace(":", "")
            hours, minutes = int(digits[0:2]), int(digits[2:4] or "0")
            size = timedelta(hours=hours, minutes=minutes)
            possible = hours <= 15 and minutes in (0, 15, 30, 45)
            return time.rstrip(" "), (size if sign == "+" else -size) if possible else None
    return text, "local"


def real_day(year: int, month: int, day: int) -> date | None:
    """The day of that number, if the calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
