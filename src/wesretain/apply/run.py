"""A run on one database: own it, settle what a dead run left, then rule by rule, batch by batch, and count again."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

from wesretain import control
from wesretain.apply.batch import Disposed, Vetoed, dispose, dispose_as_found, dispose_whole
from wesretain.apply.halt import Halt
from wesretain.apply.lag import Follower, Watch, lag_of
from wesretain.apply.limits import Scale, backlog_of, check_approval, check_limits, check_run, scale_of
from wesretain.apply.pace import Pace
from wesretain.apply.values import Maker
from wesretain.apply.walks import way_through
from wesretain.apply.walks.base import Cursor, Key, Walk, read_pages
from wesretain.engines import Writer, open_for_apply, open_for_scan
from wesretain.errors import (
    BatchRefused,
    ConnectionLost,
    Entangled,
    LedgerError,
    LimitReached,
    Occupied,
    Refused,
    WesretainError,
)
from wesretain.ledger import Ledger
from wesretain.model.config import DatabaseConfig, Limits
from wesretain.model.digest import rule_set_digest
from wesretain.model.keyed import Keyed
from wesretain.model.ledger import Batch, Evidence
from wesretain.model.outcome import DatabaseOutcome, RuleOutcome, Skipped
from wesretain.model.plan import DatabasePlan, Failure, RulePlan
from wesretain.model.rule import Disposition, Rule
from wesretain.model.standing import Standing
from wesretain.scan import slow_links, slowness
from wesretain.standing.conditions import Binder
from wesretain.standing.disposal import Acts, acts_of
from wesretain.standing.keys import shown_key
from wesretain.standing.statements import AloneStatements, Statements
from wesretain.survey import CLOCK_TOLERANCE, Request, Survey, WrongClock, survey_of

#: After so many records that cannot be dealt with a rule is given up: something is wrong with all of them.
MOST_SKIPPED = 100
#: So often a batch is tried again that a lock stopped, before it is made smaller.
_TRIES = 3
#: For so many seconds after others have written they are taken to be there still.
_OTHERS_STAY = 10
WalkOf = Callable[[Statements], Walk]
Progress = Callable[[str, int, int], None]
#: How many records rules found in their last runs, by database and rule.
FoundBefore = Mapping[tuple[str, str], Sequence[int]]


class _Again(Exception):
    """The same batch has to be tried again: holds have moved, or the connection was lost and is there again."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a plan is to be carried out: by whom, from where, attended or not, at which pace, and when to end.

    `now` reads the clock, for the ledger's entries; no record's fate is decided by it. `make` computes redacted values.
    `slow_children` lets rules act whose batches each read a large table below as a whole.
    """

    request: Request
    ledger: Ledger
    by: str
    host: str
    attended: bool
    pace: Pace
    halt: Halt
    now: Callable[[], datetime]
    make: Maker
    progress: Progress
    slow_children: bool = False


def carry_out(order: Order, plan: DatabasePlan, before: FoundBefore, changed: int = 0) -> DatabaseOutcome:
    """Carry out the plan of one database. What fails, the ledger included, is in the outcome with its exit code.

    `before` is what earlier runs have found; `changed` is how many rows the limit of a run has to count with its own.
    """
    run = _Run(order, plan, str(uuid.uuid4()), before, changed=changed)
    try:
        with run.alone(), run.owning():
            run.work()
    except WesretainError as error:
        failure = Failure(plan.database, str(error), error.exit_code)
        return DatabaseOutcome(plan.database, run.id, run.outcomes(), failure)
    return DatabaseOutcome(plan.database, run.id, run.outcomes())


@dataclass
class _Known:
    """What a run knows of a database at one generation of holds: its acts, ready to be carried out."""

    generation: int
    acts: Acts
    statements: dict[str, Statements]
    digests: Mapping[str, str]
    walks: dict[str, Walk] = field(default_factory=dict)


@dataclass
class _Run:
    """A run under way: its connection, what it knows, and what it has done so far."""

    order: Order
    plan: DatabasePlan
    id: str
    before: FoundBefore
    done: dict[str, RuleOutcome] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    changed: int = 0
    reconnects: int = 0
    worked: float = 0.0  # seconds for which the batches since the last one found kept locks, but for the COMMIT
    kept: float = 0.0  # the same with it
    trace: int | None = None  # of others, after the last batch of this connection
    others_wrote: float = -math.inf  # when they are last known to have written, by the monotonic clock
    rested: float = -math.inf  # when others have had it for long enough, by the same
    pace: Pace = field(init=False)
    writer: Writer = field(init=False)
    known: _Known = field(init=False)
    _connection: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.pace = self.order.pace

    @property
    def name(self) -> str:
        """The database's name."""
        return self.plan.database

    @property
    def ledger(self) -> Ledger:
        """The ledger."""
        return self.order.ledger

    @property
    def _config(self) -> DatabaseConfig:
        config = self.order.request.intent.config.database(self.name)
        assert config is not None  # the plan comes from it
        return config

    def outcomes(self) -> tuple[RuleOutcome, ...]:
        """What became of each rule of the plan; of those that the run did not come to, nothing."""
        rules = self.plan.rules
        return tuple(self.done.get(each.rule.name, RuleOutcome(each.rule, each.acts or 0)) for each in rules)

    # -- owning the database ------------------------------------------------------------------------------------

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep the other runs of this machine off the database; where one is at work there, say whose it is."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self.ledger.store.owning(self.name))
            except Occupied as error:
                raise Occupied(f"{error.message}: {self._owner()}", error.mend) from None
            yield

    def _owner(self) -> str:
        """Who owns the database, as far as it tells."""
        with suppress(WesretainError), open_for_scan(self._config) as live:
            found = control.control_of(live)
            if found is not None and found.owner is not None:
                return found.owner
        return "one that has just begun"

    @contextmanager
    def owning(self) -> Iterator[None]:
        """Own the database for the time of the run, and leave no batch of which it is not known what became."""
        with self._connection:
            self._open()
            try:
                self._take()
                begun = {"by": self.order.by, "as_of": _stamp(self.plan.as_of)}
                self.ledger.begin_run(self.id, self.name, begun, self.order.now())
                try:
                    yield
                finally:
                    with suppress(WesretainError):
                        self._settle()
                    ended = {"finished": self.finished, "found": self.found}
                    self.ledger.end_run(self.id, self.name, ended, self.order.now())
            finally:  # also where the ledger has failed: the next run need not wait for the lease to end
                with suppress(WesretainError):
                    control.release(self.writer, self.id)

    def _connect(self) -> None:
        self._open()
        self._take()

    def _open(self) -> None:
        self._connection.close()
        self.writer = self._connection.enter_context(open_for_apply(self._config))

    def _take(self) -> None:
        """Become the owner, find out what became of the batches before, and learn what there is to do."""
        self._check_clock()
        machine = self.order.host if self.ledger.store.locks_machine else None
        owner = control.Owner(self.id, machine, f"{self.order.by} on {self.order.host}, run {self.id}")
        for patience in range(_TRIES, 0, -1):
            try:
                control.acquire(self.writer, owner, self.ledger.id, lambda: self.ledger.generation(self.name))
                break
            except BatchRefused:  # a batch of a dead run is still under way there
                if patience == 1:
                    raise
        self._settle()
        self._learn()

    def _check_clock(self) -> None:
        theirs, ours = self.writer.now(), self.order.now()
        if abs(theirs - ours) > CLOCK_TOLERANCE:
            apart = abs(theirs - ours).total_seconds()
            message = f"the clock of the database `{self.name}` differs from this machine's by {apart:.0f} s"
            raise WrongClock(message, "set both by NTP")
        if self.plan.as_of > min(theirs, ours):
            raise WrongClock(f"the plan of the database `{self.name}` is of the future", "apply as of now, or earlier")

    def _settle(self) -> None:
        """Find out what became of batches that were begun: the evidence in the database decides."""
        self.writer.undo()  # or a batch that a second signal has left open would see its own evidence
        for batch in self.ledger.open_intents(self.name):
            evidence = control.evidence_of(self.writer, batch.id, self.name)
            if evidence is None:
                self.ledger.void(batch.id, self.order.now(), "it was not carried out")
            else:
                self.ledger.done(evidence, self.order.now())

    def _learn(self) -> None:
        """Read holds and reviews, and build the acts with them. The generation is read before the holds are."""
        generation = self.ledger.generation(self.name)
        request = replace(
            self.order.request,
            holds=self.ledger.holds(),
            decisions=self.ledger.decisions(),
            as_of=self.plan.as_of,
            pinned=True,
        )
        survey = survey_of(request, self.writer, self.name)
        acts = acts_of(survey.ruling)
        removing = Binder(survey.catalogue, survey.ruling.moment)
        with self.writer.translating():
            vetoes = self.writer.engine.vetoes(self.writer.connection)
        statements = {act.rule.name: Statements(survey.translator, removing, act, vetoes) for act in acts.acts}
        self.known = _Known(generation, acts, statements, self._digests(survey))

    def _digests(self, survey: Survey) -> dict[str, str]:
        intent = self.order.request.intent
        rules = [bound.rule for bound in survey.ruling.bound]
        return {rule.name: rule_set_digest(intent.rules, intent.inventory, rule.table) for rule in rules}

    # -- rule by rule -------------------------------------------------------------------------------------------

    def work(self) -> None:
        """Every chosen rule in turn; one that fails does not stop the others."""
        plans = {each.rule.name: each for each in self.plan.rules}
        for each in plans.values():
            self._without_act(each)
        for name in [act.rule.name for act in self.known.acts.acts if act.rule.name in plans]:
            self._rule(plans[name])

    def _without_act(self, plan: RulePlan) -> None:
        """What needs no change of the database: refusals, reports, and reviews that open."""
        rule = plan.rule
        refusal = plan.refused.message if plan.refused else self._refusal(rule)
        if refusal:
            stopped = f"rule `{rule.name}` cannot be applied: {refusal}"
            self.done[rule.name] = RuleOutcome(rule, 0, stopped=stopped, exit_code=Refused.exit_code)
        elif rule.then is Disposition.REPORT:
            self.done[rule.name] = RuleOutcome(rule, 0)
        elif rule.then is Disposition.HOLD and plan.tally is not None:
            self._review(rule, plan.tally[Standing.DUE])

    def _refusal(self, rule: Rule) -> str:
        refusals = (refusal for refused, refusal in self.known.acts.refused if refused.name == rule.name)
        return next((f"{each.message}; {each.mend}" if each.mend else each.message for each in refusals), "")

    def _review(self, rule: Rule, due: int) -> None:
        """Open a review where records wait for one, and close it where none does."""
        is_open = rule.name in self.ledger.open_reviews()
        if due and not is_open:
            self.ledger.open_review(rule.name, due, self.order.now())
        elif is_open and not due:
            self.ledger.close_review(rule.name, self.order.now())

    def _rule(self, plan: RulePlan) -> None:
        rule, planned = plan.rule, plan.acts or 0
        if plan.refused is not None:  # what is wrong has been said already
            return
        self.done[rule.name] = RuleOutcome(rule, planned)
        if plan.acts is None:
            stopped = f"rule `{rule.name}` cannot be applied: its records could not be counted"
            self._note(rule, stopped=stopped, exit_code=Refused.exit_code)
            return
        if not planned:
            self.found[rule.name] = 0
            return
        try:
            self._check(plan)
            self.found[rule.name] = planned
            if self.known.statements[rule.name].act.table.key:
                self._batches(plan, planned)
            else:
                self._whole(rule, planned)
            left = self._left(rule)
            partial = left or self.done[rule.name].skipped
            self._note(rule, left=left, exit_code=Refused.exit_code if partial else 0)
            self.finished += [] if partial else [rule.name]
        except ConnectionLost:
            raise
        except LimitReached as stop:
            self._note(rule, stopped=str(stop), exit_code=stop.exit_code)
        except Refused as error:
            self._note(rule, stopped=f"rule `{rule.name}` stopped: {error}", exit_code=error.exit_code)

    def _note(self, rule: Rule, **facts: Any) -> None:
        self.done[rule.name] = replace(self.done[rule.name], **facts)

    def _check(self, plan: RulePlan) -> None:
        """Every brake, before the first batch.

        Raises:
            LimitReached: where one holds.
            Refused: where the user may not see what the database would delete along, or no index finds rows below.
        """
        rule, digest = plan.rule, self.known.digests[plan.rule.name]
        approval = self.ledger.approval(rule.name, self.name)
        if not self.order.attended:
            check_approval(rule, digest, approval)
        scale = scale_of(plan, self.changed)
        act, before = self.known.statements[rule.name].act, self.before.get((self.name, rule.name), ())
        check_limits(act.rule, scale, self._limits, backlog_of(digest, approval), before)
        beside = self.order.request.intent.schemas_of(self.name)
        with self.writer.translating():
            blind = self.writer.engine.blind_spot(self.writer.connection, beside)
        if blind and act.removes:
            raise Refused(blind, "grant it; `wesretain prepare` prints what each role needs")
        if not self.order.slow_children:
            self._check_children(self.known.statements[rule.name])

    def _check_children(self, statements: Statements) -> None:
        slow = slow_links(self.writer, statements.translator, statements.removing, statements.act)
        if slow:
            raise Refused(*slowness(slow[0]))

    @property
    def _limits(self) -> Limits:
        return self.order.request.intent.config.limits

    def _left(self, rule: Rule) -> int:
        """The records that are due after all."""
        statements = self.known.statements[rule.name]
        if not statements.asked.scrubs:
            return int(self.writer.rows(statements.left, statements.act.table.full_name)[0][0])
        return sum(len(keys) for keys, _ in read_pages(self.writer, statements))

    # -- batch by batch -----------------------------------------------------------------------------------------

    @cached_property
    def _follower(self) -> Follower | None:
        """The wait for the database's replicas, where the configuration wants one."""
        if self._config.replicas is None:
            return None
        watch = Watch(self._config.replicas.lag)
        return Follower(self.name, watch, lambda: lag_of(self._config, self.writer), self._stay, self.order.halt)

    def _stay(self) -> None:
        """Keep the database while the run waits."""
        try:
            with control.batch(self.writer, self.id):
                pass
        except ConnectionLost:
            self._reconnect()

    def _let_replicas_follow(self) -> None:
        if self._follower is not None:
            self._follower.wait()

    def _batches(self, plan: RulePlan, planned: int) -> None:
        """Go once through the table, on the way that suits it, and never beyond what was planned."""
        rule = plan.rule
        way = self._way(plan, planned)
        cursor, open_ = way(self.known.statements[rule.name]).start, planned
        while open_ > 0 and cursor is not None:
            self._let_replicas_follow()
            self._rest()
            start, self.worked, self.kept = time.monotonic(), 0.0, 0.0
            cursor, found = self._next(rule, way, cursor, open_)
            open_ -= found
            self.pace = self.pace.after(self.worked)
            self.order.progress(rule.name, planned - open_, planned)
            rest = self._owed_to_others() if self.pace.pauses else 0
            now = time.monotonic()
            self.rested = now + self.pace.pause(now - start, found, rest, alone=self.writer.engine.one_writer)
        self.order.progress(rule.name, planned, planned)

    def _rest(self) -> None:
        """Leave the database to others for as long as the batch before has made necessary."""
        if (seconds := self.rested - time.monotonic()) > 0:
            time.sleep(seconds)

    def _owed_to_others(self) -> float:
        """Seconds for which others should have the database after a batch, which leaves nothing for them to tidy."""
        engine, connection = self.writer.engine, self.writer.connection
        try:
            with self.writer.translating():
                engine.tidy(connection)
                self._look_for_others(engine.trace_of_others(connection))
        except ConnectionLost:
            self._reconnect()
        write = time.monotonic() - self.others_wrote < _OTHERS_STAY
        return self.kept * (engine.rest if write else 1)

    def _look_for_others(self, trace: int | None) -> None:
        """Note when others have written since the batch before; where nobody can tell, they are taken to have."""
        if trace is None or self.trace not in (None, trace):
            self.others_wrote = time.monotonic()
        self.trace = trace

    def _way(self, plan: RulePlan, planned: int) -> WalkOf:
        statements = self.known.statements[plan.rule.name]
        with self.writer.translating(statements.act.table.full_name):
            schema = statements.translator.schema
            layout = self.writer.engine.layout(self.writer.connection, statements.act.table, schema)
        return way_through(statements, layout, planned, plan.tally.total if plan.tally else planned)

    def _walk(self, rule: Rule, way: WalkOf) -> Walk:
        """The way through the table as it is known by now: holds change what is due on it."""
        walk, statements = self.known.walks.get(rule.name), self.known.statements[rule.name]
        if walk is None or walk.statements is not statements:
            walk = self.known.walks[rule.name] = way(statements)
        return walk

    def _next(self, rule: Rule, way: WalkOf, cursor: Cursor, open_: int) -> tuple[Cursor, int]:
        """Deal with the next due records on a way: where it goes on, and how many were found.

        As they lie, where that can be; where it fails they are tried again with each of them named.
        """
        cursor = self._walk(rule, way).ready(self.writer, cursor)
        if cursor is None:
            return None, 0
        most = min(self.pace.batch, open_)
        while self.known.statements[rule.name].goes_as_it_lies:
            try:
                disposed = self._batch(rule, most, partial(self._as_found, rule, way, cursor, most))
            except _Again:
                continue
            except BatchRefused:
                break
            return disposed.beyond, disposed.records
        keys, beyond = self._walk(rule, way).named(self.writer, cursor, most, open_)
        if keys:
            self._deal(rule, keys)
        return beyond, len(keys)

    def _as_found(self, rule: Rule, way: WalkOf, cursor: Cursor, most: int, statements: Statements) -> Disposed:
        return dispose_as_found(self.writer, self._walk(rule, way), cursor, most)

    def _deal(self, rule: Rule, keys: Sequence[Key]) -> None:
        """Deal with some records in one batch; one that fails is halved until the bad record stands alone."""
        waiting, tries = [list(keys)], 0
        while waiting:
            some = waiting.pop()
            try:
                self._batch(rule, len(some), partial(self._disposed, some))
                tries = 0
            except _Again:
                waiting.append(some)
            except Entangled as error:
                statements = self.known.statements[rule.name]
                if isinstance(statements, AloneStatements):
                    raise Refused(error.message, error.mend) from None
                alone = AloneStatements(statements.translator, statements.removing, statements.act)
                self.known.statements[rule.name] = alone
                waiting.append(some)
            except BatchRefused as error:
                tries += 1
                if tries < _TRIES and not isinstance(error, Vetoed):
                    waiting.append(some)
                elif len(some) == 1:
                    self._skip(rule, some[0], error)
                    tries = 0
                else:
                    waiting += [some[len(some) // 2 :], some[: len(some) // 2]]

    def _whole(self, rule: Rule, planned: int) -> None:
        """Deal with a table without a key: one batch, which can be tried again as it is, and not made smaller.

        Raises:
            Refused: where it cannot be carried out.
        """
        self._let_replicas_follow()
        tries, done = 0, False
        while not done:
            try:
                whole = partial(dispose_whole, self.writer, most=planned, make=self.order.make)
                self._batch(rule, planned, whole)
                done = True
            except _Again:
                pass
            except (Entangled, Vetoed):
                raise
            except BatchRefused:
                tries += 1
                if tries == _TRIES:
                    raise
        self.order.progress(rule.name, planned, planned)

    def _batch(self, rule: Rule, records: int, deal: Callable[[Statements], Disposed]) -> Disposed:
        """One batch of so many records at most, dealt with by the statements that the run knows by then."""
        self.order.halt.check()
        statements = self.known.statements[rule.name]
        table = statements.act.table
        batch = Batch(str(uuid.uuid4()), self.id, self.name, rule.name, table.full_name, records)
        self.ledger.intend(batch, self.order.now())
        try:
            with control.batch(self.writer, self.id) as generation:
                if generation > self.known.generation:
                    raise _Again
                start = time.monotonic()
                disposed = deal(statements)
                # Only now is it known how many rows went along; past the limit none of them does.
                check_run(rule, Scale(sum(disposed.counts.values()), 0, changed=self.changed), self._limits)
                evidence = self._evidence(batch, disposed)
                if disposed.records:
                    control.write_evidence(self.writer, evidence, self.ledger.id)
                self.worked += time.monotonic() - start
            self.kept += time.monotonic() - start
        except ConnectionLost:
            self._look_up(rule, batch)
        except _Again:
            self._settle()
            self._learn()
            if generation > self.known.generation:
                mend = "restore the newest backup of the ledger: holds are missing from this one"
                raise LedgerError(f"the ledger is behind database {self.name}", mend) from None
            raise
        except WesretainError:
            self._settle()
            raise
        else:
            self._close(rule, evidence)
        return disposed

    def _disposed(self, keys: Sequence[Key], statements: Statements) -> Disposed:
        return dispose(self.writer, statements, keys, self.order.make)

    def _close(self, rule: Rule, evidence: Evidence) -> None:
        if evidence.records:
            self.ledger.done(evidence, self.order.now())
            self._count(rule, evidence)
        else:
            self.ledger.void(evidence.batch, self.order.now(), "nothing was due any more")

    def _look_up(self, rule: Rule, batch: Batch) -> None:
        """The connection broke, perhaps while the batch was committed: ask the evidence, by a new connection.

        Raises:
            _Again: where the batch was not carried out.
        """
        self._reconnect()
        evidence = control.evidence_of(self.writer, batch.id, self.name)
        if evidence is None:
            raise _Again
        self._count(rule, evidence)

    def _reconnect(self) -> None:
        self.reconnects += 1
        if self.reconnects > _TRIES:
            raise ConnectionLost(f"database {self.name}: the connection was lost again and again", "look at the server")
        self._connect()
        self.trace, self.others_wrote = None, time.monotonic()  # nobody knows who has written in between

    def _skip(self, rule: Rule, key: Key, error: BatchRefused) -> None:
        """Name a record that cannot be dealt with by its token, and go on without it.

        Raises:
            Refused: where too many had to be skipped.
        """
        table = self.known.statements[rule.name].act.table.full_name
        token = self.ledger.token(self.name, table, *map(shown_key, key))
        self.ledger.skipped(self.id, self.name, rule.name, table, token, error.message, self.order.now())
        skipped = (*self.done[rule.name].skipped, Skipped(token, error.message))
        self._note(rule, skipped=skipped, exit_code=Refused.exit_code)
        if len(skipped) >= MOST_SKIPPED:
            raise Refused(f"it was given up after {len(skipped)} skipped records", error.mend)

    def _evidence(self, batch: Batch, disposed: Disposed) -> Evidence:
        digest = disposed.digest(Keyed(self.ledger.secret(), (self.name, batch.table)))
        as_of = _stamp(self.plan.as_of)
        return Evidence(
            batch.id, self.id, self.name, batch.rule, batch.table, as_of, disposed.records, disposed.counts, digest
        )

    def _count(self, rule: Rule, evidence: Evidence) -> None:
        found = self.done[rule.name]
        counts = dict(found.counts or {})
        for word, rows in evidence.counts.items():
            counts[word] = counts.get(word, 0) + rows
        self.changed += sum(evidence.counts.values())
        self._note(rule, done=found.done + evidence.records, counts=counts)


def _stamp(instant: datetime) -> str:
    """An instant as evidence and ledger write it: ISO 8601 in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
