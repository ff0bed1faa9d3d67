"""By the blocks of a table: how PostgreSQL's rows lie, whatever their key is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.apply.pace import MOST_VALUES
from wesretain.apply.walks.base import NOTHING, Cursor, Found, Key, Walk, hidden_of, seen_of
from wesretain.errors import BatchRefused
from wesretain.standing.statements import COUNT, Statements

if TYPE_CHECKING:
    from wesretain.engines import Writer

#: Blocks that one batch looks through at most, 256 MB as PostgreSQL is built: where nothing is due there, it ends.
MOST_BLOCKS = 32_768
#: How full the next batch is to be, as the last one was filled: a fuller one may be too full, and is sought again.
_FILLED = 0.95
_FROM, _TO = "wesretain_from", "wesretain_to"


@dataclass(frozen=True)
class ByBlock(Walk):
    """Block by block, of `blocks` in which so many records are due.

    A cursor is the next block, and how many are looked through at once; 0 where nothing has been seen yet.
    """

    statements: Statements
    blocks: int
    due: int

    @property
    def start(self) -> Cursor:
        """The first block."""
        return (0, 0)

    def within(self, row: sa.FromClause) -> sa.ColumnElement[bool]:
        """The row is in one of the batch's blocks."""
        place = hidden_of(row, "ctid")
        return sa.and_(place >= sa.bindparam(_FROM, type_=_Place()), place < sa.bindparam(_TO, type_=_Place()))

    def next(self, writer: Writer, cursor: Cursor, most: int) -> Found:
        """Those of the next blocks where any are; of fewer blocks where too many are."""
        (block, span), looked = cursor, 0
        span = span or self._expected(most)
        while block < self.blocks and looked < MOST_BLOCKS:
            places = self._places(block, span)
            found = writer.rows(self._gathered, self.table.full_name, {COUNT: most + 1, **places})
            seen = seen_of(self.statements, found[0])
            if seen.count > most:
                if span == 1:
                    raise BatchRefused(f"more than {most} records of {self.table.full_name} are due in one block")
                span = max(min(span // 2, int(span * most / seen.count)), 1)
                continue
            block, looked = block + span, looked + span
            if seen.count:
                wanted = int(span * _FILLED * most / seen.count)
                beyond = self._on(block, max(min(wanted, 4 * span), 1))
                return Found(seen.count, seen.told, places, seen.stretch(alone=False), beyond, self.changed)
            span = min(2 * span, MOST_BLOCKS)
        return replace(NOTHING, beyond=self._on(block, span))

    def named(self, writer: Writer, cursor: Cursor, most: int, limit: int) -> tuple[Sequence[Key], Cursor]:
        """Those of the next blocks; all of one block, if need be."""
        block, span = cursor
        span = span or self._expected(most)
        while True:
            count = min(most if span > 1 else limit, MOST_VALUES // len(self.table.key))
            rows = writer.rows(self._found, self.table.full_name, {COUNT: count, **self._places(block, span)})
            if len(rows) < count or span == 1:
                return [tuple(row) for row in rows], self._on(block + span, span)
            span //= 2

    def _expected(self, most: int) -> int:
        """Blocks that hold no more than so many, unless they lie four times as close as all over the table."""
        return max(min(self.blocks * most // (4 * max(self.due, 1)), MOST_BLOCKS), 1)

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


class _Place(sa.types.UserDefinedType[str]):
    """PostgreSQL's type of a row's place: its block, and the number there."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name."""
        return "tid"
