"""A fuzzer that is led by what the product's own code does: `python guided.py SECONDS`; it stops at the first fault."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from random import Random

import atheris

from hostile.mutator import LONGEST, mutated
from hostile.seeds import Files, seeds

with atheris.instrument_imports(include=["wesretain"]):
    from wesretain.policy.checks import check
    from wesretain.policy.load import load_files
    from wesretain.policy.strict_yaml import read_text  # noqa: F401  (loaded here, so that it is watched)
    from wesretain.render import problems as render

SEEDS = seeds()
PARTS = [field.name for field in fields(Files)]
#: The common files, which stand for the two that an input does not hold.
COMMON = SEEDS[0]


def one_input(data: bytes) -> None:
    """Validate a set of files of which one is the input; its first byte says which."""
    if not data:
        return
    replace(COMMON, **{PARTS[data[0] % len(PARTS)]: data[1:]}).write(FOLDER)
    problems = check(load_files(config=FOLDER / "wesretain.yaml"))
    for form in render.FORMATS.values():
        for part in form(problems):
            assert all(line.isprintable() for line in part.split("\n"))


def mutate(data: bytes, largest: int, seed: int) -> bytes:
    """Change an input as the library would, or as people do."""
    chance = Random(seed)
    if len(data) < 2 or chance.random() < 0.3:
        return bytes(atheris.Mutate(data, largest))
    other = chance.choice(SEEDS)
    return (data[:1] + mutated(data[1:], [other.policy, other.inventory], chance))[:largest]


def write_corpus(folder: Path) -> None:
    """Write every file of every set as an input."""
    inputs = {bytes([place]) + getattr(files, part) for files in SEEDS for place, part in enumerate(PARTS)}
    for place, content in enumerate(sorted(inputs)):
        (folder / str(place)).write_bytes(content)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="wesretain-fuzz-") as place:
        FOLDER, corpus = Path(place) / "files", Path(place) / "corpus"
        FOLDER.mkdir()
        corpus.mkdir()
        write_corpus(corpus)
        bounds = [f"-max_total_time={sys.argv[1]}", "-timeout=10", "-rss_limit_mb=2048", f"-max_len={LONGEST}"]
        atheris.Setup([sys.argv[0], *bounds, "-print_final_stats=1", str(corpus)], one_input, custom_mutator=mutate)
        atheris.Fuzz()
