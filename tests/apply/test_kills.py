"""kill -9 at a random moment of a run, then a plain run: what is due is gone once, and all that is told is true.

`TRIES` in the environment says how often on each engine, and `SEED` repeats a run of this test.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from apply.company import Company
from apply.harness import (
    DUE,
    ROWS,
    STAY,
    Chance,
    Contents,
    EndedTooSoon,
    keys,
    number,
    one_state,
    refill,
    show,
    told,
    watching,
)
from apply.test_apply import after_old_orders
from wesretain import control
from wesretain.engines import open_for_apply
from wesretain.model.ledger import Kind

TRIES = number("TRIES", 3)
#: A run that has ended before it could be killed is no try; so often it is begun again for each.
_MISSES = 5


@dataclass
class Kills:
    """What the tries on one engine came to.

    A batch in flight was intended and its outcome not told when the run died; some of these had been committed.
    """

    engine: str
    seed: int
    tries: int = 0
    batch_in_flight: int = 0
    of_these_committed: int = 0
    lost: int = 0
    counted_twice: int = 0


@pytest.fixture(scope="module")
def table() -> Iterator[list[Kills]]:
    rows: list[Kills] = []
    yield rows
    show(rows)


def test_a_run_that_is_killed_is_healed_by_the_next(shop: Company, table: list[Kills]) -> None:
    chance = Chance.of(shop.dialect)
    kills = Kills(shop.dialect, chance.seed)
    table.append(kills)
    shop.build(ROWS)
    seconds = undisturbed(shop)
    for _ in range(TRIES * _MISSES):
        if kills.tries == TRIES:
            break
        before, already = refill(shop), told(shop)
        if not killed(shop, chance.random.uniform(0, seconds)):
            continue
        kills.tries += 1
        check_broken(shop, before, kills)
        check_healed(shop, before, already, kills)
    assert kills.tries == TRIES, "most runs had ended before they could be killed"


def undisturbed(shop: Company) -> float:
    """Seconds from the first to the last entry of a run."""
    with watching(shop) as watch:
        last, _, _ = watch.last()
        process = shop.start("--full-speed")
        watch.wait(process, last)
        start = time.monotonic()
        watch.wait(process, last, Kind.RUN_ENDED)
        seconds = time.monotonic() - start
        assert process.wait() == 0
    assert shop.keys("orders") == STAY
    return seconds


def killed(shop: Company, seconds: float) -> bool:
    """Whether a run could be killed so long after its first entry."""
    with watching(shop) as watch:
        last, _, _ = watch.last()
        process = shop.start("--full-speed")
        try:
            watch.wait(process, last)
            time.sleep(seconds)
        except EndedTooSoon:
            pass
        finally:
            process.kill()
    return process.wait() == -signal.SIGKILL


def check_broken(shop: Company, before: Contents, kills: Kills) -> None:
    """Directly after the kill: nothing has gone that was not due, and nothing is half gone."""
    found = one_state(shop)
    left = keys(found)
    assert left >= STAY
    assert found == after_old_orders(before, left)
    with shop.ledger() as ledger, open_for_apply(shop.intent.config.databases[0]) as writer:
        assert list(ledger.verify()) == []
        in_flight = ledger.open_intents("shop")
        assert len(in_flight) <= 1
        kills.batch_in_flight += len(in_flight)
        kills.of_these_committed += sum(bool(control.evidence_of(writer, each.id, "shop")) for each in in_flight)


def check_healed(shop: Company, before: Contents, already: int, kills: Kills) -> None:
    """After a plain run: exactly what was due has gone, each once by the evidence, and nothing is left to do."""
    answer = shop.apply()
    after, records = shop.contents(), told(shop) - already
    gone = keys(before) - keys(after)
    kills.lost += max(len(gone) - records, 0)
    kills.counted_twice += max(records - len(gone), 0)
    assert (answer.code, answer.err) == (0, "")
    assert gone == DUE
    assert records == len(gone)
    assert after == after_old_orders(before, set(STAY))
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)
    again = shop.apply()
    assert (again.code, again.err, again.rules["old-orders"]["planned"]) == (0, "", 0)
    assert shop.contents() == after
