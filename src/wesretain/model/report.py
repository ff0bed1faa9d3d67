"""All that the report shows: what lies where, what the rules do about it, and what has been done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from wesretain.model.ages import Ages
from wesretain.model.config import Intent
from wesretain.model.hold import Hold
from wesretain.model.plan import Plan
from wesretain.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Run:
    """One run of apply: `records` are those that it disposed of, by rule; `ended` is None where nothing says so."""

    id: str
    database: str
    by: str
    started: datetime
    ended: datetime | None
    records: Mapping[str, int]


@dataclass(frozen=True)
class Report:
    """The state of all databases at an instant. `ages` are by rule, and by database or family.

    `rules` are those that deal with each table, by `database.table`, rows that `with` names included.
    """

    intent: Intent
    plan: Plan
    ages: Mapping[tuple[str, str], Ages]
    holds: tuple[Hold, ...]
    gaps: tuple[Problem, ...]
    rules: Mapping[str, tuple[str, ...]]
    runs: tuple[Run, ...]
