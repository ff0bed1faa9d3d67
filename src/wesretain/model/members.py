"""Members of JSON documents: what a dotted name finds in the document that a column holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from wesretain.model.schema import Column

Raw: TypeAlias = "str | int | float | Decimal | bytes | bool | None"


@dataclass(frozen=True, slots=True)
class Member:
    """What a document holds at a path.

    `readable` is false where the column holds no JSON, or where readers differ about what it says: a key on the path is
    there twice, or some key is written with a backslash, which not every engine resolves. `there` where the member
    exists and is not null; `text` is its text where it is a text, a number or a truth value, else None.
    """

    readable: bool
    there: bool
    text: str | None


class _Number(str):
    """A number as the document spells it."""

    __slots__ = ()


class _Object:
    """An object with all of its pairs, also where a key is there twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


#: A text of a document, and the colon after it where it is a key.
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t\n\r]*(:?)', re.DOTALL)


def member_of(raw: Raw, path: tuple[str, ...]) -> Member:
    """The member of a document at a path of object keys; a column that is NULL holds none."""
    if raw is None:
        return Member(True, False, None)
    try:
        value: Any = json.loads(
            raw if isinstance(raw, str) else "",
            object_pairs_hook=_Object,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        return Member(False, False, None)
    if "\\" in str(raw) and any("\\" in found[1] for found in _STRING.finditer(str(raw)) if found[2]):
        return Member(False, False, None)
    for key in path:
        found = [each for name, each in value.pairs if name == key] if isinstance(value, _Object) else []
        if len(found) > 1:
            return Member(False, False, None)
        value = found[0] if found else None
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
