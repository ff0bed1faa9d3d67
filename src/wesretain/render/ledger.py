"""The ledger's entries as people and programs read them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from wesretain.model.ledger import Entry, Kind
from wesretain.render import programs
from wesretain.render.ages import day, minute
from wesretain.render.listing import Listing
from wesretain.render.outcome import rows_changed

_FIELDS = ("number", "at", "kind", "subject", "body", "salt", "fingerprint", "previous", "hash")
_RULES = (Kind.RULE_APPROVED, Kind.REVIEW_OPENED, Kind.REVIEW_CLOSED, Kind.REVIEW_APPROVED, Kind.REVIEW_EXTENDED)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with what others say about it: by whom, for which rule, and how that rule was approved then.

    `law` is the rule's as the files have it now.
    """

    entry: Entry
    rule: str
    by: str
    law: str
    approval: Entry | None

    @property
    def table(self) -> str:
        """The table that it is on, where it is on one."""
        body = self.entry.body
        return f"{body['database']}.{body['table']}" if "table" in body and "database" in body else ""

    @property
    def records(self) -> int | None:
        """How many records it is on, where it says so."""
        keys, records = self.entry.body.get("keys"), self.entry.body.get("records")
        return len(keys) if isinstance(keys, list) else records if isinstance(records, int) else None


def told(entries: Iterable[Entry], laws: Mapping[str, str]) -> Iterator[Told]:
    """Every entry with what those before it say about it; `laws` are those of the rules."""
    by: dict[str, str] = {}
    rules: dict[str, str] = {}
    approvals: dict[str, Entry] = {}
    for entry in entries:
        body = entry.body
        rule = str(body.get("rule") or rules.get(entry.subject, ""))
        match entry.kind:
            case Kind.RUN_STARTED:
                by[entry.subject] = str(body.get("by", ""))
            case Kind.RULE_APPROVED:
                approvals[entry.subject] = entry
            case Kind.BATCH_INTENDED:
                rules[entry.subject] = rule
            case _:
                pass
        if entry.kind in _RULES:
            rule = entry.subject
        name = str(body.get("by") or by.get(str(body.get("run", entry.subject)), ""))
        yield Told(entry, rule, name, laws.get(rule, ""), approvals.get(rule))
        if entry.kind in (Kind.BATCH_DONE, Kind.BATCH_VOID):
            rules.pop(entry.subject, None)


def listing(found: Sequence[Told], zone: ZoneInfo) -> Listing:
    """A list of entries, the newest last."""
    return Listing(
        name="entries",
        heads=("no.", "when", "what", "about"),
        rows=tuple(_row(each, zone) for each in found),
        keys=(
            "number",
            "at",
            "kind",
            "subject",
            "rule",
            "table",
            "records",
            "rows",
            "by",
            "law",
            "approved_at",
            "approved_by",
        ),
        items=tuple(map(_item, found)),
        numbers=frozenset({"no."}),
    )


def _row(each: Told, zone: ZoneInfo) -> tuple[str, ...]:
    entry = each.entry
    return (str(entry.number), minute(entry.at, zone), entry.kind.value, "; ".join(_about(each, zone)))


def _item(each: Told) -> dict[str, Any]:
    entry, approval = each.entry, each.approval
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "kind": entry.kind.value,
        "subject": entry.subject,
        "rule": each.rule or None,
        "table": each.table or None,
        "records": each.records,
        "rows": counts if isinstance(counts := entry.body.get("counts"), dict) else None,
        "by": each.by or None,
        "law": each.law or None,
        "approved_at": approval.at.isoformat() if approval else None,
        "approved_by": str(approval.body.get("by", "")) if approval else None,
    }


def _about(each: Told, zone: ZoneInfo) -> Iterator[str]:
    """What an entry tells, in a few words, one after the other."""
    yield from filter(None, _facts(each.entry))
    if each.by:
        yield f"by {each.by}"
    if each.entry.kind is Kind.BATCH_DONE:
        yield from _authority(each, zone)


def _authority(each: Told, zone: ZoneInfo) -> Iterator[str]:
    if each.law:
        yield f"law: {each.law}"
    if each.approval is not None:
        yield f"approved {day(each.approval.at, zone)} by {each.approval.body.get('by', '?')}"


def _facts(entry: Entry) -> Iterator[str]:
    body, subject = entry.body, entry.subject
    if entry.emptied:
        yield f"{subject}: no longer kept"
        return
    match entry.kind:
        case Kind.LEDGER_CREATED | Kind.DATABASE_PREPARED:
            yield subject
        case Kind.HOLD_PLACED:
            yield f"hold {subject}: {body.get('matter', '')}"
            yield _scope(body.get("scope"))
        case Kind.HOLD_RELEASED:
            yield f"hold {subject}: {body.get('reason', '')}"
            yield f"holds until {str(body.get('effective', ''))[:10]}"
        case Kind.RULE_APPROVED:
            yield f"rule {subject}"
            yield f"backlog {body['backlog']:,}" if isinstance(body.get("backlog"), int) else ""
        case Kind.RUN_STARTED | Kind.RUN_ENDED:
            yield f"database {body.get('database', '')}, run {subject}"
        case Kind.BATCH_INTENDED | Kind.BATCH_DONE:
            yield f"rule {body.get('rule', '')}"
            yield _rows(body)
        case Kind.BATCH_VOID:
            yield f"batch {subject}: {body.get('reason', '')}"
        case Kind.RECORD_SKIPPED:
            yield f"rule {body.get('rule', '')}"
            yield f"{body.get('database')}.{body.get('table')} {body.get('token')}: {body.get('reason', '')}"
        case Kind.REVIEW_OPENED | Kind.REVIEW_CLOSED | Kind.REVIEW_APPROVED | Kind.REVIEW_EXTENDED:
            yield f"rule {subject}"
            yield from _decision(body)
        case Kind.ENTRIES_EMPTIED:
            count = _emptied(body)
            yield f"{count:,} {'entry' if count == 1 else 'entries'} from before {str(body.get('before', ''))[:10]}"
        case _ as never:
            assert_never(never)


def _emptied(body: Mapping[str, Any]) -> int:
    stretches = body.get("entries")
    return sum(last - first + 1 for first, last in stretches) if isinstance(stretches, list) else 0


def _decision(body: Mapping[str, Any]) -> Iterator[str]:
    keys, records = body.get("keys"), body.get("records")
    count = len(keys) if isinstance(keys, list) else records
    yield f"{count:,} records" if isinstance(count, int) else ""
    yield f"until {body['until']}" if body.get("until") else ""
    yield str(body.get("reason", ""))


def _rows(body: Mapping[str, Any]) -> str:
    """The records, and which rows were changed; where these are the records alone, in one word."""
    counts, records, table = body.get("counts"), body.get("records", 0), body.get("table")
    head = f"{records:,} records of {body.get('database')}.{table}"
    if not isinstance(counts, dict) or not counts:
        return head
    for verb, done in _DONE.items():
        if counts == {f"{verb} {table}": records}:
            return f"{head} {done}"
    return f"{head} ({rows_changed(counts)})"


_DONE = {"delete": "deleted", "redact": "redacted"}


def _scope(row: Any) -> str:
    if not isinstance(row, dict):
        return ""
    where = f" where {row['where']}" if "where" in row else ""
    named = row.get("table") or row.get("category") or row.get("database") or ""
    return f"{row.get('kind', '')} {named} {', '.join(map(str, row.get('key', ())))}".strip() + where


# -- all of it --------------------------------------------------------------------------------------------------------


def as_jsonl(entries: Iterable[Entry]) -> Iterator[str]:
    """One entry a line, whole: whoever has the lines can check the chain."""
    return (programs.as_json(_whole(entry), indent=None) for entry in entries)


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    """One entry a line, whole, after a heading; its body is JSON."""
    yield programs.as_csv([_FIELDS]).rstrip("\n")
    for entry in entries:
        whole = _whole(entry)
        body = json.dumps(whole["body"], sort_keys=True, separators=(",", ":"))
        yield programs.as_csv([[whole[name] if name != "body" else body for name in _FIELDS]]).rstrip("\n")


def _whole(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "kind": entry.kind.value,
        "subject": entry.subject,
        "body": None if entry.emptied else dict(entry.body),
        "salt": entry.salt,
        "fingerprint": entry.fingerprint,
        "previous": entry.previous,
        "hash": entry.hash,
    }
