"""The scan's statement for five rules of one table against good ones by hand, which count the same."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

import settings
from desk import command, furnished
from figures import Figure, Target, ratio, seconds
from places import Server, started
from schema import AS_OF, KEPT, MANY
from wesretain.policy.load import load
from wesretain.standing.counting import statement
from wesretain.survey import Request, opened, survey_of

#: What is counted for a rule; the oldest due record's time comes behind.
_TALLIES = ("uncovered", "undecidable", "kept", "due", "outside_where", "missed_by_case")
#: The state of a request, to be compared to the letter.
_STATE = {"mariadb": "state COLLATE utf8mb4_bin"}
_TABLE = "(SELECT {state} AS state, at, 1 AS weight FROM requests) AS requests"
#: The table in so few groups that what is counted of them costs nothing.
_GROUPS = (
    "(SELECT {state} AS state, CASE {ages} END AS age, min(at) AS at, count(*) AS weight FROM requests GROUP BY 1, 2)"
    " AS requests"
)

Timed = Callable[[], float]


def measure() -> Iterator[Figure]:
    """One figure a rival, and one for the whole command."""
    for dialect in settings.ENGINES:
        with started(dialect) as server:
            server.make("source", MANY, settings.ROWS)
            with furnished(server, "source", MANY, 0) as folder:
                server.settle("source", MANY)
                yield from _compared(server, folder)


def _compared(server: Server, folder: Path) -> Iterator[Figure]:
    whole = [_scanned(server, folder) for _ in range(settings.PAIRS)]
    found = _timed(server, folder)
    ours = found["wesretain"]
    one_pass = {name: found[name] for name in ("one pass", "one pass over groups")}
    fastest = min(one_pass, key=lambda name: median(one_pass[name]))
    beside = {"wesretain": seconds(ours), "by hand": seconds(one_pass[fastest])}
    engine, title = server.version, MANY.title
    yield Figure(engine, title, f"by hand: {fastest}", ratio(ours, one_pass[fastest]), "×", Target(1.1, "×"), beside)
    for name in one_pass.keys() - {fastest}:
        beside = {"wesretain": seconds(ours), "by hand": seconds(one_pass[name])}
        yield Figure(engine, title, f"another by hand: {name}", ratio(ours, one_pass[name]), "×", None, beside)
    theirs = found["a query a rule"]
    beside = {"wesretain": seconds(ours), "by hand": seconds(theirs)}
    faster = ratio(theirs, ours)
    yield Figure(engine, title, "a query a rule", faster, "× faster", Target(1.8, "× faster", at_least=True), beside)
    beside = {"wesretain": seconds(whole), "by hand": seconds(one_pass[fastest])}
    yield Figure(engine, title, "whole command", ratio(whole, one_pass[fastest]), "× that statement", None, beside)


def _timed(server: Server, folder: Path) -> Mapping[str, list[float]]:
    """The seconds of each statement on an open connection, in turn; a first round warms up."""
    intent = load(folder / "wesretain.yaml").intent
    assert intent is not None
    request = Request(intent, (), datetime.fromisoformat(AS_OF).replace(tzinfo=UTC), pinned=True)
    engine = sa.create_engine(server.place("source").url, poolclass=sa.NullPool)
    with opened(request, "desk") as live, engine.connect() as connection:
        if server.dialect == "postgresql":
            connection.exec_driver_sql("SET jit = off")
        survey = survey_of(request, live, "desk")
        queries = [statement(survey.translator, *counted, survey.ruling.moment) for counted in survey.counted]
        sides: dict[str, Timed] = {
            "wesretain": lambda: _seconds(lambda: [live.rows(query) for query in queries]),
            "one pass": _asked(connection, [_query(server.dialect, _TABLE, list(KEPT))]),
            "one pass over groups": _asked(connection, [_query(server.dialect, _GROUPS, list(KEPT))]),
            "a query a rule": _asked(connection, [_query(server.dialect, _TABLE, [state]) for state in KEPT]),
        }
        found: dict[str, list[float]] = {name: [] for name in sides}
        names = list(sides)
        for number in range(settings.PAIRS + 1):
            first = number % len(names)
            for name in (*names[first:], *names[:first]):
                took = sides[name]()
                found[name] += [took] if number else []
    return found


def _asked(connection: sa.Connection, queries: Sequence[str]) -> Timed:
    return lambda: _seconds(lambda: [connection.exec_driver_sql(query).all() for query in queries])


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# -- by hand ----------------------------------------------------------------------------------------------------------


def _cut_off(state: str) -> str:
    return f"'{int(AS_OF[:4]) - KEPT[state]}{AS_OF[4:]} 00:00:00'"


def _query(dialect: str, source: str, states: Sequence[str]) -> str:
    """Everything that a scan tells of some rules, in one pass over `source`."""
    cut_offs = sorted({_cut_off(state) for state in KEPT})
    ages = ["WHEN at IS NULL THEN -1", *(f"WHEN at <= {each} THEN {number}" for number, each in enumerate(cut_offs))]
    told = [column for state in states for column in _columns(state)]
    relation = source.format(state=_STATE.get(dialect, "state"), ages=" ".join(ages))
    return f"SELECT {', '.join(told)} FROM {relation}"


def _columns(state: str) -> Iterator[str]:
    """The columns of a rule: `_TALLIES`, then the time of the oldest due record."""
    is_, old = f"state = '{state}'", f"at <= {_cut_off(state)}"
    near = f"state <> '{state}' AND lower(trim(state)) = '{state}'"
    far = f"state <> '{state}' AND lower(trim(state)) <> '{state}'"
    asked = (
        f"NOT {is_}",
        f"{is_} AND at IS NULL",
        f"{is_} AND NOT {old}",
        f"{is_} AND {old}",
        f"{far} AND {old}",
        near,
    )
    yield from (f"sum(CASE WHEN {each} THEN weight ELSE 0 END)" for each in asked)
    yield f"min(CASE WHEN {is_} AND {old} THEN at END)"


# -- whether both count the same --------------------------------------------------------------------------------------


def _scanned(server: Server, folder: Path) -> float:
    """The seconds of the whole command; it has to count what the queries by hand do."""
    done = command(folder, "scan", "--as-of", AS_OF, "--format", "json")
    rules = json.loads(done.printed)["databases"][0]["rules"]
    ours = [_told(rule) for rule in rules]
    for source in (_TABLE, _GROUPS):
        row = server.query("source", _query(server.dialect, source, [rule["rule"] for rule in rules]))[0]
        width = len(_TALLIES) + 1
        parts = [row[start : start + width] for start in range(0, len(row), width)]
        theirs = [(*(int(count) for count in part[:-1]), str(part[-1])[:19]) for part in parts]
        if ours != theirs:
            sys.exit(f"{server.dialect}: scan counts {ours}, the query by hand {theirs}")
    return done.seconds


def _told(rule: Mapping[str, Any]) -> tuple[int | str, ...]:
    every = rule["tally"] | rule
    oldest = str(rule["oldest_due"]["clock"]).replace("T", " ")[:19]
    return (*(every[name] for name in _TALLIES), oldest)
