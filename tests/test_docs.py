"""The generated pages of the manual are those in `docs/`, and every example in them is read without a problem."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import policy_coverage as coverage
import pytest

from wesretain.model.explanation import Explanation, RuleView
from wesretain.model.hold import Hold, OnTable
from wesretain.model.period import Period, Unit
from wesretain.model.plan import DatabasePlan, Failure, Oldest, Plan, RulePlan, Takes, Tally
from wesretain.model.problem import Level, Problem
from wesretain.model.source import Position
from wesretain.model.standing import Standing
from wesretain.policy.checks import check
from wesretain.policy.load import Loaded, load, load_files
from wesretain.render import explanation, plan, problems

ROOT = Path(__file__).parents[1]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs", ROOT / "scripts" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


docs = generator()
EXAMPLES: dict[str, dict[str, str]] = docs.EXAMPLES
RULE = {"category": "personal", "table": "d.t", "keep": "2 years", "after": "c", "then": "report"}
NEEDED = {
    "inventory": {"databases": "{d: {}}"},
    "database": {},
    "table": {},
    "link": {"to": "t", "by": "c"},
    "clock": {},
    "configuration": {"organisation": "O", "zone": "UTC", "ledger": "l", "databases": '{d: {url: "sqlite:///d"}}'},
    "connection": {"url": '"sqlite:///d"'},
    "replicas": {"lag": "1 s"},
    "tls": {"mode": "require"},
    "limits": {},
}
#: Keys that take the place of others, or need others beside them.
INSTEAD = {
    ("configuration", "ledger password"): {"ledger": '"postgresql://db.example/ledger"'},
    ("configuration", "ledger tls"): {"ledger": '"postgresql://db.example/ledger"'},
    ("link", "on"): {"by": None},
    ("connection", "scan_url"): {"url": None},
    ("connection", "discover"): {"url": '"postgresql://db.example"'},
    ("connection", "apply_url"): {"url": None, "scan_url": '"sqlite:///d"'},
    ("connection", "apply_password"): {"url": None, "scan_url": '"sqlite:///d"', "apply_url": '"sqlite:///d"'},
}


def mapping(keys: dict[str, str | None]) -> str:
    """A mapping in braces."""
    return "{" + ", ".join(f"{key}: {quoted(value)}" for key, value in keys.items() if value is not None) + "}"


def quoted(value: str) -> str:
    """A text that holds a comma or a colon, as it must be written in braces."""
    return json.dumps(value) if re.search(r"[,:]", value) and value[0] not in '{["' else value


def read_rule(folder: Path, **keys: str | None) -> Loaded:
    """Read a file with one rule, some of whose keys are others than usual."""
    policy = folder / "policy.yaml"
    policy.write_text(f"version: 1\nrules: {{r: {mapping(RULE | keys)}}}\n")
    return load_files([policy])


def read_other(folder: Path, name: str, keys: dict[str, str | None]) -> Loaded:
    """Read a configuration or an inventory in which a definition has some keys."""
    text = mapping(keys)
    inner = {
        "database": f"databases: {{d: {text}}}",
        "table": f"databases: {{d: {{tables: {{t: {text}}}}}}}",
        "link": f"databases: {{d: {{tables: {{t: {{links: {{l: {text}}}}}}}}}}}",
        "clock": f"databases: {{d: {{tables: {{t: {{clocks: {{c: {text}}}}}}}}}}}",
        "connection": mapping(NEEDED["configuration"] | {"databases": f"{{d: {text}}}"}),
        "tls": mapping(NEEDED["configuration"] | {"databases": f'{{d: {{url: "sqlite:///d", tls: {text}}}}}'}),
        "replicas": mapping(
            NEEDED["configuration"] | {"databases": f'{{d: {{url: "sqlite:///d", replicas: {text}}}}}'}
        ),
        "limits": mapping(NEEDED["configuration"] | {"limits": text}),
    }.get(name, text)
    file = folder / "file.yaml"
    file.write_text(inner)
    return load_files(inventory=file) if name in ("inventory", "database", "table", "link", "clock") else _config(file)


def _config(file: Path) -> Loaded:
    """The configuration alone: what it names is not there."""
    loaded = load(file)
    return replace(loaded, problems=tuple(one for one in loaded.problems if one.check != "unreadable-file"))


# -- the pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", docs.PAGES_WRITTEN, ids=lambda path: path.name)
def test_page_is_up_to_date(path: Path) -> None:
    assert path.read_text() == docs.PAGES_WRITTEN[path](), "run `make docs`"


@pytest.mark.parametrize("path", sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("*.md")]), ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        page = (path.parent / target).resolve() if target else path
        assert page.exists(), link
        if anchor:
            titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
            assert anchor in {*map(docs.anchor, titles), *re.findall(r'<a id="([^"]+)">', page.read_text())}, link


def test_help_fits_a_terminal_of_80_columns() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    helps = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    assert len(helps) > 20
    assert [line for shown in helps for line in shown.splitlines() if len(line) > 80] == []


def test_every_promise_is_listed_and_every_rule_serves_one() -> None:
    assert [promise.number for promise in coverage.PROMISES] == [f"S{number}" for number in range(1, 18)]
    named = {name for promise in coverage.PROMISES for name in promise.rules}
    assert named == {rule.name for rule in coverage.shipped().rules}
    assert all(promise.rules or promise.every or promise.otherwise or promise.not_yet for promise in coverage.PROMISES)


def test_a_promise_cannot_name_a_rule_that_is_not_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    lie = replace(coverage.PROMISES[0], rules=("everything-else",))
    monkeypatch.setattr(coverage, "PROMISES", (lie, *coverage.PROMISES[1:]))
    with pytest.raises(ValueError, match="everything-else"):
        coverage.shipped()


def test_every_element_that_the_policy_speaks_of_lies_somewhere_under_a_rule() -> None:
    asked = {
        *("name", "postal_address", "date_of_birth", "telephone", "e-mail", "ip_address", "browser"),
        *("operating_system", "screen", "isp", "page_visit", "payment_card", "company", "national_id", "passport"),
        *("tax_id", "username", "credential", "free_text"),
    }
    rows = {
        element.strip("`"): (columns, rules) for element, columns, rules in coverage.element_rows(coverage.shipped())
    }
    assert asked <= set(rows)
    assert all(columns and rules for columns, rules in rows.values())


# -- the examples ---------------------------------------------------------------------------------------------------


def test_first_example_is_sound(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", (ROOT / "docs" / "policy-reference.md").read_text(), re.DOTALL)
    for name, text in blocks:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    assert {name for name, _ in blocks} == {"policies/user-communications.yaml", "inventory.yaml", "wesretain.yaml"}
    assert check(load(tmp_path / "wesretain.yaml")) == ()


@pytest.mark.parametrize("key", list(EXAMPLES["rule"]))
def test_key_of_a_rule(tmp_path: Path, key: str) -> None:
    needs = {"columns": {"then": "redact"}}.get(key, {})
    assert read_rule(tmp_path, **{key: EXAMPLES["rule"][key]}, **needs).problems == ()


@pytest.mark.parametrize("key", [key for key in EXAMPLES["policy"] if key != "rules"])
def test_key_of_a_policy(tmp_path: Path, key: str) -> None:
    keys = {"version": "1"} | {key: EXAMPLES["policy"][key]} | {"rules": f"{{r: {mapping(RULE)}}}"}
    (tmp_path / "policy.yaml").write_text(mapping(keys))
    assert load_files([tmp_path / "policy.yaml"]).problems == ()


@pytest.mark.parametrize(
    ("name", "key"), [(name, key) for name in NEEDED for key in EXAMPLES[name] if "…" not in EXAMPLES[name][key]]
)
def test_key_of_another_file(tmp_path: Path, name: str, key: str) -> None:
    keys = NEEDED[name] | {key: EXAMPLES[name][key]} | INSTEAD.get((name, key), {})
    assert read_other(tmp_path, name, keys).problems == ()


@pytest.mark.parametrize("example", [example for _, example, _ in docs.CONDITIONS])
def test_condition(tmp_path: Path, example: str) -> None:
    assert read_rule(tmp_path, where=example).problems == ()


@pytest.mark.parametrize("example", [example for example, _ in docs.PERIODS])
def test_period(tmp_path: Path, example: str) -> None:
    assert read_rule(tmp_path, keep=example).problems == ()


@pytest.mark.parametrize("example", [example for example, _ in docs.CLOCKS])
def test_clock(tmp_path: Path, example: str) -> None:
    assert read_rule(tmp_path, after=example).problems == ()


@pytest.mark.parametrize("example", [example for example, _ in docs.REDACTIONS])
def test_redaction(tmp_path: Path, example: str) -> None:
    assert read_rule(tmp_path, then="redact", columns=f"{{c: {example}}}").problems == ()


@pytest.mark.parametrize("example", [*(example for example, _ in docs.FATES.values()), docs.REDACT_FATE[0]])
def test_fate(tmp_path: Path, example: str) -> None:
    assert read_rule(tmp_path, then="delete", **{"with": f"{{{example}}}"}).problems == ()


# -- the JSON -------------------------------------------------------------------------------------------------------


def keys_of(value: Any) -> set[str]:
    """All keys of an object and of what is in it."""
    match value:
        case dict():
            return set(value).union(*map(keys_of, value.values()))
        case list():
            return set().union(*map(keys_of, value))
        case _:
            return set()


def section(title: str) -> set[str]:
    """The words in backticks under a title of `docs/commands.md`."""
    text = (ROOT / "docs" / "commands.md").read_text().partition(f"### `{title}`\n")[2].partition("\n#")[0]
    return set(re.findall(r"`([^`]+)`", text))


NOW = datetime(2026, 7, 1, tzinfo=UTC)
RULE_READ = load_files([ROOT / "policies"]).rules[0]
PROBLEM = Problem(Position("policy.yaml", 1, 2), Level.ERROR, "this is odd", "check", "mend it")


def test_json_of_validate_is_documented() -> None:
    assert keys_of(json.loads("".join(problems.as_json([PROBLEM])))) <= section("validate --format json")


def test_json_of_scan_is_documented() -> None:
    oldest = Oldest(NOW, NOW, Period(1, Unit.DAYS), ZoneInfo("UTC"))
    tally = Tally(oldest=oldest, takes=(Takes("threads", "delete", 3),))
    rules = (RulePlan(RULE_READ, tally), RulePlan(RULE_READ, None, PROBLEM))
    whole = Plan(NOW, (DatabasePlan("d", NOW, "SQLite", rules, (PROBLEM,)),), (Failure("e", "unreachable", 7),))

    assert keys_of(json.loads(plan.as_json(whole))) <= section("scan --format json")


def test_json_of_explain_is_documented() -> None:
    holds = (Hold(1, "2026-4", "a claim", OnTable(RULE_READ.table), NOW),)
    views = (RuleView(RULE_READ, Standing.DUE, None, NOW, ("it is due",)),)
    whole = Explanation("d", "t", ("1",), NOW, views, ((RULE_READ, "no"),), holds, RULE_READ.name, NOW)

    told = keys_of(json.loads(explanation.as_json(whole)))
    assert told - {"kind", "table"} <= section("explain --format json")
