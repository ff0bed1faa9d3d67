"""The outcome of an apply: rule by rule, what was done, what was not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wesretain.model.plan import Failure, Plan
from wesretain.model.rule import Rule


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that could not be dealt with: its keyed token, and why in words."""

    token: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What became of one rule's due records.

    `planned` is how many the plan gave it, `done` how many it dealt with; `counts` maps words such as
    `delete shop.orders` to rows, those below included. `left` are still due after all. `stopped` says why the rule did
    not finish, with the exit code that this asks for.
    """

    rule: Rule
    planned: int
    done: int = 0
    counts: Mapping[str, int] | None = None
    skipped: tuple[Skipped, ...] = ()
    left: int = 0
    stopped: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class DatabaseOutcome:
    """What was done in one database, by which run; and why it ended early, where it did."""

    database: str
    run: str
    rules: tuple[RuleOutcome, ...] = ()
    failure: Failure | None = None

    @property
    def changed(self) -> int:
        """How many rows were deleted or changed."""
        return sum(sum(each.counts.values()) for each in self.rules if each.counts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply did with a plan. `head` is the ledger's newest hash, for anchoring it elsewhere."""

    plan: Plan
    databases: tuple[DatabaseOutcome, ...]
    head: str
