"""How long the property tests run: over the same worlds every time, unless WESRETAIN_EXAMPLES asks for more."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings


def bounded(examples: int) -> settings:
    """So many examples, always the same; with WESRETAIN_EXAMPLES=n so many, and each time others."""
    asked = os.environ.get("WESRETAIN_EXAMPLES")
    return settings(
        max_examples=int(asked) if asked else examples,
        derandomize=asked is None,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # a world is made from a seed: `shrink.py` makes it smaller, hypothesis cannot
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow],
    )
