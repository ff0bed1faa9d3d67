"""The report: every row with its figures, met or not, out of what has been kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from figures import Measured, kept
from rows import ROWS, Row

_HEAD = """# Results of `make bench`

Generated; `make bench` writes it anew, and `make bench ONLY=startup` measures one row. All sides of a comparison work
on fresh copies of the same data, in turn, and each has to leave the same rows; wesretain's evidence has to add up to
them. A figure is the median of the rounds, with the least and the greatest. What is timed is said with each row; whole
commands have start-up, the scan before, and the count of what is left in them.
"""


def write(folder: Path) -> None:
    """Write RESULTS.md."""
    parts = [_HEAD, *(_row(row, kept(folder, row.name)) for row in ROWS)]
    (folder / "RESULTS.md").write_text("\n".join(parts))


def _row(row: Row, found: Sequence[Measured]) -> str:
    head = f"## {row.title}\n\n{row.method}\n"
    if not found:
        return f"{head}\nNot measured yet.\n"
    beside = list(dict.fromkeys(name for each in found for name in each.figure.beside))
    columns = ["engine", "case", "against", "figure", "least – greatest", "target", "verdict", *beside]
    lines = [_line(columns), _line(["---"] * len(columns))]
    lines += [_line(_cells(each, beside)) for each in found]
    notes = dict.fromkeys(
        f"* {each.figure.engine}, {each.figure.case}: {each.figure.note}" for each in found if each.figure.note
    )
    if row.why and any(each.figure.verdict.startswith("**") for each in found):
        notes[f"* Why not all is met: {row.why}"] = None
    made = dict.fromkeys(f"{each.date}, commit {each.commit}, {each.size}, {each.machine}" for each in found)
    return "\n".join(
        [head, *lines, "", *notes, *([""] if notes else []), *(f"Measured {each}.  " for each in made), ""]
    )


def _cells(each: Measured, beside: Sequence[str]) -> list[str]:
    figure = each.figure
    values = [figure.median, min(figure.values), max(figure.values)]
    middle, least, greatest = (_shown(value) for value in values)
    return [
        figure.engine,
        figure.case,
        figure.against,
        f"{middle} {figure.unit}",
        f"{least} – {greatest}",
        str(figure.target or ""),
        figure.verdict,
        *(figure.beside.get(name, "") for name in beside),
    ]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
