"""Links that no foreign key declares, and the ways to persons that follow: proposed by names, proved by values."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from cli.houses import House
from databases import Server
from engines.live import write

CONFIG = "organisation: Shop\nzone: UTC\nledger: ledger\ndatabases: {shop: {url: '%s'}}\n"
TABLES = {
    "clients": "(id integer PRIMARY KEY, name varchar(40), email varchar(40))",
    "orders": "(id integer PRIMARY KEY, client_id integer, total integer, servers integer)",
    "items": "(id integer PRIMARY KEY, order_id integer, parent_item_id integer)",
    "posts": "(id integer PRIMARY KEY, author_id integer, body varchar(90))",
    "servers": "(id integer PRIMARY KEY, label varchar(40))",
    "attachments": "(id integer PRIMARY KEY, object_type varchar(20), object_id integer)",
    "replies": "(id integer PRIMARY KEY, author_type varchar(20), author_id integer)",
    "strays": "(id integer PRIMARY KEY, client_id integer)",
    "empties": "(id integer PRIMARY KEY, client_id integer)",
}
#: Of strays 6 of 10 values are clients; of posts all that is not 0.
ROWS = {
    "clients": [(n, "Ada Miller", f"ada{n}@shop.test") for n in range(1, 31)],
    "orders": [(1000 + n, n % 30 + 1, n, n % 5) for n in range(60)],
    "items": [(5000 + n, 1000 + n % 60, 5000 + n // 2 if n % 3 else None) for n in range(60)],
    "posts": [(8000 + n, n % 31, "please call me back about it") for n in range(62)],
    "servers": [(n, "x") for n in range(6)],
    "attachments": [(n, "order" if n % 2 else "post", 1000 + n if n % 2 else 8000 + n) for n in range(50)],
    "replies": [(n, "client" if n % 2 else "order", n % 5 + 1 + (0 if n % 2 else 1000)) for n in range(40)],
    "strays": [(n, 25 + n) for n in range(10)],
}


@pytest.fixture
def found(house: House, engine_url: str) -> dict[str, Any]:
    """The tables of the inventory that discovery writes."""
    for name, columns in TABLES.items():
        rows = ", ".join(f"({', '.join(map(sql, row))})" for row in ROWS.get(name, ()))
        write(engine_url, f"CREATE TABLE {name} {columns}", *([f"INSERT INTO {name} VALUES {rows}"] if rows else []))
    house.write("wesretain.yaml", CONFIG % engine_url)
    answer = house.call("inventory", "--discover", "shop")
    assert answer.code == 0, answer.err
    tables: dict[str, Any] = yaml.safe_load((house.folder / "inventory.yaml").read_text())["databases"]["shop"][
        "tables"
    ]
    return tables


def sql(value: object) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def test_what_values_prove(found: dict[str, Any], house: House) -> None:
    links = {name: table.get("links") for name, table in found.items()}
    assert links == {
        "clients": None,
        "orders": {"client": {"to": "clients", "by": "client_id"}},  # five servers are no link to a server
        "items": {
            "order": {"to": "orders", "by": "order_id"},
            "parent_item": {"to": "items", "by": "parent_item_id"},
        },
        "posts": {"author": {"to": "clients", "by": "author_id", "nobody": ["0"]}},
        "servers": None,
        "attachments": {
            "order": {"to": "orders", "by": "object_id", "when": {"object_type": "order"}},
            "post": {"to": "posts", "by": "object_id", "when": {"object_type": "post"}},
        },
        "replies": {  # and not one to whoever may be an author
            "client": {"to": "clients", "by": "author_id", "when": {"author_type": "client"}},
            "order": {"to": "orders", "by": "author_id", "when": {"author_type": "order"}},
        },
        "strays": None,
        "empties": None,
    }
    text = (house.folder / "inventory.yaml").read_text()
    assert "# client: {to: clients, by: client_id} # by its name alone: there are no values" in text
    assert "# client: {to: clients, by: client_id} # 6 of 10 values are found there" in text


def test_the_ways_to_persons(found: dict[str, Any]) -> None:
    subjects = {name: table.get("subjects") for name, table in found.items()}
    assert subjects == {
        "clients": "self",
        "orders": "client",
        "items": "order.client",
        "posts": "author",
        "servers": None,
        "attachments": ["order.client", "post.author"],
        "replies": ["client", "order.client"],
        "strays": None,
        "empties": None,
    }


def test_what_it_proposes_is_sound(found: dict[str, Any], house: House) -> None:
    assert house.call("init").code == 0
    answer = house.call("validate", "--live")
    assert (answer.code, answer.out) == (0, "")


@pytest.mark.parametrize("values", ["'\u00b2'", "'--5'", "9e999", "'x'", "''", "1.5", "NULL"])
def test_values_that_are_no_number(house: House, sqlite: Server, values: str) -> None:
    """SQLite keeps anything in a column of whole numbers."""
    url = sqlite.fresh_database("shop")
    write(
        url,
        "CREATE TABLE users (id integer PRIMARY KEY, name text, email text)",
        "CREATE TABLE logs (id integer PRIMARY KEY, user_id integer, created_by integer, updated_by integer)",
        f"INSERT INTO logs VALUES (1, {values}, 1, 1), (2, 1, 1, 1)",
        "INSERT INTO users VALUES (1, 'Ada', 'ada@shop.test')",
    )
    house.write("wesretain.yaml", CONFIG % url)
    answer = house.call("inventory", "--discover", "shop")
    assert answer.code == 0, answer.err


def test_who_wrote_a_row_is_not_its_subject(house: House, sqlite: Server) -> None:
    """Two such columns are two links of two names, and no way to a person."""
    url = sqlite.fresh_database("shop")
    rows = ", ".join(f"({n}, 'x', {n}, {n})" for n in range(1, 9))
    users = ", ".join(f"({n}, 'Ada', 'ada{n}@shop.test')" for n in range(1, 9))
    write(
        url,
        "CREATE TABLE users (id integer PRIMARY KEY, name text, email text)",
        "CREATE TABLE states (id integer PRIMARY KEY, label text, created_by integer, changed_by integer)",
        f"INSERT INTO users VALUES {users}",
        f"INSERT INTO states VALUES {rows}",
    )
    house.write("wesretain.yaml", CONFIG % url)
    assert house.call("inventory", "--discover", "shop").code == 0
    states = yaml.safe_load((house.folder / "inventory.yaml").read_text())["databases"]["shop"]["tables"]["states"]
    assert [link["by"] for link in states["links"].values()] == ["created_by", "changed_by"]
    assert "subjects" not in states


def test_categories(found: dict[str, Any]) -> None:
    categories = {name: table.get("category") for name, table in found.items()}
    assert categories == {
        "clients": "personal",
        "orders": "personal",
        "items": "personal",
        "posts": "user_communications",
        "servers": None,  # by its name a machine's, and nothing in it speaks for it
        "attachments": "personal",
        "replies": "user_communications",
        "strays": None,
        "empties": None,
    }


def test_what_a_column_holds_because_it_points_there(house: House, engine_url: str) -> None:
    """The user name of who closed a ticket, and what the rows of another table call a value."""
    write(
        engine_url,
        "CREATE TABLE agents (login varchar(40) NOT NULL PRIMARY KEY, email varchar(40))",
        "CREATE TABLE tickets (id integer PRIMARY KEY, agent_id varchar(40), other_ref varchar(40))",
        "CREATE TABLE customfields (id integer PRIMARY KEY, label varchar(40))",
        "CREATE TABLE answers (id integer PRIMARY KEY, fieldid integer, colourid integer, value varchar(40))",
        "CREATE TABLE colours (id integer PRIMARY KEY, label varchar(40))",
        *(f"INSERT INTO agents VALUES ('ada{n}', 'ada{n}@shop.test')" for n in range(9)),
        *(f"INSERT INTO tickets VALUES ({n}, 'ada{n % 9}', '{n}')" for n in range(30)),
        "INSERT INTO customfields VALUES (71, 'Favourite colour'), (72, 'Mobile')",
        *(f"INSERT INTO answers VALUES ({n}, 71, NULL, 'red {n}'), ({n + 90}, 72, 5, '+49 30 9018{n:02}')"
          for n in range(30)),
    )  # fmt: skip
    house.write("wesretain.yaml", CONFIG % engine_url)
    found = house.call("inventory", "--discover", "shop", "--dry-run", "--format", "json").json["findings"]
    told = {(each["table"], each["column"], each["element"]): each for each in found}
    assert ("tickets", "agent_id", "username") in told
    assert told["tickets", "agent_id", "username"]["values"] == "it points at agents.login"
    assert told["answers", "value", "telephone"]["found_in"] == "rows of names and values"
    assert {name for name in told if name[0] == "answers"} == {("answers", "value", "telephone")}
