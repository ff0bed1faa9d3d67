"""wesretain's own store: one SQLite file that `init` creates, and that nothing else may bring into being."""

from wesretain.ledger.lock import locked
from wesretain.ledger.store import Ledger, create, opened

__all__ = ["Ledger", "create", "locked", "opened"]
