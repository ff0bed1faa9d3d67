"""What the tests of the commands may ask for: an empty house, and one with a shop in it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.granted import RULES, TABLES, Shop, a_shop, statements, with_user
from cli.houses import House
from cli.shop import furnish
from databases import Server
from engines.live import write


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def shop(house: House, engine_url: str) -> House:
    """The shop, once on each engine."""
    return furnish(house, engine_url)


@pytest.fixture
def one_shop(house: House, sqlite: Server) -> House:
    """The shop on SQLite alone, for what no engine can make different."""
    return furnish(house, sqlite.fresh_database("shop"))


@pytest.fixture(params=["postgresql", "mariadb"])
def granted(request: pytest.FixtureRequest, house: House) -> Iterator[Shop]:
    server: Server = request.getfixturevalue(request.param)
    admin = server.fresh_database("shop")
    a_shop(admin)
    names = {role: f"{role}_{uuid.uuid4().hex[:8]}" for role in ("scan", "apply")}
    host = "@'%%'" if server.dialect == "mariadb" else ""
    urls = {role: with_user(admin, name) for role, name in names.items()}
    connections = json.dumps({f"{role}_url": url for role, url in urls.items()})
    house.furnish(RULES, TABLES, shop=connections)
    try:
        for name in names.values():
            server._execute(f"CREATE USER {name}{host}")
        answer = house.call("prepare", "shop", "--url", admin)
        assert answer.code == 0, answer.err
        write(admin, *statements(answer.out))
        yield Shop(house, admin, urls["scan"], urls["apply"])
    finally:
        for name in names.values():
            if server.dialect == "postgresql":
                write(admin, f"DROP OWNED BY {name}")
            server._execute(f"DROP USER {name}{host}")
