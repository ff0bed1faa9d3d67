"""Where a record stands under a rule: exactly one of these, the first that fits."""

from __future__ import annotations

from enum import IntEnum


class Standing(IntEnum):
    """The eight standings, in the order in which they are asked."""

    UNCOVERED = 0
    HELD = 1
    UNDECIDABLE = 2
    LAW = 3
    AGREED = 4
    KEPT = 5
    BLOCKED = 6
    DUE = 7

    @property
    def word(self) -> str:
        """The standing as it is printed."""
        return self.name.lower()
