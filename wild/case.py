"""What a wild case is: one rule, alone, and what SQL written by hand says of it. It shares nothing with the product."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

AS_OF = "2026-07-01T00:00:00Z"
#: Random rows lie up to so many days before the moment at which all rules are judged.
_SPAN = 3000


@dataclass(frozen=True)
class Case:
    """One rule, alone.

    Each query counts records of the rule's table. `due` counts those that would be due if there were no holds, `held`
    those among them that a hold reaches, `blocked` those among the rest that something held below them stops;
    `undecidable` counts as if there were no holds. `act` makes of the database what the rule should, holds heeded.
    """

    rule: str
    due: str
    act: tuple[str, ...] = ()
    held: str = "SELECT 0"
    blocked: str = "SELECT 0"
    undecidable: str = "SELECT 0"
    holds: tuple[tuple[str, ...], ...] = ()  # what follows `hold add --matter … --reason …`
    #: Texts that hold JSON are compared as what they say: (table, column) → members for which null and none are one.
    json: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    #: Why the language cannot say it: then the rule is refused, in these words, and nothing happens.
    refused: str = ""


def insert(connection: sa.Connection, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows into some columns, named in one text."""
    names = columns.split()
    quote = connection.dialect.identifier_preparer.quote_identifier
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    statement = f"INSERT INTO {quote(table)} ({', '.join(map(quote, names))}) VALUES ({', '.join([mark] * len(names))})"
    if found := [tuple(row) for row in rows]:
        connection.exec_driver_sql(statement, found)


def moments(seed: int, count: int) -> list[datetime]:
    """Random whole seconds before AS_OF, always the same ones."""
    chance = random.Random(seed)
    end = datetime(2026, 7, 1, tzinfo=UTC)
    return [end - timedelta(seconds=chance.randrange(60, _SPAN * 86400)) for _ in range(count)]


def normal(text: Any, members: tuple[str, ...]) -> Any:
    """A text as the JSON that it holds, less those members where they are null; or the text, where it holds none."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return text
    for member in members:
        *above, last = member.split(".")
        place: Any = found
        for name in above:
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, dict) and place.get(last, 0) is None:
            del place[last]
    return json.dumps(found, sort_keys=True)


def run(connection: sa.Connection, statement: str) -> sa.CursorResult[Any]:
    """Run a statement as it stands, without parameters."""
    if connection.dialect.paramstyle != "qmark":
        statement = statement.replace("%", "%%")
    return connection.exec_driver_sql(statement)
