"""An explanation of one record, as text for a person or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from wesretain.model.explanation import Explanation, RuleView
from wesretain.model.hold import scope_row
from wesretain.model.reading import Never, Span, Undated
from wesretain.model.standing import Standing
from wesretain.render.ages import day, stamp
from wesretain.render.plain import plain

JSON_VERSION = 1


def as_json(found: Explanation) -> str:
    """The explanation as JSON; keys are stable within a version."""
    return json.dumps(
        {
            "wesretain": "explanation",
            "version": JSON_VERSION,
            "database": found.database,
            "table": found.table,
            "key": list(found.key),
            "token": found.token,
            "as_of": stamp(found.as_of),
            "due": stamp(found.due) if found.due else None,
            "acts": found.acts,
            "along": list(found.along),
            "rules": [_rule(view) for view in found.rules],
            "refused": [{"rule": rule.name, "message": message} for rule, message in found.refused],
            "holds": [{"id": h.id, "matter": h.matter, "scope": scope_row(h.scope)} for h in found.holds],
        },
        indent=2,
        ensure_ascii=False,
    )


def _rule(view: RuleView) -> dict[str, Any]:
    return {
        "rule": view.rule.name,
        "title": view.rule.title,
        "standing": view.standing.word,
        "then": view.rule.then.value,
        "keep": view.rule.period,
        "after": str(view.rule.after) if view.rule.after else None,
        "law": view.rule.law,
        "ends": stamp(view.ends) if view.ends else None,
        "reasons": list(view.reasons),
    }


def as_text(found: Explanation, zone: ZoneInfo) -> Iterator[str]:
    """The explanation in lines; days are the organisation's."""
    return map(plain, _lines(found, zone))


def _lines(found: Explanation, zone: ZoneInfo) -> Iterator[str]:
    yield f"{found.database}.{found.table} {', '.join(found.key)}, as of {day(found.as_of, zone)}"
    if found.token:
        yield f"  token {found.token}"
    if not found.rules and not found.refused:
        yield "  no rule is on this table"
    if found.along:
        yield f"  it goes, changes or stays along with a record above it, by the `with` of: {', '.join(found.along)}"
    for view in found.rules:
        yield ""
        yield f"  {view.rule.name}: {view.standing.word}"
        yield f"    {view.rule.title}: keep {view.rule.period}{_after(view)}, then {view.rule.then.value}"
        clock = _clock(view, zone)
        if clock:
            yield f"    {clock}"
        if view.rule.law:
            yield f"    law: {view.rule.law}"
        for reason in view.reasons:
            yield f"    {_VERBS[view.standing]}{reason}"
    for rule, message in found.refused:
        yield f"  {rule.name}: refused, so it protects the whole table: {message}"
    yield ""
    for hold in found.holds:
        yield f"  hold {hold.id} ({hold.matter}) reaches it: nothing touches it until the hold is released"
    yield f"  {_outcome(found, zone)}"


_VERBS = {
    Standing.UNCOVERED: "because ",
    Standing.HELD: "because ",
    Standing.UNDECIDABLE: "kept: ",
    Standing.LAW: "kept by law: ",
    Standing.AGREED: "kept by ",
    Standing.KEPT: "kept by ",
    Standing.BLOCKED: "blocked: ",
    Standing.DUE: "",
}


def _after(view: RuleView) -> str:
    return f" after {view.rule.after}" if view.rule.after else ""


def _clock(view: RuleView, zone: ZoneInfo) -> str:
    match view.clock:
        case Span(first):
            ends = f", so it runs out on {day(view.ends, zone)}" if view.ends else ""
            return f"its clock says {day(first, zone)}{ends}"
        case Never():
            return "its clock says never"
        case Undated():
            return "its clock says nothing"
        case None:
            return ""


def _outcome(found: Explanation, zone: ZoneInfo) -> str:
    if found.due is None or found.acts is None:
        return "no day can be foreseen on which it is due by itself"
    then = next(view.rule.then.value for view in found.rules if view.rule.name == found.acts)
    words = {"delete": "is deleted", "redact": "is redacted", "hold": "goes to review", "report": "is reported"}[then]
    when = f"due since {day(found.due, zone)}" if found.due <= found.as_of else f"due on {day(found.due, zone)}"
    unless = " once no hold reaches it" if found.holds else ""
    return f"{when}: it {words} by rule {found.acts}{unless}"
