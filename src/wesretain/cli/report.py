"""`wesretain report`: one page that shows it all, the record of processing, and the public schedule."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from wesretain.cli.intent import parse_instant, request_of, sound_intent
from wesretain.cli.options import config_option
from wesretain.errors import InvalidInput, worst
from wesretain.render.plain import plain

_form = click.option("--format", "form", type=click.Choice(["markdown", "csv"]), default="markdown", show_default=True)


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  wesretain report
  wesretain report --out /srv/www/retention.html
  wesretain report schedule >retention-schedule.md
  wesretain report schedule --check retention-schedule.md   # in CI
  wesretain report processing --format csv
""",
)
@config_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="wesretain-report.html",
    show_default=True,
    help="The file to write.",
)
@click.option("--as-of", metavar="DATE", help="As of that day or instant, past or future.")
@click.pass_context
def report(context: click.Context, config: Path, out: Path, as_of: str | None) -> int | None:
    """Write one HTML file: what lies where, its age, what is due, held and blocked, what will be, gaps and last runs.

    It needs no network, and nothing beside itself.
    """
    if context.invoked_subcommand is not None:
        context.obj = config
        return None
    from wesretain.ledger import opened
    from wesretain.policy.load import load, parse_condition
    from wesretain.render.html import as_html
    from wesretain.report import report as gathered
    from wesretain.survey import Selection

    if as_of:
        parse_instant(as_of)
    request = request_of(config, as_of, Selection())
    with opened(request.intent.config.ledger, parse_condition) as ledger:
        found = gathered(request, ledger, load(config).ignores)
    for failure in found.plan.failures:
        click.echo(f"wesretain: {plain(failure.message)}", err=True)
    _write(out, as_html(found))
    click.echo(f"wrote {plain(str(out))}")
    return worst([0, *(failure.exit_code for failure in found.plan.failures)])


@report.command(
    epilog="""\b
Examples:
  wesretain report schedule >retention-schedule.md
  wesretain report schedule --check retention-schedule.md
"""
)
@_form
@click.option(
    "--check", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Exit with 1 where FILE differs."
)
@click.pass_context
def schedule(context: click.Context, form: str, check: Path | None) -> int:
    """Print the public retention schedule: what is kept, for how long, and then what, by the rules in force."""
    from wesretain.render.schedule import as_csv, as_markdown

    intent = sound_intent(context.obj)
    return _shown({"markdown": as_markdown, "csv": as_csv}[form](intent), check)


@report.command(
    epilog="""\b
Examples:
  wesretain report processing >record-of-processing.md
  wesretain report processing --format csv
"""
)
@_form
@click.option(
    "--check", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Exit with 1 where FILE differs."
)
@click.pass_context
def processing(context: click.Context, form: str, check: Path | None) -> int:
    """Print the record of processing activities (GDPR, article 30), from rules and inventory."""
    from wesretain.render.processing import as_csv, as_markdown

    intent = sound_intent(context.obj)
    return _shown({"markdown": as_markdown, "csv": as_csv}[form](intent), check)


def _shown(text: str, check: Path | None) -> int:
    """Print a text, or say how a file differs from it."""
    if check is None:
        click.echo(text, nl=False)
        return 0
    try:
        published = check.read_bytes().decode()
    except (OSError, UnicodeError):
        raise InvalidInput(f"{check} cannot be read", "name the file that was published") from None
    if published == text:
        return 0
    if published.splitlines() == text.splitlines():
        click.echo(f"{plain(str(check))} differs from it by the ends of its lines alone")
    for line in difflib.unified_diff(
        published.splitlines(), text.splitlines(), str(check), "the rules in force", lineterm=""
    ):
        click.echo(plain(line))
    return 1


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}", "choose another place for it") from None
