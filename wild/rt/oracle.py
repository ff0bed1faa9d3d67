"""What each rule on Request Tracker must find and do, as SQL written by hand.

As of 2026-07-01T00:00Z, which is eight in the evening of 30 June in New York, whose calendar counts; in winter eight in
the evening is 01:00Z. SQLite compares most of these columns without regard to case, so COLLATE BINARY stands where a
rule lets go, and lower(trim()) where something is kept.
"""

from __future__ import annotations

from case import Case

#: What reads as a time in this data: `soon`, '', numbers, impossible days and anything before 1970-01-02 do not.
_UNREAD = (
    "(typeof({0}) <> 'text' OR {0} NOT GLOB '[0-9][0-9][0-9][0-9]-*' OR {0} < '1970-01-02' OR {0} LIKE '2024-02-30%')"
)


def _unread(clock: str) -> str:
    return _UNREAD.format(clock)


def _over(clock: str, cut_off: str) -> str:
    return f"(NOT {_unread(clock)} AND {clock} <= '{cut_off}')"


def _gone(columns: str, table: str, which: str) -> str:
    return f"CREATE TEMPORARY TABLE gone AS SELECT {columns} FROM {table} WHERE {which}"


def _is(column: str, *values: str) -> str:
    return f"({column} COLLATE BINARY) IN ({', '.join(repr(value) for value in values)})"


def _nearly(column: str, value: str) -> str:
    """It is that text, or one that differs by case and spaces around it."""
    return f"lower(trim({column})) = '{value.lower()}'"


def _held_tickets(person: int, *ids: int) -> str:
    """Those that the person wrote or owns, and those that were merged into one that is held."""
    named = f"Creator = {person} OR Owner = {person} OR id IN ({', '.join(map(str, ids)) or 0})"
    return (
        f"(WITH RECURSIVE held (id) AS (SELECT id FROM Tickets WHERE {named}"
        " UNION SELECT t.id FROM Tickets AS t JOIN held ON t.EffectiveId = held.id) SELECT id FROM held)"
    )


# -- RT-1 --------------------------------------------------------------------------------------------------------------
_CLOSED = f"{_is('Type', 'ticket')} AND {_is('Status', 'resolved', 'rejected')}"
_RT1 = (
    f"{_CLOSED} AND {_over('Resolved', '2024-07-01 00:00:00')}"
    # What was merged into it has no line in `with`; it itself points at itself, and goes.
    " AND id NOT IN (SELECT EffectiveId FROM Tickets WHERE EffectiveId <> id)"
    # Rows that only nearly belong to it: nobody can tell whether they should go along.
    " AND id NOT IN (SELECT ObjectId FROM Transactions"
    f" WHERE {_nearly('ObjectType', 'RT::Ticket')} AND NOT {_is('ObjectType', 'RT::Ticket')})"
    " AND id NOT IN (SELECT ObjectId FROM ObjectCustomFieldValues"
    f" WHERE {_nearly('ObjectType', 'RT::Ticket')} AND NOT {_is('ObjectType', 'RT::Ticket')})"
    # Another ticket's attachment answers one of this ticket's.
    " AND id NOT IN (SELECT t.ObjectId FROM Attachments AS a JOIN Transactions AS t ON t.id = a.TransactionId"
    f" AND {_is('t.ObjectType', 'RT::Ticket')} JOIN Attachments AS b ON b.Parent = a.id"
    " JOIN Transactions AS u ON u.id = b.TransactionId WHERE u.ObjectId <> t.ObjectId)"
)
_HT1 = _held_tickets(31, 50)
_RT1_HELD = f"id IN {_HT1}"
_RT1_BLOCKED = (
    "(id = (SELECT ObjectId FROM Transactions WHERE id = (SELECT TransactionId FROM Attachments WHERE id = 21))"
    f" OR id IN (SELECT LocalBase FROM Links WHERE LocalTarget IN {_HT1})"
    f" OR id IN (SELECT LocalTarget FROM Links WHERE LocalBase IN {_HT1})"
    # Transactions are held with the person who wrote them.
    f" OR id IN (SELECT ObjectId FROM Transactions WHERE {_is('ObjectType', 'RT::Ticket')} AND Creator = 31))"
)

# -- RT-2: a user that is there twice, or not at all, says nothing ---
_DISABLED = "Owner IN (SELECT id FROM Principals WHERE Disabled = 1)"
_UNKNOWN = "Owner NOT IN (SELECT id FROM Principals)"
_CHANGED = "(SELECT min(LastUpdated) FROM Users WHERE Users.id = Owner)"
_ONE = "(SELECT count(*) FROM Users WHERE Users.id = Owner) = 1"
_RT2 = f"{_DISABLED} AND {_ONE} AND {_over(_CHANGED, '2026-04-02 00:00:00')}"
_RT2_HELD = "(Owner = 46 OR AuthTokens.id = 35)"

# -- RT-3 --------------------------------------------------------------------------------------------------------------
_USERS = f"id IN (SELECT id FROM Principals WHERE Disabled = 1 AND {_is('PrincipalType', 'User')})"
_KNOWN = (
    "(COALESCE(Password COLLATE BINARY, '') <> '*NO-PASSWORD*' OR RealName IS NOT '' OR EmailAddress IS NOT NULL"
    " OR HomePhone IS NOT NULL OR Comments IS NOT NULL OR FreeformContactInfo IS NOT NULL"
    # What `with` takes or redacts below counts too.
    " OR EXISTS (SELECT 1 FROM AuthTokens WHERE Owner = Users.id)"
    f" OR EXISTS (SELECT 1 FROM Attributes WHERE ObjectId = Users.id AND {_is('ObjectType', 'RT::User')}"
    f" AND {_is('Attributes.Name', 'Preferences')} AND json_valid(Content)"
    " AND (json_extract(Content, '$.phone') IS NOT NULL OR json_extract(Content, '$.chat.handle') IS NOT NULL)))"
)
_RT3 = f"{_USERS} AND {_KNOWN} AND {_over('LastUpdated', '2025-07-01 00:00:00')}"
_RT3_HELD = "id = 22"
_RT3_BLOCKED = "id IN (34, 37)"

# -- RT-4: exactly one contract must say when it ends; one of nearly the same type may be a second one ---
_CONTRACTS = (
    "ObjectCustomFieldValues WHERE ObjectId = Assets.id AND CustomField = 12 AND Disabled = 0"
    f" AND {_nearly('ObjectType', 'RT::Asset')}"
)
_END = f"(SELECT trim(Content) FROM {_CONTRACTS} AND {_is('ObjectType', 'RT::Asset')})"
#: Turned round, a day of the year 9000 or later means never.
_TURNED = f"(substr({_END}, 7, 4) || substr({_END}, 4, 2) || substr({_END}, 1, 2))"
_SURE = (
    f"(SELECT count(*) FROM {_CONTRACTS}) = 1"
    f" AND (SELECT count(*) FROM {_CONTRACTS} AND {_is('ObjectType', 'RT::Asset')}) = 1"
)
_ENDS = (
    f"(COALESCE({_END}, '') GLOB '[0-9][0-9]-[0-9][0-9]-[0-9][0-9][0-9][0-9]'"
    f" AND {_END} NOT IN ('29-02-2025', '32-01-2024', '15-13-2024', '01-01-1970'))"
)
_RT4 = (
    f"{_is('Status', 'retired')} AND {_SURE} AND {_ENDS} AND {_TURNED} <= '20251230'"
    " AND id NOT IN (SELECT ObjectId FROM ObjectCustomFieldValues"
    f" WHERE {_nearly('ObjectType', 'RT::Asset')} AND NOT {_is('ObjectType', 'RT::Asset')})"
)
_RT4_HELD = "(Creator = 28 OR lower(Name) LIKE '%server-5%')"
_RT4_BLOCKED = (
    "id IN (SELECT ObjectId FROM ObjectCustomFieldValues WHERE ObjectType = 'RT::Asset' AND ObjectId IN (45, 61))"
)

# -- RT-5: these spellings lie before 2025-07-01T00:00Z to their end ---
_BEFORE = (
    "('2025-07-01T00:00:00Z', '2025-07-01 02:00:00+02:00', '2025-06-30', '2025-06-30 23:59',"
    " '2025-06-30T19:30:00-04:30', '2025-06-30 23:59:59.5', '2024-02-29 12:00:00', '2024-02-29T12:00:00Z')"
)
_AFTER = (
    "('2025-07-01T00:00:01Z', '2025-07-01T02:00:01+0200', '2025-07-01', '2025-07-01 00:00',"
    " '2025-06-30T19:30:01-04:30', '2025-07-01T00:00:00.000001Z', '9999-12-31')"
)
_RT5 = (
    f"Disabled = 1 AND LastUpdated IN {_BEFORE} AND id NOT IN (SELECT ObjectId FROM ObjectTopics"
    f" WHERE {_nearly('ObjectType', 'RT::Article')} AND NOT {_is('ObjectType', 'RT::Article')})"
)
_RT5_HELD = "Creator = 53"
# Whatever has a topic that is held stays: what points at the topic is held with it.
_RT5_BLOCKED = "id IN (SELECT ObjectId FROM ObjectTopics WHERE ObjectType = 'RT::Article' AND Topic = 32)"

# -- RT-6: whatever the case, but not with a space behind ---
_MAIL = "lower(Type) IN ('emailrecord', 'commentemailrecord')"
_RT6 = (
    f"{_MAIL} AND {_over('Created', '2025-07-01 00:00:00')}"
    " AND id NOT IN (SELECT a.TransactionId FROM Attachments AS a JOIN Attachments AS b ON b.Parent = a.id"
    " WHERE b.TransactionId <> a.TransactionId)"
)
_RT6_HELD = (
    f"(Creator = 34 OR ({_nearly('ObjectType', 'RT::User')} AND ObjectId = 34)"
    f" OR ({_nearly('ObjectType', 'RT::Ticket')} AND ObjectId IN {_held_tickets(34, 65)})"
    f" OR ({_nearly('ObjectType', 'RT::Asset')} AND ObjectId IN (SELECT id FROM Assets WHERE Creator = 34))"
    f" OR ({_nearly('ObjectType', 'RT::Article')} AND ObjectId IN (SELECT id FROM Articles WHERE Creator = 34)))"
)
_HELD_FILES = (
    "(WITH RECURSIVE held (id) AS (SELECT id FROM Attachments WHERE lower(Subject) LIKE '%legal%'"
    f" OR TransactionId IN (SELECT id FROM Transactions WHERE {_RT6_HELD})"
    " UNION SELECT b.id FROM Attachments AS b JOIN held ON b.Parent = held.id) SELECT id FROM held)"
)
_RT6_BLOCKED = f"id IN (SELECT TransactionId FROM Attachments WHERE id IN {_HELD_FILES})"

# -- RT-7: the clock is the ticket's; what belongs to no ticket, or only nearly to one, has none ---
_ACCOUNT = "CustomField = 3 AND Content <> ''"
_RESOLVED = f"(SELECT Resolved FROM Tickets WHERE Tickets.id = ObjectId AND {_is('ObjectType', 'RT::Ticket')})"
_RT7 = f"{_ACCOUNT} AND COALESCE({_over(_RESOLVED, '2024-12-31 01:00:00')}, 0)"
_RT7_HELD = f"({_nearly('ObjectType', 'RT::Ticket')} AND ObjectId IN {_held_tickets(35, 100)})"

# -- RT-8: months last to their end; what is no JSON, or names no plan, may be one of gold ---
_JSON = "(CASE WHEN json_valid(Content) THEN Content ELSE '{}' END)"
_PLAN, _SINCE = f"json_extract({_JSON}, '$.plan')", f"json_extract({_JSON}, '$.since')"
_GOLD = f"{_is('Name', 'Subscription')} AND {_PLAN} = 'gold'"
_MONTH = f"(typeof({_SINCE}) = 'text' AND trim({_SINCE}) IN ('2025-11', '2025-12', '9999-01', '2024-02', '2026-06'))"
_RT8 = f"{_GOLD} AND {_MONTH} AND trim({_SINCE}) <= '2025-11'"
_RT8_HELD = (
    f"(({_nearly('ObjectType', 'RT::User')} AND ObjectId = 36)"
    f" OR ({_nearly('ObjectType', 'RT::Ticket')} AND ObjectId IN {_held_tickets(36)}) OR id = 2)"
)

# -- RT-9: a hold on what is written reaches the answers to it, and the answers to these ---
_LEFT_OVER = (
    "((Subject COLLATE BINARY) IS NOT '(removed)'"
    " OR Filename IS NOT NULL OR Content IS NOT NULL OR Headers IS NOT NULL)"
)
_WRITTEN = "lower(Type) IN ('correspond', 'comment')"
_RT9 = (
    f"{_LEFT_OVER} AND TransactionId IN (SELECT id FROM Transactions WHERE {_is('ObjectType', 'RT::Ticket')}"
    f" AND {_WRITTEN} AND {_over('Created', '2025-07-01 00:00:00')})"
)
# Whether a transaction of no type is a comment is unknown, and a hold holds it.
_RT9_HELD = (
    "id IN (WITH RECURSIVE held (id) AS (SELECT id FROM Attachments WHERE id = 10031 OR TransactionId IN"
    f" (SELECT id FROM Transactions WHERE Type IS NULL OR {_nearly('Type', 'Comment')})"
    " UNION SELECT a.id FROM Attachments AS a JOIN held ON a.Parent = held.id) SELECT id FROM held)"
)

# -- RT-10: `below` is what `with` names below each membership: its rows, and those that came by way of these ---
_BELOW = (
    "below (member, id) AS (SELECT g.id, c.id FROM GroupMembers AS g JOIN CachedGroupMembers AS c"
    " ON c.ImmediateParentId = g.GroupId AND c.MemberId = g.MemberId"
    " UNION SELECT g.id, d.id FROM GroupMembers AS g JOIN CachedGroupMembers AS c"
    " ON c.ImmediateParentId = g.GroupId AND c.MemberId = g.MemberId JOIN CachedGroupMembers AS d ON d.Via = c.id)"
)
_OFF = "(SELECT id FROM Principals WHERE Disabled = 1)"
_COVERED = f"COALESCE(MemberId IN {_OFF}, 0) + COALESCE(GroupId IN {_OFF}, 0) > 0"
_MAYBE = (
    f"NOT ({_COVERED}) AND COALESCE(MemberId IN (SELECT id FROM Principals), 0)"
    " + COALESCE(GroupId IN (SELECT id FROM Principals), 0) < 2"
)
_RT10 = (
    f"{_COVERED} AND {_over('LastUpdated', '2025-07-01 00:00:00')}"
    # What came by way of the last ones has no line in `with`.
    f" AND id NOT IN (WITH {_BELOW} SELECT member FROM below JOIN CachedGroupMembers AS c ON c.Via = below.id"
    " WHERE (member, c.id) NOT IN (SELECT member, id FROM below))"
)
_RT10_HELD = "COALESCE(MemberId = 45, 0)"
_HELD_CACHED = (
    "held (id) AS (SELECT c.id FROM CachedGroupMembers AS c LEFT JOIN GroupMembers AS g"
    " ON c.ImmediateParentId = g.GroupId AND c.MemberId = g.MemberId WHERE c.MemberId = 50 OR g.MemberId = 45"
    " UNION SELECT d.id FROM CachedGroupMembers AS d JOIN held ON d.Via = held.id)"
)
_RT10_BLOCKED = (
    f"id IN (WITH RECURSIVE {_HELD_CACHED}, {_BELOW} SELECT member FROM below WHERE id IN (SELECT id FROM held))"
)

# -- RT-11: what only nearly belongs to a ticket is not the ticket's ---
_OF_TICKET = _is("ObjectType", "RT::Ticket")
_KIND = "lower(Type) = 'ticket'"
_DONE = "lower(trim(Status)) NOT IN ('open', 'new', 'stalled')"
_HAS_ACCOUNT = (
    f"id IN (SELECT ObjectId FROM ObjectCustomFieldValues WHERE {_OF_TICKET} AND CustomField = 3 AND Content <> '')"
)
_UNTIMED = (
    f"({_unread('Resolved')} OR id IN (SELECT ObjectId FROM Transactions WHERE {_OF_TICKET} AND {_unread('Created')}))"
)
_RT11 = (
    f"{_KIND} AND {_DONE} AND {_HAS_ACCOUNT} AND NOT {_UNTIMED} AND Resolved <= '2025-07-01 00:00:00'"
    f" AND id NOT IN (SELECT ObjectId FROM Transactions WHERE {_OF_TICKET} AND Created > '2025-07-01 00:00:00')"
)
_RT11_HELD = f"id IN {_held_tickets(57, 220)}"
_RT11_BLOCKED = f"id IN (SELECT ObjectId FROM ObjectCustomFieldValues WHERE {_OF_TICKET} AND CustomField = 4)"


def _cleared(*tables: str) -> tuple[str, ...]:
    """Deletes what belongs, by its type, to the records that are gone; the first word is the type."""
    kind, *rest = tables
    mine = f"{_is('ObjectType', kind)} AND ObjectId IN (SELECT id FROM gone)"
    return (
        f"DELETE FROM Attachments WHERE TransactionId IN (SELECT id FROM Transactions WHERE {mine})",
        *(f"DELETE FROM {table} WHERE {mine}" for table in ("Transactions", "ObjectCustomFieldValues", *rest)),
    )


CASES = (
    Case(
        rule="RT-1",
        due=f"SELECT count(*) FROM Tickets WHERE {_RT1}",
        holds=(
            ("--subject", "rt.Users", "USER031"),
            ("--record", "rt.Tickets", "50"),
            ("--record", "rt.Attachments", "21"),
        ),
        held=f"SELECT count(*) FROM Tickets WHERE {_RT1} AND {_RT1_HELD}",
        blocked=f"SELECT count(*) FROM Tickets WHERE {_RT1} AND NOT {_RT1_HELD} AND {_RT1_BLOCKED}",
        # Where the type or the state is NULL, and the other one fits, nobody can tell.
        undecidable=f"SELECT count(*) FROM Tickets WHERE (Type IS NULL OR {_is('Type', 'ticket')})"
        f" AND (Status IS NULL OR {_is('Status', 'resolved', 'rejected')})"
        f" AND (Type IS NULL OR Status IS NULL OR {_unread('Resolved')})",
        act=(
            _gone("id", "Tickets", f"{_RT1} AND NOT {_RT1_HELD} AND NOT {_RT1_BLOCKED}"),
            *_cleared("RT::Ticket", "Attributes"),
            "DELETE FROM Links WHERE LocalBase IN (SELECT id FROM gone) OR LocalTarget IN (SELECT id FROM gone)",
            "DELETE FROM Tickets WHERE id IN (SELECT id FROM gone)",
        ),
    ),
    Case(
        rule="RT-2",
        due=f"SELECT count(*) FROM AuthTokens WHERE {_RT2}",
        holds=(("--subject", "rt.Users", "user046"), ("--record", "rt.AuthTokens", "35")),
        held=f"SELECT count(*) FROM AuthTokens WHERE {_RT2} AND {_RT2_HELD}",
        undecidable=f"SELECT count(*) FROM AuthTokens WHERE {_UNKNOWN}"
        f" OR ({_DISABLED} AND (NOT ({_ONE}) OR {_unread(_CHANGED)}))",
        act=(f"DELETE FROM AuthTokens WHERE {_RT2} AND NOT {_RT2_HELD}",),
    ),
    Case(
        rule="RT-3",
        due=f"SELECT count(*) FROM Users WHERE {_RT3}",
        holds=(
            ("--subject", "rt.Users", "user022"),
            ("--record", "rt.AuthTokens", "34"),  # of user034
            ("--table", "rt.Attributes", "--where", '{Content: {contains: "+49 30 37\\""}, Name: Preferences}'),
        ),
        held=f"SELECT count(*) FROM Users WHERE {_RT3} AND {_RT3_HELD}",
        blocked=f"SELECT count(*) FROM Users WHERE {_RT3} AND {_RT3_BLOCKED}",
        undecidable=f"SELECT count(*) FROM Users WHERE {_KNOWN}"
        f" AND (id NOT IN (SELECT id FROM Principals) OR ({_USERS} AND {_unread('LastUpdated')}))",
        act=(
            _gone("id", "Users", f"{_RT3} AND NOT {_RT3_HELD} AND NOT {_RT3_BLOCKED}"),
            "DELETE FROM AuthTokens WHERE Owner IN (SELECT id FROM gone)",
            "UPDATE Attributes SET Content = json_remove(Content, '$.phone', '$.chat.handle')"
            f" WHERE {_is('ObjectType', 'RT::User')} AND {_is('Name', 'Preferences')}"
            " AND ObjectId IN (SELECT id FROM gone)",
            "UPDATE Users SET Password = '*NO-PASSWORD*', RealName = '', EmailAddress = NULL, HomePhone = NULL,"
            " Comments = NULL, FreeformContactInfo = NULL WHERE id IN (SELECT id FROM gone)",
        ),
        json={("Attributes", "Content"): ("phone", "chat.handle")},
    ),
    Case(
        rule="RT-4",
        due=f"SELECT count(*) FROM Assets WHERE {_RT4}",
        holds=(
            ("--subject", "rt.Users", "user028"),
            ("--table", "rt.Assets", "--where", "{Name: {contains: SERVER-5}}"),
            ("--table", "rt.ObjectCustomFieldValues", "--where", '{ObjectType: "RT::Asset", ObjectId: [45, 61]}'),
        ),
        held=f"SELECT count(*) FROM Assets WHERE {_RT4} AND {_RT4_HELD}",
        blocked=f"SELECT count(*) FROM Assets WHERE {_RT4} AND NOT {_RT4_HELD} AND {_RT4_BLOCKED}",
        undecidable=f"SELECT count(*) FROM Assets WHERE {_is('Status', 'retired')} AND NOT ({_SURE} AND {_ENDS})",
        act=(
            _gone("id", "Assets", f"{_RT4} AND NOT {_RT4_HELD} AND NOT {_RT4_BLOCKED}"),
            *_cleared("RT::Asset"),
            "DELETE FROM Assets WHERE id IN (SELECT id FROM gone)",
        ),
    ),
    Case(
        rule="RT-5",
        due=f"SELECT count(*) FROM Articles WHERE {_RT5}",
        holds=(("--subject", "rt.Users", "User053"), ("--record", "rt.Topics", "32")),
        held=f"SELECT count(*) FROM Articles WHERE {_RT5} AND {_RT5_HELD}",
        blocked=f"SELECT count(*) FROM Articles WHERE {_RT5} AND NOT {_RT5_HELD} AND {_RT5_BLOCKED}",
        undecidable="SELECT count(*) FROM Articles WHERE Disabled = 1"
        f" AND (LastUpdated IS NULL OR LastUpdated NOT IN {_BEFORE} AND LastUpdated NOT IN {_AFTER})",
        act=(
            _gone("id", "Articles", f"{_RT5} AND NOT {_RT5_HELD} AND NOT {_RT5_BLOCKED}"),
            "CREATE TEMPORARY TABLE had AS SELECT Topic FROM ObjectTopics"
            f" WHERE {_is('ObjectType', 'RT::Article')} AND ObjectId IN (SELECT id FROM gone)",
            *_cleared("RT::Article", "ObjectTopics"),
            "DELETE FROM Articles WHERE id IN (SELECT id FROM gone)",
            "DELETE FROM Topics WHERE id IN (SELECT Topic FROM had) AND id NOT IN (SELECT Topic FROM ObjectTopics)"
            " AND id NOT IN (SELECT Parent FROM Topics)",
        ),
    ),
    Case(
        rule="RT-6",
        due=f"SELECT count(*) FROM Transactions WHERE {_RT6}",
        holds=(
            ("--subject", "rt.Users", "user034"),
            ("--record", "rt.Tickets", "65"),
            ("--table", "rt.Attachments", "--where", "{Subject: {contains: legal}}"),
        ),
        held=f"SELECT count(*) FROM Transactions WHERE {_RT6} AND {_RT6_HELD}",
        blocked=f"SELECT count(*) FROM Transactions WHERE {_RT6} AND NOT {_RT6_HELD} AND {_RT6_BLOCKED}",
        undecidable=f"SELECT count(*) FROM Transactions WHERE Type IS NULL OR ({_MAIL} AND {_unread('Created')})",
        act=(
            _gone("id", "Transactions", f"{_RT6} AND NOT {_RT6_HELD} AND NOT {_RT6_BLOCKED}"),
            "DELETE FROM Attachments WHERE TransactionId IN (SELECT id FROM gone)",
            "DELETE FROM Transactions WHERE id IN (SELECT id FROM gone)",
        ),
    ),
    Case(
        rule="RT-7",
        due=f"SELECT count(*) FROM ObjectCustomFieldValues WHERE {_RT7}",
        holds=(("--subject", "rt.Users", "user035"), ("--record", "rt.Tickets", "100")),
        held=f"SELECT count(*) FROM ObjectCustomFieldValues WHERE {_RT7} AND {_RT7_HELD}",
        undecidable=f"SELECT count(*) FROM ObjectCustomFieldValues WHERE {_ACCOUNT}"
        f" AND {_unread(f'COALESCE({_RESOLVED}, 0)')}",
        act=(f"UPDATE ObjectCustomFieldValues SET Content = '', LargeContent = NULL WHERE {_RT7} AND NOT {_RT7_HELD}",),
    ),
    Case(
        rule="RT-8",
        due=f"SELECT count(*) FROM Attributes WHERE {_RT8}",
        holds=(("--subject", "rt.Users", "user036"), ("--record", "rt.Attributes", "2")),
        held=f"SELECT count(*) FROM Attributes WHERE {_RT8} AND {_RT8_HELD}",
        undecidable=f"SELECT count(*) FROM Attributes WHERE {_is('Name', 'Subscription')}"
        f" AND ({_PLAN} IS NULL OR ({_PLAN} = 'gold' AND NOT {_MONTH}))",
        act=(f"DELETE FROM Attributes WHERE {_RT8} AND NOT {_RT8_HELD}",),
    ),
    Case(
        rule="RT-9",
        due=f"SELECT count(*) FROM Attachments WHERE {_RT9}",
        holds=(
            ("--record", "rt.Attachments", "10031"),
            ("--table", "rt.Transactions", "--where", "{Type: comment}"),
        ),
        held=f"SELECT count(*) FROM Attachments WHERE {_RT9} AND {_RT9_HELD}",
        # Of no transaction at all nobody can tell whether it is one of a ticket.
        undecidable=f"SELECT count(*) FROM Attachments WHERE {_LEFT_OVER} AND (TransactionId IS NULL"
        " OR TransactionId NOT IN (SELECT id FROM Transactions) OR TransactionId IN (SELECT id FROM Transactions"
        f" WHERE {_is('ObjectType', 'RT::Ticket')} AND (Type IS NULL OR ({_WRITTEN} AND {_unread('Created')}))))",
        act=(
            "UPDATE Attachments SET Subject = '(removed)', Filename = NULL, Content = NULL, Headers = NULL"
            f" WHERE {_RT9} AND NOT {_RT9_HELD}",
        ),
    ),
    Case(
        rule="RT-10",
        due=f"SELECT count(*) FROM GroupMembers WHERE {_RT10}",
        holds=(
            ("--subject", "rt.Users", "user045"),
            ("--table", "rt.CachedGroupMembers", "--where", "{MemberId: 50}"),
        ),
        held=f"SELECT count(*) FROM GroupMembers WHERE {_RT10} AND {_RT10_HELD}",
        blocked=f"SELECT count(*) FROM GroupMembers WHERE {_RT10} AND NOT {_RT10_HELD} AND {_RT10_BLOCKED}",
        undecidable=f"SELECT count(*) FROM GroupMembers WHERE ({_MAYBE}) OR ({_COVERED} AND {_unread('LastUpdated')})",
        act=(
            _gone("id", "GroupMembers", f"{_RT10} AND NOT {_RT10_HELD} AND NOT {_RT10_BLOCKED}"),
            f"CREATE TEMPORARY TABLE lost AS WITH {_BELOW} SELECT id FROM below WHERE member IN (SELECT id FROM gone)",
            "DELETE FROM CachedGroupMembers WHERE id IN (SELECT id FROM lost)",
            "DELETE FROM GroupMembers WHERE id IN (SELECT id FROM gone)",
        ),
    ),
    Case(
        rule="RT-11",
        due=f"SELECT count(*) FROM Tickets WHERE {_RT11}",
        holds=(
            ("--subject", "rt.Users", "user057"),
            ("--record", "rt.Tickets", "220"),
            ("--table", "rt.ObjectCustomFieldValues", "--where", "{CustomField: 4}"),
        ),
        held=f"SELECT count(*) FROM Tickets WHERE {_RT11} AND {_RT11_HELD}",
        blocked=f"SELECT count(*) FROM Tickets WHERE {_RT11} AND NOT {_RT11_HELD} AND {_RT11_BLOCKED}",
        undecidable=f"SELECT count(*) FROM Tickets WHERE (Type IS NULL OR {_KIND}) AND (Status IS NULL OR {_DONE})"
        f" AND {_HAS_ACCOUNT} AND (Type IS NULL OR Status IS NULL OR {_UNTIMED})",
        act=(
            _gone("id", "Tickets", f"{_RT11} AND NOT {_RT11_HELD} AND NOT {_RT11_BLOCKED}"),
            "UPDATE ObjectCustomFieldValues SET Content = '', LargeContent = NULL"
            f" WHERE {_OF_TICKET} AND ObjectId IN (SELECT id FROM gone)",
            f"DELETE FROM Attributes WHERE {_OF_TICKET} AND ObjectId IN (SELECT id FROM gone)",
            "UPDATE Tickets SET Subject = '[removed]' WHERE id IN (SELECT id FROM gone)",
        ),
    ),
)
