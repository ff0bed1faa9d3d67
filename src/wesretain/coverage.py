"""What no rule covers, and where inventory and database differ: each gap is a function, and its docstring its page."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from wesretain.model.config import Intent
from wesretain.model.discovered import DiscoveredTable
from wesretain.model.inventory import DatabaseEntry, Element, TableEntry
from wesretain.model.problem import Level, Problem
from wesretain.model.rule import Category, Disposition, Redaction, RedactRow, RowFate, Rule, Scrub
from wesretain.model.schema import Table
from wesretain.model.source import Position
from wesretain.standing.catalogue import Catalogue, Refusal

#: Days for which a credential may stay at most.
SHORTEST_FUSE = 30
#: Elements that lead to nobody by themselves.
_HARMLESS = frozenset({Element.NONE})


class Cover(NamedTuple):
    """A rule that takes records of a table, or empties columns of theirs; `columns` is None where records go whole."""

    rule: Rule
    columns: Mapping[str, Redaction] | None

    def reaches(self, column: str) -> bool:
        """Whether a column's value goes."""
        return self.columns is None or column in self.columns or column.partition(".")[0] in self.columns

    def takes_out(self, column: str, element: Element) -> bool:
        """Whether an element goes from a column: scrubbing takes out those that it names alone."""
        if self.columns is None:
            return True
        target = self.columns.get(column) or self.columns.get(column.partition(".")[0])
        return target is not None and (not isinstance(target, Scrub) or element.value in target.elements)


@dataclass(frozen=True)
class Held:
    """One database as the gaps are looked for in it: what the files say, what it declares, and what was found.

    `refused` are the rules that it refuses, which take nothing.
    """

    intent: Intent
    entry: DatabaseEntry
    catalogue: Catalogue
    discovered: Sequence[DiscoveredTable] = ()
    refused: frozenset[str] = frozenset()

    @cached_property
    def covers(self) -> Mapping[str, tuple[Cover, ...]]:
        """What the rules take, by the full name of each table; `report` takes nothing."""
        found: dict[str, list[Cover]] = defaultdict(list)
        for rule in self.intent.rules_of(self.entry.name):
            table = self.catalogue.schema.table(rule.table.schema, rule.table.name)
            if table is None or rule.then is Disposition.REPORT or rule.name in self.refused:
                continue
            found[table.full_name].append(Cover(rule, None if rule.then.removes else dict(rule.columns)))
            for line in rule.with_:
                try:
                    below = self.catalogue.walk(table, line.path)[-1].end
                except (Refusal, IndexError):
                    continue
                match line.fate:
                    case RowFate.DELETE | RowFate.DELETE_IF_UNSHARED:
                        found[below.full_name].append(Cover(rule, None))
                    case RedactRow(columns):
                        found[below.full_name].append(Cover(rule, dict(columns)))
                    case RowFate.UNLINK | RowFate.KEEP:
                        pass
        return {name: tuple(some) for name, some in found.items()}

    def covering(self, table: Table) -> tuple[Cover, ...]:
        """What the rules take of a table."""
        return self.covers.get(table.full_name, ())

    def rules(self, table: Table) -> Iterator[Rule]:
        """The rules that deal with a table: those on it, also such as only report, and those that reach it."""
        for rule in self.intent.rules_of(self.entry.name):
            if self.catalogue.schema.table(rule.table.schema, rule.table.name) is table:
                yield rule
        yield from (cover.rule for cover in self.covering(table))

    @cached_property
    def known(self) -> tuple[tuple[TableEntry, Table], ...]:
        """The tables that both the inventory and the database have."""
        pairs = (
            (entry, self.catalogue.schema.table(entry.name.schema, entry.name.name)) for entry in self.entry.tables
        )
        return tuple((entry, table) for entry, table in pairs if table is not None)

    @property
    def stored(self) -> tuple[Table, ...]:
        """The tables that hold rows of their own."""
        return tuple(table for table in self.catalogue.schema if "view" not in table.unfit.split())


class Gap(NamedTuple):
    """One thing that is missing: where in the files, what, and how to mend it."""

    at: Position
    message: str
    mend: str


Find: TypeAlias = Callable[[Held], Iterator[Gap]]


def rule_missing(held: Held) -> Iterator[Gap]:
    """A table holds personal data, and no rule ever takes any of it away.

    Its records stay for good. A rule that only reports takes nothing; one that takes records along by `with` counts for
    these as well.

    Mend it by a rule on the table, by naming it under `with` of a rule on the records above it, or, where it leads to
    nobody, by `category: non_personal`.
    """
    for entry, table in held.known:
        if entry.category is Category.NON_PERSONAL or table not in held.stored or held.covering(table):
            continue
        elements = sorted({element.value for _, some in entry.columns for element in some} - {"none"})
        if elements or entry.category is not None:
            holds = f" ({', '.join(elements)})" if elements else ""
            message = f"no rule ever takes anything of `{entry.name}`{holds}"
            if refused := [rule.name for rule in held.rules(table) if rule.name in held.refused]:
                message += f": the database refuses {' and '.join(f'`{name}`' for name in refused)}"
                yield Gap(entry.at, message, "see `wesretain doctor`, which says why")
            else:
                yield Gap(entry.at, message, "write a rule for it")


def element_without_rule(held: Held) -> Iterator[Gap]:
    """A table has rules, and none of them ever takes an element in one of its columns.

    Rules that redact take the columns that they name; the others stay with the record, for good where no rule removes
    the record itself. What scrubbing leaves of a text stays as well.

    Mend it by adding the column to a rule that redacts, or by a rule that deletes the records in the end.
    """
    for entry, table in held.known:
        covers = held.covering(table)
        if not covers or any(cover.columns is None for cover in covers) or entry.category is Category.NON_PERSONAL:
            continue
        for column, elements in entry.columns:
            left = [
                element.value
                for element in elements
                if element not in _HARMLESS
                and element is not Element.IDENTIFIER
                and not any(cover.takes_out(column, element) for cover in covers)
            ]
            if left:
                message = f"no rule ever takes {' and '.join(left)} in `{entry.name}.{column}`"
                yield Gap(entry.place(f"columns.{column}"), message, "add the column to a rule that redacts")


def credential_kept_long(held: Held) -> Iterator[Gap]:
    """A credential has no rule that takes it within 30 days.

    A password or a key is worth stealing as long as it works, and nobody needs it longer than the work that it was
    handed over for. Every rule on the table counts whose period, from its own clock, is 30 days at most.

    Mend it by a rule that redacts the column:

        handed-over-logins:
          {table: helpdesk.tickets, keep: 14 days, after: closed, then: redact, columns: {password: null}}

    Where it is meant, as with the hash of a password that its owner still uses, say so at the column:

        password: credential    # wesretain: ignore[credential-kept-long] its owner signs in with it
    """
    for entry, table in held.known:
        for column, elements in entry.columns:
            if Element.CREDENTIAL not in elements:
                continue
            soon = (cover for cover in held.covering(table) if _is_soon(cover.rule))
            if not any(cover.takes_out(column, Element.CREDENTIAL) for cover in soon):
                message = f"no rule takes the credential in `{entry.name}.{column}` within {SHORTEST_FUSE} days"
                yield Gap(entry.place(f"columns.{column}"), message, "write a rule that redacts it")


def _is_soon(rule: Rule) -> bool:
    return rule.keep is None or rule.keep.longest_days <= SHORTEST_FUSE


def category_missing(held: Held) -> Iterator[Gap]:
    """A table is in the inventory, and nobody says which kind of data it holds.

    Mend it by `category:` on the table, or on the database for all tables without their own.
    """
    for entry, _ in held.known:
        if entry.category is None:
            message = f"nobody says which kind of data `{entry.name}` holds"
            yield Gap(entry.at, message, "add `category:` to it in the inventory")


def location_missing(held: Held) -> Iterator[Gap]:
    """A database is in the inventory, and nobody says where it stands.

    Which law binds it, and what crosses a border, follow from that.

        shop: {location: "Kuala Lumpur, MY", processor: own}

    Mend it by `location:`, a place and the two letters of its country (ISO 3166).
    """
    if held.entry.location is None:
        yield Gap(held.entry.at, f"nobody says where `{held.entry.name}` stands", "add `location: Kuala Lumpur, MY`")


def processor_missing(held: Held) -> Iterator[Gap]:
    """A database is in the inventory, and nobody says who runs it.

    Mend it by `processor:`, the name of the company that does, or `own`.
    """
    if held.entry.processor is None:
        yield Gap(held.entry.at, f"nobody says who runs `{held.entry.name}`", "add `processor: own`, or who it is")


def table_not_known(held: Held) -> Iterator[Gap]:
    """The database has a table that the inventory does not know.

    A migration has brought it, or nobody has looked yet. Nothing in it is ever disposed of.

    Mend it by `wesretain inventory --discover`, and by reading what that proposes.
    """
    known = {table.full_name for _, table in held.known}
    for table in held.stored:
        if table.full_name not in known:
            mend = f"run `wesretain inventory --discover {held.entry.name}`"
            yield Gap(
                held.entry.at,
                f"`{held.entry.name}` has a table `{table.full_name}` of which nobody says anything",
                mend,
            )


def table_gone(held: Held) -> Iterator[Gap]:
    """The inventory knows a table that the database does not have.

    A migration has removed or renamed it. Rules on it are refused.

    Mend it by taking the table out of the inventory, or by correcting its name.
    """
    for entry in held.entry.tables:
        if held.catalogue.schema.table(entry.name.schema, entry.name.name) is None:
            yield Gap(entry.at, f"the database has no table `{entry.name}`", "take it out, or correct its name")


def column_not_known(held: Held) -> Iterator[Gap]:
    """A table has a column that its list in the inventory lacks, or on which the list has no word.

    Nobody has said what it holds, and rules that redact do not know of it.

    Mend it by `wesretain inventory --discover`, and by reading what that proposes; what holds nothing personal is
    `none`.
    """
    for entry, table in held.known:
        said = {part for name, _ in entry.columns for part in (name, name.partition(".")[0])} - entry.unsaid
        new = [column.name for column in table.columns if column.name not in said] if entry.columns else []
        if new:
            names = ", ".join(f"`{name}`" for name in new)
            mend = f"run `wesretain inventory --discover {held.entry.name}`, or write it down"
            hold = "holds" if len(new) == 1 else "hold"
            yield Gap(entry.place("columns"), f"nobody says what {names} of `{entry.name}` {hold}", mend)


def column_gone(held: Held) -> Iterator[Gap]:
    """The inventory lists a column that the table does not have.

    Mend it by taking the column out of the inventory, or by correcting its name.
    """
    for entry, table in held.known:
        for name, _ in entry.columns:
            if table.column(name) is None and table.column(name.partition(".")[0]) is None:
                at = entry.place(f"columns.{name}")
                yield Gap(at, f"`{entry.name}` has no column `{name}`", "take it out, or correct its name")


def personal_found(held: Held) -> Iterator[Gap]:
    """A table is called non-personal, and its names and values say otherwise.

    What is `non_personal` may be kept and used for any reason. Every check looks at some hundred of its records, and
    tells what it is sure of or thinks likely.

    Mend it by choosing the category that fits, or, where the finding is wrong, by saying what the column holds:

        columns: {name: none}    # wesretain: ignore[personal-found] names of products
    """
    found = {each.table.full_name: each for each in held.discovered}
    for entry, table in held.known:
        if entry.category is Category.NON_PERSONAL and (each := found.get(table.full_name)):
            for one in each.surest:
                message = (
                    f"`{entry.name}` is called `non_personal`, but `{one.column}` holds {one.element} ({one.evidence})"
                )
                yield Gap(entry.place(f"columns.{one.column}"), message, "choose the category that fits")


#: All kinds of gaps, in the order of the manual, by identifier.
GAPS: dict[str, Find] = {
    find.__name__.replace("_", "-"): find
    for find in (
        *(rule_missing, element_without_rule, credential_kept_long, category_missing),
        *(location_missing, processor_missing, table_not_known, table_gone, column_not_known, column_gone),
        personal_found,
    )
}


def gaps(held: Held) -> Iterator[Problem]:
    """All gaps of one database, kind by kind."""
    for name, find in GAPS.items():
        for gap in find(held):
            yield Problem(gap.at, Level.WARNING, gap.message, name, gap.mend)


def page_of(name: str) -> str:
    """The page of the manual of one kind of gaps."""
    page = inspect.getdoc(GAPS[name]) or ""
    return f"{name} (gap)\n\n{page}\n\nOne that is meant is silenced by `# wesretain: ignore[{name}] reason`."
