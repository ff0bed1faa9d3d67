"""JSON Schemas of the three files, for editors: made of the definitions that the files are read by."""

from __future__ import annotations

from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from wesretain.policy import conditions, configuration, definitions, fates, periods, rules
from wesretain.policy.definitions import ConfigDefinition, Definition, InventoryDefinition, PolicyDefinition

File = Literal["policy", "inventory", "config"]

_MODELS: dict[File, type[Definition]] = {
    "policy": PolicyDefinition,
    "inventory": InventoryDefinition,
    "config": ConfigDefinition,
}
_GRAMMARS: dict[str, Any] = {
    **conditions.GRAMMAR,
    **configuration.GRAMMAR,
    **definitions.GRAMMAR,
    **fates.GRAMMAR,
    **periods.GRAMMAR,
    **rules.GRAMMAR,
}


def json_schema(file: File) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the policy, the inventory or the configuration."""
    schema: dict[str, Any] = _with_references(_MODELS[file].model_json_schema(schema_generator=_Generator))
    definitions = schema.get("$defs", {})
    missing = _references(schema) - set(definitions)
    while missing:
        definitions |= {name: _GRAMMARS[name] for name in missing}
        missing = _references(definitions) - set(definitions)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "$defs": dict(sorted(definitions.items()))}


class _Generator(GenerateJsonSchema):
    """Leaves out the defaults, which only say that a key may be missing."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def _with_references(schema: Any) -> Any:
    """The schema with the small languages referred to by name."""
    match schema:
        case {"x-grammar": str(name), **others}:
            return {"$ref": f"#/$defs/{name}", **others}
        case dict():
            return {key: _with_references(value) for key, value in schema.items()}
        case list():
            return [_with_references(value) for value in schema]
        case _:
            return schema


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
