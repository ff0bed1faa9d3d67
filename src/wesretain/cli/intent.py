"""From `--config` to a sound intent and the holds in force: what every command that meets a database begins with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wesretain.cli.book import check_name
from wesretain.cli.options import check_exposures, existing
from wesretain.errors import InvalidInput, UsageError
from wesretain.model.config import Intent
from wesretain.model.problem import Level
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from wesretain.families import Found
    from wesretain.survey import Request, Selection


def sound_intent(config: Path) -> Intent:
    """The intent of all files, which static checks have found free of errors; warnings are for `validate`.

    Raises:
        InvalidInput: after all problems have been told on stderr, or where others may have written one of the files.
    """
    from wesretain.policy.checks import check
    from wesretain.policy.load import load

    loaded = load(existing(config))
    check_exposures(loaded.exposures)
    errors = [problem for problem in check(loaded) if problem.level is Level.ERROR]
    if errors or loaded.intent is None:
        for problem in errors:
            click.echo(plain(str(problem)), err=True)
        count = f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
        raise InvalidInput(f"{count} in the files", "correct them; `wesretain validate` shows them with all warnings")
    return loaded.intent


def request_of(config: Path, as_of: str | None, selection: Selection) -> Request:
    """What to scan, and the instant that the whole run takes for now.

    Raises:
        UsageError: where `--as-of` is no instant, or the selection names what does not exist.
    """
    return request_for(sound_intent(config), parse_instant(as_of) if as_of else None, selection)


def request_for(intent: Intent, as_of: datetime | None, selection: Selection) -> Request:
    """The same for an intent that has been read.

    Raises:
        UsageError: where the selection names what does not exist.
    """
    from wesretain.families import discovered
    from wesretain.ledger import opened
    from wesretain.policy.load import parse_condition
    from wesretain.survey import Request

    if not intent.rules:
        mend = f"write one in {intent.config.policies.name}/; `wesretain validate` checks it"
        raise InvalidInput("there are no rules yet, so nothing could ever be due", mend)
    found = discovered(intent.config)
    intent = replace(intent, config=found.config)
    _check_selection(intent, selection, found)
    with opened(intent.config.ledger, parse_condition) as ledger:
        holds, decisions = ledger.holds(), ledger.decisions()
    instant = as_of or datetime.now(UTC)
    return Request(intent, holds, instant, as_of is not None, selection, decisions, found.failures)


def parse_instant(text: str) -> datetime:
    """An instant of ISO 8601 with its offset, or a date, which means the beginning of that day in UTC.

    Raises:
        UsageError: for everything else.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"`{text}` is no instant", "write `2026-07-01` or `2026-07-01T00:00:00Z`") from None
    if instant.tzinfo is None and (len(text) > len("2026-07-01")):
        raise UsageError(f"`{text}` does not say in which zone", "add `Z` for UTC, or an offset such as `+08:00`")
    # Judged before it is converted: at either end of the calendar, an offset leads out of it.
    if not 1971 <= instant.year < 9000:
        raise UsageError(f"`{text}` lies outside of the years that can be scanned", "name a year from 1971 to 8999")
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _check_selection(intent: Intent, selection: Selection, found: Found) -> None:
    from wesretain.policy.words import show, suggest

    rules = [rule.name for rule in intent.rules]
    for name in selection.rules:
        if name not in rules:
            raise UsageError(f"there is no rule {show(name)}", suggest(name, rules, "see `wesretain validate`"))
    for name in selection.databases:
        check_name(found, name)
