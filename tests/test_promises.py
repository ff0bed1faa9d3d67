"""The page of promises names tests that there are, and gives each promise a figure."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "promises.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
ROWS = re.findall(r"^\| (\d+) \| .+ \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_promise_has_a_test_and_a_figure() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 20))
    assert all("::" in tests and re.search("[0-9]", figure) for _, tests, figure in ROWS)


def test_every_test_that_is_named_is_there() -> None:
    functions: dict[str, set[str]] = {}
    for file, _ in NAMED:
        tree = ast.parse((TESTS / file).read_text())
        functions[file] = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert [f"{file}::{name}" for file, name in NAMED if name not in functions[file]] == []
    assert len(NAMED) > 30
