"""Real schemas: apply leaves exactly what SQL written by hand leaves, in every row and column of every table."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import calling
from cases.loading import load
from cases.oracle import CASES, Case
from cases.test_cases import house, only_rule
from databases import Server
from wesretain import control
from wesretain.engines import open_for_apply
from wesretain.ledger import opened
from wesretain.model.digest import rule_set_digest
from wesretain.policy.load import load as load_files
from wesretain.policy.load import parse_condition

#: Table by table, the rows as the server writes them, or in SQLite, where a changed type is a change, as Python does.
Contents = dict[str, Counter[str | bytes]]


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "mariadb":
            connection.exec_driver_sql("SET time_zone = '+00:00'")
        yield connection


def tables_of(connection: sa.Connection) -> list[str]:
    return [name for name in sa.inspect(connection).get_table_names() if not name.startswith("wesretain_")]


#: Types of MariaDB's columns that its QUOTE does not take: bits, and what lies on a map.
UNQUOTED = {16, 255}


def contents(connection: sa.Connection) -> Contents:
    """Every row of every table; wesretain's own apart."""
    return {table: Counter(spelled_rows(connection, table)) for table in tables_of(connection)}


def spelled_rows(connection: sa.Connection, table: str) -> Iterator[str | bytes]:
    """Each row as one text that no other row has; a server writes it by itself, which is much faster."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    name = quote(table)
    match connection.dialect.name:
        case "mariadb":
            cursor: Any = connection.exec_driver_sql(f"SELECT * FROM {name} LIMIT 0").cursor
            spelled = [
                f"ifnull(hex({quote(column)}), '-')" if kind in UNQUOTED else f"quote({quote(column)})"
                for column, kind, *_ in cursor.description
            ]
            return iter(
                connection.exec_driver_sql(f"SELECT concat_ws(',', {', '.join(spelled)}) FROM {name}").scalars()
            )
        case "postgresql":
            return iter(connection.exec_driver_sql(f"SELECT CAST(t.* AS text) FROM {name} AS t").scalars())
        case _:
            return (repr(tuple(row)) for row in connection.exec_driver_sql(f"SELECT * FROM {name}"))


def differences(one: Contents, other: Contents) -> dict[str, tuple[int, int]]:
    """The tables that differ: how many rows only the one has, and how many only the other."""
    nothing: Counter[str | bytes] = Counter()
    return {
        table: tuple((a.get(table, nothing) - b.get(table, nothing)).total() for a, b in ((one, other), (other, one)))
        for table in one.keys() | other.keys()
        if one.get(table) != other.get(table)
    }


def now(url: str) -> Contents:
    with connected(url) as connection:
        return contents(connection)


def by_hand(url: str, case: Case) -> Contents:
    """What the case's own SQL leaves, in a transaction that is rolled back."""
    with connected(url) as connection:
        for statement in case.act:
            connection.exec_driver_sql(statement)
        found = contents(connection)
        connection.rollback()
        return found


def call(config: Path, *arguments: str) -> dict[str, Any]:
    return only_rule(calling.call(config.parent, *arguments, "-c", str(config), "--format", "json"))


def index_what_a_rule_searches(case: Case, url: str) -> None:
    """WordPress has no index for the comments of a user: what a scan finds without one is tested elsewhere."""
    if case.data == "wordpress":
        with connected(url) as connection:
            connection.exec_driver_sql("CREATE INDEX by_user ON wp_comments (user_id)")


def ready(case: Case, config: Path) -> None:
    """Prepare the database, and approve the rule with all that its first clean-up takes."""
    intent = load_files(config).intent
    assert intent is not None
    (rule,), (database,) = intent.rules, intent.config.databases
    with opened(intent.config.ledger, parse_condition) as ledger, open_for_apply(database) as writer:
        control.prepare(writer, ledger.id, ledger.generation(database.name))
        digest = rule_set_digest(intent.rules, intent.inventory, rule.table)
        ledger.approve(rule.name, digest, "ann", datetime.now(UTC), 100_000)


@pytest.fixture
def fresh(server_urls: dict[str, str], tmp_path: Path) -> Iterator[dict[str, Server]]:
    servers = {
        "sqlite": Server("sqlite", f"sqlite:///{tmp_path}"),
        "postgresql": Server("postgresql", server_urls["postgresql"]),
        "mariadb": Server("mariadb", server_urls["mariadb"]),
    }
    yield servers
    servers["postgresql"].drop_databases()
    servers["mariadb"].drop_databases()


def rows_of(plan: dict[str, Any], tables: Contents) -> dict[str, int]:
    """What a plan says that will change, in the words of an outcome."""

    def word(taken: dict[str, Any]) -> str:
        table = next(part for part in reversed(taken["path"].split(".")) if part in tables)
        return f"{taken['fate'].split()[0]} {table}"

    own = f"{plan['then']} {plan['table'].rpartition('.')[2]}"
    below = {word(taken): taken["rows"] for taken in plan["takes"] if taken["fate"] != "keep"}
    return {word: rows for word, rows in {own: plan["acts"] or 0, **below}.items() if rows}


def check_evidence(case: Case, url: str, folder: Path, outcome: dict[str, Any]) -> None:
    """Database and ledger tell the same of every batch, and all batches together what the outcome says."""
    name = case.data.removesuffix("_pg")
    with opened(folder / "ledger.sqlite", parse_condition) as ledger:
        batches = list(ledger.evidences(name))
        assert list(ledger.verify()) == []
        assert ledger.open_intents(name) == ()
    told = [(e.batch, e.run, e.rule, e.table, e.as_of, e.records, dict(e.counts), e.digest) for e in batches]
    assert sorted(told) == evidence(url)
    assert {(e.rule, e.as_of) for e in batches} <= {(case.rule, case.as_of)}
    assert sum(e.records for e in batches) == outcome["done"]
    assert sum((Counter(e.counts) for e in batches), Counter()) == outcome["rows"]


def evidence(url: str) -> list[tuple[Any, ...]]:
    """What the database itself says of every batch."""
    with connected(url) as connection:
        own = "wesretain_evidence" if connection.dialect.name == "sqlite" else "wesretain.evidence"
        here = "database()" if connection.dialect.name == "mariadb" else "name"
        columns = "batch, run, rule, relation, as_of, records, counts, digest"
        rows = connection.exec_driver_sql(f"SELECT {columns} FROM {own} WHERE name = {here}")
        return sorted((*row[:6], json.loads(row.counts), row.digest) for row in rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.data}-{case.rule}")
def test_apply_leaves_what_sql_written_by_hand_leaves(case: Case, fresh: dict[str, Server], tmp_path: Path) -> None:
    url = load(case.data, fresh)
    index_what_a_rule_searches(case, url)
    config = house(case, url, tmp_path)
    ready(case, config)
    before, expected = now(url), by_hand(url, case)
    assert differences(now(url), before) == {}
    assert (before == expected) is (case.act == ())
    due = case.figures[0] - case.figures[1]
    plan = call(config, "apply", "--dry-run", "--as-of", case.as_of)
    assert differences(now(url), before) == {}
    outcome = call(config, "apply", "--yes", "--full-speed", "--as-of", case.as_of)
    assert differences(now(url), expected) == {}
    assert plan["tally"]["due"] == due
    acts = due if case.act else 0
    assert (plan["acts"] or 0, outcome["planned"], outcome["done"], outcome["left"]) == (acts, acts, acts, 0)
    assert (outcome["rows"], outcome["skipped"], outcome["stopped"]) == (rows_of(plan, before), [], None)
    check_evidence(case, url, tmp_path, outcome)
    again = call(config, "apply", "--yes", "--as-of", case.as_of)
    assert (again["planned"], again["rows"], differences(now(url), expected)) == (0, {}, {})
    check_evidence(case, url, tmp_path, outcome)
    rest = call(config, "scan", "--as-of", case.as_of)
    assert rest["held_otherwise"]["due"] == case.figures[1]
    assert rest["tally"]["due"] == due - acts


@pytest.mark.parametrize(
    ("data", "rule", "more"),
    [
        ("chinook", "CH-1", {"Invoice": (0, 5), "InvoiceLine": (0, 41)}),
        ("chinook_pg", "CH-1", {"invoice": (0, 5), "invoice_line": (0, 41)}),
        ("sakila", "SA-2", {"customer": (0, 1), "rental": (0, 28), "payment": (0, 29), "address": (0, 1)}),
    ],
)
def test_a_hold_that_is_lost_is_seen(
    data: str, rule: str, more: dict[str, tuple[int, int]], fresh: dict[str, Server], tmp_path: Path
) -> None:
    """The comparison has teeth: without its holds a rule takes more than SQL that heeds them."""
    (case,) = (case for case in CASES if (case.data, case.rule) == (data, rule))
    url = load(data, fresh)
    config = house(replace(case, holds=()), url, tmp_path)
    ready(case, config)
    expected = by_hand(url, case)
    call(config, "apply", "--yes", "--full-speed", "--as-of", case.as_of)
    assert differences(now(url), expected) == more


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("UPDATE Artist SET Name = Name || ' ' WHERE ArtistId = 1", {"Artist": (1, 1)}),
        ("UPDATE Customer SET Fax = '' WHERE CustomerId = 2", {"Customer": (1, 1)}),
        ("UPDATE Invoice SET CustomerId = 3 WHERE InvoiceId = 5", {"Invoice": (1, 1)}),
        ("DELETE FROM PlaylistTrack WHERE PlaylistId = 18", {"PlaylistTrack": (0, 1)}),
        ("INSERT INTO Genre VALUES (99, NULL)", {"Genre": (1, 0)}),
        ("CREATE TABLE more (id INTEGER)", {"more": (0, 0)}),
        ("DROP TABLE PlaylistTrack", {"PlaylistTrack": (0, 8715)}),
    ],
)
def test_every_difference_is_seen(fault: str, seen: dict[str, tuple[int, int]], fresh: dict[str, Server]) -> None:
    url = load("chinook", fresh)
    before = now(url)
    with connected(url) as connection:
        connection.exec_driver_sql(fault)
        connection.commit()
    assert differences(now(url), before) == seen


#: Values of which no two are the same, column by column.
UNLIKE = {
    "postgresql": {
        "text": "NULL, '', 'NULL', 'a', 'A', 'a ', ' a', 'á', E'a\\n', 'a,', '\"a\"', 'a\"'",
        "bytea": "NULL, '', '\\x00', '\\x0000', 'NULL'",
        "numeric": "NULL, 0, 0.00, 1, -1, 1e30, 1e-30",
        "timestamp": "NULL, '2020-01-01', '2020-01-01 00:00:00.000001', 'infinity'",
    },
    "mariadb": {
        "text": "NULL, '', 'NULL', 'a', 'A', 'a ', ' a', 'á', 'a\\n', 'a,', '\"a\"', 'a\"', 'a\\'', '\\\\'",
        "blob": "NULL, '', x'00', x'0000', 'NULL', x'ff', x'fe', x'c3bf'",
        "bit(9)": "NULL, 0, 1, 257, 256",
        "decimal(9, 2)": "NULL, 0, 0.01, 1, -1",
        "datetime(6)": "NULL, '0000-00-00', '2020-01-01', '2020-01-01 00:00:00.000001'",
        "point": "NULL, point(0, 0), point(0, 1), point(1, 0)",
    },
}


@pytest.mark.parametrize("server", list(UNLIKE))
def test_servers_spell_no_two_rows_alike(server: str, fresh: dict[str, Server]) -> None:
    with connected(fresh[server].fresh_database("unlike")) as connection:
        if server == "mariadb":
            connection.exec_driver_sql("SET sql_mode = ''")
        for kind, values in UNLIKE[server].items():
            rows = [f"(1, {value})" for value in re.split(r", (?![^(]*\))", values)]
            connection.exec_driver_sql(f"CREATE TABLE t (a integer, b {kind}, c integer)")
            connection.execution_options(no_parameters=True).exec_driver_sql(
                f"INSERT INTO t (a, b) VALUES {', '.join(rows)}"
            )
            found = Counter(spelled_rows(connection, "t"))
            assert (len(found), found.total()) == (len(rows), len(rows)), kind
            connection.exec_driver_sql("UPDATE t SET a = NULL, c = 1")
            assert not found & Counter(spelled_rows(connection, "t")), kind
            connection.exec_driver_sql("DROP TABLE t")
