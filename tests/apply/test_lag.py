"""Between batches apply waits for replicas that have fallen behind, and does not go on where nobody knows how far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apply.company import Company, orders
from apply.replicas import Pair, pair
from databases import Server
from engines.live import opened
from wesretain.apply import lag
from wesretain.apply.halt import stop_file_of
from wesretain.apply.lag import EVERY, PATIENCE, Watch
from wesretain.engines import engine_for
from wesretain.model.ledger import Kind

#: More seconds than any of it takes.
LONG = 20.0


# -- what follows from what is known --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "now", "goes_on"),
    [
        ([], 0.0, False),
        ([(5.0, 0.0)], 0.0, True),
        ([(5.0, 0.0)], EVERY - 0.001, True),
        ([(5.0, 0.0)], EVERY, False),
        ([(5.001, 0.0)], 0.0, False),
        ([(None, 0.0)], 0.0, False),
        ([(5.0, 0.0), (None, 0.5)], 0.5, False),
        ([(5.0, 0.0), (9.0, 0.5)], 1.5, False),
        ([(None, 0.0), (0.0, 0.5)], 0.5, True),
        ([(float("inf"), 0.0)], 0.0, False),
    ],
)
def test_it_goes_on_where_the_replicas_were_close_just_now(
    answers: list[tuple[float | None, float]], now: float, goes_on: bool
) -> None:
    watch = Watch(5)
    for found, at in answers:
        watch = watch.told(found, at)
    assert watch.lets_go_on(now) is goes_on


@pytest.mark.parametrize(
    ("answers", "now", "hopeless"),
    [
        ([(None, 10.0)], 10.0 + PATIENCE - 0.001, False),
        ([(None, 10.0)], 10.0 + PATIENCE, True),
        ([(None, 10.0), (None, 50.0)], 10.0 + PATIENCE, True),
        ([(None, 10.0), (99.0, 50.0)], 10.0 + PATIENCE, False),
        ([(None, 10.0), (99.0, 50.0), (None, 60.0)], 10.0 + PATIENCE, False),
        ([(99.0, 10.0)], 10_000.0, False),
    ],
)
def test_it_waits_for_ever_where_they_are_far_and_not_where_nobody_knows(
    answers: list[tuple[float | None, float]], now: float, hopeless: bool
) -> None:
    watch = Watch(5)
    for found, at in answers:
        watch = watch.told(found, at)
    assert watch.is_hopeless(now) is hopeless


# -- real replicas --------------------------------------------------------------------------------------------------


#: How a replica is kept from going on, and how it then goes on.
BRAKES = {
    "postgresql": ("SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()"),
    "mariadb": ("FLUSH TABLES WITH READ LOCK", "UNLOCK TABLES"),
}


@contextmanager
def company(folder: Path, servers: Pair) -> Iterator[Company]:
    """The shop on the first server, whose replica may be a second behind."""
    shop = Company(folder, servers.primary.fresh_database("shop"))
    shop.build(orders(20))
    with_replicas(shop, f"{{lag: 1 s, urls: '{servers.on_replica(shop.url)}'}}")
    yield shop


def with_replicas(shop: Company, replicas: str) -> None:
    file = shop.folder / "wesretain.yaml"
    url = f"{{url: '{shop.url}'"
    file.write_text(file.read_text().replace(url, f"{url}, replicas: {replicas}"))


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def begun(shop: Company) -> bool:
    with shop.ledger() as ledger:
        return any(ledger.entries(kinds=(Kind.RUN_STARTED,)))


@pytest.mark.parametrize("dialect", ["postgresql", "mariadb"])
def test_apply_waits_for_a_replica(dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes nine seconds: servers of its own, a lag that has to come about, and a process that waits."""
    engine = engine_for(f"{dialect}://")
    pause, resume = BRAKES[dialect]
    with (
        pair(dialect) as servers,
        company(tmp_path, servers) as shop,
        servers.asked(servers.primary) as primary,
        servers.asked(servers.replica) as replica,
    ):

        def lags() -> list[float]:
            """As the replica tells, and as PostgreSQL's primary does."""
            found = [engine.lag(replica), engine.lag_of_replicas(primary) if dialect == "postgresql" else None]
            return [each for each in found if each is not None]

        known = 2 if dialect == "postgresql" else 1
        until(lambda: lags() == [0.0] * known)
        replica.exec_driver_sql(pause)
        with shop.connect() as connection:
            connection.exec_driver_sql("UPDATE orders SET note = 'later'")
        until(lambda: len(found := lags()) == known and found[0] > 1 and found[-1] > 0)

        # While it waits it heeds the stop file.
        process = shop.start("--full-speed")
        try:
            until(lambda: begun(shop))
            time.sleep(EVERY)
            assert shop.evidence() == []
            stop_file_of(shop.place).touch()
            until(lambda: process.poll() is not None)
            assert process.returncode == 5
        finally:
            process.kill()
            process.wait()
        stop_file_of(shop.place).unlink()
        assert len(shop.keys("orders")) == 20

        replica.exec_driver_sql(resume)
        assert shop.apply().code == 0
        assert shop.keys("orders") == {20}

        # A replica that is gone is no replica that is close.
        shop.empty()
        shop.fill(orders(20))
        replica.close()
        servers.end_replica()
        monkeypatch.setattr(lag, "PATIENCE", 0.5)
        answer = shop.apply()
        assert answer.code == 5
        assert "nobody could say how far its replicas are behind" in answer.json["failures"][0]["message"]
        assert len(shop.keys("orders")) == 20


def test_a_primary_of_postgresql_tells_of_its_replicas(postgresql: Server) -> None:
    """Where it has none, nobody knows: one may have gone."""
    engine = engine_for("postgresql://")
    with opened(postgresql.fresh_database("shop")) as live:
        assert engine.lag_of_replicas(live.connection) is None
        assert engine.lag(live.connection) is None


@pytest.mark.parametrize("engine_url", ["sqlite", "mariadb"], indirect=True)
def test_others_have_to_be_told_where_their_replicas_are(shop: Company) -> None:
    shop.build(orders(20))
    with_replicas(shop, "{lag: 10 s}")
    answer = shop.apply()
    assert answer.code == 3
    assert "does not know how far its replicas are behind; name them" in answer.json["failures"][0]["message"]
    assert len(shop.keys("orders")) == 20
