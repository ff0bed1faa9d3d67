"""Ways to break standing, one clause of docs/semantics.md at a time; `make mutants` sees that a test notices each.

A mutant replaces a text that stands exactly once in a file of the product by another. It is tried on SQLite, or on the
engine that alone can tell.
"""

from __future__ import annotations

from dataclasses import dataclass

PERIOD, READING, FORMATS = "model/period.py", "model/reading.py", "model/formats.py"
MEMBERS, SQLITE, POSTGRESQL = "model/members.py", "engines/sqlite.py", "engines/postgresql.py"
MARIADB, DOCUMENTS = "engines/mariadb.py", "engines/documents.py"
CATALOGUE, CLOCKS, CONDITIONS = "standing/catalogue.py", "standing/clocks.py", "standing/conditions.py"
DECIDE, HOLDS, RULES = "standing/decide.py", "standing/holds.py", "standing/rules.py"
REDACTION, SQL, TIMING, SCAN = "standing/redaction.py", "standing/sql.py", "standing/timing.py", "scan.py"
SURVEY = "survey.py"
COUNTING, QUESTIONS = "standing/counting.py", "standing/questions.py"


@dataclass(frozen=True)
class Mutant:
    """One fault: the clause that it breaks, in which file, and what stands there instead of what."""

    name: str
    clause: str
    file: str
    old: str
    new: str
    engine: str = "sqlite"

    def applied_to(self, text: str) -> str:
        """The file's text with the fault in it.

        Raises:
            ValueError: where the old text does not stand there exactly once.
        """
        if (found := text.count(self.old)) != 1:
            raise ValueError(f"`{self.old}` stands {found} times in {self.file}")
        return text.replace(self.old, self.new)


def _forgotten(level: str, clause: str) -> tuple[Mutant, Mutant]:
    """A standing that is never asked for: by SQL, and by `decide()`."""
    line = f"(levels.{level.lower()}, Standing.{level}),"
    return (
        Mutant(f"SQL does not ask for `{level.lower()}`", clause, SQL, line, ""),
        Mutant(f"decide() does not ask for `{level.lower()}`", clause, DECIDE, line, ""),
    )


COVERS = (
    Mutant(
        "SQL lets the unknown go",
        "§3 unknown never lets a rule remove",
        SQL,
        "sa.not_(surely), Standing.UNDECIDABLE",
        "sa.not_(perhaps), Standing.UNDECIDABLE",
    ),
    Mutant(
        "SQL takes the unknown for uncovered",
        "§4.0 uncovered: the rule does not match it",
        SQL,
        "sa.not_(perhaps), Standing.UNCOVERED",
        "sa.not_(surely), Standing.UNCOVERED",
    ),
    Mutant(
        "decide() lets the unknown go",
        "§3 unknown never lets a rule remove",
        DECIDE,
        "if covers is None or ask(levels.undated)",
        "if ask(levels.undated)",
    ),
    Mutant(
        "a near miss covers",
        "§3 text is compared exactly where that makes a rule cover",
        RULES,
        "removing, keeping = Binder(catalogue, moment),",
        "removing, keeping = Binder(catalogue, moment, keeps=True),",
    ),
    Mutant(
        "a near miss does not protect",
        "§3 near misses keep",
        RULES,
        "protects=keeping.bind(table, rule.where)",
        "protects=removing.bind(table, rule.where)",
    ),
    Mutant(
        "`not` does not turn the letter round",
        "§3 case-blind inside `has no` and `not`",
        CONDITIONS,
        "self.turned().bind(table, inner)",
        "self.bind(table, inner)",
    ),
    Mutant(
        "SQL: surely not, where it is not sure",
        "§3 three-valued: unknown stays unknown",
        SQL,
        "return sa.not_(self.possibly(part, trail))",
        "return sa.not_(self.surely(part, trail))",
    ),
    Mutant(
        "SQL: possibly not, only where it is surely not",
        "§3 three-valued: unknown stays unknown",
        SQL,
        "return sa.not_(self.surely(part, trail))",
        "return sa.not_(self.possibly(part, trail))",
    ),
    Mutant(
        "decide(): not unknown is true",
        "§3 three-valued: unknown stays unknown",
        DECIDE,
        "return None if answer is None else not answer",
        "return not answer",
    ),
    Mutant(
        "decide(): true and unknown is true",
        "§3 three-valued: unknown stays unknown",
        DECIDE,
        "found = None if answer is None else found",
        "found = found if answer is None else found",
    ),
    Mutant(
        "a redact rule covers for ever",
        "§3 covers a record only while some column differs",
        RULES,
        "redacts = rule.then is Disposition.REDACT and",
        "redacts = False and",
    ),
    Mutant(
        "NULL does not differ from a constant",
        "§3 differs, null-safe",
        REDACTION,
        "return opposite(Surely(same))",
        "return opposite(same)",
    ),
    Mutant(
        "a hashed text covers",
        "§3 covers a record only while some column differs",
        REDACTION,
        "return every([opposite(null), opposite(hashed)])",
        "return opposite(null)",
    ),
    Mutant(
        "NULL covers until it is a blank address",
        "§3 differs, null-safe",
        REDACTION,
        "return every([opposite(blank), opposite(IsMasked(found))])",
        "return opposite(IsMasked(found))",
    ),
    Mutant(
        "SQL: what is no address is one",
        "§3 unknown never lets a rule remove",
        SQL,
        "return sa.or_(sa.not_(sa.and_(_of(column, trail).is_not(None), address)), masked)",
        "return masked",
    ),
    Mutant(
        "decide(): a blank address covers",
        "§3 covers a record only while some column differs",
        DECIDE,
        "re.fullmatch(MASKED_IP, str(raw)) is not None",
        "False",
    ),
)

HELD = (
    Mutant(
        "no hold holds",
        "§4.1 a hold beats everything",
        RULES,
        "held=self.held.by_own_rules(bound.table),",
        "held=FALSE,",
    ),
    Mutant(
        "SQL does not ask for `held`",
        "§4.1 a hold beats everything",
        SQL,
        "questions += self._possibly([(levels.held, Standing.HELD)], trail)",
        "",
    ),
    Mutant(
        "decide() does not ask for `held`",
        "§4.1 a hold beats everything",
        DECIDE,
        "if ask(levels.held) is not False:",
        "if False:",
    ),
    Mutant(
        "a hold does not travel down",
        "§4.1 a hold on a record reaches everything below it",
        HOLDS,
        "if link.target.full_name not in circle and",
        "if False and",
    ),
    Mutant(
        "a hold travels up",
        "§4.1 no hold travels along other links",
        HOLDS,
        "        return some(parts)\n",
        "        for link in catalogue.links_to(table):\n"
        "            below = self.direct.get(link.source.full_name, FALSE)\n"
        "            parts.append(self.binder.follow((Step(link, True),), below))\n"
        "        return some(parts)\n",
    ),
    Mutant(
        "a hold does not travel in circles",
        "§4.1 a hold on a record reaches everything below it",
        SURVEY,
        "held = replace(held, seeds=_seeds(live, translator, held))",
        "held = replace(held, seeds={})",
    ),
    Mutant(
        "a hold stops after the first step of a circle",
        "§4.1 a hold on a record reaches everything below it",
        SURVEY,
        "return [key for key in keys if key not in known]",
        "return []",
    ),
    Mutant(
        "a hold on a person does not follow `subjects`",
        "§4.1 a hold on a person reaches the records whose `subjects` lead to them",
        HOLDS,
        "for path in subjects or ():",
        "for path in ():",
    ),
    Mutant(
        "a ruled table without `subjects` is not held",
        "§4.1 where it declares neither, a hold on a person holds the whole table",
        HOLDS,
        "if subjects is None and table.full_name in ruled:",
        "if False:",
    ),
    Mutant(
        "SQL compares a hold's key to the letter",
        "§4.1 holds over-match",
        SQL,
        "self.engine.blindly_among(value, [str(each) for each in values])",
        "value.in_([str(each) for each in values])",
    ),
    Mutant(
        "decide() compares a hold's key to the letter",
        "§4.1 holds over-match",
        DECIDE,
        "_fold(raw) == _fold(value)",
        "raw == value",
    ),
    Mutant(
        "a hold's condition is compared to the letter",
        "§4.1 holds over-match",
        SURVEY,
        "keeping = Binder(catalogue, moment, keeps=True)",
        "keeping = Binder(catalogue, moment)",
    ),
    Mutant(
        "a hold on a category forgets the tables' own",
        "§2 a hold is by category",
        HOLDS,
        "(entry and entry.category is category) or",
        "",
    ),
    Mutant(
        "a hold on a category forgets the rules'",
        "§2 a hold is by category",
        HOLDS,
        "or table in ruled:",
        "and True:",
    ),
    Mutant(
        "a hold that cannot be placed holds nothing",
        "§4.1 a hold that cannot be understood holds the database",
        HOLDS,
        "_add(parts, ((table, TRUE) for table in catalogue.schema))",
        "_add(parts, ((table, FALSE) for table in catalogue.schema))",
    ),
    Mutant(
        "of several people the first alone is held",
        "§4.1 every hold in force reaches what it names",
        HOLDS,
        "some(person for _, person in named)",
        "named[0][1]",
    ),
    Mutant(
        "a hold on a table without a key holds some of it",
        "§3 any hold that reaches the table holds all of it",
        HOLDS,
        "return TRUE if not table.key and self._can_be_held(table) else self.of(table)",
        "return self.of(table)",
    ),
    Mutant(
        "a hold is over before it is released",
        "§4.1 a hold beats everything",
        "model/hold.py",
        "self.released_at is None or now < self.released_at",
        "self.released_at is None",
    ),
)

UNDATED = (
    Mutant(
        "an undated clock is decided",
        "§4.2 undecidable: its clock is undated",
        RULES,
        "some([bound.timing.undated, bound.timing.unreadable]),",
        "bound.timing.unreadable,",
    ),
    Mutant(
        "an agreed date that cannot be read is decided",
        "§4.2 undecidable",
        RULES,
        "some([bound.timing.undated, bound.timing.unreadable]),",
        "bound.timing.undated,",
    ),
    Mutant(
        "SQL takes NULL for long ago",
        "§3 NULL is undated",
        SQL,
        "return ClockSql(self.engine, dial, self.value(dial.column, row))",
        'return ClockSql(self.engine, dial, sa.func.coalesce(self.value(dial.column, row), "1980-01-01 00:00:00"))',
    ),
    Mutant(
        "decide() takes NULL for long ago",
        "§3 NULL is undated",
        READING,
        "    if raw is None:\n        return UNDATED",
        "    if raw is None:\n        return Span(_EPOCH, _EPOCH)",
    ),
    Mutant(
        "SQL takes what is no time for one",
        "§3 texts that are no date are undated",
        CLOCKS,
        "if instant is None else instant.is_not(None)",
        "if instant is None else sa.true()",
    ),
    Mutant(
        "SQL takes any text for a number",
        "§3 wrong storage is undated",
        CLOCKS,
        "return self.engine.is_number(self.column)",
        "return sa.true()",
    ),
    Mutant(
        "SQL takes zero dates for dates",
        "§3 dates that no calendar has are undated",
        CLOCKS,
        "return sa.not_(self.engine.zero_parts(self.column))",
        "return sa.true()",
        engine="mariadb",
    ),
    *(
        Mutant(
            f"SQL knows no floor ({engine})",
            "§3 below the floor, and before Christ, is undated",
            CLOCKS,
            "return self._less(datetime.combine(self.dial.floor, datetime.min.time()))",
            "return sa.false()",
            engine,
        )
        for engine in ("sqlite", "postgresql")
    ),
    Mutant(
        "decide() knows no floor for texts",
        "§3 the floor is 1970-01-02",
        READING,
        'if found["day"] < dial.floor.isoformat():',
        "if False:",
    ),
    Mutant(
        "decide() knows no floor for numbers",
        "§3 the floor is 1970-01-02",
        READING,
        "if number < epoch_number(dial, datetime.combine(dial.floor, time.min, UTC)):",
        "if False:",
    ),
    Mutant(
        "decide() knows no floor for typed times",
        "§3 the floor is 1970-01-02",
        READING,
        "if isinstance(moment, str) or moment.date() < dial.floor:",
        "if isinstance(moment, str):",
        engine="postgresql",
    ),
    Mutant(
        "dates of birth have the floor of others",
        "§3 the floor is 1970-01-02 (not for dates of birth)",
        CATALOGUE,
        "(BIRTH_FLOOR if birth else FLOOR)",
        "FLOOR",
    ),
    Mutant("a clock's own floor is forgotten", "§3 to be changed per clock", CATALOGUE, "clock.floor or ", ""),
    Mutant("`undated` is forgotten", "§3 `undated:` values", CATALOGUE, "undated=clock.undated,", "undated=(),"),
    Mutant(
        "decide(): `never` wins over `undated`",
        "§3 `undated:` values mean undecidable",
        READING,
        "((dial.undated, UNDATED), (dial.never, NEVER))",
        "((dial.never, NEVER), (dial.undated, UNDATED))",
    ),
    Mutant(
        "of several clocks none at all is decided",
        "§3 the newest of several rows (none at all: undecidable)",
        TIMING,
        "return some([opposite(found), unreadable]), every([opposite(later),",
        "return unreadable, every([opposite(later),",
    ),
    Mutant(
        "of several clocks one unreadable is decided",
        "§3 the newest of several rows (one unreadable: undecidable)",
        TIMING,
        "unreadable = some(binder.follow(hand.steps, IsUndated(hand.dial)) for hand in hands)",
        "unreadable = FALSE",
    ),
    Mutant(
        "of several clocks the oldest counts",
        "§3 the newest of several rows",
        TIMING,
        "every([opposite(later), some([found, UNKNOWN])])",
        "some(binder.follow(hand.steps, HasPassed(hand.dial, limit)) for hand in hands)",
    ),
)

LAW = (
    Mutant(
        "no law binds",
        "§4.3 a law that covers it has not run out",
        RULES,
        "law=_any_of(self.laws(bound.table, columns_touched(bound.rule))),",
        "law=FALSE,",
    ),
    *_forgotten("LAW", "§4.3 a law that covers it has not run out"),
    Mutant("a law does not reach down", "§4.3 laws reach down", RULES, "if steps[-1].end is table:", "if False:"),
    Mutant(
        "a law reaches to the letter only",
        "§3 unknown never stops law from protecting; near misses keep",
        RULES,
        "runs = every([bound.protects, opposite(bound.timing.over)])",
        "runs = every([bound.matches, opposite(bound.timing.over)])",
    ),
    Mutant(
        "a law whose clock is undated lets go",
        "§3 unknown never stops law from protecting",
        RULES,
        "runs = every([bound.protects, opposite(bound.timing.over)])",
        "runs = every([bound.protects, opposite(some([bound.timing.over, bound.timing.undated]))])",
    ),
    Mutant(
        "a law to redact protects only what is not redacted",
        "§3 `law` makes the period a minimum",
        RULES,
        "runs = every([bound.protects, opposite(bound.timing.over)])",
        "runs = every([bound.protects, bound.unfinished, opposite(bound.timing.over)])",
    ),
    Mutant(
        "a law forgets its agreed date",
        "§3 the rule's end is the later of clock + keep and the agreed date",
        RULES,
        "runs = every([bound.protects, opposite(bound.timing.over)])",
        "runs = every([bound.protects, opposite(bound.timing.run_out)])",
    ),
    Mutant(
        "`protects` does not narrow",
        "§3 `protects: [columns]` narrows it to those",
        RULES,
        "return not protected or touched is None or not touched.isdisjoint(protected)",
        "return True",
    ),
    Mutant(
        "`protects` lets the row go",
        "§3 `protects: [columns]` (and the row stays)",
        RULES,
        "touched is None or not touched.isdisjoint",
        "touched is not None and not touched.isdisjoint",
    ),
    Mutant(
        "a law that is refused does not reach down",
        "§4 a rule that the live database refuses protects",
        RULES,
        "if rule.law is not None and not named.isdisjoint(",
        "if False and not named.isdisjoint(",
    ),
)

AGREED = (
    Mutant(
        "no agreement binds",
        "§4.4 the person's agreement still runs",
        RULES,
        "agreed=_any_of(self.agreements(bound.table, bound)),",
        "agreed=FALSE,",
    ),
    *_forgotten("AGREED", "§4.4 the person's agreement still runs"),
    Mutant(
        "an agreement binds its own rule alone",
        "§4.4 the person's agreement still runs",
        RULES,
        "if bound.table is table and bound.rule.agreed_until and counts:",
        "if bound is own and bound.rule.agreed_until and counts:",
    ),
    Mutant(
        "a report's agreement binds others",
        "§4 `report` shields nothing",
        RULES,
        "counts = bound is own or bound.rule.then is not Disposition.REPORT",
        "counts = True",
    ),
    Mutant(
        "an agreement reaches to the letter only",
        "§3 unknown never stops agreement from protecting",
        RULES,
        "runs = every([bound.protects, opposite(bound.timing.agreement_over)])",
        "runs = every([bound.matches, opposite(bound.timing.agreement_over)])",
    ),
    Mutant(
        "no agreed date is one that cannot be read",
        "§3 `agreed until` (NULL: none)",
        TIMING,
        "agreed = TRUE if declared else",
        "agreed = TRUE if True else",
    ),
    Mutant(
        "an agreed day is over at its start",
        "§4 a clock is its last instant",
        TIMING,
        "Hand(hand.steps, hand.dial.to_the_end, hand.ties)",
        "hand",
    ),
)

KEPT = (
    Mutant(
        "a rule's own period does not keep",
        "§4.5 kept: it has not run out",
        RULES,
        'yield Reason("its own period", opposite(bound.timing.run_out), bound)',
        "",
    ),
    *_forgotten("KEPT", "§4.5 kept: it has not run out"),
    Mutant(
        "the shortest wins",
        "§4.5 the longest wins",
        RULES,
        "elif bound.rule.then.removes and other.rule.then.removes:",
        "elif False:",
    ),
    Mutant(
        "a report or redaction keeps what another removes",
        "§4 `report` shields nothing, `redact` acts beside removal",
        RULES,
        "elif bound.rule.then.removes and other.rule.then.removes:",
        "elif bound.rule.then.removes:",
    ),
    Mutant(
        "a redaction waits for removal",
        "§4 `redact` rules act on their own clock beside removal",
        RULES,
        "elif bound.rule.then.removes and other.rule.then.removes:",
        "elif other.rule.then.removes:",
    ),
    Mutant(
        "a longer rule keeps to the letter only",
        "§3 near misses keep",
        RULES,
        "runs = every([other.protects, opposite(other.timing.over)])",
        "runs = every([other.matches, opposite(other.timing.over)])",
    ),
    Mutant(
        "a longer rule whose clock is undated lets go",
        "§4.5 another rule's period has not surely run out",
        RULES,
        "runs = every([other.protects, opposite(other.timing.over)])",
        "runs = every([other.protects, opposite(some([other.timing.over, other.timing.undated]))])",
    ),
    Mutant(
        "`overrides` does not strike",
        "§4 `overrides` are struck before ends are compared",
        RULES,
        "every([runs, unstruck]), other",
        "runs, other",
    ),
    Mutant(
        "a rule acts though one that overrides it has not run out",
        "§4 `overrides`",
        RULES,
        "if bound.rule.name in other.rule.overrides and",
        "if False and",
    ),
    Mutant(
        "a report that overrides shields",
        "§4 `report` shields nothing",
        RULES,
        "and other.rule.then is not Disposition.REPORT:",
        "and True:",
    ),
    Mutant(
        "a rule strikes though its clock is undated",
        "§4 `overrides` of a decided, covering rule",
        RULES,
        "every([other.covers, opposite(some([other.timing.undated, other.timing.unreadable]))])",
        "every([other.covers])",
    ),
    Mutant(
        "a rule strikes though it covers perhaps",
        "§4 `overrides` of a decided, covering rule",
        RULES,
        "every([other.covers, opposite(some([other.timing.undated,",
        "every([other.protects, opposite(some([other.timing.undated,",
    ),
    Mutant(
        "a rule that is refused no longer shields",
        "§4 a rule that the live database refuses protects its whole table",
        RULES,
        "        yield from self._shields(bound.table)\n",
        "",
    ),
)

BLOCKED = (
    *_forgotten("BLOCKED", "§4.6 blocked"),
    Mutant(
        "a row below that is not named goes along",
        "§4.6 no cascade is ever silent",
        RULES,
        "if link not in named:",
        "if False:",
    ),
    Mutant(
        "a named row below is not asked",
        "§4.6 a row below it is held, under law or agreed",
        RULES,
        "return some([*stops, *(",
        "return some([*(",
    ),
    Mutant(
        "a named row below may be held",
        "§4.6 a row below it is held",
        RULES,
        "return some([self.held.below(path), _any_of(self._protections(path[-1].end, touched))])",
        "return _any_of(self._protections(path[-1].end, touched))",
    ),
    Mutant(
        "a row below is held by way of its own record alone, though others may own it",
        "§4.6 a row below it is held",
        HOLDS,
        "step.link.certain and step.reverse.lone)",
        "step.link.certain)",
    ),
    Mutant(
        "a row below is held by way of its own record alone, though it nearly leads to others",
        "§3 near misses keep",
        HOLDS,
        "step.link.certain and step.reverse.lone)",
        "step.reverse.lone)",
    ),
    Mutant(
        "what a row below hangs on otherwise does not hold it",
        "§4.1 a hold reaches everything below what it names",
        HOLDS,
        "if link == step.link else self.of(link.target)",
        "",
    ),
    Mutant(
        "a row between holds nothing below it",
        "§4.1 a hold reaches everything below what it names",
        HOLDS,
        "reached = self.below(tuple(above)) if",
        "reached = FALSE if",
    ),
    Mutant(
        "a row below is not held by itself",
        "§4.6 a row below it is held",
        HOLDS,
        "held = self.direct.get(table.full_name, FALSE)\n        for",
        "held = FALSE\n        for",
    ),
    Mutant(
        "what lies below the record is taken for held",
        "§4.6 a row below it is held",
        HOLDS,
        "            return FALSE\n        *above, step = path",
        "            return TRUE\n        *above, step = path",
    ),
    Mutant(
        "what is held by way of the record is asked of each row below again",
        "a hold is asked once",
        HOLDS,
        "self.below(tuple(above)) if link == step.link else self.of(link.target)",
        "self.of(link.target)",
    ),
    Mutant(
        "a named row below may be under law",
        "§4.6 a row below it is under law",
        RULES,
        "        yield from self.laws(table, touched)\n",
        "",
    ),
    Mutant(
        "a named row below may be agreed",
        "§4.6 a row below it is agreed",
        RULES,
        "        yield from self.agreements(table)\n",
        "",
    ),
    Mutant(
        "a named row below may be under a rule that is refused",
        "§4 a rule that the live database refuses protects its whole table",
        RULES,
        "        yield from self._shields(table)\n",
        "",
    ),
    Mutant(
        "what lies below a row that goes along is left behind",
        "§4.6 is not named in `with`",
        RULES,
        "if line.fate is RowFate.DELETE:",
        "if False:",
    ),
    Mutant(
        "a row below always goes by another path",
        "§4.6 a row that already goes by another path blocks nothing",
        RULES,
        "stays = opposite(self._goes(bound, steps, ()))",
        "stays = FALSE",
    ),
    Mutant(
        "a row below never goes by another path",
        "§4.6 a row that already goes by another path blocks nothing",
        RULES,
        "stays = opposite(self._goes(bound, steps, ()))",
        "stays = TRUE",
    ),
    Mutant(
        "a row below goes, though with another record",
        "§4.6 a row that already goes by another path blocks nothing",
        RULES,
        "IsSameRow(depth + len(back), key)",
        "TRUE",
    ),
    Mutant(
        "a record that points at itself blocks itself",
        "§4.6 a row that already goes by another path blocks nothing",
        RULES,
        "if itself else []",
        "if False else []",
    ),
    Mutant(
        "a row that is perhaps below is left behind",
        "§4.6 rows that are only nearly below block",
        RULES,
        "elif not all(step.link.certain for step in steps):",
        "elif False:",
    ),
    Mutant(
        "to unlink changes nothing",
        "§3 law protects columns",
        RULES,
        "return frozenset(here.name for here, _ in steps[-1].link.pairs)",
        "return frozenset()",
    ),
    Mutant(
        "a redact rule is never blocked",
        "§4.6 blocked",
        RULES,
        "if bound.rule.then not in (Disposition.DELETE, Disposition.REDACT):",
        "if bound.rule.then is not Disposition.DELETE:",
    ),
    Mutant(
        "a redact rule must name what lies below",
        "§4.6 blocked",
        RULES,
        "if bound.rule.then is Disposition.DELETE:",
        "if True:",
    ),
)

CUT_OFF = (
    Mutant(
        "the cut-off is a microsecond late",
        "§4 never early",
        PERIOD,
        "return _earliest_instant(then, zone)",
        "return _earliest_instant(then, zone) + timedelta(microseconds=1)",
    ),
    Mutant(
        "`<` for `<=` in decide()", "§4 clock ≤ cut-off, inclusive", DECIDE, "reading.last <= by", "reading.last < by"
    ),
    Mutant(
        "`<` for `<=` in SQL: texts",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "odd <= (instant - _EPOCH)",
        "odd < (instant - _EPOCH)",
    ),
    Mutant(
        "`<` for `<=` in SQL: texts taken apart",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "upper = wall <= _iso(span.end)",
        "upper = wall < _iso(span.end)",
        engine="mariadb",
    ),
    Mutant(
        "`<` for `<=` in SQL: whole numbers",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "return self.column <= sa.literal(epoch_number(self.dial, instant))",
        "return self.column < sa.literal(epoch_number(self.dial, instant))",
    ),
    Mutant(
        "`<` for `<=` in SQL: fractions",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "timedelta(microseconds=1) + 1",
        "timedelta(microseconds=1)",
    ),
    Mutant(
        "`<` for `<=` in SQL: digits",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "return self._padded <= self._digits(",
        "return self._padded < self._digits(",
    ),
    Mutant(
        "`<` for `<=` in SQL: instants",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "return self.column <= self.engine.instant(instant)",
        "return self.column < self.engine.instant(instant)",
        engine="postgresql",
    ),
    Mutant(
        "`<` for `<=` in SQL: local times",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "upper = value <= self._moment(end)",
        "upper = value < self._moment(end)",
        engine="postgresql",
    ),
    Mutant(
        "`<` for `<=` in SQL: days",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "return self.column <= sa.literal(latest_day(",
        "return self.column < sa.literal(latest_day(",
        engine="postgresql",
    ),
    Mutant(
        "the calendar is that of UTC",
        "§4 calendar arithmetic runs in the organisation's zone",
        CONDITIONS,
        "return cut_off(self.as_of, period, self.zone)",
        'return cut_off(self.as_of, period, ZoneInfo("UTC"))',
    ),
    Mutant(
        "the calendar is that of the database",
        "§4 calendar arithmetic runs in the organisation's zone",
        SURVEY,
        "request.intent.config.zone)",
        'type(request.intent.config.zone)(request.intent.inventory.databases[0].zone or "UTC"))',
    ),
    Mutant(
        "today is that of UTC",
        "§4 `younger than` counts completed years on the local date",
        CONDITIONS,
        "return wall_clock(self.as_of, self.zone).date()",
        "return self.as_of.date()",
    ),
    Mutant(
        "the end of a month is clamped plainly",
        "§4 where the target month lacks the day, the cut-off is the end of its last day",
        PERIOD,
        "then = datetime.combine(then.date(), time.max)",
        "pass",
    ),
    Mutant(
        "the wall clock runs back",
        "§4 the cut-off never moves backwards",
        PERIOD,
        "if local.fold == 0 and",
        "if False and",
    ),
    Mutant(
        "a cut-off that comes twice is its second pass",
        "§4 a daylight-saving fold: never early",
        PERIOD,
        "aware = naive.replace(tzinfo=zone, fold=0)",
        "aware = naive.replace(tzinfo=zone, fold=1)",
    ),
    Mutant(
        "a cut-off that was skipped is after the change",
        "§4 never early",
        PERIOD,
        "return change - timedelta(microseconds=1)",
        "return change",
    ),
)

CLOCK = (
    Mutant(
        "a clock's own zone is forgotten",
        "§3 clocks with a zone",
        CATALOGUE,
        "zone = clock.zone or self.entry.zone",
        "zone = self.entry.zone",
    ),
    Mutant(
        "the database's zone is forgotten",
        "§3 `zone` of every clock that carries none",
        CATALOGUE,
        "zone = clock.zone or self.entry.zone",
        'zone = clock.zone or "UTC"',
    ),
    Mutant("an offset is forgotten", "§3 mixed offsets", READING, 'if found["offset"]:', "if False:"),
    Mutant(
        "a time that comes twice is its first pass",
        "§4 a clock is its last instant",
        READING,
        "return min(both), max(both)",
        "return both[0], both[0]",
    ),
    Mutant(
        "a time that was skipped is the earlier one",
        "§4 a clock is its last instant",
        READING,
        "return min(both), max(both)",
        "return both[1], both[1]",
    ),
    Mutant(
        "SQL: a time that comes twice is its first pass",
        "§4 a clock is its last instant",
        READING,
        "(min(early, late) if last else max(early, late))",
        "max(early, late)",
    ),
    Mutant(
        "a day counts from its start",
        "§3 a value that denotes a span counts from its end",
        READING,
        "first if dial.from_start else last",
        "first",
    ),
    Mutant(
        "a minute counts from its start",
        "§3 a value that denotes a span counts from its end",
        READING,
        'end = start if found["second"] or dial.from_start else',
        "end = start if True else",
    ),
    Mutant(
        "SQL: a minute counts from its start",
        "§3 a value that denotes a span counts from its end",
        CLOCKS,
        'end = ":59.999999" if last and not self.dial.from_start else ":00"',
        'end = ":00"',
        engine="mariadb",
    ),
    Mutant(
        "`counts from: start` is forgotten",
        "§3 unless declared `counts from: start`",
        CATALOGUE,
        "from_start=clock.counts_from_start,",
        "from_start=False,",
    ),
    Mutant("`never` is forgotten", "§3 `never:` values kept for good", CATALOGUE, "never=clock.never,", "never=(),"),
    Mutant(
        "the year 9000 is a date",
        "§3 any year from 9000 on is never",
        READING,
        "NEVER_YEAR = 9000",
        "NEVER_YEAR = 9999",
    ),
    Mutant(
        "SQL: never is a date",
        "§3 any year from 9000 on is never",
        CLOCKS,
        "return sa.not_(self._less(_NEVER))",
        "return sa.false()",
    ),
    Mutant(
        "decide(): infinity says nothing",
        "§3 `infinity` is never",
        READING,
        "    if raw == INFINITY:\n        return NEVER",
        "    if raw == INFINITY:\n        return UNDATED",
        engine="postgresql",
    ),
    Mutant(
        "decide(): NaN says nothing, though SQL keeps it",
        "§4 SQL and decide() agree",
        READING,
        "return NEVER  # PostgreSQL orders NaN",
        "return UNDATED  # PostgreSQL orders NaN",
        engine="postgresql",
    ),
    Mutant(
        "milliseconds are seconds",
        "§3 epoch milliseconds",
        FORMATS,
        "per_second = 1_000\n",
        "per_second = 1\n",
    ),
    Mutant(
        "decide(): microseconds are seconds",
        "§3 epoch microseconds",
        READING,
        "int(number * 1_000_000 / dial.per_second)",
        "int(number)",
    ),
    Mutant(
        "SQL: older from the first instant",
        "§4 a time condition holds only when it holds throughout",
        SQL,
        "return self._clock(dial, trail).last_by(cut_off)",
        "return self._clock(dial, trail).first_by(cut_off)",
    ),
    Mutant(
        "decide(): older from the first instant",
        "§4 a time condition holds only when it holds throughout",
        DECIDE,
        "return True if reading.last <= cut_off else",
        "return True if reading.first <= cut_off else",
    ),
    Mutant(
        "an age heeds where its clock counts from",
        "§4 a time condition holds only when it holds throughout",
        CONDITIONS,
        "dial(table, found, at).to_the_end",
        "dial(table, found, at)",
    ),
    Mutant(
        "SQL: on the birthday one is still younger",
        "§4 `younger than` counts completed years",
        CLOCKS,
        "self._bytes(self._day_text) > day.isoformat()",
        "self._bytes(self._day_text) >= day.isoformat()",
    ),
    Mutant(
        "decide(): on the birthday one is still younger",
        "§4 `younger than` counts completed years",
        DECIDE,
        "return span.day > formula.cut_off_day",
        "return span.day >= formula.cut_off_day",
    ),
)

LINKS = (
    Mutant(
        "a link forgets its `when`",
        "§3 `when:` tests this row",
        CONDITIONS,
        "self.bind(link.source, declaration.when) if",
        "TRUE if",
    ),
    Mutant(
        "a link forgets its `where`",
        "§3 `where:` tests the row reached",
        CONDITIONS,
        "self.bind(link.target, declaration.where) if",
        "TRUE if",
    ),
    Mutant(
        "a link forgets `nobody`",
        "§3 links: `nobody`",
        CONDITIONS,
        "nobody, blind=False)) if nobody else TRUE",
        "nobody, blind=False)) if False else TRUE",
    ),
    Mutant(
        "a link that needs a condition is certain",
        "§4.6 a near miss is not surely named",
        CATALOGUE,
        "return not conditions and all(",
        "return all(",
    ),
)

NEAR_KEYS = (
    Mutant(
        "SQL: a key that MariaDB takes for equal is the key",
        "§3 MariaDB takes `A` for `a`: both answers are possible",
        SQL,
        "(self.engine.alike if near else self.engine.same)(one, a, b)",
        "self.engine.alike(one, a, b)",
        engine="mariadb",
    ),
    Mutant(
        "SQL: a key that MariaDB takes for equal is another",
        "§3 MariaDB takes `A` for `a`: both answers are possible",
        SQL,
        "(self.engine.alike if near else self.engine.same)(one, a, b)",
        "self.engine.same(one, a, b)",
        engine="mariadb",
    ),
    Mutant(
        "decide(): a key that MariaDB takes for equal is the key",
        "§3 MariaDB takes `A` for `a`: both answers are possible",
        DECIDE,
        "True if _is_reached(formula, values, row) else formula.near,",
        "True,",
        engine="mariadb",
    ),
    Mutant(
        "decide(): a key that MariaDB takes for equal is another",
        "§3 MariaDB takes `A` for `a`: both answers are possible",
        DECIDE,
        "True if _is_reached(formula, values, row) else formula.near,",
        "_is_reached(formula, values, row),",
        engine="mariadb",
    ),
)

REFUSED = (
    Mutant(
        "a clock in no known zone is guessed",
        "§3 without a zone the rule is refused, not guessed",
        CATALOGUE,
        "if zone is None and encoding not in",
        "if False and encoding not in",
    ),
    Mutant(
        "`keep: 0 days` after any clock",
        "§3 `0 days` only after a clock declared `expires: true`",
        TIMING,
        "if rule.keep.count == 0 and",
        "if False and",
    ),
)

ORDER = (
    Mutant(
        "SQL asks for `kept` before `agreed`",
        "§4 exactly one standing, the first that fits",
        SQL,
        "(levels.agreed, Standing.AGREED),\n            (levels.kept, Standing.KEPT),",
        "(levels.kept, Standing.KEPT),\n            (levels.agreed, Standing.AGREED),",
    ),
    Mutant(
        "decide() asks for `kept` before `agreed`",
        "§4 exactly one standing, the first that fits",
        DECIDE,
        "(levels.agreed, Standing.AGREED),\n        (levels.kept, Standing.KEPT),",
        "(levels.kept, Standing.KEPT),\n        (levels.agreed, Standing.AGREED),",
    ),
    Mutant(
        "a tally counts one group of each standing",
        "§4 each tally sums to COUNT(*)",
        COUNTING,
        "counts[standing] += records",
        "counts[standing] = records",
    ),
)

NARROWING = (
    Mutant(
        "only the chosen rules protect",
        "§4 narrowing chooses who acts, never who protects",
        SURVEY,
        "rules = request.intent.rules_of(name)",
        "rules = tuple(r for r in request.intent.rules_of(name) if request.selection.chooses(r))",
    ),
    Mutant(
        "holds protect only where nothing is narrowed",
        "§4 narrowing chooses who acts, never who protects",
        SURVEY,
        "[hold for hold in request.holds if hold.holds_at(request.as_of)]",
        "[hold for hold in request.holds if hold.holds_at(request.as_of) and request.selection == Selection()]",
    ),
)

#: What `scan --quick` says, and that it is quick.
QUICK = (
    Mutant("quick counts too few", "the cap is exact", "quick.py", "limit(CAP + 1)", "limit(CAP)"),
    Mutant(
        "one rule's count is that of another",
        "each rule is counted by itself",
        "quick.py",
        'survey.question(("quick", rule.name)',
        'survey.question(("quick",)',
    ),
    Mutant("quick sees more than there are", "the cap is exact", "quick.py", "found > CAP)", "found >= CAP)"),
    Mutant(
        "quick reads no further than to the cap",
        "texts are read until enough are due or none is left",
        "quick.py",
        "if found > CAP or read < most:",
        "if True:",
    ),
    Mutant(
        "what must be true stands within a NOT",
        "an index is used where it helps",
        SQL,
        "yield from _demands(f.opposite(part))\n",
        "yield formula\n                return\n",
    ),
    Mutant(
        "an epoch is searched up to the end of all times",
        "an index is used where it helps",
        CLOCKS,
        "Encoding.DATE | Encoding.EPOCH_NUMBER:\n                return",
        "Encoding.DATE:\n                return",
    ),
)
MUTANTS = (
    *(*COVERS, *HELD, *UNDATED, *LAW, *AGREED, *KEPT, *BLOCKED),
    *(*CUT_OFF, *CLOCK, *LINKS, *NEAR_KEYS, *REFUSED, *ORDER, *NARROWING),
)

#: Clock formats, members of JSON, bytes, and links that find several rows.
FORMS = (
    Mutant("a month ends with its 31st day", "§3 a month denotes all of itself", FORMATS, ".replace(day=1)", ""),
    Mutant(
        "a year counts from its start",
        "§3 a year denotes all of itself",
        FORMATS,
        "year=start.year + 1",
        "year=start.year",
    ),
    Mutant(
        "the day is taken from the month",
        "§3 dd-mm-yyyy",
        FORMATS,
        "((6, 4), (3, 2), (0, 2))",
        "((6, 4), (3, 2), (3, 2))",
    ),
    Mutant(
        "29 February never",
        "§3 days that the calendar has",
        FORMATS,
        "month='02', day='29'",
        "month='02', day='28'",
    ),
    Mutant(
        "SQL: layouts have no floor",
        "§3 what lies below the floor is undated",
        CLOCKS,
        "self.sortable < first_from(self._layout, self.dial.floor)",
        "sa.false()",
    ),
    Mutant(
        "decide(): layouts have no floor",
        "§3 the floor",
        READING,
        "if digits < first_from(layout, dial.floor):",
        "if False:",
    ),
    Mutant(
        "a layout ends at the latest unit that has begun",
        "§3 a unit counts from its end",
        READING,
        "if (span.last if last else span.first) <= instant:\n            return layout",
        "if span.first <= instant:\n            return layout",
    ),
    Mutant(
        "SQL: padding is not seen", "§3 spaces around", CLOCKS, "bare = sa.func.trim(self._text)", "bare = self._text"
    ),
    Mutant(
        "SQL: fourteen digits at any time zone",
        "§3 local times are read in their zone",
        CLOCKS,
        "spans = local_spans(instant, self.dial.zone, last=last)\n                return sa.or_(*(self._spelled_within",
        "spans = (Stretch(None, instant.replace(tzinfo=None)),)\n                return sa.or_(*(self._spelled_within",
    ),
    Mutant(
        "bytes are read as they are printed",
        "§3 in text, in bytes",
        CLOCKS,
        "return self.engine.ascii_of(self.column)",
        "return self.engine.text_of(self.column)",
    ),
    Mutant(
        "SQL: JSON that cannot be read holds nothing",
        "§3 what is no JSON is unknown",
        SQL,
        "(unreadable, doubtful), else_=answer",
        "(unreadable, absent), else_=answer",
    ),
    Mutant(
        "decide(): JSON that cannot be read holds nothing",
        "§3 what is no JSON is unknown",
        MEMBERS,
        "except (ValueError, RecursionError):\n        return Member(False, False, None)",
        "except (ValueError, RecursionError):\n        return Member(True, False, None)",
    ),
    Mutant(
        "of two equal keys the first counts",
        "§3 a key on the path is there twice",
        MEMBERS,
        "if len(found) > 1:",
        "if False:",
    ),
    Mutant(
        "MariaDB: of two equal keys the first counts",
        "§3 a key on the path is there twice",
        MARIADB,
        "return sa.func.coalesce(sa.or_(twice,",
        "return sa.func.coalesce(sa.or_(sa.false(),",
        "mariadb",
    ),
    Mutant(
        "a row below that belongs to several records goes",
        "§3 a row below whose link leads to several records",
        RULES,
        "for reason in (*self._shared(bound), *self._unnamed(bound))",
        "for reason in self._unnamed(bound)",
    ),
    Mutant(
        "PostgreSQL: an object has a text",
        "§3 an object or a list has no value",
        POSTGRESQL,
        '.in_(("string", "number", "boolean"))',
        '.in_(("string", "number", "boolean", "object", "array"))',
        "postgresql",
    ),
    Mutant(
        "PostgreSQL: no list within a list can be read",
        "§3 JSON, but for what lies more than twelve deep",
        DOCUMENTS,
        "DEEPEST = 12",
        "DEEPEST = 1",
        "postgresql",
    ),
    Mutant(
        "MariaDB: texts keep their quotes",
        "§3 members are compared as texts",
        MARIADB,
        "self.bytewise(sa.func.json_unquote(found))",
        "self.bytewise(found)",
        "mariadb",
    ),
    Mutant(
        "SQL: near misses of bytes do not keep",
        "§3 near misses keep",
        SQL,
        "return sa.or_(exact, blind(text, word)) if near else exact",
        "return exact",
    ),
    Mutant(
        "one of several rows will do for a clock",
        "§3 a link that finds several rows is undecidable",
        TIMING,
        "undated, run_out = some([undated, several]), _in_doubt(run_out, several)",
        "several = FALSE",
    ),
    Mutant(
        "one of several rows will do for a condition",
        "§3 a link that finds several rows is undecidable",
        CONDITIONS,
        "several = replace(self, keeps=True).several(steps)",
        "several = FALSE",
    ),
    Mutant(
        "a name goes down to many rows",
        "§3 only by a link that has a `when`",
        CONDITIONS,
        "if step.down and not (",
        "if False and not (",
    ),
)

WHOLE = "model/whole.py"
TEXT_LINKS = (
    Mutant(
        "a number with zeros before it is its digits",
        "§3 a text leads surely to the number whose digits it is",
        WHOLE,
        'DIGITS = f"0|-?{_NUMBER}"',
        'DIGITS = f"-?0*{_NUMBER}"',
        "postgresql",
    ),
    Mutant(
        "MariaDB itself says which number a text is",
        "§3 whatever the database itself would take it for",
        MARIADB,
        "_whole(sa.case((self.matches(text, DIGITS), self._letters(text)), else_=sa.null()))",
        "_whole(self._letters(text))",
        "mariadb",
    ),
    Mutant(
        "SQLite itself says which number a text is",
        "§3 whatever the database itself would take it for",
        SQLITE,
        "return number == sa.case((spelled, whole), else_=sa.null())",
        "return number == whole",
    ),
    Mutant(
        "no fraction of zeros means a number",
        "§3 it nearly leads to a number that it means otherwise",
        WHOLE,
        '"[1-9][0-9]{0,19}", "(?:\\\\.0*)?"',
        '"[1-9][0-9]{0,19}", ""',
        "postgresql",
    ),
    Mutant(
        "decide(): a text leads to the number that it means",
        "§3 a text leads surely to the number whose digits it is",
        WHOLE,
        "known = isinstance(text, str) and len(text) <= _MOST_DIGITS and _any_digits.fullmatch(text)",
        "known = isinstance(text, str) and number_meant(text) is not None\n"
        "    text = str(number_meant(text)) if known else text",
    ),
    Mutant(
        "decide(): numbers and texts are never the same",
        "§3 a declared link may pair texts with whole numbers",
        WHOLE,
        "return found is not None and found == unpadded(there, other)",
        "return False",
    ),
    Mutant(
        "near spellings are not searched for",
        "§3 near misses keep",
        SQL,
        "return (self.engine.means if near else self.engine.leads)(a, b)",
        "return self.engine.leads(a, b)",
    ),
    Mutant(
        "near spellings are sure",
        "§3 near misses keep",
        SQL,
        "return (self.engine.means if near else self.engine.leads)(a, b)",
        "return self.engine.means(a, b)",
    ),
    Mutant(
        "odd spellings of a number are not searched for",
        "§3 where numbers lead to texts, two spellings are several rows",
        SQL,
        "for place in (None, *range(odd))",
        "for place in (None,)",
    ),
    Mutant(
        "a unique text is one number's alone",
        "§3 two spellings of one number are several rows, also under a unique index",
        CATALOGUE,
        "for start, end in self.pairs if not spells(start, end))",
        "for start, end in self.pairs)",
    ),
    Mutant(
        "apply looks for texts with the number itself",
        "§5 rows below",
        "standing/statements.py",
        "found = across(*pair, raw)",
        "found = raw",
        "postgresql",
    ),
    Mutant(
        "a number beyond all columns is looked for",
        "§3 a number that no column could hold leads nowhere",
        "standing/statements.py",
        "return None if beyond else found",
        "return found",
    ),
    Mutant(
        "a redaction misses a row that is nearly below",
        "§3 so do they block a redaction that is to delete or unlink them",
        RULES,
        "yield from self._missed(bound)",
        "yield from ()",
    ),
    Mutant(
        "a row that is nearly below what goes blocks nothing",
        "§3 rows that are only nearly below a record block its removal",
        RULES,
        "elif not all(step.link.certain for step in steps):",
        "elif False:",
    ),
)

_ALIKE = "§4 each tally sums to COUNT(*)"
#: What goes wrong where records that answer alike are counted together.
GROUPS = (
    Mutant(
        "no text of a group is nearly one of some words",
        _ALIKE,
        QUESTIONS,
        "blind = [(sa.not_(engine.may_begin(value, near)), rest)] if near else []",
        "blind = [(sa.true(), rest)]",
    ),
    Mutant(
        "a first letter beyond ASCII rules a text out",
        _ALIKE,
        "engines/base.py",
        ", letter > 127)",
        ", sa.false())",
    ),
    Mutant(
        "a text that is no word to the letter is one nearly",
        _ALIKE,
        QUESTIONS,
        "if folded(word) in folds)",
        "if not folds)",
    ),
    Mutant(
        "what cannot be compared is taken for a no in a group",
        _ALIKE,
        QUESTIONS,
        "{leaf: meant | {0} for leaf, meant in surely.items()}",
        "surely",
    ),
    Mutant(
        "what is unknown is taken for a no in a group",
        _ALIKE,
        QUESTIONS,
        "{leaf: frozenset({1, 2})}",
        "{leaf: frozenset({2})}",
    ),
    Mutant(
        "a clock of a group has passed one instant less",
        _ALIKE,
        QUESTIONS,
        "range(1, instants.index(leaf.by) + 2)",
        "range(1, instants.index(leaf.by) + 1)",
    ),
    Mutant(
        "answers run into one another",
        _ALIKE,
        QUESTIONS,
        "together * _number(question.size) + question.answer",
        "together * _number(question.size - 1) + question.answer",
    ),
    Mutant(
        "a group counts as one record",
        _ALIKE,
        COUNTING,
        "sa.func.sum(inner.c.records)",
        "sa.func.count()",
    ),
    Mutant(
        "the newest record of a group is told as the oldest",
        "§4 the oldest due record",
        COUNTING,
        "sa.func.min(_sortable(translator, hand, _in_order(",
        "sa.func.max(_sortable(translator, hand, _in_order(",
    ),
    Mutant(
        "what lies below the floor is old in a group",
        "§4 undated: below the floor",
        CLOCKS,
        "stages[0] = (passed[0], sa.case((self._below_floor, _whole(0)), else_=_whole(1)))",
        "stages[0] = (passed[0], _whole(1))",
    ),
    Mutant(
        "the floor is looked for below a cut-off that lies below it",
        "§4 undated: below the floor",
        CLOCKS,
        "return all(floor < each.date() < _NEVER.date() - _STAGE_MARGIN for each in instants) and bool(instants)",
        "return bool(instants)",
    ),
    Mutant(
        "NULL is young in a group",
        "§4 undated: NULL",
        CLOCKS,
        "sa.case((self.column.is_(None), _whole(0)), else_=_whole(late))",
        "_whole(late)",
    ),
    Mutant(
        "a value declared as never is old in a group",
        "§4 never: declared so",
        CLOCKS,
        "words = ((self.dial.undated, 0), (self.dial.never, late))",
        "words = ((self.dial.undated, 0),)",
    ),
    Mutant(
        "a day that no calendar has is a day in a group",
        "§4 undated: unparsable",
        CLOCKS,
        "ill_formed = (sa.not_(self._well_formed), 0)",
        "ill_formed = (sa.false(), 0)",
        engine="mariadb",
    ),
    Mutant(
        "every text is a plain time in a group",
        "§4 undated: unparsable",
        CLOCKS,
        "return sa.case((self.engine.is_plain_time(self._text), plain), else_=careful)",
        "return plain",
    ),
    Mutant(
        "of the stages of a clock the middle one comes first",
        "§4 clock ≤ cut-off, inclusive",
        CLOCKS,
        "first = _sought(earlier, number) if earlier else number",
        "first = number",
    ),
    Mutant(
        "a word that its pattern does not tell exactly is asked of groups",
        _ALIKE,
        QUESTIONS,
        "(not blind or all(map(tells_exactly, words)))",
        "True",
    ),
)
