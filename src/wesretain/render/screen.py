"""What a person sees: one palette, tables, and lines that fold under themselves; piped, all is plain and whole.

Each colour means one thing in every command, and no colour tells what the words do not tell too.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

import click

from wesretain.render.plain import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

#: Something is due, is going to happen, or wants attention.
DUE = "yellow"
#: Refused, or failed.
WRONG = "red"
#: A zero, or context.
FAINT = "dim"
HEADING = "bold"

#: Nothing is folded of what is piped: more columns than any table needs.
_ROOM = 100_000
#: Rich's progress bars come in colours of their own.
_BARS = {
    **dict.fromkeys(("bar.complete", "bar.finished", "bar.pulse", "progress.download"), "none"),
    **dict.fromkeys(("bar.back", "progress.elapsed", "progress.remaining"), FAINT),
}


def console_for(stream: TextIO | None, *, color: bool | None = None) -> Console:
    """Where something is printed for a person; `color` is False where nobody wants any. A stream may be closed."""
    from rich.console import Console
    from rich.theme import Theme

    return Console(
        file=stream,
        color_system=None if color is False else "auto",
        highlight=False,
        width=None if stream is not None and stream.isatty() else _ROOM,
        theme=Theme(_BARS),
    )


def text(words: str, style: str = "") -> Text:
    """Words that may come from data, which steer nothing."""
    from rich.text import Text

    return Text(plain(words), style)


def table() -> Table:
    """An empty table in the style of them all."""
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, 1), header_style=HEADING)


def put(table: Table, console: Console) -> None:
    """Print a table. Piped, its lines end where their words do."""
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as caught:
        console.print(table)
    for line in caught.get().splitlines():
        _pipe(line, console)


def say(console: Console, words: str | Text, style: str = "", *, head: str = "", head_style: str = "") -> None:
    """Print a line; on a terminal it folds at words and hangs under its beginning, behind `head`. Nothing is cut."""
    from rich.cells import cell_len
    from rich.padding import Padding
    from rich.table import Table

    lead = text(head, head_style)
    body = text(words, style) if isinstance(words, str) else words
    if not console.is_terminal:
        _pipe(f"{lead.plain}{body.plain}", console)
    elif not head:
        console.print(body, overflow="fold")
    elif cell_len(lead.plain) > console.width // 2:
        console.print(lead, overflow="fold")
        console.print(Padding(body, (0, 0, 0, min(4, console.width // 4))), overflow="fold")
    else:
        grid = Table.grid()
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(lead, body)
        console.print(grid)


def _pipe(line: str, console: Console) -> None:
    """One line, whole; names are in UTF-8 also where the locale knows ASCII alone."""
    click.echo(line.rstrip(), file=None if console.file is sys.stdout else console.file)


def padded(words: str, columns: int) -> str:
    """Words filled up to so many columns of a terminal, on which some letters take two."""
    from rich.cells import cell_len

    words = plain(words)
    return words + " " * (columns - cell_len(words))


def widest(words: Sequence[str]) -> int:
    """How many columns of a terminal the widest takes."""
    from rich.cells import cell_len

    return max((cell_len(plain(each)) for each in words), default=0)
