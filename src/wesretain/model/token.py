"""Tokens: names for what must not be named itself, the same for the same parts, and only with the same key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property

#: Hexadecimal digits of a token.
LENGTH = 32


@dataclass(frozen=True)
class Tokens:
    """Makes the tokens of what begins with some parts, such as the records of one table."""

    secret: bytes
    beginning: tuple[str, ...] = ()

    def of(self, *rest: str) -> str:
        """The token of the beginning and these parts."""
        begun = self._begun.copy()
        begun.update(b"".join(map(_measured, rest)))
        return begun.hexdigest()[:LENGTH]

    @cached_property
    def _begun(self) -> hmac.HMAC:
        return hmac.new(self.secret, b"".join(map(_measured, self.beginning)), hashlib.sha256)


def _measured(part: str) -> bytes:
    """A part with its length before it, so that no two lists of parts look alike."""
    coded = part.encode("utf-8", "surrogatepass")
    return len(coded).to_bytes(8, "big") + coded
