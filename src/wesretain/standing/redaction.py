"""Redaction targets as formulas: does a record still differ from what the rule would make of it."""

from __future__ import annotations

import re
from typing import assert_never

from wesretain.model.condition import Operator, Presence
from wesretain.model.rule import MaskIp, Redaction, Rule, Scrub, SetConstant, SetHash, SetNull, SetTemplate
from wesretain.model.schema import Column, Kind, Table
from wesretain.standing.catalogue import Refusal, column
from wesretain.standing.conditions import coerced
from wesretain.standing.formula import (
    Compares,
    EqualsTemplate,
    Formula,
    IsMasked,
    IsThere,
    Surely,
    every,
    opposite,
    some,
)

#: How a keyed hash begins, so that it is recognised and not hashed again.
HASH_PREFIX = "wesretain:"
#: What may be an IP address, as a text; a portable regular expression.
IP_ADDRESS = "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*"
#: One whose second half is blank: 192.0.0.0, or 2001:db8:: as RFC 5952 writes it.
MASKED_IP = "[0-9]{1,3}\\.[0-9]{1,3}\\.0\\.0|(?:[0-9a-f]{1,4}:){1,4}:|::"


def differs(table: Table, rule: Rule) -> Formula:
    """Some column of the record is not yet what the rule would make of it; null-safe.

    Raises:
        Refusal: where a target does not fit its column.
    """
    return some(
        _differs(table, column(table, name, rule.place("columns")), target, rule) for name, target in rule.columns
    )


def _differs(table: Table, found: Column, target: Redaction, rule: Rule) -> Formula:
    at = rule.place("columns")
    null = IsThere(found, Presence.NULL)
    match target:
        case SetNull():
            if not found.nullable:
                raise Refusal(
                    f"{table.full_name}.{found.name} is NOT NULL",
                    'give it a blank of its type, such as `""` or `0`',
                    at,
                )
            return opposite(null)
        case SetConstant(text):
            if frozenset({found.name}) in (*table.uniques, frozenset(table.key)):
                mend = 'give each record its own, such as `{text: "erased-{key}"}` with its key column'
                raise Refusal(f"{table.full_name}.{found.name} is UNIQUE, and cannot be the same everywhere", mend, at)
            same = Compares(found, Operator.EQUAL, (coerced(found, text, at, table),), blind=False)
            return opposite(Surely(same))
        case SetTemplate(template):
            _textual(table, found, rule)
            return opposite(Surely(EqualsTemplate(found, _parts(table, template, rule))))
        case SetHash():
            _textual(table, found, rule)
            hashed = Compares(found, Operator.STARTS_WITH, (HASH_PREFIX,), blind=False)
            return every([opposite(null), opposite(hashed)])
        case MaskIp():
            _textual(table, found, rule)
            blank = IsThere(found, Presence.EMPTY)
            return every([opposite(blank), opposite(IsMasked(found))])
        case Scrub():
            mend = "redact the whole column, or wait for a version that scrubs"
            raise Refusal("`scrub` cannot be decided by this version", mend, at)
        case _ as never:
            assert_never(never)


def _textual(table: Table, found: Column, rule: Rule) -> None:
    if found.kind is not Kind.TEXT:
        raise Refusal(
            f"{table.full_name}.{found.name} is {found.kind}, not a text",
            "use `null` or a constant",
            rule.place("columns"),
        )


def _parts(table: Table, template: str, rule: Rule) -> tuple[str | Column, ...]:
    parts: list[str | Column] = []
    for literal, name in re.findall(r"([^{}]+)|\{([^{}]+)\}", template):
        if literal:
            parts.append(literal)
        elif name in table.key:
            parts.append(column(table, name))
        else:
            mend = f"use {', '.join(f'{{{key}}}' for key in table.key) or 'a table with a key'}"
            raise Refusal(f"`{{{name}}}` is not a key column of {table.full_name}", mend, rule.place("columns"))
    return tuple(parts)
