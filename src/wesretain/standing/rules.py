"""The heart: each rule's standings as formulas, from intent, schema and holds.

A record has one standing under a rule, the first that fits: uncovered, held, undecidable, law, agreed, kept, blocked,
due. `Levels` holds one formula for each question on that way, and says on which side unknown falls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from wesretain.model.names import joined
from wesretain.model.rule import Disposition, Fate, RedactRow, RowFate, Rule, Scrub, With
from wesretain.model.schema import Table
from wesretain.standing.catalogue import Catalogue, Refusal, Step
from wesretain.standing.conditions import Binder, Moment
from wesretain.standing.formula import FALSE, TRUE, Formula, IsSameRow, every, opposite, some
from wesretain.standing.holds import HeldRecords
from wesretain.standing.redaction import Targets, differs
from wesretain.standing.reviews import NO_REVIEWS, Reviews
from wesretain.standing.timing import Timing, timing_of


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule bound to its live table.

    `matches` is its `where` as it lets records go, `protects` as it keeps them (near misses included); `unfinished` is
    what a redact rule has left to do, and true for every other rule; `doubles` is true where a link of its condition
    or its clock finds several rows, and one is meant.
    """

    rule: Rule
    table: Table
    matches: Formula
    protects: Formula
    unfinished: Formula
    timing: Timing
    withs: tuple[tuple[With, tuple[Step, ...]], ...] = ()
    doubles: Formula = FALSE

    @property
    def covers(self) -> Formula:
        """The rule covers the record, as it lets it go."""
        return every([self.matches, self.unfinished])


@dataclass(frozen=True, slots=True)
class Levels:
    """The questions that give a record its standing under a rule, in order.

    Unknown falls on the side that keeps (docs/semantics.md, §4): uncovered where the rule cannot cover, undecidable
    where it does not surely; held, law, agreed, kept and blocked where they may be.
    """

    covers: Formula
    held: Formula
    undated: Formula
    law: Formula
    agreed: Formula
    kept: Formula
    blocked: Formula

    @property
    def due(self) -> Formula:
        """None of the standings before it fits."""
        stops = (self.held, self.undated, self.law, self.agreed, self.kept, self.blocked)
        return every([self.covers, *(opposite(stop) for stop in stops)])


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that may stand in a record's way, in words, and the formula of when it does.

    `rule` is the rule that stands in the way, where one does; `above` leads from the record to the row that the rule
    covers, where that is another one.
    """

    words: str
    formula: Formula
    rule: BoundRule | None = None
    above: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """All rules of one database, bound; those that could not be, and why; what is held; what reviews decided."""

    catalogue: Catalogue
    moment: Moment
    bound: tuple[BoundRule, ...]
    refused: tuple[tuple[Rule, Refusal], ...]
    held: HeldRecords
    reviews: Reviews = NO_REVIEWS

    def levels(self, bound: BoundRule) -> Levels:
        """The questions of a rule."""
        return Levels(
            covers=bound.covers,
            held=self.held.by_own_rules(bound.table),
            undated=some([bound.timing.undated, bound.timing.unreadable]),
            law=_any_of(self.laws(bound.table, columns_touched(bound.rule))),
            agreed=_any_of(self.agreements(bound.table, bound)),
            kept=_any_of(self.keepers(bound)),
            blocked=self.blocked(bound),
        )

    # -- what stands in the way of a record itself --------------------------------------------------------------

    def laws(self, table: Table, touched: frozenset[str] | None) -> Iterator[Reason]:
        """Laws on the row that have not run out; `touched` are the columns that would change, None for all."""
        for bound in self.bound:
            if bound.rule.law is None or not _stops(bound.rule, touched):
                continue
            words = f"{bound.rule.law} (rule `{bound.rule.name}`)"
            runs = every([bound.protects, opposite(bound.timing.over)])
            if bound.table is table:
                yield Reason(words, runs, bound)
            for _, steps in bound.withs:
                if steps[-1].end is table:
                    above = tuple(step.reverse for step in reversed(steps))
                    yield Reason(f"{words}, from above", self.keeping.follow(above, runs), bound, above)
        for rule, _ in self.refused:
            named = {part for line in rule.with_ for part in line.path}
            if rule.law is not None and not named.isdisjoint(self._names_of(table)):
                yield Reason(f"{rule.law} (rule `{rule.name}`, which the database refuses)", TRUE)

    def agreements(self, table: Table, own: BoundRule | None = None) -> Iterator[Reason]:
        """Agreements on the row that still run; those of reports matter to the reports alone."""
        for bound in self.bound:
            counts = bound is own or bound.rule.then is not Disposition.REPORT
            if bound.table is table and bound.rule.agreed_until and counts:
                runs = every([bound.protects, opposite(bound.timing.agreement_over)])
                yield Reason(f"an agreement (rule `{bound.rule.name}`)", runs, bound)

    def keepers(self, bound: BoundRule) -> Iterator[Reason]:
        """Windows that have not run out: the rule's own, and others' that would remove the record or override it."""
        yield Reason("its own period", opposite(bound.timing.run_out), bound)
        yield Reason("a longer period, which its review gave it", self.reviews.extended(self.catalogue, bound), bound)
        name = bound.rule.name
        siblings = [other for other in self.bound if other.table is bound.table and other.rule.name != name]
        for other in siblings:
            words = f"rule `{other.rule.name}`"
            runs = every([other.protects, opposite(other.timing.over)])
            unstruck = opposite(_struck(other, [bound, *siblings]))
            if bound.rule.name in other.rule.overrides and other.rule.then is not Disposition.REPORT:
                yield Reason(f"{words}, which overrides this one", runs, other)
            elif bound.rule.then.removes and other.rule.then.removes:
                yield Reason(f"{words}, which keeps longer", every([runs, unstruck]), other)
            if bound.rule.then is Disposition.DELETE and other.rule.then is Disposition.HOLD:
                waits = every([other.protects, opposite(self._released(other)), unstruck])
                yield Reason(f"{words}, whose review has not let it go", waits, other)
        yield from self._shields(bound.table)

    def _released(self, bound: BoundRule) -> Formula:
        """The record's review has let it go."""
        extended = self.reviews.extended(self.catalogue, bound)
        return every([self.reviews.approved(self.catalogue, bound), opposite(extended)])

    def released(self, bound: BoundRule) -> BoundRule:
        """A rule that orders reviews, as it acts on the records that their reviews have let go: it deletes them."""
        rule = replace(bound.rule, then=Disposition.DELETE)
        return replace(bound, rule=rule, matches=every([bound.matches, self._released(bound)]))

    def _shields(self, table: Table) -> Iterator[Reason]:
        """A rule that the live database refuses protects its whole table until it is mended."""
        for rule, _ in self.refused:
            if self.catalogue.schema.table(rule.table.schema, rule.table.name) is table:
                yield Reason(f"rule `{rule.name}`, which the database refuses", TRUE)

    # -- what stands in the way below it ------------------------------------------------------------------------

    def protected(self, path: tuple[Step, ...], touched: frozenset[str] | None) -> Formula:
        """A row at the end of a path may not be touched: held, under law or agreed, or under a rule that is refused.

        The record where the path begins is not held itself.
        """
        return some([self.held.below(path), _any_of(self._protections(path[-1].end, touched))])

    def _protections(self, table: Table, touched: frozenset[str] | None) -> Iterator[Reason]:
        yield from self.laws(table, touched)
        yield from self.agreements(table)
        yield from self._shields(table)

    def blocked(self, bound: BoundRule) -> Formula:
        """A row below the record, or beside it, stops what the rule would do with it."""
        if bound.rule.then not in (Disposition.DELETE, Disposition.REDACT):
            return FALSE
        stops = (
            self.keeping.follow(steps, self.protected(steps, columns_changed(line.fate, steps)))
            for line, steps in bound.withs
        )
        return some([*stops, *(reason.formula for reason in (*self._shared(bound), *self._unnamed(bound)))])

    def blockers(self, bound: BoundRule) -> Iterator[Reason]:
        """What `blocked` asks of a rule that deletes or redacts, each hold, law and agreement by itself, in words."""
        for line, steps in bound.withs:
            path, table = joined(line.path), steps[-1].end
            yield Reason(f"`{path}` is held", self.keeping.follow(steps, self.held.of(table)))
            for each in self._protections(table, columns_changed(line.fate, steps)):
                yield Reason(f"`{path}`: {each.words}", self.keeping.follow(steps, each.formula), each.rule)
        yield from self._shared(bound)
        yield from self._unnamed(bound)

    def _shared(self, bound: BoundRule) -> Iterator[Reason]:
        """Rows below that belong to another record too, since their link may lead to several: nobody can say whose."""
        seen: set[tuple[Step, ...]] = set()
        for line, steps in bound.withs if bound.rule.then.removes or bound.rule.then is Disposition.REDACT else ():
            for number, step in enumerate(steps, 1):
                path = steps[:number]
                if not step.down or step.reverse.lone or path in seen or line.fate is RowFate.KEEP:
                    continue
                seen.add(path)
                words = joined([name for each in path for name in _segments(self.catalogue, each)])
                others = self.keeping.several((step.reverse,)) if self.catalogue.key(step.start) else TRUE
                yield Reason(f"`{words}` belongs to several records", self.keeping.follow(path, others))

    def _unnamed(self, bound: BoundRule) -> Iterator[Reason]:
        """Rows that point at what the rule deletes, and that it does not deal with, or cannot surely find."""
        if bound.rule.then is Disposition.DELETE:
            yield from self._left_behind(bound, bound.table, ())
        for line, steps in bound.withs:
            if line.fate is RowFate.DELETE:
                yield from self._left_behind(bound, steps[-1].end, steps)
        if bound.rule.then is Disposition.REDACT:
            yield from self._missed(bound)

    def _missed(self, bound: BoundRule) -> Iterator[Reason]:
        """Rows right below that a redaction is to delete or unlink, and cannot surely find."""
        for line, steps in bound.withs:
            removes = line.fate in (RowFate.DELETE, RowFate.UNLINK)
            if removes and len(steps) == 1 and steps[0].down and not steps[0].link.certain:
                stays = opposite(self._goes(bound, steps, (steps,)))
                words = f"`{joined(line.path)}` may lead here, and does not surely"
                yield Reason(words, self.keeping.follow(steps, stays))

    def _left_behind(self, bound: BoundRule, table: Table, path: tuple[Step, ...]) -> Iterator[Reason]:
        """Rows that point at a row that goes, and that `with` does not name; or names, and cannot surely find."""
        named = {steps[-1].link for _, steps in bound.withs if steps[:-1] == path and steps[-1].down}
        for link in self.catalogue.links_to(table):
            steps = (*path, Step(link, True))
            words = joined(segment for step in steps for segment in _segments(self.catalogue, step))
            if link not in named:
                stays = opposite(self._goes(bound, steps, ()))
                yield Reason(f"`{words}` is not named in `with`", self.keeping.follow(steps, stays))
            elif not all(step.link.certain for step in steps):
                stays = opposite(self._goes(bound, steps, (steps,)))
                yield Reason(f"`{words}` may lead here, and does not surely", self.keeping.follow(steps, stays))

    def _goes(self, bound: BoundRule, here: tuple[Step, ...], ways: tuple[tuple[Step, ...], ...]) -> Formula:
        """A row below the record is surely dealt with: `with` deletes it by some path, or it is found by one of `ways`.

        The row is followed back by that path; the row at its start must be the record itself.
        """
        key = self.catalogue.key(bound.table)
        if not key:
            return FALSE
        table, depth = here[-1].end, len(here)
        itself = table is bound.table and bound.rule.then is Disposition.DELETE
        removing = Binder(self.catalogue, self.moment)
        deleted = (
            s
            for line, s in bound.withs
            if line.fate is RowFate.DELETE and s[-1].end is table and not sharers(bound.withs, s)
        )
        backs = (tuple(step.reverse for step in reversed(steps)) for steps in dict.fromkeys((*deleted, *ways)))
        found = (removing.follow(back, IsSameRow(depth + len(back), key)) for back in backs)
        return some([*([IsSameRow(depth, key)] if itself else []), *found])

    def _names_of(self, table: Table) -> set[str]:
        return {table.name, *(link.name for link in self.catalogue.links_to(table))}

    @property
    def keeping(self) -> Binder:
        """Binds what protects."""
        return Binder(self.catalogue, self.moment, keeps=True)


def _any_of(reasons: Iterable[Reason]) -> Formula:
    return some(reason.formula for reason in reasons)


def _struck(bound: BoundRule, siblings: list[BoundRule]) -> Formula:
    """A rule that covers the record and is decided overrides this one."""
    return some(
        every([other.covers, opposite(some([other.timing.undated, other.timing.unreadable]))])
        for other in siblings
        if bound.rule.name in other.rule.overrides
    )


def _segments(catalogue: Catalogue, step: Step) -> tuple[str, ...]:
    return catalogue.child_path(step.link) if step.down else (step.link.name,)


def _stops(rule: Rule, touched: frozenset[str] | None) -> bool:
    """Whether a law stops a change of some columns (None: of the whole record)."""
    protected = {each for name in rule.protects for each in (name, name.partition(".")[0])}
    return not protected or touched is None or not touched.isdisjoint(protected)


def columns_touched(rule: Rule) -> frozenset[str] | None:
    """The columns of the record that a rule changes; None where it takes the whole record."""
    return None if rule.then.removes else _changed(rule.columns)


def _changed(columns: Targets) -> frozenset[str]:
    """The columns that a redaction changes; beside a member of JSON the column that holds it."""
    return frozenset(each for name, _ in columns for each in (name, name.partition(".")[0]))


def columns_changed(fate: Fate, steps: tuple[Step, ...]) -> frozenset[str] | None:
    """The columns of a row below that its fate changes; None where it takes the whole row."""
    match fate:
        case RedactRow(columns):
            return _changed(columns)
        case RowFate.UNLINK:
            return frozenset(here.name for here, _ in steps[-1].link.pairs)
        case RowFate.KEEP:
            return frozenset()
        case RowFate.DELETE | RowFate.DELETE_IF_UNSHARED:
            return None


def bind_rules(
    catalogue: Catalogue, moment: Moment, rules: tuple[Rule, ...]
) -> tuple[tuple[BoundRule, ...], tuple[tuple[Rule, Refusal], ...]]:
    """All rules of a database, bound to it as far as it lets them be."""
    bound: list[BoundRule] = []
    refused: list[tuple[Rule, Refusal]] = []
    for rule in rules:
        try:
            bound.append(_bind(catalogue, moment, rule))
        except Refusal as refusal:
            refused.append((rule, refusal))
    return tuple(bound), tuple(refused)


def _bind(catalogue: Catalogue, moment: Moment, rule: Rule) -> BoundRule:
    table = catalogue.table(rule.table, rule.place("table"))
    for source, target, refusal in catalogue.broken_links:
        if source is table or target == table.full_name:
            raise refusal
    removing, keeping = Binder(catalogue, moment), Binder(catalogue, moment, keeps=True)
    redacts = rule.then is Disposition.REDACT and bool(rule.columns)
    withs = _withs(catalogue, table, rule)
    timing = timing_of(keeping, table, rule)
    asked = keeping.doubles(table, rule.where) if rule.where else FALSE
    return BoundRule(
        rule=rule,
        table=table,
        matches=removing.bind(table, rule.where) if rule.where else TRUE,
        protects=keeping.bind(table, rule.where) if rule.where else TRUE,
        unfinished=_unfinished(removing, table, rule, withs) if redacts else TRUE,
        timing=timing,
        withs=withs,
        doubles=some([asked, timing.several]),
    )


def _unfinished(
    removing: Binder, table: Table, rule: Rule, withs: tuple[tuple[With, tuple[Step, ...]], ...]
) -> Formula:
    """Something is left to do: a column of the record itself differs, or a row that `with` names is not dealt with."""
    below = (
        removing.follow(steps, _unsettled(removing.catalogue, line, steps[-1].end))
        for line, steps in withs
        if not sharers(withs, steps)
    )
    return some([differs(removing.catalogue, table, rule.columns, rule.place("columns")), *below])


def sharers(withs: Iterable[tuple[With, tuple[Step, ...]]], steps: tuple[Step, ...]) -> tuple[tuple[Step, ...], ...]:
    """The paths on the way to a row whose rows go only if nothing shares them: what hangs on these goes with them."""
    return tuple(
        above
        for line, above in withs
        if line.fate is RowFate.DELETE_IF_UNSHARED and len(above) < len(steps) and steps[: len(above)] == above
    )


def _unsettled(catalogue: Catalogue, line: With, table: Table) -> Formula:
    """A row below still has to be dealt with. What is scrubbed there nobody asks: only Python could tell."""
    match line.fate:
        case RedactRow(columns):
            asked = tuple((name, target) for name, target in columns if not isinstance(target, Scrub))
            return differs(catalogue, table, asked, line.at)
        case RowFate.DELETE | RowFate.UNLINK:
            return TRUE
        case RowFate.KEEP | RowFate.DELETE_IF_UNSHARED:
            return FALSE


def _withs(catalogue: Catalogue, table: Table, rule: Rule) -> tuple[tuple[With, tuple[Step, ...]], ...]:
    withs: dict[tuple[Step, ...], With] = {}
    for line in rule.with_:
        steps = catalogue.walk(table, line.path, line.at)
        if (other := withs.setdefault(steps, line)) is not line:
            words = f"`{joined(line.path)}` names the rows that `{joined(other.path)}` names"
            raise Refusal(words, "remove one of the two lines", line.at)
    return tuple((line, steps) for steps, line in withs.items())
