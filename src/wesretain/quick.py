"""Is anything due: each rule's due records, counted no further than to a cap, so that an index answers at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.errors import ConnectionLost, WesretainError
from wesretain.model.plan import Glance, Scanned, ScannedDatabase
from wesretain.model.rule import Rule
from wesretain.scan import refused_problem
from wesretain.side_by_side import Jobs
from wesretain.standing.catalogue import Refusal
from wesretain.standing.texts import Asked
from wesretain.survey import (
    ONE_BY_ONE,
    Progress,
    Request,
    Survey,
    databases_of,
    no_progress,
    of_each,
    opened,
    survey_of,
)

if TYPE_CHECKING:
    from wesretain.engines import Live

#: So many due records are counted; of more it is said that they are more.
CAP = 1_000
#: So many times more records are read in the next attempt, where texts decide and too few of them told.
_FURTHER = 10
_TEXTS_AT_ONCE = 100


def quick(request: Request, progress: Progress = no_progress, jobs: Jobs = ONE_BY_ONE) -> Scanned[Glance]:
    """Look at every chosen database, several at a time; one that fails neither stops nor hides the others.

    `progress` is told of the members of families.
    """
    return of_each(request, partial(_database, request), progress, jobs)


def statements(request: Request) -> Iterator[tuple[str, str, str]]:
    """The statements that `quick` would send: database, table with rule, and the SQL as that engine reads it."""
    for name in databases_of(request):
        with opened(request, name) as live:
            survey = survey_of(request, live, name)
            for rule in _chosen(request, survey):
                asked = _asked(survey, rule)
                yield name, f"{asked.table.full_name}, rule {rule.name}", live.engine.shown(_query(asked))


def _database(request: Request, live: Live, name: str, survey: Survey) -> ScannedDatabase[Glance]:
    refused = {rule.name: Glance(rule, 0, refused=refused_problem(rule, why)) for rule, why in survey.ruling.refused}
    found = {rule.name: glance(live, survey, rule) for rule in _chosen(request, survey)}
    rules = (rule for rule in request.intent.rules_of(name) if request.selection.chooses(rule))
    glances = tuple((refused | found)[rule.name] for rule in rules)
    return ScannedDatabase(name, survey.ruling.moment.as_of, live.server, glances, survey.findings)


def _chosen(request: Request, survey: Survey) -> Iterator[Rule]:
    return (bound.rule for bound in survey.ruling.bound if request.selection.chooses(bound.rule))


def glance(live: Live, survey: Survey, rule: Rule) -> Glance:
    """The glance at one rule; one whose statement fails does not stop the others."""
    asked = _asked(survey, rule)
    try:
        with live.savepoint():
            found = _by_texts(live, asked) if asked.scrubs else _by_count(live, survey, asked, rule)
    except ConnectionLost:
        raise
    except WesretainError as error:
        return Glance(rule, 0, refused=refused_problem(rule, Refusal(error.message, error.mend)))
    return Glance(rule, min(found, CAP), found > CAP)


def _asked(survey: Survey, rule: Rule) -> Asked:
    bound = survey.bound(rule.name)
    return Asked(survey.translator, bound.table, survey.ruling.levels(bound).due)


def _query(asked: Asked) -> sa.Select[Any]:
    """The statement that `quick` begins with: the count, or the texts that decide."""
    return _texts(asked, CAP + 1) if asked.scrubs else _count(asked)


def _count(asked: Asked) -> sa.Select[Any]:
    """How many records are due; no more than CAP and one are looked for."""
    row = asked.translator.row_of(asked.table)
    one: sa.Label[Any] = sa.literal_column("1").label("due")
    found = sa.select(one).select_from(row).where(asked.may(row)).limit(CAP + 1)
    return sa.select(sa.func.count()).select_from(found.subquery("found"))


def _texts(asked: Asked, most: int) -> sa.Select[Any]:
    """So many of the records that are due if their texts say so, with these."""
    row = asked.translator.row_of(asked.table)
    return sa.select(*asked.columns(row)).where(asked.may(row)).limit(most)


def _by_count(live: Live, survey: Survey, asked: Asked, rule: Rule) -> int:
    question = survey.question(("quick", rule.name), lambda: _count(asked))
    return int(live.answers(question, asked.table.full_name)[0][0])


def _by_texts(live: Live, asked: Asked) -> int:
    """The same where Python has to read texts: ever more of them, until enough records are due or none is left.

    A driver may read all that a statement finds, also where nobody wants the rest; so each asks for so many only.
    """
    most = CAP + 1
    while True:
        read = found = 0
        with live.translating(asked.table.full_name):
            options = {"stream_results": True, "yield_per": _TEXTS_AT_ONCE}
            with live.connection.execute(_texts(asked, most), execution_options=options) as rows:
                for row in rows:
                    read, found = read + 1, found + asked.holds(row._mapping)
        if found > CAP or read < most:
            return found
        most *= _FURTHER
