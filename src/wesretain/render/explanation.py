"""An explanation of one record, as text for a person or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wesretain.model.explanation import Explanation, RuleView
from wesretain.model.hold import scope_row
from wesretain.model.reading import Never, Span, Undated
from wesretain.model.standing import Standing
from wesretain.render import programs
from wesretain.render.ages import age, day, stamp
from wesretain.render.screen import DUE, FAINT, HEADING, WRONG, say

if TYPE_CHECKING:
    from rich.console import Console

JSON_VERSION = 1


def as_json(found: Explanation) -> str:
    """The explanation as JSON; keys are stable within a version."""
    return programs.as_json(
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
        }
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
        "course": view.course or None,
    }


def print_text(found: Explanation, zone: ZoneInfo, console: Console) -> None:
    """The explanation for a person, in lines; days are the organisation's."""
    say(console, f"{found.database}.{found.table} {', '.join(found.key)}, as of {day(found.as_of, zone)}", HEADING)
    if found.token:
        say(console, f"token {found.token}", FAINT, head="  ")
    if not found.rules and not found.refused:
        say(console, "no rule is on this table", head="  ")
    if found.along:
        words = f"it goes, changes or stays along with a record above it, by the `with` of: {', '.join(found.along)}"
        say(console, words, head="  ")
    for view in found.rules:
        say(console, "")
        due = view.standing is Standing.DUE
        say(console, view.standing.word, DUE if due else "", head=f"  {view.rule.name}: ", head_style=HEADING)
        for line in _of_rule(view, zone):
            say(console, line, head="    ")
    for rule, message in found.refused:
        say(console, f"refused, so it protects the whole table: {message}", WRONG, head=f"  {rule.name}: ")
    say(console, "")
    for hold in found.holds:
        words = f"hold {hold.id} ({hold.matter}) reaches it: nothing touches it until the hold is released"
        say(console, words, DUE, head="  ")
    say(console, _outcome(found, zone), DUE if found.due and found.due <= found.as_of else "", head="  ")


def _of_rule(view: RuleView, zone: ZoneInfo) -> Iterator[str]:
    yield f"{view.rule.title}: keep {view.rule.period}{_after(view)}, then {view.rule.then.value}"
    yield from filter(None, [_clock(view, zone), f"law: {view.rule.law}" if view.rule.law else ""])
    for reason in view.reasons:
        yield f"{_VERBS[view.standing]}{reason}"
    if view.course:
        yield f"apply finds its records {view.course}"


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
    overdue = f", {age(found.due, found.as_of)} overdue" if found.due < found.as_of else ""
    since = f"due since {day(found.due, zone)}{overdue}"
    when = since if found.due <= found.as_of else f"due on {day(found.due, zone)}"
    unless = " once no hold reaches it" if found.holds else ""
    return f"{when}: it {words} by rule {found.acts}{unless}"
