"""What a hosting company's public privacy policy promises, and which of the shipped rules serve each promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wesretain.demo import shipped_policies
from wesretain.model.inventory import Element, TableEntry
from wesretain.model.rule import Category, Rule
from wesretain.policy.load import load_files

_INVENTORY = Path(__file__).parents[1] / "src" / "wesretain" / "demo" / "inventory.yaml"


@dataclass(frozen=True)
class Promise:
    """One row of the policy, in our words; the rules that serve it, by name; what else does; and what does not yet.

    `every` says that all rules serve it.
    """

    number: str
    text: str
    rules: tuple[str, ...] = ()
    every: bool = False
    otherwise: str = ""
    not_yet: str = ""


PROMISES = (
    Promise(
        "S1",
        "Personal information is collected: about clients, their firms' contacts, payments and visits.",
        (
            *(
                "silent-guests",
                "former-customers",
                "former-contacts",
                "expired-cards",
                "orders",
                "abandoned-orders",
                "invoices",
            ),
            *("login-records", "page-views", "ended-domains"),
        ),
        otherwise="The inventory knows each element; see below where it lies. `wesretain inventory --discover` finds"
        " them in a database that nobody has described.",
    ),
    Promise(
        "S2",
        "What people write is collected: e-mails, letters, forum posts, testimonials and the like.",
        (
            *("closed-tickets", "e-mails", "letters", "chats", "testimonials", "forum-authors", "forum-addresses"),
            "expired-bans",
        ),
    ),
    Promise(
        "S3",
        "Server information is collected: licences, addresses, systems, functions in use; for support also logins.",
        (
            *("ended-services", "retired-servers", "expired-certificates", "licence-checks", "unlicensed-software"),
            *("feature-usage", "handed-over-logins", "logins-in-posts", "logins-in-e-mails"),
            "logins-in-chats",
        ),
        not_yet="Passwords inside attached files, and in the subjects of tickets.",
    ),
    Promise(
        "S4",
        "Data that leads to nobody may be used for any reason.",
        ("page-statistics", "feature-statistics", "uptime-samples", "job-history"),
        otherwise="`validate` refuses the category where the inventory lists an element that leads to a person;"
        " `wesretain inventory --check` looks at the rows themselves.",
    ),
    Promise(
        "S5",
        "Data of a child under 13 is erased quickly, unless a law forbids it; minors need a parent's approval.",
        ("children", "children-kept-by-law", "minors-without-approval"),
        not_yet="What comes in later about a child whose invoice a law keeps: it goes by its ordinary rule.",
        otherwise="`wesretain records children` names who is left, and the law or hold that is the reason.",
    ),
    Promise(
        "S6",
        "Data is used for named purposes only.",
        every=True,
        otherwise="`validate` insists on a purpose and a basis.",
    ),
    Promise(
        "S7",
        "Data stays as long as its purpose needs, and longer only by law or with the person's agreement.",
        every=True,
        otherwise="By law: `invoices`, `orders`. By agreement: `silent-guests`, `testimonials`.",
    ),
    Promise(
        "S8",
        "What is no longer needed is regularly erased.",
        every=True,
        otherwise="`wesretain apply --yes`, every night; exit status 0 means that everything due was done.",
    ),
    Promise(
        "S9",
        "Who has opted out of marketing may be kept on file, so as not to be written to again.",
        ("opt-outs", "unconfirmed-subscribers"),
        not_yet="A report of people who have opted out and come back.",
    ),
    Promise(
        "S10",
        "Data may lie at the office and in data centres elsewhere.",
        otherwise="The inventory records the location and the processor of each database, and to whom tables are"
        " disclosed; `wesretain inventory` and the report list what crosses a border.",
    ),
    Promise(
        "S11",
        "Data is guarded against loss, misuse and change.",
        otherwise="`prepare` grants the least rights; no message holds a secret or a row's value; evidence is chained.",
    ),
    Promise("S12", "A person can have data corrected.", not_yet="All of it."),
    Promise(
        "S13",
        "A person can ask for access, erasure, restriction, portability, and can object.",
        otherwise="A hold on the person restricts: nothing of theirs is deleted or redacted while it stands.",
        not_yet="Requests with a clock, an outcome and a ground.",
    ),
    Promise(
        "S14",
        "Cookies are strictly necessary, functional, or analytical.",
        ("sessions", "preferences", "page-views", "cookie-consents"),
    ),
    Promise(
        "S15",
        "Data is disclosed only where service, law or a legitimate interest needs it.",
        ("disclosures",),
        otherwise="A hold by matter keeps what a court or the police have asked for.",
    ),
    Promise(
        "S16",
        "Forum posts and testimonials are public, and were entered by the person.",
        ("forum-authors", "forum-addresses", "testimonials"),
        otherwise="They stay, and lose their author.",
    ),
    Promise(
        "S17",
        "Data of a domain's registration is public in the registry.",
        ("ended-domains", "ended-services"),
        otherwise="`published` says which contacts a registry shows; what it shows is out of reach.",
    ),
)


@dataclass(frozen=True)
class Shipped:
    """The shipped policies, and what the sample company's tables hold."""

    rules: tuple[Rule, ...]
    tables: tuple[TableEntry, ...]


def shipped() -> Shipped:
    """Read them.

    Raises:
        ValueError: where they are not sound, or `PROMISES` names a rule that is not among them.
    """
    loaded = load_files(sorted(shipped_policies().glob("*.yaml")), inventory=_INVENTORY)
    if loaded.inventory is None or loaded.problems:
        raise ValueError("the shipped policies are not sound; see `wesretain validate`")
    unknown = {name for promise in PROMISES for name in promise.rules} - {rule.name for rule in loaded.rules}
    if unknown:
        raise ValueError(f"promises name rules that are not shipped: {sorted(unknown)}")
    return Shipped(loaded.rules, tuple(entry for each in loaded.inventory.databases for entry in each.tables))


def promise_rows() -> Iterator[tuple[str, str, str, str]]:
    """Each promise, the rules that serve it, and what does not serve it yet."""
    for promise in PROMISES:
        served = ["every rule"] if promise.every else [_linked(name) for name in promise.rules]
        parts = [", ".join(served), promise.otherwise]
        yield promise.number, promise.text, "<br>".join(filter(None, parts)), promise.not_yet


def rule_rows(found: Shipped, category: Category) -> Iterator[tuple[str, ...]]:
    """Each rule of a category in a line, as a privacy office would read it."""
    for rule in found.rules:
        if rule.category is category:
            then = f"{rule.period}{f' after `{rule.after}`' if rule.after else ''}, then {rule.then.value}"
            why = f"{rule.purpose}; {rule.basis}" + (f"<br>**law:** {rule.law}" if rule.law else "")
            serves = ", ".join(promise.number for promise in PROMISES if rule.name in promise.rules)
            yield f'<a id="{rule.name}"></a>`{rule.name}`', rule.title, f"`{rule.table.name}`", then, why, serves


def element_rows(found: Shipped) -> Iterator[tuple[str, str, str]]:
    """Each element that leads to a person, the columns that hold it, and the rules on their tables."""
    for element in Element:
        tables = [entry for entry in found.tables if any(element in each for _, each in entry.columns)]
        if tables and element is not Element.NONE:
            columns = (
                f"{entry.name.name}.{name}" for entry in tables for name, each in entry.columns if element in each
            )
            rules = dict.fromkeys(name for entry in tables for name in _rules_on(found, entry))
            yield f"`{element}`", ", ".join(f"`{name}`" for name in columns), ", ".join(map(_linked, rules))


def _rules_on(found: Shipped, entry: TableEntry) -> Iterator[str]:
    """The rules on a table; where there are none, those that take its rows along."""
    own = [rule.name for rule in found.rules if rule.table == entry.name]
    along = (rule.name for rule in found.rules if any(line.path[-1] == entry.name.name for line in rule.with_))
    yield from own or along


def _linked(rule: str) -> str:
    return f"[`{rule}`](#{rule})"
