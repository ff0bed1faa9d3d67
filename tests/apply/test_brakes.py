"""The brakes fail closed: limits before the first batch, approvals where nobody is asked, and nothing is changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apply.company import AS_OF, Company, orders
from databases import Server
from wesretain.apply.halt import Halt, Halted

SIMPLE = """
  old-orders:
    table: shop.orders
    where: {state: closed}
    keep: 3 years
    after: closed
    then: delete
    with: {items: delete, items.serials: delete, parcels: delete, remarks: delete}
"""

#: Of what is asked of a plan alone one engine can tell as much as three.
ON_SQLITE = pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)


@ON_SQLITE
@pytest.mark.parametrize(
    ("limits", "code", "says"),
    [
        ("limits: {}\n", 4, "at most 10 % may go in a run"),
        ("limits: {rows per rule: 19, share per rule: none}\n", 0, ""),
        ("limits: {rows per rule: 18, share per rule: none}\n", 4, "at most 18 may go in a run"),
        ("limits: {rows per rule: 0, share per rule: none}\n", 4, "at most 0 may go in a run"),
        ("limits: {rows per rule: none, share per rule: 95%}\n", 0, ""),
        ("limits: {rows per rule: none, share per rule: 94.9%}\n", 4, "at most 94.9 % may go in a run"),
        ("limits: {rows per rule: none, share per rule: 0%}\n", 4, "at most 0 % may go in a run"),
        (
            "limits: {rows per rule: none, share per rule: none, rows per run: 18}\n",
            4,
            "at most 18 rows may go in a run",
        ),
        ("limits: {rows per rule: none, share per rule: none, rows per run: 0}\n", 4, "at most 0 rows may go in a run"),
        ("limits: {rows per rule: none, share per rule: none, rows per run: none}\n", 0, ""),
    ],
)
def test_a_limit_stops_a_rule_before_its_first_batch(shop: Company, limits: str, code: int, says: str) -> None:
    shop.rules, shop.limits = SIMPLE, limits
    shop.build(orders(20))
    before = shop.contents()
    answer = shop.apply()
    assert answer.code == code
    rule = answer.rules["old-orders"]
    assert says in (rule["stopped"] or "")
    if code:
        assert "wesretain" in rule["stopped"]  # what to do about it
        assert shop.contents() == before
        with shop.ledger() as ledger:
            assert list(ledger.evidences("shop")) == []
    else:
        assert shop.keys("orders") == {20}


def test_a_rule_that_suddenly_matches_everything_is_stopped(shop: Company) -> None:
    """Its `where` is lost, and nobody looks: neither its approval nor the limits let it through."""
    shop.rules, shop.limits = SIMPLE, "limits: {rows per rule: 30, share per rule: none}\n"
    rows = orders(40)
    rows["orders"] = [(*row[:3], "closed" if row[0] % 2 else "open", *row[4:]) for row in rows["orders"]]
    shop.build(rows)
    before = shop.contents()
    shop.rules = SIMPLE.replace("    where: {state: closed}\n", "")
    shop.furnish()
    unattended = shop.apply()
    assert unattended.code == 4
    assert "has changed since its approval" in unattended.rules["old-orders"]["stopped"]
    assert "wesretain approve old-orders" in unattended.rules["old-orders"]["stopped"]
    shop.approve()
    approved = shop.apply()
    assert approved.code == 4
    assert "at most 30 may go in a run" in approved.rules["old-orders"]["stopped"]
    assert "--backlog" in approved.rules["old-orders"]["stopped"]
    assert shop.contents() == before


def test_a_table_is_never_emptied_unless_the_rule_says_so(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(20, recent=0))
    before = shop.contents()
    answer = shop.apply()
    assert answer.code == 4
    assert "empties the table" in answer.rules["old-orders"]["stopped"]
    assert "may empty the table: true" in answer.rules["old-orders"]["stopped"]
    assert shop.contents() == before
    shop.rules = SIMPLE + "    may empty the table: true\n"
    shop.furnish()
    shop.approve()
    assert shop.apply().code == 0
    assert shop.keys("orders") == set()


def test_a_new_rule_waits_for_its_approval(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(20))
    shop.rules = SIMPLE.replace("old-orders", "other-orders")
    shop.furnish()
    before = shop.contents()
    answer = shop.apply()
    assert answer.code == 4
    assert "has not been approved" in answer.rules["other-orders"]["stopped"]
    assert shop.contents() == before


@ON_SQLITE
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("keep: 3 years", "keep: 2 years"),
        ("then: delete", "then: delete\n    may empty the table: true"),
        ("items: delete, ", "items: delete if unshared, "),
        (
            "\n  old-orders:",
            "\n  more: {table: shop.orders, keep: 9 years, after: closed, then: report}\n  old-orders:",
        ),
    ],
)
def test_any_change_of_a_tables_rules_asks_for_a_new_approval(shop: Company, old: str, new: str) -> None:
    shop.rules = SIMPLE
    shop.build(orders(20))
    shop.rules = SIMPLE.replace(old, new)
    shop.furnish()
    answer = shop.apply()
    assert answer.code in (4, 5)
    assert shop.keys("orders") == set(range(1, 21))


def test_a_change_of_how_a_clock_is_read_asks_for_a_new_approval(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(20))
    shop.inventory = shop.inventory.replace(
        "subjects: customer}", "subjects: customer, clocks: {closed: {zone: Asia/Tokyo}}}"
    )
    shop.furnish()
    assert shop.apply().code == 4
    shop.approve()
    assert shop.apply().code == 0


def test_a_backlog_raises_the_limits_once(shop: Company) -> None:
    shop.rules, shop.limits = SIMPLE, "limits: {}\n"
    shop.build(orders(20))
    shop.approve(backlog=18)
    refused = shop.apply()
    assert refused.code == 4
    assert "its approval lets 18 go" in refused.rules["old-orders"]["stopped"]
    shop.approve(backlog=19)
    assert shop.apply().code == 0
    assert shop.keys("orders") == {20}
    shop.empty()
    shop.fill(orders(20))
    again = shop.apply()
    assert again.code == 4
    assert "at most 10 % may go in a run" in again.rules["old-orders"]["stopped"]
    assert shop.keys("orders") == set(range(1, 21))


@pytest.mark.parametrize(("rows", "code"), [(133, 0), (132, 4)])
def test_rows_that_go_along_count_for_the_limit_of_the_run(shop: Company, rows: int, code: int) -> None:
    """A second rule finds what the first one's records, with all below them, have left of what a run may change."""
    shop.rules = (
        SIMPLE
        + "  notes: {table: shop.customers, keep: nothing, where: {id: {at most: 19}}, then: redact,"
        + (" columns: {email: null}}\n")
    )
    shop.limits = f"limits: {{rows per rule: none, share per rule: none, rows per run: {rows}}}\n"
    shop.build(orders(20))
    answer = shop.apply()
    assert answer.code == code
    assert answer.rules["old-orders"]["done"] + answer.rules["notes"]["done"] == (38 if code == 0 else 19)
    with shop.ledger() as ledger:
        changed = sum(sum(each.counts.values()) for each in ledger.evidences("shop"))
    assert changed == (19 + 19 + 38 + 19 + 19 + 19 if code == 0 else 19)


def found_before(shop: Company, *counts: int) -> None:
    """Write down runs that found so many records."""
    with shop.ledger() as ledger:
        for number, count in enumerate(counts):
            body = {"finished": ["old-orders"], "found": {"old-orders": count}}
            ledger.end_run(f"run {number}", "shop", body, datetime(2026, 6, 1 + number, tzinfo=UTC))


@pytest.mark.parametrize(
    ("before", "due", "limit", "code"),
    [
        ((400, 400, 400, 400), 1300, "3", 0),  # four runs say nothing
        ((400, 400, 400, 400, 400), 1200, "3", 0),
        ((400, 400, 400, 400, 400), 1201, "3", 4),
        ((9000, 9000, 400, 400, 400, 400, 400), 1201, "3", 4),  # the last five count
        ((1, 400, 400, 9000, 9000), 1201, "3", 4),  # their median
        ((400, 400, 400, 400, 400), 1001, "2.5", 4),
        ((400, 400, 400, 400, 400), 1201, "none", 0),
        ((0, 0, 0, 0, 0), 1000, "3", 0),  # nobody is alarmed by so few
        ((0, 0, 0, 0, 0), 1001, "3", 4),
        ((0, 0, 0, 0, 0), 1001, "0", 4),
    ],
)
def test_a_rule_that_finds_much_more_than_usual_is_stopped(
    sqlite: Server, tmp_path: Path, before: tuple[int, ...], due: int, limit: str, code: int
) -> None:
    shop = Company(tmp_path, sqlite.fresh_database("shop"))
    shop.rules = SIMPLE
    shop.limits = f"limits: {{rows per rule: none, share per rule: none, growth per rule: {limit}}}\n"
    shop.build(orders(due + 1))
    found_before(shop, *before)
    dry = shop.call("apply", "--dry-run", "--as-of", AS_OF.isoformat())
    assert ("apply would stop" in dry.err) is (code == 4)
    answer = shop.apply()
    assert answer.code == code
    assert len(shop.keys("orders")) == (1 if code == 0 else due + 1)
    if code:
        assert "times the median of its last 5 runs" in answer.rules["old-orders"]["stopped"]
        shop.approve(backlog=due)
        assert shop.apply().code == 0
        assert shop.keys("orders") == {due + 1}


def test_runs_tell_the_next_ones_what_they_found(shop: Company) -> None:
    """Also that they found nothing; but not what a brake has stopped, which would become usual in time."""
    shop.rules, shop.limits = SIMPLE, "limits: {rows per rule: 19, share per rule: none}\n"
    shop.build(orders(20))
    assert shop.apply().code == 0
    assert shop.apply().code == 0
    shop.empty()
    shop.fill(orders(30))
    assert shop.apply().code == 4
    with shop.ledger() as ledger:
        assert list(ledger.found_before(5)["shop", "old-orders"]) == [19, 0]


def test_the_stop_file_ends_a_run_before_its_next_batch(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(20))
    before = shop.contents()
    stop = shop.folder / "ledger.stop"
    stop.symlink_to("nowhere")
    answer = shop.apply()
    assert answer.code == 5
    assert answer.rules["old-orders"]["stopped"].endswith(f"the stop file is there; remove {stop} to go on")
    assert shop.contents() == before
    stop.unlink()
    assert shop.apply().code == 0
    assert shop.keys("orders") == {20}


def test_a_run_ends_when_its_time_is_up(shop: Company) -> None:
    shop.rules = SIMPLE
    shop.build(orders(20))
    before = shop.contents()
    answer = shop.apply("--for", "0m")
    assert answer.code == 5
    assert "its time is up; the next run goes on" in answer.rules["old-orders"]["stopped"]
    assert shop.contents() == before
    assert shop.apply("--for", "1h").code == 0
    assert shop.keys("orders") == {20}


@pytest.mark.parametrize(
    ("place", "there"), [("stop", True), ("none", False), ("stop/below", False), ("x" * 300, True)]
)
def test_a_stop_file_that_nobody_can_look_at_may_be_there(tmp_path: Path, place: str, there: bool) -> None:
    (tmp_path / "stop").touch()
    halt = Halt(tmp_path / place, None, lambda: datetime.now(UTC))
    if there:
        with pytest.raises(Halted, match="the stop file is there"):
            halt.check()
    else:
        halt.check()


@pytest.mark.parametrize(("seconds", "up"), [(-1, True), (0, True), (1, False)])
def test_the_time_of_a_run_is_up_at_its_end(tmp_path: Path, seconds: int, up: bool) -> None:
    halt = Halt(tmp_path / "none", AS_OF + timedelta(seconds=seconds), lambda: AS_OF)
    if up:
        with pytest.raises(Halted, match="its time is up"):
            halt.check()
    else:
        halt.check()
