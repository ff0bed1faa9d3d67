"""The loader: what an engine holds after `load` is what the world says, to the letter and the microsecond."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import given

from standing.generate import worlds
from standing.profile import bounded
from standing.world import TIMES, Row, Value, World, load
from wesretain.model.schema import Column, Kind, Table


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "mariadb"])
def test_an_engine_holds_what_the_world_says(engine: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(engine).fresh_database("world")

    @bounded(30)
    @given(worlds(engine))
    def every_row_is_there(world: World) -> None:
        load(world, url)
        connectable = sa.create_engine(url, poolclass=sa.NullPool)
        with connectable.begin() as connection:
            if engine != "sqlite":
                zone = "SET time_zone = '+00:00'" if engine == "mariadb" else "SET TIME ZONE 'UTC'"
                connection.exec_driver_sql(zone)
            for table in world.tables:
                assert stored(connection, world, table) == said(world, table)

    every_row_is_there()


def stored(connection: sa.Connection, world: World, table: Table) -> list[list[str | None]]:
    """A table's rows as the engine itself writes them."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    text = {"sqlite": "TEXT", "postgresql": "TEXT", "mariadb": "CHAR"}[world.engine]
    parts = []
    for column in table.columns:
        part = f"CAST({quote(column.name)} AS {text})"
        if world.engine == "sqlite":
            part = f"typeof({quote(column.name)}) || ' ' || {part}"
        parts.append(part)
    found = connection.exec_driver_sql(f"SELECT {', '.join(parts)} FROM {quote(table.name)}".replace("%", "%%"))
    return sorted([plain(world, table.columns[n], value) for n, value in enumerate(row)] for row in found)


def plain(world: World, column: Column, text: str | None) -> str | None:
    """The engine's spelling without what only its type adds."""
    if text is None:
        return None
    if world.engine == "sqlite":
        storage, _, rest = text.partition(" ")
        return rest if storage == "text" else str(Decimal(rest).normalize())
    if column.kind in (Kind.DECIMAL, Kind.FLOAT, Kind.INTEGER):
        return str(Decimal(text).normalize())
    if column.kind in TIMES and "." in text:
        return text.rstrip("0").rstrip(".") if "+" not in text else text
    return {"true": "1", "false": "0"}.get(text, text) if column.kind is Kind.BOOLEAN else text


def said(world: World, table: Table) -> list[list[str | None]]:
    rows: list[Row] = world.rows_of(table.name)
    return sorted([spelled(world, column, row[column.name]) for column in table.columns] for row in rows)


def spelled(world: World, column: Column, value: Value) -> str | None:
    """The same value as the engine should write it."""
    match value:
        case None:
            return None
        case bool():
            return str(int(value))
        case int() | float() | Decimal():
            return str(Decimal(str(value)).normalize())
        case datetime():
            plain_text = value.replace(tzinfo=None).isoformat(" ")
            text = plain_text.rstrip("0") if "." in plain_text else plain_text
            assert value.tzinfo in (None, UTC)
            return text + ("+00" if value.tzinfo and world.engine == "postgresql" else "")
        case date():
            return value.isoformat()
        case _:
            return value
