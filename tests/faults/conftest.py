"""The scene on each engine, the counts of tries, and their table at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from apply.company import Company
from chance import Chance
from faults.line import Line
from faults.proxy import between
from faults.scene import Scene, staged
from faults.tally import FULL, ROW, Tally, table, tallied

Counting = Callable[[str, str], AbstractContextManager[tuple[Tally, Chance]]]


@pytest.fixture
def scene(engine_url: str, tmp_path: Path) -> Iterator[Scene]:
    with staged(Company(tmp_path, engine_url)) as found:
        yield found


@pytest.fixture
def line(scene: Scene) -> Iterator[Line]:
    with between(scene.shop.url) as proxy:
        scene.lead_through(scene.shop.url, proxy.port)
        yield Line(scene, proxy)


@pytest.fixture
def counting(record_property: Callable[[str, Any], None]) -> Counting:
    """Counts the tries of a fault on an engine."""
    return lambda fault, engine: tallied(fault, engine, record_property)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table, where all has been tried."""
    rows = [
        (fault, engine, tries, survived if report.passed or survived < tries else 0)
        for word in ("passed", "failed")
        for report in terminalreporter.stats.get(word, ())
        for name, (fault, engine, tries, survived) in report.user_properties
        if name == ROW
    ]
    if FULL and rows:
        terminalreporter.write_line("")
        for line in table(sorted(rows)):
            terminalreporter.write_line(line)
