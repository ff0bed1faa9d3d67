"""How long wesretain takes, against the same purge written by hand, in pairs on fresh copies of the same data.

    make bench                         # all engines and cases, 200,000 records each
    ROWS=1000000 PAIRS=7 make bench    # larger
    ENGINES=sqlite CASES=below make bench

Both sides are whole commands, and each other pair begins with the other side, since a machine is never quite idle: only
the ratio within a pair counts. By hand the batches are as large as wesretain's were on average, told from its evidence.
`at once` is one statement a table, in one transaction: the least that the engine can do. `work` is the ratio from the
first batch to the last, with control row, evidence and ledger, as the ledger tells it; `whole` that of the commands,
which also holds start-up, the scan that every apply begins with, and the count of what is left at its end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from places import Server, started
from schema import AS_OF, CASES, Case
from wesretain import control
from wesretain.engines import open_for_apply
from wesretain.ledger import create, opened
from wesretain.model.digest import rule_set_digest
from wesretain.model.ledger import Kind
from wesretain.policy.load import load, parse_condition

ROWS, PAIRS = int(os.environ.get("ROWS", "200000")), int(os.environ.get("PAIRS", "5"))
ENGINES = os.environ.get("ENGINES", "postgresql mariadb sqlite").split()
NAMES = os.environ.get("CASES", " ".join(CASES)).split()
MODES = os.environ.get("MODES", "batches once scan").split()

Pair = tuple[float, float]
INVENTORY = "databases: {{desk: {{zone: UTC, tables: {{{tables}}}}}}}\n"
POLICY = (
    "version: 1\ncategory: personal\npurpose: support\nbasis: contract\n"
    "rules:\n  old:\n    table: desk.{table}\n    {rule}\n"
)
CONFIG = (
    "organisation: Desk\nzone: UTC\ninventory: inventory.yaml\npolicies: policy.yaml\nledger: ledger\n"
    "limits: {{rows per rule: 100000000, share per rule: 60%, rows per run: 1000000000}}\n"
    "databases: {{desk: {{url: '{url}'}}}}\n"
)


def main() -> None:
    """Measure what was asked for, and print a line for each comparison."""
    head = f"{ROWS:,} records in each ruled table, {PAIRS} pairs; wesretain / by hand: min, median, max"
    sys.stdout.write(f"{head}, and the medians in seconds\n")
    for dialect in ENGINES:
        for name in NAMES:
            with started(dialect) as server:
                server.make("source", CASES[name], ROWS)
                for mode in MODES:
                    sys.stdout.write(f"{dialect:11}{CASES[name].name:31}{compared(server, name, mode)}\n")
                    sys.stdout.flush()


def compared(server: Server, name: str, mode: str) -> str:
    """A comparison in words."""
    if mode == "scan":
        return f"scan / one count  {_ratios([scanned(server, name, number) for number in range(PAIRS)])}"
    pairs = [purged(server, name, number, at_once=mode == "once") for number in range(PAIRS)]
    word = "apply / at once" if mode == "once" else "apply / batches"
    work, whole = zip(*pairs, strict=True)
    return f"{word:17} work {_ratios(work)}   whole {_ratios(whole)}"


def _ratios(pairs: Sequence[Pair]) -> str:
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    ours, theirs = (median(side) for side in zip(*pairs, strict=True))
    return f"{ratios[0]:6.2f}{median(ratios):6.2f}{ratios[-1]:6.2f}  {ours:6.2f} / {theirs:5.2f}"


def purged(server: Server, name: str, number: int, *, at_once: bool) -> tuple[Pair, Pair]:
    """One pair of purges: the seconds of wesretain and by hand, at work and as a whole; both have to leave the same."""
    case = CASES[name]
    size = 0 if at_once else round(_average.get((server.dialect, name), 5_000))
    order = ("ours", "theirs") if number % 2 == 0 else ("theirs", "ours")
    work, whole, left = {}, {}, {}
    for side in order:
        server.copy("source", side, case)
        with furnished(server, side, case) as folder:
            server.settle(side, case)
            if side == "ours":
                command = ("-m", "wesretain", "apply", "--yes", "--full-speed", "--as-of", AS_OF)
            else:
                command = (str(by_hand), server.dialect, server.place(side).by_hand, name, str(size))
            whole[side], printed = timed(folder, *command)
            work[side] = working(folder) if side == "ours" else float(printed)
            if side == "ours":
                _average[server.dialect, name] = batch_size(folder)
                size = size and round(_average[server.dialect, name])
        left[side] = server.counts(side, case)
        server.drop(side)
    if left["ours"] != left["theirs"]:
        sys.exit(f"{server.dialect}, {name}: wesretain leaves {left['ours']}, the purge by hand {left['theirs']}")
    return (work["ours"], work["theirs"]), (whole["ours"], whole["theirs"])


by_hand = Path(__file__).with_name("by_hand.py")
#: How large wesretain's batches were in its last run.
_average: dict[tuple[str, str], float] = {}


def scanned(server: Server, name: str, number: int) -> Pair:
    """One pair of counts."""
    case = CASES[name]
    ours = ("-m", "wesretain", "scan", "--as-of", AS_OF, "--format", "json")
    theirs = (str(by_hand), server.dialect, server.place("source").by_hand, f"count-{name}", "0")
    with furnished(server, "source", case) as folder:
        server.settle("source", case)
        pair = [timed(folder, *command)[0] for command in ((ours, theirs) if number % 2 == 0 else (theirs, ours))]
    return (pair[0], pair[1]) if number % 2 == 0 else (pair[1], pair[0])


def timed(folder: Path, *arguments: str) -> tuple[float, str]:
    """How many seconds a Python program takes, which has to succeed, and what it prints."""
    start = time.monotonic()
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    return seconds, done.stdout


@contextmanager
def furnished(server: Server, database: str, case: Case) -> Iterator[Path]:
    """A folder with all that wesretain needs, on the same disk as the database; the rule is approved."""
    with TemporaryDirectory(dir=server.folder) as name:
        folder = Path(name)
        tables = ", ".join(f"{table}: {{category: personal, subjects: none}}" for table in case.tables)
        (folder / "inventory.yaml").write_text(INVENTORY.format(tables=tables))
        (folder / "policy.yaml").write_text(POLICY.format(table=case.tables[0], rule=case.rule))
        (folder / "wesretain.yaml").write_text(CONFIG.format(url=server.place(database).url))
        create(folder / "ledger", datetime.now(UTC))
        intent = load(folder / "wesretain.yaml").intent
        assert intent is not None
        with opened(folder / "ledger", parse_condition) as ledger:
            for rule in intent.rules:
                digest = rule_set_digest(intent.rules, intent.inventory, rule.table)
                ledger.approve(rule.name, digest, "bench", datetime.now(UTC), None)
            if database != "source":
                with open_for_apply(intent.config.databases[0]) as writer:
                    control.prepare(writer, ledger.id, ledger.generation("desk"))
        yield folder


def working(folder: Path) -> float:
    """The seconds from the intent of the first batch to the outcome of the last, as the ledger tells them."""
    with opened(folder / "ledger", parse_condition) as ledger:
        times = [entry.at for entry in ledger.entries(kinds=(Kind.BATCH_INTENDED, Kind.BATCH_DONE))]
    return (max(times) - min(times)).total_seconds()


def batch_size(folder: Path) -> float:
    """How many records the batches of a run had, on average."""
    with opened(folder / "ledger", parse_condition) as ledger:
        found = [evidence.records for evidence in ledger.evidences("desk")]
    if os.environ.get("SHOW"):
        sys.stderr.write(json.dumps(found) + "\n")
    return sum(found) / len(found)


if __name__ == "__main__":
    main()
