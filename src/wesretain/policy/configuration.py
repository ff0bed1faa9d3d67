"""The configuration file → where the databases, the other files and the secrets are, and the limits of a run."""

from __future__ import annotations

import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

from wesretain.model.config import (
    Config,
    DatabaseConfig,
    Discovery,
    Family,
    FilesLike,
    FromEnvironment,
    FromFile,
    LedgerServer,
    Limits,
    Literal,
    NamesLike,
    Replicas,
    Source,
    Tls,
)
from wesretain.model.period import Period, Unit
from wesretain.policy.definitions import CONFIG
from wesretain.policy.document import Document
from wesretain.policy.fragments import TEXT, Json, one_or_several, only
from wesretain.policy.inventory import check_database_name
from wesretain.policy.node import Node, check_word
from wesretain.policy.periods import read_age
from wesretain.policy.shape import check_shape
from wesretain.policy.strict_yaml import read_file
from wesretain.policy.words import kind, show
from wesretain.policy.zones import read_zone

NO_LIMIT = "none"

_ROWS = re.compile(r"[0-9]{1,15}")
_TIMES = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")
_SECONDS = re.compile(r"([0-9]{1,5}) ?s")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_URL = re.compile(r"[a-z][a-z0-9+._-]*://\S*", re.ASCII | re.IGNORECASE)
#: As SQLAlchemy splits a URL: what stands between a colon and the last `@` is the password, slashes and all.
_PASSWORD_BEFORE_HOST = re.compile(r"://[^:/]*:[^@]")
_PASSWORD_AS_OPTION = re.compile(r"[?&][^=&?]*(?:password|passwd|pwd|secret|token)=", re.IGNORECASE)
_SQLITE_BESIDE = re.compile(r"(sqlite(?:\+\w+)?:///)(?!/|:memory:|file:)([^?]+)(.*)", re.DOTALL)
_POSTGRESQL = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://", re.ASCII | re.IGNORECASE)
#: Growth and approvals look back, and so do auditors: what is younger is never emptied.
_SHORTEST = Period(1, Unit.YEARS)
_ELSEWHERE = "write `{env: VARIABLE}` or `{file: PATH}`"

_SECRET: list[Json] = [only("env", TEXT), only("file", TEXT)]
_URL_SCHEMA: Json = {"anyOf": [{"type": "string", "pattern": "://"}, *_SECRET]}
GRAMMAR: Json = {
    "secret": {"anyOf": _SECRET, "description": "An environment variable, or a file of mode 0600."},
    "url": _URL_SCHEMA,
    "urls": one_or_several(_URL_SCHEMA),
    "seconds": {"type": "string", "pattern": "^[0-9]{1,5} ?s$", "examples": ["10 s"]},
    "rows": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": f"^([0-9]+|{NO_LIMIT})$"}]},
    "times": {
        "type": ["string", "number"],
        "pattern": f"^([0-9]+(\\.[0-9]+)?|{NO_LIMIT})$",
        "minimum": 0,
        "examples": [3, NO_LIMIT],
    },
    "discover": {"anyOf": [TEXT, only("files", TEXT), only("list", TEXT)], "examples": ["tenant_*"]},
    "share": {"type": "string", "pattern": f"^([0-9]+(\\.[0-9]+)? ?%|{NO_LIMIT})$", "examples": ["10%", NO_LIMIT]},
}


def read_config(document: Document, folder: Path) -> Config:
    """What can be read of the configuration; the problems are in the document. Paths count from `folder`."""
    root = Node.root(document)
    check_shape(CONFIG, root)
    entries = [entry for node in root.children("databases") for entry in _read_entry(node, folder)]
    keys = [_read_key(node, folder) for node in root.children("keys")]
    zone = root.read("zone", read_zone)
    return Config(
        organisation=root.text("organisation"),
        zone=zone or ZoneInfo("UTC"),
        inventory=_path(folder, root.text("inventory") or "inventory.yaml"),
        policies=_path(folder, root.text("policies") or "policies"),
        ledger=_read_ledger(root, folder),
        ledger_keep=root.read("ledger keep", _read_keep),
        limits=root.read("limits", _read_limits, Limits()),
        keys=tuple(key for key in keys if key is not None),
        location=root.text("location") or None,
        elements=_path(folder, root.text("elements")) if root.text("elements") else None,
        entries=tuple(entries),
        at=root.at,
    )


def unread_databases(document: Document, config: Config) -> frozenset[str]:
    """The databases that the file names and that could not be read."""
    return frozenset(node.key for node in Node.root(document).children("databases") if node.key not in config.names)


def _read_ledger(root: Node, folder: Path) -> Path | LedgerServer:
    """A file, or a database on PostgreSQL; what was refused is a file, which nobody opens."""
    password = root.read("ledger password", lambda child: _read_secret(child, folder, "a password"))
    tls = root.read("ledger tls", lambda child: _read_tls(child, folder))
    text, node = root.text("ledger"), root.child("ledger")
    if "://" not in text or node is None:
        for key in ("ledger password", "ledger tls"):
            if lost := root.child(key):
                lost.refuse("url", f"`{key}` belongs to a ledger on a server", "take it away", key=True)
        return _path(folder, text)
    url = _read_url(node, folder)
    if not _POSTGRESQL.match(text):
        mend = "write a file's path, or a URL such as `postgresql://wesretain@db.example/ledger`"
        node.refuse("url", "a ledger is a file, or stands on PostgreSQL", mend)
    if not isinstance(url, Literal) or not node.sound:
        return _path(folder, "ledger")
    return LedgerServer(url, _path(folder, "ledger.stop"), password, tls)


def _read_keep(node: Node) -> Period | None:
    period = read_age(node)
    if period is not None and not period.surely_as_long_as(_SHORTEST):
        node.refuse("period", "the ledger must keep what it says for a year or longer", "write `7 years`")
    return period


def _path(folder: Path, text: str) -> Path:
    return Path(os.path.abspath(folder / text))


def _read_key(node: Node, folder: Path) -> tuple[str, Source] | None:
    check_word(node, "a key")
    source = _read_secret(node, folder, "a key")
    return (node.key, source) if source and node.sound else None


def _read_entry(node: Node, folder: Path) -> tuple[DatabaseConfig | Family, ...]:
    """A database, a family, or all members of one that are listed; nothing where anything in it is wrong."""
    check_database_name(node)
    match node.child("discover"):
        case None:
            _check_urls(node)
            found = _read_database(node, folder)
            return (found,) if found else ()
        case Node(value={"list": str(path), **others}) as listed if not others and path.strip():
            _check_no_urls(node)
            return _read_list(listed, node, folder)
        case Node() as discover:
            return _read_family(discover, node, folder)


def _read_family(discover: Node, node: Node, folder: Path) -> tuple[Family, ...]:
    match discover.value:
        case str(pattern) if pattern.strip():
            found: Discovery = NamesLike(pattern.strip())
            _check_urls(node)
            common = _read_database(node, folder)
            _check_server(discover, common)
        case {"files": str(pattern), **others} if not others and pattern.strip():
            found = FilesLike(str(_path(folder, pattern)))
            _check_no_urls(node)
            file = Literal("sqlite://")
            common = DatabaseConfig(node.key, file, file, at=node.key_at)
        case _:
            mend = "write a pattern of names such as `tenant_*`, `{files: PATTERN}`, or `{list: PATH}`"
            discover.refuse("discover", "this does not say which databases there are", mend)
            return ()
    return (Family(common, found),) if common and node.sound else ()


def _check_server(discover: Node, common: DatabaseConfig | None) -> None:
    """Refuse a pattern of names where the URL leads to a file, which holds but one database."""
    sources = (common.scan_url, common.apply_url) if common else ()
    if any(isinstance(source, Literal) and source.text.startswith("sqlite") for source in sources):
        discover.refuse(
            "discover", "an SQLite file holds one database", "take the URL away and write `{files: PATTERN}`"
        )


def _check_no_urls(node: Node) -> None:
    for key in ("url", "scan_url", "apply_url"):
        if url := node.child(key):
            url.refuse("url", f"`{key}` stands beside `discover`, which says where each database is", key=True)
    if replicas := node.child("replicas"):
        replicas.refuse("url", "`replicas` are those of one server, and `discover` names databases apart", key=True)


def _read_list(listed: Node, node: Node, folder: Path) -> tuple[DatabaseConfig, ...]:
    """The members that a file lists, each a name with its URL; its problems stand in that file."""
    path = listed.text("list")
    document = read_file(_path(folder, path), str(folder / path), listed.at)
    members = [_read_member(each, node, folder) for each in Node.root(document).items()]
    if document.readable and not isinstance(document.value, dict):
        document.refuse((), "discover", "this is not a list of databases", "write `name: URL`, one a line")
    outer = node.document
    outer.problems += document.problems
    outer.exposure = outer.exposure or document.exposure
    if document.problems:
        outer.taint(listed.trail)
    return tuple(member for member in members if member) if node.sound else ()


def _read_member(listed: Node, node: Node, folder: Path) -> DatabaseConfig | None:
    if not isinstance(listed.trail[-1], str):
        return None
    check_word(listed, "a database")
    url = _read_url(listed, folder)
    password, apply_password, tls = _read_login(node, folder)
    if url is None:
        return None
    return DatabaseConfig(
        name=f"{node.key}/{listed.key}",
        scan_url=url,
        apply_url=url,
        password=password,
        apply_password=apply_password or password,
        tls=tls,
        at=listed.key_at,
    )


def _read_login(node: Node, folder: Path) -> tuple[Source | None, Source | None, Tls | None]:
    password, apply_password = (
        node.read(key, lambda child: _read_secret(child, folder, "a password"))
        for key in ("password", "apply_password")
    )
    return password, apply_password, node.read("tls", lambda child: _read_tls(child, folder))


def _read_database(node: Node, folder: Path) -> DatabaseConfig | None:
    """A database, or None where anything in it is wrong: nobody may connect by half of it."""
    url, scan_url, apply_url = (
        node.read(key, lambda child: _read_url(child, folder)) for key in ("url", "scan_url", "apply_url")
    )
    password, apply_password, tls = _read_login(node, folder)
    replicas = node.read("replicas", lambda child: _read_replicas(child, folder))
    scan = url or scan_url
    if scan is None or not node.sound:
        return None
    return DatabaseConfig(
        name=node.key,
        scan_url=scan,
        apply_url=url or apply_url,
        password=password,
        apply_password=apply_password or (password if url else None),
        tls=tls,
        replicas=replicas,
        at=node.key_at,
    )


def _check_urls(node: Node) -> None:
    """Refuse a database without a URL, with too many of them, or with a password that belongs to none."""
    url, scan_url, apply_url = (node.child(key) for key in ("url", "scan_url", "apply_url"))
    if url is not None and (scan_url is not None or apply_url is not None):
        mend = "keep `url` alone, or `scan_url` and `apply_url`"
        url.refuse("url", "`url` stands beside another URL", mend, key=True)
    if url is None and scan_url is None:
        if apply_url is None:
            node.miss("url", "write `url`, or `scan_url` and `apply_url`")
        else:
            node.miss("scan_url", "write the URL to scan with, or call the other one `url`")
    if url is None and apply_url is None and node.child("apply_password"):
        node.miss("apply_url", "write it, or take `apply_password` away")


def _read_url(node: Node, folder: Path) -> Source | None:
    if not isinstance(node.value, str):
        return _read_elsewhere(node, folder, "url", "a URL")
    if _holds_password(node.value):
        mend = "take it out and say where it is: `password: {env: VARIABLE}` or `password: {file: PATH}`"
        node.refuse("secret", "a password stands in this URL", mend)
    elif not _URL.fullmatch(node.value):
        mend = "write one such as `postgresql://wesretain@db.example/helpdesk`"
        node.refuse("url", "this is not a database's URL", mend)
    elif beside := _SQLITE_BESIDE.fullmatch(node.value):
        return Literal(f"{beside[1]}{_path(folder, beside[2])}{beside[3]}")
    return Literal(node.value)


def _holds_password(url: str) -> bool:
    # A pattern that looked for the `@` itself would run to the end again and again in a long text that has none.
    return bool(_PASSWORD_BEFORE_HOST.search(url, 0, url.rfind("@")) or _PASSWORD_AS_OPTION.search(url))


def _read_secret(node: Node, folder: Path, what: str) -> Source | None:
    if isinstance(node.value, str):
        node.refuse("secret", f"{what} does not stand in this file", _ELSEWHERE)
        return None
    return _read_elsewhere(node, folder, "secret", what)


def _read_elsewhere(node: Node, folder: Path, check: str, what: str) -> Source | None:
    """Where a value is that does not stand in the file. What does stand there is never told: it could be the secret."""
    match node.value:
        case {"env": str(variable), **others} if not others and _VARIABLE.fullmatch(variable):
            return FromEnvironment(variable)
        case {"file": str(path), **others} if not others and path.strip():
            return FromFile(_path(folder, path))
        case _:
            node.refuse(check, f"this does not say where {what} is", _ELSEWHERE)
            return None


def _read_tls(node: Node, folder: Path) -> Tls:
    ca, certificate, key = (
        _path(folder, text) if (text := node.text(name)) else None for name in ("ca", "certificate", "key")
    )
    return Tls(node.text("mode"), ca, certificate, key)


def _read_replicas(node: Node, folder: Path) -> Replicas:
    urls = (_read_url(child, folder) for child in node.several("urls"))
    return Replicas(node.read("lag", _read_seconds, 0), tuple(url for url in urls if url is not None))


def _read_seconds(node: Node) -> int:
    if isinstance(node.value, str) and (match := _SECONDS.fullmatch(node.value)):
        return int(match[1])
    found = show(node.value) if isinstance(node.value, str) else kind(node.value)
    node.refuse("wrong-value", f"{found} is not a number of seconds", "write one such as `10 s`")
    return 0


def _read_limits(node: Node) -> Limits:
    standard = Limits()
    return Limits(
        rows_per_rule=node.read("rows per rule", _read_rows, standard.rows_per_rule),
        share_per_rule=node.read("share per rule", _read_share, standard.share_per_rule),
        rows_per_run=node.read("rows per run", _read_rows, standard.rows_per_run),
        growth_per_rule=node.read("growth per rule", _read_growth, standard.growth_per_rule),
    )


def _read_rows(node: Node) -> int | None:
    """A number of rows; None is no limit. What was refused is 0, so that it could never let anything through."""
    match node.value:
        case _ if node.value == NO_LIMIT:
            return None
        case str(text) if _ROWS.fullmatch(text):
            return int(text)
        case _:
            _refuse_limit(node, "a number of rows such as `10000`")
            return 0


def _read_share(node: Node) -> float | None:
    match node.value:
        case _ if node.value == NO_LIMIT:
            return None
        case str(text) if (match := _SHARE.fullmatch(text)) and float(match[1]) <= 100:
            return float(match[1]) / 100
        case _:
            _refuse_limit(node, "a share such as `10%`, at most `100%`")
            return 0.0


def _read_growth(node: Node) -> float | None:
    match node.value:
        case _ if node.value == NO_LIMIT:
            return None
        case str(text) if _TIMES.fullmatch(text):
            return float(text)
        case _:
            _refuse_limit(node, "a number of times such as `3` or `2.5`")
            return 0.0


def _refuse_limit(node: Node, wanted: str) -> None:
    found = show(node.value) if isinstance(node.value, str) else kind(node.value)
    node.refuse("wrong-value", f"{found} is not {wanted}", "write that, or `none` for no limit; 0 lets nothing go")
