"""A URL, a password and TLS options, checked before anything is connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import sqlalchemy as sa

from wesretain.errors import InvalidInput
from wesretain.model.config import Tls

TLS_MODES = ("disable", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True)
class Target:
    """A database to connect to: the name that the configuration gives it, and where it is (with the password)."""

    name: str
    url: sa.URL = field(repr=False)
    tls: Tls | None = None

    @property
    def place(self) -> str:
        """Where it is, for people; nothing that may hold a secret."""
        host = self.url.host
        return f"{host}:{self.url.port}" if host and self.url.port else host or "its socket"


def target_of(
    database: str, url: str, password: str | None, tls: Tls | None = None, on_server: str | None = None
) -> Target:
    """Where to connect to; `on_server` is the database's own name or file, where the URL leads to its server alone.

    Raises:
        InvalidInput: where the URL or the TLS options cannot be used.
    """
    server = not url.startswith("sqlite")
    if server and url.partition("://")[2].count("@") > 1:
        # Read on, the rest of a password would pass for the host, and be shown.
        mend = "write the password under `password:`, or percent-encode it (@ is %40)"
        raise InvalidInput(f"database {database}: the URL has more than one @", mend)
    try:
        made = sa.make_url(re.sub("^postgres://", "postgresql://", url))
    except (sa.exc.ArgumentError, ValueError):
        raise unreadable_url(database) from None
    if made.port is not None and not 0 < made.port < 65_536:
        raise unreadable_url(database)
    if password is not None:
        made = made.set(password=password)
    if on_server is not None:  # an option of the URL could name another one, the same for all
        made = made.set(database=on_server).difference_update_query(("dbname", "database", "db"))
    if tls is not None:
        _check_tls(database, tls)
    return Target(database, made, tls)


def unreadable_url(database: str) -> InvalidInput:
    """The error for a URL that says nothing."""
    return InvalidInput(
        f"database {database}: the URL cannot be read",
        "write it as engine://user@host:port/database, with special characters percent-encoded",
    )


def _check_tls(database: str, tls: Tls) -> None:
    if tls.mode not in TLS_MODES:
        raise InvalidInput(f"database {database}: no such TLS mode", f"use one of {', '.join(TLS_MODES)}")
    for what, path in (("CA", tls.ca), ("certificate", tls.certificate), ("key", tls.key)):
        try:
            if path is not None:
                path.open("rb").close()
        except OSError:
            mend = "check the path, and let the user who runs this read it"
            raise InvalidInput(f"database {database}: the TLS {what}'s file cannot be read", mend) from None
