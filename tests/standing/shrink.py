"""Makes a world that shows a difference smaller, for as long as it still shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace

from standing.oracle import column_at, links_of, steps
from standing.world import Row, World
from wesretain.model.condition import Age, All, AnyOf, Compare, Condition, Has, Is, Not
from wesretain.model.hold import OnRecords
from wesretain.model.inventory import Clock, Element, Inventory, LinkDeclaration, TableEntry
from wesretain.model.rule import Path, RedactRow, Rule


def smallest(world: World, symptom: Callable[[World], Hashable], seconds: float = 60) -> World:
    """The smallest world found in that time with the same symptom; `symptom` says None where a world is in order."""
    wanted, deadline = symptom(world), time.monotonic() + seconds
    before: World | None = None
    while before is not world:
        before = world
        for step in STEPS:
            number = 0
            while number < len(candidates := list(step(world))):
                if time.monotonic() > deadline:
                    return world
                if symptom(candidates[number]) == wanted:
                    world = candidates[number]
                else:
                    number += 1
    return world


def is_sound(world: World) -> bool:
    """Whether every name in a world leads somewhere; a smaller one may have lost what it names."""
    try:
        for rule in world.rules:
            named(world, rule.table.name, rule.where, *(rule.after.names if rule.after else ()))
            named(world, rule.table.name, None, *([rule.agreed_until] if rule.agreed_until else []))
            named(world, rule.table.name, None, *((column,) for column in (*dict(rule.columns), *rule.protects)))
            for line in rule.with_:
                *_, (_, link) = steps(world, rule.table.name, line.path)
                if isinstance(line.fate, RedactRow):
                    named(world, link.table, None, *((column,) for column, _ in line.fate.columns))
        for hold in world.holds:
            if isinstance(hold.scope, OnRecords):
                named(world, hold.scope.table.name, hold.scope.condition)
        for entry in world.inventory.databases[0].tables:
            for path in entry.subjects or ():
                steps(world, entry.name.name, () if path == ("self",) else path)
            for link in links_of(world, entry.name.name):
                named(world, link.table, link.when, *((column,) for column in link.here))
                named(world, link.to, link.where, *((column,) for column in link.there))
    except (LookupError, StopIteration):
        return False
    return True


def named(world: World, table: str, condition: Condition | None, *names: Path) -> None:
    """Look up names and all names of a condition, raising where there is nothing of that name."""
    world.table(table)
    for name in names:
        world.column(*column_at(world, table, name))
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                named(world, table, part)
        case Not(inner):
            named(world, table, inner)
        case Has(path, inner):
            direction, link = steps(world, table, path)[-1]
            named(world, link.to if direction == "up" else link.table, inner)
        case Compare(name) | Is(name) | Age(name):
            named(world, table, None, name)


def with_entries(world: World, entries: tuple[TableEntry, ...]) -> World:
    (database,) = world.inventory.databases
    return replace(world, inventory=Inventory((replace(database, tables=entries),)))


def fewer_rules(world: World) -> Iterator[World]:
    for rule in world.rules:
        others = [
            replace(other, overrides=tuple(name for name in other.overrides if name != rule.name))
            for other in world.rules
            if other != rule
        ]
        yield replace(world, rules=tuple(others))


def fewer_holds(world: World) -> Iterator[World]:
    for hold in world.holds:
        yield replace(world, holds=tuple(other for other in world.holds if other != hold))


def fewer_tables(world: World) -> Iterator[World]:
    (database,) = world.inventory.databases
    for table in world.tables:
        rest = [
            replace(other, foreign_keys=tuple(key for key in other.foreign_keys if key.table != table.name))
            for other in world.tables
            if other != table
        ]
        entries = [
            replace(entry, links=tuple(link for link in entry.links if link.to != table.name))
            for entry in database.tables
            if entry.name.name != table.name
        ]
        rows = tuple(row for row in world.rows if row.table != table.name)
        yield with_entries(replace(world, tables=tuple(rest), rows=rows), tuple(entries))


def fewer_rows(world: World) -> Iterator[World]:
    for table in world.tables:
        yield replace(world, rows=tuple(row for row in world.rows if row.table != table.name))
    for row in world.rows:
        yield replace(world, rows=tuple(other for other in world.rows if other is not row))


def simpler_rules(world: World) -> Iterator[World]:
    for number, rule in enumerate(world.rules):
        for simpler in simpler_rule(rule):
            yield replace(world, rules=(*world.rules[:number], simpler, *world.rules[number + 1 :]))


def simpler_rule(rule: Rule) -> Iterator[Rule]:
    if rule.where is not None:
        if rule.keep is not None:
            yield replace(rule, where=None)
        yield from (replace(rule, where=where) for where in simpler_conditions(rule.where))
    for number in reversed(range(len(rule.with_))):
        yield replace(rule, with_=rule.with_[:number] + rule.with_[number + 1 :])
    for number in range(len(rule.columns) if len(rule.columns) > 1 else 0):
        yield replace(rule, columns=rule.columns[:number] + rule.columns[number + 1 :])
    if rule.after and len(rule.after.names) > 1:
        for name in rule.after.names:
            yield replace(rule, after=replace(rule.after, names=(name,)))
    if rule.law:
        yield replace(rule, law=None, protects=())
    if rule.protects:
        yield replace(rule, protects=())
    if rule.agreed_until:
        yield replace(rule, agreed_until=None)
    if rule.overrides:
        yield replace(rule, overrides=())


def simpler_conditions(condition: Condition) -> Iterator[Condition]:
    match condition:
        case All(parts) | AnyOf(parts):
            yield from parts
            for number, part in enumerate(parts):
                for simpler in simpler_conditions(part):
                    yield replace(condition, conditions=(*parts[:number], simpler, *parts[number + 1 :]))
        case Not(inner):
            yield inner
            yield from (Not(simpler) for simpler in simpler_conditions(inner))
        case Has(path, inner):
            if inner != All(()):
                yield Has(path, All(()))
            yield from (Has(path, simpler) for simpler in simpler_conditions(inner))
        case Compare(_, _, values) if len(values) > 1:
            yield from (replace(condition, values=(value,)) for value in values)


def simpler_entries(world: World) -> Iterator[World]:
    entries = world.inventory.databases[0].tables
    for number, entry in enumerate(entries):
        for simpler in simpler_entry(entry):
            yield with_entries(world, (*entries[:number], simpler, *entries[number + 1 :]))


def simpler_entry(entry: TableEntry) -> Iterator[TableEntry]:
    if entry.category:
        yield replace(entry, category=None)
    if entry.subjects != ():
        yield replace(entry, subjects=())
    if entry.columns and not any(Element.DATE_OF_BIRTH in elements for _, elements in entry.columns):
        yield replace(entry, columns=())
    for number, link in enumerate(entry.links):
        for plain in simpler_link(link):
            yield replace(entry, links=(*entry.links[:number], plain, *entry.links[number + 1 :]))
    for number, clock in enumerate(entry.clocks):
        for better in simpler_clock(clock):
            yield replace(entry, clocks=(*entry.clocks[:number], better, *entry.clocks[number + 1 :]))


def simpler_link(link: LinkDeclaration) -> Iterator[LinkDeclaration]:
    if link.nobody:
        yield replace(link, nobody=())
    if link.when:
        yield replace(link, when=None)
    if link.where:
        yield replace(link, where=None)


def simpler_clock(clock: Clock) -> Iterator[Clock]:
    plain = Clock(clock.column)
    for name in ("zone", "undated", "never", "expires", "floor", "counts_from_start"):
        if getattr(clock, name) != getattr(plain, name):
            yield replace(clock, **{name: getattr(plain, name)})


def fewer_columns(world: World) -> Iterator[World]:
    entries = world.inventory.databases[0].tables
    for number, table in enumerate(world.tables):
        for column in reversed(table.columns):
            if column.name in table.key or any(column.name in key.columns for key in table.foreign_keys):
                continue
            rest = replace(table, columns=tuple(other for other in table.columns if other != column))
            rows = tuple(without(row, column.name) if row.table == table.name else row for row in world.rows)
            smaller = replace(world, rows=rows, tables=(*world.tables[:number], rest, *world.tables[number + 1 :]))
            yield with_entries(
                smaller, tuple(forget(e, column.name) if e.name.name == table.name else e for e in entries)
            )


def forget(entry: TableEntry, column: str) -> TableEntry:
    return replace(
        entry,
        clocks=tuple(clock for clock in entry.clocks if clock.column != column),
        columns=tuple((name, elements) for name, elements in entry.columns if name != column),
    )


def without(row: Row, column: str) -> Row:
    return replace(row, values={name: value for name, value in row.values.items() if name != column})


def fewer_values(world: World) -> Iterator[World]:
    for number, row in enumerate(world.rows):
        table = world.table(row.table)
        for column in table.columns:
            if column.nullable and column.name not in table.key and row[column.name] is not None:
                emptied = replace(row, values={**row.values, column.name: None})
                yield replace(world, rows=(*world.rows[:number], emptied, *world.rows[number + 1 :]))


STEPS: tuple[Callable[[World], Iterator[World]], ...] = (
    fewer_rules,
    fewer_holds,
    simpler_rules,
    fewer_tables,
    fewer_rows,
    simpler_entries,
    fewer_columns,
    fewer_values,
)
