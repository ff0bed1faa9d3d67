"""What happens midway through a run, a hold, another owner, a limit, rows that change; and what lets none begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apply.company import AS_OF, DDL, OLD_ORDERS, Company, orders
from apply.test_apply import after_old_orders
from apply.test_batches import statements, trigger, unchanged
from apply.test_brakes import SIMPLE
from wesretain import control
from wesretain.apply import Order, apply
from wesretain.apply.batch import Vetoed, dispose
from wesretain.apply.pace import GAP, Pace
from wesretain.apply.run import Progress
from wesretain.apply.values import Maker
from wesretain.engines import open_for_apply
from wesretain.errors import LedgerError
from wesretain.holds import fence
from wesretain.model.hold import OnRecord, OnRecords, OnSubject, OnTable
from wesretain.model.ledger import Kind
from wesretain.model.outcome import DatabaseOutcome
from wesretain.model.plan import Plan
from wesretain.model.problem import Level, Problem
from wesretain.model.rule import Redaction, TableName
from wesretain.model.source import NOWHERE
from wesretain.policy.load import parse_condition
from wesretain.scan import scan
from wesretain.survey import Request

ON_SQLITE = pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
ON_SERVERS = pytest.mark.parametrize("engine_url", ["postgresql", "mariadb"], indirect=True)
#: Records of the first batch of a run.
FIRST = 10
#: Without pauses, from a small first batch on.
BRISKLY = Pace(pauses=False, size=FIRST)
#: With new values that Python computes, within the batch.
COMPUTED = OLD_ORDERS.replace('author: "", ', "author: {scrub: [credential]}, ")


def run(shop: Company, midway: Callable[[], None], make: Maker = unchanged) -> DatabaseOutcome:
    """Apply with a small first batch, and do something after it."""
    seen = list[int]()

    def progress(rule: str, done: int, planned: int) -> None:
        seen.append(done)
        if len(seen) == 1:
            midway()

    outcome = applied(shop, lambda plan: plan, progress, make)
    assert seen
    assert seen[0] == FIRST
    return outcome


def applied(
    shop: Company,
    change: Callable[[Plan], Plan],
    progress: Progress,
    make: Maker = unchanged,
    pace: Pace = BRISKLY,
) -> DatabaseOutcome:
    """Apply a plan that has been changed first."""
    with shop.ledger() as ledger:
        request = Request(shop.intent, ledger.holds(), AS_OF, pinned=True)
        order = Order(
            request=request,
            ledger=ledger,
            by="ann",
            host="here",
            attended=False,
            pace=pace,
            halt=shop.halt,
            now=lambda: datetime.now(UTC),
            make=make,
            progress=progress,
        )
        (outcome,) = apply(order, change(scan(request))).databases
    return outcome


def own_control(shop: Company) -> str:
    return "wesretain_control" if shop.dialect == "sqlite" else "wesretain.control"


def test_a_hold_is_heeded_by_the_very_next_batch(full_shop: Company) -> None:
    """Customer 13 has the orders 12 and 32, customer 3 has 2, which has gone by then, and 22."""
    before = full_shop.contents()

    def hold() -> None:
        with full_shop.ledger() as ledger:
            for key in ("13", "3"):
                scope = OnSubject(TableName("shop", None, "customers"), (key,))
                ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
            (told,) = fence(full_shop.intent.config, ledger, ("shop",))
            assert (told.needed, told.failure) == (True, None)

    outcome = run(full_shop, hold)
    assert (outcome.failure, outcome.rules[0].exit_code) == (None, 0)
    assert full_shop.contents() == after_old_orders(before, {12, 32, 22, 40})
    with full_shop.ledger() as ledger:
        full_shop.check_evidence(ledger)


def test_a_hold_on_all_that_is_left_leaves_nothing_to_do(full_shop: Company) -> None:
    before = full_shop.contents()

    def hold() -> None:
        with full_shop.ledger() as ledger:
            scope = OnTable(TableName("shop", None, "orders"))
            ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
            (told,) = fence(full_shop.intent.config, ledger, ("shop",))
            assert (told.needed, told.failure) == (True, None)

    outcome = run(full_shop, hold)
    assert (outcome.failure, outcome.rules[0].exit_code, outcome.rules[0].done) == (None, 0, FIRST)
    assert full_shop.contents() == after_old_orders(before, set(range(FIRST + 1, 41)))


@pytest.mark.parametrize(
    "change", [{"tally": None, "refused": Problem(NOWHERE, Level.ERROR, "it took too long", "live")}, {}]
)
def test_what_could_not_be_counted_is_not_told_as_done(full_shop: Company, change: dict[str, Any]) -> None:
    """A scan that a server stops leaves a rule without numbers, though it could be applied by now."""
    before = full_shop.contents()

    def uncounted(plan: Plan) -> Plan:
        (found,) = plan.databases
        rules = tuple(replace(each, acts=None, **change) for each in found.rules)
        return replace(plan, databases=(replace(found, rules=rules),))

    (rule,) = applied(full_shop, uncounted, lambda rule, done, planned: None).rules
    assert (rule.exit_code, rule.done) == (5, 0)
    assert "cannot be applied" in rule.stopped
    assert full_shop.contents() == before


def test_a_plan_of_the_future_is_not_applied(full_shop: Company) -> None:
    before = full_shop.contents()

    def later(plan: Plan) -> Plan:
        (found,) = plan.databases
        return replace(plan, databases=(replace(found, as_of=datetime.now(UTC) + timedelta(hours=1)),))

    outcome = applied(full_shop, later, lambda rule, done, planned: None)
    assert outcome.failure is not None
    message = "the plan of the database `shop` is of the future; apply as of now, or earlier"
    assert outcome.failure.message == message
    assert full_shop.contents() == before


def test_a_run_that_owns_the_database_no_longer_does_nothing_more(full_shop: Company) -> None:
    before, mine = full_shop.contents(), "name = database()" if full_shop.dialect == "mariadb" else "1 = 1"

    def take_over() -> None:
        with full_shop.connect() as connection:
            connection.exec_driver_sql(f"UPDATE {own_control(full_shop)} SET run = 'theirs' WHERE {mine}")

    outcome = run(full_shop, take_over)
    assert outcome.failure is not None
    assert outcome.failure.exit_code == 6
    assert "another run has taken database shop over" in outcome.failure.message
    assert full_shop.contents() == after_old_orders(before, set(range(FIRST + 1, 41)))
    assert full_shop.query(f"SELECT run FROM {own_control(full_shop)} WHERE {mine}") == [("theirs",)]
    with full_shop.ledger() as ledger:
        full_shop.check_evidence(ledger)


def test_the_limit_of_a_run_counts_the_rows_that_went_along(shop: Company) -> None:
    """The plan takes just what a run may change; then there are more items, and the batch that takes them is undone."""
    shop.rules = SIMPLE
    shop.limits = "limits: {rows per rule: none, share per rule: none, rows per run: 234}\n"
    shop.build(orders(40))
    more = [(90_000 + n, 15, "one more") for n in range(30)]
    outcome = run(shop, lambda: shop.insert("items", more))
    assert outcome.rules[0].exit_code == 4
    assert "at most 234 rows may go in a run, 60 have gone" in outcome.rules[0].stopped
    assert shop.keys("orders") == set(range(FIRST + 1, 41))
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)
        assert sum(sum(each.counts.values()) for each in ledger.evidences("shop")) == 60


@ON_SERVERS
def test_a_connection_that_is_lost_within_a_batch_is_made_anew(shop: Company) -> None:
    check_a_lost_connection(shop)


def check_a_lost_connection(shop: Company) -> None:
    """The batch that was under way is not done, and is done again."""
    shop.rules = COMPUTED
    shop.build(orders(40))
    before, lost = shop.contents(), list[int]()

    def cut(target: Redaction, raw: Any) -> Any:
        if not lost:
            lost.append(cut_off(shop))
        return ""

    outcome = run(shop, lambda: None, cut)
    assert lost == [1]
    assert (outcome.failure, outcome.rules[0].done, outcome.rules[0].left) == (None, 39, 0)
    assert shop.contents() == after_old_orders(before, {40})
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


@ON_SERVERS
def test_a_connection_that_is_lost_again_and_again_ends_the_run(shop: Company) -> None:
    shop.rules = COMPUTED
    shop.build(orders(40))
    before = shop.contents()

    def cut(target: Redaction, raw: Any) -> Any:
        cut_off(shop)
        return ""

    failure = applied(shop, lambda plan: plan, lambda *_: None, cut).failure
    assert failure is not None
    assert "the connection was lost again and again; look at the server" in failure.message
    assert shop.contents() == before


@ON_SQLITE
def test_others_find_a_gap_between_batches(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.rules, slept = SIMPLE, list[float]()
    shop.build(orders(40))
    monkeypatch.setattr("time.sleep", slept.append)
    batches = list[int]()
    applied(shop, lambda plan: plan, lambda rule, done, planned: batches.append(done))
    assert batches == [10, 39, 39]
    (rest,) = slept  # after the second nothing comes
    assert 0 < rest <= GAP


def cut_off(shop: Company) -> int:
    """End all other connections to the database, and say how many there were."""
    others = {
        "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "mariadb": "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
    }
    end = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}
    with shop.connect() as connection:
        found = [number for (number,) in connection.exec_driver_sql(others[shop.dialect])]
        for number in found:
            connection.exec_driver_sql(end[shop.dialect].format(number))
    return len(found)


@ON_SQLITE
def test_each_batch_is_written_down_before_it_is_begun(full_shop: Company) -> None:
    run(full_shop, lambda: None)
    with full_shop.ledger() as ledger:
        kinds = (Kind.RUN_STARTED, Kind.BATCH_INTENDED, Kind.BATCH_DONE, Kind.RUN_ENDED)
        told = [(entry.kind, entry.subject) for entry in ledger.entries(kinds=kinds)]
        name, batches = told[0][1], [subject for kind, subject in told if kind is Kind.BATCH_DONE]
    assert len(set(batches)) == 2
    each = [(kind, batch) for batch in batches for kind in (Kind.BATCH_INTENDED, Kind.BATCH_DONE)]
    assert told == [(Kind.RUN_STARTED, name), *each, (Kind.RUN_ENDED, name)]


@ON_SQLITE
def test_a_run_of_another_machine_that_is_long_silent_is_dead(full_shop: Company) -> None:
    with full_shop.ledger() as ledger, open_for_apply(full_shop.intent.config.databases[0]) as writer:
        owner = control.Owner("theirs", "another-machine", "bob on another-machine")
        control.acquire(writer, owner, ledger.id, lambda: ledger.generation("shop"))
    with full_shop.connect() as connection:
        connection.exec_driver_sql(
            f"UPDATE {own_control(full_shop)} SET lease_until = lease_until - {control.LEASE + 1}"
        )
    assert full_shop.apply().code == 0
    assert full_shop.keys("orders") == {40}


@ON_SQLITE
def test_what_is_due_no_longer_when_its_batch_begins_stays(full_shop: Company) -> None:
    """An order was found, and is opened again before the batch looks at it: the others go, and nothing is amiss."""
    before = full_shop.contents()
    with full_shop.connect() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER reopening AFTER UPDATE ON wesretain_control WHEN NEW.run = OLD.run"
            " AND EXISTS (SELECT 1 FROM wesretain_evidence) BEGIN UPDATE orders SET state = 'open' WHERE id = 20; END"
        )
    outcome = run(full_shop, lambda: None)
    assert (outcome.failure, outcome.rules[0].exit_code, outcome.rules[0].done) == (None, 0, 38)
    assert outcome.rules[0].skipped == ()
    before["orders"][19] = (*before["orders"][19][:3], "open", *before["orders"][19][4:])
    assert full_shop.contents() == after_old_orders(before, {20, 40})


@ON_SQLITE
def test_a_held_record_with_nothing_below_it_stays(shop: Company) -> None:
    rows = orders(10)
    for table in ("items", "serials", "parcels", "remarks"):
        rows[table] = []
    shop.rules = SIMPLE
    shop.build(rows)
    with shop.ledger() as ledger:
        scope = OnRecord(TableName("shop", None, "orders"), ("7",))
        ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
    assert shop.apply().code == 0
    assert shop.keys("orders") == {7, 10}


def test_a_ledger_that_does_not_know_all_holds_may_not_own_the_database(full_shop: Company) -> None:
    """The database has been told of two holds, and the ledger knows of one."""
    owner = control.Owner("mine", "here", "ann on here")
    with full_shop.ledger() as ledger, open_for_apply(full_shop.intent.config.databases[0]) as writer:
        assert control.fence(writer, ledger.id, 2)
        with pytest.raises(LedgerError, match="the ledger is behind database shop"):
            control.acquire(writer, owner, ledger.id, lambda: 1)
        control.acquire(writer, owner, ledger.id, lambda: 2)
        control.release(writer, "mine")


LABELS = "CREATE TABLE labels (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES items (id), word TEXT);"


@ON_SQLITE
def test_what_no_longer_hangs_on_a_record_stays(shop: Company) -> None:
    """An item moves to an order that stays, while a batch deletes what lies below the order that it was of."""
    shop.rules = SIMPLE.replace("with: {", "with: {items.labels: delete, ")
    shop.inventory += "      labels: {category: personal, subjects: none}\n"
    shop.build({**orders(10), "labels": [(1, 70, "blue")]}, DDL + LABELS)
    trigger(shop, "labels", "UPDATE items SET order_id = 10 WHERE id = OLD.item_id", "AFTER DELETE")
    with statements(shop) as (writer, found), writer.batch():
        dispose(writer, found, [(7,)], unchanged)
    assert 7 not in shop.keys("orders")
    assert shop.query("SELECT id FROM items WHERE order_id = 10 ORDER BY id") == [(70,), (100,), (101,)]
    assert shop.query("SELECT id FROM serials WHERE item_id = 70") == [(70,)]


@ON_SQLITE
def test_what_comes_to_be_held_below_a_record_stops_its_batch(shop: Company) -> None:
    """A hold on items of one label reaches an item, while a batch deletes what lies below its order."""
    shop.rules = SIMPLE
    shop.build(orders(10))
    with shop.ledger() as ledger:
        scope = OnRecords(TableName("shop", None, "items"), parse_condition("{label: keep}"), "{label: keep}")
        ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
    trigger(shop, "serials", "UPDATE items SET label = 'keep' WHERE id = OLD.item_id AND id = 70", "AFTER DELETE")
    before = shop.contents()
    with statements(shop) as (writer, found), pytest.raises(Vetoed), writer.batch():
        dispose(writer, found, [(7,), (8,)], unchanged)
    assert shop.contents() == before


def test_a_database_that_comes_to_know_more_holds_than_the_ledger_stops_the_run(shop: Company) -> None:
    """A copy of the ledger has placed a hold: this one cannot know which, and gives up instead of asking for ever."""
    shop.rules = SIMPLE
    shop.build(orders(40))
    mine = "name = database()" if shop.dialect == "mariadb" else "1 = 1"

    def told_by_a_copy() -> None:
        with shop.connect() as connection:
            connection.exec_driver_sql(f"UPDATE {own_control(shop)} SET generation = 7 WHERE {mine}")

    outcome = run(shop, told_by_a_copy)
    assert outcome.failure is not None
    assert (outcome.failure.exit_code, outcome.rules[0].done) == (8, FIRST)
    assert shop.keys("orders") == set(range(FIRST + 1, 41))
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)
