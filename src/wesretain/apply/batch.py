"""One batch, inside one transaction: prove the records due again, deal with what lies below, then with them.

This is the one place that deletes or updates rows of a database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.apply.pace import MOST_VALUES
from wesretain.apply.values import Maker
from wesretain.errors import BatchRefused, Refused
from wesretain.model.keyed import Keyed
from wesretain.model.rule import Redaction, fate_word
from wesretain.model.schema import Kind, Table
from wesretain.standing.keys import shown_key
from wesretain.standing.statements import KEY, KEYS, NARROW, NEW, OLD, Rows, Statements, Way

if TYPE_CHECKING:
    from wesretain.engines import Writer

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Disposed:
    """The records that a batch dealt with, by their keys, and the rows that changed: `delete shop.orders` → rows.

    Records without a key are only counted: `unnamed`.
    """

    keys: tuple[Key, ...]
    counts: Mapping[str, int]
    unnamed: int = 0

    @property
    def records(self) -> int:
        """How many records."""
        return len(self.keys) + self.unnamed

    def digest(self, keyed: Keyed) -> str:
        """A keyed SHA-256 in hex over the records' keys, in the order of their texts; nothing without the ledger.

        It is one for all of them, since one for each would cost more than their removal. Records without a key have
        nothing to tell: their digest is that of nothing, and the counts alone tell of them.
        """
        if not self.keys:
            return hashlib.sha256(b"").hexdigest()
        texts = sorted([shown_key(part) for part in key] for key in self.keys)
        return keyed.digest(json.dumps(texts, separators=(",", ":")))


class Vetoed(BatchRefused):
    """Fewer rows changed than were found: a trigger's veto, or somebody changed them meanwhile."""


def dispose(writer: Writer, statements: Statements, keys: Sequence[Key], make: Maker) -> Disposed:
    """Deal with those of some records that are due; `make` computes redacted values. Nothing is committed here.

    Raises:
        BatchRefused: where rows cannot be changed as they were found.
        WesretainError: where a statement fails.
    """
    table = statements.act.table
    if at_once := _at_once(writer, statements, keys):
        return at_once
    found = writer.rows(statements.confirmed, table.full_name, {KEYS: _values(keys)})
    places = {name: number for number, name in enumerate(statements.needed)}
    # SQL has said which are due, unless it could not read the texts.
    sure = found if not statements.asked.scrubs else [row for row in found if statements.asked.holds(row._mapping)]
    records = [tuple(row)[: len(places)] for row in sure]
    due = [record[: len(table.key)] for record in records]
    if not due:
        return Disposed((), {})
    batch = _Batch(writer, {KEYS: _values(due)}, make)
    starts = ([_start(record, way.starts[0], places) for record in records] for way in statements.ways)
    reached = [batch.reached(way, values) for way, values in zip(statements.ways, starts, strict=True)]
    found_ways = list(zip(statements.ways, reached, strict=True))
    batch.deal([pair for pair in found_ways if not pair[0].line.climbs])
    batch.finish(statements, _word(statements), len(due))
    batch.deal([pair for pair in found_ways if pair[0].line.climbs])
    return Disposed(tuple(due), dict(batch.counts))


def _at_once(writer: Writer, statements: Statements, keys: Sequence[Key]) -> Disposed | None:
    """Deal with some records by the one statement that proves them due as it changes them.

    Where it does not find every one of them nothing is done: which of them are due has to be asked first. Keys that are
    whole numbers name but one record each, and always the same.
    """
    if not statements.proves_itself or not all(type(part) is int for key in keys for part in key):
        return None
    table = statements.act.table.full_name
    writer.mark()
    changed = writer.change(statements.record.changed, {KEYS: _values(keys)}, table)
    if changed == len(keys):
        return Disposed(tuple(keys), {_word(statements): changed})
    writer.back_to_mark()
    return None


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
        return Disposed((), {})
    batch = _Batch(writer, {}, make)
    batch.change_whole(statements, _word(statements), found)
    return Disposed((), dict(batch.counts), found)


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
            if changed != expected:
                mend = "look at its triggers, and at what else changes it now"
                raise Vetoed(f"{expected - changed} rows of {name} did not change as they should", mend)
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
    return (_values(values[start : start + size]) for start in range(0, len(values), size))


def _values(keys: Sequence[Key]) -> list[Any]:
    """Keys as a parameter takes them: plain values where a key has one part."""
    return [key[0] if len(key) == 1 else key for key in keys]
