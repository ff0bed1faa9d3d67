"""No secret and no row's value in any output, log, ledger or evidence, whatever goes wrong; keys where they belong."""

from __future__ import annotations

import base64
import io
import os
import socket
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from calling import call
from cli.houses import TIME, kind_of
from engines.live import write
from wesretain.cli import wesretain
from wesretain.cli.boundary import run
from wesretain.ledger import create

#: What stands in the secrets, in every text of every row, and in every key.
PASSWORD, HASH_KEY, VALUE, KEY = "Geheimwort", "Pfefferkorn", "Zwetschge", "Quittenbrot"
AWKWARD = f"{PASSWORD} /ä@:%"
DDL = (
    "CREATE TABLE people (k varchar(60) NOT NULL PRIMARY KEY, email varchar(90), about varchar(200), ip varchar(90))",
    "CREATE TABLE orders (k varchar(60) NOT NULL PRIMARY KEY, person varchar(60), note varchar(90), at TIME NULL,"
    " FOREIGN KEY (person) REFERENCES people (k))",
    "CREATE TABLE items (k varchar(60) NOT NULL PRIMARY KEY, up varchar(60), label varchar(90),"
    " FOREIGN KEY (up) REFERENCES orders (k))",
)
TABLES = """\
databases:
  shop:
    zone: UTC
    tables:
      people: {category: personal, subjects: self}
      orders: {category: personal, subjects: person, links: {person: {to: people, by: person}}}
      items: {category: personal, subjects: none, links: {order: {to: orders, by: up}}}
"""
POLICY = """\
version: 1
category: personal
purpose: orders
basis: contract
rules:
  old: {table: shop.orders, keep: 1 year, after: at, then: delete, with: {items: delete}, may empty the table: true}
  looked-at: {table: shop.orders, where: {note: nothing}, keep: 1 year, after: at, then: hold}
  faded:
    table: shop.people
    where: {ip: {is: present}}
    keep: nothing
    then: redact
    columns: {email: {hash: pepper}, about: {scrub: [e-mail]}, ip: null}
"""


def forms_of(secret: str) -> set[bytes]:
    """The secret, and what becomes of it where it is written down otherwise."""
    plain = secret.encode()
    # Base64 at each of its three offsets, without what depends on the neighbours.
    coded = {base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4].strip(b"=") for shift in range(3)}
    return {
        plain,
        plain.lower(),
        plain.upper(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
        plain[::-1],
        *coded,
    }


def holds(where: bytes, secret: str) -> bool:
    return any(form in where for form in forms_of(secret))


@dataclass
class Vault:
    """A folder with its files, a database with its rows, and all that was said."""

    folder: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)
    said: str = ""

    def build(self, configured: str) -> Vault:
        self.folder.joinpath("inventory.yaml").write_text(TABLES)
        self.folder.joinpath("policy.yaml").write_text(POLICY)
        self.configure(configured)
        create(self.folder / "ledger", datetime(2026, 1, 1, tzinfo=UTC))
        return self

    def configure(self, database: str) -> None:
        self.folder.joinpath("wesretain.yaml").write_text(
            "organisation: O\nzone: UTC\npolicies: policy.yaml\nledger: ledger\nkeys: {pepper: {file: pepper}}\n"
            f"limits: {{rows per rule: none, share per rule: none}}\ndatabases:\n  shop: {database}\n"
        )
        pepper = self.folder / "pepper"
        pepper.touch(0o600)
        pepper.write_text(f"{HASH_KEY} is the hash key of all\n")

    def call(self, *arguments: str) -> int:
        answer = call(self.folder, *arguments, environment=self.environment)
        self.said += f"$ {arguments} {answer.code}\n{answer.said}"
        return answer.code

    def run(self, *arguments: str) -> int:
        """Call a command that may end as a bug."""
        out, err = io.StringIO(), io.StringIO()
        surroundings = mock.patch.dict("os.environ", self.environment)
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err), surroundings:
            code = run(wesretain, list(arguments))
        self.said += out.getvalue() + err.getvalue()
        assert "Traceback" not in self.said
        return code

    def evidence(self) -> bytes:
        """All that wesretain's own tables hold."""
        schema = None if kind_of(self.url) == "sqlite" else "wesretain"
        with sa.create_engine(self.url, poolclass=sa.NullPool).connect() as connection:
            inspector = sa.inspect(connection)
            tables = [name for name in inspector.get_table_names(schema) if schema or name.startswith("wesretain")]
            assert len(tables) >= 2
            metadata = sa.MetaData()
            rows = [
                row
                for name in tables
                for row in connection.execute(
                    sa.Table(name, metadata, schema=schema, autoload_with=connection).select()
                )
            ]
        return repr(rows).encode()

    def kept(self) -> bytes:
        """What was said, and every file that was written."""
        names = ("wesretain.yaml", "inventory.yaml", "policy.yaml", "pepper", "password")
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name not in names]
        assert {"ledger"} <= {path.name for path in files}
        own = [path.read_bytes() for path in files if path.suffix != ".sqlite"]
        return b"\n".join([self.said.encode("utf-8", "surrogateescape"), *own])

    def check(self, *secrets: str) -> None:
        kept = self.kept()
        assert [secret for secret in secrets if holds(kept, secret)] == [], self.said


EVERYTHING = (PASSWORD, HASH_KEY, VALUE, KEY)
COMMANDS = (
    *(("validate",), ("validate", "--live"), ("scan",), ("scan", "--format", "json"), ("scan", "--format", "csv")),
    *(("scan", "--sql"), ("approve", "old"), ("approve", "--all"), ("approve", "--list"), ("review", "list")),
    *(
        ("apply", "--dry-run"),
        ("apply", "--yes", "--full-speed", "--log", "log"),
        ("apply", "--yes", "--format", "json"),
    ),
    *(("ledger", "show"), ("ledger", "export"), ("ledger", "export", "--format", "csv"), ("ledger", "verify")),
    *(
        ("prepare", "shop"),
        ("hold", "list"),
        ("hold", "fence"),
        ("explain", "shop.orders", "nobody"),
        ("records", "looked-at"),
    ),
)


@pytest.fixture
def vault(tmp_path: Path, engine_url: str) -> Vault:
    """Six people with an order each, all of them old."""
    write(engine_url, *(statement.replace("TIME", TIME[kind_of(engine_url)]) for statement in DDL))
    for n in range(6):
        write(
            engine_url,
            f"INSERT INTO people VALUES ('{KEY}p{n}', '{VALUE}{n}@x.example', '{VALUE} a@{VALUE}.example', '{VALUE}')",
            f"INSERT INTO orders VALUES ('{KEY}o{n}', '{KEY}p{n}', '{VALUE}', '2010-01-01 00:00:00')",
            f"INSERT INTO items VALUES ('{KEY}i{n}', '{KEY}o{n}', '{VALUE}')",
        )
    vault = Vault(tmp_path, engine_url, {"SHOP_URL": with_password(engine_url)})
    return vault.build("{url: {env: SHOP_URL}}")


def with_password(url: str) -> str:
    """A URL that has the password in it, where there is any: the servers let their own users in without."""
    if kind_of(url) != "postgresql":
        return url
    return sa.make_url(url).set(password=AWKWARD).render_as_string(hide_password=False)


def test_a_life_without_trouble(vault: Vault) -> None:
    vault.call("prepare", "shop")
    for words in COMMANDS:
        assert vault.call(*words) in (0, 2, 5), vault.said
    assert "6 of 6 done" in (vault.folder / "log").read_text()
    vault.check(*EVERYTHING)
    assert not any(holds(vault.evidence(), secret) for secret in EVERYTHING)


def test_keys_are_shown_where_they_are_asked_for(vault: Vault) -> None:
    """By `records` and `explain`, and of holds and reviews that name them; no other value is, not even there."""
    vault.call("prepare", "shop")
    vault.call("records", "old")
    vault.call("explain", "shop.orders", f"{KEY}o1")
    vault.call("hold", "add", "--matter", "m", "--reason", "r", "--record", "shop.orders", f"{KEY}o1")
    vault.call("ledger", "export")
    assert holds(vault.said.encode(), KEY)
    vault.check(PASSWORD, HASH_KEY, VALUE)
    assert not any(holds(vault.evidence(), secret) for secret in EVERYTHING)


#: How a database says a row's value when it refuses; each engine's own words hold it, as the test sees for itself.
REFUSALS = {
    "sqlite": (
        f"CREATE TRIGGER no BEFORE DELETE ON orders BEGIN SELECT RAISE(ABORT, 'no, {VALUE} {KEY}'); END",
        f"CREATE TRIGGER never BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'no, {VALUE} {KEY}'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION no() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'no, % ', OLD USING ERRCODE = '23514',"
        " DETAIL = OLD::text, HINT = OLD::text; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER no BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION no()",
        "ALTER TABLE people ADD CONSTRAINT filled CHECK (ip IS NOT NULL)",
    ),
    "mariadb": (
        "CREATE TRIGGER no BEFORE DELETE ON orders FOR EACH ROW BEGIN DECLARE words varchar(200);"
        " SET words = concat(OLD.k, OLD.note); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = words; END",
        "CREATE TRIGGER never BEFORE UPDATE ON people FOR EACH ROW BEGIN DECLARE words varchar(200);"
        " SET words = concat(OLD.k, OLD.about); SIGNAL SQLSTATE '23000' SET MESSAGE_TEXT = words; END",
    ),
}
ODD_FAILURES = {
    "sqlite": ("CREATE TRIGGER no BEFORE DELETE ON orders BEGIN SELECT json(OLD.note); END",),
    "postgresql": (
        "CREATE FUNCTION no() RETURNS trigger AS $$ BEGIN PERFORM OLD.note::int; RETURN OLD; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER no BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION no()",
    ),
    "mariadb": (
        "CREATE TRIGGER no BEFORE DELETE ON orders FOR EACH ROW"
        " SET @x = extractvalue(concat('<', OLD.note), concat('/', OLD.note, '['))",
    ),
}


def told_by_the_server(url: str, statement: str) -> str:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with pytest.raises(sa.exc.DBAPIError) as caught, engine.begin() as connection:
        connection.exec_driver_sql(statement)
    return str(caught.value.orig)


def test_servers_that_say_the_row_when_they_refuse(vault: Vault) -> None:
    vault.call("prepare", "shop")
    vault.call("approve", "--all")
    write(vault.url, *REFUSALS[kind_of(vault.url)])
    for harm in ("DELETE FROM orders", "UPDATE people SET ip = NULL"):
        assert holds(told_by_the_server(vault.url, harm).encode(), VALUE)
    for form in ("table", "json", "csv"):
        assert vault.call("apply", "--yes", "--full-speed", "--format", form, "--log", "log") == 5
    for words in COMMANDS[-8:]:
        vault.call(*words)
    vault.check(*EVERYTHING)
    assert not any(holds(vault.evidence(), secret) for secret in EVERYTHING)
    assert "was skipped" in vault.said


def test_failures_that_nobody_foresaw(vault: Vault) -> None:
    vault.call("prepare", "shop")
    vault.call("approve", "--all")
    write(vault.url, *ODD_FAILURES[kind_of(vault.url)])
    assert vault.run("apply", "--yes", "--full-speed", "--log", "log") in (5, 70)
    vault.call("ledger", "export")
    vault.check(*EVERYTHING)
    assert not any(holds(vault.evidence(), secret) for secret in EVERYTHING)


# -- connecting -----------------------------------------------------------------------------------------------------


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


CODED = quote(AWKWARD, safe="")
#: URLs that lead nowhere, each with the password in it, written rightly or not.
URLS = (
    "{kind}://u:{coded}@127.0.0.1:{port}/d",
    "{kind}://u:{coded}@no-such-host.invalid/d",
    "{kind}://u:{coded}@127.0.0.1:{port}/d?password={coded}",
    "{kind}://u:{coded}@127.0.0.1:{port}/d?no_such_option={coded}",
    "{kind}://u:{coded}@[::1/d",
    "{kind}://u:{coded}@h:{coded}/d",
    "{kind}://u:{raw}@127.0.0.1:{port}/d",
    "{kind}//u:{coded}@h/d",
    "nonsense+{coded}://u:{coded}@h/d",
    "{coded}",
    "sqlite:////nowhere/{coded}?key={coded}",
    "{kind}://{coded}:{coded}@127.0.0.1:{port}/{coded}?sslmode={coded}&ssl_ca={coded}&charset={coded}",
)
READS = (("scan",), ("validate", "--live"), ("prepare", "shop"), ("explain", "shop.orders", "1"), ("hold", "fence"))


@pytest.fixture
def shut(tmp_path: Path) -> Vault:
    """Files without a database."""
    return Vault(tmp_path, "").build("{url: {env: SHOP_URL}}")


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_urls_that_lead_nowhere(shut: Vault, kind: str, url: str) -> None:
    text = url.format(kind=kind, coded=CODED, raw=AWKWARD, port=closed_port())
    shut.environment["SHOP_URL"] = text
    for words in READS:
        assert shut.call(*words) in (3, 7), shut.said
    shut.check(PASSWORD, HASH_KEY)


@pytest.mark.parametrize("spoiled", [b"\xff", b"\0", b"\n\n", b" "])
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_files_of_passwords_that_are_spoiled(shut: Vault, spoiled: bytes, mode: int) -> None:
    file = shut.folder / "password"
    file.write_bytes(AWKWARD.encode() + spoiled + AWKWARD.encode())
    file.chmod(mode)
    for kind in ("postgresql", "mariadb"):
        shut.configure(f"{{url: '{kind}://u@127.0.0.1:{closed_port()}/d', password: {{file: password}}}}")
        for words in READS:
            assert shut.call(*words) in (3, 7), shut.said
    shut.check(PASSWORD, HASH_KEY)


@pytest.mark.parametrize(
    "database",
    [
        f"{{url: 'mariadb://u:{CODED}@h/d'}}",
        f"{{url: 'mariadb://u@h/d', password: '{AWKWARD}'}}",
        f"{{url: 'mariadb://u@h/d', password: {{env: '{AWKWARD}'}}}}",
        f"{{url: 'mariadb://u@h/d', pasword: '{AWKWARD}'}}",
        f"{{url: 'mariadb://u@h/d', password: ['{AWKWARD}']}}",
        f"{{url: 'mariadb://u@h/d', password: {{env: X, is: '{AWKWARD}'}}}}",
    ],
)
def test_passwords_in_the_configuration(shut: Vault, database: str) -> None:
    shut.configure(database)
    for words in (*READS, ("validate", "--format", "json"), ("validate", "--format", "github")):
        assert shut.call(*words) == 3, shut.said
    shut.check(PASSWORD, HASH_KEY)


def test_a_wrong_password(shut: Vault, server_urls: dict[str, str]) -> None:
    url = sa.make_url(server_urls["mariadb"]).set(username="nobody_here", password=AWKWARD)
    shut.environment["SHOP_URL"] = url.render_as_string(hide_password=False)
    for words in READS:
        assert shut.call(*words) in (3, 7), shut.said
    assert "refuses the user or the password" in shut.said
    shut.check(PASSWORD, HASH_KEY)


@pytest.mark.parametrize("spoiled", [b"", b"\xff"])
def test_a_key_that_cannot_be_read(vault: Vault, spoiled: bytes) -> None:
    vault.call("prepare", "shop")
    vault.call("approve", "--all")
    (vault.folder / "pepper").write_bytes(HASH_KEY.encode() + spoiled)
    (vault.folder / "pepper").chmod(0o600 if spoiled else 0o644)
    assert vault.call("apply", "--yes") == 3
    vault.check(*EVERYTHING)


def test_a_bug_tells_its_place_alone(shut: Vault) -> None:
    secret = " ".join(EVERYTHING)
    bug = RuntimeError(secret)
    bug.__cause__, bug.__notes__ = ValueError(secret), [secret]
    out, err = io.StringIO(), io.StringIO()
    here = ["hold", "list", "-c", str(shut.folder / "wesretain.yaml")]
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        mock.patch("wesretain.ledger.opened", side_effect=bug),
        mock.patch.dict("os.environ"),
    ):
        os.environ.pop("WESRETAIN_DEBUG", None)
        assert run(wesretain, here) == 70
    assert not any(holds((out.getvalue() + err.getvalue()).encode(), each) for each in EVERYTHING)


def test_the_search_finds_what_it_should() -> None:
    for text in (VALUE.encode(), b"x" + base64.b64encode(b"a" + VALUE.encode() + b"b"), VALUE.encode().hex().encode()):
        assert holds(text, VALUE)
    assert not holds(b"Zwetsche", VALUE)
