"""What SQL cannot decide: whether texts hold what is to be scrubbed. Formulas for each answer, and for candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from itertools import product
from typing import TypeAlias

from wesretain.model.rule import Redaction, Scrub
from wesretain.model.schema import Column
from wesretain.standing.formula import (
    And,
    Constant,
    Formula,
    NeedsScrub,
    Not,
    Or,
    Surely,
    every,
    opposite,
    some,
)
from wesretain.standing.rules import BoundRule, Levels

#: What Python found of each question; None is unknown.
Answers: TypeAlias = Mapping[NeedsScrub, "bool | None"]


def scrubs_of(formula: Formula) -> tuple[NeedsScrub, ...]:
    """The questions about a row's own texts that a formula asks, and that Python has to answer."""
    match formula:
        case NeedsScrub():
            return (formula,)
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(scrub for part in parts for scrub in scrubs_of(part)))
        case Not(part) | Surely(part):
            return scrubs_of(part)
        case _:
            return ()


def scrubs_of_levels(levels: Levels) -> tuple[NeedsScrub, ...]:
    """The same of all questions that give a record its standing."""
    return tuple(dict.fromkeys(scrub for part in _formulas(levels).values() for scrub in scrubs_of(part)))


def to_decide(bound: BoundRule) -> tuple[tuple[Column, Scrub], ...]:
    """The columns of a rule whose texts Python has to read row by row, and what is taken out of them."""
    columns: Iterable[tuple[str, Redaction]] = bound.rule.columns
    found = ((bound.table.column(name), target) for name, target in columns)
    return tuple((column, target) for column, target in found if column is not None and isinstance(target, Scrub))


def given(formula: Formula, answers: Answers) -> Formula:
    """The formula where Python has answered these questions."""
    match formula:
        case NeedsScrub():
            return Constant(answers[formula]) if formula in answers else formula
        case And(parts):
            return every(given(part, answers) for part in parts)
        case Or(parts):
            return some(given(part, answers) for part in parts)
        case Not(part):
            return opposite(given(part, answers))
        case Surely(part):
            found = given(part, answers)
            return Constant(found.value is True) if isinstance(found, Constant) else Surely(found)
        case _:
            return formula


def levels_given(levels: Levels, answers: Answers) -> Levels:
    """The questions of a rule where Python has answered these."""
    return replace(levels, **{name: given(part, answers) for name, part in _formulas(levels).items()})


def all_answers(scrubs: Iterable[NeedsScrub]) -> tuple[Answers, ...]:
    """All ways to answer some questions; the first is that nothing is left to scrub."""
    questions = tuple(scrubs)
    return tuple(
        dict(zip(questions, answers, strict=True)) for answers in product((False, True, None), repeat=len(questions))
    )


def candidates(formula: Formula) -> Formula:
    """What is true wherever the formula may be, once Python has read the texts; all else is as unknown as it was.

    SQL can decide it: `surely` this is a superset of `surely` the formula.
    """
    return _hoped(formula, hope=True)


def _hoped(formula: Formula, *, hope: bool) -> Formula:
    """Each question is taken as possible where its yes helps (`hope`), and as answered by no where that helps."""
    match formula:
        case NeedsScrub():
            return Not(Surely(Not(formula))) if hope else Surely(formula)
        case And(parts):
            return every(_hoped(part, hope=hope) for part in parts)
        case Or(parts):
            return some(_hoped(part, hope=hope) for part in parts)
        case Not(part):
            return opposite(_hoped(part, hope=not hope))
        case Surely(part):
            return Surely(_hoped(part, hope=hope))
        case _:
            return formula


def _formulas(levels: Levels) -> dict[str, Formula]:
    return {field.name: getattr(levels, field.name) for field in fields(levels)}
