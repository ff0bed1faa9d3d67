"""wesretain: keep each record as long as you promised, and no longer."""

__version__ = "0.1.0"
