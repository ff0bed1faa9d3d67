"""A server with a replica that follows it, both for one test alone: PostgreSQL takes a second, MariaDB three."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import sqlalchemy as sa

import servers
from databases import Server

Start = Callable[[servers.Recipe], Popen[bytes]]


@dataclass(frozen=True)
class Pair:
    """Two servers; a database that is made on the first one is on the second as well."""

    primary: Server
    replica: Server
    end_replica: Callable[[], None]

    def on_replica(self, url: str) -> str:
        """The URL of a database of the first server, on the second one."""
        port = sa.make_url(self.replica.url).port
        return sa.make_url(url).set(port=port).render_as_string(hide_password=False)

    @contextmanager
    def asked(self, server: Server) -> Iterator[sa.Connection]:
        """A connection to one of the servers, each statement for itself."""
        engine = sa.create_engine(server.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection


@contextmanager
def pair(dialect: str) -> Iterator[Pair]:
    """Both servers, in folders that go at the end."""
    with ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="wesretain-replica-", dir=servers.scratch()))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        places = [folder / "primary", folder / "replica"]
        owner = servers.unprivileged()
        for place in (folder, *places):
            place.mkdir(exist_ok=True)
            if owner:
                os.chown(place, owner["user"], owner["group"])

        def start(recipe: servers.Recipe, *more: str) -> Popen[bytes]:
            log = folder / "server.log"
            process = servers.launch([*recipe.serve, *more], log)
            cleanup.callback(process.wait)
            cleanup.callback(process.send_signal, recipe.stop)
            if not servers.wait_until_it_answers(recipe.url, process):
                servers.fail(dialect, log)
            return process

        make = servers.postgresql if dialect == "postgresql" else servers.mariadb
        first, second = (make(place, port) for place, port in zip(places, servers.free_ports(2), strict=True))
        follow = _postgresql if dialect == "postgresql" else _mariadb
        process = follow(first, second, folder / "server.log", start)

        def end() -> None:
            process.send_signal(second.stop)
            process.wait()

        yield Pair(Server(dialect, first.url), Server(dialect, second.url), end)


def _postgresql(first: servers.Recipe, second: servers.Recipe, log: Path, start: Any) -> Popen[bytes]:
    _run([first.install], log)
    start(first)
    port = sa.make_url(first.url).port
    data = second.serve[second.serve.index("-D") + 1]
    source = ("-h", "127.0.0.1", "-p", str(port), "-U", "postgres")
    _run([[servers.program("pg_basebackup"), "-D", data, "-R", *source, "--checkpoint=fast", "--no-sync"]], log)
    return start(second)


def _mariadb(first: servers.Recipe, second: servers.Recipe, log: Path, start: Any) -> Popen[bytes]:
    _run([first.install, second.install], log)
    start(first, "--server-id=1", "--log-bin=binary", "--binlog-format=ROW")
    process = start(second, "--server-id=2", "--read-only=1", "--slave-net-timeout=10")
    port = sa.make_url(first.url).port
    engine = sa.create_engine(second.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            f"CHANGE MASTER TO master_host = '127.0.0.1', master_port = {port}, master_user = 'root',"
            " master_connect_retry = 1, master_use_gtid = slave_pos"
        )
        connection.exec_driver_sql("START REPLICA")
    return process


def _run(commands: list[list[str]], log: Path) -> None:
    codes = [process.wait() for process in [servers.launch(command, log) for command in commands]]
    if any(codes):
        servers.fail("second", log)
