"""Gathers what the report shows: the plan, the ages of records, holds, gaps, and the last runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from wesretain.ages import ages_of
from wesretain.coverage import Held, gaps
from wesretain.errors import WesretainError
from wesretain.ledger import Ledger
from wesretain.model.ages import Ages
from wesretain.model.inventory import DatabaseEntry
from wesretain.model.ledger import Kind
from wesretain.model.names import family_of
from wesretain.model.plan import Failure, Plan
from wesretain.model.problem import Problem
from wesretain.model.report import Report, Run
from wesretain.policy.ignore import Ignores, heard
from wesretain.scan import scan
from wesretain.standing.catalogue import Catalogue
from wesretain.survey import Request, databases_of, opened, survey_of

#: So many runs are told.
LAST_RUNS = 10


def report(request: Request, ledger: Ledger, ignores: Mapping[str, Ignores]) -> Report:
    """The state of all databases; one that fails is among the plan's failures. `ignores` excuse gaps."""
    plan = scan(request)
    ages: dict[tuple[str, str], Ages] = {}
    found: list[Problem] = []
    rules: dict[str, dict[str, None]] = {}
    failures: list[Failure] = []
    lost = {failure.database for failure in plan.failures}
    for name in databases_of(request):
        if name in lost:
            continue
        try:
            with opened(request, name) as live:
                survey = survey_of(request, live, name)
                for rule, each in ages_of(live, survey):
                    key = (family_of(name), rule)
                    ages[key] = ages[key] + each if key in ages else each
                entry = request.intent.inventory.database(name) or DatabaseEntry(family_of(name))
                refused = frozenset(rule.name for rule, _ in survey.ruling.refused)
                held = Held(request.intent, entry, survey.catalogue, refused=refused)
                found += gaps(held)
                for table in held.stored:
                    names = {rule.name: None for rule in held.rules(table)}
                    rules.setdefault(f"{family_of(name)}.{table.full_name}", {}).update(names)
        except WesretainError as error:
            failures.append(Failure(name, str(error), error.exit_code))
    found += _without_rules(request, failures)
    whole = Plan(plan.as_of, plan.databases, (*plan.failures, *failures))
    holds = tuple(hold for hold in request.holds if hold.holds_at(plan.as_of))
    by_table = {table: tuple(names) for table, names in rules.items()}
    return Report(
        request.intent, whole, ages, holds, heard(dict.fromkeys(found), ignores), by_table, tuple(_runs(ledger))
    )


def _without_rules(request: Request, failures: list[Failure]) -> Iterator[Problem]:
    """The gaps of databases on which there is no rule at all, and which no scan looks at."""
    ruled = set(databases_of(request))
    for config in request.intent.config.databases:
        if config.name not in ruled:
            try:
                with opened(request, config.name) as live:
                    schema = live.reflect(request.intent.schemas_of(config.name))
                    catalogue = Catalogue(config.name, schema, request.intent.inventory)
                    entry = request.intent.inventory.database(config.name)
                    entry = entry or DatabaseEntry(family_of(config.name), at=config.at)
                    yield from gaps(Held(request.intent, entry, catalogue))
            except WesretainError as error:
                failures.append(Failure(config.name, str(error), error.exit_code))


def _runs(ledger: Ledger) -> Iterator[Run]:
    """The last runs, the newest first."""
    begun: dict[str, Run] = {}
    records: dict[str, Counter[str]] = {}
    for entry in ledger.all_entries(kinds=(Kind.RUN_STARTED, Kind.RUN_ENDED, Kind.BATCH_DONE)):
        if entry.emptied:
            continue
        body = entry.body
        match entry.kind:
            case Kind.RUN_STARTED:
                database, by = str(body.get("database", "")), str(body.get("by", ""))
                records[entry.subject] = Counter()
                begun[entry.subject] = Run(entry.subject, database, by, entry.at, None, records[entry.subject])
            case Kind.BATCH_DONE:
                run, done = str(body.get("run")), body.get("records")
                if run in records and isinstance(done, int):
                    records[run][str(body.get("rule", ""))] += done
            case _:
                if run_ := begun.get(entry.subject):
                    begun[entry.subject] = Run(run_.id, run_.database, run_.by, run_.started, entry.at, run_.records)
    return iter(list(begun.values())[: -LAST_RUNS - 1 : -1])
