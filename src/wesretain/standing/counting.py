"""One statement a table: all of its rules counted in one pass, and what its rows mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from wesretain.model.period import Period, cut_off
from wesretain.model.plan import Oldest, Tally
from wesretain.model.reading import Encoding, Raw, Span, read
from wesretain.model.schema import Table
from wesretain.model.standing import Standing
from wesretain.standing.catalogue import Step
from wesretain.standing.conditions import Binder, Moment
from wesretain.standing.formula import FALSE, Formula, columns_of, every
from wesretain.standing.rules import BoundRule, Levels, Ruling
from wesretain.standing.sql import Translator
from wesretain.standing.timing import Hand

_DUE = int(Standing.DUE)


@dataclass(frozen=True, slots=True)
class Counted:
    """A rule as the statement counts it: its questions, and the same as if there were no holds."""

    bound: BoundRule
    levels: Levels
    without_holds: Levels

    @property
    def held(self) -> bool:
        """Whether any hold can reach the table or what lies below it."""
        return self.levels != self.without_holds


def counted(ruling: Ruling, unheld: Ruling, table: Table) -> tuple[Counted, ...]:
    """The rules of a table, ready to be counted; `unheld` is the same ruling without holds."""
    return tuple(Counted(b, ruling.levels(b), unheld.levels(b)) for b in ruling.bound if b.table is table)


def statement(translator: Translator, table: Table, rules: Sequence[Counted], moment: Moment) -> sa.Select[Any]:
    """The statement that counts a table's records by their standings under all of its rules at once."""
    row = translator.row_of(table)
    columns: list[sa.Label[Any]] = []
    for number, rule in enumerate(rules):
        columns += [expression.label(f"{name}{number}") for name, expression in _answers(translator, row, rule)]
    inner = sa.select(*columns).select_from(row).subquery("records")
    groups = [inner.c[c.name] for c in columns if not c.name.startswith("clock")]
    oldest = [
        _oldest(translator, rule, inner.c[f"clock{number}"], inner.c[f"standing{number}"]).label(f"clock{number}")
        for number, rule in enumerate(rules)
        if f"clock{number}" in inner.c
    ]
    return sa.select(*groups, *oldest, sa.func.count().label("records")).group_by(*groups)


def _answers(translator: Translator, row: sa.FromClause, rule: Counted) -> Iterable[tuple[str, sa.ColumnElement[Any]]]:
    trail = (row,)
    yield "standing", translator.standing(rule.levels, row)
    if rule.held:
        yield "unheld", translator.standing(rule.without_holds, row)
    timing = rule.bound.timing
    if timing.undated != FALSE:
        undated = sa.and_(translator.surely(rule.levels.covers, trail), translator.possibly(timing.undated, trail))
        yield "undated", sa.case((undated, 1), else_=0)
    bound = rule.bound
    if bound.protects != bound.matches:
        missed = every([bound.protects, bound.unfinished])
        yield "missed", _flag(translator, rule, missed, trail)
    if bound.rule.where is not None and bound.rule.keep is not None:
        outside = every([timing.run_out, bound.unfinished])
        yield "outside", _flag(translator, rule, outside, trail)
    clock = _clock_value(translator, row, rule)
    if clock is not None:
        yield "clock", clock


def _flag(
    translator: Translator, rule: Counted, question: Formula, trail: tuple[sa.FromClause, ...]
) -> sa.ColumnElement[int]:
    """1 where the rule does not cover the record, though a question is surely true of it."""
    uncovered = sa.not_(translator.possibly(rule.levels.covers, trail))
    return sa.case((sa.and_(uncovered, translator.surely(question, trail)), 1), else_=0)


def _clock_value(translator: Translator, row: sa.FromClause, rule: Counted) -> sa.ColumnElement[Any] | None:
    """The raw value of the rule's clock (the newest, where it is reached over links); None where there are several."""
    hands = rule.bound.timing.hands
    if len(hands) != 1:
        return None
    (hand,) = hands
    name = hand.dial.column.name
    if not hand.steps:
        return row.c[name]
    inside: sa.FromClause = row
    rows: list[sa.FromClause] = []
    links: list[sa.ColumnElement[bool]] = []
    for step in hand.steps:
        end = translator.row_of(step.end)
        links += [translator.engine.alike(a, inside.c[a.name], end.c[b.name]) for a, b in step.pairs]
        rows.append(end)
        inside = end
    return (
        sa.select(sa.func.max(_sortable(translator, hand, inside.c[name])))
        .where(*links)
        .correlate(row)
        .scalar_subquery()
    )


def _sortable(translator: Translator, hand: Hand, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    textual = hand.dial.encoding in (Encoding.ISO_TEXT, Encoding.EPOCH_TEXT)
    return translator.engine.bytewise(value) if textual else value


def _oldest(
    translator: Translator, rule: Counted, clock: sa.ColumnElement[Any], standing: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    (hand,) = rule.bound.timing.hands
    least = sa.func.min(sa.case((standing == _DUE, _sortable(translator, hand, clock))))
    typed = hand.dial.encoding in (Encoding.INSTANT, Encoding.LOCAL_TIME, Encoding.DATE)
    return translator.engine.text_of(least) if typed else least


def tallies(rules: Sequence[Counted], groups: Sequence[sa.Row[Any]], moment: Moment) -> tuple[Tally, ...]:
    """What the groups of a counting statement mean, rule by rule."""
    return tuple(_tally(number, rule, rules, groups, moment) for number, rule in enumerate(rules))


def _tally(
    number: int, rule: Counted, rules: Sequence[Counted], groups: Sequence[sa.Row[Any]], moment: Moment
) -> Tally:
    counts, unheld = [0] * len(Standing), [0] * len(Standing)
    undated = missed = outside = elsewhere = 0
    clocks: list[Raw] = []
    for group in groups:
        found = group._mapping
        records, standing = found["records"], found[f"standing{number}"]
        counts[standing] += records
        if standing == Standing.HELD:
            unheld[found[f"unheld{number}"]] += records
        if standing == Standing.UNDECIDABLE:
            undated += records * found.get(f"undated{number}", 0)
        missed += records * found.get(f"missed{number}", 0)
        outside += records * found.get(f"outside{number}", 0)
        if standing == Standing.DUE:
            others = (found[f"standing{other}"] for other in range(len(rules)) if other != number)
            elsewhere += records * (_DUE in others)
            clocks.append(found.get(f"clock{number}"))
    return Tally(
        counts=tuple(counts),
        undated=undated,
        but_for_holds=tuple(unheld),
        missed_by_case=missed,
        outside=outside,
        also_due_elsewhere=elsewhere,
        oldest=_oldest_of(rule, clocks, moment),
    )


def _oldest_of(rule: Counted, clocks: list[Raw], moment: Moment) -> Oldest | None:
    keep = rule.bound.rule.keep
    hands = rule.bound.timing.hands
    if keep is None or len(hands) != 1:
        return None
    readings = [read(hands[0].dial, raw) for raw in clocks if raw is not None]
    spans = [reading for reading in readings if isinstance(reading, Span)]
    if not spans:
        return None
    oldest = min(spans, key=lambda span: span.last)
    return Oldest(oldest.first, due_since(oldest.last, keep, moment))


def due_since(clock: datetime, period: Period, moment: Moment) -> datetime:
    """The first instant (to the second) by which a period has passed since an instant."""
    margin = timedelta(days=5)
    guess = (clock.astimezone(moment.zone).replace(tzinfo=None) + period.delta).replace(tzinfo=UTC)
    low, high = guess - margin, guess + margin
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if clock <= cut_off(middle, period, moment.zone):
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def rows_taken(translator: Translator, binder: Binder, rule: Counted) -> sa.Select[Any]:
    """The statement that counts, path by path of `with`, the rows that the due records take along or change."""
    bound = rule.bound
    row = translator.row_of(bound.table)
    needed = {name for _, steps in bound.withs for name in _needed(binder, steps[0])}
    columns = [row.c[column.name] for column in bound.table.columns if column.name in needed]
    due = sa.select(*columns).where(translator.standing(rule.levels, row) == _DUE).cte("due")
    counts: list[Any] = [_reached(translator, binder, steps, due) for _, steps in bound.withs]
    return sa.select(*counts)


def _needed(binder: Binder, step: Step) -> set[str]:
    """The columns of a path's first table by which its first step is found."""
    source, target = binder.link_conditions(step.link)
    asked = columns_of(target if step.down else source)
    return {column.name for column in asked} | {here.name for here, _ in step.pairs}


def _reached(translator: Translator, binder: Binder, steps: tuple[Step, ...], due: sa.CTE) -> sa.ScalarSelect[int]:
    end = translator.row_of(steps[-1].end)
    rows: list[sa.FromClause] = [end]
    ties: list[sa.ColumnElement[bool]] = []
    for step in reversed(steps):
        here = rows[-1]
        there = due.alias() if step is steps[0] else translator.row_of(step.start)
        source, target = binder.link_conditions(step.link)
        below, above = (source, target) if step.down else (target, source)
        ties += [translator.engine.same(b, here.c[b.name], there.c[a.name]) for a, b in step.pairs]
        ties += [translator.surely(below, (here,)), translator.surely(above, (there,))]
        rows.append(there)
    chain: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(*rows[1:]).where(*ties).correlate(end)
    return sa.select(sa.func.count()).select_from(end).where(sa.exists(chain)).scalar_subquery()
