"""One file as it was read: its plain value, where everything in it stands, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from wesretain.model.problem import Level, Problem
from wesretain.model.source import Position
from wesretain.policy.ignore import Ignores
from wesretain.policy.trust import Exposure

if TYPE_CHECKING:
    from yaml.error import Mark

#: What a file holds. Every scalar is the text that was written, but for a plain `null`, `~` or nothing, which are None.
Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
#: The keys and indexes that lead to a value.
Trail: TypeAlias = tuple[str | int, ...]


#: Where the keys and the values of a mapping start, or the values of a list, each of which stands for its own key.
Marks: TypeAlias = "dict[str | int, tuple[Mark, Mark]]"


class Document:
    """A file's value and problems, which grow while it is read; nothing is told twice of one value.

    `readable` is False where nothing of it could be used, `complete` also where some of it was passed over unread.
    `start` is where its value starts; `exposure` says why others may have written it.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.value: Value = None
        self.readable = True
        self.complete = True
        self.exposure: Exposure | None = None
        self.problems: list[Problem] = []
        self.ignores: Ignores = {}
        self.start: Mark | None = None
        self._marks: dict[Trail, Marks] = {}
        self._told: set[Trail] = set()
        self._tainted: set[Trail] = set()

    def place(self, trail: Trail, key: bool = False) -> Position:
        """Where a value stands, or its key; of what is not there, where the mapping stands that should hold it."""
        if not trail:
            return self.position(self.start)
        holder, last = trail[:-1], trail[-1]
        if (marks := self._marks.get(holder)) and (mark := marks.get(last)):
            return self.position(mark[0 if key else 1])
        return self.place(holder, key=isinstance(last, str))

    def refuse(self, trail: Trail, check: str, message: str, mend: str = "", key: bool = False) -> None:
        """Tell what is wrong with a value, unless something was told already of it or of what it stands in."""
        if not any(trail[:end] in self._told for end in range(len(trail) + 1)):
            self._told.add(trail)
            self.taint(trail)
            self.tell(self.place(trail, key), check, message, mend)

    def tell(self, at: Position, check: str, message: str, mend: str = "") -> None:
        """Tell a problem of the file itself."""
        self.problems.append(Problem(at, Level.ERROR, message, check, mend))

    def give_up(self) -> None:
        """Note that nothing of it can be used."""
        self.value, self.readable, self.complete = None, False, False

    def taint(self, trail: Trail) -> None:
        """Note that a value cannot be trusted, nor anything that holds it."""
        self._tainted.update(trail[:end] for end in range(len(trail) + 1))

    def tainted(self, trail: Trail) -> bool:
        """Whether something is wrong with a value or with anything in it."""
        return trail in self._tainted

    def marks(self, trail: Trail) -> Marks:
        """Where what a mapping or a list holds starts, to be filled in while it is read."""
        return self._marks.setdefault(trail, {})

    def distrust(self, trail: Trail) -> None:
        """Note that a value is not what its author meant, as has been told: nothing more is to be told of it."""
        self._told.add(trail)
        self.taint(trail)

    def position(self, mark: Mark | None) -> Position:
        """The place of a mark in this file; its first letter, where there is none."""
        return Position(self.file, mark.line + 1, mark.column + 1) if mark else Position(self.file, 1, 1)
