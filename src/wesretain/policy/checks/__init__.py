"""The static checks: what is known to be wrong from the files alone. Each is a function, and its docstring its page."""

from __future__ import annotations

from collections.abc import Iterable

from wesretain.model.problem import Problem
from wesretain.policy.checks import clocks, databases, names, overrides, paths, people, redaction, windows
from wesretain.policy.checks.base import Check
from wesretain.policy.checks.ignores import idle_ignores
from wesretain.policy.checks.view import View
from wesretain.policy.load import Loaded

#: All checks by identifier, in the order of the manual.
CHECKS: dict[str, Check] = {
    check.id: check
    for check in (
        names.unknown_table,
        names.table_not_in_inventory,
        names.unknown_column,
        names.unknown_link,
        names.database_not_configured,
        names.unknown_hash_key,
        databases.same_database,
        databases.database_beside,
        databases.review_of_family,
        clocks.after_missing,
        clocks.nothing_needs_where,
        clocks.zero_days,
        clocks.clock_zone,
        people.purpose_missing,
        people.basis_missing,
        people.category_mismatch,
        people.personal_under_non_personal,
        people.free_text_under_non_personal,
        people.subjects_missing,
        windows.never_acts,
        windows.shadowed,
        windows.child_keeps_longer,
        windows.law_too_short,
        overrides.law_without_period,
        overrides.protects_without_law,
        overrides.unknown_override,
        overrides.overrides_law,
        overrides.overrides_by_report,
        overrides.circular_overrides,
        paths.with_without_disposal,
        paths.with_parent_missing,
        paths.fate_of_link,
        redaction.columns_without_redact,
        redaction.redact_clash,
        redaction.redact_moves_clock,
        redaction.redact_key,
    )
}


def check(loaded: Loaded, more: Iterable[Problem] = ()) -> tuple[Problem, ...]:
    """All that is wrong with the files, by place: what reading told, what the checks find, and `more`."""
    view = View(loaded)
    found = [problem for one in CHECKS.values() for problem in one(view)]
    return loaded.heard([*found, *more, *idle_ignores(loaded, found, CHECKS)])
