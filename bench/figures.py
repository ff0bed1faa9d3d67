"""What was measured: a figure a comparison, with its target, and where it is kept until the report is written."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import settings
import wesretain


@dataclass(frozen=True)
class Target:
    """What a figure should be: at most so much of a unit, or at least."""

    bound: float
    unit: str
    at_least: bool = False

    def met(self, value: float) -> bool:
        """Whether a value is as it should be."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}"


@dataclass(frozen=True)
class Figure:
    """One comparison: its values, one a round, and medians to look at beside them, in words.

    Without a target it is told for what it says.
    """

    engine: str
    case: str
    against: str
    values: Sequence[float]
    unit: str
    target: Target | None = None
    beside: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def median(self) -> float:
        """The median of the values."""
        return median(self.values)

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return ""
        return "met" if self.target.met(self.median) else "**not met**"


@dataclass(frozen=True)
class Measured:
    """A figure with its circumstances."""

    figure: Figure
    size: str
    date: str
    commit: str
    machine: str


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Ours in units of theirs, round by round."""
    return [one / max(other, 1e-6) for one, other in zip(ours, theirs, strict=True)]


def seconds(values: Sequence[float]) -> str:
    """The median of some times, in words."""
    found = median(values)
    return f"{found:.2f} s" if found >= 1 else f"{found * 1000:.1f} ms"


# -- where they are kept ----------------------------------------------------------------------------------------------


def keep(folder: Path, row: str, figure: Figure, size: str) -> Measured:
    """Put a figure beside those of its row, in the place of an older one of the same comparison."""
    measured = Measured(
        figure, f"{size}, {len(figure.values)} rounds", datetime.now(UTC).date().isoformat(), _commit(), _machine()
    )
    path = folder / "results" / f"{row}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    every = {_same(each.figure): each for each in kept(folder, row)} | {_same(figure): measured}
    path.write_text(json.dumps([asdict(each) for each in every.values()], indent=1, ensure_ascii=False) + "\n")
    return measured


def kept(folder: Path, row: str) -> list[Measured]:
    """The figures of a row, oldest first."""
    path = folder / "results" / f"{row}.json"
    return [_read(each) for each in json.loads(path.read_text())] if path.exists() else []


def _same(figure: Figure) -> tuple[str, str, str, str]:
    """The comparison, without the engine's version and the way that was the fastest."""
    return (figure.engine.split(" ")[0], figure.case, figure.against.split(":")[0], figure.unit)


def _read(kept: dict[str, Any]) -> Measured:
    figure = dict(kept.pop("figure"))
    target = figure.pop("target")
    return Measured(Figure(**figure, target=Target(**target) if target else None), **kept)


# -- circumstances ----------------------------------------------------------------------------------------------------


def _commit() -> str:
    """The commit that was measured, with a plus where the product's files differ from it."""
    commit, changed = _git("rev-parse", "--short", "HEAD"), _git("status", "--porcelain", "--", "src")
    return f"{commit or 'unknown'}{'+' if changed else ''}"


def _git(*words: str) -> str:
    root = Path(wesretain.__file__).parents[2]
    return subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False).stdout.strip()


@cache
def _machine() -> str:
    disk = fsync_latency(settings.FOLDER)
    middle, late = (1000 * quantile(disk, share) for share in (0.5, 0.99))
    machine = f"Python {platform.python_version()}, {os.cpu_count()} CPUs, Linux {platform.release()}"
    return f"{machine}, fsync {middle:.1f} ms (p99 {late:.1f} ms)"


def fsync_latency(folder: Path, tries: int = 200) -> list[float]:
    """Seconds that the disk takes to keep a page for good, each time."""
    found = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(tries):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            found.append(time.perf_counter() - start)
    return sorted(found)


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which a share of them lies."""
    found = sorted(values)
    return found[min(int(share * len(found)), len(found) - 1)]
