"""Rows below and above that links between texts and whole numbers find: what goes is what SQL written by hand says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from apply.company import Company

OLD, NEW = datetime(2020, 1, 1), datetime(2026, 6, 1)  # noqa: DTZ001
DDL = """
CREATE TABLE desks (id BIGINT NOT NULL PRIMARY KEY, room VARCHAR(9));
CREATE TABLE people (id INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, number INTEGER NOT NULL,
    code VARCHAR(20) NOT NULL, desk VARCHAR(30), closed TIME, UNIQUE (tenant, number), UNIQUE (code));
CREATE TABLE notes (id INTEGER PRIMARY KEY, kind VARCHAR(9), object VARCHAR(60), body VARCHAR(9));
CREATE TABLE marks (id INTEGER PRIMARY KEY, note VARCHAR(20));
CREATE TABLE seats (id INTEGER PRIMARY KEY, tenant INTEGER, holder VARCHAR(20), place VARCHAR(9));
CREATE TABLE logins (id INTEGER PRIMARY KEY, person INTEGER);
CREATE INDEX notes_object ON notes (object);
CREATE INDEX people_desk ON people (desk);
CREATE INDEX logins_person ON logins (person);
"""
INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      desks: {category: personal, subjects: none}
      people: {category: personal, subjects: self, links: {desk: {to: desks, by: desk}}}
      notes: {category: personal, subjects: person, links: {person: {to: people, by: object, when: {kind: person}}}}
      marks: {category: personal, subjects: none, links: {note: {to: notes, by: note}}}
      seats: {category: personal, subjects: none, links: {person: {to: people, on: {tenant: tenant, holder: number}}}}
      logins: {category: personal, subjects: none, links: {person: {to: people, on: {person: code}}}}
"""
RULES = """
  people:
    table: shop.people
    keep: 1 year
    after: closed
    then: delete
    may empty the table: true
    with:
      notes: delete
      notes.marks: delete
      seats: {redact: {place: ""}}
      logins: unlink
      desk: delete if unshared
"""
COUNT = 320
#: What stands below these is spelled otherwise than their numbers are: they stay, and all that hangs on them.
NEARLY = {1: "01", 2: " 2", 3: "3 ", 4: "+4", 5: "5.0", 6: "0006"}
JUNK = ("", "abc", "12abc", "0x1f", "1e2", "12.5", "- 12", "9" * 18, "9" * 30, "-" + "9" * 30, "18446744073709551628")


def desk(number: int) -> str:
    """A desk that two people share; some are spelled otherwise, and some are beyond all numbers."""
    if number % 50 == 9:
        return "9" * 25
    return ("0" if number % 50 == 13 else "") + str(number // 2)


def rows() -> dict[str, list[tuple[Any, ...]]]:
    numbers = range(1, COUNT + 1)
    spelled = [NEARLY.get(n, str(n)) for n in numbers]
    notes = [(n, "person", spelled[n - 1], "x") for n in numbers]
    notes += [(COUNT + n, "order", str(n), "x") for n in numbers]
    notes += [(2 * COUNT + n, "person", text, "x") for n, text in enumerate((*JUNK, None), 1)]
    return {
        "desks": [(n, "room") for n in range(COUNT)],
        "people": [(n, n % 3, n, str(1000 + n), desk(n), NEW if n % 7 == 0 else OLD) for n in numbers],
        "notes": notes,
        "marks": [(n, str(n)) for n in range(1, 2 * COUNT + len(JUNK))],
        "seats": [(n, n % 3, str(n), "x") for n in numbers] + [(COUNT + n, n % 3 + 1, str(n), "x") for n in numbers],
        "logins": [(n, 1000 + n) for n in numbers] + [(COUNT + 1, None), (COUNT + 2, 5)],
    }


#: What is left, by SQL that casts numbers to texts; `text(…)` is each engine's own cast.
GOES = f"(closed < '2025-07-01' AND id > {len(NEARLY)})"
GONE = f"(SELECT text(id) FROM people WHERE {GOES})"
NOTE_GOES = f"(kind = 'person' AND object IN {GONE})"
SHARES = f"(SELECT desk FROM people WHERE NOT {GOES})"
LEFT = {
    "people": f"SELECT * FROM people WHERE NOT {GOES}",
    "notes": f"SELECT * FROM notes WHERE NOT {NOTE_GOES} OR object IS NULL",
    "marks": f"SELECT * FROM marks WHERE note NOT IN (SELECT text(id) FROM notes WHERE {NOTE_GOES})",
    "seats": "SELECT id, tenant, holder, CASE WHEN EXISTS (SELECT 1 FROM people WHERE people.tenant = seats.tenant"
    f" AND text(people.number) = seats.holder AND {GOES.replace('id', 'people.id')}) THEN '' ELSE place END FROM seats",
    "logins": "SELECT id, CASE WHEN EXISTS (SELECT 1 FROM people WHERE people.code = text(logins.person)"
    f" AND {GOES.replace('id', 'people.id')}) THEN NULL ELSE person END FROM logins",
    # A desk goes where somebody who goes surely had it, and nobody who stays has, under whatever spelling.
    "desks": f"SELECT * FROM desks WHERE text(id) NOT IN (SELECT desk FROM people WHERE {GOES})"
    f" OR text(id) IN {SHARES} OR id IN (SELECT id / 2 FROM people WHERE length(desk) < 20 AND NOT {GOES})",
}
CASTS = {"sqlite": "CAST({} AS TEXT)", "postgresql": "CAST({} AS TEXT)", "mariadb": "CAST({} AS CHAR)"}


def by_hand(shop: Company, query: str) -> list[tuple[Any, ...]]:
    for column in ("id", "people.number", "logins.person"):
        query = query.replace(f"text({column})", CASTS[shop.dialect].format(column))
    if shop.dialect == "mariadb":
        query = query.replace("id / 2", "id DIV 2")
    return sorted(shop.query(query))


def test_what_goes_over_texts_is_what_sql_by_hand_says(shop: Company) -> None:
    shop.inventory, shop.rules = INVENTORY, RULES
    shop.build(rows(), DDL)
    wanted = {table: by_hand(shop, query) for table, query in LEFT.items()}
    answer = shop.apply()
    assert answer.code == 0, answer.out + answer.err
    left = {table: sorted(shop.query(f"SELECT * FROM {table}")) for table in LEFT}
    for table in LEFT:
        assert left[table] == wanted[table], table
    assert 0 < len(left["people"]) < COUNT
    assert 0 < len(left["desks"]) < COUNT
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)
    assert shop.apply().rules["people"]["planned"] == 0


REDACTED = """
  people:
    table: shop.people
    keep: 1 year
    after: closed
    then: redact
    columns: {name: ""}
    may empty the table: true
    with: {notes: delete, notes.marks: delete}
"""
REDACTED_DDL = """
CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(9), closed TIME);
CREATE TABLE notes (id INTEGER PRIMARY KEY, object VARCHAR(9));
CREATE TABLE marks (id INTEGER PRIMARY KEY, note VARCHAR(9));
"""
REDACTED_INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      people: {category: personal, subjects: self}
      notes: {category: personal, subjects: none, links: {person: {to: people, by: object}}}
      marks: {category: personal, subjects: none, links: {note: {to: notes, by: note}}}
"""


def test_a_row_that_is_only_nearly_below_stays_and_stops_a_redaction_that_would_delete_it(shop: Company) -> None:
    """Right below the record, or below a row that goes with it; the plan says so, and apply does what it says."""
    shop.inventory, shop.rules = REDACTED_INVENTORY, REDACTED
    notes, marks = [(1, "1"), (2, "02"), (3, "3"), (4, "4 "), (5, "4")], [(1, "1"), (3, "03"), (5, "5")]
    shop.build({"people": [(n, "Ann", OLD) for n in range(1, 6)], "notes": notes, "marks": marks}, REDACTED_DDL)
    scanned = shop.call("scan", "--format", "json", "--as-of", "2026-07-01")
    assert scanned.tallies == {"people": {"due": 2, "blocked": 3}}
    assert "`notes` may lead here, and does not surely" in shop.call("explain", "shop.people", "2").out
    answer = shop.apply()
    assert (answer.code, answer.rules["people"]["done"], answer.rules["people"]["skipped"]) == (0, 2, [])
    assert shop.query("SELECT id FROM people WHERE name = 'Ann' ORDER BY id") == [(2,), (3,), (4,)]
    assert sorted(shop.query("SELECT * FROM notes")) == notes[1:]
    assert sorted(shop.query("SELECT * FROM marks")) == marks[1:]

    with shop.connect() as connection:
        connection.exec_driver_sql("UPDATE notes SET object = '2' WHERE id = 2")  # somebody has mended it
    assert shop.apply().rules["people"]["done"] == 1
    assert sorted(shop.query("SELECT * FROM notes")) == notes[2:]


@pytest.mark.parametrize(("fate", "blocked"), [("unlink", 1), ("keep", 0), ("{redact: {body: null}}", 0)])
def test_a_redaction_that_leaves_the_rows_below_is_not_stopped_by_one_that_is_nearly_there(
    shop: Company, fate: str, blocked: int
) -> None:
    shop.inventory = REDACTED_INVENTORY
    shop.rules = REDACTED.replace("{notes: delete, notes.marks: delete}", f"{{notes: {fate}}}")
    ddl = REDACTED_DDL.replace("object VARCHAR(9)", "object VARCHAR(9), body VARCHAR(9)")
    shop.build({"people": [(1, "Ann", OLD), (2, "Bob", OLD)], "notes": [(1, "1", "x"), (2, "02", "x")]}, ddl)
    answer = shop.apply()
    assert (answer.code, answer.rules["people"]["done"], answer.rules["people"]["skipped"]) == (0, 2 - blocked, [])
    left = {"unlink": (None, "x"), "keep": ("1", "x")}.get(fate, ("1", None))
    assert sorted(shop.query("SELECT * FROM notes")) == [(1, *left), (2, "02", "x")]
