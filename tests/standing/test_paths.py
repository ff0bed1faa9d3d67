"""How paths name rows below: by their table's name, or by it and the name of the link that leads here."""

from __future__ import annotations

from pathlib import Path

import pytest

from databases import Server
from standing.files import Found, execute, intent_of, stand
from wesretain.model.standing import Standing

SCHEMA = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, since DATE)",
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, author INTEGER, reader INTEGER, at DATE, state VARCHAR(9))",
    "CREATE TABLE parts (id INTEGER PRIMARY KEY, note_id INTEGER)",
    "INSERT INTO users VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2026-01-01')",
    "INSERT INTO notes VALUES (1, 1, 2, '2020-01-01', 'open'), (2, 2, 1, '2026-01-01', 'shut')",
    "INSERT INTO parts VALUES (1, 1), (2, 2)",
)
#: `notes` declares these links to `users`; its columns have the same names.
ONE = "author: {to: users, on: {author: id}}"
TWO = f"{ONE}, reader: {{to: users, on: {{reader: id}}}}"
INVENTORY = """\
databases:
  db:
    zone: UTC
    tables:
      users: {{subjects: [self]}}
      notes: {{subjects: [author], links: {{{links}}}}}
      parts: {{subjects: none, links: {{note: {{to: notes, on: {{note_id: id}}}}}}}}
"""


def found(server: Server, folder: Path, links: str, rule: str) -> Found:
    url = server.fresh_database("paths")
    execute(url, SCHEMA)
    return stand(intent_of(folder, url, INVENTORY.format(links=links), f"  r: {{table: users, {rule}}}\n"))


def due(server: Server, folder: Path, links: str, rule: str) -> set[object]:
    """The users who are due by a rule."""
    result = found(server, folder, links, rule)
    assert result.refused == {}
    return {key for key, standing in result.standings["r"].items() if standing is Standing.DUE}


@pytest.mark.parametrize(
    ("links", "rule", "wanted"),
    [
        (ONE, "where: {has: notes.author}, keep: nothing, then: report", {1, 2}),
        (ONE, "where: {has: {notes.author: {state: open}}}, keep: nothing, then: report", {1}),
        (ONE, "where: {has no: {notes.author: {state: open}}}, keep: nothing, then: report", {2, 3}),
        (ONE, "where: {has: notes.author.parts}, keep: nothing, then: report", {1, 2}),
        (TWO, "where: {has: {notes.reader: {state: open}}}, keep: nothing, then: report", {2}),
        (TWO, "where: {has: {notes.author: {reader.id: 2}}}, keep: nothing, then: report", {1}),
        (ONE, "keep: 1 year, after: {newest of: [notes.author.at]}, then: report", {1}),
        (TWO, "keep: 1 year, after: {newest of: [notes.reader.at]}, then: report", {2}),
        (ONE, "keep: 1 year, after: since, then: delete, with: {notes: delete, notes.parts: delete}", {1, 2}),
        (ONE, "keep: 1 year, after: since, then: delete, "
              "with: {notes.author: delete, notes.author.parts: delete}", {1, 2}),
        (ONE, "keep: 1 year, after: since, then: delete, "
              "with: {notes.author: delete, notes.author.parts.note: unlink}", {1, 2}),
        (TWO, "keep: 1 year, after: since, then: delete, with: {notes.author: unlink, notes.reader: unlink}", {1, 2}),
        (TWO, "keep: 1 year, after: since, then: delete, with: {notes.author: unlink}", set()),
    ],
)  # fmt: skip
def test_a_child_goes_by_its_name_or_with_its_link(
    sqlite: Server, tmp_path: Path, links: str, rule: str, wanted: set[int]
) -> None:
    assert due(sqlite, tmp_path, links, rule) == wanted


@pytest.mark.parametrize(
    ("links", "rule", "why"),
    [
        (TWO, "where: {has: notes}, keep: nothing, then: report", "`notes` points at users by several links"),
        (ONE, "where: {has: notes.reader}, keep: nothing, then: report",
              "notes has no link and no child table `reader`"),
        (ONE, "keep: 1 year, after: since, then: delete, with: {notes: delete, notes.author: keep}",
              "`notes.author` names the rows that `notes` names"),
    ],
)  # fmt: skip
def test_what_no_path_says(sqlite: Server, tmp_path: Path, links: str, rule: str, why: str) -> None:
    assert found(sqlite, tmp_path, links, rule).refused == {"r": why}


def test_a_clock_named_like_the_link_that_leads_here(sqlite: Server, tmp_path: Path) -> None:
    """The last word of a dotted name is a column, whatever links there are."""
    url = sqlite.fresh_database("paths")
    execute(
        url,
        [
            "CREATE TABLE users (id INTEGER PRIMARY KEY, day DATE UNIQUE)",
            "CREATE TABLE visits (id INTEGER PRIMARY KEY, day DATE)",
            "INSERT INTO users VALUES (1, '2020-01-01'), (2, '2026-01-01')",
            "INSERT INTO visits VALUES (1, '2020-01-01'), (2, '2026-01-01')",
        ],
    )
    inventory = (
        "databases: {db: {zone: UTC, tables: {users: {subjects: [self]}, "
        "visits: {subjects: [day], links: {day: {to: users, on: {day: day}}}}}}}\n"
    )
    rules = "  r: {table: users, keep: 1 year, after: {newest of: [visits.day]}, then: report}\n"
    standings = stand(intent_of(tmp_path, url, inventory, rules)).standings["r"]
    assert [standings[1], standings[2]] == [Standing.DUE, Standing.KEPT]


def test_links_of_one_name_are_told_by_their_columns(sqlite: Server, tmp_path: Path) -> None:
    url = sqlite.fresh_database("paths")
    execute(
        url,
        [
            "CREATE TABLE users (id INTEGER PRIMARY KEY)",
            "CREATE TABLE notes (author INTEGER REFERENCES users (id), author_id INTEGER REFERENCES users (id))",
            "INSERT INTO users VALUES (1), (2), (3)",
            "INSERT INTO notes VALUES (1, 2)",
        ],
    )
    inventory = "databases: {db: {zone: UTC, tables: {users: {subjects: [self]}, notes: {subjects: none}}}}\n"
    rules = "".join(
        f"  {name}: {{table: users, where: {{has: notes.{name}}}, keep: nothing, then: report}}\n"
        for name in ("author", "author_id")
    )
    found = stand(intent_of(tmp_path, url, inventory, rules))
    assert found.refused == {}
    due = {name: [key for key in (1, 2, 3) if each[key] is Standing.DUE] for name, each in found.standings.items()}
    assert due == {"author": [1], "author_id": [2]}
