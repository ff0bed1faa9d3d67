"""Several processes at one ledger, and processes that die: the chain stays whole, and keeps what was reported."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.shelf import NOW, Place, reading
from wesretain.model.ledger import Kind


@contextmanager
def appending(place: Place, count: int) -> Iterator[subprocess.Popen[str]]:
    """A process that has opened the ledger, and waits for a line to begin."""
    where = str(place) if isinstance(place, Path) else place.url.text
    program = [sys.executable, str(Path(__file__).with_name("appender.py")), where, str(count)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_two_processes_append_at_once(place: Place) -> None:
    with appending(place, 200) as one, appending(place, 200) as other:
        start(one)
        start(other)
        numbers = [[int(line) for line in process.communicate()[0].splitlines()] for process in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0)
    with reading(place) as ledger:
        assert list(ledger.verify()) == []
        assert len(list(ledger.entries())) == 401
        assert [hold.id for hold in ledger.holds()] == list(range(1, 101))
    assert not set(numbers[0]) & set(numbers[1])
    assert [len(each) for each in numbers] == [150, 150]


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.03, 0.1, 0.2, 0.3])
def test_a_process_that_is_killed_leaves_a_sound_chain(seconds: float, place: Place) -> None:
    for _ in range(2):
        with appending(place, 1_000_000) as process:
            start(process)
            time.sleep(seconds)
            process.kill()
            said = process.communicate()[0].splitlines(keepends=True)
            reported = [int(line) for line in said if line.endswith("\n")]
        with reading(place) as ledger:
            assert list(ledger.verify()) == []
            assert {entry.number for entry in ledger.entries()} >= set(reported)
            ledger.append(Kind.DATABASE_PREPARED, "shop", {}, NOW)
            assert list(ledger.verify()) == []
