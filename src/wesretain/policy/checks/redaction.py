"""Checks of `columns`: what a redaction leaves behind."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.model.rule import (
    Disposition,
    Redaction,
    Rule,
    SetConstant,
    SetHash,
    SetNull,
    SetTemplate,
)
from wesretain.policy.checks.base import Finding, error
from wesretain.policy.checks.view import View, placeholders


@error
def columns_without_redact(view: View) -> Iterator[Finding]:
    """A rule names columns to redact, and does not redact.

    Wrong:

        then: delete
        columns: {phone: null}

    Right:

        then: redact
        columns: {phone: null}

    Mend it by choosing `then: redact`, or by removing `columns`.
    """
    for rule in view.rules:
        if rule.columns and rule.then is not Disposition.REDACT:
            message = f"rule `{rule.name}` says `then: {rule.then}`, so its `columns` would not be redacted"
            yield Finding(rule.place("columns"), message, "choose `then: redact`, or remove `columns`")


@error
def redact_clash(view: View) -> Iterator[Finding]:
    """Two rules redact the same column of the same records to different values.

    A redact rule acts as long as a column differs from what it wants there. So each of the two would undo the other's
    work, night after night.

    Wrong:

        guests-names: {table: shop.guests, keep: 1 year, after: seen, then: redact, columns: {name: ""}}
        guests-all:   {table: shop.guests, keep: 2 years, after: seen, then: redact, columns: {name: Guest}}

    Mend it by letting both say the same, or by telling their records apart by `where`.
    """
    for rule in view.rules:
        for other in view.others(rule):
            if other.name > rule.name or not _both_redact(view, rule, other):
                continue
            theirs = dict(other.columns)
            for column, target in rule.columns:
                if column in theirs and _undo(target, theirs[column]):
                    message = f"`{rule.name}` and `{other.name}` redact `{column}` of the same records differently"
                    mend = "let both say the same, or tell their records apart by `where`"
                    yield Finding(rule.place(f"columns.{column}"), message, mend)


@error
def redact_moves_clock(view: View) -> Iterator[Finding]:
    """A redaction changes the clock of its own rule, or of another rule on the same records.

    A record whose clock is gone can never be found due again: it would be kept for good, as undecidable.

    Wrong:

        keep: 1 year
        after: last_seen
        then: redact
        columns: {last_seen: null, ip: {mask: ip}}

    Mend it by leaving that column alone, or by deleting the record when its last clock has run out.
    """
    for rule in view.rules:
        for column, _ in rule.columns:
            for other in view.rules_on[rule.table]:
                if (column,) in _clocks(other) and (other is rule or _meet(view, rule, other)):
                    whose = "its own clock" if other is rule else f"the clock of `{other.name}`"
                    message = f"rule `{rule.name}` redacts `{column}`, {whose}"
                    mend = f"take `{column}` out of `columns`, or run the rule from another clock"
                    yield Finding(rule.place(f"columns.{column}"), message, mend)


@error
def redact_key(view: View) -> Iterator[Finding]:
    """A redaction builds its text from a column that names no record.

    `{text: "erased-{id}@invalid"}` may use key columns only: they tell records apart, and the rest of the record is
    what must go. A table declared `key: none` has none; and a column that the same rule redacts is gone.

    Wrong:

        columns: {code: null, email: {text: "erased-{code}@invalid"}}

    Right:

        columns: {code: null, email: {text: "erased-{id}@invalid"}}

    Mend it by using a key column, or a constant.
    """
    for rule in view.rules:
        redacted = dict(rule.columns)
        for column, target in rule.columns:
            for name in placeholders(target) if isinstance(target, SetTemplate) else ():
                if (entry := view.entries.get(rule.table)) and entry.keyless:
                    message = f"`{column}` is built from `{{{name}}}`, but `{rule.table}` is declared `key: none`"
                elif name in redacted:
                    message = f"`{column}` is built from `{{{name}}}`, which the same rule redacts"
                else:
                    continue
                yield Finding(rule.place(f"columns.{column}"), message, "use a key column, or a constant")


def _meet(view: View, rule: Rule, other: Rule) -> bool:
    """Whether there surely are records (if any at all) that both rules cover."""
    return view.covers(rule, other) or view.covers(other, rule)


def _both_redact(view: View, rule: Rule, other: Rule) -> bool:
    return rule.then is other.then is Disposition.REDACT and _meet(view, rule, other)


def _undo(one: Redaction, other: Redaction) -> bool:
    """Whether each of two targets would change what the other one left."""
    match one, other:
        case ((SetNull() | SetConstant() | SetTemplate()), (SetNull() | SetConstant() | SetTemplate())):
            return one != other
        case (SetHash(), SetConstant() | SetTemplate()) | (SetConstant() | SetTemplate(), SetHash()):
            return True
        case _:
            return False


def _clocks(rule: Rule) -> set[tuple[str, ...]]:
    """The columns of a rule's own table that it runs from."""
    names = set(rule.after.names if rule.after else ())
    return names | ({rule.agreed_until} if rule.agreed_until else set())
