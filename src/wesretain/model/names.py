"""Dotted names: `table.column`, whose segments stand in double quotes where they hold a dot themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

#: A segment in quotes, with `""` for a quote inside; or a plain one, which may hold quotes, but not begin with one.
_SEGMENT = re.compile(r'"((?:[^"]|"")+)"(?=\.|\Z)|([^".][^.]*)', re.DOTALL)


@lru_cache(4096)
def segments(text: str) -> tuple[str, ...]:
    """The segments of a dotted name; empty where the text is none."""
    if '"' not in text:
        names = tuple(text.split("."))
        return names if all(name and name == name.strip() for name in names) else ()
    found: list[str] = []
    place = 0
    while match := _SEGMENT.match(text, place):
        plain: str | None = match[2]
        if plain is not None and plain != plain.strip():
            return ()
        found.append(str(match[1]).replace('""', '"') if plain is None else plain)
        if match.end() == len(text):
            return tuple(found)
        place = match.end() + 1  # past the dot
    return ()


def joined(names: Iterable[str]) -> str:
    """The dotted name of some segments, from which `segments` reads them again."""
    return ".".join(map(_written, names))


def family_of(database: str) -> str:
    """What inventory and rules call a database: the name of its family, where it is a member such as `tenants/a`."""
    return database.partition("/")[0]


def means(name: str, database: str) -> bool:
    """Whether a name that people gave means a database: by its own, or by that of its family."""
    return name in (database, family_of(database))


@lru_cache(maxsize=4_096)  # the same few tables are named again and again
def _written(name: str) -> str:
    """A segment, in quotes where it could not stand without."""
    plain = segments(name) == (name,)
    return name if plain else '"{}"'.format(name.replace('"', '""'))
