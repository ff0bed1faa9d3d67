"""Looks at each database through its users, tables and clocks, and tells all complaints."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.doctor.clocks import clock_complaints
from wesretain.doctor.health import ClockHealth, clock_healths
from wesretain.doctor.indexes import index_complaints
from wesretain.doctor.patient import Patient
from wesretain.doctor.tables import table_complaints
from wesretain.doctor.users import reader_complaints, writer_complaints
from wesretain.engines import open_for_apply
from wesretain.errors import WesretainError
from wesretain.model.complaint import Complaint
from wesretain.model.plan import Failure
from wesretain.standing.disposal import acts_of
from wesretain.standing.rights import rights_of
from wesretain.survey import Request, databases_of, lost_of, opened, survey_of


def clocks(request: Request) -> Iterator[tuple[str, ClockHealth] | Failure]:
    """The clocks of the rules, by database, and the databases that could not be asked."""
    yield from lost_of(request)
    for name in databases_of(request):
        try:
            with opened(request, name) as live:
                yield from ((name, each) for each in clock_healths(live, survey_of(request, live, name)))
        except WesretainError as error:
            yield Failure(name, str(error), error.exit_code)


def examine(request: Request) -> Iterator[Complaint | Failure]:
    """All that is wrong with the databases, and those that could not be looked at by one of their users."""
    yield from lost_of(request)
    for name in databases_of(request):
        config = request.intent.config.database(name)
        assert config is not None  # its name comes from there
        try:
            with opened(request, name) as live:
                survey = survey_of(request, live, name)
                patient = Patient(config, survey, acts_of(survey.ruling), rights_of(survey.ruling))
                yield from reader_complaints(patient, live)
                yield from table_complaints(patient, live)
                yield from index_complaints(patient, live)
                yield from clock_complaints(patient, live)
            if config.apply_url is not None:
                with open_for_apply(config) as writer:
                    yield from writer_complaints(patient, writer)
        except WesretainError as error:
            yield Failure(name, str(error), error.exit_code)
