"""How large batches become by how long they take, and how long to pause after each."""

from __future__ import annotations

import pytest

from apply.company import Company, orders
from wesretain.apply.pace import (
    FEWEST,
    FIRST,
    FIRST_AT_FULL_SPEED,
    GAP,
    LONGEST,
    MOST,
    PAUSE,
    TARGET,
    TARGET_AT_FULL_SPEED,
    Pace,
)


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        (TARGET, [1000, 1000]),
        (TARGET / 1.2, [1200, 1440]),
        (TARGET * 1.25, [800, 640]),
        (9.0, [500, 250, 125, FEWEST, FEWEST]),
        (0.0, [1500, 2250, 3375, 5062, 7593, 11389, 17083, 25624, 38436, MOST, MOST]),
    ],
)
def test_batches_come_to_take_as_long_as_they_should(seconds: float, sizes: list[int]) -> None:
    pace, found = Pace(pauses=True, size=1000), []
    for _ in sizes:
        pace = pace.after(seconds)
        found.append(pace.size)
    assert found == pytest.approx(sizes, abs=1)


def test_half_of_what_counts_is_what_came_before() -> None:
    pace = Pace(pauses=True, size=1000).after(TARGET).after(TARGET * 1.5)
    assert pace.smoothed == pytest.approx(TARGET * 1.25)
    assert pace.size == pytest.approx(800, abs=1)


def test_at_full_speed_a_batch_may_keep_others_waiting_for_longer() -> None:
    pace = Pace(pauses=False, size=1000)
    assert pace.after(TARGET_AT_FULL_SPEED).size == 1000
    assert pace.after(TARGET_AT_FULL_SPEED * 1.25).size == 800


@pytest.mark.parametrize(("pauses", "size"), [(True, FIRST), (False, FIRST_AT_FULL_SPEED)])
def test_the_first_batch_is_small_where_others_are_spared(pauses: bool, size: int) -> None:
    assert Pace.begin(pauses=pauses) == Pace(pauses, size)
    assert FIRST < FIRST_AT_FULL_SPEED


@pytest.mark.parametrize(
    ("rest", "pauses", "alone", "pause"),
    [
        (0.5, True, True, 0.5),
        (0.5, True, False, 0.5),
        (LONGEST, True, False, LONGEST),
        (LONGEST * 2, True, True, LONGEST),
        (0.0, True, True, PAUSE),
        (0.0, True, False, PAUSE),
        (0.5, False, True, GAP),
        (0.5, False, False, 0.0),
    ],
)
def test_others_have_as_long_as_they_should(rest: float, pauses: bool, alone: bool, pause: float) -> None:
    """However long the batch took; at full speed they find a gap only where nobody else could write meanwhile."""
    assert Pace(pauses).pause(1.0, 1_000_000, rest, alone=alone) == pause


@pytest.mark.parametrize(
    ("rate", "batch"), [(1, 1), (FEWEST - 1, FEWEST - 1), (FIRST, FIRST), (FIRST + 1, FIRST), (None, FIRST)]
)
def test_a_batch_is_no_more_than_a_seconds_worth(rate: int | None, batch: int) -> None:
    assert Pace(pauses=True, most_a_second=rate).batch == batch


@pytest.mark.parametrize(
    ("seconds", "records", "rest", "pauses", "pause"),
    [
        (0.25, 100, 0.0, False, 0.75),  # of a rate of 100
        (0.25, 50, 0.0, False, 0.25),
        (0.25, 10, 0.0, False, 0.0),
        (0.25, 10, 0.5, True, 0.5),
        (0.25, 100, 0.5, True, 0.75),
        (0.25, 10, 0.0, True, PAUSE),
        (2.0, 100, 0.5, True, 0.5),
        (2.0, 100, 0.0, False, 0.0),
        (0.0, 2_000, LONGEST, True, 20.0),
    ],
)
def test_a_run_never_goes_faster_than_its_rate(
    seconds: float, records: int, rest: float, pauses: bool, pause: float
) -> None:
    assert Pace(pauses, most_a_second=100).pause(seconds, records, rest, alone=False) == pytest.approx(pause)


def test_the_rate_stays_as_batches_adapt() -> None:
    pace = Pace(pauses=True, size=1000, most_a_second=300).after(0.0).after(0.0)
    assert (pace.batch, pace.size) == (300, 2250)


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_batches_of_a_run_keep_to_its_rate(shop: Company) -> None:
    shop.build(orders(20))
    assert shop.apply("--max-rate", "9").code == 0
    assert shop.keys("orders") == {20}
    assert sorted(records for _, records, *_ in shop.evidence()) == [1, 9, 9]
    assert shop.apply("--max-rate", "0").code == 2
