"""A value of a document together with its place: what the readers of each language walk over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar, overload

from wesretain.model.names import segments
from wesretain.model.source import Position
from wesretain.policy.document import Document, Trail, Value
from wesretain.policy.words import kind, show

Choice = TypeVar("Choice", bound=StrEnum)
Read = TypeVar("Read")
Absent = TypeVar("Absent")

_WORD = re.compile(r"\w[\w.-]*")


class Node(NamedTuple):
    """A value and where it stands.

    Its readers take what fits and pass over what does not: what does not fit has been told, or is told by `refuse`.
    """

    value: Value
    trail: Trail
    document: Document

    @classmethod
    def root(cls, document: Document) -> Node:
        """The whole of a document."""
        return cls(document.value, (), document)

    @property
    def at(self) -> Position:
        """Where the value stands."""
        return self.document.place(self.trail)

    @property
    def key_at(self) -> Position:
        """Where its key stands."""
        return self.document.place(self.trail, key=True)

    @property
    def key(self) -> str:
        """Its key."""
        return str(self.trail[-1])

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong with it, nor with anything in it."""
        return not self.document.tainted(self.trail)

    def refuse(self, check: str, message: str, mend: str = "", key: bool = False) -> None:
        """Tell what is wrong with it, or with its key."""
        self.document.refuse(self.trail, check, message, mend, key)

    def miss(self, key: str, mend: str = "") -> None:
        """Tell that it lacks a key."""
        self.document.refuse((*self.trail, key), "missing-key", f"missing key `{key}`", mend)

    def items(self) -> Iterator[Node]:
        """The values of a mapping, or of a list."""
        held, trail, document = self
        if isinstance(held, dict):
            for key, value in held.items():
                yield Node(value, (*trail, key), document)
        elif isinstance(held, list):
            for index, value in enumerate(held):
                yield Node(value, (*trail, index), document)

    def child(self, key: str) -> Node | None:
        """The value of a key, where it is written."""
        held, trail, document = self
        return Node(held[key], (*trail, key), document) if isinstance(held, dict) and key in held else None

    @overload
    def read(self, key: str, read: Callable[[Node], Read]) -> Read | None: ...
    @overload
    def read(self, key: str, read: Callable[[Node], Read], absent: Absent) -> Read | Absent: ...
    def read(self, key: str, read: Callable[[Node], Any], absent: Any = None) -> Any:
        """What is read of the value of a key, or what stands for it where it is not written."""
        child = self.child(key)
        return absent if child is None else read(child)

    def children(self, key: str) -> Iterator[Node]:
        """What the mapping or list of a key holds."""
        child = self.child(key)
        return child.items() if child else iter(())

    def text(self, key: str) -> str:
        """The text of a key, or nothing."""
        held = self.value
        value = held.get(key) if isinstance(held, dict) else None
        return value.strip() if isinstance(value, str) else ""

    def flag(self, key: str) -> bool:
        """Whether a key says `true`."""
        return self.text(key) == "true"

    def choice(self, key: str, choices: type[Choice]) -> Choice | None:
        """Which of some words a key says."""
        try:
            return choices(self.text(key))
        except ValueError:
            return None

    def several(self, key: str) -> tuple[Node, ...]:
        """The values of a key that takes one or a list."""
        child = self.child(key)
        if child is None:
            return ()
        return tuple(child.items()) if isinstance(child.value, list) else (child,)

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a key that takes one or a list."""
        return tuple(node.value for node in self.several(key) if isinstance(node.value, str))

    def places(self, *inside: str) -> Callable[[str], Position | None]:
        """What finds where one of its keys stands, or one (`key.inner`) of some mappings in it."""

        def find(key: str) -> Position | None:
            outer, _, inner = key.partition(".")
            holder = self.child(outer) if outer in inside else None
            found = holder.child(inner) if holder and inner else self.child(key)
            return found.key_at if found else None

        return find


def dotted(text: str, node: Node, key: bool = False) -> tuple[str, ...]:
    """The segments of a dotted name that is a node's value, or its key; empty where it was refused."""
    found = segments(text)
    if not found:
        mend = "write words joined by dots, such as `client.email`"
        if '"' in text:
            mend += ', with quotes around all of a word or inside it: `"a.b".email`'
        node.refuse("name", f"{show(text)} is not a name", mend, key)
    return found


def dotted_value(node: Node) -> tuple[str, ...]:
    """The dotted name that is a node's value; empty where it was refused."""
    if isinstance(node.value, str):
        return dotted(node.value, node)
    node.refuse("wrong-type", f"a name must be text, not {kind(node.value)}")
    return ()


def check_word(node: Node, what: str) -> None:
    """Refuse a key that could not be typed on a command line."""
    if not _WORD.fullmatch(node.key):
        mend = "use letters, digits, `-`, `_` and dots, and start with a letter or digit"
        node.refuse("name", f"{show(node.key)} cannot name {what}", mend, key=True)
