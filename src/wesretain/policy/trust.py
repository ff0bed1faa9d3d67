"""Whether others of this machine could have written a file, put another in its place, or led its name elsewhere."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wesretain.policy.words import show_path

#: As many as Linux itself follows.
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True)
class Exposure:
    """Why a file cannot be trusted, and what mends it."""

    message: str
    mend: str


def exposure(path: Path, mode: int, *, listed: bool = False) -> Exposure | None:
    """Why a file of that mode cannot be trusted, or None.

    One that was `listed` is read because it lies in its folder, where others may then put no file at all.
    """
    if mode & stat.S_IWOTH:
        return _open_to_all(path, "may write to", path)
    if found := redirection(path):
        return found
    if listed and _mode_of(path.parent) & stat.S_IWOTH:
        return _open_to_all(path.parent, "may put files into", path.parent)
    return None


def redirection(path: Path) -> Exposure | None:
    """Why the way to a file cannot be trusted, or None: others may rename what is on it, or own a link on it.

    A link counts where it belongs to root, to the user who runs this, or to the owner of its folder, who could replace
    the file as well: in /tmp that is what Linux itself asks under `protected_symlinks`.
    """
    for step in _steps(path):
        folder = os.stat(step.parent)
        if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
            return _open_to_all(step, "may replace", step.parent)
        if step.is_symlink() and os.lstat(step).st_uid not in (0, os.geteuid(), folder.st_uid):
            return Exposure(f"the link {show_path(step)} belongs to another user", "name the file itself")
    return None


def _steps(path: Path) -> Iterator[Path]:
    """Every folder and link on the way to a file, and the file; as far as they may be looked at."""
    done, left, links = Path("/"), list(Path(os.path.abspath(path)).parts[:0:-1]), 0
    while left and links <= _MOST_LINKS:
        part = left.pop()
        if part == "..":
            done = done.parent
            continue
        step = done / part
        if not os.path.lexists(step):
            return
        yield step
        if step.is_symlink():
            links += 1
            target = Path(os.readlink(step))
            done = Path("/") if target.is_absolute() else done
            left += [each for each in reversed(target.parts) if each != "/"]
        else:
            done = step


def _open_to_all(path: Path, verb: str, at_fault: Path) -> Exposure:
    mend = f"run `chmod o-w {shlex.quote(str(at_fault))}`"
    return Exposure(f"every user of this machine {verb} {show_path(path)}", mend)


def _mode_of(folder: Path) -> int:
    """The mode of a folder; of one that cannot be looked at, none."""
    try:
        return folder.stat().st_mode
    except OSError:
        return 0
