"""Older ledgers: what they say is kept, once and for all, or nothing is changed."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.shelf import NOW, breaks, digest, execute, reading
from wesretain.errors import LedgerError
from wesretain.ledger import create
from wesretain.model.hold import Hold, OnDatabase, OnRecord
from wesretain.model.ledger import Kind
from wesretain.model.rule import TableName

VERSION_1 = (
    "CREATE TABLE ledger (id TEXT NOT NULL, created_at TEXT NOT NULL) STRICT",
    """CREATE TABLE holds (
        id INTEGER PRIMARY KEY,
        matter TEXT NOT NULL,
        reason TEXT NOT NULL,
        scope TEXT NOT NULL,
        placed_at TEXT NOT NULL,
        review_on TEXT,
        released_at TEXT,
        release_reason TEXT
    ) STRICT""",
    "PRAGMA application_id = 2003137394",
    "PRAGMA user_version = 1",
    "INSERT INTO ledger VALUES ('a1b2', '2025-01-01T08:00:00+08:00')",
    """INSERT INTO holds VALUES (1, 'Case 1', 'a lawsuit', '{"kind": "database", "database": "shop"}',
        '2025-02-01T00:00:00+00:00', '2027-01-31', NULL, NULL)""",
    """INSERT INTO holds VALUES (3, 'Case – 3', 'O''Brien', '{"kind": "record", "table": "shop.a.b", "key": ["1", ""]}',
        '2025-03-01T00:00:00+08:00', NULL, '2025-04-01T00:00:00+00:00', 'settled')""",
    """INSERT INTO holds VALUES (4, 'Case 4', 'r', '{"kind": "database", "database": "desk"}',
        '2025-05-01T00:00:00+00:00', NULL, '2030-04-01T00:00:00+00:00', NULL)""",
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old"
    path.touch(0o600)
    execute(path, *VERSION_1)
    return path


#: The second version, as it wrote the last hold of the first: one chain, the whole body in each hash.
VERSION_2 = (
    "CREATE TABLE ledger (id TEXT NOT NULL, created_at TEXT NOT NULL, secret BLOB) STRICT",
    "CREATE TABLE entries (number INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, "
    "body TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL) STRICT",
    "CREATE INDEX entries_by_kind ON entries (kind)",
    "CREATE INDEX entries_by_subject ON entries (kind, subject)",
    "CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries "
    "BEGIN SELECT raise(ABORT, 'entries of the ledger are never changed'); END",
    "CREATE TRIGGER entries_are_not_removed BEFORE DELETE ON entries "
    "BEGIN SELECT raise(ABORT, 'entries of the ledger are never removed'); END",
    "PRAGMA application_id = 2003137394",
    "PRAGMA user_version = 2",
    f"INSERT INTO ledger VALUES ('a1b2', '2025-01-01T00:00:00+00:00', x'{'07' * 32}')",
)


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """A ledger of the second version: it was created, and a hold was placed."""
    path = tmp_path / "second"
    path.touch(0o600)
    began = (
        "ledger created",
        "a1b2",
        json.dumps({"secret": sha256(bytes([7] * 32)).hexdigest()}, separators=(",", ":")),
    )
    told = {"by": "ann", "databases": [], "matter": "Case 1", "reason": "r", "review_on": None}
    body = json.dumps({**told, "scope": {"database": "shop", "kind": "database"}}, separators=(",", ":"))
    rows, previous = [], digest("a1b2", "ledger created")
    for number, entry in enumerate((began, ("hold placed", "1", body)), start=1):
        content = (number, "2025-01-01T00:00:00+00:00", *entry, previous)
        previous = digest(*content)
        rows.append((*content, previous))
    execute(path, *VERSION_2)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return path


def structure(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_holds_of_the_first_version_are_kept(old: Path) -> None:
    first = Hold(
        1, "Case 1", "a lawsuit", OnDatabase("shop"), datetime(2025, 2, 1, tzinfo=UTC), review_on=date(2027, 1, 31)
    )
    third = Hold(
        3,
        "Case – 3",
        "O'Brien",
        OnRecord(TableName("shop", "a", "b"), ("1", "")),
        datetime(2025, 2, 28, 16, tzinfo=UTC),
        released_at=datetime(2025, 4, 1, tzinfo=UTC),
        release_reason="settled",
    )
    fourth = Hold(
        4,
        "Case 4",
        "r",
        OnDatabase("desk"),
        datetime(2025, 5, 1, tzinfo=UTC),
        released_at=datetime(2030, 4, 1, tzinfo=UTC),
    )
    with reading(old) as ledger:
        assert ledger.holds() == (first, third, fourth)
        assert ledger.id == "a1b2"
        assert list(ledger.verify()) == []
        assert [ledger.generation(name) for name in ("shop", "elsewhere")] == [3, 3]
        assert ledger.place_hold("Case 5", "r", OnDatabase("shop"), NOW) == 5
        began = next(ledger.entries())
        assert (began.kind, began.at) == (Kind.LEDGER_CREATED, datetime(2025, 1, 1, tzinfo=UTC))


def test_the_second_version_is_carried_over_whole(second: Path, path: Path) -> None:
    with reading(second) as ledger:
        assert [entry.kind for entry in ledger.entries()] == [Kind.LEDGER_CREATED, Kind.HOLD_PLACED]
        (hold,) = ledger.holds()
        assert (hold.matter, hold.scope, hold.by) == ("Case 1", OnDatabase("shop"), "ann")
        assert list(ledger.verify()) == []
        assert ledger.secret() == bytes([7] * 32)
    assert structure(second) == structure(path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET body = replace(body, 'Case 1', 'Case 2') WHERE number = 2",
        "UPDATE entries SET previous = 'x' WHERE number = 2",
        "DELETE FROM entries WHERE number = 1",
        "UPDATE ledger SET id = 'another'",
    ],
)
def test_a_chain_of_the_second_version_that_is_broken_is_refused_as_it_is(change: str, second: Path) -> None:
    """Carried over, it would have hashes that fit."""
    guards = ("entries_are_not_changed", "entries_are_not_removed")
    execute(second, *(f"DROP TRIGGER {name}" for name in guards), change)
    before = second.read_bytes()
    with (
        pytest.raises(LedgerError, match=r"entry \d in the ledger has been changed since it was written"),
        reading(second),
    ):
        pass
    assert second.read_bytes() == before


def test_it_is_done_once(old: Path) -> None:
    with reading(old) as ledger:
        head, token = ledger.head(), ledger.token("a")
    before = old.read_bytes()
    with reading(old) as ledger:
        assert (ledger.head(), ledger.token("a")) == (head, token)
    assert old.read_bytes() == before


def test_an_old_ledger_becomes_like_a_new_one(old: Path, path: Path) -> None:
    assert breaks(old) == []
    assert structure(old) == structure(path)
    assert [(kind, name) for kind, name, _ in structure(path)] == [
        ("table", "entries"),
        ("trigger", "entries_are_not_changed"),
        ("trigger", "entries_are_not_removed"),
        ("index", "entries_by_kind"),
        ("index", "entries_by_subject"),
        ("index", "entries_by_time"),
        ("table", "ledger"),
    ]


def test_tokens_of_two_migrated_ledgers_differ(old: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(old.read_bytes())
    (tmp_path / "other").chmod(0o600)
    with reading(old) as one, reading(tmp_path / "other") as other:
        assert one.token("a") != other.token("a")


@pytest.mark.parametrize("scope", ["{", "", "[" * 5000])
def test_what_cannot_be_carried_over_changes_nothing(scope: str, old: Path) -> None:
    execute(old, f"UPDATE holds SET scope = '{scope}' WHERE id = 3")
    before = old.read_bytes()
    with (
        pytest.raises(LedgerError, match="hold 3 in the ledger cannot be understood, and so cannot be kept"),
        reading(old),
    ):
        pass
    assert old.read_bytes() == before


@pytest.mark.parametrize(
    ("column", "value"), [("placed_at", "soon"), ("released_at", "2026-01-01T00:00:00"), ("review_on", "soon")]
)
def test_what_never_could_be_understood_is_refused_as_before(column: str, value: str, old: Path) -> None:
    execute(old, f"UPDATE holds SET {column} = '{value}' WHERE id = 3")
    with reading(old) as ledger, pytest.raises(LedgerError, match="cannot be understood"):
        ledger.holds()


def test_many_may_open_it_first(old: Path) -> None:
    """All see the same ledger, which was migrated by one of them."""
    barrier, heads = threading.Barrier(8), []

    def open_it() -> None:
        barrier.wait()
        with reading(old) as ledger:
            heads.append(ledger.head())

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heads) == 8
    assert len(set(heads)) == 1
    assert breaks(old) == []


def test_a_file_of_ours_without_a_version_is_no_ledger(old: Path) -> None:
    execute(old, "PRAGMA user_version = 0")
    with pytest.raises(LedgerError, match="is not a ledger of wesretain"), reading(old):
        pass


def test_a_new_ledger_is_of_today_s_version(tmp_path: Path) -> None:
    create(tmp_path / "new", NOW)
    with closing(sqlite3.connect(tmp_path / "new")) as connection:
        assert connection.execute("PRAGMA user_version").fetchall() == [(3,)]
        assert connection.execute("SELECT count(*), length(secret) FROM ledger").fetchall() == [(1, 32)]
