"""One batch, inside one transaction: prove the records due again, deal with what lies below, then with them.

This is the one place that deletes or updates rows of a database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.apply.pace import MOST_VALUES
from wesretain.apply.values import Maker
from wesretain.apply.walks.base import Cursor, Key, Walk, told
from wesretain.errors import BatchRefused, Refused
from wesretain.model.keyed import Keyed
from wesretain.model.rule import Redaction, RowFate, fate_word
from wesretain.model.schema import Kind, Table
from wesretain.standing.statements import KEY, KEYS, NARROW, NEW, OLD, Rows, Statements, Way, values_of

if TYPE_CHECKING:
    from wesretain.engines import Writer


@dataclass(frozen=True, slots=True)
class Disposed:
    """How many records a batch dealt with, and the rows that changed: `delete shop.orders` → rows.

    `keys` names the records as one text, nothing where they have no key; `beyond` is where the way goes on on which
    they were found.
    """

    records: int
    counts: Mapping[str, int]
    keys: str = ""
    beyond: Cursor = None

    def digest(self, keyed: Keyed) -> str:
        """A keyed SHA-256 in hex over the records' keys; nothing without the ledger.

        It is one for all of them, since one for each would cost more than their removal. Records without a key have
        nothing to tell: their digest is that of nothing, and the counts alone tell of them.
        """
        return keyed.digest(self.keys) if self.keys else hashlib.sha256(b"").hexdigest()


class Vetoed(BatchRefused):
    """Fewer rows changed than were found: a trigger's veto, or somebody changed them meanwhile."""


def dispose(writer: Writer, statements: Statements, keys: Sequence[Key], make: Maker) -> Disposed:
    """Deal with those of some records that are due; `make` computes redacted values. Nothing is committed here.

    Raises:
        BatchRefused: where rows cannot be changed as they were found.
        WesretainError: where a statement fails.
    """
    table = statements.act.table
    found = writer.rows(statements.confirmed, table.full_name, {KEYS: values_of(keys)})
    places = {name: number for number, name in enumerate(statements.needed)}
    # SQL has said which are due, unless it could not read the texts.
    sure = found if not statements.asked.scrubs else [row for row in found if statements.asked.holds(row._mapping)]
    records = [tuple(row)[: len(places)] for row in sure]
    due = [record[: len(table.key)] for record in records]
    if not due:
        return Disposed(0, {})
    batch = _Batch(writer, {KEYS: values_of(due)}, make)
    starts = ([_start(record, way.starts[0], places) for record in records] for way in statements.ways)
    reached = [batch.reached(way, values) for way, values in zip(statements.ways, starts, strict=True)]
    found_ways = list(zip(statements.ways, reached, strict=True))
    batch.deal([pair for pair in found_ways if not pair[0].line.climbs])
    batch.finish(statements, _word(statements), len(due))
    batch.deal([pair for pair in found_ways if pair[0].line.climbs])
    return Disposed(len(due), dict(batch.counts), told(due))


def dispose_as_found(writer: Writer, walk: Walk, cursor: Cursor, most: int) -> Disposed:
    """Deal with the next due records on a way, so many at most, as they are found there. Nothing is committed here.

    Raises:
        BatchRefused: where rows cannot be changed as they were found, or cannot be told.
        WesretainError: where a statement fails.
    """
    found = walk.next(writer, cursor, most)
    if found.changed is None:
        return Disposed(0, {}, beyond=found.beyond)
    counts = dict[str, int]()
    for sweep in walk.sweeps:
        if found.keys is None:  # by which the rows below are looked up
            raise BatchRefused(f"the keys of {walk.table.full_name} are not told as whole numbers")
        # Where the statement itself says which records are meant, the ends of their keys do where these lie close.
        alone = not sweep.by_name and (found.keys.alone or found.keys.close)
        below = replace(found.keys, alone=alone)
        if changed := writer.change(sweep.statement, {**found.parameters, NARROW: below}, sweep.table.full_name):
            counts[f"{RowFate.DELETE} {sweep.table.full_name}"] = changed
    changed = writer.change(found.changed, found.parameters, walk.table.full_name)
    _check_changed(walk.table.full_name, changed, found.count)
    return Disposed(found.count, counts | {_word(walk.statements): changed}, found.told, found.beyond)


def dispose_whole(writer: Writer, statements: Statements, most: int, make: Maker) -> Disposed:
    """Deal with all due records of a table without a key at once, which must be no more than were planned.

    Raises:
        Refused: where more are due.
        BatchRefused: where rows cannot be changed as they were found.
        WesretainError: where a statement fails.
    """
    table = statements.act.table
    found = int(writer.rows(statements.left, table.full_name)[0][0])
    if found > most:
        message = f"{found:,} records of {table.full_name} are due by now and {most:,} were planned"
        raise Refused(f"{message}; without a key none can be chosen", "let the next run plan them")
    if not found:
        return Disposed(0, {})
    batch = _Batch(writer, {}, make)
    batch.change_whole(statements, _word(statements), found)
    return Disposed(found, dict(batch.counts))


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch under way: its transaction, its records' keys as parameters, and what it has changed so far."""

    writer: Writer
    keys: Mapping[str, Any]
    make: Maker
    counts: dict[str, int] = field(default_factory=dict)

    def reached(self, way: Way, starts: Sequence[Key]) -> list[Key]:
        """The values by which the rows at the end of a path are looked up, or their keys where the path climbs."""
        values = _distinct(way.landing(0, starts))
        queries = way.steps if way.climb is None else (*way.steps, way.climb.collected)
        for number, query in enumerate(queries, 1):
            found = (self.writer.rows(query, way.line.path, {**self.keys, NARROW: some}) for some in _chunks(values))
            values = _distinct(way.landing(number, (tuple(row) for rows in found for row in rows)))
        return values

    def deal(self, ways: Sequence[tuple[Way, Sequence[Key]]]) -> None:
        """Deal with the rows at the ends of some paths, each looked up by its values."""
        for way, reached in ways:
            values = reached if way.climb is None else self._freed(way.climb.freed, reached)
            for some in _chunks(values):
                word = f"{_verb(way)} {way.line.table.full_name}"
                parameters = {**self.keys, NARROW: some}
                if way.proved_above:
                    changed = self.writer.change(way.rows.changed, parameters, way.line.table.full_name)
                    self._count(word, changed)
                else:
                    self._change(way.rows, word, parameters, None)

    def _freed(self, query: sa.Select[Any], keys: Sequence[Key]) -> list[Key]:
        found = (self.writer.rows(query, parameters={**self.keys, NARROW: some}) for some in _chunks(keys))
        return [tuple(row) for rows in found for row in rows]

    def finish(self, statements: Statements, word: str, expected: int) -> None:
        """Deal with the records: all have to be there still, but for those that lay below others of them."""
        table = statements.act.table
        if any(way.line.table is table for way in statements.ways):
            expected = int(self.writer.rows(statements.there, table.full_name, self.keys)[0][0])
        self._change(statements.record, word, dict(self.keys), expected)

    def change_whole(self, statements: Statements, word: str, expected: int) -> None:
        """Deal with all due records by the whole predicate: just as many as were found."""
        self._change(statements.whole, word, {}, expected)

    def _change(self, rows: Rows, word: str, parameters: dict[str, Any], expected: int | None) -> None:
        name = rows.table.full_name
        if rows.computed:
            changed = self._change_each(rows, parameters)
        else:
            if expected is None:
                expected = int(self.writer.rows(rows.counted, name, parameters)[0][0])
            changed = self.writer.change(rows.changed, parameters, name) if expected else 0
            _check_changed(name, changed, expected)
        self._count(word, changed)

    def _count(self, word: str, changed: int) -> None:
        if changed:
            self.counts[word] = self.counts.get(word, 0) + changed

    def _change_each(self, rows: Rows, parameters: dict[str, Any]) -> int:
        """Rows whose new values are computed here, one by one; each statement repeats the value that it replaces."""
        changed = 0
        for row in self.writer.rows(rows.read, rows.table.full_name, parameters):
            found = row._mapping
            old = {f"{OLD}_{name}": _shown(found[name]) for name, _ in rows.computed}
            made = {name: self._made(rows.table, name, target, found[name]) for name, target in rows.computed}
            new = {f"{NEW}_{name}": value for name, value in made.items()}
            if rows.only_computed and all(found[name] == value for name, value in made.items()):
                continue
            key = {f"{KEY}_{name}": found[name] for name in rows.table.key}
            count = self.writer.change(rows.changed, {**parameters, **key, **old, **new}, rows.table.full_name)
            if count != 1:
                raise Vetoed(f"a row of {rows.table.full_name} did not change as it should", "look at its triggers")
            changed += 1
        return changed

    def _made(self, table: Table, name: str, target: Redaction, raw: Any) -> Any:
        """The new value; what SQLite stores against the column's type stays as it is."""
        declared = table.column(name)
        binary = declared is not None and declared.kind is Kind.BINARY
        return self.make(target, raw) if isinstance(raw, bytes) is binary else raw


def _check_changed(table: str, changed: int, expected: int) -> None:
    if changed != expected:
        mend = "look at its triggers, and at what else changes it now"
        raise Vetoed(f"{abs(expected - changed)} rows of {table} did not change as they should", mend)


def _shown(raw: Any) -> Any:
    """A value as `Engine.text_of` shows it."""
    return f"\\x{raw.hex()}" if isinstance(raw, bytes) else raw


def _word(statements: Statements) -> str:
    """What becomes of an act's records, in a word and the name of their table."""
    return f"{statements.act.rule.then} {statements.act.table.full_name}"


def _verb(way: Way) -> str:
    return "delete" if fate_word(way.line.fate).startswith("delete") else fate_word(way.line.fate)


def _start(record: Key, columns: Sequence[str], places: Mapping[str, int]) -> Key:
    return tuple(record[places[name]] for name in columns)


def _distinct(values: Iterator[Key] | Sequence[Key]) -> list[Key]:
    """Each once; one with a NULL leads nowhere."""
    return [value for value in dict.fromkeys(values) if None not in value]


def _chunks(values: Sequence[Key]) -> Iterator[list[Any]]:
    size = max(MOST_VALUES // max(len(values[0]), 1), 1) if values else 1
    return (values_of(values[start : start + size]) for start in range(0, len(values), size))
