"""`wesretain prepare`: wesretain's own two tables in a database, and the rights that its users need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wesretain.cli.book import check_name, ledger_of
from wesretain.cli.options import config_option
from wesretain.cli.who import who
from wesretain.errors import InvalidInput, UsageError, WesretainError, worst
from wesretain.model.config import DatabaseConfig, Intent, Source
from wesretain.model.ledger import Kind
from wesretain.model.names import family_of
from wesretain.render.plain import plain

if TYPE_CHECKING:
    from wesretain.engines import Writer
    from wesretain.ledger import Ledger
    from wesretain.render.grants import Users
    from wesretain.standing.rights import Rights

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@click.command(
    epilog="""\b
Examples:
  wesretain prepare shop
  wesretain prepare shop --url postgresql://postgres@localhost/shop \\
    --password-env ADMIN_PASSWORD
  wesretain prepare shop --url mariadb://root@localhost/shop \\
    --password-env ADMIN_PASSWORD | mariadb shop

It creates a schema (PostgreSQL) or database (MariaDB) named `wesretain` with the tables `control` and `evidence`, or
tables whose names begin so (SQLite). No other command creates anything, so no other needs an administrator's rights.
Run it again for the rights whenever rules come to delete from, or to redact, other tables and columns.
"""
)
@click.argument("database")
@config_option
@click.option("--url", help="An administrator's URL, without the password.  [default: the database's apply_url]")
@click.option("--password-env", metavar="VARIABLE", help="The environment variable that holds its password.")
def prepare(database: str, config: Path, url: str | None, password_env: str | None) -> int:
    """Make DATABASE ready for apply, and print the statements that grant two users what they need.

    It may be a family: then each of its members is prepared, and one that cannot be stops none of the others.
    """
    from wesretain.cli.intent import sound_intent
    from wesretain.families import discovered
    from wesretain.holds import reached

    sound = sound_intent(config)
    found = discovered(sound.config)
    intent = replace(sound, config=found.config)
    check_name(found, database)
    lost = [failure for failure in found.failures if failure.database == family_of(database)]
    codes = [0, *(failure.exit_code for failure in lost)]
    for failure in lost:
        click.echo(f"wesretain: {plain(failure.message)}", err=True)
    names = reached(intent.config, [database])
    told: dict[str, None] = {}  # what many members need is said once
    with ledger_of(intent.config) as ledger:
        for name in names:
            one = intent.config.database(name)
            assert one is not None  # its name comes from there
            try:
                told |= dict.fromkeys(_prepared(intent, ledger, one, url, password_env))
            except WesretainError as error:
                if name == database:
                    raise
                click.echo(f"wesretain: {plain(str(error))}", err=True)
                codes.append(error.exit_code)
    for line in told:
        click.echo(plain(line))
    return worst(codes)


def _prepared(
    intent: Intent, ledger: Ledger, found: DatabaseConfig, url: str | None, password_env: str | None
) -> list[str]:
    """Prepare one database; the statements that its users need."""
    from wesretain.engines import open_by

    source, secret = _source(found, url, password_env)
    with open_by(found, source, secret) as writer:
        first = _prepare(writer, ledger, found)
        rights = _rights(writer, intent, ledger)
        words = "is prepared" if first else "was prepared already; nothing was changed"
        click.echo(f"database {plain(found.name)} {words}", err=True)
        return list(_grants(writer, rights, found))


def _source(found: DatabaseConfig, url: str | None, password_env: str | None) -> tuple[Source, Source | None]:
    """The URL to connect by, and where its password is.

    Raises:
        UsageError: where there is none, or it cannot be used.
    """
    if url is not None:
        if found.name != family_of(found.name) and found.database is None:
            mend = f"add the administrator's URLs to a list of their own, or prepare {found.name} without --url"
            raise UsageError(f"database {found.name} is listed with a URL of its own", mend)
        given = _given(family_of(found.name), url, password_env)
        return given.scan_url, given.password
    if password_env is not None:
        raise UsageError("--password-env belongs to --url", "give both, or neither")
    if found.apply_url is None:
        mend = "give an administrator's with --url, or add `apply_url:` in wesretain.yaml"
        raise UsageError(f"database {found.name} has no URL to write with", mend)
    return found.apply_url, found.apply_password


def _given(name: str, url: str, password_env: str | None) -> DatabaseConfig:
    """A URL of the command line, held to the same rules as one of a file."""
    from wesretain.policy.configuration import read_config
    from wesretain.policy.strict_yaml import read_text
    from wesretain.render.starter import config_text

    if password_env is not None and not _VARIABLE.fullmatch(password_env):
        mend = "give its name, such as ADMIN_PASSWORD, and never the password itself"
        raise UsageError("--password-env does not name an environment variable", mend)
    document = read_text(config_text(name, url, password_env), "--url")
    settings = read_config(document, Path()) if document.readable else None
    for problem in sorted(document.problems):
        if problem.check == "secret":
            mend = "leave it out, and use --password-env"
            raise UsageError("the URL holds a password, which others would see", mend)
        raise UsageError(problem.message, problem.mend)
    if settings is None:
        raise UsageError("the URL cannot be used", "write it as engine://user@host:port/database")
    return settings.databases[0]


def _prepare(writer: Writer, ledger: Ledger, found: DatabaseConfig) -> bool:
    """Create what is missing; whether this ledger hears of it for the first time."""
    from wesretain.control import prepare as create

    create(writer, ledger.id, ledger.generation(found.name))
    if ledger.has(Kind.DATABASE_PREPARED, found.name):
        return False
    ledger.append(Kind.DATABASE_PREPARED, found.name, {"by": who(), "server": writer.server}, datetime.now(UTC))
    return True


def _rights(writer: Writer, intent: Intent, ledger: Ledger) -> Rights:
    """What the rules as they are now take; rules that the database refuses are told."""
    from wesretain.standing.rights import rights_of
    from wesretain.survey import Request, survey_of

    request = Request(intent, ledger.holds(), datetime.now(UTC), pinned=True)
    ruling = survey_of(request, writer, writer.name).ruling
    for rule, refusal in ruling.refused:
        message = f"rule `{rule.name}` is refused, so its rights are not among these: {refusal.message}"
        click.echo(f"wesretain: {plain(message)}", err=True)
    return rights_of(ruling)


def _grants(writer: Writer, rights: Rights, found: DatabaseConfig) -> Iterator[str]:
    from wesretain.render.grants import Place, as_mariadb, as_postgresql, as_sqlite

    dialect = writer.connection.dialect

    def quote(name: str) -> str:
        # The driver's own sign for a parameter is doubled, which a person who pastes the statement does not want.
        return str(dialect.identifier_preparer.quote_identifier(name)).replace("%%", "%")

    place = Place(writer.connection.engine.url.database or "", writer.default_schema, quote)
    match dialect.name:
        case "postgresql":
            if found.database is not None:  # one of many: its rights are granted within it
                yield f"\\connect {quote(place.database)}"
            yield from as_postgresql(rights, place, _users(found))
        case "sqlite":
            yield from as_sqlite()
        case _:
            yield from as_mariadb(rights, place, _users(found))


def _users(found: DatabaseConfig) -> Users:
    """The users of the two URLs, where they are known and are two."""
    from wesretain.render.grants import APPLY, SCAN, Users

    scan, apply = _user(found, found.scan_url), _user(found, found.apply_url)
    if scan == apply:  # one user for both, who then could do more than a scan needs
        return Users(SCAN, APPLY)
    return Users(scan or SCAN, apply or APPLY)


def _user(found: DatabaseConfig, source: Source | None) -> str | None:
    from wesretain.engines.target import target_of
    from wesretain.policy.secrets import resolve

    if source is None:
        return None
    try:
        return target_of(found.name, resolve(source), None, None).url.username
    except InvalidInput:  # the administrator's shell may lack what the service's has
        return None
