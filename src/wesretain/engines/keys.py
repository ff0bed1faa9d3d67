"""Which columns name a table's records, chosen from what a database declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from wesretain.model.schema import Column, Kind


def key_of(columns: Sequence[Column], primary: Sequence[str], uniques: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The primary key, else the narrowest unique index, of columns that cannot be NULL; empty where there is none."""
    known = {column.name: column for column in columns}

    def is_sound(names: Sequence[str]) -> bool:
        return bool(names) and all(name in known and not known[name].nullable for name in names)

    def width(names: Sequence[str]) -> tuple[int, int, list[str]]:
        return len(names), sum(known[name].kind is not Kind.INTEGER for name in names), list(names)

    if is_sound(primary):
        return tuple(primary)
    candidates = sorted((names for names in uniques if is_sound(names)), key=width)
    return tuple(candidates[0]) if candidates else ()


def leading(columns: Iterable[str | None]) -> tuple[str, ...]:
    """The columns of an index up to the first expression (None), where lookups by column end."""
    return tuple(column for column in takewhile(lambda column: column is not None, columns) if column is not None)
