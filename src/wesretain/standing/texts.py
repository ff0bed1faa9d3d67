"""Records whose texts Python has to read: how a statement fetches these, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from wesretain.model.schema import Table
from wesretain.standing.decide import needs_scrub
from wesretain.standing.formula import Formula, NeedsScrub
from wesretain.standing.scrubs import Answers, all_answers, candidates, given, scrubs_of
from wesretain.standing.sql import Translator

_TEXT, _IF = "wesretain_text_", "wesretain_if_"


def text_columns(scrubs: Sequence[NeedsScrub], row: sa.FromClause) -> list[sa.Label[Any]]:
    """The texts that some questions are about, for a statement to fetch."""
    return [row.c[name].label(f"{_TEXT}{number}") for number, name in enumerate(_columns(scrubs))]


def answers_of(scrubs: Sequence[NeedsScrub], found: Mapping[Any, Any]) -> Answers:
    """The answers, from a row that such a statement gave."""
    texts = {name: found[f"{_TEXT}{number}"] for number, name in enumerate(_columns(scrubs))}
    return {scrub: needs_scrub(scrub, texts) for scrub in scrubs}


def _columns(scrubs: Sequence[NeedsScrub]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column.name for scrub in scrubs for column, _ in scrub.targets))


@dataclass(frozen=True, slots=True)
class Asked:
    """A formula about a table's records that is only decided once Python has read their texts.

    A statement selects `columns` of the rows of which `may` is true; `holds` then tells of each whether it surely is.
    """

    translator: Translator
    table: Table
    formula: Formula

    @property
    def scrubs(self) -> tuple[NeedsScrub, ...]:
        """What Python has to answer; nothing where SQL decides the formula by itself."""
        return scrubs_of(self.formula)

    def may(self, row: sa.FromClause) -> sa.ColumnElement[bool]:
        """The formula is surely true of the row, or would be by its texts."""
        return self.translator.surely(candidates(self.formula), (row,))

    def columns(self, row: sa.FromClause) -> list[sa.Label[Any]]:
        """The texts, and for each way to answer whether the formula then is surely true."""
        flags = (
            sa.case((self.translator.surely(given(self.formula, answers), (row,)), 1), else_=0).label(f"{_IF}{number}")
            for number, answers in enumerate(all_answers(self.scrubs))
        )
        return [*text_columns(self.scrubs, row), *flags]

    def holds(self, found: Mapping[Any, Any]) -> bool:
        """The formula is surely true of a row, by its texts."""
        answers = answers_of(self.scrubs, found)
        return bool(found[f"{_IF}{all_answers(self.scrubs).index(answers)}"])
