"""An end that is asked for by a signal, and that must not get lost where other code makes an error of it.

SQLite calls functions of Python, and makes an error of its own of whatever is raised in one: then the exception of the
signal has met nobody, and is raised again by whoever sees that error.
"""

from __future__ import annotations

import signal
from types import FrameType

#: What the exit status of an end by SIGTERM is.
TERMINATED = 128 + signal.SIGTERM
_asked: list[BaseException] = []


def listen() -> None:
    """Let SIGTERM and Ctrl-C raise what unwinds the program, and remember that they did."""
    _asked.clear()
    signal.signal(signal.SIGTERM, terminate)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # where it is ignored, it stays so
        signal.signal(signal.SIGINT, interrupt)


def heed() -> None:
    """Raise again what a signal has raised, where it has."""
    if _asked:
        raise _asked[0]


def terminate(signum: int, frame: FrameType | None) -> None:
    """End as SIGTERM wants it."""
    _asked.append(SystemExit(TERMINATED))
    raise _asked[-1]


def interrupt(signum: int, frame: FrameType | None) -> None:
    """End as Ctrl-C wants it."""
    _asked.append(KeyboardInterrupt())
    raise _asked[-1]
