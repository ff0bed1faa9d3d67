"""What customers rent, with domains, certificates and servers, and what was measured on these."""

from __future__ import annotations

from itertools import cycle

from wesretain.demo.sample import BUYERS, HOSTED_CHILD, SYSTEMS, Row, Sample, day, seconds

#: Kinds of services by their numbers.
_DOMAINS, _CERTIFICATES, _SERVERS = range(1, 601), range(601, 851), range(851, 1_451)
FEATURES = ("backups", "one-click install", "mail filter", "staging", "cron")


def services(sample: Sample) -> list[Row]:
    """A child rents one of each kind; most run on, and one in four has ended, as have the last forty."""
    ends = iter(sample.moments(450, years=2))
    machines = ("shared hosting", "VPS", "dedicated server")
    rows: list[Row] = []
    for number in range(1, _SERVERS[-1] + 41):
        last = number in (_DOMAINS[-1], _CERTIFICATES[-1], _SERVERS[-1])
        kind = "domain" if number in _DOMAINS else "certificate" if number in _CERTIFICATES else machines[number % 3]
        ended = next(ends, None) if number % 4 == 1 or number > _SERVERS[-1] else None
        client = HOSTED_CHILD if last else sample.chance.choice(BUYERS)
        rows.append((number, client, kind, f"{kind} {number}", day(ended)))
    return rows


def domains(sample: Sample) -> list[Row]:
    """Active, or lapsed or moved away on some day."""
    ends = sample.moments(len(_DOMAINS) // 3, years=2)
    rows: list[Row] = []
    for number in _DOMAINS:
        ended = number % 3 == 0
        state = ("lapsed", "moved away")[number % 2] if ended else "active"
        rows.append((number, number, f"shop{number}.example", state, day(ends[number // 3 - 1]) if ended else None))
    return rows


def domain_contacts(sample: Sample) -> list[Row]:
    """Registrant, administrator and technician of each domain, as the registry has them."""
    rows: list[Row] = []
    for number in range(1, 3 * len(_DOMAINS) + 1):
        given, family = sample.person()
        rows.append(
            (
                number,
                (number + 2) // 3,
                ("registrant", "administrator", "technician")[number % 3],
                f"{given} {family}",
                f"{given}.{number}@example.com".lower(),
                f"+60 3-5552 {number:04}",
                sample.street(number),
                number % 2,
            )
        )
    return rows


def certificates(sample: Sample) -> list[Row]:
    """One a service of that kind."""
    moments = sample.moments(len(_CERTIFICATES), years=2)
    return [
        (number, service, f"www.shop{service}.example", f"hostmaster{service}@example.com", day(moment))
        for number, (service, moment) in enumerate(zip(_CERTIFICATES, moments, strict=True), 1)
    ]


def servers(sample: Sample) -> list[Row]:
    """Those in use have no day of retirement."""
    retired = sample.moments(150, years=2)
    return [
        (
            number,
            service,
            sample.address(),
            sample.chance.choice(SYSTEMS),
            sample.chance.choice(("KVM", "Xen", None)),
            day(retired[number - 1]) if number <= len(retired) else None,
        )
        for number, service in enumerate(_SERVERS, 1)
    ]


def licence_checks(sample: Sample) -> list[Row]:
    """One in five found no licence, and one could not tell."""
    states = cycle(("licensed", "licensed", "unlicensed", "licensed", "licensed"))
    return [
        (
            number,
            sample.chance.randrange(1, len(_SERVERS) + 1),
            "Control panel",
            sample.chance.choice(("own", "affiliate")),
            next(states) if number != 9 else None,
            seconds(moment),
        )
        for number, moment in enumerate(sample.moments(2_500, spread=2.5, months=12), 1)
    ]


def feature_usage(sample: Sample) -> list[Row]:
    """By server and day."""
    return [
        (
            number,
            sample.chance.randrange(1, len(_SERVERS) + 1),
            sample.chance.choice(FEATURES),
            sample.chance.randrange(1, 50),
            day(moment),
        )
        for number, moment in enumerate(sample.moments(4_000, months=13), 1)
    ]
