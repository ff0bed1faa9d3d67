"""What is wrong with a database's users: rights that are missing, and those that nobody needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import sqlalchemy as sa

from wesretain import control
from wesretain.doctor.patient import Patient, named
from wesretain.engines import Live, Writer
from wesretain.errors import Denied, WesretainError
from wesretain.model.complaint import Complaint
from wesretain.model.schema import KEYLESS, Table

_Change = sa.Delete | sa.Update
_PREPARE = "grant what `wesretain prepare {}` prints"


def reader_complaints(patient: Patient, live: Live) -> Iterator[Complaint]:
    """The user that scans: SELECT is all it needs."""
    mend = f"give it a user of its own; {_PREPARE.format(patient.name)}"
    if power := live.engine.unlimited(live.connection):
        yield patient.warning("scan_url", f"its user is {power}, and could do anything", mend)
    elif live.engine.has_users:
        found = [t for t in _plain(patient) if _may(live, live.savepoint, sa.delete(patient.clause(t)))]
        if found:
            yield patient.warning("scan_url", f"its user may delete from {named(found)}, and only has to read", mend)


def writer_complaints(patient: Patient, writer: Writer) -> Iterator[Complaint]:
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


def _too_little(patient: Patient, writer: Writer) -> Iterator[Complaint]:
    mend = _PREPARE.format(patient.name)
    for table in patient.rights.deletes:
        if not _may(writer, writer.transaction, sa.delete(patient.clause(table))):
            yield patient.error("apply_url", f"its user may not delete from {table.full_name}", mend)
    for table, columns in patient.rights.updates:
        row = patient.clause(table)
        for name in columns:
            if not _may(writer, writer.transaction, sa.update(row).values({name: row.c[name]})):
                yield patient.error("apply_url", f"its user may not change {table.full_name}.{name}", mend)


def _too_much(patient: Patient, writer: Writer) -> Iterator[Complaint]:
    deletes = {table.full_name for table in patient.rights.deletes}
    others = [table for table in _plain(patient) if table.full_name not in deletes]
    found = [t for t in others if _may(writer, writer.transaction, sa.delete(patient.clause(t)))]
    if found:
        message = f"its user may delete from {named(found)}, and no rule takes rows from there"
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


def _plain(patient: Patient) -> list[Table]:
    """The tables that hold rows of their own."""
    return [table for table in patient.survey.catalogue.schema if table.unfit in ("", KEYLESS)]
