"""The inventory file → what the tables hold: a broken part is left out, the rest of its table stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

from wesretain.model.inventory import (
    Clock,
    ClockFormat,
    DatabaseEntry,
    Element,
    Inventory,
    LinkDeclaration,
    TableEntry,
)
from wesretain.model.names import joined, segments
from wesretain.model.rule import Category, Path, TableName
from wesretain.policy.conditions import read_condition
from wesretain.policy.definitions import INVENTORY
from wesretain.policy.document import Document
from wesretain.policy.node import Node, check_word, dotted
from wesretain.policy.shape import check_shape
from wesretain.policy.words import show, suggest
from wesretain.policy.zones import read_zone

_T = TypeVar("_T")


def read_inventory(document: Document) -> Inventory:
    """What can be read of the inventory; the problems are in the document."""
    root = Node.root(document)
    check_shape(INVENTORY, root)
    return Inventory(tuple(_read_database(node) for node in root.children("databases")))


def doubtful_names(document: Document) -> frozenset[str]:
    """The tables, and the databases, of which the inventory says more than could be read."""
    databases = list(Node.root(document).children("databases"))
    doubtful = ((database.key, table) for database in databases for table in _doubtful_tables(database))
    tables = [joined([database, *_segments(table)]) for database, table in doubtful]
    return frozenset(tables) | {database.key for database in databases if not _lists_tables(database)}


def _doubtful_tables(database: Node) -> Iterator[Node]:
    defaults_sound = all(child.sound for child in database.items() if child.key != "tables")
    return (table for table in database.children("tables") if not (defaults_sound and table.sound))


def _segments(table: Node) -> tuple[str, ...]:
    """The segments of a table's name; all of it where it is none."""
    return segments(table.key) or (table.key,)


def _lists_tables(database: Node) -> bool:
    """Whether its tables are known by name; also where it has none."""
    tables = database.child("tables")
    return isinstance(database.value, dict) and (tables is None or isinstance(tables.value, dict))


def _read_database(node: Node) -> DatabaseEntry:
    check_database_name(node)
    tables = (_read_table(child, node) for child in node.children("tables"))
    return DatabaseEntry(
        name=node.key,
        location=node.text("location") or None,
        processor=node.text("processor") or None,
        zone=node.read("zone", _zone),
        tables=tuple(table for table in tables if table is not None),
        at=node.key_at,
    )


def check_database_name(node: Node) -> None:
    """Refuse a database whose name could not stand before the dot of `database.table`."""
    if "." in node.key:
        node.refuse("name", f"{show(node.key)} cannot name a database", "leave out the dot", key=True)
    else:
        check_word(node, "a database")


def _read_table(node: Node, database: Node) -> TableEntry | None:
    match dotted(node.key, node, key=True):
        case (schema, table):
            name = TableName(database.key, schema, table)
        case (table,):
            name = TableName(database.key, None, table)
        case ():
            return None
        case _:
            mend = "write `table` or `schema.table`"
            node.refuse("name", f"{show(node.key)} is not a table of this database", mend, key=True)
            return None
    return TableEntry(
        name=name,
        category=node.choice("category", Category) or database.choice("category", Category),
        subjects=_subjects(node if node.child("subjects") else database),
        links=_sound(node.children("links"), _link),
        clocks=_sound(node.children("clocks"), _clock),
        columns=tuple((child.key, _elements(child)) for child in node.children("columns")),
        unsaid=frozenset(child.key for child in node.children("columns") if child.value is None),
        keyless=node.text("key") == "none",
        disclosed_to=node.texts("disclosed to"),
        at=node.key_at,
        places=node.places("links", "clocks", "columns"),
    )


def _sound(nodes: Iterator[Node], read: Callable[[Node], _T]) -> tuple[_T, ...]:
    """What is read of those in which nothing is wrong; all are read, for their problems."""
    return tuple(value for node, value in [(node, read(node)) for node in nodes] if node.sound)


def _subjects(holder: Node) -> tuple[Path, ...] | None:
    nodes = holder.several("subjects")
    words = [node.value for node in nodes]
    if not nodes:
        return None
    if words == ["none"]:
        return ()
    for node in nodes:
        if node.value == "none":
            node.refuse("wrong-value", "`none` stands beside other subjects", "write `none` alone, or the paths")
    paths = (dotted(node.value, node) for node in nodes if isinstance(node.value, str))
    return tuple(path for path in paths if path) or None


def _link(node: Node) -> LinkDeclaration:
    if "." in node.key or not node.key.strip():
        node.refuse("name", f"{show(node.key)} cannot name a link", "leave out the dot", key=True)
    by, on = node.child("by"), node.child("on")
    if by is None and on is None:
        node.miss("by", "name the foreign-key column, or write `on: {here: there}`")
    if by is not None and on is not None:
        on.refuse("wrong-value", "`on` stands beside `by`", "keep one of them", key=True)
    if (to := node.child("to")) and isinstance(to.value, str) and len(dotted(to.value, to)) > 2:
        to.refuse("name", f"{show(to.value)} is not a table of this database", "write `table` or `schema.table`")
    pairs = list(node.children("on"))
    return LinkDeclaration(
        name=node.key,
        to=node.text("to"),
        here=tuple(pair.key for pair in pairs) or node.texts("by"),
        there=tuple(pair.value for pair in pairs if isinstance(pair.value, str)),
        nobody=node.texts("nobody"),
        when=node.read("when", read_condition),
        where=node.read("where", read_condition),
        at=node.key_at,
    )


def _clock(node: Node) -> Clock:
    return Clock(
        column=node.key,
        format=node.read("format", _format),
        zone=node.read("zone", _zone),
        undated=_values(node, "undated"),
        never=_values(node, "never"),
        expires=node.flag("expires"),
        floor=node.read("floor", _floor),
        counts_from_start=node.text("counts from") == "start",
        at=node.key_at,
    )


def _values(node: Node, key: str) -> tuple[str | None, ...]:
    return tuple(child.value for child in node.several(key) if child.value is None or isinstance(child.value, str))


def _format(node: Node) -> ClockFormat | None:
    known = [format.value for format in ClockFormat]
    match node.value:
        case str(word) if word in known:
            return ClockFormat(word)
        case str(word):
            node.refuse("wrong-value", f"{show(word)} is not a clock's format", suggest(word, known))
    return None


def _floor(node: Node) -> date | None:
    try:
        day = date.fromisoformat(str(node.value))
    except ValueError:
        day = None
    if day is None or day.isoformat() != node.value:
        node.refuse("wrong-value", "this is not a day", "write it as `1990-01-31`")
    return day


def _zone(node: Node) -> str | None:
    zone = read_zone(node)
    return zone.key if zone else None


def _elements(node: Node) -> tuple[Element, ...]:
    """The elements of a column; those that are none of ours were told when the shape was checked."""
    words = node.value if isinstance(node.value, list) else [node.value]
    if "none" in words and len(words) > 1:
        node.refuse("wrong-value", "`none` stands beside other elements", "write `none` alone, or the elements")
    known = {element.value: element for element in Element if element is not Element.NONE}
    return tuple(known[word] for word in words if isinstance(word, str) and word in known)
