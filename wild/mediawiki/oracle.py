"""What each rule on MediaWiki must find and do, as SQL written by hand.

Nearly all columns are bytes, which MariaDB compares as they are. A time is 14 digits, UTC; the blank of a BINARY(14)
is 14 zero bytes, which say nothing. As of 2026-07-01T00:00Z, in UTC.
"""

from __future__ import annotations

from case import Case

#: Among 14 digits of this data these are no dates.
_NO_DATES = (
    "('20221301000000', '20250230000000', '20269901000000', '20240230000000', '20241332000000', '20231301000000')"
)


def _dated(clock: str) -> str:
    """It is a time, or so far ahead that it means: never."""
    return f"COALESCE({clock} REGEXP '^[0-9]{{14}}$' AND {clock} >= '19700102000000' AND {clock} NOT IN {_NO_DATES}, 0)"


def _over(clock: str, cut_off: str) -> str:
    return f"({_dated(clock)} AND {clock} <= '{cut_off}')"


# -- MW-1: `unknown` is no address: it stays, and nobody can tell whether anything is left to do ----------------------
_MASKED = (
    "IF(rc_ip LIKE '%.%', CONCAT(SUBSTRING_INDEX(rc_ip, '.', 2), '.0.0'),"
    " INET6_NTOA(CONCAT(SUBSTRING(INET6_ATON(rc_ip), 1, 8), REPEAT(X'00', 8))))"
)
_UNMASKED = f"rc_ip NOT IN ('', 'unknown') AND rc_ip <> {_MASKED}"
_MW1 = f"{_UNMASKED} AND {_over('rc_timestamp', '20260402000000')}"
# The person's own changes, and those that lie below a log entry of the person.
_MW1_HELD = (
    "(rc_actor IN (SELECT actor_id FROM actor WHERE actor_user = 31) OR (rc_logid <> 0 AND rc_logid IN"
    " (SELECT log_id FROM logging JOIN actor ON actor_id = log_actor WHERE actor_user = 31)))"
)

# -- MW-2 -----------------------------------------------------------------------------------------------------------
_MW2 = f"log_type IN ('newusers', 'renameuser') AND {_over('log_timestamp', '20230701000000')}"
# Whether an entry without a page is one of page 37 is unknown, and a hold holds it.
_OF_32 = "(SELECT actor_id FROM actor WHERE actor_user = 32)"
_MW2_HELD = f"(log_actor IN {_OF_32} OR log_id = 27 OR log_page = 37 OR log_page IS NULL)"
_HELD_LOGS = f"(SELECT log_id FROM logging WHERE {_MW2_HELD})"
# A change is held with its author, and below a held log entry; a tag below a held change or log entry. Each of these
# stops the log entry at which it points.
_HELD_CHANGES = f"(SELECT rc_id FROM recentchanges WHERE rc_actor IN {_OF_32} OR rc_logid IN {_HELD_LOGS})"
_MW2_BLOCKED = (
    "(log_id = 31"
    f" OR log_id IN (SELECT rc_logid FROM recentchanges WHERE rc_id IN {_HELD_CHANGES})"
    f" OR log_id IN (SELECT ct_log_id FROM change_tag WHERE ct_log_id IS NOT NULL AND ct_rc_id IN {_HELD_CHANGES}))"
)
_SHARED = (
    "SELECT log_comment_id FROM logging UNION SELECT rc_comment_id FROM recentchanges"
    " UNION SELECT rev_comment_id FROM revision UNION SELECT ar_comment_id FROM archive"
    " UNION SELECT pt_reason_id FROM protected_titles"
    " UNION SELECT fa_deleted_reason_id FROM filearchive UNION SELECT fa_description_id FROM filearchive"
    " UNION SELECT img_description_id FROM image UNION SELECT oi_description_id FROM oldimage"
)

# -- MW-3: NULL means for good; `not` takes `Sysop` and `bureaucrat ` for what is named, and spares them ------------
_PLAIN = "TRIM(LOWER(CONVERT(ug_group USING utf8mb4))) NOT IN ('sysop', 'bureaucrat')"
_MW3 = f"{_PLAIN} AND {_over('ug_expiry', '20260701000000')}"
_MW3_HELD = "(ug_user = 165 OR (ug_user = 166 AND ug_group = 'temp'))"

# -- MW-4: the clock is in an attribute, spaces around it do not matter; `infinity` means for good ------------------
_CLOSED = (
    "(SELECT TRIM(up_value) FROM user_properties WHERE up_user = user_id AND up_property = 'accountclosed-timestamp')"
)
_HAS_CLOSED = "user_id IN (SELECT up_user FROM user_properties WHERE up_property = 'accountclosed-timestamp')"
_UNERASED = (
    "(user_name <> CONCAT('Erased ', user_id) OR user_real_name <> '' OR user_email <> '' OR user_password <> ''"
    " OR user_token <> REPEAT(X'00', 32) OR user_email_authenticated IS NOT NULL"
    # What `with` redacts below counts too.
    " OR EXISTS (SELECT 1 FROM user_properties"
    " WHERE up_user = user_id AND up_property = 'nickname' AND up_value IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM actor WHERE actor_user = user_id AND actor_name <> CONCAT('Erased ', actor_id)))"
)
_MW4 = f"{_HAS_CLOSED} AND {_UNERASED} AND {_over(_CLOSED, '20250701000000')}"
# 71 has a held actor, 78 a held nickname.
_MW4_HELD, _MW4_BLOCKED = "user_id = 70", "user_id IN (71, 78)"

# -- MW-5 -----------------------------------------------------------------------------------------------------------
_MW5 = _over("we_expiry", "20260601000000")
_MW5_HELD = "(we_item IN (44, 46) OR we_item IN (SELECT wl_id FROM watchlist WHERE wl_user = 33))"

# -- MW-6 -----------------------------------------------------------------------------------------------------------
_MW6 = _over("pt_expiry", "20260601000000")
_MW6_HELD = "((pt_namespace = 1 AND pt_title = 'Straße_des_17._Juni') OR pt_user = 31)"

# -- MW-8: the newest of the account's own time and those of its log entries and edits, all of which must be readable -
_TIMES = (
    "SELECT user_id AS id, user_touched AS t FROM user"
    " UNION ALL SELECT actor_user, log_timestamp FROM logging JOIN actor ON actor_id = log_actor"
    " WHERE actor_user IS NOT NULL"
    " UNION ALL SELECT actor_user, rev_timestamp FROM revision JOIN actor ON actor_id = rev_actor"
    " WHERE actor_user IS NOT NULL"
)
_UNREADABLE = f"user_id IN (SELECT id FROM ({_TIMES}) AS times WHERE NOT {_dated('t')})"
_NO_GROUP = "user_id NOT IN (SELECT ug_user FROM user_groups)"
_MW8 = (
    f"{_NO_GROUP} AND user_editcount < 5 AND NOT {_UNREADABLE}"
    f" AND user_id NOT IN (SELECT id FROM ({_TIMES}) AS times WHERE t > '20230701000000')"
    " AND user_id NOT IN (SELECT pt_user FROM protected_titles)"  # not named in `with`
)
# The notices have no key; but they go as children of accounts that have one, and each is held with its own account.
_MW8_HELD = "user_id IN (20, 21)"
_MW8_BLOCKED = "user_id IN (22, 23, 27)"

# -- MW-9: an actor that is not there has no account either ---
_NOBODY = (
    "rc_actor NOT IN (SELECT actor_id FROM actor WHERE actor_user IS NOT NULL)"
    " AND rc_id NOT IN (SELECT ct_rc_id FROM change_tag WHERE ct_rc_id IS NOT NULL AND ct_tag_id = 2)"
)
_MW9 = f"{_NOBODY} AND {_over('rc_timestamp', '20260402000000')}"
_MW9_LOGS = f"(SELECT log_id FROM logging WHERE log_actor IN {_OF_32} OR log_id = 45)"
_MW9_HELD = f"((rc_logid <> 0 AND rc_logid IN {_MW9_LOGS}) OR LOWER(CONVERT(rc_title USING utf8mb4)) LIKE '%tle 12%')"
# Tags are held by themselves, and with their log entry.
_MW9_BLOCKED = (
    "rc_id IN (SELECT ct_rc_id FROM change_tag"
    f" WHERE ct_rc_id IS NOT NULL AND (ct_id = 215 OR ct_log_id IN {_MW9_LOGS}))"
)

# -- MW-10: `has no` takes `Sysop` and `bureaucrat ` for what is named; who is not there was never here ---
_STAFF = (
    "(SELECT ug_user FROM user_groups JOIN user ON user_id = ug_user"
    " WHERE TRIM(LOWER(CONVERT(ug_group USING utf8mb4))) IN ('sysop', 'bureaucrat') AND ug_expiry IS NULL)"
)
_TOUCHED = "(SELECT user_touched FROM user WHERE user_id = wl_user)"
_MW10 = f"wl_user NOT IN {_STAFF} AND {_over(_TOUCHED, '20230701000000')}"
_MW10_HELD = "(wl_user = 25 OR LOWER(CONVERT(wl_title USING utf8mb4)) LIKE '%ge 10%')"
_MW10_BLOCKED = "wl_id = 344"

# -- MW-11: rows without a key; what is no picture any more, or whose kind nobody knows, stays as it is ---
_REPLACED = "(SELECT img_timestamp FROM image WHERE img_name = oi_name)"
_TELLING = "(oi_metadata <> '0' OR oi_sha1 <> '')"
_PICTURE = "oi_media_type IN ('BITMAP', 'VIDEO')"
_MW11 = f"{_PICTURE} AND {_TELLING} AND {_over(_REPLACED, '20250701000000')}"


def _gone(columns: str, table: str, which: str) -> str:
    return f"CREATE TEMPORARY TABLE gone AS SELECT {columns} FROM {table} WHERE {which}"


CASES = (
    Case(
        rule="MW-1",
        due=f"SELECT count(*) FROM recentchanges WHERE {_MW1}",
        holds=(("--subject", "wiki.user", "31"),),
        held=f"SELECT count(*) FROM recentchanges WHERE {_MW1} AND {_MW1_HELD}",
        undecidable="SELECT count(*) FROM recentchanges WHERE rc_ip = 'unknown'"
        f" OR ({_UNMASKED} AND NOT {_dated('rc_timestamp')})",
        act=(f"UPDATE recentchanges SET rc_ip = {_MASKED} WHERE {_MW1} AND NOT {_MW1_HELD}",),
    ),
    Case(
        rule="MW-2",
        due=f"SELECT count(*) FROM logging WHERE {_MW2}",
        holds=(
            ("--subject", "wiki.user", "32"),
            ("--record", "wiki.logging", "27"),
            ("--record", "wiki.log_search", "target", "Tärget 31", "31"),
            ("--table", "wiki.logging", "--where", "{log_page: 37}"),
        ),
        held=f"SELECT count(*) FROM logging WHERE {_MW2} AND {_MW2_HELD}",
        blocked=f"SELECT count(*) FROM logging WHERE {_MW2} AND NOT {_MW2_HELD} AND {_MW2_BLOCKED}",
        undecidable="SELECT count(*) FROM logging WHERE log_type IN ('newusers', 'renameuser')"
        f" AND NOT {_dated('log_timestamp')}",
        act=(
            _gone("log_id, log_comment_id", "logging", f"{_MW2} AND NOT {_MW2_HELD} AND NOT {_MW2_BLOCKED}"),
            "DELETE FROM log_search WHERE ls_log_id IN (SELECT log_id FROM gone)",
            "UPDATE recentchanges SET rc_logid = 0 WHERE rc_logid IN (SELECT log_id FROM gone)",
            "UPDATE change_tag SET ct_log_id = NULL WHERE ct_log_id IN (SELECT log_id FROM gone)",
            "DELETE FROM logging WHERE log_id IN (SELECT log_id FROM gone)",
            "DELETE FROM comment WHERE comment_id IN (SELECT log_comment_id FROM gone)"
            f" AND comment_id NOT IN ({_SHARED})",
        ),
    ),
    Case(
        rule="MW-3",
        due=f"SELECT count(*) FROM user_groups WHERE {_MW3}",
        holds=(("--subject", "wiki.user", "165"), ("--record", "wiki.user_groups", "166", "temp")),
        held=f"SELECT count(*) FROM user_groups WHERE {_MW3} AND {_MW3_HELD}",
        undecidable=f"SELECT count(*) FROM user_groups WHERE {_PLAIN}"
        f" AND ug_expiry IS NOT NULL AND ug_expiry <> 'infinity' AND NOT {_dated('ug_expiry')}",
        act=(f"DELETE FROM user_groups WHERE {_MW3} AND NOT {_MW3_HELD}",),
    ),
    Case(
        rule="MW-4",
        due=f"SELECT count(*) FROM user WHERE {_MW4}",
        holds=(
            ("--subject", "wiki.user", "70"),
            ("--record", "wiki.actor", "1071"),
            ("--record", "wiki.user_properties", "78", "nickname"),
        ),
        held=f"SELECT count(*) FROM user WHERE {_MW4} AND {_MW4_HELD}",
        blocked=f"SELECT count(*) FROM user WHERE {_MW4} AND {_MW4_BLOCKED}",
        undecidable=f"SELECT count(*) FROM user WHERE {_HAS_CLOSED} AND {_UNERASED}"
        f" AND NOT {_dated(_CLOSED)} AND COALESCE({_CLOSED}, '') <> 'infinity'",
        act=(
            _gone("user_id", "user", f"{_MW4} AND NOT {_MW4_HELD} AND NOT {_MW4_BLOCKED}"),
            "UPDATE user_properties SET up_value = NULL"
            " WHERE up_property = 'nickname' AND up_user IN (SELECT user_id FROM gone)",
            "UPDATE actor SET actor_name = CONCAT('Erased ', actor_id) WHERE actor_user IN (SELECT user_id FROM gone)",
            "UPDATE user SET user_name = CONCAT('Erased ', user_id), user_real_name = '', user_email = '',"
            " user_password = '', user_token = '', user_email_authenticated = NULL"
            " WHERE user_id IN (SELECT user_id FROM gone)",
        ),
    ),
    Case(
        rule="MW-5",
        due=f"SELECT count(*) FROM watchlist_expiry WHERE {_MW5}",
        holds=(
            ("--subject", "wiki.user", "33"),
            ("--record", "wiki.watchlist", "44"),
            ("--record", "wiki.watchlist_expiry", "46"),
        ),
        held=f"SELECT count(*) FROM watchlist_expiry WHERE {_MW5} AND {_MW5_HELD}",
        undecidable=f"SELECT count(*) FROM watchlist_expiry WHERE NOT {_dated('we_expiry')}",
        act=(
            _gone("we_item", "watchlist_expiry", f"{_MW5} AND NOT {_MW5_HELD}"),
            "DELETE FROM watchlist_expiry WHERE we_item IN (SELECT we_item FROM gone)",
            "DELETE FROM watchlist WHERE wl_id IN (SELECT we_item FROM gone)",
        ),
    ),
    Case(
        rule="MW-6",
        due=f"SELECT count(*) FROM protected_titles WHERE {_MW6}",
        holds=(
            ("--record", "wiki.protected_titles", "1", "Straße_des_17._Juni"),
            ("--subject", "wiki.user", "31"),
        ),
        held=f"SELECT count(*) FROM protected_titles WHERE {_MW6} AND {_MW6_HELD}",
        undecidable="SELECT count(*) FROM protected_titles"
        f" WHERE pt_expiry <> 'infinity' AND NOT {_dated('pt_expiry')}",
        act=(
            _gone("pt_reason_id", "protected_titles", f"{_MW6} AND NOT {_MW6_HELD}"),
            f"DELETE FROM protected_titles WHERE {_MW6} AND NOT {_MW6_HELD}",
            "DELETE FROM comment WHERE comment_id IN (SELECT pt_reason_id FROM gone)"
            f" AND comment_id NOT IN ({_SHARED})",
        ),
    ),
    Case(
        rule="MW-7",
        due=f"SELECT count(*) FROM user_newtalk WHERE {_over('user_last_timestamp', '20250701000000')}",
        undecidable=f"SELECT count(*) FROM user_newtalk WHERE NOT {_dated('user_last_timestamp')}",
        act=(f"DELETE FROM user_newtalk WHERE {_over('user_last_timestamp', '20250701000000')}",),
    ),
    Case(
        rule="MW-8",
        due=f"SELECT count(*) FROM user WHERE {_MW8}",
        holds=(
            ("--subject", "wiki.user", "20"),
            ("--record", "wiki.user", "21"),
            ("--record", "wiki.watchlist", "261"),  # of 22
            ("--record", "wiki.actor", "1023"),
            ("--record", "wiki.watchlist_expiry", "266"),  # of 27
        ),
        held=f"SELECT count(*) FROM user WHERE {_MW8} AND {_MW8_HELD}",
        blocked=f"SELECT count(*) FROM user WHERE {_MW8} AND {_MW8_BLOCKED}",
        # Whether an account without a group has made few edits is unknown where nobody counted them.
        undecidable=f"SELECT count(*) FROM user WHERE {_NO_GROUP}"
        f" AND (user_editcount IS NULL OR (user_editcount < 5 AND {_UNREADABLE}))",
        act=(
            _gone("user_id", "user", f"{_MW8} AND NOT {_MW8_HELD} AND NOT {_MW8_BLOCKED}"),
            "DELETE FROM watchlist_expiry WHERE we_item IN"
            " (SELECT wl_id FROM watchlist WHERE wl_user IN (SELECT user_id FROM gone))",
            "DELETE FROM watchlist WHERE wl_user IN (SELECT user_id FROM gone)",
            "DELETE FROM user_properties WHERE up_user IN (SELECT user_id FROM gone)",
            "DELETE FROM user_former_groups WHERE ufg_user IN (SELECT user_id FROM gone)",
            "DELETE FROM bot_passwords WHERE bp_user IN (SELECT user_id FROM gone)",
            "DELETE FROM uploadstash WHERE us_user IN (SELECT user_id FROM gone)",
            "DELETE FROM user_newtalk WHERE user_id IN (SELECT user_id FROM gone)",
            "UPDATE actor SET actor_user = NULL WHERE actor_user IN (SELECT user_id FROM gone)",
            "DELETE FROM user WHERE user_id IN (SELECT user_id FROM gone)",
        ),
    ),
    Case(
        rule="MW-9",
        due=f"SELECT count(*) FROM recentchanges WHERE {_MW9}",
        holds=(
            ("--subject", "wiki.user", "32"),
            ("--record", "wiki.logging", "45"),
            ("--record", "wiki.change_tag", "215"),
            ("--table", "wiki.recentchanges", "--where", "{rc_title: {contains: TLE 12}}"),
        ),
        held=f"SELECT count(*) FROM recentchanges WHERE {_MW9} AND {_MW9_HELD}",
        blocked=f"SELECT count(*) FROM recentchanges WHERE {_MW9} AND NOT {_MW9_HELD} AND {_MW9_BLOCKED}",
        undecidable=f"SELECT count(*) FROM recentchanges WHERE {_NOBODY} AND NOT {_dated('rc_timestamp')}",
        act=(
            _gone("rc_id, rc_comment_id", "recentchanges", f"{_MW9} AND NOT {_MW9_HELD} AND NOT {_MW9_BLOCKED}"),
            "UPDATE change_tag SET ct_rc_id = NULL WHERE ct_rc_id IN (SELECT rc_id FROM gone)",
            "DELETE FROM recentchanges WHERE rc_id IN (SELECT rc_id FROM gone)",
            "DELETE FROM comment WHERE comment_id IN (SELECT rc_comment_id FROM gone)"
            f" AND comment_id NOT IN ({_SHARED})",
        ),
    ),
    Case(
        rule="MW-10",
        due=f"SELECT count(*) FROM watchlist WHERE {_MW10}",
        holds=(
            ("--subject", "wiki.user", "25"),
            ("--table", "wiki.watchlist", "--where", "{wl_title: {contains: GE 10}}"),
            ("--record", "wiki.watchlist_expiry", "344"),
        ),
        held=f"SELECT count(*) FROM watchlist WHERE {_MW10} AND {_MW10_HELD}",
        blocked=f"SELECT count(*) FROM watchlist WHERE {_MW10} AND NOT {_MW10_HELD} AND {_MW10_BLOCKED}",
        undecidable=f"SELECT count(*) FROM watchlist WHERE wl_user NOT IN {_STAFF} AND NOT {_dated(_TOUCHED)}",
        act=(
            _gone("wl_id", "watchlist", f"{_MW10} AND NOT {_MW10_HELD} AND NOT {_MW10_BLOCKED}"),
            "DELETE FROM watchlist_expiry WHERE we_item IN (SELECT wl_id FROM gone)",
            "DELETE FROM watchlist WHERE wl_id IN (SELECT wl_id FROM gone)",
        ),
    ),
    Case(
        rule="MW-11",
        due=f"SELECT count(*) FROM oldimage WHERE {_MW11}",
        undecidable=f"SELECT count(*) FROM oldimage WHERE {_TELLING}"
        f" AND (oi_media_type IS NULL OR ({_PICTURE} AND NOT {_dated(_REPLACED)}))",
        act=(f"UPDATE oldimage SET oi_metadata = '0', oi_sha1 = '' WHERE {_MW11}",),
    ),
)
