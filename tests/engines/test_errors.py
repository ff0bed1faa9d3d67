"""What cannot be reached or read gets one line of ours, with how to mend it, and never a secret or a value."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from databases import Server
from engines.live import clause, engine_named, opened, write
from servers import WITHOUT_TLS
from wesretain.engines import engine_for, open_for_scan
from wesretain.engines import sqlite as sqlite_engine
from wesretain.engines.mariadb import check_version as check_mariadb
from wesretain.engines.mariadb import tls_context
from wesretain.engines.postgresql import check_version as check_postgresql
from wesretain.engines.target import target_of
from wesretain.engines.trouble import Trouble, error_for
from wesretain.errors import InvalidInput, NotAdmitted, Refused, Unreachable, WesretainError
from wesretain.model.config import DatabaseConfig, FromEnvironment, Tls

SECRET = "s3cret-Pässword"


def failure(url: str, kind: type[WesretainError], password: str | None = None, tls: Tls | None = None) -> str:
    """The message of the error that opening gives, shown to hold no secret and nobody else's words."""
    with pytest.raises(kind) as caught, opened(url, password, tls):
        pass
    error = caught.value
    assert type(error) is kind
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert error.mend
    message = str(error)
    assert message.startswith("database shop: ")
    for foreign in (SECRET, "s3cret", "sqlalche", "psycopg", "pymysql", "Errno", "\n"):
        assert foreign not in message
    return message


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


# -- URLs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "oracle://h/d",
        "file:///x",
        "postgresql:h/d",
        f"http://u:{SECRET}@h/d",
        "postgresql+psycopg2://h/d",
        "mysql+mysqldb://h/d",
        "sqlite+aiosqlite:///x",
        "postgresql://u@h:port/d",
        "postgresql://u@h:99999999999999/d",
        f"postgresql://u:{SECRET}@rest@h/d",
        f"mariadb://u:{SECRET}/@h@i/d",
        f"mariadb://u:{SECRET}@127.0.0.1",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:x?uri=true",
        "sqlite:///x.db?mode=rwc",
        "sqlite://host/x.db",
        "sqlite:///x\0y",
    ],
)
def test_a_bad_url_is_invalid_input(url: str) -> None:
    if url == "sqlite:///x\0y":
        failure(url, Unreachable)
    else:
        failure(url, InvalidInput)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_an_option_that_the_driver_refuses(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(kind).fresh_database("test")
    separator = "&" if "?" in url else "?"
    assert "the URL has an option that the driver refuses" in failure(f"{url}{separator}nonsense=1", InvalidInput)


@pytest.mark.parametrize(
    ("kind", "driver", "extra"), [("postgresql", "psycopg", "postgresql"), ("mariadb", "pymysql", "mysql")]
)
def test_a_missing_driver(kind: str, driver: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, driver, None)
    message = failure(f"{kind}://u@127.0.0.1/d", InvalidInput)
    assert message.endswith(f"is not installed; pip install 'wesretain[{extra}]'")


def test_no_driver_and_no_sqlalchemy_is_imported_too_early() -> None:
    code = "import sys, wesretain.engines as e; assert not {'sqlalchemy', 'psycopg', 'pymysql'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unset_variable_is_invalid_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_URL", raising=False)
    with pytest.raises(InvalidInput), open_for_scan(DatabaseConfig("shop", FromEnvironment("SHOP_URL"))):
        pass


def test_a_target_shows_no_password() -> None:
    target = target_of("shop", f"postgresql://u:{SECRET}@h:1/d", None, None)
    assert "s3cret" not in repr(target)
    assert target.place == "h:1"
    assert target_of("shop", "postgresql://u@h/d", SECRET, None).url.password == SECRET


# -- servers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_nothing_listens(kind: str) -> None:
    port = unused_port()
    message = failure(f"{kind}://u:{SECRET}@127.0.0.1:{port}/d", Unreachable)
    assert f"nothing answers at 127.0.0.1:{port}" in message


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_server_that_never_answers(kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        message = failure(f"{kind}://u:{SECRET}@127.0.0.1:{port}/d?connect_timeout=2", Unreachable)
    assert f"nothing answers at 127.0.0.1:{port}" in message


def test_patience_at_first_is_no_limit_for_statements(mariadb: Server) -> None:
    with opened(f"{mariadb.fresh_database('test')}&connect_timeout=1") as live:
        assert live.rows(sa.text("SELECT sleep(1.5)")) == [(0,)]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_an_unknown_host(kind: str) -> None:
    message = failure(f"{kind}://u:{SECRET}@no-such-host.invalid/d", Unreachable)
    assert "the host of no-such-host.invalid is not known" in message


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_an_unknown_database(kind: str, request: pytest.FixtureRequest) -> None:
    url = sa.make_url(request.getfixturevalue(kind).url).set(database="no_such_database")
    assert "has no such database" in failure(url.render_as_string(hide_password=False), Unreachable)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_an_unknown_user(kind: str, request: pytest.FixtureRequest) -> None:
    url = sa.make_url(request.getfixturevalue(kind).url).set(username="no_such_user", password=SECRET)
    assert "refuses the user or the password" in failure(url.render_as_string(hide_password=False), Unreachable)


@contextmanager
def mariadb_user(url: str, *rights: str) -> Iterator[str]:
    user = f"u{uuid.uuid4().hex[:12]}"
    write(url, f"CREATE USER {user} IDENTIFIED BY 'right'", *(f"GRANT {right} TO {user}" for right in rights))
    try:
        yield user
    finally:
        write(url, f"DROP USER {user}")


@contextmanager
def postgresql_user(url: str) -> Iterator[str]:
    user = f"u{uuid.uuid4().hex[:12]}"
    write(url, f"CREATE ROLE {user} LOGIN")
    try:
        yield user
    finally:
        write(url, f"DROP OWNED BY {user}", f"DROP ROLE {user}")


def as_user(url: str, user: str, password: str | None = None) -> str:
    return sa.make_url(url).set(username=user, password=password).render_as_string(hide_password=False)


def test_mariadb_passwords(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    name = sa.make_url(url).database
    with mariadb_user(url, f"SELECT ON {name}.*") as user:
        assert "refuses the user or the password" in failure(as_user(url, user, SECRET), Unreachable)
        assert "refuses the user or the password" in failure(as_user(url, user), Unreachable, password=SECRET)
        with opened(as_user(url, user, SECRET), password="right") as live:  # the separate one wins
            assert live.rows(sa.text("SELECT 1")) == [(1,)]
    with mariadb_user(url) as user:
        assert "does not let this user in" in failure(as_user(url, user, "right"), NotAdmitted)


def postgresql_that_says(words: bytes, code: bytes) -> int:
    """The port of a server that refuses every start-up with an error of its own, once."""
    server = socket.create_server(("127.0.0.1", 0))
    port: int = server.getsockname()[1]

    def serve() -> None:
        with server:
            connection, _ = server.accept()
            with connection:
                while connection.recv(65536)[4:8] in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):  # TLS? GSSAPI?
                    connection.sendall(b"N")
                body = b"SFATAL\0VFATAL\0C" + code + b"\0M" + words + b"\0\0"
                connection.sendall(b"E" + (len(body) + 4).to_bytes(4, "big") + body)

    threading.Thread(target=serve, daemon=True).start()
    return port


@pytest.mark.parametrize(
    ("words", "code", "shown"),
    [
        (b'password authentication failed for user "u"', b"28P01", "refuses the user or the password"),
        (
            b'no pg_hba.conf entry for host "h", user "u", database "d", no encryption',
            b"28000",
            "does not let this user in",
        ),
        (b'permission denied for database "d"', b"42501", "does not let this user in"),
        (b"sorry, too many clients already", b"53300", "takes no further connection"),
        (b"the database system is starting up", b"57P03", "takes no further connection"),
        (b"unsupported startup parameter: options", b"08P01", "ignore_startup_parameters"),
        (
            b"contrasena s3cret-P\xc3\xa4ssword incorrecta",
            b"28P01",
            "check the URL: host, port, database, user and password",
        ),
    ],
)
def test_postgresql_refusals(words: bytes, code: bytes, shown: str) -> None:
    port = postgresql_that_says(words, code)
    kind = NotAdmitted if shown == "does not let this user in" else Unreachable
    assert shown in failure(f"postgresql://u:s3cret@127.0.0.1:{port}/d", kind)


def test_a_url_may_begin_with_postgres(postgresql: Server) -> None:
    url = postgresql.fresh_database("test").replace("postgresql+psycopg", "postgres")
    with opened(url) as live:
        assert live.engine.name == "PostgreSQL"


def test_a_right_is_missing(postgresql: Server, mariadb: Server) -> None:
    for server, user_of in ((postgresql, postgresql_user), (mariadb, mariadb_user)):
        url = server.fresh_database("test")
        name = sa.make_url(url).database
        write(url, "CREATE TABLE open_one (id int)", "CREATE TABLE secret_one (id int)")
        rights = () if server is postgresql else (f"SELECT ON {name}.open_one",)
        with user_of(url, *rights) as user:
            if server is postgresql:
                write(url, f"GRANT SELECT ON open_one TO {user}")
            with opened(as_user(url, user, None if server is postgresql else "right")) as live:
                secret = sa.select(sa.table("secret_one", sa.column("id"), schema=live.default_schema))
                for table, named in (("secret_one", "the table secret_one"), ("", "one of its tables")):
                    with pytest.raises(Refused) as caught, live.savepoint():
                        live.rows(secret, table=table)
                    assert str(caught.value) == (
                        f"database shop: this user has no right to read {named}; "
                        "grant SELECT on it, or connect as a user who may read it"
                    )
                assert "open_one" in [table.name for table in live.reflect()]


def test_the_connection_is_lost(postgresql: Server, mariadb: Server) -> None:
    for server in (postgresql, mariadb):
        url = server.fresh_database("test")
        own = sa.text("SELECT pg_backend_pid()" if server is postgresql else "SELECT connection_id()")
        kill = "SELECT pg_terminate_backend({})" if server is postgresql else "KILL {}"
        for inside_a_savepoint in (False, True):
            with opened(url) as live, ExitStack() as stack:
                write(url, kill.format(*live.rows(own)[0]))
                stack.enter_context(pytest.raises(Unreachable, match="the connection was lost"))
                if inside_a_savepoint:
                    stack.enter_context(live.savepoint())
                live.rows(sa.text("SELECT 1"))


LOSES_ITS_CONNECTION = """
import sys
import sqlalchemy as sa
from wesretain.engines import open_for_scan
from wesretain.errors import WesretainError
from wesretain.model.config import DatabaseConfig, Literal
try:
    with open_for_scan(DatabaseConfig("shop", Literal(sys.argv[1]))) as live, live.savepoint():
        live.rows(sa.text(sys.argv[2]))
        live.rows(sa.text("SELECT 1"))
except WesretainError as error:
    print(error)
"""


def test_nobody_else_speaks_when_the_connection_is_lost(postgresql: Server, mariadb: Server) -> None:
    suicide = {postgresql: "SELECT pg_terminate_backend(pg_backend_pid())", mariadb: "KILL CONNECTION connection_id()"}
    for server, statement in suicide.items():
        command = [sys.executable, "-c", LOSES_ITS_CONNECTION, server.fresh_database("test"), statement]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert done.stderr == ""
        assert done.stdout.startswith("database shop: the connection was lost; ")


def test_a_statement_is_stopped(postgresql: Server, mariadb: Server) -> None:
    with opened(postgresql.fresh_database("test")) as live:
        live.rows(sa.text("SELECT set_config('statement_timeout', '100', true)"))
        with pytest.raises(Refused, match="stopped a statement"):
            live.rows(sa.text("SELECT pg_sleep(10)"))
    url = mariadb.fresh_database("test")
    write(url, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1), (2)")
    with opened(url) as live:
        live.connection.exec_driver_sql("SET max_statement_time = 0.1")
        with pytest.raises(Refused, match="stopped a statement on the table t"):
            live.rows(sa.text("SELECT sleep(10) FROM t"), table="t")


def test_a_value_that_the_database_cannot_take(engine_url: str) -> None:
    write(engine_url, "CREATE TABLE t (id int PRIMARY KEY, v varchar(9))")
    sqlite = engine_url.startswith("sqlite")
    with opened(engine_url) as live:
        table = clause(live, "t", typed=False)
        values = [table.c.v == "\ud800", *([table.c.id == 10**30] if sqlite else [])]
        values += [table.c.v == "\0"] if engine_url.startswith("postgresql") else []
        for condition in values:
            with pytest.raises(Refused, match="a value of the policy cannot stand in the table t"), live.savepoint():
                live.rows(sa.select(table.c.id).where(condition), table="t")


def test_a_statement_that_is_too_large(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(url, "CREATE TABLE t (id int PRIMARY KEY)")
    with opened(url) as live:
        column = clause(live, "t").c.id
        deep = column == 0
        for _ in range(300):
            deep = sa.not_(sa.and_(deep, column == 1))
        many = sa.and_(*(column != number for number in range(2000)))
        for condition in (deep, many):
            with pytest.raises(Refused, match="on the table t make a statement that is too large for SQLite"):
                live.rows(sa.select(column).where(condition), table="t")


def test_an_error_that_nobody_foresaw_tells_its_code_alone(engine_url: str) -> None:
    codes = {"sqlite": "SQLITE_ERROR", "postgresql": "42601", "mariadb": "1064"}
    with opened(engine_url) as live:
        with pytest.raises(WesretainError) as caught:
            live.rows(sa.text(f"SELECT '{SECRET}' FRO M"))
        assert caught.value.exit_code == 70
        assert codes[live.engine.name.lower()] in str(caught.value)
        assert SECRET not in str(caught.value)


# -- versions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("8.0.36", "the server is MySQL, which has not been tested"),
        ("8.4.0-0ubuntu", "the server is MySQL, which has not been tested"),
        ("10.5.25-MariaDB", "MariaDB 10.5 is too old"),
        ("5.5.5-10.3.1-MariaDB-log", "MariaDB 10.3 is too old"),
        ("MariaDB", "this MariaDB is too old"),
    ],
)
def test_other_versions_than_mariadb_10_6_are_refused(version: str, shown: str) -> None:
    with pytest.raises(Unreachable, match=shown):
        check_mariadb("shop", version)


def test_versions_that_are_taken() -> None:
    for version in ("10.6.0-MariaDB", "10.11.19-MariaDB-0+deb12u1", "5.5.5-11.8.2-MariaDB", "12.0.1-mariadb"):
        check_mariadb("shop", version)
    for number in (140_000, 170_002):
        check_postgresql("shop", "PostgreSQL 14.0 on x86_64", number, "UTF8")


@pytest.mark.parametrize(
    ("version", "number", "encoding", "shown"),
    [
        ("PostgreSQL 13.14 (Debian)", 130_014, "UTF8", "PostgreSQL 13 is too old"),
        ("CockroachDB CCL v23.1", 130_000, "UTF8", "not PostgreSQL itself"),
        ("PostgreSQL 15.1", 150_001, "SQL_ASCII", "SQL_ASCII"),
    ],
)
def test_other_servers_than_postgresql_14_are_refused(version: str, number: int, encoding: str, shown: str) -> None:
    with pytest.raises(Unreachable, match=shown):
        check_postgresql("shop", version, number, encoding)


def test_postgresql_without_a_character_set_is_refused(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    name = f"ascii_{uuid.uuid4().hex[:8]}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
        try:
            assert "SQL_ASCII" in failure(sa.make_url(url).set(database=name).render_as_string(), Unreachable)
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name}")


# -- TLS ----------------------------------------------------------------------------------------------------------

STRANGERS_CA = """\
-----BEGIN CERTIFICATE-----
MIIDDzCCAfegAwIBAgIUAypc3PSD3QzvMz7+g0I0vfSoeF4wDQYJKoZIhvcNAQEL
BQAwFjEUMBIGA1UEAwwLbm9ib2R5J3MgQ0EwIBcNMjYxMTIzMDkwNjIxWhgPMjEy
NjEwMzAwOTA2MjFaMBYxFDASBgNVBAMMC25vYm9keSdzIENBMIIBIjANBgkqhkiG
9w0BAQEFAAOCAQ8AMIIBCgKCAQEA04E0UYnRNadD5729yTjmBCKRQD7VHg8jRmfw
H5q7CYuHuBXszpZlyADqcW7as3QApWA9npNFDekJTMlgV0+kOSPQZtUBA1qlPbq1
4KS0EVg4rxPwoKF5HpuxFQgxhN8DKVCgTTL2ISz1TfyRHHYbG2VeKHV5ztwPhW1Q
3hIIhvUoMRACstqB8pyAtAGbpvJXGVlgWPIK8p/JyZ8gTXSb52DVtb/m4pzvZqV/
mUgDIx/9/lfbvJyi6iqS5TPVyRTHt/YgWRUndRuY/gbgnY1xvpy3cjdq17H5F2HW
pTHOB/rHwnKcAzfjD2Ufhw8vLAcscKYSDr/UGAoEojwD4QKn4QIDAQABo1MwUTAd
BgNVHQ4EFgQU3yqm5E8AqJUy3ycT7AZMIsQCfbcwHwYDVR0jBBgwFoAU3yqm5E8A
qJUy3ycT7AZMIsQCfbcwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOC
AQEAGRJv7ePQ3lCPJGuA1iPaLz1CM/xSEEmqSdh9So3qOt+vi+BLm6l3SnIy/qyc
NJHWKpqRYPW1plACZ0vha80qUgwjvGdaq28ZekbweCWVzuPzc8yWBZ8DPn/Xdljc
3Oz66AVdvqYfAO6oWOtJQMqavU2jGiyJkgBMlueM0kEAcMEgZfgbgbqimoMBOMLD
6NWB5A8FghsGIdDoUIhtOg6/IZCfuBLt7z0jFlsxtHQyChD2i2J1NdshvcT9wtCo
MFCMIAXzUzZJsLpldhfsnGCCXZXev721ZPdG4S6EHfmSZy5kqa9B7As3f7OnEF8y
uXdVNoD61KYU3hRJuiQA6MQ3PA==
-----END CERTIFICATE-----
"""


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_tls_that_cannot_be_verified(kind: str, mode: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The server of the tests offers no TLS, or a certificate that nobody has signed."""
    ca = tmp_path / "ca.pem"
    ca.write_text(STRANGERS_CA)
    url = request.getfixturevalue(kind).fresh_database("test").replace(WITHOUT_TLS, "")
    assert "no encrypted connection to 127.0.0.1:" in failure(url, Unreachable, tls=Tls(mode, ca))


def test_where_nothing_is_said_of_tls_the_driver_of_mariadb_tries_it(mariadb: Server) -> None:
    with opened(mariadb.fresh_database("test").replace(WITHOUT_TLS, "")) as live:
        assert live.rows(sa.text("SELECT 1")) == [(1,)]


def test_a_url_without_tls_does_not_overrule_that_it_is_required(mariadb: Server, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text(STRANGERS_CA)
    url = mariadb.fresh_database("test").replace(WITHOUT_TLS, "") + WITHOUT_TLS
    assert "does not encrypt" in failure(url, Unreachable, tls=Tls("verify-full", ca))


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_tls_can_be_switched_off(kind: str, request: pytest.FixtureRequest) -> None:
    with opened(request.getfixturevalue(kind).fresh_database("test"), tls=Tls("disable")) as live:
        assert live.rows(sa.text("SELECT 1")) == [(1,)]


def test_mariadb_verifies_as_postgresql_does(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text(STRANGERS_CA)
    modes = {
        "require": (False, ssl.CERT_NONE),
        "verify-ca": (False, ssl.CERT_REQUIRED),
        "verify-full": (True, ssl.CERT_REQUIRED),
    }
    for mode, wanted in modes.items():
        context = tls_context("shop", Tls(mode, ca))
        assert (context.check_hostname, context.verify_mode) == wanted
        assert len(context.get_ca_certs()) == 1


def test_tls_files_that_cannot_be_used(mariadb: Server, tmp_path: Path) -> None:
    url = mariadb.fresh_database("test")
    assert "the TLS CA's file cannot be read" in failure(url, InvalidInput, tls=Tls("verify-ca", tmp_path / "none.pem"))
    assert "no such TLS mode" in failure(url, InvalidInput, tls=Tls("prefer"))
    empty = tmp_path / "empty.pem"
    empty.touch()
    assert "the TLS files cannot be used" in failure(url, InvalidInput, tls=Tls("verify-ca", empty))
    assert "the TLS files cannot be used" in failure(url, InvalidInput, tls=Tls("require", None, empty))


# -- files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may enter; pytest's own are closed to them."""
    path = Path(tempfile.mkdtemp(prefix="wesretain-tests-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Rights as other users have them, also where root runs the tests."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def a_database(path: Path, mode: str = "delete") -> str:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    connection.execute("INSERT INTO t VALUES (1, 'a')")
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def test_a_file_that_does_not_exist_is_not_created(folder: Path) -> None:
    path = folder / "none.db"
    assert "the file none.db does not exist" in failure(f"sqlite:///{path}", Unreachable)
    assert "the file none.db does not exist" in failure(f"sqlite:///{folder}/nowhere/none.db", Unreachable)
    assert not path.exists()


def test_names_of_files_may_be_odd(folder: Path) -> None:
    for name in ("a b.db", "a#b.db", "é@x.db", "it's.db", "a&b.db"):
        with opened(a_database(folder / name)) as live:
            assert [table.name for table in live.reflect()] == ["t"]
    with opened(a_database(folder / "plain.db").replace(str(folder), os.path.relpath(folder))) as live:
        assert live.server.startswith("SQLite 3.")


def test_what_is_no_database_file(folder: Path) -> None:
    assert f"{folder.name} is a folder" in failure(f"sqlite:///{folder}", Unreachable)
    (folder / "text.db").write_text("no database, but long enough to be one" * 100)
    assert "not an SQLite database" in failure(f"sqlite:///{folder}/text.db", Unreachable)


def test_a_file_that_may_not_be_read(folder: Path) -> None:
    url = a_database(folder / "closed.db")
    (folder / "closed.db").chmod(0)
    with unprivileged():
        assert "the file cannot be opened" in failure(url, Unreachable)
    folder.chmod(0o700 if os.geteuid() == 0 else 0)
    with unprivileged():
        assert "the file closed.db cannot be opened" in failure(url, Unreachable)


def test_wal_needs_a_folder_that_can_be_written_to(folder: Path) -> None:
    with opened(a_database(folder / "open.db", "wal")) as live:
        assert [table.name for table in live.reflect()] == ["t"]
    url = a_database(folder / "wal.db", "wal")
    folder.chmod(0o555)
    with unprivileged():
        message = failure(url, Unreachable)
    assert "the file is in WAL mode, and its folder cannot be written to" in message


def test_a_file_that_needs_recovery(folder: Path) -> None:
    a_database(folder / "whole.db")
    connection = sqlite3.connect(folder / "whole.db", isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("PRAGMA cache_spill = 1")
    connection.execute("BEGIN")
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        " INSERT INTO t SELECT i, hex(randomblob(200)) FROM n"
    )
    for end in ("", "-journal"):  # as if the program had died here
        shutil.copy(folder / f"whole.db{end}", folder / f"crashed.db{end}")
    connection.close()
    assert "needs recovery" in failure(f"sqlite:///{folder}/crashed.db", Unreachable)


def test_a_file_that_is_locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_engine, "PATIENCE", 0.1)
    url = a_database(folder / "locked.db")
    connection = sqlite3.connect(folder / "locked.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    assert "another program keeps the file locked" in failure(url, Refused)
    connection.close()


def test_a_damaged_file(folder: Path) -> None:
    url = a_database(folder / "damaged.db")
    with (folder / "damaged.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(Unreachable, match="data are damaged"), opened(url) as live:
        live.rows(sa.text("SELECT * FROM main.t"))


# -- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_words(trouble: Trouble) -> None:
    error = error_for(trouble, "shop", "SQLite", place="h:1", table="t", code="7")
    assert "{" not in str(error)
    assert error.mend
    assert error.exit_code in (3, 5, 7, 70)


def test_an_engine_is_known_by_any_of_its_names() -> None:
    names = {
        name: type(engine_for(f"{name}://")).__name__
        for name in ("sqlite", "postgresql", "postgres", "mariadb", "mysql")
    }
    assert names == {
        "sqlite": "Sqlite",
        "postgresql": "Postgresql",
        "postgres": "Postgresql",
        "mariadb": "Mariadb",
        "mysql": "Mariadb",
    }
    assert engine_for("postgresql+psycopg://h/d").name == engine_named("postgresql").name
