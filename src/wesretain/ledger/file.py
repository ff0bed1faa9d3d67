"""A ledger in an SQLite file: created once with mode 0600, opened only where it is."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from wesretain.errors import LedgerError
from wesretain.ledger.lock import locked
from wesretain.ledger.migrations import APPLICATION, SCHEMA, SCHEMA_VERSION, begin, migrate, version
from wesretain.policy.trust import redirection

#: Seconds to wait for another process to finish its entry.
PATIENCE = 10


@dataclass(frozen=True)
class FileStore:
    """The file of an open ledger."""

    connection: sqlite3.Connection
    path: Path
    locks_machine = True

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """All rows that a statement gives."""
        return self.connection.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep others from writing, then write all or nothing."""
        try:  # a signal may meet any line
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def flaws(self) -> Iterator[str]:
        """Tables and triggers that are not as they are made, or a file whose parts do not fit together."""
        found = self.execute("SELECT sql FROM sqlite_schema WHERE tbl_name = 'entries'")
        if sorted(str(sql) for (sql,) in found) != sorted(SCHEMA):
            yield "the table of entries is not as wesretain makes it"
        elif self.execute("PRAGMA integrity_check(1)") != [("ok",)]:
            yield "the file is damaged: its parts do not fit together"

    def owning(self, database: str) -> AbstractContextManager[None]:
        """The lock of one database, in a file beside the ledger."""
        return locked(self.path, database)


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
        begin(FileStore(connection, path), now)
    finally:
        connection.close()


@contextmanager
def opened(path: Path) -> Iterator[FileStore]:
    """Open a ledger that `init` created.

    Raises:
        LedgerError: where it is missing, is no ledger, comes from a newer version, or others can read it.
    """
    _check_file(path)
    try:
        uri = f"{path.resolve().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE)
    except sqlite3.Error:
        raise LedgerError(f"the ledger {path} cannot be opened", "check its permissions") from None
    store = FileStore(connection, path)
    try:
        _check(store)
        # Extra is full, and the folder is synced too: else a power cut can bring the journal back, and undo an entry.
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA secure_delete = ON")  # what is emptied is gone from the file
        migrate(store)
        yield store
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # SQLite quotes what it cannot read
        raise _unreadable(path, error) from None
    finally:
        connection.close()


def _check_file(path: Path) -> None:
    try:
        if found := redirection(path):
            raise LedgerError(f"the ledger {path} cannot be trusted: {found.message}", found.mend)
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mend = "restore it from its backup, or create a first one with `wesretain init`"
        raise LedgerError(f"the ledger {path} is missing", mend) from None
    except (OSError, ValueError):
        raise LedgerError(f"the ledger {path} cannot be opened", "check its permissions") from None
    if not stat.S_ISREG(mode):
        raise LedgerError(f"the ledger {path} is not a file", "correct `ledger:` in wesretain.yaml")
    if stat.S_IMODE(mode) & 0o077:
        raise LedgerError(f"the ledger {path} is open to others", f"run `chmod 600 {path}`")


def _unreadable(path: Path, error: Exception) -> LedgerError:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LedgerError(f"another program keeps the ledger {path} locked", "run this again when it is done")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_READONLY:
            return LedgerError(f"the ledger {path} cannot be opened", "check its permissions and its folder's")
        case sqlite3.SQLITE_FULL:
            return LedgerError(f"the ledger {path} cannot be written", "make room on its disk")
        case _:
            return LedgerError(f"the ledger {path} cannot be read", "restore it from its backup")


def _check(store: FileStore) -> None:
    ((application,),) = store.execute("PRAGMA application_id")
    if application != APPLICATION or version(store) < 1:
        raise LedgerError(f"{store.path} is not a ledger of wesretain", "correct `ledger:` in wesretain.yaml")
    if version(store) > SCHEMA_VERSION:
        raise LedgerError(f"the ledger {store.path} was written by a newer wesretain", "upgrade this one")
