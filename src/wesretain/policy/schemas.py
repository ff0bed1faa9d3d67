"""JSON Schemas of the files, for editors: made of the definitions that the files are read by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from wesretain.policy import conditions, configuration, definitions, fates, periods, rules
from wesretain.policy.fragments import Json
from wesretain.policy.shape import Definition, Names, Shape

File = Literal["policy", "inventory", "config", "elements"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FILES: dict[File, Definition] = {
    "policy": definitions.POLICY,
    "inventory": definitions.INVENTORY,
    "config": definitions.CONFIG,
    "elements": definitions.ELEMENTS,
}
_GRAMMARS: Json = {
    **conditions.GRAMMAR,
    **configuration.GRAMMAR,
    **definitions.GRAMMAR,
    **fates.GRAMMAR,
    **periods.GRAMMAR,
    **rules.GRAMMAR,
}


def json_schema(file: File) -> Json:
    """The JSON Schema (draft 2020-12) of a policy, the inventory, the configuration or a file of elements."""
    whole = _FILES[file]
    schema = _mapping(whole, f"wesretain {whole.name}")
    known = _GRAMMARS | {_named(inner): _mapping(inner, inner.name) for inner in _inside(whole)}
    found: Json = {}
    missing = _references(schema)
    while missing:
        found |= {name: known[name] for name in missing}
        missing = _references(found) - set(found)
    return {"$schema": _DIALECT, **schema, "$defs": dict(sorted(found.items()))}


def _mapping(definition: Definition, title: str) -> Json:
    keys = definition.keys
    needed = [name for name, key in keys.items() if key.needed]
    return {
        "title": title,
        "description": definition.description,
        "type": "object",
        "properties": {
            name: {
                **_schema(key.shape),
                "description": key.description,
                **({"examples": list(key.examples)} if key.examples else {}),
            }
            for name, key in keys.items()
        },
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def _schema(shape: Shape) -> Json:
    match shape:
        case Definition():
            return {"$ref": f"#/$defs/{_named(shape)}"}
        case Names(item, empty):
            return {
                "type": "object",
                **({} if empty else {"minProperties": 1}),
                "additionalProperties": _schema(item),
            }
        case _:
            return shape.schema


def _named(definition: Definition) -> str:
    return f"{definition.name.capitalize()}Definition"


def _inside(definition: Definition) -> Iterator[Definition]:
    """The definitions that stand in another one, at any depth."""
    for key in definition.keys.values():
        inner = key.shape.item if isinstance(key.shape, Names) else key.shape
        if isinstance(inner, Definition):
            yield inner
            yield from _inside(inner)


def _references(schema: Any) -> set[str]:
    match schema:
        case {"$ref": str(reference), **others}:
            return {reference.rpartition("/")[2]} | _references(others)
        case dict():
            return {name for value in schema.values() for name in _references(value)}
        case list():
            return {name for value in schema for name in _references(value)}
        case _:
            return set()
