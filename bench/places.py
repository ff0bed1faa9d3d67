"""Where the tables are: servers that keep what they have committed, and a fresh copy of the same data for every run."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy as sa

import settings
from schema import Case, ddl, fill

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import servers

#: What makes the tests' servers fast and forgetful.
_FORGETFUL = (
    *("--fsync=", "--full_page_writes=", "--synchronous_commit=", "--sync-frm="),
    *("--innodb-flush-method=", "--innodb-flush-log-at-trx-commit="),
)
_LARGER = {
    "postgresql": ["--shared_buffers=1GB", "--max_wal_size=4GB", "--checkpoint_timeout=15min"],
    "mariadb": ["--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G"],
}


#: Counts and checksums of what is in a case's tables.
Left: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Place:
    """A database: its URL for wesretain, and what a program by hand is told of it."""

    url: str
    by_hand: str


@dataclass(frozen=True)
class Server:
    """An engine: where its databases are made. SQLite's are files of `folder`."""

    dialect: str
    folder: Path
    url: str

    def execute(self, database: str, *statements: str) -> None:
        """Carry out some statements, each on its own."""
        engine = sa.create_engine(self.place(database).url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            cursor = connection.connection.cursor()  # which takes a percent sign for one
            for statement in statements:
                cursor.execute(statement)

    def place(self, database: str) -> Place:
        """A database by its name."""
        if self.dialect == "sqlite":
            path = self.folder / database
            return Place(f"sqlite:///{path}", str(path))
        url = sa.make_url(self.url).set(database=database, query={})
        if self.dialect == "postgresql":
            return Place(str(url), f"host={url.host} port={url.port} user={url.username} dbname={database}")
        return Place(str(url), f"{url.username} {url.host} {url.port} {database}")

    def query(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        engine = sa.create_engine(self.place(database).url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query.replace("%", self._percent))]

    @property
    def _percent(self) -> str:
        return "%" if self.dialect == "sqlite" else "%%"

    @property
    def version(self) -> str:
        """The engine with its version, in two words."""
        if self.dialect == "sqlite":
            return f"SQLite {sqlite3.sqlite_version}"
        name = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}[self.dialect]
        ((version,),) = self.query(sa.make_url(self.url).database or "", "SELECT version()")
        return f"{name} {str(version).removeprefix('PostgreSQL ').replace('-', ' ').split()[0]}"

    # -- what goes, and what is left ----------------------------------------------------------------------------

    def due(self, database: str, case: Case, spared: str) -> int:
        """How many records are due of a table that nobody has touched; `spared` are those on which there is a hold."""
        return int(self.query(database, f"SELECT count(*) FROM {case.table} WHERE {_gone(case.due, spared)}")[0][0])

    def expected(self, database: str, case: Case, spared: str) -> Left:
        """What a right purge leaves of tables that nobody has touched: all but the due ones, and what hangs on them."""
        if case.redacted:
            whole, blank = (self._tally(database, relation, tally) for relation, tally, _ in case.checks)
            due = self._tally(database, f"{case.table} WHERE {_gone(case.due, spared)}", case.checks[0][1])
            return (whole, (blank[0] + due[0], blank[1] + due[1]))
        found = []
        for relation, tally, due in case.checks:
            whole = self._tally(database, relation, tally)
            gone = self._tally(database, f"{relation} WHERE {_gone(due, spared)}", tally)
            found.append((whole[0] - gone[0], whole[1] - gone[1]))
        return tuple(found)

    def left(self, database: str, case: Case) -> Left:
        """What there is in a case's tables: of each a count and a checksum."""
        return tuple(self._tally(database, relation, tally) for relation, tally, _ in case.checks)

    def _tally(self, database: str, relation: str, tally: str) -> tuple[int, int]:
        ((count, total),) = self.query(database, f"SELECT {tally} FROM {relation}")
        return int(count), int(total)

    # -- making databases ---------------------------------------------------------------------------------------

    def make(self, database: str, case: Case, rows: int) -> None:
        """Create a database and fill it."""
        self.create(database)
        after = {"postgresql": ["VACUUM ANALYZE"], "sqlite": ["ANALYZE", "PRAGMA journal_mode = WAL"]}
        statistics = after.get(self.dialect, [f"ANALYZE TABLE {', '.join(_all(case))}"])
        self.execute(database, *ddl(case, self.dialect), *fill(case, self.dialect, rows), *case.indexes, *statistics)

    def create(self, database: str) -> None:
        """Create an empty database."""
        match self.dialect:
            case "postgresql":
                self.execute("postgres", f"CREATE DATABASE {database}")
            case "mariadb":
                self.execute("mysql", f"CREATE DATABASE {database}")
            case _:
                sqlite3.connect(self.folder / database).close()

    def copy(self, source: str, database: str, case: Case) -> None:
        """A fresh copy of a database, all of it on the disk and in memory."""
        match self.dialect:
            case "postgresql":
                self.execute("postgres", f"CREATE DATABASE {database} TEMPLATE {source} STRATEGY FILE_COPY")
            case "mariadb":
                self.create(database)
                rows = [f"INSERT INTO {table} SELECT * FROM {source}.{table}" for table in _all(case)]
                tables = (*ddl(case, self.dialect), *case.indexes)
                self.execute(database, *tables, *rows, f"ANALYZE TABLE {', '.join(_all(case))}")
            case _:
                with sqlite3.connect(self.folder / source) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.close()
                shutil.copyfile(self.folder / source, self.folder / database)

    def settle(self, database: str, case: Case) -> None:
        """Let what is still to be written be written, and read the tables once."""
        self.left(database, case)
        match self.dialect:
            case "postgresql":
                self.execute("postgres", "CHECKPOINT")
            case "mariadb":
                self.execute("mysql", f"FLUSH TABLES {', '.join(f'{database}.{t}' for t in _all(case))}")
            case _:
                pass
        os.sync()

    def drop(self, database: str) -> None:
        """Remove a database."""
        match self.dialect:
            case "postgresql":
                self.execute("postgres", f"DROP DATABASE {database} WITH (FORCE)")
            case "mariadb":
                self.execute("mysql", f"DROP DATABASE {database}", "DROP DATABASE IF EXISTS wesretain")
            case _:
                for end in ("", "-wal", "-shm"):
                    (self.folder / f"{database}{end}").unlink(missing_ok=True)


def _all(case: Case) -> tuple[str, ...]:
    return ("customers", *case.tables)


def _gone(due: str, spared: str) -> str:
    return f"{due} AND NOT ({spared})" if spared else due


@contextmanager
def started(dialect: str) -> Iterator[Server]:
    """A server of an engine, in a folder of its own that goes at the end."""
    with contextlib.ExitStack() as cleanup:
        folder = Path(tempfile.mkdtemp(prefix="wesretain-bench-", dir=settings.FOLDER))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        if dialect == "sqlite":
            yield Server(dialect, folder, "")
            return
        if owner := servers.unprivileged():
            os.chown(folder, owner["user"], owner["group"])
        (port,) = servers.free_ports(1)
        recipe = servers.postgresql(folder, port) if dialect == "postgresql" else servers.mariadb(folder, port)
        log = folder / "server.log"
        if servers.launch(recipe.install, log).wait() != 0:
            servers.fail(dialect, log)
        serve = [word for word in recipe.serve if not word.startswith(_FORGETFUL)]
        process = servers.launch([*serve, *_LARGER[dialect]], log)
        cleanup.callback(process.wait)
        cleanup.callback(process.send_signal, recipe.stop)
        if not servers.wait_until_it_answers(recipe.url, process):
            servers.fail(dialect, log)
        yield Server(dialect, folder, recipe.url)
