"""The demo: the same company for the same day, and every shipped rule finds in it what SQL written by hand finds."""

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
from wesretain.scan import Selection, scan

TODAY = date(2026, 7, 1)
#: As of TODAY at noon, in SQL that knows nothing of wesretain. Kuala Lumpur has no summer time.
BY_HAND = {
    "children": """
        SELECT COUNT(*) FROM clients WHERE birth_date > '2013-07-01' AND birth_date <= '2026-07-01' AND NOT EXISTS
        (SELECT 1 FROM invoices WHERE client_id = clients.id AND (paid_on IS NULL OR paid_on >= '2019-07-01'))""",
    "minors-without-approval": """
        SELECT COUNT(*) FROM clients
        WHERE birth_date > '2008-07-01' AND birth_date <= '2013-07-01' AND guardian_approved_at IS NULL""",
    "silent-guests": """
        SELECT COUNT(*) FROM clients WHERE status = 'guest' AND last_seen_at <= '2024-07-01 12:00:00'
        AND (keep_until IS NULL OR keep_until <> '' AND keep_until < '2026-07-01')
        AND id NOT IN (SELECT client_id FROM invoices UNION SELECT client_id FROM servers)
        AND id NOT IN (SELECT client_id FROM tickets WHERE state = 'open')""",
    "login-records": "SELECT COUNT(*) FROM logins WHERE at > 0 AND datetime(at, 'unixepoch') <= '2025-07-01 12:00:00'",
    "page-views": "SELECT COUNT(*) FROM page_views WHERE datetime(at / 1000, 'unixepoch') <= '2025-06-01 12:00:00'",
    "cookie-consents": "SELECT COUNT(*) FROM cookie_consents WHERE datetime(decided_at) <= '2024-07-01 12:00:00'",
    "opt-outs": """
        SELECT COUNT(*) FROM subscribers WHERE state = 'opted out' AND changed_at <= '2026-06-01 12:00:00'
        AND (email LIKE '%@%' OR name IS NOT NULL)""",
    "invoices": "SELECT COUNT(*) FROM invoices WHERE paid_on < '2019-07-01'",
    "closed-tickets": """
        SELECT COUNT(*) FROM tickets WHERE state IN ('closed', 'archived')
        AND closed_at > '1970-01-02' AND closed_at <= '2024-07-01 12:00:00'""",
    "e-mails": "SELECT COUNT(*) FROM mails WHERE datetime(sent_at) <= '2024-07-01 12:00:00'",
    "letters": "SELECT COUNT(*) FROM letters WHERE received_on < '2020-07-01'",
    "forum-addresses": """
        SELECT COUNT(*) FROM forum_posts WHERE datetime(posted_at, 'unixepoch') <= '2026-04-02 12:00:00'
        AND ip NOT LIKE '%.0.0' AND ip NOT LIKE '%::'""",
    "expired-bans": """
        SELECT COUNT(*) FROM bans WHERE until > 0 AND datetime(until, 'unixepoch') <= '2026-07-01 12:00:00'""",
    "handed-over-logins": """
        SELECT COUNT(*) FROM tickets WHERE state IN ('closed', 'archived')
        AND closed_at > '1970-01-02' AND closed_at <= '2026-06-17 12:00:00' AND ssh_password IS NOT NULL""",
    "retired-servers": "SELECT COUNT(*) FROM servers WHERE retired_on < '2024-07-01'",
    "unlicensed-software": """
        SELECT COUNT(*) FROM licence_checks WHERE status = 'unlicensed'
        AND datetime(checked_at, 'unixepoch') <= '2024-07-01 12:00:00'""",
    "job-history": "SELECT COUNT(*) FROM jobs WHERE state = 'succeeded' AND finished_at <= '2026-04-02 12:00:00'",
}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("demo") / "company", TODAY)


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
    assert 1_000 <= sum(sizes.values()) <= 4_000
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
    for tallied in (found, tallies(scanned(make(tmp_path, today), today))):
        for name, tally in tallied.items():
            assert tally[Standing.DUE], name
            assert tally[Standing.UNCOVERED] < tally.total, name


def test_every_standing_but_held_occurs(found: dict[str, Tally]) -> None:
    standings = {standing for tally in found.values() for standing in Standing if tally[standing]}
    assert standings == set(Standing) - {Standing.HELD}


@pytest.mark.parametrize("rule", BY_HAND)
def test_scan_agrees_with_sql_written_by_hand(rule: str, found: dict[str, Tally], database: sqlite3.Connection) -> None:
    assert (found[rule][Standing.DUE],) == database.execute(BY_HAND[rule]).fetchone()


def test_the_law_keeps_a_child_and_overrides_free_the_others(found: dict[str, Tally]) -> None:
    assert (found["children"][Standing.BLOCKED], found["children"][Standing.KEPT]) == (1, 0)
    assert found["invoices"][Standing.LAW]
    assert found["silent-guests"][Standing.AGREED] == 1


def test_the_command_makes_validates_and_scans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(wesretain, ["demo"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "closed-tickets" in out
    assert "cd wesretain-demo" in out
    assert {path.name for path in Path("wesretain-demo").iterdir()} >= {
        "hosting.sqlite",
        "policies",
        "wesretain.ledger",
    }


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("precious")
    assert run(wesretain, ["demo", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("wesretain: the folder ")
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").read_text() == "precious"


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(wesretain, ["demo", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
