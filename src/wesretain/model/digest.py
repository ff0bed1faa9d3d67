"""Digests of rules, schemas and decisions, so that an approval or a plan is for what there was when it was given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from wesretain.model.config import Intent
from wesretain.model.inventory import DatabaseEntry, Inventory
from wesretain.model.ledger import Decision
from wesretain.model.rule import Rule, TableName
from wesretain.model.schema import Schema


def rule_set_digest(rules: Iterable[Rule], inventory: Inventory, table: TableName) -> str:
    """SHA-256 in hex of all rules of a table and of what the inventory says of how the database is to be read.

    Where rules stand in their files, and their order, do not matter; a title does, since people approve what they read.
    """
    own = sorted((rule for rule in rules if rule.table == table), key=lambda rule: rule.name)
    entry = inventory.database(table.database) or DatabaseEntry(table.database)
    readings = [
        (str(each.name), _plain(each.subjects), _plain(each.links), _plain(each.clocks), each.keyless)
        for each in sorted(entry.tables, key=lambda each: str(each.name))
        if each.links or each.clocks or each.subjects is not None or each.keyless
    ]
    return _digest([_plain(own), entry.zone, readings])


def intent_digest(intent: Intent, database: str) -> str:
    """SHA-256 in hex of all rules on a database, in any order, and of its inventory."""
    rules = sorted(intent.rules_of(database), key=lambda rule: rule.name)
    zone = intent.config.zone.key
    return _digest([zone, _plain(rules), _plain(intent.inventory.database(database))])


def schema_digest(schema: Schema) -> str:
    """SHA-256 in hex of all tables of a database, in any order."""
    return _digest([schema.default, _plain(sorted(schema, key=lambda table: table.full_name))])


def decisions_digest(decisions: Iterable[Decision]) -> str:
    """SHA-256 in hex of what reviews have decided, in any order."""
    return _digest(sorted(json.dumps(_plain(decision)) for decision in decisions))


def text_digest(*texts: str) -> str:
    """SHA-256 in hex of some texts."""
    return _digest(list(texts))


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A value of the model as JSON can keep it; what does not count for equality does not count here."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.compare}
        return {"is": type(value).__name__, **pairs}
    if isinstance(value, Enum):
        return [type(value).__name__, value.value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(_plain(each) for each in value)
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
