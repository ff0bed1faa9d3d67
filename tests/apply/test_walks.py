"""Records that go as they lie: who may, on which way, that nothing else goes along, and what undoes it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from apply.company import OLD, RECENT, Company, Rows
from apply.test_batches import REFUSING, statements, trigger
from wesretain.apply.batch import Disposed, dispose_as_found
from wesretain.apply.walks import ByBlock, ByName, ByNumber, ByRange, Walk, way_through
from wesretain.engines.layout import Anyhow, Blocks, ByKey, Numbered
from wesretain.engines.writer import Writer
from wesretain.errors import BatchRefused, WesretainError
from wesretain.standing.statements import Statements

DDL = """
CREATE TABLE visits (id INTEGER PRIMARY KEY NOT NULL, state VARCHAR(20), at TIME, parent_id INTEGER,
    client VARCHAR(20));
CREATE TABLE steps (id INTEGER PRIMARY KEY, visit_id INTEGER, other_id INTEGER, label VARCHAR(20));
CREATE TABLE marks (id INTEGER PRIMARY KEY, step_id INTEGER, visit_id INTEGER);
CREATE INDEX steps_visit ON steps (visit_id);
CREATE INDEX steps_other ON steps (other_id);
CREATE INDEX marks_step ON marks (step_id);
CREATE INDEX marks_visit ON marks (visit_id);
CREATE INDEX visits_parent ON visits (parent_id);
"""
INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      visits:
        category: personal
        subjects: none{visits}
      steps:
        category: personal
        subjects: none
        links:
          visit: {link}{steps}
      marks:
        category: personal
        subjects: none
        links:
          step: {{to: steps, on: {{step_id: id}}}}
          visit: {{to: visits, on: {{visit_id: id}}}}
"""
PARENT = "\n        links: {parent: {to: visits, on: {parent_id: id}}}"
NOBODY = "{to: visits, on: {visit_id: id}, nobody: 7, when: {label: x}}"
WHERE = "{to: visits, on: {visit_id: id}, where: {state: closed}}"
OTHER = "\n          other: {to: visits, on: {other_id: id}}"
WHEN = "\n          other: {to: visits, on: {other_id: id}, when: {label: x}}"
HEAD = "\n  visits:\n    table: shop.visits\n    keep: 3 years\n    after: at\n"
DELETE, WITH_STEPS = "    then: delete\n", "    then: delete\n    with: {steps: delete, marks: keep}\n"
WITH_BOTH = "    then: delete\n    with: {steps: delete, marks: delete}\n"
REDACT = '    then: redact\n    columns: {client: ""}\n'


def rows(count: int = 12, recent: tuple[int, ...] = (4, 12), steps: bool = True) -> Rows:
    """Some visits, all but the recent ones due, with two steps below each."""
    numbers = range(1, count + 1)
    return {
        "visits": [(n, "closed", RECENT if n in recent else OLD, None, "Ann") for n in numbers],
        "steps": [(n * 10 + i, n, None, "x") for n in numbers for i in range(2) if steps],
    }


def build(
    shop: Company,
    rule: str,
    filled: Rows | None = None,
    *,
    visits: str = "",
    steps: str = "",
    link: str = "{to: visits, on: {visit_id: id}}",
    ddl: str = DDL,
) -> Company:
    shop.rules, shop.inventory = HEAD + rule, INVENTORY.format(visits=visits, steps=steps, link=link)
    return shop.build(rows() if filled is None else filled, ddl)


# -- who may ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """A rule, what is particular about it, and whether its records go as they lie."""

    words: str
    rule: str
    may: bool
    visits: str = ""
    steps: str = ""
    link: str = "{to: visits, on: {visit_id: id}}"
    ddl: str = DDL


SHAPES = (
    Shape("nothing below", DELETE, True),
    Shape("redacted", REDACT, True),
    Shape("rows below go", WITH_STEPS, True),
    Shape("rows below of two tables go", WITH_BOTH, True),
    Shape(
        "redacted, and what hangs there decides whether again",
        REDACT + "    with: {steps: delete, marks: keep}\n",
        False,
    ),
    Shape("a link of its own table", DELETE, True, visits=PARENT),
    Shape("computed", "    then: redact\n    columns: {client: {mask: ip}}\n", False),
    Shape("rows below of rows below", "    then: delete\n    with: {steps: delete, steps.marks: delete}\n", False),
    Shape("rows below are unlinked", "    then: delete\n    with: {steps: unlink, marks: keep}\n", False),
    Shape(
        "rows below are redacted", '    then: delete\n    with: {steps: {redact: {label: ""}}, marks: keep}\n', False
    ),
    Shape("rows below may be shared", "    then: delete\n    with: {steps: delete if unshared, marks: keep}\n", False),
    Shape("what hangs there decides", "    where: {has: {steps: {label: x}}}\n" + WITH_STEPS, False),
    Shape("what hangs elsewhere decides", "    where: {has: marks}\n" + WITH_STEPS, True),
    Shape("two links", "    then: delete\n    with: {steps.visit: delete, marks: keep}\n", False, steps=OTHER),
    Shape("a link that leads nowhere at times", WITH_STEPS, True, link=NOBODY),
    Shape("a link to some records alone", WITH_STEPS, False, link=WHERE),
    Shape(
        "a link from numbers with fractions",
        WITH_STEPS,
        False,
        ddl=DDL.replace("visit_id INTEGER", "visit_id DECIMAL(9, 2)", 1),
    ),
    Shape("rows of its own table", "    then: delete\n    with: {visits: delete}\n", False, visits=PARENT),
    Shape(
        "a key of two",
        DELETE,
        True,
        ddl=DDL.replace("id INTEGER PRIMARY KEY NOT NULL", "id INTEGER NOT NULL", 1).replace(
            "client VARCHAR(20))", "client VARCHAR(20) NOT NULL, PRIMARY KEY (id, client))"
        ),
    ),
    Shape("a text for a key", DELETE, True, ddl=DDL.replace("visits (id INTEGER", "visits (id VARCHAR(20)", 1)),
    Shape(
        "a text for a key, and rows below",
        WITH_STEPS,
        False,
        ddl=DDL.replace("visits (id INTEGER", "visits (id VARCHAR(20)", 1).replace(
            "visit_id INTEGER", "visit_id VARCHAR(20)", 1
        ),
    ),
)


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)  # no engine is asked for anything but its types
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.words)
def test_who_goes_as_it_lies(shop: Company, shape: Shape) -> None:
    build(shop, shape.rule, {}, visits=shape.visits, steps=shape.steps, link=shape.link, ddl=shape.ddl)
    with statements(shop, "visits") as (_, found):
        plain = Statements(found.translator, found.removing, found.act, vetoes=False)
        assert plain.goes_as_it_lies is shape.may
        assert not Statements(found.translator, found.removing, found.act, vetoes=True).goes_as_it_lies


# -- on which way -----------------------------------------------------------------------------------------------------

TEXT_KEY = DDL.replace("visits (id INTEGER", "visits (id VARCHAR(20)", 1)
FLOAT_KEY = DDL.replace("visits (id INTEGER", "visits (id DOUBLE PRECISION", 1)


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)  # no engine is asked for anything but its types
@pytest.mark.parametrize(
    ("ddl", "ways"),
    [
        (DDL, [ByBlock, ByNumber, ByNumber, ByNumber]),
        (TEXT_KEY, [ByBlock, ByNumber, ByRange, ByName]),
        (FLOAT_KEY, [ByBlock, ByNumber, ByName, ByName]),
    ],
)
def test_which_way_is_taken(shop: Company, ddl: str, ways: list[type[Walk]]) -> None:
    """Records are named where they are few, or where each has to be proved due; else they go as they lie."""
    layouts = [Blocks(40), Numbered("rowid"), ByKey(), Anyhow()]
    build(shop, DELETE, {}, ddl=ddl)
    with statements(shop, "visits") as (_, known):
        plain, vetoed = (Statements(known.translator, known.removing, known.act, vetoes) for vetoes in (False, True))
        few = [way_through(plain, layout, 19, 1_000) for layout in layouts]
        unsure = [way_through(vetoed, layout, 1_000, 1_000) for layout in layouts]
        assert [type(way_through(plain, layout, 20, 1_000)(plain)) for layout in layouts] == ways
        assert few == unsure == [ByName] * 4


LAYOUTS = {
    "plain (id INTEGER PRIMARY KEY)": (Numbered("rowid"), Blocks, ByKey()),
    "named (id INTEGER PRIMARY KEY, rowid INTEGER, oid INTEGER)": (Numbered("_rowid_"), Blocks, ByKey()),
    "full (id INTEGER PRIMARY KEY, rowid INTEGER, oid INTEGER, _rowid_ INTEGER)": (Anyhow(), Blocks, ByKey()),
}


def test_how_rows_lie(shop: Company) -> None:
    build(shop, DELETE, {})
    number = {"sqlite": 0, "postgresql": 1, "mariadb": 2}[shop.dialect]
    if shop.dialect == "postgresql":
        tables = {
            "heir": ("CREATE TABLE heir () INHERITS (steps)", Blocks(0)),
            "steps": ("", Anyhow()),
            "parts": ("CREATE TABLE parts (id INTEGER PRIMARY KEY) PARTITION BY RANGE (id)", Anyhow()),
            "filled": ("CREATE TABLE filled AS SELECT n, repeat('x', 900) FROM generate_series(1, 80) n", Blocks(10)),
        }
    else:
        tables = {
            ddl.split()[0]: (f"CREATE TABLE {ddl}", expected[number])
            for ddl, expected in LAYOUTS.items()
            if shop.dialect == "sqlite" or "oid" not in ddl
        }
    if shop.dialect == "sqlite":
        tables["without"] = ("CREATE TABLE without (id TEXT PRIMARY KEY) WITHOUT ROWID", Anyhow())
    with shop.connect() as connection:
        for ddl, _ in filter(lambda each: each[0], tables.values()):
            connection.exec_driver_sql(ddl)
    with statements(shop, "visits") as (writer, known):
        found = {
            table.name: writer.engine.layout(writer.connection, table, known.translator.schema)
            for table in writer.reflect()
            if table.name in tables
        }
    assert found == {name: layout for name, (_, layout) in tables.items()}


# -- nothing else goes along ------------------------------------------------------------------------------------------


#: The ways that an engine's tables are gone through, by its name.
WAYS: dict[str, dict[str, Callable[[Statements], Walk]]] = {
    "sqlite": {"hidden number": partial(ByNumber, hidden="rowid"), "number": ByNumber, "name": ByName},
    "postgresql": {"block": partial(ByBlock, blocks=1, due=1), "number": ByNumber, "name": ByName},
    "mariadb": {"number": ByNumber, "range": ByRange, "name": ByName},
}
EVERY = [(engine, way) for engine, ways in WAYS.items() for way in ways]
SHARED = [(engine, way) for engine, way in EVERY if engine != "sqlite"]  # where others can write meanwhile


def on(pairs: list[tuple[str, str]]) -> pytest.MarkDecorator:
    """Run a test on some ways, each on its engine."""
    return pytest.mark.parametrize(("engine_url", "way"), pairs, indirect=["engine_url"])


Deal = Callable[..., Disposed]


@contextmanager
def in_a_batch(shop: Company, monkeypatch: pytest.MonkeyPatch, way: str, midway: Callable[[], None]) -> Iterator[Deal]:
    """Deal with what comes next on a way; something is done between the finding of its records and their change."""
    real, done = Writer.change, list[bool]()

    def noted(self: Writer, *given: Any) -> int:
        if not done:
            done.append(True)
            midway()
        return real(self, *given)

    with statements(shop, "visits") as (writer, found):
        walk = WAYS[shop.dialect][way](Statements(found.translator, found.removing, found.act, vetoes=False))
        monkeypatch.setattr(Writer, "change", noted)

        def deal(cursor: Any = None, most: int = 100) -> Disposed:
            cursor = walk.ready(writer, walk.start if cursor is None else cursor)
            with writer.batch():
                return dispose_as_found(writer, walk, cursor, most)

        yield deal


def names(disposed: Disposed) -> list[str]:
    """The keys that a batch tells."""
    told: list[list[str]] = json.loads(disposed.keys) if disposed.keys.startswith("[[") else []
    plain = re.sub(r"(?<![^,])[0-9]+:", "", disposed.keys)  # the lengths of keys that are no whole numbers
    return sorted((key for (key,) in told) if told else plain.split(","), key=int)


def not_refused(deal: Callable[..., Disposed]) -> Disposed:
    try:
        return deal()
    except BatchRefused as error:
        raise AssertionError(f"it was refused: {error}") from None


def nothing() -> None:
    pass


@on(EVERY)
@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS, REDACT])
def test_what_lies_between_stays(shop: Company, monkeypatch: pytest.MonkeyPatch, rule: str, way: str) -> None:
    """Neither a recent visit nor what hangs on it goes along."""
    build(shop, rule, rows(steps=rule != DELETE))
    steps = shop.keys("steps")
    with in_a_batch(shop, monkeypatch, way, nothing) as deal:
        disposed = deal()
    assert (disposed.records, names(disposed)) == (10, ["1", "2", "3", "5", "6", "7", "8", "9", "10", "11"])
    word = "redact" if rule == REDACT else "delete"
    below = {"delete steps": 20} if rule == WITH_STEPS else {}
    assert disposed.counts == {f"{word} visits": 10, **below}
    left = shop.query("SELECT id FROM visits WHERE client = 'Ann' ORDER BY id")
    assert left == [(4,), (12,)]
    assert shop.keys("steps") == ({40, 41, 120, 121} if rule == WITH_STEPS else steps)


@on([(engine, way) for engine, way in EVERY if way != "block"])
def test_so_many_go_at_most_and_the_next_come_after_them(
    shop: Company, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    build(shop, WITH_STEPS)
    with in_a_batch(shop, monkeypatch, way, nothing) as deal:
        first = deal(most=5)
        left = shop.keys("visits")
        shop.insert("visits", [(2, "closed", OLD, None, "Bob")])  # behind the way
        second = deal(first.beyond, most=4)
        third = deal(second.beyond, most=4)
    assert (names(first), first.counts) == (["1", "2", "3", "5", "6"], {"delete visits": 5, "delete steps": 10})
    assert left == {4, 7, 8, 9, 10, 11, 12}
    assert (names(second), names(third)) == (["7", "8", "9", "10"], ["11"])
    assert shop.keys("visits") == {2, 4, 12}


FILLING = "x" * 1_500
#: How many went, the next block, and how many are looked through from there.
BATCHES = [
    *((15, (3, 5)), (25, (8, 5)), (25, (13, 5)), (15, (18, 9))),
    *((25, (45, 20)), (25, (50, 5)), (25, (55, 5)), (25, (60, 5)), (10, (65, 14))),
    (0, None),
]


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_so_many_blocks_are_looked_through_as_hold_so_many(shop: Company) -> None:
    """Five visits lie in each block; of those from 81 to 200 none is due, nor of those after 310."""
    due = {n for n in range(1, 401) if n < 81 or 201 <= n <= 310}
    visits = [(n, "closed", OLD if n in due else RECENT, None, FILLING) for n in range(1, 401)]
    build(shop, DELETE, {"visits": visits}, ddl=DDL.replace("client VARCHAR(20))", "client VARCHAR(2000))"))
    batches = list[tuple[int, Any]]()
    with statements(shop, "visits") as (writer, found):
        walk = ByBlock(Statements(found.translator, found.removing, found.act, vetoes=False), 80, 190)
        with pytest.raises(BatchRefused, match="more than 4 records of visits are due in one block"), writer.batch():
            walk.next(writer, walk.start, 4)
        assert len(walk.named(writer, (0, 80), 10, 190)[0]) == 10 - 5  # of one block
        assert walk.named(writer, (0, 1), 4, 5) == ([(n,) for n in range(1, 6)], (1, 1))
        cursor = walk.start
        while cursor is not None:
            with writer.batch():
                disposed = dispose_as_found(writer, walk, cursor, 30)
            cursor = disposed.beyond
            batches.append((disposed.records, cursor))
    assert batches == BATCHES
    assert shop.keys("visits") == set(range(1, 401)) - due


@pytest.mark.parametrize("engine_url", ["postgresql"], indirect=True)
def test_what_hangs_on_records_of_other_blocks_stays(shop: Company) -> None:
    """Though they are due as well, and their keys lie between those of the batch."""
    filled = rows(10, recent=())
    order = [*range(1, 10, 2), *range(2, 11, 2)]
    filled["visits"] = [(n, "closed", OLD, None, FILLING) for n in order]
    build(shop, WITH_STEPS, filled, ddl=DDL.replace("client VARCHAR(20))", "client VARCHAR(2000))"))
    with statements(shop, "visits") as (writer, found), writer.batch():
        walk = ByBlock(Statements(found.translator, found.removing, found.act, vetoes=False), 2, 10)
        disposed = dispose_as_found(writer, walk, walk.start, 9)
    assert names(disposed) == ["1", "3", "5", "7", "9"]
    assert shop.keys("visits") == {2, 4, 6, 8, 10}
    assert shop.keys("steps") == {n * 10 + i for n in (2, 4, 6, 8, 10) for i in range(2)}


ODD = {
    "no such day": "2020-02-30 00:00:00",  # as a text it is old
    "east of Greenwich": "2023-07-01T05:00:00+09:00",  # as a text it is not
}


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("odd", [[], [5], [5, 6]], ids=["none", "one", "as many of each"])
@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS, REDACT])
def test_values_are_taken_on_trust_only_where_that_makes_no_difference(
    shop: Company, rule: str, odd: list[int]
) -> None:
    build(shop, "    where: {state: closed}\n" + rule, rows(steps=rule != DELETE))
    with shop.connect() as connection:
        for number, value in zip(odd, ODD.values(), strict=False):
            connection.exec_driver_sql(f"UPDATE visits SET at = '{value}' WHERE id = {number}")
        connection.exec_driver_sql("UPDATE visits SET state = x'636c6f736564' WHERE id = 7")
    with statements(shop, "visits") as (writer, found):
        walk = ByNumber(Statements(found.translator, found.removing, found.act, vetoes=False), hidden="rowid")
        with writer.batch():
            seen = walk.next(writer, walk.start, 100)
        with writer.batch():
            disposed = dispose_as_found(writer, walk, walk.start, 100)
    due = {1, 2, 3, 5, 6, 8, 9, 10, 11} - set(odd[:1])
    assert ("datetime(" in str(seen.changed), "typeof(" in str(seen.changed)) == (bool(odd), bool(odd))
    assert set(map(int, names(disposed))) == due
    left = shop.query("SELECT id FROM visits WHERE client = 'Ann'")
    assert {key for (key,) in left} == set(range(1, 13)) - due


@on(EVERY)
def test_what_hangs_on_nothing_stays(shop: Company, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """A visit's steps are those with some label, and number 7 is nobody."""
    filled = rows(recent=(4, 12))
    filled["steps"] += [(200, 3, None, "y"), (201, None, None, "x"), (202, 99, None, "x")]
    build(shop, WITH_STEPS, filled, link=NOBODY)
    with in_a_batch(shop, monkeypatch, way, nothing) as deal:
        disposed = deal()
    assert disposed.counts == {"delete steps": 18, "delete visits": 10}
    assert shop.keys("steps") == {40, 41, 120, 121, 70, 71, 200, 201, 202}


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_what_only_begins_with_a_number_hangs_on_nothing(shop: Company) -> None:
    """SQLite stores what it is given, and would reckon with it."""
    build(shop, WITH_STEPS)
    with shop.connect() as connection:
        connection.exec_driver_sql(
            "INSERT INTO steps VALUES (200, '3y', NULL, 'x'), (201, 3.5, NULL, 'x'), (202, x'33', NULL, 'x')"
        )
    answer = shop.apply()
    assert (answer.code, shop.keys("visits")) == (0, {4, 12})
    assert shop.keys("steps") == {40, 41, 120, 121, 200, 201, 202}


@on([(engine, way) for engine, way in SHARED if way != "range"])
@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS, REDACT])
@pytest.mark.parametrize("apart", [1, 1000])
def test_what_comes_meanwhile_is_not_meant(
    shop: Company, monkeypatch: pytest.MonkeyPatch, rule: str, apart: int, way: str
) -> None:
    """A visit that was due when it came, between two that were found, is not in the evidence, and so stays."""
    filled = rows(steps=False)
    filled["visits"] = [(key * apart, *rest) for key, *rest in filled["visits"] if key != 7]
    filled["steps"] = [(key * 10, key * apart, None, "x") for key in (3, 8) if rule != DELETE]
    build(shop, rule, filled)

    def come() -> None:
        shop.insert("visits", [(7 * apart, "closed", OLD, None, "Bob")])
        shop.insert("steps", [(70, 7 * apart, None, "x")] if rule != DELETE else [(70, None, None, "x")])

    with in_a_batch(shop, monkeypatch, way, come) as deal:
        disposed = not_refused(deal)
    assert names(disposed) == [str(n * apart) for n in (1, 2, 3, 5, 6, 8, 9, 10, 11)]
    assert disposed.records == 9
    assert (7 * apart, "Bob") in shop.query("SELECT id, client FROM visits")
    assert 70 in shop.keys("steps")


@on([("mariadb", "range")])
@pytest.mark.parametrize("rule", [DELETE, REDACT])
def test_what_comes_into_a_range_undoes_all(
    shop: Company, monkeypatch: pytest.MonkeyPatch, rule: str, way: str
) -> None:
    build(shop, rule, rows(steps=False, recent=(4,)))
    with shop.connect() as connection:
        connection.exec_driver_sql("DELETE FROM visits WHERE id = 7")
    before = shop.contents(("visits",))

    def come() -> None:
        shop.insert("visits", [(7, "closed", OLD, None, "Bob")])

    with in_a_batch(shop, monkeypatch, way, come) as deal, pytest.raises(BatchRefused):
        deal()
    assert sorted(shop.contents(("visits",))["visits"]) == sorted(
        [*before["visits"], *shop.query("SELECT * FROM visits WHERE id = 7")]
    )


@pytest.mark.parametrize("engine_url", ["mariadb"], indirect=True)
def test_no_more_go_than_may_though_others_come_into_a_range(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its ends are known by then."""
    filled = rows(steps=False)
    filled["visits"] = [row for row in filled["visits"] if row[0] != 2]
    build(shop, DELETE, filled)
    real, done = Writer.rows, list[bool]()

    def noted(self: Writer, *given: Any) -> Any:
        if len(done) == 2:
            shop.insert("visits", [(2, "closed", OLD, None, "Bob")])
        done.append(True)
        return real(self, *given)

    with statements(shop, "visits") as (writer, found):
        walk = ByRange(Statements(found.translator, found.removing, found.act, vetoes=False))
        monkeypatch.setattr(Writer, "rows", noted)
        with pytest.raises(BatchRefused, match="became due meanwhile"), writer.batch():
            walk.next(writer, (), 4)


@on([("mariadb", "range")])
def test_what_is_told_of_a_range_does_not_change_before_it_goes(
    shop: Company, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Else one record might leave and another come, and their number would be the same."""
    build(shop, "    where: {state: closed}\n" + DELETE, rows(steps=False))

    def reopen() -> None:
        with shop.connect() as connection:
            connection.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 1")
            with pytest.raises(OperationalError):
                connection.exec_driver_sql("UPDATE visits SET state = 'open' WHERE id = 5")

    with in_a_batch(shop, monkeypatch, way, reopen) as deal:
        assert not_refused(deal).records == 10
    assert shop.keys("visits") == {4, 12}


@on([(engine, way) for engine, way in SHARED if way != "range"])
@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS, REDACT])
def test_what_is_due_no_longer_undoes_all(shop: Company, monkeypatch: pytest.MonkeyPatch, rule: str, way: str) -> None:
    build(shop, "    where: {state: closed}\n" + rule, rows(steps=rule != DELETE))
    before = shop.contents(("visits", "steps"))

    def reopen() -> None:
        with shop.connect() as connection:
            connection.exec_driver_sql("UPDATE visits SET state = 'open' WHERE id = 5")

    with in_a_batch(shop, monkeypatch, way, reopen) as deal, pytest.raises(BatchRefused):
        deal()
    changed = [(key, "open" if key == 5 else state, *rest) for key, state, *rest in before["visits"]]
    assert shop.contents(("visits", "steps")) == before | {"visits": changed}


@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS])
def test_a_row_that_comes_below_keeps_its_record(shop: Company, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    """It was not there when the others went: the record is tried again, and goes with it, or is found blocked."""
    if shop.dialect == "sqlite":
        return
    ddl = DDL.replace("visit_id INTEGER, other_id", "visit_id INTEGER REFERENCES visits (id), other_id")
    build(shop, rule, rows(steps=False), ddl=ddl)
    real, done = Writer.change, list[bool]()

    def noted(self: Writer, statement: Any, *given: Any, **named: Any) -> int:
        if not done and "visits" in str(statement).split("WHERE", maxsplit=1)[0]:
            done.append(True)
            shop.insert("steps", [(50, 5, None, "x")])
        return real(self, statement, *given, **named)

    monkeypatch.setattr(Writer, "change", noted)
    answer = shop.apply()
    assert done
    assert (answer.code, 5 in shop.keys("visits"), 50 in shop.keys("steps")) == (0, rule == DELETE, rule == DELETE)
    assert shop.keys("visits") == {4, 12} | ({5} if rule == DELETE else set())
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


# -- what undoes it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine_url", ["mariadb"], indirect=True)
def test_one_that_cannot_go_is_found_by_name(shop: Company) -> None:
    """Only MariaDB's triggers do not keep records from going as they lie."""
    build(shop, DELETE, rows(steps=False))
    trigger(shop, "visits", REFUSING[shop.dialect].format("OLD.id = 5"))
    answer = shop.apply()
    assert (answer.code, shop.keys("visits")) == (5, {4, 5, 12})
    assert sum(records for _, records, _, _ in shop.evidence()) == 9


def test_a_row_that_is_changed_while_the_stretch_waits_stays(shop: Company) -> None:
    """And the others go by another batch."""
    if shop.dialect == "sqlite":
        return
    build(shop, "    where: {state: closed}\n" + DELETE, rows(steps=False))
    with shop.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("UPDATE visits SET state = 'open' WHERE id = 7")
        timer = threading.Timer(1.0, connection.exec_driver_sql, ("COMMIT",))
        timer.start()
        answer = shop.apply()
        timer.join()
    assert (answer.code, shop.keys("visits")) == (0, {4, 7, 12})
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("odd", ["'six'", "6.5"])
def test_keys_that_are_no_whole_numbers_go_by_name(shop: Company, odd: str) -> None:
    """SQLite stores what it is given."""
    build(
        shop,
        DELETE,
        rows(steps=False),
        ddl=DDL.replace("id INTEGER PRIMARY KEY NOT NULL", "id INT PRIMARY KEY NOT NULL"),
    )
    with shop.connect() as connection:
        connection.exec_driver_sql(f"UPDATE visits SET id = {odd} WHERE id = 6")
    with statements(shop, "visits") as (writer, found):
        plain = Statements(found.translator, found.removing, found.act, vetoes=False)
        for walk in (ByNumber(plain), ByNumber(plain, hidden="rowid")):
            with pytest.raises(WesretainError) as caught, writer.batch():
                dispose_as_found(writer, walk, (), 100)
            assert caught.type is BatchRefused
    answer = shop.apply()
    assert (answer.code, shop.keys("visits")) == (0, {4, 12})


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_nothing_is_left_below_keys_that_are_no_whole_numbers(shop: Company) -> None:
    """By numbers the rows below would be looked up; so each record is dealt with by its key."""
    numbers = DDL.replace("id INTEGER PRIMARY KEY NOT NULL", "id INT PRIMARY KEY NOT NULL")
    build(shop, WITH_STEPS, ddl=numbers)
    with shop.connect() as connection:
        connection.exec_driver_sql("UPDATE visits SET id = 'six' WHERE id = 6")
        connection.exec_driver_sql("UPDATE steps SET visit_id = 'six' WHERE visit_id = 6")
    with statements(shop, "visits") as (writer, found):
        walk = ByName(Statements(found.translator, found.removing, found.act, vetoes=False))
        with pytest.raises(BatchRefused, match="whole numbers"), writer.batch():
            dispose_as_found(writer, walk, walk.ready(writer, walk.start), 100)
    answer = shop.apply()
    assert (answer.code, shop.keys("visits"), shop.keys("steps")) == (0, {4, 12}, {40, 41, 120, 121})


@pytest.mark.parametrize("engine_url", ["mariadb"], indirect=True)
@pytest.mark.parametrize(("way", "ddl"), [(ByNumber, DDL), (ByRange, TEXT_KEY)])
def test_a_list_that_was_cut_off_is_not_taken_for_all(
    shop: Company, way: Callable[[Statements], Walk], ddl: str
) -> None:
    """The answer may be no longer than a packet; what lies beyond is then told by nothing but a warning."""
    build(shop, DELETE, rows(steps=False), ddl=ddl)
    with statements(shop, "visits") as (writer, found):
        plain = Statements(found.translator, found.removing, found.act, vetoes=False)
        for limit in range(4, 12):
            writer.connection.exec_driver_sql(f"SET SESSION group_concat_max_len = {limit}")
            with pytest.raises(BatchRefused), writer.batch():
                dispose_as_found(writer, way(plain), (), 100)
    assert len(shop.keys("visits")) == 12
