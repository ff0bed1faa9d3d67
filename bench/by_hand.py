"""The same purge as a good administrator writes it: a program of its own, with the same driver, and nothing else.

    python by_hand.py DIALECT PLACE CASE SIZE

`SIZE` records a batch, each committed on its own, children first, the predicate repeated; 0 is one statement a table.
`CASE` may also be `count-` and a case: then the due records are counted. It prints how many seconds it worked, from the
first statement to the last.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from schema import CUT_OFF

#: The ruled table, and what is true of its due records.
DUE = {
    "alone": ("logins", f"at <= '{CUT_OFF}'"),
    "below": ("tickets", f"state = 'closed' AND closed_at <= '{CUT_OFF}'"),
    "redacted": (
        "contacts",
        f"left_at <= '{CUT_OFF}' AND (name <> '' OR email IS NOT NULL OR phone IS NOT NULL)",
    ),
}
Execute = Callable[[str], Any]


def connect(dialect: str, place: str) -> Any:
    """A connection on which every statement stands alone but within BEGIN and COMMIT."""
    match dialect:
        case "postgresql":
            import psycopg

            return psycopg.connect(place, autocommit=True)
        case "mariadb":
            import pymysql

            user, host, port, name = place.split()
            connection = pymysql.connect(user=user, host=host, port=int(port), database=name, autocommit=True)
            connection.cursor().execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            return connection
        case _:
            import sqlite3

            return sqlite3.connect(place, isolation_level=None)


def last_of(execute: Execute, table: str, due: str, after: int, size: int) -> int | None:
    """The key of the last record of the next batch; None where none is due any more."""
    inner = f"SELECT id FROM {table} WHERE id > {after} AND {due} ORDER BY id LIMIT {size}"
    (found,) = execute(f"SELECT max(id) FROM ({inner}) AS batch").fetchone()
    return None if found is None else int(found)


def purge(execute: Execute, dialect: str, case: str, within: str) -> None:
    """Deal with the due records of a range of keys."""
    table, due = DUE[case]
    chosen = f"{within} AND {due}" if within else due
    if case == "below":
        # Each engine takes another form of this best.
        if dialect == "mariadb":
            named = chosen.replace("id BETWEEN", "tickets.id BETWEEN")
            execute(f"DELETE posts FROM tickets JOIN posts ON posts.ticket_id = tickets.id WHERE {named}")
        elif dialect == "postgresql":
            named = chosen.replace("id BETWEEN", "tickets.id BETWEEN")
            execute(f"DELETE FROM posts USING tickets WHERE posts.ticket_id = tickets.id AND {named}")
        else:
            execute(f"DELETE FROM posts WHERE ticket_id IN (SELECT id FROM tickets WHERE {chosen})")
    if case == "redacted":
        execute(f"UPDATE {table} SET name = '', email = NULL, phone = NULL WHERE {chosen}")
    else:
        execute(f"DELETE FROM {table} WHERE {chosen}")


def main(dialect: str, place: str, case: str, size: int) -> None:
    """Purge, in batches or at once."""
    connection = connect(dialect, place)
    cursor = connection.cursor()

    def execute(statement: str) -> Any:
        cursor.execute(statement)
        return cursor

    start = time.monotonic()
    if case.startswith("count-"):
        table, due = DUE[case.removeprefix("count-")]
        execute(f"SELECT count(*) FROM {table} WHERE {due}").fetchone()
    elif not size:
        execute("BEGIN")
        purge(execute, dialect, case, "")
        execute("COMMIT")
    else:
        after = 0
        while (last := last_of(execute, *DUE[case], after, size)) is not None:
            execute("BEGIN")
            purge(execute, dialect, case, f"id BETWEEN {after + 1} AND {last}")
            execute("COMMIT")
            after = last
    sys.stdout.write(f"{time.monotonic() - start}\n")
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
