"""What everything else speaks of: frozen values and pure functions. No I/O, no clock, no database."""
