"""The oracle itself, against small worlds whose answers were worked out by hand. Each case cites its clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from standing.oracle import children_of, links_of, standings
from standing.times import NEVER, UNDATED, ClockFacts, Reading, Span, cut_off, read
from standing.world import DATABASE, Value, World, make_rows
from wesretain.model.condition import Age, All, AnyOf, Compare, Has, Is, Not, Operator, Presence
from wesretain.model.hold import Hold, OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope
from wesretain.model.inventory import (
    ClockFormat,
    DatabaseEntry,
    Element,
    Inventory,
    LinkDeclaration,
    TableEntry,
)
from wesretain.model.period import Period, Unit
from wesretain.model.rule import (
    After,
    Category,
    Disposition,
    RedactRow,
    RowFate,
    Rule,
    SetConstant,
    SetNull,
    SetTemplate,
    TableName,
    With,
)
from wesretain.model.schema import Column, ForeignKey, Kind, Table
from wesretain.model.standing import Standing

UNCOVERED, HELD, UNDECIDABLE, LAW, AGREED, KEPT, BLOCKED, DUE = Standing
YEAR, MONTH, DAY = Period(1, Unit.YEARS), Period(1, Unit.MONTHS), Period(1, Unit.DAYS)
SEVEN_YEARS, NO_DAYS = Period(7, Unit.YEARS), Period(0, Unit.DAYS)

AS_OF = datetime(2024, 7, 1, tzinfo=UTC)
OLD = datetime(2020, 1, 1)  # noqa: DTZ001
BOUNDARY = datetime(2023, 7, 1)  # noqa: DTZ001
NEW = datetime(2024, 6, 1)  # noqa: DTZ001
FUTURE = datetime(2030, 1, 1)  # noqa: DTZ001


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
WITH_ENTRIES = {"entries": DELETE}
CODES = (TableEntry(name("notes"), links=(LinkDeclaration("state", "states", ("code",)),)),)
NO_SUBJECTS = tuple(TableEntry(name(t.name), subjects=()) for t in FAMILY)


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
    home: str = "UTC"
    engine: str = "postgresql"


def tickets(**columns: Sequence[Value]) -> dict[str, list[dict[str, Value]]]:
    """Tickets 1, 2, … closed long ago, with these columns."""
    count = len(next(iter(columns.values())))
    closed: dict[str, Value] = {"closed": OLD}
    return {"tickets": [closed | {"id": n + 1} | {name: columns[name][n] for name in columns} for n in range(count)]}


ONE_TICKET = tickets(state=["closed"])
FAMILY_ROWS: dict[str, list[dict[str, Value]]] = {
    "clients": [{"id": 1, "closed": OLD}, {"id": 2, "closed": OLD}],
    "tickets": [
        {"id": 1, "client_id": 1, "closed": OLD},
        {"id": 2, "client_id": 2, "closed": OLD},
        {"id": 3, "closed": OLD},
    ],
    "entries": [{"id": 1, "ticket_id": 1, "closed": OLD}, {"id": 2, "ticket_id": 2, "closed": OLD}],
}

CASES = [
    Case(
        "§4 has run out when clock ≤ cut-off, inclusive; a future clock is kept",
        tickets(closed=[BOUNDARY, BOUNDARY.replace(microsecond=1), OLD, FUTURE]),
        (rule(),),
        {"rule": {1: DUE, 2: KEPT, 3: DUE, 4: KEPT}},
    ),
    Case(
        "§4 where the target month lacks the day, the cut-off is the end of its last day",
        tickets(closed=[datetime(2024, 2, 29, 23, 59, 59, 999999), datetime(2024, 3, 1)]),  # noqa: DTZ001
        (rule(keep=Period(6, Unit.MONTHS)),),
        {"rule": {1: DUE, 2: KEPT}},
        as_of=datetime(2024, 8, 31, 12, tzinfo=UTC),
    ),
    Case(
        "§4 calendar arithmetic runs in the organisation's zone, clocks in their own",
        # 1 July 02:00 in Berlin is the cut-off: midnight in UTC, 20:00 of the day before in New York.
        tickets(closed=[datetime(2023, 6, 30, 20), datetime(2023, 6, 30, 20, 0, 1)]),  # noqa: DTZ001
        (rule(),),
        {"rule": {1: DUE, 2: KEPT}},
        zone="Europe/Berlin",
        home="America/New_York",
    ),
    Case(
        "§4 a clock is the last instant that its value can denote: the second 02:30 of 27 October 2024 is 01:30 UTC",
        tickets(closed=[datetime(2024, 10, 27, 2, 30), datetime(2024, 10, 27, 1, 59)]),  # noqa: DTZ001
        (rule(keep=DAY),),
        {"rule": {1: KEPT, 2: DUE}},
        as_of=datetime(2024, 10, 28, 1, 29, 59, tzinfo=UTC),
        home="Europe/Berlin",
    ),
    Case(
        "0 uncovered comes before held",
        tickets(state=["closed", "open"]),
        (rule(where=state_is("closed")),),
        {"rule": {1: HELD, 2: UNCOVERED}},
        holds=(OnTable(name("tickets")),),
    ),
    Case(
        "0 text is compared to the letter where a rule covers; NULL is unknown",
        tickets(state=["closed", "Closed", "closed ", None]),
        (rule(where=state_is("closed", "gone")),),
        {"rule": {1: DUE, 2: UNCOVERED, 3: UNCOVERED, 4: UNDECIDABLE}},
    ),
    Case(
        "0 near misses keep inside `not`, and are found by `any case`",
        tickets(state=["open", "Open ", "closed", None], name=["x", "Urgent", "urgent!", "URGENT"]),
        (
            rule("not", where=Not(state_is("open"))),
            rule("twice", where=Not(Not(state_is("open")))),
            rule("any", where=Compare(("name",), Operator.ANY_CASE, ("urgent",))),
        ),
        {
            "not": {1: UNCOVERED, 2: UNCOVERED, 3: DUE, 4: UNDECIDABLE},
            "twice": {1: DUE, 2: UNCOVERED, 3: UNCOVERED, 4: UNDECIDABLE},
            "any": {1: UNCOVERED, 2: DUE, 3: UNCOVERED, 4: DUE},
        },
    ),
    Case(
        "0 three-valued and, or; `is` is always known; empty is NULL or ''",
        tickets(state=["", None, " ", "x"], level=[1, 2, None, 4]),
        (
            rule("and", where=All((state_is("x"), Compare(("level",), Operator.AT_LEAST, ("4",))))),
            rule("or", where=AnyOf((state_is("x"), Compare(("level",), Operator.LESS_THAN, ("3",))))),
            rule("empty", where=Is(("state",), Presence.EMPTY)),
            rule("null", where=Not(Is(("state",), Presence.NULL))),
        ),
        {
            "and": {1: UNCOVERED, 2: UNCOVERED, 3: UNCOVERED, 4: DUE},
            "or": {1: DUE, 2: DUE, 3: UNDECIDABLE, 4: DUE},
            "empty": {1: DUE, 2: DUE, 3: UNCOVERED, 4: UNCOVERED},
            "null": {1: DUE, 2: UNCOVERED, 3: DUE, 4: DUE},
        },
    ),
    Case(
        "0 `has no` finds near misses, and the unknown; `has` wants the letter",
        FAMILY_ROWS
        | {
            "entries": [
                {"id": 1, "ticket_id": 1, "state": "Open"},
                {"id": 2, "ticket_id": 2, "state": None},
                {"id": 3, "ticket_id": 3, "state": "shut"},
            ]
        },
        (
            rule("has", then=REPORT, where=Has(("entries",), state_is("open"))),
            rule("has no", then=REPORT, where=Not(Has(("entries",), state_is("open")))),
            rule("none at all", on="clients", then=REPORT, where=Not(Has(("tickets", "entries"), All(())))),
        ),
        {
            "has": {1: UNCOVERED, 2: UNDECIDABLE, 3: UNCOVERED},
            "has no": {1: UNCOVERED, 2: UNDECIDABLE, 3: DUE},
            "none at all": {1: UNCOVERED, 2: UNCOVERED},
        },
    ),
    Case(
        "0 a dotted name follows links; where they find no row it is NULL",
        FAMILY_ROWS | {"clients": [{"id": 1, "state": "gone"}, {"id": 2}]},
        (
            rule("equal", then=REPORT, where=Compare(("client", "state"), Operator.EQUAL, ("gone",))),
            rule("null", then=REPORT, where=Is(("client", "state"), Presence.NULL)),
        ),
        {"equal": {1: DUE, 2: UNDECIDABLE, 3: UNDECIDABLE}, "null": {1: UNCOVERED, 2: DUE, 3: DUE}},
    ),
    Case(
        "0 ages: completed years on the local date; what is in the future or silent is unknown",
        {
            "clients": [
                {"id": 1, "born": date(2011, 7, 2)},  # thirteen tomorrow
                {"id": 2, "born": date(2011, 7, 1)},  # thirteen today
                {"id": 3, "born": date(2025, 1, 1)},
                {"id": 4, "born": None},
                {"id": 5, "born": date(1920, 1, 1)},  # before the floor of other clocks
            ]
        },
        (
            rule("young", on="clients", keep=None, where=Age(("born",), False, Period(13, Unit.YEARS))),
            rule("old", on="clients", keep=None, where=Age(("born",), True, Period(13, Unit.YEARS))),
        ),
        {
            "young": {1: DUE, 2: UNCOVERED, 3: UNDECIDABLE, 4: UNDECIDABLE, 5: UNCOVERED},
            # As a time the day ends at midnight: on the birthday itself it may still be younger.
            "old": {1: UNCOVERED, 2: UNDECIDABLE, 3: UNCOVERED, 4: UNDECIDABLE, 5: DUE},
        },
        entries=(TableEntry(name("clients"), subjects=(), columns=(("born", (Element.DATE_OF_BIRTH,)),)),),
    ),
    Case(
        "0 a redact rule covers a record only while some column differs, NULL being a value too",
        tickets(state=["erased", None, "Erased", "x"], name=["gone-1", "gone-2", "gone-3", None]),
        (
            rule("constant", then=REDACT, columns=(("state", SetConstant("erased")),)),
            rule("null", then=REDACT, columns=(("state", SetNull()),)),
            rule("text", then=REDACT, columns=(("name", SetTemplate("gone-{id}")), ("state", SetConstant("erased")))),
        ),
        {
            "constant": {1: UNCOVERED, 2: DUE, 3: DUE, 4: DUE},
            "null": {1: DUE, 2: UNCOVERED, 3: DUE, 4: DUE},
            "text": {1: UNCOVERED, 2: DUE, 3: DUE, 4: DUE},
        },
    ),
    Case(
        "1 a hold on a record reaches everything below it, and nothing above or beside",
        FAMILY_ROWS,
        (rule(with_=WITH_ENTRIES), rule("above", on="clients", then=REPORT), rule("below", on="entries")),
        {
            "rule": {1: HELD, 2: DUE, 3: DUE},
            "above": {1: DUE, 2: DUE},
            "below": {1: HELD, 2: DUE},
        },
        holds=(OnRecord(name("tickets"), ("1",)),),
    ),
    Case(
        "1 a hold on a person follows `subjects`; a ruled table that declares none at all is held wholly",
        FAMILY_ROWS | {"entries": [{"id": 1, "closed": OLD}]},
        (rule(), rule("clients", on="clients", then=REPORT), rule("undeclared", on="entries")),
        {"rule": {1: DUE, 2: HELD, 3: DUE}, "clients": {1: DUE, 2: HELD}, "undeclared": {1: HELD}},
        holds=(OnSubject(name("clients"), ("2",)),),
        entries=(TableEntry(name("clients"), subjects=(("self",),)), named("client"), TableEntry(name("entries"))),
    ),
    Case(
        "1 a hold by condition starts with the near misses, and takes the unknown along",
        tickets(state=["open", "OPEN ", None, "closed"]),
        (rule(),),
        {"rule": {1: HELD, 2: HELD, 3: HELD, 4: DUE}},
        holds=(OnRecords(name("tickets"), state_is("open"), ""),),
    ),
    Case(
        "1 a hold on a category reaches the tables of it, and those with a rule of it; another database is not held",
        FAMILY_ROWS | {"tickets": [{"id": 1, "closed": OLD}], "entries": []},
        (rule(category=Category.SERVER), rule("clients", on="clients")),
        {"rule": {1: HELD}, "clients": {1: DUE, 2: DUE}},
        holds=(OnCategory(Category.SERVER), OnDatabase("elsewhere"), OnTable(TableName("elsewhere", None, "clients"))),
    ),
    Case(
        "2 undecidable: an undated clock; held comes first, law and agreement after",
        tickets(closed=[None, None, "-infinity", datetime(1970, 1, 1, 23)], until=[None, None, FUTURE, None]),  # noqa: DTZ001
        (rule(law="act", agreed_until=("until",)),),
        {"rule": {1: UNDECIDABLE, 2: HELD, 3: UNDECIDABLE, 4: UNDECIDABLE}},
        holds=(OnRecord(name("tickets"), ("2",)),),
    ),
    Case(
        "2 undecidable: an agreement that cannot be read; of another rule it counts as agreed",
        tickets(until=["-infinity", None]),
        (rule(agreed_until=("until",)), rule("other")),
        {"rule": {1: UNDECIDABLE, 2: DUE}, "other": {1: AGREED, 2: DUE}},
    ),
    Case(
        "3 law: a law that may cover and has not surely run out forbids all other rules, also redaction",
        tickets(state=["paid", "PAID", "open", None], closed=[NEW, NEW, NEW, NEW]),
        (
            rule("law", keep=SEVEN_YEARS, where=state_is("paid"), law="act"),
            rule("delete", keep=DAY),
            rule("redact", keep=DAY, then=REDACT, columns=(("name", SetConstant("x")),)),
        ),
        {
            "law": {1: LAW, 2: UNCOVERED, 3: UNCOVERED, 4: UNDECIDABLE},
            "delete": {1: LAW, 2: LAW, 3: DUE, 4: LAW},
            "redact": {1: LAW, 2: LAW, 3: DUE, 4: LAW},
        },
    ),
    Case(
        "3 law reaches down to the rows that its `with` names, until it has run out",
        FAMILY_ROWS
        | {"tickets": [{"id": 1, "closed": NEW}, {"id": 2, "closed": OLD}, {"id": 3, "closed": None}]}
        | {"entries": [{"id": n, "ticket_id": n, "closed": OLD} for n in (1, 2, 3, 4)]},
        (rule("law", law="act", with_={"entries": DELETE}), rule("entries", on="entries", keep=DAY)),
        {
            "law": {1: LAW, 2: DUE, 3: UNDECIDABLE},
            "entries": {1: LAW, 2: DUE, 3: LAW, 4: DUE},
        },
    ),
    Case(
        "3 `protects` narrows a law to those columns and the row itself",
        tickets(closed=[NEW]),
        (
            rule("law", law="act", protects=("state",)),
            rule("delete", keep=DAY),
            rule("review", keep=DAY, then=REVIEW),
            rule("state", keep=DAY, then=REDACT, columns=(("state", SetConstant("x")),)),
            rule("name", keep=DAY, then=REDACT, columns=(("name", SetConstant("x")),)),
            rule("report", keep=DAY, then=REPORT),
        ),
        {"delete": {1: LAW}, "review": {1: LAW}, "state": {1: LAW}, "name": {1: DUE}, "report": {1: DUE}},
    ),
    Case(
        "4 agreed: later than as_of, or never; NULL is none, and as_of itself is over",
        tickets(until=[FUTURE, datetime(2024, 7, 1), None, OLD, "infinity"]),  # noqa: DTZ001
        (rule(agreed_until=("until",)), rule("other")),
        {
            "rule": {1: AGREED, 2: DUE, 3: DUE, 4: DUE, 5: AGREED},
            "other": {1: AGREED, 2: DUE, 3: DUE, 4: DUE, 5: AGREED},
        },
    ),
    Case(
        "4 a report's agreement binds the report alone",
        tickets(until=[FUTURE]),
        (rule(), rule("report", then=REPORT, agreed_until=("until",))),
        {"rule": {1: DUE}, "report": {1: AGREED}},
    ),
    Case(
        "5 the longest wins among rules that remove; redact and report have no peers, and shield nothing",
        tickets(closed=[NEW, OLD]),
        (
            rule("short", keep=DAY),
            rule("long", keep=YEAR, then=REVIEW),
            rule("redact", keep=DAY, then=REDACT, columns=(("name", SetConstant("x")),)),
            rule("report", keep=Period(9, Unit.YEARS), then=REPORT),
        ),
        {
            "short": {1: KEPT, 2: DUE},
            "long": {1: KEPT, 2: DUE},
            "redact": {1: DUE, 2: DUE},
            "report": {1: KEPT, 2: KEPT},
        },
    ),
    Case(
        "5 overrides strike a longer rule where the overriding one surely covers and is decided",
        tickets(closed=[NEW, NEW, NEW], state=["child", "Child", None], until=[OLD, OLD, OLD]),
        (
            rule("long"),
            rule("children", keep=None, where=state_is("child"), overrides=("long",)),
            rule("late", keep=YEAR, after=("until",), where=state_is("none of them"), overrides=("long",)),
        ),
        {
            "long": {1: KEPT, 2: KEPT, 3: KEPT},
            "children": {1: DUE, 2: UNCOVERED, 3: UNDECIDABLE},
        },
    ),
    Case(
        "5 what overrides strikes no peer where it covers only perhaps, or is undecided",
        tickets(closed=[NEW] * 4, state=["child", None, "Child", "child"], until=[OLD, OLD, OLD, None]),
        (
            rule("short", keep=DAY),
            rule("long"),
            rule("children", then=REPORT, after=("until",), where=state_is("child"), overrides=("long",)),
        ),
        {
            "short": {1: DUE, 2: KEPT, 3: KEPT, 4: KEPT},
            "children": {1: DUE, 2: UNDECIDABLE, 3: UNCOVERED, 4: UNDECIDABLE},
        },
    ),
    Case(
        "5 a rule is kept while one that overrides it may cover and has not run out, even where it has itself",
        tickets(closed=[NEW, NEW, OLD], state=["vip", "VIP", "vip"]),
        (rule("short", keep=DAY), rule("vip", keep=YEAR, where=state_is("vip"), overrides=("short",))),
        {"short": {1: KEPT, 2: KEPT, 3: DUE}, "vip": {1: KEPT, 2: UNCOVERED, 3: DUE}},
    ),
    Case(
        "5 an agreement that still runs means not run out; `keep: nothing` has run out otherwise; 0 days once expired",
        tickets(until=[FUTURE, None, OLD], closed=[OLD, NEW, AS_OF.replace(tzinfo=None)], state=["x", "x", "x"]),
        (
            rule("nothing", keep=None, where=state_is("x"), agreed_until=("until",)),
            rule("expired", keep=NO_DAYS),
        ),
        {"nothing": {1: AGREED, 2: DUE, 3: DUE}, "expired": {1: AGREED, 2: DUE, 3: DUE}},
    ),
    Case(
        "6 blocked by a row below that is not named; by a named one that is held; not by one that its own rule keeps",
        FAMILY_ROWS | {"entries": [{"id": 1, "ticket_id": 1, "closed": NEW}, {"id": 2, "ticket_id": 2, "closed": NEW}]},
        (rule("unnamed"), rule("named", with_=WITH_ENTRIES), rule("entries", on="entries")),
        {
            "unnamed": {1: BLOCKED, 2: BLOCKED, 3: DUE},
            "named": {1: DUE, 2: BLOCKED, 3: DUE},
            "entries": {1: KEPT, 2: HELD},
        },
        holds=(OnRecord(name("entries"), ("2",)),),
    ),
    Case(
        "6 recursively below rows that go; a kept, unlinked or redacted row leaves nothing below it behind",
        FAMILY_ROWS,
        (
            rule("goes", on="clients", with_={"tickets": DELETE}),
            rule("all go", on="clients", with_={"tickets": DELETE, "tickets.entries": DELETE}),
            rule("stays", on="clients", with_={"tickets": KEEP}),
            rule("loses", on="clients", with_={"tickets": RedactRow((("name", SetNull()),))}),
        ),
        {
            "goes": {1: BLOCKED, 2: BLOCKED},
            "all go": {1: DUE, 2: DUE},
            "stays": {1: DUE, 2: DUE},
            "loses": {1: DUE, 2: DUE},
        },
    ),
    Case(
        "6 blocked by a named row under law or agreed; a law on other columns does not forbid to unlink",
        FAMILY_ROWS
        | {"entries": [{"id": 1, "ticket_id": 1, "until": FUTURE}, {"id": 2, "ticket_id": 2, "closed": NEW}]},
        (
            rule("delete", with_=WITH_ENTRIES),
            rule("unlink", with_={"entries": UNLINK}),
            rule("keep", with_={"entries": KEEP}),
            rule("agreement", on="entries", keep=None, where=Is(("until",), Presence.PRESENT), agreed_until=("until",)),
            rule("act", on="entries", law="act", protects=("name",), where=Is(("closed",), Presence.PRESENT)),
        ),
        {
            "delete": {1: BLOCKED, 2: BLOCKED, 3: DUE},
            "unlink": {1: BLOCKED, 2: DUE, 3: DUE},
            "keep": {1: BLOCKED, 2: DUE, 3: DUE},
        },
    ),
    Case(
        "6 to unlink a row changes its foreign key, which a law on that column forbids",
        FAMILY_ROWS | {"entries": [{"id": 1, "ticket_id": 1, "closed": NEW}, {"id": 2, "ticket_id": 2, "closed": OLD}]},
        (rule("unlink", with_={"entries": UNLINK}), rule("act", on="entries", law="act", protects=("ticket_id",))),
        {"unlink": {1: BLOCKED, 2: DUE, 3: DUE}},
    ),
    Case(
        "6 a redact rule looks at the paths that it names only",
        FAMILY_ROWS,
        (
            rule("alone", then=REDACT, columns=(("name", SetConstant("x")),)),
            rule("with", then=REDACT, columns=(("name", SetConstant("x")),), with_=WITH_ENTRIES),
        ),
        {"alone": {1: DUE, 2: DUE, 3: DUE}, "with": {1: BLOCKED, 2: DUE, 3: DUE}},
        holds=(OnRecord(name("entries"), ("1",)),),
    ),
    Case(
        "6 a row that already goes by another path blocks nothing (diamond); one that does not go does",
        {
            "customers": [{"id": 1, "closed": OLD}, {"id": 2, "closed": OLD}],
            "rentals": [{"id": 1, "customer_id": 1}],
            "payments": [{"id": 1, "rental_id": 1, "customer_id": 1}, {"id": 2, "rental_id": None, "customer_id": 2}],
        },
        (rule(on="customers", with_={"rentals": DELETE, "rentals.payments": DELETE}),),
        {"rule": {1: DUE, 2: BLOCKED}},
        tables=(
            table("customers"),
            table("rentals", links={"customer_id": "customers"}),
            table("payments", links={"rental_id": "rentals", "customer_id": "customers"}),
        ),
        entries=(),
    ),
    Case(
        "6 a named link forward blocks where its row is held",
        {
            "files": [{"id": 1}, {"id": 2}],
            "notes": [{"id": 1, "file_id": 1, "closed": OLD}, {"id": 2, "file_id": 2, "closed": OLD}],
        },
        (rule(on="notes", with_={"file": RowFate.DELETE_IF_UNSHARED}), rule("no line", on="notes")),
        {"rule": {1: DUE, 2: HELD}, "no line": {1: DUE, 2: HELD}},
        holds=(OnRecord(name("files"), ("2",)),),  # which reaches the note as well: it lies below its file
        tables=(table("files"), table("notes", links={"file_id": "files"})),
        entries=(),
    ),
    Case(
        "6 a comment tree: a row that goes may point at itself; answers two levels down are not named",
        {
            "comments": [
                {"id": 1, "parent_id": 1, "closed": OLD},
                {"id": 2, "parent_id": None, "closed": OLD},
                {"id": 3, "parent_id": 2, "closed": NEW},
                {"id": 4, "parent_id": None, "closed": OLD},
                {"id": 5, "parent_id": 4, "closed": OLD},
                {"id": 6, "parent_id": 5, "closed": OLD},
            ]
        },
        (rule(on="comments", with_={"comments": DELETE}),),
        {"rule": {1: DUE, 2: DUE, 3: KEPT, 4: BLOCKED, 5: DUE, 6: DUE}},
        tables=(table("comments", links={"parent_id": "comments"}),),
        entries=(),
    ),
    Case(
        "§3 links: `nobody`, `when`; a row that only perhaps is below is held, and blocks, but does not count as named",
        {
            "tickets": [{"id": n, "closed": OLD} for n in (0, 1, 2, 3)],
            "threads": [
                {"id": 1, "object_id": 0, "kind": "T"},  # nobody
                {"id": 2, "object_id": 1, "kind": "T"},
                {"id": 3, "object_id": 2, "kind": "t"},  # a near miss
                {"id": 4, "object_id": 3, "kind": "A"},  # another table's
            ],
        },
        (
            rule(with_={"threads": DELETE}),
            rule("threads", on="threads", keep=None, where=Is(("id",), Presence.PRESENT)),
        ),
        {
            "rule": {0: DUE, 1: DUE, 2: BLOCKED, 3: DUE},
            "threads": {1: DUE, 2: DUE, 3: DUE, 4: DUE},
        },
        tables=(table("tickets"), table("threads", "kind", "object_id")),
        entries=(
            TableEntry(
                name("threads"),
                subjects=(),
                links=(
                    LinkDeclaration(
                        "ticket",
                        "tickets",
                        ("object_id",),
                        nobody=("0",),
                        when=Compare(("kind",), Operator.EQUAL, ("T",)),
                    ),
                ),
            ),
        ),
    ),
    Case(
        "§3 a clock over a link, and the newest of several rows: undecidable where there is none or one is unreadable",
        {
            "clients": [{"id": 1, "closed": OLD}, {"id": 2, "closed": OLD}, {"id": 3}, {"id": 4}],
            "tickets": [
                {"id": 1, "client_id": 1, "closed": OLD},
                {"id": 2, "client_id": 1, "closed": NEW},
                {"id": 3, "client_id": 2, "closed": OLD},
                {"id": 4, "client_id": 3, "closed": OLD},
                {"id": 5, "client_id": 3, "closed": None},
            ],
        },
        (
            rule("silent", on="clients", then=REPORT, after=After((("tickets", "closed"),), newest=True)),
            rule("linked", after=("client", "closed"), then=REPORT),
        ),
        {
            "silent": {1: KEPT, 2: DUE, 3: UNDECIDABLE, 4: UNDECIDABLE},
            "linked": {1: DUE, 2: DUE, 3: DUE, 4: UNDECIDABLE, 5: UNDECIDABLE},
        },
    ),
    Case(
        "§4 holds over-match text keys; foreign keys are read as the engine reads them: to the letter",
        {
            "states": [{"code": "a", "closed": OLD}, {"code": "A ", "closed": OLD}, {"code": "b", "closed": OLD}],
            "notes": [{"id": 1, "code": "B", "closed": OLD}, {"id": 2, "code": "a", "closed": OLD}],
        },
        (rule(on="states"), rule("notes", on="notes")),
        {"rule": {"a": HELD, "A ": HELD, "b": DUE}, "notes": {1: DUE, 2: HELD}},
        holds=(OnRecord(name("states"), (" A",)),),
        tables=(table("states", "code", key=("code",)), table("notes", "code")),
        entries=CODES,
    ),
    Case(
        "§4 … and in MariaDB without regard to case and trailing spaces, yet a near miss is not named",
        {"states": [{"code": "b", "closed": OLD}], "notes": [{"id": 1, "code": "B ", "closed": OLD}]},
        (rule(on="states", with_={"notes": DELETE}),),
        {"rule": {"b": BLOCKED}},
        tables=(table("states", "code", key=("code",)), table("notes", "code")),
        entries=CODES,
        engine="mariadb",
    ),
]


def world_of(case: Case) -> World:
    return World(
        engine=case.engine,
        tables=case.tables,
        rows=make_rows(case.tables, case.rows),
        inventory=Inventory((DatabaseEntry(DATABASE, zone=case.home, tables=case.entries),)),
        rules=case.rules,
        holds=tuple(map(hold, case.holds)),
        as_of=case.as_of,
        zone=ZoneInfo(case.zone),
    )


@pytest.mark.parametrize("case", CASES, ids=[case.clause for case in CASES])
def test_where_rows_stand(case: Case) -> None:
    found = standings(world_of(case))
    expected = {
        (each.name, each.table.name, (str(key),)): standing
        for each in case.rules
        for key, standing in case.expected.get(each.name, {}).items()
    }
    assert {key: found[key] for key in expected} == expected
    assert len([key for key in found if key[0] in case.expected]) == len(expected)


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
    world = world_of(Case("", {}, (), {}, tables=(accounts, moves), entries=(entry,)))
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
