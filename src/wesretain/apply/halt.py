"""What ends a run before its next batch: a stop file that somebody has put there, or the end of its time."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wesretain.errors import Refused
from wesretain.model.config import LedgerServer


class Halted(Refused):
    """The run ends here, in good order; what is due still waits for the next one."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Asked before each batch. `until` is an instant, or None where there is time without end."""

    stop_file: Path
    until: datetime | None
    now: Callable[[], datetime]

    def check(self) -> None:
        """Let the next batch begin.

        Raises:
            Halted: where it may not, with what to do.
        """
        if _is_there(self.stop_file):
            raise Halted("the stop file is there", f"remove {self.stop_file} to go on")
        if self.until is not None and self.now() >= self.until:
            raise Halted("its time is up", "the next run goes on")


def stop_file_of(ledger: Path | LedgerServer) -> Path:
    """Where the stop file of a ledger's runs is looked for: beside it, or beside the configuration."""
    match ledger:
        case Path():
            return ledger.with_name(f"{ledger.name}.stop")
        case LedgerServer():
            return ledger.stop_file


def _is_there(path: Path) -> bool:
    """Whether a file is there; one that nobody can look at may be."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
