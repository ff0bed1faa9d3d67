"""Fills Synapse's tables: milliseconds since 1970, keys of text, JSON in text, chains of tokens, rooms of strangers."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa

from case import insert, moments, run

USERS = 120
NEVER = 253402300799000
#: Values of a clock that say nothing: nobody knows, seconds since the day before, the last millisecond below the floor.
UNSAID = (None, 0, -1, 86399999)
IPS = (
    "192.0.2.55",
    "203.0.113.255",
    "",
    None,
    "198.51.0.0",
    "2001:db8::",
    "2001:db8:a:b:c:d:e:f",
    "::ffff:10.1.2.3",
    "-",
    "1::1",
)
#: ISO 8601 in many spellings, about 2025-07-01T00:00Z, and what is none.
SPELLINGS = (
    "2025-07-01T00:00:00Z", "2025-07-01T00:00:01Z", "2025-07-01 02:00:00+02:00", "2025-07-01T02:00:01+0200",
    "2025-06-30", "2025-07-01", "2025-06-30 23:59", "2025-07-01 00:00", "2025-06-30T19:30:00-04:30",
    "2025-06-30T19:30:01-04:30", "2025-07-01T00:00:00.000001Z", "2025-06-30T23:59:59.999999999Z", "yesterday", "",
    None, "1969-12-31", "9999-12-31", "2025-02-30", "2024-2-3", "20240203", " 2024-02-03", "2024-02-03T25:00:00Z",
    "infinity", "2024-02-29 12:00:00", "01/02/2024",
)  # fmt: skip


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def edges(day: datetime) -> list[int | None]:
    """A cut-off, a millisecond to either side, and what says nothing or never."""
    cut = ms(day)
    # The one before the last is in seconds, where milliseconds should be: taken as it stands, it lies in January 1970.
    return [cut, cut + 1, cut - 1, *UNSAID, 86400000, 1700000000, NEVER]


def user(n: int) -> str:
    return f"@Üser {n:03}:example.org" if n % 17 == 0 else f"@user{n:03}:example.org"


def fill(connection: sa.Connection) -> None:
    clock = iter([ms(moment) for moment in moments(2, 9000)])
    profiles = [
        (user(n), f"Näme {n}" if n % 7 else None, f"mxc://a/{n}" if n % 3 else None) for n in range(1, USERS + 1)
    ]
    profiles[90] = (user(91), "Former member", None)  # redacted before
    insert(connection, "profiles", "user_id displayname avatar_url", profiles)
    _addresses(connection, clock)
    _rooms(connection, clock)
    _devices(connection, clock)
    _media(connection, clock)
    _identities(connection, clock)
    _confirmations(connection, clock)
    _telephones(connection, clock)
    _elsewhere(connection, clock)


def _addresses(connection, clock) -> None:
    edge = edges(datetime(2026, 6, 1, tzinfo=UTC))
    edge = [value for value in edge if value is not None]
    rows = []
    for n in range(1, 601):
        person = user(n % 130 + 1)  # some have no profile
        seen = (
            edge[n % len(edge)]
            if n % 8 == 0
            else next(clock)
            if n % 3
            else ms(datetime(2026, 6, 1 + n % 29, tzinfo=UTC))
        )
        rows.append((person, f"tok{n % 5}", None, f"10.0.{n % 7}.{n // 7}", "Mozilla", seen))
    old = ms(datetime(2024, 1, 1, tzinfo=UTC))
    # A hold on the first of these takes the next two for it; not the last.
    rows += [(user(9), token, None, "10.9.9.9", "x", old) for token in ("tokA", "TOKa", "toka ", "tok-a")]
    insert(connection, "user_ips", "user_id access_token device_id ip user_agent last_seen", rows)


def _rooms(connection, clock) -> None:
    edge = edges(datetime(2024, 7, 1, tzinfo=UTC))
    json_edge = edges(datetime(2025, 7, 1, tzinfo=UTC))
    rooms, events, texts, members, edges_, relations, search, states = [], [], [], [], [], [], [], []
    number = 0
    for n in range(1, 121):
        room = f"!Rööm{n}:example.org"
        rooms.append((room, n % 2 == 0, user(n) if n % 4 else None, "10"))
        # One in two is still in use: somebody has joined, or nearly says so.
        if n % 2:
            state = "join" if n % 6 == 1 and n > 20 else "Join" if n == 9 else "leave"
        else:
            state = "join" if n % 4 == 0 else "leave"
        first = None
        for k in range(0 if n in (5, 6, 10) else 12):
            number += 1
            event = f"${number:04}-É"
            when = next(clock)
            if n % 3 and n % 10:
                when = ms(datetime(2019 + k % 5, 1 + k, 1 + n % 28, tzinfo=UTC))
            if n % 10 == 0 and k == 11:
                when = edge[n // 10 % len(edge)]
            elif n % 10 == 0:
                when = ms(datetime(2020, 1 + k, 1, tzinfo=UTC))
            if n in (1, 2, 3, 7, 11, 13, 14, 17, 18, 19, 22) and k == 11:
                when = edge[(1, 2, 3, 7, 11, 13, 14, 17, 18, 19, 22).index(n) % len(edge)]
            sender = user(23) if (n, k) in ((26, 3), (34, 5)) else user((n * 5 + k * 7) % 119 + 1)
            if n not in (26, 34) and sender == user(23) and n % 5:
                sender = user(77)
            events.append((number, event, "m.room.message", room, False, False, number, when, sender, number))
            texts.append((event, room, "{}", _text(number, json_edge, next(clock))))
            if k == 0:
                members.append((event, user((n * 3) % 119 + 1), sender, room, state))
                states.append((event, room, "m.room.member", ""))
            else:
                edges_.append((event, f"${number - 1:04}-É"))
            if k % 4 == 1:
                relations.append((event, f"${number - 1:04}-É", "m.thread"))
            if k % 4 == 2 and number > 100:
                relations.append((event, f"${number - 97:04}-É", "m.reference"))  # in another room
            search.append((event, room, sender, "content.body", when))
            first = first or event
    # An event elsewhere that comes after one of room 29.
    edges_.append((events[-1][1], next(e[1] for e in events if e[3] == "!Rööm29:example.org")))
    insert(connection, "rooms", "room_id is_public creator room_version", rooms)
    insert(
        connection, "events",
        "topological_ordering event_id type room_id processed outlier depth origin_server_ts sender stream_ordering",
        events,
    )  # fmt: skip
    texts += [("$gone", "!gone", "{}", _text(1, json_edge, 1500000000000))]
    insert(connection, "event_json", "event_id room_id internal_metadata json", texts)
    insert(connection, "room_memberships", "event_id user_id sender room_id membership", members)
    insert(connection, "event_edges", "event_id prev_event_id", edges_)
    insert(connection, "event_relations", "event_id relates_to_id relation_type", relations)
    insert(
        connection,
        "event_search",
        "event_id room_id sender key origin_server_ts",
        [*search, (None, "!Rööm2:example.org", None, None, None)],
    )
    insert(connection, "state_events", "event_id room_id type state_key", states)
    insert(
        connection,
        "room_aliases",
        "room_alias room_id creator",
        [(f"#a{n}:example.org", f"!Rööm{n % 125}:example.org", user(n)) for n in range(1, 160)],
    )
    insert(
        connection,
        "room_stats_state",
        "room_id name topic",
        [(f"!Rööm{n}:example.org", f"Room {n}", None) for n in range(1, 110)],
    )
    reports = [
        (n, 1, f"!Rööm{n * 2}:example.org", "$x", user(23) if n == 19 else user(n), "spam") for n in range(1, 60)
    ]
    insert(connection, "event_reports", "id received_ts room_id event_id user_id reason", reports)
    insert(connection, "destinations", "destination", [("other.example",)])
    insert(
        connection,
        "destination_rooms",
        "destination room_id stream_ordering",
        [("other.example", room[0], 1) for room in rooms[::3]],
    )


def _text(n: int, edge, when: int) -> str:
    """The JSON of an event, in all the ways in which it may be odd."""
    stamp = edge[n // 20 % len(edge)] if n % 20 == 0 else str(when) if n % 20 == 1 else when
    found = {
        "type": "m.room.message",
        "origin_server_ts": stamp,
        "depth": 12345678901234567 + n,
        "content": {"body": f'Grüße {n} "«x»"', "formatted_body": f"<b>{n}</b>", "msgtype": "m.text", "n": None},
        "signatures": {"a.b": {"ed25519:1": "x/y+z"}, "body": "not this one"},
    }
    match n % 20:
        case 2:
            found["type"] = "m.room.member"
        case 3:
            found["type"] = "M.room.message"
        case 4:
            del found["type"]
        case 5:
            del found["origin_server_ts"]
        case 6:
            found["content"] = {"msgtype": "m.text"}
        case 7:
            found["content"] = {"body": None, "formatted_body": None}
        case 8:
            found["content"] = {"body": 5}
        case 9:
            found["content"] = {"formatted_body": "", "other": [1, {"body": "x"}]}
        case 10:
            found["content"] = "body"
        case 11:
            return "[]"
        case 12:
            return '{"type": "m.room.message", "content": {"body": "cut o'
        case 13:
            found["type"] = None
        case 14:
            found["origin_server_ts"] = "soon"
        case 15:
            return json.dumps(found, indent=2)
        case 16:
            return json.dumps(found, ensure_ascii=True, separators=(",", ":"))
    return json.dumps(found, ensure_ascii=False)


def _devices(connection, clock) -> None:
    edge = edges(datetime(2026, 1, 1, 1, tzinfo=UTC))
    rows = []
    for n in range(1, USERS + 1):
        for k, device in enumerate(("DEV1", "dev1", "DÉV2")):
            at = n * 3 + k
            seen = edge[at % len(edge)] if at % 7 == 0 and n > 20 else next(clock)
            hidden = None if at % 23 == 0 else at % 11 == 0
            rows.append(
                (user(n), device, f"Phone {n}", seen, IPS[at % len(IPS)], "Mozilla" if at % 5 else None, hidden)
            )
    insert(connection, "devices", "user_id device_id display_name last_seen ip user_agent hidden", rows)
    run_out = edges(datetime(2026, 7, 1, tzinfo=UTC))
    tokens = []
    for n in range(1, 301):
        chain = (n - 1) // 5 + 1
        device = "GONE" if chain % 8 == 0 else "DEV1"
        expiry = run_out[n % len(run_out)] if n % 6 == 0 else NEVER if n % 7 == 0 else next(clock)
        if 50 < n <= 60 or n in (98, 99, 100):
            expiry = ms(datetime(2026, 1, 1, tzinfo=UTC))
        tokens.append((n, user(chain), device, f"refresh{n}", n + 1 if n % 5 else None, expiry))
    # The newer first, since the older point at them.
    insert(connection, "refresh_tokens", "id user_id device_id token next_token_id expiry_ts", reversed(tokens))
    access = [
        (1000 + n, user((n - 1) // 5 + 1), "DEV1" if n % 3 else None, f"access{n}", n)
        for n in range(1, 301)
        if n % 2 == 0
    ]
    access += [
        (2000 + n, user(n % 130 + 1), ("DEV1", "dev1", "DÉV2", "dév2", None)[n % 5], f"Tökén{n}", None)
        for n in range(1, 260)
    ]
    insert(connection, "access_tokens", "id user_id device_id token refresh_token_id", access)
    # Each by the sender of its event.
    found = run(
        connection,
        "SELECT DISTINCT ON (e.event_id) e.event_id, e.room_id, e.sender, t.id FROM events e JOIN access_tokens t"
        " ON t.user_id = e.sender WHERE e.stream_ordering % 3 = 0 ORDER BY e.event_id, t.id",
    )
    rows = [(event, room, sender, token, f"t{n}", 1) for n, (event, room, sender, token) in enumerate(found)]
    insert(connection, "event_txn_id", "event_id room_id user_id token_id txn_id inserted_ts", rows)


def _media(connection, clock) -> None:
    edge = edges(datetime(2025, 7, 1, tzinfo=UTC))
    rows, small = [], []
    for n in range(1, 241):
        created = edge[n % len(edge)] if n % 9 == 0 else next(clock)
        seen = (
            edge[n % len(edge)] if n % 4 == 0 else min(created or 0, 1735689600000) + 86400000 if n % 2 else next(clock)
        )
        media = None if n in (33, 57) else f"Média{n}"
        rows.append(
            (
                media,
                created,
                seen,
                user(n % 119 + 1),
                "@admin:x" if n % 13 == 0 else None,
                "http://x" if n % 17 == 0 else None,
            )
        )
        small += [(media, 32 * k, 32, "image/png", "crop", n) for k in range(1, n % 4 + 1)]
    small.append(("média1", 32, 32, "image/png", "crop", 1))
    insert(
        connection,
        "local_media_repository",
        "media_id created_ts last_access_ts user_id quarantined_by url_cache",
        rows,
    )
    insert(
        connection, "local_media_repository_thumbnails",
        "media_id thumbnail_width thumbnail_height thumbnail_type thumbnail_method thumbnail_length", small,
    )  # fmt: skip
    edge = edges(datetime(2026, 7, 1, tzinfo=UTC))
    cache = [
        (
            f"https://{'evil' if n % 50 == 0 else 'a'}.example/{n % 40}",
            200,
            edge[n % len(edge)] if n % 5 == 0 else next(clock),
            f'{{"n": {n}}}',
            f"Média{n}",
        )
        for n in range(1, 200)
    ]
    insert(
        connection,
        "local_media_repository_url_cache",
        "url response_code expires_ts og media_id",
        [*cache, cache[0], cache[0]],
    )


def _identities(connection, clock) -> None:
    insert(
        connection,
        "user_threepids",
        "user_id medium address validated_at added_at",
        [(user(n), "email", f"user{n}@example.org", 1, 1) for n in range(1, USERS + 1, 2)],
    )
    edge = [value for value in edges(datetime(2026, 6, 24, tzinfo=UTC)) if value is not None]
    mediums = ("email", "email", "Email", "EMAIL", "msisdn", " email", "e-mail", "email")
    sessions, tokens = [], []
    for n in range(1, 301):
        when = edge[n // 7 % len(edge)] if n % 7 == 0 else next(clock)
        sessions.append(
            (f"Sid{n}", mediums[n % 8], f"user{n % 120}@example.org", "secret", when, None if n % 3 else next(clock))
        )
        tokens += [(f"tok-{n}-{k}", f"Sid{n}", next(clock)) for k in range(n % 3)]
    cut = ms(datetime(2026, 6, 24, tzinfo=UTC))
    sessions += [(f"Edge{n}", "email", "edge@example.org", "secret", cut + n, None) for n in (-1, 0, 1)]
    tokens += [("TOK-40-0", "Sid58", 1), ("tok-x", "sid1", 1), ("tok-y", "Sid999", 1)]
    insert(
        connection,
        "threepid_validation_session",
        "session_id medium address client_secret last_send_attempt validated_at",
        sessions,
    )
    insert(connection, "threepid_validation_token", "token session_id expires", tokens)
    data = []
    for n in range(1, USERS + 1):
        data.append((user(n), "m.direct", n, json.dumps({"closed_at": "2001-01-01"})))
        if n > 20:
            said = SPELLINGS[n % len(SPELLINGS)]
            content = {"why": "fertig ✓", "closed_at": said}
            if n in (40, 41):
                content = {"why": "no date"}
            if n in (43, 44):
                content["closed_at"] = 1700000000  # no text
            # Nearly the same type: it may be meant.
            kind = "Org.example.closed" if n in (60, 61) else "org.example.closed"
            data.append((user(n), kind, 1000 + n, json.dumps(content)))
        if n in (80, 81):
            data.append((user(n), "ORG.example.closed", 2000 + n, json.dumps({"closed_at": "2026-06-30"})))
    data.append(("@nobody:example.org", "org.example.closed", 3000, json.dumps({"closed_at": "2001-01-01"})))
    insert(connection, "account_data", "user_id account_data_type stream_id content", data)
    insert(
        connection,
        "user_directory",
        "user_id room_id display_name avatar_url",
        [(user(n), None, f"Näme {n}", f"mxc://a/{n}" if n % 2 else None) for n in range(1, USERS + 1) if n % 4],
    )
    insert(
        connection,
        "presence",
        "user_id state status_msg mtime",
        [(user(n), "offline", "bin weg" if n % 2 else None, 1) for n in range(1, USERS + 1) if n % 3],
    )


def _confirmations(connection, clock) -> None:
    edge = [value for value in edges(datetime(2026, 6, 1, tzinfo=UTC)) if value is not None]
    deep = '{"request_user_id": "@deep", "d": %s%s}'
    said = (
        '{"request_user_id": "@someone:example.org"}', "{}", '{"request_user_id": null}', '{"request_user_id": ""}',
        '{"Request_User_Id": "@someone:example.org"}', "[]", "null", '"request_user_id"', "",
        '{"request_user_id": "@cut', '{"request_user_id": "@a", "request_user_id": "@b"}',
        '{"a": {"b": 1, "b": 2}, "request_user_id": "@someone:example.org"}', '{"request_user_id": {"is": "there"}}',
        deep % ("[" * 11, "]" * 11), deep % ("[" * 12, "]" * 12), '{"request_user_id": "@nul", "z": "\\u0000"}',
        '{"other": "request_user_id"}',
    )  # fmt: skip
    sessions, stages, places = [], [], []
    for n in range(1, 241):
        session = "SESS8" if n == 240 else f"sess{n}"
        began = edge[n // 5 % len(edge)] if n % 5 == 0 else next(clock)
        if n % 7 == 0:
            began = ms(datetime(2026, 6, 2 + n % 28, tzinfo=UTC))
        if n in (8, 36, 72, 240):
            began = ms(datetime(2025, 1, 1, tzinfo=UTC))
        uri = "/Account/DEACTIVATE" if n % 31 == 0 else "/account/deactivate/x" if n % 37 == 0 else "/account/password"
        sessions.append((session, began, said[n % len(said)], "{}", uri, "POST", "change it"))
        kind = (None, "m.login.password", "M.Login.Password", "m.login.dummy", "m.login.password ")[n % 11 % 5]
        if n in (8, 240):
            kind = "m.login.password"
        if kind:
            stages.append((session, kind, f'"{user(n % 120 + 1)}"'))
        if n % 9 == 0:
            stages.append((session, "m.login.sso", "{}"))
        places += [(session, f"10.0.0.{k}", "Mozilla" if n < 240 else "mozilla ") for k in range(1, 1 + n % 4)]
    places += [("sess8", "10.0.0.1", "Mozilla"), ("SESS8", "10.0.0.1", "mozilla ")]
    insert(
        connection, "ui_auth_sessions",
        "session_id creation_time serverdict clientdict uri method description", sessions,
    )  # fmt: skip
    insert(connection, "ui_auth_sessions_credentials", "session_id stage_type result", stages)
    insert(connection, "ui_auth_sessions_ips", "session_id ip user_agent", places)


def _telephones(connection, clock) -> None:
    edge = edges(datetime(2025, 7, 1, tzinfo=UTC))
    rows, throttled = [], []
    bare = {18, 19, 20, 24, 25, 26, 27, 28, 29, 40}  # they have been redacted before, some of them nearly
    for n in range(1, 231):
        address = f"https://push.example/{n}"
        said = (
            json.dumps({"url": address, "format": "event_id_only", "big": 12345678901234567}),
            json.dumps({"url": address, "default_payload": {"cs": "sécret", "aps": {"cs": "stays"}}}),
            None,
            "{}",
            '{"url": null}',
            '{"default_payload": null, "size": 1.50}',
            '{"default_payload": {"cs": {"is": ["there"]}}}',
            "url=cut off",
            f'{{"url": "{address}", "url": "other"}}',
            '{"URL": "stays", "default_payload": {"CS": "stays"}}',
            '{"default_payload": "cs", "x": {"url": "stays", "cs": "stays"}}',
        )[n % 11]
        kind = "email" if n % 13 == 0 else "HTTP" if n % 17 == 0 else "http " if n % 23 == 0 else "http"
        made, reached = sorted((next(clock), next(clock)))
        if n % 2 and n % 7:
            reached = made = ms(datetime(2020 + n % 6, 1 + n % 6, 1, tzinfo=UTC))
        if n % 6 == 0:
            reached = edge[n // 6 % len(edge)]
            made = ms(datetime(2019, 1, 1, tzinfo=UTC))
        if n % 19 == 0:
            made = [value for value in edge if value is not None][n // 19 % (len(edge) - 1)]
        if n in bare or n in (15, 30, 33, 45):
            kind, made, reached = "http", 1600000000000, 1600000000001
        if n == 29:
            reached = None
        lang = (
            None if n % 41 == 0 else "FR " if n % 43 == 0 else "fr" if n % 47 == 0 else "français" if n == 3 else "de"
        )
        rows.append((
            n, user(n % 125 + 1), "", kind, "im.example", "Example", "" if n in bare or n % 8 == 0 else f"Änne's {n}",
            f"gone-{n}" if n in bare else f"Gone-{n}" if n % 29 == 0 else f"kéy{n}", made, lang, said, reached,
        ))  # fmt: skip
        if (n % 3 == 0 and n not in bare) or n in (26, 40):
            throttled += [(n, f"!Rööm{n + k}:example.org", 1, 1) for k in range(1 + n % 2)]
    insert(
        connection, "pushers",
        "id user_name profile_tag kind app_id app_display_name device_display_name pushkey ts lang data last_success",
        rows,
    )  # fmt: skip
    insert(connection, "pusher_throttle", "pusher room_id last_sent_ts throttle_ms", [*throttled, (9999, "!x", 1, 1)])


def _elsewhere(connection, clock) -> None:
    edge = [value for value in edges(datetime(2025, 7, 1, tzinfo=UTC)) if value is not None]
    visits = []
    for n in range(1, 126):
        seen = [] if n % 11 == 0 else [ms(datetime(2019 + k, 1 + n % 12, 1, tzinfo=UTC)) for k in range(1 + n % 5)]
        if n % 9 == 0:
            seen.append(next(clock))
        if n % 4 == 0:
            seen.append(edge[(n // 4 + n // 44) % len(edge)])
        if n % 13 == 0:
            seen += [ms(datetime(2026, 3, 1, tzinfo=UTC))] * 2  # twice the same
        visits += [(user(n), f"D{n}", when) for when in seen]
    visits.append(("@nobody:example.org", None, 0))
    insert(connection, "user_daily_visits", "user_id device_id timestamp", visits)
    providers = ("oidc-a", "saml", "oidc-staff", "oidc-a", "OIDC-Staff", " oidc-staff ", "oidc-staff2", "saml")
    names = [(providers[n % 8], f"{'EXT' if n % 2 else 'ext'}{n}", user(n % 125 + 1)) for n in range(1, 221)]
    insert(connection, "user_external_ids", "auth_provider external_id user_id", names)
