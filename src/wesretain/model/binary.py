"""Bytes as people write them: `0x` and hexadecimal digits, or a text in UTF-8."""

from __future__ import annotations

import re

_HEX = re.compile(r"0[xX]((?:[0-9A-Fa-f]{2})*)")


def binary_of(text: str) -> bytes:
    """The bytes that a text names: those of its hexadecimal digits after `0x`, or else its own in UTF-8."""
    found = _HEX.fullmatch(text)
    return bytes.fromhex(found[1]) if found else text.encode("utf-8", "surrogateescape")


def shown_binary(raw: bytes) -> str:
    """Bytes as `binary_of` reads them again."""
    return f"0x{raw.hex()}"
