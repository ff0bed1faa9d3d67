"""What a scan finds, rule by rule: the plan, which says what is due and why not where it is not, or a glance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar
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

    @property
    def due(self) -> int:
        """Records that are due; none are known to be under a rule that is refused."""
        return self.tally[Standing.DUE] if self.tally is not None else 0


@dataclass(frozen=True, slots=True)
class Glance:
    """One rule on its live table at a glance: the due records up to a cap, and whether there are more.

    `refused` says why nobody can tell.
    """

    rule: Rule
    due: int
    more: bool = False
    refused: Problem | None = None


OfRule = TypeVar("OfRule", bound=RulePlan | Glance)


@dataclass(frozen=True)  # with slots, Python 3.11 makes none by an alias
class ScannedDatabase(Generic[OfRule]):
    """One database: its rules in the order of the files, and what else was found on the way.

    `identity` and `schema` are digests of which database it is, and of its tables; a plan has them.
    """

    database: str
    as_of: datetime
    server: str
    rules: tuple[OfRule, ...]
    findings: tuple[Problem, ...] = ()
    identity: str = ""
    schema: str = ""

    @property
    def due(self) -> int:
        """Records that are due, over all rules (one that is due under two rules counts twice)."""
        return sum(each.due for each in self.rules)


@dataclass(frozen=True, slots=True)
class Failure:
    """A database that could not be scanned, in one line, with the exit code that it asks for."""

    database: str
    message: str
    exit_code: int


@dataclass(frozen=True)  # with slots, Python 3.11 makes none by an alias
class Scanned(Generic[OfRule]):
    """The outcome of a scan of several databases."""

    as_of: datetime
    databases: tuple[ScannedDatabase[OfRule], ...] = ()
    failures: tuple[Failure, ...] = ()

    @property
    def due(self) -> int:
        """Records that are due in all databases."""
        return sum(database.due for database in self.databases)

    @property
    def refused(self) -> int:
        """Rules that a live database refused."""
        return sum(each.refused is not None for database in self.databases for each in database.rules)


DatabasePlan: TypeAlias = ScannedDatabase[RulePlan]
Plan: TypeAlias = Scanned[RulePlan]
