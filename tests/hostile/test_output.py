"""Names, keys and reasons that steer terminals, mark up text or calculate in spreadsheets do so in no output."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from calling import Answer
from cli.houses import House, kind_of
from databases import Server
from engines.live import write
from wesretain.render.programs import as_csv, as_json

#: What must be told, but never to the letter on a terminal: colours, titles, C1 controls, text directions, line ends.
STEERS = (
    "\x1b[45m",
    "\x1b]0;pwned\x07",
    "\x9b45m",
    "\x90q\x9c",
    "\u202e",
    "\u2066",
    "\r\n",
    "\x08",
    "\x7f",
    "\u2028",
    "\x00",
)
MARKS = (
    "[red]",
    "[/]",
    "[/red]",
    "[link=https://evil.example]",
    "[bold",
    "<script>alert(1)</script>",
    "&amp;",
    ":smile:",
)
CALCULATES = ("=1+1", "+cmd|'/C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", '=HYPERLINK("x")')
CALCULATED = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
NUMBER = re.compile(r"[+-]?[\d.,]+")
#: What a terminal is sent for wesretain's own palette and bars, and between its lines.
OWN = re.compile(r"\x1b\[(?:0|1|2|31|33|\?25[lh]|1A|2K)m?|\r")
MATTER = f"[red]case[/] \x1b[45m\x9b45m\u202e{STEERS[1]}"
REASON = "=cmd|'/C calc'!A0 [/oops] <b>x</b>"
TITLE = "=HYPERLINK(1) [red]title[/] <script>"
#: Above the rule's table, which a policy can spell; below it one that no policy can.
TABLE = "=[red]t[/]<i>"
CHILD = "\x1b[45mchild[/]\n\u202e"
HELD = "[link=x]\x1b[45m\u202e=held"
KEYS = (*(f"k{n}{text}" for n, text in enumerate((*STEERS[:-1], *MARKS))), *CALCULATES, "-5", "+7.5", HELD)


def quoted(url: str, name: str) -> str:
    mark = "`" if kind_of(url) == "mariadb" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def furnish(house: House, url: str) -> House:
    """A shop in which all that a person may name is hostile, and three holds that are."""
    table, child, key = quoted(url, TABLE), quoted(url, CHILD), quoted(url, "=k")
    write(
        url,
        f"CREATE TABLE {table} ({key} varchar(60) NOT NULL PRIMARY KEY, at date)",
        f"CREATE TABLE {child} (id integer PRIMARY KEY, up varchar(60), FOREIGN KEY (up) REFERENCES {table} ({key}))",
    )
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        rows = sa.table(TABLE, sa.column("=k"), sa.column("at"))
        connection.execute(rows.insert(), [{"=k": key, "at": "2010-01-01"} for key in KEYS])
        connection.execute(sa.table(CHILD, sa.column("id"), sa.column("up")).insert(), [{"id": 1, "up": "-5"}])
    head = {"table": f"shop.{TABLE}", "keep": "1 year", "after": "at", "title": TITLE}
    rules = {
        "counted": {**head, "then": "report", "law": "[/x] =1"},
        "looked-at": {**head, "then": "hold"},
        "gone": {**head, "then": "delete", "purpose": REASON},
    }
    top = {"version": 1, "category": "personal", "purpose": REASON, "basis": "contract", "rules": rules}
    tables = {TABLE: {"category": "personal", "subjects": "none"}}
    house.furnish("version: 1", f"    tables: {json.dumps(tables)}\n", shop=url)
    house.write("policy.yaml", json.dumps(top))
    text = (house.folder / "wesretain.yaml").read_text()
    house.write("wesretain.yaml", text.replace("organisation: Shop", f"organisation: {json.dumps(TITLE)}"))
    shop = f"shop.{TABLE}"
    place_hold(house, "--record", shop, "--", HELD)
    place_hold(house, "--record", shop, "--", "=1+1")
    place_hold(house, "--table", shop, "--where", json.dumps({"=k": "[red]=x"}))
    return house


def place_hold(house: House, *scope: str) -> None:
    answer = house.call("hold", "add", "--matter", MATTER, "--reason", REASON, *scope)
    assert answer.code in (0, 7), answer.said
    check_text(answer)


@pytest.fixture
def shop(house: House, engine_url: str) -> House:
    return furnish(house, engine_url)


COMMANDS = (
    ("validate", "--live"),
    ("scan",),
    ("records", "gone"),
    ("records", "counted"),
    ("records", "looked-at"),
    ("explain", f"shop.{TABLE}", HELD),
    ("explain", f"shop.{TABLE}", "\x1b[45mnowhere"),
    ("explain", "shop.\x1b[45mnowhere", "1"),
    ("hold", "list"),
    ("hold", "show", "1"),
    ("review", "list"),
    ("review", "list", "looked-at"),
    ("approve", "--list"),
    ("apply", "--dry-run"),
    ("apply", "--yes", "--log", "log"),
    ("ledger", "show"),
    ("ledger", "export"),
    ("ledger", "verify"),
    ("scan", "--rule", "\x1b[45m[/]"),
    ("\x1b[45m[/]",),
    ("hold", "add", "--\x1b[45m"),
    ("scan", "-c", "\x1b[45m[/].yaml"),
    ("validate", "-c", "\x9b45m/[red].yaml"),
)
FORMS = {
    ("validate", "--live"): ("text", "json", "github"),
    ("explain",): ("text", "json"),
    ("hold", "show"): ("text", "json"),
    ("ledger", "export"): ("jsonl", "csv"),
    ("ledger", "verify"): (),
}


def forms_of(words: tuple[str, ...]) -> tuple[str, ...]:
    return next((forms for head, forms in FORMS.items() if words[: len(head)] == head), ("table", "json", "csv"))


def every(words: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    forms = forms_of(words)
    if not forms or "\x1b" in "".join(words) or "\x9b" in "".join(words):
        yield "text", words
        return
    for form in forms:
        yield form, (*words, "--format", form)


def check_text(answer: Answer) -> None:
    """Every line is printable; what was marked up is told to the letter."""
    shown = [line for line in answer.said.split("\n") if not line.isprintable()]
    assert shown == []


def check_csv(text: str) -> None:
    for row in csv.reader(io.StringIO(text)):
        assert [cell for cell in row if CALCULATED.match(cell) and not NUMBER.fullmatch(cell)] == []


def test_nothing_is_steered_or_calculated(shop: House) -> None:
    shop.call("prepare", "shop")
    told = ""
    for words in COMMANDS:
        for form, whole in every(words):
            answer = shop.call(*whole)
            check_text(answer)
            told += answer.said
            match form:
                case "csv":
                    check_csv(answer.out)
                case "json" if answer.out:
                    json.loads(answer.out)
                case "jsonl":
                    told += "".join(json.dumps(json.loads(line)) for line in answer.out.splitlines())
    log = (shop.folder / "log").read_text()
    assert all(line.isprintable() for line in log.split("\n"))
    # Nothing was left out either: a harness that never meets these strings proves nothing.
    for needle in (
        *MARKS[:4],
        "\\x1b[45m",
        "\\u001b[45m",
        "\\u202e",
        "'=1+1",
        "'=cmd|",
        "'-2+3",
        "[/oops]",
        "\\x1b[45mchild",
    ):
        assert needle in told, needle


def test_json_is_to_the_letter(shop: House) -> None:
    found = shop.call("records", "counted", "--format", "json").json["records"]
    assert {each["=k"] for each in found} == set(KEYS)
    assert {each["matter"] for each in shop.call("hold", "list", "--format", "json").json["holds"]} == {MATTER}


def test_a_terminal_is_sent_nothing_but_the_palette(house: House, sqlite: Server) -> None:
    furnish(house, sqlite.fresh_database("shop"))
    house.call("prepare", "shop")
    lists = [("hold", "list", "--format", form) for form in ("json", "csv")]
    words = [command for command in COMMANDS[:-2] if command[:2] != ("apply", "--yes")]
    told = ""
    for command in (*words, *lists, ("scan", "--sql"), ("apply", "--yes", "--full-speed")):
        shown = house.terminal(*command, columns=200)
        left = OWN.sub("\n", shown)
        assert [line for line in left.split("\n") if not line.isprintable()] == [], command
        told += left
    for needle in (*MARKS[:4], "\\x1b[45m", "\\u202e", "[/oops]"):
        assert needle in told, needle


def test_files_that_init_writes_are_plain(house: House, sqlite: Server, tmp_path: Path) -> None:
    url = sqlite.fresh_database("shop")
    write(
        url,
        *(f"CREATE TABLE {quoted(url, name)} (id integer PRIMARY KEY)" for name in (*STEERS[:-1], *MARKS, *CALCULATES)),
    )
    folder = tmp_path / "new\x1b[45m"
    answer = house.call("init", str(folder), "--url", url)
    assert answer.code == 0
    check_text(answer)
    assert all(line.isprintable() for line in (folder / "inventory.yaml").read_text().split("\n"))
    assert house.call("validate", "-c", str(folder / "wesretain.yaml")).code == 0
    for name in (*MARKS, *CALCULATES[:4]):
        assert name in (folder / "inventory.yaml").read_text()


@pytest.mark.parametrize(
    "text", [*STEERS, *MARKS, *CALCULATES, "-5", "1,000.5", "+7", "", "plain", "\ud800", "a\nb", '"', "\U000e0001"]
)
def test_values_for_programs(text: str) -> None:
    written = as_json({text: [text, None, 1]})
    assert all(line.isprintable() for line in written.split("\n"))
    assert json.loads(written) == {text: [text, None, 1]}
    table = as_csv([[text, 7, None, [text]]])
    assert all(line.isprintable() for line in table.split("\n"))
    check_csv(table)
    ((cell, seven, nothing, inner),) = csv.reader(io.StringIO(table))
    assert (seven, nothing, json.loads(inner)) == ("7", "", [text])
    if text.isprintable() and text not in CALCULATES:
        assert cell == text


def test_numbers_stay_numbers() -> None:
    assert as_csv([["-5", "+7.5", -5, "-5-"]]) == "-5,+7.5,-5,'-5-\n"


@pytest.mark.parametrize("words", [("hold", "list"), ("scan",), ("validate",), ("validate", "--format", "github")])
def test_the_name_of_a_file_with_errors_is_plain(house: House, words: tuple[str, ...]) -> None:
    name = "\x1b[45m\x9b\u202e[red].yaml"
    house.write(name, "organisation: 1\nzone: nowhere\n")
    answer = house.call(*words, "-c", name)
    assert answer.code == 3
    check_text(answer)
    assert "\\x1b[45m\\x9b\\u202e[red].yaml" in answer.said
