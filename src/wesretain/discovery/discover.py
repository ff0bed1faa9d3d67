"""A live database → what its tables seem to hold, and what the inventory should say of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from wesretain.discovery.classify import Classifier
from wesretain.discovery.clocks import ages_of, clocks_of
from wesretain.discovery.links import links_of
from wesretain.discovery.proposals import proposed
from wesretain.discovery.sampling import Sample, sample
from wesretain.engines import Live
from wesretain.errors import ConnectionLost, WesretainError
from wesretain.model.discovered import Discovered, DiscoveredTable, Size, SuggestedLink
from wesretain.model.finding import Finding
from wesretain.model.inventory import DatabaseEntry, Element, Inventory
from wesretain.model.names import joined
from wesretain.model.schema import Schema, Table
from wesretain.model.traits import Traits
from wesretain.standing.catalogue import Catalogue

#: Told the name of each table that has been looked at, how many have been, and how many there are.
Progress = Callable[[str, int, int], None]
#: How often the values of a code come at least, how many there are, and how they are written: not as names are.
_FEW_AMONG, _MOST_CODES = 5, 20
_CODE = re.compile(r"[a-z0-9_.:-]{1,20}|[A-Z0-9_]{1,20}|[A-Za-z]{1,2}")
#: Whether there is still time to read values.
Patience = Callable[[], bool]


def discover(
    live: Live,
    schema: Schema,
    entry: DatabaseEntry | None,
    traits: Traits,
    seed: int,
    patience: Patience,
    progress: Progress,
) -> Discovered:
    """Look at all tables of a database. It only reads, and keeps no value.

    Raises:
        WesretainError: where the database is lost; a table that it refuses is told by its names alone.
    """
    classifier = Classifier(traits)
    catalogue = Catalogue(live.name, schema, Inventory((entry,) if entry else ()))
    sizes = _sizes(live)
    zone = entry.zone if entry else None
    found: list[DiscoveredTable] = []
    for number, table in enumerate(schema, 1):
        if not _is_stored(table):
            continue
        found.append(_looked(live, catalogue, table, classifier, zone, seed, patience, sizes))
        progress(table.full_name, number, len(schema.tables))
    return Discovered(live.name, live.server, tuple(proposed(schema, entry, classifier, found)), entry)


def _is_stored(table: Table) -> bool:
    """Whether a table holds rows of its own: what a view shows lies in tables."""
    return "view" not in table.unfit.split()


def _sizes(live: Live) -> Mapping[str, Size]:
    with live.translating():
        found = live.engine.sizes(live.connection, live.default_schema)
    return {joined([schema, name] if schema else [name]): Size(rows, size) for schema, name, rows, size in found}


def _looked(
    live: Live,
    catalogue: Catalogue,
    table: Table,
    classifier: Classifier,
    zone: str | None,
    seed: int,
    patience: Patience,
    sizes: Mapping[str, Size],
) -> DiscoveredTable:
    """One table by its names and, as long as there is time, by its values."""
    seen, unread = Sample(table.columns), ""
    links: Sequence[SuggestedLink] = ()
    if not patience():
        unread = "the time for reading was up"
    else:
        try:
            with live.savepoint():
                seen = sample(live, table, catalogue.schema.default, seed)
                known = catalogue.links_from(table)
                linked = {here.name for link in known for here, _ in link.pairs}
                taken = {link.name for link in known}
                values = _by_column(seen)
                links = tuple(links_of(live, catalogue.schema, table, values, classifier.names, linked, taken))
        except ConnectionLost:
            raise
        except WesretainError as error:
            unread = error.message
    values = _by_column(seen)
    clocks = tuple(clocks_of(table, values, zone, classifier.names))
    looked = DiscoveredTable(
        table=table,
        size=sizes.get(table.full_name, Size()),
        sampled=len(seen.rows),
        ages=tuple(ages_of(table, values, clocks)),
        findings=classifier.findings(table, seen),
        clocks=clocks,
        links=tuple(links),
        codes=frozenset(column.name for column in seen.columns if _is_code(seen.values(column.name))),
        unread=unread,
    )
    return replace(looked, findings=tuple(_without_clocks(looked)))


def _is_code(values: Sequence[str | None]) -> bool:
    """Whether a few short values come again and again."""
    told = [value for value in values if value is not None]
    different = set(told)
    return (
        len(told) >= _FEW_AMONG * max(len(different), 1)
        and len(different) <= _MOST_CODES
        and all(_CODE.fullmatch(value) for value in different)
    )


def _by_column(seen: Sample) -> dict[str, tuple[str | None, ...]]:
    return {column.name: seen.values(column.name) for column in seen.columns}


def _without_clocks(looked: DiscoveredTable) -> Iterator[Finding]:
    """The findings but for those by the names alone of columns that say a time."""
    clocks = {each.clock.column for each in looked.clocks if each.clock.format}
    for found in looked.findings:
        if found.column not in clocks or found.values or found.element is Element.DATE_OF_BIRTH:
            yield found
