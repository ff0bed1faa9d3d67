"""Sets of numbers that mostly follow each other, kept as stretches: a million of them take no room."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Stretch = tuple[int, int]


@dataclass
class Ranges:
    """A set of numbers, which grows."""

    _stretches: list[Stretch] = field(default_factory=list)
    _sorted: bool = True

    def add(self, first: int, last: int | None = None) -> None:
        """Add a number, or all from a first to a last."""
        last = first if last is None else last
        if self._stretches and self._stretches[-1][1] + 1 == first:
            self._stretches[-1] = (self._stretches[-1][0], last)
        else:
            self._sorted = self._sorted and (not self._stretches or self._stretches[-1][1] < first)
            self._stretches.append((first, last))

    def __contains__(self, number: int) -> bool:
        stretches = self.stretches()
        place = bisect_right(stretches, (number, float("inf")))
        return place > 0 and stretches[place - 1][1] >= number

    def stretches(self) -> list[Stretch]:
        """First and last number of each stretch, in order; none touches another."""
        if not self._sorted:
            self._stretches = list(_merged(sorted(self._stretches)))
            self._sorted = True
        return self._stretches

    def beyond(self, other: Ranges) -> Iterator[int]:
        """The numbers that another set lacks, in order."""
        return (number for first, last in self.stretches() for number in range(first, last + 1) if number not in other)


def _merged(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Sorted stretches, those that meet made one."""
    found: Stretch | None = None
    for first, last in stretches:
        if found is None:
            found = (first, last)
        elif first <= found[1] + 1:
            found = (found[0], max(found[1], last))
        else:
            yield found
            found = (first, last)
    if found is not None:
        yield found
