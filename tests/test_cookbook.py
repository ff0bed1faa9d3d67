"""The cookbook, recipe by recipe, on each engine that a recipe names: its rows, its files, and exactly what is left."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cases.test_apply import now
from cli.houses import AS_OF, House
from cookbook import ENGINES, HEAD, Recipe, recipes_of, says, statements_of, written
from databases import Server
from engines.live import write
from wesretain.ledger import create

PAGE = Path(__file__).parents[1] / "docs" / "cookbook.md"
RECIPES = recipes_of(PAGE.read_text())
RUNS = [(recipe, engine) for recipe in RECIPES for engine in recipe.engines]
CONFIGURATION = """\
organisation: Example Ltd
zone: UTC
ledger: ledger
limits: {{rows per rule: none, share per rule: none}}
keys: {{names: {{env: COOKBOOK_KEY}}}}
databases: {{app: {{url: "{url}"}}}}
"""


@pytest.fixture
def kitchen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """An empty house."""
    monkeypatch.setenv("COOKBOOK_KEY", "0123456789abcdef0123456789abcdef")
    folder = tmp_path / "house"
    (folder / "policies").mkdir(parents=True)
    create(folder / "ledger", datetime(2026, 1, 1, tzinfo=UTC))
    return House(folder)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def cook(recipe: Recipe, house: House, url: str) -> list[str]:
    """Do what the recipe says, and return where it comes out otherwise."""
    write(url, *statements_of(recipe.schema))
    house.write("wesretain.yaml", CONFIGURATION.format(url=url))
    house.write("inventory.yaml", recipe.inventory)
    house.write("policies/app.yaml", HEAD + recipe.rules)
    assert done(house, "validate", "--format", "json") == "[]\n"
    if recipe.said:
        scanned = house.call("scan", "--as-of", AS_OF).said
        return [f"scan does not say: {line}\nbut: {scanned}" for line in recipe.said if not says(scanned, line)]

    assert "refused" not in (told := house.call("prepare", "app").said), told
    for rule in recipe.acting:
        done(house, "approve", rule)
    before = now(url)
    for command in recipe.commands:
        done(house, *command)
    done(house, "apply", "--dry-run", "--as-of", AS_OF)
    assert now(url) == before
    assert done(house, "apply", "--yes", "--full-speed", "--as-of", AS_OF) == ""
    if "then: hold" not in recipe.rules:
        done(house, "scan", "--check", "--as-of", AS_OF)  # nothing is due any more
    found = [(query, answer, written(rows(url, query))) for query, answer in recipe.answers]
    return [f"{query}: {left}, not {answer}" for query, answer, left in found if left != answer]


def done(house: House, *command: str) -> str:
    answer = house.call(*command)
    assert answer.code == 0, f"wesretain {' '.join(command)}: {answer.said}"
    return answer.out


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection = connection.execution_options(no_parameters=True)  # a `%` is a `%`
        return [tuple(row) for row in connection.exec_driver_sql(query)]


@pytest.mark.parametrize(
    ("recipe", "server"), RUNS, indirect=["server"], ids=[f"{recipe.title}-{engine}" for recipe, engine in RUNS]
)
def test_recipe(recipe: Recipe, server: Server, kitchen: House) -> None:
    assert cook(recipe, kitchen, server.fresh_database("app")) == []


def test_nothing_of_the_page_is_overlooked() -> None:
    page = PAGE.read_text()
    blocks = sum(4 + bool(recipe.commands) for recipe in RECIPES)
    assert page.count("```") == 2 * (blocks + 1)
    assert f"```yaml\n{HEAD}```\n" in page
    assert page.count("\n### ") == len(RECIPES) == len({recipe.title for recipe in RECIPES})
    assert all(recipe.answers or recipe.said for recipe in RECIPES)
    assert {engine for _, engine in RUNS} == set(ENGINES)


def test_the_contents_are_those_of_the_page() -> None:
    contents, _, rest = PAGE.read_text().partition("\n## ")
    titles = re.findall(r"^#{2,3} (.+)$", f"## {rest}", re.MULTILINE)
    assert re.findall(r"^ *\* \[(.+)\]\(#.+\)$", contents, re.MULTILINE) == titles


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("rules", "keep: 2 years", "keep: 1 year"),
        ("rules", "with: {orders: delete}", "with: {orders: keep}"),
        ("inventory", ", nobody: 0", ""),
        ("schema", "(3, '2024-07-01')", "(3, '2024-06-30')"),
        ("schema", "(12, 0)", "(12, 1)"),
        ("answers", "3, 4", "3"),
        ("answers", "11, 12", "12, 11"),
    ],
)
def test_a_fault_is_seen(part: str, old: str, new: str, sqlite: Server, kitchen: House) -> None:
    """The first recipe, with one thing in it that is not as the page says."""
    recipe = RECIPES[0]
    assert old in str(getattr(recipe, part))
    changed = (
        tuple((query, answer.replace(old, new)) for query, answer in recipe.answers)
        if part == "answers"
        else getattr(recipe, part).replace(old, new)
    )
    assert cook(replace(recipe, **{part: changed}), kitchen, sqlite.fresh_database("app")) != []


@pytest.mark.parametrize(
    ("line", "alike"), [("rule ? refused", True), ("a … refused: b is", True), ("b is … rule", False), ("rules", False)]
)
def test_what_a_scan_says_is_compared(line: str, alike: bool) -> None:
    assert says("rule   ?\n refused\n a.yaml:7:5 refused:\nb is  not\n", line) == alike
