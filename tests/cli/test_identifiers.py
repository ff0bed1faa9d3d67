"""Names that SQL, drivers or YAML could trip over, end to end on every engine: nothing but what is due is touched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from cli.houses import TIME, House, kind_of
from databases import Server
from engines.live import write

OLD, RECENT = "2020-01-01 00:00:00", "2026-06-01 00:00:00"


@dataclass(frozen=True)
class Names:
    """What everything is called: three tables, the link between two of them, and the columns."""

    table: str
    child: str
    people: str
    link: str
    key: str
    owner: str
    clock: str
    state: str
    note: str


def around(name: str) -> Names:
    """The same odd thing in every name; no link's name has a dot."""
    return Names(
        *(name, f"{name}s", f"all {name}", "owner" if "." in name else f"{name} owner"),
        *(name, f"o{name}", f"{name}_at", f"{name}2", f"n{name}"),
    )


RESERVED = Names("order", "group", "select", "from", "key", "table", "where", "limit", "index")
ODD = (
    "InvoiceLine", "order-details", "Order Details", "a$b", "100%", "%s", "%(x)s", "%%", "a:b", ":id", "::text", "it's",
    'a"b', '"quoted"', "a`b", "Straße", "顧客", "wp_posts", "[brackets]", "a]b", "2nd", "my.table", "a.b.c", ".x",
    'a."b', "a,b", "a(b", "back\\slash", "semi;colon", "--", "?", "a{b",
)  # fmt: skip
CASES = {"reserved": RESERVED, **{name: around(name) for name in ODD}}


def quoted(url: str, name: str) -> str:
    mark = "`" if kind_of(url) == "mariadb" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def spelled(*segments: str) -> str:
    """A dotted name as rules write it."""
    return ".".join('"' + s.replace('"', '""') + '"' if "." in s or s.startswith('"') else s for s in segments)


def rows(url: str, table: str, *columns: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    chosen = ", ".join(quoted(url, column) for column in columns)
    query = f"SELECT {chosen} FROM {quoted(url, table)} ORDER BY {quoted(url, columns[0])}"
    with engine.connect() as connection:
        return [
            tuple(row)
            for row in connection.exec_driver_sql(query if url.startswith("sqlite") else query.replace("%", "%%"))
        ]


def furnish(house: House, url: str, n: Names, create: str = "") -> None:
    time, q = TIME[kind_of(url)], {name: quoted(url, getattr(n, name)) for name in n.__dataclass_fields__}
    write(
        url,
        f"CREATE TABLE {q['people']} ({q['key']} integer NOT NULL PRIMARY KEY)",
        create
        or f"CREATE TABLE {q['table']} ({q['key']} integer NOT NULL PRIMARY KEY, {q['owner']} integer,"
        f" {q['state']} varchar(20), {q['clock']} {time} NULL, {q['note']} varchar(40))",
        f"CREATE TABLE {q['child']} ({q['key']} integer NOT NULL PRIMARY KEY, {q['owner']} integer,"
        f" FOREIGN KEY ({q['owner']}) REFERENCES {q['table']} ({q['key']}))",
        f"INSERT INTO {q['people']} VALUES (7), (8)",
        f"INSERT INTO {q['table']} VALUES (1, 8, 'gone', '{OLD}', 'a'), (2, 8, 'gone', '{OLD}', 'b'),"
        f" (3, 8, 'gone', '{OLD}', 'keep me'), (4, 7, 'gone', '{OLD}', 'd'), (5, 8, 'gone', '{RECENT}', 'e'),"
        f" (6, 8, 'stays', '{OLD}', '10.1.2.3'), (9, 8, 'gone', '{OLD}', 'f')",
        f"INSERT INTO {q['child']} VALUES (10, 1), (20, 2), (30, 3), (40, 4), (50, 5), (60, 6), (90, 9), (91, NULL)",
    )
    entries = {
        spelled(n.table): {
            "category": "personal",
            "subjects": [spelled(n.link)],
            "links": {n.link: {"to": spelled(n.people), "by": n.owner}},
            "columns": {n.key: "none", n.owner: "none", n.state: "none", n.clock: "none", n.note: "ip_address"},
        },
        spelled(n.child): {
            "category": "personal",
            "subjects": "none",
            "links": {"up": {"to": spelled(n.table), "by": n.owner}},
        },
        spelled(n.people): {"category": "personal", "subjects": "self"},
    }
    common = {"table": spelled("shop", n.table), "keep": "1 year", "after": spelled(n.clock)}
    rules = {
        "drop": {**common, "where": {spelled(n.state): "gone"}, "then": "delete", "with": {spelled(n.child): "delete"}},
        "blank": {
            **common,
            "where": {spelled(n.state): "stays", spelled(n.link, n.key): ["8"]},
            "then": "redact",
            "columns": {n.note: {"mask": "ip"}, n.state: "blank"},
        },
    }
    house.furnish(
        json.dumps({"version": 1, "category": "personal", "purpose": "p", "basis": "contract", "rules": rules}),
        f"    tables: {json.dumps(entries)}\n",
        shop=url,
    )
    house.rule("version: 1\ncategory: personal\npurpose: p\nbasis: contract\nrules: " + json.dumps(rules))
    with (house.folder / "wesretain.yaml").open("a") as file:
        file.write("limits: {rows per rule: none, share per rule: none}\n")


def check(house: House, url: str, n: Names) -> None:
    def call(*arguments: str) -> str:
        answer = house.call(*arguments)
        assert answer.code == 0, (arguments, answer.said)
        return answer.out

    told = house.call("validate", "--live")
    assert (told.code, told.out) == (0, "")
    call("prepare", "shop")
    for rule in ("drop", "blank"):
        call("approve", rule)
    table = spelled("shop", n.table)
    about = ("--matter", "m", "--reason", "r")
    call("hold", "add", "--record", table, "2", *about)
    call("hold", "add", "--table", table, "--where", json.dumps({spelled(n.note): "keep me"}), *about)
    call("hold", "add", "--subject", spelled("shop", n.people), "7", *about)
    before = rows(url, n.table, n.key, n.state, n.note), rows(url, n.child, n.key, n.owner)
    standings = json.loads(call("records", "drop", "--format", "json"))["records"]
    name = f"key {n.key}" if n.key in ("standing", "reasons") else n.key
    assert [(each[name], each["standing"]) for each in standings] == [
        ("1", "due"), ("2", "held"), ("3", "held"), ("4", "held"), ("9", "due"),
    ]  # fmt: skip
    found = json.loads(call("explain", table, "2", "--format", "json"))
    assert (found["table"], len(found["holds"])) == (spelled(n.table), 1)
    plan = json.loads(call("apply", "--dry-run", "--format", "json"))
    planned = {rule["rule"]: (rule["acts"], rule["takes"]) for rule in plan["databases"][0]["rules"]}
    assert planned["drop"] == (2, [{"path": spelled(n.child), "fate": "delete", "rows": 2}])
    assert planned["blank"][0] == 1
    assert (rows(url, n.table, n.key, n.state, n.note), rows(url, n.child, n.key, n.owner)) == before
    call("apply", "--yes", "--full-speed")
    assert rows(url, n.table, n.key, n.state, n.note) == [
        (2, "gone", "b"), (3, "gone", "keep me"), (4, "gone", "d"), (5, "gone", "e"), (6, "blank", "10.1.0.0"),
    ]  # fmt: skip
    assert rows(url, n.child, n.key, n.owner) == [(20, 2), (30, 3), (40, 4), (50, 5), (60, 6), (91, None)]
    assert rows(url, n.people, n.key) == [(7,), (8,)]
    call("ledger", "verify")


@pytest.mark.parametrize("name", CASES)
def test_what_is_due_goes_whatever_it_is_called(house: House, engine_url: str, name: str) -> None:
    furnish(house, engine_url, CASES[name])
    check(house, engine_url, CASES[name])


def test_tables_that_sqlite_knows_in_brackets(house: House, sqlite: Server) -> None:
    url, names = sqlite.fresh_database("shop"), around("Order Details")
    create = (
        "CREATE TABLE [Order Details] ([Order Details] integer NOT NULL PRIMARY KEY, [oOrder Details] integer,"
        " [Order Details2] varchar(20), [Order Details_at] datetime, [nOrder Details] varchar(40))"
    )
    furnish(house, url, names, create)
    check(house, url, names)
