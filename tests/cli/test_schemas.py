"""Rules, links and holds across the schemas of a PostgreSQL database, and across the databases of a MariaDB server."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from cli.houses import TIME, House, count, kind_of
from databases import Server
from engines.live import reflected, write
from wesretain.engines import engine_for
from wesretain.engines.target import target_of

OLD, RECENT = "2020-01-01 00:00:00", "2026-06-01 00:00:00"
LIMITS = "limits: {rows per rule: none, share per rule: none}\n"


@dataclass(frozen=True)
class Two:
    """A database with users in another schema (or database) than the tickets that they wrote."""

    server: Server
    url: str
    own: str
    auth: str

    def ids(self, table: str) -> list[int]:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return [row[0] for row in connection.exec_driver_sql(f"SELECT id FROM {table} ORDER BY id")]

    @property
    def all(self) -> dict[str, list[int]]:
        tables = (f"{self.auth}.users", "tickets", f"{self.auth}.sessions", f"{self.auth}.notes", "notes")
        return {table.removeprefix(f"{self.auth}."): self.ids(table) for table in tables[:3]} | {
            "notes there": self.ids(tables[3]),
            "notes here": self.ids(tables[4]),
        }


@pytest.fixture(params=["postgresql", "mariadb"])
def two(request: pytest.FixtureRequest) -> Two:
    server: Server = request.getfixturevalue(request.param)
    url = server.fresh_database("shop")
    if request.param == "postgresql":
        write(url, "CREATE SCHEMA auth")
        found = Two(server, url, "public", "auth")
    else:
        there = str(sa.make_url(server.fresh_database("auth")).database)
        found = Two(server, url, str(sa.make_url(url).database), there)
    auth, time = found.auth, TIME[request.param]
    write(
        url,
        f"CREATE TABLE {auth}.users (id integer PRIMARY KEY, name varchar(40), seen {time} NULL)",
        f"CREATE TABLE tickets (id integer PRIMARY KEY, author_id integer, closed {time} NULL,"
        f" FOREIGN KEY (author_id) REFERENCES {auth}.users (id))",
        f"CREATE TABLE {auth}.sessions (id integer PRIMARY KEY, ticket_id integer,"
        f" FOREIGN KEY (ticket_id) REFERENCES {found.own}.tickets (id))",
        f"CREATE TABLE {auth}.notes (id integer PRIMARY KEY, ticket_id integer)",
        "CREATE TABLE notes (id integer PRIMARY KEY, ticket_id integer)",
        f"INSERT INTO {auth}.users VALUES (1, 'Ann', '{OLD}'), (2, 'Bob', '{OLD}'), (3, 'Cid', '{RECENT}'),"
        f" (4, 'Dee', '{OLD}')",
        f"INSERT INTO tickets VALUES (11, 1, '{OLD}'), (12, 2, '{OLD}'), (13, 3, '{OLD}'), (14, 4, '{OLD}')",
        f"INSERT INTO {auth}.sessions VALUES (111, 11), (112, 12), (113, 13), (114, 14)",
        f"INSERT INTO {auth}.notes VALUES (211, 11), (212, 12)",
        "INSERT INTO notes VALUES (311, 11), (312, 12)",
    )
    return found


def furnish(house: House, two: Two, rules: str, category: str = "user_communications", **more: str) -> House:
    auth, to = two.auth, f"to: {two.own}.tickets, by: ticket_id"
    tables = f"""\
    tables:
      tickets: {{category: {category}, subjects: author}}
      {auth}.users: {{category: personal, subjects: self}}
      {auth}.sessions: {{category: personal, subjects: none}}
      {auth}.notes: {{category: personal, subjects: none, links: {{ticket: {{{to}}}}}}}
      notes: {{category: personal, subjects: none, links: {{ticket: {{to: tickets, by: ticket_id}}}}}}
"""
    house.furnish(rules, {"shop": tables, **dict.fromkeys(more, "    tables: {}\n")}, shop=two.url, **more)
    with (house.folder / "wesretain.yaml").open("a") as file:
        file.write(LIMITS)
    return house


def below(two: Two, before: str = "") -> str:
    """Both tables of notes go, each named by its schema; and the sessions, of which there is one table."""
    lines = [f"{before}{path}: delete" for path in ("sessions", f"{two.own}.notes", f"{two.auth}.notes")]
    return "{" + ", ".join(["tickets: delete", *lines] if before else lines) + "}"


def people(two: Two) -> str:
    table = f"table: shop.{two.auth}.users, keep: 1 year, after: seen, then: delete"
    return f"  people: {{{table}, with: {below(two, 'tickets.')}}}\n"


def tickets(two: Two, table: str = "shop.tickets", category: str = "user_communications") -> str:
    where = "where: {author.name: [Ann, Bob, Cid]}"
    rule = f"table: {table}, {where}, keep: 1 year, after: closed, then: delete, with: {below(two)}"
    return f"  tickets: {{{rule}, category: {category}}}\n"


def applied(house: House, rule: str) -> None:
    assert house.call("prepare", "shop").code == 0
    assert house.call("approve", rule).code == 0
    told = house.call("apply", "--yes", "--full-speed")
    assert told.code == 0, told.said


def hold(house: House, *scope: str) -> None:
    told = house.call("hold", "add", *scope, "--matter", "m", "--reason", "r")
    assert told.code == 0, told.said


def test_a_rule_in_another_schema_takes_what_hangs_on_it_in_both(house: House, two: Two) -> None:
    furnish(house, two, people(two))
    assert house.call("validate", "--live").said == ""
    hold(house, "--record", f"shop.{two.auth}.users", "2")
    (rule,) = house.scan().rules.values()
    assert ({w: n for w, n in rule["tally"].items() if n}, rule["acts"]) == ({"held": 1, "kept": 1, "due": 2}, 2)
    assert {take["path"]: take["rows"] for take in rule["takes"]} == {
        "tickets": 2,
        "tickets.sessions": 2,
        f"tickets.{two.own}.notes": 1,
        f"tickets.{two.auth}.notes": 1,
    }
    applied(house, "people")
    assert two.all == {
        "users": [2, 3],
        "tickets": [12, 13],
        "sessions": [112, 113],
        "notes there": [212],
        "notes here": [312],
    }
    evidence = "SELECT count(*) FROM wesretain.evidence WHERE relation = '{}.users' AND records = 2"
    assert count(two.url, evidence.format(two.auth)) == 1
    told = house.call("ledger", "verify")
    assert told.code == 0, told.said
    found = json.loads(house.call("explain", f"shop.{two.auth}.users", "2", "--format", "json").out)
    assert (found["table"], len(found["holds"])) == (f"{two.auth}.users", 1)


@pytest.mark.parametrize(
    ("scope", "stay"),
    [
        (lambda two: ("--record", f"shop.{two.auth}.users", "1"), [11, 14]),
        (lambda two: ("--subject", f"shop.{two.auth}.users", "2"), [12, 14]),
        (lambda two: ("--record", f"shop.{two.auth}.notes", "212"), [12, 14]),
        (lambda two: ("--record", "shop.notes", "312"), [12, 14]),
        (lambda two: ("--record", f"shop.{two.own}.notes", "312"), [12, 14]),
        (lambda two: ("--table", f"shop.{two.auth}.sessions", "--where", "{id: 113}"), [13, 14]),
        (lambda two: ("--table", f"shop.{two.auth}.users", "--where", "{name: ann}"), [11, 14]),
        (lambda two: ("--table", f"shop.{two.auth}.users"), [11, 12, 13, 14]),
        (lambda two: ("--category", "user_communications"), [11, 12, 13, 14]),
        (lambda two: ("--database", "shop"), [11, 12, 13, 14]),
    ],
)
def test_holds_reach_across_schemas(
    house: House, two: Two, scope: Callable[[Two], tuple[str, ...]], stay: list[int]
) -> None:
    furnish(house, two, tickets(two))
    hold(house, *scope(two))
    applied(house, "tickets")
    assert two.all["tickets"] == stay
    assert two.all["users"] == [1, 2, 3, 4]


def test_a_category_reaches_a_ruled_table_however_the_rule_spells_it(house: House, two: Two) -> None:
    furnish(house, two, tickets(two, f"shop.{two.own}.tickets", "server"), category="personal")
    hold(house, "--category", "server")
    assert house.scan().tallies == {"tickets": {"uncovered": 1, "held": 3}}


@pytest.mark.parametrize("path", ["notes", "notes.ticket"])
def test_children_of_one_name_have_to_be_told_apart(house: House, two: Two, path: str) -> None:
    rules = tickets(two).replace(f"{two.own}.notes: delete, {two.auth}.notes: delete", f"{path}: delete")
    furnish(house, two, rules)
    (rule,) = house.scan().rules.values()
    assert rule["tally"] is None
    told = house.call("validate", "--live").out
    assert "`notes` points at tickets by several links; say which: " in told
    assert f"`{two.auth}.notes`" in told
    assert f"`{two.own}.notes`" in told


def test_a_child_in_another_schema_that_is_not_named_blocks(house: House, two: Two) -> None:
    furnish(house, two, tickets(two).replace(f", {two.auth}.notes: delete", ""))
    assert house.scan().tallies == {"tickets": {"uncovered": 1, "blocked": 2, "due": 1}}


def test_a_broken_link_of_another_schema_protects_its_target(house: House, two: Two) -> None:
    furnish(house, two, people(two))
    text = (house.folder / "inventory.yaml").read_text()
    link = "links: {user: {to: users, by: nothing}}"
    house.write("inventory.yaml", text.replace(f"{two.auth}.sessions: {{", f"{two.auth}.sessions: {{{link}, "))
    (rule,) = house.scan().rules.values()
    assert rule["tally"] is None


# -- MariaDB alone ----------------------------------------------------------------------------------------------------


@pytest.fixture
def beside(mariadb: Server) -> Two:
    url = mariadb.fresh_database("shop")
    there = str(sa.make_url(mariadb.fresh_database("auth")).database)
    time = TIME["mariadb"]
    write(
        url,
        f"CREATE TABLE {there}.users (id integer PRIMARY KEY, name varchar(40), seen {time} NULL)",
        f"CREATE TABLE tickets (id integer PRIMARY KEY, author_id integer, closed {time} NULL,"
        f" FOREIGN KEY (author_id) REFERENCES {there}.users (id) ON DELETE CASCADE)",
        f"INSERT INTO {there}.users VALUES (1, 'Ann', '{OLD}'), (2, 'Bob', '{OLD}'), (3, 'Cid', '{OLD}')",
        f"INSERT INTO tickets VALUES (11, 1, '{OLD}'), (12, 2, '{OLD}')",
    )
    return Two(mariadb, url, str(sa.make_url(url).database), there)


def simple(house: House, two: Two, rules: str, url: str | None = None, **more: str) -> House:
    tables = (
        "    tables:\n      tickets: {category: personal, subjects: author}\n"
        f"      {two.auth}.users: {{category: personal, subjects: self}}\n"
    )
    inventories = {"shop": tables, **dict.fromkeys(more, "    tables: {}\n")}
    house.furnish(rules, inventories, shop=url or two.url, **more)
    with (house.folder / "wesretain.yaml").open("a") as file:
        file.write(LIMITS)
    return house


def test_only_databases_that_are_named_are_looked_at(beside: Two) -> None:
    assert {table.full_name for table in reflected(beside.url)} == {"tickets"}
    with engine_for(beside.url).open_for_scan(target_of("shop", beside.url, None, None)) as live:
        found = live.reflect([beside.auth])
        assert {table.full_name for table in found} == {"tickets", f"{beside.auth}.users"}
        assert {table.full_name for table in live.reflect([beside.own, "mysql", "wesretain"])} == {"tickets"}
        (key,) = next(table for table in found if table.name == "tickets").foreign_keys
        assert (key.schema, key.table) == (beside.auth, "users")
        assert [table.unfit for table in found] == ["", ""]


def test_tables_that_a_third_database_refers_to_stay_refused(beside: Two) -> None:
    third = sa.make_url(beside.server.fresh_database("third"))
    write(
        beside.url,
        f"CREATE TABLE {third.database}.logs (u integer, FOREIGN KEY (u) REFERENCES {beside.auth}.users (id))",
    )
    with engine_for(beside.url).open_for_scan(target_of("shop", beside.url, None, None)) as live:
        unfit = {table.name: table.unfit for table in live.reflect([beside.auth])}
        assert unfit == {"tickets": "", "users": f"a table that the database {third.database} refers to"}
        unfit = {table.name: table.unfit for table in live.reflect([beside.auth, str(third.database)])}
        assert unfit["users"] == ""


@pytest.fixture
def roles(mariadb: Server) -> Iterator[list[str]]:
    names = [f"{role}_{uuid.uuid4().hex[:8]}" for role in ("scan", "apply")]
    for name in names:
        mariadb._execute(f"CREATE USER {name}@'%%'")
    yield names
    for name in names:
        mariadb._execute(f"DROP USER {name}@'%%'")


def test_the_printed_grants_are_enough_and_less_is_not(house: House, beside: Two, roles: list[str]) -> None:
    scan, apply = (
        sa.make_url(beside.url).set(username=role, password=None).render_as_string(hide_password=False)
        for role in roles
    )
    table = f"table: shop.{beside.auth}.users, keep: 1 year, after: seen"
    rule = f"  people: {{{table}, then: delete, with: {{tickets: delete}}, may empty the table: true}}\n"
    simple(house, beside, rule, json.dumps({"scan_url": scan, "apply_url": apply}))
    told = house.call("prepare", "shop", "--url", beside.url)
    assert told.code == 0, told.said
    grants = [line.removesuffix(";") for line in told.out.splitlines() if not line.startswith("--")]
    pattern = beside.auth.replace("_", "\\_")
    whole = [line for line in grants if line.startswith(f"GRANT SELECT ON `{pattern}`.*")]
    assert len(whole) == 2
    assert any(line.startswith(f"GRANT DELETE ON `{beside.auth}`.`users`") for line in grants)
    narrow = f"GRANT SELECT ON {beside.auth}.users TO {roles[1]}@'%'"
    write(beside.url, *(line for line in grants if line not in whole[1:]), narrow)
    assert house.call("approve", "people").code == 0
    refused = house.call("apply", "--yes", "--full-speed")
    assert refused.code != 0
    assert f"no SELECT on the whole database {beside.auth}" in refused.said
    assert "grant it; `wesretain prepare` prints what each role needs" in refused.said
    assert beside.ids(f"{beside.auth}.users") == [1, 2, 3]
    write(beside.url, *grants)
    done = house.call("apply", "--yes", "--full-speed")
    assert done.code == 0, done.said
    assert (beside.ids(f"{beside.auth}.users"), beside.ids("tickets")) == ([], [])


def test_a_database_that_is_configured_itself_is_reached_under_its_own_name_alone(house: House, beside: Two) -> None:
    rule = f"  people: {{table: shop.{beside.auth}.users, keep: 1 year, after: seen, then: report}}\n"
    theirs = sa.make_url(beside.url).set(database=beside.auth).render_as_string(hide_password=False)
    simple(house, beside, rule, accounts=theirs)
    told = house.scan()
    assert told.code == 3
    assert (
        f"`shop` names tables of `{beside.auth}`, which is `accounts`; name its tables as `accounts.table`" in told.err
    )
    simple(house, beside, rule, accounts="{url: {env: NOT_THERE}}")
    assert "another database, which may be `accounts`" in house.scan().said
    half = {"scan_url": beside.url, "apply_url": {"env": "NOT_THERE"}}
    simple(house, beside, rule, json.dumps(half), accounts=theirs)
    assert "which is `accounts`" in house.scan().err
    simple(house, beside, rule)
    assert house.scan().tallies == {"people": {"due": 3}}


def test_one_database_is_not_configured_twice(house: House, engine_url: str) -> None:
    write(engine_url, "CREATE TABLE notes (id integer PRIMARY KEY, at date)")
    again = engine_url if kind_of(engine_url) == "sqlite" else f"{engine_url.partition('?')[0]}"
    house.furnish(
        "  notes: {table: shop.notes, keep: 1 year, after: at, then: report}\n",
        "    tables: {notes: {category: personal, subjects: none}}\n",
        shop=engine_url,
        again=json.dumps({"url": again.replace("127.0.0.1", "localhost")}),
    )
    told = house.scan()
    assert told.code == 3
    assert "`again` is the same database as `shop`" in told.err
