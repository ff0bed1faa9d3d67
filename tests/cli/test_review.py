"""`wesretain review` as it is called: which records wait, and what a decision on them does."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from datetime import UTC, date, datetime, timedelta

import pytest

from cli.houses import TIME, WESRETAIN, House, described, kind_of, named
from databases import Server
from engines.live import write
from wesretain.ledger import opened
from wesretain.model.hold import OnRecord
from wesretain.model.ledger import Decision
from wesretain.policy.load import parse_condition

RULES = """\
  old-cases: {table: shop.cases, keep: 1 year, after: closed, then: hold}
  plain: {table: shop.others, keep: 1 year, after: closed, then: delete}
"""
LATER = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
OLD = "'2020-01-01 00:00:00'"


def archive(house: House, url: str) -> House:
    """Five cases: three wait, one is held, one is young."""
    time = TIME[kind_of(url)]
    write(
        url,
        f"CREATE TABLE cases (id integer PRIMARY KEY, closed {time} NULL)",
        f"CREATE TABLE others (id integer PRIMARY KEY, closed {time} NULL)",
        f"INSERT INTO cases VALUES (1, {OLD}), (2, {OLD}), (3, {OLD}), (4, {OLD}), (5, '2099-01-01 00:00:00')",
    )
    house.furnish(RULES, described("cases", "others"), shop=url)
    house.hold(OnRecord(named("shop.cases"), ("4",)))
    return house


@pytest.fixture
def cases(house: House, engine_url: str) -> House:
    return archive(house, engine_url)


@pytest.fixture
def some_cases(house: House, sqlite: Server) -> House:
    return archive(house, sqlite.fresh_database("shop"))


def decisions(house: House) -> set[Decision]:
    with opened(house.ledger, parse_condition) as ledger:
        return set(ledger.decisions())


def figures(house: House) -> tuple[int, int, int]:
    answer = house.call("review", "list", "--format", "json")
    assert answer.code == 0, answer.err
    (review,) = json.loads(answer.out)["reviews"]
    assert (review["rule"], review["table"]) == ("old-cases", "shop.cases")
    return review["waiting"], review["approved"], review["extended"]


def waiting(house: House, *options: str) -> list[str]:
    answer = house.call("review", "list", "old-cases", "--format", "csv", *options)
    assert answer.code == 0, answer.err
    return answer.out.splitlines()[1:]


def test_records_wait_until_they_are_decided_on(cases: House) -> None:
    assert figures(cases) == (3, 0, 0)
    assert waiting(cases) == ["1", "2", "3"]
    answer = cases.call("review", "approve", "old-cases", "2", "--reason", "looked through")
    assert (answer.code, answer.err) == (0, "")
    assert "1 record of rule old-cases: may go" in answer.out
    assert figures(cases) == (2, 1, 0)
    assert cases.call("review", "extend", "old-cases", "3", "--until", LATER, "--reason", "goes on").code == 0
    assert figures(cases) == (1, 1, 1)
    assert waiting(cases) == ["1"]
    assert decisions(cases) == {
        Decision("old-cases", ("2",), None),
        Decision("old-cases", ("3",), date.fromisoformat(LATER)),
    }


def test_a_decision_can_be_taken_back(cases: House) -> None:
    cases.call("review", "approve", "old-cases", "2", "--reason", "looked through")
    assert cases.call("review", "extend", "old-cases", "2", "--until", LATER, "--reason", "after all").code == 0
    assert figures(cases) == (2, 0, 1)
    assert cases.call("review", "approve", "old-cases", "2", "--reason", "no, it may go").code == 0
    assert figures(cases) == (2, 1, 0)


def test_all_that_wait_are_decided_on_and_no_other(cases: House) -> None:
    cases.call("review", "extend", "old-cases", "3", "--until", LATER, "--reason", "goes on")
    answer = cases.call("review", "approve", "old-cases", "--all", "--yes", "--reason", "sampled")
    assert "2 records of rule old-cases: may go" in answer.out
    assert {each.key for each in decisions(cases) if each.until is None} == {("1",), ("2",)}
    again = cases.call("review", "approve", "old-cases", "--all", "--yes", "--reason", "sampled")
    assert (again.code, "no record" in again.out) == (0, True)
    assert figures(cases) == (0, 2, 1)


@pytest.mark.parametrize(("reply", "decided"), [(b"y\n", 3), (b"n\n", 0), (b"\n", 0)])
def test_a_person_is_asked(reply: bytes, decided: int, some_cases: House) -> None:
    controller, terminal = pty.openpty()
    os.write(controller, reply)
    arguments = ("review", "approve", "old-cases", "--all", "--reason", "sampled")
    done = subprocess.run(
        [*WESRETAIN, *arguments], cwd=some_cases.folder, stdin=terminal, capture_output=True, check=True
    )
    os.close(terminal)
    os.close(controller)
    assert b"3 records may go?" in done.stderr
    assert len(decisions(some_cases)) == decided


def test_an_open_review_says_since_when(some_cases: House) -> None:
    assert "2026-03-04" not in some_cases.call("review", "list").out
    with opened(some_cases.ledger, parse_condition) as ledger:
        ledger.open_review("old-cases", 3, datetime(2026, 3, 4, 12, tzinfo=UTC))
    assert "2026-03-04" in some_cases.call("review", "list").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("approve", "old-cases", "5", "--reason", "x"), "is due under rule `old-cases`"),  # young
        (("approve", "old-cases", "4", "--reason", "x"), "is due under rule `old-cases`"),  # held
        (("approve", "old-cases", "9", "--reason", "x"), "is due under rule `old-cases`"),
        (("approve", "old-cases", "one", "--reason", "x"), "does not fit"),
        (("approve", "old-cases", "1", "2", "--reason", "x"), "2 values were given"),
        (("approve", "old-cases", "--reason", "x"), "its KEY, or --all"),
        (("approve", "old-cases", "1", "--all", "--reason", "x"), "its KEY, or --all"),
        (("approve", "old-cases", "1"), "--reason"),
        (("approve", "old-cases", "1", "--reason", ""), "says nothing"),
        (("approve", "old-cases", "--all", "--reason", "x"), "pass --yes"),
        (("approve", "plain", "1", "--reason", "x"), "then: delete"),
        (("approve", "old-case", "1", "--reason", "x"), "did you mean `old-cases`?"),
        (("extend", "old-cases", "1", "--reason", "x"), "--until"),
        (("extend", "old-cases", "1", "--reason", "x", "--until", "2020-01-01"), "has passed"),
        (("extend", "old-cases", "1", "--reason", "x", "--until", "soon"), "no day"),
        (("list", "plain"), "then: delete"),
        (("list", "old-cases", "--limit", "0"), "--limit"),
    ],
)
def test_what_is_no_decision(arguments: tuple[str, ...], words: str, some_cases: House) -> None:
    answer = some_cases.call("review", *arguments)
    assert (answer.code, words in answer.err) == (2, True), answer.err
    assert decisions(some_cases) == set()


def test_a_long_list_is_cut_and_says_so(some_cases: House) -> None:
    shown = some_cases.call("review", "list", "old-cases", "--limit", "2")
    assert shown.out.split() == ["id", "1", "2"]
    assert "there are more than 2" in shown.err
    assert waiting(some_cases, "--limit", "2") == ["1", "2"]


def test_keys_of_text_are_told_apart_to_the_letter(house: House, engine_url: str) -> None:
    kind = "varchar(9) COLLATE utf8mb4_bin" if kind_of(engine_url) == "mariadb" else "varchar(9)"
    write(
        engine_url,
        f"CREATE TABLE cases (a {kind} NOT NULL, b integer NOT NULL, closed {TIME[kind_of(engine_url)]},"
        " PRIMARY KEY (a, b))",
        f"INSERT INTO cases VALUES ('x', 1, {OLD}), ('X', 1, {OLD}), ('x', 2, {OLD})",
    )
    rule = "  old-cases: {table: shop.cases, keep: 1 year, after: closed, then: hold}\n"
    house.furnish(rule, described("cases"), shop=engine_url)
    assert sorted(waiting(house)) == ["X,1", "x,1", "x,2"]
    assert house.call("review", "approve", "old-cases", "x", "1", "--reason", "seen").code == 0
    assert sorted(waiting(house)) == ["X,1", "x,2"]
    assert house.call("review", "approve", "old-cases", "x", "01", "--reason", "seen").code == 0
    assert decisions(house) == {Decision("old-cases", ("x", "1"), None)}  # one record has one name


def test_records_that_no_key_can_name(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    write(
        url,
        "CREATE TABLE cases (id date PRIMARY KEY NOT NULL, closed datetime)",
        f"INSERT INTO cases VALUES ({OLD}, {OLD})",
    )
    house.furnish(
        "  old-cases: {table: shop.cases, keep: 1 year, after: closed, then: hold}\n", described("cases"), shop=url
    )
    answer = house.call("review", "extend", "old-cases", "--all", "--yes", "--until", LATER, "--reason", "x")
    assert (answer.code, "cases.id is date" in answer.err) == (3, True), answer.err
    assert decisions(house) == set()


def test_a_database_that_cannot_be_reached(house: House) -> None:
    house.furnish(RULES, described("cases", "others"), shop="postgresql://nobody@127.0.0.1:1/far")
    answer = house.call("review", "list")
    assert answer.code == 7
    assert answer.out.splitlines()[1].split() == ["old-cases", "?", "?", "?"]
    assert house.call("review", "list", "old-cases").code == 7
    assert house.call("review", "approve", "old-cases", "--all", "--yes", "--reason", "x").code == 7


def test_a_rule_that_the_database_refuses(some_cases: House) -> None:
    some_cases.rule(RULES.replace("after: closed, then: hold", "after: close, then: hold"))
    answer = some_cases.call("review", "list", "old-cases")
    assert (answer.code, "did you mean `closed`?" in answer.err) == (3, True), answer.err
