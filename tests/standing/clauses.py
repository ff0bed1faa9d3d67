"""The clauses of docs/semantics.md §4 one by one: who is covered, held, under law, agreed, kept, blocked and due."""

from __future__ import annotations

from datetime import datetime

from standing.case import (
    AGREED,
    AS_OF,
    BLOCKED,
    DAY,
    DELETE,
    DUE,
    FAMILY,
    FUTURE,
    HELD,
    KEEP,
    KEPT,
    LAW,
    NEW,
    NO_DAYS,
    OLD,
    REDACT,
    REPORT,
    REVIEW,
    SEVEN_YEARS,
    UNCOVERED,
    UNDECIDABLE,
    UNLINK,
    YEAR,
    Case,
    name,
    named,
    rule,
    state_is,
    table,
    tickets,
)
from standing.world import Value
from wesretain.model.condition import All, AnyOf, Compare, Has, Is, Not, Operator, Presence
from wesretain.model.hold import OnCategory, OnDatabase, OnRecord, OnRecords, OnSubject, OnTable
from wesretain.model.inventory import Clock, LinkDeclaration, TableEntry
from wesretain.model.period import Period, Unit
from wesretain.model.rule import After, Category, RedactRow, RowFate, SetConstant, SetNull, SetTemplate, TableName

WITH_ENTRIES, BELOW_TICKETS = {"entries": DELETE}, {"tickets.entries": DELETE}
CODES = (TableEntry(name("notes"), links=(LinkDeclaration("state", "states", ("code",)),)),)
FAMILY_ROWS: dict[str, list[dict[str, Value]]] = {
    "clients": [{"id": 1, "closed": OLD}, {"id": 2, "closed": OLD}],
    "tickets": [
        {"id": 1, "client_id": 1, "closed": OLD},
        {"id": 2, "client_id": 2, "closed": OLD},
        {"id": 3, "closed": OLD},
    ],
    "entries": [{"id": 1, "ticket_id": 1, "closed": OLD}, {"id": 2, "ticket_id": 2, "closed": OLD}],
}
POLYMORPHIC = (
    TableEntry(
        name("threads"),
        subjects=(),
        links=(
            LinkDeclaration(
                "ticket", "tickets", ("object_id",), nobody=("0",), when=Compare(("kind",), Operator.EQUAL, ("T",))
            ),
        ),
    ),
)
THREADS: dict[str, list[dict[str, Value]]] = {
    "tickets": [{"id": 0, "closed": OLD}, {"id": 1, "closed": OLD}],
    "threads": [
        {"id": 1, "object_id": 1, "kind": "T", "closed": OLD},
        {"id": 2, "object_id": 1, "kind": "t ", "closed": OLD},
        {"id": 3, "object_id": 1, "kind": None, "closed": OLD},
        {"id": 4, "object_id": 1, "kind": "A", "closed": OLD},
        {"id": 5, "object_id": 0, "kind": "T", "closed": OLD},
    ],
}

CLAUSES = [
    Case(
        "0 uncovered comes before held",
        tickets(state=["closed", "open"]),
        (rule(where=state_is("closed")),),
        {"rule": {1: HELD, 2: UNCOVERED}},
        holds=(OnTable(name("tickets")),),
    ),
    Case(
        "0 text is compared to the letter where a rule covers; NULL is unknown",
        tickets(state=["closed", "Closed", "closed ", None]),
        (rule(where=state_is("closed", "gone")),),
        {"rule": {1: DUE, 2: UNCOVERED, 3: UNCOVERED, 4: UNDECIDABLE}},
    ),
    Case(
        "0 near misses keep inside `not`, and are found by `any case`",
        tickets(state=["open", "Open ", "closed", None], name=["x", "Urgent", "urgent!", "URGENT"]),
        (
            rule("not", where=Not(state_is("open"))),
            rule("twice", where=Not(Not(state_is("open")))),
            rule("any", where=Compare(("name",), Operator.ANY_CASE, ("urgent",))),
        ),
        {
            "not": {1: UNCOVERED, 2: UNCOVERED, 3: DUE, 4: UNDECIDABLE},
            "twice": {1: DUE, 2: UNCOVERED, 3: UNCOVERED, 4: UNDECIDABLE},
            "any": {1: UNCOVERED, 2: DUE, 3: UNCOVERED, 4: DUE},
        },
    ),
    Case(
        "0 `any case` counts the spaces where a rule covers; where it keeps, they do not matter",
        tickets(state=["x", "X ", "x  ", " X", "  ", "", "y"]),
        (
            rule("behind", where=Compare(("state",), Operator.ANY_CASE, ("x ",))),
            rule("before", where=Compare(("state",), Operator.ANY_CASE, (" x", "nothing"))),
            rule("alone", where=Compare(("state",), Operator.ANY_CASE, ("  ",))),
            rule("not", where=Not(Compare(("state",), Operator.ANY_CASE, ("x ",)))),
        ),
        {
            "behind": {1: UNCOVERED, 2: DUE, 3: UNCOVERED, 4: UNCOVERED, 5: UNCOVERED, 6: UNCOVERED, 7: UNCOVERED},
            "before": {1: UNCOVERED, 2: UNCOVERED, 3: UNCOVERED, 4: DUE, 5: UNCOVERED, 6: UNCOVERED, 7: UNCOVERED},
            "alone": {1: UNCOVERED, 2: UNCOVERED, 3: UNCOVERED, 4: UNCOVERED, 5: DUE, 6: UNCOVERED, 7: UNCOVERED},
            "not": {1: UNCOVERED, 2: UNCOVERED, 3: UNCOVERED, 4: UNCOVERED, 5: DUE, 6: DUE, 7: DUE},
        },
    ),
    Case(
        "0 a hold by `any case` holds whatever the spaces",
        tickets(state=["x", "X ", " x  ", "y"]),
        (rule("all"),),
        {"all": {1: HELD, 2: HELD, 3: HELD, 4: DUE}},
        holds=(OnRecords(name("tickets"), Compare(("state",), Operator.ANY_CASE, ("x ",)), ""),),
    ),
    Case(
        "0 three-valued and, or; `is` is always known; empty is NULL or ''",
        tickets(state=["", None, " ", "x", "y", "x"], level=[1, 2, None, 4, 3, 3]),
        (
            rule("and", where=All((state_is("x"), Compare(("level",), Operator.AT_LEAST, ("4",))))),
            rule("or", where=AnyOf((state_is("x"), Compare(("level",), Operator.LESS_THAN, ("3",))))),
            rule("empty", where=Is(("state",), Presence.EMPTY)),
            rule("null", where=Not(Is(("state",), Presence.NULL))),
        ),
        {
            "and": {1: UNCOVERED, 2: UNCOVERED, 3: UNCOVERED, 4: DUE, 5: UNCOVERED, 6: UNCOVERED},
            "or": {1: DUE, 2: DUE, 3: UNDECIDABLE, 4: DUE, 5: UNCOVERED, 6: DUE},
            "empty": {1: DUE, 2: DUE, 3: UNCOVERED, 4: UNCOVERED, 5: UNCOVERED, 6: UNCOVERED},
            "null": {1: DUE, 2: UNCOVERED, 3: DUE, 4: DUE, 5: DUE, 6: DUE},
        },
    ),
    Case(
        "0 `has no` finds near misses, and the unknown; `has` wants the letter",
        FAMILY_ROWS
        | {
            "entries": [
                {"id": 1, "ticket_id": 1, "state": "Open"},
                {"id": 2, "ticket_id": 2, "state": None},
                {"id": 3, "ticket_id": 3, "state": "shut"},
            ]
        },
        (
            rule("has", then=REPORT, where=Has(("entries",), state_is("open"))),
            rule("has no", then=REPORT, where=Not(Has(("entries",), state_is("open")))),
            rule("none at all", on="clients", then=REPORT, where=Not(Has(("tickets", "entries"), All(())))),
        ),
        {
            "has": {1: UNCOVERED, 2: UNDECIDABLE, 3: UNCOVERED},
            "has no": {1: UNCOVERED, 2: UNDECIDABLE, 3: DUE},
            "none at all": {1: UNCOVERED, 2: UNCOVERED},
        },
    ),
    Case(
        "0 a part of a text is found to the letter; where finding it keeps, without regard to case and spaces around",
        tickets(state=["opened", "OPENED", "shut", " Ope", None]),
        tuple(
            rule(f"{words} {operator}", then=REPORT, where=condition if words == "is" else Not(condition))
            for operator, part in ((Operator.CONTAINS, "pen"), (Operator.STARTS_WITH, "ope"))
            for condition in (Compare(("state",), operator, (part,)),)
            for words in ("is", "not")
        ),
        {
            "is contains": {1: DUE, 2: UNCOVERED, 3: UNCOVERED, 4: UNCOVERED, 5: UNDECIDABLE},
            "not contains": {1: UNCOVERED, 2: UNCOVERED, 3: DUE, 4: DUE, 5: UNDECIDABLE},
            "is starts with": {1: DUE, 2: UNCOVERED, 3: UNCOVERED, 4: UNCOVERED, 5: UNDECIDABLE},
            "not starts with": {1: UNCOVERED, 2: UNCOVERED, 3: DUE, 4: UNCOVERED, 5: UNDECIDABLE},
        },
    ),
    Case(
        "0 a number is never an empty text",
        tickets(level=[0, None, 7]),
        (
            rule("empty", then=REPORT, where=Is(("level",), Presence.EMPTY)),
            rule("present", then=REPORT, where=Is(("level",), Presence.PRESENT)),
        ),
        {"empty": {1: UNCOVERED, 2: DUE, 3: UNCOVERED}, "present": {1: DUE, 2: UNCOVERED, 3: DUE}},
    ),
    Case(
        "0 a dotted name follows links; where they find no row it is NULL",
        FAMILY_ROWS | {"clients": [{"id": 1, "state": "gone"}, {"id": 2}]},
        (
            rule("equal", then=REPORT, where=Compare(("client", "state"), Operator.EQUAL, ("gone",))),
            rule("null", then=REPORT, where=Is(("client", "state"), Presence.NULL)),
        ),
        {"equal": {1: DUE, 2: UNDECIDABLE, 3: UNDECIDABLE}, "null": {1: UNCOVERED, 2: DUE, 3: DUE}},
    ),
    Case(
        "0 a redact rule covers a record only while some column differs, NULL being a value too",
        tickets(state=["erased", None, "Erased", "x"], name=["gone-1", "gone-2", "gone-3", None]),
        (
            rule("constant", then=REDACT, columns=(("state", SetConstant("erased")),)),
            rule("null", then=REDACT, columns=(("state", SetNull()),)),
            rule("text", then=REDACT, columns=(("name", SetTemplate("gone-{id}")), ("state", SetConstant("erased")))),
        ),
        {
            "constant": {1: UNCOVERED, 2: DUE, 3: DUE, 4: DUE},
            "null": {1: DUE, 2: UNCOVERED, 3: DUE, 4: DUE},
            "text": {1: UNCOVERED, 2: DUE, 3: DUE, 4: DUE},
        },
    ),
    Case(
        "1 a hold on a record reaches everything below it, and nothing above or beside",
        FAMILY_ROWS,
        (rule(with_=WITH_ENTRIES), rule("above", on="clients", then=REPORT), rule("below", on="entries")),
        {
            "rule": {1: HELD, 2: DUE, 3: DUE},
            "above": {1: DUE, 2: DUE},
            "below": {1: HELD, 2: DUE},
        },
        holds=(OnRecord(name("tickets"), ("1",)),),
    ),
    Case(
        "1 a hold on a person follows `subjects`; a ruled table that declares none at all is held wholly",
        FAMILY_ROWS | {"entries": [{"id": 1, "closed": OLD}]},
        (rule(), rule("clients", on="clients", then=REPORT), rule("undeclared", on="entries")),
        {"rule": {1: DUE, 2: HELD, 3: DUE}, "clients": {1: DUE, 2: HELD}, "undeclared": {1: HELD}},
        holds=(OnSubject(name("clients"), ("2",)),),
        entries=(TableEntry(name("clients"), subjects=(("self",),)), named("client"), TableEntry(name("entries"))),
    ),
    Case(
        "1 a hold by condition starts with the near misses, and takes the unknown along",
        tickets(state=["open", "OPEN ", None, "closed"]),
        (rule(),),
        {"rule": {1: HELD, 2: HELD, 3: HELD, 4: DUE}},
        holds=(OnRecords(name("tickets"), state_is("open"), ""),),
    ),
    Case(
        "1 a hold on a category reaches the tables of it, and those with a rule of it; another database is not held",
        FAMILY_ROWS | {"tickets": [{"id": 1, "closed": OLD}], "entries": []},
        (rule(category=Category.SERVER), rule("clients", on="clients")),
        {"rule": {1: HELD}, "clients": {1: DUE, 2: DUE}},
        holds=(OnCategory(Category.SERVER), OnDatabase("elsewhere"), OnTable(TableName("elsewhere", None, "clients"))),
    ),
    Case(
        "1 a hold on a person holds the person, and all that lies below: two links down",
        FAMILY_ROWS,
        tuple(rule(words, on=words, then=REPORT) for words in ("clients", "tickets", "entries")),
        {"clients": {1: HELD, 2: DUE}, "tickets": {1: HELD, 2: DUE, 3: DUE}, "entries": {1: HELD, 2: DUE}},
        holds=(OnSubject(name("clients"), ("1",)),),
    ),
    Case(
        "1 holds on several people reach what is of each of them",
        FAMILY_ROWS,
        tuple(rule(words, on=words, then=REPORT) for words in ("clients", "tickets")),
        {"clients": {1: HELD, 2: HELD}, "tickets": {1: HELD, 2: HELD, 3: DUE}},
        holds=(OnSubject(name("clients"), ("1",)), OnSubject(name("clients"), ("2",))),
    ),
    Case(
        "1 a hold on a person reaches what `subjects` leads from, which need not lie below, and everything below that",
        {
            "accounts": [{"id": 1, "closed": OLD}, {"id": 2, "closed": OLD}, {"id": 3, "closed": OLD}],
            "clients": [{"id": 1, "account_id": 1}, {"id": 2, "account_id": 2}, {"id": 3, "account_id": 1}],
            "invoices": [{"id": 1, "account_id": 1, "closed": OLD}, {"id": 2, "account_id": 2, "closed": OLD}],
        },
        (rule("accounts", on="accounts", then=REPORT), rule("invoices", on="invoices", then=REPORT)),
        {"accounts": {1: HELD, 2: DUE, 3: DUE}, "invoices": {1: HELD, 2: DUE}},
        holds=(OnSubject(name("clients"), ("3",)),),
        tables=(
            table("accounts"),
            table("clients", links={"account_id": "accounts"}),
            table("invoices", links={"account_id": "accounts"}),
        ),
        entries=(
            TableEntry(name("accounts"), subjects=(("clients",),)),
            TableEntry(name("invoices"), subjects=()),
        ),
    ),
    Case(
        "1 a hold travels down where links run in a circle, to the end, and out of it",
        {
            "comments": [
                {"id": 1, "parent_id": None, "closed": OLD},
                {"id": 2, "parent_id": 1, "closed": OLD},
                {"id": 3, "parent_id": 2, "closed": OLD},
                {"id": 4, "parent_id": 3, "closed": OLD},
                {"id": 5, "parent_id": 4, "closed": OLD},
                {"id": 6, "parent_id": 1, "closed": OLD},
            ],
            "votes": [{"id": 1, "comment_id": 5, "closed": OLD}, {"id": 2, "comment_id": 6, "closed": OLD}],
        },
        (rule("comments", on="comments", then=REPORT), rule("votes", on="votes")),
        {"comments": {1: DUE, 2: HELD, 3: HELD, 4: HELD, 5: HELD, 6: DUE}, "votes": {1: HELD, 2: DUE}},
        holds=(OnRecord(name("comments"), ("2",)),),
        tables=(table("comments", links={"parent_id": "comments"}), table("votes", links={"comment_id": "comments"})),
        entries=(),
    ),
    Case(
        "1 a hold travels down a link that is perhaps one: a near miss of its `when`, or what cannot be told",
        THREADS,
        (rule("threads", on="threads", then=REPORT),),
        {"threads": {1: HELD, 2: HELD, 3: HELD, 4: DUE, 5: DUE}},
        holds=(OnRecord(name("tickets"), ("1",)), OnRecord(name("tickets"), ("0",))),  # 0 is nobody
        tables=(table("tickets"), table("threads", "kind", "object_id")),
        entries=POLYMORPHIC,
    ),
    Case(
        "1 a hold on a category reaches tables that the inventory puts there; one on the database reaches all",
        FAMILY_ROWS,
        (rule("clients", on="clients", then=REPORT), rule("tickets", then=REPORT)),
        {"clients": {1: DUE, 2: DUE}, "tickets": {1: HELD, 2: HELD, 3: HELD}},
        holds=(OnCategory(Category.SERVER),),
        entries=(TableEntry(name("tickets"), category=Category.SERVER, subjects=()), TableEntry(name("clients"))),
    ),
    Case(
        "1 a hold on the database reaches all of it",
        FAMILY_ROWS,
        (rule("clients", on="clients", then=REPORT), rule("tickets", then=REPORT)),
        {"clients": {1: HELD, 2: HELD}, "tickets": {1: HELD, 2: HELD, 3: HELD}},
        holds=(OnDatabase("shop"),),
    ),
    Case(
        "2 undecidable: an undated clock; held comes first, law and agreement after",
        tickets(closed=[None, None, "-infinity", datetime(1970, 1, 1, 23)], until=[None, None, FUTURE, None]),  # noqa: DTZ001
        (rule(law="act", agreed_until=("until",)),),
        {"rule": {1: UNDECIDABLE, 2: HELD, 3: UNDECIDABLE, 4: UNDECIDABLE}},
        holds=(OnRecord(name("tickets"), ("2",)),),
    ),
    Case(
        "2 undecidable: an agreement that cannot be read; of another rule it counts as agreed",
        tickets(until=["-infinity", None]),
        (rule(agreed_until=("until",)), rule("other")),
        {"rule": {1: UNDECIDABLE, 2: DUE}, "other": {1: AGREED, 2: DUE}},
    ),
    Case(
        "3 law: a law that may cover and has not surely run out forbids all other rules, also redaction",
        tickets(state=["paid", "PAID", "open", None], closed=[NEW, NEW, NEW, NEW]),
        (
            rule("law", keep=SEVEN_YEARS, where=state_is("paid"), law="act"),
            rule("delete", keep=DAY),
            rule("redact", keep=DAY, then=REDACT, columns=(("name", SetConstant("x")),)),
        ),
        {
            "law": {1: LAW, 2: UNCOVERED, 3: UNCOVERED, 4: UNDECIDABLE},
            "delete": {1: LAW, 2: LAW, 3: DUE, 4: LAW},
            "redact": {1: LAW, 2: LAW, 3: DUE, 4: LAW},
        },
    ),
    Case(
        "3 law reaches down to the rows that its `with` names, until it has run out",
        FAMILY_ROWS
        | {"tickets": [{"id": 1, "closed": NEW}, {"id": 2, "closed": OLD}, {"id": 3, "closed": None}]}
        | {"entries": [{"id": n, "ticket_id": n, "closed": OLD} for n in (1, 2, 3, 4)]},
        (rule("law", law="act", with_={"entries": DELETE}), rule("entries", on="entries", keep=DAY)),
        {
            "law": {1: LAW, 2: DUE, 3: UNDECIDABLE},
            "entries": {1: LAW, 2: DUE, 3: LAW, 4: DUE},
        },
    ),
    Case(
        "3 law reaches down by each path, near misses included, and no further than `with` names",
        FAMILY_ROWS
        | {"clients": [{"id": 1, "closed": NEW, "state": "Firm"}, {"id": 2, "closed": NEW, "state": "person"}]}
        | {"notes": [{"id": 1, "ticket_id": 1, "closed": OLD}]},
        (
            rule(
                "law", on="clients", law="act", where=state_is("firm"), with_={"tickets": KEEP, "tickets.entries": KEEP}
            ),
            rule("tickets", with_=WITH_ENTRIES | {"notes": DELETE}),
            rule("entries", on="entries"),
            rule("notes", on="notes"),
        ),
        {"tickets": {1: LAW, 2: DUE, 3: DUE}, "entries": {1: LAW, 2: DUE}, "notes": {1: DUE}},
        tables=(*FAMILY, table("notes", links={"ticket_id": "tickets"})),
    ),
    Case(
        "3 a law runs until its agreed date too; one that redacts protects though nothing is left to redact",
        tickets(until=[FUTURE, OLD, None], name=["x", "x", "x"]),
        (
            rule("law", law="act", agreed_until=("until",), then=REDACT, columns=(("name", SetConstant("x")),)),
            rule("delete", keep=DAY),
        ),
        {"law": {1: UNCOVERED, 2: UNCOVERED, 3: UNCOVERED}, "delete": {1: LAW, 2: DUE, 3: DUE}},
    ),
    Case(
        "3 `protects` narrows a law to those columns and the row itself",
        tickets(closed=[NEW]),
        (
            rule("law", law="act", protects=("state",)),
            rule("delete", keep=DAY),
            rule("review", keep=DAY, then=REVIEW),
            rule("state", keep=DAY, then=REDACT, columns=(("state", SetConstant("x")),)),
            rule("name", keep=DAY, then=REDACT, columns=(("name", SetConstant("x")),)),
            rule("report", keep=DAY, then=REPORT),
        ),
        {"delete": {1: LAW}, "review": {1: LAW}, "state": {1: LAW}, "name": {1: DUE}, "report": {1: DUE}},
    ),
    Case(
        "4 agreed: where NULL is declared undated, an agreement is over by its date alone",
        tickets(until=[FUTURE, OLD, None]),
        (rule(agreed_until=("until",)),),
        {"rule": {1: AGREED, 2: DUE, 3: UNDECIDABLE}},
        entries=(TableEntry(name("tickets"), subjects=(), clocks=(Clock("until", undated=(None,)),)),),
    ),
    Case(
        "4 agreed: later than as_of, or never; NULL is none, and as_of itself is over",
        tickets(until=[FUTURE, datetime(2024, 7, 1), None, OLD, "infinity"]),  # noqa: DTZ001
        (rule(agreed_until=("until",)), rule("other")),
        {
            "rule": {1: AGREED, 2: DUE, 3: DUE, 4: DUE, 5: AGREED},
            "other": {1: AGREED, 2: DUE, 3: DUE, 4: DUE, 5: AGREED},
        },
    ),
    Case(
        "4 another rule's agreement counts where that rule may cover: near misses and the unknown included",
        tickets(until=[FUTURE] * 4, state=["vip", "VIP ", None, "guest"]),
        (rule("vip", keep=DAY, where=state_is("vip"), agreed_until=("until",)), rule("other")),
        {
            "vip": {1: AGREED, 2: UNCOVERED, 3: UNDECIDABLE, 4: UNCOVERED},
            "other": {1: AGREED, 2: AGREED, 3: AGREED, 4: DUE},
        },
    ),
    Case(
        "4 a report's agreement binds the report alone",
        tickets(until=[FUTURE]),
        (rule(), rule("report", then=REPORT, agreed_until=("until",))),
        {"rule": {1: DUE}, "report": {1: AGREED}},
    ),
    Case(
        "5 the longest wins among rules that remove; redact and report have no peers, and shield nothing",
        tickets(closed=[NEW, OLD]),
        (
            rule("short", keep=DAY),
            rule("long", keep=YEAR, then=REVIEW),
            rule("redact", keep=DAY, then=REDACT, columns=(("name", SetConstant("x")),)),
            rule("report", keep=Period(9, Unit.YEARS), then=REPORT),
        ),
        {
            "short": {1: KEPT, 2: KEPT},
            "long": {1: KEPT, 2: DUE},
            "redact": {1: DUE, 2: DUE},
            "report": {1: KEPT, 2: KEPT},
        },
    ),
    Case(
        "5 reviews do not wait for one another, and a deletion waits for each of them",
        tickets(closed=[NEW, OLD]),
        (rule("gone", keep=DAY), rule("one", then=REVIEW), rule("two", then=REVIEW)),
        {"gone": {1: KEPT, 2: KEPT}, "one": {1: KEPT, 2: DUE}, "two": {1: KEPT, 2: DUE}},
    ),
    Case(
        "5 a review that overrides a deletion has to let the record go as well",
        tickets(closed=[NEW, OLD]),
        (rule("gone", keep=DAY), rule("look", then=REVIEW, overrides=("gone",))),
        {"gone": {1: KEPT, 2: KEPT}, "look": {1: KEPT, 2: DUE}},
    ),
    Case(
        "5 a longer rule keeps where it may cover and has not surely run out: near misses, the unknown, the undated",
        tickets(state=["vip", "VIP ", None, "guest", "vip", "vip"], until=[NEW, NEW, NEW, NEW, None, OLD]),
        (rule("short"), rule("long", after=("until",), where=state_is("vip"))),
        {
            "short": {1: KEPT, 2: KEPT, 3: KEPT, 4: DUE, 5: KEPT, 6: DUE},
            "long": {1: KEPT, 2: UNCOVERED, 3: UNDECIDABLE, 4: UNCOVERED, 5: UNDECIDABLE, 6: DUE},
        },
    ),
    Case(
        "5 overrides strike a longer rule where the overriding one surely covers and is decided",
        tickets(closed=[NEW, NEW, NEW], state=["child", "Child", None], until=[OLD, OLD, OLD]),
        (
            rule("long"),
            rule("children", keep=None, where=state_is("child"), overrides=("long",)),
            rule("late", keep=YEAR, after=("until",), where=state_is("none of them"), overrides=("long",)),
        ),
        {
            "long": {1: KEPT, 2: KEPT, 3: KEPT},
            "children": {1: DUE, 2: UNCOVERED, 3: UNDECIDABLE},
        },
    ),
    Case(
        "5 what overrides strikes no peer where it covers only perhaps, or is undecided",
        tickets(closed=[NEW] * 4, state=["child", None, "Child", "child"], until=[OLD, OLD, OLD, None]),
        (
            rule("short", keep=DAY),
            rule("long"),
            rule("children", then=REPORT, after=("until",), where=state_is("child"), overrides=("long",)),
        ),
        {
            "short": {1: DUE, 2: KEPT, 3: KEPT, 4: KEPT},
            "children": {1: DUE, 2: UNDECIDABLE, 3: UNCOVERED, 4: UNDECIDABLE},
        },
    ),
    Case(
        "5 a rule is kept while one that overrides it may cover and has not run out, even where it has itself",
        tickets(closed=[NEW, NEW, OLD], state=["vip", "VIP", "vip"]),
        (rule("short", keep=DAY), rule("vip", keep=YEAR, where=state_is("vip"), overrides=("short",))),
        {"short": {1: KEPT, 2: KEPT, 3: DUE}, "vip": {1: KEPT, 2: UNCOVERED, 3: DUE}},
    ),
    Case(
        "5 … though that one would only redact it",
        tickets(closed=[OLD, OLD, OLD], state=["vip", "VIP", "guest"], until=[NEW, NEW, NEW]),
        (
            rule("short", keep=DAY),
            rule(
                "vip",
                after=("until",),
                then=REDACT,
                columns=(("name", SetConstant("x")),),
                where=state_is("vip"),
                overrides=("short",),
            ),
        ),
        {"short": {1: KEPT, 2: KEPT, 3: DUE}, "vip": {1: KEPT, 2: UNCOVERED, 3: UNCOVERED}},
    ),
    Case(
        "5 a report shields nothing, even where it overrides",
        tickets(closed=[OLD]),
        (rule("short"), rule("report", keep=SEVEN_YEARS, then=REPORT, overrides=("short",))),
        {"short": {1: DUE}, "report": {1: KEPT}},
    ),
    Case(
        "5 an agreement that still runs means not run out; `keep: nothing` has run out otherwise; 0 days once expired",
        tickets(until=[FUTURE, None, OLD], closed=[OLD, NEW, AS_OF.replace(tzinfo=None)], state=["x", "x", "x"]),
        (
            rule("nothing", keep=None, where=state_is("x"), agreed_until=("until",)),
            rule("expired", keep=NO_DAYS),
        ),
        {"nothing": {1: AGREED, 2: DUE, 3: DUE}, "expired": {1: AGREED, 2: DUE, 3: DUE}},
        entries=(TableEntry(name("tickets"), subjects=(), clocks=(Clock("closed", expires=True),)),),
    ),
    Case(
        "6 blocked by a row below that is not named; by a named one that is held; not by one that its own rule keeps",
        FAMILY_ROWS | {"entries": [{"id": 1, "ticket_id": 1, "closed": NEW}, {"id": 2, "ticket_id": 2, "closed": NEW}]},
        (rule("unnamed"), rule("named", with_=WITH_ENTRIES), rule("entries", on="entries")),
        {
            "unnamed": {1: BLOCKED, 2: BLOCKED, 3: DUE},
            "named": {1: DUE, 2: BLOCKED, 3: DUE},
            "entries": {1: KEPT, 2: HELD},
        },
        holds=(OnRecord(name("entries"), ("2",)),),
    ),
    Case(
        "6 recursively below rows that go; a kept, unlinked or redacted row leaves nothing below it behind",
        FAMILY_ROWS,
        (
            rule("goes", on="clients", with_={"tickets": DELETE}),
            rule("all go", on="clients", with_={"tickets": DELETE, "tickets.entries": DELETE}),
            rule("stays", on="clients", with_={"tickets": KEEP}),
            rule("loses", on="clients", with_={"tickets": RedactRow((("name", SetNull()),))}),
        ),
        {
            "goes": {1: BLOCKED, 2: BLOCKED},
            "all go": {1: DUE, 2: DUE},
            "stays": {1: DUE, 2: DUE},
            "loses": {1: DUE, 2: DUE},
        },
    ),
    Case(
        "6 blocked by a named row under law or agreed; a law on other columns does not forbid to unlink",
        FAMILY_ROWS
        | {"entries": [{"id": 1, "ticket_id": 1, "until": FUTURE}, {"id": 2, "ticket_id": 2, "closed": NEW}]},
        (
            rule("delete", with_=WITH_ENTRIES),
            rule("unlink", with_={"entries": UNLINK}),
            rule("keep", with_={"entries": KEEP}),
            rule("agreement", on="entries", keep=None, where=Is(("until",), Presence.PRESENT), agreed_until=("until",)),
            rule("act", on="entries", law="act", protects=("name",), where=Is(("closed",), Presence.PRESENT)),
        ),
        {
            "delete": {1: BLOCKED, 2: BLOCKED, 3: DUE},
            "unlink": {1: BLOCKED, 2: DUE, 3: DUE},
            "keep": {1: BLOCKED, 2: DUE, 3: DUE},
        },
    ),
    Case(
        "6 to unlink a row changes its foreign key, which a law on that column forbids",
        FAMILY_ROWS | {"entries": [{"id": 1, "ticket_id": 1, "closed": NEW}, {"id": 2, "ticket_id": 2, "closed": OLD}]},
        (rule("unlink", with_={"entries": UNLINK}), rule("act", on="entries", law="act", protects=("ticket_id",))),
        {"unlink": {1: BLOCKED, 2: DUE, 3: DUE}},
    ),
    Case(
        "6 a redact rule looks at the paths that it names only",
        FAMILY_ROWS,
        (
            rule("alone", then=REDACT, columns=(("name", SetConstant("x")),)),
            rule("with", then=REDACT, columns=(("name", SetConstant("x")),), with_=WITH_ENTRIES),
        ),
        {"alone": {1: DUE, 2: DUE, 3: DUE}, "with": {1: BLOCKED, 2: DUE, 3: DUE}},
        holds=(OnRecord(name("entries"), ("1",)),),
    ),
    Case(
        "6 a row that already goes by another path blocks nothing (diamond); one that does not go does",
        {
            "customers": [{"id": 1, "closed": OLD}, {"id": 2, "closed": OLD}],
            "rentals": [{"id": 1, "customer_id": 1}],
            "payments": [{"id": 1, "rental_id": 1, "customer_id": 1}, {"id": 2, "rental_id": None, "customer_id": 2}],
        },
        (rule(on="customers", with_={"rentals": DELETE, "rentals.payments": DELETE}),),
        {"rule": {1: DUE, 2: BLOCKED}},
        tables=(
            table("customers"),
            table("rentals", links={"customer_id": "customers"}),
            table("payments", links={"rental_id": "rentals", "customer_id": "customers"}),
        ),
        entries=(),
    ),
    Case(
        "6 … nor does one that goes with another record only",
        {
            "customers": [{"id": 1, "closed": OLD}, {"id": 2, "closed": OLD}, {"id": 3, "closed": OLD}],
            "rentals": [{"id": 1, "customer_id": 1}, {"id": 2, "customer_id": 2}],
            "payments": [
                {"id": 1, "rental_id": 1, "customer_id": 1},
                {"id": 2, "rental_id": 2, "customer_id": 3},  # goes with 2, and so leaves 3
            ],
        },
        (rule(on="customers", with_={"rentals": DELETE, "rentals.payments": DELETE}),),
        {"rule": {1: DUE, 2: DUE, 3: BLOCKED}},
        tables=(
            table("customers"),
            table("rentals", links={"customer_id": "customers"}),
            table("payments", links={"rental_id": "rentals", "customer_id": "customers"}),
        ),
        entries=(),
    ),
    Case(
        "6 blocked by a row beside it that `with` names, and a law keeps",
        {
            "files": [{"id": 1, "closed": NEW}, {"id": 2, "closed": OLD}],
            "notes": [{"id": 1, "file_id": 1, "closed": OLD}, {"id": 2, "file_id": 2, "closed": OLD}],
        },
        (
            rule(on="notes", with_={"file": RowFate.DELETE_IF_UNSHARED}),
            rule("files", on="files", law="act", then=REPORT),
        ),
        {"rule": {1: BLOCKED, 2: DUE}},
        tables=(table("files"), table("notes", links={"file_id": "files"})),
        entries=(),
    ),
    Case(
        "6 blocked by each kind of protection alone: a hold, a law, a law from above, an agreement",
        {
            "tickets": [{"id": n, "closed": OLD} for n in (1, 2, 3, 4, 5)],
            "entries": [
                {"id": 1, "ticket_id": 1, "closed": OLD, "state": "held"},
                {"id": 2, "ticket_id": 2, "closed": NEW, "state": "law"},
                {"id": 3, "ticket_id": 3, "closed": OLD, "state": "agreed", "until": FUTURE},
                {"id": 4, "ticket_id": 4, "closed": OLD, "state": "free"},
                {"id": 5, "ticket_id": 5, "closed": NEW, "state": "kept by its own rule"},
            ],
        },
        (
            rule(with_=WITH_ENTRIES),
            rule("law", on="entries", law="act", where=state_is("law")),
            rule("agreed", on="entries", keep=DAY, where=state_is("agreed"), agreed_until=("until",)),
            rule("own", on="entries", where=state_is("kept by its own rule")),
        ),
        {"rule": {1: BLOCKED, 2: BLOCKED, 3: BLOCKED, 4: DUE, 5: DUE}},
        holds=(OnRecords(name("entries"), state_is("held"), ""),),
    ),
    Case(
        "6 a redact rule leaves no row behind either below those that it deletes; a review and a report take nothing",
        FAMILY_ROWS,
        (
            rule(
                "redact", on="clients", then=REDACT, columns=(("state", SetConstant("x")),), with_={"tickets": DELETE}
            ),
            rule("review", then=REVIEW),
            rule("report", then=REPORT),
        ),
        {
            "redact": {1: BLOCKED, 2: BLOCKED},
            "review": {1: DUE, 2: DUE, 3: DUE},
            "report": {1: DUE, 2: DUE, 3: DUE},
        },
    ),
    Case(
        "6 a named link forward blocks where its row is held",
        {
            "files": [{"id": 1}, {"id": 2}],
            "notes": [{"id": 1, "file_id": 1, "closed": OLD}, {"id": 2, "file_id": 2, "closed": OLD}],
        },
        (rule(on="notes", with_={"file": RowFate.DELETE_IF_UNSHARED}), rule("no line", on="notes")),
        {"rule": {1: DUE, 2: HELD}, "no line": {1: DUE, 2: HELD}},
        holds=(OnRecord(name("files"), ("2",)),),  # which reaches the note as well: it lies below its file
        tables=(table("files"), table("notes", links={"file_id": "files"})),
        entries=(),
    ),
    Case(
        "6 a row below is held by way of another record, where its link may lead to several",
        {
            "states": [
                {"id": 1, "level": 1, "closed": OLD},
                {"id": 2, "level": 2, "closed": OLD},
                {"id": 3, "level": 2, "closed": OLD},
            ],
            "notes": [{"id": 1, "level": 1, "closed": OLD}, {"id": 2, "level": 2, "closed": OLD}],
        },
        (rule(on="states", with_={"notes": KEEP}), rule("notes", on="notes")),
        {"rule": {1: DUE, 2: BLOCKED, 3: HELD}, "notes": {1: DUE, 2: HELD}},
        holds=(OnRecord(name("states"), ("3",)),),
        tables=(table("states", "level"), table("notes", "level")),
        entries=(TableEntry(name("notes"), links=(LinkDeclaration("state", "states", ("level",), ("level",)),)),),
    ),
    Case(
        "6 … or by another link of its own, or by way of a row between",
        FAMILY_ROWS
        | {
            "entries": [
                {"id": 1, "ticket_id": 1, "author_id": 9, "closed": OLD},
                {"id": 2, "ticket_id": 2, "author_id": 1, "closed": OLD},
                {"id": 3, "ticket_id": 3, "author_id": None, "closed": OLD},
            ],
            "authors": [{"id": 9}, {"id": 1}],
        },
        (
            rule("tickets", with_=WITH_ENTRIES),
            rule("clients", on="clients", then=REDACT, columns=(("state", SetConstant("x")),), with_=BELOW_TICKETS),
        ),
        {"tickets": {1: BLOCKED, 2: HELD, 3: DUE}, "clients": {1: BLOCKED, 2: BLOCKED}},
        holds=(OnRecord(name("authors"), ("9",)), OnRecord(name("tickets"), ("2",))),
        tables=(
            *FAMILY[:2],
            table("entries", links={"ticket_id": "tickets", "author_id": "authors"}),
            table("authors"),
        ),
        entries=(),
    ),
    Case(
        "6 a comment tree: a row that goes may point at itself; answers two levels down are not named",
        {
            "comments": [
                {"id": 1, "parent_id": 1, "closed": OLD},
                {"id": 2, "parent_id": None, "closed": OLD},
                {"id": 3, "parent_id": 2, "closed": NEW},
                {"id": 4, "parent_id": None, "closed": OLD},
                {"id": 5, "parent_id": 4, "closed": OLD},
                {"id": 6, "parent_id": 5, "closed": OLD},
            ]
        },
        (rule(on="comments", with_={"comments": DELETE}), rule("alone", on="comments")),
        {
            "rule": {1: DUE, 2: DUE, 3: KEPT, 4: BLOCKED, 5: DUE, 6: DUE},
            "alone": {1: DUE, 2: BLOCKED, 3: KEPT, 4: BLOCKED, 5: BLOCKED, 6: DUE},
        },
        tables=(table("comments", links={"parent_id": "comments"}),),
        entries=(),
    ),
    Case(
        "§3 links: `nobody`, `when`; a row that only perhaps is below is held, and blocks, but does not count as named",
        {
            "tickets": [{"id": n, "closed": OLD} for n in (0, 1, 2, 3)],
            "threads": [
                {"id": 1, "object_id": 0, "kind": "T"},  # nobody
                {"id": 2, "object_id": 1, "kind": "T"},
                {"id": 3, "object_id": 2, "kind": "t"},  # a near miss
                {"id": 4, "object_id": 3, "kind": "A"},  # another table's
            ],
        },
        (
            rule(with_={"threads": DELETE}),
            rule("threads", on="threads", keep=None, where=Is(("id",), Presence.PRESENT)),
        ),
        {
            "rule": {0: DUE, 1: DUE, 2: BLOCKED, 3: DUE},
            "threads": {1: DUE, 2: DUE, 3: DUE, 4: DUE},
        },
        tables=(table("tickets"), table("threads", "kind", "object_id")),
        entries=POLYMORPHIC,
    ),
    Case(
        "§3 links: `where` tests the row reached; a near miss is perhaps one",
        {
            "tickets": [{"id": 1, "state": "live"}, {"id": 2, "state": "Live "}, {"id": 3, "state": "gone"}],
            "notes": [{"id": n, "ticket_id": n, "closed": OLD} for n in (1, 2, 3)],
        },
        (rule("notes", on="notes"),),
        {"notes": {1: HELD, 2: HELD, 3: DUE}},
        holds=(OnTable(name("tickets")),),
        tables=(table("tickets"), table("notes", "ticket_id")),
        entries=(
            TableEntry(
                name("notes"),
                links=(LinkDeclaration("ticket", "tickets", ("ticket_id",), where=state_is("live")),),
            ),
        ),
    ),
    Case(
        "§3 a clock over a link, and the newest of several rows: undecidable where there is none or one is unreadable",
        {
            "clients": [{"id": 1, "closed": OLD}, {"id": 2, "closed": OLD}, {"id": 3}, {"id": 4}],
            "tickets": [
                {"id": 1, "client_id": 1, "closed": OLD},
                {"id": 2, "client_id": 1, "closed": NEW},
                {"id": 3, "client_id": 2, "closed": OLD},
                {"id": 4, "client_id": 3, "closed": OLD},
                {"id": 5, "client_id": 3, "closed": None},
                {"id": 6, "closed": OLD},
            ],
        },
        (
            rule("silent", on="clients", then=REPORT, after=After((("tickets", "closed"),), newest=True)),
            rule("linked", after=("client", "closed"), then=REPORT),
        ),
        {
            "silent": {1: KEPT, 2: DUE, 3: UNDECIDABLE, 4: UNDECIDABLE},
            "linked": {1: DUE, 2: DUE, 3: DUE, 4: UNDECIDABLE, 5: UNDECIDABLE, 6: UNDECIDABLE},
        },
    ),
    Case(
        "§3 the newest of several clocks: due when the last has run out, undecidable where one says nothing",
        tickets(closed=[OLD, OLD, NEW, OLD, None], until=[OLD, NEW, OLD, None, NEW]),
        (rule(then=REPORT, after=After((("closed",), ("until",)), newest=True)),),
        {"rule": {1: DUE, 2: KEPT, 3: KEPT, 4: UNDECIDABLE, 5: UNDECIDABLE}},
    ),
    Case(
        "§4 holds over-match text keys; foreign keys are read as the engine reads them: to the letter",
        {
            "states": [{"code": "a", "closed": OLD}, {"code": "A ", "closed": OLD}, {"code": "b", "closed": OLD}],
            "notes": [{"id": 1, "code": "B", "closed": OLD}, {"id": 2, "code": "a", "closed": OLD}],
        },
        (rule(on="states"), rule("notes", on="notes")),
        {"rule": {"a": HELD, "A ": HELD, "b": DUE}, "notes": {1: DUE, 2: HELD}},
        holds=(OnRecord(name("states"), (" A",)),),
        tables=(table("states", "code", key=("code",)), table("notes", "code")),
        entries=CODES,
        engines=("sqlite", "postgresql"),
    ),
    Case(
        "§4 … and in MariaDB without regard to case and trailing spaces, yet a near miss is not named",
        {"states": [{"code": "b", "closed": OLD}], "notes": [{"id": 1, "code": "B ", "closed": OLD}]},
        (rule(on="states", with_={"notes": DELETE}),),
        {"rule": {"b": BLOCKED}},
        tables=(table("states", "code", key=("code",)), table("notes", "code")),
        entries=CODES,
        engines=("mariadb",),
    ),
]
