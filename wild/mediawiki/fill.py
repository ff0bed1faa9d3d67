"""Fills MediaWiki's tables: 14 digits in BINARY columns, everything else in bytes as well, actors between all."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from case import insert, moments

NEWBIES = 240
#: Values of a clock that stand exactly on a cut-off, a second to either side of it, or say nothing.
UNSAID = ("19700101000000", "00000000000000", "20221301000000", "20250230000000", "2024-01-01 00:", "abcdefghijklmn")
IPS = (
    "192.0.2.55", "203.0.113.255", "10.0.0.1", "", "", "192.0.0.0", "2001:db8::", "unknown",
    "2001:DB8:0:0:0:0:0:1", "2001:DB8:A:B:C:D:E:F", "26:0:0:0:0:0:0:1", "0:0:0:0:0:0:0:1", "1.2.3.4", "198.51.100.7",
)  # fmt: skip


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S")


def fill(connection: sa.Connection) -> None:
    times = [stamp(moment) for moment in moments(1, 6000)]
    clock = iter(times)
    _users(connection, clock)
    _attributes(connection, clock)
    _comments(connection)
    _changes(connection, clock)
    _logs(connection, clock)
    _edits(connection, clock)
    _titles(connection, clock)
    _watching(connection, clock)
    _rest(connection, clock)
    _pictures(connection, clock)


def _users(connection, clock) -> None:
    touched = {
        11: "20230701000000", 12: "20230701000001", 13: "20230630235959", 14: "", 15: "19700101000000",
        16: "20221301000000", 17: "99991231235959", 18: "20230701000000",
    }  # fmt: skip
    # These have been silent for long, so that each of them shows one thing that keeps, or does not keep, an account.
    silent = {*range(20, 36), 50, 51, 52, 53}
    rows = []
    for user in range(1, NEWBIES + 1):
        seen = next(clock)
        if user in silent or 100 <= user < 150:
            seen = "2021" + seen[4:]
            seen = seen.replace("0229", "0228") if seen[4:8] == "0229" else seen
        edits = None if user in (34, 101, 205) else 5 if user == 35 else (user * 7) % 5 if user < 160 else user
        bare = user == 60  # everything of this one has been erased before
        name = "Erased 60" if bare else f"Ünïcode {user}" if user % 17 == 0 else f"User{user:03}"
        rows.append((
            user, name, "" if bare or user % 9 == 0 else f"Réal Name {user}", "" if bare else f":B:salt:{user:032}",
            "", "" if bare or user % 4 == 0 else f"user{user}@example.org", touched.get(user, seen),
            "" if bare or user % 11 == 0 else f"{user:032}", None if bare or user % 2 else next(clock),
            None, next(clock) if user % 3 else None, edits,
        ))  # fmt: skip
    insert(
        connection, "user",
        "user_id user_name user_real_name user_password user_newpassword user_email user_touched user_token"
        " user_email_authenticated user_email_token_expires user_registration user_editcount", rows,
    )  # fmt: skip
    # Some accounts have no actor; some actors are addresses, and one has lost its account.
    actors = [(1000 + user, user, f"User{user:03}".encode()) for user in range(1, NEWBIES + 1) if user % 40]
    actors += [(2000 + n, None, f"198.51.100.{n}".encode()) for n in range(30)]
    insert(connection, "actor", "actor_id actor_user actor_name", [*actors, (2999, 9999, b"Gone")])


def _attributes(connection, clock) -> None:
    closed = [
        " 20240101000000 ", "20250701000000", "20250701000001", "20250630235959", "infinity", "99991231235959", "",
        None, "2024", "20240230000000", "20240229120000", "19691231000000", "20230101 000000", "0", "20241332000000",
    ]  # fmt: skip
    rows = []
    for user in range(40, 130):
        value = closed[user - 40] if user < 55 else "20240505050505" if user == 60 else next(clock)
        rows.append((user, "accountclosed-timestamp", None if value is None else value.encode()))
    for user in range(1, NEWBIES + 1):
        rows.append((user, "language", b"de"))
        if user % 3 == 0:
            rows.append((user, "nickname", None if user % 12 == 0 else f"Nick «{user}»".encode()))
        if user % 5 == 0:
            # No link leads from here: another property, and one whose name only begins so.
            rows.append((user, "accountclosed-timestamp-old", b"20010101000000"))
    rows += [(9999, "accountclosed-timestamp", b"20010101000000"), (9999, "nickname", b"orphan")]
    insert(connection, "user_properties", "up_user up_property up_value", rows)
    expiry = [
        "20260701000000",
        "20260701000001",
        "20260630235959",
        None,
        "infinity",
        "",
        "20269901000000",
        "99991231235959",
    ]
    names = ["editor", "bot", "sysop", "Sysop", "bureaucrat ", "rollbacker", "Bürokrat"]
    groups = []
    for n, user in enumerate(range(150, 230)):
        groups.append((user, names[n % len(names)], expiry[n % len(expiry)]))
    groups += [(user, "temp", next(clock)) for user in range(160, 235)]
    groups += [(30, "editor", None), (31, "editor", "20200101000000"), (9999, "editor", "20200101000000")]
    insert(connection, "user_groups", "ug_user ug_group ug_expiry", groups)
    insert(
        connection, "user_former_groups", "ufg_user ufg_group", [(u, "newbie") for u in range(1, 60)] + [(9999, "x")]
    )
    bots = [(user, "app", b"secret", b"", b"[]") for user in (21, 24, 104, 106, 108, 150, 9999)]
    insert(connection, "bot_passwords", "bp_user bp_app_id bp_password bp_restrictions bp_grants", bots)


def _comments(connection) -> None:
    rows = [(n, n % 97, f"comment {n} – später".encode(), b'{"n": %d}' % n if n % 2 else None) for n in range(1, 1101)]
    insert(connection, "comment", "comment_id comment_hash comment_text comment_data", rows)


def _actor(n: int) -> int:
    """Accounts, addresses, and now and then one that is not there."""
    account = (n * 13) % 239 + 1
    if (20 <= account < 36 or 100 <= account < 150) and n % 9:
        account += 60 if account < 36 else 50  # most of these have never done anything
    return 99999 if n % 83 == 0 else 2000 + n % 30 if n % 5 == 0 else 1000 + account


def _changes(connection, clock) -> None:
    edge = ["20260402000000", "20260402000001", "20260401235959", "", *UNSAID, "99991231235959"]
    rows = []
    for n in range(1, 901):
        when = (
            edge[n % len(edge)]
            if n % 10 == 0
            else next(clock)
            if n % 2
            else "2026" + f"{3 + n % 3:02}{n % 28 + 1:02}101112"
        )
        actor = 1031 if n in (103, 201, 305, 407, 509) else _actor(n)
        log = n // 2 if n % 6 == 0 else 0
        comment = 300 + n if n <= 400 else 1
        rows.append((n, when, actor, 0, f"Títle {n}", comment, 1, IPS[n % len(IPS)], log))
    # Two of one person's changes point at log entries of others.
    rows += [(901, "20200101000000", 1032, 0, "x", 1, 1, "", 23), (902, "20200101000000", 1032, 0, "x", 1, 1, "", 25)]
    insert(
        connection, "recentchanges",
        "rc_id rc_timestamp rc_actor rc_namespace rc_title rc_comment_id rc_type rc_ip rc_logid", rows,
    )  # fmt: skip


def _logs(connection, clock) -> None:
    edge = ["20230701000000", "20230701000001", "20230630235959", "", *UNSAID, "99991231235959"]
    kinds = ["newusers", "newusers", "renameuser", "renameuser", "block", "Newusers", "newusers ", "newusers\0", ""]
    logs, search = [], []
    for n in range(1, 701):
        kind = "newusers" if n in (23, 25, 27, 29, 31, 33) else kinds[n % len(kinds)]
        when = edge[n % len(edge)] if n % 12 == 0 else next(clock)
        if n in (23, 25, 27, 29, 31, 33):
            when = "20220202020202"
        if 34 < n < 40:
            when = "20190101000000"
        actor = 1031 if n == 27 else 1032 if n in (29, 35, 36) else 1045 if n in (23, 25, 31, 33) else _actor(n)
        # The first comments are the log's alone, some of two entries; others are shared with changes and revisions.
        comment = n // 2 + 1 if n <= 400 else n if n <= 500 else 400 + n
        logs.append((n, kind, "create", when, actor, n % 4, f"User{n % 200:03}", n % 50 or None, comment, b""))
        if n % 3 == 0 or n == 31:
            search += [("target", f"Tärget {n}", n), ("actor", "x", n)]
    search.append(("target", "orphan", 99999))
    insert(
        connection, "logging",
        "log_id log_type log_action log_timestamp log_actor log_namespace log_title log_page log_comment_id log_params",
        logs,
    )  # fmt: skip
    insert(connection, "log_search", "ls_field ls_value ls_log_id", search)
    tags = [(n, n if n % 3 else None, n if n % 2 else None, None, 1 + n % 3) for n in range(1, 300)]
    insert(connection, "change_tag", "ct_id ct_rc_id ct_log_id ct_rev_id ct_tag_id", tags)


def _edits(connection, clock) -> None:
    rows = []
    for n in range(1, 701):
        when = next(clock)
        actor = _actor(n)
        if 1100 <= actor < 1150 and n % 3:
            when = "2020" + when[4:8].replace("0229", "0228") + when[8:]
        rows.append((n, 1 + n % 60, 250 + n % 200, actor, when))
    # Of silent accounts: one that edited lately, one on the cut-off, one a second later, one with an unreadable time.
    rows += [(701, 1, 250, 1050, "20260101000000"), (702, 1, 250, 1051, "20230701000000")]
    rows += [
        (703, 1, 250, 1052, "20230701000001"),
        (704, 1, 250, 1053, "20231301000000"),
        (705, 1, 250, 1018, "99991231235959"),
    ]
    insert(connection, "revision", "rev_id rev_page rev_comment_id rev_actor rev_timestamp", rows)
    archive = [(n, 2, "Dëleted", 10 + n, _actor(n), next(clock), 5000 + n) for n in range(1, 40)]
    insert(connection, "archive", "ar_id ar_namespace ar_title ar_comment_id ar_actor ar_timestamp ar_rev_id", archive)
    files = [(n, f"File{n}.png", 90 + n, 120 + n, _actor(n)) for n in range(1, 20)]
    insert(connection, "filearchive", "fa_id fa_name fa_deleted_reason_id fa_description_id fa_actor", files)


def _titles(connection, clock) -> None:
    edge = ["20260601000000", "20260601000001", "20260531235959", "infinity", "", "20269901000000", "1", "0"]
    rows = []
    for n in range(1, 121):
        expiry = edge[n % len(edge)] if n % 4 == 0 else next(clock)
        # Reasons: some are the titles' alone, two share one, some are revisions' as well, one is not there.
        reason = 99999 if n % 40 == 0 else 745 if n in (51, 53) else 720 + n // 2 if n % 2 else 250 + n
        title = "Straße_des_17._Juni" if n == 7 else f"Títle_{n}" if n % 2 else f"Title {n} "
        owner = 24 if n == 9 else 105 if n in (13, 14) else 31 if n == 21 else 170 + n % 60
        rows.append(
            (n % 3, title, owner, reason, "20190101000000", "20200101000000" if n in (7, 9, 21) else expiry, "sysop")
        )
    insert(
        connection, "protected_titles",
        "pt_namespace pt_title pt_user pt_reason_id pt_timestamp pt_expiry pt_create_perm", rows,
    )  # fmt: skip


def _watching(connection, clock) -> None:
    edge = ["20260601000000", "20260601000001", "20260531235959", "", *UNSAID, "99991231235959"]
    watch = [(n, 1 + n % NEWBIES, n % 2, f"Pàge {n}") for n in range(1, 721)] + [(800, 9999, 0, "orphan")]
    insert(connection, "watchlist", "wl_id wl_user wl_namespace wl_title", watch)
    rows = [(n, edge[n % len(edge)] if n % 10 == 0 else next(clock)) for n in range(2, 721, 2)]
    insert(
        connection, "watchlist_expiry", "we_item we_expiry", [*rows, (5001, "20200101000000"), (800, "20200101000000")]
    )


def _rest(connection, clock) -> None:
    edge = ["20250701000000", "20250701000001", "20250630235959", "", None, *UNSAID, "99991231235959"]
    talk = [
        (
            n % 260 if n % 3 else 0,
            "" if n % 3 else f"198.51.100.{n % 9}",
            edge[n % len(edge)] if n % 5 == 0 else next(clock),
        )
        for n in range(200)
    ]
    talk += [talk[1], talk[1]]  # rows that nothing tells apart
    insert(connection, "user_newtalk", "user_id user_ip user_last_timestamp", talk)
    stash = [(n, n * 3, f"key{n}", "/a", "/b", "20200101000000", "finished", n, "0") for n in range(1, 60)]
    insert(
        connection, "uploadstash",
        "us_id us_user us_key us_orig_path us_path us_timestamp us_status us_size us_sha1", stash,
    )  # fmt: skip


def _pictures(connection, clock) -> None:
    edge = ["20250701000000", "20250701000001", "20250630235959", "", *UNSAID, "99991231235959"]
    files = [
        (f"Picture{n}.jpg", b"", 5000 + n, _actor(n), edge[n % len(edge)] if n % 4 == 0 else next(clock))
        for n in range(1, 61)
    ]
    insert(connection, "image", "img_name img_metadata img_description_id img_actor img_timestamp", files)
    said = (b'a:1:{s:4:"Make";s:5:"Canon";}', b"\x00\xff\xfe", b"0", b"", b"00", '{"Ort": "Köln"}'.encode())
    kinds = ("BITMAP", "VIDEO", "BITMAP", "DRAWING", "BITMAP", None, "BITMAP", "UNKNOWN")
    older = []
    for n in range(1, 361):
        # Some files have been removed since, and one has nearly the name of another one.
        name = "picture5.jpg" if n % 90 == 0 else f"Picture{n % 66}.jpg"
        mark = "" if n % 5 in (1, 2) else f"sha{n}"
        older.append((name, f"{n}!{name}", 5100 + n, _actor(n), "20200101000000", said[n % 6], kinds[n // 2 % 8], mark))
    older += [older[0], older[0], older[6], older[6]]  # rows that nothing tells apart
    insert(
        connection, "oldimage",
        "oi_name oi_archive_name oi_description_id oi_actor oi_timestamp oi_metadata oi_media_type oi_sha1", older,
    )  # fmt: skip
