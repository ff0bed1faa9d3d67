"""`wesretain approve` as it is called: what is approved, by whom, and when that no longer fits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cli.houses import House
from cli.shop import RULES, TABLES
from wesretain.ledger import opened
from wesretain.model.ledger import Approval
from wesretain.policy.load import parse_condition


def approval(house: House, rule: str) -> Approval | None:
    with opened(house.ledger, parse_condition) as ledger:
        return ledger.approval(rule, "shop")


def states(house: House) -> dict[str, str]:
    answer = house.call("approve", "--list", "--format", "json")
    assert answer.code == 0
    return {each["rule"]: each["state"] for each in json.loads(answer.out)["approvals"]}


def test_an_approval_says_what_when_and_who(one_shop: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    answer = one_shop.call("approve", "old-orders")
    assert (answer.code, answer.err) == (0, "")
    for words in (
        "approved: old-orders",
        "Orders, two years after delivery",
        "shop.orders",
        "2 years after delivered",
        "delete",
        "items: delete, invoices: delete",
        "other rules as they stand: slow-orders, warranties",
    ):
        assert words in answer.out
    assert "limits" not in answer.out
    found = approval(one_shop, "old-orders")
    assert found is not None
    assert datetime.now(UTC) - found.at < timedelta(minutes=1)
    assert "alice" in found.by
    assert found.backlog is None
    assert states(one_shop) == {
        "old-orders": "approved",
        "slow-orders": "not approved",
        "warranties": "not approved",
        "invoices": "not approved",
    }


CHANGES = (
    ("keep: 2 years", "keep: 3 years", "changed since"),
    ("keep: 20 years", "keep: 21 years", "changed since"),  # another rule of the table
    ("Orders, two years", "Orders, about two years", "changed since"),
    ("keep: 7 years", "keep: 8 years", "approved"),  # a rule of another table
)


@pytest.mark.parametrize(("old", "new", "state"), CHANGES)
def test_a_change_of_the_table_s_rules_undoes_it(old: str, new: str, state: str, one_shop: House) -> None:
    assert one_shop.call("approve", "old-orders").code == 0
    one_shop.rule(RULES.replace(old, new))
    assert states(one_shop)["old-orders"] == state
    one_shop.rule(RULES)
    assert states(one_shop)["old-orders"] == "approved"


def test_a_rule_that_comes_or_goes_undoes_it(one_shop: House) -> None:
    assert one_shop.call("approve", "old-orders").code == 0
    one_shop.rule(RULES + "  more: {table: shop.orders, keep: 9 years, after: delivered, then: report}\n")
    assert states(one_shop)["old-orders"] == "changed since"
    assert one_shop.call("approve", "old-orders").code == 0
    assert states(one_shop)["old-orders"] == "approved"
    one_shop.rule(RULES)
    assert states(one_shop)["old-orders"] == "changed since"


def test_another_reading_of_the_database_undoes_it(one_shop: House) -> None:
    assert one_shop.call("approve", "old-orders").code == 0
    changed = TABLES.replace(
        "orders: {subjects", 'orders: {clocks: {delivered: {undated: ["2020-01-01 00:00:00"]}}, subjects'
    )
    assert changed != TABLES
    one_shop.write("inventory.yaml", f"databases:\n  shop:\n    zone: UTC\n{changed}")
    assert states(one_shop)["old-orders"] == "changed since"


def test_a_backlog_is_approved_once(one_shop: House) -> None:
    answer = one_shop.call("approve", "invoices", "--backlog", "250000")
    assert "once, up to 250,000 records may go beyond the limits" in answer.out
    found = approval(one_shop, "invoices")
    assert found is not None
    assert (found.backlog, found.backlog_left) == (250_000, 250_000)
    (row,) = [line for line in one_shop.call("approve", "--list").out.splitlines() if line.startswith("invoices")]
    assert row.split()[-1] == "250,000"
    assert one_shop.call("approve", "invoices").code == 0
    again = approval(one_shop, "invoices")
    assert again is not None
    assert again.backlog is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("old-order",), "did you mean `old-orders`?"),
        (("old-orders", "--backlog", "0"), "--backlog"),
        (("old-orders", "--backlog", "-1"), "--backlog"),
        (("old-orders", "--backlog", "many"), "--backlog"),
        ((), "a rule, or --all, or --list"),
        (("old-orders", "--list"), "a rule, or --all, or --list"),
        (("--list", "--backlog", "1"), "a rule, or --all, or --list"),
    ],
)
def test_what_is_no_approval(arguments: tuple[str, ...], words: str, one_shop: House) -> None:
    answer = one_shop.call("approve", *arguments)
    assert (answer.code, words in answer.err) == (2, True), answer.err
    assert approval(one_shop, "old-orders") is None


def test_files_with_errors_cannot_be_approved(one_shop: House) -> None:
    one_shop.rule(RULES.replace("after: paid", "after: [paid]"))
    assert one_shop.call("approve", "old-orders").code == 3
    assert approval(one_shop, "old-orders") is None


def test_the_list_fits_a_terminal_of_80_columns(one_shop: House) -> None:
    assert one_shop.call("approve", "old-orders", "--backlog", "12345").code == 0
    shown = one_shop.terminal("approve", "--list", columns=80, NO_COLOR="1")
    assert max(len(line.rstrip("\r")) for line in shown.split("\n")) <= 80
    assert "12,345" in shown
    assert "\x1b" not in shown
    rows = one_shop.call("approve", "--list", "--format", "csv").out.splitlines()
    assert len(rows) == 5


def test_all_rules_are_approved_as_they_stand(one_shop: House) -> None:
    one_shop.call("approve", "old-orders", "--backlog", "5")
    answer = one_shop.call("approve", "--all")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "approved: 3 rules; `wesretain approve --list` shows them\n"
    assert set(states(one_shop).values()) == {"approved"}
    before = approval(one_shop, "old-orders")
    assert before is not None
    assert before.backlog == 5  # it was approved as it stands, and nothing is taken from it
    assert one_shop.call("approve", "--all").out.startswith("approved: 0 rules")


@pytest.mark.parametrize("arguments", [("--all", "old-orders"), ("--all", "--list"), ("--all", "--backlog", "5"), ()])
def test_all_stands_alone(one_shop: House, arguments: tuple[str, ...]) -> None:
    assert one_shop.call("approve", *arguments).code == 2
    assert set(states(one_shop).values()) != {"approved"}
