"""The house: each folder imports only from those before it, and each module says its one job."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "wesretain"
#: In the order in which the data flows. A module may import from its own room and from those to the left of it.
ROOMS = (
    *(
        "errors",
        "interruption",
        "model",
        "policy",
        "engines",
        "families",
        "side_by_side",
        "standing",
        "ledger",
        "control",
        "survey",
        "scan",
        "quick",
        "explain",
        "records",
    ),
    *("discovery", "coverage", "ages", "doctor", "holds", "reviews", "verify", "report", "apply"),
    *("render", "demo", "cli"),
)
MODULES = sorted(SOURCE.rglob("*.py"))
#: What only some rooms may know: a database, and a terminal.
OUTSIDE = {
    "sqlalchemy": {
        "engines",
        "standing",
        "control",
        "survey",
        "scan",
        "quick",
        "explain",
        "records",
        "discovery",
        "ages",
        "doctor",
        "holds",
        "reviews",
        "verify",
        "apply",
    },
    "click": {"render", "cli"},
    "rich": {"render", "cli"},
    "jinja2": {"render"},
    "yaml": {"policy"},
    "sqlite3": {"engines", "ledger", "demo"},
}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_keep_their_direction(path: Path) -> None:
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    for name in imports_of(path):
        top, *rest = name.split(".")
        if top == "wesretain" and rest:
            assert ROOMS.index(rest[0]) <= ROOMS.index(room), f"{path.name} of {room} imports {name}"
        if top in OUTSIDE:
            assert room in OUTSIDE[top], f"{path.name} of {room} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_each_module_says_its_job_in_its_first_line(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said
    assert said.splitlines()[0].strip()


def test_nothing_below_the_command_line_reads_the_clock() -> None:
    for path in MODULES:
        if room_of(path) in ("cli", "demo"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                assert ast.unparse(node) not in ("datetime.now", "datetime.utcnow", "date.today", "time.time"), path
