"""Pieces of JSON Schema that several of the languages share."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

#: Editors tell numbers from texts; here every scalar is the text that was written.
SCALAR: Json = {"type": ["string", "number", "boolean"]}
NULLABLE: Json = {"type": ["string", "number", "boolean", "null"]}
TEXT: Json = {"type": ["string", "number", "boolean"], "minLength": 1}


def several(item: Json) -> Json:
    """A list of at least one."""
    return {"type": "array", "items": item, "minItems": 1}


def one_or_several(item: Json) -> Json:
    """One by itself, or a list of at least one."""
    return {"anyOf": [item, several(item)]}


def mapping(values: Json) -> Json:
    """A mapping of at least one name to what stands under each."""
    return {"type": "object", "minProperties": 1, "additionalProperties": values}


def only(key: str, value: Json) -> Json:
    """A mapping of exactly one key."""
    return {"type": "object", "properties": {key: value}, "required": [key], "additionalProperties": False}
