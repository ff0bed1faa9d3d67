"""The manual of all that can be wrong with the files: one page for each identifier in brackets."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from wesretain.errors import UsageError
from wesretain.model.problem import Level
from wesretain.policy.checks import CHECKS
from wesretain.policy.checks.ignores import IDLE, LIVE, idle_ignores
from wesretain.policy.pages import READING
from wesretain.policy.words import show, suggest


@dataclass(frozen=True, slots=True)
class Page:
    """What one identifier means, and how to mend it; `levels` are those that it is told with."""

    id: str
    levels: tuple[Level, ...]
    text: str

    @property
    def level(self) -> str:
        """How bad it is, in words."""
        return " or ".join(self.levels)

    def __str__(self) -> str:
        parts = [f"{self.id} ({self.level})", self.text]
        if Level.ERROR in self.levels:
            parts.append("An error refuses the files until it is mended.")
        if Level.WARNING in self.levels:
            parts.append(f"A warning that is meant is silenced by `# wesretain: ignore[{self.id}] reason`.")
        return "\n\n".join(parts)


_LIVE_PAGE = """\
What a live database says against the files.

`validate --live` and every scan compare the files with the database itself: that tables and columns are there, that
paths lead somewhere, that clocks are clocks, that values fit their columns, that the user may read what the rules need.
A rule that the database refuses does nothing, and protects its whole table until it is mended.

Mend it after the message: correct the name in the rule, declare the link or the clock in the inventory, or grant the
right that is missing.\
"""


PAGES: tuple[Page, ...] = (
    *(Page(check_id, (Level.ERROR,), text) for check_id, text in READING.items()),
    *(Page(check.id, (check.level,), check.page) for check in CHECKS.values()),
    Page(IDLE, (Level.WARNING,), inspect.getdoc(idle_ignores) or ""),
    Page(LIVE, (Level.ERROR, Level.WARNING), _LIVE_PAGE),
)


def explain(check_id: str) -> str:
    """The page of an identifier.

    Raises:
        UsageError: where there is none.
    """
    pages = {page.id: page for page in PAGES}
    if check_id not in pages:
        mend = suggest(check_id, list(pages), "the identifier stands in brackets at the end of each problem")
        raise UsageError(f"there is no check {show(check_id)}", mend)
    return str(pages[check_id])
