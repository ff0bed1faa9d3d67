"""Families for people: what their members have in common is added up, and what is unusual is named, a little of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from wesretain.model.names import family_of
from wesretain.model.outcome import DatabaseOutcome, RuleOutcome
from wesretain.model.plan import Glance, OfRule, RulePlan, ScannedDatabase, Takes, Tally

#: So many members are named of those that are alike in being unusual, and so many of which most is due.
NAMED, LARGEST = 10, 5
Found = TypeVar("Found")


def families(found: Iterable[Found], name: Callable[[Found], str]) -> Iterator[tuple[str, Sequence[Found]]]:
    """What belongs to one family, or to a database that stands alone, in order."""
    for family, members in groupby(found, key=lambda each: family_of(name(each))):
        yield family, tuple(members)


def few(lines: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Lines on databases (the name, then the line), a few of each family, and how many more there are."""
    for family, told in families(lines, lambda each: each[0]):
        yield from (line for _, line in told[:NAMED])
        if len(told) > NAMED:
            yield f"{family}: {len(told) - NAMED:,} more of these; see them all with --format json"


def sum_of(
    family: str, members: Sequence[ScannedDatabase[OfRule]], added: Callable[[Sequence[OfRule]], OfRule]
) -> ScannedDatabase[OfRule]:
    """What was found of all members, as one: each rule's added up."""
    rules = tuple(map(added, zip(*(found.rules for found in members), strict=True)))
    server = f"{len(members):,} databases on {', '.join(dict.fromkeys(found.server for found in members))}"
    return ScannedDatabase(family, min(found.as_of for found in members), server, rules)


def added_plans(plans: Sequence[RulePlan]) -> RulePlan:
    """One rule's tallies added up, without those of databases that refuse it."""
    tallies = [plan.tally for plan in plans if plan.tally is not None]
    if not tallies:
        return plans[0]
    acts = [plan.acts for plan in plans if plan.acts is not None]
    return replace(plans[0], tally=_tally(tallies), refused=None, acts=sum(acts) if acts else None)


def added_glances(glances: Sequence[Glance]) -> Glance:
    """The same at a glance: there are more where any database has more."""
    known = [glance for glance in glances if glance.refused is None]
    if not known:
        return glances[0]
    return Glance(known[0].rule, sum(glance.due for glance in known), any(glance.more for glance in known))


def _tally(tallies: Sequence[Tally]) -> Tally:
    taken: dict[tuple[str, str], int] = {}
    for takes in (takes for tally in tallies for takes in tally.takes):
        taken[takes.path, takes.fate] = taken.get((takes.path, takes.fate), 0) + takes.rows
    return Tally(
        counts=tuple(map(sum, zip(*(tally.counts for tally in tallies), strict=True))),
        undated=sum(tally.undated for tally in tallies),
        but_for_holds=tuple(map(sum, zip(*(tally.but_for_holds for tally in tallies), strict=True))),
        missed_by_case=sum(tally.missed_by_case for tally in tallies),
        outside=sum(tally.outside for tally in tallies),
        also_due_elsewhere=sum(tally.also_due_elsewhere for tally in tallies),
        oldest=min((tally.oldest for tally in tallies if tally.oldest), key=lambda oldest: oldest.last, default=None),
        takes=tuple(Takes(path, fate, rows) for (path, fate), rows in taken.items()),
    )


def largest(members: Sequence[ScannedDatabase[OfRule]]) -> Sequence[ScannedDatabase[OfRule]]:
    """The members of which most is due; none where nothing is."""
    return sorted((found for found in members if found.due), key=lambda found: -found.due)[:LARGEST]


def outcome_of(family: str, members: Sequence[DatabaseOutcome]) -> DatabaseOutcome:
    """The outcome of all members: what was done by each rule, added up."""
    rules: dict[str, RuleOutcome] = {}
    for each in (each for found in members for each in found.rules):
        known = rules.get(each.rule.name)
        rules[each.rule.name] = each if known is None else _added(known, each)
    return DatabaseOutcome(family, f"{len(members):,} runs", tuple(rules.values()))


def _added(one: RuleOutcome, other: RuleOutcome) -> RuleOutcome:
    words = dict.fromkeys((*(one.counts or {}), *(other.counts or {})))
    return replace(
        one,
        planned=one.planned + other.planned,
        done=one.done + other.done,
        counts={word: (one.counts or {}).get(word, 0) + (other.counts or {}).get(word, 0) for word in words},
        skipped=(*one.skipped, *other.skipped),
        left=one.left + other.left,
        stopped=one.stopped or other.stopped,
        exit_code=max(one.exit_code, other.exit_code),
    )
