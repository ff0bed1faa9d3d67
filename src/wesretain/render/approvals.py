"""Approvals as people and programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wesretain.model.ledger import Approval
from wesretain.model.rule import Rule, fate_word
from wesretain.render.ages import day, stamp
from wesretain.render.listing import Listing
from wesretain.render.screen import HEADING, say

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Approved:
    """A rule, its newest approval, and the digest of its table's rules as they are now."""

    rule: Rule
    approval: Approval | None
    digest: str

    @property
    def fits(self) -> bool:
        """Whether the rules are still those that were approved."""
        return self.approval is not None and self.approval.digest == self.digest


def print_text(rule: Rule, beside: Sequence[Rule], backlog: int | None, console: Console) -> None:
    """What was just approved, in lines."""
    say(console, f"approved: {rule.name}", HEADING)
    say(console, rule.title, head="  title  ")
    say(console, str(rule.table), head="  table  ")
    say(console, rule.period + (f" after {rule.after}" if rule.after else ""), head="  keep   ")
    columns = f" {', '.join(name for name, _ in rule.columns)}" if rule.columns else ""
    say(console, rule.then.value + columns, head="  then   ")
    if rule.with_:
        fates = ", ".join(f"{'.'.join(line.path)}: {fate_word(line.fate)}" for line in rule.with_)
        say(console, fates, head="  with   ")
    if rule.law:
        say(console, rule.law, head="  law    ")
    if beside:
        others = ", ".join(other.name for other in beside)
        say(console, f"beside the table's other rules as they stand: {others}", head="  ")
    if backlog is not None:
        say(console, f"once, up to {backlog:,} record{'' if backlog == 1 else 's'} may go beyond the limits", head="  ")


def listing(found: Sequence[Approved], zone: ZoneInfo) -> Listing:
    """A list of rules with their approvals."""
    return Listing(
        name="approvals",
        heads=("rule", "approved", "by", "state", "backlog"),
        rows=tuple(_row(each, zone) for each in found),
        keys=("rule", "title", "table", "state", "approved_at", "by", "backlog", "backlog_left"),
        items=tuple(map(_item, found)),
        numbers=frozenset({"backlog"}),
        attention=frozenset((place, "state") for place, each in enumerate(found) if each.approval and not each.fits),
    )


def _row(each: Approved, zone: ZoneInfo) -> tuple[str, ...]:
    if each.approval is None:
        return (each.rule.name, "", "", _state(each), "")
    left = each.approval.backlog_left
    backlog = "" if left is None or not each.fits else f"{left:,}"
    return (each.rule.name, day(each.approval.at, zone), each.approval.by, _state(each), backlog)


def _item(each: Approved) -> dict[str, Any]:
    found = each.approval
    return {
        "rule": each.rule.name,
        "title": each.rule.title,
        "table": str(each.rule.table),
        "state": _state(each),
        "approved_at": stamp(found.at) if found else None,
        "by": found.by if found else None,
        "backlog": found.backlog if found else None,
        "backlog_left": found.backlog_left if found else None,
    }


def _state(each: Approved) -> str:
    return "approved" if each.fits else "changed since" if each.approval else "not approved"
