"""A scan counts records in groups that answer alike, and tells what it tells where it takes them one by one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa

from databases import Server
from engines.live import opened
from standing.files import AS_OF, execute, intent_of, stand
from wesretain.engines.folding import folded, tells_exactly
from wesretain.model.config import Intent
from wesretain.model.plan import Tally
from wesretain.scan import scan, statements
from wesretain.survey import Request

ENGINES = ("sqlite", "postgresql", "mariadb")
TIMES = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP", "mariadb": "DATETIME(6)"}
INVENTORY = """
databases:
  db:
    zone: Europe/Berlin
    tables:
      t:
        subjects: none
        clocks:
          at: {undated: ["1999-09-09 00:00:00"], never: ["2001-01-01 00:00:00"]}
          stamp: {format: epoch seconds, never: [null]}
          born: {}
"""
RULES = """
  closed: {table: t, where: {state: closed}, keep: 3 years, after: at, then: delete}
  lost: {table: t, where: {state: [lost, Closed, "Ärger"]}, keep: 1 year, after: at, then: delete}
  open: {table: t, where: {state: {not: closed}}, keep: 2 years, after: at, then: report}
  few: {table: t, where: {n: {at most: 5}, state: {is: present}}, keep: 4 years, after: at, then: delete}
  silent: {table: t, where: {state: {is: empty}}, keep: 5 years, after: stamp, then: delete}
  newest: {table: t, where: {n: 7}, keep: 1 year, after: {newest of: [at, stamp]}, then: report}
"""
#: Ages are asked of every record where dates are no texts, as they are in SQLite.
CHILDREN = "  children: {table: t, where: {born: {younger than: 13 years}}, keep: nothing, then: report}\n"
#: Whether a text contains another is not asked of every record, so that all of them are taken one by one.
SINGLY = "  none: {table: t, where: {note: {contains: nothing}}, keep: nothing, then: report}\n"

STATES = (
    *("closed", "Closed", " closed", "CLOSED  ", "clo\u017fed", "closedx", "lost", "LOST", "lo\ufb06", "\ufb06ale"),
    *("\u00c4rger", "\u00e4rger", "open", "", "  ", None),
)
SECONDS = ("2023-06-30 23:59:59", "2023-07-01 00:00:00", "2023-07-01 02:00:00", "2023-07-01 02:00:01")
PLAIN = (
    *("1969-12-31 23:00:00", "1970-01-02 00:00:00", "1999-09-09 00:00:00", "2001-01-01 00:00:00", *SECONDS),
    *(
        "2020-10-25 02:30:00",
        "2019-05-05 00:00:00",
        "2024-10-27 02:30:00",
        "2025-03-30 02:30:00",
        "2026-06-30 00:00:00",
    ),
    *("9000-01-01 00:00:00", None),
)
ODD = {
    "sqlite": (
        *("2020-02-30 00:00:00", "2020-01-01 24:00:00", "2023-07-01T01:59:59+02:00", "2023-07-01 00:00:00Z"),
        *("2021-03", "infinity", "x", "", "2020-01-01"),
    ),
    "postgresql": ("infinity", "-infinity", "0044-03-15 00:00:00 BC"),
    "mariadb": ("0000-00-00 00:00:00", "2020-00-15 00:00:00", "2020-05-00 00:00:00", "2020-02-31 00:00:00"),
}
BORN = ("2020-05-05", "1990-05-05", None)
NUMBERS = ((5, 1_600_000_000), (6, None), (7, 0), (None, 1_900_000_000))


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def quoted(value: object) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def rows(engine: str) -> Iterable[str]:
    """Every state at every time, and what else there is in turn."""
    for key, (state, at) in enumerate(product(STATES, (*PLAIN, *ODD[engine]))):
        n, stamp = NUMBERS[key % len(NUMBERS)]
        yield f"({', '.join(map(quoted, (key, state, at, n, stamp, BORN[key % len(BORN)], 'some')))})"


def a_table(server: Server, engine: str, name: str) -> str:
    url = server.fresh_database(name)
    columns = f"state VARCHAR(40), at {TIMES[engine]}, n INTEGER, stamp BIGINT, born DATE, note VARCHAR(40)"
    lax = ["SET sql_mode = 'ALLOW_INVALID_DATES'"] if engine == "mariadb" else []
    values = ", ".join(rows(engine))
    execute(url, [*lax, f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns})", f"INSERT INTO t VALUES {values}"])
    return url


def tallies(intent: Intent, as_of: datetime) -> dict[str, Tally | None]:
    (database,) = scan(Request(intent, (), as_of, pinned=True)).databases
    return {each.rule.name: each.tally for each in database.rules}


def is_grouped(intent: Intent) -> bool:
    query, *_ = (query for _, _, query in statements(Request(intent, (), AS_OF, pinned=True)))
    return "wesretain_answers" in query


@pytest.mark.parametrize("as_of", [AS_OF, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(1972, 1, 2, tzinfo=UTC)])
def test_groups_are_counted_as_single_records_are(
    as_of: datetime, request: pytest.FixtureRequest, tmp_path: Path, server: Server
) -> None:
    engine = request.node.callspec.params["server"]
    url = a_table(server, engine, "grouped")
    rules = RULES if engine == "sqlite" else RULES + CHILDREN
    together, singly = (intent_of(tmp_path, url, INVENTORY, rules + more) for more in ("", SINGLY))

    assert (is_grouped(together), is_grouped(singly)) == (True, False)
    found = tallies(together, as_of)
    assert found == {name: tally for name, tally in tallies(singly, as_of).items() if name != "none"}
    assert all(found.values())
    assert as_of.year == 1972 or any(tally and tally.oldest for tally in found.values())
    stand(together, as_of)


def test_words_that_no_pattern_tells_exactly_are_not_asked_of_groups(tmp_path: Path, sqlite: Server) -> None:
    url = a_table(sqlite, "sqlite", "runs")
    run = "s" * 20
    rule = f"  run: {{table: t, where: {{state: {run}}}, keep: 1 year, after: at, then: delete}}\n"

    assert not tells_exactly(run)
    assert not is_grouped(intent_of(tmp_path, url, INVENTORY, rule))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_first_letter_rules_out_no_text_that_folds_to_a_word(engine: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(engine).fresh_database("letters")
    words, texts = (
        ("stop", "\u00e4rger", "k1"),
        ("stop", " Stop", "\ufb06op", "\u017ftop", "\u00c4rger", "\u212a1", "K1"),
    )
    with opened(url) as live:
        assert {folded(text) for text in texts} == set(words)
        maybe = [live.engine.may_begin(sa.literal(text), words) for text in (*texts, "xtop")]
        assert [bool(answer) for answer in live.rows(sa.select(*maybe))[0]] == [True] * len(texts) + [False]
