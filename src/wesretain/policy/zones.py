"""Time zones as files name them."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from wesretain.policy.node import Node
from wesretain.policy.words import show, suggest


def read_zone(node: Node) -> ZoneInfo | None:
    """A zone of the zone database, or None where it was refused."""
    if not isinstance(node.value, str):
        return None
    try:
        return ZoneInfo(node.value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        mend = suggest(node.value, sorted(available_timezones()), "write a name such as `Asia/Kuala_Lumpur` or `UTC`")
        node.refuse("zone", f"{show(node.value)} is not a known time zone", mend)
        return None
