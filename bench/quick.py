"""`scan --quick` against the same LIMIT query written by hand, on one open connection, in a transaction that reads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import settings
from desk import CONFIG, INVENTORY, POLICY
from figures import Figure, Target, ratio, seconds
from places import Server, started
from schema import AS_OF, CLUSTERED, CUT_OFF, Case
from wesretain.engines import Live
from wesretain.model.config import Intent
from wesretain.policy.load import load
from wesretain.quick import CAP, glance, statements
from wesretain.survey import Request, opened, survey_of

BY_HAND = f"SELECT count(*) FROM (SELECT 1 FROM {{}}logins WHERE {{}} <= {{}} LIMIT {CAP + 1}) found"
#: As of when, and the cut-off that a rule of three years then has.
MOMENTS = {
    "much is due": (datetime.fromisoformat(AS_OF).replace(tzinfo=UTC), CUT_OFF),
    "nothing is due": (datetime(2024, 7, 1, tzinfo=UTC), "2021-07-01 00:00:00"),
}
#: The time of each record as a number, by each engine.
_SECONDS = {
    "postgresql": "CAST(extract(epoch FROM at) AS bigint)",
    "mariadb": "TIMESTAMPDIFF(SECOND, '1970-01-01', at)",
    "sqlite": "CAST(strftime('%s', at) AS integer)",
}
#: A question takes so little that many are needed.
_ROUNDS = 6 * settings.PAIRS


def cases(dialect: str) -> dict[str, Case]:
    """Clocks as times and as numbers, each with an index."""
    (table,), (fill,) = CLUSTERED.ddl, CLUSTERED.fills
    number = replace(
        CLUSTERED,
        rules=CLUSTERED.rules.replace("after: at", "after: number"),
        ddl=(table.replace("agent", "number BIGINT, agent"),),
        indexes=(*CLUSTERED.indexes, "CREATE INDEX logins_number ON logins (number)"),
        fills=(
            fill.replace("INTO logins", "INTO logins (id, customer_id, at, agent)"),
            f"UPDATE logins SET number = {_SECONDS[dialect]}",
        ),
    )
    return {"at": CLUSTERED, "number": number}


def measure() -> Iterator[Figure]:
    """A figure for each clock and moment: the statement, and beside it all from the bound rule to its answer."""
    for dialect in settings.ENGINES:
        for clock, case in cases(dialect).items():
            with started(dialect) as server:
                server.make("source", case, settings.ROWS)
                for moment in MOMENTS:
                    yield _compared(server, case, clock, moment)


def _compared(server: Server, case: Case, clock: str, moment: str) -> Figure:
    as_of, cut_off = MOMENTS[moment]
    since = int(datetime.fromisoformat(f"{cut_off}+00:00").timestamp())
    schema = "public." if server.dialect == "postgresql" else ""
    by_hand = BY_HAND.format(schema, clock, since if clock == "number" else f"'{cut_off}'")
    intent = intent_for(server, case, clock)
    request, rule = Request(intent, (), as_of, pinned=True), intent.rules[0]
    ((_, _, statement),) = statements(request)
    with opened(request, "desk") as live:
        survey = survey_of(request, live, "desk")
        found, expected = glance(live, survey, rule), CAP + 1 if moment == "much is due" else 0
        if found.due + found.more != expected or _number(live, by_hand) != expected:
            sys.exit(f"{server.dialect}, {clock}, {moment}: the counts are wrong")
        sides: dict[str, Callable[[], object]] = {
            "statement": lambda: _number(live, statement),
            "by hand": lambda: _number(live, by_hand),
            "whole": lambda: glance(live, replace(survey), rule),  # which has no statement ready
        }
        took = _timed(sides)
    beside = {
        "wesretain": seconds(took["statement"]),
        "by hand": seconds(took["by hand"]),
        "with the making of the statement": seconds(took["whole"]),
    }
    title = f"clock of {'seconds since 1970' if clock == 'number' else 'a time'}, {moment}"
    values = ratio(took["statement"], took["by hand"])
    return Figure(server.version, title, "the same LIMIT query", values, "×", Target(3, "×"), beside)


def _timed(sides: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """The seconds of each side, in turn; a first round warms up."""
    took: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(_ROUNDS + 1):
        names = list(sides) if number % 2 else list(sides)[::-1]
        for name in names:
            start = time.perf_counter()
            sides[name]()
            took[name] += [time.perf_counter() - start] if number else []
    return took


def intent_for(server: Server, case: Case, clock: str) -> Intent:
    """What the files say, of one rule on the case's table."""
    clocks = "clocks: {number: {format: epoch seconds}}" if clock == "number" else "clocks: {}"
    with TemporaryDirectory(dir=server.folder) as name:
        folder = Path(name)
        table = f"logins: {{category: personal, subjects: none, {clocks}}}"
        (folder / "inventory.yaml").write_text(INVENTORY.format(tables=table))
        (folder / "policy.yaml").write_text(POLICY.format(rules=case.rules))
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
