"""The oracle itself, against small worlds and values whose answers were worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from standing.case import DAY, NO_DAYS, YEAR, Case, name, table, world_of
from standing.clauses import CLAUSES
from standing.oracle import children_of, links_of, standings
from standing.readings import READINGS
from standing.times import NEVER, UNDATED, ClockFacts, Reading, Span, cut_off, read
from standing.world import Value
from wesretain.model.inventory import ClockFormat, LinkDeclaration, TableEntry
from wesretain.model.period import Period, Unit
from wesretain.model.schema import Kind


@pytest.mark.parametrize(
    ("engine", "case"),
    [
        pytest.param(engine, case, id=f"{engine}: {case.clause}")
        for case in (*CLAUSES, *READINGS)
        for engine in case.engines
    ],
)
def test_where_rows_stand(engine: str, case: Case) -> None:
    found = standings(world_of(case, engine))
    assert {key: found.get(key) for key in case.standings} == case.standings
    assert len([key for key in found if key[0] in case.expected]) == len(case.standings)


# Clocks


def facts(kind: Kind = Kind.TEXT, unit: ClockFormat | None = ClockFormat.ISO, **more: Any) -> ClockFacts:
    given: dict[str, Any] = {"kind": kind, "text": kind is Kind.TEXT, "unit": unit}
    return ClockFacts(**(given | {"zone": ZoneInfo("UTC"), "floor": date(1970, 1, 2)} | more))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-05-06", "2024-05-06", "2024-05-06 23:59:59.999999"),
        ("2024-05-06 07:08", "2024-05-06 07:08", "2024-05-06 07:08:59.999999"),
        ("2024-05-06t07:08:09", "2024-05-06 07:08:09", "2024-05-06 07:08:09"),
        ("2024-05-06T07:08:09.1234567z", "2024-05-06 07:08:09.123456", "2024-05-06 07:08:09.123456"),
        ("2024-05-06 07:08:09.5 -0330", "2024-05-06 10:38:09.5", "2024-05-06 10:38:09.5"),
        ("2024-05-06 07:08+15:45", "2024-05-05 15:23", "2024-05-05 15:23:59.999999"),
        (
            "1970-01-02T00:30+05:00",
            "1970-01-01 19:30",
            "1970-01-01 19:30:59.999999",
        ),  # the floor compares it as written
    ],
)
def test_iso_texts_that_are_read(text: str, first: str, last: str) -> None:
    found = read(facts(), text)
    assert isinstance(found, Span)
    assert (found.first, found.last, found.counts) == (at(first), at(last), at(last))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 2024-05-06",
        "0000-00-00",
        "2024-02-30",
        "2024-5-6",
        "2024-05-06Z",
        "2024-05-06 24:00",
        "2024-05-06  10:00",
        "2024-05-06 10:00+05:40",
        "2024-05-06 10:00+16",
        "2024-05-06 10:00:00.1234567890",
        "1970-01-01T23:30-05:00",
        2024,
    ],
)
def test_iso_texts_that_are_undated(text: Value) -> None:
    assert read(facts(), text) is UNDATED


@pytest.mark.parametrize(
    ("more", "value", "expected"),
    [
        ({"unit": ClockFormat.EPOCH_SECONDS, "kind": Kind.INTEGER}, 86_399, UNDATED),
        ({"unit": ClockFormat.EPOCH_SECONDS, "kind": Kind.INTEGER}, "86400", UNDATED),
        ({"unit": ClockFormat.EPOCH_SECONDS, "kind": Kind.INTEGER}, 221_845_392_000, NEVER),
        ({"unit": ClockFormat.EPOCH_MILLISECONDS, "kind": Kind.INTEGER}, 221_845_392_000, at("1977-01-11 15:43:12")),
        ({"unit": ClockFormat.EPOCH_SECONDS, "kind": Kind.DECIMAL}, Decimal("86400.5"), at("1970-01-02 00:00:00.5")),
        ({"unit": ClockFormat.EPOCH_SECONDS}, "0086400", at("1970-01-02")),
        ({"unit": ClockFormat.EPOCH_SECONDS}, "+86400", UNDATED),
        ({"unit": ClockFormat.EPOCH_SECONDS}, "9" * 18, NEVER),
        ({"unit": ClockFormat.EPOCH_SECONDS}, "0" * 8 + "17000000000", UNDATED),  # more digits than any integer holds
        ({"unit": None, "kind": Kind.LOCAL_TIME}, "2024-00-10 00:00:00", UNDATED),
        ({"unit": None, "kind": Kind.LOCAL_TIME}, "infinity", NEVER),
        ({"unit": None, "kind": Kind.INSTANT}, "0044-03-15 00:00:00+00 BC", UNDATED),
        ({"unit": None, "kind": Kind.DATE}, date(9999, 12, 31), NEVER),
        ({"unit": None, "kind": Kind.DATE, "counts_from_start": True}, date(2024, 5, 6), at("2024-05-06")),
        ({"never": ("2024-05-06",)}, "2024-05-06", NEVER),
        ({"never": ("x",), "undated": ("x",)}, "x", UNDATED),
        ({"never": (None,)}, None, NEVER),
        ({}, None, UNDATED),
        ({"floor": date(2025, 1, 1)}, "2024-12-31 23:59:59Z", UNDATED),
        ({"floor": date(1900, 1, 2)}, "1900-01-02T00:00:00Z", at("1900-01-02")),
    ],
)
def test_what_clocks_say(more: dict[str, Any], value: Value, expected: Reading | datetime) -> None:
    found = read(facts(**more), value)
    assert (found.counts if isinstance(found, Span) else found) == expected


@pytest.mark.parametrize(
    ("as_of", "period", "zone", "expected"),
    [
        ("2024-08-31 12:00", Period(6, Unit.MONTHS), "UTC", "2024-02-29 23:59:59.999999"),
        ("2024-08-28 12:00", Period(6, Unit.MONTHS), "UTC", "2024-02-28 12:00"),
        ("2024-02-29 12:00", YEAR, "UTC", "2023-02-28 23:59:59.999999"),
        ("2024-03-01 00:00", Period(12, Unit.MONTHS), "UTC", "2023-03-01 00:00"),
        ("2024-07-01 00:00", DAY, "Asia/Kuala_Lumpur", "2024-06-30 00:00"),
        # 02:30 on 31 March 2024 was skipped in Berlin: the last moment before 03:00 CEST, which is 01:00 UTC
        ("2024-04-01 00:30", DAY, "Europe/Berlin", "2024-03-31 00:59:59.999999"),
        # 01:30 on 3 November 2024 came twice in New York: the first, which is 05:30 UTC
        ("2024-11-04 06:30", DAY, "America/New_York", "2024-11-03 05:30"),
        # as_of is itself in the first pass of 02:00 to 03:00, which counts as 02:00 throughout; then in the second
        ("2024-10-27 00:30", DAY, "Europe/Berlin", "2024-10-26 00:00"),
        ("2024-10-27 01:30", DAY, "Europe/Berlin", "2024-10-26 00:30"),
        # Lord Howe turns by half an hour: 01:45 on 7 April 2024 came first at 14:45 UTC
        ("2024-04-06 15:15", NO_DAYS, "Australia/Lord_Howe", "2024-04-06 14:45"),
        ("2024-04-07 15:15", DAY, "Australia/Lord_Howe", "2024-04-06 14:45"),
    ],
)
def test_cut_offs(as_of: str, period: Period, zone: str, expected: str) -> None:
    assert cut_off(at(as_of), period, ZoneInfo(zone)) == at(expected)


# Names


def test_links_and_children_have_the_names_that_rules_use() -> None:
    accounts = table("accounts")
    moves = table(
        "moves",
        links={
            "account_id": "accounts",
            "accountId": "accounts",
            "sourceID": "accounts",
            "BANK_ID": "accounts",
            "bill_id": "accounts",
            "id": "moves",
        },
        key=("no",),
    )
    entry = TableEntry(name("moves"), links=(LinkDeclaration("invoice", "accounts", ("bill_id",)),))
    world = world_of(Case("", {}, (), {}, tables=(accounts, moves), entries=(entry,)), "postgresql")
    assert [link.name for link in links_of(world, "moves")] == [
        "invoice",
        "account_id",
        "accountId",
        "source",
        "BANK",
        "id",
    ]
    assert [".".join(path) for path, _ in children_of(world, "accounts")] == [
        "moves.invoice",
        "moves.account_id",
        "moves.accountId",
        "moves.source",
        "moves.BANK",
    ]
    assert [path for path, _ in children_of(world, "moves")] == [("moves",)]
