"""Ways to break what outlasts a fault; `test_mutants.py` sees that the harness notices each.

Those that other tests notice too stand with apply's.
"""

from __future__ import annotations

import apply.mutants as apply
from standing.mutants import Mutant

RUN, BATCH, WRITER, STORE = "apply/run.py", "apply/batch.py", "engines/writer.py", "ledger/file.py"
BATCHES = "ledger/batches.py"


def of_apply(name: str) -> Mutant:
    """The mutant of that name."""
    (found,) = {each for each in apply.MUTANTS if each.name == name}
    return found


LATE_EVIDENCE = of_apply("evidence is written in a second transaction")
ALL_VOID = of_apply("what was begun is void, whatever the evidence says")
NOT_SETTLED = of_apply("what was begun is not settled")
NOT_DONE_AGAIN = of_apply("a lost batch is not done again")
NO_OWNER = of_apply("a batch does not ask who owns the database")
NOT_COMPARED = of_apply("the generation of holds is not compared")

COUNTED_TWICE = Mutant(
    "the recovery counts what has been counted",
    "ledger and evidence tell the same",
    BATCHES,
    "kinds = (Kind.BATCH_INTENDED.value, Kind.BATCH_DONE.value, Kind.BATCH_VOID.value)",
    "kinds = (Kind.BATCH_INTENDED.value, Kind.BATCH_VOID.value, Kind.BATCH_VOID.value)",
)
FRAIL_RECOVERY = Mutant(
    "the recovery takes evidence away while it tells of it",
    "no deletion without evidence, whenever a run dies",
    RUN,
    "            else:\n                self.ledger.done(evidence, self.order.now())\n\n    def _learn",
    "            else:\n"
    "                own = control.own_tables(self.writer.engine).evidence\n"
    "                self.writer.change(own.delete().where(own.c.batch == batch.id))\n"
    "                self.ledger.done(evidence, self.order.now())\n"
    "                control.write_evidence(self.writer, evidence, self.ledger.id)\n\n    def _learn",
)
BLIND_RETRY = Mutant(
    "a batch is done again, whatever became of it",
    "after a lost COMMIT the evidence is asked",
    RUN,
    "        evidence = control.evidence_of(self.writer, batch.id, self.name)\n"
    "        if evidence is None:\n            raise _Again\n        self._count(rule, evidence)\n",
    "        raise _Again\n",
)
PIECEMEAL = Mutant(
    "rows below go in a transaction of their own",
    "all of a batch or nothing is done",
    BATCH,
    "    batch.finish(statements, _word(statements), len(due))\n",
    "    with writer.translating():\n"
    '        writer.connection.exec_driver_sql("COMMIT")\n'
    "        writer.engine.begin_batch(writer.connection)\n"
    "    batch.finish(statements, _word(statements), len(due))\n",
)
KEPT_BY_HALVES = Mutant(
    "what a signal breaks off is committed",
    "all of a batch or nothing is done",
    WRITER,
    "                self.undo()\n",
    '                self.connection.exec_driver_sql("COMMIT")\n',
)
LEFT_OPEN = Mutant(
    "what a second signal leaves open counts as done",
    "evidence counts where it is committed",
    RUN,
    "        self.writer.undo()  # or a batch that a second signal has left open would see its own evidence\n",
    "",
)
NO_UNWINDING = Mutant(
    "SIGTERM ends the process at once",
    "SIGTERM unwinds, and ends with 143",
    "interruption.py",
    "    signal.signal(signal.SIGTERM, terminate)\n",
    "    signal.signal(signal.SIGTERM, signal.SIG_DFL)\n",
)
NOT_SYNCED = Mutant(
    "the ledger is not synced",
    "the intent is on the disk before the batch begins",
    STORE,
    'connection.execute("PRAGMA synchronous = EXTRA")',
    'connection.execute("PRAGMA synchronous = OFF")',
)
GIVEN_UP = Mutant(
    "a batch that a lock stopped is left out",
    "exit 0 means that everything due was done",
    RUN,
    "                if tries < _TRIES and not isinstance(error, Vetoed):\n                    waiting.append(some)\n",
    "                if tries < _TRIES and not isinstance(error, Vetoed):\n                    pass\n",
)
MUTANTS = (
    COUNTED_TWICE,
    FRAIL_RECOVERY,
    BLIND_RETRY,
    PIECEMEAL,
    KEPT_BY_HALVES,
    LEFT_OPEN,
    NO_UNWINDING,
    NOT_SYNCED,
    GIVEN_UP,
)
