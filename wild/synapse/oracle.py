"""What each rule on Synapse must find and do, as SQL written by hand.

As of 2026-07-01T00:00Z, which is two in the morning in Berlin, whose calendar counts; half a year before that was two
in the morning of winter time, 01:00Z. PostgreSQL compares texts to the letter.
"""

from __future__ import annotations

from case import Case

_JUNE_1, _JUNE_24, _JULY_1 = 1780272000000, 1782259200000, 1782864000000  # of 2026, 00:00Z
_WINTER = 1767229200000  # 2026-01-01T01:00Z
_YEAR, _TWO_YEARS = 1751328000000, 1719792000000  # 1 July of 2025 and 2024, 00:00Z
#: The day before counts as no date.
_FLOOR = 86400000


def _user(n: int) -> str:
    return f"'@user{n:03}:example.org'"


def _dated(clock: str) -> str:
    return f"COALESCE({clock} >= {_FLOOR}, false)"


def _over(clock: str, cut_off: int) -> str:
    return f"({_dated(clock)} AND {clock} <= {cut_off})"


def _gone(columns: str, table: str, which: str) -> str:
    return f"CREATE TEMPORARY TABLE gone AS SELECT {columns} FROM {table} WHERE {which}"


# -- SY-1: keys in holds ignore case and spaces around: @USER007 is @user007, tokA is `toka ` too --------------------
_SY1 = _over("last_seen", _JUNE_1)
_SY1_HELD = (
    f"(user_id = {_user(7)}"
    f" OR (user_id = {_user(9)} AND access_token IN ('tokA', 'TOKa', 'toka ') AND ip = '10.9.9.9'))"
)

# -- SY-2: `-` and '' are no addresses, and stay; whether a device is hidden may be unknown --------------------------
_MASKED = (
    "CASE WHEN ip LIKE '%:%' THEN host(network(set_masklen(ip::inet, 64)))"
    " WHEN ip LIKE '%.%' THEN host(network(set_masklen(ip::inet, 16))) ELSE ip END"
)
# What `with` redacts below counts too.
_TOKENS = (
    "EXISTS (SELECT 1 FROM access_tokens AS a WHERE a.user_id = devices.user_id AND a.device_id = devices.device_id"
    " AND a.token <> 'erased-' || a.id)"
)
_OPEN = f"(COALESCE(ip <> ({_MASKED}), false) OR user_agent IS NOT NULL OR {_TOKENS})"
_SY2 = f"NOT hidden AND {_OPEN} AND {_over('last_seen', _WINTER)}"
_SY2_HELD = f"(user_id = {_user(11)} OR (user_id = {_user(13)} AND device_id IN ('DEV1', 'dev1')))"
# The hold on this login stops its device, if it has one.
_SY2_BLOCKED = "(user_id, device_id) IN (SELECT user_id, device_id FROM access_tokens WHERE id = 2026)"


def _held_rooms(person: str) -> str:
    return (
        f"(SELECT room_id FROM rooms WHERE creator = {person}"
        f" UNION SELECT room_id FROM room_memberships WHERE user_id = {person})"
    )


def _held_events(person: str) -> str:
    """Those that the person sent anywhere, and all in the rooms that are held."""
    return f"(SELECT event_id FROM events WHERE sender = {person} OR room_id IN {_held_rooms(person)})"


# -- SY-3: a hold on 58 reaches the older ones that point at it (56, 57), and stops the newer one (59).
# A hold on a person reaches the rooms where the person is, and with them the transactions of others; these stop
# the logins with which they were sent ----------------
_SY3 = _over("expiry_ts", _JULY_1)
_OWN_11 = f"(SELECT id FROM refresh_tokens JOIN devices USING (user_id, device_id) WHERE user_id = {_user(11)})"
_SY3_HELD = (
    f"id IN (WITH RECURSIVE held (id) AS (SELECT id FROM refresh_tokens WHERE id = 58 OR id IN {_OWN_11}"
    " UNION SELECT older.id FROM refresh_tokens AS older JOIN held ON older.next_token_id = held.id)"
    " SELECT id FROM held)"
)
_SY3_BLOCKED = (
    f"(id IN (SELECT next_token_id FROM refresh_tokens WHERE next_token_id IS NOT NULL AND {_SY3_HELD})"
    " OR id IN (SELECT refresh_token_id FROM access_tokens JOIN event_txn_id ON token_id = access_tokens.id"
    f" WHERE refresh_token_id IS NOT NULL AND (event_id = '$1371-É' OR event_id IN {_held_events(_user(11))})))"
)

# -- SY-4: rows without a key, and below them rows without a key -------------------------------------------------------
_PLAIN = "quarantined_by IS NULL AND url_cache IS NULL"
_SY4 = f"{_PLAIN} AND {_over('created_ts', _YEAR)} AND {_over('last_access_ts', _YEAR)}"

# -- SY-5: no key tells these rows apart, so a hold on some of them holds them all -------------------------------------
_SY5 = _over("expires_ts", _JULY_1)

# -- SY-6: ` email` and `e-mail` are no e-mail, whatever the case ------------------------------------------------------
_UNCONFIRMED = "validated_at IS NULL AND medium IN ('email', 'Email', 'EMAIL')"
_SY6 = f"{_UNCONFIRMED} AND {_over('last_send_attempt', _JUNE_24)}"
# Through the address: as it stands, so that an `Email` leads to nobody.
_SY6_HELD = f"(medium, address) IN (SELECT medium, address FROM user_threepids WHERE user_id = {_user(23)})"
# The hold on tok-40-0 is one on TOK-40-0 as well, which belongs to another session.
_SY6_BLOCKED = (
    "session_id IN (SELECT session_id FROM threepid_validation_token WHERE token IN ('tok-40-0', 'TOK-40-0'))"
)


# -- SY-7 --------------------------------------------------------------------------------------------------------------
# `has no` takes `Join` for `join`.
_LEFT = "room_id NOT IN (SELECT room_id FROM room_memberships WHERE lower(trim(membership)) = 'join')"
_UNCLEAR = (
    "(room_id NOT IN (SELECT room_id FROM events)"
    f" OR room_id IN (SELECT room_id FROM events WHERE NOT {_dated('origin_server_ts')}))"
)
_SY7 = (
    f"{_LEFT} AND NOT {_UNCLEAR}"
    f" AND room_id NOT IN (SELECT room_id FROM events WHERE origin_server_ts > {_TWO_YEARS})"
    # An event of another room says that it comes after one of this room, and no line names that.
    " AND room_id NOT IN (SELECT e.room_id FROM events AS e JOIN event_edges ON prev_event_id = e.event_id"
    " JOIN events AS later ON later.event_id = event_edges.event_id WHERE later.room_id <> e.room_id)"
)
_WHO = _user(23)
_SY7_HELD = f"room_id IN {_held_rooms(_WHO)}"
_ROOM_OF = "SELECT room_id FROM events WHERE event_id IN"
_SY7_BLOCKED = (
    f"(room_id IN ({_ROOM_OF} {_held_events(_WHO)})"
    f" OR room_id IN ({_ROOM_OF} (SELECT '$0530-É'))"  # whose text is held
    # What relates to another event is held with either of the two, also where it would stay.
    f" OR room_id IN ({_ROOM_OF} (SELECT event_id FROM event_relations WHERE relates_to_id IN {_held_events(_WHO)}))"
    f" OR room_id IN ({_ROOM_OF} (SELECT relates_to_id FROM event_relations WHERE event_id IN {_held_events(_WHO)}))"
    f" OR room_id IN ({_ROOM_OF} (SELECT event_id FROM event_edges WHERE prev_event_id IN {_held_events(_WHO)}))"
    f" OR room_id IN (SELECT room_id FROM event_reports WHERE user_id = {_WHO}))"
)
_GONE_EVENTS = "(SELECT event_id FROM events WHERE room_id IN (SELECT room_id FROM gone))"

# -- SY-8: what is cut off is no JSON, and nobody can tell what it says; a list has no members ---
_JSON = "(CASE WHEN json LIKE '%}' THEN json::jsonb END)"
_SAID = f"({_JSON} #>> '{{content,body}}' IS NOT NULL OR {_JSON} #>> '{{content,formatted_body}}' IS NOT NULL)"
_STAMP = f"(CASE WHEN {_JSON} ->> 'origin_server_ts' ~ '^[0-9]+$' THEN ({_JSON} ->> 'origin_server_ts')::bigint END)"
_MESSAGE = f"COALESCE({_JSON} ->> 'type' = 'm.room.message', false) AND {_SAID}"
_SY8 = f"{_MESSAGE} AND {_over(_STAMP, _YEAR)}"
_SY8_HELD = f"event_id IN {_held_events(_user(16))}"
_WITHOUT = (
    "CASE WHEN {0} #> '{{content,body}}' IS NULL THEN {0} ELSE jsonb_set({0}, '{{content,body}}', 'null') END"
).format("json::jsonb")
_WITHOUT_BOTH = (
    f"CASE WHEN ({_WITHOUT}) #> '{{content,formatted_body}}' IS NULL THEN ({_WITHOUT})"
    f" ELSE jsonb_set({_WITHOUT}, '{{content,formatted_body}}', 'null') END"
)

# -- SY-9: these spellings lie before 2025-07-01T00:00Z to their end; a day lasts until midnight, a minute to its end --
_BEFORE = (
    "('2025-07-01T00:00:00Z', '2025-07-01 02:00:00+02:00', '2025-06-30', '2025-06-30 23:59',"
    " '2025-06-30T19:30:00-04:30', '2025-06-30T23:59:59.999999999Z', '2024-02-29 12:00:00')"
)
_AFTER = (
    "('2025-07-01T00:00:01Z', '2025-07-01T02:00:01+0200', '2025-07-01', '2025-07-01 00:00',"
    " '2025-06-30T19:30:01-04:30', '2025-07-01T00:00:00.000001Z', '9999-12-31', 'infinity')"
)
_NAMED = "(displayname IS DISTINCT FROM 'Former member' OR avatar_url IS NOT NULL)"


def _closed(test: str) -> str:
    return f"user_id IN (SELECT user_id FROM account_data WHERE {test})"


_EXACT = "account_data_type = 'org.example.closed'"
_NEARLY = "account_data_type IN ('Org.example.closed', 'ORG.example.closed')"
_READ = "json_typeof(content::json -> 'closed_at') = 'string' AND content::json ->> 'closed_at' IN"
_SY9 = f"{_NAMED} AND {_closed(f'{_EXACT} AND {_READ} {_BEFORE}')} AND NOT {_closed(_NEARLY)}"
_SY9_HELD = f"user_id = {_user(29)}"
_SY9_BLOCKED = f"user_id IN ({_user(50)}, {_user(79)})"

# -- SY-10: what is no JSON, or says it twice, or is nested too deep, or holds a NUL, may name somebody ---
_PASSWORD = (
    "session_id IN (SELECT session_id FROM ui_auth_sessions_credentials"
    " WHERE stage_type IN ('m.login.password', 'm.login.sso'))"
)
_UNTOLD = (
    "(serverdict = '' OR serverdict LIKE '%@cut' OR serverdict LIKE '%request_user_id\": %request_user_id\": %'"
    f" OR serverdict LIKE '%{'[' * 12}%' OR position('\\u0000' IN serverdict) > 0)"
)
_SOMEBODY = f"(CASE WHEN {_UNTOLD} THEN false ELSE COALESCE(serverdict::jsonb ->> 'request_user_id', '') <> '' END)"
_ASKED = f"({_PASSWORD} OR {_SOMEBODY})"
_SY10 = f"{_ASKED} AND {_over('creation_time', _JUNE_1)}"
_SY10_HELD = "lower(uri) LIKE '%deactivate%'"
# The key of a row names SESS8 as well.
_SY10_BLOCKED = "session_id IN ('sess8', 'SESS8')"

# -- SY-11: what is no JSON, or says a member twice, stays, and alone makes nobody sure ---
_DATA = "(CASE WHEN data LIKE '{%' AND data NOT LIKE '{\"url\": %\"url\": %' THEN data::jsonb END)"
_UNCLEAR_DATA = f"(data IS NOT NULL AND {_DATA} IS NULL)"
_URL, _SECRET = "'{url}'", "'{default_payload,cs}'"
_REACHABLE = (
    "(pushkey <> 'gone-' || id OR device_display_name <> ''"
    f" OR COALESCE({_DATA} #>> {_URL}, {_DATA} #>> {_SECRET}) IS NOT NULL"
    " OR id IN (SELECT pusher FROM pusher_throttle))"
)
_BOTH = f"({_dated('ts')} AND {_dated('last_success')})"
_SY11 = f"kind = 'http' AND {_REACHABLE} AND {_BOTH} AND greatest(ts, last_success) <= {_YEAR}"
_SY11_HELD = f"(user_name = {_user(15)} OR lang IS NULL OR lower(trim(lang)) = 'fr')"
_SY11_BLOCKED = "id = 33"


def _nulled(member: str) -> str:
    return (
        f"UPDATE pushers SET data = jsonb_set(data::jsonb, {member}, 'null')::text"
        f" WHERE id IN (SELECT id FROM gone) AND {_DATA} #> {member} IS NOT NULL"
    )


# -- SY-12: the newest visit of the person, if there is one, and all can be read ---
_OUTSIDE = (
    "lower(trim(auth_provider)) <> 'oidc-staff' AND user_id NOT IN (SELECT m.user_id FROM room_memberships AS m"
    " JOIN profiles USING (user_id) WHERE lower(trim(m.membership)) IN ('join', 'invite'))"
)
_VISITS = "SELECT v.user_id FROM user_daily_visits AS v JOIN profiles USING (user_id)"
_UNSEEN = f"(user_id NOT IN ({_VISITS}) OR user_id IN ({_VISITS} WHERE NOT {_dated('timestamp')}))"
_SY12 = f"{_OUTSIDE} AND NOT {_UNSEEN} AND user_id NOT IN ({_VISITS} WHERE timestamp > {_YEAR})"
_SY12_HELD = f"(user_id = {_user(41)} OR lower(external_id) LIKE 'ext7%')"

CASES = (
    Case(
        rule="SY-1",
        due=f"SELECT count(*) FROM user_ips WHERE {_SY1}",
        holds=(
            ("--subject", "synapse.profiles", "@USER007:example.org"),
            ("--record", "synapse.user_ips", "@user009:example.org", "tokA", "10.9.9.9"),
        ),
        held=f"SELECT count(*) FROM user_ips WHERE {_SY1} AND {_SY1_HELD}",
        undecidable=f"SELECT count(*) FROM user_ips WHERE NOT {_dated('last_seen')}",
        act=(f"DELETE FROM user_ips WHERE {_SY1} AND NOT {_SY1_HELD}",),
    ),
    Case(
        rule="SY-2",
        due=f"SELECT count(*) FROM devices WHERE {_SY2}",
        holds=(
            ("--subject", "synapse.profiles", "@user011:example.org"),
            ("--record", "synapse.devices", "@user013:example.org", "DEV1"),
            ("--record", "synapse.access_tokens", "2026"),
        ),
        held=f"SELECT count(*) FROM devices WHERE {_SY2} AND {_SY2_HELD}",
        blocked=f"SELECT count(*) FROM devices WHERE {_SY2} AND NOT {_SY2_HELD} AND {_SY2_BLOCKED}",
        undecidable=f"SELECT count(*) FROM devices WHERE {_OPEN}"
        f" AND (hidden IS NULL OR (NOT hidden AND NOT {_dated('last_seen')}))",
        act=(
            _gone("user_id, device_id", "devices", f"{_SY2} AND NOT {_SY2_HELD} AND NOT {_SY2_BLOCKED}"),
            "UPDATE access_tokens SET token = 'erased-' || id"
            " WHERE (user_id, device_id) IN (SELECT user_id, device_id FROM gone)",
            f"UPDATE devices SET ip = {_MASKED}, user_agent = NULL"
            " WHERE (user_id, device_id) IN (SELECT user_id, device_id FROM gone)",
        ),
    ),
    Case(
        rule="SY-3",
        due=f"SELECT count(*) FROM refresh_tokens WHERE {_SY3}",
        holds=(
            ("--subject", "synapse.profiles", "@user011:example.org"),
            ("--record", "synapse.refresh_tokens", "58"),
            ("--record", "synapse.event_txn_id", "$1371-É"),
        ),
        held=f"SELECT count(*) FROM refresh_tokens WHERE {_SY3} AND {_SY3_HELD}",
        blocked=f"SELECT count(*) FROM refresh_tokens WHERE {_SY3} AND NOT {_SY3_HELD} AND {_SY3_BLOCKED}",
        undecidable=f"SELECT count(*) FROM refresh_tokens WHERE expiry_ts < {_FLOOR}",
        act=(
            _gone("id", "refresh_tokens", f"{_SY3} AND NOT {_SY3_HELD} AND NOT {_SY3_BLOCKED}"),
            "DELETE FROM event_txn_id WHERE token_id IN"
            " (SELECT id FROM access_tokens WHERE refresh_token_id IN (SELECT id FROM gone))",
            "DELETE FROM access_tokens WHERE refresh_token_id IN (SELECT id FROM gone)",
            "UPDATE refresh_tokens SET next_token_id = NULL WHERE next_token_id IN (SELECT id FROM gone)",
            "DELETE FROM refresh_tokens WHERE id IN (SELECT id FROM gone)",
        ),
    ),
    Case(
        rule="SY-4",
        refused="nothing ties the rows",
        due=f"SELECT count(*) FROM local_media_repository WHERE {_SY4}",
        undecidable=f"SELECT count(*) FROM local_media_repository WHERE {_PLAIN}"
        f" AND NOT ({_dated('created_ts')} AND {_dated('last_access_ts')})",
        act=(
            "DELETE FROM local_media_repository_thumbnails"
            f" WHERE media_id IN (SELECT media_id FROM local_media_repository WHERE {_SY4})",
            f"DELETE FROM local_media_repository WHERE {_SY4}",
        ),
    ),
    Case(
        rule="SY-5",
        due=f"SELECT count(*) FROM local_media_repository_url_cache WHERE {_SY5}",
        holds=(
            ("--table", "synapse.local_media_repository_url_cache", "--where", "{url: {starts with: 'https://evil'}}"),
        ),
        held=f"SELECT count(*) FROM local_media_repository_url_cache WHERE {_SY5}",
        undecidable=f"SELECT count(*) FROM local_media_repository_url_cache WHERE NOT {_dated('expires_ts')}",
    ),
    Case(
        rule="SY-6",
        due=f"SELECT count(*) FROM threepid_validation_session WHERE {_SY6}",
        holds=(
            ("--subject", "synapse.profiles", "@user023:example.org"),
            ("--record", "synapse.threepid_validation_token", "tok-40-0"),
        ),
        held=f"SELECT count(*) FROM threepid_validation_session WHERE {_SY6} AND {_SY6_HELD}",
        blocked=f"SELECT count(*) FROM threepid_validation_session WHERE {_SY6} AND NOT {_SY6_HELD} AND {_SY6_BLOCKED}",
        undecidable=f"SELECT count(*) FROM threepid_validation_session WHERE {_UNCONFIRMED}"
        f" AND NOT {_dated('last_send_attempt')}",
        act=(
            _gone("session_id", "threepid_validation_session", f"{_SY6} AND NOT {_SY6_HELD} AND NOT {_SY6_BLOCKED}"),
            "DELETE FROM threepid_validation_token WHERE session_id IN (SELECT session_id FROM gone)",
            "DELETE FROM threepid_validation_session WHERE session_id IN (SELECT session_id FROM gone)",
        ),
    ),
    Case(
        rule="SY-7",
        due=f"SELECT count(*) FROM rooms WHERE {_SY7}",
        holds=(
            ("--subject", "synapse.profiles", "@user023:example.org"),
            ("--record", "synapse.event_json", "$0530-É"),
        ),
        held=f"SELECT count(*) FROM rooms WHERE {_SY7} AND {_SY7_HELD}",
        blocked=f"SELECT count(*) FROM rooms WHERE {_SY7} AND NOT {_SY7_HELD} AND {_SY7_BLOCKED}",
        undecidable=f"SELECT count(*) FROM rooms WHERE {_LEFT} AND {_UNCLEAR}",
        act=(
            _gone("room_id", "rooms", f"{_SY7} AND NOT {_SY7_HELD} AND NOT {_SY7_BLOCKED}"),
            *(
                f"DELETE FROM {table} WHERE event_id IN {_GONE_EVENTS}"
                for table in (
                    "event_json",
                    "event_edges",
                    "event_relations",
                    "event_search",
                    "state_events",
                    "event_txn_id",
                )
            ),
            *(
                f"DELETE FROM {table} WHERE room_id IN (SELECT room_id FROM gone)"
                for table in (
                    "room_memberships",
                    "room_aliases",
                    "room_stats_state",
                    "destination_rooms",
                    "events",
                    "rooms",
                )
            ),
        ),
    ),
    Case(
        rule="SY-8",
        due=f"SELECT count(*) FROM event_json WHERE {_SY8}",
        holds=(("--subject", "synapse.profiles", "@user016:example.org"),),
        held=f"SELECT count(*) FROM event_json WHERE {_SY8} AND {_SY8_HELD}",
        undecidable="SELECT count(*) FROM event_json WHERE (json NOT LIKE '%}' AND json <> '[]')"
        f" OR ({_JSON} ->> 'type' IS NULL AND {_SAID}) OR ({_MESSAGE} AND NOT {_dated(_STAMP)})",
        act=(f"UPDATE event_json SET json = ({_WITHOUT_BOTH})::text WHERE {_SY8} AND NOT {_SY8_HELD}",),
        json={("event_json", "json"): ("content.body", "content.formatted_body")},
    ),
    Case(
        rule="SY-9",
        due=f"SELECT count(*) FROM profiles WHERE {_SY9}",
        holds=(
            ("--subject", "synapse.profiles", "@user029:example.org"),
            ("--record", "synapse.user_directory", "@user050:example.org"),
            ("--record", "synapse.threepid_validation_session", "Sid79"),
        ),
        held=f"SELECT count(*) FROM profiles WHERE {_SY9} AND {_SY9_HELD}",
        blocked=f"SELECT count(*) FROM profiles WHERE {_SY9} AND {_SY9_BLOCKED}",
        # Where a second type is nearly that one, it may be meant; alone it is not, since `has` is to the letter.
        undecidable=f"SELECT count(*) FROM profiles WHERE {_NAMED} AND {_closed(_EXACT)} AND ({_closed(_NEARLY)} OR ("
        f"NOT {_closed(f'{_EXACT} AND {_READ} {_BEFORE}')} AND NOT {_closed(f'{_EXACT} AND {_READ} {_AFTER}')}))",
        act=(
            _gone("user_id", "profiles", f"{_SY9} AND NOT {_SY9_HELD} AND NOT {_SY9_BLOCKED}"),
            "DELETE FROM user_threepids WHERE user_id IN (SELECT user_id FROM gone)",
            "UPDATE user_directory SET display_name = NULL, avatar_url = NULL"
            " WHERE user_id IN (SELECT user_id FROM gone)",
            "UPDATE presence SET status_msg = NULL WHERE user_id IN (SELECT user_id FROM gone)",
            "UPDATE profiles SET displayname = 'Former member', avatar_url = NULL"
            " WHERE user_id IN (SELECT user_id FROM gone)",
        ),
    ),
    Case(
        rule="SY-10",
        due=f"SELECT count(*) FROM ui_auth_sessions WHERE {_SY10}",
        holds=(
            ("--table", "synapse.ui_auth_sessions", "--where", "{uri: {contains: deactivate}}"),
            ("--record", "synapse.ui_auth_sessions_ips", "sess8", "10.0.0.1", "Mozilla"),
        ),
        held=f"SELECT count(*) FROM ui_auth_sessions WHERE {_SY10} AND {_SY10_HELD}",
        blocked=f"SELECT count(*) FROM ui_auth_sessions WHERE {_SY10} AND NOT {_SY10_HELD} AND {_SY10_BLOCKED}",
        undecidable=f"SELECT count(*) FROM ui_auth_sessions WHERE (NOT {_ASKED} AND {_UNTOLD})"
        f" OR ({_ASKED} AND NOT {_dated('creation_time')})",
        act=(
            _gone("session_id", "ui_auth_sessions", f"{_SY10} AND NOT {_SY10_HELD} AND NOT {_SY10_BLOCKED}"),
            *(
                f"DELETE FROM {table} WHERE session_id IN (SELECT session_id FROM gone)"
                for table in ("ui_auth_sessions_credentials", "ui_auth_sessions_ips", "ui_auth_sessions")
            ),
        ),
    ),
    Case(
        rule="SY-11",
        due=f"SELECT count(*) FROM pushers WHERE {_SY11}",
        holds=(
            ("--subject", "synapse.profiles", "@user015:example.org"),
            ("--table", "synapse.pushers", "--where", "{lang: fr}"),
            ("--record", "synapse.pusher_throttle", "33", "!Rööm33:example.org"),
        ),
        held=f"SELECT count(*) FROM pushers WHERE {_SY11} AND {_SY11_HELD}",
        blocked=f"SELECT count(*) FROM pushers WHERE {_SY11} AND NOT {_SY11_HELD} AND {_SY11_BLOCKED}",
        undecidable="SELECT count(*) FROM pushers WHERE kind = 'http'"
        f" AND (({_REACHABLE} AND NOT {_BOTH}) OR (NOT {_REACHABLE} AND {_UNCLEAR_DATA}))",
        act=(
            _gone("id", "pushers", f"{_SY11} AND NOT {_SY11_HELD} AND NOT {_SY11_BLOCKED}"),
            "DELETE FROM pusher_throttle WHERE pusher IN (SELECT id FROM gone)",
            _nulled(_URL),
            _nulled(_SECRET),
            "UPDATE pushers SET pushkey = 'gone-' || id, device_display_name = '' WHERE id IN (SELECT id FROM gone)",
        ),
        json={("pushers", "data"): ("url", "default_payload.cs")},
    ),
    Case(
        rule="SY-12",
        due=f"SELECT count(*) FROM user_external_ids WHERE {_SY12}",
        holds=(
            ("--subject", "synapse.profiles", "@user041:example.org"),
            ("--table", "synapse.user_external_ids", "--where", "{external_id: {starts with: ext7}}"),
        ),
        held=f"SELECT count(*) FROM user_external_ids WHERE {_SY12} AND {_SY12_HELD}",
        undecidable=f"SELECT count(*) FROM user_external_ids WHERE {_OUTSIDE} AND {_UNSEEN}",
        act=(f"DELETE FROM user_external_ids WHERE {_SY12} AND NOT {_SY12_HELD}",),
    ),
)
