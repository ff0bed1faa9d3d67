"""Members of JSON documents: what a dotted name finds in the document that a column holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from wesretain.model.schema import Column

Raw: TypeAlias = "str | int | float | Decimal | bytes | bool | None"


@dataclass(frozen=True, slots=True)
class Member:
    """What a document holds at a path.

    `readable` is false where the column holds no JSON; `there` where the member exists and is not null; `text` is its
    text where it is a text, a number or a truth value, and None for objects and lists.
    """

    readable: bool
    there: bool
    text: str | None


class _Number(str):
    """A number as the document spells it."""

    __slots__ = ()


def member_of(raw: Raw, path: tuple[str, ...]) -> Member:
    """The member of a document at a path of object keys; a column that is NULL holds none."""
    if raw is None:
        return Member(True, False, None)
    try:
        value: Any = json.loads(
            raw if isinstance(raw, str) else "", parse_int=_Number, parse_float=_Number, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        return Member(False, False, None)
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    match value:
        case None:
            return Member(True, False, None)
        case bool():
            return Member(True, True, "true" if value else "false")
        case str():
            return Member(True, True, str(value))
        case _:
            return Member(True, True, None)


def value_of(column: Column, row: Mapping[str, Raw]) -> Raw:
    """What a row holds in a column, or in the member of one (as text; None where there is no such scalar)."""
    raw = row[column.name]
    return member_of(raw, column.member).text if column.member else raw


def _refuse(word: str) -> Any:
    raise ValueError(word)
