"""Fills Request Tracker's tables: no foreign keys, rows that point at tickets, users and assets by type and number."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from case import insert, moments

USERS = 150
#: What says nothing where a time should stand; the number is what another program would have written.
UNSAID = (None, "", "1970-01-01 00:00:00", "0000-00-00 00:00:00", "2024-02-30 00:00:00", 1700000000, "soon")
NEVER = "9999-12-31 00:00:00"
SPELLINGS = (
    "2025-07-01T00:00:00Z", "2025-07-01T00:00:01Z", "2025-07-01 02:00:00+02:00", "2025-07-01T02:00:01+0200",
    "2025-06-30", "2025-07-01", "2025-06-30 23:59", "2025-07-01 00:00", "2025-06-30T19:30:00-04:30",
    "2025-06-30T19:30:01-04:30", "2025-07-01T00:00:00.000001Z", "2025-06-30 23:59:59.5", "yesterday", "", None,
    "1969-12-31", "9999-12-31", "2025-02-30", "20240203", " 2024-02-03", "2024-02-29 12:00:00", "2024-02-29T12:00:00Z",
)  # fmt: skip


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def edges(cut: datetime) -> list[object]:
    second = timedelta(seconds=1)
    return [text(cut), text(cut + second), text(cut - second), *UNSAID, NEVER]


def fill(connection: sa.Connection) -> None:
    clock = iter([text(moment) for moment in moments(3, 9000)])
    _users(connection, clock)
    _tickets(connection, clock)
    _attributes(connection, clock)
    _assets(connection, clock)
    _articles(connection)
    _letters(connection)
    _groups(connection, clock)


def _users(connection, clock) -> None:
    edge = edges(datetime(2025, 7, 1, tzinfo=UTC)) + edges(datetime(2026, 4, 2, tzinfo=UTC))
    principals, users = [], []
    for n in range(1, USERS + 1):
        kind = "Group" if n % 29 == 0 else "user" if n % 31 == 0 else "User"
        if n % 19:  # some have none
            principals.append((n, kind, 1 if n % 3 else 0))
        changed = edge[n // 4 % len(edge)] if n % 4 == 0 else next(clock)
        bare = n in (97, 101)  # these have been redacted before, the second one nearly
        names = ["user077", "user077b"] if n == 77 else [f"user{n:03}"]
        for name in names:
            users.append((
                n, name, "*NO-PASSWORD*" if n == 97 or n % 7 == 0
                else "*no-password*" if n == 101 else "!bcrypt!12!x" if n % 5 else None,
                "" if bare or n % 6 == 0 else None if n % 11 == 0 else f"Réal Ñame {n}",
                None if bare or n % 4 == 0 else f"user{n}@example.org", None if bare or n % 2 else "+49 30 1234",
                None if bare else f"«Kommentar» {n}".encode() if n % 3 else b"", None if bare else "contact",
                "2026-06-20 00:00:00" if n == 77 else changed, f"City {n}",
            ))  # fmt: skip
    insert(connection, "Principals", "id PrincipalType Disabled", principals)
    insert(
        connection, "Users",
        "id Name Password RealName EmailAddress HomePhone Comments FreeformContactInfo LastUpdated City", users,
    )  # fmt: skip
    tokens = [(n, n % 160, f"tok{n}", f"token {n}", next(clock)) for n in range(1, 401)]
    insert(connection, "AuthTokens", "id Owner Token Description LastUsed", tokens)


def _tickets(connection, clock) -> None:
    edge = edges(datetime(2024, 7, 1, tzinfo=UTC)) + edges(datetime(2024, 12, 31, 1, tzinfo=UTC))
    sent = edges(datetime(2025, 7, 1, tzinfo=UTC))
    states = ("resolved", "resolved", "rejected", "open", "Resolved", "resolved ", "new", "resolved")
    # Closed ones, and ones with a bank account, on their cut-offs and beside them.
    at = {17: edge[0], 33: edge[1], 49: edge[2], 4: edge[11], 8: edge[12], 16: edge[13]}
    tickets, talks, files, values, links = [], [], [], [], []
    talk = file = 0
    for n in range(1, 421):
        # Those that were merged into others, and those whose attachments answer others', stay: so others stay for good.
        stays = n % 37 == 0 or n == 57 or n % 60 == 0
        status = "open" if stays else None if n % 53 == 0 else states[n % len(states)]
        kind = None if n % 47 == 0 else "reminder" if n % 41 == 0 else "Ticket" if n % 43 == 0 else "ticket"
        resolved = edge[n // 5 % len(edge)] if n % 5 == 0 else at.get(n) or next(clock)
        merged = n - 7 if n % 37 == 0 or n == 57 else n  # most point at themselves
        tickets.append(
            (n, merged, 1 + n % 3, kind, (n * 7) % 151, f"Prøblem {n}", status, resolved, (n * 11) % 149 + 1)
        )
        first_of_ticket = file + 1
        for k in range(3):
            talk += 1
            kind = ("Create", "EmailRecord", "CommentEmailRecord", "emailrecord", "Correspond", "EmailRecord ", None)[
                talk % 7
            ]
            if stays and k == 1:
                kind = "Correspond"
            said = sent[talk // 8 % len(sent)] if talk % 8 == 0 else next(clock)
            of = (
                "rt::ticket" if n in (65, 66, 130) and k == 2 else "RT::Ticket " if n == 91 and k == 1 else "RT::Ticket"
            )
            talks.append((talk, of, n, kind, (talk * 3) % 149 + 1, said))
            first = file + 1
            for a in range(talk % 3):
                file += 1
                subject = "LEGAL matter" if file % 70 == 0 else "Illegal?" if file % 90 == 0 else f"Re: {file}"
                files.append([file, talk, 0 if a == 0 else first, subject, f"a{file}.txt", "Größe"])
        if n % 60 == 0 and file > first_of_ticket:
            files[-1][2] = max(first_of_ticket - 11, 1)  # an answer to another ticket's
        if n % 4 == 0:
            values.append((3, "RT::Ticket", n, f"IBAN DE{n}", "large" if n % 8 else None))
        if n % 10 == 0:
            values.append((3, ("rt::ticket", "RT::User", "RT::Ticket")[n // 10 % 3], n, "near", None))
        if n % 6 == 0:
            values.append((3, "RT::Ticket", n, "" if n % 12 else None, "large"))
        if n % 9 == 0:
            values.append((4, "RT::Ticket", n, "other field", None))
            links.append((f"fsck:/ticket/{n}", f"fsck:/ticket/{n - 8}", "DependsOn", n, n - 8))
        if n % 25 == 0:
            links.append((f"fsck:/ticket/{n}", f"https://a.example/{n}", "RefersTo", n, 0))
    talks += [(5000 + n, "RT::User", n, "EmailRecord", 1, next(clock)) for n in range(1, 60)]
    talks += [(5100 + n, "RT::Ticket", 90000 + n, "EmailRecord", 1, next(clock)) for n in range(1, 6)]
    values += [(3, "RT::Ticket", 90001, "orphan", None), (3, "RT::User", 5, "user's", None)]
    insert(connection, "Tickets", "id EffectiveId Queue Type Owner Subject Status Resolved Creator", tickets)
    insert(connection, "Transactions", "id ObjectType ObjectId Type Creator Created", talks)
    insert(connection, "Attachments", "id TransactionId Parent Subject Filename Content", files)
    insert(connection, "Links", "Base Target Type LocalBase LocalTarget", links)
    insert(connection, "ObjectCustomFieldValues", "CustomField ObjectType ObjectId Content LargeContent", values)


def _attributes(connection, clock) -> None:
    months = (
        "2025-11",
        "2025-12",
        " 2025-11 ",
        "2025-13",
        "2025",
        "",
        None,
        "9999-01",
        "1969-12",
        "2024-02",
        "11-2025",
        "2026-06",
        202511,
    )
    rows = []
    for n in range(1, 331):
        plan = ("gold", "gold", "gold", "Gold", "silver", "gold ", None)[n % 7]
        content: dict[str, object] = {"plan": plan, "since": months[n % len(months)], "note": "Grüße", "size": 1.5}
        if n % 23 == 0:
            del content["plan"]
        if n % 29 == 0:
            del content["since"]
        said = json.dumps(content, ensure_ascii=n % 2 == 0)
        if n % 31 == 0:
            said = base64.b64encode(said.encode()).decode()
        name = "subscription" if n % 17 == 0 else "Subscription"
        kind = ("RT::User", "RT::User", "RT::Ticket", "rt::user", "RT::System")[n % 5]
        rows.append((name, said, "text", kind, n % 163))
    for n in range(1, USERS + 1):
        prefs = {
            "theme": "dark",
            "phone": f"+49 30 {n}",
            "chat": {"handle": f"@u{n}", "net": "irc"},
            "big": 12345678901234567,
        }
        if n % 5 == 0:
            del prefs["phone"]
        if n % 6 == 0:
            prefs["chat"] = None
        if n % 7 == 0:
            prefs["phone"] = None
        rows.append(("Preferences", json.dumps(prefs), "text", "RT::User", n))
        rows.append(("SavedSearch", json.dumps({"phone": "stays"}), "text", "RT::User", n))
    rows.append(("Preferences", json.dumps({"phone": "stays"}), "text", "RT::System", 5))
    insert(connection, "Attributes", "Name Content ContentType ObjectType ObjectId", rows)


def _assets(connection, clock) -> None:
    days = (
        "30-12-2025", "31-12-2025", " 30-12-2025 ", "30.12.2025", "2025-12-30", "29-02-2025", "01-01-1970",
        "01-01-9999", "", None, "29-02-2024", "15-06-2023", "31-12-2022", "01-07-2026",
        "32-01-2024", "15-13-2024", "28-02-2025",
    )  # fmt: skip
    rows, values, talks = [], [], []
    for n in range(1, 181):
        status = ("retired", "retired", "retired", "in-use", "Retired")[n % 5]
        rows.append((n, f"Server-{n}" if n % 4 else f"Bücher {n}", 1, status, (n * 11) % 149 + 1))
        if n % 10:
            values.append((12, "RT::Asset", n, days[n % len(days)], 0))
        if n % 15 == 1:
            values.append((12, "RT::Asset", n, "15-06-2023", n // 15 % 2))  # a second one, switched off or not
        if n % 20 == 2:
            values.append((12, "rt::asset", n, "15-06-2026", 0))  # may be meant
        if n % 18 == 3:
            values.append((13, "rt::asset", n, "a note", 0))  # nearly belongs to it
        if n % 3 == 0:
            values.append((13, "RT::Asset", n, "a note", 0))
        if n % 7 == 0:
            values.append((12, "RT::Ticket", n, "15-06-2019", 0))
        if n % 2:
            talks.append((6000 + n, "RT::Asset", n, "Set", 1, next(clock)))
    insert(connection, "Assets", "id Name Catalog Status Creator", rows)
    insert(connection, "ObjectCustomFieldValues", "CustomField ObjectType ObjectId Content Disabled", values)
    insert(connection, "Transactions", "id ObjectType ObjectId Type Creator Created", talks)
    insert(
        connection,
        "Attachments",
        "id TransactionId Parent Subject",
        [(9000 + n, 6000 + n, 0, "note") for n in range(1, 180, 6)],
    )


def _articles(connection) -> None:
    rows, topics, held = [], [], []
    for n in range(1, 201):
        rows.append((n, f"Ärticle {n}", 1 if n % 4 else 0, (n * 11) % 149 + 1, SPELLINGS[n % len(SPELLINGS)]))
        topics.append((10 + n % 90, "RT::Article", n))  # of one or several articles
        if n % 3 == 0:
            topics.append((110 + n, "RT::Article", n))  # of this one alone
        if n % 11 == 0:
            topics.append((1 + n % 5, "RT::Article", n))
        if n % 14 == 0:
            topics.append((110 + n, "RT::Class", n))
        if n % 21 == 0:
            topics.append((9, "RT::article", n))  # nearly belongs to it
        if n % 5 == 0:
            held.append((20, "RT::Article", n, f"väl {n}"))
    topics.append((0, "RT::Article", 2))
    topics.append((999, "RT::Article", 4))
    insert(connection, "Articles", "id Name Disabled Creator LastUpdated", rows)
    # The first five are above others, one of which no article has: these five always stay.
    tree = [(n, 0 if n <= 9 else 1 + n % 5 if n % 8 == 0 else 0, f"Topic {n}") for n in range(1, 311)]
    tree += [(400 + n, n, "below") for n in range(1, 6)]
    insert(connection, "Topics", "id Parent Name", tree)
    insert(connection, "ObjectTopics", "Topic ObjectType ObjectId", topics)
    insert(connection, "ObjectCustomFieldValues", "CustomField ObjectType ObjectId Content", held)
    insert(
        connection,
        "Transactions",
        "id ObjectType ObjectId Type Creator Created",
        [(7000 + n, "RT::Article", n, "Create", 1, "2020-01-01 00:00:00") for n in range(1, 200, 3)],
    )


def _letters(connection) -> None:
    # Of tickets that are no longer there.
    edge = edges(datetime(2025, 7, 1, tzinfo=UTC))
    talks, files = [], []
    kinds = ("Correspond", "correspond", "Comment", " Comment", "Correspond", "Create", None, "Correspond")
    for n in range(1, 101):
        of = "rt::ticket" if n % 19 == 0 else "RT::User" if n % 23 == 0 else "RT::Ticket"
        when = edge[n % len(edge)] if n % 3 else "2023-03-03 03:03:03"
        talks.append((8000 + n, of, 96000 + n, kinds[n % len(kinds)], 1, when))
        # Each answers the one before, over five letters.
        above = 9999 + n if n % 5 else 0
        subject = ("(removed)", "(Removed)", None, "", f"Ré: {n}", "(removed)")[n % 6]
        bare = n % 6 == 0 and n % 4  # nothing is left to redact
        files.append((
            10000 + n, 8000 + n, above, subject, None if bare or n % 6 == 5 else "",
            None if bare else "Grüße", None if n % 6 == 0 else "To: a@example.org",
        ))  # fmt: skip
    files += [(10200, 999999, 0, "orphan", None, None, None), (10201, None, 0, "orphan", None, None, None)]
    files += [(10202, 999999, 0, "(removed)", None, None, None)]
    insert(connection, "Transactions", "id ObjectType ObjectId Type Creator Created", talks)
    insert(connection, "Attachments", "id TransactionId Parent Subject Filename Content Headers", files)


def _groups(connection, clock) -> None:
    edge = edges(datetime(2025, 7, 1, tzinfo=UTC))
    insert(connection, "Principals", "id PrincipalType Disabled", [(n, "Group", n % 4 == 0) for n in range(201, 231)])
    members, cached = [], []

    def join(group: int | None, member: int | None, when: object) -> None:
        members.append((len(members) + 1, group, member, when))

    def cache(group: int | None, member: int | None, via: int, above: int | None) -> int:
        number = len(cached) + 1
        cached.append((number, group, member, via or number, above))
        return number

    for n in range(1, 161):
        group, when = 201 + n % 34, edge[n // 4 % len(edge)] if n % 4 == 0 else next(clock)
        when = "2024-01-01 00:00:00" if n in (20, 22, 45, 50, 52) else when
        join(group, n, when)
        if n % 3:
            cache(group, n, 0, group)  # most point at themselves
        if n % 7 == 0:
            cache(group, n, 0, None)  # nobody knows from where
    # Groups 211 to 220 are in groups 221 to 230, and so are those who are in them, by way of that.
    for n in range(211, 221):
        join(n + 10, n, "2024-06-06 06:06:06" if n % 2 == 0 else next(clock))
        way = cache(n + 10, n, 0, n + 10)
        for person in range(n - 201, 161, 34):
            last = cache(n + 10, person, way, n)
            if person == 51:
                cache(300, person, last, 299)  # a level that no line names
    join(None, 4, "2024-01-01 00:00:00")
    join(204, None, "2024-01-01 00:00:00")
    join(203, None, "2024-01-01 00:00:00")
    insert(connection, "GroupMembers", "id GroupId MemberId LastUpdated", members)
    insert(connection, "CachedGroupMembers", "id GroupId MemberId Via ImmediateParentId", cached)
