"""What every way through the due records of a table has in common, and how the records of a batch are told.

A way only leads forward: what somebody moves behind it is found by the count at the end of the run.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.engines.lists import Stretch
from wesretain.errors import BatchRefused
from wesretain.model.schema import Table
from wesretain.standing.keys import shown_key
from wesretain.standing.statements import COUNT, Statements, Sweep, cursor_of

if TYPE_CHECKING:
    from wesretain.engines import Writer

Key = tuple[Any, ...]
Change = sa.Delete | sa.Update
Cursor = Any  # each way's own; None at the end

#: Whole numbers with commas between; it never looks back, since there may be many thousands.
_LISTED = re.compile("-?[0-9]++(?:,-?[0-9]++)*+")
#: So many texts are fetched at once.
_TEXTS_AT_ONCE = 250
#: The name of the parameter that says where a batch's records are, by numbers.
PLACES = "wesretain_places"


@dataclass(frozen=True, slots=True)
class Found:
    """The due records that the next batch is about, as a statement has just seen them.

    `told` names them as one text. `parameters` say to the statements of a way where they lie; `keys` are there where
    they are whole numbers. `beyond` is where the way goes on. `changed` deals with just these, if there are any.
    """

    count: int
    told: str
    parameters: Mapping[str, Any]
    keys: Stretch | None
    beyond: Cursor
    changed: Change | None = None


NOTHING = Found(0, "", {}, None, None)


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


# -- how records are told ---------------------------------------------------------------------------------------------


def told(keys: Sequence[Key]) -> str:
    """Keys as one text, in an order of their own, whatever the order in which they come."""
    return json.dumps(sorted([shown_key(part) for part in key] for key in keys), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a statement gathered: how many records, told as one text, and the ends of places and of whole numbers."""

    count: int
    told: str
    ends: tuple[tuple[Any, Any], ...]
    numbers: bool

    def stretch(self, *, alone: bool) -> Stretch | None:
        """The keys, where they are whole numbers."""
        return Stretch(self.count, *self.ends[-1], self.told, alone) if self.numbers and self.count else None


def seen_of(statements: Statements, gathered: Sequence[Any]) -> Seen:
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
    return Seen(count, text or "", pairs, statements.has_number)


def hidden_of(row: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    """A column of the row that the table does not declare."""
    found: sa.ColumnClause[Any] = sa.column(name)
    found.table = row
    return found


# -- records in the order of their key ---------------------------------------------------------------------------------


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
