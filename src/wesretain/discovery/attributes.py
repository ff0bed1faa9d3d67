"""What other tables call the values of one: the field of a form, whose name stands in the table of fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from wesretain.discovery.links import keys_among
from wesretain.discovery.naming import Names
from wesretain.discovery.sampling import Sample
from wesretain.engines import Live
from wesretain.model.discovered import SuggestedLink
from wesretain.model.schema import Column, Kind, Schema, Table
from wesretain.standing.catalogue import Link
from wesretain.standing.sql import table_clause


def names_of_values(
    live: Live,
    schema: Schema,
    table: Table,
    seen: Sample,
    links: Sequence[Link],
    suggested: Sequence[SuggestedLink],
    names: Names,
) -> Iterator[tuple[str | None, ...]]:
    """Row by row of a sample, the names in each table at which the rows point that has such; only for rows of values.

    Raises:
        WesretainError: where the database refuses to look them up.
    """
    if not any(names.is_a_value(column.name) for column in table.columns):
        return
    ways = [(link.pairs[0][0].name, link.target) for link in links if len(link.pairs) == 1]
    ways += [(each.column, each.to) for each in suggested if each.found]
    for column, target in dict(ways).items():
        name = _name_in(target, names)
        if name is not None and not names.is_of_persons(target.name):
            yield _looked_up(live, schema, target, name, seen.values(column))


def _name_in(table: Table, names: Names) -> Column | None:
    """The column that says what a row is called."""
    texts = [column for column in table.columns if column.kind is Kind.TEXT]
    return next((column for column in texts if names.is_a_key(column.name)), None)


def _looked_up(
    live: Live, schema: Schema, target: Table, name: Column, keys: Sequence[str | None]
) -> tuple[str | None, ...]:
    """The name of the row under each key."""
    wanted = tuple(dict.fromkeys(key for key in keys if key is not None))
    row = table_clause(target, schema.default).alias("target")
    among = keys_among(target, row, wanted)
    if among is None:
        return ()
    key, text = live.engine.text_of(row.c[target.key[0]]), live.engine.text_of(row.c[name.name])
    query = sa.select(key, text).select_from(row).where(among)
    found: dict[str, str | None] = {}
    for answer in live.rows(query, target.full_name):
        one, other = tuple[Any, ...](answer)
        found[str(one)] = other
    return tuple(None if key is None else found.get(key) for key in keys)
