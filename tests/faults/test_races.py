"""Holds placed while a run is deleting: once `place` has returned, nothing that the hold reaches is touched.

A hold counts where the chain itself shows that it came between a batch's intent and its outcome.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from apply.company import AS_OF, Company, Rows, orders
from apply.test_apply import after_old_orders
from apply.watch import EndedTooSoon, Watch, watching
from chance import Chance
from faults.conftest import Counting
from faults.tally import times
from wesretain.holds import fence
from wesretain.model.hold import OnSubject
from wesretain.model.ledger import Kind
from wesretain.model.rule import TableName

#: So many that a run has several batches, though it begins with a large one.
ORDERS, CUSTOMERS, RECENT = times(1_500, 2_500), 250, 10
STAY = frozenset(range(ORDERS - RECENT + 1, ORDERS + 1))
ROWS: Rows = orders(ORDERS, CUSTOMERS, RECENT)
#: So many people place holds at the same time, and so many holds are tried in a run: it has to come to its end.
_PEOPLE = times(2, 8)
_IN_A_RUN = 64
_RUNS = 5
#: Seconds at most until a hold is placed, in a batch that was seen to begin, and until the next ones are thought of.
_MOMENT, _REST = 0.05, 0.05
_OUTCOMES = (Kind.BATCH_DONE, Kind.BATCH_VOID)


@dataclass
class Placed:
    """The holds of one run: which orders of their customers were there when each had returned, and who they are of."""

    orders: dict[int, set[int]] = field(default_factory=dict)
    customers: set[int] = field(default_factory=set)

    @property
    def held(self) -> set[int]:
        return set().union(*self.orders.values())


def test_nothing_held_is_touched_once_the_hold_is_placed(engine_url: str, tmp_path: Path, counting: Counting) -> None:
    shop = Company(tmp_path, engine_url).build(ROWS)
    wanted = times(2, 1_000)
    with counting("hold against a batch in flight", shop.dialect) as (tally, chance):
        for _ in range(_RUNS + wanted):
            if tally.tries >= wanted:
                break
            for what, touched in race(shop, chance):
                with tally.trying(what):
                    assert not touched, f"orders were touched: {touched}"
        assert tally.tries >= wanted, "most holds were placed while no batch was in flight"


def race(shop: Company, chance: Chance) -> Iterator[tuple[str, set[int]]]:
    """One run and as many holds as it gives time for; those that met a batch, and which of their orders it touched."""
    shop.empty()
    shop.fill(ROWS)
    before, placed = shop.contents(), Placed()
    with shop.ledger() as ledger, watching(shop) as watch, ThreadPoolExecutor(_PEOPLE) as people:
        process = started(shop)
        try:
            while len(placed.orders) < _IN_A_RUN:
                number, _ = watch.last()
                watch.wait(process, number, Kind.BATCH_INTENDED)
                free = [n for n in range(1, CUSTOMERS + 1) if n not in placed.customers]
                customers = chance.random.sample(free, _PEOPLE)
                moments = [chance.random.uniform(0, _MOMENT) for _ in customers]
                placed.customers.update(customers)
                for hold, found in people.map(partial(place, shop), customers, moments):
                    placed.orders[hold] = found
                time.sleep(chance.random.uniform(0, _REST))
        except EndedTooSoon:
            pass
        finally:
            code = process.wait()
        left = shop.contents()
        there = {row[0] for row in left["orders"]}
        for hold, held in placed.orders.items():
            if was_in_flight(watch, hold):
                yield f"hold {hold}", held - there
        assert code == 0
        assert left == after_old_orders(before, STAY | placed.held)
        shop.check_evidence(ledger)
        for hold in placed.orders:
            past = datetime(2026, 1, 1, tzinfo=UTC)
            ledger.release_hold(hold, "the race is over", datetime.now(UTC), by="ann", effective=past)


def started(shop: Company) -> subprocess.Popen[bytes]:
    """A run whose rests are short, since a thousand holds have to meet a batch that is in flight."""
    hurried = "from wesretain.apply import pace; pace.LONGEST = 0.1; from wesretain.cli import main; main()"
    command = shop.command("apply", "--yes", "--as-of", AS_OF.isoformat())
    place = command.index("-m")
    command[place : place + 2] = ["-c", hurried]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=shop.folder, stdin=quiet, stdout=quiet, stderr=quiet)


def place(shop: Company, customer: int, moment: float) -> tuple[int, set[int]]:
    """Place a hold after a moment, as the command does, and look at once which orders of its customer are there."""
    time.sleep(moment)
    scope = OnSubject(TableName("shop", None, "customers"), (str(customer),))
    with shop.ledger() as ledger:
        number = ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))
        (fenced,) = fence(shop.intent.config, ledger, ("shop",))
    there = shop.query(f"SELECT id FROM orders WHERE customer_id = {customer}")
    assert (fenced.needed, fenced.failure) == (True, None)
    return number, {order for (order,) in there}


def was_in_flight(watch: Watch, hold: int) -> bool:
    """Whether a batch had been intended before the hold was written down, and its outcome came after it."""
    query = "SELECT number FROM entries WHERE kind = ? AND subject = ?"
    (number,) = watch.connection.execute(query, (Kind.HOLD_PLACED.value, str(hold))).fetchone()
    before = "SELECT subject FROM entries WHERE kind = ? AND number < ? ORDER BY number DESC LIMIT 1"
    found = watch.connection.execute(before, (Kind.BATCH_INTENDED.value, number)).fetchone()
    outcome = "SELECT number FROM entries WHERE kind IN (?, ?) AND subject = ?"
    ended = found and watch.connection.execute(outcome, (*(kind.value for kind in _OUTCOMES), found[0])).fetchone()
    return bool(ended) and ended[0] > number
