"""Clients with their contacts and cards, what they bought and paid, and to whom their data was given."""

from __future__ import annotations

from datetime import datetime, timedelta

from wesretain.demo.sample import (
    BILLED_CHILD,
    BUYERS,
    CHILDREN,
    CUSTOMERS,
    FAMILY,
    FIRMS,
    FORMER,
    GIVEN,
    GUESTS,
    HOSTED_CHILD,
    MINORS,
    PRODUCTS,
    UNPAID_CHILD,
    Row,
    Sample,
    day,
    spaced,
)

_INVOICES = 2_200


def clients(sample: Sample) -> list[Row]:
    """Some were born on a day that says nothing, and some turn 13 or 18 these days."""
    births = _births(sample, CHILDREN, 13, least=6) | _births(sample, MINORS, 18, least=14)
    births |= {MINORS[1]: sample.ago(years=13), CUSTOMERS[0]: sample.ago(years=18)}
    seen = dict(zip(GUESTS, sample.moments(len(GUESTS), years=2), strict=True))
    until = ("", day(sample.ago(years=1)), *[day(sample.ago(years=-1))] * 10)
    agreed = dict(zip(reversed(GUESTS), until, strict=False))
    seen |= dict.fromkeys(agreed, sample.ago(years=3)) | dict(
        zip(FORMER, sample.moments(len(FORMER), years=2), strict=True)
    )
    odd = {2: "0000-00-00", 3: "", 4: day(sample.ago(years=-1))}
    rows: list[Row] = []
    for number in (*CUSTOMERS, *GUESTS, *CHILDREN, *MINORS):
        given, family = sample.person()
        birth = births.get(number) or (sample.past(50, 19) if number % 3 else None)
        guest = number in GUESTS
        rows.append(
            (
                number,
                "guest" if guest else "customer",
                f"{given} {family}",
                None if guest else sample.chance.choice((*FIRMS, None, None, None)),
                f"{given}.{family}.{number}@example.net".lower(),
                f"+60 3-5550 {number:04}",
                sample.street(number),
                odd.get(number, day(birth)),
                f"{number:012}" if number % 7 == 0 else None,
                f"A{number:08}" if number % 40 == 0 else None,
                f"C{number:08}" if number % 5 == 0 else None,
                spaced(sample.past(1)) if number in MINORS and number % 2 else None,
                sample.address(),
                spaced(seen[number] if number in seen else sample.past(1)),
                agreed.get(number),
            )
        )
    return rows


def _births(sample: Sample, numbers: range, age: int, least: int) -> dict[int, datetime]:
    """Birthdays of people under an age, and above another: the first reaches the age tomorrow."""
    tomorrow = sample.ago(years=age) + timedelta(days=1)
    return {number: sample.past(age - 1, least) for number in numbers} | {numbers[0]: tomorrow}


def contacts(sample: Sample) -> list[Row]:
    """Technical, marketing and executive; one in three has been removed."""
    removed = sample.moments(400, months=12)
    rows: list[Row] = []
    for number in range(1, 1_201):
        given, family = sample.person()
        rows.append(
            (
                number,
                HOSTED_CHILD if number < 3 else sample.chance.choice(BUYERS),
                ("technical", "marketing", "executive")[number % 3],
                f"{given} {family}",
                f"{given}.{number}@example.com".lower(),
                f"+60 3-5551 {number:04}",
                sample.street(number) if number % 4 else None,
                f"{number:012}" if number % 9 == 0 else None,
                f"C{number:08}" if number % 6 == 0 else None,
                spaced(removed[number // 3]) if number % 3 == 0 and number // 3 < len(removed) else None,
            )
        )
    return rows


def cards(sample: Sample) -> list[Row]:
    """Payment cards, of whose numbers the payment service has left the last four figures."""
    return [
        (
            number,
            HOSTED_CHILD if number == 6 else sample.chance.choice(BUYERS),
            " ".join(sample.person()),
            f"**** {sample.chance.randrange(10_000):04}",
            day(moment),
        )
        for number, moment in enumerate(sample.moments(700, months=18), 1)
    ]


def orders(sample: Sample) -> list[Row]:
    """Carried out, or abandoned on the way; those that are still open have no end."""
    rows: list[Row] = []
    for number, moment in enumerate([*sample.moments(1_000, years=8), *sample.moments(500, months=12)], 1):
        state = "done" if number <= 1_000 else "abandoned"
        is_open = number % 20 == 0
        rows.append(
            (
                number,
                HOSTED_CHILD if number in (1_010, 1_011) else sample.chance.choice(BUYERS),
                sample.chance.choice(PRODUCTS),
                "open" if is_open else state,
                spaced((moment or sample.past(2)) - timedelta(days=1)),
                None if is_open else spaced(moment),
                sample.address(),
            )
        )
    return rows


def invoices(sample: Sample) -> list[Row]:
    """Unpaid ones have no day of payment; two are children's, which the law keeps."""
    owners = sample.mixed((BILLED_CHILD, UNPAID_CHILD), BUYERS, _INVOICES)
    moments = [sample.past(1), None, *sample.moments(_INVOICES - 2, years=8)]
    return [
        (number, client, f"INV-{number:05}", 20 * sample.chance.randrange(1, 40), day(moment))
        for number, (client, moment) in enumerate(zip(owners, moments, strict=True), 1)
    ]


def invoice_items(sample: Sample) -> list[Row]:
    """Two an invoice."""
    return [
        (number, (number + 1) // 2, sample.chance.choice(PRODUCTS), 10 * sample.chance.randrange(1, 40))
        for number in range(1, 2 * _INVOICES + 1)
    ]


def payments(sample: Sample) -> list[Row]:
    """One for nearly every invoice."""
    return [
        (
            number,
            number,
            f"{sample.chance.choice(GIVEN)} {sample.chance.choice(FAMILY)}",
            sample.chance.choice(("transfer", f"card **** {sample.chance.randrange(10_000):04}")),
            20 * sample.chance.randrange(1, 40),
            day(sample.past(8)),
        )
        for number in range(1, _INVOICES + 1)
        if number % 11
    ]


def disclosures(sample: Sample) -> list[Row]:
    """To whom data was given, and why."""
    recipients = ("Police", "High Court", "Domain registry", "Auditors")
    return [
        (
            number,
            HOSTED_CHILD if number == 1 else sample.client(),
            sample.chance.choice(recipients),
            sample.chance.choice(("warrant", "court order", "contract", "audit")),
            day(moment),
        )
        for number, moment in enumerate(sample.moments(60, years=6), 1)
    ]
