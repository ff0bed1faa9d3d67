"""What a live database declares, read from real servers: kinds, keys, links, indexes, and what apply may not touch."""

from __future__ import annotations

import time
import uuid

import pytest
import sqlalchemy as sa

from databases import Server
from engines.live import opened, reflected, write
from wesretain.model.schema import KEYLESS, Column, ForeignKey, Kind, Schema, Table


def table_of(schema: Schema, name: str, within: str | None = None) -> Table:
    found = schema.table(within, name)
    assert found is not None, f"{name} is not among {[table.full_name for table in schema]}"
    return found


def kinds(table: Table) -> dict[str, Kind]:
    return {column.name: column.kind for column in table.columns}


def test_the_same_everywhere(engine_url: str) -> None:
    write(
        engine_url,
        "CREATE TABLE clients (id INTEGER NOT NULL PRIMARY KEY, mail VARCHAR(50) NOT NULL UNIQUE, name VARCHAR(50))",
        """CREATE TABLE orders (client INTEGER NOT NULL REFERENCES clients (id), number INTEGER NOT NULL, at DATE,
           PRIMARY KEY (client, number), FOREIGN KEY (client) REFERENCES clients (id))""",
        """CREATE TABLE items (id INTEGER NOT NULL PRIMARY KEY, client INTEGER, "order" INTEGER,
           FOREIGN KEY (client, "order") REFERENCES orders (client, number))""".replace(
            '"order"', "`order`" if engine_url.startswith("mariadb") else '"order"'
        ),
        "CREATE INDEX by_day ON orders (at, number)",
        "CREATE TABLE bare (x INTEGER, y INTEGER)",
        "CREATE VIEW shown AS SELECT id, mail FROM clients",
    )
    schema = reflected(engine_url)
    assert [table.full_name for table in schema] == ["bare", "clients", "items", "orders", "shown"]

    clients = table_of(schema, "clients")
    assert clients.key == ("id",)
    assert set(clients.uniques) == {frozenset({"id"}), frozenset({"mail"})}
    assert set(clients.indexes) == {("id",), ("mail",)}
    assert clients.unfit == ""
    assert [(c.name, c.kind, c.nullable) for c in clients.columns] == [
        ("id", Kind.INTEGER, False),
        ("mail", Kind.TEXT, False),
        ("name", Kind.TEXT, True),
    ]

    orders = table_of(schema, "orders")
    assert orders.key == ("client", "number")
    assert ("at", "number") in orders.indexes
    assert ("client", "number") in orders.indexes
    assert set(orders.foreign_keys) == {ForeignKey(("client",), None, "clients", ("id",))}

    assert table_of(schema, "items").foreign_keys == (
        ForeignKey(("client", "order"), None, "orders", ("client", "number")),
    )
    assert (table_of(schema, "bare").key, table_of(schema, "bare").unfit) == ((), KEYLESS)
    assert (table_of(schema, "shown").key, table_of(schema, "shown").unfit) == ((), "a view")
    assert kinds(table_of(schema, "shown")) == {"id": Kind.INTEGER, "mail": Kind.TEXT}


def test_a_unique_index_without_null_is_a_key(engine_url: str) -> None:
    write(
        engine_url,
        "CREATE TABLE a (x INTEGER NOT NULL, y INTEGER NOT NULL, z VARCHAR(9) NOT NULL, n INTEGER)",
        "CREATE UNIQUE INDEX a_wide ON a (x, y)",
        "CREATE UNIQUE INDEX a_text ON a (z)",
        "CREATE UNIQUE INDEX a_null ON a (n)",
        "CREATE TABLE b (x INTEGER NOT NULL, z VARCHAR(9) NOT NULL UNIQUE, n INTEGER UNIQUE)",
        "CREATE UNIQUE INDEX b_number ON b (x)",
        "CREATE TABLE c (x INTEGER, y INTEGER NOT NULL)",
        "CREATE UNIQUE INDEX c_both ON c (x, y)",
    )
    schema = reflected(engine_url)
    assert table_of(schema, "a").key == ("z",)
    assert table_of(schema, "b").key == ("x",)
    assert table_of(schema, "c").key == ()
    assert frozenset({"x", "y"}) in table_of(schema, "c").uniques


def test_wesretain_s_own_tables_are_not_shown(engine_url: str) -> None:
    write(engine_url, "CREATE TABLE t (id INTEGER PRIMARY KEY)")
    if engine_url.startswith("sqlite"):
        write(engine_url, "CREATE TABLE wesretain_control (id INTEGER PRIMARY KEY)")
    if engine_url.startswith("postgresql"):
        write(engine_url, "CREATE SCHEMA wesretain", "CREATE TABLE wesretain.control (id int PRIMARY KEY)")
    assert [table.name for table in reflected(engine_url)] == ["t"]


def test_hundreds_of_tables_take_a_moment(engine_url: str) -> None:
    write(
        engine_url,
        "CREATE TABLE t0 (id INTEGER NOT NULL PRIMARY KEY, v VARCHAR(9) UNIQUE)",
        *(
            f"CREATE TABLE t{n} (id INTEGER NOT NULL PRIMARY KEY, p INTEGER, v VARCHAR(9) UNIQUE,"
            f" FOREIGN KEY (p) REFERENCES t{n - 1} (id))"
            for n in range(1, 150)
        ),
    )
    with opened(engine_url) as live:
        start = time.monotonic()
        schema = live.reflect()
        seconds = time.monotonic() - start
    assert len(schema.tables) == 150
    assert all(len(table.foreign_keys) == 1 for table in schema if table.name != "t0")
    assert seconds < 5


# -- SQLite -------------------------------------------------------------------------------------------------------


def test_sqlite_kinds(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    wanted = {
        "INTEGER": (Kind.INTEGER, False),
        "BIGINT UNSIGNED": (Kind.INTEGER, False),
        "tinyint(1)": (Kind.INTEGER, False),
        "TEXT": (Kind.TEXT, False),
        "NVARCHAR(20)": (Kind.TEXT, False),
        "CLOB": (Kind.TEXT, False),
        "BLOB": (Kind.BINARY, False),
        "REAL": (Kind.FLOAT, False),
        "DOUBLE PRECISION": (Kind.FLOAT, False),
        "FLOAT": (Kind.FLOAT, False),
        "BOOLEAN": (Kind.BOOLEAN, False),
        "NUMERIC(10,2)": (Kind.DECIMAL, False),
        "DECIMAL": (Kind.DECIMAL, False),
        "DATE": (Kind.DATE, True),
        "date": (Kind.DATE, True),
        "DATETIME": (Kind.LOCAL_TIME, True),
        "TIMESTAMP": (Kind.LOCAL_TIME, True),
        "TIMESTAMP WITH TIME ZONE": (Kind.LOCAL_TIME, True),
        "DATETIME(6)": (Kind.LOCAL_TIME, True),
        "UUID": (Kind.UUID, True),
        "JSON": (Kind.JSON, True),
        "TIME": (Kind.OTHER, False),
        "MONEY": (Kind.OTHER, False),
        "": (Kind.OTHER, False),
    }
    columns = ", ".join(f"c{n} {declared}" for n, declared in enumerate(wanted))
    write(url, f"CREATE TABLE t ({columns})")
    found = table_of(reflected(url), "t").columns
    assert {c.declared: (c.kind, c.stored_as_text) for c in found} == wanted


def test_sqlite_primary_keys_that_may_hold_null_are_no_keys(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    keys = {
        "rowid_alias": ("id INTEGER PRIMARY KEY, v", ("id",)),
        "rowid_alias_apart": ("id integer, v, PRIMARY KEY (id)", ("id",)),
        "not_quite_an_alias": ("id INT PRIMARY KEY, v", ()),
        "descending": ("id INTEGER PRIMARY KEY DESC, v", ()),
        "nullable_text": ("id TEXT PRIMARY KEY, v", ()),
        "text_not_null": ("id TEXT NOT NULL PRIMARY KEY, v", ("id",)),
        "composite": ("a INTEGER, b INTEGER, PRIMARY KEY (b, a)", ()),
        "composite_not_null": ("a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (b, a)", ("b", "a")),
        "fallback": ("a TEXT PRIMARY KEY, b INTEGER NOT NULL UNIQUE", ("b",)),
        "none": ("a INTEGER, b INTEGER", ()),
    }
    write(url, *(f"CREATE TABLE {name} ({columns})" for name, (columns, _) in keys.items()))
    write(
        url,
        "CREATE TABLE without_rowid (id TEXT PRIMARY KEY, v) WITHOUT ROWID",
        "CREATE TABLE strict_one (id TEXT PRIMARY KEY, v TEXT) STRICT",
    )
    # What SQLite itself lets in decides.
    for name in ("not_quite_an_alias", "descending", "nullable_text"):
        write(url, f"INSERT INTO {name} VALUES (NULL, 1), (NULL, 2)")
    schema = reflected(url)
    for name, (_, key) in keys.items():
        assert table_of(schema, name).key == key, name
        assert table_of(schema, name).unfit == ("" if key else KEYLESS), name
    for name in ("without_rowid", "strict_one"):
        with pytest.raises(sa.exc.IntegrityError):
            write(url, f"INSERT INTO {name} VALUES (NULL, 'x')")
        assert table_of(schema, name).key == ("id",), name
    assert table_of(schema, "rowid_alias").column("id") == Column(
        "id", Kind.INTEGER, nullable=False, declared="INTEGER"
    )
    assert ("id",) in table_of(schema, "rowid_alias").indexes


def test_sqlite_partial_and_expression_indexes_prove_nothing(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(
        url,
        "CREATE TABLE t (a TEXT NOT NULL, b TEXT NOT NULL, c TEXT NOT NULL)",
        "CREATE UNIQUE INDEX some ON t (a) WHERE b <> ''",
        "CREATE UNIQUE INDEX lowered ON t (lower(b))",
        "CREATE UNIQUE INDEX mixed ON t (c, lower(b))",
    )
    table = table_of(reflected(url), "t")
    assert (table.key, table.uniques) == ((), ())
    assert table.indexes == (("c",),)


def test_sqlite_foreign_keys_get_their_true_names(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(
        url,
        'CREATE TABLE "Clients" ("Id" INTEGER PRIMARY KEY, "Mail" TEXT UNIQUE)',
        "CREATE TABLE pairs (a TEXT, b TEXT, PRIMARY KEY (b, a))",
        "CREATE TABLE keyless (a TEXT)",
        """CREATE TABLE t (id INTEGER PRIMARY KEY,
             client INTEGER REFERENCES clients, mail TEXT REFERENCES CLIENTS (MAIL), x TEXT, y TEXT,
             gone INTEGER REFERENCES nowhere (id), void INTEGER REFERENCES nowhere, odd REFERENCES keyless,
             FOREIGN KEY (X, y) REFERENCES Pairs)""",
    )
    assert set(table_of(reflected(url), "t").foreign_keys) == {
        ForeignKey(("client",), None, "Clients", ("Id",)),
        ForeignKey(("mail",), None, "Clients", ("Mail",)),
        ForeignKey(("x", "y"), None, "pairs", ("b", "a")),
        ForeignKey(("gone",), None, "nowhere", ("id",)),
    }


def test_sqlite_tables_that_apply_may_not_touch(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(
        url,
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",  # makes sqlite_sequence
        "CREATE VIRTUAL TABLE words USING fts5(body)",
        "CREATE TABLE words_of_mine (id INTEGER PRIMARY KEY)",
        "CREATE TABLE gone (id INTEGER PRIMARY KEY)",
        "CREATE VIEW broken AS SELECT * FROM gone",
        "DROP TABLE gone",
        "CREATE TABLE made (id INTEGER PRIMARY KEY, a INT, b INT GENERATED ALWAYS AS (a + 1) VIRTUAL)",
        "PRAGMA writable_schema = ON",
        "INSERT INTO sqlite_master VALUES"
        " ('table', 'alien', 'alien', 0, 'CREATE VIRTUAL TABLE alien USING no_such_module()')",
    )
    schema = reflected(url)
    unfit = {
        table.name: table.unfit
        for table in schema
        if not table.name.startswith("words_") or table.name.endswith("mine")
    }
    assert unfit == {
        "t": "",
        "words": "a virtual table",
        "words_of_mine": "",
        "broken": "a view that cannot be opened",
        "alien": "a virtual table that cannot be opened",
        "made": "",
    }
    assert table_of(schema, "words_content").unfit == "a part of a virtual table"
    assert list(kinds(table_of(schema, "made"))) == ["id", "a", "b"]


def test_sqlite_names_may_be_odd(sqlite: Server) -> None:
    url = sqlite.fresh_database("test")
    write(url, """CREATE TABLE "a'b ""c"" %s :x" ("the id" INTEGER PRIMARY KEY, "select" TEXT)""")
    table = reflected(url).tables[0]
    assert (table.name, table.key) == ("""a'b "c" %s :x""", ("the id",))


# -- PostgreSQL ---------------------------------------------------------------------------------------------------


def test_postgresql_kinds(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    wanted = {
        "smallint": Kind.INTEGER,
        "integer": Kind.INTEGER,
        "bigint": Kind.INTEGER,
        "numeric": Kind.DECIMAL,
        "numeric(10,2)": Kind.DECIMAL,
        "real": Kind.FLOAT,
        "double precision": Kind.FLOAT,
        "boolean": Kind.BOOLEAN,
        "text": Kind.TEXT,
        "character varying(20)": Kind.TEXT,
        "character varying": Kind.TEXT,
        "character(5)": Kind.TEXT,
        '"char"': Kind.TEXT,
        "name": Kind.TEXT,
        "citext": Kind.TEXT,
        "mood": Kind.TEXT,
        'text COLLATE "C"': Kind.TEXT,
        "date": Kind.DATE,
        "timestamp without time zone": Kind.LOCAL_TIME,
        "timestamp(3) without time zone": Kind.LOCAL_TIME,
        "timestamp with time zone": Kind.INSTANT,
        "uuid": Kind.UUID,
        "json": Kind.JSON,
        "jsonb": Kind.JSON,
        "bytea": Kind.BINARY,
        "time without time zone": Kind.OTHER,
        "interval": Kind.OTHER,
        "inet": Kind.OTHER,
        "money": Kind.OTHER,
        "integer[]": Kind.OTHER,
        "text[]": Kind.OTHER,
        "xml": Kind.OTHER,
        "bit(3)": Kind.OTHER,
        "tsvector": Kind.OTHER,
        "int4range": Kind.OTHER,
    }
    columns = ", ".join(f"c{n} {declared}" for n, declared in enumerate(wanted))
    write(
        url,
        "CREATE EXTENSION citext",
        "CREATE TYPE mood AS ENUM ('glad')",
        f"CREATE TABLE t (id int PRIMARY KEY, {columns})",
    )
    found = table_of(reflected(url), "t").columns[1:]
    assert {c.declared.removeprefix("public."): c.kind for c in found} == wanted


def test_postgresql_domains_are_what_they_are_made_of(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(
        url,
        "CREATE EXTENSION citext",
        "CREATE DOMAIN positive AS int CHECK (value > 0)",
        "CREATE DOMAIN tiny AS positive CHECK (value < 9)",
        "CREATE DOMAIN mail AS citext",
        'CREATE DOMAIN sorted AS varchar(9) COLLATE "C"',
        "CREATE DOMAIN moment AS timestamptz NOT NULL",
        "CREATE TABLE t (id tiny PRIMARY KEY, mail mail, sorted sorted, moment moment)",
    )
    assert table_of(reflected(url), "t").columns == (
        Column("id", Kind.INTEGER, nullable=False, declared="integer"),
        Column("mail", Kind.TEXT, declared="citext"),
        Column("sorted", Kind.TEXT, declared='character varying(9) COLLATE "C"'),
        Column("moment", Kind.INSTANT, declared="timestamp with time zone"),
    )


def test_postgresql_schemas(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(
        url,
        "CREATE SCHEMA sales",
        "CREATE TABLE clients (id int PRIMARY KEY)",
        "CREATE TABLE sales.clients (id int PRIMARY KEY, own int REFERENCES clients (id))",
        "CREATE TABLE orders (id int PRIMARY KEY, client int REFERENCES sales.clients (id))",
    )
    schema = reflected(url)
    assert schema.default == "public"
    assert [table.full_name for table in schema] == ["clients", "orders", "sales.clients"]
    assert table_of(schema, "orders").foreign_keys == (ForeignKey(("client",), "sales", "clients", ("id",)),)
    assert table_of(schema, "clients", "sales").foreign_keys == (ForeignKey(("own",), None, "clients", ("id",)),)
    assert table_of(schema, "clients", "public") is table_of(schema, "clients")


def test_postgresql_indexes_that_prove_nothing(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(
        url,
        "CREATE EXTENSION btree_gist",
        """CREATE TABLE t (a text NOT NULL, b text NOT NULL, c int NOT NULL, d int NOT NULL, e int NOT NULL,
             EXCLUDE USING gist (e WITH =))""",
        "CREATE UNIQUE INDEX partial ON t (a) WHERE b <> ''",
        "CREATE UNIQUE INDEX expression ON t (lower(b))",
        "CREATE INDEX by_hash ON t USING hash (c)",
        "CREATE INDEX mixed ON t (d, lower(a), c)",
        "CREATE INDEX covering ON t (c) INCLUDE (d)",
    )
    table = table_of(reflected(url), "t")
    assert (table.key, table.uniques, table.unfit) == ((), (), KEYLESS)
    assert set(table.indexes) == {("c",), ("d",)}


def test_postgresql_covering_unique_indexes_count_their_key_alone(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(url, "CREATE TABLE t (a int NOT NULL, b int NOT NULL)", "CREATE UNIQUE INDEX u ON t (a) INCLUDE (b)")
    assert table_of(reflected(url), "t").key == ("a",)


def test_postgresql_partitions_are_one_table(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(
        url,
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE logs (id int, at date NOT NULL, parent int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
        """CREATE TABLE logs_20 PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')
           PARTITION BY RANGE (at)""",
        "CREATE TABLE logs_20a PARTITION OF logs_20 FOR VALUES FROM ('2020-01-01') TO ('2020-07-01')",
        "ALTER TABLE logs_20a ADD FOREIGN KEY (parent) REFERENCES parent (id)",
        "CREATE TABLE notes (id int PRIMARY KEY, log int, at date, FOREIGN KEY (log, at) REFERENCES logs (id, at))",
        "CREATE TABLE marks (id int PRIMARY KEY, log int, at date, FOREIGN KEY (log, at) REFERENCES logs_20a (id, at))",
    )
    schema = reflected(url)
    assert [table.name for table in schema] == ["logs", "marks", "notes", "parent"]
    logs = table_of(schema, "logs")
    assert (logs.key, logs.unfit) == (("id", "at"), "")
    assert logs.foreign_keys == (ForeignKey(("parent",), None, "parent", ("id",)),)
    for name in ("notes", "marks"):
        assert table_of(schema, name).foreign_keys == (ForeignKey(("log", "at"), None, "logs", ("id", "at")),)


def test_postgresql_tables_that_apply_may_not_touch(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    user = f"u{uuid.uuid4().hex[:12]}"
    write(
        url,
        "CREATE EXTENSION file_fdw",
        "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE VIEW a_view AS SELECT id FROM t",
        "CREATE MATERIALIZED VIEW a_copy AS SELECT id FROM t",
        "CREATE FOREIGN TABLE abroad (id int) SERVER files OPTIONS (filename '/dev/null')",
        "CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at)",
        """CREATE FOREIGN TABLE parts_abroad PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')
           SERVER files OPTIONS (filename '/dev/null')""",
        "CREATE TABLE heir_of (id int PRIMARY KEY)",
        "CREATE TABLE heir (more int) INHERITS (heir_of)",
        "CREATE TABLE ruled (id int PRIMARY KEY)",
        "CREATE RULE keep AS ON DELETE TO ruled DO INSTEAD NOTHING",
        "CREATE TABLE policed (id int PRIMARY KEY)",
        "ALTER TABLE policed ENABLE ROW LEVEL SECURITY",
        "CREATE TEMPORARY TABLE mine (id int PRIMARY KEY)",
        "CREATE UNLOGGED TABLE quick (id int PRIMARY KEY)",
        "CREATE SEQUENCE counter",
        "CREATE TYPE pair AS (a int, b int)",
    )
    common = {
        "t": "",
        "a_view": "a view",
        "a_copy": "a materialized view",
        "abroad": "a foreign table",
        "parts": "a table with a partition on another server",
        "heir_of": "a table that others inherit from, so that no key names all of its rows",
        "heir": KEYLESS,
        "ruled": "a table with rewrite rules, which change what UPDATE and DELETE do",
        "quick": "",
    }
    assert {table.name: table.unfit for table in reflected(url)} == {**common, "policed": ""}
    assert table_of(reflected(url), "heir_of").key == ()
    write(url, f"CREATE ROLE {user} LOGIN")
    try:
        as_user = sa.make_url(url).set(username=user).render_as_string()
        filtered = "filtered by row-level security, which hides rows from this user"
        assert {table.name: table.unfit for table in reflected(as_user)} == {**common, "policed": filtered}
    finally:
        write(url, f"DROP ROLE {user}")


def test_postgresql_names_may_be_odd(postgresql: Server) -> None:
    url = postgresql.fresh_database("test")
    write(url, """CREATE TABLE "a'b ""c"" %s :x" ("the id" int PRIMARY KEY, "Select" text, "drop me" int)""")
    write(url, """ALTER TABLE "a'b ""c"" %s :x" DROP COLUMN "drop me" """)
    table = reflected(url).tables[0]
    assert (table.name, table.key, [c.name for c in table.columns]) == (
        """a'b "c" %s :x""",
        ("the id",),
        ["the id", "Select"],
    )


# -- MariaDB ------------------------------------------------------------------------------------------------------


def test_mariadb_kinds(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    wanted = {
        "tinyint(1)": Kind.INTEGER,
        "smallint(6)": Kind.INTEGER,
        "mediumint(9)": Kind.INTEGER,
        "int(10) unsigned": Kind.INTEGER,
        "bigint(20)": Kind.INTEGER,
        "year(4)": Kind.INTEGER,
        "decimal(10,2)": Kind.DECIMAL,
        "float": Kind.FLOAT,
        "double": Kind.FLOAT,
        "char(5) COLLATE utf8mb4_general_ci": Kind.TEXT,
        "varchar(20) COLLATE utf8mb4_general_ci": Kind.TEXT,
        "varchar(20) COLLATE latin1_swedish_ci": Kind.TEXT,
        "tinytext COLLATE utf8mb4_general_ci": Kind.TEXT,
        "text COLLATE utf8mb4_general_ci": Kind.TEXT,
        "longtext COLLATE utf8mb4_bin": Kind.TEXT,
        "enum('a','b') COLLATE utf8mb4_general_ci": Kind.TEXT,
        "set('a','b') COLLATE utf8mb4_general_ci": Kind.TEXT,
        "binary(5)": Kind.BINARY,
        "varbinary(5)": Kind.BINARY,
        "blob": Kind.BINARY,
        "longblob": Kind.BINARY,
        "bit(1)": Kind.OTHER,
        "date": Kind.DATE,
        "datetime": Kind.LOCAL_TIME,
        "datetime(6)": Kind.LOCAL_TIME,
        "timestamp": Kind.INSTANT,
        "timestamp(3)": Kind.INSTANT,
        "time": Kind.OTHER,
        "uuid": Kind.UUID,
        "inet6": Kind.OTHER,
        "point": Kind.OTHER,
    }
    columns = ", ".join(f"c{n} {declared} NULL" for n, declared in enumerate(wanted))
    write(url, f"CREATE TABLE t (id int PRIMARY KEY, {columns}, document json)")
    *found, document = table_of(reflected(url), "t").columns[1:]
    assert {c.declared: c.kind for c in found} == wanted
    assert document.kind is Kind.TEXT


def test_mariadb_columns_that_update_themselves(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    write(
        url,
        """CREATE TABLE t (id int PRIMARY KEY,
             a timestamp NOT NULL DEFAULT current_timestamp ON UPDATE current_timestamp,
             b datetime(6) ON UPDATE current_timestamp(6),
             c timestamp NULL, d int AS (id + 1) VIRTUAL, e int INVISIBLE)""",
    )
    assert {c.name: c.updates_itself for c in table_of(reflected(url), "t").columns} == {
        "id": False,
        "a": True,
        "b": True,
        "c": False,
        "d": False,
        "e": False,
    }


def test_mariadb_indexes(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    write(
        url,
        """CREATE TABLE t (a varchar(200) NOT NULL, b varchar(200) NOT NULL, c int NOT NULL, d text NOT NULL,
             UNIQUE KEY part (a(10)), KEY mixed (c, b(5), a), UNIQUE KEY long_one (d), FULLTEXT KEY words (a),
             UNIQUE KEY wide (c, b))""",
    )
    table = table_of(reflected(url), "t")
    assert table.key == ("d",)
    assert set(table.uniques) == {frozenset({"d"}), frozenset({"c", "b"})}
    assert set(table.indexes) == {("a",), ("c", "b")}


def test_mariadb_tables_that_apply_may_not_touch(mariadb: Server) -> None:
    url, other = mariadb.fresh_database("test"), mariadb.fresh_database("other")
    name, stranger = sa.make_url(url).database, sa.make_url(other).database
    write(
        url,
        "CREATE TABLE t (id int PRIMARY KEY)",
        "CREATE TABLE shared (id int PRIMARY KEY)",
        "CREATE TABLE old (id int PRIMARY KEY) ENGINE = MyISAM",
        "CREATE TABLE aria (id int PRIMARY KEY) ENGINE = Aria",
        "CREATE TABLE fleeting (id int PRIMARY KEY) ENGINE = MEMORY",
        "CREATE TABLE versioned (id int PRIMARY KEY) WITH SYSTEM VERSIONING",
        "CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3",
        "CREATE SEQUENCE counter",
        "CREATE VIEW a_view AS SELECT id FROM t",
        "CREATE TABLE gone (id int)",
        "CREATE VIEW broken AS SELECT id FROM gone",
        "DROP TABLE gone",
    )
    write(other, f"CREATE TABLE child (id int PRIMARY KEY, s int, FOREIGN KEY (s) REFERENCES {name}.shared (id))")
    assert {table.name: table.unfit for table in reflected(url)} == {
        "t": "",
        "shared": f"a table that the database {stranger} refers to",
        "old": "a table of the engine MyISAM, which has no transactions",
        "aria": "a table of the engine Aria, which has no transactions",
        "fleeting": "a table of the engine MEMORY, which has no transactions",
        "versioned": "a system-versioned table, which keeps what is deleted",
        "parted": "",
        "a_view": "a view",
        "broken": "a view",
    }
    assert table_of(reflected(other), "child").foreign_keys == (ForeignKey(("s",), name, "shared", ("id",)),)


def test_mariadb_foreign_keys_get_their_true_names(mariadb: Server) -> None:
    url = mariadb.fresh_database("test")
    write(
        url,
        "CREATE TABLE Clients (Id int PRIMARY KEY, `a'b %s :x` int UNIQUE)",
        """CREATE TABLE t (Client int, o int, PRIMARY KEY (client),
             FOREIGN KEY (CLIENT) REFERENCES Clients (ID), FOREIGN KEY (o) REFERENCES Clients (`A'B %S :X`))""",
    )
    table = table_of(reflected(url), "t")
    assert table.key == ("Client",)
    assert set(table.foreign_keys) == {
        ForeignKey(("Client",), None, "Clients", ("Id",)),
        ForeignKey(("o",), None, "Clients", ("a'b %s :x",)),
    }
