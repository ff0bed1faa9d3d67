"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wesretain.render.plain import plain


def cell(words: str) -> str:
    """Words as they stand in a table: on one line, and a bar is no border."""
    return plain(" ".join(words.split())).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells have been made by `cell`."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
