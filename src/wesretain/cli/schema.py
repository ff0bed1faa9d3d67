"""`wesretain schema`: the JSON Schemas of the files, for editors."""

from __future__ import annotations

from typing import Literal

import click


@click.command(
    epilog="""\b
Example, for editors with the YAML language server:
  wesretain schema policy > policy.schema.json
  # and at the top of a policy:
  # yaml-language-server: $schema=policy.schema.json
"""
)
@click.argument("file", type=click.Choice(["policy", "inventory", "config", "elements"]))
def schema(file: Literal["policy", "inventory", "config", "elements"]) -> None:
    """Print the JSON Schema of a policy, the inventory, the configuration or a file of elements.

    An editor that knows it completes keys and marks mistakes while you type. `wesretain validate` finds more.
    """
    import json

    from wesretain.policy.schemas import json_schema

    click.echo(json.dumps(json_schema(file), indent=2, ensure_ascii=False))
