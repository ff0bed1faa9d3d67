"""`wesretain demo`: a sample hosting company, made and scanned before your eyes."""

from __future__ import annotations

import shlex
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import click


@click.command(
    epilog="""\b
Examples:
  wesretain demo
  wesretain demo /tmp/try-it
"""
)
@click.argument("folder", type=click.Path(path_type=Path), default="wesretain-demo")
@click.pass_context
def demo(context: click.Context, folder: Path) -> int:
    """Make a sample hosting company in FOLDER, validate its files and scan its database.

    FOLDER is `wesretain-demo` where none is named, and must be new or empty. It stays, with a database, an inventory,
    policies and a ledger that you can change and scan as you like. Nothing outside of it is touched.
    """
    from wesretain.cli.scan import scan
    from wesretain.cli.validate import validate
    from wesretain.demo import make

    _say(f"1. A sample hosting company in {folder}: clients, tickets, invoices, servers; some of it long overdue.")
    config = make(folder, datetime.now(UTC).date())
    click.echo("   hosting.sqlite  inventory.yaml  wesretain.yaml  policies/  wesretain.ledger")

    _say("2. `wesretain validate`: are the policies, the inventory and the configuration sound?")
    code: int = context.invoke(validate, config=config)
    if code:
        return code
    click.echo("   They are.")

    _say("3. `wesretain scan`: what is due under each rule, and why the rest stays. It only reads.\n")
    code = context.invoke(scan, config=config)

    _say("Go on by hand:")
    command = _command()
    for line in (
        f"cd {shlex.quote(str(folder))}",
        f"{command} explain hosting.clients 111  # a child under 13, whose invoices the law keeps",
        f"{command} scan --rule closed-tickets --as-of {datetime.now(UTC).year + 1}-12-31  # what will be due by then",
        f"{command} scan --check  # exit status 1, since something is due: for cron",
        "less policies/personal.yaml  # change a rule, then validate and scan again",
        f"{command} prepare hosting  # once: the tables that say what was done, and which holds there are",
        f'{command} hold add --matter "Case 7" --reason "a complaint" --subject hosting.clients 7',
        f"{command} apply  # shows the plan, asks, and carries it out within the limits",
    ):
        click.echo(f"   {line}")
    return code


def _say(line: str) -> None:
    click.secho(f"\n{line}", bold=True)


def _command() -> str:
    """How this user calls wesretain: by its name, or by its path where the name would not be found."""
    program = Path(sys.argv[0]).resolve()
    if shutil.which("wesretain"):
        return "wesretain"
    return shlex.quote(str(program)) if program.name == "wesretain" else f"{shlex.quote(sys.executable)} -m wesretain"
