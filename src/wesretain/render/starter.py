"""The starter files that `init` writes: a configuration, an inventory (of a live schema or an example), policies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from wesretain.model.rule import Category
from wesretain.model.schema import KEYLESS, Column, Kind, Schema, Table
from wesretain.render.plain import plain

_TIMES = (Kind.DATE, Kind.LOCAL_TIME, Kind.INSTANT)
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True, slots=True)
class Server:
    """Where a ledger is on a server: a URL without password, and the variable that holds it."""

    url: str
    password_env: str | None


def config_text(database: str, url: str | None, password_env: str | None = None, ledger: Server | None = None) -> str:
    """`wesretain.yaml`, with comments. `url` holds no password; `password_env` names the variable that does."""
    place = "url: {env: WESRETAIN_URL}     # or a URL without its password" if url is None else f"url: {_quoted(url)}"
    password = (
        f"password: {{env: {password_env}}}"
        if password_env
        else "# password: {env: DATABASE_PASSWORD}   # or {file: secrets/database}, readable by its owner alone"
    )
    return f"""\
# wesretain.yaml: which organisation, which databases, which files. No password stands here.
organisation: Example                      # yours
zone: UTC                                  # the calendar that your periods follow, such as Asia/Kuala_Lumpur
inventory: inventory.yaml
policies: policies
{_ledger(ledger)}
# ledger keep: 7 years                     # how long it tells what was done; for ever where nothing is said

limits:                                    # what one run may remove at most
  rows per rule: 10000
  share per rule: 10%
  growth per rule: 3                       # times what a rule usually finds

databases:
  {_name(database)}:
    {place}
    {password}
    # tls: {{mode: verify-full, ca: /etc/ssl/certs/ca-certificates.crt}}
"""


def _ledger(server: Server | None) -> str:
    if server is None:
        return "ledger: wesretain.ledger                   # holds and evidence; back it up"
    password = f"\nledger password: {{env: {server.password_env}}}" if server.password_env else ""
    return f"ledger: {_quoted(server.url)}   # holds and evidence; back it up{password}"


def inventory_text(database: str, schema: Schema | None) -> str:
    """`inventory.yaml`, with comments: every table of a live schema, or an example where there is none."""
    lines = [
        "# inventory.yaml: what the tables hold, and what the database does not declare itself.",
        "# Each table says its `category:` (personal, server, user_communications, non_personal) and `subjects:`:",
        "# the links that lead to the person, `self` where the record is the person, or `none`.",
        "# Columns say what they hold: `email: e-mail`, `notes: free_text`, `status: none`.",
        "databases:",
        f"  {_name(database)}:",
        "    zone: UTC                              # of every clock that carries none",
        "    # location: Kuala Lumpur, MY",
        "    # processor: own",
    ]
    if schema is None or not schema.tables:
        return "\n".join([*lines, *_EXAMPLE_TABLES]) + "\n"
    return "\n".join([*lines, "    tables:", *(line for table in schema for line in _table(table))]) + "\n"


_EXAMPLE_TABLES = (
    "    tables:",
    "      clients:",
    "        category: personal",
    "        subjects: self                     # the record is the person",
    "      tickets:",
    "        category: user_communications",
    "        subjects: client                   # a hold on the client reaches here; or `subjects: none`",
    "        links: {client: {to: clients, by: client_id}}      # where no foreign key is declared",
)


def _table(table: Table) -> Iterator[str]:
    if not all(_sayable(name) for name in (table.schema, table.name) if name is not None):
        yield f"      # {plain(table.full_name)}: left out, since rules cannot spell its name"
        return
    yield f"      {_name(table.full_name)}:"
    if table.unfit == KEYLESS:
        yield f"        # {plain(table.unfit)}: apply refuses it, unless its rows may go by a rule's whole condition"
        yield "        # key: none"
    elif table.unfit:
        yield f"        # {plain(table.unfit)}: it can be scanned, and apply refuses it"
    if table.key:
        yield f"        # key: {plain(', '.join(table.key))}"
    for key in table.foreign_keys:
        yield plain(f"        # foreign key: {', '.join(key.columns)} to {key.table} ({', '.join(key.there)})")
    clocks = [column.name for column in table.columns if column.kind in _TIMES]
    if clocks:
        yield f"        # clocks: {plain(', '.join(clocks))}"
    columns = [column for column in table.columns if column.name.strip() and column.name.isprintable()]
    if columns:
        yield "        columns:"
    for column in columns:
        yield f"          {_name(column.name) + ':':<30} # {_described(column)}"


def _described(column: Column) -> str:
    declared = plain(" ".join(column.declared.split())) or column.kind.value
    return declared if column.nullable else f"{declared}, not null"


def policy_text(category: Category) -> str:
    """A policy of one category with one example rule, commented out."""
    return f"""\
# What is kept of {_WORDS[category]}, for how long, from when, then what.
version: 1
category: {category.value}
purpose: {_PURPOSES[category]}             # of every rule without its own
basis: contract                            # the lawful basis, likewise
rules: {{}}
#  example:
#    title: What a person may read
#    table: database.table
#    where: {{status: closed}}
#    keep: 2 years
#    after: closed_at
#    then: report                           # then hold, redact or delete, once the report looks right
"""


_WORDS = {
    Category.PERSONAL: "personal data",
    Category.SERVER: "server information",
    Category.USER_COMMUNICATIONS: "what people wrote to you",
    Category.NON_PERSONAL: "data that leads to nobody",
}
_PURPOSES = {
    Category.PERSONAL: "customer accounts",
    Category.SERVER: "technical support",
    Category.USER_COMMUNICATIONS: "customer support",
    Category.NON_PERSONAL: "statistics",
}


def _name(name: str) -> str:
    """A name as YAML writes it: bare where that is safe, else quoted."""
    return name if _PLAIN.fullmatch(name) and name.lower() not in _RESERVED else _quoted(name)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _sayable(name: str) -> bool:
    """Whether a rule can name such a table."""
    return bool(name) and name.isprintable()
