"""Calling wesretain's commands within this process, and what they said."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from wesretain.cli import wesretain
from wesretain.cli.boundary import run


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def rules(self) -> dict[str, dict[str, Any]]:
        """The rules of all databases, by name; every tally, where there is one, sums to its table."""
        rules = {rule["rule"]: rule for found in self.json["databases"] for rule in found["rules"]}
        tallies = [(tally, rule["records"]) for rule in rules.values() if (tally := rule.get("tally"))]
        assert all(sum(tally.values()) == records for tally, records in tallies)
        return rules

    @property
    def tallies(self) -> dict[str, dict[str, int] | None]:
        """How many records all rules leave where, without the zeros; None where a rule is refused."""
        return {name: nonzero(rule["tally"]) for name, rule in self.rules.items()}

    @property
    def findings(self) -> list[str]:
        return [finding["message"] for found in self.json["databases"] for finding in found["findings"]]


def nonzero(tally: dict[str, int] | None) -> dict[str, int] | None:
    return None if tally is None else {word: count for word, count in tally.items() if count}


def call(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Answer:
    """Call a command in a folder, without a terminal: much faster than a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    surroundings = mock.patch.dict(os.environ, environment or {})
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        surroundings,
        mock.patch("sys.stdin", io.StringIO()),
    ):
        code = run(wesretain, list(arguments))
    answer = Answer(code, out.getvalue(), err.getvalue())
    assert "Traceback" not in answer.said
    assert code != 70, answer.err
    return answer
