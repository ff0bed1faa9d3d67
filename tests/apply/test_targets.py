"""Redaction of every type of column on all engines: blanks, constants, bytes; and never twice."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from apply.company import Company
from calling import Answer

OLD, NEW = datetime(2020, 1, 1), datetime(2026, 6, 1)  # noqa: DTZ001
BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA", "mariadb": "VARBINARY(60)"}
INSTANT = {"sqlite": "timestamp", "postgresql": "timestamptz", "mariadb": "timestamp NULL"}
INVENTORY = "\ndatabases: {shop: {zone: UTC, tables: {cards: {category: personal, subjects: none}}}}\n"
FOUR, SIXTEEN = bytes([192, 0, 2, 77]), bytes(range(1, 17))


def ddl(shop: Company, columns: str) -> str:
    columns = columns.replace("BYTES", BYTES[shop.dialect]).replace("INSTANT", INSTANT[shop.dialect])
    return f"CREATE TABLE cards (id INTEGER PRIMARY KEY, closed TIME, {columns})"


def rule(columns: str) -> str:
    head = "table: shop.cards, keep: 1 year, after: closed, then: redact, may empty the table: true"
    return f"  cards: {{{head}, columns: {{{columns}}}}}\n"


def build(shop: Company, columns: str, targets: str, rows: list[tuple[Any, ...]], more: str = "") -> Answer:
    """Cards whose rows are as given, all of them old, and what the first apply says."""
    shop.inventory, shop.rules = INVENTORY, rule(targets)
    shop.limits = "limits: {rows per rule: none, share per rule: none}\nkeys: {pepper: {env: PEPPER}}\n"
    cards = [(number, OLD, *row) for number, row in enumerate(rows, 1)]
    shop.build({"cards": cards}, f"{more}{ddl(shop, columns)}")
    return run(shop)


def run(shop: Company) -> Answer:
    arguments = ("--yes", "--format", "json", "--as-of", "2026-07-01")
    answer = shop.call("apply", *arguments, environment={"PEPPER": "a secret key"})
    assert answer.out, answer.err
    return answer


def done(answer: Answer) -> tuple[int, int]:
    assert answer.code == 0, (answer.out, answer.err)
    return answer.code, answer.rules["cards"]["done"]


def tally(shop: Company) -> dict[str, int]:
    """Where the cards stand now."""
    answer = shop.call("apply", "--dry-run", "--format", "json", "--as-of", "2026-07-01")
    return {standing: count for standing, count in answer.rules["cards"]["tally"].items() if count}


def refusal(answer: Answer) -> str:
    return str(answer.json["databases"])


def cards(shop: Company, columns: str) -> list[tuple[Any, ...]]:
    """What the cards hold; times as text, as the engine shows them to everybody."""
    return [tuple(map(_plain, row)) for row in shop.query(f"SELECT {columns} FROM cards ORDER BY id")]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value


def test_null_is_the_blank_of_its_type_where_a_column_is_not_null(shop: Company) -> None:
    columns = "t VARCHAR(20) NOT NULL, i INTEGER NOT NULL, d DECIMAL(8,2) NOT NULL, f REAL NOT NULL, b BYTES NOT NULL"
    rows = [("Ann", 7, 1.5, 2.5, b"secret"), ("", 0, 0, 0, b""), ("x", 0, 0, 0, b"")]
    found = build(shop, columns, "t: null, i: null, d: null, f: null, b: null", rows)
    assert done(found) == (0, 2)
    assert cards(shop, "t, i, d, f, b") == [("", 0, 0, 0, b"")] * 3
    assert run(shop).rules["cards"]["planned"] == 0


def test_a_blank_boolean(shop: Company) -> None:
    found = build(shop, "b BOOLEAN NOT NULL", "b: null", [(True,), (False,)])
    assert done(found) == (0, 1)
    assert cards(shop, "b") == [(False,), (False,)]
    assert run(shop).rules["cards"]["planned"] == 0


@pytest.mark.parametrize("engine_url", ["mariadb"], indirect=True)
def test_bytes_of_a_fixed_number_are_filled_with_zeros(shop: Company) -> None:
    rows = [(b"ab", b"cd", b"ef", SIXTEEN), (bytes(6), b"cd", b"x-2", FOUR)]
    columns = "a BINARY(6) NOT NULL, b BINARY(6), c BINARY(6), ip BINARY(16)"
    found = build(shop, columns, 'a: null, b: "gone", c: {text: "x-{id}"}, ip: {mask: ip}', rows)
    assert done(found) == (0, 2)
    # Four bytes and twelve zeros may be an IPv4 address, or one of IPv6: nobody can tell, so it stays.
    masked = [SIXTEEN[:8] + bytes(8), FOUR + bytes(12)]
    texts = [(bytes(6), b"gone\0\0", f"x-{n}".encode().ljust(6, b"\0"), masked[n - 1]) for n in (1, 2)]
    assert cards(shop, "a, b, c, ip") == texts
    assert tally(shop) == {"undecidable": 1, "uncovered": 1}


@pytest.mark.parametrize(
    ("column", "target", "words"),
    [
        ("x DATE NOT NULL", "null", "has no blank"),
        ("x TIME NOT NULL", "null", "has no blank"),
        ("x VARCHAR(20) NOT NULL UNIQUE", "null", "is UNIQUE"),
        ("x DATE", "soon", "does not fit"),
        ("x DATE", '"1900-02-30"', "does not fit"),
        ("x DATE", '"01.02.1900"', "does not fit"),
        ("x TIME", '"1900-01-01 25:00"', "does not fit"),
        ("x VARCHAR(20) UNIQUE", '"x"', "is UNIQUE"),
        ("x DATE", '{text: "x-{id}"}', "not a text"),
        ("x DATE", "{mask: ip}", "not a text"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_mend(shop: Company, column: str, target: str, words: str) -> None:
    found = build(shop, column, f"x: {target}", [("2020-01-01",)])
    assert words in refusal(found)
    assert cards(shop, "id") == [(1,)]


@pytest.mark.parametrize("engine_url", ["sqlite", "postgresql"], indirect=True)  # MariaDB's JSON is a text
@pytest.mark.parametrize(
    ("column", "target", "words"),
    [
        ("JSON", '"{ }"', "takes no constant but an empty one"),
        ("JSON NOT NULL", "'{\"a\": 1}'", "takes no constant but an empty one"),
        ("JSON NOT NULL", "null", "has no blank"),
    ],
)
def test_json_takes_no_constant_but_an_empty_one(shop: Company, column: str, target: str, words: str) -> None:
    assert words in refusal(build(shop, f"x {column}", f"x: {target}", [("{}",)]))
    assert cards(shop, "id") == [(1,)]


@pytest.mark.parametrize("of", ["NOT NULL", ""])
@pytest.mark.parametrize("kind", ["JSON", "JSONB"])
@pytest.mark.parametrize("blank", ["{}", "[]"])
def test_json_becomes_empty_as_a_whole(shop: Company, kind: str, blank: str, of: str) -> None:
    kind = kind if shop.dialect == "postgresql" else "JSON"
    rows = [('{"a": 1}',), ("{}",), ("[]",), ("[1, {}]",), ('"{}"',), ("null",), *([] if of else [(None,)])]
    found = build(shop, f"x {kind} {of}", f'x: "{blank}"', rows)
    assert done(found) == (0, len(rows) - 1)
    with shop.connect() as connection:
        query = "SELECT x FROM cards" if shop.dialect != "postgresql" else "SELECT x::text FROM cards"
        assert {row[0] for row in connection.exec_driver_sql(query)} == {blank}
    assert run(shop).rules["cards"]["planned"] == 0
    assert tally(shop) == {"uncovered": len(rows)}


def test_constants_in_dates_and_times(shop: Company) -> None:
    rows = [("1980-05-05", "2020-01-01 00:00:00"), (None, None), ("1900-01-01", "1900-01-01 00:00:00")]
    found = build(shop, "d DATE, t TIME", 'd: "1900-01-01", t: "1900-01-01 00:00:00"', rows)
    assert done(found) == (0, 2)
    assert set(cards(shop, "d, t")) == {("1900-01-01", "1900-01-01 00:00:00")}
    assert run(shop).rules["cards"]["planned"] == 0


def test_an_instant_may_say_its_zone(shop: Company) -> None:
    found = build(shop, "i INSTANT", 'i: "1999-01-01T01:00:00+01:00"', [("2001-01-01 00:00:00",), (None,)])
    assert done(found) == (0, 2)
    if shop.dialect != "sqlite":
        shown = {"postgresql": "extract(epoch FROM i)", "mariadb": "timestampdiff(SECOND, '1970-01-01', i)"}
        with shop.connect() as connection:
            if shop.dialect == "mariadb":
                connection.exec_driver_sql("SET time_zone = '+00:00'")
            query = f"SELECT {shown[shop.dialect]} FROM cards"
            assert {int(row[0]) for row in connection.exec_driver_sql(query)} == {915148800}
    assert run(shop).rules["cards"]["planned"] == 0


def test_constants_in_uuids_and_enumerations(shop: Company) -> None:
    blank = "00000000-0000-0000-0000-000000000000"
    kind = {"sqlite": "VARCHAR(9)", "postgresql": '"Mood"', "mariadb": "ENUM('gone', 'it''s')"}[shop.dialect]
    more = "CREATE TYPE \"Mood\" AS ENUM ('gone', 'it''s');" if shop.dialect == "postgresql" else ""
    rows = [("12345678-1234-1234-1234-123456789012", "it's"), (None, None), (blank, "gone")]
    found = build(shop, f"u UUID, m {kind}", f'u: "{blank}", m: gone', rows, more)
    assert done(found) == (0, 2)
    assert {(str(u), m) for u, m in cards(shop, "u, m")} == {(blank, "gone")}
    assert run(shop).rules["cards"]["planned"] == 0


@pytest.mark.parametrize(
    ("target", "words"), [("null", "enumeration has no blank"), ('{text: "{id}"}', "takes no other")]
)
@pytest.mark.parametrize("engine_url", ["postgresql", "mariadb"], indirect=True)
def test_an_enumeration_takes_its_values_alone(shop: Company, target: str, words: str) -> None:
    kind = {"postgresql": "mood", "mariadb": "ENUM('gone', 'here')"}[shop.dialect]
    more = "CREATE TYPE mood AS ENUM ('gone', 'here');" if shop.dialect == "postgresql" else ""
    found = build(shop, f"m {kind} NOT NULL", f"m: {target}", [("here",)], more)
    assert words in refusal(found)


def test_bytes(shop: Company) -> None:
    columns = "a BYTES, b BYTES, c BYTES, d BYTES, e BYTES"
    rows = [(b"x", b"x", b"x", b"Ann \xff", b"x"), (None, None, None, None, None)]
    targets = 'a: gone, b: "0xDEADbeef", c: {text: "erased-{id}-é"}, d: {hash: pepper}, e: null'
    found = build(shop, columns, targets, [*rows, (b"gone", b"\xde\xad\xbe\xef", "erased-3-é".encode(), None, None)])
    assert done(found) == (0, 2)
    after = cards(shop, "a, b, c, e")
    assert after == [(b"gone", b"\xde\xad\xbe\xef", f"erased-{n}-é".encode(), None) for n in (1, 2, 3)]
    hashes = [row[0] for row in cards(shop, "d")]
    assert hashes[1:] == [None, None]
    assert hashes[0].startswith(b"wesretain:")
    assert len(hashes[0]) == len("wesretain:") + 32
    assert run(shop).rules["cards"]["planned"] == 0
    assert [row[0] for row in cards(shop, "d")] == hashes


def test_masks_on_bytes(shop: Company) -> None:
    addresses = [FOUR, SIXTEEN, b"", None, b"12345", FOUR[:2] + bytes(2), SIXTEEN[:8] + bytes(8), bytes(16)]
    found = build(shop, "ip BYTES, n INTEGER", "ip: {mask: ip}", [(each, 1) for each in addresses])
    assert done(found) == (0, 2)
    after = [row[0] for row in cards(shop, "ip")]
    assert after == [FOUR[:2] + bytes(2), SIXTEEN[:8] + bytes(8), *addresses[2:]]
    assert tally(shop) == {"undecidable": 1, "uncovered": 7}


def test_addresses_that_stand_as_texts_in_bytes(shop: Company) -> None:
    texts = ["192.0.2.77", "2001:db8:1::1234", "2001:DB8::1", "192.0.0.0", "::", "unknown", "1::2", "192.0.2.777"]
    found = build(shop, "ip BYTES", "ip: {mask: ip}", [(text.encode(),) for text in texts])
    assert done(found) == (0, 3)
    after = ["192.0.0.0", "2001:db8:1::", "2001:db8::", *texts[3:]]
    assert [row[0] for row in cards(shop, "ip")] == [text.encode() for text in after]
    # Four bytes may be an address, or the text of one.
    assert tally(shop) == {"undecidable": 3, "uncovered": 5}


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_what_sqlite_stores_against_the_type_stays_or_is_written_over(shop: Company) -> None:
    rows: list[tuple[Any, ...]] = [("192.0.2.77", b"1234", 5, 7)]
    found = build(
        shop, "ip BLOB, t TEXT, d DATE, b BLOB", 'ip: {mask: ip}, t: {mask: ip}, d: "1900-01-01", b: gone', rows
    )
    assert done(found) == (0, 1)
    assert cards(shop, "ip, t, d, b") == [("192.0.2.77", b"1234", "1900-01-01", b"gone")]
    assert tally(shop) == {"undecidable": 1}


@pytest.mark.parametrize("engine_url", ["mariadb"], indirect=True)
def test_mariadb_times_end_in_2038(shop: Company) -> None:
    found = build(shop, "i INSTANT", 'i: "1900-01-01"', [("2001-01-01 00:00:00",)])
    assert "1970 to 2038" in refusal(found)
    assert sa.make_url(shop.url).database
