"""By a whole number, the key's or a hidden one: how SQLite's rows lie, and others' whose key it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.apply.walks.base import NOTHING, PLACES, Change, Cursor, Found, Key, Walk, hidden_of, seen_of
from wesretain.engines.lists import Stretch, is_one_of
from wesretain.errors import BatchRefused
from wesretain.standing.statements import AFTER, COUNT, Statements, cursor_of

if TYPE_CHECKING:
    from wesretain.engines import Writer

Beyond = Callable[[sa.ColumnElement[Any]], sa.ColumnElement[bool]]
_ALIKE = "wesretain_alike"


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
        seen = seen_of(self.statements, gathered)
        if not seen.count:
            return NOTHING
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
        return hidden_of(row, self.hidden) if self.hidden else self.statements.key(row)[0]

    @cached_property
    def _changed_plainly(self) -> Change | None:
        plainly = self.statements.plainly
        return self._along(plainly.changed(self.within)) if plainly else None

    @cached_property
    def changed(self) -> Change:
        """What deals with the due records of a batch."""
        return self._along(self.statements.changed(self.within))

    def _along(self, change: Change) -> Change:
        """The statement, which else may go by an index on the clock: through all due records for those of one batch."""
        return change.with_hint(self._hint) if self._hint else change

    def _searched_along(self, query: sa.Select[Any], row: sa.FromClause) -> sa.Select[Any]:
        """The same of a search."""
        return query.with_hint(row, self._hint) if self._hint else query

    @property
    def _hint(self) -> str:
        return self.statements.translator.engine.as_they_lie if self.hidden else ""

    @cached_property
    def _first(self) -> sa.Select[Any]:
        return self._in_order(_anywhere)

    @cached_property
    def _after(self) -> sa.Select[Any]:
        return self._in_order(_beyond)

    def _in_order(self, beyond: Beyond) -> sa.Select[Any]:
        row = self.statements.row()
        number = self._number(row)
        found = self.statements.found(row, beyond(number)).add_columns(number.label(PLACES))
        return self._searched_along(found, row).order_by(number)

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
        found = self._searched_along(query, row).where(beyond(number)).order_by(number).limit(limit).subquery()
        return self._gathered(found).add_columns(sa.func.coalesce(sa.func.sum(found.c[_ALIKE]), 0))


def _anywhere(number: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.true()


def _beyond(number: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return number > sa.bindparam(f"{AFTER}0")
