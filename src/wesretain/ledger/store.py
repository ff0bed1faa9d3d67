"""What a chain asks of the place where it is kept, be it a file or a server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Store(Protocol):
    """An open ledger's tables. Statements are plain SQL, with `?` where a value goes."""

    @property
    def locks_machine(self) -> bool:
        """Whether nobody else of this machine runs on a database while `owning` holds it."""

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Carry out a statement, by itself or within the transaction that is under way; all rows that it gives."""

    def transaction(self) -> AbstractContextManager[None]:
        """Keep others from writing, then write all or nothing: on the disk when it ends."""

    def flaws(self) -> Iterator[str]:
        """What is not as wesretain makes it, in words: tables, what guards them, and the file itself."""

    def owning(self, database: str) -> AbstractContextManager[None]:
        """Keep the other runs of this machine off a database, where the store can.

        Raises:
            Occupied: where another run owns it.
        """
