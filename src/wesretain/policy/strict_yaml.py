"""Strict YAML: bytes → plain values and their places; what is wrong becomes problems, never exceptions.

The files are read from the parser's events rather than from its nodes, because only these tell of anchors and tags.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from wesretain.model.source import Position
from wesretain.policy.document import Document, Spot, Trail, Value
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
_CONTROL = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
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
    composer = _Composer(text, document)
    try:
        composer.run()
    except _TooDeepError as error:
        _tell_depth(document, error.spot)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        _tell_refusal(document, text, error)
    document.ignores, problems = read_ignores(text, file, composer.quoting_lines)
    document.problems.extend(problems)
    return document


class _TooDeepError(Exception):
    """The file is nested deeper than any sensible one."""

    def __init__(self, spot: Spot) -> None:
        self.spot = spot


class _Composer:
    """Turns a parser's events into the document's value."""

    def __init__(self, text: str, document: Document) -> None:
        self._document = document
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self.quoting_lines: set[int] = set()

    def run(self) -> None:
        """Read the first document, and refuse any other."""
        document = self._document
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self._tell_empty()
            return
        first = next(self._events)
        document.mark((), _start(first), _start(first))
        document.value = self._value(first, ())
        next(self._events)
        if document.value is None and not document.problems:
            self._tell_empty()
        if isinstance(event := next(self._events), yaml.DocumentStartEvent):
            at = document.position(_start(event))
            document.tell(at, "yaml-document", "a second document starts here", "write it into a file of its own")
            document.complete = False

    def _tell_empty(self) -> None:
        self._document.tell(Position(self._document.file, 1, 1), "unreadable-file", "the file is empty")
        self._document.give_up()

    def _value(self, event: yaml.Event, trail: Trail) -> Value:
        if isinstance(event, yaml.AliasEvent):
            self._tell(event, "yaml-alias", "an alias (`*`) is not allowed", "write the value out, or quote the text")
            self._document.distrust(trail)
            return None
        self._refuse_properties(event, trail)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(trail) > _DEEPEST:
            raise _TooDeepError(_start(event))
        return self._mapping(trail) if isinstance(event, yaml.MappingStartEvent) else self._sequence(trail)

    def _refuse_properties(self, event: Any, trail: Trail) -> None:
        if event.anchor is not None:
            self._tell(event, "yaml-alias", "an anchor (`&`) is not allowed", "take it away, or quote the text")
        if event.tag is not None:
            self._tell(event, "yaml-tag", "a tag (`!`) is not allowed", "take it away, or quote the text")
            self._document.distrust(trail)

    def _scalar(self, event: yaml.ScalarEvent) -> str | None:
        text: str = event.value
        if not event.style:
            if text in _NULLS:
                return None
        elif event.style == '"' and _CONTROL.search(text):
            self._tell(event, "yaml-syntax", "the text holds a control character", "take it away")
            text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
        if "wesretain:" in text:
            self.quoting_lines.update(range(_start(event)[0], _spot(event.end_mark)[0] + 1))
        return text

    def _sequence(self, trail: Trail) -> list[Value]:
        values: list[Value] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            inner = (*trail, len(values))
            start = _start(event)
            self._document.mark(inner, start, start)
            values.append(self._value(event, inner))
        return values

    def _mapping(self, trail: Trail) -> dict[str, Value]:
        values: dict[str, Value] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, trail, values)
            following = next(self._events)
            if key is None:
                if not isinstance(following, yaml.AliasEvent):
                    self._value(following, (*_ASIDE, *trail))
                continue
            inner = (*trail, key)
            blank = isinstance(following, yaml.ScalarEvent) and not following.value and not following.style
            self._document.mark(inner, _start(event), _start(event if blank else following))
            values[key] = self._value(following, inner)
        return values

    def _key(self, event: yaml.Event, trail: Trail, others: dict[str, Value]) -> str | None:
        """The key, or None where its value cannot be kept."""
        if not isinstance(event, yaml.ScalarEvent):
            self._value(event, (*_ASIDE, *trail))
            self._document.distrust(trail)
            if not isinstance(event, yaml.AliasEvent):
                self._tell(event, "wrong-type", "a key must be text", "write a word before the colon")
            return None
        self._refuse_properties(event, _ASIDE)
        key = self._scalar(event)
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

    def _tell(self, event: yaml.Event, check: str, message: str, mend: str) -> None:
        self._document.tell(self._document.position(_start(event)), check, message, mend)


def _start(event: yaml.Event) -> Spot:
    return _spot(event.start_mark)


def _spot(mark: Any) -> Spot:
    return mark.line + 1, mark.column + 1


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


def _depth_exceeded(text: str) -> Spot:
    """Where the first collection begins that is nested too deeply, as the parser says that is written in Python.

    Raises:
        yaml.YAMLError: where something else is wrong before: libyaml has read on to where it gets too deep.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST + 1:
            return _start(event)
    return 1, 1


def _tell_depth(document: Document, spot: Spot) -> None:
    document.tell(document.position(spot), "yaml-syntax", f"nested more than {_DEEPEST} levels deep")
    document.give_up()


def _tell_syntax(document: Document, error: Exception) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or "it cannot be parsed"
    at = document.position(_spot(mark)) if mark else Position(document.file, 1, 1)
    mend = "indent with spaces" if "'\\t'" in reason else "look at this line and the one before it"
    document.tell(at, "yaml-syntax", f"this is not YAML: {reason}", mend)
    document.give_up()


def _position(before: str, file: str) -> Position:
    """The place that follows some text."""
    lines = _LINE_END.split(before)
    return Position(file, len(lines), len(lines[-1]) + 1)
