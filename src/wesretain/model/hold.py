"""Holds: orders to keep, which beat everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from wesretain.model.condition import Condition
from wesretain.model.rule import Category, TableName


@dataclass(frozen=True, slots=True)
class OnSubject:
    """A person: one record of a table of people."""

    table: TableName
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """One record and everything below it."""

    table: TableName
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnRecords:
    """The records that a condition matches, and everything below them; `text` is the condition as given (YAML)."""

    table: TableName
    condition: Condition
    text: str


@dataclass(frozen=True, slots=True)
class OnTable:
    """All records of a table, and everything below them."""

    table: TableName


@dataclass(frozen=True, slots=True)
class OnCategory:
    """All tables of a category, and everything below their records."""

    category: Category


@dataclass(frozen=True, slots=True)
class OnDatabase:
    """A whole database."""

    database: str


Scope: TypeAlias = OnSubject | OnRecord | OnRecords | OnTable | OnCategory | OnDatabase


def named_in(scope: Scope) -> str | None:
    """The database, family or member that a scope names; None where it is on a category, wherever that is."""
    match scope:
        case OnSubject(table) | OnRecord(table) | OnRecords(table) | OnTable(table):
            return table.database
        case OnDatabase(database):
            return database
        case OnCategory():
            return None


@dataclass(frozen=True, slots=True)
class Hold:
    """An order to keep. `released_at` is the instant from which it no longer holds, or None; `by` is who placed it."""

    id: int
    matter: str
    reason: str
    scope: Scope
    placed_at: datetime
    review_on: date | None = None
    released_at: datetime | None = None
    by: str = ""
    release_reason: str = ""

    def holds_at(self, now: datetime) -> bool:
        """Whether it is still in force at an instant. A hold placed later than `now` (a scan of the past) holds too."""
        return self.released_at is None or now < self.released_at


def scope_row(scope: Scope) -> dict[str, Any]:
    """A scope in words that the ledger and JSON can keep."""
    match scope:
        case OnSubject(table, key):
            return {"kind": "subject", "table": str(table), "key": list(key)}
        case OnRecord(table, key):
            return {"kind": "record", "table": str(table), "key": list(key)}
        case OnRecords(table, _, text):
            return {"kind": "records", "table": str(table), "where": text}
        case OnTable(table):
            return {"kind": "table", "table": str(table)}
        case OnCategory(category):
            return {"kind": "category", "category": category.value}
        case OnDatabase(database):
            return {"kind": "database", "database": database}
