"""What discovery tells by names alone in two schemas of other people, against keys that were written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.loading import run_script
from databases import Server
from discovery.answers import key, scores
from discovery.test_recall import answers, discovered
from fetch import schema

#: The least precision and recall: what the words that come along had reached when they were last looked at.
FLOORS = {"roundcube": (1.0, 0.8), "davical": (0.95, 0.6)}


@pytest.mark.parametrize("name", FLOORS)
def test_names_alone(name: str, mariadb: Server, postgresql: Server, tmp_path: Path) -> None:
    if name == "roundcube":
        url = run_script(mariadb.fresh_database(name), schema("roundcube"))
    else:
        parts = ("awl", "awl-management", "davical")
        url = run_script(postgresql.fresh_database(name), "\n".join(map(schema, parts)))
    answered = answers(discovered(url, tmp_path))
    found = scores(key(name), answered)["all"]
    precision, recall = FLOORS[name]
    assert found.precision >= precision, sorted(answered - key(name))
    assert found.recall >= recall, sorted(key(name) - answered)
