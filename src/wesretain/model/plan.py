"""The plan: rule by rule, what is due, and why not where it is not. What a scan finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from wesretain.model.period import Period, due_since
from wesretain.model.problem import Problem
from wesretain.model.rule import Rule
from wesretain.model.standing import Standing


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest due record: the first and the last instant that its clock shows (UTC), and how long it is kept."""

    clock: datetime
    last: datetime
    keep: Period
    zone: ZoneInfo

    @property
    def due_since(self) -> datetime:
        """Since when it has been due (UTC); worked out when asked, as a scan of many databases asks for few."""
        return due_since(self.last, self.keep, self.zone)


@dataclass(frozen=True, slots=True)
class Takes:
    """Rows that one line of `with` reaches below (or beside) the due records."""

    path: str
    fate: str
    rows: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of a table stand where under one rule.

    `counts` follows the order of `Standing` and sums to the table.
    `undated` are those among the undecidable that the rule surely covers and whose clock says nothing. `but_for_holds`
    says where the held ones would stand without any hold. `missed_by_case` and `outside` are uncovered: the first would
    be covered but for the case or padding of a text, the second have run out but stand outside the rule's `where`.
    `also_due_elsewhere` are due under another rule too.
    """

    counts: tuple[int, ...] = (0,) * len(Standing)
    undated: int = 0
    but_for_holds: tuple[int, ...] = (0,) * len(Standing)
    missed_by_case: int = 0
    outside: int = 0
    also_due_elsewhere: int = 0
    oldest: Oldest | None = None
    takes: tuple[Takes, ...] = ()

    def __getitem__(self, standing: Standing) -> int:
        return self.counts[standing]

    @property
    def total(self) -> int:
        """All records of the table."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class RulePlan:
    """One rule on its live table: its tally, or the reason why there is none.

    `acts` is on how many records an apply would act by this rule: of those due under several, one rule acts, and of a
    rule that orders reviews those count that a review has let go. None where apply would not act by it.
    """

    rule: Rule
    tally: Tally | None
    refused: Problem | None = None
    acts: int | None = None


@dataclass(frozen=True, slots=True)
class DatabasePlan:
    """One database: its rules in the order of the files, and what else was found on the way.

    `identity` and `schema` are digests of which database it is, and of its tables.
    """

    database: str
    as_of: datetime
    server: str
    rules: tuple[RulePlan, ...]
    findings: tuple[Problem, ...] = ()
    identity: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A database that could not be scanned, in one line, with the exit code that it asks for."""

    database: str
    message: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome of a scan of several databases."""

    as_of: datetime
    databases: tuple[DatabasePlan, ...] = ()
    failures: tuple[Failure, ...] = field(default=())

    @property
    def due(self) -> int:
        """Records that are due, over all rules (one that is due under two rules counts twice)."""
        tallies = (plan.tally for database in self.databases for plan in database.rules)
        return sum(tally[Standing.DUE] for tally in tallies if tally is not None)

    @property
    def refused(self) -> int:
        """Rules that a live database refused."""
        return sum(plan.refused is not None for database in self.databases for plan in database.rules)
