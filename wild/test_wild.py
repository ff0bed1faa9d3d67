"""Schemas that nobody here wrote: each rule alone does exactly what SQL written by hand does, in every row and column.

Run by `make wild` alone, which fetches the schemas first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from case import AS_OF, Case, normal, run
from cases.test_apply import Contents, connected, differences, tables_of
from databases import Server
from loading import DATABASES, HERE, ZONES, load
from wesretain.ledger import create

ALL = [(name, case) for name in DATABASES for case in import_module(f"{name}.oracle").CASES]
CASES = [(name, case) for name, case in ALL if not case.refused]
#: Where the machine may stand; it makes no difference.
PLACES = ("Asia/Kathmandu", "America/New_York")


@pytest.fixture
def servers(server_urls: dict[str, str], tmp_path: Path) -> Iterator[dict[str, Server]]:
    found = {"sqlite": Server("sqlite", f"sqlite:///{tmp_path}")}
    found |= {dialect: Server(dialect, url) for dialect, url in server_urls.items()}
    yield found
    found["postgresql"].drop_databases()
    found["mariadb"].drop_databases()


class House:
    """A configuration for one rule alone, and the database that it speaks of."""

    def __init__(self, schema: str, case: Case, url: str, folder: Path) -> None:
        self.schema, self.case, self.url = schema, case, url
        self.config = folder / "wesretain.yaml"
        self.config.write_text(
            f"organisation: Wild\nzone: {ZONES[schema]}\ninventory: {HERE / schema / 'inventory.yaml'}\n"
            f"policies: {HERE / schema / 'rules' / (case.rule + '.yaml')}\nledger: ledger.sqlite\n"
            "limits: {rows per rule: none, share per rule: none, rows per run: none}\n"
            f"databases: {{{DATABASES[schema]}: {{url: '{url}'}}}}\n"
        )
        create(folder / "ledger.sqlite", datetime(2026, 1, 1, tzinfo=UTC))

    def call(self, *arguments: str, place: str = "UTC") -> str:
        command = [sys.executable, "-m", "wesretain", *arguments]
        settings = {**os.environ, "TZ": place, "WESRETAIN_CONFIG": str(self.config)}
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=settings, check=False
        )
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def rule(self, *arguments: str, place: str = "UTC") -> dict[str, Any]:
        """What a command says of the one rule."""
        said = json.loads(self.call(*arguments, "--format", "json", "--as-of", AS_OF, place=place))
        (found,) = said["databases"][0]["rules"]
        return dict(found)

    def make_ready(self) -> None:
        self.call("prepare", DATABASES[self.schema])
        for hold in self.case.holds:
            self.call("hold", "add", "--matter", "Case 4711", "--reason", "a test", *hold)
        self.call("approve", self.case.rule)

    def contents(self, connection: sa.Connection) -> Contents:
        """Every row of every table; JSON as what it says, where the rule changes it."""
        quote = connection.dialect.identifier_preparer.quote_identifier
        found: Contents = {}
        for table in tables_of(connection):
            rows = connection.exec_driver_sql(f"SELECT * FROM {quote(table)}")
            members = [self.case.json.get((table, column)) for column in list(rows.keys())]
            found[table] = Counter(
                repr(
                    [
                        value if names is None else normal(value, names)
                        for value, names in zip(row, members, strict=True)
                    ]
                )
                for row in rows
            )
        return found

    def now(self) -> Contents:
        with connected(self.url) as connection:
            return self.contents(connection)

    def by_hand(self) -> Contents:
        """What the case's own SQL leaves, in a transaction that is rolled back."""
        with connected(self.url) as connection:
            for statement in self.case.act:
                run(connection, statement)
            found = self.contents(connection)
            connection.rollback()
            return found

    def figures(self) -> dict[str, int]:
        """What the case's own SQL counts."""
        with connected(self.url) as connection:
            queries = {name: getattr(self.case, name) for name in ("due", "held", "blocked", "undecidable")}
            return {name: int(run(connection, query).scalar_one()) for name, query in queries.items()}


@pytest.mark.parametrize(("schema", "case"), CASES, ids=lambda value: value.rule if isinstance(value, Case) else None)
def test_a_rule_does_what_sql_written_by_hand_does(
    schema: str, case: Case, servers: dict[str, Server], tmp_path: Path
) -> None:
    house = House(schema, case, load(schema, servers), tmp_path)
    house.make_ready()
    hand, before, expected = house.figures(), house.now(), house.by_hand()
    assert differences(house.now(), before) == {}

    for place in PLACES:
        found = house.rule("scan", place=place)
        assert found["refused"] is None
        tally, unheld = found["tally"], found["held_otherwise"]
        assert sum(tally.values()) == found["records"]
        assert {
            "due": tally["due"] + unheld["due"] + hand["blocked"],
            "held": unheld["due"],
            "blocked": hand["due"] - tally["due"] - unheld["due"],
            "undecidable": tally["undecidable"] + unheld["undecidable"],
        } == hand

    house.rule("apply", "--dry-run")
    assert differences(house.now(), before) == {}

    done = house.rule("apply", "--yes", "--full-speed")
    assert differences(house.now(), expected) == {}
    assert (done["done"], done["left"], done["skipped"]) == (hand["due"] - hand["held"] - hand["blocked"], 0, [])

    again = house.rule("apply", "--yes", "--full-speed")
    assert (again["planned"], again["rows"], differences(house.now(), expected)) == (0, {}, {})
    rest = house.rule("scan")
    assert (rest["tally"]["due"], rest["held_otherwise"]["due"]) == (0, hand["held"])
    house.call("ledger", "verify")


@pytest.mark.parametrize(("schema", "case"), CASES, ids=lambda value: value.rule if isinstance(value, Case) else None)
def test_a_case_says_something(schema: str, case: Case, servers: dict[str, Server], tmp_path: Path) -> None:
    """It finds some records and not all, its holds stop some, and what it does by hand can be seen."""
    house = House(schema, case, load(schema, servers), tmp_path)
    hand, before, expected = house.figures(), house.now(), house.by_hand()
    (table,) = {line.split(".")[1] for line in _rule_text(schema, case) if line.startswith("table: ")}
    assert 5 <= hand["due"] < before[table].total()
    assert bool(case.holds) is (hand["held"] + hand["blocked"] > 0)
    assert bool(case.act) is (before != expected)


@pytest.mark.parametrize(
    ("schema", "case"),
    [pair for pair in ALL if pair[1].refused],
    ids=lambda value: value.rule if isinstance(value, Case) else None,
)
def test_what_cannot_be_said_is_refused_and_nothing_happens(
    schema: str, case: Case, servers: dict[str, Server], tmp_path: Path
) -> None:
    house = House(schema, case, load(schema, servers), tmp_path)
    house.make_ready()
    before = house.now()
    command = [sys.executable, "-m", "wesretain", "apply", "--yes", "--as-of", AS_OF]
    settings = {**os.environ, "WESRETAIN_CONFIG": str(house.config)}
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=settings, check=False)
    assert done.returncode == 5
    assert case.refused in done.stdout + done.stderr
    assert differences(house.now(), before) == {}


def _rule_text(schema: str, case: Case) -> list[str]:
    return [line.strip() for line in (HERE / schema / "rules" / f"{case.rule}.yaml").read_text().splitlines()]
