"""What a live database declares: tables, columns, keys and foreign keys, in words that no engine owns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from wesretain.model.names import joined

#: Why a table without a key is unfit; it follows "is".
KEYLESS = "without a key: no primary key and no unique index is free of NULL"


class Kind(StrEnum):
    """What a column's type means to conditions and clocks."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TEXT = "text"
    DATE = "date"
    LOCAL_TIME = "local time"  # date and time without a zone
    INSTANT = "instant"  # date and time with a zone, or turned to UTC by the engine
    UUID = "uuid"
    BINARY = "binary"
    JSON = "json"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a member of the JSON that it holds: `member` is the path of keys to it, and its `kind` is text then.

    `stored_as_text` marks SQLite's dates and times, which are texts whatever the type says; `updates_itself` marks
    MariaDB's ON UPDATE CURRENT_TIMESTAMP, `listed` a text that is one of a list of values.
    """

    name: str
    kind: Kind
    nullable: bool = True
    stored_as_text: bool = False
    declared: str = ""
    updates_itself: bool = False
    listed: bool = False
    member: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Its name as rules spell it, with the path to the member."""
        return ".".join((self.name, *self.member))


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key that the database declares."""

    columns: tuple[str, ...]
    schema: str | None
    table: str
    there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view. `schema` is None in the default schema. `key` names its records, and is empty where nothing can.

    `unfit` says why apply may not touch it (a view, an engine without transactions, …), or is empty.
    """

    schema: str | None
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    uniques: tuple[frozenset[str], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    unfit: str = ""

    @property
    def full_name(self) -> str:
        """Its name as rules spell it after the database."""
        return joined([self.schema, self.name] if self.schema else [self.name])

    def column(self, name: str) -> Column | None:
        """The column of that name, to the letter."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """All tables of one database; `default` is the name of its default schema, where it has one."""

    default: str | None
    tables: tuple[Table, ...]

    def table(self, schema: str | None, name: str) -> Table | None:
        """The table of that name; the default schema may be named or left out."""
        wanted = None if schema == self.default else schema
        return next((t for t in self.tables if t.schema == wanted and t.name == name), None)

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)
