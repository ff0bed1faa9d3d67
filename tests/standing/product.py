"""The product's own answers for a world: from its SQL, from its plain Python, and from its counting statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa

from standing.world import DATABASE, World
from wesretain.engines.base import Live
from wesretain.explain import LiveReader
from wesretain.model.config import Config, DatabaseConfig, Intent, Literal
from wesretain.model.members import Raw
from wesretain.model.plan import Plan
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.standing import Standing
from wesretain.scan import scan
from wesretain.standing.decide import Row, standing
from wesretain.survey import Request, Survey, opened, survey_of

Standings = dict[tuple[str, str, tuple[str, ...]], Standing]


def request_of(world: World, url: str, as_of: datetime | None = None) -> Request:
    nowhere = Path("/nowhere")
    config = Config(
        organisation="Test",
        zone=world.zone,
        inventory=nowhere,
        policies=nowhere,
        ledger=nowhere,
        entries=(DatabaseConfig(DATABASE, Literal(url)),),
    )
    return Request(Intent(config, world.inventory, world.rules), world.holds, as_of or world.as_of, pinned=True)


@contextmanager
def surveyed(world: World, url: str) -> Iterator[tuple[Live, Survey]]:
    request = request_of(world, url)
    with opened(request, DATABASE) as live:
        survey = survey_of(request, live, DATABASE)
        assert not survey.ruling.refused, [(rule.name, refusal.message) for rule, refusal in survey.ruling.refused]
        yield live, survey


def sql_standings(world: World, url: str) -> Standings:
    """Every record's standing under every rule, as the SQL of the world's engine gives it."""
    found: Standings = {}
    with surveyed(world, url) as (live, survey):
        for table, rules in survey.counted:
            for rule in rules:
                row = survey.translator.row_of(table)
                keys = [row.c[name] for name in table.key]
                query = sa.select(*keys, survey.translator.standing(rule.levels, row))
                for *key, number in live.rows(query):
                    found[rule.bound.rule.name, table.name, tuple(map(str, key))] = Standing(number)
    return found


def decided_standings(world: World, url: str) -> Standings:
    """The same as plain Python decides it, from the rows that the engine gives."""
    found: Standings = {}
    with surveyed(world, url) as (live, survey):
        memory = Memory.of(live, survey)
        for table, rules in survey.counted:
            for rule in rules:
                for row in memory.rows[table.name]:
                    key = tuple(str(row[name]) for name in table.key)
                    found[rule.bound.rule.name, table.name, key] = standing(rule.levels, row, memory)
    return found


def counted(world: World, url: str) -> dict[str, tuple[int, ...]]:
    """How many records stand where under each rule, as a scan tallies them."""
    plan: Plan = scan(request_of(world, url))
    assert not plan.failures, plan.failures
    rules = plan.databases[0].rules if plan.databases else ()
    assert all(rule.tally for rule in rules), [rule.refused for rule in rules]
    return {rule.rule.name: rule.tally.counts for rule in rules if rule.tally}


@dataclass(frozen=True)
class Memory:
    """All rows of a small database, as a reader finds them."""

    rows: dict[str, list[Row]]
    blind: bool  # MariaDB's foreign keys do not tell `a` from `A`

    @classmethod
    def of(cls, live: Live, survey: Survey) -> Memory:
        reader = LiveReader(live, survey)
        tables = survey.catalogue.schema
        return cls({table.name: reader.rows(table) for table in tables}, live.engine.name == "MariaDB")

    def related(self, table: Table, columns: tuple[Column, ...], values: tuple[Raw, ...]) -> Iterable[Row]:
        for row in self.rows[table.name]:
            if all(self._equal(column, row[column.name], value) for column, value in zip(columns, values, strict=True)):
                yield row

    def _equal(self, column: Column, left: Raw, right: Raw) -> bool:
        if left is None or right is None:
            return False
        if {type(left), type(value := right)} <= {str, int, float} and isinstance(left, str) != isinstance(value, str):
            text, number = (left, value) if isinstance(left, str) else (value, left)
            found = re.fullmatch(r"([+-]?[0-9]+)(\.0*)?", str(text).strip(" \t\n\v\f\r"))
            return found is not None and Decimal(found[1]) == Decimal(str(number))
        if self.blind and column.kind is Kind.TEXT:
            return str(left).rstrip(" ").casefold() == str(right).rstrip(" ").casefold()
        return left == right
