"""Binary and composite keys, in circles of links and several levels deep, on every engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from cli.houses import TIME, House, kind_of
from engines.live import fill, write

BYTES = {"sqlite": "BLOB", "postgresql": "bytea", "mariadb": "BINARY(16)"}
OLD, RECENT = "2020-01-01 00:00:00", "2026-06-01 00:00:00"
#: Sixteen bytes each, with what strings of SQL could trip over.
K = {n: bytes([n]) + b"\x00'\\%:\"\xff\xfe\n\r\x1a`abc" for n in (1, 2, 3, 4, 5, 6, 7, 39, 92, 200)}
STATE = {1: "due", 2: "held", 3: "blocked", 4: "held", 5: "held", 6: "kept", 7: "due", 39: "due", 92: "due", 200: "due"}
RULE = (
    "table: shop.parents, where: {{state: gone}}, keep: 1 year, after: closed, then: {then},"
    " with: {{children: delete, children.grand: delete}}"
)
TABLES = """\
    tables:
      parents:
        category: personal
        subjects: self
        links: {boss: {to: parents, on: {up: k}}, last: {to: children, on: {la: a, lb: b}}}
      children: {category: personal, subjects: parent, links: {parent: {to: parents, on: {parent: k}}}}
      grand: {category: personal, subjects: child.parent, links: {child: {to: children, on: {ca: a, cb: b}}}}
"""


def shown(n: int) -> str:
    return "0x" + K[n].hex()


def held(url: str, table: str, *columns: str) -> set[tuple[Any, ...]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return {tuple(row) for row in connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM {table}")}


@pytest.fixture(params=[False, True], ids=["alone", "composite"])
def shop(request: pytest.FixtureRequest, house: House, engine_url: str) -> House:
    """The parents' key is binary, alone or with a text beside it."""
    kind, time, key = BYTES[kind_of(engine_url)], TIME[kind_of(engine_url)], "k, t" if request.param else "k"
    write(
        engine_url,
        f"CREATE TABLE parents (k {kind} NOT NULL UNIQUE, t varchar(9) NOT NULL, state varchar(9), closed {time} NULL,"
        f" up {kind} NULL REFERENCES parents (k), la integer, lb varchar(8), PRIMARY KEY ({key}))",
        f"CREATE TABLE children (a integer NOT NULL, b varchar(8) NOT NULL, parent {kind} REFERENCES parents (k),"
        " PRIMARY KEY (a, b))",
        "CREATE TABLE grand (id integer PRIMARY KEY, ca integer, cb varchar(8),"
        " FOREIGN KEY (ca, cb) REFERENCES children (a, b))",
    )
    pointing = {4: {"up": K[2]}, 5: {"la": 2, "lb": "b2"}}
    for n, raw in K.items():
        row = {"k": raw, "t": f"t{n}", "state": "gone", "closed": RECENT if n == 6 else OLD}
        fill(engine_url, "parents", [row | pointing.get(n, {})])
    fill(engine_url, "children", [{"a": n, "b": f"b{n}", "parent": raw} for n, raw in K.items()])
    fill(engine_url, "grand", [{"id": n * 10, "ca": n, "cb": f"b{n}"} for n in K])
    house.furnish(f"  old: {{{RULE.format(then='delete')}}}\n", TABLES, shop=engine_url)
    with (house.folder / "wesretain.yaml").open("a") as file:
        file.write("limits: {rows per rule: none, share per rule: none}\n")
    return house


def key(request: pytest.FixtureRequest, n: int) -> tuple[str, ...]:
    return (shown(n), f"t{n}") if "composite" in request.node.name else (shown(n),)


def call(house: House, *arguments: str) -> str:
    answer = house.call(*arguments)
    assert answer.code == 0, (arguments, answer.said)
    return answer.out


def hold(house: House, *scope: str) -> None:
    call(house, "hold", "add", *scope, "--matter", "m", "--reason", "r")


def test_what_is_due_goes_and_what_a_hold_reaches_stays(
    request: pytest.FixtureRequest, shop: House, engine_url: str
) -> None:
    hold(shop, "--record", "shop.parents", *key(request, 2))
    hold(shop, "--record", "shop.grand", "30")
    found = json.loads(call(shop, "records", "old", "--format", "json", *every_standing()))["records"]
    assert [(each["k"], each["standing"]) for each in found] == [(shown(n), STATE[n]) for n in sorted(K)]
    reasons = {each["k"]: each["reasons"] for each in found}
    assert all("hold 1 (m)" in reasons[shown(n)] for n in (2, 4, 5))
    told = json.loads(call(shop, "explain", "shop.parents", *key(request, 4), "--format", "json"))
    assert (tuple(told["key"]), [rule["standing"] for rule in told["rules"]]) == (key(request, 4), ["held"])
    call(shop, "prepare", "shop")
    call(shop, "approve", "old")
    call(shop, "apply", "--yes", "--full-speed")
    stay = {n for n in K if STATE[n] != "due"}
    assert held(engine_url, "parents", "k") == {(K[n],) for n in stay}
    assert held(engine_url, "children", "a", "b", "parent") == {(n, f"b{n}", K[n]) for n in stay}
    assert held(engine_url, "grand", "id") == {(n * 10,) for n in stay}
    call(shop, "ledger", "verify")


def every_standing() -> list[str]:
    return [part for word in ("due", "held", "blocked", "kept") for part in ("--standing", word)]


def test_a_hold_on_a_child_of_a_composite_key_reaches_what_points_at_it(shop: House) -> None:
    hold(shop, "--record", "shop.children", "2", "b2")
    found = json.loads(call(shop, "records", "old", "--format", "json"))["records"]
    standings = {each["k"]: each["standing"] for each in found}
    assert {n: standings[shown(n)] for n in (1, 2, 4, 5)} == {1: "due", 2: "blocked", 4: "due", 5: "held"}


def test_a_hold_on_a_person_with_a_binary_key(request: pytest.FixtureRequest, shop: House) -> None:
    hold(shop, "--subject", "shop.parents", *key(request, 7))
    tally = shop.scan().tallies["old"]
    assert tally is not None
    assert (tally["held"], tally["due"]) == (1, 7)


def test_reviews_name_records_by_their_bytes(request: pytest.FixtureRequest, shop: House, engine_url: str) -> None:
    shop.rule(f"  old: {{{RULE.format(then='hold')}}}\n")
    waiting = json.loads(call(shop, "review", "list", "old", "--format", "json"))
    assert shown(39) in json.dumps(waiting)
    call(shop, "review", "approve", "old", *key(request, 39), "--reason", "r")
    call(shop, "review", "extend", "old", *key(request, 1), "--until", "2999-01-01", "--reason", "r")
    call(shop, "prepare", "shop")
    call(shop, "approve", "old")
    call(shop, "apply", "--yes", "--full-speed")
    assert held(engine_url, "parents", "k") == {(raw,) for n, raw in K.items() if n != 39}
    assert shop.scan().tallies["old"] == {"kept": 2, "due": 7}


def test_many_records_are_found_page_by_page(shop: House, engine_url: str) -> None:
    many = [
        {"k": n.to_bytes(2, "big") + b"\xfe" * 14, "t": "x", "state": "gone", "closed": OLD}
        for n in range(1_000, 2_300)
    ]
    fill(engine_url, "parents", many)
    hold(shop, "--table", "shop.parents", "--where", "{t: [t2, t3, t4, t5]}")
    call(shop, "prepare", "shop")
    call(shop, "approve", "old")
    call(shop, "apply", "--yes", "--full-speed")
    assert held(engine_url, "parents", "k") == {(K[n],) for n in (2, 3, 4, 5, 6)}
