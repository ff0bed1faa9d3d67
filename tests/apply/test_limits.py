"""The limits as such, on each side of every number, and the words in which they stop a rule."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from standing.case import REDACT, rule
from wesretain.apply.limits import Scale, backlog_of, check_limits, scale_of
from wesretain.errors import LimitReached
from wesretain.model.config import Limits
from wesretain.model.ledger import Approval
from wesretain.model.plan import RulePlan, Tally
from wesretain.model.standing import Standing

NONE = Limits(None, None, None, None)
EMPTIES, OVER = "which empties the table", "may go in a run"


def stopped(scale: Scale, limits: Limits = NONE, backlog: int | None = None, *before: int, **more: object) -> str:
    """What stops a rule; nothing where it may go on."""
    try:
        check_limits(rule(**more), scale, limits, backlog, before)
    except LimitReached as stop:
        return str(stop)
    return ""


@pytest.mark.parametrize(
    ("scale", "limits", "says"),
    [
        (Scale(10, 10), NONE, EMPTIES),
        (Scale(11, 10), NONE, EMPTIES),
        (Scale(9, 10), NONE, ""),
        (Scale(0, 0), NONE, ""),
        (Scale(5, 10), Limits(5, None, None, None), ""),
        (Scale(6, 10), Limits(5, None, None, None), "at most 5 may go in a run"),
        (Scale(5, 10), Limits(None, 0.5, None, None), ""),
        (Scale(6, 10), Limits(None, 0.5, None, None), "at most 50 % may go in a run"),
        (Scale(5, 10), Limits(None, None, 5, None), ""),
        (Scale(5, 10, 3, 2), Limits(None, None, 10, None), ""),
        (Scale(5, 10, 3, 2), Limits(None, None, 9, None), "change 8 rows; at most 9 rows may go in a run, 2 have gone"),
    ],
)
def test_a_limit_lets_through_just_as_much_as_it_says(scale: Scale, limits: Limits, says: str) -> None:
    found = stopped(scale, limits)
    assert says in found
    assert bool(found) is bool(says)


@pytest.mark.parametrize(
    ("backlog", "planned", "says"),
    [(5, 5, ""), (5, 6, "its approval lets 5 go"), (0, 1, "at most 0 may"), (None, 1, "at most 0 may"), (0, 0, "")],
)
def test_a_backlog_takes_the_place_of_the_limits(backlog: int | None, planned: int, says: str) -> None:
    found = stopped(Scale(planned, 100), Limits(0, 0.0, None, 0.0), backlog)
    assert says in found
    assert bool(found) is bool(says)


def test_a_backlog_is_let_go_only_under_the_rules_that_were_approved() -> None:
    approval = Approval("rule", "as approved", "ann", datetime(2024, 7, 1, tzinfo=UTC), 9, 7)
    assert backlog_of("as approved", approval) == 7
    assert backlog_of("changed since", approval) is None
    assert backlog_of("as approved", None) is None


def test_what_is_redacted_is_there_still_and_what_may_go_may_go() -> None:
    assert stopped(Scale(10, 10), then=REDACT) == ""
    assert stopped(Scale(10, 10), may_empty=True) == ""


@pytest.mark.parametrize(("more", "verb"), [({}, "remove"), ({"then": REDACT}, "redact")])
def test_a_stop_says_what_would_be_done(more: dict[str, object], verb: str) -> None:
    found = stopped(Scale(1000, 2000), Limits(5, None, None, None), **more)
    assert found.startswith(f"rule `rule` would {verb} 1,000 of 2,000 records; at most 5 may go in a run")


def test_a_rule_that_finds_much_more_than_usual_may_be_let_go_once() -> None:
    found = stopped(Scale(10_000, 100_000), Limits(None, None, None, 3), None, 1, 2, 2, 3, 3)
    assert "over 3 times the median of its last 5 runs, 2; " in found
    assert "wesretain approve rule --backlog 10000" in found


def test_a_rule_that_finds_nothing_has_no_scale() -> None:
    tally = Tally(counts=tuple(int(standing is Standing.KEPT) for standing in Standing))
    assert scale_of(RulePlan(rule(), tally, acts=0)) == Scale(0, 1)
    assert scale_of(RulePlan(rule(), tally)) == Scale(0, 1)
    assert scale_of(RulePlan(rule(), None)) == Scale(0, 0)
