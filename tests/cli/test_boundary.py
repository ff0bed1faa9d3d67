"""Whatever goes wrong is one line on stderr and an exit code of the table: no traceback, no value, no noise."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from wesretain.cli import COMMANDS, EPILOG, wesretain
from wesretain.cli.boundary import run
from wesretain.errors import PRECEDENCE, InvalidInput

POLICY_FILES = Path(__file__).parent.parent / "policy"
WESRETAIN = [sys.executable, "-m", "wesretain"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration, an inventory and a policy without a problem."""
    for name in ("wesretain.yaml", "inventory.yaml"):
        shutil.copy(POLICY_FILES / name, tmp_path)
    shutil.copy(POLICY_FILES / "valid" / "every-key.yaml", tmp_path / "policy.yaml")
    return tmp_path


def call(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*WESRETAIN, *arguments], cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )


def shell(folder: Path, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call it with a redirection that only a shell can make."""
    line = f'exec "$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", line, "sh", *WESRETAIN, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def in_terminal(folder: Path, *arguments: str, **environment: str) -> str:
    """What a terminal shows."""
    controller, terminal = pty.openpty()
    environment = {"TERM": "xterm", **environment}
    with subprocess.Popen(
        [*WESRETAIN, *arguments], cwd=folder, env=os.environ | environment, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        shown = b""
        try:
            while block := os.read(controller, 65536):
                shown += block
        except OSError:  # how Linux says that the other side is gone
            pass
        process.wait()
    os.close(controller)
    return shown.decode()


def failing(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("fail", callback=fail)


# -- one line, one code ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["scna"], 2, "there is no command `scna`; did you mean `scan`?"),
        (["frobnicate"], 2, "there is no command `frobnicate`; see `wesretain --help`"),
        (["sc\x1b[31man"], 2, "there is no command `sc\N{REPLACEMENT CHARACTER}[31man`; see `wesretain --help`"),
        (["validate", "--colour"], 2, "no such option"),
        (["validate", "--format", "xml"], 2, "invalid value for '--format'"),
        (["schema"], 2, "missing argument"),
        (["schema", "polcy"], 2, "invalid value"),
        (["validate", "--explain", "never-act"], 2, "there is no check `never-act`; did you mean `never-acts`?"),
        (["validate", "--config", "missing.yaml"], 3, "there is no configuration `missing.yaml`; write one with"),
        (["validate", "--config", "missing.yaml", "policy.yaml"], 3, "there is no configuration `missing.yaml`"),
    ],
)
def test_refusal_is_one_line(folder: Path, arguments: list[str], code: int, message: str) -> None:
    answer = call(folder, *arguments)

    assert answer.returncode == code
    assert answer.stdout == ""
    assert answer.stderr.startswith(f"wesretain: {message}")
    assert answer.stderr.count("\n") == 1


def test_configuration_comes_from_the_environment(folder: Path) -> None:
    answer = call(folder, "validate", WESRETAIN_CONFIG="elsewhere.yaml")

    assert (answer.returncode, answer.stdout) == (3, "")
    assert "`elsewhere.yaml`" in answer.stderr


def test_configuration_that_is_a_folder(folder: Path) -> None:
    answer = call(folder, "validate", "--config", ".")

    assert answer.returncode == 3
    assert answer.stdout == ".:1:1 error `.` is a folder, not a file [unreadable-file]\n"


def test_without_a_command_it_shows_the_help(folder: Path) -> None:
    answer = call(folder)

    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("Usage: wesretain [OPTIONS] COMMAND")


def test_our_own_error_carries_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(InvalidInput("the file is odd", "write another")), []) == 3
    assert capsys.readouterr() == ("", "wesretain: the file is odd; write another\n")


def test_bug_tells_its_place_and_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(ValueError("row value 4711")), []) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"wesretain: a bug: ValueError in \S+:\d+; please report it; WESRETAIN_DEBUG=1 .*\n", err)
    assert "4711" not in err


def test_bug_shows_its_traceback_where_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WESRETAIN_DEBUG", "1")
    assert run(failing(ValueError("row value 4711")), []) == 70
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(failing(KeyboardInterrupt()), []) == 130
    assert capsys.readouterr() == ("", "wesretain: interrupted\n")


def test_sigterm_unwinds() -> None:
    program = """if True:
        import os, signal, click
        from wesretain.cli.boundary import prepare_process, run
        def wait():
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                signal.pause()
            finally:
                print("rolled back")
        prepare_process()
        raise SystemExit(run(click.Command("wait", callback=wait), []))
    """
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (answer.returncode, answer.stdout, answer.stderr) == (143, "rolled back\n", "")


@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_is_not_lost_while_an_object_is_tidied_up(number: str, code: int) -> None:
    """There Python would print a traceback, and go on as if nothing had been asked for."""
    program = f"""if True:
        import os, signal, time
        import click
        from wesretain.cli.boundary import prepare_process, run
        class Thing:
            def __del__(self):
                os.kill(os.getpid(), signal.{number})
                time.sleep(0)
        def wait():
            thing = Thing()
            del thing
            time.sleep(20)
        prepare_process()
        raise SystemExit(run(click.Command("wait", callback=wait), []))
    """
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    said = "wesretain: interrupted\n" if number == "SIGINT" else ""
    assert (answer.returncode, answer.stderr) == (code, said)


def test_a_second_ctrl_c_makes_no_noise() -> None:
    """It comes while Python ends, when all has been said."""
    program = """if True:
        import atexit, os, signal, sys
        from wesretain.cli import main
        atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))
        sys.argv = ["wesretain", "--version"]
        main()
    """
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_exit_codes_stand_in_the_help() -> None:
    told = re.findall(r"^  (\d+)  ", EPILOG, re.MULTILINE)
    assert set(map(int, told)) == {*PRECEDENCE, 6}


# -- streams --------------------------------------------------------------------------------------------------------


def test_closed_stdin(folder: Path) -> None:
    answer = shell(folder, "<&-", "validate")

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@pytest.mark.parametrize("stream", [">&-", "2>&-"])
def test_closed_output(folder: Path, stream: str) -> None:
    (folder / "policy.yaml").write_text("version: 2\n")
    answer = shell(folder, stream, "validate")

    assert answer.returncode == 3
    assert "Traceback" not in answer.stdout + answer.stderr


def test_reader_that_has_left(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    answer = subprocess.run(
        [*WESRETAIN, "schema", "policy"], cwd=folder, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)

    assert (answer.returncode, answer.stderr) == (141, "")


def test_full_disk(folder: Path) -> None:
    answer = shell(folder, ">/dev/full", "schema", "policy")

    assert answer.returncode == 5
    assert answer.stderr == "wesretain: the output cannot be written: No space left on device\n"


def test_letters_that_the_output_cannot_show(folder: Path) -> None:
    policy = (folder / "policy.yaml").read_text()
    (folder / "policy.yaml").write_text(policy.replace("purpose:", "\N{SNOWMAN}:", 1))
    answer = call(folder, "validate", PYTHONIOENCODING="latin-1")

    assert answer.returncode == 3
    assert "unknown key `\\u2603`" in answer.stdout


def test_colour_is_for_terminals_that_want_it(folder: Path) -> None:
    (folder / "policy.yaml").write_text("version: 2\n")

    assert "\x1b[31m" in in_terminal(folder, "validate", NO_COLOR="")
    assert "\x1b" not in in_terminal(folder, "validate", NO_COLOR="1")
    assert "\x1b" not in call(folder, "validate").stdout


# -- start-up -------------------------------------------------------------------------------------------------------


def loaded_modules(folder: Path, *arguments: str) -> set[str]:
    """The top-level modules that a command line has loaded when it ends."""
    program = f"""if True:
        import sys
        from wesretain.cli import wesretain
        from wesretain.cli.boundary import run
        run(wesretain, {list(arguments)!r})
        print("\\n" + " ".join({{name.partition(".")[0] for name in sys.modules}}))
    """
    answer = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    return set(answer.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_nothing_heavy(folder: Path, arguments: list[str]) -> None:
    assert loaded_modules(folder, *arguments).isdisjoint({"sqlalchemy", "pydantic", "yaml", "rich", "dateutil"})


def test_validate_needs_no_database(folder: Path) -> None:
    assert loaded_modules(folder, "validate").isdisjoint({"sqlalchemy", "psycopg", "pymysql", "rich"})


def test_validate_loads_nothing_that_scrubs_reckons_or_prints(folder: Path) -> None:
    assert loaded_modules(folder, "validate").isdisjoint({"stdnum", "ssl", "dateutil", "json", "csv"})


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(wesretain, [name, "--help"]) == 0
    assert f"  wesretain {name}" in capsys.readouterr().out


def test_shell_completion(folder: Path) -> None:
    answer = call(folder, _WESRETAIN_COMPLETE="bash_complete", COMP_WORDS="wesretain val", COMP_CWORD="1")

    assert answer.stdout == "plain,validate\n"
