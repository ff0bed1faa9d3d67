"""By hand on SQLite, whose shell knows no loops, but writes a script for itself: by keys, by rowids, by the clock."""

from __future__ import annotations

from collections.abc import Mapping

from by_hand import Task, purge

_BELOW = "DELETE FROM {child} WHERE {column} IN (SELECT id FROM {table} WHERE {chosen});"
_BELOW_AS_IT_LIES = _BELOW.replace("{table}", "{table} NOT INDEXED")


def ways(task: Task) -> Mapping[str, str]:
    """The scripts, by the way in which they go through the table."""
    case = task.case
    if case.name == "sparse":
        return {"windows of the clock": _by_ranges(task, "at", "'%s'"), "keys found by the clock": _by_found_keys(task)}
    by_rowids = _by_rowids(task)
    match case.key_type:
        case "part":
            return {"windows of the key": _by_customers(task), "windows of rowids": by_rowids}
        case "uuid":
            return {"due keys": _by_ranges(task, case.key, "'%s'"), "windows of rowids": by_rowids}
        case _:
            return {"due keys": _by_ranges(task, case.key, "%d"), "windows of rowids": by_rowids}


def _written(batch: str, ends: str, source: str) -> str:
    """A script of a batch for each row of `source`, whose `ends` go, one after the other, where the batch has `%`."""
    text = f"BEGIN IMMEDIATE; {batch} COMMIT;".replace("'", "''")
    places = ", ".join([ends] * batch.count("BETWEEN"))
    return f".output batches.sql\nSELECT printf('{text}', {places}) FROM {source};\n.output\n.read batches.sql"


def _by_ranges(task: Task, column: str, form: str) -> str:
    """All bounds of batches in one pass, then range by range."""
    table = task.case.table
    parts = f"SELECT {column}, (row_number() OVER (ORDER BY {column}) - 1) / {task.size} AS part"
    source = f"({parts} FROM {table} WHERE {task.due}) GROUP BY part"
    batch = purge(task, f"{table}.{column} BETWEEN {form} AND {form}", _BELOW)
    return _written(batch, f"min({column}), max({column})", source)


def _windows(width: int, most: str) -> str:
    recursion = f"SELECT 1 UNION ALL SELECT a + {width} FROM c WHERE a + {width} <= {most}"
    return f"(WITH RECURSIVE c(a) AS ({recursion}) SELECT a, a + {width} - 1 AS z FROM c)"


def _by_customers(task: Task) -> str:
    """Windows of the key's first column, whose values are the customers."""
    batch = purge(task, f"{task.case.key} BETWEEN %d AND %d", _BELOW)
    return _written(batch, "a, z", _windows(max(task.stretch * 5_000 // task.rows, 1), "5000"))


def _by_rowids(task: Task) -> str:
    """Go through the table as it lies, without any index."""
    table = task.case.table
    batch = purge(task, f"{table}.rowid BETWEEN %d AND %d", _BELOW_AS_IT_LIES)
    batch = batch.replace(f"DELETE FROM {table} ", f"DELETE FROM {table} NOT INDEXED ")
    batch = batch.replace(f"UPDATE {table} ", f"UPDATE {table} NOT INDEXED ")
    return _written(batch, "a, z", _windows(task.stretch_on_disk, f"(SELECT max(rowid) FROM {table})"))


def _by_found_keys(task: Task) -> str:
    """All due keys at first."""
    table = task.case.table
    found = (
        f"CREATE TEMPORARY TABLE found AS SELECT id, (row_number() OVER (ORDER BY id) - 1) / {task.size} AS part"
        f" FROM {table} WHERE {task.due};"
    )
    chosen = f"id IN (SELECT id FROM found WHERE part BETWEEN %d AND %d) AND {task.due}"
    return f"{found}\n" + _written(
        f"DELETE FROM {table} WHERE {chosen};", "part, part", "(SELECT DISTINCT part FROM found)"
    )
