"""Worlds for the property test: small databases in the shapes that matter, with every value near some boundary.

`worlds(engine)` is a hypothesis strategy. Only worlds are made that the checks of `validate` would let pass as far as
names, types and cycles go. `without` leaves features out, so that a difference can be narrowed down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from standing.choice import LATER, Feature
from standing.oracle import Link, children_of, links_of
from standing.storage import MICROSECOND, Storage, TimeChooser
from standing.times import cut_off, months_before, real_day, wall
from standing.world import DATABASE, Row, Value, World, make_rows
from wesretain.model.condition import Age, All, AnyOf, Compare, Condition, Has, Is, Not, Operator, Presence
from wesretain.model.hold import Hold, OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope
from wesretain.model.inventory import (
    Clock,
    DatabaseEntry,
    Element,
    Inventory,
    LinkDeclaration,
    TableEntry,
)
from wesretain.model.period import Period, Unit
from wesretain.model.rule import (
    After,
    Category,
    Disposition,
    Fate,
    Path,
    Redaction,
    RedactRow,
    RowFate,
    Rule,
    SetConstant,
    SetNull,
    SetTemplate,
    TableName,
    With,
)
from wesretain.model.schema import Column, ForeignKey, Kind, Table


def worlds(engine: str, without: frozenset[Feature] = LATER) -> st.SearchStrategy[World]:
    """Worlds of one engine.

    Each is drawn from a seed, and not choice by choice: hypothesis would spend five examples in six on close kin of the
    sixth. What it then cannot make smaller, `shrink.py` can: a world is a plain value.
    """
    return st.integers(0, 2**64 - 1).map(lambda seed: make_world(seed, engine, without))


def make_world(seed: int, engine: str, without: frozenset[Feature] = LATER) -> World:
    """The world of a seed."""
    return replace(Maker(seed, engine, without).world(), seed=seed)


# Shapes: tables in order, each with its links (name, target); the first table is that of the persons

Shape: TypeAlias = dict[str, tuple[tuple[str, str], ...]]

SHAPES: dict[str, Shape] = {
    "family": {"clients": (), "tickets": (("client", "clients"),), "entries": (("ticket", "tickets"),)},
    "lookup": {
        "clients": (),
        "states": (),
        "tickets": (("client", "clients"), ("status", "states")),
        "entries": (("ticket", "tickets"),),
    },
    "tree": {"authors": (), "comments": (("author", "authors"), ("parent", "comments"))},
    "forest": {
        "posts": (),
        "comments": (("post", "posts"), ("parent", "comments")),
        "votes": (("comment", "comments"),),
    },
    "diamond": {
        "customers": (),
        "rentals": (("customer", "customers"),),
        "payments": (("rental", "rentals"), ("customer", "customers")),
    },
    "polymorphic": {
        "clients": (),
        "tickets": (("client", "clients"),),
        "tasks": (),
        "threads": (("ticket", "tickets"), ("task", "tasks")),
        "entries": (("thread", "threads"),),
    },
    "twice": {"accounts": (), "transfers": (("source", "accounts"), ("target", "accounts"))},
    "shared": {
        "clients": (),
        "tickets": (("client", "clients"),),
        "files": (),
        "attachments": (("ticket", "tickets"), ("file", "files")),
    },
    "loans": {"readers": (), "books": (), "copies": (("book", "books"), ("reader", "readers"))},
    "cycle": {"members": (("team", "teams"),), "teams": (("leader", "members"),), "notes": (("team", "teams"),)},
    "mailing": {
        "readers": (),
        "letters": (),
        "envelopes": (("letter", "letters"), ("reader", "readers")),
        "scans": (("letter", "letters"),),
    },
    "alone": {"logins": (), "bans": ()},
}
WEIGHTS = {"diamond": 3, "mailing": 2, "shared": 2, "family": 2}
CYCLIC = {"tree", "forest", "cycle"}

ODD_NAMES = {
    "tickets": "order",
    "clients": "Clients",
    "entries": "group",
    "comments": "comment list",
    "state": "State of it",
    "closed": "Closed At",
    "level": "select",
    "name": "user",
}

# Time

ZONES = ("UTC", "America/New_York", "Asia/Kuala_Lumpur", "Europe/Berlin", "Australia/Lord_Howe")
PERIODS = (
    Period(30, Unit.DAYS),
    Period(6, Unit.MONTHS),
    Period(1, Unit.YEARS),
    Period(1, Unit.DAYS),
    Period(1, Unit.MONTHS),
    Period(12, Unit.WEEKS),
    Period(13, Unit.MONTHS),
    Period(2, Unit.YEARS),
)
CHANGES = {
    # Wall times that are skipped or come twice, and what lies beside them.
    "America/New_York": ("2024-03-10 02:30", "2024-11-03 01:30", "2024-11-03 01:00", "2024-11-03 02:00"),
    "Europe/Berlin": ("2024-03-31 02:30", "2024-10-27 02:30", "2024-10-27 02:00", "2024-10-27 02:59:59.999999"),
    "Australia/Lord_Howe": ("2023-10-01 02:15", "2024-04-07 01:45", "2024-04-07 01:30", "2024-04-07 02:00"),
}
WALLS = (
    "2024-07-15 08:09:10.123456",
    "2024-02-29 12:00",
    "2023-02-28 23:59:59.999999",
    "2024-03-01 00:00",
    "2023-12-31 23:59:59",
    "2024-01-01 00:00",
    "2024-01-31 10:00",
    "2024-08-31 12:00",
    "2024-03-31 18:30",
)
BIRTHS = ("1965-04-03", "1900-01-02", "1900-01-01 23:59:59", "1899-07-01")
DELTAS = (
    timedelta(0),
    MICROSECOND,
    -MICROSECOND,
    timedelta(seconds=1),
    timedelta(seconds=-1),
    timedelta(minutes=-1),
    timedelta(hours=1),
    timedelta(hours=-1),
    timedelta(days=1),
    timedelta(days=-1),
    timedelta(days=40),
    timedelta(days=-40),
    timedelta(days=-400),
)


WORDS = ("closed", "closed", "closed", "open", "50%", "a_b", "o'k")
NEAR_WORDS = (
    "Closed",
    "CLOSED",
    "closed ",
    " closed",
    "Closed",
    "not closed yet",
    "503",
    "axb",
    "",
    "",
    "  ",
    "Erased",
)
UNICODE_WORDS = ("été", "ÉTÉ", "ete", "Straße", "STRASSE", "жук")
TEXT_KEYS = ("a", "b", "c7", "Zz", "7", "q r", "none")
BLURS: tuple[Callable[[str], str], ...] = (str.upper, str.lower, "{} ".format, " {}".format)
CATEGORIES = tuple(Category)


@dataclass
class ColumnDraft:
    """A column in the making: its clock facts where it is one."""

    name: str
    declared: str
    kind: Kind
    nullable: bool = True
    storage: Storage | None = None
    clock: Clock | None = None
    born: bool = False


@dataclass
class LinkDraft:
    """A link in the making; `foreign` and `declared` say who knows of it."""

    name: str
    target: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    foreign: bool
    declared: bool
    nobody: tuple[str, ...] = ()
    when: Condition | None = None
    where: Condition | None = None


@dataclass
class Draft:
    """A table in the making."""

    name: str
    key: tuple[str, ...]
    unique: bool
    columns: list[ColumnDraft]
    links: list[LinkDraft] = field(default_factory=list)

    def column(self, name: str) -> ColumnDraft:
        return next(column for column in self.columns if column.name == name)

    def clocks(self) -> list[ColumnDraft]:
        return [column for column in self.columns if column.storage]

    def data(self) -> list[ColumnDraft]:
        """The columns that rules may compare and redact."""
        links = {name for link in self.links for name in link.here}
        return [c for c in self.columns if not c.storage and c.name not in links and c.name not in self.key]


class Maker(TimeChooser):
    """Draws one world, piece by piece."""

    # The world

    def world(self) -> World:
        self.zone = ZoneInfo(self.pick(ZONES))
        self.home = self.pick(ZONES)  # the database's zone
        self.periods = self.some(PERIODS, 3)
        self.as_of = self.draw_as_of()
        self.anchors = [*(cut_off(self.as_of, period, self.zone) for period in self.periods), self.as_of]

        shapes = [name for name in SHAPES if name not in CYCLIC or Feature.CYCLES not in self.without]
        weighted = [name for name in shapes for _ in range(WEIGHTS.get(name, 1))]
        self.drafts = self.draw_tables(self.pick(weighted))
        tables = tuple(self.table(draft) for draft in self.drafts)
        rows = make_rows(tables, self.draw_rows())
        inventory = Inventory(
            (DatabaseEntry(name=DATABASE, zone=self.home, tables=tuple(self.entry(draft) for draft in self.drafts)),)
        )
        self.bare = World(self.engine, tables, rows, inventory, (), (), self.as_of, self.zone)
        subjects = self.draw_subjects()
        entries = tuple(replace(e, subjects=subjects[e.name.name]) for e in inventory.databases[0].tables)
        inventory = Inventory((replace(inventory.databases[0], tables=entries),))
        self.bare = replace(self.bare, inventory=inventory)
        rules = self.draw_rules()
        return replace(self.bare, rules=rules, holds=self.draw_holds())

    def draw_as_of(self) -> datetime:
        """An instant that is nasty itself, or from which a period leads back to one that is."""
        walls = CHANGES.get(self.zone.key, ()) + WALLS
        shown = datetime.fromisoformat(self.pick(walls))
        if self.chance(50):
            shown = later(shown, self.pick(self.periods))
        return shown.replace(tzinfo=self.zone, fold=self.number(0, 1)).astimezone(UTC)

    # Tables

    def draw_tables(self, shape: str) -> list[Draft]:
        drafts: dict[str, Draft] = {}
        renamed = {name: self.odd(name) for name in SHAPES[shape]}
        for name in SHAPES[shape]:
            drafts[name] = self.draw_table(renamed[name])
        for name, links in SHAPES[shape].items():
            if shape == "polymorphic" and name == "threads":
                self.add_polymorphic_links(drafts[name], drafts["tickets"], drafts["tasks"])
            elif shape == "twice" and name == "transfers" and self.chance(25):
                self.add_twin_links(drafts[name], drafts["accounts"])
            else:
                for link, target in links:
                    self.add_link(drafts[name], link, drafts[target], careful=shape in CYCLIC)
        return list(drafts.values())

    def odd(self, name: str) -> str:
        return ODD_NAMES[name] if name in ODD_NAMES and self.chance(10, Feature.ODD_NAMES) else name

    def draw_table(self, name: str) -> Draft:
        columns: list[ColumnDraft] = []
        if self.chance(8, Feature.COMPOSITE_KEYS):
            columns += [self.plain("site", Kind.INTEGER, nullable=False), self.key_text("code")]
        elif self.chance(15, Feature.TEXT_KEYS):
            columns.append(self.key_text("code"))
        else:
            columns.append(self.plain("id", Kind.INTEGER, nullable=False))
        key = tuple(column.name for column in columns)

        columns.append(self.plain(self.odd("state"), Kind.TEXT, self.may_be_null()))
        columns.append(self.draw_clock(self.odd("closed")))
        if self.chance(50):
            columns.append(self.plain(self.odd("level"), Kind.INTEGER, self.may_be_null()))
        if self.chance(35):
            columns.append(self.plain(self.odd("name"), Kind.TEXT))
        if self.chance(20):
            columns.append(self.plain("amount", self.pick((Kind.DECIMAL, Kind.FLOAT)), self.may_be_null()))
        if self.chance(20):
            columns.append(self.plain("flag", Kind.BOOLEAN, self.may_be_null()))
        if self.chance(30):
            columns.append(self.draw_clock("seen"))
        if self.chance(40, Feature.AGREED):
            columns.append(self.draw_clock("until"))
        if self.chance(25, Feature.AGES):
            columns.append(self.draw_clock("born", born=True))
        return Draft(name, key, self.chance(10), columns)

    def may_be_null(self) -> bool:
        return not self.chance(12, Feature.REDACT)

    def plain(self, name: str, kind: Kind, nullable: bool = True) -> ColumnDraft:
        declared = {
            Kind.INTEGER: "INTEGER",
            Kind.DECIMAL: "NUMERIC(12, 3)",
            Kind.FLOAT: "DOUBLE PRECISION",
            Kind.BOOLEAN: "BOOLEAN",
            Kind.TEXT: "TEXT",
        }[kind]
        if kind is Kind.TEXT and self.engine == "mariadb":
            declared = "VARCHAR(60)"
        if kind is Kind.TEXT and self.chance(30, Feature.COLLATIONS):
            if self.engine == "sqlite":
                declared += self.pick((" COLLATE NOCASE", " COLLATE RTRIM"))
            if self.engine == "mariadb":
                declared += self.pick((" COLLATE utf8mb4_bin", " COLLATE utf8mb4_unicode_ci"))
        return ColumnDraft(name, declared, kind, nullable)

    def key_text(self, name: str) -> ColumnDraft:
        return ColumnDraft(name, "VARCHAR(40)" if self.engine == "mariadb" else "TEXT", Kind.TEXT, nullable=False)

    def draw_clock(self, name: str, born: bool = False) -> ColumnDraft:
        storage = self.pick(self.storages(born))
        clock = Clock(
            column=name,
            format=storage.format,
            zone=self.pick(ZONES) if self.chance(20) else None,
            undated=self.draw_silence(storage) if self.chance(12, Feature.DECLARED_SILENCE) else (),
            never=self.draw_silence(storage) if self.chance(12, Feature.DECLARED_SILENCE) else (),
            expires=self.chance(20),
            floor=date(2023, 6, 1) if self.chance(6, Feature.FLOORS) else None,
            counts_from_start=self.chance(15, Feature.SPANS),
        )
        return ColumnDraft(name, storage.declared, storage.kind, True, storage, clock, born)

    def table(self, draft: Draft) -> Table:
        columns = tuple(
            Column(c.name, c.kind, c.nullable, bool(c.storage and c.storage.text), c.declared) for c in draft.columns
        )
        keys = tuple(ForeignKey(link.here, None, link.target, link.there) for link in draft.links if link.foreign)
        uniques = (frozenset(draft.key),) if draft.unique else ()
        return Table(None, draft.name, columns, draft.key, uniques, keys)

    def entry(self, draft: Draft) -> TableEntry:
        links = tuple(
            LinkDeclaration(
                name=link.name,
                to=link.target,
                here=link.here,
                there=link.there if link.there != self.draft(link.target).key or self.chance(30) else (),
                nobody=link.nobody,
                when=link.when,
                where=link.where,
            )
            for link in draft.links
            if link.declared
        )
        clocks = tuple(c.clock for c in draft.columns if c.clock and replace(c.clock, column="") != Clock(""))
        columns = tuple((c.name, (Element.DATE_OF_BIRTH if c.born else Element.NONE,)) for c in draft.columns)
        return TableEntry(
            name=self.name_of(draft.name),
            category=self.pick(CATEGORIES) if self.chance(60) else None,
            links=links,
            clocks=clocks,
            columns=columns if any(c.born for c in draft.columns) or self.chance(30) else (),
        )

    def name_of(self, table: str) -> TableName:
        return TableName(DATABASE, None, table)

    def draft(self, name: str) -> Draft:
        return next(draft for draft in self.drafts if draft.name == name)

    # Links

    def add_link(self, draft: Draft, name: str, target: Draft, careful: bool) -> None:
        """A link with columns of its own. Careful: it takes no name that a child may have as well."""
        composite = len(target.key) > 1
        ending = self.pick(("_id", "Id", "_ID"))
        here = tuple(f"{name}_{column}" for column in target.key) if composite else (name + ending,)
        nobody: tuple[str, ...] = ()
        kinds = [target.column(column).kind for column in target.key]
        if not composite and self.chance(25, Feature.NOBODY):
            nobody = ("0",) if kinds[0] is Kind.INTEGER else ("none",)
        nullable = not (nobody and self.chance(50))
        for column, there in zip(here, target.key, strict=True):
            model = target.column(there)
            draft.columns.append(ColumnDraft(column, model.declared, model.kind, nullable))
        link = LinkDraft(name, target.name, here, target.key, foreign=True, declared=bool(nobody), nobody=nobody)
        if self.chance(40) or (careful and composite):
            link.declared = True
            link.foreign = self.chance(30)
        texts = [c for c in target.columns if c.kind is Kind.TEXT and c.name not in target.key and not c.storage]
        if self.chance(12, Feature.WHEN):
            draft.columns.append(self.plain(f"{name}_kind", Kind.TEXT))
            link.declared, link.when = True, Compare((f"{name}_kind",), Operator.EQUAL, ("T",))
        if texts and self.chance(8, Feature.WHEN):
            link.declared, link.where = True, self.draw_text_test((texts[0].name,))
        if not link.foreign and not composite and self.chance(50, Feature.SEVERAL):
            others = [c for c in target.data() if c.kind is kinds[0] and not c.declared.endswith(("NOCASE", "RTRIM"))]
            if others:
                link.there = (self.pick(others).name,)
        draft.links.append(link)

    def add_polymorphic_links(self, draft: Draft, tickets: Draft, tasks: Draft) -> None:
        """One column that points at two tables, and one that says which. Their keys are made alike."""
        keys = [replace(tickets.column(key)) for key in tickets.key]
        tasks.columns = keys + [column for column in tasks.columns if column.name not in tasks.key]
        tasks.key = tickets.key
        here = tuple(f"object_{column}" for column in tickets.key)
        for column, there in zip(here, tickets.key, strict=True):
            draft.columns.append(ColumnDraft(column, tickets.column(there).declared, tickets.column(there).kind))
        draft.columns.append(self.plain("object_type", Kind.TEXT))
        for name, target, word in (("ticket", tickets, "T"), ("task", tasks, "A")):
            when = Compare(("object_type",), Operator.EQUAL, (word,))
            draft.links.append(LinkDraft(name, target.name, here, target.key, foreign=False, declared=True, when=when))

    def add_twin_links(self, draft: Draft, target: Draft) -> None:
        """Two foreign keys from whose columns the same name is derived."""
        for ending in ("_id", "Id"):
            here = tuple(
                f"account_{column}{ending}" if len(target.key) > 1 else f"account{ending}" for column in target.key
            )
            for column, there in zip(here, target.key, strict=True):
                draft.columns.append(ColumnDraft(column, target.column(there).declared, target.column(there).kind))
            name = "_".join(here)
            draft.links.append(LinkDraft(name, target.name, here, target.key, foreign=True, declared=False))

    # Rows

    def draw_rows(self) -> dict[str, list[dict[str, Value]]]:
        keys = {draft.name: self.draw_keys(draft) for draft in self.drafts}
        return {draft.name: [self.draw_row(draft, key, keys) for key in keys[draft.name]] for draft in self.drafts}

    def draw_keys(self, draft: Draft) -> list[tuple[Value, ...]]:
        texts = list(TEXT_KEYS)
        if self.engine != "mariadb" and self.chance(30, Feature.NEAR_KEYS):
            texts += ["A", "b "]  # these two are the same key to MariaDB
        count = max(self.number(0, 8), self.number(0, 8))
        chosen: dict[tuple[Value, ...], None] = {}
        for _ in range(count):
            parts: list[Value] = []
            for name in draft.key:
                text = draft.column(name).kind is Kind.TEXT
                parts.append(self.pick(texts) if text else self.number(0 if draft.key == ("id",) else 1, 9))
            chosen[tuple(parts)] = None
        return list(chosen)

    def draw_row(
        self, draft: Draft, key: tuple[Value, ...], keys: dict[str, list[tuple[Value, ...]]]
    ) -> dict[str, Value]:
        row: dict[str, Value] = dict(zip(draft.key, key, strict=True))
        for here in dict.fromkeys(link.here for link in draft.links):
            row |= zip(here, self.draw_reference(draft, [k for k in draft.links if k.here == here], keys), strict=True)
        for column in draft.columns:
            if column.name not in row:
                row[column.name] = self.draw_value(column)
        return row

    def draw_reference(
        self, draft: Draft, links: list[LinkDraft], keys: dict[str, list[tuple[Value, ...]]]
    ) -> tuple[Value, ...]:
        """What a row's foreign key holds: mostly a key that is there."""
        there = [key for link in links for key in keys[link.target]]
        here = [draft.column(name) for name in links[0].here]
        if links[0].nobody and self.chance(30):
            return tuple(0 if c.kind is Kind.INTEGER else links[0].nobody[0] for c in here)
        if here[0].nullable and self.chance(15):
            nulls = [len(here) > 1 and self.chance(30) for _ in here]
            return tuple(0 if alive and c.kind is Kind.INTEGER else None for c, alive in zip(here, nulls, strict=True))
        if not there or self.chance(6):
            return tuple(self.number(0, 9) if c.kind is Kind.INTEGER else self.pick(TEXT_KEYS) for c in here)
        found = self.pick(there)
        if any(c.kind is Kind.TEXT for c in here) and self.chance(15, Feature.NEAR_KEYS):
            blur = self.pick(BLURS)
            return tuple(blur(part) if isinstance(part, str) else part for part in found)
        return found

    def draw_value(self, column: ColumnDraft) -> Value:
        if column.storage:
            return self.draw_time(column)
        if column.nullable and self.chance(12):
            return None
        match column.kind:
            case Kind.INTEGER:
                if self.engine == "sqlite" and self.chance(4, Feature.WRONG_STORAGE):
                    return self.pick(("", "many"))
                return self.pick((0, 1, 2, 3, -1, 100))
            case Kind.DECIMAL:
                return Decimal(self.pick(("0", "1.5", "10.25", "-0.5", "100", "0.125")))
            case Kind.FLOAT:
                return self.pick((0.0, 1.5, 10.25, -0.5, 100.0, 0.125))
            case Kind.BOOLEAN:
                return self.chance(50)
            case _:
                if column.name.endswith(("_kind", "_type")):
                    return self.pick(("T", "T", "A", "t", "T ", "x"))
                return self.draw_text()

    def draw_text(self) -> str:
        if self.chance(8, Feature.UNICODE):
            return self.pick(UNICODE_WORDS)
        return self.pick(NEAR_WORDS) if self.chance(40) else self.pick(WORDS)

    def draw_time(self, column: ColumnDraft) -> Value:
        """A clock's value: near a cut-off, or one that says nothing, or one that the inventory names."""
        assert column.storage
        assert column.clock
        if self.chance(8):
            return None
        named = [text for text in column.clock.undated + column.clock.never if text is not None]
        if named and self.chance(15):
            return self.named_value(self.pick(named), column.storage)
        if self.chance(8, Feature.ODD_TIMES):
            return self.odd_time(column.storage)
        zone = ZoneInfo(column.clock.zone or self.home)
        if column.born and self.chance(20):
            return self.spell(datetime.fromisoformat(self.pick(BIRTHS)), None, column.storage)
        ahead = column.name == "until" and self.chance(60)
        instant = (self.as_of if ahead else self.pick(self.anchors)) + self.pick(DELTAS)
        return self.spell(wall(instant, zone), instant, column.storage)

    # Persons

    def draw_subjects(self) -> dict[str, tuple[Path, ...] | None]:
        """For each table: nothing declared, nobody, or the paths that lead to the persons."""
        self.persons = self.drafts[0].name
        found: dict[str, tuple[Path, ...] | None] = {}
        for draft in self.drafts:
            if Feature.SUBJECTS in self.without or self.chance(10):
                found[draft.name] = None
            elif draft.name == self.persons:
                found[draft.name] = (("self",),) if self.chance(80) else ()
            else:
                paths = self.paths_to(draft.name, self.persons, 3)
                found[draft.name] = tuple(self.some(paths, 2)) if paths and not self.chance(25) else ()
        return found

    def paths_to(self, table: str, target: str, length: int) -> list[Path]:
        """Paths of links, and of children at the last step but one, from one table to another."""
        if length == 0:
            return []
        found: list[Path] = []
        for link in links_of(self.bare, table):
            if link.to == target:
                found.append((link.name,))
            elif link.to != table:
                found += [(link.name, *rest) for rest in self.paths_to(link.to, target, length - 1)]
        for name, child in children_of(self.bare, table):
            found += [(*name, link.name) for link in links_of(self.bare, child.table) if link.to == target != table]
        return found

    # Conditions

    def draw_condition(self, table: str, depth: int = 2) -> Condition:
        match self.number(0, 11 if depth else 6):
            case 0 | 1 | 2:
                return self.draw_compare(table)
            case 3:
                return self.draw_is(table)
            case 4 | 5:
                return self.draw_age(table) or self.draw_compare(table)
            case 6:
                return Not(self.draw_compare(table))
            case 7:
                return self.draw_has(table, depth) or self.draw_is(table)
            case 8:
                found = self.draw_has(table, depth)
                return Not(found) if found else Not(self.draw_condition(table, depth - 1))
            case 9 | 10:
                parts = tuple(self.draw_condition(table, depth - 1) for _ in range(2))
                return All(parts) if self.chance(50) else AnyOf(parts)
            case _:
                return Not(self.draw_condition(table, depth - 1))

    def draw_name(self, table: str, wanted: Callable[[Draft, ColumnDraft], bool]) -> Path | None:
        """The dotted name of some column: this table's own, or one over links."""
        own = self.draft(table)
        names: list[Path] = [(column.name,) for column in own.columns if wanted(own, column)]
        if self.chance(30, Feature.LINKED_NAMES) or not names:
            for path, there in self.ups(table, 2):
                names += [
                    (*path, column.name) for column in self.draft(there).columns if wanted(self.draft(there), column)
                ]
            names = [name for name in names if len(name) > 1] or names
        if Feature.LINKED_NAMES in self.without:
            names = [name for name in names if len(name) == 1]
        return self.pick(names) if names else None

    def ups(self, table: str, length: int) -> list[tuple[Path, str]]:
        """Where links lead from a table."""
        found: list[tuple[Path, str]] = []
        for link in links_of(self.bare, table) if length else ():
            found.append(((link.name,), link.to))
            found += [((link.name, *path), there) for path, there in self.ups(link.to, length - 1)]
        return found

    def kind_at(self, table: str, name: Path) -> Kind:
        for step in name[:-1]:
            table = next(link.to for link in links_of(self.bare, table) if link.name == step)
        return self.draft(table).column(name[-1]).kind

    def draw_compare(self, table: str) -> Condition:
        name = self.draw_name(table, lambda draft, column: column in draft.data())
        assert name
        kind = self.kind_at(table, name)
        if kind is Kind.TEXT:
            return self.draw_text_test(name)
        if kind is Kind.BOOLEAN:
            words = ("1", "0") if self.engine == "mariadb" else ("true", "false")  # MariaDB's BOOLEAN is TINYINT(1)
            return Compare(name, Operator.EQUAL, (self.pick(words),))
        value = self.pick(("1", "2", "0", "-1", "100") if kind is Kind.INTEGER else ("1.5", "0", "10.25", "-0.5"))
        orders = (Operator.AT_MOST, Operator.AT_LEAST, Operator.LESS_THAN, Operator.MORE_THAN)
        if self.chance(50):
            return Compare(name, self.pick(orders), (value,))
        return Compare(name, Operator.EQUAL, (value, "3") if self.chance(40) else (value,))

    def draw_text_test(self, name: Path) -> Compare:
        if name[-1].endswith(("_kind", "_type")):
            return Compare(name, Operator.EQUAL, (self.pick(("T", "A")),))
        word = self.pick(UNICODE_WORDS) if self.chance(8, Feature.UNICODE) else self.pick(WORDS)
        match self.number(0, 5):
            case 0 | 1:
                return Compare(name, Operator.EQUAL, (word,))
            case 2:
                return Compare(name, Operator.EQUAL, tuple(dict.fromkeys((word, self.pick(WORDS), "open"))))
            case 3:
                return Compare(name, Operator.ANY_CASE, (word,))
            case 4:
                return Compare(
                    name, Operator.CONTAINS, (word if self.chance(50) else self.pick(("lose", "0%", "_", "'")),)
                )
            case _:
                return Compare(
                    name, Operator.STARTS_WITH, (word if self.chance(50) else self.pick(("clo", "50", "a_")),)
                )

    def draw_is(self, table: str) -> Condition:
        name = self.draw_name(table, lambda draft, column: column.nullable)
        if name is None:
            return self.draw_compare(table)
        texts = [(column.name,) for column in self.draft(table).data() if column.kind is Kind.TEXT]
        if texts and self.chance(40):
            found = Is(self.pick(texts), Presence.EMPTY)
        else:
            found = Is(name, self.pick((Presence.PRESENT, Presence.NULL, Presence.EMPTY)))
        return Not(found) if self.chance(25) else found

    def draw_age(self, table: str) -> Condition | None:
        """Mostly of a person, where the table knows of births."""
        name = self.draw_name(table, lambda draft, column: column.storage is not None)
        born: Path = ("born",)
        if any(column.name == "born" for column in self.draft(table).columns) and self.chance(60):
            name = born
        if name is None or Feature.AGES in self.without:
            return None
        return Age(name, self.chance(40), self.pick(self.periods))

    def draw_has(self, table: str, depth: int) -> Condition | None:
        if Feature.HAS in self.without:
            return None
        path: Path = ()
        came: Link | None = None  # up again by the way down has no name: with its link a child is still that child
        for _ in range(self.number(1, 2)):
            downs = [(self.spelled(name, link), link.table, link) for name, link in children_of(self.bare, table)]
            ups = [((link.name,), link.to, None) for link in links_of(self.bare, table) if link != came]
            ways = downs * 2 + ups
            if ways:
                name, table, came = self.pick(ways)
                path += name
        if not path:
            return None
        return Has(path, self.draw_condition(table, max(depth - 2, 0)) if self.chance(50) else All(()))

    # Rules

    def draw_rules(self) -> tuple[Rule, ...]:
        filled = [d.name for d in self.drafts if self.bare.rows_of(d.name)] or [self.drafts[0].name]
        parents = [name for name in filled if children_of(self.bare, name)]
        tables = [self.pick(filled + parents) for _ in range(self.pick((1, 1, 2, 2, 3)))]
        rules: list[Rule] = []
        for number in range(self.number(1, 5)):
            rules.append(self.draw_rule(f"rule-{number}", self.pick(tables), rules))
        return tuple(rules)

    def draw_rule(self, name: str, table: str, earlier: list[Rule]) -> Rule:
        draft = self.draft(table)
        then = self.pick((Disposition.DELETE,) * 5 + (Disposition.HOLD, Disposition.REPORT) + (Disposition.REDACT,) * 3)
        if then is Disposition.REDACT and (Feature.REDACT in self.without or not draft.data()):
            then = Disposition.DELETE
        where = self.draw_condition(table) if self.chance(50) else None
        keep: Period | None = self.pick(self.periods)
        after: After | None = self.draw_after(table)
        if where is not None and self.chance(12):
            keep = after = None
        elif after and len(after.names) == 1 and self.expires(table, after.names[0]) and self.chance(50):
            keep = Period(0, Unit.DAYS)
        law = keep is not None and self.chance(20, Feature.LAW)
        data = [column.name for column in draft.data()] + [name for link in draft.links for name in link.here]
        overridable = [r.name for r in earlier if r.table.name == table and r.law is None]
        paths = then is Disposition.DELETE or (then is Disposition.REDACT and self.chance(80, Feature.REDACT_WITH))
        return Rule(
            name=name,
            title=name,
            category=self.pick(CATEGORIES),
            purpose="testing",
            basis="contract",
            table=self.name_of(table),
            keep=keep,
            then=then,
            after=after,
            where=where,
            columns=self.draw_columns(draft, 2) if then is Disposition.REDACT else (),
            with_=tuple(self.draw_with(table)) if paths and Feature.WITH not in self.without else (),
            law="an act" if law else None,
            protects=tuple(self.some(data, 3)) if law and self.chance(40) else (),
            agreed_until=self.draw_agreement(table) if self.chance(45 if law else 25, Feature.AGREED) else None,
            overrides=tuple(self.some(overridable, 2)) if overridable and self.chance(50, Feature.OVERRIDES) else (),
        )

    def expires(self, table: str, name: Path) -> bool:
        for step in name[:-1]:
            steps = [link.to for link in links_of(self.bare, table) if link.name == step]
            if not steps:
                return False
            table = steps[0]
        clock = self.draft(table).column(name[-1]).clock
        return clock is not None and clock.expires

    def draw_after(self, table: str) -> After:
        own: list[Path] = [(column.name,) for column in self.draft(table).clocks()]
        if self.chance(12, Feature.LINKED_CLOCKS):
            ups = [(*path, c.name) for path, there in self.ups(table, 2) for c in self.draft(there).clocks()]
            return After((self.pick(ups or own),))
        downs = [
            (*name, column.name)
            for name, link in children_of(self.bare, table)
            for column in self.draft(link.table).clocks()
        ]
        if downs and self.chance(15, Feature.NEWEST):
            return After(tuple(self.some(downs, 2) + (own[:1] if self.chance(30) else [])), newest=True)
        return After((self.pick(own),))

    def draw_agreement(self, table: str) -> Path | None:
        """A column, preferably the one made for it; sometimes one over a link."""
        if self.chance(15, Feature.LINKED_CLOCKS):
            ups = [(*path, c.name) for path, there in self.ups(table, 1) for c in self.draft(there).clocks()]
            if ups:
                return self.pick(ups)
        own: list[Path] = [(column.name,) for column in self.draft(table).clocks()]
        return own[-1] if self.chance(70) else self.pick(own)

    def draw_columns(self, draft: Draft, most: int) -> tuple[tuple[str, Redaction], ...]:
        columns = self.some(draft.data(), most)
        times = [column for column in draft.columns if column.storage and column.storage.format is None]
        if times and self.chance(20):
            columns = [*columns[1:], self.pick(times)]
        return tuple((column.name, self.draw_redaction(draft, column)) for column in columns)

    def draw_redaction(self, draft: Draft, column: ColumnDraft) -> Redaction:
        if column.storage and (not column.nullable or self.chance(70)):
            return SetConstant("2000-01-01" if column.kind is Kind.DATE else "2000-01-01 00:00:00")
        if self.chance(40) or column.kind not in (Kind.TEXT, Kind.INTEGER):
            return SetNull()
        if column.kind is Kind.INTEGER:
            return SetConstant(self.pick(("0", "1")))
        if self.chance(25):
            return SetTemplate("erased-" + "-".join("{" + name + "}" for name in draft.key) + "@invalid")
        return SetConstant(self.pick(("closed", "", "Erased")))

    def draw_with(self, table: str, path: Path = (), came: Link | None = None, depth: int = 3) -> list[With]:
        """Fates for most of what lies below, and for rows that those that go point at."""
        found: list[With] = []
        for name, link in children_of(self.bare, table) if depth else ():
            if self.chance(18):
                continue
            fate = self.draw_fate(link.table, link.here)
            here = (*path, *self.spelled(name, link))
            found.append(With(here, fate))
            if fate is RowFate.DELETE:
                found += self.draw_with(link.table, here, link, depth - 1)
        for link in links_of(self.bare, table):
            if path and link != came and link.to != table and self.chance(15, Feature.FORWARD):
                found.append(With((*path, link.name), RowFate.DELETE_IF_UNSHARED))
        return [line for number, line in enumerate(found) if line.path not in {other.path for other in found[:number]}]

    def spelled(self, name: Path, link: Link) -> Path:
        """A child's name, or now and then its name with its link."""
        return (link.table, link.name) if self.chance(20) else name

    def draw_fate(self, table: str, columns: tuple[str, ...]) -> Fate:
        draft = self.draft(table)
        match self.number(0, 10):
            case 6 | 7 if all(draft.column(name).nullable for name in columns):
                return RowFate.UNLINK
            case 8:
                return RowFate.KEEP
            case 9 if draft.data():
                return RedactRow(self.draw_columns(draft, 1))
            case _:
                return RowFate.DELETE

    # Holds

    def draw_holds(self) -> tuple[Hold, ...]:
        count = 0 if Feature.HOLDS in self.without or self.chance(50) else self.number(1, 2)
        placed = datetime(2020, 1, 1, tzinfo=UTC)
        return tuple(Hold(number, "matter", "reason", self.draw_scope(), placed) for number in range(1, count + 1))

    def draw_scope(self) -> Scope:
        draft = self.pick(self.drafts)
        match self.number(0, 20):
            case 0 | 1 | 2 | 3 | 4 | 5 | 6:
                return OnRecord(self.name_of(draft.name), self.draw_held_key(draft))
            case 7 | 8 | 9 | 10 | 11 | 12 | 13:
                return OnSubject(self.name_of(self.persons), self.draw_held_key(self.draft(self.persons)))
            case 14 | 15 | 16:
                condition = self.draw_condition(draft.name)
                return OnRecords(self.name_of(draft.name), condition, "as given")
            case 17:
                return OnTable(
                    self.name_of(draft.name) if self.chance(70) else TableName("elsewhere", None, draft.name)
                )
            case 18 | 19:
                return OnCategory(self.pick(CATEGORIES))
            case _:
                return OnDatabase(DATABASE if self.chance(30) else "elsewhere")

    def draw_held_key(self, draft: Draft) -> tuple[str, ...]:
        """The key of some row, in any case and padding; or of none."""
        rows: list[Row] = self.bare.rows_of(draft.name)
        if not rows or self.chance(5):
            return tuple("404" for _ in draft.key)
        key = self.pick(rows).key
        if self.chance(30, Feature.NEAR_KEYS):
            blur = self.pick(BLURS)
            texts = [draft.column(name).kind is Kind.TEXT for name in draft.key]
            return tuple(blur(part) if text else part for part, text in zip(key, texts, strict=True))
        return key


def later(shown: datetime, period: Period) -> datetime:
    """A wall time from which a period leads back to this one, or near it."""
    match period.unit:
        case Unit.DAYS:
            return shown + timedelta(days=period.count)
        case Unit.WEEKS:
            return shown + timedelta(weeks=period.count)
        case Unit.MONTHS | Unit.YEARS:
            months = period.count * (12 if period.unit is Unit.YEARS else 1)
            ahead = months_before(shown.date().replace(year=shown.year + 20, day=1), 240 - months)
            found = next(d for n in range(shown.day, 0, -1) if (d := real_day(ahead.year, ahead.month, n)))
            return datetime.combine(found, shown.time())
