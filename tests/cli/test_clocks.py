"""What `doctor` says of the clocks from which rules run."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cli.houses import TIME, House
from databases import Server
from engines.live import write

INVENTORY = """\
    tables:
      logs:
        category: personal
        subjects: none
        columns: {id: none, at: none, epoch: none, day: none, day_gmt: none, ends: none}
        clocks:
          at: {format: iso, undated: "-", never: [forever]}
          epoch: {format: epoch seconds}
          ends: {expires: true}
"""
RULES = """\
  at: {table: shop.logs, keep: 90 days, after: at, then: report}
  epoch: {table: shop.logs, keep: 90 days, after: epoch, then: report}
  day: {table: shop.logs, keep: 90 days, after: day, then: report}
  ends: {table: shop.logs, keep: 0 days, after: ends, then: report}
"""
#: What stands in `at`, `epoch`, `day` and `ends` of each row.
ROWS = (
    ("2026-01-01 10:00:00", 1_767_261_600, "2026-01-01 10:00:00", "2026-01-01 10:00:00"),
    ("2026-01-02 10:00:00", 1_767_348_000, "2026-01-02 10:00:00", "2199-01-02 10:00:00"),
    ("31-12-2025", 0, "1980-06-01 00:00:00", None),
    ("30-12-2025", None, None, None),
    ("-", 4_900_000_000, "2199-01-01 00:00:00", None),
    ("forever", 1_767_348_000, "9999-12-31 00:00:00", "9999-12-31 00:00:00"),
    (None, 1_767_348_000, "2026-01-02 10:00:00", None),
    ("2199-01-01", 1_767_348_000, "2026-01-02 10:00:00", None),
)


@pytest.fixture
def shop(house: House, engine_url: str) -> House:
    return furnish(house, engine_url)


@pytest.fixture
def one_shop(house: House, sqlite: Server) -> House:
    return furnish(house, sqlite.fresh_database("shop"))


def furnish(house: House, url: str) -> House:
    time = TIME[sa.make_url(url).get_backend_name()]
    rows = ", ".join(
        f"({n}, {', '.join(map(sql, (at, epoch, day, day, ends)))})" for n, (at, epoch, day, ends) in enumerate(ROWS)
    )
    write(
        url,
        "CREATE TABLE logs (id integer PRIMARY KEY, at varchar(30), epoch bigint,"
        f" day {time} NULL, day_gmt {time} NULL, ends {time} NULL)",
        f"INSERT INTO logs VALUES {rows}",
    )
    return house.furnish(RULES, INVENTORY, shop=url)


def sql(value: object) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def test_the_list(shop: House) -> None:
    """Each record of a clock counts once at most; what is declared is not told again."""
    answer = shop.call("doctor", "--clocks", "--format", "json")
    assert answer.code == 0, answer.err
    keys = ("records", "null", "unreadable", "never", "ahead", "before_1990")
    assert {each["column"]: tuple(each[key] for key in keys) for each in answer.json["clocks"]} == {
        # `-` is declared to say nothing, and counts as unreadable all the same: nobody can read a time in it.
        "at": (8, 1, 3, 1, 1, 0),
        "epoch": (8, 1, 1, 0, 1, 0),
        "day": (8, 1, 0, 1, 1, 1),
        "ends": (8, 5, 0, 1, 1, 0),
    }


def test_what_is_complained_of(shop: House) -> None:
    found = shop.call("doctor", "--format", "json").json["complaints"]
    told = {
        (each["about"], each["message"].split(",")[0]): each["mend"]
        for each in found
        if each["about"].startswith("logs.")
    }
    assert set(told) == {
        ("logs.at", "3 of 8 records hold something that is no time"),
        ("logs.at", "1 of 8 records lie in the future"),
        ("logs.epoch", "1 of 8 records hold something that is no time"),
        ("logs.epoch", "1 of 8 records lie in the future"),
        ("logs.day", "1 of 8 records lie in the future"),
        ("logs.day", "1 of 8 records lie before 1990"),
        ("logs.day", "it is read in UTC"),
    }
    assert "`at: {format: dd-mm-yyyy}`" in told["logs.at", "3 of 8 records hold something that is no time"]
    assert "`day_gmt`" in told["logs.day", "it is read in UTC"]


def test_a_clock_whose_name_says_utc(one_shop: House) -> None:
    for name in ("inventory.yaml", "policy.yaml"):
        path = one_shop.folder / name
        path.write_text(
            path.read_text().replace("zone: UTC", "zone: Asia/Kuala_Lumpur").replace("after: day", "after: day_gmt")
        )
    found = one_shop.call("doctor", "--format", "json").json["complaints"]
    told = {each["message"]: each["mend"] for each in found if each["about"] == "logs.day_gmt"}
    assert told["its name says UTC, and it is read in Asia/Kuala_Lumpur"] == "declare it: `day_gmt: {zone: UTC}`"
