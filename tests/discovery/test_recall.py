"""What discovery finds in schemas that nobody documented, against keys that were written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calling import call
from cases.loading import load
from databases import Server
from discovery.answers import key, scores, table

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


@pytest.mark.parametrize("name", CASES)
def test_precision_and_recall(name: str, sqlite: Server, mariadb: Server, tmp_path: Path) -> None:
    findings = discovered(load(name, {"sqlite": sqlite, "mariadb": mariadb}), tmp_path)
    answered = frozenset(
        (each["table"], each["column"], each["element"]) for each in findings if each["sureness"] != "weak"
    )
    found = scores(key(name), answered)
    print(f"\n{name}\n{table(found)}")
    print("missed:", sorted(key(name) - answered), "\nwrong:", sorted(answered - key(name)))
    assert found["all"].precision >= _LEAST
    assert found["all"].recall >= _LEAST
    assert "credential" not in found or found["credential"].recall == 1.0
