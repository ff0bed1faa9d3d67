"""PostgreSQL, from version 14 on, through psycopg 3."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from wesretain.engines.base import PATIENCE, Bool, Engine, Live, Text, Value, declared
from wesretain.engines.documents import is_document
from wesretain.engines.keys import key_of, leading
from wesretain.engines.layout import Anyhow, Blocks, Layout
from wesretain.engines.target import Target
from wesretain.engines.trouble import Trouble
from wesretain.errors import Unreachable
from wesretain.model.schema import KEYLESS, Column, ForeignKey, Kind, Schema, Table
from wesretain.model.whole import DIGITS

OLDEST = 14

#: What every session is pinned to, whatever server, database and user are configured for.
_PINS = {
    "jit": "off",  # compiling a long condition costs seconds, and saves less
    "TimeZone": "UTC",
    "DateStyle": "ISO,YMD",
    "IntervalStyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "search_path": "pg_catalog",
}

#: So long a batch waits for a lock: it gives way, and not the application.
_WRITING_PINS = {"lock_timeout": "2s"}

#: What a session that writes is pinned to.
_OWN_PINS = {name: value for name, value in _PINS.items() if name != "search_path"} | _WRITING_PINS
_OWN_PINS |= {"default_transaction_isolation": "read committed"}  # of statements that stand alone

#: Which SQLSTATE means what: the whole code first, then its class.
_TROUBLES = {
    "08": Trouble.LOST,
    "22003": Trouble.MISFIT,
    "22P02": Trouble.MISFIT,
    "22021": Trouble.MISFIT,
    "22P05": Trouble.MISFIT,
    "22001": Trouble.MISFIT,
    "23": Trouble.CONSTRAINT,
    "25006": Trouble.READ_ONLY,
    "27": Trouble.CONSTRAINT,  # a row was changed by the statement's own trigger
    "28": Trouble.WRONG_LOGIN,
    "3D": Trouble.UNKNOWN_DATABASE,
    "3F": Trouble.CHANGED,
    "42501": Trouble.DENIED,
    "42P01": Trouble.CHANGED,
    "42703": Trouble.CHANGED,
    "53": Trouble.EXHAUSTED,
    "53300": Trouble.BUSY,
    "54": Trouble.TOO_COMPLEX,
    "55P03": Trouble.LOCKED,
    "40": Trouble.LOCKED,
    "57014": Trouble.STOPPED,
    "57P": Trouble.LOST,
    "25P03": Trouble.LOST,
    "58": Trouble.DAMAGED,
    "P0": Trouble.CONSTRAINT,  # a trigger's own error
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
}

#: A connection that fails has no SQLSTATE; these are the words of client and server, the first that is found.
_CONNECTION_TROUBLES = (
    (r"cannot contain NUL", Trouble.MISFIT),
    (r"invalid connection option|invalid sslmode|invalid connect_timeout|invalid port", Trouble.BAD_OPTION),
    (r"unsupported startup parameter", Trouble.POOLER),
    (r"password authentication failed|no password supplied|role .* does not exist", Trouble.WRONG_LOGIN),
    (r"(peer|ident|ldap|pam|radius|cert\w*|gssapi|sspi) authentication failed", Trouble.WRONG_LOGIN),
    (r"database .* does not exist", Trouble.UNKNOWN_DATABASE),
    (r"pg_hba\.conf|permission denied for database|not permitted to log in", Trouble.NOT_ADMITTED),
    (r"too many (clients|connections)|remaining connection slots|is (starting up|shutting down)", Trouble.BUSY),
    (r"\bSSL\b|\bTLS\b|certificate|sslmode|private key file", Trouble.TLS),
    (r"resolve host|translate host name|name or service not known|no address associated", Trouble.UNKNOWN_HOST),
    (r"refused|timeout expired|timed out|unreachable|no route|no such file or directory", Trouble.NO_ANSWER),
    (r"sending query failed|consuming input failed|terminating connection", Trouble.LOST),
    (r"closed the connection|connection (is|has been) (closed|lost)|server closed|eof detected", Trouble.LOST),
)

#: A replica that has heard nothing for so long may have been cut off.
_SILENCE = "10 seconds"

_PLAIN_TEXT = re.compile(r"(text|character varying(\(\d+\))?)( COLLATE .*)?")


class Postgresql(Engine):
    """PostgreSQL. Functions and operators are those of pg_catalog, whatever else a search path would offer."""

    name = "PostgreSQL"
    rest = 4
    drivername = "postgresql+psycopg"
    sees_one_state = True
    lists_cheaply = False
    searches_at_once = True
    extra = "postgresql"

    # -- connecting ---------------------------------------------------------------------------------------------

    def _connect_args(self, target: Target) -> dict[str, Any]:
        return self._arguments(target, {"default_transaction_read_only": "on"})

    def _writing_args(self, target: Target) -> dict[str, Any]:
        return self._arguments(target, {"default_transaction_read_only": "off", **_WRITING_PINS})

    def _arguments(self, target: Target, more: dict[str, str]) -> dict[str, Any]:
        # Options at connection, so that no rollback undoes them; those of the URL come first, and so lose.
        pins = {**_PINS, **more}
        del pins["search_path"]  # it says which schema is the default one; pinned once that is known
        given = target.url.query.get("options", "")
        options = [given if isinstance(given, str) else " ".join(given), *(f"-c {k}={v}" for k, v in pins.items())]
        arguments: dict[str, Any] = {
            "options": " ".join(option for option in options if option),
            "client_encoding": "utf8",
            "prepare_threshold": None,  # plans must follow the data
            "fallback_application_name": "wesretain",
        }
        if "connect_timeout" not in target.url.query:
            arguments["connect_timeout"] = PATIENCE
        if tls := target.tls:
            arguments["sslmode"] = tls.mode
            files = {"sslrootcert": tls.ca, "sslcert": tls.certificate, "sslkey": tls.key}
            arguments.update({option: str(path) for option, path in files.items() if path is not None})
        return arguments

    def _engine_options(self, target: Target) -> dict[str, Any]:
        return {"use_native_hstore": False}

    def _begin_scan(self, connection: sa.Connection, target: Target) -> Live:
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        server, schema = self._checked(connection, target)
        # Again within the transaction: a connection pooler may have dropped the options.
        connection.exec_driver_sql(_setting(_PINS, within="true"))
        return Live(target.name, self, connection, server, schema)

    def _begin_hurriedly(self, connection: sa.Connection, target: Target) -> tuple[str, str | None]:
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # In one statement, whose values are computed from left to right: the default schema before it is pinned.
        facts = connection.exec_driver_sql(f"{_FACTS}, {_setting(_PINS, within='true').removeprefix('SELECT ')}").one()
        return _known(target, *facts[:4])

    def _begin_apply(self, connection: sa.Connection, target: Target) -> tuple[str, str | None]:
        found = self._checked(connection, target)
        connection.exec_driver_sql(_setting(_OWN_PINS, within="false"))
        # The application's triggers run in this session, and need its schemas; ours name everything in full.
        connection.exec_driver_sql(
            "SELECT pg_catalog.set_config("
            "'search_path', 'pg_catalog, ' || pg_catalog.current_setting('search_path'), false)"
        )
        return found

    def _checked(self, connection: sa.Connection, target: Target) -> tuple[str, str | None]:
        return _known(target, *connection.exec_driver_sql(_FACTS).one())

    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction that may write, and that sees what others commit."""
        _begin(connection, "READ COMMITTED")

    def begin_batch(self, connection: sa.Connection) -> None:
        """Begin a transaction that may write, and that sees one state."""
        _begin(connection, "REPEATABLE READ")

    def listed(self, value: Value) -> Text:
        """The numbers or texts of a group as one text, with commas between."""
        return sa.func.pg_catalog.string_agg(sa.cast(value, sa.Text()), sa.literal(",", sa.Text()), type_=sa.Text())

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """By the transaction's statement_timeout, in milliseconds; 0 is none."""
        set_ = sa.text(
            "SELECT pg_catalog.set_config(name, CASE WHEN setting::bigint BETWEEN 1 AND :most THEN setting"
            " ELSE CAST(CAST(:most AS bigint) AS text) END, true) FROM pg_catalog.pg_settings"
            " WHERE name = 'statement_timeout'"
        )
        connection.execute(set_, {"most": max(int(seconds * 1000), 1)})

    def sizes(
        self, connection: sa.Connection, default_schema: str | None
    ) -> list[tuple[str | None, str, int | None, int | None]]:
        """By what the last VACUUM or ANALYZE has counted, and by the files; the parts of a table count for it."""
        found = connection.exec_driver_sql(
            "SELECT n.nspname AS schema, c.relname AS name, c.reltuples::bigint AS rows,"
            " pg_catalog.pg_total_relation_size(c.oid) AS bytes"
            " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'm')"
        )
        return [
            (None if schema == default_schema else schema, name, None if rows < 0 else int(rows), int(size))
            for schema, name, rows, size in found
        ]

    def layout(self, connection: sa.Connection, table: Table, schema: str | None) -> Layout:
        """In blocks, where it is a table of its own: one that others inherit from, or that is in parts, has many."""
        found = connection.execute(
            sa.text(
                "SELECT pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint AS blocks"
                " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                " JOIN pg_catalog.pg_am a ON a.oid = c.relam"
                " WHERE n.nspname = :schema AND c.relname = :name"
                " AND c.relkind = 'r' AND NOT c.relhassubclass AND a.amname = 'heap'"
            ),
            {"schema": table.schema or schema, "name": table.name},
        ).one_or_none()
        return Anyhow() if found is None else Blocks(int(found.blocks))

    @property
    def place(self) -> sa.ColumnElement[str]:
        """The database's name."""
        return sa.cast(sa.func.pg_catalog.current_database(), sa.Text())

    @property
    def seconds(self) -> sa.ColumnElement[int]:
        """The server's clock in whole seconds since 1970."""
        return sa.cast(sa.func.floor(sa.extract("epoch", sa.func.clock_timestamp())), sa.BigInteger())

    def clock(self, connection: sa.Connection) -> datetime:
        """The server's clock, in UTC."""
        moment: datetime = connection.exec_driver_sql("SELECT pg_catalog.clock_timestamp()").scalar_one()
        return moment.astimezone(UTC)

    def unlimited(self, connection: sa.Connection) -> str:
        """A superuser, or one who passes by row-level security."""
        query = "SELECT rolsuper, rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user"
        superuser, bypasses = connection.exec_driver_sql(query).one()
        return "a superuser" if superuser else "one who bypasses row-level security" if bypasses else ""

    def is_replica(self, connection: sa.Connection) -> bool:
        """A server in recovery."""
        return bool(connection.exec_driver_sql("SELECT pg_catalog.pg_is_in_recovery()").scalar_one())

    def lag(self, connection: sa.Connection) -> float | None:
        """By the last transaction that was replayed, unless all that came was; None where nothing has come for long.

        During a run something comes every second. Only who has the rights of pg_monitor sees that it does.
        """
        query = (
            "SELECT CASE WHEN pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() THEN 0"
            " ELSE extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) END"
            " FROM pg_catalog.pg_stat_wal_receiver"
            " WHERE status = 'streaming'"
            f" AND last_msg_receipt_time > pg_catalog.clock_timestamp() - INTERVAL '{_SILENCE}'"
        )
        return _furthest(connection.exec_driver_sql(query).scalars().all())

    def lag_of_replicas(self, connection: sa.Connection) -> float | None:
        """By what they say that they have replayed. Who may not see them sees that there are some, and no more."""
        query = (
            "SELECT CASE WHEN state IN ('startup', 'catchup') THEN 'infinity'::pg_catalog.float8"
            " WHEN replay_lsn = pg_catalog.pg_current_wal_lsn() THEN 0"
            " ELSE extract(epoch FROM replay_lag)::pg_catalog.float8 END"
            " FROM pg_catalog.pg_stat_replication WHERE state IS NULL OR state IN ('startup', 'catchup')"
            " OR (state = 'streaming' AND replay_lsn IS NOT NULL)"
        )
        return _furthest(connection.exec_driver_sql(query).scalars().all())

    def triggers(self, connection: sa.Connection) -> list[tuple[str | None, str, str]]:
        """All triggers but those of foreign keys, and those that are switched off."""
        query = (
            "SELECT n.nspname, c.relname, t.tgname FROM pg_catalog.pg_trigger AS t"
            " JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' ORDER BY 1, 2, 3"
        )
        return [tuple(row) for row in connection.exec_driver_sql(query)]

    def cascades(self, connection: sa.Connection) -> list[tuple[str | None, str, str | None, str, str]]:
        """By the catalogue; those of and to a partition are those of the partitioned table."""
        query = (
            "SELECT DISTINCT n.nspname, c.relname, m.nspname, d.relname,"
            " CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END"
            " FROM pg_catalog.pg_constraint AS k"
            " JOIN pg_catalog.pg_class AS c ON c.oid = COALESCE(pg_catalog.pg_partition_root(k.conrelid), k.conrelid)"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            " JOIN pg_catalog.pg_class AS d ON d.oid = COALESCE(pg_catalog.pg_partition_root(k.confrelid), k.confrelid)"
            " JOIN pg_catalog.pg_namespace AS m ON m.oid = d.relnamespace"
            " WHERE k.contype = 'f' AND k.confdeltype IN ('c', 'n', 'd') ORDER BY 1, 2, 3, 4, 5"
        )
        return [tuple(row) for row in connection.exec_driver_sql(query)]

    lobby = "postgres"

    def databases(self, connection: sa.Connection) -> list[str]:
        """All but templates; also those to which nobody may connect, so that they are missed by nobody."""
        query = "SELECT datname FROM pg_catalog.pg_database WHERE NOT datistemplate ORDER BY datname"
        return [str(row[0]) for row in connection.exec_driver_sql(query)]

    def identity(self, connection: sa.Connection) -> tuple[str, ...]:
        """The number that the cluster was made with, where this user may see it, and the database's own."""
        query = (
            "SELECT oid, datname, pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
            " FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()"
        )
        number, name, may_ask = connection.exec_driver_sql(query).one()
        cluster = "SELECT system_identifier FROM pg_catalog.pg_control_system()"
        return str(number), name, str(connection.exec_driver_sql(cluster).scalar_one()) if may_ask else ""

    # -- errors -------------------------------------------------------------------------------------------------

    def _trouble(self, cause: BaseException) -> Trouble:
        state = self._code(cause)
        if state:
            return _TROUBLES.get(state) or _TROUBLES.get(state[:3]) or _TROUBLES.get(state[:2], Trouble.UNKNOWN)
        words = str(cause)
        found = (trouble for pattern, trouble in _CONNECTION_TROUBLES if re.search(pattern, words, re.IGNORECASE))
        return next(found, Trouble.UNKNOWN)

    def _code(self, cause: BaseException) -> str:
        return getattr(cause, "sqlstate", None) or ""

    # -- the SQL that differs -----------------------------------------------------------------------------------

    @cached_property
    def dialect(self) -> sa.Dialect:
        """How SQLAlchemy writes this engine's SQL, without a driver."""
        dialect = super().dialect
        dialect._backslash_escapes = False  # type: ignore[attr-defined]  # which it would learn from a connection
        return dialect

    def can_store(self, text: str) -> bool:
        """Whether such a text can stand in a database at all; others equal nothing."""
        return "\0" not in text and super().can_store(text)

    def _exactly(self, value: Value, text: str) -> Bool:
        if _is_plain(value):
            return value == text
        letters = self._letters(value) == text
        # Under a collation of its own equality may be blind to case; it still leads to an index.
        return sa.and_(value == text, letters) if _is_collated(value) else letters

    def same(self, column: Column, left: Value, right: Value) -> Bool:
        """Two values of columns are the same to the letter; `column` is the left one's. The right one is searched."""
        if column.kind is Kind.TEXT and _plain_pair(column, right):
            return left == right
        return super().same(column, left, right)

    def alike(self, column: Column, left: Value, right: Value) -> Bool:
        """Two values of columns are the same as this engine's foreign keys see it; otherwise as `same`."""
        other = declared(right)
        if column.kind is not Kind.TEXT or _plain_pair(column, right):
            return left == right
        if "citext" in (column.declared, other and other.declared):
            return sa.func.lower(_text(left)) == sa.func.lower(_text(right))
        if other and other.declared == column.declared:
            return left == right
        return self._letters(left) == self._letters(right)

    def leads(self, text: Value, number: Value) -> Bool:
        """The text is the digits of a number to the letter. The number is searched."""
        return number == _bigint(sa.case((self.matches(text, DIGITS), self._letters(text)), else_=sa.null()))

    def spells(self, text: Value, number: Value) -> Bool:
        """The same, where the text is searched."""
        digits = _text(number)
        if _is_plain(text):
            return text == digits
        letters = self._letters(text) == digits
        return sa.and_(text == digits, letters) if _is_collated(text) else letters

    def meant(self, text: Value) -> Value:
        """The number that a text means, however it is spelled; NULL where no column could hold it."""
        return _bigint(self._plainly(text))

    def is_odd(self, text: Value) -> Bool:
        """The text means a whole number, and is not its digits to the letter."""
        return self._plainly(text) != self._letters(text)

    def among(self, text: Value, found: sa.Select[Any]) -> Bool:
        """The text is one of those that a query finds once, for all rows; so an index can be searched for them."""
        return text == sa.any_(sa.func.array(found.scalar_subquery()))

    def starts_exactly(self, value: Value, text: str) -> Bool:
        """The text begins with another, to the letter."""
        if not self.can_store(text):
            return self._never(value)
        return sa.func.starts_with(self._letters(value), text, type_=sa.Boolean())

    def _position(self, value: Value, text: str) -> sa.ColumnElement[int]:
        return sa.func.strpos(self._letters(value), text, type_=sa.Integer())

    def ascii_of(self, value: Value) -> Text:
        """Bytes as a text in which each ASCII letter stands for itself, and no other byte for any of these."""
        return sa.collate(sa.func.encode(value, "escape", type_=sa.Text()), "C")

    def position_of_bytes(self, value: Value, sought: Value) -> sa.ColumnElement[int]:
        """Where some bytes first stand within others, from 1; 0 where they do not."""
        return sa.func.position(sought.op("IN")(value), type_=sa.Integer())

    def json_readable(self, value: Value, path: Sequence[str]) -> Bool:
        """The value, which is not NULL, is a JSON document that says one thing at most at a path; true or false."""
        if _is_jsonb(value):
            return sa.true()
        valid = sa.func.coalesce(is_document(self._letters(value)), sa.false())
        twice = sa.or_(*(self._is_there_twice(value, path[:depth], key) for depth, key in enumerate(path)))
        return sa.case((valid, sa.not_(twice)), else_=sa.false())

    def _is_there_twice(self, value: Value, path: Sequence[str], key: str) -> Bool:
        """An object within a document has a key twice; `json` keeps both, and reads the last."""
        document = _document(value)
        whole = sa.func.json_extract_path(document, *_keys(path)) if path else document
        names = sa.func.json_object_keys(whole).table_valued("name", name="names")
        asked = sa.select(sa.func.count()).select_from(names).where(_text(names.c.name) == key)
        count = asked.correlate_except(names).scalar_subquery()
        return sa.case((sa.func.json_typeof(whole) == "object", count > 1), else_=sa.false())

    def json_text(self, value: Value, path: Sequence[str]) -> Text:
        """The member of a readable document as text, where it is a text, a number or a truth value; else NULL."""
        scalar = self._json_kind(value, path).in_(("string", "number", "boolean"))
        extract = sa.func.jsonb_extract_path_text if _is_jsonb(value) else sa.func.json_extract_path_text
        found = extract(_document(value), *_keys(path), type_=sa.Text())
        return self.bytewise(sa.case((scalar, found), else_=sa.null()))

    def json_there(self, value: Value, path: Sequence[str]) -> Bool:
        """The member of a readable document exists and is not null; true or false."""
        return sa.func.coalesce(self._json_kind(value, path), "null") != "null"

    def json_replaced(self, column: Column, value: Value, path: Sequence[str], text: str | None) -> Value:
        """A readable document of a column in which a member, if it is there, has become a text, or null."""
        document = sa.cast(_text(value), _Named("JSONB"))
        new = sa.cast(sa.literal(json.dumps(text)), _Named("JSONB"))
        keys = sa.func.array_append(sa.cast(sa.literal("{}"), _Named("TEXT[]")), _keys(path)[0])
        for key in _keys(path)[1:]:
            keys = sa.func.array_append(keys, key)
        replaced = sa.func.jsonb_set(document, keys, new, sa.false())
        return sa.cast(sa.cast(replaced, sa.Text()), _Named(column.declared))

    def _json_kind(self, value: Value, path: Sequence[str]) -> Value:
        if _is_jsonb(value):
            return sa.func.jsonb_typeof(sa.func.jsonb_extract_path(value, *_keys(path)), type_=sa.Text())
        return sa.func.json_typeof(sa.func.json_extract_path(_document(value), *_keys(path)), type_=sa.Text())

    def stored(self, column: Column, value: Any) -> Value:
        """A value of ours as a column takes it."""
        if column.listed or column.kind is Kind.JSON:
            return sa.cast(sa.literal(value, sa.Text()), _Named(column.declared))
        kinds: dict[Kind, sa.types.TypeEngine[Any]] = {
            Kind.DATE: sa.Date(),
            Kind.LOCAL_TIME: sa.TIMESTAMP(),
            Kind.INSTANT: sa.TIMESTAMP(timezone=True),
            Kind.UUID: sa.Uuid(),
        }
        kind = kinds.get(column.kind)
        return sa.cast(sa.literal(value, sa.Text()), kind) if kind is not None else super().stored(column, value)

    def encoded(self, text: Value) -> Value:
        """The bytes of a text in UTF-8."""
        return sa.func.convert_to(_text(text), "UTF8", type_=sa.LargeBinary())

    def hexed(self, text: Value) -> Text:
        """The bytes of a text in UTF-8, as `text_of` shows them."""
        return sa.cast(self.encoded(text), sa.Text())

    def bytewise(self, text: Value) -> Text:
        """The same text, compared and ordered byte by byte."""
        return sa.collate(_text(text), "C")

    def _letters(self, value: Value) -> Text:
        return sa.collate(self.text_of(value), "C")

    def _in_full(self, value: Value) -> Value:
        column = declared(value)
        return sa.cast(value, sa.Double()) if column and column.declared == "real" else value

    # -- reflection ---------------------------------------------------------------------------------------------

    has_fingerprints = True

    def fingerprint(self, connection: sa.Connection) -> Hashable:
        """A digest, made by the server, of all that the catalogues say to reflection."""
        return str(connection.exec_driver_sql(_FINGERPRINT).scalar_one())

    def reflect(self, connection: sa.Connection, default_schema: str | None, beside: Iterable[str] = ()) -> Schema:
        """What the catalogues of the database declare: tables and views but the system's, and wesretain's."""
        relations = connection.execute(_RELATIONS).all()
        oids = {relation.oid for relation in relations}
        domains = {row.oid: row for row in connection.execute(_DOMAINS)}
        loose = {(row.relation, row.name) for row in connection.execute(_UNPROVED_NOT_NULL)}
        columns: dict[int, list[Column]] = defaultdict(list)
        for row in connection.execute(_COLUMNS):
            if row.relation in oids:
                nullable = not row.fixed or (row.relation, row.name) in loose
                columns[row.relation].append(_column(row, domains, nullable=nullable))
        indexes: dict[int, list[_Index]] = defaultdict(list)
        for row in connection.execute(_INDEXES):
            indexes[row.relation].append(_Index(tuple(row.columns), row.primary, row.unique, row.lookup))
        keys: dict[int, list[ForeignKey]] = defaultdict(list)
        for row in connection.execute(_FOREIGN_KEYS):
            schema = None if row.schema == default_schema else row.schema
            keys[row.relation].append(ForeignKey(tuple(row.columns), schema, row.name, tuple(row.there)))
        return Schema(
            default_schema,
            tuple(
                _table(relation, default_schema, columns[relation.oid], indexes[relation.oid], keys[relation.oid])
                for relation in relations
            ),
        )


#: What has to be known of a server and a session.
_FACTS = (
    "SELECT pg_catalog.version() AS version, pg_catalog.current_setting('server_version_num') AS number,"
    " pg_catalog.current_setting('server_encoding') AS encoding, pg_catalog.current_schema() AS schema"
)


def _known(target: Target, version: str, number: str, encoding: str, schema: str | None) -> tuple[str, str | None]:
    check_version(target.name, version, int(number), encoding)
    return f"PostgreSQL {'.'.join(version.split()[1].split('.')[:2])}", schema


def _begin(connection: sa.Connection, level: str) -> None:
    connection.exec_driver_sql(f"BEGIN ISOLATION LEVEL {level} READ WRITE")
    connection.exec_driver_sql(_setting(_OWN_PINS, within="true"))


def _furthest(lags: Sequence[Any]) -> float | None:
    """The greatest of some lags; None where there is none, or one of them is unknown."""
    return None if not lags or None in lags else max(map(float, lags))


def _setting(pins: dict[str, str], within: str) -> str:
    """The statement that pins settings; `within` says whether for this transaction alone."""
    pairs = (f"pg_catalog.set_config('{name}', '{value}', {within})" for name, value in pins.items())
    return f"SELECT {', '.join(pairs)}"


def check_version(database: str, version: str, number: int, encoding: str) -> None:
    """Refuse servers that nothing here was tried on.

    Raises:
        Unreachable: with the reason.
    """
    if not version.startswith(("PostgreSQL ", "EnterpriseDB ")):
        raise Unreachable(f"database {database}: the server is not PostgreSQL itself, and has not been tested")
    if number < OLDEST * 10_000:
        has = f"PostgreSQL {number // 10_000}"
        raise Unreachable(f"database {database}: {has} is too old", f"use PostgreSQL {OLDEST} or newer")
    if encoding == "SQL_ASCII":
        mend = "convert it to UTF8"
        raise Unreachable(f"database {database}: its encoding SQL_ASCII does not say which letters it holds", mend)


def _is_jsonb(value: Value) -> bool:
    column = declared(value)
    return column is not None and column.declared == "jsonb"


def _document(value: Value) -> Value:
    """A value as JSON; by way of its text, so that the planner moves no cast before the question that guards it."""
    return value if _is_jsonb(value) else sa.cast(_text(value), _Named("JSON"))


def _keys(path: Sequence[str]) -> list[Value]:
    return [sa.cast(sa.literal(key), sa.Text()) for key in path]


def _bigint(digits: Value) -> Value:
    """A number of at most twenty digits; NULL where no column of whole numbers could hold it."""
    fits = sa.cast(digits, sa.Numeric()).between(-(2**63), 2**63 - 1)
    return sa.case((fits, sa.cast(digits, sa.BigInteger())), else_=sa.null())


def _text(value: Value) -> Value:
    return sa.cast(value, sa.Text())


class _Named(sa.types.UserDefinedType[str]):
    """A type by the name that the database itself gives it."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


def _is_plain(value: Value) -> bool:
    """A text whose own equality is exact, and needs no cast."""
    column = declared(value)
    return column is not None and _plain(column)


def _is_collated(value: Value) -> bool:
    column = declared(value)
    return column is not None and _PLAIN_TEXT.fullmatch(column.declared) is not None


def _plain(column: Column) -> bool:
    found = _PLAIN_TEXT.fullmatch(column.declared)
    return found is not None and found[3] is None


def _plain_pair(column: Column, right: Value) -> bool:
    other = declared(right)
    return _plain(column) and (other is None or _plain(other))


# -- what a database declares -------------------------------------------------------------------------------------

_RELATIONS = sa.text(
    """
    SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
           pg_catalog.row_security_active(c.oid) AS filtered,
           c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid) AS inherited,
           EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type IN ('2', '4')) AS ruled,
           c.relkind = 'p' AND EXISTS (
               SELECT FROM pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class f ON f.oid = p.relid
               WHERE f.relkind = 'f') AS abroad
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'wesretain', 'wesretain_ledger')
    ORDER BY n.nspname, c.relname
    """
)

_COLUMNS = sa.text(
    """
    SELECT a.attrelid AS relation, a.attname AS name, a.attnotnull AS fixed, a.atttypid AS type,
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS declared,
           t.typname AS base, tn.nspname AS base_schema, t.typtype::text AS category,
           CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
                THEN pg_catalog.quote_ident(o.collname) END AS collation
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'wesretain', 'wesretain_ledger')
    ORDER BY a.attrelid, a.attnum
    """
)

_DOMAINS = sa.text(
    """
    SELECT d.oid, d.typbasetype AS type, pg_catalog.format_type(d.typbasetype, d.typtypmod) AS declared,
           t.typname AS base, tn.nspname AS base_schema, t.typtype::text AS category,
           CASE WHEN d.typcollation <> t.typcollation AND d.typcollation <> 0
                THEN pg_catalog.quote_ident(o.collname) END AS collation
    FROM pg_catalog.pg_type d
    JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_collation o ON o.oid = d.typcollation
    WHERE d.typtype = 'd'
    """
)

#: From PostgreSQL 18 on a column may be marked NOT NULL before its rows have been looked at.
_UNPROVED_NOT_NULL = sa.text(
    """
    SELECT a.attrelid AS relation, a.attname AS name
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    WHERE k.contype = 'n' AND NOT k.convalidated
    """
)

#: `lookup`: a B-tree over all rows. `unique`: over all rows and columns alone, and checked.
_INDEXES = sa.text(
    """
    SELECT i.indrelid AS relation, i.indisprimary AND NOT i.indisexclusion AS primary,
           i.indisunique AND NOT i.indisexclusion AND i.indpred IS NULL AND i.indexprs IS NULL AS unique,
           m.amname = 'btree' AND i.indpred IS NULL AS lookup,
           ARRAY(SELECT a.attname::text
                 FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place)
                 LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
                 WHERE k.place <= i.indnkeyatts ORDER BY k.place) AS columns
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid = c.relam
    WHERE i.indisvalid AND i.indisready AND i.indislive
    ORDER BY i.indrelid, c.relname
    """
)

#: Those of and to a partition count as those of the partitioned table, which alone is shown.
_FOREIGN_KEYS = sa.text(
    """
    SELECT DISTINCT ON (relation, columns, n.nspname, c.relname, there)
           COALESCE(pg_catalog.pg_partition_root(k.conrelid)::oid, k.conrelid) AS relation,
           n.nspname AS schema, c.relname AS name,
           ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u (number, place)
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
                 ORDER BY u.place) AS columns,
           ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY u (number, place)
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number
                 ORDER BY u.place) AS there
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = COALESCE(pg_catalog.pg_partition_root(k.confrelid)::oid, k.confrelid)
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f'
    ORDER BY relation, columns, n.nspname, c.relname, there
    """
)

#: The rows of which the queries above make what they give: catalogue by catalogue, since joins cost a new session far
#: more. Numbers of objects are as chance would have them, so names stand for them; those below 16384 are the server's
#: own, and 99 is the schema of what is stored out of line.
_TOLD = (
    (
        "pg_class",
        "oid::regclass::text, relkind, relam, relispartition, pg_catalog.row_security_active(oid)",
        "oid >= 16384 AND relnamespace <> 99",
    ),
    (
        "pg_attribute",
        "attrelid::regclass::text, attnum, attname, attnotnull, attisdropped,"
        " pg_catalog.format_type(atttypid, atttypmod), attcollation::regcollation::text",
        "attrelid >= 16384 AND attnum > 0 AND attrelid::regclass::text !~ '^pg_toast'",
    ),
    (
        "pg_index",
        "indexrelid::regclass::text, indrelid::regclass::text, indkey::text, indnkeyatts, indisunique, indisprimary,"
        " indisexclusion, indisvalid, indisready, indislive, indpred IS NULL, indexprs IS NULL",
        "indrelid >= 16384 AND indrelid::regclass::text !~ '^pg_toast'",
    ),
    (
        "pg_constraint",
        "conrelid::regclass::text, contype, conkey, confrelid::regclass::text, confkey, convalidated",
        "conrelid >= 16384 AND contype IN ('f', 'n')",
    ),
    (
        "pg_type",
        "oid::regtype::text, typtype, pg_catalog.format_type(typbasetype, typtypmod), typcollation::regcollation::text",
        "oid >= 16384 AND typtype <> 'c' AND typelem = 0",
    ),
    ("pg_rewrite", "ev_class::regclass::text, ev_type", "ev_class >= 16384"),
    ("pg_inherits", "inhrelid::regclass::text, inhparent::regclass::text", "true"),
)


def _fingerprint() -> str:
    """One statement for all of it. As the search path is pinned, all is named in full."""
    parts = (
        f"COALESCE((SELECT pg_catalog.string_agg(told, ',' ORDER BY told) FROM (SELECT ROW({columns})::text AS told"
        f" FROM pg_catalog.{catalogue} WHERE {where}) AS rows), '')"
        for catalogue, columns, where in _TOLD
    )
    told = f"pg_catalog.concat_ws('|', {', '.join(parts)})"
    return f"SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to({told}, 'UTF8')), 'hex')"


_FINGERPRINT = _fingerprint()

_UNFIT = {"v": "a view", "m": "a materialized view", "f": "a foreign table"}

_KINDS = {
    **dict.fromkeys(("int2", "int4", "int8"), Kind.INTEGER),
    **dict.fromkeys(("float4", "float8"), Kind.FLOAT),
    **dict.fromkeys(("text", "varchar", "bpchar", "char", "name"), Kind.TEXT),
    **dict.fromkeys(("json", "jsonb"), Kind.JSON),
    "numeric": Kind.DECIMAL,
    "bool": Kind.BOOLEAN,
    "date": Kind.DATE,
    "timestamp": Kind.LOCAL_TIME,
    "timestamptz": Kind.INSTANT,
    "uuid": Kind.UUID,
    "bytea": Kind.BINARY,
}


@dataclass(frozen=True, slots=True)
class _Index:
    columns: tuple[str | None, ...]  # None for an expression
    primary: bool
    unique: bool
    lookup: bool


def _table(
    relation: sa.Row[Any],
    default_schema: str | None,
    columns: Iterable[Column],
    indexes: Iterable[_Index],
    foreign_keys: Iterable[ForeignKey],
) -> Table:
    # A key does not hold for the rows of inheriting tables, which a query gives as well.
    uniques = [] if relation.inherited else [leading(index.columns) for index in indexes if index.unique]
    primary = next((leading(index.columns) for index in indexes if index.primary and not relation.inherited), ())
    key = key_of(tuple(columns), primary, uniques)
    lookups = (leading(index.columns) for index in indexes if index.lookup)
    return Table(
        schema=None if relation.schema == default_schema else relation.schema,
        name=relation.name,
        columns=tuple(columns),
        key=key,
        uniques=tuple(dict.fromkeys(frozenset(unique) for unique in uniques)),
        foreign_keys=tuple(foreign_keys),
        indexes=tuple(dict.fromkeys(lookup for lookup in lookups if lookup)),
        unfit=_unfit(relation) or ("" if key else KEYLESS),
    )


def _unfit(relation: sa.Row[Any]) -> str:
    if relation.kind in _UNFIT:
        return _UNFIT[relation.kind]
    if relation.filtered:
        return "filtered by row-level security, which hides rows from this user"
    if relation.inherited:
        return "a table that others inherit from, so that no key names all of its rows"
    if relation.abroad:
        return "a table with a partition on another server"
    return "a table with rewrite rules, which change what UPDATE and DELETE do" if relation.ruled else ""


def _column(row: sa.Row[Any], domains: dict[int, sa.Row[Any]], *, nullable: bool) -> Column:
    type_, collation = row, row.collation
    while type_.category == "d":
        type_ = domains[type_.type]
        collation = collation or type_.collation
    kind = Kind.OTHER
    if type_.category == "e" or type_.base == "citext":
        kind = Kind.TEXT
    elif type_.base_schema == "pg_catalog":
        kind = _KINDS.get(type_.base, Kind.OTHER)
    # `citext` alone, also where its schema would have to be named.
    spelled = "citext" if type_.base == "citext" else type_.declared
    spelled = f"{spelled} COLLATE {collation}" if collation else spelled
    return Column(row.name, kind, nullable, declared=spelled, listed=type_.category == "e")
