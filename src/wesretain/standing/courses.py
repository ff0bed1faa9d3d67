"""The course that an act takes through its table: which of an engine's ways suits its key and what is to be proved."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from wesretain.engines.layout import Anyhow, Blocks, ByKey, Layout, Numbered
from wesretain.model.schema import Kind
from wesretain.standing.catalogue import column
from wesretain.standing.statements import Statements

#: Kinds of keys that are sent back just as they were read.
_EXACT = (Kind.INTEGER, Kind.TEXT, Kind.UUID, Kind.BINARY)
#: A share of records below which each is named: most of what lies between them would be read in vain.
FEW = 0.02


class Course(StrEnum):
    """How due records are found, batch by batch, in words for people."""

    BLOCKS = "as they lie, block by block"
    NUMBERS = "as they lie, in the order of their numbers"
    RANGES = "as they lie, in the order of their keys"
    NAMES = "each by its key"

    @property
    def words(self) -> str:
        """The same, with what becomes of it where few are due."""
        if self is Course.NAMES:
            return str(self)
        return f"{self}; where fewer than {FEW:.0%} are due, {Course.NAMES}"


def course_of(statements: Statements, layout: Layout) -> Course:
    """The course where more than few records are due. They are named where each has to be proved due before."""
    if not statements.goes_as_it_lies:
        return Course.NAMES
    match layout:
        case Blocks():
            return Course.BLOCKS
        case Numbered():
            return Course.NUMBERS
        case ByKey() | Anyhow() if statements.has_number:
            return Course.NUMBERS
        case ByKey() if all(column(statements.act.table, name).kind in _EXACT for name in statements.act.table.key):
            return Course.RANGES
        case ByKey() | Anyhow():
            return Course.NAMES
        case _ as never:
            assert_never(never)
