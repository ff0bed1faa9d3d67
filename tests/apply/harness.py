"""What kills and races share: a shop that is filled again and again, a run that is watched, and a table at the end."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from typing import Any

from apply.company import TABLES, Company, Rows, orders
from wesretain.model.ledger import Kind

#: So many that a run has several batches, though it begins with a large one.
ORDERS, CUSTOMERS, RECENT = 2_500, 250, 10
DUE = frozenset(range(1, ORDERS - RECENT + 1))
STAY = frozenset(range(ORDERS - RECENT + 1, ORDERS + 1))
ROWS: Rows = orders(ORDERS, CUSTOMERS, RECENT)
#: Seconds that a run may take on the slowest of machines.
PATIENCE = 60
#: How to begin a transaction that sees one state of all tables.
_ONE_STATE = {
    "sqlite": "BEGIN",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "mariadb": "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
}

Contents = dict[str, list[tuple[Any, ...]]]


def number(name: str, default: int) -> int:
    """A number from the environment."""
    return int(os.environ.get(name, default))


@dataclass(frozen=True)
class Chance:
    """Chance that can be repeated: `SEED` in the environment sets it, and each test says what it was."""

    seed: int
    random: random.Random

    @classmethod
    def of(cls, engine: str) -> Chance:
        seed = number("SEED", random.randrange(2**32))
        sys.stdout.write(f"\n{engine}: SEED={seed}\n")
        return cls(seed, random.Random(f"{seed} {engine}"))


def refill(shop: Company) -> Contents:
    """Empty the shop's tables, fill them as they were at first, and give what they hold."""
    if shop.dialect == "postgresql":  # else the rows of all tries before lie about until somebody tidies up
        with shop.connect() as connection:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(TABLES)}")
    else:
        shop.empty()
    shop.fill(ROWS)
    return shop.contents()


def one_state(shop: Company) -> Contents:
    """What all tables hold at one moment, while others may still write."""
    with shop.connect() as connection:
        connection.exec_driver_sql(_ONE_STATE[shop.dialect])
        found = {
            table: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id")]
            for table in TABLES
        }
        connection.exec_driver_sql("COMMIT")
    return found


def keys(contents: Contents, table: str = "orders") -> set[int]:
    return {row[0] for row in contents[table]}


def told(shop: Company) -> int:
    """How many records all evidence in the database says have gone."""
    return sum(records for _, records, _, _ in shop.evidence())


@dataclass(frozen=True)
class Watch:
    """The end of the ledger, read from outside while a run writes to it."""

    connection: sqlite3.Connection

    def last(self) -> tuple[int, str, str]:
        """Number, kind and subject of the last entry."""
        query = "SELECT number, kind, subject FROM entries ORDER BY number DESC LIMIT 1"
        found: tuple[int, str, str] = self.connection.execute(query).fetchone()
        return found

    def wait(self, process: subprocess.Popen[bytes], after: int, kind: Kind | None = None) -> tuple[int, str, str]:
        """Wait for an entry after a number, of a kind where one is named.

        Raises:
            EndedTooSoon: where the process ends first.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ended = process.poll() is not None
            entry = self.last()
            if entry[0] > after and kind in (None, Kind(entry[1])):
                return entry
            if ended:
                raise EndedTooSoon
            time.sleep(0.0005)
        raise AssertionError("the run took too long")


class EndedTooSoon(Exception):
    """A run had ended before it could be disturbed."""


@contextmanager
def watching(shop: Company) -> Iterator[Watch]:
    uri = f"{(shop.folder / 'ledger').as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE)) as connection:
        yield Watch(connection)


def show(rows: Sequence[Any]) -> None:
    """Print a table of dataclasses; pytest lets it through with `-s`."""
    names = [field.name for field in fields(rows[0])] if rows else []
    table = [[name.replace("_", " ") for name in names]]
    table += [[_shown(getattr(row, name)) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        cells = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write(f"\n{'  '.join(cells)}")
    sys.stdout.write("\n")


def _shown(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
