"""How commands list things: as a table, as JSON or as CSV."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from wesretain.render.listing import Listing

format_option = click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)


def show(context: click.Context, form: str, listing: Listing) -> None:
    """Print a list in one of the formats."""
    from wesretain.render.listing import as_csv, as_json, print_table

    match form:
        case "json":
            click.echo(as_json(listing), color=True)
        case "csv":
            click.echo(as_csv(listing), nl=False, color=True)
        case _:
            print_table(listing, console_of(context))


def console_of(context: click.Context) -> Console:
    """Where tables are printed. A terminal has a width; nothing may be folded of what is piped."""
    from wesretain.render.screen import console_for

    return console_for(sys.stdout, color=context.color)
