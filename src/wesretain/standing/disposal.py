"""What each rule does with the records that are due: who acts, on what, and in which order rows are dealt with.

An act is a rule's disposition on its own table, with the whole predicate that a record must meet, and one line for each
path of `with`. It is still a value: `statements` makes SQL of it, and `apply` alone carries it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wesretain.model.names import joined
from wesretain.model.rule import (
    Disposition,
    Fate,
    MaskIp,
    RedactRow,
    RowFate,
    Rule,
    Scrub,
    SetHash,
    SetNull,
    With,
)
from wesretain.model.schema import KEYLESS, Table
from wesretain.model.source import Position
from wesretain.standing.catalogue import Catalogue, Link, Refusal, Step
from wesretain.standing.formula import TRUE, Formula, Surely, conjuncts, disjuncts, every, opposite, some, tables_of
from wesretain.standing.redaction import differs
from wesretain.standing.rules import BoundRule, Levels, Ruling, columns_changed, sharers
from wesretain.standing.scrubs import scrubs_of

#: How to mend what cannot be done without a key.
_NO_KEY = "give the table a key, or let the rule report"


@dataclass(frozen=True, slots=True)
class Line:
    """One path of `with`: the steps to the rows at its end, and their fate.

    `pending` is true of a row with which there is still something to do, `stopped` of one that may not be touched.
    `others` are the row's other links to where it hangs, one of which may lead to a row that stays; `parent_goes` says
    whether the one that the path came from surely goes. `gates` are the lines on the way here whose rows go only if
    nothing shares them, each stopped by all but what hangs on it and goes along: where such a row stays, this one does.
    """

    path: str
    fate: Fate
    steps: tuple[Step, ...]
    stopped: Formula
    pending: Formula = TRUE
    others: tuple[Step, ...] = ()
    parent_goes: bool = False
    gates: tuple[Line, ...] = ()

    @property
    def table(self) -> Table:
        """The table at the end of the path."""
        return self.steps[-1].end

    @property
    def climbs(self) -> bool:
        """Whether the path leads over a link upwards: such rows are found before anything goes, and go last."""
        return not all(step.down for step in self.steps)

    @property
    def chosen(self) -> bool:
        """Whether only some of the rows go, found one by one: those above, that may be shared, or hang on such."""
        return self.climbs or self.fate is RowFate.DELETE_IF_UNSHARED or bool(self.gates)


@dataclass(frozen=True, slots=True)
class Act:
    """What one rule does with its due records.

    `due` is the whole predicate; `still_due` the part of it that dealing with the rows below leaves as it was, for the
    statement that comes after. `lines` stand in the order in which they are carried out. `before` names the rules whose
    turn comes first, where they are due as well. `lasts` says that dealing with the rows below of some records makes no
    other record due, nor lets one of these be due no longer.
    """

    rule: Rule
    table: Table
    due: Formula
    still_due: Formula
    lines: tuple[Line, ...]
    before: tuple[str, ...] = ()
    lasts: bool = False

    @property
    def removes(self) -> bool:
        """Whether the record goes; otherwise it is redacted."""
        return self.rule.then is Disposition.DELETE


@dataclass(frozen=True, slots=True)
class Acts:
    """All acts of a database, in the order in which they are carried out, and the rules that apply refuses."""

    acts: tuple[Act, ...]
    refused: tuple[tuple[Rule, Refusal], ...]

    def of(self, rule: str) -> Act | None:
        """The act of a rule."""
        return next((act for act in self.acts if act.rule.name == rule), None)


def acts_of(ruling: Ruling) -> Acts:
    """Who acts on what: tables that are pointed at before those that point, removal before redaction.

    Of the rules that would remove a record the one that keeps longest acts, then the more cautious, then the first by
    name; what a rule removes no other redacts.
    """
    acts: list[Act] = []
    refused: list[tuple[Rule, Refusal]] = []
    for table in _from_above(ruling.catalogue, dict.fromkeys(bound.table for bound in ruling.bound)):
        before: list[_Removal] = []
        for bound in sorted(_acting(ruling, table), key=_rank):
            levels = ruling.levels(bound)
            try:
                acts.append(_act(ruling, bound, levels, before))
            except Refusal as refusal:
                refused.append((bound.rule, refusal))
            if bound.rule.then is Disposition.DELETE:
                before.append(_Removal(bound, levels))
    return Acts(tuple(acts), tuple(refused))


@dataclass(frozen=True, slots=True)
class _Removal:
    """A rule that removes records before others come to act on them."""

    bound: BoundRule
    levels: Levels

    def goes_before(self, other: BoundRule) -> Formula:
        """The record is this rule's, given that it is due under the other one.

        Where that one removes too, it is only due once all others have run out: then little is left to ask.
        """
        if other.rule.then is not Disposition.DELETE:
            return self.levels.due
        timing, blocked = self.bound.timing, opposite(self.levels.blocked)
        decided = opposite(some([timing.undated, timing.unreadable]))
        return every([self.bound.covers, decided, timing.over, blocked])


def _acting(ruling: Ruling, table: Table) -> Iterator[BoundRule]:
    for bound in ruling.bound:
        if bound.table is table:
            match bound.rule.then:
                case Disposition.DELETE | Disposition.REDACT:
                    yield bound
                case Disposition.HOLD:
                    yield ruling.released(bound)
                case Disposition.REPORT:
                    pass


def _rank(bound: BoundRule) -> tuple[bool, int, str]:
    keep = bound.rule.keep
    return bound.rule.then is Disposition.REDACT, -(keep.longest_days if keep else 0), bound.rule.name


def _from_above(catalogue: Catalogue, tables: Iterable[Table]) -> list[Table]:
    """The tables, those that others point at first, so that what a plan finds blocked stays so while it is done."""
    return sorted(tables, key=lambda table: len(catalogue.above(table)))


def _act(ruling: Ruling, bound: BoundRule, levels: Levels, before: list[_Removal]) -> Act:
    """A rule's act.

    Raises:
        Refusal: where apply may not touch a table, or would not know how.
    """
    _check_fit(ruling, bound)
    found = [_line(ruling, bound, named, steps) for named, steps in bound.withs if named.fate is not RowFate.KEEP]
    for named, steps in bound.withs:
        _check_reference(ruling.catalogue, bound, named, steps)
    going = [bound.table] if bound.rule.then.removes else []
    going += [line.table for line in found if line.fate in (RowFate.DELETE, RowFate.DELETE_IF_UNSHARED)]
    for table in going:
        _check_tied(ruling.catalogue, table, bound.rule.place("with"))
    lines = _in_order(ruling.catalogue, found)
    changed = frozenset(line.table for line in lines)
    due = every([levels.due, *(opposite(Surely(removal.goes_before(bound))) for removal in before)])
    if not bound.table.key and scrubs_of(due):
        raise Refusal(f"texts decide which records of {bound.table.full_name} are due", _NO_KEY, bound.rule.at)
    redacted = frozenset(line.table for line in lines if isinstance(line.fate, RedactRow))
    blocked = opposite(levels.blocked)
    lasting = [part for part in conjuncts(due) if part != blocked and tables_of(part).isdisjoint(changed)]
    lasts = all(part == blocked or tables_of(part).isdisjoint(changed) for part in conjuncts(due))
    # What rows below say may have been redacted with them, so it was asked before; new rows are still looked for.
    stops = (part for part in disjuncts(levels.blocked) if tables_of(part).isdisjoint(redacted))
    lasting.append(opposite(some(stops)))
    first = tuple(removal.bound.rule.name for removal in before)
    return Act(bound.rule, bound.table, due, every([*lasting, *_gone(ruling, lines)]), lines, first, lasts)


def _check_fit(ruling: Ruling, bound: BoundRule) -> None:
    """Refuse a table that apply may not touch, and one without a key where that is not declared, or does not do."""
    table, rule = bound.table, bound.rule
    if not table.unfit:
        return
    if table.unfit != KEYLESS:
        mend = "report on it, or dispose of its records by other means"
        raise Refusal(f"{table.full_name} is {table.unfit}", mend, rule.place("table"))
    entry = ruling.catalogue.entry_of(table)
    if entry is None or not entry.keyless:
        mend = "declare `key: none` for it in the inventory, and its rows go by the whole condition at once"
        raise Refusal(f"{table.full_name} is {table.unfit}", mend, rule.place("table"))
    without = f"{table.full_name} has no key, and"
    if any(each.rule.name == rule.name and each.rule.then is Disposition.HOLD for each in ruling.bound):
        raise Refusal(f"{without} no review can name its records", "let the rule delete or report", rule.place("then"))
    for line in rule.with_:
        if line.fate is not RowFate.KEEP:
            words = f"{without} nothing ties the rows of `{'.'.join(line.path)}` to the record that goes"
            raise Refusal(words, _NO_KEY, line.at)
    for name, target in rule.columns:
        if isinstance(target, SetHash | MaskIp | Scrub):
            words = f"{without} `{name}` cannot be computed record by record"
            raise Refusal(words, "use `null` or a constant, or give the table a key", rule.place(f"columns.{name}"))


def _gone(ruling: Ruling, lines: tuple[Line, ...]) -> Iterator[Formula]:
    """No row has come below the record since the rows there were dealt with."""
    for line in lines:
        if len(line.steps) == 1 and not line.climbs and line.fate in (RowFate.DELETE, RowFate.UNLINK):
            yield opposite(ruling.keeping.follow(line.steps, TRUE))


def _line(ruling: Ruling, bound: BoundRule, named: With, steps: tuple[Step, ...]) -> Line:
    table, at = steps[-1].end, named.at
    stopped, pending = ruling.protected(steps, columns_changed(named.fate, steps)), TRUE
    climbs = not all(step.down for step in steps)
    others: tuple[Step, ...] = ()
    gates = tuple(_gate(ruling, bound, above) for above in sharers(bound.withs, steps))
    chosen = climbs or named.fate is RowFate.DELETE_IF_UNSHARED or bool(gates)
    if table.unfit and (chosen or not table.unfit.startswith(KEYLESS)):
        mend = "leave its rows as they are with `keep`, or dispose of them by other means"
        raise Refusal(f"{table.full_name} is {table.unfit}", mend, at)
    match named.fate:
        case RowFate.DELETE_IF_UNSHARED:
            _check_known(ruling.catalogue, steps[-1], at)
            others = _beside(ruling.catalogue, steps[-1])
            stopped = some([stopped, _shared(ruling, table, frozenset())])
        case RowFate.UNLINK:
            _check_unlink(steps[-1], at)
        case RedactRow(columns):
            if not table.key:
                raise Refusal(f"{table.full_name} is {KEYLESS}", "write `unlink`, `delete` or `keep`", at)
            pending = differs(ruling.catalogue, table, columns, at)
        case RowFate.DELETE | RowFate.KEEP:
            pass
    parent_goes = _parent_goes(bound, steps) and not gates
    return Line(joined(named.path), named.fate, steps, stopped, pending, others, parent_goes, gates)


def _gate(ruling: Ruling, bound: BoundRule, steps: tuple[Step, ...]) -> Line:
    """The line of rows that may be shared, as it lets go what hangs on them: that alone does not share them."""
    table = steps[-1].end
    hanging = (found[-1] for named, found in bound.withs if found[:-1] == steps and named.fate in _LETS_GO)
    along = frozenset(step.link for step in hanging if step.down)
    stopped = some([ruling.protected(steps, None), _shared(ruling, table, along)])
    others = _beside(ruling.catalogue, steps[-1])
    parent_goes = _parent_goes(bound, steps) and not sharers(bound.withs, steps)
    return Line("", RowFate.DELETE_IF_UNSHARED, steps, stopped, TRUE, others, parent_goes)


#: After these fates a row does not point any more at the one on which it hung.
_LETS_GO = (RowFate.DELETE, RowFate.UNLINK)


def _shared(ruling: Ruling, table: Table, along: frozenset[Link]) -> Formula:
    """A row points at this one, by a link other than those that go along."""
    links = (link for link in ruling.catalogue.links_to(table) if link not in along)
    return some(ruling.keeping.follow((Step(link, True),), TRUE) for link in links)


def _beside(catalogue: Catalogue, step: Step) -> tuple[Step, ...]:
    """The other links of a row below to the table where it hangs."""
    if not step.down:
        return ()
    beside = (other for other in catalogue.links_from(step.end) if other.target is step.link.target)
    return tuple(Step(other, False) for other in beside if other != step.link)


def _check_known(catalogue: Catalogue, step: Step, at: Position) -> None:
    """Whether a row is shared can be told only where all columns of the link's name are known to lead somewhere."""
    names = {here.name.casefold() for here, _ in step.link.pairs}
    for table in catalogue.schema:
        found = {column.name.casefold(): column.name for column in table.columns if column.name.casefold() in names}
        linked = {here.name for link in catalogue.links_from(table) for here, _ in link.pairs}
        keys = set(found.values())
        own = keys <= set(table.key) if table is step.link.target else names <= _GENERIC and keys == set(table.key)
        if len(found) < len(names) or linked.issuperset(found.values()) or own or table.unfit in _VIEWS:
            continue
        column = ", ".join(found.values())
        mend = f"declare in the inventory where {table.full_name}.{column} leads, as a link"
        raise Refusal(f"whether {step.end.full_name} is shared cannot be told: {table.full_name}.{column}", mend, at)


#: Names of keys that say nothing of what they name.
_GENERIC = frozenset({"id", "uuid", "guid", "oid"})
_VIEWS = ("a view", "a materialized view")


def _check_unlink(step: Step, at: Position) -> None:
    if not step.down:
        raise Refusal("`unlink` takes a reference to the record away, and this path ends above it", "write `keep`", at)
    source, columns = step.link.source, [here for here, _ in step.link.pairs]
    nobody = step.link.declaration.nobody if step.link.declaration else ()
    for column in columns:
        if column.name in source.key:
            raise Refusal(f"{source.full_name}.{column.name} is part of its key", "write `delete`", at)
        if not column.nullable and not (nobody and len(columns) == 1):
            mend = "write `delete`, or declare which value leads nowhere with `nobody:` in the inventory"
            raise Refusal(f"{source.full_name}.{column.name} is NOT NULL, and cannot be unlinked", mend, at)


def _check_reference(catalogue: Catalogue, bound: BoundRule, named: With, steps: tuple[Step, ...]) -> None:
    """A row that stays may not point by a foreign key at one that goes: the database would refuse, or cascade."""
    if named.fate in (RowFate.DELETE, RowFate.UNLINK):
        return
    above = _parent_goes(bound, steps)
    key = catalogue.foreign_key(steps[-1].link)
    if not above or not steps[-1].down or key is None:
        return
    if isinstance(named.fate, RedactRow):
        nullable = {column.name for column in steps[-1].end.columns if column.nullable}
        emptied = {name for name, target in named.fate.columns if isinstance(target, SetNull) and name in nullable}
        if not emptied.isdisjoint(key.columns):
            return
    mend = "write `unlink` or `delete`"
    raise Refusal(f"a foreign key ties `{joined(named.path)}` to a row that goes", mend, named.at)


def _check_tied(catalogue: Catalogue, table: Table, at: Position) -> None:
    """A foreign key knows no `when` and no `where`: the database would also delete, or empty, what these exclude."""
    links = catalogue.links_to(table)
    bare = {(link.source, frozenset(link.pairs)) for link in links if not _has_conditions(link)}
    for link in links:
        if _has_conditions(link) and (link.source, frozenset(link.pairs)) not in bare and catalogue.foreign_key(link):
            ties = f"a foreign key ties all rows of {link.source.full_name} to {table.full_name}, by `{link.name}`"
            mend = "declare a link without `when` and `where` over its columns beside it"
            raise Refusal(f"{ties}, whatever its conditions say", mend, at)


def _has_conditions(link: Link) -> bool:
    return link.declaration is not None and bool(link.declaration.when or link.declaration.where)


def _parent_goes(bound: BoundRule, steps: tuple[Step, ...]) -> bool:
    """Whether the row goes that the last step of a path leaves."""
    return bound.rule.then.removes if len(steps) == 1 else _goes(bound, steps[:-1])


def _goes(bound: BoundRule, steps: tuple[Step, ...]) -> bool:
    return any(found == steps and named.fate is RowFate.DELETE for named, found in bound.withs)


def _in_order(catalogue: Catalogue, lines: list[Line]) -> tuple[Line, ...]:
    """Deepest first, and rows that point at others before these; paths that climb come last."""
    waiting = sorted(lines, key=lambda line: (line.climbs, -len(line.steps)))
    ordered: list[Line] = []
    while waiting:
        free = [line for line in waiting if not any(_comes_before(catalogue, other, line) for other in waiting)]
        ordered.append((free or waiting)[0])
        waiting.remove(ordered[-1])
    return tuple(ordered)


def _comes_before(catalogue: Catalogue, other: Line, line: Line) -> bool:
    """The other line's rows have to be dealt with first: they are found through this line's, or point at them."""
    if other is line or other.climbs != line.climbs:
        return False
    longer = len(other.steps) > len(line.steps) and other.steps[: len(line.steps)] == line.steps
    # Rows of paths that climb are found before anything goes: there only what points at what counts.
    found_through = longer and not line.climbs
    shares = any(_points(catalogue, other, gate) for gate in line.gates if other.steps[: len(gate.steps)] != gate.steps)
    return found_through or shares or _points(catalogue, other, line)


def _points(catalogue: Catalogue, line: Line, at: Line) -> bool:
    links = catalogue.links_from(line.table) if line.table is not at.table else ()
    return any(link.target is at.table for link in links)
