"""Counts how well the clocks of the rules can be read: what says nothing, what nobody can read, the future."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from wesretain.engines import Live
from wesretain.model.condition import Presence
from wesretain.model.inventory import Element
from wesretain.model.reading import NEVER_YEAR, Dial, Encoding
from wesretain.model.schema import Table
from wesretain.standing import formula as f
from wesretain.survey import Survey

#: No record is older, but for dates of birth: a time before it is how programs write "unknown".
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_NEVER = datetime(NEVER_YEAR, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClockHealth:
    """One clock: of all records of its table, how many say nothing (NULL), what cannot be read, never, and so on.

    `unread` are those that are not NULL and say nothing; `ahead` lie in the future, `early` before 1990.
    """

    table: Table
    dial: Dial
    records: int
    null: int
    unread: int
    never: int
    ahead: int
    early: int

    @property
    def name(self) -> str:
        """The table and the column."""
        return f"{self.table.full_name}.{self.dial.column.full_name}"

    @property
    def written_as(self) -> str:
        """The format of its values, or the type of its column."""
        if self.dial.layout is not None:
            return self.dial.layout.word.value
        match self.dial.encoding:
            case Encoding.ISO_TEXT:
                return "iso"
            case Encoding.EPOCH_NUMBER | Encoding.EPOCH_TEXT:
                units = {1: "seconds", 1_000: "milliseconds", 1_000_000: "microseconds"}
                return f"{units[self.dial.per_second]} since {self.dial.since.year}"
            case encoding:
                return encoding.value


def clock_healths(live: Live, survey: Survey) -> Iterator[ClockHealth]:
    """The clocks from which the rules of a database run, each counted in one pass over its table.

    Raises:
        WesretainError: where the database does not answer.
    """
    clocks: dict[tuple[str, str], tuple[Table, Dial]] = {}
    for bound in survey.ruling.bound:
        for hand in bound.timing.hands:
            table = hand.steps[-1].end if hand.steps else bound.table
            clocks[table.full_name, hand.dial.column.full_name] = (table, hand.dial)
    for table, dial in clocks.values():
        yield _counted(live, survey, table, dial)


def _counted(live: Live, survey: Survey, table: Table, dial: Dial) -> ClockHealth:
    row = survey.translator.row_of(table)
    undated, null = f.IsUndated(dial), f.IsThere(dial.column, Presence.NULL)
    dated = f.opposite(undated)
    ahead = f.every([dated, f.opposite(f.HasPassed(dial, survey.ruling.moment.as_of))])
    never = f.every([dated, f.opposite(f.HasPassed(dial, _NEVER))])
    early = f.every([dated, f.HasPassed(dial, EARLIEST)])
    asked = (null, f.every([undated, f.opposite(null)]), never, ahead, early)
    sums = [sa.func.sum(sa.case((survey.translator.surely(each, (row,)), 1), else_=0)) for each in asked]
    found = live.rows(sa.select(sa.func.count(), *sums).select_from(row), table.full_name)[0]
    records, nulls, unread, nevers, aheads, earlies = (int(each or 0) for each in found)
    born = _is_birth(survey, table, dial)
    return ClockHealth(table, dial, records, nulls, unread, nevers, aheads - nevers, 0 if born else earlies)


def _is_birth(survey: Survey, table: Table, dial: Dial) -> bool:
    entry = survey.catalogue.entry_of(table)
    return entry is not None and Element.DATE_OF_BIRTH in entry.elements(dial.column.full_name)
