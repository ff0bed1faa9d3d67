"""kill -9 before any line of a run, before any line of the run that makes it good, and at any moment at all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from chance import Chance
from faults.conftest import Counting
from faults.scene import APPLY, Point, Scene
from faults.tally import FULL, Tally, times

KILL = (signal.SIGKILL, 0.0)
#: Where a run leaves most to be found out: a batch is committed and not told, or intended and not begun.
BROKEN = ("Batches.done", "batch")


def test_a_run_is_killed_before_a_line(scene: Scene, counting: Counting) -> None:
    with counting("kill -9 before a line", scene.shop.dialect) as (tally, chance):
        points = one_of_each_line(scene.lines(), chance)
        kill_runs(scene, points if FULL else chance.some(points, 2), tally)


def test_the_recovery_is_killed_too(scene: Scene, counting: Counting) -> None:
    with counting("kill -9 of the recovery", scene.shop.dialect) as (tally, chance):
        for function in chance.some(BROKEN, times(1, 2)):
            scene.reset()
            kill_recoveries(scene, function, lambda lines: chance.some(lines, times(1, 25)), chance, tally)


def test_a_run_is_killed_at_any_moment(scene: Scene, counting: Counting) -> None:
    """Also within a statement, and while a file is written."""
    start = time.monotonic()
    scene.apply()
    longest = time.monotonic() - start
    wanted, missed = times(1, 25), 0
    with counting("kill -9 at a random moment", scene.shop.dialect) as (tally, chance):
        while tally.tries < wanted:
            scene.reset()
            pid = scene.start(*APPLY)
            moment = chance.random.uniform(0, longest)
            time.sleep(moment)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            if scene.wait().code == 0:
                longest, missed = moment, missed + 1
                assert missed < 10 + wanted, "most runs had ended before they could be killed"
                continue
            with tally.trying("a random moment"):
                scene.check_healed()


def one_of_each_line(lines: Sequence[Point], chance: Chance) -> list[Point]:
    """For each line that was executed, one of its turns."""
    turns: dict[tuple[str, int], list[Point]] = {}
    for point in lines:
        turns.setdefault((point.file, point.line), []).append(point)
    return [chance.random.choice(each) for each in turns.values()]


def kill_runs(scene: Scene, points: Sequence[Point], tally: Tally) -> None:
    for point in points:
        scene.reset()
        with tally.trying(point):
            killed(scene, point)
            scene.check_healed()


def kill_recoveries(
    scene: Scene, function: str, choose: Callable[[list[Point]], list[Point]], chance: Chance, tally: Tally
) -> None:
    """Kill runs where they enter a function for the second time, and then the next run somewhere; the third heals."""
    points = scene.lines()
    first = next(point for point in points if point.function == function)
    broken = next(point for point in points if (point.file, point.line, point.count) == (first.file, first.line, 2))
    scene.reset()
    killed(scene, broken)
    scene.wait_for_quiet()
    for point in choose(one_of_each_line(scene.lines(), chance)):
        scene.reset()
        with tally.trying((broken, point)):
            killed(scene, broken)
            scene.check_now()
            killed(scene, point)
            scene.check_healed()


def killed(scene: Scene, point: Point) -> None:
    ended = scene.strike(point, KILL)
    assert ended.code == -signal.SIGKILL, f"the run ended by itself: {ended}"
