"""Break standing clause by clause, in a copy, and see that a test notices each time; words narrow to some mutants."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from standing.mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[1]
TESTS = "tests/standing/test_clauses.py"
#: What each engine's mutants are tried on; SQLite's alone need no server.
CHOSEN = {"sqlite": "not postgresql and not mariadb", "postgresql": "postgresql", "mariadb": "mariadb"}
AT_ONCE = 2
#: A mutant that fails so is not caught: it does not run.
SLIPS = r"(Syntax|Name|Import|ModuleNotFound|Attribute|Type|UnboundLocal|Key)Error"


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant, by which test, and in how many seconds."""

    mutant: Mutant
    word: str
    by: str
    seconds: float


def main(words: list[str]) -> int:
    """Try the mutants in whose names one of the words stands, or all; 1 where one is not caught."""
    chosen = [each for each in MUTANTS if not words or any(word in each.name for word in words)]
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wesretain-mutants-") as folder:
        sound = Path(folder) / "sound"
        shutil.copytree(ROOT / "src", sound)
        for engine in sorted({each.engine for each in chosen}):
            if found := first_failure(sound, engine):
                print(f"before any mutant, on {engine}: {found}", file=sys.stderr)
                return 1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            verdicts = list(shown(pool.map(lambda mutant: tried(mutant, sound, Path(folder)), chosen)))
    caught = sum(verdict.word == "caught" for verdict in verdicts)
    print(f"{caught} of {len(chosen)} mutants caught, in {time.monotonic() - start:.0f} s")
    return 0 if caught == len(chosen) > 0 else 1


def shown(verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
    """Print each verdict as it comes."""
    for verdict in verdicts:
        mutant = verdict.mutant
        print(f"{verdict.word:8} {verdict.seconds:5.1f} s  {mutant.name} | {mutant.clause} | {verdict.by}", flush=True)
        yield verdict


def tried(mutant: Mutant, sound: Path, folder: Path) -> Verdict:
    """Run the tests against a copy with the fault in it, until one fails."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(place) / "src"
        shutil.copytree(sound, copy)
        file = copy / "wesretain" / mutant.file
        file.write_text(mutant.applied_to(file.read_text()))
        found = first_failure(copy, mutant.engine)
    word = "broken" if re.search(rf": {SLIPS}", found) else "caught" if found else "SURVIVED"
    return Verdict(mutant, word, found, time.monotonic() - start)


def first_failure(source: Path, engine: str) -> str:
    """The first test that fails with the product from there, and why; empty where none does."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-pno:cacheprovider",
            "-k",
            CHOSEN[engine],
            f"--junitxml={report.name}",
            TESTS,
        ]
        environment = {**os.environ, "PYTHONPATH": str(source)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return ""
        if done.returncode != 1:
            return f"pytest ended with {done.returncode}: ImportError"
        for test in ElementTree.parse(report.name).iter("testcase"):
            for problem in (*test.findall("failure"), *test.findall("error")):
                return f"{test.get('name')}: {(problem.get('message') or '').splitlines()[0][:60]}"
    return "nothing was reported: ImportError"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
