"""What the ledger keeps: entries of a chain, and the facts that are read out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What an entry tells of."""

    LEDGER_CREATED = "ledger created"
    DATABASE_PREPARED = "database prepared"
    HOLD_PLACED = "hold placed"
    HOLD_RELEASED = "hold released"
    RULE_APPROVED = "rule approved"
    RUN_STARTED = "run started"
    RUN_ENDED = "run ended"
    BATCH_INTENDED = "batch intended"
    BATCH_DONE = "batch done"
    BATCH_VOID = "batch void"
    RECORD_SKIPPED = "record skipped"
    REVIEW_OPENED = "review opened"
    REVIEW_APPROVED = "review approved"
    REVIEW_EXTENDED = "review extended"
    REVIEW_CLOSED = "review closed"
    ENTRIES_EMPTIED = "entries emptied"


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the chain; entries count from 1. `subject` is the number of a hold, the name of a rule, and so on.

    One that the ledger's own retention has emptied has neither body nor salt any more. The fingerprint is the digest of
    both, and stands for them in the hash.
    """

    number: int
    at: datetime
    kind: Kind
    subject: str
    body: Mapping[str, Any]
    salt: str | None
    fingerprint: str
    previous: str
    hash: str

    @property
    def emptied(self) -> bool:
        """Whether it no longer says what it said."""
        return self.salt is None


@dataclass(frozen=True, slots=True)
class Approval:
    """Leave to apply a rule unattended, while the rules of its table have this digest.

    `backlog` is how many records it lets go beyond the limits in each database, and `backlog_left` what remains of that
    in one: 0 once it is used up, or once a run has finished the rule. Both are None where it speaks of no backlog.
    """

    rule: str
    digest: str
    by: str
    at: datetime
    backlog: int | None
    backlog_left: int | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch is about to do, written down before it begins."""

    id: str
    run: str
    database: str
    rule: str
    table: str
    records: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a batch has done. `counts` maps words such as `delete shop.orders` to rows."""

    batch: str
    run: str
    database: str
    rule: str
    table: str
    as_of: str
    records: int
    counts: Mapping[str, int]
    digest: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A review's decision on one record: it may go (`until` is None), or is kept through a day."""

    rule: str
    key: tuple[str, ...]
    until: date | None
