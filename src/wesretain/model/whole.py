"""Whole numbers in texts: which text is a number's digits to the letter, and which one merely means the number."""

from __future__ import annotations

import re

from wesretain.model.members import Raw
from wesretain.model.schema import Column, Kind

#: What may stand around a number without being part of it.
_SPACE = "[ \t\n\x0b\f\r]*"
#: No whole number that a server stores has more digits than 20; what follows the point may be zeros alone.
_NUMBER, _FRACTION = "[1-9][0-9]{0,19}", "(?:\\.0*)?"

#: Portable patterns of the texts that are a number's digits, that mean zero, and that mean any other number.
DIGITS = f"0|-?{_NUMBER}"
ZERO = f"{_SPACE}[-+]?0+{_FRACTION}{_SPACE}"
OTHER = f"{_SPACE}[-+]?0*{_NUMBER}{_FRACTION}{_SPACE}"
#: The same as OTHER with its sign and its digits in groups.
OTHER_IN_GROUPS = f"{_SPACE}[+]?(-?)0*({_NUMBER}){_FRACTION}{_SPACE}"

_any_digits = re.compile("0|-?[1-9][0-9]*")
_meant = re.compile(f"{_SPACE}([-+]?)(?:0+|0*([1-9][0-9]*)){_FRACTION}{_SPACE}")
_MOST_DIGITS = 300  # a float, in which SQLite stores numbers beyond 64 bits, holds no more


def crosses(here: Column, there: Column) -> bool:
    """Whether one of two columns holds texts, and the other one whole numbers."""
    return {here.kind, there.kind} == {Kind.TEXT, Kind.INTEGER}


def spells(here: Column, there: Column) -> bool:
    """Whether a link leads from a whole number to the texts that may spell it."""
    return crosses(here, there) and there.kind is Kind.TEXT


def number_meant(text: str) -> int | None:
    """The whole number that a text means, however it is spelled; None where it is none."""
    found = _meant.fullmatch(text)
    if found is None or len(found[2] or "") > _MOST_DIGITS:
        return None
    return int(f"{found[1]}{found[2] or 0}")


def across(here: Column, there: Column, raw: Raw) -> Raw:
    """A value of one column as the other one holds it, where one is text and one a number; None where it has none."""
    if not crosses(here, there):
        return raw
    if there.kind is Kind.TEXT:
        return str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else None
    text = unpadded(here, raw)
    known = isinstance(text, str) and len(text) <= _MOST_DIGITS and _any_digits.fullmatch(text)
    return int(text) if known and isinstance(text, str) else None


def is_same(here: Column, there: Column, one: Raw, other: Raw) -> bool:
    """Whether two values of linked columns are the same to the letter."""
    if not crosses(here, there):
        return one == other
    found = across(here, there, one)
    return found is not None and found == unpadded(there, other)


def unpadded(column: Column, raw: Raw) -> Raw:
    """A text without the spaces with which PostgreSQL fills up a `character(n)`, and which say nothing."""
    return raw.rstrip(" ") if isinstance(raw, str) and column.declared.startswith("character(") else raw
