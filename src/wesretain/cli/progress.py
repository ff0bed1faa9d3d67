"""A bar on the terminal while something takes its time; nothing where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

#: Told of what is under way, how much of it is done, and how much there is.
Show = Callable[[str, int, int], None]


@contextmanager
def progress(doing: str) -> Iterator[Show]:
    """What shows a bar for each label that it is told."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda label, done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    from wesretain.render.screen import console_for

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = console_for(sys.stderr, color=click.get_current_context().color)
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(f"{doing} {label}")
            bar.update(tasks[label], completed=done, total=total)

        yield show
