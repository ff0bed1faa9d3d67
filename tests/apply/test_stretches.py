"""Records that go as they lie in the order of their key: who may, that nothing else goes along, and what undoes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from apply.company import OLD, RECENT, Company, Rows
from apply.test_batches import REFUSING, statements, trigger
from wesretain.apply.batch import Disposed, dispose_stretch
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
        False,
        ddl=DDL.replace("id INTEGER PRIMARY KEY NOT NULL", "id INTEGER NOT NULL", 1).replace(
            "client VARCHAR(20))", "client VARCHAR(20) NOT NULL, PRIMARY KEY (id, client))"
        ),
    ),
    Shape("a text for a key", DELETE, False, ddl=DDL.replace("visits (id INTEGER", "visits (id VARCHAR(20)", 1)),
)


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)  # no engine is asked for anything but its types
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.words)
def test_who_goes_as_it_lies(shop: Company, shape: Shape) -> None:
    build(shop, shape.rule, {}, visits=shape.visits, steps=shape.steps, link=shape.link, ddl=shape.ddl)
    with statements(shop, "visits") as (_, found):
        plain = Statements(found.translator, found.removing, found.act, vetoes=False)
        assert plain.by_stretches is shape.may
        assert not Statements(found.translator, found.removing, found.act, vetoes=True).by_stretches


# -- nothing else goes along ------------------------------------------------------------------------------------------


@contextmanager
def in_a_batch(
    shop: Company, monkeypatch: pytest.MonkeyPatch, midway: Callable[[], None]
) -> Iterator[Callable[..., Disposed]]:
    """Deal with a stretch in a transaction; something is done between the finding of its records and their change."""
    real, done = Writer.rows, list[bool]()

    def noted(self: Writer, *given: Any) -> Any:
        found = real(self, *given)
        if not done:
            done.append(True)
            midway()
        return found

    with statements(shop, "visits") as (writer, found):
        plain = Statements(found.translator, found.removing, found.act, vetoes=False)
        monkeypatch.setattr(Writer, "rows", noted)

        def deal(after: Any = None, most: int = 100) -> Disposed:
            with writer.batch():
                return dispose_stretch(writer, plain, after, most)

        yield deal


def not_refused(deal: Callable[..., Disposed]) -> Disposed:
    try:
        return deal()
    except BatchRefused as error:
        raise AssertionError(f"it was refused: {error}") from None


def nothing() -> None:
    pass


@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS, REDACT])
def test_what_lies_between_stays(shop: Company, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    """So many at most, those after the cursor alone, and neither a recent visit nor what hangs on it."""
    build(shop, rule, rows(steps=rule != DELETE))
    steps = shop.keys("steps")
    with in_a_batch(shop, monkeypatch, nothing) as deal:
        first, second = deal(most=5), deal((6,))
    assert (first.records, first.keys, first.last) == (5, "1,2,3,5,6", (6,))
    assert (second.records, second.keys, second.last) == (5, "7,8,9,10,11", (11,))
    word = "redact" if rule == REDACT else "delete"
    below = {"delete steps": 10} if rule == WITH_STEPS else {}
    assert first.counts == {f"{word} visits": 5, **below}
    left = shop.query("SELECT id FROM visits WHERE client = 'Ann' ORDER BY id")
    assert left == [(4,), (12,)]
    assert shop.keys("steps") == ({40, 41, 120, 121} if rule == WITH_STEPS else steps)


def test_what_hangs_on_nothing_stays(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit's steps are those with some label, and number 7 is nobody."""
    filled = rows(recent=(4, 12))
    filled["steps"] += [(200, 3, None, "y"), (201, None, None, "x"), (202, 99, None, "x")]
    build(shop, WITH_STEPS, filled, link=NOBODY)
    with in_a_batch(shop, monkeypatch, nothing) as deal:
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


def test_what_lies_before_the_cursor_is_not_found_again(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as what was skipped."""
    build(shop, DELETE, rows(steps=False))
    with in_a_batch(shop, monkeypatch, nothing) as deal:
        assert deal((6,)).keys == "7,8,9,10,11"
    assert shop.keys("visits") == {1, 2, 3, 4, 5, 6, 12}


@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS, REDACT])
@pytest.mark.parametrize("apart", [1, 1000])
def test_what_comes_meanwhile_is_not_meant(
    shop: Company, monkeypatch: pytest.MonkeyPatch, rule: str, apart: int
) -> None:
    """A visit that was due when it came, between two that were found, is not in the evidence, and so stays."""
    if shop.dialect == "sqlite":
        return  # nobody can write meanwhile
    filled = rows(steps=False)
    filled["visits"] = [(key * apart, *rest) for key, *rest in filled["visits"] if key != 7]
    filled["steps"] = [(key * 10, key * apart, None, "x") for key in (3, 8) if rule != DELETE]
    build(shop, rule, filled)

    def come() -> None:
        shop.insert("visits", [(7 * apart, "closed", OLD, None, "Bob")])
        shop.insert("steps", [(70, 7 * apart, None, "x")] if rule != DELETE else [(70, None, None, "x")])

    with in_a_batch(shop, monkeypatch, come) as deal:
        disposed = not_refused(deal)
    assert disposed.keys == ",".join(str(n * apart) for n in (1, 2, 3, 5, 6, 8, 9, 10, 11))
    assert disposed.records == 9
    assert (7 * apart, "Bob") in shop.query("SELECT id, client FROM visits")
    assert 70 in shop.keys("steps")


@pytest.mark.parametrize("rule", [DELETE, WITH_STEPS, REDACT])
def test_what_is_due_no_longer_undoes_all(shop: Company, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    if shop.dialect == "sqlite":
        return  # nobody can write meanwhile
    build(shop, "    where: {state: closed}\n" + rule, rows(steps=rule != DELETE))
    before = shop.contents(("visits", "steps"))

    def reopen() -> None:
        with shop.connect() as connection:
            connection.exec_driver_sql("UPDATE visits SET state = 'open' WHERE id = 5")

    with in_a_batch(shop, monkeypatch, reopen) as deal, pytest.raises(BatchRefused):
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
        with pytest.raises(WesretainError) as caught, writer.batch():
            dispose_stretch(writer, plain, None, 100)
    assert caught.type is BatchRefused
    answer = shop.apply()
    assert (answer.code, shop.keys("visits")) == (0, {4, 12})


@pytest.mark.parametrize("engine_url", ["mariadb"], indirect=True)
def test_a_list_that_was_cut_off_is_not_taken_for_all(shop: Company) -> None:
    """The answer may be no longer than a packet; what lies beyond is then told by nothing but a warning."""
    build(shop, DELETE, rows(steps=False))
    with statements(shop, "visits") as (writer, found):
        plain = Statements(found.translator, found.removing, found.act, vetoes=False)
        for limit in range(4, 12):
            writer.connection.exec_driver_sql(f"SET SESSION group_concat_max_len = {limit}")
            with pytest.raises(BatchRefused), writer.batch():
                dispose_stretch(writer, plain, None, 100)
    assert len(shop.keys("visits")) == 12
