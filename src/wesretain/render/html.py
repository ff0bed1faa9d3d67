"""The report as one HTML file that asks nobody for anything: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from wesretain import __version__
from wesretain.model.ages import COLUMNS, Ages
from wesretain.model.hold import OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope
from wesretain.model.inventory import DatabaseEntry, Element, TableEntry
from wesretain.model.names import joined
from wesretain.model.places import crossings
from wesretain.model.plan import RulePlan, Tally
from wesretain.model.report import Report
from wesretain.model.rule import Disposition
from wesretain.model.standing import Standing
from wesretain.render.ages import day, minute, stamp
from wesretain.render.inventory import what_else
from wesretain.render.sums import added_plans, families, few, sum_of

if TYPE_CHECKING:
    from markupsafe import Markup

_PAGES = files("wesretain.render") / "pages"
_SECTIONS = (
    *(("overview", "Overview"), ("data", "What lies where"), ("rules", "Rules"), ("forecast", "Forecast")),
    *(("holds", "Holds"), ("gaps", "Gaps"), ("runs", "Last runs")),
)
_TONES = {Standing.DUE: "due", Standing.HELD: "held", Standing.LAW: "held", Standing.BLOCKED: "held"}
_WIDTH, _HEIGHT = 1000, 140
#: How much of a column's room its bar takes, and how high the least bar is that is not empty.
_FULL, _LEAST = 0.82, 2.0


@dataclass(frozen=True, slots=True)
class _Bar:
    x: float
    y: float
    width: float
    height: float
    tone: str
    label: str
    figure: str

    @property
    def words(self) -> str:
        return f"{self.label}: {self.figure} records"


@dataclass(frozen=True, slots=True)
class _Chart:
    id: str
    words: str
    bars: tuple[_Bar, ...]
    left: str
    middle: str
    right: str
    line: float | None = None
    width: int = _WIDTH
    height: int = _HEIGHT


def as_html(report: Report) -> str:
    """The whole page. Every value in it is escaped."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False)
    template = environment.from_string((_PAGES / "report.html.j2").read_text(encoding="utf-8"))
    style = Markup((_PAGES / "report.css").read_text(encoding="utf-8"))
    return template.render(style=style, version=__version__, sections=_SECTIONS, **_context(report)) + "\n"


def _context(report: Report) -> dict[str, Any]:
    config, zone = report.intent.config, report.intent.config.zone
    as_of = report.plan.as_of
    rules = list(_rules(report))
    return {
        "organisation": config.organisation,
        "day": day(as_of, zone),
        "minute": minute(as_of, zone),
        "stamp": stamp(as_of),
        "zone": zone.key,
        "cards": list(_cards(report)),
        "failures": list(few((failure.database, failure.message) for failure in report.plan.failures)),
        "databases": [_database(report, entry, rules) for entry in report.intent.inventory.databases],
        "borders": [str(each) for each in crossings(report.intent)],
        "rules": rules,
        "forecast": _forecast(report, rules),
        "holds": [
            {
                "id": hold.id,
                "matter": hold.matter,
                "on": scope_words(hold.scope),
                "since": day(hold.placed_at, zone),
                "review": hold.review_on.isoformat() if hold.review_on else "",
            }
            for hold in report.holds
        ],
        "gaps": [
            {"message": _marked(gap.message), "mend": _marked(gap.mend), "check": gap.check, "place": str(gap.at)}
            for gap in report.gaps
        ],
        "runs": [
            {
                "started": minute(run.started, zone),
                "database": run.database,
                "by": run.by,
                "records": f"{sum(run.records.values()):,}",
                "rules": ", ".join(f"{rule} {records:,}" for rule, records in run.records.items()),
            }
            for run in report.runs
        ],
    }


def _cards(report: Report) -> Iterator[dict[str, str]]:
    """The figures that somebody wants first."""
    tallies = [each.tally for found in report.plan.databases for each in found.rules if each.tally]

    def of(standing: Standing) -> int:
        return sum(tally[standing] for tally in tallies)

    acts = sum(each.acts or 0 for found in report.plan.databases for each in found.rules)
    yield _card(acts, "records would go or lose data today", "due" if acts else "")
    yield _card(of(Standing.DUE), "are due, rule by rule", "due" if of(Standing.DUE) else "")
    yield _card(of(Standing.HELD), "are held", "held")
    yield _card(of(Standing.LAW), "must stay by law", "held")
    yield _card(of(Standing.BLOCKED), "are blocked by others", "held")
    yield _card(of(Standing.UNDECIDABLE), "cannot be decided", "")
    yield _card(len(report.holds), "holds in force", "held")
    yield _card(len(report.gaps), "gaps", "wrong" if report.gaps else "")


def _card(figure: int, words: str, tone: str) -> dict[str, str]:
    return {"figure": f"{figure:,}", "words": words, "tone": tone}


# -- what lies where --------------------------------------------------------------------------------------------------


def _database(report: Report, entry: DatabaseEntry, rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
    run = "" if entry.processor in (None, "own") else f", run by {entry.processor}"
    return {
        "name": entry.name,
        "place": f"{entry.location or 'Nobody says where it stands'}{run}.",
        "tables": [_table(report, each, rules) for each in entry.tables],
    }


def _table(report: Report, each: TableEntry, rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
    found = {element for _, elements in each.columns for element in elements}
    whose = "?" if each.subjects is None else ", ".join(joined(path) for path in each.subjects) or "nobody"
    return {
        "name": joined([each.name.schema, each.name.name] if each.name.schema else [each.name.name]),
        "category": each.category.value.replace("_", " ") if each.category else "",
        "whose": whose,
        "elements": [e.value.replace("_", " ") for e in Element if e in found and e is not Element.NONE],
        "rest": what_else(each),
        "rules": [rule for rule in rules if rule["name"] in report.rules.get(str(each.name), ())],
    }


# -- rules ------------------------------------------------------------------------------------------------------------


def _rules(report: Report) -> Iterator[dict[str, Any]]:
    number = 0
    for family, members in families(report.plan.databases, lambda found: found.database):
        for each in (members[0] if len(members) == 1 else sum_of(family, members, added_plans)).rules:
            number += 1
            ages = report.ages.get((family, each.rule.name))
            yield {
                "anchor": str(number),
                "name": each.rule.name,
                "title": each.rule.title,
                "table": str(each.rule.table),
                "words": _words(each),
                "refused": _marked(each.refused.message) if each.refused else "",
                "tally": list(_tally(each.tally)) if each.tally else [],
                "chart": _ages_chart(report, each, ages, number) if ages and ages.total else None,
                "ages": ages,
            }


def _words(each: RulePlan) -> str:
    rule = each.rule
    after = f" after {rule.after}" if rule.after else ""
    law = f", by law: {rule.law}" if rule.law else ""
    kept = "at once" if rule.keep is None else f"keep {rule.period}{after}"
    return f"{kept}, then {_THEN[rule.then]}{law}"


_THEN = {
    Disposition.REPORT: "report",
    Disposition.HOLD: "hold for review",
    Disposition.REDACT: "redact",
    Disposition.DELETE: "delete",
}


def _tally(tally: Tally) -> Iterator[tuple[str, str, str]]:
    for standing in Standing:
        if tally[standing] or standing is Standing.DUE:
            yield standing.word, f"{tally[standing]:,}", _TONES.get(standing, "")


def _ages_chart(report: Report, each: RulePlan, ages: Ages, number: int) -> _Chart:
    zone = report.intent.config.zone
    days = [day(edge, zone) for edge in ages.edges]
    labels = [f"until {days[0]}", *(f"{a} to {b}" for a, b in pairwise(days)), f"after {days[-1]}"]
    room = _WIDTH / len(ages.counts)
    tones = ["due" if place <= COLUMNS else "" for place in range(len(ages.counts))]
    bars = _bars(ages.counts, labels, tones)
    past = sum(ages.counts[: COLUMNS + 1])
    words = f"{each.rule.title}: {past:,} of {ages.total:,} records are older than the cut-off of {days[COLUMNS]}"
    line = room * (COLUMNS + 1)
    right = "now" if each.rule.keep and each.rule.keep.count else days[-1]
    return _Chart(f"ages{number}", words, bars, f"before {days[0]}", f"cut-off {days[COLUMNS]}", right, line)


def _bars(counts: Sequence[int], labels: Sequence[str], tones: Sequence[str]) -> tuple[_Bar, ...]:
    most, room = max(max(counts), 1), _WIDTH / len(counts)
    bars = []
    for place, (count, label, tone) in enumerate(zip(counts, labels, tones, strict=True)):
        height = max(count / most * _HEIGHT, _LEAST) if count else 0.0
        x, width = room * (place + (1 - _FULL) / 2), room * _FULL
        bars.append(
            _Bar(round(x, 1), round(_HEIGHT - height, 1), round(width, 1), round(height, 1), tone, label, f"{count:,}")
        )
    return tuple(bars)


def _forecast(report: Report, rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
    falling = [rule for rule in rules if rule["ages"] and any(rule["ages"].falls)]
    if not falling:
        return {"chart": None, "months": [], "rows": []}
    zone = report.intent.config.zone
    months = [_month(end, zone) for end in falling[0]["ages"].months]
    totals = [sum(rule["ages"].falls[place] for rule in falling) for place in range(len(months))]
    words = f"{sum(totals):,} records run out in the next twelve months"
    bars = _bars(totals, [f"by {month}" for month in months], ["due"] * len(months))
    rows = [
        {"anchor": rule["anchor"], "name": rule["name"], "figures": [f"{n:,}" for n in rule["ages"].falls]}
        for rule in falling
    ]
    return {"chart": _Chart("ahead", words, bars, "now", "", months[-1]), "months": months, "rows": rows}


def _marked(words: str) -> Markup:
    """Words with what stands in backticks marked as code; all of it is escaped."""
    from markupsafe import Markup, escape

    parts = words.split("`")
    if len(parts) % 2 == 0:
        return escape(words)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


def _month(end: datetime, zone: Any) -> str:
    day_, month, year = end.astimezone(zone).strftime("%d %b %Y").split()
    return f"{day_.lstrip('0')}\N{NO-BREAK SPACE}{month} {year}"


def scope_words(scope: Scope) -> str:
    """What a hold is on, in words; keys are what people ordered."""
    match scope:
        case OnSubject(table, key):
            return f"the person {table} {', '.join(key)}"
        case OnRecord(table, key):
            return f"the record {table} {', '.join(key)}"
        case OnRecords(table, _, text):
            return f"records of {table} where {text}"
        case OnTable(table):
            return f"the table {table}"
        case OnCategory(category):
            return f"all {category.value.replace('_', ' ')} data"
        case OnDatabase(database):
            return f"the database {database}"
