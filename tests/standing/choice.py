"""How a generated world is chosen, by one seed, and which features it may have."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Feature(StrEnum):
    """What a world may contain; WESRETAIN_WITHOUT="newest,near keys" leaves some out."""

    AGES = "ages"
    AGREED = "agreed"
    COMPOSITE_KEYS = "composite keys"
    COLLATIONS = "collations"  # columns whose own equality is looser than ours
    CYCLES = "cycles"
    DECLARED_SILENCE = "declared silence"  # `undated` and `never`
    EPOCHS = "epochs"
    FLOORS = "floors"
    FORWARD = "forward"  # `delete if unshared`
    HAS = "has"
    HOLDS = "holds"
    ISO_TEXT = "iso text"
    LAW = "law"
    LINKED_CLOCKS = "linked clocks"
    LINKED_NAMES = "linked names"  # dotted names in conditions
    NEAR_KEYS = "near keys"  # foreign keys and keys that differ in case and padding alone
    NEWEST = "newest"
    NOBODY = "nobody"
    ODD_NAMES = "odd names"
    ODD_TIMES = "odd times"  # infinity, BC, zero dates, junk
    OVERRIDES = "overrides"
    REDACT = "redact"
    REDACT_WITH = "redact with"
    SEVERAL = "several"  # a link that finds several rows
    SPANS = "spans"  # `counts from: start`
    SUBJECTS = "subjects"
    TEXT_KEYS = "text keys"
    UNICODE = "unicode"
    WHEN = "when"  # links with `when` or `where`
    WITH = "with"
    WRONG_STORAGE = "wrong storage"  # SQLite: what the column's type does not say


LATER = frozenset({Feature.SEVERAL})
"""What issue "Real schemas" asks for, and no earlier one."""


def without_from_environment() -> frozenset[Feature]:
    """LATER, and what WESRETAIN_WITHOUT names."""
    named = os.environ.get("WESRETAIN_WITHOUT", "")
    return LATER | {Feature(name.strip()) for name in named.split(",") if name.strip()}


class Chooser:
    """Chooses by a seed: the same seed gives the same choices, on every Python."""

    def __init__(self, seed: int, engine: str, without: frozenset[Feature]) -> None:
        self._random = random.Random(seed)
        self.engine = engine
        self.without = without

    def number(self, least: int, most: int) -> int:
        return least + int(self._random.random() * (most - least + 1))

    def pick(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def chance(self, percent: int, feature: Feature | None = None) -> bool:
        return self.number(0, 99) < percent and feature not in self.without

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """A few of them, in order, each at most once."""
        wanted = {self.number(0, len(options) - 1) for _ in range(self.number(1, most))} if options else set()
        return [option for number, option in enumerate(options) if number in wanted]
