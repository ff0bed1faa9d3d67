"""How an older ledger becomes one of today: numbered steps, taken in one transaction when it is opened."""

from __future__ import annotations

import json
import secrets
import sqlite3
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from wesretain.errors import LedgerError
from wesretain.ledger.chain import MISUNDERSTANDINGS, SCHEMA, beginning, root, stamp, transaction, write
from wesretain.model.ledger import Kind

#: Marks the file as ours (SQLite's `application_id`).
APPLICATION = 0x77657372
_VERSION_1 = (
    "CREATE TABLE ledger (id TEXT NOT NULL, created_at TEXT NOT NULL) STRICT",
    "CREATE TABLE holds (id INTEGER PRIMARY KEY, matter TEXT NOT NULL, reason TEXT NOT NULL, scope TEXT NOT NULL, "
    "placed_at TEXT NOT NULL, review_on TEXT, released_at TEXT, release_reason TEXT) STRICT",
)


def begin(connection: sqlite3.Connection, now: datetime) -> None:
    """Make an empty file a ledger: the first version of one, and all steps from there. So new and old are alike."""
    with transaction(connection):
        for statement in _VERSION_1:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("INSERT INTO ledger VALUES (?, ?)", (str(uuid.uuid4()), stamp(now)))
        _steps(connection, 1)


def version(connection: sqlite3.Connection) -> int:
    """The version that a ledger has now."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a ledger to today's version: wholly, or not at all.

    Raises:
        LedgerError: where something in it cannot be understood.
    """
    if version(connection) >= SCHEMA_VERSION:
        return
    with transaction(connection):
        _steps(connection, version(connection))  # another process may have been faster


def _steps(connection: sqlite3.Connection, since: int) -> None:
    for number in range(since + 1, SCHEMA_VERSION + 1):
        _MIGRATIONS[number](connection)
        connection.execute(f"PRAGMA user_version = {number}")


def _to_entries(connection: sqlite3.Connection) -> None:
    """Version 2: one chain of entries instead of a table of holds, and a key for tokens."""
    for statement in ("ALTER TABLE ledger ADD COLUMN secret BLOB", *SCHEMA):
        connection.execute(statement)
    secret = secrets.token_bytes(32)
    connection.execute("UPDATE ledger SET secret = ?", (secret,))
    ((name, created_at),) = connection.execute("SELECT id, created_at FROM ledger").fetchall()
    last = _written(connection, (0, root(name)), created_at, Kind.LEDGER_CREATED, name, beginning(secret))
    holds = connection.execute(
        "SELECT id, placed_at, matter, reason, scope, review_on, released_at, release_reason FROM holds ORDER BY id"
    ).fetchall()
    for number, placed_at, matter, reason, scope, review_on, _, _ in holds:
        told = {"matter": matter, "reason": reason, "review_on": review_on, "by": "", "databases": []}
        body = {**told, "scope": _scope(number, scope)}
        last = _written(connection, last, placed_at, Kind.HOLD_PLACED, str(number), body)
    for number, _, _, _, _, _, released_at, reason in holds:
        if released_at is not None:
            body = {"reason": reason or "", "by": "", "effective": released_at}
            last = _written(connection, last, released_at, Kind.HOLD_RELEASED, str(number), body)
    connection.execute("DROP TABLE holds")


_MIGRATIONS: Mapping[int, Callable[[sqlite3.Connection], None]] = {2: _to_entries}
SCHEMA_VERSION = max(_MIGRATIONS)


def _written(
    connection: sqlite3.Connection, last: tuple[int, str], at: str, kind: Kind, subject: str, body: Mapping[str, Any]
) -> tuple[int, str]:
    row = write(connection, last, at, kind, subject, body)
    return row[0], row[6]


def _scope(number: int, text: str) -> Any:
    try:
        return json.loads(text)
    except MISUNDERSTANDINGS:
        message = f"hold {number} in the ledger cannot be understood, and so cannot be kept"
        raise LedgerError(message, "restore the ledger from its backup") from None
