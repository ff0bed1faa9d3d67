"""By hand on MariaDB: stored procedures, by due keys, by windows of the key, and by the clock's index."""

from __future__ import annotations

from collections.abc import Mapping

from by_hand import Task, purge

_BELOW = "DELETE {child} FROM {table} JOIN {child} ON {child}.{column} = {table}.id WHERE {chosen};"
_TYPES = {
    "number": ("BIGINT", "0"),
    "uuid": ("UUID", "'00000000-0000-0000-0000-000000000000'"),
    "part": ("BIGINT", "0"),
    "clock": ("DATETIME", "'1000-01-01'"),
}


def ways(task: Task) -> Mapping[str, str]:
    """The scripts, by the way in which they go through the table."""
    case = task.case
    if case.name == "sparse":
        by_clock = _by_bounds(task, "at", "clock", task.due, task.size)
        return {"windows of the clock": by_clock, "keys found by the clock": _by_found_keys(task)}
    if case.key_type == "part":
        return {"windows of the key": _by_numbers(task, max(task.stretch * 5_000 // task.rows, 1), 5_000)}
    if case.key_type == "uuid":
        windows = _by_bounds(task, case.key, case.key_type, "TRUE", task.stretch)
    else:
        windows = _by_numbers(task, task.stretch, task.rows)
    return {"due keys": _by_bounds(task, case.key, case.key_type, task.due, task.size), "windows of the key": windows}


def _procedure(declare: str, body: str) -> str:
    return (
        f"DELIMITER //\nCREATE OR REPLACE PROCEDURE by_hand() BEGIN {declare} {body} END //\nDELIMITER ;\n"
        "CALL by_hand();\nDROP PROCEDURE by_hand;"
    )


def _transaction(statements: str) -> str:
    return f"START TRANSACTION; {statements} COMMIT;"


def _by_bounds(task: Task, column: str, kind: str, those: str, size: int) -> str:
    """Look for the value of the column at which the next so many of `those` end, and deal with all up to it."""
    name, start = _TYPES[kind]
    full = f"{task.case.table}.{column}"
    last = (
        f"SET reached = (SELECT {column} FROM {task.case.table} WHERE {column} > done AND {those}"
        f" ORDER BY {column} LIMIT {size - 1}, 1);"
    )
    batch = _transaction(purge(task, f"{full} > done AND {full} <= reached", _BELOW))
    rest = _transaction(purge(task, f"{full} > done", _BELOW))
    return _procedure(
        f"DECLARE done {name} DEFAULT {start}; DECLARE reached {name};",
        f"purging: LOOP {last} IF reached IS NULL THEN LEAVE purging; END IF; {batch} SET done = reached; END LOOP;"
        f" {rest}",
    )


def _by_numbers(task: Task, width: int, most: int) -> str:
    """Windows of a whole number, as an administrator does who knows that there are few gaps."""
    full = f"{task.case.table}.{task.case.key}"
    batch = _transaction(purge(task, f"{full} BETWEEN done + 1 AND done + {width}", _BELOW))
    return _procedure(
        "DECLARE done BIGINT DEFAULT 0;", f"WHILE done < {most} DO {batch} SET done = done + {width}; END WHILE;"
    )


def _by_found_keys(task: Task) -> str:
    """All due keys at first."""
    table = task.case.table
    found = (
        f"CREATE TEMPORARY TABLE found (PRIMARY KEY (part, id)) SELECT id,"
        f" (row_number() OVER (ORDER BY id) - 1) DIV {task.size} AS part FROM {table} WHERE {task.due};"
    )
    delete = f"DELETE {table} FROM found JOIN {table} ON {table}.id = found.id WHERE found.part = batch AND {task.due};"
    return f"{found}\n" + _procedure(
        "DECLARE batch, batches BIGINT DEFAULT 0;",
        f"SET batches = (SELECT max(part) FROM found); WHILE batch <= batches DO {_transaction(delete)}"
        " SET batch = batch + 1; END WHILE;",
    )
