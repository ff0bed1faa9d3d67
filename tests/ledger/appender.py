"""A process that appends to a ledger (`appender.py LEDGER COUNT`): it waits for a line, then says what it wrote."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from wesretain.ledger import opened
from wesretain.model.config import LedgerServer, Literal
from wesretain.model.hold import OnDatabase
from wesretain.model.ledger import Kind
from wesretain.policy.load import parse_condition


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main(where: str, count: int) -> None:
    place = LedgerServer(Literal(where), Path("/nowhere/ledger.stop")) if "://" in where else Path(where)
    with opened(place, parse_condition) as ledger:
        say("ready")
        sys.stdin.readline()
        for number in range(count):
            now = datetime(2026, 1, 1, tzinfo=UTC)
            if number % 4:
                entry = ledger.append(Kind.DATABASE_PREPARED, "shop", {"text": "x" * number}, now)
                say(str(entry.number))
            else:
                ledger.place_hold("Case 1", "a lawsuit", OnDatabase("shop"), now)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
