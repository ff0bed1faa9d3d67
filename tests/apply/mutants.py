"""Ways to break apply, one promise at a time; `make mutants` sees that a test of the same area notices each.

A mutant replaces a text that stands exactly once in a file of the product by another.
"""

from __future__ import annotations

from standing.mutants import Mutant

WALK, NUMBERS, BLOCKS, RANGES = (f"apply/walks/{name}.py" for name in ("base", "by_number", "by_block", "by_range"))
RUN, BATCH, LIMITS, CONTROL = "apply/run.py", "apply/batch.py", "apply/limits.py", "control.py"
SEALING, PACE, LAG, SCAN, LOOKUPS = "cli/sealing.py", "apply/pace.py", "apply/lag.py", "scan.py", "standing/lookups.py"
STATEMENTS, DISPOSAL, RULES = "standing/statements.py", "standing/disposal.py", "standing/rules.py"
SQL, SQLITE, POSTGRESQL = "standing/sql.py", "engines/sqlite.py", "engines/postgresql.py"

#: What goes, and what does not.
FATES = (
    Mutant(
        "apply does not ask what is held",
        "a hold beats everything",
        RULES,
        "stops = (self.held, self.undated,",
        "stops = (self.undated,",
    ),
    Mutant(
        "records go before what hangs on them",
        "deepest first",
        BATCH,
        "    batch.deal([pair for pair in found_ways if not pair[0].line.climbs])\n"
        "    batch.finish(statements, _word(statements), len(due))\n",
        "    batch.finish(statements, _word(statements), len(due))\n"
        "    batch.deal([pair for pair in found_ways if not pair[0].line.climbs])\n",
    ),
    Mutant(
        "what others share goes too",
        "`delete if unshared`",
        DISPOSAL,
        "stopped = some([stopped, _shared(ruling, table, frozenset())])",
        "stopped = some([stopped])",
    ),
    Mutant(
        "what hangs on a row that others share goes",
        "what hangs on a row that stays does",
        STATEMENTS,
        "sa.or_(self.translator.possibly(line.stopped, (row,)), *shared, *hangs)",
        "sa.or_(self.translator.possibly(line.stopped, (row,)), *shared)",
    ),
    Mutant("a dry run applies", "a dry run changes no data", "cli/apply.py", "    if dry_run:", "    if False:"),
)

#: One batch: proved again, all or nothing, with its evidence.
BATCHES = (
    Mutant(
        "who has no customer is neither held nor let go",
        "every expression is true or false, never NULL",
        SQL,
        "return sa.and_(value.is_not(None), *before, value.in_(found.correlate(*trail)))",
        "return sa.and_(sa.true(), *before, value.in_(found.correlate(*trail)))",
        "postgresql",
    ),
    Mutant(
        "held people are looked for record by record",
        "a batch costs what it deals with",
        POSTGRESQL,
        "    searches_at_once = True\n",
        "    searches_at_once = False\n",
        "postgresql",
    ),
    Mutant(
        "the whole table is read for few records",
        "a batch costs what it deals with",
        SQLITE,
        'return sa.UnaryExpression(key, operator=operators.custom_op("+"), type_=key.type)',
        "return key",
    ),
    Mutant(
        "records are not proved due again",
        "eligibility is proved again inside the deleting transaction",
        STATEMENTS,
        ".where(self.is_named(row), self.asked.may(row))",
        ".where(self.is_named(row))",
    ),
    Mutant(
        "records go by their keys only",
        "every statement that changes rows repeats the whole predicate",
        STATEMENTS,
        "return sa.and_(within(row), surely(candidates(self._repeated(act.still_due)), (row,)))",
        "return within(row)",
    ),
    Mutant(
        "fewer rows than were found may change",
        "nothing outside the plan",
        BATCH,
        "if changed != expected:",
        "if False:",
    ),
    Mutant(
        "a stretch is taken for whole, though others may have come to lie between",
        "nothing outside the plan",
        NUMBERS,
        "keys = seen.ends[0], seen.stretch(alone=writer.engine.sees_one_state)",
        "keys = seen.ends[0], seen.stretch(alone=True)",
        engine="mariadb",
    ),
    Mutant(
        "what is told of a range may change before it goes",
        "no deletion without evidence",
        RANGES,
        ".where(*due).with_for_update()",
        ".where(*due)",
        engine="mariadb",
    ),
    Mutant(
        "a range takes along what became due meanwhile, as it is told",
        "nothing outside the plan",
        RANGES,
        "if not 0 < seen.count <= most:",
        "if not seen.count:",
        engine="mariadb",
    ),
    Mutant(
        "texts that are cut off are taken for all that there are",
        "no deletion without evidence",
        WALK,
        'if length is not None and len(text or "") != length + count - 1:',
        "if False:",
        engine="mariadb",
    ),
    Mutant(
        "more of a block's records go than may",
        "limits fail closed",
        BLOCKS,
        "            if seen.count > most:\n",
        "            if False:\n",
        engine="postgresql",
    ),
    Mutant(
        "values are taken on trust, whatever that finds",
        "never early, never guessed",
        NUMBERS,
        "            if alike == gathered[0]:\n",
        "            if True:\n",
    ),
    Mutant(
        "rows below go wherever their records lie",
        "nothing outside the plan",
        STATEMENTS,
        "lambda row: sa.and_(within(row), self.asked.may(row))",
        "self.asked.may",
        engine="postgresql",
    ),
    Mutant(
        "rows below a stretch go by their place alone",
        "nothing outside the plan",
        BATCH,
        "alone = not sweep.by_name and (found.keys.alone or found.keys.close)",
        "alone = True",
    ),
    Mutant(
        "rows below records that are not told as numbers are left behind",
        "a record takes along what its rule names, or stays",
        BATCH,
        '            raise BatchRefused(f"the keys of {walk.table.full_name} are not told as whole numbers")\n',
        "            continue\n",
    ),
    Mutant(
        "rows below a stretch go, whatever their records say",
        "nothing outside the plan",
        STATEMENTS,
        "        if not by_name:\n",
        "        if False:\n",
        engine="postgresql",
    ),
    Mutant(
        "rows below a stretch hang on what leads nowhere",
        "nothing outside the plan",
        STATEMENTS,
        "reached = [self._looked_up(step, clause), linked, ",
        "reached = [self._looked_up(step, clause), ",
    ),
    Mutant(
        "a stretch begins anew where it had begun before",
        "each record is dealt with but once",
        NUMBERS,
        "query = self._gathered_after if cursor else self._gathered_first",
        "query = self._gathered_first",
    ),
    Mutant(
        "keys that are no whole numbers are told as such",
        "when unsure, keep",
        WALK,
        "if count and statements.has_number and not (set(map(type, pairs[-1])) == {int} and _LISTED.fullmatch(text)):",
        "if False:",
    ),
    Mutant(
        "records go as they lie, whatever hangs on the rows below",
        "nothing outside the plan",
        STATEMENTS,
        " and self.act.lasts and ",
        " and ",
    ),
    Mutant(
        "rows below that hang on another record too go as they lie",
        "nothing outside the plan",
        STATEMENTS,
        " and links == [step.link]\n",
        "\n",
    ),
    Mutant(
        "records go as they lie, whatever has to go before",
        "rows below go before their records",
        STATEMENTS,
        "return goes and by_key and self",
        "return by_key and self",
    ),
    Mutant(
        "records go as they lie, though a trigger may let them stay",
        "every statement has to change as many rows as were found",
        STATEMENTS,
        "plain = not (self.asked.scrubs or self.record.computed or self.vetoes)",
        "plain = not (self.asked.scrubs or self.record.computed)",
    ),
    Mutant(
        "a veto below is not looked for",
        "every statement has to change as many rows as were found",
        STATEMENTS,
        "return not self.vetoes and line.fate is RowFate.DELETE and len(line.steps) == 1",
        "return True",
    ),
    Mutant(
        "evidence is written in a second transaction",
        "no deletion without evidence",
        RUN,
        "                if disposed.records:\n"
        "                    control.write_evidence(self.writer, evidence, self.ledger.id)\n"
        "                self.worked += time.monotonic() - start\n",
        "            if disposed.records:\n"
        "                control.write_evidence(self.writer, evidence, self.ledger.id)\n",
    ),
    Mutant(
        "what was begun is void, whatever the evidence says",
        "the next run heals",
        RUN,
        "            if evidence is None:\n                self.ledger.void(",
        "            if True:\n                self.ledger.void(",
    ),
    Mutant(
        "what was begun is not settled",
        "the next run heals",
        RUN,
        "for batch in self.ledger.open_intents(self.name):",
        "for batch in self.ledger.open_intents(self.name)[:0]:",
    ),
    Mutant(
        "a batch that fails is not halved",
        "one bad row neither stops nor starves the others",
        RUN,
        "elif len(some) == 1:",
        "elif some:",
    ),
    Mutant(
        "what is left is not counted",
        "exit 0 means that everything due was done",
        RUN,
        "return int(self.writer.rows(statements.left, statements.act.table.full_name)[0][0])",
        "return 0",
    ),
)

#: Limits and approvals.
BRAKES = (
    *(
        Mutant(
            f"`{words}: 0` is no limit",
            "0 means none, never unlimited",
            LIMITS,
            f"if limits.{name} is not None and",
            f"if limits.{name} and",
        )
        for name, words in (
            ("rows_per_rule", "rows per rule"),
            ("rows_per_run", "rows per run"),
            ("share_per_rule", "share per rule"),
        )
    ),
    Mutant(
        "nothing is more than usual",
        "stop when a rule finds over three times the median of its last five runs",
        LIMITS,
        "scale.planned > max(growth * usual, _FLOOR):",
        "scale.planned > 10**9:",
    ),
    Mutant(
        "few records alarm",
        "nobody is alarmed by a thousand records",
        LIMITS,
        "max(growth * usual, _FLOOR)",
        "growth * usual",
    ),
    Mutant(
        "what a brake has stopped becomes usual",
        "only runs that were carried out say what is usual",
        RUN,
        "            self._check(plan)\n            self.found[rule.name] = planned\n",
        "            self.found[rule.name] = planned\n            self._check(plan)\n",
    ),
    Mutant(
        "a plan is not compared with what there is",
        "a sealed plan is refused on drift",
        SEALING,
        "        raise _out_of_date(path, changes)\n",
        "        pass\n",
    ),
    Mutant(
        "anybody can write a plan",
        "a sealed plan is the ledger's",
        SEALING,
        "if isinstance(seal, str) and hmac.compare_digest(",
        "if isinstance(seal, str) or hmac.compare_digest(",
    ),
    Mutant(
        "a plan is carried out as of now",
        "a sealed plan is carried out as it was found",
        SEALING,
        "request_for(intent, then.as_of, Selection(",
        "request_for(intent, None, Selection(",
    ),
    Mutant(
        "nothing ends a run",
        "a stop file and the end of the time end a run before its next batch",
        RUN,
        "        self.order.halt.check()\n",
        "",
    ),
    Mutant(
        "no share is too large",
        "limits fail closed",
        LIMITS,
        "scale.planned > limits.share_per_rule * scale.records",
        "False",
    ),
    Mutant(
        "as many as the limit are too many",
        "limits are what may go",
        LIMITS,
        "scale.planned > limits.rows_per_rule:",
        "scale.planned >= limits.rows_per_rule:",
    ),
    Mutant(
        "any rule may empty its table",
        "`may empty the table`",
        LIMITS,
        "scale.planned >= scale.records > 0 and not rule.may_empty:",
        "False:",
    ),
    Mutant(
        "no rule may empty its table",
        "`may empty the table`",
        LIMITS,
        "scale.planned >= scale.records > 0 and not rule.may_empty:",
        "scale.planned >= scale.records > 0:",
    ),
    Mutant(
        "a changed rule is approved still",
        "a changed rule is not applied unattended",
        LIMITS,
        "    if approval is not None and approval.digest == digest:\n        return\n",
        "    if approval is not None:\n        return\n",
    ),
    Mutant(
        "nobody has to approve",
        "a new rule is not applied unattended",
        RUN,
        "if not self.order.attended:",
        "if self.order.attended:",
    ),
)

#: One run at a time, by the right ledger.
OWNERSHIP = (
    Mutant(
        "two runs at once on one machine",
        "one run per database at a time",
        RUN,
        "with run.alone(), run.owning():",
        "with run.owning():",
    ),
    Mutant(
        "a run of another machine is robbed",
        "one run per database at a time",
        CONTROL,
        "free = sa.or_(own.c.run.is_(None),",
        "free = sa.or_(sa.true(), own.c.run.is_(None),",
    ),
    Mutant(
        "any ledger will do",
        "apply refuses a ledger that is not the stamped one",
        CONTROL,
        '        raise NotPrepared(f"database {live.name} belongs to another ledger", mend)',
        "        return found",
    ),
)

#: What happens while a run is under way, and before it owns the database.
MIDWAY = (
    Mutant(
        "a ledger that has lost holds is trusted",
        "apply refuses a ledger that is behind",
        CONTROL,
        "if found.generation > known:",
        "if False:",
    ),
    Mutant(
        "the generation of holds is not compared",
        "once a hold is placed, nothing that it reaches is touched",
        RUN,
        "if generation > self.known.generation:\n                    raise _Again",
        "pass",
    ),
    Mutant(
        "holds are those of the plan",
        "once a hold is placed, nothing that it reaches is touched",
        RUN,
        "            holds=self.ledger.holds(),\n",
        "",
    ),
    Mutant(
        "a database is not told of a hold",
        "once a hold is placed, nothing that it reaches is touched",
        CONTROL,
        'writer.change(sa.update(own).where(behind).values(generation=generation), table="control")',
        "pass",
    ),
    Mutant(
        "a batch does not ask who owns the database",
        "one run per database at a time",
        CONTROL,
        "    mine = sa.and_(own.c.name == writer.engine.place, own.c.run == run)\n    with writer.batch():\n",
        "    mine = own.c.name == writer.engine.place\n    with writer.batch():\n",
    ),
    Mutant(
        "a dead run of another machine owns the database for good",
        "the lease survives dead runs",
        CONTROL,
        ", dead, own.c.lease_until < now)",
        ", dead)",
    ),
    Mutant(
        "the limit of a run is asked for once",
        "limits are checked before the batch that would exceed them",
        RUN,
        "check_run(rule, Scale(sum(disposed.counts.values()), 0, changed=self.changed), self._limits)",
        "pass",
    ),
    Mutant(
        "a batch is not written down before it begins",
        "the next run heals",
        RUN,
        "        self.ledger.intend(batch, self.order.now())\n",
        "",
    ),
    Mutant(
        "a lost batch is not done again",
        "exit 0 means that everything due was done",
        RUN,
        "        if evidence is None:\n            raise _Again\n",
        "        if evidence is None:\n            return\n",
        "postgresql",
    ),
    Mutant(
        "rows below go by what they were looked up by only",
        "every statement that changes rows repeats the whole predicate",
        STATEMENTS,
        "return sa.and_(self._looked_up(steps[-1], end), self._chained(steps, end))",
        "return self._looked_up(steps[-1], end)",
    ),
    Mutant(
        "rows below go though they are held by now",
        "every statement that changes rows repeats the whole predicate",
        STATEMENTS,
        "return sa.and_(self._reached(line.steps, row), self._pending(line, row), self._free(line, row))",
        "return sa.and_(self._reached(line.steps, row), self._pending(line, row))",
    ),
)

#: Tables without a key.
KEYLESS = (
    Mutant(
        "only some of a table without a key is held",
        "any hold that can reach a table without a key holds all of it",
        "standing/holds.py",
        "return TRUE if not table.key and self._can_be_held(table) else self.of(table)",
        "return self.of(table)",
    ),
    Mutant(
        "what holds a table without a key holds the records above it",
        "below a record with a key only the holds on these rows count",
        RULES,
        "return some([self.held.below(path), _any_of(self._protections(path[-1].end, touched))])",
        "return some([self.held.by_own_rules(path[-1].end), _any_of(self._protections(path[-1].end, touched))])",
    ),
    Mutant(
        "holds are lost where no key names what they go through",
        "a hold reaches everything below",
        "standing/holds.py",
        "if circle and not catalogue.has_keys(circle) and self._can_be_held(table):",
        "if False:",
    ),
    Mutant(
        "a table without a key is taken as it comes",
        "a table without a key is refused, unless declared so",
        DISPOSAL,
        "if entry is None or not entry.keyless:",
        "if entry is None:",
    ),
    Mutant(
        "rows below nobody knows what go",
        "`with` needs a key",
        DISPOSAL,
        "        if line.fate is not RowFate.KEEP:\n            words",
        "        if False:\n            words",
    ),
    Mutant(
        "values are computed for records that have no name",
        "without a key nothing is computed record by record",
        DISPOSAL,
        "if isinstance(target, SetHash | MaskIp | Scrub):",
        "if isinstance(target, SetHash | MaskIp):",
    ),
    Mutant(
        "more may go than were planned",
        "never more records than the plan gave the rule",
        BATCH,
        "    if found > most:\n",
        "    if False:\n",
    ),
    Mutant(
        "all that is there goes",
        "every statement that changes rows repeats the whole predicate",
        STATEMENTS,
        "lambda row: self.translator.surely(act.due, (row,))",
        "lambda row: sa.true()",
    ),
    Mutant(
        "records without a key leave no evidence",
        "no deletion without evidence",
        BATCH,
        "return Disposed(found, dict(batch.counts))",
        "return Disposed(0, dict(batch.counts))",
    ),
    Mutant(
        "the generation of holds is not compared for a table without a key",
        "once a hold is placed, nothing that it reaches is touched",
        RUN,
        "if generation > self.known.generation:\n                    raise _Again",
        "pass",
    ),
)

#: How gently it goes.
GENTLY = (
    Mutant(
        "a batch is larger than a second's worth",
        "so many records a second at most",
        PACE,
        "min(self.size, self.most_a_second)",
        "self.size",
    ),
    Mutant(
        "pauses do not make up for a rate",
        "so many records a second at most",
        PACE,
        "return max(PAUSE, min(rest, LONGEST), owed)",
        "return max(PAUSE, min(rest, LONGEST))",
    ),
    Mutant(
        "a run rests for as long as it takes",
        "a batch that cannot be made small does not stop a run",
        PACE,
        "min(rest, LONGEST)",
        "rest",
    ),
    Mutant(
        "the COMMIT keeps nobody waiting",
        "others have so many times as long as a batch kept locks",
        RUN,
        "            self.kept += time.monotonic() - start\n",
        "            self.kept = self.worked\n",
    ),
    Mutant(
        "others that have gone are waited for",
        "a run is slow only while others write",
        RUN,
        "time.monotonic() - self.others_wrote < _OTHERS_STAY",
        "self.others_wrote > 0",
    ),
    Mutant(
        "what others write is not noticed",
        "a run is slow while others write",
        RUN,
        "if trace is None or self.trace not in (None, trace):",
        "if trace is None:",
    ),
    Mutant(
        "a run takes itself for others",
        "a run is slow only while others write",
        "engines/sqlite.py",
        '"PRAGMA data_version"',
        '"SELECT total_changes()"',
    ),
    Mutant(
        "servers are taken to be at rest",
        "others have so many times as long as a batch kept locks",
        RUN,
        "if trace is None or self.trace not in (None, trace):",
        "if trace is not None and self.trace not in (None, trace):",
        "postgresql",
    ),
    Mutant(
        "nobody has written while the connection was lost",
        "where nobody knows, others are taken to be there",
        RUN,
        "self.trace, self.others_wrote = None, time.monotonic()",
        "self.trace = None",
    ),
    Mutant(
        "a disk that fails at the tidying ends the run",
        "a connection that is lost is made anew",
        RUN,
        "                self._look_for_others(engine.trace_of_others(connection))\n        except ConnectionLost:\n",
        "                self._look_for_others(engine.trace_of_others(connection))\n        except _Again:\n",
    ),
    Mutant(
        "the log is left for others to move",
        "SQLite's changes are in the file itself before others write",
        "engines/sqlite.py",
        'connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()',
        "pass",
    ),
    Mutant(
        "records are sought by an index on the clock",
        "a batch reads no more than it is about",
        NUMBERS,
        "return query.with_hint(row, self._hint) if self._hint else query",
        "return query",
    ),
    Mutant(
        "records are changed by an index on the clock",
        "a batch reads no more than it is about",
        NUMBERS,
        "return change.with_hint(self._hint) if self._hint else change",
        "return change",
    ),
    Mutant(
        "large tables below are read in each batch",
        "unindexed child columns are refused",
        RUN,
        "if not self.order.slow_children:",
        "if False:",
    ),
    Mutant(
        "a small table below is refused",
        "a small table is read before anybody notices",
        SCAN,
        "[0][0]) > FEW",
        "[0][0]) > 0",
    ),
    Mutant(
        "rows below rows that go are not looked at",
        "all that points at a row that goes is looked for",
        LOOKUPS,
        "            yield from catalogue.links_to(line.table)\n",
        "            pass\n",
    ),
)
REPLICAS = (
    Mutant(
        "no replica is waited for",
        "apply waits while a replica is too far behind",
        RUN,
        "            self._follower.wait()\n",
        "            pass\n",
        "postgresql",
    ),
    Mutant(
        "the stop file is not heeded while it waits",
        "a stop file ends a run",
        LAG,
        "                self.halt.check()\n",
        "",
        "mariadb",
    ),
    Mutant(
        "a replica that is gone is close",
        "apply does not go on where nobody knows the lag",
        LAG,
        "    except (Refused, Unreachable):\n        return None",
        "    except (Refused, Unreachable):\n        return 0.0",
        "mariadb",
    ),
    Mutant(
        "what has come in has been replayed",
        "apply waits while a replica is too far behind",
        "engines/postgresql.py",
        "pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn()",
        "pg_last_wal_receive_lsn() IS NOT NULL",
        "postgresql",
    ),
)

MUTANTS = (*FATES, *BATCHES, *BRAKES, *OWNERSHIP, *MIDWAY, *KEYLESS, *GENTLY, *REPLICAS)
