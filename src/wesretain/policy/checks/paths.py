"""Checks of `with`: what becomes of the rows below."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.model.names import joined
from wesretain.model.rule import Disposition, RowFate, Rule, With, fate_word
from wesretain.policy.checks.base import Finding, error
from wesretain.policy.checks.view import View


@error
def with_without_disposal(view: View) -> Iterator[Finding]:
    """A rule that only reports says what becomes of the rows below.

    `with` goes along with a `delete`, a `redact`, or a `hold`, whose records are deleted once a review lets them go. A
    rule that reports leaves all rows as they are.

    Wrong:

        then: report
        with: {threads: delete}

    Mend it by removing `with`, or by choosing `then: delete` or `then: redact`.
    """
    for rule in view.rules:
        if rule.with_ and rule.then is Disposition.REPORT:
            message = f"rule `{rule.name}` says `then: {rule.then}`, which leaves the rows below as they are"
            yield Finding(rule.place("with"), message, "remove `with`, or choose `then: delete` or `then: redact`")


@error
def with_parent_missing(view: View) -> Iterator[Finding]:
    """A path in `with` leads through child rows that no line names.

    When a record is deleted, each row below it needs a fate of its own. A row that no line names blocks the record; so
    what should become of the rows below that one is never done.

    Wrong:

        then: delete
        with: {threads.entries: delete}

    Right:

        then: delete
        with: {threads: delete, threads.entries: delete}

    Mend it by adding a line for the step that is missing.
    """
    for rule in view.rules:
        for line in rule.with_ if rule.then.removes else ():
            missing = _unnamed_step(view, rule, line)
            if missing:
                message = f"`{joined(line.path)}` leads through `{missing}`, which `with` does not name"
                yield Finding(line.at, message, f"add `{missing}: delete`, or what else shall become of these rows")


def _unnamed_step(view: View, rule: Rule, line: With) -> str:
    """The first child table on a path that no line names, as far as the inventory knows the path."""
    walk = view.walk(rule.table, line.path)
    taken = 0
    for step in walk.steps[:-1]:  # what follows the last one may be the name of its link, which the database knows
        taken += step.segments
        if not step.up and rule.fate_of(line.path[:taken]) is None:
            return joined(line.path[:taken])
    return ""


@error
def fate_of_link(view: View) -> Iterator[Finding]:
    """A line of `with` follows a link up, and says `delete` or `unlink` of the row there.

    A row that this one points at may be pointed at by others: a file that two entries share, a state that every ticket
    has. So it goes by `delete if unshared`, which leaves it as long as anything else points at it. And it holds no
    reference that could be unlinked.

    Wrong, where `file` is a link of `attachments`:

        with: {attachments: delete, attachments.file: delete}

    Right:

        with: {attachments: delete, attachments.file: delete if unshared}

    Mend it by writing `delete if unshared`, or by removing the line.
    """
    for rule in view.rules:
        for line in rule.with_:
            walk = view.walk(rule.table, line.path)
            if not walk.rest and walk.steps[-1].up and line.fate in (RowFate.DELETE, RowFate.UNLINK):
                path = joined(line.path)
                message = f"`{path}` links up to a row that others may share, so `{fate_word(line.fate)}` is refused"
                yield Finding(line.at, message, "write `delete if unshared`, or remove the line")
