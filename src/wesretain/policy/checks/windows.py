"""Checks of rules against each other: who acts, who never does, and who keeps longer."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.model.rule import Disposition, RowFate, Rule
from wesretain.policy.checks.base import Finding, error, warning
from wesretain.policy.checks.view import View


@error
def never_acts(view: View) -> Iterator[Finding]:
    """A rule can never act, since another rule keeps all of its records longer.

    Of several rules that would remove a record the longest wins. So a rule is dead where another one on the same table
    covers every record that it covers, runs from the same clock, and surely lasts longer. What its author promised is
    then not kept.

    Wrong:

        spam:      {table: desk.mails, where: {folder: spam}, keep: 30 days, after: received, then: delete}
        all-mails: {table: desk.mails, keep: 2 years, after: received, then: delete}

    Right, where spam is meant to go early:

        spam:
          table: desk.mails
          where: {folder: spam}
          keep: 30 days
          after: received
          then: delete
          overrides: [all-mails]

    Mend it by letting the shorter rule override the longer one, by excluding its records from the longer rule's
    `where`, or by removing it. A rule that only states what a law demands may say `then: report`: it protects all the
    same.
    """
    for rule in view.rules:
        longer = _outlived_by(view, rule)
        if longer:
            message = f"rule `{rule.name}` can never act: `{longer.name}` keeps the same records for {longer.period}"
            mend = f"let it say `overrides: [{longer.name}]`, or exclude its records from `{longer.name}`, or remove it"
            if longer.law:
                mend = f"remove it, or let it keep as long as the law of `{longer.name}` asks for"
            yield Finding(rule.at, message, mend)


@warning
def shadowed(view: View) -> Iterator[Finding]:
    """A rule adds nothing, since another one does the same for the same records, or is there first.

    It does no harm, but its title promises something that another rule does; whoever changes one will forget the other.
    It happens to two rules that do the same after the same period, to a `redact` whose columns another rule has
    redacted by then, and to a `redact` of records that another rule has deleted by then.

    Wrong:

        guests:     {table: shop.guests, keep: 1 year, after: seen, then: delete}
        old-guests: {table: shop.guests, where: {kind: trial}, keep: 1 year, after: seen, then: delete}

    Mend it by removing one of the two, or by telling them apart by `where` or `keep`.
    """
    for rule in view.rules:
        first = next((other for other in view.others(rule) if _shadows(view, other, rule)), None)
        if first:
            message = f"rule `{rule.name}` adds nothing: `{first.name}` {_does(first.then)} the same records by then"
            yield Finding(rule.at, message, "remove one of the two, or tell them apart by `where` or `keep`")


@warning
def law_too_short(view: View) -> Iterator[Finding]:
    """A law asks for less time than another rule keeps the same records.

    The longer rule wins, so the law is obeyed. But it does not justify the rest of the time: either the law's period is
    wrong, or the longer rule needs a reason of its own.

    Doubtful:

        invoices-law: {table: billing.invoices, keep: 5 years, after: paid, then: report, law: Tax Act, s. 1}
        invoices:     {table: billing.invoices, keep: 10 years, after: paid, then: delete}

    Mend it by correcting one of the periods.
    """
    for rule in view.rules:
        if rule.law is None or rule.keep is None or _outlived_by(view, rule):
            continue
        for other in view.others(rule):
            if view.covers(other, rule) and other.then.removes and not other.law and _lasts_longer(other, rule):
                law = f"the law of `{rule.name}` asks for {rule.keep}"
                message = f"{law}, but `{other.name}` keeps the same records for {other.keep}"
                mend = f"correct one of the periods, or silence this with the reason why `{other.name}` keeps longer"
                yield Finding(rule.place("keep"), message, mend)


@error
def child_keeps_longer(view: View) -> Iterator[Finding]:
    """A rule deletes child rows that a rule of their own would keep longer, and nobody has chosen between the two.

    Rows that `with` names go on their parent's clock. Where the child table has a rule of its own that may keep them
    longer, both promises cannot be kept, and only the author knows which one was meant.

    Wrong:

        tickets: {table: desk.tickets, keep: 2 years, after: closed, then: delete, with: {mails: delete}}
        mails:   {table: desk.mails, keep: 7 years, after: sent, then: delete}

    Right, where the mails may go with their ticket:

        tickets:
          table: desk.tickets
          keep: 2 years
          after: closed
          then: delete
          with: {mails: delete}
          overrides: [mails]

    Right, where they must stay, and their ticket with them: give the rule `mails` the `law` that says so.

    Mend it by adding `overrides` to the rule that deletes, or `law` to the rule that keeps.
    """
    for rule in view.rules:
        if rule.then not in (Disposition.DELETE, Disposition.REDACT):
            continue
        told: set[str] = set()
        for line in rule.with_:
            if line.fate not in (RowFate.DELETE, RowFate.DELETE_IF_UNSHARED):
                continue
            end = view.walk(rule.table, line.path).end
            for child in view.rules_on.get(end, ()) if end else ():
                if child is rule or child.name in told or not _may_keep_longer(child, rule):
                    continue
                told.add(child.name)
                message = (
                    f"`{'.'.join(line.path)}` would go with rule `{rule.name}` (keep: {rule.period}), "
                    f"but their own rule `{child.name}` keeps them for {child.period}"
                )
                mend = f"add `overrides: [{child.name}]` to `{rule.name}`, or `law:` to `{child.name}`"
                yield Finding(line.at, message, mend)


def _may_keep_longer(child: Rule, parent: Rule) -> bool:
    if child.keep is None or not child.then.removes or child.law or child.name in parent.overrides:
        return False
    return parent.keep is None or not parent.keep.surely_as_long_as(child.keep)


def _outlived_by(view: View, rule: Rule) -> Rule | None:
    """A rule that surely keeps every record of this one longer, so that this one never removes any."""
    if not rule.then.removes or rule.agreed_until:
        return None
    for other in view.others(rule):
        if not view.covers(other, rule) or not other.then.removes or other.name in view.overridden:
            continue
        if _lasts_longer(other, rule) and (rule.keep is None or other.after == rule.after):
            return other
    return None


def _shadows(view: View, first: Rule, rule: Rule) -> bool:
    """Whether `first` has surely done, by the time that `rule` acts, all that `rule` would do."""
    if not view.covers(first, rule) or first.after != rule.after or first.agreed_until != rule.agreed_until:
        return False
    if rule.law or not set(rule.overrides) <= set(first.overrides) or first.name in view.overridden:
        return False
    twins = view.covers(rule, first) and first.keep == rule.keep
    match first.then, rule.then:
        case (Disposition.DELETE, Disposition.REDACT):
            alone = all(other is first or not other.then.removes for other in view.rules_on[rule.table])
            return alone and _no_later(first, rule)
        case (Disposition.REDACT, Disposition.REDACT):
            all_done = set(rule.columns) <= set(first.columns) and set(rule.with_) <= set(first.with_)
            return all_done and _no_later(first, rule) and (first.name < rule.name or not twins)
        case (Disposition.REPORT, Disposition.REPORT):
            return twins and first.name < rule.name
        case (one, other) if one is other:
            alike = set(first.with_) == set(rule.with_) and not twins
            return first.keep == rule.keep and (first.name < rule.name or alike)
        case _:
            return False


def _lasts_longer(longer: Rule, rule: Rule) -> bool:
    if longer.keep is None:
        return False
    return longer.keep.count > 0 if rule.keep is None else longer.keep.surely_longer_than(rule.keep)


def _no_later(first: Rule, rule: Rule) -> bool:
    if rule.keep is None or first.keep is None:
        return first.keep is None
    return rule.keep.surely_as_long_as(first.keep)


def _does(disposition: Disposition) -> str:
    return f"{disposition.value}s"
