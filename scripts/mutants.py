"""Break the product in one place at a time, in a copy, and see that a test notices; words narrow to some mutants."""

from __future__ import annotations

import os
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

from areas import AREAS, Area
from standing.mutants import Mutant

ROOT = Path(__file__).parents[1]
#: What each engine's mutants are tried on; SQLite's alone need no server.
CHOSEN = {"sqlite": "not postgresql and not mariadb", "postgresql": "postgresql", "mariadb": "mariadb"}
AT_ONCE = 2
#: How the message of a test begins that found a wrong answer; one that fails otherwise proves nothing.
WRONG = ("AssertionError", "assert ", "Failed: DID NOT RAISE")


@dataclass(frozen=True)
class Failure:
    """A test that failed, and why."""

    test: str
    why: str


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant, by which test, and in how many seconds."""

    mutant: Mutant
    word: str
    by: str
    seconds: float


def main(words: list[str]) -> int:
    """Try the mutants whose names hold one of the words or whose areas are named, or all; 1 where one is not caught."""
    chosen = [(area, each) for area in AREAS for each in area.mutants if is_chosen(area, each, words)]
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wesretain-mutants-") as folder:
        sound = Path(folder) / "sound"
        shutil.copytree(ROOT / "src", sound)
        for area, engine in dict.fromkeys((area, each.engine) for area, each in chosen):
            if found := first_failure(sound, area, engine):
                print(f"before any mutant, {area.name} on {engine}: {found.test}: {found.why}", file=sys.stderr)
                return 1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            verdicts = list(shown(pool.map(lambda each: tried(*each, sound, Path(folder)), chosen)))
    caught = sum(verdict.word == "caught" for verdict in verdicts)
    print(f"{caught} of {len(chosen)} mutants caught, in {time.monotonic() - start:.0f} s")
    return 0 if caught == len(chosen) > 0 else 1


def is_chosen(area: Area, mutant: Mutant, words: list[str]) -> bool:
    """Whether a mutant is to be tried: a word names its area, or stands in its name."""
    return not words or any(word == area.name or word in mutant.name for word in words)


def shown(verdicts: Iterator[Verdict]) -> Iterator[Verdict]:
    """Print each verdict as it comes."""
    for verdict in verdicts:
        mutant = verdict.mutant
        print(f"{verdict.word:8} {verdict.seconds:5.1f} s  {mutant.name} | {mutant.clause} | {verdict.by}", flush=True)
        yield verdict


def tried(area: Area, mutant: Mutant, sound: Path, folder: Path) -> Verdict:
    """Run the tests against a copy with the fault in it, until one fails."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(place) / "src"
        shutil.copytree(sound, copy)
        file = copy / "wesretain" / mutant.file
        file.write_text(mutant.applied_to(file.read_text()))
        found = first_failure(copy, area, mutant.engine)
    if found is None:
        return Verdict(mutant, "SURVIVED", "", time.monotonic() - start)
    word = "caught" if found.why.startswith(WRONG) else "BROKEN"
    return Verdict(mutant, word, f"{found.test}: {found.why}", time.monotonic() - start)


def first_failure(source: Path, area: Area, engine: str) -> Failure | None:
    """The first test of an area that fails with the product from there; None where none does."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        told = [f"--junitxml={report.name}", "-ojunit_family=xunit1"]  # the only family with properties of tests
        options = ["-x", "-pno:cacheprovider", "-k", CHOSEN[engine], *told]
        command = [sys.executable, "-m", "pytest", *options, *area.tests]
        environment = {**os.environ, "PYTHONPATH": str(source)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        if done.returncode == 1:
            for test in ElementTree.parse(report.name).iter("testcase"):
                for problem in (*test.findall("failure"), *test.findall("error")):
                    return Failure(test.get("name", ""), problem.get("message", "").partition("\n")[0][:60])
    return Failure("pytest", f"ended with {done.returncode}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
