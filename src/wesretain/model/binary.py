"""Bytes as people write them: `0x` and pairs of hexadecimal digits, or the bytes of a text."""

from __future__ import annotations

import re

_HEX = re.compile(r"0[xX]((?:[0-9A-Fa-f]{2})+)")


def binary_of(text: str) -> bytes:
    """The bytes that a text stands for: those of `0x…` with an even number of digits, otherwise its UTF-8 bytes."""
    found = _HEX.fullmatch(text)
    return bytes.fromhex(found[1]) if found else text.encode("utf-8", "surrogateescape")


def shown_binary(raw: bytes) -> str:
    """Bytes as `binary_of` reads them again."""
    return f"0x{raw.hex()}"
