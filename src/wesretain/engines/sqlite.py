"""SQLite: one file, which is opened to be read only and never created."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.sql import operators

from wesretain.engines.base import Bool, Engine, Live, Text, Value
from wesretain.engines.documents import json_path
from wesretain.engines.folding import Place, folded
from wesretain.engines.keys import key_of, leading
from wesretain.engines.layout import Anyhow, Layout, Numbered
from wesretain.engines.target import Target
from wesretain.engines.trouble import Trouble
from wesretain.errors import InvalidInput, Unreachable
from wesretain.model.members import Member, member_of
from wesretain.model.reading import MICROSECOND, Dial, Encoding, Never, Span, Undated, read
from wesretain.model.schema import KEYLESS, Column, ForeignKey, Kind, Schema, Table
from wesretain.model.whole import number_meant

#: Steps of SQLite's own machine between two looks at the clock: some milliseconds.
_STEPS = 100_000
#: Seconds to wait while another program writes.
PATIENCE = 10

#: What a connection that writes is pinned to. Foreign keys are enforced, whatever the application does. In SQLite's own
#: 2 MB no batch of an indexed table has room, and pages would be written and read anew within it; this is 32 MB.
_WRITING = ("foreign_keys = ON", "synchronous = FULL", "wal_autocheckpoint = 4000", "cache_size = -32768")

#: The tables that a virtual table keeps its content in end so.
_SHADOWS = (
    *("_config", "_content", "_data", "_docsize", "_idx", "_node", "_parent", "_rowid"),
    *("_segdir", "_segments", "_stat"),
)

_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.BOOLEAN)

_TROUBLES = {
    sqlite3.SQLITE_BUSY: Trouble.FILE_LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.FILE_LOCKED,
    sqlite3.SQLITE_CANTOPEN: Trouble.NO_FILE_ACCESS,
    sqlite3.SQLITE_PERM: Trouble.NO_FILE_ACCESS,
    sqlite3.SQLITE_AUTH: Trouble.NO_FILE_ACCESS,
    sqlite3.SQLITE_IOERR: Trouble.DISK,
    sqlite3.SQLITE_NOTADB: Trouble.NOT_A_DATABASE,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_CONSTRAINT: Trouble.CONSTRAINT,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_SCHEMA: Trouble.CHANGED,
    sqlite3.SQLITE_INTERRUPT: Trouble.STOPPED,
    sqlite3.SQLITE_TOOBIG: Trouble.TOO_COMPLEX,
    sqlite3.SQLITE_NOMEM: Trouble.EXHAUSTED,
    sqlite3.SQLITE_FULL: Trouble.EXHAUSTED,
}


class Sqlite(Engine):
    """SQLite as Python brings it. Its types are advice, so what is stored decides, not what is declared."""

    name = "SQLite"
    drivername = "sqlite+pysqlite"
    keeps_types = False
    one_writer = True
    sees_one_state = True
    paramstyle = "qmark"
    own_schema = None
    own_prefix = "wesretain_"
    rest = 100  # others cannot write at all while a batch is under way
    as_they_lie = "NOT INDEXED"

    # -- connecting ---------------------------------------------------------------------------------------------

    def _connect_args(self, target: Target) -> dict[str, Any]:
        return {}

    def _engine_options(self, target: Target) -> dict[str, Any]:
        path = self._path(target)
        return {"creator": lambda: self._open(path, "ro", ("query_only = ON",))}

    def _connecting(self, target: Target, dialect: sa.Dialect) -> Callable[[], Any]:
        path = self._path(target)
        return lambda: self._open(path, "ro", ("query_only = ON",))

    def _writing_options(self, target: Target) -> dict[str, Any]:
        path = self._path(target)
        return {"creator": lambda: self._open(path, "rw", _WRITING)}

    def _writing_engine(self, target: Target) -> sa.Engine:
        engine = super()._writing_engine(target)
        engine.dialect.statement_compiler = _Compiler
        return engine

    def _path(self, target: Target) -> Path:
        name = target.url.database
        if not name or name == ":memory:" or name.startswith("file:") or target.url.query or target.url.host:
            mend = "write it as sqlite:///relative/path or sqlite:////absolute/path, without options"
            raise InvalidInput(f"database {target.name}: the URL names no SQLite file", mend)
        path = Path(name)
        about = f"database {target.name}: the file {path.name}"
        try:
            if path.is_dir():
                raise Unreachable(f"{about} is a folder", "name the database's file in the URL")
            path.stat()
        except FileNotFoundError:
            raise Unreachable(f"{about} does not exist", "check the path at the end of the URL") from None
        except (OSError, ValueError):
            raise Unreachable(f"{about} cannot be opened", "let the user who runs this read it") from None
        return path

    def _open(self, path: Path, mode: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None
        )
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
            encoding: str = connection.execute("PRAGMA encoding").fetchone()[0]
        except sqlite3.Error as error:
            connection.close()
            if _is_wal(path) and _result(error) in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise _WalFolderError from error
            raise
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        codec = {"UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}.get(encoding, "utf-8")
        for name, arguments, function in _FUNCTIONS:
            connection.create_function(name, arguments, _tolerant(function, codec), deterministic=True)
        return connection

    def _begin_scan(self, connection: sa.Connection, target: Target) -> Live:
        connection.exec_driver_sql("BEGIN")
        # A deferred transaction sees one state from its first read on.
        connection.exec_driver_sql("SELECT count(*) FROM main.sqlite_master").all()
        return Live(target.name, self, connection, f"SQLite {sqlite3.sqlite_version}", None)

    def _begin_hurriedly(self, connection: sa.Connection, target: Target) -> tuple[str, str | None]:
        connection.exec_driver_sql("BEGIN")  # the question for the fingerprint is the first read
        return f"SQLite {sqlite3.sqlite_version}", None

    def _begin_apply(self, connection: sa.Connection, target: Target) -> tuple[str, str | None]:
        connection.exec_driver_sql("SELECT count(*) FROM main.sqlite_master").all()
        return f"SQLite {sqlite3.sqlite_version}", None

    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction that may write; nobody else can meanwhile."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def tidy(self, connection: sa.Connection) -> None:
        """Move what batches wrote from the log into the file: else whoever commits next has to, and waits for it."""
        connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()

    def trace_of_others(self, connection: sa.Connection) -> int | None:
        """The version of the data, which does not change with what this connection writes."""
        return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    @property
    def place(self) -> sa.ColumnElement[str]:
        """A file has but one database."""
        return sa.literal("main")

    @property
    def seconds(self) -> sa.ColumnElement[int]:
        """This machine's clock in whole seconds since 1970."""
        return sa.cast(sa.func.strftime("%s", "now"), sa.Integer())

    def clock(self, connection: sa.Connection) -> datetime:
        """The clock of this machine, which is SQLite's too."""
        text = connection.exec_driver_sql("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')").scalar_one()
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    has_users = False

    def unlimited(self, connection: sa.Connection) -> str:
        """SQLite knows no users: the file's permissions decide."""
        return ""

    def is_replica(self, connection: sa.Connection) -> bool:
        """A file that this user may not write to."""
        path = connection.exec_driver_sql("SELECT file FROM pragma_database_list WHERE name = 'main'").scalar_one()
        return not os.access(path, os.W_OK)

    def triggers(self, connection: sa.Connection) -> list[tuple[str | None, str, str]]:
        """All triggers of the file."""
        query = "SELECT NULL, tbl_name, name FROM main.sqlite_master WHERE type = 'trigger' ORDER BY tbl_name, name"
        return [(None, table, name) for _, table, name in connection.exec_driver_sql(query)]

    def cascades(self, connection: sa.Connection) -> list[tuple[str | None, str, str | None, str, str]]:
        """By what the file declares; the other table may be spelled there in another case."""
        query = (
            'SELECT DISTINCT t.name, k."table", k.on_delete FROM main.sqlite_master AS t'
            " JOIN pragma_foreign_key_list(t.name, 'main') AS k"
            " WHERE t.type = 'table' AND k.on_delete NOT IN ('NO ACTION', 'RESTRICT') ORDER BY 1, 2, 3"
        )
        return [(None, name, None, there, what) for name, there, what in connection.exec_driver_sql(query)]

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """By a look at the clock every some thousand steps of its machine."""
        end = time.monotonic() + seconds
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)

    def sizes(
        self, connection: sa.Connection, default_schema: str | None
    ) -> list[tuple[str | None, str, int | None, int | None]]:
        """By what the last ANALYZE has counted, where there was one."""
        known = connection.exec_driver_sql("SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_stat1'").first()
        if known is None:
            return []
        found = connection.exec_driver_sql("SELECT tbl, max(CAST(stat AS INTEGER)) FROM main.sqlite_stat1 GROUP BY tbl")
        return [(None, str(name), int(rows), None) for name, rows in found if rows is not None]

    def layout(self, connection: sa.Connection, table: Table, schema: str | None) -> Layout:
        """In the order of the rowid, where there is one, under a name that no column has taken."""
        if sqlite3.sqlite_version_info < (3, 37):  # it cannot tell
            return Anyhow()
        facts = connection.exec_driver_sql("SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", (table.name,))
        if facts.scalar_one_or_none() != 0:
            return Anyhow()
        taken = {_lower(column.name) for column in table.columns}
        return next((Numbered(name) for name in ("rowid", "_rowid_", "oid") if name not in taken), Anyhow())

    def identity(self, connection: sa.Connection) -> tuple[str, ...]:
        """The file itself, whatever it is called: a copy that took its place is another one."""
        listed = connection.exec_driver_sql("PRAGMA database_list")
        found = os.stat(next(str(row[2]) for row in listed if row[1] == "main"))
        return str(found.st_dev), str(found.st_ino)

    # -- errors -------------------------------------------------------------------------------------------------

    def _trouble(self, cause: BaseException) -> Trouble:
        if isinstance(cause, _WalFolderError):
            return Trouble.WAL_FOLDER
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_ROLLBACK:
            return Trouble.HOT_JOURNAL
        words = str(cause)
        if words.startswith("foreign key mismatch"):
            return Trouble.CONSTRAINT
        if words.startswith(("no such table", "no such column")):
            return Trouble.CHANGED
        if re.search(r"parser stack overflow|is too large|^too many|^at most \d+ tables", words):
            return Trouble.TOO_COMPLEX
        return _TROUBLES.get(_result(cause), Trouble.UNKNOWN)

    def _code(self, cause: BaseException) -> str:
        return str(getattr(cause, "sqlite_errorname", ""))

    # -- the SQL that differs -----------------------------------------------------------------------------------

    def _exactly(self, value: Value, text: str) -> Bool:
        return sa.and_(value == sa.collate(sa.literal(text), "BINARY"), self._text_or_null(value))

    def contains_exactly(self, value: Value, text: str) -> Bool:
        """The text has another in it, to the letter."""
        return sa.and_(super().contains_exactly(value, text), self._text_or_null(value))

    def starts_exactly(self, value: Value, text: str) -> Bool:
        """The text begins with another, to the letter."""
        return sa.and_(super().starts_exactly(value, text), self._text_or_null(value))

    def _text_or_null(self, value: Value) -> Bool:
        return sa.func.typeof(value).in_(("text", "null"))

    def matches(self, text: Value, pattern: str) -> Bool:
        """The whole text matches a pattern made of classes, `(?:…)`, alternatives and counts alone."""
        return sa.func.wesretain_matches(sa.literal(pattern), _bytes_of(text), type_=sa.Boolean())

    @property
    def plainly(self) -> Engine | None:
        """What a statement that changes rows says faster: functions in it would cost half as much again."""
        return _PLAIN

    def iso_instant(self, text: Value, zone: str, *, last: bool, from_start: bool) -> sa.ColumnElement[int] | None:
        """The last (or else first) instant of an ISO text in microseconds since 1970; NULL where it is none."""
        return sa.func.wesretain_instant(zone, int(last), int(from_start), _bytes_of(text), type_=sa.Integer())

    def is_plain_time(self, text: Value) -> Bool:
        """The text is surely a date and time to the second, such as `2020-01-31 23:59:59`, and no more."""
        # Days are added so that SQLite counts: without that it takes 30 February as it stands.
        return sa.collate(text, "BINARY").is_not_distinct_from(sa.func.datetime(text, sa.literal_column("'+0 days'")))

    def same(self, column: Column, left: Value, right: Value) -> Bool:
        """Two values of columns are the same to the letter; `column` is the left one's. The right one is searched."""
        return left == right if column.kind in _NUMBERS else left == sa.collate(right, "BINARY")

    def leads(self, text: Value, number: Value) -> Bool:
        """The text is the digits of a number to the letter. The number is searched."""
        whole = sa.cast(text, sa.Integer())
        spelled = sa.and_(self.is_text(text), sa.cast(whole, sa.Text()) == sa.collate(text, "BINARY"))
        return number == sa.case((spelled, whole), else_=sa.null())

    def spells(self, text: Value, number: Value) -> Bool:
        """The same, where the text is searched."""
        return sa.and_(self.likely(text, number), sa.func.typeof(number) == "integer")

    def likely(self, text: Value, number: Value) -> Bool:
        """The same of whatever is stored where a number should."""
        return sa.cast(number, sa.Text()) == sa.collate(text, "BINARY")

    def meant(self, text: Value) -> Value:
        """The number that a text means, as SQLite stores it; what means none as it stands."""
        return sa.func.wesretain_number(_bytes_of(text), type_=sa.types.NullType())

    def means(self, text: Value, number: Value) -> Bool:
        """The text means what is stored where a number should be. The number is searched."""
        meant = self.meant(text)
        return sa.and_(number == meant, sa.func.typeof(number) == sa.func.typeof(meant))

    def is_odd(self, text: Value) -> Bool:
        """The text means a whole number, and is not its digits to the letter."""
        meant = self.meant(text)
        other = sa.cast(meant, sa.Text()) != sa.collate(text, "BINARY")
        return sa.and_(self.is_text(text), self.is_number(meant), other)

    def text_of(self, value: Value) -> Text:
        """The value as text that Python can read: times in ISO's form and in UTC, numbers in full, bytes in hex."""
        return sa.case(
            (sa.func.typeof(value) == "real", sa.func.printf("%!.17g", value, type_=sa.Text())),
            (sa.func.typeof(value) == "blob", sa.literal("\\x").concat(sa.func.lower(sa.func.hex(value)))),
            else_=sa.cast(value, sa.Text()),
        )

    def ascii_of(self, value: Value) -> Text:
        """Bytes as a text in which each ASCII letter stands for itself, and no other byte for any of these."""
        return sa.cast(value, sa.Text())

    def bytes_of(self, value: Value) -> Value:
        """The stored value as bytes, whatever its column declares."""
        return _bytes_of(value)

    def json_readable(self, value: Value, path: Sequence[str]) -> Bool:
        """The value, which is not NULL, is a JSON document that says one thing at most at a path; true or false."""
        readable = sa.func.wesretain_readable(json.dumps(path), _bytes_of(value), type_=sa.Integer()) == 1
        return sa.and_(sa.func.typeof(value) == "text", readable)

    def json_text(self, value: Value, path: Sequence[str]) -> Text:
        """The member of a readable document as text, where it is a text, a number or a truth value; else NULL."""
        return sa.func.wesretain_member(json.dumps(path), _bytes_of(value), type_=sa.Text())

    def json_there(self, value: Value, path: Sequence[str]) -> Bool:
        """The member of a readable document exists and is not null; true or false."""
        return sa.func.wesretain_has_member(json.dumps(path), _bytes_of(value), type_=sa.Integer()) == 1

    def json_replaced(self, column: Column, value: Value, path: Sequence[str], text: str | None) -> Value:
        """A readable document of a column in which a member, if it is there, has become a text, or null."""
        return sa.func.json_replace(value, json_path(path), sa.null() if text is None else sa.literal(text))

    def once_a_row(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """With a limit that is none, which keeps SQLite from putting each column's expression where it is used."""
        return query.limit(sa.literal_column("-1"))

    def sorted_by(self, key: Value) -> Value:
        """Not by the bare column, for whose order SQLite reads the whole table, past an index that finds the rows."""
        return sa.UnaryExpression(key, operator=operators.custom_op("+"), type_=key.type)

    def bytewise(self, text: Value) -> Text:
        """The same text, compared and ordered byte by byte."""
        return sa.collate(text, "BINARY")

    def instant(self, moment: datetime) -> Value:
        """SQLite has no type for instants: its times are text."""
        return sa.literal(moment.astimezone(UTC).replace(tzinfo=None).isoformat(" "))

    def is_text(self, value: Value) -> Bool:
        """The stored value is a text, whatever its column declares."""
        return sa.func.typeof(value) == "text"

    def is_written(self, value: Value) -> Bool:
        """The stored value is a text or bytes, whatever its column declares."""
        return sa.func.typeof(value).in_(("text", "blob"))

    def is_binary(self, value: Value) -> Bool:
        """The stored value is bytes, whatever its column declares."""
        return sa.func.typeof(value) == "blob"

    def is_number(self, value: Value) -> Bool:
        """The stored value is a number, whatever its column declares."""
        return sa.func.typeof(value).in_(("integer", "real"))

    def length(self, text: Value) -> sa.ColumnElement[int]:
        """How many characters the text has."""
        return sa.func.length(text, type_=sa.Integer())

    def right(self, text: Value, count: int) -> Text:
        """The last characters of the text, or all of it where it is shorter."""
        return sa.func.substr(text, -count, type_=sa.Text())

    def _position(self, value: Value, text: str) -> sa.ColumnElement[int]:
        return sa.func.instr(value, text, type_=sa.Integer())

    def blindly_among(self, value: Value, texts: Sequence[str]) -> Bool:
        """The text is the same as one of some, but for case and surrounding spaces."""
        wanted = [folded(text) for text in texts if self.can_store(text)]
        mine = sa.func.wesretain_fold(_bytes_of(value), type_=sa.Text())
        return mine.in_(wanted) if wanted else self._never(value)

    def chosen(self, value: Value, choices: Mapping[str, sa.ColumnElement[int]], other: Value) -> sa.ColumnElement[int]:
        """The number that stands beside a text which is the same to the letter; else the `other` one."""
        return sa.case(dict(choices), value=self.bytewise(value), else_=other)

    def _first_letter(self, value: Value) -> sa.ColumnElement[int]:
        return sa.func.unicode(value, type_=sa.Integer())

    def _folds_to(self, value: Value, text: str, place: Place) -> Bool:
        if not self.can_store(text):
            return self._never(value)
        mine = sa.func.wesretain_fold(_bytes_of(value), type_=sa.Text())
        match place:
            case Place.TO_THE_SPACE:
                return sa.func.wesretain_caseless(_bytes_of(value), type_=sa.Text()) == text.casefold()
            case Place.WHOLE:
                return mine == folded(text)
            case Place.START:
                return sa.func.instr(mine, folded(text), type_=sa.Integer()) == 1
            case Place.ANYWHERE:
                return sa.func.instr(mine, folded(text), type_=sa.Integer()) > 0

    # -- reflection ---------------------------------------------------------------------------------------------

    has_fingerprints = True

    def fingerprint(self, connection: sa.Connection) -> Hashable:
        """Everything that was ever created, in the order of its creation; what a virtual table has its module knows."""
        each = "quote(type) || quote(name) || quote(tbl_name) || quote(sql)"
        query = f"SELECT group_concat({each}), max(sql LIKE '%VIRTUAL%') FROM main.sqlite_master"
        told, virtual = connection.exec_driver_sql(query).one()
        return None if virtual else told

    def reflect(self, connection: sa.Connection, default_schema: str | None, beside: Iterable[str] = ()) -> Schema:
        """What the file declares: tables and views but SQLite's own, and wesretain's."""
        query = "SELECT type, name, sql FROM main.sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
        found = [(kind, name, sql or "") for kind, name, sql in connection.exec_driver_sql(query)]
        virtual = {name for _, name, sql in found if re.match(r"\s*CREATE\s+VIRTUAL\b", sql, re.IGNORECASE)}
        shadows = {_lower(f"{name}{end}") for name in virtual for end in _SHADOWS}
        facts = []
        for kind, name, _ in found:
            if not _lower(name).startswith(("sqlite_", "wesretain_")):
                unfit = "a view" if kind == "view" else "a virtual table" if name in virtual else ""
                unfit = unfit or ("a part of a virtual table" if _lower(name) in shadows else "")
                facts.append(_facts(connection, name, unfit))
        known = {_lower(each.name): each for each in facts}
        return Schema(None, tuple(_table(each, known) for each in facts))


class _Compiler(SQLiteCompiler):
    """Writes hints after the names of tables, which SQLAlchemy does not do for SQLite by itself."""

    def get_from_hint_text(self, table: sa.FromClause, text: str | None) -> str | None:
        """The hint as it is."""
        return text


class _PlainSqlite(Sqlite):
    """SQLite without questions of values: it keeps all pages that a statement with functions in it changes twice."""

    takes_on_trust = True

    @property
    def plainly(self) -> Engine | None:
        """No plainer one."""
        return None

    def is_text(self, value: Value) -> Bool:
        """Taken on trust."""
        return sa.true()

    def is_written(self, value: Value) -> Bool:
        """Taken on trust."""
        return sa.true()

    def is_number(self, value: Value) -> Bool:
        """Taken on trust."""
        return sa.true()

    def _text_or_null(self, value: Value) -> Bool:
        return sa.true()


_PLAIN = _PlainSqlite()


class _WalFolderError(sqlite3.OperationalError):
    """A file in WAL mode needs a folder that can be written to."""


def _is_wal(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(20)[18:20] == b"\x02\x02"
    except OSError:
        return False


def _result(error: BaseException) -> int:
    """SQLite's primary result code."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


# -- functions that SQLite lacks ----------------------------------------------------------------------------------


def _bytes_of(value: Value) -> Value:
    """A value as bytes: Python takes a text only where it is valid, and SQLite may hold others."""
    return sa.cast(value, sa.LargeBinary())


def _tolerant(function: Callable[..., Any], codec: str) -> Callable[..., Any]:
    """The function, given its last argument as text though it comes as bytes; NULL for NULL."""

    def call(*arguments: Any) -> Any:
        *others, value = arguments
        return None if value is None else function(*others, value.decode(codec, "replace"))

    return call


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1_024)  # one statement asks the same of a row several times
def _found(path: str, text: str) -> Member:
    return member_of(text, tuple(json.loads(path)))


def _number(text: str) -> int | float | str:
    found = number_meant(text)
    return text if found is None else found if -(2**63) <= found < 2**63 else float(found)


def _readable(path: str, text: str) -> int:
    return int(_found(path, text).readable)


def _member(path: str, text: str) -> str | None:
    return _found(path, text).text


def _has_member(path: str, text: str) -> int:
    return int(_found(path, text).there)


@lru_cache(maxsize=4_096)  # one statement asks the same of a row several times, and many rows share a day
def _instant(zone: str, last: int, from_start: int, text: str) -> int | None:
    match read(_iso_dial(zone, bool(from_start)), text):
        case Span() as span:
            return ((span.last if last else span.first) - _EPOCH) // MICROSECOND
        case Never():
            return NEVER_MICROSECONDS
        case Undated():
            return None


@cache
def _iso_dial(zone: str, from_start: bool) -> Dial:
    return Dial(Column("", Kind.TEXT), Encoding.ISO_TEXT, ZoneInfo(zone), date.min, from_start=from_start)


#: Later than any instant that can be asked for.
NEVER_MICROSECONDS = 2**62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("wesretain_fold", 1, folded),
    ("wesretain_caseless", 1, str.casefold),
    ("wesretain_matches", 2, _matches),
    ("wesretain_number", 1, _number),
    ("wesretain_instant", 4, _instant),
    ("wesretain_readable", 2, _readable),
    ("wesretain_member", 2, _member),
    ("wesretain_has_member", 2, _has_member),
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


# -- what a file declares -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Index:
    columns: tuple[str | None, ...]  # None for an expression
    unique: bool
    partial: bool
    primary: bool
    has_rowid: bool


@dataclass(frozen=True, slots=True)
class _ForeignKey:
    columns: tuple[str, ...]
    table: str
    there: tuple[str | None, ...]  # None where the parent's primary key is meant


@dataclass(frozen=True, slots=True)
class _Facts:
    name: str
    unfit: str
    columns: tuple[Column, ...] = ()
    primary: tuple[str, ...] = ()
    indexes: tuple[_Index, ...] = ()
    foreign_keys: tuple[_ForeignKey, ...] = ()


def _facts(connection: sa.Connection, name: str, unfit: str) -> _Facts:
    try:
        found = [row for row in _pragma(connection, "table_xinfo", name) if row.hidden != 1]
    except sa.exc.DatabaseError:  # a view of a table that is gone, a virtual table whose module is missing
        return _Facts(name, f"{unfit or 'a table'} that cannot be opened")
    indexes = tuple(_indexes(connection, name))
    # A primary key is free of NULL where it is the row's number (then it has no index), and in a table without such
    # numbers (then its index does not end in one). In all others SQLite lets it hold NULL.
    own = next((index for index in indexes if index.primary), None)
    sound = own is None or not own.has_rowid
    return _Facts(
        name=name,
        unfit=unfit,
        columns=tuple(_column(row, nullable=not (row.notnull or (row.pk and sound))) for row in found),
        primary=tuple(row.name for row in sorted(found, key=lambda row: row.pk) if row.pk),
        indexes=indexes,
        foreign_keys=tuple(_foreign_keys(connection, name)),
    )


def _pragma(connection: sa.Connection, function: str, name: str) -> Sequence[sa.Row[Any]]:
    return connection.execute(sa.text(f"SELECT * FROM pragma_{function}(:name, 'main')"), {"name": name}).all()


def _indexes(connection: sa.Connection, table: str) -> Iterator[_Index]:
    for index in sorted(_pragma(connection, "index_list", table), key=lambda row: row.name):
        parts = _pragma(connection, "index_xinfo", index.name)
        yield _Index(
            columns=tuple(part.name for part in parts if part.key),
            unique=bool(index.unique) and not index.partial,
            partial=bool(index.partial),
            primary=index.origin == "pk",
            has_rowid=any(part.cid == -1 for part in parts),
        )


def _foreign_keys(connection: sa.Connection, table: str) -> Iterator[_ForeignKey]:
    rows = sorted(_pragma(connection, "foreign_key_list", table), key=lambda row: (row.id, row.seq))
    for _, parts in groupby(rows, key=lambda row: row.id):
        pairs = list(parts)
        yield _ForeignKey(tuple(row._mapping["from"] for row in pairs), pairs[0].table, tuple(row.to for row in pairs))


def _table(facts: _Facts, known: Mapping[str, _Facts]) -> Table:
    full = [lookup for index in facts.indexes if index.unique and (lookup := leading(index.columns)) == index.columns]
    uniques = [facts.primary, *full] if facts.primary else full
    lookups = [facts.primary, *(leading(index.columns) for index in facts.indexes if not index.partial)]
    key = key_of(facts.columns, facts.primary, uniques)
    return Table(
        schema=None,
        name=facts.name,
        columns=facts.columns,
        key=key,
        uniques=tuple(dict.fromkeys(frozenset(unique) for unique in uniques)),
        foreign_keys=tuple(found for each in facts.foreign_keys if (found := _resolved(each, known))),
        indexes=tuple(dict.fromkeys(lookup for lookup in lookups if lookup)),
        unfit=facts.unfit or ("" if key else KEYLESS),
    )


def _resolved(key: _ForeignKey, known: Mapping[str, _Facts]) -> ForeignKey | None:
    """The foreign key with the true names of what it refers to, or None where SQLite itself could not follow it."""
    parent = known.get(_lower(key.table))
    spelled = {_lower(column.name): column.name for column in parent.columns} if parent else {}
    if None in key.there:
        there = parent.primary if parent else ()
    else:
        there = tuple(spelled.get(_lower(name or ""), name or "") for name in key.there)
    if len(there) != len(key.columns):
        return None
    return ForeignKey(key.columns, None, parent.name if parent else key.table, there)


def _column(row: sa.Row[Any], *, nullable: bool) -> Column:
    kind, as_text = _kind(row.type)
    return Column(row.name, kind, nullable, stored_as_text=as_text, declared=row.type)


#: What a declared type means, the first that fits; and whether such values are stored as text.
_KINDS = (
    (r"DATE(?!TIME)", Kind.DATE, True),
    (r"DATETIME|TIMESTAMP", Kind.LOCAL_TIME, True),
    (r"JSON", Kind.JSON, True),
    (r"UUID|GUID|UNIQUEIDENTIFIER", Kind.UUID, True),
    (r".*INT", Kind.INTEGER, False),
    (r".*(CHAR|CLOB|TEXT)", Kind.TEXT, False),
    (r".*BLOB", Kind.BINARY, False),
    (r".*(REAL|FLOA|DOUB)", Kind.FLOAT, False),
    (r"BOOL", Kind.BOOLEAN, False),
    (r"NUMERIC|DECIMAL", Kind.DECIMAL, False),
)


def _kind(declared: str) -> tuple[Kind, bool]:
    for pattern, kind, as_text in _KINDS:
        if re.match(pattern, declared, re.IGNORECASE):
            return kind, as_text
    return Kind.OTHER, False


def _lower(name: str) -> str:
    """A name as SQLite compares it: it knows the case of ASCII alone."""
    return re.sub("[A-Z]", lambda letter: letter[0].lower(), name)
