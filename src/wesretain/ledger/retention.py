"""The ledger's own retention: what old entries say is emptied, unless something still rests on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from wesretain.ledger.batches import Batches
from wesretain.ledger.chain import COLUMNS, MISUNDERSTANDINGS, PAGE, Row, instant, misunderstood, read_row, stamp
from wesretain.ledger.holds import Holds, reaches
from wesretain.ledger.ranges import Ranges
from wesretain.ledger.reviews import Reviews
from wesretain.model.ledger import Entry, Kind

#: Stretches of entries that one entry tells of at most.
STRETCHES_AN_ENTRY = 1_000
_OLD = (
    f"SELECT {COLUMNS} FROM entries WHERE body IS NOT NULL AND at < ? AND (at, number) > (?, ?) "
    f"ORDER BY at, number LIMIT {PAGE}"
)


@dataclass(frozen=True)
class Retention(Holds, Batches, Reviews):
    """What the ledger no longer keeps of itself."""

    def empty(self, before: datetime, now: datetime) -> int:
        """Empty what was written before an instant and is not needed any more, tell so in the chain, and count it.

        Needed are the holds in force with all that was done in the databases that they reach, the newest approval of
        each rule, what is open, and decisions that still postpone something.

        Raises:
            LedgerError: where an entry cannot be understood; then nothing is emptied.
        """
        with self.store.transaction():
            spent = Ranges()
            for entry in self._spent(before):
                spent.add(entry.number)
            stretches = spent.stretches()
            for start in range(0, len(stretches), STRETCHES_AN_ENTRY):
                some = stretches[start : start + STRETCHES_AN_ENTRY]
                self.add(Kind.ENTRIES_EMPTIED, "", {"before": stamp(before), "entries": [*map(list, some)]}, now)
                for stretch in some:
                    query = "UPDATE entries SET body = NULL, salt = NULL WHERE number BETWEEN ? AND ?"
                    self.store.execute(query, stretch)
        return sum(last - first + 1 for first, last in stretches)

    def _spent(self, before: datetime) -> Iterator[Entry]:
        holds = tuple(self._holds_needed(before))
        held = tuple(placed for placed in holds if placed.kind is Kind.HOLD_PLACED)
        needed = {entry.number for entry in (*holds, *self._others_needed(before))}
        for entry in self._old(before):
            if entry.number not in needed and not any(_is_on(entry, placed) for placed in held):
                yield entry

    def _old(self, before: datetime) -> Iterator[Entry]:
        """The entries that say something still, and were written before an instant: the oldest first."""
        at, number = "", 0
        while page := [Row(*row) for row in self.store.execute(_OLD, (stamp(before), at, number))]:
            yield from (entry for entry in map(read_row, page) if entry.at < before)
            at, number = page[-1].at, page[-1].number

    def _holds_needed(self, before: datetime) -> Iterator[Entry]:
        """Holds that are in force, or were at the instant or later, each with its release."""
        released = {entry.subject: entry for entry in self.entries(kinds=(Kind.HOLD_RELEASED,))}
        for placed in self.entries(kinds=(Kind.HOLD_PLACED,)):
            release = released.get(placed.subject)
            if release is None:
                yield placed
            elif max(release.at, _effective(release)) >= before:
                yield from (placed, release)

    def _others_needed(self, before: datetime) -> Iterator[Entry]:
        yield from self.entries(kinds=(Kind.LEDGER_CREATED, Kind.ENTRIES_EMPTIED))
        yield from {entry.subject: entry for entry in self.entries(kinds=(Kind.RULE_APPROVED,))}.values()
        yield from self.open_reviews().values()
        yield from self.open_entries()
        yield from self._decisions_needed(before.date())

    def _decisions_needed(self, day: date) -> Iterator[Entry]:
        """Of each rule the first decision that still postpones, and all that follow it: they may have replaced it."""
        rules = set()
        for entry in self.entries(kinds=(Kind.REVIEW_APPROVED, Kind.REVIEW_EXTENDED)):
            if entry.kind is Kind.REVIEW_EXTENDED and _until(entry) >= day:
                rules.add(entry.subject)
            if entry.subject in rules:
                yield entry


def _is_on(entry: Entry, placed: Entry) -> bool:
    """Whether an entry tells of something done in a database that a hold reaches."""
    database = entry.body.get("database")
    return isinstance(database, str) and reaches(placed, database)


def _effective(release: Entry) -> datetime:
    try:
        return instant(release.body["effective"])
    except MISUNDERSTANDINGS:
        raise misunderstood(release) from None


def _until(extended: Entry) -> date:
    try:
        return date.fromisoformat(extended.body["until"])
    except MISUNDERSTANDINGS:
        raise misunderstood(extended) from None
