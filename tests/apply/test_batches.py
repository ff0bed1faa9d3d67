"""Batches: a key alone never authorises, all of a batch or nothing is done, and one bad record stops no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from apply.company import AS_OF, Company, orders
from apply.test_brakes import SIMPLE
from wesretain.apply.batch import dispose
from wesretain.apply.walks.base import told
from wesretain.engines import Writer, open_for_apply
from wesretain.errors import BatchRefused
from wesretain.model.ledger import Kind
from wesretain.standing.conditions import Binder
from wesretain.standing.disposal import acts_of
from wesretain.standing.statements import Statements
from wesretain.survey import Request, survey_of


@contextmanager
def statements(shop: Company, rule: str = "old-orders") -> Iterator[tuple[Writer, Statements]]:
    """The statements of a rule, and a connection to carry them out by."""
    with shop.ledger() as ledger:
        request = Request(shop.intent, ledger.holds(), AS_OF, pinned=True)
    with open_for_apply(shop.intent.config.databases[0]) as writer:
        survey = survey_of(request, writer, "shop")
        act = acts_of(survey.ruling).of(rule)
        assert act is not None
        yield writer, Statements(survey.translator, Binder(survey.catalogue, survey.ruling.moment), act)


def unchanged(target: object, raw: Any) -> Any:
    return raw


def test_a_key_alone_never_authorises(shop: Company) -> None:
    """Even where the keys of all records are asked for, those that are not due stay, with what is below them."""
    shop.rules = SIMPLE
    shop.build(orders(20, recent=5))
    with statements(shop) as (writer, found), writer.batch():
        disposed = dispose(writer, found, [(n,) for n in range(1, 25)], unchanged)
    assert disposed.keys == told([(n,) for n in range(1, 16)])
    assert shop.keys("orders") == set(range(16, 21))
    assert {row[1] for row in shop.query("SELECT * FROM items")} == set(range(16, 21))


def test_what_changes_while_the_batch_is_under_way_is_left_alone(shop: Company) -> None:
    """Another session reopens an order between the check and the deletion: nothing of the batch is done."""
    shop.rules = SIMPLE
    shop.build(orders(10))
    items = shop.query("SELECT * FROM items ORDER BY id")
    with reopening(shop, 7), statements(shop) as (writer, found), pytest.raises(BatchRefused), writer.batch():
        dispose(writer, found, [(n,) for n in range(1, 10)], unchanged)
    assert shop.keys("orders") == set(range(1, 11))
    assert shop.query("SELECT * FROM items ORDER BY id") == items


@contextmanager
def reopening(shop: Company, order: int) -> Iterator[None]:
    """Reopen an order while another transaction deals with it.

    The row is locked by the change, which becomes visible when the other one waits for it. On SQLite nobody can write
    meanwhile, and a trigger on a row below does it.
    """
    change = f"UPDATE orders SET state = 'open' WHERE id = {order}"
    if shop.dialect == "sqlite":
        trigger(shop, "items", f"{change} AND id = OLD.order_id")
        yield
        return
    with shop.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(change)
        timer = threading.Timer(1.0, connection.exec_driver_sql, ("COMMIT",))
        timer.start()
        yield
        timer.join()


def trigger(shop: Company, table: str, body: str, event: str = "BEFORE DELETE") -> None:
    with shop.connect() as connection:
        match shop.dialect:
            case "sqlite":
                connection.exec_driver_sql(f"CREATE TRIGGER tripwire {event} ON {table} BEGIN {body}; END")
            case "mariadb":
                connection.exec_driver_sql(f"CREATE TRIGGER tripwire {event} ON {table} FOR EACH ROW {body}")
            case _:
                head = "CREATE FUNCTION tripwire() RETURNS trigger LANGUAGE plpgsql"
                connection.exec_driver_sql(f"{head} AS $$ BEGIN {body}; RETURN OLD; END $$")
                connection.exec_driver_sql(
                    f"CREATE TRIGGER tripwire {event} ON {table} FOR EACH ROW EXECUTE FUNCTION tripwire()"
                )


#: A trigger that stops the deletion of any row for which this holds.
REFUSING = {
    "sqlite": "SELECT RAISE(ABORT, 'no') WHERE {}",
    "postgresql": "IF {} THEN RAISE EXCEPTION 'no'; END IF",
    "mariadb": "IF {} THEN SIGNAL SQLSTATE '45000'; END IF",
}


def test_one_record_that_cannot_go_stops_no_other(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(30))
    trigger(shop, "orders", REFUSING[shop.dialect].format("OLD.id = 17"))
    answer = shop.apply()
    assert answer.code == 5
    rule = answer.rules["old-orders"]
    with shop.ledger() as ledger:
        assert [each["token"] for each in rule["skipped"]] == [ledger.token("shop", "orders", "17")]
        shop.check_evidence(ledger)
    assert (rule["planned"], rule["done"], rule["left"]) == (29, 28, 1)
    assert shop.keys("orders") == {17, 30}
    assert {row[1] for row in shop.query("SELECT * FROM items")} == {17, 30}


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_a_rule_is_given_up_where_too_many_records_cannot_go(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(150))
    trigger(shop, "orders", REFUSING[shop.dialect].format("OLD.id > 0"))
    answer = shop.apply()
    assert answer.code == 5
    rule = answer.rules["old-orders"]
    assert rule["stopped"].startswith("rule `old-orders` stopped: it was given up after 100 skipped records; ")
    assert len(rule["skipped"]) == 100
    assert len(shop.keys("orders")) == 150


def test_a_batch_that_is_refused_is_tried_three_times_before_it_is_halved(shop: Company) -> None:
    """What stood in its way may be a lock, which is gone a moment later."""
    shop.rules = SIMPLE
    shop.build(orders(3))
    trigger(shop, "orders", REFUSING[shop.dialect].format("OLD.id = 1"))
    assert shop.apply().code == 5
    assert shop.keys("orders") == {1, 3}
    with shop.ledger() as ledger:
        intended = [entry.body["records"] for entry in ledger.entries(kinds=(Kind.BATCH_INTENDED,))]
    assert intended == [2, 2, 2, 1, 1]


def test_a_trigger_that_fails_in_a_way_of_its_own_stops_its_record_alone(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(30))
    with shop.connect() as connection:
        connection.exec_driver_sql("UPDATE orders SET note = '[' WHERE id = 17")
        connection.exec_driver_sql("UPDATE orders SET note = '[]' WHERE id <> 17")
    fail = {
        "sqlite": "SELECT json(OLD.note)",
        "postgresql": "PERFORM OLD.note::json",
        "mariadb": "IF OLD.id = 17 THEN SET @found = extractvalue(OLD.note, '///['); END IF",
    }
    trigger(shop, "orders", fail[shop.dialect])
    answer = shop.apply()
    assert answer.code == 5
    assert [each["reason"].partition(":")[0] for each in answer.rules["old-orders"]["skipped"]] == ["database shop"]
    assert shop.keys("orders") == {17, 30}


def test_no_deletion_without_evidence(shop: Company) -> None:
    """Where the evidence cannot be written, nothing is deleted: both are one transaction."""
    shop.rules = SIMPLE
    shop.build(orders(10))
    before = shop.contents()
    with shop.connect() as connection:
        own = "wesretain_evidence" if shop.dialect == "sqlite" else "wesretain.evidence"
        if shop.dialect == "mariadb":
            connection.exec_driver_sql(
                f"ALTER TABLE {own} ADD CONSTRAINT IF NOT EXISTS no_shop"
                f" CHECK (name <> '{sa.make_url(shop.url).database}')"
            )
        elif shop.dialect == "postgresql":
            connection.exec_driver_sql(f"ALTER TABLE {own} ADD CONSTRAINT nothing CHECK (records < 0)")
        else:
            connection.exec_driver_sql(
                f"CREATE TRIGGER no_evidence BEFORE INSERT ON {own} BEGIN SELECT RAISE(ABORT, ''); END"
            )
    try:
        answer = shop.apply()
        assert answer.code == 5
        assert shop.contents() == before
        with shop.ledger() as ledger:
            assert list(ledger.evidences("shop")) == []
            assert ledger.open_intents("shop") == ()
    finally:
        if shop.dialect == "mariadb":
            with shop.connect() as connection:
                connection.exec_driver_sql("ALTER TABLE wesretain.evidence DROP CONSTRAINT IF EXISTS no_shop")


def test_a_veto_of_the_database_is_seen(shop: Company) -> None:
    """A trigger that lets a row stay without a word: PostgreSQL's answer NULL, SQLite's RAISE(IGNORE)."""
    if shop.dialect == "mariadb":
        return  # it has no such triggers
    shop.rules = SIMPLE
    shop.build(orders(10))
    with shop.connect() as connection:
        if shop.dialect == "sqlite":
            connection.exec_driver_sql(
                "CREATE TRIGGER veto BEFORE DELETE ON serials WHEN OLD.id = 50 BEGIN SELECT RAISE(IGNORE); END"
            )
        else:
            connection.exec_driver_sql(
                "CREATE FUNCTION veto() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN IF OLD.id = 50 THEN RETURN NULL; END IF; RETURN OLD; END $$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER veto BEFORE DELETE ON serials FOR EACH ROW EXECUTE FUNCTION veto()"
            )
    answer = shop.apply()
    assert answer.code == 5
    assert shop.keys("orders") == {5, 10}
    assert shop.keys("items") == {50, 51, 100, 101}
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


def test_what_was_begun_is_settled_at_the_next_start(shop: Company) -> None:
    """A run that died after its batch was committed, and one that died before: evidence in the database decides."""
    from wesretain import control
    from wesretain.model.ledger import Batch, Evidence

    shop.rules = SIMPLE
    shop.build(orders(10))
    now = datetime.now(UTC)
    committed = Evidence(
        "b1", "dead", "shop", "old-orders", "orders", "2026-07-01T00:00:00Z", 0, {"delete orders": 0}, "d"
    )
    with shop.ledger() as ledger, open_for_apply(shop.intent.config.databases[0]) as writer:
        for name in ("b1", "b2"):
            ledger.intend(Batch(name, "dead", "shop", "old-orders", "orders", 5), now)
        with writer.batch():
            control.write_evidence(writer, committed, ledger.id)
    assert shop.apply().code == 0
    with shop.ledger() as ledger:
        assert ledger.open_intents("shop") == ()
        assert "b1" in {each.batch for each in ledger.evidences("shop")}
        assert "b2" not in {each.batch for each in ledger.evidences("shop")}
        shop.check_evidence(ledger)


def test_triggers_that_keep_totals_do_not_stand_in_the_way(shop: Company) -> None:
    """Applications count children in their parents; MariaDB lets no trigger write to what our statement reads."""
    shop.rules = SIMPLE
    shop.build(orders(10))
    trigger(shop, "items", "UPDATE orders SET note = 'fewer' WHERE id = OLD.order_id", "AFTER DELETE")
    answer = shop.apply()
    assert (answer.code, answer.err) == (0, "")
    assert shop.keys("orders") == {10}
    assert shop.query("SELECT note FROM orders") == [("x",)]
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


def test_explain_shows_the_token_of_a_record(shop: Company) -> None:
    """So an operator finds the record that was skipped."""
    shop.rules = SIMPLE
    shop.build(orders(10))
    answer = shop.call("explain", "shop.orders", "7", "--format", "json", "--as-of", AS_OF.isoformat())
    with shop.ledger() as ledger:
        assert answer.json["token"] == ledger.token("shop", "orders", "7")
