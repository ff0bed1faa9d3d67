"""Waits between batches until the replicas are close enough; it does not go on where nobody knows how far they are."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from wesretain.apply.halt import Halt
from wesretain.engines import Writer, open_by
from wesretain.errors import Refused, Unreachable, WesretainError
from wesretain.model.config import DatabaseConfig

#: Seconds between two questions.
EVERY = 1.0
#: For so many seconds the lag may be unknown: a replica may be started anew meanwhile.
PATIENCE = 60.0


class LagUnknown(WesretainError):
    """The run on a database ends, since nobody knows how far its replicas are behind."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of the lag, in seconds of a clock that only goes forward.

    `limit` is how far the replicas may be behind; `close` says when they were last seen to be no further, and `unknown`
    since when it is not known, or None.
    """

    limit: float
    close: float = -math.inf
    unknown: float | None = None

    def told(self, lag: float | None, now: float) -> Watch:
        """The same once it has been asked again; None is unknown."""
        if lag is None:
            return replace(self, unknown=now if self.unknown is None else self.unknown)
        return replace(self, unknown=None, close=now if lag <= self.limit else self.close)

    def lets_go_on(self, now: float) -> bool:
        """Whether the replicas were close enough just now."""
        return self.unknown is None and now - self.close < EVERY

    def is_hopeless(self, now: float) -> bool:
        """Whether the lag has been unknown for too long."""
        return self.unknown is not None and now - self.unknown >= PATIENCE


@dataclass(slots=True)
class Follower:
    """The wait for the replicas of one database: `ask` gives their lag, `stay` keeps the database meanwhile."""

    name: str
    watch: Watch
    ask: Callable[[], float | None]
    stay: Callable[[], None]
    halt: Halt

    def wait(self) -> None:
        """Come back once the replicas are close enough.

        Raises:
            Halted: where the run has to end meanwhile.
            LagUnknown: where the lag stays unknown.
        """
        while not self.watch.lets_go_on(time.monotonic()):
            lag = self.ask()
            now = time.monotonic()
            self.watch = self.watch.told(lag, now)
            if self.watch.is_hopeless(now):
                message = f"database {self.name}: for {PATIENCE:.0f} s nobody could say how far its replicas are behind"
                mend = "look at them; the user that applies needs REPLICA MONITOR on MariaDB, pg_monitor on PostgreSQL"
                raise LagUnknown(message, mend)
            if not self.watch.lets_go_on(now):
                self.halt.check()
                self.stay()
                time.sleep(EVERY)


def lag_of(config: DatabaseConfig, writer: Writer) -> float | None:
    """How many seconds the replica of a database that is furthest behind is; None where one cannot tell, or be asked.

    Raises:
        InvalidInput: where nobody can be asked in such a way, or a URL or secret cannot be used.
    """
    urls = config.replicas.urls if config.replicas else ()
    try:
        if not urls:
            with writer.translating():
                return writer.engine.lag_of_replicas(writer.connection)
        lags: list[float] = []
        for url in urls:
            # A connection of its own each time: one that is kept could hang where a replica goes.
            with open_by(config, url, config.apply_password) as replica, replica.translating():
                lag = replica.engine.lag(replica.connection)
            if lag is None:
                return None
            lags.append(lag)
        return max(lags)
    except (Refused, Unreachable):
        return None
