"""Work on many databases at a time, each in a thread, with a cap a server; what comes of it comes in order."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Generic, TypeVar

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Jobs:
    """How many databases are worked on at a time: in all, and of one server.

    Files are on this machine, whose processors they share with this program.
    """

    most: int = 8
    a_server: int = 4
    files: int = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Task(Generic[Done]):
    """Something to do with a database, and the server that it is on; None where it is a file."""

    server: object
    run: Callable[[], Done]


def side_by_side(tasks: Sequence[Task[Done]], jobs: Jobs, finished: Callable[[int], None]) -> list[Done]:
    """What all tasks give, in their order; `finished` is told the number of each, in the thread that called.

    Whatever a task raises is raised here. Then, and where a signal ends the wait, no task is begun any more, and those
    under way end with the process.
    """
    work = _Work(tasks, jobs)
    threads = min(jobs.most, sum(work.room(server) for server in work.waiting))
    if threads > 1:
        for _ in range(threads):
            Thread(target=work.help, daemon=True).start()
    try:
        for number in work.ended() if threads > 1 else work.one_by_one():
            finished(number)
    finally:
        work.stop()
    return [work.results[number] for number in range(len(tasks))]


@dataclass
class _Work(Generic[Done]):
    """Tasks that wait, that are under way, and that are done, by number."""

    tasks: Sequence[Task[Done]]
    jobs: Jobs
    results: dict[int, Done] = field(default_factory=dict)
    waiting: dict[object, deque[int]] = field(default_factory=dict)
    _told: list[int | BaseException] = field(default_factory=list)
    _busy: Counter[object] = field(default_factory=Counter)
    _news: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        for number, task in enumerate(self.tasks):
            self.waiting.setdefault(task.server, deque()).append(number)

    def room(self, server: object) -> int:
        """How many tasks of a server could be under way at most."""
        return min(self._most(server), len(self.waiting[server]))

    def one_by_one(self) -> Iterator[int]:
        """Do all tasks without a thread."""
        for number, task in enumerate(self.tasks):
            self.results[number] = task.run()
            yield number

    def help(self) -> None:
        """Do tasks until none waits; what a thread does."""
        while (number := self._take()) is not None:
            news: int | BaseException = number
            try:
                self.results[number] = self.tasks[number].run()
            except BaseException as error:  # it is the caller's to raise
                news = error
            with self._news:
                self._busy[self.tasks[number].server] -= 1
                self._told.append(news)
                self._news.notify_all()

    def ended(self) -> Iterator[int]:
        """The tasks as they end.

        Raises:
            BaseException: what one of them has raised.
        """
        for told in range(len(self.tasks)):
            with self._news:
                while len(self._told) <= told:
                    self._news.wait()
                news = self._told[told]
            if isinstance(news, BaseException):
                raise news
            yield news

    def stop(self) -> None:
        """Begin no task any more."""
        with self._news:
            self.waiting.clear()
            self._news.notify_all()

    def _take(self) -> int | None:
        """The next task whose server has room; None where none waits."""
        with self._news:
            while servers := [server for server, numbers in self.waiting.items() if numbers]:
                free = [server for server in servers if self._busy[server] < self._most(server)]
                if free:
                    first = min(free, key=lambda server: self.waiting[server][0])
                    self._busy[first] += 1
                    return self.waiting[first].popleft()
                self._news.wait()
            return None

    def _most(self, server: object) -> int:
        return self.jobs.files if server is None else self.jobs.a_server
