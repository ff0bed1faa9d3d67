"""How often each fault was tried on each engine, and how often the promises held."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chance import Chance

#: Whether to try as often as `make faults` does, and not only so often that the harness itself is seen to work.
FULL = bool(os.environ.get("FAULTS"))
#: After so many tries that went wrong there is nothing more to learn.
_ENOUGH = 5
#: The name by which a row of the table travels in the reports of pytest.
ROW = "fault"


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
