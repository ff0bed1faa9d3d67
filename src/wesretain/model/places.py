"""Where data lies, and what of it crosses a border: countries by their two letters, at the end of a place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wesretain.model.config import Intent

#: `Kuala Lumpur, MY`: the two letters of ISO 3166 after the last comma, or alone.
_COUNTRY = re.compile(r"(?:.*,\s*)?([A-Z]{2})\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Data that lies, or goes, abroad: what, from which country, and to which."""

    what: str
    home: str
    country: str

    def __str__(self) -> str:
        return f"{self.what}: {self.home} to {self.country}"


def country_of(place: str | None) -> str | None:
    """The country at the end of a place; None where it names none."""
    found = _COUNTRY.fullmatch(place) if place else None
    return found[1] if found else None


def crossings(intent: Intent) -> Iterator[Crossing]:
    """The databases and recipients abroad, as seen from the organisation's own place.

    Where the configuration does not say where the organisation is, the first database's country stands for it.
    """
    databases = intent.inventory.databases
    home = country_of(intent.config.location) or next(
        (c for each in databases if (c := country_of(each.location))), None
    )
    if home is None:
        return
    for entry in databases:
        country = country_of(entry.location)
        if country is not None and country != home:
            yield Crossing(f"the database {entry.name}", home, country)
        for table in entry.tables:
            for recipient in table.disclosed_to:
                abroad = country_of(recipient)
                if abroad is not None and abroad != (country or home):
                    yield Crossing(
                        f"{table.name}, disclosed to {recipient.rpartition(',')[0].strip()}", country or home, abroad
                    )
