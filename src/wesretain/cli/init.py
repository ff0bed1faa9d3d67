"""`wesretain init`: starter files, and the ledger. It never overwrites."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from wesretain.errors import InvalidInput, UsageError
from wesretain.model.config import DatabaseConfig, FromEnvironment, Literal, Source
from wesretain.model.rule import Category
from wesretain.model.schema import Schema


@click.command(
    epilog="""\b
Examples:
  wesretain init
  wesretain init --url sqlite:///shop.sqlite
  wesretain init --url postgresql://scan@localhost/shop --password-env SHOP_PASSWORD
  wesretain init retention --database shop --url mariadb://scan@localhost/shop
"""
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--url", help="A live database, without its password: its tables, keys and clocks fill the inventory.")
@click.option("--password-env", metavar="VARIABLE", help="The environment variable that holds the password.")
@click.option("--database", help="The name that rules call it by.  [default: the URL's, or `example`]")
def init(folder: Path, url: str | None, password_env: str | None, database: str | None) -> None:
    """Write starter files into FOLDER: wesretain.yaml, inventory.yaml, a policy for each category, and the ledger.

    Files that are there already are left as they are.
    """
    from wesretain.ledger import create
    from wesretain.render import starter

    if url and _has_password(url):
        raise UsageError(
            "the URL holds a password, which must not stand in a file", "leave it out, and use --password-env"
        )
    url = _from(folder, url) if url else None
    name = database or _name_in(url) or "example"
    schema = _reflect(name, url, folder, FromEnvironment(password_env) if password_env else None) if url else None
    config = starter.config_text(name, url)
    if password_env:
        config = config.replace("# password: {env: DATABASE_PASSWORD}", f"password: {{env: {password_env}}}")
    texts = {Path("wesretain.yaml"): config, Path("inventory.yaml"): starter.inventory_text(name, schema)}
    for category in Category:
        texts[Path("policies") / f"{category.value.replace('_', '-')}.yaml"] = starter.policy_text(category)
    try:
        (folder / "policies").mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            _write(folder / path, text)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be written: {error.strerror}", "choose another folder") from None
    ledger = folder / "wesretain.ledger"
    if ledger.exists():
        click.echo(f"kept {ledger}")
    else:
        create(ledger, datetime.now(UTC))
        click.echo(f"wrote {ledger}")
    click.echo("next: fill in inventory.yaml, write rules, then `wesretain validate` and `wesretain scan`")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        click.echo(f"wrote {path}")
    except FileExistsError:
        click.echo(f"kept {path}, which is there already")


def _name_in(url: str | None) -> str | None:
    """The last part of a URL's path, without its ending, as far as it can be a name."""
    stem = Path(url.rpartition("/")[2].partition("?")[0]).stem if url else ""
    return stem if stem.replace("_", "").replace("-", "").isalnum() else None


def _has_password(url: str) -> bool:
    user, at, _ = url.partition("://")[2].rpartition("@")
    return bool(at) and ":" in user


def _from(folder: Path, url: str) -> str:
    """The same database as seen from the folder of the configuration, which a relative SQLite path counts from."""
    scheme, separator, path = url.partition(":///")
    if not separator or not scheme.startswith("sqlite") or path.startswith("/"):
        return url
    return f"{scheme}:///{os.path.relpath(path, folder)}"


def _reflect(name: str, url: str, folder: Path, password: Source | None) -> Schema:
    from wesretain.engines import open_for_scan

    scheme, separator, path = url.partition(":///")
    if separator and scheme.startswith("sqlite") and not path.startswith("/"):
        url = f"{scheme}:///{os.path.abspath(folder / path)}"
    with open_for_scan(DatabaseConfig(name, Literal(url), password=password)) as live:
        return live.reflect()
