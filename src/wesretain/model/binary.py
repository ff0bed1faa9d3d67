"""Bytes as people write them: `0x` and pairs of hexadecimal digits, or the bytes of a text."""

from __future__ import annotations

import re

_FIXED = re.compile(r"binary\(([0-9]+)\)")
_HEX = re.compile(r"0[xX]((?:[0-9A-Fa-f]{2})*)")


def binary_of(text: str) -> bytes:
    """The bytes that a text stands for: those of `0x…` with an even number of digits, otherwise its UTF-8 bytes."""
    found = _HEX.fullmatch(text)
    return bytes.fromhex(found[1]) if found else text.encode("utf-8", "surrogateescape")


def shown_binary(raw: bytes) -> str:
    """Bytes as `binary_of` reads them again."""
    return f"0x{raw.hex()}"


def fixed_width(declared: str) -> int:
    """How many bytes a column of MariaDB's BINARY(n) always holds; 0 for every other one."""
    found = _FIXED.fullmatch(declared)
    return int(found[1]) if found else 0


def padded(declared: str, value: bytes) -> bytes:
    """The bytes as a column of that type holds them."""
    return value.ljust(fixed_width(declared), b"\0")
