"""A thousand holds at once, on people and on records by keys of every kind: no statement becomes too large."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest

from apply.company import OLD, Company, orders
from apply.test_apply import after_old_orders
from wesretain.model.hold import OnRecord, OnSubject, Scope
from wesretain.model.rule import TableName

HELD = range(1_000)
#: Records, of which the last hundred are not held.
ALL = range(1_100)
RULE = "\n  tickets: {table: shop.tickets, keep: 3 years, after: closed, then: delete}\n"
INVENTORY = "databases: {shop: {zone: UTC, tables: {tickets: {category: personal, subjects: none}}}}\n"
UUID = "33f1e7a0-0000-4000-8000-{:012x}"

#: The columns of a key, and the key of a record by its number.
KEYS: dict[str, tuple[str, Callable[[int], tuple[int | str, ...]]]] = {
    "whole number": ("id INTEGER NOT NULL", lambda number: (number,)),
    "text": ("id VARCHAR(40) NOT NULL", lambda number: (f"Größe-{number}",)),
    "uuid": ("id UUID NOT NULL", lambda number: (UUID.format(number),)),
    "two columns": (
        "id INTEGER NOT NULL, part VARCHAR(40) NOT NULL",
        lambda number: (number // 10, f"part {number % 10}"),
    ),
}


def hold(shop: Company, scopes: Iterable[Scope]) -> None:
    with shop.ledger() as ledger:
        ledger.store.execute("PRAGMA synchronous = OFF")
        for scope in scopes:
            ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))


def test_a_thousand_people(shop: Company) -> None:
    shop.build(orders(len(ALL), customers=len(ALL)))
    before = shop.contents()
    hold(shop, (OnSubject(TableName("shop", None, "customers"), (str(number),)) for number in HELD))
    assert shop.apply().code == 0
    assert shop.contents() == after_old_orders(before, {n for n, customer, *_ in before["orders"] if customer in HELD})


@pytest.mark.parametrize("kind", KEYS)
def test_a_thousand_records(shop: Company, kind: str) -> None:
    columns, key = KEYS[kind]
    shop.rules, shop.inventory = RULE, INVENTORY
    rows = [(*key(number), OLD) for number in ALL]
    names = ", ".join(column.split()[0] for column in columns.split(", "))
    shop.build({"tickets": rows}, f"CREATE TABLE tickets ({columns}, closed TIME, PRIMARY KEY ({names}))")
    name = TableName("shop", None, "tickets")
    hold(shop, (OnRecord(name, tuple(map(str, key(number)))) for number in HELD))
    answer = shop.apply()
    assert answer.code == 0
    left = {tuple(map(str, row[:-1])) for row in shop.query("SELECT * FROM tickets")}
    assert left == {tuple(map(str, key(number))) for number in HELD}


def test_holds_on_long_keys(shop: Company) -> None:
    """A pattern of as many short texts would be small enough for MariaDB."""
    shop.rules, shop.inventory = RULE, INVENTORY
    keys = [f"{'schlüssel' * 22}-{number}" for number in range(70)]
    shop.build(
        {"tickets": [(key, OLD) for key in keys]},
        "CREATE TABLE tickets (id VARCHAR(220) PRIMARY KEY NOT NULL, closed TIME)",
    )
    hold(shop, (OnRecord(TableName("shop", None, "tickets"), (key,)) for key in keys[:60]))
    assert shop.apply().code == 0
    assert shop.keys("tickets") == set(keys[:60])


OF_CUSTOMERS = """
databases:
  shop:
    zone: UTC
    tables:
      customers: {category: personal, subjects: self}
      tickets: {category: personal, subjects: [customer], links: {customer: {to: customers, on: {customer_id: id}}}}
"""


def test_who_has_no_customer_is_no_held_one(shop: Company) -> None:
    """Nor whose customer is not there; the held one's customer is held as well."""
    shop.rules, shop.inventory = RULE, OF_CUSTOMERS
    customers = {1: 1, 2: 2, 3: None, 4: 99}
    shop.build(
        {"customers": [(1,), (2,)], "tickets": [(number, customer, OLD) for number, customer in customers.items()]},
        "CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL);"
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY NOT NULL, customer_id INTEGER, closed TIME)",
    )
    hold(shop, [OnSubject(TableName("shop", None, "customers"), (str(number),)) for number in (1, 99)])
    answer = shop.apply()
    assert (answer.code, shop.keys("tickets")) == (0, {1})
