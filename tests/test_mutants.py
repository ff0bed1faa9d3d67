"""The tables of mutants fit the code: each can be applied, is Python, and changes something."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from areas import AREAS, MUTANTS
from standing.mutants import Mutant

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "wesretain"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_changes_the_code_in_one_place(mutant: Mutant) -> None:
    text = (SOURCE / mutant.file).read_text()
    assert ast.dump(ast.parse(mutant.applied_to(text))) != ast.dump(ast.parse(text))


def test_mutants_have_names_of_their_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_each_area_has_mutants_and_tests() -> None:
    for area in AREAS:
        assert area.mutants
        assert area.tests
        assert all((ROOT / test).is_file() for test in area.tests)
