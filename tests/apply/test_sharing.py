"""`delete if unshared` for rows below, copies below a redaction, and the database's own cascades, on all engines."""

from __future__ import annotations

from datetime import datetime

import pytest

from apply.company import OLD_ORDERS, Company, orders

OLD, NEW = datetime(2020, 1, 1), datetime(2026, 6, 1)  # noqa: DTZ001
PEOPLE = "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(20), closed TIME);"
MESSAGES = (
    f"{PEOPLE} CREATE TABLE messages (id INTEGER PRIMARY KEY, sender_id INTEGER, recipient_id INTEGER, text VARCHAR(9))"
)
INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      people: {category: personal, subjects: self}
      messages:
        category: personal
        subjects: none
        links: {sender: {to: people, by: sender_id, nobody: [0]}, recipient: {to: people, by: recipient_id}}
"""
BOTH = "messages.sender: delete if unshared, messages.recipient: delete if unshared"


def rule(then: str, with_: str, more: str = "") -> str:
    head = f"table: shop.people, keep: 1 year, after: closed, may empty the table: true, then: {then}"
    return f"  people: {{{head}, {more}with: {{{with_}}}}}\n"


def people(*old: int) -> list[tuple[int, str, datetime]]:
    return [(n, "Ann", OLD if n in old else NEW) for n in range(1, 6)]


def test_a_message_goes_with_the_last_of_its_parties(shop: Company) -> None:
    shop.inventory, shop.rules = INVENTORY, rule("delete", BOTH)
    messages = [
        (1, 1, 2, "both go"),
        (2, 1, 3, "one stays"),
        (3, 3, 1, "one stays"),
        (4, 1, 99, "orphan"),
        (5, 1, 1, "to self"),
        (6, 0, 2, "nobody"),
        (7, 1, None, "to none"),
        (8, 98, 99, "old"),
        (9, 3, 4, "neither"),
    ]
    shop.build({"people": people(1, 2), "messages": messages}, MESSAGES)
    answer = shop.apply()
    assert answer.code == 0, answer.out
    assert shop.keys("people") == {3, 4, 5}
    assert shop.keys("messages") == {2, 3, 8, 9}
    with shop.connect() as connection:
        connection.exec_driver_sql("UPDATE people SET closed = '2020-01-01 00:00:00' WHERE id = 3")
    assert shop.apply().code == 0
    assert shop.keys("messages") == {8, 9}


def test_only_parties_share_a_message(shop: Company) -> None:
    """What else a message points at, as its room, does not keep it."""
    room = ", room: {to: rooms, by: room_id}}\n      rooms: {category: personal, subjects: none}\n"
    shop.inventory = INVENTORY.rstrip().removesuffix("}") + room
    shop.rules = rule("delete", BOTH)
    ddl = f"{MESSAGES.replace('text', 'room_id INTEGER, text')}; CREATE TABLE rooms (id INTEGER PRIMARY KEY)"
    shop.build({"people": people(1, 2), "messages": [(1, 1, 2, 7, "go"), (2, 1, 3, 7, "stays")], "rooms": [(7,)]}, ddl)
    answer = shop.apply()
    assert answer.code == 0, answer.out
    assert (shop.keys("messages"), shop.keys("rooms")) == ({2}, {7})


def test_under_a_redaction_the_party_that_is_redacted_does_not_share(shop: Company) -> None:
    shop.inventory, shop.rules = INVENTORY, rule("redact", BOTH, "columns: {name: null}, ")
    messages = [(1, 1, 2, "both stay"), (2, 1, 3, "both stay"), (3, 1, 99, "orphan"), (4, 1, 1, "to self")]
    shop.build({"people": people(1, 2), "messages": messages}, MESSAGES)
    assert shop.apply().code == 0
    assert shop.keys("messages") == {1, 2}
    assert shop.apply().rules["people"]["planned"] == 0


@pytest.mark.parametrize("action", ["", " ON DELETE CASCADE", " ON DELETE SET NULL"])
def test_a_foreign_key_to_the_row_that_goes_is_refused(shop: Company, action: str) -> None:
    shop.inventory, shop.rules = INVENTORY, rule("delete", BOTH)
    tied = MESSAGES.replace(
        "text VARCHAR(9)", f"text VARCHAR(9), FOREIGN KEY (sender_id) REFERENCES people (id){action}"
    )
    shop.build({"people": people(1), "messages": [(1, 1, 2, "x")]}, tied)
    answer = shop.apply()
    assert answer.code == 5
    assert "a foreign key ties" in answer.out
    assert (shop.keys("people"), shop.keys("messages")) == ({1, 2, 3, 4, 5}, {1})


def test_what_a_record_refers_to_cannot_be_unlinked(shop: Company) -> None:
    shop.rules = OLD_ORDERS.replace("address: delete if unshared", "address: unlink")
    shop.build(orders(4))
    answer = shop.apply()
    assert answer.code == 5
    assert "`unlink` takes a reference to the record away, and this path ends above it" in answer.out
    assert shop.keys("orders") == {1, 2, 3, 4}


def test_a_column_of_that_name_that_nobody_declares_is_refused(shop: Company) -> None:
    shop.inventory, shop.rules = INVENTORY, rule("delete", BOTH)
    ddl = f"{MESSAGES}; CREATE TABLE calls (id INTEGER PRIMARY KEY, sender_id INTEGER)"
    shop.build({"people": people(1), "messages": [(1, 1, 99, "x")]}, ddl)
    answer = shop.apply()
    assert answer.code == 5
    assert "calls.sender_id" in answer.out
    assert shop.keys("messages") == {1}
    shop.inventory += (
        "      calls: {subjects: none, category: personal, links: {sender: {to: people, by: sender_id}}}\n"
    )
    shop.rules = rule("delete", f"{BOTH}, calls: delete")
    shop.furnish()
    shop.approve()
    answer = shop.apply()
    assert answer.code == 0, answer.out
    assert shop.keys("messages") == set()


@pytest.mark.parametrize("action", ["", " ON DELETE CASCADE", " ON DELETE SET NULL"])
def test_a_foreign_key_knows_no_conditions(shop: Company, action: str) -> None:
    """The inventory says that only some rows are below; the database would take the others along."""
    shop.inventory = COPIED.replace("by: people_id", "by: people_id, when: {name: Ann}")
    ddl = COPIES.replace("STAMP", f"timestamp, FOREIGN KEY (people_id) REFERENCES people (id){action}")
    shop.rules = rule("delete", "copies: delete")
    shop.build({"people": people(1, 2), "copies": [(1, 1, "Bob", OLD), (2, 2, "Ann", OLD)]}, ddl)
    answer = shop.apply()
    assert answer.code == 5
    assert "whatever its conditions say" in answer.out
    assert shop.query("SELECT count(*) FROM copies WHERE people_id IS NOT NULL") == [(2,)]
    shop.inventory = COPIED.replace(
        "by: people_id}", "by: people_id}, anns: {to: people, by: people_id, when: {name: Ann}}"
    )
    shop.rules = rule("delete", "copies.people: delete")
    shop.furnish()
    shop.approve()
    assert shop.apply().code == 0
    assert shop.keys("copies") == set()
    assert shop.keys("people") == {3, 4, 5}


COPIES = f"{PEOPLE} CREATE TABLE copies (id INTEGER PRIMARY KEY, people_id INTEGER, name VARCHAR(20), seen STAMP)"
COPIED = """
databases:
  shop:
    zone: UTC
    tables:
      people: {category: personal, subjects: self}
      copies: {category: personal, subjects: none, links: {people: {to: people, by: people_id}}}
"""


@pytest.mark.parametrize("null", ["", " NOT NULL"])
def test_a_redaction_that_makes_the_foreign_key_null_lets_the_row_above_go(shop: Company, null: str) -> None:
    """Where the column knows no NULL, it would become 0, which the foreign key does not let in."""
    shop.inventory, shop.rules = COPIED, rule("delete", "copies: {redact: {people_id: null}}")
    ddl = COPIES.replace("people_id INTEGER", f"people_id INTEGER{null}")
    ddl = ddl.replace("STAMP", "timestamp, FOREIGN KEY (people_id) REFERENCES people (id)")
    shop.build({"people": people(1, 2), "copies": [(1, 1, "Ann", OLD), (2, 3, "Bob", OLD)]}, ddl)
    answer = shop.apply()
    copies = dict(shop.query("SELECT id, people_id FROM copies"))
    if null:
        assert answer.code == 5
        assert "a foreign key ties `copies` to a row that goes" in answer.out
        assert (shop.keys("people"), copies) == ({1, 2, 3, 4, 5}, {1: 1, 2: 3})
    else:
        assert answer.code == 0, answer.out
        assert (shop.keys("people"), copies) == ({3, 4, 5}, {1: None, 2: 3})


@pytest.mark.parametrize("fate", ["{redact: {name: null}}", "delete", "unlink"])
def test_a_redaction_goes_on_while_there_are_copies_below(shop: Company, fate: str) -> None:
    shop.inventory, shop.rules = COPIED, rule("redact", f"copies: {fate}", "columns: {name: null}, ")
    stamp = "timestamp NULL ON UPDATE current_timestamp" if shop.dialect == "mariadb" else "timestamp"
    copies = [(n, n, "Ann", OLD) for n in (1, 2, 9)]
    done = [(n, None, OLD if n < 4 else NEW) for n in range(1, 6)]
    shop.build({"people": done, "copies": copies}, COPIES.replace("STAMP", stamp))
    seen = shop.query("SELECT id, seen FROM copies ORDER BY id")
    answer = shop.apply()
    assert (answer.code, answer.rules["people"]["done"]) == (0, 2), answer.out
    left = dict(shop.query("SELECT id, coalesce(people_id, 0) FROM copies WHERE name IS NOT NULL"))
    assert left == ({1: 0, 2: 0, 9: 9} if fate == "unlink" else {9: 9})
    if fate != "delete":
        assert shop.query("SELECT id, seen FROM copies ORDER BY id") == seen
    assert shop.apply().rules["people"]["planned"] == 0


def test_copies_below_take_the_text_that_is_made_for_them(shop: Company) -> None:
    made = "copies: {redact: {name: {text: 'gone-{id}'}}}"
    shop.inventory, shop.rules = COPIED, rule("redact", made, "columns: {name: null}, ")
    copies = [(1, 1, "Ann", OLD), (2, 2, "gone-2", OLD), (3, 9, "an orphan", OLD)]
    shop.build({"people": people(1, 2), "copies": copies}, COPIES.replace("STAMP", "timestamp"))
    answer = shop.apply()
    assert answer.code == 0, answer.out
    assert dict(shop.query("SELECT id, name FROM copies")) == {1: "gone-1", 2: "gone-2", 3: "an orphan"}
    assert answer.rules["people"]["rows"] == {"redact people": 2, "redact copies": 1}


KEYS = ["REFERENCES copies (id)", *(f"REFERENCES copies (id) ON DELETE {what}" for what in ("CASCADE", "SET NULL")), ""]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("named", ["delete", "unlink", ""])
def test_the_database_itself_deletes_nothing_below_a_redaction(shop: Company, key: str, named: str) -> None:
    """What hangs on a row that goes is named, or else it blocks; no cascade is ever the database's own doing."""
    deeper = "      notes: {category: personal, subjects: none, links: {copy: {to: copies, by: copy_id}}}\n"
    shop.inventory = COPIED + deeper
    paths = f"copies: delete{f', copies.notes: {named}' if named else ''}"
    shop.rules = rule("redact", paths, "columns: {name: null}, ")
    tied = f", FOREIGN KEY (copy_id) {key}" if key else ""
    ddl = f"{COPIES.replace('STAMP', 'timestamp')}; CREATE TABLE notes (id INTEGER PRIMARY KEY, copy_id INTEGER{tied})"
    copies = [(1, 1, "Ann", OLD), (2, 2, "Bob", OLD), (3, 99, "an orphan", OLD)]
    notes = [(1, 1), (3, 3), (4, None), *([] if key else [(5, 77)])]
    shop.build({"people": people(1, 2), "copies": copies, "notes": notes}, ddl)
    answer = shop.apply()
    assert answer.code == 0, answer.out
    notes_left = {"delete": set(notes) - {(1, 1)}, "unlink": {*set(notes) - {(1, 1)}, (1, None)}, "": set(notes)}
    assert set(shop.query("SELECT id, copy_id FROM notes")) == notes_left[named]
    assert shop.keys("copies") == ({3} if named else {1, 3})
    left = {row[0] for row in shop.query("SELECT id FROM people WHERE name IS NULL")}
    assert left == ({1, 2} if named else {2})


FILES = f"""
{PEOPLE} CREATE TABLE folders (id INTEGER PRIMARY KEY);
CREATE TABLE notes (id INTEGER PRIMARY KEY, folder_id INTEGER);
CREATE TABLE files (id INTEGER PRIMARY KEY, folder_id INTEGER);
CREATE TABLE chunks (file_id INTEGER NOT NULL TIED, number INTEGER NOT NULL, PRIMARY KEY (file_id, number));
CREATE TABLE tags (id INTEGER PRIMARY KEY, file_id INTEGER);
CREATE TABLE photos (id INTEGER PRIMARY KEY, people_id INTEGER, file_id INTEGER)
"""
FILED = """
databases:
  shop:
    category: personal
    subjects: none
    zone: UTC
    tables:
      people: {subjects: self}
      folders: {}
      notes: {links: {folder: {to: folders, by: folder_id}}}
      files: {links: {folder: {to: folders, by: folder_id}}}
      chunks: {links: {file: {to: files, by: file_id}}}
      tags: {links: {file: {to: files, by: file_id}}}
      photos: {links: {owner: {to: people, by: people_id}, file: {to: files, by: file_id}}}
"""
#: What hangs on files that may be shared, and on folders that files may share.
HANGING = (
    "photos: delete, photos.file: delete if unshared, photos.file.chunks: delete, photos.file.tags: unlink, "
    "photos.file.folder: delete if unshared, photos.file.folder.notes: delete"
)


@pytest.mark.parametrize("key", ["", "REFERENCES files (id)", "REFERENCES files (id) ON DELETE CASCADE"])
@pytest.mark.parametrize("then", ["delete", "redact"])
def test_what_hangs_on_a_row_that_may_be_shared_goes_with_it_or_stays(shop: Company, then: str, key: str) -> None:
    shop.inventory = FILED
    shop.rules = rule(then, HANGING, "columns: {name: null}, " if then == "redact" else "")
    numbers = range(1, 6)
    rows = {
        "people": people(1, 2),
        "folders": [(n,) for n in numbers],
        "notes": [(n, n) for n in numbers],
        "files": [(1, 1), (2, 2), (3, 3), (4, 4), (5, 4)],
        "chunks": [(n, part) for n in numbers for part in range(2)],
        "tags": [(n, n) for n in numbers],
        # 1 is shared by two who are old, 2 by somebody who stays, 4 and 5 share a folder, and only 4 goes.
        "photos": [(1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 3, 2), (5, 3, 3), (6, 2, 4), (7, 3, 5), (8, 1, None)],
    }
    shop.build(rows, FILES.replace("TIED", "" if shop.dialect == "mariadb" else key).replace("; ", ";"))
    if shop.dialect == "mariadb" and key:  # where a column's own REFERENCES says nothing in older ones
        with shop.connect() as connection:
            connection.exec_driver_sql(f"ALTER TABLE chunks ADD FOREIGN KEY (file_id) {key}")
    answer = shop.apply()
    assert (answer.code, answer.rules["people"]["done"]) == (0, 2), answer.out
    assert shop.keys("files") == {2, 3, 5}
    assert set(shop.query("SELECT file_id, number FROM chunks")) == {(n, part) for n in (2, 3, 5) for part in range(2)}
    assert dict(shop.query("SELECT id, file_id FROM tags")) == {1: None, 2: 2, 3: 3, 4: None, 5: 5}
    assert shop.keys("folders") == shop.keys("notes") == {2, 3, 4, 5}
    assert shop.apply().rules["people"]["planned"] == 0


def test_what_hangs_on_a_message_goes_with_the_last_of_its_parties(shop: Company) -> None:
    """Also where the row that may be shared lies below."""
    more = "      letters: {category: personal, subjects: none, links: {message: {to: messages, by: message_id}}}\n"
    shop.inventory = INVENTORY + more
    shop.rules = rule("delete", f"{BOTH}, messages.sender.letters: delete, messages.recipient.letters: delete")
    messages = [(1, 1, 2, "both go"), (2, 1, 3, "one stays"), (3, 3, 1, "one stays"), (4, 1, 99, "orphan")]
    rows = {"people": people(1, 2), "messages": messages, "letters": [(n, n % 5 + 1) for n in range(10)]}
    shop.build(rows, f"{MESSAGES}; CREATE TABLE letters (id INTEGER PRIMARY KEY, message_id INTEGER)")
    assert shop.apply().code == 0
    assert shop.keys("messages") == {2, 3}
    assert {row[0] for row in shop.query("SELECT message_id FROM letters")} == {2, 3, 5}


def test_a_key_of_another_table_is_no_link_though_it_is_called_alike(shop: Company) -> None:
    """A profile has its person's number, and so may anything else have one of its own."""
    shop.inventory = """
databases:
  shop:
    zone: UTC
    tables:
      people: {category: personal, subjects: self}
      profiles: {category: personal, subjects: none, links: {person: {to: people, on: {id: id}}}}
      pages: {category: non_personal, subjects: none}
"""
    shop.rules = rule("delete", "profiles: delete if unshared")
    tables = "CREATE TABLE profiles (id INTEGER PRIMARY KEY); CREATE TABLE pages (id INTEGER PRIMARY KEY)"
    shop.build({"people": people(1, 2), "profiles": [(1,), (3,)], "pages": [(1,), (2,)]}, PEOPLE + tables)
    assert shop.apply().code == 0
    assert (shop.keys("people"), shop.keys("profiles"), shop.keys("pages")) == ({3, 4, 5}, {3}, {1, 2})
