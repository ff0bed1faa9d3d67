"""Holds as formulas: which records an order to keep reaches, and everything below them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from wesretain.model.hold import Hold, OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable
from wesretain.model.names import means
from wesretain.model.rule import Rule, TableName
from wesretain.model.schema import Table
from wesretain.model.source import NOWHERE
from wesretain.standing.catalogue import Catalogue, Refusal, Step
from wesretain.standing.conditions import Binder
from wesretain.standing.formula import FALSE, TRUE, Formula, HasKey, Value, some
from wesretain.standing.keys import key_value

_NoSubject: TypeAlias = OnRecord | OnRecords | OnTable | OnCategory | OnDatabase


@dataclass(frozen=True, slots=True)
class Reach:
    """What the holds reach directly, table by table, before anything travels down.

    `failures` are holds that could not be understood: the whole database is held for each.
    """

    direct: Mapping[str, Formula]
    failures: tuple[tuple[Hold, Refusal], ...]


def reach(binder: Binder, holds: Iterable[Hold], rules: tuple[Rule, ...]) -> Reach:
    """The records that holds name, as one formula a table; the binder must be one that keeps."""
    catalogue = binder.catalogue
    parts: dict[str, list[Formula]] = {}
    people: dict[TableName, list[tuple[Hold, Formula]]] = {}
    failures: list[tuple[Hold, Refusal]] = []
    for hold in holds:
        try:
            if not isinstance(hold.scope, OnSubject):
                _add(parts, _named(binder, hold.scope, rules))
            elif means(hold.scope.table.database, catalogue.database):
                person = _has_key(catalogue, catalogue.table(hold.scope.table), hold.scope.key)
                people.setdefault(hold.scope.table, []).append((hold, person))
        except Refusal as refusal:
            failures.append((hold, refusal))
    for name, named in people.items():
        try:
            # At once, since a statement that follows each of a thousand people by himself is too large for an engine.
            _add(parts, _of_subjects(binder, catalogue.table(name), some(person for _, person in named), rules))
        except Refusal as refusal:
            failures += [(hold, refusal) for hold, _ in named]
    if failures:
        _add(parts, ((table, TRUE) for table in catalogue.schema))
    reached = {name: some(formulas) for name, formulas in parts.items()}
    return Reach({name: formula for name, formula in reached.items() if formula != FALSE}, tuple(failures))


def _add(parts: dict[str, list[Formula]], found: Iterable[tuple[Table, Formula]]) -> None:
    for table, formula in found:
        parts.setdefault(table.full_name, []).append(formula)


def _named(binder: Binder, scope: _NoSubject, rules: tuple[Rule, ...]) -> Iterable[tuple[Table, Formula]]:
    catalogue = binder.catalogue
    match scope:
        case OnRecord(name, key):
            if means(name.database, catalogue.database):
                table = catalogue.table(name)
                yield table, _has_key(catalogue, table, key)
        case OnRecords(name, condition, _):
            if means(name.database, catalogue.database):
                table = catalogue.table(name)
                yield table, binder.bind(table, condition)
        case OnTable(name):
            if means(name.database, catalogue.database):
                yield catalogue.table(name), TRUE
        case OnCategory(category):
            named = (rule.table for rule in rules if rule.category is category)
            ruled = [catalogue.schema.table(name.schema, name.name) for name in named]
            for table in catalogue.schema:
                entry = catalogue.entry_of(table)
                if (entry and entry.category is category) or table in ruled:
                    yield table, TRUE
        case OnDatabase(database):
            if means(database, catalogue.database):
                for table in catalogue.schema:
                    yield table, TRUE
        case _ as never:
            assert_never(never)


def _of_subjects(
    binder: Binder, people: Table, persons: Formula, rules: tuple[Rule, ...]
) -> Iterable[tuple[Table, Formula]]:
    catalogue = binder.catalogue
    yield people, persons
    ruled = {
        catalogue.table(rule.table).full_name
        for rule in rules
        if catalogue.schema.table(rule.table.schema, rule.table.name)
    }
    for table in catalogue.schema:
        entry = catalogue.entry_of(table)
        subjects = entry.subjects if entry else None
        if subjects is None and table.full_name in ruled:
            yield table, TRUE
        for path in subjects or ():
            steps = (
                () if path == ("self",) else catalogue.walk(table, path, entry.place("subjects") if entry else NOWHERE)
            )
            end = steps[-1].end if steps else table
            if end is people:
                yield table, binder.follow(steps, persons)


def _has_key(catalogue: Catalogue, table: Table, key: tuple[str, ...]) -> Formula:
    columns = catalogue.key(table)
    if not columns:
        return TRUE  # no record of it can be told from another
    if len(columns) != len(key):
        raise Refusal(f"the key of {table.full_name} has {len(columns)} columns, and the hold names {len(key)}")
    return HasKey(columns, (tuple(key_value(found, text, table) for found, text in zip(columns, key, strict=True)),))


@dataclass(frozen=True, slots=True)
class HeldRecords:
    """What is held on each table: what holds name there, and what lies below something held.

    `seeds` hold the keys of held records in tables whose links run in a circle, found by walking them; see `scan`.
    """

    binder: Binder
    direct: Mapping[str, Formula]
    seeds: Mapping[str, tuple[tuple[Value, ...], ...]] = field(default_factory=dict)

    def by_own_rules(self, table: Table) -> Formula:
        """A hold reaches the record, as the rules on its own table see it.

        Without a key nobody can say which record a rule is about to deal with: any hold that can reach one holds all.
        """
        return TRUE if not table.key and self._can_be_held(table) else self.of(table)

    @property
    def walked(self) -> bool:
        """Whether held records may lie in a circle of links, so that only the rows themselves can tell which."""
        catalogue = self.binder.catalogue
        return any(self._can_be_held(table) for table in catalogue.schema if catalogue.circle(table))

    def of(self, table: Table) -> Formula:
        """A hold reaches the row of that table, itself or from above."""
        catalogue = self.binder.catalogue
        parts = [self.direct.get(table.full_name, FALSE)]
        if parts == [TRUE]:
            return TRUE
        circle = catalogue.circle(table)
        if circle and not catalogue.has_keys(circle) and self._can_be_held(table):
            return TRUE  # nobody can walk down through rows that have no names
        if seeds := self.seeds.get(table.full_name):
            parts.append(HasKey(catalogue.key(table), seeds))
        for link in catalogue.links_from(table):
            if link.target.full_name not in circle and self._can_be_held(link.target):
                parts.append(self.binder.follow((Step(link, False),), self.of(link.target)))
        return some(parts)

    def below(self, path: tuple[Step, ...]) -> Formula:
        """A hold reaches the row at the end of a path, and not by way of the row where it begins: that is not held."""
        if not path:
            return FALSE
        *above, step = path
        catalogue, table = self.binder.catalogue, step.end
        if not (step.down and step.link.certain and step.reverse.lone) or catalogue.circle(table):
            return self.of(table)
        held = self.direct.get(table.full_name, FALSE)
        for link in filter(lambda link: self._can_be_held(link.target), catalogue.links_from(table)):
            reached = self.below(tuple(above)) if link == step.link else self.of(link.target)
            held = some([held, self.binder.follow((Step(link, False),), reached)])
        return held

    def _can_be_held(self, table: Table) -> bool:
        return not self.binder.catalogue.above(table).isdisjoint(self.direct)
