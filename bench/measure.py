"""How fast wesretain is, and how gently: every row measured, kept, and the report written.

    make bench                                       # everything; hours
    make bench ONLY="delete held" ENGINES=sqlite     # some rows, some engines
    ROWS=20000 PAIRS=2 RESULTS=/tmp/tried make bench # to try whether it works

See `settings.py` for what else can be set, and `rows.py` for the rows.
"""

from __future__ import annotations

import signal
import sys

import report
import settings
from figures import Figure, keep
from rows import ROWS


def main() -> None:
    """Measure what was asked for, and say each figure as it is found."""
    unknown = set(settings.ONLY) - {row.name for row in ROWS}
    if unknown:
        sys.exit(f"there is no row {', '.join(sorted(unknown))}; the rows are {', '.join(row.name for row in ROWS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the servers stop as well
    for row in ROWS:
        if settings.ONLY and row.name not in settings.ONLY:
            continue
        for figure in row.figures():
            keep(settings.RESULTS, row.name, figure, row.size)
            report.write(settings.RESULTS)
            _tell(row.name, figure)


def _tell(row: str, figure: Figure) -> None:
    values = f"{min(figure.values):8.2f} {figure.median:8.2f} {max(figure.values):8.2f} {figure.unit}"
    beside = ", ".join(f"{name} {value}" for name, value in figure.beside.items())
    target = f"{figure.target}: {figure.verdict}" if figure.target else ""
    sys.stdout.write(f"{row:9}{figure.engine}, {figure.case}, {figure.against}\n")
    sys.stdout.write(f"         {values}  {target}  ({beside}) {figure.note}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
