"""Records that wait for a review: those due under a rule that orders one, on which nobody has decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.errors import InvalidInput, UsageError
from wesretain.model.rule import Rule
from wesretain.model.schema import Column, Kind
from wesretain.standing.catalogue import Refusal
from wesretain.standing.formula import Formula, HasKey, every, opposite
from wesretain.standing.keys import NAMELESS, SHOWN_ONLY, key_value, shown_key
from wesretain.standing.reviews import NO_REVIEWS
from wesretain.standing.rules import BoundRule
from wesretain.survey import Request, Survey, opened, survey_of

if TYPE_CHECKING:
    from wesretain.engines import Live

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of a rule wait for a decision, may go at the next apply, and were extended."""

    waiting: int
    approved: int
    extended: int


@dataclass(frozen=True, slots=True)
class Review:
    """One rule's review as its live database has it."""

    live: Live
    survey: Survey
    bound: BoundRule

    def tally(self) -> Tally:
        """The records as they stand now."""
        approved = every([self._due, self._approved])
        reviews = self.survey.ruling.reviews
        counts = map(self._count, (self._waiting, approved, reviews.extended(self.survey.catalogue, self.bound)))
        return Tally(*counts)

    def waiting(self, limit: int | None = None) -> list[Key]:
        """The keys of the records that wait, in the order of the key.

        Raises:
            InvalidInput: where no decision can name them.
        """
        return self._keys(self._waiting, limit)

    def record(self, key: Key) -> Key:
        """The key of one record as the database spells it; it is due but for what reviews decided.

        Raises:
            UsageError: where there is none.
            InvalidInput: where no decision can name it.
        """
        columns = self._key_columns()
        table, rule = self.bound.table, self.bound.rule.name
        if len(columns) != len(key):
            names = ", ".join(column.name for column in columns)
            mend = "give one value for each"
            raise UsageError(f"the key of {table.full_name} is ({names}), and {len(key)} values were given", mend)
        try:
            values = tuple(key_value(column, text, table) for column, text in zip(columns, key, strict=True))
        except Refusal as refusal:
            raise UsageError(f"the key does not fit {table.full_name}", refusal.mend) from None
        undecided = replace(self.survey.ruling, reviews=NO_REVIEWS).levels(self.bound).due
        found = self._keys(every([undecided, HasKey(columns, (values,), blind=False)]), 1)
        if not found:
            mend = f"see `wesretain review list {rule}`, and `wesretain explain {self.bound.rule.table} KEY`"
            raise UsageError(f"no record of {table.full_name} with that key is due under rule `{rule}`", mend)
        return found[0]

    @property
    def _due(self) -> Formula:
        return self.survey.ruling.levels(self.bound).due

    @property
    def _approved(self) -> Formula:
        return self.survey.ruling.reviews.approved(self.survey.catalogue, self.bound)

    @property
    def _waiting(self) -> Formula:
        return every([self._due, opposite(self._approved)])

    def _count(self, formula: Formula) -> int:
        row = self.survey.translator.row_of(self.bound.table)
        query = sa.select(sa.func.count()).select_from(row).where(self.survey.translator.surely(formula, (row,)))
        return int(self.live.rows(query, self.bound.table.full_name)[0][0])

    def _keys(self, formula: Formula, limit: int | None) -> list[Key]:
        translator, columns = self.survey.translator, self._key_columns()
        row = translator.row_of(self.bound.table)
        parts = [row.c[column.name] for column in columns]
        shown = [
            translator.engine.text_of(part) if column.kind is Kind.UUID else part
            for column, part in zip(columns, parts, strict=True)
        ]
        query = sa.select(*shown).where(translator.surely(formula, (row,))).order_by(*parts).limit(limit)
        return [self._named(columns, tuple(found)) for found in self.live.rows(query, self.bound.table.full_name)]

    def _named(self, columns: tuple[Column, ...], values: tuple[Any, ...]) -> Key:
        """A record's key as decisions write it; one that they could not read again would be lost on apply."""
        key = tuple(map(shown_key, values))
        try:
            for column, text in zip(columns, key, strict=True):
                key_value(column, text, self.bound.table)
        except Refusal:
            message = f"a key of {self.bound.table.full_name} is not of its column's type, and cannot be named"
            raise InvalidInput(message, "look for texts among its numbers") from None
        return key

    def _key_columns(self) -> tuple[Column, ...]:
        table = self.bound.table
        columns = self.survey.catalogue.key(table)
        if not columns:
            raise InvalidInput(f"{table.full_name} has no key, so no review can name its records", "give it a key")
        for column in columns:
            if column.kind in (*NAMELESS, *SHOWN_ONLY):
                mend = "let the rule delete or report instead"
                words = f"{table.full_name}.{column.name} is {column.kind}, so no review can name the records by it"
                raise InvalidInput(words, mend)
        return columns


@contextmanager
def surveyed(request: Request, database: str) -> Iterator[tuple[Live, Survey]]:
    """One database, as all rules, holds and reviews see it.

    Raises:
        WesretainError: where it cannot be asked.
    """
    with opened(request, database) as live:
        yield live, survey_of(request, live, database)


def review_of(live: Live, survey: Survey, rule: Rule) -> Review:
    """One rule's review.

    Raises:
        InvalidInput: where the live database refuses the rule.
    """
    for refused, refusal in survey.ruling.refused:
        if refused.name == rule.name:
            raise InvalidInput(f"rule `{rule.name}` does not fit the database: {refusal.message}", refusal.mend)
    return Review(live, survey, survey.bound(rule.name))
