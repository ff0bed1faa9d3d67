"""What clocks say, value by value, and when a period has run out: the clauses of docs/semantics.md on time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from standing.case import (
    AGREED,
    BOUNDARY,
    DAY,
    DUE,
    FUTURE,
    KEPT,
    OLD,
    REPORT,
    UNCOVERED,
    UNDECIDABLE,
    YEAR,
    Case,
    name,
    rule,
)
from standing.world import Value
from wesretain.model.condition import Age
from wesretain.model.inventory import Clock, ClockFormat, Element, TableEntry
from wesretain.model.period import Period, Unit
from wesretain.model.rule import Rule
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.standing import Standing

ISO = Clock("at", format=ClockFormat.ISO)
#: 1 July 2023, the cut-off of a year on 1 July 2024, in seconds since 1970.
CUT_OFF = 1_688_169_600
THIRTEEN = Period(13, Unit.YEARS)


def readings(
    clause: str,
    kind: Kind,
    *answers: tuple[Iterable[Value], Standing | tuple[Standing, ...]],
    clock: Clock | None = None,
    rules: tuple[Rule, ...] = (),
    born: bool = False,
    **more: Any,
) -> Case:
    """Log-ins at these times, and where they stand under a rule of one year, or under each of several rules."""
    rules = rules or (rule(on="logins", after=("at",)),)
    rows: list[dict[str, Value]] = []
    expected: dict[str, dict[int | str, Standing]] = {each.name: {} for each in rules}
    for values, answer in answers:
        for value in values:
            rows.append({"id": len(rows) + 1, "at": value})
            each_answer = answer if isinstance(answer, tuple) else (answer,) * len(rules)
            for each, standing in zip(rules, each_answer, strict=True):
                expected[each.name][len(rows)] = standing
    columns = (("at", (Element.DATE_OF_BIRTH,)),) if born else ()
    entry = TableEntry(name("logins"), subjects=(), clocks=(clock,) if clock else (), columns=columns)
    return Case(
        clause,
        {"logins": rows},
        rules,
        expected,
        entries=(entry,),
        tables=(Table(None, "logins", (Column("id", Kind.INTEGER), Column("at", kind)), ("id",)),),
        **more,
    )


def on(text: str) -> datetime:
    """A time on the wall; with an offset, an instant."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment


def ages(of: Period) -> tuple[Rule, ...]:
    """Two rules without a period: for what is surely older, and for what is surely younger."""
    return tuple(
        rule(words, on="logins", keep=None, then=REPORT, where=Age(("at",), words == "older", of))
        for words in ("older", "younger")
    )


READINGS = [
    readings(
        "§4 a typed time has run out at the cut-off, to the microsecond; a future one is kept",
        Kind.LOCAL_TIME,
        ((BOUNDARY, OLD, on("1970-01-02")), DUE),
        ((BOUNDARY.replace(microsecond=1), FUTURE, "infinity"), KEPT),
        ((None, on("1970-01-01 23:59:59"), "-infinity"), UNDECIDABLE),
    ),
    readings(
        "§4 an instant has run out at the cut-off, to the microsecond",
        Kind.INSTANT,
        ((on("2023-07-01T00:00Z"), on("1970-01-02T00:00Z")), DUE),
        ((on("2023-07-01T00:00:00.000001Z"),), KEPT),
        ((None, on("1970-01-01T23:59:59Z")), UNDECIDABLE),
        home="Asia/Tokyo",
        engines=("postgresql", "mariadb"),
    ),
    readings(
        "§4 a day has run out when it has ended",
        Kind.DATE,
        ((date(2023, 6, 30),), DUE),
        ((date(2023, 7, 1), date(9999, 12, 31)), KEPT),
        ((None, date(1970, 1, 1)), UNDECIDABLE),
    ),
    readings(
        "§3 a day has run out when it has begun, if it `counts from: start`",
        Kind.DATE,
        ((date(2023, 7, 1),), DUE),
        ((date(2023, 7, 2),), KEPT),
        clock=Clock("at", counts_from_start=True),
    ),
    readings(
        "§3 an ISO text in its many spellings; a day and a minute count from their end; all else says nothing",
        Kind.TEXT,
        (("2023-07-01 00:00:00", "2023-07-01T00:00:00Z", "2023-07-01T02:00:00+02:00", "2023-06-30T20:30:00-0330"), DUE),
        (("2023-06-30", "2023-06-30 23:59", "1970-01-02T00:30+05:00", "2023-07-01 00:00:00.000000"), DUE),
        (("2023-07-01T02:00:00+02", "2023-06-30 21:00:00-03", "2023-07-01T02:00:00.000000+02"), DUE),
        (("2023-07-01 00:00:01", "2023-07-01T00:00:00.000001", "2023-07-01T02:00:00.1+02"), KEPT),
        (("2023-07-01", "2023-07-01 00:00", "8999-12-31 00:00:00", "9000-01-01 00:00:00", "9999-12-31"), KEPT),
        ((None, "", "n/a", "0000-00-00", "2019-02-29", "2020-13-01", "2020-01-01 24:00", "20200101"), UNDECIDABLE),
        (("1970-01-01", "1970-01-01 23:59:59", "1970-01-01T23:30-05:00"), UNDECIDABLE),
        clock=ISO,
    ),
    readings(
        "§3 an ISO text from the start of its day or minute",
        Kind.TEXT,
        (("2023-07-01", "2023-07-01 00:00", "2023-07-01 00:00:00"), DUE),
        (("2023-07-02", "2023-07-01 00:01"), KEPT),
        clock=replace(ISO, counts_from_start=True),
    ),
    readings(
        "§3 seconds since 1970",
        Kind.INTEGER,
        ((CUT_OFF, 86_400), DUE),
        ((CUT_OFF + 1, 221_845_392_000), KEPT),
        ((None, 0, 86_399, -1), UNDECIDABLE),
        clock=Clock("at", format=ClockFormat.EPOCH_SECONDS),
    ),
    readings(
        "§3 milliseconds since 1970",
        Kind.INTEGER,
        ((CUT_OFF * 1_000, 86_400_000, 221_845_392_000), DUE),
        ((CUT_OFF * 1_000 + 1,), KEPT),
        ((86_399_999,), UNDECIDABLE),
        clock=Clock("at", format=ClockFormat.EPOCH_MILLISECONDS),
    ),
    readings(
        "§3 microseconds since 1970",
        Kind.INTEGER,
        ((CUT_OFF * 1_000_000, 86_400_000_000), DUE),
        ((CUT_OFF * 1_000_000 + 1,), KEPT),
        ((86_399_999_999,), UNDECIDABLE),
        clock=Clock("at", format=ClockFormat.EPOCH_MICROSECONDS),
    ),
    readings(
        "§3 seconds since 1970 with a fraction",
        Kind.DECIMAL,
        ((Decimal(CUT_OFF), Decimal("86400.5")), DUE),
        ((Decimal(CUT_OFF) + Decimal("0.5"),), KEPT),
        ((Decimal("86399.5"),), UNDECIDABLE),
        clock=Clock("at", format=ClockFormat.EPOCH_SECONDS),
    ),
    readings(
        "§3 seconds since 1970 as a text of digits",
        Kind.TEXT,
        ((f"{CUT_OFF}", f"0{CUT_OFF}", "86400"), DUE),
        ((f"{CUT_OFF + 1}", "9" * 18), KEPT),
        ((None, "", f"+{CUT_OFF}", f" {CUT_OFF}", "86399", "1e9", "0" * 9 + f"{CUT_OFF}"), UNDECIDABLE),
        clock=Clock("at", format=ClockFormat.EPOCH_SECONDS),
    ),
    readings(
        "§3 a time that is declared undated or never; undated wins; NULL may be declared too",
        Kind.LOCAL_TIME,
        ((OLD,), DUE),
        ((None, on("2002-02-02")), KEPT),
        ((on("2001-01-01"), on("2003-03-03")), UNDECIDABLE),
        clock=Clock(
            "at",
            undated=("2001-01-01 00:00:00", "2003-03-03 00:00:00"),
            never=("2002-02-02 00:00:00", "2003-03-03 00:00:00", None),
        ),
    ),
    readings(
        "§3 a zero date that is declared never, at whatever hour",
        Kind.LOCAL_TIME,
        (("0000-00-00 00:00:00",), KEPT),
        (("2020-00-10 00:00:00", None), UNDECIDABLE),
        clock=Clock("at", never=("0000-00-00",)),
        engines=("mariadb",),
    ),
    readings(
        "§3 a text that is declared undated or never, though it is a good time, in any spelling",
        Kind.TEXT,
        (("2002-02-02 00:01", "2001-01-02"), DUE),
        (("2002-02-02", "open", "2002-02-02 00:00", "2002-02-02T00:00:00.000"), KEPT),
        (("2001-01-01", None, "2001-01-01 00:00:00"), UNDECIDABLE),
        clock=replace(ISO, undated=("2001-01-01",), never=("2002-02-02", "open")),
    ),
    readings(
        "§3 a number that is declared undated or never, though it is a good time",
        Kind.INTEGER,
        ((1_000_000_001,), DUE),
        ((0, 1_100_000_000), KEPT),
        ((1_000_000_000, None), UNDECIDABLE),
        clock=Clock("at", format=ClockFormat.EPOCH_SECONDS, undated=("1000000000",), never=("0", "1100000000")),
    ),
    readings(
        "§3 a clock's own floor",
        Kind.LOCAL_TIME,
        ((on("2000-01-01"),), DUE),
        ((on("1999-12-31 23:59:59"),), UNDECIDABLE),
        clock=Clock("at", floor=date(2000, 1, 1)),
    ),
    readings(
        "§3 what SQLite stores though the column is declared a time",
        Kind.LOCAL_TIME,
        ((OLD,), DUE),
        ((1_500_000_000, 20_200_101, 2020.5, ""), UNDECIDABLE),
        engines=("sqlite",),
    ),
    readings(
        "§3 what SQLite stores though the column is declared a number",
        Kind.INTEGER,
        ((1_500_000_000,), DUE),
        (("soon", "", "2020-01-01"), UNDECIDABLE),
        clock=Clock("at", format=ClockFormat.EPOCH_SECONDS),
        engines=("sqlite",),
    ),
    readings(
        "§3 before Christ, and after every year",
        Kind.LOCAL_TIME,
        (("infinity", "20000-01-01 00:00:00", on("9999-12-31")), KEPT),
        (("-infinity", "0044-03-15 00:00:00 BC"), UNDECIDABLE),
        engines=("postgresql",),
    ),
    readings(
        "§3 the same of days",
        Kind.DATE,
        (("infinity", "20000-01-01"), KEPT),
        (("-infinity", "0044-03-15 BC"), UNDECIDABLE),
        engines=("postgresql",),
    ),
    readings(
        "§3 days that no calendar has",
        Kind.LOCAL_TIME,
        (("0000-00-00 00:00:00", "2020-00-10 00:00:00", "2020-02-00 00:00:00"), UNDECIDABLE),
        engines=("mariadb",),
    ),
    readings(
        "§3 the same of dates",
        Kind.DATE,
        (("0000-00-00", "2020-00-10", "2020-02-00"), UNDECIDABLE),
        engines=("mariadb",),
    ),
    # Zones
    readings(
        "§4 the cut-off is reckoned in the organisation's zone, a clock is read in its database's",
        # 1 July 02:00 in Berlin is the cut-off: midnight in UTC, 20:00 of the day before in New York.
        Kind.LOCAL_TIME,
        ((on("2023-06-30 20:00"),), DUE),
        ((on("2023-06-30 20:00:01"),), KEPT),
        zone="Europe/Berlin",
        home="America/New_York",
    ),
    readings(
        "§3 a clock's own zone comes before its database's, a value's own offset before both",
        Kind.TEXT,
        (("2023-07-01 09:00:00", "2023-07-01T00:00:00Z", "2023-06-30"), DUE),
        (("2023-07-01 09:00:01", "2023-07-01T00:00:01Z", "2023-07-01"), KEPT),
        clock=replace(ISO, zone="Asia/Tokyo"),
        home="America/New_York",
    ),
    readings(
        "§4 the organisation's day, not that of UTC, says that it is summer",
        # Noon in Berlin, a month after noon in Berlin: 11:00 UTC in winter and 10:00 in summer.
        Kind.LOCAL_TIME,
        ((on("2024-03-15 11:00"),), DUE),
        ((on("2024-03-15 11:00:01"),), KEPT),
        rules=(rule(on="logins", keep=Period(1, Unit.MONTHS), after=("at",)),),
        as_of=datetime(2024, 4, 15, 10, tzinfo=UTC),
        zone="Europe/Berlin",
    ),
    # The change of the clocks
    readings(
        "§4 a time that comes twice is its second pass: the second 02:30 of 27 October 2024 is 01:30 UTC",
        Kind.LOCAL_TIME,
        ((on("2024-10-27 01:59:59"), on("2024-10-27 02:29:59")), DUE),
        ((on("2024-10-27 02:30"), on("2024-10-27 03:00")), KEPT),
        rules=(rule(on="logins", keep=DAY, after=("at",)),),
        as_of=datetime(2024, 10, 28, 1, 29, 59, tzinfo=UTC),
        home="Europe/Berlin",
    ),
    readings(
        "§4 … so that it may be older, and may be younger",
        Kind.LOCAL_TIME,
        ((on("2024-10-27 01:59:59"), on("2024-10-27 02:29:59")), (DUE, UNCOVERED)),
        ((on("2024-10-27 02:30"), on("2024-10-27 02:59:59")), (UNDECIDABLE, UNDECIDABLE)),
        ((on("2024-10-27 03:00"),), (UNCOVERED, DUE)),
        rules=ages(DAY),
        as_of=datetime(2024, 10, 28, 1, 29, 59, tzinfo=UTC),
        home="Europe/Berlin",
    ),
    readings(
        "§4 a time that was skipped is the later of its two readings: 02:30 of 31 March 2024 is 01:30 UTC",
        Kind.LOCAL_TIME,
        ((on("2024-03-31 01:59:59"), on("2024-03-31 02:29:59"), on("2024-03-31 03:29:59")), DUE),
        ((on("2024-03-31 02:30"), on("2024-03-31 03:30")), KEPT),
        rules=(rule(on="logins", keep=DAY, after=("at",)),),
        as_of=datetime(2024, 4, 1, 1, 29, 59, tzinfo=UTC),
        home="Europe/Berlin",
    ),
    readings(
        "§4 the organisation's clock stands still in the first pass of an hour that it repeats",
        Kind.LOCAL_TIME,
        ((on("2024-10-26 00:00"),), DUE),
        ((on("2024-10-26 00:00:01"),), KEPT),
        rules=(rule(on="logins", keep=DAY, after=("at",)),),
        as_of=datetime(2024, 10, 27, 0, 30, tzinfo=UTC),
        zone="Europe/Berlin",
    ),
    readings(
        "§4 a cut-off that comes twice is its first pass",
        Kind.LOCAL_TIME,
        ((on("2024-11-03 05:30"),), DUE),
        ((on("2024-11-03 05:30:01"),), KEPT),
        rules=(rule(on="logins", keep=DAY, after=("at",)),),
        as_of=datetime(2024, 11, 4, 6, 30, tzinfo=UTC),
        zone="America/New_York",
    ),
    readings(
        "§4 a cut-off that was skipped is the last moment before",
        Kind.LOCAL_TIME,
        ((on("2024-03-31 00:59:59"),), DUE),
        ((on("2024-03-31 01:00"),), KEPT),
        rules=(rule(on="logins", keep=DAY, after=("at",)),),
        as_of=datetime(2024, 4, 1, 0, 30, tzinfo=UTC),
        zone="Europe/Berlin",
    ),
    readings(
        "§4 where the target month lacks the day, the cut-off is the end of its last day",
        Kind.LOCAL_TIME,
        ((on("2024-02-29 23:59:59.999999"),), DUE),
        ((on("2024-03-01"),), KEPT),
        rules=(rule(on="logins", keep=Period(6, Unit.MONTHS), after=("at",)),),
        as_of=datetime(2024, 8, 31, 12, tzinfo=UTC),
    ),
    # Ages and agreements
    readings(
        "§3 an age must hold throughout: older to the last instant, younger from the first; never is neither",
        Kind.TEXT,
        (("2023-07-01 00:00:00", "2023-06-30 23:59", "2020-01-01T00:00Z"), (DUE, UNCOVERED)),
        (("2023-07-01 00:00:01", "2023-07-01 00:01", "2024-07-01 00:00:00"), (UNCOVERED, DUE)),
        (("2023-07-01 00:00",), (UNDECIDABLE, UNDECIDABLE)),
        (("2024-07-01 00:00:01", "2024-07-02"), (UNCOVERED, UNDECIDABLE)),
        (("2023-06-30",), (DUE, UNCOVERED)),
        (("2023-07-01",), (UNDECIDABLE, UNCOVERED)),
        (("2023-07-02", "2024-07-01"), (UNCOVERED, DUE)),
        ((None, "", "1970-01-01", "9000-01-01 00:00:00", "9999-12-31"), (UNDECIDABLE, UNDECIDABLE)),
        clock=replace(ISO, counts_from_start=True),  # which ages do not heed
        rules=ages(YEAR),
    ),
    readings(
        "§3 who is thirteen today is no longer younger than 13; the organisation's today counts",
        # In Kuala Lumpur it is 1 July already.
        Kind.DATE,
        ((date(2011, 7, 2),), (UNCOVERED, DUE)),
        ((date(2011, 7, 1),), (UNDECIDABLE, UNCOVERED)),
        ((date(2011, 6, 30), date(1900, 1, 2)), (DUE, UNCOVERED)),
        ((None, date(1900, 1, 1)), (UNDECIDABLE, UNDECIDABLE)),
        rules=ages(THIRTEEN),
        born=True,
        as_of=datetime(2024, 6, 30, 18, tzinfo=UTC),
        zone="Asia/Kuala_Lumpur",
        home="Asia/Kuala_Lumpur",
    ),
    readings(
        "4 an agreed day runs to its end, wherever its clock counts from",
        Kind.DATE,
        ((date(2024, 7, 1), date(9999, 12, 31)), AGREED),
        ((None, date(2024, 6, 30)), DUE),
        ((date(1970, 1, 1),), UNDECIDABLE),
        rules=(rule(on="logins", keep=None, agreed_until=("at",)),),
        clock=Clock("at", counts_from_start=True),
        as_of=datetime(2024, 7, 1, 12, tzinfo=UTC),
    ),
]
