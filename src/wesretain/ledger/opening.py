"""The ledger, in a file or on a server: created once, opened only where it is, and all that it says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wesretain.ledger import file
from wesretain.ledger.approvals import Approvals
from wesretain.ledger.retention import Retention
from wesretain.ledger.store import Store
from wesretain.model.condition import Condition
from wesretain.model.config import LedgerServer
from wesretain.model.keyed import Keyed

#: Hexadecimal digits of a token.
_TOKEN = 32


@dataclass(frozen=True)
class Ledger(Retention, Approvals):
    """An open ledger: one chain, and what it says of each thing."""

    def token(self, *parts: str) -> str:
        """A name for something that must not be named itself: the same for the same parts, and only in this ledger."""
        return Keyed(self.secret(), parts).digest()[:_TOKEN]


def exists(place: Path | LedgerServer) -> bool:
    """Whether something is there already, be it a ledger or not.

    Raises:
        LedgerError: where nobody can look.
    """
    match place:
        case Path():
            return os.path.exists(place)
        case LedgerServer():
            from wesretain.ledger import server

            return server.exists(place)


def create(place: Path | LedgerServer, now: datetime) -> None:
    """Create an empty ledger; the file's folder, or the server's database, must exist.

    Raises:
        LedgerError: where one is there already, or it cannot be written.
    """
    match place:
        case Path():
            file.create(place, now)
        case LedgerServer():
            from wesretain.ledger import server

            server.create(place, now)


@contextmanager
def opened(place: Path | LedgerServer, parse: Callable[[str], Condition]) -> Iterator[Ledger]:
    """Open a ledger that `init` created. `parse` reads the condition of a hold, as policies write them.

    Raises:
        LedgerError: where it is missing, is no ledger, comes from a newer version, or others can read it.
    """
    with _store(place) as store:
        yield Ledger(store, parse)


def _store(place: Path | LedgerServer) -> AbstractContextManager[Store]:
    match place:
        case Path():
            return file.opened(place)
        case LedgerServer():
            from wesretain.ledger import server

            return server.opened(place)
