"""The ledger's file: created once with mode 0600, opened only where it is, read and written by few functions."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from wesretain.errors import LedgerError
from wesretain.model.condition import Condition
from wesretain.model.hold import (
    Hold,
    OnCategory,
    OnDatabase,
    OnRecord,
    OnRecords,
    OnSubject,
    OnTable,
    Scope,
    scope_row,
)
from wesretain.model.rule import Category, TableName

SCHEMA_VERSION = 1
#: Marks the file as ours (SQLite's `application_id`).
APPLICATION = 0x77657372
_SCHEMA = """
CREATE TABLE ledger (id TEXT NOT NULL, created_at TEXT NOT NULL) STRICT;
CREATE TABLE holds (
    id INTEGER PRIMARY KEY,
    matter TEXT NOT NULL,
    reason TEXT NOT NULL,
    scope TEXT NOT NULL,
    placed_at TEXT NOT NULL,
    review_on TEXT,
    released_at TEXT,
    release_reason TEXT
) STRICT;
"""


def create(path: Path, now: datetime) -> None:
    """Create an empty ledger; its folder must exist.

    Raises:
        LedgerError: where something is there already, or the file cannot be written.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise LedgerError(f"{path} is there already", "a ledger is never overwritten; name another path") from None
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be created: {error.strerror}", "choose a folder that you may write to"
        ) from None
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("INSERT INTO ledger VALUES (?, ?)", (str(uuid.uuid4()), now.isoformat()))
        connection.execute("COMMIT")
    finally:
        connection.close()


@dataclass(frozen=True)
class Ledger:
    """An open ledger. `parse` reads the condition of a hold on records, as policies write them."""

    connection: sqlite3.Connection
    parse: Callable[[str], Condition]

    def holds(self) -> tuple[Hold, ...]:
        """All holds that were ever placed, oldest first."""
        rows = self.connection.execute(
            "SELECT id, matter, reason, scope, placed_at, review_on, released_at FROM holds ORDER BY id"
        )
        return tuple(
            Hold(
                id=number,
                matter=matter,
                reason=reason,
                scope=self._scope(json.loads(scope)),
                placed_at=datetime.fromisoformat(placed_at),
                review_on=date.fromisoformat(review_on) if review_on else None,
                released_at=datetime.fromisoformat(released_at) if released_at else None,
            )
            for number, matter, reason, scope, placed_at, review_on, released_at in rows
        )

    def place_hold(self, matter: str, reason: str, scope: Scope, now: datetime, review_on: date | None = None) -> int:
        """Write a hold down, and return its number."""
        row = (
            matter,
            reason,
            json.dumps(scope_row(scope)),
            now.isoformat(),
            review_on.isoformat() if review_on else None,
        )
        cursor = self.connection.execute(
            "INSERT INTO holds (matter, reason, scope, placed_at, review_on) VALUES (?, ?, ?, ?, ?)", row
        )
        return int(cursor.lastrowid or 0)

    def _scope(self, row: dict[str, object]) -> Scope:
        kind = row["kind"]
        if kind == "category":
            return OnCategory(Category(str(row["category"])))
        if kind == "database":
            return OnDatabase(str(row["database"]))
        table = _table_name(str(row["table"]))
        if kind == "table":
            return OnTable(table)
        if kind == "records":
            return OnRecords(table, self.parse(str(row["where"])), str(row["where"]))
        key = tuple(str(part) for part in _list(row["key"]))
        return OnSubject(table, key) if kind == "subject" else OnRecord(table, key)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _table_name(text: str) -> TableName:
    database, *schema, name = text.split(".")
    return TableName(database, ".".join(schema) or None, name)


@contextmanager
def opened(path: Path, parse: Callable[[str], Condition]) -> Iterator[Ledger]:
    """Open a ledger that `init` created.

    Raises:
        LedgerError: where it is missing, is no ledger, comes from a newer version, or others can read it.
    """
    if not path.is_file():
        raise LedgerError(
            f"the ledger {path} is missing", "restore it from its backup, or create a first one with `wesretain init`"
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise LedgerError(f"the ledger {path} is open to others", f"run `chmod 600 {path}`")
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None)
    except sqlite3.Error:
        raise LedgerError(f"the ledger {path} cannot be opened", "check its permissions") from None
    try:
        _check(connection, path)
        yield Ledger(connection, parse)
    except sqlite3.DatabaseError:
        raise LedgerError(f"the ledger {path} cannot be read", "restore it from its backup") from None
    finally:
        connection.close()


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        raise LedgerError(f"{path} is not a ledger of wesretain", "correct `ledger:` in wesretain.yaml")
    if version > SCHEMA_VERSION:
        raise LedgerError(f"the ledger {path} was written by a newer wesretain", "upgrade this one")
