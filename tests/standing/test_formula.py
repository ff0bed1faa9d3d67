"""Formulas as such: what they come down to when they are put together, and which columns and tables they ask for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from wesretain.model.condition import Operator, Presence
from wesretain.model.reading import Dial, Encoding
from wesretain.model.schema import Column, Kind, Table
from wesretain.standing.formula import (
    FALSE,
    TRUE,
    UNKNOWN,
    And,
    Compares,
    EqualsTemplate,
    Exists,
    Formula,
    HasKey,
    HasPassed,
    Holds,
    IsMasked,
    IsOlder,
    IsSameRow,
    IsThere,
    IsUndated,
    IsYounger,
    NeedsScrub,
    Not,
    Or,
    Surely,
    columns_of,
    conjuncts,
    disjuncts,
    every,
    nearly_number,
    opposite,
    some,
    tables_of,
)

A, B, C = (Column(name, Kind.TEXT) for name in "abc")
T, U = (Table(None, name, (A, B, C)) for name in "tu")
IS_A, IS_B, IS_C = (IsThere(column, Presence.NULL) for column in (A, B, C))


def has_key(column: Column, *values: str, blind: bool = True) -> HasKey:
    return HasKey((column,), tuple((value,) for value in values), blind)


@pytest.mark.parametrize(
    ("parts", "conjunction", "disjunction"),
    [
        ([], TRUE, FALSE),
        ([IS_A], IS_A, IS_A),
        ([IS_A, IS_A], IS_A, IS_A),
        ([IS_A, IS_B], And((IS_A, IS_B)), Or((IS_A, IS_B))),
        ([TRUE, IS_A], IS_A, TRUE),
        ([FALSE, IS_A], FALSE, IS_A),
        ([UNKNOWN, IS_A], And((UNKNOWN, IS_A)), Or((UNKNOWN, IS_A))),
    ],
)
def test_what_parts_come_down_to(parts: list[Formula], conjunction: Formula, disjunction: Formula) -> None:
    assert (every(parts), some(parts)) == (conjunction, disjunction)


def test_keys_of_the_same_columns_become_one_list() -> None:
    assert some([has_key(A, "1", "2"), has_key(A, "2", "3")]) == has_key(A, "1", "2", "3")
    apart = [has_key(A, "1"), has_key(A, "1", blind=False), has_key(B, "1")]
    assert some(apart) == Or(tuple(apart))


@pytest.mark.parametrize(
    ("part", "expected"),
    [(TRUE, FALSE), (FALSE, TRUE), (UNKNOWN, UNKNOWN), (IS_A, Not(IS_A)), (Not(IS_A), IS_A), (Surely(IS_A), None)],
)
def test_opposites(part: Formula, expected: Formula | None) -> None:
    assert opposite(part) == (expected or Not(part))


def test_parts_within_parts() -> None:
    assert conjuncts(And((IS_A, And((IS_B, Or((IS_A, IS_C))))))) == (IS_A, IS_B, Or((IS_A, IS_C)))
    assert disjuncts(Or((IS_A, Or((IS_B, And((IS_A, IS_C))))))) == (IS_A, IS_B, And((IS_A, IS_C)))


@pytest.mark.parametrize(
    ("formula", "columns", "tables"),
    [
        (TRUE, set(), set()),
        (And((IS_A, Or((IS_B, Not(Surely(IS_C)))))), {A, B, C}, set()),
        (Compares(A, Operator.EQUAL, ("x",), False), {A}, set()),
        (IsMasked(B), {B}, set()),
        (Holds(C, "x"), {C}, set()),
        (EqualsTemplate(A, ("x", B, "y")), {A, B}, set()),
        (NeedsScrub(((A, ("e-mail",)), (C, ("e-mail",)))), {A, C}, set()),
        (HasKey((A, B), (("x", "y"),)), {A, B}, set()),
        (IsSameRow(1, (B, C)), {B, C}, set()),
        (Exists(T, ((A, B),), IS_C, None), {A}, {T}),
        (Not(Exists(T, ((A, B),), Surely(Exists(U, ((C, A),), TRUE, None)), None)), {A}, {T, U}),
        (And((Exists(T, ((A, B),), TRUE, None), Or((Exists(U, ((C, A),), TRUE, None),)))), {A, C}, {T, U}),
    ],
)
def test_which_columns_and_tables_are_asked_for(formula: Formula, columns: set[Column], tables: set[Table]) -> None:
    assert (columns_of(formula), tables_of(formula)) == (columns, tables)


def test_clocks_ask_for_their_column() -> None:
    dial = Dial(A, Encoding.LOCAL_TIME, ZoneInfo("UTC"))
    now, today = datetime(2024, 7, 1, tzinfo=UTC), date(2024, 7, 1)
    for formula in (HasPassed(dial, now), IsUndated(dial), IsOlder(dial, now), IsYounger(dial, now, now, today, today)):
        assert columns_of(formula) == {A}


MEMBER = Column("doc", Kind.TEXT, member=("n",))


@pytest.mark.parametrize(
    ("number", "also", "never"),
    [("1", ("1.0", "1.", "1e0", "-2E+5"), ("10", "11", "x")), ("1.50", ("1.5", "1.500"), ("1.05", "15", "1x5"))],
)
def test_other_spellings_of_a_number_in_json(number: str, also: tuple[str, ...], never: tuple[str, ...]) -> None:
    pattern = nearly_number(Compares(MEMBER, Operator.EQUAL, (number,), True), number)
    assert pattern
    assert all(re.fullmatch(pattern, each) for each in also)
    assert not any(re.fullmatch(pattern, each) for each in never)


def test_only_a_number_in_json_that_keeps_has_other_spellings() -> None:
    assert nearly_number(Compares(MEMBER, Operator.EQUAL, ("1",), False), "1") is None
    assert nearly_number(Compares(A, Operator.EQUAL, ("1",), True), "1") is None
    assert nearly_number(Compares(MEMBER, Operator.CONTAINS, ("1",), True), "1") is None
    assert [nearly_number(Compares(MEMBER, Operator.EQUAL, (text,), True), text) for text in ("x", "1.", ".1")] == [
        None
    ] * 3
