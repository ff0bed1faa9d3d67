"""What `inventory --check` found, as a list."""

from __future__ import annotations

from collections.abc import Sequence

from wesretain.model.problem import Problem
from wesretain.render.listing import Listing


def gaps_listing(gaps: Sequence[Problem]) -> Listing:
    """All gaps, kind by kind."""
    return Listing(
        name="gaps",
        heads=("where", "what", "mend", "check"),
        rows=tuple((str(gap.at), gap.message, gap.mend, gap.check) for gap in gaps),
        keys=("file", "line", "column", "check", "message", "mend"),
        items=tuple(
            {
                "file": gap.at.file,
                "line": gap.at.line,
                "column": gap.at.column,
                "check": gap.check,
                "message": gap.message,
                "mend": gap.mend,
            }
            for gap in gaps
        ),
    )
