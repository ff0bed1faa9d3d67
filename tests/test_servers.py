"""The servers that the tests run on: all three engines work, and no default time zone is right by chance."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from databases import Server


def scalar(url: str, statement: str) -> object:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return connection.exec_driver_sql(statement).scalar_one()


def test_a_fresh_database_is_empty_and_keeps_what_is_written(engine_url: str) -> None:
    engine = sa.create_engine(engine_url, poolclass=sa.NullPool)
    assert sa.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE letters (id INTEGER PRIMARY KEY, body VARCHAR(20))")
        connection.exec_driver_sql("INSERT INTO letters VALUES (1, 'жук'), (2, '🙂')")
    assert scalar(engine_url, "SELECT COUNT(*) FROM letters WHERE body IN ('жук', '🙂')") == 2


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_two_databases_of_one_name_are_two(kind: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(kind)
    assert server.fresh_database("twin") != server.fresh_database("twin")


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_dropped_database_is_gone(kind: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(kind)
    url = server.fresh_database("gone")
    assert scalar(url, "SELECT 1") == 1
    server.drop_databases()
    with pytest.raises(sa.exc.OperationalError):
        scalar(url, "SELECT 1")


def test_no_default_zone_is_utc(postgresql: Server, mariadb: Server) -> None:
    assert scalar(postgresql.url, "SHOW timezone") == "America/New_York"
    assert scalar(mariadb.url, "SELECT @@time_zone") == "-05:00"
    assert time.localtime().tm_gmtoff == (5 * 60 + 45) * 60
