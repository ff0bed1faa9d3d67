"""How often each fault was tried on each engine, how often the promises held, and chance that can be repeated."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

#: Whether to try as often as `make faults` does, and not only so often that the harness itself is seen to work.
FULL = bool(os.environ.get("FAULTS"))
#: After so many tries that went wrong there is nothing more to learn.
_ENOUGH = 5
#: The name by which a row of the table travels in the reports of pytest.
ROW = "fault"
T = TypeVar("T")


def times(few: int, full: int) -> int:
    """How often to try."""
    return full if FULL else few


@dataclass
class Tally:
    """The tries of one fault on one engine."""

    fault: str
    engine: str
    seed: int
    tries: int = 0
    survived: int = 0
    wrong: list[str] = field(default_factory=list)

    @contextmanager
    def trying(self, what: object) -> Iterator[None]:
        """One try: what goes wrong within is kept for the end, and says what was tried."""
        self.tries += 1
        try:
            yield
        except AssertionError as error:
            self.wrong.append(f"{what}: {error}")
            if len(self.wrong) == _ENOUGH:
                self.check()
        else:
            self.survived += 1

    def check(self) -> None:
        assert not self.wrong, f"SEED={self.seed}: " + "\n".join(self.wrong)


@dataclass(frozen=True)
class Chance:
    """Chance that can be repeated: `SEED` in the environment sets it, and a test that fails says what it was."""

    seed: int
    random: random.Random

    @classmethod
    def of(cls, name: str) -> Chance:
        seed = int(os.environ.get("SEED", random.randrange(2**32)))
        return cls(seed, random.Random(f"{seed} {name}"))

    def some(self, things: Sequence[T], count: int) -> list[T]:
        """So many of some things, in disorder; each of them before one comes twice."""
        found: list[T] = []
        while things and len(found) < count:
            found += self.random.sample(things, min(len(things), count - len(found)))
        return found


@contextmanager
def tallied(fault: str, engine: str, record: Callable[[str, Any], None]) -> Iterator[tuple[Tally, Chance]]:
    """Count the tries of a fault, hand the row on to the table, and fail where a try went wrong."""
    chance = Chance.of(f"{fault} {engine}")
    tally = Tally(fault, engine, chance.seed)
    try:
        yield tally, chance
    finally:
        record(ROW, (fault, engine, tally.tries, tally.survived))
    tally.check()
    assert tally.tries


def table(rows: Sequence[tuple[str, str, int, int]]) -> list[str]:
    """The rows as a table, in lines."""
    cells = [("fault", "engine", "tries", "survived"), *(tuple(map(str, row)) for row in rows)]
    cells.append(("in all", "", *(str(sum(row[place] for row in rows)) for place in (2, 3))))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [f"{a:{widths[0]}}  {b:{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}".rstrip() for a, b, c, d in cells]
