"""Values that stand for another and lead back to nobody: masked addresses, keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
from ipaddress import IPv4Address, IPv6Address, ip_address

#: How a keyed hash begins, so that it is recognised and not hashed again.
HASH_PREFIX = "wesretain:"
#: So many hexadecimal digits of it are kept: 128 bits, which no two values share by chance.
_HASH_DIGITS = 32
#: How many characters a keyed hash has.
HASH_LENGTH = len(HASH_PREFIX) + _HASH_DIGITS

_KEPT_OF_IPV4 = 0xFFFF_0000
_KEPT_OF_IPV6 = 0xFFFF_FFFF_FFFF_FFFF << 64

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = f"(?:{_OCTET}\\.){{3}}{_OCTET}"
_GROUP = "[0-9A-Fa-f]{1,4}"


def _ipv6_forms() -> list[str]:
    """All ways to write an IPv6 address; the last two groups may be written as an IPv4 address."""
    forms = [f"(?:{_GROUP}:){{7}}{_GROUP}", f"(?:{_GROUP}:){{6}}{_IPV4}", "::"]
    for before in range(8):
        head = f"(?:{_GROUP}:){{{before}}}:" if before else "::"
        rest = 7 - before
        if before:
            forms.append(head)
        if rest:
            forms.append(f"{head}(?:{_GROUP}:){{0,{rest - 1}}}{_GROUP}")
        if rest >= 2:
            forms.append(f"{head}(?:{_GROUP}:){{0,{rest - 2}}}{_IPV4}")
    return forms


#: An IP address as a whole text, as a portable pattern: just those texts, but for zones, that `masked_ip` masks.
IP_ADDRESS = "|".join((_IPV4, *_ipv6_forms()))
_address = re.compile(IP_ADDRESS)
#: One whose second half is blank: 192.0.0.0, or 2001:db8:: as RFC 5952 writes it.
MASKED_IP = "[0-9]{1,3}\\.[0-9]{1,3}\\.0\\.0|(?:[0-9a-f]{1,4}:){1,4}:|::"


def masked_ip(text: str) -> str | None:
    """The address with its second half blank, as RFC 5952 writes it; None where the text is no IP address.

    An IPv4 address inside an IPv6 one is in the second half.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return None
    match address:
        case IPv4Address():
            return str(IPv4Address(int(address) & _KEPT_OF_IPV4))
        case IPv6Address():
            return str(IPv6Address(int(address) & _KEPT_OF_IPV6))


def masked_bytes(address: bytes) -> bytes | None:
    """An IP address with its second half blank: its four or sixteen bytes, or its text in ASCII; None for all else.

    Four bytes that read as a text too (`1::2`) could be either.
    """
    text = address.decode("ascii", "replace")
    if _address.fullmatch(text):
        return None if len(address) == 4 else (masked_ip(text) or "").encode()
    half = len(address) // 2
    return address[:half] + bytes(half) if len(address) in (4, 16) else None


def may_be_padded(address: bytes) -> bool:
    """Whether sixteen bytes may be an IPv4 address that zeros fill up: then nobody can tell which half is which."""
    return len(address) == 16 and not any(address[4:]) and any(address[2:4])


def hashed_bytes(value: bytes, key: bytes) -> bytes:
    """The same as `hashed`, of bytes and as ASCII."""
    return value if value.startswith(HASH_PREFIX.encode()) else _digest(value, key).encode()


def hashed(text: str, key: bytes) -> str:
    """A keyed hash that begins with HASH_PREFIX: equal texts stay equal. A text that begins so stays as it is."""
    if text.startswith(HASH_PREFIX):
        return text
    return _digest(text.encode("utf-8", "surrogatepass"), key)


def _digest(value: bytes, key: bytes) -> str:
    return HASH_PREFIX + hmac.new(key, value, hashlib.sha256).hexdigest()[:_HASH_DIGITS]
