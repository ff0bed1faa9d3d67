"""What in a live database is at odds with what wesretain needs of it: rights, tables, triggers, indexes, clocks."""

from wesretain.doctor.examine import clocks, examine

__all__ = ["clocks", "examine"]
