"""Problems as text: one line each for people, JSON for programs, annotations for GitHub."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from wesretain.model.problem import Level, Problem
from wesretain.render.plain import plain
from wesretain.render.screen import DUE, FAINT, WRONG, say

if TYPE_CHECKING:
    from rich.console import Console

Renderer: TypeAlias = Callable[[Iterable[Problem]], Iterator[str]]

_COLORS = {Level.ERROR: WRONG, Level.WARNING: DUE}


def print_text(problems: Iterable[Problem], console: Console) -> None:
    """`file:line:column level message; mend [check-id]`, for a person."""
    from rich.text import Text

    for problem in problems:
        place = f"{_file(problem)}:{problem.at.line}:{problem.at.column} "
        level = (problem.level.value, _COLORS[problem.level])
        say(console, Text.assemble(place, level, f" {_told(problem)} ", (f"[{plain(problem.check)}]", FAINT)))


def as_json(problems: Iterable[Problem]) -> Iterator[str]:
    """A list of objects: file, line, column, level, check, message, mend. Keys may be added, none will go."""
    from wesretain.render import programs

    rows = [
        {
            "file": _file(problem),
            "line": problem.at.line,
            "column": problem.at.column,
            "level": problem.level.value,
            "check": problem.check,
            "message": plain(problem.message),
            "mend": plain(problem.mend),
        }
        for problem in problems
    ]
    yield programs.as_json(rows)


def github(problems: Iterable[Problem]) -> Iterator[str]:
    """Workflow commands, which GitHub shows beside the lines of a pull request."""
    for problem in problems:
        where = {
            "file": _file(problem),
            "line": str(problem.at.line),
            "col": str(problem.at.column),
            "title": f"wesretain {problem.check}",
        }
        parameters = ",".join(f"{name}={_escaped(value, ',:')}" for name, value in where.items())
        yield f"::{problem.level.value} {parameters}::{_escaped(_told(problem))}"


#: For programs.
FORMATS: dict[str, Renderer] = {"json": as_json, "github": github}


def summary(problems: Sequence[Problem], rules: int) -> str:
    """How many there are, in one line."""
    counts = [
        _count(sum(problem.level is level for problem in problems), level.value)
        for level in Level
        if any(problem.level is level for problem in problems)
    ]
    return f"{' and '.join(counts) or 'no problem'} in {_count(rules, 'rule')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _told(problem: Problem) -> str:
    return plain(f"{problem.message}; {problem.mend}" if problem.mend else problem.message)


def _file(problem: Problem) -> str:
    """The file as seen from the working folder, where it lies in it."""
    file, here = problem.at.file, os.getcwd()
    inside = os.path.isabs(file) and os.path.commonpath([file, here]) == here
    return plain(os.path.relpath(file, here) if inside else file)


def _escaped(words: str, also: str = "") -> str:
    for letter in f"%\r\n{also}":
        words = words.replace(letter, f"%{ord(letter):02X}")
    return words
