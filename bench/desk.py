"""wesretain's side: a folder with all that it needs, the command itself, and what its ledger tells of the run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import wesretain
from by_hand import held_customers
from places import Server
from schema import AS_OF, Case
from shells import Took
from wesretain import control
from wesretain.engines import open_for_apply
from wesretain.ledger import Ledger, create, opened
from wesretain.model.config import Intent
from wesretain.model.digest import rule_set_digest
from wesretain.model.hold import OnSubject
from wesretain.model.ledger import Evidence, Kind
from wesretain.model.rule import TableName
from wesretain.policy.load import load, parse_condition

INVENTORY = "databases: {{desk: {{zone: UTC, tables: {{{tables}}}}}}}\n"
_PEOPLE = "customers: {category: personal, subjects: self}"
_RULED = "{table}: {{category: personal, subjects: customer, links: {{customer: {{to: customers, by: customer_id}}}}}}"
_BELOW = "{table}: {{category: personal, subjects: none}}"
POLICY = "version: 1\ncategory: personal\npurpose: support\nbasis: contract\nrules:\n  {rules}\n"
CONFIG = (
    "organisation: Desk\nzone: UTC\ninventory: inventory.yaml\npolicies: policy.yaml\nledger: ledger\n"
    "limits: {{rows per rule: 100000000, share per rule: 95%, rows per run: 1000000000}}\n"
    "databases: {{desk: {{url: '{url}'}}}}\n"
)
APPLY = ("apply", "--yes", "--as-of", AS_OF)
#: Lets a command be that of the very files that are imported here, and whose commit is told.
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(wesretain.__file__).parents[1])}
#: Runs the command, and tells the most memory that the process had, in KiB. (What the kernel tells its parent begins
#: with the memory of the parent itself, from which it was forked.)
_TELLING = """\
import os, re, sys
fd = int(sys.argv[1])
sys.argv = ["wesretain", *sys.argv[2:]]
from wesretain.cli import main
try:
    main()
finally:
    os.write(fd, re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1].encode())
"""


@dataclass(frozen=True)
class Batch:
    """A batch as the ledger tells of it: how many records, and the seconds from its intent to its outcome."""

    records: int
    seconds: float


@dataclass(frozen=True)
class Applied:
    """A run of apply: how long it worked, with and without the count of what is left, its batches, and its memory."""

    took: Took
    with_recount: float
    batches: Sequence[Batch]
    peak: int

    @property
    def records(self) -> int:
        """The records that it dealt with, by its evidence."""
        return sum(batch.records for batch in self.batches)

    @property
    def size(self) -> int:
        """How many records its batches had, on average."""
        return max(round(self.records / max(len(self.batches), 1)), 1)


@dataclass(frozen=True)
class Finished:
    """A command that has ended well: what it printed, its seconds, and the most memory that it had, in bytes."""

    printed: str
    seconds: float
    peak: int


def apply(server: Server, database: str, case: Case, held: int, *options: str) -> Applied:
    """Apply a case's rule, with holds on so many customers; `options` say how fast."""
    with furnished(server, database, case, held) as folder:
        server.settle(database, case)
        done = command(folder, *APPLY, *options)
        return told(folder, done)


def told(folder: Path, done: Finished) -> Applied:
    """A run that has ended, as its ledger tells of it; every batch has its evidence."""
    with opened(folder / "ledger", parse_condition) as ledger:
        kinds = (Kind.RUN_STARTED, Kind.BATCH_INTENDED, Kind.BATCH_DONE, Kind.RUN_ENDED)
        times: dict[Kind, dict[str, datetime]] = {kind: {} for kind in kinds}
        for entry in ledger.entries(kinds=kinds):
            times[entry.kind][entry.subject] = entry.at
        evidences = list(ledger.evidences("desk"))
    began, ended = min(times[Kind.RUN_STARTED].values()), max(times[Kind.RUN_ENDED].values())
    batches = [Batch(each.records, _seconds(times, each)) for each in evidences]
    last = max(times[Kind.BATCH_DONE].values())
    took = Took((last - began).total_seconds(), done.seconds)
    return Applied(took, (ended - began).total_seconds(), batches, done.peak)


def _seconds(times: dict[Kind, dict[str, datetime]], each: Evidence) -> float:
    return (times[Kind.BATCH_DONE][each.batch] - times[Kind.BATCH_INTENDED][each.batch]).total_seconds()


def command(folder: Path, *arguments: str, codes: Sequence[int] = (0,)) -> Finished:
    """Run wesretain in a folder; it has to end with one of some exit codes."""
    start = time.monotonic()
    with ExitStack() as files:
        printed, said, told = (files.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3))
        fd = told.fileno()
        words = [sys.executable, "-c", _TELLING, str(fd), *arguments]
        process = subprocess.Popen(words, cwd=folder, env=ENVIRONMENT, stdout=printed, stderr=said, pass_fds=[fd])
        code = process.wait()
        seconds = time.monotonic() - start
        for file in (printed, said, told):
            file.seek(0)
        if code not in codes:
            sys.exit(f"wesretain {' '.join(arguments)} ended with {code}: {said.read()}{printed.read()}")
        return Finished(printed.read(), seconds, int(told.read()) * 1024)


@contextmanager
def furnished(server: Server, database: str, case: Case, held: int) -> Iterator[Path]:
    """A folder with all that wesretain needs, on the same disk as the database: approvals, and holds on customers."""
    with tempfile.TemporaryDirectory(dir=server.folder) as name:
        folder = Path(name)
        below = [_BELOW.format(table=table) for table in case.tables[1:]]
        tables = ", ".join([_PEOPLE, _RULED.format(table=case.table), *below])
        (folder / "inventory.yaml").write_text(INVENTORY.format(tables=tables))
        (folder / "policy.yaml").write_text(POLICY.format(rules=case.rules))
        (folder / "wesretain.yaml").write_text(CONFIG.format(url=server.place(database).url))
        create(folder / "ledger", datetime.now(UTC))
        intent = load(folder / "wesretain.yaml").intent
        assert intent is not None
        with opened(folder / "ledger", parse_condition) as ledger:
            _order(ledger, intent, held)
            if database == LANE:
                with open_for_apply(intent.config.databases[0]) as writer:
                    control.prepare(writer, ledger.id, ledger.generation("desk"))
        yield folder


#: The database in which a side purges: a copy of the source, which nobody changes.
LANE = "lane"


def _order(ledger: Ledger, intent: Intent, held: int) -> None:
    """Write down what people order: every rule may be applied, and so many customers are held."""
    now, settings = datetime.now(UTC), ledger.store
    for rule in intent.rules:
        digest = rule_set_digest(intent.rules, intent.inventory, rule.table)
        ledger.approve(rule.name, digest, "bench", now, None)
    ((before,),) = settings.execute("PRAGMA synchronous")
    settings.execute("PRAGMA synchronous = OFF")
    for number in held_customers(held):
        scope = OnSubject(TableName("desk", None, "customers"), (str(number),))
        ledger.place_hold("Case 7", "a lawsuit", scope, now, by="bench", databases=("desk",))
    settings.execute(f"PRAGMA synchronous = {int(before)}")
