"""Empty databases on demand, on any of the three engines, and their removal when a test is over."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

DROP = {
    "postgresql": "DROP DATABASE {} WITH (FORCE)",
    # A test that leaves a transaction open blocks this: then it fails soon, instead of a day later.
    "mariadb": "SET STATEMENT lock_wait_timeout = 20, foreign_key_checks = 0 FOR DROP DATABASE {}",
}


@dataclass(frozen=True)
class Server:
    """A place for databases: a server, or for SQLite a folder that pytest removes."""

    dialect: str
    url: str
    made: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    def fresh_database(self, name: str) -> str:
        """Make an empty database, called NAME and a unique ending (tests run side by side), and return its URL."""
        url = sa.make_url(self.url)
        name = f"{name}_{uuid.uuid4().hex[:8]}"
        if self.dialect == "sqlite":
            name = f"{url.database}/{name}.sqlite"
            Path(name).touch()
        else:
            self._execute(f"CREATE DATABASE {name}")
            self.made.append(name)
        return url.set(database=name).render_as_string(hide_password=False)

    def drop_databases(self) -> None:
        """Drop every database that was made here."""
        while self.made:
            self._execute(DROP[self.dialect].format(self.made.pop()))

    def _execute(self, statement: str) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
