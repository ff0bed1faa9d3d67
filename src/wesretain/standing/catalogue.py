"""The live schema seen through the inventory: tables, links up and down, clocks; where names are looked up."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from wesretain.model.formats import FORMATS, Epoch, EpochSeconds, Format, Iso, Layout
from wesretain.model.inventory import Clock, DatabaseEntry, Element, Inventory, LinkDeclaration, TableEntry
from wesretain.model.names import joined, segments
from wesretain.model.reading import BIRTH_FLOOR, FLOOR, Dial, Encoding
from wesretain.model.rule import TableName
from wesretain.model.schema import Column, ForeignKey, Kind, Schema, Table
from wesretain.model.source import NOWHERE, Position
from wesretain.model.whole import crosses, spells

_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


class Refusal(Exception):
    """A name, link, clock or value does not fit the live database; it stops the tables that it touches."""

    def __init__(self, message: str, mend: str = "", at: Position = NOWHERE) -> None:
        super().__init__(message)
        self.message, self.mend, self.at = message, mend, at


@dataclass(frozen=True, slots=True)
class Link:
    """A way from a row of `source` up to the row of `target` that it points at; pairs are (here, there)."""

    name: str
    source: Table
    target: Table
    pairs: tuple[tuple[Column, Column], ...]
    declaration: LinkDeclaration | None = None

    @property
    def certain(self) -> bool:
        """Whether it either leads to a row or does not: no unknown conditions, no near misses."""
        conditions = self.declaration is not None and (self.declaration.when or self.declaration.where)
        return not conditions and all(Kind.TEXT not in (here.kind, there.kind) for here, there in self.pairs)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a link followed up, or down to the rows that point here."""

    link: Link
    down: bool

    @property
    def start(self) -> Table:
        """The table that the step leaves."""
        return self.link.target if self.down else self.link.source

    @property
    def end(self) -> Table:
        """The table that the step reaches."""
        return self.link.source if self.down else self.link.target

    @property
    def pairs(self) -> tuple[tuple[Column, Column], ...]:
        """The columns that are equal, (at the start, at the end)."""
        return tuple((there, here) for here, there in self.link.pairs) if self.down else self.link.pairs

    @property
    def reverse(self) -> Step:
        """The same step the other way."""
        return Step(self.link, not self.down)

    @property
    def lone(self) -> bool:
        """Whether it can find one row at most: a key, or a unique index, lies in the columns that it reaches.

        Several texts may mean one number, so that a unique column of texts does not count where it is a number's.
        """
        there = frozenset(end.name for start, end in self.pairs if not spells(start, end))
        return any(unique and unique <= there for unique in (frozenset(self.end.key), *self.end.uniques))

    @property
    def spells(self) -> bool:
        """Whether it leads from numbers to texts."""
        return any(spells(start, end) for start, end in self.pairs)


class Catalogue:
    """One database: what it declares itself, and what the inventory adds."""

    def __init__(self, database: str, schema: Schema, inventory: Inventory) -> None:
        self.database = database
        self.schema = schema
        self.entry = inventory.database(database) or DatabaseEntry(database)
        self._resolved_links = self._resolve_links()

    # -- tables -------------------------------------------------------------------------------------------------

    def table(self, name: TableName, at: Position = NOWHERE) -> Table:
        """The live table of that name.

        Raises:
            Refusal: where the database has no such table.
        """
        found = self.schema.table(name.schema, name.name)
        if found is None:
            known = [table.full_name for table in self.schema]
            raise Refusal(
                f"the database {self.database} has no table `{_written(name)}`", _suggest(_written(name), known), at
            )
        return found

    def entry_of(self, table: Table) -> TableEntry | None:
        """What the inventory says of a table."""
        return self.entry.table(table.schema, table.name) or (
            self.entry.table(self.schema.default, table.name) if table.schema is None and self.schema.default else None
        )

    def key(self, table: Table) -> tuple[Column, ...]:
        """The columns that name a table's records; empty where nothing does."""
        return tuple(column(table, name) for name in table.key)

    def has_keys(self, tables: frozenset[str]) -> bool:
        """Whether the records of all of these tables can be named."""
        return all(table.key for table in self.schema if table.full_name in tables)

    # -- links --------------------------------------------------------------------------------------------------

    @property
    def broken_links(self) -> tuple[tuple[Table, str, Refusal], ...]:
        """Declared links that the live database contradicts: the table that declares it, the one it names, and why."""
        return self._resolved_links[1]

    @property
    def links(self) -> tuple[Link, ...]:
        """All links of the database."""
        return self._resolved_links[0]

    @cached_property
    def _up(self) -> dict[str, tuple[Link, ...]]:
        return {t.full_name: tuple(link for link in self.links if link.source is t) for t in self.schema}

    @cached_property
    def _down(self) -> dict[str, tuple[Link, ...]]:
        return {t.full_name: tuple(link for link in self.links if link.target is t) for t in self.schema}

    def links_from(self, table: Table) -> tuple[Link, ...]:
        """The links by which a table's rows point at others."""
        return self._up[table.full_name]

    def links_to(self, table: Table) -> tuple[Link, ...]:
        """The links by which other rows point at a table's rows."""
        return self._down[table.full_name]

    def above(self, table: Table) -> frozenset[str]:
        """The tables that a table's rows can point at, directly or not, itself included."""
        return self._above[table.full_name]

    def circle(self, table: Table) -> frozenset[str]:
        """The tables that lie both above and below a table; empty where its links do not lead back to it."""
        links = self.links_from(table)
        if not any(table.full_name in self.above(link.target) for link in links):
            return frozenset()
        return frozenset(name for name in self.above(table) if table.full_name in self._above[name])

    @cached_property
    def _above(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for table in self.schema:
            seen, rest = {table.full_name}, [table]
            while rest:
                targets = [link.target for link in self.links_from(rest.pop()) if link.target.full_name not in seen]
                seen.update(target.full_name for target in targets)
                rest += targets
            found[table.full_name] = frozenset(seen)
        return found

    def foreign_key(self, link: Link) -> ForeignKey | None:
        """The foreign key by which the database itself ties a link's rows; None where it does not."""
        here = {column.name for column, _ in link.pairs}
        keys = (key for key in link.source.foreign_keys if set(key.columns) == here)
        return next((key for key in keys if self.schema.table(key.schema, key.table) is link.target), None)

    def child_path(self, link: Link) -> tuple[str, ...]:
        """How a path names the rows that point here by a link: the child table, and the link where it has two.

        Where several schemas have a child table of that name, its own comes first.
        """
        namesakes = [other for other in self.links_to(link.target) if other.source.name == link.source.name]
        siblings = [other for other in namesakes if other.source is link.source]
        before = (self._schema_of(link.source),) if len(siblings) < len(namesakes) else ()
        return (*before, link.source.name) if len(siblings) == 1 else (*before, link.source.name, link.name)

    def _schema_of(self, table: Table) -> str:
        return table.schema or self.schema.default or ""

    def walk(self, table: Table, path: tuple[str, ...], at: Position = NOWHERE) -> tuple[Step, ...]:
        """The steps that a dotted path of links and child tables takes from a table.

        Raises:
            Refusal: where a segment is neither, or is a child table with several links here and no word which.
        """
        steps: list[Step] = []
        here, rest = table, path
        while rest:
            step, used = self._step(here, rest, at)
            steps.append(step)
            here, rest = step.end, rest[used:]
        return tuple(steps)

    def locate(self, table: Table, name: tuple[str, ...], at: Position = NOWHERE) -> tuple[tuple[Step, ...], Column]:
        """The steps that a dotted name takes, and the column at its end, or the member of the JSON that it holds.

        Raises:
            Refusal: where a part of it is neither a link nor a child table, nor a column.
        """
        steps: list[Step] = []
        here, rest = table, name
        while len(rest) > 1 and (self._leads(here, rest[0]) or here.column(rest[0]) is None):
            step, used = self._step(here, rest[:-1], at)
            steps.append(step)
            here, rest = step.end, rest[used:]
        return tuple(steps), column(here, rest, at)

    def _leads(self, table: Table, name: str) -> bool:
        """Whether a link or a child table of that name leads away from a table."""
        up = any(link.name == name for link in self.links_from(table))
        return up or any(link.source.name == name for link in self.links_to(table))

    def _step(self, table: Table, path: tuple[str, ...], at: Position) -> tuple[Step, int]:
        name = path[0]
        up = [link for link in self.links_from(table) if link.name == name]
        if up:
            return Step(up[0], False), 1
        children, used = [link for link in self.links_to(table) if link.source.name == name], 1
        if not children and len(path) > 1:
            children, used = [link for link in self.links_to(table) if self._is_child(link, path[0], path[1])], 2
        chosen = [link for link in children if path[used : used + 1] == (link.name,)]
        if len(chosen) == 1:
            return Step(chosen[0], True), used + 1
        if len(children) == 1:
            return Step(children[0], True), used
        if children:
            words = joined(path[:used])
            ways = " or ".join(f"`{joined(self.child_path(link))}`" for link in children)
            raise Refusal(f"`{words}` points at {table.full_name} by several links", f"say which: {ways}", at)
        known = [link.name for link in self.links_from(table)] + [link.source.name for link in self.links_to(table)]
        raise Refusal(f"{table.full_name} has no link and no child table `{name}`", _suggest(name, known), at)

    def _is_child(self, link: Link, schema: str, name: str) -> bool:
        return link.source.name == name and self._schema_of(link.source) == schema

    # -- clocks -------------------------------------------------------------------------------------------------

    def dial(self, table: Table, found: Column, at: Position = NOWHERE) -> Dial:
        """The clock in a column of a table, ready to be read.

        Raises:
            Refusal: where the column is no clock, or nobody says which zone its values mean.
        """
        entry, name = self.entry_of(table), found.full_name
        clock = (entry.clock(name) if entry else None) or Clock(name)
        birth = entry is not None and Element.DATE_OF_BIRTH in entry.elements(name)
        encoding = _encoding(table, found, clock, at)
        format_ = FORMATS[clock.format] if clock.format else None
        epoch = format_ if isinstance(format_, Epoch) else EpochSeconds()
        zone = clock.zone or self.entry.zone
        if zone is None and encoding not in (Encoding.INSTANT, Encoding.EPOCH_NUMBER, Encoding.EPOCH_TEXT):
            where = clock.at if clock.at is not NOWHERE else at
            mend = f"add `zone:` to the clock, or to the database {self.database}, in the inventory"
            raise Refusal(f"nobody says in which zone {table.full_name}.{name} is written", mend, where)
        _check_declared(encoding, clock, at)
        return Dial(
            column=found,
            encoding=encoding,
            zone=ZoneInfo(zone or "UTC"),
            floor=max(clock.floor or (BIRTH_FLOOR if birth else FLOOR), _first_day(format_)),
            undated=clock.undated,
            never=clock.never,
            expires=clock.expires,
            from_start=clock.counts_from_start,
            per_second=epoch.per_second,
            since=epoch.since,
            layout=format_ if isinstance(format_, Layout) else None,
        )

    # -- building -----------------------------------------------------------------------------------------------

    def _resolve_links(self) -> tuple[tuple[Link, ...], tuple[tuple[Table, str, Refusal], ...]]:
        links: list[Link] = []
        broken: list[tuple[Table, str, Refusal]] = []
        for table in self.schema:
            declared: list[Link] = []
            entry = self.entry_of(table)
            for declaration in entry.links if entry else ():
                try:
                    declared.append(self._declared_link(table, declaration))
                except Refusal as refusal:
                    broken.append((table, self._named_target(table, declaration), refusal))
            links += [*declared, *self._native_links(table, declared)]
        return tuple(links), tuple(broken)

    def _target(self, table: Table, declaration: LinkDeclaration) -> TableName:
        """The table that a declared link names: without a schema of its own it lies beside the table that links."""
        *schema, name = segments(declaration.to) or (declaration.to,)
        return TableName(self.database, schema[0] if schema else table.schema, name)

    def _named_target(self, table: Table, declaration: LinkDeclaration) -> str:
        """The same as tables are called, whether or not there is such a one."""
        target = self._target(table, declaration)
        return Table(None if target.schema == self.schema.default else target.schema, target.name, ()).full_name

    def _declared_link(self, table: Table, declaration: LinkDeclaration) -> Link:
        at = declaration.at
        target = self.table(self._target(table, declaration), at)
        there = declaration.there or target.key
        if not there:
            raise Refusal(f"{target.full_name} has no key to link to", "name the columns with `on: {here: there}`", at)
        if len(there) != len(declaration.here):
            count = f"{len(declaration.here)} columns pair with the {len(there)} of {target.full_name}'s key"
            raise Refusal(f"link `{declaration.name}`: {count}", "name them pair by pair with `on: {here: there}`", at)
        pairs = tuple(
            (column(table, h, at), column(target, t, at)) for h, t in zip(declaration.here, there, strict=True)
        )
        for here, other in pairs:
            if _family(here.kind) != _family(other.kind) and not crosses(here, other):
                clash = f"{here.name} is {here.kind.value} and {target.full_name}.{other.name} is {other.kind.value}"
                raise Refusal(
                    f"link `{declaration.name}` pairs columns of different types: {clash}",
                    "pair columns of one type, or texts with whole numbers",
                    at,
                )
        return Link(declaration.name, table, target, pairs, declaration)

    def _native_links(self, table: Table, declared: list[Link]) -> list[Link]:
        """The links of foreign keys that the inventory does not declare anew; those of one name by their columns."""
        known = {(link.target, frozenset(link.pairs)) for link in declared}
        found = [
            Link(
                _link_name(key),
                table,
                target,
                tuple((column(table, h), column(target, t)) for h, t in zip(key.columns, key.there, strict=True)),
            )
            for key in dict.fromkeys(table.foreign_keys)
            if (target := self.schema.table(key.schema, key.table)) is not None
            and all(target.column(name) for name in key.there)  # SQLite takes keys to columns that are not there
        ]
        links = [link for link in found if (link.target, frozenset(link.pairs)) not in known]
        names = [link.name for link in (*declared, *links)]
        return [_renamed(link) if names.count(link.name) > 1 else link for link in links]


def column(table: Table, name: str | tuple[str, ...], at: Position = NOWHERE) -> Column:
    """The column of that name, or the member of the JSON in it to which the further parts lead.

    Raises:
        Refusal: where the table has no such column, or it can hold no JSON.
    """
    first, *members = (name,) if isinstance(name, str) else name
    found = table.column(first)
    if found is None:
        raise Refusal(
            f"{table.full_name} has no column `{first}`", _suggest(first, [c.name for c in table.columns]), at
        )
    if not members:
        return found
    if found.kind not in (Kind.TEXT, Kind.JSON):
        spelled = f"{table.full_name}.{first}"
        raise Refusal(f"{spelled} is {found.kind}, and holds no JSON", "name the column alone, or declare the link", at)
    return replace(found, kind=Kind.TEXT, nullable=True, stored_as_text=False, member=tuple(members))


def target_column(table: Table, name: str, at: Position = NOWHERE) -> Column:
    """The column that a redaction names, or the member of the JSON in it: `attribs.phone`.

    Raises:
        Refusal: where there is none.
    """
    return column(table, name if table.column(name) else tuple(name.split(".")), at)


def _encoding(table: Table, found: Column, clock: Clock, at: Position) -> Encoding:
    """How a column holds its times, by its type and the format that the inventory declares.

    Raises:
        Refusal: where they do not fit.
    """
    format_ = FORMATS[clock.format] if clock.format else None
    typed = {Kind.INSTANT: Encoding.INSTANT, Kind.LOCAL_TIME: Encoding.LOCAL_TIME, Kind.DATE: Encoding.DATE}
    written = found.kind in (Kind.TEXT, Kind.BINARY)
    match format_:
        case None if found.stored_as_text and found.kind in typed:
            return Encoding.ISO_TEXT
        case None if found.kind in typed:
            return typed[found.kind]
        case Iso() if written or found.stored_as_text:
            return Encoding.ISO_TEXT
        case Epoch() if found.kind in _NUMBERS or (found.stored_as_text and found.kind in typed):
            return Encoding.EPOCH_NUMBER
        case Epoch() if written:
            return Encoding.EPOCH_TEXT
        case Layout() if written or found.stored_as_text or found.kind is Kind.INTEGER:
            return Encoding.LAYOUT
    where = clock.at if clock.at is not NOWHERE else at
    name = f"{table.full_name}.{found.full_name}"
    if format_ is not None:
        declared = f"{name} is declared `{clock.format}`, and the database holds {found.kind} there"
        raise Refusal(declared, "correct `format:`", where)
    mend = "declare its `format:` under `clocks:` in the inventory"
    raise Refusal(f"{name} is {found.kind}, not a date or time", mend, where)


def _first_day(format_: Format | None) -> date:
    """The first day on which a value says something: a count that begins after 1970 does with its second day."""
    if not isinstance(format_, Epoch) or format_.since.date() < FLOOR:
        return date.min
    return format_.since.date() + timedelta(days=1)


def _check_declared(encoding: Encoding, clock: Clock, at: Position) -> None:
    if encoding is Encoding.EPOCH_NUMBER:
        for text in (*clock.undated, *clock.never):
            if text is not None and not re.fullmatch(r"-?[0-9]{1,18}", text):
                raise Refusal(
                    f"`{text}` cannot stand in the number {clock.column}", "declare a whole number", clock.at or at
                )


def _link_name(key: ForeignKey) -> str:
    stripped = re.sub(r"(_id|Id|_?ID)$", "", key.columns[0])
    return stripped if len(key.columns) == 1 and stripped else key.table if len(key.columns) > 1 else key.columns[0]


def _renamed(link: Link) -> Link:
    return Link("_".join(here.name for here, _ in link.pairs), link.source, link.target, link.pairs)


def _family(kind: Kind) -> Kind:
    return Kind.INTEGER if kind in (Kind.DECIMAL, Kind.FLOAT, Kind.BOOLEAN) else kind


def _written(name: TableName) -> str:
    return joined([name.schema, name.name] if name.schema else [name.name])


def _suggest(name: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, 1) or [n for n in names if n.casefold() == name.casefold()]
    if close:
        return f"did you mean `{close[0]}`?"
    return f"it has: {', '.join(names[:12])}" + (", …" if len(names) > 12 else "") if names else "it has none"
