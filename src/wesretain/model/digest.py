"""A digest of a table's whole rule set, so that an approval is for the rules as they stood."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from wesretain.model.inventory import DatabaseEntry, Inventory
from wesretain.model.rule import Rule, TableName


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
    text = json.dumps([_plain(own), entry.zone, readings], sort_keys=True, ensure_ascii=True)
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
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
