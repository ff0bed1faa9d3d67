"""A shop in which every standing occurs; all figures are of 1 July 2026, midnight, and were worked out by hand."""

from __future__ import annotations

from cli.houses import ROW_VALUE, TIME, House, described, kind_of, named
from engines.live import write
from wesretain.model.hold import OnRecord

RULES = """\
  old-orders:
    title: Orders, two years after delivery
    table: shop.orders
    where: {status: delivered}
    keep: 2 years
    after: delivered
    then: delete
    with: {items: delete, invoices: delete}
    agreed until: agreed
  slow-orders:
    title: Orders of the slow, twenty years after delivery
    table: shop.orders
    where: {person: [2]}
    keep: 20 years
    after: delivered
    then: delete
    with: {items: delete, invoices: delete}
  warranties:
    title: Orders with a warranty
    category: server
    table: shop.orders
    where: {status: [delivered, returned], person: [3]}
    keep: 30 years
    after: delivered
    then: delete
    with: {items: delete, invoices: delete}
    law: Warranty Act, s. 12
  invoices:
    title: Invoices
    category: non_personal
    table: shop.invoices
    keep: 7 years
    after: paid
    then: delete
    law: Companies Act 2016 (Malaysia), s. 245
"""
TABLES = described(
    "people: {category: personal, subjects: self}",
    "orders: {subjects: owner, links: {owner: {to: people, by: person}}}",
    "items: {category: personal, subjects: order.owner, links: {order: {to: orders, by: order_id}}}",
    "invoices: {category: non_personal, subjects: none, links: {order: {to: orders, by: order_id}}}",
)
LONG_AGO, BOUNDARY, RECENT = "2020-01-01 00:00:00", "2024-07-01 00:00:00", "2024-07-01 00:00:01"
#: Number, person, status, delivered, agreed until; and where it stands under `old-orders`.
ORDERS = (
    (1, 1, "delivered", LONG_AGO, None, "due"),
    (2, 1, "delivered", BOUNDARY, "2026-06-30", "due"),
    (3, 1, "delivered", RECENT, None, "kept"),
    (4, 1, "delivered", None, None, "undecidable"),
    (5, 2, "delivered", LONG_AGO, None, "kept"),
    (6, 1, "Delivered ", LONG_AGO, None, "uncovered"),
    (7, 1, "open", LONG_AGO, None, "uncovered"),
    (8, 3, "delivered", LONG_AGO, None, "law"),
    (9, 1, "delivered", LONG_AGO, "2026-07-01", "agreed"),
    (10, 1, "delivered", LONG_AGO, None, "blocked"),
    (11, 1, "delivered", LONG_AGO, None, "held"),
    (12, 1, None, LONG_AGO, None, "undecidable"),
    (13, 1, "delivered", None, None, "held"),
)
OLD_ORDERS = {
    "records": 13,
    "tally": {
        "uncovered": 2, "held": 2, "undecidable": 2, "law": 1, "agreed": 1, "kept": 2, "blocked": 1, "due": 2,
    },
    "undated": 1,
    "held_otherwise": {
        "undecidable": 1, "law": 0, "agreed": 0, "kept": 0, "blocked": 0, "due": 1,
    },
    "missed_by_case": 1,
    "outside_where": 2,
    "also_due_elsewhere": 0,
    "oldest_due": {"clock": "2020-01-01T00:00:00Z", "due_since": "2022-01-01T00:00:00Z"},
    "takes": [
        {"path": "items", "fate": "delete", "rows": 3},
        {"path": "invoices", "fate": "delete", "rows": 1},
    ],
}  # fmt: skip


def furnish(house: House, url: str) -> House:
    """Fill an empty database with the shop, and write its files, with holds on the orders 11 and 13."""
    time = TIME[kind_of(url)]
    rows = ", ".join(
        f"({', '.join('NULL' if value is None else repr(value) for value in order[:-1])}, '{ROW_VALUE}')"
        for order in ORDERS
    )
    write(
        url,
        "CREATE TABLE people (id integer PRIMARY KEY, name varchar(40))",
        f"CREATE TABLE orders (id integer PRIMARY KEY, person integer NOT NULL REFERENCES people (id),"
        f" status varchar(20), delivered {time} NULL, agreed date, note varchar(40))",
        "CREATE TABLE items (id integer PRIMARY KEY, order_id integer, note varchar(40))",
        "CREATE TABLE invoices (id integer PRIMARY KEY, order_id integer, paid date)",
        f"INSERT INTO people VALUES (1, '{ROW_VALUE}'), (2, '{ROW_VALUE}'), (3, '{ROW_VALUE}')",
        f"INSERT INTO orders VALUES {rows}",
        "INSERT INTO items VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 3, 'd'), (5, NULL, 'e')",
        "INSERT INTO invoices VALUES (1, 1, '2010-06-30'), (2, 10, '2020-01-01'), (3, NULL, NULL)",
    )
    house.furnish(RULES, TABLES, shop=url)
    for number in ("11", "13"):
        house.hold(OnRecord(named("shop.orders"), (number,)))
    return house
