"""A race: several sides purge fresh copies of the same data in turn, and each has to leave the same."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import settings
from by_hand import Task, held, sparing, ways
from desk import LANE, Applied, apply
from places import Left, Server
from schema import Case
from shells import Took, carry_out


@dataclass(frozen=True)
class Track:
    """The data of a race, in a database that nobody changes, and what a right purge has to leave of it."""

    server: Server
    case: Case
    source: str
    rows: int
    held: int
    due: int
    expected: Left

    @property
    def spared(self) -> str:
        """What is true of the records on which there is a hold; empty where there is none."""
        return held(self.held) if self.held else ""


@dataclass(frozen=True)
class Side:
    """Somebody who purges `LANE`, a copy of the track's data."""

    name: str
    track: Track
    purge: Callable[[], Took]


@dataclass
class Ours:
    """wesretain as a side; it remembers its runs."""

    track: Track
    runs: list[Applied] = field(default_factory=list)

    def purge(self) -> Took:
        """Apply at full speed; the evidence has to tell of all records that are due."""
        track = self.track
        run = apply(track.server, LANE, track.case, track.held, "--full-speed")
        if run.records != track.due:
            sys.exit(f"the evidence tells of {run.records:,} records, and {track.due:,} were due")
        self.runs.append(run)
        return run.took

    def side(self, name: str = "wesretain") -> Side:
        """It as a side of a race."""
        return Side(name, self.track, self.purge)


def track(server: Server, case: Case, rows: int, holds: int = 0, source: str = "source") -> Track:
    """Make the data of a race."""
    server.make(source, case, rows)
    spared = held(holds) if holds else ""
    return Track(
        server, case, source, rows, holds, server.due(source, case, spared), server.expected(source, case, spared)
    )


def by_hand_sides(track: Track, size: int) -> list[Side]:
    """Every way of the purge by hand, in batches of so many records."""
    task = Task(track.case, track.rows, size)
    tasks = sparing(task, track.held) if track.held else {"": (task, "")}
    found = []
    for sparing_by, (each, setup) in tasks.items():
        for name, script in ways(track.server.dialect, each).items():
            title = f"{name}, {sparing_by}" if sparing_by else name
            found.append(Side(title, track, _by_hand(track, setup, script)))
    return found


def _by_hand(track: Track, setup: str, script: str) -> Callable[[], Took]:
    def purge() -> Took:
        track.server.settle(LANE, track.case)
        return carry_out(track.server, LANE, setup, script)

    return purge


def raced(sides: Sequence[Side], rounds: int) -> Mapping[str, list[Took]]:
    """How long each side took, round by round. Each round begins with another side: a machine is never quite idle."""
    found: dict[str, list[Took]] = {side.name: [] for side in sides}
    for number in range(rounds):
        first = number % len(sides)
        for side in (*sides[first:], *sides[:first]):
            found[side.name].append(run(side))
    return found


def run(side: Side) -> Took:
    """Let one side purge a fresh copy, and see that it has left what it should."""
    track = side.track
    server = track.server
    server.copy(track.source, LANE, track.case)
    took = side.purge()
    left = server.left(LANE, track.case)
    server.drop(LANE)
    if left != track.expected:
        sys.exit(f"{server.dialect}, {track.case.name}: {side.name} leaves {left}, and not {track.expected}")
    return took


def against_by_hand(track: Track) -> tuple[Ours, Mapping[str, list[Took]]]:
    """wesretain against every way by hand, with batches as large as wesretain's in a run that does not count."""
    trial = Ours(track)
    run(trial.side())
    ours = Ours(track)
    return ours, raced([ours.side(), *by_hand_sides(track, trial.runs[0].size)], settings.PAIRS)
