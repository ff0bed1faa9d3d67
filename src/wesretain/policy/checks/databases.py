"""Checks of the configured databases: none may be reached under two names, or holds under one would not be seen."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.model.config import DatabaseConfig, Family
from wesretain.model.inventory import schemas_named
from wesretain.model.names import family_of
from wesretain.model.rule import Disposition
from wesretain.policy.checks.base import Finding, error
from wesretain.policy.checks.view import View
from wesretain.policy.places import Place, places_of, server_of, would_find


@error
def same_database(view: View) -> Iterator[Finding]:
    """Two entries of the configuration lead to one database.

    A hold names a table by the entry under which it was found. Were the same table to be had under another name, a
    rule there would not see the hold. So each database is configured once; on PostgreSQL all schemas of a database
    are in that one entry, whatever the search path, and rules name them as `database.schema.table`. Files are
    compared with links followed, servers by host, port and database. URLs that come from the environment or from
    files are compared where they can be had.

    Wrong:

        databases:
          helpdesk: {url: postgresql://wesretain@db.example/app}
          billing: {url: postgresql://wesretain@db.example/app?options=-csearch_path%3Dbilling}

    Right, with rules for `helpdesk.tickets` and `helpdesk.billing.invoices`:

        databases:
          helpdesk: {url: postgresql://wesretain@db.example/app}

    Mend it by removing one of the two, and by naming its tables under the other.
    """
    seen: dict[Place, str] = {}
    if view.config is None:
        return
    for database in view.config.databases:
        for place in sorted(places_of(database), key=str):
            first = seen.setdefault(place, database.name)
            if first != database.name:
                mend = f"keep one of them, and name all tables under it, such as `{first}.table`"
                yield Finding(database.at, f"`{database.name}` is the same database as `{first}`", mend)
                break
            if family := next((each for each in view.config.families if would_find(each, place)), None):
                mend = "narrow `discover`, or take one of the two away"
                yield Finding(database.at, f"`{database.name}` is one of the databases of `{family.name}`", mend)
                break


@error
def review_of_family(view: View) -> Iterator[Finding]:
    """A rule on a family of databases orders reviews.

    A decision of a review names a rule and the key of a record. In a family each member has records of that key, and
    what was decided on one of them would be decided on all.

    Wrong, where `wesretain.yaml` has `tenants: {url: postgresql://wesretain@db.example, discover: "tenant_*"}`:

        old-orders: {table: tenants.orders, keep: 2 years, after: delivered, then: hold}

    Right:

        old-orders: {table: tenants.orders, keep: 2 years, after: delivered, then: delete}

    Mend it by another `then`, or by configuring the database that needs reviews by itself.
    """
    many = {family_of(entry.name) for entry in view.config.entries if _is_many(entry)} if view.config else set()
    for rule in view.rules:
        if rule.then is Disposition.HOLD and rule.table.database in many:
            message = f"rule `{rule.name}` orders reviews, and `{rule.table.database}` is many databases"
            yield Finding(rule.place("then"), message, "write `then: report`, `redact` or `delete`")


def _is_many(entry: DatabaseConfig | Family) -> bool:
    return isinstance(entry, Family) or family_of(entry.name) != entry.name


@error
def database_beside(view: View) -> Iterator[Finding]:
    """Rules or inventory reach into another database of a MariaDB server that is had under a second name as well.

    On MariaDB, tables of other databases on the same server are named as `database.schema.table`, where `schema` is the
    other database's own name. If that one is configured itself, or named so under a second entry, then each of its
    tables has two names, and a hold or a rule on one of them would not be seen by those on the other. One server may go
    by many names, so databases of the same name on any MariaDB server are taken for one.

    Wrong:

        databases:
          helpdesk: {url: mariadb://wesretain@db.example/helpdesk}
          accounts: {url: mariadb://wesretain@db.example/auth}

        table: helpdesk.auth.users

    Right:

        table: accounts.users

    Mend it by naming the tables under the entry that is theirs, or by taking that entry out of `wesretain.yaml`.
    """
    for family in view.config.families if view.config else ():
        server = server_of(family.common)
        tables = (rule.table for rule in view.rules if rule.table.database == family.name)
        named = schemas_named(next((e for e in view.databases if e.name == family.name), None), tables)
        if server is not None and server.engine == "mariadb" and named:
            message = f"`{family.name}` is many databases, all of which would reach into `{min(named)}`"
            yield Finding(family.at, message, "configure that one by itself, and name its tables under that entry")
    known = view.config.databases if view.config else ()
    places = {database.name: places_of(database) for database in known}
    entries = {entry.name: entry for entry in view.databases}
    beside: dict[str, str] = {}
    for database in known:
        if not any(place.engine == "mariadb" for place in places[database.name]):
            continue
        tables = (rule.table for rule in view.rules if rule.table.database == database.name)
        own = {place.name for place in places[database.name]}
        for name in sorted(schemas_named(entries.get(database.name), tables) - own):
            others = (each for each in known if each is not database)
            configured = (each.name for each in others if any(p.may_be_beside(name) for p in places[each.name]))
            first = beside.setdefault(name.casefold(), database.name)
            if owner := next(configured, None):
                mend = f"name its tables as `{owner}.table`, or take `{owner}` out of the configuration"
                yield Finding(database.at, f"`{database.name}` names tables of `{name}`, which is `{owner}`", mend)
            elif first != database.name:
                mend = f"name its tables under one of them, such as `{first}.{name}.table`"
                yield Finding(database.at, f"`{database.name}` and `{first}` both name tables of `{name}`", mend)
