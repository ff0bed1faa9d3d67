"""How large the next batch is, and how long to pause before it: so that the application does not feel the purge."""

from __future__ import annotations

from dataclasses import dataclass, replace

#: Records of the first batch, and the fewest and the most of any.
FIRST, FEWEST, MOST = 1_000, 100, 10_000
#: Every engine takes a statement with so many values in its keys, and as many beside them.
MOST_VALUES = 10_000
#: Seconds that a batch should take.
TARGET = 0.05
#: Seconds of the shortest pause, which lets others write in between.
PAUSE = 0.02
#: The same at full speed, for an engine that lets but one write at a time: others must find a gap.
GAP = 0.005
_SMOOTHING = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """Adapts to how long batches take; `pauses` says whether to leave the database to others in between."""

    pauses: bool
    size: int = FIRST
    smoothed: float | None = None

    def after(self, seconds: float) -> Pace:
        """The pace after a batch that took so many seconds."""
        before = seconds if self.smoothed is None else self.smoothed
        smoothed = _SMOOTHING * seconds + (1 - _SMOOTHING) * before
        factor = min(max(TARGET / max(smoothed, 1e-6), 0.5), 1.5)
        return replace(self, size=min(max(int(self.size * factor), FEWEST), MOST), smoothed=smoothed)

    def pause(self, seconds: float) -> float:
        """Seconds to wait after a batch that took so many."""
        return max(PAUSE, seconds) if self.pauses else GAP
