"""The configuration: which organisation, which databases, which files, which limits. Secrets are not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from wesretain.model.inventory import Inventory, schemas_named
from wesretain.model.names import family_of
from wesretain.model.period import Period
from wesretain.model.rule import Rule
from wesretain.model.source import NOWHERE, Position


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A secret that stands in an environment variable."""

    variable: str


@dataclass(frozen=True, slots=True)
class FromFile:
    """A secret that stands in a file that only its owner, or those to whom root gives it, can read."""

    path: Path


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that holds no secret and may stand in the configuration: a URL without a password."""

    text: str


Source = FromEnvironment | FromFile | Literal


@dataclass(frozen=True, slots=True)
class Tls:
    """How a connection is encrypted and the server proved. Modes are PostgreSQL's, also for MariaDB."""

    mode: str  # disable, require, verify-ca, verify-full
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many seconds a database's replicas may be behind between batches, and where to ask them.

    Where no URL is given, the database itself is asked.
    """

    lag: int
    urls: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """Where a database is: a URL to scan with (SELECT alone) and one to apply with.

    `database` is its name on the server, or its file, where the URLs lead to the server alone.
    """

    name: str
    scan_url: Source
    apply_url: Source | None = None
    password: Source | None = None  # put into the scan URL
    apply_password: Source | None = None
    tls: Tls | None = None
    replicas: Replicas | None = None
    database: str | None = None
    at: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class NamesLike:
    """The databases of a server whose names fit a pattern: `*` stands for any letters, `?` for one."""

    pattern: str


@dataclass(frozen=True, slots=True)
class FilesLike:
    """The SQLite files whose absolute paths fit a pattern; `*` and `?` stand for no slash."""

    pattern: str


Discovery = NamesLike | FilesLike


@dataclass(frozen=True, slots=True)
class Family:
    """Many databases with one inventory and one policy, which are found when they are needed.

    `common` is what all of them share: a database but for its name on the server, which nobody opens as it is.
    """

    common: DatabaseConfig
    discover: Discovery

    @property
    def name(self) -> str:
        """What inventory and rules call each of them."""
        return self.common.name

    @property
    def at(self) -> Position:
        """Where it stands in its file."""
        return self.common.at

    def member(self, name: str, database: str) -> DatabaseConfig:
        """One of them, by the name that follows the family's, and by its own."""
        return replace(self.common, name=f"{self.name}/{name}", database=database)


@dataclass(frozen=True, slots=True)
class LedgerServer:
    """A ledger on PostgreSQL: its database, and the stop file of the runs of this machine."""

    url: Literal
    stop_file: Path
    password: Source | None = None
    tls: Tls | None = None

    @property
    def name(self) -> str:
        """The name of its database, for messages."""
        return self.url.text.partition("?")[0].rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may at most remove; None is no limit, 0 is none at all.

    `growth_per_rule` says how many times the median of its last five runs a rule may find.
    """

    rows_per_rule: int | None = 10_000
    share_per_rule: float | None = 0.10
    rows_per_run: int | None = None
    growth_per_rule: float | None = 3.0


@dataclass(frozen=True)
class Config:
    """`wesretain.yaml`, paths made absolute. The members of a family stand after it, once they have been found."""

    organisation: str
    zone: ZoneInfo
    inventory: Path
    policies: Path
    ledger: Path | LedgerServer
    ledger_keep: Period | None = None
    limits: Limits = Limits()
    keys: tuple[tuple[str, Source], ...] = ()
    elements: Path | None = None
    location: str | None = None
    entries: tuple[DatabaseConfig | Family, ...] = ()
    at: Position = field(default=NOWHERE, compare=False)

    @cached_property
    def databases(self) -> tuple[DatabaseConfig, ...]:
        """The databases that are known, in the order of the file."""
        return tuple(entry for entry in self.entries if isinstance(entry, DatabaseConfig))

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """The families whose members have to be found."""
        return tuple(entry for entry in self.entries if isinstance(entry, Family))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What inventory and rules may name: the families, and the databases that stand alone."""
        return tuple(dict.fromkeys(family_of(entry.name) for entry in self.entries))

    def database(self, name: str) -> DatabaseConfig | None:
        """The configuration of a database that is known."""
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> Mapping[str, DatabaseConfig]:
        return {entry.name: entry for entry in self.databases}


@dataclass(frozen=True, slots=True)
class Intent:
    """All that the files say, read and found good: the value that everything after `policy/` takes."""

    config: Config
    inventory: Inventory
    rules: tuple[Rule, ...]

    def rules_of(self, database: str) -> tuple[Rule, ...]:
        """The rules on the tables of one database, or of its family."""
        return tuple(rule for rule in self.rules if rule.table.database == family_of(database))

    def schemas_of(self, database: str) -> frozenset[str]:
        """The schemas that inventory and rules name in one database."""
        return schemas_named(self.inventory.database(database), (rule.table for rule in self.rules_of(database)))
