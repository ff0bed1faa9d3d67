"""What discovery proposes, as the lines of an inventory: what is sure as it is, the rest as comments to decide on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from wesretain.model.discovered import Discovered, DiscoveredTable, SuggestedClock, SuggestedLink, path_text
from wesretain.model.finding import Finding, Sureness
from wesretain.model.inventory import Clock, Element
from wesretain.model.proposal import Line
from wesretain.model.schema import KEYLESS, Column, Kind
from wesretain.render.plain import plain

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*")
_LONGEST_KEY = 900
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def proposal(discovered: Discovered) -> tuple[Line, ...]:
    """The lines for the tables of a database, by the tables' names."""
    return tuple(_table(each) for each in discovered.tables if _can_be_named(each.table.full_name))


def _can_be_named(name: str) -> bool:
    """Whether an inventory can spell a name: YAML takes no key of more than 1,024 letters."""
    return bool(name) and name.isprintable() and len(name) < _LONGEST_KEY


def _table(each: DiscoveredTable) -> Line:
    return Line(word(each.called), inner=tuple(_sections(each)), comment=_size(each))


def _sections(each: DiscoveredTable) -> Iterator[Line]:
    if each.category is not None:
        yield Line(
            "category",
            each.category.value,
            comment=plain(each.category_why),
            doubtful=not each.category_sure,
            leads=True,
        )
    if each.subjects:
        paths = [word(path_text(path)) for path in each.subjects]
        yield Line(
            "subjects", paths[0] if len(paths) == 1 else f"[{', '.join(paths)}]", comment=each.subjects_why, leads=True
        )
    else:
        yield Line("subjects", "none", comment="no path to a person was found", doubtful=True)
    if each.table.unfit == KEYLESS:
        yield Line("key", "none", comment="it has none: its rows would go by a rule's whole condition", doubtful=True)
    links = [each for each in each.links if _can_be_named(each.column) and _can_be_named(each.to.full_name)]
    if links:
        yield Line("links", inner=tuple(map(_link, links)), leads=True)
    clocks = [each for each in each.clocks if _can_be_named(each.clock.column)]
    if clocks:
        yield Line("clocks", inner=tuple(map(_clock, clocks)), leads=True)
    columns = [column for column in each.table.columns if column.name.strip() and _can_be_named(column.name)]
    if columns:
        yield Line("columns", inner=tuple(_column(each, column) for column in columns))


def _size(each: DiscoveredTable) -> str:
    parts = []
    if each.size.rows is not None:
        parts.append(f"some {each.size.rows:,} records")
    if each.unread:
        parts.append(plain(f"not read: {each.unread}"))
    return ", ".join(parts)


def _link(link: SuggestedLink) -> Line:
    nobody = f", nobody: [{', '.join(quoted(value) for value in link.nobody)}]" if link.nobody else ""
    when = f", when: {{{word(link.when[0])}: {quoted(link.when[1])}}}" if link.when else ""
    value = f"{{to: {word(link.to.full_name)}, by: {word(link.column)}{when}{nobody}}}"
    return Line(word(link.name), value, comment=link.why, doubtful=not link.sure)


def _clock(suggested: SuggestedClock) -> Line:
    clock = suggested.clock
    comment = "; ".join(part for part in (suggested.why, suggested.doubt) if part)
    return Line(word(clock.column), f"{{{', '.join(_said(clock))}}}", comment=comment)


def _said(clock: Clock) -> Iterator[str]:
    if clock.format:
        yield f"format: {clock.format.value}"
    for key, values in (("undated", clock.undated), ("never", clock.never)):
        if values:
            yield f"{key}: [{', '.join('null' if value is None else quoted(value) for value in values)}]"


def _column(each: DiscoveredTable, column: Column) -> Line:
    found = [one for one in each.of(column.name) if one.sureness is not Sureness.WEAK]
    weak = [one for one in each.of(column.name) if one.sureness is Sureness.WEAK]
    elements = [one.element.value for one in found]
    if column.name in each.persons and Element.IDENTIFIER.value not in elements:
        elements.append(Element.IDENTIFIER.value)
    comment = plain("; ".join(_why(one) for one in (*found, *weak) if one.sureness is not Sureness.PROVEN or one.nest))
    if elements:
        value = elements[0] if len(elements) == 1 else f"[{', '.join(elements)}]"
        return Line(word(column.name), value, comment=comment)
    if weak:
        return Line(word(column.name), "", comment=comment)
    if column.name in each.harmless or ((column.name,) == each.table.key and column.kind is Kind.INTEGER):
        return Line(word(column.name), "none")
    return Line(word(column.name), "", comment=_nothing(each, column))


def _nothing(each: DiscoveredTable, column: Column) -> str:
    """Why a person has to say what a column holds."""
    if column.name in each.sensitive:
        return "no element stands for it: is it personal?"
    if not each.sampled:
        return ""
    if column.name in each.odd:
        return "times in a form that no `format` reads"
    return "no values" if column.name in each.empty else f"nothing was found in {each.sampled} records"


def _why(found: Finding) -> str:
    where = f" (in {found.nest}{f', at {found.member}' if found.member else ''})" if found.nest else ""
    return f"{found.sureness} {found.element}{where}: {found.evidence}"


def word(name: str) -> str:
    """A name as YAML writes it: bare where that is safe, else quoted."""
    return name if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED else quoted(name)


def quoted(text: str) -> str:
    """A text in double quotes, as YAML reads it."""
    return json.dumps(text, ensure_ascii=False)
