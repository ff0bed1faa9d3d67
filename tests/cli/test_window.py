"""When a run has to end: --until and --for, against times worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cli.houses import House
from wesretain.cli.window import end_of


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "until", "zone", "end"),
    [
        ("2026-07-01 20:00", time(5), "UTC", "2026-07-02 05:00"),
        ("2026-07-01 01:00", time(5), "UTC", "2026-07-01 05:00"),
        ("2026-07-01 05:00", time(5), "UTC", "2026-07-01 05:00"),
        ("2026-07-01 05:30", time(5), "UTC", "2026-07-01 05:00"),  # it was late: no time is left
        ("2026-07-01 16:59", time(5), "UTC", "2026-07-01 05:00"),
        ("2026-07-01 17:00", time(5), "UTC", "2026-07-01 05:00"),
        ("2026-07-01 17:01", time(5), "UTC", "2026-07-02 05:00"),
        ("2026-07-01 20:00", time(5), "Asia/Kuala_Lumpur", "2026-07-01 21:00"),
        ("2026-10-24 23:30", time(3, 30), "Europe/Berlin", "2026-10-25 02:30"),  # after the clocks have gone back
        ("2026-03-28 23:30", time(3, 30), "Europe/Berlin", "2026-03-29 01:30"),
        ("2026-07-01 23:59", time(0), "UTC", "2026-07-02 00:00"),
    ],
)
def test_until_is_the_nearest_such_time(start: str, until: time, zone: str, end: str) -> None:
    assert end_of(instant(start), until, None, ZoneInfo(zone)) == instant(end)


def test_the_earlier_end_counts() -> None:
    start, zone = instant("2026-07-01 01:00"), ZoneInfo("UTC")
    assert end_of(start, None, None, zone) is None
    assert end_of(start, time(5), timedelta(hours=2), zone) == instant("2026-07-01 03:00")
    assert end_of(start, time(5), timedelta(hours=6), zone) == instant("2026-07-01 05:00")


@pytest.mark.parametrize(
    "option", ["--until=5", "--until=24:00", "--until=05:60", "--until=", "--for=", "--for=2", "--for=2d", "--for=-1h"]
)
def test_what_is_no_time_is_refused(house: House, option: str) -> None:
    answer = house.call("apply", "--yes", option)
    assert answer.code == 2
    assert "write one such as" in answer.err
    assert answer.err.count("\n") == 1
