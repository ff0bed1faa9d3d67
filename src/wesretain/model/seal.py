"""A sealed plan: what a scan found, to be carried out later as it was or not at all. Counts and digests, no keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from wesretain.model.config import Intent
from wesretain.model.digest import decisions_digest, intent_digest
from wesretain.model.hold import Hold
from wesretain.model.ledger import Decision
from wesretain.model.plan import DatabasePlan, Plan


@dataclass(frozen=True, slots=True)
class SealedDatabase:
    """One database as the plan found it: `rules` maps each chosen rule to the records that it may act on."""

    name: str
    identity: str
    schema: str
    files: str
    rules: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SealedPlan:
    """A plan that can be carried out later. `holds` are the numbers of those that were in force."""

    as_of: datetime
    holds: tuple[int, ...]
    decisions: str
    databases: tuple[SealedDatabase, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules of the plan."""
        return tuple(rule for database in self.databases for rule in database.rules)

    def as_row(self) -> dict[str, Any]:
        """The plan in words that JSON can keep."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}


def sealed(plan: Plan, intent: Intent, holds: Sequence[Hold], decisions: Sequence[Decision]) -> SealedPlan:
    """What has to be the same when the plan is carried out; databases that were not reached are left out of it."""
    as_of = min((found.as_of for found in plan.databases), default=plan.as_of)
    return SealedPlan(
        as_of=as_of,
        holds=tuple(sorted(hold.id for hold in holds if hold.holds_at(as_of))),
        decisions=decisions_digest(decisions),
        databases=tuple(_sealed_database(found, intent) for found in plan.databases),
    )


def _sealed_database(found: DatabasePlan, intent: Intent) -> SealedDatabase:
    rules = {each.rule.name: each.acts or 0 for each in found.rules}
    return SealedDatabase(found.database, found.identity, found.schema, intent_digest(intent, found.database), rules)


def drift(then: SealedPlan, now: SealedPlan) -> Iterator[str]:
    """Why a plan can no longer be carried out, in words. Fewer records, and holds that were placed since, are no drift.

    A database that cannot be reached now is none either: nothing is done there.
    """
    if released := sorted(set(then.holds) - set(now.holds)):
        yield f"hold {', '.join(map(str, released))} has been released"
    if then.decisions != now.decisions:
        yield "reviews have been decided"
    found = {database.name: database for database in now.databases}
    for before in then.databases:
        if before.name in found:
            yield from _drift_of(before, found[before.name])


def _drift_of(then: SealedDatabase, now: SealedDatabase) -> Iterator[str]:
    if then.identity != now.identity:
        yield f"`{then.name}` is another database"
    if then.schema != now.schema:
        yield f"the schema of {then.name} has changed"
    if then.files != now.files or then.rules.keys() != now.rules.keys():
        yield f"the rules or the inventory of {then.name} have changed"
    for rule, records in now.rules.items():
        if records > then.rules.get(rule, 0):
            yield f"rule `{rule}` finds {records:,} records, and found {then.rules.get(rule, 0):,}"


def sealed_of(row: Mapping[str, Any]) -> SealedPlan:
    """The plan of which these are the words."""
    return SealedPlan(
        as_of=datetime.fromisoformat(row["as_of"]),
        holds=tuple(row["holds"]),
        decisions=row["decisions"],
        databases=tuple(SealedDatabase(**each) for each in row["databases"]),
    )
