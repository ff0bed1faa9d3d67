"""`wesretain records` as it is called: every record of a rule, by its key, with its standing and why it stays."""

from __future__ import annotations

import json

import pytest

from cli.houses import TIME, House, described, kind_of
from cli.shop import ORDERS
from databases import Server
from engines.live import write

AS_OF = ("--as-of", "2026-07-01")
#: Why a record of the shop has its standing under `old-orders`.
REASONS = {
    "uncovered": [],
    "law": ["Warranty Act, s. 12 (rule `warranties`)"],
    "agreed": ["an agreement (rule `old-orders`)"],
    "blocked": ["`invoices`: Companies Act 2016 (Malaysia), s. 245 (rule `invoices`)"],
    "due": [],
}


def told(house: House, *arguments: str) -> list[tuple[str, str, list[str]]]:
    answer = house.call("records", *arguments, *AS_OF, "--format", "json")
    assert (answer.code, answer.err) == (0, "")
    return [(each["id"], each["standing"], each["reasons"]) for each in json.loads(answer.out)["records"]]


def test_all_but_kept_and_uncovered_are_told_in_the_order_of_their_keys(shop: House) -> None:
    expected = [(str(order[0]), order[-1]) for order in ORDERS if order[-1] not in ("kept", "uncovered")]
    assert [found[:2] for found in told(shop, "old-orders")] == expected


@pytest.mark.parametrize("standing", sorted({order[-1] for order in ORDERS}))
def test_a_standing_is_told_as_scan_counts_it(shop: House, standing: str) -> None:
    found = told(shop, "old-orders", "--standing", standing)
    assert [found[:2] for found in found] == [(str(order[0]), standing) for order in ORDERS if order[-1] == standing]
    if standing in REASONS:
        assert [reasons for _, _, reasons in found] == [REASONS[standing]] * len(found)


def test_why_records_are_kept_undecidable_or_held(one_shop: House) -> None:
    reasons = {key: words for key, _, words in told(one_shop, "old-orders", "--standing", "kept")}
    assert reasons == {"3": ["its own period"], "5": ["rule `slow-orders`, which keeps longer"]}
    undecidable = {key: words for key, _, words in told(one_shop, "old-orders", "--standing", "undecidable")}
    assert undecidable == {
        "4": ["its clock `delivered` is undated"],
        "12": ["its `where` cannot be decided: a value is missing or cannot be read"],
    }
    held = {key: words for key, _, words in told(one_shop, "old-orders", "--standing", "held")}
    assert held == {"11": ["hold 1 (Case 4711)"], "13": ["hold 2 (Case 4711)"]}


def test_what_python_has_to_read_stands_as_scan_counts_it(house: House, engine_url: str) -> None:
    write(
        engine_url,
        f"CREATE TABLE posts (id integer PRIMARY KEY, body varchar(80), at {TIME[kind_of(engine_url)]} NULL)",
        "INSERT INTO posts VALUES (1, 'The password is x7gqz3kw', '2020-01-01 00:00:00'),"
        " (2, 'Nothing to see.', '2020-01-01 00:00:00'), (3, NULL, '2020-01-01 00:00:00'),"
        " (4, 'The password is x7gqz3kw', NULL), (5, 'The password is x7gqz3kw', '2026-06-30 00:00:00')",
    )
    rule = "table: shop.posts, keep: 1 year, after: at, then: redact, columns: {body: {scrub: [credential]}}"
    house.furnish(f"  posts: {{{rule}}}\n", described("posts"), shop=engine_url)
    every = [part for word in ("due", "undecidable", "kept", "uncovered") for part in ("--standing", word)]
    assert [found[:2] for found in told(house, "posts", *every)] == [
        *(("1", "due"), ("2", "uncovered"), ("3", "uncovered"), ("4", "undecidable"), ("5", "kept")),
    ]


def test_a_table_shows_so_many_and_says_that_there_are_more(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    rows = ", ".join(f"({number}, '2020-01-01')" for number in range(1, 151))
    write(url, "CREATE TABLE notes (id integer PRIMARY KEY, at date)", f"INSERT INTO notes VALUES {rows}")
    house.furnish("  notes: {table: shop.notes, keep: 1 year, after: at, then: report}\n", described("notes"), shop=url)
    answer = house.call("records", "notes")
    assert answer.out.splitlines()[-1].split() == ["100", "due"]
    assert answer.err == "there are more than 100; see them all with --format csv\n"
    answer = house.call("records", "notes", "--limit", "7")
    assert (len(answer.out.splitlines()), answer.err) == (8, "")
    assert len(house.call("records", "notes", "--format", "csv").out.splitlines()) == 151


def test_keys_of_all_kinds_are_told_with_their_reasons(house: House, engine_url: str) -> None:
    kind = {"sqlite": "char(36)", "postgresql": "uuid", "mariadb": "uuid"}[kind_of(engine_url)]
    write(
        engine_url,
        f"CREATE TABLE notes (day date NOT NULL, code {kind} NOT NULL, word varchar(20) NOT NULL,"
        " part decimal(6, 2) NOT NULL,"
        f" seen {TIME[kind_of(engine_url)]} NULL, PRIMARY KEY (day, code, word, part))",
        "INSERT INTO notes VALUES"
        " ('2020-01-01', '0b5a7c6e-0000-4000-8000-000000000001', 'it''s', 1.5, NULL),"
        " ('2020-01-01', '0b5a7c6e-0000-4000-8000-000000000001', 'It''s it', 1.5, '2020-01-01 00:00:00')",
    )
    house.furnish(
        "  notes: {table: shop.notes, keep: 1 year, after: seen, then: report}\n", described("notes"), shop=engine_url
    )
    answer = house.call("records", "notes", "--format", "json")
    assert (answer.code, answer.err) == (0, "")
    found = json.loads(answer.out)["records"]
    code = "0b5a7c6e-0000-4000-8000-000000000001"
    assert {(each["day"], each["code"], each["word"], float(each["part"])) for each in found} == {
        ("2020-01-01", code, "it's", 1.5),
        ("2020-01-01", code, "It's it", 1.5),
    }
    assert {(each["word"], each["standing"], *each["reasons"]) for each in found} == {
        ("it's", "undecidable", "its clock `seen` is undated"),
        ("It's it", "due"),
    }


def test_csv_steers_nothing_and_json_is_exact(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    write(
        url,
        "CREATE TABLE notes (word varchar(20) NOT NULL PRIMARY KEY, at date)",
        "INSERT INTO notes VALUES (char(27) || '[31mred', '2020-01-01')",
    )
    house.furnish("  notes: {table: shop.notes, keep: 1 year, after: at, then: report}\n", described("notes"), shop=url)
    assert house.call("records", "notes", "--format", "csv").out == "word,standing,reasons\n\\x1b[31mred,due,[]\n"
    (found,) = house.call("records", "notes", "--format", "json").json["records"]
    assert found["word"] == "\x1b[31mred"


def test_a_key_that_is_called_like_a_heading_of_ours_is_told_apart(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    write(
        url,
        "CREATE TABLE notes (standing integer PRIMARY KEY, at date)",
        "INSERT INTO notes VALUES (7, '2020-01-01')",
    )
    house.furnish("  notes: {table: shop.notes, keep: 1 year, after: at, then: report}\n", described("notes"), shop=url)
    (found,) = json.loads(house.call("records", "notes", "--format", "json").out)["records"]
    assert found == {"key standing": "7", "standing": "due", "reasons": []}


def test_records_without_a_name_cannot_be_told(house: House, engine_url: str) -> None:
    write(engine_url, "CREATE TABLE notes (words varchar(20), at date)", "INSERT INTO notes VALUES ('x', '2020-01-01')")
    house.furnish(
        "  notes: {table: shop.notes, keep: 1 year, after: at, then: report}\n", described("notes"), shop=engine_url
    )
    answer = house.call("records", "notes")
    assert (answer.code, answer.out) == (3, "")
    assert "have no key by which they can be named" in answer.err


def test_a_rule_that_the_database_refuses_tells_nothing(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    write(url, "CREATE TABLE notes (id integer PRIMARY KEY)")
    house.furnish("  notes: {table: shop.notes, keep: 1 year, after: at, then: report}\n", described("notes"), shop=url)
    answer = house.call("records", "notes")
    assert (answer.code, answer.out) == (3, "")
    assert "rule `notes` does not fit the database" in answer.err


def test_there_is_no_such_rule(one_shop: House) -> None:
    answer = one_shop.call("records", "old-order")
    assert answer.code == 2
    assert "old-orders" in answer.err
