"""What people write: tickets with posts and attachments, e-mails, letters, chats, testimonials, the forum."""

from __future__ import annotations

from itertools import cycle

from wesretain.demo.sample import (
    CHILDREN,
    FIRMS,
    GIVEN,
    SUBJECTS,
    Row,
    Sample,
    day,
    milliseconds,
    offset,
    seconds,
    spaced,
    zulu,
)

_TICKETS, _FILES = 1_100, 900


def tickets(sample: Sample) -> list[Row]:
    """Some were opened again, some spell their state another way, some have a day of closing that says nothing."""
    odd = {40: "Closed", 41: "closed ", 42: "archived"}
    rows: list[Row] = []
    for number, moment in enumerate(sample.moments(_TICKETS, years=2), 1):
        state = odd.get(number) or ("open" if number % 9 == 0 else "closed")
        never_closed = state == "open" and number % 2
        closed = None if never_closed else spaced(moment)
        known = _logins_handed_over(sample) if number % 3 == 0 else (None,) * 5
        rows.append(
            (
                number,
                CHILDREN[2] if number == 10 else sample.client(),
                sample.chance.choice(SUBJECTS),
                state,
                "0000-00-00 00:00:00" if number == 11 else closed,
                *known,
            )
        )
    return rows


def _logins_handed_over(sample: Sample) -> tuple[str, ...]:
    return (sample.address(), "root", sample.password(), "/var/www/shop", "info, sales")


def ticket_posts(sample: Sample) -> list[Row]:
    """Three a ticket; in one of ten somebody hands over a password."""
    rows: list[Row] = []
    for number in range(1, 3 * _TICKETS + 1):
        told = (_handed_over(sample),) if number % 10 == 0 else ()
        rows.append((number, (number + 2) // 3, sample.chance.choice(GIVEN), sample.sentences(*told)))
    return rows


def _handed_over(sample: Sample) -> str:
    """A sentence that holds a password."""
    return sample.chance.choice(
        (
            f"Log in by ssh://root:{sample.password()}@server.example.",
            f"The password is {sample.password()}",
            f"User: admin, password: {sample.password()}",
        )
    )


def mails(sample: Sample) -> list[Row]:
    """Times as several mail programs wrote them; one is no time at all. Some hold a password."""
    spellings = cycle((offset, zulu, spaced))
    rows: list[Row] = []
    for number, moment in enumerate(sample.moments(1_400, years=2), 1):
        told = (_handed_over(sample),) if number % 12 == 0 else ()
        row = (number, sample.client(), next(spellings)(moment), sample.chance.choice(SUBJECTS))
        rows.append((*row, sample.sentences(*told)))
    return [*rows, (len(rows) + 1, sample.client(), "last Tuesday", "Meeting", sample.sentences())]


def letters(sample: Sample) -> list[Row]:
    """Received on a day."""
    return [
        (number, sample.client(), day(moment), sample.chance.choice(SUBJECTS))
        for number, moment in enumerate(sample.moments(300, years=6), 1)
    ]


def files(sample: Sample) -> list[Row]:
    """Screenshots, logs and scans."""
    endings = cycle(("screen.png", "error.log", "scan.pdf"))
    return [
        (number, f"{number}-{next(endings)}", sample.chance.randrange(900, 90_000)) for number in range(1, _FILES + 1)
    ]


def attachments(_: Sample) -> list[Row]:
    """To posts and to letters; the last hundred share their files with others."""
    rows: list[Row] = []
    for number in range(1, _FILES + 101):
        letter = number > 800
        rows.append(
            (number, "letter" if letter else "post", number - 780 if letter else number * 4, (number - 1) % _FILES + 1)
        )
    return rows


def chats(sample: Sample) -> list[Row]:
    """An epoch in milliseconds, 0 for one that goes on; most visitors are not signed in. Some hold a password."""
    rows: list[Row] = []
    for number, moment in enumerate(sample.moments(400, months=12), 1):
        told = (_handed_over(sample),) if number % 8 == 0 else ()
        ended = 0 if number == 8 else milliseconds(moment)
        rows.append((number, sample.chance.choice((0, sample.client())), ended, sample.sentences(*told)))
    return rows


def testimonials(sample: Sample) -> list[Row]:
    """Some have lost their author already, and some authors have agreed to a longer time."""
    rows: list[Row] = []
    longer = {7: day(sample.ago(years=-2)), 8: day(sample.ago(years=-1)), 9: day(sample.ago(days=9))}
    for number, moment in enumerate(sample.moments(150, years=3), 1):
        author = (sample.client(), sample.chance.choice(GIVEN), sample.chance.choice(FIRMS))
        known = author if number % 5 else (None, "A customer", None)
        given = sample.ago(years=4) if number in longer else moment
        rows.append((number, *known, sample.sentences(), day(given), longer.get(number)))
    return rows


def forum_posts(sample: Sample) -> list[Row]:
    """Some authors have no account any more, or one that is gone; some addresses are masked already."""
    return [
        (
            number,
            sample.chance.choice((0, 9000 + number, sample.client(), sample.client())),
            sample.chance.choice(GIVEN),
            sample.address() if number % 4 else sample.chance.choice((None, "192.0.0.0", "2001:db8::")),
            sample.sentences(),
            seconds(moment),
        )
        for number, moment in enumerate(sample.moments(1_200, years=5), 1)
    ]


def bans(sample: Sample) -> list[Row]:
    """Until an epoch in seconds; 0 is for good."""
    ends = [0, 0, *(seconds(moment) for moment in sample.moments(118, spread=500, days=0))]
    return [(number, sample.client(), "Advertising in the forum", end) for number, end in enumerate(ends, 1)]
