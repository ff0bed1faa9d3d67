"""The scene behind a proxy: runs that are disturbed from the server's side, and what must hold afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from faults.proxy import Proxy, Statement, nothing
from faults.scene import Ended, Scene
from faults.tally import Tally

ON_SERVERS = pytest.mark.parametrize("engine_url", ["postgresql", "mariadb"], indirect=True)
#: What a run says that could not do all.
REASONS = ("connection", "nothing answers", "the server stopped a statement")
Disturbance = Callable[[Statement], None]


@dataclass(frozen=True)
class Line:
    """The scene, and the proxy through which wesretain, and it alone, sees its server.

    `meanwhile` waits until what was disturbed is there again.
    """

    scene: Scene
    proxy: Proxy
    meanwhile: Callable[[], None] = lambda: None

    def disturb(self, tally: Tally, what: object, before: Disturbance = nothing, after: Disturbance = nothing) -> Ended:
        """A run that is disturbed, and then the one that heals."""
        self.scene.reset()
        ended = Ended(0, "", "", struck=False)
        with tally.trying(what):
            self.proxy.set(before, after)
            ended = self.scene.apply()
            self.proxy.set()
            self.meanwhile()
            self.check(ended)
            self.scene.check_healed()
        return ended

    def check(self, ended: Ended) -> None:
        """The run went on and did all, or it says why not."""
        self.scene.wait_for_quiet()
        if ended.code == 0:
            self.scene.check_ended(ended, dict.fromkeys(ended.done, 0))
        else:
            assert ended.code in (5, 7), ended
            assert any(word in ended.err + ended.out for word in REASONS), ended

    def measure(self) -> Proxy:
        """An undisturbed run, for the number of its statements and COMMITs."""
        self.proxy.set()
        ended = self.scene.apply()
        assert ended.code == 0, ended
        return self.proxy
