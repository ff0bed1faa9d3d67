"""A hold as it is placed: what it reaches in each database, and every database told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from wesretain import control
from wesretain.engines import open_for_apply
from wesretain.errors import LedgerError, NotFenced, Refused, UsageError, WesretainError
from wesretain.ledger import Ledger
from wesretain.model.config import Config, DatabaseConfig
from wesretain.model.hold import Hold, OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope, named_in
from wesretain.model.names import family_of
from wesretain.model.schema import Table
from wesretain.standing.catalogue import Catalogue
from wesretain.standing.conditions import Binder, Moment
from wesretain.standing.formula import FALSE, TRUE, Formula
from wesretain.standing.holds import reach
from wesretain.survey import Request, Survey, opened, survey_of

if TYPE_CHECKING:
    from wesretain.engines import Live, Writer

#: Their rows are counted in the tables that they show.
_VIEWS = ("a view", "a materialized view")
#: So often a database is told again where a batch keeps its row locked for longer than a statement waits.
_TRIES = 6


class Misfit(UsageError):
    """The hold names what the database does not have, or what does not fit it."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How many records of one table a hold reaches; `unknown` says why they cannot be counted."""

    database: str
    table: str
    records: int
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Extent:
    """What a hold reaches in one database: each table of which it reaches any record, and what else to know."""

    tables: tuple[Reached, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fenced:
    """Whether a database has been told of the holds. It needs not to be where no run can begin on it."""

    database: str
    needed: bool
    failure: WesretainError | None = None


# -- what a hold reaches ----------------------------------------------------------------------------------------------


def names_of(config: Config, scope: Scope) -> tuple[str, ...]:
    """What a hold can reach, as people name it: databases, families, members of these."""
    named = named_in(scope)
    return config.names if named is None else (named,)


def reached(config: Config, names: Iterable[str]) -> tuple[str, ...]:
    """The databases that are known and that some names mean."""
    wanted = frozenset(names)
    return tuple(e.name for e in config.databases if e.name in wanted or family_of(e.name) in wanted)


def extent(request: Request, hold: Hold, name: str) -> Extent:
    """What a hold that is not placed yet reaches in one database, everything below included.

    Raises:
        Misfit: where it does not fit that database.
        WesretainError: where the database cannot be asked.
    """
    with opened(request, name) as live:
        _check_fit(request, hold, live)
        survey = survey_of(replace(request, holds=(hold,)), live, name)
        counted = (_count(live, survey, table) for table in survey.catalogue.schema)
        tables = tuple(each for each in counted if each and (each.records or each.unknown))
        return Extent(tables, tuple(_doubts(request, hold, survey)))


def _check_fit(request: Request, hold: Hold, live: Live) -> None:
    """Refuse what the database itself contradicts: the hold would keep all of it, which nobody asked for."""
    schema = live.reflect(request.intent.schemas_of(live.name))
    catalogue = Catalogue(live.name, schema, request.intent.inventory)
    keeping = Binder(catalogue, Moment(request.as_of, request.intent.config.zone), keeps=True)
    named = hold.scope
    if isinstance(named, OnSubject):  # the paths to a person are the inventory's; they are no reason to refuse
        named = OnRecord(named.table, named.key)
    found = reach(keeping, [replace(hold, scope=named)], request.intent.rules_of(live.name))
    for _, refusal in found.failures:
        raise Misfit(refusal.message, refusal.mend)


def _count(live: Live, survey: Survey, table: Table) -> Reached | None:
    held = _held(survey, table)
    if held == FALSE or table.unfit in _VIEWS:
        return None
    row = survey.translator.row_of(table)
    query = sa.select(sa.func.count()).select_from(row).where(survey.translator.possibly(held, (row,)))
    try:
        with live.savepoint():
            ((records,),) = live.rows(query, table.full_name)
    except WesretainError as error:
        return Reached(live.name, table.full_name, 0, str(error))
    return Reached(live.name, table.full_name, records)


def _held(survey: Survey, table: Table) -> Formula:
    """What is held of a table: as its own rules see it, where it has any."""
    ruled = any(bound.table is table for bound in survey.ruling.bound)
    return survey.ruling.held.by_own_rules(table) if ruled else survey.ruling.held.of(table)


def _doubts(request: Request, hold: Hold, survey: Survey) -> Iterator[str]:
    keeping, rules = survey.ruling.held.binder, request.intent.rules_of(survey.catalogue.database)
    for _, refusal in reach(keeping, [hold], rules).failures:
        yield f"the person cannot be followed, so all of {survey.catalogue.database} is held: {refusal.message}"
    match hold.scope:
        case OnSubject(name) | OnRecord(name) | OnRecords(name):
            named = [survey.catalogue.table(name)]
            tables = dict.fromkeys([*named, *(bound.table for bound in survey.ruling.bound)])
            for table in tables:
                if not table.key and _held(survey, table) == TRUE:
                    yield f"{table.full_name} has no key to tell its records by, so all of them are held"
        case OnTable() | OnCategory() | OnDatabase():
            pass


# -- telling the databases --------------------------------------------------------------------------------------------


def fence(config: Config, ledger: Ledger, names: Iterable[str]) -> Iterator[Fenced]:
    """Tell databases of all holds that the ledger knows. Once one is told, no batch can begin there without them."""
    for name in names:
        found = config.database(name)
        if found is None or found.apply_url is None:
            yield Fenced(name, needed=False)
            continue
        try:
            yield Fenced(name, needed=_tell(found, ledger))
        except WesretainError as error:
            yield Fenced(name, needed=True, failure=error)


def _tell(config: DatabaseConfig, ledger: Ledger) -> bool:
    """Whether there was anything to tell: a database that is not prepared lets no run begin.

    Raises:
        LedgerError: where the database knows of more holds than the ledger.
        NotFenced: where the runs of another ledger work on it.
        WesretainError: where it cannot be told.
    """
    with open_for_apply(config) as writer:
        told = _patiently(writer, ledger, config.name)
        found = control.control_of(writer)
    if told and found is not None and found.generation > ledger.generation(config.name):
        mend = "restore the newest backup of the ledger: holds are missing from this one"
        raise LedgerError(f"the ledger is behind database {config.name}", mend)
    if not told and found is not None:
        mend = "place the hold in the ledger that it was prepared with"
        raise NotFenced(f"database {config.name} belongs to another ledger, whose runs do not know the hold", mend)
    return told


def _patiently(writer: Writer, ledger: Ledger, name: str) -> bool:
    for _ in range(_TRIES - 1):
        try:
            return control.fence(writer, ledger.id, ledger.generation(name))
        except Refused:  # a batch in flight takes longer than a statement waits
            continue
    return control.fence(writer, ledger.id, ledger.generation(name))
