"""The cookbook's page: its recipes, what each of them says, and how the rows of an answer are written there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

ENGINES = ("sqlite", "postgresql", "mariadb")
INVENTORY, RULES, AFTERWARDS = "# inventory.yaml\n", "# policies/app.yaml\n", "-- afterwards\n"
#: What stands above the rules of each recipe; the page says so once.
HEAD = "version: 1\ncategory: personal\npurpose: service\nbasis: contract\n"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_ANSWER = re.compile(r"(?P<query>SELECT [^;]*);\s+-- (?P<answer>.+)")


@dataclass(frozen=True)
class Recipe:
    """A schema with some rows, the files for it, and what is left, or what a scan says instead."""

    title: str
    engines: tuple[str, ...]
    schema: str
    inventory: str
    rules: str
    commands: tuple[tuple[str, ...], ...]
    answers: tuple[tuple[str, str], ...]
    said: tuple[str, ...]

    @property
    def acting(self) -> list[str]:
        """The rules that do more than report."""
        names = re.findall(r"^  ([\w-]+):(.*?)(?=^  [\w-]|\Z)", self.rules, re.DOTALL | re.MULTILINE)
        return [name for name, body in names if "then: report" not in body]


def recipes_of(page: str) -> list[Recipe]:
    """All recipes of the page, in its order."""
    parts = re.split(r"^(#{2,3} .+)\n", page, flags=re.MULTILINE)
    return [_recipe(title[4:], body) for title, body in _pairs(parts[1:]) if title.startswith("### ")]


def _pairs(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(parts[::2], parts[1::2], strict=True)


def _recipe(title: str, body: str) -> Recipe:
    blocks = _BLOCK.findall(body)
    kinds = " ".join(kind for kind, _ in blocks)
    assert re.fullmatch("sql yaml yaml( sh)? (sql|text)", kinds), f"{title}: blocks {kinds}"
    assert body.count("```") == 2 * len(blocks), f"{title}: a block that is not closed"
    (_, schema), (_, inventory), (_, rules), *between, (kind, last) = blocks
    first, _, rest = schema.partition("\n")
    engines = tuple(first.removeprefix("-- ").split(", "))
    assert set(engines) <= set(ENGINES), f"{title}: engines {engines}"
    assert inventory.startswith(INVENTORY), f"{title}: no inventory"
    assert rules.startswith(RULES + "rules:\n"), f"{title}: no rules"
    answers = tuple(_answers(title, last)) if kind == "sql" else ()
    said = tuple(last.splitlines()) if kind == "text" else ()
    commands = tuple(command for _, text in between for command in _commands(title, text))
    return Recipe(title, engines, rest, inventory, rules.removeprefix(RULES), commands, answers, said)


def _answers(title: str, block: str) -> Iterator[tuple[str, str]]:
    assert block.startswith(AFTERWARDS), f"{title}: no `afterwards`"
    for line in block.removeprefix(AFTERWARDS).splitlines():
        found = _ANSWER.fullmatch(line)
        assert found, f"{title}: {line}"
        yield found["query"], found["answer"]


def _commands(title: str, block: str) -> Iterator[tuple[str, ...]]:
    for line in block.replace("\\\n", " ").splitlines():
        program, *arguments = shlex.split(line)
        assert program == "wesretain", f"{title}: {line}"
        yield tuple(arguments)


def statements_of(script: str) -> list[str]:
    """The statements of a script, in which each ends with a line."""
    return [part.strip() for part in re.split(r";\s*$", script, flags=re.MULTILINE) if part.strip()]


def written(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as the page writes them: `1 Ann, 2 NULL, 3 ''`."""
    return ", ".join(" ".join(map(_value, row)) for row in rows) or "none"


def _value(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode()
    return "NULL" if value is None else str(value) or "''"


def says(output: str, line: str) -> bool:
    """Whether a line occurs in what was printed, wherever lines are broken; `…` stands for anything."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
    return re.search(pattern, " ".join(output.split())) is not None
