"""The inventory: what the tables hold, and what the databases themselves do not declare."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from wesretain.model.condition import Condition
from wesretain.model.names import family_of, segments
from wesretain.model.rule import Category, Path, TableName
from wesretain.model.source import NOWHERE, Position, no_place


class Element(StrEnum):
    """A kind of data in a column."""

    NAME = "name"
    POSTAL_ADDRESS = "postal_address"
    EMAIL = "e-mail"
    TELEPHONE = "telephone"
    DATE_OF_BIRTH = "date_of_birth"
    NATIONAL_ID = "national_id"
    PASSPORT = "passport"
    TAX_ID = "tax_id"
    PAYMENT_CARD = "payment_card"
    BANK_ACCOUNT = "bank_account"
    IP_ADDRESS = "ip_address"
    BROWSER = "browser"
    OPERATING_SYSTEM = "operating_system"
    SCREEN = "screen"
    ISP = "isp"
    PAGE_VISIT = "page_visit"  # a page that somebody looked at, when or for how long
    LOCATION = "location"
    COMPANY = "company"
    LICENCE_KEY = "licence_key"
    USERNAME = "username"
    CREDENTIAL = "credential"
    IDENTIFIER = "identifier"  # an account, customer or device number that leads to a person
    FREE_TEXT = "free_text"  # may hold anything that a person wrote
    NONE = "none"  # nothing personal


#: What can be taken out of free text, in the order in which that is done.
SCRUBBED = (Element.CREDENTIAL, Element.EMAIL, Element.PAYMENT_CARD, Element.IP_ADDRESS)


class ClockFormat(StrEnum):
    """How a clock that is not a typed date or time is written; what each means is in `model.formats`."""

    ISO = "iso"
    EPOCH_SECONDS = "epoch seconds"
    EPOCH_MILLISECONDS = "epoch milliseconds"
    EPOCH_MICROSECONDS = "epoch microseconds"
    MICROSECONDS_SINCE_1601 = "microseconds since 1601"
    SECONDS_SINCE_2001 = "seconds since 2001"
    FOURTEEN_DIGITS = "yyyymmddhhmmss"
    EIGHT_DIGITS = "yyyymmdd"
    YEAR_AND_MONTH = "yyyy-mm"
    YEAR = "yyyy"
    DAY_MONTH_YEAR = "dd-mm-yyyy"


@dataclass(frozen=True, slots=True)
class Clock:
    """What the inventory says of a clock. `undated` and `never` hold texts as in the file; None is NULL there."""

    column: str
    format: ClockFormat | None = None
    zone: str | None = None
    undated: tuple[str | None, ...] = ()
    never: tuple[str | None, ...] = ()
    expires: bool = False
    floor: date | None = None
    counts_from_start: bool = False
    at: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class LinkDeclaration:
    """A foreign key that the database does not declare: columns here, and those that they pair with there.

    `there` is empty where it is the other table's key. `nobody` holds the values that lead nowhere; `when` tests the
    row that links, `where` the row reached.
    """

    name: str
    to: str
    here: tuple[str, ...]
    there: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()
    when: Condition | None = None
    where: Condition | None = None
    at: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class TableEntry:
    """What the inventory says of one table.

    `columns` maps each listed column to its elements; where it is empty the columns are not listed. `subjects` is None
    where nothing is declared and empty for `none`; the path `("self",)` says that the row is the person. Third parties
    that are given the data stand in `disclosed_to`, each perhaps with its place. `unsaid` are listed columns without
    a word on what they hold.
    """

    name: TableName
    category: Category | None = None
    subjects: tuple[Path, ...] | None = None
    links: tuple[LinkDeclaration, ...] = ()
    clocks: tuple[Clock, ...] = ()
    columns: tuple[tuple[str, tuple[Element, ...]], ...] = ()
    keyless: bool = False
    disclosed_to: tuple[str, ...] = ()
    unsaid: frozenset[str] = frozenset()
    at: Position = field(default=NOWHERE, compare=False)
    places: Callable[[str], Position | None] = field(default=no_place, compare=False, repr=False)

    def clock(self, column: str) -> Clock | None:
        """What is declared of a column as a clock."""
        return next((clock for clock in self.clocks if clock.column == column), None)

    def elements(self, column: str) -> tuple[Element, ...]:
        """The elements that a column holds, as far as the inventory says."""
        return dict(self.columns).get(column, ())

    def place(self, key: str) -> Position:
        """Where one of the entry's keys stands in its file."""
        return self.places(key) or self.at


@dataclass(frozen=True, slots=True)
class DatabaseEntry:
    """What the inventory says of one database."""

    name: str
    location: str | None = None
    processor: str | None = None
    zone: str | None = None
    tables: tuple[TableEntry, ...] = ()
    at: Position = field(default=NOWHERE, compare=False)

    def table(self, schema: str | None, name: str) -> TableEntry | None:
        """The entry of a table."""
        return next((t for t in self.tables if (t.name.schema, t.name.name) == (schema, name)), None)


def schemas_named(entry: DatabaseEntry | None, tables: Iterable[TableName]) -> frozenset[str]:
    """The schemas that the inventory names in one database, in its tables and links, and those of some tables."""
    entries = entry.tables if entry else ()
    found = {table.schema for table in (*tables, *(each.name for each in entries))}
    names = (segments(link.to) for each in entries for link in each.links)
    return frozenset(schema for schema in (*found, *(name[0] for name in names if len(name) > 1)) if schema)


@dataclass(frozen=True, slots=True)
class Inventory:
    """All databases that are known."""

    databases: tuple[DatabaseEntry, ...] = ()

    def database(self, name: str) -> DatabaseEntry | None:
        """The entry of a database, or of its family."""
        return next((entry for entry in self.databases if entry.name == family_of(name)), None)

    def table(self, name: TableName) -> TableEntry | None:
        """The entry of a table, or None where the inventory does not know it."""
        entry = self.database(name.database)
        return entry.table(name.schema, name.name) if entry else None
