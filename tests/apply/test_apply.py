"""Apply on all engines: exactly what is due goes, each row below by its own fate, and everything else stays."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from apply.company import AS_OF, OLD_ORDERS, Company, orders
from wesretain.model.hold import OnRecord, OnSubject, Scope
from wesretain.model.ledger import Kind
from wesretain.model.rule import TableName


def after_old_orders(before: dict[str, list[tuple[Any, ...]]], stay: set[int]) -> dict[str, list[tuple[Any, ...]]]:
    """What the shop holds once all orders but some have gone by the rule, worked out without the product."""
    left = [row for row in before["orders"] if row[0] in stay]
    items = [row for row in before["items"] if row[1] in stay]
    addresses = {row[2] for row in left}
    gone = {row[2] for row in before["orders"]} - addresses
    return {
        "customers": before["customers"],
        "addresses": [row for row in before["addresses"] if row[0] not in gone],
        "orders": left,
        "items": items,
        "serials": [row for row in before["serials"] if row[1] in {item[0] for item in items}],
        "parcels": [(n, order if order in stay else None, place) for n, order, place in before["parcels"]],
        "remarks": [(n, order, a) if order in stay else (n, None, "") for n, order, a in before["remarks"]],
    }


def hold(shop: Company, scope: Scope) -> None:
    with shop.ledger() as ledger:
        ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))


def test_each_row_has_its_own_fate_and_nothing_else_changes(full_shop: Company) -> None:
    before = full_shop.contents()
    dry = full_shop.call("apply", "--dry-run", "--format", "json", "--as-of", AS_OF.isoformat())
    assert (dry.code, dry.err) == (0, "")
    assert full_shop.contents() == before
    answer = full_shop.apply()
    assert (answer.code, answer.err) == (0, "")
    assert full_shop.contents() == after_old_orders(before, {40})
    rule, plan = answer.rules["old-orders"], dry.rules["old-orders"]
    assert rule["rows"] == {
        "delete orders": 39,
        "delete items": 78,
        "delete serials": 39,
        "unlink parcels": 39,
        "redact remarks": 39,
        "delete addresses": 20,
    }
    assert (rule["planned"], rule["done"], rule["left"]) == (39, 39, 0) == (plan["acts"], plan["tally"]["due"], 0)
    with full_shop.ledger() as ledger:
        full_shop.check_evidence(ledger)
        assert sum(each.records for each in ledger.evidences("shop")) == 39


def test_what_was_not_there_is_not_told(shop: Company) -> None:
    rows = orders(40)
    shop.build({**rows, "parcels": [row for row in rows["parcels"] if row[0] == 40]})
    before = shop.contents()
    assert "unlink parcels" not in shop.apply().rules["old-orders"]["rows"]
    assert shop.contents() == after_old_orders(before, {40})


def test_a_second_apply_finds_nothing(full_shop: Company) -> None:
    assert full_shop.apply().code == 0
    before = full_shop.contents()
    answer = full_shop.apply()
    assert (answer.code, answer.rules["old-orders"]["planned"]) == (0, 0)
    assert full_shop.contents() == before


@pytest.mark.parametrize(
    ("scope", "stay"),
    [
        (OnSubject(TableName("shop", None, "customers"), ("3",)), {2, 22, 40}),
        (OnRecord(TableName("shop", None, "orders"), ("7",)), {7, 40}),
        (OnRecord(TableName("shop", None, "items"), ("71",)), {7, 40}),  # what lies below is held, so its order stays
        (OnRecord(TableName("shop", None, "serials"), ("80",)), {8, 40}),
    ],
    ids=["subject", "record", "child", "grandchild"],
)
def test_what_a_hold_reaches_stays_with_all_that_hangs_on_it(full_shop: Company, scope: Scope, stay: set[int]) -> None:
    before = full_shop.contents()
    hold(full_shop, scope)
    assert full_shop.apply().code == 0
    assert full_shop.contents() == after_old_orders(before, stay)


def test_without_a_word_in_cron_when_all_is_well(full_shop: Company) -> None:
    answer = full_shop.call("apply", "--yes", "--as-of", AS_OF.isoformat(), "--log", "log")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    log = (full_shop.folder / "log").read_text().splitlines()
    assert len(log) == 2
    assert re.search(r"run [0-9a-f-]{36} shop: old-orders: 39 of 39 done \(", log[0])
    with full_shop.ledger() as ledger:
        assert log[1].endswith(f"ledger head {ledger.head()}")


def test_wants_yes_where_nobody_can_be_asked(full_shop: Company) -> None:
    before = full_shop.contents()
    answer = full_shop.call("apply", "--as-of", AS_OF.isoformat())
    assert (answer.code, answer.out) == (2, "")
    assert "--yes" in answer.err
    assert full_shop.contents() == before


def test_the_future_is_not_applied(full_shop: Company) -> None:
    before = full_shop.contents()
    answer = full_shop.call("apply", "--yes", "--as-of", "2999-01-01")
    assert answer.code == 2
    assert full_shop.contents() == before


KEYED = """
CREATE TABLE pairs (a INTEGER NOT NULL, b VARCHAR(20) NOT NULL, closed TIME, PRIMARY KEY (a, b));
CREATE TABLE parts (id INTEGER PRIMARY KEY, a INTEGER, b VARCHAR(20), FOREIGN KEY (a, b) REFERENCES pairs (a, b));
CREATE TABLE words (word VARCHAR(40) NOT NULL PRIMARY KEY, closed TIME);
CREATE TABLE letters (id INTEGER PRIMARY KEY, word VARCHAR(40) REFERENCES words (word));
"""
KEYED_INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      pairs: {category: personal, subjects: none}
      words: {category: personal, subjects: none}
"""
KEYED_RULES = """
  pairs: {table: shop.pairs, keep: 3 years, after: closed, then: delete, with: {parts: delete}}
  words: {table: shop.words, keep: 3 years, after: closed, then: delete, with: {letters: delete}}
"""


def test_keys_of_several_columns_and_of_text(shop: Company) -> None:
    old, new = datetime(2020, 1, 1), datetime(2026, 6, 1)  # noqa: DTZ001
    odd = ["it's", "50%", "a:b", "back\\slash", "ünï 🙂", "nul", "Straße", "%(x)s", "?"]
    shop.inventory, shop.rules = KEYED_INVENTORY, KEYED_RULES
    pairs = [(n, word, old if n % 2 else new) for n in range(1, 60) for word in ("x", "it's", "y'; --")]
    words = [(word, old) for word in odd] + [("new", new)]
    rows = {
        "pairs": pairs,
        "parts": [(i, a, b) for i, (a, b, _) in enumerate(pairs)],
        "words": words,
        "letters": [(i, word) for i, (word, _) in enumerate(words)],
    }
    shop.build(rows, KEYED)
    answer = shop.apply()
    assert (answer.code, answer.err) == (0, "")
    left = {(a, b) for a, b, closed in pairs if closed == new}
    assert set(shop.query("SELECT a, b FROM pairs")) == left == set(shop.query("SELECT a, b FROM parts"))
    assert shop.query("SELECT word FROM words") == [("new",)] == shop.query("SELECT word FROM letters")


SEVERAL = """
  short: {table: shop.orders, where: {state: closed}, keep: 1 year, after: closed, then: delete, with: WITH}
  long: {table: shop.orders, where: {note: x}, keep: 3 years, after: closed, then: delete, with: WITH}
  hide: {table: shop.orders, keep: 30 days, after: closed, then: redact, columns: {note: null}}
  look: {table: shop.orders, keep: 1 day, after: closed, then: report}
"""
WITH = "{items: delete, items.serials: delete, parcels: delete, remarks: delete}"


def test_of_several_rules_one_acts(shop: Company) -> None:
    shop.rules = SEVERAL.replace("WITH", WITH)
    shop.build(orders(10, recent=3))
    answer = shop.apply()
    assert (answer.code, answer.err) == (0, "")
    done = {name: rule["done"] for name, rule in answer.rules.items()}
    assert done == {"short": 0, "long": 7, "hide": 3, "look": 0}
    assert {name: rule["planned"] for name, rule in answer.rules.items()} == done
    assert shop.query("SELECT id, note FROM orders ORDER BY id") == [(8, None), (9, None), (10, None)]


def test_the_ledger_says_who_ran_and_as_of_when(shop: Company) -> None:
    shop.rules = OLD_ORDERS
    shop.build(orders(3))
    assert [shop.apply().code, shop.apply().code] == [0, 0]
    with shop.ledger() as ledger:
        started, again = ledger.entries(kinds=(Kind.RUN_STARTED,))
    assert "" != started.subject != again.subject != ""
    assert set(started.body) == {"by", "as_of", "database"}
    assert started.body["as_of"].startswith(AS_OF.isoformat()[:19])


def test_what_is_held_below_a_record_is_named_when_its_fate_is_explained(shop: Company) -> None:
    shop.rules = OLD_ORDERS
    shop.build(orders(5))
    with shop.ledger() as ledger:
        scope = OnRecord(TableName("shop", None, "items"), ("10",))
        ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
    held, free = (shop.call("explain", "shop.orders", key, "--as-of", AS_OF.isoformat()).out for key in "12")
    assert "`items` is held" in held
    assert "is held" not in free


def test_a_review_is_open_while_records_wait_for_one(shop: Company) -> None:
    shop.rules = "  look: {table: shop.orders, keep: 3 years, after: closed, then: hold}\n"
    shop.build(orders(3))
    for _ in range(2):  # the second time it is open already
        shop.apply()
        with shop.ledger() as ledger:
            assert set(ledger.open_reviews()) == {"look"}
            assert len(list(ledger.entries(kinds=(Kind.REVIEW_OPENED,)))) == 1
    shop.empty()
    assert shop.apply().code == 0
    with shop.ledger() as ledger:
        assert not ledger.open_reviews()


def test_narrowing_chooses_who_acts_and_never_who_protects(shop: Company) -> None:
    shop.rules = SEVERAL.replace("WITH", WITH).replace("3 years", "30 years")
    shop.build(orders(10))
    before = shop.contents()
    answer = shop.apply("--rule", "short")
    assert (answer.code, answer.rules["short"]["planned"]) == (0, 0)
    assert shop.contents() == before


def test_what_no_apply_may_touch_is_said_before(shop: Company) -> None:
    """A row that stays and points by a foreign key at one that goes would stop the batch, or vanish by a cascade."""
    shop.rules = OLD_ORDERS.replace('remarks: {redact: {author: "", order_id: null}}', "remarks: keep")
    shop.build(orders(10))
    before = shop.contents()
    answer = shop.apply()
    assert answer.code == 5
    assert "a foreign key ties `remarks` to a row that goes" in answer.rules["old-orders"]["stopped"]
    dry = shop.call("apply", "--dry-run", "--format", "json", "--as-of", AS_OF.isoformat())
    assert any("apply would refuse it" in each["message"] for each in dry.json["databases"][0]["findings"])
    assert shop.contents() == before


def test_records_below_one_another_go_once(shop: Company) -> None:
    """Replies hang below the posts that they answer, in the same table, and both are due."""
    shop.inventory = INVENTORY_OF_POSTS
    shop.rules = "  posts: {table: shop.posts, keep: 1 year, after: closed, then: delete, with: {posts: delete}}\n"
    old, new = datetime(2020, 1, 1), datetime(2026, 6, 1)  # noqa: DTZ001
    posts = [(n, None if n <= 50 else n - 50, old if n != 50 else new) for n in range(1, 101)]
    shop.build({"posts": posts}, "CREATE TABLE posts (id INTEGER PRIMARY KEY, parent_id INTEGER, closed TIME)")
    answer = shop.apply()
    assert (answer.code, answer.err) == (0, "")
    assert shop.keys("posts") == {50}
    assert answer.rules["posts"]["rows"] == {"delete posts": 99}
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


INVENTORY_OF_POSTS = """
databases:
  shop:
    zone: UTC
    tables:
      posts: {category: personal, subjects: none, links: {parent: {to: posts, by: parent_id}}}
"""
