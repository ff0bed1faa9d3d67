"""The page of promises names tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "promises.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
ROWS = re.findall(r"^\| (\d+) \| .* \| .* \|$", PAGE, re.MULTILINE)


def test_every_promise_has_a_test() -> None:
    assert [int(number) for number in ROWS] == list(range(1, 20))
    assert all("::" in line for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line))


def test_every_test_that_is_named_is_there() -> None:
    functions: dict[str, set[str]] = {}
    for file, _ in NAMED:
        tree = ast.parse((TESTS / file).read_text())
        functions[file] = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert [f"{file}::{name}" for file, name in NAMED if name not in functions[file]] == []
    assert len(NAMED) > 30
