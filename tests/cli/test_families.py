"""Many databases with one inventory and one policy: how they are found, and that each stands for itself."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from threading import Barrier, Lock
from time import sleep

import pytest
import sqlalchemy as sa

from cli.houses import AS_OF, TIME, House, described, kind_of
from databases import Server
from engines.live import write
from wesretain.engines import open_for_scan
from wesretain.families import NoMembers, members
from wesretain.ledger import opened
from wesretain.ledger.file import FileStore
from wesretain.model.config import DatabaseConfig, Family, FilesLike, Literal
from wesretain.model.hold import OnDatabase, OnRecord
from wesretain.model.rule import TableName
from wesretain.policy.load import parse_condition
from wesretain.side_by_side import Jobs, Task, side_by_side
from wesretain.verify import compare

RULES = "  old: {table: shops.orders, keep: 1 year, after: at, then: delete, may empty the table: true}\n"
TABLES = described(
    "people: {category: personal, subjects: self}",
    "orders: {subjects: owner, links: {owner: {to: people, by: person}}}",
)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
LONG_AGO, RECENT = "2020-01-01 00:00:00", "2026-06-30 00:00:00"


def a_shop(url: str, old: int, recent: int = 1) -> None:
    """A shop with so many old orders and so many recent ones, all of person 1."""
    times = [LONG_AGO] * old + [RECENT] * recent
    rows = ", ".join(f"({number}, 1, '{time}')" for number, time in enumerate(times, 1))
    write(
        url,
        "CREATE TABLE people (id integer PRIMARY KEY)",
        f"CREATE TABLE orders (id integer PRIMARY KEY, person integer REFERENCES people (id), at {TIME[kind_of(url)]})",
        "INSERT INTO people VALUES (1)",
        *([f"INSERT INTO orders VALUES {rows}"] if times else []),
    )


def files_of(house: House, shops: dict[str, int], **more: str) -> None:
    """A family of SQLite files, one a shop, with so many old orders each."""
    (house.folder / "data").mkdir(exist_ok=True)
    for name, old in shops.items():
        path = house.folder / "data" / f"{name}.db"
        path.touch()
        a_shop(f"sqlite:///{path}", old)
    house.furnish(RULES, TABLES, shops='{discover: {files: "data/*.db"}}', **more)


def due(house: House, *arguments: str) -> dict[str, int]:
    """How many orders are due in each database."""
    found = house.scan(*arguments).json["databases"]
    return {each["database"]: each["rules"][0]["tally"]["due"] for each in found}


def test_files_that_fit_a_pattern_are_scanned_each_by_itself(house: House) -> None:
    files_of(house, {"a": 1, "b": 2, "c": 0})

    assert due(house) == {"shops/a": 1, "shops/b": 2, "shops/c": 0}


def prepared(house: House, name: str = "shops") -> None:
    answer = house.call("prepare", name)
    assert answer.code == 0, answer.err
    house.call("approve", "--all")


def orders(house: House, name: str) -> int:
    with closing(sqlite3.connect(house.folder / "data" / f"{name}.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])


# -- which there are --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("data/*.db", {"one", "two"}),
        ("data/t?o.db", {"two"}),
        ("data/*/shop.db", {"north", "south"}),
        ("*/*.db", {"data/one", "data/two"}),
        ("data/*[o]*.db", set[str]()),
        ("data/*w*", {"two.db"}),
    ],
)
def test_files_are_named_by_what_the_pattern_leaves_open(house: House, pattern: str, names: set[str]) -> None:
    for path in ("one.db", "two.db", "two.db-wal", "three.sqlite", "north/shop.db", "south/shop.db", ".hidden.db"):
        place = house.folder / "data" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    found = names_of(house, pattern)
    assert set(found) == names
    assert found == sorted(found)


def names_of(house: House, pattern: str) -> list[str]:
    common = DatabaseConfig("shops", Literal("sqlite://"))
    try:
        found = members(Family(common, FilesLike(str(house.folder / pattern))))
    except NoMembers:
        return []
    return [each.name.removeprefix("shops/") for each in found]


@pytest.mark.parametrize("dialect", ["postgresql", "mariadb"])
def test_databases_of_a_server_are_found_by_their_names(
    house: House, dialect: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(dialect)
    prefix = f"shop{uuid.uuid4().hex[:8]}"
    urls = [server.fresh_database(f"{prefix}_{name}") for name in "ab"]
    server.fresh_database(f"{prefix}x")
    for number, url in enumerate(urls, 1):
        a_shop(url, number)
    url = sa.make_url(urls[0]).set(database="")
    house.furnish(RULES, TABLES, shops=f"{{url: '{url}', discover: '{prefix}_*'}}")

    names = [f"shops/{sa.make_url(url).database}" for url in urls]
    assert due(house) == dict(zip(names, (1, 2), strict=True))
    assert [each["rules"][0]["records"] for each in house.scan("--quick").json["databases"]] == [1, 2]
    prepared(house)
    assert house.call("doctor").code == 0
    answer = house.call("apply", "--yes", "--format", "json")
    assert answer.code == 4, answer.err  # more than a tenth of the table
    house.call("approve", "old", "--backlog", "2")
    answer = house.call("apply", "--yes")
    assert (answer.code, answer.said) == (0, "")
    assert due(house) == dict.fromkeys(names, 0)


def test_a_list_names_databases_by_their_urls(house: House, sqlite: Server, postgresql: Server) -> None:
    urls = {"north": sqlite.fresh_database("shop"), "south": postgresql.fresh_database("shop")}
    for number, url in enumerate(urls.values()):
        a_shop(url, number)
    house.write("shops.yaml", "".join(f"{name}: {url}\n" for name, url in urls.items()))
    house.furnish(RULES, TABLES, shops="{discover: {list: shops.yaml}}")

    assert due(house) == {"shops/north": 0, "shops/south": 1}


def test_a_family_without_members_and_one_that_cannot_be_asked_have_failed(house: House, sqlite: Server) -> None:
    a_shop(url := sqlite.fresh_database("shop"), 1)
    files = {"shops": '{discover: {files: "data/*.db"}}', "desk": url}
    (house.folder / "data").mkdir()
    house.furnish(RULES + RULES.replace("shops", "desk").replace("old", "older"), TABLES, **files)

    answer = house.scan()
    assert answer.code == 5
    assert [each["database"] for each in answer.json["databases"]] == ["desk"]
    assert [(each["database"], each["exit_code"]) for each in answer.json["failures"]] == [("shops", 7)]
    assert house.scan("--database", "shops").code == 7
    for command in ("doctor", "ledger verify", "hold fence", "prepare shops"):
        answer = house.call(*command.split())
        assert answer.code == 7, (command, answer)
        assert "nothing fits" in answer.err


def test_a_member_that_cannot_be_scanned_stops_no_other(house: House) -> None:
    files_of(house, {"a": 1, "b": 2})
    (house.folder / "data" / "broken.db").write_text("no database")
    other = f"sqlite:///{house.folder}/data/other.db"
    (house.folder / "data" / "other.db").touch()
    write(other, "CREATE TABLE people (id integer PRIMARY KEY)")

    answer = house.scan()
    assert answer.code == 5
    found = {each["database"]: each["rules"][0] for each in answer.json["databases"]}
    assert [found[name]["tally"]["due"] for name in ("shops/a", "shops/b")] == [1, 2]
    assert "no table `orders`" in found["shops/other"]["refused"]["message"]
    assert [each["database"] for each in answer.json["failures"]] == ["shops/broken"]


def test_a_database_under_two_names_is_refused(house: House) -> None:
    files_of(house, {"a": 1})
    (house.folder / "data" / "b.db").symlink_to("a.db")
    answer = house.scan()
    assert answer.code == 3
    assert "`shops/b` is the same database as `shops/a`" in answer.err


def test_a_folder_that_is_open_to_all_is_refused(house: House) -> None:
    files_of(house, {"a": 1})
    (house.folder / "data").chmod(0o777)
    answer = house.scan()
    assert answer.code == 3
    assert "every user of this machine may put files into" in answer.err


def test_a_member_is_chosen_and_explained_by_its_name(house: House) -> None:
    files_of(house, {"a": 1, "b": 2})
    assert due(house, "--database", "shops/b") == {"shops/b": 2}
    assert due(house, "--database", "shops") == {"shops/a": 1, "shops/b": 2}
    assert house.scan("--database", "shops/c").code == 2
    assert "due since" in house.call("explain", "shops/a.orders", "1").out
    assert house.call("explain", "shops.orders", "1").code == 2
    assert house.call("records", "old", "--database", "shops/b", "--format", "csv").out.count("due") == 2
    assert house.call("records", "old").code == 2


# -- alike, and not ---------------------------------------------------------------------------------------------------


def test_members_of_other_schemas_are_scanned_as_they_are(house: House) -> None:
    """What members that are alike share is found anew for each that is not."""
    files_of(house, {"a": 1, "b": 2, "c": 3})
    write(f"sqlite:///{house.folder}/data/b.db", "ALTER TABLE orders RENAME COLUMN at TO seen")
    write(f"sqlite:///{house.folder}/data/c.db", "CREATE TABLE notes (of integer REFERENCES orders (id))")
    write(f"sqlite:///{house.folder}/data/c.db", "INSERT INTO notes VALUES (1)")

    found = {each["database"]: each["rules"][0] for each in house.scan().json["databases"]}
    assert found["shops/a"]["tally"]["due"] == 1
    assert "`at`" in found["shops/b"]["refused"]["message"]
    assert (found["shops/c"]["tally"]["due"], found["shops/c"]["tally"]["blocked"]) == (2, 1)
    alone = {
        name: house.scan("--database", name, "--jobs", "1").json["databases"][0]["rules"][0] for name in reversed(found)
    }
    assert alone == found


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE {}.orders ADD COLUMN note varchar(10)",
        "ALTER TABLE {}.orders ALTER COLUMN person SET NOT NULL",
        "ALTER TABLE {}.orders ALTER COLUMN at TYPE timestamptz",
        "ALTER TABLE {}.orders DROP CONSTRAINT orders_person_fkey",
        "CREATE UNIQUE INDEX more ON {}.orders (person, at)",
        "CREATE INDEX more ON {}.orders (at)",
        "CREATE TABLE {}.more (id integer)",
        "CREATE VIEW {}.more AS SELECT 1",
    ],
)
def test_a_fingerprint_tells_what_reflection_sees(postgresql: Server, change: str) -> None:
    found = []
    for changed in (False, False, True):
        a_shop(url := postgresql.fresh_database("shop"), 1)
        write(url, "CREATE TABLE gone (id integer)", "DROP TABLE gone", *([change.format("public")] if changed else []))
        with open_for_scan(DatabaseConfig("shop", Literal(url))) as live:
            found.append((live.fingerprint(), live.reflect()))
    (one, schema), (same, same_schema), (other, other_schema) = found
    assert (one, schema) == (same, same_schema)
    assert one != other
    assert schema != other_schema


# -- holds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hold", "left"),
    [
        (("--database", "shops"), {"a": 2, "b": 3, "late": 4}),
        (("--subject", "shops.people", "1"), {"a": 2, "b": 3, "late": 4}),
        (("--record", "shops.orders", "1"), {"a": 2, "b": 2, "late": 2}),
        (("--category", "personal"), {"a": 2, "b": 3, "late": 4}),
        (("--database", "shops/b"), {"a": 1, "b": 3, "late": 1}),
        (("--subject", "shops/b.people", "1"), {"a": 1, "b": 3, "late": 1}),
        (("--record", "shops/late.orders", "1"), {"a": 1, "b": 1, "late": 2}),
    ],
)
def test_a_hold_reaches_members_that_come_later(house: House, hold: tuple[str, ...], left: dict[str, int]) -> None:
    files_of(house, {"a": 1, "b": 2} | ({"late": 3} if "shops/late.orders" in hold else {}))
    house.write("wesretain.yaml", (house.folder / "wesretain.yaml").read_text() + FREE)
    prepared(house)
    answer = house.call("hold", "add", "--matter", "Case 1", "--reason", "case", *hold)
    assert answer.code == 0, answer.err
    if not (house.folder / "data" / "late.db").exists():
        files_of(house, {"late": 3})
        house.write("wesretain.yaml", (house.folder / "wesretain.yaml").read_text() + FREE)
    prepared(house, "shops/late")

    answer = house.call("apply", "--yes")
    assert (answer.code, answer.said) == (0, "")
    assert {name: orders(house, name) for name in left} == left


FREE = "limits: {rows per rule: none, share per rule: none}\n"


def test_a_scan_knows_which_members_a_hold_is_on(house: House) -> None:
    """Though these are alike, and share what is asked of them."""
    files_of(house, {"a": 2, "b": 2, "c": 2})
    house.hold(OnRecord(TableName("shops/b", None, "orders"), ("1",)))
    house.hold(OnRecord(TableName("shops", None, "orders"), ("3",)))
    held = {each["database"]: each["rules"][0]["tally"]["held"] for each in house.scan().json["databases"]}
    assert held == {"shops/a": 1, "shops/b": 2, "shops/c": 1}


def test_what_is_held_below_a_record_is_found_in_each_member(house: House) -> None:
    """Orders lead to orders: only the rows themselves can tell which lie below a held one."""
    files_of(house, {"a": 3, "b": 3, "c": 3})
    for name, below in (("a", "2"), ("b", "2, 3"), ("c", "NULL")):
        url = f"sqlite:///{house.folder}/data/{name}.db"
        write(url, "ALTER TABLE orders ADD COLUMN of integer REFERENCES orders (id)")
        write(url, f"UPDATE orders SET of = 1 WHERE id IN ({below})")
    house.hold(OnRecord(TableName("shops", None, "orders"), ("1",)))
    assert due(house) == {"shops/a": 1, "shops/b": 0, "shops/c": 2}
    found = house.scan("--quick").json["databases"]
    assert [each["rules"][0]["records"] for each in found] == [1, 0, 2]


def test_a_hold_is_told_to_every_member_and_says_what_it_reaches(house: House) -> None:
    files_of(house, {"a": 1, "b": 2})
    prepared(house)
    answer = house.call("hold", "add", "--matter", "Case 1", "--reason", "case", "--table", "shops.orders")
    assert answer.out.split()[-5:] == ["hold", "1", "is", "in", "force"]
    assert re.search(r"shops\.orders +5\b", answer.out)
    for name in "ab":
        with closing(sqlite3.connect(house.folder / "data" / f"{name}.db")) as connection:
            assert connection.execute("SELECT generation FROM wesretain_control").fetchone() == (1,)


def test_a_member_that_is_not_told_leaves_the_hold_unfenced(house: House) -> None:
    files_of(house, {"a": 1})
    prepared(house)
    (house.folder / "data" / "broken.db").write_text("no database")
    answer = house.call("hold", "add", "--matter", "Case 1", "--reason", "case", "--database", "shops")
    assert answer.code == 7
    assert "database shops/broken has not been told" in answer.err
    assert house.scan().json["databases"][0]["rules"][0]["tally"]["held"] == 2


# -- apply ------------------------------------------------------------------------------------------------------------


def test_each_member_has_its_own_plan_run_and_evidence(house: House) -> None:
    files_of(house, {"a": 1, "b": 0, "c": 2})
    house.write("wesretain.yaml", (house.folder / "wesretain.yaml").read_text() + FREE)
    prepared(house)
    answer = house.call("apply", "--yes", "--format", "json")
    assert answer.code == 0
    assert {each["database"]: each["rules"][0]["done"] for each in answer.json["databases"]} == {
        "shops/a": 1, "shops/b": 0, "shops/c": 2,
    }  # fmt: skip
    assert len({each["run"] for each in answer.json["databases"]}) == 3
    assert house.call("ledger", "verify").out.count("1 batch agrees") == 2


def test_the_ledger_is_read_once_however_many_members_are_compared(house: House) -> None:
    files_of(house, dict.fromkeys("abcd", 1))
    house.write("wesretain.yaml", (house.folder / "wesretain.yaml").read_text() + FREE)
    prepared(house)
    assert house.call("apply", "--yes").code == 0
    family = Family(DatabaseConfig("shops", Literal("sqlite://")), FilesLike(str(house.folder / "data" / "*.db")))
    reads = []
    with opened(house.ledger, parse_condition) as book:
        assert isinstance(book.store, FileStore)
        book.place_hold("Case 1", "case", OnDatabase("shops/b"), NOW, databases=("shops/b",))
        for some in (members(family)[:1], members(family)):
            told: list[str] = []
            book.store.connection.set_trace_callback(told.append)
            found = compare(some, book)
            reads.append(len(told))
            assert [(each.database, each.agreeing, each.differences) for each in found] == [
                (config.name, 1, ()) for config in some
            ]
    assert [bool(each.notes) for each in found] == [False, True, False, False]
    assert reads[0] == reads[1]


def test_the_rows_of_a_run_are_counted_over_the_family(house: House) -> None:
    files_of(house, {"a": 2, "b": 2, "c": 2})
    limits = "limits: {rows per rule: none, share per rule: none, rows per run: 4}\n"
    house.write("wesretain.yaml", (house.folder / "wesretain.yaml").read_text() + limits)
    prepared(house)
    answer = house.call("apply", "--yes")
    assert answer.code == 4
    assert "at most 4 rows may go in a run, 4 have gone" in answer.err
    assert [orders(house, name) for name in "abc"] == [1, 1, 3]


def test_a_backlog_lets_as_many_go_in_each_member(house: House) -> None:
    files_of(house, {"a": 2, "b": 2, "c": 3})
    prepared(house)
    house.call("approve", "old", "--backlog", "2")
    answer = house.call("apply", "--yes")
    assert answer.code == 4
    assert [orders(house, name) for name in "abc"] == [1, 1, 4]


def test_a_sealed_plan_is_for_the_members_that_it_has(house: House) -> None:
    files_of(house, {"a": 1})
    house.write("wesretain.yaml", (house.folder / "wesretain.yaml").read_text() + FREE)
    prepared(house)
    house.call("scan", "--as-of", AS_OF, "--out", "plan.json")
    files_of(house, {"b": 1})
    house.write("wesretain.yaml", (house.folder / "wesretain.yaml").read_text() + FREE)
    prepared(house)
    assert house.call("apply", "plan.json", "--yes").code == 0
    assert [orders(house, name) for name in "ab"] == [1, 2]
    (house.folder / "data" / "a.db").unlink()
    assert house.call("apply", "plan.json", "--yes").code == 4


# -- for people -------------------------------------------------------------------------------------------------------


def test_a_family_is_shown_as_one_with_what_is_unusual(house: House) -> None:
    files_of(house, {f"shop{number:02}": number % 3 for number in range(30)})
    write(f"sqlite:///{house.folder}/data/shop07.db", "DROP TABLE orders")
    for number in range(12):
        (house.folder / "data" / f"x{number:02}.db").write_text("no database")
    answer = house.call("scan", "--as-of", AS_OF)
    assert "30 databases on SQLite" in answer.out
    assert re.search(r"^old +29 ", answer.out, re.MULTILINE)
    assert "shops/shop07: old: refused" in answer.out
    assert "most due: shops/shop02 2, shops/shop05 2" in answer.out
    assert len(answer.out.splitlines()) < 10
    assert answer.err.count("is not") == 10
    assert "shops: 2 more of these; see them all with --format json" in answer.err


def test_a_quick_scan_shows_a_family_as_one_with_what_is_unusual(house: House) -> None:
    """The sum of the figures that were not counted to the end is not the end either."""
    files_of(house, {f"shop{number:02}": number % 3 for number in range(30)})
    a_shop_of_many(house, "many")
    write(f"sqlite:///{house.folder}/data/shop07.db", "DROP TABLE orders")
    for number in range(12):
        (house.folder / "data" / f"x{number:02}.db").write_text("no database")
    quick = ("scan", "--quick", "--as-of", AS_OF)
    answer = house.call(*quick)
    head, _, rule, refused, most, total = answer.out.splitlines()[:6]
    assert head.startswith("shops  31 databases on SQLite")
    assert rule.split() == ["old", "shops.orders", "1,029+", "delete"]
    assert refused.startswith("  shops/shop07: old: refused: ")
    assert most.startswith("  most due: shops/many 1,000+, shops/shop02 2, shops/shop05 2")
    assert (total, answer.out.splitlines()[6:]) == ("1,029+ due under 1 rule", [""])
    assert answer.err.count("is not") == 10
    assert "shops: 2 more of these; see them all with --format json" in answer.err
    assert (answer.code, house.call(*quick, "--database", "shops/shop02", "--check").code) == (5, 1)


@pytest.mark.parametrize("quick", [(), ("--quick",)])
def test_what_is_unusual_is_named_but_a_few_times(quick: tuple[str, ...], house: House) -> None:
    names = [f"x{number:02}" for number in range(13)]
    files_of(house, dict.fromkeys(["a", *names], 1))
    for number, name in enumerate(names):
        column = f"seen{max(number, 1)}"
        write(f"sqlite:///{house.folder}/data/{name}.db", f"ALTER TABLE orders RENAME COLUMN at TO {column}")
    lines = house.call("scan", "--as-of", AS_OF, *quick).out.splitlines()
    told = [line for line in lines if "old: refused: " in line]
    assert told[0].startswith("  shops/x00 and 1 other: ")
    assert [line.partition(":")[0].strip() for line in told[1:]] == [f"shops/x{number:02}" for number in range(2, 11)]
    assert lines[-4:-2] == ["  2 more; see them all with --format json", "  most due: shops/a 1"]


def a_shop_of_many(house: House, name: str) -> None:
    """A shop with more old orders than a quick scan counts."""
    files_of(house, {name: 0})
    numbers = "WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n < 1100) SELECT n FROM c"
    rows = f"INSERT INTO orders SELECT n, 1, '{LONG_AGO}' FROM ({numbers})"
    write(f"sqlite:///{house.folder}/data/{name}.db", rows)


@pytest.mark.parametrize("jobs", ["1", "8"])
def test_a_quick_scan_tells_of_each_member_what_a_scan_does(jobs: str, house: House) -> None:
    """Though members share what is asked of them, and one has other columns and another a hold."""
    files_of(house, {"a": 1, "b": 2, "c": 0, "d": 3, "e": 2})
    write(f"sqlite:///{house.folder}/data/b.db", "ALTER TABLE orders RENAME COLUMN at TO seen")
    house.hold(OnRecord(TableName("shops/d", None, "orders"), ("1",)))
    house.hold(OnRecord(TableName("shops", None, "orders"), ("2",)))
    found = house.scan("--quick", "--jobs", jobs).json["databases"]
    assert {each["database"]: each["rules"][0]["records"] for each in found} == {
        "shops/a": 1, "shops/b": None, "shops/c": 0, "shops/d": 1, "shops/e": 1,
    }  # fmt: skip
    assert due(house, "--database", "shops/d") == {"shops/d": 1}


# -- side by side -----------------------------------------------------------------------------------------------------


FOREVER = """
from os import write
from threading import Event
from wesretain.cli.boundary import prepare_process
from wesretain.side_by_side import Jobs, Task, side_by_side

def wait() -> None:
    write(1, b"waiting\\n")  # in one piece, whoever else writes
    Event().wait()

prepare_process()
side_by_side([Task("one", wait), Task("two", wait)], Jobs(), print)
"""


def test_a_signal_ends_the_program_though_threads_are_at_work() -> None:
    with subprocess.Popen([sys.executable, "-c", FOREVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert [process.stdout.readline() for _ in range(2)] == [b"waiting\n"] * 2
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, err) == (143, b"")


def test_tasks_are_run_side_by_side_with_a_cap_a_server() -> None:
    most, now, lock = Counter[str](), Counter[str](), Lock()
    together = Barrier(5)

    def run(server: str, number: int) -> int:
        with lock:
            now[server] += 1
            most[server] = max(most[server], now[server])
        if number < 5:  # three of one server and two of the other are under way at a time, or nobody gets on
            together.wait(10)
        with lock:
            now[server] -= 1
        return number

    servers = ["one", "one", "one", "two", "two", *["one"] * 20]
    tasks = [Task(server, partial(run, server, number)) for number, server in enumerate(servers)]
    told: list[int] = []
    assert side_by_side(tasks, Jobs(most=5, a_server=3), told.append) == list(range(25))
    assert sorted(told) == list(range(25))
    assert most == {"one": 3, "two": 2}


def test_what_a_task_raises_is_raised_and_no_task_is_begun_after_it() -> None:
    begun: list[int] = []

    def run(number: int) -> None:
        begun.append(number)
        sleep(0.001)
        if number == 2:
            raise SystemExit(143)

    tasks = [Task("one", partial(run, number)) for number in range(1000)]
    with pytest.raises(SystemExit, match="143"):
        side_by_side(tasks, Jobs(most=2), lambda number: None)
    sleep(0.02)  # for what was under way
    count = len(begun)
    sleep(0.02)
    assert len(begun) == count
