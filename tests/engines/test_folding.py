# ruff: noqa: RUF001
"""Case-blind patterns find what Python's own case folding finds, and nothing else."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wesretain.engines.folding import COUNTABLE, Place, fold_pattern, folded

ALPHABET = "sStTfFiIlLkßẞſﬀﬁﬂﬃﬄﬅﬆİıΐΰὒᾀᾳΣσςŉʼnẖ \t\u212a.*+?^$()[]{}|\\-aAͅι\u0307"
texts = st.text(st.sampled_from(ALPHABET) | st.characters(exclude_categories=("Cs",)), max_size=7)


def found(text: str, place: Place, other: str) -> bool:
    return re.search(fold_pattern(text, place, r"\A", r"\Z"), other) is not None


@settings(deadline=None)  # the first one waits for the table of all letters
@given(texts, texts, texts, st.sampled_from(("as it is", "upper", "lower", "casefold", "swapcase")))
@example("s", "", "ß", "as it is")
@example("ss", "ß", "", "upper")
@example("ffi", "", "", "upper")
@example("st", "s", "t", "as it is")
def test_patterns_find_what_folds_alike(text: str, before: str, after: str, change: str) -> None:
    changed = text if change == "as it is" else getattr(text, change)()
    for other in (changed, f"  {changed} ", before + changed + after, before, after):
        mine, theirs = folded(text), folded(other)
        assert found(text, Place.WHOLE, other) == (mine == theirs)
        assert found(text, Place.TO_THE_SPACE, other) == (text.casefold() == other.casefold())
        assert found(text, Place.START, other) == theirs.startswith(mine)
        assert found(text, Place.ANYWHERE, other) == (mine in theirs)


def test_every_letter_is_found_in_every_case() -> None:
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        if letter.casefold() != letter:
            assert found(letter.casefold(), Place.WHOLE, letter), hex(number)
            assert found(letter, Place.WHOLE, letter.casefold()), hex(number)


@pytest.mark.parametrize("count", [20, 300, 3000])
def test_long_runs_find_too_much_rather_than_too_little(count: int) -> None:
    run = "s" * count
    for other in (run, run.upper(), "ß" * (count // 2), "ſ" * count):
        for place in (Place.WHOLE, Place.START, Place.ANYWHERE):
            assert found(run, place, other)
    assert not found(run, Place.WHOLE, "t" * count)
    counts = [int(number) for number in re.findall(r"\{(\d+),", fold_pattern(run, Place.WHOLE))]
    assert all(number <= COUNTABLE for number in counts)


@pytest.mark.parametrize("count", [20, 300, 3000])
def test_where_a_match_lets_go_long_runs_find_too_little_rather_than_too_much(count: int) -> None:
    run = "s" * count
    assert all(found(run, Place.TO_THE_SPACE, other) for other in (run, run.upper(), "ſ" * count))
    assert not any(found(run, Place.TO_THE_SPACE, other) for other in (run + "s", run[1:], run + " "))
