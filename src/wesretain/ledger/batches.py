"""Runs and their batches: what was intended, what was done, and what must be found out still."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from wesretain.ledger.chain import Chain, misunderstood
from wesretain.model.ledger import Batch, Entry, Evidence, Kind

#: Both sides come sorted out of an index, so that a hundred thousand batches are told apart in one pass.
_OPEN = """
SELECT subject FROM entries WHERE kind = ?
EXCEPT SELECT subject FROM entries WHERE kind = ?
EXCEPT SELECT subject FROM entries WHERE kind = ?
"""


@dataclass(frozen=True)
class Batches(Chain):
    """What the chain says of runs and batches."""

    def begin_run(self, run: str, database: str, body: Mapping[str, Any], now: datetime) -> None:
        """Write down that a run begins on a database."""
        self.append(Kind.RUN_STARTED, run, {**body, "database": database}, now)

    def end_run(self, run: str, database: str, body: Mapping[str, Any], now: datetime) -> None:
        """Write down that a run has ended.

        `finished` in the body lists the rules of which nothing is left to do, `found` how many records each rule that
        was carried out had found.
        """
        self.append(Kind.RUN_ENDED, run, {**body, "database": database}, now)

    def intend(self, batch: Batch, now: datetime) -> None:
        """Write down what a batch is about to do."""
        body = {
            "run": batch.run,
            "database": batch.database,
            "rule": batch.rule,
            "table": batch.table,
            "records": batch.records,
        }
        self.append(Kind.BATCH_INTENDED, batch.id, body, now)

    def done(self, evidence: Evidence, now: datetime) -> None:
        """Write down what a batch has done."""
        body = {
            "run": evidence.run,
            "database": evidence.database,
            "rule": evidence.rule,
            "table": evidence.table,
            "as_of": evidence.as_of,
            "records": evidence.records,
            "counts": dict(evidence.counts),
            "digest": evidence.digest,
        }
        self.append(Kind.BATCH_DONE, evidence.batch, body, now)

    def void(self, batch: str, now: datetime, reason: str) -> None:
        """Write down that an intended batch has done nothing."""
        self.append(Kind.BATCH_VOID, batch, {"reason": reason}, now)

    def skipped(self, run: str, database: str, rule: str, table: str, token: str, reason: str, now: datetime) -> None:
        """Write down that a record could not be dealt with; `token` stands for it."""
        body = {"database": database, "rule": rule, "table": table, "token": token, "reason": reason}
        self.append(Kind.RECORD_SKIPPED, run, body, now)

    def open_intents(self, database: str) -> tuple[Batch, ...]:
        """The batches on a database that were intended, and neither done nor void: nobody knows what became of them.

        Raises:
            LedgerError: where one of them cannot be understood.
        """
        return tuple(batch for batch in self.open_batches() if batch.database == database)

    def open_batches(self) -> tuple[Batch, ...]:
        """The same on any database, oldest first.

        Raises:
            LedgerError: where one of them cannot be understood.
        """
        return tuple(map(_batch, sorted(self.open_entries(), key=lambda entry: entry.number)))

    def open_entries(self) -> tuple[Entry, ...]:
        """The entries of all batches, on any database, that were intended and neither done nor void."""
        kinds = (Kind.BATCH_INTENDED.value, Kind.BATCH_DONE.value, Kind.BATCH_VOID.value)
        subjects = [subject for (subject,) in self.store.execute(_OPEN, kinds)]
        each = (self.entries(kinds=(Kind.BATCH_INTENDED,), subject=subject) for subject in subjects)
        return tuple(chain.from_iterable(each))

    def found_before(self, runs: int) -> Mapping[tuple[str, str], Sequence[int]]:
        """How many records were found in the last so many runs of a database that carried a rule out, oldest first.

        Raises:
            LedgerError: where an entry cannot be understood.
        """
        found: dict[tuple[str, str], deque[int]] = defaultdict(lambda: deque(maxlen=runs))
        for entry in self.entries(kinds=(Kind.RUN_ENDED,)):
            for rule, records in _found(entry).items():
                found[str(entry.body.get("database")), rule].append(records)
        return found

    def evidences(self, database: str) -> Iterator[Evidence]:
        """All that batches have done to a database, oldest first.

        Raises:
            LedgerError: where an entry cannot be understood.
        """
        every = map(evidence_of, self.entries(kinds=(Kind.BATCH_DONE,)))
        return (evidence for evidence in every if evidence.database == database)


def evidence_of(entry: Entry) -> Evidence:
    """What the entry of a batch says that it has done.

    Raises:
        LedgerError: where it cannot be understood.
    """
    match entry.body:
        case {
            "run": str(run),
            "database": str(database),
            "rule": str(rule),
            "table": str(table),
            "as_of": str(as_of),
            "records": int(records),
            "counts": dict(counts),
            "digest": str(digest),
        } if all(isinstance(count, int) for count in counts.values()):
            return Evidence(entry.subject, run, database, rule, table, as_of, records, counts, digest)
        case _:
            raise misunderstood(entry)


def _found(ended: Entry) -> Mapping[str, int]:
    match ended.body.get("found", {}):
        case dict(found) if all(isinstance(count, int) for count in found.values()):
            return found
        case _:
            raise misunderstood(ended)


def _batch(entry: Entry) -> Batch:
    match entry.body:
        case {
            "run": str(run),
            "database": str(database),
            "rule": str(rule),
            "table": str(table),
            "records": int(records),
        }:
            return Batch(entry.subject, run, database, rule, table, records)
        case _:
            raise misunderstood(entry)
