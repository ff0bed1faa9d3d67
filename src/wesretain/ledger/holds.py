"""Holds: placed and released by entries, and read out of them again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from wesretain.errors import LedgerError, UsageError, WesretainError
from wesretain.ledger.chain import MISUNDERSTANDINGS, Chain, instant, stamp
from wesretain.model.condition import Condition
from wesretain.model.hold import (
    Hold,
    OnCategory,
    OnDatabase,
    OnRecord,
    OnRecords,
    OnSubject,
    OnTable,
    Scope,
    scope_row,
)
from wesretain.model.ledger import Entry, Kind
from wesretain.model.names import means
from wesretain.model.rule import Category, TableName


@dataclass(frozen=True)
class Holds(Chain):
    """What the chain says of holds. `parse` reads the condition of a hold on records, as policies write them."""

    parse: Callable[[str], Condition]

    def holds(self) -> tuple[Hold, ...]:
        """All holds that were ever placed, oldest first.

        Raises:
            LedgerError: where one of them, or its release, cannot be understood.
        """
        placed = tuple(self.entries(kinds=(Kind.HOLD_PLACED,)))
        released = {entry.subject: entry for entry in self.entries(kinds=(Kind.HOLD_RELEASED,))}
        if nowhere := released.keys() - {entry.subject for entry in placed}:
            raise _misunderstood(min(nowhere))
        return tuple(self._hold(entry, released.get(entry.subject)) for entry in placed)

    def place_hold(
        self,
        matter: str,
        reason: str,
        scope: Scope,
        now: datetime,
        review_on: date | None = None,
        *,
        by: str = "",
        databases: tuple[str, ...] = (),
    ) -> int:
        """Write a hold down, with the databases that it reaches (none named: all), and return its number."""
        body = {
            "matter": matter,
            "reason": reason,
            "scope": scope_row(scope),
            "review_on": review_on.isoformat() if review_on else None,
            "by": by,
            "databases": list(databases),
        }
        with self.store.transaction():
            number = self._highest() + 1
            self.add(Kind.HOLD_PLACED, str(number), body, now)
        return number

    def release_hold(self, number: int, reason: str, now: datetime, *, by: str, effective: datetime) -> None:
        """Write down that a hold no longer holds from an instant on.

        Raises:
            UsageError: where there is no such hold, or it has been released already.
        """
        body = {"reason": reason, "by": by, "effective": stamp(effective)}
        with self.store.transaction():
            if not self.has(Kind.HOLD_PLACED, str(number)):
                raise UsageError(f"there is no hold {number}", "see `wesretain hold list`")
            if self.has(Kind.HOLD_RELEASED, str(number)):
                raise UsageError(f"hold {number} is released already", f"see `wesretain hold show {number}`")
            self.add(Kind.HOLD_RELEASED, str(number), body, now)

    def generation(self, database: str) -> int:
        """How many holds were ever placed that reach a database; it only grows.

        Raises:
            LedgerError: where one of them cannot be understood.
        """
        return self.generations((database,))[database]

    def generations(self, databases: Iterable[str]) -> dict[str, int]:
        """The same for many, by their names.

        Raises:
            LedgerError: where one of them cannot be understood.
        """
        placed = tuple(self.all_entries(kinds=(Kind.HOLD_PLACED,)))
        return {database: sum(reaches(entry, database) for entry in placed) for database in databases}

    def _highest(self) -> int:
        query = "SELECT max(CAST(subject AS INTEGER)) FROM entries WHERE kind = ?"
        ((highest,),) = self.store.execute(query, (Kind.HOLD_PLACED.value,))
        return highest or 0

    def _hold(self, placed: Entry, released: Entry | None) -> Hold:
        body, end = placed.body, released.body if released else {}
        try:
            return Hold(
                id=int(placed.subject),
                matter=str(body["matter"]),
                reason=str(body["reason"]),
                scope=self._scope(body["scope"]),
                placed_at=placed.at,
                review_on=date.fromisoformat(body["review_on"]) if body["review_on"] else None,
                released_at=instant(end["effective"]) if released else None,
                by=str(body["by"]),
                release_reason=str(end["reason"]) if released else "",
            )
        except (*MISUNDERSTANDINGS, WesretainError):
            raise _misunderstood(placed.subject) from None

    def _scope(self, row: dict[str, object]) -> Scope:
        match row["kind"]:
            case "subject":
                return OnSubject(_table_name(row), _key(row))
            case "record":
                return OnRecord(_table_name(row), _key(row))
            case "records":
                return OnRecords(_table_name(row), self.parse(str(row["where"])), str(row["where"]))
            case "table":
                return OnTable(_table_name(row))
            case "category":
                return OnCategory(Category(str(row["category"])))
            case "database":
                return OnDatabase(str(row["database"]))
            case kind:
                raise ValueError(kind)


def _misunderstood(number: str) -> LedgerError:
    message = f"hold {number} in the ledger cannot be understood, and so cannot be kept"
    return LedgerError(message, "restore the ledger from its backup")


def reaches(placed: Entry, database: str) -> bool:
    """Whether the hold that an entry tells of may reach a database.

    Raises:
        LedgerError: where the entry cannot be understood.
    """
    if placed.emptied:  # it may have reached any, and the number must never fall
        return True
    match placed.body.get("databases"):
        case []:
            return True
        case list(databases):
            return any(means(str(each), database) for each in databases)
        case _:
            raise _misunderstood(placed.subject)


def _table_name(row: dict[str, object]) -> TableName:
    text = str(row["table"])
    if found := TableName.of(text):
        return found
    database, *schema, name = text.split(".")  # no table's name: all of the database is held
    return TableName(database, ".".join(schema) or None, name)


def _key(row: dict[str, object]) -> tuple[str, ...]:
    parts = row["key"]
    if not isinstance(parts, list):
        raise TypeError(parts)
    return tuple(str(part) for part in parts)
