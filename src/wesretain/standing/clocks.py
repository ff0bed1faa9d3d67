"""Clocks in SQL: which raw values are undated, or sound, or lie at or before an instant. No zone function, no cast."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import assert_never

import sqlalchemy as sa

from wesretain.engines.base import Engine
from wesretain.model.formats import EightDigits, Layout, Unit
from wesretain.model.reading import (
    EPOCH_TEXT,
    INFINITY,
    ISO_TEXT,
    MICROSECOND,
    NEVER_YEAR,
    Dial,
    Encoding,
    Stretch,
    declared_first,
    epoch_number,
    first_from,
    latest_day,
    latest_unit,
    local_spans,
    typed_moment,
)
from wesretain.model.schema import Kind
from wesretain.standing.formula import IsYounger

Bool = sa.ColumnElement[bool]
Text = sa.ColumnElement[str]
Number = sa.ColumnElement[int]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DIGITS = 18
#: From here on a time is for good.
_NEVER = datetime.combine(date(NEVER_YEAR, 1, 1), datetime.min.time())
#: By so much the day of an ISO text may lie after that of its instant in UTC, and more.
_ISO_MARGIN = timedelta(days=3)
#: By so much the day of a value may differ from that of its instant in UTC, and more.
_STAGE_MARGIN = timedelta(days=3)
_OFFSETS = tuple(sign * (hour * 60 + minute) for sign in (1, -1) for hour in range(16) for minute in (0, 15, 30, 45))


@dataclass(frozen=True)
class ClockSql:
    """One clock column of one row, in the SQL of one engine. Every expression is true or false, never NULL."""

    engine: Engine
    dial: Dial
    column: sa.ColumnElement[object]

    @cached_property
    def undated(self) -> Bool:
        """The value says nothing."""
        silent = sa.or_(self.column.is_(None), sa.not_(self._well_formed), self._below_floor)
        if self.dial.encoding in (Encoding.ISO_TEXT, Encoding.LAYOUT):
            silent = sa.and_(sa.not_(self._is(INFINITY)), silent)
        if self.dial.never:
            silent = sa.and_(sa.not_(self._declared(self.dial.never)), silent)
        return sa.or_(self._declared(self.dial.undated), silent) if self.dial.undated else silent

    @cached_property
    def sound(self) -> Bool:
        """The value denotes an instant or several: it is neither undated nor never."""
        return sa.and_(self.column.is_not(None), self._well_formed, *self._in_range)

    @cached_property
    def _in_range(self) -> tuple[Bool, ...]:
        """What a value that can be read must be as well: neither below the floor nor for good, nor declared as such."""
        return (sa.not_(self._below_floor), sa.not_(self._from_never), *self._undeclared)

    @cached_property
    def _undeclared(self) -> tuple[Bool, ...]:
        return tuple(sa.not_(self._declared(texts)) for texts in (self.dial.undated, self.dial.never) if texts)

    def last_by(self, instant: datetime) -> Bool:
        """It can be read, and its last instant lies at or before an instant."""
        return self._sound_by(instant, last=True)

    def first_by(self, instant: datetime) -> Bool:
        """It can be read, and its first instant lies at or before an instant."""
        return self._sound_by(instant, last=False)

    def _sound_by(self, instant: datetime, *, last: bool) -> Bool:
        """It is `sound` and `_by` an instant, with what says no most cheaply asked first."""
        by = self._by(instant, last=last)
        match self.dial.encoding:
            case Encoding.INSTANT | Encoding.LOCAL_TIME | Encoding.DATE | Encoding.EPOCH_NUMBER:
                return sa.and_(self.column.is_not(None), by, *self._in_range, self._well_formed)
            case Encoding.ISO_TEXT if self.engine.takes_on_trust:
                late = self._bytes(self._text) >= self.dial.floor.isoformat()
                return sa.and_(self.column.is_not(None), late, self._plain_by(instant, last=last), *self._undeclared)
            case Encoding.ISO_TEXT if (odd := self._instant(last=last)) is not None:
                # What cannot be read has no instant, so that `odd` is not by then.
                read = sa.and_(self._is_written, sa.not_(self._below_floor), _read_by(odd, instant))
                plain = sa.and_(
                    self._bytes(self._text) >= self.dial.floor.isoformat(), self._plain_by(instant, last=last)
                )
                by_then = sa.case((self.engine.is_plain_time(self._text), plain), else_=read)
                soon = self._less(min(instant.astimezone(UTC).replace(tzinfo=None) + _ISO_MARGIN, _NEVER))
                return sa.and_(self.column.is_not(None), soon, by_then, *self._undeclared)
            case _:
                return sa.and_(self.sound, by)

    def stage(self, instants: Sequence[datetime]) -> Number:
        """A number that says where the value stands among ascending instants.

        It is 0 where the value is undated, n where it is `last_by` the n-th of them and no earlier one, and one more
        than there are where it lies behind them all, or is for good.
        """
        late = len(instants) + 1
        careful = _staged(((self.undated, 0), *((self.last_by(each), n) for n, each in enumerate(instants, 1))), late)
        if not self._is_between_floor_and_never(instants):
            return careful
        match self.dial.encoding:
            case Encoding.INSTANT | Encoding.LOCAL_TIME | Encoding.DATE:
                ill_formed = (sa.not_(self._well_formed), 0)
                return self._quick_stage([ill_formed], [self._by(each, last=True) for each in instants])
            case Encoding.ISO_TEXT if self._instant(last=True) is not None:
                plain = self._quick_stage([], [self._plain_by(each, last=True) for each in instants])
                return sa.case((self.engine.is_plain_time(self._text), plain), else_=careful)
            case _:
                return careful

    def _is_between_floor_and_never(self, instants: Sequence[datetime]) -> bool:
        """What lies below the floor has passed by all of them, whatever the zone, and what is for good by none."""
        floor = self.dial.floor + _STAGE_MARGIN
        return all(floor < each.date() < _NEVER.date() - _STAGE_MARGIN for each in instants) and bool(instants)

    def _quick_stage(self, first: Sequence[tuple[Bool, int]], passed: Sequence[Bool]) -> Number:
        """The same of a value that is well formed but for what is asked `first`; what is rare is asked last."""
        late = len(passed) + 1
        words = ((self.dial.undated, 0), (self.dial.never, late))
        declared = [(self._declared(texts), number) for texts, number in words if texts]
        asked = [(question, _whole(n)) for question, n in (*declared, *first) if not question.compare(sa.false())]
        stages = [(by_then, _whole(number)) for number, by_then in enumerate(passed, 1)]
        stages[0] = (passed[0], sa.case((self._below_floor, _whole(0)), else_=_whole(1)))
        sought = _sought(stages, sa.case((self.column.is_(None), _whole(0)), else_=_whole(late)))
        return sa.case(*asked, else_=sought) if asked else sought

    def first_after(self, instant: datetime) -> Bool:
        """It can be read, and its first instant lies after an instant."""
        return sa.and_(self.sound, sa.not_(self._by(instant, last=False)))

    def younger(self, asked: IsYounger) -> Bool:
        """It can be read, and is surely younger."""
        day = sa.and_(self._day_after(asked.cut_off_day), sa.not_(self._day_after(asked.today)))
        time = sa.and_(sa.not_(self._by(asked.cut_off, last=False)), self._by(asked.as_of, last=False))
        return sa.and_(self.sound, self._day_or_time(day, time))

    def not_younger(self, asked: IsYounger) -> Bool:
        """It can be read, and is surely not younger."""
        day = sa.not_(self._day_after(asked.cut_off_day))
        return sa.and_(self.sound, self._day_or_time(day, self._by(asked.cut_off, last=True)))

    def _day_or_time(self, day: Bool, time: Bool) -> Bool:
        match self.dial.encoding:
            case Encoding.DATE:
                return day
            case Encoding.ISO_TEXT:
                return sa.case((self.engine.length(self._text) == 10, day), else_=time)
            case Encoding.LAYOUT if self._layout.unit is Unit.DAY:
                return day
            case _:
                return time

    def _day_after(self, day: date) -> Bool:
        """The calendar day of a sound value lies after another."""
        if self.dial.encoding is Encoding.DATE:
            return self.column > self._moment(datetime.combine(day, datetime.min.time()))
        if self.dial.encoding is Encoding.LAYOUT:
            return self.sortable > EightDigits().spelled(datetime.combine(day, datetime.min.time()))
        return self._bytes(self._day_text) > day.isoformat()

    # -- what each encoding makes of it -------------------------------------------------------------------------

    @property
    def _day_text(self) -> Text:
        return sa.func.substr(self._text, 1, 10)

    @property
    def _text(self) -> Text:
        """The value as the text that it is written in, also where it is bytes, or a number in a layout."""
        if self.dial.column.kind is Kind.BINARY:
            return self.engine.ascii_of(self.column)
        if self.dial.encoding is Encoding.LAYOUT and self.dial.column.kind is not Kind.TEXT:
            return self.engine.text_of(self.column)
        return sa.type_coerce(self.column, sa.Text())

    @property
    def _is_written(self) -> Bool:
        """The stored value is a text, or bytes where the column holds these."""
        binary = self.dial.column.kind is Kind.BINARY
        return self.engine.is_written(self.column) if binary else self.engine.is_text(self.column)

    @property
    def _layout(self) -> Layout:
        assert self.dial.layout is not None  # every dial of that encoding has one
        return self.dial.layout

    @cached_property
    def sortable(self) -> Text:
        """The digits of a well-formed value in a layout, in the order in which they sort by time."""
        bare = sa.func.trim(self._text)
        parts = [sa.func.substr(bare, first + 1, count) for first, count in self._layout.places]
        return self._bytes(parts[0] if len(parts) == 1 else self.engine.concat(*parts))

    def _bytes(self, text: Text) -> Text:
        return self.engine.bytewise(text)

    def _moment(self, wall: datetime) -> sa.ColumnElement[object]:
        """A wall time as a value of the column's own type."""
        match self.dial.encoding:
            case Encoding.INSTANT:
                return self.engine.instant(wall.replace(tzinfo=UTC))
            case Encoding.DATE:
                return sa.literal(wall.date(), sa.Date())
            case _:
                return sa.literal(wall, sa.DateTime())

    @property
    def _well_formed(self) -> Bool:
        match self.dial.encoding:
            case Encoding.INSTANT | Encoding.LOCAL_TIME | Encoding.DATE:
                return sa.not_(self.engine.zero_parts(self.column))
            case Encoding.ISO_TEXT:
                instant = self._instant(last=True)
                odd = self.engine.matches(self._text, ISO_TEXT) if instant is None else instant.is_not(None)
                return sa.and_(self._is_written, sa.or_(self.engine.is_plain_time(self._text), odd))
            case Encoding.EPOCH_TEXT:
                return sa.and_(self._is_written, self.engine.matches(self._text, EPOCH_TEXT))
            case Encoding.EPOCH_NUMBER:
                return self.engine.is_number(self.column)
            case Encoding.LAYOUT:
                return self.engine.matches(self._text, f" *(?:{self._layout.pattern}) *")
            case _ as never:
                assert_never(never)

    @property
    def _below_floor(self) -> Bool:
        if self.dial.encoding is Encoding.LAYOUT:
            return self.sortable < first_from(self._layout, self.dial.floor)
        return self._less(datetime.combine(self.dial.floor, datetime.min.time()))

    @property
    def _from_never(self) -> Bool:
        return sa.not_(self._less(_NEVER))

    def _less(self, wall: datetime) -> Bool:
        """The value, as it is written, lies before a wall time."""
        match self.dial.encoding:
            case Encoding.INSTANT | Encoding.LOCAL_TIME | Encoding.DATE:
                return self.column < self._moment(wall)
            case Encoding.ISO_TEXT:  # a text sorts before a day just where its own first ten characters do
                return self._bytes(self._text) < wall.date().isoformat()
            case Encoding.EPOCH_TEXT:
                return self._padded < self._digits(epoch_number(self.dial, wall.replace(tzinfo=UTC)))
            case Encoding.EPOCH_NUMBER:
                return self.column < sa.literal(epoch_number(self.dial, wall.replace(tzinfo=UTC)))
            case Encoding.LAYOUT:
                return self.sortable < self._layout.spelled(wall)
            case _ as never:
                assert_never(never)

    def _declared(self, texts: tuple[str | None, ...]) -> Bool:
        return sa.or_(*(self.column.is_(None) if text is None else self._is(text) for text in texts))

    def _is(self, text: str) -> Bool:
        known = self.column.is_not(None)
        match self.dial.encoding:
            case Encoding.INSTANT | Encoding.LOCAL_TIME | Encoding.DATE:
                moment = typed_moment(text)
                if isinstance(moment, str):
                    shown = self.engine.text_of(self.column)
                    return sa.and_(
                        known, sa.or_(shown == moment, sa.func.substr(shown, 1, len(moment) + 1) == f"{moment} ")
                    )
                if self.dial.encoding is Encoding.DATE and moment.time() != datetime.min.time():
                    return sa.false()
                return sa.and_(known, self.column == self._moment(moment))
            case Encoding.ISO_TEXT | Encoding.EPOCH_TEXT | Encoding.LAYOUT:
                laid_out = self.dial.encoding is Encoding.LAYOUT
                exactly = self._bytes(sa.func.trim(self._text) if laid_out else self._text) == text
                written = sa.true() if laid_out else self._is_written
                return sa.and_(known, written, sa.or_(exactly, self._is_spelled_otherwise(text)))
            case Encoding.EPOCH_NUMBER:
                return sa.and_(known, self.engine.is_number(self.column), self.column == sa.literal(int(text)))
            case _ as never:
                assert_never(never)

    def _is_spelled_otherwise(self, text: str) -> Bool:
        """The value is spelled otherwise than a declared one, and says the same."""
        match self.dial.encoding:
            case Encoding.LAYOUT:
                digits = self._layout.digits(text)
                return sa.false() if digits is None else sa.and_(self._well_formed, self.sortable == digits)
            case Encoding.EPOCH_TEXT if re.fullmatch(EPOCH_TEXT, text):
                return sa.and_(self._well_formed, self._padded == self._digits(int(text)))
            case Encoding.ISO_TEXT if (first := declared_first(self.dial, text)) is not None:
                from_then = sa.not_(self._by(first - MICROSECOND, last=False))
                readable = sa.and_(self._well_formed, sa.not_(self._below_floor), sa.not_(self._from_never))
                return sa.and_(readable, self._by(first, last=False), from_then)
            case _:
                return sa.false()

    def _by(self, instant: datetime, *, last: bool) -> Bool:
        """The last (or else first) instant of a sound value lies at or before an instant."""
        match self.dial.encoding:
            case Encoding.INSTANT:
                return self.column <= self.engine.instant(instant)
            case Encoding.LOCAL_TIME:
                spans = local_spans(instant, self.dial.zone, last=last)
                return sa.or_(*(self._between(self.column, span.start, span.end) for span in spans))
            case Encoding.DATE:
                return self.column <= sa.literal(latest_day(self.dial, instant, last=last), sa.Date())
            case Encoding.ISO_TEXT:
                return self._iso_by(instant, last=last)
            case Encoding.EPOCH_TEXT:
                return self._padded <= self._digits(epoch_number(self.dial, instant))
            case Encoding.EPOCH_NUMBER if self.dial.column.kind is Kind.INTEGER:
                return self.column <= sa.literal(epoch_number(self.dial, instant))
            case Encoding.EPOCH_NUMBER:
                micros = (instant - self.dial.since) // timedelta(microseconds=1) + 1
                bound = Decimal(micros) * self.dial.per_second / 1_000_000
                # A whole number is written as one: SQLite would make a float of it, too coarse for one of 17 digits.
                return self.column < sa.literal(int(bound) if bound == int(bound) else bound)
            case Encoding.LAYOUT if self._layout.unit is Unit.SECOND:
                spans = local_spans(instant, self.dial.zone, last=last)
                return sa.or_(*(self._spelled_within(span) for span in spans))
            case Encoding.LAYOUT:
                return self.sortable <= latest_unit(self.dial, self._layout, instant, last=last)
            case _ as never:
                assert_never(never)

    def _spelled_within(self, span: Stretch) -> Bool:
        upper = self.sortable <= self._layout.spelled(span.end)
        return upper if span.start is None else sa.and_(self.sortable >= self._layout.spelled(span.start), upper)

    def _between(self, value: sa.ColumnElement[object], start: datetime | None, end: datetime) -> Bool:
        upper = value <= self._moment(end)
        return upper if start is None else sa.and_(value >= self._moment(start), upper)

    @property
    def _padded(self) -> Text:
        zeros = sa.literal("0" * _EPOCH_DIGITS)
        return self._bytes(self.engine.right(self.engine.concat(zeros, self._text), _EPOCH_DIGITS))

    def _digits(self, number: int) -> str:
        return str(max(number, 0)).zfill(_EPOCH_DIGITS)

    def _instant(self, *, last: bool) -> sa.ColumnElement[int] | None:
        return self.engine.iso_instant(self._text, self.dial.zone.key, last=last, from_start=self.dial.from_start)

    def _iso_by(self, instant: datetime, *, last: bool) -> Bool:
        """Where the engine can be given functions, only what is not plainly spelled is handed to one."""
        odd = self._instant(last=last)
        if odd is None:
            return self._iso_text_by(instant, last=last)
        plain = self.engine.is_plain_time(self._text)
        return sa.case((plain, self._plain_by(instant, last=last)), else_=_read_by(odd, instant))

    def _plain_by(self, instant: datetime, *, last: bool) -> Bool:
        """The same of a plain time, which sorts as it is written."""
        spans = local_spans(instant, self.dial.zone, last=last)
        return sa.or_(*(_within(self._bytes(self._text), span) for span in spans))

    def _iso_text_by(self, instant: datetime, *, last: bool) -> Bool:
        """ISO text compares as text, once its offset is taken off and its minute filled up to where it counts from."""
        engine, text = self.engine, self._text
        length = engine.length(text)
        day = self._bytes(sa.func.substr(text, 1, 10))
        sign = ("+", "-")
        suffix = sa.case(
            (engine.right(text, 1).in_(("Z", "z")), 1),
            (sa.and_(length >= 22, sa.func.substr(text, length - 5, 1).in_(sign)), 6),
            (sa.and_(length >= 21, sa.func.substr(text, length - 4, 1).in_(sign)), 5),
            (sa.and_(length >= 19, sa.func.substr(text, length - 2, 1).in_(sign)), 3),
            else_=0,
        )
        clock = sa.func.trim(sa.func.substr(text, 12, length - 11 - suffix))
        end = ":59.999999" if last and not self.dial.from_start else ":00"
        full = sa.case(
            (engine.length(clock) == 5, engine.concat(clock, sa.literal(end))), else_=sa.func.substr(clock, 1, 15)
        )
        wall = self._bytes(engine.concat(sa.func.substr(text, 1, 10), sa.literal(" "), full))
        offset = sa.func.replace(engine.concat(sa.func.substr(text, length - suffix + 1, 6), sa.literal("00")), ":", "")
        offset = sa.func.substr(offset, 1, 5)
        limits = {_spelled(minutes): _iso(instant + timedelta(minutes=minutes)) for minutes in _OFFSETS}
        shifted = sa.case(
            {key: _inline(value) for key, value in limits.items()}, value=offset, else_=_inline(_iso(instant))
        )
        local = sa.or_(*(_within(wall, span) for span in local_spans(instant, self.dial.zone, last=last)))
        margin = timedelta(days=2)
        return sa.case(
            (length == 10, day <= latest_day(self.dial, instant, last=last).isoformat()),
            (day < (instant - margin).date().isoformat(), sa.true()),
            (day > (instant + margin).date().isoformat(), sa.false()),
            (suffix == 0, local),
            else_=wall <= self._bytes(shifted),
        )


def _read_by(odd: sa.ColumnElement[int], instant: datetime) -> Bool:
    """The instant that a text was read as lies at or before another one; it is none where nothing could be read."""
    return sa.func.coalesce(odd <= (instant - _EPOCH) // timedelta(microseconds=1), sa.false())


def _within(wall: Text, span: Stretch) -> Bool:
    """A wall time, written to the second or finer, lies within a stretch."""
    upper = wall <= _iso(span.end)
    return upper if span.start is None else sa.and_(wall >= span.start.isoformat(" "), upper)


def _iso(wall: datetime) -> str:
    return wall.replace(tzinfo=None).isoformat(" ", "microseconds")


def _spelled(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


def _staged(stages: Iterable[tuple[Bool, int]], otherwise: int) -> Number:
    return sa.case(*((question, _whole(number)) for question, number in stages), else_=_whole(otherwise))


def _sought(stages: Sequence[tuple[Bool, Number]], otherwise: Number) -> Number:
    """The number of the first stage that has come. Where one has, so have all later ones: each question halves them."""
    middle = (len(stages) - 1) // 2
    come, number = stages[middle]
    earlier, later = stages[:middle], stages[middle + 1 :]
    first = _sought(earlier, number) if earlier else number
    return sa.case((come, first), else_=_sought(later, otherwise) if later else otherwise)


def _whole(number: int) -> Number:
    return sa.literal_column(str(number), sa.Integer())


def _inline(text: str) -> Text:
    return sa.literal(text, literal_execute=True)
