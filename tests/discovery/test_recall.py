"""What discovery finds in schemas that nobody documented, against keys that were written by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from calling import call
from cases.loading import load
from databases import Server
from discovery.answers import Answer, key, scores, table

PAGE = Path(__file__).parents[2] / "docs" / "discovery.md"
CASES = ("sakila", "chinook", "wordpress")
_LEAST = 0.9


def discovered(url: str, folder: Path) -> list[dict[str, Any]]:
    """The findings of discovery in a database that is configured and no more."""
    (folder / "wesretain.yaml").write_text(
        f"organisation: Sample\nzone: UTC\nledger: ledger\ndatabases: {{data: {{url: '{url}'}}}}\n"
    )
    answer = call(folder, "inventory", "--discover", "data", "--format", "json")
    assert answer.code == 0, answer.err
    found: list[dict[str, Any]] = answer.json["findings"]
    return found


def answers(findings: list[dict[str, Any]]) -> frozenset[Answer]:
    """What is proven or likely."""
    return frozenset(
        (each["table"], each["column"], each["element"]) for each in findings if each["sureness"] != "weak"
    )


@pytest.mark.parametrize("name", CASES)
def test_precision_and_recall(name: str, sqlite: Server, mariadb: Server, tmp_path: Path) -> None:
    """Both are 0.9 at least over all elements, no credential is missed, and the manual tells the very figures."""
    answered = answers(discovered(load(name, {"sqlite": sqlite, "mariadb": mariadb}), tmp_path))
    found = scores(key(name), answered)
    differences = sorted(key(name) ^ answered)
    assert found["all"].precision >= _LEAST, differences
    assert found["all"].recall >= _LEAST, differences
    assert "credential" not in found or found["credential"].recall == 1.0, differences
    told(name, table(found))


def told(name: str, figures: str) -> None:
    """The manual's table under a name; it is written anew where WESRETAIN_RECORD asks for it."""
    text = PAGE.read_text()
    head, _, rest = text.partition(f"### {name}\n\n")
    _, border, after = rest.partition("\n\n")
    if "WESRETAIN_RECORD" in os.environ:
        PAGE.write_text(f"{head}### {name}\n\n{figures}\n{after}" if border else text)
    assert f"### {name}\n\n{figures}\n" in PAGE.read_text()
