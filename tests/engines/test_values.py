"""Values that are not plain text: whatever can be stored is read as text, compared and refused without an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from databases import Server
from engines.live import clause, fill, opened, write
from engines.test_text_conditions import METHODS, TEXTS, anything, check, rows
from wesretain.engines.base import Bool, Engine, Live
from wesretain.model.reading import EPOCH_TEXT, ISO_TEXT


def texts_of(url: str, table: str = "t") -> dict[str, list[str | None]]:
    with opened(url) as live:
        found = clause(live, table)
        ordered = sa.select(*(live.engine.text_of(c).label(c.name) for c in found.c)).order_by(found.c.id)
        result = live.rows(ordered)
        return {name: [row._mapping[name] for row in result] for name in (c.name for c in found.c) if name != "id"}


def test_postgresql_values_as_text(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(
        url,
        "CREATE TYPE mood AS ENUM ('glad')",
        """CREATE TABLE t (id int PRIMARY KEY, instant timestamptz, local timestamp, day date, number numeric,
             double double precision, single real, yes boolean, uuid uuid, json json, jsonb jsonb, bytes bytea,
             mood mood, list int[], address inet, span interval, long bigint)""",
        """INSERT INTO t VALUES
           (1, '2020-01-01 00:00:00-05', '2020-01-01 00:00', '2020-01-01', 1.50, 0.1, 0.1, true,
            'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"a": 1}', '{"a": 1}', '\\x00ff61',
            'glad', '{1,2}', '10.0.0.1', '1 day', 7),
           (2, 'infinity', 'infinity', 'infinity', 'NaN', 'NaN', 'Infinity', false,
            NULL, '1', '1', '', NULL, '{}', '::1', '0', -7),
           (3, '-infinity', '-infinity', '-infinity', -1e30, '-Infinity', 1e30, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
           (4, '0044-03-15 00:00:00+00 BC', '0044-03-15 00:00:00 BC', '0044-03-15 BC', 12345678901234567890.123456789,
            1e300, 1577836800, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
           (5, '2020-01-01 00:00:00.123456+00', '294276-12-31 23:59:59.999999', '5874897-12-31', 0,
            1577836800.123456, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""",
    )
    assert texts_of(url) == {
        "instant": [
            "2020-01-01 05:00:00+00",
            "infinity",
            "-infinity",
            "0044-03-15 00:00:00+00 BC",
            "2020-01-01 00:00:00.123456+00",
        ],
        "local": [
            "2020-01-01 00:00:00",
            "infinity",
            "-infinity",
            "0044-03-15 00:00:00 BC",
            "294276-12-31 23:59:59.999999",
        ],
        "day": ["2020-01-01", "infinity", "-infinity", "0044-03-15 BC", "5874897-12-31"],
        "number": ["1.50", "NaN", "-" + "1" + "0" * 30, "12345678901234567890.123456789", "0"],
        "double": ["0.1", "NaN", "-Infinity", "1e+300", "1577836800.123456"],
        "single": ["0.10000000149011612", "Infinity", "1.0000000150474662e+30", "1577836800", "3"],
        "yes": ["true", "false", None, None, None],
        "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None, None, None, None],
        "json": ['{"a": 1}', "1", None, None, None],
        "jsonb": ['{"a": 1}', "1", None, None, None],
        "bytes": ["\\x00ff61", "\\x", None, None, None],
        "mood": ["glad", None, None, None, None],
        "list": ["{1,2}", "{}", None, None, None],
        "address": ["10.0.0.1/32", "::1/128", None, None, None],
        "span": ["P1D", "PT0S", None, None, None],
        "long": ["7", "-7", None, None, None],
    }


ANY_DATE = "SET sql_mode = 'ALLOW_INVALID_DATES'"


def test_mariadb_values_as_text(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    write(
        url,
        """CREATE TABLE t (id int PRIMARY KEY, instant timestamp(6) NULL, local datetime(6), plain datetime, day date,
             number decimal(40,9), double_ double, single float, tiny tinyint(1), huge bigint unsigned, uuid uuid,
             json json, bytes varbinary(9), picture blob, letters enum('glad', 'é') CHARACTER SET latin1,
             several set('a', 'b'), bits bit(9), year_ year, address inet6, point_ point,
             latin text CHARACTER SET latin1)""",
        ANY_DATE,
        """INSERT INTO t VALUES
           (1, '2020-01-01 00:00:00', '2020-01-01 00:00:00.123456', '2020-01-01 00:00:00', '2020-01-01', 1.5,
            0.1, 0.1, 1, 18446744073709551615, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"a": 1}', x'00ff61', x'ff',
            'é', 'a,b', 257, 2020, '::ffff:10.0.0.1', point(1, 2), 'é'),
           (2, 0, 0, 0, 0, 0, -1e300, 1577836801, -128, 0, NULL, '1', '', '', 'glad', '', 0, 0, '::1', NULL, ''),
           (3, NULL, '2020-00-10', '2020-05-00', '2020-02-31', 12345678901234567890.123456789, 1577836800.123456,
            1e30, 127,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
           (4, NULL, '9999-12-31 23:59:59.999999', '0001-01-01', '0000-05-05', NULL, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""",
    )
    found = texts_of(url)
    found.pop("point_")  # no text, and no error
    assert found == {
        "instant": ["2020-01-01 05:00:00.000000", "0000-00-00 00:00:00.000000", None, None],
        "local": [
            "2020-01-01 00:00:00.123456",
            "0000-00-00 00:00:00.000000",
            "2020-00-10 00:00:00.000000",
            "9999-12-31 23:59:59.999999",
        ],
        "plain": ["2020-01-01 00:00:00", "0000-00-00 00:00:00", "2020-05-00 00:00:00", "0001-01-01 00:00:00"],
        "day": ["2020-01-01", "0000-00-00", "2020-02-31", "0000-05-05"],
        "number": ["1.500000000", "0.000000000", "12345678901234567890.123456789", None],
        "double_": ["0.1", "-1e300", "1577836800.123456", None],
        "single": ["0.10000000149011612", "1577836800", "1.0000000150474662e30", None],
        "tiny": ["1", "-128", "127", None],
        "huge": ["18446744073709551615", "0", None, None],
        "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None, None, None],
        "json": ['{"a": 1}', "1", None, None],
        "bytes": ["\\x00ff61", "\\x", None, None],
        "picture": ["\\xff", "\\x", None, None],
        "letters": ["é", "glad", None, None],
        "several": ["a,b", "", None, None],
        "bits": ["257", "0", None, None],
        "year_": ["2020", "0000", None, None],
        "address": ["::ffff:10.0.0.1", "::1", None, None],
        "latin": ["é", "", None, None],
    }


def test_sqlite_values_as_text(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(
        url,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, anything, moment DATETIME, number INTEGER, words TEXT)",
        """INSERT INTO t VALUES
           (1, 1, 1577836800, 1577836800, 5), (2, 0.1, 1577836800.123456, 0.1, 0.5),
           (3, 'a', '2020-01-01', 'many', 'a'), (4, x'00ff', x'ff', x'ff', x'ff'), (5, NULL, NULL, NULL, NULL),
           (6, 9e999, '', '', ''),
           (7, CAST(x'ff41' AS TEXT), CAST(x'ff' AS TEXT), CAST(x'ff' AS TEXT), CAST(x'ff' AS TEXT)),
           (8, 9223372036854775807, -0.0, 1e15, 1.5)""",
    )
    assert texts_of(url) == {
        "anything": ["1", "0.10000000000000001", "a", "\\x00ff", None, "Inf", "\ufffdA", "9223372036854775807"],
        "moment": ["1577836800", "1577836800.123456", "2020-01-01", "\\xff", None, "", "\ufffd", "0"],
        "number": ["1577836800", "0.10000000000000001", "many", "\\xff", None, "", "\ufffd", "1000000000000000"],
        "words": ["5", "0.5", "a", "\\xff", None, "", "\ufffd", "1.5"],
    }
    with opened(url) as live:
        table = clause(live, "t")
        for column in (table.c.anything, table.c.moment, table.c.number):
            query = sa.select(sa.func.typeof(column), live.engine.text_of(column), column).where(column.is_not(None))
            for kind, text, value in live.rows(query):
                if kind == "real" and value not in (float("inf"),):
                    assert float(text) == value
                if kind == "integer":
                    assert int(text) == value


def test_sqlite_looks_at_what_is_stored(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(
        url,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, anything)",
        """INSERT INTO t VALUES (1, 7), (2, 7.0), (3, '7'), (4, x'37'), (5, NULL), (6, CAST(x'37ff' AS TEXT)),
           (7, ' 7 ')""",
    )
    with opened(url) as live:
        e, column = live.engine, clause(live, "t").c.anything
        expressions = {
            "is_text": e.is_text(column),
            "is_number": e.is_number(column),
            "exactly": e.exactly(column, "7"),
            "contains": e.contains_exactly(column, "7"),
            "starts": e.starts_exactly(column, "7"),
            "blindly": e.blindly(column, "7"),
        }
        found = live.rows(sa.select(*(made.label(name) for name, made in expressions.items())))
    columns = {name: [row._mapping[name] for row in found] for name in expressions}
    assert columns == {
        "is_text": [0, 0, 1, 0, 0, 1, 1],
        "is_number": [1, 1, 0, 0, 0, 0, 0],
        "exactly": [0, 0, 1, 0, None, 0, 0],
        "contains": [0, 0, 1, 0, None, 1, 1],
        "starts": [0, 0, 1, 0, None, 1, 0],
        "blindly": [1, 0, 1, 1, None, 0, 1],
    }


def test_sqlite_in_utf_16(sqlite: Server) -> None:
    for encoding in ("UTF-16le", "UTF-16be"):
        url = sqlite.fresh_database("test")
        write(url, f"PRAGMA encoding = '{encoding}'", "CREATE TABLE t (id INTEGER PRIMARY KEY, plain TEXT)")
        fill(url, "t", rows(("plain", anything)))
        check(url, TEXTS[::3])


DATES = {
    "2020-02-29": False,
    "2019-02-29": True,
    "2000-02-29": False,
    "1900-02-29": True,
    "2020-02-30": True,
    "2020-04-31": True,
    "2020-12-31": False,
    "2020-00-10": True,
    "2020-10-00": True,
    "2020-00-00": True,
    "0000-00-00": True,
    "0000-05-05": True,
    "0001-01-01": False,
    "9999-12-31": False,
}


def test_mariadb_days_that_no_calendar_has(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    write(url, "CREATE TABLE t (id int PRIMARY KEY, day date, local datetime(3))")
    fill(url, "t", ({"id": n, "day": d, "local": d} for n, d in enumerate((*DATES, None))), ANY_DATE)
    with opened(url) as live:
        table = clause(live, "t")
        for column in (table.c.day, table.c.local):
            found = live.rows(sa.select(live.engine.zero_parts(column)).order_by(table.c.id))
            assert [None if row[0] is None else bool(row[0]) for row in found] == [*DATES.values(), None]


def test_elsewhere_every_day_is_in_the_calendar(postgresql: Server) -> None:
    with opened(postgresql.fresh_database("test")) as live:
        assert live.rows(sa.select(live.engine.zero_parts(sa.literal("2020-01-01"))))[0][0] is False


def test_instants_are_compared_in_utc(postgresql: Server, mariadb: Server) -> None:
    """Both servers think in other zones, and so do the sessions that wrote the values."""
    for server in (postgresql, mariadb):
        url = server.fresh_database("test")
        kind = "timestamptz" if server is postgresql else "timestamp(6) NULL"
        write(
            url,
            f"CREATE TABLE t (id int PRIMARY KEY, at {kind})",
            "INSERT INTO t VALUES (1, '2020-06-30 20:00:00.000001')",
        )
        with opened(url) as live:
            at = clause(live, "t").c.at
            hour = 24 if server is postgresql else 25  # America/New_York in summer, and -05:00
            exact = datetime(2020, 7, 1, hour - 24, 0, 0, 1, tzinfo=UTC)
            earlier = exact.replace(microsecond=0)
            for moment, wanted in ((exact, (True, True)), (earlier, (False, False))):
                query = sa.select(at <= live.engine.instant(moment), at == live.engine.instant(moment))
                assert tuple(map(bool, live.rows(query)[0])) == wanted


def every_expression(engine: Engine, column: sa.ColumnClause[Any]) -> Iterator[Bool]:
    for text in ("a", "é", "日本😀", "", "2020-01-01", "0000-00-00", "ss" * 40, "\\"):
        for method in METHODS:
            yield getattr(engine, method)(column, text)
    yield engine.matches(column, ISO_TEXT)
    yield engine.matches(engine.text_of(column), EPOCH_TEXT)
    yield engine.bytewise(column) < "2020-01-01"
    yield engine.bytewise(engine.right(engine.concat(sa.literal("0" * 18), engine.text_of(column)), 18)) < "1"
    yield engine.length(engine.text_of(column)) == 10
    yield engine.is_text(column)
    yield engine.is_number(column)
    yield engine.is_true(engine.exactly(column, "a"))


@contextmanager
def writer(url: str, live: Live) -> Iterator[sa.Connection]:
    """A connection as `apply` will have it: pinned alike, but allowed to write."""
    arguments = {}
    if live.engine.name == "MariaDB":
        mode = live.rows(sa.text("SELECT @@sql_mode"))[0][0]
        assert "STRICT_ALL_TABLES" in mode
        arguments = {"init_command": f"SET SESSION time_zone = '+00:00', sql_mode = '{mode}'"}
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=arguments)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def test_nothing_raises_in_a_delete_either(postgresql: Server, mariadb: Server) -> None:
    """MariaDB turns the warnings of a SELECT into errors where a strict session deletes."""
    types = {
        "postgresql": ("text", "varchar(400)", "char(400)", 'text COLLATE "POSIX"'),
        "mariadb": (
            *(
                "varchar(400)",
                "text",
                "text CHARACTER SET latin1",
                "varchar(400) CHARACTER SET utf8mb3",
                "date",
                "datetime(6)",
            ),
            *("timestamp NULL", "decimal(9,2)", "float", "int", "blob", "varbinary(400)", "bit(9)", "year", "json"),
        ),
    }
    for server in (postgresql, mariadb):
        url = server.fresh_database("test")
        kinds = types[server.dialect]
        columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(kinds))
        write(url, f"CREATE TABLE t (id int PRIMARY KEY, {columns})")
        values: list[dict[str, Any]] = [{"id": -1, **{f"c{n}": None for n in range(len(kinds))}}]
        for number, text in enumerate(TEXTS):
            row = {"id": number, **{f"c{n}": None for n in range(len(kinds))}}
            for n, kind in enumerate(kinds):
                latin_only = "latin1" in kind
                if kind.startswith(("text", "varchar", "char")) and (text.isascii() or not latin_only):
                    basic = "utf8mb3" not in kind or all(letter <= "\uffff" for letter in text)
                    row[f"c{n}"] = text if basic else None
            values.append(row)
        if server is mariadb:
            moments = ("0000-00-00", "2020-00-10", "2020-02-31", "2020-01-01", "9999-12-31", "0000-00-00", "2020-01-01")
            for row, moment in zip(values, moments, strict=False):
                row.update(
                    {"c4": moment, "c5": moment, "c6": moment if moment < "2030" and "-00-1" not in moment else None}
                )
                row.update(
                    {
                        "c7": Decimal("-1.5"),
                        "c8": 0.1,
                        "c9": -1,
                        "c10": b"\xff\x00",
                        "c11": b"\xff",
                        "c12": 257,
                        "c13": 2020,
                    }
                )
            for row in values:
                row["c6"] = None if row["c6"] == "2020-02-31" else row["c6"]
        fill(url, "t", values, ANY_DATE if server is mariadb else "")
        with opened(url) as live, writer(url, live) as connection:
            table = clause(live, "t")
            for column in (c for c in table.c if c.name != "id"):
                dated = kinds[int(column.name[1:])].split("(")[0].split(" ")[0] in ("date", "datetime", "timestamp")
                extra = [live.engine.zero_parts(column)] if dated else []
                for condition in (*every_expression(live.engine, column), *extra):
                    connection.execute(sa.delete(table).where(condition))
                    connection.execute(sa.delete(table).where(sa.not_(condition)))
                    connection.rollback()


def test_columns_are_the_same_to_the_letter_or_as_foreign_keys_see_them(
    sqlite: Server, postgresql: Server, mariadb: Server
) -> None:
    """Pairs of columns, and whether `a` (or else its twin in capitals, or with a space) is alike."""
    cases: dict[Server, tuple[tuple[str, ...], tuple[tuple[str, str, bool, bool], ...]]] = {
        sqlite: (
            (),
            (
                ("TEXT", "TEXT", False, False),
                ("TEXT", "TEXT COLLATE NOCASE", False, False),
                ("TEXT COLLATE NOCASE", "TEXT", True, False),
            ),
        ),
        postgresql: (
            (
                "CREATE EXTENSION citext",
                "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                "CREATE DOMAIN mail AS citext",
            ),
            (
                ("text", "varchar(9)", False, False),
                ("citext", "citext", True, False),
                ("mail", "text", True, False),
                ("text", "citext", True, False),
                ("text COLLATE blind", "text COLLATE blind", True, False),
                ('text COLLATE "C"', 'text COLLATE "POSIX"', False, False),
                ("char(5)", "char(5)", False, True),
                ("text", "char(5)", False, False),
            ),
        ),
        mariadb: (
            (),
            (
                ("varchar(9)", "varchar(9)", True, True),
                ("varchar(9) COLLATE utf8mb4_unicode_ci", "varchar(9) COLLATE utf8mb4_general_ci", True, True),
                ("varchar(9) CHARACTER SET latin1", "varchar(9)", True, True),
                ("varchar(9)", "varchar(9) CHARACTER SET latin1", True, True),
                ("varchar(9) COLLATE utf8mb4_nopad_bin", "varchar(9) COLLATE utf8mb4_nopad_bin", False, False),
                ("varchar(9) COLLATE utf8mb4_general_ci", "varchar(9) CHARACTER SET utf8mb3", True, True),
            ),
        ),
    }
    for server, (before, pairs) in cases.items():
        for left, right, case_blind, pad_blind in pairs:
            url = server.fresh_database("test")
            write(
                url,
                *before,
                f"CREATE TABLE a (id int PRIMARY KEY, v {left})",
                f"CREATE TABLE b (id int PRIMARY KEY, v {right})",
                "INSERT INTO a VALUES (1, 'ab'), (2, NULL)",
                "INSERT INTO b VALUES (1, 'ab'), (2, 'AB'), (3, 'ab '), (4, NULL), (5, 'ac')",
            )
            with opened(url) as live:
                a, b = clause(live, "a"), clause(live, "b")
                column = live.reflect().table(None, "a").column("v")  # type: ignore[union-attr]
                assert column is not None
                alike = {row[0] for row in live.rows(sa.select(b.c.id).where(live.engine.alike(column, a.c.v, b.c.v)))}
                same = {row[0] for row in live.rows(sa.select(b.c.id).where(live.engine.same(column, a.c.v, b.c.v)))}
            padded = right == "char(5)"
            assert alike == {1} | ({2} if case_blind else set()) | ({3} if pad_blind or padded else set()), (
                left,
                right,
            )
            assert same == {1} | ({3} if padded else set()), (left, right)


def test_numbers_and_uuids_are_the_same(engine_url: str) -> None:
    kind = "uuid" if not engine_url.startswith("sqlite") else "text"
    one = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    write(
        engine_url,
        f"CREATE TABLE t (id int PRIMARY KEY, a int, b decimal(9,2), u {kind}, w {kind})",
        f"INSERT INTO t VALUES (1, 7, 7.00, '{one}', '{one}'), (2, 7, 7.01, '{one}', NULL)",
        "INSERT INTO t VALUES (3, NULL, NULL, NULL, NULL)",
    )
    with opened(engine_url) as live:
        table, found = clause(live, "t"), live.reflect().table(None, "t")
        assert found is not None
        for compare in (live.engine.same, live.engine.alike):
            for left, right in (("a", "b"), ("u", "w")):
                column = found.column(left)
                assert column is not None
                query = sa.select(table.c.id).where(compare(column, table.c[left], table.c[right]))
                assert [row[0] for row in live.rows(query)] == [1]
