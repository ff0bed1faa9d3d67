"""Which files are read: those that were named, and in a folder everything that ends in `.yaml` or `.yml`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wesretain.model.source import Position
from wesretain.policy.document import Document
from wesretain.policy.strict_yaml import os_reason, read_file, unreadable
from wesretain.policy.words import show_path

_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Asked:
    """A file or folder that is to be read, how problems name it, and where it was asked for, if in a file."""

    path: Path
    shown: str
    named_at: Position | None = None

    @classmethod
    def by_name(cls, path: Path) -> Asked:
        """One that was named on the command line."""
        return cls(path, str(path))

    @classmethod
    def by_config(cls, path: Path, config: Path, named_at: Position) -> Asked:
        """One that a configuration names; seen from where the configuration is seen."""
        folder = os.path.abspath(config.parent)
        shown = config.parent / path.relative_to(folder) if path.is_relative_to(folder) else path
        return cls(path, str(shown), named_at)

    def read(self) -> Document:
        """Read it as one file."""
        return read_file(self.path, self.shown, self.named_at)

    def read_listed(self) -> Document:
        """Read it as one of those of a folder; a pipe there would keep us waiting."""
        if os.path.isfile(self.path):
            return read_file(self.path, self.shown, listed=True)
        return unreadable(self.shown, f"{show_path(self.shown)} is not a file", "take it away")


def read_policies(asked: Iterable[Asked], others: Iterable[Path]) -> list[Document]:
    """Read the policy files, each once; in folders pass over `others`, which are known to be something else."""
    no_policies = {os.path.realpath(path) for path in others}
    documents: dict[str, Document] = {}
    for place in asked:
        if not os.path.isdir(place.path):
            documents.setdefault(os.path.realpath(place.path), place.read())
            continue
        files, unlisted = _listed(place)
        found = {real: file for file in files if (real := os.path.realpath(file.path)) not in no_policies}
        documents |= {real: file.read_listed() for real, file in found.items() if real not in documents}
        documents |= {document.file: document for document in unlisted}
        if not found and not unlisted:
            message = f"{show_path(place.shown)} holds no policy file"
            documents[place.shown] = unreadable(place.shown, message, "write one that ends in `.yaml`", place.named_at)
    return list(documents.values())


def _listed(folder: Asked) -> tuple[list[Asked], list[Document]]:
    """The files of a folder and of those in it, sorted; and the folders that cannot be listed."""
    errors: list[OSError] = []
    files = []
    for where, folders, names in os.walk(folder.path, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(_ENDINGS) and not name.startswith("."):
                path = os.path.join(where, name)
                files.append(Asked(Path(path), _seen_from(folder, path)))
    return files, [_unlisted(_seen_from(folder, error.filename), error) for error in errors]


def _seen_from(folder: Asked, path: str) -> str:
    return os.path.normpath(os.path.join(folder.shown, os.path.relpath(path, folder.path)))


def _unlisted(shown: str, error: OSError) -> Document:
    return unreadable(shown, f"{show_path(shown)} {os_reason(error)}")
