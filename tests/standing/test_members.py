"""Members of JSON, bytes in conditions, and links that find several rows: on each engine, by SQL and by Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from databases import Server
from standing.files import execute, intent_of, stand
from wesretain.model.standing import Standing

ENGINES = ("sqlite", "postgresql", "mariadb")
JSON_TYPES = {"sqlite": ("TEXT", "JSON"), "postgresql": ("TEXT", "JSON", "JSONB"), "mariadb": ("TEXT", "JSON")}
BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA", "mariadb": "VARBINARY(60)"}


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def quoted(text: str | None, engine: str) -> str:
    if text is None:
        return "NULL"
    if engine == "mariadb":
        text = text.replace("\\", "\\\\")
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def inserted(engine: str, texts: list[str | None]) -> str:
    return ", ".join(f"({key}, {quoted(text, engine)})" for key, text in enumerate(texts))


INVENTORY = """
databases:
  db:
    zone: UTC
    tables:
      t:
        subjects: none
        clocks: {doc.born: {format: iso}, doc.at.ms: {format: epoch milliseconds}, doc.day: {format: dd-mm-yyyy}}
"""
RULES = """
  born: {table: t, keep: 1 year, after: doc.born, then: report}
  ms: {table: t, keep: 1 year, after: doc.at.ms, then: report}
  day: {table: t, keep: 1 year, after: doc.day, then: report}
  gold: {table: t, where: {doc.plan: gold}, keep: nothing, then: report}
  not-gold: {table: t, where: {doc.plan: {not: gold}}, keep: nothing, then: report}
  none: {table: t, where: {doc.plan: {is: null}}, keep: nothing, then: report}
  empty: {table: t, where: {doc.plan: {is: empty}}, keep: nothing, then: report}
  present: {table: t, where: {doc.plan: {is: present}}, keep: nothing, then: report}
  seven: {table: t, where: {doc.n: 7}, keep: nothing, then: report}
  yes: {table: t, where: {doc.flag: "true"}, keep: nothing, then: report}
  odd: {table: t, where: {"doc.a b-c": {contains: é}}, keep: nothing, then: report}
  child: {table: t, where: {doc.born: {younger than: 13 years}}, keep: nothing, then: report}
"""
SOUND = [
    {"born": "2020-01-01", "at": {"ms": 1577836800000}, "day": "01-01-2020", "plan": "gold", "n": 7, "flag": True},
    {
        "born": "2026-01-01T00:00:00Z",
        "at": {"ms": "1767225600000"},
        "day": "x",
        "plan": "GOLD ",
        "n": "7",
        "flag": False,
    },
    {"born": None, "at": None, "plan": None, "n": 7.5, "flag": "true", "a b-c": "caf\u00e9"},
    {"born": ["2020-01-01"], "at": {"ms": []}, "plan": {"name": "gold"}, "n": [7], "a b-c": "caf\u00c9"},
    {"born": "1990-05-05", "at": 5, "plan": "", "n": -7},
    {},
    [],
    "gold",
    None,
    {"nested": [[[[[["deep", {"x": [1, 2.5e3, -0.1, True, False, None]}]]]]]], "plan": "gold"},
    {"escapes": '"\\\b\f\n\r\t\u20ac\U0001f600', "plan": "gold"},
]
UNSOUND = [
    "",
    "{",
    "{'plan': 'gold'}",
    '{"plan": gold}',
    '{"plan": "gold",}',
    '{"plan" "gold"}',
    '[1 2]',
    '{"plan": "gold"} x',
    '{"n": 01}',
    '{"n": 1.}',
    '{"n": +1}',
    "nul",
    "true false",
    '{"plan": "go\nld"}',
    "NaN",
    '{"a": [1, 2}',
]  # fmt: skip
DUE, KEPT, UNCOVERED, UNDECIDABLE = Standing.DUE, Standing.KEPT, Standing.UNCOVERED, Standing.UNDECIDABLE
U, D, K, N = UNDECIDABLE, DUE, KEPT, UNCOVERED
#: Where the sound documents stand, worked out by hand.
WANTED = {
    "born": [D, K, U, U, D, U, U, U, U, U, U],
    "ms": [D, K, U, U, U, U, U, U, U, U, U],
    "day": [D, U, U, U, U, U, U, U, U, U, U],
    "gold": [D, N, U, U, N, U, U, U, U, D, D],
    "not-gold": [N, N, U, U, D, U, U, U, U, N, N],
    "none": [N, N, D, N, N, D, D, D, D, N, N],
    "empty": [N, N, D, N, D, D, D, D, D, N, N],
    "present": [D, D, N, D, N, N, N, N, N, D, D],
    "seven": [D, D, N, U, N, U, U, U, U, U, U],
    "yes": [D, N, D, U, U, U, U, U, U, U, U],
    "odd": [U, U, D, N, U, U, U, U, U, U, U],
    "child": [D, D, U, U, N, U, U, U, U, U, U],
}


@pytest.mark.parametrize("place", range(3))
def test_members_of_json(server: Server, tmp_path: Path, place: int) -> None:
    kinds = JSON_TYPES[server.dialect]
    if place >= len(kinds):
        return
    url = server.fresh_database("members")
    texts: list[str | None] = [json.dumps(each) for each in SOUND]
    free = kinds[place] == "TEXT" or server.dialect == "sqlite"
    # MariaDB's own reader passes over a point that no digit follows.
    unsound: list[str | None] = [t for t in UNSOUND if free and (t, server.dialect) != ('{"n": 1.}', "mariadb")]
    # DDL first: MariaDB's JSON refuses what is none.
    execute(url, [f"CREATE TABLE t (id INTEGER PRIMARY KEY, doc {kinds[place]})"])
    execute(url, [f"INSERT INTO t VALUES {inserted(server.dialect, [*texts, None, *unsound])}"])
    found = stand(intent_of(tmp_path, url, INVENTORY, RULES))
    assert not found.refused
    for rule, wanted in WANTED.items():
        null = DUE if rule in ("none", "empty") else UNCOVERED if rule == "present" else UNDECIDABLE
        standings = [found.standings[rule][key] for key in range(len(texts) + 1)]
        assert standings == [*wanted, null], rule
        rest = {found.standings[rule][len(texts) + 1 + number] for number in range(len(unsound))}
        assert rest <= {UNDECIDABLE}, rule


@pytest.mark.parametrize(
    "text", ['{"plan": "gold", "x": "\\u0000"}', '{"plan": "gold", "x": "\\ud800"}', "[" * 40 + "]" * 40]
)
def test_documents_that_an_engine_cannot_read_keep_their_record(server: Server, tmp_path: Path, text: str) -> None:
    from standing.files import AS_OF
    from wesretain.scan import scan
    from wesretain.survey import Request

    url = server.fresh_database("members")
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, doc TEXT)"])
    execute(url, [f"INSERT INTO t VALUES {inserted(server.dialect, [text])}"])
    rules = "  none: {table: t, where: {doc.x: {is: null}}, keep: nothing, then: report}\n"
    intent = intent_of(tmp_path, url, "databases: {db: {zone: UTC, tables: {t: {subjects: none}}}}\n", rules)
    (plan,) = scan(Request(intent, (), AS_OF, pinned=True)).databases
    assert plan.rules[0].tally is not None
    assert text.startswith("[") or plan.rules[0].tally[Standing.DUE] == 0


DOUBTFUL = [
    '{"plan": "gold", "plan": "silver"}',
    '{"plan": "silver", "plan": "gold"}',
    '{"pl\\u0061n": "gold"}',
    '{"at": {"ms": 1577836800000, "ms": 1767225600000}, "plan": "x", "plan": "x"}',
]
DOUBTS = """
  gold: {table: t, where: {doc.plan: gold}, keep: nothing, then: report}
  not-gold: {table: t, where: {doc.plan: {not: gold}}, keep: nothing, then: report}
  none: {table: t, where: {doc.plan: {is: "null"}}, keep: nothing, then: report}
  ms: {table: t, keep: 1 year, after: doc.at.ms, then: report}
"""


@pytest.mark.parametrize("server", ["sqlite", "mariadb"], indirect=True)
def test_a_document_that_readers_read_in_two_ways_is_unknown(server: Server, tmp_path: Path) -> None:
    """Of two equal keys some take the first and some the last, and a key with a backslash is another to some."""
    url = server.fresh_database("members")
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, doc TEXT)"])
    execute(url, [f"INSERT INTO t VALUES {inserted(server.dialect, [*DOUBTFUL])}"])
    found = stand(intent_of(tmp_path, url, INVENTORY, DOUBTS)).standings
    assert all(set(standings.values()) == {U} for standings in found.values()), found


def test_equal_keys_are_unknown_to_postgresql_too(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.fresh_database("members")
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, doc TEXT)"])
    execute(url, [f"INSERT INTO t VALUES {inserted('postgresql', [*DOUBTFUL[:2], *DOUBTFUL[3:]])}"])
    found = stand(intent_of(tmp_path, url, INVENTORY, DOUBTS)).standings
    assert all(set(standings.values()) == {U} for standings in found.values()), found


def test_other_spellings_of_a_number_keep_inside_not(server: Server, tmp_path: Path) -> None:
    url = server.fresh_database("members")
    numbers: list[str | None] = [f'{{"n": {n}}}' for n in ("1", "1.0", "1.00", "1e0", "10e-1", "2", "1.5", "11")]
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, doc TEXT)"])
    execute(url, [f"INSERT INTO t VALUES {inserted(server.dialect, numbers)}"])
    rules = "  r: {table: t, where: {doc.n: {not: 1}}, keep: nothing, then: report}\n"
    found = stand(intent_of(tmp_path, url, INVENTORY, rules)).standings["r"]
    assert [found[key] for key in range(8)] == [N, N, N, N, N, D, D, D]


SHARED = """
databases:
  db:
    zone: UTC
    tables:
      a: {subjects: none}
      b: {subjects: none, links: {a: {to: a, on: {code: code}}}}
"""


@pytest.mark.parametrize("fate", ["delete", "unlink", "{redact: {text: null}}"])
def test_a_row_below_that_belongs_to_several_records_blocks(server: Server, tmp_path: Path, fate: str) -> None:
    url = server.fresh_database("shared")
    execute(
        url,
        [
            "CREATE TABLE a (id INTEGER PRIMARY KEY, code VARCHAR(9), at DATE)",
            "CREATE TABLE b (id INTEGER PRIMARY KEY, code VARCHAR(9), text VARCHAR(9))",
            "INSERT INTO a VALUES (1, 'x', '2020-01-01'), (2, 'x', '2026-01-01'), (3, 'y', '2020-01-01')",
            "INSERT INTO a VALUES (4, 'z', '2020-01-01'), (5, 'z', '2026-01-01')",
            "INSERT INTO b VALUES (1, 'x', 't'), (2, 'y', 't')",
        ],
    )
    rules = f"  r: {{table: a, keep: 1 year, after: at, then: delete, with: {{b: {fate}}}}}\n"
    found = stand(intent_of(tmp_path, url, SHARED, rules)).standings["r"]
    assert (found[1], found[2]) == (Standing.BLOCKED, KEPT)
    assert fate != "delete" or found[3] is found[4] is DUE  # nothing lies below the last


BYTE_RULES = """
  equal: {table: t, where: {doc: gold}, keep: nothing, then: report}
  several: {table: t, where: {doc: [gold, 0x00ff]}, keep: nothing, then: report}
  unlike: {table: t, where: {doc: {not: gold}}, keep: nothing, then: report}
  contains: {table: t, where: {doc: {contains: old}}, keep: nothing, then: report}
  without: {table: t, where: {doc: {not: {contains: old}}}, keep: nothing, then: report}
  starts: {table: t, where: {doc: {starts with: go}}, keep: nothing, then: report}
  any: {table: t, where: {doc: {any case: Gold}}, keep: nothing, then: report}
  padded: {table: t, where: {doc: {any case: " Gold "}}, keep: nothing, then: report}
  empty: {table: t, where: {doc: {is: empty}}, keep: nothing, then: report}
  accent: {table: t, where: {doc: {starts with: é}}, keep: nothing, then: report}
"""
RAW = [b"gold", b"GOLD", b" gold ", b"marigold", b"\x00\xff", b"", None, "\u00e9t\u00e9".encode(), b"g\xffld"]
BYTES_WANTED = {
    "equal": [D, N, N, N, N, N, U, N, N],
    "several": [D, N, N, N, D, N, U, N, N],
    "unlike": [N, N, N, D, D, D, U, D, D],
    "contains": [D, N, D, D, N, N, U, N, N],
    "without": [N, N, N, N, D, D, U, D, D],
    "starts": [D, N, N, N, N, N, U, N, N],
    "any": [D, D, N, N, N, N, U, N, N],
    "padded": [N, N, D, N, N, N, U, N, N],
    "empty": [N, N, N, N, N, D, D, N, N],
    "accent": [N, N, N, N, N, N, U, D, N],
}


def test_conditions_on_bytes(server: Server, tmp_path: Path) -> None:
    url = server.fresh_database("bytes")
    spell = "decode('{}', 'hex')" if server.dialect == "postgresql" else "X'{}'"
    values = ", ".join(f"({key}, {'NULL' if raw is None else spell.format(raw.hex())})" for key, raw in enumerate(RAW))
    execute(url, [f"CREATE TABLE t (id INTEGER PRIMARY KEY, doc {BYTES[server.dialect]})"])
    execute(url, [f"INSERT INTO t VALUES {values}"])
    inventory = "databases: {db: {zone: UTC, tables: {t: {subjects: none}}}}\n"
    found = stand(intent_of(tmp_path, url, inventory, BYTE_RULES))
    for rule, wanted in BYTES_WANTED.items():
        assert [found.standings[rule][key] for key in range(len(RAW))] == wanted, rule


ATTRIBUTES = """
databases:
  db:
    zone: UTC
    tables:
      users:
        subjects: none
        links: {trash: {to: meta, on: {id: user_id}, where: {name: trashed}}}
      meta:
        subjects: none
        clocks: {value: {format: epoch seconds}}
        links:
          user: {to: users, by: user_id}
          trashed: {to: users, by: user_id, when: {name: trashed}}
          plan: {to: users, by: user_id, when: {name: plan}}
"""
ATTRIBUTE_RULES = """
  down: {table: users, keep: 1 year, after: meta.trashed.value, then: report}
  up: {table: users, keep: 1 year, after: trash.value, then: report}
  plan: {table: users, where: {meta.plan.value: gold}, keep: nothing, then: report}
  not-gold: {table: users, where: {meta.plan.value: {not: gold}}, keep: nothing, then: report}
"""
OLD, NEW = "1577836800", "1767225600"
META = [
    (1, "trashed", OLD), (1, "plan", "gold"), (1, "other", NEW),
    (2, "trashed", NEW), (2, "plan", "silver"),
    (3, "trashed", OLD), (3, "trashed", OLD), (3, "plan", "gold"), (3, "plan", "gold"),
    (4, "plan", "silver"), (4, "plan", "silver"),
    (5, "Trashed", OLD), (5, "Plan", "gold"),
    (6, "trashed", "soon"), (6, "plan", "GOLD"),
    (8, "trashed", OLD), (8, "Trashed", OLD),
]  # fmt: skip
ATTRIBUTES_WANTED = {
    "down": [D, K, U, U, U, U, U, U],
    "up": [D, K, U, U, U, U, U, U],
    "plan": [D, N, U, U, U, N, U, U],
    "not-gold": [N, D, U, U, U, N, U, U],
}


def test_values_in_a_table_of_attributes(server: Server, tmp_path: Path) -> None:
    url = server.fresh_database("attributes")
    execute(
        url,
        [
            "CREATE TABLE users (id INTEGER PRIMARY KEY)",
            "CREATE TABLE meta (id INTEGER PRIMARY KEY, user_id INTEGER, name VARCHAR(20), value VARCHAR(40))",
            f"INSERT INTO users VALUES {', '.join(f'({key})' for key in range(1, 9))}",
            "INSERT INTO meta VALUES " + ", ".join(f"({k}, {u}, '{n}', '{v}')" for k, (u, n, v) in enumerate(META)),
        ],
    )
    found = stand(intent_of(tmp_path, url, ATTRIBUTES, ATTRIBUTE_RULES))
    assert not found.refused
    for rule, wanted in ATTRIBUTES_WANTED.items():
        assert [found.standings[rule][key] for key in range(1, 9)] == wanted, rule
    several = [finding for finding in found.findings if "several rows" in finding]
    assert [finding.partition(",")[0] for finding in several] == [
        "down: 2 records stay", "up: 2 records stay", "plan: 2 records stay", "not-gold: 2 records stay"
    ]  # fmt: skip


def test_a_name_that_goes_down_to_many_rows_is_refused(sqlite: Server, tmp_path: Path) -> None:
    url = sqlite.fresh_database("attributes")
    execute(url, ["CREATE TABLE users (id INTEGER PRIMARY KEY)"])
    execute(url, ["CREATE TABLE meta (user_id INTEGER REFERENCES users (id), at DATETIME)"])
    inventory = "databases: {db: {zone: UTC, tables: {users: {subjects: none}, meta: {subjects: none}}}}\n"
    rules = "  down: {table: users, keep: 1 year, after: meta.at, then: report}\n"
    assert stand(intent_of(tmp_path, url, inventory, rules)).refused == {
        "down": "`meta.at` goes down to many rows of meta"
    }


def test_a_column_that_holds_no_json_has_no_members(sqlite: Server, tmp_path: Path) -> None:
    url = sqlite.fresh_database("members")
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)"])
    inventory = "databases: {db: {zone: UTC, tables: {t: {subjects: none}}}}\n"
    rules = "  r: {table: t, where: {n.x: 1}, keep: nothing, then: report}\n"
    assert stand(intent_of(tmp_path, url, inventory, rules)).refused == {"r": "t.n is integer, and holds no JSON"}
