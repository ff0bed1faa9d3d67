"""What a column holds because it points at one that does: the author of a post, by the user name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wesretain.model.discovered import DiscoveredTable
from wesretain.model.finding import Finding, Sureness
from wesretain.model.inventory import Element
from wesretain.model.schema import Table
from wesretain.standing.catalogue import Catalogue


def along_links(catalogue: Catalogue, found: Sequence[DiscoveredTable]) -> Iterator[DiscoveredTable]:
    """The same tables with what their links say of the columns that link."""
    there: dict[tuple[str, str], list[Element]] = {}
    for each in found:
        for finding in each.surest:
            if finding.nest is None:
                there.setdefault((each.table.full_name, finding.column), []).append(finding.element)
    for each in found:
        known = {(finding.column, finding.element) for finding in each.surest if finding.nest is None}
        yield each.with_findings(
            Finding(here, element, Sureness.LIKELY, values=f"it points at {to.full_name}.{key}")
            for here, to, key in _ends(catalogue, each)
            for element in there.get((to.full_name, key), ())
            if (here, element) not in known
        )


def _ends(catalogue: Catalogue, each: DiscoveredTable) -> Iterator[tuple[str, Table, str]]:
    """The columns that link, and the table and the column at which each points."""
    for link in catalogue.links_from(each.table):
        yield from ((here.name, link.target, up.name) for here, up in link.pairs)
    for suggested in each.links:
        if suggested.sure:
            yield suggested.column, suggested.to, suggested.to.key[0]
