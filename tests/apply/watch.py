"""The end of a ledger, watched from outside while a run writes to it."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from apply.company import Company
from wesretain.model.ledger import Kind

#: Seconds that a run may take on the slowest of machines.
PATIENCE = 60


@dataclass(frozen=True)
class Watch:
    """The end of the ledger, read from outside while a run writes to it."""

    connection: sqlite3.Connection

    def last(self) -> tuple[int, str]:
        """Number and kind of the last entry."""
        query = "SELECT number, kind FROM entries ORDER BY number DESC LIMIT 1"
        found: tuple[int, str] = self.connection.execute(query).fetchone()
        return found

    def wait(self, process: subprocess.Popen[bytes], after: int, kind: Kind) -> None:
        """Wait for an entry of a kind after a number.

        Raises:
            EndedTooSoon: where the process ends first.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ended = process.poll() is not None
            number, found = self.last()
            if number > after and kind is Kind(found):
                return
            if ended:
                raise EndedTooSoon
            time.sleep(0.0005)
        raise AssertionError("the run took too long")


class EndedTooSoon(Exception):
    """A run had ended before it could be disturbed."""


@contextmanager
def watching(shop: Company) -> Iterator[Watch]:
    uri = f"{(shop.folder / 'ledger').as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE)) as connection:
        yield Watch(connection)
