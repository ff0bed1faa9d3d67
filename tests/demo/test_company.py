"""The sample company: the same for the same day, of some size, and odd enough that every rule and standing occurs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from wesretain.cli import wesretain
from wesretain.cli.boundary import run
from wesretain.cli.intent import request_of
from wesretain.demo import make, shipped_policies
from wesretain.demo.company import company
from wesretain.model.plan import Plan, Tally
from wesretain.model.rule import Category
from wesretain.model.standing import Standing
from wesretain.scan import scan
from wesretain.survey import Selection

TODAY = date(2026, 7, 1)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("demo") / "company", TODAY)


def made(folder: Path, today: date) -> Path:
    make(folder, today)
    return folder / "wesretain.yaml"


def scanned(config: Path, today: date) -> Plan:
    plan = scan(request_of(config, f"{today}T12:00:00Z", Selection()))
    assert plan.failures == ()
    return plan


def tallies(plan: Plan) -> dict[str, Tally]:
    (found,) = plan.databases
    assert {rule.rule.name: rule.refused for rule in found.rules if rule.refused} == {}
    assert found.findings == ()
    return {rule.rule.name: rule.tally for rule in found.rules if rule.tally}


@pytest.fixture(scope="module")
def found(config: Path) -> dict[str, Tally]:
    return tallies(scanned(config, TODAY))


@pytest.fixture(scope="module")
def database(config: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(config.parent / "hosting.sqlite")) as connection:
        yield connection


def test_the_same_day_gives_the_same_rows() -> None:
    assert company(TODAY) == company(TODAY)
    assert company(TODAY) != company(date(2026, 7, 2))


def test_the_database_is_of_a_size_to_look_through(database: sqlite3.Connection) -> None:
    sizes = {table: len(rows) for table, rows in company(TODAY).items()}
    assert 45_000 <= sum(sizes.values()) <= 60_000
    for table, size in sizes.items():
        assert database.execute(f"SELECT COUNT(*) FROM {table}").fetchone() == (size,)
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def test_validate_has_nothing_to_say(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (run(wesretain, ["validate", "--config", str(config)]), *capsys.readouterr()) == (0, "", "")


def test_the_policies_are_those_that_are_shipped(config: Path) -> None:
    shipped = {path.name: path.read_bytes() for path in shipped_policies().iterdir()}
    assert set(shipped) == {f"{category.value.replace('_', '-')}.yaml" for category in Category}
    assert {path.name: path.read_bytes() for path in (config.parent / "policies").iterdir()} == shipped


@pytest.mark.parametrize("today", [date(2027, 3, 31), date(2028, 2, 29)], ids=str)
def test_every_rule_has_something_due_on_any_day(today: date, found: dict[str, Tally], tmp_path: Path) -> None:
    for tallied in (found, tallies(scanned(made(tmp_path, today), today))):
        for name, tally in tallied.items():
            assert tally[Standing.DUE], name
            assert tally[Standing.UNCOVERED] < tally.total, name


def test_every_standing_but_held_occurs(found: dict[str, Tally]) -> None:
    standings = {standing for tally in found.values() for standing in Standing if tally[standing]}
    assert standings == set(Standing) - {Standing.HELD}


def test_the_law_keeps_children_and_overrides_free_the_others(found: dict[str, Tally]) -> None:
    assert (found["children"][Standing.BLOCKED], found["children"][Standing.KEPT]) == (2, 0)
    assert found["invoices"][Standing.LAW]
    assert found["silent-guests"][Standing.AGREED] == 10
