"""The server ends the session before, while or after any statement of a run; COMMIT gets lost, or its answer does."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
import sqlalchemy as sa

from faults.conftest import Counting
from faults.line import ON_SERVERS, Disturbance, Line
from faults.proxy import Cut, Statement, nothing
from faults.scene import Scene
from faults.tally import Tally, times

KILLS = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}
CANCELS = {"postgresql": "SELECT pg_cancel_backend({})", "mariadb": "KILL QUERY {}"}
GONE = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE pid = {}",
    "mariadb": "SELECT count(*) FROM information_schema.processlist WHERE id = {}",
}
MANNERS = ("before", "during", "after")


@ON_SERVERS
def test_the_server_ends_the_session(line: Line, counting: Counting) -> None:
    with counting("session killed by the server", line.scene.shop.dialect) as (tally, chance):
        most = line.measure().statements
        for place, number in enumerate(chance.some(range(1, most + 1), times(3, 102))):
            manner = MANNERS[place % len(MANNERS)]
            line.disturb(tally, f"{manner} statement {number} of {most}", *killing(line.scene, number, manner))


@ON_SERVERS
def test_the_server_stops_a_statement(line: Line, counting: Counting) -> None:
    """As an administrator does who finds that it takes too long."""
    with counting("statement stopped by the server", line.scene.shop.dialect) as (tally, chance):
        most = line.measure().statements
        for number in chance.some(range(1, most + 1), times(1, 30)):
            stop = told(line.scene, number, CANCELS)
            line.disturb(tally, f"statement {number} of {most}", later(stop), nothing)


def killing(scene: Scene, number: int, manner: str) -> tuple[Disturbance, Disturbance]:
    """Kill the session at a statement."""
    kill = told(scene, number, KILLS)

    def kill_and_wait(statement: Statement) -> None:
        kill(statement)
        gone = GONE[scene.shop.dialect].format(statement.session)
        while statement.number == number and scene.shop.query(gone) != [(0,)]:
            pass

    disturbances = {"before": (kill_and_wait, nothing), "during": (later(kill), nothing), "after": (nothing, kill)}
    return disturbances[manner]


def told(scene: Scene, number: int, words: dict[str, str]) -> Disturbance:
    """Tell the server something about the session that has come to a statement."""

    def tell(statement: Statement) -> None:
        if statement.number == number:
            with scene.shop.connect() as connection, suppress(sa.exc.OperationalError):  # it may be gone by itself
                connection.exec_driver_sql(words[scene.shop.dialect].format(statement.session))

    return tell


def later(disturb: Disturbance) -> Disturbance:
    """Disturb while the statement is on its way."""
    return lambda statement: threading.Thread(target=disturb, args=(statement,)).start()


@ON_SERVERS
@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_commit_is_lost(line: Line, counting: Counting, lost: str) -> None:
    """Once, or several in a row; and then the server may be out of reach for a while."""
    with counting(f"COMMIT: its {lost} lost", line.scene.shop.dialect) as (tally, chance):
        numbers = range(1, line.measure().commits + 1)
        ways = [(number, row, refuses) for number in numbers for row in range(1, 6) for refuses in (False, True)]
        for number, row, refuses in chance.some(ways, times(1, 26)):
            lose(line, tally, lost, number, row, refuses=refuses)


def lose(line: Line, tally: Tally, lost: str, number: int, row: int = 1, *, refuses: bool = False) -> None:
    """Lose so many COMMITs from one on."""

    def cut(statement: Statement) -> None:
        if statement.is_commit and number <= line.proxy.commits < number + row:
            line.proxy.refuses = refuses
            raise Cut

    before, after = (cut, nothing) if lost == "request" else (nothing, cut)
    line.disturb(tally, f"{row} from {number} on, refusing: {refuses}", before, after)


@ON_SERVERS
def test_the_database_is_taken_over(line: Line, counting: Counting) -> None:
    """Another run owns the database from some statement on: this one commits no batch after that."""
    with counting("taken over by another run", line.scene.shop.dialect) as (tally, chance):
        most = line.measure().statements
        for number in chance.some(range(1, most + 1), times(1, 30)):
            take_over(line, tally, number)


def take_over(line: Line, tally: Tally, number: int) -> None:
    """Become the owner while a statement is on its way, and note at once what has been done by then."""
    shop, known, threads = line.scene.shop, list[int](), list[threading.Thread]()
    own = "name = database()" if shop.dialect == "mariadb" else "1 = 1"
    taken = f"UPDATE wesretain.control SET run = 'theirs' WHERE {own} AND run IS NOT NULL"

    def become() -> None:
        with shop.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            if connection.exec_driver_sql(taken).rowcount:  # it waits for the batch in flight
                known.append(len(shop.evidence()))
            connection.exec_driver_sql("COMMIT")

    def disturb(statement: Statement) -> None:
        if statement.number == number:
            threads.append(threading.Thread(target=become))
            threads[0].start()

    line.scene.reset()
    with tally.trying(f"statement {number}"):
        line.proxy.set(disturb)
        ended = line.scene.apply()
        line.proxy.set()
        for thread in threads:
            thread.join()
        assert not known or len(shop.evidence()) == known[0], "a run went on that owned the database no longer"
        assert ended.code in (0, 6), ended
        line.scene.check_healed()
