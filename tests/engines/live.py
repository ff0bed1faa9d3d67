"""How the tests of the engines open a database, and write to one behind wesretain's back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa

from wesretain.engines import engine_for
from wesretain.engines.base import Declared, Engine, Live
from wesretain.engines.target import target_of
from wesretain.model.config import Tls
from wesretain.model.schema import Schema

ENGINES = ("sqlite", "postgresql", "mariadb")


def engine_named(name: str) -> Engine:
    return engine_for(f"{name}://")


def opened(url: str, password: str | None = None, tls: Tls | None = None) -> AbstractContextManager[Live]:
    return engine_for(url, "shop").open_for_scan(target_of("shop", url, password, tls))


def write(url: str, *statements: str) -> None:
    """Run statements as they stand, and commit them."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement if url.startswith("sqlite") else statement.replace("%", "%%"))
    engine.dispose()


def fill(url: str, table: str, rows: Iterable[dict[str, Any]], session: str = "") -> None:
    """Insert rows of bound values into a table."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    rows = list(rows)
    with engine.begin() as connection:
        if session:
            connection.exec_driver_sql(session)
        target = sa.table(table, *(sa.column(name) for name in rows[0]))
        for row in rows:
            connection.execute(sa.insert(target).values(row))
    engine.dispose()


def reflected(url: str) -> Schema:
    with opened(url) as live:
        return live.reflect()


def clause(live: Live, name: str, *, typed: bool = True) -> sa.TableClause:
    """A table, qualified, whose columns tell the engine what the database declares of them, or do not."""
    found = live.reflect().table(None, name)
    assert found is not None, f"there is no table {name}"
    columns = (sa.column(c.name, Declared(c)) if typed else sa.column(c.name) for c in found.columns)
    return sa.table(found.name, *columns, schema=live.default_schema)
