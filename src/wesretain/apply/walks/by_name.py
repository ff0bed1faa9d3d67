"""By the key of each record: where few are due, or each has to be proved due before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from wesretain.apply.pace import MOST_VALUES
from wesretain.apply.walks.base import NOTHING, Cursor, Found, Key, Walk, page, read_pages, told
from wesretain.engines.lists import Stretch
from wesretain.standing.statements import KEYS, Statements, values_of

if TYPE_CHECKING:
    from wesretain.engines import Writer

#: So many keys are found at once, and so many where Python has to read texts to find them.
_AT_ONCE, _READ_AT_ONCE = 50_000, 1_000


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
            return NOTHING
        values = values_of(keys)
        whole = self.statements.has_number and set(map(type, values)) == {int}
        listed = ",".join(map(str, values)) if whole else ""
        stretch = Stretch(len(keys), min(values), max(values), listed, alone=False) if whole else None
        return Found(len(keys), listed or told(keys), {KEYS: stretch or values}, stretch, beyond, self.changed)

    def named(self, writer: Writer, cursor: Cursor, most: int, limit: int) -> tuple[Sequence[Key], Cursor]:
        """The next of those that were found."""
        count = min(most, MOST_VALUES // len(self.table.key))
        return cursor.keys[cursor.dealt : cursor.dealt + count], cursor.after(count)


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
