"""Servers for the wild cases: those of the other tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest import pytest_configure, pytest_configure_node, server_urls  # noqa: E402

__all__ = ["pytest_configure", "pytest_configure_node", "server_urls"]
