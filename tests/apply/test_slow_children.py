"""Rows below that no index finds: apply does not read a large table as a whole in each batch unless it is told to."""

from __future__ import annotations

from datetime import datetime

import pytest

from apply.company import Company

DDL = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, closed TIME, note VARCHAR(20));
CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER);
CREATE TABLE parts (id INTEGER PRIMARY KEY, item_id INTEGER);
CREATE INDEX parts_item ON parts (item_id);
"""
INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      orders: {category: personal, subjects: none}
      items: {category: personal, subjects: none, links: {order: {to: orders, by: order_id}}}
      parts: {category: personal, subjects: none, links: {item: {to: items, by: item_id}}}
"""
RULE = "\n  old: {{table: shop.orders, keep: 3 years, after: closed, {}}}\n"
WITH_ITEMS = "then: delete, with: {items: delete, items.parts: delete}"
WORDS = "no index finds the rows of {} by {}, and each batch would read all of them"
MEND = "; create an index on {} ({}), or apply with --slow-children"
NUMBERS = {
    "sqlite": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {0}) SELECT n FROM c)",
    "postgresql": "(SELECT n FROM generate_series(1, {0}) n)",
    "mysql": "(SELECT seq AS n FROM seq_1_to_{0})",
}


def large(shop: Company, then: str, table: str = "items", rows: int = 10_001) -> Company:
    """Two old orders and a recent one; a table below has so many rows, of which one hangs on an old order."""
    shop.rules, shop.inventory = RULE.format(then), INVENTORY
    old, recent = datetime(2020, 1, 1), datetime(2026, 6, 1)  # noqa: DTZ001
    shop.build({"orders": [(1, old, "a"), (2, old, "b"), (3, recent, "c")]}, DDL)
    with shop.connect() as connection:
        numbers = NUMBERS[shop.dialect if shop.dialect in NUMBERS else "mysql"].format(rows)
        connection.exec_driver_sql(f"INSERT INTO {table} SELECT n, CASE n WHEN 1 THEN 1 END FROM {numbers} numbers")
    return shop


def test_a_large_table_below_without_an_index_is_refused(shop: Company) -> None:
    large(shop, WITH_ITEMS)
    answer = shop.apply()

    told = WORDS.format("items", "order_id")
    assert answer.code == 5
    assert answer.rules["old"]["stopped"] == f"rule `old` stopped: {told}{MEND.format('items', 'order_id')}"
    assert shop.keys("orders") == {1, 2, 3}
    dry = shop.call("apply", "--dry-run", "--format", "json", "--as-of", "2026-07-01")
    assert (dry.code, dry.findings) == (0, [f"old: {told}"])
    assert shop.apply("--slow-children").code == 0
    assert (shop.keys("orders"), 1 in shop.keys("items")) == ({3}, False)


@pytest.mark.parametrize(("rows", "indexed"), [(10_000, False), (10_001, True)])
def test_a_small_table_and_one_with_an_index_are_not(shop: Company, rows: int, indexed: bool) -> None:
    large(shop, WITH_ITEMS, rows=rows)
    if indexed:
        with shop.connect() as connection:
            connection.exec_driver_sql("CREATE INDEX items_order ON items (order_id)")
    assert shop.apply().code == 0
    assert shop.keys("orders") == {3}


@pytest.mark.parametrize(
    ("then", "table", "by"),
    [
        # A batch looks for rows that point at those that go, whether `with` names them or not.
        ("then: delete", "items", "order_id"),
        ("then: delete, with: {items: delete}", "parts", "item_id"),
        # A redaction looks for those alone that `with` names.
        ("then: redact, columns: {note: null}, with: {items: unlink}", "items", "order_id"),
        ("then: redact, columns: {note: null}, with: {items: keep}", "items", ""),
        ("then: redact, columns: {note: null}, with: {items: unlink}", "parts", ""),
    ],
)
@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_the_links_that_a_batch_follows(shop: Company, then: str, table: str, by: str) -> None:
    large(shop, then, table)
    if table == "parts":
        with shop.connect() as connection:
            connection.exec_driver_sql("DROP INDEX parts_item")
    answer = shop.apply()

    assert (answer.rules["old"]["stopped"] or "").startswith(
        f"rule `old` stopped: {WORDS.format(table, by)}" if by else ""
    )
    assert answer.code == (5 if by else 0)


def test_a_rule_with_nothing_to_do_is_not_refused(shop: Company) -> None:
    large(shop, WITH_ITEMS)
    with shop.connect() as connection:
        connection.exec_driver_sql("DELETE FROM orders WHERE id < 3")
    assert shop.apply().code == 0
