"""Where in a file a value was written, so that every later problem can point at it."""

from __future__ import annotations

from typing import NamedTuple


class Position(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Position("", 0, 0)


def no_place(key: str) -> None:
    """Where the keys stand of what was written in no file."""
