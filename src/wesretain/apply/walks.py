"""The ways through the due records of a table, batch by batch: where the next ones lie, and how they are told.

A way only leads forward: what somebody moves behind it is found by the count at the end of the run.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.apply.pace import MOST_VALUES
from wesretain.engines.layout import Blocks, Layout, Numbered
from wesretain.engines.lists import Stretch, is_one_of
from wesretain.errors import BatchRefused
from wesretain.model.schema import Table
from wesretain.standing.courses import FEW, Course, course_of
from wesretain.standing.keys import shown_key
from wesretain.standing.statements import (
    AFTER,
    COUNT,
    KEYS,
    Condition,
    Statements,
    Sweep,
    between,
    cursor_of,
    values_of,
)

if TYPE_CHECKING:
    from wesretain.engines import Writer

Key = tuple[Any, ...]
Change = sa.Delete | sa.Update
Beyond = Callable[[sa.ColumnElement[Any]], sa.ColumnElement[bool]]
Cursor = Any  # each way's own; None at the end

#: So many keys are found at once where records are named.
_AT_ONCE = 50_000
#: Blocks that one batch looks through at most, 256 MB as PostgreSQL is built: where nothing is due there, it ends.
_MOST_BLOCKS = 32_768
#: Whole numbers with commas between; it never looks back, since there may be many thousands.
_LISTED = re.compile("-?[0-9]++(?:,-?[0-9]++)*+")
#: So many texts are fetched at once, and so many of their records found.
_TEXTS_AT_ONCE, _READ_AT_ONCE = 250, 1_000
#: Names of parameters: the places of a batch's records, its two ends, and how many to leave out.
PLACES, _FROM, _TO, _SKIPPED, _ALIKE = (f"wesretain_{name}" for name in ("places", "from", "to", "skipped", "alike"))


@dataclass(frozen=True, slots=True)
class Found:
    """The due records that the next batch is about, as a statement has just seen them.

    `told` names them as one text. `parameters` say to the statements of a way where they lie; `keys` are there where
    rows below are looked up by them. `beyond` is where the way goes on. `changed` deals with just these records.
    """

    count: int
    told: str
    parameters: Mapping[str, Any]
    keys: Stretch | None
    beyond: Cursor
    changed: Change | None = None


_NOTHING = Found(0, "", {}, None, None)


class Walk(ABC):
    """A way through a table."""

    statements: Statements

    @property
    @abstractmethod
    def start(self) -> Cursor:
        """Where it begins."""

    @abstractmethod
    def within(self, row: sa.FromClause) -> sa.ColumnElement[bool]:
        """The row lies where a batch's parameters say."""

    @abstractmethod
    def next(self, writer: Writer, cursor: Cursor, most: int) -> Found:
        """The next due records, so many at most, in the batch's own transaction.

        Raises:
            BatchRefused: where they cannot be told.
            WesretainError: where a statement fails.
        """

    @abstractmethod
    def named(self, writer: Writer, cursor: Cursor, most: int, limit: int) -> tuple[Sequence[Key], Cursor]:
        """The keys of the next records that may be due, so many at most, and where the way goes on.

        `limit` is how many may go in all: as many are named at most where fewer would leave some behind.
        """

    def ready(self, writer: Writer, cursor: Cursor) -> Cursor:
        """What is to be found out before the next batch begins; None where the way ends."""
        return cursor

    @cached_property
    def changed(self) -> Change:
        """What deals with the due records of a batch."""
        return self.statements.changed(self.within)

    @cached_property
    def sweeps(self) -> tuple[Sweep, ...]:
        """What deletes the rows below them."""
        return self.statements.sweeps(self.within)

    @property
    def table(self) -> Table:
        """The table of the records."""
        return self.statements.act.table


@dataclass(frozen=True)
class ByNumber(Walk):
    """By a whole number that is the key, or a hidden one; a cursor is the last that was dealt with.

    Where the engine has a plainer way to say what is due, and it finds just these, that is what deals with them.
    """

    statements: Statements
    hidden: str = ""

    @property
    def start(self) -> Cursor:
        """Before the first."""
        return ()

    def within(self, row: sa.FromClause) -> sa.ColumnElement[bool]:
        """The number is one of the batch's."""
        return is_one_of(self._number(row), PLACES)

    def next(self, writer: Writer, cursor: Cursor, most: int) -> Found:
        """The next ones, in the order of the number."""
        table, parameters = self.table.full_name, {COUNT: most, **cursor_of(cursor)}
        if self._changed_plainly is not None:
            query = self._compared_after if cursor else self._compared_first
            *gathered, alike = tuple(writer.rows(query, table, parameters)[0])
            if alike == gathered[0]:
                return self._found(writer, gathered, most, self._changed_plainly)
        query = self._gathered_after if cursor else self._gathered_first
        return self._found(writer, writer.rows(query, table, parameters)[0], most, self.changed)

    def _found(self, writer: Writer, gathered: Sequence[Any], most: int, changed: Change) -> Found:
        seen = _seen(self.statements, gathered)
        if not seen.count:
            return _NOTHING
        (first, last), keys = seen.ends[0], seen.stretch(alone=writer.engine.sees_one_state)
        if type(first) is not int or type(last) is not int:  # SQLite stores what it is given
            raise BatchRefused(f"the keys of {self.table.full_name} are not told as whole numbers")
        places = Stretch(seen.count, first, last, "", alone=True) if self.hidden else keys
        beyond = (last,) if seen.count == most else None
        return Found(seen.count, seen.told, {PLACES: places}, keys, beyond, changed)

    def named(self, writer: Writer, cursor: Cursor, most: int, limit: int) -> tuple[Sequence[Key], Cursor]:
        """The next ones, in the order of the number."""
        query = self._after if cursor else self._first
        rows = writer.rows(query, self.table.full_name, {COUNT: most, **cursor_of(cursor)})
        return [tuple(row[:-1]) for row in rows], (rows[-1][-1],) if len(rows) == most else None

    def _number(self, row: sa.FromClause) -> sa.ColumnElement[Any]:
        return _hidden(row, self.hidden) if self.hidden else self.statements.key(row)[0]

    @cached_property
    def _changed_plainly(self) -> Change | None:
        plainly = self.statements.plainly
        return plainly.changed(self.within) if plainly else None

    @cached_property
    def _first(self) -> sa.Select[Any]:
        return self._in_order(_anywhere)

    @cached_property
    def _after(self) -> sa.Select[Any]:
        return self._in_order(_beyond)

    def _in_order(self, beyond: Beyond) -> sa.Select[Any]:
        row = self.statements.row()
        number = self._number(row)
        return self.statements.found(row, beyond(number)).add_columns(number.label(PLACES)).order_by(number)

    @cached_property
    def _gathered_first(self) -> sa.Select[Any]:
        return self._gathered(self._first.subquery())

    @cached_property
    def _gathered_after(self) -> sa.Select[Any]:
        return self._gathered(self._after.subquery())

    def _gathered(self, found: sa.Subquery) -> sa.Select[Any]:
        return self.statements.gathered(found, found.c[PLACES])

    @cached_property
    def _compared_first(self) -> sa.Select[Any]:
        return self._compared(_anywhere)

    @cached_property
    def _compared_after(self) -> sa.Select[Any]:
        return self._compared(_beyond)

    def _compared(self, beyond: Beyond) -> sa.Select[Any]:
        """The records that are due, or plainly so; then how many are both."""
        plainly, row = self.statements.plainly, self.statements.row()
        assert plainly is not None
        number, plain, sure = self._number(row), plainly.asked.may(row), self.statements.asked.may(row)
        both = sa.case((sa.and_(plain, sure), 1), else_=0).label(_ALIKE)
        query = sa.select(*self.statements.key(row), number.label(PLACES), both).where(sa.or_(plain, sure))
        limit = sa.bindparam(COUNT, type_=sa.Integer())
        found = query.where(beyond(number)).order_by(number).limit(limit).subquery()
        return self._gathered(found).add_columns(sa.func.coalesce(sa.func.sum(found.c[_ALIKE]), 0))


@dataclass(frozen=True)
class ByBlock(Walk):
    """Block by block, of `blocks`; a cursor is the next block, and how many are looked through at once."""

    statements: Statements
    blocks: int
    span: int

    @property
    def start(self) -> Cursor:
        """The first block."""
        return (0, self.span)

    def within(self, row: sa.FromClause) -> sa.ColumnElement[bool]:
        """The row is in one of the batch's blocks."""
        place = _hidden(row, "ctid")
        return sa.and_(place >= sa.bindparam(_FROM, type_=_Place()), place < sa.bindparam(_TO, type_=_Place()))

    def next(self, writer: Writer, cursor: Cursor, most: int) -> Found:
        """Those of the next blocks where any are; of fewer blocks where too many are."""
        (block, span), looked = cursor, 0
        while block < self.blocks and looked < _MOST_BLOCKS:
            places = self._places(block, span)
            found = writer.rows(self._gathered, self.table.full_name, {COUNT: most + 1, **places})
            seen = _seen(self.statements, found[0])
            if seen.count > most:
                if span == 1:
                    raise BatchRefused(f"more than {most} records of {self.table.full_name} are due in one block")
                span = max(min(span // 2, int(span * most / seen.count)), 1)
                continue
            block, looked = block + span, looked + span
            if seen.count:
                wanted = int(span * most / seen.count)
                beyond = self._on(block, max(min(wanted, 4 * span), 1))
                return Found(seen.count, seen.told, places, seen.stretch(alone=False), beyond, self.changed)
            span = min(2 * span, _MOST_BLOCKS)
        return replace(_NOTHING, beyond=self._on(block, span))

    def named(self, writer: Writer, cursor: Cursor, most: int, limit: int) -> tuple[Sequence[Key], Cursor]:
        """Those of the next blocks; all of one block, if need be."""
        block, span = cursor
        while True:
            count = min(most if span > 1 else limit, MOST_VALUES // len(self.table.key))
            rows = writer.rows(self._found, self.table.full_name, {COUNT: count, **self._places(block, span)})
            if len(rows) < count or span == 1:
                return [tuple(row) for row in rows], self._on(block + span, span)
            span //= 2

    def _places(self, block: int, span: int) -> dict[str, str]:
        return {_FROM: f"({block},0)", _TO: f"({min(block + span, self.blocks)},0)"}

    def _on(self, block: int, span: int) -> Cursor:
        return (block, span) if block < self.blocks else None

    @cached_property
    def _found(self) -> sa.Select[Any]:
        row = self.statements.row()
        return self.statements.found(row, self.within(row))

    @cached_property
    def _gathered(self) -> sa.Select[Any]:
        return self.statements.gathered(self._found.subquery())


@dataclass(frozen=True)
class ByRange(Walk):
    """From one key to another, in the order of keys of any kind; a cursor is the last that was dealt with.

    The records are locked as they are told, so that just these go along.
    """

    statements: Statements

    @property
    def start(self) -> Cursor:
        """Before the first."""
        return ()

    def within(self, row: sa.FromClause) -> sa.ColumnElement[bool]:
        """The key is neither before the batch's first nor after its last."""
        return between(self.statements.key(row), _FROM, _TO)

    def next(self, writer: Writer, cursor: Cursor, most: int) -> Found:
        """The next ones, in the order of the key."""
        ends = self._ends(writer, cursor, most)
        if ends is None:
            return _NOTHING
        first, last = ends
        places = {f"{_FROM}{n}": part for n, part in enumerate(first)} | {f"{_TO}{n}": p for n, p in enumerate(last)}
        seen = _seen(self.statements, writer.rows(self._gathered, self.table.full_name, places)[0])
        if not 0 < seen.count <= most:
            raise BatchRefused(f"records of {self.table.full_name} became due meanwhile")
        return Found(seen.count, seen.told, places, seen.stretch(alone=False), last, self.changed)

    def _ends(self, writer: Writer, cursor: Cursor, most: int) -> tuple[Key, Key] | None:
        """The keys of the first and the last of the next ones; of all of them where there are not so many."""
        name, place = self.table.full_name, cursor_of(cursor)
        query, backwards = (self._after, self._last_after) if cursor else (self._first, self._last)
        first = writer.rows(query, name, {**place, _SKIPPED: 0})
        if not first:
            return None
        last = writer.rows(query, name, {**place, _SKIPPED: most - 1}) or writer.rows(backwards, name, place)
        return (tuple(first[0]), tuple(last[0])) if last else None

    def named(self, writer: Writer, cursor: Cursor, most: int, limit: int) -> tuple[Sequence[Key], Cursor]:
        """The next ones, in the order of the key."""
        count = min(most, MOST_VALUES // len(self.table.key))
        keys = [tuple(row) for row in page(writer, self.statements, cursor, count)]
        return keys, keys[-1] if len(keys) == count else None

    @cached_property
    def _first(self) -> sa.Select[Any]:
        return self._one(lambda row: sa.true(), backwards=False).offset(sa.bindparam(_SKIPPED, type_=sa.Integer()))

    @cached_property
    def _after(self) -> sa.Select[Any]:
        return self._one(self.statements.is_after, backwards=False).offset(sa.bindparam(_SKIPPED, type_=sa.Integer()))

    @cached_property
    def _last(self) -> sa.Select[Any]:
        return self._one(lambda row: sa.true(), backwards=True)

    @cached_property
    def _last_after(self) -> sa.Select[Any]:
        return self._one(self.statements.is_after, backwards=True)

    def _one(self, within: Condition, *, backwards: bool) -> sa.Select[Any]:
        row = self.statements.row()
        key = self.statements.key(row)
        order = [part.desc() for part in key] if backwards else key
        return sa.select(*key).where(self.statements.asked.may(row), within(row)).order_by(*order).limit(1)

    @cached_property
    def _gathered(self) -> sa.Select[Any]:
        row = self.statements.row()
        due = self.within(row), self.statements.asked.may(row)
        return self.statements.gathered(row).where(*due).with_for_update()


@dataclass(frozen=True, slots=True)
class Gathered:
    """Keys that have been found, and how many of them have been dealt with.

    `more` says whether others may follow after the `last` that was looked at.
    """

    keys: Sequence[Key] = ()
    dealt: int = 0
    last: Key = ()
    more: bool = True

    def after(self, count: int) -> Gathered | None:
        """The same once so many more have been dealt with."""
        rest = replace(self, dealt=self.dealt + count)
        return rest if rest.dealt < len(self.keys) or self.more else None


@dataclass(frozen=True)
class ByName(Walk):
    """Each record named by its key, of which many are found at once; a cursor holds those that are still to come."""

    statements: Statements

    @property
    def start(self) -> Cursor:
        """None are found yet."""
        return Gathered()

    def within(self, row: sa.FromClause) -> sa.ColumnElement[bool]:
        """The record is one of the batch's."""
        return self.statements.is_named(row)

    def ready(self, writer: Writer, cursor: Cursor) -> Cursor:
        """Find more keys where all that were found have been dealt with."""
        if cursor.dealt < len(cursor.keys):
            return cursor
        found = _gather(writer, self.statements, cursor.last)
        return found if found.keys else None

    def next(self, writer: Writer, cursor: Cursor, most: int) -> Found:
        """The next of those that were found."""
        keys, beyond = self.named(writer, cursor, most, most)
        if not keys:
            return _NOTHING
        values = values_of(keys)
        whole = self.statements.has_number and set(map(type, values)) == {int}
        listed = ",".join(map(str, values)) if whole else ""
        stretch = Stretch(len(keys), min(values), max(values), listed, alone=False) if whole else None
        if self.statements.act.lines and stretch is None:
            raise BatchRefused(f"the keys of {self.table.full_name} are not told as whole numbers")
        return Found(len(keys), listed or told(keys), {KEYS: stretch or values}, stretch, beyond, self.changed)

    def named(self, writer: Writer, cursor: Cursor, most: int, limit: int) -> tuple[Sequence[Key], Cursor]:
        """The next of those that were found."""
        count = min(most, MOST_VALUES // len(self.table.key))
        return cursor.keys[cursor.dealt : cursor.dealt + count], cursor.after(count)


def way_through(statements: Statements, layout: Layout, due: int, records: int) -> Callable[[Statements], Walk]:
    """The way for an act under which so many of so many records are due."""
    course = Course.NAMES if due < FEW * records else course_of(statements, layout)
    match course, layout:
        case Course.BLOCKS, Blocks(number):
            span = max(min(number * 1_000 // max(due, 1), _MOST_BLOCKS), 1)
            return partial(ByBlock, blocks=number, span=span)
        case Course.NUMBERS, Numbered(hidden):
            return partial(ByNumber, hidden=hidden)
        case Course.NUMBERS, _:
            return ByNumber
        case Course.RANGES, _:
            return ByRange
        case _:
            return ByName


def told(keys: Sequence[Key]) -> str:
    """Keys as one text, in an order of their own, whatever the order in which they come."""
    return json.dumps(sorted([shown_key(part) for part in key] for key in keys), separators=(",", ":"))


# -- what was seen ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a statement gathered: how many records, told as one text, and the ends of places and of whole numbers."""

    count: int
    told: str
    ends: tuple[tuple[Any, Any], ...]
    numbers: bool

    def stretch(self, *, alone: bool) -> Stretch | None:
        """The keys, where they are whole numbers."""
        return Stretch(self.count, *self.ends[-1], self.told, alone) if self.numbers and self.count else None


def _seen(statements: Statements, gathered: Sequence[Any]) -> _Seen:
    """Read what was gathered.

    Raises:
        BatchRefused: where not all of it is told, or not as it should.
    """
    count, text, length, *ends = gathered
    pairs = tuple(zip(ends[::2], ends[1::2], strict=True))
    if count and statements.has_number and not (set(map(type, pairs[-1])) == {int} and _LISTED.fullmatch(text)):
        # SQLite stores what it is given. (A text that MariaDB cuts off names fewer records than have to change.)
        raise BatchRefused(f"the keys of {statements.act.table.full_name} are not told as whole numbers")
    if length is not None and len(text or "") != length + count - 1:
        raise BatchRefused(f"the keys of {statements.act.table.full_name} cannot all be told")
    return _Seen(count, text or "", pairs, statements.has_number)


# -- what is found ----------------------------------------------------------------------------------------------------


def page(writer: Writer, statements: Statements, last: Key, count: int) -> Sequence[sa.Row[Any]]:
    """So many of the records after a key that may be due, in the order of the key; of all where there is none."""
    query = statements.following if last else statements.first
    return writer.rows(query, statements.act.table.full_name, {COUNT: count, **cursor_of(last)})


def read_pages(writer: Writer, statements: Statements, last: Key = ()) -> Iterator[tuple[Sequence[Key], Key]]:
    """Page by page the keys after a key that are due by their texts, which Python reads, and the last one read."""
    width = len(statements.act.table.key)
    while rows := page(writer, statements, last, _TEXTS_AT_ONCE):
        last = tuple(rows[-1])[:width]
        yield [tuple(row)[:width] for row in rows if statements.asked.holds(row._mapping)], last


def _gather(writer: Writer, statements: Statements, last: Key) -> Gathered:
    """Many keys after a key; fewer where Python has to read texts."""
    if not statements.asked.scrubs:
        keys = [tuple(row) for row in page(writer, statements, last, _AT_ONCE)]
        return Gathered(keys, 0, keys[-1] if keys else last, len(keys) == _AT_ONCE)
    due: list[Key] = []
    for some, read in read_pages(writer, statements, last):
        due += some
        if len(due) >= _READ_AT_ONCE:
            return Gathered(due, 0, read)
    return Gathered(due, 0, last, more=False)


def _anywhere(number: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.true()


def _beyond(number: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return number > sa.bindparam(f"{AFTER}0")


def _hidden(row: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    """A column of the row that the table does not declare."""
    found: sa.ColumnClause[Any] = sa.column(name)
    found.table = row
    return found


class _Place(sa.types.UserDefinedType[str]):
    """PostgreSQL's type of a row's place: its block, and the number there."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name."""
        return "tid"
