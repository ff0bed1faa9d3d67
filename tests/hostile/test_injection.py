"""What stands in a field is a value: it matches what it is, and is never executed, by any engine, shell or parser."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from chance import number
from cli.houses import House, kind_of
from databases import Server
from engines.live import write
from hostile.strings import strings
from wesretain.ledger import create

#: A few in every run of all tests; `STRINGS` in the environment asks for more.
STRINGS = number("STRINGS", 8)
BATCH = 25
BATCHES = range(-(-STRINGS // BATCH))
ABOUT = {"version": 1, "category": "personal", "purpose": "p", "basis": "contract"}
DDL = (
    "CREATE TABLE canary (id integer PRIMARY KEY, v varchar(20))",
    "CREATE TABLE accounts (k varchar(190) NOT NULL PRIMARY KEY)",
    "CREATE TABLE notes (id integer PRIMARY KEY, note varchar(400), state varchar(20), extra varchar(400), at date)",
    "CREATE TABLE parts (id integer PRIMARY KEY, note_id integer, words varchar(400))",
    "CREATE TABLE tags (id integer PRIMARY KEY, label varchar(190), t varchar(400), at date)",
)
CANARIES = [(n, "sings") for n in range(1, 4)]
TABLES = {
    "canary": {"category": "personal", "subjects": "none"},
    "accounts": {"category": "personal", "subjects": "self"},
    "notes": {"category": "personal", "subjects": "none"},
    "parts": {"category": "personal", "subjects": "none"},
}
#: What a rule asks of the note, for one string; the rule asks it of all of them.
KINDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "equal": lambda text: {"note": text},
    "listed": lambda text: {"note": [text, "nothing else"]},
    "within": lambda text: {"note": {"contains": text}},
    "start": lambda text: {"note": {"starts with": text}},
    "anycase": lambda text: {"note": {"any case": text}},
    "spared": lambda text: {"any": [{"note": {"not": {"contains": text}}}, {"note": text}]},
    "below": lambda text: {"has": {"parts": {"words": text}}},
}
#: Where a string becomes a value: to the letter, and with the key behind it.
PLACES = ("constant", "made")


@dataclass
class World:
    """A database, its house, and the file that nobody may create."""

    house: House
    url: str
    file: str

    def connect(self) -> Any:
        return sa.create_engine(self.url, poolclass=sa.NullPool).begin()

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        chosen = sa.select(*map(sa.column, columns)).select_from(sa.table(table)).order_by(sa.column(columns[0]))
        with self.connect() as connection:
            return [tuple(row) for row in connection.execute(chosen)]

    def insert(self, table: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
        into = sa.table(table, *map(sa.column, columns)).insert()
        with self.connect() as connection:
            connection.execute(into, [dict(zip(columns, row, strict=True)) for row in rows])

    def check(self) -> None:
        """The canaries sing, there is no table that should not be, and no file."""
        assert self.rows("canary", "id", "v") == CANARIES
        with sa.create_engine(self.url, poolclass=sa.NullPool).connect() as connection:
            tables = set(sa.inspect(connection).get_table_names())
        own = {"wesretain_control", "wesretain_evidence"}
        assert tables - own == {"canary", "accounts", "notes", "parts", "tags"}
        assert not os.path.lexists(self.file)


@pytest.fixture
def file() -> Iterator[str]:
    """The name of a file that every user, a server's too, could create."""
    folder = tempfile.mkdtemp(prefix="canary-")
    Path(folder).chmod(0o1777)
    yield f"{folder}/dead"
    shutil.rmtree(folder)


@pytest.fixture
def world(house: House, engine_url: str, file: str) -> World:
    return built(house, engine_url, file)


def built(house: House, url: str, file: str) -> World:
    write(url, *DDL, "INSERT INTO canary VALUES (1, 'sings'), (2, 'sings'), (3, 'sings')")
    world = World(house, url, file)
    house.furnish("version: 1", tables(TABLES), shop=url)
    return world


def tables(entries: dict[str, Any]) -> str:
    """An inventory of tables, one a line."""
    return "    tables:\n" + "".join(
        f"      {json.dumps(name)}: {json.dumps(entry)}\n" for name, entry in entries.items()
    )


def limitless(house: House) -> None:
    with (house.folder / "wesretain.yaml").open("a") as config:
        config.write("limits: {rows per rule: none, share per rule: none}\n")


def batch(place: int, file: str) -> list[str]:
    return strings(STRINGS, file)[place * BATCH : (place + 1) * BATCH]


def taken(house: House, texts: list[str]) -> dict[str, set[str]]:
    """For each kind the strings that `validate` takes: what it refuses is refused before anything is executed."""
    found: dict[str, set[str]] = {kind: set() for kind in (*KINDS, *PLACES, "title")}
    for text in texts:
        rules = {kind: {**about("t"), "where": where(text), "then": "delete"} for kind, where in KINDS.items()}
        rules |= {
            place: {**about("t"), "then": "redact", "columns": {"extra": target(place, text)}} for place in PLACES
        }
        rules["title"] = {**about(text), "then": "report"}
        house.write("policy.yaml", written(rules))
        problems = json.loads(house.call("validate", "--format", "json").out)
        lines = {each["line"] for each in problems if each["level"] == "error"}
        for line, kind in enumerate(rules, 2):
            if line not in lines:
                found[kind].add(text)
    return found


def about(text: str) -> dict[str, str]:
    return {"title": text, "purpose": text, "law": text, "table": "shop.notes", "keep": "1 year", "after": "at"}


def target(place: str, text: str) -> Any:
    return text if place == "constant" else {"text": f"{text}{{id}}"}


def written(rules: dict[str, Any]) -> str:
    """A policy with one rule a line, from the second on."""
    head = json.dumps(ABOUT)[:-1]
    lines = (f"{json.dumps(name)}: {json.dumps(rule)}" for name, rule in rules.items())
    return f'{head}, "rules": {{\n' + ",\n".join(lines) + "\n}}\n"


def storable(text: str, url: str) -> bool:
    """Whether an engine can hold it at all."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text) and not (
        "\0" in text and kind_of(url) == "postgresql"
    )


@pytest.mark.parametrize("place", BATCHES)
def test_values_of_policies(world: World, place: int) -> None:
    """Each kind of rule asks for all strings at once, in rows of its own; every row that bears one of them goes."""
    texts = [text for text in batch(place, world.file) if storable(text, world.url)]
    house, takes = world.house, taken(world.house, texts)
    bystander = (99_999, "bystander", "2010-01-01")
    for kind in KINDS:
        write(world.url, f"CREATE TABLE {kind} (id integer PRIMARY KEY, note varchar(400), at date)")
        rows = [(n, text, "2010-01-01") for n, text in enumerate(texts)]
        world.insert(kind, ("id", "note", "at"), rows if kind == "spared" else [*rows, bystander])
    world.insert("parts", ("id", "note_id", "words"), [(n, n, text) for n, text in enumerate(texts)])
    targets = [(place, text) for place in PLACES for text in texts if text in takes[place]]
    columns = [f"c{n}" for n in range(len(targets))]
    wide = ", ".join(f"{column} varchar(500)" for column in columns)
    text_type = "text" if kind_of(world.url) == "mariadb" else "varchar(500)"
    write(
        world.url,
        f"CREATE TABLE wide (id integer PRIMARY KEY, at date, {wide})".replace("varchar(500)", text_type),
        "INSERT INTO wide (id, at) VALUES (1, '2010-01-01')",
    )
    titles = sorted(takes["title"])
    rules: dict[str, Any] = {
        kind: {
            **about(titles[n % len(titles)]),
            "table": f"shop.{kind}",
            "where": {"any": [where(text) for text in texts if text in takes[kind]]},
            "then": "delete",
            **({"with": {"parts": "delete"}} if kind == "below" else {}),
            "may empty the table": "true",
        }
        for n, (kind, where) in enumerate(KINDS.items())
    }
    rules["wide"] = {
        **about(titles[-1]),
        "table": "shop.wide",
        "then": "redact",
        "columns": {column: target(*each) for column, each in zip(columns, targets, strict=True)},
    }
    entries = dict.fromkeys((*KINDS, "wide"), TABLES["notes"])
    up = {"note": {"to": "below", "by": "note_id"}}
    house.furnish(
        "version: 1", tables({**TABLES, **entries, "parts": {**TABLES["parts"], "links": up}}), shop=world.url
    )
    limitless(house)
    house.write("policy.yaml", written(rules))
    for words in (("scan",), ("prepare", "shop"), ("approve", "--all"), ("apply", "--yes", "--full-speed")):
        answer = house.call(*words)
        assert answer.code == 0, answer.said
    for kind in KINDS:
        goes = {text for text in takes[kind] if kind != "anycase" or text == text.strip(" ")}  # spaces at the ends keep
        stay = [(n, text) for n, text in enumerate(texts) if text not in goes]
        expected = [] if kind == "spared" else [*stay, bystander[:2]]  # each lacks some string that others have
        assert world.rows(kind, "id", "note") == expected, kind
    made = [text if place == "constant" else f"{text}1" for place, text in targets]
    assert world.rows("wide", "id", *columns) == [(1, *made)]
    write(world.url, *(f"DROP TABLE {table}" for table in (*KINDS, "wide")))
    world.check()


@pytest.mark.parametrize("place", BATCHES)
def test_values_of_inventories(world: World, place: int) -> None:
    texts = [text for text in batch(place, world.file) if storable(text, world.url) and text.strip() == text and text]
    texts = [text for text in texts if text.isprintable() and len(text) < 180]
    link = {
        "to": "accounts",
        "by": "label",
        "nobody": texts,
        "when": {"t": {"not": texts}},
        "where": {"k": {"not": texts}},
    }
    clock = {"format": "iso", "undated": texts[::2], "never": texts[1::2]}
    tags = {"category": "personal", "subjects": "owner", "links": {"owner": link}, "clocks": {"t": clock}}
    with world.connect() as connection:
        rows = [{"id": n, "label": text, "t": text, "at": "2010-01-01"} for n, text in enumerate(texts)]
        connection.execute(sa.table("tags", *map(sa.column, ("id", "label", "t", "at"))).insert(), rows)
    house = world.house
    house.furnish("version: 1", tables({**TABLES, "tags": tags}), shop=world.url)
    rule = {"table": "shop.tags", "keep": "1 year", "after": "t", "then": "delete"}
    house.write("policy.yaml", json.dumps({**ABOUT, "rules": {"tags": rule}}))
    limitless(house)
    for words in (("scan",), ("prepare", "shop"), ("approve", "tags"), ("apply", "--yes", "--full-speed")):
        answer = house.call(*words)
        assert answer.code == 0, answer.said
    assert house.scan().tallies["tags"] == {"undecidable": len(texts[::2]), "kept": len(texts[1::2])}
    assert [row[0] for row in world.rows("tags", "id")] == list(range(len(texts)))
    world.check()


#: Every option and argument that takes words, and the string in it; only these reach a database.
LIVE = (
    ("hold", "add", "--matter", "S", "--reason", "S", "--subject", "shop.accounts", "--", "S"),
    ("hold", "add", "--matter", "S", "--reason", "S", "--record", "shop.accounts", "--", "S"),
    ("hold", "add", "--matter", "S", "--reason", "S", "--table", "shop.notes", "--where", "W"),
    ("explain", "shop.accounts", "--", "S"),
    ("review", "extend", "looked-at", "--until", "2999-01-01", "--reason", "S", "--", "S"),
)
NOT_LIVE = (
    ("hold", "add", "--matter", "m", "--reason", "r", "--table", "S"),
    ("hold", "add", "--matter", "m", "--reason", "r", "--table", "shop.notes", "--where", "S"),
    ("hold", "add", "--matter", "m", "--reason", "r", "--database", "S"),
    ("hold", "add", "--matter", "m", "--reason", "r", "--category", "S"),
    ("hold", "add", "--matter", "m", "--reason", "r", "--review-on", "S", "--database", "shop"),
    ("hold", "release", "1", "--reason", "S"),
    ("hold", "show", "--", "S"),
    ("explain", "--", "S", "1"),
    ("explain", "--as-of", "S", "shop.notes", "1"),
    ("records", "--", "S"),
    ("scan", "--rule", "S"),
    ("scan", "--database", "S"),
    ("scan", "--as-of", "S"),
    ("scan", "--config", "S"),
    ("apply", "--yes", "--rule", "S"),
    ("apply", "--yes", "--database", "S"),
    ("approve", "--", "S"),
    ("approve", "--backlog", "S", "looked-at"),
    ("review", "approve", "--reason", "S", "--", "S", "1"),
    ("ledger", "show", "--rule", "S"),
    ("ledger", "verify", "--expect-head", "S"),
    ("prepare", "--", "S"),
    ("prepare", "shop", "--url", "S"),
    ("prepare", "shop", "--url", "sqlite:///x", "--password-env", "S"),
    ("validate", "--explain", "S"),
    ("validate", "--", "S"),
    ("schema", "--", "S"),
    ("init", "new", "--database", "S"),
    ("init", "new", "--password-env", "S"),
    ("S",),
)


def test_options_and_arguments(world: World) -> None:
    """The strings take turns at the options that reach no database: there the engine does not matter."""
    texts = [
        text.replace("\0", "\1").replace("\ud800", "\udc80") for text in strings(STRINGS, world.file)
    ]  # as arguments are
    house, turn = world.house, 0
    rule = {"table": "shop.accounts", "keep": "nothing", "where": {"k": {"not": "x"}}, "then": "hold"}
    house.write("policy.yaml", json.dumps({**ABOUT, "rules": {"looked-at": rule}}))
    keys = list(
        {text.casefold().strip(): text for text in texts if storable(text, world.url) and 0 < len(text) < 180}.values()
    )
    with world.connect() as connection:
        connection.execute(sa.table("accounts", sa.column("k")).insert(), [{"k": key} for key in keys])
    house.call("prepare", "shop")
    for place, text in enumerate(texts):
        if place % BATCH == 0:
            house.ledger.unlink()
            create(house.ledger, datetime(2026, 1, 1, tzinfo=UTC))
        chosen = [NOT_LIVE[(turn + step) % len(NOT_LIVE)] for step in range(6)]
        turn += 5
        where = json.dumps({"note": text})
        for words in (*LIVE, *(chosen if kind_of(world.url) != "sqlite" else NOT_LIVE)):
            arguments = [where if word == "W" else word.replace("S", text) if word == "S" else word for word in words]
            if arguments[:2] == ["validate", "--"] and not text.strip("./"):
                continue  # a folder of the machine's, with all that is in it
            answer = house.call(*arguments)
            assert answer.code in (0, 2, 3, 5, 7, 8), (words, answer.said)
            assert [line for line in answer.said.split("\n") if not line.isprintable()] == []
    world.check()
    assert {key for (key,) in world.rows("accounts", "k")} == set(keys)
    assert world.rows("notes", "id") == []
    assert sorted(entry.name for entry in house.folder.iterdir() if entry.name not in ("new", "canary.sqlite")) != []


def test_names_of_tables_and_columns(house: House, engine_url: str, file: str) -> None:
    """A table for each string, whose columns are called so too: what is due goes, whatever it is called."""
    texts = [
        text
        for text in strings(min(STRINGS, 1_000), file)
        if text.isprintable() and text == text.strip() and 0 < len(text.encode()) < 60 and storable(text, engine_url)
    ]
    names = list({text.casefold(): text for text in texts if "." not in text}.values())
    world = built(house, engine_url, file)
    for start in range(0, len(names), BATCH):
        some = names[start : start + BATCH]
        called = [f"{n}{text}" for n, text in enumerate(some)]
        metadata = sa.MetaData()
        made = [
            sa.Table(
                table,
                metadata,
                sa.Column(f"k{text}", sa.Integer, primary_key=True, autoincrement=False),
                sa.Column(text, sa.String(80)),
                sa.Column(f"c{text}", sa.Date),
            )
            for table, text in zip(called, some, strict=True)
        ]
        with world.connect() as connection:
            metadata.create_all(connection)
            for table, text in zip(made, some, strict=True):
                old = datetime(2010, 1, 1, tzinfo=UTC).date()
                rows = [{f"k{text}": key, text: state, f"c{text}": old} for key, state in ((1, text), (2, "other"))]
                connection.execute(table.insert(), rows)
        entries = {spelled(name): {"category": "personal", "subjects": "none"} for name in called}
        house.furnish("version: 1", tables(entries), shop=engine_url)
        rules = {
            f"r{n}": {
                "table": f"shop.{spelled(table)}",
                "keep": "1 year",
                "after": spelled(f"c{text}"),
                "where": {spelled(text): text},
                "then": "delete",
            }
            for n, (table, text) in enumerate(zip(called, some, strict=True))
        }
        house.write("policy.yaml", written(rules))
        limitless(house)
        for words in (("prepare", "shop"), ("approve", "--all"), ("apply", "--yes", "--full-speed")):
            answer = house.call(*words)
            assert answer.code == 0, answer.said
        with world.connect() as connection:
            for table in made:
                assert [tuple(row)[:2] for row in connection.execute(table.select())] == [(2, "other")], table.name
            metadata.drop_all(connection)
    world.check()


def spelled(name: str) -> str:
    """A name as rules write it."""
    return '"{}"'.format(name.replace('"', '""')) if "." in name or name.startswith('"') else name


SINGS_NOT = {
    "a row": "DELETE FROM canary WHERE id = 1",
    "a value": "UPDATE canary SET v = 'dead'",
    "a table": "CREATE TABLE dead (id integer)",
}


@pytest.mark.parametrize("harm", SINGS_NOT)
def test_the_canaries_notice(world: World, harm: str) -> None:
    write(world.url, SINGS_NOT[harm])
    with pytest.raises(AssertionError):
        world.check()


def test_a_server_could_create_the_file(house: House, postgresql: Server, file: str) -> None:
    """Else its absence would prove nothing."""
    world = built(house, postgresql.fresh_database("shop"), file)
    write(world.url, f"COPY canary TO PROGRAM 'touch {file}'")
    with pytest.raises(AssertionError):
        world.check()
