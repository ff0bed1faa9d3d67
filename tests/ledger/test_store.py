"""The ledger's file: only `create` makes one, holds come back from it, and what cannot be trusted is refused."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ledger.shelf import NOW, breaks, execute, forge, reading, tamper
from wesretain.errors import LedgerError, UsageError
from wesretain.ledger import create
from wesretain.model.condition import All, Compare, Has, Operator
from wesretain.model.hold import (
    Hold,
    OnCategory,
    OnDatabase,
    OnRecord,
    OnRecords,
    OnSubject,
    OnTable,
    Scope,
    scope_row,
)
from wesretain.model.ledger import Kind
from wesretain.model.rule import Category, TableName

#: A user who is not root, to whom all is allowed.
NOBODY = 65534
TICKETS, ARCHIVED = TableName("desk", None, "tickets"), TableName("desk", "archive", "tickets")
SCOPES: tuple[Scope, ...] = (
    OnSubject(TICKETS, ("4711",)),
    OnRecord(ARCHIVED, ("4711", "", "O'Brien; DROP TABLE holds -- 🙂\n")),
    OnRecords(TICKETS, Compare(("state",), Operator.EQUAL, ("open", "it's")), "{state: [open, it's]}"),
    OnRecords(TICKETS, Has(("threads",), All(())), "has: threads"),
    OnTable(ARCHIVED),
    OnCategory(Category.USER_COMMUNICATIONS),
    OnDatabase("desk"),
)


def holds(path: Path) -> tuple[Hold, ...]:
    with reading(path) as ledger:
        return ledger.holds()


def place(path: Path, scope: Scope, review_on: date | None = None) -> int:
    with reading(path) as ledger:
        return ledger.place_hold("Case 4711", "a lawsuit", scope, NOW, review_on, by="ann")


def refusal(path: Path) -> str:
    """Why a ledger is refused: one line with the mend, and exit code 8."""
    with pytest.raises(LedgerError) as caught:
        holds(path)
    assert caught.value.exit_code == 8
    assert caught.value.mend
    assert "\n" not in str(caught.value)
    return caught.value.message


# -- creating -------------------------------------------------------------------------------------------------------


def test_a_new_ledger_is_empty_and_its_owner_s_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        create(tmp_path / "ledger", NOW)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "ledger").stat().st_mode) == 0o600
    assert holds(tmp_path / "ledger") == ()
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger"]


def test_each_ledger_has_a_number_of_its_own(tmp_path: Path) -> None:
    numbers = set()
    for name in ("one", "two"):
        create(tmp_path / name, NOW)
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            ((number, created_at),) = connection.execute("SELECT id, created_at FROM ledger")
        assert datetime.fromisoformat(created_at) == NOW
        numbers.add(number)
    assert len(numbers) == 2


@pytest.mark.parametrize("content", [b"", b"precious", None])
def test_nothing_is_ever_overwritten(content: bytes | None, path: Path) -> None:
    """Be it empty, something else, or a ledger (None) with a hold in it."""
    if content is None:
        place(path, OnDatabase("desk"))
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="is there already") as caught:
        create(path, NOW)
    assert caught.value.exit_code == 8
    assert path.read_bytes() == before


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "ledger").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError, match="is there already"):
        create(tmp_path / "ledger", NOW)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be created: No such file or directory"):
        create(tmp_path / "nowhere" / "ledger", NOW)


# -- what is written comes back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope_row(scope)["kind"])
def test_a_hold_comes_back_as_it_was_placed(scope: Scope, path: Path) -> None:
    number = place(path, scope, date(2027, 1, 31))
    assert holds(path) == (Hold(number, "Case 4711", "a lawsuit", scope, NOW, date(2027, 1, 31), None, "ann"),)


def test_holds_come_in_the_order_in_which_they_were_placed(path: Path) -> None:
    numbers = [place(path, scope) for scope in SCOPES]
    assert numbers == sorted(set(numbers))
    assert [(hold.id, hold.scope) for hold in holds(path)] == list(zip(numbers, SCOPES, strict=True))


def test_a_released_hold_says_since_when_and_why(path: Path) -> None:
    kept, number = place(path, OnDatabase("desk")), place(path, OnDatabase("desk"))
    effective = datetime(2026, 6, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    with reading(path) as ledger:
        ledger.release_hold(number, "settled", NOW, by="bob", effective=effective)
    first, second = holds(path)
    released = datetime(2026, 6, 1, tzinfo=UTC)
    assert (first.id, first.released_at, first.release_reason) == (kept, None, "")
    assert (second.id, second.released_at, second.release_reason, second.by) == (number, released, "settled", "ann")
    assert second.holds_at(released - timedelta(seconds=1))
    assert not second.holds_at(released)


def test_only_a_hold_that_stands_can_be_released(path: Path) -> None:
    number = place(path, OnDatabase("desk"))
    with reading(path) as ledger:
        with pytest.raises(UsageError, match="there is no hold 2; "):
            ledger.release_hold(2, "settled", NOW, by="bob", effective=NOW)
        ledger.release_hold(number, "settled", NOW, by="bob", effective=NOW)
        head = ledger.head()
        with pytest.raises(UsageError, match="hold 1 is released already; "):
            ledger.release_hold(number, "settled again", NOW, by="bob", effective=NOW + timedelta(days=1))
        assert ledger.head() == head
    assert holds(path)[0].release_reason == "settled"


def test_a_generation_counts_the_holds_that_reach_a_database(path: Path) -> None:
    """One that names no databases may reach any of them."""
    cases: list[tuple[tuple[str, ...], dict[str, int]]] = [
        (("desk",), {"desk": 1, "shop": 0}),
        (("desk", "shop"), {"desk": 2, "shop": 1}),
        ((), {"desk": 3, "shop": 2}),
        (("sho",), {"desk": 3, "shop": 2}),
    ]
    with reading(path) as ledger:
        for databases, generations in cases:
            number = ledger.place_hold("m", "r", OnCategory(Category.PERSONAL), NOW, databases=databases)
            assert {name: ledger.generation(name) for name in generations} == generations
        ledger.release_hold(number, "settled", NOW, by="bob", effective=NOW)
        assert ledger.generation("desk") == 3  # it never falls, for databases have been told of it


def test_a_hold_of_the_future_holds_already() -> None:
    """A scan of the past must not find due what has been held since."""
    hold = Hold(1, "Case 4711", "a lawsuit", OnDatabase("desk"), NOW)
    assert hold.holds_at(datetime(2020, 1, 1, tzinfo=UTC))


def test_reading_changes_nothing(path: Path) -> None:
    place(path, OnDatabase("desk"))
    before = path.read_bytes()
    assert len(holds(path)) == 1
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger"]


def test_what_is_written_is_on_the_disk(path: Path) -> None:
    """File and folder are synced at the end of each entry, also where somebody changed the journal's mode."""
    execute(path, "PRAGMA journal_mode = WAL")
    with reading(path) as ledger:
        for setting, value in (("synchronous", 3), ("journal_mode", "delete")):
            assert ledger.store.connection.execute(f"PRAGMA {setting}").fetchone() == (value,)
        ledger.append(Kind.DATABASE_PREPARED, "desk", {}, NOW)
        assert [entry.name for entry in path.parent.iterdir()] == ["ledger"]


def test_a_full_disk_is_told_and_changes_nothing(path: Path) -> None:
    def fill() -> None:
        with reading(path) as ledger:
            ledger.store.connection.execute("PRAGMA max_page_count = 1")  # never less than there are
            ledger.append(Kind.DATABASE_PREPARED, "desk", {"text": "x" * 10_000}, NOW)

    with pytest.raises(LedgerError, match="cannot be written; make room on its disk"):
        fill()
    assert breaks(path) == []
    with reading(path) as ledger:
        assert len(list(ledger.entries())) == 1


# -- what cannot be trusted -----------------------------------------------------------------------------------------


def test_a_missing_ledger_is_an_error_and_never_an_empty_one(tmp_path: Path) -> None:
    assert "is missing" in refusal(tmp_path / "ledger")
    assert "is missing" in refusal(tmp_path / "nowhere" / "ledger")
    (tmp_path / "file").touch()
    assert "is missing" in refusal(tmp_path / "file" / "ledger")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def as_folder(path: Path) -> None:
    path.mkdir()


def as_pipe(path: Path) -> None:
    os.mkfifo(path, 0o600)


def as_empty(path: Path) -> None:
    path.touch(0o600)


def as_text(path: Path) -> None:
    path.write_text("precious, and long enough to be a database " * 100)
    path.chmod(0o600)


def as_foreign(path: Path) -> None:
    execute(path, "CREATE TABLE holds (id INTEGER)")
    path.chmod(0o600)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (as_folder, "is not a file"),
        (as_pipe, "is not a file"),
        (as_empty, "is not a ledger of wesretain"),
        (as_text, "cannot be read"),
        (as_foreign, "is not a ledger of wesretain"),
    ],
)
def test_what_is_no_ledger_is_refused(make: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    make(tmp_path / "ledger")
    assert message in refusal(tmp_path / "ledger")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o610])
def test_a_ledger_that_is_open_to_others_is_refused(mode: int, path: Path) -> None:
    path.chmod(mode)
    assert "is open to others" in refusal(path)


def test_a_ledger_of_a_newer_version_is_refused(path: Path) -> None:
    execute(path, "PRAGMA user_version = 4")
    assert "was written by a newer wesretain" in refusal(path)


@pytest.mark.parametrize(
    ("mode", "use", "mend"),
    [
        (0o000, holds, "check its permissions"),
        (0o400, lambda path: place(path, OnTable(TICKETS)), "check its permissions and its folder's"),
    ],
    ids=["read", "write"],
)
def test_a_ledger_that_may_not_be_opened_is_refused(mode: int, use: Callable[[Path], object], mend: str) -> None:
    with TemporaryDirectory() as name, as_nobody(Path(name)) as path:
        create(path, NOW)
        path.chmod(mode)
        with pytest.raises(LedgerError, match="cannot be opened") as caught:
            use(path)
        assert caught.value.mend == mend


@contextmanager
def as_nobody(folder: Path) -> Iterator[Path]:
    """A file's path in a folder of the user's own; whoever runs the tests, within he is not root."""
    if os.geteuid() != 0:
        yield folder / "ledger"
        return
    os.chown(folder, NOBODY, -1)
    os.seteuid(NOBODY)
    try:
        yield folder / "ledger"
    finally:
        os.seteuid(0)


def test_a_ledger_that_is_locked_is_told_apart(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, **options | {"timeout": 0}))
    with closing(connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert "keeps the ledger" in refusal(path)


def test_a_damaged_ledger_is_refused(path: Path) -> None:
    for number in range(200):
        place(path, OnRecord(TICKETS, (str(number),)))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    assert "cannot be read" in refusal(path)


def test_a_ledger_without_its_table_is_refused(path: Path) -> None:
    execute(path, "DROP TABLE entries")
    assert "cannot be read" in refusal(path)


HOLD: dict[str, Any] = {
    "matter": "Case 4711",
    "reason": "a lawsuit",
    "scope": {"kind": "database", "database": "desk"},
    "review_on": None,
    "by": "ann",
    "databases": [],
}
RECORDS = {"kind": "records", "table": "desk.tickets"}


@pytest.mark.parametrize(
    "change",
    [
        {"scope": None},
        {"scope": []},
        {"scope": {}},
        {"scope": {"kind": "everything"}},
        {"scope": {"kind": "table"}},
        {"scope": {"kind": "table", "table": "tickets"}},
        {"scope": {"kind": "record", "table": "desk.tickets", "key": "1"}},
        {"scope": {"kind": "category", "category": "secret"}},
        {"scope": {**RECORDS, "where": "{}"}},
        {"scope": {**RECORDS, "where": "id = 1 OR 1 = 1"}},
        {"review_on": "soon"},
    ],
)
def test_a_hold_that_cannot_be_understood_stops_the_run(change: dict[str, Any], path: Path) -> None:
    place(path, OnDatabase("desk"))
    with reading(path) as ledger:
        ledger.append(Kind.HOLD_PLACED, "2", {**HOLD, **change}, NOW)
    assert refusal(path) == "hold 2 in the ledger cannot be understood, and so cannot be kept"


@pytest.mark.parametrize("missing", sorted(HOLD.keys() - {"databases"}))
def test_a_hold_of_which_something_is_missing_stops_the_run(missing: str, path: Path) -> None:
    with reading(path) as ledger:
        ledger.append(Kind.HOLD_PLACED, "1", {key: HOLD[key] for key in HOLD if key != missing}, NOW)
    assert refusal(path) == "hold 1 in the ledger cannot be understood, and so cannot be kept"


@pytest.mark.parametrize(
    "body", [{key: HOLD[key] for key in HOLD if key != "databases"}, {**HOLD, "databases": "desk"}]
)
def test_a_hold_whose_reach_cannot_be_understood_stops_the_run(body: dict[str, Any], path: Path) -> None:
    with reading(path) as ledger:
        ledger.append(Kind.HOLD_PLACED, "1", body, NOW)
        with pytest.raises(LedgerError, match="hold 1 in the ledger cannot be understood"):
            ledger.generation("desk")


@pytest.mark.parametrize(
    ("number", "body"),
    [
        ("2", {"reason": "settled", "by": "bob", "effective": "2026-01-01T00:00:00+00:00"}),  # nobody placed it
        ("1", {"reason": "settled", "by": "bob"}),
        ("1", {"reason": "settled", "by": "bob", "effective": None}),
        ("1", {"reason": "settled", "by": "bob", "effective": "soon"}),
        ("1", {"reason": "settled", "by": "bob", "effective": "2026-01-01T00:00:00"}),  # in which zone?
    ],
)
def test_a_release_that_cannot_be_understood_stops_the_run(number: str, body: dict[str, Any], path: Path) -> None:
    place(path, OnDatabase("desk"))
    with reading(path) as ledger:
        ledger.append(Kind.HOLD_RELEASED, number, body, NOW)
    assert refusal(path) == f"hold {number} in the ledger cannot be understood, and so cannot be kept"


@pytest.mark.parametrize(
    ("column", "value"),
    [("body", "{"), ("body", "[]"), ("body", '{"a": 1}'), ("body", "[" * 5000), ("at", "soon"), ("kind", "hold")],
)
def test_an_entry_that_was_forged_and_cannot_be_read_stops_the_run(column: str, value: str, path: Path) -> None:
    """Its hash may fit: that alone makes it no entry."""
    place(path, OnDatabase("desk"))
    tamper(path, f"UPDATE entries SET {column} = '{value}' WHERE number = 2")
    forge(path, 2)
    with reading(path) as ledger, pytest.raises(LedgerError, match="entry 2 in the ledger cannot be understood"):
        list(ledger.entries())
    assert breaks(path) == ["entry 2 cannot be understood"]


def test_a_hold_that_was_changed_by_hand_stops_the_run(path: Path) -> None:
    """Also where what it says now could be understood, long before anybody verifies the ledger."""
    place(path, OnDatabase("desk"))
    tamper(path, "UPDATE entries SET body = replace(body, '\"desk\"', '\"shop\"') WHERE number = 2")
    assert refusal(path) == "entry 2 in the ledger has been changed since it was written"
    with reading(path) as ledger, pytest.raises(LedgerError, match="entry 2 in the ledger has been changed"):
        list(ledger.entries())
