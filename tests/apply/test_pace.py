"""How large batches become by how long they take, and how long to pause after each."""

from __future__ import annotations

import pytest

from apply.company import Company, orders
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
    assert Pace(pauses).pause(seconds, 1_000_000, alone=alone) == pause


@pytest.mark.parametrize(
    ("rate", "batch"), [(1, 1), (FEWEST - 1, FEWEST - 1), (FIRST, FIRST), (FIRST + 1, FIRST), (None, FIRST)]
)
def test_a_batch_is_no_more_than_a_seconds_worth(rate: int | None, batch: int) -> None:
    assert Pace(pauses=True, most_a_second=rate).batch == batch


@pytest.mark.parametrize(
    ("seconds", "records", "pauses", "pause"),
    [
        (0.25, 100, False, 0.75),  # of a rate of 100
        (0.25, 50, False, 0.25),
        (0.25, 10, False, 0.0),
        (0.25, 10, True, 0.25),
        (0.25, 100, True, 0.75),
        (2.0, 100, True, 2.0),
        (2.0, 100, False, 0.0),
    ],
)
def test_a_run_never_goes_faster_than_its_rate(seconds: float, records: int, pauses: bool, pause: float) -> None:
    assert Pace(pauses, most_a_second=100).pause(seconds, records, alone=False) == pytest.approx(pause)


def test_the_rate_stays_as_batches_adapt() -> None:
    pace = Pace(pauses=True, most_a_second=300).after(0.0).after(0.0)
    assert (pace.batch, pace.size) == (300, 2250)


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_batches_of_a_run_keep_to_its_rate(shop: Company) -> None:
    shop.build(orders(20))
    assert shop.apply("--max-rate", "9").code == 0
    assert shop.keys("orders") == {20}
    assert sorted(records for _, records, *_ in shop.evidence()) == [1, 9, 9]
    assert shop.apply("--max-rate", "0").code == 2
