"""Strict YAML: bytes → plain values and their places; what is wrong becomes problems, never exceptions.

The files are read from the parser's events rather than from its nodes, because only these tell of anchors and tags.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from wesretain.model.source import Position
from wesretain.policy.document import Document, Trail, Value
from wesretain.policy.ignore import read_ignores
from wesretain.policy.trust import exposure
from wesretain.policy.words import show, show_path

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_DEEPEST = 40
#: Bytes of a file: many times what anybody writes.
_LARGEST = 16 * 2**20
#: What libyaml says from 0.2.6 on, at a thousand levels; it reads on so far that no event has told of the first ones.
_LIBYAML_TOO_DEEP = "exceeded maximum nesting depth"
#: Where values are put that are read only for the problems in them.
_ASIDE: Trail = ("\0",)
#: What neither YAML nor a reviewer's eye can take: controls, other line ends, text direction marks, lone surrogates.
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_END = re.compile(r"\r\n|\r|\n")


def read_file(path: Path, file: str, named_at: Position | None = None, *, listed: bool = False) -> Document:
    """Read a file; `file` is its name in problems, `named_at` where it was asked for, told if it is missing.

    One that is `listed` was not asked for by its name, but found in a folder.
    """
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = None if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else stream.read(_LARGEST + 1)
        if content is None:
            return unreadable(file, f"{show_path(file)} is no file of text", "name another file", named_at)
        if len(content) > _LARGEST:
            return unreadable(file, f"{show_path(file)} is larger than {_LARGEST >> 20} MiB", "write smaller files")
        document = read_text(content, file)
        document.exposure = exposure(path, mode, listed=listed) if stat.S_ISREG(mode) else None
        return document
    except OSError as error:
        return unreadable(file, f"{show_path(file)} {os_reason(error)}", at=named_at)


def unreadable(file: str, message: str, mend: str = "", at: Position | None = None) -> Document:
    """A file of which nothing could be read, and why."""
    document = Document(file)
    document.give_up()
    document.tell(at or Position(file, 1, 1), "unreadable-file", message, mend)
    return document


def os_reason(error: OSError) -> str:
    """Why a file cannot be read, in words that follow its name."""
    match error:
        case FileNotFoundError():
            return "does not exist"
        case PermissionError():
            return "may not be read"
        case IsADirectoryError():
            return "is a folder, not a file"
        case _:
            return f"cannot be read ({error.strerror or 'input/output error'})"


def read_text(text: bytes | str, file: str) -> Document:
    """Read what a file holds."""
    if isinstance(text, bytes):
        content = text.removeprefix(codecs.BOM_UTF8)  # by hand: else an error's place counts from behind it, or not
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            at = _position(content[: error.start].decode(), file)
            return unreadable(file, "the file is not UTF-8", "save it as UTF-8", at)
    document = Document(file)
    text = _without_controls(text, document)
    composer = _Composer(document)
    try:
        composer.read(text)
    except _TooDeepError as error:
        _tell_depth(document, error.mark)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        _tell_refusal(document, text, error)
    document.ignores, problems = read_ignores(text, file, composer.quoting_lines)
    document.problems.extend(problems)
    return document


class _TooDeepError(Exception):
    """The file is nested deeper than any sensible one."""

    def __init__(self, mark: Any) -> None:
        self.mark = mark


class _Composer:
    """Turns a parser's events into the document's value."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._next: Callable[[], Any]
        self.quoting_lines: set[int] = set()

    def read(self, text: str) -> None:
        """Read the first document, and refuse any other."""
        document = self._document
        self._next = _LOADER(text).get_event
        self._next()
        if isinstance(self._next(), StreamEndEvent):
            self._tell_empty()
            return
        first = self._next()
        document.start = first.start_mark
        document.value = self._value(first, ())
        self._next()
        if document.value is None and not document.problems:
            self._tell_empty()
        if isinstance(event := self._next(), DocumentStartEvent):
            self._tell(event, "yaml-document", "a second document starts here", "write it into a file of its own")
            document.complete = False

    def _tell_empty(self) -> None:
        self._document.tell(self._document.position(None), "unreadable-file", "the file is empty")
        self._document.give_up()

    def _value(self, event: Any, trail: Trail) -> Value:
        if isinstance(event, ScalarEvent):
            return self._scalar(event, trail)
        if isinstance(event, AliasEvent):
            self._tell(event, "yaml-alias", "an alias (`*`) is not allowed", "write the value out, or quote the text")
            self._document.distrust(trail)
            return None
        self._refuse_properties(event, trail)
        if len(trail) > _DEEPEST:
            raise _TooDeepError(event.start_mark)
        return self._mapping(trail) if isinstance(event, MappingStartEvent) else self._sequence(trail)

    def _refuse_properties(self, event: Any, trail: Trail) -> None:
        if event.anchor is not None:
            self._tell(event, "yaml-alias", "an anchor (`&`) is not allowed", "take it away, or quote the text")
        if event.tag is not None:
            self._tell(event, "yaml-tag", "a tag (`!`) is not allowed", "take it away, or quote the text")
            self._document.distrust(trail)

    def _scalar(self, event: Any, trail: Trail) -> str | None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event, trail)
        text: str = event.value
        if not event.style:
            if text in _NULLS:
                return None
        elif event.style == '"' and _CONTROL.search(text):
            self._tell(event, "yaml-syntax", "the text holds a control character", "take it away")
            text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
        if "wesretain:" in text:
            self.quoting_lines.update(range(event.start_mark.line + 1, event.end_mark.line + 2))
        return text

    def _sequence(self, trail: Trail) -> list[Value]:
        values: list[Value] = []
        marks = self._document.marks(trail)
        while not isinstance(event := self._next(), SequenceEndEvent):
            index = len(values)
            marks[index] = event.start_mark, event.start_mark
            values.append(self._value(event, (*trail, index)))
        return values

    def _mapping(self, trail: Trail) -> dict[str, Value]:
        values: dict[str, Value] = {}
        marks, advance = self._document.marks(trail), self._next
        while not isinstance(event := advance(), MappingEndEvent):
            key = self._key(event, trail, values)
            following = advance()
            if key is None:
                if not isinstance(following, AliasEvent):
                    self._value(following, (*_ASIDE, *trail))
                continue
            scalar = isinstance(following, ScalarEvent)
            blank = scalar and not following.value and not following.style
            marks[key] = event.start_mark, event.start_mark if blank else following.start_mark
            inner = (*trail, key)
            values[key] = self._scalar(following, inner) if scalar else self._value(following, inner)
        return values

    def _key(self, event: Any, trail: Trail, others: dict[str, Value]) -> str | None:
        """The key, or None where its value cannot be kept."""
        if not isinstance(event, ScalarEvent):
            self._value(event, (*_ASIDE, *trail))
            self._document.distrust(trail)
            if not isinstance(event, AliasEvent):
                self._tell(event, "wrong-type", "a key must be text", "write a word before the colon")
            return None
        key = self._scalar(event, _ASIDE)
        if key is None or not key.strip():
            self._tell(event, "wrong-type", "a key is empty or null", "write a word before the colon")
            self._document.distrust(trail)
            return None
        if key == "<<" and not event.style:
            self._tell(event, "yaml-alias", "a merge key (`<<`) is not allowed", "write the keys out")
            self._document.distrust(trail)
            return None
        if key in others:
            before = self._document.place((*trail, key), key=True)
            mend = f"the first is in line {before.line}; keep one of them"
            self._tell(event, "yaml-duplicate-key", f"{show(key)} is written twice", mend)
            return None
        return key

    def _tell(self, event: Any, check: str, message: str, mend: str) -> None:
        self._document.tell(self._document.position(event.start_mark), check, message, mend)


def _without_controls(text: str, document: Document) -> str:
    if first := _CONTROL.search(text):
        code = f"U+{ord(first[0]):04X}"
        at = _position(text[: first.start()], document.file)
        document.tell(at, "yaml-syntax", f"the file holds a control character ({code})", "take it away")
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text


def _tell_refusal(document: Document, text: str, error: Exception) -> None:
    if getattr(error, "problem", None) != _LIBYAML_TOO_DEEP:
        _tell_syntax(document, error)
        return
    try:
        _tell_depth(document, _depth_exceeded(text))
    except yaml.YAMLError as earlier:
        _tell_syntax(document, earlier)


def _depth_exceeded(text: str) -> Any:
    """Where the first collection begins that is nested too deeply, as the parser says that is written in Python.

    Raises:
        yaml.YAMLError: where something else is wrong before: libyaml has read on to where it gets too deep.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > _DEEPEST + 1:
            return event.start_mark
    return None


def _tell_depth(document: Document, mark: Any) -> None:
    document.tell(document.position(mark), "yaml-syntax", f"nested more than {_DEEPEST} levels deep")
    document.give_up()


def _tell_syntax(document: Document, error: Exception) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or "it cannot be parsed"
    at = document.position(mark)
    mend = "indent with spaces" if "'\\t'" in reason else "look at this line and the one before it"
    document.tell(at, "yaml-syntax", f"this is not YAML: {reason}", mend)
    document.give_up()


def _position(before: str, file: str) -> Position:
    """The place that follows some text."""
    lines = _LINE_END.split(before)
    return Position(file, len(lines), len(lines[-1]) + 1)
