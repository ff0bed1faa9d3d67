"""The engines' own shells: a script carried out by one of them, and how long the engine worked on it by its clock."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass

from places import Server

#: The engine's clock, in seconds; marked, since other statements print as well.
_NOW = {
    "postgresql": "SELECT 'now ' || extract(epoch FROM clock_timestamp());",
    "mariadb": "SELECT CONCAT('now ', UNIX_TIMESTAMP(NOW(6)));",
    "sqlite": "SELECT printf('now %.3f', (julianday('now') - 2440587.5) * 86400);",
}
#: What wesretain sets as well.
_SETTINGS = {
    "postgresql": "SET jit = off;",
    "mariadb": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;",
    "sqlite": "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768;",
}


@dataclass(frozen=True)
class Took:
    """Seconds that a side took: from its first statement to its last, and as a whole command."""

    work: float
    whole: float


def carry_out(server: Server, database: str, setup: str, script: str) -> Took:
    """Let the engine's shell carry out a script, and before the time counts what sets it up."""
    now = _NOW[server.dialect]
    statements = "\n".join([_SETTINGS[server.dialect], setup, now, script, now])
    start = time.monotonic()
    done = subprocess.run(
        _shell(server.dialect, server.place(database).by_hand),
        input=statements,
        capture_output=True,
        text=True,
        cwd=server.folder,
        check=False,
    )
    whole = time.monotonic() - start
    if done.returncode:
        sys.exit(f"the shell of {server.dialect} ended with {done.returncode}: {done.stderr}")
    first, last = (float(line.removeprefix("now ")) for line in done.stdout.splitlines() if line.startswith("now "))
    return Took(last - first, whole)


def _shell(dialect: str, place: str) -> list[str]:
    """The shell, which reads statements and prints bare answers."""
    match dialect:
        case "postgresql":
            return ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", place]
        case "mariadb":
            user, host, port, name = place.split()
            return ["mariadb", "-N", "-B", "-u", user, "-h", host, "-P", port, name]
        case _:
            return ["sqlite3", "-bail", place]
