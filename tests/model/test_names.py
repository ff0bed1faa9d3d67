"""Dotted names: every name can be written, and is read again as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wesretain.model.binary import binary_of, shown_binary
from wesretain.model.names import joined, segments
from wesretain.model.rule import TableName

NAMES = st.text('a."\n é', min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("tickets", ("tickets",)),
        ("client.email", ("client", "email")),
        ('"my.table".column', ("my.table", "column")),
        ('a."b.c"', ("a", "b.c")),
        ('"say ""hi"""', ('say "hi"',)),
        ('it"s.x"y"', ('it"s', 'x"y"')),
        ("two words.and $", ("two words", "and $")),
        ('" padded "', (" padded ",)),
        *(
            (text, ())
            for text in ("", ".", "a.", ".a", "a..b", " a", "a .b", '"', '""', '"a', '"a"b', '"a".', 'x."a"b')
        ),
    ],
)
def test_how_a_name_is_read(text: str, read: tuple[str, ...]) -> None:
    assert segments(text) == read


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_every_name_is_read_as_it_was_written(names: list[str]) -> None:
    assert segments(joined(names)) == tuple(names)


def test_plain_names_are_written_as_they_are() -> None:
    assert joined(["shop", "Order Details", 'a"b']) == 'shop.Order Details.a"b'
    assert joined(["shop", "my.table", '"q"']) == 'shop."my.table"."""q"""'


def test_a_table_has_a_database_and_at_most_a_schema() -> None:
    assert TableName.of("shop.a") == TableName("shop", None, "a")
    assert TableName.of('shop.b."a.c"') == TableName("shop", "b", "a.c")
    assert [TableName.of(text) for text in ("a", "a.b.c.d", "", ".a", 'a."b')] == [None] * 5


@pytest.mark.parametrize("raw", [b"", b"\x00", b"abc", b"\xff\xfe", "é".encode(), b"0x00"])
def test_bytes_are_read_as_they_are_shown(raw: bytes) -> None:
    assert binary_of(shown_binary(raw)) == raw


def test_what_is_no_hexadecimal_is_a_text() -> None:
    texts = ("abc", "0x0", "0xzz", "é", " 0x00")
    assert [binary_of(text) for text in texts] == [text.encode() for text in texts]
    assert binary_of("0XAbcd") == b"\xab\xcd"
