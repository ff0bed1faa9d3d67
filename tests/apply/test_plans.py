"""By which ways engines find the records of a batch, as they tell themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from apply.company import OLD, RECENT, Company
from apply.test_batches import statements
from apply.test_many_holds import OF_CUSTOMERS, RULE
from apply.test_walks import DDL, DELETE, REDACT, WITH_STEPS, build
from wesretain.apply.batch import dispose_as_found
from wesretain.apply.walks import ByBlock, ByNumber
from wesretain.apply.walks.base import page
from wesretain.engines import Writer
from wesretain.model.hold import OnSubject
from wesretain.model.rule import TableName
from wesretain.standing.statements import Statements


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("odd", [False, True], ids=["plainly", "exactly"])
@pytest.mark.parametrize("index", ["at", "state, at"])
@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS, REDACT])
def test_a_batch_goes_along_the_rows_though_the_clock_has_an_index(
    shop: Company, rule: str, index: str, odd: bool
) -> None:
    """By the index each batch would read all that is due, for the few that it is about."""
    visits = [
        (n, "closed" if n % 10 else f"of day {n}", OLD if n % 10 else RECENT, None, "Ann") for n in range(1, 2_001)
    ]
    rule = "    where: {state: closed}\n" + rule
    build(shop, rule, {"visits": visits}, ddl=DDL + f"CREATE INDEX visits_at ON visits ({index});")
    with shop.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        if odd:  # as a text it is old, and so plain statements would take it along
            connection.exec_driver_sql("UPDATE visits SET at = '2020-02-30 00:00:00' WHERE id % 100 = 1")
    with statements(shop, "visits") as (writer, found):
        walk = ByNumber(Statements(found.translator, found.removing, found.act, vetoes=False), hidden="rowid")
        with asked(writer) as told, writer.batch():
            disposed = dispose_as_found(writer, walk, walk.start, 100)
            dispose_as_found(writer, walk, disposed.beyond, 100)
            for cursor in (walk.start, disposed.beyond):
                walk.named(writer, cursor, 100, 100)
        plans = [plan_of(writer, each) for each in told if re.match("SELECT|DELETE|UPDATE", each)]
    assert any("typeof(" in each for each in told if each.startswith(("DELETE FROM visits", "UPDATE visits"))) is odd
    assert [plan for plan in plans if "visits_at" in plan] == []
    assert len([plan for plan in plans if "INTEGER PRIMARY KEY" in plan]) >= 4


@contextmanager
def asked(writer: Writer) -> Iterator[list[str]]:
    """The statements that SQLite carries out meanwhile, with the values of their parameters."""
    told, driver = list[str](), writer.connection.connection.driver_connection
    assert driver is not None
    driver.set_trace_callback(told.append)
    yield told
    driver.set_trace_callback(None)


def plan_of(writer: Writer, statement: str) -> str:
    driver = writer.connection.connection.driver_connection
    assert driver is not None
    return "\n".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}"))


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_few_due_records_are_found_by_the_index_on_the_clock(shop: Company) -> None:
    """Though they are wanted in the order of the key, in which the whole of a large table could be read."""
    visits = [(n, "closed", RECENT if n % 100 else OLD, None, "Ann") for n in range(1, 1_001)]
    build(shop, DELETE, {"visits": visits}, ddl=DDL + "CREATE INDEX visits_at ON visits (at);")
    with shop.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("UPDATE sqlite_stat1 SET stat = '500000 1' WHERE tbl = 'visits'")
    with statements(shop, "visits") as (writer, found):
        with asked(writer) as told:
            keys = page(writer, found, (), 50_000)
        (plan,) = (plan_of(writer, each) for each in told)
    assert [tuple(key) for key in keys] == [(n,) for n in range(100, 1_001, 100)]
    assert "visits_at" in plan


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_held_people_are_found_at_once(shop: Company) -> None:
    """Else PostgreSQL takes it for so dear that it leaves the blocks of a batch, and reads all that is due instead."""
    shop.rules, shop.inventory = RULE, OF_CUSTOMERS
    people, numbers = range(1, 2_001), range(1, 12_001)
    tickets = [(n, n % 2_000 + 1, (RECENT if n * 7919 % 10 > 2 else OLD) + timedelta(minutes=n)) for n in numbers]
    shop.build(
        {"customers": [(n,) for n in people], "tickets": tickets},
        "CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL);"
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY NOT NULL, customer_id INTEGER, closed TIME);"
        "CREATE INDEX tickets_closed ON tickets (closed);",
    )
    with shop.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    with shop.ledger() as ledger:
        for number in people[::5]:
            scope = OnSubject(TableName("shop", None, "customers"), (str(number),))
            ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
    with statements(shop, "tickets") as (writer, found):
        walk = ByBlock(Statements(found.translator, found.removing, found.act, vetoes=False), blocks=64, due=3_000)
        with sent(writer) as told, writer.batch():
            dispose_as_found(writer, walk, (0, 40), 3_000)
        plans = [explained(writer, *each) for each in told if "tickets" in each[0]]
    assert len(plans) == 2
    assert all("Tid Range Scan on tickets" in plan and "hashed SubPlan" in plan for plan in plans)


@contextmanager
def sent(writer: Writer) -> Iterator[list[tuple[str, Any]]]:
    """The statements that a server carries out meanwhile, with their parameters."""
    told = list[tuple[str, Any]]()

    def note(connection: object, cursor: object, statement: str, parameters: Any, *rest: object) -> None:
        told.append((statement, parameters))

    sa.event.listen(writer.connection.engine, "before_cursor_execute", note)
    yield told
    sa.event.remove(writer.connection.engine, "before_cursor_execute", note)


def explained(writer: Writer, statement: str, parameters: Any) -> str:
    found = writer.connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return "\n".join(line for (line,) in found)
