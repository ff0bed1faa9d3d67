"""Apply against how applications purge by themselves, on PostgreSQL: by copy, by chunks, by objects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session, registry

import settings
from desk import LANE
from figures import Figure, Target, ratio, seconds
from places import started
from race import Ours, Side, Track, raced, run, track
from schema import CLUSTERED
from shells import Took

Method = Callable[[sa.Connection, sa.Table, sa.TextClause], None]
_CHUNK, _A_COMMIT = 100, 1_000
_NOT_DONE = (
    "the method of `airflow db clean --skip-archive` on our table; the product on its own schema has not been measured"
)


def measure() -> Iterator[Figure]:
    """Each of them on the same table."""
    if "postgresql" not in settings.ENGINES:
        return
    with started("postgresql") as server:
        data = track(server, CLUSTERED, settings.ROWS)
        ours = Ours(data)
        run(ours.side())
        sides = [Side(name, data, partial(_purge, method, data)) for name, method, _, _ in _METHODS]
        found = {
            name: [took.work for took in times] for name, times in raced([ours.side(), *sides], settings.PAIRS).items()
        }
        mine = found["wesretain"]
        for name, _, bound, note in _METHODS:
            beside = {"wesretain": seconds(mine), "theirs": seconds(found[name])}
            target = Target(bound, "× faster", at_least=True)
            yield Figure(
                server.version, data.case.title, name, ratio(found[name], mine), "× faster", target, beside, note
            )


def _purge(method: Method, data: Track) -> Took:
    data.server.settle(LANE, data.case)
    engine = sa.create_engine(data.server.place(LANE).url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        table = sa.Table(data.case.table, sa.MetaData(), autoload_with=connection)
        connection.rollback()
        start = time.perf_counter()
        method(connection, table, sa.text(data.case.due))
        work = time.perf_counter() - start
    return Took(work, work)


def _archive(connection: sa.Connection, table: sa.Table, due: sa.TextClause) -> None:
    """Count, copy what is due into a table, delete by its keys, drop it: each a transaction over all of it."""
    connection.execute(sa.select(sa.func.count()).select_from(table).where(due))
    connection.execute(sa.text(f"CREATE TABLE deleted AS SELECT base.* FROM {table.name} AS base WHERE {due}"))
    connection.commit()
    archive = sa.Table("deleted", sa.MetaData(), autoload_with=connection)
    connection.execute(sa.delete(table).where(*(column == archive.c[column.name] for column in table.primary_key)))
    connection.commit()
    archive.drop(connection)
    connection.commit()


def _by_chunks(connection: sa.Connection, table: sa.Table, due: sa.TextClause) -> None:
    """Load every due row, since something listens; delete a hundred keys a statement, all in one transaction."""
    rows = connection.execute(sa.select(table).where(due)).all()
    keys = [row.id for row in rows]
    for start in range(0, len(keys), _CHUNK):
        connection.execute(sa.delete(table).where(table.c.id.in_(keys[start : start + _CHUNK])))
    connection.commit()


def _by_objects(connection: sa.Connection, table: sa.Table, due: sa.TextClause) -> None:
    """Load every due object, and delete one after the other; a commit a thousand."""
    mapper = registry()

    class Record:
        """A row as an object."""

    mapper.map_imperatively(Record, table)
    with Session(connection) as session:
        while some := session.scalars(sa.select(Record).where(due).limit(_A_COMMIT)).all():
            for record in some:
                session.delete(record)
                session.flush()
            session.commit()
    mapper.dispose()


_METHODS: tuple[tuple[str, Method, float, str], ...] = (
    ("Airflow's method", _archive, 2, _NOT_DONE),
    (
        "Django style",
        _by_chunks,
        5,
        "rows loaded, then deleted by their keys, a hundred a statement, in one transaction",
    ),
    ("ORM loop", _by_objects, 40, "SQLAlchemy, an object a statement, a commit a thousand"),
)
