"""What is asked, of which databases, and each of them seen through intent and holds: bound, but not counted yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from wesretain.engines import Doors, open_for_scan
from wesretain.engines.base import Question
from wesretain.engines.plain import GivenUp
from wesretain.errors import InvalidInput, UsageError, WesretainError
from wesretain.model.config import DatabaseConfig, Intent, Source
from wesretain.model.digest import schema_digest
from wesretain.model.hold import Hold, named_in
from wesretain.model.ledger import Decision
from wesretain.model.names import family_of, means
from wesretain.model.plan import Failure, OfRule, Scanned, ScannedDatabase
from wesretain.model.problem import Level, Problem
from wesretain.model.rule import Category, Rule
from wesretain.model.schema import Table
from wesretain.model.source import NOWHERE, Position
from wesretain.policy.checks.ignores import LIVE
from wesretain.policy.places import all_known, server_of
from wesretain.side_by_side import Jobs, Task, side_by_side
from wesretain.standing.catalogue import Catalogue, Refusal, Step
from wesretain.standing.conditions import Binder, Moment
from wesretain.standing.counting import (
    Counted,
    counted,
    scrubs_of_rules,
)
from wesretain.standing.courses import Course, course_of
from wesretain.standing.disposal import Act, Acts, acts_of
from wesretain.standing.formula import HasKey, Value
from wesretain.standing.holds import HeldRecords, reach
from wesretain.standing.reviews import Reviews
from wesretain.standing.rules import BoundRule, Ruling, bind_rules
from wesretain.standing.sql import Translator
from wesretain.standing.statements import Statements

if TYPE_CHECKING:
    from wesretain.engines import Live

#: The clocks of the tool and of a database may differ by so much.
CLOCK_TOLERANCE = timedelta(seconds=60)
_KEYS_A_STATEMENT = 5_000
#: So many kinds of members are known at a time.
_MOST_SURVEYS = 50
ONE_BY_ONE = Jobs(most=1)

#: Told of what, how much of it is done, and how much there is in all.
Progress = Callable[[str, int, int], None]


def no_progress(label: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules act. Narrowing chooses who acts, never who protects. Empty means all."""

    rules: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    databases: tuple[str, ...] = ()

    def chooses(self, rule: Rule) -> bool:
        """Whether a rule is among the chosen."""
        return (
            (not self.rules or rule.name in self.rules)
            and (not self.categories or rule.category in self.categories)
            and (not self.databases or any(family_of(name) == rule.table.database for name in self.databases))
        )

    def takes(self, database: str) -> bool:
        """Whether a database is among the chosen, by its own name or by that of its family."""
        return not self.databases or any(means(name, database) for name in self.databases)


@dataclass(frozen=True, slots=True)
class Request:
    """What to scan: everything that the files and the ledger say, at a moment, narrowed to a selection.

    `pinned` says that the moment was given by the user; otherwise a database whose clock is behind scans at its own.
    `lost` are the families whose members nobody could find out.
    """

    intent: Intent
    holds: tuple[Hold, ...]
    as_of: datetime
    pinned: bool
    selection: Selection = Selection()
    decisions: tuple[Decision, ...] = ()
    lost: tuple[Failure, ...] = ()


def databases_of(request: Request) -> tuple[str, ...]:
    """The databases that the chosen rules name, in the order of the configuration."""
    wanted, selection = _wanted(request), request.selection
    names = (entry.name for entry in request.intent.config.databases if family_of(entry.name) in wanted)
    return tuple(name for name in names if selection.takes(name))


def lost_of(request: Request) -> list[Failure]:
    """The families that the chosen rules name, and whose members nobody could find out."""
    wanted = _wanted(request)
    return [failure for failure in request.lost if failure.database in wanted]


def _wanted(request: Request) -> set[str]:
    return {rule.table.database for rule in request.intent.rules if request.selection.chooses(rule)}


def opened(request: Request, name: str) -> AbstractContextManager[Live]:
    """A read-only connection to a configured database.

    Raises:
        InvalidInput: where the configuration does not know it.
        UsageError: where it is a whole family.
    """
    return open_for_scan(config_of(request, name))


def config_of(request: Request, name: str) -> DatabaseConfig:
    """What is configured of a database.

    Raises:
        InvalidInput: where the configuration does not know it.
        UsageError: where it is a whole family.
    """
    config = request.intent.config.database(name)
    if config is None and any(name == family.name for family in request.intent.config.families):
        raise UsageError(f"`{name}` is a family of databases", f"name one of them, such as `{name}/a`")
    if config is None:
        raise InvalidInput(f"the database `{name}` is not configured", "add it under `databases:` in wesretain.yaml")
    return config


@dataclass(frozen=True)
class Survey:
    """One live database, seen through intent and holds: everything that counting and explaining need.

    Members of a family may share one, where nothing of it is theirs alone (see `Surveys`).
    """

    catalogue: Catalogue
    translator: Translator
    ruling: Ruling
    counted: tuple[tuple[Table, tuple[Counted, ...]], ...]
    findings: tuple[Problem, ...]

    def bound(self, rule: str) -> BoundRule:
        """A rule that the database did not refuse."""
        return next(bound for bound in self.ruling.bound if bound.rule.name == rule)

    @cached_property
    def acts(self) -> Acts:
        """What the rules do."""
        return acts_of(self.ruling)

    @cached_property
    def schema(self) -> str:
        """The digest of all tables."""
        return schema_digest(self.catalogue.schema)

    def question(self, about: tuple[str, ...], make: Callable[[], sa.Select[Any]]) -> Question:
        """A statement that is made once; `about` tells it from the others."""
        if about not in self._questions:
            self._questions[about] = Question(make())
        return self._questions[about]

    def scrubs(self, table: Table, rules: Sequence[Counted]) -> bool:
        """Whether Python has to read texts before all standings on a table are known."""
        if table.full_name not in self._scrubs:
            self._scrubs[table.full_name] = bool(scrubs_of_rules(rules))
        return self._scrubs[table.full_name]

    @cached_property
    def _scrubs(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _questions(self) -> dict[tuple[str, ...], Question]:
        return {}


#: What is found in a live database, by its name and its survey.
Look: TypeAlias = "Callable[[Live, str, Survey], ScannedDatabase[OfRule]]"


class Surveys:
    """The surveys of one scan. Members of a family whose databases are alike share one, with all of its statements.

    What only one of them has is not shared: a hold that names it, and held records in tables whose links run in a
    circle, which are found by walking them.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self._known: dict[Hashable, Survey] = {}
        self._moments: dict[str, datetime] = {}
        self._servers: dict[Source, object] = {}
        self.named = frozenset(named_in(hold.scope) for hold in request.holds)

    def of(self, live: Live, name: str) -> Survey:
        """The survey of a live database."""
        family = family_of(name)
        alike = None if name in self.named or family == name else live.fingerprint()
        if alike is None:
            return survey_of(self.request, live, name)
        # The earliest that was seen, since the statements hold the moment: a server whose clock is behind gives each
        # database a moment of its own.
        found = _as_of(self.request, live, name)
        as_of = self._moments[family] = min(found, self._moments.get(family, found))
        key = (family, live.engine.name, live.server, live.default_schema, alike, as_of)
        if key not in self._known:
            survey = survey_of(replace(self.request, as_of=as_of, pinned=True), live, family)
            if survey.ruling.held.walked:
                return survey_of(self.request, live, name)
            while len(self._known) >= _MOST_SURVEYS:
                self._known.pop(next(iter(self._known)), None)
            self._known[key] = survey
        return self._known[key]

    def server(self, config: DatabaseConfig) -> object:
        """The server that a database is on."""
        if config.scan_url not in self._servers:
            self._servers[config.scan_url] = server_of(config)
        return self._servers[config.scan_url]


def of_each(request: Request, look: Look[OfRule], progress: Progress, jobs: Jobs) -> Scanned[OfRule]:
    """What a look finds at each chosen database, several at a time; one that fails neither stops nor hides the others.

    `progress` is told of the members of families.
    """
    names, surveys, doors = databases_of(request), Surveys(request), Doors()
    members, done = Counter(map(family_of, names)), Counter[str]()

    def finished(number: int) -> None:
        family = family_of(names[number])
        done[family] += 1
        if family != names[number]:
            progress(family, done[family], members[family])

    configs = [config_of(request, name) for name in names]
    tasks = [Task(surveys.server(config), partial(_looked, surveys, doors, look, config)) for config in configs]
    found = side_by_side(tasks, jobs, finished)
    failures = (*lost_of(request), *(each for each in found if isinstance(each, Failure)))
    return Scanned(request.as_of, tuple(each for each in found if not isinstance(each, Failure)), failures)


def _looked(
    surveys: Surveys, doors: Doors, look: Look[OfRule], config: DatabaseConfig
) -> ScannedDatabase[OfRule] | Failure:
    name = config.name
    try:
        if family_of(name) != name and name not in surveys.named:
            with suppress(GivenUp), doors.open_hurriedly(config) as live:
                return look(live, name, surveys.of(live, name))
        with doors.open(config) as live:
            return look(live, name, surveys.of(live, name))
    except WesretainError as error:
        return Failure(name, str(error), error.exit_code)


def survey_of(request: Request, live: Live, name: str) -> Survey:
    """Bind all rules and holds to a live database. Every rule and hold counts, whatever is selected."""
    _check_beside(request.intent, live)
    moment = Moment(_as_of(request, live, name), request.intent.config.zone)
    rules = request.intent.rules_of(name)
    catalogue = Catalogue(name, live.reflect(request.intent.schemas_of(name)), request.intent.inventory)
    bound, refused = bind_rules(catalogue, moment, rules)
    keeping = Binder(catalogue, moment, keeps=True)
    reached = reach(keeping, [hold for hold in request.holds if hold.holds_at(request.as_of)], rules)
    translator = Translator(live.engine, catalogue.schema.default)
    held = HeldRecords(keeping, reached.direct)
    held = replace(held, seeds=_seeds(live, translator, held))
    reviews = Reviews(request.decisions, moment.today)
    ruling = Ruling(catalogue, moment, bound, refused, held, reviews)
    unheld = replace(ruling, held=HeldRecords(keeping, {}))
    tables = dict.fromkeys(b.table for b in bound)
    findings = [
        *(
            finding(f"hold {h.id} cannot be placed on this database, so all of it is held: {r.message}", r.mend)
            for h, r in reached.failures
        ),
        *(finding(f"{table.full_name}: {r.message}", r.mend, r.at) for table, _, r in catalogue.broken_links),
        *_lost_subjects(catalogue),
    ]
    return Survey(
        catalogue,
        translator,
        ruling,
        tuple((table, counted(ruling, unheld, table)) for table in tables),
        tuple(findings),
    )


def _check_beside(intent: Intent, live: Live) -> None:
    """Refuse to look at another database of a server where nobody can tell whether it is configured by itself.

    What is known of the URLs has been checked before (see `policy.checks.databases`).
    """
    if live.engine.name != "MariaDB" or not intent.schemas_of(live.name) - {live.default_schema}:
        return
    for other in intent.config.databases:
        if other.name != live.name and not all_known(other):
            message = f"rules or inventory of `{live.name}` name another database, which may be `{other.name}`"
            raise InvalidInput(message, f"let the user who runs this read the URLs of `{other.name}` too")


def _as_of(request: Request, live: Live, name: str) -> datetime:
    if request.pinned:
        return request.as_of
    theirs = live.now()
    if abs(theirs - request.as_of) > CLOCK_TOLERANCE:
        apart = abs(theirs - request.as_of)
        raise WrongClock(
            f"the clock of the database `{name}` differs from this machine's by {apart.total_seconds():.0f} s",
            "set both by NTP",
        )
    return min(theirs, request.as_of)


class WrongClock(WesretainError):
    """A database's clock cannot be trusted, or ours."""

    exit_code = 5


def finding(message: str, mend: str, at: Position = NOWHERE) -> Problem:
    """What is doubtful in a live database, as a warning."""
    return Problem(at, Level.WARNING, message, LIVE, mend)


def _lost_subjects(catalogue: Catalogue) -> Iterator[Problem]:
    """Paths to a person that lead nowhere: a hold on a person cannot follow them, and holds the whole database."""
    for table in catalogue.schema:
        entry = catalogue.entry_of(table)
        for path in (entry.subjects or ()) if entry else ():
            try:
                if path != ("self",):
                    catalogue.walk(table, path)
            except Refusal as refusal:
                at = entry.place("subjects") if entry else NOWHERE
                message = f"`subjects` of {table.full_name} lead nowhere, so a hold on a person would hold the database"
                yield Problem(at, Level.WARNING, f"{message}: {refusal.message}", LIVE, refusal.mend)


def _seeds(live: Live, translator: Translator, held: HeldRecords) -> dict[str, tuple[tuple[Value, ...], ...]]:
    """The keys of held records in tables whose links run in a circle, found by walking down from what holds name."""
    catalogue = held.binder.catalogue
    found: dict[str, dict[tuple[Value, ...], None]] = {}
    circles = {catalogue.circle(table) for table in catalogue.schema} - {frozenset[str]()}
    for circle in filter(catalogue.has_keys, circles):
        tables = [table for table in catalogue.schema if table.full_name in circle]
        frontier = {table.full_name: _keys(live, translator, table, held.of(table)) for table in tables}
        while any(frontier.values()):
            for name, keys in frontier.items():
                found.setdefault(name, {}).update(dict.fromkeys(keys))
            frontier = {table.full_name: _below(live, translator, held, table, frontier, found) for table in tables}
    return {name: tuple(keys) for name, keys in found.items()}


def _below(
    live: Live,
    translator: Translator,
    held: HeldRecords,
    table: Table,
    frontier: dict[str, list[tuple[Value, ...]]],
    found: dict[str, dict[tuple[Value, ...], None]],
) -> list[tuple[Value, ...]]:
    catalogue = held.binder.catalogue
    keys: dict[tuple[Value, ...], None] = {}
    for link in catalogue.links_from(table):
        above = frontier.get(link.target.full_name, [])
        for start in range(0, len(above), _KEYS_A_STATEMENT):
            some = HasKey(catalogue.key(link.target), tuple(above[start : start + _KEYS_A_STATEMENT]))
            reached = held.binder.follow((Step(link, False),), some)
            keys.update(dict.fromkeys(_keys(live, translator, table, reached)))
    known = found.get(table.full_name, {})
    return [key for key in keys if key not in known]


def _keys(live: Live, translator: Translator, table: Table, formula: Any) -> list[tuple[Value, ...]]:
    row = translator.row_of(table)
    query = sa.select(*(row.c[name] for name in table.key)).where(translator.possibly(formula, (row,)))
    return [tuple(key) for key in live.rows(query)]


def courses(live: Live, survey: Survey) -> Iterator[tuple[Act, Course]]:
    """How apply would go through the table of each act that names its records."""
    binder = Binder(survey.catalogue, survey.ruling.moment)
    with live.translating():
        vetoes = live.engine.vetoes(live.connection)
    for act in survey.acts.acts:
        if act.table.key:
            with live.translating(act.table.full_name):
                layout = live.engine.layout(live.connection, act.table, survey.translator.schema)
            yield act, course_of(Statements(survey.translator, binder, act, vetoes), layout)
