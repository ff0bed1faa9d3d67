"""The server itself is killed before, while or after a statement, and started again: what it committed, it knows."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from apply.company import Company
from databases import Server
from faults.conftest import Counting
from faults.line import Disturbance, Line
from faults.proxy import Statement, between, nothing
from faults.scene import PATIENCE, staged
from faults.tally import times
from faults.test_sessions import MANNERS
from servers import Recipe, free_ports, launch, mariadb, postgresql, unprivileged, wait_until_it_answers

RECIPES = {"postgresql": postgresql, "mariadb": mariadb}
#: What a server of the tests is spared, for speed: here a commit has to outlive the server.
DURABLE = {"postgresql": ["--synchronous_commit=on"], "mariadb": ["--innodb-flush-log-at-trx-commit=2"]}


#: So often a server is started that does not come up.
_STARTS = 5


@dataclass
class Mortal:
    """A server of the test's own."""

    recipe: Recipe
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)
    rising: threading.Thread | None = None
    answers: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start it, and wait until it answers; a child that has just been born outlives the others for a moment."""
        for patience in range(_STARTS, 0, -1):
            self.process = launch([*self.recipe.serve, *DURABLE[self.recipe.dialect]], self.log)
            if wait_until_it_answers(self.recipe.url, self.process):
                break
            assert patience > 1, self.log.read_text()[-2000:]
            time.sleep(0.5)
        self.answers.set()

    def wait(self) -> None:
        """Wait until it has been started again."""
        if self.rising is not None:
            self.rising.join(PATIENCE)
        assert self.answers.wait(PATIENCE)

    def kill(self) -> None:
        """Kill it and all its processes at once."""
        self.answers.clear()
        children: list[str] = []
        with suppress(FileNotFoundError):  # it is gone already
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in (self.process.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)


@contextmanager
def served(dialect: str) -> Iterator[Mortal]:
    folder = Path(tempfile.mkdtemp(prefix="wesretain-faults-", dir="/tmp"))  # a socket's path must be short
    try:
        if owner := unprivileged():
            os.chown(folder, owner["user"], owner["group"])
        recipe = RECIPES[dialect](folder, free_ports(1)[0])
        mortal = Mortal(recipe, folder / "log")
        assert launch(recipe.install, mortal.log).wait() == 0, mortal.log.read_text()[-2000:]
        mortal.start()
        try:
            yield mortal
        finally:
            mortal.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("dialect", RECIPES)
def test_the_server_is_killed(dialect: str, tmp_path: Path, counting: Counting) -> None:
    with served(dialect) as mortal:
        url = Server(dialect, mortal.recipe.url).fresh_database("test")
        with staged(Company(tmp_path, url)) as scene, between(url) as proxy:
            scene.lead_through(scene.shop.url, proxy.port)
            line = Line(scene, proxy, mortal.wait)
            with counting("server killed and started again", dialect) as (tally, chance):
                most = line.measure().statements
                for place, number in enumerate(chance.some(range(1, most + 1), times(1, 102))):
                    manner = MANNERS[(place + chance.seed) % len(MANNERS)]
                    line.disturb(tally, f"{manner} statement {number} of {most}", *dying(mortal, number, manner))


def dying(mortal: Mortal, number: int, manner: str) -> tuple[Disturbance, Disturbance]:
    """Kill the server at a statement, and start it again."""

    def die(statement: Statement) -> None:
        if statement.number == number:
            mortal.kill()
            mortal.start()

    def die_soon(statement: Statement) -> None:
        if statement.number == number:
            mortal.rising = threading.Thread(target=lambda: (mortal.kill(), mortal.start()))
            mortal.rising.start()

    disturbances = {"before": (die, nothing), "during": (die_soon, nothing), "after": (nothing, die)}
    return disturbances[manner]
