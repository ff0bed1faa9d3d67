"""`wesretain doctor`: what in the databases is at odds with what wesretain needs, each with the mend."""

from __future__ import annotations

from pathlib import Path

import click

from wesretain.cli.intent import request_of
from wesretain.cli.lists import format_option, show
from wesretain.cli.options import Name, config_option
from wesretain.errors import worst
from wesretain.render.plain import plain


@click.command(
    epilog="""\b
Examples:
  wesretain doctor
  wesretain doctor --database shop --format json
  wesretain doctor --check   # in CI, or after a migration

\b
It looks for:
  users that may do too much, or too little for what the rules take
  servers that take no changes: replicas, and those set to read only
  tables that apply refuses: views, those without transactions or a key, …
  triggers on tables from which rows go
  links down without an index, which make every batch read a whole table
  tables without `subjects`, which a hold on a person cannot find

It reads, and asks the databases to explain statements that it does not carry out.
"""
)
@config_option
@click.option("--database", "databases", multiple=True, type=Name(), metavar="NAME", help="Look at these only.")
@click.option("--check", is_flag=True, help="Exit with 1 where something is found.")
@format_option
@click.pass_context
def doctor(context: click.Context, config: Path, databases: tuple[str, ...], check: bool, form: str) -> int:
    """Find what to mend in the databases before rules are applied to them."""
    from wesretain.doctor import examine
    from wesretain.model.plan import Failure
    from wesretain.render.complaints import complaints_listing
    from wesretain.survey import Selection

    found = list(examine(request_of(config, None, Selection(databases=databases))))
    failures = [each for each in found if isinstance(each, Failure)]
    complaints = [each for each in found if not isinstance(each, Failure)]
    for failure in failures:
        click.echo(f"wesretain: {plain(failure.message)}", err=True)
    if complaints or form != "table":
        show(context, form, complaints_listing(complaints))
    return worst([0, *(failure.exit_code for failure in failures), *([1] if check and complaints else [])])
