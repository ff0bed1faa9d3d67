"""The server of the ledger fails: its session is killed or cut at any statement, or its COMMIT gets lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from apply.company import Company
from databases import Server
from faults.conftest import Counting
from faults.line import Disturbance
from faults.proxy import Cut, Proxy, Statement, between, nothing
from faults.scene import Ended, Scene, staged
from faults.tally import Tally, times

#: What is done to the session, and when.
MANNERS = ("killed before", "killed after", "cut before", "cut after")


@pytest.mark.parametrize("engine_url", ["sqlite", "mariadb"], indirect=True)
def test_the_ledger_s_session_is_lost(engine_url: str, tmp_path: Path, postgresql: Server, counting: Counting) -> None:
    shop = Company(tmp_path, engine_url, ledger_url=postgresql.fresh_database("ledger").replace("+psycopg", ""))
    with staged(shop) as scene, between(shop.ledger_url) as proxy:
        scene.lead_through(shop.ledger_url, proxy.port)
        with counting("session of the ledger's server lost", shop.dialect) as (tally, chance):
            proxy.set()
            assert scene.apply().code == 0
            most = proxy.statements
            for place, number in enumerate(chance.some(range(1, most + 1), times(2, 100))):
                lose(scene, proxy, tally, number, MANNERS[place % len(MANNERS)])


def lose(scene: Scene, proxy: Proxy, tally: Tally, number: int, manner: str) -> None:
    """Lose the session at a statement of a run; then the one that heals, at once."""
    scene.reset()
    with tally.trying(f"{manner} statement {number}"):
        proxy.set(*disturbances(scene, number, manner))
        ended = scene.apply()
        proxy.set()
        check(scene, ended)
        scene.check_healed()


def disturbances(scene: Scene, number: int, manner: str) -> tuple[Disturbance, Disturbance]:
    def kill(statement: Statement) -> None:
        if statement.number == number:
            engine = sa.create_engine(scene.shop.ledger_url.replace(":", "+psycopg:", 1), poolclass=sa.NullPool)
            with engine.connect() as connection, suppress(sa.exc.OperationalError):
                connection.exec_driver_sql(f"SELECT pg_terminate_backend({statement.session})")

    def cut(statement: Statement) -> None:
        if statement.number == number:
            raise Cut

    what = kill if manner.startswith("killed") else cut
    return (what, nothing) if manner.endswith("before") else (nothing, what)


def check(scene: Scene, ended: Ended) -> None:
    """The run ended for want of its ledger, or had no need of it any more."""
    scene.wait_for_quiet()
    if ended.code == 0:
        scene.check_ended(ended, dict.fromkeys(ended.done, 0))
    else:
        assert ended.code == 8, ended
        assert "the ledger cannot be used" in ended.err + ended.out, ended
