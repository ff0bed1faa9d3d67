"""SIGTERM and Ctrl-C at any line of a run, once and twice: the batch is done or undone, and the exit code says why."""

from __future__ import annotations

import signal

from chance import Chance
from faults.conftest import Counting
from faults.scene import Point, Scene
from faults.tally import Tally, times
from faults.test_kills import one_of_each_line

CODES = {signal.SIGTERM: 143, signal.SIGINT: 130}


def test_a_run_gets_a_signal(scene: Scene, counting: Counting) -> None:
    lines, ways = scene.lines(), [(number, twice) for number in CODES for twice in (False, True)]
    for number, twice in Chance.of(f"ways {scene.shop.dialect}").some(ways, times(1, len(ways))):
        with counting(f"{number.name}, {'twice' if twice else 'once'}", scene.shop.dialect) as (tally, chance):
            for point in chance.some(one_of_each_line(lines, chance), times(1, 10)):
                again = [(number, chance.random.uniform(0, 0.03))] if twice else []
                interrupt(scene, tally, point, (number, 0.0), *again)


def interrupt(scene: Scene, tally: Tally, point: Point, *signals: tuple[int, float]) -> None:
    scene.reset()
    with tally.trying((point, signals)):
        ended = scene.strike(point, *signals)
        assert ended.struck
        assert ended.code == CODES[signal.Signals(signals[0][0])], ended
        assert ended.err in ("", "wesretain: interrupted\n"), ended
        scene.check_healed()
