"""What a check is: one function whose docstring is its page of the manual, and the level of what it finds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from wesretain.model.problem import Level, Problem
from wesretain.model.source import Position
from wesretain.policy.checks.view import View


class Finding(NamedTuple):
    """What a check finds: where, what is wrong, and how to mend it."""

    at: Position
    message: str
    mend: str


Find: TypeAlias = Callable[[View], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A check under its identifier."""

    id: str
    level: Level
    find: Find

    @property
    def page(self) -> str:
        """Its page of the manual."""
        return inspect.getdoc(self.find) or ""

    def __call__(self, view: View) -> Iterator[Problem]:
        """All problems that the check finds."""
        for finding in self.find(view):
            yield Problem(finding.at, self.level, finding.message, self.id, finding.mend)


def error(find: Find) -> Check:
    """A check whose findings refuse the files. Its identifier is the function's name."""
    return _check(Level.ERROR, find)


def warning(find: Find) -> Check:
    """A check whose findings may be meant, and may be silenced with a reason."""
    return _check(Level.WARNING, find)


def _check(level: Level, find: Find) -> Check:
    return Check(find.__name__.replace("_", "-"), level, find)
