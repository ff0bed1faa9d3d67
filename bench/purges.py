"""Apply against the limit: the fastest way in which the same purge can be written by hand, on each engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

import settings
from figures import Figure, Target, ratio, seconds
from places import started
from race import Ours, against_by_hand, track
from schema import CASES, SPARSE, Case
from shells import Took


def delete() -> Iterator[Figure]:
    """At full speed, nobody held."""
    yield from _raced([CASES[name] for name in settings.NAMES], 0, Target(1.15, "×"))


def held() -> Iterator[Figure]:
    """The same where there are holds on a thousand customers."""
    yield from _raced([CASES[name] for name in settings.NAMES], settings.HELD, Target(1.4, "×"))


def sparse() -> Iterator[Figure]:
    """Where few records are due, as every night after the first."""
    yield from _raced([SPARSE], 0, Target(1.3, "×"))


def _raced(cases: Sequence[Case], holds: int, target: Target) -> Iterator[Figure]:
    for dialect in settings.ENGINES:
        for case in cases:
            with started(dialect) as server:
                ours, found = against_by_hand(track(server, case, settings.ROWS, holds))
                yield figure(server.version, case, ours, found, target)


def figure(engine: str, case: Case, ours: Ours, found: Mapping[str, Sequence[Took]], target: Target) -> Figure:
    """wesretain in units of the fastest way by hand, that of the least median."""
    by_hand = {name: [took.work for took in times] for name, times in found.items() if name != "wesretain"}
    fastest = min(by_hand, key=lambda name: median(by_hand[name]))
    work = [took.work for took in found["wesretain"]]
    others = ", ".join(f"{name} {seconds(times)}" for name, times in by_hand.items() if name != fastest)
    beside = {
        "wesretain": seconds(work),
        "by hand": seconds(by_hand[fastest]),
        "with recount": seconds([run.with_recount for run in ours.runs]),
        "whole command": seconds([took.whole for took in found["wesretain"]]),
        "records": f"{ours.runs[-1].records:,}",
        "batches": f"{len(ours.runs[-1].batches):,}",
    }
    note = f"other ways by hand: {others}" if others else ""
    return Figure(engine, case.title, f"by hand: {fastest}", ratio(work, by_hand[fastest]), "×", target, beside, note)
