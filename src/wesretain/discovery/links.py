"""Which columns point at which tables where no foreign key says so: by name, by type, and by values found there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import count

import sqlalchemy as sa

from wesretain.discovery.naming import Names
from wesretain.discovery.targets import Targets, family, key_of
from wesretain.engines import Live
from wesretain.model.discovered import SuggestedLink
from wesretain.model.schema import Column, Kind, Schema, Table
from wesretain.standing.sql import table_clause

#: So many different values are looked for in the other table.
_MOST_VALUES = 100
#: The share of them that has to be there for the link to be worth a line.
_SOME = 0.5
#: So many kinds of rows are told apart.
_MOST_KINDS = 12
_NUMBER = re.compile(r"-?[0-9]{1,18}")
#: What the kind of a row may be called: words, or the name of a class. Anything else may be a value of a record.
_KIND_NAME = re.compile(r"[A-Za-z_][A-Za-z_\\:./-]{0,60}")
_NOBODY = ("0", "-1", "")
_KEYS = (Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.UUID, Kind.BINARY)


def links_of(
    live: Live,
    targets: Targets,
    table: Table,
    values: dict[str, tuple[str | None, ...]],
    linked: Collection[str],
    taken: Collection[str],
) -> Iterator[SuggestedLink]:
    """The links of a table that nobody declares yet; `linked` are columns that do link, `taken` names of links.

    Raises:
        WesretainError: where the database refuses to look values up.
    """
    used = set(taken)
    for link in _found(live, targets, table, values, linked):
        name = next(each for each in _names_for(link) if each not in used)
        used.add(name)
        yield replace(link, name=name)


def _names_for(link: SuggestedLink) -> Iterator[str]:
    """What a link may be called, the best name first."""
    yield link.name
    column = link.column.replace(".", "_")
    yield column
    yield from (f"{column}_{number}" for number in count(2))


def _found(
    live: Live,
    targets: Targets,
    table: Table,
    values: dict[str, tuple[str | None, ...]],
    linked: Collection[str],
) -> Iterator[SuggestedLink]:
    for column in table.columns:
        if column.name in linked or (column.name,) == table.key or column.kind not in _KEYS:
            continue
        texts = tuple(dict.fromkeys(value for value in values.get(column.name, ()) if value is not None))
        nobody = tuple(value for value in texts if value in _NOBODY)
        some = [value for value in texts if value not in _NOBODY][:_MOST_VALUES]
        if (kind := _kind_of(table, column, targets.names)) and (
            split := list(_by_kind(live, targets, column, kind, values))
        ):
            yield from split
            continue
        best: SuggestedLink | None = None
        for target in targets.meant_by(table, column):
            found = _count(live, targets.schema, target, some)
            link = SuggestedLink(
                _link_name(column, target, targets.prefix), column.name, target, found, len(some), nobody
            )
            if best is None or (link.found, -len(link.to.name)) > (best.found, -len(best.to.name)):
                best = link
        if best is not None and (not best.tried or best.found >= _SOME * best.tried):
            there = [value for value in best.nobody if _count(live, targets.schema, best.to, [value])]
            yield replace(best, nobody=tuple(value for value in best.nobody if value not in there))


def _kind_of(table: Table, column: Column, names: Names) -> Column | None:
    """The column that says at which table another one points: `object_type` beside `object_id`."""
    *head, last = names.words(column.name) or ("",)
    if last != "id":
        return None
    kinds = (other for other in table.columns if other.kind is Kind.TEXT)
    return next((other for other in kinds if names.words(other.name) in ((*head, "type"), (*head, "kind"))), None)


def _by_kind(
    live: Live,
    targets: Targets,
    column: Column,
    kind: Column,
    values: dict[str, tuple[str | None, ...]],
) -> Iterator[SuggestedLink]:
    """A link for each kind of rows whose name is that of a table where their values are keys."""
    pairs = zip(values.get(column.name, ()), values.get(kind.name, ()), strict=True)
    under: dict[str, dict[str, None]] = {}
    for value, name in pairs:
        if value is not None and name is not None and value not in _NOBODY and _KIND_NAME.fullmatch(name):
            under.setdefault(name, {})[value] = None
    for name, some in sorted(under.items()) if len(under) <= _MOST_KINDS else ():
        tried = list(some)[:_MOST_VALUES]
        found = [(_count(live, targets.schema, target, tried), target) for target in targets.named(name, column)]
        most, target = max(found, key=lambda each: each[0], default=(0, None))
        if target is not None and most >= _SOME * len(tried):
            called = "_".join(targets.names.words(name)) or target.name
            yield SuggestedLink(called, column.name, target, most, len(tried), when=(kind.name, name))


def keys_among(target: Table, row: sa.FromClause, values: Sequence[str]) -> sa.ColumnElement[bool] | None:
    """The key of a table's row is one of some values, as the database compares them; None where none can be."""
    key = key_of(target)
    if key is None or key.kind is Kind.BINARY:
        return None
    whole = family(key) is Kind.INTEGER
    wanted = [int(value) for value in values if _NUMBER.fullmatch(value)] if whole else values
    if not wanted:
        return None
    column = row.c[key.name]
    return sa.cast(column, sa.Text()).in_(wanted) if key.kind is Kind.UUID else column.in_(wanted)


def _count(live: Live, schema: Schema, target: Table, values: Sequence[str]) -> int:
    """How many of some values are keys of a table."""
    row = table_clause(target, schema.default).alias("target")
    among = keys_among(target, row, values)
    if among is None:
        return 0
    ((found,),) = live.rows(sa.select(sa.func.count()).select_from(row).where(among), target.full_name)
    return int(found)


def _link_name(column: Column, target: Table, prefix: str) -> str:
    """What the link is called: the column without its `id`, or the table."""
    bare = column.name
    for ending in ("_id", "_uuid", "_uid", "Id", "ID", "_ref", "_fk"):
        if bare.endswith(ending) and len(bare) > len(ending):
            bare = bare.removesuffix(ending)
            break
    else:
        bare = target.name.removeprefix(prefix)
    return bare.replace(".", "_")
