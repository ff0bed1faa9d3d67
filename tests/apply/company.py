"""A small shop with old orders and all that hangs on them, ready for apply, on any engine; and what it holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from calling import Answer, call
from wesretain import control
from wesretain.apply.halt import Halt, stop_file_of
from wesretain.engines import open_for_apply
from wesretain.ledger import Ledger, create, exists, opened
from wesretain.model.config import Intent, LedgerServer, Literal
from wesretain.model.digest import rule_set_digest
from wesretain.policy.load import load, parse_condition

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
OLD, RECENT = datetime(2020, 5, 5, 5, 5, 5), datetime(2026, 5, 5, 5, 5, 5)  # noqa: DTZ001
TIME = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP", "mariadb": "DATETIME"}
ENGINE = {"sqlite": "", "postgresql": "", "mariadb": " ENGINE=InnoDB"}

DDL = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(60));
CREATE TABLE addresses (id INTEGER PRIMARY KEY, street VARCHAR(60));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id),
    address_id INTEGER REFERENCES addresses (id), state VARCHAR(20), closed TIME, note VARCHAR(200));
CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), label VARCHAR(60));
CREATE TABLE serials (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES items (id), code VARCHAR(60));
CREATE TABLE parcels (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), place VARCHAR(60));
CREATE TABLE remarks (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), author VARCHAR(60));
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX items_order ON items (order_id);
CREATE INDEX serials_item ON serials (item_id);
CREATE INDEX parcels_order ON parcels (order_id);
CREATE INDEX remarks_order ON remarks (order_id);
CREATE INDEX orders_address ON orders (address_id);
"""
TABLES = ("customers", "addresses", "orders", "items", "serials", "parcels", "remarks")
INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      customers: {category: personal, subjects: self}
      addresses: {category: personal, subjects: none}
      orders: {category: personal, subjects: customer}
      items: {category: personal, subjects: none}
      serials: {category: personal, subjects: none}
      parcels: {category: personal, subjects: none}
      remarks: {category: personal, subjects: none}
"""
HEAD = "version: 1\ncategory: personal\npurpose: orders\nbasis: contract\nrules:\n"
#: Deletes closed orders with everything below them, each kind of row by another fate.
OLD_ORDERS = """
  old-orders:
    table: shop.orders
    where: {state: closed}
    keep: 3 years
    after: closed
    then: delete
    with:
      items: delete
      items.serials: delete
      parcels: unlink
      remarks: {redact: {author: "", order_id: null}}
      address: delete if unshared
"""
NO_LIMITS = "limits: {rows per rule: none, share per rule: none}\n"

Rows = dict[str, list[tuple[Any, ...]]]


def orders(count: int, customers: int = 20, recent: int = 1) -> Rows:
    """Closed orders of several customers with all that hangs on them; the last ones are recent."""
    numbers = range(1, count + 1)
    return {
        "customers": [(n, f"c{n}@shop.example") for n in range(1, customers + 1)],
        "addresses": [(n, f"street {n}") for n in range(1, count // 2 + 2)],
        "orders": [
            (
                n,
                n % customers + 1,
                n // 2 + 1,
                "closed",
                OLD + timedelta(hours=n) if n <= count - recent else RECENT,
                "x",
            )
            for n in numbers
        ],
        "items": [(n * 10 + i, n, "thing") for n in numbers for i in range(2)],
        "serials": [(n * 10, n * 10, "code") for n in numbers],
        "parcels": [(n, n, "shelf") for n in numbers],
        "remarks": [(n, n, "Ann") for n in numbers],
    }


@dataclass
class Company:
    """A folder with the files of the shop, and its database."""

    folder: Path
    url: str
    rules: str = OLD_ORDERS
    limits: str = NO_LIMITS
    inventory: str = INVENTORY
    ledger_url: str = ""  # where it is not a file of the folder
    _engine: sa.Engine | None = field(default=None, init=False)

    # -- setting up ---------------------------------------------------------------------------------------------

    def build(self, rows: Rows, ddl: str = DDL) -> Company:
        """Create the tables, fill them, write the files, prepare the database and approve every rule."""
        with self.connect() as connection:
            for statement in ddl.replace("TIME", TIME[self.dialect]).split(";"):
                if statement.strip():
                    tail = ENGINE[self.dialect] if statement.strip().startswith("CREATE TABLE") else ""
                    connection.exec_driver_sql(statement + tail)
        self.fill(rows)
        self.furnish()
        with self.ledger() as ledger, open_for_apply(self.intent.config.databases[0]) as writer:
            control.prepare(writer, ledger.id, ledger.generation("shop"))
        self.approve()
        return self

    def furnish(self) -> None:
        """Write the files, with the rules as they are now."""
        self.write("inventory.yaml", self.inventory)
        self.write("policy.yaml", HEAD + self.rules)
        self.write(
            "wesretain.yaml",
            "organisation: Shop\nzone: UTC\ninventory: inventory.yaml\npolicies: policy.yaml\n"
            f"ledger: {self.ledger_url or 'ledger'}\n"
            f"{self.limits}databases: {{shop: {{url: '{self.url}'}}}}\n",
        )
        if not exists(self.place):
            create(self.place, datetime(2026, 1, 1, tzinfo=UTC))

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def approve(self, backlog: int | None = None) -> None:
        """Approve every rule as it stands."""
        intent = self.intent
        with self.ledger() as ledger:
            for rule in intent.rules:
                digest = rule_set_digest(intent.rules, intent.inventory, rule.table)
                ledger.approve(rule.name, digest, "ann", datetime.now(UTC), backlog)

    @property
    def intent(self) -> Intent:
        intent = load(self.folder / "wesretain.yaml").intent
        assert intent is not None
        return intent

    @contextmanager
    def ledger(self) -> Any:
        with opened(self.place, parse_condition) as ledger:
            yield ledger

    @property
    def place(self) -> Path | LedgerServer:
        """Where the ledger is."""
        if self.ledger_url:
            return LedgerServer(Literal(self.ledger_url), self.folder / "ledger.stop")
        return self.folder / "ledger"

    # -- the database -------------------------------------------------------------------------------------------

    @property
    def dialect(self) -> str:
        return sa.make_url(self.url).get_backend_name()

    @contextmanager
    def connect(self) -> Any:
        """A connection of the application's own, each statement for itself."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection

    def fill(self, rows: Rows) -> None:
        for table, values in rows.items():
            if values:
                self.insert(table, values)

    def insert(self, table: str, values: Sequence[tuple[Any, ...]]) -> None:
        plain = self.dialect == "sqlite"
        marks = ", ".join(["?" if plain else "%s"] * len(values[0]))
        shown = [tuple(str(v) if plain and isinstance(v, datetime) else v for v in row) for row in values]
        with self.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", shown)
            connection.exec_driver_sql("COMMIT")

    def empty(self, tables: Sequence[str] = TABLES[::-1]) -> None:
        with self.connect() as connection:
            for table in tables:
                connection.exec_driver_sql(f"DELETE FROM {table}")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def keys(self, table: str) -> set[Any]:
        return {row[0] for row in self.query(f"SELECT id FROM {table}")}

    def contents(self, tables: Sequence[str] = TABLES) -> dict[str, list[tuple[Any, ...]]]:
        return {table: self.query(f"SELECT * FROM {table} ORDER BY id") for table in tables}

    @property
    def halt(self) -> Halt:
        """No end, unless the stop file is there."""
        return Halt(stop_file_of(self.place), None, lambda: datetime.now(UTC))

    # -- calling ------------------------------------------------------------------------------------------------

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "wesretain", *arguments]

    def call(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Answer:
        """Call a command within this process."""
        return call(self.folder, *arguments, environment=environment)

    def apply(self, *arguments: str) -> Answer:
        return self.call("apply", "--yes", "--format", "json", "--as-of", AS_OF.isoformat(), "--full-speed", *arguments)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start an apply and come back at once."""
        quiet = subprocess.DEVNULL
        command = self.command("apply", "--yes", "--as-of", AS_OF.isoformat(), *arguments)
        return subprocess.Popen(command, cwd=self.folder, stdin=quiet, stdout=quiet, stderr=quiet)

    # -- proving ------------------------------------------------------------------------------------------------

    def evidence(self) -> list[tuple[Any, ...]]:
        """What the database's evidence says was done: batch, records, counts."""
        table = "wesretain_evidence" if self.dialect == "sqlite" else "wesretain.evidence"
        own = " WHERE name = database()" if self.dialect == "mariadb" else ""
        return self.query(f"SELECT batch, records, counts, digest FROM {table}{own} ORDER BY batch")

    def check_evidence(self, ledger: Ledger) -> None:
        """Ledger and database tell the same, the chain is whole, and no batch is open."""
        told = [(each.batch, each.records, dict(each.counts), each.digest) for each in ledger.evidences("shop")]
        found = [(batch, records, json.loads(counts), digest) for batch, records, counts, digest in self.evidence()]
        assert sorted(told) == sorted(found)
        assert list(ledger.verify()) == []
        assert ledger.open_intents("shop") == ()
