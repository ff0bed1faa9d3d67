"""Apply against pt-archiver, on MariaDB."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial

import settings
from desk import LANE
from figures import Figure, Target
from places import started
from race import Ours, Side, Track, raced, run, track
from schema import CLUSTERED
from shells import Took

#: How it is called, how much faster wesretain should be, and whether it is so slow that it gets a smaller table.
_CALLS = (
    (("--bulk-delete", "--limit", "5000", "--commit-each"), 1.5, False),
    (("--limit", "1000", "--commit-each"), 10, True),
    ((), 50, True),
)
#: Seconds that each kind of action took: its name, how often, and how long.
_ACTION = re.compile(r"^(\w+) +\d+ +([0-9.]+) +[0-9.]+$", re.MULTILINE)


def measure() -> Iterator[Figure]:
    """Each way to call it; times are told a record, since the slow ones get a smaller table."""
    if "mariadb" not in settings.ENGINES:
        return
    with started("mariadb") as server:
        large = track(server, CLUSTERED, settings.ROWS)
        small = track(server, CLUSTERED, min(settings.SLOW_ROWS, settings.ROWS), source="small")
        ours, sides = Ours(large), [_side(words, small if slow else large) for words, _, slow in _CALLS]
        run(ours.side())
        found = raced([ours.side(), *sides], settings.PAIRS)
        mine = [took.work / large.due for took in found["wesretain"]]
        for side, (_, bound, slow) in zip(sides, _CALLS, strict=True):
            theirs = [took.work / side.track.due for took in found[side.name]]
            faster = [other / one for one, other in zip(mine, theirs, strict=True)]
            beside = {"wesretain": _rate(mine), "pt-archiver": _rate(theirs)}
            note = f"on {side.track.rows:,} records, since it is slow; wesretain on {large.rows:,}" if slow else ""
            yield Figure(
                server.version,
                CLUSTERED.title,
                side.name,
                faster,
                "× faster",
                Target(bound, "× faster", True),
                beside,
                note,
            )


def _rate(costs: list[float]) -> str:
    return f"{1 / sorted(costs)[len(costs) // 2]:,.0f} records/s"


def _side(words: tuple[str, ...], track: Track) -> Side:
    return Side(" ".join(["pt-archiver", *(words or ("with its defaults",))]), track, partial(_purge, words, track))


def _purge(words: tuple[str, ...], track: Track) -> Took:
    track.server.settle(LANE, track.case)
    user, host, port, name = track.server.place(LANE).by_hand.split()
    source = f"h={host},P={port},u={user},D={name},t={track.case.table}"
    command = ["pt-archiver", "--source", source, "--where", track.case.due, "--purge", "--no-check-charset"]
    # It keeps the highest automatic key otherwise; ours is none, and both sides do the same work.
    command += ["--no-version-check", "--statistics", *words]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    whole = time.monotonic() - start
    if done.returncode:
        sys.exit(f"pt-archiver ended with {done.returncode}: {done.stderr}")
    work = sum(float(took) for _, took in _ACTION.findall(done.stdout))
    return Took(work, whole)
