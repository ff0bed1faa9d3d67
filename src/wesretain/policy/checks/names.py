"""Checks of names: tables, columns, links, databases and keys that nothing declares."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from wesretain.model.names import joined
from wesretain.model.rule import RedactRow, SetHash, TableName
from wesretain.policy.checks.base import Finding, error, warning
from wesretain.policy.checks.view import Reference, View
from wesretain.policy.words import listed, nearest, suggest


@error
def unknown_table(view: View) -> Iterator[Finding]:
    """A rule names a table that the inventory's list of that database lacks.

    The inventory says what each table holds, whose data it is and how its rows hang together; without an entry a rule
    would run blind. Most often the name is misspelled.

    Wrong, where the inventory lists `tickets` under `helpdesk`:

        table: helpdesk.tikets

    Right:

        table: helpdesk.tickets

    Mend it by correcting the name, or by adding the table to the inventory.
    """
    for table, rules in view.rules_on.items():
        if table in view.entries or view.unsure(table):
            continue
        known = [name for name in view.entries if name.database == table.database]
        if not known or any(_may_be_same(name, table) for name in known):
            continue
        mend = suggest(str(table), list(map(str, known)), "correct the name, or add the table to the inventory")
        for rule in rules:
            yield Finding(rule.place("table"), f"the inventory lists no table `{table}`", mend)


def _may_be_same(one: TableName, other: TableName) -> bool:
    """Whether two names are one table where the schema that only one of them names is the database's default."""
    return one.name == other.name and (one.schema is None or other.schema is None)


@error
def table_not_in_inventory(view: View) -> Iterator[Finding]:
    """A rule names a table of a database that the inventory does not describe at all.

    The inventory says what each table holds, whose data it is and how its rows hang together; without an entry a rule
    would run blind: no hold on a person would find its way to the rows.

    Right, in the inventory:

        databases:
          helpdesk:
            zone: UTC
            tables:
              tickets: {category: user_communications, subjects: [client]}

    Mend it by describing the database in the inventory (`wesretain init` writes a first version from a live one), or
    by correcting the database's name in the rule.
    """
    known = sorted({name.database for name in view.entries})
    for table, rules in view.rules_on.items() if view.inventoried else ():
        if table.database in known or view.unsure(table):
            continue
        mend = suggest(table.database, known, f"describe `{table}` in the inventory")
        for rule in rules:
            yield Finding(rule.place("table"), f"the inventory describes no table of `{table.database}`", mend)


@error
def unknown_column(view: View) -> Iterator[Finding]:
    """A name stands for a column that the inventory's list of that table lacks.

    Where an entry of the inventory has `columns`, it lists all of them; those that hold nothing personal as `none`.
    Names in `where`, `after`, `columns`, `protects`, `agreed until`, in the columns that `with` redacts, and in the
    inventory's own links and clocks are compared with it, to the letter. Where the inventory lists no columns, only a
    live database can tell: `wesretain validate --live`.

    Wrong, where the inventory lists `closed_at`:

        after: closed

    Right:

        after: closed_at

    Mend it by correcting the name, or by adding the column to the table's `columns` in the inventory.
    """
    for reference in view.references if view.columns else ():
        end = view.walk(reference.table, reference.path).end
        columns = view.columns.get(end) if end and not view.unsure(end) else None
        if columns is None or reference.column is None or reference.column in columns:
            continue
        if reference.column.partition(".")[0] in columns:
            continue  # a member of the JSON in it
        message = f"the inventory lists no column `{reference.column}` of `{end}`"
        near = nearest(reference.column, sorted(columns))
        mend = f"did you mean `{near}`? If not, add it" if near else "correct the name, or add it"
        yield Finding(reference.at, message, f"{mend} to the table's `columns`")


@warning
def unknown_link(view: View) -> Iterator[Finding]:
    """A path takes a way that the inventory does not declare, and that the database can hardly declare either.

    A path leads over links (up, to the row that this one points at) and, in `has`, `has no`, `newest of` and `with`,
    also down to child tables (rows that point here). Links come from the inventory and from the database's own foreign
    keys. This check sees the inventory alone, so it speaks only where a name is nearly that of a declared link or
    child, where the listed columns leave no room for a foreign key of that name, where a child table has two links
    here, or where a plain name would lead down to many rows (unless the link has a `when`, as to one row of a table of
    attributes). `wesretain validate --live` is sure.

    Wrong, where `messages` has the links `sender` and `receiver` to `clients`:

        table: helpdesk.clients
        with: {messages: delete}

    Right:

        with: {messages.sender: delete, messages.receiver: unlink}

    Wrong, since a ticket has many threads:

        table: helpdesk.tickets
        where: {threads.subject: spam}

    Right:

        where: {has: {threads: {subject: spam}}}

    Mend it by correcting the name, by saying which link is meant, or by declaring the link in the inventory.
    """
    for reference in view.references:
        if not reference.path:
            continue
        walk = view.walk(reference.table, reference.path)
        down = next((step for step in walk.steps if not step.up and not step.narrowed), None)
        if reference.one and down:
            several = joined(reference.path)
            message = f"`{several}` leads down to many rows of `{down.table}`, where one value is wanted"
            yield Finding(reference.at, message, "ask for them with `has:`, or for the last of them with `newest of:`")
        elif walk.rest and (found := _strange(view, walk.table, walk.rest[0], reference)):
            yield found


def _strange(view: View, table: TableName, name: str, reference: Reference) -> Finding | None:
    """The finding where a segment can hardly be right, or None where the database may know it."""
    ways = view.ways(table, name)
    if len(ways) > 1:
        message = f"`{name}` points at `{table}` by {len(ways)} links"
        return Finding(reference.at, message, f"say which: {listed(f'{name}.{way}' for way in ways)}")
    if view.unsure(table):
        return None
    columns = view.columns.get(table)
    if columns is not None and any(name in (column, _link_name(column)) for column in columns):
        return None
    if TableName(table.database, table.schema, name) in view.entries:
        return None
    entry = view.entries.get(table)
    declared = [link.name for link in entry.links] if entry else []
    declared += [child for parent, child in view.children if parent == table and not reference.one]
    message = f"nothing in the inventory leads from `{table}` to `{name}`"
    if close := difflib.get_close_matches(name, declared, 1, 0.85):
        return Finding(reference.at, message, f"did you mean `{close[0]}`?")
    if columns is not None and reference.one:
        return Finding(reference.at, message, "correct the name, or declare the link in the inventory")
    return None


def _link_name(column: str) -> str:
    """The name that a link takes from the column of a foreign key."""
    return re.sub(r"(_id|Id|_?ID)$", "", column) or column


@error
def database_not_configured(view: View) -> Iterator[Finding]:
    """A rule names a database that `wesretain.yaml` does not have.

    Such a rule would never run, and nobody would notice: what it promises would not be kept.

    Wrong, where `wesretain.yaml` has `helpdesk` under `databases`:

        table: helpdsk.tickets

    Right:

        table: helpdesk.tickets

    Mend it by correcting the name, or by adding the database with its `scan_url` to `wesretain.yaml`.
    """
    known = view.config.names if view.config else ()
    for rule in view.rules if known else ():
        name = rule.table.database
        if name not in known and not view.unsure(name):
            mend = suggest(name, known, "add it under `databases:` in the configuration")
            yield Finding(rule.place("table"), f"the configuration has no database `{name}`", mend)


@error
def unknown_hash_key(view: View) -> Iterator[Finding]:
    """A redaction hashes with a key that `wesretain.yaml` does not have.

    A hash without a key can be undone by trying all addresses there are, so `{hash: NAME}` always takes a key, which
    comes from the environment or a file and is only named here.

    Wrong, where `wesretain.yaml` has no `keys`:

        columns: {email: {hash: contacts}}

    Right, in `wesretain.yaml`:

        keys:
          contacts: {env: WESRETAIN_KEY_CONTACTS}

    Mend it by correcting the name, or by adding the key to `wesretain.yaml`.
    """
    known = [name for name, _ in view.config.keys] if view.config else []
    for rule in view.rules if view.config else ():
        columns = [(rule.place(f"columns.{name}"), name, target) for name, target in rule.columns]
        for line in rule.with_:
            if isinstance(line.fate, RedactRow):
                columns += [(line.at, name, target) for name, target in line.fate.columns]
        for at, name, target in columns:
            if isinstance(target, SetHash) and target.key_name not in known:
                message = f"`{name}` is hashed with `{target.key_name}`, which is no key of the configuration"
                yield Finding(at, message, suggest(target.key_name, known, "add it under `keys:` in the configuration"))
