"""Rules that scrub: their tallies on every engine against a count by hand of secrets that were planted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from databases import Server
from standing.case import (
    BLOCKED,
    DELETE,
    DUE,
    FUTURE,
    HELD,
    KEPT,
    NEW,
    OLD,
    REDACT,
    SEVEN_YEARS,
    UNCOVERED,
    UNDECIDABLE,
    Case,
    name,
    rule,
    tickets,
    world_of,
)
from standing.product import Memory, decided_standings, request_of, surveyed
from standing.world import DATABASE, Value, World, load
from wesretain.model.condition import Compare, Operator, Presence
from wesretain.model.hold import OnRecords
from wesretain.model.plan import RulePlan
from wesretain.model.rule import MaskIp, Redaction, Rule, Scrub, SetConstant, SetHash, SetNull, SetTemplate
from wesretain.model.schema import Column, Kind
from wesretain.model.standing import Standing
from wesretain.scan import scan, statements
from wesretain.standing.decide import decide
from wesretain.standing.formula import (
    FALSE,
    TRUE,
    UNKNOWN,
    And,
    Formula,
    IsThere,
    NeedsScrub,
    Not,
    Or,
    Surely,
)
from wesretain.standing.scrubs import candidates, given, scrubs_of, to_decide
from wesretain.standing.texts import Asked
from wesretain.survey import opened, survey_of

OLDEST, OLDER = datetime(2010, 1, 1), datetime(2012, 1, 1)  # noqa: DTZ001
#: Texts of a column, and whether something is planted in them for each of two scrubs.
CREDENTIAL, MAIL_OR_CARD = "credential", "mail or card"
TEXTS: tuple[tuple[str | None, str | None], ...] = (
    (None, None),
    ("", None),
    ("it works again", None),
    ("password is wrong", None),
    ("call root@localhost, 4111111111111112", None),
    ("pwd: hunter2", CREDENTIAL),
    ("Grüße\n\nPassword: geheim 'x' \\ %", CREDENTIAL),
    ("write to ann@example.com", MAIL_OR_CARD),
    ("card 4111 1111 1111 1111 ünd", MAIL_OR_CARD),
)
BOTH = (("name", Scrub((CREDENTIAL,))), ("state", Scrub(("e-mail", "payment_card"))))
COUNT, HELD_FROM = 1200, 1000
ENTRIES = 3
RULES = (
    rule("scrub", then=REDACT, columns=BOTH, with_={"entries": DELETE}),
    rule("mixed", then=REDACT, columns=(*BOTH, ("until", SetNull()))),
    rule("some", then=REDACT, columns=BOTH, where=Compare(("level",), Operator.EQUAL, ("1",))),
    rule("strikes", then=REDACT, columns=BOTH[:1], overrides=("long",)),
    rule("long", keep=SEVEN_YEARS),
    rule("short", with_={"entries": DELETE}),
)


def records() -> list[dict[str, Value]]:
    """Tickets of every kind, in no order, with 0, 1 or 2 entries each."""
    dice = random.Random(20240701)
    found: list[dict[str, Value]] = []
    for number in range(1, COUNT + 1):
        closed = dice.choice([OLD, OLD, OLD, NEW, None])
        until = dice.choice([None, None, FUTURE])
        texts = {column: dice.choice(TEXTS)[0] for column in ("name", "state")}
        found.append({"id": number, "closed": closed, "until": until, "level": dice.choice([1, 2, None]), **texts})
    found[ENTRIES - 1] |= {"closed": OLDEST, "name": "it works again", "state": None, "level": 1, "until": None}
    found[1] |= {"closed": OLDER, "name": "pwd: hunter2", "state": None, "level": 1, "until": None}
    return found


def entries() -> list[dict[str, Value]]:
    owners = [number for number in range(1, COUNT + 1) for _ in range(number % ENTRIES)]
    return [{"id": n, "ticket_id": owner, "closed": NEW} for n, owner in enumerate(owners, 1)]


def has_credential(record: dict[str, Value]) -> bool:
    return dict(TEXTS)[record["name"]] == CREDENTIAL  # type: ignore[index]


def planted(record: dict[str, Value]) -> bool:
    texts = dict(TEXTS)
    return has_credential(record) or texts[record["state"]] == MAIL_OR_CARD  # type: ignore[index]


def covers(each: str, record: dict[str, Value]) -> bool | None:
    match each:
        case "scrub":
            return planted(record) or bool(int(str(record["id"])) % ENTRIES)  # there are entries to delete
        case "strikes":
            return has_credential(record)
        case "mixed":
            return planted(record) or record["until"] is not None
        case "some" if record["level"] is None:
            return None if planted(record) else False
        case "some":
            return planted(record) and record["level"] == 1
        case _:
            return True


def expected(each: str, record: dict[str, Value], *, but_for_holds: bool = False) -> Standing:
    """Where a ticket stands: the last are held; `long` runs still, unless `strikes` covers the record."""
    matches = covers(each, record)
    if matches is False:
        return UNCOVERED
    if int(str(record["id"])) >= HELD_FROM and not but_for_holds:
        return HELD
    if matches is None or record["closed"] is None:
        return UNDECIDABLE
    if record["closed"] == NEW:
        return KEPT
    old_enough = record["closed"] in (OLDEST, OLDER)
    if each == "long":
        return blocked(record) if old_enough else KEPT
    if each == "short":
        return DUE if old_enough or has_credential(record) else KEPT
    return DUE


def blocked(record: dict[str, Value]) -> Standing:
    """`long` does not name the entries."""
    return BLOCKED if int(str(record["id"])) % ENTRIES else DUE


@pytest.fixture
def world(engine_url: str) -> World:
    case = Case(
        "",
        {"tickets": records(), "entries": entries()},
        RULES,
        {},
        holds=(OnRecords(name("tickets"), Compare(("id",), Operator.AT_LEAST, (str(HELD_FROM),)), ""),),
    )
    world = world_of(case, sa.make_url(engine_url).get_backend_name())
    load(world, engine_url)
    return world


def plans(world: World, url: str) -> dict[str, RulePlan]:
    plan = scan(request_of(world, url))
    assert not plan.failures
    return {each.rule.name: each for each in plan.databases[0].rules}


def test_a_scan_counts_what_is_planted(world: World, engine_url: str) -> None:
    found = plans(world, engine_url)
    for each in RULES:
        counts = Counter(expected(each.name, record) for record in records())
        tally = found[each.name].tally
        assert tally is not None
        assert {standing: tally[standing] for standing in Standing if tally[standing]} == counts, each.name
        assert tally.total == COUNT
    assert all(each.tally and (each.tally[DUE] or each.tally[BLOCKED]) for each in found.values())


def test_the_rest_of_a_tally_is_right_too(world: World, engine_url: str) -> None:
    found = plans(world, engine_url)
    mine = [record for record in records() if expected("scrub", record) is DUE]
    scrub, some = found["scrub"].tally, found["some"].tally
    assert scrub is not None
    assert some is not None
    assert scrub.oldest is not None
    assert scrub.oldest.clock == OLDER.replace(tzinfo=UTC)
    held = [record for record in records() if expected("scrub", record) is HELD]
    without = Counter(expected("scrub", record, but_for_holds=True) for record in held)
    assert {standing: n for standing, n in zip(Standing, scrub.but_for_holds, strict=True) if n} == without
    assert scrub.undated == sum(expected("scrub", record) is UNDECIDABLE for record in records())
    ran_out = [record for record in records() if record["closed"] not in (NEW, None)]
    assert some.outside == sum(planted(record) and record["level"] == 2 for record in ran_out)
    others = [each.name for each in RULES if each.name != "scrub"]
    assert scrub.also_due_elsewhere == sum(any(expected(o, record) is DUE for o in others) for record in mine)
    # What `short` and `long` remove no rule redacts.
    left = [record for record in mine if expected("short", record) is not DUE and expected("long", record) is not DUE]
    assert 0 < found["scrub"].acts == len(left)


@pytest.mark.parametrize("closed", [(OLDER, OLD), (OLD, OLDER)], ids=["first", "last"])
def test_the_oldest_of_those_whose_texts_are_read(engine_url: str, closed: tuple[datetime, datetime]) -> None:
    rows: list[dict[str, Value]] = [{"id": n, "closed": at, "name": "pwd: hunter2"} for n, at in enumerate(closed)]
    case = Case("", {"tickets": rows}, (rule("scrub", then=REDACT, columns=BOTH[:1]),), {})
    world = world_of(case, sa.make_url(engine_url).get_backend_name())
    load(world, engine_url)
    tally = plans(world, engine_url)["scrub"].tally
    assert tally is not None
    assert tally.oldest is not None
    assert tally.oldest.clock == OLDER.replace(tzinfo=UTC)


def test_what_an_act_takes_is_counted_by_what_the_texts_say(engine_url: str) -> None:
    case = Case("", {"tickets": records(), "entries": entries()}, RULES[:1], {})
    world = world_of(case, sa.make_url(engine_url).get_backend_name())
    load(world, engine_url)
    found = plans(world, engine_url)["scrub"]
    mine = [record for record in records() if expected("scrub", record, but_for_holds=True) is DUE]
    assert len(mine) > 250
    assert found.acts == len(mine)
    assert found.tally is not None
    assert found.tally.oldest is not None
    assert found.tally.oldest.clock == OLDER.replace(tzinfo=UTC)
    assert [each.rows for each in found.tally.takes] == [sum(int(str(r["id"])) % ENTRIES for r in mine)]


def test_python_decides_each_record_alike(world: World, engine_url: str) -> None:
    by_id = {str(record["id"]): record for record in records()}
    for (each, table, key), standing in decided_standings(world, engine_url).items():
        if table == "tickets":
            assert standing is expected(each, by_id[key[0]]), (each, by_id[key[0]])


def test_candidates_leave_no_due_record_out_and_texts_decide_the_rest(world: World, engine_url: str) -> None:
    with surveyed(world, engine_url) as (live, survey):
        memory = Memory.of(live, survey)
        for table, rules in survey.counted:
            for each in rules:
                due = each.levels.due
                asked, row = Asked(survey.translator, table, due), survey.translator.row_of(table)
                query = sa.select(row.c["id"], *asked.columns(row)).where(asked.may(row))
                found = {number: asked.holds(record._mapping) for record in live.rows(query) for number in record[:1]}
                right = {record["id"] for record in records() if expected(each.bound.rule.name, record) is DUE}
                assert {number for number, holds in found.items() if holds} == right
                hoped = candidates(due)
                may = {r["id"] for r in memory.rows[table.name] if decide(hoped, (r,), memory) is True}
                assert right <= may <= set(found)


def test_which_columns_are_to_be_read(world: World, engine_url: str) -> None:
    with surveyed(world, engine_url) as (_, survey):
        found = [(column.name, scrub) for column, scrub in to_decide(survey.bound("mixed"))]
        assert found == list(BOTH)
        assert to_decide(survey.bound("long")) == ()


def test_the_statements_are_shown(world: World, engine_url: str) -> None:
    shown = [sql for _, table, sql in statements(request_of(world, engine_url)) if table == "tickets"]
    assert len(shown) == 2
    assert all("SELECT" in sql for sql in shown)


MAIL = NeedsScrub(((Column("c", Kind.TEXT), ("e-mail",)),))
OTHER = IsThere(Column("d", Kind.TEXT), Presence.NULL)
MAY = Not(Surely(Not(MAIL)))


@pytest.mark.parametrize(
    ("asked", "no", "yes", "unknown"),
    [
        (MAIL, FALSE, TRUE, UNKNOWN),
        (OTHER, OTHER, OTHER, OTHER),
        (And((MAIL, OTHER)), FALSE, OTHER, And((UNKNOWN, OTHER))),
        (Or((MAIL, OTHER)), OTHER, TRUE, Or((UNKNOWN, OTHER))),
        (Not(MAIL), TRUE, FALSE, UNKNOWN),
        (Surely(MAIL), FALSE, TRUE, FALSE),
        (Surely(And((MAIL, OTHER))), FALSE, Surely(OTHER), Surely(And((UNKNOWN, OTHER)))),
    ],
)
def test_answers_are_put_in_wherever_they_are_asked_for(
    asked: Formula, no: Formula, yes: Formula, unknown: Formula
) -> None:
    assert [given(asked, {MAIL: answer}) for answer in (False, True, None)] == [no, yes, unknown]
    assert given(asked, {}) == asked
    assert scrubs_of(asked) == (() if asked is OTHER else (MAIL,))


@pytest.mark.parametrize(
    ("asked", "hoped"),
    [
        (MAIL, MAY),
        (OTHER, OTHER),
        (And((MAIL, OTHER)), And((MAY, OTHER))),
        (Or((MAIL, OTHER)), Or((MAY, OTHER))),
        (Not(MAIL), Not(Surely(MAIL))),
        (Not(And((MAIL, Not(OTHER)))), Not(And((Surely(MAIL), Not(OTHER))))),
        (Surely(MAIL), Surely(MAY)),
    ],
)
def test_candidates_hope_for_the_answer_that_helps(asked: Formula, hoped: Formula) -> None:
    assert candidates(asked) == hoped


#: A text that holds each element, and one that does not.
SINGLE = {
    "credential": ("pin: 1", "a pin"),
    "e-mail": ("an ann@example.com", "at noon"),
    "payment_card": ("4111-1111-1111-1111", "4111-1111-1111-1112"),
    "ip_address": ("at 192.0.2.7", "at 192.0.2"),
}


@pytest.mark.parametrize(("element", "address"), [*((each, None) for each in SINGLE), ("ip_address", "fe80::1")])
def test_each_element_is_found_by_itself(element: str, address: str | None, engine_url: str) -> None:
    holds, lacks = SINGLE[element]
    names: list[Value] = [address or holds, lacks, "", None, "Ünrelated\ntext"]
    case = Case("", tickets(name=names), (rule(then=REDACT, columns=(("name", Scrub((element,))),)),), {})
    world = world_of(case, sa.make_url(engine_url).get_backend_name())
    load(world, engine_url)
    tally = plans(world, engine_url)["rule"].tally
    assert tally is not None
    assert (tally[DUE], tally[UNCOVERED]) == (1, 4)


@pytest.mark.parametrize("element", SINGLE)
def test_what_is_no_text_cannot_be_decided(element: str, sqlite: Server) -> None:
    names: list[Any] = [SINGLE[element][0], b"bytes", None, "y"]
    case = Case("", tickets(name=names), (rule(then=REDACT, columns=(("name", Scrub((element,))),)),), {})
    url = sqlite.fresh_database("blobs")
    world = world_of(case, "sqlite")
    load(world, url)
    tally = plans(world, url)["rule"].tally
    assert tally is not None
    assert (tally[DUE], tally[UNDECIDABLE], tally[UNCOVERED]) == (1, 1, 2)


def test_a_table_without_a_key_is_read_too(engine_url: str) -> None:
    engine = sa.create_engine(engine_url, poolclass=sa.NullPool)
    dialect = engine.dialect.name
    time = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP", "mysql": "DATETIME"}.get(dialect, "DATETIME")
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE logins (who TEXT, closed {time})")
        values = ", ".join(f"('{who}', '2020-01-01 00:00:00')" for who in ["pin: 1", "pin: 1", "none"] * 150)
        connection.exec_driver_sql(f"INSERT INTO logins VALUES {values}")
    case = Case("", {}, (rule(on="logins", then=REDACT, columns=(("who", Scrub((CREDENTIAL,))),)),), {}, tables=())
    tally = plans(world_of(case, "sqlite"), engine_url)["rule"].tally
    assert tally is not None
    assert (tally[DUE], tally[UNCOVERED]) == (300, 150)


# -- what is refused ------------------------------------------------------------------------------------------------

DDL = """
CREATE TABLE tickets (id INTEGER NOT NULL, part INTEGER NOT NULL, code VARCHAR(20) NOT NULL, mail VARCHAR(20),
  short VARCHAR(12), level INTEGER, note TEXT, closed {time},
  PRIMARY KEY (id, part), UNIQUE (code), UNIQUE (mail), UNIQUE (level, short));
CREATE TABLE entries (id INTEGER PRIMARY KEY, ticket VARCHAR(20), FOREIGN KEY (ticket) REFERENCES tickets (code))
"""
#: Columns of a rule, and how its refusal begins; None where it fits.
FITTING: tuple[tuple[dict[str, Redaction], str | None], ...] = (
    ({"part": SetConstant("0")}, "tickets.part is part of the table's key"),
    ({"code": SetTemplate("{id}-{part}")}, "the link `ticket` of entries leads to tickets.code"),
    ({"mail": SetConstant("x")}, "tickets.mail is UNIQUE"),
    ({"mail": SetTemplate("erased-{id}")}, "tickets.mail is UNIQUE"),
    ({"mail": SetTemplate("erased-{id}-{part}")}, None),
    ({"mail": SetNull()}, None),
    ({"level": SetConstant("0"), "short": SetConstant("x")}, "tickets.level, short is UNIQUE"),
    ({"level": SetConstant("0")}, None),
    ({"note": Scrub(("name",))}, "`name` cannot be found within a text"),
    ({"note": Scrub(())}, "`` cannot be found within a text"),
    ({"note": Scrub((CREDENTIAL, "payment_card"))}, None),
    ({"level": Scrub((CREDENTIAL,))}, "tickets.level is integer, not a text"),
)
#: The same where a text would be too long for its column, and the engine keeps to the length.
LENGTHS: tuple[tuple[dict[str, Redaction], bool], ...] = (
    ({"short": SetConstant("x" * 12)}, True),
    ({"short": SetConstant("x" * 13)}, False),
    ({"short": SetConstant("ü" * 12)}, True),
    ({"short": SetTemplate("erased{id}{part}invalid")}, False),
    ({"short": SetTemplate("erased{id}{part}1234")}, True),
    ({"mail": SetHash("key")}, False),
    ({"note": SetHash("key")}, True),
    ({"short": Scrub((CREDENTIAL, "payment_card"))}, False),
    ({"short": Scrub((CREDENTIAL,))}, True),
    ({"short": MaskIp()}, True),
)


def refusals(url: str, rules: Sequence[Rule]) -> dict[str, tuple[str, str]]:
    """Why the database refuses rules, and how to mend it, by their names."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    time = "TIMESTAMP" if engine.dialect.name == "postgresql" else "DATETIME"
    with engine.begin() as connection:
        for ddl in DDL.format(time=time).split(";"):
            connection.exec_driver_sql(ddl)
    request = request_of(world_of(Case("", {}, tuple(rules), {}, tables=()), "sqlite"), url)
    with opened(request, DATABASE) as live:
        refused = survey_of(request, live, DATABASE).ruling.refused
    return {each.name: (refusal.message, refusal.mend) for each, refusal in refused}


def redacting(cases: Sequence[tuple[dict[str, Redaction], Any]]) -> list[Rule]:
    return [rule(str(n), then=REDACT, columns=tuple(columns.items())) for n, (columns, _) in enumerate(cases)]


def test_a_redaction_that_would_do_damage_is_refused(engine_url: str) -> None:
    found = refusals(engine_url, redacting(FITTING))
    for number, (columns, begins) in enumerate(FITTING):
        message, mend = found.get(str(number), ("", ""))
        assert message.startswith(begins or "") if begins else not message, (columns, message)
        assert bool(mend) is bool(begins)


def test_a_text_that_is_too_long_for_its_column_is_refused(engine_url: str) -> None:
    found = refusals(engine_url, redacting(LENGTHS))
    advice = engine_url.startswith("sqlite")
    assert {int(each) for each in found} == {n for n, (_, fits) in enumerate(LENGTHS) if not fits and not advice}
    assert all(" characters, and the new text has " in message for message, _ in found.values())
