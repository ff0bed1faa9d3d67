"""The values that redaction computes row by row: keyed hashes, masked addresses, scrubbed texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from wesretain.model.config import Source
from wesretain.model.masking import hashed, hashed_bytes, masked_bytes, masked_ip
from wesretain.model.rule import MaskIp, Redaction, RedactRow, Rule, Scrub, SetHash
from wesretain.model.scrubbing import scrubbed
from wesretain.policy.secrets import resolve

#: Computes what a column becomes from the raw value that it holds.
Maker = Callable[[Redaction, Any], Any]


def maker(rules: Iterable[Rule], keys: Mapping[str, Source]) -> Maker:
    """Computes redacted values, with the keys that some rules name; what is neither text nor bytes stays as it is.

    Raises:
        InvalidInput: where a key cannot be had.
    """
    secrets = {name: resolve(keys[name]).encode() for name in sorted(set(_key_names(rules)))}

    def make(target: Redaction, raw: Any) -> Any:
        if isinstance(raw, bytes):
            return _of_bytes(target, raw, secrets)
        if not isinstance(raw, str):
            return raw
        match target:
            case SetHash(name):
                return hashed(raw, secrets[name])
            case MaskIp():
                masked = masked_ip(raw)
                return raw if masked is None else masked
            case Scrub(elements):
                return scrubbed(raw, elements)
            case _:
                return raw

    return make


def _of_bytes(target: Redaction, raw: bytes, secrets: Mapping[str, bytes]) -> bytes:
    match target:
        case SetHash(name):
            return hashed_bytes(raw, secrets[name])
        case MaskIp():
            masked = masked_bytes(raw)
            return raw if masked is None else masked
        case _:
            return raw


def _key_names(rules: Iterable[Rule]) -> Iterator[str]:
    for rule in rules:
        below = (line.fate.columns for line in rule.with_ if isinstance(line.fate, RedactRow))
        for columns in (rule.columns, *below):
            yield from (target.key_name for _, target in columns if isinstance(target, SetHash))
