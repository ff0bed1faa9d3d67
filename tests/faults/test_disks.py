"""The disk under the ledger is full, read-only, or does not keep what it was given, from any call to the kernel on.

`strace` has the kernel answer so, and only for the ledger's files.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from chance import Chance
from faults.conftest import Counting
from faults.scene import APPLY, PATIENCE, STAGE, Scene
from faults.tally import Tally, times

#: Calls by which SQLite writes, and what the kernel may answer to each.
CALLS = {
    "pwrite64": ("ENOSPC", "EIO"),
    "fsync": ("EIO", "ENOSPC"),
    "fdatasync": ("EIO", "ENOSPC"),
    "ftruncate": ("EIO",),
    "unlink": ("EROFS", "EIO"),
    "openat": ("EROFS", "ENOSPC"),
}
NAMES = {"full": "ENOSPC", "read-only": "EROFS", "failing": "EIO"}


@dataclass(frozen=True)
class Breakdown:
    """The n-th call of a kind fails, alone or with all that follow."""

    call: str
    error: str
    number: int
    for_good: bool

    @property
    def option(self) -> str:
        """As strace is told."""
        return f"inject={self.call}:error={self.error}:when={self.number}{'+' if self.for_good else ''}"


@dataclass(frozen=True)
class Disk:
    """The scene, and the paths of the files whose disk breaks."""

    scene: Scene
    paths: tuple[Path, ...]

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """A run of apply under strace."""
        chosen = [f"--trace-path={path}" for path in self.paths]
        calls = ["-e", f"trace={','.join(CALLS)}", *(word for option in options for word in ("-e", option))]
        command = ["strace", "-o", "calls", *calls, *chosen, sys.executable, STAGE, "--once", *APPLY]
        place, environment = self.scene.shop.folder, self.scene.environment
        return subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def calls(self) -> list[str]:
        """The calls of an undisturbed run, in their order."""
        done = self.run()
        assert done.returncode == 0, done.stderr
        return re.findall(r"^(\w+)\(", (self.scene.shop.folder / "calls").read_text(), re.MULTILINE)

    def break_down(self, breakdown: Breakdown, tally: Tally) -> None:
        """A run whose disk breaks, and what must hold afterwards."""
        self.scene.reset()
        with tally.trying(breakdown):
            ended = self.run(breakdown.option)
            said = ended.stdout + ended.stderr
            assert "Traceback" not in said, said
            assert ended.returncode in (0, 8), (ended.returncode, said)
            self.scene.check_healed()


def breakdowns(calls: list[str], error: str) -> list[Breakdown]:
    """Every call of a run that can fail so."""
    return [
        Breakdown(call, error, number, for_good)
        for call, errors in CALLS.items()
        if error in errors
        for number in range(1, calls.count(call) + 1)
        for for_good in (False, True)
    ]


def ledger_of(scene: Scene) -> Disk:
    folder = scene.shop.folder
    return Disk(scene, (folder, folder / "ledger", folder / "ledger-journal"))


def test_the_disk_of_the_ledger_breaks(scene: Scene, counting: Counting) -> None:
    disk = ledger_of(scene)
    calls = disk.calls()
    for name in Chance.of(f"disk {scene.shop.dialect}").some(list(NAMES), times(1, len(NAMES))):
        with counting(f"ledger: disk {name}", scene.shop.dialect) as (tally, chance):
            for breakdown in chance.some(breakdowns(calls, NAMES[name]), times(1, 8)):
                disk.break_down(breakdown, tally)


def test_nothing_goes_whose_intent_is_not_on_the_disk(scene: Scene, counting: Counting) -> None:
    """From any time on nothing that is written to the ledger's folder can be synced: no batch is begun from then on."""
    with counting("ledger: nothing is synced", scene.shop.dialect) as (tally, chance):
        for number in [1, *chance.some(range(2, 7), times(0, 4))]:
            scene.reset()
            with tally.trying(number):
                check_nothing_synced(scene, number)


def check_nothing_synced(scene: Scene, number: int) -> None:
    """The n-th sync fails, and all that follow."""
    options = [f"inject={call}:error=EIO:when={number}+" for call in ("fsync", "fdatasync")]
    ended = ledger_of(scene).run(*options)
    assert ended.returncode == 8, f"the run ended with {ended.returncode}: {ended.stderr}"
    if number == 1:
        assert sum(scene.check_now().values()) == 0
    scene.check_healed()


def test_no_file_may_grow(scene: Scene, counting: Counting) -> None:
    """The kernel's own limit for files, without strace: the ledger is as large as it may be, or nearly so."""
    with counting("ledger: file too large", scene.shop.dialect) as (tally, chance):
        on_a_file = scene.shop.dialect == "sqlite"  # which may not grow either
        size = os.path.getsize(scene.shop.folder / "ledger")
        for page in chance.some(range(8), times(1, 8)):
            scene.reset()
            with tally.trying(f"{page} pages more"):
                ended = scene.apply(room=size + page * 4096 - chance.random.choice((0, 100)))
                assert ended.code in ((0, 5, 7, 8) if on_a_file else (0, 8)), ended
                assert ended.code != 7 or "the disk that the file is on fails" in ended.out, ended
                scene.check_healed()
