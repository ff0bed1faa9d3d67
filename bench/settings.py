"""What is measured, and how large: from the environment, so that a row can be tried in seconds."""

from __future__ import annotations

import os
from pathlib import Path

from schema import CASES


def _words(name: str, default: str) -> list[str]:
    return os.environ.get(name, default).split()


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


#: Records in each ruled table, and how often each side runs.
ROWS, PAIRS = _number("ROWS", 500_000), _number("PAIRS", 5)
#: Those sizes between which the cost of a record must not grow.
SIZES = [int(size) for size in _words("SIZES", "500000 2000000 10000000")]
#: Records of the tables of rivals that take minutes for each hundred thousand.
SLOW_ROWS = _number("SLOW_ROWS", 20_000)
#: Records of the table beside which others work: more than apply deals with there in `SECONDS`.
BACKLOG_ROWS = {
    "postgresql": _number("BACKLOG_ROWS", 6_000_000),
    **dict.fromkeys(("mariadb", "sqlite"), _number("BACKLOG_ROWS", 1_000_000)),
}
#: People on whom there is a hold.
HELD = _number("HELD", 1_000)
#: Databases of one family: files of SQLite, and databases of one PostgreSQL server.
FILES, TENANTS = _number("FILES", 2_000), _number("TENANTS", 200)
#: Tables of the databases that are discovered.
TABLES = _number("TABLES", 500)
#: For so many seconds others work beside apply.
SECONDS = _number("SECONDS", 60)
ENGINES = _words("ENGINES", "postgresql mariadb sqlite")
#: The cases of the rows that have several, and the rows themselves; all where none are named.
NAMES = _words("CASES", " ".join(CASES))
ONLY = _words("ONLY", "")
#: Where the tables are, and where results and report go.
FOLDER = Path(os.environ.get("BENCH_FOLDER", "/var/tmp"))
RESULTS = Path(os.environ.get("RESULTS", Path(__file__).parent))
