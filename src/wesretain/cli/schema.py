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
@click.argument("file", type=click.Choice(["policy", "inventory", "config"]))
def schema(file: Literal["policy", "inventory", "config"]) -> None:
    """Print the JSON Schema of the policy, the inventory or the configuration.

    An editor that knows it completes keys and marks mistakes while you type. `wesretain validate` finds more.
    """
    import json

    from wesretain.policy.schemas import json_schema

    click.echo(json.dumps(json_schema(file), indent=2, ensure_ascii=False))
