"""Links compared to the letter, nested and negated: no optimizer may put one column in the other's place."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from engines.live import clause, fill, opened, write
from wesretain.engines.base import Bool

TEXTS = ("ab", "AB", "ab ", "Ab", "é", "e", "E", "x")
SHAPES = (
    "id int PRIMARY KEY, s int NOT NULL, v varchar(9) NOT NULL",
    "id int NOT NULL, s int NOT NULL, v varchar(9) NOT NULL, PRIMARY KEY (v, s, id)",
)
Row = dict[str, Any]
Test = Callable[[Row], bool]


@pytest.mark.parametrize("shape", SHAPES)
def test_links_hold_wherever_they_stand(engine_url: str, shape: str) -> None:
    chance = random.Random(4)
    rows: dict[str, list[Row]] = {}
    for name in ("a", "b", "c"):
        rows[name] = [{"id": n, "s": chance.randint(1, 2), "v": chance.choice(TEXTS)} for n in range(12)]
        write(engine_url, f"CREATE TABLE {name} ({shape})")
        fill(engine_url, name, rows[name])
    with opened(engine_url) as live:
        found = live.reflect().table(None, "a")
        assert found is not None
        a, b, c = (clause(live, name) for name in ("a", "b", "c"))

        def linked(left: sa.TableClause, right: sa.TableClause) -> Bool:
            parts = (
                live.engine.same(column, left.c[column.name], right.c[column.name]) for column in found.columns[1:]
            )
            return sa.and_(*parts)

        def exists(table: sa.TableClause, *conditions: Bool) -> Bool:
            outer = [each for each in (a, b, c) if each is not table]
            return sa.exists(sa.select(sa.literal_column("1")).select_from(table).where(*conditions).correlate(*outer))

        def pointing(row: Row, name: str) -> list[Row]:
            return [other for other in rows[name] if (other["s"], other["v"]) == (row["s"], row["v"])]

        cases: dict[str, tuple[Bool, Test]] = {
            "linked": (exists(b, linked(a, b)), lambda row: bool(pointing(row, "b"))),
            "filtered": (
                exists(b, linked(a, b), live.engine.exactly(b.c.v, "ab")),
                lambda row: row["v"] == "ab" and bool(pointing(row, "b")),
            ),
            "alike alone": (
                exists(b, live.engine.alike(found.columns[2], a.c.v, b.c.v), sa.not_(linked(a, b)), b.c.v == a.c.v),
                lambda row: any(alike(row, other) and other not in pointing(row, "b") for other in rows["b"]),
            ),
            "nested": (
                exists(b, linked(a, b), exists(c, linked(b, c))),
                lambda row: any(pointing(other, "c") for other in pointing(row, "b")),
            ),
            "not nested": (
                exists(b, linked(a, b), sa.not_(exists(c, linked(b, c)))),
                lambda row: any(not pointing(other, "c") for other in pointing(row, "b")),
            ),
            "closed circle": (
                exists(b, linked(a, b), exists(c, linked(b, c), linked(a, c))),
                lambda row: any(pointing(other, "c") for other in pointing(row, "b")),
            ),
        }

        def alike(one: Row, other: Row) -> bool:
            pair = sa.select(live.engine.alike(found.columns[2], a.c.v, b.c.v)).where(
                a.c.id == one["id"], b.c.id == other["id"]
            )
            return bool(live.rows(pair)[0][0])

        for name, (condition, test) in cases.items():
            inner = sa.select(a.c.id, sa.case((condition, 1), else_=0).label("answer")).subquery()
            for statement, wanted in (
                (sa.select(a.c.id).where(condition), True),
                (sa.select(a.c.id).where(sa.not_(condition)), False),
                (sa.select(inner.c.id).where(inner.c.answer == 1), True),
                (sa.select(a.c.id).where(live.engine.is_true(condition)), True),
            ):
                ids = {row[0] for row in live.rows(statement)}
                assert ids == {row["id"] for row in rows["a"] if test(row) == wanted}, (name, wanted)
