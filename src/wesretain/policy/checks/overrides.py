"""Checks of `overrides`, `law` and `protects`: which rule gives way to which."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.model.rule import Disposition, Rule, TableName
from wesretain.policy.checks.base import Finding, error
from wesretain.policy.checks.view import View
from wesretain.policy.words import suggest


@error
def unknown_override(view: View) -> Iterator[Finding]:
    """A rule overrides one that does not exist, or that it never meets.

    Two rules meet where they are on the same table, or where one deletes the other's rows by `with`. Overriding any
    other rule does nothing, and hides that the right one was not named.

    Wrong, where the rule is called `closed-tickets`:

        overrides: [closed-ticket]

    Right:

        overrides: [closed-tickets]

    Mend it by correcting the name, or by removing it.
    """
    for rule in view.rules:
        met = _met(view, rule)
        for name in rule.overrides:
            other = view.rule.get(name)
            if other is None and (view.unsure(name) or not view.all_rules):
                continue
            if other is None:
                mend = suggest(name, list(view.rule), "correct the name, or remove it")
                yield Finding(rule.place("overrides"), f"`{rule.name}` overrides `{name}`, which is no rule", mend)
            elif met is not None and other.table not in met:
                message = f"`{rule.name}` overrides `{name}`, a rule on `{other.table}`, whose rows it never meets"
                yield Finding(rule.place("overrides"), message, "remove it, or name those rows in `with`")


def _met(view: View, rule: Rule) -> set[TableName] | None:
    """The tables whose rows a rule may remove, or None where only the database knows."""
    ends = [view.walk(rule.table, line.path).end for line in rule.with_]
    return None if None in ends else {rule.table, *(end for end in ends if end)}


@error
def overrides_law(view: View) -> Iterator[Finding]:
    """A rule overrides one whose period the law demands.

    `law` makes a period a minimum for everybody. `overrides` chooses between ordinary windows; it never shortens what
    a law asks for, and nothing but the end of its period does.

    Wrong, where `invoices` has a `law`:

        overrides: [invoices]

    Mend it by removing the name from `overrides`; if no law binds that rule after all, remove its `law`.
    """
    for rule in view.rules:
        for name in rule.overrides:
            other = view.rule.get(name)
            if other and other.law and other is not rule:
                message = f"`{rule.name}` overrides `{name}`, whose period the law demands"
                yield Finding(rule.place("overrides"), message, f"remove `{name}`; a law always stands")


@error
def overrides_by_report(view: View) -> Iterator[Finding]:
    """A rule that only reports overrides another one.

    A report changes nothing, so it cannot take a record away from a rule that keeps it.

    Wrong:

        then: report
        overrides: [old-tickets]

    Mend it by removing `overrides`, or by saying what shall become of the records: `hold`, `redact` or `delete`.
    """
    for rule in view.rules:
        if rule.overrides and rule.then is Disposition.REPORT:
            message = f"rule `{rule.name}` only reports, so it cannot override others"
            mend = "remove `overrides`, or choose `then: hold`, `then: redact` or `then: delete`"
            yield Finding(rule.place("overrides"), message, mend)


@error
def circular_overrides(view: View) -> Iterator[Finding]:
    """Rules override each other in a circle, or one overrides itself.

    Then none of them would stand, and nothing would keep their records.

    Wrong:

        guests:   {overrides: [trials]}
        trials:   {overrides: [guests]}

    Mend it by deciding which of them wins, and removing the other direction.
    """
    seen: set[str] = set()
    for rule in view.rules:
        circle = _circle(view, rule.name)
        if circle and seen.isdisjoint(circle):
            way = " → ".join(f"`{name}`" for name in (*circle, rule.name))
            message = f"overrides run in a circle: {way}" if len(circle) > 1 else f"rule `{rule.name}` overrides itself"
            yield Finding(rule.place("overrides"), message, "decide which rule wins, and remove the other direction")
        seen.update(circle)


def _circle(view: View, start: str) -> list[str]:
    """The shortest way from a rule along `overrides` back to itself; empty where there is none."""
    ways: list[list[str]] = [[start]]
    visited: set[str] = set()
    for way in ways:
        rule = view.rule.get(way[-1])
        for name in rule.overrides if rule else ():
            if name == start:
                return way
            if name not in visited:
                visited.add(name)
                ways.append([*way, name])
    return []


@error
def protects_without_law(view: View) -> Iterator[Finding]:
    """A rule narrows a law with `protects`, and names no law.

    `protects` lists the columns that a law wants kept, so that the others may be redacted earlier. Without `law` there
    is nothing to narrow.

    Wrong:

        protects: [number, total]

    Right:

        law: Companies Act 2016 (Malaysia), s. 245
        protects: [number, total]

    Mend it by citing the law, or by removing `protects`.
    """
    for rule in view.rules:
        if rule.protects and not rule.law:
            message = f"rule `{rule.name}` says what a law `protects`, and names no law"
            yield Finding(rule.place("protects"), message, "cite it with `law:`, or remove `protects`")


@error
def law_without_period(view: View) -> Iterator[Finding]:
    """A rule cites a `law`, and keeps nothing or 0 days.

    `law` makes the period a minimum that no other rule may undercut. A minimum of no time protects nothing. A law that
    asks for records to go, not to stay, is the rule's basis.

    Wrong:

        keep: nothing
        law: COPPA

    Right:

        keep: nothing
        basis: legal obligation (COPPA)

    Mend it by giving the period that the law asks for, or by citing the law in `basis`.
    """
    for rule in view.rules:
        if rule.law and (rule.keep is None or rule.keep.count == 0):
            message = f"the law of rule `{rule.name}` would be a minimum of no time ({rule.period})"
            yield Finding(rule.place("law"), message, "give the period that it asks for, or cite it in `basis` instead")
