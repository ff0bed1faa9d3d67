"""Approvals: which rules may be applied unattended, and how much of a backlog they may still let go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wesretain.ledger.batches import evidence_of
from wesretain.ledger.chain import Chain, misunderstood
from wesretain.model.ledger import Approval, Entry, Kind


@dataclass(frozen=True)
class Approvals(Chain):
    """What the chain says of approvals."""

    def approve(self, rule: str, digest: str, by: str, now: datetime, backlog: int | None = None) -> None:
        """Write down that somebody approves a rule, as it stands with all rules of its table."""
        self.append(Kind.RULE_APPROVED, rule, {"digest": digest, "by": by, "backlog": backlog}, now)

    def approval(self, rule: str, database: str) -> Approval | None:
        """The newest approval of a rule, as far as it is used up in a database; None where it was never approved.

        Raises:
            LedgerError: where it, or what was done since, cannot be understood.
        """
        entries = tuple(self.entries(kinds=(Kind.RULE_APPROVED,), subject=rule))
        if not entries:
            return None
        newest = entries[-1]
        match newest.body:
            case {"digest": str(digest), "by": str(by), "backlog": None}:
                return Approval(rule, digest, by, newest.at, None, None)
            case {"digest": str(digest), "by": str(by), "backlog": int(backlog)}:
                return Approval(rule, digest, by, newest.at, backlog, self._left(newest, backlog, database))
            case _:
                raise misunderstood(newest)

    def _left(self, approval: Entry, backlog: int, database: str) -> int:
        """What remains of a backlog: less what has gone since, and nothing once a run has finished the rule there.

        Nothing too where it is no longer known what was done since.
        """
        left = backlog
        for entry in self.all_entries(kinds=(Kind.BATCH_DONE, Kind.RUN_ENDED), after=approval.number):
            if entry.emptied:
                return 0
            if entry.kind is Kind.RUN_ENDED:
                if approval.subject in _finished(entry) and entry.body.get("database", database) == database:
                    return 0
            elif (evidence := evidence_of(entry)).rule == approval.subject and evidence.database == database:
                left -= evidence.records
        return max(left, 0)


def _finished(ended: Entry) -> list[object]:
    match ended.body.get("finished", []):
        case list(rules):
            return rules
        case _:
            raise misunderstood(ended)
