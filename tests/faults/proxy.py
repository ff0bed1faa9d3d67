"""A proxy between wesretain and its server that knows where one statement ends and the next begins.

Whoever speaks in turn asks and answers: what a client sends after an answer is a statement, however many packets it
takes. A disturbance is called before each statement is handed on, and again when its answer has come.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

_PIECE = 1 << 16
#: Where a statement begins that ends a batch; neither protocol compresses or splits so short a one.
_COMMIT = re.compile(rb"(?:\x0b|\x00|\x03)COMMIT(?:\x00|$)")
_BEGIN = re.compile(
    rb"BEGIN ISOLATION LEVEL (?:REPEATABLE READ|READ COMMITTED) READ WRITE|START TRANSACTION READ WRITE"
)


class Cut(Exception):
    """The connection is to be cut on both sides, at once."""


@dataclass
class Statement:
    """One statement: its number in the run, the server's own number for its session, and what was sent or answered."""

    number: int
    session: int
    sent: bytes
    answer: bytes = b""

    @property
    def is_begin(self) -> bool:
        """Whether a batch begins with it."""
        return _BEGIN.search(self.sent) is not None

    def has_failed(self, code: bytes, number: int) -> bool:
        """Whether the answer is an error: PostgreSQL's code, or MariaDB's number."""
        return (b"SERROR" in self.answer and code in self.answer) or self.answer[4:7] == struct.pack(
            "<BH", 0xFF, number
        )

    @property
    def is_commit(self) -> bool:
        """Whether a transaction ends well with it."""
        return _COMMIT.search(self.sent) is not None


def nothing(statement: Statement) -> None:
    """Disturb nothing."""


@dataclass
class Proxy:
    """Listens on a port of its own; `before` and `after` may take their time, disturb whatever they like, or cut."""

    dialect: str
    server: tuple[str, int]
    listener: socket.socket
    before: Callable[[Statement], None] = nothing
    after: Callable[[Statement], None] = nothing
    statements: int = 0
    commits: int = 0
    refuses: bool = False
    failures: list[BaseException] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    def set(self, before: Callable[[Statement], None] = nothing, after: Callable[[Statement], None] = nothing) -> None:
        """Count anew, and disturb in another way, or in none."""
        self.before, self.after, self.refuses = before, after, False
        self.statements = self.commits = 0
        if self.failures:
            raise self.failures.pop()

    def listen(self) -> None:
        """Serve whoever connects, until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if self.refuses:
                    client.close()
                    continue
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                server = socket.create_connection(self.server)
            except OSError:
                return
            with server:
                conversation = _Conversation(self, client, server)
                answers = threading.Thread(target=conversation.answers, daemon=True)
                answers.start()
                conversation.questions()
                answers.join()


@dataclass
class _Conversation:
    """One connection: two threads that hand on what either side says."""

    proxy: Proxy
    client: socket.socket
    server: socket.socket
    session: int = 0
    ready: bool = False
    statement: Statement | None = None

    def questions(self) -> None:
        """From the client to the server."""
        try:
            while data := self.client.recv(_PIECE):
                if self.ready:
                    self._ask(data)
                self.server.sendall(data)
        except (OSError, Cut):
            pass
        except Exception as error:
            self.proxy.failures.append(error)
        self._end()

    def answers(self) -> None:
        """From the server to the client."""
        try:
            while data := self.server.recv(_PIECE):
                if not self.ready:
                    self._greet(data)
                elif self.statement is not None:
                    self.statement.answer += data
                    statement = self.statement
                    if _is_whole(self.proxy.dialect, statement):
                        self.statement = None
                        self.proxy.after(statement)
                self.client.sendall(data)
        except (OSError, Cut):
            pass
        except Exception as error:
            self.proxy.failures.append(error)
        self._end()

    def _ask(self, data: bytes) -> None:
        if self.statement is not None and not self.statement.answer:
            self.statement.sent += data
            return
        self.proxy.statements += 1
        self.statement = Statement(self.proxy.statements, self.session, data)
        self.proxy.commits += self.statement.is_commit
        self.proxy.before(self.statement)

    def _greet(self, data: bytes) -> None:
        """Learn the session's number; statements are counted once the server is ready for them."""
        if self.proxy.dialect == "mariadb" and not self.session:
            start = data.index(b"\x00", 5) + 1
            (self.session,) = struct.unpack_from("<I", data, start)
        elif self.proxy.dialect == "mariadb":
            self.ready = data[4:5] == b"\x00"
        elif (found := re.search(rb"K\x00\x00\x00\x0c(....)....", data, re.DOTALL)) is not None:
            (self.session,) = struct.unpack(">I", found[1])
        if self.proxy.dialect == "postgresql":
            self.ready = data.endswith(b"Z\x00\x00\x00\x05I")

    def _end(self) -> None:
        for side in (self.client, self.server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)


def _is_whole(dialect: str, statement: Statement) -> bool:
    """Whether the whole answer has come. MariaDB's end is not marked: any first answer counts there."""
    return dialect == "mariadb" or statement.answer[-6:-1] == b"Z\x00\x00\x00\x05"


@contextmanager
def between(url: str) -> Iterator[Proxy]:
    """A proxy to the server of a URL."""
    found = sa.make_url(url)
    assert found.host is not None
    assert found.port is not None
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(found.get_backend_name(), (found.host, found.port), listener)
        thread = threading.Thread(target=proxy.listen, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
    if proxy.failures:
        raise proxy.failures.pop()
