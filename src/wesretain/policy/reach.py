"""Which rules deal with which tables: their own, and those of the rows that `with` names, as far as the files tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from wesretain.model.rule import Rule, TableName
from wesretain.policy.checks.view import View


def rules_by_table(view: View) -> Mapping[TableName, Sequence[Rule]]:
    """The rules of each table, in the order of the files; one is named once."""
    found: dict[TableName, dict[str, Rule]] = defaultdict(dict)
    for rule in view.rules:
        found[rule.table][rule.name] = rule
        for line in rule.with_:
            end = view.walk(rule.table, line.path).end
            if end is not None:
                found[end][rule.name] = rule
    return {table: tuple(rules.values()) for table, rules in found.items()}
