"""Runs of wesretain, each a process of its own that ends where it is told to: a program that imports once, then forks.

It reads orders from standard input and answers on standard output, one line of JSON each. A run is traced line by line
(`sys.settrace`), so that a fault strikes before a chosen line is executed for the n-th time. With `--once` it is
itself the one run, of the arguments that follow.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import wesretain
from wesretain.apply import pace
from wesretain.cli import COMMANDS, main
from wesretain.engines import Writer

HOME = Path(wesretain.__file__).parent
#: The files whose lines are counted: the batch loop, what it writes, and the recovery.
WATCHED = {
    str(path): str(path.relative_to(HOME))
    for path in (*HOME.glob("apply/*.py"), *HOME.glob("ledger/*.py"), HOME / "control.py", HOME / "engines/writer.py")
}
#: Records of a batch, so that a small shop has several; always as many, so that two runs execute the same lines.
BATCH = 10
_LATER = ("engines.postgresql", "engines.mariadb", "engines.sqlite", "ledger", "render.outcome", "scan", "verify")
_DRIVERS = ("postgresql.psycopg", "mysql.pymysql", "mysql.mariadb", "sqlite.pysqlite")


def play() -> None:
    """Carry out orders until there are no more."""
    for name in (*_LATER, *(f"cli.{each}" for each in COMMANDS)):
        importlib.import_module(f"wesretain.{name}")
    for name in _DRIVERS:
        importlib.import_module(f"sqlalchemy.dialects.{name}")
    importlib.import_module("psycopg")
    importlib.import_module("pymysql")
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            perform(order)
        answer({"pid": pid})
        _, status = os.waitpid(pid, 0)
        answer({"code": os.waitstatus_to_exitcode(status)})


def make_batches_small() -> None:
    pace.FEWEST = pace.MOST = pace.FIRST = pace.FIRST_AT_FULL_SPEED = BATCH
    pace.Pace.__init__.__defaults__ = (BATCH, None, None)
    pace.LONGEST = 0.0  # traced, batches take so long that a run would rest for most of its time


def answer(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def perform(order: dict[str, Any]) -> None:
    """One run, in the child: as `python -m wesretain`, with a trap."""
    os.chdir(order["folder"])
    for stream, name in ((0, os.devnull), (1, "out"), (2, "err")):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | (os.O_TRUNC if stream else 0), 0o600), stream)
    if (room := order.get("room")) is not None:  # no file may grow beyond
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    sys.argv = ["wesretain", *order["arguments"]]
    seen: list[tuple[str, str, int]] = []
    if order.get("count"):
        sys.settrace(counting(seen))
    if again := order.get("again"):
        strike_the_undoing(again)
    if trap := order.get("trap"):
        sys.settrace(trapped(**trap))
    code: Any = 70
    try:
        main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.settrace(None)
        if order.get("count"):
            Path("lines").write_text(json.dumps(seen))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def counting(seen: list[tuple[str, str, int]]) -> Any:
    """Note each line of the watched files that is executed."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        file = WATCHED.get(frame.f_code.co_filename)
        if file is None:
            return None
        if event == "line":
            seen.append((file, frame.f_code.co_qualname, frame.f_lineno))
        return trace

    return trace


def trapped(file: str, line: int, count: int, signals: list[tuple[int, float]]) -> Any:
    """Send itself signals, each so many seconds after the one before, where a line is about to be executed again."""
    path, met = str(HOME / file), Counter[int]()

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != path:
            return None
        if event == "line" and frame.f_lineno == line:
            met[line] += 1
            if met[line] == count:
                strike(signals)
        return trace

    return trace


def strike_the_undoing(number: int) -> None:
    """Send itself a signal, once a first one has struck, where a transaction is about to be undone."""
    undo = Writer.undo

    def struck(self: Writer) -> None:
        if Path("struck").exists():
            Writer.undo = undo  # type: ignore[method-assign]
            os.kill(os.getpid(), signal.Signals(number))
        undo(self)

    Writer.undo = struck  # type: ignore[method-assign]


def strike(signals: list[tuple[int, float]]) -> None:
    """Send the first signal at once, and have another process send the others."""
    me = os.getpid()
    Path("struck").touch()
    if len(signals) > 1 and os.fork() == 0:
        try:
            for number, seconds in signals[1:]:
                time.sleep(seconds)
                os.kill(me, number)
        finally:
            os._exit(0)
    os.kill(me, signal.Signals(signals[0][0]))


if __name__ == "__main__":
    make_batches_small()
    if sys.argv[1:2] == ["--once"]:
        del sys.argv[1]
        main()
    play()
