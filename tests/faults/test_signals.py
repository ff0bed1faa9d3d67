"""SIGTERM and Ctrl-C at any line of a run, once and twice: the batch is done or undone, and the exit code says why."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from apply.company import AS_OF, RECENT, Company
from apply.test_brakes import SIMPLE
from chance import Chance
from databases import Server
from faults.conftest import Counting
from faults.scene import Point, Scene
from faults.stage import HOME
from faults.tally import Tally, times
from faults.test_kills import one_of_each_line
from wesretain.model.ledger import Kind

CODES = {signal.SIGTERM: 143, signal.SIGINT: 130}


def test_a_run_gets_a_signal(scene: Scene, counting: Counting) -> None:
    lines, ways = scene.lines(), [(number, twice) for number in CODES for twice in (False, True)]
    for number, twice in Chance.of(f"ways {scene.shop.dialect}").some(ways, times(1, len(ways))):
        with counting(f"{number.name}, {'twice' if twice else 'once'}", scene.shop.dialect) as (tally, chance):
            for point in chance.some(one_of_each_line(lines, chance), times(1, 40)):
                again = [(number, chance.random.uniform(0, 0.03))] if twice else []
                interrupt(scene, tally, point, (number, 0.0), *again)


def test_a_second_signal_stops_the_undoing(scene: Scene, counting: Counting) -> None:
    """A batch is about to be committed, then to be undone: what it has written must not count as done."""
    points = commits(scene)
    for number in Chance.of(f"signals {scene.shop.dialect}").some(list(CODES), times(1, len(CODES))):
        with counting(f"{number.name}, and again at the undoing", scene.shop.dialect) as (tally, chance):
            for point in chance.some(points, times(1, 10)):
                interrupt(scene, tally, point, (number, 0.0), again=number)


def commits(scene: Scene) -> list[Point]:
    """Where each transaction of a run is about to be committed."""
    lines = (HOME / "engines/writer.py").read_text().splitlines()
    (line,) = (number for number, text in enumerate(lines, 1) if '"COMMIT"' in text)
    return [point for point in scene.lines() if (point.file, point.line) == ("engines/writer.py", line)]


def interrupt(
    scene: Scene, tally: Tally, point: Point, *signals: tuple[int, float], again: signal.Signals | None = None
) -> None:
    scene.reset()
    with tally.trying((point, signals, again)):
        ended = scene.strike(point, *signals, again=again)
        assert ended.struck
        assert ended.code == CODES[signal.Signals(signals[0][0])], ended
        assert ended.err in ("", "wesretain: interrupted\n"), ended
        scene.check_healed()


#: Runs that are broken off leave less and less for the next: after some, all orders anew would be too much growth.
NO_BRAKES = "limits: {rows per rule: none, share per rule: none, growth per rule: none}\n"
#: So many orders that each statement is at work for a while; only Python reads the time when they were closed.
ORDERS = 20_000
CLOSED = "2020-05-05T05:05:05.{:06}+02:00"


@pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)
def test_a_signal_meets_a_function_that_sqlite_calls(
    number: signal.Signals, tmp_path: Path, sqlite: Server, counting: Counting
) -> None:
    """SQLite makes an error of what the signal raises there: yet the run ends, and passes over no record."""
    shop = Company(tmp_path, sqlite.fresh_database("shop"), SIMPLE, NO_BRAKES)
    rows = [(n, None, None, "closed", CLOSED.format(n), "x") for n in range(1, ORDERS + 1)]
    shop.build({"orders": [*rows, (0, None, None, "open", RECENT, "x")]})
    filled = ORDERS
    with counting(f"{number.name} within a function of Python", "sqlite") as (tally, chance):
        while tally.tries < times(2, 25):
            if shop.keys("orders") == {0}:
                shop.fill({"orders": rows})
                filled += ORDERS
            run = subprocess.Popen(
                shop.command("apply", "--yes", "--as-of", AS_OF.isoformat()),
                cwd=shop.folder,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            time.sleep(chance.random.uniform(0.4, 2.0))
            done = shop.keys("orders") == {0}
            run.send_signal(number)
            _, told = run.communicate()
            if done or run.returncode == -number:  # it was about to end, or had hardly begun
                continue
            with tally.trying("a moment of the scan or of a batch"):
                assert run.returncode == CODES[number], told
                assert told in ("", "wesretain: interrupted\n")
                with shop.ledger() as ledger:
                    assert not list(ledger.entries(kinds=(Kind.RECORD_SKIPPED,)))
    assert filled + 1 - len(shop.keys("orders")) == sum(records for _, records, _, _ in shop.evidence())
    assert shop.apply().code == 0
    assert shop.keys("orders") == {0}
