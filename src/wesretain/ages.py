"""Counts the records of each rule by what its clock says, in one statement a rule: for charts and forecasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta

from wesretain.engines import Live
from wesretain.model.ages import COLUMNS, MONTHS, Ages
from wesretain.standing.conditions import Binder, Moment
from wesretain.standing.formula import every, opposite
from wesretain.standing.rules import BoundRule
from wesretain.standing.timing import run_out_by
from wesretain.survey import Survey

#: How wide a chart is whose rule keeps nothing beyond its clock.
_HALF_OF_NOTHING = timedelta(days=30)


def ages_of(live: Live, survey: Survey) -> Iterator[tuple[str, Ages]]:
    """The ages of the records of each rule that has a clock and that the database does not refuse, by its name.

    Raises:
        WesretainError: where the database does not answer.
    """
    for _, counted in survey.counted:
        for each in counted:
            if each.bound.timing.hands and each.bound.rule.keep is not None:
                yield each.bound.rule.name, _counted(live, survey, each.bound)


def _counted(live: Live, survey: Survey, rule: BoundRule) -> Ages:
    moment = survey.ruling.moment
    edges, months = _scale(rule, moment)
    limits = sorted({*edges, *months})
    row = survey.translator.row_of(rule.table)
    code = _first_passed(survey, rule, row, limits).label("code")
    covered = survey.translator.surely(every([rule.matches, opposite(rule.timing.undated)]), (row,))
    unfinished = survey.translator.possibly(rule.unfinished, (row,))
    inner = sa.select(code).select_from(row).where(covered, unfinished).subquery("ages")
    query = sa.select(inner.c.code, sa.func.count()).group_by(inner.c.code)
    found = {int(number): int(count) for number, count in map(tuple[Any, ...], live.rows(query, rule.table.full_name))}
    up_to = dict(zip(limits, accumulate(found.get(number, 0) for number in range(len(limits))), strict=True))
    by_edge = [up_to[edge] for edge in edges]
    counts = (by_edge[0], *(later - earlier for earlier, later in pairwise(by_edge)), sum(found.values()) - by_edge[-1])
    by_month = (by_edge[COLUMNS], *(up_to[month] for month in months))
    falls = tuple(later - earlier for earlier, later in pairwise(by_month))
    return Ages(edges, counts, tuple(_ahead(moment, number) for number in range(1, MONTHS + 1)), falls)


def _first_passed(
    survey: Survey, rule: BoundRule, row: sa.FromClause, limits: Sequence[datetime]
) -> sa.ColumnElement[int]:
    """The number of the first of some instants that a rule's clock has passed; how many there are where it is later.

    They are sought by halves, so that a record answers few questions.
    """
    binder = Binder(survey.catalogue, survey.ruling.moment, keeps=True)

    def among(first: int, last: int) -> sa.ColumnElement[int]:
        if first == last:
            return sa.literal_column(str(first), sa.Integer())
        middle = (first + last) // 2
        passed = run_out_by(binder, rule.timing, rule.rule, limits[middle])
        return sa.case((survey.translator.surely(passed, (row,)), among(first, middle)), else_=among(middle + 1, last))

    return among(0, len(limits))


def _scale(rule: BoundRule, moment: Moment) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """The edges of the chart, and the cut-offs of the months to come."""
    assert rule.rule.keep is not None  # those without are not asked for
    cut_off = moment.cut_off(rule.rule.keep)
    half = moment.as_of - cut_off or _HALF_OF_NOTHING
    edges = tuple(cut_off + half * step / COLUMNS for step in range(-COLUMNS, COLUMNS + 1))
    ahead = (Moment(_ahead(moment, months), moment.zone) for months in range(1, MONTHS + 1))
    return edges, tuple(each.cut_off(rule.rule.keep) for each in ahead)


def _ahead(moment: Moment, months: int) -> datetime:
    return moment.as_of + relativedelta(months=months)
