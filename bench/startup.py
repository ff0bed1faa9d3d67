"""How soon wesretain starts, what it loads for that, and how long it takes to read a thousand rules."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import settings
from desk import ENVIRONMENT
from figures import Figure, Target, seconds
from wesretain.ledger import create

#: Start-ups take so little that many are needed, and many fit.
_ROUNDS = 8 * settings.PAIRS
_RULES, _FILES = 1_000, 40
#: What need not be there to say which version this is.
_HEAVY = ("sqlalchemy", "rich", "pydantic")
_LOADED = (
    "import sys\nfrom wesretain.cli import main\n"
    "try:\n    main()\nexcept SystemExit:\n    pass\n"
    f"print(*(name for name in {_HEAVY} if name in sys.modules), file=sys.stderr)"
)
_COMPOSE = (
    "import sys, time, yaml\nfrom pathlib import Path\n"
    "texts = [Path(name).read_text() for name in sys.argv[1:]]\nstart = time.perf_counter()\n"
    "for text in texts:\n    yaml.compose(text, Loader=yaml.CSafeLoader)\nprint(time.perf_counter() - start)"
)
_RULE = """\
  rule-{number}:
    title: Requests that were closed some time ago, number {number}
    table: desk.table_{number}
    where: {{state: [closed, merged], priority: {{at most: 3}}}}
    keep: {years} years
    after: closed_at
    then: delete
"""


def measure() -> Iterator[Figure]:
    """The start of two commands beyond bare Python, and the reading of many rules."""
    ours = ["-m", "wesretain"]
    sides = [["-c", "pass"], [*ours, "--version"], [*ours, "--help"]]
    bare, *found = _timed(sides)
    for words, times in zip(sides[1:], found, strict=True):
        more = [1000 * (one - other) for one, other in zip(times, bare, strict=True)]
        heavy = _loaded(words[-1])
        note = f"it loads {heavy}, which it should not" if heavy else f"it loads none of {', '.join(_HEAVY)}"
        beside = {"wesretain": seconds(times), "bare Python": seconds(bare)}
        yield Figure("no database", words[-1], "bare Python", more, "ms more", Target(60, "ms more"), beside, note)
    with tempfile.TemporaryDirectory() as name:
        yield _validated(Path(name))


def _validated(folder: Path) -> Figure:
    """`validate`, but for its start-up, in units of composing the YAML alone."""
    files = _write(folder)
    starting, validating = _timed([["-m", "wesretain", "--version"], ["-m", "wesretain", "validate"]], folder)
    composing = [float(_run(["-c", _COMPOSE, *map(str, files)], folder)) for _ in range(_ROUNDS)]
    reading = [one - other for one, other in zip(validating, starting, strict=True)]
    # What is subtracted varies from round to round: the median stands for it in the unit.
    values = [one / median(composing) for one in reading]
    case = f"validate of {_RULES:,} rules in {_FILES} files"
    beside = {"wesretain": seconds(validating), "its start-up": seconds(starting), "composing": seconds(composing)}
    return Figure("no database", case, "composing the YAML alone", values, "×", Target(3, "×"), beside)


def _timed(sides: Sequence[Sequence[str]], folder: Path | None = None) -> list[list[float]]:
    """The seconds of Python with some words, in turn, round by round; a first one warms up."""
    found: list[list[float]] = [[] for _ in sides]
    for number in range(_ROUNDS + 1):
        for times, words in zip(found, sides, strict=True):
            start = time.perf_counter()
            _run(words, folder)
            times += [time.perf_counter() - start] if number else []
    return found


def _run(words: Sequence[str], folder: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"python {' '.join(words)} ended with {done.returncode}: {done.stderr}{done.stdout}")
    return done.stdout


def _loaded(option: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, option], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"wesretain {option} ended with {done.returncode}: {done.stderr}")
    return done.stderr.strip()


def _write(folder: Path) -> list[Path]:
    """A thousand rules in forty files, and what belongs to them."""
    tables = "\n".join(f"      table_{number}: {{category: personal, subjects: none}}" for number in range(_RULES))
    (folder / "inventory.yaml").write_text(f"databases:\n  desk:\n    zone: UTC\n    tables:\n{tables}\n")
    (folder / "wesretain.yaml").write_text(
        "organisation: Desk\nzone: UTC\ninventory: inventory.yaml\npolicies: policies\nledger: ledger\n"
        "databases: {desk: {url: 'sqlite:///desk.db'}}\n"
    )
    (folder / "policies").mkdir()
    create(folder / "ledger", datetime.now(UTC))
    each = _RULES // _FILES
    for number in range(_FILES):
        rules = [_RULE.format(number=rule, years=rule % 7 + 1) for rule in range(number * each, (number + 1) * each)]
        head = "version: 1\ncategory: personal\npurpose: support\nbasis: contract\nrules:\n"
        (folder / "policies" / f"part-{number}.yaml").write_text(head + "".join(rules))
    return [folder / "inventory.yaml", folder / "wesretain.yaml", *sorted((folder / "policies").iterdir())]
