"""How long an application waits for the database while apply works beside it at its own pace, and while it does not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import settings
from desk import APPLY, ENVIRONMENT, LANE, furnished
from figures import Figure, Target, fsync_latency, quantile, seconds
from load import WORK, Load, Waited, working
from places import started
from race import Track, track
from schema import BACKLOG
from wesretain.ledger import opened
from wesretain.model.ledger import Kind
from wesretain.policy.load import parse_condition

#: Seconds between two looks at what apply has done, and for which it may take to begin.
_LOOK, _PATIENCE = 0.2, 600
#: Seconds for which the application warms up, before which apply has hardly begun either.
_WARMING = 3
_QUANTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


@dataclass(frozen=True)
class Round:
    """What the application waited for, alone and beside apply, and how many records that dealt with in how long."""

    idle: Sequence[float]
    beside: Sequence[float]
    records: int
    seconds: float


def measure() -> Iterator[Figure]:
    """The longest waits beside apply, compared with those without it."""
    for dialect in settings.ENGINES:
        with started(dialect) as server:
            data = track(server, BACKLOG, settings.BACKLOG_ROWS[dialect])
            rounds = [_round(data) for _ in range(settings.PAIRS)]
            disk = fsync_latency(server.folder)
            waits = {name: _both(rounds, share) for name, share in _QUANTILES.items()}
            beside = {
                **{
                    f"{name}, idle → beside": f"{seconds(idle)} → {seconds(both)}"
                    for name, (idle, both) in waits.items()
                },
                "deleted": f"{_middle([each.records / each.seconds for each in rounds]):,.0f}/s",
                "for": seconds([each.seconds for each in rounds]),
                "fsync, p50 and p99": f"{1000 * quantile(disk, 0.5):.1f} and {1000 * quantile(disk, 0.99):.1f} ms",
            }
            idle, busy = waits["p99"]
            values = [one / other for one, other in zip(busy, idle, strict=True)]
            yield Figure(server.version, "p99", "idle", values, "×", Target(2, "×"), beside)
            idle, busy = waits["p99.9"]
            values = [1000 * (one - other) for one, other in zip(busy, idle, strict=True)]
            yield Figure(server.version, "p99.9", "idle", values, "ms more", Target(50, "ms more"), beside)


def _both(rounds: Sequence[Round], share: float) -> tuple[list[float], list[float]]:
    return [quantile(each.idle, share) for each in rounds], [quantile(each.beside, share) for each in rounds]


def _middle(values: Sequence[float]) -> float:
    return quantile(values, 0.5)


def _round(data: Track) -> Round:
    """The application alone, then beside apply, on a fresh copy."""
    server, case = data.server, data.case
    server.copy(data.source, LANE, case)
    server.execute(LANE, WORK)
    with furnished(server, LANE, case, 0) as folder:
        server.settle(LANE, case)
        idle = _alone(data)
        waited = _beside(data, folder)
        found, records, lasted = _while_at_work(folder, waited)
    _check(data, records)
    server.drop(LANE)
    return Round(idle, found, records, lasted)


def _load(data: Track) -> Load:
    return Load(data.server, LANE, data.case.table, data.rows)


def _alone(data: Track) -> list[float]:
    with working(_load(data)) as waited:
        time.sleep(_WARMING + settings.SECONDS)
    begun = min(each.at for each in waited) + _WARMING
    return [each.seconds for each in waited if each.at >= begun]


def _beside(data: Track, folder: Path) -> list[Waited]:
    """Let apply work with its own pauses until it has ended, or is asked to end after so many seconds."""
    with working(_load(data)) as waited:
        with (folder / "said").open("w") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "wesretain", *APPLY],
                cwd=folder,
                env=ENVIRONMENT,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        patience = time.monotonic() + _PATIENCE
        while process.poll() is None and not _begun(folder) and time.monotonic() < patience:
            time.sleep(_LOOK)
        end = time.monotonic() + settings.SECONDS
        while process.poll() is None and time.monotonic() < end:
            time.sleep(_LOOK)
        (folder / "ledger.stop").touch()
        code = process.wait()
    if code not in (0, 5):
        sys.exit(f"apply ended with {code}: {(folder / 'said').read_text()}")
    return waited


def _begun(folder: Path) -> bool:
    with opened(folder / "ledger", parse_condition) as ledger:
        return any(True for _ in ledger.entries(kinds=(Kind.BATCH_INTENDED,)))


def _while_at_work(folder: Path, waited: Sequence[Waited]) -> tuple[list[float], int, float]:
    """What was waited for while batches went on, how many records they had, and for how long."""
    with opened(folder / "ledger", parse_condition) as ledger:
        times = [entry.at for entry in ledger.entries(kinds=(Kind.BATCH_INTENDED, Kind.BATCH_DONE))]
        records = sum(each.records for each in ledger.evidences("desk"))
    first, last = min(times).timestamp(), max(times).timestamp()
    return [each.seconds for each in waited if first <= each.at <= last], records, last - first


def _check(data: Track, records: int) -> None:
    """Whatever is not due is there still, and as many due records have gone as the evidence tells."""
    server, case = data.server, data.case
    stay = f"SELECT count(*), sum(id) FROM {case.table} WHERE NOT ({case.due})"
    gone = data.due - server.due(LANE, case, "")
    if server.query(LANE, stay) != server.query(data.source, stay) or gone != records:
        sys.exit(f"{server.dialect}: {gone:,} due records are gone, and the evidence tells of {records:,}")
