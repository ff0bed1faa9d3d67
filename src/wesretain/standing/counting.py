"""One statement a table: all of its rules counted in one pass, and what its rows mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import sqlalchemy as sa

from wesretain.model.members import Raw
from wesretain.model.plan import Oldest, Tally
from wesretain.model.reading import Encoding, Span, read_sortable
from wesretain.model.schema import Kind, Table
from wesretain.model.standing import Standing
from wesretain.standing.catalogue import Step
from wesretain.standing.conditions import Binder, Moment
from wesretain.standing.disposal import Act
from wesretain.standing.formula import FALSE, Formula, NeedsScrub, columns_of, every
from wesretain.standing.questions import Question, grouped, questions_of
from wesretain.standing.rules import BoundRule, Levels, Ruling
from wesretain.standing.scrubs import Answers, all_answers, given, levels_given, scrubs_of, scrubs_of_levels
from wesretain.standing.sql import Translator
from wesretain.standing.texts import answers_of, text_columns
from wesretain.standing.timing import Hand

#: The code of a record under a rule is its standing and so many times what is beside it.
_BESIDE = len(Standing)
#: What is beside a record that is uncovered: that only its case, or only its `where`, keeps it from being covered.
_MISSED, _OUTSIDE = 1, 2
#: Marks a record that may hold what is to be scrubbed.
_OPEN = "wesretain_open"

#: Records that stand alike under all rules of a table, by the names of a statement's columns, and how many they are.
Group: TypeAlias = Mapping[Any, Any]


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

    @property
    def scrubs(self) -> tuple[NeedsScrub, ...]:
        """What Python has to answer before the rule's standings are known."""
        asked = (*scrubs_of_levels(self.levels), *scrubs_of_levels(self.without_holds))
        return tuple(dict.fromkeys((*asked, *scrubs_of(self.bound.unfinished))))

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """All that the statement asks of a record."""
        bound, levels = self.bound, (self.levels, self.without_holds)
        parts = (getattr(each, part.name) for each in levels for part in fields(each))
        return (*parts, bound.protects, bound.unfinished, bound.timing.run_out, bound.timing.undated)

    def given(self, answers: Answers) -> Counted:
        """The same where Python has answered."""
        bound = replace(self.bound, unfinished=given(self.bound.unfinished, answers))
        return Counted(bound, levels_given(self.levels, answers), levels_given(self.without_holds, answers))

    def cases(self) -> tuple[tuple[Answers, Counted], ...]:
        """The rule for each way to answer; the first is that nothing is left to scrub."""
        return tuple((answers, self.given(answers)) for answers in all_answers(self.scrubs))


def counted(ruling: Ruling, unheld: Ruling, table: Table) -> tuple[Counted, ...]:
    """The rules of a table, ready to be counted; `unheld` is the same ruling without holds."""
    return tuple(Counted(b, ruling.levels(b), unheld.levels(b)) for b in ruling.bound if b.table is table)


def statement(translator: Translator, table: Table, rules: Sequence[Counted], moment: Moment) -> sa.Select[Any]:
    """The statement that counts a table's records by their standings under all of its rules at once.

    It leaves out those of which only their texts tell where they stand (see `unread`).
    """
    inner = _records(translator, table, rules)
    codes = [inner.c[_label(number)] for number in range(len(rules))]
    told: list[sa.ColumnElement[Any]] = [part for number, code in enumerate(codes) for part in _parts(number, code)]
    oldest = [
        _oldest(translator, rule, inner.c[f"clock{number}"], codes[number]).label(f"clock{number}")
        for number, rule in enumerate(rules)
        if f"clock{number}" in inner.c
    ]
    count = sa.func.sum(inner.c.records) if "records" in inner.c else sa.func.count()
    query = sa.select(*told, *oldest, count.label("records")).group_by(*codes)
    return query.where(sa.not_(_undecided(inner, rules))) if scrubs_of_rules(rules) else query


def unread(translator: Translator, table: Table, rules: Sequence[Counted]) -> sa.Select[Any]:
    """The statement that gives the records that `statement` leaves out: their texts, and each possible standing."""
    inner = _records(translator, table, rules)
    columns: list[sa.ColumnElement[Any]] = [column for column in inner.c if not column.name.startswith("clock")]
    for number, rule in enumerate(rules):
        if f"clock{number}" in inner.c:
            clock = inner.c[f"clock{number}"]
            shown = translator.engine.text_of(clock) if _is_typed(rule.bound.timing.hands[0]) else clock
            columns.append(shown.label(f"clock{number}"))
    return sa.select(*columns).where(_undecided(inner, rules))


def scrubs_of_rules(rules: Sequence[Counted]) -> tuple[NeedsScrub, ...]:
    """What Python has to answer of a table's records before all standings are known."""
    return tuple(dict.fromkeys(scrub for rule in rules for scrub in rule.scrubs))


def _records(translator: Translator, table: Table, rules: Sequence[Counted]) -> sa.Subquery:
    """Each record with what is counted of it, or each group of those that answer all questions alike."""
    row = translator.row_of(table)
    questions = questions_of(translator, row, (formula for rule in rules for formula in rule.formulas))
    return _groups(translator, row, rules, questions) if questions else _singly(translator, row, rules)


def _groups(
    translator: Translator, row: sa.FromClause, rules: Sequence[Counted], questions: Sequence[Question]
) -> sa.Subquery:
    """How many records answer alike, and the oldest value of each clock among them: if one is due, all of them are."""
    hands = dict.fromkeys(hand for rule in rules for hand in rule.bound.timing.hands)
    clocks = {hand: f"oldest{number}" for number, hand in enumerate(hands)}
    told = (
        sa.func.min(_sortable(translator, hand, _in_order(translator, hand, row))).label(name)
        for hand, name in clocks.items()
    )
    reader, group = grouped(translator, row, questions, (*told, sa.func.count().label("records")))
    columns: list[sa.ColumnElement[Any]] = [group.c.records]
    for number, rule in enumerate(rules):
        columns.append(_answer(reader, group, rule).label(_label(number)))
        if len(rule.bound.timing.hands) == 1:
            columns.append(group.c[clocks[rule.bound.timing.hands[0]]].label(f"clock{number}"))
    return sa.select(*columns).subquery("records")


def _singly(translator: Translator, row: sa.FromClause, rules: Sequence[Counted]) -> sa.Subquery:
    """Each record, once more for each other way in which its texts may answer."""
    scrubs = scrubs_of_rules(rules)
    columns: list[sa.Label[Any]] = []
    for number, rule in enumerate(rules):
        for case, (_, answered) in enumerate(rule.cases()):
            columns.append(_answer(translator, row, answered).label(_label(number, case)))
        clock = _clock_value(translator, row, rule)
        if clock is not None:
            columns.append(clock.label(f"clock{number}"))
    if scrubs:
        may_hold = sa.or_(*(translator.possibly(scrub, (row,)) for scrub in scrubs))
        columns += [sa.case((may_hold, 1), else_=0).label(_OPEN), *text_columns(scrubs, row)]
    return translator.engine.once_a_row(sa.select(*columns).select_from(row)).subquery("records")


def _label(number: int, case: int = 0) -> str:
    return f"code{number}_{case}" if case else f"code{number}"


def _parts(number: int, code: sa.ColumnElement[int]) -> Iterable[sa.Label[int]]:
    """The standing in a code, and what is beside it: columns of each group, which `_told` reads."""
    return (code % _BESIDE).label(f"standing{number}"), (code // _BESIDE).label(f"beside{number}")


def _undecided(inner: sa.Subquery, rules: Sequence[Counted]) -> sa.ColumnElement[bool]:
    """The record's texts may hold something, and it makes a difference whether they do."""
    differences = [
        inner.c[_label(number)] != inner.c[_label(number, case)]
        for number, rule in enumerate(rules)
        for case in range(1, len(rule.cases()))
    ]
    return sa.and_(inner.c[_OPEN] == 1, sa.or_(sa.false(), *differences))


def _answer(translator: Translator, row: sa.FromClause, rule: Counted) -> sa.ColumnElement[int]:
    """The code of a record under a rule: where it stands, and what else is counted of those that stand there."""
    trail, timing, bound = (row,), rule.bound.timing, rule.bound
    beside: dict[Standing, sa.ColumnElement[int]] = {}
    uncovered: list[sa.ColumnElement[int]] = []
    if bound.protects != bound.matches:
        uncovered.append(_weighed(translator.surely(every([bound.protects, bound.unfinished]), trail), _MISSED))
    if bound.rule.where is not None and bound.rule.keep is not None:
        uncovered.append(_weighed(translator.surely(every([timing.run_out, bound.unfinished]), trail), _OUTSIDE))
    if uncovered:
        beside[Standing.UNCOVERED] = sum(uncovered[1:], uncovered[0])
    if rule.held:
        beside[Standing.HELD] = translator.standing(rule.without_holds, row) * _BESIDE
    if timing.undated != FALSE:
        undated = sa.and_(translator.surely(rule.levels.covers, trail), translator.possibly(timing.undated, trail))
        beside[Standing.UNDECIDABLE] = _weighed(undated, 1)
    return translator.standing(rule.levels, row, beside)


def _weighed(question: sa.ColumnElement[bool], weight: int) -> sa.ColumnElement[int]:
    return sa.case((question, weight * _BESIDE), else_=0)


def _told(group: Group, number: int) -> tuple[Standing, int]:
    """Where some records stand under a rule, and what is beside it."""
    return Standing(group[f"standing{number}"]), int(group[f"beside{number}"])


def _clock_value(translator: Translator, row: sa.FromClause, rule: Counted) -> sa.ColumnElement[Any] | None:
    """The raw value of the rule's clock (the newest, where it is reached over links); None where there are several."""
    hands = rule.bound.timing.hands
    if len(hands) != 1:
        return None
    (hand,) = hands
    if not hand.steps:
        return _in_order(translator, hand, row)
    inside: sa.FromClause = row
    rows: list[sa.FromClause] = []
    links: list[sa.ColumnElement[bool]] = []
    for step, (source, target) in zip(hand.steps, hand.ties, strict=True):
        end = translator.row_of(step.end)
        links += [translator.tied(pair, inside, end, near=True) for pair in step.pairs]
        at_start, at_end = (target, source) if step.down else (source, target)
        links += [translator.surely(at_start, (inside,)), translator.surely(at_end, (end,))]
        rows.append(end)
        inside = end
    return (
        sa.select(sa.func.max(_sortable(translator, hand, _in_order(translator, hand, inside))))
        .where(*links)
        .correlate(row)
        .scalar_subquery()
    )


def _in_order(translator: Translator, hand: Hand, row: sa.FromClause) -> sa.ColumnElement[Any]:
    """The value of a clock, which sorts by time as `_sortable` takes it; `read_sortable` reads it."""
    if hand.dial.encoding is Encoding.LAYOUT:
        return translator.clock(hand.dial, row).sortable
    return translator.value(hand.dial.column, row)


def _sortable(translator: Translator, hand: Hand, value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    textual = hand.dial.encoding in (Encoding.ISO_TEXT, Encoding.EPOCH_TEXT) and hand.dial.column.kind is Kind.TEXT
    return translator.engine.bytewise(value) if textual else value


def _oldest(
    translator: Translator, rule: Counted, clock: sa.ColumnElement[Any], standing: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    (hand,) = rule.bound.timing.hands
    least = sa.func.min(sa.case((standing == int(Standing.DUE), _sortable(translator, hand, clock))))
    return translator.engine.text_of(least) if _is_typed(hand) else least


def _is_typed(hand: Hand) -> bool:
    return hand.dial.encoding in (Encoding.INSTANT, Encoding.LOCAL_TIME, Encoding.DATE)


def read_groups(rules: Sequence[Counted], records: Iterable[Group]) -> list[Group]:
    """The records of `unread` as groups, now that Python reads their texts; it keeps none of them."""
    scrubs, cases = scrubs_of_rules(rules), [[answers for answers, _ in rule.cases()] for rule in rules]
    groups: dict[tuple[tuple[str, int], ...], dict[str, Any]] = {}
    for record in records:
        answers = answers_of(scrubs, record)
        found: dict[str, int] = {}
        for number in range(len(rules)):
            code = record[_label(number, _case(cases[number], answers))]
            found |= {f"standing{number}": code % _BESIDE, f"beside{number}": code // _BESIDE}
        group = groups.setdefault(tuple(found.items()), found | {"records": 0})
        group["records"] += 1
        _keep_oldest(rules, group, record)
    return list(groups.values())


def _case(cases: Sequence[Answers], answers: Answers) -> int:
    return next(number for number, case in enumerate(cases) if case.items() <= answers.items())


def _keep_oldest(rules: Sequence[Counted], group: dict[str, Any], record: Group) -> None:
    """Of each clock a group keeps the oldest value of its due records, as the statement does."""
    for number, rule in enumerate(rules):
        name = f"clock{number}"
        if name in record and _told(group, number)[0] is Standing.DUE:
            dial, known = rule.bound.timing.hands[0].dial, group.get(name)
            found = read_sortable(dial, record[name])
            oldest = None if known is None else read_sortable(dial, known)
            if isinstance(found, Span) and (not isinstance(oldest, Span) or found.last < oldest.last):
                group[name] = record[name]


def due_alone(groups: Sequence[Group], number: int, others: Sequence[int]) -> int:
    """How many records are due under a rule, and under none of some others."""
    return sum(
        int(found["records"])
        for found in groups
        if _is_due(found, number) and not any(_is_due(found, other) for other in others)
    )


def _is_due(group: Group, number: int) -> bool:
    return _told(group, number)[0] is Standing.DUE


def tallies(rules: Sequence[Counted], groups: Sequence[Group], moment: Moment) -> tuple[Tally, ...]:
    """What the groups of a counting statement mean, rule by rule."""
    return tuple(_tally(number, rule, rules, groups, moment) for number, rule in enumerate(rules))


def _tally(number: int, rule: Counted, rules: Sequence[Counted], groups: Sequence[Group], moment: Moment) -> Tally:
    counts, unheld = [0] * len(Standing), [0] * len(Standing)
    undated = missed = outside = elsewhere = 0
    clocks: list[Raw] = []
    for found in groups:
        records, (standing, beside) = int(found["records"]), _told(found, number)
        counts[standing] += records
        match standing:
            case Standing.UNCOVERED:
                missed += records * bool(beside & _MISSED)
                outside += records * bool(beside & _OUTSIDE)
            case Standing.HELD:
                unheld[beside] += records
            case Standing.UNDECIDABLE:
                undated += records * beside
            case Standing.DUE:
                elsewhere += records * any(_is_due(found, other) for other in range(len(rules)) if other != number)
                clocks.append(found.get(f"clock{number}"))
            case _:
                pass
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
    readings = [read_sortable(hands[0].dial, raw) for raw in clocks if raw is not None]
    spans = [reading for reading in readings if isinstance(reading, Span)]
    if not spans:
        return None
    oldest = min(spans, key=lambda span: span.last)
    return Oldest(oldest.first, oldest.last, keep, moment.zone)


def records_and_rows(
    translator: Translator, binder: Binder, act: Act, paths: Sequence[tuple[Step, ...]]
) -> sa.Select[Any]:
    """The statement that counts the records of an act and, path by path, the rows that these take along or change."""
    row = translator.row_of(act.table)
    needed = {name for steps in paths for name in _needed(binder, steps[0])}
    columns = [row.c[column.name] for column in act.table.columns if column.name in needed]
    one: sa.Label[Any] = sa.literal_column("1").label("wesretain_one")
    due = sa.select(one, *columns).where(translator.surely(act.due, (row,))).cte("due")
    records = sa.select(sa.func.count()).select_from(due).scalar_subquery()
    return sa.select(records, *(_reached(translator, binder, steps, due) for steps in paths))


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
        ties += [translator.tied((b, a), here, there, near=False) for a, b in step.pairs]
        ties += [translator.surely(below, (here,)), translator.surely(above, (there,))]
        rows.append(there)
    chain: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(*rows[1:]).where(*ties).correlate(end)
    return sa.select(sa.func.count()).select_from(end).where(sa.exists(chain)).scalar_subquery()
