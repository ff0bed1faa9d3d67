"""What `decide` says of one value, by a table: each operator on each side of its boundary, and what is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

import pytest

from wesretain.model.condition import Operator, Presence
from wesretain.model.members import Raw
from wesretain.model.schema import Column, Kind, Table
from wesretain.standing.decide import Row, decide
from wesretain.standing.formula import Compares, Formula, HasKey, Holds, IsMasked, IsThere, Value

NUMBER, TEXT, BYTES = (Column("c", kind) for kind in (Kind.DECIMAL, Kind.TEXT, Kind.BINARY))
A_UUID = "0a000000-0000-4000-8000-00000000000b"
EQUAL, ANY_CASE, CONTAINS, STARTS = Operator.EQUAL, Operator.ANY_CASE, Operator.CONTAINS, Operator.STARTS_WITH


class Nobody:
    """A database without rows."""

    def related(self, table: Table, columns: tuple[Column, ...], values: tuple[Raw, ...]) -> Iterable[Row]:
        raise AssertionError("nothing is searched")


def said(formula: Formula, raw: Raw) -> bool | None:
    return decide(formula, ({"c": raw},), Nobody())


@pytest.mark.parametrize(
    ("operator", "answers"),
    [
        (Operator.AT_MOST, (True, True, False)),
        (Operator.AT_LEAST, (False, True, True)),
        (Operator.LESS_THAN, (True, False, False)),
        (Operator.MORE_THAN, (False, False, True)),
        (EQUAL, (False, True, False)),
    ],
)
def test_numbers_on_each_side(operator: Operator, answers: tuple[bool, ...]) -> None:
    compares = Compares(NUMBER, operator, (5,), False)
    assert tuple(said(compares, raw) for raw in (Decimal("4.9"), 5, 5.1)) == answers
    assert [said(compares, raw) for raw in (None, "5", b"5")] == [None] * 3


#: An operator, the value that is looked for, what is found where a match lets go, and where it keeps.
TEXTS: list[tuple[Operator, str, str, bool, bool]] = [
    (EQUAL, "open", "open", True, True),
    (EQUAL, "open", " Open ", False, True),
    (EQUAL, "open", "opened", False, False),
    (ANY_CASE, "open", "OPEN", True, True),
    (ANY_CASE, "open", " open", False, True),
    (ANY_CASE, "open", "opened", False, False),
    (CONTAINS, "pen", "opened", True, True),
    (CONTAINS, "PEN", "opened", False, True),
    (CONTAINS, "opened", "pen", False, False),
    (STARTS, "op", "open", True, True),
    (STARTS, "OP", "open", False, True),
    (STARTS, "pen", "open", False, False),
    (STARTS, "open", "op", False, False),
]


@pytest.mark.parametrize(("operator", "value", "raw", "lets_go", "keeps"), TEXTS)
def test_texts_and_bytes(operator: Operator, value: str, raw: str, lets_go: bool, keeps: bool) -> None:
    for blind, answer in ((False, lets_go), (True, keeps)):
        of_text = Compares(TEXT, operator, ("nothing", value), blind)
        assert said(of_text, raw) is answer
        assert [said(of_text, other) for other in (None, raw.encode(), 7)] == [None] * 3
        of_bytes = Compares(BYTES, operator, (b"nothing", value.encode()), blind)
        assert said(of_bytes, raw.encode()) is answer
        assert [said(of_bytes, other) for other in (None, 7)] == [None] * 2


def test_bytes_that_are_no_ascii_are_compared_to_the_letter() -> None:
    compares = Compares(BYTES, EQUAL, (b"\xc3\x84",), True)
    assert said(compares, b"\xc3\x84") is True
    assert said(compares, b"\xc3\xa4") is False


@pytest.mark.parametrize("raw", [UUID(A_UUID), A_UUID, A_UUID.upper()])
def test_uuids(raw: Raw) -> None:
    column = Column("c", Kind.UUID)
    assert said(Compares(column, EQUAL, (A_UUID,), False), raw) is True
    assert said(Compares(column, EQUAL, (A_UUID[:-1] + "c",), False), raw) is False


@pytest.mark.parametrize(
    ("raw", "answers"),
    [
        (None, (True, True, False)),
        ("", (False, True, False)),
        (b"", (False, True, False)),
        (" ", (False, False, True)),
        (0, (False, False, True)),
    ],
)
def test_what_is_there(raw: Raw, answers: tuple[bool, ...]) -> None:
    each = (Presence.NULL, Presence.EMPTY, Presence.PRESENT)
    assert tuple(said(IsThere(TEXT, presence), raw) for presence in each) == answers


@pytest.mark.parametrize(
    ("value", "raw", "blindly", "exactly"),
    [
        ("Ann", "Ann", True, True),
        ("Ann", " ann", True, False),
        ("Ann", "Bob", False, False),
        ("7", 7, False, False),
        (7, Decimal("7.0"), True, True),
        (7, 8, False, False),
        (7, "7", False, False),
        (7, None, False, False),
        (b"a", b"a", True, True),
        (b"a", "a", True, False),
        (b"a", b"A", False, False),
    ],
)
def test_keys(value: Value, raw: Raw, blindly: bool, exactly: bool) -> None:
    for blind, answer in ((True, blindly), (False, exactly)):
        assert said(HasKey((TEXT,), (("nobody",), (value,)), blind), raw) is answer


@pytest.mark.parametrize(
    ("value", "begins", "raw", "answer"),
    [
        (b"ab", False, b"ab", True),
        (b"ab", False, b"abc", False),
        (b"ab", True, b"abc", True),
        (b"ab", True, b"cab", False),
        (b"ab", True, "ab", None),
        ("1900-01-01 00:00:00", False, "1900-01-01 00:00:00", True),
        ("1900-01-01 00:00:00", False, "1900-01-01 00:00:00.000", True),
        ("1900-01-01 00:00:00", False, "1900-01-01 00:00:00+00", True),
        ("1900-01-01 00:00:00", False, "1900-01-01 00:00:00.5", False),
        ("1900-01-01 00:00:00", False, None, None),
        ("1900-01-01 00:00:00", False, 1900, None),
    ],
)
def test_what_a_column_holds(value: str | bytes, begins: bool, raw: Raw, answer: bool | None) -> None:
    column = BYTES if isinstance(value, bytes) else Column("c", Kind.LOCAL_TIME)
    assert said(Holds(column, value, begins), raw) is answer
    if isinstance(value, str) and isinstance(raw, str):
        assert said(Holds(Column("c", Kind.JSON), value), raw) is (raw == value)


@pytest.mark.parametrize(
    ("raw", "answer"),
    [("192.0.2.7", False), ("192.0.0.0", True), ("no address", None), (b"\xc0\x00\x00\x00", None), (None, None)],
)
def test_masked_texts(raw: Raw, answer: bool | None) -> None:
    assert said(IsMasked(TEXT), raw) is answer


@pytest.mark.parametrize(
    ("declared", "raw", "answer"),
    [
        ("varbinary(16)", bytes([192, 0, 2, 7]), False),
        ("varbinary(16)", bytes([192, 0, 0, 0]), True),
        ("varbinary(16)", b"12345", None),
        ("varbinary(16)", "192.0.0.0", None),
        ("binary(16)", bytes([192, 0, 2, 7, *[0] * 12]), None),
        ("binary(16)", bytes([32, 1, *[0] * 13, 1]), False),
    ],
)
def test_masked_bytes(declared: str, raw: Raw, answer: bool | None) -> None:
    assert said(IsMasked(Column("c", Kind.BINARY, declared=declared)), raw) is answer
