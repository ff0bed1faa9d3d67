"""Where the records of a database stand by policy files: as the product's SQL says, and as its plain Python decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from standing.product import Memory
from wesretain.model.config import Intent
from wesretain.model.hold import Hold
from wesretain.model.problem import Level
from wesretain.model.standing import Standing
from wesretain.policy.checks import check
from wesretain.policy.load import load
from wesretain.scan import scan
from wesretain.standing.decide import standing
from wesretain.survey import Request, opened, survey_of

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
CONFIG = """\
organisation: Test
zone: {zone}
ledger: ledger.db
policies: policy.yaml
databases: {{db: {{url: "{url}"}}}}
"""
POLICY = """\
version: 1
category: personal
purpose: testing
basis: contract
database: db
rules:
"""


@dataclass(frozen=True)
class Found:
    """The records of each rule by their key's first column, and what a scan found besides."""

    standings: dict[str, dict[object, Standing]]
    findings: tuple[str, ...]
    refused: dict[str, str]


def execute(url: str, statements: Iterable[str]) -> None:
    """Carry out some statements on a database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def intent_of(folder: Path, url: str, inventory: str, rules: str, zone: str = "UTC") -> Intent:
    """The intent of these files, in which nothing is wrong."""
    (folder / "wesretain.yaml").write_text(CONFIG.format(zone=zone, url=url))
    (folder / "inventory.yaml").write_text(inventory)
    (folder / "policy.yaml").write_text(POLICY + rules)
    loaded = load(folder / "wesretain.yaml")
    errors = [str(problem) for problem in check(loaded) if problem.level is Level.ERROR]
    assert not errors, errors
    assert loaded.intent is not None
    return loaded.intent


def stand(intent: Intent, as_of: datetime = AS_OF, holds: tuple[Hold, ...] = ()) -> Found:
    """Where the records stand; the test fails where SQL and plain Python do not agree, or a tally does not sum."""
    request = Request(intent, holds, as_of, pinned=True)
    found: dict[str, dict[object, Standing]] = {}
    with opened(request, "db") as live:
        survey = survey_of(request, live, "db")
        memory = Memory.of(live, survey)
        for table, rules in survey.counted:
            for rule in rules:
                row = survey.translator.row_of(table)
                query = sa.select(row.c[table.key[0]], survey.translator.standing(rule.levels, row))
                by_sql = {key: Standing(number) for key, number in live.rows(query)}
                decided = {each[table.key[0]]: standing(rule.levels, each, memory) for each in memory.rows[table.name]}
                apart = {key: (by_sql[key], decided[key]) for key in by_sql if by_sql[key] is not decided[key]}
                assert not apart, (rule.bound.rule.name, apart)
                found[rule.bound.rule.name] = {**by_sql}
    plan = scan(request)
    assert not plan.failures, plan.failures
    (database,) = plan.databases
    for each in database.rules:
        if each.tally:
            counts = [sum(s is standing for s in found[each.rule.name].values()) for standing in Standing]
            assert list(each.tally.counts) == counts
    refused = {each.rule.name: each.refused.message for each in database.rules if each.refused}
    return Found(found, tuple(finding.message for finding in database.findings), refused)
