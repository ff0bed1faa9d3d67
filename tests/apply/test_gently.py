"""That a run leaves the database to others: how long it rests, and what it tidies up."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from apply.company import Company, orders
from apply.test_batches import statements, unchanged
from apply.test_brakes import SIMPLE
from apply.test_midway import COMPUTED, applied
from wesretain.apply import pace, run
from wesretain.apply.pace import LONGEST, Pace
from wesretain.apply.values import Maker
from wesretain.engines import Writer
from wesretain.engines.sqlite import Sqlite
from wesretain.errors import ConnectionLost
from wesretain.model.rule import Redaction

#: By how many seconds a clock goes on when it is read. A batch reads it when it has its first lock, after its last
#: change, and once it has let go of them.
STEP = 0.01
KEPT = 2 * STEP
#: How long a run rests on SQLite where nobody else writes, and where somebody does.
QUICK, SLOW = KEPT, Sqlite.rest * KEPT
ON_SQLITE = pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)

# -- what it tidies up ------------------------------------------------------------------------------------------------


@dataclass
class Clock:
    """A clock that goes on whenever it is read, and by as much as somebody sleeps, who is noted."""

    at_rest: Callable[[], None] = lambda: None
    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        self.now += STEP
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds + STEP)  # it has gone on since the rest was reckoned
        self.now += seconds
        self.at_rest()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What runs go by, in batches of five records."""
    found = Clock()
    monkeypatch.setattr(run, "time", found)
    monkeypatch.setattr(pace, "FEWEST", 5)
    monkeypatch.setattr(pace, "MOST", 5)
    return found


def gently(shop: Company, midway: Callable[[int], None] = lambda number: None, make: Maker = unchanged) -> None:
    """Apply in batches of five, and do something after each; all that is due has to go."""
    numbers = count(1)
    outcome = applied(shop, lambda plan: plan, lambda *_: midway(next(numbers)), make, pace=Pace(pauses=True, size=5))
    assert (outcome.failure, [(rule.exit_code, rule.left) for rule in outcome.rules]) == (None, [(0, 0)])
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


@ON_SQLITE
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_after_each_batch_all_is_in_the_file_itself(shop: Company, clock: Clock, mode: str) -> None:
    """Else whoever writes next, and fills the log, has to move all of it."""
    shop.rules = SIMPLE
    shop.build(orders(21))
    file, alone, found = Path(shop.url.removeprefix("sqlite:///")), shop.folder / "alone", list[tuple[set[Any], ...]]()
    with shop.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA journal_mode = {mode}")

    def compare() -> None:
        shutil.copy(file, alone)
        copy = Company(shop.folder, f"sqlite:///{alone}")
        found.append((copy.keys("orders"), shop.keys("orders")))

    clock.at_rest = compare
    gently(shop)
    compare()
    left = [set(range(n, 22)) for n in (6, 11, 16, 21)]
    assert found == [(each, each) for each in left]


@ON_SQLITE
def test_a_disk_that_fails_then_is_a_connection_that_is_lost(shop: Company, clock: Clock) -> None:
    """It is made anew, and since nobody knows who has written meanwhile, others are left as much as if they had."""
    shop.rules = SIMPLE
    large = [(n, "x" * 3_000) for n in range(1, 501)]  # what a run writes to lies behind them
    shop.build(orders(21) | {"customers": large})
    with shop.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    room, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    clock.at_rest = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))

    def fail(number: int) -> None:
        if number == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, most))

    try:
        gently(shop, fail)
    finally:
        clock.at_rest()
    assert clock.slept == pytest.approx([QUICK, SLOW, SLOW])
    assert shop.keys("orders") == {21}


# -- what others do ---------------------------------------------------------------------------------------------------


@ON_SQLITE
@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_sqlite_leaves_a_trace_of_what_others_write(full_shop: Company, mode: str) -> None:
    shop = full_shop
    with shop.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA journal_mode = {mode}")
    with statements(shop) as (writer, _):
        traces = [trace(writer)]
        for _ in range(2):
            with writer.batch():
                writer.connection.exec_driver_sql("UPDATE remarks SET author = author || '!'")
            writer.engine.tidy(writer.connection)
            traces.append(trace(writer))
        assert len(set(traces)) == 1
        for _ in range(2):
            shop.query("SELECT count(*) FROM remarks")
            traces.append(trace(writer))
        assert len(set(traces)) == 1
        for number in range(2):
            shop.insert("remarks", [(900 + number, 1, "Bob")])
            traces.append(trace(writer))
        assert len(set(traces)) == 3


@pytest.mark.parametrize("engine_url", ["postgresql", "mariadb"], indirect=True)
def test_servers_do_not_tell_whether_others_write(full_shop: Company) -> None:
    with statements(full_shop) as (writer, _):
        assert trace(writer) is None


def trace(writer: Writer) -> int | None:
    return writer.engine.trace_of_others(writer.connection)


# -- how long it rests ------------------------------------------------------------------------------------------------


def test_others_have_so_many_times_as_long_as_a_batch_kept_locks(shop: Company, clock: Clock) -> None:
    """On servers they are always taken to be there; the COMMIT counts."""
    shop.rules = SIMPLE
    shop.build(orders(16))
    gently(shop)
    assert clock.slept == pytest.approx([{"sqlite": 1, "postgresql": 4, "mariadb": 12}[shop.dialect] * KEPT] * 2)


@ON_SQLITE
def test_a_run_is_slow_only_while_others_write(shop: Company, clock: Clock) -> None:
    """Once they have not for ten seconds it is quick again."""
    shop.rules = SIMPLE
    shop.build(orders(61))

    def write(number: int) -> None:
        if number in (3, 4):
            shop.insert("customers", [(900 + number, "bob@shop.example")])

    gently(shop, write)
    beyond = [rest for rest in clock.slept[3:] if rest == pytest.approx(SLOW)]
    assert clock.slept == pytest.approx([*[QUICK] * 2, SLOW, *[SLOW] * len(beyond), *[QUICK] * (8 - len(beyond))])
    assert 10 - SLOW < len(beyond) * SLOW <= 10


@ON_SQLITE
def test_on_a_new_connection_others_may_have_written(shop: Company, clock: Clock) -> None:
    """Its trace cannot be compared with that of the one that was lost."""
    shop.rules = COMPUTED
    shop.build(orders(16))
    made = count(1)

    def lose(target: Redaction, raw: Any) -> Any:
        if next(made) == 7:  # in the second batch
            raise ConnectionLost("the connection was lost")
        return ""

    gently(shop, make=lose)
    assert clock.slept == pytest.approx([QUICK, SLOW])


@ON_SQLITE
def test_no_rest_is_so_long_that_a_run_seems_dead(
    full_shop: Company, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sqlite, "rest", 10_000)
    gently(full_shop, lambda number: full_shop.insert("customers", [(900 + number, "bob@shop.example")]))
    assert clock.slept[1:] == pytest.approx([LONGEST] * (len(clock.slept) - 1))
