"""Long lists of values in a statement, such as the keys of a batch, written into its SQL just before it is sent.

SQLAlchemy would make a parameter of each value, every time anew, which costs more than the deletion of a row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

#: The option of an execution that gives each list by its name.
LISTS = "wesretain_lists"
_PLACE = re.compile(r"IN \(/\*list (\w+)\*/\)|BETWEEN \(/\*ends (\w+)\*/\)")
#: The same, and what must not be mistaken for it: a mark for a parameter, a quoted name, a text.
_TOKEN = re.compile(rf"{_PLACE.pattern}|\?|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_LARGEST = 2**63 - 1


def is_one_of(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """The column holds one of the values of a list, which the execution names and gives; none of them is NULL.

    Where its values lie is said as well: PostgreSQL would look at all rows of a whole table that meet the other
    conditions rather than look up a long list, batch by batch.
    """
    listed: sa.ColumnElement[Any] = sa.literal_column(f"(/*list {name}*/)")
    ends: sa.ColumnElement[Any] = sa.literal_column(f"(/*ends {name}*/)")
    one, between = (
        sa.type_coerce(column.op(word, is_comparison=True)(value), sa.Boolean())
        for word, value in (("IN", listed), ("BETWEEN", ends))
    )
    return sa.and_(one, between)


def is_list(value: Any) -> bool:
    """Whether a parameter is such a list: of plain values, not of rows of several."""
    return isinstance(value, list) and not any(isinstance(each, tuple) for each in value[:1])


def fill_in_lists(engine: sa.Engine) -> None:
    """Let all statements of an engine be given their lists."""
    sa.event.listen(engine, "before_cursor_execute", _filled_in, retval=True)


def _filled_in(
    connection: sa.Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> tuple[str, Any]:
    lists = context.execution_options.get(LISTS) if context is not None else None
    if not lists:
        return statement, parameters
    if isinstance(parameters, dict):
        return _by_name(statement, parameters, lists, with_ends=connection.dialect.name == "postgresql")
    return _by_place(statement, parameters, lists)


def _by_name(
    statement: str, parameters: dict[str, Any], lists: Mapping[str, Sequence[Any]], *, with_ends: bool
) -> tuple[str, dict[str, Any]]:
    """With a parameter of its own name for each value that is no whole number."""
    named = dict(parameters)

    def written(place: re.Match[str]) -> str:
        name = place[1] or place[2]
        values = lists[name]
        if place[2]:
            return f"BETWEEN {min(values)} AND {max(values)}" if with_ends and is_whole(values) else "IS NOT NULL"
        if is_whole(values):
            return _as_digits(values)
        marks = {f"{name}_{number}": value for number, value in enumerate(values)}
        named.update(marks)
        return f"IN ({', '.join(f'%({mark})s' for mark in marks)})"

    return _PLACE.sub(written, statement), named


def _by_place(
    statement: str, parameters: Sequence[Any], lists: Mapping[str, Sequence[Any]]
) -> tuple[str, tuple[Any, ...]]:
    """With a question mark for each value that is no whole number, among those that are there."""
    waiting, placed = iter(parameters), list[Any]()

    def written(found: re.Match[str]) -> str:
        if found[0] == "?":
            placed.append(next(waiting))
        elif found[2]:
            return "IS NOT NULL"
        elif found[1]:
            values = lists[found[1]]
            if is_whole(values):
                return _as_digits(values)
            placed.extend(values)
            return f"IN ({', '.join('?' * len(values))})"
        return found[0]  # also a name or a text, whatever stands in it

    return _TOKEN.sub(written, statement), tuple(placed)


def _as_digits(values: Sequence[int]) -> str:
    # Not as an array: PostgreSQL gives a list the column's own type, and only then looks its values up by hash.
    return f"IN ({','.join(map(str, values))})"


def is_whole(values: Sequence[Any]) -> bool:
    """All are whole numbers, of a size that every engine reads as such."""
    return set(map(type, values)) == {int} and min(values) >= -_LARGEST and max(values) <= _LARGEST
