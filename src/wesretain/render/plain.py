"""Words made safe to show: a name in a database may hold line ends and everything else that steers a terminal."""

from __future__ import annotations


def plain(words: str) -> str:
    """The same words on one line, what cannot be seen as an escape."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in words)
