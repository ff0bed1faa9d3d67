"""`wesretain demo`: the walk from an empty folder to a verified ledger, which touches nothing outside of the folder."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from wesretain.cli import COMMANDS, wesretain
from wesretain.cli.boundary import run
from wesretain.demo.sample import CHILDREN


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another company's configuration and log, which the user's environment names."""
    for name, file in (("WESRETAIN_CONFIG", "wesretain.yaml"), ("WESRETAIN_LOG", "apply.log")):
        (tmp_path / "theirs").mkdir(exist_ok=True)
        (tmp_path / "theirs" / file).write_text("precious")
        monkeypatch.setenv(name, str(tmp_path / "theirs" / file))
    return tmp_path / "theirs"


def test_the_walk(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(wesretain, ["demo"]) == 0
    out, err = capsys.readouterr()
    assert err == "database hosting is prepared\n"
    assert {path.read_text() for path in elsewhere.iterdir()} == {"precious"}
    assert {path.name for path in tmp_path.iterdir()} == {"theirs", "wesretain-demo"}

    steps = re.findall(r"^(\d+)\. .+\n\$ wesretain (\w+)", out, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    names = [name for _, name in steps]
    assert names == [
        *("inventory", "inventory", "validate", "scan", "explain", "prepare", "hold", "apply", "approve", "apply"),
        *("ledger", "ledger", "records", "report"),
    ]
    words, hints = out.split("Go on by hand:")
    hints, report = hints.split("The report, for a browser:\n")
    spoken = re.findall(r"^(?:\d+\. |\$ |    --).*$", words, re.MULTILINE)
    assert [line for line in (*spoken, *hints.splitlines()) if len(line) > 80] == []
    assert "the chain is whole" in out
    assert re.search(rf"^{CHILDREN[2]} +held +hold 1 ", out, re.MULTILINE)
    assert re.search(rf"^{CHILDREN[0]} +blocked +`invoices`: Companies Act 2016", out, re.MULTILINE)

    folder = tmp_path / "wesretain-demo"
    assert Path(report.strip()) == folder / "report.html", "the walk ends by naming the report"
    assert "<h1>Sample Hosting</h1>" in (folder / "report.html").read_text()
    with closing(sqlite3.connect(folder / "hosting.sqlite")) as database:
        (left,) = database.execute("SELECT COUNT(*) FROM clients WHERE id BETWEEN ? AND ?", (CHILDREN[0], CHILDREN[-1]))
    assert left == (3,)

    hinted = set(re.findall(r"^   wesretain (\w+)", hints, re.MULTILINE))
    assert {"records", "review", "scan", "hold"} <= hinted <= set(COMMANDS)
    monkeypatch.delenv("WESRETAIN_CONFIG")
    monkeypatch.delenv("WESRETAIN_LOG")
    monkeypatch.chdir(folder)
    for line in re.findall(r"^   wesretain (.+?)(?:  +#.*)?$", hints, re.MULTILINE):
        assert run(wesretain, line.split()) == 0, line


def test_a_folder_that_holds_something_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("precious")
    assert run(wesretain, ["demo", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("wesretain: the folder ")
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").read_text() == "precious"


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(wesretain, ["demo", str(tmp_path / "file")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_walk_ends_where_a_step_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first step that fails is the last, and its exit code is the demo's."""
    monkeypatch.setattr("wesretain.demo.shipped_policies", lambda: broken(tmp_path))
    assert run(wesretain, ["demo", str(tmp_path / "company")]) == 3
    out, _ = capsys.readouterr()
    assert "$ wesretain inventory" in out
    assert "$ wesretain scan" not in out


def broken(folder: Path) -> Path:
    """The shipped policies with a mistake in one of them."""
    shipped = Path(__file__).parents[2] / "policies"
    shutil.copytree(shipped, folder / "policies")
    server = folder / "policies" / "server.yaml"
    server.write_text(server.read_text().replace("then: redact", "then: forget", 1))
    return folder / "policies"
