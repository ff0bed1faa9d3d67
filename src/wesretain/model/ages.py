"""How old the records of a rule are, beside its window, and how many of them fall due in the months to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: So many columns lie on either side of the cut-off in a chart of ages.
COLUMNS = 12
#: So many months are looked ahead.
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Ages:
    """The records of one rule by what its clock says.

    `edges` are instants (UTC) from twice the period ago to now, the cut-off in the middle; `counts` has one number
    more: the records up to the first edge, between each two, and after the last. `months` are the ends of the months to
    come, and `falls` says how many run out in each; holds and other rules may keep them longer. Undated ones are left
    out.
    """

    edges: tuple[datetime, ...]
    counts: tuple[int, ...]
    months: tuple[datetime, ...]
    falls: tuple[int, ...]

    def __add__(self, other: Ages) -> Ages:
        """The same of another member of a family; their edges differ by no more than their clocks."""
        counts, falls = zip(self.counts, other.counts, strict=True), zip(self.falls, other.falls, strict=True)
        return Ages(self.edges, tuple(map(sum, counts)), self.months, tuple(map(sum, falls)))

    @property
    def total(self) -> int:
        """All records whose clock says something."""
        return sum(self.counts)
