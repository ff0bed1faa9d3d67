"""Secrets fetched from where the configuration says that they are; nothing here ever tells what they are."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from wesretain.errors import InvalidInput
from wesretain.model.config import FromEnvironment, FromFile, Literal, Source
from wesretain.policy.trust import redirection
from wesretain.policy.words import show_path

_LONGEST = 65_536


def resolve(source: Source, environment: Mapping[str, str] = os.environ) -> str:
    """The text that a source leads to, without the line end that closes it.

    Raises:
        InvalidInput: when the variable or the file is missing, empty, not text, or open to others.
    """
    match source:
        case Literal(text):
            return text
        case FromEnvironment(variable):
            return _from_environment(variable, environment)
        case FromFile(path):
            return _from_file(path)


def _from_environment(variable: str, environment: Mapping[str, str]) -> str:
    value = environment.get(variable, "")
    if not value:
        state = "is empty" if variable in environment else "is not set"
        raise InvalidInput(f"the environment variable `{variable}` {state}", "set it for the user who runs this")
    return value


def _from_file(path: Path) -> str:
    name = show_path(path)
    try:
        if found := redirection(path):
            raise InvalidInput(f"the secret's file {name} cannot be trusted: {found.message}", found.mend)
        with open(path, "rb", opener=_without_waiting) as file:
            _check_mode(os.fstat(file.fileno()), name)
            content = file.read(_LONGEST)
    except FileNotFoundError:
        raise InvalidInput(f"the secret's file {name} does not exist", "create it with mode 0600") from None
    except PermissionError:
        mend = "make the user who runs this its owner, with mode 0600"
        raise InvalidInput(f"the secret's file {name} may not be read", mend) from None
    except OSError as error:
        raise InvalidInput(f"the secret's file {name} cannot be read ({error.strerror})", "name another file") from None
    return _text(content, name)


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe or a device must not keep us waiting before it can be refused."""
    return os.open(path, flags | os.O_NONBLOCK)


def _check_mode(found: os.stat_result, name: str) -> None:
    """Let root alone give a group, or by an access control list a user, a file to read: it does so for a service."""
    if not stat.S_ISREG(found.st_mode):
        raise InvalidInput(f"the secret's file {name} is not a file", "name a file of mode 0600")
    mode, given = stat.S_IMODE(found.st_mode), found.st_uid == 0 != os.geteuid()
    widest, mend = (0o640, "have root chmod it to 0640") if given else (0o600, "chmod it to 0600")
    if mode & 0o777 & ~widest:
        raise InvalidInput(f"the mode of the secret's file {name} is {mode:04o}, wider than {widest:04o}", mend)


def _text(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise InvalidInput(f"the secret's file {name} is not UTF-8 text", "write the secret into it as text") from None
    if not text:
        raise InvalidInput(f"the secret's file {name} is empty", "write the secret into it")
    return text
