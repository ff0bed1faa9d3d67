"""One record: every rule, hold, law and agreement that covers it, who wins, and when it becomes due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.errors import InvalidInput, UsageError
from wesretain.model.condition import Age, All, AnyOf, Condition, Not
from wesretain.model.explanation import Explanation, RuleView
from wesretain.model.hold import Hold
from wesretain.model.members import Raw, value_of
from wesretain.model.period import due_since
from wesretain.model.reading import Reading, Span, read
from wesretain.model.rule import Disposition, Rule
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.standing import Standing
from wesretain.policy.words import suggest
from wesretain.standing.catalogue import Refusal, Step
from wesretain.standing.conditions import Binder, Moment
from wesretain.standing.decide import Row, decide, standing
from wesretain.standing.formula import HasKey, Value
from wesretain.standing.holds import HeldRecords, reach
from wesretain.standing.keys import key_value, shown_key
from wesretain.standing.rules import BoundRule, Reason, Ruling, bind_rules, columns_touched
from wesretain.standing.timing import Hand
from wesretain.survey import Request, Survey, courses, opened, survey_of

if TYPE_CHECKING:
    from wesretain.engines import Live

#: So many rows below a record are asked for the day that they let it go.
_ROWS_BELOW = 1_000


@dataclass(frozen=True)
class LiveReader:
    """Reads the rows around a record from its database."""

    live: Live
    survey: Survey

    def related(self, table: Table, columns: tuple[Column, ...], values: tuple[Raw, ...]) -> Iterable[Row]:
        """The rows whose columns equal some values, as the engine compares them."""
        row = self.survey.translator.row_of(table)
        ties = (self._equals(c, row.c[c.name], value) for c, value in zip(columns, values, strict=True))
        return self._rows(table, row, sa.and_(*ties))

    def _equals(self, column: Column, stored: sa.ColumnElement[Any], value: Raw) -> sa.ColumnElement[bool]:
        """The same, also where a link pairs texts with whole numbers."""
        engine = self.survey.translator.engine
        if column.kind is Kind.TEXT and isinstance(value, int | float):
            number = sa.literal(value)
            return sa.or_(engine.likely(stored, number), engine.means(stored, number))
        if column.kind is Kind.INTEGER and isinstance(value, str):
            return engine.means(sa.literal(value, sa.Text()), stored)
        return stored == value

    def rows(self, table: Table) -> list[Row]:
        """All rows of a table; for small ones."""
        return self._rows(table, self.survey.translator.row_of(table), sa.true())

    def record(self, table: Table, key: Sequence[str]) -> Row:
        """The record of that key.

        Raises:
            UsageError: where there is none, or the key does not fit.
        """
        columns = self.survey.catalogue.key(table)
        if not columns:
            raise InvalidInput(
                f"{table.full_name} has no key, so none of its records can be named", "give it a primary key"
            )
        if len(columns) != len(key):
            names = ", ".join(column.name for column in columns)
            raise UsageError(
                f"the key of {table.full_name} is ({names}), and {len(key)} values were given",
                "give one value for each",
            )
        try:
            values = tuple(key_value(c, text, table) for c, text in zip(columns, key, strict=True))
        except Refusal as refusal:
            raise UsageError(f"the key does not fit {table.full_name}", f"its type is {columns[0].kind}") from refusal
        row = self.survey.translator.row_of(table)
        found = self._rows(table, row, self.survey.translator.surely(HasKey(columns, (values,)), (row,)))
        exact = [
            r for r in found if all(shown_key(r[c.name]) == shown_key(v) for c, v in zip(columns, values, strict=True))
        ] or found
        if len(exact) != 1:
            raise UsageError(f"{table.full_name} has no such record", "check the key")
        return exact[0]

    def of_key(self, table: Table, values: tuple[Value, ...]) -> Row | None:
        """The row whose key has these values, as the database gave them; None where it is not just one."""
        row = self.survey.translator.row_of(table)
        key = HasKey(self.survey.catalogue.key(table), (values,), blind=False)
        found = self._rows(table, row, self.survey.translator.surely(key, (row,)))
        return found[0] if len(found) == 1 else None

    def _rows(self, table: Table, row: sa.FromClause, condition: sa.ColumnElement[bool]) -> list[Row]:
        engine = self.survey.translator.engine
        typed = (Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT, Kind.UUID, Kind.JSON)
        large = {c.name for c in table.columns if c.kind is Kind.OTHER} - self._tying(table)
        shown = [
            (engine.text_of(row.c[c.name]) if c.kind in typed and not c.stored_as_text else row.c[c.name]).label(c.name)
            for c in table.columns
            if c.name not in large
        ]
        bare = [sa.case((row.c[name].is_(None), None), else_=1).label(name) for name in sorted(large)]
        return [dict(found._mapping) for found in self.live.rows(sa.select(*shown, *bare).where(condition))]

    def _tying(self, table: Table) -> set[str]:
        """The columns of its key, and those that links pair."""
        catalogue = self.survey.catalogue
        here = (pair[0] for link in catalogue.links_from(table) for pair in link.pairs)
        there = (pair[1] for link in catalogue.links_to(table) for pair in link.pairs)
        return {*table.key, *(column.name for column in (*here, *there))}


def explain(request: Request, database: str, schema: str | None, name: str, key: tuple[str, ...]) -> Explanation:
    """Everything that decides one record's fate.

    Raises:
        UsageError: where there is no such table or record.
    """
    with opened(request, database) as live:
        survey = survey_of(request, live, database)
        table = survey.catalogue.schema.table(schema, name)
        if table is None:
            raise UsageError(
                f"the database `{database}` has no table `{name}`",
                suggest(name, sorted(known.full_name for known in survey.catalogue.schema)),
            )
        reader = LiveReader(live, survey)
        row = reader.record(table, key)
        found = {act.rule.name: course.words for act, course in courses(live, survey) if act.table is table}
        bound = [bound for bound in survey.ruling.bound if bound.table is table]
        views = tuple(_view(survey.ruling, each, row, reader, found.get(each.rule.name, "")) for each in bound)
        holds = tuple(hold for hold in request.holds if _reaches(request, survey, hold, table, row, reader))
        due, acts = _outcome(survey, table, row, reader)
        return Explanation(
            database=database,
            table=table.full_name,
            key=tuple(shown_key(row[column]) for column in table.key),
            as_of=survey.ruling.moment.as_of,
            rules=views,
            refused=tuple(
                (rule, refusal.message) for rule, refusal in survey.ruling.refused if _on(survey, rule, table)
            ),
            holds=holds,
            acts=acts,
            due=due,
            along=tuple(b.rule.name for b in survey.ruling.bound if any(s[-1].end is table for _, s in b.withs)),
        )


def _on(survey: Survey, rule: Rule, table: Table) -> bool:
    return survey.catalogue.schema.table(rule.table.schema, rule.table.name) is table


def _reaches(request: Request, survey: Survey, hold: Hold, table: Table, row: Row, reader: LiveReader) -> bool:
    if not hold.holds_at(request.as_of):
        return False
    held = survey.ruling.held
    alone = replace(held, direct=reach(held.binder, [hold], request.intent.rules_of(survey.catalogue.database)).direct)
    # Records in a circle of links were found for all holds together; say that each of them may reach it.
    return decide(alone.of(table), (row,), reader) is not False


def _view(ruling: Ruling, bound: BoundRule, row: Row, reader: LiveReader, course: str) -> RuleView:
    levels = ruling.levels(bound)
    found = standing(levels, row, reader)
    clock = next(iter(_readings(bound.timing.hands, row, reader)), None) if bound.timing.hands else None
    newest = max(
        (r for r in _readings(bound.timing.hands, row, reader) if isinstance(r, Span)),
        key=lambda s: s.last,
        default=None,
    )
    keep = bound.rule.keep
    ends = due_since(newest.last, keep, ruling.moment.zone) if newest and keep else None
    why = tuple(reasons(ruling, bound, found, row, reader))
    return RuleView(bound.rule, found, newest or clock, ends, why, course)


def reasons(ruling: Ruling, bound: BoundRule, found: Standing, row: Row, reader: LiveReader) -> Iterator[str]:
    """Why a record stands where it does, in words; nothing where it is due."""

    def true_ones(reasons: Iterable[Reason]) -> Iterator[str]:
        return (reason.words for reason in reasons if decide(reason.formula, (row,), reader) is not False)

    match found:
        case Standing.UNCOVERED:
            matched = decide(bound.matches, (row,), reader) is not False
            yield "nothing is left to redact" if matched else "its `where` does not match"
        case Standing.HELD:
            yield "a hold reaches it"
        case Standing.UNDECIDABLE:
            if decide(bound.matches, (row,), reader) is None:
                yield "its `where` cannot be decided: a value is missing or cannot be read"
            elif decide(bound.covers, (row,), reader) is None:
                yield "whether anything is left to redact cannot be decided: a value is no text"
            if decide(bound.doubles, (row,), reader) is not False:
                yield "a link of its finds several rows, where one is meant"
            elif decide(bound.timing.undated, (row,), reader) is not False:
                yield f"its clock `{bound.rule.after}` is undated"
            if decide(bound.timing.unreadable, (row,), reader) is not False:
                yield "its agreed date cannot be read"
        case Standing.LAW:
            yield from true_ones(ruling.laws(bound.table, columns_touched(bound.rule)))
        case Standing.AGREED:
            yield from true_ones(ruling.agreements(bound.table, bound))
        case Standing.KEPT:
            yield from true_ones(ruling.keepers(bound))
        case Standing.BLOCKED:
            for each in _by_law(ruling.blockers(bound)):
                yield from islice(true_ones(each), 1)
        case Standing.DUE:
            pass


def _by_law(reasons: Iterable[Reason]) -> Iterable[list[Reason]]:
    """Reasons that go back to one law together: a law on a row below reaches what is below that, too."""
    found: dict[str, list[Reason]] = {}
    for reason in reasons:
        found.setdefault(reason.rule.rule.name if reason.rule else reason.words, []).append(reason)
    return found.values()


def _readings(hands: tuple[Hand, ...], row: Row, reader: LiveReader) -> Iterator[Reading]:
    for hand in hands:
        for end in _walk(hand.steps, row, reader):
            yield read(hand.dial, value_of(hand.dial.column, end))


def _walk(steps: tuple[Step, ...], row: Row, reader: LiveReader) -> Iterator[Row]:
    if not steps:
        yield row
        return
    values = tuple(row[here.name] for here, _ in steps[0].pairs)
    if None not in values:
        for found in reader.related(steps[0].end, tuple(there for _, there in steps[0].pairs), values):
            yield from _walk(steps[1:], found, reader)


def _outcome(survey: Survey, table: Table, row: Row, reader: LiveReader) -> tuple[datetime | None, str | None]:
    """The first instant at which some rule may act on the record, the holds left aside, and that rule."""
    now = survey.ruling.moment
    for instant in sorted({now.as_of, *_ends(survey, table, row, reader)}):
        if instant < now.as_of:
            continue
        moment = Moment(instant, now.zone)
        rules = tuple(bound.rule for bound in survey.ruling.bound) + tuple(rule for rule, _ in survey.ruling.refused)
        bound, refused = bind_rules(survey.catalogue, moment, rules)
        held = HeldRecords(survey.ruling.held.binder, {})
        reviews = replace(survey.ruling.reviews, today=moment.today)
        ruling = Ruling(survey.catalogue, moment, bound, refused, held, reviews)
        here = [b for b in ruling.bound if b.table is table]
        due = [b for b in here if standing(ruling.levels(b), row, reader) is Standing.DUE]
        if due:
            winner = _winner(due, row, reader, moment)
            since = [d for b in due for d in _rule_ends(b, row, reader, moment)] if instant == now.as_of else []
            return (max(since, default=instant) if winner.rule.keep else instant), winner.rule.name
    return None, None


def _winner(due: list[BoundRule], row: Row, reader: LiveReader, moment: Moment) -> BoundRule:
    """Of the rules that let a record go: the latest end; at equal ends the more cautious disposition, then the name.

    Rules that another due rule overrides are struck; redaction gives way to removal, and reports act only alone.
    """
    struck = {name for bound in due for name in bound.rule.overrides}
    standing_rules = [b for b in due if b.rule.name not in struck] or due
    removing = [b for b in standing_rules if b.rule.then.removes]
    redacting = [b for b in standing_rules if b.rule.then is Disposition.REDACT]
    order = list(Disposition)

    def rank(bound: BoundRule) -> tuple[float, int, str]:
        ends = [end.timestamp() for end in _rule_ends(bound, row, reader, moment)]
        return (-max(ends, default=float("-inf")), order.index(bound.rule.then), bound.rule.name)

    return min(removing or redacting or standing_rules, key=rank)


def _ends(survey: Survey, table: Table, row: Row, reader: LiveReader) -> Iterator[datetime]:
    """The instants at which anything that decides the record may change.

    These are the ends of its rules, of laws from above and of laws and agreements below, and the birthdays that its
    rules ask for.
    """
    ruling = survey.ruling
    for bound in ruling.bound:
        if bound.table is table:
            yield from _rule_ends(bound, row, reader, ruling.moment)
            yield from _ages(survey, bound, row, reader)
            for _, steps in bound.withs:
                for below in islice(_walk(steps, row, reader), _ROWS_BELOW):
                    for other in ruling.bound:
                        if other.table is steps[-1].end and (other.rule.law or other.rule.agreed_until):
                            yield from _rule_ends(other, below, reader, ruling.moment)
    for reason in ruling.laws(table, None):
        if reason.rule is not None and reason.above:
            for above in _walk(reason.above, row, reader):
                yield from _rule_ends(reason.rule, above, reader, ruling.moment)


def _ages(survey: Survey, bound: BoundRule, row: Row, reader: LiveReader) -> Iterator[datetime]:
    """The instants at which the ages that a rule asks for are reached."""
    binder = Binder(survey.catalogue, survey.ruling.moment)
    for age in _asked_ages(bound.rule.where):
        steps, column = binder.find(bound.table, age.name, age.at)
        dial = survey.catalogue.dial(steps[-1].end if steps else bound.table, column, age.at).to_the_end
        for found in _walk(steps, row, reader):
            reading = read(dial, value_of(dial.column, found))
            if isinstance(reading, Span):
                yield from (due_since(i, age.period, survey.ruling.moment.zone) for i in (reading.first, reading.last))


def _asked_ages(condition: Condition | None) -> Iterator[Age]:
    match condition:
        case Age():
            yield condition
        case All(conditions) | AnyOf(conditions):
            for part in conditions:
                yield from _asked_ages(part)
        case Not(part):
            yield from _asked_ages(part)
        case _:
            return


def _rule_ends(bound: BoundRule, row: Row, reader: LiveReader, moment: Moment) -> Iterator[datetime]:
    spans = [reading for reading in _readings(bound.timing.hands, row, reader) if isinstance(reading, Span)]
    if spans and bound.rule.keep:
        yield due_since(max(span.last for span in spans), bound.rule.keep, moment.zone)
    if bound.timing.agreement is not None:
        for agreed in _readings((bound.timing.agreement,), row, reader):
            if isinstance(agreed, Span):
                yield agreed.last
