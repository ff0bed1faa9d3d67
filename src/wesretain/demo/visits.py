"""What visits leave behind: sessions, preferences, consents, pages, log-ins; and who wants the newsletter."""

from __future__ import annotations

from itertools import cycle

from wesretain.demo.sample import (
    SYSTEMS,
    Row,
    Sample,
    milliseconds,
    offset,
    seconds,
    spaced,
    zulu,
)

PAGES = ("/", "/hosting", "/vps", "/domains", "/certificates", "/support", "/forum")
_BROWSERS = ("Firefox 140", "Chrome 138", "Safari 18")
_SCREENS = ("1920x1080", "1366x768", "390x844")
_PROVIDERS = ("TM Net", "Maxis", "TIME dotCom")


def sessions(sample: Sample) -> list[Row]:
    """An epoch in seconds; most visitors are not signed in."""
    return [
        (
            f"{sample.chance.getrandbits(96):024x}",
            sample.client() if sample.chance.random() < 0.4 else None,
            sample.address(),
            seconds(moment),
        )
        for moment in sample.moments(2_000, spread=2, days=30)
    ]


def preferences(sample: Sample) -> list[Row]:
    """Two a visitor, at times as three generations of the website wrote them."""
    spellings = cycle((spaced, zulu, offset))
    choices = (("language", ("en", "ms", "zh")), ("theme", ("dark", "light")))
    rows: list[Row] = []
    for number, moment in enumerate(sample.moments(1_200, months=12)):
        name, values = choices[number % 2]
        rows.append((f"{number // 2:016x}", name, sample.chance.choice(values), next(spellings)(moment)))
    return rows


def page_views(sample: Sample) -> list[Row]:
    """An epoch in milliseconds; most visitors are not signed in."""
    return [
        (
            number,
            sample.chance.choice((0, 0, sample.client())),
            milliseconds(moment),
            sample.chance.choice(PAGES),
            sample.chance.randrange(2, 600),
            sample.address(),
        )
        for number, moment in enumerate(sample.moments(8_000, months=13), 1)
    ]


def cookie_consents(sample: Sample) -> list[Row]:
    """Necessary cookies need no consent, so that they are always on."""
    spellings = cycle((spaced, zulu, offset))
    return [
        (
            number,
            sample.chance.choice((None, sample.client())),
            f"{sample.chance.getrandbits(64):016x}",
            1,
            sample.chance.randrange(2),
            sample.chance.randrange(2),
            next(spellings)(moment),
        )
        for number, moment in enumerate(sample.moments(1_200, years=2), 1)
    ]


def logins(sample: Sample) -> list[Row]:
    """An epoch in seconds, 0 where nobody knows."""
    return [
        (
            number,
            sample.client(),
            seconds(moment) or 0,
            sample.address(),
            sample.chance.choice(_BROWSERS),
            sample.chance.choice((*SYSTEMS[:2], "Windows 11", "Android 15")),
            sample.chance.choice(_SCREENS),
            sample.chance.choice(_PROVIDERS),
        )
        for number, moment in enumerate(sample.moments(6_000, months=12), 1)
    ]


def subscribers(sample: Sample) -> list[Row]:
    """Subscribed, never confirmed, or opted out; some of those who opted out are tokens already."""
    rows: list[Row] = []
    states = cycle(("opted out", "opted out", "subscribed", "unconfirmed"))
    for number, moment in enumerate(sample.moments(900, spread=12, days=30), 1):
        state = next(states)
        mail, name = f"reader{number}@example.org", " ".join(sample.person())
        if state == "opted out" and number % 5 == 0:
            mail, name = f"wesretain:{sample.chance.getrandbits(128):032x}", ""
        client = sample.client() if number % 2 else None
        rows.append((number, client, mail, name or None, state, spaced(moment)))
    return rows
