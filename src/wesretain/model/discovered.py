"""What discovery makes of a database: what each table seems to hold, and what the inventory should say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from wesretain.model.finding import Finding, Sureness
from wesretain.model.inventory import Clock, DatabaseEntry, TableEntry
from wesretain.model.names import joined
from wesretain.model.rule import Category, Path
from wesretain.model.schema import Table

#: One value proves nothing, and yes and no are two.
LEAST_TRIED = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How large a table is, as the database estimates it: records, and bytes with its indexes. None: it cannot say."""

    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Age:
    """The years of the oldest and the newest time that a clock says among the sampled records: a day may be a value."""

    clock: str
    oldest: int
    newest: int


@dataclass(frozen=True, slots=True)
class SuggestedClock:
    """What the inventory should say of a clock, and why; `doubt` is what a person has to look at."""

    clock: Clock
    why: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class SuggestedLink:
    """A link that the database does not declare: `found` of `tried` values are keys there.

    `nobody` are values that lead nowhere; `when` is the column, and its value, of the rows that link so. It is `sure`
    where nearly all values are found.
    """

    name: str
    column: str
    to: Table
    found: int
    tried: int
    nobody: tuple[str, ...] = ()
    when: tuple[str, str] | None = None

    @property
    def sure(self) -> bool:
        """Whether values prove it: nearly all of them are there, and there are some."""
        return self.tried >= LEAST_TRIED and self.found * 100 >= self.tried * 98

    @property
    def why(self) -> str:
        """The evidence, in words."""
        if not self.tried:
            return "by its name alone: there are no values"
        return f"{self.found} of {self.tried} values are found there"


@dataclass(frozen=True, slots=True)
class DiscoveredTable:
    """One table: how large, how old, what is found in it, and what is proposed.

    `sampled` is how many different records were looked at; `unread` says why none could be.
    """

    table: Table
    entry: TableEntry | None = None  # what the inventory says of it already
    size: Size = Size()
    sampled: int = 0
    ages: tuple[Age, ...] = ()
    findings: tuple[Finding, ...] = ()
    clocks: tuple[SuggestedClock, ...] = ()
    links: tuple[SuggestedLink, ...] = ()
    category: Category | None = None
    category_why: str = ""
    category_sure: bool = False
    subjects: tuple[Path, ...] = ()
    subjects_why: str = ""
    persons: frozenset[str] = frozenset()  # the columns that lead to a person
    harmless: frozenset[str] = frozenset()  # the columns whose type and values leave no room for anything personal
    sensitive: frozenset[str] = frozenset()  # those that may tell of persons what no element stands for
    odd: frozenset[str] = frozenset()  # those that say times in a form that no format reads
    empty: frozenset[str] = frozenset()  # those without a value in any record that was looked at
    unread: str = ""

    @property
    def called(self) -> str:
        """How the inventory calls it: it may have the name of the default schema there."""
        if self.entry is None:
            return self.table.full_name
        return joined(part for part in (self.entry.name.schema, self.entry.name.name) if part is not None)

    @property
    def surest(self) -> tuple[Finding, ...]:
        """The findings that are proven or likely."""
        return tuple(found for found in self.findings if found.sureness is not Sureness.WEAK)

    def of(self, column: str) -> tuple[Finding, ...]:
        """What is found in a column."""
        return tuple(found for found in self.findings if found.column == column)

    def with_findings(self, more: Iterable[Finding]) -> DiscoveredTable:
        """The table with more findings, in the order of its columns; others of the same element give way."""
        added = {(found.column, found.element): found for found in more}
        kept = [found for found in self.findings if (found.column, found.element) not in added]
        order = {column.name: place for place, column in enumerate(self.table.columns)}
        return replace(self, findings=tuple(sorted([*kept, *added.values()], key=lambda found: order[found.column])))


@dataclass(frozen=True, slots=True)
class Discovered:
    """One database, and what the inventory says of it so far."""

    name: str
    server: str
    tables: tuple[DiscoveredTable, ...]
    entry: DatabaseEntry | None = None

    def table(self, name: str) -> DiscoveredTable | None:
        """A table by its full name."""
        return next((each for each in self.tables if each.table.full_name == name), None)


def path_text(path: Path) -> str:
    """A path as the inventory writes it."""
    return joined(path)
