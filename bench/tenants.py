"""Scans of many small databases against a threaded loop by hand that asks the very same questions.

By hand is a pool of threads, as many as wesretain uses; each opens a database with the driver alone, carries out the
counting statements that wesretain sends, ready made, and adds up what is due. wesretain finds the members, and compares
the schema of each with those that it knows, before it counts. Both sides run in this process, in turn, and have to find
the same records due under each rule of each database.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import sqlalchemy as sa

import settings
from figures import Figure, Target, ratio, seconds
from places import started
from wesretain.cli.intent import request_of
from wesretain.cli.scan import JOBS, scanned
from wesretain.engines.sqlite import _FUNCTIONS, _tolerant
from wesretain.families import discovered
from wesretain.ledger import create
from wesretain.model.standing import Standing
from wesretain.scan import scan
from wesretain.survey import Request, Selection

#: So many databases of an engine.
TENANTS = {"sqlite": settings.FILES, "postgresql": settings.TENANTS}
AS_OF = "2026-07-01"
ROWS = 50

TABLES = (
    "CREATE TABLE people (id integer PRIMARY KEY, name varchar(40), email varchar(40))",
    "CREATE TABLE orders (id integer PRIMARY KEY, person integer NOT NULL REFERENCES people (id), status varchar(20),"
    " delivered {time})",
    "CREATE INDEX orders_person ON orders (person)",
    "CREATE TABLE items (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders (id), note varchar(40))",
    "CREATE INDEX items_order ON items (order_id)",
    "CREATE TABLE visits (id integer PRIMARY KEY, person integer REFERENCES people (id), at {time}, host varchar(40))",
    "CREATE TABLE invoices (id integer PRIMARY KEY, person integer NOT NULL REFERENCES people (id), paid date)",
)
INVENTORY = """\
databases:
  tenants:
    zone: UTC
    tables:
      people: {category: personal, subjects: self}
      orders: {category: personal, subjects: person}
      items: {category: personal, subjects: order.person}
      visits: {category: personal, subjects: person}
      invoices: {category: personal, subjects: person}
"""
POLICY = """\
version: 1
category: personal
purpose: orders
basis: contract
rules:
  orders:
    {table: tenants.orders, where: {status: closed}, keep: 2 years, after: delivered, then: delete,
     with: {items: delete}}
  visits: {table: tenants.visits, keep: 90 days, after: at, then: delete}
  invoices: {table: tenants.invoices, keep: 7 years, after: paid, then: delete, law: Accounts Act}
"""
CONFIG = (
    "organisation: Tenants\nzone: UTC\ninventory: inventory.yaml\npolicies: policy.yaml\nledger: ledger\n"
    "databases: {{tenants: {{{entry}}}}}\n"
)

#: How many records are due, by database and rule.
Due = dict[tuple[str, str], int]
Question = tuple[str, Any]


@dataclass(frozen=True)
class Tenants:
    """Many databases: the entry that finds them, and how a program by hand lists them, opens one, and asks it."""

    entry: str
    names: Callable[[], list[str]]
    connect: Callable[[str], Any]
    jobs: int


def measure() -> Iterator[Figure]:
    """A figure an engine."""
    here = Path.cwd()
    for dialect, count in TENANTS.items():
        if dialect in settings.ENGINES:
            with TemporaryDirectory() as name, built(dialect, Path(name), count) as (tenants, version):
                furnish(Path(name), tenants.entry)
                os.chdir(name)
                try:
                    yield _compared(tenants, version, count)
                finally:
                    os.chdir(here)


def _compared(tenants: Tenants, version: str, count: int) -> Figure:
    request = request_of(Path("wesretain.yaml"), AS_OF, Selection())
    asked = questions(request)
    took: dict[str, list[float]] = {"ours": [], "theirs": []}
    for number in range(settings.PAIRS):
        found: dict[str, Due] = {}
        for side in ("ours", "theirs") if number % 2 == 0 else ("theirs", "ours"):
            start = time.perf_counter()
            found[side] = ours(request) if side == "ours" else theirs(tenants, asked)
            took[side].append(time.perf_counter() - start)
        if found["ours"] != found["theirs"] or len(found["ours"]) != 3 * count:
            sys.exit("wesretain and the loop by hand find different records due")
    beside = {"wesretain": seconds(took["ours"]), "by hand": seconds(took["theirs"])}
    values = ratio(took["ours"], took["theirs"])
    return Figure(version, f"{count:,} databases", "a threaded loop by hand", values, "×", Target(1.5, "×"), beside)


def ours(request: Request) -> Due:
    """What a scan finds, with the search for the members before it."""
    intent = replace(request.intent, config=discovered(request.intent.config).config)
    plan = scanned(replace(request, intent=intent))
    return {
        (found.database.partition("/")[2], each.rule.name): each.tally[Standing.DUE]
        for found in plan.databases
        for each in found.rules
        if each.tally is not None
    }


def theirs(tenants: Tenants, asked: Sequence[tuple[str, Question]]) -> Due:
    """The same by hand."""

    def one(name: str) -> Due:
        due: Due = {}
        with closing(tenants.connect(name)) as connection:
            for rule, (statement, values) in asked:
                rows = connection.execute(statement, values).fetchall()
                if rule:
                    due[name, rule] = sum(row[-1] for row in rows if row[0] == Standing.DUE)
        return due

    with ThreadPoolExecutor(tenants.jobs) as pool:
        return {key: count for due in pool.map(one, tenants.names()) for key, count in due.items()}


def questions(request: Request) -> list[tuple[str, Question]]:
    """The counting statements of one database, as the driver is told them; of a table's own with its rule."""
    told: list[Question] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        told.append((statement, values))

    first = request.intent.config.databases[0].name
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    scan(replace(request, selection=Selection(databases=(first,))))
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    standings = [each for each in told if "standing0" in each[0]]
    rows = [each for each in told if "wesretain_one" in each[0]]
    return [*zip(("orders", "visits", "invoices"), standings, strict=True), *(("", each) for each in rows)]


# -- the databases ----------------------------------------------------------------------------------------------------


def furnish(folder: Path, entry: str) -> None:
    """The files and the ledger."""
    (folder / "inventory.yaml").write_text(INVENTORY)
    (folder / "policy.yaml").write_text(POLICY)
    (folder / "wesretain.yaml").write_text(CONFIG.format(entry=entry))
    create(folder / "ledger", datetime.now(UTC))


def rows_of(tenant: int) -> Iterator[str]:
    """The rows of one tenant; each has others due."""
    numbers = range(1, ROWS + 1)
    years = {number: 2015 + (number * 7 + tenant) % 12 for number in numbers}
    people = ", ".join(f"({n}, 'n{n}', 'n{n}@example')" for n in numbers)
    orders = ", ".join(
        f"({n}, {n}, '{'open' if n % 3 == 0 else 'closed'}', '{years[n]}-01-0{1 + n % 9} 10:00:00')" for n in numbers
    )
    items = ", ".join(f"({n}, {n}, 'x')" for n in numbers)
    visits = ", ".join(f"({n}, {n}, '{years[n]}-03-0{1 + n % 9} 10:00:00', '192.0.2.1')" for n in numbers)
    invoices = ", ".join(f"({n}, {n}, '{years[n]}-05-0{1 + n % 9}')" for n in numbers)
    tables = {"people": people, "orders": orders, "items": items, "visits": visits, "invoices": invoices}
    return (f"INSERT INTO {name} VALUES {rows}" for name, rows in tables.items())


@contextmanager
def built(dialect: str, folder: Path, count: int) -> Iterator[tuple[Tenants, str]]:
    """The databases of an engine, and its version."""
    if dialect == "sqlite":
        yield _files(folder / "data", count), f"SQLite {sqlite3.sqlite_version}"
        return
    with started("postgresql") as server:
        server.execute("postgres", "CREATE DATABASE empty_tenant")
        server.execute("empty_tenant", *(ddl.format(time="timestamp") for ddl in TABLES))
        for tenant in range(count):
            name = f"tenant_{tenant:04}"
            server.execute("postgres", f"CREATE DATABASE {name} TEMPLATE empty_tenant STRATEGY FILE_COPY")
            server.execute(name, *rows_of(tenant))
        url = sa.make_url(server.url).set(database="postgres", query={})

        def connect(name: str) -> Any:
            return psycopg.connect(server.place(name).by_hand, autocommit=True)

        def names() -> list[str]:
            with psycopg.connect(server.place("postgres").by_hand) as connection:
                query = "SELECT datname FROM pg_database WHERE datname LIKE 'tenant\\_%' ORDER BY datname"
                return [name for (name,) in connection.execute(query)]

        yield Tenants(f'url: "{url}", discover: "tenant_*"', names, connect, JOBS.a_server), server.version


def _files(folder: Path, count: int) -> Tenants:
    folder.mkdir()
    for tenant in range(count):
        with closing(sqlite3.connect(folder / f"tenant_{tenant:04}.db", isolation_level=None)) as connection:
            script = ";".join([*(ddl.format(time="datetime") for ddl in TABLES), *rows_of(tenant)])
            connection.executescript(f"PRAGMA synchronous = OFF; BEGIN; {script}; COMMIT")

    def connect(name: str) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{folder}/{name}.db?mode=ro", uri=True, isolation_level=None)
        for function, arguments, body in _FUNCTIONS:  # which the statements use
            connection.create_function(function, arguments, _tolerant(body, "utf-8"), deterministic=True)
        return connection

    def names() -> list[str]:
        return sorted(path.stem for path in folder.glob("*.db"))

    return Tenants('discover: {files: "data/*.db"}', names, connect, min(JOBS.most, JOBS.files))
