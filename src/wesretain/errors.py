"""The error root: each kind owns its exit code, and every error says what happened and how to mend it."""

from __future__ import annotations


class WesretainError(Exception):
    """One line for a person: what happened, and (after it) how to mend it. Never a row's value, never a secret."""

    exit_code = 70

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message}; {self.mend}" if self.mend else self.message


class UsageError(WesretainError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class InvalidInput(WesretainError):
    """Configuration, inventory or policy cannot be used."""

    exit_code = 3


class Unreachable(WesretainError):
    """A database cannot be connected to."""

    exit_code = 7


class NotAdmitted(Unreachable):
    """A server does not let a user into a database."""


class Refused(WesretainError):
    """A database answers, but not this question: a right is missing, a lock is held, a time limit ran out."""

    exit_code = 5


class Denied(Refused):
    """A user of a database lacks a right."""


class BatchRefused(Refused):
    """A database refuses a batch as it stands, for a lock, a constraint or its size; a smaller one may pass."""


class Entangled(BatchRefused):
    """A trigger wants to write to a table that our statement reads; one that reads its own table alone may pass."""


class ConnectionLost(Unreachable):
    """The connection broke: what was under way may have been done or not."""


class LimitReached(WesretainError):
    """A limit, or the want of an approval, stands in the way."""

    exit_code = 4


class Occupied(WesretainError):
    """Another run owns the database."""

    exit_code = 6


class NotFenced(WesretainError):
    """A hold stands, and a database has not been told of it."""

    exit_code = 7


class LedgerError(WesretainError):
    """The ledger is missing, foreign, behind or broken; or the evidence in a database is."""

    exit_code = 8


#: Several failures at once end with the first of these (the others are reported all the same).
PRECEDENCE = (70, 8, 3, 4, 7, 6, 5, 2, 1, 0)


def worst(codes: list[int]) -> int:
    """The exit code that stands for several."""
    return next((code for code in PRECEDENCE if code in codes), 0)
