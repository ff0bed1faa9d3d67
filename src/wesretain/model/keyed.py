"""Keyed digests of what must not be named itself: the same for the same parts, and only with the same key."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keyed:
    """Digests what belongs to some place, such as the records of one table of a database."""

    secret: bytes
    place: tuple[str, ...]

    def digest(self, *texts: str) -> str:
        """SHA-256 in hex, keyed, over the place and some texts."""
        message = b"".join(map(_measured, (*self.place, *texts)))
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


def _measured(part: str) -> bytes:
    """A part with its length before it, so that no two lists of parts look alike."""
    coded = part.encode("utf-8", "surrogatepass")
    return len(coded).to_bytes(8, "big") + coded
