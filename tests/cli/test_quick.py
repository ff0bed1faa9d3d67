"""`wesretain scan --quick`: the same answers as a scan's, capped; holds, texts that decide, and what fails."""

from __future__ import annotations

import csv
import io

import pytest

from calling import Answer
from cli.houses import AS_OF, TIME, House, count, described, kind_of, named
from cli.shop import RULES
from databases import Server
from engines.live import opened, write
from wesretain.model.hold import OnRecord, OnSubject

OLD = "  old: {table: shop.t, keep: 1 year, after: at, then: delete}\n"
NUMBERS = {
    "sqlite": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {0}) SELECT n FROM c)",
    "postgresql": "(SELECT n FROM generate_series(1, {0}) n)",
    "mariadb": "(SELECT seq AS n FROM seq_1_to_{0})",
}


def a_table(url: str, rows: int, *columns: str, values: str = "", name: str = "t") -> None:
    """So many records of 2020, and as many of 2026, with a clock index; further columns with their values."""
    kind = kind_of(url)
    others = "".join(f", {column}" for column in columns)
    write(
        url,
        f"CREATE TABLE {name} (id integer PRIMARY KEY, at {TIME[kind]} NULL{others})",
        f"CREATE INDEX {name}_at ON {name} (at)",
    )
    for first, at in ((0, "2020-01-01 00:00:00"), (rows, "2026-06-01 00:00:00")):
        instant = f"CAST('{at}' AS timestamp)" if kind == "postgresql" else f"'{at}'"
        numbers = f"{NUMBERS[kind].format(rows)} numbers"
        write(url, f"INSERT INTO {name} SELECT n + {first}, {instant}{values} FROM {numbers}")


def glance(house: House, *arguments: str) -> Answer:
    return house.scan("--quick", *arguments)


def figures(answer: Answer) -> dict[str, tuple[bool | None, int | None, bool | None]]:
    return {name: (rule["due"], rule["records"], rule["more"]) for name, rule in answer.rules.items()}


def as_scanned(house: House) -> dict[str, tuple[bool, int, bool]]:
    """What a scan's tallies say, capped."""
    due = {name: (rule["tally"] or {})["due"] for name, rule in house.scan().rules.items()}
    return {name: (number > 0, min(number, 1_000), number > 1_000) for name, number in due.items()}


# -- figures --------------------------------------------------------------------------------------------------------


def test_it_finds_what_a_scan_finds(shop: House) -> None:
    """Laws, agreements, holds, other rules and rows below keep the same records from being due."""
    answer = glance(shop)

    assert (answer.code, answer.err, answer.findings) == (0, "", [])
    assert figures(answer) == as_scanned(shop)
    assert answer.rules["old-orders"]["records"] == 2
    assert answer.json["due"] is True


@pytest.mark.parametrize(("rows", "shown"), [(999, "999"), (1_000, "1,000"), (1_001, "1,000+")])
def test_the_cap_is_exact(rows: int, shown: str, house: House, engine_url: str) -> None:
    a_table(engine_url, rows)
    house.furnish(OLD, described("t"), shop=engine_url)

    assert figures(glance(house)) == as_scanned(house) == {"old": (True, min(rows, 1_000), rows > 1_000)}
    assert house.call("scan", "--quick", "--as-of", AS_OF).out.splitlines()[2].split() == [
        "old", "shop.t", shown, "delete",
    ]  # fmt: skip


def test_held_records_are_not_counted(house: House, engine_url: str) -> None:
    """A hold on one of 1,001 leaves 1,000, which are no more; one on a person keeps all of theirs."""
    write(engine_url, "CREATE TABLE p (id integer PRIMARY KEY)", "INSERT INTO p VALUES (1), (2)")
    a_table(engine_url, 1_001, "person integer", values=", 1 + n % 2")
    inventory = described(
        "p: {category: personal, subjects: self}",
        "t: {category: personal, subjects: [owner], links: {owner: {to: p, by: person}}}",
    )
    house.furnish(OLD, inventory, shop=engine_url)
    house.hold(OnRecord(named("shop.t"), ("7",)))
    assert figures(glance(house)) == as_scanned(house) == {"old": (True, 1_000, False)}
    house.hold(OnSubject(named("shop.p"), ("1",)))
    assert figures(glance(house)) == as_scanned(house) == {"old": (True, 500, False)}


def test_several_rules_of_a_table(house: House, engine_url: str) -> None:
    """The longest keeps; reviews wait; a rule that overrides does not."""
    a_table(engine_url, 1_200, "kind integer NOT NULL", values=", n % 4")
    rules = OLD + "".join(
        f"  {name}: {{table: shop.t, where: {{kind: [{kind}]}}, keep: {keep}, after: at, then: {then}}}\n"
        for name, kind, keep, then in (
            ("longer", 1, "20 years", "delete"),
            ("review", 2, "2 years", "hold"),
            ("told", 3, "3 years", "report"),
        )
    )
    house.furnish(rules, described("t"), shop=engine_url)

    by_hand = {kind: count(engine_url, f"SELECT count(*) FROM t WHERE kind = {kind} AND id <= 1200") for kind in (2, 3)}
    assert figures(glance(house)) == as_scanned(house)
    assert figures(glance(house)) == {
        "old": (True, 600, False),  # those of the kinds 0 and 3; a review has not let those of kind 2 go
        "longer": (False, 0, False),
        "review": (True, by_hand[2], False),
        "told": (True, by_hand[3], False),
    }


@pytest.mark.parametrize("rows", [1_000, 1_001])
def test_texts_decide(rows: int, house: House, engine_url: str) -> None:
    """Two in three that may hold an address do not, so that it has to read on beyond the first 1,001."""
    text = "CASE n % 3 WHEN 0 THEN 'write to a@example.com' ELSE 'at 5 @ night' END"
    a_table(engine_url, 3 * rows, "body varchar(99)", values=f", {text}")
    rule = "keep: 1 year, after: at, then: redact, columns: {body: {scrub: [e-mail]}}"
    house.furnish(f"  old: {{table: shop.t, {rule}}}\n", described("t"), shop=engine_url)

    assert figures(glance(house)) == as_scanned(house) == {"old": (True, 1_000, rows > 1_000)}


# -- what it sends --------------------------------------------------------------------------------------------------


#: How each engine is asked for its plan, as if tables were large, and what it then says.
PLANS = {
    "sqlite": (["EXPLAIN QUERY PLAN"], "INDEX t_at (at>? AND at<?)"),
    "postgresql": (
        ["SET enable_seqscan = off", "SET enable_bitmapscan = off", "EXPLAIN"],
        "Index Cond: ((at IS NOT NULL) AND (at <= '2025-07-01",
    ),
    "mariadb": (["EXPLAIN"], " t_at 6 "),
}


@pytest.mark.parametrize(
    "others",
    ["", "  longer: {table: shop.t, where: {id: [5]}, keep: 20 years, after: at, then: delete}\n"],
    ids=["alone", "beside another rule"],
)
def test_the_clock_index_serves(others: str, house: House, engine_url: str) -> None:
    a_table(engine_url, 1_000)
    house.furnish(OLD + others, described("t"), shop=engine_url)
    answer = house.call("scan", "--quick", "--sql", "--rule", "old", "--as-of", AS_OF)
    head, statement = answer.out.split("\n", 1)

    assert answer.code == 0
    assert head.startswith("-- shop.")
    assert head.endswith("t, rule old")
    (*settings, explain), expected = PLANS[kind_of(engine_url)]
    if kind_of(engine_url) == "mariadb":
        statement = statement.replace("%", "%%")
    with opened(engine_url) as live:  # SQLite has to know our functions
        for setting in settings:
            live.connection.exec_driver_sql(setting)
        plan = live.connection.exec_driver_sql(f"{explain} {statement.strip().rstrip(';')}").all()
    assert any(expected in " ".join(map(str, line)) for line in plan), plan


def test_an_epoch_is_found_by_its_cut_off(house: House, sqlite: Server) -> None:
    """SQLite searches up to one upper end, the first: not to that of all times."""
    url = sqlite.fresh_database("shop")
    write(url, "CREATE TABLE t (id integer PRIMARY KEY, at integer)", "CREATE INDEX t_at ON t (at)")
    clock = "t: {category: personal, subjects: none, clocks: {at: {format: epoch seconds}}}"
    house.furnish(OLD, described(clock), shop=url)
    statement = house.call("scan", "--quick", "--sql", "--as-of", AS_OF).out

    assert statement.index("at <= 1751328000") < statement.index("at < 221845392000")


# -- formats, exit codes --------------------------------------------------------------------------------------------


def test_check_says_whether_something_is_due(one_shop: House) -> None:
    for form in ("table", "json", "csv"):
        quick = ("scan", "--quick", "--format", form)
        assert one_shop.call(*quick, "--check", "--as-of", AS_OF).code == 1
        assert one_shop.call(*quick, "--check", "--as-of", "2015-01-01").code == 0
        assert one_shop.call(*quick, "--check", "--as-of", AS_OF, "--rule", "slow-orders").code == 0
        assert one_shop.call(*quick, "--as-of", AS_OF).code == 0


def test_csv_says_the_same_as_json(shop: House) -> None:
    answer = shop.call("scan", "--quick", "--format", "csv", "--as-of", AS_OF)
    rows = list(csv.DictReader(io.StringIO(answer.out)))

    assert list(rows[0]) == ["database", "rule", "table", "then", "due", "records", "more", "refused"]
    words = {"true": True, "false": False}
    told = {row["rule"]: (words[row["due"]], int(row["records"]), words[row["more"]]) for row in rows}
    assert told == figures(glance(shop))


def test_the_keys_of_json_are_stable(one_shop: House) -> None:
    """These are promised in docs/commands.md: a key that goes, or means something else, needs another version."""
    one_shop.rule(RULES + "  gone: {table: shop.orders, keep: 1 year, after: gone, then: report}\n")
    answer = glance(one_shop)
    found = answer.json

    assert answer.code == 5
    assert set(found) == {"wesretain", "version", "as_of", "due", "databases", "failures"}
    assert (found["wesretain"], found["version"], found["as_of"], found["due"]) == ("quick", 1, AS_OF, True)
    assert set(found["databases"][0]) == {"database", "server", "as_of", "rules", "findings"}
    assert set(answer.rules["gone"]) == {"rule", "table", "then", "due", "records", "more", "refused"}
    assert figures(answer)["gone"] == (None, None, None)
    assert "has no column `gone`" in answer.rules["gone"]["refused"]["message"]


def test_a_refused_rule_is_told_and_keeps(one_shop: House) -> None:
    """It protects its whole table, so that nothing there is due."""
    one_shop.rule(RULES + "  gone: {table: shop.orders, keep: 1 year, after: gone, then: report}\n")
    answer = one_shop.call("scan", "--quick", "--as-of", AS_OF)

    assert answer.code == 5
    assert "\n  gone: refused: policy.yaml:" in answer.out
    assert ["gone", "shop.orders", "?", "report"] in [line.split() for line in answer.out.splitlines()]
    assert ["old-orders", "shop.orders", "0", "delete"] in [line.split() for line in answer.out.splitlines()]


def test_a_database_that_cannot_be_reached(one_shop: House) -> None:
    rules = "  far: {table: far.t, keep: 1 year, after: at, then: report}\n"
    tables = {"shop": described("orders"), "far": described("t")}
    nobody = "postgresql://nobody@127.0.0.1:1/far"
    one_shop.furnish(rules, tables, shop="sqlite:///shop.sqlite", far=nobody)
    answer = glance(one_shop)

    assert answer.code == 7
    assert [failure["database"] for failure in answer.json["failures"]] == ["far"]
    assert answer.err.startswith("wesretain: database far: ")


def test_a_plan_needs_all_figures(one_shop: House) -> None:
    answer = one_shop.call("scan", "--quick", "--out", "plan.json")

    assert (answer.code, answer.out) == (2, "")
    assert "--quick" in answer.err
    assert not (one_shop.folder / "plan.json").exists()
