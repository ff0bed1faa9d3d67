"""A ledger in a schema on PostgreSQL, for several operators on several machines: created once, opened where it is."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wesretain.engines import open_by
from wesretain.errors import LedgerError, WesretainError
from wesretain.ledger.chain import beginning, root, stamp, write
from wesretain.model.config import DatabaseConfig, LedgerServer
from wesretain.model.ledger import Kind

if TYPE_CHECKING:
    from wesretain.engines import Writer

SCHEMA = "wesretain_ledger"
#: Counts with the versions of files.
SCHEMA_VERSION = 3
#: So long an entry waits for another process to finish its own.
_PATIENCE = "10s"
#: What those who append wait for each other by; it ends with the transaction, so that no pooler can keep it.
_TURN = 0x77657372

_GUARD = """
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF new.body IS NULL AND new.salt IS NULL AND old.body IS NOT NULL
            AND (new.number, new.at, new.kind, new.subject, new.fingerprint, new.previous, new.hash)
            IS NOT DISTINCT FROM (old.number, old.at, old.kind, old.subject, old.fingerprint, old.previous, old.hash)
        THEN
            RETURN new;
        END IF;
    END IF;
    RAISE EXCEPTION 'entries of the ledger are never changed or removed';
END
"""
#: What makes the tables. The triggers guard against slips; against everything else there are the hashes.
_MAKE = (
    f"CREATE SCHEMA {SCHEMA}",
    f"CREATE TABLE {SCHEMA}.ledger (version integer NOT NULL, id text NOT NULL, created_at text NOT NULL, "
    "secret bytea NOT NULL)",
    f'CREATE TABLE {SCHEMA}.entries (number bigint PRIMARY KEY, at text COLLATE "C" NOT NULL, kind text NOT NULL, '
    "subject text NOT NULL, body text, salt text, fingerprint text NOT NULL, previous text NOT NULL, "
    "hash text NOT NULL)",
    f"CREATE INDEX entries_by_subject ON {SCHEMA}.entries (kind, subject)",
    f"CREATE INDEX entries_by_time ON {SCHEMA}.entries (at, number) WHERE body IS NOT NULL",
    f"CREATE FUNCTION {SCHEMA}.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $${_GUARD}$$",
    f"CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON {SCHEMA}.entries FOR EACH ROW "
    f"EXECUTE FUNCTION {SCHEMA}.guard()",
    f"CREATE TRIGGER entries_are_not_removed BEFORE DELETE OR TRUNCATE ON {SCHEMA}.entries FOR EACH STATEMENT "
    f"EXECUTE FUNCTION {SCHEMA}.guard()",
)
#: How the catalogue shows these: columns, key, indexes, the armed triggers and what they do, and what else could act.
_SHOW = f"""
SELECT pg_catalog.concat_ws(' ', 'column', attname, pg_catalog.format_type(atttypid, atttypmod), attnotnull)
FROM pg_catalog.pg_attribute
WHERE attrelid = '{SCHEMA}.entries'::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT pg_catalog.concat_ws(' ', 'trigger', tgname, tgenabled, tgtype, tgattr, tgqual, p.prosrc, p.proconfig)
FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
WHERE tgrelid = '{SCHEMA}.entries'::pg_catalog.regclass
UNION ALL SELECT pg_catalog.concat_ws(' ', 'table', relkind, relhasrules, relhassubclass, relrowsecurity)
FROM pg_catalog.pg_class WHERE oid = '{SCHEMA}.entries'::pg_catalog.regclass
UNION ALL SELECT pg_catalog.concat_ws(' ', 'index', c.relname, indisvalid)
FROM pg_catalog.pg_index JOIN pg_catalog.pg_class AS c ON c.oid = indexrelid
WHERE indrelid = '{SCHEMA}.entries'::pg_catalog.regclass
UNION ALL SELECT pg_catalog.concat_ws(' ', 'key', conkey)
FROM pg_catalog.pg_constraint WHERE conrelid = '{SCHEMA}.entries'::pg_catalog.regclass AND contype = 'p'
"""
#: A trigger of type 19 comes before the update of a row, one of 42 before a statement that deletes or truncates.
_SHOWN = frozenset(
    {
        "column number bigint t",
        *(f"column {name} text t" for name in ("at", "kind", "subject", "fingerprint", "previous", "hash")),
        *(f"column {name} text f" for name in ("body", "salt")),
        f"trigger entries_are_not_changed O 19  {_GUARD} {{search_path=pg_catalog}}",
        f"trigger entries_are_not_removed O 42  {_GUARD} {{search_path=pg_catalog}}",
        "table r f f f",
        "key {1}",
        *(f"index {name} t" for name in ("entries_pkey", "entries_by_subject", "entries_by_time")),
    }
)
_TABLE = re.compile(r"\b(FROM|INTO|UPDATE) (?=(?:entries|ledger)\b)")


@dataclass(frozen=True)
class ServerStore:
    """The schema of an open ledger."""

    writer: Writer
    locks_machine = False

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """All rows that a statement gives.

        Raises:
            LedgerError: where the server does not carry it out.
        """
        query = _TABLE.sub(rf"\1 {SCHEMA}.", statement).replace("?", "%s")
        with _told(), self.writer.translating("entries"):
            result = self.writer.connection.exec_driver_sql(query, tuple(values))
            return [tuple(row) for row in result] if result.returns_rows else []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Wait for the others who append, then write all or nothing.

        Raises:
            LedgerError: where it cannot be begun, or it is not known to have been written.
        """
        with ExitStack() as stack:
            with _told():
                stack.enter_context(self.writer.transaction())
                self.execute(
                    "SELECT pg_catalog.set_config('lock_timeout', ?, true), pg_catalog.set_config('synchronous_commit',"
                    " CASE pg_catalog.current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
                    " ELSE pg_catalog.current_setting('synchronous_commit') END, true)",
                    (_PATIENCE,),
                )
                self.execute("SELECT pg_catalog.pg_advisory_xact_lock(?)", (_TURN,))
            yield
            with _told():
                stack.close()

    def flaws(self) -> Iterator[str]:
        """A table of entries that is not as it is made."""
        if {text for (text,) in self.execute(_SHOW)} != _SHOWN:
            yield "the table of entries is not as wesretain makes it"

    def owning(self, database: str) -> AbstractContextManager[None]:
        """Nothing: a lock of a server's session does not survive poolers, so the lease in the database must do."""
        return nullcontext()


def exists(place: LedgerServer) -> bool:
    """Whether the database has the schema already.

    Raises:
        LedgerError: where it cannot be reached.
    """
    with _connected(place) as store:
        return _there(store)


def create(place: LedgerServer, now: datetime) -> None:
    """Create an empty ledger in a database that is there already.

    Raises:
        LedgerError: where there is one already, or it cannot be created.
    """
    with _connected(place) as store:
        if _there(store):
            raise LedgerError(f"schema {SCHEMA} is there already", "a ledger is never overwritten; name another place")
        name, secret = str(uuid.uuid4()), secrets.token_bytes(32)
        with store.transaction():
            for statement in _MAKE:
                store.execute(statement)
            values = (SCHEMA_VERSION, name, stamp(now), secret)
            store.execute("INSERT INTO ledger (version, id, created_at, secret) VALUES (?, ?, ?, ?)", values)
            write(store, (0, root(name)), stamp(now), Kind.LEDGER_CREATED, name, beginning(secret))


@contextmanager
def opened(place: LedgerServer) -> Iterator[ServerStore]:
    """Open a ledger that `init` created.

    Raises:
        LedgerError: where it is missing, is no ledger, comes from a newer version, or cannot be reached.
    """
    with _connected(place) as store:
        _check(store)
        yield store


def grants(user: str) -> Iterator[str]:
    """The statements that let a user keep the ledger, and change nothing in it.

    `user` is quoted as SQL wants it.
    """
    yield f"GRANT USAGE ON SCHEMA {SCHEMA} TO {user};"
    yield f"GRANT SELECT ON {SCHEMA}.ledger TO {user};"
    yield f"GRANT SELECT, INSERT, UPDATE (body, salt) ON {SCHEMA}.entries TO {user};"


def _there(store: ServerStore) -> bool:
    ((there,),) = store.execute("SELECT pg_catalog.to_regnamespace(?) IS NOT NULL", (SCHEMA,))
    return bool(there)


def _check(store: ServerStore) -> None:
    name = store.writer.name
    if not _there(store):
        mend = "restore it from its backup, or create a first one with `wesretain init`"
        raise LedgerError(f"the ledger is missing from database {name}", mend)
    query = (
        "SELECT count(*) FROM pg_catalog.pg_class WHERE oid IN (pg_catalog.to_regclass(?), pg_catalog.to_regclass(?))"
    )
    if store.execute(query, (f"{SCHEMA}.ledger", f"{SCHEMA}.entries")) != [(2,)]:
        raise LedgerError(f"schema {SCHEMA} is not a ledger of wesretain", "correct `ledger:` in wesretain.yaml")
    versions = store.execute("SELECT version FROM ledger")
    if versions and versions[0][0] > SCHEMA_VERSION:
        raise LedgerError("the ledger was written by a newer wesretain", "upgrade this one")


@contextmanager
def _connected(place: LedgerServer) -> Iterator[ServerStore]:
    config = DatabaseConfig(place.name, place.url, tls=place.tls)
    with ExitStack() as stack:
        with _told():
            store = ServerStore(stack.enter_context(open_by(config, place.url, place.password)))
        yield store


@contextmanager
def _told() -> Iterator[None]:
    """Nothing can be decided without the ledger, so whatever keeps it away is an error of the ledger."""
    try:
        yield
    except LedgerError:
        raise
    except WesretainError as error:
        raise LedgerError(f"the ledger cannot be used: {error.message}", error.mend) from None
