"""`wesretain ledger` as it is called: what it shows, and every tampering that it finds."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from calling import Answer
from cli.houses import House, kind_of
from cli.shop import TABLES, furnish
from databases import Server
from engines.live import write
from ledger.shelf import digest
from wesretain import control
from wesretain.engines import open_by
from wesretain.ledger import create, opened
from wesretain.model.config import DatabaseConfig, Literal
from wesretain.model.hold import OnDatabase
from wesretain.model.ledger import Batch, Evidence, Kind
from wesretain.policy.load import parse_condition
from wesretain.verify import Altered, Missing, differences

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
LAW = "Companies Act 2016 (Malaysia), s. 245"


#: Makes the batches of each test its own: databases of one MariaDB share a table.
SALT = {"test": "0" * 12}


@pytest.fixture(autouse=True)
def salted() -> None:
    SALT["test"] = uuid.uuid4().hex[:12]


def evidence(number: int) -> Evidence:
    batch = f"{number:08x}-0000-4000-8000-{SALT['test']}"
    counts = {"delete shop.invoices": 7, "delete shop.items": number}
    return Evidence(batch, "run-1", "shop", "invoices", "invoices", "2026-07-01T00:00:00Z", 7, counts, "ab" * 32)


def tell(house: House, *done: Evidence, url: str = "", ledger: bool = True, database: bool = True) -> None:
    """Write batches down as a run does: in the ledger, in the database's evidence, or in both."""
    with opened(house.ledger, parse_condition) as book:
        for each in done:
            book.intend(Batch(each.batch, each.run, each.database, each.rule, each.table, each.records), NOW)
            if ledger:
                book.done(each, NOW)
        if database:
            config = DatabaseConfig("shop", Literal(url))
            with open_by(config, Literal(url), None) as writer:
                for each in done:
                    control.write_evidence(writer, each, book.id)


def own(url: str, table: str = "evidence") -> tuple[str, str]:
    """One of wesretain's own tables, and which of its rows are the database's."""
    if kind_of(url) == "sqlite":
        return f"wesretain_{table}", "name = 'main'"
    return f"wesretain.{table}", f"name = '{sa.make_url(url).database}'"


@pytest.fixture
def worked(shop: House, engine_url: str) -> House:
    """A shop in which a run has done three batches."""
    return work(shop, engine_url)


@pytest.fixture
def some_work(one_shop: House) -> House:
    """The same on SQLite alone."""
    return work(one_shop, url_of(one_shop))


def url_of(house: House) -> str:
    return f"sqlite:///{next(house.folder.rglob('shop_*.sqlite'))}"


def work(house: House, url: str) -> House:
    assert house.call("prepare", "shop").code == 0
    assert house.call("approve", "invoices").code == 0
    with opened(house.ledger, parse_condition) as book:
        book.begin_run("run-1", "shop", {"by": "alice"}, NOW)
    tell(house, *map(evidence, (1, 2, 3)), url=url)
    return house


def verify(house: House, *options: str) -> Answer:
    return house.call("ledger", "verify", *options)


# -- verify -----------------------------------------------------------------------------------------------------------


def test_what_agrees_is_said_to(worked: House) -> None:
    answer = verify(worked)
    assert (answer.code, answer.err) == (0, "")
    head = worked.call("ledger", "head").out.strip()
    assert answer.out.splitlines() == ["the chain is whole", "database shop: 3 batches agree", f"head {head}"]
    assert verify(worked, "--expect-head", head).code == 0


TAMPERING = {
    "records": "UPDATE {table} SET records = 6 WHERE {first}",
    "counts": """UPDATE {table} SET counts = '{{"delete shop.invoices": 7, "delete shop.items": 2}}' WHERE {first}""",
    "digest": "UPDATE {table} SET digest = '" + "cd" * 32 + "' WHERE {first}",
    "rule": "UPDATE {table} SET rule = 'other' WHERE {first}",
    "table": "UPDATE {table} SET relation = 'orders' WHERE {first}",
    "as_of": "UPDATE {table} SET as_of = '2027-07-01T00:00:00Z' WHERE {first}",
    "run": "UPDATE {table} SET run = 'run-2' WHERE {first}",
}


@pytest.mark.parametrize("name", TAMPERING)
def test_each_changed_field_is_named(name: str, worked: House, engine_url: str) -> None:
    table, rows = own(engine_url)
    write(engine_url, TAMPERING[name].format(table=table, first=f"{rows} AND batch = '{evidence(1).batch}'"))
    answer = verify(worked)
    assert answer.code == 8
    (line,) = answer.err.splitlines()
    assert line.endswith(f"differ in: {name}")
    assert evidence(1).batch in line


def test_evidence_that_is_gone_added_or_moved(worked: House, engine_url: str) -> None:
    table, rows = own(engine_url)
    write(
        engine_url,
        f"DELETE FROM {table} WHERE {rows} AND batch = '{evidence(1).batch}'",
        f"UPDATE {table} SET batch = '{evidence(9).batch}' WHERE {rows} AND batch = '{evidence(2).batch}'",
    )
    answer = verify(worked)
    assert answer.code == 8
    lines = answer.err.splitlines()
    assert len(lines) == 3
    for batch, words in (
        (evidence(1).batch, "stands in the ledger, and not in the evidence of database shop"),
        (evidence(2).batch, "stands in the ledger, and not in the evidence of database shop"),
        (evidence(9).batch, "stands in the evidence of database shop, and not in the ledger"),
    ):
        assert [line for line in lines if f"batch {batch} " in line and words in line]


def test_evidence_that_nobody_can_read(some_work: House) -> None:
    write(url_of(some_work), f"UPDATE wesretain_evidence SET counts = 'gone' WHERE batch = '{evidence(1).batch}'")
    answer = verify(some_work)
    assert (answer.code, "cannot be understood" in answer.err) == (8, True)


def test_evidence_that_was_given_to_another_ledger(worked: House, engine_url: str) -> None:
    table, rows = own(engine_url)
    write(engine_url, f"UPDATE {table} SET ledger = 'x' WHERE {rows}")
    answer = verify(worked)
    assert (answer.code, len(answer.err.splitlines())) == (8, 3)


def test_a_database_that_was_given_to_another_ledger(worked: House, engine_url: str) -> None:
    table, rows = own(engine_url, "control")
    write(engine_url, f"UPDATE {table} SET ledger = 'x' WHERE {rows}")
    answer = verify(worked)
    assert (answer.code, "belongs to another ledger now" in answer.err) == (8, True)
    write(engine_url, f"DELETE FROM {table} WHERE {rows}")
    answer = verify(worked)
    assert (answer.code, "has lost its evidence" in answer.err) == (8, True)


def test_own_tables_that_are_gone(some_work: House) -> None:
    write(url_of(some_work), "DROP TABLE wesretain_evidence", "DROP TABLE wesretain_control")
    answer = verify(some_work)
    assert answer.code == 8
    assert len(answer.err.splitlines()) == 4


def test_own_tables_that_are_gone_before_anything_was_done(one_shop: House) -> None:
    assert one_shop.call("prepare", "shop").code == 0
    write(url_of(one_shop), "DROP TABLE wesretain_evidence", "DROP TABLE wesretain_control")
    answer = verify(one_shop)
    assert (answer.code, "has lost its evidence" in answer.err) == (8, True)


def test_a_batch_under_way_is_no_difference(worked: House, engine_url: str) -> None:
    """The next apply settles what a run has left, be it carried out or not."""
    tell(worked, evidence(4), url=engine_url, ledger=False)
    tell(worked, evidence(5), url=engine_url, ledger=False, database=False)
    answer = verify(worked)
    assert (answer.code, "2 batches are not settled yet" in answer.err) == (0, True), answer.err
    assert "3 batches agree" in answer.out
    with opened(worked.ledger, parse_condition) as book:
        book.void(evidence(4).batch, NOW, "it was not carried out")
    assert verify(worked).code == 8


def test_generations(some_work: House) -> None:
    some_work.hold(OnDatabase("shop"))
    answer = verify(some_work)
    assert (answer.code, "`wesretain hold fence`" in answer.err) == (0, True)
    write(url_of(some_work), "UPDATE wesretain_control SET generation = 9")
    answer = verify(some_work)
    assert (answer.code, "the ledger is behind database shop" in answer.err) == (8, True)


def test_a_database_that_cannot_be_reached_is_told_and_the_others_compared(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    work(furnish(house, url), url)
    rules = (house.folder / "policy.yaml").read_text()
    house.furnish(rules, {"shop": TABLES, "far": TABLES}, shop=url, far="postgresql://nobody@127.0.0.1:1/far")
    answer = verify(house)
    assert answer.code == 7
    assert "database shop: 3 batches agree" in answer.out
    write(url, "DELETE FROM wesretain_evidence")
    assert verify(house).code == 8


def test_a_database_that_is_not_prepared_has_nothing_to_compare(one_shop: House) -> None:
    answer = verify(one_shop)
    assert (answer.code, "is not prepared" in answer.err) == (0, True)


def alter(house: House, *statements: str) -> None:
    """Change the ledger's file behind its back."""
    with closing(sqlite3.connect(house.ledger, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = replace(body, '\"records\":7', '\"records\":6') WHERE kind = 'batch done'",
        "UPDATE entries SET at = '2020-01-01T00:00:00+00:00' WHERE number = 5",
        "UPDATE entries SET body = 'x' WHERE number = 6",
        "UPDATE entries SET kind = 'x' WHERE number = 6",
        "DELETE FROM entries WHERE number = 5",
        "UPDATE entries SET number = -5 WHERE number = 5",
    ],
)
def test_an_altered_chain_is_broken(statement: str, some_work: House) -> None:
    alter(some_work, statement)
    answer = verify(some_work)
    assert answer.code == 8
    assert "the chain is broken: " in answer.err
    assert "the chain is whole" not in answer.out


def test_a_chain_that_was_cut_off_is_found_by_its_head(some_work: House) -> None:
    """Cut off as far as the evidence goes along, the chain alone cannot tell; the head that was noted can."""
    noted = some_work.call("ledger", "head").out.strip()
    with closing(sqlite3.connect(some_work.ledger)) as connection:
        (number,) = connection.execute("SELECT min(number) FROM entries WHERE kind = 'batch intended'").fetchone()
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    alter(some_work, f"DELETE FROM entries WHERE number >= {number}", *(sql for _, sql in triggers))
    write(url_of(some_work), "DELETE FROM wesretain_evidence")
    assert verify(some_work).code == 0
    answer = verify(some_work, "--expect-head", noted)
    assert (answer.code, "the expected head is not in it" in answer.err) == (8, True)


def test_a_ledger_made_anew_is_found_by_its_head(some_work: House) -> None:
    noted = some_work.call("ledger", "head").out.strip()
    some_work.ledger.unlink()
    create(some_work.ledger, NOW)
    assert verify(some_work, "--expect-head", noted).code == 8


@pytest.mark.parametrize("head", ["", "x", "AB" * 32, "ab" * 31])
def test_what_is_no_head(head: str, some_work: House) -> None:
    assert verify(some_work, "--expect-head", head).code == 2


# -- the comparison alone ---------------------------------------------------------------------------------------------

EVIDENCES = st.dictionaries(st.integers(0, 8), st.integers(1, 3)).map(
    lambda found: {number: replace(evidence(number), records=records) for number, records in found.items()}
)


@given(EVIDENCES, EVIDENCES, st.randoms(use_true_random=False))
def test_every_batch_is_judged_once(told: dict[int, Evidence], found: dict[int, Evidence], random: Random) -> None:
    there = list(found.values())
    random.shuffle(there)
    agreeing, altered, lost, foreign = set(), set(), set(), set()
    for each in differences(told.values(), there):
        match each:
            case Evidence():
                agreeing.add(each.batch)
            case Altered(batch, _, names):
                assert names == ("records",)
                altered.add(batch)
            case Missing(single, in_ledger):
                (lost if in_ledger else foreign).add(single.batch)

    def named(numbers: set[int]) -> set[str]:
        return {evidence(number).batch for number in numbers}

    both = told.keys() & found.keys()
    assert agreeing == named({number for number in both if told[number] == found[number]})
    assert altered == named({number for number in both if told[number] != found[number]})
    assert lost == named(told.keys() - found.keys())
    assert foreign == named(found.keys() - told.keys())


# -- show, export, head -----------------------------------------------------------------------------------------------


def shown(house: House, *options: str) -> list[dict[str, object]]:
    answer = house.call("ledger", "show", "--format", "json", *options)
    assert answer.code == 0, answer.err
    entries: list[dict[str, object]] = json.loads(answer.out)["entries"]
    return entries


def test_a_batch_is_shown_with_who_and_by_which_right(some_work: House) -> None:
    *_, last = shown(some_work, "--rule", "invoices", "--kind", "batch done")
    assert last["rule"] == "invoices"
    assert (last["table"], last["records"], last["by"], last["law"]) == ("shop.invoices", 7, "alice", LAW)
    assert last["approved_by"]
    text = " ".join(some_work.call("ledger", "show").out.split())
    for words in (
        "rule invoices; 7 records of shop.invoices",
        "(delete shop.invoices 7, shop.items 3)",
        "by alice",
        f"law: {LAW}",
        "approved 20",
    ):
        assert words in text


def test_the_newest_come_last_and_others_are_left_out(some_work: House) -> None:
    numbers = [entry["number"] for entry in shown(some_work)]
    assert numbers == sorted(numbers)
    assert [entry["number"] for entry in shown(some_work, "--limit", "2")] == numbers[-2:]
    assert {entry["kind"] for entry in shown(some_work, "--rule", "invoices")} == {
        "rule approved",
        "batch intended",
        "batch done",
    }
    assert {entry["kind"] for entry in shown(some_work, "--kind", "hold placed")} == {"hold placed"}
    assert shown(some_work, "--rule", "nothing") == []
    assert "no entry is on rule nothing" in some_work.call("ledger", "show", "--rule", "nothing").out
    assert some_work.call("ledger", "show", "--kind", "nothing").code == 2


def test_every_kind_of_entry_can_be_shown(one_shop: House) -> None:
    bodies: dict[Kind, tuple[str, dict[str, object]]] = {
        Kind.HOLD_RELEASED: ("1", {"reason": "over", "by": "alice", "effective": "2026-07-08T00:00:00+00:00"}),
        Kind.BATCH_VOID: ("b", {"reason": "it was not carried out"}),
        Kind.RECORD_SKIPPED: ("r", {"database": "shop", "rule": "x", "table": "t", "token": "ab", "reason": "no"}),
        Kind.REVIEW_APPROVED: ("x", {"keys": [["1"], ["2"]], "by": "alice", "reason": "seen", "until": None}),
        Kind.REVIEW_EXTENDED: ("x", {"keys": [["1"]], "by": "alice", "reason": "seen", "until": "2027-01-01"}),
        Kind.REVIEW_OPENED: ("x", {"records": 3}),
        Kind.RUN_ENDED: ("r", {"database": "shop", "finished": []}),
    }
    with opened(one_shop.ledger, parse_condition) as book:
        for kind in Kind:
            if kind not in (Kind.LEDGER_CREATED, Kind.HOLD_PLACED):
                subject, body = bodies.get(kind, ("x", {}))
                book.append(kind, subject, body, NOW)
    answer = one_shop.call("ledger", "show")
    assert answer.code == 0
    assert all(kind.value in answer.out for kind in Kind)
    assert one_shop.call("ledger", "show", "--format", "csv").out.count("\n") == len(Kind) + 2


def test_the_list_fits_a_terminal_of_80_columns(some_work: House) -> None:
    text = some_work.terminal("ledger", "show", columns=80, NO_COLOR="1")
    assert max(len(line.rstrip("\r")) for line in text.split("\n")) <= 80
    assert "\x1b" not in text


def test_whoever_has_the_export_can_check_the_chain(some_work: House) -> None:
    answer = some_work.call("ledger", "export")
    entries = [json.loads(line) for line in answer.out.splitlines()]
    previous = entries[0]["previous"]
    for entry in entries:
        body = json.dumps(entry["body"], sort_keys=True, separators=(",", ":"))
        assert entry["fingerprint"] == digest(entry["salt"], body)
        facts = (entry["number"], entry["at"], entry["kind"], entry["subject"], entry["fingerprint"])
        previous = digest(*facts, previous)
        assert entry["hash"] == previous
    assert some_work.call("ledger", "head").out.strip() == previous
    rows = list(csv.DictReader(io.StringIO(some_work.call("ledger", "export", "--format", "csv").out)))
    assert [row["hash"] for row in rows] == [entry["hash"] for entry in entries]
    assert [json.loads(row["body"]) for row in rows] == [entry["body"] for entry in entries]


COMMANDS: tuple[Callable[[House], Answer], ...] = (
    lambda house: house.call("ledger", "show"),
    lambda house: house.call("ledger", "verify"),
    lambda house: house.call("ledger", "export"),
    lambda house: house.call("ledger", "head"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_ledger_is_an_error(command: Callable[[House], Answer], one_shop: House) -> None:
    one_shop.ledger.unlink()
    assert command(one_shop).code == 8
    assert not one_shop.ledger.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_mistake_in_a_policy_locks_nobody_out(command: Callable[[House], Answer], one_shop: House) -> None:
    one_shop.write("policy.yaml", "version: 1\nrules: {old: {}}\n")
    assert command(one_shop).code == 0
