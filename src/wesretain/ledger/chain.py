"""The chain: entries that are only ever appended, each of which carries the hash of the one before it."""

from __future__ import annotations

import hashlib
import heapq
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from wesretain.errors import LedgerError
from wesretain.model.ledger import Entry, Kind

#: What makes the table. The triggers guard against slips; against everything else there are the hashes.
SCHEMA = (
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, "
    "body TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    "CREATE INDEX entries_by_kind ON entries (kind)",
    "CREATE INDEX entries_by_subject ON entries (kind, subject)",
    "CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries "
    "BEGIN SELECT raise(ABORT, 'entries of the ledger are never changed'); END",
    "CREATE TRIGGER entries_are_not_removed BEFORE DELETE ON entries "
    "BEGIN SELECT raise(ABORT, 'entries of the ledger are never removed'); END",
)
#: Entries that are read at a time. Between pages no lock stands on the file, however slowly they are looked at.
PAGE = 1_000
_COLUMNS = "number, at, kind, subject, body, previous, hash"
_LOWEST = -(2**63)
_RESTORE = "restore the ledger from its backup"
#: What goes wrong when a text turns out not to be what it should be.
MISUNDERSTANDINGS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Chain:
    """The entries of an open ledger. All that the ledger knows is read out of them."""

    connection: sqlite3.Connection

    @property
    def id(self) -> str:
        """The ledger's own name, which no other ledger has."""
        return str(self._about()[0])

    def head(self) -> str:
        """The hash of the last entry; it stands for the whole chain up to there."""
        return str(last_row(self.connection)[6])

    def has_head(self, hash: str) -> bool:
        """Whether a hash that was the head once is in the chain still."""
        return self.connection.execute("SELECT 1 FROM entries WHERE hash = ?", (hash,)).fetchone() is not None

    def append(self, kind: Kind, subject: str, body: Mapping[str, Any], now: datetime) -> Entry:
        """Write an entry at the end of the chain; it is on the disk when this returns.

        Raises:
            LedgerError: where the last entry is not as it was written.
        """
        with transaction(self.connection):
            return self.add(kind, subject, body, now)

    def add(self, kind: Kind, subject: str, body: Mapping[str, Any], now: datetime) -> Entry:
        """Write an entry within a transaction that is under way.

        Raises:
            LedgerError: where the last entry is not as it was written.
        """
        last = _sound(last_row(self.connection))
        row = write(self.connection, (last[0], last[6]), stamp(now), kind, subject, body)
        return _entry(row)

    def entries(self, *, kinds: Sequence[Kind] = (), subject: str | None = None, after: int = 0) -> Iterator[Entry]:
        """The entries that there are now, oldest first: of some kinds, on a subject, after a number.

        Raises:
            LedgerError: where one is not as it was written, or cannot be understood.
        """
        conditions = {} if subject is None else {"subject": subject}
        if not kinds:
            return map(_entry, map(_sound, self._rows(conditions, after + 1)))
        # One kind at a time comes out of its index in the right order; all at once would have to be sorted.
        each = (self._rows({"kind": kind.value, **conditions}, after + 1) for kind in dict.fromkeys(kinds))
        return heapq.merge(*(map(_entry, map(_sound, rows)) for rows in each), key=attrgetter("number"))

    def verify(self) -> Iterator[str]:
        """Every break of the chain, in words, with the number of its entry."""
        if not self._as_made():
            yield "the table of entries is not as wesretain makes it"
            return
        if self.connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            yield "the file is damaged: its parts do not fit together"
        number, previous = 1, root(self.id)
        for row in self._rows({}, _LOWEST):
            if row[0] == 1 and not self._began(row):
                yield "entry 1 does not tell how this ledger began"
            yield from _breaks(row, number, previous)
            if row[0] >= number:
                number, previous = row[0] + 1, row[6]
        if number == 1:
            yield "entry 1 is missing, and all others"

    def secret(self) -> bytes:
        """The key of this ledger's tokens, which never leaves it."""
        return bytes(self._about()[2])

    def _about(self) -> Row:
        row: Row | None = self.connection.execute("SELECT id, created_at, secret FROM ledger").fetchone()
        if row is None or not row[2]:
            raise LedgerError("the ledger has lost its name or its key", _RESTORE)
        return row

    def _rows(self, equal: Mapping[str, str], start: int) -> Iterator[Row]:
        (top,) = self.connection.execute("SELECT max(number) FROM entries").fetchone()
        where = "".join(f" AND {column} = ?" for column in equal)
        query = f"SELECT {_COLUMNS} FROM entries WHERE number BETWEEN ? AND ?{where} ORDER BY number LIMIT {PAGE}"
        while top is not None and start <= top:
            page = self.connection.execute(query, (start, top, *equal.values())).fetchall()
            yield from page
            if len(page) < PAGE:
                return
            start = page[-1][0] + 1

    def _as_made(self) -> bool:
        found = self.connection.execute("SELECT sql FROM sqlite_schema WHERE tbl_name = 'entries'")
        return sorted(sql for (sql,) in found) == sorted(SCHEMA)

    def _began(self, row: Row) -> bool:
        """Whether the first entry fits what the file says of itself elsewhere."""
        name, created_at, secret = self._about()
        body = canonical(beginning(secret))
        return row[1:5] == (created_at, Kind.LEDGER_CREATED.value, name, body)


# -- writing ----------------------------------------------------------------------------------------------------------


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Keep others from writing, then write all or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def write(
    connection: sqlite3.Connection, last: tuple[int, str], at: str, kind: Kind, subject: str, body: Mapping[str, Any]
) -> Row:
    """Write a row after the last one, of which number and hash are given."""
    number, previous = last[0] + 1, last[1]
    content = (number, at, kind.value, subject, canonical(body), previous)
    row = (*content, digest(content))
    connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return row


def root(ledger: str) -> str:
    """What the first entry of a ledger names as the hash before it."""
    return digest((ledger, Kind.LEDGER_CREATED.value))


def beginning(secret: bytes) -> dict[str, str]:
    """What the first entry says: which key the tokens are made with, without giving it away."""
    return {"secret": hashlib.sha256(secret).hexdigest()}


def stamp(now: datetime) -> str:
    """An instant as entries write it: ISO 8601 in UTC."""
    return now.astimezone(UTC).isoformat()


def canonical(value: object) -> str:
    """The one way in which a value is written as JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(content: Sequence[object]) -> str:
    """SHA-256 in hex over the canonical JSON of a list."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


# -- reading ----------------------------------------------------------------------------------------------------------


def last_row(connection: sqlite3.Connection) -> Row:
    """The newest row.

    Raises:
        LedgerError: where there is none at all.
    """
    row: Row | None = connection.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        raise LedgerError("the ledger has lost its entries", _RESTORE)
    return row


def instant(text: str) -> datetime:
    """An instant that was written down with its offset.

    Raises:
        ValueError: where it is none, or has no offset.
    """
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(text)
    return read


def misunderstood(entry: Entry) -> LedgerError:
    """The error of an entry that does not say what its kind has to say."""
    return LedgerError(f"entry {entry.number} in the ledger cannot be understood", _RESTORE)


def _sound(row: Row) -> Row:
    """A row that is as it was written: nothing may be decided by another."""
    if not _fits(row):
        mend = f"see `wesretain ledger verify`, then {_RESTORE}"
        raise LedgerError(f"entry {row[0]} in the ledger has been changed since it was written", mend)
    return row


def _fits(row: Row) -> bool:
    try:
        return bool(digest(row[:6]) == row[6])
    except MISUNDERSTANDINGS:
        return False


def _entry(row: Row) -> Entry:
    number, at, kind, subject, body, previous, own = row
    try:
        return Entry(number, instant(at), Kind(kind), subject, _body(body), previous, own)
    except MISUNDERSTANDINGS:
        raise LedgerError(f"entry {number} in the ledger cannot be understood", _RESTORE) from None


def _body(text: str) -> dict[str, Any]:
    """A body that is written in the one way in which they are: else two readers could read it differently."""
    body = json.loads(text)
    if not isinstance(body, dict) or canonical(body) != text:
        raise ValueError(text)
    return body


def _breaks(row: Row, number: int, previous: str) -> Iterator[str]:
    """What is wrong with a row, where one with this number and this hash before it should stand."""
    found = row[0]
    if found < number:
        yield f"entry {found} has no place in the chain"
    elif found > number:
        yield f"entry {number} is missing" if found == number + 1 else f"entries {number} to {found - 1} are missing"
    elif row[5] != previous:
        yield f"entry {found} does not follow what stands before it: that was changed, removed or moved"
    if not _fits(row):
        yield f"entry {found} has been changed since it was written"
        return
    try:
        _entry(row)
    except LedgerError:
        yield f"entry {found} cannot be understood"
