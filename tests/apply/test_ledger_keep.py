"""`ledger keep`: a run empties what its ledger need not say any longer, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apply.company import NO_LIMITS, Company, orders
from apply.test_brakes import SIMPLE
from databases import Server
from wesretain.model.ledger import Kind

LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)


@pytest.fixture
def kept(tmp_path: pytest.TempPathFactory, sqlite: Server) -> Company:
    """A shop that ran once, long ago, and whose ledger keeps seven years."""
    shop = Company(tmp_path, sqlite.fresh_database("shop"), SIMPLE, f"ledger keep: 7 years\n{NO_LIMITS}")  # type: ignore[arg-type]
    shop.build(orders(10))
    with shop.ledger() as ledger:
        ledger.begin_run("run 1", "shop", {"by": "Zwetschgenknödel"}, LONG_AGO)
        ledger.end_run("run 1", "shop", {"finished": []}, LONG_AGO)
    return shop


def kinds_emptied(shop: Company) -> list[Kind]:
    with shop.ledger() as ledger:
        return [entry.kind for entry in ledger.all_entries() if entry.emptied]


def test_a_run_empties_the_ledger_and_the_chain_still_verifies(kept: Company) -> None:
    assert kept.apply("--dry-run").code == 0
    assert kept.call("scan").code == 0
    assert kinds_emptied(kept) == []
    assert kept.apply().code == 0
    assert kinds_emptied(kept) == [Kind.RUN_STARTED, Kind.RUN_ENDED]
    assert kept.call("ledger", "verify").code == 0
    assert "2 entries from before " in kept.call("ledger", "show").out
    exported = kept.call("ledger", "export").out
    assert '"body": null' in exported
    assert "Zwetschgen" not in exported
    assert kept.apply().code == 0
    assert len(kinds_emptied(kept)) == 2


def test_without_it_nothing_is_emptied(kept: Company) -> None:
    kept.limits = NO_LIMITS
    kept.furnish()
    assert kept.apply().code == 0
    assert kinds_emptied(kept) == []


def test_evidence_in_a_database_outlives_what_the_ledger_says(kept: Company) -> None:
    """The ledger said it long ago, and knows still that it did."""
    assert kept.apply().code == 0
    with kept.ledger() as ledger:
        now = datetime.now(UTC)
        assert ledger.empty(now.replace(year=now.year + 1), now.replace(year=now.year + 3)) > 0
        assert list(ledger.evidences("shop")) == []
    answer = kept.call("ledger", "verify")
    assert (answer.code, answer.err) == (0, "")
