"""Records that stand alone go by the one statement that proves them due; and how batches are listed, told and sized."""

from __future__ import annotations

from typing import Any

import pytest

from apply.company import OLD, OLD_ORDERS, RECENT, Company, Rows, orders
from apply.test_batches import statements, trigger, unchanged
from apply.test_brakes import SIMPLE
from wesretain.apply.batch import Disposed, Vetoed, dispose
from wesretain.apply.pace import FIRST, MOST, Pace
from wesretain.engines.writer import Writer
from wesretain.model.keyed import Keyed

DDL = "CREATE TABLE visits (id KEY PRIMARY KEY NOT NULL, at TIME, note VARCHAR(60))"
INVENTORY = "databases: {shop: {zone: UTC, tables: {visits: {category: personal, subjects: none}}}}\n"
DELETED = "\n  visits: {table: shop.visits, keep: 3 years, after: at, then: delete}\n"
REDACTED = '\n  visits: {table: shop.visits, keep: 3 years, after: at, then: redact, columns: {note: ""}}\n'


def build(shop: Company, rows: list[tuple[Any, ...]], key: str = "INTEGER", rules: str = DELETED) -> Company:
    shop.rules, shop.inventory = rules, INVENTORY
    filled: Rows = {"visits": rows}
    return shop.build(filled, DDL.replace("KEY", key, 1))


def visits(*recent: int) -> list[tuple[Any, ...]]:
    return [(n, RECENT if n in recent else OLD, "x") for n in range(1, 11)]


def sent(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of the writer's ways are taken from now on."""
    taken: list[str] = []
    for name in ("rows", "change", "back_to_mark"):
        real = getattr(Writer, name)

        def noted(self: Writer, *given: Any, real: Any = real, name: str = name) -> Any:
            taken.append(name)
            return real(self, *given)

        monkeypatch.setattr(Writer, name, noted)
    return taken


@pytest.mark.parametrize("rules", [DELETED, REDACTED])
def test_one_statement_is_enough_where_all_are_due(shop: Company, monkeypatch: pytest.MonkeyPatch, rules: str) -> None:
    build(shop, visits(10), rules=rules)
    with statements(shop, "visits") as (writer, found), writer.transaction():
        taken = sent(writer, monkeypatch)
        disposed = dispose(writer, found, [(n,) for n in range(1, 10)], unchanged)
    assert (disposed.records, taken) == (9, ["change"])
    left = shop.query("SELECT id FROM visits WHERE note = 'x'")
    assert left == [(10,)]


@pytest.mark.parametrize("rules", [DELETED, REDACTED])
def test_what_is_due_no_longer_stays_and_the_others_go(
    shop: Company, monkeypatch: pytest.MonkeyPatch, rules: str
) -> None:
    """Not all were found, so that it has to be asked which are due: the evidence names these alone."""
    build(shop, visits(4, 10), rules=rules)
    with statements(shop, "visits") as (writer, found), writer.transaction():
        taken = sent(writer, monkeypatch)
        disposed = dispose(writer, found, [(n,) for n in range(1, 10)], unchanged)
    assert taken == ["change", "back_to_mark", "rows", "change"]
    assert {key for (key,) in disposed.keys} == set(range(1, 10)) - {4}
    assert disposed.counts == {f"{'delete' if rules is DELETED else 'redact'} visits": 8}
    assert shop.query("SELECT id FROM visits WHERE note = 'x' ORDER BY id") == [(4,), (10,)]


def test_a_veto_is_seen(shop: Company) -> None:
    """All of the batch stays then: a row that is due has not changed."""
    if shop.dialect == "mariadb":
        return  # it has no such triggers
    build(shop, visits())
    if shop.dialect == "sqlite":
        trigger(shop, "visits", "SELECT RAISE(IGNORE) WHERE OLD.id = 5")
    else:
        trigger(shop, "visits", "IF OLD.id = 5 THEN RETURN NULL; END IF")
    with statements(shop, "visits") as (writer, found), pytest.raises(Vetoed), writer.transaction():
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
MARKS = ("%s", "%(id)s", ":id", "?", "{1,2}", "/*list wesretain_keys*/")
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
    here = Keyed(b"one", ("shop", "visits"))
    both = Disposed(((2,), (10,)), {}).digest(here)
    assert Disposed(((10,), (2,)), {}).digest(here) == both
    others = [
        Disposed(((2,),), {}).digest(here),
        Disposed(((2, 10),), {}).digest(here),
        Disposed(((210,),), {}).digest(here),
        Disposed(((2,), (10,)), {}).digest(Keyed(b"two", ("shop", "visits"))),
        Disposed(((2,), (10,)), {}).digest(Keyed(b"one", ("shop", "orders"))),
        Disposed(((2,), (10,)), {}).digest(Keyed(b"one", ("shopv", "isits"))),
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


def test_at_full_speed_others_find_a_gap_only_where_they_could_not_write_otherwise() -> None:
    assert Pace(pauses=False).pause(1.0, alone=False) == 0 < Pace(pauses=False).pause(1.0, alone=True) < 0.1
    assert Pace(pauses=True).pause(1.0, alone=False) == 1.0
