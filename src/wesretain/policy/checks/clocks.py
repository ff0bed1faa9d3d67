"""Checks of `keep` and `after`: each period has a clock that can carry it."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.model.formats import FORMATS, Epoch
from wesretain.model.rule import Path, TableName
from wesretain.policy.checks.base import Finding, error, warning
from wesretain.policy.checks.view import View


@error
def after_missing(view: View) -> Iterator[Finding]:
    """A rule keeps for a period and does not say from when.

    A period without a clock has no end. `after` names the column from which it runs: when a ticket was closed, when a
    person was last seen.

    Wrong:

        keep: 2 years
        then: delete

    Right:

        keep: 2 years
        after: closed
        then: delete

    Mend it by naming the clock with `after`.
    """
    for rule in view.rules:
        if rule.keep is not None and rule.after is None:
            message = f"rule `{rule.name}` keeps for {rule.keep} and does not say after what"
            yield Finding(rule.place("keep"), message, "name the column that it runs from, such as `after: closed`")


@error
def nothing_needs_where(view: View) -> Iterator[Finding]:
    """A rule keeps nothing, and does not say of which records, or names a clock that it would not look at.

    `keep: nothing` disposes of every record that the rule covers, at once. Without a `where` that would be the whole
    table; with an `after` the author surely meant a period.

    Wrong:

        table: shop.customers
        keep: nothing
        then: delete

    Right:

        table: shop.customers
        where: {date_of_birth: {younger than: 13 years}}
        keep: nothing
        then: delete

    Mend it by adding a `where`, or by giving a period: `keep: 90 days` with `after`.
    """
    for rule in view.rules:
        if rule.keep is not None:
            continue
        if rule.where is None:
            message = f"rule `{rule.name}` keeps nothing of the whole table `{rule.table}`"
            mend = "say of which records with `where:`, or give a period such as `90 days`"
            yield Finding(rule.place("keep"), message, mend)
        if rule.after is not None:
            message = f"rule `{rule.name}` keeps nothing, so `after: {rule.after}` would not be looked at"
            yield Finding(rule.place("after"), message, "remove `after`, or give a period such as `90 days`")


@error
def zero_days(view: View) -> Iterator[Finding]:
    """A rule keeps for `0 days` after a clock that is not declared to expire.

    No time at all is right where the clock itself is the end: `valid_until`, `expires_at`. After any other clock it
    would dispose of a record the moment it happens, and is most often a limit that somebody meant to switch off. So
    the inventory must say that the clock expires.

    Wrong:

        keep: 0 days
        after: created

    Right, in the rule and in the inventory:

        keep: 0 days
        after: until

        bans: {clocks: {until: {format: epoch seconds, expires: true}}}

    Mend it by declaring `expires: true` of the clock in the inventory, or by giving a period of at least a day.
    """
    for rule in view.rules:
        if rule.keep is None or rule.keep.count or rule.after is None:
            continue
        for name in rule.after.names:
            if _never_expires(view, rule.table, name):
                message = f"rule `{rule.name}` keeps 0 days after `{'.'.join(name)}`, which is not declared to expire"
                mend = "declare `expires: true` of that clock in the inventory, or give a period such as `30 days`"
                yield Finding(rule.place("keep"), message, mend)


def _never_expires(view: View, table: TableName, name: Path) -> bool:
    """Whether the inventory can tell where a clock lies, and does not say that it expires."""
    end, column = view.locate(table, name)
    if end is None:
        return False
    entry = view.entries.get(end)
    if entry is None or view.unsure(end):
        return False
    clock = entry.clock(column)
    return clock is None or not clock.expires


@warning
def clock_zone(view: View) -> Iterator[Finding]:
    """A clock is written as text, and nobody says in which zone.

    `2024-03-31 02:30` is another instant in Kuala Lumpur than in New York. Where a value carries no offset of its own,
    wesretain takes the clock's `zone`, else the database's; where there is neither, it refuses the rules that run from
    this clock rather than guess.

    Wrong:

        helpdesk:
          tables:
            tickets: {clocks: {closed: {format: iso}}}

    Right:

        helpdesk:
          zone: Asia/Kuala_Lumpur
          tables:
            tickets: {clocks: {closed: {format: iso}}}

    Mend it by giving the clock or the database a `zone`.
    """
    for database in view.databases:
        for entry in database.tables if database.zone is None else ():
            for clock in entry.clocks:
                written = clock.format is not None and not isinstance(FORMATS[clock.format], Epoch)
                if written and clock.zone is None:
                    message = f"nobody says in which zone `{entry.name}.{clock.column}` is written"
                    mend = f"add `zone:` to the clock, or to the database `{database.name}`"
                    yield Finding(clock.at, message, mend)
