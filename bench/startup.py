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
        yield from _validated(Path(name))


def _validated(folder: Path) -> Iterator[Figure]:
    """`validate`, but for its start-up, which is what a single rule takes it, in units of composing the YAML."""
    alone, many = folder / "alone", folder / "many"
    _write(alone, 1, 1)
    files = _write(many, _RULES, _FILES)
    command = ["-m", "wesretain", "validate", "--config"]
    version, one, all_ = _timed(
        [["-m", "wesretain", "--version"], *([*command, str(each / "wesretain.yaml")] for each in (alone, many))]
    )
    composing = [float(_run(["-c", _COMPOSE, *map(str, files)])) for _ in range(_ROUNDS)]
    case, target = f"validate of {_RULES:,} rules in {_FILES} files", Target(3, "×")
    beside = {"wesretain": seconds(all_), "of one rule": seconds(one), "composing": seconds(composing)}
    for start, words, bound in ((one, "without what one rule takes", target), (version, "without --version", None)):
        # What is subtracted varies from round to round: the median stands for it in the unit.
        values = [(whole - less) / median(composing) for whole, less in zip(all_, start, strict=True)]
        yield Figure("no database", f"{case}, {words}", "composing the YAML alone", values, "×", bound, beside)


def _timed(sides: Sequence[Sequence[str]]) -> list[list[float]]:
    """The seconds of Python with some words, in turn, round by round; a first one warms up."""
    found: list[list[float]] = [[] for _ in sides]
    for number in range(_ROUNDS + 1):
        for times, words in zip(found, sides, strict=True):
            start = time.perf_counter()
            _run(words)
            times += [time.perf_counter() - start] if number else []
    return found


def _run(words: Sequence[str]) -> str:
    done = subprocess.run([sys.executable, *words], env=ENVIRONMENT, capture_output=True, text=True, check=False)
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


def _write(folder: Path, rules: int, files: int) -> list[Path]:
    """So many rules in so many files, and what belongs to them."""
    (folder / "policies").mkdir(parents=True)
    tables = "\n".join(f"      table_{number}: {{category: personal, subjects: none}}" for number in range(rules))
    (folder / "inventory.yaml").write_text(f"databases:\n  desk:\n    zone: UTC\n    tables:\n{tables}\n")
    (folder / "wesretain.yaml").write_text(
        "organisation: Desk\nzone: UTC\ninventory: inventory.yaml\npolicies: policies\nledger: ledger\n"
        "databases: {desk: {url: 'sqlite:///desk.db'}}\n"
    )
    create(folder / "ledger", datetime.now(UTC))
    each = rules // files
    for number in range(files):
        some = [_RULE.format(number=rule, years=rule % 7 + 1) for rule in range(number * each, (number + 1) * each)]
        head = "version: 1\ncategory: personal\npurpose: support\nbasis: contract\nrules:\n"
        (folder / "policies" / f"part-{number}.yaml").write_text(head + "".join(some))
    return [folder / "inventory.yaml", folder / "wesretain.yaml", *sorted((folder / "policies").iterdir())]
