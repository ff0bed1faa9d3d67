"""The public retention schedule: what is kept, for how long, and then what, from the rules that apply enforces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wesretain.model.config import Intent
from wesretain.model.rule import Category, Disposition, Rule
from wesretain.render import programs
from wesretain.render.markdown import cell, table

_HEADS = ("what", "how long", "counted from", "then", "what for", "basis")
_TITLES = {
    Category.PERSONAL: "Personal data",
    Category.USER_COMMUNICATIONS: "What you write to us",
    Category.SERVER: "Server information",
    Category.NON_PERSONAL: "Data that leads to nobody",
}
_THEN = {
    Disposition.HOLD: "a person decides",
    Disposition.REDACT: "parts of it are erased",
    Disposition.DELETE: "it is deleted",
}
_TIME = re.compile(r"(?:^|_)(?:at|on|date|time|gmt|utc|ts)(?=_|$)")


def as_markdown(intent: Intent) -> str:
    """The schedule, category by category."""
    parts = [f"# How long {cell(intent.config.organisation)} keeps data\n"]
    for category in _TITLES:
        rows = [tuple(map(cell, _row(rule))) for rule in _enforced(intent) if rule.category is category]
        if rows:
            parts.append(f"## {_TITLES[category]}\n\n{table(_HEADS, rows)}")
    parts.append(
        "Where two rules are on the same data, it stays for the longer of both. What a law, a court or an open request"
        "\nneeds stays until that is over.\n"
    )
    return "\n".join(parts)


def as_csv(intent: Intent) -> str:
    """One line a rule."""
    rows = [(rule.category.value, *_row(rule)) for rule in _enforced(intent)]
    return programs.as_csv([("category", *_HEADS), *rows])


def _enforced(intent: Intent) -> Iterator[Rule]:
    """The rules by which something happens: what is only reported stays."""
    return (rule for rule in intent.rules if rule.then is not Disposition.REPORT)


def _row(rule: Rule) -> Sequence[str]:
    basis = f"{rule.basis} ({rule.law})" if rule.law else rule.basis
    return (rule.title, _period(rule), _from(rule), _THEN[rule.then], rule.purpose, basis)


def _period(rule: Rule) -> str:
    if rule.keep is None:
        return "not at all"
    return "no longer" if rule.keep.count == 0 else rule.period


def _from(rule: Rule) -> str:
    if rule.after is None:
        return ""
    words = [_spoken(path[-1]) for path in rule.after.names]
    return f"the latest of {', '.join(words)}" if rule.after.newest and len(words) > 1 else words[0]


def _spoken(column: str) -> str:
    """The name of a clock as a person says it: `last_seen_at` is `last seen`."""
    bare = _TIME.sub("", column).strip("_") or column
    return bare.replace("_", " ")
