"""The tables that are purged, and how each engine fills them by itself: the same rows every time, in a few seconds.

A help desk over four and a half years, a third of which is older than three: of so many records three in ten are due.
"""

from __future__ import annotations

from dataclasses import dataclass

AS_OF, CUT_OFF = "2026-07-01", "2023-07-01 00:00:00"
#: The first record's time, and the seconds from there to `AS_OF`.
_START, _SPAN = "2022-01-01 00:00:00", 141_955_200


@dataclass(frozen=True)
class Case:
    """What is purged: its tables (the ruled one first), the rule, and how a table is indexed and filled.

    In `fills` stand `{n}` for the rows of the ruled table, `{numbers}` for a relation with a column `n` of 1 to these,
    `{time}` for the time of row `n`, and `{text}` for some words.
    """

    name: str
    tables: tuple[str, ...]
    rule: str
    ddl: tuple[str, ...]
    indexes: tuple[str, ...]
    fills: tuple[str, ...]


ALONE = Case(
    "delete, no rows below",
    ("logins",),
    "keep: 3 years\n    after: at\n    then: delete",
    ("CREATE TABLE logins (id {key} PRIMARY KEY, customer_id BIGINT NOT NULL, at {datetime}, agent VARCHAR(100))",),
    ("CREATE INDEX logins_customer ON logins (customer_id)", "CREATE INDEX logins_at ON logins (at)"),
    ("INSERT INTO logins SELECT n, n % 5000 + 1, CASE WHEN n % 10 > 0 THEN {time} END, {text} FROM {numbers}",),
)
BELOW = Case(
    "delete, two rows below each",
    ("tickets", "posts"),
    "where: {state: closed}\n    keep: 3 years\n    after: closed_at\n    then: delete\n    with: {posts: delete}",
    (
        "CREATE TABLE tickets (id {key} PRIMARY KEY, customer_id BIGINT NOT NULL, state VARCHAR(20) NOT NULL,"
        " closed_at {datetime}, subject VARCHAR(100))",
        "CREATE TABLE posts (id {key} PRIMARY KEY, ticket_id BIGINT NOT NULL, body VARCHAR(200),"
        " FOREIGN KEY (ticket_id) REFERENCES tickets (id))",
    ),
    (
        "CREATE INDEX tickets_customer ON tickets (customer_id)",
        "CREATE INDEX tickets_closed ON tickets (closed_at)",
        "CREATE INDEX posts_ticket ON posts (ticket_id)",
    ),
    (
        "INSERT INTO tickets SELECT n, n % 5000 + 1, CASE WHEN n % 10 > 0 THEN 'closed' ELSE 'open' END,"
        " CASE WHEN n % 10 > 0 THEN {time} END, {text} FROM {numbers}",
        "INSERT INTO posts SELECT n * 2, n, {text} FROM {numbers}",
        "INSERT INTO posts SELECT n * 2 + 1, n, {text} FROM {numbers}",
    ),
)
REDACTED = Case(
    "redact three columns",
    ("contacts",),
    'keep: 3 years\n    after: left_at\n    then: redact\n    columns: {name: "", email: null, phone: null}',
    (
        "CREATE TABLE contacts (id {key} PRIMARY KEY, customer_id BIGINT NOT NULL, name VARCHAR(60) NOT NULL,"
        " email VARCHAR(80), phone VARCHAR(30), left_at {datetime}, note VARCHAR(100))",
    ),
    ("CREATE INDEX contacts_customer ON contacts (customer_id)", "CREATE INDEX contacts_left ON contacts (left_at)"),
    (
        "INSERT INTO contacts SELECT n, n % 5000 + 1, 'Somebody', 'some@body.example', '+60 3 1234',"
        " CASE WHEN n % 10 > 0 THEN {time} END, {text} FROM {numbers}",
    ),
)
CASES = {"alone": ALONE, "below": BELOW, "redacted": REDACTED}

#: What the engines call a whole number that is a key, and a time.
TYPES = {
    "postgresql": {"key": "BIGINT", "datetime": "TIMESTAMP"},
    "mariadb": {"key": "BIGINT", "datetime": "DATETIME"},
    "sqlite": {"key": "INTEGER", "datetime": "DATETIME"},
}
_TEXT = "'a line of some seventy letters, as most tables have them in a column or two'"
#: Times grow with the number, a month to and fro.
_SECONDS = "((n - 1) * {span} / {n}) + (n * 7919 % 61 - 30) * 43200"


def fill(case: Case, dialect: str, rows: int) -> list[str]:
    """The statements that fill a case's tables on an engine."""
    seconds = _SECONDS.format(span=_SPAN, n=rows)
    match dialect:
        case "postgresql":
            numbers = f"generate_series(1::bigint, {rows}) n"
            time = f"TIMESTAMP '{_START}' + ({seconds}) * INTERVAL '1 second'"
        case "mariadb":
            numbers = f"(SELECT CAST(seq AS SIGNED) AS n FROM seq_1_to_{rows}) numbers"
            time = f"TIMESTAMPADD(SECOND, CAST({seconds} AS SIGNED), '{_START}')"
        case _:
            counting = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows})"
            numbers = f"({counting} SELECT n FROM c)"
            time = f"datetime('{_START}', ({seconds}) || ' seconds')"
    return [each.format(n=rows, numbers=numbers, time=time, text=_TEXT) for each in case.fills]
