"""Case-blind text as a regular expression, so that no server's locale or collation decides what equals what.

`folded(a) == folded(b)` is what "the same but for case and padding" means everywhere. A server's own LOWER depends on
its locale (PostgreSQL under C lowers ASCII alone) and knows no `ß`; so the pattern spells out every text that folds to
the wanted one. It uses character classes, groups and counts alone, which PostgreSQL, PCRE and Python read alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cache
from itertools import pairwise
from math import ceil

#: What stands around a text without being part of it.
PADDING = " "

#: Beyond so many ways to write a run such as `ssss`, the pattern takes any run of these letters.
MANY = 64

#: A letter may fold to so many at most (`ﬃ`, to `ffi`).
LONGEST = 3

#: The highest count that PostgreSQL takes within `{}`.
COUNTABLE = 255

_Ways = dict[tuple[int, int], set[str]]


class Place(Enum):
    """Where in the other text the wanted one must stand."""

    WHOLE = "whole"
    TO_THE_SPACE = "to the space"  # as the whole, where the spaces around it count as well
    START = "start"
    ANYWHERE = "anywhere"


def folded(text: str) -> str:
    """The text without case and padding."""
    return text.strip(PADDING).casefold()


def fold_pattern(text: str, place: Place, start: str = "^", end: str = "$") -> str:
    """The pattern that finds the texts x with `folded(text)` as the whole, at the start of or within `folded(x)`.

    It is exact, but for runs that can be written in more than MANY ways, where it finds too much and never too little;
    to the space, where a match lets records go, it finds too little there and never too much.
    """
    wanted = text.casefold() if place is Place.TO_THE_SPACE else folded(text)
    body = "".join(_pieces(wanted, place))
    padding = PADDING + "*"
    match place:
        case Place.TO_THE_SPACE:
            return f"{start}{body}{end}"
        case Place.WHOLE:
            return f"{start}{padding}{body}{padding}{end}" if wanted else f"{start}{padding}{end}"
        case Place.START:
            return f"{start}{padding}{body}" if wanted else start
        case Place.ANYWHERE:
            return body or start


def tells_exactly(text: str) -> bool:
    """Whether the pattern finds just those that fold to the same, as the whole."""
    wanted = folded(text)
    ways = _ways(wanted, Place.WHOLE)
    return all(_count(start, end, ways) <= MANY for start, end in _stretches(wanted, ways))


@cache
def _preimages() -> dict[str, set[str]]:
    """Which letters fold to a text other than themselves."""
    found: dict[str, set[str]] = {}
    for first in range(0, 0x110000, 256):
        if 0xD800 <= first < 0xE000:  # surrogates are no letters
            continue
        block = "".join(map(chr, range(first, first + 256)))
        if block.casefold() != block:
            for letter in block:
                if letter.casefold() != letter:
                    found.setdefault(letter.casefold(), set()).add(letter)
    return found


def _ways(wanted: str, place: Place) -> _Ways:
    """Which single letters can stand for which stretches of the wanted text."""
    preimages = _preimages()
    size = len(wanted)
    ways: _Ways = {(i, i + 1): {wanted[i]} for i in range(size)}
    for i in range(size):
        for j in range(i + 1, min(i + LONGEST, size) + 1):
            _add(ways, i, j, preimages.get(wanted[i:j], set()))
    within = place in (Place.START, Place.ANYWHERE) and wanted
    for expansion, letters in preimages.items() if within else ():
        for cut in range(1, len(expansion)):
            head, tail = expansion[:cut], expansion[cut:]
            if wanted.endswith(head):  # the text goes on within a letter
                _add(ways, size - len(head), size, letters)
            if place is Place.ANYWHERE and wanted.startswith(tail):  # it begins within one
                _add(ways, 0, len(tail), letters)
        if len(expansion) > size and place is Place.ANYWHERE and wanted in expansion:
            _add(ways, 0, size, letters)
    return ways


def _add(ways: _Ways, start: int, end: int, letters: set[str]) -> None:
    if letters:
        ways[start, end] = ways.get((start, end), set()) | letters


def _pieces(wanted: str, place: Place) -> list[str]:
    """The pattern in pieces, cut wherever no letter stands for both sides."""
    ways = _ways(wanted, place)
    return [_piece(start, end, ways, place) for start, end in _stretches(wanted, ways)]


def _stretches(wanted: str, ways: _Ways) -> Iterable[tuple[int, int]]:
    """Where each of these pieces begins and ends."""
    crossed = {cut for start, end in ways for cut in range(start + 1, end)}
    return pairwise(cut for cut in range(len(wanted) + 1) if cut not in crossed)


def _piece(start: int, end: int, ways: _Ways, place: Place) -> str:
    if end == start + 1:
        return _one_of(ways[start, end])
    if _count(start, end, ways) > MANY:
        if place is Place.TO_THE_SPACE:
            return "".join(_one_of(ways[each, each + 1]) for each in range(start, end))
        letters = {letter for (i, j), some in ways.items() if start <= i and j <= end for letter in some}
        return f"{_one_of(letters)}{{{min(ceil((end - start) / LONGEST), COUNTABLE)},}}"
    return f"(?:{'|'.join(_spellings(start, end, ways))})"


def _count(start: int, end: int, ways: _Ways) -> int:
    counts = {end: 1}
    for i in range(end - 1, start - 1, -1):
        counts[i] = sum(counts[j] for j in range(i + 1, min(i + LONGEST, end) + 1) if (i, j) in ways)
    return counts[start]


def _spellings(start: int, end: int, ways: _Ways) -> list[str]:
    if start == end:
        return [""]
    return [
        _one_of(ways[start, j]) + rest
        for j in range(start + 1, min(start + LONGEST, end) + 1)
        if (start, j) in ways
        for rest in _spellings(j, end, ways)
    ]


def _one_of(letters: set[str]) -> str:
    if len(letters) == 1:
        (letter,) = letters
        return "\\" + letter if letter in r".^$*+?()[]{}|\/-&~#" else letter
    return "[" + "".join("\\" + letter if letter in r"\]^[-" else letter for letter in sorted(letters)) + "]"
