"""What the inventory should say of each table: its category, and the paths to the persons whose data its rows are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from wesretain.discovery.classify import Classifier
from wesretain.discovery.naming import words_of
from wesretain.model.discovered import DiscoveredTable, path_text
from wesretain.model.finding import Sureness
from wesretain.model.inventory import DatabaseEntry, Element, Inventory, LinkDeclaration, TableEntry
from wesretain.model.rule import Category, Path, TableName
from wesretain.model.schema import Schema, Table
from wesretain.standing.catalogue import Catalogue, Step

#: Elements that make a table with a person's word in its name one of persons.
_OF_A_PERSON = frozenset(
    {Element.NAME, Element.EMAIL, Element.USERNAME, Element.TELEPHONE, Element.DATE_OF_BIRTH, Element.NATIONAL_ID,
     Element.PASSPORT, Element.POSTAL_ADDRESS, Element.TAX_ID}
)  # fmt: skip
#: Elements that say of themselves nothing of a person: a text may be about anything, and so may a secret.
_OF_ANYTHING = frozenset({Element.FREE_TEXT, Element.COMPANY, Element.LOCATION})
#: For each table of persons the path to it, and the steps that it takes.
Ways: TypeAlias = dict[str, tuple[Path, tuple[Step, ...]]]
#: So many links lead to a person at most.
_FARTHEST = 4
#: Persons who work for the company stand beside others, and are named last.
_STAFF = frozenset({"staff", "employee", "operator", "admin", "administrator", "manager", "worker", "emp", "agent"})


def proposed(
    schema: Schema, entry: DatabaseEntry | None, classifier: Classifier, found: Sequence[DiscoveredTable]
) -> Iterator[DiscoveredTable]:
    """The same tables with category and subjects."""
    catalogue = Catalogue("discovered", schema, Inventory((_entry(entry, found),)))
    persons = {each.table.full_name for each in found if _is_of_persons(classifier, each)}
    persons |= _told_persons(schema, entry)
    for each in found:
        paths = _paths(catalogue, each.table, persons)
        yield _with_category(classifier, _with_texts(_with_subjects(catalogue, each, paths, persons)))


def _entry(entry: DatabaseEntry | None, found: Sequence[DiscoveredTable]) -> DatabaseEntry:
    """The database with the links that the inventory has, and those that are proposed and proven."""
    tables = []
    for each in found:
        told = entry.table(each.table.schema, each.table.name) if entry else None
        links = told.links if told else ()
        known = {name for link in links for name in link.here}
        more = tuple(
            LinkDeclaration(link.name, link.to.full_name, (link.column,), nobody=link.nobody)
            for link in each.links
            if link.sure and link.column not in known
        )
        name = TableName("discovered", each.table.schema, each.table.name)
        tables.append(TableEntry(name, links=(*links, *more)))
    return DatabaseEntry("discovered", tables=tuple(tables))


def _is_of_persons(classifier: Classifier, each: DiscoveredTable) -> bool:
    """Whether the rows of a table are persons: its name says so, and so do its columns."""
    elements = {found.element for found in each.surest if found.nest is None}
    named = classifier.names.is_of_persons(each.table.name)
    many = len(elements & _OF_A_PERSON) >= 2 and bool(elements & {Element.NAME, Element.USERNAME})
    logs_in = Element.CREDENTIAL in elements and bool(elements & {Element.USERNAME, Element.EMAIL})
    return bool(elements & _OF_A_PERSON) and (named or (many and logs_in))


def _told_persons(schema: Schema, entry: DatabaseEntry | None) -> set[str]:
    """The tables of which the inventory says that their rows are persons."""
    tables = entry.tables if entry else ()
    found = (schema.table(each.name.schema, each.name.name) for each in tables if each.subjects == (("self",),))
    return {table.full_name for table in found if table is not None}


def _paths(catalogue: Catalogue, table: Table, persons: set[str]) -> Ways:
    """The shortest path to each table of persons: up along links; else one step down to those that point at it."""
    found: Ways = {}
    queue: deque[tuple[Table, Path, tuple[Step, ...]]] = deque([(table, (), ())])
    seen = {table.full_name}
    while queue:
        here, path, steps = queue.popleft()
        for link in catalogue.links_from(here) if len(steps) < _FARTHEST else ():
            if link.target.full_name in seen:
                continue
            seen.add(link.target.full_name)
            reached = (link.target, (*path, link.name), (*steps, Step(link, False)))
            if link.target.full_name in persons:
                found[link.target.full_name] = (reached[1], reached[2])
            else:
                queue.append(reached)
    if not found:
        for link in catalogue.links_to(table):
            if link.source.full_name in persons:
                found.setdefault(link.source.full_name, (catalogue.child_path(link), (Step(link, True),)))
    return found


def _with_subjects(catalogue: Catalogue, each: DiscoveredTable, paths: Ways, persons: set[str]) -> DiscoveredTable:
    """What is to be said of the persons behind a table; what they point at is theirs only if it is personal."""
    down = any(steps[0].down for _, steps in paths.values())
    if down and not each.surest:
        paths = {}
    order = sorted(paths, key=lambda name: (_is_staff(name), len(paths[name][0])))
    ways = tuple(paths[name][0] for name in order)
    leading = {
        here.name
        for link in catalogue.links_from(each.table)
        if link.target.full_name in persons
        for here, _ in link.pairs
    }
    if each.table.full_name in persons:
        others = " and ".join(path_text(path) for path in ways)
        why = f"or is it rather the data of {others}?" if others and not down else ""
        leading |= set(each.table.key)
        return replace(each, subjects=(("self",),), subjects_why=why, persons=frozenset(leading))
    why = "several kinds of persons: keep those whose data it is" if len(ways) > 1 else ""
    return replace(each, subjects=ways, subjects_why=why, persons=frozenset(leading))


def _is_staff(table: str) -> bool:
    return bool(_STAFF.intersection(words_of(table)))


def _with_texts(each: DiscoveredTable) -> DiscoveredTable:
    """A description or a reason is what somebody wrote, where the row is somebody's."""
    if not each.subjects:
        return each
    findings = tuple(
        replace(found, sureness=Sureness.LIKELY)
        if found.element is Element.FREE_TEXT and found.sureness is Sureness.WEAK
        else found
        for found in each.findings
    )
    return replace(each, findings=findings)


def _with_category(classifier: Classifier, each: DiscoveredTable) -> DiscoveredTable:
    """The category of a table: of persons, what people wrote, machines; that it is none of these is only a guess."""
    words, name = classifier.tables, each.table.name
    elements = {found.element for found in each.surest}
    telling = elements - _OF_ANYTHING
    if each.subjects == (("self",),):
        return replace(each, category=Category.PERSONAL, category_why="its rows are persons", category_sure=True)
    for category in (Category.USER_COMMUNICATIONS, Category.SERVER, Category.PERSONAL):
        if words.has(name, classifier.traits.words.of_tables(category)):
            sure = bool(elements) if category is Category.USER_COMMUNICATIONS else bool(telling or each.subjects)
            return replace(each, category=category, category_why="by its name", category_sure=sure)
    if telling:
        listed = ", ".join(sorted(element.value for element in telling))
        return replace(each, category=Category.PERSONAL, category_why=f"it holds {listed}", category_sure=True)
    if each.subjects:
        return replace(each, category=Category.PERSONAL, category_why="it leads to persons", category_sure=True)
    why = f"nothing personal was found in {each.sampled} records" if not each.unread else f"unread: {each.unread}"
    return replace(each, category=Category.NON_PERSONAL, category_why=why, category_sure=False)
