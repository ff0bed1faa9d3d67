"""Secrets by their looks: hashes of passwords, private keys, tokens; and what sort of secret a column's values are."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from wesretain.model.finding import Secret

#: Hashes of passwords that say how they were made: crypt(3) and its kin, LDAP's schemes, frameworks' own.
_MARKED_HASH = re.compile(
    r"\$(?:2[abxy]?|5|6|1|7|y|gy|apr1|md5|sha1|argon2(?:id|i|d)|scrypt|bcrypt-sha256|pbkdf2(?:-sha(?:1|256|512))?|S|H|P|Q|h|p"
    r"|wp\$2y)\$\S{1,300}"
    r"|\{(?:S?SHA(?:256|384|512)?|S?MD5|CRYPT|ARGON2|BCRYPT|PBKDF2\S{0,10}|SSHA\S{0,5}|bcrypt|argon2)\}\S{8,300}"
    r"|(?:pbkdf2_sha(?:1|256|512)|bcrypt(?:_sha256)?|argon2|scrypt|sha1|md5|sha256)\$\S{8,300}"
    r"|(?:pbkdf2|scrypt|sha512|sha256):[\w:]{1,40}\$\S{8,300}"
    r"|\*[0-9A-F]{40}|SCRAM-SHA-256\$\S{8,300}|md5[0-9a-f]{32}|!\$?\S{20,300}"
)
_DIGEST = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}"
)
_SALTED_DIGEST = re.compile(r"[0-9a-fA-F]{32,128}[:$.]\S{2,64}|\S{2,64}[:$.][0-9a-fA-F]{32,128}")
_PRIVATE_KEY = re.compile(r"(?s)\s*-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*|PuTTY-User-Key-File-[0-9].*")
_TOKEN = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{16}|gh[oprsu]_[A-Za-z0-9]{36,100}|github_pat_\w{20,100}|glpat-[\w-]{20,60}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,200}|[rsp]k_(?:live|test)_[A-Za-z0-9]{16,200}|SG\.[\w-]{16,40}\.[\w-]{20,60}"
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,300}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,300}|key-[0-9a-f]{32}|shpat_[0-9a-f]{32}"
    r"|eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{0,2000}|dop_v1_[0-9a-f]{64}|sk-[A-Za-z0-9_-]{20,200}"
)
_RANDOM = re.compile(r"[\w+/=.~:|-]{16,4000}")
_LEAST_BITS = 3.0  # a letter: hexadecimal digits drawn at random have nearly 4, words of a language some 2 to 4
_SESSION_WORDS = re.compile(r"sess|cookie|\bsid\b")
_PASSWORD_WORDS = re.compile(r"pass|pwd|\bpw\b|kata|contrase|mot de")


def secret_of(text: str) -> Secret | None:
    """What secret a value is by its looks alone; None where it may be anything."""
    if _PRIVATE_KEY.fullmatch(text):
        return Secret.PRIVATE_KEY
    if _MARKED_HASH.fullmatch(text):
        return Secret.HASH
    if _TOKEN.fullmatch(text):
        return Secret.TOKEN
    return None


def looks_random(text: str) -> bool:
    """Whether letters and digits follow one another as drawn at random: no word, no name, no number that is counted."""
    if not _RANDOM.fullmatch(text) or not any(map(str.isdigit, text)) or text.isdigit():
        return False
    counts = Counter(text.lower())
    bits = -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
    return bits >= _LEAST_BITS


def sort_of(name: str, values: Sequence[str]) -> Secret | None:
    """What sort of secret the values of a column are that holds secrets; None where there are none."""
    if not values:
        return None
    known = Counter(secret_of(value) for value in values)
    known.pop(None, None)
    if known and known.total() * 2 > len(values):
        return known.most_common(1)[0][0]
    if _SESSION_WORDS.search(name):
        return Secret.SESSION
    if not _PASSWORD_WORDS.search(name):
        return Secret.TOKEN
    hashed = sum(bool(_DIGEST.fullmatch(value) or _SALTED_DIGEST.fullmatch(value)) for value in values)
    return Secret.HASH if hashed * 2 > len(values) else Secret.PLAINTEXT
