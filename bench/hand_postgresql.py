"""By hand on PostgreSQL: `DO` loops, by the key, by ranges of the table's blocks, and by the clock's index."""

from __future__ import annotations

from collections.abc import Mapping

from by_hand import Task, purge

_BELOW = "DELETE FROM {child} USING {table} WHERE {child}.{column} = {table}.id AND {chosen};"
_TYPES = {"number": ("bigint", "0"), "uuid": ("uuid", "'00000000-0000-0000-0000-000000000000'")}


def ways(task: Task) -> Mapping[str, str]:
    """The scripts, by the way in which they go through the table."""
    if task.case.name == "sparse":
        return {"windows of the clock": _by_clock(task), "keys found by the clock": _by_found_keys(task)}
    by_key = _by_parts(task) if task.case.key_type == "part" else _by_key(task)
    return {"the key": by_key, "block ranges": _by_blocks(task)}


def _do(declare: str, body: str) -> str:
    return f"DO $$ DECLARE {declare} BEGIN {body} END $$;"


def _by_key(task: Task) -> str:
    """Look for the last key of the next batch of due records, and deal with all up to it."""
    case, (kind, start) = task.case, _TYPES[task.case.key_type]
    key = f"{case.table}.{case.key}"
    last = (
        f"last := (SELECT {case.key} FROM {case.table} WHERE {case.key} > after AND {task.due}"
        f" ORDER BY {case.key} LIMIT 1 OFFSET {task.size - 1});"
    )
    return _do(
        f"after {kind} := {start}; last {kind};",
        f"LOOP {last} EXIT WHEN last IS NULL; {purge(task, f'{key} > after AND {key} <= last', _BELOW)} COMMIT;"
        f" after := last; END LOOP; {purge(task, f'{key} > after', _BELOW)} COMMIT;",
    )


def _by_parts(task: Task) -> str:
    """Windows of the key's first column, whose values are the customers."""
    customers = max(task.stretch * 5_000 // task.rows, 1)
    within = f"{task.case.key} BETWEEN after + 1 AND after + {customers}"
    return _do(
        "after bigint := 0;",
        f"WHILE after < 5000 LOOP {purge(task, within, _BELOW)} COMMIT; after := after + {customers}; END LOOP;",
    )


def _by_blocks(task: Task) -> str:
    """Go through the table's blocks as they lie."""
    table = task.case.table
    within = f"{table}.ctid >= format('(%s,0)', block)::tid AND {table}.ctid < format('(%s,0)', block + width)::tid"
    return _do(
        f"blocks bigint := pg_relation_size('{table}') / 8192; block bigint := 0;"
        f" width bigint := greatest(blocks * {task.stretch_on_disk} / {task.rows}, 1);",
        f"WHILE block < blocks LOOP {purge(task, within, _BELOW)} COMMIT; block := block + width; END LOOP;",
    )


def _by_clock(task: Task) -> str:
    last = (
        f"last := (SELECT at FROM {task.case.table} WHERE at > after AND {task.due}"
        f" ORDER BY at LIMIT 1 OFFSET {task.size - 1});"
    )
    return _do(
        "after timestamp := '-infinity'; last timestamp;",
        f"LOOP {last} EXIT WHEN last IS NULL; {purge(task, 'at > after AND at <= last', _BELOW)} COMMIT;"
        f" after := last; END LOOP; {purge(task, 'at > after', _BELOW)} COMMIT;",
    )


def _by_found_keys(task: Task) -> str:
    """All due keys at first, in the order in which their records lie."""
    table = task.case.table
    found = (
        f"CREATE TEMPORARY TABLE found AS SELECT id, (row_number() OVER (ORDER BY ctid) - 1) / {task.size} AS part"
        f" FROM {table} WHERE {task.due};"
    )
    delete = f"DELETE FROM {table} USING found WHERE {table}.id = found.id AND found.part = batch AND {task.due};"
    return found + _do(
        "batch bigint; batches bigint := (SELECT max(part) FROM found);",
        f"FOR batch IN 0..batches LOOP {delete} COMMIT; END LOOP;",
    )
