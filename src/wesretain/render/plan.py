"""A plan as a table for the terminal, as JSON (version 1, documented in docs/commands.md) and as CSV."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wesretain.model.plan import DatabasePlan, Plan, RulePlan, Tally
from wesretain.model.rule import Disposition
from wesretain.model.standing import Standing
from wesretain.render import programs, scanned
from wesretain.render.ages import age, stamp
from wesretain.render.scanned import Looks, Note, findings, in_all, problem, refusal
from wesretain.render.screen import DUE, FAINT, HEADING, WRONG, put, say, table, text, widest
from wesretain.render.sums import added_plans

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STAYS = tuple(sorted((standing for standing in Standing if standing is not Standing.DUE), reverse=True))
#: A rule's name folds at the first where that makes room for a better table, and at the second where nothing else fits.
_FOLDED = (30, 12)
_GAP = 2


def as_json(plan: Plan) -> str:
    """The plan as JSON; keys are stable within a version."""
    return scanned.as_json("plan", plan, plan.due, _rule)


def _rule(plan: RulePlan) -> dict[str, Any]:
    rule, tally = plan.rule, plan.tally
    head = {
        "rule": rule.name,
        "title": rule.title,
        "category": rule.category.value,
        "table": str(rule.table),
        "keep": rule.period,
        "after": str(rule.after) if rule.after else None,
        "then": rule.then.value,
        "refused": problem(plan.refused) if plan.refused else None,
        "acts": plan.acts,
    }
    return head | (_tally(tally) if tally else {"records": None, "tally": None})


def _tally(tally: Tally) -> dict[str, Any]:
    oldest = tally.oldest
    return {
        "records": tally.total,
        "tally": {standing.word: tally[standing] for standing in Standing},
        "undated": tally.undated,
        "held_otherwise": {
            standing.word: tally.but_for_holds[standing] for standing in Standing if standing > Standing.HELD
        },
        "missed_by_case": tally.missed_by_case,
        "outside_where": tally.outside,
        "also_due_elsewhere": tally.also_due_elsewhere,
        "oldest_due": {"clock": stamp(oldest.clock), "due_since": stamp(oldest.due_since)} if oldest else None,
        "takes": [{"path": takes.path, "fate": takes.fate, "rows": takes.rows} for takes in tally.takes],
    }


def as_csv(plan: Plan) -> str:
    """One line a rule, with a heading."""
    words = [standing.word for standing in Standing]
    rows: list[list[Any]] = [
        ["database", "rule", "table", "then", "records", *words, "undated", "oldest_clock", "due_since", "refused"]
    ]
    for found in plan.databases:
        for rule in found.rules:
            head = [found.database, rule.rule.name, str(rule.rule.table), rule.rule.then.value]
            if rule.tally is None:
                rows.append([*head, *[""] * 12, rule.refused.message if rule.refused else ""])
                continue
            oldest = rule.tally.oldest
            times = [stamp(oldest.clock), stamp(oldest.due_since)] if oldest else ["", ""]
            rows.append([*head, rule.tally.total, *rule.tally.counts, rule.tally.undated, *times, ""])
    return programs.as_csv(rows)


# -- for a person -----------------------------------------------------------------------------------------------------


def print_table(plan: Plan, zone: ZoneInfo, console: Console) -> None:
    """The plan for a person: one table a database or family, then what needs attention, then the sum of it."""
    scanned.print_table(plan, Looks(added_plans, _print_rules, _notes, _due_in_all, _total), zone, console)


def _print_rules(found: DatabasePlan, console: Console) -> None:
    layout = _fitting(found, console)
    if layout is None:
        for rule in found.rules:
            say(console, _sentence(rule, found.as_of), WRONG if rule.tally is None else "")
    else:
        _print_columns(found, layout, console)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of a table of rules; `number` stands to the right."""

    head: str
    cell: Callable[[RulePlan], Text]
    number: bool = False


def _fitting(found: DatabasePlan, console: Console) -> tuple[_Column, ...] | None:
    """The fullest table that the terminal has room for; none where not even the barest fits."""
    for folded in _FOLDED:
        for layout in _layouts(found, console, folded):
            if _width(layout, found.rules, folded) <= console.width:
                return layout
    return None


def _layouts(found: DatabasePlan, console: Console, folded: int) -> Iterator[tuple[_Column, ...]]:
    """Tables of the same rules, the fullest first.

    First each standing that occurs has a column of its own; then the rare ones share one; then all that stay do.
    """
    occur = [s for s in _STAYS if s is Standing.KEPT or any(rule.tally and rule.tally[s] for rule in found.rules)]
    bare = (_Column("rule", _name), *_fates(found.as_of))
    full = (*bare, *(_counted(standing, standing.word) for standing in occur))
    if console.is_terminal:
        keep = _Column("keep", lambda plan: text(_keep(plan), FAINT))
        title = _Column("title", lambda plan: text(plan.rule.title, FAINT))
        yield (*full, keep, title)
        yield (*full, keep)
    yield full
    common = [standing for standing in occur if standing in (Standing.KEPT, Standing.UNCOVERED)]
    for own in (common, []):
        others = tuple(_counted(standing, _short(standing)) for standing in own)
        room = console.width - _width((*bare, *others), found.rules, folded) - _GAP
        yield (*bare, *others[:1], _shared([each for each in occur if each not in own], room), *others[1:])


def _width(layout: Sequence[_Column], rules: Sequence[RulePlan], folded: int) -> int:
    """How wide a table is whose first column, the rules' names, may fold."""
    name, *others = (
        widest([column.head, *(line for rule in rules for line in column.cell(rule).plain.split("\n"))])
        for column in layout
    )
    return min(name, folded) + sum(others) + _GAP * len(others)


def _fates(as_of: datetime) -> tuple[_Column, ...]:
    """How many are due, for how long, and what becomes of them."""
    return (
        _Column("due", _due, number=True),
        _Column("overdue", lambda plan: _overdue(plan, as_of), number=True),
        _Column("then", lambda plan: text(plan.rule.then.value)),
    )


def _counted(standing: Standing, head: str) -> _Column:
    def cell(plan: RulePlan) -> Text:
        return text("") if plan.tally is None else _number(plan.tally[standing])

    return _Column(head, cell, number=True)


def _short(standing: Standing) -> str:
    return {Standing.UNDECIDABLE: "undec.", Standing.UNCOVERED: "uncov."}.get(standing, standing.word)


def _shared(standings: Sequence[Standing], room: int) -> _Column:
    """A column of several standings in words, each with its figure: nothing comes between the two."""
    from rich.text import Text

    def cell(plan: RulePlan) -> Text:
        found = [f"{_short(each)}\xa0{plan.tally[each]:,}" for each in standings if plan.tally and plan.tally[each]]
        lines = textwrap.wrap(", ".join(found), max(room, 1), break_long_words=False, break_on_hyphens=False)
        return Text("\n".join(lines).replace("\xa0", " "))

    return _Column("stays", cell)


def _name(plan: RulePlan) -> Text:
    return text(plan.rule.name, WRONG if plan.tally is None else "")


def _number(count: int, style: str = "") -> Text:
    return text(f"{count:,}", style if count else FAINT)


def _due(plan: RulePlan) -> Text:
    return text("?", WRONG) if plan.tally is None else _number(plan.tally[Standing.DUE], DUE)


def _overdue(plan: RulePlan, as_of: datetime) -> Text:
    if plan.tally is None:
        return text("refused", WRONG)
    return text(age(plan.tally.oldest.due_since, as_of) if plan.tally.oldest else "")


def _keep(plan: RulePlan) -> str:
    return plan.rule.period + (f" after {plan.rule.after}" if plan.rule.after else "")


def _print_columns(found: DatabasePlan, layout: Sequence[_Column], console: Console) -> None:
    """The table; on a terminal each category has its heading, where there are several."""
    shown = table()
    for number, column in enumerate(layout):
        shown.add_column(column.head, justify="right" if column.number else "left", no_wrap=number > 0, overflow="fold")
    categories = tuple(dict.fromkeys(rule.rule.category for rule in found.rules))
    for category in categories:
        if len(categories) > 1 and console.is_terminal:
            shown.add_row(text(f"{category.value}:", HEADING))
        for rule in (rule for rule in found.rules if rule.rule.category is category):
            shown.add_row(*(column.cell(rule) for column in layout))
    put(shown, console)


def _sentence(plan: RulePlan, as_of: datetime) -> str:
    """One row in words, where a table has no room: a figure that is cut would be a wrong one."""
    tally = plan.tally
    if tally is None:
        return f"{plan.rule.name}: refused"
    overdue = f", the oldest {age(tally.oldest.due_since, as_of)} overdue" if tally.oldest else ""
    due = f"{plan.rule.name}: due {tally[Standing.DUE]:,}{overdue}, then {plan.rule.then.value}"
    return "; ".join([due, *filter(None, [", ".join(f"{s.word} {tally[s]:,}" for s in _STAYS if tally[s])])])


def _due_in_all(found: DatabasePlan) -> str:
    return f"{found.due:,}"


def _total(found: DatabasePlan) -> str:
    """How much is due in all, and what an apply would do about it."""
    oldest = (rule.tally.oldest.due_since for rule in found.rules if rule.tally and rule.tally.oldest)
    since = min(oldest, default=None)
    overdue = [f"the oldest {age(since, found.as_of)} overdue"] if since else []
    redacts = sum(rule.acts or 0 for rule in found.rules if rule.rule.then is Disposition.REDACT)
    deletes = sum(rule.acts or 0 for rule in found.rules) - redacts
    acts = " and ".join(f"{verb} {count:,}" for verb, count in (("delete", deletes), ("redact", redacts)) if count)
    return in_all(_due_in_all(found), found, *overdue) + (f"; `wesretain apply` would {acts}" if acts else "")


# -- what needs attention ---------------------------------------------------------------------------------------------


def _notes(found: DatabasePlan) -> Iterator[Note]:
    """What needs attention: rule by rule, then on the whole database."""
    for plan in found.rules:
        yield from refusal(plan)
        if plan.tally is not None:
            yield from _of_tally(plan.rule.name, plan.tally)
    if any(plan.tally and plan.tally[Standing.UNDECIDABLE] for plan in found.rules):
        words = "undecidable records are kept: a clock says nothing, or a condition cannot be decided"
        yield Note("", words, FAINT)
    yield from findings(found)


def _of_tally(name: str, tally: Tally) -> Iterator[Note]:
    if tally[Standing.BLOCKED]:
        blocked = f"{tally[Standing.BLOCKED]:,} blocked by rows below"
        yield Note(name, f"{blocked}, held or not named in `with`; `wesretain records {name}` says which", DUE)
    taken: dict[str, list[str]] = {}
    for takes in tally.takes:
        if takes.rows:
            taken.setdefault(takes.fate, []).append(f"{takes.path} {takes.rows:,}")
    if taken:
        yield Note(name, "with them: " + "; ".join(f"{fate} {', '.join(rows)}" for fate, rows in taken.items()))
    if tally.but_for_holds[Standing.DUE]:
        yield Note(name, f"holds stop {tally.but_for_holds[Standing.DUE]:,} that would be due", DUE)
    if tally.missed_by_case:
        yield Note(name, f"{tally.missed_by_case:,} missed only by the case or padding of a text", DUE)
    if tally.also_due_elsewhere:
        count = tally.also_due_elsewhere
        yield Note(name, f"{count:,} {'is' if count == 1 else 'are'} due under another rule too")
