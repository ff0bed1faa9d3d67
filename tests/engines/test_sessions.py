"""What a session for scanning is: read-only by the engine's own means, one state of the database, pinned to UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from databases import Server
from engines.live import clause, opened, write
from wesretain.engines import open_for_scan
from wesretain.errors import BatchRefused, Refused
from wesretain.model.config import DatabaseConfig, FromEnvironment, Literal


def a_table(url: str) -> None:
    write(url, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")


def test_a_configured_database_is_opened(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    a_table(engine_url)
    monkeypatch.setenv("SHOP_URL", engine_url)
    for source in (FromEnvironment("SHOP_URL"), Literal(engine_url)):
        with open_for_scan(DatabaseConfig("shop", source)) as live:
            assert live.name == "shop"
            assert [table.name for table in live.reflect()] == ["t"]


def test_the_server_says_what_it_is(engine_url: str) -> None:
    with opened(engine_url) as live:
        name, version = live.server.split(" ")
        assert name.lower() == engine_url.partition(":")[0].partition("+")[0]
        assert version[0].isdigit()
        assert version.count(".") in (1, 2)


def test_the_clock_is_the_database_s_own_in_utc(engine_url: str) -> None:
    with opened(engine_url) as live:
        first, second = live.now(), live.now()
    assert first.tzinfo is UTC
    assert abs(first - datetime.now(UTC)) < timedelta(seconds=30)
    assert second >= first


WRITES = (
    "INSERT INTO {t} VALUES (2)",
    "UPDATE {t} SET id = 2",
    "DELETE FROM {t}",
    "CREATE TABLE {s}u (id int)",
    "CREATE TEMPORARY TABLE u (id int)",
    "DROP TABLE {t}",
)


def test_nothing_can_be_written(engine_url: str) -> None:
    a_table(engine_url)
    with opened(engine_url) as live:
        schema = f"{live.default_schema}." if live.default_schema else ""
        for statement in WRITES:
            sql = statement.format(t=f"{schema}t", s=schema)
            with pytest.raises(Refused, match="only reading is allowed"), live.savepoint():
                live.rows(sa.text(sql))
        assert live.rows(sa.select(clause(live, "t"))) == [(1,)]


def test_what_is_written_meanwhile_is_not_seen(engine_url: str) -> None:
    if engine_url.startswith("sqlite"):
        write(engine_url, "PRAGMA journal_mode = WAL")  # in the other modes a writer waits
    a_table(engine_url)
    with opened(engine_url) as live:
        write(engine_url, "INSERT INTO t VALUES (2)")  # before anything was read
        for _ in range(2):
            assert live.rows(sa.select(clause(live, "t"))) == [(1,)]
            write(engine_url, "DELETE FROM t")
    with opened(engine_url) as live:
        assert live.rows(sa.select(clause(live, "t"))) == []


def test_a_statement_that_fails_spoils_no_other(engine_url: str) -> None:
    a_table(engine_url)
    with opened(engine_url) as live:
        for _ in range(2):
            with pytest.raises(Refused, match="the table t has changed, or is gone"), live.savepoint():
                live.rows(sa.select(sa.table("gone", sa.column("id"))), table="t")
            with live.savepoint():
                assert live.rows(sa.select(clause(live, "t"))) == [(1,)]


def test_what_is_not_ours_to_translate_passes(engine_url: str) -> None:
    with pytest.raises(KeyError), opened(engine_url) as live, live.savepoint():
        raise KeyError


def test_postgresql_settings_of_the_database_are_overruled(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    name = sa.make_url(url).database
    settings = {
        "timezone": "'Asia/Tokyo'",
        "datestyle": "'German'",
        "bytea_output": "'escape'",
        "extra_float_digits": "-5",
        "search_path": "'app', 'public'",
        "default_transaction_isolation": "'read committed'",
        "standard_conforming_strings": "off",
    }
    write(
        url,
        *(f"ALTER DATABASE {name} SET {setting} = {value}" for setting, value in settings.items()),
        "CREATE SCHEMA app",
        "CREATE TABLE app.t (id int PRIMARY KEY, at timestamptz, day date, bytes bytea, number double precision)",
        "INSERT INTO app.t VALUES (1, '2020-02-01 00:00:00+00', '2020-02-01', '\\x00', 0.1::float8 + 0.2)",
        "CREATE FUNCTION app.strpos(text, varchar) RETURNS int LANGUAGE sql AS 'SELECT 1'",  # fits better than its own
    )
    for ours in (url, f"{url}?options=-c%20timezone%3DAsia/Tokyo"):
        with opened(ours) as live:
            assert live.default_schema == "app"
            assert [table.full_name for table in live.reflect()] == ["t"]
            table = clause(live, "t")
            shown = live.rows(sa.select(*(live.engine.text_of(column) for column in table.c)))[0]
            assert tuple(shown) == ("1", "2020-02-01 00:00:00+00", "2020-02-01", "\\x00", "0.30000000000000004")
            assert live.rows(sa.select(live.engine.exactly(sa.literal("a\\'b"), "a\\'b")))[0][0] is True
            assert live.rows(sa.select(live.engine.contains_exactly(sa.literal("a"), "b")))[0][0] is False
            settled = "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"
            assert live.rows(sa.text(settled)) == [("repeatable read", "on")]


def test_postgresql_pins_hold_after_a_rollback(postgresql: Server) -> None:
    with opened(postgresql.fresh_database("test")) as live:
        live.connection.rollback()
        pins = "SELECT current_setting('TimeZone'), current_setting('default_transaction_read_only')"
        assert live.rows(sa.text(pins)) == [("UTC", "on")]


def test_mariadb_settings_of_the_url_are_overruled(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    write(url, "CREATE TABLE t (id int PRIMARY KEY, v varchar(9))", "INSERT INTO t VALUES (1, 'a\\\\''b')")
    with opened(
        f"{url}&sql_mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH&charset=latin1&local_infile=1"
    ) as live:
        modes = "SELECT @@sql_mode, @@time_zone, @@character_set_client, @@tx_isolation, @@tx_read_only, @@autocommit"
        mode, *others = live.rows(sa.text(modes))[0]
        assert mode == "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"
        assert others == ["+00:00", "utf8mb4", "REPEATABLE-READ", 1, 0]
        table = clause(live, "t")
        assert live.rows(sa.select(table.c.id).where(live.engine.exactly(table.c.v, "a\\'b"))) == [(1,)]


#: What each engine is busy with for long, and the limit that its user may have already, in the server's own words.
LONG = {
    "postgresql": "SELECT pg_sleep(30)",
    "mariadb": "SELECT sleep(30)",
    "sqlite": "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s) SELECT count(*) FROM s",
}
OWN = {"postgresql": "SET statement_timeout = '300ms'", "mariadb": "SET SESSION max_statement_time = 0.3"}


def test_a_statement_that_takes_too_long_is_stopped(engine_url: str) -> None:
    """And the next one is not."""
    kind = sa.make_url(engine_url).get_backend_name()
    with opened(engine_url) as live:
        live.limit(0.3)
        with pytest.raises(BatchRefused, match="the server stopped a statement"), live.savepoint():
            live.rows(sa.text(LONG[kind]))
        assert live.rows(sa.text("SELECT 1")) == [(1,)]


@pytest.mark.parametrize("kind", OWN)
def test_a_shorter_limit_of_the_server_stays(kind: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(kind)
    with opened(server.fresh_database("test")) as live:
        live.connection.exec_driver_sql(OWN[kind])
        live.limit(600)
        with pytest.raises(BatchRefused, match="the server stopped a statement"), live.savepoint():
            live.rows(sa.text(LONG[kind]))
