"""Redaction targets as formulas: does a record still differ from what the rule would make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias, assert_never

from wesretain.model.binary import binary_of
from wesretain.model.condition import Operator, Presence
from wesretain.model.masking import HASH_LENGTH, HASH_PREFIX
from wesretain.model.rule import MaskIp, Redaction, Scrub, SetConstant, SetHash, SetNull, SetTemplate
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.scrubbing import SCRUBBERS, mark_of
from wesretain.model.source import Position
from wesretain.standing.catalogue import Catalogue, Refusal, column, target_column
from wesretain.standing.constants import TIMES, fixed
from wesretain.standing.formula import (
    Compares,
    EqualsTemplate,
    Formula,
    Holds,
    IsMasked,
    IsThere,
    NeedsScrub,
    Not,
    Surely,
    every,
    opposite,
    some,
)

Targets: TypeAlias = tuple[tuple[str, Redaction], ...]

#: How MariaDB declares bytes of a limited number.
_LIMITED_BYTES = re.compile(r"(?:var)?binary\((\d+)\)")
#: How PostgreSQL and MariaDB declare texts of a limited length.
_LIMITED = re.compile(r"(?:character varying|character|varchar|char|bpchar)\((\d+)\)")


def differs(catalogue: Catalogue, table: Table, columns: Targets, at: Position) -> Formula:
    """Some column of the row is not yet what it should become; null-safe.

    Raises:
        Refusal: where a target does not fit its column, or the redaction would do damage.
    """
    parts: list[Formula] = []
    scrubs: list[tuple[Column, tuple[str, ...]]] = []
    for name, target in columns:
        found = target_column(table, name, at)
        _check_member(table, found, target, columns, at)
        _check_reference(catalogue, table, found, at)
        _check_unique(table, found, columns, at)
        _check_length(catalogue, table, found, target, at)
        if isinstance(target, Scrub):
            scrubs.append(_scrub(table, found, target, at))
        else:
            parts.append(_differs(table, found, target, at))
    # The engines stop at the first that is true, and whether anything is there costs them least.
    parts.sort(key=lambda part: not (isinstance(part, Not) and isinstance(part.part, IsThere)))
    return some([*parts, *([NeedsScrub(tuple(scrubs))] if scrubs else [])])


def _differs(table: Table, found: Column, target: Redaction, at: Position) -> Formula:
    null = IsThere(found, Presence.NULL)
    match target:
        case SetNull() if found.member:
            return opposite(null)
        case SetConstant(text) if found.member:
            same_text = Compares(found, Operator.EQUAL, (text,), blind=False)
            return every([opposite(null), opposite(Surely(same_text))])
        case SetNull() | SetConstant():
            value = fixed(table, found, target, at)
            if value is None:
                return opposite(null)
            same: Formula
            if isinstance(value, bytes) or (isinstance(value, str) and found.kind in (*TIMES, Kind.JSON)):
                same = Holds(found, value)
            else:
                same = Compares(found, Operator.EQUAL, (value,), blind=False)
            return opposite(Surely(same))
        case SetTemplate(template):
            _made_of_letters(table, found, at)
            return opposite(Surely(EqualsTemplate(found, template_parts(table, template, at))))
        case SetHash():
            _made_of_letters(table, found, at)
            hashed: Formula = Compares(found, Operator.STARTS_WITH, (HASH_PREFIX,), blind=False)
            if found.kind is Kind.BINARY:
                hashed = Holds(found, HASH_PREFIX.encode(), begins=True)
            return every([opposite(null), opposite(hashed)])
        case MaskIp():
            _made_of_letters(table, found, at)
            blank: Formula = IsThere(found, Presence.EMPTY)
            if found.kind is Kind.BINARY:
                blank = some([null, Surely(Holds(found, b""))])
            return every([opposite(blank), opposite(IsMasked(found))])
        case Scrub():
            return NeedsScrub((_scrub(table, found, target, at),))
        case _ as never:
            assert_never(never)


def _scrub(table: Table, found: Column, target: Scrub, at: Position) -> tuple[Column, tuple[str, ...]]:
    _textual(table, found, at)
    unknown = [element for element in target.elements if element not in SCRUBBERS]
    if unknown or not target.elements:
        mend = f"scrub some of {', '.join(SCRUBBERS)}; or redact the whole column"
        raise Refusal(f"`{', '.join(unknown)}` cannot be found within a text", mend, at)
    return found, target.elements


def template_parts(table: Table, template: str, at: Position) -> tuple[str | Column, ...]:
    """The literal texts and the key columns of a template, in turn.

    Raises:
        Refusal: where it names what is no key column.
    """
    parts: list[str | Column] = []
    for literal, name in re.findall(r"([^{}]+)|\{([^{}]+)\}", template):
        if literal:
            parts.append(literal)
        elif name in table.key:
            parts.append(column(table, name))
        else:
            mend = f"use {', '.join(f'{{{key}}}' for key in table.key) or 'a table with a key'}"
            raise Refusal(f"`{{{name}}}` is not a key column of {table.full_name}", mend, at)
    return tuple(parts)


# -- what would do damage -----------------------------------------------------------------------------------------


def _check_member(table: Table, found: Column, target: Redaction, columns: Targets, at: Position) -> None:
    """A member of JSON becomes null, or a text; and its column is not redacted as a whole beside it."""
    if not found.member:
        return
    spelled = f"{table.full_name}.{found.full_name}"
    if not isinstance(target, SetNull | SetConstant):
        raise Refusal(f"{spelled} is a member of JSON", "use `null` or a text that is always the same", at)
    paths = [target_column(table, name, at) for name, _ in columns]
    others = [other for other in paths if other.name == found.name and other != found]
    if any(other.member == found.member[: len(other.member)] for other in others):
        raise Refusal(f"{spelled} lies within what the same rule redacts", "name one of both", at)


def _made_of_letters(table: Table, found: Column, at: Position) -> None:
    """Texts, and the bytes of texts and of addresses, can be made row by row."""
    if found.kind is not Kind.BINARY:
        _textual(table, found, at)


def _textual(table: Table, found: Column, at: Position) -> None:
    if found.listed:
        mend = "write one of its values, or use `null`"
        raise Refusal(f"{table.full_name}.{found.name} is an enumeration, and takes no other text", mend, at)
    if found.kind is not Kind.TEXT:
        mend = "use `null` or a constant"
        raise Refusal(f"{table.full_name}.{found.name} is {found.kind}, not a text", mend, at)


def _check_reference(catalogue: Catalogue, table: Table, found: Column, at: Position) -> None:
    """Other rows, and the ledger, refer to a record by its key and by the columns that links lead to."""
    mend = "leave the column as it is, since other rows refer to it; or delete the record"
    if found.name in table.key:
        raise Refusal(f"{table.full_name}.{found.name} is part of the table's key, and cannot be redacted", mend, at)
    for link in catalogue.links_to(table):
        if any(there.name == found.name for _, there in link.pairs):
            leads = f"the link `{link.name}` of {link.source.full_name} leads to {table.full_name}.{found.name}"
            raise Refusal(f"{leads}, which cannot be redacted", mend, at)


def _check_unique(table: Table, found: Column, columns: Targets, at: Position) -> None:
    """What must differ from row to row cannot become the same everywhere."""
    targets = dict(columns)
    for unique in table.uniques:
        if found.name in unique and all(_is_same(table, name, targets.get(name), at) for name in unique):
            names = ", ".join(sorted(unique))
            message = f"{table.full_name}.{names} is UNIQUE, and cannot be the same everywhere"
            raise Refusal(message, _unique_mend(table), at)


def _is_same(table: Table, name: str, target: Redaction | None, at: Position) -> bool:
    """Rows may get the same value: a constant, a blank, or a template that lacks a part of the key."""
    match target:
        case SetConstant():
            return True
        case SetNull():
            return not column(table, name).nullable
        case SetTemplate(template):
            parts = template_parts(table, template, at)
            return not table.key or not {part.name for part in parts if isinstance(part, Column)}.issuperset(table.key)
        case _:
            return False


def _unique_mend(table: Table) -> str:
    if not table.key:
        return "use `null`, since no key makes texts differ"
    key = "-".join(f"{{{name}}}" for name in table.key)
    return f'give each record its own, such as `{{text: "erased-{key}"}}` with the whole key'


def _check_length(catalogue: Catalogue, table: Table, found: Column, target: Redaction, at: Position) -> None:
    """SQLite's lengths are advice: it alone has no default schema."""
    if found.member:
        return
    binary = found.kind is Kind.BINARY
    limited = (_LIMITED_BYTES if binary else _LIMITED).match(found.declared)
    binding = catalogue.schema.default is not None
    if limited is None or not binding:
        return
    longest = max(_lengths(table, found, target, at), default=0)
    if longest > int(limited[1]):
        holds = f"{table.full_name}.{found.name} holds {limited[1]} {'bytes' if binary else 'characters'}"
        raise Refusal(f"{holds}, and the new text has {longest} or more", "write a shorter text, or use `null`", at)


def _lengths(table: Table, found: Column, target: Redaction, at: Position) -> Iterator[int]:
    """How many characters, or bytes, a column needs at least for what it becomes."""
    binary = found.kind is Kind.BINARY
    match target:
        case SetConstant(text):
            yield len(binary_of(text)) if binary else len(text)
        case SetTemplate(template):
            parts = template_parts(table, template, at)
            yield sum(len(part.encode() if binary else part) if isinstance(part, str) else 1 for part in parts)
        case SetHash():
            yield HASH_LENGTH
        case Scrub(elements):
            yield from (len(mark_of(element)) for element in elements)
        case SetNull() | MaskIp():
            pass  # a masked address is never longer than it was
        case _ as never:
            assert_never(never)
