"""The clock side of a rule as formulas: is it undated, has it run out, does an agreement still run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wesretain.model.condition import Presence
from wesretain.model.reading import Dial
from wesretain.model.rule import Rule
from wesretain.model.schema import Table
from wesretain.standing.catalogue import Refusal, Step
from wesretain.standing.conditions import Binder
from wesretain.standing.formula import (
    FALSE,
    TRUE,
    UNKNOWN,
    Formula,
    HasPassed,
    IsThere,
    IsUndated,
    Surely,
    every,
    opposite,
    some,
)


@dataclass(frozen=True, slots=True)
class Hand:
    """A clock and the steps that lead to it from a rule's table.

    `ties` say of each step what must be true of the row that links, and of the row that is reached.
    """

    steps: tuple[Step, ...]
    dial: Dial
    ties: tuple[tuple[Formula, Formula], ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """When a rule lets a record go.

    `undated` and `unreadable` (of the agreement) are never unknown; `run_out` is unknown where the clock is undated,
    `agreement_over` where the agreed date cannot be read. `several` is true where a link finds more than one row on
    the way to a clock: such a record is undated, or its agreement unreadable.
    """

    hands: tuple[Hand, ...]
    agreement: Hand | None
    undated: Formula
    run_out: Formula
    unreadable: Formula
    agreement_over: Formula
    several: Formula

    @property
    def over(self) -> Formula:
        """The later of both ends has come."""
        return every([self.run_out, self.agreement_over])


def timing_of(binder: Binder, table: Table, rule: Rule) -> Timing:
    """The timing of a rule on its live table; the binder must be one that keeps.

    Raises:
        Refusal: where a clock is missing or cannot be read, or `0 days` stands after a clock that does not expire.
    """
    hands = _hands(binder, table, rule)
    undated, run_out = _period(binder, rule, hands)
    several = some(binder.several(hand.steps) for hand in hands) if rule.after and not rule.after.newest else FALSE
    undated, run_out = some([undated, several]), _in_doubt(run_out, several)
    if rule.agreed_until is None:
        return Timing(hands, None, undated, run_out, FALSE, TRUE, several)
    hand = _hand(binder, table, rule.agreed_until, rule, newest=False)
    agreement = Hand(hand.steps, hand.dial.to_the_end, hand.ties)
    unreadable, over = _agreement(binder, agreement)
    doubles = binder.several(agreement.steps)
    unreadable, over = some([unreadable, doubles]), _in_doubt(over, doubles)
    return Timing(hands, agreement, undated, run_out, unreadable, over, some([several, doubles]))


def _in_doubt(over: Formula, several: Formula) -> Formula:
    """The same, unknown where a link finds several rows: nobody can say which of them is meant."""
    return some([every([over, opposite(several)]), every([several, UNKNOWN])])


def _period(binder: Binder, rule: Rule, hands: tuple[Hand, ...]) -> tuple[Formula, Formula]:
    """The clock is undated; and it has run out."""
    if rule.keep is None or not hands:
        return FALSE, TRUE
    if rule.keep.count == 0 and not all(hand.dial.expires for hand in hands):
        mend = "declare the clock `expires: true` in the inventory, or keep for some time"
        message = "`keep: 0 days` stands after a clock that does not say when something expires"
        raise Refusal(message, mend, rule.place("keep"))
    return _passed(binder, rule, hands, binder.moment.cut_off(rule.keep))


def run_out_by(binder: Binder, timing: Timing, rule: Rule, limit: datetime) -> Formula:
    """The clock of a rule lies at or before an instant, as `Timing.run_out` says it of the cut-off."""
    return _in_doubt(_passed(binder, rule, timing.hands, limit)[1], timing.several)


def _passed(binder: Binder, rule: Rule, hands: tuple[Hand, ...], limit: datetime) -> tuple[Formula, Formula]:
    """The clock is undated; and it lies at or before an instant."""
    found = some(binder.turned().follow(hand.steps, TRUE) for hand in hands)
    unreadable = some(binder.follow(hand.steps, IsUndated(hand.dial)) for hand in hands)
    later = some(binder.follow(hand.steps, opposite(HasPassed(hand.dial, limit))) for hand in hands)
    if rule.after and not rule.after.newest and _null_is_never(hands[0].dial):
        return unreadable, every([opposite(later), found])
    return some([opposite(found), unreadable]), every([opposite(later), some([found, UNKNOWN])])


def _agreement(binder: Binder, hand: Hand) -> tuple[Formula, Formula]:
    """The agreed date cannot be read; and it is over, or was never agreed (NULL, unless that is declared)."""
    dial = hand.dial
    declared = None in (*dial.undated, *dial.never)
    agreed = TRUE if declared else opposite(IsThere(dial.column, Presence.NULL))
    unreadable = binder.follow(hand.steps, every([agreed, IsUndated(dial)]))
    runs = binder.follow(hand.steps, every([agreed, opposite(HasPassed(dial, binder.moment.as_of))]))
    if not all(step.link.certain for step in hand.steps):
        nearly = every([binder.follow(hand.steps, TRUE), opposite(Surely(binder.turned().follow(hand.steps, TRUE)))])
        unreadable, runs = some([unreadable, nearly]), some([runs, every([nearly, UNKNOWN])])
    if not declared:
        return unreadable, opposite(runs)
    return _where_found(binder, hand, unreadable, opposite(runs))


def _where_found(binder: Binder, hand: Hand, unreadable: Formula, over: Formula) -> tuple[Formula, Formula]:
    """The same where NULL says something, and so does a link that leads nowhere."""
    found = binder.turned().follow(hand.steps, TRUE)
    if _null_is_never(hand.dial):
        return unreadable, every([over, found])
    return some([opposite(found), unreadable]), every([over, some([found, UNKNOWN])])


def _null_is_never(dial: Dial) -> bool:
    return None in dial.never and None not in dial.undated


def _hands(binder: Binder, table: Table, rule: Rule) -> tuple[Hand, ...]:
    if rule.keep is None or rule.after is None:
        return ()
    return tuple(_hand(binder, table, name, rule, newest=rule.after.newest) for name in rule.after.names)


def _hand(binder: Binder, table: Table, name: tuple[str, ...], rule: Rule, *, newest: bool) -> Hand:
    at = rule.after.at if rule.after else rule.at
    if newest:
        steps, found = binder.catalogue.locate(table, name, at)
    else:
        steps, found = binder.find(table, name, at)
    end = steps[-1].end if steps else table
    ties = tuple(binder.turned().link_conditions(step.link) for step in steps)
    return Hand(steps, binder.catalogue.dial(end, found, at), ties)
