"""Plan → batches → outcome. `batch` is the one place that deletes or updates; `run` drives it through one database."""

from __future__ import annotations

from wesretain.apply.run import Order, carry_out
from wesretain.model.outcome import Outcome
from wesretain.model.plan import Plan

__all__ = ["Order", "apply"]


def apply(order: Order, plan: Plan) -> Outcome:
    """Carry out a plan, database by database; one that fails stops none of the others."""
    databases = tuple(carry_out(order, found) for found in plan.databases)
    return Outcome(plan, databases, order.ledger.head())
