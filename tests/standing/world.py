"""A small database and all that governs it, as one value, and how that value is made real on an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from wesretain.model.hold import Hold
from wesretain.model.inventory import Inventory
from wesretain.model.rule import Rule, TableName
from wesretain.model.schema import Column, Kind, Table

Value: TypeAlias = bool | int | float | Decimal | str | date | datetime | None
"""What a row holds. A typed date or time that Python cannot hold (`infinity`, BC, zero dates) is text as the engine
writes it; an instant is an aware datetime, and every date or time of SQLite is text."""

Quote: TypeAlias = Callable[[str], str]

DATABASE = "shop"
"""The name that policies and inventory know the database by."""

TIMES = (Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT)


@dataclass(frozen=True)
class Row:
    """One row; two are the same where table and key are. `key` is its key as text."""

    table: str
    key: tuple[str, ...]
    values: Mapping[str, Value] = field(compare=False)

    def __getitem__(self, column: str) -> Value:
        return self.values[column]


@dataclass(frozen=True, eq=False)
class World:
    """A database of one engine (`sqlite`, `postgresql`, `mariadb`), and every fact that a standing depends on.

    The kinds of the tables' columns are those of the engine, and `Column.declared` is the type as its DDL writes it.
    """

    engine: str
    tables: tuple[Table, ...]
    rows: tuple[Row, ...]
    inventory: Inventory
    rules: tuple[Rule, ...]
    holds: tuple[Hold, ...]
    as_of: datetime
    zone: ZoneInfo
    seed: int = 0

    def rows_of(self, table: str) -> list[Row]:
        return [row for row in self.rows if row.table == table]

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)

    def column(self, table: str, name: str) -> Column:
        return next(column for column in self.table(table).columns if column.name == name)

    def __repr__(self) -> str:
        return describe(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(describe(self))  # as hypothesis prints it


def make_rows(tables: Sequence[Table], contents: Mapping[str, Sequence[Mapping[str, Value]]]) -> tuple[Row, ...]:
    """Rows out of plain dicts; a column that a dict leaves out is NULL."""
    return tuple(_rows(tables, contents))


def _rows(tables: Sequence[Table], contents: Mapping[str, Sequence[Mapping[str, Value]]]) -> Iterator[Row]:
    for table in tables:
        for given in contents.get(table.name, ()):
            values = {column.name: given.get(column.name) for column in table.columns}
            assert set(given) <= set(values), f"{table.name} has no {set(given) - set(values)}"
            yield Row(table.name, tuple(str(values[column]) for column in table.key), values)


def describe(world: World) -> str:
    """The world in lines that a person can read beside a failing test."""
    lines = [f"seed {world.seed}", f"{world.engine}, as of {world.as_of.isoformat()}, organisation in {world.zone.key}"]
    for table in world.tables:
        columns = ", ".join(f"{c.name} {c.declared}{'' if c.nullable else ' NOT NULL'}" for c in table.columns)
        lines.append(f"table {table.name} ({columns}) key {', '.join(table.key)}")
        lines += [f"    foreign key {', '.join(key.columns)} to {key.table}" for key in table.foreign_keys]
        lines += [f"    {dict(row.values)}" for row in world.rows_of(table.name)]
    for database in world.inventory.databases:
        lines.append(f"inventory: database {database.name}, zone {database.zone}")
        lines += [f"inventory: {brief(entry)}" for entry in database.tables]
    lines += [brief(rule) for rule in world.rules]
    lines += [brief(hold.scope) for hold in world.holds]
    return "\n".join(lines)


SILENT = ("at", "places", "title", "purpose", "basis")


def brief(value: Any) -> str:
    """A dataclass without what is as always."""
    if isinstance(value, tuple) and value:
        return f"({', '.join(map(brief, value))})"
    if isinstance(value, TableName) or not is_dataclass(value):
        return str(value) if isinstance(value, StrEnum | TableName) else repr(value)
    said = [
        f"{each.name}={brief(getattr(value, each.name))}"
        for each in fields(value)
        if each.name not in SILENT and getattr(value, each.name) != each.default
    ]
    return f"{type(value).__name__}({', '.join(said)})"


def load(world: World, url: str) -> None:
    """Make the database at a URL hold the world's tables and rows, and nothing else.

    The session is pinned to UTC. Foreign keys that lead nowhere and zero dates are let in: real databases hold both.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    assert engine.dialect.name.replace("mysql", "mariadb") == world.engine
    with engine.begin() as connection:
        for statement in _empty(connection, world.engine):
            connection.exec_driver_sql(statement)
        for table in world.tables:
            connection.exec_driver_sql(_create(world, table, engine.dialect.identifier_preparer.quote_identifier))
        for table in world.tables:
            _fill(connection, world, table)
        if world.engine == "postgresql":
            for table in world.tables:
                for constraint in _foreign_keys(table, engine.dialect.identifier_preparer.quote_identifier):
                    name = engine.dialect.identifier_preparer.quote_identifier(table.name)
                    connection.exec_driver_sql(f"ALTER TABLE {name} ADD {constraint} NOT VALID")


def _empty(connection: sa.Connection, engine: str) -> list[str]:
    """The statements that make room, and let everything in."""
    match engine:
        case "postgresql":
            return ["SET LOCAL TIME ZONE 'UTC'", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]
        case "mariadb":
            names = connection.exec_driver_sql("SHOW TABLES").scalars().all()
            start = ["SET time_zone = '+00:00', sql_mode = '', foreign_key_checks = 0"]
            return start + ([f"DROP TABLE {', '.join(f'`{name}`' for name in names)}"] if names else [])
        case _:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
            return [f'DROP TABLE "{name}"' for name in names]


def _create(world: World, table: Table, quote: Quote) -> str:
    parts = [f"{quote(c.name)} {c.declared} {'NULL' if c.nullable else 'NOT NULL'}" for c in table.columns]
    by = "UNIQUE" if frozenset(table.key) in table.uniques else "PRIMARY KEY"
    parts.append(f"{by} ({', '.join(map(quote, table.key))})")
    if world.engine != "postgresql":
        parts += _foreign_keys(table, quote)
    tail = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4" if world.engine == "mariadb" else ""
    return f"CREATE TABLE {quote(table.name)} ({', '.join(parts)}){tail}".replace("%", "%%")


def _foreign_keys(table: Table, quote: Quote) -> list[str]:
    return [
        f"FOREIGN KEY ({', '.join(map(quote, key.columns))}) "
        f"REFERENCES {quote(key.table)} ({', '.join(map(quote, key.there))})"
        for key in table.foreign_keys
    ]


def _fill(connection: sa.Connection, world: World, table: Table) -> None:
    rows = world.rows_of(table.name)
    if not rows:
        return
    quote = connection.dialect.identifier_preparer.quote_identifier
    columns = ", ".join(quote(column.name).replace(":", "\\:") for column in table.columns)
    slots = []
    for number, column in enumerate(table.columns):
        typed = world.engine == "postgresql" and column.kind in TIMES
        slots.append(f"CAST(:v{number} AS {column.declared})" if typed else f":v{number}")
    statement = sa.text(f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({', '.join(slots)})")
    given = [
        {f"v{number}": _bound(world.engine, row[column.name]) for number, column in enumerate(table.columns)}
        for row in rows
    ]
    connection.execute(statement, given)


def _bound(engine: str, value: Value) -> Value:
    """A value as the driver is given it: dates and times as text, so that no driver has a say in them."""
    if isinstance(value, datetime):
        offset = "+00" if value.tzinfo and engine == "postgresql" else ""
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None).isoformat(
            " ", "microseconds"
        ) + offset
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal) and engine == "sqlite":
        return float(value)
    return value
