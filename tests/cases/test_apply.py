"""Real schemas: apply leaves exactly what SQL written by hand leaves, in every row and column of every table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cases.loading import load
from cases.oracle import CASES, Case
from cases.test_cases import house
from databases import Server
from wesretain import control
from wesretain.engines import open_for_apply
from wesretain.ledger import opened
from wesretain.model.digest import rule_set_digest
from wesretain.policy.load import load as load_files
from wesretain.policy.load import parse_condition

Contents = dict[str, list[tuple[Any, ...]]]


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "mariadb":
            connection.exec_driver_sql("SET time_zone = '+00:00'")
        yield connection


def tables_of(connection: sa.Connection) -> list[str]:
    return [name for name in sa.inspect(connection).get_table_names() if not name.startswith("wesretain_")]


def contents(connection: sa.Connection) -> Contents:
    """Every row of every table; wesretain's own apart."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    return {
        table: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {quote(table)}")), key=repr)
        for table in tables_of(connection)
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
    command = [sys.executable, "-m", "wesretain", *arguments, "-c", str(config), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (rule,) = json.loads(done.stdout)["databases"][0]["rules"]
    found: dict[str, Any] = rule
    return found


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


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.data}-{case.rule}")
def test_apply_leaves_what_sql_written_by_hand_leaves(case: Case, fresh: dict[str, Server], tmp_path: Path) -> None:
    url = load(case.data, fresh)
    config = house(case, url, tmp_path)
    ready(case, config)
    before, expected = now(url), by_hand(url, case)
    assert now(url) == before
    assert (before == expected) is (case.act == ())
    due = case.figures[0] - case.figures[1]
    plan = call(config, "apply", "--dry-run", "--as-of", case.as_of)
    assert now(url) == before
    outcome = call(config, "apply", "--yes", "--full-speed", "--as-of", case.as_of)
    assert now(url) == expected
    assert plan["tally"]["due"] == due
    if case.act:
        assert (plan["acts"], outcome["planned"], outcome["done"], outcome["left"]) == (due, due, due, 0)
        taken = sum(each["rows"] for each in plan["takes"])
        assert sum(outcome["rows"].values()) == due + taken
    again = call(config, "apply", "--yes", "--as-of", case.as_of)
    assert (again["planned"], now(url)) == (0, expected)
    rest = call(config, "scan", "--as-of", case.as_of)
    assert rest["held_otherwise"]["due"] == case.figures[1]
    if case.act:
        assert rest["tally"]["due"] == 0
