"""What the tests of discovery may ask for: an empty house."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.houses import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
