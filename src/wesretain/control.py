"""wesretain's own two tables in each database: who may run and which holds it knows (`control`), what was done.

`control` holds one row a database. Every batch begins by writing to it, and `hold add` does too: so each waits for the
other, and a hold that has been placed is known to every batch that begins later. `evidence` gets one row a batch, in
the batch's own transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from wesretain.errors import Denied, LedgerError, NotAdmitted, Occupied, WesretainError
from wesretain.model.ledger import Evidence

if TYPE_CHECKING:
    from wesretain.engines import Engine, Live, Writer

#: Seconds after which a run that was not heard of is taken for dead, where its own machine cannot be asked.
LEASE = 120
#: So often a run tries to own a database that another has just let go.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Owner:
    """A run, the machine whose other runs are dead (None where nobody can know), and who it is in words."""

    run: str
    host: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Control:
    """The row of one database: the ledger that it belongs to, how many holds it has been told of, and who runs."""

    ledger: str
    generation: int
    owner: str | None


class NotPrepared(LedgerError):
    """The database has no tables for control and evidence, or another ledger's."""


@dataclass(frozen=True, slots=True)
class OwnTables:
    """The two tables as one engine has them."""

    control: sa.Table
    evidence: sa.Table


def own_tables(engine: Engine) -> OwnTables:
    """The two tables, for statements and for their creation."""
    return _own_tables(engine.own_prefix, engine.own_schema)


@cache
def _own_tables(prefix: str, schema: str | None) -> OwnTables:
    """Made but once: of statements about the very same tables SQLAlchemy remembers the SQL."""
    metadata = sa.MetaData()
    name, short, line = sa.String(64), sa.String(40), sa.String(250)
    options: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
    control = sa.Table(
        f"{prefix}control",
        metadata,
        sa.Column("name", name, primary_key=True),
        sa.Column("ledger", short, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("run", short),
        sa.Column("host", line),
        sa.Column("owner", line),
        sa.Column("lease_until", sa.BigInteger),
        schema=schema,
        **options,
    )
    evidence = sa.Table(
        f"{prefix}evidence",
        metadata,
        sa.Column("batch", short, primary_key=True),
        sa.Column("name", name, nullable=False),
        sa.Column("ledger", short, nullable=False),
        sa.Column("run", short, nullable=False),
        sa.Column("rule", line, nullable=False),
        sa.Column("relation", line, nullable=False),
        sa.Column("as_of", short, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("done_at", sa.BigInteger, nullable=False),
        schema=schema,
        **options,
    )
    return OwnTables(control, evidence)


# -- asking -----------------------------------------------------------------------------------------------------------


def control_of(live: Live) -> Control | None:
    """The row of a database; None where it has not been prepared.

    Raises:
        WesretainError: where it cannot be read.
    """
    if not _exists(live):
        return None
    own = own_tables(live.engine).control
    query = sa.select(own.c.ledger, own.c.generation, own.c.owner).where(own.c.name == live.engine.place)
    found = live.rows(query, "control")
    return Control(found[0].ledger, found[0].generation, found[0].owner) if found else None


def evidences(live: Live, ledger: str, database: str) -> Iterator[Evidence]:
    """All that a ledger's runs have done to a database, in the order of the batches' names."""
    own = own_tables(live.engine).evidence
    query = sa.select(own).where(own.c.name == live.engine.place, own.c.ledger == ledger).order_by(own.c.batch)
    with live.translating("evidence"), live.connection.execution_options(yield_per=1_000).execute(query) as found:
        for row in found:
            yield _evidence(row, database)


def evidence_of(live: Live, batch: str, database: str) -> Evidence | None:
    """What a batch has done; None where it was not carried out."""
    own = own_tables(live.engine).evidence
    found = live.rows(sa.select(own).where(own.c.batch == batch), "evidence")
    return _evidence(found[0], database) if found else None


def _evidence(row: sa.Row[Any], database: str) -> Evidence:
    return Evidence(
        batch=row.batch,
        run=row.run,
        database=database,
        rule=row.rule,
        table=row.relation,
        as_of=row.as_of,
        records=row.records,
        counts=json.loads(row.counts),
        digest=row.digest,
    )


def _exists(live: Live) -> bool:
    own = own_tables(live.engine).control
    with live.translating("control"):
        return sa.inspect(live.connection).has_table(own.name, schema=own.schema)


# -- preparing --------------------------------------------------------------------------------------------------------


def prepare(writer: Writer, ledger: str, generation: int) -> None:
    """Create the two tables where they are missing, and give them to a ledger. The one place that runs DDL.

    Raises:
        Denied: where the user may not create them.
        NotPrepared: where they belong to another ledger.
    """
    own = own_tables(writer.engine)
    try:
        with writer.translating("control"):
            if own.control.schema is not None:
                writer.connection.execute(sa.schema.CreateSchema(own.control.schema, if_not_exists=True))
            for table in (own.control, own.evidence):
                writer.connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
    except (Denied, NotAdmitted):
        message = f"database {writer.name}: this user may not create wesretain's own tables"
        raise Denied(message, "give the URL of an administrator with `--url`; nobody else needs that right") from None
    found = control_of(writer)
    if found is None:
        (place,) = writer.rows(sa.select(writer.engine.place.label("name")))
        values = {"name": place.name, "ledger": ledger, "generation": generation}
        writer.change(sa.insert(own.control).values(values), table="control")
        return
    _check_ledger(writer, found, ledger)


def _check_ledger(live: Live, found: Control | None, ledger: str) -> Control:
    if found is None:
        mend = f"run `wesretain prepare {live.name}` once"
        raise NotPrepared(f"database {live.name} is not prepared for apply", mend)
    if found.ledger != ledger:
        mend = "use the ledger that it was prepared with, or restore that from its backup"
        raise NotPrepared(f"database {live.name} belongs to another ledger", mend)
    return found


# -- owning -----------------------------------------------------------------------------------------------------------


def acquire(writer: Writer, owner: Owner, ledger: str, generation: Callable[[], int]) -> None:
    """Make a run the one owner of a database; it waits for a batch of a dead run that is still under way.

    A run that has lost its connection is the owner still. One of the owner's machine is dead: the caller holds that
    machine's lock for this database. `generation` asks the ledger how many holds reach the database; it is asked after
    the row is read, since holds are placed the other way round.

    Raises:
        NotPrepared: where the database is not prepared, or is another ledger's.
        LedgerError: where the database has been told of holds that the ledger does not know.
        Occupied: where a run on another machine owns it.
    """
    own = own_tables(writer.engine).control
    found = _check_ledger(writer, control_of(writer), ledger)
    known = generation()
    if found.generation > known:
        mend = "restore the newest backup of the ledger: holds are missing from this one"
        raise LedgerError(f"the ledger is behind database {writer.name}", mend)
    now = writer.engine.seconds
    dead = sa.false() if owner.host is None else own.c.host == owner.host
    free = sa.or_(own.c.run.is_(None), own.c.run == owner.run, dead, own.c.lease_until < now)
    mine = sa.and_(own.c.name == writer.engine.place, own.c.ledger == ledger)
    taken = sa.update(own).where(mine, free)
    values = {
        "run": owner.run,
        "host": owner.host,
        "owner": owner.words,
        "lease_until": now + LEASE,
        "generation": sa.case((own.c.generation < known, known), else_=own.c.generation),
    }
    for _ in range(_TRIES):
        if writer.change(taken.values(values), table="control") == 1:
            return
        found = _check_ledger(writer, control_of(writer), ledger)
        if found.owner is not None:  # else it has just been let go
            break
    mend = f"wait until it has ended; of one that died, no more is heard for {LEASE} seconds"
    words = found.owner or "one that has just ended"
    raise Occupied(f"database {writer.name} is owned by another run: {words}", mend)


def release(writer: Writer, run: str) -> None:
    """Let the database go, where the run still owns it."""
    own = own_tables(writer.engine).control
    gone = {"run": None, "host": None, "owner": None, "lease_until": None}
    mine = sa.and_(own.c.name == writer.engine.place, own.c.run == run)
    writer.change(sa.update(own).where(mine).values(gone), table="control")


@contextmanager
def batch(writer: Writer, run: str) -> Iterator[int]:
    """A transaction of a run that still owns the database; gives the generation of holds that it has to know.

    Raises:
        Occupied: where the run owns it no longer.
        WesretainError: where the transaction fails; then nothing inside is done (but see `Writer.transaction`).
    """
    own = own_tables(writer.engine).control
    mine = sa.and_(own.c.name == writer.engine.place, own.c.run == run)
    with writer.batch():
        renewed = sa.update(own).where(mine).values(lease_until=writer.engine.seconds + LEASE)
        if writer.change(renewed, table="control") != 1:
            raise Occupied(f"another run has taken database {writer.name} over", "look at what runs beside this one")
        (row,) = writer.rows(sa.select(own.c.generation).where(mine), "control")
        yield int(row.generation)


def write_evidence(writer: Writer, evidence: Evidence, ledger: str) -> None:
    """Write down what a batch has done, in its own transaction."""
    own = own_tables(writer.engine).evidence
    values: dict[str, Any] = {
        "batch": evidence.batch,
        "name": writer.engine.place,
        "ledger": ledger,
        "run": evidence.run,
        "rule": evidence.rule,
        "relation": evidence.table,
        "as_of": evidence.as_of,
        "records": evidence.records,
        "counts": json.dumps(dict(evidence.counts), sort_keys=True),
        "digest": evidence.digest,
        "done_at": writer.engine.seconds,
    }
    writer.change(sa.insert(own).values(values), table="evidence")


# -- fencing ----------------------------------------------------------------------------------------------------------


def fence(writer: Writer, ledger: str, generation: int) -> bool:
    """Tell a database of holds up to a generation; waits for the batch in flight. False where it is not prepared.

    Raises:
        WesretainError: where it cannot be told.
    """
    found = control_of(writer)
    if found is None or found.ledger != ledger:
        return False  # no run of this ledger can begin there
    own = own_tables(writer.engine).control
    behind = sa.and_(own.c.name == writer.engine.place, own.c.ledger == ledger, own.c.generation < generation)
    writer.change(sa.update(own).where(behind).values(generation=generation), table="control")
    return True


def is_prepared(live: Live, ledger: str) -> bool:
    """Whether a run of a ledger could begin on the database."""
    try:
        found = control_of(live)
    except WesretainError:
        return False
    return found is not None and found.ledger == ledger
