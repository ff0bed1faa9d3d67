"""How large batches become by how long they take, and how long to pause after each."""

from __future__ import annotations

import pytest

from wesretain.apply.pace import FEWEST, FIRST, GAP, MOST, PAUSE, TARGET, TARGET_AT_FULL_SPEED, Pace


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        (TARGET, [FIRST, FIRST]),
        (TARGET / 1.2, [1200, 1440]),
        (TARGET * 1.25, [800, 640]),
        (9.0, [500, 250, 125, FEWEST, FEWEST]),
        (0.0, [1500, 2250, 3375, 5062, 7593, 11389, 17083, 25624, 38436, MOST, MOST]),
    ],
)
def test_batches_come_to_take_as_long_as_they_should(seconds: float, sizes: list[int]) -> None:
    pace, found = Pace(pauses=True), []
    for _ in sizes:
        pace = pace.after(seconds)
        found.append(pace.size)
    assert found == pytest.approx(sizes, abs=1)


def test_half_of_what_counts_is_what_came_before() -> None:
    pace = Pace(pauses=True).after(TARGET).after(TARGET * 1.5)
    assert pace.smoothed == pytest.approx(TARGET * 1.25)
    assert pace.size == 800


def test_at_full_speed_a_batch_may_keep_others_waiting_for_longer() -> None:
    assert Pace(pauses=False).after(TARGET_AT_FULL_SPEED).size == FIRST
    assert Pace(pauses=False).after(TARGET_AT_FULL_SPEED * 1.25).size == 800


@pytest.mark.parametrize(
    ("seconds", "pauses", "alone", "pause"),
    [
        (1.0, True, True, 1.0),
        (1.0, True, False, 1.0),
        (0.0, True, True, PAUSE),
        (0.0, True, False, PAUSE),
        (1.0, False, True, GAP),
        (1.0, False, False, 0.0),
    ],
)
def test_others_have_as_long_as_a_batch_took(seconds: float, pauses: bool, alone: bool, pause: float) -> None:
    """At full speed they find a gap only where nobody else could write meanwhile."""
    assert Pace(pauses).pause(seconds, alone=alone) == pause
