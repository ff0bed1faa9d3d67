"""Ledgers tampered with at random: whatever is done to one, `verify` or a head noted elsewhere tells, and says where.

`TAMPERED` in the environment says how many; `SEED` repeats a run.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chance import number
from faults.tally import ROW
from ledger.shelf import NOW, TRIGGERS, batch, evidence, forge, forge_onwards, reading, tamper
from wesretain.errors import LedgerError
from wesretain.ledger import create
from wesretain.model.hold import OnDatabase
from wesretain.model.ledger import Kind

Rows = list[tuple[Any, ...]]
COLUMNS = ("at", "kind", "subject", "body", "salt", "fingerprint", "previous", "hash")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A ledger of some fifty entries of all kinds, and the head that somebody noted elsewhere at its end."""
    path = tmp_path_factory.mktemp("tampering") / "ledger"
    create(path, NOW)
    with reading(path) as ledger:
        ledger.append(Kind.DATABASE_PREPARED, "shop", {}, NOW)
        for number in range(1, 6):
            now = NOW + timedelta(days=number)
            ledger.place_hold(f"Case {number}", "a lawsuit", OnDatabase("shop"), now, by="ann", databases=("shop",))
            ledger.approve("old", f"d{number}", "ann", now, backlog=100)
            ledger.begin_run(f"run {number}", "shop", {"by": "ann"}, now)
            for each in range(2):
                name = f"b{number}{each}"
                ledger.intend(batch(name), now)
                ledger.done(evidence(name), now) if each else ledger.void(name, now, "nothing was due")
            ledger.decide("old", [(str(number),)], None, "ann", "looked at it", now)
            ledger.end_run(f"run {number}", "shop", {"finished": ["old"], "found": {"old": 10}}, now)
        ledger.release_hold(1, "settled", NOW, by="bob", effective=NOW + timedelta(days=90))
        assert list(ledger.verify()) == []
        return path, ledger.head()


def contents(path: Path) -> tuple[Rows, Rows, Rows]:
    """All that the file says: entries, what it says of itself, and how its tables are made."""
    queries = (
        "SELECT * FROM entries ORDER BY number",
        "SELECT * FROM ledger",
        "SELECT type, name, sql FROM sqlite_schema",
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes  # what was spoilt need be no UTF-8
        one, two, three = (connection.execute(query).fetchall() for query in queries)
    return one, two, three


def number_of(path: Path, chance: random.Random) -> int:
    with closing(sqlite3.connect(path)) as connection:
        numbers = [number for (number,) in connection.execute("SELECT number FROM entries")]
    return chance.choice(numbers or [1])


# -- what is done -----------------------------------------------------------------------------------------------------


def edit(path: Path, chance: random.Random) -> None:
    """Another text, one letter of a text, or what stands in another entry."""
    number, column = number_of(path, chance), chance.choice(COLUMNS)
    place = chance.randint(1, 40)
    value = chance.choice(
        [
            f"'{chance.choice(['', 'x', '{}', 'hold released', '2026-02-02T00:00:00+00:00'])}'",
            f"substr({column}, 1, {place - 1}) || '{chance.choice('0aZ ')}' || substr({column}, {place + 1})",
            f"(SELECT {column} FROM entries WHERE number = {number_of(path, chance)})",
        ]
    )
    tamper(path, f"UPDATE entries SET {column} = {value} WHERE number = {number}")
    if chance.random() < 0.5:
        chance.choice([forge, forge_onwards])(path, number)


def remove(path: Path, chance: random.Random) -> None:
    number = number_of(path, chance)
    tamper(path, f"DELETE FROM entries WHERE number BETWEEN {number} AND {number + chance.randint(0, 3)}")


def close_up(path: Path, chance: random.Random) -> None:
    """One entry less, and all that follow moved up and forged."""
    number = number_of(path, chance)
    tamper(
        path,
        f"DELETE FROM entries WHERE number = {number}",
        f"UPDATE entries SET number = -number WHERE number > {number}",
        "UPDATE entries SET number = -number - 1 WHERE number < 0",
    )
    if number > 1 and chance.random() < 0.7:
        forge_onwards(path, number - 1)


def truncate(path: Path, chance: random.Random) -> None:
    tamper(path, f"DELETE FROM entries WHERE number >= {number_of(path, chance)}")


def swap(path: Path, chance: random.Random) -> None:
    one, two = number_of(path, chance), number_of(path, chance)
    tamper(
        path,
        f"UPDATE entries SET number = -1 WHERE number = {one}",
        f"UPDATE entries SET number = {one} WHERE number = {two} AND {one} <> {two}",
        f"UPDATE entries SET number = {two} WHERE number = -1",
    )


def insert(path: Path, chance: random.Random) -> None:
    """A copy of an entry in a place of its own, or at the end."""
    number = number_of(path, chance)
    to = chance.choice(["(SELECT max(number) + 1 FROM entries)", "0", "-5", "1000"])
    tamper(
        path,
        f"INSERT INTO entries SELECT {to}, {', '.join(COLUMNS)} FROM entries WHERE number = {number}",
    )


def rename(path: Path, chance: random.Random) -> None:
    column, value = chance.choice(
        [("id", "'another'"), ("created_at", "'2020-01-01T00:00:00+00:00'"), ("secret", "x'00'")]
    )
    tamper(path, f"UPDATE ledger SET {column} = {value}")


def disarm(path: Path, chance: random.Random) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TRIGGER {chance.choice(TRIGGERS).split()[2]}")


def spoil(path: Path, chance: random.Random) -> None:
    """Some bytes of the file, behind its header."""
    data = bytearray(path.read_bytes())
    start = chance.randrange(100, len(data))
    for place in range(start, min(start + chance.randint(1, 8), len(data))):
        data[place] = chance.randrange(256)
    path.write_bytes(bytes(data))


DEEDS: tuple[Callable[[Path, random.Random], None], ...] = (
    *(edit, edit, edit, remove, close_up, truncate, swap, insert, rename, disarm, spoil, spoil),
)  # fmt: skip


# -- whether it is found out ------------------------------------------------------------------------------------------


def told(path: Path, head: str) -> list[str]:
    """What `verify` says, and whether the head is missed."""
    try:
        with reading(path) as ledger:
            words = list(ledger.verify())
            return words if ledger.has_head(head) else [*words, "the head is missing"]
    except LedgerError as error:
        return [str(error)]


def unchanged(path: Path, before: tuple[Rows, Rows, Rows]) -> bool:
    """Whether the file still says what it said: spoilt bytes may lie where nothing is, and a swap may be none."""
    try:
        return contents(path) == before
    except (sqlite3.DatabaseError, UnicodeDecodeError):  # SQLite quotes what it cannot read
        return False


def test_whatever_is_done_to_a_ledger_is_found_out(
    sound: tuple[Path, str], tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    source, head = sound
    before = contents(source)
    seed = number("SEED", random.randrange(2**32))
    tries, found = number("TAMPERED", 150), dict.fromkeys((deed.__name__ for deed in DEEDS), 0)
    chance, path = random.Random(seed), tmp_path / "ledger"
    while sum(found.values()) < tries:
        shutil.copy2(source, path)
        deed = chance.choice(DEEDS)
        try:
            deed(path, chance)
        except sqlite3.IntegrityError:  # what the table itself does not take
            continue
        if unchanged(path, before):
            assert deed is spoil or told(path, head) == []
            continue
        assert told(path, head), f"SEED={seed}: {deed.__name__} was not found out"
        found[deed.__name__] += 1
    assert all(found.values()), found
    record_property(ROW, ("ledger tampered with", "sqlite", sum(found.values()), sum(found.values())))
    sys.stdout.write(f"\ntampered ledgers, all found out (SEED={seed}): {sum(found.values())} {found}\n")


def test_a_single_edit_is_found_where_it_is(sound: tuple[Path, str], tmp_path: Path) -> None:
    """Of one entry, or of the one that follows it where its hash was forged along."""
    source, head = sound
    path, chance = tmp_path / "ledger", random.Random(7)
    entries = contents(source)[0]
    for place in [row[0] for row in entries]:
        shutil.copy2(source, path)
        column = chance.choice(COLUMNS[:5])
        tamper(path, f"UPDATE entries SET {column} = {column} || ' ' WHERE number = {place}")
        assert f"entry {place} has been changed since it was written" in told(path, head)
        forge(path, place)
        words = told(path, head)
        follows = f"entry {place + 1} does not follow what stands before it: that was changed, removed or moved"
        assert (follows if place < len(entries) else "the head is missing") in words
