"""`wesretain explain`: everything that decides the fate of one record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from wesretain.cli.intent import request_of
from wesretain.cli.lists import console_of
from wesretain.cli.options import Name, config_option
from wesretain.errors import UsageError
from wesretain.model.rule import TableName


@click.command(
    epilog="""\b
Examples:
  wesretain explain helpdesk.tickets 4711
  wesretain explain billing.invoice_lines 4711 3      # a key of two columns
  wesretain explain helpdesk.tickets 4711 --as-of 2027-01-01
"""
)
@click.argument("table", type=Name())
@click.argument("key", nargs=-1, required=True, type=Name())
@config_option
@click.option("--as-of", metavar="DATE", help="Explain as of that day or instant, past or future.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def explain(
    context: click.Context, table: str, key: tuple[str, ...], config: Path, as_of: str | None, form: str
) -> None:
    """Say what covers the record of TABLE with that KEY, who wins, and when it becomes due.

    TABLE is written as in the rules: database.table, or database.schema.table. KEY is its primary key, one value a
    column.
    """
    from wesretain.explain import explain as run
    from wesretain.ledger import opened
    from wesretain.policy.load import parse_condition
    from wesretain.render import explanation as render
    from wesretain.survey import Selection

    named = TableName.of(table)
    if named is None:
        raise UsageError(f"`{table}` names no table of a database", "write `database.table`")
    request = request_of(config, as_of, Selection())
    found = run(request, named.database, named.schema, named.name, key)
    with opened(request.intent.config.ledger, parse_condition) as ledger:
        found = replace(found, token=ledger.token(named.database, found.table, *found.key))
    if form == "json":
        click.echo(render.as_json(found))
        return
    render.print_text(found, request.intent.config.zone, console_of(context))
