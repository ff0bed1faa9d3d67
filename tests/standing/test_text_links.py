"""Links that pair texts with whole numbers, both ways: which texts lead where, on each engine, by SQL and by Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from databases import Server
from standing.files import AS_OF, Found, execute, intent_of, stand
from standing.test_members import quoted
from wesretain.explain import explain
from wesretain.model.condition import Compare, Operator
from wesretain.model.hold import Hold, OnRecord, OnRecords, OnSubject, Scope
from wesretain.model.rule import TableName
from wesretain.model.source import NOWHERE as NO_PLACE
from wesretain.model.standing import Standing
from wesretain.survey import Request

ENGINES = ("sqlite", "postgresql", "mariadb")
D, K, N, U, B = Standing.DUE, Standing.KEPT, Standing.UNCOVERED, Standing.UNDECIDABLE, Standing.BLOCKED
H, L = Standing.HELD, Standing.LAW
#: Types of texts that the engines compare in ways of their own.
TEXTS = {
    "sqlite": ("TEXT", "VARCHAR(60) COLLATE NOCASE", "CHAR(60) COLLATE RTRIM"),
    "postgresql": ("VARCHAR(60)", "TEXT", 'TEXT COLLATE "C"', "TEXT COLLATE blind"),
    "mariadb": ("VARCHAR(60)", "TEXT COLLATE utf8mb4_bin", "VARCHAR(60) CHARACTER SET utf16"),
}
NUMBERS = {
    "sqlite": ("INTEGER", "BIGINT"),
    "postgresql": ("BIGINT", "INTEGER"),
    "mariadb": ("BIGINT UNSIGNED", "INTEGER(9) ZEROFILL"),
}
BLIND = "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@dataclass(frozen=True)
class Spelled:
    """A text, in which `#` stands for a number, and whether it leads there: surely, nearly, or not at all."""

    text: str | None
    way: str


EXACT, NEAR, NOWHERE = "surely", "nearly", "nowhere"
SPELLINGS = [
    Spelled("#", EXACT),
    *(Spelled(text, NEAR) for text in ("0#", "000000000000000000000000000000#", " #", "# ", "+#", " +00#.000 ")),
    *(Spelled(text, NEAR) for text in ("#.", "#.0", "\t#", "#\n", "#\r\n")),
    *(Spelled(text, NOWHERE) for text in ("-#", "#x", "x#", "#e0", "#.5", "#.0.0", "#,0", "# 0", "+ #", "+-#", "++#")),
    *(
        Spelled(text, NOWHERE)
        for text in ("0x#", "#abc", "'#'", "#;", "#%", "#_", "\u00a0#", "\u0661\u0660", "\uff11\uff12")
    ),
    *(Spelled(text, NOWHERE) for text in ("", " ", "+", "-", ".", "abc", "NaN", "null", "true", "9" * 19, "9" * 20)),
    *(Spelled(text, NOWHERE) for text in ("9" * 21, "9" * 60, "-" + "9" * 40, "18446744073709551627", "1e400", None)),
]
#: Each spelling has a number of its own.
FIRST = 11
NUMBERED = list(enumerate(SPELLINGS, FIRST))


def spelled(number: int, text: str | None) -> str | None:
    return None if text is None else text.replace("#", str(number))


def by_way(found: Found, rule: str) -> dict[str, set[Standing]]:
    """Where records stand whose number is spelled so."""
    standings: dict[str, set[Standing]] = {}
    for number, each in NUMBERED:
        standings.setdefault(each.way, set()).add(found.standings[rule][number])
    return standings


def ways(exact: Standing, near: Standing, nowhere: Standing) -> dict[str, set[Standing]]:
    return {EXACT: {exact}, NEAR: {near}, NOWHERE: {nowhere}}


INVENTORY = """
databases:
  db:
    zone: UTC
    tables:
      people: {subjects: [self], category: personal}
      notes: {subjects: [person], category: personal, links: {person: {to: people, on: {object: id}WHEN}}}
"""
ON_NOTES = """
  name: {table: notes, where: {person.name: ann}, keep: nothing, then: report}
  other: {table: notes, where: {person.name: bob}, keep: nothing, then: report}
  not: {table: notes, where: {person.name: {not: bob}}, keep: nothing, then: report}
  none: {table: notes, where: {person.name: {is: "null"}}, keep: nothing, then: report}
  has: {table: notes, where: {has: person}, keep: nothing, then: report}
  has-no: {table: notes, where: {has no: person}, keep: nothing, then: report}
  clock: {table: notes, keep: 1 year, after: person.at, then: report}
"""
ON_NOTES_WANTED = {
    "name": ways(D, U, U),
    "other": ways(N, U, U),
    "not": ways(D, U, U),
    "none": ways(N, U, D),
    "has": ways(D, N, N),
    "has-no": ways(N, N, D),
    "clock": ways(D, U, U),
}
ON_PEOPLE = """
  has: {table: people, where: {has: notes}, keep: nothing, then: report}
  has-no: {table: people, where: {has no: notes}, keep: nothing, then: report}
  newest: {table: people, keep: 1 year, after: {newest of: [notes.at]}, then: report}
"""
ON_PEOPLE_WANTED = {"has": ways(D, N, N), "has-no": ways(N, N, D), "newest": ways(D, U, U)}


def build(server: Server, text: str, number: str, old: str = "2020-01-01") -> str:
    """Notes that each spell the number of a person."""
    url, engine = server.fresh_database("spellings"), server.dialect
    execute(url, [BLIND] if "blind" in text else [])
    columns = f"id {number} NOT NULL PRIMARY KEY, name VARCHAR(9), at DATE"
    notes = [f"({key}, {quoted(spelled(key, each.text), engine)}, 'person', '{old}', 'x')" for key, each in NUMBERED]
    execute(
        url,
        [
            f"CREATE TABLE people ({columns})",
            f"CREATE TABLE notes (id INTEGER PRIMARY KEY, object {text}, kind VARCHAR(9), at DATE, body VARCHAR(9))",
            "CREATE INDEX by_object ON notes (object" + ("(20))" if engine == "mariadb" else ")"),
            "INSERT INTO people VALUES " + ", ".join(f"({key}, 'ann', '{old}')" for key, _ in NUMBERED),
            f"INSERT INTO notes VALUES {', '.join(notes)}",
        ],
    )
    return url


@pytest.mark.parametrize("place", range(4))
def test_texts_that_lead_to_numbers(server: Server, tmp_path: Path, place: int) -> None:
    kinds, numbers = TEXTS[server.dialect], NUMBERS[server.dialect]
    if place >= len(kinds):
        return
    url = build(server, kinds[place], numbers[place % len(numbers)])
    for rules, wanted in ((ON_NOTES, ON_NOTES_WANTED), (ON_PEOPLE, ON_PEOPLE_WANTED)):
        found = stand(intent_of(tmp_path, url, INVENTORY.replace("WHEN", ""), rules))
        assert not found.refused
        for rule, each in wanted.items():
            assert by_way(found, rule) == each, rule


EXPLAINED = {"sqlite": slice(None), "postgresql": slice(0, None, 2), "mariadb": slice(1, None, 2)}


def test_explain_says_the_same_of_each_record(server: Server, tmp_path: Path) -> None:
    """It reads the rows around a record from the database, one question a link; the servers share the records."""
    url = build(server, TEXTS[server.dialect][0], NUMBERS[server.dialect][0])
    for table, rules in (("notes", ON_NOTES), ("people", ON_PEOPLE)):
        intent = intent_of(tmp_path, url, INVENTORY.replace("WHEN", ""), rules)
        found, request = stand(intent).standings, Request(intent, (), AS_OF, pinned=True)
        for number, each in NUMBERED[EXPLAINED[server.dialect]]:
            views = explain(request, "db", None, table, (str(number),)).rules
            assert {view.rule.name: view.standing for view in views} == {rule: found[rule][number] for rule in found}, (
                each
            )


BELOW = """
  delete: {table: people, keep: 1 year, after: at, then: delete, with: {notes: delete}}
  unlink: {table: people, keep: 1 year, after: at, then: delete, with: {notes: unlink}}
  unnamed: {table: people, keep: 1 year, after: at, then: delete}
  keep: {table: people, keep: 1 year, after: at, then: delete, with: {notes: keep}}
  redact: {table: people, keep: 1 year, after: at, then: delete, with: {notes: {redact: {body: null}}}}
"""
#: A row that is only nearly below blocks; one that leads nowhere does not.
BELOW_WANTED = {
    "delete": ways(D, B, D),
    "unlink": ways(D, B, D),
    "unnamed": ways(B, B, D),
    "keep": ways(D, B, D),
    "redact": ways(D, B, D),
}


@pytest.mark.parametrize("rule", BELOW_WANTED)
def test_rows_that_are_nearly_below_block(server: Server, tmp_path: Path, rule: str) -> None:
    url = build(server, TEXTS[server.dialect][0], NUMBERS[server.dialect][0])
    line = next(line for line in BELOW.splitlines() if line.startswith(f"  {rule}:"))
    found = stand(intent_of(tmp_path, url, INVENTORY.replace("WHEN", ""), f"{line}\n"))
    assert not found.refused
    assert by_way(found, rule) == BELOW_WANTED[rule]


LAW = """
  delete: {table: people, keep: 1 year, after: at, then: delete, with: {notes: delete}}
  law: {table: notes, keep: 1 year, after: person.at, then: report, law: Some Act}
  old: {table: notes, keep: 1 year, after: at, then: delete}
"""


def test_what_protects_protects_over_a_near_miss(server: Server, tmp_path: Path) -> None:
    """A law over the notes, whose clock is the person's, and a hold on the persons: both go down to what is near."""
    url = build(server, TEXTS[server.dialect][0], NUMBERS[server.dialect][0])
    found = stand(intent_of(tmp_path, url, INVENTORY.replace("WHEN", ""), LAW))
    assert by_way(found, "old") == ways(D, L, L)
    held = hold(OnRecords(TableName("db", None, "people"), Compare(("name",), Operator.EQUAL, ("ann",), NO_PLACE), ""))
    found = stand(intent_of(tmp_path, url, INVENTORY.replace("WHEN", ""), LAW), holds=(held,))
    assert by_way(found, "old") == ways(H, H, L)
    assert by_way(found, "delete") == ways(H, H, H)


def hold(scope: Scope) -> Hold:
    return Hold(1, "matter", "reason", scope, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("scope", [OnSubject, OnRecord])
def test_a_hold_on_one_person_reaches_what_nearly_leads_there(
    server: Server, tmp_path: Path, scope: type[OnSubject | OnRecord]
) -> None:
    url = build(server, TEXTS[server.dialect][0], NUMBERS[server.dialect][0])
    intent = intent_of(tmp_path, url, INVENTORY.replace("WHEN", ""), LAW)
    for number, each in NUMBERED[:4] + NUMBERED[-4:]:
        found = stand(intent, holds=(hold(scope(TableName("db", None, "people"), (str(number),))),)).standings["old"]
        held = {key for key, standing in found.items() if standing is H}
        assert held == (set() if each.way == NOWHERE else {number}), each


BOTH_WAYS = """
databases:
  db:
    zone: UTC
    tables:
      codes: {subjects: none}
      uses: {subjects: none, links: {code: {to: codes, on: {number: code}}}}
"""
ON_USES = """
  name: {table: uses, where: {code.name: ann}, keep: nothing, then: report}
  none: {table: uses, where: {code.name: {is: "null"}}, keep: nothing, then: report}
  has: {table: uses, where: {has: code}, keep: nothing, then: report}
  has-no: {table: uses, where: {has no: code}, keep: nothing, then: report}
  clock: {table: uses, keep: 1 year, after: code.at, then: report}
"""
ON_CODES = """
  has: {table: codes, where: {has: uses}, keep: nothing, then: report}
  has-no: {table: codes, where: {has no: uses}, keep: nothing, then: report}
  newest: {table: codes, keep: 1 year, after: {newest of: [uses.at]}, then: report}
  delete: {table: codes, keep: 1 year, after: at, then: delete, with: {uses: delete}}
"""
ON_CODES_WANTED = {"has": ways(D, N, N), "has-no": ways(N, N, D), "newest": ways(D, U, U), "delete": ways(D, B, D)}


@pytest.mark.parametrize("unique", ["", "UNIQUE"])
def test_numbers_that_lead_to_texts(server: Server, tmp_path: Path, unique: str) -> None:
    url, engine = server.fresh_database("spellings"), server.dialect
    texts = [(key, each.text and spelled(key, each.text)) for key, each in NUMBERED]
    codes = [f"({key}, {quoted(text, engine)}, 'ann', '2020-01-01')" for key, text in texts]
    execute(
        url,
        [
            f"CREATE TABLE codes (id INTEGER PRIMARY KEY, code VARCHAR(60) {unique}, name VARCHAR(9), at DATE)"
            + (" COLLATE utf8mb4_nopad_bin" if engine == "mariadb" else ""),
            f"CREATE TABLE uses (id INTEGER PRIMARY KEY, number {NUMBERS[engine][0]}, at DATE)",
            f"INSERT INTO codes VALUES {', '.join(codes)}",
            "INSERT INTO uses VALUES " + ", ".join(f"({key}, {key}, '2020-01-01')" for key, _ in texts),
        ],
    )
    for rules, wanted in (
        (ON_USES, {k: v for k, v in ON_NOTES_WANTED.items() if k not in ("other", "not")}),
        (ON_CODES, ON_CODES_WANTED),
    ):
        found = stand(intent_of(tmp_path, url, BOTH_WAYS, rules))
        assert not found.refused
        for rule, each in wanted.items():
            assert by_way(found, rule) == each, rule


def test_two_spellings_of_one_number_are_several_rows(server: Server, tmp_path: Path) -> None:
    """Nobody can say which one is meant where a number leads to texts: both are there, and only one is sure."""
    url = server.fresh_database("spellings")
    execute(
        url,
        [
            "CREATE TABLE codes (id INTEGER PRIMARY KEY, code VARCHAR(60) NOT NULL UNIQUE, name VARCHAR(9), at DATE)",
            "CREATE TABLE uses (id INTEGER PRIMARY KEY, number INTEGER, at DATE)",
            "INSERT INTO codes VALUES (1, '7', 'ann', '2020-01-01'), (2, '07', 'bob', '2026-01-01')",
            "INSERT INTO codes VALUES (3, '8', 'ann', '2020-01-01')",
            "INSERT INTO uses VALUES (7, 7, '2020-01-01'), (8, 8, '2020-01-01'), (9, NULL, '2020-01-01')",
        ],
    )
    found = stand(intent_of(tmp_path, url, BOTH_WAYS, ON_USES)).standings
    assert [found[rule][7] for rule in ("name", "none", "has", "has-no", "clock")] == [U, U, D, N, U]
    assert [found[rule][8] for rule in ("name", "none", "has", "has-no", "clock")] == [D, N, D, N, D]
    assert [found[rule][9] for rule in ("name", "none", "has", "has-no", "clock")] == [U, D, N, D, U]
    found = stand(intent_of(tmp_path, url, BOTH_WAYS, ON_CODES)).standings
    assert [found["delete"][key] for key in (1, 2, 3)] == [B, K, D]


ATTRIBUTES = """
databases:
  db:
    zone: UTC
    tables:
      people: {subjects: [self]}
      meta:
        subjects: none
        links: {plan: {to: people, on: {owner: id}, when: {name: plan}}}
"""
PLANS = """
  gold: {table: people, where: {meta.plan.value: gold}, keep: nothing, then: report}
  none: {table: people, where: {meta.plan.value: {is: "null"}}, keep: nothing, then: report}
"""
META = [
    (1, "1", "plan", "gold"), (2, "02", "plan", "gold"), (3, "3", "plan", "gold"), (4, "03", "plan", "tin"),
    (5, "4", "plan", "gold"), (6, "04", "other", "tin"), (7, "5", "Plan", "gold"), (8, "6x", "plan", "gold"),
    (9, "7", "plan", "tin"), (10, "+8", "plan", "gold"), (11, " 8", "plan", "gold"),
]  # fmt: skip
PLANS_WANTED = {"gold": [D, U, U, D, U, U, N, U], "none": [N, U, U, N, U, D, N, U]}


def test_a_name_that_goes_down_to_one_row_of_texts(server: Server, tmp_path: Path) -> None:
    url = server.fresh_database("spellings")
    execute(
        url,
        [
            "CREATE TABLE people (id INTEGER PRIMARY KEY)",
            "CREATE TABLE meta (id INTEGER PRIMARY KEY, owner VARCHAR(60), name VARCHAR(20), value VARCHAR(20))",
            f"INSERT INTO people VALUES {', '.join(f'({key})' for key in range(1, 9))}",
            "INSERT INTO meta VALUES " + ", ".join(map(str, META)),
        ],
    )
    found = stand(intent_of(tmp_path, url, ATTRIBUTES, PLANS))
    assert not found.refused
    for rule, wanted in PLANS_WANTED.items():
        assert [found.standings[rule][key] for key in range(1, 9)] == wanted, rule


#: Numbers at the edges of what columns hold, and texts; whether these lead there.
EDGES = [
    (0, "0", EXACT), (0, "-0", NEAR), (0, "00", NEAR), (0, "+0.00", NEAR), (0, "", NOWHERE), (0, "abc", NOWHERE),
    (0, "0x0", NOWHERE), (0, "-", NOWHERE), (0, ".0", NOWHERE), (-5, "-5", EXACT), (-5, "-05", NEAR),
    (-5, "5", NOWHERE), (-5, "- 5", NOWHERE), (-5, " -5.0\n", NEAR), (5, "--5", NOWHERE),
    (2**63 - 1, "9223372036854775807", EXACT),
    (2**63 - 1, "09223372036854775807", NEAR), (2**63 - 1, "9223372036854775806", NOWHERE),
    (2**63 - 1, "9223372036854775808", NOWHERE), (2**63 - 1, "99999999999999999999", NOWHERE),
    (-(2**63), "-9223372036854775808", EXACT), (-(2**63), "-9223372036854775809", NOWHERE),
    (-(2**63), "9223372036854775808", NOWHERE), (-1, "18446744073709551615", NOWHERE),
    (10**15 + 1, "1000000000000001", EXACT), (2**53 + 1, "9007199254740992", NOWHERE),
    (2**53, "9007199254740993", NOWHERE),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(EDGES)))
def test_numbers_at_the_edges(server: Server, tmp_path: Path, place: int) -> None:
    number, text, way = EDGES[place]
    url = server.fresh_database("spellings")
    execute(
        url,
        [
            "CREATE TABLE people (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(9), at DATE)",
            "CREATE TABLE notes (id INTEGER PRIMARY KEY, object VARCHAR(60), at DATE)",
            f"INSERT INTO people VALUES ({number}, 'ann', '2020-01-01')",
            f"INSERT INTO notes VALUES (1, {quoted(text, server.dialect)}, '2020-01-01')",
        ],
    )
    found = stand(intent_of(tmp_path, url, INVENTORY.replace("WHEN", ""), ON_NOTES)).standings
    assert {rule: found[rule][1] for rule in found} == {rule: min(each[way]) for rule, each in ON_NOTES_WANTED.items()}
    found = stand(intent_of(tmp_path, url, INVENTORY.replace("WHEN", ""), ON_PEOPLE)).standings
    assert {rule: found[rule][number] for rule in found} == {
        rule: min(each[way]) for rule, each in ON_PEOPLE_WANTED.items()
    }
