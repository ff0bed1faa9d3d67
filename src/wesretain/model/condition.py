"""Conditions: closed operators with bound values, never SQL. Names are dotted paths, not yet looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from wesretain.model.period import Period
from wesretain.model.source import NOWHERE, Position

Name: TypeAlias = tuple[str, ...]


class Operator(StrEnum):
    """How a column's value is compared with the values of a condition."""

    EQUAL = "equal"  # to one of the values
    ANY_CASE = "any case"
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    AT_MOST = "at most"
    AT_LEAST = "at least"
    LESS_THAN = "less than"
    MORE_THAN = "more than"


class Presence(StrEnum):
    """Whether a column says anything; `empty` is NULL or an empty text."""

    NULL = "null"
    EMPTY = "empty"
    PRESENT = "present"  # neither NULL nor an empty text


@dataclass(frozen=True, slots=True)
class Compare:
    """A value compared; the values are text as in the file, and are coerced to the column's type when compiled."""

    name: Name
    operator: Operator
    values: tuple[str, ...]
    at: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Is:
    """A value that is there or not."""

    name: Name
    presence: Presence
    at: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Age:
    """A clock that is older, or younger, than a period."""

    name: Name
    older: bool
    period: Period
    at: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Has:
    """At least one row at the end of a path that meets a condition (`All(())`: any row)."""

    path: Name
    condition: Condition
    at: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    condition: Condition


Condition: TypeAlias = "Compare | Is | Age | Has | All | AnyOf | Not"
