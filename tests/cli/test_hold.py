"""`wesretain hold` as it is called: what a hold reaches, whom it is told to, and what is refused."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from calling import Answer
from cli.houses import HEAD, House, count, described, kind_of, named
from cli.shop import TABLES, furnish
from databases import Server
from engines.live import write
from wesretain.ledger import create, opened
from wesretain.model.hold import Hold, OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope
from wesretain.model.rule import Category
from wesretain.policy.load import parse_condition

NOBODY = "postgresql://nobody@127.0.0.1:1/far"
ADD = ("hold", "add", "--matter", "Case 1", "--reason", "a lawsuit")
ORDERS = named("shop.orders")


def holds(house: House) -> tuple[Hold, ...]:
    with opened(house.ledger, parse_condition) as ledger:
        return ledger.holds()


def reached(answer: Answer) -> dict[str, int]:
    """The tables of the answer, and how many of their records are held."""
    return {name: int(number) for name, number in re.findall(r"^(\w+\.\S+) +([\d,]+) *$", answer.out, re.MULTILINE)}


def control_table(url: str) -> str:
    return "wesretain_control" if kind_of(url) == "sqlite" else "wesretain.control"


def own_row(url: str) -> str:
    """Which row of `control` is the database's own: several databases of one MariaDB share the table."""
    return "name = 'main'" if kind_of(url) == "sqlite" else f"name = '{sa.make_url(url).database}'"


def generation(url: str) -> int:
    return count(url, f"SELECT generation FROM {control_table(url)} WHERE {own_row(url)}")


# -- what a hold reaches ----------------------------------------------------------------------------------------------

REACHES: tuple[tuple[tuple[str, ...], Scope, dict[str, int]], ...] = (
    (
        ("--subject", "shop.people", "1"),
        OnSubject(named("shop.people"), ("1",)),
        {"shop.people": 1, "shop.orders": 11, "shop.items": 4, "shop.invoices": 2},
    ),
    (
        ("--record", "shop.orders", "1"),
        OnRecord(ORDERS, ("1",)),
        {"shop.orders": 1, "shop.items": 2, "shop.invoices": 1},
    ),
    (
        ("--table", "shop.orders", "--where", "{status: open}"),
        OnRecords(ORDERS, parse_condition("{status: open}"), "{status: open}"),
        {"shop.orders": 2},
    ),
    (("--table", "shop.items"), OnTable(named("shop.items")), {"shop.items": 5}),
    (("--category", "non_personal"), OnCategory(Category.NON_PERSONAL), {"shop.invoices": 3}),
    (
        ("--database", "shop"),
        OnDatabase("shop"),
        {"shop.people": 3, "shop.orders": 13, "shop.items": 5, "shop.invoices": 3},
    ),
)


def test_a_hold_says_what_it_reaches_and_stands(shop: House) -> None:
    """Order 12 has no status, so that a condition on it may be met: it is held too."""
    for number, (options, scope, expected) in enumerate(REACHES, 3):
        answer = shop.call(*ADD, *options)
        assert (answer.code, answer.err) == (0, "")
        assert reached(answer) == expected, options
        assert f"hold {number} is in force" in answer.out
        placed = holds(shop)[-1]
        assert (placed.id, placed.matter, placed.reason, placed.scope) == (number, "Case 1", "a lawsuit", scope)
        assert placed.by


def test_what_is_reached_is_what_a_scan_finds_held(shop: House) -> None:
    for each in holds(shop):
        shop.call("hold", "release", str(each.id), "--reason", "over", "--grace", "0")
    answer = shop.call(*ADD, "--subject", "shop.people", "1")
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    rules = shop.scan(as_of=soon).rules
    assert rules["invoices"]["tally"]["held"] == reached(answer)["shop.invoices"]
    assert rules["old-orders"]["tally"]["held"] + 2 == reached(answer)["shop.orders"]  # two are not covered


def test_a_hold_reaches_down_a_circle_of_links(house: House, engine_url: str) -> None:
    write(
        engine_url,
        "CREATE TABLE t (id integer PRIMARY KEY, boss integer, FOREIGN KEY (boss) REFERENCES t (id))",
        "INSERT INTO t VALUES (1, NULL)",
        "INSERT INTO t VALUES (2, 1)",
        "INSERT INTO t VALUES (3, 2)",
        "INSERT INTO t VALUES (4, NULL)",
    )
    house.furnish(
        "  all: {table: shop.t, keep: nothing, where: {id: [1]}, then: report}\n", described("t"), shop=engine_url
    )
    assert reached(house.call(*ADD, "--record", "shop.t", "2")) == {"shop.t": 2}
    assert reached(house.call(*ADD, "--record", "shop.t", "1")) == {"shop.t": 3}


def test_a_key_of_two_columns_and_one_that_begins_with_a_dash(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    write(
        url,
        "CREATE TABLE t (a integer NOT NULL, b varchar(9) NOT NULL, PRIMARY KEY (a, b))",
        "INSERT INTO t VALUES (-1, 'x'), (-1, 'y'), (2, 'x')",
    )
    house.furnish("  all: {table: shop.t, keep: nothing, where: {a: [1]}, then: report}\n", described("t"), shop=url)
    assert reached(house.call(*ADD, "--record", "shop.t", "--", "-1", "y")) == {"shop.t": 1}
    assert holds(house)[-1].scope == OnRecord(named("shop.t"), ("-1", "y"))
    short = house.call(*ADD, "--record", "shop.t", "2")
    assert (short.code, "has 2 columns" in short.err) == (2, True)


def test_a_hold_on_a_table_without_a_key_holds_all_of_it(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    write(url, "CREATE TABLE t (a integer)", "INSERT INTO t VALUES (1), (2)")
    house.furnish("  all: {table: shop.t, keep: nothing, where: {a: [1]}, then: report}\n", described("t"), shop=url)
    answer = house.call(*ADD, "--record", "shop.t", "1")
    assert (answer.code, reached(answer)) == (0, {"shop.t": 2})
    assert "t has no key" in answer.err


def test_a_hold_without_rules(one_shop: House) -> None:
    one_shop.write("policy.yaml", "version: 1\nrules: {}\n")
    assert one_shop.call(*ADD, "--record", "shop.orders", "1").code == 0


def test_a_person_who_cannot_be_followed_holds_the_database(one_shop: House) -> None:
    broken = TABLES.replace("subjects: order.owner", "subjects: order.buyer")
    one_shop.write("inventory.yaml", f"databases:\n  shop:\n    zone: UTC\n{broken}")
    answer = one_shop.call(*ADD, "--subject", "shop.people", "1")
    assert (answer.code, reached(answer)["shop.people"]) == (0, 3)
    assert "all of shop is held: orders has no link and no child table `buyer`" in answer.err


# -- what is refused --------------------------------------------------------------------------------------------------

REFUSED = (
    (("--record", "shop.ordrs", "1"), "did you mean `orders`?"),
    (("--record", "shp.orders", "1"), "did you mean `shop`?"),
    (("--record", "orders", "1"), "write `database.table`"),
    (("--record", "shop.orders"), "takes a KEY"),
    (("--record", "shop.orders", "1", "2"), "the hold names 2"),
    (("--record", "shop.orders", "one"), "which is integer"),
    (("--subject", "shop.people", "1", "2"), "the hold names 2"),
    (("--subject", "shop.persons", "1"), "no table `persons`"),
    (("--table", "shop.orders", "1"), "takes no KEY"),
    (("--table", "shop.order"), "did you mean `orders`?"),
    (("--table", "shop.orders", "--where", "{stats: open}"), "did you mean `status`?"),
    (("--table", "shop.orders", "--where", "{id: x}"), "which is integer"),
    (("--table", "shop.orders", "--where", "{}"), "condition"),
    (("--table", "shop.orders", "--where", "]"), "condition"),
    (("--record", "shop.orders", "1", "--where", "{status: open}"), "give it with --table"),
    (("--category", "secret"), "non_personal"),
    (("--database", "shops"), "did you mean `shop`?"),
    (("--database", "shop", "--table", "shop.orders"), "exactly one thing"),
    ((), "exactly one thing"),
    (("--database", "shop", "--review-on", "soon"), "no day"),
    (("--database", "shop", "--review-on", "2020-01-01"), "not in the future"),
    (("--database", "shop", "--matter", " "), "says nothing"),
    (("--database", "shop", "--reason", ""), "says nothing"),
)


@pytest.mark.parametrize(
    ("options", "words"), REFUSED, ids=lambda each: " ".join(each) if isinstance(each, tuple) else ""
)
def test_what_does_not_fit_is_refused_and_nothing_is_placed(
    options: tuple[str, ...], words: str, one_shop: House
) -> None:
    answer = one_shop.call(*ADD, *options)
    assert answer.code in (2, 3)
    assert words in answer.err
    assert len(answer.err.splitlines()) == 1
    assert len(holds(one_shop)) == 2


def test_a_hold_that_reaches_nothing_warns_and_stands(shop: House) -> None:
    answer = shop.call(*ADD, "--record", "shop.orders", "99")
    assert answer.code == 0
    assert "reaches no record now" in answer.err
    assert holds(shop)[-1].scope == OnRecord(ORDERS, ("99",))


def test_an_empty_house_is_told_apart(house: House) -> None:
    assert house.call(*ADD, "--database", "shop").code == 3
    assert house.call("hold", "list").code == 3


# -- telling the databases --------------------------------------------------------------------------------------------


def test_a_prepared_database_is_told_of_each_hold(shop: House, engine_url: str) -> None:
    assert shop.call("prepare", "shop").code == 0
    assert generation(engine_url) == 2
    assert shop.call(*ADD, "--record", "shop.orders", "1").code == 0
    assert generation(engine_url) == 3
    assert shop.call(*ADD, "--category", "server").code == 0
    assert generation(engine_url) == 4
    shop.hold(OnDatabase("shop"))  # the ledger alone knows of it
    assert generation(engine_url) == 4
    assert shop.call("hold", "fence").code == 0
    assert generation(engine_url) == 5


def test_a_hold_waits_for_the_batch_in_flight(shop: House, engine_url: str) -> None:
    assert shop.call("prepare", "shop").code == 0
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(shop.call(*ADD, "--record", "shop.orders", "1")))
    engine = sa.create_engine(engine_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        table, own = control_table(engine_url), own_row(engine_url)
        connection.exec_driver_sql(f"UPDATE {table} SET run = 'r' WHERE {own}")
        thread.start()
        thread.join(7)  # longer than a statement waits for a lock
        assert thread.is_alive()
        assert len(holds(shop)) == 3  # the ledger knows it already
        connection.commit()
    thread.join(60)
    assert [answer.code for answer in answers] == [0], answers
    assert generation(engine_url) == 3


def test_a_database_that_cannot_be_reached(house: House, sqlite: Server) -> None:
    """The hold stands, what can be told is told, and the exit status says that the rest has to be."""
    url = sqlite.fresh_database("shop")
    furnish(house, url)
    house.furnish(house_rules(house), {"shop": TABLES, "far": described("t")}, shop=url, far=NOBODY)
    assert house.call("prepare", "shop").code == 0
    answer = house.call(*ADD, "--category", "personal")
    assert answer.code == 7
    assert "hold 3 is in force" not in answer.out
    told, reason = answer.err.splitlines()
    assert told.startswith("wesretain: what the hold reaches in far is not known")
    assert reason.startswith("wesretain: hold 3 stands, but database far has not been told of it yet")
    assert "`wesretain hold fence`" in reason
    assert generation(url) == 3
    assert len(holds(house)) == 3
    assert house.call("hold", "fence").code == 7
    assert house.call(*ADD, "--record", "far.t", "1").code == 7
    assert house.call(*ADD, "--record", "shop.orders", "1").code == 0


def house_rules(house: House) -> str:
    return (house.folder / "policy.yaml").read_text().removeprefix(HEAD)


def test_a_database_without_a_url_to_apply_with_needs_no_fence(house: House, sqlite: Server) -> None:
    url = sqlite.fresh_database("shop")
    furnish(house, url)
    house.furnish(house_rules(house), TABLES, shop=f"{{scan_url: '{url}'}}")
    assert house.call(*ADD, "--record", "shop.orders", "1").code == 0


def test_another_ledger_s_database_is_told_apart(shop: House, engine_url: str) -> None:
    assert shop.call("prepare", "shop").code == 0
    shop.ledger.unlink()
    create(shop.ledger, datetime.now(UTC))
    answer = shop.call(*ADD, "--record", "shop.orders", "1")
    assert answer.code == 7
    assert "belongs to another ledger" in answer.err
    assert generation(engine_url) == 2


def test_a_ledger_that_has_lost_holds_is_told(shop: House, engine_url: str) -> None:
    assert shop.call("prepare", "shop").code == 0
    write(engine_url, f"UPDATE {control_table(engine_url)} SET generation = 99 WHERE {own_row(engine_url)}")
    answer = shop.call(*ADD, "--record", "shop.orders", "1")
    assert answer.code == 8
    assert "the ledger is behind database shop" in answer.err


# -- showing and releasing --------------------------------------------------------------------------------------------


def place(house: House, matter: str, review_on: datetime | None = None) -> None:
    with opened(house.ledger, parse_condition) as ledger:
        review = review_on.date() if review_on else None
        ledger.place_hold(
            matter, "a reason", OnTable(ORDERS), datetime.now(UTC), review, by="alice", databases=("shop",)
        )


def listed(house: House, *options: str) -> list[dict[str, object]]:
    answer = house.call("hold", "list", "--format", "json", *options)
    assert answer.code == 0
    found: list[dict[str, object]] = json.loads(answer.out)["holds"]
    return found


def test_holds_are_listed_with_what_has_passed(one_shop: House) -> None:
    now = datetime.now(UTC)
    place(one_shop, "Old", now - timedelta(days=2))
    place(one_shop, "New", now + timedelta(days=2))
    assert [(each["hold"], each["review_passed"]) for each in listed(one_shop)] == [
        (1, False),
        (2, False),
        (3, True),
        (4, False),
    ]
    table = one_shop.call("hold", "list").out
    assert re.search(r"Old .*, has passed", table)
    assert not re.search(r"New .*, has passed", table)
    rows = one_shop.call("hold", "list", "--format", "csv").out.splitlines()
    assert rows[0].startswith("hold,matter,reason,scope,placed_at,by,review_on")
    assert len(rows) == 5


def test_a_release_takes_effect_after_its_grace(one_shop: House) -> None:
    assert one_shop.call("hold", "release", "1", "--reason", "over").code == 0
    assert one_shop.call("hold", "release", "2", "--reason", "a mistake", "--grace", "0").code == 0
    first, second = holds(one_shop)
    now = datetime.now(UTC)
    assert first.released_at is not None
    assert timedelta(days=6, hours=23) < first.released_at - now <= timedelta(days=7)
    assert (first.holds_at(now), second.holds_at(now)) == (True, False)
    assert first.release_reason == "over"
    assert [each["hold"] for each in listed(one_shop)] == [1]
    assert [each["hold"] for each in listed(one_shop, "--all")] == [1, 2]
    assert "in force until" in one_shop.call("hold", "show", "1").out
    assert "ended" in one_shop.call("hold", "show", "2").out
    assert one_shop.scan().rules["old-orders"]["tally"]["held"] == 2  # of a day on which both still held


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("release", "9", "--reason", "x"), "there is no hold 9"),
        (("release", "1"), "--reason"),
        (("release", "1", "--reason", " "), "says nothing"),
        (("release", "1", "--reason", "x", "--grace", "-1"), "--grace"),
        (("release", "one", "--reason", "x"), "one"),
        (("show", "9"), "there is no hold 9"),
    ],
)
def test_what_cannot_be_released_or_shown(arguments: tuple[str, ...], words: str, one_shop: House) -> None:
    answer = one_shop.call("hold", *arguments)
    assert (answer.code, words in answer.err) == (2, True), answer.err
    assert all(each.released_at is None for each in holds(one_shop))


def test_a_hold_is_released_once(one_shop: House) -> None:
    assert one_shop.call("hold", "release", "1", "--reason", "over").code == 0
    assert one_shop.call("hold", "release", "1", "--reason", "again", "--grace", "0").code == 2
    assert holds(one_shop)[0].holds_at(datetime.now(UTC))


def test_one_hold_is_shown(one_shop: House) -> None:
    place(one_shop, "Case \x1b[31m7\nnext")
    text = one_shop.call("hold", "show", "3").out
    assert "\x1b" not in text
    assert text.splitlines()[0] == r"hold 3: Case \x1b[31m7\nnext"
    assert "placed" in text
    assert "by alice" in text
    shown = json.loads(one_shop.call("hold", "show", "3", "--format", "json").out)
    assert (shown["hold"], shown["scope"]) == (3, {"kind": "table", "table": "shop.orders"})


def test_a_mistake_in_a_policy_locks_nobody_out(one_shop: House) -> None:
    one_shop.write("policy.yaml", "version: 1\nrules: {old: {}}\n")
    assert one_shop.call("hold", "list").code == 0
    assert one_shop.call("hold", "show", "1").code == 0
    assert one_shop.call("hold", "release", "1", "--reason", "over").code == 0
    assert one_shop.call("hold", "fence").code == 0


def test_a_list_fits_a_terminal_of_80_columns(one_shop: House) -> None:
    place(one_shop, "A matter with a rather long name, as lawyers give them", datetime.now(UTC))
    shown = one_shop.terminal("hold", "list", columns=80, NO_COLOR="1")
    assert max(len(line.rstrip("\r")) for line in shown.split("\n")) <= 80
    words = "".join(shown.split())
    assert "lawyers" in words
    assert "passed" in words


def test_no_holds_at_all(house: House, sqlite: Server) -> None:
    house.furnish(
        "  all: {table: shop.t, keep: nothing, where: {a: [1]}, then: report}\n", described("t"), shop=sqlite.url
    )
    assert "there are no holds" in house.call("hold", "list").out
    assert listed(house) == []


def test_a_missing_ledger_is_an_error(one_shop: House) -> None:
    one_shop.ledger.unlink()
    assert one_shop.call(*ADD, "--database", "shop").code == 8
    assert not Path(one_shop.ledger).exists()
