"""Formulas in the SQL of one engine. Every expression is true or false, never NULL, so that NOT means what it says.

A formula that may be unknown has two readings: `surely` it is true, and it is `possibly` true. A rule lets go only what
it surely covers; what protects, protects where it possibly does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any, assert_never

import sqlalchemy as sa

from wesretain.engines.base import Bytes, Declared, Engine
from wesretain.model.binary import fixed_width
from wesretain.model.condition import Operator, Presence
from wesretain.model.inventory import Element
from wesretain.model.masking import IP_ADDRESS, MASKED_IP
from wesretain.model.reading import Dial
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.standing import Standing
from wesretain.model.whole import crosses, spells
from wesretain.standing import formula as f
from wesretain.standing.clocks import ClockSql
from wesretain.standing.formula import Formula
from wesretain.standing.rules import Levels

Bool = sa.ColumnElement[bool]
Trail = tuple[sa.FromClause, ...]
Pair = tuple[Column, Column]


#: How values stand in a statement itself, where they are not numbers.
_INLINED: dict[type[object], sa.types.TypeEngine[Any]] = {
    bytes: Bytes(),
    str: sa.Text(),
    date: sa.Date(),
    datetime: sa.DateTime(),
}

#: How many alternatives a statement has side by side.
_IN_A_ROW = 500


def table_clause(table: Table, schema: str | None) -> sa.TableClause:
    """A table as SQLAlchemy knows it; always qualified, so that no search path can put another in its place."""
    return sa.table(table.name, *(sa.column(c.name, Declared(c)) for c in table.columns), schema=table.schema or schema)


@dataclass(frozen=True)
class Translator:
    """Turns formulas into SQL for one engine; `schema` qualifies tables of the default schema."""

    engine: Engine
    schema: str | None
    _numbers: Any = field(default_factory=count)

    def row_of(self, table: Table) -> sa.FromClause:
        """A fresh row variable of a table."""
        return table_clause(table, self.schema).alias(f"t{next(self._numbers)}")

    def standing(
        self, levels: Levels, row: sa.FromClause, beside: Mapping[Standing, sa.ColumnElement[int]] | None = None
    ) -> sa.ColumnElement[int]:
        """The standing of a row as a number (see `model.standing`): the first that fits; no later question is asked.

        What stands `beside` one is added to its number, and asked of those rows alone that stand there.
        """
        trail = (row,)
        questions: list[tuple[Bool, Standing]] = []
        perhaps, surely = self.possibly(levels.covers, trail), self.surely(levels.covers, trail)
        if levels.covers != f.TRUE:
            questions.append((sa.not_(perhaps), Standing.UNCOVERED))
        questions += self._possibly([(levels.held, Standing.HELD)], trail)
        if not surely.compare(perhaps):  # or else nothing can be undecidable
            questions.append((sa.not_(surely), Standing.UNDECIDABLE))
        stops = (
            (levels.undated, Standing.UNDECIDABLE),
            (levels.law, Standing.LAW),
            (levels.agreed, Standing.AGREED),
            (levels.kept, Standing.KEPT),
            (levels.blocked, Standing.BLOCKED),
        )
        questions += self._possibly(stops, trail)
        if not questions:
            return sa.literal_column(str(int(Standing.DUE)), sa.Integer())
        more = beside or {}
        answers = (
            (question, int(answer) + more[answer] if answer in more else int(answer)) for question, answer in questions
        )
        return sa.case(*answers, else_=int(Standing.DUE))

    def _possibly(self, questions: Iterable[tuple[Formula, Standing]], trail: Trail) -> Iterator[tuple[Bool, Standing]]:
        """The questions that any row can answer with yes."""
        return ((self.possibly(formula, trail), answer) for formula, answer in questions if formula != f.FALSE)

    def surely(self, formula: Formula, trail: Trail) -> Bool:
        """The formula is true of the last row of the trail."""
        match formula:
            case f.Constant(value):
                return sa.true() if value is True else sa.false()
            case f.And():
                parts = tuple(dict.fromkeys(_demands(formula)))
                return sa.and_(*(self.surely(part, trail) for part in parts if not _is_said(part, parts)))
            case f.Or(parts):
                return sa.or_(*(self.surely(part, trail) for part in parts))
            case f.Not(part):
                return sa.not_(self.possibly(part, trail))
            case f.Surely(part):
                return self.surely(part, trail)
            case f.Exists():
                return self._exists(formula, trail, self.surely, doubt=False)
            case f.Compares(column):
                return sa.and_(self.comparable(column, trail), self._compares(formula, trail))
            case f.EqualsTemplate(column):
                return sa.and_(_of(column, trail).is_not(None), self._equals_template(formula, trail))
            case f.IsMasked(column):
                address, masked = self._masked(column, trail)
                return sa.and_(_of(column, trail).is_not(None), address, masked)
            case f.Holds(column):
                return sa.and_(self._readable(column, trail), self._holds(formula, trail))
            case f.NeedsScrub():
                return sa.false()
            case f.HasPassed(dial, by):
                return self._clock(dial, trail).last_by(by)
            case f.IsOlder(dial, cut_off):
                return self._clock(dial, trail).last_by(cut_off)
            case f.IsYounger():
                return self._clock(formula.dial, trail).younger(formula)
            case f.IsThere(column, presence) if column.member:
                return self._is_member_there(column, presence, trail, doubt=False)
            case f.IsThere() | f.HasKey() | f.IsSameRow() | f.IsUndated():
                return self._two_valued(formula, trail)
            case _ as never:
                assert_never(never)

    def possibly(self, formula: Formula, trail: Trail) -> Bool:
        """The formula is true of the last row of the trail, or cannot be decided."""
        match formula:
            case f.Constant(value):
                return sa.false() if value is False else sa.true()
            case f.And(parts):
                return sa.and_(*(self.possibly(part, trail) for part in parts))
            case f.Or(parts):
                return sa.or_(*(self.possibly(part, trail) for part in parts))
            case f.Not(part):
                return sa.not_(self.surely(part, trail))
            case f.Surely(part):
                return self.surely(part, trail)
            case f.Exists():
                return self._exists(formula, trail, self.possibly, doubt=True)
            case f.Compares(column):
                return sa.or_(sa.not_(self.comparable(column, trail)), self._compares(formula, trail))
            case f.EqualsTemplate(column):
                return sa.or_(_of(column, trail).is_(None), self._equals_template(formula, trail))
            case f.IsMasked(column):
                address, masked = self._masked(column, trail)
                return sa.or_(sa.not_(sa.and_(_of(column, trail).is_not(None), address)), masked)
            case f.Holds(column):
                return sa.or_(sa.not_(self._readable(column, trail)), self._holds(formula, trail))
            case f.NeedsScrub(targets):
                return sa.or_(*(self._may_hold(column, elements, trail) for column, elements in targets))
            case f.HasPassed(dial, by):
                clock = self._clock(dial, trail)
                return sa.or_(clock.undated, clock.last_by(by))
            case f.IsOlder(dial, cut_off):
                return sa.not_(self._clock(dial, trail).first_after(cut_off))
            case f.IsYounger():
                return sa.not_(self._clock(formula.dial, trail).not_younger(formula))
            case f.IsThere(column, presence) if column.member:
                return self._is_member_there(column, presence, trail, doubt=True)
            case f.IsThere() | f.HasKey() | f.IsSameRow() | f.IsUndated():
                return self._two_valued(formula, trail)
            case _ as never:
                assert_never(never)

    # -- leaves -------------------------------------------------------------------------------------------------

    def _two_valued(self, formula: f.IsThere | f.HasKey | f.IsSameRow | f.IsUndated, trail: Trail) -> Bool:
        match formula:
            case f.IsThere(column, presence):
                return self._is_there(column, presence, trail)
            case f.HasKey():
                return self._has_key(formula, trail)
            case f.IsSameRow(levels, key):
                start, row = trail[-1 - levels], trail[-1]
                return sa.and_(*(self.engine.same(part, start.c[part.name], row.c[part.name]) for part in key))
            case f.IsUndated(dial):
                return self._clock(dial, trail).undated

    def _clock(self, dial: Dial, trail: Trail) -> ClockSql:
        return self.clock(dial, trail[-1])

    def clock(self, dial: Dial, row: sa.FromClause) -> ClockSql:
        """A clock of a row."""
        return ClockSql(self.engine, dial, self.value(dial.column, row))

    def comparable(self, column: Column, trail: Trail) -> Bool:
        """The column has a value, of the kind that its type says (SQLite stores what it is given)."""
        value = self.value(column, trail[-1])
        known = value.is_not(None)
        if column.kind is Kind.TEXT:
            return sa.and_(known, self.engine.is_text(value))
        if column.kind is Kind.BINARY:
            return sa.and_(known, self.engine.is_written(value))
        if column.kind is Kind.UUID:
            return known
        return sa.and_(known, self.engine.is_number(value))

    def value(self, column: Column, row: sa.FromClause) -> sa.ColumnElement[Any]:
        """What a row holds in a column, or in a member of its JSON: NULL where there is no such scalar."""
        whole = row.c[column.name]
        if not column.member:
            return whole
        readable = sa.case((whole.is_(None), sa.false()), else_=self.engine.json_readable(whole, column.member))
        return sa.case((readable, self.engine.json_text(whole, column.member)), else_=sa.null())

    def _compares(self, formula: f.Compares, trail: Trail) -> Bool:
        column = self.value(formula.column, trail[-1])
        return sa.or_(*(self._relation(formula, value, column) for value in formula.values))

    def _relation(self, formula: f.Compares, value: f.Value, column: sa.ColumnElement[Any]) -> Bool:
        engine, blind = self.engine, formula.blind
        if isinstance(value, bytes):
            return self._bytes_relation(formula, value, column)
        match formula.operator:
            case Operator.ANY_CASE:
                return engine.blindly(column, str(value)) if blind else engine.caselessly(column, str(value))
            case Operator.EQUAL:
                if formula.column.kind is Kind.TEXT:
                    same = engine.blindly(column, str(value)) if blind else engine.exactly(column, str(value))
                    near = f.nearly_number(formula, value)
                    return sa.or_(same, engine.matches(column, near)) if near else same
                if formula.column.kind is Kind.UUID:
                    return engine.text_of(column) == str(value)
                return column == sa.literal(value)
            case Operator.CONTAINS:
                return (
                    engine.contains_blindly(column, str(value))
                    if blind
                    else engine.contains_exactly(column, str(value))
                )
            case Operator.STARTS_WITH:
                return engine.starts_blindly(column, str(value)) if blind else engine.starts_exactly(column, str(value))
            case Operator.AT_MOST:
                return column <= sa.literal(value)
            case Operator.AT_LEAST:
                return column >= sa.literal(value)
            case Operator.LESS_THAN:
                return column < sa.literal(value)
            case Operator.MORE_THAN:
                return column > sa.literal(value)

    def _bytes_relation(self, formula: f.Compares, value: bytes, column: sa.ColumnElement[Any]) -> Bool:
        """Bytes to the letter; and as ASCII text, if they are looked for as such, where a near miss counts."""
        engine, whole, sought = self.engine, self.engine.bytes_of(column), sa.literal(value, sa.LargeBinary())
        near = (formula.blind or formula.operator is Operator.ANY_CASE) and value.isascii()
        text, word = engine.ascii_of(column), value.decode() if near else ""
        match formula.operator:
            case Operator.CONTAINS:
                exact, blind = engine.position_of_bytes(whole, sought) > 0, engine.contains_blindly
            case Operator.STARTS_WITH:
                exact, blind = engine.position_of_bytes(whole, sought) == 1, engine.starts_blindly
            case Operator.ANY_CASE:
                exact, blind = whole == sought, engine.blindly if formula.blind else engine.caselessly
            case _:
                exact, blind = whole == sought, engine.blindly
        return sa.or_(exact, blind(text, word)) if near else exact

    def _is_there(self, column: Column, presence: Presence, trail: Trail) -> Bool:
        value = _of(column, trail)
        null = value.is_(None)
        if presence is Presence.NULL:
            return null
        empty: Bool = null
        if column.kind is Kind.TEXT or not self.engine.keeps_types:
            empty = sa.or_(empty, self.engine.exactly(value, ""))
        if column.kind is Kind.BINARY:
            empty = sa.or_(empty, self.engine.bytes_of(value) == sa.literal(b"", sa.LargeBinary()))
        return empty if presence is Presence.EMPTY else sa.not_(empty)

    def _is_member_there(self, column: Column, presence: Presence, trail: Trail, *, doubt: bool) -> Bool:
        """The same of a member of JSON; what cannot be read is in doubt."""
        whole = _of(column, trail)
        there = self.engine.json_there(whole, column.member)
        if presence is Presence.NULL:
            answer = sa.not_(there)
        else:
            text = self.engine.json_text(whole, column.member)
            empty = sa.or_(sa.not_(there), self.engine.is_true(self.engine.exactly(text, "")))
            answer = empty if presence is Presence.EMPTY else sa.not_(empty)
        absent = sa.false() if presence is Presence.PRESENT else sa.true()
        unreadable = sa.not_(self.engine.json_readable(whole, column.member))
        doubtful = sa.true() if doubt else sa.false()
        return sa.case((whole.is_(None), absent), (unreadable, doubtful), else_=answer)

    def _has_key(self, formula: f.HasKey, trail: Trail) -> Bool:
        columns, keys = formula.columns, formula.keys
        known = sa.and_(sa.true(), *(_of(column, trail).is_not(None) for column in columns if column.nullable))
        if len(columns) > 1:
            return sa.and_(known, _any(self._is_key(columns, key, trail, blind=formula.blind) for key in keys))
        return sa.and_(known, self._has_one_of(columns[0], [key[0] for key in keys], trail, blind=formula.blind))

    def _has_one_of(self, column: Column, values: list[f.Value], trail: Trail, *, blind: bool) -> Bool:
        """The same of a key of one column."""
        value, no_bytes = _of(column, trail), not any(isinstance(each, bytes) for each in values)
        match column.kind:
            case Kind.UUID if no_bytes:
                return self.engine.text_of(value).in_([str(each) for each in values])
            case Kind.TEXT if no_bytes and blind:
                return self.engine.blindly_among(value, [str(each) for each in values])
            case Kind.UUID | Kind.TEXT:
                return _any(self._is_key((column,), (each,), trail, blind=blind) for each in values)
            case _:
                return self._is_one_of(value, values, blind=blind)

    def _is_one_of(self, column: sa.ColumnElement[Any], values: list[f.Value], *, blind: bool) -> Bool:
        """The column holds one of some values, kind by kind: SQLite stores in any column what it is given.

        They are inlined: a hold may reach more keys than a statement can have parameters.
        """
        kinds: dict[type[object], list[f.Value]] = {}
        for value in values:
            kinds.setdefault(type(value), []).append(value)
        parts: list[Bool] = []
        for kind, some in kinds.items():
            if kind is int:
                parts.append(_among_numbers(column, some))
                continue
            type_ = _INLINED.get(kind)
            inlined: sa.BindParameter[Any] = sa.bindparam(None, some, expanding=True, literal_execute=True, type_=type_)
            parts.append(column.in_(inlined))
            if kind is bytes and blind and not self.engine.keeps_types:
                parts.append(self.engine.bytes_of(column).in_(inlined))
        return sa.or_(*parts)

    def _is_key(self, columns: tuple[Column, ...], key: tuple[f.Value, ...], trail: Trail, *, blind: bool) -> Bool:
        parts = [
            self._is_one_of(_of(column, trail), [value], blind=blind)
            if isinstance(value, bytes)
            else self._relation(f.Compares(column, Operator.EQUAL, (value,), blind), value, _of(column, trail))
            for column, value in zip(columns, key, strict=True)
        ]
        return sa.and_(*parts)

    def _equals_template(self, formula: f.EqualsTemplate, trail: Trail) -> Bool:
        made = self.engine.concat(
            *(
                sa.literal(part) if isinstance(part, str) else self.engine.text_of(_of(part, trail))
                for part in formula.parts
            )
        )
        if formula.column.kind is Kind.BINARY:
            shown, width = self.engine.hexed(made), fixed_width(formula.column.declared)
            full = sa.func.rpad(shown, 2 + 2 * width, "0") if width else shown
            return self.engine.text_of(_of(formula.column, trail)) == full
        return self.engine.bytewise(_of(formula.column, trail)) == self.engine.bytewise(made)

    def _readable(self, column: Column, trail: Trail) -> Bool:
        """The column has a value, and SQLite stores it as the type says."""
        value = _of(column, trail)
        fits = self.engine.is_binary(value) if column.kind is Kind.BINARY else self.engine.is_text(value)
        return sa.and_(value.is_not(None), fits)

    def _holds(self, formula: f.Holds, trail: Trail) -> Bool:
        column, value = formula.column, _of(formula.column, trail)
        if isinstance(formula.value, bytes):
            text, wanted = self.engine.text_of(value), "\\x" + formula.value.hex()
            return (sa.func.substr(text, 1, len(wanted), type_=sa.Text()) if formula.begins else text) == wanted
        if column.stored_as_text:
            return self.engine.exactly(value, formula.value)
        if column.kind is Kind.JSON:
            return self.engine.text_of(value) == formula.value  # PostgreSQL's json knows no equality
        return value == self.engine.stored(column, formula.value)

    def _masked(self, column: Column, trail: Trail) -> tuple[Bool, Bool]:
        """The value is an IP address, and its second half is blank."""
        if column.kind is not Kind.BINARY:
            return self._matches(column, IP_ADDRESS, trail), self._matches(column, MASKED_IP, trail)
        engine, value = self.engine, _of(column, trail)
        letters, text = engine.ascii_of(value), engine.text_of(value)  # as `\x` and two digits a byte
        spelled = engine.matches(letters, IP_ADDRESS)
        short, long = engine.length(text) == 10, engine.length(text) == 34
        if fixed_width(column.declared):  # see `may_be_padded`
            digits = sa.func.substr(text, 7, 4, type_=sa.Text())
            long = sa.and_(long, sa.not_(sa.and_(engine.right(text, 24) == "0" * 24, digits != "0000")))
        masked = sa.or_(
            sa.and_(short, engine.right(text, 4) == "0" * 4), sa.and_(long, engine.right(text, 16) == "0" * 16)
        )
        either = sa.or_(sa.and_(spelled, sa.not_(short)), sa.and_(sa.not_(spelled), sa.or_(short, long)))
        return sa.and_(engine.is_binary(value), either), sa.case(
            (spelled, engine.matches(letters, MASKED_IP)), else_=masked
        )

    def _matches(self, column: Column, pattern: str, trail: Trail) -> Bool:
        return self.engine.matches(_of(column, trail), pattern)

    def _may_hold(self, column: Column, elements: Iterable[str], trail: Trail) -> Bool:
        """The value might hold one of these elements: it has a letter that they cannot do without, or is no text."""
        value, contains = _of(column, trail), self.engine.contains_exactly
        signs = {Element.EMAIL: ("@",), Element.IP_ADDRESS: (".", ":")}
        some = [signs.get(Element(element)) for element in elements]
        if None in some:
            return self._is_there(column, Presence.PRESENT, trail)
        found = sa.or_(*(contains(value, letter) for letters in some if letters for letter in letters))
        return sa.and_(value.is_not(None), sa.or_(sa.not_(self.engine.is_text(value)), found))

    def tied(self, pair: Pair, here: sa.FromClause, there: sa.FromClause, *, near: bool) -> Bool:
        """Two linked columns of two rows are the same, to the letter or nearly. The second row is searched."""
        one, other = pair
        a, b = here.c[one.name], there.c[other.name]
        if not crosses(one, other):
            return (self.engine.alike if near else self.engine.same)(one, a, b)
        if one.kind is Kind.TEXT:
            return (self.engine.means if near else self.engine.leads)(a, b)
        return sa.or_(self.engine.likely(b, a), self.engine.means(b, a)) if near else self.engine.spells(b, a)

    def _exists(self, formula: f.Exists, trail: Trail, read: Callable[[Formula, Trail], Bool], *, doubt: bool) -> Bool:
        """A chain of searches is one search over joined rows: engines plan it better, and SQLite can parse it.

        No index finds the odd spellings of a number (`010`): where they count, they are searched for by themselves.
        """
        if self.engine.searches_at_once and any(_names_by(formula, part) for part in _parts(formula)):
            return self._is_found(formula, trail, read)
        odd = sum(near and spells(*pair) for step, near in _chain(formula, doubt) for pair in step.pairs)
        return sa.or_(*(self._search(formula, trail, read, doubt, place) for place in (None, *range(odd))))

    def _search(
        self, formula: f.Exists, trail: Trail, read: Callable[[Formula, Trail], Bool], doubt: bool, odd: int | None
    ) -> Bool:
        """There is such a row, by no odd spelling, or where the first one is that of a pair (`odd`)."""
        rows: list[sa.FromClause] = []
        conditions: list[Bool] = []
        before: list[Bool] = []  # what is asked before anything is searched
        places = count()
        for step, near in _chain(formula, doubt):
            row = self.row_of(step.table)
            here = trail[-1] if not rows else rows[-1]
            chained = next((part for part in _parts(step) if isinstance(part, f.Exists)), None)
            parts = [part for part in _parts(step) if part is not chained and part != f.TRUE]
            for one, other in step.pairs:
                if near and spells(one, other):
                    place = next(places)
                    if odd is None or place < odd:
                        conditions.append(self.engine.likely(row.c[other.name], here.c[one.name]))
                        continue
                    if odd == place:
                        numbers, texts = self._odd(step.table, other, parts, read)
                        (conditions if rows else before).append(self.engine.is_among(here.c[one.name], numbers))
                        conditions.append(self.engine.among(row.c[other.name], texts))
                conditions.append(self.tied((one, other), here, row, near=near))
            if not rows:
                before += [self._leads_to_one(step, part, here) for part in parts if _names_by(step, part)]
            rows.append(row)
            conditions += [read(part, (*trail, *rows)) for part in parts]
        found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(*rows).where(*conditions)
        return sa.and_(*before, sa.exists(found.correlate(*trail)))

    def _is_found(self, step: f.Exists, trail: Trail, read: Callable[[Formula, Trail], Bool]) -> Bool:
        """The same of one row that is searched by its key: for all rows at once, which PostgreSQL takes for cheap."""
        ((one, other),), here, row = step.pairs, trail[-1], self.row_of(step.table)
        found = sa.select(row.c[other.name]).where(*(read(part, (*trail, row)) for part in _parts(step)))
        before = [self._leads_to_one(step, part, here) for part in _parts(step) if _names_by(step, part)]
        value = here.c[one.name]
        return sa.and_(value.is_not(None), *before, value.in_(found.correlate(*trail)))

    def _leads_to_one(self, step: f.Exists, named: Formula, here: sa.FromClause) -> Bool:
        """The row's own columns hold one of the keys that are searched for: few rows have to be searched from."""
        assert isinstance(named, f.HasKey)
        ((one, _),) = step.pairs
        return self._is_one_of(here.c[one.name], [key[0] for key in named.keys], blind=named.blind)

    def _odd(
        self, table: Table, column: Column, parts: Iterable[Formula], read: Callable[[Formula, Trail], Bool]
    ) -> tuple[sa.Select[Any], sa.Select[Any]]:
        """The numbers that odd spellings in a table mean, and these: they are few, and found once for all rows."""
        engine, row = self.engine, self.row_of(table)
        text = row.c[column.name]
        alone = [read(part, (row,)) for part in parts if _is_of_row(part)]
        numbers, texts = (sa.select(each).where(engine.is_odd(text), *alone) for each in (engine.meant(text), text))
        return numbers.where(engine.meant(text).is_not(None)).distinct(), texts.distinct()


def _of(column: Column, trail: Trail) -> sa.ColumnElement[Any]:
    return trail[-1].c[column.name]


def _among_numbers(column: sa.ColumnElement[Any], numbers: Sequence[f.Value]) -> Bool:
    """As part of the statement's own text, which is made but once for many batches."""
    listed: sa.ColumnElement[Any] = sa.literal_column(f"({', '.join(map(str, numbers))})")
    return sa.type_coerce(column.op("IN", is_comparison=True)(listed), sa.Boolean())


def _any(parts: Iterable[Bool]) -> Bool:
    """One of them at least; SQLite takes no more than a thousand in a row."""
    every = list(parts)
    if len(every) <= _IN_A_ROW:
        return sa.or_(sa.false(), *every)
    rows = (every[start : start + _IN_A_ROW] for start in range(0, len(every), _IN_A_ROW))
    return sa.or_(*(sa.case((sa.or_(*row), sa.true()), else_=sa.false()) for row in rows))


def _demands(formula: Formula) -> Iterator[Formula]:
    """The formulas that all have to be true for it to be true; SQLite finds an index for none that is within a NOT."""
    match formula:
        case f.And(parts):
            for part in parts:
                yield from _demands(part)
        case f.Not(f.Or(parts)):
            for part in parts:
                yield from _demands(f.opposite(part))
        case _:
            yield formula


def _is_said(part: Formula, parts: Iterable[Formula]) -> bool:
    """Whether others say it too: a clock that surely has passed, or is older than that, is not undated."""
    match part:
        case f.Not(f.IsUndated(dial)):
            return any(isinstance(each, f.HasPassed | f.IsOlder) and each.dial == dial for each in parts)
        case _:
            return False


def _parts(step: f.Exists) -> tuple[Formula, ...]:
    return step.inner.parts if isinstance(step.inner, f.And) else (step.inner,)


def _chain(formula: f.Exists, doubt: bool) -> Iterator[tuple[f.Exists, bool]]:
    """A search, and the first one within each; and whether near misses count there."""
    step: f.Exists | None = formula
    while step is not None:
        yield step, doubt if step.near is None else step.near
        step = next((part for part in _parts(step) if isinstance(part, f.Exists)), None)


def _names_by(step: f.Exists, part: Formula) -> bool:
    """Whether a search is for keys that stand in this row as well, each in one whole number, which has one spelling."""
    sides = [side.kind for pair in step.pairs for side in pair]
    return isinstance(part, f.HasKey) and sides == [Kind.INTEGER] * 2 and part.columns == (step.pairs[0][1],)


def _is_of_row(part: Formula) -> bool:
    """Whether a formula asks for nothing but the row itself."""
    match part:
        case f.And(parts) | f.Or(parts):
            return all(_is_of_row(each) for each in parts)
        case f.Not(inner) | f.Surely(inner):
            return _is_of_row(inner)
        case f.Exists() | f.IsSameRow():
            return False
        case _:
            return True
