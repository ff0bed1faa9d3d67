"""The brakes: how much a rule may remove in one run, and whether it may act unattended. They fail closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from wesretain.errors import LimitReached
from wesretain.model.config import Intent, Limits
from wesretain.model.digest import rule_set_digest
from wesretain.model.ledger import Approval
from wesretain.model.plan import RulePlan
from wesretain.model.rule import Disposition, Rule

#: So many runs say what a rule usually finds; fewer say nothing.
RUNS = 5
#: Up to so many records nobody is alarmed.
_FLOOR = 1_000


@dataclass(frozen=True, slots=True)
class Scale:
    """What a rule is about to do: so many of so many records, and the rows that go along or change with them.

    `changed` is how many rows the run has changed already.
    """

    planned: int
    records: int
    along: int = 0
    changed: int = 0


def scale_of(plan: RulePlan, changed: int = 0) -> Scale:
    """What a rule is about to do by its plan."""
    if plan.tally is None:
        return Scale(0, 0)
    return Scale(plan.acts or 0, plan.tally.total, sum(takes.rows for takes in plan.tally.takes), changed)


def check_approval(rule: Rule, digest: str, approval: Approval | None) -> None:
    """Refuse to apply a rule unattended that nobody has approved as it stands, with all rules of its table.

    Raises:
        LimitReached: with the command that approves it.
    """
    if approval is not None and approval.digest == digest:
        return
    changed = "(or another rule of its table, or how it is read) has changed since its approval"
    state = "has not been approved" if approval is None else changed
    mend = f"look at `wesretain scan --rule {rule.name}`, then run `wesretain approve {rule.name}`"
    raise LimitReached(f"rule `{rule.name}` {state}, and is not applied unattended", mend)


def backlog_of(digest: str, approval: Approval | None) -> int | None:
    """The records that an approval of the rules as they stand still lets go beyond the limits; None for none."""
    return approval.backlog_left if approval is not None and approval.digest == digest else None


def foreseen(intent: Intent, plan: RulePlan, approval: Approval | None, before: Sequence[int]) -> str:
    """Why the limits would stop a rule before its first batch, or nothing; what other rules change is left aside."""
    rule = plan.rule
    digest = rule_set_digest(intent.rules, intent.inventory, rule.table)
    try:
        check_limits(rule, scale_of(plan), intent.config.limits, backlog_of(digest, approval), before)
    except LimitReached as stop:
        return str(stop)
    return ""


def check_run(rule: Rule, scale: Scale, limits: Limits) -> None:
    """Refuse more rows than a run may change, those that go along with records included.

    Raises:
        LimitReached: with what was found, what is allowed, and what to do.
    """
    rows = scale.planned + scale.along
    if limits.rows_per_run is not None and scale.changed + rows > limits.rows_per_run:
        allowed = f"at most {limits.rows_per_run:,} rows may go in a run, {scale.changed:,} have gone"
        mend = f"look at `wesretain scan --rule {rule.name}`, then raise `rows per run`"
        raise LimitReached(f"rule `{rule.name}` would change {rows:,} rows; {allowed}", mend)


def check_limits(rule: Rule, scale: Scale, limits: Limits, backlog: int | None, before: Sequence[int]) -> None:
    """Refuse more than the limits allow: rows and share of a rule, rows of a run, and the whole of a table.

    `before` says how many records the rule found in its last runs; much more than usual is refused too.

    Raises:
        LimitReached: with what was found, what is allowed, and what to do.
    """
    verb = "remove" if rule.then is not Disposition.REDACT else "redact"
    about = f"rule `{rule.name}` would {verb} {scale.planned:,} of {scale.records:,} records"
    look = f"look at `wesretain scan --rule {rule.name}`"
    if rule.then is not Disposition.REDACT and scale.planned >= scale.records > 0 and not rule.may_empty:
        raise LimitReached(f"{about}, which empties the table", f"{look}; if it may: `may empty the table: true`")
    check_run(rule, scale, limits)
    approve = f"{look}, then run `wesretain approve {rule.name} --backlog {scale.planned}` to let them go once"
    if backlog is not None and scale.planned <= backlog:
        return
    if backlog is not None and backlog > 0:
        raise LimitReached(f"{about}; its approval lets {backlog:,} go", approve)
    if limits.rows_per_rule is not None and scale.planned > limits.rows_per_rule:
        raise LimitReached(f"{about}; at most {limits.rows_per_rule:,} may go in a run", approve)
    if limits.share_per_rule is not None and scale.planned > limits.share_per_rule * scale.records:
        raise LimitReached(f"{about}; at most {limits.share_per_rule * 100:.4g} % may go in a run", approve)
    usual = median(before) if len(before) == RUNS else None
    growth = limits.growth_per_rule
    if usual is not None and growth is not None and scale.planned > max(growth * usual, _FLOOR):
        raise LimitReached(f"{about}, over {growth:g} times the median of its last {RUNS} runs, {usual:,}", approve)
