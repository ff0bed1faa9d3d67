"""The same standing as `sql` gives, decided in plain Python for one record and the rows around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Protocol, TypeAlias, assert_never

from wesretain.model.binary import fixed_width, padded
from wesretain.model.condition import Operator, Presence
from wesretain.model.masking import IP_ADDRESS, MASKED_IP, masked_bytes, may_be_padded
from wesretain.model.members import Member, Raw, member_of, value_of
from wesretain.model.reading import Never, Span, Undated, read
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.scrubbing import scrubbed
from wesretain.model.standing import Standing
from wesretain.model.whole import is_same
from wesretain.standing import formula as f
from wesretain.standing.formula import Formula
from wesretain.standing.rules import Levels

Row: TypeAlias = Mapping[str, Raw]


class Reader(Protocol):
    """Where rows come from: a database, or a test's memory."""

    def related(self, table: Table, columns: tuple[Column, ...], values: tuple[Raw, ...]) -> Iterable[Row]:
        """The rows of a table whose columns equal some values as that engine's foreign keys see it (none is NULL)."""


def standing(levels: Levels, row: Row, reader: Reader) -> Standing:
    """Where a record stands: the first standing that fits."""
    ask: Callable[[Formula], bool | None] = partial(decide, trail=(row,), reader=reader)
    covers = ask(levels.covers)
    if covers is False:
        return Standing.UNCOVERED
    if ask(levels.held) is not False:
        return Standing.HELD
    if covers is None or ask(levels.undated) is not False:
        return Standing.UNDECIDABLE
    for question, answer in (
        (levels.law, Standing.LAW),
        (levels.agreed, Standing.AGREED),
        (levels.kept, Standing.KEPT),
        (levels.blocked, Standing.BLOCKED),
    ):
        if ask(question) is not False:
            return answer
    return Standing.DUE


def decide(formula: Formula, trail: tuple[Row, ...], reader: Reader) -> bool | None:
    """Whether a formula is true, false or unknown (None) of the last row of a trail of rows."""
    row = trail[-1]
    match formula:
        case f.Constant(value):
            return value
        case f.And(parts):
            return _all(decide(part, trail, reader) for part in parts)
        case f.Or(parts):
            return _any(decide(part, trail, reader) for part in parts)
        case f.Not(part):
            return _not(decide(part, trail, reader))
        case f.Surely(part):
            return decide(part, trail, reader) is True
        case f.Exists():
            return _exists(formula, trail, reader)
        case f.IsSameRow(levels, key):
            start = trail[-1 - levels]
            return all(start[part.name] == row[part.name] for part in key)
        case f.Compares():
            return _compares(formula, value_of(formula.column, row))
        case f.IsThere(column, presence) if column.member:
            return _is_member_there(presence, member_of(row[column.name], column.member))
        case f.IsThere(column, presence):
            return _is_there(presence, row[column.name])
        case f.HasKey(columns, keys, blind):
            equals = _key_equals if blind else _key_is
            return any(all(equals(row[c.name], value) for c, value in zip(columns, key, strict=True)) for key in keys)
        case f.IsMasked(column):
            return _is_masked(column, row[column.name])
        case f.Holds():
            return _holds(formula, row[formula.column.name])
        case f.NeedsScrub():
            return needs_scrub(formula, row)
        case f.EqualsTemplate(column, parts):
            made = "".join(part if isinstance(part, str) else str(row[part.name]) for part in parts)
            whole = (
                padded(column.declared, made.encode("utf-8", "surrogatepass")) if column.kind is Kind.BINARY else made
            )
            return None if row[column.name] is None else row[column.name] == whole
        case f.HasPassed() | f.IsUndated() | f.IsOlder() | f.IsYounger():
            return _clock(formula, value_of(formula.dial.column, row))
        case _ as never:
            assert_never(never)


def _is_masked(column: Column, raw: Raw) -> bool | None:
    if column.kind is not Kind.BINARY:
        found = isinstance(raw, str) and re.fullmatch(IP_ADDRESS, raw)
        return re.fullmatch(MASKED_IP, str(raw)) is not None if found else None
    masked = masked_bytes(raw) if isinstance(raw, bytes) else None
    if masked is None or (fixed_width(column.declared) and isinstance(raw, bytes) and may_be_padded(raw)):
        return None
    return raw == masked


def _holds(formula: f.Holds, raw: Raw) -> bool | None:
    value = formula.value
    if isinstance(value, bytes):
        if not isinstance(raw, bytes):
            return None
        return raw.startswith(value) if formula.begins else raw == value
    if not isinstance(raw, str):
        return None
    as_it_stands = formula.column.stored_as_text or formula.column.kind is Kind.JSON
    return (raw if as_it_stands else _to_the_second(raw)) == value


def _to_the_second(text: str) -> str:
    """A typed time as text, without a fraction of zeros and the zone, which is UTC."""
    whole, _, fraction = text.removesuffix("+00").partition(".")
    return whole if not fraction.strip("0") else text


def needs_scrub(formula: f.NeedsScrub, row: Row) -> bool | None:
    """Whether a row's texts hold what is to be scrubbed; None where one that might is no text."""
    return _any(_is_unscrubbed(row[column.name], elements) for column, elements in formula.targets)


def _is_unscrubbed(raw: Raw, elements: tuple[str, ...]) -> bool | None:
    if raw is None:
        return False
    return scrubbed(raw, elements) != raw if isinstance(raw, str) else None


def _all(answers: Iterable[bool | None]) -> bool | None:
    found: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        found = None if answer is None else found
    return found


def _any(answers: Iterable[bool | None]) -> bool | None:
    return _not(_all(_not(answer) for answer in answers))


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _exists(formula: f.Exists, trail: tuple[Row, ...], reader: Reader) -> bool | None:
    values = tuple(trail[-1][here.name] for here, _ in formula.pairs)
    if None in values:
        return False
    there = tuple(end for _, end in formula.pairs)
    rows = reader.related(formula.table, there, values)
    return _any(
        _all(
            (
                True if _is_reached(formula, values, row) else formula.near,
                decide(formula.inner, (*trail, row), reader),
            )
        )
        for row in rows
    )


def _is_reached(formula: f.Exists, values: tuple[Raw, ...], row: Row) -> bool:
    """The row's columns are the same as some values, to the letter."""
    found = zip(formula.pairs, values, strict=True)
    return all(is_same(here, there, value, row[there.name]) for (here, there), value in found)


def _fold(text: str) -> str:
    return text.strip(" ").casefold()


def _compares(formula: f.Compares, raw: Raw) -> bool | None:
    kind = formula.column.kind
    if raw is None:
        return None
    if kind is Kind.TEXT:
        if not isinstance(raw, str):
            return None
        change = _fold if formula.blind else str.casefold if formula.operator is Operator.ANY_CASE else str
        near = (f.nearly_number(formula, value) for value in formula.values)
        return any(pattern and re.fullmatch(pattern, raw) for pattern in near) or any(
            _texts(formula.operator, change(raw), change(str(value))) for value in formula.values
        )
    if kind is Kind.BINARY:
        return _compares_bytes(formula, raw.encode("utf-8", "replace") if isinstance(raw, str) else raw)
    if kind is Kind.UUID:
        return any(str(raw).lower() == value for value in formula.values)
    if isinstance(raw, str | bytes):
        return None
    return any(
        _numbers(formula.operator, Decimal(raw), Decimal(value))
        for value in formula.values
        if not isinstance(value, str | bytes)
    )


def _compares_bytes(formula: f.Compares, raw: Raw) -> bool | None:
    """Bytes to the letter; and as ASCII text, if they are looked for as such, where a near miss counts."""
    values = [value for value in formula.values if isinstance(value, bytes)]
    if not isinstance(raw, bytes):
        return None
    exact = any(_bytes(formula.operator, raw, value) for value in values)
    any_case = formula.operator is Operator.ANY_CASE
    if not (formula.blind or any_case):
        return exact
    change = _fold if formula.blind else str.casefold
    text = change(raw.decode("ascii", "replace"))
    near = any(_texts(formula.operator, text, change(value.decode())) for value in values if value.isascii())
    return near or exact


def _bytes(operator: Operator, raw: bytes, value: bytes) -> bool:
    match operator:
        case Operator.CONTAINS:
            return value in raw
        case Operator.STARTS_WITH:
            return raw.startswith(value)
        case _:
            return raw == value


def _texts(operator: Operator, text: str, value: str) -> bool:
    match operator:
        case Operator.CONTAINS:
            return value in text
        case Operator.STARTS_WITH:
            return text.startswith(value)
        case _:
            return text == value


def _numbers(operator: Operator, number: Decimal, value: Decimal) -> bool:
    match operator:
        case Operator.AT_MOST:
            return number <= value
        case Operator.AT_LEAST:
            return number >= value
        case Operator.LESS_THAN:
            return number < value
        case Operator.MORE_THAN:
            return number > value
        case _:
            return number == value


def _is_there(presence: Presence, raw: Raw) -> bool:
    empty = raw is None or raw in ("", b"")
    match presence:
        case Presence.NULL:
            return raw is None
        case Presence.EMPTY:
            return empty
        case Presence.PRESENT:
            return not empty


def _is_member_there(presence: Presence, member: Member) -> bool | None:
    if not member.readable:
        return None
    empty = not member.there or member.text == ""
    match presence:
        case Presence.NULL:
            return not member.there
        case Presence.EMPTY:
            return empty
        case Presence.PRESENT:
            return not empty


def _key_equals(raw: Raw, value: f.Value) -> bool:
    if isinstance(value, str):
        return isinstance(raw, str) and _fold(raw) == _fold(value)
    if isinstance(value, bytes):
        return (raw.encode(errors="replace") if isinstance(raw, str) else raw) == value
    return raw is not None and not isinstance(raw, str | bytes) and Decimal(raw) == Decimal(value)


def _key_is(raw: Raw, value: f.Value) -> bool:
    return raw == value if isinstance(value, str | bytes) else _key_equals(raw, value)


def _clock(formula: f.HasPassed | f.IsUndated | f.IsOlder | f.IsYounger, raw: Raw) -> bool | None:
    reading = read(formula.dial, raw)
    match formula:
        case f.IsUndated():
            return isinstance(reading, Undated)
        case f.HasPassed(_, by):
            return None if isinstance(reading, Undated) else not isinstance(reading, Never) and reading.last <= by
        case f.IsOlder(_, cut_off):
            if not isinstance(reading, Span):
                return None
            return True if reading.last <= cut_off else False if reading.first > cut_off else None
        case f.IsYounger():
            return _is_younger(formula, reading) if isinstance(reading, Span) else None


def _is_younger(formula: f.IsYounger, span: Span) -> bool | None:
    if span.day is not None:
        if span.day > formula.today:
            return None
        return span.day > formula.cut_off_day
    if span.last <= formula.cut_off:
        return False
    return True if formula.cut_off < span.first <= formula.as_of else None
