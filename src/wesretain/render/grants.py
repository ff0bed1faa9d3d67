"""Rights as the statements that grant them, ready to be pasted, for two users: one that scans, one that applies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wesretain.model.schema import Table
from wesretain.standing.rights import Rights

#: The schema (PostgreSQL) or database (MariaDB) of wesretain's own tables.
_OWN = "wesretain"
SCAN, APPLY = "wesretain_scan", "wesretain_apply"


@dataclass(frozen=True, slots=True)
class Place:
    """The database that the rights are on: its own name, its default schema, and how it writes a name safely."""

    database: str
    schema: str | None
    quote: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Users:
    """The names of the two users."""

    scan: str
    apply: str


def as_postgresql(rights: Rights, place: Place, users: Users) -> Iterator[str]:
    """The statements for PostgreSQL."""
    quote = place.quote
    schemas = [quote(schema or place.schema or "public") for schema in rights.schemas]
    for user in (users.scan, users.apply):
        name = quote(user)
        yield f"-- {_purpose(user, users)}; create it first: CREATE ROLE {name} LOGIN PASSWORD '...';"
        yield f"GRANT CONNECT ON DATABASE {quote(place.database)} TO {name};"
        yield f"GRANT USAGE ON SCHEMA {', '.join([*schemas, quote(_OWN)])} TO {name};"
        yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {', '.join(schemas)} TO {name};"
        yield from _own(users, user, name, quote)
        if user == users.apply:
            yield from _changes(
                rights, lambda table: f"{quote(table.schema or place.schema or 'public')}.", name, quote
            )


def as_mariadb(rights: Rights, place: Place, users: Users) -> Iterator[str]:
    """The statements for MariaDB."""
    quote = place.quote
    for user in (users.scan, users.apply):
        name = f"{_text(user)}@'%'"
        yield f"-- {_purpose(user, users)}; create it first: CREATE USER {name} IDENTIFIED BY '...';"
        # All of the database: MariaDB hides the foreign keys of tables on which a user has no right.
        for schema in rights.schemas:
            yield f"GRANT SELECT ON {quote(_as_pattern(schema or place.database))}.* TO {name};"
        yield from _own(users, user, name, quote)
        if user == users.apply:
            yield from _changes(rights, lambda table: f"{quote(table.schema or place.database)}.", name, quote)


def as_sqlite() -> Iterator[str]:
    """What takes the place of rights in SQLite, which knows none."""
    yield "-- SQLite has no users: the file's permissions decide."
    yield "-- Scan needs to read the file (and, in WAL mode, to write to its folder);"
    yield "-- apply needs to write to the file and to its folder."


def _purpose(user: str, users: Users) -> str:
    return "the user who scans" if user == users.scan else "the user who applies"


def _own(users: Users, user: str, name: str, quote: Callable[[str], str]) -> Iterator[str]:
    """The rights on wesretain's own tables: evidence is only ever added, and the one row of control changed."""
    applies = user == users.apply
    yield f"GRANT SELECT{', INSERT' if applies else ''} ON {quote(_OWN)}.{quote('evidence')} TO {name};"
    yield f"GRANT SELECT{', UPDATE' if applies else ''} ON {quote(_OWN)}.{quote('control')} TO {name};"


def _changes(rights: Rights, before: Callable[[Table], str], name: str, quote: Callable[[str], str]) -> Iterator[str]:
    for table in rights.deletes:
        yield f"GRANT DELETE ON {before(table)}{quote(table.name)} TO {name};"
    for table, columns in rights.updates:
        changed = ", ".join(map(quote, columns))
        yield f"GRANT UPDATE ({changed}) ON {before(table)}{quote(table.name)} TO {name};"


def _as_pattern(database: str) -> str:
    """The name of a database as it stands before `.*`, where it is a pattern."""
    return database.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")


def _text(user: str) -> str:
    """A name as MariaDB writes texts."""
    escaped = user.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
