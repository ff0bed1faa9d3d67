"""The configuration: which organisation, which databases, which files, which limits. Secrets are not in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from wesretain.model.inventory import Inventory, schemas_named
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
    """Where a database is: a URL to scan with (SELECT alone) and one to apply with."""

    name: str
    scan_url: Source
    apply_url: Source | None = None
    password: Source | None = None  # put into the scan URL
    apply_password: Source | None = None
    tls: Tls | None = None
    replicas: Replicas | None = None
    at: Position = field(default=NOWHERE, compare=False)


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


@dataclass(frozen=True, slots=True)
class Config:
    """`wesretain.yaml`, paths made absolute."""

    organisation: str
    zone: ZoneInfo
    inventory: Path
    policies: Path
    ledger: Path | LedgerServer
    ledger_keep: Period | None = None
    limits: Limits = Limits()
    keys: tuple[tuple[str, Source], ...] = ()
    databases: tuple[DatabaseConfig, ...] = ()
    at: Position = field(default=NOWHERE, compare=False)

    def database(self, name: str) -> DatabaseConfig | None:
        """The configuration of a database."""
        return next((entry for entry in self.databases if entry.name == name), None)


@dataclass(frozen=True, slots=True)
class Intent:
    """All that the files say, read and found good: the value that everything after `policy/` takes."""

    config: Config
    inventory: Inventory
    rules: tuple[Rule, ...]

    def rules_of(self, database: str) -> tuple[Rule, ...]:
        """The rules on the tables of one database."""
        return tuple(rule for rule in self.rules if rule.table.database == database)

    def schemas_of(self, database: str) -> frozenset[str]:
        """The schemas that inventory and rules name in one database."""
        return schemas_named(self.inventory.database(database), (rule.table for rule in self.rules_of(database)))
