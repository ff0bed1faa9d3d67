"""Takes credentials, e-mail addresses, payment cards and IP addresses out of free text, and leaves the rest.

Where it is not sure that something is one, it stays. Every pattern is linear in the text, however that was made: each
run is read once, or a bounded stretch of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from stdnum import luhn

from wesretain.model.inventory import SCRUBBED, Element
from wesretain.model.masking import masked_ip


def mark_of(element: str) -> str:
    """What stands in the text instead of an element."""
    return f"[{element}]"


def scrubbed(text: str, elements: Collection[str]) -> str:
    """The text with a mark in the place of each of these elements; `SCRUBBERS` names those that are known.

    Scrubbing again changes nothing.
    """
    while True:
        found = text
        for element, scrub in SCRUBBERS.items():
            if element in elements:
                found = scrub(found)
        if found == text:
            return text
        text = found  # what was taken out may have parted what else is one


# -- credentials ----------------------------------------------------------------------------------------------------

_CREDENTIAL = mark_of(Element.CREDENTIAL)
_MARKS = map(mark_of, SCRUBBED)
#: A value that has been taken out already; other parameters of a URL, or a tag, may follow.
_MARKED = re.compile(rf"(?:{'|'.join(map(re.escape, _MARKS))})(?:$|[&;#<])")

#: Words that mean a secret wherever they end a word, as in `db_password` or `rootPassword`.
_LONG_WORDS = (
    *("password", "passwort", "passwd", "passphrase", "passcode", "passwrd", "kennwort", "kata laluan", "katalaluan"),
    *("mot de passe", "contraseña", "contrasena", "wachtwoord", "lösenord", "adgangskode", "parola", "hasło", "senha"),
    *("пароль", "密码", "密碼", "パスワード", "비밀번호"),
    *("api_key", "api-key", "api key", "apikey", "access_key", "access-key", "access key", "accesskey"),
    *("secret_key", "secret-key", "secret key", "secretkey", "private_key", "private-key", "client_secret"),
    *("client-secret", "client secret", "clientsecret", "auth_token", "auth-token", "authtoken", "access_token"),
    *("access-token", "access token", "accesstoken", "refresh_token", "refresh-token", "refreshtoken"),
)
#: Words that mean one only where they stand alone, or after `_` or `-`: there is a compass, and a secretary.
_SHORT_WORDS = ("pass", "pwd", "psw", "pw", "pin", "secret", "token")
_ENDING = r"(?:s|_?[0-9]{1,3})?(?!\w)"
_WORD = rf"(?:{'|'.join(map(re.escape, _LONG_WORDS))}|(?<![^\W_])(?:{'|'.join(_SHORT_WORDS)})){_ENDING}"
#: What none of these words lacks: texts without any of them need not be searched.
_HINTS = tuple(word.casefold() for word in (*_LONG_WORDS, *_SHORT_WORDS))

#: Blanks, and tags of HTML between them; written so that each run can be read in one way only.
_BLANKS = r"[^\S\n]{0,200}(?:(?:&nbsp;|</?[a-zA-Z][^<>\n]{0,100}>)[^\S\n]{0,200}){0,8}"
#: A value ends at a blank, and at a tag of HTML.
_TOKEN = r"(?:[^\s<]|<(?!/?[a-zA-Z][^<>\n]{0,100}>))"
_QUOTED = r"\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|`[^`\n]{1,200}`|“[^”\n]{1,200}”|„[^“”\n]{1,200}[“”]|«[^»\n]{1,200}»"
_VALUE = rf"(?P<value>{_QUOTED}|{_TOKEN}+)"
#: `password for the database (new): `, with quotes as in JSON, then what parts it from the value.
_FOR = r"(?:[^\S\n]{1,3}(?:for|of|to|für|von|vom|zu|zum|untuk|\()[^\n:=<>]{0,40}?)?"
_IS = r"[^\S\n]{1,3}(?:is|are|was|ist|lautet|war|adalah|ialah|est|es|è)(?:[^\S\n]{0,3}[:=]|(?=\s))"
_PART = rf"[\"'`*\])]{{0,3}}{_BLANKS}(?:[:=：]{{1,2}}>?|->|=>|→)"  # noqa: RUF001
_GAP = rf"{_BLANKS}(?:\r?\n{_BLANKS})?"
_SAID = re.compile(rf"{_WORD}{_FOR}(?:{_PART}|(?P<is>{_IS}))[*]{{0,2}}(?P<gap>{_GAP}){_VALUE}", re.IGNORECASE)
#: In the query of a URL a value ends at the next parameter.
_PARAMETER = re.compile(rf"(?<=[?&;])[\w.-]{{0,40}}{_WORD}=(?P<value>[^\s&;#\"'<>]+)", re.IGNORECASE)
_XML = re.compile(rf"<(?:[\w.-]{{1,40}}:)?[\w.-]{{0,40}}{_WORD}>(?P<value>[^<\n]{{1,500}})</", re.IGNORECASE)
_OPTION = re.compile(rf"(?<!\S)-{{1,2}}[\w-]{{0,40}}{_WORD}[^\S\n]{{1,3}}(?!-){_VALUE}", re.IGNORECASE)
#: After these words `is` says something about a password, not what it is.
_NO_VALUE = (
    "a an the not no now still already also only just being been to too in on at as of for from by with and or but if"
    " wrong incorrect invalid correct right valid expired required missing empty blank unknown secure insecure"
    " weak strong safe unsafe case sensitive working changed reset set stored saved sent hashed encrypted compromised"
    " leaked lost forgotten known shared used unused different same good bad long short longer shorter important"
    " needed necessary optional private public that this it what which one where when how very really never always"
    " nicht falsch richtig ungültig gültig abgelaufen leer unbekannt bekannt sicher unsicher noch schon auch"
    " nur ein eine der die das zu sehr nötig erforderlich geändert gesetzt vergessen verloren salah betul"
)
_NO_VALUES = frozenset(_NO_VALUE.split())

_OTHERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # user:secret@host in URLs: up to the last @ before the path
        r"(?<=://)[^\s/?#:@]{0,200}:(?P<value>[^\s/?#]{1,500})@",
        r"(?<![\w-])(?:proxy-)?authorization[\"']?[^\S\n]{0,3}[:=][^\S\n]{0,3}[\"']?"
        r"(?:(?:bearer|basic|digest|token|negotiate|apikey)[^\S\n]{1,3})?(?P<value>[^\s\"',;]+)",
        r"(?<![\w-])bearer[^\S\n]{1,3}(?P<value>(?=[\w.~+/-]{0,500}?[0-9])[\w.~+/-]{16,}={0,2})",
        rf"(?<!\w)identified\s{{1,8}}(?:(?:with|via)\s{{1,8}}[\w\"'`]{{1,64}}\s{{1,8}})?(?:by|as|using)\s{{1,8}}"
        rf"(?:password\s{{1,8}})?{_VALUE}",
        # ssh root@192.0.2.1 password x
        r"(?<![\w-])(?:ssh|sftp|scp|ftp)[^\S\n]{1,3}"
        r"(?:-\S{1,20}[^\S\n]{1,3}(?:[^\s@-][^\s@]{0,100}[^\S\n]{1,3})?){0,4}"
        r"[^\s@]{1,64}@[^\s@]{1,200}[^\S\n]{1,3}(?:-p[^\S\n]{0,3}[0-9]{1,5}[^\S\n]{1,3})?"
        r"(?:(?:with|and|mit|und|-|/)[^\S\n]{1,3})?(?:password|passwort|passwd|pass|pwd|pw)"
        rf"[^\S\n]{{1,3}}(?P<said>)(?![:=]){_VALUE}",
        # login: user / secret
        r"(?<!\w)(?<!//)(?:log-?in|user(?:name)?|account|credentials?|access|zugang|zugangsdaten|benutzer|ssh|ftp|root|admin)"
        rf"{_PART}{_BLANKS}[^\s/]{{1,64}}(?:[^\S\n]{{1,3}}[/|][^\S\n]{{1,3}}(?P<value>{_TOKEN}+)"
        r"|[/|](?P<close>[^\s/|<]{4,})(?=[\s<]|\Z))",
        # mysql -psecret, sshpass -p secret, curl -u user:secret
        rf"(?<![\w-])(?:mysql|mariadb)[\w-]{{0,20}}(?=\s)[^\n]{{0,200}}?\s-p(?P<value>{_QUOTED}|[^\s]+)",
        rf"(?<![\w-])sshpass\s{{1,3}}-p\s{{0,3}}{_VALUE}",
        r"(?<![\w-])curl(?=\s)[^\n]{0,200}?\s(?:-u|--user)[\s=]{0,3}[\"']?[^\s:\"']{1,64}:(?P<value>[^\s\"']+)",
    )
)
#: Keys that are known by their looks.
_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[oprsu]_[A-Za-z0-9]{36,100}|glpat-[\w-]{20,60}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,200}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,200}"
    r"|eyJ[\w-]{8,2000}\.eyJ[\w-]{8,4000}\.[\w-]{0,2000})(?![A-Za-z0-9])"
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:(?!-----)[\s\S])*-----END [A-Z0-9 ]{0,60}-----|(?:\s{0,4}[A-Za-z0-9+/=]{32,})*)"
)


def _without_credentials(text: str) -> str:
    text = _KEYS.sub(_CREDENTIAL, _PRIVATE_KEY.sub(_CREDENTIAL, text))
    for pattern in _OTHERS:
        text = pattern.sub(_hidden, text)
    folded = text.casefold()
    if any(hint in folded for hint in _HINTS):
        for pattern in (_PARAMETER, _XML, _OPTION, _SAID):
            text = pattern.sub(_hidden, text)
    return text


def _hidden(match: re.Match[str]) -> str:
    """The same words with a mark for the secret, where there is one."""
    named = match.groupdict()
    group = "close" if named.get("close") else "value"
    start, end = _secret(match[group])
    value = match[group][start:end]
    if not value or _MARKED.match(value) or _is_no_value(match, value):
        return match[0]
    whole, offset = match[0], match.start()
    return whole[: match.start(group) + start - offset] + _CREDENTIAL + whole[match.start(group) + end - offset :]


def _secret(value: str) -> tuple[int, int]:
    """Where the secret itself stands: within quotes, and before what ends the sentence or the list."""
    if len(value) > 2 and value[0] in "\"'`“„«" and value[-1] in "\"'`“”»":
        return 1, len(value) - 1
    return 0, len(value.rstrip(",;.)}>\"'"))


def _is_no_value(match: re.Match[str], value: str) -> bool:
    named = match.groupdict()
    said = named.get("is") is not None or named.get("said") is not None
    if said and value.casefold().strip("!?:*_") in _NO_VALUES:
        return True
    below = "\n" in (named.get("gap") or "")
    return below and (value.endswith((":", "：")) or match[0].endswith(":"))  # noqa: RUF001


# -- e-mail addresses -----------------------------------------------------------------------------------------------

#: What may stand before the @, read backwards.
_LOCAL = re.compile(r"[\w.+%~&#!$*'-]*")
_DOMAIN = re.compile(r"@(?:[^\W_][\w-]{0,62}\.){1,10}[^\W\d_][\w-]{1,62}(?![\w-])")
#: The longest name before the @ that is looked for.
_LONGEST_NAME = 256


def _without_addresses(text: str) -> str:
    """What stands before each @ that a domain follows, back to the address before it."""
    pieces: list[str] = []
    done = 0
    for domain in _DOMAIN.finditer(text):
        before = text[max(done, domain.start() - _LONGEST_NAME) : domain.start()]
        backwards = _LOCAL.match(before[::-1])
        name = backwards[0][::-1].lstrip("'.&*#!~$%-") if backwards else ""
        if name:
            pieces += (text[done : domain.start() - len(name)], mark_of(Element.EMAIL))
            done = domain.end()
    return "".join((*pieces, text[done:]))


# -- payment cards --------------------------------------------------------------------------------------------------

_RUN = re.compile(r"(?<![0-9])[0-9]+(?:[ -][0-9]+)*")
_LENGTHS = range(13, 20)
#: How the digits of cards are grouped; in other groups a part of a longer run is not surely one.
_GROUPINGS = ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 1), (4, 4, 4, 4, 3), (4, 4, 5), *((n,) for n in _LENGTHS))
_GROUP = re.compile(r"[0-9]+")


def _without_cards(text: str) -> str:
    return _RUN.sub(_run_without_cards, text)


def _run_without_cards(match: re.Match[str]) -> str:
    run, (start, end) = match[0], match.span()
    before, after = match.string[max(start - 2, 0) : start], match.string[end : end + 2]
    groups = [(found.start(), found.end()) for found in _GROUP.finditer(run)]
    if _is_card(run) and _stands_alone(before, after):
        return mark_of(Element.PAYMENT_CARD)
    pieces: list[str] = []
    done = here = 0
    while here < len(groups):
        count = next(_card_groups(run, groups, here), 0)
        first, last = here == 0, here + count == len(groups)
        if count and _stands_alone(before if first else "", after if last else ""):
            pieces += (run[done : groups[here][0]], mark_of(Element.PAYMENT_CARD))
            done = groups[here + count - 1][1]
        here += max(count, 1)
    return "".join((*pieces, run[done:]))


def _card_groups(run: str, groups: list[tuple[int, int]], here: int) -> Iterator[int]:
    """How many groups from one on are a card, grouped as cards are."""
    for grouping in _GROUPINGS:
        some = groups[here : here + len(grouping)]
        if tuple(end - start for start, end in some) == grouping and _is_card(run[some[0][0] : some[-1][1]]):
            yield len(grouping)


def _is_card(run: str) -> bool:
    if len(run) > 2 * _LENGTHS.stop:
        return False
    digits = run.replace(" ", "").replace("-", "")
    return len(digits) in _LENGTHS and bool(luhn.is_valid(digits))


def _stands_alone(before: str, after: str) -> bool:
    """The digits are no part of a word of Latin letters, such as a checksum, and no part of a number with a point."""
    return not re.search(r"[A-Za-z_]$|[0-9][.,]$", before) and not re.match(r"[A-Za-z_]|[.,][0-9]", after)


# -- IP addresses ---------------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"(?<![\w:.])[0-9A-Fa-f:.]+(?![\w:.])")
_WITH_PORT = re.compile(r"((?:[0-9]{1,3}\.){3}[0-9]{1,3})(:[0-9]{1,5})?[.:]*")


def _without_ips(text: str) -> str:
    return _ADDRESS.sub(_address_hidden, text)


def _address_hidden(match: re.Match[str]) -> str:
    run = match[0]
    if len(run) > 50 or not any(letter.isdigit() for letter in run):
        return run
    ends = [found.end(1)] if (found := _WITH_PORT.fullmatch(run)) else [len(run), len(run.rstrip(".")), len(run) - 1]
    end = next((end for end in ends if masked_ip(run[:end]) is not None), 0)
    return mark_of(Element.IP_ADDRESS) + run[end:] if end else run


#: How each element of SCRUBBED is taken out of a text, in this order: a credential may look like anything.
SCRUBBERS: dict[str, Callable[[str], str]] = {
    Element.CREDENTIAL.value: _without_credentials,
    Element.EMAIL.value: _without_addresses,
    Element.PAYMENT_CARD.value: _without_cards,
    Element.IP_ADDRESS.value: _without_ips,
}
