"""The tables that are purged, and how each engine fills them by itself: the same rows every time, in a few seconds.

A help desk over four and a half years, a third of which is older than three: of so many records three in ten are due.
Each record belongs to one of 5,000 customers.
"""

from __future__ import annotations

from dataclasses import dataclass

AS_OF, CUT_OFF = "2026-07-01", "2023-07-01 00:00:00"
CUSTOMERS = 5_000
#: The first record's time, and the seconds from there to `AS_OF`.
_START, _SPAN = "2022-01-01 00:00:00", 141_955_200
#: The share of the records that is due, and that where they lie together.
SHARE, TOGETHER = 0.3, 0.9


@dataclass(frozen=True)
class Case:
    """What is purged: its tables (the ruled one first), the rule, and how a table is indexed and filled.

    `key` names the column of whole numbers or UUIDs by which a purge by hand goes through the table, `due` is what is
    true of its due records, and `redacted` what an UPDATE sets where they are not deleted. `below` is a table of rows
    that go along, and its column that names the record. `number` is what tells records apart in a checksum. Due records
    have a share of `dense_on_disk` among the records where they lie, and of `dense_by_key` in the order of the key.

    In `fills` stand `{n}` for the rows of the ruled table, `{numbers}` for a relation with a column `n` of 1 to these,
    `{text}` for some words, `{uuid}` for a UUID made of `n`, and `{clustered}`, `{scattered}`, `{sparse}` and `{old}`
    for the time of row `n`: growing with it, without regard to it, hardly ever due, and nearly always due.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    rules: str
    due: str
    ddl: tuple[str, ...]
    indexes: tuple[str, ...]
    fills: tuple[str, ...]
    key: str = "id"
    key_type: str = "number"
    number: str = "id"
    redacted: str = ""
    below: tuple[str, str] | None = None
    share: float = SHARE
    dense_on_disk: float = TOGETHER
    dense_by_key: float = TOGETHER

    @property
    def table(self) -> str:
        """The ruled table."""
        return self.tables[0]

    @property
    def checks(self) -> tuple[tuple[str, str, str], ...]:
        """Queries that tell what is left: each as a relation, a count with a checksum of it, and which rows go.

        Of redacted records those that are blank are counted, and nothing goes.
        """
        tally = f"count(*), coalesce(sum({self.number}), 0)"
        if self.redacted:
            return ((self.table, tally, ""), (f"{self.table} WHERE {BLANK}", tally, ""))
        if self.below is None:
            return ((self.table, tally, self.due),)
        name, column = self.below
        joined = f"{name} JOIN {self.table} ON {name}.{column} = {self.table}.id"
        return ((self.table, tally, self.due), (joined, f"count(*), coalesce(sum({name}.id), 0)", self.due))


BLANK = "name = '' AND email IS NULL AND phone IS NULL"
_LOGINS = (
    "CREATE TABLE logins (id {key} PRIMARY KEY, customer_id BIGINT NOT NULL, at {datetime}, agent VARCHAR(100))",
)
_OLD = "old: {table: desk.%s, keep: 3 years, after: at, then: delete}"
_DUE = f"at <= '{CUT_OFF}'"


def _logins(name: str, title: str, time: str, *indexes: str, **more: float) -> Case:
    """A case of log-ins, with nothing below them, whose times are `time`."""
    return Case(
        name,
        title,
        ("logins",),
        _OLD % "logins",
        _DUE,
        _LOGINS,
        ("CREATE INDEX logins_customer ON logins (customer_id)", *indexes),
        (f"INSERT INTO logins SELECT n, n % 5000 + 1, {time}, {{text}} FROM {{numbers}}",),
        **more,  # type: ignore[arg-type]
    )


_DATED = "CASE WHEN n % 10 > 0 THEN {time} END"
_BY_TIME = "CREATE INDEX logins_at ON logins (at)"
CLUSTERED = _logins("clustered", "whole numbers, due ones together", _DATED.replace("time", "clustered"), _BY_TIME)
SCATTERED = _logins(
    "scattered",
    "whole numbers, due ones scattered",
    _DATED.replace("time", "scattered"),
    _BY_TIME,
    dense_on_disk=SHARE,
    dense_by_key=SHARE,
)
UNINDEXED = _logins("unindexed", "no index on the clock", _DATED.replace("time", "clustered"))
SPARSE = _logins(
    "sparse",
    "0.3 % due, scattered, index on the clock",
    "{sparse}",
    _BY_TIME,
    share=0.003,
    dense_on_disk=0.003,
    dense_by_key=0.003,
)
BACKLOG = _logins(
    "backlog",
    "nine in ten due",
    "{old}",
    _BY_TIME,
    share=0.9,
)
UUIDS = Case(
    "uuid",
    "UUIDs as keys",
    ("receipts",),
    _OLD % "receipts",
    _DUE,
    (
        "CREATE TABLE receipts (id {uuid} PRIMARY KEY NOT NULL, number BIGINT NOT NULL, customer_id BIGINT NOT NULL,"
        " at {datetime}, agent VARCHAR(100))",
    ),
    (
        "CREATE INDEX receipts_customer ON receipts (customer_id)",
        "CREATE INDEX receipts_at ON receipts (at)",
    ),
    (
        "INSERT INTO receipts SELECT {uuid}, n, n % 5000 + 1, CASE WHEN n % 10 > 0 THEN {clustered} END, {text}"
        " FROM {numbers}",
    ),
    key_type="uuid",
    number="number",
    dense_by_key=SHARE,
)
COMPOSITE = Case(
    "composite",
    "keys of two columns",
    ("visits",),
    _OLD % "visits",
    _DUE,
    (
        "CREATE TABLE visits (customer_id BIGINT NOT NULL, number BIGINT NOT NULL, at {datetime}, agent VARCHAR(100),"
        " PRIMARY KEY (customer_id, number))",
    ),
    ("CREATE INDEX visits_at ON visits (at)",),
    (
        "INSERT INTO visits SELECT n % 5000 + 1, (n - n % 5000) / 5000,"
        " CASE WHEN n % 10 > 0 THEN {clustered} END, {text} FROM {numbers}",
    ),
    key="customer_id",
    key_type="part",
    number="number * 5001 + customer_id",
    dense_by_key=SHARE,
)
BELOW = Case(
    "children",
    "two rows below each",
    ("tickets", "posts"),
    "old: {table: desk.tickets, where: {state: closed}, keep: 3 years, after: closed_at, then: delete,"
    " with: {posts: delete}}",
    f"state = 'closed' AND closed_at <= '{CUT_OFF}'",
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
        " CASE WHEN n % 10 > 0 THEN {clustered} END, {text} FROM {numbers}",
        "INSERT INTO posts SELECT n * 2, n, {text} FROM {numbers}",
        "INSERT INTO posts SELECT n * 2 + 1, n, {text} FROM {numbers}",
    ),
    below=("posts", "ticket_id"),
)
REDACTED = Case(
    "redacted",
    "three columns redacted",
    ("contacts",),
    "old: {table: desk.contacts, keep: 3 years, after: left_at, then: redact,"
    ' columns: {name: "", email: null, phone: null}}',
    f"left_at <= '{CUT_OFF}' AND (name <> '' OR email IS NOT NULL OR phone IS NOT NULL)",
    (
        "CREATE TABLE contacts (id {key} PRIMARY KEY, customer_id BIGINT NOT NULL, name VARCHAR(60) NOT NULL,"
        " email VARCHAR(80), phone VARCHAR(30), left_at {datetime}, note VARCHAR(100))",
    ),
    ("CREATE INDEX contacts_customer ON contacts (customer_id)", "CREATE INDEX contacts_left ON contacts (left_at)"),
    (
        "INSERT INTO contacts SELECT n, n % 5000 + 1, 'Somebody', 'some@body.example', '+60 3 1234',"
        " CASE WHEN n % 10 > 0 THEN {clustered} END, {text} FROM {numbers}",
    ),
    redacted="name = '', email = NULL, phone = NULL",
)
#: The states of the requests of `MANY`, and how long each is kept: a rule a state.
KEPT = {"closed": 3, "merged": 2, "spam": 1, "lost": 4, "answered": 3}
MANY = Case(
    "many",
    "five rules on one table",
    ("requests",),
    "\n  ".join(
        f"{state}: {{table: desk.requests, where: {{state: {state}}}, keep: {years} years, after: at, then: delete}}"
        for state, years in KEPT.items()
    ),
    "",
    (
        "CREATE TABLE requests (id {key} PRIMARY KEY, customer_id BIGINT NOT NULL, state VARCHAR(20) NOT NULL,"
        " at {datetime}, subject VARCHAR(100))",
    ),
    ("CREATE INDEX requests_customer ON requests (customer_id)", "CREATE INDEX requests_at ON requests (at)"),
    (
        "INSERT INTO requests SELECT n, n % 5000 + 1, CASE n % 7 WHEN 0 THEN 'closed' WHEN 1 THEN 'merged'"
        " WHEN 2 THEN 'spam' WHEN 3 THEN 'lost' WHEN 4 THEN 'answered'"
        " WHEN 5 THEN CASE WHEN n % 50 = 0 THEN 'Closed' ELSE 'open' END ELSE 'new' END,"
        " CASE WHEN n % 10 > 0 THEN {clustered} END, {text} FROM {numbers}",
    ),
)
#: Those that are raced against a purge by hand, by their names.
CASES = {case.name: case for case in (CLUSTERED, SCATTERED, UUIDS, COMPOSITE, UNINDEXED, BELOW, REDACTED)}

#: What the engines call a whole number that is a key, a time, and a UUID.
TYPES = {
    "postgresql": {"key": "BIGINT", "datetime": "TIMESTAMP", "uuid": "UUID"},
    "mariadb": {"key": "BIGINT", "datetime": "DATETIME", "uuid": "UUID"},
    "sqlite": {"key": "INTEGER", "datetime": "DATETIME", "uuid": "CHAR(36)"},
}
_TEXT = "'a line of some seventy letters, as most tables have them in a column or two'"
#: Seconds from the first record's time on. `clustered` grows with the number, a month to and fro; the factor of the
#: others is a prime that leads far away with every step.
_SCATTERED = "(n * 2654435761 % {n}) * {span} / {n}"
_SECONDS = {
    "clustered": "((n - 1) * {span} / {n}) + (n * 7919 % 61 - 30) * 43200",
    "scattered": _SCATTERED,
    "sparse": f"CASE WHEN n * 2654435761 % 1000 < 3 THEN 0 ELSE {{span}} / 2 END + {_SCATTERED} / 5",
    "old": f"CASE WHEN n * 10 > {{n}} * 9 THEN {{span}} / 2 ELSE 0 END + {_SCATTERED} / 5",
}


def ddl(case: Case, dialect: str) -> list[str]:
    """The statements that create a case's tables, and the customers, on an engine."""
    return [each.format(**TYPES[dialect]) for each in (_CUSTOMERS, *case.ddl)]


_CUSTOMERS = "CREATE TABLE customers (id {key} PRIMARY KEY, email VARCHAR(80))"


def fill(case: Case, dialect: str, rows: int) -> list[str]:
    """The statements that fill a case's tables, and the customers, on an engine."""
    match dialect:
        case "postgresql":
            numbers, uuid = "generate_series(1::bigint, {count}) n", "md5(n::text)::uuid"
            time = f"TIMESTAMP '{_START}' + ({{seconds}}) * INTERVAL '1 second'"
        case "mariadb":
            numbers = "(SELECT CAST(seq AS SIGNED) AS n FROM seq_1_to_{count}) numbers"
            digest = ("LEFT(MD5(n), 8)", "'0000'", "'4000'", "'8000'", "RIGHT(MD5(n), 12)")
            uuid = f"CAST(CONCAT_WS('-', {', '.join(digest)}) AS UUID)"
            time = f"TIMESTAMPADD(SECOND, CAST({{seconds}} AS SIGNED), '{_START}')"
        case _:
            counting = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count})"
            numbers = f"({counting} SELECT n FROM c)"
            uuid = "printf('%08x-0000-4000-8000-%012x', n * 2654435761 % 4294967296, n)"
            time = f"datetime('{_START}', ({{seconds}}) || ' seconds')"
    times = {name: time.format(seconds=each.format(span=_SPAN, n=rows)) for name, each in _SECONDS.items()}
    words = {"n": rows, "text": _TEXT, "uuid": uuid, **times}
    people = "INSERT INTO customers SELECT n, 'some@body.example' FROM " + numbers.format(count=CUSTOMERS)
    return [people, *(each.format(numbers=numbers.format(count=rows), **words) for each in case.fills)]
