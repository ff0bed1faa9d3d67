"""Each part of the harness notices a fault that is planted in the product, where it strikes at the right moment."""

from __future__ import annotations

import ast
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import wesretain
from apply.company import Company
from chance import Chance
from databases import Server
from faults.line import Line
from faults.mutants import (
    ALL_VOID,
    BLIND_RETRY,
    COUNTED_TWICE,
    FRAIL_RECOVERY,
    GIVEN_UP,
    KEPT_BY_HALVES,
    LATE_EVIDENCE,
    LEFT_OPEN,
    NO_OWNER,
    NO_UNWINDING,
    NOT_COMPARED,
    NOT_DONE_AGAIN,
    NOT_SETTLED,
    NOT_SYNCED,
    PIECEMEAL,
)
from faults.proxy import between
from faults.scene import Point, Scene, copy_of, staged
from faults.tally import ROW, Tally
from faults.test_disks import check_nothing_synced
from faults.test_kills import killed
from faults.test_locks import DEADLOCK, NO_LOCK, TOO_LONG, get_ready_for, meet
from faults.test_races import ROWS, race
from faults.test_servers_die import dying, served
from faults.test_sessions import killing, lose, take_over
from faults.test_signals import commits, interrupt
from standing.mutants import Mutant

SOUND = Path(wesretain.__file__).parents[1]
#: What the harness says of data, of the ledger, and of how a run ended.
DATA, LEDGER, ENDED = "found and expected", "do not tell the same|not each batch has ended once", r"Ended\(code="


@pytest.fixture
def broken(request: pytest.FixtureRequest, tmp_path: Path, record_property: Callable[[str, Any], None]) -> Path:
    """A copy of the product with the fault that the test names in it; a test that passes has caught it."""
    mutant: Mutant = request.param
    record_property(ROW, (f"planted: {mutant.name}", "", 1, 1))
    source = copy_of(SOUND, tmp_path)
    file = source / "wesretain" / mutant.file
    file.write_text(mutant.applied_to(file.read_text()))
    return source


def of(*mutants: Mutant) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("broken", mutants, ids=lambda mutant: mutant.name, indirect=True)


@contextmanager
def caught(words: str) -> Iterator[Tally]:
    """What happens within has to be noticed, in such words."""
    tally = Tally("", "", 0)
    with pytest.raises(AssertionError, match=words):  # noqa: PT012 (the block is the caller's)
        yield tally
        tally.check()


@pytest.fixture
def scene(sqlite: Server, tmp_path: Path, broken: Path) -> Iterator[Scene]:
    with staged(Company(tmp_path, sqlite.fresh_database("test")), broken) as found:
        yield found


@pytest.fixture
def line(postgresql: Server, tmp_path: Path, broken: Path) -> Iterator[Line]:
    url = postgresql.fresh_database("test")
    with staged(Company(tmp_path, url), broken) as scene, between(url) as proxy:
        scene.lead_through(url, proxy.port)
        yield Line(scene, proxy)


def entry(broken: Path, file: str, name: str, turn: int = 2) -> Point:
    """Where a run enters a function for the n-th time."""
    nodes = ast.walk(ast.parse((broken / "wesretain" / file).read_text()))
    (function,) = (node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == name)
    return Point(file, name, function.body[1].lineno, turn)  # the docstring is not executed


# -- kill -9 ----------------------------------------------------------------------------------------------------------


@of(LATE_EVIDENCE)
def test_kills_before_a_line(scene: Scene, broken: Path) -> None:
    point = entry(broken, "control.py", "write_evidence")
    with caught(DATA):
        killed(scene, point)
        scene.check_healed()


@of(ALL_VOID, NOT_SETTLED, COUNTED_TWICE)
def test_kills_between_a_batch_and_its_outcome(scene: Scene, broken: Path) -> None:
    point = entry(broken, "ledger/batches.py", "done")
    with caught(LEDGER):
        killed(scene, point)
        scene.check_healed()


@of(FRAIL_RECOVERY)
def test_kills_of_the_recovery(scene: Scene, broken: Path) -> None:
    point = entry(broken, "ledger/batches.py", "done")
    killed(scene, point)
    with caught(DATA):
        killed(scene, Point(point.file, point.function, point.line, 1))
        scene.check_healed()


# -- what the server does ---------------------------------------------------------------------------------------------


@of(BLIND_RETRY)
def test_a_lost_answer(line: Line) -> None:
    with caught(DATA) as tally:
        lose(line, tally, "answer", 2)


@of(NOT_DONE_AGAIN)
def test_a_lost_request(line: Line) -> None:
    with caught(ENDED) as tally:
        lose(line, tally, "request", 2)


@of(PIECEMEAL)
def test_sessions_that_are_killed(line: Line) -> None:
    number = after_the_orders(line)
    with caught(DATA) as tally:
        line.disturb(tally, number, *killing(line.scene, number, "before"))


@of(PIECEMEAL)
def test_servers_that_die(broken: Path, tmp_path: Path) -> None:
    with served("postgresql") as mortal:
        url = Server("postgresql", mortal.recipe.url).fresh_database("test")
        with staged(Company(tmp_path, url), broken) as scene, between(url) as proxy:
            scene.lead_through(url, proxy.port)
            line = Line(scene, proxy, mortal.wait)
            number = after_the_orders(line)
            with caught(DATA) as tally:
                line.disturb(tally, number, *dying(mortal, number, "before"))


@of(NO_OWNER)
def test_a_database_that_is_taken_over(line: Line) -> None:
    number = after_the_orders(line)
    with caught("went on") as tally:
        take_over(line, tally, number)


def after_the_orders(line: Line) -> int:
    """The statement that comes next but one after the batch of `old-orders`, or its first part, is committed.

    Before it the visits are committed, three batches of searches, and two of tokens.
    """
    commits: list[int] = []
    line.scene.reset()
    line.proxy.set(lambda statement: commits.append(statement.number) if statement.is_commit else None)
    assert line.scene.apply().code == 0
    return commits[6] + 2


@of(GIVEN_UP)
@pytest.mark.parametrize(
    "error", [DEADLOCK, NO_LOCK, TOO_LONG], ids=["deadlock", "lock time-out", "statement time-out"]
)
def test_locks(line: Line, error: tuple[bytes, int]) -> None:
    with get_ready_for(error, line.scene), caught(ENDED) as tally:
        meet(line, tally, [("orders", 7)], 1, error)


# -- the disk, signals, holds -----------------------------------------------------------------------------------------


@of(NOT_SYNCED)
def test_a_disk_that_does_not_sync(scene: Scene) -> None:
    with caught("ended with 0"):
        check_nothing_synced(scene, 1)


@of(KEPT_BY_HALVES)
def test_signals(scene: Scene, broken: Path) -> None:
    point = entry(broken, "control.py", "write_evidence")
    with caught(DATA) as tally:
        interrupt(scene, tally, point, (signal.SIGTERM, 0.0))


@of(LEFT_OPEN)
def test_signals_that_stop_the_undoing(scene: Scene, broken: Path) -> None:
    point = commits(scene)[0]
    with caught(LEDGER) as tally:
        interrupt(scene, tally, point, (signal.SIGTERM, 0.0), again=signal.SIGTERM)


@of(NO_UNWINDING)
def test_signals_and_exit_codes(scene: Scene, broken: Path) -> None:
    point = entry(broken, "control.py", "write_evidence")
    with caught(ENDED) as tally:
        interrupt(scene, tally, point, (signal.SIGTERM, 0.0))


@of(NOT_COMPARED)
def test_races(sqlite: Server, tmp_path: Path, broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hold is placed by the sound product, and the run is the broken one."""
    monkeypatch.setenv("PYTHONPATH", str(broken))
    shop = Company(tmp_path, sqlite.fresh_database("test")).build(ROWS)
    chance = Chance.of("mutant")
    with caught("touched"):
        for what, touched in chain.from_iterable(race(shop, chance) for _ in range(5)):
            assert not touched, f"{what}: orders were touched"
