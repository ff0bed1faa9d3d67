"""What tests of the ledger share: the moments and things that they write about, and means to tamper with a file."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path

from wesretain.ledger import Ledger, opened
from wesretain.ledger.chain import SCHEMA, digest
from wesretain.model.ledger import Batch, Evidence
from wesretain.policy.load import parse_condition

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TRIGGERS = [statement for statement in SCHEMA if "TRIGGER" in statement]


def reading(path: Path) -> AbstractContextManager[Ledger]:
    return opened(path, parse_condition)


def batch(name: str, rule: str = "old", database: str = "shop", records: int = 10) -> Batch:
    return Batch(name, "run 1", database, rule, f"{database}.orders", records)


def evidence(name: str, rule: str = "old", database: str = "shop", records: int = 10) -> Evidence:
    counts = {f"delete {database}.items": 3 * records, f"delete {database}.orders": records}
    return Evidence(
        name, "run 1", database, rule, f"{database}.orders", "2026-01-01T00:00:00Z", records, counts, "ab" * 32
    )


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for statement in statements:
            connection.execute(statement)


def tamper(path: Path, *statements: str) -> None:
    """Do what the triggers prevent, and leave no trace of having taken them away."""
    names = [statement.split()[2] for statement in TRIGGERS]
    execute(path, *(f"DROP TRIGGER {name}" for name in names), *statements, *TRIGGERS)


def forge(path: Path, number: int) -> None:
    """Give an entry the hash that fits what it says now."""
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT * FROM entries WHERE number = ?", (number,)).fetchone()
    tamper(path, f"UPDATE entries SET hash = '{digest(row[:6])}' WHERE number = {number}")


def forge_onwards(path: Path, number: int) -> None:
    """Forge an entry and, after it, the whole chain."""
    with closing(sqlite3.connect(path)) as connection:
        later = [each for (each,) in connection.execute("SELECT number FROM entries WHERE number > ?", (number,))]
    forge(path, number)
    for each in later:
        previous = f"(SELECT hash FROM entries WHERE number = {each - 1})"
        tamper(path, f"UPDATE entries SET previous = {previous} WHERE number = {each}")
        forge(path, each)


def breaks(path: Path) -> list[str]:
    with reading(path) as ledger:
        return list(ledger.verify())
