"""By which links each batch of an act looks for rows below its records, and which of them no index serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from wesretain.model.rule import RowFate
from wesretain.model.schema import Table
from wesretain.standing.catalogue import Catalogue, Link
from wesretain.standing.conditions import Binder
from wesretain.standing.disposal import Act
from wesretain.standing.formula import columns_of
from wesretain.standing.sql import Translator

#: A table of no more rows is read as a whole before anybody notices.
FEW = 10_000


def links_down(catalogue: Catalogue, act: Act) -> tuple[Link, ...]:
    """The links of rows below that a batch looks for: what `with` names, and all that points at a row that goes."""
    return tuple(dict.fromkeys(_links_down(catalogue, act)))


def _links_down(catalogue: Catalogue, act: Act) -> Iterator[Link]:
    for line in act.lines:
        yield from (step.link for step in line.steps if step.down)
    if act.removes:
        yield from catalogue.links_to(act.table)
    for line in act.lines:
        if line.fate in (RowFate.DELETE, RowFate.DELETE_IF_UNSHARED):
            yield from catalogue.links_to(line.table)


def is_indexed(binder: Binder, link: Link) -> bool:
    """Whether an index begins with a column of the link, but for columns that the link's own condition tests."""
    condition, _ = binder.link_conditions(link)
    columns = {here.name for here, _ in link.pairs}
    tested = {column.name for column in columns_of(condition)} - columns
    for lookup in (*link.source.indexes, link.source.key):
        first = next((name for name in lookup if name not in tested), None)
        if first in columns:
            return True
    return False


def columns_by(link: Link) -> str:
    """The columns that such an index would be on."""
    return ", ".join(here.name for here, _ in link.pairs)


def rows_up_to(translator: Translator, table: Table, most: int) -> sa.Select[Any]:
    """The statement that counts the rows of a table, no further than to so many."""
    one: sa.Label[Any] = sa.literal_column("1").label("one")
    found = sa.select(one).select_from(translator.row_of(table)).limit(most)
    return sa.select(sa.func.count()).select_from(found.subquery("found"))
