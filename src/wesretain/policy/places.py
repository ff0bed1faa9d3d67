"""Where configured databases are, as far as their URLs say: two names of one place would hide each other's holds."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote, urlsplit

from wesretain.errors import InvalidInput
from wesretain.model.config import DatabaseConfig, Family, FilesLike, NamesLike, Source
from wesretain.policy.secrets import resolve

_FAMILIES = {"postgres": "postgresql", "mysql": "mariadb"}
_PORTS = {"postgresql": 5432, "mariadb": 3306}
_HERE = ("", "localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Place:
    """A database on its server, or a file. `host` is empty for this machine."""

    engine: str
    host: str
    port: int
    name: str

    def may_be_beside(self, name: str) -> bool:
        """Whether a MariaDB database of that name may be this one: servers have many names, so hosts say nothing."""
        return self.engine == "mariadb" and self.name.casefold() == name.casefold()


_NOWHERE = Place("", "", 0, "")


def places_of(database: DatabaseConfig) -> frozenset[Place]:
    """Where the URLs of a database lead, as far as they are known here."""
    return frozenset(place for place in _places(database) if place is not None)


def server_of(database: DatabaseConfig) -> Place | None:
    """The server that a database is scanned on, as far as it is known here; None for a file."""
    place = _place(database.scan_url, database.database)
    return None if place is not None and place.engine == "sqlite" else replace(place or _NOWHERE, name="")


def fitting(pattern: str) -> re.Pattern[str]:
    """What `*` and `?` stand for, in one part of a path or in a name; case counts."""
    signs = {"*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(signs.get(each) or re.escape(each) for each in pattern), re.DOTALL)


def would_find(family: Family, place: Place) -> bool:
    """Whether a family would find a database among its members, as far as its server is known here."""
    match family.discover:
        case FilesLike(pattern):
            return place.engine == "sqlite" and fitting(pattern).fullmatch(place.name) is not None
        case NamesLike(pattern):
            server = server_of(family.common)
            return replace(place, name="") == server and fitting(pattern).fullmatch(place.name) is not None


def all_known(database: DatabaseConfig) -> bool:
    """Whether all URLs of a database are known here, and can be read."""
    return None not in _places(database)


def _places(database: DatabaseConfig) -> list[Place | None]:
    sources = (database.scan_url, database.apply_url)
    return [_place(source, database.database) for source in sources if source is not None]


def _place(source: Source, database: str | None) -> Place | None:
    try:
        return _read(resolve(source), database)
    except (InvalidInput, ValueError):
        return None


def _read(url: str, database: str | None) -> Place:
    engine = re.split(r"[+:]", url, maxsplit=1)[0].lower()
    if engine == "sqlite":
        path = database or url.partition(":///")[2].partition("?")[0]
        return Place(engine, "", 0, os.path.realpath(path))
    engine = _FAMILIES.get(engine, engine)
    # As SQLAlchemy reads it: the password ends at the last @, and may hold slashes before it.
    user, _, rest = url.partition("://")[2].rpartition("@")
    parts = urlsplit(f"//{rest}")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = unquote(parts.hostname or query.get("host", "")).lower()
    host = "" if host in _HERE or host.startswith("/") else host
    port = parts.port or int(query.get("port", _PORTS.get(engine, 0)))
    name = database or parts.path[1:] or query.get("dbname", "") or unquote(user.partition(":")[0])
    return Place(engine, host, port, name)
