"""Many runs that start at once: one of them at a time does the work, and each of the others says whose it is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from apply.company import AS_OF, Company, orders
from apply.test_apply import after_old_orders
from databases import Server
from faults.conftest import Counting
from faults.tally import times

STARTS = times(3, 50)
ORDERS, RECENT = times(300, 1_500), 5
OWNED = re.compile(
    r"database shop( is owned by another run)?: ([^;]+ on [^;]+, run [0-9a-f-]{36}|one that has just (begun|ended));"
)


@pytest.mark.parametrize("ledger", ["file", "server"])
def test_many_runs_start_at_once(
    ledger: str, engine_url: str, tmp_path: Path, postgresql: Server, counting: Counting
) -> None:
    shop = Company(tmp_path, engine_url)
    if ledger == "server":
        shop.ledger_url = postgresql.fresh_database("ledger").replace("+psycopg", "")
    shop.build(orders(ORDERS, recent=RECENT))
    before = shop.contents()
    with counting(f"starts at once, ledger in a {ledger}", shop.dialect) as (tally, _):
        command = shop.command("apply", "--yes", "--full-speed", "--as-of", AS_OF.isoformat())
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        started = [subprocess.Popen(command, cwd=shop.folder, text=True, **pipes) for _ in range(STARTS)]
        for process in started:
            _, told = process.communicate()
            with tally.trying(f"process {process.pid}"):
                assert process.returncode in (0, 6), told
                assert bool(told) == (process.returncode == 6)
                assert not told or OWNED.search(told), told
        assert shop.contents() == after_old_orders(before, set(range(ORDERS - RECENT + 1, ORDERS + 1)))
        with shop.ledger() as book:
            shop.check_evidence(book)
            assert sum(each.records for each in book.evidences("shop")) == ORDERS - RECENT
        assert any(process.returncode == 0 for process in started)
    assert shop.apply().code == 0
