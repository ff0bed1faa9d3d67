"""`wesretain prepare` as it is called, and two users who have been granted what it prints, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from cli.granted import RULES, TABLES, Shop, a_shop
from cli.houses import TIME, House, count, described
from databases import Server
from engines.live import write
from wesretain.ledger import create, opened
from wesretain.model.ledger import Kind
from wesretain.policy.load import parse_condition


def refused(url: str, statement: str) -> bool:
    """Whether the database refuses a statement for want of a right."""
    try:
        write(url, statement)
    except sa.exc.DBAPIError as error:
        if any(word in str(error.orig) for word in ("denied", "permission", "must be owner")):
            return True
        raise
    return False


# -- the grants -------------------------------------------------------------------------------------------------------

ALLOWED_TO_APPLY = (
    "DELETE FROM orders WHERE id = 9",
    "DELETE FROM items WHERE id = 9",
    "UPDATE notes SET order_id = NULL WHERE id = 9",
    "UPDATE ratings SET author = 'gone' WHERE id = 9",
    "UPDATE people SET name = 'gone' WHERE id = 9",
    "UPDATE wesretain.control SET run = NULL WHERE name = 'nowhere'",
)
REFUSED_TO_BOTH = (
    "DELETE FROM people",
    "DELETE FROM notes",
    "DELETE FROM ratings",
    "DELETE FROM tables",
    "DELETE FROM others",
    "UPDATE orders SET status = 'x'",
    "UPDATE orders SET delivered = NULL",
    "UPDATE people SET seen = NULL",
    "UPDATE notes SET id = 9",
    "UPDATE others SET id = 2",
    "UPDATE tables SET seen = NULL",
    "INSERT INTO orders (id) VALUES (9)",
    "INSERT INTO others VALUES (9)",
    "INSERT INTO wesretain.control (name, ledger, generation) VALUES ('x', 'x', 0)",
    "DELETE FROM wesretain.control",
    "DELETE FROM wesretain.evidence",
    "UPDATE wesretain.evidence SET records = 0",
    "CREATE TABLE wesretain.more (id integer)",
    "DROP TABLE wesretain.evidence",
    "TRUNCATE TABLE orders",
)


def test_each_user_can_do_its_work_and_nothing_else(granted: Shop) -> None:
    for statement in REFUSED_TO_BOTH:
        assert refused(granted.scan, statement), statement
        assert refused(granted.apply, statement), statement
    for statement in ALLOWED_TO_APPLY:
        assert refused(granted.scan, statement), statement
        assert not refused(granted.apply, statement), statement
    assert refused(granted.scan, "INSERT INTO wesretain.evidence SELECT * FROM wesretain.evidence WHERE 1 = 0")
    for table in ("people", "orders", "items", "notes", "ratings", "tables", "others", "wesretain.control"):
        assert count(granted.scan, f"SELECT count(*) FROM {table}") >= 0
        assert count(granted.apply, f"SELECT count(*) FROM {table}") >= 0


def test_the_commands_work_under_the_grants(granted: Shop) -> None:
    house = granted.house
    scanned = house.scan()
    assert (scanned.code, scanned.err) == (0, "")
    assert scanned.tallies == {
        "old-orders": {"uncovered": 1, "due": 1},
        "old-people": {"undecidable": 1, "due": 1},
        "tables": {},
    }
    assert house.call("hold", "add", "--matter", "M", "--reason", "R", "--record", "shop.orders", "2").code == 0
    assert count(granted.admin, f"SELECT generation FROM wesretain.control WHERE {granted.own}") == 1
    for rule in ("old-orders", "old-people"):
        assert house.call("approve", rule, "--backlog", "10").code == 0
    applied = house.call("apply", "--yes")
    assert (applied.code, applied.err) == (0, ""), applied.said
    assert count(granted.admin, "SELECT count(*) FROM orders") == 1
    assert count(granted.admin, "SELECT count(*) FROM people WHERE name = 'gone'") == 1
    assert count(granted.admin, f"SELECT count(*) FROM wesretain.evidence WHERE {granted.own}") == 2
    verified = house.call("ledger", "verify")
    assert (verified.code, verified.err) == (0, "")
    assert "database shop: 2 batches agree" in verified.out


def test_who_is_no_administrator_is_told_so(granted: Shop) -> None:
    for url in (granted.scan, granted.apply):
        answer = granted.house.call("prepare", "shop", "--url", url)
        assert (answer.code, answer.out) == (5, "")
        assert answer.err == (
            "wesretain: database shop: this user may not create wesretain's own tables;"
            " give the URL of an administrator with `--url`; nobody else needs that right\n"
        )


def test_a_column_that_updates_itself_is_granted_too(house: House, mariadb: Server) -> None:
    """Apply writes it anew, with the value that it has."""
    admin = mariadb.fresh_database("shop")
    a_shop(admin)
    answer = house.furnish(RULES, TABLES, shop=admin).call("prepare", "shop")
    assert "GRANT UPDATE (`name`, `changed`) ON" in answer.out


def test_names_are_quoted_as_each_engine_does(house: House, postgresql: Server, mariadb: Server) -> None:
    for server in (postgresql, mariadb):
        url = server.fresh_database("shop")
        sign = "`" if server.dialect == "mariadb" else '"'
        table, column = (f"{sign}{name}{sign}" for name in ("100% of us", "the name"))
        write(
            url, f"CREATE TABLE {table} (id integer PRIMARY KEY, {column} varchar(9), seen {TIME[server.dialect]} NULL)"
        )
        rule = (
            '  old: {table: "shop.100% of us", keep: 1 year, after: seen, then: redact, columns: {"the name": gone}}\n'
        )
        tables = described('"100% of us": {category: personal, subjects: none}')
        answer = house.furnish(rule, tables, shop=url).call("prepare", "shop")
        assert answer.code == 0, answer.err
        granted = [line for line in answer.out.splitlines() if "GRANT UPDATE (" in line]
        (line,) = granted
        assert line.startswith(f"GRANT UPDATE ({column}) ON ")
        assert f".{table} TO " in line
        if server.dialect == "mariadb":
            name = str(sa.make_url(url).database).replace("_", "\\_")
            assert f"GRANT SELECT ON `{name}`.* TO 'wesretain_scan'@'%';" in answer.out
        house.ledger.unlink()
        create(house.ledger, datetime.now(UTC))


def test_only_the_schemas_in_use_are_granted(house: House, postgresql: Server) -> None:
    url = postgresql.fresh_database("shop")
    write(
        url,
        "CREATE SCHEMA near",
        "CREATE SCHEMA far",
        "CREATE TABLE t (id integer PRIMARY KEY, seen timestamp)",
        "CREATE TABLE near.below (id integer PRIMARY KEY, t integer REFERENCES t (id))",
        "CREATE TABLE far.away (id integer PRIMARY KEY)",
    )
    rule = "  old: {table: shop.t, keep: 1 year, after: seen, then: report}\n"
    answer = house.furnish(rule, described("t"), shop=url).call("prepare", "shop")
    assert 'GRANT USAGE ON SCHEMA "public", "near", "wesretain" TO "wesretain_scan";' in answer.out
    assert 'GRANT SELECT ON ALL TABLES IN SCHEMA "public", "near" TO "wesretain_apply";' in answer.out
    assert "far" not in answer.out
    assert "DELETE" not in answer.out


# -- preparing --------------------------------------------------------------------------------------------------------


def test_it_can_be_run_again(house: House, engine_url: str) -> None:
    a_shop(engine_url)
    house.furnish(RULES, TABLES, shop=engine_url)
    first, second = house.call("prepare", "shop"), house.call("prepare", "shop")
    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert "is prepared\n" in first.err
    assert "was prepared already" in second.err
    assert first.out == second.out
    assert first.out
    with opened(house.ledger, parse_condition) as ledger:
        (entry,) = ledger.entries(kinds=(Kind.DATABASE_PREPARED,))
    assert (entry.subject, bool(entry.body["by"])) == ("shop", True)
    assert house.scan().code == 0


def test_another_ledger_s_database_is_refused(house: House, engine_url: str) -> None:
    a_shop(engine_url)
    house.furnish(RULES, TABLES, shop=engine_url)
    assert house.call("prepare", "shop").code == 0
    house.ledger.unlink()
    create(house.ledger, datetime.now(UTC))
    answer = house.call("prepare", "shop")
    assert (answer.code, answer.out) == (8, "")
    assert "belongs to another ledger" in answer.err
    with opened(house.ledger, parse_condition) as ledger:
        assert list(ledger.entries(kinds=(Kind.DATABASE_PREPARED,))) == []


def test_sqlite_has_no_users(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    a_shop(url)
    answer = house.furnish(RULES, TABLES, shop=url).call("prepare", "shop")
    assert "the file's permissions decide" in answer.out
    assert "GRANT" not in answer.out


def test_a_rule_that_is_refused_grants_nothing_and_is_told(house: House, postgresql: Server) -> None:
    url = postgresql.fresh_database("shop")
    a_shop(url)
    answer = house.furnish(RULES.replace("after: delivered", "after: deliverd"), TABLES, shop=url).call(
        "prepare", "shop"
    )
    assert answer.code == 0
    assert "rule `old-orders` is refused" in answer.err
    assert "GRANT DELETE" not in answer.out
    assert 'GRANT UPDATE ("name")' in answer.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("shops",), "did you mean `shop`?"),
        (("shop", "--password-env", "X"), "belongs to --url"),
        (("shop", "--url", "postgresql://a:geheim@h/d"), "holds a password"),
        (("shop", "--url", "postgresql://a@h/d?password=geheim"), "holds a password"),
        (("shop", "--url", "geheim"), "this is not a database's URL"),
        (("shop", "--url", "postgresql://a@h/d", "--password-env", "ge heim"), "does not name an environment variable"),
        ((), "missing argument"),
    ],
)
def test_what_cannot_be_prepared(arguments: tuple[str, ...], words: str, house: House, sqlite: Server) -> None:
    house.secrets += ["geheim", "ge heim"]
    a_shop(url := sqlite.fresh_database("shop"))
    answer = house.furnish(RULES, TABLES, shop=url).call("prepare", *arguments)
    assert (answer.code, words in answer.err) == (2, True), answer.err


def test_a_database_to_scan_alone_needs_an_administrator(house: House, sqlite: Server) -> None:
    a_shop(url := sqlite.fresh_database("shop"))
    house.furnish(RULES, TABLES, shop=f"{{scan_url: '{url}'}}")
    answer = house.call("prepare", "shop")
    assert (answer.code, "--url" in answer.err) == (2, True)
    assert house.call("prepare", "shop", "--url", url).code == 0
