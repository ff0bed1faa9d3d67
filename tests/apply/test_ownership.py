"""One run per database at a time, by the ledger that it was prepared with, and never with one that has lost holds."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from apply.company import Company, orders
from apply.test_brakes import SIMPLE
from wesretain import control
from wesretain.engines import open_for_apply, open_for_scan
from wesretain.errors import Occupied, WesretainError
from wesretain.ledger import create
from wesretain.model.hold import OnTable
from wesretain.model.ledger import Evidence
from wesretain.model.rule import TableName


@pytest.fixture
def ready(shop: Company) -> Company:
    shop.rules = SIMPLE
    return shop.build(orders(10))


def test_a_database_that_is_not_prepared_is_refused(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(10))
    with shop.connect() as connection:
        match shop.dialect:
            case "sqlite":
                connection.exec_driver_sql("DROP TABLE wesretain_control")
            case "postgresql":
                connection.exec_driver_sql("DROP SCHEMA wesretain CASCADE")
            case _:
                connection.exec_driver_sql("DELETE FROM wesretain.control WHERE name = database()")
    before = shop.contents()
    answer = shop.apply()
    assert answer.code == 8
    assert "wesretain prepare shop" in answer.json["failures"][0]["message"]
    assert (answer.rules["old-orders"]["planned"], answer.rules["old-orders"]["done"]) == (9, 0)
    assert shop.contents() == before


def test_a_run_that_has_just_begun_is_told_as_such(ready: Company) -> None:
    """It has the lock of this machine, and the database does not know of it yet."""
    before = ready.contents()
    with ready.ledger() as ledger, ledger.store.owning("shop"):  # not to be had by another process
        run = subprocess.run(
            ready.command("apply", "--yes"), cwd=ready.folder, capture_output=True, text=True, check=False
        )
    assert run.returncode == 6
    assert "one that has just begun" in run.stdout + run.stderr
    assert ready.contents() == before


def test_another_ledgers_database_is_refused(ready: Company) -> None:
    (ready.folder / "ledger").unlink()
    create(ready.folder / "ledger", datetime.now(UTC))
    ready.approve()
    before = ready.contents()
    answer = ready.apply()
    assert answer.code == 8
    assert "belongs to another ledger" in answer.json["failures"][0]["message"]
    assert ready.contents() == before


def test_a_database_is_not_prepared_for_a_second_ledger(ready: Company) -> None:
    with ready.ledger() as ledger, open_for_apply(ready.intent.config.databases[0]) as writer:
        control.prepare(writer, ledger.id, 7)  # once more by its own, which changes nothing
        with pytest.raises(control.NotPrepared, match="belongs to another ledger"):
            control.prepare(writer, "another", 0)
        found = control.control_of(writer)
        assert found == control.Control(ledger.id, 0, None)


def test_a_database_has_one_row_that_says_who_owns_it(ready: Company) -> None:
    with open_for_apply(ready.intent.config.databases[0]) as writer:
        own = control.own_tables(writer.engine).control
        (row,) = writer.rows(sa.select(own).where(own.c.name == writer.engine.place))
        with pytest.raises(WesretainError), writer.batch():
            writer.change(sa.insert(own).values(**row._mapping))


def test_evidence_is_found_as_it_was_written(ready: Company) -> None:
    counts = {"delete orders": 7, "delete items": 14}
    done = Evidence(
        str(uuid.uuid4()), "r1", "shop", "old-orders", "orders", "2026-07-01T00:00:00Z", 7, counts, "ab" * 32
    )
    with ready.ledger() as ledger:
        own = ledger.id
    with open_for_apply(ready.intent.config.databases[0]) as writer:
        with writer.batch():
            control.write_evidence(writer, done, own)
        assert control.evidence_of(writer, done.batch, "shop") == done
        assert control.evidence_of(writer, "another", "shop") is None
    with open_for_scan(ready.intent.config.databases[0]) as live:
        assert list(control.evidences(live, own, "shop")) == [done]
        assert list(control.evidences(live, "another", "shop")) == []


def test_a_table_of_our_own_that_is_gone_is_named(ready: Company) -> None:
    done = Evidence(str(uuid.uuid4()), "r1", "shop", "old-orders", "orders", "2026-07-01T00:00:00Z", 7, {}, "ab" * 32)
    with ready.ledger() as ledger, open_for_apply(ready.intent.config.databases[0]) as writer:
        writer.connection.execute(sa.schema.DropTable(control.own_tables(writer.engine).evidence))
        with pytest.raises(WesretainError, match="evidence"), writer.batch():
            control.write_evidence(writer, done, ledger.id)


def test_a_ledger_that_has_lost_holds_is_refused(ready: Company) -> None:
    """It was restored from a backup that is older than the newest hold."""
    shutil.copy(ready.folder / "ledger", ready.folder / "backup")
    with ready.ledger() as ledger, open_for_apply(ready.intent.config.databases[0]) as writer:
        scope = OnTable(TableName("shop", None, "orders"))
        ledger.place_hold("Case 1", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
        assert control.fence(writer, ledger.id, ledger.generation("shop"))
    shutil.copy(ready.folder / "backup", ready.folder / "ledger")
    before = ready.contents()
    answer = ready.apply()
    assert answer.code == 8
    assert "behind" in answer.json["failures"][0]["message"]
    assert ready.contents() == before


def test_a_missing_ledger_is_an_error_and_never_an_empty_one(ready: Company) -> None:
    (ready.folder / "ledger").unlink()
    before = ready.contents()
    assert ready.apply().code == 8
    assert not (ready.folder / "ledger").exists()
    assert ready.contents() == before


def test_a_second_run_is_turned_away_and_a_dead_one_is_not_waited_for(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(1500))
    first = shop.start()
    try:
        wait_for_a_batch(shop)
        first.send_signal(signal.SIGSTOP)
        second = shop.apply()
        assert second.code == 6
        assert re.match("another run owns database shop: .+ on .+, run .+; ", second.json["failures"][0]["message"])
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert shop.apply().code == 0
    assert shop.keys("orders") == {1500}


def test_a_run_of_another_machine_is_waited_for(ready: Company) -> None:
    with ready.ledger() as ledger, open_for_apply(ready.intent.config.databases[0]) as writer:
        owner = control.Owner("theirs", "another-machine", "bob on another-machine")
        control.acquire(writer, owner, ledger.id, lambda: ledger.generation("shop"))
        answer = ready.apply()
        assert answer.code == 6
        assert "bob on another-machine" in answer.json["failures"][0]["message"]
        control.release(writer, "theirs")
    assert ready.apply().code == 0


def test_a_batch_of_another_run_is_refused(ready: Company) -> None:
    with ready.ledger() as ledger, open_for_apply(ready.intent.config.databases[0]) as writer:
        owner = control.Owner("theirs", "another-machine", "bob on another-machine")
        control.acquire(writer, owner, ledger.id, lambda: ledger.generation("shop"))
        with control.batch(writer, "theirs") as generation:
            assert generation == ledger.generation("shop")
        with pytest.raises(Occupied, match="taken database shop over"), control.batch(writer, "mine"):
            raise AssertionError("it begins")


def test_a_run_lets_its_database_go(ready: Company) -> None:
    assert ready.apply().code == 0
    with open_for_apply(ready.intent.config.databases[0]) as writer:
        own = control.own_tables(writer.engine).control
        (row,) = writer.rows(sa.select(own).where(own.c.name == writer.engine.place))
    assert (row.run, row.host, row.owner, row.lease_until) == (None, None, None, None)


def test_a_lock_that_cannot_be_is_told(ready: Company) -> None:
    (ready.folder / "ledger.lock").mkdir()
    answer = ready.apply()
    assert answer.code == 8
    assert "ledger.lock cannot be opened: Is a directory" in answer.json["failures"][0]["message"]


def wait_for_a_batch(shop: Company) -> None:
    """Until a run has begun its first batch."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with shop.ledger() as ledger:
            if ledger.open_intents("shop") or next(ledger.evidences("shop"), None):
                return
        time.sleep(0.005)
    raise AssertionError("no batch was begun")
