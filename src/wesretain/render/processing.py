"""The record of processing activities (GDPR, article 30), purpose by purpose, from rules and inventory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wesretain.model.config import Intent
from wesretain.model.inventory import Element, TableEntry
from wesretain.model.names import joined
from wesretain.model.places import country_of, crossings
from wesretain.model.rule import Disposition, Rule, TableName
from wesretain.render import programs
from wesretain.render.markdown import cell, table

_HEADS = (
    *("purpose", "lawful basis", "of whom", "categories of data", "kept where", "recipients", "other countries"),
    *("time limits for erasure",),
)


@dataclass(frozen=True, slots=True)
class _Activity:
    """What is done for one purpose: all rules that name it, and the tables that they are on."""

    purpose: str
    rules: tuple[Rule, ...]
    tables: tuple[TableEntry, ...]


def as_markdown(intent: Intent) -> str:
    """The record as a document."""
    config = intent.config
    place = f", {config.location}" if config.location else ""
    parts = [f"# Record of processing activities\n\nController: {cell(config.organisation + place)}\n"]
    for purpose, *row in _rows(intent):
        said = [(cell(head), cell(words)) for head, words in zip(_HEADS[1:], row, strict=True) if words]
        parts.append(f"## {cell(purpose)}\n\n{table(('', ''), said)}")
    return "\n".join(parts)


def as_csv(intent: Intent) -> str:
    """One line a purpose."""
    return programs.as_csv([_HEADS, *_rows(intent)])


def _rows(intent: Intent) -> Iterator[Sequence[str]]:
    for activity in _activities(intent):
        yield (
            activity.purpose,
            _listed(rule.basis if not rule.law else f"{rule.basis} ({rule.law})" for rule in activity.rules),
            _listed(_whose(activity)),
            _listed(_elements(activity)),
            _listed(_places(intent, activity)),
            _listed(_recipients(intent, activity)),
            _listed(_abroad(intent, activity)),
            _listed(_limits(activity)),
        )


def _activities(intent: Intent) -> Iterator[_Activity]:
    purposes = dict.fromkeys(rule.purpose for rule in intent.rules)
    for purpose in purposes:
        rules = tuple(rule for rule in intent.rules if rule.purpose == purpose)
        names = dict.fromkeys(rule.table for rule in rules)
        yield _Activity(purpose, rules, tuple(entry for name in names if (entry := intent.inventory.table(name))))


def _limits(activity: _Activity) -> Iterator[str]:
    """How long each kind is kept. A rule that only reports ends nothing."""
    for rule in activity.rules:
        yield (
            f"{rule.title}: {rule.period}"
            if rule.then is not Disposition.REPORT
            else f"{rule.title}: {rule.period}, only reported so far"
        )


def _whose(activity: _Activity) -> Iterator[str]:
    for entry in activity.tables:
        for path in entry.subjects or ():
            yield entry.name.name if path == ("self",) else joined(path[-1:])


def _elements(activity: _Activity) -> Iterator[str]:
    found = {element for entry in activity.tables for _, elements in entry.columns for element in elements}
    return (element.value for element in Element if element in found and element is not Element.NONE)


def _places(intent: Intent, activity: _Activity) -> Iterator[str]:
    for name in _databases(activity):
        entry = intent.inventory.database(name)
        yield f"{name} ({entry.location})" if entry and entry.location else name


def _recipients(intent: Intent, activity: _Activity) -> Iterator[str]:
    for name in _databases(activity):
        entry = intent.inventory.database(name)
        if entry and entry.processor and entry.processor != "own":
            yield entry.processor
    for table_entry in activity.tables:
        yield from table_entry.disclosed_to


def _abroad(intent: Intent, activity: _Activity) -> Iterator[str]:
    names = {f"the database {name}" for name in _databases(activity)}
    disclosed = {str(entry.name) for entry in activity.tables}
    for each in crossings(intent):
        if each.what in names or each.what.partition(",")[0] in disclosed:
            yield str(each)


def _databases(activity: _Activity) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rule.table.database for rule in activity.rules))


def _listed(words: object) -> str:
    return "; ".join(dict.fromkeys(str(each) for each in words if each))  # type: ignore[attr-defined]


__all__ = ["TableName", "as_csv", "as_markdown", "country_of"]
