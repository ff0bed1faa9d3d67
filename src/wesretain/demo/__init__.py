"""A sample hosting company in a folder: database, inventory, configuration, the shipped policies and a ledger."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from wesretain.demo.company import company
from wesretain.errors import UsageError
from wesretain.ledger import create

#: The calendar of the sample company.
ZONE = "Asia/Kuala_Lumpur"
_HERE = Path(__file__).parent
_ELSEWHERE = "name another folder: `wesretain demo FOLDER`"


def make(folder: Path, today: date) -> int:
    """Make the sample company of a day, in its own zone, in a folder that is new or empty; return how many rows it has.

    Raises:
        UsageError: where the folder holds something, or cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"the folder {folder} is not empty, and nothing is overwritten", _ELSEWHERE)
        return _fill(folder, today)
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be written to: {error.strerror}", _ELSEWHERE) from None


def shipped_policies() -> Path:
    """The policies that come with wesretain: beside the package's modules, or at the root of a checkout."""
    packaged = _HERE.parent / "policies"
    return packaged if packaged.is_dir() else _HERE.parents[2] / "policies"


def _fill(folder: Path, today: date) -> int:
    for name in ("wesretain.yaml", "inventory.yaml"):
        shutil.copyfile(_HERE / name, folder / name)
    (folder / "policies").mkdir()
    for policy in sorted(shipped_policies().glob("*.yaml")):
        shutil.copyfile(policy, folder / "policies" / policy.name)
    with os.fdopen(os.open(folder / "suppression.key", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
    create(folder / "wesretain.ledger", datetime.combine(today, time.min, ZoneInfo(ZONE)).astimezone(UTC))
    return _fill_database(folder / "hosting.sqlite", today)


def _fill_database(path: Path, today: date) -> int:
    tables = company(today)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((_HERE / "schema.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA foreign_keys = ON")
        for table, rows in tables.items():
            places = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    return sum(map(len, tables.values()))
