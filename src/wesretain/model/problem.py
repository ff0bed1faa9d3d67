"""Problems: what a check or a live database finds wrong, where, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wesretain.model.source import Position


class Level(StrEnum):
    """How bad it is: an error refuses the files, a warning may be silenced with a reason."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem; sorts by place. `check` is the identifier whose page `validate --explain` prints."""

    at: Position
    level: Level
    message: str
    check: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f"; {self.mend}" if self.mend else ""
        return f"{self.at} {self.level} {self.message}{mend} [{self.check}]"
