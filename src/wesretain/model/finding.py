"""What discovery finds in a column: which element, how sure, by which evidence; never a value of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wesretain.model.inventory import Element


class Sureness(StrEnum):
    """How sure it is that a column holds an element."""

    PROVEN = "proven"  # its values pass a check that others hardly pass
    LIKELY = "likely"  # its name says so, or some of its values do
    WEAK = "weak"  # a person has to look

    @property
    def rank(self) -> int:
        """0 for the surest."""
        return list(Sureness).index(self)


class Secret(StrEnum):
    """What sort of credential it is."""

    HASH = "hashes of passwords"
    PLAINTEXT = "passwords in plain text"
    PRIVATE_KEY = "private keys"
    TOKEN = "tokens"
    SESSION = "session identifiers"
    IN_TEXT = "secrets within texts"


class Nest(StrEnum):
    """What a value is found in, where it is not all of the column's."""

    TEXT = "text"
    JSON = "JSON"
    PHP = "serialised PHP"
    CARD = "vCards or calendars"
    QUERY = "query strings"
    LINES = "lines of names and values"
    ROWS = "rows of names and values"


@dataclass(frozen=True, slots=True)
class Finding:
    """An element in a column. `name` is the evidence of its name, `values` that of its values; either may be empty.

    `nest` says in what it was found, and `member` at which name in there.
    """

    column: str
    element: Element
    sureness: Sureness
    name: str = ""
    values: str = ""
    secret: Secret | None = None
    nest: Nest | None = None
    member: str = ""

    @property
    def evidence(self) -> str:
        """Both kinds of evidence, in words."""
        return "; ".join(part for part in (self.name, self.values) if part)
