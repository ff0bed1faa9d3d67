"""What a rule makes of columns and of the rows below, as files spell it: `columns` and `with`."""

from __future__ import annotations

import re

from wesretain.model.inventory import SCRUBBED
from wesretain.model.rule import (
    Fate,
    MaskIp,
    Redaction,
    RedactRow,
    RowFate,
    Scrub,
    SetConstant,
    SetHash,
    SetNull,
    SetTemplate,
    With,
)
from wesretain.policy.fragments import NULLABLE, TEXT, Json, mapping, one_or_several, only
from wesretain.policy.node import Node, dotted
from wesretain.policy.words import kind, listed, show, suggest

_SCRUBBED = [element.value for element in SCRUBBED]
_TEMPLATE = re.compile(r"(?:[^{}]|\{[^{}]+\})*")
_ROW_FATES = [fate.value for fate in RowFate]
_FATES = f"write {listed([*_ROW_FATES, '{redact: {column: target}}'])}"
_SCRUBS = f"write some of {listed(_SCRUBBED, 'and')}"
_TARGETS = "write `null`, a text, `{text: …}`, `{hash: KEY}`, `{mask: ip}` or `{scrub: […]}`"

GRAMMAR: Json = {
    "redactions": {
        **mapping(
            {
                "anyOf": [
                    {**NULLABLE, "description": "NULL, or a text that is always the same."},
                    {**only("text", {"type": "string", "pattern": r"\{[^{}]+\}"}), "description": "With key columns."},
                    {**only("hash", TEXT), "description": "A keyed hash, by the name of its key in the configuration."},
                    {**only("mask", {"const": "ip"}), "description": "Half of an IPv4 or IPv6 address is taken out."},
                    {
                        **only("scrub", one_or_several({"enum": _SCRUBBED})),
                        "description": "These elements are taken out of the text.",
                    },
                ]
            }
        ),
        "description": "Columns, and what each becomes.",
    },
    "fates": {
        **mapping({"anyOf": [{"enum": _ROW_FATES}, only("redact", {"$ref": "#/$defs/redactions"})]}),
        "description": "Paths to rows below, and what becomes of them.",
    },
}


def read_with(node: Node) -> tuple[With, ...]:
    """One line a path, and what becomes of the rows at its end."""
    if not isinstance(node.value, dict) or not node.value:
        node.refuse("wrong-type", f"`with` must be a mapping, not {kind(node.value)}", "write `{path: delete}`")
    lines = []
    for child in node.items():
        path, fate = dotted(child.key, child, key=True), _fate(child)
        if path and fate is not None:
            lines.append(With(path, fate, child.key_at))
    return tuple(lines)


def read_redactions(node: Node) -> tuple[tuple[str, Redaction], ...]:
    """What each column becomes."""
    if not isinstance(node.value, dict) or not node.value:
        found = kind(node.value)
        node.refuse("wrong-type", f"this must be a mapping of columns, not {found}", "write `{column: null}`")
    targets = ((child.key, _redaction(child)) for child in node.items())
    return tuple((column, target) for column, target in targets if target is not None)


def _fate(node: Node) -> Fate | None:
    match node.value:
        case str() if node.value in _ROW_FATES:
            return RowFate(node.value)
        case str():
            mend = suggest(node.value, _ROW_FATES, _FATES)
            node.refuse("wrong-value", f"{show(node.value)} is nothing that can become of a row", mend)
        case {"redact": _, **others} if not others:
            return RedactRow(tuple(target for child in node.items() for target in read_redactions(child)))
        case _:
            node.refuse("wrong-type", f"{kind(node.value)} does not say what becomes of a row", _FATES)
    return None


def _redaction(node: Node) -> Redaction | None:
    match node.value:
        case None:
            return SetNull()
        case str():
            return SetConstant(node.value)
        case dict() if len(node.value) == 1:
            return _made(next(node.items()))
        case _:
            node.refuse("wrong-type", f"{kind(node.value)} does not say what becomes of a column", _TARGETS)
            return None


def _made(node: Node) -> Redaction | None:
    """A target that is made from the row."""
    match node.key, node.value:
        case "text", str(template):
            return _template(template, node)
        case "hash", str(key) if key:
            return SetHash(key)
        case "mask", "ip":
            return MaskIp()
        case "scrub", str() | list():
            return _scrub(node)
        case (("text" | "hash" | "mask" | "scrub"), _):
            node.refuse("wrong-value", f"this is nothing that {show(node.key)} takes", _TARGETS)
        case _:
            mend = suggest(node.key, ["text", "hash", "mask", "scrub"], _TARGETS)
            node.refuse("unknown-key", f"unknown key {show(node.key)}", mend, key=True)
    return None


def _template(template: str, node: Node) -> Redaction | None:
    if "{" in template and _TEMPLATE.fullmatch(template):
        return SetTemplate(template)
    mend = "write a text such as `erased-{id}@invalid`; a text that is always the same stands by itself"
    node.refuse("wrong-value", "`text` needs key columns in braces", mend)
    return None


def _scrub(node: Node) -> Redaction | None:
    elements = [node] if isinstance(node.value, str) else list(node.items())
    if not elements:
        node.refuse("wrong-value", "`scrub` names no element", _SCRUBS)
    for element in elements:
        if element.value not in _SCRUBBED:
            word = element.value if isinstance(element.value, str) else ""
            said = f"{show(word)} is no element" if word else f"{kind(element.value)} is no element"
            element.refuse("wrong-value", f"{said} that can be scrubbed", suggest(word, _SCRUBBED, _SCRUBS))
    return Scrub(tuple(element.value for element in elements if isinstance(element.value, str)))
