"""The chain: entries that are only ever appended, each of which carries the hash of the one before it.

What an entry says (its body) goes into its hash by a fingerprint of its own. So a body that is no longer kept can be
emptied, and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from wesretain.errors import LedgerError
from wesretain.ledger.ranges import Ranges
from wesretain.ledger.store import Store
from wesretain.model.ledger import Entry, Kind

#: Entries that are read at a time. Between pages no lock stands on the store, however slowly they are looked at.
PAGE = 1_000
#: No entry is emptied sooner after it was written: a year, less the day by which calendars differ.
SOONEST = timedelta(days=364)
COLUMNS = "number, at, kind, subject, body, salt, fingerprint, previous, hash"
_LOWEST = -(2**63)
_RESTORE = "restore the ledger from its backup"
#: What goes wrong when a text turns out not to be what it should be.
MISUNDERSTANDINGS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Row(NamedTuple):
    """An entry as the store has it; nothing in it may be trusted before it has been looked at.

    `salt` keeps anybody from guessing a body that was emptied by its fingerprint; body and salt are emptied together.
    """

    number: Any
    at: Any
    kind: Any
    subject: Any
    body: Any
    salt: Any
    fingerprint: Any
    previous: Any
    hash: Any


class About(NamedTuple):
    """What the store says of the ledger itself."""

    id: Any
    created_at: Any
    secret: Any


@dataclass(frozen=True)
class Chain:
    """The entries of an open ledger. All that the ledger knows is read out of them."""

    store: Store

    @property
    def id(self) -> str:
        """The ledger's own name, which no other ledger has."""
        return str(self._about().id)

    def head(self) -> str:
        """The hash of the last entry; it stands for the whole chain up to there."""
        return str(last_row(self.store).hash)

    def has_head(self, hash: str) -> bool:
        """Whether a hash that was the head once is in the chain still."""
        return bool(self.store.execute("SELECT 1 FROM entries WHERE hash = ?", (hash,)))

    def append(self, kind: Kind, subject: str, body: Mapping[str, Any], now: datetime) -> Entry:
        """Write an entry at the end of the chain; it is on the disk when this returns.

        Raises:
            LedgerError: where the last entry is not as it was written.
        """
        with self.store.transaction():
            return self.add(kind, subject, body, now)

    def add(self, kind: Kind, subject: str, body: Mapping[str, Any], now: datetime) -> Entry:
        """Write an entry within a transaction that is under way.

        Raises:
            LedgerError: where the last entry is not as it was written.
        """
        last = _sound(last_row(self.store))
        return _entry(write(self.store, (last.number, last.hash), stamp(now), kind, subject, body))

    def entries(self, *, kinds: Sequence[Kind] = (), subject: str | None = None, after: int = 0) -> Iterator[Entry]:
        """The entries that there are now, oldest first: of some kinds, on a subject, after a number.

        Those that the ledger's own retention has emptied are left out.

        Raises:
            LedgerError: where one is not as it was written, or cannot be understood.
        """
        found = self.all_entries(kinds=kinds, subject=subject, after=after)
        return (entry for entry in found if not entry.emptied)

    def all_entries(self, *, kinds: Sequence[Kind] = (), subject: str | None = None, after: int = 0) -> Iterator[Entry]:
        """The same with those that were emptied.

        Raises:
            LedgerError: where one is not as it was written, or cannot be understood, or says nothing any more and no
                later entry tells why.
        """
        conditions = {} if subject is None else {"subject": subject}
        if not kinds:
            return self._read(conditions, after)
        # One kind at a time comes out of its index in the right order; all at once would have to be sorted.
        each = (self._read({"kind": kind.value, **conditions}, after) for kind in dict.fromkeys(kinds))
        return heapq.merge(*each, key=attrgetter("number"))

    def has(self, kind: Kind, subject: str) -> bool:
        """Whether there is an entry of a kind on a subject, emptied or not."""
        return any(True for _ in self.all_entries(kinds=(kind,), subject=subject))

    def verify(self) -> Iterator[str]:
        """Every break of the chain, in words, with the number of its entry."""
        if flaws := list(self.store.flaws()):
            yield from flaws
            return
        number, previous, emptied = 1, root(self.id), Ranges()
        for row in self.rows({}, _LOWEST):
            if row.number == 1 and not self._began(row):
                yield "entry 1 does not tell how this ledger began"
            yield from _breaks(row, number, previous)
            if row.body is None:
                emptied.add(row.number)
            if row.number >= number:
                number, previous = row.number + 1, row.hash
        if number == 1:
            yield "entry 1 is missing, and all others"
        try:
            yield from self._unexplained(emptied)
        except LedgerError as error:
            yield error.message

    def secret(self) -> bytes:
        """The key of this ledger's tokens, which never leaves it."""
        return bytes(self._about().secret)

    def told_emptied(self) -> Ranges:
        """The numbers of all entries of which later ones tell that they were emptied.

        Raises:
            LedgerError: where one of those that tell cannot be understood.
        """
        told = Ranges()
        for entry in self._read({"kind": Kind.ENTRIES_EMPTIED.value}, 0):
            for first, last in emptied_by(entry):
                told.add(first, last)
        return told

    def rows(self, equal: Mapping[str, str], start: int) -> Iterator[Row]:
        """The rows from a number on whose columns have some values, as they stand in the store."""
        ((top,),) = self.store.execute("SELECT max(number) FROM entries")
        where = "".join(f" AND {column} = ?" for column in equal)
        query = f"SELECT {COLUMNS} FROM entries WHERE number BETWEEN ? AND ?{where} ORDER BY number LIMIT {PAGE}"
        while top is not None and start <= top:
            page = self.store.execute(query, (start, top, *equal.values()))
            yield from (Row(*row) for row in page)
            if len(page) < PAGE:
                return
            start = page[-1][0] + 1

    def _read(self, equal: Mapping[str, str], after: int) -> Iterator[Entry]:
        told: Ranges | None = None
        for row in map(_sound, self.rows(equal, after + 1)):
            if row.body is None:
                told = self.told_emptied() if told is None else told
                if row.number not in told:
                    mend = f"see `wesretain ledger verify`, then {_RESTORE}"
                    raise LedgerError(f"entry {row.number} in the ledger has lost what it said", mend)
            yield _entry(row)

    def _unexplained(self, emptied: Ranges) -> Iterator[str]:
        """The entries that say nothing any more without being told of, and those that were emptied too early."""
        told = self.told_emptied()
        for number in emptied.beyond(told):
            yield f"entry {number} has lost what it said, and no later entry tells that it was emptied"
        for entry in self._read({"kind": Kind.ENTRIES_EMPTIED.value}, 0):
            for first, last in emptied_by(entry):
                query = "SELECT max(at) FROM entries WHERE number BETWEEN ? AND ?"
                ((newest,),) = self.store.execute(query, (first, last))
                before = entry.body["before"]
                if newest is None or newest >= before or before > stamp(entry.at - SOONEST):
                    yield f"entry {entry.number} tells of entries emptied that were not old enough"

    def _about(self) -> About:
        found = self.store.execute("SELECT id, created_at, secret FROM ledger")
        about = About(*found[0]) if found else None
        if about is None or not about.secret:
            raise LedgerError("the ledger has lost its name or its key", _RESTORE)
        return about

    def _began(self, row: Row) -> bool:
        """Whether the first entry fits what the store says of the ledger elsewhere."""
        about = self._about()
        body = canonical(beginning(bytes(about.secret)))
        return row[1:5] == (about.created_at, Kind.LEDGER_CREATED.value, about.id, body)


# -- writing ----------------------------------------------------------------------------------------------------------


def write(store: Store, last: tuple[int, str], at: str, kind: Kind, subject: str, body: Mapping[str, Any]) -> Row:
    """Write a row after the last one, of which number and hash are given."""
    text, salt = canonical(body), secrets.token_hex(16)
    row = row_after(last, (at, kind.value, subject), text, salt)
    store.execute(f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return row


def row_after(last: tuple[int, str], facts: tuple[str, str, str], body: str, salt: str) -> Row:
    """The row that follows another, with its fingerprint and its hash. `facts` are instant, kind and subject."""
    number, previous, fingerprint = last[0] + 1, last[1], digest((salt, body))
    return Row(number, *facts, body, salt, fingerprint, previous, digest((number, *facts, fingerprint, previous)))


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


def last_row(store: Store) -> Row:
    """The newest row.

    Raises:
        LedgerError: where there is none at all.
    """
    found = store.execute(f"SELECT {COLUMNS} FROM entries ORDER BY number DESC LIMIT 1")
    if not found:
        raise LedgerError("the ledger has lost its entries", _RESTORE)
    return Row(*found[0])


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


def emptied_by(entry: Entry) -> tuple[tuple[int, int], ...]:
    """Of which entries one tells that they were emptied: first and last number of each stretch.

    Raises:
        LedgerError: where it cannot be understood.
    """
    match entry.body:
        case {"before": str(), "entries": list(stretches)}:
            try:
                return tuple((int(first), int(last)) for first, last in stretches)
            except MISUNDERSTANDINGS:
                raise misunderstood(entry) from None
        case _:
            raise misunderstood(entry)


def read_row(row: Row) -> Entry:
    """The entry that a row is.

    Raises:
        LedgerError: where it is not as it was written, or cannot be understood.
    """
    return _entry(_sound(row))


def _sound(row: Row) -> Row:
    """A row that is as it was written: nothing may be decided by another."""
    if not _fits(row):
        mend = f"see `wesretain ledger verify`, then {_RESTORE}"
        raise LedgerError(f"entry {row.number} in the ledger has been changed since it was written", mend)
    return row


def _fits(row: Row) -> bool:
    """Whether the hash is that of the row, and the fingerprint that of its body, where it still has one."""
    try:
        emptied = row.body is None and row.salt is None
        whole = emptied or (isinstance(row.salt, str) and digest((row.salt, row.body)) == row.fingerprint)
        return bool(whole and digest((*row[:4], row.fingerprint, row.previous)) == row.hash)
    except MISUNDERSTANDINGS:
        return False


def _entry(row: Row) -> Entry:
    number, at, kind, subject, text, *rest = row
    try:
        return Entry(number, instant(at), Kind(kind), subject, {} if text is None else _body(text), *rest)
    except MISUNDERSTANDINGS:
        raise LedgerError(f"entry {row.number} in the ledger cannot be understood", _RESTORE) from None


def _body(text: str) -> dict[str, Any]:
    """A body that is written in the one way in which they are: else two readers could read it differently."""
    body = json.loads(text)
    if not isinstance(body, dict) or canonical(body) != text:
        raise ValueError(text)
    return body


def _breaks(row: Row, number: int, previous: str) -> Iterator[str]:
    """What is wrong with a row, where one with this number and this hash before it should stand."""
    found = row.number
    if found < number:
        yield f"entry {found} has no place in the chain"
    elif found > number:
        yield f"entry {number} is missing" if found == number + 1 else f"entries {number} to {found - 1} are missing"
    elif row.previous != previous:
        yield f"entry {found} does not follow what stands before it: that was changed, removed or moved"
    if not _fits(row):
        yield f"entry {found} has been changed since it was written"
        return
    try:
        _entry(row)
    except LedgerError:
        yield f"entry {found} cannot be understood"
