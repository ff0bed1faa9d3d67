"""Throw-away PostgreSQL and MariaDB servers for one test run: start both, say where they are, stop when told.

A program of its own, started by `conftest.py`: the servers stop when its standard input closes, which also happens
when the tests are killed. Both keep a default time zone far from UTC, because nothing may depend on it.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa

PATIENCE = 60
"""Seconds within which a server must answer, on the slowest of machines."""

ROOM = 4 * 2**30
"""Bytes that must be free in memory for the servers to live there: many times what they need."""

WITHOUT_TLS = "&ssl_disabled=true"
"""Keeps the driver of MariaDB from loading all of the machine's certificates, which takes longer than many a test."""


@dataclass(frozen=True)
class Recipe:
    """How one server is made, run and stopped, and where it then is."""

    dialect: str
    install: list[str]
    serve: list[str]
    stop: signal.Signals
    url: str


def postgresql(folder: Path, port: int) -> Recipe:
    data = f"{folder}/postgresql"
    return Recipe(
        dialect="postgresql",
        install=[
            program("initdb"),
            f"--pgdata={data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        serve=[
            program("postgres"),
            "-D",
            data,
            f"--port={port}",
            "--listen_addresses=127.0.0.1",
            f"--unix_socket_directories={folder}",
            "--timezone=America/New_York",
            "--fsync=off",
            "--full_page_writes=off",
            "--synchronous_commit=off",
            "--max_wal_size=128MB",
        ],
        stop=signal.SIGQUIT,  # at once, yet leaving no child and no shared memory behind
        url=f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres",
    )


def mariadb(folder: Path, port: int) -> Recipe:
    """With a folder of its own for temporary tables: it removes all that it finds there when it starts."""
    data, temporary = f"{folder}/mariadb", f"--tmpdir={folder}"
    return Recipe(
        dialect="mariadb",
        install=[
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={data}",
            temporary,
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
            "--skip-name-resolve",
        ],
        serve=[
            program("mariadbd"),
            "--no-defaults",
            f"--datadir={data}",
            temporary,
            f"--socket={folder}/mariadb.sock",
            "--bind-address=127.0.0.1",
            f"--port={port}",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_general_ci",  # as Debian sets them
            "--default-time-zone=-05:00",
            "--innodb-flush-method=nosync",
            "--innodb-flush-log-at-trx-commit=0",
            "--sync-frm=0",
        ],
        stop=signal.SIGKILL,
        url=f"mariadb+pymysql://root@127.0.0.1:{port}/mysql?charset=utf8mb4{WITHOUT_TLS}",
    )


def program(name: str) -> str:
    """The newest program of that name, also where Debian keeps it off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin: float(bin.parent.name), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, versions), *os.get_exec_path(), "/usr/sbin"]))
    if found is None:
        sys.exit(f"the tests need the program {name}, which is not installed; run scripts/test-services.sh")
    return found


def unprivileged() -> dict[str, Any]:
    """Whom the servers run as: neither will run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def launch(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **unprivileged()
        )


def fail(dialect: str, log: Path) -> NoReturn:
    last_words = "\n".join(log.read_text().splitlines()[-10:])
    sys.exit(f"the {dialect} server for the tests did not start; its last words:\n{last_words}")


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            engine.connect().close()
        except sa.exc.OperationalError:
            time.sleep(0.02)
        else:
            return True
    return False


def scratch() -> str:
    """Where the servers live; a socket's path must be short.

    In memory where there is room: a new database of PostgreSQL is hundreds of files, and where other tests write to
    the same disk and wait for it, making these takes many times as long as most tests.
    """
    memory = Path("/dev/shm")
    with contextlib.suppress(OSError):
        if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ROOM:
            return str(memory)
    return "/tmp"


def main() -> None:
    with contextlib.ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="wesretain-tests-", dir=scratch()))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        if owner := unprivileged():
            os.chown(folder, owner["user"], owner["group"])

        ports = free_ports(2)
        recipes = [postgresql(folder, ports[0]), mariadb(folder, ports[1])]
        logs = {recipe.dialect: folder / f"{recipe.dialect}.log" for recipe in recipes}

        installing = [launch(recipe.install, logs[recipe.dialect]) for recipe in recipes]
        for recipe, process in zip(recipes, installing, strict=True):
            if process.wait() != 0:
                fail(recipe.dialect, logs[recipe.dialect])

        serving = []
        for recipe in recipes:
            process = launch(recipe.serve, logs[recipe.dialect])
            serving.append(process)
            cleanup.callback(process.wait)
            cleanup.callback(process.send_signal, recipe.stop)
        for recipe, process in zip(recipes, serving, strict=True):
            if not wait_until_it_answers(recipe.url, process):
                fail(recipe.dialect, logs[recipe.dialect])

        sys.stdout.write(json.dumps({recipe.dialect: recipe.url for recipe in recipes}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
