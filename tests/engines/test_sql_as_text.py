"""The SQL that differs, as text: no server and no driver is needed to write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engines.live import ENGINES, engine_named
from wesretain.engines.base import Declared, Engine
from wesretain.model.schema import Column, Kind

BARE = sa.column("v")
PLAIN = {
    "sqlite": Column("v", Kind.TEXT, declared="TEXT"),
    "postgresql": Column("v", Kind.TEXT, declared="character varying(20)"),
    "mariadb": Column("v", Kind.TEXT, declared="varchar(20) COLLATE utf8mb4_general_ci"),
}
LATIN = Column("v", Kind.TEXT, declared="varchar(20) COLLATE latin1_swedish_ci")
BLIND = Column("v", Kind.TEXT, declared="text COLLATE blind")
CITEXT = Column("v", Kind.TEXT, declared="citext")
SINGLE = {"postgresql": Column("v", Kind.FLOAT, declared="real"), "mariadb": Column("v", Kind.FLOAT, declared="float")}
BYTES = Column("v", Kind.BINARY, declared="blob")


def typed(column: Column) -> sa.ColumnClause[Any]:
    return sa.column(column.name, Declared(column))


Make = Callable[[Engine, Any], sa.ClauseElement]
MARIA = "CONVERT(v USING utf8mb4) COLLATE utf8mb4_nopad_bin"
CASES: dict[str, tuple[Make, dict[str, str]]] = {
    "exactly": (
        lambda e, c: e.exactly(c, "a"),
        {
            "sqlite": "v = 'a' COLLATE \"BINARY\" AND typeof(v) IN ('text', 'null')",
            "postgresql": "CAST(v AS TEXT) COLLATE \"C\" = 'a'",
            "mariadb": f"v = 'a' AND {MARIA} = 'a'",
        },
    ),
    "contains_exactly": (
        lambda e, c: e.contains_exactly(c, "100%_'"),
        {
            "sqlite": "instr(v, '100%_''') > 0 AND typeof(v) IN ('text', 'null')",
            "postgresql": "strpos(CAST(v AS TEXT) COLLATE \"C\", '100%_''') > 0",
            "mariadb": f"locate('100%_''', {MARIA}) > 0",
        },
    ),
    "starts_exactly": (
        lambda e, c: e.starts_exactly(c, "a"),
        {
            "sqlite": "instr(v, 'a') = 1 AND typeof(v) IN ('text', 'null')",
            "postgresql": "starts_with(CAST(v AS TEXT) COLLATE \"C\", 'a')",
            "mariadb": f"locate('a', {MARIA}) = 1",
        },
    ),
    "blindly": (
        lambda e, c: e.blindly(c, " Ks.- "),
        {
            "sqlite": "wesretain_fold(CAST(v AS BLOB)) = 'ks.-'",
            "postgresql": "CAST(v AS TEXT) COLLATE \"C\" ~ '^ *[Kk\u212a][Ss\u017f]\\.\\- *$'",
            "mariadb": f"{MARIA} REGEXP '\\\\A *[Kk\u212a][Ss\u017f]\\\\.\\\\- *\\\\z'",
        },
    ),
    "caselessly": (
        lambda e, c: e.caselessly(c, " Ks.- "),
        {
            "sqlite": "wesretain_caseless(CAST(v AS BLOB)) = ' ks.- '",
            "postgresql": "CAST(v AS TEXT) COLLATE \"C\" ~ '^ [Kk\u212a][Ss\u017f]\\.\\- $'",
            "mariadb": f"{MARIA} REGEXP '\\\\A [Kk\u212a][Ss\u017f]\\\\.\\\\- \\\\z'",
        },
    ),
    "contains_blindly": (
        lambda e, c: e.contains_blindly(c, "b"),
        {
            "sqlite": "instr(wesretain_fold(CAST(v AS BLOB)), 'b') > 0",
            "postgresql": "CAST(v AS TEXT) COLLATE \"C\" ~ '[Bb]'",
            "mariadb": f"{MARIA} REGEXP '[Bb]'",
        },
    ),
    "starts_blindly": (
        lambda e, c: e.starts_blindly(c, "b"),
        {
            "sqlite": "instr(wesretain_fold(CAST(v AS BLOB)), 'b') = 1",
            "postgresql": "CAST(v AS TEXT) COLLATE \"C\" ~ '^ *[Bb]'",
            "mariadb": f"{MARIA} REGEXP '\\\\A *[Bb]'",
        },
    ),
    "matches": (
        lambda e, c: e.matches(c, "[0-9]{4}|x"),
        {
            "sqlite": "wesretain_matches('[0-9]{4}|x', CAST(v AS BLOB))",
            "postgresql": "CAST(v AS TEXT) COLLATE \"C\" ~ '^(?:[0-9]{4}|x)$'",
            "mariadb": f"{MARIA} REGEXP '\\\\A(?:[0-9]{{4}}|x)\\\\z'",
        },
    ),
    "text_of": (
        lambda e, c: e.text_of(c),
        {
            "sqlite": "CASE WHEN (typeof(v) = 'real') THEN printf('%!.17g', v) WHEN (typeof(v) = 'blob')"
            " THEN '\\x' || lower(hex(v)) ELSE CAST(v AS TEXT) END",
            "postgresql": "CAST(v AS TEXT)",
            "mariadb": MARIA,
        },
    ),
    "bytewise": (
        lambda e, c: e.bytewise(c) < "2020",
        {
            "sqlite": "v COLLATE \"BINARY\" < '2020'",
            "postgresql": "CAST(v AS TEXT) COLLATE \"C\" < '2020'",
            "mariadb": f"{MARIA} < '2020'",
        },
    ),
    "is_text": (lambda e, c: e.is_text(c), {"sqlite": "typeof(v) = 'text'", "postgresql": "true", "mariadb": "true"}),
    "is_number": (
        lambda e, c: e.is_number(c),
        {"sqlite": "typeof(v) IN ('integer', 'real')", "postgresql": "true", "mariadb": "true"},
    ),
    "right": (
        lambda e, c: e.right(c, 3),
        {"sqlite": "substr(v, -3)", "postgresql": "right(v, 3)", "mariadb": "right(v, 3)"},
    ),
    "length": (
        lambda e, c: e.length(c),
        {"sqlite": "length(v)", "postgresql": "char_length(v)", "mariadb": "char_length(v)"},
    ),
    "concat": (
        lambda e, c: e.concat(sa.literal("0"), c, sa.literal("!")),
        {"sqlite": "'0' || v || '!'", "postgresql": "'0' || v || '!'", "mariadb": "concat(concat('0', v), '!')"},
    ),
    "instant": (
        lambda e, c: c <= e.instant(datetime(2020, 1, 1, 0, 0, 0, 5, tzinfo=UTC)),
        {
            "sqlite": "v <= '2020-01-01 00:00:00.000005'",
            "postgresql": "v <= '2020-01-01 00:00:00.000005+00:00'",
            "mariadb": "v <= '2020-01-01 00:00:00.000005'",
        },
    ),
    "zero_parts": (
        lambda e, c: e.zero_parts(c),
        {
            "sqlite": "0 = 1",
            "postgresql": "false",
            "mariadb": "month(v) = 0 OR v < '0001-01-01' OR dayofmonth(v) NOT BETWEEN 1 AND 28"
            " AND (dayofmonth(v) = 0 OR dayofmonth(v) > CASE WHEN (month(v) IN (4, 6, 9, 11))"
            " THEN 30 WHEN (month(v) != 2) THEN 31 WHEN (year(v) % 4 = 0 AND (year(v) % 100 != 0 OR year(v) % 400 = 0))"
            " THEN 29 ELSE 28 END)",
        },
    ),
    "is_true": (
        lambda e, c: e.is_true(c > 1),
        {
            "sqlite": "CASE WHEN (v > 1) THEN 1 ELSE 0 END",
            "postgresql": "CASE WHEN (v > 1) THEN true ELSE false END",
            "mariadb": "CASE WHEN (v > 1) THEN true ELSE false END",
        },
    ),
}


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("case", CASES)
def test_expressions(name: str, case: str) -> None:
    make, wanted = CASES[case]
    engine = engine_named(name)
    assert shown(engine, make(engine, BARE)) == normal(wanted[name])


def normal(sql: str) -> str:
    """Without what differs from one release of SQLAlchemy to the next."""
    sql = re.sub(r'\(((?:[^()]|\([^()]*\))* COLLATE "?\w+"?)\)', r"\1", sql)
    return (
        sql.replace("convert(", "CONVERT(")
        .replace("0 = 1", "0")
        .replace("concat(concat('0', v), '!')", "concat('0', v, '!')")
    )


def shown(engine: Engine, expression: sa.ClauseElement) -> str:
    return normal(engine.shown(expression))


def test_a_plain_column_of_postgresql_is_compared_as_it_stands() -> None:
    engine = engine_named("postgresql")
    assert shown(engine, engine.exactly(typed(PLAIN["postgresql"]), "é")) == "v = 'é'"
    assert shown(engine, engine.exactly(typed(BLIND), "é")) == "v = 'é' AND CAST(v AS TEXT) COLLATE \"C\" = 'é'"
    assert shown(engine, engine.exactly(typed(CITEXT), "é")) == "CAST(v AS TEXT) COLLATE \"C\" = 'é'"


def test_mariadb_compares_in_the_column_s_character_set_where_the_text_fits_it() -> None:
    engine = engine_named("mariadb")
    short = [(typed(PLAIN["mariadb"]), "日本"), (typed(LATIN), "a"), (BARE, "a")]
    full = [(typed(LATIN), "日本"), (BARE, "é")]
    assert all(shown(engine, engine.exactly(column, text)).startswith("v = '") for column, text in short)
    assert all(shown(engine, engine.exactly(column, text)).startswith("CONVERT(v") for column, text in full)


@pytest.mark.parametrize("name", ENGINES)
def test_plain_columns_are_linked_as_they_stand(name: str) -> None:
    engine, column = engine_named(name), PLAIN[name]
    left, right = (sa.table(t, sa.column("v", Declared(column))).c.v for t in ("a", "b"))
    assert shown(engine, engine.alike(column, left, right)) == "a.v = b.v"
    assert shown(engine, engine.same(column, left, right)).startswith("a.v = b.v")
    number = Column("v", Kind.INTEGER, declared="int")
    for compare in (engine.alike, engine.same):
        sql = shown(engine, compare(number, *(sa.table(t, sa.column("v", Declared(number))).c.v for t in ("a", "b"))))
        assert sql == "a.v = b.v"


def test_columns_whose_own_equality_is_blind() -> None:
    engine = engine_named("postgresql")
    left, right = (sa.table(t, sa.column("v", Declared(CITEXT))).c.v for t in ("a", "b"))
    assert shown(engine, engine.alike(CITEXT, left, right)) == "lower(CAST(a.v AS TEXT)) = lower(CAST(b.v AS TEXT))"
    assert shown(engine, engine.same(CITEXT, left, right)) == (
        "lower(CAST(a.v AS TEXT)) = lower(CAST(b.v AS TEXT))"
        ' AND CAST(a.v AS TEXT) COLLATE "C" = CAST(b.v AS TEXT) COLLATE "C"'
    )


def test_numbers_and_bytes_are_shown_in_full() -> None:
    postgresql, mariadb = engine_named("postgresql"), engine_named("mariadb")
    assert (
        shown(postgresql, postgresql.text_of(typed(SINGLE["postgresql"])))
        == "CAST(CAST(v AS DOUBLE PRECISION) AS TEXT)"
    )
    assert "v + 0e0" in shown(mariadb, mariadb.text_of(typed(SINGLE["mariadb"])))
    assert shown(mariadb, mariadb.text_of(typed(BYTES))) == "concat('\\\\x', lower(hex(v)))"


@pytest.mark.parametrize("name", ENGINES)
def test_texts_that_cannot_be_stored(name: str) -> None:
    engine = engine_named(name)
    methods = ("exactly", "blindly", "caselessly", "contains_exactly", "contains_blindly")
    for method in (*methods, "starts_exactly", "starts_blindly"):
        sql = shown(engine, getattr(engine, method)(BARE, "\ud800"))
        assert sql.startswith("CASE WHEN (v IS NULL) THEN NULL ELSE ")
