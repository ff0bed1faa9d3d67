"""What is wrong with the clocks from which rules run: values that nobody can read, times ahead, zones in doubt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wesretain.discovery.clocks import formats_of
from wesretain.discovery.sampling import sample
from wesretain.doctor.health import ClockHealth, clock_healths
from wesretain.doctor.patient import Patient
from wesretain.engines import Live
from wesretain.model.complaint import Complaint
from wesretain.model.reading import Encoding, Undated, read
from wesretain.model.schema import Kind, Table

#: The seed by which values are drawn that nobody can read.
_SEED = 0
_TWINS = ("_gmt", "_utc", "GMT", "UTC")


def clock_complaints(patient: Patient, live: Live) -> Iterator[Complaint]:
    """All complaints about the clocks of the rules."""
    for health in clock_healths(live, patient.survey):
        yield from _unread(patient, live, health)
        yield from _ahead(patient, health)
        yield from _early(patient, health)
        yield from _zone(patient, health)


def _unread(patient: Patient, live: Live, health: ClockHealth) -> Iterator[Complaint]:
    if not health.unread:
        return
    message = f"{_share(health.unread, health)} hold something that is no time, so no rule ever decides on them"
    found = _formats(patient, live, health)
    if found:
        told = ", ".join(f"{count} as `{word}`" for word, count in found)
        message += f"; of some that were looked at, {told}"
        column = health.dial.column.full_name
        mend = f"correct the values, or declare the clock as most of them are: `{column}: {{format: {found[0][0]}}}`"
    else:
        mend = "correct the values; those that mean `for good` are declared as `never`"
    yield patient.warning(health.name, message, mend)


def _formats(patient: Patient, live: Live, health: ClockHealth) -> Sequence[tuple[str, int]]:
    """The formats that the values fit which the declared one does not, the most frequent first."""
    column = health.dial.column
    seen = sample(live, health.table, patient.survey.catalogue.schema.default, _SEED).values(column.name)
    odd = [value for value in seen if value is not None and isinstance(read(health.dial, value), Undated)]
    if column.kind not in (Kind.TEXT, Kind.BINARY) and not column.stored_as_text:
        return ()
    return formats_of(health.table, column, odd)


def _ahead(patient: Patient, health: ClockHealth) -> Iterator[Complaint]:
    if health.ahead and not health.dial.expires:
        message = f"{_share(health.ahead, health)} lie in the future, and stay until it has come"
        mend = "correct them, or the clock's unit or zone; where it says an end, declare `expires: true`"
        yield patient.warning(health.name, message, mend)


def _early(patient: Patient, health: ClockHealth) -> Iterator[Complaint]:
    if health.early:
        message = f"{_share(health.early, health)} lie before 1990, and are long due by every rule"
        mend = "see whether they are times, or stand for none: then declare them `undated`, or a later `floor`"
        yield patient.warning(health.name, message, mend)


def _zone(patient: Patient, health: ClockHealth) -> Iterator[Complaint]:
    """A clock and its twin in UTC are read in one zone: one of them is read wrongly."""
    dial, name = health.dial, health.dial.column.name
    if dial.encoding in (Encoding.INSTANT, Encoding.EPOCH_NUMBER, Encoding.EPOCH_TEXT):
        return
    if name.endswith(_TWINS) and dial.zone.key not in ("UTC", "Etc/UTC"):
        message = f"its name says UTC, and it is read in {dial.zone.key}"
        yield patient.warning(health.name, message, f"declare it: `{name}: {{zone: UTC}}`")
    elif (twin := _twin(health.table, name)) and dial.zone.key in ("UTC", "Etc/UTC"):
        message = f"it is read in UTC, and stands beside {twin}: so it is probably in another zone"
        yield patient.warning(health.name, message, f"declare its own zone, or let the rule run from `{twin}`")


def _twin(table: Table, name: str) -> str | None:
    return next((name + ending for ending in _TWINS if table.column(name + ending)), None)


def _share(count: int, health: ClockHealth) -> str:
    return f"{count:,} of {health.records:,} records"
