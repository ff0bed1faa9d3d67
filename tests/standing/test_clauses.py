"""Each clause of standing in a world worked out by hand, as the product's SQL and its plain Python decide it.

`make mutants` breaks the product clause by clause, and this file notices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from databases import Server
from standing.case import (
    AGREED,
    AS_OF,
    BLOCKED,
    DAY,
    DELETE,
    DUE,
    ENGINES,
    FUTURE,
    HELD,
    KEPT,
    LAW,
    NEW,
    NO_DAYS,
    OLD,
    REDACT,
    UNCOVERED,
    UNDECIDABLE,
    Case,
    hold,
    name,
    rule,
    state_is,
    tickets,
    world_of,
)
from standing.clauses import CLAUSES, CODES, FAMILY_ROWS
from standing.product import decided_standings, request_of, sql_standings
from standing.readings import READINGS, readings
from standing.world import World, load
from wesretain.model.condition import Compare, Operator
from wesretain.model.hold import OnRecord, OnRecords, OnTable
from wesretain.model.inventory import Clock, ClockFormat, TableEntry
from wesretain.model.rule import Category, MaskIp, Rule, SetHash
from wesretain.model.schema import Kind
from wesretain.model.standing import Standing
from wesretain.scan import scan, statements
from wesretain.survey import Request, Selection

ADDRESSES = ["192.0.2.7", "192.0.0.0", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "::1", "::", "", None, "unknown"]
UNKNOWN_TO_THE_ORACLE = (
    readings(
        "§3 PostgreSQL's NaN, which it orders above every number, lets nothing go",
        Kind.DECIMAL,
        ((Decimal("NaN"),), KEPT),
        clock=Clock("at", format=ClockFormat.EPOCH_SECONDS),
        engines=("postgresql",),
    ),
    Case(
        "0 an address covers until its second half is blank; what is none cannot be decided",
        tickets(name=ADDRESSES),
        (rule(then=REDACT, columns=(("name", MaskIp()),)),),
        {"rule": dict(enumerate((DUE, UNCOVERED) * 3 + (UNCOVERED, UNCOVERED, UNDECIDABLE), 1))},
    ),
    Case(
        "0 a text covers until it is hashed",
        tickets(name=["x", "wesretain:0a1b", "Wesretain:0a1b", None]),
        (rule(then=REDACT, columns=(("name", SetHash("key")),)),),
        {"rule": {1: DUE, 2: UNCOVERED, 3: DUE, 4: UNCOVERED}},
    ),
)


@pytest.fixture(scope="module")
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One database on an engine for all cases: each empties it first."""
    if request.param == "sqlite":
        server = Server("sqlite", f"sqlite:///{tmp_path_factory.mktemp('clauses')}")
    else:
        server = Server(request.param, request.getfixturevalue("server_urls")[request.param])
    yield server.fresh_database("clauses")
    server.drop_databases()


@pytest.mark.parametrize(
    ("url", "engine", "case"),
    [
        pytest.param(engine, engine, case, id=f"{engine}: {case.clause}")
        for engine in ENGINES
        for case in (*CLAUSES, *READINGS, *UNKNOWN_TO_THE_ORACLE)
        if engine in case.engines
    ],
    indirect=["url"],
)
def test_where_rows_stand(url: str, engine: str, case: Case) -> None:
    world = world_of(case, engine)
    load(world, url)
    for found in (sql_standings(world, url), decided_standings(world, url)):
        assert {key: found.get(key) for key in case.standings} == case.standings


def tallied(request: Request) -> dict[str, dict[Standing, int]]:
    """How many records stand where under each chosen rule that the database lets act."""
    plan = scan(request)
    assert not plan.failures
    return {
        found.rule.name: {standing: found.tally[standing] for standing in Standing if found.tally[standing]}
        for database in plan.databases
        for found in database.rules
        if found.tally
    }


def loaded(case: Case, server: Server) -> tuple[World, str]:
    world, url = world_of(case, "sqlite"), server.fresh_database("clause")
    load(world, url)
    return world, url


EVERYTHING = Case(
    "one ticket for each way to stand",
    tickets(
        state=["paid", "agreed", "long", "vip", "held", "child", "free"],
        until=[None, FUTURE, NEW, NEW, None, None, None],
    )
    | {"entries": [{"id": 1, "ticket_id": 6, "closed": OLD}]},
    (
        rule("short"),
        rule("law", law="act", after=("until",), where=state_is("paid")),
        rule("agreed", keep=DAY, where=state_is("agreed"), agreed_until=("until",)),
        rule("long", after=("until",), where=state_is("long"), category=Category.USER_COMMUNICATIONS),
        rule("vip", after=("until",), where=state_is("vip"), overrides=("short",), then=REDACT),
    ),
    {},
    holds=(OnRecords(name("tickets"), state_is("held"), ""),),
)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(rules=("short",)),
        Selection(categories=(Category.PERSONAL,)),
        Selection(rules=("short", "law"), databases=("shop",)),
    ],
)
def test_narrowing_chooses_who_acts_never_who_protects(selection: Selection, sqlite: Server) -> None:
    found = tallied(replace(request_of(*loaded(EVERYTHING, sqlite)), selection=selection))
    assert found["short"] == {LAW: 1, AGREED: 1, KEPT: 2, HELD: 1, BLOCKED: 1, DUE: 1}
    assert ("long" in found) is (selection == Selection())


BROKEN = ("no such column",)


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        (None, {"tickets": {DUE: 3}, "entries": {DUE: 2}}),
        (rule("refused", after=BROKEN), {"tickets": {KEPT: 3}, "entries": {DUE: 2}}),
        (rule("refused", keep=NO_DAYS), {"tickets": {KEPT: 3}, "entries": {DUE: 2}}),  # its clock does not expire
        (rule("refused", on="entries", after=BROKEN), {"tickets": {BLOCKED: 2, DUE: 1}, "entries": {KEPT: 2}}),
        (
            rule("refused", on="clients", after=BROKEN, law="act", with_={"tickets": DELETE}),
            {"tickets": {LAW: 3}, "entries": {DUE: 2}},
        ),
    ],
)
def test_a_rule_that_the_database_refuses_protects_its_table_and_by_law_what_it_names(
    refused: Rule | None, expected: dict[str, dict[Standing, int]], sqlite: Server
) -> None:
    rules = (rule("tickets", with_={"entries": DELETE}), rule("entries", on="entries"))
    case = Case("", FAMILY_ROWS, (*rules, refused) if refused else rules, {})
    assert tallied(request_of(*loaded(case, sqlite))) == expected


def test_a_clock_in_no_known_zone_is_refused_not_guessed(sqlite: Server) -> None:
    assert tallied(request_of(*loaded(Case("", FAMILY_ROWS, (rule(),), {}, home=None), sqlite))) == {}


def test_a_hold_that_cannot_be_placed_holds_the_whole_database(sqlite: Server) -> None:
    case = Case("", FAMILY_ROWS, (rule(), rule("clients", on="clients")), {}, holds=(OnRecord(name("gone"), ("1",)),))
    assert tallied(request_of(*loaded(case, sqlite))) == {"rule": {HELD: 3}, "clients": {HELD: 2}}


@pytest.mark.parametrize(
    ("released", "expected"), [(None, HELD), (timedelta(microseconds=1), HELD), (timedelta(0), DUE)]
)
def test_a_hold_holds_until_it_is_released(released: timedelta | None, expected: Standing, sqlite: Server) -> None:
    world, url = loaded(Case("", tickets(state=["x"]), (rule(),), {}), sqlite)
    at = None if released is None else AS_OF + released
    placed = replace(hold(OnTable(name("tickets"))), released_at=at)
    assert tallied(request_of(replace(world, holds=(placed,)), url)) == {"rule": {expected: 1}}


def test_what_is_held_by_way_of_the_record_is_not_asked_of_the_rows_below_it(sqlite: Server) -> None:
    """Where a hold names many, to ask it again of each line of `with` takes most of a scan."""
    case = Case("", FAMILY_ROWS, (rule(with_={"entries": DELETE}),), {}, holds=(OnRecord(name("clients"), ("4711",)),))
    ((_, _, statement), *_) = statements(request_of(*loaded(case, sqlite)))
    assert statement.count("clients AS") == 1


def test_a_row_below_is_held_where_it_nearly_leads_to_a_held_record(sqlite: Server) -> None:
    """As SQLite compares these columns, the note belongs to both states; to the letter, to the one that is not held."""
    scope = OnRecords(name("states"), state_is("vip"), "")
    rules = (rule(on="states", with_={"notes": DELETE}), rule("notes", on="notes"))
    case = Case("", {}, rules, {}, holds=(scope,), entries=CODES, tables=())
    assert tallied(
        by_hand(
            case,
            sqlite,
            "CREATE TABLE states (code TEXT PRIMARY KEY NOT NULL, state TEXT, closed DATETIME)",
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE, closed DATETIME)",
            "INSERT INTO states VALUES ('b', 'x', '2020-01-01'), ('B', 'vip', '2020-01-01')",
            "INSERT INTO notes VALUES (1, 'b', '2020-01-01')",
        )
    ) == {"rule": {HELD: 1, BLOCKED: 1}, "notes": {HELD: 1}}


def by_hand(case: Case, server: Server, *statements: str) -> Request:
    """What to scan of a database that is made by these statements."""
    world, url = loaded(case, server)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    return request_of(world, url)


def test_a_hold_on_some_records_of_a_table_without_a_key_holds_all(sqlite: Server) -> None:
    scope = OnRecords(name("logins"), Compare(("who",), Operator.EQUAL, ("1",)), "")
    entries = (TableEntry(name("logins"), subjects=(), keyless=True),)
    case = Case("", {}, (rule(on="logins"),), {}, holds=(scope,), entries=entries, tables=())
    rows = "INSERT INTO logins VALUES (1, '2020-01-01'), (2, '2020-01-01'), (2, '2020-01-01')"
    request = by_hand(case, sqlite, "CREATE TABLE logins (who INTEGER, closed DATETIME)", rows)
    assert tallied(request) == {"rule": {HELD: 3}}
