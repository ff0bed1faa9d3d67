"""Tables without a key, declared `key: none`: rows go by the whole condition, and a hold that reaches any holds all."""

from __future__ import annotations

import hashlib
import signal
import threading
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from apply.company import AS_OF, Company
from apply.test_batches import REFUSING, statements, trigger, unchanged
from apply.watch import watching
from calling import Answer
from wesretain.apply import Order, apply
from wesretain.apply.batch import Vetoed, dispose_whole
from wesretain.apply.pace import Pace
from wesretain.errors import BatchRefused, Refused
from wesretain.holds import fence
from wesretain.model.hold import OnDatabase, OnRecord, OnRecords, OnSubject, OnTable, Scope
from wesretain.model.ledger import Kind
from wesretain.model.rule import TableName
from wesretain.policy.load import parse_condition
from wesretain.scan import scan
from wesretain.survey import Request

OLD, NEW = datetime(2020, 5, 5, 5, 5, 5), datetime(2026, 6, 30, 5, 5, 5)  # noqa: DTZ001
ON_SERVERS = pytest.mark.parametrize("engine_url", ["postgresql", "mariadb"], indirect=True)
#: Visits have no key, hang on clients, and many are alike in all columns; tags have none either, and hang on nothing.
TABLES = """
CREATE TABLE clients (id INTEGER PRIMARY KEY, name VARCHAR(60), closed TIME);
CREATE TABLE visits (client_id INTEGER, ip VARCHAR(60), page VARCHAR(60), at TIME);
CREATE TABLE tags (word VARCHAR(60), at TIME);
CREATE INDEX visits_client ON visits (client_id)
"""
INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      clients: {category: personal, subjects: self}
      visits:
        {category: personal, subjects: client, key: none, links: {client: {to: clients, by: client_id, nobody: [0]}}}
      tags: {category: personal, subjects: none, key: none}
"""
DELETING = """
  visits: {table: shop.visits, where: {page: [home, cart]}, keep: 90 days, after: at, then: delete}
"""
REDACTING = """
  visits:
    table: shop.visits
    keep: 90 days
    after: at
    then: redact
    columns: {ip: "", page: null}
"""
#: What DELETING lets go, written by hand.
DUE = {
    "sqlite": "page IN ('home', 'cart') AND at <= '2026-04-02'",
    "postgresql": "page IN ('home', 'cart') AND at <= '2026-04-02'",
    "mariadb": "BINARY page IN ('home', 'cart') AND at <= '2026-04-02'",
}
#: Client 1 has 3 visits thrice the same, 2 has old ones of another page, 3 only a new one; 4 has none.
VISITS = [
    *[(1, "192.0.2.1", "home", OLD)] * 3,
    (1, "192.0.2.1", "home", NEW),
    *[(2, "192.0.2.2", "cart", OLD)] * 2,
    (2, "192.0.2.2", "Cart", OLD),
    (2, "192.0.2.2", None, OLD),
    (2, None, "home", None),
    (3, "192.0.2.3", "home", NEW),
    (0, "192.0.2.9", "home", OLD),
]
ROWS = {"clients": [(n, f"client {n}", OLD if n == 2 else NEW) for n in range(1, 5)], "visits": VISITS}


def build(shop: Company, rules: str = DELETING, inventory: str = INVENTORY, ddl: str = TABLES) -> Company:
    shop.rules, shop.inventory = rules, inventory
    return shop.build(ROWS | {"tags": [("a", OLD), ("a", OLD), ("b", NEW)]}, ddl)


def visits(shop: Company, where: str = "1 = 1") -> Counter[tuple[Any, ...]]:
    return Counter(shop.query(f"SELECT * FROM visits WHERE {where}"))


def stay(shop: Company) -> Counter[tuple[Any, ...]]:
    """What has to be left by DELETING, as SQL written by hand says."""
    return visits(shop) - visits(shop, DUE[shop.dialect])


def dry(shop: Company) -> Answer:
    return shop.call("apply", "--dry-run", "--format", "json", "--as-of", AS_OF.isoformat())


def place(shop: Company, scope: Scope) -> None:
    with shop.ledger() as ledger:
        ledger.place_hold("Case 4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",))


def check(shop: Company) -> None:
    with shop.ledger() as ledger:
        shop.check_evidence(ledger)


def test_rows_go_by_the_whole_condition_and_duplicates_with_them(shop: Company) -> None:
    build(shop)
    before, left = visits(shop), stay(shop)
    plan = dry(shop)
    assert (plan.code, plan.err, visits(shop)) == (0, "", before)
    tally = plan.rules["visits"]["tally"]
    assert (tally["uncovered"], tally["undecidable"], tally["kept"], tally["due"]) == (1, 2, 2, 6)
    assert sum(tally[word] for word in STANDINGS) == len(VISITS) == before.total()
    assert plan.rules["visits"]["acts"] == before.total() - left.total() == 6
    answer = shop.apply()
    assert (answer.code, answer.err) == (0, "")
    assert visits(shop) == left
    rule = answer.rules["visits"]
    assert (rule["planned"], rule["done"], rule["left"], rule["rows"]) == (6, 6, 0, {"delete visits": 6})
    check(shop)
    ((_, records, _, digest),) = shop.evidence()
    assert (records, digest) == (6, hashlib.sha256(b"").hexdigest())
    again = shop.apply()
    assert (again.code, again.rules["visits"]["planned"], visits(shop)) == (0, 0, left)


STANDINGS = ("uncovered", "held", "undecidable", "law", "agreed", "kept", "blocked", "due")


def named(table: str) -> TableName:
    return TableName("shop", None, table)


HOLDS: dict[str, Scope] = {
    "record above": OnRecord(named("clients"), ("2",)),
    "record above that has no rows": OnRecord(named("clients"), ("4",)),  # rather too much than too little
    "person": OnSubject(named("clients"), ("3",)),
    "some of it": OnRecords(named("visits"), parse_condition("{page: home}"), "{page: home}"),
    "a record of it": OnRecord(named("visits"), ("7",)),
    "the table": OnTable(named("visits")),
    "the database": OnDatabase("shop"),
}


@pytest.mark.parametrize("scope", HOLDS.values(), ids=HOLDS)
def test_a_hold_that_can_reach_the_table_holds_all_of_it(shop: Company, scope: Scope) -> None:
    build(shop)
    before = visits(shop)
    place(shop, scope)
    tally = dry(shop).rules["visits"]["tally"]
    assert (tally["uncovered"], tally["held"]) == (1, 10)
    answer = shop.apply()
    assert (answer.code, answer.rules["visits"]["planned"], visits(shop)) == (0, 0, before)


@pytest.mark.parametrize("scope", [OnTable(named("tags")), OnDatabase("other")], ids=["beside", "elsewhere"])
def test_a_hold_that_cannot_reach_the_table_holds_none_of_it(shop: Company, scope: Scope) -> None:
    build(shop)
    left = stay(shop)
    place(shop, scope)
    assert (shop.apply().code, visits(shop)) == (0, left)


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
def test_progress_is_told_once_all_has_gone(shop: Company) -> None:
    build(shop)
    told = list[tuple[str, int, int]]()
    with shop.ledger() as ledger:
        request = Request(shop.intent, (), AS_OF, pinned=True)
        pace, now = Pace(pauses=False), partial(datetime.now, UTC)
        order = Order(
            request, ledger, "ann", "here", True, pace, shop.halt, now, unchanged, lambda *each: told.append(each)
        )
        (outcome,) = apply(order, scan(request)).databases
    assert outcome.rules[0].done == 6
    assert told == [("visits", 6, 6)]


def test_a_hold_placed_after_the_plan_is_heeded(shop: Company) -> None:
    """It comes when the run has built its statements, just before its only batch begins."""
    build(shop)
    before, placed = visits(shop), list[int]()
    with shop.ledger() as ledger:

        def now() -> datetime:
            """The ledger asks for the time of each entry: that of the intent is the one after the run's start."""
            if not placed and any(True for _ in ledger.entries(kinds=(Kind.RUN_STARTED,))):
                scope = OnRecord(named("clients"), ("1",))
                placed.append(ledger.place_hold("4711", "a lawsuit", scope, datetime.now(UTC), databases=("shop",)))
                (told,) = fence(shop.intent.config, ledger, ("shop",))
                assert (told.needed, told.failure) == (True, None)
            return datetime.now(UTC)

        request = Request(shop.intent, (), AS_OF, pinned=True)
        order = Order(
            request, ledger, "ann", "here", False, Pace(pauses=False), shop.halt, now, unchanged, lambda *_: None
        )
        (outcome,) = apply(order, scan(request)).databases
    assert placed
    assert (outcome.failure, outcome.rules[0].planned, outcome.rules[0].done) == (None, 6, 0)
    assert visits(shop) == before
    check(shop)


WITH = """
  clients: {table: shop.clients, keep: 3 years, after: closed, then: delete, with: {visits: delete}}
"""


@pytest.mark.parametrize(
    ("scope", "gone"),
    [
        (None, True),
        (OnRecord(named("clients"), ("1",)), True),
        (OnSubject(named("clients"), ("1",)), True),
        (OnRecords(named("visits"), parse_condition("{client_id: 1}"), "{client_id: 1}"), True),
        (OnRecord(named("clients"), ("2",)), False),
        (OnSubject(named("clients"), ("2",)), False),
        (OnRecords(named("visits"), parse_condition("{page: CART}"), "{page: CART}"), False),
        (OnRecord(named("visits"), ("7",)), False),  # nobody can say which it is
        (OnTable(named("visits")), False),
    ],
)
def test_below_a_record_with_a_key_only_its_own_holds_count(shop: Company, scope: Scope | None, gone: bool) -> None:
    build(shop, DELETING.replace("delete", "report") + WITH)
    before, theirs = visits(shop), visits(shop, "client_id = 2")
    if scope:
        place(shop, scope)
    answer = shop.apply()
    assert (answer.code, answer.rules["clients"]["done"]) == (0, int(gone))
    assert visits(shop) == (before - theirs if gone else before)
    assert shop.keys("clients") == ({1, 3, 4} if gone else {1, 2, 3, 4})
    check(shop)


def test_redaction_by_constants(shop: Company) -> None:
    build(shop, REDACTING)
    before = visits(shop)
    due = visits(shop, "at <= '2026-04-02'")
    assert dry(shop).rules["visits"]["acts"] == due.total() == 8
    answer = shop.apply()
    assert (answer.code, answer.err, answer.rules["visits"]["rows"]) == (0, "", {"redact visits": 8})
    assert visits(shop) == before - due + Counter((row[0], "", None, row[3]) for row in due.elements())
    check(shop)
    assert shop.apply().rules["visits"]["planned"] == 0


def test_removal_comes_before_redaction(shop: Company) -> None:
    """Both rules are on one table; the rows that one lets go the other leaves alone."""
    build(shop, DELETING + REDACTING.replace("visits:\n", "hide:\n", 1))
    left = stay(shop)
    answer = shop.apply()
    assert (answer.code, answer.err) == (0, "")
    assert {name: rule["done"] for name, rule in answer.rules.items()} == {"visits": 6, "hide": 2}
    hidden = Counter((row[0], "", None, row[3]) if old(row[3]) else row for row in left.elements())
    assert visits(shop) == hidden
    check(shop)


def old(at: Any) -> bool:
    return at is not None and str(at) < "2026"


@pytest.mark.parametrize(
    ("limits", "code", "says"),
    [
        ("{rows per rule: 6, share per rule: none}", 0, ""),
        ("{rows per rule: 5, share per rule: none}", 4, "at most 5 may go in a run"),
        ("{rows per rule: none, share per rule: 50%}", 4, "at most 50 % may go in a run"),
        ("{rows per rule: none, share per rule: none, rows per run: 5}", 4, "at most 5 rows may go in a run"),
        ("{rows per rule: 0, share per rule: none}", 4, "at most 0 may go in a run"),
    ],
)
def test_limits_hold(shop: Company, limits: str, code: int, says: str) -> None:
    shop.limits = f"limits: {limits}\n"
    build(shop)
    before, left = visits(shop), stay(shop)
    answer = shop.apply()
    assert (answer.code, visits(shop)) == (code, before if code else left)
    assert says in (answer.rules["visits"]["stopped"] or "")


def test_a_table_is_emptied_only_where_the_rule_says_so(shop: Company) -> None:
    build(shop)
    with shop.connect() as connection:
        connection.exec_driver_sql("DELETE FROM visits WHERE client_id <> 1 OR at > '2026-01-01'")
    answer = shop.apply()
    assert (answer.code, visits(shop).total()) == (4, 3)
    assert "empties the table" in answer.rules["visits"]["stopped"]


def test_where_more_are_due_than_were_planned_nothing_goes(shop: Company) -> None:
    build(shop)
    before = visits(shop)
    with statements(shop, "visits") as (writer, found):
        with (
            pytest.raises(Refused, match="6 records of visits are due by now and 5 were planned"),
            writer.batch(),
        ):
            dispose_whole(writer, found, 5, unchanged)
        assert visits(shop) == before
        with writer.batch():
            assert dispose_whole(writer, found, 7, unchanged).records == 6


def test_what_does_not_change_as_it_was_found_undoes_the_batch(shop: Company) -> None:
    """A trigger brings in a row that is due while the others go, or lets one stay without a word."""
    build(shop)
    before = visits(shop)
    match shop.dialect:
        case "sqlite":
            trigger(shop, "visits", "SELECT RAISE(IGNORE) WHERE OLD.client_id = 2")
        case "postgresql":
            trigger(shop, "visits", "IF OLD.client_id = 2 THEN RETURN NULL; END IF")
        case _:
            return  # it has no such triggers
    with statements(shop, "visits") as (writer, found), pytest.raises(Vetoed), writer.batch():
        dispose_whole(writer, found, 6, unchanged)
    answer = shop.apply()
    assert (answer.code, answer.rules["visits"]["done"], visits(shop)) == (5, 0, before)
    assert "did not change as they should" in answer.rules["visits"]["stopped"]
    check(shop)


def test_a_batch_that_is_refused_is_tried_three_times_and_given_up(shop: Company) -> None:
    """It cannot be halved, for nothing names a part of it."""
    build(shop)
    before = visits(shop)
    trigger(shop, "visits", REFUSING[shop.dialect].format("OLD.client_id = 2"))
    answer = shop.apply()
    assert (answer.code, answer.rules["visits"]["done"], visits(shop)) == (5, 0, before)
    with shop.ledger() as ledger:
        assert [entry.body["records"] for entry in ledger.entries(kinds=(Kind.BATCH_INTENDED,))] == [6, 6, 6]
    check(shop)


@ON_SERVERS
def test_what_changes_while_the_batch_is_under_way_undoes_it(shop: Company) -> None:
    """Another session has locked a row that is due, and lets it go changed when the batch waits for it."""
    build(shop)
    before = visits(shop)
    with shop.connect() as connection, statements(shop, "visits") as (writer, found):
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("UPDATE visits SET page = 'other' WHERE client_id = 0")
        timer = threading.Timer(1.0, connection.exec_driver_sql, ("COMMIT",))
        timer.start()
        with pytest.raises(BatchRefused), writer.batch():
            dispose_whole(writer, found, 6, unchanged)
        timer.join()
    changed = {(0, "192.0.2.9", "home"), (0, "192.0.2.9", "other")}
    assert {row[:3] for row in (before - visits(shop)) + (visits(shop) - before)} == changed


MARKS = """
CREATE TABLE marks (id INTEGER PRIMARY KEY, client INTEGER)
"""


@pytest.mark.parametrize(("with_", "gone"), [("", 3), (", with: {marks: keep}", 6)])
def test_rows_that_point_at_records_without_a_key_block_or_stay(shop: Company, with_: str, gone: int) -> None:
    link = "links: {visit: {to: visits, on: {client: client_id}}}"
    inventory = INVENTORY + f"      marks: {{category: personal, subjects: none, {link}}}\n"
    build(shop, DELETING.replace("then: delete", f"then: delete{with_}"), inventory, f"{TABLES};{MARKS}")
    shop.insert("marks", [(1, 1), (2, 5)])
    answer = shop.apply()
    assert (answer.code, answer.rules["visits"]["done"], shop.keys("marks")) == (0, gone, {1, 2})
    assert answer.rules["visits"]["rows"] == {"delete visits": gone}
    assert visits(shop, "client_id = 1").total() == (4 if gone == 3 else 1)


def test_a_trigger_on_what_the_condition_reads(shop: Company) -> None:
    """MariaDB allows no such trigger, and a part of the condition alone would take too much: then nothing goes."""
    build(shop, DELETING.replace("{page: [home, cart]}", '{page: [home, cart], client.name: "client 1"}'))
    before = visits(shop)
    trigger(shop, "visits", "UPDATE clients SET closed = NULL WHERE id = OLD.client_id", "AFTER DELETE")
    answer = shop.apply()
    if shop.dialect == "mariadb":
        assert (answer.code, answer.rules["visits"]["done"], visits(shop)) == (5, 0, before)
        assert "look at its triggers" in answer.rules["visits"]["stopped"]
    else:
        gone = {row: count for row, count in before.items() if row[0] == 1 and old(row[3])}
        assert (answer.code, visits(shop)) == (0, before - Counter(gone))
    check(shop)


def test_a_run_that_is_killed_is_healed_by_the_next(shop: Company) -> None:
    """Killed once the intent is written: the batch was carried out or not, and the evidence knows."""
    build(shop)
    left = stay(shop)
    with watching(shop) as watch:
        last, _ = watch.last()
        process = shop.start("--full-speed")
        watch.wait(process, last, Kind.BATCH_INTENDED)
        process.kill()
        assert process.wait() in (0, -signal.SIGKILL)
    answer = shop.apply()
    assert (answer.code, answer.err, visits(shop)) == (0, "", left)
    assert sum(records for _, records, _, _ in shop.evidence()) == 6
    check(shop)


# -- what cannot be done without a key --------------------------------------------------------------------------------

REFUSED = {
    "not declared": (
        DELETING,
        ", key: none, links",
        ", links",
        "visits is without a key: no primary key and no unique index is free of NULL; declare `key: none`",
    ),
    "with": (
        DELETING.replace("then: delete", "then: delete, with: {client: delete if unshared}"),
        "",
        "",
        "visits has no key, and nothing ties the rows of `client` to the record that goes; give the table a key",
    ),
    "hold": (DELETING.replace("delete", "hold"), "", "", "no review can name its records; let the rule delete"),
    "hash": (REDACTING.replace('ip: ""', "ip: {hash: pepper}"), "", "", "`ip` cannot be computed record by record"),
    "mask": (REDACTING.replace('ip: ""', "ip: {mask: ip}"), "", "", "`ip` cannot be computed record by record"),
    "scrub": (
        REDACTING.replace('ip: ""', "ip: {scrub: ip_address}"),
        "",
        "",
        "`ip` cannot be computed record by record",
    ),
}


@pytest.mark.parametrize(("rules", "old", "new", "says"), REFUSED.values(), ids=REFUSED)
def test_what_apply_refuses_is_said_before(shop: Company, rules: str, old: str, new: str, says: str) -> None:
    shop.limits += "keys: {pepper: {env: PEPPER}}\n"
    build(shop, rules, INVENTORY.replace(old, new) if old else INVENTORY)
    before, environment = visits(shop), {"PEPPER": "a secret key"}
    arguments = ("--format", "json", "--as-of", AS_OF.isoformat())
    plan = shop.call("apply", "--dry-run", *arguments, environment=environment)
    assert sum(plan.rules["visits"]["tally"][word] for word in STANDINGS) == len(VISITS)
    found = plan.json["databases"][0]["findings"]
    assert [says in f"{each['message']}; {each['mend']}" for each in found] == [True]
    answer = shop.call("apply", "--yes", *arguments, environment=environment)
    assert (answer.code, visits(shop)) == (5, before)
    assert says in answer.rules["visits"]["stopped"]


def test_a_table_that_has_a_key_goes_by_it_whatever_is_declared(shop: Company) -> None:
    ddl = TABLES.replace("visits (client_id INTEGER", "visits (id INTEGER PRIMARY KEY, client_id INTEGER")
    shop.rules, shop.inventory = DELETING, INVENTORY
    shop.build({"clients": ROWS["clients"], "visits": [(n, *row) for n, row in enumerate(VISITS)]}, ddl)
    place(shop, OnRecord(named("visits"), ("1",)))
    answer = shop.apply()
    assert (answer.code, answer.rules["visits"]["done"]) == (0, 5)
    assert shop.keys("visits") == {1, 3, 6, 7, 8, 9}
    ((_, records, _, digest),) = shop.evidence()
    assert records == 5
    assert digest != hashlib.sha256(b"").hexdigest()


def test_what_cannot_name_records_says_so_in_one_line(shop: Company) -> None:
    build(shop, DELETING + DELETING.replace("visits:", "look:").replace("delete", "hold"))
    for arguments, says in (
        (("explain", "shop.visits", "1"), "visits has no key, so none of its records can be named"),
        (("records", "visits"), "the records of visits have no key by which they can be named"),
        (("review", "list", "look"), "visits has no key, so no review can name its records"),
        (("review", "approve", "look", "1", "--reason", "x"), "visits has no key, so no review can name its records"),
        (("review", "approve", "look", "--all", "--yes", "--reason", "x"), "visits has no key, so no review can name"),
    ):
        answer = shop.call(*arguments)
        assert (answer.code, answer.out) == (3, ""), arguments
        assert says in answer.err
        assert answer.err.count("\n") == 1
    assert shop.call("review", "list").code == 0
    held = shop.call("hold", "add", "--matter", "x", "--reason", "x", "--subject", "shop.clients", "3")
    assert (held.code, "11" in held.out) == (0, True)
    assert "visits has no key to tell its records by, so all of them are held" in held.err


# -- circles ----------------------------------------------------------------------------------------------------------

RING = """
CREATE TABLE teams (id INTEGER PRIMARY KEY, member VARCHAR(60), closed TIME);
CREATE TABLE members (name VARCHAR(60), team_id INTEGER, closed TIME)
"""
RING_INVENTORY = """
databases:
  shop:
    zone: UTC
    tables:
      teams: {category: personal, subjects: none, links: {leader: {to: members, on: {member: name}}}}
      members: {category: personal, subjects: none, key: none, links: {team: {to: teams, by: team_id}}}
"""
RING_RULES = """
  teams: {table: shop.teams, keep: 1 year, after: closed, then: report}
  members: {table: shop.members, keep: 1 year, after: closed, then: report}
"""


def test_a_hold_goes_through_rows_without_names_where_links_run_in_a_circle(shop: Company) -> None:
    shop.rules, shop.inventory = RING_RULES, RING_INVENTORY
    shop.build({"teams": [(1, None, OLD), (2, "Ann", OLD)], "members": [("Ann", 1, OLD), ("Bob", 2, OLD)]}, RING)
    assert {name: rule["tally"]["due"] for name, rule in dry(shop).rules.items()} == {"teams": 2, "members": 2}
    place(shop, OnRecord(named("teams"), ("1",)))
    assert {name: rule["tally"]["held"] for name, rule in dry(shop).rules.items()} == {"teams": 2, "members": 2}
