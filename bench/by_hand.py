"""The same purge as a good administrator writes it: in the engine's own language, carried out by its own shell.

    python by_hand.py DIALECT PLACE CASE SIZE

`SIZE` records a batch, each committed on its own, children first, the predicate repeated, a cursor that only goes
forward; 0 is one statement a table, in one transaction. `CASE` may also be `count-` and a case: then the due records
are counted. It prints how many seconds the engine worked, from the first statement to the last, by the engine's clock.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

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
#: The engine's clock, in seconds; marked, since other statements print as well.
NOW = {
    "postgresql": "SELECT 'now ' || extract(epoch FROM clock_timestamp());",
    "mariadb": "SELECT CONCAT('now ', UNIX_TIMESTAMP(NOW(6)));",
    "sqlite": "SELECT printf('now %.3f', (julianday('now') - 2440587.5) * 86400);",
}
#: What wesretain sets as well.
SETTINGS = {
    "postgresql": "",
    "mariadb": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;",
    "sqlite": "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768;",
}


def shell(dialect: str, place: str) -> list[str]:
    """The engine's shell, which reads statements and prints bare answers."""
    match dialect:
        case "postgresql":
            return ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", place]
        case "mariadb":
            user, host, port, name = place.split()
            return ["mariadb", "-N", "-B", "-u", user, "-h", host, "-P", port, name]
        case _:
            return ["sqlite3", "-bail", place]


def purge(dialect: str, case: str, within: str) -> str:
    """The statements that deal with the due records of a range of keys."""
    table, due = DUE[case]
    chosen = f"{within} AND {due}" if within else due
    if case == "redacted":
        return f"UPDATE {table} SET name = '', email = NULL, phone = NULL WHERE {chosen};"
    below = ""
    if case == "below":
        # Each engine takes another form of this best.
        named = chosen.replace("id BETWEEN", "tickets.id BETWEEN")
        below = {
            "mariadb": f"DELETE posts FROM tickets JOIN posts ON posts.ticket_id = tickets.id WHERE {named};",
            "postgresql": f"DELETE FROM posts USING tickets WHERE posts.ticket_id = tickets.id AND {named};",
            "sqlite": f"DELETE FROM posts WHERE ticket_id IN (SELECT id FROM tickets WHERE {chosen});",
        }[dialect]
    return f"{below} DELETE FROM {table} WHERE {chosen};"


def last_of(case: str, after: str, size: int) -> str:
    """The query for the key of the last record of the next batch; NULL where none is due any more."""
    table, due = DUE[case]
    inner = f"SELECT id FROM {table} WHERE id > {after} AND {due} ORDER BY id LIMIT {size}"
    return f"SELECT max(id) FROM ({inner}) AS batch"


def batches(dialect: str, case: str, size: int, spare: Path) -> str:
    """A script that purges batch by batch."""
    table, due = DUE[case]
    match dialect:
        case "postgresql":
            last = last_of(case, "after", size).replace("max(id)", "max(id) INTO last")
            return (
                "DO $$ DECLARE after bigint := 0; last bigint; BEGIN LOOP "
                f"{last}; EXIT WHEN last IS NULL; {purge(dialect, case, 'id BETWEEN after + 1 AND last')} COMMIT; "
                "after := last; END LOOP; END $$;"
            )
        case "mariadb":
            last = last_of(case, "done", size).replace("max(id)", "max(id) INTO reached")
            return (
                "DELIMITER //\nCREATE PROCEDURE by_hand() BEGIN DECLARE done, reached BIGINT DEFAULT 0; "
                f"purging: LOOP {last}; IF reached IS NULL THEN LEAVE purging; END IF; START TRANSACTION; "
                f"{purge(dialect, case, 'id BETWEEN done + 1 AND reached')} COMMIT; SET done = reached; "
                "END LOOP; END //\nDELIMITER ;\nCALL by_hand();\nDROP PROCEDURE by_hand;"
            )
        case _:  # its shell knows no loops, but writes a script for itself
            batch = f"BEGIN IMMEDIATE; {purge(dialect, case, 'id BETWEEN %d AND %d')} COMMIT;".replace("'", "''")
            ends = ", ".join(["min(id)", "max(id)"] * batch.count("BETWEEN"))
            parts = f"SELECT id, (row_number() OVER (ORDER BY id) - 1) / {size} AS part FROM {table} WHERE {due}"
            return (
                f".output {spare}\nSELECT printf('{batch}', {ends}) FROM ({parts}) GROUP BY part;\n.output\n"
                f".read {spare}"
            )


def at_once(dialect: str, case: str) -> str:
    """A script that purges in one transaction."""
    return f"BEGIN; {purge(dialect, case, '')} COMMIT;"


def seconds(dialect: str, place: str, script: str) -> float:
    """How long the engine worked on a script."""
    whole = "\n".join([SETTINGS[dialect], NOW[dialect], script, NOW[dialect]])
    done = subprocess.run(shell(dialect, place), input=whole, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the shell of {dialect} ended with {done.returncode}: {done.stderr}")
    first, last = (float(line.removeprefix("now ")) for line in done.stdout.splitlines() if line.startswith("now "))
    return last - first


def main(dialect: str, place: str, case: str, size: int) -> None:
    """Purge or count, and say how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        if case.startswith("count-"):
            table, due = DUE[case.removeprefix("count-")]
            script = f"SELECT count(*) FROM {table} WHERE {due};"
        elif size:
            script = batches(dialect, case, size, Path(folder) / "batches.sql")
        else:
            script = at_once(dialect, case)
        sys.stdout.write(f"{seconds(dialect, place, script)}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
