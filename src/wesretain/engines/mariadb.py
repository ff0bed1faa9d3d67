"""MariaDB, from version 10.6 on, through PyMySQL."""

from __future__ import annotations

import re
import ssl
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from wesretain.engines.base import PATIENCE, Bool, Engine, Live, Text, Value, declared
from wesretain.engines.documents import json_path
from wesretain.engines.keys import key_of, leading
from wesretain.engines.layout import ByKey, Layout
from wesretain.engines.target import Target
from wesretain.engines.trouble import Trouble
from wesretain.errors import InvalidInput, Unreachable
from wesretain.model.config import Tls
from wesretain.model.schema import KEYLESS, Column, ForeignKey, Kind, Schema, Table
from wesretain.model.whole import DIGITS

OLDEST = (10, 6)

#: The one collation under which texts are equal to the letter: even utf8mb4_bin ignores trailing spaces.
_LETTERS = "utf8mb4_nopad_bin"

#: The one under which columns of different collations are compared, since they have none in common.
_COMMON = "utf8mb4_general_ci"

#: What every session is pinned to. The SQL mode lets zero dates be read and compared, keeps `\\` the escape that the
#: driver writes, lets CHAR lose its padding, and stops values that do not fit from being cut.
_PINS = {
    # It remembers what a subquery found for a row, and by collation takes another row for the same: 'A' for 'a'.
    "optimizer_switch": "'subquery_cache=off'",
    "time_zone": "'+00:00'",
    "sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
    "sql_auto_is_null": "0",
    "sql_big_selects": "1",
    "sql_select_limit": "18446744073709551615",
    "default_regex_flags": "''",
    "foreign_key_checks": "1",
    "unique_checks": "1",
}

#: Seconds that a batch waits for a lock: it gives way, and not the application.
_LOCK_PATIENCE = 2

_TROUBLES = {
    1442: Trouble.ENTANGLED,
    **dict.fromkeys((1048, 1062, 1217, 1451, 1452, 1644, 4025), Trouble.CONSTRAINT),
    1020: Trouble.LOCKED,  # record has changed since the snapshot
    **dict.fromkeys((1040, 1203, 1226), Trouble.BUSY),
    **dict.fromkeys((1045, 1275, 1524, 1698, 1820, 1862, 4151), Trouble.WRONG_LOGIN),
    **dict.fromkeys((1044, 1129, 1130), Trouble.NOT_ADMITTED),
    1049: Trouble.UNKNOWN_DATABASE,
    **dict.fromkeys((1054, 1146, 1356, 1412), Trouble.CHANGED),
    **dict.fromkeys((1142, 1143, 1227, 1345, 1370), Trouble.DENIED),
    **dict.fromkeys((1205, 1213), Trouble.LOCKED),
    **dict.fromkeys((1317, 1969, 3024), Trouble.STOPPED),
    **dict.fromkeys((1053, 1077, 1080, 1152, 1158, 1159, 1160, 1161, 1927), Trouble.LOST),
    **dict.fromkeys((1033, 1034, 1035, 1194, 1195), Trouble.DAMAGED),
    **dict.fromkeys((3, 28, 1021, 1026, 1037, 1038, 1041, 1114, 1135), Trouble.EXHAUSTED),
    **dict.fromkeys((1116, 1119, 1153, 1436, 4012), Trouble.TOO_COMPLEX),
    **dict.fromkeys((1264, 1265, 1267, 1366, 1406, 1690), Trouble.MISFIT),
    1792: Trouble.READ_ONLY,
    2002: Trouble.NO_ANSWER,
    2003: Trouble.NO_ANSWER,
    2005: Trouble.UNKNOWN_HOST,
    2006: Trouble.LOST,
    2013: Trouble.LOST,
    2026: Trouble.TLS,
    3159: Trouble.TLS,  # the server demands it
}

#: Databases that no rule reaches: the server's own, and wesretain's.
_NOT_OURS = ("information_schema", "mysql", "performance_schema", "sys", "wesretain")

#: Character sets that write ASCII as ASCII, so that an ASCII text can be compared in them.
_ASCII_CHARSETS = ("ascii", "latin1", "utf8", "utf8mb3", "utf8mb4")


class Mariadb(Engine):
    """MariaDB, and not MySQL: what it does differently has not been tried."""

    name = "MariaDB"
    rest = 12
    drivername = "mysql+pymysql"  # SQLAlchemy's `mariadb` would refuse MySQL in its own words
    cuts_lists = True
    extra = "mysql"
    _text_start = r"\A"
    _text_end = r"\z"  # `$` would overlook a line end

    # -- connecting ---------------------------------------------------------------------------------------------

    def _connect_args(self, target: Target) -> dict[str, Any]:
        if not target.url.database:
            mend = "write it as mariadb://user@host:port/database"
            raise InvalidInput(f"database {target.name}: the URL names no database", mend)
        arguments: dict[str, Any] = {
            "charset": "utf8mb4",
            "init_command": "SET SESSION " + ", ".join(f"{name} = {value}" for name, value in _PINS.items()),
            "local_infile": False,  # no server may ask for our files
            "autocommit": False,
            "program_name": "wesretain",
        }
        if target.url.password is not None:
            # As bytes, since the driver would write a text in Latin 1, which MariaDB does not.
            arguments["password"] = str(target.url.password).encode()
        # The driver's own limit ends where the server accepts; this one also covers its first words.
        patience = str(target.url.query.get("connect_timeout", ""))
        seconds = int(patience) if patience.isdecimal() else PATIENCE
        arguments.update({"connect_timeout": seconds, "read_timeout": seconds})
        match target.tls:
            case None:
                pass
            case Tls(mode="disable"):
                arguments["ssl_disabled"] = True
            case tls:
                arguments["ssl"] = tls_context(target.name, tls)
        return arguments

    def _begin_scan(self, connection: sa.Connection, target: Target) -> Live:
        server = self._checked(connection, target)
        connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        _check_zone(connection, target)
        return Live(target.name, self, connection, server, _own_name(connection))

    def _begin_apply(self, connection: sa.Connection, target: Target) -> tuple[str, str | None]:
        server = self._checked(connection, target)
        connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE")
        connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {_LOCK_PATIENCE}")
        connection.exec_driver_sql(f"SET SESSION lock_wait_timeout = {_LOCK_PATIENCE}")
        connection.exec_driver_sql("SET SESSION group_concat_max_len = 1073741824")
        _check_zone(connection, target)
        return server, _own_name(connection)

    def _checked(self, connection: sa.Connection, target: Target) -> str:
        version: str = connection.exec_driver_sql("SELECT version()").scalar_one()
        check_version(target.name, version)
        driver: Any = connection.connection.dbapi_connection
        driver._read_timeout = None  # statements may take their time
        if target.tls is not None and target.tls.mode != "disable":
            _check_encrypted(connection, target)
        return f"MariaDB {version.partition('-')[0]}"

    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction that may write, and that sees what others commit (READ COMMITTED).

        Under REPEATABLE READ what changes rows would all the same see more than what reads them.
        """
        connection.exec_driver_sql("START TRANSACTION READ WRITE")

    def blind_spot(self, connection: sa.Connection, beside: Iterable[str] = ()) -> str:
        """Why this user may not see all tables, whose foreign keys could then delete rows unseen; empty where not.

        MariaDB's information_schema shows a user the tables alone on which it has some right.
        """
        own = _own_name(connection)
        grants = [str(row[0]) for row in connection.exec_driver_sql("SHOW GRANTS")]
        for name in (own, *sorted({*beside} - {own, *_NOT_OURS})):
            if not any(_shows_all(grant, name) for grant in grants):
                which = "the whole database" if name == own else f"the whole database {name}"
                return f"this user has no SELECT on {which}, so that foreign keys may be hidden from it"
        return ""

    @property
    def place(self) -> sa.ColumnElement[str]:
        """The database's name."""
        return sa.func.database(type_=sa.Text())

    @property
    def seconds(self) -> sa.ColumnElement[int]:
        """The server's clock in whole seconds since 1970."""
        return sa.func.unix_timestamp(type_=sa.BigInteger())

    def clock(self, connection: sa.Connection) -> datetime:
        """The server's clock, in UTC."""
        moment: datetime = connection.exec_driver_sql("SELECT utc_timestamp(6)").scalar_one()
        return moment.replace(tzinfo=UTC)

    def unlimited(self, connection: sa.Connection) -> str:
        """A user with the right SUPER, which opens everything else."""
        name, host = (f"quote(substring_index(current_user(), '@', {part}))" for part in (1, -1))
        query = (
            "SELECT count(*) FROM information_schema.user_privileges"
            f" WHERE privilege_type = 'SUPER' AND grantee = concat({name}, '@', {host})"
        )
        return "a superuser" if connection.exec_driver_sql(query).scalar_one() else ""

    def is_replica(self, connection: sa.Connection) -> bool:
        """A server that is set to read only, as replicas are."""
        return str(connection.exec_driver_sql("SELECT @@global.read_only").scalar_one()) not in ("0", "OFF", "NO_LOCK")

    def lag(self, connection: sa.Connection) -> float | None:
        """Over all that it follows; None where it has stopped, or the other server is not there."""
        found = [row._mapping for row in connection.exec_driver_sql("SHOW ALL REPLICAS STATUS")]
        if not found or any(row["Slave_IO_Running"] != "Yes" or row["Seconds_Behind_Master"] is None for row in found):
            return None
        return max(float(row["Seconds_Behind_Master"]) for row in found)

    def triggers(self, connection: sa.Connection) -> list[tuple[str | None, str, str]]:
        """The triggers on tables of which this user may see them."""
        query = (
            "SELECT event_object_schema, event_object_table, trigger_name FROM information_schema.triggers"
            " ORDER BY 1, 2, 3"
        )
        return [(schema, table, name) for schema, table, name in connection.exec_driver_sql(query)]

    def cascades(self, connection: sa.Connection) -> list[tuple[str | None, str, str | None, str, str]]:
        """By what information_schema says of their delete rules."""
        query = (
            "SELECT constraint_schema, table_name, unique_constraint_schema, referenced_table_name, delete_rule"
            " FROM information_schema.referential_constraints WHERE delete_rule NOT IN ('RESTRICT', 'NO ACTION')"
            " ORDER BY 1, 2, 3, 4, 5"
        )
        return [tuple(row) for row in connection.exec_driver_sql(query)]

    def vetoes(self, connection: sa.Connection) -> bool:
        """Never: its triggers can stop a statement, but not keep it from a row."""
        return False

    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """By the session's max_statement_time, in seconds; 0 is none."""
        set_ = sa.text(
            "SET SESSION max_statement_time ="
            " IF(@@max_statement_time BETWEEN 0.000001 AND :most, @@max_statement_time, :most)"
        )
        connection.execute(set_, {"most": max(round(seconds, 3), 0.001)})

    def sizes(
        self, connection: sa.Connection, default_schema: str | None
    ) -> list[tuple[str | None, str, int | None, int | None]]:
        """By what InnoDB estimates, and by its files."""
        found = connection.exec_driver_sql(
            "SELECT table_schema, table_name, table_rows, data_length + index_length FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
        )
        return [
            (
                None if schema == default_schema else schema,
                name,
                None if rows is None else int(rows),
                size and int(size),
            )
            for schema, name, rows, size in found
        ]

    def layout(self, connection: sa.Connection, table: Table, schema: str | None) -> Layout:
        """In the order of the primary key; of another key there is an index at least."""
        return ByKey()

    lobby = "information_schema"

    def databases(self, connection: sa.Connection) -> list[str]:
        """Those on which this user has some right."""
        names = (str(row[0]) for row in connection.exec_driver_sql("SHOW DATABASES"))
        return sorted(name for name in names if name.lower() not in _NOT_OURS)

    def identity(self, connection: sa.Connection) -> tuple[str, ...]:
        """The server's machine, port and folder, and the database's name: there is nothing like a number of its own."""
        query = "SELECT @@hostname, @@port, @@datadir, database()"
        return tuple(map(str, connection.exec_driver_sql(query).one()))

    # -- errors -------------------------------------------------------------------------------------------------

    def _trouble(self, cause: BaseException) -> Trouble:
        words = str(cause)
        number = int(self._code(cause) or 0)
        if number == 2013 and "timed out" in words:
            return Trouble.NO_ANSWER
        if number in (2002, 2003, 2005, 2013) and re.search(r"\[Errno -\d+\]|getaddrinfo", words):
            return Trouble.UNKNOWN_HOST
        if number in (2002, 2003, 2013, 2026) and re.search(r"ssl|certificate|tls", words, re.IGNORECASE):
            return Trouble.TLS
        return _TROUBLES.get(number, Trouble.UNKNOWN)

    def _code(self, cause: BaseException) -> str:
        number = cause.args[0] if cause.args else None
        return str(number) if isinstance(number, int) and number else ""

    # -- the SQL that differs -----------------------------------------------------------------------------------

    def _exactly(self, value: Value, text: str) -> Bool:
        letters = self._letters(value) == text
        # The first half leads to an index; it fails where the text does not fit the column's character set.
        return sa.and_(value == text, letters) if _fits(text, declared(value)) else letters

    def alike(self, column: Column, left: Value, right: Value) -> Bool:
        """Two values of columns are the same as this engine's foreign keys see it; otherwise as `same`."""
        other = declared(right)
        mine, theirs = _collation(column), _collation(other)
        if column.kind is not Kind.TEXT or mine is None or theirs is None or mine == theirs:
            return left == right
        if theirs.startswith("utf8mb4_"):
            return sa.collate(_utf8(left), theirs) == right
        return sa.collate(_utf8(left), _COMMON) == sa.collate(_utf8(right), _COMMON)

    largest = 2**64 - 1

    def leads(self, text: Value, number: Value) -> Bool:
        """The text is the digits of a number to the letter. The number is searched."""
        return number == _whole(sa.case((self.matches(text, DIGITS), self._letters(text)), else_=sa.null()))

    def spells(self, text: Value, number: Value) -> Bool:
        """The same, where the text is searched; in its own collation, so that an index can be."""
        digits, own = _digits(number), _collation(declared(text))
        letters = self._letters(text) == self.bytewise(digits)
        if own is None:
            return letters
        charset: Value = sa.literal_column(own.partition("_")[0])
        recoded = sa.func.convert(digits.op("USING")(charset), type_=sa.Text())
        return sa.and_(text == sa.collate(recoded, own), letters)

    def meant(self, text: Value) -> Value:
        """The number that a text means, however it is spelled; NULL where no column could hold it."""
        return _whole(self._plainly(text))

    def is_among(self, number: Value, found: sa.Select[Any]) -> Bool:
        """The number is one of the `meant` ones; as a table of them, which DELETE too fills but once."""
        once = found.subquery()
        asked: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(once).where(once.c[0] == number)
        return sa.exists(asked.correlate_except(once))

    def is_odd(self, text: Value) -> Bool:
        """The text means a whole number, and is not its digits to the letter."""
        return self._plainly(text) != self._letters(text)

    def text_of(self, value: Value) -> Text:
        """The value as text that Python can read: times in ISO's form and in UTC, numbers in full, bytes in hex."""
        column = declared(value)
        if column is not None and column.kind is Kind.BINARY:
            return sa.func.concat("\\x", sa.func.lower(sa.func.hex(value)), type_=sa.Text())
        return self.bytewise(self._in_full(value))

    def ascii_of(self, value: Value) -> Text:
        """Bytes as a text in which each ASCII letter stands for itself, and no other byte for any of these."""
        latin = sa.func.convert(value.op("USING")(sa.literal_column("latin1")), type_=sa.Text())
        return self.bytewise(latin)

    def json_readable(self, value: Value, path: Sequence[str]) -> Bool:
        """The value, which is not NULL, is a JSON document that says one thing at most at a path; true or false."""
        valid = sa.func.coalesce(sa.func.json_valid(_utf8(value)), 0) == 1
        return sa.and_(valid, *(sa.not_(self._is_doubtful(value, path[:depth])) for depth in range(len(path))))

    def _is_doubtful(self, value: Value, path: Sequence[str]) -> Bool:
        """An object has a key twice, or one with a backslash in it, which MariaDB leaves as it is."""
        document, place = _utf8(value), json_path(path)
        keys = sa.func.json_keys(document, place)  # each once, and NULL where there is no object
        twice = sa.func.json_length(document, place) != sa.func.json_length(keys)
        return sa.func.coalesce(sa.or_(twice, sa.func.locate(sa.literal("\\"), keys) > 0), sa.false())

    def json_text(self, value: Value, path: Sequence[str]) -> Text:
        """The member of a readable document as text, where it is a text, a number or a truth value; else NULL."""
        found = sa.func.json_extract(_utf8(value), json_path(path))
        scalar = sa.func.json_type(found).in_(("STRING", "INTEGER", "DOUBLE", "BOOLEAN"))
        return sa.case((scalar, self.bytewise(sa.func.json_unquote(found))), else_=sa.null())

    def json_there(self, value: Value, path: Sequence[str]) -> Bool:
        """The member of a readable document exists and is not null; true or false."""
        kind = sa.func.json_type(sa.func.json_extract(_utf8(value), json_path(path)))
        return sa.func.coalesce(kind, "NULL") != "NULL"

    def json_replaced(self, column: Column, value: Value, path: Sequence[str], text: str | None) -> Value:
        """A readable document of a column in which a member, if it is there, has become a text, or null."""
        return sa.func.json_replace(value, json_path(path), sa.null() if text is None else sa.literal(text))

    def bytewise(self, text: Value) -> Text:
        """The same text, compared and ordered byte by byte."""
        return sa.collate(_utf8(text), _LETTERS)

    def _letters(self, value: Value) -> Text:
        return self.text_of(value)

    def instant(self, moment: datetime) -> Value:
        """An aware moment, to be compared with a column that holds instants."""
        return sa.literal(moment.astimezone(UTC).replace(tzinfo=None), sa.DateTime())

    def zero_parts(self, value: Value) -> Bool:
        """The typed date or time has a day that no calendar has, such as one of month 0, or 31 February."""
        year, month, day = (
            getattr(sa.func, part)(value, type_=sa.Integer()) for part in ("year", "month", "dayofmonth")
        )
        leap = sa.and_(year % 4 == 0, sa.or_(year % 100 != 0, year % 400 == 0))
        last = sa.case((month.in_((4, 6, 9, 11)), 30), (month != 2, 31), (leap, 29), else_=28)
        unusual = sa.and_(sa.not_(day.between(1, 28)), sa.or_(day == 0, day > last))  # few days are asked twice
        return sa.or_(month == 0, value < sa.literal("0001-01-01"), unusual)

    def _first_letter(self, value: Value) -> sa.ColumnElement[int]:
        return sa.func.ord(value, type_=sa.Integer())

    def _position(self, value: Value, text: str) -> sa.ColumnElement[int]:
        return sa.func.locate(text, self._letters(value), type_=sa.Integer())

    def _in_full(self, value: Value) -> Value:
        """A value that loses nothing as text: FLOAT shows six digits of its own, and BIT is bytes."""
        column = declared(value)
        if column is None:
            return value
        if column.declared.startswith("float"):
            return value + sa.literal_column("0e0")
        return value + sa.literal_column("0") if column.declared.startswith("bit") else value

    # -- reflection ---------------------------------------------------------------------------------------------

    def reflect(self, connection: sa.Connection, default_schema: str | None, beside: Iterable[str] = ()) -> Schema:
        """What the URL's database declares, and those beside it on its server that are named."""
        others = sorted({*beside} - {default_schema, *_NOT_OURS})
        places: dict[str | None, _Declared] = {None: _declared_by(connection, default_schema or "")}
        places |= {name: _declared_by(connection, name) for name in others}
        names = {
            place: _Names({row.name: found.columns[row.name] for row in found.tables})
            for place, found in places.items()
        }
        return Schema(
            default_schema,
            tuple(
                _table(
                    place,
                    row,
                    found.columns[row.name],
                    found.indexes[row.name],
                    [
                        _foreign_key(names, place, row.name, parts, default_schema)
                        for parts in found.keys.get(row.name, {}).values()
                    ],
                    min(found.strangers[row.name] - {default_schema, *others}, default=""),
                )
                for place, found in places.items()
                for row in found.tables
            ),
        )


def check_version(database: str, version: str) -> None:
    """Refuse servers that nothing here was tried on.

    Raises:
        Unreachable: with the reason.
    """
    if "mariadb" not in version.lower():
        raise Unreachable(f"database {database}: the server is MySQL, which has not been tested", "use MariaDB")
    found = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        has = f"MariaDB {found[1]}.{found[2]}" if found else "this MariaDB"
        oldest = ".".join(map(str, OLDEST))
        raise Unreachable(f"database {database}: {has} is too old", f"use MariaDB {oldest} or newer")


def tls_context(database: str, tls: Tls) -> ssl.SSLContext:
    """How the driver is to encrypt, and what the server must prove.

    Raises:
        InvalidInput: where the files cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=None if tls.ca is None else str(tls.ca))
        context.check_hostname = tls.mode == "verify-full"
        # Many a company's own CA lacks what newer rules ask for; PostgreSQL's library takes them too.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if tls.mode == "require":
            context.verify_mode = ssl.CERT_NONE
        if tls.certificate is not None:
            context.load_cert_chain(str(tls.certificate), None if tls.key is None else str(tls.key), password="")
    except (OSError, ValueError):
        mend = "give PEM files; the key without a passphrase"
        raise InvalidInput(f"database {database}: the TLS files cannot be used", mend) from None
    return context


def _shows_all(grant: str, database: str) -> bool:
    """Whether a grant lets its holder read every table of a database."""
    found = _WIDE_GRANT.match(grant)
    if found is None or not re.search(r"\bSELECT\b|\bALL PRIVILEGES\b", found["rights"]):
        return False
    if found["databases"] == "*":
        return True
    parts = re.findall(r"\\.|.", found["databases"][1:-1].replace("``", "`"))
    wild = {"%": ".*", "_": "."}
    pattern = "".join(wild.get(part, re.escape(part.removeprefix("\\"))) for part in parts)
    return re.fullmatch(pattern, database) is not None


def _own_name(connection: sa.Connection) -> str:
    """The name of the URL's database as the server spells it."""
    return str(connection.exec_driver_sql("SELECT database()").scalar_one())


def _check_zone(connection: sa.Connection, target: Target) -> None:
    if connection.exec_driver_sql("SELECT @@session.time_zone").scalar_one() != "+00:00":
        mend = "connect to the server itself"
        raise Unreachable(f"database {target.name}: what stands before the server undoes the session's zone", mend)


def _check_encrypted(connection: sa.Connection, target: Target) -> None:
    """Refuse a connection that is not encrypted though it was asked to be: drivers fall back silently."""
    socket = getattr(connection.connection.dbapi_connection, "_sock", None)
    if not isinstance(socket, ssl.SSLSocket):
        mend = "let the server offer TLS, or set `tls: {mode: disable}`"
        raise Unreachable(f"database {target.name}: the server at {target.place} does not encrypt", mend)


def _utf8(value: Value) -> Value:
    """A value as text in UTF-8, whatever its type and character set."""
    return sa.func.convert(value.op("USING")(sa.literal_column("utf8mb4")), type_=sa.Text())


def _digits(number: Value) -> Text:
    """The digits of a whole number, without the zeros that ZEROFILL and YEAR put before them."""
    return sa.cast(number + sa.literal_column("0"), sa.CHAR())


def _whole(digits: Value) -> Value:
    """A number of at most twenty digits."""
    return sa.cast(digits, sa.DECIMAL(20, 0))


def _collation(column: Column | None) -> str | None:
    return column.declared.rpartition(" COLLATE ")[2] if column and " COLLATE " in column.declared else None


def _fits(text: str, column: Column | None) -> bool:
    """Whether the text can be compared with a column in the column's own character set."""
    charset = (_collation(column) or "").partition("_")[0]
    if charset == "utf8mb4":
        return True
    if charset in ("utf8", "utf8mb3"):
        return all(letter <= "\uffff" for letter in text)
    return text.isascii() and (column is None or charset in _ASCII_CHARSETS)


# -- what a database declares -------------------------------------------------------------------------------------

_TABLES = sa.text(
    """
    SELECT t.table_schema AS place, t.table_name AS name, t.table_type AS type, t.engine AS engine,
           e.transactions AS transactions
    FROM information_schema.tables t LEFT JOIN information_schema.engines e ON e.engine = t.engine
    WHERE t.table_schema = :place AND t.table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')
    ORDER BY t.table_name
    """
)

_COLUMNS = sa.text(
    """
    SELECT table_schema AS place, table_name AS relation, column_name AS name, data_type AS base,
           column_type AS declared, is_nullable = 'YES' AS nullable, collation_name AS collation, extra
    FROM information_schema.columns WHERE table_schema = :place ORDER BY table_name, ordinal_position
    """
)

_INDEXES = sa.text(
    """
    SELECT table_schema AS place, table_name AS relation, index_name AS name, non_unique AS loose, column_name AS part,
           sub_part AS length, index_type AS type
    FROM information_schema.statistics
    WHERE table_schema = :place ORDER BY table_name, index_name, seq_in_index
    """
)

_FOREIGN_KEYS = sa.text(
    """
    SELECT table_schema AS place, table_name AS relation, constraint_name AS name, column_name AS part,
           referenced_table_schema AS schema_there,
           referenced_table_name AS table_there, referenced_column_name AS part_there
    FROM information_schema.key_column_usage
    WHERE table_schema = :place AND referenced_table_name IS NOT NULL
    ORDER BY table_name, constraint_name, ordinal_position
    """
)

_FROM_ELSEWHERE = sa.text(
    """
    SELECT DISTINCT referenced_table_schema AS place, referenced_table_name AS name, table_schema AS stranger
    FROM information_schema.key_column_usage
    WHERE referenced_table_schema = :place AND table_schema <> :place
    """
)

#: A right on a whole server, or on databases whose names match a pattern, as SHOW GRANTS tells it.
_WIDE_GRANT = re.compile(r"GRANT (?P<rights>[^`]*?) ON (?P<databases>\*|`(?:[^`]|``)*`)\.\* TO ")

_KINDS = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), Kind.INTEGER),
    **dict.fromkeys(("float", "double"), Kind.FLOAT),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"), Kind.TEXT),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), Kind.BINARY),
    "decimal": Kind.DECIMAL,
    "date": Kind.DATE,
    "datetime": Kind.LOCAL_TIME,
    "timestamp": Kind.INSTANT,
    "uuid": Kind.UUID,
}


class _Index:
    def __init__(self, name: str, tree: bool, unique: bool) -> None:
        self.name, self.tree, self.unique = name, tree, unique
        self.parts: list[tuple[str, bool]] = []  # each column, and whether all of it

    @property
    def whole(self) -> tuple[str, ...]:
        """Its columns, or none where it holds but the beginning of one."""
        return tuple(name for name, _ in self.parts) if all(full for _, full in self.parts) else ()

    @property
    def lookup(self) -> tuple[str, ...]:
        """The columns that it can be searched by: up to the first of which it holds but the beginning."""
        full = leading(name if whole else None for name, whole in self.parts)
        return tuple(name for name, _ in self.parts[: len(full) + 1]) if self.tree else ()


@dataclass(frozen=True, slots=True)
class _Names:
    """The true spelling of tables and columns, which foreign keys may give in another case."""

    columns: dict[str, list[Column]]

    def table(self, name: str) -> str:
        return name if name in self.columns else next((t for t in self.columns if t.lower() == name.lower()), name)

    def column(self, table: str, name: str) -> str:
        known = (column.name for column in self.columns.get(table, ()))
        return next((column for column in known if column.lower() == name.lower()), name)


@dataclass(frozen=True, slots=True)
class _Declared:
    """What one database declares, in the server's words; `strangers` are the databases that refer to each table."""

    tables: list[sa.Row[Any]]
    columns: dict[str, list[Column]]
    indexes: dict[str, list[_Index]]
    keys: dict[str, dict[str, list[sa.Row[Any]]]]
    strangers: dict[str, set[str]]


def _declared_by(connection: sa.Connection, place: str) -> _Declared:
    def rows(query: sa.TextClause) -> Iterator[sa.Row[Any]]:
        """Its rows; the server may compare the names of databases without regard to case."""
        return (row for row in connection.execute(query, {"place": place}) if row.place == place)

    found = _Declared(list(rows(_TABLES)), defaultdict(list), defaultdict(list), {}, defaultdict(set))
    for row in rows(_COLUMNS):
        found.columns[row.relation].append(_column(row))
    for row in rows(_INDEXES):
        indexes = found.indexes[row.relation]
        if not indexes or indexes[-1].name != row.name:
            indexes.append(_Index(row.name, row.type == "BTREE", not row.loose))
        indexes[-1].parts.append((row.part, row.length is None))
    for row in rows(_FOREIGN_KEYS):
        found.keys.setdefault(row.relation, {}).setdefault(row.name, []).append(row)
    for row in rows(_FROM_ELSEWHERE):
        found.strangers[row.name].add(row.stranger)
    return found


def _foreign_key(
    names: dict[str | None, _Names], place: str | None, relation: str, parts: list[sa.Row[Any]], default: str | None
) -> ForeignKey:
    schema: str | None = None if parts[0].schema_there == default else parts[0].schema_there
    here, there = names[place], names.get(schema, _Names({}))
    table = there.table(parts[0].table_there)
    return ForeignKey(
        columns=tuple(here.column(relation, part.part) for part in parts),
        schema=schema,
        table=table,
        there=tuple(there.column(table, part.part_there) for part in parts),
    )


def _table(
    place: str | None,
    row: sa.Row[Any],
    columns: list[Column],
    indexes: list[_Index],
    foreign_keys: Iterable[ForeignKey],
    stranger: str,
) -> Table:
    uniques = [index.whole for index in indexes if index.unique and index.whole]
    primary = next((index.whole for index in indexes if index.name == "PRIMARY"), ())
    key = key_of(columns, primary, uniques)
    return Table(
        schema=place,
        name=row.name,
        columns=tuple(columns),
        key=key,
        uniques=tuple(dict.fromkeys(frozenset(unique) for unique in uniques)),
        foreign_keys=tuple(foreign_keys),
        indexes=tuple(dict.fromkeys(index.lookup for index in indexes if index.lookup)),
        unfit=_unfit(row, stranger) or ("" if key else KEYLESS),
    )


def _unfit(row: sa.Row[Any], stranger: str) -> str:
    if row.type == "VIEW":
        return "a view"
    if row.type == "SYSTEM VERSIONED":
        return "a system-versioned table, which keeps what is deleted"
    if row.transactions != "YES":
        return f"a table of the engine {row.engine}, which has no transactions" if row.engine else "a broken table"
    return f"a table that the database {stranger} refers to" if stranger else ""


def _column(row: sa.Row[Any]) -> Column:
    return Column(
        name=row.name,
        kind=_KINDS.get(row.base, Kind.OTHER),
        nullable=bool(row.nullable),
        declared=f"{row.declared} COLLATE {row.collation}" if row.collation else row.declared,
        updates_itself="on update" in row.extra.lower(),
        listed=row.base == "enum",
    )
