"""How large the next batch is, and how long to pause before it: so that the application does not feel the purge."""

from __future__ import annotations

from dataclasses import dataclass, replace

#: Records of the first batch, and the fewest and the most of any.
FIRST, FEWEST, MOST = 250, 100, 50_000
#: Records of the first batch at full speed, where what a batch costs however small it is counts for more.
FIRST_AT_FULL_SPEED = 20_000
#: Every engine takes a statement with so many values in its keys, and as many beside them: batches whose records are
#: named one by one are no larger.
MOST_VALUES = 15_000
#: Seconds for which a batch should keep others from what it locks; at full speed they may wait longer. As long as a
#: system lets one program compute while others wait: of a longer batch every hundredth statement beside it is felt.
TARGET, TARGET_AT_FULL_SPEED = 0.005, 0.25
#: Seconds of the shortest pause, which lets others write in between.
PAUSE = 0.02
#: Seconds of the longest rest. A run renews its lease, and looks whether it should end, only where it begins a batch;
#: and where batches cannot be made small enough, it has to get on all the same.
LONGEST = 10.0
#: The same at full speed where only one may write at a time: others must find a gap, to which the ledger's two entries
#: between two batches add as much again.
GAP = 0.002
_SMOOTHING = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """Adapts to how long batches take; `pauses` says whether to leave the database to others in between.

    `most_a_second` is how many records at most may be dealt with in a second; None is no limit.
    """

    pauses: bool
    size: int = FIRST
    smoothed: float | None = None
    most_a_second: int | None = None

    @classmethod
    def begin(cls, *, pauses: bool, most_a_second: int | None = None) -> Pace:
        """The pace of a first batch."""
        return cls(pauses, FIRST if pauses else FIRST_AT_FULL_SPEED, most_a_second=most_a_second)

    @property
    def batch(self) -> int:
        """How many records the next batch may have: no more than a second's worth."""
        return self.size if self.most_a_second is None else min(self.size, self.most_a_second)

    def after(self, seconds: float) -> Pace:
        """The pace after a batch that worked for so many seconds in the database.

        What a batch costs however small it is, such as writing to the disk, does not count: else on a slow disk batches
        would shrink, and only become more.
        """
        before = seconds if self.smoothed is None else self.smoothed
        smoothed = _SMOOTHING * seconds + (1 - _SMOOTHING) * before
        target = TARGET if self.pauses else TARGET_AT_FULL_SPEED
        factor = min(max(target / max(smoothed, 1e-6), 0.5), 1.5)
        return replace(self, size=min(max(int(self.size * factor), FEWEST), MOST), smoothed=smoothed)

    def pause(self, seconds: float, records: int, rest: float, *, alone: bool) -> float:
        """Seconds to wait after a batch of so many seconds and records.

        `rest` is for how many seconds others should have the database, and `alone` says that nobody else could write
        during the batch: the one counts where the run pauses, the other where it does not. A batch and its pause last
        for as long as its records may take together, so that a run never goes faster.
        """
        owed = records / self.most_a_second - seconds if self.most_a_second else 0
        if self.pauses:
            return max(PAUSE, min(rest, LONGEST), owed)
        return max(GAP if alone else 0, owed)
