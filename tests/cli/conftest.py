"""What the tests of the commands may ask for: an empty house, and one with a shop in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.houses import House
from cli.shop import furnish
from databases import Server


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
