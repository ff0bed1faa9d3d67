"""Faults in the ledger's retention and in its store on a server, each of which a test has to notice."""

from __future__ import annotations

from standing.mutants import Mutant

CHAIN, RETENTION, SERVER = "ledger/chain.py", "ledger/retention.py", "ledger/server.py"
APPROVALS, HOLDS = "ledger/approvals.py", "ledger/holds.py"
KEPT, NEVER_UNSEEN, SHARED = (
    "what something rests on is kept",
    "nothing is emptied unseen",
    "several may share a ledger",
)

MUTANTS = (
    Mutant(
        "a hold in force is emptied",
        KEPT,
        RETENTION,
        "            if release is None:\n                yield placed\n",
        "            if release is None:\n                pass\n",
    ),
    Mutant(
        "only the day of a release counts, not when it takes effect",
        KEPT,
        RETENTION,
        "max(release.at, _effective(release)) >= before",
        "release.at >= before",
    ),
    Mutant(
        "only when a release takes effect counts, not its day",
        KEPT,
        RETENTION,
        "max(release.at, _effective(release)) >= before",
        "_effective(release) >= before",
    ),
    Mutant(
        "evidence of a held database is emptied",
        KEPT,
        RETENTION,
        " and not any(_is_on(entry, placed) for placed in held)",
        "",
    ),
    Mutant(
        "the newest approval is emptied",
        KEPT,
        RETENTION,
        "        yield from {entry.subject: entry for entry in self.entries(kinds=(Kind.RULE_APPROVED,))}.values()\n",
        "",
    ),
    Mutant("an open batch is emptied", KEPT, RETENTION, "        yield from self.open_entries()\n", ""),
    Mutant("an open review is emptied", KEPT, RETENTION, "        yield from self.open_reviews().values()\n", ""),
    Mutant(
        "a decision that ends on the day is emptied", KEPT, RETENTION, "_until(entry) >= day", "_until(entry) > day"
    ),
    Mutant(
        "what replaced a decision is emptied before it",
        KEPT,
        RETENTION,
        "            if entry.subject in rules:\n",
        "            if entry.kind is Kind.REVIEW_EXTENDED and entry.subject in rules:\n",
    ),
    Mutant(
        "a backlog is whole again once its batches are emptied",
        KEPT,
        APPROVALS,
        "            if entry.emptied:\n                return 0\n",
        "            if entry.emptied:\n                continue\n",
    ),
    Mutant(
        "a generation falls with an emptied hold",
        KEPT,
        HOLDS,
        "    if placed.emptied:  # it may have reached any, and the number must never fall\n        return True\n",
        "    if placed.emptied:\n        return False\n",
    ),
    Mutant(
        "a body that was silenced is passed over",
        NEVER_UNSEEN,
        CHAIN,
        "                if row.number not in told:",
        "                if False:",
    ),
    Mutant(
        "who verifies does not ask why bodies are gone",
        NEVER_UNSEEN,
        CHAIN,
        "            yield from self._unexplained(emptied)\n",
        "            pass\n",
    ),
    Mutant(
        "what was emptied too soon passes",
        NEVER_UNSEEN,
        CHAIN,
        " or before > stamp(entry.at - SOONEST)",
        "",
    ),
    Mutant(
        "a fingerprint says what it stood for",
        NEVER_UNSEEN,
        CHAIN,
        "text, salt = canonical(body), secrets.token_hex(16)",
        'text, salt = canonical(body), ""',
    ),
    Mutant(
        "the server appends without a turn",
        SHARED,
        SERVER,
        '                self.execute("SELECT pg_catalog.pg_advisory_xact_lock(?)", (_TURN,))\n',
        "",
    ),
    Mutant(
        "the server need not write to the disk",
        SHARED,
        SERVER,
        "WHEN 'off' THEN 'on'",
        "WHEN 'off' THEN 'off'",
    ),
    Mutant("what guards the server's tables is not looked at", SHARED, SERVER, "!= _SHOWN:", "== set():"),
    Mutant(
        "a run that owns a database by lease is robbed at once",
        SHARED,
        SERVER,
        "    locks_machine = False\n",
        "    locks_machine = True\n",
    ),
    Mutant(
        "a run that has lost its connection is a stranger",
        SHARED,
        "control.py",
        " own.c.run == owner.run,",
        "",
    ),
    Mutant(
        "trouble with the ledger passes for trouble with the database",
        SHARED,
        SERVER,
        '        raise LedgerError(f"the ledger cannot be used: {error.message}", error.mend) from None\n',
        "        raise\n",
    ),
)
