"""What the tests of hostile input share: an empty house."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.houses import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)
