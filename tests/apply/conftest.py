"""The shop on each engine, empty, and the shop with its old orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from apply.company import Company, orders


@pytest.fixture
def shop(engine_url: str, tmp_path: Path) -> Company:
    """The shop without tables and files; a test builds it with its own rules."""
    return Company(tmp_path, engine_url)


@pytest.fixture
def full_shop(shop: Company) -> Company:
    """Forty orders of twenty customers; the last order is recent."""
    return shop.build(orders(40))
