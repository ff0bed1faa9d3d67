"""Bytes as files spell them: `0x` and pairs of hexadecimal digits, or the bytes of a text."""

from __future__ import annotations

import re

_HEX = re.compile(r"0x((?:[0-9A-Fa-f]{2})+)")


def binary_of(text: str) -> bytes:
    """The bytes that a text stands for: those of `0x…` with an even number of digits, otherwise its UTF-8 bytes."""
    spelt = _HEX.fullmatch(text)
    return bytes.fromhex(spelt[1]) if spelt else text.encode("utf-8", "surrogatepass")
