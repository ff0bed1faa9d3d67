"""A small application at work: some threads that read and write by key at a steady rate, and how long each waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

import sqlalchemy as sa

from places import Server

_THREADS, _A_SECOND = 4, 100
#: SQLite's writers ask again for so many seconds.
_PATIENCE = 60
WORK = "CREATE TABLE work (id BIGINT PRIMARY KEY, body VARCHAR(100) NOT NULL)"


@dataclass(frozen=True)
class Waited:
    """One statement: when it was to begin, in seconds since 1970, and the seconds from then to its end."""

    at: float
    seconds: float


@dataclass
class Load:
    """The application while it works, on the newest of so many records of a table with a column `agent`."""

    server: Server
    database: str
    table: str
    rows: int
    stopped: Event = field(default_factory=Event)

    def thread(self, number: int, threads: int) -> list[Waited]:
        """Work until it is stopped. Who is late does not wait for the next statement, and is the later with it."""
        found = []
        options = {"timeout": _PATIENCE} if self.server.dialect == "sqlite" else {}
        engine = sa.create_engine(
            self.server.place(self.database).url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=options,
        )
        with engine.connect() as connection:
            count, due = 0, time.time() + number / _A_SECOND
            while not self.stopped.is_set():
                time.sleep(max(due - time.time(), 0))
                connection.exec_driver_sql(self._statement(number + threads * count, count))
                found.append(Waited(due, time.time() - due))
                count, due = count + 1, due + threads / _A_SECOND
        return found

    def _statement(self, unique: int, count: int) -> str:
        """One of four, in turn; keys go to and fro among the newest tenth."""
        recent = self.rows - unique * 7919 % (self.rows // 10)
        match count % 4:
            case 0:
                return f"SELECT agent FROM {self.table} WHERE id = {recent}"
            case 1:
                return f"INSERT INTO work VALUES ({time.time_ns() // 1000}{unique % 10}, 'something new')"
            case 2:
                return f"UPDATE {self.table} SET agent = 'somebody else' WHERE id = {recent}"
            case _:
                return f"SELECT count(*) FROM work WHERE id = {unique}"


@contextmanager
def working(load: Load) -> Iterator[list[Waited]]:
    """The application at work; what it waited for is in the list once it has ended."""
    found: list[Waited] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        threads: list[Future[list[Waited]]] = [pool.submit(load.thread, number, _THREADS) for number in range(_THREADS)]
        try:
            yield found
        finally:
            load.stopped.set()
        found += [each for thread in threads for each in thread.result()]
