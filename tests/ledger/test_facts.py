"""What is read out of the chain: approvals, batches, reviews, tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.shelf import NOW, Place, batch, evidence, reading
from wesretain.errors import LedgerError
from wesretain.ledger import Ledger, create
from wesretain.ledger.chain import COLUMNS, last_row, row_after, stamp
from wesretain.model.ledger import Approval, Decision, Kind
from wesretain.verify import Missing, _told_since

Step = Callable[[Ledger], object]
LATER = NOW + timedelta(days=1)
DAY = date(2027, 1, 31)


def approve(backlog: int | None = None, rule: str = "old", digest: str = "d1") -> Step:
    return lambda ledger: ledger.approve(rule, digest, "ann", NOW, backlog)


def done(name: str, records: int, rule: str = "old") -> Step:
    return lambda ledger: ledger.done(evidence(name, rule, records=records), NOW)


def ended(*finished: str) -> Step:
    return lambda ledger: ledger.end_run("run 1", "shop", {"finished": list(finished)}, NOW)


# -- approvals --------------------------------------------------------------------------------------------------------


APPROVALS: list[tuple[str, list[Step], tuple[str, int | None, int | None] | None]] = [
    ("nothing", [], None),
    ("another rule", [approve(rule="older")], None),
    ("no backlog", [approve()], ("d1", None, None)),
    ("no backlog, and done", [approve(), done("b1", 10), ended("old")], ("d1", None, None)),
    ("whole", [approve(100)], ("d1", 100, 100)),
    ("none at all", [approve(0)], ("d1", 0, 0)),
    ("used", [approve(100), done("b1", 30), done("b2", 20)], ("d1", 100, 50)),
    ("used by others", [approve(100), done("b1", 30, "older")], ("d1", 100, 100)),
    ("used before", [done("b1", 30), approve(100), done("b2", 1)], ("d1", 100, 99)),
    ("used up", [approve(100), done("b1", 100)], ("d1", 100, 0)),
    ("more than used up", [approve(100), done("b1", 130)], ("d1", 100, 0)),
    ("finished", [approve(100), done("b1", 30), ended("older", "old")], ("d1", 100, 0)),
    ("others finished", [approve(100), done("b1", 30), ended("older")], ("d1", 100, 70)),
    ("finished before", [ended("old"), approve(100)], ("d1", 100, 100)),
    ("not finished", [approve(100), ended()], ("d1", 100, 100)),
    ("approved anew", [approve(100), done("b1", 30), ended("old"), approve(50, digest="d2")], ("d2", 50, 50)),
    ("approved anew without", [approve(100), approve(digest="d2")], ("d2", None, None)),
]


@pytest.mark.parametrize(("steps", "expected"), [case[1:] for case in APPROVALS], ids=[case[0] for case in APPROVALS])
def test_an_approval(steps: list[Step], expected: tuple[str, int | None, int | None] | None, place: Place) -> None:
    with reading(place) as ledger:
        for step in steps:
            step(ledger)
        found = ledger.approval("old", "shop")
    if expected is None:
        assert found is None
        return
    digest, backlog, left = expected
    assert found == Approval("old", digest, "ann", NOW, backlog, left)


def test_a_run_that_says_nothing_of_rules_finishes_none(place: Place) -> None:
    with reading(place) as ledger:
        ledger.approve("old", "d1", "ann", NOW, 100)
        ledger.end_run("run 1", "shop", {}, NOW)
        assert getattr(ledger.approval("old", "shop"), "backlog_left", None) == 100


# -- runs and batches -------------------------------------------------------------------------------------------------


def test_a_run_says_which_database_it_is_for(place: Place) -> None:
    with reading(place) as ledger:
        ledger.begin_run("run 1", "shop", {"by": "ann"}, NOW)
        ledger.end_run("run 1", "shop", {"finished": ["old"]}, LATER)
        begun, end = ledger.entries(subject="run 1")
    assert (begun.kind, begun.at, begun.body) == (Kind.RUN_STARTED, NOW, {"by": "ann", "database": "shop"})
    assert (end.kind, end.at, end.body) == (Kind.RUN_ENDED, LATER, {"finished": ["old"], "database": "shop"})


def test_a_skipped_record_is_named_by_its_token(place: Place) -> None:
    with reading(place) as ledger:
        ledger.skipped("run 1", "shop", "old", "shop.orders", "t0k3n", "a trigger", NOW)
        (entry,) = ledger.entries(kinds=(Kind.RECORD_SKIPPED,))
    about = {"database": "shop", "rule": "old", "table": "shop.orders", "token": "t0k3n", "reason": "a trigger"}
    assert (entry.subject, entry.body) == ("run 1", about)


def test_open_intents_are_those_of_which_nothing_was_heard(place: Place) -> None:
    with reading(place) as ledger:
        for name in ("b9", "b2", "b3", "b4"):
            ledger.intend(batch(name), NOW)
        ledger.intend(batch("c1", database="desk"), NOW)
        assert ledger.open_intents("shop") == tuple(map(batch, ("b9", "b2", "b3", "b4")))
        ledger.done(evidence("b2"), NOW)
        ledger.void("b4", NOW, "it was not carried out")
        assert ledger.open_intents("shop") == (batch("b9"), batch("b3"))
        assert ledger.open_intents("desk") == (batch("c1", database="desk"),)
        assert ledger.open_intents("elsewhere") == ()


def test_evidence_comes_back_as_it_was_written(place: Place) -> None:
    written = [evidence("b2"), evidence("b1", records=3), evidence("b3", "older")]
    with reading(place) as ledger:
        for each in written:
            ledger.done(each, NOW)
        ledger.done(evidence("c1", database="desk"), NOW)
        assert list(ledger.evidences("shop")) == written
        assert list(ledger.evidences("elsewhere")) == []


def test_open_intents_are_found_among_many_batches(place: Place) -> None:
    """Those that are neither done nor void alone, on this database, however many there were."""
    with reading(place) as ledger:
        with ledger.store.transaction():
            for number in range(20_000 if isinstance(place, Path) else 4_000):
                ledger.add(Kind.BATCH_INTENDED, str(number), {**INTENT, "records": number}, NOW)
                if number != 7:
                    ledger.add(Kind.BATCH_DONE, str(number), {}, NOW)
        found = ledger.open_intents("shop")
    assert [each.id for each in found] == ["7"]


# -- reviews ----------------------------------------------------------------------------------------------------------


REVIEWS: list[tuple[list[str], dict[str, int]]] = [
    ([], {}),
    (["open a"], {"a": 2}),
    (["open a", "open b"], {"a": 2, "b": 3}),
    (["open a", "close a"], {}),
    (["open a", "close b"], {"a": 2}),
    (["open a", "close a", "open a"], {"a": 4}),
    (["open a", "open a"], {"a": 2}),
    (["close a", "open a", "open b", "close b"], {"a": 3}),
]


@pytest.mark.parametrize(("steps", "expected"), REVIEWS)
def test_open_reviews_are_those_that_were_not_closed(steps: list[str], expected: dict[str, int], place: Place) -> None:
    """Each with the entry that opened it."""
    with reading(place) as ledger:
        for step in steps:
            match step.split():
                case ["open", rule]:
                    ledger.open_review(rule, 10, NOW)
                case [_, rule]:
                    ledger.close_review(rule, NOW)
        found = ledger.open_reviews()
    assert {rule: entry.number for rule, entry in found.items()} == expected
    assert all(entry.body == {"records": 10} for entry in found.values())


def test_the_newest_decision_on_a_record_counts(place: Place) -> None:
    decisions: list[tuple[str, list[tuple[str, ...]], date | None]] = [
        ("old", [("1",), ("2",), ("3", "x")], None),
        ("old", [("2",), ("4",)], DAY),
        ("older", [("1",)], DAY),
        ("old", [("4",)], None),
        ("old", [], DAY),
    ]
    with reading(place) as ledger:
        for rule, keys, until in decisions:
            ledger.decide(rule, keys, until, "ann", "looked at it", NOW)
        found = ledger.decisions()
    assert len(found) == 5
    assert set(found) == {
        Decision("old", ("1",), None),
        Decision("old", ("2",), DAY),
        Decision("old", ("3", "x"), None),
        Decision("old", ("4",), None),
        Decision("older", ("1",), DAY),
    }


def test_a_decision_on_many_records_takes_several_entries(place: Place) -> None:
    keys = [(str(number),) for number in range(2_001)]
    with reading(place) as ledger:
        ledger.decide("old", keys, DAY, "ann", "looked at it", NOW)
        entries = list(ledger.entries(kinds=(Kind.REVIEW_EXTENDED,), subject="old"))
        assert [len(entry.body["keys"]) for entry in entries] == [1_000, 1_000, 1]
        assert {entry.body["by"] for entry in entries} == {"ann"}
        assert {entry.body["reason"] for entry in entries} == {"looked at it"}
        assert ledger.decisions() == tuple(Decision("old", key, DAY) for key in keys)


# -- tokens -----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(parts=st.lists(st.lists(st.text(st.characters(), max_size=3), max_size=3), min_size=2, max_size=2))
def test_a_token_stands_for_its_parts_alone(parts: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "tokens"
    if not path.exists():
        create(path, NOW)
    with reading(path) as ledger:
        one, other = (ledger.token(*each) for each in parts)
        assert (one == other) == (parts[0] == parts[1])
        assert len(one) == 32
        assert set(one) <= set("0123456789abcdef")


def test_tokens_say_nothing_without_their_ledger(path: Path, tmp_path: Path) -> None:
    create(tmp_path / "other", NOW)
    with reading(path) as one, reading(tmp_path / "other") as other:
        token = one.token("shop", "orders", "1")
        assert token != other.token("shop", "orders", "1")
        assert one.token("ab", "c") != one.token("a", "bc") != one.token("abc")
    with reading(path) as again:
        assert again.token("shop", "orders", "1") == token


# -- what cannot be understood ----------------------------------------------------------------------------------------


INTENT: dict[str, Any] = {"run": "run 1", "database": "shop", "rule": "old", "table": "shop.orders", "records": 1}
DONE: dict[str, Any] = {**INTENT, "as_of": "2026", "counts": {"delete shop.orders": 1}, "digest": "ab"}
APPROVED: dict[str, Any] = {"digest": "d1", "by": "ann", "backlog": 100}


def without(body: dict[str, Any], key: str) -> dict[str, Any]:
    return {each: body[each] for each in body if each != key}


def intents(ledger: Ledger) -> object:
    return ledger.open_intents("shop")


def evidences(ledger: Ledger) -> object:
    return list(ledger.evidences("elsewhere"))


def approval(ledger: Ledger) -> object:
    return ledger.approval("old", "shop")


def decisions(ledger: Ledger) -> object:
    return ledger.decisions()


UNCLEAR: list[tuple[Kind, dict[str, Any], Step]] = [
    *((Kind.BATCH_INTENDED, without(INTENT, key), intents) for key in INTENT),
    (Kind.BATCH_INTENDED, {**INTENT, "records": "1"}, intents),
    *((Kind.BATCH_DONE, without(DONE, key), evidences) for key in DONE),
    (Kind.BATCH_DONE, {**DONE, "counts": {"delete shop.orders": "1"}}, evidences),
    *((Kind.BATCH_DONE, without(DONE, key), approval) for key in DONE),
    *((Kind.RULE_APPROVED, without(APPROVED, key), approval) for key in APPROVED),
    (Kind.RULE_APPROVED, {**APPROVED, "backlog": "100"}, approval),
    (Kind.RUN_ENDED, {"finished": "old"}, approval),
    (Kind.REVIEW_APPROVED, {}, decisions),
    (Kind.REVIEW_APPROVED, {"keys": ["1"]}, decisions),
    (Kind.REVIEW_APPROVED, {"keys": [[1]]}, decisions),
    (Kind.REVIEW_EXTENDED, {"keys": [["1"]]}, decisions),
    (Kind.REVIEW_EXTENDED, {"keys": [["1"]], "until": None}, decisions),
    (Kind.REVIEW_EXTENDED, {"keys": [["1"]], "until": "soon"}, decisions),
]


@pytest.mark.parametrize(("kind", "body", "ask"), UNCLEAR)
def test_what_cannot_be_understood_stops_the_run(kind: Kind, body: dict[str, Any], ask: Step, place: Place) -> None:
    with reading(place) as ledger:
        ledger.approve("old", "d1", "ann", NOW, 100)
        ledger.append(kind, "old", body, NOW)
        with pytest.raises(LedgerError, match="entry 3 in the ledger cannot be understood") as caught:
            ask(ledger)
    assert caught.value.exit_code == 8
    assert caught.value.mend


@pytest.mark.parametrize("body", ['{"digest": "d1"}', '{"b":1,"a":2}', "[]", '"d1"', '{"a":1,"a":1}', "{"])
def test_what_is_not_written_as_bodies_are_stops_the_run(body: str, place: Place) -> None:
    """Though all of its hashes fit: two readers could read it differently."""
    with reading(place) as ledger:
        last = last_row(ledger.store)
        row = row_after((last.number, last.hash), (stamp(NOW), Kind.RULE_APPROVED.value, "old"), body, "ab" * 16)
        with ledger.store.transaction():
            ledger.store.execute(f"INSERT INTO entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        with pytest.raises(LedgerError, match="entry 2 in the ledger cannot be understood"):
            ledger.approval("old", "shop")
        assert list(ledger.verify()) == ["entry 2 cannot be understood"]


def test_a_batch_that_was_told_of_meanwhile_is_no_difference(place: Place) -> None:
    """The ledger is read before the database; what it is told of in between counts, where it says the same."""
    with reading(place) as ledger:
        ledger.done(evidence("b1"), NOW)
        assert _told_since(Missing(evidence("b1"), in_ledger=False), ledger)
        assert not _told_since(Missing(evidence("b1", records=11), in_ledger=False), ledger)
        assert not _told_since(Missing(evidence("b2"), in_ledger=False), ledger)
