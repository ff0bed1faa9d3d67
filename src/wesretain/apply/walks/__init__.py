"""The ways through the due records of a table, batch by batch, a module each, and which of them an act takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from wesretain.apply.walks.base import Walk
from wesretain.apply.walks.by_block import ByBlock
from wesretain.apply.walks.by_name import ByName
from wesretain.apply.walks.by_number import ByNumber
from wesretain.apply.walks.by_range import ByRange
from wesretain.engines.layout import Blocks, Layout, Numbered
from wesretain.standing.courses import FEW, Course, course_of
from wesretain.standing.statements import Statements

__all__ = ["ByBlock", "ByName", "ByNumber", "ByRange", "Walk", "way_through"]


def way_through(statements: Statements, layout: Layout, due: int, records: int) -> Callable[[Statements], Walk]:
    """The way for an act under which so many of so many records are due."""
    course = Course.NAMES if due < FEW * records else course_of(statements, layout)
    match course, layout:
        case Course.BLOCKS, Blocks(number):
            return partial(ByBlock, blocks=number, due=due)
        case Course.NUMBERS, Numbered(hidden):
            return partial(ByNumber, hidden=hidden)
        case Course.NUMBERS, _:
            return ByNumber
        case Course.RANGES, _:
            return ByRange
        case _:
            return ByName
