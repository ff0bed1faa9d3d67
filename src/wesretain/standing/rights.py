"""The rights that applying the rules takes: which tables are read, from which rows go, and which columns change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wesretain.model.rule import RedactRow, RowFate
from wesretain.model.schema import Table
from wesretain.standing.catalogue import Catalogue, target_column
from wesretain.standing.disposal import Act, Line, acts_of
from wesretain.standing.rules import Ruling


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user has to be granted.

    Both need to read all of `schemas` (None is the default one): what links to a record may protect it, and what
    cannot be seen would protect nothing.
    """

    schemas: tuple[str | None, ...]
    deletes: tuple[Table, ...]
    updates: tuple[tuple[Table, tuple[str, ...]], ...]


def rights_of(ruling: Ruling) -> Rights:
    """The rights that the rules as they are now take; rules that apply refuses take none."""
    acts = acts_of(ruling).acts
    deletes = dict.fromkeys(_deletes(acts))
    updates: dict[Table, dict[str, None]] = {}
    for table, columns in _updates(acts):
        kept = [column.name for column in table.columns if column.updates_itself]
        updates.setdefault(table, {}).update(dict.fromkeys([*columns, *kept]))
    return Rights(
        schemas=_schemas(ruling),
        deletes=tuple(sorted(deletes, key=lambda table: table.full_name)),
        updates=tuple((table, tuple(updates[table])) for table in sorted(updates, key=lambda table: table.full_name)),
    )


def _deletes(acts: Iterable[Act]) -> Iterator[Table]:
    for act in acts:
        if act.removes:
            yield act.table
        for line in act.lines:
            if line.fate in (RowFate.DELETE, RowFate.DELETE_IF_UNSHARED):
                yield line.table


def _updates(acts: Iterable[Act]) -> Iterator[tuple[Table, tuple[str, ...]]]:
    for act in acts:
        if not act.removes:
            yield act.table, tuple(target_column(act.table, name).name for name, _ in act.rule.columns)
        for line in act.lines:
            if columns := _changed(line):
                yield line.table, columns


def _changed(line: Line) -> tuple[str, ...]:
    match line.fate:
        case RedactRow(columns):
            return tuple(target_column(line.table, name).name for name, _ in columns)
        case RowFate.UNLINK:
            return tuple(here.name for here, _ in line.steps[-1].link.pairs)
        case RowFate.DELETE | RowFate.DELETE_IF_UNSHARED | RowFate.KEEP:
            return ()


def _schemas(ruling: Ruling) -> tuple[str | None, ...]:
    """The schemas of all tables that rules or the inventory name, and of those that links tie to them."""
    catalogue = ruling.catalogue
    rest = [bound.table for bound in ruling.bound]
    rest += [table for table in catalogue.schema if catalogue.entry_of(table) is not None]
    seen: set[str] = set()
    schemas: dict[str | None, None] = {None: None} if not rest else {}
    while rest:
        table = rest.pop()
        if table.full_name not in seen:
            seen.add(table.full_name)
            schemas[table.schema] = None
            rest += _beside(catalogue, table)
    return tuple(sorted(schemas, key=lambda schema: schema or ""))


def _beside(catalogue: Catalogue, table: Table) -> Iterator[Table]:
    yield from (link.target for link in catalogue.links_from(table))
    yield from (link.source for link in catalogue.links_to(table))
