"""What is wrong with a database's tables: what is refused, triggers, cascades, kinds of rows, nobody's data."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.discovery.naming import words_of
from wesretain.doctor.patient import Patient
from wesretain.engines import Live
from wesretain.model.complaint import Complaint
from wesretain.model.names import joined
from wesretain.model.rule import RowFate
from wesretain.model.schema import KEYLESS
from wesretain.standing.catalogue import Catalogue, Link
from wesretain.standing.disposal import Act
from wesretain.standing.lookups import columns_by

#: What a rule says of rows with which the database would do that of itself; one that sets a default is for a person.
_FATES = {"CASCADE": "delete", "SET NULL": "unlink"}


def table_complaints(patient: Patient, live: Live) -> Iterator[Complaint]:
    """All complaints about the tables that the rules touch."""
    yield from _refused(patient)
    yield from _unfit(patient)
    yield from _triggers(patient, live)
    yield from _cascades(patient, live)
    yield from _kinds(patient)
    yield from _without_subjects(patient)


def _refused(patient: Patient) -> Iterator[Complaint]:
    for rule, refusal in patient.survey.ruling.refused:
        yield patient.error(rule.name, f"the rule is refused: {refusal.message}", refusal.mend)
    for rule, refusal in patient.acts.refused:
        yield patient.error(rule.name, f"apply refuses the rule: {refusal.message}", refusal.mend)


def _unfit(patient: Patient) -> Iterator[Complaint]:
    """Tables of the inventory that no rule could ever take rows from."""
    catalogue = patient.survey.catalogue
    for table in catalogue.schema:
        entry = catalogue.entry_of(table)
        if table.unfit and entry is not None and not (table.unfit == KEYLESS and entry.keyless):
            mend = "report on it only, and dispose of its rows by other means"
            if table.unfit == KEYLESS:
                mend = "declare `key: none` in the inventory, and its rows go by the whole condition"
            yield patient.warning(table.full_name, f"it is {table.unfit}", mend)


def _triggers(patient: Patient, live: Live) -> Iterator[Complaint]:
    with live.translating():
        found = live.engine.triggers(live.connection)
    schema = patient.survey.catalogue.schema
    touched = {table.full_name for table in patient.touched}
    for place, name, trigger in found:
        table = schema.table(place, name)
        if table is not None and table.full_name in touched:
            message = f"the trigger {trigger} may stop rows from going, or change others along"
            yield patient.warning(table.full_name, message, "see what it does before the first apply")


def _cascades(patient: Patient, live: Live) -> Iterator[Complaint]:
    """Foreign keys that would take rows along, or empty them, which the rule does not name: their records stay."""
    catalogue = patient.survey.catalogue
    with live.translating():
        found = live.engine.cascades(live.connection)
    default = catalogue.schema.default
    told = {
        (_place(default, schema, name), _place(default, schema_there, name_there)): what
        for schema, name, schema_there, name_there, what in found
    }
    for act in patient.acts.acts:
        for path, link in _unnamed(catalogue, act):
            here, there = link.source, link.target
            what = told.get((_place(default, here.schema, here.name), _place(default, there.schema, there.name)))
            if what and catalogue.foreign_key(link):
                rows = link.source.full_name
                message = f"a foreign key says ON DELETE {what} for rows of {rows}: records that have some stay"
                mend = f"name them in the rule: `with: {{{path}: {_FATES.get(what, 'delete')}}}`"
                yield patient.warning(act.rule.name, message, mend)


def _place(default: str | None, schema: str | None, name: str) -> tuple[str | None, str]:
    """What tells a table, however its name is spelled."""
    return (None if schema == default else schema, name.casefold())


def _unnamed(catalogue: Catalogue, act: Act) -> Iterator[tuple[str, Link]]:
    """The links of rows below those that go which the rule does not name, and the paths by which it would."""
    named = {line.steps[-1].link for line in act.lines if line.steps[-1].down}
    goes = [("", act.table)] if act.removes else []
    goes += [(f"{line.path}.", line.table) for line in act.lines if line.fate is RowFate.DELETE]
    for before, table in goes:
        for link in catalogue.links_to(table):
            if link not in named:
                yield before + joined(catalogue.child_path(link)), link


def _kinds(patient: Patient) -> Iterator[Complaint]:
    """Links by a column that leads to one table or another, as a column beside it says."""
    catalogue = patient.survey.catalogue
    for link in catalogue.links:
        table, kind = link.source, _kind_beside(link)
        if kind and not catalogue.foreign_key(link) and not (link.declaration and link.declaration.when):
            column, there = columns_by(link), link.target.full_name
            message = f"{column} leads to {there}, whatever {kind} says in the same row"
            told = f"{joined([link.name])}: {{to: {there}, by: {column}, when: {{{kind}: WHAT}}}}"
            yield patient.warning(table.full_name, message, f"say in the inventory which rows lead there: `{told}`")


def _kind_beside(link: Link) -> str:
    """The column that says where a link leads, such as `object_type` beside `object_id`; empty where none does."""
    *head, last = words_of(link.pairs[0][0].name) or ("",)
    kinds = ((*head, "type"), (*head, "kind"))
    names = (column.name for column in link.source.columns if last == "id" and head)
    return next((name for name in names if words_of(name) in kinds), "")


def _without_subjects(patient: Patient) -> Iterator[Complaint]:
    catalogue = patient.survey.catalogue
    for table in patient.touched:
        entry = catalogue.entry_of(table)
        if entry is None or entry.subjects is None:
            message = "nobody says whose data its rows are, so a hold on any person would keep all of them"
            yield patient.warning(table.full_name, message, "declare its `subjects:` in the inventory, or `none`")
