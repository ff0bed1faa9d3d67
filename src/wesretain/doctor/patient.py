"""A database under examination, and how complaints about it are worded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from wesretain.model.complaint import Complaint
from wesretain.model.config import DatabaseConfig
from wesretain.model.problem import Level
from wesretain.model.schema import Table
from wesretain.standing.disposal import Acts
from wesretain.standing.rights import Rights
from wesretain.standing.sql import table_clause
from wesretain.survey import Survey

#: So many tables are named; of the others it is said how many they are.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Patient:
    """A database under examination: as the rules see it, and what applying them takes."""

    config: DatabaseConfig
    survey: Survey
    acts: Acts
    rights: Rights

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self.config.name

    def error(self, about: str, message: str, mend: str) -> Complaint:
        """A complaint that keeps apply from its work."""
        return Complaint(self.name, Level.ERROR, about, message, mend)

    def warning(self, about: str, message: str, mend: str) -> Complaint:
        """A complaint that somebody should look at."""
        return Complaint(self.name, Level.WARNING, about, message, mend)

    def clause(self, table: Table) -> sa.TableClause:
        """A table as statements name it."""
        return table_clause(table, self.survey.catalogue.schema.default)

    @property
    def touched(self) -> tuple[Table, ...]:
        """The tables from which rows go, or in which they change."""
        return tuple(dict.fromkeys([*self.rights.deletes, *(table for table, _ in self.rights.updates)]))


def named(tables: Sequence[Table]) -> str:
    """Some tables by name, and how many more there are."""
    names = ", ".join(table.full_name for table in tables[:_NAMED])
    return names if len(tables) <= _NAMED else f"{names} and {len(tables) - _NAMED} more tables"
