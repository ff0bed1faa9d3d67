"""Run a command in a real terminal (tmux) and keep what it shows, with its colours, as an SVG.

python scripts/picture.py --columns 100 --lines 40 --title "a demo" OUT.svg -- COMMAND...
"""

from __future__ import annotations

import argparse
import io
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.text import Text

#: How wide a letter of DejaVu Sans Mono is, in parts of its height.
FONT_ASPECT = 0.602
#: Rich's own frame fetches its font from another host: this one takes whatever the reader has.
SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" xml:space="preserve">
<style>
.{unique_id}-matrix {{ font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: {char_height}px; \
line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>\
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Take the picture that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--lines", type=int, default=24)
    parser.add_argument("--title", help="what stands over the picture; the command where none is given")
    parser.add_argument("out", type=Path)
    parser.add_argument("command", nargs="+", help="after `--`; one word is a line for the shell")
    given = parser.parse_args()
    command = given.command[0] if len(given.command) == 1 else shlex.join(given.command)
    if shutil.which("tmux") is None:
        sys.exit("picture: tmux is missing")
    status, screen = shown(command, given.columns, given.lines)
    given.out.write_text(drawn(screen, given.columns, given.title or command))
    if status != "0":
        sys.exit(f"picture: the command ended with {status}; {given.out} shows what it said")


def shown(command: str, columns: int, lines: int) -> tuple[str, str]:
    """How a command ended in a terminal of that size, and what stands there afterwards, with its escapes."""
    with tempfile.TemporaryDirectory() as folder:

        def tmux(*words: str) -> str:
            own = {name: value for name, value in os.environ.items() if name not in ("TMUX", "COLUMNS", "LINES")}
            line = ["tmux", "-u", "-S", f"{folder}/socket", "-f", f"{folder}/settings", *words]
            return subprocess.run(line, env=own, check=True, capture_output=True, text=True).stdout

        # The pane outlives its command: it is dead once all that the command wrote has been drawn.
        Path(folder, "settings").write_text("set -g remain-on-exit on\nset -g remain-on-exit-format ''\n")
        line = f"({command}\n); echo $? >{folder}/status"
        tmux("new-session", "-d", "-x", str(columns), "-y", str(lines), shlex.join(["sh", "-c", line]))
        try:
            while tmux("display-message", "-p", "#{pane_dead}").strip() != "1":
                time.sleep(0.1)
            return Path(folder, "status").read_text().strip(), tmux("capture-pane", "-e", "-p")
        finally:
            tmux("kill-server")


def drawn(screen: str, columns: int, title: str) -> str:
    """The screen as an SVG that refers to nothing outside of it."""
    console = Console(record=True, width=columns, file=io.StringIO())
    console.print(Text.from_ansi(screen.rstrip("\n")), no_wrap=True, crop=False)
    return console.export_svg(title=title, code_format=SVG, font_aspect_ratio=FONT_ASPECT)


if __name__ == "__main__":
    main()
