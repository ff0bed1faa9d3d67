"""The README's ten minutes on one's own database, word for word, in a shell, on each engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from databases import Server
from engines.live import write
from servers import program
from tutorial import CHANGE, ENGINES, Block, Command, Done, blocks_of, carry_out, changed, differs, section, steps_for

README = Path(__file__).parents[1] / "README.md"
CLIENT = {"postgresql": "psql", "mariadb": "mariadb"}
TIME = {"sqlite": "datetime", "postgresql": "timestamp", "mariadb": "datetime"}
PASSWORD = "it's a $ecret"
#: The users whom the tutorial makes.
MADE = ("wesretain_scan", "wesretain_apply")

#: Ages on either side of three years, whether or not they hold a leap day, the clocks change, or the cut-off is late.
JUST_DUE, STILL_KEPT = timedelta(days=1096, hours=30), timedelta(days=1095, hours=-3)
LONG_AGO = "2019-01-01 00:00:00"
GOES, STAYS = "goes", "stays"
#: Number, customer, status, when it was delivered or how long ago, and what becomes of it.
ORDERS = (
    (4711, 7, "delivered", "2020-03-14 12:00:00", GOES),
    (4712, 7, "delivered", JUST_DUE, GOES),
    (4713, 7, "delivered", STILL_KEPT, STAYS),
    (4714, 7, "delivered", None, STAYS),
    (4715, 7, "open", None, STAYS),
    (4716, 42, "delivered", LONG_AGO, STAYS),  # the customer will be held
    (4717, 42, "open", LONG_AGO, STAYS),
    (4718, 8, None, LONG_AGO, STAYS),
    (4719, 8, "Delivered ", LONG_AGO, STAYS),
    (4720, 8, "delivered", timedelta(days=5), STAYS),
)
CUSTOMERS = ((7, "Ada", "ada@example.org"), (8, "Bob", None), (42, "Cy", "cy@example.org"))


@dataclass(frozen=True)
class Shop:
    """A reader's database, and what he writes into the line that he changes."""

    engine: str
    url: str
    values: dict[str, str]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]


@pytest.fixture(params=list(ENGINES.values()))
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    server: Server = request.getfixturevalue(request.param)
    url = server.fresh_database("shop")
    stock(url, TIME[request.param])
    with {"sqlite": on_sqlite, "postgresql": on_postgresql, "mariadb": on_mariadb}[request.param](url) as values:
        yield Shop(request.param, url, values)


def stock(url: str, time: str) -> None:
    write(
        url,
        "CREATE TABLE customers (id integer PRIMARY KEY, name varchar(60) NOT NULL, email varchar(60))",
        f"CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL, status varchar(20),"
        f" delivered_at {time} NULL, FOREIGN KEY (customer_id) REFERENCES customers (id))",
        f"INSERT INTO customers VALUES {', '.join(map(as_sql, CUSTOMERS))}",
        f"INSERT INTO orders VALUES {', '.join(as_sql(order[:-1]) for order in ORDERS)}",
    )


def as_sql(row: tuple[object, ...]) -> str:
    values = (f"{datetime.now(UTC) - each:%Y-%m-%d %H:%M:%S}" if isinstance(each, timedelta) else each for each in row)
    return f"({', '.join('NULL' if value is None else repr(value) for value in values)})"


@contextmanager
def on_sqlite(url: str) -> Iterator[dict[str, str]]:
    yield {"SHOP": str(sa.make_url(url).database)}


@contextmanager
def on_postgresql(url: str) -> Iterator[dict[str, str]]:
    at = sa.make_url(url)
    place = {"PGHOST": str(at.host), "PGPORT": str(at.port), "PGDATABASE": str(at.database)}
    yield place | {"PGUSER": str(at.username), "PGPASSWORD": PASSWORD}
    for user in MADE:
        write(url, f"DO $$ BEGIN IF to_regrole('{user}') IS NOT NULL THEN DROP OWNED BY {user}; END IF; END $$")
        write(url, f"DROP ROLE IF EXISTS {user}")


@contextmanager
def on_mariadb(url: str) -> Iterator[dict[str, str]]:
    at = sa.make_url(url)
    admin, password = f"admin_of_{at.database}", PASSWORD.replace("'", "''")
    write(url, f"CREATE USER {admin} IDENTIFIED BY '{password}'", f"GRANT ALL ON *.* TO {admin} WITH GRANT OPTION")
    place = {"MYSQL_HOST": str(at.host), "MYSQL_TCP_PORT": str(at.port), "SHOP": str(at.database)}
    yield place | {"ADMIN": admin, "MYSQL_PWD": PASSWORD}
    write(url, *(f"DROP USER IF EXISTS {user}" for user in (admin, *MADE)))


def surroundings(engine: str, home: Path) -> dict[str, str]:
    """What a new user's shell knows: where the programs are, and nothing of any database."""
    folders = [str(Path(sys.executable).parent), *os.get_exec_path()]
    if engine in CLIENT:
        folders.append(str(Path(program(CLIENT[engine])).parent))
    return {"PATH": os.pathsep.join(folders), "HOME": str(home), "LANG": "C.UTF-8", "TZ": os.environ["TZ"]}


@pytest.fixture(scope="module")
def text() -> str:
    return section(README.read_text())


@pytest.fixture(scope="module")
def blocks(text: str) -> list[Block]:
    return blocks_of(text)


def test_the_tutorial_word_for_word(shop: Shop, blocks: list[Block], tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    steps = steps_for(shop.engine, blocks)
    mine = [changed(step, shop.values) if isinstance(step, Command) else step for step in steps]
    assert sum(before != after for before, after in zip(steps, mine, strict=True)) == 1

    done = carry_out(mine, folder, surroundings(shop.engine, tmp_path))
    assert [(each.command.text, each.shown) for each in done if each.code != 0 or "ERROR" in each.shown] == []
    assert "\n".join(filter(None, map(differs, done))) == ""

    left = [order[:3] for order in ORDERS if order[-1] == STAYS]
    assert shop.rows("SELECT id, customer_id, status FROM orders ORDER BY id") == left
    assert shop.rows("SELECT id FROM orders WHERE customer_id = 42 ORDER BY id") == [(4716,), (4717,)]
    assert shop.rows("SELECT id, name, email FROM customers ORDER BY id") == list(CUSTOMERS)
    assert [path for path in folder.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()] == []


def test_nothing_of_the_tutorial_is_overlooked(text: str, blocks: list[Block]) -> None:
    assert text.count("```") == 2 * len(blocks)
    assert {block.kind for block in blocks} == {"console", "yaml"}
    commands = [step for block in blocks for step in block.steps if isinstance(step, Command)]
    assert [f"$ {command.text}" for command in commands] == [s for s in text.splitlines() if s.startswith("$ ")]
    assert [command.text.endswith(CHANGE) for command in commands].count(True) == len(ENGINES)
    assert all(block.engines <= set(ENGINES.values()) for block in blocks)
    assert {engine for block in blocks for engine in block.engines} == set(ENGINES.values())


@pytest.mark.parametrize(
    ("expected", "alike"),
    [
        ((), True),
        (("done  2", "head ab12"), True),
        (("done 2", "head …"), True),
        (("…", "head …"), True),
        (("…",), True),
        (("done 3", "…"), False),
        (("done 2",), False),
        (("head ab12", "done 2"), False),
        (("…", "head ab1"), False),
    ],
)
def test_what_is_printed_is_compared(expected: tuple[str, ...], alike: bool) -> None:
    words = differs(Done(Command("look", expected), "\ndone     2  \nhead ab12\n", 0))
    assert (words == "") is alike
