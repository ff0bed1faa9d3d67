"""An inventory file and what is proposed for it → the file with what it lacks; every letter that is there stays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from wesretain.errors import InvalidInput
from wesretain.model.proposal import Line, block, on_one_line

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COMMA = re.compile(r"[ \t]*,")
#: So many letters of a comment tell it from others.
_TELLING = 8
#: How far what is new is indented where the file gives no example.
_STEP = 2


@dataclass(frozen=True, slots=True)
class _Edit:
    """Text that takes the place of a stretch of the file; an empty stretch is an insertion."""

    start: int
    end: int
    text: str


def merged(text: str, path: Sequence[str], lines: Sequence[Line]) -> str:
    """The file with the lines that the mapping under a path of keys lacks, at any depth.

    A key whose value is empty is given the proposed one. Nothing that says something is changed. Doubts are written
    once, with what they are about: where that is there already, a person has seen them.

    Raises:
        InvalidInput: where the file has a value other than a mapping on that path.
    """
    root: Any = yaml.compose(text, Loader=_LOADER)
    _check_way(root, path)
    for key in reversed(path):
        lines = (Line(_written(key), inner=tuple(lines)),)
    edits = sorted(_into(text, root, tuple(lines), flow=False), key=lambda each: (each.start, each.end))
    # Of two at one place the first is the inner one, and has to come before what follows it in the outer mapping.
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _check_way(node: Any, path: Sequence[str]) -> None:
    """Refuse a file in which something else stands on the way."""
    for key in path:
        if not isinstance(node, yaml.MappingNode):
            mend = "write a mapping there, or take it away"
            raise InvalidInput(f"the inventory cannot be completed: a value stands in the place of `{key}`", mend)
        node = next((value for name, value in node.value if name.value == key), None)
        if node is None or _is_blank(node):
            return
    if not isinstance(node, yaml.MappingNode):
        mend = "write a mapping there, or take it away"
        raise InvalidInput(f"the inventory cannot be completed: `{path[-1]}` is no mapping", mend)


def _written(key: str) -> str:
    """A key as YAML writes it: quoted where it has to be."""
    return yaml.dump(key, default_flow_style=True, allow_unicode=True, width=1_000_000).split("\n")[0]


def _read(key: str) -> str:
    node: Any = yaml.compose(key, Loader=_LOADER)
    return str(node.value)


def _into(text: str, node: Any, lines: tuple[Line, ...], *, flow: bool) -> Iterator[_Edit]:
    """The edits that put lines into a mapping that is not empty; `flow` says that it stands within braces."""
    known = {key.value: (key, value) for key, value in node.value}
    flow = flow or bool(node.flow_style)
    missing: list[Line] = []
    for line in lines:
        if found := known.get(_read(line.key)):
            yield from _onto(text, *found, line, flow=flow)
        else:
            missing.append(line)
    sure = [line for line in missing if line.is_sure]
    if sure and flow:
        yield _into_flow(text, node, sure)
    else:
        start = node.value[0][0].start_mark
        above = tuple(line for line in sure if line.leads)
        if above:
            at = _head(text, start.index - start.column)
            yield _Edit(at, at, _lines(text, at, block(above, start.column)))
        below = tuple(line for line in sure if not line.leads)
        if below:
            at = _line_end(text, _last(node).index)
            yield _Edit(at, at, _lines(text, at, block(below, start.column)))


def _onto(text: str, key: Any, value: Any, line: Line, *, flow: bool) -> Iterator[_Edit]:
    """The edits that complete what a key says: what stands under it, or its value where it has none."""
    empty = isinstance(value, yaml.MappingNode) and not value.value
    if isinstance(value, yaml.MappingNode) and not empty:
        if line.inner:
            yield from _into(text, value, line.inner, flow=flow)
        return
    if _is_blank(value) and line.comment and not line.value and not line.inner and not flow:
        yield from _noted(text, key, line.comment)
    if not (empty or _is_blank(value)) or not line.is_sure or not (line.inner or (line.value and not empty)):
        return
    start, end = _room(text, key, value, empty)
    if empty and "#" in text[value.start_mark.index : end]:
        return  # a comment stands within the braces
    if flow or not line.inner:
        said = line.flow.partition(":")[2] if not line.key.startswith('"') else line.flow[len(line.key) + 1 :]
        yield _Edit(start, end, f"{said if text[start - 1] == ':' else ':' + said}")
        return
    yield _Edit(start, end, "")
    at = _line_end(text, end)
    yield _Edit(at, at, _lines(text, at, block(line.inner, key.start_mark.column + _STEP)))


def _noted(text: str, key: Any, comment: str) -> Iterator[_Edit]:
    """A word on a key without a value, behind what its line says already; once, whatever number is in it."""
    end = text.find("\n", key.end_mark.index)
    end = len(text) if end < 0 else end
    _, mark, said = text[key.end_mark.index : end].partition("#")
    if comment[:_TELLING] not in said:
        yield _Edit(end, end, f"; {on_one_line(comment)}" if mark else f"  # {on_one_line(comment)}")


def _is_blank(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and not node.value


def _room(text: str, key: Any, value: Any, empty: bool) -> tuple[int, int]:
    """The stretch behind a key's colon that its value takes; within braces a key may have neither."""
    after = key.end_mark.index
    colon = after + len(text[after:]) - len(text[after:].lstrip())
    if text[colon : colon + 1] != ":":
        return after, after
    return colon + 1, value.end_mark.index if empty else colon + 1


def _into_flow(text: str, node: Any, lines: Sequence[Line]) -> _Edit:
    """What is new, behind the last value of a mapping within braces, and before any comment there."""
    key, value = node.value[-1]
    place = _room(text, key, value, empty=False)[0] if _is_blank(value) else value.end_mark.index
    said = ", ".join(line.flow for line in lines)
    if comma := _COMMA.match(text, place):
        return _Edit(comma.end(), comma.end(), f" {said}")
    return _Edit(place, place, f"{' ' if text[place - 1] == ':' else ''}, {said}")


def _head(text: str, start: int) -> int:
    """The beginning of the comments that stand right above a line, or of the line itself."""
    while start:
        before = text.rfind("\n", 0, start - 1) + 1
        if not text[before:start].lstrip().startswith("#"):
            break
        start = before
    return start


def _last(node: Any) -> Any:
    """The mark at which a node's last letter ends: that of a block collection is behind what follows it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        key, value = node.value[-1]
        empty = isinstance(value, yaml.ScalarNode) and not value.value and not value.style
        return key.end_mark if empty else _last(value)
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last(node.value[-1])
    return node.end_mark


def _line_end(text: str, index: int) -> int:
    """The beginning of the line after a place; the end of the text where there is none."""
    if index and text[index - 1 : index] == "\n":  # a block scalar ends behind its last line
        return index
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _lines(text: str, at: int, lines: Sequence[str]) -> str:
    """Lines to be put in at a place where one begins."""
    before = "" if at == 0 or text[at - 1] == "\n" else "\n"
    return before + "".join(f"{line}\n" for line in lines)
