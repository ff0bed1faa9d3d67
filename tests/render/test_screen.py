"""What a person sees: it fits, no figure is cut, each colour means one thing; piped, it is plain and whole."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from wesretain.model.explanation import Explanation, RuleView
from wesretain.model.hold import Hold, OnTable
from wesretain.model.ledger import Approval
from wesretain.model.outcome import DatabaseOutcome, Outcome, RuleOutcome, Skipped
from wesretain.model.period import Period, Unit
from wesretain.model.plan import (
    DatabasePlan,
    Glance,
    Oldest,
    Plan,
    RulePlan,
    Scanned,
    ScannedDatabase,
    Takes,
    Tally,
)
from wesretain.model.problem import Level, Problem
from wesretain.model.rule import After, Category, Disposition, Rule, TableName
from wesretain.model.source import Position
from wesretain.model.standing import Standing
from wesretain.render import approvals, explanation, holds, outcome, plan, problems, quick, reviews
from wesretain.render.ages import age
from wesretain.render.listing import print_table
from wesretain.render.screen import console_for

UTC_ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 7, 1, tzinfo=UTC)
LONG_AGO = datetime(2023, 4, 20, tzinfo=UTC)  # 3 y 2 m
PALETTE = {"": "", "0": "", "1": "heading", "2": "faint", "31": "wrong", "33": "due"}
TABLE = TableName("shop", None, "orders")
RULE = Rule(
    name="old-orders",
    title="Orders, two years after delivery",
    category=Category.PERSONAL,
    purpose="orders",
    basis="contract",
    table=TABLE,
    keep=Period(2, Unit.YEARS),
    then=Disposition.DELETE,
    after=After((("delivered",),)),
)
PROBLEM = Problem(Position("policy.yaml", 1, 2), Level.ERROR, "it names a column that is not there", "check", "mend it")


def ruled(name: str, counts: tuple[int, ...], **keys: object) -> RulePlan:
    """A rule with a tally."""
    long_ago = Oldest(LONG_AGO, LONG_AGO, Period(0, Unit.DAYS), ZoneInfo("UTC"))
    oldest = long_ago if counts[Standing.DUE] else None
    paths = ("posts", "posts.attachments", "posts.attachments.file") * 4
    takes = tuple(Takes(path, "delete", 7_000 + number) for number, path in enumerate(paths))
    tally = Tally(counts, but_for_holds=counts, also_due_elsewhere=5, missed_by_case=6, oldest=oldest, takes=takes)
    return RulePlan(replace(RULE, name=name, **keys), tally, acts=counts[Standing.DUE])  # type: ignore[arg-type]


def planned(*rules: RulePlan) -> Plan:
    return Plan(NOW, (DatabasePlan("shop", NOW, "SQLite 3.40.1", rules, (PROBLEM,)),))


def eight(first: int) -> tuple[int, ...]:
    return tuple(first + number for number in range(8))


REFUSED = RulePlan(replace(RULE, name="gone"), None, PROBLEM)
PLANS = {
    "nothing due": planned(ruled("quiet", (0,) * 8)),
    "no rule": planned(),
    "all standings": planned(ruled("old-orders", eight(1))),
    "hundreds": planned(*(ruled(f"r{n}", eight(100 * n), then=then) for n, then in enumerate(Disposition))),
    "millions": planned(ruled("handed-over-logins", eight(1_234_560)), ruled("minors-without-approval", eight(10))),
    "billions": planned(ruled("old-orders", eight(1_234_567_890))),
    "a long name": planned(ruled("rule-" * 30 + "x", eight(500)), ruled("b", eight(9))),
    "refused": planned(ruled("old-orders", eight(1)), REFUSED),
    "refused alone": planned(REFUSED),
    "wide letters": planned(ruled("顧客の古い注文記録" * 2, eight(4000), title="注文" * 60)),
    "categories": planned(*(ruled(c.value, eight(10), category=c, title="t" * 90) for c in Category)),
    "controls": planned(ruled("a\x1b[31mb\nc", eight(10), title="\x1b]0;x\x07")),
}


def on_terminal(show: Callable[[Console], None], columns: int) -> list[str]:
    """What a terminal of so many columns is sent, line by line."""
    out = io.StringIO()
    show(Console(file=out, width=columns, force_terminal=True, color_system="standard", highlight=False))
    return out.getvalue().splitlines()


def piped(show: Callable[[Console], None]) -> str:
    out = io.StringIO()
    show(console_for(out))
    return out.getvalue()


def plain(lines: list[str]) -> list[str]:
    return [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in lines]


def scan(found: Plan) -> Callable[[Console], None]:
    return lambda console: plan.print_table(found, UTC_ZONE, console)


def figures(found: Plan) -> set[str]:
    """Every figure of the rules' tallies."""
    tallies = [rule.tally for database in found.databases for rule in database.rules if rule.tally]
    return {f"{number:,}" for tally in tallies for number in tally.counts}


def figures_of(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w.,])\d+(?:,\d{3})*(?!\w|,\d)", text))


# -- scan -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [24, 40, 60, 80, 100, 140, 250])
@pytest.mark.parametrize("found", PLANS.values(), ids=list(PLANS))
def test_a_plan_fits_and_no_figure_is_cut(found: Plan, columns: int) -> None:
    lines = plain(on_terminal(scan(found), columns))

    assert [line for line in lines if cell_len(line) > columns] == []
    assert "…" not in "".join(lines)
    assert {number for number in figures(found) if number != "0"} <= figures_of("\n".join(lines))


@given(
    counts=st.lists(st.tuples(*[st.sampled_from([0, 3, 98, 1_234, 76_543, 9_876_543])] * 8), min_size=1, max_size=4),
    names=st.text("ab-漢", min_size=1, max_size=40),
    columns=st.integers(30, 220),
)
def test_any_plan_fits(counts: list[tuple[int, ...]], names: str, columns: int) -> None:
    found = planned(*(ruled(f"{names}{number}", each) for number, each in enumerate(counts)))
    lines = plain(on_terminal(scan(found), columns))

    assert [line for line in lines if cell_len(line) > columns] == []
    assert {number for number in figures(found) if number != "0"} <= figures_of("\n".join(lines))


@pytest.mark.parametrize("columns", [80, 100, 140, 250])
@pytest.mark.parametrize("name", ["hundreds", "all standings", "refused", "wide letters", "categories"])
def test_numbers_stand_under_the_end_of_their_head(name: str, columns: int) -> None:
    lines = [_by_column(line) for line in plain(on_terminal(scan(PLANS[name]), columns))]
    head = next(line for line in lines if line.startswith("rule "))
    ends = [match.end() for match in re.finditer(r"due|overdue|kept|agreed|law|held|blocked|un\w+\.?", head)]
    assert len(ends) >= 2
    start = lines.index(head) + 1
    rows = [line for line in lines[start : lines.index("", start)] if not line.endswith(":")]
    assert rows
    for end, row in ((end, row) for end in ends for row in rows if len(row) > ends[0]):
        assert row[end : end + 2].strip() == "", (row, head)
        assert row[end - 1 : end] != " " or not row[end - 6 : end].strip(), (row, head)


def _by_column(line: str) -> str:
    """One character for each column of the terminal."""
    return "".join(letter * cell_len(letter) for letter in line)


def test_a_wide_terminal_shows_more() -> None:
    found = PLANS["hundreds"]
    heads = {columns: plain(on_terminal(scan(found), columns))[1].split() for columns in (80, 140, 250)}

    assert heads[80] == ["rule", "due", "overdue", "then", "kept", "stays", "uncov."]
    assert heads[140] == [
        *("rule", "due", "overdue", "then", "blocked", "kept", "agreed", "law", "undecidable", "held", "uncovered"),
        "keep",
    ]
    assert heads[250] == [*heads[140], "title"]
    assert "2 years after delivered" in "\n".join(plain(on_terminal(scan(found), 140)))


@pytest.mark.parametrize("columns", range(64, 96, 3))
def test_a_figure_stays_beside_its_word(columns: int) -> None:
    lines = plain(on_terminal(scan(planned(ruled("old-orders", eight(11)), ruled("b", eight(5_000)))), columns))
    assert "stays" in lines[1].split()
    for word, standing in (("held", 1), ("undec.", 2), ("law", 3), ("agreed", 4), ("blocked", 6)):
        for count in (11 + standing, 5_000 + standing):
            assert f"{word} {count:,}" in "\n".join(lines)


@pytest.mark.parametrize("columns", range(80, 140, 4))
@pytest.mark.parametrize("name", ["x" * 24, "漢字" * 6, "漢字" * 7 + "-1"])
def test_a_short_name_folds_only_where_nothing_else_helps(name: str, columns: int) -> None:
    lines = plain(on_terminal(scan(planned(ruled(name, eight(1_000)))), columns))
    assert lines[2].split()[0] == name


def test_a_standing_that_does_not_occur_takes_no_room() -> None:
    counts = [0] * 8
    counts[Standing.DUE], counts[Standing.HELD] = 5, 7
    lines = plain(on_terminal(scan(planned(ruled("old", tuple(counts)))), 80))
    assert lines[1].split()[:6] == ["rule", "due", "overdue", "then", "kept", "held"]
    assert lines[2].split()[:9] == ["old", "5", *("3", "y", "2", "m"), "delete", "0", "7"]


def test_the_rules_stand_under_their_categories_where_there_are_several() -> None:
    assert "personal:" in plain(on_terminal(scan(PLANS["categories"]), 80))
    assert "personal:" not in plain(on_terminal(scan(PLANS["hundreds"]), 80))
    assert "personal:" not in piped(scan(PLANS["categories"])).splitlines()


@pytest.mark.parametrize("found", PLANS.values(), ids=list(PLANS))
def test_a_piped_plan_is_plain_and_has_one_line_a_rule(found: Plan) -> None:
    shown = piped(scan(found))

    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", shown)
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []
    rules = found.databases[0].rules
    lines = shown.splitlines()[2 : 2 + len(rules)]
    for line, rule in zip(lines, rules, strict=True):
        tally = rule.tally
        assert "refused" in line if tally is None else {f"{n:,}" for n in tally.counts if n} <= figures_of(line)
    assert shown.count("with them: ") == sum(rule.tally is not None for rule in rules)


def test_the_sum_says_how_much_since_when_and_what_apply_would_do() -> None:
    rules = (ruled("a", eight(1)), ruled("b", eight(10), then=Disposition.REDACT), REFUSED)
    shown = piped(scan(planned(*rules)))
    due, _, would = shown.rstrip().splitlines()[-1].partition("; ")
    assert due == "25 due under 2 rules, the oldest 3 y 2 m overdue, 1 rule refused"
    assert would == "`wesretain apply` would delete 8 and redact 17"
    assert "nothing is due" in piped(scan(PLANS["nothing due"])).splitlines()


# -- everything else ------------------------------------------------------------------------------------------------

LONG = "Case 4711: Müller v. Example Hosting Sdn. Bhd., about everything that there is " * 3
HOLDS = [Hold(n, LONG, LONG, OnTable(TABLE), LONG_AGO, review_on=LONG_AGO.date(), by="alice") for n in (1, 1_234_567)]
TODAY = holds.Today(NOW, UTC_ZONE)
LAW = replace(RULE, law="Companies Act 2016 (Malaysia), s. 245; " * 4)
VIEWS = (
    RuleView(LAW, Standing.DUE, None, NOW, ("the day has come " * 9,)),
    RuleView(RULE, Standing.KEPT, None, NOW, ()),
)
EXPLAINED = Explanation(
    "shop", "orders", ("1",), NOW, VIEWS, ((RULE, "no"),), tuple(HOLDS), acts=RULE.name, due=LONG_AGO, along=("x",)
)
DONE = (
    RuleOutcome(RULE, 1_234_567, 1_234_567, {f"delete shop.t{n}": 1_000_000 + n for n in range(12)}),
    RuleOutcome(RULE, 5, 3, {"redact shop.t": 3}, (Skipped("a" * 32, "it was changed " * 9),), 1, exit_code=5),
    RuleOutcome(RULE, 9, 0, stopped="the limit of the rule would be exceeded; " * 4, exit_code=4),
)
OUTCOME = Outcome(Plan(NOW), (DatabaseOutcome("shop", "c68be607", DONE), DatabaseOutcome("b", "d")), "f" * 64)
APPROVED = [
    approvals.Approved(RULE, None, "x"),
    approvals.Approved(RULE, Approval(RULE.name, "x", "alice", NOW, 1_000_000, 999_999), "x"),
    approvals.Approved(RULE, Approval(RULE.name, "y", "alice", NOW, None, None), "x"),
]
REVIEWS = [reviews.ReviewRow(RULE, NOW, (1_234_567, 0, 3)), reviews.ReviewRow(RULE, None, None)]
WARNING = replace(PROBLEM, level=Level.WARNING, message="this is odd " * 20)
GLANCES = (Glance(RULE, 1_000, more=True), Glance(replace(RULE, name="rule-" * 30), 0, refused=PROBLEM))
GLANCED = Scanned(NOW, (ScannedDatabase("shop", NOW, "SQLite 3.40.1", GLANCES, (WARNING,)),))
FAMILY = tuple(
    ScannedDatabase(f"shops/shop_{number:02}", NOW, "SQLite 3.40.1", GLANCES, (replace(WARNING, mend=str(number)),))
    for number in range(12)
)
SHOWN: dict[str, Callable[[Console], None]] = {
    **{f"scan: {name}": scan(found) for name, found in PLANS.items()},
    "quick": lambda console: quick.print_table(GLANCED, UTC_ZONE, console),
    "quick: a family": lambda console: quick.print_table(Scanned(NOW, FAMILY), UTC_ZONE, console),
    "holds": lambda console: print_table(holds.listing(HOLDS, TODAY), console),
    "hold": lambda console: holds.print_text(HOLDS[0], TODAY, console),
    "explain": lambda console: explanation.print_text(EXPLAINED, UTC_ZONE, console),
    "apply": lambda console: outcome.print_table(OUTCOME, console),
    "approve": lambda console: approvals.print_text(LAW, [RULE] * 9, 1_234_567, console),
    "approvals": lambda console: print_table(approvals.listing(APPROVED, UTC_ZONE), console),
    "reviews": lambda console: print_table(reviews.reviews_listing(REVIEWS, UTC_ZONE), console),
    "validate": lambda console: problems.print_text([PROBLEM, WARNING], console),
}


@pytest.mark.parametrize("columns", [20, 40, 80, 140])
@pytest.mark.parametrize("name", SHOWN)
def test_everything_fits_and_keeps_its_words(name: str, columns: int) -> None:
    """Folded or not, a terminal shows every letter and figure that a pipe gets, save for context."""
    lines = plain(on_terminal(SHOWN[name], columns))
    assert [line for line in lines if cell_len(line) > columns] == []
    assert "…" not in "".join(lines)
    assert {number for number in figures_of(piped(SHOWN[name])) if "," in number} <= figures_of("\n".join(lines))


@pytest.mark.parametrize("columns", [40, 80, 140])
@pytest.mark.parametrize("name", SHOWN)
def test_colours_are_of_the_palette(name: str, columns: int) -> None:
    shown = "\n".join(on_terminal(SHOWN[name], columns))
    codes = {code for found in re.findall(r"\x1b\[([0-9;]*)m", shown) for code in found.split(";")}
    assert codes <= set(PALETTE)
    assert not re.search(r"\x1b(?!\[[0-9;]*m)", shown)


@pytest.mark.parametrize("name", SHOWN)
def test_piped_is_plain_and_unfolded(name: str) -> None:
    shown = piped(SHOWN[name])
    assert "\x1b" not in shown
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []
    for words in (LONG, *(str(each) for each in (WARNING.message, LAW.law))):
        assert words.strip()[:20] not in shown or words.strip() in shown


@pytest.mark.parametrize(
    ("name", "style", "words"),
    [
        ("scan: refused", "wrong", r"gone|\?|refused.*|policy\.yaml.*"),
        ("scan: refused", "due", r"8|holds stop.*|1 blocked.*|7 blocked.*|6 missed.*|8 due under.*"),
        ("scan: nothing due", "faint", r"0|SQLite.*|2 years after delivered|Orders, two.*"),
        ("quick", "due", r"1,000\+|\?|1,000\+ due under.*|policy\.yaml.*this is odd.*"),
        ("quick: a family", "due", r"12,000\+|\?|12,000\+ due under.*|policy\.yaml.*this is odd.*|3 more; see.*"),
        ("apply", "wrong", r"old-orders|0|9|stopped|shop: the limit.*"),
        ("apply", "due", r"old-orders|3|5|redact.*|shop: old-orders:.*"),
        ("approvals", "due", r"changed since"),
        ("holds", "due", r"2023-04-20, has passed"),
        ("reviews", "due", r"1,234,567"),
        ("validate", "wrong", r"error"),
        ("validate", "due", r"warning"),
        ("explain", "wrong", r"refused, so it.*"),
        ("explain", "due", r"due|hold 1.*|is released|released|due since 2023-04-20, 3 y 2 m overdue:.*"),
    ],
)
def test_each_colour_means_one_thing(name: str, style: str, words: str) -> None:
    """What is coloured says by itself what the colour says."""
    code = next(code for code, meaning in PALETTE.items() if meaning == style)
    shown = "\n".join(on_terminal(SHOWN[name], 300))
    told = [found.strip() for found in re.findall(rf"\x1b\[{code}m(.*?)\x1b", shown) if found.strip()]
    assert told
    assert [each for each in told if not re.fullmatch(words, each)] == []


# -- ages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("2023-04-20", "3 y 2 m"),
        ("2016-07-01", "10 y"),
        ("2025-07-02", "11 months"),
        ("2025-07-01", "1 y"),
        ("2026-06-01", "1 month"),
        ("2026-05-31", "1 month"),
        ("2026-06-02", "29 days"),
        ("2026-06-30", "1 day"),
        ("2026-06-30T19:00", "5 hours"),
        ("2026-06-30T23:59", "1 minute"),
        ("2026-06-30T23:59:59", "now"),
        ("2026-07-01", "now"),
        ("2027-07-01", "now"),
    ],
)
def test_age(since: str, words: str) -> None:
    assert age(datetime.fromisoformat(since).replace(tzinfo=UTC), NOW) == words


@given(st.timedeltas(timedelta(minutes=1), timedelta(days=36_500)))
def test_an_m_stands_only_beside_a_y(since: timedelta) -> None:
    assert re.fullmatch(r"\d+ y( \d+ m)?|\d+ (month|day|hour|minute)s?", age(NOW - since, NOW))
