"""What `doctor` found, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from wesretain.model.complaint import Complaint
from wesretain.model.problem import Level
from wesretain.render.listing import Listing


def complaints_listing(complaints: Sequence[Complaint]) -> Listing:
    """All complaints, in the order in which they were found."""
    return Listing(
        name="complaints",
        heads=("database", "about", "what", "mend"),
        rows=tuple((each.database, each.about, each.message, each.mend) for each in complaints),
        keys=("database", "level", "about", "message", "mend"),
        items=tuple(asdict(each) for each in complaints),
        attention=frozenset((place, "what") for place, each in enumerate(complaints) if each.level is Level.ERROR),
    )
