"""A shop that its administrator prepared, for two users who were granted what `prepare` prints, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from cli.houses import TIME, House, described, kind_of
from engines.live import write

RULES = """\
  old-orders:
    table: shop.orders
    where: {status: delivered}
    keep: 1 year
    after: delivered
    then: delete
    with: {items: delete, notes: unlink, ratings: {redact: {author: gone}}}
  old-people: {table: shop.people, keep: 1 year, after: seen, then: redact, columns: {name: gone}}
  tables: {table: shop.tables, keep: 1 year, after: seen, then: report}
"""
RATINGS = "ratings: {category: personal, subjects: none, links: {order: {to: orders, by: order_id}}}"
TABLES = described("people", "orders", "items", "notes", RATINGS, "tables", "others")
OLD = "'2020-01-01 00:00:00'"


@dataclass(frozen=True)
class Shop:
    """A database that its administrator prepared, and two users with the printed grants alone."""

    house: House
    admin: str
    scan: str
    apply: str

    @property
    def own(self) -> str:
        return f"name = '{sa.make_url(self.admin).database}'"


def a_shop(url: str) -> None:
    time = TIME[kind_of(url)]
    itself = " DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP" if kind_of(url) == "mariadb" else ""
    below = "order_id integer NULL, FOREIGN KEY (order_id) REFERENCES orders (id)"
    write(
        url,
        f"CREATE TABLE people (id integer PRIMARY KEY, name varchar(40), seen {time} NULL,"
        f" changed timestamp NULL{itself})",
        f"CREATE TABLE orders (id integer PRIMARY KEY, status varchar(20), delivered {time} NULL)",
        f"CREATE TABLE items (id integer PRIMARY KEY, {below})",
        f"CREATE TABLE notes (id integer PRIMARY KEY, {below})",
        "CREATE TABLE ratings (id integer PRIMARY KEY, author varchar(40), order_id integer NULL)",
        f"CREATE TABLE tables (id integer PRIMARY KEY, seen {time} NULL)",
        "CREATE TABLE others (id integer PRIMARY KEY)",
        f"INSERT INTO people VALUES (1, 'x', {OLD}, {OLD}), (2, 'y', NULL, {OLD})",
        f"INSERT INTO orders VALUES (1, 'delivered', {OLD}), (2, 'open', {OLD})",
        "INSERT INTO items VALUES (1, 1), (2, 2)",
        "INSERT INTO notes VALUES (1, 1)",
        "INSERT INTO ratings VALUES (1, 'z', 1)",
        "INSERT INTO others VALUES (1)",
    )


def with_user(url: str, user: str) -> str:
    return sa.make_url(url).set(username=user, password=None).render_as_string(hide_password=False)


def statements(printed: str) -> list[str]:
    return [line.removesuffix(";") for line in printed.splitlines() if not line.startswith("--")]
