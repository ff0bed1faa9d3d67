"""Every file under `invalid/` is told what its `.expected` says, and every file under `valid/` nothing at all.

A case is `NAME.yaml`, a policy, with `NAME.inventory.yaml` or `NAME.wesretain.yaml` in place of the common ones beside
this file; or a folder `NAME` that holds a whole set. What `wesretain validate` prints stands in `NAME.expected`.
Dropping in a pair adds a test. To record what is told now: `WESRETAIN_RECORD=1 pytest tests/policy/test_corpus.py`,
and then read it as the sysadmin would who gets it.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from wesretain.cli import wesretain
from wesretain.cli.boundary import run
from wesretain.policy.checks.ignores import LIVE
from wesretain.policy.manual import PAGES

HERE = Path(__file__).parent
INVALID = sorted(HERE.glob("invalid/*.expected"))
OWN_FILES = (".inventory.yaml", ".wesretain.yaml")
VALID = sorted(path for path in HERE.glob("valid/*") if not path.name.endswith(OWN_FILES))


def lay_out(case: Path, folder: Path) -> None:
    """Put a case where the command finds it: `wesretain.yaml`, `inventory.yaml` and `policy.yaml`, or its folder."""
    if case.is_dir():
        shutil.copytree(case, folder, dirs_exist_ok=True)
        return
    for name in ("wesretain", "inventory"):
        own = case.with_suffix(f".{name}.yaml")
        shutil.copy(own if own.exists() else HERE / f"{name}.yaml", folder / f"{name}.yaml")
    shutil.copy(case, folder / "policy.yaml")


@pytest.mark.parametrize("expected", INVALID, ids=lambda path: path.stem)
def test_invalid(
    expected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = expected.with_suffix("")
    lay_out(folder if folder.is_dir() else expected.with_suffix(".yaml"), tmp_path)
    monkeypatch.chdir(tmp_path)

    code = run(wesretain, ["validate"])

    told = capsys.readouterr().out
    if "WESRETAIN_RECORD" in os.environ:
        expected.write_text(told)
    assert told == expected.read_text()
    assert code == (3 if " error " in told else 0)


@pytest.mark.parametrize("case", VALID, ids=lambda path: path.stem)
def test_valid(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lay_out(case, tmp_path)
    monkeypatch.chdir(tmp_path)

    code = run(wesretain, ["validate"])

    assert (code, *capsys.readouterr()) == (0, "", "")


def test_every_case_has_its_expected_output() -> None:
    cases = {path.name.split(".")[0] for path in HERE.glob("invalid/*")}
    assert cases == {path.stem for path in INVALID}


def test_every_identifier_has_a_case() -> None:
    told = {found for path in INVALID for found in re.findall(r"\[([a-z-]+)\]$", path.read_text(), re.MULTILINE)}
    assert told == {page.id for page in PAGES} - {LIVE}
