"""Redaction on all engines: each kind of target, only what differs, nothing else in the row, and never twice."""

from __future__ import annotations

from datetime import datetime, timedelta

from apply.company import Company

TABLE = """
CREATE TABLE clients (id INTEGER PRIMARY KEY, code VARCHAR(60) UNIQUE, name VARCHAR(60) NOT NULL, phone VARCHAR(60),
    address VARCHAR(60), mail VARCHAR(120), note VARCHAR(400), closed TIME, kept VARCHAR(60));
CREATE TABLE visits (id INTEGER PRIMARY KEY, client_id INTEGER, ip VARCHAR(60), text VARCHAR(200));
CREATE INDEX visits_client ON visits (client_id)
"""
INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      clients: {category: personal, subjects: self}
      visits: {category: personal, subjects: client, links: {client: {to: clients, by: client_id}}}
"""
RULES = """
  clients:
    table: shop.clients
    keep: 3 years
    after: closed
    then: redact
    columns:
      code: {text: "gone-{id}"}
      name: ""
      phone: null
      address: {mask: ip}
      mail: {hash: pepper}
      note: {scrub: [credential, e-mail, payment_card]}
    with: {visits: {redact: {ip: {mask: ip}, text: {scrub: e-mail}}}}
"""
OLD, NEW = datetime(2020, 1, 1), datetime(2026, 6, 1)  # noqa: DTZ001
SECRET = "my password: hunter2, card 4111 1111 1111 1111, write to ann@example.com"
CLIENTS = [
    (1, "c-1", "Ann", "123", "192.0.2.77", "ann@example.com", SECRET, OLD, "as it was"),
    (2, "c-2", "Bob", None, "2001:db8:1:2:3:4:5:6", None, "nothing in here", OLD, "as it was"),
    (3, "c-3", "Cid", "456", None, "cid@example.com", None, OLD, "as it was"),
    (4, "c-4", "Dot", "789", "198.51.100.4", "dot@example.com", SECRET, NEW, "as it was"),
]
VISITS = [(n * 10 + i, n, "203.0.113.9", "from ann@example.com" if i else "no") for n in range(1, 5) for i in range(2)]


def build(shop: Company) -> Company:
    shop.inventory, shop.rules = INVENTORY, RULES
    shop.limits = "limits: {rows per rule: none, share per rule: none}\nkeys: {pepper: {env: PEPPER}}\n"
    return shop.build({"clients": CLIENTS, "visits": VISITS}, TABLE)


def test_each_kind_of_target(shop: Company) -> None:
    build(shop)
    environment = {"PEPPER": "a secret key"}
    answer = shop.call("apply", "--yes", "--format", "json", "--as-of", "2026-07-01", environment=environment)
    assert (answer.code, answer.err) == (0, "")
    rows = {row[0]: row for row in shop.query("SELECT id, code, name, phone, address, mail, note, kept FROM clients")}
    hashes = {n: rows[n][5] for n in (1, 3)}
    assert all(each.startswith("wesretain:") and len(each) == len("wesretain:") + 32 for each in hashes.values())
    assert hashes[1] != hashes[3]
    scrubbed = "my password: [credential], card [payment_card], write to [e-mail]"
    assert rows[1] == (1, "gone-1", "", None, "192.0.0.0", hashes[1], scrubbed, "as it was")
    assert rows[2] == (2, "gone-2", "", None, "2001:db8:1:2::", None, "nothing in here", "as it was")
    assert rows[3] == (3, "gone-3", "", None, None, hashes[3], None, "as it was")
    assert rows[4] == (4, "c-4", "Dot", "789", "198.51.100.4", "dot@example.com", SECRET, "as it was")
    visits = {row[0]: row for row in shop.query("SELECT * FROM visits")}
    assert visits[11] == (11, 1, "203.0.0.0", "from [e-mail]")
    assert visits[20] == (20, 2, "203.0.0.0", "no")
    assert visits[41] == (41, 4, "203.0.113.9", "from ann@example.com")
    again = shop.call("apply", "--yes", "--format", "json", "--as-of", "2026-07-01", environment=environment)
    assert (again.code, again.rules["clients"]["planned"]) == (0, 0)


def test_a_key_that_is_missing_stops_before_anything_is_done(shop: Company) -> None:
    build(shop)
    answer = shop.apply()
    assert answer.code == 3
    assert "PEPPER" in answer.err
    assert shop.query("SELECT name FROM clients ORDER BY id") == [("Ann",), ("Bob",), ("Cid",), ("Dot",)]


SCRUBBING = """
  scrub:
    table: shop.clients
    keep: 3 years
    after: closed
    then: redact
    columns: {note: {scrub: [credential]}}
"""


def test_texts_are_scrubbed_only_where_something_is_found(shop: Company) -> None:
    shop.inventory, shop.rules = INVENTORY, SCRUBBING
    notes = ["password: hunter2", "no word of it", None, "", "the password is long", "token=abcdef0123456789"]
    clients = [(n, f"c{n}", "x", None, None, None, notes[n % 6], OLD + timedelta(hours=n), "k") for n in range(1, 300)]
    shop.build({"clients": clients}, TABLE)
    secrets = [row[0] for row in clients if row[0] % 6 in (0, 5)]
    dry = shop.call("apply", "--dry-run", "--format", "json", "--as-of", "2026-07-01")
    assert (dry.rules["scrub"]["acts"], dry.rules["scrub"]["tally"]["due"]) == (len(secrets), len(secrets))
    answer = shop.apply()
    assert (answer.code, answer.rules["scrub"]["done"]) == (0, len(secrets))
    found = dict(shop.query("SELECT id, note FROM clients"))
    assert {n: note for n, note in found.items() if n % 6 not in (0, 5)} == {
        row[0]: row[6] for row in clients if row[0] % 6 not in (0, 5)
    }
    assert {found[n] for n in secrets} == {"password: [credential]", "token=[credential]"}
    assert shop.apply().rules["scrub"]["planned"] == 0


def test_texts_that_cannot_be_scrubbed_are_left_and_counted(shop: Company) -> None:
    shop.inventory, shop.rules = INVENTORY, SCRUBBING
    bad = "CHECK (id <> 2 OR note <> 'password: [credential]')"
    notes = ["no word of it", "password: hunter2", "token=abcdef0123456789", None, "password: hunter2"]
    clients = [(n, f"c{n}", "x", None, None, None, note, OLD, "k") for n, note in enumerate(notes, 1)]
    shop.build({"clients": clients}, TABLE.replace("note VARCHAR(400)", f"note VARCHAR(400) {bad}"))
    answer = shop.apply()
    rule = answer.rules["scrub"]
    assert (answer.code, rule["planned"], rule["done"], rule["left"]) == (5, 3, 2, 1), answer.out
    found = dict(shop.query("SELECT id, note FROM clients WHERE note IS NOT NULL"))
    assert found == {1: notes[0], 2: notes[1], 3: "token=[credential]", 5: "password: [credential]"}


def test_columns_that_update_themselves_keep_their_value(shop: Company) -> None:
    """MariaDB's ON UPDATE would move the clock; elsewhere there is no such thing."""
    stamp = "timestamp NULL ON UPDATE current_timestamp" if shop.dialect == "mariadb" else "TIME"
    shop.inventory = "\ndatabases: {shop: {zone: UTC, tables: {cards: {category: personal, subjects: none}}}}\n"
    shop.rules = "  cards: {table: shop.cards, keep: 1 year, after: seen, then: redact, columns: {owner: null}}\n"
    ddl = f"CREATE TABLE cards (id INTEGER PRIMARY KEY, owner VARCHAR(20), seen {stamp})"
    shop.build({"cards": [(1, "Ann", OLD), (2, "Bob", NEW)]}, ddl)
    before = shop.query("SELECT id, seen FROM cards ORDER BY id")
    assert shop.apply().code == 0
    assert shop.query("SELECT id, seen FROM cards ORDER BY id") == before
    assert shop.query("SELECT owner FROM cards ORDER BY id") == [(None,), ("Bob",)]


def test_rows_below_in_which_nothing_is_found_are_not_counted(shop: Company) -> None:
    shop.inventory = INVENTORY
    shop.rules = """
  clients: {table: shop.clients, keep: 3 years, after: closed, then: redact, columns: {phone: null},
            with: {visits: {redact: {text: {scrub: e-mail}}}}}
"""
    visits = [(1, 1, None, "from ann@example.com"), (2, 1, None, "from root@localhost"), (3, 1, None, "no")]
    shop.build({"clients": CLIENTS, "visits": visits}, TABLE)
    assert shop.apply().code == 0
    with shop.ledger() as ledger:
        (evidence,) = ledger.evidences("shop")
    assert [rows for word, rows in evidence.counts.items() if "visits" in word] == [1]
