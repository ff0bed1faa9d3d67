"""What the inventory should say of each table: its category, and the paths to the persons whose data its rows are."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from wesretain.discovery.classify import Classifier
from wesretain.discovery.naming import Names
from wesretain.model.condition import Compare, Condition, Operator
from wesretain.model.discovered import DiscoveredTable, SuggestedLink, path_text
from wesretain.model.finding import Sureness
from wesretain.model.inventory import DatabaseEntry, Element, Inventory, LinkDeclaration, TableEntry
from wesretain.model.rule import Category, Path, TableName
from wesretain.model.schema import Schema, Table
from wesretain.standing.catalogue import Catalogue, Link

#: Elements that make a table with a person's word in its name one of persons.
_OF_A_PERSON = frozenset(
    {Element.NAME, Element.EMAIL, Element.USERNAME, Element.TELEPHONE, Element.DATE_OF_BIRTH, Element.NATIONAL_ID,
     Element.PASSPORT, Element.POSTAL_ADDRESS, Element.TAX_ID}
)  # fmt: skip
#: Elements that say of themselves nothing of a person: a text may be about anything, and so may a secret.
_OF_ANYTHING = frozenset({Element.FREE_TEXT, Element.COMPANY, Element.LOCATION})
#: So many links lead to a person at most.
_FARTHEST = 4


class Way(NamedTuple):
    """A way from a table to one of persons; `down` where it is a step to the rows that point at the table."""

    persons: str
    path: Path
    down: bool = False


def proposed(
    schema: Schema, entry: DatabaseEntry | None, classifier: Classifier, found: Sequence[DiscoveredTable]
) -> Iterator[DiscoveredTable]:
    """The same tables with category and subjects."""
    catalogue = Catalogue("discovered", schema, Inventory((_entry(found),)))
    persons = {each.table.full_name for each in found if _is_of_persons(classifier, each)}
    persons |= _told_persons(schema, entry)
    for each in found:
        ways = _ways(catalogue, classifier.names, each.table, persons)
        yield _with_category(
            classifier, _with_texts(classifier, _with_subjects(catalogue, classifier.names, each, ways, persons))
        )


def _entry(found: Sequence[DiscoveredTable]) -> DatabaseEntry:
    """The database with the links that the inventory has, and those that are proposed and proven."""
    tables = []
    for each in found:
        links = each.entry.links if each.entry else ()
        known = {name for link in links for name in link.here}
        more = tuple(
            LinkDeclaration(link.name, link.to.full_name, (link.column,), nobody=link.nobody, when=_when(link))
            for link in each.links
            if link.sure and link.column not in known
        )
        name = TableName("discovered", each.table.schema, each.table.name)
        tables.append(TableEntry(name, links=(*links, *more)))
    return DatabaseEntry("discovered", tables=tuple(tables))


def _when(link: SuggestedLink) -> Condition | None:
    """Which rows link so."""
    if link.when is None:
        return None
    column, value = link.when
    return Compare((column,), Operator.EQUAL, (value,))


def _is_of_persons(classifier: Classifier, each: DiscoveredTable) -> bool:
    """Whether the rows of a table are persons: its name says so, and so do its columns."""
    elements = {found.element for found in each.surest if found.nest is None}
    named = classifier.names.is_of_persons(each.table.name)
    many = len(elements & _OF_A_PERSON) >= 2 and bool(elements & {Element.NAME, Element.USERNAME})
    machine = classifier.names.is_of_a_machine(each.table.name)
    logs_in = Element.CREDENTIAL in elements and bool(elements & {Element.USERNAME, Element.EMAIL}) and not machine
    return bool(elements & _OF_A_PERSON) and (named or (many and logs_in))


def _told_persons(schema: Schema, entry: DatabaseEntry | None) -> set[str]:
    """The tables of which the inventory says that their rows are persons."""
    tables = entry.tables if entry else ()
    found = (schema.table(each.name.schema, each.name.name) for each in tables if each.subjects == (("self",),))
    return {table.full_name for table in found if table is not None}


def _ways(catalogue: Catalogue, names: Names, table: Table, persons: set[str]) -> tuple[Way, ...]:
    """The ways to persons: up along links; else one step down to those that point at the table.

    To each table of persons there is one, the shortest; of links with a `when` a row takes one, and each has its own.
    """
    links = [
        link for link in catalogue.links_from(table) if not any(names.is_audit(here.name) for here, _ in link.pairs)
    ]
    split = [link for link in links if link.declaration and link.declaration.when]
    ways = list(_shortest(catalogue, table, [link for link in links if link not in split], persons))
    for link in split:
        ways += _shortest(catalogue, table, [link], persons)
    if not ways:
        found = {link.source.full_name: link for link in catalogue.links_to(table) if link.source.full_name in persons}
        ways = [Way(name, catalogue.child_path(link), down=True) for name, link in found.items()]
    return tuple(ways)


def _shortest(catalogue: Catalogue, table: Table, first: Sequence[Link], persons: set[str]) -> Iterator[Way]:
    """The shortest way from a table to each table of persons that begins with one of some links."""
    queue: deque[tuple[Table, Path]] = deque((link.target, (link.name,)) for link in first)
    seen = {table.full_name}
    while queue:
        here, path = queue.popleft()
        if here.full_name in seen:
            continue
        seen.add(here.full_name)
        if here.full_name in persons:
            yield Way(here.full_name, path)
        elif len(path) < _FARTHEST:
            queue.extend((link.target, (*path, link.name)) for link in catalogue.links_from(here))


def _with_subjects(
    catalogue: Catalogue, names: Names, each: DiscoveredTable, ways: Sequence[Way], persons: set[str]
) -> DiscoveredTable:
    """What is to be said of the persons behind a table; what they point at is theirs only if it is personal."""
    down = any(way.down for way in ways)
    ways = sorted((way for way in ways if each.surest or not way.down), key=lambda way: names.is_staff(way.persons))
    paths = tuple(dict.fromkeys(way.path for way in ways))
    leading = {
        here.name
        for link in catalogue.links_from(each.table)
        if link.target.full_name in persons
        for here, _ in link.pairs
    }
    if each.table.full_name in persons:
        others = " and ".join(path_text(path) for path in paths)
        why = f"or is it rather the data of {others}?" if others and not down else ""
        leading |= set(each.table.key)
        return replace(each, subjects=(("self",),), subjects_why=why, persons=frozenset(leading))
    why = "several kinds of persons: keep those whose data it is" if len({way.persons for way in ways}) > 1 else ""
    return replace(each, subjects=paths, subjects_why=why, persons=frozenset(leading))


def _with_texts(classifier: Classifier, each: DiscoveredTable) -> DiscoveredTable:
    """A description or a reason is what somebody wrote where the row is somebody's, or people write such rows.

    Where nothing else tells of a person, a text is more likely one of the program's own.
    """
    written = classifier.names.is_of(each.table.name, classifier.traits.words.user_communications)
    if each.subjects:
        sureness = Sureness.LIKELY
    elif written or not each.sampled or {found.element for found in each.surest} - _OF_ANYTHING:
        return each
    else:
        sureness = Sureness.WEAK
    findings = tuple(
        replace(found, sureness=sureness) if found.element is Element.FREE_TEXT and not found.values else found
        for found in each.findings
    )
    return replace(each, findings=findings)


def _with_category(classifier: Classifier, each: DiscoveredTable) -> DiscoveredTable:
    """The category of a table: of persons, what people wrote, machines; that it is none of these is only a guess."""
    words, name = classifier.traits.words, each.table.name
    elements = {found.element for found in each.surest}
    telling = elements - _OF_ANYTHING
    if each.subjects == (("self",),):
        return replace(each, category=Category.PERSONAL, category_why="its rows are persons", category_sure=True)
    for category in (Category.USER_COMMUNICATIONS, Category.SERVER, Category.PERSONAL):
        if classifier.names.is_of(name, words.of_tables(category)):
            telling_of_it = elements if category is Category.USER_COMMUNICATIONS else telling
            sure = bool(telling_of_it or each.subjects)
            return replace(each, category=category, category_why="by its name", category_sure=sure)
    if telling:
        listed = ", ".join(sorted(element.value for element in telling))
        return replace(each, category=Category.PERSONAL, category_why=f"it holds {listed}", category_sure=True)
    if each.subjects:
        return replace(each, category=Category.PERSONAL, category_why="it leads to persons", category_sure=True)
    why = f"nothing personal was found in {each.sampled} records" if not each.unread else f"unread: {each.unread}"
    return replace(each, category=Category.NON_PERSONAL, category_why=why, category_sure=False)
