"""Which columns say a time, in which format, and which of their values say nothing or never."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from statistics import median

from wesretain.discovery.naming import Names
from wesretain.model.discovered import Age, SuggestedClock
from wesretain.model.inventory import Clock, ClockFormat, DatabaseEntry, Inventory, TableEntry
from wesretain.model.members import Raw
from wesretain.model.reading import Dial, Encoding, Never, Span, read
from wesretain.model.rule import TableName
from wesretain.model.schema import Column, Kind, Schema, Table
from wesretain.standing.catalogue import Catalogue, Refusal

TIMES = (Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT)
_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
#: What programs write where there is no time.
_NOTHING = frozenset(
    {
        "",
        "0",
        "-",
        "--",
        "-1",
        "none",
        "null",
        "n/a",
        "na",
        "unknown",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "0000-00-00T00:00:00",
        "00000000",
        "00000000000000",
        "00-00-0000",
        "0000",
        "0000-00",
    }
)
_FORMATS = {
    Kind.TEXT: (
        *(ClockFormat.ISO, ClockFormat.FOURTEEN_DIGITS, ClockFormat.EPOCH_MILLISECONDS, ClockFormat.EPOCH_SECONDS),
        *(ClockFormat.EPOCH_MICROSECONDS, ClockFormat.EIGHT_DIGITS, ClockFormat.YEAR_AND_MONTH),
        *(ClockFormat.DAY_MONTH_YEAR, ClockFormat.YEAR),
    ),
    Kind.INTEGER: (
        *(ClockFormat.EPOCH_SECONDS, ClockFormat.EPOCH_MILLISECONDS, ClockFormat.EPOCH_MICROSECONDS),
        *(ClockFormat.FOURTEEN_DIGITS, ClockFormat.EIGHT_DIGITS, ClockFormat.MICROSECONDS_SINCE_1601, ClockFormat.YEAR),
    ),
}
#: Formats that nothing else looks like, whatever the column is called.
_UNMISTAKABLE = (ClockFormat.ISO, ClockFormat.FOURTEEN_DIGITS)
_FIRST, _LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_NEARLY_ALL = 0.9
#: A day that stands for none where it is so often the value of a clock.
_OFTEN, _AT_LEAST = 0.05, 3
#: A day as people write it, in numbers or with the month's name, and perhaps a time.
_ODD = re.compile(
    r"(?:[0-9]{1,2}[./ -](?:[0-9]{1,2}|[A-Za-z]{3,9})[./ ,-]{1,2}[0-9]{2,4}|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4}"
    r"|[A-Za-z]{3}, [0-9]{1,2} [A-Za-z]{3} [0-9]{4}|[0-9]{4}[./][0-9]{1,2}[./][0-9]{1,2})(?:[ T,].{1,30})?"
)
#: No count of any unit since any year has more.
_MOST_DIGITS = 25
_FAR = datetime(2090, 1, 1, tzinfo=UTC)
_USUAL_ENDS = ("2038-01-19", "2037-12-31")


def clocks_of(
    table: Table, values: dict[str, tuple[str | None, ...]], zone: str | None, names: Names
) -> Iterator[SuggestedClock]:
    """The clocks of a table of which something has to be said, by their sampled values.

    `zone` is that of the database's values that carry none, where somebody has said it.
    """
    for column in table.columns:
        texts = [value for value in values.get(column.name, ()) if value is not None]
        if found := _clock(table, column, texts, zone, names):
            yield found


def formats_of(table: Table, column: Column, texts: Sequence[str]) -> list[tuple[str, int]]:
    """The formats in which texts are written that are clocks, and how many are, the most frequent first.

    A text counts for the first format that it fits.
    """
    found: Counter[str] = Counter()
    for text in map(_plain, texts):
        fits = (each for each in _FORMATS[Kind.TEXT] if _fitting(table, column, Clock(column.name, each), [text]))
        if format_ := next(fits, None):
            found[format_.value] += 1
    return found.most_common()


def are_odd_times(texts: Sequence[str | None]) -> bool:
    """Whether nearly all of some texts look like times to a person, whether or not a format reads them."""
    told = [text for text in texts if text is not None and text.lower() not in _NOTHING]
    return len(told) > 1 and sum(bool(_ODD.fullmatch(text)) for text in told) >= _NEARLY_ALL * len(told)


def is_clock(column: Column) -> bool:
    """Whether a column says a time by its type."""
    return column.kind in TIMES


def _clock(table: Table, column: Column, texts: Sequence[str], zone: str | None, names: Names) -> SuggestedClock | None:
    if is_clock(column) and not (column.stored_as_text and _reads_badly(table, column, texts)):
        said = _declared(table, Clock(column.name), column, texts)
        return SuggestedClock(said) if said != Clock(column.name) else None
    kind = Kind.TEXT if column.stored_as_text or column.kind is Kind.BINARY else column.kind
    kind = Kind.INTEGER if kind in _NUMBERS else kind
    told = [text for text in map(_plain, texts) if text.lower() not in _NOTHING]
    named = names.says_a_time(column.name)
    if not told or kind not in _FORMATS:
        return None
    for format_ in _FORMATS[kind]:
        if not named and format_ not in _UNMISTAKABLE:
            continue
        fitting = _fitting(table, column, Clock(column.name, format_), told)
        if fitting and (fitting > 1 or named):
            said = _declared(table, Clock(column.name, format_), column, [_plain(text) for text in texts])
            nothing = [text for text in map(_plain, texts) if text.lower() in _NOTHING]
            doubt = "" if zone or not _needs_zone(format_, told) else "in which zone?"
            if format_ is ClockFormat.DAY_MONTH_YEAR and not any(
                int(text[:2]) > 12 for text in told if text[:2].isdigit()
            ):
                doubt = "or is it month-day-year?"
            if nothing:
                kinds = ", ".join(sorted({f"`{text}`" for text in nothing}))
                doubt = "; ".join((*filter(None, [doubt]), f"{len(nothing)} are {kinds}: undated, or `never`?"))
            return SuggestedClock(said, f"{fitting} of {len(told)} values read so", doubt)
    return None


def _reads_badly(table: Table, column: Column, texts: Sequence[str]) -> bool:
    """Whether SQLite holds something else in a column than its type says."""
    told = [text for text in texts if text.lower() not in _NOTHING]
    return bool(told) and not _fitting(table, column, Clock(column.name), told)


def _plain(text: str) -> str:
    """A text, also where it is kept as bytes."""
    if not text.startswith("\\x"):
        return text
    try:
        return bytes.fromhex(text[2:]).decode()
    except ValueError:
        return text


def _needs_zone(format_: ClockFormat, texts: Sequence[str]) -> bool:
    if format_ is ClockFormat.ISO:
        return not all(re.search(r"(?:[Zz]|[+-][0-9]{2}:?(?:[0-9]{2})?)$", text) and ":" in text for text in texts)
    return format_ not in (
        *(ClockFormat.EPOCH_SECONDS, ClockFormat.EPOCH_MILLISECONDS, ClockFormat.EPOCH_MICROSECONDS),
        *(ClockFormat.MICROSECONDS_SINCE_1601, ClockFormat.SECONDS_SINCE_2001),
    )


def _fitting(table: Table, column: Column, clock: Clock, texts: Sequence[str]) -> int:
    """How many texts say a time that may be meant, in a format; 0 as soon as more than one in ten does not."""
    reader = _Reader(table, column, clock)
    odd = 0
    for text in texts:
        odd += not reader.is_plausible(text)
        if odd > len(texts) - _NEARLY_ALL * len(texts):
            return 0
    return len(texts) - odd


class _Reader:
    """Reads the values of a clock as a scan would."""

    def __init__(self, table: Table, column: Column, clock: Clock) -> None:
        name = TableName("sample", table.schema, table.name)
        entry = DatabaseEntry("sample", zone="UTC", tables=(TableEntry(name, clocks=(clock,)),))
        catalogue = Catalogue("sample", Schema(None, (table,)), Inventory((entry,)))
        self._dial: Dial | None
        try:
            self._dial = catalogue.dial(table, column)
        except Refusal:
            self._dial = None
        self._number = column.kind in _NUMBERS or (
            self._dial is not None and self._dial.encoding is Encoding.EPOCH_NUMBER
        )

    def read(self, text: str) -> Span | Never | None:
        """What a text says; None where it says nothing."""
        if self._dial is None:
            return None
        raw: Raw = text
        if self._number:
            try:
                number = Decimal(text)
            except InvalidOperation:
                return None
            if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
                return None
            raw = int(number) if number == number.to_integral_value() else number
        if self._dial.column.kind is Kind.BINARY:
            raw = text.encode("latin-1", "replace")
        found = read(self._dial, raw)
        return found if isinstance(found, Span | Never) else None

    def is_plausible(self, text: str) -> bool:
        """Whether a text says never, or a time that programs write."""
        match self.read(text):
            case Never():
                # A unit that is too coarse makes "never" of every time.
                return self._dial is not None and self._dial.encoding not in (
                    Encoding.EPOCH_NUMBER,
                    Encoding.EPOCH_TEXT,
                )
            case Span(first):
                return _FIRST <= first < _LAST
            case _:
                return False


def _declared(table: Table, clock: Clock, column: Column, texts: Sequence[str]) -> Clock:
    """The same clock with the values that stand for nothing or for never, where it would not be known without."""
    reader = _Reader(table, column, clock)
    counts = Counter(texts)
    undated: list[str] = []
    never: list[str] = []
    for text, count in counts.most_common():
        found = reader.read(text)
        if not isinstance(found, Span):
            continue
        often = count >= _AT_LEAST and count >= _OFTEN * len(texts)
        if (found.first >= _FAR and count >= _AT_LEAST) or text[:10] in _USUAL_ENDS:
            never.append(text)
        elif often and _is_round(found.first) and len(counts) > 1 and count > 4 * _usual(counts, text):
            undated.append(text)
    return Clock(clock.column, clock.format, clock.zone, tuple(undated), tuple(never))


def _is_round(instant: datetime) -> bool:
    """The first instant of a year, which programs write for want of another."""
    return (instant.month, instant.day, instant.hour, instant.minute, instant.second) == (1, 1, 0, 0, 0)


def _usual(counts: Counter[str], text: str) -> float:
    """How often the other values come, as a median."""
    return median([count for other, count in counts.items() if other != text])


def ages_of(table: Table, values: dict[str, tuple[str | None, ...]], said: Sequence[SuggestedClock]) -> Iterator[Age]:
    """The years of the oldest and the newest time of each clock among the sampled records."""
    suggested = {each.clock.column: each.clock for each in said}
    for column in table.columns:
        clock = suggested.get(column.name) or (Clock(column.name) if is_clock(column) else None)
        if clock is None:
            continue
        reader = _Reader(table, column, clock)
        spans = [
            span
            for value in values.get(column.name, ())
            if value and isinstance(span := reader.read(_plain(value)), Span)
        ]
        if spans:
            oldest, newest = min(span.first for span in spans), max(span.first for span in spans)
            yield Age(column.name, oldest.year, newest.year)
