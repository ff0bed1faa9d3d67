"""A folder with the files of a small company, and commands called in it: what the tests of the commands share."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from calling import Answer, call
from wesretain.ledger import create, opened
from wesretain.model.hold import Scope
from wesretain.model.rule import TableName
from wesretain.policy.load import parse_condition

WESRETAIN = [sys.executable, "-m", "wesretain"]
AS_OF = "2026-07-01T00:00:00Z"
HEAD = "version: 1\ncategory: personal\npurpose: order processing\nbasis: contract\nrules:\n"
#: Stands in every row that holds free text, and in no file: whatever prints it prints a row's value.
ROW_VALUE = "Zwetschgenknödel"
#: How each engine calls a wall time without a zone.
TIME = {"sqlite": "datetime", "postgresql": "timestamp", "mariadb": "datetime"}


@dataclass
class House:
    """A configuration, an inventory, policies and a ledger. No command called here shows a traceback or a secret."""

    folder: Path
    secrets: list[str] = field(default_factory=lambda: [ROW_VALUE])

    def furnish(self, rules: str, tables: str | dict[str, str], zone: str = "UTC", **urls: str) -> House:
        """Write the files: `tables` as the inventory describes them (of one database, or each), one URL a database."""
        tables = dict.fromkeys(urls, tables) if isinstance(tables, str) else tables
        self.write("wesretain.yaml", configuration(zone, urls))
        self.write("inventory.yaml", "databases:\n" + "".join(f"  {n}:\n    zone: UTC\n{tables[n]}" for n in urls))
        self.rule(rules)
        if not self.ledger.exists():
            create(self.ledger, datetime(2026, 1, 1, tzinfo=UTC))
        return self

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    def rule(self, rules: str) -> None:
        self.write("policy.yaml", rules if rules.startswith("version:") else HEAD + rules)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def hold(self, scope: Scope, matter: str = "Case 4711") -> int:
        with opened(self.ledger, parse_condition) as book:
            return book.place_hold(matter, "a lawsuit", scope, datetime(2026, 1, 1, tzinfo=UTC))

    def call(self, *arguments: str) -> Answer:
        """Call a command within this process."""
        return self._checked(call(self.folder, *arguments))

    def scan(self, *arguments: str, as_of: str = AS_OF) -> Answer:
        """Scan for JSON, at one moment."""
        return self.call("scan", "--format", "json", "--as-of", as_of, *arguments)

    def process(self, *arguments: str, redirection: str = "", **environment: str) -> Answer:
        """Call a command as a process of its own, with a redirection that only a shell can make."""
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {redirection}', "sh", *WESRETAIN, *arguments],
            cwd=self.folder,
            env=os.environ | environment,
            capture_output=True,
            check=False,
        )
        return self._checked(Answer(done.returncode, done.stdout.decode(), done.stderr.decode()))

    def terminal(self, *arguments: str, columns: int = 120, **environment: str) -> str:
        """What a terminal of so many columns shows."""
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        surroundings = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        with subprocess.Popen(
            [*WESRETAIN, *arguments],
            cwd=self.folder,
            env=surroundings | {"TERM": "xterm-256color"} | environment,
            stdout=terminal,
            stderr=terminal,
        ) as process:
            os.close(terminal)
            shown = b""
            try:
                while block := os.read(controller, 65536):
                    shown += block
            except OSError:  # how Linux says that the other side is gone
                pass
            process.wait()
        os.close(controller)
        return self._checked(Answer(process.returncode, shown.decode(), "")).out

    def _checked(self, answer: Answer) -> Answer:
        assert "Traceback" not in answer.said
        assert answer.code != 70, answer.err
        assert [secret for secret in self.secrets if secret in answer.said] == []
        return answer


def configuration(zone: str, urls: dict[str, str]) -> str:
    """A configuration; what stands for a URL is YAML where it is a mapping."""
    return (
        f"organisation: Shop\nzone: {zone}\ninventory: inventory.yaml\npolicies: policy.yaml\nledger: ledger\n"
        "databases:\n" + "".join(f"  {name}: {_connection(url)}\n" for name, url in urls.items())
    )


def _connection(url: str) -> str:
    return url if url.startswith("{") else f"{{url: {json.dumps(url)}}}"


def described(*tables: str) -> str:
    """An inventory of tables, each of personal data that leads to nobody, or as `name: {…}` says."""
    whole = (table if ": {" in table else f"{table}: {{category: personal, subjects: none}}" for table in tables)
    return "    tables:\n" + "".join(f"      {table}\n" for table in whole)


def kind_of(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]


def named(text: str) -> TableName:
    database, *schema, name = text.split(".")
    return TableName(database, schema[0] if schema else None, name)


def count(url: str, query: str) -> int:
    """A number that SQL written by hand finds, by the database's own user."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(query.replace("%", "%%")).scalar_one())
