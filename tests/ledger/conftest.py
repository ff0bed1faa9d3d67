"""An empty ledger, for every test of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.shelf import NOW
from wesretain.ledger import create


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create(tmp_path / "ledger", NOW)
    return tmp_path / "ledger"
