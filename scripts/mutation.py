"""Break an area of the product at random places, and see that a test notices each time, or that it is explained.

`python scripts/mutation.py AREA [WORD...]` tries SAMPLE mutants of an area, drawn by SEED; with words, all whose name
holds one of them. Each runs the tests that ran the changed line (one recorded run of all tests tells): those first
that noticed most so far, then from fast to slow, until one fails; at most so many that took BUDGET seconds.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import coverage
import psycopg  # noqa: F401  slow to load, these four, and so loaded before each mutant is forked off
import pymysql  # noqa: F401
import pytest
import rich.console  # noqa: F401
import sqlalchemy.dialects.mysql
import sqlalchemy.dialects.postgresql  # noqa: F401
from mutations import Mutant, mutants

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "wesretain"
#: Why a mutant changes nothing that matters: its name on one line, and the reason indented below.
EXPLAINED = ROOT / "tests" / "mutation_survivors.txt"


#: Some modules of the product each.
AREAS = {
    "standing": ("standing/*.py",),
    "apply": ("apply/*.py",),
    "ledger": ("ledger/*.py", "control.py", "verify.py"),
}
#: The tests that have to notice what is wrong with them, in two parts that take about as long as each other. Property
#: tests take minutes each, and are left out.
PARTS = (("tests/standing", "tests/ledger", "tests/test_cookbook.py"), ("tests/apply", "tests/cli"))
LEFT_OUT = ("--ignore=tests/standing/test_standing.py",)
#: Where it is noted which test runs which line.
RECORD = ROOT / ".mutation.json"
AT_ONCE = int(os.environ.get("AT_ONCE", 2))
SAMPLE = int(os.environ.get("SAMPLE", 200))
SEED = int(os.environ.get("SEED", 1))
BUDGET = float(os.environ.get("BUDGET", 120))
PYTEST = ("-x", "-pno:cacheprovider")


class Recorder:
    """A plugin of pytest that notes which test runs which line, and for how long."""

    def __init__(self) -> None:
        self.coverage = coverage.Coverage(data_file=None, source=[str(SOURCE)], config_file=False, messages=False)
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure one test."""
        self.coverage.switch_context(item.nodeid)
        start = time.monotonic()
        yield
        self.seconds[item.nodeid] = time.monotonic() - start
        self.coverage.switch_context("")

    def lines(self) -> dict[str, dict[int, list[str]]]:
        """The tests that ran each line of each module."""
        data, wanted = self.coverage.get_data(), set(chain.from_iterable(map(modules, AREAS)))
        return {
            name: {line: list(filter(None, tests)) for line, tests in data.contexts_by_lineno(file).items()}
            for file in data.measured_files()
            if (name := str(Path(file).relative_to(SOURCE))) in wanted
        }


class Chosen:
    """A plugin of pytest that runs some tests alone, in this order, and notes the first one that fails."""

    def __init__(self, seconds: dict[str, float], note: Path) -> None:
        self.seconds, self.note = seconds, note

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Choose them, each with a time in which it must end."""
        places = {test: place for place, test in enumerate(self.seconds)}
        items[:] = sorted((each for each in items if each.nodeid in places), key=lambda each: places[each.nodeid])
        for each in items:
            each.add_marker(pytest.mark.timeout(30 + 10 * self.seconds[each.nodeid]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the first that fails."""
        if report.failed and not self.note.exists():
            word = "timed out" if "Timeout (>" in report.longreprtext else "killed"
            self.note.write_text(f"{word}\n{report.nodeid}")


def modules(area: str) -> list[str]:
    """The names of an area's modules."""
    return [str(file.relative_to(SOURCE)) for each in AREAS[area] for file in sorted(SOURCE.glob(each))]


def recorded() -> dict[str, Any]:
    """Which tests run which lines; recorded anew when a module is not what it was then."""
    sources = {name: (SOURCE / name).read_text() for area in AREAS for name in modules(area)}
    if RECORD.exists() and (old := json.loads(RECORD.read_text()))["sources"] == sources:
        return old
    print("recording which tests run what; this takes its time", flush=True)
    with tempfile.TemporaryDirectory(prefix="wesretain-mutation-") as folder:
        notes = [Path(folder) / str(number) for number in range(len(PARTS))]
        children = [record(part, note) for part, note in zip(PARTS, notes, strict=True)]
        codes = [os.waitpid(child, 0)[1] for child in children]
        if any(codes):
            sys.exit("a test fails before any mutant")
        found = [json.loads(note.read_text()) for note in notes]
    lines: dict[str, dict[str, list[str]]] = {name: {} for name in sources}
    for name, noted in chain.from_iterable(part["lines"].items() for part in found):
        for line, tests in noted.items():
            lines[name].setdefault(line, []).extend(tests)
    seconds = dict(chain.from_iterable(part["seconds"].items() for part in found))
    RECORD.write_text(json.dumps({"sources": sources, "seconds": seconds, "lines": lines}))
    return json.loads(RECORD.read_text())


def record(tests: Sequence[str], note: Path) -> int:
    """Run some tests in a process of their own, which notes the lines that they run."""
    if (pid := os.fork()) == 0:
        sys.path.insert(0, str(ROOT / "src"))
        recorder = Recorder()
        recorder.coverage.start()
        code = pytest.main([*PYTEST, *LEFT_OUT, f"--basetemp={note}.tmp", *tests], plugins=[recorder])
        recorder.coverage.stop()
        note.write_text(json.dumps({"seconds": recorder.seconds, "lines": recorder.lines()}))
        os._exit(code)
    return pid


def chosen(area: str, words: list[str]) -> list[Mutant]:
    """The mutants to try, in disorder."""
    every = [each for name in modules(area) for each in mutants(name, (SOURCE / name).read_bytes())]
    if words:
        return [each for each in every if any(word in each.name for word in words)]
    return random.Random(SEED).sample(every, min(SAMPLE, len(every)))


@dataclass
class Trials:
    """The mutants being tried, each in a process of its own, and what came of those that were."""

    record: dict[str, Any]
    explained: dict[str, str]
    free: list[Path]
    noticed: Counter[str] = field(default_factory=Counter)
    running: dict[int, tuple[Mutant, Path, float]] = field(default_factory=dict)
    words: Counter[str] = field(default_factory=Counter)

    def tests_for(self, mutant: Mutant) -> dict[str, float]:
        """The tests that can notice a mutant, with their seconds; of one outside of functions, all of its module."""
        lines, seconds = self.record["lines"].get(mutant.file, {}), self.record["seconds"]
        line, touched = mutant.line if mutant.in_function else 0, []
        while line and not touched:  # a statement of several lines is recorded at its first
            touched = lines.get(str(line), [])
            line -= 1
        ranks: Counter[str] = Counter()
        order = []
        for test in sorted(set(touched or chain.from_iterable(lines.values())), key=seconds.get):
            ranks[test.partition("::")[0]] += 1
            order.append((-self.noticed[test], ranks[test.partition("::")[0]], seconds[test], test))
        taken, left = {}, float(BUDGET)
        for _, _, took, test in sorted(order):
            if not taken or took <= left:
                taken[test] = took
                left -= took
        return taken

    def start(self, mutant: Mutant) -> None:
        """Run the tests against a copy of the product with the mutant in it."""
        place = self.free.pop()
        tests = self.tests_for(mutant)
        if (pid := os.fork()) == 0:
            try:
                os._exit(run(mutant, tests, place))
            finally:
                os._exit(pytest.ExitCode.INTERNAL_ERROR)
        self.running[pid] = (mutant, place, time.monotonic() + 120 + 5 * sum(tests.values()))

    def finish(self) -> None:
        """Wait until one of them is done, or has run for too long; say what came of it."""
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in self.running:
                break
            late = next((each for each, (_, _, end) in self.running.items() if end < time.monotonic()), None)
            if late:
                os.killpg(late, signal.SIGKILL)
            time.sleep(0.05)
        mutant, place, _ = self.running.pop(pid)
        word, test = self.verdict(mutant, status, place / "note")
        self.words[word] += 1
        self.noticed[test] += 1
        shutil.copy2(SOURCE / mutant.file, place / "src" / "wesretain" / mutant.file)
        (place / "note").unlink(missing_ok=True)
        self.free.append(place)
        print(f"{word:13} {mutant.line:4} {mutant.name} | {test}", flush=True)

    def verdict(self, mutant: Mutant, status: int, note: Path) -> tuple[str, str]:
        """What came of a mutant, and which test noticed."""
        if note.exists():
            word, _, test = note.read_text().partition("\n")
            return word, test
        if os.WIFSIGNALED(status):
            return "timed out", ""
        if os.WEXITSTATUS(status) in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return ("explained" if mutant.name in self.explained else "NOT EXPLAINED"), ""
        # No test to name: a module of the product, or of the tests, could not be imported.
        failed = (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR)
        return ("not imported" if os.WEXITSTATUS(status) in failed else "NOT TRIED"), ""


def run(mutant: Mutant, tests: dict[str, float], place: Path) -> int:
    """Run the tests in this process, with a copy of the product that has the mutant in it."""
    os.setsid()
    os.dup2(os.open(place / "output", os.O_WRONLY | os.O_CREAT), 1)
    os.dup2(1, 2)
    file = place / "src" / "wesretain" / mutant.file
    file.write_bytes(mutant.applied_to(file.read_bytes()))
    os.utime(file, (mutant.start, mutant.start))  # so that no cached bytecode of another mutant passes for it
    os.environ["PYTHONPATH"] = str(place / "src")
    sys.path.insert(0, str(place / "src"))
    options = [*PYTEST, f"--basetemp={place / 'tmp'}", *dict.fromkeys(test.partition("::")[0] for test in tests)]
    return pytest.main(options, plugins=[Chosen(tests, place / "note")])


def explanations() -> dict[str, str]:
    """The reason for each survivor, by its name."""
    lines = [each for each in EXPLAINED.read_text().splitlines() if each and not each.startswith("#")]
    return {name: reason.strip() for name, reason in zip(lines[::2], lines[1::2], strict=True)}


def main(area: str, words: list[str]) -> int:
    """Try them all; 1 where one survives without an explanation."""
    start = time.monotonic()
    os.chdir(ROOT)
    servers = subprocess.Popen(
        [sys.executable, "tests/servers.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    os.environ["TEST_SERVERS"] = servers.stdout.readline().decode()
    with tempfile.TemporaryDirectory(prefix="wesretain-mutation-") as folder:
        copies = [Path(folder) / str(number) for number in range(AT_ONCE)]
        for each in copies:
            shutil.copytree(SOURCE, each / "src" / "wesretain")
        trials = Trials(recorded(), explanations(), copies)
        try:
            for mutant in chosen(area, words):
                if not trials.free:
                    trials.finish()
                trials.start(mutant)
            while trials.running:
                trials.finish()
        finally:
            for pid in trials.running:
                os.killpg(pid, signal.SIGKILL)
    servers.communicate()
    found = trials.words
    killed = sum(found[word] for word in ("killed", "timed out", "not imported"))
    print(
        f"{area}, seed {SEED}: {killed} of {found.total()} mutants killed, in {time.monotonic() - start:.0f} s:",
        dict(found),
    )
    return 1 if found["NOT EXPLAINED"] or found["NOT TRIED"] or not killed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
