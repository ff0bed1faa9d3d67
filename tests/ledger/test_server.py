"""A ledger on PostgreSQL: created once, used by several users with little more than leave to add, guarded as a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from databases import Server
from ledger.shelf import NOW, batch, breaks, evidence, on_server, reading
from wesretain.errors import LedgerError, WesretainError
from wesretain.ledger import create, exists
from wesretain.ledger.server import grants
from wesretain.model.config import FromEnvironment, LedgerServer, Literal, Tls
from wesretain.model.hold import OnDatabase
from wesretain.model.ledger import Kind

SCHEMA = "wesretain_ledger"
ENTRIES = f"{SCHEMA}.entries"


@contextmanager
def connected(place: LedgerServer) -> Iterator[sa.Connection]:
    engine = sa.create_engine(place.url.text, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def execute(place: LedgerServer, *statements: str) -> None:
    with connected(place) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def tamper(place: LedgerServer, *statements: str) -> None:
    """Do what the triggers prevent, as an administrator can without a trace."""
    execute(place, "SET session_replication_role = replica", *statements)


def refusal(place: LedgerServer) -> str:
    with pytest.raises(WesretainError) as caught, reading(place):
        pass
    assert caught.value.exit_code == 8
    assert caught.value.mend
    return caught.value.message


# -- creating and opening ---------------------------------------------------------------------------------------------


def test_it_is_created_once(postgresql: Server) -> None:
    place = on_server(postgresql.fresh_database("ledger"))
    assert not exists(place)
    create(place, NOW)
    assert exists(place)
    with reading(place) as ledger:
        head = ledger.head()
    with pytest.raises(LedgerError, match=f"schema {SCHEMA} is there already; a ledger is never overwritten"):
        create(place, NOW)
    with reading(place) as ledger:
        assert ledger.head() == head


def test_a_creation_that_fails_leaves_nothing(postgresql: Server) -> None:
    """The guard's language is not there."""
    place = on_server(postgresql.fresh_database("ledger"))
    execute(place, "DROP EXTENSION plpgsql")
    with pytest.raises(WesretainError) as caught:
        create(place, NOW)
    assert caught.value.exit_code == 8
    assert not exists(place)


def test_what_is_missing_foreign_or_newer_is_refused(postgresql: Server) -> None:
    place = on_server(postgresql.fresh_database("ledger"))
    assert refusal(place) == f"the ledger is missing from database {place.name}"
    execute(place, f"CREATE SCHEMA {SCHEMA}")
    assert refusal(place) == f"schema {SCHEMA} is not a ledger of wesretain"
    execute(place, f"CREATE TABLE {SCHEMA}.ledger (id text)", f"CREATE TABLE {ENTRIES} (number int)")
    assert "cannot be used" in refusal(place)
    execute(place, f"DROP SCHEMA {SCHEMA} CASCADE")
    create(place, NOW)
    execute(place, f"UPDATE {SCHEMA}.ledger SET version = 4")
    assert refusal(place) == "the ledger was written by a newer wesretain"


def test_a_server_that_does_not_answer_is_told_as_the_ledger_s_trouble() -> None:
    assert "the ledger cannot be used: " in refusal(on_server("postgresql://ann@127.0.0.1:1/ledger"))


def test_a_secret_that_is_missing_is_told(server: LedgerServer) -> None:
    place = LedgerServer(server.url, server.stop_file, password=FromEnvironment("WESRETAIN_TEST_NOBODY"))
    assert "the environment variable `WESRETAIN_TEST_NOBODY` is not set" in refusal(place)


def test_the_connection_is_encrypted_as_it_is_told_to_be(server: LedgerServer) -> None:
    """The server of these tests knows no TLS."""
    assert "the ledger cannot be used" in refusal(LedgerServer(server.url, server.stop_file, tls=Tls("require")))


# -- several users ----------------------------------------------------------------------------------------------------


@pytest.fixture
def operator(server: LedgerServer, postgresql: Server) -> Iterator[LedgerServer]:
    """Another user's way to the ledger, with the rights that `init` prints."""
    role = f"operator_{server.name}"
    execute(server, f"CREATE ROLE {role} LOGIN", *grants(role))
    yield on_server(sa.make_url(server.url.text).set(username=role).render_as_string(hide_password=False))
    execute(server, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_another_user_may_do_all_that_is_done_to_a_ledger(operator: LedgerServer) -> None:
    with reading(operator) as ledger:
        ledger.begin_run("run 1", "shop", {"by": "ann"}, NOW.replace(year=2015))
        assert ledger.place_hold("Case 1", "r", OnDatabase("shop"), NOW, databases=("desk",)) == 1
        assert ledger.empty(NOW.replace(year=2020), NOW) == 1
        assert list(ledger.verify()) == []


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM {ENTRIES}",
        f"TRUNCATE {ENTRIES}",
        f"UPDATE {ENTRIES} SET subject = 'x'",
        f"UPDATE {ENTRIES} SET body = '{{}}'",
        f"UPDATE {SCHEMA}.ledger SET id = 'x'",
        f"DELETE FROM {SCHEMA}.ledger",
        f"DROP TABLE {ENTRIES}",
        f"ALTER TABLE {ENTRIES} DISABLE TRIGGER ALL",
    ],
)
def test_another_user_may_change_nothing(statement: str, operator: LedgerServer) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|must be owner|are never changed"):
        execute(operator, statement)
    assert breaks(operator) == []


def test_a_user_without_the_rights_is_told(server: LedgerServer, operator: LedgerServer) -> None:
    execute(server, f"REVOKE ALL ON SCHEMA {SCHEMA} FROM operator_{server.name}")
    assert "the ledger cannot be used" in refusal(operator)


def test_many_append_at_once(server: LedgerServer) -> None:
    """Each through a connection of its own; no number is given twice, and no entry is lost."""
    barrier = threading.Barrier(8)

    def append(worker: int) -> str:
        with reading(server) as ledger:
            barrier.wait()
            try:
                for number in range(25):
                    ledger.intend(batch(f"b{worker}-{number}"), NOW)
                    ledger.place_hold("Case 1", "r", OnDatabase("shop"), NOW)
            except LedgerError as error:
                return str(error)
        return ""

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(append, range(8))) == {""}
    with reading(server) as ledger:
        assert list(ledger.verify()) == []
        assert len(list(ledger.entries())) == 1 + 8 * 25 * 2
        assert [hold.id for hold in ledger.holds()] == list(range(1, 201))


def test_who_waits_too_long_is_told(server: LedgerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading(server) as one, reading(server) as other, one.store.transaction():
        monkeypatch.setattr("wesretain.ledger.server._PATIENCE", "50ms")
        with pytest.raises(LedgerError, match="the ledger cannot be used"), other.store.transaction():
            raise AssertionError("it had its turn while the other still had it")


# -- what is written is there -----------------------------------------------------------------------------------------


def test_an_entry_is_on_the_disk_when_it_is_said_to_be(server: LedgerServer) -> None:
    """The server of these tests answers before it writes, unless it is told otherwise."""
    with reading(server) as ledger:
        setting = "SELECT pg_catalog.current_setting('synchronous_commit')"
        assert ledger.store.execute(setting) == [("off",)]
        with ledger.store.transaction():
            assert ledger.store.execute(setting) == [("on",)]


def test_a_session_that_is_lost_is_told_and_leaves_a_sound_chain(server: LedgerServer) -> None:
    with reading(server) as ledger:
        ledger.append(Kind.DATABASE_PREPARED, "shop", {}, NOW)
        ((process,),) = ledger.store.execute("SELECT pg_catalog.pg_backend_pid()")
        execute(server, f"SELECT pg_terminate_backend({process})")
        with pytest.raises(LedgerError, match="the ledger cannot be used"):
            ledger.append(Kind.DATABASE_PREPARED, "desk", {}, NOW)
    assert breaks(server) == []
    with reading(server) as ledger:
        assert [entry.subject for entry in ledger.entries(kinds=(Kind.DATABASE_PREPARED,))] == ["shop"]


# -- tampering --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {ENTRIES} SET subject = 'x'",
        f"UPDATE {ENTRIES} SET body = NULL",
        f"UPDATE {ENTRIES} SET body = NULL, salt = NULL, at = 'x'",
        f"DELETE FROM {ENTRIES} WHERE number = 2",
        f"TRUNCATE {ENTRIES}",
    ],
)
def test_slips_are_guarded_against(statement: str, server: LedgerServer) -> None:
    """Also those of the tables' owner."""
    with pytest.raises(sa.exc.DBAPIError, match="entries of the ledger are never changed or removed"):
        execute(server, statement)


ANOTHER = "CREATE FUNCTION another() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
MUTE = f"CREATE OR REPLACE FUNCTION {SCHEMA}.guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'"
AS_MADE = "the table of entries is not as wesretain makes it"
TAMPERED = [
    ([f"UPDATE {ENTRIES} SET body = '{{}}' WHERE number = 3"], "entry 3 has been changed since it was written"),
    ([f"UPDATE {ENTRIES} SET subject = 'b2' WHERE number = 3"], "entry 3 has been changed since it was written"),
    ([f"UPDATE {ENTRIES} SET body = NULL, salt = NULL WHERE number = 3"], "entry 3 has lost what it said"),
    ([f"DELETE FROM {ENTRIES} WHERE number = 3"], "entry 3 is missing"),
    ([f"UPDATE {ENTRIES} SET number = -number WHERE number = 3"], "entry -3 has no place in the chain"),
    ([f"TRUNCATE {ENTRIES}"], "entry 1 is missing, and all others"),
    ([f"UPDATE {SCHEMA}.ledger SET id = 'x'"], "entry 1 does not tell how this ledger began"),
    ([f"UPDATE {SCHEMA}.ledger SET secret = 'x'"], "entry 1 does not tell how this ledger began"),
    ([f"ALTER TABLE {ENTRIES} DISABLE TRIGGER entries_are_not_removed"], AS_MADE),
    ([f"ALTER TABLE {ENTRIES} ENABLE REPLICA TRIGGER entries_are_not_changed"], AS_MADE),
    ([f"DROP TRIGGER entries_are_not_changed ON {ENTRIES}"], AS_MADE),
    ([ANOTHER, f"CREATE TRIGGER more BEFORE INSERT ON {ENTRIES} FOR EACH ROW EXECUTE FUNCTION another()"], AS_MADE),
    ([MUTE], AS_MADE),
    ([f"ALTER TABLE {ENTRIES} ENABLE ROW LEVEL SECURITY"], AS_MADE),
    ([f"CREATE RULE mute AS ON INSERT TO {ENTRIES} DO INSTEAD NOTHING"], AS_MADE),
    ([f"CREATE TABLE more () INHERITS ({ENTRIES})"], AS_MADE),
    ([f"ALTER TABLE {ENTRIES} DROP CONSTRAINT entries_pkey"], AS_MADE),
    ([f"ALTER TABLE {ENTRIES} ADD COLUMN more text"], AS_MADE),
    ([f"DROP INDEX {SCHEMA}.entries_by_subject"], AS_MADE),
    ([f"DROP INDEX {SCHEMA}.entries_by_time"], AS_MADE),
]


@pytest.mark.parametrize(("statements", "words"), TAMPERED, ids=[each[0][-1] for each in TAMPERED])
def test_what_was_done_is_told(statements: list[str], words: str, server: LedgerServer) -> None:
    with reading(server) as ledger:
        ledger.intend(batch("b1"), NOW)
        ledger.done(evidence("b1"), NOW)
        ledger.intend(batch("b2"), NOW)
        assert list(ledger.verify()) == []
    tamper(server, *statements)
    assert "".join(breaks(server)[:1]).startswith(words)


def test_an_end_that_was_cut_off_does_not_have_the_head(server: LedgerServer) -> None:
    with reading(server) as ledger:
        ledger.intend(batch("b1"), NOW)
        head = ledger.head()
    tamper(server, f"DELETE FROM {ENTRIES} WHERE number = 2")
    assert breaks(server) == []
    with reading(server) as ledger:
        assert not ledger.has_head(head)


def test_its_tables_are_no_part_of_the_database_that_it_stands_in(server: LedgerServer) -> None:
    from wesretain.engines import open_for_scan
    from wesretain.model.config import DatabaseConfig

    execute(server, "CREATE TABLE public.clients (id int PRIMARY KEY)")
    with open_for_scan(DatabaseConfig("shop", Literal(server.url.text))) as live:
        assert [table.full_name for table in live.reflect()] == ["clients"]
