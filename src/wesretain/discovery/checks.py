"""Checks that prove a value to be of an element: well-kept libraries where there is one, patterns where there is none.

Each takes a value as a text. `STRONG` ones hardly ever pass anything else; the others need a name beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from importlib import import_module
from ipaddress import ip_address
from typing import Any, TypeAlias

from stdnum import bic, iban, luhn

from wesretain.discovery.secrets import secret_of
from wesretain.errors import InvalidInput
from wesretain.model.traits import OwnCheck
from wesretain.policy.elements import stdnum_module

Check: TypeAlias = Callable[[str], bool]

_CARD = re.compile(r"[0-9]{4,6}(?:[ -]?[0-9]){7,15}")
_AGENT = re.compile(
    r"(?:Mozilla|Opera|Dalvik|Lynx|curl|Wget|python-requests|okhttp|PostmanRuntime|Java|Go-http-client|Apache-HttpClient)"
    r"/[0-9].*|.*\b(?:AppleWebKit|Gecko|Trident|Googlebot|bingbot)/[0-9].*|(?:Chrome|Firefox|Safari|Edge|Opera|MSIE|Vivaldi"
    r"|Brave|Chromium|Samsung Internet|Internet Explorer)(?:[ /][0-9][0-9.]*)?",
    re.DOTALL,
)
_SYSTEM = re.compile(
    r"(?i)(?:microsoft )?windows(?: nt| server| phone)?(?: [\w.]+)?|mac ?os(?: ?x)?(?: [\w.]+)?"
    r"|os x(?: [\w.]+)?|darwin(?: [\w.]+)?"
    r"|i(?:pad)?os(?: [\w.]+)?|android(?: [\w.]+)?|(?:gnu/)?linux(?: [\w.]+)?|ubuntu(?: [\w.]+)*|debian(?: [\w.]+)*"
    r"|fedora(?: [\w.]+)*|centos(?: [\w.]+)*|rocky linux(?: [\w.]+)*|alma ?linux(?: [\w.]+)*|red ?hat(?: [\w.]+)*"
    r"|chrome ?os(?: [\w.]+)?|freebsd(?: [\w.-]+)?|openbsd(?: [\w.]+)?"
)
_SCREEN = re.compile(r"(?P<wide>[0-9]{3,5}) ?[xX×*] ?(?P<high>[0-9]{3,5})(?: ?[x@*].{1,10})?")
_LICENCE = re.compile(r"[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){2,7}")
_EARLIEST_BIRTH = 1900
_SHORTEST_IP = 4


def is_email(text: str) -> bool:
    """An e-mail address as RFC 5321 and 5322 write it; nobody asks whether it can be reached."""
    validate, refused = _email_validator()
    if "@" not in text or len(text) > 320:
        return False
    try:
        validate(text.strip().removeprefix("mailto:").removeprefix("MAILTO:"), check_deliverability=False)
    except refused:
        return False
    return True


def is_ip(text: str) -> bool:
    """An IP address, of version 4 or 6."""
    try:
        ip_address(text.strip())
    except ValueError:
        return False
    return len(text) >= _SHORTEST_IP


def is_card(text: str) -> bool:
    """The number of a payment card: 13 to 19 digits with the check digit of ISO/IEC 7812."""
    digits = re.sub(r"[ -]", "", text)
    return bool(_CARD.fullmatch(text)) and digits[0] in "3456" and len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def is_telephone(text: str) -> bool:
    """A telephone number with its country's code that the numbering plan of that country has (ITU-T E.164)."""
    phonenumbers = _library("phonenumbers")
    plain = text.strip()
    if not plain.startswith(("+", "00")):
        return False
    try:
        number = phonenumbers.parse("+" + plain[2:] if plain.startswith("00") else plain, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_possible_number(number))


def is_birth_date(text: str) -> bool:
    """A day, or a year, on which somebody who lives may have been born."""
    year = re.match(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?:[ T].*)?)?$", text)
    if year is None or not _EARLIEST_BIRTH <= int(year["year"]) < _LATEST_BIRTH:
        return False
    try:
        date(int(year["year"]), int(year["month"] or 1), int(year["day"] or 1))
    except ValueError:
        return False
    return True


_LATEST_BIRTH = 2100


def is_licence_key(text: str) -> bool:
    """Groups of capital letters and digits, with both among them."""
    return bool(_LICENCE.fullmatch(text)) and any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def is_user_agent(text: str) -> bool:
    """What a browser or another program calls itself (RFC 9110, section 10.1.5), or a browser's name."""
    return bool(_AGENT.fullmatch(text))


def is_system(text: str) -> bool:
    """The name of an operating system, perhaps with its version."""
    return bool(_SYSTEM.fullmatch(text.strip()))


def is_screen(text: str) -> bool:
    """The width and height of a screen, in pixels."""
    return bool(_SCREEN.fullmatch(text.strip()))


def is_credential(text: str) -> bool:
    """A secret that is known by its looks: a hash of a password, a private key, a token."""
    return secret_of(text) is not None


def is_bic(text: str) -> bool:
    """The code of a bank (ISO 9362)."""
    return text.isupper() and bool(bic.is_valid(text))


def is_iban(text: str) -> bool:
    """The number of a bank account (ISO 13616), with its check digits."""
    return text[:2].isalpha() and bool(iban.is_valid(text))


CHECKS: dict[OwnCheck, Check] = {
    OwnCheck.EMAIL: is_email,
    OwnCheck.IP_ADDRESS: is_ip,
    OwnCheck.TELEPHONE: is_telephone,
    OwnCheck.PAYMENT_CARD: is_card,
    OwnCheck.BIRTH_DATE: is_birth_date,
    OwnCheck.LICENCE_KEY: is_licence_key,
    OwnCheck.USER_AGENT: is_user_agent,
    OwnCheck.OPERATING_SYSTEM: is_system,
    OwnCheck.SCREEN: is_screen,
    OwnCheck.CREDENTIAL: is_credential,
    OwnCheck.BIC: is_bic,
    OwnCheck.IBAN: is_iban,
}
#: Checks that hardly pass anything else, whatever the name of the column says.
STRONG = frozenset(
    (
        *(OwnCheck.EMAIL, OwnCheck.IP_ADDRESS, OwnCheck.USER_AGENT),
        *(OwnCheck.CREDENTIAL, OwnCheck.IBAN, OwnCheck.PAYMENT_CARD),
    )
)
#: One of them passes one number in ten: most of the values have to pass it.
BY_CHANCE = frozenset({OwnCheck.PAYMENT_CARD})
#: Checks that pass other things now and then: many values have to pass them where no name speaks for it.
FAIR = frozenset({OwnCheck.TELEPHONE, OwnCheck.SCREEN, OwnCheck.LICENCE_KEY})


def check_of(name: str) -> Check:
    """A check by its name.

    Raises:
        InvalidInput: where a library that it needs is not installed.
    """
    if own := CHECKS.get(OwnCheck(name)) if name in set(OwnCheck) else None:
        return own
    module = stdnum_module(name)
    assert module is not None  # the file of elements was read
    return lru_cache(256)(lambda text: bool(module.is_valid(text)))


@cache
def _email_validator() -> tuple[Callable[..., Any], type[Exception]]:
    library = _library("email_validator")
    # Names such as `example` and `test` are nobody's on the Internet, and stand in many a database all the same.
    library.SPECIAL_USE_DOMAIN_NAMES.clear()
    return library.validate_email, library.EmailNotValidError


@cache
def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        mend = "pip install 'wesretain[discovery]'"
        raise InvalidInput(f"discovery needs a library that is not installed ({name})", mend) from None
