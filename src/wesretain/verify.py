"""The ledger against the evidence in the databases: each tells what the other has lost, or was made to say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class _Told:
    """What the ledger told before any database was asked: only that can be missing from one.

    `emptied` are the batches of which it no longer says what they did.
    """

    ledger: str
    prepared: frozenset[str]
    generations: Mapping[str, int]
    evidences: Mapping[str, Sequence[Evidence]]
    emptied: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A database beside what the ledger told: how many batches agree, where they differ, and which holds it knows."""

    database: str
    agreeing: int
    differences: tuple[Difference, ...]
    generation: int


def compare(databases: Sequence[DatabaseConfig], ledger: Ledger) -> tuple[Compared, ...]:
    """Compare databases with the ledger, which is read once, however many they are.

    Raises:
        LedgerError: where an entry cannot be understood.
    """
    names = [config.name for config in databases]
    told = _told(names, ledger)
    seen = [_seen(config, told) for config in databases]
    # What has become of the batches that were under way can be said only once the databases have been asked.
    generations, waiting = ledger.generations(names), defaultdict[str, set[str]](set)
    for batch in ledger.open_batches():
        waiting[batch.database].add(batch.id)
    return tuple(
        found
        if isinstance(found, Compared)
        else _judged(found, told.generations[name], generations[name], waiting[name], ledger)
        for name, found in zip(names, seen, strict=True)
    )


def _told(names: Iterable[str], ledger: Ledger) -> _Told:
    evidences, emptied = defaultdict[str, list[Evidence]](list), set[str]()
    for entry in ledger.all_entries(kinds=(Kind.BATCH_DONE,)):
        if entry.emptied:
            emptied.add(entry.subject)
        else:
            evidence = evidence_of(entry)
            evidences[evidence.database].append(evidence)
    prepared = frozenset(entry.subject for entry in ledger.all_entries(kinds=(Kind.DATABASE_PREPARED,)))
    return _Told(ledger.id, prepared, ledger.generations(names), evidences, frozenset(emptied))


def _seen(config: DatabaseConfig, told: _Told) -> _Seen | Compared:
    """What a database tells; all there is to say of it where it cannot be asked, or holds no evidence of the ledger."""
    name = config.name
    own = told.evidences.get(name, ())
    try:
        with open_for_scan(config) as live:
            row = control.control_of(live)
            if row is None or row.ledger != told.ledger:
                return _unprepared(name, own, row, prepared=name in told.prepared)
            kept = (each for each in control.evidences(live, told.ledger, name) if each.batch not in told.emptied)
            found = tuple(differences(own, kept))
    except (ValueError, TypeError):
        return Compared(name, differences=(f"the evidence of database {name} cannot be understood",))
    except WesretainError as error:
        return Compared(name, failure=error)
    differing = tuple(each for each in found if not isinstance(each, Evidence))
    return _Seen(name, len(found) - len(differing), differing, row.generation)


def _unprepared(name: str, told: Collection[Evidence], row: control.Control | None, *, prepared: bool) -> Compared:
    """A database without evidence of this ledger: sound where none was ever promised."""
    if not prepared and not told:
        return Compared(name, notes=(f"database {name} is not prepared for apply, so there is nothing to compare",))
    why = "has lost its evidence: its own tables are gone" if row is None else "belongs to another ledger now"
    return Compared(name, differences=(f"database {name} {why}", *map(str, (Missing(each, True) for each in told))))


def _judged(seen: _Seen, before: int, now: int, waiting: Collection[str], ledger: Ledger) -> Compared:
    """The comparison, without the batches that a run had under way meanwhile, or that the next one settles.

    `before` and `now` are the generations that the ledger told before and tells now, `waiting` its open batches.
    """
    name = seen.database
    late = [each for each in seen.differences if isinstance(each, Missing) and not each.in_ledger]
    excused = {each.evidence.batch for each in late if each.evidence.batch in waiting or _told_since(each, ledger)}
    words = [
        str(each) for each in seen.differences if not (isinstance(each, Missing) and each.evidence.batch in excused)
    ]
    if seen.generation > now:
        words.append(f"the ledger is behind database {name}: holds are missing from it")
    notes = []
    if waiting:
        notes.append(f"database {name}: {len(waiting):,} batches are not settled yet; the next apply settles them")
    if seen.generation < before:
        notes.append(f"database {name} has not been told of all holds; run `wesretain hold fence`")
    return Compared(name, seen.agreeing, tuple(words), tuple(notes))


def _told_since(missing: Missing, ledger: Ledger) -> bool:
    """Whether the ledger has been told of a batch since it was read."""
    entries = ledger.entries(kinds=(Kind.BATCH_DONE,), subject=missing.evidence.batch)
    return any(evidence_of(entry) == missing.evidence for entry in entries)
