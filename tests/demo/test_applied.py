"""The shipped policies applied to the sample company leave what SQL written by hand leaves, and prove it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from demo.by_hand import AS_OF, HELD, RULES, carry_out
from wesretain.cli import wesretain
from wesretain.cli.boundary import run
from wesretain.demo import make
from wesretain.model.inventory import Element
from wesretain.model.rule import Category
from wesretain.policy.load import load

Contents = dict[str, Counter[tuple[Any, ...]]]
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TOKEN = re.compile("wesretain:[0-9a-f]{32}")


@dataclass(frozen=True)
class Company:
    """A sample company on which a run has been, and its database as it was before."""

    folder: Path
    before: Path

    @property
    def database(self) -> Path:
        return self.folder / "hosting.sqlite"

    def call(self, *arguments: str) -> int:
        return run(wesretain, [*arguments, "--config", str(self.folder / "wesretain.yaml")])


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    folder = tmp_path_factory.mktemp("demo") / "company"
    make(folder, date(2026, 7, 1))
    found = Company(folder, folder.parent / "before.sqlite")
    shutil.copyfile(found.database, found.before)
    assert found.call("prepare", "hosting") == 0
    hold = ("--matter", "Case 17", "--reason", "a complaint", "--subject", "hosting.clients", str(HELD))
    assert found.call("hold", "add", *hold) == 0
    assert found.call("approve", "--all") == 0
    assert found.call("apply", "--yes", "--full-speed", "--as-of", AS_OF) == 0
    return found


@pytest.fixture
def after(company: Company) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(company.database)) as connection:
        yield connection


@pytest.fixture
def before(company: Company, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    shutil.copyfile(company.before, tmp_path / "copy.sqlite")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as connection:
        yield connection


def tables_of(database: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'wesretain%'"
    return [name for (name,) in database.execute(query)]


def contents(database: sqlite3.Connection) -> Contents:
    return {table: Counter(database.execute(f"SELECT * FROM {table}")) for table in tables_of(database)}


def numbers(database: sqlite3.Connection, query: str) -> set[int]:
    return {number for (number,) in database.execute(query)}


def listed(company: Company, capsys: pytest.CaptureFixture[str], rule: str, *options: str) -> dict[int, dict[str, Any]]:
    """What `records` tells of a rule on clients, by their numbers."""
    capsys.readouterr()
    assert company.call("records", rule, "--as-of", AS_OF, "--format", "json", *options) == 0
    return {int(each["id"]): each for each in json.loads(capsys.readouterr().out)["records"]}


def test_every_rule_is_written_by_hand(company: Company) -> None:
    intent = load(company.folder / "wesretain.yaml").intent
    assert intent is not None
    assert {rule.name for rule in intent.rules} == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_took_what_sql_written_by_hand_takes(
    rule: str, before: sqlite3.Connection, after: sqlite3.Connection
) -> None:
    by_hand = RULES[rule]
    due = numbers(before, by_hand.due)
    assert due, "the sample must hold something of it"
    left = numbers(after, f"SELECT rowid FROM {by_hand.table}")
    if by_hand.stays:
        carry_out(before)
        assert due & left == due & numbers(before, f"SELECT rowid FROM {by_hand.table}")
    elif by_hand.columns:
        rows = [
            {row[0]: row for row in each.execute(f"SELECT rowid, * FROM {by_hand.table}")} for each in (before, after)
        ]
        assert [number for number in due & left if rows[0][number] == rows[1][number]] == []
    else:
        assert due.isdisjoint(left)


def test_what_is_left_is_what_sql_written_by_hand_leaves(before: sqlite3.Connection, after: sqlite3.Connection) -> None:
    known = numbers(before, "SELECT id FROM subscribers WHERE email NOT LIKE '%@%'")
    carry_out(before)
    expected, found = contents(before), contents(after)
    found["subscribers"] = Counter(
        (row[0], row[1], f"token {row[0]}", *row[3:]) if row[0] not in known and _TOKEN.fullmatch(row[2]) else row
        for row in found["subscribers"]
    )
    assert {table: (found[table] - rows, rows - found[table]) for table, rows in expected.items()} == {
        table: (Counter(), Counter()) for table in expected
    }
    assert set(found) == set(expected)


def test_a_second_run_has_nothing_to_do(company: Company, after: sqlite3.Connection) -> None:
    rows, evidence = contents(after), after.execute("SELECT * FROM wesretain_evidence").fetchall()
    assert company.call("apply", "--yes", "--as-of", AS_OF) == 0
    assert contents(after) == rows
    assert after.execute("SELECT * FROM wesretain_evidence").fetchall() == evidence


def test_the_evidence_accounts_for_every_row(
    company: Company, before: sqlite3.Connection, after: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert company.call("ledger", "show", "--kind", "batch done", "--format", "json") == 0
    told: Counter[str] = Counter()
    for entry in json.loads(capsys.readouterr().out)["entries"]:
        told.update(entry["rows"])
    gone = {
        table: before.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        - after.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        for table in tables_of(before)
    }
    deleted = {words.removeprefix("delete "): count for words, count in told.items() if words.startswith("delete ")}
    assert deleted == {table: count for table, count in gone.items() if count}


def test_the_ledger_verifies(company: Company, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert company.call("ledger", "verify") == 0
    out, err = capsys.readouterr()
    assert "the chain is whole" in out
    assert err == ""


def test_nobody_under_13_is_left_but_under_law_or_a_hold_and_the_report_says_who(
    company: Company, after: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    young = "SELECT id FROM clients WHERE birth_date > '2013-07-01' AND birth_date <= '2026-07-01'"
    unpaid = "SELECT client_id FROM invoices WHERE paid_on IS NULL OR paid_on >= '2018-07-01'"
    left, by_law = numbers(after, young), numbers(after, f"{young} AND id IN ({unpaid})")
    assert left == by_law | {HELD}
    assert by_law
    for table in ("logins", "page_views", "mails", "tickets", "chats", "sessions", "subscribers", "contacts"):
        assert numbers(after, f"SELECT client_id FROM {table}").isdisjoint(by_law), table

    told = listed(company, capsys, "children", "--standing", "blocked", "--standing", "held", "--standing", "due")
    assert {number: each["standing"] for number, each in told.items()} == {
        **dict.fromkeys(by_law, "blocked"),
        HELD: "held",
    }
    assert all("Companies Act 2016" in told[number]["reasons"][0] for number in by_law)
    assert told[HELD]["reasons"] == ["hold 1 (Case 17)"]


def test_minors_without_approval_are_found(
    company: Company, after: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    told = listed(company, capsys, "minors-without-approval", "--standing", "due")
    assert set(told) == numbers(after, RULES["minors-without-approval"].due)
    assert set(told)


def test_tables_called_non_personal_hold_nothing_of_anybody(company: Company, before: sqlite3.Connection) -> None:
    """No value of a column that leads to a person stands anywhere in them, and none of their columns leads to one."""
    inventory = load(company.folder / "wesretain.yaml").intent.inventory  # type: ignore[union-attr]
    entries = [entry for database in inventory.databases for entry in database.tables]
    personal: set[str] = set()
    for entry in entries:
        for column, elements in entry.columns:
            if not {Element.NONE, Element.IDENTIFIER, Element.PAGE_VISIT} & set(elements) and elements:
                personal |= {
                    str(value)
                    for (value,) in before.execute(f'SELECT "{column}" FROM {entry.name.name}')
                    if value and not _DAY.fullmatch(str(value))  # somebody was born on every day
                }
    assert len(personal) > 10_000
    free = [entry.name.name for entry in entries if entry.category is Category.NON_PERSONAL]
    assert set(free) == {"page_totals", "feature_totals", "uptime_samples", "jobs"}
    for table in free:
        columns = [row[1] for row in before.execute(f"PRAGMA table_info({table})")]
        assert not [name for name in columns if name.endswith("_id")]
        values = {str(value) for row in before.execute(f"SELECT * FROM {table}") for value in row}
        assert values.isdisjoint(personal)


@pytest.mark.parametrize("column", ["page_totals: {day: none, page: page_visit", "jobs: {id: none, name: name"])
def test_a_personal_element_in_such_a_table_is_found(
    company: Company, column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("wesretain.yaml", "inventory.yaml"):
        shutil.copyfile(company.folder / name, tmp_path / name)
    shutil.copytree(company.folder / "policies", tmp_path / "policies")
    shutil.copyfile(company.folder / "suppression.key", tmp_path / "suppression.key")
    (tmp_path / "suppression.key").chmod(0o600)
    table, claim = column.split(": ", 1)
    inventory = (tmp_path / "inventory.yaml").read_text()
    start = inventory.index(f"      {table}:\n")
    honest = claim.replace("page_visit", "none").replace("name: name", "name: none")
    (tmp_path / "inventory.yaml").write_text(inventory[:start] + inventory[start:].replace(honest, claim, 1))
    assert run(wesretain, ["validate", "--config", str(tmp_path / "wesretain.yaml")]) == 3
    assert f"`hosting.{table}` is called `non_personal`, but leads to people" in capsys.readouterr().out
