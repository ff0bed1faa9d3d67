"""The keys of records as people write them and read them."""

from __future__ import annotations

from wesretain.model.binary import binary_of, shown_binary
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.source import NOWHERE
from wesretain.standing.conditions import coerced
from wesretain.standing.formula import Value

#: Columns of these kinds can be shown in no way that names a record.
NAMELESS = (Kind.JSON, Kind.OTHER)
#: Those of these kinds are shown, but what is shown is not read again.
SHOWN_ONLY = (Kind.FLOAT, Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT)


def key_value(column: Column, text: str, table: Table) -> Value:
    """A part of a key, given as text.

    Raises:
        Refusal: where it does not fit its column.
    """
    return binary_of(text) if column.kind is Kind.BINARY else coerced(column, text, NOWHERE, table)


def shown_key(value: object) -> str:
    """A part of a key, so that `key_value` reads it again."""
    return shown_binary(value) if isinstance(value, bytes) else str(value)
