"""A file of elements → by what discovery tells them: the words of names, the looks of values, the checks."""

from __future__ import annotations

import re
import warnings
from functools import cache
from importlib import import_module
from typing import Any

from wesretain.model.inventory import Element
from wesretain.model.schema import Kind
from wesretain.model.traits import OwnCheck, Trait, Traits, Words
from wesretain.policy.definitions import ELEMENTS
from wesretain.policy.document import Document
from wesretain.policy.node import Node
from wesretain.policy.shape import check_shape
from wesretain.policy.strict_yaml import read_text
from wesretain.policy.words import show, suggest


def shipped_elements() -> Traits:
    """The elements that come with wesretain."""
    from importlib.resources import files

    file = files("wesretain.discovery") / "elements.yaml"
    document = read_text(file.read_bytes(), file.name)
    found = read_elements(document)
    assert not document.problems
    return found


def read_elements(document: Document) -> Traits:
    """What can be read of a file of elements; the problems are in the document."""
    root = Node.root(document)
    check_shape(ELEMENTS, root)
    words = root.child("words")
    found = (_read_trait(node) for node in root.children("elements"))
    return Traits(_read_words(words) if words else Words(), tuple(trait for trait in found if trait is not None))


def _read_words(node: Node) -> Words:
    return Words(
        *map(node.texts, ("person", "visit", "about", "asks", "endings", "nothing", "key column", "value column")),
        *map(node.texts, ("time", "role", "staff", "clerk", "machine", "mark", "sensitive")),
        *map(node.texts, ("personal", "server", "user_communications")),
    )


def _read_trait(node: Node) -> Trait | None:
    known = [element.value for element in Element if element is not Element.NONE]
    if node.key not in known:
        node.refuse("wrong-value", f"{show(node.key)} is not an element", suggest(node.key, known), key=True)
        return None
    for look in node.several("looks"):
        _check_pattern(look)
    for check in node.several("checks"):
        if isinstance(check.value, str) and check.value not in set(OwnCheck) and stdnum_module(check.value) is None:
            mend = suggest(
                check.value, list(OwnCheck), "see `elements.yaml`, or name a module of python-stdnum: `my.nric`"
            )
            check.refuse("wrong-value", f"{show(check.value)} is not a check", mend)
    return Trait(
        Element(node.key),
        kinds=tuple(Kind(word) for word in node.texts("types") if word in set(Kind)),
        names=node.texts("names"),
        hints=node.texts("maybe"),
        beside=node.texts("beside"),
        neighbours=tuple(Element(word) for word in node.texts("neighbours") if word in known),
        looks=node.texts("looks"),
        checks=node.texts("checks"),
    )


@cache
def stdnum_module(name: str) -> Any:
    """The module of python-stdnum that checks a number, such as `my.nric`; None where there is none."""
    if not re.fullmatch(r"[a-z]+_?\.[a-z]+[0-9]*|[a-z]+", name):
        return None
    try:
        module = import_module(f"stdnum.{name}")
    except ImportError:
        return None
    return module if hasattr(module, "is_valid") else None


def _check_pattern(node: Node) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(str(node.value))
    except (re.error, RecursionError, OverflowError, Warning):
        node.refuse("wrong-value", "this is not a regular expression", "write one as Python's `re` reads it")
