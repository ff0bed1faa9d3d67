"""Discovery of a database with hundreds of tables, when it holds ten times as many rows: time, and memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import settings
from desk import command
from figures import Figure, Target, ratio, seconds
from places import Server, started

#: Rows of each table, in the small database and in the large one.
FEW, MANY = 1_000, 10_000
#: A table of persons, one of their orders, and one of what they wrote; a third each.
SHAPES = (
    "(id integer PRIMARY KEY, first_name varchar(40), last_name varchar(40), email varchar(60), phone varchar(20),"
    " joined_ip varchar(40), created_at {time})",
    "(id integer PRIMARY KEY, client_id integer, total decimal(10, 2), status varchar(10), billing_city varchar(40),"
    " billing_postcode varchar(10), placed_at {time})",
    "(id integer PRIMARY KEY, author_id integer, subject varchar(60), body varchar(200), sent_at integer,"
    " client_ip varchar(40), agent varchar(120))",
)
NAMES = ("clients_{}", "orders_{}", "messages_{}")
TIME = {"sqlite": "datetime", "postgresql": "timestamp", "mariadb": "datetime"}
#: The values of row `n`, as each engine puts texts together.
VALUES = (
    (
        *("n", "'Ada'", "'Miller' || n", "'ada' || n || '@mail.test'", "'+60321611' || (100 + n % 900)"),
        *("'192.0.2.' || n % 250", "'{day}'"),
    ),
    ("n", "n % 997 + 1", "n % 100", "'open'", "'Ipoh'", "'' || (30000 + n % 999)", "'{day}'"),
    (
        *("n", "n % 997 + 1", "'Server ' || n", "'please call me back about ' || n", "1700000000 + n * 60"),
        *("'192.0.2.' || n % 250", "'Mozilla/5.0 (X11; Linux; rv:' || n % 99 || '.0) Gecko/20100101 Firefox/99.0'"),
    ),
)
SERIES = {
    "postgresql": "SELECT n FROM generate_series(1, {}) n",
    "mariadb": "SELECT seq AS n FROM seq_1_to_{}",
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s",
}


def measure() -> Iterator[Figure]:
    """The time for the large database in units of that for the small one, and the most memory of the process."""
    for dialect in settings.ENGINES:
        with started(dialect) as server, TemporaryDirectory(dir=settings.FOLDER) as folder:
            houses = [_house(server, rows, Path(folder)) for rows in (FEW, MANY)]
            times: list[list[float]] = [[], []]
            peaks: list[float] = []
            for turn in range(settings.PAIRS):
                for place in (0, 1) if turn % 2 == 0 else (1, 0):
                    took, peak = _discovered(houses[place])
                    times[place].append(took)
                    peaks.append(peak)
            case = f"{settings.TABLES} tables, {settings.TABLES * MANY:,} rows"
            beside = {f"{FEW:,} rows a table": seconds(times[0]), f"{MANY:,}": seconds(times[1])}
            against = f"the same with {settings.TABLES * FEW:,} rows"
            yield Figure(server.version, case, against, ratio(times[1], times[0]), "×", Target(1.3, "×"), beside)
            yield Figure(server.version, case, "memory", peaks, "MB", Target(150, "MB"))


def _house(server: Server, rows: int, folder: Path) -> Path:
    """A folder whose configuration names a database with so many rows in each table."""
    database = f"found_{rows}"
    server.create(database)
    for number in range(settings.TABLES):
        server.execute(database, *_table(number, server.dialect, rows))
    house = folder / database
    house.mkdir()
    url = server.place(database).url
    (house / "wesretain.yaml").write_text(
        f"organisation: Bench\nzone: UTC\nledger: ledger\ndatabases: {{found: {{url: '{url}'}}}}\n"
    )
    return house


def _table(number: int, dialect: str, rows: int) -> Iterator[str]:
    shape = number % len(SHAPES)
    name = NAMES[shape].format(number)
    values = ", ".join(VALUES[shape]).format(day=f"20{20 + number % 6}-03-01 10:00:00")
    if dialect == "mariadb":
        values = ", ".join(_joined(each) for each in VALUES[shape]).format(day=f"20{20 + number % 6}-03-01 10:00:00")
    yield f"CREATE TABLE {name} {SHAPES[shape].format(time=TIME[dialect])}"
    yield f"INSERT INTO {name} SELECT {values} FROM ({SERIES[dialect].format(rows)}) AS s"


def _joined(value: str) -> str:
    """What other engines put together by `||`, as MariaDB does."""
    return f"concat({value.replace(' || ', ', ')})" if " || " in value else value


def _discovered(folder: Path) -> tuple[float, float]:
    """How long the whole command takes, and the most memory that it has, in MB; it has to find what is there."""
    done = command(folder, "inventory", "--discover", "found", "--dry-run", "--format", "json")
    _check(done.printed)
    return done.seconds, done.peak / 1e6


def _check(found: str) -> None:
    expected: Sequence[tuple[str, int]] = (
        ('"element": "e-mail"', (settings.TABLES + 2) // 3),
        ('"element": "postal_address"', 2 * ((settings.TABLES + 1) // 3)),
        ('"element": "browser"', settings.TABLES // 3),
    )
    for words, count in expected:
        assert found.count(words) == count, (words, found.count(words), count)
