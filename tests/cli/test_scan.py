"""`wesretain scan` as it is called: figures, formats, exit codes, and what it does where something fails."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from calling import Answer, nonzero
from cli.houses import AS_OF, TIME, House, count, described, kind_of, named
from cli.shop import OLD_ORDERS, RULES, TABLES
from databases import Server
from engines.live import write
from wesretain.cli.intent import request_of
from wesretain.engines import engine_for
from wesretain.engines.base import Live
from wesretain.errors import Refused
from wesretain.ledger import create
from wesretain.ledger import opened as opened_ledger
from wesretain.model.hold import OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope
from wesretain.model.rule import Category
from wesretain.model.schema import Schema
from wesretain.model.standing import Standing
from wesretain.policy.load import parse_condition
from wesretain.survey import Selection, opened

NOBODY = "postgresql://nobody@127.0.0.1:1/far"
#: Deletes everything that is older than a year.
PLAIN = "  old: {table: shop.t, keep: 1 year, after: at, then: delete}\n"


def a_table(url: str, *columns: str, rows: str = "", name: str = "t") -> None:
    """A table with a key, a clock `at` and other columns; `rows` as VALUES takes them."""
    others = "".join(f", {column}" for column in columns)
    write(url, f"CREATE TABLE {name} (id integer PRIMARY KEY, at {TIME[kind_of(url)]} NULL{others})")
    if rows:
        write(url, f"INSERT INTO {name} VALUES {rows}")


# -- figures --------------------------------------------------------------------------------------------------------


def test_every_standing_is_counted(shop: House) -> None:
    answer = shop.scan()

    assert (answer.code, answer.err, answer.findings) == (0, "", [])
    assert {key: answer.rules["old-orders"][key] for key in OLD_ORDERS} == OLD_ORDERS
    assert answer.tallies["slow-orders"] == {"uncovered": 12, "kept": 1}
    assert answer.tallies["warranties"] == {"uncovered": 12, "law": 1}
    assert answer.tallies["invoices"] == {"undecidable": 1, "law": 1, "due": 1}


def test_scanning_changes_nothing(shop: House, engine_url: str) -> None:
    tables = ("people", "orders", "items", "invoices")
    before = [count(engine_url, f"SELECT count(*) FROM {table}") for table in tables]
    assert shop.scan().out == shop.scan().out
    assert [count(engine_url, f"SELECT count(*) FROM {table}") for table in tables] == before


def test_an_empty_table_and_one_full_of_nothing(house: House, engine_url: str) -> None:
    a_table(engine_url, "note varchar(9)")
    a_table(engine_url, "note varchar(9)", name="u", rows="(1, NULL, NULL), (2, NULL, NULL), (3, NULL, NULL)")
    rules = PLAIN + "".join(
        f"  {name}: {{table: shop.u, where: {where}, keep: 1 year, after: at, then: report}}\n"
        for name, where in (
            ("equal", "{note: x}"),
            ("unlike", "{note: {not: x}}"),
            ("nothing", "{note: {is: null}}"),
            ("present", "{note: {is: present}}"),
        )
    )
    answer = house.furnish(rules, described("t", "u"), shop=engine_url).scan()

    assert answer.rules["old"]["records"] == 0
    assert answer.rules["old"]["oldest_due"] is None
    unknown: dict[str, int] = {"undecidable": 3}
    assert answer.tallies == {
        "old": {},
        "equal": unknown,
        "unlike": unknown,
        "nothing": unknown,
        "present": {"uncovered": 3},
    }
    assert [answer.rules[name]["undated"] for name in ("equal", "unlike", "nothing")] == [0, 0, 3]


def test_several_rules_that_are_due_at_once_are_told(house: House, engine_url: str) -> None:
    a_table(engine_url, rows="(1, '2020-01-01 00:00:00'), (2, '2025-06-01 00:00:00')")
    report = "  very-old: {table: shop.t, keep: 5 years, after: at, then: report}\n"
    answer = house.furnish(PLAIN + report, described("t"), shop=engine_url).scan()

    assert answer.tallies == {"old": {"due": 2}, "very-old": {"kept": 1, "due": 1}}
    assert [rule["also_due_elsewhere"] for rule in answer.rules.values()] == [1, 1]
    assert answer.json["due"] == 3
    assert "old: 1 is due under another rule too" in house.call("scan", "--as-of", AS_OF).out


@pytest.mark.parametrize("rules", [30])
def test_many_rules_on_one_table(rules: int, house: House, engine_url: str) -> None:
    """One statement counts them all, and every engine takes it."""
    rows = ", ".join(f"({n}, '{2010 + n % 16}-01-01 00:00:00', 's{n % rules}')" for n in range(3 * rules))
    a_table(engine_url, "state varchar(9)", rows=rows)
    text = "".join(
        f"  r{n}: {{table: shop.t, where: {{state: s{n}}}, keep: {1 + n % 7} years, after: at, then: delete}}\n"
        for n in range(rules)
    )
    answer = house.furnish(text, described("t"), shop=engine_url).scan()

    assert answer.code == 0, answer.err
    limit = "CASE substr(state, 2) "
    for n in range(rules):
        query = f"SELECT count(*) FROM t WHERE state = 's{n}' AND at <= '{2026 - 1 - n % 7}-07-01 00:00:00'"
        assert answer.rules[f"r{n}"]["tally"]["due"] == count(engine_url, query), limit


def test_rows_five_levels_below(house: House, engine_url: str) -> None:
    """All of them go along, and a hold on the last one blocks its root alone."""
    a_table(engine_url, name="l0", rows="(1, '2020-01-01 00:00:00'), (2, '2020-01-01 00:00:00')")
    paths = []
    for level in range(1, 6):
        write(
            engine_url,
            f"CREATE TABLE l{level} (id integer PRIMARY KEY, up integer,"
            f" FOREIGN KEY (up) REFERENCES l{level - 1} (id))",
            f"INSERT INTO l{level} VALUES "
            + ", ".join(f"({number}, {(number + 1) // 2})" for number in range(1, 2 ** (level + 1) + 1)),
        )
        paths.append(".".join(f"l{below}" for below in range(1, level + 1)))
    withs = ", ".join(f"{path}: delete" for path in paths)
    rule = f"  old: {{table: shop.l0, keep: 1 year, after: at, then: delete, with: {{{withs}}}}}\n"
    house.furnish(rule, described(*(f"l{level}" for level in range(6))), shop=engine_url)

    assert [taken["rows"] for taken in house.scan().rules["old"]["takes"]] == [4, 8, 16, 32, 64]
    house.hold(OnRecord(named("shop.l5"), ("64",)))
    answer = house.scan()
    assert answer.tallies == {"old": {"blocked": 1, "due": 1}}
    assert [taken["rows"] for taken in answer.rules["old"]["takes"]] == [2, 4, 8, 16, 32]


def test_rows_below_are_those_that_their_link_means(house: House, engine_url: str) -> None:
    a_table(engine_url, rows="(1, '2020-01-01 00:00:00')")
    write(
        engine_url,
        "CREATE TABLE notes (id integer PRIMARY KEY, about integer, kind varchar(9))",
        "INSERT INTO notes VALUES (1, 1, 't'), (2, 1, 'other'), (3, 2, 't')",
    )
    link = "notes: {category: personal, subjects: none, links: {t: {to: t, by: about, when: {kind: t}}}}"
    house.furnish(PLAIN.replace("}", ", with: {notes: delete}}"), described("t", link), shop=engine_url)
    assert [taken["rows"] for taken in house.scan().rules["old"]["takes"]] == [1]


def test_a_key_of_eight_columns(house: House, engine_url: str) -> None:
    names = "a, b, c, d, e, f, g, h"
    columns = ", ".join(f"{name} {'varchar(9)' if name in 'be' else 'integer'} NOT NULL" for name in names.split(", "))
    time = TIME[kind_of(engine_url)]
    write(
        engine_url,
        f"CREATE TABLE t ({columns}, at {time}, PRIMARY KEY ({names}))",
        f"CREATE TABLE c (id integer PRIMARY KEY, {columns.replace(' NOT NULL', ' NULL')},"
        f" FOREIGN KEY ({names}) REFERENCES t ({names}))",
        "INSERT INTO t VALUES (1, 'x', 2, 3, 'y', 4, 5, 6, '2020-01-01 00:00:00'),"
        " (1, 'X ', 2, 3, 'y', 4, 5, 7, '2020-01-01 00:00:00')",
        "INSERT INTO c VALUES (1, 1, 'x', 2, 3, 'y', 4, 5, 6), (2, NULL, 'x', 2, 3, 'y', 4, 5, 6)",
    )
    house.furnish(PLAIN.replace("}", ", with: {c: delete}}"), described("t", "c"), shop=engine_url)

    assert house.scan().tallies == {"old": {"due": 2}}
    assert house.scan().rules["old"]["takes"][0]["rows"] == 1
    house.hold(OnRecord(named("shop.t"), ("1", "x", "2", "3", "y", "4", "5", "7")))
    assert house.scan().tallies == {"old": {"held": 1, "due": 1}}
    house.hold(OnRecord(named("shop.c"), ("1",)))
    assert house.scan().tallies == {"old": {"held": 1, "blocked": 1}}


def test_links_in_a_circle(house: House, engine_url: str) -> None:
    """A hold on the head of a chain reaches all that is below, and nothing beside."""
    a_table(engine_url, "boss integer", "FOREIGN KEY (boss) REFERENCES t (id)")
    old = "'2020-01-01 00:00:00'"
    for number, boss in ((1, "NULL"), (2, "1"), (3, "2"), (4, "3"), (5, "NULL")):
        write(engine_url, f"INSERT INTO t VALUES ({number}, {old}, {boss})")
    write(engine_url, "UPDATE t SET boss = 5 WHERE id = 5")
    house.furnish(PLAIN, described("t"), shop=engine_url)

    assert house.scan().tallies == {"old": {"blocked": 3, "due": 2}}
    house.hold(OnRecord(named("shop.t"), ("2",)))
    assert house.scan().tallies == {"old": {"held": 3, "blocked": 1, "due": 1}}


def test_a_schema_of_two_hundred_tables(house: House, sqlite: Server, postgresql: Server, mariadb: Server) -> None:
    urls = {server.dialect: server.fresh_database("wide") for server in (sqlite, postgresql, mariadb)}
    for dialect, url in urls.items():
        tables = 200 if dialect != "mariadb" else 50  # it makes them slowly
        write(
            url,
            "CREATE TABLE t0 (id integer PRIMARY KEY, at date)",
            *(
                f"CREATE TABLE t{number} (id integer PRIMARY KEY, at date, up integer,"
                f" FOREIGN KEY (up) REFERENCES t{number // 2} (id))"
                for number in range(1, tables)
            ),
            "INSERT INTO t0 VALUES (1, '2020-01-01')",
            "INSERT INTO t1 VALUES (1, '2020-01-01', 1)",
        )
    rules = "".join(
        f"  {dialect}-{table}: {{table: {dialect}.{table}, keep: 1 year, after: at, then: delete}}\n"
        for dialect in urls
        for table in ("t0", "t1", "t49")
    )
    house.furnish(rules, described("t0", "t1", "t49"), **urls)
    house.hold(OnRecord(named("sqlite.t0"), ("1",)))
    answer = house.scan()

    assert answer.code == 0, answer.said
    assert answer.tallies == {
        **{f"sqlite-t{number}": found for number, found in ((0, {"held": 1}), (1, {"held": 1}), (49, {}))},
        **{f"postgresql-t{number}": found for number, found in ((0, {"blocked": 1}), (1, {"due": 1}), (49, {}))},
        **{f"mariadb-t{number}": found for number, found in ((0, {"blocked": 1}), (1, {"due": 1}), (49, {}))},
    }


# -- formats --------------------------------------------------------------------------------------------------------


def test_the_keys_of_json_are_stable(one_shop: House) -> None:
    """These are promised in docs/commands.md: a key that goes, or means something else, needs another version."""
    one_shop.rule(RULES + "  gone: {table: shop.orders, keep: 1 year, after: gone, then: report}\n")
    furnish_far(one_shop)
    answer = one_shop.scan("--as-of", "2026-07-01T08:00:00+08:00")
    plan = answer.json

    assert answer.code == 5
    assert set(plan) == {"wesretain", "version", "as_of", "due", "databases", "failures"}
    assert (plan["wesretain"], plan["version"], plan["as_of"], plan["due"]) == ("plan", 1, AS_OF, 1)
    (found,) = plan["databases"]
    assert set(found) == {"database", "server", "as_of", "rules", "findings"}
    assert re.fullmatch(r"SQLite 3\.[0-9.]+", found["server"])
    (failure,) = plan["failures"]
    assert set(failure) == {"database", "message", "exit_code"}
    assert (failure["database"], failure["exit_code"]) == ("far", 7)
    told = {"rule", "title", "category", "table", "keep", "after", "then", "refused", "acts", "records", "tally"}
    assert set(answer.rules["gone"]) == told
    assert set(answer.rules["gone"]["refused"]) == {"level", "message", "mend", "at"}
    assert answer.rules["gone"]["refused"]["at"] == "policy.yaml:41:51"
    assert (answer.rules["gone"]["records"], answer.rules["gone"]["tally"]) == (None, None)
    figures = {"undated", "held_otherwise", "missed_by_case", "outside_where", "also_due_elsewhere"}
    rule = answer.rules["old-orders"]
    assert set(rule) == told | figures | {"oldest_due", "takes"}
    assert list(rule["tally"]) == [standing.word for standing in Standing]
    assert {key: rule[key] for key in ("rule", "title", "category", "table", "keep", "after", "then", "refused")} == {
        "rule": "old-orders",
        "title": "Orders, two years after delivery",
        "category": "personal",
        "table": "shop.orders",
        "keep": "2 years",
        "after": "delivered",
        "then": "delete",
        "refused": None,
    }


def test_csv_has_one_line_a_rule(shop: House) -> None:
    as_json = shop.scan()
    text = shop.call("scan", "--format", "csv", "--as-of", AS_OF)
    rows = list(csv.DictReader(io.StringIO(text.out)))

    assert (text.code, text.err) == (0, "")
    standings = [standing.word for standing in Standing]
    assert list(rows[0]) == [
        *("database", "rule", "table", "then", "records"),
        *standings,
        *("undated", "oldest_clock", "due_since", "refused"),
    ]
    for row, rule in zip(rows, as_json.rules.values(), strict=True):
        assert (row["database"], row["rule"], row["table"]) == ("shop", rule["rule"], rule["table"])
        assert {word: int(row[word]) for word in standings} == rule["tally"]
        assert (int(row["records"]), int(row["undated"])) == (rule["records"], rule["undated"])
        oldest = rule["oldest_due"] or {"clock": "", "due_since": ""}
        assert (row["oldest_clock"], row["due_since"], row["refused"]) == (oldest["clock"], oldest["due_since"], "")


def test_csv_of_a_refused_rule(one_shop: House) -> None:
    one_shop.rule("  gone: {table: shop.orders, keep: 1 year, after: 'a,\"b', then: report}\n")
    answer = one_shop.call("scan", "--format", "csv", "--as-of", AS_OF)
    (row,) = csv.DictReader(io.StringIO(answer.out))

    assert answer.code == 5
    assert 'has no column `a,"b`' in row.pop("refused")
    assert {key for key, value in row.items() if value} == {"database", "rule", "table", "then"}


def test_a_piped_table_is_plain_and_whole(one_shop: House) -> None:
    answer = one_shop.process("scan", "--as-of", AS_OF, TERM="xterm-256color", COLUMNS="20", FORCE_COLOR="")

    assert (answer.code, answer.err) == (0, "")
    assert "\x1b" not in answer.out
    assert "…" not in answer.out
    # An age is of several words.
    head, row, *_ = [line.replace("4 y 6 m", "4y6m").split() for line in answer.out.splitlines()[1:]]
    shown = dict(zip(head, row, strict=False))
    tally = OLD_ORDERS["tally"]
    assert isinstance(tally, dict)
    assert shown["rule"] == "old-orders"
    assert (shown["overdue"], shown["then"]) == ("4y6m", "delete")
    assert {word: int(shown[word]) for word in tally} == tally
    assert "old-orders: with them: delete items 3, invoices 1" in answer.out
    assert "old-orders: holds stop 1 that would be due" in answer.out
    assert "old-orders: 1 missed only by the case or padding of a text" in answer.out


def test_colour_is_for_terminals_that_want_it(one_shop: House) -> None:
    def codes(**environment: str) -> set[str]:
        shown = one_shop.terminal("scan", "--as-of", AS_OF, **environment)
        return {code for found in re.findall(r"\x1b\[([0-9;]*)m", shown) for code in found.split(";")}

    # Bold for headings, dim for context, yellow for what is due: of the table and of the progress bar alike.
    assert codes(NO_COLOR="") == {"0", "1", "2", "33"}
    assert codes(NO_COLOR="1") == set()
    assert codes(NO_COLOR="", TERM="dumb") == set()


@pytest.mark.parametrize("columns", [20, 40, 60, 80])
def test_no_figure_is_cut_on_a_narrow_terminal(columns: int, one_shop: House) -> None:
    shown = one_shop.terminal("scan", "--as-of", AS_OF, columns=columns, NO_COLOR="1")
    words = " ".join(re.sub(r"\x1b\[\??[0-9;]*[A-Za-z]", "", shown[shown.index("SQLite") :]).split())

    assert "…" not in words
    assert "slow-orders" in words
    assert re.search(r"slow-orders: due 0, then delete; kept 1, uncovered 12|slow-orders 0 delete 1( 0)* 12", words)


def test_progress_is_for_terminals(one_shop: House) -> None:
    assert "scanning shop" in one_shop.terminal("scan", "--as-of", AS_OF)
    assert one_shop.process("scan", "--as-of", AS_OF).err == ""


@pytest.mark.parametrize("redirection", ["<&-", "2>&-", ">&-", ">&- 2>&-"])
def test_closed_streams(redirection: str, one_shop: House) -> None:
    assert one_shop.process("scan", "--as-of", AS_OF, redirection=redirection).code == 0
    assert one_shop.process("scan", "--check", "--as-of", AS_OF, redirection=redirection).code == 1


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["scan"], "\nold  "),
        (["scan", "--format", "json"], '"table": "shop.tëst😀"'),
        (["explain", "shop.tëst😀", "1"], "shop.tëst😀 1, as of"),
    ],
)
def test_a_locale_that_knows_ascii_alone(arguments: list[str], shown: str, house: House, sqlite: Server) -> None:
    """Names come and go in UTF-8 all the same."""
    url = sqlite.fresh_database("shop")
    a_table(url, name='"tëst😀"', rows="(1, '2020-01-01 00:00:00')")
    house.furnish(PLAIN.replace("shop.t", "shop.tëst😀"), described("tëst😀"), shop=url)
    answer = house.process(*arguments, "--as-of", AS_OF, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    assert (answer.code, answer.err) == (0, "")
    assert shown in answer.out


# -- --check, --as-of -----------------------------------------------------------------------------------------------


def test_check_says_whether_something_is_due(one_shop: House) -> None:
    for form in ("table", "json", "csv"):
        assert one_shop.call("scan", "--check", "--format", form, "--as-of", AS_OF).code == 1
        assert one_shop.call("scan", "--check", "--format", form, "--as-of", "2015-01-01").code == 0
        assert one_shop.call("scan", "--format", form, "--as-of", AS_OF).code == 0


def test_check_asks_the_chosen_rules_alone(one_shop: House) -> None:
    assert one_shop.call("scan", "--check", "--as-of", AS_OF, "--rule", "slow-orders").code == 0
    assert one_shop.call("scan", "--check", "--as-of", AS_OF, "--rule", "old-orders").code == 1


def test_check_is_content_where_holds_stop_everything(one_shop: House) -> None:
    one_shop.hold(OnDatabase("shop"))
    answer = one_shop.call("scan", "--check", "--as-of", AS_OF)
    assert answer.code == 0
    assert "old-orders: holds stop 3 that would be due" in answer.out


def test_check_where_something_failed_says_so_first(one_shop: House) -> None:
    one_shop.rule(RULES + "  gone: {table: shop.people, keep: 1 year, after: gone, then: report}\n")
    assert one_shop.call("scan", "--check", "--as-of", AS_OF).code == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "`soon` is no instant"),
        ("2026-02-30", "`2026-02-30` is no instant"),
        ("01.07.2026", "`01.07.2026` is no instant"),
        ("2026-07-01T25:00:00Z", "is no instant"),
        ("2026-07-01T00:00:00", "does not say in which zone"),
        ("2026-07-01 12:00", "does not say in which zone"),
        ("1970-12-31", "lies outside of the years"),
        ("9000-01-01", "lies outside of the years"),
        ("0001-01-01T00:00:00+14:00", "lies outside of the years"),
        ("9999-12-31T23:59:59-12:00", "lies outside of the years"),
        ("-1", "`-1` is no instant"),
        ("1e9", "`1e9` is no instant"),
    ],
)
def test_a_moment_that_is_none(text: str, message: str, one_shop: House) -> None:
    for command in (["scan"], ["explain", "shop.orders", "1"]):
        answer = one_shop.call(*command, "--as-of", text)
        assert (answer.code, answer.out) == (2, "")
        assert message in answer.err
        assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("as_of", "due"),
    [
        ("2021-12-31T23:59:59Z", 0),
        ("2022-01-01", 1),
        ("2022-01-01T08:00:00+08:00", 1),
        ("2021-12-31T16:00:00-08:00", 1),
        ("2026-06-30T23:59:59.999999Z", 1),
        ("2026-07-01", 2),
        ("2026-07-01T00:00:01Z", 3),
        ("8999-12-31", 4),
    ],
)
def test_the_past_and_the_future(as_of: str, due: int, one_shop: House) -> None:
    """The orders 1, then 2, then 3; in the end also 9. Invoice 1 is out of date by then, invoice 2 blocks 10."""
    answer = one_shop.scan("--rule", "old-orders", as_of=as_of)
    if as_of.startswith("8999"):
        assert answer.tallies["old-orders"] == {"uncovered": 2, "held": 2, "undecidable": 2, "due": 7}
    else:
        assert answer.rules["old-orders"]["tally"]["due"] == due


def test_the_day_without_a_time_is_the_start_of_the_day_in_utc(one_shop: House) -> None:
    assert one_shop.scan(as_of="2026-07-01").json == one_shop.scan(as_of="2026-07-01T00:00:00+00:00").json


# -- narrowing chooses who acts, never who protects -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--rule", "old-orders"], ["old-orders"]),
        (["--rule", "invoices", "--rule", "old-orders"], ["old-orders", "invoices"]),
        (["--category", "personal"], ["old-orders", "slow-orders"]),
        (["--category", "server", "--category", "non_personal"], ["warranties", "invoices"]),
        (["--category", "user_communications"], []),
        (["--database", "shop"], ["old-orders", "slow-orders", "warranties", "invoices"]),
        (["--category", "personal", "--rule", "invoices"], []),
    ],
)
def test_what_is_not_chosen_still_protects(arguments: list[str], shown: list[str], one_shop: House) -> None:
    whole, narrow = one_shop.scan(), one_shop.scan(*arguments)

    assert narrow.code == 0
    assert narrow.rules == {name: whole.rules[name] for name in shown}
    assert narrow.json["due"] == sum(whole.rules[name]["tally"]["due"] for name in shown)


def test_a_refused_rule_that_is_not_chosen_still_protects(one_shop: House) -> None:
    one_shop.rule(RULES + "  gone: {table: shop.orders, keep: 1 year, after: gone, then: report}\n")
    answer = one_shop.scan("--rule", "old-orders")
    assert answer.code == 0
    tally = {**nonzero(OLD_ORDERS["tally"]), "kept": 5}  # type: ignore[arg-type,dict-item]
    del tally["due"], tally["blocked"]
    assert answer.tallies == {"old-orders": tally}


def test_a_database_that_is_not_chosen_is_left_alone(one_shop: House) -> None:
    furnish_far(one_shop)
    assert one_shop.scan("--database", "shop").code == 0
    assert one_shop.scan("--category", "non_personal").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rule", "old-order"], "there is no rule `old-order`; did you mean `old-orders`?"),
        (["--rule", ""], "there is no rule ``"),
        (["--rule", "old-orders", "--rule", "x\x1b[31m"], "there is no rule `x\N{REPLACEMENT CHARACTER}[31m`"),
        (["--database", "shp"], "there is no database `shp`; did you mean `shop`?"),
        (["--category", "personnel"], "'personnel' is not one of 'personal', 'server'"),
        (["--format", "xml"], "'xml' is not one of 'table', 'json', 'csv'"),
        (["orders"], "unexpected extra argument"),
    ],
)
def test_a_choice_of_what_does_not_exist(arguments: list[str], message: str, one_shop: House) -> None:
    answer = one_shop.call("scan", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err
    assert answer.err.count("\n") == 1


# -- --sql ----------------------------------------------------------------------------------------------------------


def printed(answer: Answer) -> list[tuple[str, str]]:
    """Each statement that was printed, and the comment before it; comments alone say how apply goes."""
    assert (answer.code, answer.err) == (0, "")
    found = [text.split("\n", 1) for text in answer.out.strip().removesuffix(";").split(";\n\n")]
    return [(each[0], each[1]) for each in found if ": apply finds its records " not in each[0]]


COURSES = {
    "sqlite": "in the order of their numbers",
    "postgresql": "block by block",
    "mariadb": "in the order of their numbers",
}


def test_it_says_how_apply_would_go(shop: House, engine_url: str) -> None:
    """For each rule that would act; those have to be named which rows below may keep from going."""
    said = shop.call("scan", "--sql", "--as-of", AS_OF).out.splitlines()
    few = "; where fewer than 2% are due, each by its key"
    start = "-- shop.orders, rule warranties: apply finds its records"
    course = COURSES[kind_of(engine_url)]
    assert f"{start} as they lie, {course}{few}" in said
    assert "-- shop.orders, rule slow-orders: apply finds its records each by its key" in said
    told = shop.call("explain", "shop.orders", "1", "--as-of", AS_OF, "--format", "json").out
    courses = {rule["rule"]: rule["course"] for rule in json.loads(told)["rules"]}
    assert courses["warranties"] == f"as they lie, {course}{few}"
    assert courses["slow-orders"] == "each by its key"


def test_the_printed_statements_run_and_count_the_same(shop: House, engine_url: str) -> None:
    tallies = shop.scan().tallies
    statements = printed(shop.call("scan", "--sql", "--as-of", AS_OF))
    assert [comment for comment, _ in statements] == ["-- shop.orders", "-- shop.invoices"]
    request = request_of(shop.folder / "wesretain.yaml", AS_OF, Selection())
    rules = [["old-orders", "slow-orders", "warranties"], ["invoices"]]
    with opened(request, "shop") as live:  # SQLite needs the functions that we give it
        for names, (_, statement) in zip(rules, statements, strict=True):
            groups = live.connection.exec_driver_sql(escaped(statement, engine_url)).mappings().all()
            for number, name in enumerate(names):
                found = dict.fromkeys((standing.word for standing in Standing), 0)
                for group in groups:
                    found[Standing(group[f"standing{number}"]).word] += group["records"]
                assert nonzero(found) == tallies[name]


def escaped(statement: str, url: str) -> str:
    """The statement as this driver takes it without parameters."""
    return statement if kind_of(url) == "sqlite" else statement.replace("%", "%%")


def test_printing_statements_needs_no_clock_that_is_right(shop: House) -> None:
    assert "-- shop.orders" in shop.call("scan", "--sql").out


# -- names and values as odd as a database allows -------------------------------------------------------------------

ODD = [
    "with space",
    'double"quote',
    "back`tick",
    "it's",
    "100%",
    "%(x)s",
    ":bind",
    "co:lon",
    "back\\slash",
    "new\nline",
    "semi;-- colon",
    "{brace}",
    "[bracket]",
    "select",
    "Ünïcode жук 日本",
]


def quoted(name: str, url: str) -> str:
    mark = "`" if kind_of(url) == "mariadb" else '"'
    return f"{mark}{name.replace(mark, 2 * mark)}{mark}"


def test_odd_names_and_values(house: House, engine_url: str) -> None:
    """Each name is that of a table, a column, a clock and a value; nothing of it is ever read as SQL."""
    engine = sa.create_engine(engine_url, poolclass=sa.NullPool)
    time = TIME[kind_of(engine_url)]
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        for name in ODD:
            table, column, clock = (quoted(f"{kind}{name}", engine_url) for kind in ("t ", "c ", "k "))
            cursor.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY, {column} varchar(40), {clock} {time} NULL)")
            for number, value in ((1, name), (2, f"{name} "), (3, "x")):
                text = value.replace("'", "''")
                text = text.replace("\\", "\\\\") if kind_of(engine_url) == "mariadb" else text
                cursor.execute(f"INSERT INTO {table} VALUES ({number}, '{text}', '2020-01-01 00:00:00')")
        connection.commit()
    tables = "    tables:\n" + "".join(
        f"      {json.dumps(f't {name}')}: {{category: personal, subjects: none}}\n" for name in ODD
    )
    rules = "".join(
        f"  r{number}: {{table: {json.dumps(f'shop.t {name}')},"
        f" where: {{{json.dumps(f'c {name}')}: {json.dumps(name)}}},"
        f" keep: 1 year, after: {json.dumps(f'k {name}')}, then: delete}}\n"
        for number, name in enumerate(ODD)
    )
    answer = house.furnish(rules, tables, shop=engine_url).scan()

    assert answer.code == 0, answer.said
    assert answer.tallies == {f"r{number}": {"uncovered": 2, "due": 1} for number in range(len(ODD))}
    assert all(rule["missed_by_case"] == 1 for rule in answer.rules.values())
    statements = printed(house.call("scan", "--sql", "--as-of", AS_OF))
    assert len(statements) == len(ODD)
    assert [comment for comment, _ in statements if not comment.startswith("-- shop.t ")] == []
    request = request_of(house.folder / "wesretain.yaml", AS_OF, Selection())
    with opened(request, "shop") as live:
        for _, statement in statements:
            assert live.connection.exec_driver_sql(escaped(statement, engine_url)).all()


INJECTIONS = (
    "x' OR '1'='1",
    "x'; DROP TABLE t; --",
    'x"; DROP TABLE t; --',
    "x\\'; DROP TABLE t; --",
    "x') OR 1=1 --",
    "%' OR 1=1 --",
    "?",
    "$1",
    ":at",
    "%s",
    "%(at)s",
    "' || (SELECT note FROM t) || '",
    "*/ DROP TABLE t /*",
)


@pytest.mark.parametrize(
    "test", ["{}", "{{not: {}}}", "[{}, y]", "{{any case: {}}}", "{{contains: {}}}", "{{starts with: {}}}"]
)
def test_values_are_never_read_as_sql(test: str, house: House, engine_url: str) -> None:
    a_table(engine_url, "note varchar(60)", rows="(1, '2020-01-01 00:00:00', 'harmless')")
    rules = "".join(
        f"  r{number}: {{table: shop.t, where: {{note: {test.format(json.dumps(text))}}},"
        " keep: 1 year, after: at, then: report}\n"
        for number, text in enumerate(INJECTIONS)
    )
    answer = house.furnish(rules, described("t"), shop=engine_url).scan()

    assert answer.code == 0, answer.said
    matched = {"due": 1} if "not" in test else {"uncovered": 1}
    assert answer.tallies == {f"r{number}": matched for number in range(len(INJECTIONS))}
    assert count(engine_url, "SELECT count(*) FROM t") == 1


@pytest.mark.parametrize("key", INJECTIONS)
def test_keys_of_holds_are_never_read_as_sql(key: str, house: House, engine_url: str) -> None:
    time = TIME[kind_of(engine_url)]
    write(engine_url, f"CREATE TABLE t (id varchar(40) NOT NULL PRIMARY KEY, at {time})")
    write(engine_url, "INSERT INTO t VALUES ('harmless', '2020-01-01 00:00:00')")
    house.furnish(PLAIN, described("t"), shop=engine_url)
    house.hold(OnRecord(named("shop.t"), (key,)))
    house.hold(OnRecords(named("shop.t"), parse_condition(f"id: {json.dumps(key)}"), f"id: {json.dumps(key)}"))
    answer = house.scan()
    assert (answer.code, answer.tallies) == (0, {"old": {"due": 1}})
    assert house.call("explain", "shop.t", "--", key).code == 2


TYPES = {
    "sqlite": {
        "flag boolean": ("1", {"'true'": "due", "1": "due", "0": "uncovered"}),
        "code char(5)": ("'ab'", {"ab": "due", "AB": "uncovered"}),
        "amount numeric": ("1.50", {"'1.5'": "due", "2": "uncovered"}),
    },
    "postgresql": {
        "mood mood": ("'Happy'", {"Happy": "due", "happy": "uncovered", "none such": "uncovered"}),
        "nick citext": ("'Foo'", {"Foo": "due", "foo": "uncovered"}),
        "code char(5)": ("'ab'", {"ab": "due", "AB": "uncovered"}),
        "flag boolean": ("true", {"'yes'": "due", "false": "uncovered"}),
        "number uuid": (
            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
            {
                "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11": "due",
                "a0eebc999c0b4ef8bb6d6bb9bd380a11": "due",
                "00000000-0000-0000-0000-000000000000": "uncovered",
            },
        ),
        "amount numeric(9, 2)": ("1.50", {"'1.5'": "due", "'1e3'": "uncovered"}),
        "made integer GENERATED ALWAYS AS (1 + 1) STORED": ("DEFAULT", {"2": "due", "3": "uncovered"}),
        "bits bit(3)": ("'101'", {"'101'": None}),
        "text_list text[]": ("'{a}'", {"'{a}'": None}),
        "document jsonb": ("'{}'", {"'{}'": None}),
    },
    "mariadb": {
        "mood enum('sad', 'Happy', '')": ("'Happy'", {"Happy": "due", "happy": "uncovered", "''": "uncovered"}),
        "code char(5)": ("'ab'", {"ab": "due", "AB": "uncovered"}),
        "flag tinyint(1)": ("1", {"1": "due", "2": "uncovered", "'true'": None}),
        "bits bit(3)": ("b'101'", {"'101'": None}),
        "binaries varchar(9) COLLATE utf8mb4_bin": ("'Foo '", {"'Foo '": "due", "Foo": "uncovered"}),
        "latin varchar(9) CHARACTER SET latin1": ("'Füß'", {"Füß": "due", "FÜSS": "uncovered", "日本": "uncovered"}),
        "plain varchar(9)": ("'Foo'", {"Foo": "due", "'Foo '": "uncovered", "foo": "uncovered"}),
        "bytes varbinary(9)": ("'Foo'", {"Foo": "due"}),
        "number uuid": (
            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
            {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11": "due", "00000000-0000-0000-0000-000000000000": "uncovered"},
        ),
        "document json": ("'{}'", {"'{}'": "due"}),
        "hidden integer INVISIBLE DEFAULT 5": ("DEFAULT", {"5": "due", "6": "uncovered"}),
        "made integer AS (1 + 1) VIRTUAL": ("DEFAULT", {"2": "due", "3": "uncovered"}),
    },
}


@pytest.mark.parametrize("kind", TYPES)
def test_values_of_every_type(kind: str, house: House, request: pytest.FixtureRequest) -> None:
    """One row each; where there is no answer, the rule is refused for its type."""
    server: Server = request.getfixturevalue(kind)
    url = server.fresh_database("types")
    if kind == "postgresql":
        write(url, "CREATE EXTENSION citext", "CREATE TYPE mood AS ENUM ('sad', 'Happy')")
    rules, expected = "", {}
    for place, (column, (value, answers)) in enumerate(TYPES[kind].items()):
        name = column.split()[0]
        a_table(url, column, name=f"t{place}")
        write(url, f"INSERT INTO t{place} (id, at, {name}) VALUES (1, '2020-01-01 00:00:00', {value})")
        for number, (asked, answer) in enumerate(answers.items()):
            rules += (
                f"  r{place}-{number}: {{table: shop.t{place}, where: {{{name}: {asked}}},"
                " keep: 1 year, after: at, then: report}\n"
            )
            expected[f"r{place}-{number}"] = {answer: 1} if answer else None
    answer = house.furnish(rules, described(*(f"t{place}" for place in range(len(TYPES[kind])))), shop=url).scan()

    # A rule that is refused protects: its neighbours are kept where they would be due.
    refused = {name.partition("-")[0] for name, found in expected.items() if found is None}
    for name, found in expected.items():
        if found == {"due": 1} and name.partition("-")[0] in refused:
            expected[name] = {"kept": 1}
    assert answer.tallies == expected


# -- schemas, views, keys -------------------------------------------------------------------------------------------


def test_tables_of_one_name_in_two_schemas(house: House, postgresql: Server) -> None:
    url = postgresql.fresh_database("shop")
    write(url, "CREATE SCHEMA archive", 'CREATE SCHEMA "Odd ""schema"')
    old = "'2020-01-01 00:00:00'"
    a_table(url, rows=f"(1, {old})")
    a_table(url, name="archive.t", rows=f"(1, {old}), (2, {old})")
    a_table(url, name='"Odd ""schema".t', rows=f"(1, {old}), (2, {old}), (3, {old})")
    tables = described("t", "archive.t", "'Odd \"schema.t': {category: personal, subjects: none}", "public.t")
    rules = "".join(
        f"  r{number}: {{table: {table}, keep: 1 year, after: at, then: report}}\n"
        for number, table in enumerate(["shop.t", "shop.public.t", "shop.archive.t", "'shop.Odd \"schema.t'"])
    )
    house.furnish(rules, tables, shop=url)

    due = [nonzero({"due": number}) for number in (1, 1, 2, 3)]
    assert list(house.scan().tallies.values()) == due
    name = sa.make_url(url).database
    write(url, f"ALTER DATABASE {name} SET search_path = archive, public")
    assert list(house.scan().tallies.values()) == [{"due": 2}, *due[1:]]
    house.hold(OnTable(named("shop.archive.t")))
    assert list(house.scan().tallies.values()) == [{"held": 2}, {"due": 1}, {"held": 2}, {"due": 3}]


def test_a_view_and_a_table_without_a_key(house: House, engine_url: str) -> None:
    time = TIME[kind_of(engine_url)]
    a_table(engine_url, rows="(1, '2020-01-01 00:00:00')")
    write(engine_url, "CREATE VIEW v AS SELECT * FROM t", f"CREATE TABLE bare (at {time} NULL)")
    write(engine_url, "INSERT INTO bare VALUES ('2020-01-01 00:00:00'), ('2026-01-01 00:00:00')")
    rules = "".join(
        f"  {table}: {{table: shop.{table}, keep: 1 year, after: at, then: delete}}\n" for table in ("v", "bare")
    )
    answer = house.furnish(rules, described("t", "v", "bare"), shop=engine_url).scan()

    assert answer.code == 0
    assert answer.tallies == {"v": {"due": 1}, "bare": {"kept": 1, "due": 1}}
    assert answer.findings == [
        "v: apply would refuse it: v is a view",
        "bare: apply would refuse it: bare is without a key: no primary key and no unique index is free of NULL",
    ]
    live = house.call("validate", "--live")
    assert (live.code, live.out.count("v: apply would refuse it: v is a view")) == (0, 1)
    assert "v is a view" in house.call("scan", "--as-of", AS_OF).out
    house.hold(OnRecord(named("shop.bare"), ("1",)))
    assert house.scan().tallies["bare"] == {"held": 2}


# -- holds ----------------------------------------------------------------------------------------------------------

HOLDS: list[tuple[Scope, dict[str, int]]] = [
    (OnSubject(named("shop.people"), ("1",)), {"old-orders": 9, "slow-orders": 0, "invoices": 2}),
    (OnSubject(named("shop.people"), ("2",)), {"old-orders": 1, "slow-orders": 1, "invoices": 0}),
    (OnRecord(named("shop.orders"), ("1",)), {"old-orders": 1, "slow-orders": 0, "invoices": 1}),
    (OnRecord(named("shop.invoices"), ("1",)), {"old-orders": 0, "slow-orders": 0, "invoices": 1}),
    (OnRecord(named("shop.orders"), ("99",)), {"old-orders": 0, "slow-orders": 0, "invoices": 0}),
    (OnRecord(named("other.orders"), ("1",)), {"old-orders": 0, "slow-orders": 0, "invoices": 0}),
    (
        OnRecords(named("shop.orders"), parse_condition("{status: OPEN}"), "{status: OPEN}"),
        {"old-orders": 1, "slow-orders": 0, "invoices": 0},
    ),
    (
        OnRecords(named("shop.orders"), parse_condition("{id: {at most: 2}}"), "{id: {at most: 2}}"),
        {"old-orders": 2, "slow-orders": 0, "invoices": 1},
    ),
    (OnTable(named("shop.orders")), {"old-orders": 11, "slow-orders": 1, "invoices": 2}),
    (OnTable(named("shop.items")), {"old-orders": 0, "slow-orders": 0, "invoices": 0}),
    (OnCategory(Category.NON_PERSONAL), {"old-orders": 0, "slow-orders": 0, "invoices": 3}),
    (OnCategory(Category.SERVER), {"old-orders": 11, "slow-orders": 1, "invoices": 2}),
    (OnCategory(Category.USER_COMMUNICATIONS), {"old-orders": 0, "slow-orders": 0, "invoices": 0}),
    (OnDatabase("shop"), {"old-orders": 11, "slow-orders": 1, "invoices": 3}),
    (OnDatabase("other"), {"old-orders": 0, "slow-orders": 0, "invoices": 0}),
]


@pytest.mark.parametrize(
    ("scope", "held"), HOLDS, ids=[f"{n}-{type(scope).__name__}" for n, (scope, _) in enumerate(HOLDS)]
)
def test_holds_of_every_scope(scope: Scope, held: dict[str, int], shop: House, engine_url: str) -> None:
    """How many records each hold reaches: those that are covered, and it reaches all below; no row goes uncounted."""
    shop.ledger.unlink()
    create(shop.ledger, datetime(2026, 1, 1, tzinfo=UTC))
    before = shop.scan()
    shop.hold(scope)
    after = shop.scan()

    assert after.code == 0
    assert {name: after.rules[name]["tally"]["held"] for name in held} == held
    for name in held:
        was, now = before.rules[name], after.rules[name]
        assert now["records"] == was["records"]
        otherwise = now["held_otherwise"]
        assert {word: now["tally"][word] + otherwise.get(word, 0) for word in was["tally"] if word != "held"} == {
            # A row below that is held blocks what is above it.
            **{word: number for word, number in was["tally"].items() if word != "held"},
            **blocked_above(scope, name, was["tally"]),
        }


def blocked_above(scope: Scope, rule: str, tally: dict[str, int]) -> dict[str, int]:
    """What the hold blocks without reaching it: the orders above held items or invoices."""
    above = {
        OnRecord(named("shop.invoices"), ("1",)): 1,
        OnTable(named("shop.items")): 2,
        OnCategory(Category.NON_PERSONAL): 1,
    }.get(scope, 0)  # type: ignore[call-overload]
    if rule != "old-orders" or not above:
        return {}
    return {"due": tally["due"] - above, "blocked": tally["blocked"] + above}


def test_a_released_hold_holds_no_longer(one_shop: House) -> None:
    one_shop.hold(OnDatabase("shop"))
    effective = datetime(2026, 6, 1, tzinfo=UTC)
    with opened_ledger(one_shop.ledger, parse_condition) as ledger:
        for hold in ledger.holds():
            ledger.release_hold(hold.id, "settled", effective, by="ann", effective=effective)
    assert "held" not in (one_shop.scan().tallies["old-orders"] or {})
    assert (one_shop.scan(as_of="2026-05-31").tallies["old-orders"] or {})["held"] == 11


def test_a_hold_that_cannot_be_placed_holds_the_database(shop: House) -> None:
    shop.hold(OnRecord(named("shop.orders"), ("one",)))
    answer = shop.scan()
    assert answer.code == 0
    assert {name: set(tally or {}) for name, tally in answer.tallies.items()} == {
        "old-orders": {"uncovered", "held"},
        "slow-orders": {"uncovered", "held"},
        "warranties": {"uncovered", "held"},
        "invoices": {"held"},
    }
    (finding,) = answer.findings
    assert finding.startswith("hold 3 cannot be placed on this database, so all of it is held: ")


def test_many_holds(house: House, engine_url: str) -> None:
    """A thousand of them make one list, not a thousand questions."""
    rows = ", ".join(f"({number}, '2020-01-01 00:00:00')" for number in range(1500))
    a_table(engine_url, rows=rows)
    house.furnish(PLAIN, described("t"), shop=engine_url)
    with opened_ledger(house.ledger, parse_condition) as ledger:
        for number in range(1200):
            scope = OnRecord(named("shop.t"), (str(number),))
            ledger.place_hold("m", "r", scope, datetime(2026, 1, 1, tzinfo=UTC))
    answer = house.scan()
    assert answer.code == 0, answer.said
    assert answer.tallies == {"old": {"held": 1200, "due": 300}}


# -- the ledger -----------------------------------------------------------------------------------------------------


def test_without_a_sound_ledger_nothing_is_scanned(one_shop: House) -> None:
    """A hold that is not known of cannot be honoured: 8, and no figure."""
    ledger, calls = one_shop.ledger, (["scan"], ["scan", "--sql"], ["explain", "shop.orders", "1"])

    def refusals() -> set[str]:
        answers = [one_shop.call(*call) for call in calls]
        assert {(answer.code, answer.out, answer.err.count("\n")) for answer in answers} == {(8, "", 1)}
        return {answer.err for answer in answers}

    def only(words: str) -> None:
        (said,) = refusals()
        assert words in said

    ledger.chmod(0o640)
    only("is open to others; run `chmod 600 ")
    ledger.chmod(0o600)
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute("PRAGMA user_version = 99")
    only("was written by a newer wesretain")
    ledger.unlink()
    only("is missing; restore it from its backup, or create a first one with `wesretain init`")
    ledger.touch(0o600)
    only("is not a ledger of wesretain")
    ledger.write_text("nonsense, and enough of it to be no database" * 100)
    only("cannot be read")
    ledger.unlink()
    ledger.mkdir()
    only("is not a file")


# -- what fails, and what does not ----------------------------------------------------------------------------------


def furnish_far(house: House) -> None:
    """Another database, which nobody can reach."""
    config = (house.folder / "wesretain.yaml").read_text()
    house.write("wesretain.yaml", config + f"  far: {{url: '{NOBODY}'}}\n")
    inventory = (house.folder / "inventory.yaml").read_text()
    house.write("inventory.yaml", inventory + f"  far:\n    zone: UTC\n{described('t')}")
    policy = (house.folder / "policy.yaml").read_text()
    house.write("policy.yaml", policy + "  far: {table: far.t, keep: 1 year, after: at, then: report}\n")


def test_one_database_that_cannot_be_reached_does_not_stop_the_others(shop: House) -> None:
    before = shop.scan().rules
    furnish_far(shop)
    answer = shop.scan()

    assert answer.code == 5
    assert {name: rule["tally"] for name, rule in answer.rules.items()} == {
        name: rule["tally"] for name, rule in before.items()
    }
    assert answer.err.startswith("wesretain: database far: nothing answers at 127.0.0.1:1; ")
    assert answer.err.count("\n") == 1
    assert shop.call("scan", "--check", "--as-of", AS_OF).code == 5
    table = shop.call("scan", "--as-of", AS_OF)
    assert (table.code, "old-orders" in table.out) == (5, True)


def test_where_no_database_can_be_reached(house: House) -> None:
    rules = "".join(
        f"  {name}: {{table: {name}.t, keep: 1 year, after: at, then: report}}\n" for name in ("far", "off")
    )
    house.furnish(rules, described("t"), far=NOBODY, off=f"sqlite:///{house.folder}/none.sqlite")
    answer = house.scan()

    assert answer.code == 7
    assert answer.json["databases"] == []
    assert [failure["database"] for failure in answer.json["failures"]] == ["far", "off"]
    assert answer.err.count("\n") == 2
    assert house.call("scan", "--sql").code == 7
    assert house.call("explain", "far.t", "1").code == 7


def test_a_database_that_answers_with_an_error_is_partial(house: House, mariadb: Server, sqlite: Server) -> None:
    """Unknown database, host, driver option, secret: whatever one of them says, the other is scanned."""
    good = sqlite.fresh_database("shop")
    a_table(good, rows="(1, '2020-01-01 00:00:00')")
    where = sa.make_url(mariadb.url)
    bad = {
        f"mariadb://root@127.0.0.1:{where.port}/nowhere": (5, "has no such database"),
        "mariadb://root@no-such-host.invalid/shop": (5, "the host of no-such-host.invalid is not known"),
        f"mariadb://root@127.0.0.1:{where.port}/mysql?no_such_option=1": (3, "the URL has an option"),
        "{url: {env: WESRETAIN_NOT_SET}}": (3, "the environment variable `WESRETAIN_NOT_SET` is not set"),
        "{url: {file: nowhere}}": (3, "nowhere` does not exist"),
        f"{{url: 'mariadb://root@127.0.0.1:{where.port}/mysql', password: {{env: HOME_SWEET}}}}": (3, "`HOME_SWEET`"),
        "oracle://root@127.0.0.1/x": (3, "the URL names no engine that is known"),
    }
    rules = PLAIN + "  bad: {table: bad.t, keep: 1 year, after: at, then: report}\n"
    for url, (code, message) in bad.items():
        answer = house.furnish(rules, described("t"), shop=good, bad=url).scan()
        assert answer.code == code, url
        assert message in answer.err
        assert answer.err.count("\n") == 1
        assert answer.tallies == {"old": {"due": 1}}


def test_a_wrong_password_is_told_and_not_shown(house: House, mariadb: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sa.make_url(mariadb.fresh_database("shop"))
    a_table(url.render_as_string(hide_password=False), rows="(1, '2020-01-01 00:00:00')")
    user = f"scan_{(url.database or '')[-8:]}"
    right, wrong = "ri%ght@/:pass😀", "wr'ong@/:pass"
    house.secrets += [right, wrong, "ight@", "ong@"]
    write(
        mariadb.url,
        f"CREATE USER {user} IDENTIFIED BY '{right}'",
        f"GRANT SELECT ON {url.database}.* TO {user}",
    )
    try:
        place = f"mariadb://{user}@127.0.0.1:{url.port}/{url.database}"
        secret = house.folder / "secret"
        for source in ("{env: SHOP_PASSWORD}", "{file: secret}"):
            house.furnish(PLAIN, described("t"), shop=f"{{url: '{place}', password: {source}}}")
            monkeypatch.setenv("SHOP_PASSWORD", right)
            secret.write_text(f"{right}\n")
            secret.chmod(0o600)
            assert (house.scan().code, house.scan().tallies) == (0, {"old": {"due": 1}})
            monkeypatch.setenv("SHOP_PASSWORD", wrong)
            secret.write_text(wrong)
            answer = house.scan()
            assert answer.code == 7
            assert "refuses the user or the password" in answer.err
            assert answer.err.count("\n") == 1
        secret.chmod(0o644)
        answer = house.scan()
        assert (answer.code, "wider than 0600; chmod it to 0600" in answer.err) == (3, True)
    finally:
        write(mariadb.url, f"DROP USER {user}")


def role(server: Server, url: str, *grants: str) -> tuple[str, Callable[[], None]]:
    """A user with these rights alone: the URL to connect with, and what takes the user away again."""
    made = sa.make_url(url)
    user = f"scan_{(made.database or '')[-8:]}"
    if server.dialect == "postgresql":
        write(url, f"CREATE ROLE {user} LOGIN", *(f"GRANT {grant} TO {user}" for grant in grants))

        def drop() -> None:
            write(url, f"DROP OWNED BY {user}", f"DROP ROLE {user}")
    else:
        write(url, f"CREATE USER {user}", *(f"GRANT {grant} TO {user}" for grant in grants))

        def drop() -> None:
            write(url, f"DROP USER {user}")

    return made.set(username=user).render_as_string(hide_password=False), drop


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_select_alone_suffices(kind: str, house: House, request: pytest.FixtureRequest) -> None:
    from cli.shop import furnish

    server: Server = request.getfixturevalue(kind)
    url = server.fresh_database("shop")
    expected = furnish(house, url).scan().rules
    ours, drop = role(server, url, *(f"SELECT ON {table}" for table in ("people", "orders", "items", "invoices")))
    try:
        house.furnish(RULES, TABLES, shop=ours)
        assert house.scan().rules == expected
        assert house.call("explain", "shop.orders", "1").code == 0
        assert house.call("validate", "--live").code == 0
    finally:
        drop()


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_right_that_is_missing_stops_the_rules_of_that_table_alone(
    kind: str, house: House, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(kind)
    url = server.fresh_database("shop")
    for name in ("open_one", "shut", "open_two"):
        a_table(url, "note varchar(20)", name=name, rows="(1, '2020-01-01 00:00:00', 'x')")
    rules = "".join(
        f"  {name}{number}: {{table: shop.{name}, keep: 1 year, after: at, then: report}}\n"
        for name in ("open_one", "shut", "open_two")
        for number in (1, 2)
    )
    # MariaDB does not even show a table to those who have no right on it, so one column may be read.
    partial = ("SELECT (id, at) ON shut",) if kind == "mariadb" else ()
    ours, drop = role(server, url, "SELECT ON open_one", "SELECT ON open_two", *partial)
    try:
        house.furnish(rules, described("open_one", "shut", "open_two"), shop=ours)
        if kind == "mariadb":
            write(url, f"REVOKE SELECT (at) ON shut FROM {sa.make_url(ours).username}")
        answer = house.scan()
        assert answer.code == 5
        assert answer.tallies == {
            **{f"open_{which}{number}": {"due": 1} for which in ("one", "two") for number in (1, 2)},
            **{f"shut{number}": None for number in (1, 2)},
        }
        assert answer.err == ""
        if kind == "postgresql":
            refused = answer.rules["shut1"]["refused"]
            assert "this user has no right to read" in refused["message"]
            assert "grant SELECT" in refused["mend"]
            live = house.call("validate", "--live")
            assert (live.code, live.out.count("this user has no right to read")) == (3, 1)
    finally:
        drop()


def test_the_engine_refuses_to_write(shop: House, engine_url: str) -> None:
    """Through the very connection that scan uses, by a user who may do everything."""
    request = request_of(shop.folder / "wesretain.yaml", AS_OF, Selection())
    for statement in (
        "UPDATE {}orders SET note = 'gone'",
        "DELETE FROM {}orders",
        "INSERT INTO {}people VALUES (9, 'new')",
        "CREATE TABLE {}new (id integer)",
        "DROP TABLE {}items",
    ):
        # Each on a connection of its own: MariaDB ends the transaction before it refuses to create or drop.
        with opened(request, "shop") as live:
            schema = f"{live.default_schema}." if live.default_schema else ""
            with pytest.raises(sa.exc.DBAPIError) as caught:
                live.connection.exec_driver_sql(statement.format(schema))
            with pytest.raises(Refused, match="only reading is allowed"):
                raise live.engine.translate(caught.value, "shop")
    assert count(engine_url, "SELECT count(*) FROM orders WHERE note <> 'gone'") == 13
    assert [count(engine_url, f"SELECT count(*) FROM {table}") for table in ("people", "items")] == [3, 5]
    assert "new" not in sa.inspect(sa.create_engine(engine_url, poolclass=sa.NullPool)).get_table_names()


def with_clock(monkeypatch: pytest.MonkeyPatch, url: str, shift: timedelta) -> None:
    """Let the database's clock go wrong."""
    engine: Any = type(engine_for(url))
    clock = engine.clock
    monkeypatch.setattr(engine, "clock", lambda self, connection: clock(self, connection) + shift)


@pytest.mark.parametrize("seconds", [61, -61, 86_400, -1_000_000_000])
def test_a_clock_that_is_wrong_is_refused(
    seconds: int, shop: House, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_clock(monkeypatch, engine_url, timedelta(seconds=seconds))
    answer = shop.call("scan", "--format", "json")
    assert answer.code == 5
    assert answer.json["databases"] == []
    assert re.search(r"the clock of the database `shop` differs from this machine's by \d+ s; set both", answer.err)
    assert shop.call("explain", "shop.orders", "1").code == 5
    assert shop.scan().code == 0  # where the moment is given, nobody asks for the time


@pytest.mark.parametrize("seconds", [50, -50])
def test_the_earlier_of_two_clocks_counts(
    seconds: int, shop: House, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_clock(monkeypatch, engine_url, timedelta(seconds=seconds))
    before = datetime.now(UTC)
    plan = shop.call("scan", "--format", "json").json
    taken = datetime.fromisoformat(plan["databases"][0]["as_of"])
    expected = before + timedelta(seconds=min(seconds, 0))
    assert abs(taken - expected) < timedelta(seconds=9)


@pytest.mark.parametrize(
    ("rule", "message", "place"),
    [
        ("where: {id: many}, keep: 1 year, after: at", "`many` does not fit t.id, which is integer", "6:32"),
        ("where: {id: 1.5}, keep: 1 year, after: at", "`1.5` does not fit t.id, which is integer", "6:32"),
        (
            "where: {at: 2020-01-01}, keep: 1 year, after: at",
            "cannot be compared with a value; use `is:`, or an age",
            "6:32",
        ),
        ("where: {note: {less than: 5}}, keep: 1 year, after: at", "`less than` compares numbers", "6:32"),
        ("where: {id: {contains: 5}}, keep: 1 year, after: at", "`contains` compares texts", "6:32"),
        ("keep: 1 year, after: note", "t.note is text, not a date or time", "6:45"),
        ("keep: 1 year, after: id", "t.id is integer, not a date or time", "6:45"),
        ("keep: 1 year, after: att", "t has no column `att`", "6:45"),
        ("where: {nota: x}, keep: 1 year, after: at", "t has no column `nota`", "6:32"),
        ("keep: 1 year, after: owner.at", "t has no link and no child table `owner`", "6:45"),
        ("where: {has: tickets}, keep: 1 year, after: at", "t has no link and no child table `tickets`", None),
        ("where: {id: {older than: 3 years}}, keep: 1 year, after: at", "t.id is integer, not a date or time", None),
    ],
)
def test_a_rule_that_does_not_fit_the_database(
    rule: str, message: str, place: str | None, house: House, engine_url: str
) -> None:
    """It is refused with its place and the mend, protects its table, and leaves the others alone."""
    for name in ("t", "u"):
        a_table(engine_url, "note varchar(20)", name=name, rows="(1, '2020-01-01 00:00:00', 'x')")
    rules = (
        f"  bad: {{table: shop.t, {rule}, then: report}}\n"
        + PLAIN
        + PLAIN.replace("shop.t", "shop.u").replace("old", "other")
    )
    answer = house.furnish(rules, described("t", "u"), shop=engine_url).scan()

    assert answer.code == 5
    refused = answer.rules["bad"]["refused"]
    assert message in f"{refused['message']}; {refused['mend']}"
    assert refused["mend"]
    assert place is None or refused["at"] == f"policy.yaml:{place}"
    assert answer.tallies == {"bad": None, "old": {"kept": 1}, "other": {"due": 1}}
    table = house.call("scan", "--as-of", AS_OF)
    assert (table.code, table.err) == (5, "")
    assert f"bad: refused: {refused['at']}: {refused['message']}; {refused['mend']}" in table.out


def test_a_table_that_is_missing(house: House, engine_url: str) -> None:
    a_table(engine_url, rows="(1, '2020-01-01 00:00:00')")
    rules = PLAIN + "  gone: {table: shop.tt, keep: 1 year, after: at, then: delete}\n"
    answer = house.furnish(rules, described("t", "tt"), shop=engine_url).scan()
    assert answer.code == 5
    assert answer.tallies == {"old": {"due": 1}, "gone": None}
    refused = answer.rules["gone"]["refused"]
    assert (refused["message"], refused["mend"]) == ("the database shop has no table `tt`", "did you mean `t`?")


@pytest.mark.parametrize("change", ["DROP TABLE t", "ALTER TABLE t RENAME COLUMN at TO then_at"])
def test_a_database_that_changes_while_it_is_scanned(
    change: str, house: House, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("t", "u"):
        a_table(engine_url, name=name, rows="(1, '2020-01-01 00:00:00')")
    rules = PLAIN + PLAIN.replace("shop.t", "shop.u").replace("old", "other")
    house.furnish(rules, described("t", "u"), shop=engine_url)
    reflect = Live.reflect

    def and_then_change(live: Live, beside: Iterable[str] = ()) -> Schema:
        schema = reflect(live, beside)
        if kind_of(engine_url) == "sqlite":
            live.connection.rollback()  # a reader's lock keeps writers out
        write(engine_url, change)
        return schema

    monkeypatch.setattr(Live, "reflect", and_then_change)
    answer = house.scan()
    assert answer.code == 5
    assert answer.tallies == {"old": None, "other": {"due": 1}}
    assert "has changed, or is gone" in answer.rules["old"]["refused"]["message"]


def test_bad_files_stop_the_run_before_it_connects(one_shop: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wesretain.scan.opened", lambda *_: pytest.fail("it connects"))
    one_shop.rule(RULES.replace("keep: 2 years", "keep: soon"))
    for command in (["scan"], ["explain", "shop.orders", "1"]):
        answer = one_shop.call(*command)
        assert (answer.code, answer.out) == (3, "")
        place, summary = answer.err.splitlines()
        assert place.startswith("policy.yaml:10:11 error `soon` is not a period")
        assert summary.startswith("wesretain: 1 error in the files; ")
    for name in ("policy.yaml", "inventory.yaml", "wesretain.yaml"):
        (one_shop.folder / name).unlink()
        answer = one_shop.call("scan")
        assert (answer.code, answer.out) == (3, "")
        assert name in answer.err


def test_without_rules_nobody_may_think_that_nothing_is_due(one_shop: House) -> None:
    one_shop.rule("version: 1\nrules: {}\n")
    answer = one_shop.call("scan", "--check")
    assert (answer.code, answer.out) == (3, "")
    assert "there are no rules yet" in answer.err
