"""What is wrong with a database's tables: what is refused, triggers, missing indexes, nobody's data."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.doctor.patient import Patient
from wesretain.engines import Live
from wesretain.model.complaint import Complaint
from wesretain.model.schema import KEYLESS
from wesretain.standing.conditions import Binder
from wesretain.standing.lookups import columns_by, is_indexed, links_down


def table_complaints(patient: Patient, live: Live) -> Iterator[Complaint]:
    """All complaints about the tables that the rules touch."""
    yield from _refused(patient)
    yield from _unfit(patient)
    yield from _triggers(patient, live)
    yield from _unindexed(patient)
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


def _unindexed(patient: Patient) -> Iterator[Complaint]:
    """Links down to rows that are looked for: without an index each batch reads the whole table below."""
    survey = patient.survey
    binder = Binder(survey.catalogue, survey.ruling.moment)
    for link in dict.fromkeys(link for act in patient.acts.acts for link in links_down(survey.catalogue, act)):
        if not is_indexed(binder, link):
            by = columns_by(link)
            message = f"no index finds its rows by {by}, so each batch of {link.target.full_name} reads all of it"
            yield patient.warning(link.source.full_name, message, f"create an index on {by}")


def _without_subjects(patient: Patient) -> Iterator[Complaint]:
    catalogue = patient.survey.catalogue
    for table in patient.touched:
        entry = catalogue.entry_of(table)
        if entry is None or entry.subjects is None:
            message = "nobody says whose data its rows are, so a hold on a person finds them from above alone"
            yield patient.warning(table.full_name, message, "declare its `subjects:` in the inventory, or `none`")
