"""Rules: which records, how long, from when, then what, and by which authority. Names are not yet looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, assert_never

from wesretain.model.condition import Condition
from wesretain.model.names import joined, segments
from wesretain.model.period import Period
from wesretain.model.source import NOWHERE, Position, no_place

Path: TypeAlias = tuple[str, ...]


class Category(StrEnum):
    """The four kinds of data that a privacy policy speaks of."""

    PERSONAL = "personal"
    SERVER = "server"
    USER_COMMUNICATIONS = "user_communications"
    NON_PERSONAL = "non_personal"


class Disposition(StrEnum):
    """What a rule does with a due record; the order is the order of caution."""

    REPORT = "report"
    HOLD = "hold"
    REDACT = "redact"
    DELETE = "delete"

    @property
    def removes(self) -> bool:
        """Whether the rule lets the whole record go (or orders a review first), and so competes with others that do."""
        return self in (Disposition.HOLD, Disposition.DELETE)


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as a rule names it; `schema` is None for the database's own default schema."""

    database: str
    schema: str | None
    name: str

    def __str__(self) -> str:
        return joined(part for part in (self.database, self.schema, self.name) if part is not None)

    @classmethod
    def of(cls, text: str) -> TableName | None:
        """The table that a text names, as `database.table` or `database.schema.table`; None where it names none."""
        match segments(text):
            case (database, name):
                return cls(database, None, name)
            case (database, schema, name):
                return cls(database, schema, name)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class SetNull:
    """Redact to NULL."""


@dataclass(frozen=True, slots=True)
class SetConstant:
    """Redact to a constant (as text; coerced to the column's type)."""

    text: str


@dataclass(frozen=True, slots=True)
class SetTemplate:
    """Redact to a text made unique by key columns, such as `erased-{id}@invalid`."""

    template: str


@dataclass(frozen=True, slots=True)
class SetHash:
    """Redact to a keyed hash with a recognisable prefix; the key comes from the configuration."""

    key_name: str


@dataclass(frozen=True, slots=True)
class MaskIp:
    """Redact half of an IPv4 or IPv6 address."""


@dataclass(frozen=True, slots=True)
class Scrub:
    """Take elements out of a text and leave the rest."""

    elements: tuple[str, ...]


Redaction: TypeAlias = SetNull | SetConstant | SetTemplate | SetHash | MaskIp | Scrub


class RowFate(StrEnum):
    """What becomes of a row that `with` names."""

    DELETE = "delete"
    DELETE_IF_UNSHARED = "delete if unshared"
    UNLINK = "unlink"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class RedactRow:
    """The row stays, and loses these columns' values."""

    columns: tuple[tuple[str, Redaction], ...]


Fate: TypeAlias = RowFate | RedactRow


def fate_word(fate: Fate) -> str:
    """A fate in one word or three, for people."""
    match fate:
        case RowFate():
            return fate.value
        case RedactRow():
            return "redact"
        case _ as never:
            assert_never(never)


@dataclass(frozen=True, slots=True)
class With:
    """One line of `with`: a path from the rule's table and what becomes of the rows at its end."""

    path: Path
    fate: Fate
    at: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class After:
    """The clock that a rule runs from: a column, reached over links or not; or the newest of several."""

    names: tuple[Path, ...]
    newest: bool = False
    at: Position = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        names = ", ".join(map(joined, self.names))
        return f"newest of {names}" if self.newest else names


@dataclass(frozen=True, slots=True)
class Rule:
    """One retention rule as its author wrote it, defaults filled in.

    `keep` is None for `nothing` (no clock: at once). `law` makes the period a minimum for everybody; `protects` narrows
    it to some columns. `at` says where the rule stands; `places` finds where its keys stand.
    """

    name: str
    title: str
    category: Category
    purpose: str
    basis: str
    table: TableName
    keep: Period | None
    then: Disposition
    after: After | None = None
    where: Condition | None = None
    columns: tuple[tuple[str, Redaction], ...] = ()
    with_: tuple[With, ...] = ()
    law: str | None = None
    protects: tuple[str, ...] = ()
    agreed_until: Path | None = None
    overrides: tuple[str, ...] = ()
    may_empty: bool = False
    at: Position = field(default=NOWHERE, compare=False)
    places: Callable[[str], Position | None] = field(default=no_place, compare=False, repr=False)

    def place(self, key: str) -> Position:
        """Where one of the rule's keys stands in its file, or the rule itself where it is a default."""
        return self.places(key) or self.at

    @property
    def period(self) -> str:
        """The period in words."""
        return "nothing" if self.keep is None else str(self.keep)

    def fate_of(self, path: Path) -> Fate | None:
        """What `with` says of a path, or None where it does not name it."""
        return next((line.fate for line in self.with_ if line.path == path), None)
