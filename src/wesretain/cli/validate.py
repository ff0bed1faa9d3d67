"""`wesretain validate`: all problems of all files at once, for people, editors and CI."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from wesretain.cli.lists import console_of
from wesretain.cli.options import config_option, existing, is_there
from wesretain.model.problem import Level, Problem
from wesretain.policy.checks import check
from wesretain.policy.load import Loaded, load, load_files
from wesretain.render import problems as render


@click.command(
    epilog="""\b
Examples:
  wesretain validate
  wesretain validate policies/personal.yaml
  wesretain validate --format github
  wesretain validate --explain never-acts

\b
A comment on its line, or on one before it, silences a warning:
  # wesretain: ignore[shadowed] the older rule goes in March
"""
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, readable=False))
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *render.FORMATS]),
    default="text",
    show_default=True,
    help="text: one line a problem; json: a list of them; github: annotations of a pull request.",
)
@click.option("--live", is_flag=True, help="Ask the databases as well: their tables, columns, keys and clocks.")
@click.option("--explain", "check_id", metavar="CHECK-ID", help="Print the page of a check, and stop.")
@click.pass_context
def validate(
    context: click.Context, paths: tuple[Path, ...], config: Path, form: str, live: bool, check_id: str | None
) -> int:
    """Check the configuration, the inventory and the policies.

    Without PATHS everything that the configuration names is checked. With PATHS (files or folders) these are read
    in place of the configuration's policies; where there is no configuration, names are not looked up.

    Exit status 3 says that there are errors. Warnings leave it at 0.
    """
    if check_id:
        click.echo(_page(check_id))
        return 0
    context.with_resource(_uncollected())
    asked = context.get_parameter_source("config") is not click.core.ParameterSource.DEFAULT
    needless = paths and not asked and not is_there(config)
    loaded = _load(paths, None if needless else existing(config))
    problems = check(loaded)
    if live and loaded.intent and not _errors(problems):
        from wesretain.scan import live_problems

        problems = check(loaded, live_problems(loaded.intent, datetime.now(UTC)))
    if form != "text":
        for line in render.FORMATS[form](problems):
            click.echo(line)
    elif problems:  # else nothing of what prints is loaded
        render.print_text(problems, console_of(context))
    if problems or (sys.stderr and sys.stderr.isatty()):
        click.echo(render.summary(problems, len(loaded.rules)), err=True)
    return 3 if _errors(problems) else 0


def _page(check_id: str) -> str:
    """The page of a check, or of a gap that `inventory --check` tells."""
    from wesretain.policy.checks.ignores import GAPS
    from wesretain.policy.manual import explain

    if check_id not in GAPS:
        return explain(check_id)
    from wesretain.coverage import page_of

    return page_of(check_id)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: what is read only grows, and it would go through all of it again and again."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def _load(paths: tuple[Path, ...], config: Path | None) -> Loaded:
    if config and not paths:
        return load(config)
    loaded = load_files(paths, config=config)
    return loaded if _all_policies(paths, loaded) else replace(loaded, complete=False)


def _all_policies(paths: tuple[Path, ...], loaded: Loaded) -> bool:
    """Whether the paths hold every policy that there is, so that what they do not hold does not exist."""
    if loaded.config is None:
        return any(path.is_dir() for path in paths)
    return any(loaded.config.policies.resolve().is_relative_to(path.resolve()) for path in paths)


def _errors(problems: tuple[Problem, ...]) -> bool:
    return any(problem.level is Level.ERROR for problem in problems)
