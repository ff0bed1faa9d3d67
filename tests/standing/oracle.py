"""The naive oracle: where a row stands under a rule, told as literally as docs/semantics.md tells it.

It shares no code with the product, whose dataclasses it only reads. It is slow on purpose: every question is a loop
over all rows. Hold it beside that page: the clauses of `standing` are the functions below it, in the same order. Where
it leaves two readings open, the one that keeps more is taken and marked READING.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from standing.times import (
    NEVER,
    UNDATED,
    ClockFacts,
    Reading,
    Span,
    cut_off,
    is_declared,
    local_date,
    minus_on_calendar,
    read,
)
from standing.world import TIMES, Row, Value, World
from wesretain.model.condition import Age, All, AnyOf, Compare, Condition, Has, Is, Not, Operator, Presence
from wesretain.model.hold import Hold, OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable
from wesretain.model.inventory import Clock, Element, TableEntry
from wesretain.model.rule import (
    Category,
    Disposition,
    Fate,
    Path,
    Redaction,
    RedactRow,
    RowFate,
    Rule,
    SetConstant,
    SetNull,
    SetTemplate,
    TableName,
)
from wesretain.model.schema import Kind
from wesretain.model.standing import Standing

REMOVALS = (Disposition.HOLD, Disposition.DELETE)
"""The dispositions of rules that would let a whole record go."""


def standings(world: World) -> dict[tuple[str, str, tuple[str, ...]], Standing]:
    """Every row of every rule's table: (rule, table, key as text) → where it stands."""
    return {
        (rule.name, row.table, row.key): standing(world, rule, row)
        for rule in world.rules
        for row in world.rows_of(rule.table.name)
    }


def standing(world: World, rule: Rule, row: Row) -> Standing:
    """Exactly one standing: the first that fits."""
    if covers(world, rule, row) is NO:
        return Standing.UNCOVERED
    if held(world, row):
        return Standing.HELD
    if covers(world, rule, row) is UNKNOWN or undecidable(world, rule, row):
        return Standing.UNDECIDABLE
    if under_law(world, row, change_of(rule)):
        return Standing.LAW
    if agreed(world, row, rule):
        return Standing.AGREED
    if kept(world, rule, row):
        return Standing.KEPT
    if blocked(world, rule, row):
        return Standing.BLOCKED
    return Standing.DUE


def why(world: World, rule: Rule, row: Row) -> str:
    """Every clause's answer, for a person who looks into a difference."""
    clock = "nothing" if rule.keep is None else clock_of(world, rule, row)
    cut = "" if rule.keep is None else f", cut-off {cut_off(world.as_of, rule.keep, world.zone)}"
    return (
        f"covers {covers(world, rule, row)}, held {held(world, row)}, "
        f"clock {clock}{cut}, agreement {agreement(world, rule, row)}, "
        f"law {under_law(world, row, change_of(rule))}, agreed {agreed(world, row, rule)}, "
        f"kept {kept(world, rule, row)}, blocked {blocked(world, rule, row)}"
    )


# 0. uncovered: the rule does not match it


def covers(world: World, rule: Rule, row: Row) -> Truth:
    """Whether the rule matches the row, read to the letter; a redact rule only while there is something to redact."""
    matches = holds(world, rule.where, row, BY_THE_LETTER)
    if rule.then is Disposition.REDACT:
        return both(matches, something_is_left(world, rule, row))
    return matches


def may_cover(world: World, rule: Rule, row: Row) -> bool:
    """Whether another rule may match the row and so protect it: near misses and the unknown count.

    READING: so for laws, and also for agreements, peers and overriding rules; none of these is asked whether there is
    something left to redact.
    """
    return holds(world, rule.where, row, NEAR_ENOUGH) is not NO


def something_is_left(world: World, rule: Rule, row: Row) -> Truth:
    """Whether a redact rule has work: on the row itself, or on a row that its `with` leads to by the letter.

    A row that is to be deleted or unlinked is work as long as it is there, one to be redacted as long as it differs.
    """
    found = differs(world, row, rule.columns)
    for line in rule.with_ if rule.columns else ():
        for below, truth in reached(world, row, line.path, BY_THE_LETTER):
            match line.fate:
                case RedactRow(columns):
                    found = either(found, both(truth, differs(world, below, columns)))
                case RowFate.DELETE | RowFate.UNLINK:
                    found = either(found, truth)
    return found


def differs(world: World, row: Row, columns: tuple[tuple[str, Redaction], ...]) -> Truth:
    """Whether some column is not yet what a rule would make of it; NULL is a value like any other.

    What cannot be NULL gets the blank of its type instead; a date, which has none, gets the constant.
    """
    for column, redaction in columns:
        facts = world.column(row.table, column)
        match redaction:
            case SetNull() if facts.nullable:
                target: Value = None
            case SetNull():
                target = {Kind.TEXT: "", Kind.BOOLEAN: False}.get(facts.kind, 0)
            case SetConstant(text) if facts.kind in TIMES:
                target = text if facts.stored_as_text else typed_time(text, facts.kind)
            case SetConstant(text):
                target = coerced(text, facts.kind)
            case SetTemplate(template):
                target = template
                for name in world.table(row.table).key:
                    target = target.replace("{" + name + "}", str(row[name]))
            case _:  # what is computed of the old value has oracles of its own, and no world asks for it
                raise NotImplementedError(redaction)
        if row[column] != target:
            return YES
    return NO


def typed_time(text: str, kind: Kind) -> Value:
    """A constant as a column of dates, or of times, holds it."""
    if kind is Kind.DATE:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if kind is Kind.INSTANT else moment


# 1. held: a hold reaches it, and beats everything


def held(world: World, row: Row) -> bool:
    return any(reaches(world, hold, row, seen=()) for hold in world.holds)


def reaches(world: World, hold: Hold, row: Row, seen: tuple[Row, ...]) -> bool:
    """A hold reaches what it names, and everything below."""
    if names(world, hold, row):
        return True
    return any(reaches(world, hold, above, (*seen, row)) for above in rows_above(world, row) if above not in seen)


def names(world: World, hold: Hold, row: Row) -> bool:
    """Whether a hold's own words mean this row."""
    match hold.scope:
        case OnRecord(table, key):
            return is_record(world, row, table, key)
        case OnSubject(table, key):
            if is_record(world, row, table, key):
                return True
            subjects = subjects_of(world, row.table)
            if subjects is None:
                return any(rule.table.name == row.table for rule in world.rules)
            return any(
                is_record(world, person, table, key)
                for path in subjects
                if path != ("self",)
                for person, leads in reached(world, row, path, NEAR_ENOUGH)
                if leads is not NO
            )
        case OnRecords(table, condition):
            return is_table(world, row, table) and holds(world, condition, row, NEAR_ENOUGH) is not NO
        case OnTable(table):
            return is_table(world, row, table)
        case OnCategory(category):
            return category in categories_of(world, row.table)
        case OnDatabase(database):
            return database == world.inventory.databases[0].name


def is_table(world: World, row: Row, table: TableName) -> bool:
    return (table.database, table.schema, table.name) == (world.inventory.databases[0].name, None, row.table)


def is_record(world: World, row: Row, table: TableName, key: tuple[str, ...]) -> bool:
    """Whether a key names this row: text keys whatever their case and padding."""
    if not is_table(world, row, table):
        return False
    columns = world.table(row.table).key
    return len(key) == len(columns) and all(
        blurred(str(row[column])) == blurred(text)
        if world.column(row.table, column).kind is Kind.TEXT
        else str(row[column]) == text
        for column, text in zip(columns, key, strict=True)
    )


def subjects_of(world: World, table: str) -> tuple[Path, ...] | None:
    entry = entry_of(world, table)
    return entry.subjects if entry else None


def categories_of(world: World, table: str) -> list[Category]:
    entry = entry_of(world, table)
    declared = [entry.category] if entry and entry.category else []
    return declared + [rule.category for rule in world.rules if rule.table.name == table]


# 2. undecidable: its clock is undated, or its agreement cannot be read


def undecidable(world: World, rule: Rule, row: Row) -> bool:
    clock_is_undated = rule.keep is not None and clock_of(world, rule, row) is UNDATED
    return clock_is_undated or agreement(world, rule, row) is Agreement.UNREADABLE


def clock_of(world: World, rule: Rule, row: Row) -> Reading:
    """What the clock says that the rule's period runs from."""
    assert rule.after is not None
    if rule.after.newest:
        return newest(world, rule.after.names, row)
    (name,) = rule.after.names
    values = values_at(world, row, name)
    if len(values) != 1:
        return UNDATED
    return read(clock_facts(world, *column_at(world, row.table, name)), values[0])


def newest(world: World, paths: tuple[Path, ...], row: Row) -> Reading:
    """The latest of all the clocks at the ends of the paths: undated where there is surely none, or where one is.

    READING: rows that only perhaps are at the ends count as well.
    """
    sure = [there for path in paths for there in surely_at(world, row, path[:-1])]
    found = [
        read(clock_facts(world, there.table, path[-1]), there[path[-1]])
        for path in paths
        for there in possibly_at(world, row, path[:-1])
    ]
    if not sure or UNDATED in found:
        return UNDATED
    if NEVER in found:
        return NEVER
    return max((clock for clock in found if isinstance(clock, Span)), key=lambda span: span.counts)


def clock_facts(world: World, table: str, name: str) -> ClockFacts:
    """What the inventory and the column's type say of a clock."""
    entry = entry_of(world, table)
    column = world.column(table, name)
    clock = next((c for c in entry.clocks if c.column == name), Clock(name)) if entry else Clock(name)
    elements = dict(entry.columns).get(name, ()) if entry else ()
    people_are_older = date(1900, 1, 2) if Element.DATE_OF_BIRTH in elements else date(1970, 1, 2)
    return ClockFacts(
        kind=column.kind,
        text=column.kind is Kind.TEXT or column.stored_as_text,
        unit=clock.format,
        zone=ZoneInfo(clock.zone or world.inventory.databases[0].zone or "no zone is known"),
        floor=clock.floor or people_are_older,
        undated=clock.undated,
        never=clock.never,
        counts_from_start=clock.counts_from_start,
    )


def has_run_out(world: World, rule: Rule, row: Row) -> bool:
    """Whether the rule's period is surely over, and no agreement draws it out."""
    if agreement(world, rule, row) in (Agreement.RUNS, Agreement.UNREADABLE):
        return False
    if rule.keep is None:
        return True
    clock = clock_of(world, rule, row)
    return isinstance(clock, Span) and clock.counts <= cut_off(world.as_of, rule.keep, world.zone)


# 3. law: a law that covers it has not run out


@dataclass(frozen=True)
class Change:
    """What would be done to a row."""

    removed: bool
    columns: tuple[str, ...] = ()


def change_of(rule: Rule) -> Change:
    """What a rule would do to its own rows."""
    if rule.then in REMOVALS:
        return Change(removed=True)
    return Change(removed=False, columns=tuple(column for column, _ in rule.columns))


def under_law(world: World, row: Row, change: Change) -> bool:
    """Whether a law forbids the change: a law on the row itself, or on a row above it whose `with` leads here."""
    for law in world.rules:
        if law.law is None or not forbids(law, change):
            continue
        if law.table.name == row.table and protects(world, law, row):
            return True
        for above in world.rows_of(law.table.name):
            for line in law.with_:
                if row in possibly_at(world, above, line.path) and protects(world, law, above):
                    return True
    return False


def protects(world: World, law: Rule, row: Row) -> bool:
    return may_cover(world, law, row) and not has_run_out(world, law, row)


def forbids(law: Rule, change: Change) -> bool:
    """A law that protects some columns only keeps the row, and them; every other forbids all change, and any report."""
    return not law.protects or change.removed or any(column in law.protects for column in change.columns)


# 4. agreed: the person's agreement still runs


class Agreement(Enum):
    """What a rule's `agreed until` says."""

    NONE = "none"
    OVER = "over"
    RUNS = "runs"
    UNREADABLE = "unreadable"


def agreement(world: World, rule: Rule, row: Row) -> Agreement:
    """NULL is no agreement; a date runs to its end.

    READING: NULL where the inventory declares it (`never: [null]`) is what it declares.
    """
    if rule.agreed_until is None:
        return Agreement.NONE
    facts = clock_facts(world, *column_at(world, row.table, rule.agreed_until))
    values = values_at(world, row, rule.agreed_until)
    if len(values) != 1:
        return Agreement.UNREADABLE
    if values[0] is None and not is_declared(facts, facts.undated + facts.never, None):
        return Agreement.NONE
    end = read(facts, values[0])
    if end is UNDATED:
        return Agreement.UNREADABLE
    if isinstance(end, Span) and end.last <= world.as_of:
        return Agreement.OVER
    return Agreement.RUNS


def agreed(world: World, row: Row, rule: Rule | None = None) -> bool:
    """Whether this rule's agreement runs, or perhaps that of any other rule on the row's table (not a report)."""
    if rule is not None and agreement(world, rule, row) is Agreement.RUNS:
        return True
    return any(
        agreement(world, other, row) in (Agreement.RUNS, Agreement.UNREADABLE) and may_cover(world, other, row)
        for other in world.rules
        if other != rule and other.table.name == row.table and other.then is not Disposition.REPORT
    )


# 5. kept: it has not run out, or another rule that would remove it has not


def kept(world: World, rule: Rule, row: Row) -> bool:
    if not has_run_out(world, rule, row):
        return True
    others = [other for other in world.rules if other != rule and other.table.name == row.table]
    if rule.then is Disposition.DELETE and any(
        other.then is Disposition.HOLD and may_cover(world, other, row) and not struck(world, other, row)
        for other in others
    ):
        return True  # a review has to let it go, and no world has decided any
    still_running = [o for o in others if may_cover(world, o, row) and not has_run_out(world, o, row)]
    for other in still_running:
        if rule.name in other.overrides and other.then is not Disposition.REPORT:
            return True
        if rule.then in REMOVALS and other.then in REMOVALS and not struck(world, other, row):
            return True
    return False


def struck(world: World, rule: Rule, row: Row) -> bool:
    """Whether a rule that surely covers the row, and is decided there, overrides this one.

    READING: a rule whose agreement cannot be read is not decided.
    """
    return any(
        rule.name in other.overrides
        and other.table.name == row.table
        and covers(world, other, row) is YES
        and not undecidable(world, other, row)
        for other in world.rules
    )


# 6. blocked: it is due, but a row below it must stay, or is not named


def blocked(world: World, rule: Rule, row: Row) -> bool:
    if rule.then not in (Disposition.DELETE, Disposition.REDACT):
        return False
    return (
        a_named_row_must_stay(world, rule, row)
        or a_row_is_left_behind(world, rule, row)
        or a_redaction_misses_a_row(world, rule, row)
    )


def a_named_row_must_stay(world: World, rule: Rule, row: Row) -> bool:
    """Whether a row that `with` names, with any fate, is held, under law or agreed."""
    return any(
        held(world, below)
        or under_law(world, below, change_by(world, row.table, line.path, line.fate))
        or agreed(world, below)
        for line in rule.with_
        for below in possibly_at(world, row, line.path)
    )


def change_by(world: World, table: str, path: Path, fate: Fate) -> Change:
    """What a fate does to the row at the end of a path."""
    match fate:
        case RedactRow(columns):
            return Change(removed=False, columns=tuple(column for column, _ in columns))
        case RowFate.UNLINK:
            *_, (_, link) = steps(world, table, path)
            return Change(removed=False, columns=link.here)
        case RowFate.KEEP:
            return Change(removed=False)
        case _:
            return Change(removed=True)


def a_row_is_left_behind(world: World, rule: Rule, row: Row) -> bool:
    """Whether a row that goes leaves one below it that does not go, on a path that `with` does not name.

    READING: a row that only perhaps is below counts, on both sides: it may go and leave rows behind, and it may be left
    behind, since `with` surely finds only what surely is there. READING: for a redact rule too the rows that go may
    leave none behind, although its own row stays.
    """
    deleted = [line.path for line in rule.with_ if line.fate is RowFate.DELETE]
    named = [steps(world, row.table, line.path) for line in rule.with_]
    going = [(path, there) for path in deleted for there in possibly_at(world, row, path)]
    gone = {there for path in deleted for there in surely_at(world, row, path)}
    if rule.then is Disposition.DELETE:
        going.append(((), row))
        gone.add(row)
    return any(
        below not in gone
        and not (steps(world, row.table, (*path, *name)) in named and below in surely_at(world, row, (*path, *name)))
        for path, there in going
        for name, link in children_of(world, there.table)
        for below in world.rows_of(link.table)
        if leads(world, link, below, there, NEAR_ENOUGH) is not NO
    )


def a_redaction_misses_a_row(world: World, rule: Rule, row: Row) -> bool:
    """Whether a row perhaps hangs on the redacted one that was to be deleted or unlinked: `with` finds sure ones only.

    READING: right below alone. What is deleted by another path is not missed.
    """
    lines = rule.with_ if rule.then is Disposition.REDACT else ()
    gone = {there for line in lines if line.fate is RowFate.DELETE for there in surely_at(world, row, line.path)}
    return any(
        below not in gone and below not in surely_at(world, row, line.path)
        for line in lines
        if line.fate in (RowFate.DELETE, RowFate.UNLINK)
        and [way for way, _ in steps(world, row.table, line.path)] == ["down"]
        for below in possibly_at(world, row, line.path)
    )


# Links: up from a row to the row it points at; down to the rows that point at it


@dataclass(frozen=True)
class Link:
    """A foreign key, declared or not: rows of `table` lead to rows of `to`."""

    name: str
    table: str
    to: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    nobody: tuple[str, ...] = ()
    when: Condition | None = None
    where: Condition | None = None


def links_of(world: World, table: str) -> list[Link]:
    """The links up from a table: the inventory's, and those foreign keys that it does not declare anew."""
    entry = entry_of(world, table)
    declared = [
        Link(
            name=link.name,
            table=table,
            to=link.to,
            here=link.here,
            there=link.there or world.table(link.to).key,
            nobody=link.nobody,
            when=link.when,
            where=link.where,
        )
        for link in (entry.links if entry else ())
    ]
    keys = [
        key
        for key in world.table(table).foreign_keys
        if not any((link.here, link.to) == (key.columns, key.table) for link in declared)
    ]
    derived = [link_name(key.columns, key.table) for key in keys]
    return declared + [
        Link("_".join(key.columns) if derived.count(name) > 1 else name, table, key.table, key.columns, key.there)
        for key, name in zip(keys, derived, strict=True)
    ]


def link_name(columns: tuple[str, ...], target: str) -> str:
    """A foreign key's own name: `client` of `client_id`, and the other table's where there are several columns."""
    if len(columns) > 1:
        return target
    for ending in ("_id", "_ID", "Id", "ID"):
        if columns[0].endswith(ending) and columns[0] != ending:
            return columns[0][: -len(ending)]
    return columns[0]


def children_of(world: World, table: str) -> list[tuple[Path, Link]]:
    """The links that lead here, each by the name that it has from here."""
    found: list[tuple[Path, Link]] = []
    for child in world.tables:
        links = [link for link in links_of(world, child.name) if link.to == table]
        found += [((child.name, link.name) if len(links) > 1 else (child.name,), link) for link in links]
    return found


def steps(world: World, table: str, path: Path) -> list[tuple[Literal["up", "down"], Link]]:
    """A path looked up, one link after the other: each name is a link, or else a child, and maybe the child's link."""
    if not path:
        return []
    for link in links_of(world, table):
        if (link.name,) == path[:1]:
            return [("up", link), *steps(world, link.to, path[1:])]
    for name, link in children_of(world, table):
        for whole in ((link.table, link.name), name):
            if whole == path[: len(whole)]:
                return [("down", link), *steps(world, link.table, path[len(whole) :])]
    raise LookupError(f"{table} has no {'.'.join(path)}")


def leads(world: World, link: Link, row: Row, target: Row, letter: Letter) -> Truth:
    """Whether a link leads from this row to that one."""
    if (row.table, target.table) != (link.table, link.to):
        return NO
    if any(str(row[column]) in link.nobody for column in link.here):
        return NO
    for here, there in zip(link.here, link.there, strict=True):
        if not same_key(world, row[here], target[there], letter):
            return NO
    return both(holds(world, link.when, row, letter), holds(world, link.where, target, letter))


def same_key(world: World, one: Value, other: Value, letter: Letter) -> bool:
    """Whether two keys are the same to the letter, or as the engine's own foreign keys see it (MariaDB's are blind)."""
    if one is None or other is None:
        return False
    if isinstance(one, str) and isinstance(other, str) and letter is NEAR_ENOUGH and world.engine == "mariadb":
        return one.rstrip(" ").casefold() == other.rstrip(" ").casefold()
    return one == other


def reached(world: World, row: Row, path: Path, letter: Letter) -> list[tuple[Row, Truth]]:
    """Every row at the end of every way along a path, and whether that way truly leads there."""
    ways: list[tuple[Row, Truth]] = [(row, YES)]
    for direction, link in steps(world, row.table, path):
        ways = [
            (
                there,
                both(
                    so_far, leads(world, link, here, there, letter) if up else leads(world, link, there, here, letter)
                ),
            )
            for here, so_far in ways
            for up in [direction == "up"]
            for there in world.rows_of(link.to if up else link.table)
        ]
        ways = [(there, truth) for there, truth in ways if truth is not NO]
    return ways


def surely_at(world: World, row: Row, path: Path) -> list[Row]:
    """The rows that a path leads to, by the letter and without doubt."""
    return [there for there, truth in reached(world, row, path, BY_THE_LETTER) if truth is YES]


def possibly_at(world: World, row: Row, path: Path) -> list[Row]:
    """The rows that a path may lead to."""
    return [there for there, truth in reached(world, row, path, NEAR_ENOUGH) if truth is not NO]


def rows_above(world: World, row: Row) -> list[Row]:
    """The rows that this one may point at."""
    return [
        above
        for link in links_of(world, row.table)
        for above in world.rows_of(link.to)
        if leads(world, link, row, above, NEAR_ENOUGH) is not NO
    ]


# Conditions: true, false or unknown


Truth: TypeAlias = bool | None
YES: Final = True
NO: Final = False
UNKNOWN: Final = None


class Letter(Enum):
    """How text is compared: exactly, or with a blind eye to case and surrounding spaces."""

    BY_THE_LETTER = "by the letter"
    NEAR_ENOUGH = "near enough"


BY_THE_LETTER: Final = Letter.BY_THE_LETTER
NEAR_ENOUGH: Final = Letter.NEAR_ENOUGH


def both(one: Truth, other: Truth) -> Truth:
    if one is NO or other is NO:
        return NO
    return UNKNOWN if one is UNKNOWN or other is UNKNOWN else YES


def either(one: Truth, other: Truth) -> Truth:
    if one is YES or other is YES:
        return YES
    return UNKNOWN if one is UNKNOWN or other is UNKNOWN else NO


def opposite(truth: Truth) -> Truth:
    return UNKNOWN if truth is UNKNOWN else not truth


def blurred(text: str) -> str:
    """A text whatever its case and padding. READING: padding is spaces alone, as the semantics say."""
    return text.strip(" ").casefold()


def holds(world: World, condition: Condition | None, row: Row, letter: Letter) -> Truth:
    """Whether a condition holds for a row."""
    result: Truth
    match condition:
        case None:
            return YES
        case All(conditions):
            result = YES
            for one in conditions:
                result = both(result, holds(world, one, row, letter))
            return result
        case AnyOf(conditions):
            result = NO
            for one in conditions:
                result = either(result, holds(world, one, row, letter))
            return result
        case Not(inner):
            turned = BY_THE_LETTER if letter is NEAR_ENOUGH else NEAR_ENOUGH
            return opposite(holds(world, inner, row, turned))
        case Has(path, inner):
            result = NO
            for there, leads_there in reached(world, row, path, letter):
                result = either(result, both(leads_there, holds(world, inner, there, letter)))
            return result
        case Compare(name, operator, values):
            kind = world.column(*column_at(world, row.table, name)).kind
            return agree([compare(value, operator, values, kind, letter) for value in values_at(world, row, name)])
        case Is(name, presence):
            return agree([is_there(value, presence) for value in values_at(world, row, name)])
        case Age(name):
            facts = clock_facts(world, *column_at(world, row.table, name))
            return agree([age(world, condition, read(facts, value)) for value in values_at(world, row, name)])


def agree(truths: list[Truth]) -> Truth:
    """What a test says of a value that may be one of several: unknown, unless all of them say the same."""
    return truths[0] if truths and all(truth is truths[0] for truth in truths) else UNKNOWN


def values_at(world: World, row: Row, name: Path) -> list[Value]:
    """The value that a dotted name means: one if it is sure, NULL where the links lead to no row.

    READING: where a link leads somewhere only perhaps (a near miss, an unknown `when`) both NULL and that row's value
    are possible. Where it finds several rows the answer is empty: nothing can be said.
    """
    possible: list[Row | None] = [row]
    for direction, link in steps(world, row.table, name[:-1]):
        assert direction == "up", f"{name} leads down, where there are many rows"
        onward: list[Row | None] = []
        for here in possible:
            found = destinations(world, link, here) if here is not None else [None]
            if found is None:
                return []
            onward += found
        possible = onward
    return [None if there is None else there[name[-1]] for there in possible]


def destinations(world: World, link: Link, row: Row) -> list[Row | None] | None:
    """Where one link may lead from one row: None in the list is nowhere, None alone is that it finds several rows."""
    targets = world.rows_of(link.to)
    perhaps = [target for target in targets if leads(world, link, row, target, NEAR_ENOUGH) is not NO]
    exact = [t for t in perhaps if all(row[h] == t[th] for h, th in zip(link.here, link.there, strict=True))]
    candidates = exact or perhaps
    if len(candidates) > 1:
        return None
    if candidates and leads(world, link, row, candidates[0], BY_THE_LETTER) is YES:
        return [candidates[0]]
    return [None, *candidates]


def column_at(world: World, table: str, name: Path) -> tuple[str, str]:
    """The table and the column that a dotted name ends at."""
    for direction, link in steps(world, table, name[:-1]):
        table = link.to if direction == "up" else link.table
    return table, name[-1]


def coerced(text: str, kind: Kind) -> Value:
    """A condition's value as one of the column's type."""
    match kind:
        case Kind.TEXT:
            return text
        case Kind.BOOLEAN:
            return {"true": True, "false": False, "1": True, "0": False}[text]
        case Kind.INTEGER | Kind.DECIMAL | Kind.FLOAT:
            return Decimal(text)
        case _:  # the policy language compares no other kinds with a value; the product refuses it
            raise NotImplementedError(kind)


def compare(value: Value, operator: Operator, wanted: tuple[str, ...], kind: Kind, letter: Letter) -> Truth:
    """A value compared with one of several others. READING: a text in a column of numbers (SQLite) is unknown."""
    if value is None:
        return UNKNOWN
    if kind is Kind.TEXT:
        assert isinstance(value, str)
        return any(compare_text(value, operator, text, letter) for text in wanted)
    if not isinstance(value, bool | int | float | Decimal):
        return UNKNOWN
    return any(
        compare_number(Decimal(str(int(value) if isinstance(value, bool) else value)), operator, coerced(text, kind))
        for text in wanted
    )


def compare_text(value: str, operator: Operator, wanted: str, letter: Letter) -> bool:
    if operator is Operator.ANY_CASE:
        value, wanted = value.casefold(), wanted.casefold()
    if letter is NEAR_ENOUGH:
        value, wanted = blurred(value), blurred(wanted)
    match operator:
        case Operator.EQUAL | Operator.ANY_CASE:
            return value == wanted
        case Operator.CONTAINS:
            return wanted in value
        case Operator.STARTS_WITH:
            return value.startswith(wanted)
        case _:  # texts have no order in the policy language; the product refuses it
            raise NotImplementedError(f"the order of texts: {operator}")


def compare_number(value: Decimal, operator: Operator, wanted: Value) -> bool:
    limit = Decimal(str(int(wanted) if isinstance(wanted, bool) else wanted))
    match operator:
        case Operator.EQUAL:
            return value == limit
        case Operator.AT_MOST:
            return value <= limit
        case Operator.AT_LEAST:
            return value >= limit
        case Operator.LESS_THAN:
            return value < limit
        case Operator.MORE_THAN:
            return value > limit
        case _:  # numbers are not searched like texts in the policy language; the product refuses it
            raise NotImplementedError(f"the text of numbers: {operator}")


def is_there(value: Value, presence: Presence) -> Truth:
    match presence:
        case Presence.NULL:
            return value is None
        case Presence.EMPTY:
            return value is None or value == ""
        case Presence.PRESENT:
            return value is not None and value != ""


def age(world: World, condition: Age, clock: Reading) -> Truth:
    """Whether a time is older, or younger, than a period; what its value can denote must all say so."""
    if not isinstance(clock, Span):
        return UNKNOWN
    cut = cut_off(world.as_of, condition.period, world.zone)
    if condition.older:
        if clock.last <= cut:
            return YES
        return NO if clock.first > cut else UNKNOWN
    if clock.day is not None:
        today = local_date(world.as_of, world.zone)
        if clock.day > today:
            return UNKNOWN
        return clock.day > minus_on_calendar(today, condition.period)
    if clock.last <= cut:
        return NO
    return YES if clock.first > cut and clock.first <= world.as_of else UNKNOWN


def entry_of(world: World, table: str) -> TableEntry | None:
    """What the inventory says of a table."""
    return next((entry for entry in world.inventory.databases[0].tables if entry.name.name == table), None)
