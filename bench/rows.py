"""The rows of the table: what each measures, and which function does it; a new one is an entry in `ROWS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

import settings
from figures import Figure

#: Why the limit is not reached where records are deleted.
_EVIDENCE = (
    "The evidence names the records of each batch by a digest of their keys, so they are searched and told"
    " before they go; by hand they go untold. On PostgreSQL, for 50,000 records: the DELETE 17.8 ms, the"
    " search with its keys 9.3 ms (DELETE … RETURNING would take 33.8 ms). Texts and keys of two columns take"
    " longer to tell than numbers, and what SQLite tells goes through its functions for texts. Where rows"
    " below go as well, or values are written anew on PostgreSQL, that is little beside the work."
)
_SIZE = f"{settings.ROWS:,} records in the ruled table"


@dataclass(frozen=True)
class Row:
    """A row: its name for `ONLY`, its title in the report, and how it is measured, on how much.

    The module has a function that measures it, and yields a figure a comparison. `why` says what stands in the way of
    targets that are not met, as far as it is known.
    """

    name: str
    title: str
    method: str
    module: str
    function: str = "measure"
    size: str = _SIZE
    why: str = ""

    def figures(self) -> Iterator[Figure]:
        """Measure it, figure by figure."""
        measure: Callable[[], Iterator[Figure]] = getattr(import_module(self.module), self.function)
        return measure()


ROWS = (
    Row(
        "delete",
        "Delete at full speed",
        "wesretain with evidence for each batch, nobody held, in units of the fastest way by hand, in batches as large"
        " as wesretain's on average. From the beginning of the run to the last batch's outcome in the ledger;"
        " by hand from the first statement to the last by the engine's clock.",
        "purges",
        "delete",
        why=_EVIDENCE,
    ),
    Row(
        "held",
        "The same with holds on 1,000 people",
        "A fifth of all records is held, and limits are set. By hand those people are left out too, by a list or by a"
        " table.",
        "purges",
        "held",
        why=_EVIDENCE,
    ),
    Row(
        "sparse",
        "Few due, an index on the clock",
        "Timed as above; 0.3 % of the records are due, and lie anywhere.",
        "purges",
        "sparse",
        why="A run first owns the database, and reads holds, tables and rules once more: some 25 ms, whatever the"
        " number of records, and as much as the deletes by hand take.",
    ),
    Row(
        "archiver",
        "Against pt-archiver",
        "How many times as many records a second wesretain deletes. pt-archiver's time is that of its own statistics,"
        " without its start.",
        "archiver",
    ),
    Row(
        "methods",
        "Against how applications purge by themselves",
        "How many times as fast wesretain is, from the first statement to the last.",
        "methods",
    ),
    Row(
        "scan",
        "Scan of five rules on one table",
        "The statement of the scan on an open connection, and statements by hand that count the same: due, kept,"
        " undated, uncovered, outside, missed by case, and the oldest due record of each rule.",
        "scanning",
        why="The fastest way by hand groups records as wesretain's own statement does. What the rest of the difference"
        " is made of has not been taken apart.",
    ),
    Row(
        "quick",
        "Is anything due",
        "The statement of `scan --quick`, and the LIMIT query by hand that counts the same, on one open connection.",
        "quick",
        why="SQLite keeps times as texts, and of each text that is counted it is asked whether it is a time at all;"
        " by hand it is believed. Both take fractions of a millisecond.",
    ),
    Row(
        "tenants",
        "Many databases with one policy",
        "From the search for the members to the plan, and the same counting statements, ready made, in a pool of as"
        " many threads.",
        "tenants",
        size="small databases of five tables",
        why="By hand nobody asks a server which databases it has, nor each of them whether its tables are those that"
        " are known.",
    ),
    Row(
        "discover",
        "Discovery of a database that nobody documented",
        "The whole command `inventory --discover`, on ten times as many rows in units of the same on fewer, and the"
        " most memory that the process had.",
        "discovering",
        size=f"{settings.TABLES} tables",
    ),
    Row(
        "oltp",
        "An application beside it",
        "Four threads send a hundred statements a second: reads, updates of recent records of the ruled table, and"
        " inserts elsewhere. What they wait for is counted from the instant at which a statement was to begin, while"
        " batches go on at their own pace.",
        "oltp",
        size=f"{min(settings.BACKLOG_ROWS.values()):,} records and more in the ruled table, {settings.SECONDS} s",
    ),
    Row(
        "growth",
        "As the table grows",
        "The cost of a deleted row in the largest table, in units of that in the smallest; and the most memory that"
        " the process had in any run.",
        "growth",
        size="sizes as told",
    ),
    Row(
        "snapshot",
        "With an old snapshot held open",
        "Seconds of a record in the last tenth of the batches, from intent to outcome, in units of those in the first"
        " tenth.",
        "snapshot",
    ),
    Row(
        "startup",
        "Start-up, and a thousand rules",
        "Whole commands, in turn with bare Python; `validate` without the start-up of `--version`.",
        "startup",
        size="no database",
    ),
)
