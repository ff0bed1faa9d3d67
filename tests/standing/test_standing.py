"""SQL, `decide()` and the naive oracle agree on where every row stands, on all three engines, over generated worlds.

WESRETAIN_EXAMPLES=5000 runs longer, with other worlds each time; WESRETAIN_WITHOUT="newest,near keys" leaves features
out (the names stand in `choice.py`); WESRETAIN_SEED=n tries one world alone, the seed being what a failure prints.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from traceback import format_exception
from typing import TypeAlias
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given

from standing.choice import without_from_environment
from standing.generate import CHANGES, PERIODS, WALLS, ZONES, make_world, worlds
from standing.oracle import standings, why
from standing.profile import bounded
from standing.shrink import is_sound, smallest
from standing.times import cut_off
from standing.world import World, load
from wesretain.model import period as product_period
from wesretain.model.standing import Standing

Standings = dict[tuple[str, str, tuple[str, ...]], Standing]

EXAMPLES = {"sqlite": 100, "postgresql": 75, "mariadb": 65}
COUNTED = {"sqlite": 30, "postgresql": 25, "mariadb": 25}

pytestmark = pytest.mark.timeout(0 if "WESRETAIN_EXAMPLES" in os.environ else 300)


def product_standings(world: World, url: str) -> Standings:
    """Where the rows stand as the product's SQL has it."""
    from standing.product import sql_standings

    return sql_standings(world, url)


def decide_standings(world: World, url: str) -> Standings:
    """Where they stand as the product's `decide()` has it."""
    from standing.product import decided_standings

    return decided_standings(world, url)


def product_tallies(world: World, url: str) -> dict[str, tuple[int, ...]]:
    """How many rows stand where, rule by rule, as a scan counts them."""
    from standing.product import counted

    return counted(world, url)


@dataclass(frozen=True)
class Symptom:
    """What is wrong in a world: of two symptoms of one kind the first may be a smaller case of the second."""

    kind: tuple[str, ...]
    story: str


def test_sql_decide_and_the_oracle_agree(engine_url: str) -> None:
    try_worlds(engine_url, wrong_standing, EXAMPLES)


def test_a_scan_counts_what_there_is(engine_url: str) -> None:
    try_worlds(engine_url, wrong_count, COUNTED)


Check: TypeAlias = Callable[[World, Standings, str], Symptom | None]


def try_worlds(url: str, check: Check, examples: dict[str, int]) -> None:
    """Load one world after the other, until something is wrong in one; then tell of a smaller one."""
    engine = sa.make_url(url).get_backend_name()
    without = without_from_environment()
    found: list[World] = []

    @bounded(examples[engine])
    @given(worlds(engine, without))
    def all_is_well(world: World) -> None:
        if symptom(world, check, url):
            found.append(world)
            raise AssertionError

    if "WESRETAIN_SEED" in os.environ:
        found = [make_world(int(os.environ["WESRETAIN_SEED"]), engine, without)]
    else:
        with contextlib.suppress(AssertionError):
            all_is_well()
    if found:
        fail_on(found[0], check, url)


def fail_on(world: World, check: Check, url: str) -> None:
    """Tell of the smallest world that goes wrong in the same way."""

    def kind(smaller: World) -> tuple[str, ...] | None:
        wrong = symptom(smaller, check, url)
        return wrong.kind if wrong else None

    if kind(world):
        least = smallest(world, kind)
        wrong = symptom(least, check, url)
        pytest.fail(f"{wrong.story if wrong else 'at times alone'}\n\n{least}", pytrace=False)


def symptom(world: World, check: Check, url: str) -> Symptom | None:
    """What is wrong, if anything is."""
    if not is_sound(world):
        return None
    expected = standings(world)
    load(world, url)
    try:
        return check(world, expected, url)
    except Exception as error:
        return Symptom((type(error).__name__, str(error)[:60]), "".join(format_exception(error)))


def wrong_standing(world: World, expected: Standings, url: str) -> Symptom | None:
    """A row of which `decide()` or SQL does not say what the oracle says."""
    for name, ask in (("decide()", decide_standings), ("SQL", product_standings)):
        if wrong := differences(world, expected, ask(world, url)):
            (kind, _), *_ = wrong
            return Symptom((name, *kind), "\n".join([f"{name} and the oracle differ:", *(line for _, line in wrong)]))
    return None


def wrong_count(world: World, expected: Standings, url: str) -> Symptom | None:
    """A rule whose tally is not that of the oracle's standings."""
    tallies = product_tallies(world, url)
    for rule in world.rules:
        stand = [standing for (name, _, _), standing in expected.items() if name == rule.name]
        right = tuple(stand.count(each) for each in Standing)
        if tallies.get(rule.name) != right:
            return Symptom(("count",), f"{rule.name} is counted as {tallies.get(rule.name)}, and not as {right}")
    return None


Difference: TypeAlias = tuple[tuple[str, str], str]


def differences(world: World, expected: Standings, said: Standings) -> list[Difference]:
    """Each row on which the product and the oracle differ, and how the oracle came to its answer."""
    wrong: list[Difference] = [(("none", "some"), f"    no such row: {key}") for key in said if key not in expected]
    for rule in world.rules:
        for row in world.rows_of(rule.table.name):
            key = (rule.name, row.table, row.key)
            if expected[key] is not said.get(key):
                words = expected[key].word, said[key].word if key in said else "nothing"
                line = f"    {key}: the oracle says {words[0]}, the product {words[1]}\n        {why(world, rule, row)}"
                wrong.append((words, line))
    return wrong


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_cut_offs_agree(zone: str, period: product_period.Period) -> None:
    """Around every nasty wall time, and around the instants from which a period leads back to one."""
    place = ZoneInfo(zone)
    for text in {*WALLS, *CHANGES.get(zone, ())}:
        shown = datetime.fromisoformat(text)
        for wall in (shown, shown + period.delta):
            for minutes in range(-90, 91, 15):
                as_of = (wall.replace(tzinfo=place) + timedelta(minutes=minutes)).astimezone(UTC)
                assert cut_off(as_of, period, place) == product_period.cut_off(as_of, period, place), as_of
