"""Many values in a statement, such as the keys of a batch, written into its SQL just before it is sent.

They are a list, or a stretch of keys: all that are due from one to another, told by the database itself. SQLAlchemy
would make a parameter of each value, every time anew, which costs more than the deletion of a row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

#: The option of an execution that gives each list by its name.
LISTS = "wesretain_lists"
_PLACE = re.compile(r"/\*of (\w+)\*/ IN \(\)|/\*from (\w+)\*/ BETWEEN \(\)")
#: The same, and what must not be mistaken for it: a mark for a parameter, a quoted name, a text.
_TOKEN = re.compile(rf"{_PLACE.pattern}|\?|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_LARGEST = 2**63 - 1
#: Where the keys of a stretch lie further apart than this on average, each is looked up.
_DENSE = 16


@dataclass(frozen=True, slots=True)
class Stretch:
    """The whole numbers that are the keys of all due records from `first` to `last`, ascending, with commas between.

    `alone` says that no other record between these two can be meant where a statement also says what is due, since it
    sees what the one saw that found these: then it need not name them.
    """

    count: int
    first: int
    last: int
    keys: str
    alone: bool

    @property
    def close(self) -> bool:
        """Whether the keys lie so close that little else can lie between them."""
        return self.last - self.first < _DENSE * self.count


Values = Sequence[Any] | Stretch


def is_one_of(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """The column holds one of some values, which the execution gives by this name; none of them is NULL.

    Where its values lie is said as well: PostgreSQL would look at all rows of a whole table that meet the other
    conditions rather than look up a long list, batch by batch.
    """
    nothing: sa.ColumnElement[Any] = sa.literal_column("()")
    one, between = (
        sa.type_coerce(column.op(f"/*{mark} {name}*/ {word}", is_comparison=True)(nothing), sa.Boolean())
        for mark, word in (("of", "IN"), ("from", "BETWEEN"))
    )
    return sa.and_(one, between)


def is_list(value: Any) -> bool:
    """Whether a parameter is such values: plain ones, not rows of several."""
    return isinstance(value, Stretch) or (
        isinstance(value, list) and not any(isinstance(each, tuple) for each in value[:1])
    )


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
    statement: str, parameters: dict[str, Any], lists: Mapping[str, Values], *, with_ends: bool
) -> tuple[str, dict[str, Any]]:
    """With a parameter of its own name for each value that is no whole number."""
    named = dict(parameters)

    def written(place: re.Match[str]) -> str:
        name = place[1] or place[2]
        values = lists[name]
        if isinstance(values, Stretch):
            return _as_stretch(values, is_ends=bool(place[2]))
        if place[2]:
            return f"BETWEEN {min(values)} AND {max(values)}" if with_ends and is_whole(values) else "IS NOT NULL"
        if is_whole(values):
            return _as_digits(values)
        marks = {f"{name}_{number}": value for number, value in enumerate(values)}
        named.update(marks)
        return f"IN ({', '.join(f'%({mark})s' for mark in marks)})"

    return _PLACE.sub(written, statement), named


def _by_place(statement: str, parameters: Sequence[Any], lists: Mapping[str, Values]) -> tuple[str, tuple[Any, ...]]:
    """With a question mark for each value that is no whole number, among those that are there."""
    waiting, placed = iter(parameters), list[Any]()

    def written(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if found[0] == "?":
            placed.append(next(waiting))
        if name is None:
            return found[0]  # also a name or a text, whatever stands in it
        values = lists[name]
        if isinstance(values, Stretch):
            return _as_stretch(values, is_ends=bool(found[2]))
        if found[2]:
            return "IS NOT NULL"
        if is_whole(values):
            return _as_digits(values)
        placed.extend(values)
        return f"IN ({', '.join('?' * len(values))})"

    return _TOKEN.sub(written, statement), tuple(placed)


def _as_stretch(stretch: Stretch, *, is_ends: bool) -> str:
    """Its ends, and its keys where these are not all that can be meant.

    Where they lie close together the engine is kept from looking each of them up, by making no mere column of it.
    """
    close = stretch.alone or stretch.close
    if is_ends:
        return f"BETWEEN {stretch.first} AND {stretch.last}" if close else "IS NOT NULL"
    if stretch.alone:
        return "IS NOT NULL"
    return f"{'+ 0 ' if close else ''}IN ({stretch.keys})"


def _as_digits(values: Sequence[int]) -> str:
    # Not as an array: PostgreSQL gives a list the column's own type, and only then looks its values up by hash.
    return f"IN ({','.join(map(str, values))})"


def is_whole(values: Sequence[Any]) -> bool:
    """All are whole numbers, of a size that every engine reads as such."""
    return set(map(type, values)) == {int} and min(values) >= -_LARGEST and max(values) <= _LARGEST
