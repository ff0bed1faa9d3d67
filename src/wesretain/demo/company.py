"""The rows of a sample hosting company: the same for the same day, and as odd here and there as real ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import TypeAlias

from dateutil.relativedelta import relativedelta

Row: TypeAlias = tuple[int | float | str | None, ...]
Clock: TypeAlias = datetime | None

_SEED = 20
_GIVEN = ("Aisyah", "Ben", "Chandra", "Devi", "Ethan", "Farah", "Gopal", "Hana", "Imran", "Jun", "Kavita", "Lim")
_FAMILY = ("Abdullah", "Chong", "Das", "Ismail", "Kaur", "Lee", "Nair", "Ong", "Rahman", "Tan", "Wong", "Yusof")
_STREETS = ("Jalan Ampang", "Jalan Telawi", "Lebuh Chulia", "Jalan Gasing", "Persiaran Gurney")
_FIRMS = ("Kedai Rimba", "Selat Print", "Bukit Coffee", "Tasik Travel", None, None, None)
_BROWSERS = ("Firefox 140", "Chrome 138", "Safari 18")
_SYSTEMS = ("Debian 12", "Debian 13", "AlmaLinux 9", "Windows 11", "Android 15")
_SCREENS = ("1920x1080", "1366x768", "390x844")
_PROVIDERS = ("TM Net", "Maxis", "TIME dotCom")
_PAGES = ("/", "/hosting", "/vps", "/domains", "/certificates", "/support", "/forum")
_PRODUCTS = ("Shared hosting", "VPS", "Dedicated server", "Domain name", "TLS certificate")
_FEATURES = ("backups", "one-click install", "mail filter", "staging", "cron")
_SUBJECTS = ("Site is down", "Cannot send mail", "Renewal of a domain", "Certificate warning", "Slow database")
_SENTENCES = (
    "It worked until this morning.",
    "Please have a look at the log.",
    "We changed nothing on our side.",
    "Thank you, that helped.",
    "Could you call us back?",
)

#: Clients by number: customers, guests, children under 13, and minors from 13 to 17.
CUSTOMERS, GUESTS, CHILDREN, MINORS = range(1, 81), range(81, 111), range(111, 117), range(117, 127)
EVERYBODY = range(1, 127)
#: Those who write, log in and look around; customers more than others.
_ACTIVE: tuple[int, ...] = (*CUSTOMERS, *CUSTOMERS, *GUESTS[:10], *CHILDREN, *MINORS)


def company(today: date) -> dict[str, list[Row]]:
    """The rows of every table, parents before children."""
    sample = Sample(today)
    tables = (
        (sample.clients, sample.logins, sample.page_views, sample.cookie_consents, sample.subscribers),
        (sample.invoices, sample.invoice_items, sample.tickets, sample.ticket_posts, sample.mails, sample.letters),
        (sample.files, sample.attachments, sample.testimonials, sample.forum_posts, sample.bans),
        (sample.servers, sample.licence_checks, sample.feature_usage),
        (sample.page_totals, sample.feature_totals, sample.uptime_samples, sample.jobs),
    )
    return {table.__name__: table() for group in tables for table in group}


@dataclass(frozen=True)
class Sample:
    """One method a table, of the same name. Chance is seeded, and every moment is counted from one day."""

    today: date
    chance: Random = field(default_factory=lambda: Random(_SEED))

    # -- people -------------------------------------------------------------------------------------------------

    def clients(self) -> list[Row]:
        """Some were born on a day that says nothing, and some turn 13 or 18 these days."""
        births = self._births(CHILDREN, 13, least=6) | self._births(MINORS, 18, least=14)
        births |= {MINORS[1]: self._ago(years=13), CUSTOMERS[0]: self._ago(years=18)}
        seen = dict(zip(GUESTS, self._moments(len(GUESTS), years=2), strict=True))
        agreed = dict(zip(reversed(GUESTS), ("", _day(self._ago(years=1)), _day(self._ago(years=-1))), strict=False))
        odd = {2: "0000-00-00", 3: "", 4: _day(self._ago(years=-1))}
        rows: list[Row] = []
        for number in EVERYBODY:
            given, family = self.chance.choice(_GIVEN), self.chance.choice(_FAMILY)
            birth = births.get(number) or (self._past(50, 19) if number % 3 else None)
            guest = number in GUESTS
            rows.append(
                (
                    number,
                    "guest" if guest else "customer",
                    f"{given} {family}",
                    None if guest else self.chance.choice(_FIRMS),
                    f"{given}.{family}.{number}@example.net".lower(),
                    f"+60 3-5550 {number:04}",
                    f"{number} {self.chance.choice(_STREETS)}, Kuala Lumpur",
                    odd.get(number, _day(birth)),
                    _spaced(self._past(1)) if number in MINORS and number % 2 else None,
                    f"C{number:08}" if number % 5 == 0 else None,
                    self._address(),
                    _spaced(seen[number] if guest else self._past(1)),
                    agreed.get(number),
                )
            )
        return rows

    def logins(self) -> list[Row]:
        """An epoch in seconds, 0 where nobody knows."""
        return [
            (
                number,
                self._client(),
                _seconds(moment) or 0,
                self._address(),
                self.chance.choice(_BROWSERS),
                self.chance.choice(_SYSTEMS),
                self.chance.choice(_SCREENS),
                self.chance.choice(_PROVIDERS),
            )
            for number, moment in enumerate(self._moments(400, months=12), 1)
        ]

    def page_views(self) -> list[Row]:
        """An epoch in milliseconds; most visitors are not signed in."""
        return [
            (
                number,
                self.chance.choice((0, 0, self._client())),
                _milliseconds(moment),
                self.chance.choice(_PAGES),
                self.chance.randrange(2, 600),
                self._address(),
            )
            for number, moment in enumerate(self._moments(450, months=13), 1)
        ]

    def cookie_consents(self) -> list[Row]:
        """Times as three generations of the website wrote them."""
        spellings = cycle((_spaced, _zulu, _offset))
        return [
            (
                number,
                self.chance.choice((None, self._client())),
                f"{self.chance.getrandbits(64):016x}",
                self.chance.randrange(2),
                self.chance.randrange(2),
                next(spellings)(moment),
            )
            for number, moment in enumerate(self._moments(120, years=2), 1)
        ]

    def subscribers(self) -> list[Row]:
        """Some of those who opted out are tokens already."""
        rows: list[Row] = []
        for number, moment in enumerate(self._moments(90, days=30, spread=12), 1):
            name = f"{self.chance.choice(_GIVEN)} {self.chance.choice(_FAMILY)}"
            mail = f"reader{number}@example.org"
            out = number % 3 != 0
            if out and number % 4 == 0:
                mail, name = f"wesretain:{self.chance.getrandbits(128):032x}", ""
            client = self._client() if number % 2 else None
            rows.append((number, client, mail, name or None, "opted out" if out else "subscribed", _spaced(moment)))
        return rows

    # -- accounts -----------------------------------------------------------------------------------------------

    def invoices(self) -> list[Row]:
        """Unpaid ones have no day of payment; two are a child's, which the law keeps."""
        clients = [CHILDREN[0], CHILDREN[0], *(self.chance.choice(CUSTOMERS) for _ in range(158))]
        moments = [self._past(1), None, *self._moments(158, years=7)]
        return [
            (number, client, f"INV-{number:05}", 20 * self.chance.randrange(1, 40), _day(moment))
            for number, (client, moment) in enumerate(zip(clients, moments, strict=True), 1)
        ]

    def invoice_items(self) -> list[Row]:
        """Two an invoice."""
        return [
            (number, (number + 1) // 2, self.chance.choice(_PRODUCTS), 10 * self.chance.randrange(1, 40))
            for number in range(1, 321)
        ]

    # -- what people write --------------------------------------------------------------------------------------

    def tickets(self) -> list[Row]:
        """Some were opened again, some spell their state another way, some have a day of closing that says nothing."""
        states = dict.fromkeys(range(12, 40), "open") | {40: "Closed", 41: "closed ", 42: "archived"}
        rows: list[Row] = []
        for number, moment in enumerate(self._moments(150, years=2), 1):
            state = states.get(number, "closed")
            closed = _spaced(moment) if state != "open" or number < 18 else None
            known = self._logins_handed_over() if number % 3 == 0 else (None,) * 5
            undated = "0000-00-00 00:00:00" if number == 11 else closed
            client = CHILDREN[1] if number == 10 else self._client()
            rows.append((number, client, self.chance.choice(_SUBJECTS), state, undated, *known))
        return rows

    def ticket_posts(self) -> list[Row]:
        """Three a ticket."""
        return [
            (number, (number + 2) // 3, self.chance.choice(_GIVEN), self.chance.choice(_SENTENCES))
            for number in range(1, 451)
        ]

    def mails(self) -> list[Row]:
        """Times as several mail programs wrote them; one is no time at all."""
        spellings = cycle((_offset, _zulu, _spaced))
        rows: list[Row] = [
            (number, self._client(), next(spellings)(moment), self.chance.choice(_SUBJECTS), self._sentences())
            for number, moment in enumerate(self._moments(140, years=2), 1)
        ]
        return [*rows, (141, self._client(), "last Tuesday", "Meeting", self._sentences())]

    def letters(self) -> list[Row]:
        """Received on a day."""
        return [
            (number, self._client(), _day(moment), self.chance.choice(_SUBJECTS))
            for number, moment in enumerate(self._moments(40, years=6), 1)
        ]

    def files(self) -> list[Row]:
        """Screenshots, logs and scans."""
        endings = cycle(("screen.png", "error.log", "scan.pdf"))
        return [(number, f"{number}-{next(endings)}", self.chance.randrange(900, 90_000)) for number in range(1, 101)]

    def attachments(self) -> list[Row]:
        """To posts and to letters; the last ten share their files with others."""
        return [
            (
                number,
                "letter" if number > 90 else "post",
                number - 70 if number > 90 else number * 4,
                (number - 1) % 100 + 1,
            )
            for number in range(1, 111)
        ]

    def testimonials(self) -> list[Row]:
        """Some have lost their author already."""
        rows: list[Row] = []
        for number, moment in enumerate(self._moments(30, years=3), 1):
            client = self._client()
            author = (client, self.chance.choice(_GIVEN), "Kedai Rimba") if number % 5 else (None, "A customer", None)
            rows.append((number, *author, self.chance.choice(_SENTENCES), _day(moment)))
        return rows

    def forum_posts(self) -> list[Row]:
        """Some authors have no account any more, or one that is gone; some addresses are masked already."""
        return [
            (
                number,
                self.chance.choice((0, 9000 + number, self._client(), self._client())),
                self.chance.choice(_GIVEN),
                self._address() if number % 4 else self.chance.choice((None, "192.0.0.0", "2001:db8::")),
                self._sentences(),
                _seconds(moment),
            )
            for number, moment in enumerate(self._moments(160, years=5), 1)
        ]

    def bans(self) -> list[Row]:
        """Until an epoch in seconds; 0 is for good."""
        ends = [0, 0, *(_seconds(moment) for moment in self._moments(28, days=0, spread=500))]
        return [(number, self._client(), "Advertising in the forum", end) for number, end in enumerate(ends, 1)]

    # -- servers ------------------------------------------------------------------------------------------------

    def servers(self) -> list[Row]:
        """Those in use have no day of retirement."""
        return [
            (
                number,
                self.chance.choice(CUSTOMERS),
                self._address(),
                self.chance.choice(_SYSTEMS[:3]),
                self.chance.choice(("KVM", "Xen", None)),
                _day(moment) if number <= 30 else None,
            )
            for number, moment in enumerate(self._moments(60, years=2), 1)
        ]

    def licence_checks(self) -> list[Row]:
        """One in five found no licence, and one could not tell."""
        states = cycle(("licensed", "licensed", "unlicensed", "licensed", "licensed"))
        return [
            (
                number,
                self.chance.randrange(1, 61),
                "Control panel",
                self.chance.choice(("own", "affiliate")),
                next(states) if number != 9 else None,
                _seconds(moment),
            )
            for number, moment in enumerate(self._moments(200, months=12, spread=3), 1)
        ]

    def feature_usage(self) -> list[Row]:
        """By server and day."""
        return [
            (
                number,
                self.chance.randrange(1, 61),
                self.chance.choice(_FEATURES),
                self.chance.randrange(1, 50),
                _day(moment),
            )
            for number, moment in enumerate(self._moments(160, months=13), 1)
        ]

    # -- what leads to nobody -----------------------------------------------------------------------------------

    def page_totals(self) -> list[Row]:
        """By day and page."""
        days = dict.fromkeys(_day(moment) for moment in self._moments(20, years=5) if moment)
        return [(day, page, self.chance.randrange(900)) for day in days for page in _PAGES]

    def feature_totals(self) -> list[Row]:
        """By the first of a month and function."""
        months = [_day(self._ago(months=months).replace(day=1)) for months in range(0, 75, 5)]
        return [(month, feature, self.chance.randrange(60)) for month in months for feature in _FEATURES]

    def uptime_samples(self) -> list[Row]:
        """An epoch in milliseconds."""
        return [
            (
                number,
                self.chance.choice(("web", "mail", "dns")),
                round(self.chance.uniform(0.97, 1), 4),
                _milliseconds(moment),
            )
            for number, moment in enumerate(self._moments(120, months=13), 1)
        ]

    def jobs(self) -> list[Row]:
        """Those that run have not finished."""
        states = cycle(("succeeded", "succeeded", "failed", "succeeded", "running"))
        rows: list[Row] = []
        for number, moment in enumerate(self._moments(90, days=90), 1):
            state = next(states)
            rows.append(
                (
                    number,
                    self.chance.choice(("backup", "renewal")),
                    state,
                    _spaced(moment) if state != "running" else None,
                )
            )
        return rows

    # -- chance and time ----------------------------------------------------------------------------------------

    def _moments(self, count: int, spread: float = 1.7, **period: int) -> list[Clock]:
        """Moments around the end of a period: a day before it, on it, a day after it, none, one to come, then any.

        Any lies within `spread` times the period (or within `spread` days, where it is no time at all).
        """
        end = self._ago(**period)
        longest = (self._ago() - end) * spread or timedelta(days=spread)
        edges: list[Clock] = [end - timedelta(days=1), end, end + timedelta(days=1), None, self._ago(days=-20)]
        return edges + [self._ago() - longest * self.chance.random() for _ in range(count - len(edges))]

    def _births(self, numbers: range, age: int, least: int) -> dict[int, datetime]:
        """Birthdays of people under an age, and above another: the first reaches the age tomorrow."""
        tomorrow = self._ago(years=age) + timedelta(days=1)
        return {number: self._past(age - 1, least) for number in numbers} | {numbers[0]: tomorrow}

    def _past(self, years: int, least: int = 0) -> datetime:
        """Any moment between so many years ago and `least` years ago."""
        first, last = self._ago(years=years), self._ago(years=least)
        return (first + (last - first) * self.chance.random()).replace(microsecond=0)

    def _ago(self, **period: int) -> datetime:
        """The beginning of the day that lies a period before today."""
        return datetime.combine(self.today - relativedelta(**period), time.min, UTC)  # type: ignore[arg-type]

    # -- other things -------------------------------------------------------------------------------------------

    def _client(self) -> int:
        return self.chance.choice(_ACTIVE)

    def _address(self) -> str:
        """An address that documentation may use (RFC 5737, RFC 3849)."""
        if self.chance.random() < 0.2:
            return f"2001:db8:{self.chance.randrange(1, 65_536):x}::{self.chance.randrange(1, 65_536):x}"
        return f"{self.chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{self.chance.randrange(1, 255)}"

    def _sentences(self) -> str:
        return " ".join(self.chance.sample(_SENTENCES, 2))

    def _logins_handed_over(self) -> Sequence[str]:
        password = "".join(self.chance.choices("abcdefghjkmnpqrstuvwxyz23456789", k=12))
        return (self._address(), "root", password, "/var/www/shop", "info, sales")


def _day(moment: Clock) -> str | None:
    return moment.date().isoformat() if moment else None


def _spaced(moment: Clock) -> str | None:
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None


def _zulu(moment: Clock) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _offset(moment: Clock) -> str | None:
    return (moment + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00") if moment else None


def _seconds(moment: Clock) -> int | None:
    return int(moment.timestamp()) if moment else None


def _milliseconds(moment: Clock) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None
