"""Questions that are asked of each record once; those that answer all of them alike stand alike, and are one group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import sqlalchemy as sa

from wesretain.engines.folding import folded, tells_exactly
from wesretain.model.condition import Operator
from wesretain.model.reading import Dial, Encoding
from wesretain.model.schema import Column, Kind
from wesretain.standing import formula as f
from wesretain.standing.formula import Formula, leaves_of
from wesretain.standing.sql import Bool, Trail, Translator

Number = sa.ColumnElement[int]

#: All answers of a record are one number, which every engine has to hold as a whole one of 32 bits.
_MOST = 2**31
#: The columns that are compared as they stand, and clocks whose ages are.
_PLAIN = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.BOOLEAN})
_TYPED = frozenset({Encoding.INSTANT, Encoding.LOCAL_TIME, Encoding.DATE})
#: No column of a table may have that name: by such names of columns rows are grouped before all else.
_ANSWERS = "wesretain_answers"


@dataclass(frozen=True, slots=True)
class Question:
    """It is answered by a number below `size`; of each formula that it decides by which it is true, or may be."""

    answer: Number
    size: int
    surely: Mapping[Formula, frozenset[int]]
    possibly: Mapping[Formula, frozenset[int]]


def questions_of(translator: Translator, row: sa.FromClause, formulas: Iterable[Formula]) -> tuple[Question, ...]:
    """What decides some formulas of a row; none where that is not to be asked of every record: it is dear.

    So is whatever has to be looked for in other rows, in long lists or in JSON.
    """
    leaves = tuple(dict.fromkeys(leaf for formula in formulas for leaf in leaves_of(formula)))
    if not all(_is_cheap(leaf) for leaf in leaves):
        return ()
    clocks: dict[Dial, list[f.HasPassed | f.IsUndated]] = {}
    texts: dict[Column, list[f.Compares]] = {}
    others: list[Formula] = []
    for leaf in leaves:
        match leaf:
            case f.HasPassed(dial) | f.IsUndated(dial):
                clocks.setdefault(dial, []).append(leaf)
            case f.Compares(column) if column.kind is Kind.TEXT:
                texts.setdefault(column, []).append(leaf)
            case _:
                others.append(leaf)
    asked = (
        *(_of_text(translator, row, column, some) for column, some in texts.items()),
        *(_of_clock(translator, row, dial, some) for dial, some in clocks.items()),
        *(_of_leaf(translator, row, leaf) for leaf in others),
    )
    return asked if prod(question.size for question in asked) <= _MOST else ()


def _is_cheap(leaf: Formula) -> bool:
    match leaf:
        case f.Compares(column, Operator.EQUAL, values, blind) if column.kind is Kind.TEXT:
            words = [value for value in values if isinstance(value, str)]
            return not column.member and len(words) == len(values) and (not blind or all(map(tells_exactly, words)))
        case f.Compares(column):
            return column.kind in _PLAIN
        case f.IsThere(column):
            return not column.member
        case f.HasPassed(dial) | f.IsUndated(dial):
            return not dial.column.member
        case f.IsOlder(dial) | f.IsYounger(dial):
            return dial.encoding in _TYPED
        case _:
            return False


def _of_leaf(translator: Translator, row: sa.FromClause, leaf: Formula) -> Question:
    """0 is no, 1 is unknown, 2 is yes."""
    surely, possibly = translator.surely(leaf, (row,)), translator.possibly(leaf, (row,))
    answer = sa.case((surely, _number(2)), (possibly, _number(1)), else_=_number(0))
    return Question(answer, 3, {leaf: frozenset({2})}, {leaf: frozenset({1, 2})})


def _of_clock(
    translator: Translator, row: sa.FromClause, dial: Dial, leaves: Sequence[f.HasPassed | f.IsUndated]
) -> Question:
    """The stage of the clock between the instants by which it may have passed."""
    instants = sorted({leaf.by for leaf in leaves if isinstance(leaf, f.HasPassed)})
    undated = frozenset({0})
    passed: dict[Formula, frozenset[int]] = {
        leaf: frozenset(range(1, instants.index(leaf.by) + 2)) if isinstance(leaf, f.HasPassed) else undated
        for leaf in leaves
    }
    stage = translator.clock(dial, row).stage(instants)
    return Question(stage, len(instants) + 2, passed, {leaf: undated | numbers for leaf, numbers in passed.items()})


def _of_text(translator: Translator, row: sa.FromClause, column: Column, leaves: Sequence[f.Compares]) -> Question:
    """0 cannot be compared; then come the words that are meant to the letter, those nearly meant, and the rest."""
    engine, value = translator.engine, translator.value(column, row)
    exact = dict.fromkeys(str(word) for leaf in leaves if not leaf.blind for word in leaf.values)
    near = {folded(str(word)): str(word) for leaf in leaves if leaf.blind for word in leaf.values}
    numbers = {word: number for number, word in enumerate(exact, 1)}
    nearly = {fold: number for number, fold in enumerate(near, 1 + len(exact))}
    size = 2 + len(exact) + len(near)
    rest = _number(size - 1)
    blind = [(sa.not_(engine.may_begin(value, near)), rest)] if near else []
    blind += [(engine.blindly(value, word), _number(nearly[fold])) for fold, word in near.items()]
    other = sa.case((sa.not_(translator.comparable(column, (row,))), _number(0)), *blind, else_=rest)
    words = {word: _number(number) for word, number in numbers.items() if engine.can_store(word)}
    answer = engine.chosen(value, words, other) if words else other
    surely: dict[Formula, frozenset[int]] = {leaf: frozenset(_meant(leaf, numbers, nearly)) for leaf in leaves}
    return Question(answer, size, surely, {leaf: meant | {0} for leaf, meant in surely.items()})


def _meant(leaf: f.Compares, numbers: Mapping[str, int], nearly: Mapping[str, int]) -> Iterator[int]:
    """The numbers of the texts that a comparison takes for one of its words."""
    if not leaf.blind:
        yield from (numbers[str(word)] for word in leaf.values)
        return
    folds = {folded(str(word)) for word in leaf.values}
    yield from (nearly[fold] for fold in folds)
    yield from (number for word, number in numbers.items() if folded(word) in folds)


def _number(number: int) -> Number:
    return sa.literal_column(str(number), sa.Integer())


@dataclass(frozen=True)
class Answered(Translator):
    """Turns formulas into SQL about a group of records, whose answers decide all that is not made of other formulas."""

    yes: Mapping[Formula, Bool] = field(default_factory=dict)
    maybe: Mapping[Formula, Bool] = field(default_factory=dict)

    def surely(self, formula: Formula, trail: Trail) -> Bool:
        """The formula is true of all records of the group."""
        return self.yes[formula] if formula in self.yes else super().surely(formula, trail)

    def possibly(self, formula: Formula, trail: Trail) -> Bool:
        """The formula is true of all records of the group, or cannot be decided of any."""
        return self.maybe[formula] if formula in self.maybe else super().possibly(formula, trail)


def grouped(
    translator: Translator,
    row: sa.FromClause,
    questions: Sequence[Question],
    beside: Iterable[sa.Label[Any]],
) -> tuple[Answered, sa.Subquery]:
    """The records of a table by their answers, with what else each group tells; and who reads formulas of a group."""
    together, rest = questions[0].answer, questions[1:]
    for question in rest:
        together = together * _number(question.size) + question.answer
    groups = sa.select(together.label(_ANSWERS), *beside).select_from(row).group_by(_ANSWERS).subquery("groups")
    told: list[sa.ColumnElement[Any]] = []
    left: Number = groups.c[_ANSWERS]
    for number, question in reversed(list(enumerate(questions))):
        told.append((left % _number(question.size)).label(f"answer{number}"))
        left = left // _number(question.size)
    read = sa.select(*told, *(column for column in groups.c if column.name != _ANSWERS)).subquery("answered")
    yes: dict[Formula, Bool] = {}
    maybe: dict[Formula, Bool] = {}
    for number, question in enumerate(questions):
        answer = read.c[f"answer{number}"]
        yes |= {leaf: _among(answer, numbers) for leaf, numbers in question.surely.items()}
        maybe |= {leaf: _among(answer, numbers) for leaf, numbers in question.possibly.items()}
    return Answered(translator.engine, translator.schema, yes=yes, maybe=maybe), read


def _among(answer: Number, numbers: Iterable[int]) -> Bool:
    return answer.in_([_number(number) for number in sorted(numbers)])
