"""What is read of a table: bounded, from all over it, the same again by the same seed, and of every kind of table."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from databases import Server
from engines.live import opened, write
from wesretain.discovery.sampling import LONGEST, ROWS, Sample, sample
from wesretain.engines import Live

MANY = 20_000
#: How each engine makes so many rows, numbered from 1.
SERIES = {
    "postgresql": f"SELECT n FROM generate_series(1, {MANY}) n",
    "mariadb": f"SELECT seq AS n FROM seq_1_to_{MANY}",
    "sqlite": f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n FROM s",
}
TABLES = {
    "numbered": "CREATE TABLE t (id bigint PRIMARY KEY, word varchar(20))",
    "worded": "CREATE TABLE t (word varchar(20) PRIMARY KEY, id bigint)",
    "paired": "CREATE TABLE t (id bigint, word varchar(20), PRIMARY KEY (id, word))",
    "keyless": "CREATE TABLE t (id bigint, word varchar(20))",
}


@pytest.fixture
def dialect(engine_url: str) -> str:
    return sa.make_url(engine_url).get_backend_name()


def read(live: Live, seed: int = 0) -> Sample:
    schema = live.reflect()
    table = schema.table(None, "t")
    assert table is not None
    return sample(live, table, schema.default, seed)


def numbers(found: Sample) -> list[int]:
    return [int(value) for value in found.values("id") if value is not None]


@pytest.mark.parametrize("kind", TABLES)
def test_many_rows(engine_url: str, dialect: str, kind: str) -> None:
    fill = f"INSERT INTO t (id, word) SELECT n * 3, 'w' || n FROM ({SERIES[dialect]}) AS s"
    if dialect == "mariadb":
        fill = f"INSERT INTO t (id, word) SELECT n * 3, concat('w', n) FROM ({SERIES[dialect]}) AS s"
    write(engine_url, TABLES[kind], fill)
    with opened(engine_url) as live:
        found = read(live)
        assert found.rows == read(live).rows, "the same seed reads the same"
        other = read(live, seed=1)
    assert 100 <= len(found.rows) <= ROWS
    assert len(set(found.rows)) == len(found.rows)
    everywhere = kind in ("numbered", "paired") or dialect != "mariadb"
    if everywhere:
        halves = [sum(number <= 3 * MANY // 2 for number in numbers(each)) for each in (found, other)]
        assert all(0 < half < ROWS for half in halves), "from both halves of the table"
        assert found.rows != other.rows


def test_numbers_with_a_gap(engine_url: str) -> None:
    """A key that jumps by far: rows are found on both sides of the gap."""
    values = ", ".join(f"({n}, 'a'), ({9 * 10**14 + n}, 'b')" for n in range(1, 601))
    write(engine_url, TABLES["numbered"], f"INSERT INTO t VALUES {values}")
    with opened(engine_url) as live:
        found = read(live)
    assert {*found.values("word")} == {"a", "b"}
    assert len(found.rows) <= ROWS


def test_few_rows_are_read_all(engine_url: str) -> None:
    write(engine_url, TABLES["numbered"], "INSERT INTO t VALUES (-5, 'a'), (1, NULL), (7, 'c')")
    with opened(engine_url) as live:
        assert sorted(read(live).rows, key=str) == [("-5", "a"), ("1", None), ("7", "c")]


def test_an_empty_table(engine_url: str) -> None:
    write(engine_url, TABLES["numbered"])
    with opened(engine_url) as live:
        found = read(live)
    assert (found.rows, found.values("word"), found.values("nowhere")) == ((), (), ())


def test_long_values_are_cut(engine_url: str, dialect: str) -> None:
    write(
        engine_url, "CREATE TABLE t (id bigint PRIMARY KEY, word text)", f"INSERT INTO t VALUES (1, '{'x' * 60_000}')"
    )
    with opened(engine_url) as live:
        (value,) = read(live).values("word")
    assert value == "x" * LONGEST


def test_a_table_without_a_rowid(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(url, "CREATE TABLE t (id text PRIMARY KEY, word text) WITHOUT ROWID", "INSERT INTO t VALUES ('a', 'b')")
    with opened(url) as live:
        assert read(live).rows == (("a", "b"),)


def test_many_rows_without_a_rowid(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    rows = ", ".join(f"('w{n}', {n})" for n in range(3 * ROWS))
    write(url, "CREATE TABLE t (word text PRIMARY KEY, id integer) WITHOUT ROWID", f"INSERT INTO t VALUES {rows}")
    with opened(url) as live:
        assert len(read(live).rows) == ROWS


def test_parts_of_a_table(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(
        url,
        "CREATE TABLE t (id bigint, word varchar(20)) PARTITION BY RANGE (id)",
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10)",
        "INSERT INTO t VALUES (1, 'a')",
    )
    with opened(url) as live:
        assert read(live).rows == (("1", "a"),)
