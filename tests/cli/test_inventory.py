"""`wesretain inventory`: what lies where, found out and written down; each gap, and none where all is well."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from cli.houses import TIME, House
from databases import Server
from engines.live import write
from wesretain.coverage import GAPS
from wesretain.policy.checks.ignores import GAPS as NAMED

WELL = """\
databases:
  shop:
    location: Kuala Lumpur, MY
    processor: own
    zone: UTC
    tables:
      people:
        category: personal
        subjects: self
        columns: {id: identifier, name: name, email: e-mail, secret: credential, seen: none}
      notes:
        category: user_communications
        subjects: person
        links: {person: {to: people, by: person_id}}
        columns: {id: none, person_id: identifier, body: free_text, seen: none}
      products:
        category: non_personal
        subjects: none
        columns: {id: none, title: none}
"""
POLICY = """\
version: 1
category: personal
purpose: trade
basis: contract
rules:
  people: {table: shop.people, keep: 2 years, after: seen, then: delete, with: {notes: delete}}
  secrets: {table: shop.people, keep: 14 days, after: seen, then: redact, columns: {secret: null}}
"""
CONFIG = """\
organisation: Shop
location: Kuala Lumpur, MY
zone: UTC
ledger: ledger
policies: policy.yaml
databases: {shop: {url: "%s"}}
"""


@pytest.fixture
def shop(house: House, engine_url: str) -> House:
    """A shop in which nothing is missing."""
    furnish(engine_url)
    return files(house, engine_url)


@pytest.fixture
def one_shop(house: House, sqlite: Server) -> House:
    url = sqlite.fresh_database("shop")
    furnish(url)
    return files(house, url)


def files(house: House, url: str) -> House:
    house.write("wesretain.yaml", CONFIG % url)
    house.write("inventory.yaml", WELL)
    house.write("policy.yaml", POLICY)
    house.call("init")
    return house


def furnish(url: str) -> None:
    time = TIME[sa.make_url(url).get_backend_name()]
    people = ", ".join(f"({n}, 'Ada Miller', 'ada{n}@shop.test', 'Hunter{n}pass', '2026-01-0{n}')" for n in range(1, 8))
    notes = ", ".join(f"({n}, {n}, 'please call me back soon', '2026-01-01')" for n in range(1, 8))
    products = ", ".join(f"({n}, 'A chair')" for n in range(1, 8))
    write(
        url,
        "CREATE TABLE people (id integer PRIMARY KEY, name varchar(60), email varchar(60), secret varchar(60),"
        f" seen {time} NULL)",
        f"CREATE TABLE notes (id integer PRIMARY KEY, person_id integer NOT NULL, body text, seen {time} NULL)",
        "CREATE TABLE products (id integer PRIMARY KEY, title varchar(60))",
        "CREATE VIEW shown AS SELECT name, email FROM people",
        f"INSERT INTO people VALUES {people}",
        f"INSERT INTO notes VALUES {notes}",
        f"INSERT INTO products VALUES {products}",
    )


# -- gaps -------------------------------------------------------------------------------------------------------------


def gaps(house: House) -> list[tuple[str, str]]:
    """The gaps that are found: the check, and the words in backticks in its message."""
    answer = house.call("inventory", "--check", "--format", "json")
    assert answer.out, answer.err
    found = answer.json["gaps"]
    assert answer.code == (1 if found else 0), answer.err
    return [(gap["check"], *re.findall("`([^`]+)`", gap["message"])[:2]) for gap in found]


def test_nothing_is_missing(shop: House) -> None:
    assert gaps(shop) == []
    answer = shop.call("inventory", "--check")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


@pytest.mark.parametrize(
    ("file", "before", "after", "gap"),
    [
        ("policy.yaml", ", with: {notes: delete}", "", ("rule-missing", "shop.notes")),
        ("policy.yaml", "with: {notes: delete}", "with: {notes: unlink}", ("rule-missing", "shop.notes")),
        ("policy.yaml", "with: {notes: delete}", "with: {notes: keep}", ("rule-missing", "shop.notes")),
        (
            "policy.yaml",
            "with: {notes: delete}",
            "with: {notes: {redact: {person_id: null}}}",
            ("element-without-rule", "shop.notes.body"),
        ),
        ("policy.yaml", "keep: 14 days", "keep: 31 days", ("credential-kept-long", "shop.people.secret")),
        ("policy.yaml", "keep: 14 days", "keep: 1 month", ("credential-kept-long", "shop.people.secret")),
        (
            "policy.yaml",
            "columns: {secret: null}",
            "columns: {secret: {scrub: [e-mail]}}",
            ("credential-kept-long", "shop.people.secret"),
        ),
        ("inventory.yaml", "        category: user_communications\n", "", ("category-missing", "shop.notes")),
        ("inventory.yaml", "    location: Kuala Lumpur, MY\n", "", ("location-missing", "shop")),
        ("inventory.yaml", "    processor: own\n", "", ("processor-missing", "shop")),
        ("inventory.yaml", WELL[WELL.index("      products") :], "", ("table-not-known", "shop", "products")),
        ("inventory.yaml", "body: free_text, ", "", ("column-not-known", "body", "shop.notes")),
        ("inventory.yaml", "body: free_text", "body: null", ("column-not-known", "body", "shop.notes")),
        (
            "policy.yaml",
            ", with: {notes: delete}}\n",
            "}\n  seen: {category: user_communications, table: shop.notes, keep: 1 year, after: seen, then: report}\n",
            ("rule-missing", "shop.notes"),
        ),
        ("inventory.yaml", "title: none", "title: none, colour: none", ("column-gone", "shop.products", "colour")),
        (
            "inventory.yaml",
            "      products:",
            "      offers: {category: non_personal, subjects: none}\n      products:",
            ("table-gone", "shop.offers"),
        ),
    ],
)
def test_each_gap(one_shop: House, file: str, before: str, after: str, gap: tuple[str, ...]) -> None:
    path = one_shop.folder / file
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    assert gap in [found[: len(gap)] for found in gaps(one_shop)]


def test_keeping_nothing_is_soon_enough(one_shop: House) -> None:
    path = one_shop.folder / "policy.yaml"
    path.write_text(path.read_text().replace("keep: 14 days, after: seen", "keep: nothing, where: {name: Ada Miller}"))
    assert gaps(one_shop) == []


def test_what_is_called_non_personal_is_looked_at(shop: House) -> None:
    """The claim is proved by the records themselves, whatever the column is called."""
    answer = shop.call("inventory", "--check")
    assert answer.code == 0
    url = re.search(r'url: "(.+)"', (shop.folder / "wesretain.yaml").read_text())
    assert url is not None
    write(url[1], "UPDATE products SET title = 'buyer7@shop.test'")
    assert gaps(shop) == [("personal-found", "shop.products", "non_personal")]


def test_a_vague_name_disproves_no_claim(one_shop: House) -> None:
    with closing(sqlite3.connect(_file(one_shop))) as database:
        database.execute("ALTER TABLE products ADD COLUMN alias TEXT DEFAULT 'seat'")
        database.commit()
    path = one_shop.folder / "inventory.yaml"
    path.write_text(path.read_text().replace("title: none", "title: none, alias: none"))
    found = one_shop.call("inventory", "--discover", "shop", "--dry-run", "--format", "json").json["findings"]
    assert ("products", "alias", "weak") in [(each["table"], each["column"], each["sureness"]) for each in found]
    assert gaps(one_shop) == []


def test_a_comment_excuses_a_gap_and_stays_in_peace(one_shop: House) -> None:
    path = one_shop.folder / "inventory.yaml"
    excuse = "    # wesretain: ignore[credential-kept-long] they sign in with it\n"
    path.write_text(
        path.read_text().replace(
            "columns: {id: identifier, name: name, email: e-mail, secret: credential, seen: none}\n",
            "columns:\n          id: identifier\n          name: name\n          email: e-mail\n"
            f"          seen: none\n      {excuse}          secret: credential\n",
        )
    )
    policy = one_shop.folder / "policy.yaml"
    policy.write_text(policy.read_text().replace("keep: 14 days", "keep: 60 days"))
    assert gaps(one_shop) == []
    answer = one_shop.call("validate")
    assert (answer.code, answer.out) == (0, ""), "what only a database can tell is not idle"


def test_a_database_that_is_not_there(one_shop: House) -> None:
    path = one_shop.folder / "wesretain.yaml"
    path.write_text(re.sub(r'url: ".+"', 'url: "postgresql://nobody@127.0.0.1:1/shop"', path.read_text()))
    answer = one_shop.call("inventory", "--check")
    assert answer.code == 7
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("name", sorted(GAPS))
def test_each_gap_has_its_page(one_shop: House, name: str) -> None:
    answer = one_shop.call("validate", "--explain", name)
    assert answer.code == 0
    assert answer.out.startswith(f"{name} (gap)\n")
    assert "Mend it by" in answer.out


def test_the_gaps_are_those_that_comments_may_name() -> None:
    assert set(GAPS) == NAMED


# -- discovery --------------------------------------------------------------------------------------------------------


def discovered(house: House) -> dict[str, dict[str, object]]:
    """The tables of the inventory, after discovery."""
    answer = house.call("inventory", "--discover", "shop")
    assert answer.code == 0, answer.err
    return tables(house)


def tables(house: House) -> dict[str, dict[str, object]]:
    text = (house.folder / "inventory.yaml").read_text()
    found: dict[str, dict[str, object]] = yaml.safe_load(text)["databases"]["shop"]["tables"]
    return found


def test_a_database_of_which_nobody_said_anything(shop: House) -> None:
    (shop.folder / "inventory.yaml").unlink()
    found = discovered(shop)
    assert found["people"] == {
        "category": "personal",
        "subjects": "self",
        "columns": {"id": "identifier", "name": "name", "email": "e-mail", "secret": "credential", "seen": "none"},
    }
    assert found["notes"]["subjects"] == "person"
    assert found["notes"]["links"] == {"person": {"to": "people", "by": "person_id"}}
    assert found["notes"]["columns"] == {"id": "none", "person_id": "identifier", "body": "free_text", "seen": "none"}
    assert "category" not in found["products"], "that nothing was found is no proof"
    assert "# category: non_personal" in (shop.folder / "inventory.yaml").read_text()
    assert "shown" not in found, "what a view shows lies in tables"


def test_what_discovery_wrote_is_sound(shop: House) -> None:
    (shop.folder / "inventory.yaml").unlink()
    discovered(shop)
    assert shop.call("validate").code == 0


def test_a_second_run_changes_nothing(shop: House) -> None:
    (shop.folder / "inventory.yaml").unlink()
    discovered(shop)
    path = shop.folder / "inventory.yaml"
    before, stamp = path.read_text(), path.stat().st_mtime_ns
    answer = shop.call("inventory", "--discover", "shop")
    assert "+++" not in answer.out
    assert (path.read_text(), path.stat().st_mtime_ns) == (before, stamp)


def test_what_a_person_wrote_stays(one_shop: House) -> None:
    """Elements that discovery sees otherwise, comments and order stay; what is new is put in and shown."""
    path = one_shop.folder / "inventory.yaml"
    path.write_text(
        WELL.replace("email: e-mail", "email: none").replace(
            "      products:", "      # the shop's own\n      products:"
        )
    )
    with closing(sqlite3.connect(_file(one_shop))) as database:
        database.execute("ALTER TABLE products ADD COLUMN supplier_email TEXT")
        database.execute("UPDATE products SET supplier_email = 'x' || id || '@shop.test'")
        database.commit()
    answer = one_shop.call("inventory", "--discover", "shop")
    assert tables(one_shop)["people"]["columns"]["email"] == "none"  # type: ignore[index]
    assert tables(one_shop)["products"]["columns"]["supplier_email"] == "e-mail"  # type: ignore[index]
    assert "      # the shop's own\n" in path.read_text()
    changed = [line for line in answer.out.splitlines() if re.match(r"[+-] ", line)]
    assert changed == [
        "-        columns: {id: none, title: none}",
        "+        columns: {id: none, title: none, supplier_email: e-mail}",
    ]


def test_a_table_that_is_called_by_its_schema_as_well(house: House, postgresql: Server) -> None:
    furnish(url := postgresql.fresh_database("shop"))
    files(house, url)
    house.write(
        "inventory.yaml",
        WELL.replace("      people:", "      public.people:").replace("to: people", "to: public.people"),
    )
    before = (house.folder / "inventory.yaml").read_text()
    assert house.call("inventory", "--discover", "shop").code == 0
    assert (house.folder / "inventory.yaml").read_text() == before


ODD = """\
CREATE TABLE staff (id integer PRIMARY KEY, birth_date date, religion text, salary decimal(9, 2), mobile_no integer,
  floor integer, boss_id integer, badge text, unused text, hired date, active boolean, state text);
"""


def test_what_is_left_to_a_person(one_shop: House) -> None:
    """`none` stands where type and values leave no room for anything personal; all else is for a person to say."""
    with closing(sqlite3.connect(_file(one_shop))) as database:
        database.executescript(ODD)
        rows = [
            (n, f"19{70 + n}-05-1{n % 9}", "any", 4000.5, 60123456000 + n, n % 3, n, f"B{n}x{n}", None, "2020-01-01",
             True, "on" if n % 2 else "off")
            for n in range(1, 30)
        ]  # fmt: skip
        database.executemany(f"INSERT INTO staff VALUES ({', '.join('?' * 12)})", rows)
        database.commit()
    answer = one_shop.call("inventory", "--discover", "shop")
    columns: dict[str, object] = tables(one_shop)["staff"]["columns"]  # type: ignore[index,assignment]
    said = {name for name, elements in columns.items() if elements == "none"}
    assert said == {"floor", "hired", "active", "state"}
    assert {name for name, elements in columns.items() if elements is None} >= {
        "religion",
        "salary",
        "boss_id",
        "badge",
    }
    text = (one_shop.folder / "inventory.yaml").read_text()
    assert re.search(r"religion: +# no element stands for it: is it personal\?\n", text)
    assert re.search(r"unused: +# no values\n", text)
    assert re.search(r"badge: +# nothing was found in 29 records\n", text)
    assert not re.search(r"19[0-9]{2}", answer.out), "the year of a birth is a value"


def test_it_says_where_nothing_is_lacking(one_shop: House) -> None:
    answer = one_shop.call("inventory", "--discover", "shop")
    assert answer.err.endswith("inventory.yaml lacks nothing of it\n")


def test_a_policy_is_not_needed(one_shop: House) -> None:
    """Not even a file: the folder of policies may be empty."""
    (one_shop.folder / "policy.yaml").unlink()
    config = one_shop.folder / "wesretain.yaml"
    config.write_text(config.read_text().replace("policy.yaml", "policies"))
    assert one_shop.call("inventory", "--discover", "shop", "--dry-run").code == 0
    (one_shop.folder / "policies").mkdir(exist_ok=True)
    assert one_shop.call("inventory", "--discover", "shop", "--dry-run").code == 0


def test_what_nobody_has_said_is_not_nothing(one_shop: House) -> None:
    path = one_shop.folder / "inventory.yaml"
    path.write_text(
        path.read_text()
        .replace("{id: none, title: none}", "{id: null, title: null}")
        .replace("body: free_text", "body: null")
    )
    answer = one_shop.call("inventory")
    shown = answer.out
    assert answer.code == 0, answer.err
    assert re.search(r"products .* nobody says", shown)
    assert re.search(r"notes .* identifier, 1 column", shown)
    told = {
        each["table"]: each["columns"]
        for each in one_shop.call("inventory", "--format", "json").json["databases"][0]["tables"]
    }
    assert told["products"] == {"id": None, "title": None}
    assert told["people"]["seen"] == []
    lines = one_shop.call("inventory", "--format", "csv").out.splitlines()
    assert {line.split(",")[-3]: line.split(",")[-2] for line in lines if ",products," in line or ",seen," in line} == {
        "id": "",
        "title": "",
        "seen": "none",
    }


def test_a_rule_that_is_refused_takes_nothing(one_shop: House) -> None:
    rules = POLICY.partition("  secrets:")[0].replace("after: seen", "after: name")
    (one_shop.folder / "policy.yaml").write_text(rules)
    answer = one_shop.call("inventory", "--check", "--format", "json")
    (message,) = (
        gap["message"]
        for gap in answer.json["gaps"]
        if gap["message"].startswith("no rule ever takes anything of `shop.people`")
    )
    assert message.endswith(": the database refuses `people`")


def test_a_dry_run_shows_and_writes_nothing(one_shop: House) -> None:
    path = one_shop.folder / "inventory.yaml"
    path.unlink()
    answer = one_shop.call("inventory", "--discover", "shop", "--dry-run")
    assert answer.code == 0
    assert "+      people:" in answer.out
    assert not path.exists()


def test_no_value_of_a_record_is_shown_or_written(shop: House) -> None:
    (shop.folder / "inventory.yaml").unlink()
    answer = shop.call("inventory", "--discover", "shop")
    for said in (answer.out, answer.err, (shop.folder / "inventory.yaml").read_text()):
        assert "Miller" not in said
        assert "shop.test" not in said
        assert "Hunter" not in said


def test_own_words_tell_more(one_shop: House) -> None:
    """A file of one's own is added to the one that comes along."""
    one_shop.write("elements.yaml", "elements: {passport: {types: [text], names: [title]}}\n")
    config = one_shop.folder / "wesretain.yaml"
    config.write_text(config.read_text() + "elements: elements.yaml\n")
    answer = one_shop.call("inventory", "--discover", "shop", "--dry-run", "--format", "json")
    assert ("products", "title", "passport") in {
        (found["table"], found["column"], found["element"]) for found in answer.json["findings"]
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("elements: {shoe_size: {names: [shoe]}}\n", "`shoe_size` is not an element"),
        ("elements: {name: {looks: ['(']}}\n", "not a regular expression"),
        ("elements: {name: {checks: [no.such]}}\n", "`no.such` is not a check"),
        ("elements: {name: {types: [words]}}\n", "cannot be `words`"),
        ("word: {}\n", "unknown key `word`"),
    ],
)
def test_own_words_are_checked(one_shop: House, text: str, words: str) -> None:
    one_shop.write("elements.yaml", text)
    config = one_shop.folder / "wesretain.yaml"
    config.write_text(config.read_text() + "elements: elements.yaml\n")
    for command in (("validate",), ("inventory", "--discover", "shop")):
        answer = one_shop.call(*command)
        assert answer.code == 3
        assert words in answer.said
        assert "elements.yaml:1:" in answer.said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--discover", "nowhere"), 2),
        (("--discover", "shop", "--check"), 2),
        (("--discover",), 2),
        (("--dry-run",), 2),
    ],
)
def test_what_cannot_be_asked(one_shop: House, arguments: tuple[str, ...], code: int) -> None:
    answer = one_shop.call("inventory", *arguments)
    assert answer.code == code
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_ends_of_lines_and_marks_stay(one_shop: House, ends: str, mark: str) -> None:
    path = one_shop.folder / "inventory.yaml"
    text = WELL.replace("title: none", "").replace("{id: none, }", "{id: none}")
    path.write_bytes((mark + text.replace("\n", ends)).encode())
    assert one_shop.call("inventory", "--discover", "shop").code == 0
    raw = path.read_bytes().decode()
    assert raw.startswith(mark + "databases:")
    assert "title: " in raw
    assert raw.count(ends) == raw.count("\n")
    assert one_shop.call("validate").code == 0


def test_a_link_stays_a_link(one_shop: House) -> None:
    path, real = one_shop.folder / "inventory.yaml", one_shop.folder / "elsewhere.yaml"
    path.unlink()
    real.write_text("databases:\n  shop:\n    zone: UTC\n")
    path.symlink_to(real)
    assert one_shop.call("inventory", "--discover", "shop").code == 0
    assert path.is_symlink()
    assert "people" in real.read_text()


def test_a_name_in_the_database_writes_no_line(one_shop: House) -> None:
    with closing(sqlite3.connect(_file(one_shop))) as database:
        odd = '"boss\n        key: none\n        # x"'
        database.execute(f"CREATE TABLE odd (id integer PRIMARY KEY, name text, email text, {odd} integer)")
        database.execute("INSERT INTO odd VALUES (1, 'Ada', 'ada@shop.test', 1)")
        database.commit()
    assert one_shop.call("inventory", "--discover", "shop").code == 0
    assert "key" not in tables(one_shop)["odd"]


def test_an_inventory_that_is_broken_is_left_alone(one_shop: House) -> None:
    path = one_shop.folder / "inventory.yaml"
    path.write_text("databases: [shop\n")
    answer = one_shop.call("inventory", "--discover", "shop")
    assert answer.code == 3
    assert path.read_text() == "databases: [shop\n"


# -- what lies where --------------------------------------------------------------------------------------------------


def test_the_list(one_shop: House) -> None:
    answer = one_shop.call("inventory", "--format", "json")
    assert answer.code == 0, answer.err
    (database,) = answer.json["databases"]
    assert (database["location"], database["processor"]) == ("Kuala Lumpur, MY", "own")
    people = database["tables"][0]
    assert people["rules"] == ["people", "secrets"]
    assert people["columns"]["email"] == ["e-mail"]
    text = one_shop.call("inventory").out
    assert re.search(r"^ +people +personal +self +name, e-mail, credential, identifier +people, secrets$", text, re.M)
    lines = one_shop.call("inventory", "--format", "csv").out.splitlines()
    assert 'shop,"Kuala Lumpur, MY",own,people,personal,self,email,e-mail,people secrets' in lines


def test_what_crosses_a_border(one_shop: House) -> None:
    path = one_shop.folder / "inventory.yaml"
    assert "border" not in one_shop.call("inventory").out
    text = path.read_text().replace("location: Kuala Lumpur, MY", "location: Singapore, SG")
    path.write_text(
        text.replace(
            "category: user_communications",
            "category: user_communications\n        disclosed to: [Registry, US, Press, SG]",
        )
    )
    abroad = one_shop.call("inventory", "--format", "json").json["across_borders"]
    assert {"what": "the database shop", "from": "MY", "to": "SG"} in abroad


def _file(house: House) -> Path:
    found = re.search(r"sqlite:///(.+?)\"", (house.folder / "wesretain.yaml").read_text())
    assert found is not None
    return Path(found[1])


# -- families ---------------------------------------------------------------------------------------------------------


def test_what_is_found_in_a_member_is_written_of_the_family(house: House, sqlite: Server) -> None:
    """The members hold the same: a second one adds nothing, and the family as a whole is not looked at."""
    for name in ("north", "south"):
        path = house.folder / f"{name}.db"
        with closing(sqlite3.connect(path)) as file:
            file.execute("CREATE TABLE people (id integer PRIMARY KEY, email text)")
            file.commit()
    config = CONFIG.replace('{shop: {url: "%s"}}', '{shops: {discover: {files: "*.db"}}}')
    house.write("wesretain.yaml", config)
    assert house.call("inventory", "--discover", "shops/north").code == 0
    written = (house.folder / "inventory.yaml").read_text()
    assert yaml.safe_load(written)["databases"]["shops"]["tables"]["people"]["columns"]["email"] == "e-mail"
    assert house.call("inventory", "--discover", "shops/south").code == 0
    assert (house.folder / "inventory.yaml").read_text() == written
    answer = house.call("inventory", "--discover", "shops")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "wesretain: `shops` is no database that is configured; name shops/north\n"
