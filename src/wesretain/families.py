"""The members of families: which databases a server has, or which files there are, whose names fit a pattern."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from wesretain.engines import names_on_server
from wesretain.errors import InvalidInput, Unreachable, WesretainError
from wesretain.model.config import Config, DatabaseConfig, Family, FilesLike, NamesLike
from wesretain.model.names import family_of
from wesretain.model.plan import Failure
from wesretain.policy.places import Place, fitting, places_of
from wesretain.policy.trust import exposure, redirection
from wesretain.policy.words import show_path

#: What SQLite keeps beside a file while it is in use.
_BESIDE = ("-journal", "-wal", "-shm")


class NoMembers(Unreachable):
    """Nothing fits a family's pattern, where something is expected to."""


@dataclass(frozen=True, slots=True)
class Found:
    """A configuration with the members of its families, and the families that could not be asked for theirs."""

    config: Config
    failures: tuple[Failure, ...] = ()


def discovered(config: Config) -> Found:
    """Look which members each family has now. One that cannot be asked has none, and is among the failures.

    Raises:
        InvalidInput: where a database is found under two names: holds under one would not be seen under the other.
    """
    if not config.families:
        return Found(config)
    entries: list[DatabaseConfig | Family] = []
    failures: list[Failure] = []
    families = {family.name for family in config.families}
    for entry in config.entries:
        if isinstance(entry, Family):
            entries.append(entry)
            try:
                entries += members(entry)
            except WesretainError as error:
                failures.append(Failure(entry.name, f"family {entry.name}: {error}", error.exit_code))
        elif family_of(entry.name) not in families:  # else it was found before
            entries.append(entry)
    found = replace(config, entries=tuple(entries))
    _check_places(found)
    return Found(found, tuple(failures))


def members(family: Family) -> tuple[DatabaseConfig, ...]:
    """The databases that a family has now, by name.

    Raises:
        NoMembers: where there are none.
        InvalidInput: where others of this machine could have put one there.
        WesretainError: where the server cannot be asked.
    """
    match family.discover:
        case NamesLike(pattern):
            fits = fitting(pattern)
            found = {name: name for name in names_on_server(family.common) if fits.fullmatch(name)}
        case FilesLike(pattern):
            found = dict(_files(pattern))
    if not found:
        mend = "correct `discover`, or see what this user may list"
        raise NoMembers(f"nothing fits `{family.discover.pattern}`", mend)
    return tuple(family.member(name, database) for name, database in sorted(found.items()))


# -- files ------------------------------------------------------------------------------------------------------------


def _files(pattern: str) -> Iterator[tuple[str, str]]:
    """The files that fit, each with its name: its path from the first part with a sign on, less the fixed ending."""
    parts = Path(pattern).parts
    fixed = next((number for number, part in enumerate(parts) if _has_sign(part)), len(parts) - 1)
    folder, rest = os.path.join(*parts[:fixed]), parts[fixed:]
    ending = re.search(r"[./][^*?]*\Z|\Z", pattern)
    for path in _below(folder, rest):
        yield os.path.relpath(path, folder).removesuffix(ending[0] if ending else ""), path


def _has_sign(part: str) -> bool:
    return "*" in part or "?" in part


def _below(folder: str, parts: tuple[str, ...]) -> Iterator[str]:
    """The paths below a folder that fit the parts of a pattern; a part that begins with a dot is asked for by one."""
    part, *others = parts
    if not _has_sign(part):
        path = os.path.join(folder, part)
        if os.path.lexists(path):
            yield from _below(path, tuple(others)) if others else (path,)
        return
    _check_folder(folder)
    fits, names = fitting(part), _names_in(folder)
    for name in sorted(names):
        beside = any(name.endswith(end) and name.removesuffix(end) in names for end in _BESIDE)
        if fits.fullmatch(name) and not beside and name.startswith(".") <= part.startswith("."):
            path = _checked(os.path.join(folder, name), link=names[name])
            if not others:
                yield path
            elif os.path.isdir(path):
                yield from _below(path, tuple(others))


def _names_in(folder: str) -> dict[str, bool]:
    """What is in a folder, and whether each is a link."""
    try:
        with os.scandir(folder) as found:
            return {each.name: each.is_symlink() for each in found}
    except OSError as error:
        mend = "let the user who runs this read it, or correct `discover`"
        raise Unreachable(f"the folder {show_path(folder)} cannot be listed: {error.strerror}", mend) from None


def _check_folder(folder: str) -> None:
    """Refuse a folder into which every user of the machine could put a file, or a link to another one."""
    path = Path(folder)
    if os.path.isdir(path) and (found := exposure(path / "any", 0, listed=True)):
        raise InvalidInput(found.message, found.mend)


def _checked(path: str, *, link: bool) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in path):
        raise InvalidInput(f"the name of {show_path(path)} is not UTF-8", "give it another one")
    if link and (found := redirection(Path(path))):
        raise InvalidInput(found.message, found.mend)
    return path


# -- one name a database ----------------------------------------------------------------------------------------------


def _check_places(config: Config) -> None:
    """Refuse a database under two names, as `policy.checks.databases` does where no family has to be found first."""
    seen: dict[object, str] = {}
    for database in config.databases:
        for place in _places(database):
            first = seen.setdefault(place, database.name)
            if first != database.name:
                mend = "narrow `discover`, or take one of the two out of wesretain.yaml"
                raise InvalidInput(f"`{database.name}` is the same database as `{first}`", mend)


def _places(database: DatabaseConfig) -> frozenset[object]:
    """Where a database is; a file is known by its number, which all of its names share."""
    return frozenset(_identity(place) for place in places_of(database))


def _identity(place: Place) -> object:
    if place.engine == "sqlite":
        try:
            found = os.stat(place.name)
        except OSError:
            return place
        return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else place
    return place
