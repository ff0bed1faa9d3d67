"""What the checks look at: the intent, with its tables, links and names ready to be looked up without a database."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from wesretain.model.condition import Age, All, AnyOf, Compare, Condition, Has, Is, Not
from wesretain.model.inventory import LinkDeclaration, TableEntry
from wesretain.model.names import segments
from wesretain.model.rule import Path, Redaction, RedactRow, Rule, SetTemplate, TableName
from wesretain.model.source import Position
from wesretain.policy.load import Loaded


class Step(NamedTuple):
    """One step of a path: the table that it reaches, how many segments it took, and whether it led up a link.

    `narrowed` says that the link has a `when`, so that it may lead down to one row, such as one of an attribute table.
    """

    table: TableName
    segments: int
    up: bool
    narrowed: bool = False


class Walk(NamedTuple):
    """How far the inventory can follow a path; `rest` is what only the database may know, and starts at `table`."""

    table: TableName
    steps: tuple[Step, ...]
    rest: Path

    @property
    def end(self) -> TableName | None:
        """The table at the end of the path, where the inventory knows it."""
        return None if self.rest else self.table


class Reference(NamedTuple):
    """A name as a file writes it: a path from a table and, for most, a column at its end.

    `one` says that the path must find one row at most, and so leads over links only, never down to child tables.
    """

    table: TableName
    path: Path
    column: str | None
    at: Position
    one: bool = True


class View:
    """What the files say, indexed. Whatever the inventory does not declare may still be a foreign key of the database.

    Without a configuration or an inventory there is nothing to compare names with, and their checks keep silent; so
    they do about what could not be read.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.config = loaded.config
        self.databases = loaded.inventory.databases if loaded.inventory else ()
        self.rules = loaded.rules
        self.inventoried = loaded.inventory is not None
        self._unread = loaded.unread
        self.all_rules = loaded.complete
        self._numbers: dict[Condition, int] = {}
        self._demanded: dict[str, frozenset[int]] = {}

    def unsure(self, name: str | TableName) -> bool:
        """Whether the files say more of a rule, table or database than could be read."""
        return bool(self._unread) and str(name) in self._unread

    # -- rules --------------------------------------------------------------------------------------------------

    @cached_property
    def rule(self) -> dict[str, Rule]:
        """The rules by name."""
        return {rule.name: rule for rule in self.rules}

    @cached_property
    def rules_on(self) -> dict[TableName, list[Rule]]:
        """The rules by the table that they name."""
        found: dict[TableName, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            found[rule.table].append(rule)
        return found

    def others(self, rule: Rule) -> Iterator[Rule]:
        """The other rules on the same table."""
        return (other for other in self.rules_on.get(rule.table, ()) if other is not rule)

    @cached_property
    def overridden(self) -> frozenset[str]:
        """The rules that another one overrides."""
        return frozenset(name for rule in self.rules for name in rule.overrides)

    def covers(self, wide: Rule, narrow: Rule) -> bool:
        """Whether a rule surely covers every record of its table that another one covers."""
        return self._demands(wide) <= self._demands(narrow)

    def _demands(self, rule: Rule) -> frozenset[int]:
        """What a rule's `where` demands, all of which must hold; equal conditions have equal numbers."""
        if rule.name not in self._demanded:
            numbers = self._numbers
            parts = (numbers.setdefault(part, len(numbers)) for part in _parts(rule.where))
            self._demanded[rule.name] = frozenset(parts)
        return self._demanded[rule.name]

    # -- the inventory ------------------------------------------------------------------------------------------

    @cached_property
    def entries(self) -> dict[TableName, TableEntry]:
        """The inventory's tables by name."""
        return {entry.name: entry for database in self.databases for entry in database.tables}

    @cached_property
    def columns(self) -> dict[TableName, frozenset[str]]:
        """The columns of each table whose inventory entry lists them."""
        return {
            entry.name: frozenset(name for name, _ in entry.columns) for entry in self.entries.values() if entry.columns
        }

    @cached_property
    def children(self) -> dict[tuple[TableName, str], list[TableEntry]]:
        """The entries that declare a link to a table, by that table and their own bare name."""
        found: dict[tuple[TableName, str], list[TableEntry]] = defaultdict(list)
        for entry in self.entries.values():
            for target in dict.fromkeys(target_of(entry, link) for link in entry.links):
                found[target, entry.name.name].append(entry)
        return found

    def walk(self, table: TableName, path: Path) -> Walk:
        """Follow a path of links and child tables as far as the inventory declares them."""
        steps: list[Step] = []
        rest = path
        while rest and (step := self._step(table, rest)):
            steps.append(step)
            table, rest = step.table, rest[step.segments :]
        return Walk(table, tuple(steps), rest)

    def locate(self, table: TableName, name: Path) -> tuple[TableName | None, str]:
        """The table at the end of a dotted name, where the inventory knows it, and the column (or its member)."""
        walk = self.walk(table, name[:-1])
        if not walk.rest:
            return walk.table, name[-1]
        member = ".".join((*walk.rest, name[-1]))
        entry = self.entries.get(walk.table)
        known = entry is not None and (entry.clock(member) or walk.rest[0] in dict(entry.columns))
        return (walk.table, member) if known else (None, name[-1])

    def ways(self, table: TableName, child: str) -> list[str]:
        """The declared links by which the rows of a child table, given by its bare name, point at a table."""
        return [
            link.name
            for entry in self.children.get((table, child), ())
            for link in entry.links
            if target_of(entry, link) == table
        ]

    def _step(self, table: TableName, path: Path) -> Step | None:
        entry = self.entries.get(table)
        for link in entry.links if entry else ():
            if link.name == path[0]:
                return Step(target_of(entry, link), 1, True) if entry else None
        children = self.children.get((table, path[0]), [])
        ways = self.ways(table, path[0])
        if len(children) != 1:
            return None
        narrowed = {link.name for link in children[0].links if link.when}
        if len(path) > 1 and path[1] in ways:
            return Step(children[0].name, 2, False, path[1] in narrowed)
        return Step(children[0].name, 1, False, ways[0] in narrowed) if len(ways) == 1 else None

    # -- names --------------------------------------------------------------------------------------------------

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every name of a column, link or child table in the rules and in the inventory."""
        found = [reference for rule in self.rules for reference in self._of_rule(rule)]
        return (*found, *(reference for entry in self.entries.values() for reference in self._of_entry(entry)))

    def _of_rule(self, rule: Rule) -> Iterator[Reference]:
        yield from self._of_condition(rule.table, rule.where)
        if rule.after:
            for name in rule.after.names:
                yield Reference(rule.table, name[:-1], name[-1], rule.after.at, one=not rule.after.newest)
        if rule.agreed_until:
            yield Reference(rule.table, rule.agreed_until[:-1], rule.agreed_until[-1], rule.place("agreed until"))
        for column in rule.protects:
            yield Reference(rule.table, (), column, rule.place("protects"))
        for column, target in rule.columns:
            yield from _of_column(rule.table, (), column, target, rule.place(f"columns.{column}"))
        for line in rule.with_:
            yield Reference(rule.table, line.path, None, line.at, one=False)
            for column, target in line.fate.columns if isinstance(line.fate, RedactRow) else ():
                yield from _of_column(rule.table, line.path, column, target, line.at)

    def _of_entry(self, entry: TableEntry) -> Iterator[Reference]:
        for path in entry.subjects or ():
            if path != ("self",):
                up = all(step.up for step in self.walk(entry.name, path).steps)  # down it may lead to several persons
                yield Reference(entry.name, path, None, entry.place("subjects"), one=up)
        for clock in entry.clocks:
            yield Reference(entry.name, (), clock.column, clock.at)
        for link in entry.links:
            target = target_of(entry, link)
            yield from (Reference(entry.name, (), name, link.at) for name in link.here)
            yield from (Reference(target, (), name, link.at) for name in link.there)
            yield from self._of_condition(entry.name, link.when)
            yield from self._of_condition(target, link.where)

    def _of_condition(self, table: TableName, condition: Condition | None) -> Iterator[Reference]:
        match condition:
            case Compare(name=name, at=at) | Is(name=name, at=at) | Age(name=name, at=at):
                yield Reference(table, name[:-1], name[-1], at)
            case Has(path, inner, at):
                yield Reference(table, path, None, at, one=False)
                if end := self.walk(table, path).end:
                    yield from self._of_condition(end, inner)
            case All(conditions) | AnyOf(conditions):
                for inner in conditions:
                    yield from self._of_condition(table, inner)
            case Not(inner):
                yield from self._of_condition(table, inner)
            case None:
                pass


def _parts(condition: Condition | None) -> Iterator[Condition]:
    """The conditions that must all hold."""
    match condition:
        case All(conditions):
            for inner in conditions:
                yield from _parts(inner)
        case None:
            pass
        case _:
            yield condition


def _of_column(table: TableName, path: Path, column: str, target: Redaction, at: Position) -> Iterator[Reference]:
    yield Reference(table, path, column, at, one=False)
    for key in placeholders(target) if isinstance(target, SetTemplate) else ():
        yield Reference(table, path, key, at, one=False)


def target_of(entry: TableEntry, link: LinkDeclaration) -> TableName:
    """The table that a declared link leads to; without a schema of its own it lies beside the table that links."""
    *schema, name = segments(link.to) or (link.to,)
    return TableName(entry.name.database, schema[0] if schema else entry.name.schema, name)


def placeholders(target: SetTemplate) -> list[str]:
    """The columns that a redaction's text names."""
    return re.findall(r"\{([^{}]+)\}", target.template)
