"""A driver's connection in the place of SQLAlchemy's, for statements that are ready as they are: it costs far less."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import sqlalchemy as sa


class GivenUp(Exception):
    """What was tried the short way takes the long one."""


class PlainRow(tuple[Any, ...]):
    """A row, whose values are had by place, or by name as attributes."""

    names: list[str]

    def __getattr__(self, name: str) -> Any:
        """The value of a column."""
        return self[self.names.index(name)]


class PlainResult:
    """What a statement gave."""

    def __init__(self, cursor: Any) -> None:
        self.names = [column[0] for column in cursor.description or ()]
        self.rows = cursor.fetchall() if self.names else []

    def __iter__(self) -> Iterator[PlainRow]:
        """The rows."""
        for found in self.rows:
            row = PlainRow(found)
            row.names = self.names
            yield row

    def all(self) -> list[PlainRow]:
        """The rows."""
        return list(self)

    def one(self) -> PlainRow:
        """The only row."""
        (row,) = self
        return row

    def scalar_one(self) -> Any:
        """The only value of the only row."""
        return self.rows[0][0]


class PlainConnection:
    """As much of SQLAlchemy's connection as such statements need."""

    def __init__(self, connection: Any, dialect: sa.Dialect) -> None:
        self.dbapi_connection = connection
        self.dialect = dialect

    @property
    def connection(self) -> PlainConnection:
        """What holds the driver's own."""
        return self

    def exec_driver_sql(self, statement: str, parameters: Any = ()) -> PlainResult:
        """Carry out a statement as the driver takes it."""
        cursor = self.dbapi_connection.cursor()
        cursor.execute(statement, parameters)
        return PlainResult(cursor)

    def execution_options(self, isolation_level: Any, postgresql_readonly: bool) -> PlainConnection:
        """Say how the transaction is to begin; PostgreSQL alone asks."""
        dialect: Any = self.dialect
        dialect.set_isolation_level(self.dbapi_connection, isolation_level)
        dialect.set_readonly(self.dbapi_connection, postgresql_readonly)
        return self

    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> NoReturn:
        """No statement that has to be made ready first.

        Raises:
            GivenUp: always.
        """
        raise GivenUp
