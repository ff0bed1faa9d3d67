"""A complaint: what `doctor` finds in a database, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from wesretain.model.problem import Level


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing to mend. An error keeps apply from its work; `about` is a table, a user or a rule."""

    database: str
    level: Level
    about: str
    message: str
    mend: str
