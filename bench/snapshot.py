"""Whether apply slows down while somebody holds an old snapshot of the database open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import sqlalchemy as sa

import settings
from desk import LANE, Batch
from figures import Figure, Target
from places import Server, started
from race import Ours, Side, run, track
from schema import SCATTERED
from shells import Took

_SNAPSHOT = {
    "postgresql": ("BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM customers"),
    # It must not have read the tables, or it would lock what they are.
    "mariadb": ("START TRANSACTION WITH CONSISTENT SNAPSHOT",),
}


def measure() -> Iterator[Figure]:
    """The seconds of a record in the last tenth of the batches, in units of those in the first tenth."""
    for dialect in [name for name in settings.ENGINES if name in _SNAPSHOT]:
        with started(dialect) as server:
            ours = Ours(track(server, SCATTERED, settings.ROWS))
            side = Side("wesretain", ours.track, partial(_purge, ours))
            for _ in range(settings.PAIRS):
                run(side)
            found = [_slowed(each.batches) for each in ours.runs]
            beside = {
                "batches": f"{len(ours.runs[-1].batches)}",
                "records a batch": f"{ours.runs[-1].size:,}",
            }
            title = "last tenth of the batches, a snapshot held open"
            yield Figure(server.version, title, "the first tenth", found, "×", Target(1.3, "×"), beside)


def _purge(ours: Ours) -> Took:
    with _snapshot(ours.track.server):
        return ours.purge()


@contextmanager
def _snapshot(server: Server) -> Iterator[None]:
    """Somebody who sees the tables as they were at the beginning."""
    engine = sa.create_engine(server.place(LANE).url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in _SNAPSHOT[server.dialect]:
            connection.exec_driver_sql(statement)
        yield
        connection.exec_driver_sql("ROLLBACK")


def _slowed(batches: Sequence[Batch]) -> float:
    tenth = max(len(batches) // 10, 1)
    return _cost(batches[-tenth:]) / _cost(batches[:tenth])


def _cost(batches: Sequence[Batch]) -> float:
    return sum(batch.seconds for batch in batches) / sum(batch.records for batch in batches)
