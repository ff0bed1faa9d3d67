"""The tutorial of the README: its commands and files as a reader of one engine meets them, and a shell that obeys."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ENGINES = {"PostgreSQL": "postgresql", "MariaDB": "mariadb", "SQLite": "sqlite"}
TITLE, NEXT = "## Ten minutes on your own database\n", "## "
#: Ends the one line for each engine that a reader changes.
CHANGE = "# change this line"
#: Stands for what differs from run to run: within a line for any text, by itself for any lines.
ANYTHING = "…"
#: Set the commands, what they print and their exit codes apart in what the terminal shows.
BEFORE, AFTER = "\x1e", "\x1f"


@dataclass(frozen=True)
class Command:
    """A command, and what the tutorial says that it prints; nothing where it does not say."""

    text: str
    expected: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """A file as a whole."""

    path: str
    text: str


@dataclass(frozen=True)
class Block:
    """A fenced block, and the engines whose readers need it."""

    kind: str
    text: str
    engines: frozenset[str]

    @property
    def steps(self) -> list[Command | File]:
        return [a_file(self.text)] if self.kind == "yaml" else list(commands_of(self.text))


@dataclass(frozen=True)
class Done:
    """A command that was carried out: what the terminal showed, and its exit code."""

    command: Command
    shown: str
    code: int


def section(readme: str) -> str:
    """The tutorial, from its title to the next one."""
    _, _, rest = readme.partition(TITLE)
    assert rest, f"the README has no section {TITLE.strip()!r}"
    return re.split(rf"^{NEXT}", rest, maxsplit=1, flags=re.MULTILINE)[0]


def blocks_of(text: str) -> list[Block]:
    """All fenced blocks. The line above one names the engines that it is for; where it names none, it is for all."""
    found = []
    for above, kind, body in re.findall(r"([^\n]*)\n\n```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        named = {engine for name, engine in ENGINES.items() if name in above}
        found.append(Block(kind, body, frozenset(named or ENGINES.values())))
    return found


def steps_for(engine: str, blocks: list[Block]) -> list[Command | File]:
    """What the reader with that engine does, in order."""
    return [step for block in blocks if engine in block.engines for step in block.steps]


def a_file(text: str) -> File:
    """A file, whose first line names it in a comment."""
    name = re.match(r"# ([\w./-]+)\n", text)
    assert name, f"a file without its name: {text}"
    return File(name[1], text)


def commands_of(text: str) -> Iterator[Command]:
    """The commands of a console block, each with the lines of output below it."""
    assert text.startswith("$ "), f"output of no command: {text}"
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *expected = part.splitlines()
        yield Command(command, tuple(expected))


def changed(command: Command, values: dict[str, str]) -> Command:
    """The line that a reader changes, with values of his own for exactly the variables that it sets."""
    before, sign, _ = command.text.partition(CHANGE)
    if not sign:
        return command
    assert re.findall(r"(\w+)=", before) == list(values), command.text
    return Command("export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in values.items()))


def carry_out(steps: list[Command | File], folder: Path, environment: dict[str, str]) -> list[Done]:
    """Do the steps in one shell at a terminal, and answer as the tutorial answers where something is asked."""
    commands = [step for step in steps if isinstance(step, Command)]
    script = folder.with_name("script.sh")
    script.write_text("set -o pipefail\n" + "".join(map(_as_script, steps)))
    answers = [line.partition("[y/N]: ")[2] for each in commands for line in each.expected if "[y/N]: " in line]
    shown = _terminal(["bash", str(script)], folder, environment, answers).replace("\r\n", "\n")
    parts = [part.split(AFTER) for part in shown.split(BEFORE)[1:]]
    assert [len(part) for part in parts] == [2] * len(commands), shown
    return [Done(each, said, int(code)) for each, (said, code) in zip(commands, parts, strict=True)]


def _as_script(step: Command | File) -> str:
    if isinstance(step, File):
        return f"cat >{step.path} <<'END OF FILE'\n{step.text}END OF FILE\n"
    before, after = (f"\\{ord(sign):03o}" for sign in (BEFORE, AFTER))
    return f"printf '{before}'\n{step.text}\nprintf '{after}%d\\n' $?\n"


def _terminal(command: list[str], folder: Path, environment: dict[str, str], answers: list[str]) -> str:
    """What a terminal shows that can do no more than print lines."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    waiting, shown = iter(answers), b""
    with subprocess.Popen(
        command, cwd=folder, env=environment | {"TERM": "dumb"}, start_new_session=True, **streams
    ) as process:
        os.close(terminal)
        try:
            while block := os.read(controller, 65536):
                shown += block
                if shown.endswith(b"[y/N]: "):
                    os.write(controller, next(waiting, "n").encode() + b"\n")
        except OSError:  # how Linux says that the other side is gone
            pass
        process.wait()
    os.close(controller)
    return shown.decode()


def differs(done: Done) -> str:
    """What a command printed and what the tutorial says, where these differ; spaces do not count."""
    said = "".join(f"{line}\n" for line in _tidy(done.shown.splitlines()))
    lines = _tidy(done.command.expected)
    pattern = "".join("(?:.*\n)*" if line == ANYTHING else f"{_pattern(line)}\n" for line in lines)
    if not lines or re.fullmatch(pattern, said):
        return ""
    return f"$ {done.command.text}\n{said}\nbut the tutorial says:\n" + "\n".join(lines)


def _tidy(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [" ".join(line.split()) for line in lines if line.strip()]


def _pattern(line: str) -> str:
    return ".*".join(map(re.escape, line.split(ANYTHING)))
