"""What reviews have decided, as formulas: which records may go, and which are kept for longer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from wesretain.model.ledger import Decision
from wesretain.standing.catalogue import Catalogue, Refusal
from wesretain.standing.formula import FALSE, TRUE, Formula, HasKey, some
from wesretain.standing.keys import key_value

if TYPE_CHECKING:
    from wesretain.standing.rules import BoundRule


@dataclass(frozen=True, slots=True)
class Reviews:
    """The newest decision on each record, as they stand on a day."""

    decisions: tuple[Decision, ...]
    today: date

    def approved(self, catalogue: Catalogue, bound: BoundRule) -> Formula:
        """A review has let the record go. It is named to the letter; a decision that does not fit lets nothing go."""
        keys = (each for each in self.decisions if each.rule == bound.rule.name and each.until is None)
        return some(_has_key(catalogue, bound, each, FALSE, blind=False) for each in keys)

    def extended(self, catalogue: Catalogue, bound: BoundRule) -> Formula:
        """A review keeps the record, through a day that is not over. One that does not fit keeps the whole table."""
        return some(_has_key(catalogue, bound, each, TRUE, blind=True) for each in self._running(bound.rule.name))

    def _running(self, rule: str) -> Iterable[Decision]:
        return (each for each in self.decisions if each.rule == rule and each.until and self.today <= each.until)


NO_REVIEWS = Reviews((), date.max)


def _has_key(catalogue: Catalogue, bound: BoundRule, decision: Decision, misfit: Formula, *, blind: bool) -> Formula:
    columns = catalogue.key(bound.table)
    if not columns or len(columns) != len(decision.key):
        return misfit
    try:
        pairs = zip(columns, decision.key, strict=True)
        key = tuple(key_value(column, text, bound.table) for column, text in pairs)
    except Refusal:
        return misfit
    return HasKey(columns, (key,), blind)
