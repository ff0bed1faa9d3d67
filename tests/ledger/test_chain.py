"""The chain: whatever is done to its entries is found out, and reading it hinders nobody."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.shelf import NOW, batch, breaks, digest, evidence, execute, forge, forge_onwards, reading, tamper
from wesretain.errors import LedgerError
from wesretain.ledger import Ledger, create
from wesretain.ledger.chain import PAGE
from wesretain.ledger.migrations import SCHEMA
from wesretain.model.hold import OnDatabase
from wesretain.model.ledger import Kind

#: How many entries the sound ledger of these tests has.
LENGTH = 10
COLUMNS = ("at", "kind", "subject", "body", "salt", "fingerprint", "previous", "hash")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A ledger with an entry of many kinds, and its head."""
    path = tmp_path_factory.mktemp("chain") / "ledger"
    create(path, NOW)
    with reading(path) as ledger:
        ledger.append(Kind.DATABASE_PREPARED, "shop", {}, NOW)
        ledger.place_hold("Case 1", "a lawsuit", OnDatabase("shop"), NOW, by="ann", databases=("shop",))
        ledger.release_hold(1, "settled", NOW, by="bob", effective=NOW + timedelta(days=7))
        ledger.approve("old", "d1", "ann", NOW, backlog=100)
        ledger.begin_run("run 1", "shop", {"by": "ann"}, NOW)
        ledger.intend(batch("b1"), NOW)
        ledger.done(evidence("b1"), NOW)
        ledger.decide("old", [("1",), ("2",)], None, "ann", "looked at it", NOW)
        ledger.end_run("run 1", "shop", {"finished": ["old"]}, NOW)
        assert list(ledger.verify()) == []
        assert len(list(ledger.entries())) == LENGTH
        return path, ledger.head()


@contextmanager
def copied(sound: tuple[Path, str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copy2(sound[0], Path(folder) / "ledger"))


def knows(path: Path, head: str) -> bool:
    with reading(path) as ledger:
        return ledger.has_head(head)


# -- what an entry is -------------------------------------------------------------------------------------------------


def test_an_entry_carries_the_hash_of_the_one_before(sound: tuple[Path, str]) -> None:
    with closing(sqlite3.connect(sound[0])) as connection:
        rows = connection.execute("SELECT * FROM entries ORDER BY number").fetchall()
        ((name,),) = connection.execute("SELECT id FROM ledger").fetchall()
    assert [row[0] for row in rows] == list(range(1, LENGTH + 1))
    assert [row[7] for row in rows[1:]] == [row[8] for row in rows[:-1]]
    for number, at, kind, subject, body, salt, fingerprint, previous, own in rows:
        assert fingerprint == digest(salt, body)
        assert own == digest(number, at, kind, subject, fingerprint, previous)
    assert len({row[5] for row in rows}) == LENGTH
    assert rows[0][2:4] == ("ledger created", name)
    assert rows[0][7] == digest(name, "ledger created")


def test_what_is_appended_comes_back(path: Path) -> None:
    body = {"text": "O'Brien\n🙂", "number": 1, "list": ["b", "a"], "nothing": None}
    with reading(path) as ledger:
        written = ledger.append(Kind.DATABASE_PREPARED, "shop – 店", body, NOW)
        (read,) = ledger.entries(kinds=(Kind.DATABASE_PREPARED,))
    assert read == written
    assert (read.number, read.at, read.subject, read.body) == (2, NOW, "shop – 店", body)


def test_entries_are_chosen_by_kind_subject_and_number(sound: tuple[Path, str]) -> None:
    cases: list[tuple[Callable[[Ledger], Iterator[object]], list[int]]] = [
        (lambda ledger: ledger.entries(), list(range(1, LENGTH + 1))),
        (lambda ledger: ledger.entries(after=8), [9, 10]),
        (lambda ledger: ledger.entries(kinds=(Kind.RUN_ENDED, Kind.HOLD_PLACED, Kind.RUN_STARTED)), [3, 6, 10]),
        (lambda ledger: ledger.entries(kinds=(Kind.RUN_ENDED, Kind.RUN_ENDED)), [10]),
        (lambda ledger: ledger.entries(kinds=(Kind.RUN_ENDED, Kind.RUN_STARTED), after=6), [10]),
        (lambda ledger: ledger.entries(subject="b1"), [7, 8]),
        (lambda ledger: ledger.entries(kinds=(Kind.BATCH_DONE,), subject="b1"), [8]),
        (lambda ledger: ledger.entries(kinds=(Kind.BATCH_DONE,), subject="B1"), []),
        (lambda ledger: ledger.entries(after=LENGTH), []),
    ]
    with reading(sound[0]) as ledger:
        for ask, numbers in cases:
            assert [entry.number for entry in ask(ledger)] == numbers  # type: ignore[attr-defined]


@pytest.mark.parametrize("statement", ["UPDATE entries SET subject = subject", "DELETE FROM entries WHERE number = 1"])
def test_slips_are_guarded_against(statement: str, path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="entries of the ledger are never"):
        execute(path, statement)


# -- tampering --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(number=st.integers(1, LENGTH), column=st.sampled_from(COLUMNS), value=st.text(max_size=8), forged=st.booleans())
def test_every_edit_is_found(number: int, column: str, value: str, forged: bool, sound: tuple[Path, str]) -> None:
    """Also where the entry got a hash that fits it: then the next one does not follow, or the head is another."""
    text = value.replace("\x00", "").encode("utf-8", "replace").decode().replace("'", "''")
    with copied(sound) as path:
        tamper(path, f"UPDATE entries SET {column} = {column} || 'x{text}' WHERE number = {number}")
        forged = forged and column not in ("fingerprint", "hash")  # these would be mended
        if forged:
            forge(path, number)
        found = breaks(path)
        assert found or (forged and number == LENGTH)
        assert any(f"entry {number}" in each or f"entry {number + 1}" in each for each in found) or number == LENGTH
        assert not forged or number < LENGTH or not knows(path, sound[1])


@settings(deadline=None)
@given(number=st.integers(1, LENGTH), to=st.integers(-3, 2 * LENGTH).filter(lambda to: not 1 <= to <= LENGTH))
def test_every_entry_that_was_given_another_number_is_found(number: int, to: int, sound: tuple[Path, str]) -> None:
    with copied(sound) as path:
        tamper(path, f"UPDATE entries SET number = {to} WHERE number = {number}")
        assert any(f"entry {to} " in each for each in breaks(path))
        forge(path, to)
        assert breaks(path)


@settings(deadline=None)
@given(gone=st.sets(st.integers(1, LENGTH), min_size=1))
def test_every_removal_is_found(gone: set[int], sound: tuple[Path, str]) -> None:
    """A tail that is missing leaves a sound chain, which does not know the head that was noted elsewhere."""
    with copied(sound) as path:
        tamper(path, f"DELETE FROM entries WHERE number IN ({', '.join(map(str, gone))})")
        tail = gone == set(range(min(gone), LENGTH + 1)) and min(gone) > 1
        assert bool(breaks(path)) != tail
        assert LENGTH not in gone or not knows(path, sound[1])


@settings(deadline=None)
@given(pair=st.sets(st.integers(1, LENGTH), min_size=2, max_size=2), forged=st.booleans())
def test_every_swap_is_found(pair: set[int], forged: bool, sound: tuple[Path, str]) -> None:
    one, other = sorted(pair)
    with copied(sound) as path:
        moves = ((one, 0), (other, one), (0, other))
        tamper(path, *(f"UPDATE entries SET number = {to} WHERE number = {number}" for number, to in moves))
        for number in pair if forged else ():
            forge(path, number)
        assert breaks(path)


@settings(deadline=None)
@given(left=st.integers(1, LENGTH - 1))
def test_a_chain_that_goes_on_from_an_older_end_does_not_know_the_head(left: int, sound: tuple[Path, str]) -> None:
    with copied(sound) as path:
        tamper(path, f"DELETE FROM entries WHERE number > {left}")
        with reading(path) as ledger:
            for _ in range(LENGTH):
                ledger.append(Kind.DATABASE_PREPARED, "shop", {}, NOW)
            assert list(ledger.verify()) == []
            assert not ledger.has_head(sound[1])


@settings(deadline=None)
@given(number=st.integers(2, LENGTH))
def test_a_chain_that_was_forged_to_its_end_does_not_know_the_head(number: int, sound: tuple[Path, str]) -> None:
    with copied(sound) as path:
        tamper(path, f"UPDATE entries SET subject = 'forged' WHERE number = {number}")
        forge_onwards(path, number)
        assert breaks(path) == []
        assert not knows(path, sound[1])


def test_a_head_of_the_past_is_in_the_chain(path: Path) -> None:
    with reading(path) as ledger:
        heads = [ledger.head()]
        for number in range(5):
            assert ledger.append(Kind.DATABASE_PREPARED, str(number), {}, NOW).hash == ledger.head()
            heads.append(ledger.head())
        assert len(set(heads)) == 6
        assert all(map(ledger.has_head, heads))
        assert not any(map(ledger.has_head, ("", "0" * 64, heads[0].upper())))


TAMPERED = [
    (["UPDATE entries SET body = '{}' WHERE number = 4"], ["entry 4 has been changed since it was written"]),
    (["DELETE FROM entries WHERE number = 4"], ["entry 4 is missing"]),
    (["DELETE FROM entries WHERE number IN (1, 5, 6, 7)"], ["entry 1 is missing", "entries 5 to 7 are missing"]),
    (["DELETE FROM entries"], ["entry 1 is missing, and all others"]),
    (["UPDATE entries SET body = zeroblob(3) WHERE number = 4"], None),  # the table's types do not allow it
    (["UPDATE entries SET number = -5 WHERE number = 10"], ["entry -5 has no place", "entry -5 has been changed"]),
    (["UPDATE ledger SET created_at = '2020-01-01T00:00:00+00:00'"], ["entry 1 does not tell how this ledger began"]),
    (["UPDATE ledger SET secret = randomblob(32)"], ["entry 1 does not tell how this ledger began"]),
    (["UPDATE ledger SET id = 'another'"], ["entry 1 does not tell how", "entry 1 does not follow"]),
    (["DROP TRIGGER entries_are_not_changed"], ["the table of entries is not as wesretain makes it"]),
    (["DROP INDEX entries_by_kind"], ["the table of entries is not as wesretain makes it"]),
]


@pytest.mark.parametrize(("statements", "words"), TAMPERED, ids=[each[0][0] for each in TAMPERED])
def test_what_was_done_is_told(statements: list[str], words: list[str] | None, sound: tuple[Path, str]) -> None:
    how = execute if statements[0].startswith("DROP") else tamper
    with copied(sound) as path:
        if words is None:
            with pytest.raises(sqlite3.IntegrityError):
                how(path, *statements)
            return
        how(path, *statements)
        for found, word in zip(breaks(path), words, strict=True):
            assert found.startswith(word)


def test_a_ledger_whose_name_is_gone_is_refused(path: Path) -> None:
    execute(path, "DELETE FROM ledger")
    with pytest.raises(LedgerError, match="has lost its name or its key"):
        breaks(path)


def test_a_hold_that_was_taken_out_of_an_index_is_missed(sound: tuple[Path, str]) -> None:
    """The entry is there, and yet no question finds it."""
    index = next(statement for statement in SCHEMA if "entries_by_kind" in statement)
    schema = "UPDATE sqlite_schema SET sql = '{}' WHERE name = 'entries_by_kind'"
    with copied(sound) as path:
        blind = (index + " WHERE kind <> 'hold placed'").replace("'", "''")
        execute(path, "PRAGMA writable_schema = ON", schema.format(blind))
        execute(path, "REINDEX", "PRAGMA writable_schema = ON", schema.format(index))
        with reading(path) as ledger:
            assert list(ledger.entries(kinds=(Kind.HOLD_PLACED,))) == []
        assert breaks(path) == ["the file is damaged: its parts do not fit together"]


def test_nothing_is_appended_to_an_entry_that_was_changed(sound: tuple[Path, str]) -> None:
    with copied(sound) as path:
        tamper(path, f"UPDATE entries SET body = '{{}}' WHERE number = {LENGTH}")
        with reading(path) as ledger:
            for write in (
                lambda: ledger.append(Kind.DATABASE_PREPARED, "shop", {}, NOW),
                lambda: ledger.place_hold("m", "r", OnDatabase("shop"), NOW),
            ):
                with pytest.raises(LedgerError, match=f"entry {LENGTH} in the ledger has been changed"):
                    write()
            assert not ledger.store.connection.in_transaction
        assert breaks(path) == [f"entry {LENGTH} has been changed since it was written"]


def test_nothing_is_appended_where_all_entries_are_gone(path: Path) -> None:
    tamper(path, "DELETE FROM entries")
    with reading(path) as ledger:
        with pytest.raises(LedgerError, match="has lost its entries"):
            ledger.append(Kind.DATABASE_PREPARED, "shop", {}, NOW)
        with pytest.raises(LedgerError, match="has lost its entries"):
            ledger.head()


# -- long chains ------------------------------------------------------------------------------------------------------


@pytest.fixture
def long(path: Path) -> Path:
    """A ledger that is read in several pages."""
    with reading(path) as ledger, ledger.store.transaction():
        for number in range(2 * PAGE + 500):
            kind = Kind.RUN_STARTED if number % 2 else Kind.RUN_ENDED
            ledger.add(kind, str(number), {}, NOW)
    return path


@pytest.mark.parametrize("more", [0, PAGE - 501, PAGE - 500, PAGE - 499])
def test_a_long_chain_is_read_to_its_end(more: int, long: Path) -> None:
    with reading(long) as ledger:
        with ledger.store.transaction():
            for number in range(more):
                ledger.add(Kind.REVIEW_CLOSED, str(number), {}, NOW)
        length = 2 * PAGE + 501 + more
        assert [entry.number for entry in ledger.entries()] == list(range(1, length + 1))
        kinds = (Kind.RUN_ENDED, Kind.LEDGER_CREATED, Kind.RUN_STARTED)
        assert [entry.number for entry in ledger.entries(kinds=kinds)] == list(range(1, 2 * PAGE + 502))
        assert list(ledger.verify()) == []


def test_who_reads_slowly_keeps_nobody_from_writing(long: Path) -> None:
    """And sees the ledger as it was when he began."""
    with reading(long) as reader, reading(long) as writer:
        writer.store.connection.execute("PRAGMA busy_timeout = 0")
        slow = reader.entries(kinds=(Kind.RUN_STARTED, Kind.RUN_ENDED))
        slowest = reader.verify()
        seen = [next(slow).number, next(slow).number]
        last = writer.append(Kind.RUN_ENDED, "late", {}, NOW).number
        seen.extend(entry.number for entry in slow)
        assert seen == list(range(2, last))
        assert list(slowest) == []
