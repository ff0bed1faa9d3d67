"""Masked addresses and keyed hashes: what they keep, what they do not tell, and that they are recognised."""

from __future__ import annotations

import hashlib
import hmac
import re
from ipaddress import IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wesretain.model.masking import HASH_LENGTH, HASH_PREFIX, IP_ADDRESS, MASKED_IP, hashed, masked_ip

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
NEARLY = st.text("0123456789abcdefABCDEF:.", max_size=24)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("192.0.2.7", "192.0.0.0"),
        ("255.255.255.255", "255.255.0.0"),
        ("0.0.0.0", "0.0.0.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:DB8::1", "2001:db8::"),
        ("0:0:0:1:2:3:4:5", "0:0:0:1::"),
        ("1:0:0:0:5:6:7:8", "1::"),
        ("::1", "::"),
        ("::ffff:192.0.2.7", "::"),
        ("64:ff9b::192.0.2.7", "64:ff9b::"),
        ("fe80::1%eth0", "fe80::"),
        *((text, None) for text in ("", " ", "unknown", "192.0.2", "192.0.2.256", "192.0.2.07", " 192.0.2.7", "1:2")),
        *((text, None) for text in ("1::2::3", ":::", "192.0.2.7\n", "١٩٢.0.2.7", "192.0.2.7:80", "[::1]")),
    ],
)
def test_addresses(text: str, masked: str | None) -> None:
    assert masked_ip(text) == masked


@given(ADDRESSES)
def test_a_masked_address_is_recognised_is_not_longer_and_stays(text: str) -> None:
    masked = masked_ip(text)
    assert masked is not None
    assert re.fullmatch(MASKED_IP, masked)
    assert re.fullmatch(IP_ADDRESS, masked)
    assert len(masked) <= len(text)
    assert masked_ip(masked) == masked


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_the_first_64_bits_of_ipv6_stay_and_no_other(first: int, second: int) -> None:
    assert masked_ip(str(IPv6Address(first << 64 | second))) == str(IPv6Address(first << 64))


@given(st.one_of(ADDRESSES, ADDRESSES.map(str.upper), NEARLY, st.ip_addresses(v=6).map(lambda a: a.exploded)))
@example("1:2:3:4:5:6:7::")
@example("::2:3:4:5:6:7:8")
@example("1:2:3:4:5::7:8")
@example("1:2:3:4:5:6:192.0.2.1")
@example("1:2:3:4:5::192.0.2.1")
@example("1:2:3:4:5:6::192.0.2.1")
@example("::192.0.2.1")
def test_the_pattern_takes_what_can_be_masked(text: str) -> None:
    assert (re.fullmatch(IP_ADDRESS, text) is not None) == (masked_ip(text) is not None)


@given(st.text())
def test_nothing_but_an_address_is_masked(text: str) -> None:
    masked = masked_ip(text)
    assert masked is None or set(masked) <= set("0123456789abcdef:.")


def test_a_hash_is_keyed_and_told_by_its_prefix() -> None:
    digest = hmac.new(b"key", "ü".encode(), hashlib.sha256).hexdigest()
    assert hashed("ü", b"key") == f"wesretain:{digest[:32]}"
    assert hashed("ü", b"another") != hashed("ü", b"key") != hashed("u", b"key")


@given(st.text(st.characters()), st.binary())
@example("\ud800", b"")
def test_hashes_have_one_length_and_stay(text: str, key: bytes) -> None:
    found = hashed(text, key)
    assert found.startswith(HASH_PREFIX)
    assert hashed(found, key) == found
    assert text.startswith(HASH_PREFIX) or len(found) == HASH_LENGTH
