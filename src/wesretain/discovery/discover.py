"""A live database → what its tables seem to hold, and what the inventory should say of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wesretain.discovery.along import along_links
from wesretain.discovery.attributes import names_of_values
from wesretain.discovery.classify import Classifier
from wesretain.discovery.clocks import ages_of, are_odd_times, clocks_of
from wesretain.discovery.links import links_of
from wesretain.discovery.proposals import proposed
from wesretain.discovery.sampling import Sample, sample
from wesretain.discovery.targets import Targets
from wesretain.engines import Live
from wesretain.errors import ConnectionLost, WesretainError
from wesretain.model.discovered import Discovered, DiscoveredTable, Size, SuggestedLink
from wesretain.model.finding import Finding
from wesretain.model.inventory import DatabaseEntry, Element, Inventory
from wesretain.model.names import joined
from wesretain.model.schema import Column, Kind, Schema, Table
from wesretain.model.traits import Traits
from wesretain.standing.catalogue import Catalogue

#: Told the name of each table that has been looked at, how many have been, and how many there are.
Progress = Callable[[str, int, int], None]
#: How often the values of a code come at least, how many there are, and how they are written: not as names are.
_FEW_AMONG, _MOST_CODES = 5, 20
_CODE = re.compile(r"[a-z0-9_.:-]{1,20}|[A-Z0-9_]{1,20}|[A-Za-z]{1,2}")
#: Types that hold nothing personal unless a name or a value says so.
_DUMB = (Kind.BOOLEAN, Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT, Kind.DECIMAL, Kind.FLOAT)
#: A number of no more digits is that of no telephone.
_SMALL = 6
_TIME_IS_UP = "the time for reading was up"
#: So many seconds are left for reading values.
Patience = Callable[[], float]


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
    look = _Look(live, catalogue, classifier, entry, seed, _sizes(live), Targets(schema, classifier.names))
    found: list[DiscoveredTable] = []
    for number, table in enumerate(schema, 1):
        if _is_stored(table):
            found.append(look.at(table, patience))
            progress(table.full_name, number, len(schema.tables))
    known = list(along_links(catalogue, found))
    return Discovered(live.name, live.server, tuple(proposed(schema, entry, classifier, known)), entry)


def _is_stored(table: Table) -> bool:
    """Whether a table holds rows of its own: what a view shows lies in tables."""
    return "view" not in table.unfit.split()


def _sizes(live: Live) -> Mapping[str, Size]:
    with live.translating():
        found = live.engine.sizes(live.connection, live.default_schema)
    return {joined([schema, name] if schema else [name]): Size(rows, size) for schema, name, rows, size in found}


@dataclass(frozen=True)
class _Look:
    """What looking at one table after another takes."""

    live: Live
    catalogue: Catalogue
    classifier: Classifier
    entry: DatabaseEntry | None
    seed: int
    sizes: Mapping[str, Size]
    targets: Targets

    def at(self, table: Table, patience: Patience) -> DiscoveredTable:
        """One table by its names and, as long as there is time, by its values."""
        read, unread = _Read(Sample(table.columns)), _TIME_IS_UP
        if (left := patience()) > 0:
            try:
                with self.live.savepoint():
                    self.live.limit(left)
                    read, unread = self._read(table), ""
            except ConnectionLost:
                raise
            except WesretainError as error:
                unread = error.message if patience() > 0 else _TIME_IS_UP
        values = _by_column(read.seen)
        clocks = tuple(clocks_of(table, values, self.entry.zone if self.entry else None, self.classifier.names))
        findings = self.classifier.findings(table, read.seen, read.called)
        births = {found.column for found in findings if found.element is Element.DATE_OF_BIRTH}
        linked = {here.name for link in self.catalogue.links_from(table) for here, _ in link.pairs}
        linked |= {link.column for link in read.links if link.sure}
        told = {clock.clock.column for clock in clocks}
        looked = DiscoveredTable(
            table=table,
            entry=self.catalogue.entry_of(table),
            size=self.sizes.get(table.full_name, Size()),
            sampled=len(read.seen.rows),
            ages=tuple(age for age in ages_of(table, values, clocks) if age.clock not in births),
            findings=findings,
            clocks=clocks,
            links=read.links,
            harmless=frozenset(
                column.name for column in table.columns if self._is_harmless(column, values, linked | told)
            ),
            sensitive=frozenset(each.name for each in table.columns if self.classifier.names.is_sensitive(each.name)),
            odd=frozenset(name for name, some in values.items() if name not in told and are_odd_times(some)),
            empty=frozenset(name for name, some in values.items() if not any(some)),
            unread=unread,
        )
        return replace(looked, findings=tuple(_without_clocks(looked)))

    def _is_harmless(self, column: Column, values: Mapping[str, Sequence[str | None]], known: set[str]) -> bool:
        """Whether type and values of a column, in which nothing is found, leave no room for anything personal.

        A number may be that of a telephone, or of a person to whom no link is known.
        """
        names, some = self.classifier.names, values.get(column.name, ())
        if names.is_sensitive(column.name):
            return False
        if column.kind in _DUMB or column.name in known or column.listed:
            return True
        if column.kind is Kind.INTEGER:
            small = all(value is None or len(value) <= _SMALL for value in some)
            return small and names.words(column.name)[-1:] != ("id",)
        return _is_code(some)

    def _read(self, table: Table) -> _Read:
        """What takes a query."""
        live, schema, names = self.live, self.catalogue.schema, self.classifier.names
        seen = sample(live, table, schema.default, self.seed)
        known = self.catalogue.links_from(table)
        linked, taken = {here.name for link in known for here, _ in link.pairs}, {link.name for link in known}
        links = tuple(links_of(live, self.targets, table, _by_column(seen), linked, taken))
        return _Read(seen, links, tuple(names_of_values(live, schema, table, seen, known, links, names)))


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a table: some rows, links, and what other tables call the values."""

    seen: Sample
    links: tuple[SuggestedLink, ...] = ()
    called: tuple[Sequence[str | None], ...] = ()


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
