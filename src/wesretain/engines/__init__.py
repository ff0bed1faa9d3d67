"""The databases that wesretain knows. Nothing here imports SQLAlchemy or a driver before a database is opened."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wesretain.errors import InvalidInput
from wesretain.model.config import DatabaseConfig, Source

if TYPE_CHECKING:
    from wesretain.engines.base import Engine, Hurried, Live
    from wesretain.engines.target import Target
    from wesretain.engines.writer import Writer

__all__ = [
    "Doors",
    "Engine",
    "Live",
    "Writer",
    "engine_for",
    "names_on_server",
    "open_by",
    "open_for_apply",
    "open_for_scan",
]

#: The first word of a URL, and where its engine is.
ENGINES = {
    "sqlite": ("wesretain.engines.sqlite", "Sqlite"),
    "postgresql": ("wesretain.engines.postgresql", "Postgresql"),
    "postgres": ("wesretain.engines.postgresql", "Postgresql"),
    "mariadb": ("wesretain.engines.mariadb", "Mariadb"),
    "mysql": ("wesretain.engines.mariadb", "Mariadb"),
}


def engine_for(url: str, database: str = "") -> Engine:
    """The engine that a URL asks for; `database` is the configuration's name for it, for messages.

    Raises:
        InvalidInput: where there is no such engine, or the URL asks for a driver that is not ours.
    """
    scheme, separator, _ = url.partition("://")
    name, _, driver = scheme.partition("+")
    about = f"database {database}: " if database else ""
    if not separator or name not in ENGINES:
        known = ", ".join(f"{known}://" for known in ("sqlite", "postgresql", "mariadb"))
        raise InvalidInput(f"{about}the URL names no engine that is known", f"begin it with one of {known}")
    module, engine = ENGINES[name]
    found: Engine = getattr(import_module(module), engine)()
    if driver and driver != found.drivername.partition("+")[2]:
        raise InvalidInput(f"{about}the URL asks for a driver that is not used here", f"begin it with {name}://")
    return found


class Doors:
    """Opens many databases to be read: what the first connection to a server has found out serves the others."""

    def __init__(self) -> None:
        self._engines: dict[str, Engine] = {}

    def open(self, config: DatabaseConfig) -> AbstractContextManager[Live]:
        """As `open_for_scan`."""
        engine, target = self._at(config)
        return engine.open_for_scan(target)

    def open_hurriedly(self, config: DatabaseConfig) -> AbstractContextManager[Hurried]:
        """The same by the driver alone, where that can be.

        Raises:
            GivenUp: where it cannot.
            Unreachable: where the database cannot be connected to.
        """
        from wesretain.engines.plain import GivenUp

        engine, target = self._at(config)
        if not engine.has_fingerprints:
            raise GivenUp
        return engine.open_hurriedly(target)

    def _at(self, config: DatabaseConfig) -> tuple[Engine, Target]:
        from wesretain.policy.secrets import resolve

        url = resolve(config.scan_url)
        scheme = url.partition("://")[0]
        if scheme not in self._engines:
            self._engines[scheme] = engine_for(url, config.name)
        return self._engines[scheme], _target(config, url)


def open_for_scan(config: DatabaseConfig) -> AbstractContextManager[Live]:
    """A configured database, in one read-only transaction that sees one state of it.

    Raises:
        InvalidInput: where the URL, a secret, a TLS file or the driver cannot be used.
        Unreachable: where the database cannot be connected to, or is one that is not supported.
    """
    from wesretain.policy.secrets import resolve

    url = resolve(config.scan_url)
    engine = engine_for(url, config.name)
    return engine.open_for_scan(_target(config, url))


def _target(config: DatabaseConfig, url: str) -> Target:
    from wesretain.engines.target import target_of
    from wesretain.policy.secrets import resolve

    password = resolve(config.password) if config.password else None
    return target_of(config.name, url, password, config.tls, config.database)


def names_on_server(config: DatabaseConfig) -> tuple[str, ...]:
    """All databases that the scan URL's user may see on its server, but for the server's own.

    Raises:
        InvalidInput: where the URL, a secret, a TLS file or the driver cannot be used, or it leads to no server.
        Unreachable: where the server cannot be connected to, or is one that is not supported.
    """
    from wesretain.engines.target import target_of
    from wesretain.policy.secrets import resolve

    url = resolve(config.scan_url)
    password = resolve(config.password) if config.password else None
    engine = engine_for(url, config.name)
    target = target_of(config.name, url, password, config.tls)
    if not target.url.database:
        target = target_of(config.name, url, password, config.tls, engine.lobby)
    with engine.open_for_scan(target) as live, live.translating():
        return tuple(engine.databases(live.connection))


def open_for_apply(config: DatabaseConfig) -> AbstractContextManager[Writer]:
    """A configured database, by the URL that may write.

    Raises:
        InvalidInput: where there is no such URL, or it, a secret, a TLS file or the driver cannot be used.
        Unreachable: where the database cannot be connected to, or is one that is not supported.
    """
    if config.apply_url is None:
        mend = "add `apply_url:` to it in wesretain.yaml"
        raise InvalidInput(f"database {config.name} has no URL to apply with", mend)
    return open_by(config, config.apply_url, config.apply_password)


def open_by(config: DatabaseConfig, source: Source, secret: Source | None) -> AbstractContextManager[Writer]:
    """The same by another URL, such as an administrator's.

    Raises:
        InvalidInput: where the URL, a secret, a TLS file or the driver cannot be used.
        Unreachable: where the database cannot be connected to, or is one that is not supported.
    """
    from wesretain.engines.target import target_of
    from wesretain.policy.secrets import resolve

    url = resolve(source)
    password = resolve(secret) if secret else None
    engine = engine_for(url, config.name)
    return engine.open_for_apply(target_of(config.name, url, password, config.tls, config.database))


def __getattr__(name: str) -> Any:
    """`Engine`, `Live` and `Writer`, imported when first asked for."""
    if name in ("Engine", "Live"):
        return getattr(import_module("wesretain.engines.base"), name)
    if name == "Writer":
        return import_module("wesretain.engines.writer").Writer
    raise AttributeError(name)
