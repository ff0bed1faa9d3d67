"""Which columns say a time, by their values; and what stands for no time."""

from __future__ import annotations

import pytest

from wesretain.discovery.clocks import ages_of, are_odd_times, clocks_of, formats_of
from wesretain.discovery.naming import Names
from wesretain.model.discovered import SuggestedClock
from wesretain.model.inventory import ClockFormat
from wesretain.model.schema import Column, Kind, Table
from wesretain.policy.elements import shipped_elements

NAMES = Names(shipped_elements())
SECONDS = [str(1_700_000_000 + n * 86_400) for n in range(30)]


def suggested(
    name: str, kind: Kind, values: list[str | None], zone: str | None = None, as_text: bool = False
) -> SuggestedClock | None:
    table = Table(None, "t", (Column(name, kind, stored_as_text=as_text),))
    return next(clocks_of(table, {name: tuple(values)}, zone, NAMES), None)


@pytest.mark.parametrize(
    ("name", "kind", "values", "format_"),
    [
        ("at", Kind.INTEGER, SECONDS, ClockFormat.EPOCH_SECONDS),
        ("at", Kind.FLOAT, [f"{each}.25" for each in SECONDS], ClockFormat.EPOCH_SECONDS),
        ("regdate", Kind.INTEGER, SECONDS, ClockFormat.EPOCH_SECONDS),
        ("created_at", Kind.INTEGER, [f"{each}123" for each in SECONDS], ClockFormat.EPOCH_MILLISECONDS),
        ("created_at", Kind.INTEGER, [f"{each}123456" for each in SECONDS], ClockFormat.EPOCH_MICROSECONDS),
        ("last_seen", Kind.TEXT, SECONDS, ClockFormat.EPOCH_SECONDS),
        ("day", Kind.INTEGER, ["20260101", "20251231"], ClockFormat.EIGHT_DIGITS),
        (
            "touched",
            Kind.BINARY,
            ["\\x" + b"20260101123000".hex(), "\\x" + b"20251231000000".hex()],
            ClockFormat.FOURTEEN_DIGITS,
        ),
        ("x7", Kind.TEXT, ["2026-01-01 12:30:00", "2026-01-01T12:30Z"], ClockFormat.ISO),
        ("paid_on", Kind.TEXT, ["31-12-2025", "01-02-2026"], ClockFormat.DAY_MONTH_YEAR),
        ("month", Kind.TEXT, ["2026-01", "2025-12"], ClockFormat.YEAR_AND_MONTH),
        ("year", Kind.INTEGER, ["2026", "1999"], ClockFormat.YEAR),
        ("visited", Kind.INTEGER, ["13427337600000000", "13427337500000000"], ClockFormat.MICROSECONDS_SINCE_1601),
        # A few that say nothing do not matter.
        ("at", Kind.INTEGER, [*SECONDS, "0", "0", None], ClockFormat.EPOCH_SECONDS),
    ],
)
def test_formats(name: str, kind: Kind, values: list[str | None], format_: ClockFormat) -> None:
    found = suggested(name, kind, values)
    assert found is not None
    assert found.clock.format is format_


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("amount", Kind.INTEGER, SECONDS),  # no word of it says a time
        ("id", Kind.INTEGER, ["1", "2", "3"]),
        ("created_by", Kind.INTEGER, ["1", "2", "3"]),
        ("due", Kind.TEXT, ["soon", "later"]),
        ("at", Kind.INTEGER, []),
        ("at", Kind.INTEGER, ["0", "0"]),
        ("date", Kind.DATE, ["2026-01-01", "2026-02-01"]),  # its type says it all
        ("year", Kind.INTEGER, ["12", "13"]),
        ("duration", Kind.INTEGER, ["120", "3600"]),
    ],
)
def test_what_is_no_clock(name: str, kind: Kind, values: list[str | None]) -> None:
    assert suggested(name, kind, values) is None


@pytest.mark.parametrize(
    "value", ["Infinity", "-Infinity", "NaN", "sNaN", "1e2000000", "-1e999", "9" * 60, "", "\\x00"]
)
def test_numbers_that_are_no_time(value: str) -> None:
    suggested("created", Kind.INTEGER, [value, *SECONDS])
    assert suggested("created", Kind.INTEGER, [value]) is None


def test_the_zone_is_asked_for_where_nobody_says_it() -> None:
    values: list[str | None] = ["2026-01-01 12:30:00", "2026-01-02 12:30:00"]
    found, said = suggested("at", Kind.TEXT, values), suggested("at", Kind.TEXT, values, zone="Asia/Kuala_Lumpur")
    with_offset = suggested("at", Kind.TEXT, ["2026-01-01T12:30:00Z", "2026-01-01T12:30:00+08:00"])
    assert found is not None
    assert "zone" in found.doubt
    assert said is not None
    assert said.doubt == ""
    assert with_offset is not None
    assert with_offset.doubt == ""


def test_days_that_may_be_months() -> None:
    doubtful = suggested("paid_on", Kind.TEXT, ["01-02-2026", "03-04-2026"], zone="UTC")
    sure = suggested("paid_on", Kind.TEXT, ["01-02-2026", "30-04-2026"], zone="UTC")
    assert doubtful is not None
    assert "month-day-year" in doubtful.doubt
    assert sure is not None
    assert sure.doubt == ""


def test_what_stands_for_nothing_or_for_good() -> None:
    """A first of January that comes again and again is no time; nor is one in a far year."""
    values: list[str | None] = [f"2026-03-{day:02} 10:00:00" for day in range(1, 29)]
    found = suggested("closed", Kind.LOCAL_TIME, [*values, *["2000-01-01 00:00:00"] * 9, *["2099-12-31 00:00:00"] * 9])
    assert found is not None
    assert found.clock.undated == ("2000-01-01 00:00:00",)
    assert found.clock.never == ("2099-12-31 00:00:00",)
    assert suggested("closed", Kind.LOCAL_TIME, values) is None
    assert suggested("closed", Kind.LOCAL_TIME, [*values, "2000-01-01 00:00:00"]) is None


def test_zeros_are_told() -> None:
    found = suggested("until", Kind.INTEGER, [*SECONDS, "0", "0"])
    assert found is not None
    assert "2 are `0`: undated, or `never`?" in found.doubt


def test_a_date_that_sqlite_holds_as_a_number() -> None:
    """What SQLite's column says by its type, its values need not."""
    assert suggested("at", Kind.LOCAL_TIME, ["2026-01-01 10:00:00"], as_text=True) is None
    found = suggested("at", Kind.LOCAL_TIME, list(SECONDS), as_text=True)
    assert found is not None
    assert found.clock.format is ClockFormat.EPOCH_SECONDS


@pytest.mark.parametrize(
    ("texts", "odd"),
    [
        (["27.11.2024 10:15", "3.1.2025 08:00"], True),
        (["11/27/24", "1/3/25", None], True),
        (["Nov 27, 2024", "January 3, 2025 8 pm"], True),
        (["27 Nov 2024", "03-Jan-2025"], True),
        (["Wed, 27 Nov 2024 10:15:00 +0000"] * 2, True),
        (["192.168.10.1", "10.20.30.40"], False),
        (["1.2.3", "2.0.1"], False),
        (["27.11.2024"], False),
        ([None, None], False),
    ],
)
def test_times_as_people_write_them(texts: list[str | None], odd: bool) -> None:
    assert are_odd_times(texts) is odd


def test_ages() -> None:
    table = Table(None, "t", (Column("at", Kind.INTEGER), Column("seen", Kind.DATE), Column("n", Kind.INTEGER)))
    values = {"at": (*SECONDS, "0"), "seen": ("2020-05-01", None, "2021-05-01"), "n": ("1", "2")}
    said = list(clocks_of(table, values, None, NAMES))
    assert [(age.clock, age.oldest, age.newest) for age in ages_of(table, values, said)] == [
        ("at", 2023, 2023),
        ("seen", 2020, 2021),
    ]


def test_formats_of_what_nobody_can_read() -> None:
    table = Table(None, "t", (Column("at", Kind.TEXT),))
    texts = ["31-12-2025", "30-12-2025", "1700000000", "soon"]
    assert formats_of(table, table.columns[0], texts) == [("dd-mm-yyyy", 2), ("epoch seconds", 1)]
