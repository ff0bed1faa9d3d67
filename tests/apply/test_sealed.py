"""A plan of `scan --out` is carried out as it was found; whatever has changed since, but for less, stops it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from apply.company import AS_OF, DDL, OLD, Company, orders
from calling import Answer
from wesretain.ledger import create

RULES = """
  old-orders:
    table: shop.orders
    where: {state: closed}
    keep: 3 years
    after: closed
    then: delete
    with: {items: delete, items.serials: delete, parcels: delete, remarks: delete}
"""


@pytest.fixture
def sealed(shop: Company) -> Company:
    """A shop with a plan of 19 orders in `plan.json`, and one hold."""
    shop.rules = RULES
    shop.build(orders(20))
    add(shop, "--record", "shop.customers", "777")
    answer = shop.call("scan", "--as-of", AS_OF.isoformat(), "--out", "plan.json")
    assert (answer.code, answer.err) == (0, "")
    return shop


def add(shop: Company, *scope: str) -> None:
    assert shop.call("hold", "add", "--matter", "4711", "--reason", "a lawsuit", *scope).code == 0


def apply(shop: Company, *options: str) -> Answer:
    """Apply the plan, at a time when more is due than it says."""
    return shop.call("apply", "plan.json", "--yes", "--format", "json", *options)


def test_a_plan_is_carried_out_as_of_its_instant(sealed: Company) -> None:
    later = datetime(2023, 7, 15, tzinfo=UTC).replace(tzinfo=None)  # due two weeks after the plan was made
    sealed.insert("orders", [(99, 1, 1, "closed", later, "x")])
    answer = apply(sealed)
    assert answer.code == 0
    assert (answer.rules["old-orders"]["planned"], answer.rules["old-orders"]["done"]) == (19, 19)
    assert sealed.keys("orders") == {20, 99}
    again = apply(sealed)
    assert (again.code, again.rules["old-orders"]["done"]) == (0, 0)
    with sealed.ledger() as ledger:
        assert {evidence.as_of for evidence in ledger.evidences("shop")} == {"2026-07-01T00:00:00Z"}


def test_a_dry_run_of_a_plan_changes_nothing(sealed: Company) -> None:
    before = sealed.contents()
    assert sealed.call("apply", "plan.json", "--dry-run").code == 0
    assert sealed.contents() == before


def statement(text: str) -> Callable[[Company], None]:
    def change(shop: Company) -> None:
        with shop.connect() as connection:
            connection.exec_driver_sql(text)

    return change


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (statement("UPDATE orders SET state = 'open' WHERE id = 1"), {1, 20}),
        (lambda shop: add(shop, "--record", "shop.orders", "2"), {2, 20}),
        (lambda shop: add(shop, "--table", "shop.orders"), set(range(1, 21))),
    ],
    ids=["one is open again", "one is held", "all are held"],
)
def test_less_than_the_plan_is_carried_out(sealed: Company, change: Callable[[Company], None], left: set[int]) -> None:
    change(sealed)
    assert apply(sealed).code == 0
    assert sealed.keys("orders") == left


def one_more(shop: Company) -> None:
    shop.insert("orders", [(99, 1, 1, "closed", OLD, "x")])


def one_for_another(shop: Company) -> None:
    statement("UPDATE orders SET state = 'open' WHERE id in (1, 2)")(shop)
    one_more(shop)


def rule(old: str, new: str) -> Callable[[Company], None]:
    def change(shop: Company) -> None:
        shop.rules = RULES.replace(old, new)
        shop.furnish()
        shop.approve()

    return change


def inventory(shop: Company) -> None:
    shop.inventory = shop.inventory.replace("orders: {", "orders: {clocks: {closed: {counts from: start}}, ")
    shop.furnish()


def zone(shop: Company) -> None:
    config = shop.folder / "wesretain.yaml"
    config.write_text(config.read_text().replace("zone: UTC", "zone: Asia/Tokyo"))


def released(shop: Company) -> None:
    """As of the plan's instant: a hold that is released later still holds then."""
    with shop.ledger() as ledger:
        june = datetime(2026, 6, 1, tzinfo=UTC)
        ledger.release_hold(1, "settled", june, by="ann", effective=june)


def another(shop: Company) -> None:
    """The same rows and tables, elsewhere under the same name."""
    if shop.dialect == "sqlite":
        path = str(sa.make_url(shop.url).database)
        shutil.copy(path, f"{path}.copy")
        shutil.move(f"{path}.copy", path)
        return
    old = sa.make_url(shop.url)
    with shop.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {old.database}_copy")
    shop.url = old.set(database=f"{old.database}_copy").render_as_string(hide_password=False)
    shop.build(orders(20), DDL)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (one_more, "rule `old-orders` finds 20 records, and found 19"),
        (rule("3 years", "3 months"), "the rules or the inventory of shop have changed"),
        (rule("old-orders", "older-orders"), "rule `old-orders` is gone"),
        (lambda shop: rule("3 years", "4 years")(shop), "the rules or the inventory of shop have changed"),
        (inventory, "the rules or the inventory of shop have changed"),
        (zone, "the rules or the inventory of shop have changed"),
        (statement("ALTER TABLE orders ADD COLUMN extra INTEGER"), "the schema of shop has changed"),
        (statement("CREATE TABLE more (id INTEGER PRIMARY KEY)"), "the schema of shop has changed"),
        (released, "hold 1 has been released"),
        (another, "`shop` is another database"),
    ],
)  # fmt: skip
def test_a_plan_that_is_out_of_date_is_refused(sealed: Company, change: Callable[[Company], None], says: str) -> None:
    change(sealed)
    before = sealed.contents()
    answer = apply(sealed)
    assert answer.code == 4
    assert answer.err.startswith("wesretain: plan.json is out of date: ")
    assert says in answer.err
    assert answer.err.count("\n") == 1
    assert sealed.contents() == before
    with sealed.ledger() as ledger:
        assert list(ledger.evidences("shop")) == []


def test_as_many_others_are_not_told_apart(sealed: Company) -> None:
    """A plan holds no keys: what is due as of its instant may go, up to as many records as it says."""
    one_for_another(sealed)
    assert apply(sealed).code == 0
    assert sealed.keys("orders") == {1, 2, 20}


def test_no_other_file_is_taken_for_a_plan(sealed: Company) -> None:
    before, path = sealed.contents(), sealed.folder / "plan.json"
    text = path.read_text()
    row = json.loads(text)
    changed = [
        text.replace('"old-orders": 19', '"old-orders": 99'),
        text.replace("2026-07-01", "2026-07-02"),
        json.dumps({**row, "seal": ""}),
        json.dumps({**row, "seal": "\ud800"}),
        json.dumps({**row, "seal": None}),
        json.dumps({**row, "databases": []}),
        json.dumps({name: value for name, value in row.items() if name != "seal"}),
        json.dumps({**row, "wesretain plan": 2}),
        json.dumps([row]),
        text[:-3],
        "",
        "[" * 100_000,
        "1" * 100_000,
    ]
    for each in changed:
        assert each != text
        path.write_text(each)
        answer = apply(sealed)
        assert answer.code == 3, each
        assert answer.err == (
            "wesretain: plan.json is no plan of this ledger, or was changed; write one with `wesretain scan --out`\n"
        )
    path.write_bytes(b"\xff\xfe")
    assert apply(sealed).code == 3
    path.unlink()
    assert "cannot be read: No such file" in apply(sealed).err
    assert sealed.contents() == before


def test_another_ledger_takes_no_plan(sealed: Company) -> None:
    (sealed.folder / "ledger").unlink()
    create(sealed.folder / "ledger", datetime(2026, 1, 1, tzinfo=UTC))
    assert apply(sealed).code == 3


def test_a_plan_holds_neither_keys_nor_values(sealed: Company) -> None:
    row = json.loads((sealed.folder / "plan.json").read_text())
    (database,) = row["databases"]
    assert database["rules"] == {"old-orders": 19}
    assert {type(value) for value in database.values()} == {str, dict}
    assert row.keys() == {"wesretain plan", "as_of", "holds", "decisions", "databases", "seal"}
    assert row["holds"] == [1]


@pytest.mark.parametrize("option", [("--as-of", "2026-01-01"), ("--rule", "old-orders"), ("--database", "shop")])
def test_a_plan_says_all_itself(sealed: Company, option: tuple[str, str]) -> None:
    answer = apply(sealed, *option)
    assert answer.code == 2
    assert "the plan says what is applied" in answer.err


def test_a_narrowed_plan_acts_by_its_rules_alone(sealed: Company) -> None:
    notes = "  notes: {table: shop.customers, keep: nothing, where: {id: 1}, then: redact, columns: {email: null}}\n"
    rule("  old-orders:", f"{notes}  old-orders:")(sealed)
    assert sealed.call("scan", "--as-of", AS_OF.isoformat(), "--rule", "notes", "--out", "plan.json").code == 0
    answer = apply(sealed)
    assert (answer.code, list(answer.rules)) == (0, ["notes"])
    assert len(sealed.keys("orders")) == 20
    assert sealed.query("SELECT count(*) FROM customers WHERE email IS NULL") == [(1,)]


def test_no_plan_is_written_where_nothing_could_be_scanned(sealed: Company, tmp_path: Path) -> None:
    sealed.url = "sqlite:////nowhere/at/all.db"
    sealed.furnish()
    answer = sealed.call("scan", "--out", "other.json")
    assert answer.code == 5
    assert "other.json was not written" in answer.err
    assert not (tmp_path / "other.json").exists()
    assert sealed.call("scan", "--out", "no/folder.json").code == 5
