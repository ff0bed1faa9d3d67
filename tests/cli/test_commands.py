"""`init`, `scan` and `explain` as they are called: exit codes, output, and what a mistake is answered with."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from databases import Server
from wesretain.cli import wesretain
from wesretain.cli.boundary import run
from wesretain.ledger import create, opened
from wesretain.model.hold import OnRecord, OnTable
from wesretain.model.rule import TableName
from wesretain.policy.load import parse_condition

AS_OF = ["--as-of", "2026-07-01T00:00:00Z"]
LONG_AGO, BOUNDARY, RECENT = "2020-01-01 00:00:00", "2024-07-01 00:00:00", "2024-07-01 00:00:01"
POLICY = """\
version: 1
category: personal
purpose: order processing
basis: contract
rules:
  old-orders:
    title: Orders, two years after delivery
    table: shop.orders
    where: {status: delivered}
    keep: 2 years
    after: delivered
    then: delete
    with: {items: delete}
  all-orders:
    title: The first three orders, for twenty years
    table: shop.orders
    where: {id: {at most: 3}}
    keep: 20 years
    after: delivered
    then: delete
    with: {items: delete}
"""
ONE = POLICY.partition("  all-orders")[0]
INVENTORY = """\
databases:
  shop:
    zone: UTC
    tables:
      orders: {category: personal, subjects: none}
      items: {category: personal, subjects: none}
"""


@pytest.fixture
def house(engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a small shop: two orders out of date, one not, one undated, one of another state."""
    monkeypatch.chdir(tmp_path)
    engine = sa.create_engine(engine_url, poolclass=sa.NullPool)
    time = "timestamp" if engine.dialect.name == "postgresql" else "datetime"
    with engine.begin() as connection:
        for statement in (
            f"CREATE TABLE orders (id integer PRIMARY KEY, status varchar(20), delivered {time} NULL)",
            "CREATE TABLE items (id integer PRIMARY KEY, order_id integer,"
            " FOREIGN KEY (order_id) REFERENCES orders (id))",
            f"INSERT INTO orders VALUES (1, 'delivered', '{LONG_AGO}'), (2, 'delivered', '{BOUNDARY}'),"
            f" (3, 'delivered', '{RECENT}'), (4, 'delivered', NULL), (5, 'Delivered', '{LONG_AGO}'),"
            f" (6, 'open', '{LONG_AGO}')",
            "INSERT INTO items VALUES (1, 1), (2, 1), (3, 3)",
        ):
            connection.exec_driver_sql(statement)
    write_house(ONE, engine_url)
    create(tmp_path / "ledger", datetime(2026, 1, 1, tzinfo=UTC))
    return engine_url


def write_house(policy: str, url: str) -> None:
    Path("policy.yaml").write_text(policy)
    Path("inventory.yaml").write_text(INVENTORY)
    Path("wesretain.yaml").write_text(
        "organisation: Shop\nzone: UTC\ninventory: inventory.yaml\npolicies: policy.yaml\nledger: ledger\n"
        f"databases:\n  shop: {{url: '{url}'}}\n"
    )


def call(*arguments: str) -> int:
    return run(wesretain, list(arguments))


def tally_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, int]:
    assert call("scan", "--format", "json", *AS_OF, *arguments) == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["wesretain"], plan["version"]) == ("plan", 1)
    tally: dict[str, int] = plan["databases"][0]["rules"][0]["tally"]
    return {standing: count for standing, count in tally.items() if count}


def test_scan_counts_every_record_once(house: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tally_of(capsys) == {"due": 2, "kept": 1, "undecidable": 1, "uncovered": 2}


def test_the_three_formats_say_the_same(house: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("scan", "--format", "csv", *AS_OF) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["due"], row["records"], row["undated"], row["due_since"]) == ("2", "6", "1", "2022-01-01T00:00:00Z")
    assert call("scan", *AS_OF) == 0
    table = capsys.readouterr().out
    assert "old-orders" in table
    assert "with them: delete items 2" in table
    assert "1 missed only by the case" in table
    assert "\x1b[" not in table


def test_check_exits_with_one_where_something_is_due(house: str) -> None:
    assert call("scan", "--check", *AS_OF) == 1
    assert call("scan", "--check", "--as-of", "2021-12-31") == 0
    assert call("scan", "--check", "--as-of", "2022-01-01") == 1


def test_the_printed_statements_run_and_count_the_same(house: str, capsys: pytest.CaptureFixture[str]) -> None:
    if house.startswith("sqlite"):
        # Its functions are our own, so only that it prints is asked.
        assert call("scan", "--sql", *AS_OF) == 0
        assert "FROM orders" in capsys.readouterr().out
        return
    assert call("scan", "--sql", *AS_OF) == 0
    statement = capsys.readouterr().out.partition("\n")[2].strip().rstrip(";").replace("%", "%%")
    with sa.create_engine(house, poolclass=sa.NullPool).connect() as connection:
        groups = connection.exec_driver_sql(statement).mappings().all()
    assert sum(group["records"] for group in groups if group["standing0"] == 7) == 2


def test_a_longer_rule_protects_though_it_is_not_chosen(house: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_house(POLICY, house)
    assert tally_of(capsys, "--rule", "old-orders") == {"kept": 3, "undecidable": 1, "uncovered": 2}


def test_holds_of_the_ledger_hold(house: str, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(Path("ledger"), parse_condition) as ledger:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        ledger.place_hold("Case 1", "a lawsuit", OnRecord(TableName("shop", None, "orders"), ("1",)), now)
    assert tally_of(capsys) == {"held": 1, "due": 1, "kept": 1, "undecidable": 1, "uncovered": 2}
    with opened(Path("ledger"), parse_condition) as ledger:
        ledger.place_hold("Case 2", "an order of a court", OnTable(TableName("shop", None, "items")), now)
    assert call("explain", "shop.orders", "1", *AS_OF) == 0
    assert "hold 1 (Case 1) reaches it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("1", ["old-orders: due", "due since 2022-01-01, 4 y 6 m overdue: it is deleted by rule old-orders"]),
        ("2", ["old-orders: due", "due since 2026-07-01"]),
        ("3", ["old-orders: kept", "due on 2026-07-01: it is deleted by rule old-orders"]),
        ("4", ["old-orders: undecidable", "its clock says nothing", "no day can be foreseen"]),
        ("6", ["old-orders: uncovered", "its `where` does not match"]),
    ],
)
def test_explain_says_why_and_when(key: str, lines: list[str], house: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("explain", "shop.orders", key, *AS_OF) == 0
    said = capsys.readouterr().out
    assert [line for line in lines if line not in said] == []


@pytest.mark.parametrize(
    ("change", "arguments", "code", "said"),
    [
        ("", ["scan", "--as-of", "soon"], 2, "`soon` is no instant"),
        ("", ["scan", "--as-of", "2026-07-01T00:00:00"], 2, "in which zone"),
        ("", ["scan", "--rule", "old-order"], 2, "did you mean `old-orders`"),
        ("", ["explain", "shop.orders", "99"], 2, "orders has no such record"),
        ("", ["explain", "shop.orders", "x"], 2, "the key does not fit"),
        ("", ["explain", "shop.orders", "1", "2"], 2, "2 values were given"),
        ("", ["explain", "shop.order", "1"], 2, "no table `order`"),
        ("ledger", ["scan"], 8, "the ledger"),
        ("mode", ["scan"], 8, "chmod 600"),
        ("column", ["scan"], 5, "did you mean `delivered`?"),
        ("value", ["scan"], 5, "does not fit orders.id, which is integer"),
        ("clock", ["scan"], 5, "orders.status is text, not a date or time"),
    ],
)
def test_a_mistake_gets_one_line_and_its_exit_code(
    change: str, arguments: list[str], code: int, said: str, house: str, capsys: pytest.CaptureFixture[str]
) -> None:
    match change:
        case "ledger":
            Path("ledger").unlink()
        case "mode":
            Path("ledger").chmod(0o644)
        case "column":
            write_house(ONE.replace("after: delivered", "after: deliverd"), house)
        case "value":
            write_house(ONE.replace("{status: delivered}", "{id: many}"), house)
        case "clock":
            write_house(ONE.replace("after: delivered", "after: status"), house)
    assert call(*arguments) == code
    captured = capsys.readouterr()
    assert said in captured.out + captured.err
    assert "Traceback" not in captured.err
    assert LONG_AGO not in captured.out + captured.err


def test_a_refused_rule_protects_its_table(house: str, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = POLICY.split("  all-orders")
    write_house(f"{first}  all-orders{second.replace('after: delivered', 'after: arrived')}", house)
    assert call("scan", "--format", "json", *AS_OF) == 5
    first, second = json.loads(capsys.readouterr().out)["databases"][0]["rules"]
    assert (first["tally"]["due"], first["tally"]["kept"]) == (0, 3)
    assert second["tally"] is None
    assert "no column `arrived`" in second["refused"]["message"]


def test_a_database_that_cannot_be_reached_does_not_hide_the_others(
    house: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Path("wesretain.yaml").read_text()
    rule = "  far: {title: Far, table: far.t, keep: 1 year, after: at, then: report}\n"
    Path("inventory.yaml").write_text(
        INVENTORY + "  far: {zone: UTC, tables: {t: {category: personal, subjects: none}}}\n"
    )
    Path("policy.yaml").write_text(Path("policy.yaml").read_text() + rule)
    Path("wesretain.yaml").write_text(config + "  far: {url: 'postgresql://nobody@127.0.0.1:1/far'}\n")
    assert call("scan", *AS_OF) == 5
    captured = capsys.readouterr()
    assert "old-orders" in captured.out
    assert "database far" in captured.err
    assert call("scan", "--database", "far", *AS_OF) == 7


def test_init_writes_sound_files_and_never_overwrites(
    house: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert call("init", "--url", house.partition("?")[0], "--database", "shop") == 0
    assert call("validate") == 0
    assert "order_id" in Path("inventory.yaml").read_text()
    assert os.stat("wesretain.ledger").st_mode & 0o077 == 0
    Path("inventory.yaml").write_text("mine")
    assert call("init") == 0
    assert Path("inventory.yaml").read_text() == "mine"
    assert "kept inventory.yaml" in capsys.readouterr().out


def test_init_makes_a_ledger_on_a_server(
    postgresql: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEDGER_PASSWORD", "hunter2")
    url = postgresql.fresh_database("ledger").replace("+psycopg", "")
    assert call("init", "--url", "sqlite:///x", "--ledger", url, "--ledger-password-env", "LEDGER_PASSWORD") == 7
    Path("shop.sqlite").touch()
    assert (
        call("init", "--url", "sqlite:///shop.sqlite", "--ledger", url, "--ledger-password-env", "LEDGER_PASSWORD") == 0
    )
    told = capsys.readouterr().out
    assert f"wrote the ledger in database {url.rpartition('/')[2]}" in told
    assert "  GRANT SELECT, INSERT, UPDATE (body, salt) ON wesretain_ledger.entries TO NAME;" in told
    assert not Path("wesretain.ledger").exists()
    assert call("ledger", "verify") == 0
    assert call("hold", "add", "--database", "shop", "--matter", "Case 1", "--reason", "r") == 0
    assert call("init") == 0
    told = capsys.readouterr().out
    assert "kept the ledger in database " in told
    assert "hunter2" not in told + Path("wesretain.yaml").read_text()
    assert call("hold", "show", "1") == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--ledger", "postgresql://ann:s3cret@localhost/ledger"), "holds a password"),
        (("--ledger", "mariadb://localhost/ledger"), "a ledger is a file, or stands on PostgreSQL"),
        (("--ledger", "ledger.db"), "--ledger is no URL"),
        (("--ledger-password-env", "A"), "--ledger-password-env belongs to --ledger"),
        (("--ledger", "postgresql://localhost/ledger", "--ledger-password-env", "s3cret pass"), "does not name"),
    ],
)
def test_init_refuses_a_ledger_that_cannot_be(
    options: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init", *options) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "s3cret" not in captured.out + captured.err
    assert list(tmp_path.iterdir()) == []


def test_init_refuses_a_password_in_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("init", "--url", "postgresql://scan:s3cret@localhost/shop") == 2
    captured = capsys.readouterr()
    assert "s3cret" not in captured.out + captured.err
    assert list(tmp_path.iterdir()) == []
