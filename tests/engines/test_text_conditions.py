# ruff: noqa: RUF001
"""Conditions on text, on real servers: exact and case-blind ones agree with Python on every nasty text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from databases import Server
from engines.live import clause, fill, opened, write
from wesretain.engines.base import Bool, Engine, Live
from wesretain.engines.folding import folded
from wesretain.model.reading import EPOCH_TEXT, ISO_TEXT

TEXTS = (
    *("", " ", "  ", "a", "A", "a ", " a", " A ", "b", "ab", "aB", "ab ", "abab", "á", "Á", "a\u0301", "A\u0301"),
    *("ß", "ss", "SS", "sS", "ẞ", "ſs", "ſ", "s", "Strasse", "STRASSE", "straße", "sss", "ßs", "sß"),
    *("ﬁ", "fi", "FI", "ﬃ", "ffi", "ﬀi", "fﬁ", "ﬅ", "st", "İ", "i̇", "i", "I", "ı", "K", "k", "\u212a"),
    *("Σ", "σ", "ς", "ΟΔΟΣ", "οδος", "οδοσ", "é", "É", "José", "JOSE", "jose", "Jose "),
    *(
        "%",
        "_",
        "a%b",
        "a_b",
        "axb",
        "a\\b",
        "\\",
        "\\\\",
        "'",
        "''",
        '"',
        "`",
        "--",
        "a;b",
        ":a",
        "?",
        "100%",
        "%s",
        "%%",
    ),
    *("a\nb", "a\n", "\n", "\ta", "a\t", "a\r\n", "a\u00a0", "\u00a0a", "\u3000a"),
    *("[a]", "a.b", "(a|b)", "^a$", "-a", "]", "[", "a-b", "&&", "{a}", "a+", "a*", ".*", "\\A", "#a", "/a/"),
    *("😀", "😀 ", "a😀", "日本", "日", "Ⴀ", "ꭰ", "Ꭰ", "𐐀", "𐐨", "ŉ", "ʼn", "ʼN", "ΐ", "\u0345", "ι"),
    *("0", "7", "007", "1e3", "NULL", "null", "true", "2020-01-01", "2020-01-01\n", "2020-01-01 00:00:00 "),
    *("2020-02-30", "2020-02-29T10:00:00.123456789+05:30", "2021-02-29", "１２", "12", "a" * 300, "ss" * 20),
)


def by_letter(value: str, text: str) -> dict[str, bool]:
    return {
        "exactly": value == text,
        "contains_exactly": text in value,
        "starts_exactly": value.startswith(text),
    }


def blind(value: str, text: str) -> dict[str, bool]:
    mine, theirs = folded(value), folded(text)
    return {
        "blindly": mine == theirs,
        "caselessly": value.casefold() == text.casefold(),
        "contains_blindly": theirs in mine,
        "starts_blindly": mine.startswith(theirs),
    }


def expected(value: str, text: str) -> dict[str, bool]:
    return by_letter(value, text) | blind(value, text)


METHODS = tuple(expected("", ""))


def answers(
    live: Live, table: sa.TableClause, column: str, make: Callable[[Engine, Any], dict[str, Bool]]
) -> Iterator[Any]:
    """For each row its value as stored, and what the expressions say of it."""
    made = make(live.engine, table.c[column])
    query = sa.select(table.c[column], *(expression.label(name) for name, expression in made.items()))
    for value, *found in live.rows(query):
        yield value, {name: None if answer is None else bool(answer) for name, answer in zip(made, found, strict=True)}


def check(url: str, texts: tuple[str, ...] = TEXTS) -> None:
    """Every column of the table `t` but its key, against every text."""
    with opened(url) as live:
        for typed in (True, False):
            table = clause(live, "t", typed=typed)
            for column in [c.name for c in table.c if c.name != "id"]:
                for text in texts:
                    for value, answer in answers(
                        live,
                        table,
                        column,
                        lambda engine, c, text=text: {m: getattr(engine, m)(c, text) for m in METHODS},
                    ):
                        wanted = dict.fromkeys(METHODS) if value is None else expected(value, text)
                        assert answer == wanted, f"{column} ({typed=}): {value!r} against {text!r}"


def check_filters(url: str) -> None:
    """The same as filters, where an optimizer may put a constant in a column's place."""
    with opened(url) as live:
        table = clause(live, "t")
        for column in (c for c in table.c if c.name != "id"):
            values = [row[0] for row in live.rows(sa.select(column).where(column.is_not(None)))]
            for text in TEXTS:
                for method in by_letter("", ""):
                    condition = getattr(live.engine, method)(column, text)
                    for wanted, where in ((True, condition), (False, sa.not_(condition))):
                        found = live.rows(sa.select(column).where(where))
                        good = [value for value in values if by_letter(value, text)[method] == wanted]
                        assert sorted(row[0] for row in found) == sorted(good), (column.name, method, text, wanted)


def encodable(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return charset != "utf-16" or all(letter <= "\uffff" for letter in text)


def rows(*columns: tuple[str, Callable[[str], bool]]) -> list[dict[str, Any]]:
    """Every text in every column that can hold it, and one row of NULLs."""
    return [
        {"id": number, **{name: text if text is not None and fits(text) else None for name, fits in columns}}
        for number, text in enumerate((*TEXTS, None))
    ]


def anything(text: str) -> bool:
    return True


def test_sqlite(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(
        url,
        """CREATE TABLE t (id INTEGER PRIMARY KEY, plain TEXT, nocase VARCHAR(20) COLLATE NOCASE,
           trimmed CHAR COLLATE RTRIM)""",
    )
    fill(url, "t", rows(("plain", anything), ("nocase", anything), ("trimmed", anything)))
    check(url)
    check_filters(url)


def test_postgresql(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(
        url,
        "CREATE EXTENSION citext",
        "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
        "CREATE DOMAIN name_of_person AS citext",
        """CREATE TABLE t (id int PRIMARY KEY, plain text, short varchar(400), c_collated text COLLATE "C",
           blind text COLLATE blind, blind_short varchar(400) COLLATE blind, insensitive citext,
           domain name_of_person)""",
    )
    columns = ("plain", "short", "c_collated", "blind", "blind_short", "insensitive", "domain")
    fill(url, "t", rows(*((column, anything) for column in columns)))
    check(url)
    check_filters(url)


def test_postgresql_of_a_locale_that_knows_ascii_alone(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(url, """CREATE TABLE t (id int PRIMARY KEY, ascii text COLLATE "C", posix text COLLATE "POSIX")""")
    fill(url, "t", rows(("ascii", anything), ("posix", anything)))
    check(url)


def test_mariadb(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    write(
        url,
        """CREATE TABLE t (id int PRIMARY KEY,
           general varchar(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
           unicode text CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci,
           bin varchar(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
           nopad varchar(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
           three varchar(400) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci,
           latin varchar(400) CHARACTER SET latin1 COLLATE latin1_german2_ci,
           wide varchar(400) CHARACTER SET ucs2,
           KEY (general), KEY (bin), KEY (three), KEY (latin))""",
    )

    def basic(text: str) -> bool:
        return all(letter <= "\uffff" for letter in text)

    full = tuple((column, anything) for column in ("general", "unicode", "bin", "nopad"))
    latin = ("latin", lambda text: encodable(text, "cp1252") and not re.search("[\x80-\x9f]", text))
    fill(url, "t", rows(*full, ("three", basic), ("wide", basic), latin))
    check(url)
    check_filters(url)


PADDED = ("", "a", "A", "ab", "á", "ß", "a%", "😀")


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_padding_of_char_is_no_part_of_the_text(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(kind).fresh_database("test")
    write(url, "CREATE TABLE t (id int PRIMARY KEY, padded char(10))")
    fill(url, "t", ({"id": n, "padded": text} for n, text in enumerate(PADDED)))
    with opened(url) as live:
        table = clause(live, "t")
        for text in (*PADDED, "a ", " a", "a         "):
            for value, answer in answers(
                live,
                table,
                "padded",
                lambda engine, c, text=text: {"exactly": engine.exactly(c, text), "blindly": engine.blindly(c, text)},
            ):
                stored = value.rstrip(" ")
                assert answer == {"exactly": stored == text, "blindly": folded(stored) == folded(text)}


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_enums_are_texts(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(kind).fresh_database("test")
    if kind == "postgresql":
        write(
            url, "CREATE TYPE mood AS ENUM ('ok', 'OK', 'sad é', '1')", "CREATE TABLE t (id int PRIMARY KEY, mood mood)"
        )
    else:
        write(url, "CREATE TABLE t (id int PRIMARY KEY, mood enum('ok', 'sad é', '1') CHARACTER SET latin1)")
    moods = ("ok", "sad é", "1")
    fill(url, "t", ({"id": n, "mood": sa.text(f"'{mood}'")} for n, mood in enumerate(moods)))
    with opened(url) as live:
        for typed in (True, False):
            for text in (*moods, "OK", "Sad É", "none", "日本", "2", ""):
                for value, answer in answers(
                    live,
                    clause(live, "t", typed=typed),
                    "mood",
                    lambda engine, c, text=text: {m: getattr(engine, m)(c, text) for m in METHODS},
                ):
                    assert answer == expected(value, text), (value, text)


PATTERNS = (ISO_TEXT, EPOCH_TEXT, "a|b", "(?:a|ab){1,3}", "[a-c]+", "", "[^a]*", "\\.", "[0-9]{2}", "[A-Z]+")


def test_patterns_match_the_whole_text(engine_url: str) -> None:
    write(engine_url, "CREATE TABLE t (id int PRIMARY KEY, plain varchar(400))")
    fill(engine_url, "t", rows(("plain", anything)))
    with opened(engine_url) as live:
        table = clause(live, "t")
        for pattern in PATTERNS:
            for value, answer in answers(
                live, table, "plain", lambda engine, c, pattern=pattern: {"matches": engine.matches(c, pattern)}
            ):
                wanted = None if value is None else re.fullmatch(pattern, value) is not None
                assert answer == {"matches": wanted}, (value, pattern)


def test_texts_that_cannot_be_stored_equal_nothing(engine_url: str) -> None:
    write(engine_url, "CREATE TABLE t (id int PRIMARY KEY, plain varchar(400))")
    fill(engine_url, "t", ({"id": n, "plain": text} for n, text in enumerate(("", "a", None))))
    with opened(engine_url) as live:
        column = clause(live, "t", typed=False).c.plain
        for text in ("\ud800", "a\udcff", "\0", "a\0"):
            for method in METHODS:
                query = sa.select(column, getattr(live.engine, method)(column, text))
                assert all(not answer and (answer is None) == (value is None) for value, answer in live.rows(query))


def test_nul_in_texts(mariadb: Server, sqlite: Server) -> None:
    for server in (mariadb, sqlite):
        url = server.fresh_database("test")
        write(url, "CREATE TABLE t (id int PRIMARY KEY, plain varchar(400))")
        fill(url, "t", ({"id": n, "plain": text} for n, text in enumerate(("a\0b", "A\0B", "a", "\0"))))
        check(url, ("a\0b", "a", "\0", "b", "a\0"))


LEFT, RIGHT = "a b", "A B"


def test_the_pieces_of_text(engine_url: str) -> None:
    write(engine_url, "CREATE TABLE t (id int PRIMARY KEY, plain varchar(400))")
    fill(engine_url, "t", rows(("plain", anything)))
    with opened(engine_url) as live:
        e, column = live.engine, clause(live, "t", typed=False).c.plain
        query = sa.select(
            column, e.length(column), e.right(column, 3), e.concat(column, sa.literal("!"), column), e.is_text(column)
        )
        for value, length, right, whole, is_text in live.rows(query):
            if value is None:
                assert (length, right, whole) == (None, None, None)
            else:
                assert (length, right, whole) == (len(value), value[-3:], f"{value}!{value}")
                assert is_text


def test_bytes_decide_the_order(engine_url: str) -> None:
    write(engine_url, "CREATE TABLE t (id int PRIMARY KEY, plain varchar(400))")
    fill(engine_url, "t", rows(("plain", anything)))
    with opened(engine_url) as live:
        column = clause(live, "t", typed=False).c.plain
        ordered = sa.select(column).where(column.is_not(None)).order_by(live.engine.bytewise(column))
        assert [row[0] for row in live.rows(ordered)] == sorted(TEXTS, key=lambda text: text.encode())
        for text in TEXTS:
            below = sa.select(column).where(live.engine.bytewise(column) < text)
            assert {row[0] for row in live.rows(below)} == {t for t in TEXTS if t.encode() < text.encode()}


def test_is_true_is_never_unknown(engine_url: str) -> None:
    with opened(engine_url) as live:
        conditions = [sa.literal(1) == 1, sa.literal(1) == 2, sa.literal(1) == sa.null()]
        found = live.rows(sa.select(*(live.engine.is_true(c).label(f"c{n}") for n, c in enumerate(conditions))))[0]
        assert [bool(answer) for answer in found] == [True, False, False]
        assert None not in found
