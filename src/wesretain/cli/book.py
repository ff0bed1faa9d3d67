"""The ledger as commands open it: by the configuration alone, so that a mistake in a policy locks nobody out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wesretain.cli.options import check_exposures, existing
from wesretain.errors import InvalidInput, UsageError
from wesretain.model.config import Config
from wesretain.model.names import family_of
from wesretain.model.problem import Level
from wesretain.model.rule import Rule
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from wesretain.families import Found
    from wesretain.ledger import Ledger


def configured(path: Path) -> Config:
    """The configuration, which is free of errors; what it names is not read.

    Raises:
        InvalidInput: after all errors have been told on stderr.
    """
    from wesretain.policy.configuration import read_config
    from wesretain.policy.files import Asked

    document = Asked.by_name(existing(path)).read()
    check_exposures([document.exposure] if document.exposure else [])
    config = read_config(document, path.parent) if document.readable else None
    errors = [problem for problem in sorted(document.problems) if problem.level is Level.ERROR]
    if errors or config is None:
        for problem in errors:
            click.echo(plain(str(problem)), err=True)
        raise InvalidInput("there are errors in the configuration", "correct them; `wesretain validate` shows them all")
    return config


@contextmanager
def ledger_of(config: Config) -> Iterator[Ledger]:
    """The ledger that a configuration names.

    Raises:
        LedgerError: where it cannot be used.
    """
    from wesretain.ledger import opened
    from wesretain.policy.load import parse_condition

    with opened(config.ledger, parse_condition) as ledger:
        yield ledger


def check_name(found: Found, name: str) -> None:
    """Refuse a name that means no database and no family. Of a family that could not be asked, any member may be.

    Raises:
        UsageError: where there is none of that name.
    """
    from wesretain.policy.words import show, suggest

    known = [*found.config.names, *(entry.name for entry in found.config.databases)]
    lost = {failure.database for failure in found.failures}
    if name not in known and family_of(name) not in lost:
        mend = suggest(name, known, "see `databases:` in wesretain.yaml")
        raise UsageError(f"there is no database {show(name)}", mend)


def rule_of(rules: tuple[Rule, ...], name: str) -> Rule:
    """A rule.

    Raises:
        UsageError: where there is none of that name.
    """
    from wesretain.policy.words import show, suggest

    found = next((rule for rule in rules if rule.name == name), None)
    if found is None:
        mend = suggest(name, [rule.name for rule in rules], "see `wesretain scan`")
        raise UsageError(f"there is no rule {show(name)}", mend)
    return found


def day_of(text: str, option: str) -> date:
    """A calendar day that an option names.

    Raises:
        UsageError: where it names none.
    """
    from wesretain.policy.words import show

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {show(text)} is no day", "write it as 2026-12-31") from None
