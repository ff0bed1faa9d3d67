"""The SQL of an act on one engine: find the due records, prove them again, deal with the rows below, then with them.

Every statement that changes rows repeats the whole predicate beside the keys. Keys and cursors come as parameters, so a
statement is built once for many batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, assert_never

import sqlalchemy as sa

from wesretain.engines.lists import is_one_of
from wesretain.model.rule import (
    MaskIp,
    Redaction,
    RedactRow,
    RowFate,
    Scrub,
    SetConstant,
    SetHash,
    SetNull,
    SetTemplate,
)
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.source import NOWHERE
from wesretain.model.whole import across, crosses
from wesretain.standing.catalogue import Step, column, target_column
from wesretain.standing.conditions import Binder
from wesretain.standing.constants import fixed
from wesretain.standing.disposal import Act, Line
from wesretain.standing.formula import TRUE, Formula, conjuncts, every, tables_of
from wesretain.standing.redaction import template_parts
from wesretain.standing.scrubs import candidates
from wesretain.standing.sql import Translator, table_clause
from wesretain.standing.texts import Asked

Bool = sa.ColumnElement[bool]
Condition = Callable[[sa.FromClause], Bool]
Values = dict[sa.ColumnElement[Any], Any]
#: Names of parameters: the keys of the batch's records, the values that rows are looked up by, the cursor's place, how
#: many to find, one row's key, and a computed column's old and new value.
KEYS, NARROW, AFTER, COUNT, KEY, OLD, NEW = (
    f"wesretain_{name}" for name in ("keys", "narrow", "after", "count", "key", "old", "new")
)


@dataclass(frozen=True)
class Rows:
    """How some rows of a table are counted and changed, all at once or, where values are computed, one by one.

    `counted` and `changed` must find the same rows. `read` gives the key and the raw values that `computed` targets are
    made of, and `changed` then wants them one row at a time. Where all targets are computed (`only_computed`), a row
    may already be as it should.
    """

    table: Table
    counted: sa.Select[Any]
    changed: sa.Delete | sa.Update
    read: sa.Select[Any]
    computed: tuple[tuple[str, Redaction], ...] = ()
    only_computed: bool = False


@dataclass(frozen=True)
class Climb:
    """Rows that a path climbs to: their keys before anything is changed, and those of them that are free at the end."""

    collected: sa.Select[Any]
    freed: sa.Select[Any]


@dataclass(frozen=True)
class Way:
    """One path of `with`: by which columns each step starts, how the next values are found, and its rows.

    `proved_above` says that the statement that changes the records finds out where one of the rows has stayed.
    """

    line: Line
    starts: tuple[tuple[str, ...], ...]
    steps: tuple[sa.Select[Any], ...]
    rows: Rows
    climb: Climb | None
    largest: int
    proved_above: bool

    def landing(self, number: int, values: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Values by which a step starts, as the columns hold them to which it leads; keys where it is past the last."""
        pairs = self.line.steps[number].pairs if number < len(self.line.steps) else ()
        if not any(crosses(*pair) for pair in pairs):
            yield from values
            return
        for value in values:
            yield tuple(self._landed(pair, raw) for pair, raw in zip(pairs, value, strict=True))

    def _landed(self, pair: tuple[Column, Column], raw: Any) -> Any:
        """The value there; NULL, which leads nowhere, where the engine's numbers do not reach so far."""
        found = across(*pair, raw)
        beyond = crosses(*pair) and isinstance(found, int) and not -(2**63) <= found <= self.largest
        return None if beyond else found


@dataclass(frozen=True)
class Sweep:
    """How the rows below of a stretch's records go: they are told `by_name`, or by all that makes these due."""

    table: Table
    statement: sa.Delete
    by_name: bool


@dataclass(frozen=True)
class Statements:
    """The statements of one act. `vetoes` says that a trigger may let rows stay without a word, or move them away."""

    translator: Translator
    removing: Binder
    act: Act
    vetoes: bool = True

    # -- finding ------------------------------------------------------------------------------------------------

    @cached_property
    def first(self) -> sa.Select[Any]:
        """The keys of the first due records, in the order of the key; then what is `asked` of them."""
        row = self.row()
        return self.found(row, sa.true()).order_by(*map(self.translator.engine.sorted_by, self.key(row)))

    @cached_property
    def following(self) -> sa.Select[Any]:
        """The keys of the due records after a key."""
        row = self.row()
        return self.found(row, self.is_after(row)).order_by(*self.key(row))

    def found(self, row: sa.FromClause, within: Bool) -> sa.Select[Any]:
        """The keys of so many due records `within`, in no order; then what is `asked` of them."""
        columns = [*self.key(row), *(self.asked.columns(row) if self.asked.scrubs else ())]
        query = sa.select(*columns).where(self.asked.may(row), within)
        return query.limit(sa.bindparam(COUNT, type_=sa.Integer()))

    def row(self) -> sa.FromClause:
        """A fresh row variable of the records' table."""
        return self.translator.row_of(self.act.table)

    def key(self, row: sa.FromClause) -> list[sa.ColumnElement[Any]]:
        """The columns of the key."""
        return [row.c[name] for name in self.act.table.key]

    def is_after(self, row: sa.FromClause) -> Bool:
        """The key comes after that of a cursor."""
        return _is_after(self.key(row))

    @property
    def asked(self) -> Asked:
        """Which records are due, as far as SQL can tell, and the rest as Python does."""
        return Asked(self.translator, self.act.table, self.act.due)

    @cached_property
    def left(self) -> sa.Select[Any]:
        """How many records are due, where SQL can tell."""
        row = self.translator.row_of(self.act.table)
        return sa.select(sa.func.count()).select_from(row).where(self.asked.may(row))

    @cached_property
    def there(self) -> sa.Select[Any]:
        """How many of some records there are."""
        row = self.translator.row_of(self.act.table)
        return sa.select(sa.func.count()).select_from(row).where(self.is_named(row))

    @cached_property
    def confirmed(self) -> sa.Select[Any]:
        """Which of some records are due: the columns that are `needed` of them, then what is `asked` of them."""
        row = self.translator.row_of(self.act.table)
        columns = [*(row.c[name] for name in self.needed), *(self.asked.columns(row) if self.asked.scrubs else ())]
        return sa.select(*columns).where(self.is_named(row), self.asked.may(row))

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """The record's columns that dealing with it needs: the key first."""
        starts = (name for line in self.act.lines for name in _starts(line.steps[0]))
        return tuple(dict.fromkeys((*self.act.table.key, *starts)))

    # -- as they lie ----------------------------------------------------------------------------------------------

    @cached_property
    def goes_as_it_lies(self) -> bool:
        """Whether due records can be dealt with where they lie together, without being proved due one by one before.

        The statement that changes them repeats all that decides, and nothing but rows that hang on them has to go
        before, which their key, one whole number, finds.
        """
        plain = not (self.asked.scrubs or self.record.computed or self.vetoes)
        tables = [self.act.table, *(line.table for line in self.act.lines)]
        apart = len({table.full_name for table in tables}) == len(tables)
        below = not self.act.lines or (self.has_number and all(map(self._hangs, self.act.lines)))
        return plain and apart and self.act.lasts and below

    @property
    def has_number(self) -> bool:
        """Whether the key of the records is one whole number."""
        return [column(self.act.table, name).kind for name in self.act.table.key] == [Kind.INTEGER]

    def _hangs(self, line: Line) -> bool:
        """Rows that go with the record, and hang on its key alone, whatever else the record says."""
        goes, (step, *_) = self._proves_above(line) and not line.chosen, line.steps
        links = [link for link in self.removing.catalogue.links_from(line.table) if link.target is self.act.table]
        whole = all(side.kind is Kind.INTEGER for pair in step.pairs for side in pair)
        by_key = whole and _starts(step) == self.act.table.key and links == [step.link]
        return goes and by_key and self.removing.link_conditions(step.link)[1] == TRUE

    @cached_property
    def plainly(self) -> Statements | None:
        """The same as the engine says it without questions of values: see `Engine.plainly`."""
        engine = self.translator.engine.plainly
        return replace(self, translator=replace(self.translator, engine=engine)) if engine else None

    def gathered(self, found: sa.FromClause, *places: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """Of some records: how many, and their keys as one text; then the first and last of each of some places.

        How long the text should be is asked where the engine may cut it off, except of whole numbers, whose own first
        and last come at the end.
        """
        engine, key = self.translator.engine, self.key(found)
        length: sa.ColumnElement[Any] = sa.null()
        if self.has_number:
            whole, places = key[0], (*places, key[0])
        else:
            whole = self._told(key)
            if engine.cuts_lists:
                length = sa.func.sum(engine.length(whole))
        ends = [end for place in places for end in (sa.func.min(place), sa.func.max(place))]
        return sa.select(sa.func.count(), engine.listed(whole), length, *ends).select_from(found)

    def _told(self, key: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[str]:
        """A key as a text that no other key has: what could run on is told with its length."""
        engine, colon, dot = self.translator.engine, _letter(":"), _letter(".")
        parts: list[sa.ColumnElement[Any]] = []
        for name, part in zip(self.act.table.key, key, strict=True):
            text = engine.text_of(part)
            plain = engine.keeps_types and column(self.act.table, name).kind in (Kind.INTEGER, Kind.UUID)
            parts += [text, dot] if plain else [sa.cast(engine.length(text), sa.Text()), colon, text]
        return engine.concat(*(parts[:-1] if parts[-1] is dot else parts))

    def sweeps(self, within: Condition) -> tuple[Sweep, ...]:
        """What deletes the rows below of the due records `within`, line by line."""
        return tuple(self._sweep(line, within) for line in self.act.lines)

    def _sweep(self, line: Line, within: Condition) -> Sweep:
        clause, (step,) = table_clause(line.table, self.translator.schema), line.steps
        linked = self.translator.surely(self.removing.link_conditions(step.link)[0], (clause,))
        reached = [self._looked_up(step, clause), linked, self._pending(line, clause), self._free(line, clause)]
        by_name = self.translator.engine.lists_cheaply
        if not by_name:
            reached.append(self._chained(line.steps, clause, lambda row: sa.and_(within(row), self.asked.may(row))))
        return Sweep(line.table, sa.delete(clause).where(*reached), by_name)

    def changed(self, within: Condition) -> sa.Delete | sa.Update:
        """What deals with the due records `within`: it repeats the whole predicate beside that."""
        return self._record(within).changed

    # -- dealing with it ----------------------------------------------------------------------------------------

    @cached_property
    def record(self) -> Rows:
        """The record itself goes, or is redacted, where it is one of the batch's."""
        return self._record(self.is_named)

    def _record(self, within: Condition) -> Rows:
        act, surely = self.act, self.translator.surely
        columns = None if act.removes else act.rule.columns

        def still_due(row: sa.FromClause) -> Bool:
            return sa.and_(within(row), surely(candidates(self._repeated(act.still_due)), (row,)))

        found = self.translator.row_of(act.table)
        due = sa.and_(within(found), self.asked.may(found))
        return self._rows(act.table, columns, found, due, still_due)

    @cached_property
    def whole(self) -> Rows:
        """All due records at once, by the whole predicate, where no key names them."""
        act, found = self.act, self.translator.row_of(self.act.table)
        columns = None if act.removes else act.rule.columns
        return self._rows(
            act.table, columns, found, self.asked.may(found), lambda row: self.translator.surely(act.due, (row,))
        )

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """The paths, in the order in which they are dealt with."""
        return tuple(self._way(line) for line in self.act.lines)

    def _way(self, line: Line) -> Way:
        starts = tuple(_starts(step) for step in line.steps)
        steps = tuple(self._next(line.steps[:n], starts[n]) for n in range(1, len(line.steps)))

        largest, columns = self.translator.engine.largest, self._columns(line)
        row, found = self.translator.row_of(line.table), self.translator.row_of(line.table)
        if not line.chosen:
            reached = sa.and_(self._reached(line.steps, row), self._pending(line, row))
            rows = self._rows(line.table, columns, row, reached, lambda row: self._below(line, row))
            return Way(line, starts, steps, rows, None, largest, self._proves_above(line))
        named = sa.and_(_has_key(found, line.table, NARROW), self._pending(line, found), self._free(line, found))
        rows = self._rows(line.table, columns, found, named, lambda row: self._above(line, row))
        collected = _keys(line.table, row).distinct().where(self._reached(line.steps, row))
        return Way(line, starts, steps, rows, Climb(collected, _keys(line.table, found).where(named)), largest, False)

    def _proves_above(self, line: Line) -> bool:
        """Rows that hang on the records themselves and go: no record goes, or is redacted, while one is left."""
        return not self.vetoes and line.fate is RowFate.DELETE and len(line.steps) == 1

    def _repeated(self, still_due: Formula) -> Formula:
        """What the statement that changes the record repeats of its predicate: all of it."""
        return still_due

    def _below(self, line: Line, row: sa.FromClause) -> Bool:
        """A row below is reached, and free to be dealt with."""
        return sa.and_(self._reached(line.steps, row), self._pending(line, row), self._free(line, row))

    def _above(self, line: Line, row: sa.FromClause) -> Bool:
        """A row that was climbed to is free to be dealt with."""
        return sa.and_(_has_key(row, line.table, NARROW), self._pending(line, row), self._free(line, row))

    def _free(self, line: Line, row: sa.FromClause) -> Bool:
        shared = (self._leads_to_what_stays(line, step, row) for step in line.others)
        hangs = (self._hangs_on_what_stays(line, gate, row) for gate in line.gates)
        return sa.not_(sa.or_(self.translator.possibly(line.stopped, (row,)), *shared, *hangs))

    def _hangs_on_what_stays(self, line: Line, gate: Line, row: sa.FromClause) -> Bool:
        """The row may hang on one on its path that stays, since something else shares that."""
        translator, binder = self.translator, replace(self.removing, keeps=True)
        here, rows, ties = row, list[sa.FromClause](), list[Bool]()
        for step in reversed(line.steps[len(gate.steps) :]):
            there = translator.row_of(step.start)
            source, target = binder.link_conditions(step.link)
            at_end, at_start = (source, target) if step.down else (target, source)
            ties += [translator.tied((b, a), here, there, near=True) for a, b in step.pairs]
            ties += [translator.possibly(at_end, (here,)), translator.possibly(at_start, (there,))]
            rows.append(there)
            here = there
        ties.append(sa.not_(self._free(gate, here)))
        found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(*rows).where(*ties)
        return sa.exists(found.correlate(row))

    def _leads_to_what_stays(self, line: Line, step: Step, row: sa.FromClause) -> Bool:
        """Another link of the row may lead to a row that does not go in this batch, nor is the one it hangs on."""
        translator, engine = self.translator, self.translator.engine
        other = translator.row_of(step.end)
        source, target = replace(self.removing, keeps=True).link_conditions(step.link)
        ties = [translator.tied(pair, row, other, near=True) for pair in step.pairs]
        ties += [translator.possibly(source, (row,)), translator.possibly(target, (other,))]
        if line.parent_goes:
            leaves = self._goes_too(line.steps[:-1], other)
        else:
            pairs = line.steps[-1].reverse.pairs
            leaves = sa.and_(*(translator.tied(pair, row, other, near=False) for pair in pairs))
            leaves = engine.is_true(leaves)
        found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(other).where(*ties, sa.not_(leaves))
        return sa.exists(found.correlate(row))

    def _goes_too(self, steps: tuple[Step, ...], row: sa.FromClause) -> Bool:
        """The row is one of the batch's records, or stands at the end of the steps from one."""
        return self._chained(steps, row) if steps else self.is_named(row)

    def _pending(self, line: Line, row: sa.FromClause) -> Bool:
        return self.translator.possibly(line.pending, (row,))

    def _columns(self, line: Line) -> tuple[tuple[str, Redaction], ...] | None:
        """What the columns of a path's rows become; None where the rows go."""
        match line.fate:
            case RedactRow(columns):
                return columns
            case RowFate.UNLINK:
                step = line.steps[-1]
                return tuple((here.name, _nowhere(step, here.nullable)) for here, _ in step.link.pairs)
            case RowFate.DELETE | RowFate.DELETE_IF_UNSHARED | RowFate.KEEP:
                return None
            case _ as never:
                assert_never(never)

    def _next(self, steps: tuple[Step, ...], columns: tuple[str, ...]) -> sa.Select[Any]:
        row = self.translator.row_of(steps[-1].end)
        return sa.select(*(row.c[name] for name in columns)).distinct().where(self._reached(steps, row))

    def _reached(self, steps: tuple[Step, ...], end: sa.FromClause) -> Bool:
        """The row stands at the end of the steps from one of the batch's records."""
        return sa.and_(self._looked_up(steps[-1], end), self._chained(steps, end))

    def _chained(self, steps: tuple[Step, ...], end: sa.FromClause, begins: Condition | None = None) -> Bool:
        here, rows, ties = end, list[sa.FromClause](), list[Bool]()
        for step in reversed(steps):
            there = self.translator.row_of(step.start)
            source, target = self.removing.link_conditions(step.link)
            at_end, at_start = (source, target) if step.down else (target, source)
            ties += [self.translator.tied((b, a), here, there, near=False) for a, b in step.pairs]
            ties += [self.translator.surely(at_end, (here,)), self.translator.surely(at_start, (there,))]
            rows.append(there)
            here = there
        ties.append((begins or self.is_named)(here))
        chain: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(*rows).where(*ties).correlate(end)
        return sa.exists(chain)

    def is_named(self, record: sa.FromClause) -> Bool:
        """The record is one of the batch's."""
        return _has_key(record, self.act.table, KEYS)

    def _looked_up(self, step: Step, end: sa.FromClause) -> Bool:
        return _is_one_of([end.c[there.name] for _, there in step.pairs], NARROW)

    # -- writing ------------------------------------------------------------------------------------------------

    def _rows(
        self,
        table: Table,
        columns: tuple[tuple[str, Redaction], ...] | None,
        found: sa.FromClause,
        condition: Bool,
        change: Condition,
    ) -> Rows:
        counted = sa.select(sa.func.count()).select_from(found).where(condition)
        clause = table_clause(table, self.translator.schema)
        if columns is None:
            return Rows(table, counted, sa.delete(clause).where(change(clause)), counted)
        computed = tuple(pair for pair in columns if isinstance(pair[1], SetHash | MaskIp | Scrub))
        names = dict.fromkeys((*table.key, *(name for name, _ in computed)))
        read = sa.select(*(found.c[name] for name in names)).where(condition)
        changed = sa.update(clause).where(change(clause)).values(self._assigned(table, clause, columns))
        for name, _ in computed:
            changed = changed.where(self._unchanged(table, clause, name)).values({clause.c[name]: _new(table, name)})
        if computed:
            changed = changed.where(*(clause.c[part] == sa.bindparam(f"{KEY}_{part}") for part in table.key))
        return Rows(table, counted, changed, read, computed, len(computed) == len(columns))

    def _unchanged(self, table: Table, row: sa.FromClause, name: str) -> Bool:
        """The column still holds the value that the new one was computed from, to the letter."""
        engine, old = self.translator.engine, sa.bindparam(f"{OLD}_{name}", type_=sa.Text())
        return engine.bytewise(engine.text_of(row.c[name])).is_not_distinct_from(engine.bytewise(old))

    def _assigned(self, table: Table, row: sa.FromClause, columns: Sequence[tuple[str, Redaction]]) -> Values:
        """What SQL itself sets; columns that would update themselves keep their value."""
        changed = {target_column(table, name).name for name, _ in columns}
        kept = (each for each in table.columns if each.updates_itself and each.name not in changed)
        values: Values = {row.c[each.name]: row.c[each.name] for each in kept}
        for name, target in columns:
            found = target_column(table, name)
            match target:
                case SetNull() | SetConstant() if found.member:
                    text = target.text if isinstance(target, SetConstant) else None
                    whole = row.c[found.name]
                    values[whole] = self._with_member(found, whole, values.get(whole, whole), text)
                case SetNull() | SetConstant():
                    value = fixed(table, found, target, NOWHERE)
                    values[row.c[name]] = sa.null() if value is None else self.translator.engine.stored(found, value)
                case SetTemplate(template):
                    made = self._made(table, row, template)
                    binary = found.kind is Kind.BINARY
                    values[row.c[name]] = self.translator.engine.encoded(made) if binary else made
                case SetHash() | MaskIp() | Scrub():
                    pass  # computed, row by row
                case _ as never:
                    assert_never(never)
        return values

    def _with_member(
        self, found: Column, whole: sa.ColumnElement[Any], so_far: sa.ColumnElement[Any], text: str | None
    ) -> sa.ColumnElement[Any]:
        """The document with a member redacted, where it can be read and has one; what cannot be read stays."""
        engine = self.translator.engine
        unreadable = sa.case((whole.is_(None), sa.true()), else_=sa.not_(engine.json_readable(whole, found.member)))
        there = engine.json_there(whole, found.member)
        replaced = engine.json_replaced(found, so_far, found.member, text)
        return sa.case((unreadable, so_far), (there, replaced), else_=so_far)

    def _made(self, table: Table, row: sa.FromClause, template: str) -> sa.ColumnElement[str]:
        engine = self.translator.engine
        return engine.concat(
            *(
                sa.literal(part) if isinstance(part, str) else engine.text_of(row.c[part.name])
                for part in template_parts(table, template, NOWHERE)
            )
        )


class AloneStatements(Statements):
    """The same, where a trigger writes to the tables that the predicate asks for, which MariaDB does not allow.

    The rows are proved by the selects just before, in the same transaction; the statements that change them repeat what
    their own tables say, and have to find just as many.
    """

    @property
    def goes_as_it_lies(self) -> bool:
        """Never: what other tables say is left out."""
        return False

    def _proves_above(self, line: Line) -> bool:
        return False

    def _repeated(self, still_due: Formula) -> Formula:
        return every(part for part in conjuncts(still_due) if not tables_of(part))

    def _below(self, line: Line, row: sa.FromClause) -> Bool:
        return sa.and_(self._looked_up(line.steps[-1], row), self._pending(line, row))

    def _above(self, line: Line, row: sa.FromClause) -> Bool:
        return sa.and_(_has_key(row, line.table, NARROW), self._pending(line, row))


def _letter(letter: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{letter}'", sa.Text())


def _keys(table: Table, row: sa.FromClause) -> sa.Select[Any]:
    return sa.select(*(row.c[name] for name in table.key))


def _starts(step: Step) -> tuple[str, ...]:
    return tuple(here.name for here, _ in step.pairs)


def _new(table: Table, name: str) -> sa.BindParameter[Any]:
    binary = column(table, name).kind is Kind.BINARY
    return sa.bindparam(f"{NEW}_{name}", type_=sa.types.NullType() if binary else sa.Text())


def _nowhere(step: Step, nullable: bool) -> Redaction:
    """What an unlinked column holds: NULL, or the value that the inventory declares to lead nowhere."""
    nobody = step.link.declaration.nobody if step.link.declaration else ()
    return SetNull() if nullable else SetConstant(nobody[0])


def _has_key(row: sa.FromClause, table: Table, parameter: str) -> Bool:
    return _is_one_of([row.c[name] for name in table.key], parameter)


def _is_one_of(columns: Sequence[sa.ColumnElement[Any]], parameter: str) -> Bool:
    """The columns hold one of the values of a parameter: a list of values, or of tuples where there are several."""
    if len(columns) == 1:
        return is_one_of(columns[0], parameter)
    return sa.tuple_(*columns).in_(sa.bindparam(parameter, expanding=True))


def values_of(keys: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Keys as a parameter takes them: plain values where a key has one part."""
    return [key[0] if len(key) == 1 else key for key in keys]


def cursor_of(key: Sequence[Any]) -> dict[str, Any]:
    """The parameters of the statements that find what comes after a key."""
    return {f"{AFTER}{number}": part for number, part in enumerate(key)}


def _is_after(key: Sequence[sa.ColumnElement[Any]]) -> Bool:
    """The key comes after the parameters'. Rows are not compared as wholes: MariaDB would use no index."""
    places = _parameters(AFTER, len(key))
    return _is_beyond(key, places, key[-1] > places[-1])


def between(key: Sequence[sa.ColumnElement[Any]], first: str, last: str) -> Bool:
    """The key is neither before that of some parameters nor after that of others, named by these and a number."""
    low, high = (_parameters(name, len(key)) for name in (first, last))
    up_to: Bool = key[-1] <= high[-1]
    for part, place in zip(reversed(key[:-1]), reversed(high[:-1]), strict=True):
        up_to = sa.and_(part <= place, sa.or_(part < place, up_to))
    return sa.and_(_is_beyond(key, low, key[-1] >= low[-1]), up_to)


def _parameters(name: str, count: int) -> list[sa.BindParameter[Any]]:
    return [sa.bindparam(f"{name}{number}") for number in range(count)]


def _is_beyond(key: Sequence[sa.ColumnElement[Any]], places: Sequence[sa.BindParameter[Any]], at_last: Bool) -> Bool:
    beyond = at_last
    for part, place in zip(reversed(key[:-1]), reversed(places[:-1]), strict=True):
        beyond = sa.and_(part >= place, sa.or_(part > place, beyond))
    return beyond
