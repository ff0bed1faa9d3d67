"""`wesretain doctor`: nothing where all is as `prepare` wants it, and one complaint for each thing that is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from cli.granted import RATINGS, RULES, TABLES, Shop, a_shop
from cli.houses import House, described, kind_of
from databases import Server
from engines.live import write
from faults.test_servers_die import RECIPES, served

INDEXES = tuple(f"CREATE INDEX {table}_order ON {table} (order_id)" for table in ("items", "notes", "ratings"))


def complaints(house: House, code: int = 0) -> set[tuple[str, str, str]]:
    """What doctor finds: level, about and message."""
    answer = house.call("doctor", "--format", "json")
    assert answer.code == code, answer.said
    found: list[dict[str, Any]] = answer.json["complaints"]
    assert all(each["database"] == "shop" and each["mend"] for each in found)
    return {(each["level"], each["about"], each["message"]) for each in found}


@pytest.fixture
def sound(granted: Shop) -> Shop:
    """A shop in which nothing is to be mended."""
    write(granted.admin, *INDEXES)
    assert complaints(granted.house) == set()
    return granted


def user_of(url: str) -> str:
    name = sa.make_url(url).username
    return f"{name}@'%'" if kind_of(url) == "mariadb" else str(name)


def test_silence_where_all_is_well(sound: Shop) -> None:
    answer = sound.house.call("doctor", "--check")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


@pytest.mark.parametrize(
    ("user", "statement", "said"),
    [
        ("scan", "GRANT DELETE ON others TO {}",
         ("warning", "scan_url", "its user may delete from others, and only has to read")),
        ("apply", "GRANT DELETE ON others TO {}",
         ("warning", "apply_url", "its user may delete from others, and no rule takes rows from there")),
        ("apply", "REVOKE DELETE ON items FROM {}",
         ("error", "apply_url", "its user may not delete from items")),
        ("apply", "REVOKE UPDATE (name) ON people FROM {}",
         ("error", "apply_url", "its user may not change people.name")),
        ("apply", "REVOKE UPDATE (author) ON ratings FROM {}",
         ("error", "apply_url", "its user may not change ratings.author")),
    ],
)  # fmt: skip
def test_rights_that_are_too_wide_or_too_narrow(
    sound: Shop, user: str, statement: str, said: tuple[str, str, str]
) -> None:
    write(sound.admin, statement.format(user_of(getattr(sound, user))))
    assert complaints(sound.house) == {said}


def test_administrators_could_do_anything(sound: Shop) -> None:
    sound.house.furnish(RULES, TABLES, shop=sound.admin)
    words = "its user is a superuser, and could do anything"
    assert complaints(sound.house) == {("warning", "scan_url", words), ("warning", "apply_url", words)}


def test_a_user_who_bypasses_row_level_security(sound: Shop) -> None:
    if kind_of(sound.admin) == "postgresql":
        write(sound.admin, f"ALTER ROLE {user_of(sound.scan)} BYPASSRLS")
        words = "its user is one who bypasses row-level security, and could do anything"
        assert complaints(sound.house) == {("warning", "scan_url", words)}


def trigger(url: str) -> tuple[str, ...]:
    match kind_of(url):
        case "postgresql":
            return (
                "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
                "CREATE TRIGGER guard BEFORE DELETE ON items FOR EACH ROW EXECUTE FUNCTION guard()",
                "CREATE TRIGGER aside BEFORE DELETE ON others FOR EACH ROW EXECUTE FUNCTION guard()",
            )
        case _:
            body = "BEGIN SELECT 1; END" if kind_of(url) == "sqlite" else "SET @gone = 1"
            return (
                f"CREATE TRIGGER guard BEFORE DELETE ON items FOR EACH ROW {body}",
                f"CREATE TRIGGER aside BEFORE DELETE ON others FOR EACH ROW {body}",
            )


@pytest.fixture
def simple(house: House, engine_url: str) -> House:
    """A shop with one user, who may do all: on SQLite, which knows none, nothing is to be mended."""
    a_shop(engine_url)
    write(engine_url, *INDEXES)
    house.furnish(RULES, TABLES, shop=engine_url)
    assert house.call("prepare", "shop").code == 0
    assert {each for each in complaints(house) if each[1] not in ("scan_url", "apply_url")} == set()
    return house


def without_users(house: House) -> set[tuple[str, str, str]]:
    return {each for each in complaints(house) if "could do anything" not in each[2]}


def test_triggers_on_tables_from_which_rows_go(simple: House, engine_url: str) -> None:
    write(engine_url, *trigger(engine_url))
    words = "the trigger guard may stop rows from going, or change others along"
    assert without_users(simple) == {("warning", "items", words)}


def test_links_down_without_an_index(simple: House, engine_url: str) -> None:
    drop = "DROP INDEX ratings_order" + (" ON ratings" if kind_of(engine_url) == "mariadb" else "")
    write(engine_url, drop)
    words = "no index finds its rows by order_id, so each batch of orders reads all of it"
    assert without_users(simple) == {("warning", "ratings", words)}
    mended(simple, engine_url, "ratings", "CREATE INDEX")
    assert without_users(simple) == set()


def mended(house: House, url: str, about: str, statement: str) -> None:
    """What doctor says to a complaint is carried out as it stands."""
    found = house.call("doctor", "--format", "json").json["complaints"]
    (mend,) = (each["mend"] for each in found if each["about"] == about and statement in each["mend"])
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(mend.removeprefix("create one: `").removesuffix("`"))
    engine.dispose()


def enlarged(url: str, records: int) -> None:
    """Make the engine believe that there are so many people; MariaDB believes only what it has seen."""
    match kind_of(url):
        case "postgresql":
            write(url, f"UPDATE pg_catalog.pg_class SET reltuples = {records} WHERE oid = 'people'::regclass")
        case "mariadb":
            write(
                url,
                f"INSERT INTO people (id, name) SELECT seq, 'x' FROM seq_3_to_{records}",
                "ANALYZE TABLE people PERSISTENT FOR ALL",
            )
        case _:
            write(url, "ANALYZE", f"UPDATE sqlite_stat1 SET stat = '{records}' WHERE tbl = 'people'")


@pytest.mark.parametrize(("records", "told"), [(1_200_000, True), (700_000, False)])
def test_the_clock_of_a_large_table_without_an_index(simple: House, engine_url: str, records: int, told: bool) -> None:
    enlarged(engine_url, records)
    words = "no index begins with its clock seen, so to find what is due is to read some "
    assert {each[2].startswith(words) for each in without_users(simple)} == ({True} if told else set())
    if told:
        mended(simple, engine_url, "people", "CREATE INDEX")
        assert without_users(simple) == set()


@pytest.mark.parametrize(("what", "fate"), [("CASCADE", "delete"), ("SET NULL", "unlink"), ("NO ACTION", "")])
def test_foreign_keys_that_take_rows_along(simple: House, engine_url: str, what: str, fate: str) -> None:
    """The mend is what the rule then says, and nothing is left to complain of."""
    write(
        engine_url,
        "CREATE TABLE parcels (id integer PRIMARY KEY, order_id integer NULL, FOREIGN KEY (order_id) REFERENCES"
        f" orders (id) ON DELETE {what})",
        "CREATE INDEX parcels_order ON parcels (order_id)",
        "CREATE TABLE labels (id integer PRIMARY KEY, item_id integer NULL, FOREIGN KEY (item_id) REFERENCES"
        f" items (id) ON DELETE {what})",
        "CREATE INDEX labels_item ON labels (item_id)",
    )
    words = "a foreign key says ON DELETE {} for rows of {}: records that have some stay"
    found = {("warning", "old-orders", words.format(what, table)) for table in ("parcels", "labels")}
    assert without_users(simple) == (found if fate else set())
    if fate:
        told = simple.call("doctor", "--format", "json").json["complaints"]
        mends = {each["mend"] for each in told if each["about"] == "old-orders"}
        paths = {f"with: {{parcels: {fate}}}", f"with: {{items.labels: {fate}}}"}
        assert mends == {f"name them in the rule: `{path}`" for path in paths}
        rules = RULES.replace("{items: delete,", f"{{items: delete, parcels: {fate}, items.labels: {fate},")
        more = described("parcels", "labels")
        simple.furnish(rules, TABLES + more.partition("tables:")[2].lstrip("\n"), shop=engine_url)
        assert without_users(simple) == set()


def test_a_link_whose_kind_nobody_says(simple: House, engine_url: str) -> None:
    write(
        engine_url,
        "CREATE TABLE tags (id integer PRIMARY KEY, object_id integer NULL, object_type varchar(20))",
        "CREATE INDEX tags_object ON tags (object_id)",
    )
    tags = "tags: {{category: personal, subjects: none, links: {{order: {{to: orders, by: object_id{}}}}}}}"
    tables = ("people", "orders", "items", "notes", RATINGS, "tables", "others")
    rules = RULES.replace("{items: delete,", "{items: delete, tags: delete,")
    simple.furnish(rules, described(*tables, tags.format("")), shop=engine_url)
    words = "object_id leads to orders, whatever object_type says in the same row"
    assert without_users(simple) == {("warning", "tags", words)}
    simple.furnish(rules, described(*tables, tags.format(", when: {object_type: order}")), shop=engine_url)
    assert without_users(simple) == set()


@pytest.mark.parametrize(
    ("columns", "serves"),
    [("kind, order_id", True), ("order_id, kind", True), ("author, order_id", False), ("kind, author", False)],
)
def test_an_index_may_begin_with_what_the_link_tests(house: House, sqlite: Server, columns: str, serves: bool) -> None:
    a_shop(url := sqlite.fresh_database("shop"))
    write(url, *INDEXES[:2], "ALTER TABLE ratings ADD COLUMN kind varchar(9)")
    write(url, f"CREATE INDEX some ON ratings ({columns})")
    link = "by: order_id, nobody: 0, when: {kind: order}}"
    house.furnish(RULES, TABLES.replace("by: order_id}", link), shop=url)
    assert house.call("prepare", "shop").code == 0
    assert (complaints(house) == set()) is serves


def test_a_table_without_subjects(simple: House, engine_url: str) -> None:
    simple.furnish(RULES, TABLES.replace("items: {category: personal, subjects: none}", "items: {}"), shop=engine_url)
    words = "nobody says whose data its rows are, so a hold on any person would keep all of them"
    assert without_users(simple) == {("warning", "items", words)}


def test_tables_that_apply_refuses(simple: House, engine_url: str) -> None:
    write(engine_url, "CREATE VIEW recent AS SELECT * FROM orders", "CREATE TABLE loose (seen integer)")
    odd = ["CREATE TABLE old (id integer PRIMARY KEY) ENGINE = MyISAM"] if kind_of(engine_url) == "mariadb" else []
    hidden = ["CREATE TABLE mine (id integer PRIMARY KEY)", "ALTER TABLE mine ENABLE ROW LEVEL SECURITY"]
    hidden += ["ALTER TABLE mine FORCE ROW LEVEL SECURITY"]
    write(engine_url, *odd, *(hidden if kind_of(engine_url) == "postgresql" else []))
    more = {"mariadb": ["old"], "postgresql": ["mine"]}.get(kind_of(engine_url), [])
    tables = described("people", "orders", "items", "notes", "tables", "others", "recent", "loose", *more)
    ratings = TABLES.partition("      ratings")[2].partition("\n")[0]
    simple.furnish(RULES, f"{tables}      ratings{ratings}\n", shop=engine_url)
    wanted = {
        ("warning", "recent", "it is a view"),
        ("warning", "loose", "it is without a key: no primary key and no unique index is free of NULL"),
    }
    if odd:
        wanted.add(("warning", "old", "it is a table of the engine MyISAM, which has no transactions"))
    found = without_users(simple)
    assert wanted <= found
    assert {each[1] for each in found} <= {"recent", "loose", "old", "mine"}


def test_rules_that_the_database_refuses(simple: House, engine_url: str) -> None:
    rules = RULES.replace("after: seen, then: redact", "after: gone, then: redact")
    simple.furnish(rules.replace("notes: unlink, ", ""), TABLES, shop=engine_url)
    assert ("error", "old-people", "the rule is refused: people has no column `gone`") in complaints(simple)


def test_a_database_that_was_not_prepared(house: House, engine_url: str) -> None:
    a_shop(engine_url)
    write(engine_url, *INDEXES)
    house.furnish(RULES, TABLES, shop=engine_url)
    assert without_users(house) == {("error", "shop", "it has not been prepared for apply")}


def test_a_database_that_cannot_be_reached(house: House, sqlite: Server) -> None:
    house.furnish(RULES, TABLES, shop="sqlite:////nowhere/shop.db")
    answer = house.call("doctor")
    assert answer.code == 7
    assert answer.err.count("\n") == 1


def test_check_is_for_ci(house: House, sqlite: Server) -> None:
    a_shop(url := sqlite.fresh_database("shop"))
    house.furnish(RULES, TABLES, shop=url)
    assert house.call("doctor").code == 0
    answer = house.call("doctor", "--check")
    assert answer.code == 1
    assert "wesretain prepare shop" in " ".join(answer.out.split())


@pytest.mark.parametrize("dialect", RECIPES)
def test_a_server_that_takes_no_changes_is_told(dialect: str, house: House) -> None:
    """A standby of PostgreSQL; a server of MariaDB that is set to read only."""
    with served(dialect) as server:
        url = Server(dialect, server.recipe.url).fresh_database("shop")
        a_shop(url)
        house.furnish(RULES, TABLES, shop=json.dumps({"url": url}))
        assert house.call("prepare", "shop").code == 0
        told = ("error", "apply_url", "the server takes no changes: it is a replica, or set to read only")
        assert told not in complaints(house)
        if dialect == "postgresql":
            server.kill()
            (server.log.parent / "postgresql" / "standby.signal").touch()
            server.start()
        else:
            write(url, "SET GLOBAL read_only = ON")
        assert told in complaints(house)
