"""Count: what is due in each database, and why not where it is not. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.errors import ConnectionLost, WesretainError
from wesretain.families import discovered
from wesretain.model.config import Intent
from wesretain.model.names import family_of, joined
from wesretain.model.plan import DatabasePlan, Plan, RulePlan, Takes
from wesretain.model.problem import Level, Problem
from wesretain.model.rule import Disposition, Rule, fate_word
from wesretain.model.schema import Table
from wesretain.model.source import NOWHERE
from wesretain.model.standing import Standing
from wesretain.policy.checks.ignores import LIVE
from wesretain.side_by_side import Jobs
from wesretain.standing.catalogue import Link, Refusal, Step
from wesretain.standing.conditions import Binder
from wesretain.standing.counting import (
    Counted,
    Group,
    due_alone,
    read_groups,
    records_and_rows,
    scrubs_of_rules,
    statement,
    tallies,
    unread,
)
from wesretain.standing.disposal import Act, Acts, acts_of
from wesretain.standing.formula import FALSE, HasKey, Value
from wesretain.standing.lookups import FEW, columns_by, is_indexed, links_down, rows_up_to
from wesretain.standing.rules import BoundRule
from wesretain.standing.scrubs import candidates, scrubs_of
from wesretain.standing.sql import Translator
from wesretain.standing.statements import AFTER, COUNT, Statements
from wesretain.standing.texts import Asked
from wesretain.survey import (
    ONE_BY_ONE,
    Progress,
    Request,
    Survey,
    courses,
    databases_of,
    finding,
    no_progress,
    of_each,
    opened,
    survey_of,
)

if TYPE_CHECKING:
    from wesretain.engines import Live

#: So many texts are fetched at once, and so many records counted by their keys.
_TEXTS_AT_ONCE, _KEYS_AT_ONCE = 100, 250


def scan(request: Request, progress: Progress = no_progress, jobs: Jobs = ONE_BY_ONE) -> Plan:
    """Scan every chosen database, several at a time; one that fails neither stops nor hides the others.

    `progress` is told of the tables of a database that stands alone, and of the members of a family.
    """

    def look(live: Live, name: str, survey: Survey) -> DatabasePlan:
        return _scan_database(request, live, name, survey, progress if family_of(name) == name else no_progress)

    return of_each(request, look, progress, jobs)


def statements(request: Request) -> Iterator[tuple[str, str, str]]:
    """The statements that a scan would send: database, table and the SQL as that engine reads it.

    Then, without SQL, how apply would find the records of each rule.
    """
    for name in databases_of(request):
        with opened(request, name) as live:
            survey = survey_of(request, live, name)
            for table, rules in survey.counted:
                queries = [statement(survey.translator, table, rules, survey.ruling.moment)]
                queries += [unread(survey.translator, table, rules)] if scrubs_of_rules(rules) else []
                yield from ((name, table.full_name, live.engine.shown(query)) for query in queries)
            for act, course in courses(live, survey):
                yield name, f"{act.table.full_name}, rule {act.rule.name}: apply finds its records {course.words}", ""


def live_problems(intent: Intent, as_of: datetime) -> Iterator[Problem]:
    """What only the databases know against the files: what they refuse as errors, what is doubtful as warnings."""
    found = discovered(intent.config)
    for failure in found.failures:
        at = next(family.at for family in found.config.families if family.name == failure.database)
        yield Problem(at, Level.ERROR, failure.message, LIVE)
    request = Request(replace(intent, config=found.config), (), as_of, pinned=True)
    for name in databases_of(request):
        config = request.intent.config.database(name)
        try:
            with opened(request, name) as live:
                survey = survey_of(request, live, name)
                for rule, refusal in survey.ruling.refused:
                    yield refused_problem(rule, refusal)
                yield from survey.findings
                acts = acts_of(survey.ruling)
                yield from _unable(acts)
                yield from _slow(request, live, survey, acts)
                yield from _unreadable(live, survey)
        except WesretainError as error:
            at = config.at if config else intent.config.at
            yield Problem(at, Level.ERROR, error.message, LIVE, error.mend)


def _unreadable(live: Live, survey: Survey) -> Iterator[Problem]:
    """Tables that the rules need and this user may not read."""
    for table, rules in survey.counted:
        query: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(survey.translator.row_of(table)).limit(1)
        try:
            with live.savepoint():
                live.rows(query, table.full_name)
        except WesretainError as error:
            yield Problem(rules[0].bound.rule.at, Level.ERROR, error.message, LIVE, error.mend)


def _scan_database(request: Request, live: Live, name: str, survey: Survey, progress: Progress) -> DatabasePlan:
    results: dict[str, RulePlan] = {rule.name: _refused_plan(rule, refusal) for rule, refusal in survey.ruling.refused}
    acts = survey.acts
    findings = [*survey.findings, *_unable(acts), *_slow(request, live, survey, acts)]
    progress(name, 0, len(survey.counted))
    for number, (table, rules) in enumerate(survey.counted, 1):
        if any(request.selection.chooses(rule.bound.rule) for rule in rules):
            results.update((plan.rule.name, plan) for plan in _count(live, survey, table, rules, acts))
        progress(name, number, len(survey.counted))
    chosen = [rule for rule in request.intent.rules_of(name) if request.selection.chooses(rule)]
    plans = tuple(_with_act(live, survey, acts, results[rule.name], findings) for rule in chosen)
    as_of = survey.ruling.moment.as_of
    return DatabasePlan(name, as_of, live.server, plans, tuple(findings), live.identity(), survey.schema)


def _count(live: Live, survey: Survey, table: Table, rules: Sequence[Counted], acts: Acts) -> Iterator[RulePlan]:
    """The plans of one table's rules; a table that fails does not stop the others."""
    moment = survey.ruling.moment
    try:
        with live.savepoint():
            question = survey.question(
                ("standings", table.full_name), lambda: statement(survey.translator, table, rules, moment)
            )
            groups: list[Group] = live.groups(question)
            if survey.scrubs(table, rules):
                groups += read_groups(rules, _streamed(live, unread(survey.translator, table, rules), table))
    except ConnectionLost:
        raise
    except WesretainError as error:
        refusal = Refusal(error.message, error.mend)
        yield from (_refused_plan(rule.bound.rule, refusal) for rule in rules)
        return
    for rule, tally in zip(rules, tallies(rules, groups, moment), strict=True):
        act = acts.of(rule.bound.rule.name)
        yield RulePlan(rule.bound.rule, tally, acts=_alone(rules, groups, act) if act else None)


def _alone(rules: Sequence[Counted], groups: Sequence[Group], act: Act) -> int | None:
    """The due records that no rule before this one takes; None where only a statement can tell: reviews decide too."""
    names = [rule.bound.rule.name for rule in rules]
    first = [names.index(name) for name in act.before]
    if any(rules[number].bound.rule.then is Disposition.HOLD for number in (*first, names.index(act.rule.name))):
        return None
    return due_alone(groups, names.index(act.rule.name), first)


def _streamed(live: Live, query: sa.Select[Any], table: Table) -> Iterator[Group]:
    """The rows of a statement, a few in memory at a time."""
    with live.translating(table.full_name):
        options = {"stream_results": True, "yield_per": _TEXTS_AT_ONCE}
        with live.connection.execute(query, execution_options=options) as rows:
            yield from (row._mapping for row in rows)


def _unable(acts: Acts) -> Iterator[Problem]:
    """Rules that apply would refuse, though a scan can count them."""
    for rule, refusal in acts.refused:
        at = refusal.at if refusal.at != NOWHERE else rule.at
        yield finding(f"{rule.name}: apply would refuse it: {refusal.message}", refusal.mend, at)


def _slow(request: Request, live: Live, survey: Survey, acts: Acts) -> Iterator[Problem]:
    """Rules that apply would refuse because each batch would read a large table below as a whole."""
    binder = Binder(survey.catalogue, survey.ruling.moment)
    for act in (act for act in acts.acts if request.selection.chooses(act.rule)):
        try:
            with live.savepoint():
                links = slow_links(live, survey.translator, binder, act)
        except ConnectionLost:
            raise
        except WesretainError:
            continue  # what is wrong there is told where the records are counted
        for link in links:
            message, mend = slowness(link)
            yield finding(f"{act.rule.name}: {message}", mend, act.rule.at)


def slow_links(live: Live, translator: Translator, binder: Binder, act: Act) -> tuple[Link, ...]:
    """The links by which each batch of an act would read a table of more than a FEW rows as a whole."""
    links = (link for link in links_down(binder.catalogue, act) if not is_indexed(binder, link))
    return tuple(link for link in links if _is_large(live, translator, link.source))


def _is_large(live: Live, translator: Translator, table: Table) -> bool:
    return int(live.rows(rows_up_to(translator, table, FEW + 1), table.full_name)[0][0]) > FEW


def slowness(link: Link) -> tuple[str, str]:
    """What is slow about such a link, and how to mend it."""
    table, by = link.source.full_name, columns_by(link)
    message = f"no index finds the rows of {table} by {by}, and each batch would read all of them"
    return message, f"create an index on {table} ({by}), or apply with --slow-children"


def _with_act(live: Live, survey: Survey, acts: Acts, plan: RulePlan, findings: list[Problem]) -> RulePlan:
    """The same plan with what the rule's act would deal with: its own records, and the rows below them."""
    act = acts.of(plan.rule.name)
    if plan.tally is not None:
        findings += _doubled(live, survey, plan.rule)
    if act is None or plan.tally is None:
        return plan
    if not plan.tally[Standing.DUE] or (plan.acts is not None and not plan.rule.with_):
        return replace(plan, acts=plan.acts or 0)
    paths = {line.path: steps for line, steps in survey.bound(plan.rule.name).withs}
    try:
        with live.savepoint():
            counts = _records_and_rows(live, survey, act, tuple(paths.values()))
    except ConnectionLost:
        raise
    except WesretainError as error:
        message = f"{plan.rule.name}: what it would deal with cannot be counted: {error.message}"
        findings.append(finding(message, error.mend))
        return plan
    takes = tuple(
        Takes(joined(line.path), fate_word(line.fate), count)
        for line, count in zip(plan.rule.with_, counts[1:], strict=True)
    )
    return replace(plan, acts=counts[0], tally=replace(plan.tally, takes=takes))


def _doubled(live: Live, survey: Survey, rule: Rule) -> Iterator[Problem]:
    """Records of which a link finds several rows, where the rule means one: nobody can say which, so they stay."""
    bound = survey.bound(rule.name)
    if bound.doubles == FALSE:
        return
    try:
        with live.savepoint():
            question = survey.question(("doubles", rule.name), lambda: _count_of_doubles(survey, bound))
            count = live.answers(question, bound.table.full_name)[0][0]
    except ConnectionLost:
        raise
    except WesretainError as error:
        yield finding(f"{rule.name}: records with several rows cannot be counted: {error.message}", error.mend)
        return
    if count:
        records = "1 record stays" if count == 1 else f"{count} records stay"
        message = f"{rule.name}: {records}, because a link finds several rows where one is meant"
        yield finding(message, "narrow the link with `when:` or `where:`, or ask for the `newest of:`", rule.at)


def _count_of_doubles(survey: Survey, bound: BoundRule) -> sa.Select[Any]:
    row = survey.translator.row_of(bound.table)
    both = survey.translator.surely(bound.doubles, (row,)), survey.translator.possibly(bound.matches, (row,))
    return sa.select(sa.func.count()).select_from(row).where(*both)


def _records_and_rows(live: Live, survey: Survey, act: Act, paths: Sequence[tuple[Step, ...]]) -> list[int]:
    """How many records an act is on, and how many rows its paths reach.

    Where Python has to read texts, the records are counted by their keys, a page at a time: a row that several records
    share then counts once a page.
    """
    binder = Binder(survey.catalogue, survey.ruling.moment)
    if not scrubs_of(act.due):
        question = survey.question(
            ("rows", act.rule.name), lambda: records_and_rows(survey.translator, binder, act, paths)
        )
        return list(live.answers(question, act.table.full_name)[0])
    counts = [0] * (1 + len(paths))
    for keys in _pages(live, survey, act, Asked(survey.translator, act.table, act.due)):
        if keys:
            page = replace(act, due=HasKey(survey.catalogue.key(act.table), keys, blind=False))
            query = records_and_rows(survey.translator, binder, page, paths)
            counts = [sum(pair) for pair in zip(counts, live.rows(query, act.table.full_name)[0], strict=True)]
    return counts


def _pages(live: Live, survey: Survey, act: Act, asked: Asked) -> Iterator[tuple[tuple[Value, ...], ...]]:
    """The keys of an act's records, page by page, as their texts decide."""
    hoped = replace(act, due=candidates(act.due))
    pages = Statements(survey.translator, Binder(survey.catalogue, survey.ruling.moment), hoped)
    row, key = survey.translator.row_of(act.table), survey.catalogue.key(act.table)
    columns, place = [*(row.c[part.name] for part in key), *asked.columns(row)], {COUNT: _KEYS_AT_ONCE}
    found = live.rows(pages.first, act.table.full_name, place)
    while found:
        keys = HasKey(key, tuple(tuple(each) for each in found), blind=False)
        texts = sa.select(*columns).where(survey.translator.surely(keys, (row,)))
        rows = live.rows(texts, act.table.full_name)
        yield tuple(tuple(each[: len(key)]) for each in rows if asked.holds(each._mapping))
        place = {COUNT: _KEYS_AT_ONCE} | {f"{AFTER}{number}": part for number, part in enumerate(found[-1])}
        found = live.rows(pages.following, act.table.full_name, place)


def _refused_plan(rule: Rule, refusal: Refusal) -> RulePlan:
    return RulePlan(rule, None, refused_problem(rule, refusal))


def refused_problem(rule: Rule, refusal: Refusal) -> Problem:
    """Why a live database refuses a rule, and where that stands in the files."""
    at = refusal.at if refusal.at != NOWHERE else rule.at
    return Problem(at, Level.ERROR, refusal.message, LIVE, refusal.mend)
