"""The ledger's file: created once with mode 0600, opened only where it is."""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wesretain.errors import LedgerError
from wesretain.ledger.approvals import Approvals
from wesretain.ledger.batches import Batches
from wesretain.ledger.holds import Holds
from wesretain.ledger.migrations import APPLICATION, SCHEMA_VERSION, begin, migrate, version
from wesretain.ledger.reviews import Reviews
from wesretain.model.condition import Condition
from wesretain.policy.trust import redirection

#: Seconds to wait for another process to finish its entry.
PATIENCE = 10
#: Hexadecimal digits of a token.
_TOKEN = 32


@dataclass(frozen=True)
class Ledger(Holds, Approvals, Batches, Reviews):
    """An open ledger: one chain, and what it says of each thing."""

    path: Path

    def token(self, *parts: str) -> str:
        """A name for something that must not be named itself: the same for the same parts, and only in this ledger."""
        coded = [part.encode("utf-8", "surrogatepass") for part in parts]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in coded)
        return hmac.new(self.secret(), message, hashlib.sha256).hexdigest()[:_TOKEN]


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
        begin(connection, now)
    finally:
        connection.close()


@contextmanager
def opened(path: Path, parse: Callable[[str], Condition]) -> Iterator[Ledger]:
    """Open a ledger that `init` created. `parse` reads the condition of a hold, as policies write them.

    Raises:
        LedgerError: where it is missing, is no ledger, comes from a newer version, or others can read it.
    """
    _check_file(path)
    try:
        uri = f"{path.resolve().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE)
    except sqlite3.Error:
        raise LedgerError(f"the ledger {path} cannot be opened", "check its permissions") from None
    try:
        _check(connection, path)
        # Extra is full, and the folder is synced too: else a power cut can bring the journal back, and undo an entry.
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA journal_mode = DELETE")
        migrate(connection)
        yield Ledger(connection, parse, path)
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


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION or version(connection) < 1:
        raise LedgerError(f"{path} is not a ledger of wesretain", "correct `ledger:` in wesretain.yaml")
    if version(connection) > SCHEMA_VERSION:
        raise LedgerError(f"the ledger {path} was written by a newer wesretain", "upgrade this one")
