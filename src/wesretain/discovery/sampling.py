"""Reads a few rows of a table, from many places of it: bounded, drawn by a seed, and kept in memory alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import sqlalchemy as sa

from wesretain.engines import Live
from wesretain.engines.layout import Blocks, ByKey, Layout, Numbered
from wesretain.model.schema import Column, Kind, Table
from wesretain.standing.sql import table_clause

#: Rows of a table that are read at most.
ROWS = 400
#: Places of a table from which rows are read: its two ends among them.
PLACES = 10
#: So much of a value is read, in characters; of bytes half as many, since two of these tell one.
LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of a table: a text or None for each of `columns`, bytes as `\\x` and hex."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...] = ()

    def values(self, column: str) -> tuple[str | None, ...]:
        """What stands in a column, row by row."""
        place = next((n for n, each in enumerate(self.columns) if each.name == column), None)
        return () if place is None else tuple(row[place] for row in self.rows)


def sample(live: Live, table: Table, schema: str | None, seed: int) -> Sample:
    """Rows from both ends of a table and from places between them that the seed and the table's name draw.

    How many are read does not depend on how many there are; neither do the blocks that the database reads for them.
    `schema` is where tables of the default schema are.

    Raises:
        WesretainError: where the database refuses.
    """
    row = table_clause(table, schema).alias("sample")
    columns = tuple(column for column in table.columns if _is_read(column))
    query = sa.select(*(_read(live, row, column) for column in columns))
    drawn = Random(f"{seed} {table.full_name}")
    with live.translating(table.full_name):
        layout = live.engine.layout(live.connection, table, schema)
    rows: dict[tuple[str | None, ...], None] = {}
    for some in _parts(live, table, row, query, layout, drawn) if columns else ():
        rows.update(dict.fromkeys(tuple(found) for found in live.rows(some, table.full_name)))
    return Sample(columns, tuple(rows))


def _is_read(column: Column) -> bool:
    """Whether values can tell something: shapes and other types of MariaDB's own are left alone."""
    return column.kind is not Kind.OTHER or not column.declared.lower().startswith(
        ("geometry", "point", "line", "polygon", "multi", "vector")
    )


def _read(live: Live, row: sa.FromClause, column: Column) -> sa.ColumnElement[Any]:
    return sa.func.substr(live.engine.text_of(row.c[column.name]), 1, LONGEST, type_=sa.Text()).label(column.name)


def _parts(
    live: Live, table: Table, row: sa.FromClause, query: sa.Select[Any], layout: Layout, drawn: Random
) -> Iterator[sa.Select[Any]]:
    """The queries that read a part each."""
    share = ROWS // PLACES
    match layout:
        case Blocks(number) if number > PLACES:
            place = _hidden(row, "ctid")
            for block in sorted({0, number - 1, *(drawn.randrange(number) for _ in range(PLACES - 2))}):
                yield query.where(place >= _block(block), place < _block(block + 1)).limit(share)
        case Numbered(column):
            yield from _along(live, table, query, _hidden(row, column), drawn)
        case ByKey() if table.key and _counts(table):
            yield from _along(live, table, query, row.c[table.key[0]], drawn)
        case ByKey() if table.key:
            key = [row.c[name] for name in table.key]
            yield query.order_by(*key).limit(ROWS // 2)
            yield query.order_by(*(column.desc() for column in key)).limit(ROWS // 2)
        case _:
            yield query.limit(ROWS)


def _along(
    live: Live, table: Table, query: sa.Select[Any], key: sa.ColumnElement[Any], drawn: Random
) -> Iterator[sa.Select[Any]]:
    """The rows after some numbers of the key, and the last ones."""
    ends = sa.select(sa.func.min(key), sa.func.max(key))
    first, last = tuple[Any, ...](live.rows(ends, table.full_name)[0])
    if first is None or last - first < ROWS:
        yield query.order_by(key).limit(ROWS)
        return
    share = ROWS // PLACES
    for start in sorted({int(first), *(drawn.randint(int(first), int(last)) for _ in range(PLACES - 2))}):
        yield query.where(key >= start).order_by(key).limit(share)
    yield query.order_by(key.desc()).limit(share)


def _block(number: int) -> sa.ColumnElement[Any]:
    """The place where a block begins, as PostgreSQL writes it."""
    return sa.literal_column(f"'({number},0)'::pg_catalog.tid")


def _counts(table: Table) -> bool:
    column = table.column(table.key[0])
    return column is not None and column.kind is Kind.INTEGER


def _hidden(row: sa.FromClause, name: str) -> sa.ColumnElement[Any]:
    """A column of the row that the table does not declare."""
    found: sa.ColumnClause[Any] = sa.column(name)
    found.table = row
    return found
