"""`wesretain doctor`: what in the databases is at odds with what wesretain needs, each with the mend."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import click

from wesretain.cli.intent import request_of
from wesretain.cli.lists import format_option, show
from wesretain.cli.options import Name, config_option
from wesretain.errors import worst
from wesretain.model.plan import Failure
from wesretain.render.plain import plain

Found = TypeVar("Found")


@click.command(
    epilog="""\b
Examples:
  wesretain doctor
  wesretain doctor --database shop --format json
  wesretain doctor --check   # in CI, or after a migration
  wesretain doctor --clocks  # how well the clocks of the rules can be read

\b
It looks for:
  users that may do too much, or too little for what the rules take
  servers that take no changes: replicas, and those set to read only
  tables that apply refuses: views, those without transactions or a key, …
  triggers on tables from which rows go
  links down without an index, which make every batch read a whole table, and
  large tables without one on the clock, where each run reads all records
  foreign keys that would take rows along which no rule names
  links by `object_id` beside an `object_type`, without a `when`
  tables without `subjects`, which a hold on a person cannot find
  clocks with values that are no time, lie in the future or before 1990, and
  those that are read in a zone which their names contradict

It reads, and asks the databases to explain statements that it does not carry out.
"""
)
@config_option
@click.option("--database", "databases", multiple=True, type=Name(), metavar="NAME", help="Look at these only.")
@click.option("--check", is_flag=True, help="Exit with 1 where something is found.")
@click.option("--clocks", is_flag=True, help="List the clocks of the rules instead, and what their values say.")
@format_option
@click.pass_context
def doctor(
    context: click.Context, config: Path, databases: tuple[str, ...], check: bool, clocks: bool, form: str
) -> int:
    """Find what to mend in the databases before rules are applied to them."""
    from wesretain import doctor as examination
    from wesretain.render.clocks import clocks_listing
    from wesretain.render.complaints import complaints_listing
    from wesretain.survey import Selection

    request = request_of(config, None, Selection(databases=databases))
    if clocks:
        read, code = _told(examination.clocks(request))
        show(context, form, clocks_listing(read))
        return code
    complaints, code = _told(examination.examine(request))
    if complaints or form != "table":
        show(context, form, complaints_listing(complaints))
    return worst([code, *([1] if check and complaints else [])])


def _told(found: Iterable[Found | Failure]) -> tuple[list[Found], int]:
    """What was found, and the exit code that the failures ask for, which are told on stderr."""
    told: list[Found] = []
    codes = [0]
    for each in found:
        if isinstance(each, Failure):
            click.echo(f"wesretain: {plain(each.message)}", err=True)
            codes.append(each.exit_code)
        else:
            told.append(each)
    return told, worst(codes)
