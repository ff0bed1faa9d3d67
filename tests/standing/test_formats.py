"""Clock formats: every value at every cut-off, on each engine and in each type, against the calendar of Python."""

from __future__ import annotations

import calendar
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from databases import Server
from standing.files import execute, intent_of, stand
from wesretain.model.standing import Standing

DUE, KEPT, UNCOVERED, UNDECIDABLE = Standing.DUE, Standing.KEPT, Standing.UNCOVERED, Standing.UNDECIDABLE
ENGINES = ("sqlite", "postgresql", "mariadb")
#: How each engine declares a text, bytes of any length, and a whole number.
TYPES = {
    "sqlite": {"text": "TEXT", "bytes": "BLOB", "number": "INTEGER", "odd": "DATETIME"},
    "postgresql": {"text": "TEXT", "padded": "CHAR(30)", "bytes": "BYTEA", "number": "BIGINT"},
    "mariadb": {"text": "VARCHAR(40)", "padded": "CHAR(30)", "bytes": "VARBINARY(40)", "number": "BIGINT"},
}
SHAPES = {
    "yyyymmddhhmmss": "%Y%m%d%H%M%S",
    "yyyymmdd": "%Y%m%d",
    "yyyy-mm": "%Y-%m",
    "yyyy": "%Y",
    "dd-mm-yyyy": "%d-%m-%Y",
}
WHOLE = {"yyyymmddhhmmss", "yyyymmdd", "yyyy"}
#: How many a second, and since when.
EPOCHS = {
    "epoch seconds": (1, 1970),
    "epoch milliseconds": (1_000, 1970),
    "epoch microseconds": (1_000_000, 1970),
    "microseconds since 1601": (1_000_000, 1601),
    "seconds since 2001": (1, 2001),
}
ZONE = ZoneInfo("America/New_York")
JUNK = ("", " ", "0", "00000000000000", "0000-00", "0000", "00-00-0000", "infinity", "20230229000000", "20240230")
MORE_JUNK = ("2024-13", "31-04-2024", "29-02-2023", "20240101240000", "2024-1", "1-1-2024", "x2024", "202401", "-2024")


def last_instant(text: str, form: str) -> datetime | None:
    """The last instant that a text denotes in New York, by Python's own calendar; None where it says nothing."""
    bare = text.strip(" ")
    if not re.fullmatch(r"[0-9-]+", bare):
        return None
    try:
        start = datetime.strptime(bare, SHAPES[form])  # noqa: DTZ007
    except ValueError:
        return None
    if start.strftime(SHAPES[form]).zfill(len(bare)) != bare or start.date() < date(1970, 1, 2):
        return None
    if start.year >= 9000:
        return start.replace(tzinfo=UTC)
    end = start
    if form in ("yyyymmdd", "dd-mm-yyyy"):
        end = start.replace(hour=23, minute=59, second=59, microsecond=999_999)
    elif form == "yyyy-mm":
        days = calendar.monthrange(start.year, start.month)[1]
        end = start.replace(day=days, hour=23, minute=59, second=59, microsecond=999_999)
    elif form == "yyyy":
        end = datetime(start.year, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001
    return max(end.replace(tzinfo=ZONE, fold=fold).astimezone(UTC) for fold in (0, 1))


def expected(text: str | None, form: str, cut_off: datetime) -> Standing:
    if text is None:
        return UNDECIDABLE
    if form in EPOCHS:
        if not re.fullmatch("[0-9]{1,18}", text):
            return UNDECIDABLE
        scale, year = EPOCHS[form]
        since = datetime(year, 1, 1, tzinfo=UTC)
        micros = int(text) * 1_000_000 // scale
        if micros >= (datetime(9000, 1, 1, tzinfo=UTC) - since) // timedelta(microseconds=1):
            return KEPT
        instant = since + timedelta(microseconds=micros)
        silent = instant.date() < date(max(year, 1970), 1, 2)
        return UNDECIDABLE if silent else DUE if instant <= cut_off else KEPT
    if text == "infinity":
        return KEPT
    end = last_instant(text, form)
    if end is None:
        return UNDECIDABLE
    return KEPT if end.year >= 9000 or end > cut_off else DUE


@dataclass(frozen=True)
class Column:
    """A clock in one format, in a column of one type, with values around a cut-off."""

    form: str
    holds: str
    values: tuple[str | None, ...]


def columns(engine: str, cut_off: datetime, chance: random.Random) -> Iterator[Column]:
    wall = cut_off.astimezone(ZONE).replace(tzinfo=None)
    for form, shape in SHAPES.items():
        near = [wall + timedelta(seconds=seconds) for seconds in (-1, 0, 1, 3_600, -3_600, 86_400, -86_400)]
        near += [wall + timedelta(days=chance.randint(-500, 500)) for _ in range(8)]
        texts = [moment.strftime(shape) for moment in near]
        texts += [datetime(2024, 2, 29).strftime(shape)]  # noqa: DTZ001
        texts += [datetime(year, 1, 2).strftime(shape).zfill(4) for year in (1970, 1969, 1971, 9000, 8999, 9999)]  # noqa: DTZ001
        for holds in TYPES[engine]:
            if holds == "number":
                if form in WHOLE:
                    yield Column(form, holds, (*texts, None, "0", "1", "20230229000000", "99999999999999"))
            elif holds != "odd":
                padded = [f"  {text} " for text in texts[:3]]
                yield Column(form, holds, (*texts, *padded, *JUNK, *MORE_JUNK, None))
            elif form in WHOLE:
                yield Column(form, holds, (*texts, None, "soon"))
    for form, (scale, year) in EPOCHS.items():
        number = int((cut_off - datetime(year, 1, 1, tzinfo=UTC)).total_seconds()) * scale
        texts = [str(number + step) for step in (-1, 0, 1, scale, -scale)]
        yield Column(form, "bytes", (*texts, *JUNK, None, "86399", str(86_400 * scale), "1e9", "+5"))
        first = int((datetime(max(year, 1970), 1, 2, tzinfo=UTC) - datetime(year, 1, 1, tzinfo=UTC)).total_seconds())
        edges = (str(first * scale - 1), str(first * scale))
        yield Column(form, "number", (*texts, None, "0", *edges, str(86_400 * scale)))
        if engine == "sqlite":
            yield Column(form, "odd", (*texts, None, "soon"))


def literal(engine: str, holds: str, text: str | None) -> str:
    if text is None:
        return "NULL"
    if holds == "number":
        return str(int(text))
    if holds == "bytes" and text:
        return f"decode('{text.encode().hex()}', 'hex')" if engine == "postgresql" else f"X'{text.encode().hex()}'"
    return f"'{text}'"


def as_read(engine: str, holds: str, text: str | None) -> str | None:
    """What the column gives back: numbers have no zeros before them, and CHAR no spaces after."""
    if text is None:
        return None
    return str(int(text)) if holds == "number" or (holds == "odd" and text.isdigit()) else text


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize(
    "as_of",
    [
        datetime(2026, 7, 1, tzinfo=UTC),
        datetime(2025, 7, 2, 12, tzinfo=UTC),  # soon after a month of 30 days
        datetime(2025, 11, 2, 5, 30, tzinfo=UTC),  # in the hour that New York repeats
        datetime(2024, 12, 31, 4, 59, 59, tzinfo=UTC),  # the last second of a day there
        datetime(2025, 3, 31, 3, 59, 59, 999_999, tzinfo=UTC),  # the last instant of a month but one there
    ],
)
def test_every_format_in_every_type(server: Server, tmp_path: Path, as_of: datetime) -> None:
    cut_off = as_of - timedelta(days=1)
    found = list(columns(server.dialect, cut_off, random.Random(7)))
    url = server.fresh_database("formats")
    statements, tables, rules = [], [], []
    for number, column in enumerate(found):
        declared = TYPES[server.dialect][column.holds]
        statements.append(f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, moment {declared})")
        values = ", ".join(
            f"({key}, {literal(server.dialect, column.holds, text)})" for key, text in enumerate(column.values)
        )
        statements.append(f"INSERT INTO t{number} VALUES {values}")
        tables.append(f"      t{number}: {{subjects: none, clocks: {{moment: {{format: {column.form}}}}}}}\n")
        rules.append(f"  r{number}: {{table: t{number}, keep: 1 day, after: moment, then: report}}\n")
    execute(url, statements)
    inventory = "databases:\n  db:\n    zone: America/New_York\n    tables:\n" + "".join(tables)
    standings = stand(intent_of(tmp_path, url, inventory, "".join(rules)), as_of).standings
    for number, column in enumerate(found):
        shown = {key: as_read(server.dialect, column.holds, text) for key, text in enumerate(column.values)}
        wanted = {key: (text, expected(text, column.form, cut_off)) for key, text in shown.items()}
        given = {key: (shown[key], standing) for key, standing in standings[f"r{number}"].items()}
        assert given == wanted, column


DECLARED = """
databases:
  db:
    zone: UTC
    tables:
      t:
        subjects: none
        clocks:
          ends: {format: yyyymmddhhmmss, expires: true, never: [infinity, ""], undated: ["20010101000000"]}
          month: {format: yyyy-mm, counts from: start}
"""


def test_declared_values_and_starts(server: Server, tmp_path: Path) -> None:
    url = server.fresh_database("formats")
    kind = TYPES[server.dialect]["bytes"]
    ends = ["infinity", "", "20010101000000", "20260630235959", "20260701000000", "20260701000001", None]
    values = ", ".join(f"({key}, {literal(server.dialect, 'bytes', end)}, NULL)" for key, end in enumerate(ends))
    months = ", ".join(
        f"({key}, NULL, '{month}')" for key, month in ((10, "2026-06"), (11, "2026-07"), (12, "2026-05"))
    )
    execute(
        url,
        [
            f"CREATE TABLE t (id INTEGER PRIMARY KEY, ends {kind}, month VARCHAR(9))",
            f"INSERT INTO t VALUES {values}, {months}",
        ],
    )
    rules = "  ends: {table: t, keep: 0 days, after: ends, then: report}\n"
    rules += "  months: {table: t, keep: 1 month, after: month, then: report}\n"
    found = stand(intent_of(tmp_path, url, DECLARED, rules)).standings
    assert [found["ends"][key] for key in range(7)] == [KEPT, KEPT, UNDECIDABLE, DUE, DUE, KEPT, UNDECIDABLE]
    assert [found["months"][key] for key in (10, 11, 12)] == [DUE, KEPT, DUE]


def test_ages_in_days_and_declared_texts_between_spaces(server: Server, tmp_path: Path) -> None:
    url = server.fresh_database("formats")
    days = ["20251231", "20240630", " open ", "n/a", " 00000000"]
    values = ", ".join(f"({key}, '{day}')" for key, day in enumerate(days))
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, day VARCHAR(9))", f"INSERT INTO t VALUES {values}"])
    clock = "{format: yyyymmdd, never: [open], undated: ['00000000']}"
    inventory = f"databases: {{db: {{zone: UTC, tables: {{t: {{subjects: none, clocks: {{day: {clock}}}}}}}}}}}\n"
    rules = "  young: {table: t, where: {day: {younger than: 1 year}}, keep: nothing, then: report}\n"
    rules += "  kept: {table: t, keep: 1 year, after: day, then: report}\n"
    found = stand(intent_of(tmp_path, url, inventory, rules)).standings
    assert list(found["young"].values()) == [DUE, UNCOVERED, UNDECIDABLE, UNDECIDABLE, UNDECIDABLE]
    assert list(found["kept"].values()) == [KEPT, DUE, KEPT, UNDECIDABLE, UNDECIDABLE]


def test_a_number_of_seconds_is_declared_by_whole_numbers(sqlite: Server, tmp_path: Path) -> None:
    url = sqlite.fresh_database("formats")
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER)"])
    clock = "{format: epoch seconds, never: [open]}"
    inventory = f"databases: {{db: {{zone: UTC, tables: {{t: {{subjects: none, clocks: {{at: {clock}}}}}}}}}}}\n"
    intent = intent_of(tmp_path, url, inventory, "  r: {table: t, keep: 1 day, after: at, then: report}\n")
    assert stand(intent).refused == {"r": "`open` cannot stand in the number at"}


def test_the_oldest_record_is_told_by_its_time_not_by_its_letters(sqlite: Server, tmp_path: Path) -> None:
    from wesretain.scan import scan
    from wesretain.survey import Request

    url = sqlite.fresh_database("formats")
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, day TEXT)"])
    execute(url, ["INSERT INTO t VALUES (1, '01-01-2025'), (2, ' 31-12-2019'), (3, '15-06-2024')"])
    inventory = "databases: {db: {zone: UTC, tables: {t: {subjects: none, clocks: {day: {format: dd-mm-yyyy}}}}}}\n"
    intent = intent_of(tmp_path, url, inventory, "  r: {table: t, keep: 1 day, after: day, then: report}\n")
    (plan,) = scan(Request(intent, (), datetime(2026, 7, 1, tzinfo=UTC), pinned=True)).databases
    tally = plan.rules[0].tally
    assert tally is not None
    assert tally.oldest is not None
    assert tally.oldest.clock == datetime(2019, 12, 31, tzinfo=UTC)


def test_a_format_that_the_type_cannot_hold_is_refused(sqlite: Server, tmp_path: Path) -> None:
    url = sqlite.fresh_database("formats")
    execute(url, ["CREATE TABLE t (id INTEGER PRIMARY KEY, day REAL)"])
    inventory = "databases: {db: {zone: UTC, tables: {t: {subjects: none, clocks: {day: {format: yyyy-mm}}}}}}\n"
    intent = intent_of(tmp_path, url, inventory, "  r: {table: t, keep: 1 day, after: day, then: report}\n")
    assert stand(intent).refused == {"r": "t.day is declared `yyyy-mm`, and the database holds float there"}
