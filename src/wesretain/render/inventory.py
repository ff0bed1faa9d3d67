"""The inventory: table by table what it holds, whose it is, and which rules are on it; and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from wesretain.model.config import Intent
from wesretain.model.inventory import DatabaseEntry, Element, TableEntry
from wesretain.model.names import joined
from wesretain.model.places import crossings
from wesretain.model.rule import Rule, TableName
from wesretain.render import programs
from wesretain.render.listing import JSON_VERSION
from wesretain.render.screen import FAINT, HEADING, put, say, table, text

if TYPE_CHECKING:
    from rich.console import Console

#: The rules that deal with each table.
Rules: TypeAlias = Mapping[TableName, Sequence[Rule]]
#: So many columns of a terminal take a line for each table without breaking words.
_WIDE = 120
_COLUMNS = ("database", "location", "processor", "table", "category", "subjects", "column", "elements", "rules")


def print_tree(intent: Intent, rules: Rules, console: Console) -> None:
    """Database by database its tables: a line for each where there is room, else some below its name."""
    for number, entry in enumerate(intent.inventory.databases):
        if number:
            say(console, "")
        say(console, _place(entry), head=f"{entry.name}  ", head_style=HEADING)
        if console.is_terminal and console.width < _WIDE:
            for each in entry.tables:
                _print_lines(each, rules, console)
        else:
            _print_table(entry, rules, console)
    abroad = [str(each) for each in crossings(intent)]
    if abroad:
        say(console, "")
        say(console, "; ".join(abroad), head="across a border  ", head_style=HEADING)


def _print_table(entry: DatabaseEntry, rules: Rules, console: Console) -> None:
    shown = table()
    for head in ("  table", "category", "of whom", "what it holds", "rules"):
        shown.add_column(head, overflow="fold")
    for each in entry.tables:
        cells = (f"  {_name(each)}", _category(each), _whose(each), _what(each), _named(rules, each))
        styles = ("", "", "" if each.subjects else FAINT, "" if _held(each) else FAINT, "")
        shown.add_row(*(text(cell, style) for cell, style in zip(cells, styles, strict=True)))
    put(shown, console)


def _print_lines(each: TableEntry, rules: Rules, console: Console) -> None:
    facts = (_category(each), f"of {_whose(each)}" if each.subjects else "")
    say(console, ", ".join(fact for fact in facts if fact), head=f"  {_name(each)}  ", head_style=HEADING)
    say(console, _what(each), "" if _held(each) else FAINT, head="    ")
    if named := _named(rules, each):
        say(console, named, FAINT, head="    rules  ", head_style=FAINT)


def _what(each: TableEntry) -> str:
    return ", ".join(part for part in (_held(each), what_else(each)) if part)


def as_json(intent: Intent, rules: Rules) -> str:
    """All that the inventory says, and the rules by table; keys are stable within a version."""
    databases = [_database(entry, rules) for entry in intent.inventory.databases]
    abroad = [{"what": each.what, "from": each.home, "to": each.country} for each in crossings(intent)]
    head = {"wesretain": "inventory", "version": JSON_VERSION}
    return programs.as_json({**head, "databases": databases, "across_borders": abroad})


def as_csv(intent: Intent, rules: Rules) -> str:
    """A line for each column; one for each table whose columns are not listed."""
    return programs.as_csv([_COLUMNS, *_lines(intent, rules)])


def _lines(intent: Intent, rules: Rules) -> Iterator[Sequence[Any]]:
    for entry in intent.inventory.databases:
        for each in entry.tables:
            head = (entry.name, entry.location, entry.processor, _name(each), _category(each), _whose(each))
            names = " ".join(rule.name for rule in rules.get(each.name, ()))
            for column, elements in each.columns or (("", ()),):
                said = "" if not column or column in each.unsaid else "none"
                yield (*head, column, " ".join(element.value for element in elements) or said, names)


def _database(entry: DatabaseEntry, rules: Rules) -> dict[str, Any]:
    return {
        "database": entry.name,
        "location": entry.location,
        "processor": entry.processor,
        "zone": entry.zone,
        "tables": [
            {
                "table": _name(each),
                "category": each.category.value if each.category else None,
                "subjects": None if each.subjects is None else [joined(path) for path in each.subjects],
                "disclosed_to": list(each.disclosed_to),
                "columns": {
                    name: None if name in each.unsaid else [element.value for element in elements]
                    for name, elements in each.columns
                },
                "rules": [rule.name for rule in rules.get(each.name, ())],
            }
            for each in entry.tables
        ],
    }


def _place(entry: DatabaseEntry) -> str:
    run = "" if entry.processor in (None, "own") else f", run by {entry.processor}"
    return f"{entry.location or 'nobody says where'}{run}"


def _name(each: TableEntry) -> str:
    return joined([each.name.schema, each.name.name] if each.name.schema else [each.name.name])


def _category(each: TableEntry) -> str:
    return each.category.value if each.category else ""


def _whose(each: TableEntry) -> str:
    if each.subjects is None:
        return "?"
    return ", ".join(joined(path) for path in each.subjects) or "nobody"


def what_else(each: TableEntry) -> str:
    """What there is to say of a table beside its elements: that it holds none, or that not all of it is known."""
    if not each.columns or len(each.unsaid) == len(each.columns):
        return "nobody says"
    if each.unsaid:
        return f"{len(each.unsaid)} {'column is' if len(each.unsaid) == 1 else 'columns are'} not said"
    return "" if _held(each) else "nothing personal"


def _held(each: TableEntry) -> str:
    """The elements of a table, each once, in the order in which they are declared."""
    found = {element for _, elements in each.columns for element in elements}
    return ", ".join(element.value for element in Element if element in found and element is not Element.NONE)


def _named(rules: Rules, each: TableEntry) -> str:
    return ", ".join(rule.name for rule in rules.get(each.name, ()))
