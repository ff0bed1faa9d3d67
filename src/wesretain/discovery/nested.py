"""What stands within a value: members of JSON, serialised PHP, cards, query strings and lines, also where it is cut."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from wesretain.model.finding import Nest

#: A leaf of a document: the names that lead to it, and its text.
Leaf = tuple[tuple[str, ...], str]

_MOST_LEAVES = 500
_DEEPEST = 20
#: So many documents stand within each other at most.
_MOST_WITHIN = 4
#: So much of a query string is read, in characters.
_LONGEST_QUERY = 4_000
#: A pair in JSON that is cut off: a name, and a text or a number.
_JSON_PAIR = re.compile(
    r'"((?:[^"\\]|\\.){1,200})"\s{0,20}:\s{0,20}(?:"((?:[^"\\]|\\.){0,4000})"|(-?[0-9][0-9.eE+-]{0,40}))'
)
#: A line of a vCard (RFC 6350) or a calendar (RFC 5545): a name, parameters, and a value; long lines are folded.
_CARD_START = re.compile(r"BEGIN:V(?:CARD|CALENDAR)\b", re.IGNORECASE)
_CARD_LINE = re.compile(
    r"(?:[\w-]{1,40}\.)?(?P<name>[A-Za-z-]{1,40})(?P<parameters>(?:;[^:;\"\n]{0,200}(?:\"[^\"\n]{0,200}\")?){0,8}):(?P<value>.*)"
)
_CARD_CN = re.compile(r";CN=\"?([^;:\"\n]{1,200})", re.IGNORECASE)
_PHP_START = re.compile(r"(?:[aO]:[0-9]+:|s:[0-9]+:\")")
#: The next thing in serialised PHP. A text is as long as it says, in bytes.
_PHP_MARK = re.compile(
    r"(?:s:(?P<text>[0-9]{1,7}):\"|i:(?P<whole>-?[0-9]{1,20});|d:(?P<real>[-0-9.eEINFA+]{1,40});|b:(?P<truth>[01]);"
    r"|(?P<null>N);|a:(?P<array>[0-9]{1,7}):\{|O:[0-9]{1,4}:\"[^\"]{1,200}\":(?P<object>[0-9]{1,7}):\{|(?P<end>\})"
    r"|[rR]:(?P<again>[0-9]{1,7});)"
)
#: The address of a page with its parameters, or these alone.
_QUERY = re.compile(
    r"(?:[^\s?#]{0,2000}\?)(?P<asked>[\w.%\[\]-]{1,100}=[^\s#]*)(?:#\S*)?|(?P<alone>[\w.%\[\]-]{1,100}=[^&\s]*(?:&[\w.%\[\]-]{1,100}=[^&\s]*)+)"
)
#: A header of HTTP or of an e-mail, a line of an INI file, or one that PHP's print_r writes.
_LINE = re.compile(r"\s{0,40}\[?(?P<name>[A-Za-z][\w.-]{0,60})\]?\s{0,20}(?:=>|[:=])(?!//)\s{0,20}(?P<value>\S.*)")
_FRAME = re.compile(r"\s*(?:Array|Object|[\w\\]+ Object|[()\[\]{}]|<\?php|\[[\w .-]+\])\s*")
#: So many such lines make a document, and so large a share of all.
_LEAST_LINES, _MOST_LINES = 2, 0.8
#: What is a document and still a text: it is searched as one as well.
TEXTS = (Nest.QUERY, Nest.LINES)


def leaves_of(text: str) -> tuple[Nest, list[Leaf]] | None:
    """The members of a document, names that are counted left out; None where the text is none.

    A member may be a document itself: what stands there is told as well.
    """
    found = _document(text)
    return None if found is None else (found[0], list(islice(_opened(found[1], 1), _MOST_LEAVES)))


def _opened(leaves: Iterable[Leaf], depth: int) -> Iterator[Leaf]:
    """The members, and those of members that are documents."""
    for names, leaf in leaves:
        inner = _document(leaf) if depth < _MOST_WITHIN else None
        if inner is None or inner[0] in TEXTS:
            yield names, leaf
        if inner is not None:
            yield from _opened((((*names, *more), within) for more, within in inner[1]), depth + 1)


def _document(text: str) -> tuple[Nest, list[Leaf]] | None:
    start = text.lstrip()[:1]
    if start in ("{", "["):
        found = list(_json(text))
        return (Nest.JSON, found) if found else None
    if _PHP_START.match(text):
        return Nest.PHP, list(_php(text))
    if _CARD_START.match(text):
        return Nest.CARD, list(_card(text))
    if query := _QUERY.fullmatch(text):
        return Nest.QUERY, _asked(query["asked"] or query["alone"])
    lines = list(_lines(text))
    return (Nest.LINES, lines) if lines else None


def _asked(query: str) -> list[Leaf]:
    """The parameters of a query string; `user[mail]` is called by both words."""
    pairs = parse_qsl(query[:_LONGEST_QUERY], max_num_fields=None)[:_MOST_LEAVES]
    return [(tuple(part for part in re.split(r"[\[\]]+", name) if part), value) for name, value in pairs]


def _lines(text: str) -> Iterator[Leaf]:
    """The lines up to the first blank one, where nearly all of them are names and values."""
    block = re.split(r"\r?\n[ \t]*\r?\n", text.strip("\r\n"), maxsplit=1)[0]
    lines = [line for line in block.splitlines()[:_MOST_LEAVES] if not _FRAME.fullmatch(line)]
    found = [match for line in lines if (match := _LINE.fullmatch(line))]
    if len(found) >= _LEAST_LINES and len(found) >= _MOST_LINES * len(lines):
        yield from (((match["name"],), match["value"].strip()) for match in found)


def _json(text: str) -> Iterator[Leaf]:
    try:
        yield from _walk(json.loads(text), (), [0])
    except (ValueError, RecursionError):
        for pair in list(_JSON_PAIR.finditer(text))[:_MOST_LEAVES]:
            yield (pair[1],), _unescaped(pair[2]) if pair[2] is not None else pair[3]


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


def _walk(value: Any, names: tuple[str, ...], count: list[int]) -> Iterator[Leaf]:
    if count[0] >= _MOST_LEAVES or len(names) > _DEEPEST:
        return
    match value:
        case dict():
            for name, inner in value.items():
                yield from _walk(inner, (*names, str(name)), count)
        case list():
            for inner in value:
                yield from _walk(inner, names, count)
        case None | bool():
            return
        case _:
            count[0] += 1
            yield names, str(value)


def _card(text: str) -> Iterator[Leaf]:
    """The properties of a card, and the names of the persons that a calendar invites."""
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines()[:_MOST_LEAVES]:
        if found := _CARD_LINE.fullmatch(line):
            yield (found["name"].lower(),), found["value"].replace("\\n", " ").replace(";", " ").strip()
            if invited := _CARD_CN.search(found["parameters"]):
                yield ("cn",), invited[1]


def _php(text: str) -> Iterator[Leaf]:
    """The members as far as they can be read. A name and its value take turns within each array or object."""
    raw = text.encode("utf-8", "surrogatepass")
    place, count = 0, 0
    names: list[str] = []
    awaited: list[bool] = []  # for each array that is open: whether a name comes next
    letters = raw.decode("latin-1")  # one letter a byte, so that lengths are right
    while count < _MOST_LEAVES and (mark := _PHP_MARK.match(letters, place)):
        place = mark.end()
        if mark["end"]:
            if not awaited:
                return
            awaited.pop()
            _close(names, awaited)
            continue
        if mark["array"] or mark["object"]:
            if len(awaited) >= _DEEPEST:
                return
            awaited.append(True)
            continue
        value = _php_text(raw, mark, place)
        if mark["text"]:
            place += int(mark["text"]) + 2  # the quote, and the semicolon
            if place > len(raw):
                return  # it is cut off
        if awaited and awaited[-1]:
            names.append(value)
            awaited[-1] = False
            continue
        count += 1
        yield tuple(names), value
        _close(names, awaited)


def _close(names: list[str], awaited: list[bool]) -> None:
    """A value has ended: the next thing is a name again, unless there is no array around it."""
    if awaited:
        if names:
            names.pop()
        awaited[-1] = True


def _php_text(raw: bytes, mark: re.Match[str], place: int) -> str:
    if mark["text"]:
        return raw[place : place + int(mark["text"])].decode("utf-8", "replace")
    return next((mark[kind] for kind in ("whole", "real", "truth") if mark[kind]), "")
