"""Which columns point at which tables where no foreign key says so: by name, by type, and by values found there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import count, takewhile

import sqlalchemy as sa

from wesretain.discovery.naming import Names
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
#: What the names of all tables may begin with, without a stroke after it.
_MARKS = ("tbl", "tb", "t")
#: A word of so many letters may be the end of one that is written together with others: `field_id`, `customfields`.
_TELLING = 5
_NOBODY = ("0", "-1", "")
_KEYS = (Kind.INTEGER, Kind.DECIMAL, Kind.TEXT, Kind.UUID, Kind.BINARY)


def links_of(
    live: Live,
    schema: Schema,
    table: Table,
    values: dict[str, tuple[str | None, ...]],
    names: Names,
    linked: Collection[str],
    taken: Collection[str],
) -> Iterator[SuggestedLink]:
    """The links of a table that nobody declares yet; `linked` are columns that do link, `taken` names of links.

    Raises:
        WesretainError: where the database refuses to look values up.
    """
    used = set(taken)
    for link in _found(live, schema, table, values, names, linked):
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
    schema: Schema,
    table: Table,
    values: dict[str, tuple[str | None, ...]],
    names: Names,
    linked: Collection[str],
) -> Iterator[SuggestedLink]:
    prefix = _prefix(schema)
    for column in table.columns:
        if column.name in linked or (column.name,) == table.key or column.kind not in _KEYS:
            continue
        texts = tuple(dict.fromkeys(value for value in values.get(column.name, ()) if value is not None))
        nobody = tuple(value for value in texts if value in _NOBODY)
        some = [value for value in texts if value not in _NOBODY][:_MOST_VALUES]
        if (kind := _kind_of(table, column, names)) and (
            split := list(_by_kind(live, schema, column, kind, values, names, prefix))
        ):
            yield from split
            continue
        best: SuggestedLink | None = None
        for target in _candidates(schema, table, column, prefix, names):
            found = _count(live, schema, target, some)
            link = SuggestedLink(_link_name(column, target, prefix), column.name, target, found, len(some), nobody)
            if best is None or (link.found, -len(link.to.name)) > (best.found, -len(best.to.name)):
                best = link
        if best is not None and (not best.tried or best.found >= _SOME * best.tried):
            there = [value for value in best.nobody if _count(live, schema, best.to, [value])]
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
    schema: Schema,
    column: Column,
    kind: Column,
    values: dict[str, tuple[str | None, ...]],
    names: Names,
    prefix: str,
) -> Iterator[SuggestedLink]:
    """A link for each kind of rows whose name is that of a table where their values are keys."""
    pairs = zip(values.get(column.name, ()), values.get(kind.name, ()), strict=True)
    under: dict[str, dict[str, None]] = {}
    for value, name in pairs:
        if value is not None and name is not None and value not in _NOBODY and _KIND_NAME.fullmatch(name):
            under.setdefault(name, {})[value] = None
    for name, some in sorted(under.items()) if len(under) <= _MOST_KINDS else ():
        tried = list(some)[:_MOST_VALUES]
        found = [
            (_count(live, schema, target, tried), target) for target in _named(schema, name, column, names, prefix)
        ]
        most, target = max(found, key=lambda each: each[0], default=(0, None))
        if target is not None and most >= _SOME * len(tried):
            called = "_".join(names.words(name)) or target.name
            yield SuggestedLink(called, column.name, target, most, len(tried), when=(kind.name, name))


def _named(schema: Schema, name: str, column: Column, names: Names, prefix: str) -> Iterator[Table]:
    """The tables that a word may mean: `post` means `posts`, and `ticket_posts`."""
    words = names.words(name)
    for target in schema:
        key = _key(target)
        table = names.words(target.name.removeprefix(prefix))
        fits = words and table[-len(words) :] == words
        if key is not None and not target.unfit and fits and _family(key) is _family(column):
            yield target


def _prefix(schema: Schema) -> str:
    """What the names of all tables begin with, such as `wp_` or `tbl`; empty where they do not, or there are few."""
    names = [table.name for table in schema if not table.unfit]
    if len(names) <= 3:
        return ""
    first, last = min(names), max(names)  # what these two begin with, all that lie between them do
    common = "".join(one for one, other in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    return common[: common.rfind("_") + 1] or (common if common in _MARKS else "")


def _candidates(schema: Schema, table: Table, column: Column, prefix: str, names: Names) -> Sequence[Table]:
    """The tables that the name of a column may mean, whose key is of its type.

    A table's own name outranks a role: `post_author` means any table of persons where none is called `authors`.
    """
    words = names.words(column.name)
    if names.asks(words):
        return ()
    own = set(names.words(table.name.removeprefix(prefix)))
    fitting = [
        target
        for target in schema
        if (key := _key(target)) is not None and not target.unfit and _family(key) is _family(column)
    ]
    meant = [
        target
        for target in fitting
        if target is not table
        and _means(
            words,
            names.words(target.name.removeprefix(prefix)),
            names.words((_key(target) or column).name),
            column.name,
        )
    ]
    if "parent" in words and table in fitting and (words[0] == "parent" or own.intersection(words)):
        meant.append(table)
    if meant or not names.is_a_role(words):
        return meant
    return [target for target in fitting if target is not table and names.is_of_persons(target.name)]


def _means(words: tuple[str, ...], table: tuple[str, ...], key: tuple[str, ...], column: str) -> bool:
    """Whether the name of a column means a table's key: it ends with the table's name, with or without `id`.

    One in the plural is a number of them.
    """
    if not words or not table:
        return False
    ends_with_id = words[-1] in ("id", "uid", "uuid", "key", "ref", "no", "number", "code", "pk", "fk")
    bare = words[:-1] if ends_with_id else words
    if not bare or (not ends_with_id and not column.lower().endswith(words[-1])):
        return False
    if words == key and len(key) > 1:
        return True  # `customer_id` there and here
    joined, name = "".join(bare), "".join(table)
    if joined == name or (ends_with_id and joined.endswith(name) and len(name) > 2):
        return True
    if not ends_with_id or len(bare) > 1:
        return False
    return bare[0] == table[-1] or (len(joined) >= _TELLING and name.endswith(joined))


def _key(table: Table) -> Column | None:
    return table.column(table.key[0]) if len(table.key) == 1 else None


def _family(column: Column) -> Kind:
    return Kind.INTEGER if column.kind in (Kind.INTEGER, Kind.DECIMAL) else column.kind


def keys_among(target: Table, row: sa.FromClause, values: Sequence[str]) -> sa.ColumnElement[bool] | None:
    """The key of a table's row is one of some values, as the database compares them; None where none can be."""
    key = _key(target)
    if key is None or key.kind is Kind.BINARY:
        return None
    whole = _family(key) is Kind.INTEGER
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
