"""A small shop in which some is due and some is held, runs on it that are disturbed, and what must hold afterwards.

What must hold is written as SQL by hand, over the tables as they are and copies of them as they were.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from apply.company import AS_OF, DDL, INVENTORY, OLD, OLD_ORDERS, RECENT, TABLES, Company, Rows, orders

STAGE = Path(__file__).with_name("stage.py")
RULES = f"""{OLD_ORDERS}
  old-notes:
    table: shop.orders
    where: {{state: open}}
    keep: 3 years
    after: closed
    then: redact
    columns: {{note: {{mask: ip}}}}
  old-visits:
    table: shop.visits
    where: {{page: cart}}
    keep: 3 years
    after: at
    then: delete
  old-searches:
    table: shop.searches
    keep: 3 years
    after: at
    then: delete
    with: {{hits: delete}}
  old-tokens:
    table: shop.tokens
    keep: 3 years
    after: at
    then: delete
"""
#: Visits have no key and go all at once, searches and tokens go as they lie; orders have to be named. Texts are so long
#: that a batch is more than a block.
_DDL = """
CREATE TABLE visits (page VARCHAR(20), at TIME);
CREATE TABLE searches (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), at TIME,
    words VARCHAR(2000));
CREATE TABLE tokens (name VARCHAR(20) PRIMARY KEY NOT NULL, customer_id INTEGER REFERENCES customers (id), at TIME,
    words VARCHAR(2000));
CREATE TABLE hits (id INTEGER PRIMARY KEY, search_id INTEGER NOT NULL REFERENCES searches (id), page VARCHAR(20));
CREATE INDEX searches_customer ON searches (customer_id);
CREATE INDEX tokens_customer ON tokens (customer_id);
CREATE INDEX hits_search ON hits (search_id);
"""
_INVENTORY = """
      visits: {category: personal, subjects: none, key: none}
      searches: {category: personal, subjects: customer}
      tokens: {category: personal, subjects: customer}
      hits: {category: personal, subjects: none}
"""
CLOSED, OPEN, CUSTOMERS, SEARCHES, TOKENS = 36, 8, 12, 20, 20
#: What a rule may take, and what a hold keeps, in the words of SQL.
_OLD = "closed < '2023-06-30'"
DUE = f"(state = 'closed' AND {_OLD})"
NOTED = f"(state = 'open' AND {_OLD})"
HELD = "(customer_id = 3 OR id IN (7, 11))"
HOLDS = (
    ("--subject", "shop.customers", "3"),
    ("--record", "shop.orders", "7"),
    ("--record", "shop.items", "111"),
)
#: How to begin a transaction that sees one state of all tables.
ONE_STATE = {
    "sqlite": "BEGIN",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "mariadb": "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
}
#: Seconds that anything may take on the slowest of machines.
PATIENCE = 60
COPIED = (*TABLES, "visits", "searches", "hits", "tokens")
#: A column of the old name could be one more link to addresses, and then none would be known to be unshared.
_NAMES = {"orders": "id, customer_id, address_id AS place, state, closed, note"}

#: What may never be seen, not even for a moment: how many rows contradict it.
NEVER = {
    "an order went that was not due": f"SELECT count(*) FROM first_orders f WHERE NOT {DUE} AND NOT EXISTS"
    " (SELECT 1 FROM orders o WHERE o.id = f.id)",
    "a held order went": f"SELECT count(*) FROM first_orders f WHERE {HELD} AND NOT EXISTS"
    " (SELECT 1 FROM orders o WHERE o.id = f.id)",
    "an order changed": "SELECT count(*) FROM orders o JOIN first_orders f ON f.id = o.id WHERE"
    " NOT (o.customer_id = f.customer_id AND o.address_id = f.place AND o.state = f.state AND o.closed = f.closed)",
    "a note changed that was not due": "SELECT count(*) FROM orders o JOIN first_orders f ON f.id = o.id WHERE"
    f" o.note <> f.note AND NOT (o.note = '192.0.0.0' AND o.state = 'open' AND o.{_OLD})",
    "a note of a held order changed": "SELECT count(*) FROM orders o JOIN first_orders f ON f.id = o.id WHERE"
    " o.note <> f.note AND (o.customer_id = 3 OR o.id IN (7, 11))",
    "an item went, and its order is there": "SELECT count(*) FROM first_items f JOIN orders o ON o.id = f.order_id"
    " WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.id = f.id)",
    "an item is there, and its order went": "SELECT count(*) FROM items i WHERE NOT EXISTS"
    " (SELECT 1 FROM orders o WHERE o.id = i.order_id)",
    "a serial went, and its item is there": "SELECT count(*) FROM first_serials f JOIN items i ON i.id = f.item_id"
    " WHERE NOT EXISTS (SELECT 1 FROM serials s WHERE s.id = f.id)",
    "a serial is there, and its item went": "SELECT count(*) FROM serials s WHERE NOT EXISTS"
    " (SELECT 1 FROM items i WHERE i.id = s.item_id)",
    "a parcel is not as its order": "SELECT count(*) FROM first_parcels f LEFT JOIN parcels p ON p.id = f.id"
    " LEFT JOIN orders o ON o.id = f.order_id"
    " WHERE p.id IS NULL OR p.place <> f.place OR (p.order_id IS NULL) <> (o.id IS NULL)",
    "a remark is not as its order": "SELECT count(*) FROM first_remarks f LEFT JOIN remarks r ON r.id = f.id"
    " LEFT JOIN orders o ON o.id = f.order_id"
    " WHERE r.id IS NULL OR (r.order_id IS NULL) <> (o.id IS NULL) OR (r.author = '') <> (o.id IS NULL)",
    "an address went, and an order is there": "SELECT count(*) FROM orders o WHERE NOT EXISTS"
    " (SELECT 1 FROM addresses a WHERE a.id = o.address_id)",
    "an address is there, and its orders went": "SELECT count(*) FROM addresses a WHERE EXISTS"
    " (SELECT 1 FROM first_orders f WHERE f.place = a.id) AND NOT EXISTS"
    " (SELECT 1 FROM orders o WHERE o.address_id = a.id)",
    "a customer went": "SELECT count(*) FROM first_customers f WHERE NOT EXISTS"
    " (SELECT 1 FROM customers c WHERE c.id = f.id AND c.email = f.email)",
    "a visit went that was not due": "SELECT (SELECT count(*) FROM first_visits WHERE NOT (page = 'cart' AND"
    " at < '2023-06-30')) - (SELECT count(*) FROM visits WHERE NOT (page = 'cart' AND at < '2023-06-30'))",
    "a search went that was not due, or was held": "SELECT count(*) FROM first_searches f WHERE NOT (at < '2023-06-30'"
    " AND customer_id <> 3) AND NOT EXISTS (SELECT 1 FROM searches s WHERE s.id = f.id)",
    "a token went that was not due, or was held": "SELECT count(*) FROM first_tokens f WHERE NOT (at < '2023-06-30'"
    " AND customer_id <> 3) AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.name = f.name)",
    "a hit is not as its search": "SELECT count(*) FROM first_hits f LEFT JOIN hits h ON h.id = f.id"
    " LEFT JOIN searches s ON s.id = f.search_id WHERE (h.id IS NULL) <> (s.id IS NULL)",
}
#: What may not be left once a run has ended well.
IN_THE_END = {
    "due orders": f"SELECT count(*) FROM orders WHERE {DUE} AND NOT {HELD}",
    "due notes": f"SELECT count(*) FROM orders WHERE {NOTED} AND NOT {HELD} AND note <> '192.0.0.0'",
    "due visits": "SELECT count(*) FROM visits WHERE page = 'cart' AND at < '2023-06-30'",
    "due searches": "SELECT count(*) FROM searches WHERE at < '2023-06-30' AND customer_id <> 3",
    "due tokens": "SELECT count(*) FROM tokens WHERE at < '2023-06-30' AND customer_id <> 3",
}
#: How many have gone or changed, by what evidence calls it.
CHANGED = {
    "delete orders": "SELECT (SELECT count(*) FROM first_orders) - (SELECT count(*) FROM orders)",
    "delete items": "SELECT (SELECT count(*) FROM first_items) - (SELECT count(*) FROM items)",
    "delete serials": "SELECT (SELECT count(*) FROM first_serials) - (SELECT count(*) FROM serials)",
    "delete addresses": "SELECT (SELECT count(*) FROM first_addresses) - (SELECT count(*) FROM addresses)",
    "unlink parcels": "SELECT count(*) FROM parcels WHERE order_id IS NULL",
    "redact remarks": "SELECT count(*) FROM remarks WHERE order_id IS NULL",
    "redact orders": "SELECT count(*) FROM orders WHERE note = '192.0.0.0'",
    "delete visits": "SELECT (SELECT count(*) FROM first_visits) - (SELECT count(*) FROM visits)",
    "delete searches": "SELECT (SELECT count(*) FROM first_searches) - (SELECT count(*) FROM searches)",
    "delete tokens": "SELECT (SELECT count(*) FROM first_tokens) - (SELECT count(*) FROM tokens)",
    "delete hits": "SELECT (SELECT count(*) FROM first_hits) - (SELECT count(*) FROM hits)",
}
_RECORDS = {
    "old-orders": "delete orders",
    "old-notes": "redact orders",
    "old-visits": "delete visits",
    "old-searches": "delete searches",
    "old-tokens": "delete tokens",
}


def rows() -> Rows:
    """Closed orders of which two are recent, open ones which are all old; of the others some of each are recent."""
    found = orders(CLOSED + OPEN, CUSTOMERS, 0)
    found["orders"] = [
        (
            n,
            customer,
            address,
            "closed" if n <= CLOSED else "open",
            RECENT if CLOSED - 2 < n <= CLOSED else OLD + timedelta(hours=n),
            "x" if n <= CLOSED else f"192.0.2.{n}",
        )
        for n, customer, address, _, _, _ in found["orders"]
    ]
    visits = [("cart", OLD)] * 4 + [("home", OLD)] * 2 + [("cart", RECENT)] * 2
    words = "x" * 1_500
    searches = [(n, n % CUSTOMERS + 1, OLD if n % 5 else RECENT, words) for n in range(1, SEARCHES + 1)]
    tokens = [(f"{n:x}", n % CUSTOMERS + 1, OLD if n % 4 else RECENT, words) for n in range(1, TOKENS + 1)]
    hits = [(n * 10 + i, n, "home") for n in range(1, SEARCHES + 1) for i in range(2)]
    return {**found, "visits": visits, "searches": searches, "hits": hits, "tokens": tokens}


ROWS = rows()


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code or, below 0, the signal that killed it; what it said; whether its trap closed."""

    code: int
    out: str
    err: str
    struck: bool

    @property
    def done(self) -> dict[str, int]:
        """How many records each rule says that it has dealt with."""
        found = json.loads(self.out)["databases"]
        return {rule["rule"]: rule["done"] for each in found for rule in each["rules"]}


@dataclass(frozen=True)
class Point:
    """A moment of a run: before a line is executed for the n-th time."""

    file: str
    function: str
    line: int
    count: int


@dataclass
class Scene:
    """The shop, and the program that runs wesretain in it."""

    shop: Company
    process: subprocess.Popen[str]
    environment: dict[str, str] = field(repr=False)
    kept: dict[str, bytes] = field(default_factory=dict, repr=False)

    # -- the shop ---------------------------------------------------------------------------------------------------

    def build(self) -> Scene:
        """Build the shop, place the holds, and copy all rows."""
        shop = self.shop
        shop.rules, shop.inventory = RULES, INVENTORY.rstrip() + _INVENTORY
        shop.build(ROWS, DDL + _DDL)
        for kind, *scope in HOLDS:
            placed = shop.call("hold", "add", "--matter", "Case 4711", "--reason", "a lawsuit", kind, *scope)
            assert placed.code == 0, placed.err
        with shop.connect() as connection:
            for table in COPIED:
                names = _NAMES.get(table, "*")
                connection.exec_driver_sql(f"CREATE TABLE first_{table} AS SELECT {names} FROM {table}")
        self.kept = {name: (shop.folder / name).read_bytes() for name in self._files}
        if shop.ledger_url:
            self._at_the_ledger("CREATE TABLE first_entries AS TABLE wesretain_ledger.entries")
        return self

    def _at_the_ledger(self, *statements: str) -> list[tuple[Any, ...]]:
        """All rows that the last of some statements gives at the server of the ledger, whose guards are off."""
        url = sa.make_url(self.shop.ledger_url).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in ("SET session_replication_role = replica", *statements):
                result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    @property
    def _files(self) -> list[str]:
        path = sa.make_url(self.shop.url).database or ""
        ledger = [] if self.shop.ledger_url else ["ledger"]
        return [*ledger, *([Path(path).name] if self.shop.dialect == "sqlite" else [])]

    def reset(self) -> None:
        """Put everything back as it was built, the ledger included."""
        shop = self.shop
        for name, content in self.kept.items():
            (shop.folder / f"{name}-journal").unlink(missing_ok=True)
            (shop.folder / name).write_bytes(content)
        if shop.ledger_url:
            entries = "wesretain_ledger.entries"
            self._at_the_ledger(f"TRUNCATE {entries}", f"INSERT INTO {entries} SELECT * FROM first_entries")
        if shop.dialect == "sqlite":
            return
        own = " WHERE name = database()" if shop.dialect == "mariadb" else ""
        nobody = "run = NULL, host = NULL, owner = NULL, lease_until = NULL"
        with shop.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            # A run goes through PostgreSQL's blocks: so that all do the same, the rows lie as they lay.
            emptied = [f"DELETE FROM {table}" for table in COPIED[::-1]]
            for statement in [f"TRUNCATE {', '.join(COPIED)}"] if shop.dialect == "postgresql" else emptied:
                connection.exec_driver_sql(statement)
            for table in COPIED:
                connection.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM first_{table}")
            connection.exec_driver_sql(f"DELETE FROM wesretain.evidence{own}")
            connection.exec_driver_sql(f"UPDATE wesretain.control SET {nobody}{own}")
            connection.exec_driver_sql("COMMIT")

    def lead_through(self, url: str, port: int) -> None:
        """Have wesretain, and it alone, connect to another port of this machine instead of a URL's."""
        file = self.shop.folder / "wesretain.yaml"
        place = f":{sa.make_url(url).port}/{sa.make_url(url).database}"
        file.write_text(file.read_text().replace(place, place.replace(place.partition("/")[0], f":{port}")))

    def log_in(self, user: str) -> None:
        """Have wesretain, and it alone, log in as another user."""
        file = self.shop.folder / "wesretain.yaml"
        name = sa.make_url(self.shop.url).username
        file.write_text(file.read_text().replace(f"//{name}@", f"//{user}@"))

    # -- runs -------------------------------------------------------------------------------------------------------

    def start(self, *arguments: str, **order: Any) -> int:
        """Start a run, and give its process id."""
        assert self.process.stdin is not None
        (self.shop.folder / "struck").unlink(missing_ok=True)
        json.dump({"folder": str(self.shop.folder), "arguments": arguments, **order}, self.process.stdin)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self._answer()["pid"])

    def wait(self) -> Ended:
        """Wait for the run that was started to end."""
        code = int(self._answer()["code"])
        out, err = ((self.shop.folder / name).read_text() for name in ("out", "err"))
        assert "Traceback" not in out + err, err
        assert code != 70, out + err
        return Ended(code, out, err, (self.shop.folder / "struck").exists())

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def call(self, *arguments: str, **order: Any) -> Ended:
        """A command, from its start to its end."""
        self.start(*arguments, **order)
        return self.wait()

    def apply(self, **order: Any) -> Ended:
        """A run of apply."""
        return self.call(*APPLY, **order)

    def strike(self, point: Point, *signals: tuple[int, float], again: int | None = None) -> Ended:
        """A run of apply that gets signals at a point, and `again` where it undoes what it was about."""
        trap = {"file": point.file, "line": point.line, "count": point.count, "signals": signals}
        return self.apply(trap=trap, again=again)

    def lines(self) -> list[Point]:
        """Each line that a run executes, in order, with how often it has been executed by then."""
        ended = self.apply(count=True)
        assert (ended.code, ended.err) == (0, "")
        met = Counter[tuple[str, int]]()
        points = []
        for file, function, line in json.loads((self.shop.folder / "lines").read_text()):
            met[file, line] += 1
            points.append(Point(file, function, line, met[file, line]))
        return points

    # -- what must hold ---------------------------------------------------------------------------------------------

    def counted(self) -> tuple[dict[str, int], list[tuple[Any, ...]]]:
        """In one state of the database: the answer of every query, and all evidence."""
        with self.shop.connect() as connection:
            connection.exec_driver_sql(ONE_STATE[self.shop.dialect])
            queries = {**NEVER, **IN_THE_END, **CHANGED}
            found = {name: connection.exec_driver_sql(query).scalar() for name, query in queries.items()}
            own = " WHERE name = database()" if self.shop.dialect == "mariadb" else ""
            table = "wesretain_evidence" if self.shop.dialect == "sqlite" else "wesretain.evidence"
            query = f"SELECT batch, rule, records, counts, digest FROM {table}{own} ORDER BY batch"
            evidence = [tuple(row) for row in connection.exec_driver_sql(query)]
            connection.exec_driver_sql("COMMIT")
        return found, evidence

    def wait_for_quiet(self) -> None:
        """Wait until the server has noticed that nobody is there any more: till then it may still be at work."""
        query = _OTHERS.get(self.shop.dialect)
        deadline = time.monotonic() + PATIENCE
        while query and self.shop.query(query) != [(0,)]:
            assert time.monotonic() < deadline, "a session does not end"
            time.sleep(0.005)
        while self.shop.ledger_url and self._at_the_ledger(_OTHERS["postgresql"]) != [(0,)]:
            assert time.monotonic() < deadline, "a session at the ledger does not end"
            time.sleep(0.005)

    def check_now(self) -> dict[str, int]:
        """At any moment: only what is due and not held has gone, no batch by halves, and evidence tells all of it."""
        found, evidence = self.counted()
        same({name: found[name] for name in NEVER}, dict.fromkeys(NEVER, 0))
        records, counts = Counter[str](), Counter[str]()
        for _, rule, number, words, _ in evidence:
            records[rule] += number
            counts.update(json.loads(words))
        same({name: found[name] for name in CHANGED}, {name: counts[name] for name in CHANGED})
        same({rule: found[name] for rule, name in _RECORDS.items()}, {rule: records[rule] for rule in _RECORDS})
        return {rule: records[rule] for rule in _RECORDS}

    def check_ledger(self) -> None:
        """The ledger tells of each batch once and as the database does, none is open, and wesretain says so too."""
        _, evidence = self.counted()
        ledger = self._entries()
        subjects = {kind: [subject for each, subject, _ in ledger if each == kind] for kind in _BATCH}
        told = [
            (batch, body["rule"], body["records"], json.dumps(body["counts"], sort_keys=True), body["digest"])
            for kind, batch, words in ledger
            if kind == "batch done" and (body := json.loads(words))
        ]
        assert sorted(told) == sorted(evidence), "ledger and database do not tell the same"
        ended = subjects["batch done"] + subjects["batch void"]
        assert sorted(ended) == sorted(subjects["batch intended"]), "not each batch has ended once"
        verified = self.call("ledger", "verify")
        assert verified.code == 0, verified.out + verified.err

    def _entries(self) -> list[tuple[Any, ...]]:
        columns = "kind, subject, body"
        if self.shop.ledger_url:
            return self._at_the_ledger(f"SELECT {columns} FROM wesretain_ledger.entries")
        path = f"{(self.shop.folder / 'ledger').as_uri()}?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as connection:
            return connection.execute(f"SELECT {columns} FROM entries").fetchall()

    def check_ended(self, ended: Ended, before: dict[str, int]) -> None:
        """A run that ended well: all that was due has gone, and it says itself how much of it it has done."""
        assert (ended.code, ended.err) == (0, ""), ended
        after = self.check_now()
        found, _ = self.counted()
        same({name: found[name] for name in IN_THE_END}, dict.fromkeys(IN_THE_END, 0))
        same(ended.done, {rule: after[rule] - before[rule] for rule in after})
        self.check_ledger()

    def check_healed(self) -> None:
        """After whatever has happened: what is there is right, the next run ends well, and one more does nothing."""
        self.wait_for_quiet()
        before = self.check_now()
        self.check_ended(self.apply(), before)
        after, _ = self.counted()
        again = self.apply()
        assert (again.code, again.err, sum(again.done.values())) == (0, "", 0), again
        same(self.counted()[0], after)


APPLY = ("apply", "--yes", "--format", "json", "--as-of", AS_OF.isoformat(), "--full-speed")
#: Sessions of others on the same database.
_OTHERS = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    "mariadb": "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
}
_BATCH = ("batch intended", "batch done", "batch void")


def same(found: dict[str, int], expected: dict[str, int]) -> None:
    wrong = {name: (found[name], expected[name]) for name in expected if found[name] != expected[name]}
    assert not wrong, f"found and expected: {wrong}"


@contextmanager
def staged(shop: Company, source: Path | None = None) -> Iterator[Scene]:
    """A scene whose runs are those of the product, or of a copy of its source."""
    environment = dict(os.environ) if source is None else {**os.environ, "PYTHONPATH": str(source)}
    command: Sequence[Any] = (sys.executable, STAGE)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        try:
            yield Scene(shop, process, environment).build()
        finally:
            assert process.stdin is not None
            process.stdin.close()


def copy_of(source: Path, place: Path) -> Path:
    """A copy of the product's source, to be broken."""
    return Path(shutil.copytree(source, place / "src"))
