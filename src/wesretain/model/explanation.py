"""What `explain` finds out about one record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wesretain.model.hold import Hold
from wesretain.model.reading import Reading
from wesretain.model.rule import Rule
from wesretain.model.standing import Standing


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule's view of the record.

    `clock` is what its clock says; `ends` the first instant (UTC) at which its own period has run out, None where that
    never comes or cannot be known; `reasons` say in words what decides the standing, `course` how apply finds the
    rule's records, where it acts on them.
    """

    rule: Rule
    standing: Standing
    clock: Reading | None
    ends: datetime | None
    reasons: tuple[str, ...]
    course: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that can be said of one record.

    `token` stands for it where it is not named: in the ledger, and where apply had to skip it.
    `acts` names the rule that acts on it when it goes; `due` is the instant (UTC) at which it first is due, the holds
    left aside, or None where that cannot be foreseen. `along` names the rules of other tables that reach it by `with`.
    """

    database: str
    table: str
    key: tuple[str, ...]
    as_of: datetime
    rules: tuple[RuleView, ...]
    refused: tuple[tuple[Rule, str], ...]
    holds: tuple[Hold, ...]
    acts: str | None
    due: datetime | None
    along: tuple[str, ...] = ()
    token: str = ""
