"""Long lists of values in a statement, such as the keys of a batch, written into its SQL just before it is sent.

SQLAlchemy would make a parameter of each value, every time anew, which costs more than the deletion of a row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

#: The option of an execution that gives each list by its name.
LISTS = "wesretain_lists"
_PLACE = re.compile(r"IN \(/\*list (\w+)\*/\)|BETWEEN \(/\*ends (\w+)\*/\)")
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
    named = dict(parameters)

    def written(place: re.Match[str]) -> str:
        name = place[1] or place[2]
        values = lists[name]
        if place[2]:
            on_server = connection.dialect.name == "postgresql" and is_whole(values)
            return f"BETWEEN {min(values)} AND {max(values)}" if on_server else "IS NOT NULL"
        if not is_whole(values):
            return f"IN ({', '.join(_marks(connection.dialect, name, values, named))})"
        # Not as an array: PostgreSQL gives a list the column's own type, and only then looks its values up by hash.
        return f"IN ({','.join(map(str, values))})"

    return _PLACE.sub(written, statement), named


def is_whole(values: Sequence[Any]) -> bool:
    """All are whole numbers, of a size that every engine reads as such."""
    return set(map(type, values)) == {int} and min(values) >= -_LARGEST and max(values) <= _LARGEST


def _marks(dialect: sa.Dialect, name: str, values: Sequence[Any], named: dict[str, Any]) -> list[str]:
    """A parameter for each value."""
    numbered = {f"{name}_{number}": value for number, value in enumerate(values)}
    named.update(numbered)
    return [f":{each}" if dialect.paramstyle == "named" else f"%({each})s" for each in numbered]
