"""Seeded chance, and moments counted from one day: what the rows of the sample company are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeAlias

from dateutil.relativedelta import relativedelta

Row: TypeAlias = tuple[int | float | str | None, ...]
Clock: TypeAlias = datetime | None

_SEED = "wesretain"
#: So many of the moments that `Sample.moments` gives first are odd ones.
EDGES = 5

GIVEN = ("Aisyah", "Ben", "Chandra", "Devi", "Ethan", "Farah", "Gopal", "Hana", "Imran", "Jun", "Kavita", "Lim")
FAMILY = ("Abdullah", "Chong", "Das", "Ismail", "Kaur", "Lee", "Nair", "Ong", "Rahman", "Tan", "Wong", "Yusof")
STREETS = ("Jalan Ampang", "Jalan Telawi", "Lebuh Chulia", "Jalan Gasing", "Persiaran Gurney")
FIRMS = ("Kedai Rimba", "Selat Print", "Bukit Coffee", "Tasik Travel")
PRODUCTS = ("Shared hosting", "VPS", "Dedicated server", "Domain name", "TLS certificate")
SYSTEMS = ("Debian 12", "Debian 13", "AlmaLinux 9")
SUBJECTS = ("Site is down", "Cannot send mail", "Renewal of a domain", "Certificate warning", "Slow database")
SENTENCES = (
    "It worked until this morning.",
    "Please have a look at the log.",
    "We changed nothing on our side.",
    "Thank you, that helped.",
    "Could you call us back?",
)

#: Clients by number: customers, guests, children under 13, and minors from 13 to 17.
CUSTOMERS, GUESTS, CHILDREN, MINORS = range(1, 1001), range(1001, 1241), range(1241, 1261), range(1261, 1301)
#: Customers who buy, and those who have left and of whose purchases nothing is left.
BUYERS, FORMER = CUSTOMERS[:970], CUSTOMERS[970:]
#: Two children about whom the law has something to say, and one who has bought services.
BILLED_CHILD, UNPAID_CHILD, HOSTED_CHILD = CHILDREN[0], CHILDREN[1], CHILDREN[3]
#: Those who write, log in and look around; customers more than others.
_ACTIVE: tuple[int, ...] = (*CUSTOMERS, *CUSTOMERS, *GUESTS[:80], *CHILDREN, *MINORS)


@dataclass(frozen=True)
class Sample:
    """What one table is made from: a day, and a chance that is the same for every table of that name."""

    table: str
    today: date
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chance", Random(f"{_SEED} {self.table}"))

    # -- time ---------------------------------------------------------------------------------------------------

    def moments(self, count: int, spread: float = 1.3, **period: int) -> list[Clock]:
        """Moments around the end of a period: a day before it, on it, a day after it, none, one to come, then any.

        Any lies within `spread` times the period (or within `spread` days, where it is no time at all).
        """
        end = self.ago(**period)
        longest = (self.ago() - end) * spread or timedelta(days=spread)
        edges: list[Clock] = [end - timedelta(days=1), end, end + timedelta(days=1), None, self.ago(days=-20)]
        return edges + [self.ago() - longest * self.chance.random() for _ in range(count - EDGES)]

    def past(self, years: int, least: int = 0) -> datetime:
        """Any moment between so many years ago and `least` years ago."""
        first, last = self.ago(years=years), self.ago(years=least)
        return (first + (last - first) * self.chance.random()).replace(microsecond=0)

    def ago(self, **period: int) -> datetime:
        """The beginning of the day that lies a period before today."""
        return datetime.combine(self.today - relativedelta(**period), time.min, UTC)  # type: ignore[arg-type]

    # -- people and machines ------------------------------------------------------------------------------------

    def client(self) -> int:
        """Somebody who writes, logs in and looks around."""
        return self.chance.choice(_ACTIVE)

    def person(self) -> tuple[str, str]:
        """A given name and a family name."""
        return self.chance.choice(GIVEN), self.chance.choice(FAMILY)

    def street(self, number: int) -> str:
        """Where somebody lives."""
        return f"{number} {self.chance.choice(STREETS)}, Kuala Lumpur"

    def address(self) -> str:
        """An IP address that documentation may use (RFC 5737, RFC 3849)."""
        if self.chance.random() < 0.2:
            return f"2001:db8:{self.chance.randrange(1, 65_536):x}::{self.chance.randrange(1, 65_536):x}"
        return f"{self.chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{self.chance.randrange(1, 255)}"

    def password(self) -> str:
        """Twelve letters and figures."""
        return "".join(self.chance.choices("abcdefghjkmnpqrstuvwxyz23456789", k=12))

    def sentences(self, *others: str) -> str:
        """Two sentences, and others between them."""
        first, last = self.chance.sample(SENTENCES, 2)
        return " ".join((first, *others, last))

    def mixed(self, odd: Sequence[int], others: Sequence[int], count: int) -> list[int]:
        """Some numbers first, then any of others."""
        return [*odd, *(self.chance.choice(others) for _ in range(count - len(odd)))]


# -- time as the tables write it ------------------------------------------------------------------------------------


def day(moment: Clock) -> str | None:
    """A calendar day."""
    return moment.date().isoformat() if moment else None


def spaced(moment: Clock) -> str | None:
    """A date and a time with a space between, and no zone."""
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else None


def zulu(moment: Clock) -> str | None:
    """ISO 8601 in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def offset(moment: Clock) -> str | None:
    """ISO 8601 as clocks in Kuala Lumpur show it."""
    return (moment + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00") if moment else None


def seconds(moment: Clock) -> int | None:
    """An epoch in seconds."""
    return int(moment.timestamp()) if moment else None


def milliseconds(moment: Clock) -> int | None:
    """An epoch in milliseconds."""
    return int(moment.timestamp() * 1000) if moment else None
