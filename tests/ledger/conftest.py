"""An empty ledger, for every test of this folder: in a file, on a server, or once in each."""

from __future__ import annotations

from pathlib import Path

import pytest

from databases import Server
from ledger.shelf import NOW, Place, on_server
from wesretain.ledger import create
from wesretain.model.config import LedgerServer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "ledger", NOW)
    return tmp_path / "ledger"


@pytest.fixture
def server(postgresql: Server) -> LedgerServer:
    place = on_server(postgresql.fresh_database("ledger"))
    create(place, NOW)
    return place


@pytest.fixture(params=["path", "server"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found
