"""The pages of the problems that reading finds, as `validate --explain` prints them: what, why, how to mend it."""

from __future__ import annotations

from textwrap import dedent

_PAGES = {
    "unreadable-file": """
        A file is missing, may not be read, is empty, is not UTF-8, or a folder holds no policy.

        A policy that is not read cannot protect anything: an empty or missing file is never taken for "no rules".

        Mend it by correcting the path in `wesretain.yaml` (paths count from its folder) or the file's rights.
        """,
    "yaml-syntax": """
        The file is not YAML, holds a control character, or is nested absurdly deep.

        Nothing in a file is used unless all of it can be parsed. Control characters, and marks that change the
        direction of text, could make a rule read otherwise than it works.

        Mend the line that is named, or the one before it: often a missing quote, colon or closing bracket, or a tab.
        """,
    "yaml-duplicate-key": """
        A key is written twice in one mapping.

        YAML readers keep the one or the other without a word; here it might be the shorter period.

        Mend it by keeping one:

            keep: 2 years
            keep: 5 years      # refused
        """,
    "yaml-alias": """
        The file uses an anchor (`&name`), an alias (`*name`) or a merge key (`<<`).

        A rule must say what it does where it stands: with an alias, a change in one place works in others unseen.
        Defaults belong at the top of a policy file, or at a database of the inventory.

        Mend it by writing the value out. A text that begins with `&` or `*` is quoted: `"*"`.
        """,
    "yaml-tag": """
        A value carries a tag, such as `!!str` or `!include`.

        Tags change what a value means, or fetch it from elsewhere. Every scalar here is the text that is written.

        Mend it by taking the tag away. A text that begins with `!` is quoted: `"!important"`.
        """,
    "yaml-document": """
        A second YAML document starts in the file (`---`).

        Most readers stop at the first one, and the rules of the second would be lost.

        Mend it by writing the second document into a file of its own.
        """,
    "ignore-comment": """
        A comment that starts with `wesretain:` is not understood, or gives no reason.

        A warning is silenced on purpose, and the next reader wants to know why. Errors cannot be silenced.

        Mend it so, at the end of the line or on the line before:

            # wesretain: ignore[check-id] reason
        """,
    "unknown-key": """
        A key is not one that may stand there.

        A misspelt key would otherwise be passed over, and with `wehre` for `where` a rule would take the whole table.

        Mend its spelling; `wesretain schema policy` lists the keys for your editor.
        """,
    "missing-key": """
        A key that is needed is not there.

        A rule says its `table`, `keep` and `then`, has a `category` (its own or the file's), and `columns` where it
        redacts. A link says `to`, and `by` or `on`. The configuration says `organisation`, `zone`, `ledger` and
        `databases`.

        Mend it by writing the key.
        """,
    "wrong-type": """
        A value is a text, a list, a mapping or nothing at all where something else must stand.

        Mend it after the message. Note that a key with nothing after it says null, which is not an empty text (`""`).
        """,
    "wrong-value": """
        A value is not one of those that may stand there, or two keys exclude each other.

        Mend it after the message, which names the choice:

            then: delete            # report, hold, redact or delete
            share per rule: 10%     # or none, which is no limit; 0% lets nothing go
        """,
    "period": """
        A period cannot be read, or is one that no rule may have.

        Periods are counted by the calendar in one unit; several units at once could dispose early by a day or more.

        Mend it by writing `90 days`, `12 weeks`, `18 months`, `7 years`, or the same in ISO 8601 (`P7Y`). A rule
        without a clock says `keep: nothing`.
        """,
    "condition": """
        A condition cannot be read.

        Conditions are a closed set of operators. What could be misread is refused: a bare null, an empty list or
        mapping, an empty text where part of a text is looked for.

        Mend it by one of these:

            status: closed                        # equal; [closed, archived] for one of several
            closed_at: {is: null}                 # null, empty, present
            total: {at least: 1, less than: 100}  # at most, at least, less than, more than
            subject: {not: {contains: invoice}}   # contains, starts with, any case
            born: {younger than: 13 years}        # older than, younger than
            has no: [tickets, {orders: {status: active}}]
            any: [{a: 1}, {b: 2}]
        """,
    "name": """
        A name is not well formed, or names too much or too little.

        Names are words joined by dots: `database.table` or `database.schema.table` for a rule's table, `table` or
        `schema.table` in the inventory, links and at last a column in conditions. Databases and links have no dots;
        a table or column that has one stands in double quotes: `shop."my.table"`.

        Mend it by writing the name in full, or `database:` once at the top of the policy file.
        """,
    "duplicate-rule": """
        Two rules have one name, perhaps in two files.

        Rules are known by their names: in `overrides`, in reports, in the ledger's evidence.

        Mend it by giving one of them another name.
        """,
    "version": """
        The policy file is written in a version of the language that this program does not know.

        Mend it by writing `version: 1`, or by bringing wesretain up to date.
        """,
    "zone": """
        A time zone is not known by its name.

        Periods end at midnight somewhere: the zone says where. Abbreviations such as `MYT` mean several places.

        Mend it by a name of the IANA database, such as `Asia/Kuala_Lumpur`, `Europe/Berlin` or `UTC`.
        """,
    "url": """
        The URL of a database is missing, malformed, or given twice.

        Mend it by one `url`, or a `scan_url` that only reads and an `apply_url`; a text, `{env: VARIABLE}` or `{file:
        PATH}`:

            databases:
              helpdesk: {url: "postgresql://wesretain@db.example/helpdesk", password: {env: HELPDESK_PASSWORD}}
        """,
    "discover": """
        What is to find many databases says nothing, or cannot find any.

        Mend it by a pattern of names beside the URL of a server (`*` stands for any letters, `?` for one), by a pattern
        of SQLite files, or by a YAML file whose lines are `name: URL`:

            databases:
              tenants: {url: "postgresql://wesretain@db.example", discover: "tenant_*"}
              shops: {discover: {files: "/srv/shops/*.db"}}
              legacy: {discover: {list: legacy.yaml}}
        """,
    "secret": """
        A password or key stands in the configuration.

        The file is read by many and kept in version control. What was written there is to be changed as well.

        Mend it by saying where the secret is: `{env: VARIABLE}`, or `{file: PATH}` with a file of mode 0600.
        """,
}

#: Check identifier → its page; the first line says what the problem is.
READING: dict[str, str] = {check: dedent(page).strip() for check, page in _PAGES.items()}
