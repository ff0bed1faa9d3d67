"""What a clock's raw value says: nothing, never, or an interval of instants; and which values lie before one.

The two halves of this file are inverse to each other: `read` turns one value into instants, `local_spans` and its
neighbours turn an instant into the values that lie before it, so that SQL needs no zone function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias, assert_never
from zoneinfo import ZoneInfo

from wesretain.model.formats import ISO_DAY, MINUTE, Layout, Unit
from wesretain.model.members import Raw
from wesretain.model.period import transition
from wesretain.model.schema import Column, Kind

#: A value below it says nothing: 0 and 1970-01-01 in any zone are how programs write "unknown".
FLOOR = date(1970, 1, 2)
#: The same for dates of birth: 1900-01-01 is how spreadsheets and some servers write "unknown".
BIRTH_FLOOR = date(1900, 1, 2)
#: From this year on a value means "never", however it is spelled (9999-12-31 is the usual one).
NEVER_YEAR = 9000
#: How PostgreSQL, and programs after it, write "for good".
INFINITY = "infinity"
MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Encoding(StrEnum):
    """How a clock's column holds its values."""

    INSTANT = "instant"  # typed, with a zone
    LOCAL_TIME = "local time"  # typed, without
    DATE = "date"  # typed
    ISO_TEXT = "iso text"
    EPOCH_NUMBER = "epoch number"
    EPOCH_TEXT = "epoch text"
    LAYOUT = "layout"  # digits at fixed places


@dataclass(frozen=True, slots=True)
class Dial:
    """A clock of a live table, with all that is needed to read it.

    `zone` is that of values that carry none; `per_second` and `since` say what an epoch counts, `layout` where digits
    stand. `undated` and `never` are declared values as raw text, None for NULL.
    """

    column: Column
    encoding: Encoding
    zone: ZoneInfo
    floor: date = FLOOR
    undated: tuple[str | None, ...] = ()
    never: tuple[str | None, ...] = ()
    expires: bool = False
    from_start: bool = False
    per_second: int = 1
    since: datetime = _EPOCH
    layout: Layout | None = None

    @property
    def to_the_end(self) -> Dial:
        """The same clock, whose days and minutes last to their end: as ages and agreements read it."""
        return replace(self, from_start=False)


@dataclass(frozen=True, slots=True)
class Undated:
    """The value says nothing."""


@dataclass(frozen=True, slots=True)
class Never:
    """The value says: for good."""


@dataclass(frozen=True, slots=True)
class Span:
    """The instants (UTC) that the value can denote, first and last; `day` where it is a calendar day."""

    first: datetime
    last: datetime
    day: date | None = None


Reading: TypeAlias = Undated | Never | Span

_FRACTION = "(?:\\.[0-9]{1,9})"
_OFFSET = "(?: ?(?:[Zz]|[+-](?:0[0-9]|1[0-5])(?::?(?:00|15|30|45))?))"
#: The ISO 8601 texts that are read; a portable regular expression, the same in every engine and in Python.
ISO_TIME = f"{ISO_DAY}[Tt ]{MINUTE}(?::[0-5][0-9]{_FRACTION}?)?{_OFFSET}?"
ISO_TEXT = f"{ISO_DAY}(?:[Tt ]{MINUTE}(?::[0-5][0-9]{_FRACTION}?)?{_OFFSET}?)?"
EPOCH_TEXT = "[0-9]{1,18}"

_iso = re.compile(
    rf"(?P<day>{ISO_DAY})(?:[Tt ](?P<minute>{MINUTE})"
    rf"(?::(?P<second>[0-5][0-9])(?P<fraction>{_FRACTION}?))?(?P<offset>{_OFFSET}?))?"
)
_typed = re.compile(
    r"(?P<day>[0-9]{4,}-[0-9]{2}-[0-9]{2})"
    r"(?:[ T](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?(?:\+00(?::?00)?)?"
)
_epoch = re.compile(EPOCH_TEXT)
UNDATED, NEVER = Undated(), Never()


def read(dial: Dial, raw: Raw) -> Reading:
    """What a raw value denotes. Typed values come as the engine's canonical text, in UTC (see `text_of`)."""
    for declared, reading in ((dial.undated, UNDATED), (dial.never, NEVER)):
        if any(_is_declared(dial, raw, text) for text in declared):
            return reading
    if raw is None:
        return UNDATED
    match dial.encoding:
        case Encoding.INSTANT | Encoding.LOCAL_TIME | Encoding.DATE:
            return _read_typed(dial, raw)
        case Encoding.ISO_TEXT | Encoding.LAYOUT if _text_of(dial, raw) == INFINITY:
            return NEVER
        case Encoding.ISO_TEXT:
            return _read_iso(dial, _text_of(dial, raw))
        case Encoding.EPOCH_TEXT:
            text = _text_of(dial, raw)
            return _read_epoch(dial, Decimal(text)) if text is not None and _epoch.fullmatch(text) else UNDATED
        case Encoding.EPOCH_NUMBER:
            return UNDATED if isinstance(raw, str | bytes) else _read_epoch(dial, Decimal(raw))
        case Encoding.LAYOUT:
            text = _text_of(dial, raw)
            return _read_digits(dial, _layout(dial).digits(text) if text is not None else None)
        case _ as never:
            assert_never(never)


def _text_of(dial: Dial, raw: Raw) -> str | None:
    """The text in which a clock is written: bytes count in a column of bytes, and whole numbers in a layout.

    Around a layout spaces do not matter.
    """
    match raw:
        case str():
            text = raw
        case bytes() if dial.column.kind is Kind.BINARY:
            text = raw.decode("latin-1")
        case int() if dial.encoding is Encoding.LAYOUT and not isinstance(raw, bool):
            text = str(raw)
        case _:
            return None
    return text.strip(" ") if dial.encoding is Encoding.LAYOUT else text


def _is_declared(dial: Dial, raw: Raw, text: str | None) -> bool:
    if raw is None or text is None:
        return raw is None and text is None
    match dial.encoding:
        case Encoding.INSTANT | Encoding.LOCAL_TIME | Encoding.DATE:
            return isinstance(raw, str) and typed_moment(raw) == typed_moment(text)
        case Encoding.ISO_TEXT | Encoding.EPOCH_TEXT | Encoding.LAYOUT:
            found = _text_of(dial, raw)
            return found is not None and (found == text or _is_other_spelling(dial, found, text))
        case Encoding.EPOCH_NUMBER:
            return not isinstance(raw, str | bytes) and Decimal(raw) == Decimal(text)


def _is_other_spelling(dial: Dial, found: str, declared: str) -> bool:
    """A value is spelled otherwise than the declared one, and says the same."""
    match dial.encoding:
        case Encoding.LAYOUT:
            digits = _layout(dial).digits(found)
            return digits is not None and digits == _layout(dial).digits(declared)
        case Encoding.EPOCH_TEXT:
            both = _epoch.fullmatch(found) and _epoch.fullmatch(declared)
            return both is not None and int(found) == int(declared)
        case _:
            first = declared_first(dial, declared)
            reading = _read_iso(dial, found)
            return first is not None and isinstance(reading, Span) and reading.first == first


def declared_first(dial: Dial, declared: str) -> datetime | None:
    """The first instant of a declared ISO text; None where it is none, or lies outside of all that is a time."""
    reading = _read_iso(dial, declared)
    return reading.first if isinstance(reading, Span) else None


def typed_moment(text: str) -> datetime | str:
    """A typed date or time as the wall time that it shows, or as it stands (a zero date, `infinity`)."""
    found = _typed.fullmatch(text)
    try:
        moment = (
            datetime.combine(date.fromisoformat(found["day"]), time.fromisoformat(found["time"] or "00:00:00"))
            if found
            else None
        )
    except ValueError:
        moment = None
    if found is None or moment is None:
        return text.partition(" ")[0]
    return moment + timedelta(microseconds=int((found["fraction"] or "").ljust(6, "0")))


def _read_typed(dial: Dial, raw: Raw) -> Reading:
    if raw == INFINITY:
        return NEVER
    found = _typed.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        return UNDATED  # before Christ, minus infinity
    if int(found["day"].partition("-")[0]) >= NEVER_YEAR:
        return NEVER
    moment = typed_moment(found[0])
    if isinstance(moment, str) or moment.date() < dial.floor:
        return UNDATED
    if dial.encoding is Encoding.DATE:
        return _day(dial, moment.date())
    if dial.encoding is Encoding.INSTANT:
        return Span(moment.replace(tzinfo=UTC), moment.replace(tzinfo=UTC))
    return Span(*local_instants(moment, dial.zone))


def _read_iso(dial: Dial, text: str | None) -> Reading:
    found = None if text is None else _iso.fullmatch(text)
    if found is None:
        return UNDATED
    if int(found["day"][:4]) >= NEVER_YEAR:
        return NEVER
    if found["day"] < dial.floor.isoformat():
        return UNDATED
    day = date.fromisoformat(found["day"])
    if found["minute"] is None:
        return _day(dial, day)
    start = datetime.combine(day, time.fromisoformat(f"{found['minute']}:{found['second'] or '00'}"))
    start += timedelta(microseconds=int((found["fraction"] or "").strip(".")[:6].ljust(6, "0")))
    end = start if found["second"] or dial.from_start else start + timedelta(minutes=1) - MICROSECOND
    if found["offset"]:
        shift = timedelta(minutes=offset_minutes(found["offset"]))
        return Span((start - shift).replace(tzinfo=UTC), (end - shift).replace(tzinfo=UTC))
    return Span(local_instants(start, dial.zone)[0], local_instants(end, dial.zone)[1])


def _read_epoch(dial: Dial, number: Decimal) -> Reading:
    if number.is_nan():
        return NEVER  # PostgreSQL orders NaN above every number
    if number >= epoch_number(dial, datetime(NEVER_YEAR, 1, 1, tzinfo=UTC)):
        return NEVER
    if number < epoch_number(dial, datetime.combine(dial.floor, time.min, UTC)):
        return UNDATED
    instant = dial.since + timedelta(microseconds=int(number * 1_000_000 / dial.per_second))
    return Span(instant, instant)


def read_sortable(dial: Dial, raw: Raw) -> Reading:
    """What a value denotes in the form in which SQL sorts it: the digits alone of a layout, else the raw value."""
    if dial.encoding is not Encoding.LAYOUT:
        return read(dial, raw)
    try:
        return _read_digits(dial, raw if isinstance(raw, str) and raw.isdecimal() else None)
    except ValueError:
        return UNDATED  # what SQL took for digits, of a value that is not of this format


def _layout(dial: Dial) -> Layout:
    assert dial.layout is not None  # every dial of that encoding has one
    return dial.layout


def _read_digits(dial: Dial, digits: str | None) -> Reading:
    layout = _layout(dial)
    if digits is None:
        return UNDATED
    if int(digits[:4]) >= NEVER_YEAR:
        return NEVER
    if digits < first_from(layout, dial.floor):
        return UNDATED
    return unit_span(dial, layout, layout.start(digits))


def first_from(layout: Layout, day: date) -> str:
    """The digits of the first unit that begins on a day or after it."""
    midnight = datetime.combine(day, time.min)
    unit = layout.spelled(midnight)
    return unit if layout.start(unit) >= midnight else layout.spelled(layout.end(layout.start(unit)) + MICROSECOND)


def unit_span(dial: Dial, layout: Layout, start: datetime) -> Span:
    """The instants that a unit which begins at a wall time can denote."""
    if layout.unit is Unit.DAY:
        return _day(dial, start.date())
    first, second = local_instants(start, dial.zone)
    if layout.unit is Unit.SECOND:
        return Span(first, second)
    return Span(first, first if dial.from_start else local_instants(layout.end(start), dial.zone)[1])


def latest_unit(dial: Dial, layout: Layout, instant: datetime, *, last: bool) -> str:
    """The digits of the latest unit whose last (or else first) instant lies at or before an instant."""
    wall = instant.astimezone(dial.zone).replace(tzinfo=None) + timedelta(days=1)
    start = layout.start(layout.spelled(wall))
    while True:
        span = unit_span(dial, layout, start)
        if (span.last if last else span.first) <= instant:
            return layout.spelled(start)
        start = layout.start(layout.spelled(start - MICROSECOND))


def _day(dial: Dial, day: date) -> Span:
    first = local_instants(datetime.combine(day, time.min), dial.zone)[0]
    last = local_instants(datetime.combine(day, time.max), dial.zone)[1]
    return Span(first, first if dial.from_start else last, day)


def offset_minutes(text: str) -> int:
    """The minutes east of UTC that an ISO 8601 offset such as `+02:00`, `+0200`, `-05` or `Z` means."""
    digits = text.strip().replace(":", "")
    if digits in ("Z", "z"):
        return 0
    sign = -1 if digits[0] == "-" else 1
    return sign * (int(digits[1:3]) * 60 + int(digits[3:5] or "0"))


def local_instants(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last instant (UTC) that a wall time can denote: two in a repeated or a skipped hour."""
    both = [moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(both), max(both)


def epoch_number(dial: Dial, instant: datetime) -> int:
    """The greatest whole epoch number at or before an instant, in the clock's scale."""
    return (instant - dial.since) // MICROSECOND * dial.per_second // 1_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Wall times from `start` (inclusive; None: from ever) to `end` (inclusive)."""

    start: datetime | None
    end: datetime


def local_spans(instant: datetime, zone: ZoneInfo, *, last: bool) -> tuple[Stretch, ...]:
    """The wall times whose last (or else first) instant lies at or before an instant, as one, two or three stretches.

    They are one stretch but near a change of the clocks, where an hour is repeated or skipped.
    """
    margin = timedelta(days=1)
    before, after = instant - margin, instant + margin
    early, late = _offset(before, zone), _offset(after, zone)
    if early == late:
        return (Stretch(None, (instant + late).replace(tzinfo=None)),)
    change = transition(before, after, zone).replace(tzinfo=None)
    low, high = change + min(early, late), change + max(early, late)
    wall = instant.replace(tzinfo=None)
    pieces = (
        Stretch(None, min(wall + early, low - MICROSECOND)),
        Stretch(low, min(wall + (min(early, late) if last else max(early, late)), high - MICROSECOND)),
        Stretch(high, wall + late),
    )
    return tuple(piece for piece in pieces if piece.start is None or piece.start <= piece.end)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def latest_day(dial: Dial, instant: datetime, *, last: bool) -> date:
    """The latest day whose last (or else first) instant lies at or before an instant, as the clock counts days."""
    day = instant.astimezone(dial.zone).date() + timedelta(days=1)
    while True:
        span = _day(dial, day)
        if (span.last if last else span.first) <= instant:
            return day
        day -= timedelta(days=1)


def latest_minute(dial: Dial, moment: datetime, *, last: bool) -> datetime:
    """The latest wall minute that has ended (or else begun) by a wall time, as the clock counts minutes."""
    minute = moment.replace(second=0, microsecond=0)
    if not last or dial.from_start or moment >= minute + timedelta(minutes=1) - MICROSECOND:
        return minute
    return minute - timedelta(minutes=1)
