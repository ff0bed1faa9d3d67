"""Makes the tables of a schema in a fresh database, and fills them."""

from __future__ import annotations

import re
import subprocess
from importlib import import_module
from pathlib import Path

import sqlalchemy as sa

from databases import Server
from fetch import schema

ENGINES = {"mediawiki": "mariadb", "synapse": "postgresql", "rt": "sqlite"}
#: What the databases are called in the inventories.
DATABASES = {"mediawiki": "wiki", "synapse": "synapse", "rt": "rt"}
#: The zones in which the periods are counted.
ZONES = {"mediawiki": "UTC", "synapse": "Europe/Berlin", "rt": "America/New_York"}


def load(name: str, servers: dict[str, Server]) -> str:
    """Make and fill a database, and return its URL."""
    url = servers[ENGINES[name]].fresh_database(DATABASES[name])
    _make(name, url)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        import_module(f"{name}.fill").fill(connection)
    return url


def _make(name: str, url: str) -> None:
    script, to = schema(name), sa.make_url(url)
    where = [f"-h{to.host}", f"-p{to.port}", f"-U{to.username}", "-d", str(to.database)]
    match ENGINES[name]:
        case "mariadb":
            # As MediaWiki's installer fills these two in: no prefix, and bytes for all texts.
            script = script.replace("/*_*/", "").replace(
                "/*$wgDBTableOptions*/", "ENGINE=InnoDB, DEFAULT CHARSET=binary"
            )
            where = [f"-h{to.host}", f"-P{to.port}", f"-u{to.username}", str(to.database)]
            _run(["mariadb", "--no-defaults", "--default-character-set=utf8mb4", *where], script)
        case "postgresql":
            _run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *where], script)
        case _:
            # RT takes the comments that begin with # out by itself.
            with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
                raw = connection.connection.driver_connection
                assert raw is not None
                raw.executescript(re.sub(r"#.*", "", script))


def _run(command: list[str], script: str) -> None:
    subprocess.run(command, input=script.encode(), check=True, stdout=subprocess.DEVNULL)


HERE = Path(__file__).parent
