"""`wesretain validate`: its formats, its paths, its silence; what the checks find is tested in `tests/policy`."""

from __future__ import annotations

import gc
import json
import shutil
import sys
from pathlib import Path

import pytest

from wesretain.cli import wesretain
from wesretain.cli.boundary import run
from wesretain.model.problem import Level, Problem
from wesretain.model.source import Position
from wesretain.policy.manual import PAGES, Page
from wesretain.render import problems as render
from wesretain.render.screen import console_for

POLICY_FILES = Path(__file__).parent.parent / "policy"
HEAD = "version: 1\ncategory: user_communications\npurpose: support\nbasis: contract\nrules:\n"
CLOSED = HEAD + "  closed: {table: desk.tickets, keep: 2 years, after: closed, then: delete, overrides: open}\n"
OPEN = HEAD + "  open: {table: desk.tickets, keep: 3 years, after: closed, then: delete}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two policies without a problem, of which one overrides the other."""
    for name in ("wesretain.yaml", "inventory.yaml"):
        shutil.copy(POLICY_FILES / name, tmp_path)
    config = tmp_path / "wesretain.yaml"
    config.write_text(config.read_text().replace("policy.yaml", "policies"))
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "closed.yaml").write_text(CLOSED)
    (tmp_path / "policies" / "open.yaml").write_text(OPEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(wesretain, ["validate", *arguments])
    return (code, *capsys.readouterr())


# -- what is read ---------------------------------------------------------------------------------------------------


def test_it_is_silent_when_all_is_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(capsys) == (0, "", "")


@pytest.mark.parametrize("config", ["wesretain.yaml", "missing.yaml"])
def test_the_collector_of_cycles_is_back_after_it(
    folder: Path, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    validate(capsys, "--config", config)

    assert gc.isenabled()


def test_rules_of_other_files_are_not_missed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(capsys, "policies/closed.yaml") == (0, "", "")


def test_rules_of_no_file_are_missed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "policies" / "open.yaml").unlink()

    told = "policies/closed.yaml:6:77 error `closed` overrides `open`, which is no rule; "
    told += "correct the name, or remove it [unknown-override]\n"
    for paths in ([], ["policies"]):
        assert validate(capsys, *paths) == (3, told, "1 error in 1 rule\n")


def test_paths_take_the_place_of_the_policies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "policies" / "open.yaml").write_text("version: 2\n")
    (folder / "new.yaml").write_text(OPEN.replace("desk.tickets", "desk.tikets"))

    code, out, _ = validate(capsys, "new.yaml")

    assert code == 3
    told = "error the inventory lists no table `desk.tikets`; did you mean `desk.tickets`? [unknown-table]"
    assert out == f"new.yaml:6:10 {told}\n"


def test_without_configuration_names_are_not_looked_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "wesretain.yaml").unlink()
    (folder / "new.yaml").write_text(OPEN.replace("desk.tickets", "nowhere.nothing") + "  a: {keep: soon}\n")

    assert validate(capsys, "policies") == (0, "", "")
    code, out, _ = validate(capsys, "new.yaml")
    assert code == 3
    assert [line.rpartition(" ")[2] for line in out.splitlines()] == ["[missing-key]", "[missing-key]", "[period]"]


def test_paths_are_shown_from_here(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "policies" / "open.yaml").write_text("version: 2\n")

    for config in ("wesretain.yaml", f"{folder}/wesretain.yaml", "./wesretain.yaml"):
        assert validate(capsys, "--config", config)[1].startswith("policies/open.yaml:1:1 error ")


def test_warnings_leave_the_exit_code_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "policies" / "closed.yaml").unlink()
    (folder / "policies" / "open.yaml").write_text(OPEN + OPEN.splitlines()[-1].replace("open", "wide") + "\n")

    code, out, err = validate(capsys)

    assert code == 0
    assert " warning rule `wide` adds nothing" in out
    assert err == "1 warning in 2 rules\n"


def test_live_problems_are_added(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = Position("policies/open.yaml", 6, 3)
    monkeypatch.setattr("wesretain.scan.live_problems", lambda *_: [Problem(at, Level.ERROR, "no such column", "live")])

    assert validate(capsys) == (0, "", "")
    assert validate(capsys, "--live")[:2] == (3, "policies/open.yaml:6:3 error no such column [live]\n")


# -- formats --------------------------------------------------------------------------------------------------------


def test_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(capsys, "--format", "json") == (0, "[]\n", "")
    (folder / "policies" / "open.yaml").write_text("version: 2\n" + OPEN.partition("\n")[2])

    code, out, _ = validate(capsys, "--format", "json")

    assert code == 3
    assert json.loads(out) == [
        {
            "file": "policies/open.yaml",
            "line": 1,
            "column": 10,
            "level": "error",
            "check": "version",
            "message": "this version of the policy language is not known",
            "mend": "write `version: 1`",
        }
    ]


def test_github(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "policies" / "open.yaml").write_text("version: 2\n" + OPEN.partition("\n")[2])

    _, out, _ = validate(capsys, "--format", "github")

    told = "this version of the policy language is not known; write `version: 1`"
    assert out == f"::error file=policies/open.yaml,line=1,col=10,title=wesretain version::{told}\n"


def test_nothing_in_a_file_steers_the_terminal_or_github(capsys: pytest.CaptureFixture[str]) -> None:
    problem = Problem(Position("a,b:c\n.yaml", 1, 2), Level.WARNING, "100% \x1b[31mred\r\n::error::", "check")

    render.print_text([problem], console_for(sys.stdout))
    shown = capsys.readouterr().out
    assert shown.startswith("a,b:c\\n.yaml:1:2 ")
    assert "100% \\x1b[31mred\\r\\n::error::" in shown
    where = "file=a%2Cb%3Ac\\n.yaml,line=1,col=2,title=wesretain check"
    assert list(render.github([problem])) == [f"::warning {where}::100%25 \\x1b[31mred\\r\\n::error::"]


def test_summary_counts() -> None:
    at = Position("a.yaml", 1, 1)
    error, warning = Problem(at, Level.ERROR, "", ""), Problem(at, Level.WARNING, "", "")

    assert render.summary([], 2) == "no problem in 2 rules"
    assert render.summary([error, warning, error], 1) == "2 errors and 1 warning in 1 rule"


# -- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.id)
def test_every_page_says_what_and_how_to_mend_it(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = validate(capsys, "--explain", page.id)

    assert (code, err) == (0, "")
    assert out.startswith(f"{page.id} ({page.level})\n\n")
    assert "Mend" in out
    assert max(map(len, out.splitlines())) <= 120
