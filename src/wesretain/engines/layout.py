"""How the rows of a table lie on the disk, as far as one can go through them in that order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blocks:
    """They lie in blocks, numbered from 0, of which there were so many; a row's `ctid` tells its block (PostgreSQL)."""

    number: int


@dataclass(frozen=True, slots=True)
class Numbered:
    """They lie in the order of a hidden column of whole numbers (SQLite)."""

    column: str


@dataclass(frozen=True, slots=True)
class ByKey:
    """They lie in the order of the table's key (MariaDB)."""


@dataclass(frozen=True, slots=True)
class Anyhow:
    """Nobody can say: a table in parts, or one that something else than the engine itself stores."""


Layout = Blocks | Numbered | ByKey | Anyhow
