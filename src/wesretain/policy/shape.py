"""The shape of a file judged by its pydantic model, and what is wrong told in our own words."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from wesretain.policy.definitions import Definition
from wesretain.policy.document import Trail
from wesretain.policy.node import Node
from wesretain.policy.words import kind, listed, show, suggest

_FILL = "write what is meant, or take the key away"
_QUOTED = re.compile(r"'([^']*)'")


def check_shape(model: type[Definition], root: Node) -> None:
    """Tell every key that is unknown or missing, and every value that is of another type than it must be."""
    try:
        model.model_validate(root.value)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _tell(model, root, detail)


def _tell(model: type[Definition], root: Node, detail: ErrorDetails) -> None:
    trail: Trail = detail["loc"]
    told, value = root.document.refuse, detail["input"]
    name = f"`{trail[-1]}`" if trail and isinstance(trail[-1], str) else "this" if trail else "the file"
    match detail["type"]:
        case "extra_forbidden":
            known = _keys(model, trail[:-1])
            mend = suggest(str(trail[-1]), known, f"the keys here are {listed(known, 'and')}")
            told(trail, "unknown-key", f"unknown key {show(str(trail[-1]))}", mend, key=True)
        case "missing":
            told(trail, "missing-key", f"missing key {name}")
        case "enum" | "literal_error" if isinstance(value, str):
            words = _QUOTED.findall(detail["ctx"]["expected"])
            told(trail, "wrong-value", f"{name} cannot be {show(value)}", suggest(value, words))
        case "enum" | "literal_error":
            words = _QUOTED.findall(detail["ctx"]["expected"])
            told(trail, "wrong-type", f"{name} must be {listed(words)}, not {kind(value)}")
        case "string_type" | "dict_type" | "model_type" if value is None:
            told(trail, "wrong-type", f"{name} has no value", _FILL)
        case "string_type":
            told(trail, "wrong-type", f"{name} must be text, not {kind(value)}")
        case "dict_type" | "model_type":
            told(trail, "wrong-type", f"{name} must be a mapping, not {kind(value)}")
        case _:
            told(trail, "wrong-type", f"{name} is empty", _FILL)


def _keys(model: type[Definition], trail: Trail) -> list[str]:
    """The keys that may stand in the mapping at a place."""
    annotation: Any = model
    for step in trail:
        annotation = _inside(annotation, step)
    return [field.alias or name for name, field in annotation.model_fields.items()]


def _inside(annotation: Any, step: str | int) -> Any:
    """The type of what stands under a key."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return next(field.annotation for field in annotation.model_fields.values() if field.alias == step)
    return get_args(annotation)[-1]
