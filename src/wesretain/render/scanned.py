"""What a plan and a glance have in common: families as sums with what is unusual, notes, problems, and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Generic
from zoneinfo import ZoneInfo

from wesretain.model.plan import OfRule, Scanned, ScannedDatabase
from wesretain.model.problem import Level, Problem
from wesretain.render import programs
from wesretain.render.ages import minute, stamp
from wesretain.render.screen import DUE, FAINT, HEADING, WRONG, padded, say, widest
from wesretain.render.sums import NAMED, families, largest, sum_of

if TYPE_CHECKING:
    from rich.console import Console

#: Raised when a key changes its meaning or goes away; new keys may come without.
JSON_VERSION = 1
_GAP = 2


# -- for programs -----------------------------------------------------------------------------------------------------


def as_json(name: str, found: Scanned[OfRule], due: int, rule: Callable[[OfRule], dict[str, Any]]) -> str:
    """What was found as JSON, of each rule what `rule` says; keys are stable within a version."""
    return programs.as_json(
        {
            "wesretain": name,
            "version": JSON_VERSION,
            "as_of": stamp(found.as_of),
            "due": due,
            "databases": [_database(each, rule) for each in found.databases],
            "failures": list(map(asdict, found.failures)),
        }
    )


def _database(found: ScannedDatabase[OfRule], rule: Callable[[OfRule], dict[str, Any]]) -> dict[str, Any]:
    return {
        "database": found.database,
        "server": found.server,
        "as_of": stamp(found.as_of),
        "rules": list(map(rule, found.rules)),
        "findings": list(map(problem, found.findings)),
    }


def problem(found: Problem) -> dict[str, Any]:
    """A problem as JSON."""
    at = str(found.at) if found.at.file else None
    return {"level": found.level.value, "message": found.message, "mend": found.mend, "at": at}


# -- for a person -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Note:
    """What a tired author forgets, in one line; `rule` is empty where it is on the whole database."""

    rule: str
    words: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Looks(Generic[OfRule]):
    """How a person sees what was found.

    `added` is what was found of one rule in several databases. Of one, `print_rules` shows all rules, `notes` says what
    needs attention, `due` how much is due, and `total` all of it in a line.
    """

    added: Callable[[Sequence[OfRule]], OfRule]
    print_rules: Callable[[ScannedDatabase[OfRule], Console], None]
    notes: Callable[[ScannedDatabase[OfRule]], Iterable[Note]]
    due: Callable[[ScannedDatabase[OfRule]], str]
    total: Callable[[ScannedDatabase[OfRule]], str]


def print_table(found: Scanned[OfRule], looks: Looks[OfRule], zone: ZoneInfo, console: Console) -> None:
    """One table a database or family, then what needs attention, then the sum of it."""
    for name, members in families(found.databases, lambda each: each.database):
        alone = members[0].database == name
        whole = members[0] if alone else sum_of(name, members, looks.added)
        as_of = f"{whole.server}, as of {minute(whole.as_of, zone)} ({zone.key})"
        say(console, as_of, FAINT, head=f"{name}  ", head_style=HEADING)
        looks.print_rules(whole, console)
        _print_notes(list(looks.notes(whole)), console)
        if not alone:
            _print_members(members, looks.due, console)
        say(console, looks.total(whole), DUE if whole.due else "")
        console.print()


def _print_notes(notes: Sequence[Note], console: Console) -> None:
    """The notes: a rule's beside its name, on a terminal; else each a line of its own, with the name in it."""
    if notes and console.is_terminal:
        console.print()
    column = widest([note.rule for note in notes]) + _GAP
    before = ""
    for note in notes:
        if not note.rule or not console.is_terminal:
            head = f"  {note.rule}: " if note.rule else "  "
        else:
            head = padded(f"  {note.rule if note.rule != before else ''}", column + _GAP)
        say(console, note.words, note.style, head=head)
        before = note.rule


def _print_members(
    members: Sequence[ScannedDatabase[OfRule]], due: Callable[[ScannedDatabase[OfRule]], str], console: Console
) -> None:
    """What is unusual among the members of a family, and of which of them most is due."""
    told: dict[tuple[str, str], list[str]] = {}
    for found in members:
        for note in (*(each for rule in found.rules for each in refusal(rule)), *findings(found)):
            words = f"{note.rule}: {note.words}" if note.rule else note.words
            told.setdefault((words, note.style), []).append(found.database)
    for (words, style), names in list(told.items())[:NAMED]:
        others = f" and {_several(len(names) - 1, 'other')}" if len(names) > 1 else ""
        say(console, words, style, head=f"  {names[0]}{others}: ")
    if len(told) > NAMED:
        say(console, f"{len(told) - NAMED:,} more; see them all with --format json", DUE, head="  ")
    if most := largest(members):
        say(console, ", ".join(f"{found.database} {due(found)}" for found in most), FAINT, head="  most due: ")


def refusal(found: OfRule) -> Iterator[Note]:
    """Why a live database refuses a rule."""
    if found.refused is not None:
        yield Note(found.rule.name, f"refused: {_told(found.refused)}", WRONG)


def findings(found: ScannedDatabase[OfRule]) -> Iterator[Note]:
    """What is doubtful in a live database."""
    return (Note("", _told(each), WRONG if each.level is Level.ERROR else DUE) for each in found.findings)


def in_all(due: str, found: ScannedDatabase[OfRule], *facts: str) -> str:
    """How much is due under how many rules, facts on that, and how many rules the database refuses."""
    rules, refused = sum(each.due > 0 for each in found.rules), sum(each.refused is not None for each in found.rules)
    parts = [f"{due} due under {_several(rules, 'rule')}" if rules else "nothing is due", *facts]
    return ", ".join([*parts, *([f"{_several(refused, 'rule')} refused"] if refused else [])])


def _several(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _told(found: Problem) -> str:
    place = f"{found.at}: " if found.at.file else ""
    return f"{place}{found.message}" + (f"; {found.mend}" if found.mend else "")
