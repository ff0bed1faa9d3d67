"""Which indexes the rules would need: for rows below that each batch looks for, and for the clocks of large tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex

from wesretain.doctor.patient import Patient
from wesretain.engines import Live
from wesretain.model.complaint import Complaint
from wesretain.model.names import joined
from wesretain.model.reading import Encoding
from wesretain.model.schema import Table
from wesretain.standing.conditions import Binder
from wesretain.standing.lookups import columns_by, is_indexed, links_down

#: A smaller table is read as a whole in a second or so.
LARGE = 1_000_000
#: Clocks whose values lie in an index as they follow each other, like those that SQLite keeps as texts.
_ORDERED = (Encoding.INSTANT, Encoding.LOCAL_TIME, Encoding.DATE, Encoding.EPOCH_NUMBER)
#: PostgreSQL cuts off longer names.
_LONGEST = 63


def index_complaints(patient: Patient, live: Live) -> Iterator[Complaint]:
    """All complaints about indexes that are missing, each with the statement that makes it."""
    yield from _below(patient, live)
    yield from _clocks(patient, live)


def _below(patient: Patient, live: Live) -> Iterator[Complaint]:
    """Links down to rows that are looked for: without an index each batch reads the whole table below."""
    survey = patient.survey
    binder = Binder(survey.catalogue, survey.ruling.moment)
    for link in dict.fromkeys(link for act in patient.acts.acts for link in links_down(survey.catalogue, act)):
        if not is_indexed(binder, link):
            by = columns_by(link)
            message = f"no index finds its rows by {by}, so each batch of {link.target.full_name} reads all of it"
            yield _complaint(patient, live, link.source, message, [here.name for here, _ in link.pairs])


def _clocks(patient: Patient, live: Live) -> Iterator[Complaint]:
    """Clocks of large tables from which a few records a night are due: without an index each run reads all others."""
    with live.translating():
        sizes = live.engine.sizes(live.connection, live.default_schema)
    records = {joined([schema, name] if schema else [name]): rows or 0 for schema, name, rows, _ in sizes}
    seen: set[tuple[str, str]] = set()
    for act in patient.acts.acts:
        table = act.table
        large = records.get(table.full_name, 0) >= LARGE
        for name in _clocks_of(patient, act.rule.name) if large else ():
            if (table.full_name, name) not in seen and not any(index[0] == name for index in _lookups(table)):
                seen.add((table.full_name, name))
                count = f"some {records[table.full_name]:,} records"
                message = f"no index begins with its clock {name}, so to find what is due is to read {count}"
                yield _complaint(patient, live, table, message, [name])


def _clocks_of(patient: Patient, rule: str) -> Iterator[str]:
    """The clocks of a rule that stand in its own table, as an index can hold them."""
    for bound in patient.survey.ruling.bound:
        if bound.rule.name == rule:
            for hand in bound.timing.hands:
                column = hand.dial.column
                ordered = hand.dial.encoding in _ORDERED or column.stored_as_text
                if ordered and not hand.steps and not column.member:
                    yield column.name


def _lookups(table: Table) -> Sequence[tuple[str, ...]]:
    return [lookup for lookup in (*table.indexes, table.key) if lookup]


def _complaint(patient: Patient, live: Live, table: Table, message: str, columns: Sequence[str]) -> Complaint:
    return patient.warning(table.full_name, message, f"create one: `{_statement(live, table, columns)}`")


def _statement(live: Live, table: Table, columns: Sequence[str]) -> str:
    """The statement that makes an index, in the engine's own words; on PostgreSQL it lets others write meanwhile."""
    parts: list[sa.Column[Any]] = [sa.Column(name) for name in columns]
    sa.Table(table.name, sa.MetaData(), *parts, schema=table.schema)
    name = "_".join((table.name, *columns)).replace(".", "_")[:_LONGEST]
    index = sa.Index(name, *parts, postgresql_concurrently=True)
    return str(CreateIndex(index).compile(dialect=live.connection.dialect))
