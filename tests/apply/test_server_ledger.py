"""Runs whose ledger is on a server: the same evidence, one run at a time from whatever machine, and none without it."""

from __future__ import annotations

import re
import signal
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from apply.company import Company, orders
from apply.test_brakes import SIMPLE
from apply.test_midway import ON_SERVERS, check_a_lost_connection
from apply.test_ownership import wait_for_a_batch
from databases import Server
from wesretain import control
from wesretain.engines import open_for_apply
from wesretain.model.hold import OnTable
from wesretain.model.rule import TableName


@pytest.fixture
def shared(shop: Company, postgresql: Server) -> Company:
    """The shop on each engine, its ledger on PostgreSQL."""
    shop.ledger_url = postgresql.fresh_database("ledger").replace("+psycopg", "")
    shop.rules = SIMPLE
    return shop


def at_the_ledger(shop: Company, *statements: str) -> None:
    """Do something to the ledger's tables that their guards would prevent."""
    url = sa.make_url(shop.ledger_url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in ("SET session_replication_role = replica", *statements):
            connection.exec_driver_sql(statement)


def test_a_run_leaves_its_evidence_there(shared: Company) -> None:
    shared.build(orders(40))
    assert shared.apply().code == 0
    assert shared.keys("orders") == {40}
    with shared.ledger() as ledger:
        assert list(ledger.verify()) == []
        assert sum(evidence.records for evidence in ledger.evidences("shop")) == 39
        assert ledger.open_intents("shop") == ()
    answer = shared.call("ledger", "verify")
    assert (answer.code, answer.err) == (0, "")
    assert "batches agree" in answer.out or "batch agrees" in answer.out
    assert not (shared.folder / "ledger").exists()
    at_the_ledger(shared, "DELETE FROM wesretain_ledger.entries WHERE kind = 'batch done'")
    assert shared.call("ledger", "verify").code == 8


def test_another_run_is_turned_away_and_a_dead_one_until_its_lease_ends(shared: Company) -> None:
    """No lock of this machine tells that it is dead: it may be alive on another."""
    shared.build(orders(1500))
    first = shared.start()
    try:
        wait_for_a_batch(shared)
        first.send_signal(signal.SIGSTOP)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    left = shared.keys("orders")
    answer = shared.apply()
    assert answer.code == 6
    words = (
        "database shop is owned by another run: .+ on .+, run .+; wait until it has ended; of one that died, no more "
    )
    assert re.match(words, answer.json["failures"][0]["message"])
    assert shared.keys("orders") == left
    with open_for_apply(shared.intent.config.databases[0]) as writer:
        own = control.own_tables(writer.engine).control
        writer.change(sa.update(own).where(own.c.name == writer.engine.place).values(lease_until=0))
    assert shared.apply().code == 0
    assert shared.keys("orders") == {1500}
    assert shared.call("ledger", "verify").code == 0


@ON_SERVERS
def test_a_run_that_loses_its_connection_owns_the_database_still(shared: Company) -> None:
    check_a_lost_connection(shared)


def test_the_stop_file_is_beside_the_configuration(shared: Company) -> None:
    shared.build(orders(40))
    (shared.folder / "ledger.stop").touch()
    answer = shared.apply()
    assert answer.code == 5
    assert "the stop file is there" in answer.out
    assert len(shared.keys("orders")) == 40


def test_without_its_ledger_nothing_is_done(shared: Company) -> None:
    """Missing, another one, or an older one that lacks a hold."""
    shared.build(orders(40))
    with shared.ledger() as ledger, open_for_apply(shared.intent.config.databases[0]) as writer:
        scope = OnTable(TableName("shop", None, "orders"))
        ledger.place_hold("Case 1", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
        assert control.fence(writer, ledger.id, ledger.generation("shop"))
    last = "number = (SELECT max(number) FROM wesretain_ledger.entries)"
    at_the_ledger(shared, f"DELETE FROM wesretain_ledger.entries WHERE {last}")
    answer = shared.apply()
    assert answer.code == 8
    assert "the ledger is behind database shop" in answer.json["failures"][0]["message"]
    at_the_ledger(shared, "DROP SCHEMA wesretain_ledger CASCADE")
    answer = shared.apply()
    assert answer.code == 8
    assert "is missing from database" in answer.err
    shared.furnish()
    shared.approve()
    answer = shared.apply()
    assert answer.code == 8
    assert "belongs to another ledger" in answer.json["failures"][0]["message"]
    assert len(shared.keys("orders")) == 40
