"""What a column takes that is the same in every row: a constant of its type, or the blank of its type."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TypeAlias

from wesretain.model.binary import binary_of, padded
from wesretain.model.rule import SetConstant, SetNull
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.source import Position
from wesretain.standing.catalogue import Refusal
from wesretain.standing.conditions import coerced
from wesretain.standing.formula import Value

Fixed: TypeAlias = "Value | bytes | None"

#: The documents that a column of JSON takes: every reader and writer spells them so.
EMPTY_JSON = ("{}", "[]")

TIMES = (Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SECOND = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?")
#: What MariaDB's TIMESTAMP can hold, in every version.
_TIMESTAMPS = datetime(1970, 1, 1, 0, 0, 1), datetime(2038, 1, 19, 3, 14, 7)  # noqa: DTZ001


def fixed(table: Table, found: Column, target: SetNull | SetConstant, at: Position) -> Fixed:
    """What a column becomes in every row; NULL, where a NOT NULL column cannot, is the blank of its type.

    Raises:
        Refusal: where the constant does not fit the column, or its type has no blank.
    """
    match target:
        case SetConstant(text):
            return _constant(table, found, text, at)
        case SetNull():
            return None if found.nullable else _blank(table, found, at)


def _blank(table: Table, found: Column, at: Position) -> Fixed:
    match found.kind:
        case Kind.TEXT if not found.listed:
            return ""
        case Kind.INTEGER | Kind.DECIMAL | Kind.FLOAT:
            return 0
        case Kind.BOOLEAN:
            return False
        case Kind.BINARY:
            return padded(found.declared, b"")
        case _:
            kind = "an enumeration" if found.listed else str(found.kind)
            message = f"{table.full_name}.{found.name} is NOT NULL, and {kind} has no blank"
            raise Refusal(message, _mend(found), at)


def _mend(found: Column) -> str:
    match found.kind:
        case Kind.JSON:
            return 'write "{}" or "[]"'
        case Kind.OTHER:
            return "leave the column as it is, or delete the record"
        case Kind.UUID:
            return 'write a constant, such as "00000000-0000-0000-0000-000000000000"'
        case _ if found.listed:
            return "write one of its values"
        case _:
            return 'write a constant, such as "1970-01-02"'


def _constant(table: Table, found: Column, text: str, at: Position) -> Fixed:
    name = f"{table.full_name}.{found.name}"
    match found.kind:
        case Kind.BINARY:
            return padded(found.declared, binary_of(text))
        case Kind.DATE | Kind.LOCAL_TIME | Kind.INSTANT:
            return _time(found, name, text, at)
        case Kind.JSON if text in EMPTY_JSON:
            return text
        case Kind.JSON:
            mend = f"{'use `null`, or ' if found.nullable else ''}{_mend(found)}"
            raise Refusal(f"{name} is json, and takes no constant but an empty one", mend, at)
        case Kind.OTHER:
            mend = "use `null`" if found.nullable else _mend(found)
            raise Refusal(f"{name} is {found.kind}, and takes no constant", mend, at)
        case Kind.TEXT if found.declared.startswith("enum("):
            values = [value.replace("''", "'") for value in re.findall(r"'((?:[^']|'')*)'", found.declared)]
            if text not in values:
                raise Refusal(
                    f"`{text}` is no value of the enumeration {name}", f"write one of {', '.join(values)}", at
                )
    return coerced(found, text, at, table)


def _time(found: Column, name: str, text: str, at: Position) -> str:
    """A date or time as the column's type writes it, to the second and in UTC; where times are texts, as it stands."""
    misfit = Refusal(f"`{text}` does not fit {name}, which is {found.kind}", _form(found), at)
    try:
        moment = datetime.fromisoformat(text) if _SECOND.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise misfit
    if found.stored_as_text:
        return text
    if found.kind is Kind.DATE:
        if not _DAY.fullmatch(text):
            raise misfit
        return date.fromisoformat(text).isoformat()
    if moment.tzinfo is not None:
        if found.kind is not Kind.INSTANT:
            raise misfit
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    if found.kind is Kind.INSTANT and "zone" not in found.declared:
        first, last = _TIMESTAMPS
        if not first <= moment <= last:
            raise Refusal(f"{name} holds times of the years 1970 to 2038 alone", "write one of these", at)
    return moment.isoformat(" ")


def _form(found: Column) -> str:
    return 'write it as "1970-01-02"' if found.kind is Kind.DATE else 'write it as "1970-01-02 00:00:00"'
