"""How long `scan --quick` takes to say whether anything is due, against the same LIMIT query written by hand.

    python bench/quick.py                        # all engines, 1,000,000 records
    ROWS=200000 PAIRS=21 ENGINES=sqlite python bench/quick.py

Both sides work on one open connection, in the same transaction that only reads; each other pair begins with the other
side. `wesretain` is everything from the bound rule to its answer: building the statement, the savepoint around it, and
what SQLAlchemy adds. `statement` is its SQL alone, sent as text like the query by hand. The clock has an index. `much`
is due for three records in ten, and `nothing` as of a day before the first record could be.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from measure import CONFIG, INVENTORY, POLICY
from places import Server, started
from schema import ALONE, CUT_OFF, Case
from wesretain.engines import Live
from wesretain.model.config import Intent
from wesretain.policy.load import load
from wesretain.quick import CAP, glance, statements
from wesretain.scan import Request, opened, survey_of

ROWS, PAIRS = int(os.environ.get("ROWS", "1000000")), int(os.environ.get("PAIRS", "11"))
ENGINES = os.environ.get("ENGINES", "postgresql mariadb sqlite").split()
BY_HAND = f"SELECT count(*) FROM (SELECT 1 FROM {{}}logins WHERE {{}} <= {{}} LIMIT {CAP + 1}) found"
#: As of when, and the cut-off that a rule of three years then has.
MOMENTS = {
    "much": (datetime(2026, 7, 1, tzinfo=UTC), CUT_OFF),
    "nothing": (datetime(2024, 7, 1, tzinfo=UTC), "2021-07-01 00:00:00"),
}
#: The time of each record as a number, by each engine.
_SECONDS = {
    "postgresql": "CAST(extract(epoch FROM at) AS bigint)",
    "mariadb": "TIMESTAMPDIFF(SECOND, '1970-01-01', at)",
    "sqlite": "CAST(strftime('%s', at) AS integer)",
}


def cases(dialect: str) -> dict[str, Case]:
    """Clocks as times and as numbers, each with an index."""
    (table,) = ALONE.ddl
    number = replace(
        ALONE,
        rule=ALONE.rule.replace("at\n", "number\n"),
        ddl=(table.replace("agent", "number BIGINT, agent"),),
        indexes=(*ALONE.indexes, "CREATE INDEX logins_number ON logins (number)"),
        fills=(
            ALONE.fills[0].replace("INTO logins", "INTO logins (id, customer_id, at, agent)"),
            f"UPDATE logins SET number = {_SECONDS[dialect]}",
        ),
    )
    return {"at": ALONE, "number": number}


def main() -> None:
    """Measure what was asked for, and print a line for each comparison."""
    sys.stdout.write(f"{ROWS:,} records, {PAIRS} pairs; / by hand: min, median, max, and the medians in ms\n")
    for dialect in ENGINES:
        for clock, case in cases(dialect).items():
            with started(dialect) as server:
                server.make("source", case, ROWS)
                for moment in MOMENTS:
                    for side, ratios in compared(server, case, clock, moment):
                        sys.stdout.write(f"{dialect:11}{clock:7}{moment:8}{side:10}{ratios}\n")
                        sys.stdout.flush()


def compared(server: Server, case: Case, clock: str, moment: str) -> list[tuple[str, str]]:
    """The ratios of one clock at one moment: of all that wesretain does, and of its statement alone."""
    as_of, cut_off = MOMENTS[moment]
    seconds = int(datetime.fromisoformat(f"{cut_off}+00:00").timestamp())
    schema = "public." if server.dialect == "postgresql" else ""
    by_hand = BY_HAND.format(schema, clock, seconds if clock == "number" else f"'{cut_off}'")
    intent = intent_for(server, case, clock)
    request, rule = Request(intent, (), as_of, pinned=True), intent.rules[0]
    ((_, _, statement),) = statements(request)
    with opened(request, "desk") as live:
        survey = survey_of(request, live, "desk")
        found, expected = glance(live, survey, rule), CAP + 1 if moment == "much" else 0
        if found.records + found.more != expected or _number(live, by_hand) != expected:
            sys.exit(f"{server.dialect}, {clock}, {moment}: the counts are wrong")
        ours: dict[str, Callable[[], object]] = {
            "wesretain": lambda: glance(live, survey, rule),
            "statement": lambda: _number(live, statement),
        }
        return [(side, _ratios(_pairs(work, lambda: _number(live, by_hand)))) for side, work in ours.items()]


def intent_for(server: Server, case: Case, clock: str) -> Intent:
    """What the files say, of one rule on the case's table."""
    clocks = "clocks: {number: {format: epoch seconds}}" if clock == "number" else "clocks: {}"
    with TemporaryDirectory(dir=server.folder) as name:
        folder = Path(name)
        table = f"logins: {{category: personal, subjects: none, {clocks}}}"
        (folder / "inventory.yaml").write_text(INVENTORY.format(tables=table))
        (folder / "policy.yaml").write_text(POLICY.format(table="logins", rule=case.rule))
        (folder / "wesretain.yaml").write_text(CONFIG.format(url=server.place("source").url))
        intent = load(folder / "wesretain.yaml").intent
    assert intent is not None
    return intent


def _number(live: Live, statement: str) -> int:
    cursor = live.connection.connection.cursor()  # which takes a percent sign for one
    cursor.execute(statement)
    (number,) = cursor.fetchone() or (0,)
    cursor.close()
    return int(number)


def _pairs(ours: Callable[[], object], theirs: Callable[[], object]) -> list[tuple[float, float]]:
    pairs = []
    for number in range(PAIRS):
        sides = (ours, theirs) if number % 2 == 0 else (theirs, ours)
        first, second = (_timed(side) for side in sides)
        pairs.append((first, second) if number % 2 == 0 else (second, first))
    return pairs


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000


def _ratios(pairs: Sequence[tuple[float, float]]) -> str:
    ratios = sorted(ours / theirs for ours, theirs in pairs)
    ours, theirs = (median(side) for side in zip(*pairs, strict=True))
    return f"{ratios[0]:6.2f}{median(ratios):6.2f}{ratios[-1]:6.2f}  {ours:7.3f} / {theirs:.3f}"


if __name__ == "__main__":
    main()
