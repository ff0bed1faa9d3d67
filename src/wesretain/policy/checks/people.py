"""Checks of why and whose: purpose, basis, category, and the people behind the data."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.model.inventory import Element
from wesretain.model.rule import Category, Disposition
from wesretain.model.source import Position
from wesretain.policy.checks.base import Finding, error, warning
from wesretain.policy.checks.view import View

_MEND_CATEGORY = "choose the category that fits, or correct the elements in the inventory"


@error
def purpose_missing(view: View) -> Iterator[Finding]:
    """A rule does not say what its data is kept for.

    Data may be kept for named purposes only, and no longer than these need. Whoever asks why a record is still there,
    or why it has gone, gets this as the answer.

    Right, for every rule of a file, or in a rule of its own:

        purpose: customer and technical support

    Mend it by adding `purpose` to the rule, or to the top of its file.
    """
    for rule in view.rules:
        if not rule.purpose:
            message = f"rule `{rule.name}` does not say what the data is kept for"
            yield Finding(rule.at, message, "add `purpose:` to it, or at the top of the file for all rules")


@error
def basis_missing(view: View) -> Iterator[Finding]:
    """A rule does not say on which lawful basis its data is kept.

    Right, for every rule of a file, or in a rule of its own:

        basis: contract

    Others are consent, legal obligation, vital interests, public task and legitimate interests. Mend it by adding
    `basis` to the rule, or to the top of its file.
    """
    for rule in view.rules:
        if not rule.basis:
            message = f"rule `{rule.name}` does not say on which lawful basis the data is kept"
            yield Finding(rule.at, message, "add `basis:` to it, or at the top of the file for all rules")


@error
def category_mismatch(view: View) -> Iterator[Finding]:
    """A rule's category contradicts the one that the inventory gives its table.

    Reports, limits and holds go by category; a hold on all personal data must reach the table whichever file says so.
    A rule that redacts may be of another category than its table, since it speaks of some columns only: server
    passwords in a support ticket. But nothing other than `non_personal` can be redacted where the inventory calls the
    whole table `non_personal`.

    Wrong, where the inventory says `tickets: {category: user_communications}`:

        category: server
        table: helpdesk.tickets
        then: delete

    Mend it by correcting the category in the rule (or in its file), or in the inventory.
    """
    for rule in view.rules:
        entry = view.entries.get(rule.table)
        if entry is None or entry.category is None or entry.category is rule.category:
            continue
        if rule.then is not Disposition.REDACT or entry.category is Category.NON_PERSONAL:
            claim = f"rule `{rule.name}` is of category `{rule.category}`"
            message = f"{claim}, but the inventory says `{entry.category}` of `{rule.table}`"
            yield Finding(rule.place("category"), message, "correct the one or the other")


@error
def personal_under_non_personal(view: View) -> Iterator[Finding]:
    """Data is called non-personal, and the inventory lists personal elements in it.

    What is `non_personal` may be kept and used for any reason, because it leads to nobody. A name, an address, an
    account number or an IP address leads to somebody.

    Wrong:

        visits: {category: non_personal, columns: {id: none, page: none, address: ip_address}}

    Mend it by choosing the category that fits, or by correcting the elements.
    """
    for at, what, columns in _called_non_personal(view):
        if leading := _leading_to_people(columns):
            message = f"{what} is called `non_personal`, but leads to people by {', '.join(leading)}"
            yield Finding(at, message, _MEND_CATEGORY)


@warning
def free_text_under_non_personal(view: View) -> Iterator[Finding]:
    """Data is called non-personal, and holds text that people wrote.

    A remark, a post or a message may hold anything that leads to a person, and mostly does. Only somebody who knows the
    table can say.

    Doubtful:

        notes: {category: non_personal, columns: {id: none, body: free_text}}

    Mend it by choosing the category that fits.
    """
    for at, what, columns in _called_non_personal(view):
        written = [f"`{name}`" for name, elements in columns.items() if Element.FREE_TEXT in elements]
        if written and not _leading_to_people(columns):
            message = f"{what} is called `non_personal`, but anything may stand in the texts of {', '.join(written)}"
            yield Finding(at, message, _MEND_CATEGORY)


def _called_non_personal(view: View) -> Iterator[tuple[Position, str, dict[str, tuple[Element, ...]]]]:
    """What is called non-personal: where, its name, and its columns with what they hold."""
    for entry in view.entries.values():
        if entry.category is Category.NON_PERSONAL:
            yield entry.place("category"), f"`{entry.name}`", dict(entry.columns)
    for rule in view.rules:
        known = view.entries.get(rule.table)
        if rule.category is not Category.NON_PERSONAL or known is None:
            continue
        if rule.then is Disposition.REDACT and known.category is not Category.NON_PERSONAL:
            redacted = dict(rule.columns)
            columns = {name: elements for name, elements in known.columns if name in redacted}
            yield rule.place("category"), f"what rule `{rule.name}` redacts", columns
        elif known.category is None:
            yield rule.place("category"), f"`{rule.table}` under rule `{rule.name}`", dict(known.columns)


def _leading_to_people(columns: dict[str, tuple[Element, ...]]) -> list[str]:
    """The columns that hold an element that leads to somebody."""
    harmless = {Element.NONE, Element.FREE_TEXT}
    return [
        f"`{name}` ({', '.join(elements)})" for name, elements in columns.items() if not harmless.issuperset(elements)
    ]


@warning
def subjects_missing(view: View) -> Iterator[Finding]:
    """A table has rules, and the inventory does not say whose data it holds.

    A hold on a person reaches the records whose `subjects` lead to that person. Where the inventory declares neither
    a way to the person nor that there is none, a hold on anybody keeps the whole table, to be safe.

    Right:

        tickets: {subjects: [client], links: {client: {to: clients, by: client_id}}}
        clients: {subjects: [self]}
        bans: {subjects: none}

    Mend it by naming the links that lead to the person, or `self` where the record is the person, or `none`.
    """
    for table, rules in view.rules_on.items():
        entry = view.entries.get(table)
        if entry and entry.subjects is None and not view.unsure(table):
            message = f"nobody says whose data `{table}` holds, so a hold on any person would keep all of it"
            mend = f"add `subjects:` to it in the inventory (rule `{rules[0].name}` works on it)"
            yield Finding(entry.at, message, mend)
