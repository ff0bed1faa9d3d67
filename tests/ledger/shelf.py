"""What tests of the ledger share: the moments and things that they write about, and means to tamper with a file."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wesretain.ledger import Ledger, opened
from wesretain.ledger.migrations import SCHEMA
from wesretain.model.config import LedgerServer, Literal
from wesretain.model.ledger import Batch, Evidence
from wesretain.policy.load import parse_condition

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Place = Path | LedgerServer
TRIGGERS = [statement for statement in SCHEMA if "TRIGGER" in statement]


def reading(place: Place) -> AbstractContextManager[Ledger]:
    return opened(place, parse_condition)


def on_server(url: str) -> LedgerServer:
    return LedgerServer(Literal(url), Path("/nowhere/ledger.stop"))


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


def digest(*parts: object) -> str:
    """SHA-256 over the parts as a list in JSON, as the manual says."""
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def row_of(path: Path, number: int) -> dict[str, Any]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return dict(connection.execute("SELECT * FROM entries WHERE number = ?", (number,)).fetchone())


def forge(path: Path, number: int) -> None:
    """Give an entry the fingerprint and the hash that fit what it says now."""
    row = row_of(path, number)
    fingerprint = row["fingerprint"] if row["body"] is None else digest(row["salt"], row["body"])
    facts = (row["number"], row["at"], row["kind"], row["subject"], fingerprint, row["previous"])
    tamper(path, f"UPDATE entries SET fingerprint = '{fingerprint}', hash = '{digest(*facts)}' WHERE number = {number}")


def forge_onwards(path: Path, number: int) -> None:
    """Forge an entry and, after it, the whole chain."""
    with closing(sqlite3.connect(path)) as connection:
        later = [each for (each,) in connection.execute("SELECT number FROM entries WHERE number > ?", (number,))]
    forge(path, number)
    for each in later:
        previous = f"(SELECT hash FROM entries WHERE number = {each - 1})"
        tamper(path, f"UPDATE entries SET previous = {previous} WHERE number = {each}")
        forge(path, each)


def breaks(place: Place) -> list[str]:
    with reading(place) as ledger:
        return list(ledger.verify())
