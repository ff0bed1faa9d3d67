"""The generated worlds are sharp enough: they hold every standing, and betray every clause that an oracle forgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from standing import oracle
from standing.generate import make_world
from standing.oracle import (
    BY_THE_LETTER,
    NEAR_ENOUGH,
    NO,
    YES,
    Agreement,
    Letter,
    Link,
    Truth,
    agreement,
    children_of,
    clock_of,
    forbids,
    has_run_out,
    is_record,
    leads,
    may_cover,
    protects,
    standings,
)
from standing.shrink import is_sound
from standing.times import UNDATED, ClockFacts, Reading, Span, cut_off, read
from standing.world import Row, World
from wesretain.model.condition import Condition, Not, Operator
from wesretain.model.hold import Hold, OnSubject
from wesretain.model.rule import Disposition, RowFate, Rule
from wesretain.model.standing import Standing

ENGINES = ("sqlite", "postgresql", "mariadb")
WORLDS = 250


@cache
def generated() -> list[tuple[World, dict[Any, Standing]]]:
    worlds = [make_world(seed, engine) for seed in range(WORLDS) for engine in ENGINES]
    return [(world, standings(world)) for world in worlds]


def test_the_same_seed_gives_the_same_world() -> None:
    assert all(str(make_world(world.seed, world.engine)) == str(world) for world, _ in generated()[:60])


def test_every_name_in_a_world_leads_somewhere() -> None:
    assert all(is_sound(world) for world, _ in generated())


def test_every_standing_is_in_many_worlds() -> None:
    worlds_with = Counter(standing for _, found in generated() for standing in set(found.values()))
    assert min(worlds_with[standing] for standing in Standing) > len(generated()) / 20, worlds_with


# Oracles that forget a clause: what is patched, and by what

Patch = dict[str, Callable[..., Any]]


def run_out(world: World, rule: Rule, row: Row, late: Callable[[Span, Any], bool], zone: str | None = None) -> bool:
    """`has_run_out` with another comparison, or in another zone."""
    if agreement(world, rule, row) in (Agreement.RUNS, Agreement.UNREADABLE):
        return False
    clock = clock_of(world, rule, row) if rule.keep else None
    cut = cut_off(world.as_of, rule.keep, ZoneInfo(zone) if zone else world.zone) if rule.keep else None
    return rule.keep is None or (isinstance(clock, Span) and not late(clock, cut))


def law_on_the_row_alone(world: World, row: Row, change: oracle.Change) -> bool:
    laws = [rule for rule in world.rules if rule.law and forbids(rule, change) and rule.table.name == row.table]
    return any(protects(world, law, row) for law in laws)


def undeclared_is_not_held(world: World, hold: Hold, row: Row) -> bool:
    if isinstance(hold.scope, OnSubject) and oracle.subjects_of(world, row.table) is None:
        return is_record(world, row, hold.scope.table, hold.scope.key)
    return NAMES(world, hold, row)


def subject_paths_are_ignored(world: World, hold: Hold, row: Row) -> bool:
    if isinstance(hold.scope, OnSubject) and oracle.subjects_of(world, row.table):
        return is_record(world, row, hold.scope.table, hold.scope.key)
    return NAMES(world, hold, row)


def holds_travel_up(world: World, row: Row) -> list[Row]:
    below = [
        child
        for _, link in children_of(world, row.table)
        for child in world.rows_of(link.table)
        if leads(world, link, child, row, NEAR_ENOUGH) is not NO
    ]
    return ROWS_ABOVE(world, row) + below


def all_rules_are_peers(world: World, rule: Rule, row: Row) -> bool:
    return not has_run_out(world, rule, row) or any(
        may_cover(world, other, row) and not has_run_out(world, other, row)
        for other in world.rules
        if other != rule and other.table.name == row.table
    )


def overridden_is_not_kept(world: World, rule: Rule, row: Row) -> bool:
    return KEPT(replace(world, rules=tuple(replace(r, overrides=()) for r in world.rules)), rule, row)


def not_does_not_turn(world: World, condition: Condition, row: Row, letter: Letter) -> Truth:
    if isinstance(condition, Not):
        return oracle.opposite(oracle.holds(world, condition.condition, row, letter))
    return HOLDS(world, condition, row, letter)


def unknown_is_false(world: World, condition: Condition, row: Row, letter: Letter) -> Truth:
    return HOLDS(world, condition, row, letter) is YES


def link_without(**fields: Any) -> Patch:
    def leads_anyhow(world: World, link: Link, row: Row, target: Row, letter: Letter) -> Truth:
        return LEADS(world, replace(link, **fields), row, target, letter)

    return {"leads": leads_anyhow}


def clocks_with(change: Callable[[World, ClockFacts], ClockFacts]) -> Patch:
    return {"clock_facts": lambda world, table, name: change(world, CLOCK_FACTS(world, table, name))}


def unnamed_below_rows_that_go(world: World, rule: Rule, row: Row) -> bool:
    """Looks at the record's own children only."""
    lines = tuple(replace(line, fate=RowFate.KEEP) for line in rule.with_)
    return rule.then is Disposition.DELETE and LEFT_BEHIND(world, replace(rule, with_=lines), row)


def unreadable_is_over(world: World, rule: Rule, row: Row) -> Agreement:
    found = AGREEMENT(world, rule, row)
    return Agreement.OVER if found is Agreement.UNREADABLE else found


def all_clocks(world: World, paths: tuple[tuple[str, ...], ...], row: Row) -> list[Reading]:
    return [
        read(oracle.clock_facts(world, there.table, path[-1]), there[path[-1]])
        for path in paths
        for there in oracle.surely_at(world, row, path[:-1])
    ]


def day_forgotten(clock: Reading) -> Reading:
    return replace(clock, day=None) if isinstance(clock, Span) else clock


NAMES, ROWS_ABOVE, KEPT, HOLDS, LEADS = oracle.names, oracle.rows_above, oracle.kept, oracle.holds, oracle.leads
CLOCK_FACTS, LEFT_BEHIND, AGREEMENT = oracle.clock_facts, oracle.a_row_is_left_behind, oracle.agreement
AGE, COMPARE_TEXT, VALUES_AT = oracle.age, oracle.compare_text, oracle.values_at

FORGETFUL: dict[str, Patch] = {
    "holds": {"held": lambda world, row: False},
    "holds reach below": {"reaches": lambda world, hold, row, seen: NAMES(world, hold, row)},
    "holds reach nothing above": {"rows_above": holds_travel_up},
    "holds by the unwritten key": {
        "is_record": lambda w, row, table, key: oracle.is_table(w, row, table) and row.key == key
    },
    "holds on a person reach tables that declare nothing": {"names": undeclared_is_not_held},
    "holds on a person follow the subjects": {"names": subject_paths_are_ignored},
    "law": {"under_law": lambda world, row, change: False},
    "law reaches down": {"under_law": law_on_the_row_alone},
    "protection by near misses": {"may_cover": lambda w, rule, row: HOLDS(w, rule.where, row, BY_THE_LETTER) is YES},
    "protects narrows": {"forbids": lambda law, change: True},
    "protects keeps the row": {"forbids": lambda law, change: not {*law.protects}.isdisjoint(change.columns)},
    "agreements": {"agreed": lambda world, row, rule=None: False},
    "agreements of other rules": {
        "agreed": lambda world, row, rule=None: bool(rule) and agreement(world, rule, row) is Agreement.RUNS
    },
    "agreements that cannot be read": {"agreement": unreadable_is_over},
    "≤ and not <": {"has_run_out": lambda w, rule, row: run_out(w, rule, row, lambda clock, cut: clock.counts >= cut)},
    "the last instant": {
        "has_run_out": lambda w, rule, row: run_out(w, rule, row, lambda clock, cut: clock.first > cut)
    },
    "counts from start": {
        "has_run_out": lambda w, rule, row: run_out(w, rule, row, lambda clock, cut: clock.last > cut)
    },
    "the organisation's zone": {
        "has_run_out": lambda w, rule, row: run_out(w, rule, row, lambda clock, cut: clock.counts > cut, zone="UTC")
    },
    "the clock's zone": clocks_with(lambda world, facts: replace(facts, zone=world.zone)),
    "the clock's own zone": clocks_with(
        lambda world, facts: replace(facts, zone=ZoneInfo(world.inventory.databases[0].zone or ""))
    ),
    "the floor": clocks_with(lambda world, facts: replace(facts, floor=facts.floor - timedelta(days=1))),
    "undated values": clocks_with(lambda world, facts: replace(facts, undated=())),
    "never values": clocks_with(lambda world, facts: replace(facts, never=())),
    "peers": {"kept": lambda world, rule, row: not has_run_out(world, rule, row)},
    "what has peers": {"kept": all_rules_are_peers},
    "overrides strike": {"struck": lambda world, rule, row: False},
    "overrides": {"kept": overridden_is_not_kept},
    "blocked": {"blocked": lambda world, rule, row: False},
    "named rows that must stay": {"a_named_row_must_stay": lambda world, rule, row: False},
    "unnamed rows": {"a_row_is_left_behind": lambda world, rule, row: False},
    "unnamed rows below rows that go": {"a_row_is_left_behind": unnamed_below_rows_that_go},
    "`not` turns": {"holds": not_does_not_turn},
    "unknown": {"holds": unknown_is_false},
    "nobody": link_without(nobody=()),
    "when": link_without(when=None),
    "where of a link": link_without(where=None),
    "what is left below": {"something_is_left": lambda world, rule, row: oracle.differs(world, row, rule.columns)},
    "already redacted": {"differs": lambda world, row, columns: YES},
    "to the letter": {"compare_text": lambda value, op, text, letter: COMPARE_TEXT(value, op, text, NEAR_ENOUGH)},
    "trailing spaces": {
        "compare_text": lambda value, op, text, letter: COMPARE_TEXT(value.rstrip(" "), op, text, letter)
    },
    "case": {"blurred": lambda text: text.strip(" ")},
    "padding": {"blurred": lambda text: text.casefold()},
    "wildcards": {
        "compare_text": lambda value, op, text, letter: (
            text.strip("%_") in value if op is Operator.CONTAINS else COMPARE_TEXT(value, op, text, letter)
        )
    },
    "an unreadable one among the newest": {
        "newest": lambda world, paths, row: max(
            (clock for clock in all_clocks(world, paths, row) if isinstance(clock, Span)),
            key=lambda clock: clock.counts,
            default=UNDATED,
        )
    },
    "ages by the day": {"age": lambda w, condition, clock: AGE(w, condition, day_forgotten(clock))},
    "links that lead nowhere": {
        "values_at": lambda world, row, name: (
            [value for value in VALUES_AT(world, row, name) if value is not None or len(name) == 1]
        )
    },
}


@pytest.mark.parametrize("clause", FORGETFUL)
def test_worlds_betray_an_oracle_that_forgets(clause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds = generated()
    for name, forgetful in FORGETFUL[clause].items():
        monkeypatch.setattr(oracle, name, forgetful)
    assert any(standings(world) != expected for world, expected in worlds)
