"""One bad row, table, rule or database is named in the report, and all the others are dealt with all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from apply.company import Company

DAY = "2020-05-05"
VALUE = "Zwetschgenknödel"
#: Ten old records in each, and one that is not; where a lock is waited for again and again, two and one.
TABLES = ("early", "gone", "guarded", "late", "locked", "odd")
DDL = "".join(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, day VARCHAR(20), name VARCHAR(40));" for table in TABLES)
INVENTORY = "databases:\n  shop:\n    zone: UTC\n    tables:\n" + "".join(
    f"      {table}: {{category: personal, subjects: none, clocks: {{day: {{format: iso}}}}}}\n" for table in TABLES
)
RULES = "".join(
    f"  {table}: {{table: shop.{table}, keep: 1 year, after: day, then: delete}}\n" for table in TABLES
).replace(
    "table: shop.gone, keep: 1 year, after: day", "table: shop.gone, where: {missing: x}, keep: 1 year, after: day"
)
VETO = {
    "sqlite": ["CREATE TRIGGER veto BEFORE DELETE ON guarded WHEN OLD.id = 7 BEGIN SELECT RAISE(ABORT, 'no'); END"],
    "postgresql": [
        "CREATE FUNCTION veto() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF OLD.id = 7 THEN RAISE EXCEPTION 'no %%', OLD.name; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER veto BEFORE DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION veto()",
    ],
    "mariadb": [
        "CREATE TRIGGER veto BEFORE DELETE ON guarded FOR EACH ROW"
        " IF OLD.id = 7 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; END IF"
    ],
}


@pytest.fixture
def shop(shop: Company) -> Company:
    shop.inventory, shop.rules = INVENTORY, RULES
    rows = [(number, DAY if number <= 10 else "2026-05-05", VALUE) for number in range(1, 12)]
    shop.build(dict.fromkeys(TABLES, rows) | {"locked": [rows[2], rows[3], rows[10]]}, DDL)
    with shop.connect() as connection:
        connection.exec_driver_sql("UPDATE odd SET day = '2020-02-30' WHERE id = 4")
        connection.exec_driver_sql("UPDATE odd SET day = 'yesterday' WHERE id = 5")
        for statement in VETO[shop.dialect]:
            connection.exec_driver_sql(statement)
    return shop


@contextmanager
def a_lock(shop: Company) -> Iterator[set[int]]:
    """Somebody else holds a row for as long as the run takes; on SQLite there are no locks on rows. What then stays."""
    if shop.dialect == "sqlite":
        yield {11}
        return
    with shop.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT * FROM locked WHERE id = 3 FOR UPDATE").all()
        yield {3, 11}
        connection.exec_driver_sql("ROLLBACK")


def test_bad_things_stop_no_others(shop: Company) -> None:
    config = shop.folder / "wesretain.yaml"
    config.write_text(
        config.read_text().replace("databases: {", "databases: {far: {url: 'sqlite:////nowhere/far.db'}, ")
    )
    policy = shop.folder / "policy.yaml"
    policy.write_text(policy.read_text() + "  far: {table: far.away, keep: 1 year, after: day, then: delete}\n")
    shop.write("inventory.yaml", INVENTORY + "  far: {zone: UTC, tables: {away: {subjects: none}}}\n")
    shop.approve()
    with a_lock(shop) as stay:
        answer = shop.apply()
    assert answer.code == 5
    left = {table: shop.keys(table) for table in TABLES}
    assert left == {
        "early": {11},
        "gone": set(range(1, 12)),
        "guarded": {7, 11},
        "late": {11},
        "locked": stay,
        "odd": {4, 5, 11},
    }
    with shop.ledger() as ledger:
        tokens = {
            table: {each["token"] for each in rule["skipped"]}
            for table, rule in answer.rules.items()
            if rule["skipped"]
        }
        wanted = {"guarded": {ledger.token("shop", "guarded", "7")}}
        wanted |= {"locked": {ledger.token("shop", "locked", "3")}} if 3 in stay else {}
        assert tokens == wanted
    assert "gone has no column `missing`" in answer.rules["gone"]["stopped"]
    assert [each["database"] for each in answer.json["failures"]] == ["far"]
    assert VALUE not in answer.said
    for table in ("early", "late", "odd"):
        assert (answer.rules[table]["exit_code"], answer.rules[table]["left"]) == (0, 0)
