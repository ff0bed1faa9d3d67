"""`wesretain init`: starter files, and the ledger. It never overwrites."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import click

from wesretain.errors import InvalidInput, UsageError
from wesretain.model.config import DatabaseConfig, FromEnvironment, LedgerServer, Literal, Source
from wesretain.model.rule import Category
from wesretain.model.schema import Schema
from wesretain.render.plain import plain

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@click.command(
    epilog="""\b
Examples:
  wesretain init
  wesretain init --url sqlite:///shop.sqlite
  wesretain init --url postgresql://scan@localhost/shop \\
    --password-env SHOP_PASSWORD
  wesretain init retention --database shop --url mariadb://scan@localhost/shop
  wesretain init --ledger postgresql://wesretain@localhost/ledger \\
    --ledger-password-env LEDGER_PASSWORD
"""
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, readable=False), default=".")
@click.option("--url", help="A live database, without its password: its tables, keys and clocks fill the inventory.")
@click.option("--password-env", metavar="VARIABLE", help="The environment variable that holds the password.")
@click.option("--database", help="The name that rules call it by.  [default: the URL's, or `example`]")
@click.option("--ledger", metavar="URL", help="A database on PostgreSQL that keeps the ledger, instead of a file.")
@click.option("--ledger-password-env", metavar="VARIABLE", help="The environment variable that holds its password.")
def init(
    folder: Path,
    url: str | None,
    password_env: str | None,
    database: str | None,
    ledger: str | None,
    ledger_password_env: str | None,
) -> None:
    """Write starter files into FOLDER: wesretain.yaml, inventory.yaml, a policy for each category, and the ledger.

    Files that are there already are left as they are.
    """
    from wesretain.render import starter

    _check_variable("--password-env", password_env)
    _check_variable("--ledger-password-env", ledger_password_env)
    if ledger_password_env is not None and ledger is None:
        raise UsageError("--ledger-password-env belongs to --ledger", "give both, or neither")
    if ledger is not None and "://" not in ledger:
        mend = "write a file's path into wesretain.yaml afterwards, or give a URL of PostgreSQL"
        raise UsageError("--ledger is no URL", mend)
    url = None if url is None else _from(folder, url)
    name = database if database is not None else _name_in(url) or "example"
    server = None if ledger is None else starter.Server(ledger, ledger_password_env)
    config = starter.config_text(name, url, password_env, server)
    _check(config, folder)
    password = FromEnvironment(password_env) if password_env else None
    schema = None if url is None else _reflect(name, url, folder, password)
    texts = {Path("wesretain.yaml"): config, Path("inventory.yaml"): starter.inventory_text(name, schema)}
    for category in Category:
        texts[Path("policies") / f"{category.value.replace('_', '-')}.yaml"] = starter.policy_text(category)
    try:
        (folder / "policies").mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            _write(folder / path, text)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be written: {error.strerror}", "choose another folder") from None
    _create(_ledger(folder))
    click.echo("next: fill in inventory.yaml, which `wesretain inventory --discover` helps with, and write rules;")
    click.echo("then `wesretain validate` and `wesretain scan`")


def _check_variable(option: str, name: str | None) -> None:
    if name is not None and not _VARIABLE.fullmatch(name):
        mend = "give its name, such as SHOP_PASSWORD, and never the password itself"
        raise UsageError(f"{option} does not name an environment variable", mend)


def _create(place: Path | LedgerServer) -> None:
    """Create the ledger where there is none; on a server, say too what other operators need."""
    from wesretain.ledger import create, exists

    name = f"the ledger in database {place.name}" if isinstance(place, LedgerServer) else str(place)
    if exists(place):
        click.echo(f"kept {plain(name)}, which is there already")
        return
    create(place, datetime.now(UTC))
    click.echo(f"wrote {plain(name)}")
    if isinstance(place, LedgerServer):
        from wesretain.ledger.server import grants

        click.echo("for each other user who is to keep it:")
        for line in grants("NAME"):
            click.echo(f"  {line}")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        click.echo(f"wrote {plain(str(path))}")
    except FileExistsError:
        click.echo(f"kept {plain(str(path))}, which is there already")


def _check(config: str, folder: Path) -> None:
    """Refuse a name or a URL that `validate` would refuse in the configuration, before anything is done with it.

    Raises:
        UsageError: with the first thing that is wrong.
    """
    from wesretain.policy.configuration import read_config
    from wesretain.policy.strict_yaml import read_text

    document = read_text(config, "wesretain.yaml")
    if document.readable:
        read_config(document, folder)
    for problem in sorted(document.problems):
        if problem.check == "secret":
            mend = "leave it out, and use --password-env or --ledger-password-env"
            raise UsageError("the URL holds a password, which must not stand in a file", mend)
        raise UsageError(problem.message, problem.mend)


def _ledger(folder: Path) -> Path | LedgerServer:
    """Where the configuration says that the ledger is; it may be an older one that was left as it is."""
    from wesretain.policy.load import load

    config, here = load(folder / "wesretain.yaml").config, Path(os.path.abspath(folder))
    if config is None or config.ledger == here:
        return folder / "wesretain.ledger"
    if isinstance(config.ledger, LedgerServer) or not config.ledger.is_relative_to(here):
        return config.ledger
    return folder / config.ledger.relative_to(here)


def _name_in(url: str | None) -> str | None:
    """The last part of a URL's path, without its ending, as far as it can be a name."""
    stem = Path(url.partition("?")[0].rpartition("/")[2]).stem if url else ""
    return stem if re.fullmatch(r"\w[\w-]*", stem) else None


def _from(folder: Path, url: str) -> str:
    """The same database as seen from the folder of the configuration, which a relative SQLite path counts from."""
    scheme, separator, path = url.partition(":///")
    if not separator or not scheme.startswith("sqlite") or not path or path.startswith("/"):
        return url
    return f"{scheme}:///{os.path.relpath(path, folder)}"


def _reflect(name: str, url: str, folder: Path, password: Source | None) -> Schema:
    from wesretain.engines import open_for_scan

    scheme, separator, path = url.partition(":///")
    if separator and scheme.startswith("sqlite") and path and not path.startswith("/"):
        url = f"{scheme}:///{os.path.abspath(folder / path)}"
    with open_for_scan(DatabaseConfig(name, Literal(url), password=password)) as live:
        return live.reflect()
