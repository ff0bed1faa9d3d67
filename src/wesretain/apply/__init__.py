"""Plan → batches → outcome. `batch` is the one place that deletes or updates; `run` drives it through one database."""

from __future__ import annotations

from collections import Counter

from wesretain.apply.limits import RUNS
from wesretain.apply.run import Order, carry_out
from wesretain.model.names import family_of
from wesretain.model.outcome import DatabaseOutcome, Outcome
from wesretain.model.plan import Plan

__all__ = ["Order", "apply"]


def apply(order: Order, plan: Plan) -> Outcome:
    """Carry out a plan, database by database, since the ledger is one chain; one that fails stops none of the others.

    The rows that a run may change are counted over all members of a family.
    """
    before, changed = order.ledger.found_before(RUNS), Counter[str]()
    databases: list[DatabaseOutcome] = []
    for found in plan.databases:
        family = family_of(found.database)
        databases.append(carry_out(order, found, before, changed[family]))
        changed[family] += databases[-1].changed
    return Outcome(plan, tuple(databases), order.ledger.head())
