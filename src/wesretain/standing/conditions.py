"""Conditions bound to a live table: names looked up, values coerced, and texts compared on the side that keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo

from wesretain.model import condition as c
from wesretain.model.binary import binary_of
from wesretain.model.names import joined
from wesretain.model.period import Period, cut_off, wall_clock
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.source import Position
from wesretain.standing.catalogue import Catalogue, Link, Refusal, Step
from wesretain.standing.formula import (
    FALSE,
    TRUE,
    UNKNOWN,
    Compares,
    Constant,
    Exists,
    Formula,
    IsOlder,
    IsSameRow,
    IsThere,
    IsYounger,
    Surely,
    Value,
    every,
    opposite,
    some,
)

_TEXT_ONLY = (c.Operator.ANY_CASE, c.Operator.CONTAINS, c.Operator.STARTS_WITH)
_ORDERED = (c.Operator.AT_MOST, c.Operator.AT_LEAST, c.Operator.LESS_THAN, c.Operator.MORE_THAN)
_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant that a run takes for now, and the calendar that the organisation lives by."""

    as_of: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The organisation's local date."""
        return wall_clock(self.as_of, self.zone).date()

    def cut_off(self, period: Period) -> datetime:
        """The cut-off of a period (see `model.period.cut_off`)."""
        return cut_off(self.as_of, period, self.zone)

    def cut_off_day(self, period: Period) -> date:
        """The local date less a period, for ages that count in calendar days."""
        return self.today - period.delta


@dataclass(frozen=True, slots=True)
class Binder:
    """Binds conditions to the tables of one catalogue at one moment.

    `keeps` says what a match does: where it keeps a record (a law, a hold), texts match without regard to case and
    padding; where it lets one go, to the letter. A `not` turns it round. So a near miss always keeps.
    """

    catalogue: Catalogue
    moment: Moment
    keeps: bool = False

    def turned(self) -> Binder:
        """The same inside a negation."""
        return replace(self, keeps=not self.keeps)

    def bind(self, table: Table, condition: c.Condition) -> Formula:
        """The formula of a condition on a table's rows.

        Raises:
            Refusal: where a name is unknown or a value does not fit its column.
        """
        match condition:
            case c.All(conditions):
                return every(self.bind(table, part) for part in conditions)
            case c.AnyOf(conditions):
                return some(self.bind(table, part) for part in conditions)
            case c.Not(inner):
                return opposite(self.turned().bind(table, inner))
            case c.Has(path, inner, at):
                steps = self.catalogue.walk(table, path, at)
                return self.follow(steps, self.bind(steps[-1].end, inner))
            case c.Compare(name, operator, values, at):
                return self._at_end(
                    table, name, at, lambda end, found: self._compare(end, found, operator, values, at), None
                )
            case c.Is(name, presence, at):
                absent = presence in (c.Presence.NULL, c.Presence.EMPTY)
                return self._at_end(table, name, at, lambda end, found: IsThere(found, presence), absent)
            case c.Age(name, older, period, at):
                return self._at_end(table, name, at, lambda end, found: self._age(end, found, older, period, at), None)

    def follow(self, steps: tuple[Step, ...], inner: Formula) -> Formula:
        """There is a row at the end of some steps of which `inner` is true; the links' own conditions included."""
        return _chain(steps, inner, self.link_conditions, near=self.keeps)

    def point(self, steps: tuple[Step, ...], inner: Formula) -> Formula:
        """The same of steps that lead to one row at most: where they nearly lead there, it is unknown."""
        return _chain(steps, inner, self._link_doubts, near=None)

    def link_conditions(self, link: Link) -> tuple[Formula, Formula]:
        """What must be true of the row that links, and of the row that is reached."""
        declaration = link.declaration
        if declaration is None:
            return TRUE, TRUE
        here = link.pairs[0][0]
        nobody = tuple(coerced(here, value, declaration.at) for value in declaration.nobody)
        somebody = opposite(Compares(here, c.Operator.EQUAL, nobody, blind=False)) if nobody else TRUE
        when = self.bind(link.source, declaration.when) if declaration.when else TRUE
        where = self.bind(link.target, declaration.where) if declaration.where else TRUE
        return every([somebody, when]), where

    def _link_doubts(self, link: Link) -> tuple[Formula, Formula]:
        loose, strict = replace(self, keeps=True), replace(self, keeps=False)
        pairs = zip(loose.link_conditions(link), strict.link_conditions(link), strict=True)
        source, target = (
            near if near == exact else every([near, some([Surely(exact), UNKNOWN])]) for near, exact in pairs
        )
        return source, target

    def find(self, table: Table, name: c.Name, at: Position) -> tuple[tuple[Step, ...], Column]:
        """The links that a dotted name follows, each to one row, and the column at its end.

        Raises:
            Refusal: where a part is unknown, leads down to many rows, or could find several that nothing tells apart.
        """
        steps, found = self.catalogue.locate(table, name, at)
        for step in steps:
            self._check_one(step, name, at)
        return steps, found

    def _check_one(self, step: Step, name: c.Name, at: Position) -> None:
        if step.lone:
            return
        spelled, end = joined(name), step.end
        declaration = step.link.declaration
        if step.down and not (declaration and declaration.when):
            mend = f"use `has: {{{end.name}: …}}`, or `newest of:` for a clock; or give the link a `when:`"
            raise Refusal(f"`{spelled}` goes down to many rows of {end.full_name}", mend, at)
        if not self.catalogue.key(end):
            mend = f"give {end.full_name} a key, or ask with `has:`"
            raise Refusal(f"link `{step.link.name}` may find several rows of {end.full_name}", mend, at)

    def several(self, steps: tuple[Step, ...]) -> Formula:
        """Some step finds more than one row, where one is meant; never unknown where it is followed strictly."""
        return some(
            self.follow(steps[: number + 1], self._another(step)) for number, step in enumerate(steps) if not step.lone
        )

    def _another(self, step: Step) -> Formula:
        """There is another row beside this one at the end of a step, from the same start."""
        if step.spells:  # several spellings of one number: the other row need not have this one's
            return self.follow((step.reverse, step), opposite(IsSameRow(2, self.catalogue.key(step.end))))
        source, target = self.link_conditions(step.link)
        other = opposite(IsSameRow(1, self.catalogue.key(step.end)))
        inner = every([source if step.down else target, other])
        return Exists(step.end, tuple((end, end) for _, end in step.pairs), inner, self.keeps)

    def doubles(self, table: Table, condition: c.Condition) -> Formula:
        """Some name in a condition finds more than one row, where one is meant."""
        match condition:
            case c.All(conditions) | c.AnyOf(conditions):
                return some(self.doubles(table, part) for part in conditions)
            case c.Not(inner):
                return self.doubles(table, inner)
            case c.Has(path, inner, at):
                steps = self.catalogue.walk(table, path, at)
                return self.follow(steps, self.doubles(steps[-1].end, inner))
            case c.Compare(name=name, at=at) | c.Is(name=name, at=at) | c.Age(name=name, at=at):
                return self.several(self.find(table, name, at)[0])

    def _at_end(
        self, table: Table, name: c.Name, at: Position, test: Callable[[Table, Column], Formula], missing: bool | None
    ) -> Formula:
        steps, end = self.find(table, name, at)
        if not steps:
            return test(table, end)
        found, absent = test(steps[-1].end, end), Constant(missing)
        answers = [self.point(steps, found), every([opposite(self.point(steps, TRUE)), absent])]
        if not all(step.link.certain for step in steps):
            anyway = _chain(steps, found, lambda link: (TRUE, TRUE), near=True)
            answers.append(every([anyway, absent]))  # whether it leads there or not
        several = replace(self, keeps=True).several(steps)
        return some([every([some(answers), opposite(several)]), every([several, UNKNOWN])])

    def _compare(
        self, table: Table, found: Column, operator: c.Operator, values: tuple[str, ...], at: Position
    ) -> Formula:
        spelled = f"{table.full_name}.{found.full_name}"
        if operator in _TEXT_ONLY and found.kind not in (Kind.TEXT, Kind.BINARY):
            raise Refusal(f"`{operator}` compares texts, and {spelled} is {found.kind}", "compare for equality", at)
        if operator in _ORDERED and found.kind not in _NUMBERS:
            mend = (
                "use `older than` or `younger than`"
                if found.kind in (Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT)
                else "compare for equality"
            )
            raise Refusal(f"`{operator}` compares numbers, and {spelled} is {found.kind}", mend, at)
        return Compares(found, operator, tuple(coerced(found, value, at, table) for value in values), self.keeps)

    def _age(self, table: Table, found: Column, older: bool, period: Period, at: Position) -> Formula:
        dial = self.catalogue.dial(table, found, at).to_the_end
        limit = self.moment.cut_off(period)
        if older:
            return IsOlder(dial, limit)
        return IsYounger(dial, limit, self.moment.as_of, self.moment.cut_off_day(period), self.moment.today)


def _chain(
    steps: tuple[Step, ...],
    inner: Formula,
    conditions: Callable[[Link], tuple[Formula, Formula]],
    near: bool | None,
) -> Formula:
    formula = inner
    for step in reversed(steps):
        source, target = conditions(step.link)
        start, end = (target, source) if step.down else (source, target)
        inner = every([end, formula])
        formula = every([start, Exists(step.end, step.pairs, inner, near)]) if inner != FALSE else FALSE
    return formula


def coerced(found: Column, text: str, at: Position, table: Table | None = None) -> Value:
    """A text of a file as a value of a column's type.

    Raises:
        Refusal: where it does not fit.
    """
    name = f"{table.full_name}.{found.full_name}" if table else found.full_name
    misfit = Refusal(f"`{text}` does not fit {name}, which is {found.kind}", "write a value of that type", at)
    try:
        match found.kind:
            case Kind.TEXT:
                return text
            case Kind.BINARY:
                return binary_of(text)
            case Kind.INTEGER:
                return int(text) if text.strip() == text and text.isascii() else _raise(misfit)
            case Kind.DECIMAL | Kind.FLOAT:
                number = Decimal(text)
                return number if number.is_finite() else _raise(misfit)
            case Kind.BOOLEAN:
                return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
            case Kind.UUID:
                return str(UUID(text))
            case _:
                mend = (
                    "use `is:`, or an age" if found.kind in (Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT) else "use `is:`"
                )
                raise Refusal(f"{name} is {found.kind}, which cannot be compared with a value", mend, at)
    except (ValueError, KeyError, InvalidOperation):
        raise misfit from None


def _raise(refusal: Refusal) -> Value:
    raise refusal
