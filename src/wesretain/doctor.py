"""What in a live database is at odds with what wesretain needs of it: rights, tables, triggers, indexes, subjects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import sqlalchemy as sa

from wesretain import control
from wesretain.engines import Live, Writer, open_for_apply
from wesretain.errors import Denied, WesretainError
from wesretain.model.complaint import Complaint
from wesretain.model.config import DatabaseConfig
from wesretain.model.plan import Failure
from wesretain.model.problem import Level
from wesretain.model.schema import KEYLESS, Table
from wesretain.standing.conditions import Binder
from wesretain.standing.disposal import Acts, acts_of
from wesretain.standing.lookups import columns_by, is_indexed, links_down
from wesretain.standing.rights import Rights, rights_of
from wesretain.standing.sql import table_clause
from wesretain.survey import Request, Survey, databases_of, lost_of, opened, survey_of

_Change = sa.Delete | sa.Update
#: So many tables are named; of the others it is said how many they are.
_NAMED = 5
_PREPARE = "grant what `wesretain prepare {}` prints"


@dataclass(frozen=True, slots=True)
class _Patient:
    """A database under examination: as the rules see it, and what applying them takes."""

    config: DatabaseConfig
    survey: Survey
    acts: Acts
    rights: Rights

    @property
    def name(self) -> str:
        return self.config.name

    def error(self, about: str, message: str, mend: str) -> Complaint:
        return Complaint(self.name, Level.ERROR, about, message, mend)

    def warning(self, about: str, message: str, mend: str) -> Complaint:
        return Complaint(self.name, Level.WARNING, about, message, mend)

    def clause(self, table: Table) -> sa.TableClause:
        """A table as statements name it."""
        return table_clause(table, self.survey.catalogue.schema.default)

    @property
    def touched(self) -> tuple[Table, ...]:
        """The tables from which rows go, or in which they change."""
        return tuple(dict.fromkeys([*self.rights.deletes, *(table for table, _ in self.rights.updates)]))


def examine(request: Request) -> Iterator[Complaint | Failure]:
    """All that is wrong with the databases, and those that could not be looked at by one of their users."""
    yield from lost_of(request)
    for name in databases_of(request):
        config = request.intent.config.database(name)
        assert config is not None  # its name comes from there
        try:
            with opened(request, name) as live:
                survey = survey_of(request, live, name)
                patient = _Patient(config, survey, acts_of(survey.ruling), rights_of(survey.ruling))
                yield from _reader(patient, live)
                yield from _tables(patient, live)
            if config.apply_url is not None:
                with open_for_apply(config) as writer:
                    yield from _writer(patient, writer)
        except WesretainError as error:
            yield Failure(name, str(error), error.exit_code)


# -- users ------------------------------------------------------------------------------------------------------------


def _reader(patient: _Patient, live: Live) -> Iterator[Complaint]:
    """The user that scans: SELECT is all it needs."""
    mend = f"give it a user of its own; {_PREPARE.format(patient.name)}"
    if power := live.engine.unlimited(live.connection):
        yield patient.warning("scan_url", f"its user is {power}, and could do anything", mend)
    elif live.engine.has_users:
        found = [t for t in _plain(patient) if _may(live, live.savepoint, sa.delete(patient.clause(t)))]
        if found:
            yield patient.warning("scan_url", f"its user may delete from {_named(found)}, and only has to read", mend)


def _writer(patient: _Patient, writer: Writer) -> Iterator[Complaint]:
    """The user that applies: what the rules take, and no more."""
    engine, name = writer.engine, patient.name
    if engine.is_replica(writer.connection):
        message = "the server takes no changes: it is a replica, or set to read only"
        yield patient.error("apply_url", message, "name the primary server")
        return
    if control.control_of(writer) is None:
        yield patient.error(name, "it has not been prepared for apply", f"run `wesretain prepare {name}`")
    if power := engine.unlimited(writer.connection):
        mend = f"give it a user of its own; {_PREPARE.format(name)}"
        yield patient.warning("apply_url", f"its user is {power}, and could do anything", mend)
    elif engine.has_users:
        yield from _too_little(patient, writer)
        yield from _too_much(patient, writer)


def _too_little(patient: _Patient, writer: Writer) -> Iterator[Complaint]:
    mend = _PREPARE.format(patient.name)
    for table in patient.rights.deletes:
        if not _may(writer, writer.transaction, sa.delete(patient.clause(table))):
            yield patient.error("apply_url", f"its user may not delete from {table.full_name}", mend)
    for table, columns in patient.rights.updates:
        row = patient.clause(table)
        for name in columns:
            if not _may(writer, writer.transaction, sa.update(row).values({name: row.c[name]})):
                yield patient.error("apply_url", f"its user may not change {table.full_name}.{name}", mend)


def _too_much(patient: _Patient, writer: Writer) -> Iterator[Complaint]:
    deletes = {table.full_name for table in patient.rights.deletes}
    others = [table for table in _plain(patient) if table.full_name not in deletes]
    found = [t for t in others if _may(writer, writer.transaction, sa.delete(patient.clause(t)))]
    if found:
        message = f"its user may delete from {_named(found)}, and no rule takes rows from there"
        yield patient.warning("apply_url", message, "revoke DELETE there")


def _may(live: Live, attempt: Callable[[], AbstractContextManager[None]], statement: _Change) -> bool:
    """Whether a user may: the database explains the statement to those who do, and carries nothing out."""
    text = str(
        statement.where(sa.false()).compile(dialect=live.connection.dialect, compile_kwargs={"literal_binds": True})
    )
    try:
        with attempt(), live.translating():
            live.connection.exec_driver_sql(f"EXPLAIN {text}")
    except Denied:
        return False
    except WesretainError:
        return True  # MariaDB refuses it in a transaction that only reads, but first of all where a right is missing
    return True


def _plain(patient: _Patient) -> list[Table]:
    """The tables that hold rows of their own."""
    return [table for table in patient.survey.catalogue.schema if table.unfit in ("", KEYLESS)]


def _named(tables: Sequence[Table]) -> str:
    names = ", ".join(table.full_name for table in tables[:_NAMED])
    return names if len(tables) <= _NAMED else f"{names} and {len(tables) - _NAMED} more tables"


# -- tables -----------------------------------------------------------------------------------------------------------


def _tables(patient: _Patient, live: Live) -> Iterator[Complaint]:
    yield from _refused(patient)
    yield from _unfit(patient)
    yield from _triggers(patient, live)
    yield from _unindexed(patient)
    yield from _without_subjects(patient)


def _refused(patient: _Patient) -> Iterator[Complaint]:
    for rule, refusal in patient.survey.ruling.refused:
        yield patient.error(rule.name, f"the rule is refused: {refusal.message}", refusal.mend)
    for rule, refusal in patient.acts.refused:
        yield patient.error(rule.name, f"apply refuses the rule: {refusal.message}", refusal.mend)


def _unfit(patient: _Patient) -> Iterator[Complaint]:
    """Tables of the inventory that no rule could ever take rows from."""
    catalogue = patient.survey.catalogue
    for table in catalogue.schema:
        entry = catalogue.entry_of(table)
        if table.unfit and entry is not None and not (table.unfit == KEYLESS and entry.keyless):
            mend = "report on it only, and dispose of its rows by other means"
            if table.unfit == KEYLESS:
                mend = "declare `key: none` in the inventory, and its rows go by the whole condition"
            yield patient.warning(table.full_name, f"it is {table.unfit}", mend)


def _triggers(patient: _Patient, live: Live) -> Iterator[Complaint]:
    with live.translating():
        found = live.engine.triggers(live.connection)
    schema = patient.survey.catalogue.schema
    touched = {table.full_name for table in patient.touched}
    for place, name, trigger in found:
        table = schema.table(place, name)
        if table is not None and table.full_name in touched:
            message = f"the trigger {trigger} may stop rows from going, or change others along"
            yield patient.warning(table.full_name, message, "see what it does before the first apply")


def _unindexed(patient: _Patient) -> Iterator[Complaint]:
    """Links down to rows that are looked for: without an index each batch reads the whole table below."""
    survey = patient.survey
    binder = Binder(survey.catalogue, survey.ruling.moment)
    for link in dict.fromkeys(link for act in patient.acts.acts for link in links_down(survey.catalogue, act)):
        if not is_indexed(binder, link):
            by = columns_by(link)
            message = f"no index finds its rows by {by}, so each batch of {link.target.full_name} reads all of it"
            yield patient.warning(link.source.full_name, message, f"create an index on {by}")


def _without_subjects(patient: _Patient) -> Iterator[Complaint]:
    catalogue = patient.survey.catalogue
    for table in patient.touched:
        entry = catalogue.entry_of(table)
        if entry is None or entry.subjects is None:
            message = "nobody says whose data its rows are, so a hold on a person finds them from above alone"
            yield patient.warning(table.full_name, message, "declare its `subjects:` in the inventory, or `none`")
