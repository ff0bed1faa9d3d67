"""The ledger's own retention: what nothing rests on is emptied, all else stays, and the chain verifies throughout."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.shelf import Place, batch, breaks, evidence, execute, reading, tamper
from wesretain.errors import LedgerError, UsageError
from wesretain.ledger import Ledger, create
from wesretain.ledger.ranges import Ranges
from wesretain.model.hold import OnDatabase
from wesretain.model.ledger import Entry, Kind

OLD = datetime(2015, 6, 1, tzinfo=UTC)
BEFORE = datetime(2019, 1, 1, tzinfo=UTC)
NEW = datetime(2020, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)

Step = Callable[[Ledger], object]


def hold(at: datetime = OLD, databases: tuple[str, ...] = ("shop",)) -> Step:
    return lambda ledger: ledger.place_hold("Case 1", "r", OnDatabase("shop"), at, by="ann", databases=databases)


def release(number: int, at: datetime = OLD, effective: datetime = OLD) -> Step:
    return lambda ledger: ledger.release_hold(number, "settled", at, by="bob", effective=effective)


def approve(at: datetime = OLD, backlog: int | None = None, rule: str = "old") -> Step:
    return lambda ledger: ledger.approve(rule, "d", "ann", at, backlog)


def decide(at: datetime = OLD, until: date | None = None, rule: str = "old") -> Step:
    return lambda ledger: ledger.decide(rule, [("1",)], until, "ann", "looked at it", at)


def begin(at: datetime = OLD, database: str = "shop") -> Step:
    return lambda ledger: ledger.begin_run("run 1", database, {"by": "ann"}, at)


def intend(name: str, at: datetime = OLD) -> Step:
    return lambda ledger: ledger.intend(batch(name), at)


def done(name: str, at: datetime = OLD) -> Step:
    return lambda ledger: ledger.done(evidence(name), at)


def void(name: str, at: datetime = OLD) -> Step:
    return lambda ledger: ledger.void(name, at, "nothing was due")


def opened(at: datetime = OLD, rule: str = "old") -> Step:
    return lambda ledger: ledger.open_review(rule, 7, at)


def closed(at: datetime = OLD, rule: str = "old") -> Step:
    return lambda ledger: ledger.close_review(rule, at)


def prepared(at: datetime = OLD) -> Step:
    return lambda ledger: ledger.append(Kind.DATABASE_PREPARED, "shop", {"by": "ann"}, at)


#: What is written after the ledger was created, and what of it still says something afterwards (counted from 2).
CASES: list[tuple[str, list[Step], set[int]]] = [
    ("a run", [begin(), intend("b1"), done("b1"), intend("b2"), void("b2")], set()),
    ("a run that is young", [begin(BEFORE), begin(BEFORE - timedelta(microseconds=1)), begin(NEW)], {2, 4}),
    ("a batch of which nothing was heard", [intend("b1"), intend("b2"), done("b2")], {2}),
    ("an old batch that was settled of late", [intend("b1"), done("b1", NEW)], {3}),
    ("the newest approval", [approve(), approve(rule="other"), approve(OLD + timedelta(days=9))], {3, 4}),
    ("a hold in force", [hold(), begin(), begin(database="desk"), intend("b1"), done("b1")], {2, 3, 5, 6}),
    ("a hold on everything", [begin(), begin(database="desk"), hold(databases=())], {2, 3, 4}),
    ("a released hold", [hold(), release(1), begin()], set()),
    ("a hold that was released of late", [hold(), release(1, NEW), begin()], {2, 3, 4}),
    ("a hold whose release takes effect later", [hold(), release(1, effective=NEW), begin()], {2, 3, 4}),
    ("a release at the very cut-off", [hold(), release(1, effective=BEFORE)], {2, 3}),
    ("one hold of two", [hold(), hold(), release(1)], {3}),
    ("a review that is open", [opened(), opened(rule="other"), closed()], {3}),
    ("a review that was opened again", [opened(), closed(), opened()], {4}),
    ("decisions", [decide(), decide(until=date(2018, 12, 31))], set()),
    ("a decision that still postpones", [decide(), decide(until=date(2019, 1, 1)), decide(rule="other")], {3}),
    ("what follows a decision that still postpones", [decide(until=date(2030, 1, 1)), decide()], {2, 3}),
    ("a database that was prepared", [prepared()], set()),
]


def emptied(place: Place, before: datetime = BEFORE) -> int:
    with reading(place) as ledger:
        return ledger.empty(before, NOW)


def written(place: Place, *steps: Step) -> list[Entry]:
    with reading(place) as ledger:
        for step in steps:
            step(ledger)
        return list(ledger.entries())


@pytest.mark.parametrize(("steps", "kept"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_nothing_rests_on_is_emptied(steps: list[Step], kept: set[int], place: Place) -> None:
    before = {entry.number: entry for entry in written(place, *steps)}
    gone = set(before) - kept - {1}
    assert emptied(place) == len(gone)
    assert breaks(place) == []
    with reading(place) as ledger:
        after = {entry.number: entry for entry in ledger.all_entries()}
        for number, entry in before.items():
            now = after[number]
            assert (now.at, now.kind, now.subject, now.hash) == (entry.at, entry.kind, entry.subject, entry.hash)
            assert now.emptied == (number in gone)
            assert (now.body, now.salt) == (({}, None) if number in gone else (entry.body, entry.salt))
        teller = [entry for number, entry in after.items() if number not in before]
        assert [entry.kind for entry in teller] == [Kind.ENTRIES_EMPTIED] * bool(gone)
        assert {each.number for each in ledger.entries()} == set(after) - gone


def test_it_is_done_once(place: Place) -> None:
    written(place, begin(), begin(NEW))
    assert emptied(place) == 1
    with reading(place) as ledger:
        head = ledger.head()
        assert ledger.empty(BEFORE, NOW) == 0
        assert ledger.head() == head


def test_what_is_emptied_is_gone_from_the_file(path: Path) -> None:
    written(path, hold(), release(1))
    assert b"Case 1" in path.read_bytes()
    assert emptied(path) == 2
    assert b"Case 1" not in path.read_bytes()


def test_facts_are_as_they_were(place: Place) -> None:
    """Apart from what was emptied: numbers never come again, generations never fall, backlogs are used up."""
    steps = (hold(), release(1), hold(), approve(backlog=100), done("b1"), decide(), opened())
    with reading(place) as ledger:
        for step in steps:
            step(ledger)
        ledger.release_hold(2, "settled", OLD, by="bob", effective=OLD)
        ledger.open_review("other", 3, NEW)
        generations = [ledger.generation(name) for name in ("shop", "desk")]
        ledger.empty(BEFORE, NOW)
        assert ledger.holds() == ()
        assert all(now >= then for now, then in zip(map(ledger.generation, ("shop", "desk")), generations, strict=True))
        assert ledger.place_hold("Case 3", "r", OnDatabase("shop"), NOW) == 3
        approval = ledger.approval("old", "shop")
        assert approval is not None
        assert (approval.backlog, approval.backlog_left) == (100, 0)
        assert set(ledger.open_reviews()) == {"old", "other"}
        assert ledger.decisions() == ()
        assert list(ledger.evidences("shop")) == []
        with pytest.raises(UsageError, match="hold 1 is released already"):
            ledger.release_hold(1, "again", NOW, by="bob", effective=NOW)


def test_a_thousand_stretches_are_told_in_several_entries(path: Path) -> None:
    with reading(path) as ledger, ledger.store.transaction():
        for number in range(2_500):
            ledger.add(Kind.RUN_STARTED, str(number), {}, NEW if number % 2 else OLD)
    assert emptied(path) == 1_250
    assert breaks(path) == []
    with reading(path) as ledger:
        assert sum(entry.kind is Kind.ENTRIES_EMPTIED for entry in ledger.entries()) == 2


# -- tampering --------------------------------------------------------------------------------------------------------

_SILENCED = "UPDATE entries SET body = NULL, salt = NULL WHERE number = {}"


def test_what_was_silenced_by_hand_is_found_and_decides_nothing(path: Path) -> None:
    """The guard lets it pass; that no entry tells of it gives it away."""
    written(path, hold(NOW))
    execute(path, _SILENCED.format(2))
    assert breaks(path) == ["entry 2 has lost what it said, and no later entry tells that it was emptied"]
    with reading(path) as ledger, pytest.raises(LedgerError, match="entry 2 in the ledger has lost what it said"):
        ledger.holds()


def test_what_was_emptied_too_soon_is_found(path: Path) -> None:
    """Also where an entry tells of it: not even the command that empties may take what is younger than a year."""
    written(path, begin(NOW - timedelta(days=364, seconds=1)), begin(NOW - timedelta(days=363)))
    assert emptied(path, NOW - timedelta(days=364)) == 1
    assert breaks(path) == []
    assert emptied(path, NOW - timedelta(days=362)) == 1
    assert breaks(path) == ["entry 5 tells of entries emptied that were not old enough"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE entries SET kind = 'run ended' WHERE number = 2", "entry 2 has been changed since it was written"),
        ("UPDATE entries SET fingerprint = 'x' WHERE number = 2", "entry 2 has been changed since it was written"),
        ("UPDATE entries SET body = '{}', salt = '' WHERE number = 2", "entry 2 has been changed"),
        ("UPDATE entries SET body = '{}' WHERE number = 2", "entry 2 has been changed since it was written"),
        ("UPDATE entries SET salt = '' WHERE number = 2", "entry 2 has been changed since it was written"),
        ("UPDATE entries SET body = NULL WHERE number = 3", "entry 3 has been changed since it was written"),
        ("DELETE FROM entries WHERE number = 2", "entry 2 is missing"),
        ("DELETE FROM entries WHERE number = 4", "entry 2 has lost what it said"),
    ],
)
def test_an_emptied_entry_is_guarded_as_all_others(statement: str, words: str, path: Path) -> None:
    written(path, begin(), begin(NEW))
    emptied(path)
    tamper(path, statement)
    assert breaks(path)[0].startswith(words)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = NULL WHERE number = 2",
        "UPDATE entries SET salt = NULL WHERE number = 2",
        "UPDATE entries SET body = NULL, salt = NULL, subject = 'x' WHERE number = 2",
        "UPDATE entries SET body = '{}', salt = 'x' WHERE number = 2",
        "UPDATE entries SET hash = 'x' WHERE number = 2",
    ],
)
def test_slips_are_guarded_against(statement: str, path: Path) -> None:
    written(path, begin())
    with pytest.raises(sqlite3.IntegrityError, match="entries of the ledger are never changed"):
        execute(path, statement)


def test_a_body_that_is_gone_cannot_be_guessed(tmp_path: Path) -> None:
    """Two ledgers that say the same have other fingerprints."""
    found = set()
    for name in ("one", "two"):
        create(tmp_path / name, OLD)
        written(tmp_path / name, begin())
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            found.update(connection.execute("SELECT fingerprint FROM entries WHERE number = 2").fetchall())
    assert len(found) == 2


# -- sets of numbers --------------------------------------------------------------------------------------------------

NUMBERS = st.lists(st.tuples(st.integers(-5, 40), st.integers(0, 6)))


@settings(deadline=None)
@given(one=NUMBERS, other=NUMBERS)
def test_ranges_are_sets(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    sets, ranges = [], []
    for stretches in (one, other):
        made = Ranges()
        for first, more in stretches:
            made.add(first, first + more)
        ranges.append(made)
        sets.append({number for first, more in stretches for number in range(first, first + more + 1)})
    assert list(ranges[0].beyond(ranges[1])) == sorted(sets[0] - sets[1])
    assert [number in ranges[0] for number in range(-10, 60)] == [number in sets[0] for number in range(-10, 60)]
    stretches = ranges[0].stretches()
    assert all(second[0] > first[1] + 1 for first, second in pairwise(stretches))
