"""Many databases with one inventory and one policy: how they are found, and that each stands for itself."""

from __future__ import annotations

from cli.houses import TIME, House, described, kind_of
from engines.live import write

RULES = "  old: {table: shops.orders, keep: 1 year, after: at, then: delete, may empty the table: true}\n"
TABLES = described(
    "people: {category: personal, subjects: self}",
    "orders: {subjects: owner, links: {owner: {to: people, by: person}}}",
)
LONG_AGO, RECENT = "2020-01-01 00:00:00", "2026-06-30 00:00:00"


def a_shop(url: str, old: int, recent: int = 1) -> None:
    """A shop with so many old orders and so many recent ones, all of person 1."""
    times = [LONG_AGO] * old + [RECENT] * recent
    rows = ", ".join(f"({number}, 1, '{time}')" for number, time in enumerate(times, 1))
    write(
        url,
        "CREATE TABLE people (id integer PRIMARY KEY)",
        f"CREATE TABLE orders (id integer PRIMARY KEY, person integer REFERENCES people (id), at {TIME[kind_of(url)]})",
        "INSERT INTO people VALUES (1)",
        *([f"INSERT INTO orders VALUES {rows}"] if times else []),
    )


def files_of(house: House, shops: dict[str, int], **more: str) -> None:
    """A family of SQLite files, one a shop, with so many old orders each."""
    (house.folder / "data").mkdir(exist_ok=True)
    for name, old in shops.items():
        path = house.folder / "data" / f"{name}.db"
        path.touch()
        a_shop(f"sqlite:///{path}", old)
    house.furnish(RULES, TABLES, shops='{discover: {files: "data/*.db"}}', **more)


def due(house: House, *arguments: str) -> dict[str, int]:
    """How many orders are due in each database."""
    found = house.scan(*arguments).json["databases"]
    return {each["database"]: each["rules"][0]["tally"]["due"] for each in found}


def test_files_that_fit_a_pattern_are_scanned_each_by_itself(house: House) -> None:
    files_of(house, {"a": 1, "b": 2, "c": 0})

    assert due(house) == {"shops/a": 1, "shops/b": 2, "shops/c": 0}
