"""Who runs this: the login name, and through sudo the one behind it."""

from __future__ import annotations

import os
import pwd


def who() -> str:
    """The user's name; `root (for alice)` where alice used sudo."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = f"user {os.geteuid()}"
    behind = os.environ.get("SUDO_USER", "")
    return f"{name} (for {behind})" if behind and behind != name else name
