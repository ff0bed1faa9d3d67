"""The pictures of a terminal: what they show, what they refer to, and how their making fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "picture.py"


def take(out: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, str(SCRIPT), "--columns", "60", "--lines", "9", str(out), "--", *command]
    return subprocess.run(line, env=environment or None, capture_output=True, text=True, check=False)


def test_a_picture_shows_the_end_of_what_was_said_in_its_colours(tmp_path: Path) -> None:
    done = take(tmp_path / "a.svg", "sleep 0.3; seq 20; printf '\\033[33mdue 漢字 <&>\\033[0m\\n'; stty size")
    svg = (tmp_path / "a.svg").read_text()
    words = [word.replace("&#160;", " ") for word in re.findall(r"<text[^>]*>([^<\n]+)</text>", svg)]

    assert (done.returncode, done.stderr) == (0, "")
    assert words[1:] == [*map(str, range(15, 21)), "due 漢字 &lt;&amp;&gt;", "9 60"]
    coloured = re.search(r'class="(\S+)"[^>]*>due', svg)
    assert coloured
    assert f".{coloured[1]} {{ fill: #d0b344" in svg
    assert re.findall(r"\w+://[^\s\"<]*", svg) == ["http://www.w3.org/2000/svg"]


def test_a_command_that_fails_is_told_and_shown(tmp_path: Path) -> None:
    done = take(tmp_path / "a.svg", "sh", "-c", "echo the reason; exit 3")
    assert done.returncode == 1
    assert "ended with 3" in done.stderr
    assert "the&#160;reason" in (tmp_path / "a.svg").read_text()


def test_without_tmux_it_says_so(tmp_path: Path) -> None:
    done = take(tmp_path / "a.svg", "true", PATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == "picture: tmux is missing\n"
    assert not (tmp_path / "a.svg").exists()
