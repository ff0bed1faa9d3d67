"""Holds placed while a run is deleting: once `place` has returned, nothing that the hold reaches is touched.

`HOLDS` in the environment says how many are counted on each engine, and `SEED` repeats a run of this test. A hold
counts where the chain itself shows that it came between a batch's intent and its outcome.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from apply.company import Company
from apply.harness import CUSTOMERS, ROWS, STAY, Chance, EndedTooSoon, Watch, number, refill, show, watching
from apply.test_apply import after_old_orders
from wesretain.holds import fence
from wesretain.ledger import Ledger
from wesretain.model.config import Config
from wesretain.model.hold import OnSubject
from wesretain.model.ledger import Kind
from wesretain.model.rule import TableName

HOLDS = number("HOLDS", 10)
#: So many holds are tried in a run: each makes it read all holds anew, and it has to come to its end.
_IN_A_RUN = 16
_RUNS = 5
#: Seconds at most until a hold is placed, in a batch that was seen to begin, and until the next one is thought of.
_MOMENT, _REST = 0.05, 0.1
_OUTCOMES = (Kind.BATCH_DONE, Kind.BATCH_VOID)


@dataclass
class Races:
    """What the holds on one engine came to."""

    engine: str
    seed: int
    runs: int = 0
    holds: int = 0
    batch_in_flight: int = 0
    orders_touched_after: int = 0
    longest_wait: float = 0.0


@dataclass
class Placed:
    """The holds of one run: their numbers, and which orders of their customers were there when each had returned."""

    customers: set[int] = field(default_factory=set)
    numbers: list[int] = field(default_factory=list)
    orders: set[int] = field(default_factory=set)


@pytest.fixture(scope="module")
def table() -> Iterator[list[Races]]:
    rows: list[Races] = []
    yield rows
    show(rows)


def test_nothing_held_is_touched_once_the_hold_is_placed(shop: Company, table: list[Races]) -> None:
    chance = Chance.of(shop.dialect)
    races = Races(shop.dialect, chance.seed)
    table.append(races)
    shop.build(ROWS)
    most = _RUNS + HOLDS
    while races.batch_in_flight < HOLDS and races.runs < most:
        race(shop, chance, races)
    assert races.batch_in_flight >= HOLDS, "most holds were placed while no batch was in flight"


def race(shop: Company, chance: Chance, races: Races) -> None:
    """One run, and as many holds as it gives time for."""
    before, placed = refill(shop), Placed()
    with shop.ledger() as ledger, watching(shop) as watch:
        process = shop.start()
        try:
            while len(placed.numbers) < _IN_A_RUN:
                number, _, _ = watch.last()
                watch.wait(process, number, Kind.BATCH_INTENDED)
                time.sleep(chance.random.uniform(0, _MOMENT))
                customer = chance.random.choice([n for n in range(1, CUSTOMERS + 1) if n not in placed.customers])
                wait = place(shop, ledger, customer, placed)
                races.longest_wait = max(races.longest_wait, wait)
                time.sleep(chance.random.uniform(0, _REST))
        except EndedTooSoon:
            pass
        finally:
            code = process.wait()
        races.runs += 1
        races.holds += len(placed.numbers)
        races.batch_in_flight += sum(was_in_flight(watch, each) for each in placed.numbers)
        left = shop.contents()
        races.orders_touched_after += len(placed.orders - {row[0] for row in left["orders"]})
        assert code == 0
        assert left == after_old_orders(before, STAY | placed.orders)
        shop.check_evidence(ledger)
        for each in placed.numbers:
            past = datetime(2026, 1, 1, tzinfo=UTC)
            ledger.release_hold(each, "the race is over", datetime.now(UTC), by="ann", effective=past)


def place(shop: Company, ledger: Ledger, customer: int, placed: Placed) -> float:
    """Place a hold as the command does, look at once what is there of its customer, and say how long it took."""
    config: Config = shop.intent.config
    scope = OnSubject(TableName("shop", None, "customers"), (str(customer),))
    start = time.monotonic()
    number = ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
    (fenced,) = fence(config, ledger, ("shop",))
    wait = time.monotonic() - start
    there = shop.query(f"SELECT id FROM orders WHERE customer_id = {customer}")
    assert (fenced.needed, fenced.failure) == (True, None)
    placed.numbers.append(number)
    placed.customers.add(customer)
    placed.orders |= {order for (order,) in there}
    return wait


def was_in_flight(watch: Watch, hold: int) -> bool:
    """Whether a batch had been intended before the hold was written down, and its outcome came after it."""
    query = "SELECT number FROM entries WHERE kind = ? AND subject = ?"
    (number,) = watch.connection.execute(query, (Kind.HOLD_PLACED.value, str(hold))).fetchone()
    before = "SELECT subject FROM entries WHERE kind = ? AND number < ? ORDER BY number DESC LIMIT 1"
    found = watch.connection.execute(before, (Kind.BATCH_INTENDED.value, number)).fetchone()
    outcome = "SELECT number FROM entries WHERE kind IN (?, ?) AND subject = ?"
    ended = found and watch.connection.execute(outcome, (*(kind.value for kind in _OUTCOMES), found[0])).fetchone()
    return bool(ended) and ended[0] > number
