"""The check of the comments that silence warnings, which needs to know what all other checks found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wesretain.model.problem import Level, Problem
from wesretain.model.source import Position
from wesretain.policy.checks.base import Check
from wesretain.policy.load import Loaded
from wesretain.policy.words import suggest

IDLE = "idle-ignore"
#: The identifier of all that only a live database says; without one nobody can tell what a comment silences.
LIVE = "live"
#: The identifiers of what `inventory --check` tells, which takes a database as well (see `coverage.GAPS`).
GAPS = frozenset(
    {
        *("rule-missing", "element-without-rule", "credential-kept-long", "category-missing", "location-missing"),
        *("processor-missing", "table-not-known", "table-gone", "column-not-known", "column-gone", "personal-found"),
    }
)


def idle_ignores(loaded: Loaded, found: Sequence[Problem], checks: Mapping[str, Check]) -> Iterator[Problem]:
    """A comment that silences warnings has none to silence.

    What it once excused has been mended, or stands in another line, or is an error, which no comment silences. Left
    where it is, it would one day silence something that nobody has looked at.

    Wrong, where the rule below is shadowed by none:

        # wesretain: ignore[shadowed] the older rule goes in March
        guests: {table: shop.guests, keep: 1 year, after: seen, then: delete}

    Mend it by removing the comment, or by moving it to the line that the warning names, or to one before it.
    """
    if not (loaded.sound and loaded.complete):
        return  # Nobody can tell what would have been found.
    warned = {(problem.at.file, problem.at.line, problem.check) for problem in found if problem.level is Level.WARNING}
    for file, lines in loaded.ignores.items():
        for line, ids in lines.items():
            for check_id in sorted(ids):
                if check_id not in {LIVE, *GAPS} and (file, line, check_id) not in warned:
                    message, mend = _told(check_id, checks)
                    yield Problem(Position(file, line, 1), Level.WARNING, message, IDLE, mend)


def _told(check_id: str, checks: Mapping[str, Check]) -> tuple[str, str]:
    if check_id not in checks:
        return f"a comment ignores `{check_id}`, which is no check", suggest(check_id, list(checks), "correct it")
    if checks[check_id].level is Level.ERROR:
        return f"a comment ignores `{check_id}`, which is an error", "mend the error; only warnings can be silenced"
    return (
        f"a comment ignores `{check_id}`, which finds nothing here",
        "remove it, or move it to the line that the warning names",
    )
