"""The keys written by hand, and how well discovery's answers agree with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

KEYS = Path(__file__).parent / "keys"
#: Table, column, element.
Answer = tuple[str, str, str]


def key(name: str) -> frozenset[Answer]:
    """What a person has written down of a schema."""
    tables = yaml.safe_load((KEYS / f"{name}.yaml").read_text())
    return frozenset(
        (table, column, element)
        for table, columns in tables.items()
        for column, elements in columns.items()
        for element in elements
    )


@dataclass(frozen=True)
class Score:
    """Of one element: how many answers were right, how many wrong, and how many were missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of the answers that are right."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """The share of the key that was answered."""
        return self.right / max(self.right + self.missed, 1)


def scores(expected: frozenset[Answer], answered: frozenset[Answer]) -> dict[str, Score]:
    """The scores by element, and of `all` together."""
    right = Counter(answer[2] for answer in expected & answered)
    wrong = Counter(answer[2] for answer in answered - expected)
    missed = Counter(answer[2] for answer in expected - answered)
    found = {e: Score(right[e], wrong[e], missed[e]) for e in sorted({*right, *wrong, *missed})}
    return {**found, "all": Score(right.total(), wrong.total(), missed.total())}


def table(found: dict[str, Score]) -> str:
    """The scores as a table in Markdown."""
    lines = ["| element | in the key | found | wrong | precision | recall |", "|---|---|---|---|---|---|"]
    for element, score in found.items():
        counts = f"{score.right + score.missed} | {score.right} | {score.wrong}"
        lines.append(f"| {element} | {counts} | {score.precision:.2f} | {score.recall:.2f} |")
    return "\n".join(lines) + "\n"
