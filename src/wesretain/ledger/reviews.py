"""Reviews: opened where records wait for a person, and what the person decided on each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from wesretain.ledger.chain import MISUNDERSTANDINGS, Chain, misunderstood
from wesretain.model.ledger import Decision, Entry, Kind

#: Records that one entry decides on at most.
KEYS_AN_ENTRY = 1_000


@dataclass(frozen=True)
class Reviews(Chain):
    """What the chain says of reviews."""

    def open_review(self, rule: str, records: int, now: datetime) -> None:
        """Write down that so many records of a rule wait for a decision."""
        self.append(Kind.REVIEW_OPENED, rule, {"records": records}, now)

    def close_review(self, rule: str, now: datetime) -> None:
        """Write down that no record of a rule waits any more."""
        self.append(Kind.REVIEW_CLOSED, rule, {}, now)

    def open_reviews(self) -> Mapping[str, Entry]:
        """The reviews that are open, by rule: the entry that opened each."""
        found: dict[str, Entry] = {}
        for entry in self.entries(kinds=(Kind.REVIEW_OPENED, Kind.REVIEW_CLOSED)):
            if entry.kind is Kind.REVIEW_OPENED:
                found.setdefault(entry.subject, entry)
            else:
                found.pop(entry.subject, None)
        return found

    def decide(
        self, rule: str, keys: Sequence[tuple[str, ...]], until: date | None, by: str, reason: str, now: datetime
    ) -> None:
        """Write down that records may go (`until` is None), or are kept through a day: all of them, or none."""
        kind = Kind.REVIEW_APPROVED if until is None else Kind.REVIEW_EXTENDED
        told = {"by": by, "reason": reason, "until": until.isoformat() if until else None}
        with self.store.transaction():
            for start in range(0, len(keys), KEYS_AN_ENTRY):
                some = [list(key) for key in keys[start : start + KEYS_AN_ENTRY]]
                self.add(kind, rule, {**told, "keys": some}, now)

    def decisions(self) -> tuple[Decision, ...]:
        """The newest decision on each record.

        Raises:
            LedgerError: where one cannot be understood.
        """
        newest: dict[tuple[str, tuple[str, ...]], Decision] = {}
        for entry in self.entries(kinds=(Kind.REVIEW_APPROVED, Kind.REVIEW_EXTENDED)):
            for decision in _decisions(entry):
                newest[decision.rule, decision.key] = decision
        return tuple(newest.values())


def _decisions(entry: Entry) -> Iterator[Decision]:
    try:
        until = date.fromisoformat(entry.body["until"]) if entry.kind is Kind.REVIEW_EXTENDED else None
        keys = [_key(key) for key in entry.body["keys"]]
    except MISUNDERSTANDINGS:
        raise misunderstood(entry) from None
    return (Decision(entry.subject, key, until) for key in keys)


def _key(parts: object) -> tuple[str, ...]:
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise TypeError(parts)
    return tuple(parts)
