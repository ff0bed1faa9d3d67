"""`wesretain demo`: a sample hosting company, and all that a first week with wesretain does, before your eyes."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from wesretain.cli.boundary import run

if TYPE_CHECKING:
    from datetime import date

#: The page that the walk writes in the end.
REPORT = "report.html"


@dataclass(frozen=True, slots=True)
class _Step:
    """One command of the walk, and what it is for."""

    words: str
    command: str


@click.command(
    epilog="""\b
Examples:
  wesretain demo
  wesretain demo /tmp/try-it
"""
)
@click.argument("folder", type=click.Path(path_type=Path), default="wesretain-demo")
def demo(folder: Path) -> int:
    """Make a sample hosting company in FOLDER, and keep its promises before your eyes.

    FOLDER is `wesretain-demo` where none is named, and must be new or empty. It stays, with a database, an inventory,
    policies and a ledger that you can change and try as you like. Nothing outside of it is touched.
    """
    from wesretain.demo import make

    rows = make(folder, _today())
    _say(f"A sample hosting company in {folder}: {rows:,} rows.")
    click.echo("   hosting.sqlite  inventory.yaml  policies/  wesretain.yaml  wesretain.ledger")
    click.secho(f"\n$ {_enter(folder)}", bold=True)
    with chdir(folder), _without_settings():
        code = _walk()
    if code == 0:
        _say("Go on by hand:")
        for line in _by_hand(folder):
            click.echo(f"   {line}")
        _say("The report, for a browser:")
        click.echo(f"   {(folder / REPORT).resolve()}")
    return code


def _walk() -> int:
    """Carry out every step; where one fails, the walk ends with its exit code."""
    from wesretain.cli import wesretain

    for number, step in enumerate(_steps(), 1):
        _say(f"{number}. {step.words}")
        click.secho(f"$ wesretain {step.command}", bold=True)
        code = run(wesretain, shlex.split(step.command.replace("\\\n", "")))
        if code:
            return code
    return 0


@contextmanager
def _without_settings() -> Iterator[None]:
    """The user's own settings put away: none of the commands may reach another configuration or log."""
    settings = {name: os.environ.pop(name) for name in ("WESRETAIN_CONFIG", "WESRETAIN_LOG") if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(settings)


def _steps() -> Iterator[_Step]:
    from wesretain.demo.sample import CHILDREN, UNPAID_CHILD

    yield _Step("What lies where, whose is it, and which rules are on it?", "inventory")
    yield _Step("Do rules cover all of it, and is the database what the files say?", "inventory --check")
    yield _Step("Are the policies, the inventory and the configuration sound?", "validate")
    yield _Step("What is due, rule by rule, and why does the rest stay? It only reads.", "scan")
    yield _Step(
        "What decides the fate of one record? A child, about whom there is an invoice.",
        f"explain hosting.clients {UNPAID_CHILD}",
    )
    yield _Step("Once for each database: two small tables, for holds and for evidence.", "prepare hosting")
    yield _Step(
        "Somebody complains: all about one child must stay. A hold beats every rule.",
        f'hold add --matter "Case 17" --reason "a complaint" \\\n    --subject hosting.clients {CHILDREN[2]}',
    )
    yield _Step(
        "What would be done about children now? A dry run does nothing of it.", "apply --dry-run --rule children"
    )
    yield _Step("Nothing goes unattended that nobody has approved, one by one or all.", "approve --all")
    yield _Step("Now in earnest, as every night. In cron it is silent when all is well.", "apply --yes")
    yield _Step(
        "What was done? Every batch is written down, without a value of any record.",
        'ledger show --kind "batch done" --limit 8',
    )
    yield _Step("Is the ledger whole, and does the evidence in the database agree?", "ledger verify")
    yield _Step("Which children are left, and why?", "records children")
    yield _Step("All of it on one page, for those who answer for it.", f"report --out {REPORT}")


def _by_hand(folder: Path) -> Iterator[str]:
    from wesretain.demo.sample import CHILDREN

    yield _enter(folder)
    if not shutil.which("wesretain"):
        yield f"alias wesretain={shlex.quote(_program())}"
    if "WESRETAIN_CONFIG" in os.environ:
        yield "unset WESRETAIN_CONFIG                     # it names another configuration"
    yield "wesretain records minors-without-approval  # whom somebody has to ask"
    yield "wesretain review list                      # what waits for a person"
    yield f"wesretain scan --as-of {_today().year + 1}-12-31          # what will be due by then"
    yield f"wesretain hold release 1 --reason settled  # child {CHILDREN[2]} goes a week later"
    yield "less policies/personal.yaml                # change a rule; validate; scan"


def _enter(folder: Path) -> str:
    name = str(folder)
    return f"cd {shlex.quote(f'./{name}' if name.startswith('-') else name)}"


def _today() -> date:
    """The calendar day at the sample company."""
    from datetime import datetime

    from wesretain.demo import ZONE

    return datetime.now(ZoneInfo(ZONE)).date()


def _say(line: str) -> None:
    click.secho(f"\n{line}", bold=True)


def _program() -> str:
    """How this user can call wesretain, where its name would not be found."""
    program = Path(sys.argv[0]).resolve()
    return str(program) if program.name == "wesretain" else f"{shlex.quote(sys.executable)} -m wesretain"
