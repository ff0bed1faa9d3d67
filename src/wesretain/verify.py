"""The ledger against the evidence in the databases: each tells what the other has lost, or was made to say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields

from wesretain import control
from wesretain.engines import open_for_scan
from wesretain.errors import WesretainError
from wesretain.ledger import Ledger
from wesretain.ledger.batches import evidence_of
from wesretain.model.config import DatabaseConfig
from wesretain.model.ledger import Evidence, Kind


@dataclass(frozen=True, slots=True)
class Missing:
    """A batch that stands on one side alone."""

    evidence: Evidence
    in_ledger: bool

    def __str__(self) -> str:
        found, lost = "the ledger", f"the evidence of database {self.evidence.database}"
        if not self.in_ledger:
            found, lost = lost, found
        about = f"rule {self.evidence.rule}, {self.evidence.records:,} records of {self.evidence.table}"
        return f"batch {self.evidence.batch} ({about}) stands in {found}, and not in {lost}"


@dataclass(frozen=True, slots=True)
class Altered:
    """A batch of which the two sides tell different things."""

    batch: str
    database: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        names = ", ".join(self.names)
        return f"batch {self.batch}: the ledger and the evidence of database {self.database} differ in: {names}"


Difference = Missing | Altered


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of comparing one database: how many batches agree, every difference, and what else to know.

    `failure` says why it could not be compared.
    """

    database: str
    agreeing: int = 0
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failure: WesretainError | None = None


def differences(told: Iterable[Evidence], found: Iterable[Evidence]) -> Iterator[Difference | Evidence]:
    """Every batch on which ledger (`told`) and database (`found`) differ; those on which they agree as they are."""
    waiting = {evidence.batch: evidence for evidence in told}
    for evidence in found:
        own = waiting.pop(evidence.batch, None)
        if own is None:
            yield Missing(evidence, in_ledger=False)
        elif names := _different(own, evidence):
            yield Altered(own.batch, own.database, names)
        else:
            yield own
    yield from (Missing(evidence, in_ledger=True) for evidence in waiting.values())


def _different(one: Evidence, other: Evidence) -> tuple[str, ...]:
    return tuple(field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name))


def compare(config: DatabaseConfig, ledger: Ledger) -> Compared:
    """Compare one database with the ledger. Only what the ledger knew before counts as missing in the database."""
    prepared = ledger.has(Kind.DATABASE_PREPARED, config.name)
    try:
        told = tuple(ledger.evidences(config.name))
        with open_for_scan(config) as live:
            row = control.control_of(live)
            if row is None or row.ledger != ledger.id:
                return _unprepared(config.name, told, row, prepared=prepared)
            forgotten = ledger.emptied_batches()
            kept = (each for each in control.evidences(live, ledger.id, config.name) if each.batch not in forgotten)
            found = tuple(differences(told, kept))
    except (ValueError, TypeError):
        return Compared(config.name, differences=(f"the evidence of database {config.name} cannot be understood",))
    except WesretainError as error:
        return Compared(config.name, failure=error)
    return _judged(config.name, found, row, ledger)


def _unprepared(name: str, told: Collection[Evidence], row: control.Control | None, *, prepared: bool) -> Compared:
    """A database without evidence of this ledger: sound where none was ever promised."""
    if not prepared and not told:
        return Compared(name, notes=(f"database {name} is not prepared for apply, so there is nothing to compare",))
    why = "has lost its evidence: its own tables are gone" if row is None else "belongs to another ledger now"
    return Compared(name, differences=(f"database {name} {why}", *map(str, (Missing(each, True) for each in told))))


def _judged(name: str, found: Collection[Difference | Evidence], row: control.Control, ledger: Ledger) -> Compared:
    """The comparison, without the batches that a run had under way meanwhile, or that the next one settles."""
    open_ = {batch.id for batch in ledger.open_intents(name)}
    late = [each for each in found if isinstance(each, Missing) and not each.in_ledger]
    excused = {each.evidence.batch for each in late if each.evidence.batch in open_ or _told_since(each, ledger)}
    words = [
        str(each)
        for each in found
        if not isinstance(each, Evidence) and not (isinstance(each, Missing) and each.evidence.batch in excused)
    ]
    if row.generation > ledger.generation(name):
        words.append(f"the ledger is behind database {name}: holds are missing from it")
    notes = []
    if open_:
        notes.append(f"database {name}: {len(open_):,} batches are not settled yet; the next apply settles them")
    if row.generation < ledger.generation(name):
        notes.append(f"database {name} has not been told of all holds; run `wesretain hold fence`")
    return Compared(name, sum(isinstance(each, Evidence) for each in found), tuple(words), tuple(notes))


def _told_since(missing: Missing, ledger: Ledger) -> bool:
    """Whether the ledger has been told of a batch since it was read."""
    entries = ledger.entries(kinds=(Kind.BATCH_DONE,), subject=missing.evidence.batch)
    return any(evidence_of(entry) == missing.evidence for entry in entries)
