"""Loads the sample databases into fresh ones."""

from __future__ import annotations

import gzip
import re
import subprocess
from pathlib import Path

import sqlalchemy as sa

from databases import Server

DATA = Path(__file__).parent / "data"
#: Statements that choose a database; ours is chosen by the connection.
_CHOOSES = re.compile(r"^(DROP (SCHEMA|DATABASE) |CREATE (SCHEMA|DATABASE) |USE |\\c ).*$", re.MULTILINE)


def load(data: str, servers: dict[str, Server]) -> str:
    """Load a sample database and return its URL."""
    match data:
        case "chinook":
            url = servers["sqlite"].fresh_database(data)
            Path(str(sa.make_url(url).database)).write_bytes(_read("Chinook_Sqlite.sqlite.gz"))
            return url
        case "chinook_pg":
            return run_script(servers["postgresql"].fresh_database(data), _script("Chinook_PostgreSql.sql.gz"))
        case "sakila":
            script = _script("sakila_schema.sql.gz", "sakila_data.sql.gz").replace("sakila.", "")
            return run_script(servers["mariadb"].fresh_database(data), script)
        case _:
            return run_script(servers["mariadb"].fresh_database(data), _script("wordpress.mysql.sql.gz"))


def _read(name: str) -> bytes:
    return gzip.decompress((DATA / name).read_bytes())


def _script(*names: str) -> str:
    return _CHOOSES.sub("", "\n".join(_read(name).decode() for name in names))


def run_script(url: str, script: str) -> str:
    """Run a script in a database by the server's own client, and return the URL."""
    to = sa.make_url(url)
    where = [f"-h{to.host}", f"-p{to.port}", f"-U{to.username}", "-d", str(to.database)]
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *where]
    if to.get_backend_name() == "mariadb":
        where = [f"-h{to.host}", f"-P{to.port}", f"-u{to.username}", str(to.database)]
        command = ["mariadb", "--no-defaults", "--default-character-set=utf8mb4", *where]
        script = f"SET time_zone = '+00:00';\n{script}"
    subprocess.run(command, input=script.encode(), check=True, stdout=subprocess.DEVNULL)
    return url
