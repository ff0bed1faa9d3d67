"""The shapes that values of a file may have, and what is wrong told where a value has another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from wesretain.policy.document import Trail, Value
from wesretain.policy.fragments import Json
from wesretain.policy.node import Node
from wesretain.policy.words import kind, listed, show, suggest

#: How `Document.refuse` is told what is wrong with a value.
Refuse: TypeAlias = Callable[..., None]

_FILL = "write what is meant, or take the key away"


class Free(NamedTuple):
    """Anything: the module of that language reads it."""

    schema: Json

    def check(self, value: Value, trail: Trail, refuse: Refuse) -> None:
        """Find nothing wrong."""


class Text(NamedTuple):
    """A text; one that is `blank`, or null, only where that may stand."""

    schema: Json
    blank: bool = False
    null: bool = False

    def check(self, value: Value, trail: Trail, refuse: Refuse) -> None:
        """Tell a value that is no such text."""
        if isinstance(value, str):
            if not self.blank and not value.strip():
                refuse(trail, "wrong-type", f"{_name(trail)} is empty", _FILL)
        elif value is None:
            if not self.null:
                _tell_nothing(trail, refuse)
        else:
            refuse(trail, "wrong-type", f"{_name(trail)} must be text, not {kind(value)}")


class Word(NamedTuple):
    """One of some words."""

    schema: Json
    words: tuple[str, ...]

    def check(self, value: Value, trail: Trail, refuse: Refuse) -> None:
        """Tell a value that is none of them."""
        if not isinstance(value, str):
            refuse(trail, "wrong-type", f"{_name(trail)} must be {listed(self.words)}, not {kind(value)}")
        elif value not in self.words:
            mend = suggest(value, self.words)
            refuse(trail, "wrong-value", f"{_name(trail)} cannot be {show(value)}", mend)


class Several(NamedTuple):
    """One value by itself or a list of them; none at all, as null or an empty list, only where that may stand."""

    schema: Json
    item: Free | Text | Word
    none: bool = False

    def check(self, value: Value, trail: Trail, refuse: Refuse) -> None:
        """Tell what is wrong with any of the values, or that there is none."""
        if self.none and value is None:
            return
        values = value if isinstance(value, list) else [value]
        if not values and not self.none:
            refuse(trail, "wrong-type", f"{_name(trail)} is empty", _FILL)
        for index, each in enumerate(values):
            self.item.check(each, (*trail, index), refuse)


class Names(NamedTuple):
    """A mapping of names to values of one shape; an empty one only where that may stand."""

    item: Shape
    empty: bool = True

    def check(self, value: Value, trail: Trail, refuse: Refuse) -> None:
        """Tell what is wrong under any of the names, or that there is none."""
        if not isinstance(value, dict):
            _tell_no_mapping(value, trail, refuse)
            return
        if not value and not self.empty:
            refuse(trail, "wrong-type", f"{_name(trail)} is empty", _FILL)
        for name, each in value.items():
            self.item.check(each, (*trail, name), refuse)


class Key(NamedTuple):
    """A key of a definition: the shape of its value, and what it means."""

    shape: Shape
    description: str
    examples: tuple[str, ...] = ()
    needed: bool = False


class Definition(NamedTuple):
    """A mapping whose keys are all known."""

    name: str
    description: str
    keys: Mapping[str, Key]

    def check(self, value: Value, trail: Trail, refuse: Refuse) -> None:
        """Tell every key that is unknown or missing, and what is wrong with the values of the others."""
        if not isinstance(value, dict):
            _tell_no_mapping(value, trail, refuse)
            return
        for name, each in value.items():
            if key := self.keys.get(name):
                key.shape.check(each, (*trail, name), refuse)
            else:
                known = list(self.keys)
                mend = suggest(name, known, f"the keys here are {listed(known, 'and')}")
                refuse((*trail, name), "unknown-key", f"unknown key {show(name)}", mend, key=True)
        for name, key in self.keys.items():
            if key.needed and name not in value:
                refuse((*trail, name), "missing-key", f"missing key `{name}`")


Shape: TypeAlias = Free | Text | Word | Several | Names | Definition


def check_shape(definition: Definition, root: Node) -> None:
    """Tell every key that is unknown or missing, and every value that is of another type than it must be."""
    definition.check(root.value, (), root.document.refuse)


def _tell_no_mapping(value: Value, trail: Trail, refuse: Refuse) -> None:
    if value is None:
        _tell_nothing(trail, refuse)
    else:
        refuse(trail, "wrong-type", f"{_name(trail)} must be a mapping, not {kind(value)}")


def _tell_nothing(trail: Trail, refuse: Refuse) -> None:
    refuse(trail, "wrong-type", f"{_name(trail)} has no value", _FILL)


def _name(trail: Trail) -> str:
    """What a value is called in a message."""
    match trail:
        case (*_, str(key)):
            return f"`{key}`"
        case ():
            return "the file"
        case _:
            return "this"
