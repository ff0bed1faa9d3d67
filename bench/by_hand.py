"""The same purge as a good administrator writes it, in the engine's own language: the limit of what is possible.

Batches of so many records, each committed on its own, children first, the predicate repeated, a cursor that only goes
forward. There are several good ways on each engine; the fastest is the limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from schema import Case


@dataclass(frozen=True)
class Task:
    """What is to be purged: the due records among `rows`, but for those that `spared` names, `size` a batch."""

    case: Case
    rows: int
    size: int
    spared: str = ""

    @property
    def due(self) -> str:
        """What is true of the records that have to go."""
        return f"{self.case.due} AND {self.spared}" if self.spared else self.case.due

    @property
    def stretch(self) -> int:
        """So many records in the order of the key hold a batch of due ones."""
        return max(round(self.size / self.case.dense_by_key), 1)

    @property
    def stretch_on_disk(self) -> int:
        """So many records as they lie hold a batch of due ones."""
        return max(round(self.size / self.case.dense_on_disk), 1)


def held_customers(count: int) -> list[int]:
    """Every fifth customer, as far as that goes."""
    return [5 * number for number in range(1, count + 1)]


def held(count: int) -> str:
    """What is true of the records of customers on whom there is a hold."""
    return f"customer_id % 5 = 0 AND customer_id <= {5 * count}"


def sparing(task: Task, count: int) -> Mapping[str, tuple[Task, str]]:
    """The ways to spare the records of so many customers, each with what it needs beforehand."""
    people = held_customers(count)
    column, rows = f"{task.case.table}.customer_id", ", ".join(f"({number})" for number in people)
    beforehand = f"CREATE TEMPORARY TABLE held (id BIGINT PRIMARY KEY); INSERT INTO held VALUES {rows};"
    return {
        "a list": (replace(task, spared=f"{column} NOT IN ({', '.join(map(str, people))})"), ""),
        "a table": (replace(task, spared=f"{column} NOT IN (SELECT id FROM held)"), beforehand),
    }


def purge(task: Task, within: str, below: str) -> str:
    """The statements that deal with the due records of a range; `below` deletes what hangs on them.

    In `below` stand `{child}`, `{column}`, `{table}` and `{chosen}`.
    """
    case, chosen = task.case, f"{within} AND {task.due}"
    if case.redacted:
        return f"UPDATE {case.table} SET {case.redacted} WHERE {chosen};"
    first = ""
    if case.below:
        child, column = case.below
        first = below.format(child=child, column=column, table=case.table, chosen=chosen) + " "
    return f"{first}DELETE FROM {case.table} WHERE {chosen};"


def ways(dialect: str, task: Task) -> Mapping[str, str]:
    """The scripts that carry out a task on an engine, by the way in which they go through the table."""
    import hand_mariadb
    import hand_postgresql
    import hand_sqlite

    engines = {"postgresql": hand_postgresql, "mariadb": hand_mariadb, "sqlite": hand_sqlite}
    found: Mapping[str, str] = engines[dialect].ways(task)
    return found
