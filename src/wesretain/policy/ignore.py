"""Comments that silence a warning: `# wesretain: ignore[check-id] reason`, on its line or on a line before it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from wesretain.model.problem import Level, Problem
from wesretain.model.source import Position

#: Line → the identifiers of the checks whose warnings are silenced there.
Ignores: TypeAlias = dict[int, frozenset[str]]

_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*wesretain:(.*)")
_IGNORE = re.compile(r"\s*ignore\[([^\]]*)\](.*)")
_ID = re.compile(r"[a-z][a-z0-9-]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MEND = "write `# wesretain: ignore[check-id] reason`"


def read_ignores(text: str, file: str, quoting_lines: Collection[int]) -> tuple[Ignores, list[Problem]]:
    """The comments of a file, and what is wrong with them; `quoting_lines` hold the words as a text."""
    ignores: Ignores = {}
    problems: list[Problem] = []
    if "wesretain:" not in text:
        return ignores, problems
    lines = _LINE_END.split(text)
    for number, line in enumerate(lines, 1):
        comment = _COMMENT.search(line)
        if comment is None or number in quoting_lines:
            continue
        ids, wrong = _read(comment[1])
        if wrong:
            at = Position(file, number, comment.start() + 1)
            problems.append(Problem(at, Level.ERROR, wrong, "ignore-comment", _MEND))
        silenced = number if line[: comment.start()].strip() else _next_line(lines, number)
        ignores[silenced] = ignores.get(silenced, frozenset()) | ids
    return ignores, problems


def heard(problems: Iterable[Problem], ignores: Mapping[str, Ignores]) -> tuple[Problem, ...]:
    """The problems that no comment silences, by place; `ignores` are those of each file. Errors are always heard."""
    return tuple(sorted(problem for problem in problems if not _silenced(problem, ignores)))


def _silenced(problem: Problem, ignores: Mapping[str, Ignores]) -> bool:
    ids = ignores.get(problem.at.file, {}).get(problem.at.line, frozenset())
    return problem.level is Level.WARNING and problem.check in ids


def _read(comment: str) -> tuple[frozenset[str], str]:
    """The identifiers, and what is wrong: a comment that is wrong silences nothing."""
    parsed = _IGNORE.fullmatch(comment)
    if parsed is None:
        return frozenset(), "this comment is not understood"
    ids = [word.strip() for word in parsed[1].split(",")]
    if not all(_ID.fullmatch(word) for word in ids):
        return frozenset(), "this comment names no check"
    if not parsed[2].strip():
        return frozenset(), "this comment gives no reason"
    return frozenset(ids), ""


def _next_line(lines: list[str], number: int) -> int:
    """The next line that holds more than a comment."""
    for later, line in enumerate(lines[number:], number + 1):
        if line.strip() and not line.lstrip().startswith("#"):
            return later
    return number
