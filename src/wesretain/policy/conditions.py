"""Conditions as files spell them: closed operators with bound values, several in one mapping meaning *and*."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from wesretain.model.condition import Age, All, AnyOf, Compare, Condition, Has, Is, Name, Not, Operator, Presence
from wesretain.model.source import Position
from wesretain.policy.fragments import SCALAR, TEXT, Json, mapping, one_or_several, several
from wesretain.policy.node import Node, dotted, dotted_value
from wesretain.policy.periods import read_age
from wesretain.policy.words import kind, listed, show, suggest

_TEST: Json = {"$ref": "#/$defs/test"}
_WHERE: Json = {"$ref": "#/$defs/where"}
_HAS: Json = {"$ref": "#/$defs/has"}
_AGE: Json = {"$ref": "#/$defs/age"}
GRAMMAR: Json = {
    "where": {
        **mapping(_TEST),
        "description": "Columns and what is asked of them; all of it must hold. A dotted name follows links.",
        "properties": {
            "any": {**several(_WHERE), "description": "At least one of these conditions holds."},
            "has": {**_HAS, "description": "At least one row is found there."},
            "has no": {**_HAS, "description": "No row is found there."},
        },
    },
    "has": one_or_several({"anyOf": [TEXT, mapping(_WHERE)]}),
    "test": {
        "anyOf": [
            SCALAR,
            several(SCALAR),
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {
                    "is": {"enum": [None, "null", "empty", "present"], "description": "Whether it says anything."},
                    "not": {**_TEST, "description": "The opposite."},
                    "at most": SCALAR,
                    "at least": SCALAR,
                    "less than": SCALAR,
                    "more than": SCALAR,
                    "contains": TEXT,
                    "starts with": TEXT,
                    "any case": {**one_or_several(SCALAR), "description": "Equal, whatever the case."},
                    "older than": _AGE,
                    "younger than": _AGE,
                },
            },
        ],
    },
}


def read_condition(node: Node) -> Condition | None:
    """A mapping of names to tests, all of which must hold; None where something in it was refused."""
    if not isinstance(node.value, dict):
        found = kind(node.value)
        node.refuse("condition", f"a condition must be a mapping, not {found}", "write `{column: value}`")
    elif not node.value:
        node.refuse("condition", "the condition is empty", "name a column, or take the key away")
    return _all(_part(child) for child in node.items())


def _part(node: Node) -> Condition | None:
    match node.key:
        case "any":
            return _any(node)
        case "has":
            return _all(_reached(node))
        case "has no":
            return _all(_not(found) for found in _reached(node))
        case _:
            name = dotted(node.key, node, key=True)
            return _test(name, node, node.key_at) if name else None


def _any(node: Node) -> Condition | None:
    if not isinstance(node.value, list) or not node.value:
        node.refuse("condition", "`any` takes a list of conditions", "write `any: [{column: value}, {other: value}]`")
        return None
    conditions = [read_condition(child) for child in node.items()]
    known = tuple(condition for condition in conditions if condition is not None)
    if len(known) < len(conditions):
        return None
    return known[0] if len(known) == 1 else AnyOf(known)


def _reached(node: Node) -> list[Condition | None]:
    """What `has` and `has no` look for: one name, a mapping of names to conditions, or a list of both."""
    match node.value:
        case str():
            path = dotted_value(node)
            return [Has(path, All(()), node.at) if path else None]
        case dict() if node.value:
            return [_reached_where(child) for child in node.items()]
        case list() if node.value and not any(isinstance(child.value, list) for child in node.items()):
            return [found for child in node.items() for found in _reached(child)]
        case _:
            node.refuse("condition", "this names no rows", "write a child's or a link's name, or a list of them")
            return [None]


def _reached_where(node: Node) -> Condition | None:
    path = dotted(node.key, node, key=True)
    if node.value is None or node.value == {}:
        node.refuse("condition", "the condition is empty", f"for any row at all write {show(node.key)} by itself")
    condition = read_condition(node)
    return Has(path, condition, node.key_at) if path and condition is not None else None


def _test(name: Name, node: Node, at: Position) -> Condition | None:
    """What is asked of a column."""
    match node.value:
        case None:
            node.refuse("condition", "a bare null compares with nothing", "write `{is: null}`")
        case str():
            return Compare(name, Operator.EQUAL, (node.value,), at)
        case list():
            return _one_of(name, Operator.EQUAL, node, at)
        case dict() if not node.value:
            node.refuse("condition", "the test is empty", "write a value, a list of values, or an operator")
        case dict():
            return _all(_operator(name, child, at) for child in node.items())
    return None


def _operator(name: Name, node: Node, at: Position) -> Condition | None:
    if read := _OPERATORS.get(node.key):
        return read(name, node, at)
    mend = suggest(node.key, list(_OPERATORS), f"the operators are {listed(_OPERATORS, 'and')}")
    node.refuse("condition", f"unknown operator {show(node.key)}", mend, key=True)
    return None


def _presence(name: Name, node: Node, at: Position) -> Condition | None:
    match node.value:
        case None | "null":
            return Is(name, Presence.NULL, at)
        case "empty" | "present":
            return Is(name, Presence(node.value), at)
        case _:
            mend = "for a value, write it without `is`"
            node.refuse("condition", "`is` takes `null`, `empty` or `present`", mend)
            return None


def _opposite(name: Name, node: Node, at: Position) -> Condition | None:
    if node.value is None:
        node.refuse("condition", "a bare null compares with nothing", "write `{not: {is: null}}`")
        return None
    return _not(_test(name, node, at))


def _one_value(name: Name, node: Node, at: Position) -> Condition | None:
    if isinstance(node.value, str):
        return Compare(name, Operator(node.key), (node.value,), at)
    node.refuse("condition", f"{show(node.key)} takes one value, not {kind(node.value)}")
    return None


def _one_word(name: Name, node: Node, at: Position) -> Condition | None:
    if node.value == "":
        node.refuse("condition", f"{show(node.key)} an empty text is true of every text", "write what is looked for")
        return None
    return _one_value(name, node, at)


def _any_case(name: Name, node: Node, at: Position) -> Condition | None:
    if isinstance(node.value, list):
        return _one_of(name, Operator.ANY_CASE, node, at)
    return _one_value(name, node, at)


def _one_of(name: Name, operator: Operator, node: Node, at: Position) -> Condition | None:
    if not node.value:
        node.refuse("condition", "an empty list matches nothing", "list the values")
    children = list(node.items())
    for child in children:
        if child.value is None:
            mend = "write `any: [{column: […]}, {column: {is: null}}]`"
            child.refuse("condition", "null compares with nothing, also in a list", mend)
        elif not isinstance(child.value, str):
            child.refuse("condition", f"a list of values cannot hold {kind(child.value)}")
    values = tuple(child.value for child in children if isinstance(child.value, str))
    return Compare(name, operator, values, at) if values else None


def _age(name: Name, node: Node, at: Position) -> Condition | None:
    period = read_age(node)
    return Age(name, node.key == "older than", period, at) if period else None


_OPERATORS: dict[str, Callable[[Name, Node, Position], Condition | None]] = {
    "is": _presence,
    "not": _opposite,
    "at most": _one_value,
    "at least": _one_value,
    "less than": _one_value,
    "more than": _one_value,
    "contains": _one_word,
    "starts with": _one_word,
    "any case": _any_case,
    "older than": _age,
    "younger than": _age,
}


def _not(condition: Condition | None) -> Condition | None:
    return None if condition is None else Not(condition)


def _all(parts: Iterable[Condition | None]) -> Condition | None:
    conditions = list(parts)
    known = [condition for condition in conditions if condition is not None]
    if not known or len(known) < len(conditions):
        return None
    return known[0] if len(known) == 1 else All(tuple(known))
