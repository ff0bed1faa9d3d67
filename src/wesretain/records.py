"""The records of one rule by their keys: where each of them stands, and why it stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.errors import InvalidInput
from wesretain.explain import LiveReader, reasons
from wesretain.model.hold import Hold
from wesretain.model.rule import Rule
from wesretain.model.schema import Kind
from wesretain.model.standing import Standing
from wesretain.standing.counting import Counted, scrubs_of_rules
from wesretain.standing.decide import Row, decide
from wesretain.standing.formula import Value
from wesretain.standing.holds import HeldRecords, reach
from wesretain.standing.keys import NAMELESS, shown_key
from wesretain.standing.rules import BoundRule
from wesretain.standing.texts import answers_of, text_columns
from wesretain.survey import Request, Survey, opened, survey_of

if TYPE_CHECKING:
    from wesretain.engines import Live

#: What a person has to look at: all but the records that the rule does not match, and those whose time has not come.
NOTEWORTHY = tuple(standing for standing in Standing if standing not in (Standing.UNCOVERED, Standing.KEPT))
_TEXTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Record:
    """A record by its key in texts, its standing, and what stands in its way."""

    key: tuple[str, ...]
    standing: Standing
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a rule: the columns of their key, and as many of them as were asked for."""

    columns: tuple[str, ...]
    found: tuple[Record, ...]


def records(
    request: Request, rule: Rule, standings: frozenset[Standing], limit: int | None = None, database: str | None = None
) -> Records:
    """The records that have one of these standings under a rule, in the order of their keys.

    `database` is the member that is meant, where the rule is on a family.

    Raises:
        InvalidInput: where the live database refuses the rule, or its records have no name.
    """
    name = database or rule.table.database
    with opened(request, name) as live:
        survey = survey_of(request, live, name)
        for refused, refusal in survey.ruling.refused:
            if refused.name == rule.name:
                raise InvalidInput(f"rule `{rule.name}` does not fit the database: {refusal.message}", refusal.mend)
        return _Finder(live, survey, survey.bound(rule.name), request).find(standings, limit)


@dataclass(frozen=True, slots=True)
class Key:
    """A record's key in texts, and as the database gave it."""

    texts: tuple[str, ...]
    values: tuple[Value, ...]

    @staticmethod
    def of(found: Mapping[Any, Any], parts: int) -> Key:
        """The key in a row that the finder's statement gave."""
        texts, values = ([found[f"{name}{part}"] for part in range(parts)] for name in ("key", "raw"))
        return Key(tuple(map(shown_key, texts)), tuple(values))


@dataclass(frozen=True, slots=True)
class _Finder:
    """One rule in its live database."""

    live: Live
    survey: Survey
    bound: BoundRule
    request: Request

    def find(self, standings: frozenset[Standing], limit: int | None) -> Records:
        columns = self._key()
        stand: list[tuple[Key, Standing]] = []
        for found in self._rows(standings):
            standing = self._standing(found)
            if standing in standings:
                stand.append((Key.of(found, len(columns)), standing))
            if limit is not None and len(stand) >= limit:
                break
        holds = tuple((hold, self._alone(hold)) for hold in self.request.holds if hold.holds_at(self.request.as_of))
        return Records(columns, tuple(self._record(key, standing, holds) for key, standing in stand))

    def _key(self) -> tuple[str, ...]:
        table = self.bound.table
        columns = self.survey.catalogue.key(table)
        if not columns or any(column.kind in NAMELESS for column in columns):
            message = f"the records of {table.full_name} have no key by which they can be named"
            raise InvalidInput(message, "give the table a key of numbers, texts, dates or bytes")
        return tuple(column.name for column in columns)

    def _rows(self, standings: frozenset[Standing]) -> Iterator[Mapping[Any, Any]]:
        """Keys and standings, one for each way in which Python may find the texts, from the database in key order."""
        translator, table = self.survey.translator, self.bound.table
        row, rule = translator.row_of(table), self._counted
        cases = [translator.standing(answered.levels, row) for _, answered in rule.cases()]
        key = [row.c[name] for name in self._key()]
        shown = [self._shown(name, row).label(f"key{place}") for place, name in enumerate(self._key())]
        shown += [value.label(f"raw{place}") for place, value in enumerate(key)]
        chosen = [int(standing) for standing in standings]
        query = (
            sa.select(
                *shown,
                *(case.label(f"standing{number}") for number, case in enumerate(cases)),
                *text_columns(scrubs_of_rules([rule]), row),
            )
            .where(sa.or_(*(case.in_(chosen) for case in cases)))
            .order_by(*key)
        )
        with self.live.translating(table.full_name):
            options = {"stream_results": True, "yield_per": _TEXTS_AT_ONCE}
            with self.live.connection.execute(query, execution_options=options) as rows:
                yield from (found._mapping for found in rows)

    @property
    def _counted(self) -> Counted:
        levels = self.survey.ruling.levels(self.bound)
        return Counted(self.bound, levels, levels)

    def _shown(self, name: str, row: sa.FromClause) -> sa.ColumnElement[Any]:
        column = self.bound.table.column(name)
        typed = (Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT, Kind.UUID)
        if column is not None and column.kind in typed and not column.stored_as_text:
            return self.survey.translator.engine.text_of(row.c[name])
        return row.c[name]

    def _standing(self, found: Mapping[Any, Any]) -> Standing:
        rule = self._counted
        answers = answers_of(scrubs_of_rules([rule]), found)
        cases = [case for case, _ in rule.cases()]
        return Standing(found[f"standing{cases.index(answers)}"])

    def _alone(self, hold: Hold) -> HeldRecords:
        """What one hold reaches, as if it were the only one."""
        held, rules = self.survey.ruling.held, self.request.intent.rules_of(self.survey.catalogue.database)
        return replace(held, direct=reach(held.binder, [hold], rules).direct)

    def _record(self, key: Key, standing: Standing, holds: tuple[tuple[Hold, HeldRecords], ...]) -> Record:
        reader = LiveReader(self.live, self.survey)
        row = None if standing in (Standing.DUE, Standing.UNCOVERED) else reader.of_key(self.bound.table, key.values)
        if row is None:
            return Record(key.texts, standing, ())
        if standing is Standing.HELD:
            return Record(key.texts, standing, tuple(self._holds(row, reader, holds)))
        return Record(key.texts, standing, tuple(reasons(self.survey.ruling, self.bound, standing, row, reader)))

    def _holds(self, row: Row, reader: LiveReader, holds: tuple[tuple[Hold, HeldRecords], ...]) -> Iterator[str]:
        for hold, held in holds:
            if decide(held.of(self.bound.table), (row,), reader) is not False:
                yield f"hold {hold.id} ({hold.matter})"
