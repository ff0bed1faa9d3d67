"""The error boundary: whatever goes wrong becomes one line on stderr and an exit code, without traceback or value."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import traceback
from typing import TextIO

import click

from wesretain import interruption
from wesretain.errors import WesretainError

INTERRUPTED, PIPE_CLOSED = (128 + number for number in (signal.SIGINT, signal.SIGPIPE))
#: Seconds after which an end is asked for again that was asked for in a bad moment.
_SOON = 0.001
_USAGE, _PARTIAL, _BUG = 2, 5, 70
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def run(command: click.Command, arguments: list[str]) -> int:
    """Run a command line and answer its exit code."""
    try:
        code = _invoke(command, arguments)
        if sys.stdout:
            sys.stdout.flush()
        return code
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as help_text:
        help_text.show()
        return _USAGE
    except click.ClickException as error:
        return _usage(error)
    except WesretainError as error:
        return _say(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        _mute(sys.stdout)
        return PIPE_CLOSED
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_SPACE:
            _mute(sys.stdout)
            return _say(f"the output cannot be written: {error.strerror}", _PARTIAL)
        return _bug(error)


def prepare_process() -> None:
    """Let SIGTERM unwind like any other end, and print what a terminal cannot show as an escape rather than fail."""
    interruption.listen()
    sys.unraisablehook = _unraisable
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def turn_deaf() -> None:
    """Heed no signal any more: the work is over, and while Python ends one could only make noise."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _invoke(command: click.Command, arguments: list[str]) -> int:
    if "_WESRETAIN_COMPLETE" in os.environ:
        command.main(arguments, "wesretain")
    color = False if os.environ.get("NO_COLOR") else None
    with command.make_context("wesretain", arguments, color=color) as context:
        code = command.invoke(context)
    return code or 0


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """What is raised while Python tidies up reaches nobody: an end that was asked for then is asked for again.

    Anything else is of no consequence, and what Python would print of it could hold data.
    """
    again = {SystemExit: interruption.terminate, KeyboardInterrupt: interruption.interrupt}.get(lost.exc_type)
    if again is not None and not sys.is_finalizing():
        signal.signal(signal.SIGALRM, again)
        signal.setitimer(signal.ITIMER_REAL, _SOON)
    elif os.environ.get("WESRETAIN_DEBUG"):
        sys.__unraisablehook__(lost)


def _usage(error: click.ClickException) -> int:
    """A wrong command line in one line, with the help that would have prevented it."""
    message = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "wesretain"
    end = "" if message.endswith("?") else ";"
    return _say(f"{message[:1].lower()}{message[1:]}{end} see `{path} --help`", error.exit_code)


def _bug(error: Exception) -> int:
    """A bug told by its place alone: its message could hold anything."""
    if os.environ.get("WESRETAIN_DEBUG"):
        traceback.print_exception(error)
        return _BUG
    place = "?"
    step = error.__traceback__
    while step:
        module = step.tb_frame.f_globals.get("__name__", "?")
        if module.startswith("wesretain") or place == "?":
            place = f"{module}:{step.tb_lineno}"
        step = step.tb_next
    mend = "please report it; WESRETAIN_DEBUG=1 shows the traceback, which may hold data"
    return _say(f"a bug: {type(error).__name__} in {place}; {mend}", _BUG)


def _say(message: str, code: int) -> int:
    from wesretain.render.plain import plain

    try:
        click.echo(f"wesretain: {plain(message)}", err=True)
    except OSError:
        _mute(sys.stderr)
    return code


def _mute(stream: TextIO) -> None:
    """Send to nowhere what a stream still holds, so that Python's own farewell stays quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
