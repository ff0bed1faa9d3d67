"""The command line: one module per command, loaded when it is called, and one error boundary around them all."""

from __future__ import annotations

import importlib
import sys
from typing import NoReturn

import click

from wesretain import __version__
from wesretain.cli.boundary import INTERRUPTED, prepare_process, run, turn_deaf
from wesretain.errors import UsageError

#: Each command, which its module of the same name holds, and its line in the help. The order is that of a first day.
COMMANDS = {
    "demo": "Show wesretain at work on a database made for the purpose.",
    "init": "Write starter files: configuration, inventory and policies.",
    "validate": "Check the configuration, the inventory and the policies.",
    "inventory": "Show what lies where, find it out, and complete the inventory by it.",
    "schema": "Print a JSON Schema of the files, for editors.",
    "scan": "Count the records that are due, and say why the others stay.",
    "records": "List the records of a rule by their keys, and why they stay.",
    "doctor": "Find what to mend in the databases before rules are applied.",
    "explain": "Say what covers one record, and when it becomes due.",
    "hold": "Place, show and release holds: orders to keep, which beat every rule.",
    "prepare": "Make a database ready for apply, and print the rights that it takes.",
    "approve": "Approve a rule as it stands, so that it is applied where nobody is asked.",
    "apply": "Carry out the plan: delete, redact, and open reviews, with evidence.",
    "review": "Decide on the records of rules that want a person to look first.",
    "report": "Write one page that shows it all; the public schedule; the record of processing.",
    "ledger": "Show what was done, and prove that nothing of it was changed.",
}

EPILOG = """\b
Exit status:
  0   everything due was done, or nothing was due; for a check: no errors
  1   findings, where --check asks for them
  2   the command line is wrong
  3   the configuration, the inventory or a policy is invalid
  4   refused by a limit, or for want of an approval
  5   partial: a rule, a table or a database failed, or due records were left
  6   another run owns the database
  7   no database could be reached, or a hold is not yet in force there
  8   the ledger or the evidence is missing, behind or broken
  70  a bug in wesretain
  130, 141, 143  stopped by Ctrl-C, by a closed pipe, by SIGTERM

\b
A first day:
  wesretain demo
  wesretain init
  wesretain validate
  wesretain scan
"""


class Commands(click.Group):
    """The commands; `--help` and `--version` load none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"wesretain.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, or suggest the one that was meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from wesretain.policy.words import show, suggest

            mend = suggest(args[0], list(COMMANDS), "see `wesretain --help`")
            raise UsageError(f"there is no command {show(args[0])}", mend)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def wesretain() -> None:
    """Keep each record as long as you promised, and no longer.

    wesretain knows what each table holds (inventory), how long each kind of record may stay (policy) and who must not
    lose what (holds). It works out from these what is due.
    """


def main() -> NoReturn:
    """Run the command line of this process, and end with its exit code."""
    prepare_process()
    try:
        code = run(wesretain, sys.argv[1:])
    except KeyboardInterrupt:  # a second one, while the first was told
        code = INTERRUPTED
    finally:
        turn_deaf()
    sys.exit(code)
