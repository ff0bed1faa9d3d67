"""Whatever the files hold, `validate` ends with 0 or 3 and printable lines, within bounds of time and of memory."""

from __future__ import annotations

import codecs
import json
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest

from calling import Answer, call
from chance import Chance, number
from faults.tally import ROW
from hostile.mutator import mutant
from hostile.seeds import Files, seeds

#: Seconds of this process, and bytes, that a set of files may take: many times what the worst of them takes.
SECONDS, BYTES = 10, 512 * 2**20
#: The same few in every run of all tests; more, and others each time, where the environment asks for them.
MUTANTS = number("MUTANTS", 200)
FORMS = ("text", "json", "github")
SEEDS = seeds()


class TakesTooLongError(Exception):
    """A set of files took more time than it may."""


@contextmanager
def bounded() -> Iterator[None]:
    """Let what is done inside take no more than so much time and so much memory."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TakesTooLongError

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGVTALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + BYTES, hard))
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def validated(files: Files, folder: Path, form: str = "text") -> Answer:
    """What `validate` says of the files. A bug ends it with 70, and so does too much time or memory."""
    files.write(folder)
    with bounded():
        answer = call(folder, "validate", "--format", form)
    assert answer.code in (0, 3), answer.err
    assert [line for line in answer.said.splitlines() if not line.isprintable()] == []
    assert errors(answer.out, form) == (answer.code == 3)
    return answer


def errors(out: str, form: str) -> bool:
    """Whether an error is among what was printed."""
    match form:
        case "text":
            return " error " in out
        case "json":
            return any(each["level"] == "error" for each in json.loads(out))
        case _:
            return any(line.startswith("::error ") for line in out.splitlines())


def test_no_mutant_gets_the_better_of_validate(tmp_path: Path, record_property: Callable[[str, Any], None]) -> None:
    chance = Chance.of("files").random if "MUTANTS" in os.environ else Random(1)
    for _ in range(MUTANTS):
        validated(mutant(SEEDS, chance), tmp_path, chance.choice(FORMS))
    record_property(ROW, ("files mutated", "", MUTANTS, MUTANTS))


def test_seeds_are_of_every_kind(tmp_path: Path) -> None:
    """Most seeds are sound: only what can be read in full reaches all checks."""
    codes = [validated(files, tmp_path).code for files in SEEDS]
    assert codes.count(0) > 50
    assert codes.count(3) > 50


#: What once took minutes.
LONG_URLS = {
    "no URL, and very long": "x" * 200_000,
    "many question marks": "sqlite:///" + "?" * 200_000,
    "many users": "://a:" * 60_000,
    "many beginnings": "a://" * 60_000 + "@",
}


@pytest.mark.parametrize("url", LONG_URLS.values(), ids=list(LONG_URLS))
def test_a_long_url_is_read_in_good_time(tmp_path: Path, url: str) -> None:
    configuration = f"organisation: O\nzone: UTC\nledger: l\ndatabases: {{shop: {{url: '{url}'}}}}\n"
    validated(replace(SEEDS[0], configuration=configuration.encode()), tmp_path)


@pytest.mark.parametrize("key", ["inventory", "policies"])
def test_a_file_without_an_end_is_not_read(tmp_path: Path, key: str) -> None:
    configuration = (
        f"organisation: O\nzone: UTC\nledger: l\n{key}: /dev/zero\ndatabases: {{shop: {{url: 'sqlite:///x'}}}}\n"
    )
    assert validated(replace(SEEDS[0], configuration=configuration.encode()), tmp_path).code == 3


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    answer = validated(replace(SEEDS[0], policy=b"# " + b"x" * 2**25), tmp_path)
    assert "policy.yaml:1:1 error `policy.yaml` is larger than 16 MiB" in answer.out


def test_a_file_that_is_no_utf_8_behind_a_mark_of_utf_8(tmp_path: Path) -> None:
    answer = validated(replace(SEEDS[0], policy=codecs.BOM_UTF8 + "ééé".encode() + b"\xff"), tmp_path)
    assert "policy.yaml:1:4 error the file is not UTF-8" in answer.out


#: Where numbers stand; Python refuses to read one of more than 4,300 digits.
NUMBERED = {
    "limit": ("configuration", "limits: {{rows per rule: {0}, share per rule: {0}%, rows per run: {0}}}\n"),
    "period": ("policy", "  r: {{table: shop.t, keep: {0} years, after: x, then: delete}}\n"),
    "condition": (
        "policy",
        "  r: {{table: shop.t, keep: 1 day, after: x, then: delete, where: {{x: {{at least: {0}}}}}}}\n",
    ),
    "age": (
        "policy",
        "  r: {{table: shop.t, keep: 1 day, after: x, then: delete, where: {{x: {{older than: {0} days}}}}}}\n",
    ),
    "version": ("policy", "version: {0}\n"),
    "floor": (
        "inventory",
        "databases: {{shop: {{tables: {{t: {{clocks: {{x: {{floor: {0}-01-01, undated: {0}}}}}}}}}}}}}\n",
    ),
}


@pytest.mark.parametrize("place", NUMBERED)
@pytest.mark.parametrize(
    "number", ["9" * 5_000, "-" + "9" * 5_000, "0x" + "f" * 5_000, "1e999999999", "٣" * 50, "1" * 20]
)
def test_a_number_is_as_long_as_it_likes(tmp_path: Path, place: str, number: str) -> None:
    part, text = NUMBERED[place]
    head = "version: 1\ncategory: personal\npurpose: p\nbasis: contract\nrules:\n" if text.startswith(" ") else ""
    if part == "configuration":
        head = "organisation: O\nzone: UTC\nledger: l\ndatabases: {shop: {url: 'sqlite:///x'}}\n"
    validated(replace(SEEDS[0], **{part: (head + text.format(number)).encode()}), tmp_path)
