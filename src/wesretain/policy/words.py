"""The words in which problems are told: values shown safely, lists joined, near misses suggested."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

_LONGEST_SHOWN = 60


def show(text: str) -> str:
    """A word from a file in backticks: on one line, not too long, and never a URL, which could hold a password."""
    if "://" in text:
        return "this URL"
    shown = _on_one_line(text)
    return f"`{shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + '…'}`"


def show_path(path: object) -> str:
    """A path in backticks, all of it: it may have to be typed again."""
    return f"`{_on_one_line(str(path))}`"


def kind(value: object) -> str:
    """What sort of thing stands in the file."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return "text"


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a`, `b` or `c`."""
    *others, final = [f"`{word}`" for word in words]
    return f"{', '.join(others)} {last} {final}" if others else final


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    folded = {_fold(candidate): candidate for candidate in known}
    found = difflib.get_close_matches(_fold(word), folded, n=1, cutoff=0.7)
    return folded[found[0]] if found else None


def suggest(word: str, known: Sequence[str], otherwise: str = "") -> str:
    """The mend for a word that is not known: the one that was probably meant, or else the choice."""
    if near := nearest(word, known):
        return f"did you mean `{near}`?"
    return otherwise or f"write {listed(known)}"


def _on_one_line(text: str) -> str:
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text.replace("\n", " "))


def _fold(word: str) -> str:
    return word.casefold().replace("_", " ").replace("-", " ")
