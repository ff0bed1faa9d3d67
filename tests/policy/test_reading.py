"""Reading the files: what each part of the language means, and where what is wrong with it is told."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wesretain.errors import InvalidInput
from wesretain.model.condition import Age, All, AnyOf, Compare, Condition, Has, Is, Not, Operator, Presence
from wesretain.model.config import Config, FromEnvironment, FromFile, LedgerServer, Limits, Literal, Replicas, Tls
from wesretain.model.inventory import Clock, ClockFormat, DatabaseEntry, Element, Inventory, LinkDeclaration
from wesretain.model.period import Period, Unit
from wesretain.model.problem import Level, Problem
from wesretain.model.rule import (
    After,
    Category,
    Disposition,
    Fate,
    MaskIp,
    Redaction,
    RedactRow,
    RowFate,
    Rule,
    Scrub,
    SetConstant,
    SetHash,
    SetNull,
    SetTemplate,
    TableName,
)
from wesretain.model.source import Position
from wesretain.policy import strict_yaml
from wesretain.policy.configuration import read_config
from wesretain.policy.document import Document
from wesretain.policy.ignore import heard
from wesretain.policy.inventory import read_inventory
from wesretain.policy.load import Loaded, load, load_files, parse_condition
from wesretain.policy.pages import READING
from wesretain.policy.rules import read_rules
from wesretain.policy.schemas import json_schema
from wesretain.policy.secrets import resolve
from wesretain.policy.strict_yaml import read_file, read_text

Place = tuple[int, int, str]

POLICY = """\
version: 1
category: personal
database: shop
rules:
  r:
    table: t
    keep: 1 day
    then: delete
"""
INVENTORY = """\
databases:
  shop:
    tables:
      t:
"""
CONFIG = """\
organisation: Example
zone: UTC
ledger: ledger.db
databases:
  shop:
    url: sqlite:///shop.db
"""


def rule(lines: str) -> str:
    """A policy with one rule, to which these lines are added; the first is line 9, and starts in column 5."""
    return POLICY + _indent(lines, 4)


def table(lines: str) -> str:
    """An inventory with one table that has these lines; the first is line 5, and starts in column 9."""
    return INVENTORY + _indent(lines, 8)


def ledger(text: str, lines: str = "") -> str:
    """A configuration whose ledger is this, on line 3; the lines that are added begin with line 7."""
    return CONFIG.replace("ledger.db", text) + _indent(lines, 0)


def config(lines: str) -> str:
    """A configuration to which these lines are added; the first is line 7."""
    return CONFIG + _indent(lines, 0)


def database(lines: str) -> str:
    """A configuration of one database with these lines; the first is line 5, and starts in column 9."""
    return "organisation: X\nzone: UTC\nledger: l\ndatabases:\n  shop:\n" + _indent(lines, 8)


def _indent(lines: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}\n" for line in lines.split("\n"))


def read_policy(text: str | bytes) -> tuple[tuple[Rule, ...], Document]:
    document = read_text(text, "file.yaml")
    return (tuple(read_rules(document)) if document.readable else ()), document


def read(kind: str, text: str | bytes) -> Document:
    document = read_text(text, "file.yaml")
    if document.readable:
        {"policy": lambda: list(read_rules(document)), "inventory": lambda: read_inventory(document)}.get(
            kind, lambda: read_config(document, Path("/etc/wesretain"))
        )()
    return document


def places(problems: Iterable[Problem]) -> list[Place]:
    return [(problem.at.line, problem.at.column, problem.check) for problem in sorted(problems)]


# What is wrong, and where --------------------------------------------------------------------------------------------

WRONG: list[tuple[str, str | bytes, Place | list[Place]]] = [
    # files
    ("policy", "", (1, 1, "unreadable-file")),
    ("policy", "# nothing but a comment\n", (1, 1, "unreadable-file")),
    ("policy", "---\n...\n", (1, 1, "unreadable-file")),
    ("policy", b"version: 1\nna\xefme: 1\n", (2, 3, "unreadable-file")),
    ("policy", "version: 1\n".encode("utf-16"), (1, 1, "unreadable-file")),
    ("policy", "- a\n- b\n", (1, 1, "wrong-type")),
    ("policy", "text\n", (1, 1, "wrong-type")),
    # YAML
    ("policy", POLICY + "  x: [a\n", (10, 1, "yaml-syntax")),
    ("policy", "version: 1\n\trules: 2\n", (2, 1, "yaml-syntax")),
    ("policy", "version: @\n", (1, 10, "yaml-syntax")),
    ("policy", rule("title: a\x07b\nlaw: c\x00d"), (9, 13, "yaml-syntax")),
    ("policy", rule("title: a\u202eb"), (9, 13, "yaml-syntax")),
    ("policy", rule("title: a\u2028b"), (9, 13, "yaml-syntax")),
    ("policy", rule('title: "a\\e[31mb"'), (9, 12, "yaml-syntax")),
    ("policy", "a: " + "[" * 60, (1, 44, "yaml-syntax")),
    ("policy", "a: " + "[" * 900, (1, 44, "yaml-syntax")),
    ("policy", rule("keep: 2 days"), (9, 5, "yaml-duplicate-key")),
    ("policy", rule("keep: 2 days\nthem: x"), [(9, 5, "yaml-duplicate-key"), (10, 5, "unknown-key")]),
    ("policy", POLICY + "  r: {table: shop.t}\n", (9, 3, "yaml-duplicate-key")),
    ("policy", rule("title: &a A"), (9, 12, "yaml-alias")),
    ("policy", rule("title: *a"), (9, 12, "yaml-alias")),
    ("policy", rule("title: *a\nlow: x"), [(9, 12, "yaml-alias"), (10, 5, "unknown-key")]),
    ("policy", rule("<<: {title: x}"), (9, 5, "yaml-alias")),
    ("policy", rule("<<: *a"), (9, 5, "yaml-alias")),
    ("policy", rule("*a : x"), (9, 5, "yaml-alias")),
    ("policy", rule("&a title: x"), (9, 5, "yaml-alias")),
    ("policy", rule("title: !!str x"), (9, 12, "yaml-tag")),
    ("policy", rule("where: !include x"), (9, 12, "yaml-tag")),
    ("policy", rule("overrides: !!set {a, b}"), (9, 16, "yaml-tag")),
    ("policy", POLICY + "---\nversion: 1\n", (9, 1, "yaml-document")),
    ("policy", rule("[a]: x"), (9, 5, "wrong-type")),
    ("policy", rule("{a: b}: x"), (9, 5, "wrong-type")),
    ("policy", rule("null: x"), (9, 5, "wrong-type")),
    ("policy", rule("columns: {'': x}"), (9, 15, "wrong-type")),
    # comments that silence
    ("policy", rule("title: x # wesretain: ignore[a]"), (9, 14, "ignore-comment")),
    ("policy", rule("# wesretain: ignore[] because"), (9, 5, "ignore-comment")),
    ("policy", rule("# wesretain: ignore[A b] because"), (9, 5, "ignore-comment")),
    ("policy", rule("# wesretain: skip this"), (9, 5, "ignore-comment")),
    # keys
    ("policy", rule("wehre: {a: 1}"), (9, 5, "unknown-key")),
    ("policy", "ruels: {}\nversion: 1\n", [(1, 1, "missing-key"), (1, 1, "unknown-key")]),
    ("policy", "version: 1\ncategory: server\nrules: {r: {}}\n", [(3, 9, "missing-key")] * 3),
    ("policy", "version: 1\nrules: {r: {table: a.b, keep: 1 day, then: report}}\n", (2, 9, "missing-key")),
    ("policy", "version: 1\ncategory: x\nrules: {r: {table: a.b, keep: 1 day, then: report}}", (2, 11, "wrong-value")),
    ("policy", POLICY.replace("delete", "redact"), (5, 3, "missing-key")),
    ("policy", POLICY.replace("version: 1", "version: 2"), (1, 10, "version")),
    ("policy", POLICY.replace("version: 1", "version: [1]"), (1, 10, "wrong-type")),
    ("policy", POLICY.replace("version: 1\n", ""), (1, 1, "missing-key")),
    # types
    ("policy", "version: 1\nrules:\n", (2, 1, "wrong-type")),
    ("policy", "version: 1\nrules: {r: }\n", (2, 9, "wrong-type")),
    ("policy", "version: 1\nrules: {r: [a]}\n", (2, 12, "wrong-type")),
    ("policy", rule("title: [x]"), (9, 12, "wrong-type")),
    ("policy", rule("title:"), (9, 5, "wrong-type")),
    ("policy", rule("law: ' '"), (9, 10, "wrong-type")),
    ("policy", rule("overrides: []"), (9, 16, "wrong-type")),
    ("policy", rule("overrides: [a, [b]]"), (9, 20, "wrong-type")),
    ("policy", rule("protects: {a: b}"), (9, 15, "wrong-type")),
    ("policy", rule("may empty the table: yes"), (9, 26, "wrong-value")),
    ("policy", rule("may empty the table: [true]"), (9, 26, "wrong-type")),
    ("policy", rule("category: persnal"), (9, 15, "wrong-value")),
    ("policy", rule("category: [server]"), (9, 15, "wrong-type")),
    ("policy", POLICY.replace("delete", "erase"), (8, 11, "wrong-value")),
    ("policy", rule("columns: []"), (9, 14, "wrong-type")),
    ("policy", rule("columns: {a: [b]}"), (9, 18, "wrong-type")),
    ("policy", rule("columns: {a: {}}"), (9, 18, "wrong-type")),
    ("policy", rule("columns: {a: {text: b}}"), (9, 25, "wrong-value")),
    ("policy", rule('columns: {a: {text: "{b"}}'), (9, 25, "wrong-value")),
    ("policy", rule("columns: {a: {mask: email}}"), (9, 25, "wrong-value")),
    ("policy", rule("columns: {a: {hash: [k]}}"), (9, 25, "wrong-value")),
    ("policy", rule("columns: {a: {hahs: k}}"), (9, 19, "unknown-key")),
    ("policy", rule("columns: {a: {scrub: [email]}}"), (9, 27, "wrong-value")),
    ("policy", rule("columns: {a: {scrub: []}}"), (9, 26, "wrong-value")),
    ("policy", rule("columns: {a: {scrub: [[name]]}}"), (9, 27, "wrong-value")),
    ("policy", rule("with: {}"), (9, 11, "wrong-type")),
    ("policy", rule("with: delete"), (9, 11, "wrong-type")),
    ("policy", rule("with: {a: remove}"), (9, 15, "wrong-value")),
    ("policy", rule("with: {a: [delete]}"), (9, 15, "wrong-type")),
    ("policy", rule("with: {a: {redact: {}}}"), (9, 24, "wrong-type")),
    ("policy", rule("with: {a..b: delete}"), (9, 12, "name")),
    ("policy", rule("after: [a]"), (9, 12, "wrong-type")),
    ("policy", rule("after: {newest of: []}"), (9, 12, "wrong-type")),
    ("policy", rule("after: {newest of: [[a]]}"), (9, 25, "wrong-type")),
    ("policy", rule("after:"), (9, 5, "wrong-type")),
    # names
    ("policy", rule("after: a."), (9, 12, "name")),
    ("policy", rule("agreed until: .a"), (9, 19, "name")),
    ("policy", POLICY.replace("table: t", "table: a.b.c.d"), (6, 12, "name")),
    ("policy", POLICY.replace("database: shop\n", ""), (5, 12, "name")),
    ("policy", POLICY.replace("  r:", "  r r:"), (5, 3, "name")),
    ("policy", POLICY.replace("shop", "[shop]"), (3, 11, "wrong-type")),
    # periods
    ("policy", POLICY.replace("1 day", "1 year 3 months"), (7, 11, "period")),
    ("policy", POLICY.replace("1 day", "-1 days"), (7, 11, "period")),
    ("policy", POLICY.replace("1 day", "0 months"), (7, 11, "period")),
    ("policy", POLICY.replace("1 day", "forever"), (7, 11, "period")),
    ("policy", POLICY.replace("1 day", "''"), (7, 11, "period")),
    ("policy", POLICY.replace("1 day", ""), (7, 5, "wrong-type")),
    ("policy", POLICY.replace("1 day", "[1 day]"), (7, 11, "wrong-type")),
    # conditions
    ("policy", rule("where:"), (9, 5, "condition")),
    ("policy", rule("where: {}"), (9, 12, "condition")),
    ("policy", rule("where: [a]"), (9, 12, "condition")),
    ("policy", rule("where: a = 1"), (9, 12, "condition")),
    ("policy", rule("where: {a: null}"), (9, 16, "condition")),
    ("policy", rule("where: {a: ~, b: {}}"), [(9, 16, "condition"), (9, 22, "condition")]),
    ("policy", rule("where: {a: []}"), (9, 16, "condition")),
    ("policy", rule("where: {a: [b, null]}"), (9, 20, "condition")),
    ("policy", rule("where: {a: [b, [c]]}"), (9, 20, "condition")),
    ("policy", rule("where: {a: {is: closed}}"), (9, 21, "condition")),
    ("policy", rule("where: {a: {not: null}}"), (9, 22, "condition")),
    ("policy", rule("where: {a: {not: {not: {}}}}"), (9, 28, "condition")),
    ("policy", rule("where: {a: {equals: 1}}"), (9, 17, "condition")),
    ("policy", rule("where: {a: {at most: [1]}}"), (9, 26, "condition")),
    ("policy", rule("where: {a: {at most: }}"), (9, 17, "condition")),
    ("policy", rule("where: {a: {contains: ''}}"), (9, 27, "condition")),
    ("policy", rule('where: {a: {starts with: ""}}'), (9, 30, "condition")),
    ("policy", rule("where: {a: {contains: [b]}}"), (9, 27, "condition")),
    ("policy", rule("where: {a: {any case: []}}"), (9, 27, "condition")),
    ("policy", rule("where: {a: {older than: 1}}"), (9, 29, "period")),
    ("policy", rule("where: {a: {younger than: 0 days}}"), (9, 31, "period")),
    ("policy", rule("where: {a: {younger than: nothing}}"), (9, 31, "period")),
    ("policy", rule("where: {a: {older than: [1 day]}}"), (9, 29, "wrong-type")),
    ("policy", rule("where: {a. : 1}"), (9, 13, "name")),
    ("policy", rule("where: {any: []}"), (9, 18, "condition")),
    ("policy", rule("where: {any: {a: 1}}"), (9, 18, "condition")),
    ("policy", rule("where: {any: [{a: 1}, {}]}"), (9, 27, "condition")),
    ("policy", rule("where: {has: }"), (9, 13, "condition")),
    ("policy", rule("where: {has: []}"), (9, 18, "condition")),
    ("policy", rule("where: {has: [[a]]}"), (9, 18, "condition")),
    ("policy", rule("where: {has: {a: }}"), (9, 19, "condition")),
    ("policy", rule("where: {has no: [a, {b: {}}]}"), (9, 29, "condition")),
    ("policy", rule("where: {has no: [a..b]}"), (9, 22, "name")),
    ("policy", rule("where: {has no: {a: {b: {is: x}}}}"), (9, 34, "condition")),
    ("policy", rule("where: {a: 1}\nafter: 'b.'\nlaws: x"), [(10, 12, "name"), (11, 5, "unknown-key")]),
    # the inventory
    ("inventory", "{}", (1, 1, "missing-key")),
    ("inventory", "databases: {}", (1, 12, "wrong-type")),
    ("inventory", "databases: {a.b: {}}", (1, 13, "name")),
    ("inventory", "databases: {shop: {zone: UTCC}}", (1, 26, "zone")),
    ("inventory", "databases: {shop: {zone: /etc/passwd}}", (1, 26, "zone")),
    ("inventory", "databases: {shop: {zone: Europe}}", (1, 26, "zone")),
    ("inventory", "databases: {shop: {zone: ''}}", (1, 26, "wrong-type")),
    ("inventory", "databases: {shop: {tables: {a.b.c: {}}}}", (1, 29, "name")),
    ("inventory", "databases: {shop: {tables: {.a: {}}}}", (1, 29, "name")),
    ("inventory", "databases: {shop: {subjects: [a, none]}}\n", []),
    ("inventory", "databases: {shop: {subjects: [a, none], tables: {t: {}}}}", (1, 34, "wrong-value")),
    ("inventory", table("subjects: a."), (5, 19, "name")),
    ("inventory", table("subjects: []"), (5, 19, "wrong-type")),
    ("inventory", table("links: {a: {by: b}}"), (5, 17, "missing-key")),
    ("inventory", table("links: {a: {to: b}}"), (5, 17, "missing-key")),
    ("inventory", table("links: {a: {to: b, by: c, on: {d: e}}}"), (5, 35, "wrong-value")),
    ("inventory", table("links: {a: {to: b, on: {}}}"), (5, 32, "wrong-type")),
    ("inventory", table("links: {a: {to: b, on: {c: [d]}}}"), (5, 36, "wrong-type")),
    ("inventory", table("links: {a: {to: b.c.d, by: c}}"), (5, 25, "name")),
    ("inventory", table("links: {a.b: {to: b, by: c}}"), (5, 17, "name")),
    ("inventory", table("links: {a: {to: b, by: c, nobody: [null]}}"), (5, 44, "wrong-type")),
    ("inventory", table("links: {a: {to: b, by: c, when: {d: null}}}"), (5, 45, "condition")),
    ("inventory", table("links: {a: {to: b, by: c, where: {}}}"), (5, 42, "condition")),
    ("inventory", table("clocks: {a: {format: is}}"), (5, 30, "wrong-value")),
    ("inventory", table("clocks: {a: {format: mm-dd-yyyy}}"), (5, 30, "wrong-value")),
    ("inventory", table("clocks: {a: {zone: [UTC]}}"), (5, 28, "wrong-type")),
    ("inventory", table("clocks: {a: {floor: 1990-02-30}}"), (5, 29, "wrong-value")),
    ("inventory", table("clocks: {a: {floor: 19900201}}"), (5, 29, "wrong-value")),
    ("inventory", table("clocks: {a: {counts from: begin}}"), (5, 35, "wrong-value")),
    ("inventory", table("clocks: {a: {undated: []}}"), (5, 31, "wrong-type")),
    ("inventory", table("clocks: {a: {undated: [[]]}}"), (5, 32, "wrong-type")),
    ("inventory", table("clocks: {a: {expries: true}}"), (5, 22, "unknown-key")),
    ("inventory", table("clocks: {a: }"), (5, 18, "wrong-type")),
    ("inventory", table("columns: {a: email}"), (5, 22, "wrong-value")),
    ("inventory", table("columns: {a: [e-mail, mail]}"), (5, 31, "wrong-value")),
    ("inventory", table("columns: {a: [e-mail, none]}"), (5, 22, "wrong-value")),
    ("inventory", table("columns: {}"), (5, 18, "wrong-type")),
    ("inventory", table("key: id"), (5, 14, "wrong-value")),
    # the configuration
    ("config", "{}", [(1, 1, "missing-key")] * 4),
    ("config", CONFIG.replace("UTC", "MYT"), (2, 7, "zone")),
    ("config", CONFIG.replace("UTC", "[UTC]"), (2, 7, "wrong-type")),
    ("config", config("policys: x"), (7, 1, "unknown-key")),
    ("config", config("limits: {rows per rule: 1e3}"), (7, 25, "wrong-value")),
    ("config", config("limits: {rows per rule: -1}"), (7, 25, "wrong-value")),
    ("config", config("limits: {rows per run: }"), (7, 10, "wrong-value")),
    ("config", config("limits: {share per rule: 0.1}"), (7, 26, "wrong-value")),
    ("config", config("limits: {share per rule: 101%}"), (7, 26, "wrong-value")),
    ("config", config("limits: {share per rule: [1%]}"), (7, 26, "wrong-value")),
    ("config", config("keys: {mail: hunter2}"), (7, 14, "secret")),
    ("config", config("keys: {mail: {hunter2}}"), (7, 14, "secret")),
    ("config", config("keys: {mail: {env: A, file: b}}"), (7, 14, "secret")),
    ("config", config("keys: {a b: {env: A}}"), (7, 8, "name")),
    ("config", ledger("mariadb://db/ledger"), (3, 9, "url")),
    ("config", ledger("sqlite:///ledger"), (3, 9, "url")),
    ("config", ledger("postgresql://ann:hunter2@db/ledger"), (3, 9, "secret")),
    ("config", ledger("postgresql://db/ledger", "ledger password: hunter2"), (7, 18, "secret")),
    ("config", ledger("postgresql://db/ledger", "ledger tls: {mode: all}"), (7, 20, "wrong-value")),
    ("config", config("ledger password: {env: A}"), (7, 1, "url")),
    ("config", config("ledger tls: {mode: require}"), (7, 1, "url")),
    ("config", config("ledger keep: 364 days"), (7, 14, "period")),
    ("config", config("ledger keep: 0 days"), (7, 14, "period")),
    ("config", config("ledger keep: nothing"), (7, 14, "period")),
    ("config", CONFIG.replace("url: sqlite:///shop.db", "{}"), (5, 3, "missing-key")),
    ("config", CONFIG + "    discover: {}\n", (7, 15, "discover")),
    ("config", CONFIG + "    discover: 'shop_*'\n", (7, 15, "discover")),
    ("config", CONFIG.replace("url: sqlite:///shop.db", "discover: {fils: '*.db'}"), (6, 15, "discover")),
    ("config", database("apply_url: {env: A}"), (5, 3, "missing-key")),
    ("config", database("url: {env: A}\nscan_url: {env: A}"), (6, 9, "url")),
    ("config", database("scan_url: {env: A}\napply_password: {env: A}"), (5, 3, "missing-key")),
    ("config", database("url: shop.db"), (6, 14, "url")),
    ("config", database("url: [a]"), (6, 14, "url")),
    ("config", database("url: {env: hunter-2}"), (6, 14, "url")),
    ("config", database("url: postgresql://u:hunter2@h/d"), (6, 14, "secret")),
    ("config", database("url: postgresql://u:hun/ter2@h/d"), (6, 14, "secret")),
    ("config", database("url: postgresql://h/d?password=hunter2"), (6, 14, "secret")),
    ("config", database("url: {env: A}\npassword: hunter2"), (7, 19, "secret")),
    ("config", database("url: {env: A}\npassword: "), (7, 9, "secret")),
    ("config", database("url: {env: A}\ntls: {mode: verify}"), (7, 21, "wrong-value")),
    ("config", database("url: {env: A}\ntls: {}"), (7, 9, "missing-key")),
    ("config", database("url: {env: A}\nreplicas: {lag: 10}"), (7, 25, "wrong-value")),
    ("config", database("url: {env: A}\nreplicas: {lag: 10 s}\nlag: 1 s"), (8, 9, "unknown-key")),
    ("config", database("url: {env: A}\nreplicas: {urls: {env: B}}"), (7, 9, "missing-key")),
    ("config", database("url: {env: A}\nreplicas: {lag: 1 s, urls: []}"), (7, 36, "wrong-type")),
    ("config", database("url: {env: A}\nreplicas: {lag: 1 s, urls: [replica]}"), (7, 37, "url")),
    (
        "config",
        database("url: {env: A}\nreplicas: {lag: 1 s, urls: ['pg://u:hunter2@h/d']}"),
        (7, 37, "secret"),
    ),
]


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(("start", "said"), [("a: ", "nested more than 40 levels"), ("a: [[ b [", "this is not YAML")])
def test_no_depth_is_too_deep_to_be_refused(start: str, said: str, loader: str) -> None:
    """From 1,000 levels on newer releases of libyaml refuse by themselves, before they come to our limit."""
    with patch.object(strict_yaml, "_LOADER", getattr(yaml, loader)):
        (problem,) = read("policy", start + "[" * 30_000).problems
    assert problem.check == "yaml-syntax"
    assert problem.message.startswith(said)


@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(("kind", "text", "expected"), WRONG)
def test_problems_stand_where_they_are(
    kind: str, text: str | bytes, expected: Place | list[Place], loader: str
) -> None:
    with patch.object(strict_yaml, "_LOADER", getattr(yaml, loader)):
        problems = read(kind, text).problems
    assert places(problems) == (expected if isinstance(expected, list) else [expected]), list(map(str, problems))


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (
            "policy",
            rule("wehre: {a: 1}"),
            "file.yaml:9:5 error unknown key `wehre`; did you mean `where`? [unknown-key]",
        ),
        ("policy", rule("May_Empty_The_Table: true"), "did you mean `may empty the table`?"),
        ("policy", rule("colour: red"), "the keys here are `title`, `category`, `table`, `where`, `keep`"),
        ("policy", POLICY.replace("    keep: 1 day\n", ""), "5:3 error missing key `keep`"),
        ("policy", rule("title: [x]"), "`title` must be text, not a list"),
        ("policy", rule("title:"), "`title` has no value; write what is meant, or take the key away"),
        ("policy", rule("law: ''"), "`law` is empty; write what is meant"),
        ("policy", rule("category: persnal"), "`category` cannot be `persnal`; did you mean `personal`?"),
        ("policy", rule("category: x"), "write `personal`, `server`, `user_communications` or `non_personal`"),
        ("policy", rule("keep: 1 day"), "`keep` is written twice; the first is in line 7; keep one of them"),
        ("policy", rule("where: {a: null}"), "a bare null compares with nothing; write `{is: null}`"),
        ("policy", rule("where: {a: {containes: x}}"), "unknown operator `containes`; did you mean `contains`?"),
        ("policy", POLICY.replace("1 day", "1 month 2 days"), "mixes units, which could dispose early; use one unit"),
        ("inventory", table("columns: {a: email}"), "cannot be `email`; did you mean `e-mail`?"),
        ("inventory", table("clocks: {a: {format: yyyymm}}"), "did you mean `yyyy-mm`?"),
        ("config", CONFIG.replace("UTC", "Asia/Kuala_Lumpor"), "did you mean `Asia/Kuala_Lumpur`?"),
        ("config", CONFIG.replace("UTC", "asia/kuala lumpur"), "did you mean `Asia/Kuala_Lumpur`?"),
        ("policy", rule("'" + "x" * 200 + "': 1"), "`" + "x" * 59 + "…`"),
        ("policy", rule('"a\\nb": 1'), "unknown key `a b`"),
    ],
)
def test_problems_say_what_is_wrong_and_how_to_mend_it(kind: str, text: str, told: str) -> None:
    assert told in "\n".join(map(str, read(kind, text).problems))


def test_every_problem_has_a_page() -> None:
    found = {problem.check for kind, text, _ in WRONG for problem in read(kind, text).problems}
    assert found | {"duplicate-rule"} == set(READING)
    assert all(page.count("\n") >= 2 for page in READING.values())


# What is meant -------------------------------------------------------------------------------------------------------


def one(lines: str) -> Rule:
    rules, document = read_policy(rule(lines))
    assert not document.problems, document.problems
    return rules[0]


ANY_ROW = All(())


def equal(name: str, *values: str) -> Compare:
    return Compare(tuple(name.split(".")), Operator.EQUAL, values)


def has(path: str, condition: Condition = ANY_ROW) -> Has:
    return Has(tuple(path.split(".")), condition)


A = ("a",)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("{a: b}", equal("a", "b")),
        ("{a: 1}", equal("a", "1")),
        ("{a: yes}", equal("a", "yes")),
        ("{a: ''}", equal("a", "")),
        ("{a: 'null'}", equal("a", "null")),
        ("{a: 2020-01-01}", equal("a", "2020-01-01")),
        ("{a: 0o17}", equal("a", "0o17")),
        ("{a.b: [c, '~', 007]}", equal("a.b", "c", "~", "007")),
        ("{a: b, c: d}", All((equal("a", "b"), equal("c", "d")))),
        ("{a: {is: null}}", Is(A, Presence.NULL)),
        ("{a: {is: 'null'}}", Is(A, Presence.NULL)),
        ("{a: {is: empty}}", Is(A, Presence.EMPTY)),
        ("{a: {is: present}}", Is(A, Presence.PRESENT)),
        ("{a: {not: b}}", Not(equal("a", "b"))),
        ("{a: {not: [b, c]}}", Not(equal("a", "b", "c"))),
        ("{a: {not: {is: null}}}", Not(Is(A, Presence.NULL))),
        ("{a: {not: {not: {contains: b}}}}", Not(Not(Compare(A, Operator.CONTAINS, ("b",))))),
        ("{a: {at most: 1}}", Compare(A, Operator.AT_MOST, ("1",))),
        ("{a: {less than: 1}}", Compare(A, Operator.LESS_THAN, ("1",))),
        (
            "{a: {at least: 1, more than: 2}}",
            All((Compare(A, Operator.AT_LEAST, ("1",)), Compare(A, Operator.MORE_THAN, ("2",)))),
        ),
        ("{a: {starts with: ' b'}}", Compare(A, Operator.STARTS_WITH, (" b",))),
        ("{a: {any case: b}}", Compare(A, Operator.ANY_CASE, ("b",))),
        ("{a: {any case: [b, c]}}", Compare(A, Operator.ANY_CASE, ("b", "c"))),
        ("{a: {older than: 2 years}}", Age(A, True, Period(2, Unit.YEARS))),
        ("{a: {younger than: P13Y}}", Age(A, False, Period(13, Unit.YEARS))),
        ("{any: [{a: 1}]}", equal("a", "1")),
        ("{any: [{a: 1}, {b: 2, c: 3}]}", AnyOf((equal("a", "1"), All((equal("b", "2"), equal("c", "3")))))),
        ("{a: 1, any: [{b: 2}, {c: 3}]}", All((equal("a", "1"), AnyOf((equal("b", "2"), equal("c", "3")))))),
        ("{has: a.b}", has("a.b")),
        ("{has: [a, b]}", All((has("a"), has("b")))),
        ("{has no: a}", Not(has("a"))),
        ("{has no: [a, b]}", All((Not(has("a")), Not(has("b"))))),
        ("{has no: {a: {b: 1}}}", Not(has("a", equal("b", "1")))),
        ("{has: {a: {b: 1}, c: {d: 2}}}", All((has("a", equal("b", "1")), has("c", equal("d", "2"))))),
        ("{has: [a, {b.c: {d: 1, has no: e}}]}", All((has("a"), has("b.c", All((equal("d", "1"), Not(has("e")))))))),
    ],
)
def test_conditions(text: str, meaning: Condition) -> None:
    assert one(f"where: {text}").where == meaning
    assert parse_condition(text) == meaning


@pytest.mark.parametrize("text", ["", "{}", "a", "{a: null}", "{a: b", "{a: !x b}", "a: \x00", "a: \ud800"])
def test_a_condition_by_itself_is_refused_with_a_mend(text: str) -> None:
    with pytest.raises(InvalidInput, match="the condition cannot be read") as refused:
        parse_condition(text)
    assert refused.value.mend


def test_every_part_of_a_condition_stands_where_it_was_written() -> None:
    where = one("where: {a: 1, b: {not: {is: null}}, has: [c, {d: {e: 2}}], any: [{f: 3}, {g: 4}]}").where
    assert isinstance(where, All)
    a, b, found, any_of = where.conditions
    assert isinstance(b, Not)
    assert isinstance(found, All)
    c, d = found.conditions
    assert isinstance(d, Has)
    assert isinstance(any_of, AnyOf)
    parts = [a, b.condition, c, d, d.condition, *any_of.conditions]
    assert [(part.at.line, part.at.column) for part in parts if not isinstance(part, All | AnyOf | Not)] == [
        (9, 13), (9, 19), (9, 47), (9, 51), (9, 55), (9, 71), (9, 79),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("null", SetNull()),
        ("", SetNull()),
        ('""', SetConstant("")),
        ("Deleted", SetConstant("Deleted")),
        ("0", SetConstant("0")),
        ('{text: "erased-{id}@invalid"}', SetTemplate("erased-{id}@invalid")),
        ("{hash: mail}", SetHash("mail")),
        ("{mask: ip}", MaskIp()),
        ("{scrub: credential}", Scrub(("credential",))),
        ("{scrub: [e-mail, payment_card]}", Scrub(("e-mail", "payment_card"))),
    ],
)
def test_redactions(text: str, target: Redaction) -> None:
    assert one(f"columns: {{a: {text}}}").columns == (("a", target),)


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        ("delete", RowFate.DELETE),
        ("delete if unshared", RowFate.DELETE_IF_UNSHARED),
        ("unlink", RowFate.UNLINK),
        ("keep", RowFate.KEEP),
        ("{redact: {c: null, d: x}}", RedactRow((("c", SetNull()), ("d", SetConstant("x"))))),
    ],
)
def test_fates(text: str, fate: Fate) -> None:
    (line,) = one(f"with: {{a.b: {text}}}").with_
    assert (line.path, line.fate, line.at) == (("a", "b"), fate, Position("file.yaml", 9, 12))


def test_a_rule_with_everything() -> None:
    text = """\
version: 1
category: personal
purpose: support
basis: contract
database: shop
rules:
  all:
    title: "  All of it "
    category: server
    table: other.public.t
    where: {a: 1}
    keep: P18M
    after: {newest of: [x.at, y.at]}
    then: redact
    columns: {ip: {mask: ip}}
    purpose: accounting
    basis: consent
    law: An Act
    protects: [b, c]
    agreed until: consent.until
    overrides: other
    may empty the table: true
  least: {table: t, keep: nothing, where: {a: 1}, then: hold}
"""
    (full, least), document = read_policy(text)
    assert not document.problems
    assert full == Rule(
        name="all",
        title="All of it",
        category=Category.SERVER,
        purpose="accounting",
        basis="consent",
        table=TableName("other", "public", "t"),
        keep=Period(18, Unit.MONTHS),
        then=Disposition.REDACT,
        after=After((("x", "at"), ("y", "at")), newest=True),
        where=equal("a", "1"),
        columns=(("ip", MaskIp()),),
        law="An Act",
        protects=("b", "c"),
        agreed_until=("consent", "until"),
        overrides=("other",),
        may_empty=True,
    )
    assert least == Rule(
        name="least",
        title="least",
        category=Category.PERSONAL,
        purpose="support",
        basis="contract",
        table=TableName("shop", None, "t"),
        keep=None,
        then=Disposition.HOLD,
        where=equal("a", "1"),
    )
    assert full.at == Position("file.yaml", 7, 3)
    assert full.after is not None
    assert full.after.at == Position("file.yaml", 13, 12)
    assert full.place("keep") == Position("file.yaml", 12, 5)
    assert full.place("columns.ip") == Position("file.yaml", 15, 15)
    assert least.place("purpose") == least.at == Position("file.yaml", 23, 3)


def test_purpose_and_basis_may_be_missing_for_a_check_to_tell() -> None:
    assert (one("").purpose, one("").basis) == ("", "")


def test_a_broken_rule_is_left_out_and_the_others_stay() -> None:
    rules, document = read_policy(rule("keep: P1Y2M") + "  s: {table: t, keep: 1 day, then: hold}\n" + "  t: [x]\n")
    assert places(document.problems) == [(9, 5, "yaml-duplicate-key"), (11, 6, "wrong-type")]
    assert [rule.name for rule in rules] == ["r", "s"]


def test_a_broken_default_is_told_once_and_takes_its_rules_along() -> None:
    text = POLICY.replace("personal", "persona") + "  s: {category: server, table: t, keep: 1 day, then: hold}\n"
    rules, document = read_policy(text)
    assert places(document.problems) == [(2, 11, "wrong-value")]
    assert [rule.name for rule in rules] == ["s"]


def inventory(text: str) -> Inventory:
    document = read_text(text, "file.yaml")
    found = read_inventory(document)
    assert not document.problems
    return found


def test_an_inventory_with_everything() -> None:
    text = """\
databases:
  shop:
    location: Ipoh, MY
    processor: own
    zone: Asia/Kuala_Lumpur
    category: server
    subjects: customer
    tables:
      plain: {}
      sales.orders:
        category: personal
        subjects: [client.person, self]
        links:
          client: {to: clients, by: client_id, nobody: [0, '']}
          pair: {to: other.pairs, on: {a: x, b: y}, when: {kind: P}, where: {old: 0}}
          two: {to: twos, by: [c, d], nobody: -1}
        clocks:
          at: {format: epoch milliseconds, undated: [0, null], never: 99, expires: true, counts from: start}
          on: {format: iso, zone: Europe/Berlin, floor: 1900-01-02, undated: , counts from: end}
        columns: {id: null, mail: e-mail, text: [free_text, credential], total: none}
        key: none
      bare: {subjects: none}
"""
    database = inventory(text).database("shop")
    assert database is not None
    assert (database.location, database.processor, database.zone) == ("Ipoh, MY", "own", "Asia/Kuala_Lumpur")
    plain, orders, bare = database.tables
    assert (plain.name, plain.category, plain.subjects) == (
        TableName("shop", None, "plain"), Category.SERVER, (("customer",),),
    )  # fmt: skip
    assert bare.subjects == ()
    assert orders.name == TableName("shop", "sales", "orders")
    assert (orders.category, orders.subjects, orders.keyless) == (
        Category.PERSONAL, (("client", "person"), ("self",)), True,
    )  # fmt: skip
    assert orders.links == (
        LinkDeclaration("client", "clients", ("client_id",), nobody=("0", "")),
        LinkDeclaration("pair", "other.pairs", ("a", "b"), ("x", "y"), (), equal("kind", "P"), equal("old", "0")),
        LinkDeclaration("two", "twos", ("c", "d"), nobody=("-1",)),
    )
    milliseconds = ClockFormat.EPOCH_MILLISECONDS
    assert orders.clocks == (
        Clock("at", milliseconds, None, ("0", None), ("99",), expires=True, counts_from_start=True),
        Clock("on", ClockFormat.ISO, "Europe/Berlin", (None,), floor=date(1900, 1, 2)),
    )
    assert orders.columns == (
        ("id", ()), ("mail", (Element.EMAIL,)), ("text", (Element.FREE_TEXT, Element.CREDENTIAL)), ("total", ()),
    )  # fmt: skip
    assert orders.place("columns.mail") == Position("file.yaml", 20, 29)
    assert orders.links[0].at == Position("file.yaml", 14, 11)


def test_a_table_that_declares_nothing_has_no_subjects() -> None:
    (database,) = inventory(table("{}").replace("t:\n        {}", "t: {}")).databases
    assert isinstance(database, DatabaseEntry)
    assert database.tables[0].subjects is None


def test_a_broken_part_of_the_inventory_is_left_out_and_the_rest_stays() -> None:
    text = table("links: {a: {to: b, by: c}, d: {to: e}}\nclocks: {f: {zone: X}, g: {}}\ncolumns: {h: i, j: e-mail}")
    document = read_text(text, "file.yaml")
    (entry,) = read_inventory(document).databases[0].tables
    assert len(document.problems) == 3
    assert [link.name for link in entry.links] == ["a"]
    assert [clock.column for clock in entry.clocks] == ["g"]
    assert entry.columns == (("h", ()), ("j", (Element.EMAIL,)))


def read_settings(text: str) -> Config:
    document = read_text(text, "file.yaml")
    found = read_config(document, Path("/etc/wesretain"))
    assert not document.problems, document.problems
    return found


def test_a_configuration_with_everything() -> None:
    text = """\
organisation: Example
zone: Asia/Kuala_Lumpur
inventory: tables.yaml
policies: /srv/policies
ledger: ../ledger.db
ledger keep: 7 years
limits: {rows per rule: 0, share per rule: 12.5 %, rows per run: none, growth per rule: 2.5}
keys: {mail: {env: MAIL_KEY}, ip: {file: ip.key}}
databases:
  one:
    scan_url: postgresql://scan@db.example:5432/one?sslmode=require
    apply_url: {env: APPLY_URL}
    password: {file: /run/secrets/scan}
    apply_password: {env: APPLY}
    tls: {mode: verify-full, ca: ca.pem, certificate: c.pem, key: k.pem}
    replicas: {lag: 10 s, urls: [postgresql://apply@replica.example/one, {env: REPLICA}]}
  two: {url: "sqlite:///two.db?timeout=5", password: {env: TWO}, replicas: {lag: 0s, urls: {env: REPLICA}}}
  three: {url: "sqlite:////var/three.db"}
"""
    found = read_settings(text)
    folder = Path("/etc/wesretain")
    assert (found.organisation, found.zone.key) == ("Example", "Asia/Kuala_Lumpur")
    assert (found.inventory, found.policies) == (folder / "tables.yaml", Path("/srv/policies"))
    assert (found.ledger, found.ledger_keep) == (Path("/etc/ledger.db"), Period(7, Unit.YEARS))
    assert found.limits == Limits(rows_per_rule=0, share_per_rule=0.125, rows_per_run=None, growth_per_rule=2.5)
    assert found.keys == (("mail", FromEnvironment("MAIL_KEY")), ("ip", FromFile(folder / "ip.key")))
    one, two, three = found.databases
    assert one.scan_url == Literal("postgresql://scan@db.example:5432/one?sslmode=require")
    assert (one.apply_url, one.password) == (FromEnvironment("APPLY_URL"), FromFile(Path("/run/secrets/scan")))
    assert one.apply_password == FromEnvironment("APPLY")
    assert one.tls == Tls("verify-full", folder / "ca.pem", folder / "c.pem", folder / "k.pem")
    assert one.replicas == Replicas(10, (Literal("postgresql://apply@replica.example/one"), FromEnvironment("REPLICA")))
    assert two.replicas == Replicas(0, (FromEnvironment("REPLICA"),))
    assert three.replicas is None
    assert two.scan_url == two.apply_url == Literal("sqlite:////etc/wesretain/two.db?timeout=5")
    assert two.password == two.apply_password == FromEnvironment("TWO")
    assert three.scan_url == Literal("sqlite:////var/three.db")


def test_a_ledger_may_stand_on_a_server() -> None:
    more = "ledger password: {env: LEDGER}\nledger tls: {mode: verify-full, ca: ca.pem}\nledger keep: 12 months"
    found = read_settings(ledger("postgresql://ann@db.example/ledger", more))
    folder = Path("/etc/wesretain")
    assert found.ledger == LedgerServer(
        Literal("postgresql://ann@db.example/ledger"),
        folder / "ledger.stop",
        FromEnvironment("LEDGER"),
        Tls("verify-full", folder / "ca.pem"),
    )
    assert found.ledger_keep == Period(12, Unit.MONTHS)
    bare = read_settings(ledger("postgres://db/ledger"))
    assert bare.ledger == LedgerServer(Literal("postgres://db/ledger"), folder / "ledger.stop")
    assert bare.ledger_keep is None


def test_what_a_configuration_leaves_out() -> None:
    found = read_settings(CONFIG)
    assert (found.inventory, found.policies) == (Path("/etc/wesretain/inventory.yaml"), Path("/etc/wesretain/policies"))
    assert found.limits == Limits()
    assert read_settings(config("limits: {share per rule: none}")).limits.share_per_rule is None


def test_a_limit_that_cannot_be_read_lets_nothing_through() -> None:
    document = read_text(
        config("limits: {rows per rule: x, rows per run: y, share per rule: z, growth per rule: w}"), "file.yaml"
    )
    assert read_config(document, Path("/")).limits == Limits(0, 0.0, 0, 0.0)


# Files ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration, an inventory and two policies, in the folder where the test runs."""
    monkeypatch.chdir(tmp_path)
    Path("wesretain.yaml").write_text(CONFIG)
    Path("inventory.yaml").write_text(table("category: personal"))
    Path("policies/more").mkdir(parents=True)
    Path("policies/b.yaml").write_text(POLICY)
    Path("policies/more/a.yml").write_text(POLICY.replace("  r:", "  s:"))
    Path("policies/notes.txt").write_text("not a policy")
    Path("policies/.hidden.yaml").write_text("not a policy")
    return tmp_path


def told(loaded: Loaded) -> list[str]:
    return [f"{problem.at} [{problem.check}]" for problem in loaded.problems]


def test_everything_that_a_configuration_names_is_read(files: Path) -> None:
    loaded = load(Path("wesretain.yaml"))
    assert loaded.problems == ()
    assert loaded.sound
    assert loaded.complete
    assert loaded.intent is not None
    assert [rule.at.file for rule in loaded.intent.rules] == ["policies/b.yaml", "policies/more/a.yml"]
    assert loaded.intent.config.ledger == files / "ledger.db"
    assert loaded.intent.inventory.table(TableName("shop", None, "t")) is not None


def test_all_problems_of_all_files_are_told_at_once(files: Path) -> None:
    Path("wesretain.yaml").write_text(CONFIG.replace("UTC", "MYT"))
    Path("inventory.yaml").write_text(table("categroy: personal"))
    Path("policies/b.yaml").write_text(POLICY.replace("1 day", "1 dya"))
    Path("policies/more/a.yml").write_text(POLICY + "[")
    loaded = load(Path("wesretain.yaml"))
    assert told(loaded) == [
        "inventory.yaml:5:9 [unknown-key]",
        "policies/b.yaml:7:11 [period]",
        "policies/more/a.yml:10:1 [yaml-syntax]",
        "wesretain.yaml:2:7 [zone]",
    ]
    assert loaded.intent is not None
    assert loaded.unread == {"r", "shop.t"}
    assert not loaded.complete


@pytest.mark.parametrize("extra", ["---\nrules: {}\n", "rules: 1\n"])
def test_rules_that_were_passed_over_make_the_policies_incomplete(files: Path, extra: str) -> None:
    Path("policies/b.yaml").write_text(POLICY + extra if extra.startswith("---") else "version: 1\n" + extra)
    assert not load(Path("wesretain.yaml")).complete


def test_a_missing_file_is_told_where_it_is_named(files: Path) -> None:
    Path("inventory.yaml").unlink()
    Path("wesretain.yaml").write_text(config("policies: nowhere"))
    loaded = load(Path("wesretain.yaml"))
    assert told(loaded) == ["wesretain.yaml:1:1 [unreadable-file]", "wesretain.yaml:7:11 [unreadable-file]"]
    assert [problem.message for problem in loaded.problems] == [
        "`inventory.yaml` does not exist", "`nowhere` does not exist",
    ]  # fmt: skip
    assert loaded.intent is None
    assert load(Path("nowhere.yaml")).problems[0].at == Position("nowhere.yaml", 1, 1)


def test_a_folder_without_a_policy_is_a_problem(files: Path) -> None:
    Path("empty").mkdir()
    Path("wesretain.yaml").write_text(config("policies: empty"))
    loaded = load(Path("wesretain.yaml"))
    assert told(loaded) == ["wesretain.yaml:7:11 [unreadable-file]"]
    assert not loaded.complete


def test_what_is_not_a_file_is_a_problem_and_keeps_nobody_waiting(files: Path) -> None:
    os.mkfifo("policies/pipe.yaml")
    Path("policies/dangling.yaml").symlink_to("nowhere")
    Path("policies/folder.yaml").mkdir()
    assert told(load(Path("wesretain.yaml"))) == [
        "policies/dangling.yaml:1:1 [unreadable-file]",
        "policies/pipe.yaml:1:1 [unreadable-file]",
    ]
    assert load(Path("policies")).problems[0].message == "`policies` is a folder, not a file"


def test_a_folder_that_cannot_be_listed_is_a_problem(files: Path) -> None:
    def scandir(path: str, list_folder: Callable[[str], object] = os.scandir) -> object:
        if path.endswith("more"):
            raise PermissionError(errno.EACCES, "", path)
        return list_folder(path)

    with patch.object(os, "scandir", scandir):
        loaded = load(Path("wesretain.yaml"))
    assert told(loaded) == ["policies/more:1:1 [unreadable-file]"]
    assert not loaded.complete


def test_policies_beside_the_other_files(files: Path) -> None:
    Path("wesretain.yaml").write_text(config("policies: ."))
    assert [rule.name for rule in load(Path("wesretain.yaml")).rules] == ["r", "s"]


def test_rule_names_are_unique_across_files(files: Path) -> None:
    Path("policies/more/a.yml").write_text(POLICY.replace("1 day", "2 days") + "    title: [x]\n")
    loaded = load(Path("wesretain.yaml"))
    assert told(loaded) == ["policies/more/a.yml:5:3 [duplicate-rule]", "policies/more/a.yml:9:12 [wrong-type]"]
    assert "the first is at policies/b.yaml:5:3" in loaded.problems[0].mend
    assert [str(rule.keep) for rule in loaded.rules] == ["1 day"]


def test_files_given_by_name(files: Path) -> None:
    alone = load_files([Path("policies/b.yaml")])
    assert alone.sound
    assert [rule.name for rule in alone.rules] == ["r"]
    assert (alone.config, alone.inventory, alone.intent) == (None, None, None)
    for order in (["policies", "policies/b.yaml"], ["policies/b.yaml", "policies"], ["policies"] * 2):
        assert len(load_files([Path(name) for name in order], inventory=Path("inventory.yaml")).rules) == 2
    again = load_files([Path("policies/b.yaml"), Path("policies/b.yaml"), Path("policies/more/../b.yaml")])
    assert again.sound
    assert len(load_files([Path("policies/b.yaml")], config=Path("wesretain.yaml")).rules) == 1


def test_databases_that_could_not_be_read_are_named(files: Path) -> None:
    Path("wesretain.yaml").write_text(config("").replace("url: sqlite:///shop.db", "url: 'shop'"))
    loaded = load(Path("wesretain.yaml"))
    assert loaded.config is not None
    assert loaded.config.databases == ()
    assert loaded.unread == {"shop"}


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        (table("columns: {a: b}"), {"shop.t"}),
        ("databases: {shop: {zone: X, tables: {t: {}, u: {}}}}", {"shop.t", "shop.u"}),
        ("databases: {shop: {tables: [t]}, other: [t], third: {}}", {"shop", "other"}),
    ],
)
def test_tables_that_could_not_be_read_are_named(files: Path, text: str, unread: set[str]) -> None:
    Path("inventory.yaml").write_text(text)
    assert load(Path("wesretain.yaml")).unread == unread


# Comments that silence -----------------------------------------------------------------------------------------------


def test_comments_silence_warnings_on_their_line_and_on_the_next() -> None:
    text = """\
a: 1  # wesretain: ignore[one, two] because
# wesretain: ignore[three] because
# and another comment

b: "# wesretain: ignore[four] because"
c: |
  # wesretain: ignore[five] because
d: 1#wesretain:ignore[six]
#wesretain:ignore[seven] because
#  wesretain: ignore[eight] because
e: 1
"""
    document = read_text(text, "file.yaml")
    assert not document.problems
    assert document.ignores == {
        1: frozenset({"one", "two"}),
        5: frozenset({"three"}),
        11: frozenset({"seven", "eight"}),
    }


def test_errors_are_heard_in_spite_of_comments() -> None:
    at = Position("file.yaml", 3, 1)
    warning, error = (Problem(at, level, "", "one") for level in (Level.WARNING, Level.ERROR))
    other = Problem(Position("other.yaml", 3, 1), Level.WARNING, "", "one")
    ignores = {"file.yaml": {3: frozenset({"one"})}}
    assert heard([other, warning, error], ignores) == (error, other)
    assert heard([warning], {"file.yaml": {3: frozenset({"two"})}}) == (warning,)


# Secrets -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.touch(0o600)
    return path


@pytest.mark.parametrize("written", ["hunter2", "hunter2\n", "hunter2\r\n"])
def test_secrets_are_read_without_the_last_line_end(secret: Path, written: str) -> None:
    secret.write_bytes(written.encode())
    assert resolve(FromFile(secret)) == "hunter2"
    assert resolve(FromEnvironment("A"), {"A": "hunter2"}) == resolve(Literal("hunter2")) == "hunter2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o700, 0o644])
def test_a_secret_that_others_may_read_is_refused(secret: Path, mode: int) -> None:
    secret.write_text("hunter2")
    secret.chmod(mode)
    with pytest.raises(InvalidInput, match=f"is {mode:04o}, wider than 0600") as refused:
        resolve(FromFile(secret))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"hunter2\xff"])
def test_a_secret_must_be_text(secret: Path, content: bytes) -> None:
    secret.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"empty|UTF-8") as refused:
        resolve(FromFile(secret))
    assert "hunter2" not in str(refused.value)


def test_a_secret_that_is_not_there_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("none", "", "pipe", "pipe/x"):
        source = FromFile(tmp_path / name)
        with pytest.raises(InvalidInput, match="secret's file"):
            resolve(source)
    with pytest.raises(InvalidInput, match="`A` is not set"):
        resolve(FromEnvironment("A"), {})
    with pytest.raises(InvalidInput, match="`A` is empty"):
        resolve(FromEnvironment("A"), {"A": ""})


SECRET = "hunter2"


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"[{SECRET}]",
        f"{{{SECRET}}}",
        f"{{env: '{SECRET}-'}}",
        f"{{env: A, {SECRET}: B}}",
        f"{{file: {{{SECRET}: }}}}",
        f"&{SECRET} a",
        f"*{SECRET}",
        f"!{SECRET} a",
        f'"{SECRET}',
        f"'{SECRET}: a",
        f"@{SECRET}",
        f"%{SECRET}",
        f"postgresql://u:{SECRET}@h/d",
    ],
)
@pytest.mark.parametrize("key", ["url", "scan_url", "password", "apply_password", "keys"])
def test_no_secret_that_was_written_by_mistake_is_told(key: str, value: str) -> None:
    text = config(f"keys: {{mail: {value}}}") if key == "keys" else database(f"{key}: {value}")
    problems = read("config", text).problems
    assert problems
    assert SECRET not in "".join(map(str, problems))


def test_a_url_in_place_of_a_name_is_not_told() -> None:
    problems = read("config", CONFIG.replace("  shop:", f"  'postgresql://u:{SECRET}@h/d':")).problems
    assert places(problems) == [(5, 3, "name")]
    assert SECRET not in str(problems[0])


# JSON Schema ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["policy", "inventory", "config"])
def test_schemas_are_whole_and_say_what_is_what(file: str) -> None:
    schema = json_schema(file)  # type: ignore[arg-type]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]
    assert schema["description"]
    text = json.dumps(schema)
    assert "x-grammar" not in text
    references = {part.partition('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert references == set(schema["$defs"])
    for definition in (schema, *schema["$defs"].values()):
        if definition.get("additionalProperties") is False:
            assert all("description" in entry for entry in definition["properties"].values())


def test_the_schema_knows_the_keys_of_the_language() -> None:
    keys = json_schema("policy")["$defs"]["RuleDefinition"]["properties"]
    assert {"agreed until", "may empty the table", "with", "where", "protects"} <= set(keys)
    assert {"scan_url", "apply_password"} <= set(json_schema("config")["$defs"]["ConnectionDefinition"]["properties"])
    assert "counts from" in json_schema("inventory")["$defs"]["ClockDefinition"]["properties"]


# Anything at all -----------------------------------------------------------------------------------------------------

at_leisure = settings(deadline=None)
KINDS = st.sampled_from(["policy", "inventory", "config"])
WORDS = st.sampled_from(
    [word for _, text, _ in WRONG if isinstance(text, str) for word in text.replace(":", " ").split()]
)
SCALARS = st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=8)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5)
)
TEXTS = st.sampled_from([text for _, text, _ in WRONG if isinstance(text, str) and len(text) < 1_000])


def assert_told_well(kind: str, text: str | bytes) -> None:
    for problem in read(kind, text).problems:
        assert problem.check in READING
        assert problem.at.line >= 1
        assert problem.at.column >= 1
        assert str(problem).isprintable(), str(problem)


@at_leisure
@given(KINDS, st.binary(max_size=200))
def test_any_bytes_yield_problems_and_no_exception(kind: str, content: bytes) -> None:
    assert_told_well(kind, content)


@at_leisure
@given(KINDS, st.text(st.characters() | st.sampled_from("{}[]:,-#&*!|>'\"%@\n  "), max_size=80))
def test_any_text_yields_problems_and_no_exception(kind: str, text: str) -> None:
    assert_told_well(kind, text)


@at_leisure
@given(KINDS, TREES)
def test_any_tree_yields_problems_and_no_exception(kind: str, tree: object) -> None:
    assert_told_well(kind, json.dumps(tree))


@at_leisure
@given(KINDS, TEXTS, TREES, st.data())
def test_any_value_in_any_place_yields_problems_and_no_exception(
    kind: str, text: str, tree: object, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    assert_told_well(kind, text[:start] + json.dumps(tree) + text[end:])


@at_leisure
@given(TEXTS, st.integers(0, 400), st.sampled_from("{}[]:,-#&*!|>'\"%@\n \t\0"))
def test_both_parsers_read_the_same_or_nothing(text: str, at: int, mark: str) -> None:
    values = []
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        with patch.object(strict_yaml, "_LOADER", loader):
            document = read_text(text[:at] + mark + text[at:], "file.yaml")
            values.append(document.value if document.readable else None)
    assert None in values or values[0] == values[1]


def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    with patch.object(Path, "open", side_effect=PermissionError):
        (problem,) = read_file(tmp_path / "x", "x.yaml").problems
    assert str(problem) == "x.yaml:1:1 error `x.yaml` may not be read [unreadable-file]"
