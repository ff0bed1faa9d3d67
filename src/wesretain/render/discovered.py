"""What discovery found, as a tree for the terminal and as a list for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wesretain.model.discovered import Discovered, DiscoveredTable, path_text
from wesretain.model.finding import Finding, Sureness
from wesretain.render.listing import Listing
from wesretain.render.screen import DUE, FAINT, HEADING, put, say, table, text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_STYLES = {Sureness.PROVEN: DUE, Sureness.LIKELY: "", Sureness.WEAK: FAINT}
#: So many columns of a terminal take a table of findings without breaking words.
_WIDE = 80
_UNITS = ("B", "KB", "MB", "GB", "TB")


def findings_listing(discovered: Discovered) -> Listing:
    """All findings, table by table."""
    found = [(each, one) for each in discovered.tables for one in each.findings]
    return Listing(
        name="findings",
        heads=("table", "column", "element", "how sure", "evidence"),
        rows=tuple(
            (each.table.full_name, one.column, one.element.value, one.sureness, _why(one)) for each, one in found
        ),
        keys=("database", "table", "column", "element", "sureness", "name", "values", "secret", "found_in", "member"),
        items=tuple(
            {
                "database": discovered.name,
                "table": each.table.full_name,
                "column": one.column,
                "element": one.element.value,
                "sureness": one.sureness.value,
                "name": one.name,
                "values": one.values,
                "secret": one.secret.value if one.secret else None,
                "found_in": one.nest.value if one.nest else None,
                "member": one.member or None,
            }
            for each, one in found
        ),
    )


def print_tree(discovered: Discovered, console: Console) -> None:
    """Table by table: what it is, and what its columns hold; the tables with nothing in them at the end, by name."""
    full = [each for each in discovered.tables if each.findings]
    say(
        console,
        f"{discovered.name}, {discovered.server}: {len(discovered.tables)} tables, {len(full)} with personal data",
        HEADING,
    )
    for each in full:
        say(console, "")
        say(console, _headline(each), head=f"{each.table.full_name}  ", head_style=HEADING)
        if console.is_terminal and console.width < _WIDE:
            for one in each.findings:
                said = f"{one.element.value}, {one.sureness}: {_why(one)}"
                say(console, said, _STYLES[one.sureness], head=f"  {one.column}  ")
        else:
            put(_columns(each), console)
    bare = [each.table.full_name for each in discovered.tables if not each.findings]
    if bare:
        say(console, "")
        say(console, ", ".join(bare), FAINT, head="nothing found in: ", head_style=FAINT)


def _headline(each: DiscoveredTable) -> str:
    parts = [_kind(each), *_about(each)]
    return ", ".join(part for part in parts if part)


def _kind(each: DiscoveredTable) -> str:
    """What the inventory says of a table, or else what is proposed."""
    told = each.entry.category if each.entry else None
    if told is not None:
        return told.value
    if each.category is None:
        return ""
    return each.category.value if each.category_sure else f"perhaps {each.category.value}"


def _about(each: DiscoveredTable) -> Iterator[str]:
    told = each.entry.subjects if each.entry else None
    subjects = each.subjects if told is None else told
    if subjects:
        yield f"of {' and '.join(path_text(path) for path in subjects)}"
    if each.size.rows is not None:
        yield f"some {each.size.rows:,} records"
    if each.size.bytes is not None:
        yield _bytes(each.size.bytes)
    if each.ages:
        first, last = min(age.oldest for age in each.ages), max(age.newest for age in each.ages)
        yield f"of {first}" if first == last else f"from {first} to {last}"
    if each.unread:
        yield f"not read: {each.unread}"


def _bytes(count: int) -> str:
    size, unit = float(count), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {_UNITS[unit]}"


def _columns(each: DiscoveredTable) -> Table:
    shown = table()
    for _ in range(4):
        shown.add_column(overflow="fold")
    shown.show_header = False
    for one in each.findings:
        style = _STYLES[one.sureness]
        shown.add_row(*(text(cell, style) for cell in (f"  {one.column}", one.element.value, one.sureness, _why(one))))
    return shown


def _why(one: Finding) -> str:
    where = ""
    if one.nest:
        where = f"in {one.nest}" + (f" at {one.member}" if one.member else "")
    return "; ".join(part for part in (where, one.secret.value if one.secret else "", one.evidence) if part)
