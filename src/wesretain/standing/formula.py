"""Three-valued formulas about one row: what standing is made of, before any engine or any record is known.

A formula is true, false or unknown of a row. Two interpreters decide it: `sql` for whole tables, `decide` for one row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from wesretain.model.condition import Operator, Presence
from wesretain.model.reading import Dial
from wesretain.model.schema import Column, Table

Value: TypeAlias = "str | int | float | Decimal | bool | bytes"


@dataclass(frozen=True, slots=True)
class Constant:
    """The same of every row; None is unknown."""

    value: bool | None


@dataclass(frozen=True, slots=True)
class Compares:
    """The column stands in a relation to one of the values; unknown where it is NULL.

    `blind` compares texts without case and surrounding spaces, which over-matches: it is used where a match keeps.
    """

    column: Column
    operator: Operator
    values: tuple[Value, ...]
    blind: bool


def nearly_number(compares: Compares, value: Value) -> str | None:
    """A pattern of the other spellings of a number in JSON (1.0, 1e0), where a match keeps; with an exponent any."""
    text = str(value)
    if not (compares.blind and compares.column.member and compares.operator is Operator.EQUAL):
        return None
    if not re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", text):
        return None
    bare = text.rstrip("0").rstrip(".") if "." in text else text
    escaped = "\\."
    zeros = "0*" if "." in bare else "(?:\\.0*)?"
    return f"{bare.replace('.', escaped)}{zeros}|-?[0-9.]+[eE][-+]?[0-9]+"


@dataclass(frozen=True, slots=True)
class IsThere:
    """The column is NULL, is empty, or says something; never unknown."""

    column: Column
    presence: Presence


@dataclass(frozen=True, slots=True)
class HasPassed:
    """The last instant that the clock can denote lies at or before an instant; unknown where it is undated."""

    dial: Dial
    by: datetime


@dataclass(frozen=True, slots=True)
class IsUndated:
    """The clock says nothing; never unknown."""

    dial: Dial


@dataclass(frozen=True, slots=True)
class IsOlder:
    """All that the value can denote lies at or before the cut-off; unknown where only some does, or none is known."""

    dial: Dial
    cut_off: datetime


@dataclass(frozen=True, slots=True)
class IsYounger:
    """All that the value can denote lies after the cut-off, and not in the future; calendar days compare as days.

    `cut_off_day` and `today` are the same in the organisation's calendar.
    """

    dial: Dial
    cut_off: datetime
    as_of: datetime
    cut_off_day: date
    today: date


@dataclass(frozen=True, slots=True)
class IsMasked:
    """The text, or the bytes, are an IP address whose second half is blank already; unknown where they are none."""

    column: Column


@dataclass(frozen=True, slots=True)
class Holds:
    """The column holds that date, time or bytes, or bytes that begin so (`begins`).

    Unknown where it is NULL, and where SQLite stores what its type does not say.
    """

    column: Column
    value: str | bytes
    begins: bool = False


@dataclass(frozen=True, slots=True)
class EqualsTemplate:
    """The text is what the template makes of the row's own columns: literal texts and columns in turn."""

    column: Column
    parts: tuple[str | Column, ...]


@dataclass(frozen=True, slots=True)
class NeedsScrub:
    """One of the texts still holds one of its elements (column, elements); unknown of what is no text.

    SQL alone cannot decide it: it is `possible` where there is a text that might, and Python looks (see `scrubs`).
    """

    targets: tuple[tuple[Column, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class HasKey:
    """The row's key is one of some keys; each key has one value a column.

    `blind` compares texts without case and padding, which over-matches: it is used where a match keeps.
    """

    columns: tuple[Column, ...]
    keys: tuple[tuple[Value, ...], ...]
    blind: bool = True


@dataclass(frozen=True, slots=True)
class Exists:
    """There is a row of a table whose columns equal this row's, pair by pair (here, there), with `inner` true.

    `near` says what texts are that only the engine's own foreign keys take for equal (MariaDB does not tell `a` from
    `A`): equal, different, or (None) unknown.
    """

    table: Table
    pairs: tuple[tuple[Column, Column], ...]
    inner: Formula
    near: bool | None


@dataclass(frozen=True, slots=True)
class IsSameRow:
    """This row is the one from which the search began that many `Exists` further out (`key` names its record)."""

    levels: int
    key: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class And:
    """Every one of them."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: Formula


@dataclass(frozen=True, slots=True)
class Surely:
    """The part is true; false where it is unknown."""

    part: Formula


Formula: TypeAlias = (
    "Constant | Compares | IsThere | HasPassed | IsUndated | IsOlder | IsYounger | IsMasked | EqualsTemplate"
    " | Holds | NeedsScrub | HasKey | Exists | IsSameRow | And | Or | Not | Surely"
)

TRUE: Formula = Constant(True)
FALSE: Formula = Constant(False)
UNKNOWN: Formula = Constant(None)


def every(parts: Iterable[Formula]) -> Formula:
    """The conjunction, without what does not matter."""
    kept = tuple(dict.fromkeys(part for part in parts if part != TRUE))
    if FALSE in kept:
        return FALSE
    return And(kept) if len(kept) > 1 else kept[0] if kept else TRUE


def some(parts: Iterable[Formula]) -> Formula:
    """The disjunction, without what does not matter; keys of the same columns become one list."""
    keys: dict[tuple[tuple[Column, ...], bool], list[tuple[Value, ...]]] = {}
    others: list[Formula] = []
    for part in parts:
        if isinstance(part, HasKey):
            keys.setdefault((part.columns, part.blind), []).extend(part.keys)
        else:
            others.append(part)
    lists = (HasKey(columns, tuple(dict.fromkeys(values)), blind) for (columns, blind), values in keys.items())
    kept = tuple(dict.fromkeys(part for part in (*lists, *others) if part != FALSE))
    if TRUE in kept:
        return TRUE
    return Or(kept) if len(kept) > 1 else kept[0] if kept else FALSE


def opposite(part: Formula) -> Formula:
    """The negation, pushed through constants and double negations."""
    match part:
        case Constant(value):
            return UNKNOWN if value is None else Constant(not value)
        case Not(inner):
            return inner
        case _:
            return Not(part)


def conjuncts(formula: Formula) -> tuple[Formula, ...]:
    """The formulas that all have to be true for it to be true."""
    return tuple(each for part in formula.parts for each in conjuncts(part)) if isinstance(formula, And) else (formula,)


def disjuncts(formula: Formula) -> tuple[Formula, ...]:
    """The formulas of which one has to be true for it to be true."""
    return tuple(each for part in formula.parts for each in disjuncts(part)) if isinstance(formula, Or) else (formula,)


def leaves_of(formula: Formula) -> tuple[Formula, ...]:
    """The formulas that it is made of, and that are made of no others; constants tell nothing of a row."""
    match formula:
        case And(parts) | Or(parts):
            return tuple(leaf for part in parts for leaf in leaves_of(part))
        case Not(part) | Surely(part):
            return leaves_of(part)
        case Constant():
            return ()
        case _:
            return (formula,)


def tables_of(formula: Formula) -> frozenset[Table]:
    """The tables whose rows a formula looks for."""
    match formula:
        case And(parts) | Or(parts):
            return frozenset().union(*(tables_of(part) for part in parts))
        case Not(part) | Surely(part):
            return tables_of(part)
        case Exists(table, _, inner):
            return frozenset({table}) | tables_of(inner)
        case _:
            return frozenset()


def columns_of(formula: Formula) -> frozenset[Column]:
    """The columns of the row itself that a formula asks for."""
    match formula:
        case And(parts) | Or(parts):
            return frozenset().union(*(columns_of(part) for part in parts))
        case Not(part) | Surely(part):
            return columns_of(part)
        case Exists(_, pairs):
            return frozenset(here for here, _ in pairs)
        case HasKey(columns) | IsSameRow(_, columns):
            return frozenset(columns)
        case HasPassed(dial) | IsUndated(dial) | IsOlder(dial) | IsYounger(dial):
            return frozenset({dial.column})
        case EqualsTemplate(column, parts):
            return frozenset({column, *(part for part in parts if isinstance(part, Column))})
        case Compares(column) | IsThere(column) | IsMasked(column) | Holds(column):
            return frozenset({column})
        case NeedsScrub(targets):
            return frozenset(column for column, _ in targets)
        case Constant():
            return frozenset()
