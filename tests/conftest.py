"""What every test may ask for: a server of each kind, and an empty database on each engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from databases import Server

# A busy machine makes no test wrong.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

SERVER_URLS = pytest.StashKey[dict[str, str]]()


def pytest_configure() -> None:
    """Put the tests and what they start in a time zone where nothing is right by chance (that of Nepal)."""
    os.environ["TZ"] = "<+0545>-05:45"
    time.tzset()
    # A shell that runs the tests in the background lets them, and all that they start, ignore Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where the servers are, which the process that controls them keeps."""
    node.workerinput["server_urls"] = start_servers(node.config)


def start_servers(config: pytest.Config) -> dict[str, str]:
    """Start both servers at the first call, stop them when pytest ends, and say where they are.

    Where TEST_SERVERS says so already (as JSON), they are there, and stay.
    """
    if running := os.environ.get("TEST_SERVERS"):
        return json.loads(running)
    if SERVER_URLS not in config.stash:
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("servers.py")],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,  # so that Ctrl-C reaches pytest alone, and the servers stop in good order
        )
        assert process.stdout is not None
        answer = process.stdout.readline()
        if not answer:
            pytest.exit(process.communicate()[1].strip(), returncode=1)
        config.stash[SERVER_URLS] = json.loads(answer)

        def stop() -> None:
            process.communicate()  # closes its standard input, and waits

        config.add_cleanup(stop)
    return config.stash[SERVER_URLS]


@pytest.fixture(scope="session")
def server_urls(pytestconfig: pytest.Config) -> dict[str, str]:
    workerinput = getattr(pytestconfig, "workerinput", None)
    return workerinput["server_urls"] if workerinput else start_servers(pytestconfig)


@pytest.fixture
def postgresql(server_urls: dict[str, str]) -> Iterator[Server]:
    server = Server("postgresql", server_urls["postgresql"])
    yield server
    server.drop_databases()


@pytest.fixture
def mariadb(server_urls: dict[str, str]) -> Iterator[Server]:
    server = Server("mariadb", server_urls["mariadb"])
    yield server
    server.drop_databases()


@pytest.fixture
def sqlite(tmp_path: Path) -> Server:
    return Server("sqlite", f"sqlite:///{tmp_path}")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def engine_url(request: pytest.FixtureRequest) -> str:
    """An empty database; a test that asks for it runs once on each engine."""
    server: Server = request.getfixturevalue(request.param)
    return server.fresh_database("test")
