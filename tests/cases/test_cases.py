"""Real schemas: a scan of the sample databases finds what SQL written by hand finds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from calling import Answer, call
from cases.loading import load
from cases.oracle import CASES, Case
from databases import Server
from wesretain.ledger import create, opened
from wesretain.model.hold import OnRecord
from wesretain.model.rule import TableName
from wesretain.policy.load import parse_condition

HERE = Path(__file__).parent
SETS = tuple(dict.fromkeys(case.data for case in CASES))
#: A minute's east and a day's change: whatever the machine's own zone, the same records are due.
ZONES = ("UTC", "America/New_York", "Asia/Kuala_Lumpur", "<-12>12")


@pytest.fixture(scope="module")
def urls(server_urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("sqlite")
    servers = {
        "sqlite": Server("sqlite", f"sqlite:///{folder}"),
        "postgresql": Server("postgresql", server_urls["postgresql"]),
        "mariadb": Server("mariadb", server_urls["mariadb"]),
    }
    yield {data: load(data, servers) for data in SETS}
    servers["postgresql"].drop_databases()
    servers["mariadb"].drop_databases()


def house(case: Case, url: str, folder: Path) -> Path:
    """A configuration for one rule alone, with its holds in place."""
    database = case.data.removesuffix("_pg")
    config = folder / "wesretain.yaml"
    config.write_text(
        f"organisation: Sample\nzone: UTC\ninventory: {HERE / case.data / 'inventory.yaml'}\n"
        f"policies: {HERE / case.data / (case.rule + '.yaml')}\nledger: ledger.sqlite\n"
        f"databases: {{{database}: {{url: '{url}'}}}}\n"
    )
    ledger = folder / "ledger.sqlite"
    create(ledger, datetime(2026, 1, 1, tzinfo=UTC))
    with opened(ledger, parse_condition) as book:
        for table, key in case.holds:
            scope = OnRecord(TableName(database, None, table), (key,))
            book.place_hold("Case 4711", "a test", scope, datetime(2026, 1, 1, tzinfo=UTC))
    return config


def scan(config: Path, as_of: str) -> Answer:
    return call(config.parent, "scan", "-c", str(config), "--format", "json", "--as-of", as_of)


def scan_in_zone(config: Path, as_of: str, zone: str) -> Answer:
    """A scan by a process of its own, on a machine of that zone."""
    command = [sys.executable, "-m", "wesretain", "scan", "-c", str(config), "--format", "json", "--as-of", as_of]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TZ": zone}, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def only_rule(answer: Answer) -> dict[str, Any]:
    """What a command that went well says of the one rule that there is."""
    assert (answer.code, answer.err) == (0, "")
    (rule,) = answer.json["databases"][0]["rules"]
    found: dict[str, Any] = rule
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.data}-{case.rule}")
def test_scan_agrees_with_sql_written_by_hand(case: Case, urls: dict[str, str], tmp_path: Path) -> None:
    url = urls[case.data]
    rule = only_rule(scan(house(case, url, tmp_path), case.as_of))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "mariadb":
            connection.exec_driver_sql("SET time_zone = '+00:00'")

        def count(query: str) -> int:
            return int(connection.exec_driver_sql(query).scalar_one())

        tally = rule["tally"]
        stopped = rule["held_otherwise"]["due"]
        assert (tally["due"] + stopped, stopped) == (count(case.due), count(case.held))
        undated = rule["undated"] + rule["held_otherwise"]["undecidable"]
        assert undated == count(case.undated)
        assert tally["undecidable"] == rule["undated"]
        assert sum(tally.values()) == count(case.total) == rule["records"]
        assert {taken["path"]: taken["rows"] for taken in rule["takes"]} == {
            path: count(query) for path, query in case.takes.items()
        }
        assert (tally["due"] + stopped, stopped, undated) == case.figures


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.rule in ("CH-1", "SA-2b", "WP-2")],
    ids=lambda case: f"{case.data}-{case.rule}",
)
def test_scan_is_the_same_in_every_time_zone(case: Case, zone: str, urls: dict[str, str], tmp_path: Path) -> None:
    rule = only_rule(scan_in_zone(house(case, urls[case.data], tmp_path), case.as_of, zone))
    assert rule["tally"]["due"] + rule["held_otherwise"]["due"] == case.figures[0]
