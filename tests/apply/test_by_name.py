"""Records that are named one by one: what a veto does, how their keys are listed, told and digested."""

from __future__ import annotations

from typing import Any

import pytest

from apply.company import OLD, OLD_ORDERS, RECENT, Company, Rows, orders
from apply.test_batches import statements, trigger, unchanged
from apply.test_brakes import SIMPLE
from wesretain.apply.batch import Disposed, Vetoed, dispose
from wesretain.apply.pace import FIRST, MOST, Pace
from wesretain.apply.walks.base import told
from wesretain.model.keyed import Keyed

DDL = "CREATE TABLE visits (id KEY PRIMARY KEY NOT NULL, at TIME, note VARCHAR(60))"
INVENTORY = "databases: {shop: {zone: UTC, tables: {visits: {category: personal, subjects: none}}}}\n"
DELETED = "\n  visits: {table: shop.visits, keep: 3 years, after: at, then: delete}\n"


def build(shop: Company, rows: list[tuple[Any, ...]], key: str = "INTEGER", rules: str = DELETED) -> Company:
    shop.rules, shop.inventory = rules, INVENTORY
    filled: Rows = {"visits": rows}
    return shop.build(filled, DDL.replace("KEY", key, 1))


def visits(*recent: int) -> list[tuple[Any, ...]]:
    return [(n, RECENT if n in recent else OLD, "x") for n in range(1, 11)]


def test_a_veto_is_seen(shop: Company) -> None:
    """All of the batch stays then: a row that is due has not changed."""
    if shop.dialect == "mariadb":
        return  # it has no such triggers
    build(shop, visits())
    if shop.dialect == "sqlite":
        trigger(shop, "visits", "SELECT RAISE(IGNORE) WHERE OLD.id = 5")
    else:
        trigger(shop, "visits", "IF OLD.id = 5 THEN RETURN NULL; END IF")
    with statements(shop, "visits") as (writer, found), pytest.raises(Vetoed), writer.batch():
        dispose(writer, found, [(n,) for n in range(1, 10)], unchanged)
    assert len(shop.keys("visits")) == 10


def test_what_hangs_together_never_goes_by_one_statement(shop: Company) -> None:
    """Orders with nothing below them; yet their addresses have to go with them."""
    shop.rules = OLD_ORDERS
    rows = orders(10)
    shop.build(rows | {table: [] for table in ("items", "serials", "parcels", "remarks")})
    assert (shop.apply().code, shop.keys("orders")) == (0, {10})
    assert shop.keys("addresses") == {6}


def test_a_row_below_that_a_trigger_moves_away_stops_its_record(shop: Company) -> None:
    """It neither goes nor hangs there any more, and nobody has said that this would do."""
    if shop.dialect == "mariadb":
        return  # its triggers do not write to their own tables
    shop.rules = SIMPLE
    shop.build(orders(10))
    away = "UPDATE parcels SET order_id = NULL WHERE id = 5"
    if shop.dialect == "sqlite":
        trigger(shop, "parcels", f"{away} AND OLD.id = 5; SELECT RAISE(IGNORE) WHERE OLD.id = 5")
    else:
        trigger(shop, "parcels", f"IF OLD.id = 5 THEN {away}; RETURN NULL; END IF")
    answer = shop.apply()
    assert (answer.code, shop.keys("orders")) == (5, {5, 10})
    assert shop.query("SELECT order_id FROM parcels WHERE id = 5") == [(5,)]


#: What would break out of a list, or be taken for a part of the driver's own language.
QUOTES = ("a", "o'clock", "') OR 1=1 -- ", "\\", '"', "€")
MARKS = ("%s", "%(id)s", ":id", "?", "{1,2}", "/*of wesretain_keys*/ IN ()")
TEXTS = (*QUOTES, *MARKS)


@pytest.mark.parametrize("key", ["VARCHAR(40)", "BIGINT", "DECIMAL(30, 2)"])
def test_keys_of_every_kind_are_told_apart(shop: Company, key: str) -> None:
    numbers = (-(2**63) + 1, -1, 0, 7, 2**63 - 1)
    keys: tuple[Any, ...] = TEXTS if key.startswith("V") else numbers if key == "BIGINT" else (1, 2, 10)
    rows = [(each, RECENT if number == 1 else OLD, "x") for number, each in enumerate(keys)]
    build(shop, rows, key)
    answer = shop.apply()
    assert (answer.code, answer.err) == (0, "")
    assert shop.keys("visits") == {keys[1]}
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


def test_a_digest_is_of_all_keys_whatever_their_order_and_of_this_ledger_and_table() -> None:
    def digest(*keys: tuple[int, ...], secret: bytes = b"one", place: tuple[str, str] = ("shop", "visits")) -> str:
        return Disposed(len(keys), {}, told(keys)).digest(Keyed(secret, place))

    both = digest((2,), (10,))
    assert digest((10,), (2,)) == both
    others = [
        digest((2,)),
        digest((2, 10)),
        digest((210,)),
        digest((2,), (10,), secret=b"two"),
        digest((2,), (10,), place=("shop", "orders")),
        digest((2,), (10,), place=("shopv", "isits")),
    ]
    assert len({both, *others}) == 7


def test_batches_grow_while_they_keep_locks_for_a_short_time_and_shrink_otherwise() -> None:
    pace = Pace(pauses=True)
    for _ in range(20):
        pace = pace.after(0.001)
    assert pace.size == MOST
    for _ in range(20):
        pace = pace.after(0.2)
    assert pace.size < FIRST
    assert Pace(pauses=False).after(0.2).size > FIRST > Pace(pauses=True).after(0.2).size
