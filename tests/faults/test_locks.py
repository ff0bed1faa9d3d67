"""Somebody else holds what a run needs: a deadlock, a lock that is not let go in time, a statement that takes long."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from faults.conftest import Counting
from faults.line import ON_SERVERS, Line
from faults.proxy import Statement
from faults.scene import APPLY, PATIENCE, Scene
from faults.tally import Tally, times

#: What an error is called: PostgreSQL's code, MariaDB's number.
DEADLOCK, NO_LOCK, TOO_LONG = (b"C40P01", 1213), (b"C55P03", 1205), (b"C57014", 1969)
#: Rows that a batch of `old-orders` needs, and all that a redaction or a table without a key does.
ROWS = ("orders", "items", "serials", "parcels", "remarks", "visits", "searches", "hits", "tokens")
#: Whether a session waits for a lock.
WAITS = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE pid = {} AND wait_event_type = 'Lock'",
    "mariadb": "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = {}"
    " AND trx_state = 'LOCK WAIT'",
}
#: Seconds between two looks: MariaDB shows an old picture to who looks more often than every tenth of a second.
_LOOK = 0.15
#: The opponent itself does not wait for long.
IMPATIENT = {"postgresql": "SET lock_timeout = '5s'", "mariadb": "SET innodb_lock_wait_timeout = 5"}
#: A server that waits looks for a deadlock soon, but the opponent does not: so the run is the one to give way.
HASTE = "ALTER DATABASE {} SET deadlock_timeout = '300ms'"


@dataclass
class Opponent:
    """Another session, which takes what a run needs when a batch begins, and lets it go when the run was refused."""

    line: Line
    table: str
    batch: int
    error: tuple[bytes, int]
    met: bool = False
    leaves: bool = False
    began: int = 0
    connection: Any = None
    crossing: threading.Thread | None = None
    failures: list[BaseException] = field(default_factory=list)

    @property
    def crosses(self) -> bool:
        """Whether it will want what the run has."""
        return self.error == DEADLOCK

    def before(self, statement: Statement) -> None:
        """Take the rows when the batch begins."""
        self.began += statement.is_begin
        if not statement.is_begin or self.began != self.batch or self.connection is not None:
            return
        scene = self.line.scene
        self.connection = sa.create_engine(scene.shop.url, poolclass=sa.NullPool).connect()
        self.connection.exec_driver_sql(IMPATIENT[scene.shop.dialect])
        if self.crosses:
            self._grow_heavy()
        self.connection.exec_driver_sql(f"SELECT * FROM {self.table} FOR UPDATE").all()
        if self.crosses:
            self.crossing = threading.Thread(target=self._cross, args=(statement.session,))
            self.crossing.start()

    def after(self, statement: Statement) -> None:
        """Let go once the run has been refused, or its batch is over."""
        if self.connection is None:
            return
        self.met |= statement.has_failed(*self.error)
        refused = any(statement.has_failed(*each) for each in (DEADLOCK, NO_LOCK, TOO_LONG))
        if refused or statement.is_commit:
            self.leave()

    def leave(self) -> None:
        """Undo all, and go."""
        self.leaves = True
        if self.crossing is not None:
            self.crossing.join(PATIENCE)
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _grow_heavy(self) -> None:
        """Have written so much that MariaDB would rather undo the other's work; PostgreSQL asks who looks first."""
        if self.line.scene.shop.dialect == "postgresql":
            self.connection.exec_driver_sql("SET deadlock_timeout = '60s'")
        else:
            self.connection.exec_driver_sql("INSERT INTO ballast SELECT seq FROM seq_1_to_1000")

    def _cross(self, session: int) -> None:
        """Want what the run has, once it waits for what is held here."""
        dialect = self.line.scene.shop.dialect
        own = "name = database()" if dialect == "mariadb" else "1 = 1"
        deadline = time.monotonic() + PATIENCE
        try:
            with self.line.scene.shop.connect() as watch:
                while not watch.exec_driver_sql(WAITS[dialect].format(session)).scalar():
                    if self.leaves or time.monotonic() > deadline:
                        return
                    time.sleep(_LOOK)
            self.connection.exec_driver_sql(f"UPDATE wesretain.control SET lease_until = lease_until WHERE {own}")
        except Exception as error:
            self.failures.append(error)


@ON_SERVERS
@pytest.mark.parametrize(
    ("name", "error", "few", "many"),
    [("deadlock", DEADLOCK, 1, 52), ("lock time-out", NO_LOCK, 1, 8), ("statement time-out", TOO_LONG, 1, 8)],
    ids=["deadlock", "lock time-out", "statement time-out"],
)
def test_somebody_holds_a_lock(
    line: Line, counting: Counting, name: str, error: tuple[bytes, int], few: int, many: int
) -> None:
    wanted = times(few, many)
    with get_ready_for(error, line.scene), counting(name, line.scene.shop.dialect) as (tally, chance):
        meet(line, tally, chance.some(ways(), 60 * wanted), wanted, error)


@contextmanager
def get_ready_for(error: tuple[bytes, int], scene: Scene) -> Iterator[None]:
    """Have the server look for deadlocks soon, or give wesretain a time limit for its statements."""
    name = sa.make_url(scene.shop.url).database or ""
    user = f"{name}@127.0.0.1"  # of this test alone: another one runs beside it, and drops its own
    with scene.shop.connect() as connection:
        match error, scene.shop.dialect:
            case (b"C40P01", _), "postgresql":
                connection.exec_driver_sql(HASTE.format(name))
            case (b"C40P01", _), _:
                connection.exec_driver_sql("CREATE TABLE ballast (n INTEGER) ENGINE=InnoDB")
            case (b"C57014", _), "postgresql":
                connection.exec_driver_sql(f"ALTER DATABASE {name} SET statement_timeout = '500ms'")
            case (b"C57014", _), _:
                connection.exec_driver_sql(f"CREATE USER {user} WITH MAX_STATEMENT_TIME 0.5")
                connection.exec_driver_sql(f"GRANT ALL ON *.* TO {user}")
                scene.log_in(name)
    yield
    with scene.shop.connect() as connection:
        if scene.shop.dialect == "mariadb":
            connection.exec_driver_sql(f"DROP USER IF EXISTS {user}")


def ways() -> list[tuple[str, int]]:
    """Whose rows are held, from which batch on."""
    return [(table, batch) for batch in range(1, 8) for table in ROWS]


def meet(line: Line, tally: Tally, ways: list[tuple[str, int]], wanted: int, error: tuple[bytes, int]) -> None:
    """Meet as many opponents as are wanted: a run that was never refused does not count."""
    for table, batch in ways:
        if tally.tries == wanted:
            break
        opponent = Opponent(line, table, batch, error)
        line.scene.reset()
        line.proxy.set(opponent.before, opponent.after)
        ended = line.scene.apply()
        opponent.leave()
        line.proxy.set()
        if not opponent.met:
            continue
        with tally.trying(f"{table} in batch {batch}"):
            assert not opponent.failures, f"the opponent gave way: {opponent.failures}"
            line.scene.check_ended(ended, dict.fromkeys(ended.done, 0))
            line.scene.check_healed()
    assert tally.tries == wanted, f"only {tally.tries} runs were refused"


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_the_file_is_locked(scene: Scene, counting: Counting) -> None:
    """For a moment, which a run waits out; or for longer than it waits, and then it says so."""
    with counting("lock time-out", "sqlite") as (tally, chance):
        for seconds in chance.some([0.5, 1.0, 2.0], times(1, 8)) + [12.0, 40.0][: times(0, 2)]:
            scene.reset()
            path = sa.make_url(scene.shop.url).database
            with tally.trying(f"{seconds} s"), closing(sqlite3.connect(str(path), isolation_level=None)) as other:
                scene.start(*APPLY)
                time.sleep(chance.random.uniform(0, 0.3))
                other.execute("BEGIN IMMEDIATE")
                time.sleep(seconds)
                other.execute("ROLLBACK")
                ended = scene.wait()
                assert ended.code in (0, 5), ended
                if ended.code == 0:
                    scene.check_ended(ended, dict.fromkeys(ended.done, 0))
                scene.check_healed()
