"""By ranges of a key of any kind: how MariaDB's rows lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.apply.pace import MOST_VALUES
from wesretain.apply.walks.base import NOTHING, Cursor, Found, Key, Walk, page, seen_of
from wesretain.errors import BatchRefused
from wesretain.standing.statements import Condition, Statements, between, cursor_of

if TYPE_CHECKING:
    from wesretain.engines import Writer

#: Names of parameters: the first and last key of a batch, and how many to leave out.
_FROM, _TO, _SKIPPED = (f"wesretain_{name}" for name in ("from", "to", "skipped"))


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
            return NOTHING
        first, last = ends
        places = {f"{_FROM}{n}": part for n, part in enumerate(first)} | {f"{_TO}{n}": p for n, p in enumerate(last)}
        seen = seen_of(self.statements, writer.rows(self._gathered, self.table.full_name, places)[0])
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
