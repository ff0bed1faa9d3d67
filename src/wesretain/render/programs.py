"""Values for programs: JSON, to the letter, and CSV; neither steers a terminal, nor is any cell a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from wesretain.render.plain import plain

#: How cells begin that a spreadsheet calculates, also in the wide letters of some keyboards.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*", re.ASCII)


def as_json(value: Any, indent: int | None = 2) -> str:
    """A value as JSON. What cannot be seen is an escape, so that the text stays what it was for every program."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return "\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\n"))


def _escaped(line: str) -> str:
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)


def as_csv(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV; what is no plain value is JSON."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(map(_cell, row) for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    """One cell: on one line, what cannot be seen as an escape, and behind a `'` where it would be calculated."""
    match value:
        case None:
            return ""
        case str():
            guarded = value.lstrip().startswith(_FORMULA) and not _NUMBER.fullmatch(value)
            return f"'{plain(value)}" if guarded else plain(value)
        case _:
            return as_json(value, indent=None)
