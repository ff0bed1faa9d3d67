"""Chance that can be repeated, and numbers from the environment that say how much of it there is to be."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


def number(name: str, default: int) -> int:
    """A number from the environment."""
    return int(os.environ.get(name, default))


@dataclass(frozen=True)
class Chance:
    """Chance that can be repeated: `SEED` in the environment sets it, and a test that fails says what it was."""

    seed: int
    random: random.Random

    @classmethod
    def of(cls, name: str) -> Chance:
        seed = number("SEED", random.randrange(2**32))
        return cls(seed, random.Random(f"{seed} {name}"))

    def some(self, things: Sequence[T], count: int) -> list[T]:
        """So many of some things, in disorder; each of them before one comes twice."""
        found: list[T] = []
        while things and len(found) < count:
            found += self.random.sample(things, min(len(things), count - len(found)))
        return found
