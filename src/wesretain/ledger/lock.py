"""One run per database on this machine: a lock that the kernel lets go when its process dies."""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wesretain.errors import LedgerError, Occupied


@contextmanager
def locked(ledger: Path, database: str) -> Iterator[None]:
    """Hold the lock of one database, in a file beside the ledger; each database locks a byte of its own.

    Raises:
        Occupied: where another process holds it.
        LedgerError: where the file cannot be made.
    """
    file_itself = ledger.resolve()  # one lock, by whatever link the ledger is named
    path = file_itself.with_name(f"{file_itself.name}.lock")
    try:
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        mend = "let the user who runs this write to the ledger's folder"
        raise LedgerError(f"the lock {path} cannot be opened: {error.strerror}", mend) from None
    try:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, zlib.crc32(database.encode()))
        except OSError:
            raise Occupied(f"another run owns database {database}", "wait until it has ended") from None
        yield
    finally:
        os.close(file)
