"""What leads to nobody: totals and technical records."""

from __future__ import annotations

from itertools import cycle

from wesretain.demo.sample import Row, Sample, day, milliseconds, spaced
from wesretain.demo.services import FEATURES
from wesretain.demo.visits import PAGES


def page_totals(sample: Sample) -> list[Row]:
    """By day and page."""
    days = dict.fromkeys(day(moment) for moment in sample.moments(150, years=5) if moment)
    return [(each, page, sample.chance.randrange(900)) for each in days for page in PAGES]


def feature_totals(sample: Sample) -> list[Row]:
    """By the first of a month and function."""
    months = [day(sample.ago(months=months).replace(day=1)) for months in range(75)]
    return [(month, feature, sample.chance.randrange(60)) for month in months for feature in FEATURES]


def uptime_samples(sample: Sample) -> list[Row]:
    """An epoch in milliseconds."""
    return [
        (
            number,
            sample.chance.choice(("web", "mail", "dns")),
            round(sample.chance.uniform(0.97, 1), 4),
            milliseconds(moment),
        )
        for number, moment in enumerate(sample.moments(1_500, months=13), 1)
    ]


def jobs(sample: Sample) -> list[Row]:
    """Those that run have not finished."""
    states = cycle(("succeeded", "succeeded", "failed", "succeeded", "running"))
    rows: list[Row] = []
    for number, moment in enumerate(sample.moments(600, days=90), 1):
        state = next(states)
        finished = spaced(moment) if state != "running" else None
        rows.append((number, sample.chance.choice(("backup", "renewal")), state, finished))
    return rows
