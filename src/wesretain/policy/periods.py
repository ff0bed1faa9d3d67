"""Periods as files spell them."""

from __future__ import annotations

from wesretain.model.period import Period, parse_period
from wesretain.policy.fragments import Json
from wesretain.policy.node import Node
from wesretain.policy.words import kind

NOTHING = "nothing"

_PATTERN = r"[0-9]{1,4} (day|week|month|year)s?|P[0-9]{1,4}[DWMY]"
GRAMMAR: Json = {
    "period": {
        "type": "string",
        "pattern": f"^({_PATTERN}|{NOTHING})$",
        "description": "A calendar period in one unit: `90 days`, `12 weeks`, `18 months`, `7 years`, `P7Y`; or "
        "`nothing`, in a rule with a `where` and without a clock.",
        "examples": ["90 days", "18 months", "7 years", "0 days", NOTHING],
    },
    "age": {
        "type": "string",
        "pattern": f"^({_PATTERN})$",
        "description": "A calendar period in one unit: `90 days`, `12 weeks`, `18 months`, `7 years`, `P7Y`.",
        "examples": ["13 years"],
    },
}


def read_period(node: Node) -> Period | None:
    """A period, or None where it was refused."""
    if not isinstance(node.value, str):
        node.refuse("wrong-type", f"a period must be text, not {kind(node.value)}", "write `90 days`")
        return None
    try:
        return parse_period(node.value)
    except ValueError as error:
        message, _, mend = str(error).partition("; ")
        node.refuse("period", message, mend)
        return None


def read_age(node: Node) -> Period | None:
    """A period that lasts, or None where it was refused."""
    period = read_period(node)
    if period is not None and period.count == 0:
        node.refuse("period", "an age of `0 days` compares with nothing", "write the age that is meant")
        return None
    return period
