"""Secrets by their looks, and what sort of secret a column holds."""

from __future__ import annotations

import hashlib

import pytest

from wesretain.discovery.secrets import looks_random, secret_of, sort_of
from wesretain.model.finding import Secret

_BCRYPT = "$2y$10$" + "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
_DJANGO = "pbkdf2_sha256$600000$c2FsdHNhbHQ$" + "q" * 43 + "="
_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        *[
            (_BCRYPT, Secret.HASH),
            (_DJANGO, Secret.HASH),
            ("$P$Bxyzxyzxyz", Secret.HASH),
            ("$argon2id$v=19$m=1,t=1$a$b", Secret.HASH),
        ],
        *[("{SSHA}" + "a" * 32, Secret.HASH), ("*" + "A" * 40, Secret.HASH), ("$6$salt$" + "x" * 86, Secret.HASH)],
        *[(_KEY, Secret.PRIVATE_KEY), ("PuTTY-User-Key-File-2: ssh-rsa\nx", Secret.PRIVATE_KEY)],
        *[
            ("AKIA" + "A1B2" * 4, Secret.TOKEN),
            ("ghp_" + "a1B2" * 9, Secret.TOKEN),
            ("sk_live_" + "a1" * 12, Secret.TOKEN),
        ],
        *[("hello", None), ("", None), ("Abc12345", None), ("hunter2", None), ("a@b.test", None), ("$5.00", None)],
        *[(hashlib.md5(b"x").hexdigest(), None), ("2026-01-01", None), ("$1,000", None), ("*", None)],
    ],
)
def test_looks(value: str, secret: Secret | None) -> None:
    assert secret_of(value) is secret


def test_hashes_are_told_from_plain_text() -> None:
    digests = [hashlib.sha1(str(number).encode()).hexdigest() for number in range(20)]
    assert sort_of("called `password`", digests) is Secret.HASH
    assert sort_of("called `password`", ["hunter2", "letmein", "correct horse"]) is Secret.PLAINTEXT
    assert sort_of("called `password`", [_BCRYPT, _DJANGO]) is Secret.HASH
    assert sort_of("called `session id`", digests) is Secret.SESSION
    assert sort_of("called `api key`", digests) is Secret.TOKEN
    assert sort_of("called `ssh key`", [_KEY]) is Secret.PRIVATE_KEY
    assert sort_of("called `password`", []) is None


@pytest.mark.parametrize(
    ("value", "random"),
    [
        *[
            (hashlib.sha256(b"1").hexdigest(), True),
            ("8f14e45fceea167a5a36dedd4bea2543", True),
            ("c2FsdHNhbHRzYWx0c2FsdDEyMw", True),
        ],
        *[("hello", False), ("Kuala Lumpur", False), ("1234567890123456", False), ("aaaaaaaaaaaaaaaa1", False)],
        *[("administrator-account", False), ("", False)],
    ],
)
def test_random(value: str, random: bool) -> None:
    assert looks_random(value) is random
