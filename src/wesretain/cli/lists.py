"""How commands list things: as a table, as JSON or as CSV."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
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

    put(context, form, partial(as_json, listing), partial(as_csv, listing), partial(print_table, listing))


def put(
    context: click.Context,
    form: str,
    as_json: Callable[[], str],
    as_csv: Callable[[], str],
    print_table: Callable[[Console], None],
) -> None:
    """Print what is made in the format that was asked for; programs get it to the letter."""
    match form:
        case "json":
            click.echo(as_json(), color=True)
        case "csv":
            click.echo(as_csv(), nl=False, color=True)
        case _:
            print_table(console_of(context))


def console_of(context: click.Context) -> Console:
    """Where tables are printed. A terminal has a width; nothing may be folded of what is piped."""
    from wesretain.render.screen import console_for

    return console_for(sys.stdout, color=context.color)
