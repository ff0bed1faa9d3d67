"""What can be wrong with a live database, in our own words: nothing that a driver says reaches anybody."""

from __future__ import annotations

from enum import Enum

from wesretain.errors import (
    BatchRefused,
    ConnectionLost,
    Denied,
    Entangled,
    InvalidInput,
    NotAdmitted,
    Refused,
    Unreachable,
    WesretainError,
)


class Trouble(Enum):
    """What a driver's error means."""

    NO_ANSWER = "no answer"
    UNKNOWN_HOST = "unknown host"
    UNKNOWN_DATABASE = "unknown database"
    WRONG_LOGIN = "wrong login"
    NOT_ADMITTED = "not admitted"
    BUSY = "busy"
    TLS = "tls"
    BAD_OPTION = "bad option"
    POOLER = "pooler"
    UNCONNECTED = "unconnected"
    LOST = "lost"
    DISK = "disk"
    NO_FILE_ACCESS = "no file access"
    WAL_FOLDER = "wal folder"
    HOT_JOURNAL = "hot journal"
    NOT_A_DATABASE = "not a database"
    DAMAGED = "damaged"
    DENIED = "denied"
    DENIED_CHANGE = "denied change"
    LOCKED = "locked"
    FILE_LOCKED = "file locked"
    STOPPED = "stopped"
    CHANGED = "changed"
    READ_ONLY = "read-only"
    CONSTRAINT = "constraint"
    ENTANGLED = "entangled"
    MISFIT = "misfit"
    TOO_COMPLEX = "too complex"
    EXHAUSTED = "exhausted"
    UNKNOWN_CHANGE = "unknown change"
    UNKNOWN = "unknown"


_WORDS: dict[Trouble, tuple[type[WesretainError], str, str]] = {
    Trouble.NO_ANSWER: (
        Unreachable,
        "nothing answers at {place}",
        "check host and port, that the server runs, and that no firewall is between",
    ),
    Trouble.UNKNOWN_HOST: (Unreachable, "the host of {place} is not known", "check the host's name in the URL"),
    Trouble.UNKNOWN_DATABASE: (
        Unreachable,
        "the server at {place} has no such database",
        "check the database's name at the end of the URL",
    ),
    Trouble.WRONG_LOGIN: (
        Unreachable,
        "the server at {place} refuses the user or the password",
        "check both, and that the user may connect from this machine",
    ),
    Trouble.NOT_ADMITTED: (
        NotAdmitted,
        "the server at {place} does not let this user in from this machine",
        "grant access to the database, or allow it in the server's configuration",
    ),
    Trouble.BUSY: (
        Unreachable,
        "the server at {place} takes no further connection now",
        "try again later, or raise its limit of connections",
    ),
    Trouble.TLS: (
        Unreachable,
        "no encrypted connection to {place} can be made",
        "check `tls:` (mode, CA, certificate, key) and whether the server offers TLS and is who it says",
    ),
    Trouble.BAD_OPTION: (
        InvalidInput,
        "the URL has an option that the driver refuses",
        "correct or remove what follows the `?`",
    ),
    Trouble.POOLER: (
        Unreachable,
        "the connection pooler at {place} refuses the session's options",
        "set `ignore_startup_parameters = options` in it, or connect to the server itself",
    ),
    Trouble.UNCONNECTED: (
        Unreachable,
        "no connection to {place} can be made{code}",
        "check the URL: host, port, database, user and password",
    ),
    Trouble.LOST: (ConnectionLost, "the connection was lost", "check that the server runs, and run this again"),
    Trouble.DISK: (
        ConnectionLost,
        "the disk that the file is on fails, or is full",
        "check it and its limits, and run this again",
    ),
    Trouble.NO_FILE_ACCESS: (
        Unreachable,
        "the file cannot be opened",
        "let the user who runs this read the file and enter its folder",
    ),
    Trouble.WAL_FOLDER: (
        Unreachable,
        "the file is in WAL mode, and its folder cannot be written to",
        "let the user who runs this write to the folder: even readers need its -shm file there",
    ),
    Trouble.HOT_JOURNAL: (
        Unreachable,
        "a program died while it wrote to the file, which needs recovery first",
        "open it once with its own program, or with sqlite3, by a user who may write to it",
    ),
    Trouble.NOT_A_DATABASE: (Unreachable, "the file is not an SQLite database", "check the path at the end of the URL"),
    Trouble.DAMAGED: (Unreachable, "{engine} reports that its data are damaged", "mend the database first"),
    Trouble.DENIED: (
        Denied,
        "this user has no right to read {table}",
        "grant SELECT on it, or connect as a user who may read it",
    ),
    Trouble.DENIED_CHANGE: (
        Denied,
        "this user has no right to change {table}",
        "grant what `wesretain prepare` prints, or set an `apply_url` whose user may change it",
    ),
    Trouble.LOCKED: (
        BatchRefused,
        "another program keeps {table} locked",
        "run this again when it is done",
    ),
    Trouble.FILE_LOCKED: (Refused, "another program keeps the file locked", "run this again when it is done"),
    Trouble.STOPPED: (
        BatchRefused,
        "the server stopped a statement on {table}",
        "raise its time limit for this user, or ask its administrator",
    ),
    Trouble.CHANGED: (
        Refused,
        "{table} has changed, or is gone",
        "run this again",
    ),
    Trouble.READ_ONLY: (Refused, "a statement wanted to write while only reading is allowed", "please report this"),
    Trouble.CONSTRAINT: (
        BatchRefused,
        "a constraint or a trigger refuses a change of {table}",
        "look at what refers to its rows, and name it in the inventory and under `with`",
    ),
    Trouble.ENTANGLED: (
        Entangled,
        "a trigger of {table} writes to a table that is being read",
        "look at its triggers",
    ),
    Trouble.MISFIT: (
        BatchRefused,
        "a value of the policy cannot stand in {table}",
        "look for numbers that are too large for it, and for letters that its character set lacks",
    ),
    Trouble.TOO_COMPLEX: (
        BatchRefused,
        "the rules and holds on {table} make a statement that is too large for {engine}",
        "name fewer values or records in each of them",
    ),
    Trouble.EXHAUSTED: (Refused, "{engine} ran out of memory or disk space", "give it more, and run this again"),
    Trouble.UNKNOWN_CHANGE: (
        BatchRefused,
        "{engine} failed at a change of {table}{code}",
        "look at its triggers; where it has none, please report this",
    ),
    Trouble.UNKNOWN: (WesretainError, "{engine} failed at a statement on {table}{code}", "please report this"),
}


def error_for(
    trouble: Trouble, database: str, engine: str, *, place: str = "", table: str = "", code: str = ""
) -> WesretainError:
    """The error for a trouble; it names the table where that is known."""
    kind, message, mend = _WORDS[trouble]
    known = {
        "place": place or "the server",
        "engine": engine,
        "table": f"the table {table}" if table else "one of its tables",
        "code": f" ({engine} error {code})" if code else "",
    }
    return kind(f"database {database}: {message.format(**known)}", mend)
