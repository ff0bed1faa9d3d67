"""What every engine does, and how most of them do it: connect, reflect, and the SQL in which they differ."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa

from wesretain.engines.folding import PADDING, Place, fold_pattern, folded
from wesretain.engines.layout import Layout
from wesretain.engines.lists import fill_in_lists
from wesretain.engines.plain import GivenUp, PlainConnection, PlainResult
from wesretain.engines.target import Target, unreadable_url
from wesretain.engines.trouble import Trouble, error_for
from wesretain.errors import InvalidInput, WesretainError
from wesretain.interruption import heed
from wesretain.model.digest import text_digest
from wesretain.model.schema import Column, Kind, Schema, Table
from wesretain.model.whole import OTHER, OTHER_IN_GROUPS, ZERO

if TYPE_CHECKING:
    from wesretain.engines.writer import Writer

Value = sa.ColumnElement[Any]
Text = sa.ColumnElement[str]
Bool = sa.ColumnElement[bool]

# What SQLAlchemy would log holds the driver's words; without a handler of its own they would go to stderr.
logging.getLogger("sqlalchemy").addHandler(logging.NullHandler())

#: How long a regular expression of several texts is at most. MariaDB takes 64 KB of what it makes of one, which is some
#: eight times as long: PCRE keeps 32 bytes for each `[Aa]`.
_LONGEST_PATTERN = 5_000

#: What a driver raises of values and statements that it cannot send.
_UNSENDABLE = (OverflowError, UnicodeError, RecursionError)

#: Seconds within which a server must answer at first.
PATIENCE = 10


class Declared(sa.types.NullType):
    """The type of a column that remembers what the database declares, and leaves values as the driver gives them.

    Columns without it are compared just as exactly, but where their types differ in kind the engine cannot know which
    comparison an index supports.
    """

    def __init__(self, column: Column) -> None:
        self.column = column


class Bytes(sa.types.UserDefinedType[bytes]):
    """The type of bytes that may stand in a statement itself, in hex."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """What it would be called where a column is created, which never happens."""
        return "BLOB"

    def literal_processor(self, dialect: sa.Dialect) -> Callable[[bytes], str]:
        """How each engine writes them."""
        if dialect.name == "postgresql":
            return lambda raw: f"pg_catalog.decode('{raw.hex()}', 'hex')"
        return lambda raw: f"x'{raw.hex()}'"


class Question:
    """A statement for many databases of one kind: made ready for the driver once, and told to each as it was then."""

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement
        self._told: tuple[str, Any] | None = None

    def of(self, connection: sa.Connection) -> sa.CursorResult[Any]:
        """What a database answers."""
        if self._told is not None:
            return connection.exec_driver_sql(*self._told)
        if isinstance(connection, PlainConnection):
            raise GivenUp
        told: list[tuple[str, Any]] = []

        def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            told.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", note)
        try:
            result = connection.execute(self.statement)
        finally:
            sa.event.remove(connection, "before_cursor_execute", note)
        if all(_comes_as_it_is(column.type, connection.dialect) for column in self.statement.selected_columns):
            self._told = told[0]
        return result


def _comes_as_it_is(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> bool:
    """Whether a value is what the driver gives."""
    return kind.dialect_impl(dialect).result_processor(dialect, None) is None


def declared(value: Value) -> Column | None:
    """What the database declares of a value, as far as its expression tells."""
    return value.type.column if isinstance(value.type, Declared) else None


@dataclass(frozen=True, slots=True)
class Live:
    """A live database inside one read-only transaction that sees one state of it."""

    name: str
    engine: Engine
    connection: sa.Connection
    server: str  # such as "PostgreSQL 15.8"
    default_schema: str | None

    def now(self) -> datetime:
        """The database's own clock, in UTC."""
        with self.translating():
            return self.engine.clock(self.connection)

    def identity(self) -> str:
        """A digest that tells this database from all others, also from one that took its place."""
        with self.translating():
            return text_digest(self.engine.name, *self.engine.identity(self.connection))

    def reflect(self, beside: Iterable[str] = ()) -> Schema:
        """What the database declares; `beside` names the schemas to look at where they are databases themselves."""
        with self.translating():
            return self.engine.reflect(self.connection, self.default_schema, beside)

    def fingerprint(self) -> Hashable:
        """All that `reflect` looks at: where it is equal the schemas are. None where only `reflect` can tell."""
        with self.translating():
            return self.engine.fingerprint(self.connection)

    def answers(self, question: Question, table: str = "") -> Sequence[Sequence[Any]]:
        """All rows that a statement gives which other databases are asked as well.

        Raises:
            WesretainError: in our own words.
        """
        with self.translating(table):
            return question.of(self.connection).all()

    def groups(self, question: Question, table: str = "") -> list[Mapping[Any, Any]]:
        """The same by the names of the columns."""
        with self.translating(table):
            return [row._mapping for row in question.of(self.connection)]

    def rows(
        self, statement: sa.Executable, table: str = "", parameters: Mapping[str, Any] | None = None
    ) -> Sequence[sa.Row[Any]]:
        """All rows that a statement gives; `table` is the one to name where it fails.

        Raises:
            WesretainError: in our own words.
        """
        with self.translating(table):
            return self._execute(statement, parameters or {}).all()

    def _execute(self, statement: sa.Executable, parameters: Mapping[str, Any]) -> sa.CursorResult[Any]:
        return self.connection.execute(statement, parameters)

    def limit(self, seconds: float) -> None:
        """Let no statement last longer than so many seconds from now on: it fails as one that the server stopped."""
        with self.translating():
            self.engine.limit(self.connection, seconds)

    def savepoint(self) -> AbstractContextManager[None]:
        """A statement that fails inside does not spoil those that follow."""
        return self._savepoint()

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        with self.translating():
            savepoint = self.connection.begin_nested()
        try:
            yield
        except BaseException:
            with suppress(sa.exc.SQLAlchemyError):
                savepoint.rollback()
            raise
        with self.translating():
            savepoint.commit()

    @contextmanager
    def translating(self, table: str = "") -> Iterator[None]:
        """Turn the errors of database and driver into ours."""
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            raise self.engine.translate(error, self.name, table) from None
        except (OverflowError, UnicodeEncodeError):  # the driver cannot send a value of ours
            raise error_for(Trouble.MISFIT, self.name, self.engine.name, table=table) from None
        except RecursionError:
            raise error_for(Trouble.TOO_COMPLEX, self.name, self.engine.name, table=table) from None


@dataclass(frozen=True, slots=True)
class Hurried(Live):
    """One of many databases, by its driver alone: a statement that fails, or is not ready, gives all of it up."""

    def savepoint(self) -> AbstractContextManager[None]:
        """No savepoint, which would take two more statements."""
        return nullcontext()

    def answers(self, question: Question, table: str = "") -> Sequence[Sequence[Any]]:
        """All rows that a statement gives.

        Raises:
            GivenUp: where it is not ready.
        """
        found: PlainResult = question.of(self.connection)  # type: ignore[assignment]
        return found.rows

    def groups(self, question: Question, table: str = "") -> list[Mapping[Any, Any]]:
        """The same by the names of the columns."""
        found: PlainResult = question.of(self.connection)  # type: ignore[assignment]
        return [dict(zip(found.names, row, strict=True)) for row in found.rows]


class Engine(ABC):
    """One kind of database. Everything here is what most of them do; each overrides what it does differently.

    Expressions are three-valued as in SQL, NULL where a value is NULL, and raise for no value that can be stored.
    """

    name: ClassVar[str]
    drivername: ClassVar[str]
    extra: ClassVar[str] = ""  # the extra that brings the driver
    keeps_types: ClassVar[bool] = True  # a column holds values of its declared type alone
    paramstyle: ClassVar[str] = "pyformat"  # how the driver takes parameters by their names
    one_writer: ClassVar[bool] = False  # while one writes, nobody else does
    #: So many times as long as a batch kept its locks has the pause after it to be, so that of a hundred statements of
    #: others not one is felt to be slower. (`make bench ONLY=oltp` measures it.)
    rest: ClassVar[int]
    #: The hint after a table's name that leads through its rows as they lie, past all indexes.
    as_they_lie: ClassVar[str] = ""
    #: Whether all statements of a batch see what its first one saw, but for what they do themselves. Then rows that
    #: others have changed meanwhile refuse the batch; else each statement sees what was committed before it.
    sees_one_state: ClassVar[bool] = False
    #: Whether to look a value up in a long list is cheaper than to prove once more what a record says.
    lists_cheaply: ClassVar[bool] = True

    #: Whether a search for rows by their keys is better made once for all rows than for each of them.
    searches_at_once: ClassVar[bool] = False

    #: Whether a list of many texts may be cut off without a word.
    cuts_lists: ClassVar[bool] = False
    #: Whether columns are taken to hold what their types say, and times as they are plainly written: see `plainly`.
    takes_on_trust: ClassVar[bool] = False

    #: Where wesretain's own tables are: the schema, and how their names begin.
    own_schema: ClassVar[str | None] = "wesretain"
    own_prefix: ClassVar[str] = ""

    # -- connecting ---------------------------------------------------------------------------------------------

    @contextmanager
    def open_for_scan(self, target: Target) -> Iterator[Live]:
        """A connection in a read-only transaction that sees one state of the database, its session pinned to UTC.

        Raises:
            InvalidInput: where the URL or the driver cannot be used.
            Unreachable: where the database cannot.
        """
        with self._connected(target, self._reading_engine(target)) as connection:
            self._dialects[_server_of(target)] = connection.dialect
            try:
                live = self._begin_scan(connection, target)
                yield live
            except sa.exc.SQLAlchemyError as error:
                raise self.translate(error, target.name, place=target.place) from None
            finally:
                with suppress(sa.exc.SQLAlchemyError):
                    connection.rollback()

    @contextmanager
    def open_hurriedly(self, target: Target) -> Iterator[Hurried]:
        """The same as `open_for_scan` for a database of a server that has been connected to before.

        Raises:
            GivenUp: where it takes `open_for_scan`, to say what is wrong or to find out how the server is.
            Unreachable: where the database cannot be connected to.
        """
        dialect = self._dialects.get(_server_of(target))
        if dialect is None:
            raise GivenUp
        errors = (dialect.loaded_dbapi.Error,)
        try:
            raw = self._connecting(target, dialect)()
        except errors as error:
            raise self.translate(error, target.name, place=target.place, connecting=True) from None
        try:
            connection: Any = PlainConnection(raw, dialect)
            server, schema = self._begin_hurriedly(connection, target)
            yield Hurried(target.name, self, connection, server, schema)
        except (*errors, *_UNSENDABLE):
            heed()
            raise GivenUp from None
        finally:
            with suppress(*errors):
                raw.rollback()
            raw.close()

    @contextmanager
    def open_for_apply(self, target: Target) -> Iterator[Writer]:
        """A connection that may write, in transactions that it is asked for; its session is pinned as for a scan.

        Raises:
            InvalidInput: where the URL or the driver cannot be used.
            Unreachable: where the database cannot.
        """
        from wesretain.engines.writer import Writer

        with self._connected(target, self._writing_engine(target)) as connection:
            try:
                server, schema = self._begin_apply(connection, target)
            except sa.exc.SQLAlchemyError as error:
                raise self.translate(error, target.name, place=target.place) from None
            yield Writer(target.name, self, connection, server, schema)

    @contextmanager
    def _connected(self, target: Target, engine: sa.Engine) -> Iterator[sa.Connection]:
        try:
            connection = engine.connect()
        except sa.exc.SQLAlchemyError as error:
            raise self.translate(error, target.name, place=target.place, connecting=True) from None
        except (TypeError, ValueError, UnicodeError):
            mend = "see which options the driver knows"
            raise InvalidInput(f"database {target.name}: the URL has an option that the driver refuses", mend) from None
        try:
            yield connection
        finally:
            with suppress(sa.exc.SQLAlchemyError):
                connection.close()
            engine.dispose()

    @cached_property
    def _dialects(self) -> dict[Hashable, sa.Dialect]:
        """What has been found out of each server."""
        return {}

    def _reading_engine(self, target: Target) -> sa.Engine:
        return self._create(target, connect_args=self._connect_args(target), **self._engine_options(target))

    def _connecting(self, target: Target, dialect: sa.Dialect) -> Callable[[], Any]:
        """What connects to a database as `create_engine` would."""
        positional, named = dialect.create_connect_args(target.url.set(drivername=self.drivername))
        return lambda: dialect.connect(*positional, **{**named, **self._connect_args(target)})

    def _writing_engine(self, target: Target) -> sa.Engine:
        """Every statement is on its own but for those between `begin` or `begin_batch` and COMMIT, which are ours."""
        arguments, options = self._writing_args(target), self._writing_options(target)
        style = {"paramstyle": self.paramstyle}
        engine = self._create(target, connect_args=arguments, isolation_level="AUTOCOMMIT", **style, **options)
        fill_in_lists(engine)
        return engine

    def _create(self, target: Target, **options: Any) -> sa.Engine:
        url = target.url.set(drivername=self.drivername)
        try:
            return sa.create_engine(
                url,
                poolclass=sa.NullPool,
                pool_reset_on_return=None,
                hide_parameters=True,
                enable_from_linting=False,  # it takes rows that are tied by a comparison of texts for a mistake
                **options,
            )
        except ImportError:
            mend = f"pip install 'wesretain[{self.extra}]'"
            raise InvalidInput(f"database {target.name}: the driver for {self.name} is not installed", mend) from None
        except (sa.exc.SQLAlchemyError, TypeError, ValueError):
            raise unreadable_url(target.name) from None

    @abstractmethod
    def _connect_args(self, target: Target) -> dict[str, Any]:
        """What the driver is told beside the URL."""

    def _engine_options(self, target: Target) -> dict[str, Any]:
        return {}

    def _writing_args(self, target: Target) -> dict[str, Any]:
        return self._connect_args(target)

    def _writing_options(self, target: Target) -> dict[str, Any]:
        return self._engine_options(target)

    @abstractmethod
    def _begin_scan(self, connection: sa.Connection, target: Target) -> Live:
        """Check the server's version, pin the session and begin the one transaction."""

    def _begin_hurriedly(self, connection: sa.Connection, target: Target) -> tuple[str, str | None]:
        """The same for a connection whose fingerprint is asked next; give the server's name and the default schema."""
        live = self._begin_scan(connection, target)
        return live.server, live.default_schema

    @abstractmethod
    def _begin_apply(self, connection: sa.Connection, target: Target) -> tuple[str, str | None]:
        """Check the server's version and pin the session; give the server's name and the default schema."""

    @abstractmethod
    def begin(self, connection: sa.Connection) -> None:
        """Begin a transaction that may write, each statement of which sees what others have committed before it."""

    def begin_batch(self, connection: sa.Connection) -> None:
        """Begin a transaction that may write; `sees_one_state` says what it sees of what others commit meanwhile."""
        self.begin(connection)

    def tidy(self, connection: sa.Connection) -> None:  # noqa: B027
        """Do between two batches what the last one has left for later, and others would have to do."""

    def trace_of_others(self, connection: sa.Connection) -> int | None:
        """A number that is another one after anybody else has written; None where the engine cannot tell."""
        return None

    def blind_spot(self, connection: sa.Connection, beside: Iterable[str] = ()) -> str:
        """Why this user may not see all tables, whose foreign keys could then delete rows unseen; empty where not."""
        return ""

    @abstractmethod
    def clock(self, connection: sa.Connection) -> datetime:
        """The database's clock, in UTC."""

    #: Whether the engine itself knows who may do what.
    has_users: ClassVar[bool] = True

    @abstractmethod
    def unlimited(self, connection: sa.Connection) -> str:
        """Why the user may do anything, such as `a superuser`; empty where it may not."""

    @abstractmethod
    def is_replica(self, connection: sa.Connection) -> bool:
        """Whether the server takes no changes from anybody."""

    def lag(self, connection: sa.Connection) -> float | None:
        """How many seconds the server is behind the one that it follows; None where it cannot tell, or follows none."""
        return None

    def lag_of_replicas(self, connection: sa.Connection) -> float | None:
        """How many seconds the server's last replica is behind it; None where it cannot tell, or has none.

        Raises:
            InvalidInput: where such a server never knows.
        """
        message = f"{self.name} does not know how far its replicas are behind"
        raise InvalidInput(message, "name them in wesretain.yaml, under `urls` of `replicas`")

    @abstractmethod
    def triggers(self, connection: sa.Connection) -> list[tuple[str | None, str, str]]:
        """All triggers that this user may see: schema, table and name."""

    @abstractmethod
    def cascades(self, connection: sa.Connection) -> list[tuple[str | None, str, str | None, str, str]]:
        """The foreign keys by which rows go, or change, of themselves where the row goes at which they point.

        Schema and table, schema and table there, and what happens: `CASCADE`, `SET NULL` or `SET DEFAULT`.
        """

    def vetoes(self, connection: sa.Connection) -> bool:
        """Whether a trigger may keep a statement from a row without a word; there may be one on a partition as well."""
        return bool(self.triggers(connection))

    @abstractmethod
    def limit(self, connection: sa.Connection, seconds: float) -> None:
        """Let no statement of this connection last longer from now on; a shorter limit that there is stays."""

    @abstractmethod
    def sizes(
        self, connection: sa.Connection, default_schema: str | None
    ) -> list[tuple[str | None, str, int | None, int | None]]:
        """How large tables are, as the engine estimates it without reading them: schema, name, records, bytes.

        The schema is None where it is the default one; records and bytes are None where it cannot say.
        """

    @abstractmethod
    def layout(self, connection: sa.Connection, table: Table, schema: str | None) -> Layout:
        """How the rows of a table lie; `schema` is where tables of the default schema are."""

    @abstractmethod
    def identity(self, connection: sa.Connection) -> tuple[str, ...]:
        """What tells the database from all others, as far as a reader can know."""

    #: The database to connect to for a list of the others, where the URL names none.
    lobby: ClassVar[str] = ""

    def databases(self, connection: sa.Connection) -> list[str]:
        """The databases of the server that this user may see, but for the server's own and wesretain's.

        Raises:
            InvalidInput: where there is no server.
        """
        raise InvalidInput(f"{self.name} has no server", "write `discover: {files: PATTERN}`")

    #: Whether databases that are alike can be told by a fingerprint.
    has_fingerprints: ClassVar[bool] = False

    def fingerprint(self, connection: sa.Connection) -> Hashable:
        """All that `reflect` looks at: where it is equal the schemas are. None where only `reflect` can tell."""
        return None

    @abstractmethod
    def reflect(self, connection: sa.Connection, default_schema: str | None, beside: Iterable[str] = ()) -> Schema:
        """What the database declares: all tables and views but the engine's own, and wesretain's.

        MariaDB's schemas are databases of their own; `beside` names those to look at beside the one connected to.
        """

    # -- errors -------------------------------------------------------------------------------------------------

    def translate(
        self, error: Exception, database: str, table: str = "", *, place: str = "", connecting: bool = False
    ) -> WesretainError:
        """An error of the driver in our own words: nothing of its text, which may hold values or a password."""
        heed()  # it may be all that is left of a signal
        trouble = self._trouble_of(error)
        trouble = Trouble.UNCONNECTED if connecting and trouble is Trouble.UNKNOWN else trouble
        return error_for(trouble, database, self.name, place=place, table=table, code=self._code(_cause(error)))

    def translate_change(self, error: Exception, database: str, table: str) -> WesretainError:
        """The same for a statement that changes a table: a trigger can fail in ways that nobody foresees."""
        heed()
        changes = {Trouble.DENIED: Trouble.DENIED_CHANGE, Trouble.UNKNOWN: Trouble.UNKNOWN_CHANGE}
        trouble = self._trouble_of(error)
        code = self._code(_cause(error))
        return error_for(changes.get(trouble, trouble), database, self.name, table=table, code=code)

    def _trouble_of(self, error: Exception) -> Trouble:
        trouble = self._trouble(_cause(error))
        lost = isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
        return Trouble.LOST if lost and trouble is Trouble.UNKNOWN else trouble

    @abstractmethod
    def _trouble(self, cause: BaseException) -> Trouble:
        """What a driver's error means."""

    @abstractmethod
    def _code(self, cause: BaseException) -> str:
        """The engine's own number or code for an error, which holds no secret."""

    # -- the SQL that differs -----------------------------------------------------------------------------------

    @cached_property
    def dialect(self) -> sa.Dialect:
        """How SQLAlchemy writes this engine's SQL, without a driver."""
        kind: Any = sa.make_url(f"{self.drivername}://").get_dialect()
        dialect: sa.Dialect = kind(paramstyle="named")
        return dialect

    def shown(self, statement: sa.ClauseElement) -> str:
        """A statement as the engine reads it, its values in place."""
        return str(statement.compile(dialect=self.dialect, compile_kwargs={"literal_binds": True}))

    def exactly(self, value: Value, text: str) -> Bool:
        """The text is the same to the letter: case, accents and trailing spaces count."""
        if not self.can_store(text):
            return self._never(value)
        return self._exactly(value, text)

    def blindly(self, value: Value, text: str) -> Bool:
        """The text is the same but for case and surrounding spaces."""
        return self._folds_to(value, text, Place.WHOLE)

    def blindly_among(self, value: Value, texts: Sequence[str]) -> Bool:
        """The text is the same as one of some, but for case and surrounding spaces."""
        bodies = [fold_pattern(text, Place.WHOLE, "", "") for text in texts if self.can_store(text)]
        patterns = [f"{self._text_start}(?:{each}){self._text_end}" for each in _joined(bodies)]
        letters = self._letters(value)
        return sa.or_(*(letters.regexp_match(each) for each in patterns)) if patterns else self._never(value)

    def may_begin(self, value: Value, texts: Iterable[str]) -> Bool:
        """The text may be one of some but for case and spaces, as far as its first letter tells, which is read cheaply.

        Of a letter that is not ASCII nobody knows; NULL where the text is empty, or NULL itself.
        """
        firsts = {folded(text)[:1] for text in texts}
        if "" in firsts:
            return sa.true()
        spelled = {PADDING, *(each for first in firsts if first.isascii() for each in (first, first.upper()))}
        letter = self._first_letter(value)
        return sa.or_(letter.in_([sa.literal_column(str(ord(each))) for each in sorted(spelled)]), letter > 127)

    def chosen(self, value: Value, choices: Mapping[str, sa.ColumnElement[int]], other: Value) -> sa.ColumnElement[int]:
        """The number that stands beside a text which is the same to the letter; else the `other` one."""
        return sa.case(dict(choices), value=self._letters(value), else_=other)

    def caselessly(self, value: Value, text: str) -> Bool:
        """The text is the same but for case; spaces around it count."""
        return self._folds_to(value, text, Place.TO_THE_SPACE)

    def contains_exactly(self, value: Value, text: str) -> Bool:
        """The text has another in it, to the letter."""
        return self._position(value, text) > 0 if self.can_store(text) else self._never(value)

    def contains_blindly(self, value: Value, text: str) -> Bool:
        """The text has another in it, but for case and surrounding spaces."""
        return self._folds_to(value, text, Place.ANYWHERE)

    def starts_exactly(self, value: Value, text: str) -> Bool:
        """The text begins with another, to the letter."""
        return self._position(value, text) == 1 if self.can_store(text) else self._never(value)

    def starts_blindly(self, value: Value, text: str) -> Bool:
        """The text begins with another, but for case and surrounding spaces."""
        return self._folds_to(value, text, Place.START)

    def matches(self, text: Value, pattern: str) -> Bool:
        """The whole text matches a pattern made of classes, `(?:…)`, alternatives and counts alone."""
        return self.bytewise(text).regexp_match(f"{self._text_start}(?:{pattern}){self._text_end}")

    def same(self, column: Column, left: Value, right: Value) -> Bool:
        """Two values of columns are the same to the letter; `column` is the left one's. The right one is searched."""
        alike = self.alike(column, left, right)
        return sa.and_(alike, self._letters(left) == self._letters(right)) if column.kind is Kind.TEXT else alike

    def alike(self, column: Column, left: Value, right: Value) -> Bool:
        """Two values of columns are the same as this engine's foreign keys see it; otherwise as `same`."""
        return left == right

    @property
    def plainly(self) -> Engine | None:
        """The same engine, whose SQL asks of no value whether it is what its column says.

        What it finds means nothing, except where the same is found as with all questions. None where nothing is gained.
        """
        return None

    def once_a_row(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """A query whose columns another one uses several times; each is to be computed once for each row."""
        return query

    def sorted_by(self, key: Value) -> Value:
        """A column of the key, to sort those by it that are found by other columns: few, it is hoped."""
        return key

    # -- texts that links pair with whole numbers ----------------------------------------------------------------

    #: The greatest whole number that a column holds.
    largest: ClassVar[int] = 2**63 - 1

    @abstractmethod
    def leads(self, text: Value, number: Value) -> Bool:
        """The text is the digits of a number to the letter. The number is searched."""

    @abstractmethod
    def spells(self, text: Value, number: Value) -> Bool:
        """The same, where the text is searched."""

    @abstractmethod
    def meant(self, text: Value) -> Value:
        """The number that a text means, however it is spelled; NULL where no column could hold it."""

    def means(self, text: Value, number: Value) -> Bool:
        """The text means a number, however it is spelled. The number is searched."""
        return number == self.meant(text)

    @abstractmethod
    def is_odd(self, text: Value) -> Bool:
        """The text means a whole number, and is not its digits to the letter."""

    def likely(self, text: Value, number: Value) -> Bool:
        """As `spells`; a text that means the number otherwise is odd. The text is searched."""
        return self.spells(text, number)

    def among(self, text: Value, found: sa.Select[Any]) -> Bool:
        """The text is one of those that a query finds once, for all rows. The text is searched."""
        return text.in_(found)

    def is_among(self, number: Value, found: sa.Select[Any]) -> Bool:
        """The number is one of the `meant` ones that a query finds once, for all rows."""
        return number.in_(found)

    def _plainly(self, text: Value) -> Text:
        """The digits of the number that a text means; NULL where it means none."""
        letters = self._letters(text)
        pattern = f"{self._text_start}{OTHER_IN_GROUPS}{self._text_end}"
        digits = self.bytewise(sa.func.regexp_replace(letters, pattern, "\\1\\2", type_=sa.Text()))
        return sa.case((self.matches(text, ZERO), "0"), (self.matches(text, OTHER), digits), else_=sa.null())

    def text_of(self, value: Value) -> Text:
        """The value as text that Python can read: times in ISO's form and in UTC, numbers in full, bytes in hex."""
        return sa.cast(self._in_full(value), sa.Text())

    @abstractmethod
    def ascii_of(self, value: Value) -> Text:
        """Bytes as a text in which each ASCII letter stands for itself, and no other byte for any of these."""

    def bytes_of(self, value: Value) -> Value:
        """The stored value as bytes, whatever its column declares."""
        return value

    def bytewise(self, text: Value) -> Text:
        """The same text, compared and ordered byte by byte."""
        return text

    def position_of_bytes(self, value: Value, sought: Value) -> sa.ColumnElement[int]:
        """Where some bytes first stand within others, from 1; 0 where they do not."""
        return sa.func.instr(value, sought, type_=sa.Integer())

    # -- JSON: a document in a column, and a member of it at a path of keys --------------------------------------

    @abstractmethod
    def json_readable(self, value: Value, path: Sequence[str]) -> Bool:
        """The value, which is not NULL, is a JSON document that says one thing at most at a path; true or false."""

    @abstractmethod
    def json_text(self, value: Value, path: Sequence[str]) -> Text:
        """The member of a readable document as text, where it is a text, a number or a truth value; else NULL."""

    @abstractmethod
    def json_there(self, value: Value, path: Sequence[str]) -> Bool:
        """The member of a readable document exists and is not null; true or false."""

    @abstractmethod
    def json_replaced(self, column: Column, value: Value, path: Sequence[str], text: str | None) -> Value:
        """A readable document of a column in which a member, if it is there, has become a text, or null."""

    def instant(self, moment: datetime) -> Value:
        """An aware moment, to be compared with a column that holds instants."""
        return sa.literal(moment, sa.DateTime(timezone=True))

    def iso_instant(self, text: Value, zone: str, *, last: bool, from_start: bool) -> sa.ColumnElement[int] | None:
        """The last (or else first) instant of an ISO text in microseconds since 1970; NULL where it is none.

        Only an engine that can be given functions has it; for the others the text is taken apart in SQL.
        """
        return None

    def is_plain_time(self, text: Value) -> Bool:
        """The text is surely a date and time to the second, such as `2020-01-31 23:59:59`, and no more."""
        return sa.false()

    def is_text(self, value: Value) -> Bool:
        """The stored value is a text, whatever its column declares."""
        return sa.true()

    def is_written(self, value: Value) -> Bool:
        """The stored value is a text or bytes, whatever its column declares."""
        return sa.true()

    def is_binary(self, value: Value) -> Bool:
        """The stored value is bytes, whatever its column declares."""
        return sa.true()

    def stored(self, column: Column, value: Any) -> Value:
        """A value of ours as a column takes it."""
        return sa.literal(value, sa.LargeBinary()) if isinstance(value, bytes) else sa.literal(value)

    def encoded(self, text: Value) -> Value:
        """The bytes of a text in UTF-8."""
        return sa.cast(text, sa.LargeBinary())

    def hexed(self, text: Value) -> Text:
        """The bytes of a text in UTF-8, as `text_of` shows them."""
        return self.concat(sa.literal("\\x"), sa.func.lower(sa.func.hex(text)))

    def is_number(self, value: Value) -> Bool:
        """The stored value is a number, whatever its column declares."""
        return sa.true()

    def zero_parts(self, value: Value) -> Bool:
        """The typed date or time has a day that no calendar has, such as one of month 0, or 31 February."""
        return sa.false()

    def is_true(self, condition: Bool) -> Bool:
        """The condition, two-valued: unknown is false."""
        return sa.case((condition, sa.true()), else_=sa.false())

    def listed(self, value: Value) -> Text:
        """The numbers or texts of a group as one text, with commas between; cut off where that grows too long."""
        return sa.func.group_concat(value, type_=sa.Text())

    def length(self, text: Value) -> sa.ColumnElement[int]:
        """How many characters the text has."""
        return sa.func.char_length(text, type_=sa.Integer())

    def right(self, text: Value, count: int) -> Text:
        """The last characters of the text, or all of it where it is shorter."""
        return sa.func.right(text, count, type_=sa.Text())

    def concat(self, *texts: Value) -> Text:
        """The texts one after the other; NULL where one is."""
        whole: Text = sa.type_coerce(texts[0], sa.Text())
        for text in texts[1:]:
            whole = whole.concat(sa.type_coerce(text, sa.Text()))
        return whole

    def can_store(self, text: str) -> bool:
        """Whether such a text can stand in a database at all; others equal nothing."""
        return not any("\ud800" <= letter <= "\udfff" for letter in text)

    @property
    @abstractmethod
    def place(self) -> sa.ColumnElement[str]:
        """The name that the database itself knows itself by: several may share a server, and wesretain's tables."""

    @property
    @abstractmethod
    def seconds(self) -> sa.ColumnElement[int]:
        """The database's clock in whole seconds since 1970."""

    # -- what the defaults are made of --------------------------------------------------------------------------

    _text_start: ClassVar[str] = "^"
    _text_end: ClassVar[str] = "$"

    def _exactly(self, value: Value, text: str) -> Bool:
        return self._letters(value) == text

    def _letters(self, value: Value) -> Text:
        """A value as text that is compared to the letter."""
        return self.bytewise(self.text_of(value))

    def _in_full(self, value: Value) -> Value:
        """A value that loses nothing when it is turned into text."""
        return value

    def _first_letter(self, value: Value) -> sa.ColumnElement[int]:
        """The code of a text's first letter if it is ASCII, and else a number beyond all of these."""
        return sa.func.ascii(self._letters(value), type_=sa.Integer())

    @abstractmethod
    def _position(self, value: Value, text: str) -> sa.ColumnElement[int]:
        """Where a text first stands within a value to the letter, from 1; 0 where it does not."""

    def _folds_to(self, value: Value, text: str, place: Place) -> Bool:
        if not self.can_store(text):
            return self._never(value)
        pattern = fold_pattern(text, place, self._text_start, self._text_end)
        return self._letters(value).regexp_match(pattern)

    def _never(self, value: Value) -> Bool:
        """False, or NULL where the value is."""
        return sa.case((value.is_(None), sa.null()), else_=sa.false())


def _server_of(target: Target) -> Hashable:
    """All that a database shares with the others of its server."""
    return target.url.host, target.url.port, tuple(sorted(target.url.query.items())), target.tls


def _joined(bodies: Iterable[str]) -> list[str]:
    """Patterns as alternatives of one another, in as few as may be."""
    joined: list[str] = []
    for body in bodies:
        if joined and len(joined[-1]) + len(body) < _LONGEST_PATTERN:
            joined[-1] += f"|{body}"
        else:
            joined.append(body)
    return joined


def _cause(error: Exception) -> BaseException:
    """What the driver itself raised."""
    return error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
