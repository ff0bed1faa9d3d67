"""A clause of the design as a small world whose answers were worked out by hand, and the words to build such worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from standing.world import DATABASE, TIMES, Value, World, make_rows
from wesretain.model.condition import Compare, Operator
from wesretain.model.hold import Hold, Scope
from wesretain.model.inventory import DatabaseEntry, Inventory, TableEntry
from wesretain.model.period import Period, Unit
from wesretain.model.rule import After, Category, Disposition, RowFate, Rule, TableName, With
from wesretain.model.schema import Column, ForeignKey, Kind, Table
from wesretain.model.standing import Standing

UNCOVERED, HELD, UNDECIDABLE, LAW, AGREED, KEPT, BLOCKED, DUE = Standing
YEAR, DAY = Period(1, Unit.YEARS), Period(1, Unit.DAYS)
SEVEN_YEARS, NO_DAYS = Period(7, Unit.YEARS), Period(0, Unit.DAYS)

AS_OF = datetime(2024, 7, 1, tzinfo=UTC)
OLD = datetime(2020, 1, 1)  # noqa: DTZ001
BOUNDARY = datetime(2023, 7, 1)  # noqa: DTZ001
NEW = datetime(2024, 6, 1)  # noqa: DTZ001
FUTURE = datetime(2030, 1, 1)  # noqa: DTZ001

ENGINES = ("sqlite", "postgresql", "mariadb")
#: How each engine declares the columns of these worlds.
DECLARED = {
    "sqlite": {
        Kind.INTEGER: "INTEGER",
        Kind.DECIMAL: "DECIMAL(20, 6)",
        Kind.TEXT: "TEXT",
        Kind.LOCAL_TIME: "DATETIME",
        Kind.DATE: "DATE",
    },
    "postgresql": {
        Kind.INTEGER: "BIGINT",
        Kind.DECIMAL: "NUMERIC(20, 6)",
        Kind.TEXT: "TEXT",
        Kind.LOCAL_TIME: "TIMESTAMP",
        Kind.DATE: "DATE",
        Kind.INSTANT: "TIMESTAMPTZ",
    },
    "mariadb": {
        Kind.INTEGER: "BIGINT",
        Kind.DECIMAL: "DECIMAL(20, 6)",
        Kind.TEXT: "VARCHAR(60)",
        Kind.LOCAL_TIME: "DATETIME(6)",
        Kind.DATE: "DATE",
        Kind.INSTANT: "TIMESTAMP(6)",
    },
}
#: What stands for PostgreSQL's infinities where there are none.
ENDLESS: dict[str, dict[Value, Value]] = {
    "sqlite": {"infinity": "9999-12-31 00:00:00", "-infinity": "0001-01-01 00:00:00"},
    "postgresql": {},
    "mariadb": {"infinity": datetime(9999, 12, 31), "-infinity": "0000-00-00 00:00:00"},  # noqa: DTZ001
}


def name(table: str) -> TableName:
    return TableName(DATABASE, None, table)


def table(name: str, *columns: str, key: Sequence[str] = ("id",), links: Mapping[str, str] | None = None) -> Table:
    """A table with an integer key, and the columns that most cases want; a column's name says its kind."""
    kinds = {"closed": Kind.LOCAL_TIME, "until": Kind.LOCAL_TIME, "born": Kind.DATE, "level": Kind.INTEGER}
    links = links or {}
    names = [*key, *links, "state", "closed", *columns]
    keys = tuple(ForeignKey((column,), None, target, ("id",)) for column, target in links.items())
    texts = [column for column in names if column not in kinds and not column.lower().endswith("id")]
    return Table(
        schema=None,
        name=name,
        columns=tuple(Column(n, Kind.TEXT if n in texts else kinds.get(n, Kind.INTEGER)) for n in dict.fromkeys(names)),
        key=tuple(key),
        foreign_keys=keys,
    )


FAMILY = (
    table("clients", "born", "until"),
    table("tickets", "until", "level", "name", links={"client_id": "clients"}),
    table("entries", "until", "name", links={"ticket_id": "tickets"}),
)
NO_SUBJECTS = tuple(TableEntry(name(t.name), subjects=()) for t in FAMILY)


def rule(name_: str = "rule", on: str = "tickets", keep: Period | None = YEAR, **more: Any) -> Rule:
    """A rule that deletes tickets a year after they were closed, unless it says otherwise."""
    after = more.pop("after", ("closed",) if keep else None)
    lines = more.pop("with_", {})
    facts: dict[str, Any] = {"then": Disposition.DELETE, "category": Category.PERSONAL, "purpose": "p", "basis": "b"}
    facts["after"] = After((after,)) if isinstance(after, tuple) else after
    facts["with_"] = tuple(With(tuple(path.split(".")), fate) for path, fate in lines.items())
    return Rule(name=name_, title=name_, table=name(on), keep=keep, **(facts | more))


def hold(scope: Scope) -> Hold:
    return Hold(1, "matter", "reason", scope, AS_OF)


def state_is(*words: str) -> Compare:
    return Compare(("state",), Operator.EQUAL, words)


def named(*path: str) -> TableEntry:
    """Tickets whose subjects are found over a path; none at all is `subjects: none`."""
    return TableEntry(name("tickets"), subjects=(tuple(path),) if path else ())


REDACT, REPORT, REVIEW = Disposition.REDACT, Disposition.REPORT, Disposition.HOLD
DELETE, KEEP, UNLINK = RowFate.DELETE, RowFate.KEEP, RowFate.UNLINK


@dataclass
class Case:
    """A clause, a world, and where the rows of one table stand under its rules: rule → {key: standing}."""

    clause: str
    rows: dict[str, list[dict[str, Value]]]
    rules: tuple[Rule, ...]
    expected: dict[str, dict[int | str, Standing]]
    holds: tuple[Scope, ...] = ()
    entries: tuple[TableEntry, ...] = NO_SUBJECTS
    tables: tuple[Table, ...] = FAMILY
    as_of: datetime = AS_OF
    zone: str = "UTC"
    home: str | None = "UTC"
    engines: tuple[str, ...] = ENGINES

    @property
    def standings(self) -> dict[tuple[str, str, tuple[str, ...]], Standing]:
        """What is expected, as a world's standings are told."""
        return {
            (each.name, each.table.name, (str(key),)): standing
            for each in self.rules
            for key, standing in self.expected.get(each.name, {}).items()
        }


def world_of(case: Case, engine: str) -> World:
    """The case as one engine holds it."""
    tables = tuple(_declared(each, engine) for each in case.tables)
    contents = {
        each.name: [
            {n: _stored(value, each.column(n), engine) for n, value in row.items()}
            for row in case.rows.get(each.name, ())
        ]
        for each in tables
    }
    return World(
        engine=engine,
        tables=tables,
        rows=make_rows(tables, contents),
        inventory=Inventory((DatabaseEntry(DATABASE, zone=case.home, tables=case.entries),)),
        rules=case.rules,
        holds=tuple(map(hold, case.holds)),
        as_of=case.as_of,
        zone=ZoneInfo(case.zone),
    )


def _declared(table: Table, engine: str) -> Table:
    columns = [
        replace(
            column,
            declared=DECLARED[engine][column.kind],
            stored_as_text=engine == "sqlite" and column.kind in TIMES,
            nullable=column.name not in table.key,
        )
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns))


def _stored(value: Value, column: Column | None, engine: str) -> Value:
    """A value as the engine holds it: SQLite's dates and times are texts."""
    if column is not None and column.kind is Kind.LOCAL_TIME:
        value = ENDLESS[engine].get(value, value)
    if engine != "sqlite" or not isinstance(value, date):
        return value
    return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()


def tickets(**columns: Sequence[Value]) -> dict[str, list[dict[str, Value]]]:
    """Tickets 1, 2, … closed long ago, with these columns."""
    count = len(next(iter(columns.values())))
    closed: dict[str, Value] = {"closed": OLD}
    return {"tickets": [closed | {"id": n + 1} | {name: columns[name][n] for name in columns} for n in range(count)]}
