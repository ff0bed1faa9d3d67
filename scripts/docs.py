"""Writes the generated pages of the manual: the templates in `manual/`, filled in from the code itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import click
import policy_coverage as coverage

from wesretain.cli import wesretain
from wesretain.coverage import GAPS
from wesretain.model.formats import FORMATS
from wesretain.model.inventory import Element
from wesretain.model.rule import Category, Disposition, RowFate
from wesretain.model.standing import Standing
from wesretain.model.traits import OwnCheck
from wesretain.policy import definitions
from wesretain.policy.manual import PAGES
from wesretain.policy.schemas import json_schema
from wesretain.policy.shape import Definition

ROOT = Path(__file__).parents[1]
MANUAL = Path(__file__).with_name("manual")
NOTICE = "*This page is made from the code by `make docs`; edit `scripts/manual/` or the code, not this file.*"

DEFINITIONS = {each.name: each for each in vars(definitions).values() if isinstance(each, Definition)}
#: An example of every key of each definition, as it stands after the colon. A test reads each of them.
EXAMPLES: dict[str, dict[str, str]] = {
    "policy": {
        "version": "1",
        "category": "personal",
        "purpose": "customer support",
        "basis": "contract",
        "database": "helpdesk",
        "rules": "{closed-tickets: {…}}",
    },
    "rule": {
        "title": "Support tickets, with their threads",
        "category": "user_communications",
        "table": "helpdesk.tickets",
        "where": "{state: closed}",
        "keep": "2 years",
        "after": "closed",
        "then": "delete",
        "columns": '{name: "", phone: null}',
        "with": "{threads: delete}",
        "purpose": "customer support",
        "basis": "contract",
        "law": "Companies Act 2016 (Malaysia), s. 245",
        "protects": "[number, total]",
        "agreed until": "agreed_until",
        "overrides": "[silent-guests]",
        "may empty the table": "true",
    },
    "inventory": {"databases": "{helpdesk: {…}}"},
    "database": {
        "location": "Kuala Lumpur, MY",
        "processor": "own",
        "zone": "UTC",
        "category": "server",
        "subjects": "none",
        "tables": "{tickets: {…}}",
    },
    "table": {
        "category": "user_communications",
        "subjects": "[sender, receiver]",
        "links": "{client: {to: clients, by: client_id}}",
        "clocks": "{closed: {format: iso}}",
        "columns": "{id: none, client_id: identifier, notes: [free_text, credential]}",
        "disclosed to": '"domain registries, US"',
        "key": "none",
    },
    "link": {
        "to": "clients",
        "by": "client_id",
        "on": "{client_number: number}",
        "nobody": "0",
        "when": "{object_type: T}",
        "where": "{deleted: 0}",
    },
    "clock": {
        "format": "epoch seconds",
        "zone": "Asia/Kuala_Lumpur",
        "undated": "[0, null]",
        "never": '"9999-12-31"',
        "expires": "true",
        "floor": "1990-01-01",
        "counts from": "start",
    },
    "configuration": {
        "organisation": "Example Ltd",
        "location": "Kuala Lumpur, MY",
        "zone": "Asia/Kuala_Lumpur",
        "inventory": "inventory.yaml",
        "policies": "policies",
        "elements": "elements.yaml",
        "ledger": "/var/lib/wesretain/ledger.db",
        "ledger password": "{env: LEDGER_PASSWORD}",
        "ledger tls": "{mode: verify-full}",
        "ledger keep": "7 years",
        "limits": "{rows per rule: 10000}",
        "keys": "{contacts: {env: WESRETAIN_KEY_CONTACTS}}",
        "databases": "{helpdesk: {…}}",
    },
    "connection": {
        "url": "postgresql://wesretain@db.example/helpdesk",
        "scan_url": "postgresql://reader@db.example/helpdesk",
        "apply_url": "postgresql://eraser@db.example/helpdesk",
        "password": "{env: HELPDESK_PASSWORD}",
        "apply_password": "{file: /etc/wesretain/helpdesk}",
        "tls": "{mode: verify-full}",
        "replicas": "{lag: 10 s}",
        "discover": '"tenant_*"',
    },
    "replicas": {
        "lag": "10 s",
        "urls": "[mariadb://eraser@replica.example/helpdesk]",
    },
    "tls": {
        "mode": "verify-full",
        "ca": "/etc/ssl/certs/ca-certificates.crt",
        "certificate": "/etc/wesretain/client.crt",
        "key": "/etc/wesretain/client.key",
    },
    "elements": {
        "words": "{person: [tenant, landlord]}",
        "elements": "{national_id: {…}}",
    },
    "words": {
        "person": "[tenant, landlord]",
        "visit": "[impression]",
        "about": "[revoked]",
        "asks": "[wants]",
        "endings": "[masked]",
        "nothing": "[stage name]",
        "key column": "[trait]",
        "value column": "[reading]",
        "time": "[epoch]",
        "role": "[landlord]",
        "staff": "[caretaker]",
        "clerk": "[stamped]",
        "machine": "[printer]",
        "mark": "[my]",
        "sensitive": "[allergy]",
        "personal": "[lease]",
        "server": "[router]",
        "user_communications": "[petition]",
    },
    "trait": {
        "types": "[text, integer]",
        "names": "[tenant number]",
        "maybe": "[tn]",
        "beside": "[series]",
        "neighbours": "[name]",
        "looks": "'[A-Z]{2}[0-9]{6}'",
        "checks": "[my.nric]",
    },
    "limits": {
        "rows per rule": "10000",
        "share per rule": "10%",
        "rows per run": "none",
        "growth per rule": "3",
    },
}

#: Each operator, an example of a whole condition, and what it asks. A test reads each of them.
CONDITIONS = (
    ("", "{status: closed}", "equal, to the letter"),
    ("", "{status: [closed, archived]}", "equal to one of them"),
    ("is", "{phone: {is: present}}", "`null`; `empty`, which is null or an empty text; or `present`, which is neither"),
    ("not", "{status: {not: [open, new]}}", "the opposite; also before any other operator"),
    ("at most", "{total: {at most: 100}}", "a value up to and including this one"),
    ("at least", "{total: {at least: 1, less than: 100}}", "from this one on; several operators must all hold"),
    ("less than", "{attempts: {less than: 3}}", "below this one"),
    ("more than", "{attempts: {more than: 0}}", "above this one"),
    ("contains", "{subject: {contains: invoice}}", "the text stands somewhere in it"),
    ("starts with", "{email: {starts with: test}}", "the text stands at its start"),
    ("any case", "{folder: {any case: [spam, junk]}}", "equal, whatever the case"),
    ("older than", "{last_seen: {older than: 1 year}}", "the clock lies longer ago than this period"),
    (
        "younger than",
        "{born: {younger than: 13 years}}",
        "it lies no longer ago, and not ahead; of a date, completed years count",
    ),
    ("has", "{has: {orders: {state: paid}}}", "at least one row at the end of the path meets the condition"),
    ("has no", "{has no: [tickets, {orders: {state: active}}]}", "none does; a name by itself means any row"),
    ("any", "{any: [{kind: guest}, {email: {is: empty}}]}", "at least one of these conditions holds"),
)

PERIODS = (
    ("90 days", "also `1 day`"),
    ("12 weeks", ""),
    ("18 months", "by the calendar: 15 January and 6 months is 15 July"),
    ("7 years", ""),
    ("P7Y", "the same in ISO 8601; also `P90D`, `P12W`, `P18M`"),
    ("0 days", "only after a clock that the inventory declares as `expires: true`"),
    ("nothing", "at once; only with a `where`, and without `after`"),
)

CLOCKS = (
    ("closed", "a column of the rule's own table"),
    ("ticket.closed", "a column of the row to which a link leads"),
    (
        "{newest of: [last_seen, logins.at]}",
        "the latest of several, also in the rows of child tables",
    ),
)

REDACTIONS = (
    ("null", "NULL"),
    ('""', "this text or number; here, nothing"),
    ('{text: "erased-{id}@invalid"}', "a text made unique by key columns in braces"),
    (
        "{hash: contacts}",
        "a hash, keyed by the configuration: equal values stay equal, and lead back to nobody",
    ),
    ("{mask: ip}", "half of an IPv4 or IPv6 address"),
    (
        "{scrub: [credential, e-mail]}",
        "these elements are taken out of a text, and the rest stays",
    ),
)

FATES = {
    RowFate.DELETE: ("threads: delete", "it goes too; the rows below it need lines of their own"),
    RowFate.DELETE_IF_UNSHARED: (
        "threads.file: delete if unshared",
        "a row to which a link leads goes when nothing else points at it",
    ),
    RowFate.UNLINK: ("hours: unlink", "it stays, and loses the reference"),
    RowFate.KEEP: ("statistics: keep", "it stays as it is, and its reference leads nowhere"),
}
REDACT_FATE = ("quotes: {redact: {author: Deleted}}", "it stays, and these columns are redacted")

CATEGORIES = {
    Category.PERSONAL: "data about a person: name, addresses, date of birth, payment, visits",
    Category.SERVER: "data about machines and services: licences, addresses, functions in use, logins handed over",
    Category.USER_COMMUNICATIONS: "what people wrote: e-mail, letters, tickets, forum posts, testimonials",
    Category.NON_PERSONAL: "data that leads to nobody; `validate` refuses the word where the inventory says otherwise",
}

DISPOSITIONS = {
    Disposition.REPORT: "it is counted and shown; nothing happens to it",
    Disposition.HOLD: "it is put up for review: no rule removes it until somebody has decided",
    Disposition.REDACT: "it stays, and loses the values of some `columns`",
    Disposition.DELETE: "it goes, with the rows below it as `with` says",
}

STANDINGS = {
    Standing.UNCOVERED: "the rule's `where` does not match it",
    Standing.HELD: "a hold reaches it",
    Standing.UNDECIDABLE: "its clock says nothing, or a condition cannot be decided: it is kept, and shown",
    Standing.LAW: "a law that covers it has not run out",
    Standing.AGREED: "the person's agreement still runs",
    Standing.KEPT: "its period has not run out, or another rule that would remove it has not",
    Standing.BLOCKED: "a row below it must stay, or is not named in `with`",
    Standing.DUE: "none of these",
}

ELEMENTS = {
    Element.NAME: "of a person",
    Element.POSTAL_ADDRESS: "",
    Element.EMAIL: "an address for e-mail",
    Element.TELEPHONE: "",
    Element.DATE_OF_BIRTH: "its clock may lie before 1970",
    Element.NATIONAL_ID: "the number of an identity card",
    Element.PASSPORT: "",
    Element.TAX_ID: "",
    Element.PAYMENT_CARD: "",
    Element.BANK_ACCOUNT: "",
    Element.IP_ADDRESS: "",
    Element.BROWSER: "",
    Element.OPERATING_SYSTEM: "of a person's device, or of a customer's server",
    Element.SCREEN: "its resolution",
    Element.ISP: "the provider by which a person came",
    Element.PAGE_VISIT: "a page that a person looked at, when, and for how long",
    Element.LOCATION: "",
    Element.COMPANY: "the firm for which a person acts",
    Element.LICENCE_KEY: "the key of a software licence",
    Element.USERNAME: "",
    Element.CREDENTIAL: "a password, key or token",
    Element.IDENTIFIER: "the number of an account, customer or device, which leads to a person",
    Element.FREE_TEXT: "what people wrote; it may hold anything",
    Element.NONE: "nothing personal",
}


def policy_reference() -> str:
    """The reference of the policy language."""
    return _fill(
        "policy-reference.md",
        {
            "categories": lambda: _words("category", CATEGORIES),
            "conditions": _conditions,
            "periods": lambda: _table(("keep", ""), ((_code(text), meaning) for text, meaning in PERIODS)),
            "clocks": lambda: _table(("after", ""), ((_code(text), meaning) for text, meaning in CLOCKS)),
            "formats": _formats,
            "dispositions": lambda: _words("then", DISPOSITIONS),
            "redactions": lambda: _table(("target", "the column becomes"), ((_code(t), m) for t, m in REDACTIONS)),
            "fates": _fates,
            "standings": lambda: _table(("standing", ""), ((_code(s.word), STANDINGS[s]) for s in Standing)),
            "elements": lambda: _words("element", ELEMENTS),
            "checks": _checks,
            "pages": _pages,
            "gaps": _gaps,
            "own checks": lambda: ", ".join(f"`{check.value}`" for check in OwnCheck),
        },
    )


def _formats() -> str:
    """Each format with its manual page, which is the docstring of its class."""
    pages = []
    for word, format_ in FORMATS.items():
        examples = ", ".join(f"`{example}`" for example in format_.examples)
        pages.append(f"#### `{word}`\n\n{inspect.getdoc(type(format_))}\n\nSuch as {examples}.")
    return "\n\n".join(pages)


def commands() -> str:
    """The reference of the command line."""
    return _fill("commands.md", {"commands": _commands})


def policy_coverage() -> str:
    """Which promises of a public privacy policy the shipped policies serve."""
    shipped = coverage.shipped()
    heads = ("rule", "what", "table", "keep", "purpose; basis", "serves")
    rules = {
        f"rules {category}": partial(_table, heads, list(coverage.rule_rows(shipped, category)))
        for category in Category
    }
    return _fill(
        "policy-coverage.md",
        {
            "promises": lambda: _table(("", "promise", "served by", "not yet"), coverage.promise_rows()),
            "elements": lambda: _table(("element", "columns", "rules"), coverage.element_rows(shipped)),
            **rules,
        },
    )


PAGES_WRITTEN: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "policy-reference.md": policy_reference,
    ROOT / "docs" / "commands.md": commands,
    ROOT / "docs" / "policy-coverage.md": policy_coverage,
}


# -- filling in -----------------------------------------------------------------------------------------------------


def _fill(name: str, parts: dict[str, Callable[[], str]]) -> str:
    template = (MANUAL / name).read_text()
    known = {"notice": lambda: NOTICE, "contents": lambda: _contents(template)} | parts

    def part(match: re.Match[str]) -> str:
        kind, _, name = match[1].partition(": ")
        return _keys(name) if kind == "keys" else known[kind]()

    return re.sub(r"^\[\[(.+)\]\]$", part, template, flags=re.MULTILINE)


def _contents(template: str) -> str:
    titles = re.findall(r"^## (.+)$", template, re.MULTILINE)
    return "\n".join(f"* [{title}](#{anchor(title)})" for title in titles)


def anchor(title: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _keys(name: str) -> str:
    """A table of the keys that a definition knows."""
    rows = []
    for word, key in DEFINITIONS[name].keys.items():
        needed = "needed" if key.needed else ""
        rows.append((_code(word), needed, key.description, _code(f"{word}: {EXAMPLES[name][word]}")))
    return _table(("key", "", "what", "example"), rows)


def _words(head: str, meanings: dict[Any, str]) -> str:
    """A table of all words of an enumeration; one without a meaning is an error."""
    words: Iterable[StrEnum] = type(next(iter(meanings)))
    return _table((head, ""), ((_code(word.value), meanings[word]) for word in words))


def _conditions() -> str:
    tests = next(part for part in json_schema("policy")["$defs"]["test"]["anyOf"] if "properties" in part)
    missing = {*tests["properties"], "has", "has no", "any"} - {operator for operator, _, _ in CONDITIONS}
    assert not missing, f"operators without an example: {missing}"
    return _table(("where", "what it asks"), ((_code(example), meaning) for _, example, meaning in CONDITIONS))


def _fates() -> str:
    rows = [*(FATES[fate] for fate in RowFate), REDACT_FATE]
    return _table(("with", "the row at the end of the path"), ((_code(example), meaning) for example, meaning in rows))


def _checks() -> str:
    rows = ((f"[{page.id}](#{page.id})", page.level, page.text.splitlines()[0]) for page in PAGES)
    return _table(("identifier", "level", "what"), rows)


def _pages() -> str:
    return "\n\n".join(f"### {page.id}\n\n*{page.level.capitalize()}.* {page.text}" for page in PAGES)


def _gaps() -> str:
    return "\n\n".join(f"### {name}\n\n{inspect.getdoc(find)}" for name, find in GAPS.items())


def _commands() -> str:
    root = click.Context(wesretain, info_name="wesretain", terminal_width=80, **wesretain.context_settings)
    return "\n\n".join(_help(context) for context in _contexts(root))


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """A command, and the commands below it."""
    yield context
    command = context.command
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        if below := command.get_command(context, name):
            yield from _contexts(click.Context(below, context, below.name, terminal_width=80))


def _help(context: click.Context) -> str:
    """What `--help` prints in a terminal of 80 columns."""
    title = context.command_path
    return f"## {title}\n\n```console\n$ {title} --help\n{context.get_help()}\n```"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(heads), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"


if __name__ == "__main__":
    for path, page in PAGES_WRITTEN.items():
        path.write_text(page())
        print(f"wrote {path.relative_to(ROOT)}")
