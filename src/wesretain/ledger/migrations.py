"""How a file of an older ledger becomes one of today: numbered steps, taken in one transaction when it is opened."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wesretain.errors import LedgerError
from wesretain.ledger.chain import COLUMNS, MISUNDERSTANDINGS, beginning, canonical, digest, root, row_after, stamp
from wesretain.model.ledger import Kind

if TYPE_CHECKING:
    from wesretain.ledger.file import FileStore

#: Marks the file as ours (SQLite's `application_id`).
APPLICATION = 0x77657372

#: What makes the table today. The triggers guard against slips; against everything else there are the hashes.
SCHEMA = (
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, "
    "body TEXT, salt TEXT, fingerprint TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    "CREATE INDEX entries_by_kind ON entries (kind)",
    "CREATE INDEX entries_by_subject ON entries (kind, subject)",
    "CREATE INDEX entries_by_time ON entries (at, number) WHERE body IS NOT NULL",
    "CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries WHEN new.body IS NOT NULL OR new.salt IS NOT NULL "
    "OR old.body IS NULL OR (new.number, new.at, new.kind, new.subject, new.fingerprint, new.previous, new.hash) "
    "IS NOT (old.number, old.at, old.kind, old.subject, old.fingerprint, old.previous, old.hash) "
    "BEGIN SELECT raise(ABORT, 'entries of the ledger are never changed'); END",
    "CREATE TRIGGER entries_are_not_removed BEFORE DELETE ON entries "
    "BEGIN SELECT raise(ABORT, 'entries of the ledger are never removed'); END",
)
_GUARDS = ("TRIGGER entries_are_not_changed", "TRIGGER entries_are_not_removed")
_VERSION_1 = (
    "CREATE TABLE ledger (id TEXT NOT NULL, created_at TEXT NOT NULL) STRICT",
    "CREATE TABLE holds (id INTEGER PRIMARY KEY, matter TEXT NOT NULL, reason TEXT NOT NULL, scope TEXT NOT NULL, "
    "placed_at TEXT NOT NULL, review_on TEXT, released_at TEXT, release_reason TEXT) STRICT",
)
_VERSION_2 = (
    "ALTER TABLE ledger ADD COLUMN secret BLOB",
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, "
    "body TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
)


def begin(store: FileStore, now: datetime) -> None:
    """Make an empty file a ledger: the first version of one, and all steps from there. So new and old are alike."""
    with store.transaction():
        for statement in _VERSION_1:
            store.execute(statement)
        store.execute(f"PRAGMA application_id = {APPLICATION}")
        store.execute("INSERT INTO ledger VALUES (?, ?)", (str(uuid.uuid4()), stamp(now)))
        _steps(store, 1)


def version(store: FileStore) -> int:
    """The version that a ledger has now."""
    ((found,),) = store.execute("PRAGMA user_version")
    return int(found)


def migrate(store: FileStore) -> None:
    """Bring a ledger to today's version: wholly, or not at all.

    Raises:
        LedgerError: where something in it cannot be understood.
    """
    if version(store) >= SCHEMA_VERSION:
        return
    with store.transaction():
        _steps(store, version(store))  # another process may have been faster


def _steps(store: FileStore, since: int) -> None:
    for number in range(since + 1, SCHEMA_VERSION + 1):
        _MIGRATIONS[number](store)
        store.execute(f"PRAGMA user_version = {number}")


# -- version 2: one chain of entries instead of a table of holds, and a key for tokens ---------------------------------


def _to_entries(store: FileStore) -> None:
    for statement in _VERSION_2:
        store.execute(statement)
    secret = secrets.token_bytes(32)
    store.execute("UPDATE ledger SET secret = ?", (secret,))
    ((name, created_at),) = store.execute("SELECT id, created_at FROM ledger")
    last = _written_2(store, (0, root(name)), created_at, Kind.LEDGER_CREATED, name, beginning(secret))
    holds = store.execute(
        "SELECT id, placed_at, matter, reason, scope, review_on, released_at, release_reason FROM holds ORDER BY id"
    )
    for number, placed_at, matter, reason, scope, review_on, _, _ in holds:
        told = {"matter": matter, "reason": reason, "review_on": review_on, "by": "", "databases": []}
        body = {**told, "scope": _scope(number, scope)}
        last = _written_2(store, last, placed_at, Kind.HOLD_PLACED, str(number), body)
    for number, _, _, _, _, _, released_at, reason in holds:
        if released_at is not None:
            body = {"reason": reason or "", "by": "", "effective": released_at}
            last = _written_2(store, last, released_at, Kind.HOLD_RELEASED, str(number), body)
    store.execute("DROP TABLE holds")


def _written_2(
    store: FileStore, last: tuple[int, str], at: str, kind: Kind, subject: str, body: Mapping[str, Any]
) -> tuple[int, str]:
    content = (last[0] + 1, at, kind.value, subject, canonical(body), last[1])
    store.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", (*content, digest(content)))
    return content[0], digest(content)


def _scope(number: int, text: str) -> Any:
    try:
        return json.loads(text)
    except MISUNDERSTANDINGS:
        message = f"hold {number} in the ledger cannot be understood, and so cannot be kept"
        raise LedgerError(message, "restore the ledger from its backup") from None


# -- version 3: what an entry says goes into its hash by a fingerprint, so that it can be emptied ----------------------


def _to_fingerprints(store: FileStore) -> None:
    """All hashes become others, so only a chain that is whole is carried over."""
    for guard in ("INDEX entries_by_kind", "INDEX entries_by_subject", *_GUARDS):
        store.execute(f"DROP {guard.replace(' ', ' IF EXISTS ')}")
    store.execute("ALTER TABLE entries RENAME TO entries_2")
    for statement in SCHEMA:
        store.execute(statement)
    ((name,),) = store.execute("SELECT id FROM ledger")
    before, last = (0, root(name)), (0, root(name))
    for content in store.execute(
        "SELECT number, at, kind, subject, body, previous, hash FROM entries_2 ORDER BY number"
    ):
        number, at, kind, subject, body, previous, own = content
        if (number - 1, previous) != before or digest(content[:6]) != own:
            message = f"entry {number} in the ledger has been changed since it was written"
            raise LedgerError(message, "restore the ledger from its backup")
        row = row_after(last, (at, kind, subject), body, secrets.token_hex(16))
        store.execute(f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        before, last = (number, own), (row.number, row.hash)
    store.execute("DROP TABLE entries_2")


_MIGRATIONS: Mapping[int, Callable[[FileStore], None]] = {2: _to_entries, 3: _to_fingerprints}
SCHEMA_VERSION = max(_MIGRATIONS)
