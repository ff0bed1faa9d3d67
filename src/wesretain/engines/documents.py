"""JSON in columns: how engines spell the path to a member, and how one tells a document without an error."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

#: How many lists and objects may lie within one another; a document that goes deeper counts as unreadable.
DEEPEST = 12

_BLANK = "[ \\t\\n\\r]*"
# Two letters that no document can hold stand for what was recognised: a text, and any other value.
_TEXT, _OTHER = "\x01", "\x02"
_HEX = "[0-9A-Fa-f]"
_ESCAPES = (
    '\\\\["\\\\/bfnrt]',
    f"\\\\u(?:0(?:0(?:0[1-9A-Fa-f]|[1-9A-Fa-f]{_HEX})|[1-9A-Fa-f]{_HEX}{{2}})|[1-9A-CEFa-cef]{_HEX}{{3}}|[Dd][0-7]{_HEX}{{2}})",
    f"\\\\u[Dd][89ABab]{_HEX}{{2}}\\\\u[Dd][C-Fc-f]{_HEX}{{2}}",
)
_A_TEXT = f'"(?:[^"\\\\\x01-\x1f]|{"|".join(_ESCAPES)})*"'
_A_WORD = "-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null"
_ITEM = f"[{_TEXT}{_OTHER}]{_BLANK}"
_PAIR = f"{_TEXT}{_BLANK}:{_BLANK}{_ITEM}"


def _listed(opening: str, part: str, closing: str) -> str:
    return f"{opening}{_BLANK}(?:{part}(?:,{_BLANK}{part})*)?{closing}"


_A_GROUP = f"{_listed(chr(92) + '[', _ITEM, chr(92) + ']')}|{_listed(chr(92) + '{', _PAIR, chr(92) + '}')}"


def json_path(keys: Sequence[str]) -> sa.ColumnElement[str]:
    """A path of object keys as SQLite and MariaDB spell it: `$."a"."b"`."""
    return sa.literal("$" + "".join(f".{json.dumps(key, ensure_ascii=False)}" for key in keys))


def is_document(text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The text is a JSON document (RFC 8259), for PostgreSQL, which has no such question before version 16.

    Texts and words are replaced by one letter each, then lists and objects from the inside out; of a document one
    letter remains. Documents with `\\u0000` or half a surrogate pair are none here: they could not be read as text.
    """
    rest: sa.ColumnElement[str] = text
    for pattern, letter in ((_A_TEXT, _TEXT), (_A_WORD, _OTHER), *((_A_GROUP, _OTHER),) * DEEPEST):
        rest = sa.func.regexp_replace(rest, pattern, letter, "g", type_=sa.Text())
    bare = sa.not_(text.regexp_match(f"[{_TEXT}{_OTHER}]"))
    return sa.and_(bare, rest.regexp_match(f"^{_BLANK}{_ITEM}$"))
