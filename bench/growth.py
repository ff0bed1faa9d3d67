"""What a deleted row costs, and how much memory apply needs, as the table grows."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import settings
from figures import Figure, Target, ratio
from places import started
from race import Ours, raced, track
from schema import SCATTERED


def measure() -> Iterator[Figure]:
    """The cost of a record in the largest table in units of that in the smallest, and the highest memory of all."""
    for dialect in [name for name in settings.ENGINES if name != "sqlite"]:
        with started(dialect) as server:
            tracks = [track(server, SCATTERED, rows, source=f"source_{rows}") for rows in settings.SIZES]
            ours = [Ours(each) for each in tracks]
            sides = [each.side(f"{each.track.rows:,} records") for each in ours]
            found = raced(sides, settings.PAIRS)
            costs = [[took.work / each.track.due for took in found[each.name]] for each in sides]
            case = f"from {sides[0].name} to {sides[-1].name}"
            beside = {side.name: f"{1e6 * median(cost):.1f} µs a row" for side, cost in zip(sides, costs, strict=True)}
            yield Figure(
                server.version, case, "its own cost of a row", ratio(costs[-1], costs[0]), "×", Target(1.6, "×"), beside
            )
            peaks = [[run.peak / 1e6 for run in each.runs] for each in ours]
            beside = {side.name: f"{max(peak):.0f} MB" for side, peak in zip(sides, peaks, strict=True)}
            yield Figure(server.version, case, "memory", peaks[-1], "MB", Target(120, "MB"), beside)
