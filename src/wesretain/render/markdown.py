"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wesretain.render.plain import plain


def cell(words: str) -> str:
    """Words as they stand in a table or a heading: on one line, a bar is no border, and nothing is HTML."""
    one = plain(" ".join(words.split())).replace("\\", "\\\\").replace("|", "\\|")
    return one.replace("&", "&amp;").replace("<", "&lt;")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells have been made by `cell`."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
