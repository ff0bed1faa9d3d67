"""Servers for the wild cases: those of the other tests."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

_spec = spec_from_file_location("conftest_of_tests", HERE.parent / "tests" / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_shared = module_from_spec(_spec)
_spec.loader.exec_module(_shared)

pytest_configure = _shared.pytest_configure
pytest_configure_node = _shared.pytest_configure_node
server_urls = _shared.server_urls
postgresql = _shared.postgresql
mariadb = _shared.mariadb
