"""wesretain's own store, a file or a schema on PostgreSQL, that `init` creates and nothing else brings into being."""

from wesretain.ledger.opening import Ledger, create, exists, opened

__all__ = ["Ledger", "create", "exists", "opened"]
