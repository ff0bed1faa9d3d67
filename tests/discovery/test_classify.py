"""How the evidence of names and that of values is weighed: a table of columns, and what is told of each."""

from __future__ import annotations

import hashlib
import json

import pytest

from wesretain.discovery.classify import Classifier
from wesretain.discovery.sampling import Sample
from wesretain.model.finding import Finding, Nest, Secret, Sureness
from wesretain.model.inventory import Element
from wesretain.model.schema import Column, Kind, Table
from wesretain.policy.elements import shipped_elements

CLASSIFIER = Classifier(shipped_elements())
PROVEN, LIKELY, WEAK = Sureness.PROVEN, Sureness.LIKELY, Sureness.WEAK

EMAILS = [f"u{n}@mail{n}.test" for n in range(9)]
IPS = [f"192.0.2.{n}" for n in range(9)] + ["2001:db8::7"]
AGENTS = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in range(100, 109)]
CARDS = ["4111 1111 1111 1111", "5555555555554444", "378282246310005", "4012888888881881"]
HASHES = ["$2y$10$" + hashlib.sha256(str(n).encode()).hexdigest()[:53] for n in range(6)]
HEX = [hashlib.md5(str(n).encode()).hexdigest() for n in range(9)]
PROSE = [f"Please call me back, the server number {n} is down again." for n in range(9)]
NUMBERS = [str(n) for n in range(9)]


def findings(name: str, kind: Kind, values: list[str | None], table: str = "t", declared: str = "") -> list[Finding]:
    column = Column(name, kind, declared=declared)
    sample = Sample((column,), tuple((value,) for value in values))
    return list(CLASSIFIER.findings(Table(None, table, (column,)), sample))


def told(found: list[Finding]) -> list[tuple[Element, Sureness]]:
    return [(each.element, each.sureness) for each in found]


@pytest.mark.parametrize(
    ("name", "kind", "values", "element", "sureness"),
    [
        # Values alone prove what hardly anything else looks like.
        ("x7", Kind.TEXT, EMAILS, Element.EMAIL, PROVEN),
        ("x7", Kind.TEXT, IPS, Element.IP_ADDRESS, PROVEN),
        ("x7", Kind.TEXT, AGENTS, Element.BROWSER, PROVEN),
        ("x7", Kind.TEXT, HASHES, Element.CREDENTIAL, PROVEN),
        ("x7", Kind.TEXT, CARDS, Element.PAYMENT_CARD, PROVEN),
        (
            "x7",
            Kind.TEXT,
            ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "NL91ABNA0417164300"],
            Element.BANK_ACCOUNT,
            PROVEN,
        ),
        # Some of them make it likely.
        ("x7", Kind.TEXT, [*EMAILS[:3], *["nobody"] * 1, *[f"nobody {n}" for n in range(9)]], Element.EMAIL, LIKELY),
        # A name alone makes it likely, whether or not there are values.
        ("last_name", Kind.TEXT, [], Element.NAME, LIKELY),
        ("last_name", Kind.TEXT, ["Miller", "O'Neill", "李", "Åström"], Element.NAME, LIKELY),
        ("email", Kind.TEXT, [], Element.EMAIL, LIKELY),
        ("password", Kind.TEXT, [], Element.CREDENTIAL, LIKELY),
        # Both together prove what values alone could not.
        ("birth_date", Kind.DATE, ["1990-01-01", "1985-12-31", "2001-02-03"], Element.DATE_OF_BIRTH, PROVEN),
        ("phone", Kind.TEXT, ["+60 3 2161 1234", "+49 30 901820", "+1 212 555 0100"], Element.TELEPHONE, PROVEN),
        ("phone", Kind.TEXT, ["03-2161 1234", "030/901820"], Element.TELEPHONE, LIKELY),
        ("nric", Kind.TEXT, ["880101-14-5151", "751231-10-5052"], Element.NATIONAL_ID, PROVEN),
        ("vat_id", Kind.TEXT, ["DE136695976", "NL004495445B01"], Element.TAX_ID, PROVEN),
        ("screen", Kind.TEXT, ["1920x1080", "375x667"], Element.SCREEN, PROVEN),
        ("os", Kind.TEXT, ["Windows 10", "Android 14"], Element.OPERATING_SYSTEM, PROVEN),
        # Addresses of the Internet have many shapes.
        ("ip", Kind.BINARY, ["\\xc0000201", "\\x7f000001"], Element.IP_ADDRESS, PROVEN),
        ("ip", Kind.BINARY, ["\\x" + "20010db8" + "0" * 24], Element.IP_ADDRESS, PROVEN),
        ("ip", Kind.INTEGER, ["3221225985", "2130706433", "3232235777", "167772161"], Element.IP_ADDRESS, PROVEN),
        # Many a program keeps texts as bytes.
        ("x7", Kind.BINARY, ["\\x" + email.encode().hex() for email in EMAILS], Element.EMAIL, PROVEN),
        ("user_email", Kind.BINARY, ["\\x" + email.encode().hex() for email in EMAILS], Element.EMAIL, PROVEN),
        ("note", Kind.TEXT, PROSE, Element.FREE_TEXT, LIKELY),
        # And SQLite keeps them in columns of any type, or of none.
        ("x7", Kind.OTHER, EMAILS, Element.EMAIL, PROVEN),
        ("x7", Kind.JSON, EMAILS, Element.EMAIL, PROVEN),
        ("x7", Kind.INTEGER, EMAILS, Element.EMAIL, PROVEN),
        ("note", Kind.OTHER, PROSE, Element.FREE_TEXT, LIKELY),
    ],
)
def test_what_is_told(name: str, kind: Kind, values: list[str | None], element: Element, sureness: Sureness) -> None:
    assert (element, sureness) in told(findings(name, kind, values))


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        # Names that say it, and values that say that it is something else.
        ("email", Kind.TEXT, ["yes", "no", "daily", "weekly", "never"]),
        ("phone", Kind.TEXT, ["home", "work", "none", "fax only", "any"]),
        ("ip", Kind.INTEGER, NUMBERS),
        ("screen", Kind.TEXT, ["login", "settings", "start", "help", "about"]),
        ("password", Kind.TEXT, ["0", "1"]),
        ("token", Kind.TEXT, ["queued", "running", "done", "failed", "new"]),
        ("birthday", Kind.BOOLEAN, ["true"]),
        # What looks like something by chance.
        ("version", Kind.TEXT, ["1.2.3", "1.2.4", "2.0"]),
        ("serial", Kind.INTEGER, [str(10**13 + n * 7919) for n in range(60)]),
        ("created", Kind.LOCAL_TIME, ["2026-01-01 00:00:00"]),
        ("title", Kind.TEXT, ["A chair", "A table", "A lamp"]),
        ("amount", Kind.DECIMAL, ["4111.11", "12.50"]),
        ("data", Kind.BINARY, ["\\x0001", "\\xffd8ff"]),
        ("name", Kind.TEXT, ["red", "green", "blue", "black"]),
        ("status", Kind.TEXT, ["open", "closed"]),
    ],
)
def test_what_is_not_told(name: str, kind: Kind, values: list[str | None]) -> None:
    assert [each for each in findings(name, kind, values) if each.sureness is not WEAK] == []


def test_a_type_of_its_own_proves_an_address() -> None:
    assert told(findings("x7", Kind.OTHER, ["192.0.2.1"], declared="inet")) == [(Element.IP_ADDRESS, PROVEN)]


@pytest.mark.parametrize(
    ("values", "secret"),
    [(HASHES, Secret.HASH), (HEX, Secret.HASH), (["hunter2", "letmein", "s3cret!"], Secret.PLAINTEXT), ([], None)],
)
def test_sorts_of_passwords(values: list[str | None], secret: Secret | None) -> None:
    found = findings("password", Kind.TEXT, values)
    assert [(each.element, each.secret) for each in found] == [(Element.CREDENTIAL, secret)]


def test_identifiers_of_sessions() -> None:
    found = findings("id", Kind.TEXT, list(HEX), table="sessions")
    assert [(each.element, each.secret) for each in found] == [(Element.CREDENTIAL, Secret.SESSION)]


KEY = (
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\n"
    "-----END RSA PRIVATE KEY-----"
)


def test_a_few_words_that_come_again_are_codes() -> None:
    """Sentences are told as texts, even where somebody pastes the same again and again."""
    codes, sentences = ["Refund", "Invoice paid"], ["Please call me back today", "We will look into it soon"]
    assert told(findings("comment", Kind.TEXT, codes * 10)) == [(Element.FREE_TEXT, WEAK)]
    assert told(findings("comment", Kind.TEXT, codes)) == [(Element.FREE_TEXT, LIKELY)]
    assert told(findings("comment", Kind.TEXT, sentences * 10)) == [(Element.FREE_TEXT, LIKELY)]


def test_three_values_outweigh_a_name_where_they_come_again() -> None:
    assert findings("screen", Kind.TEXT, ["salary", "contact", "personal"] * 10) == []
    assert told(findings("screen", Kind.TEXT, ["salary", "contact", "personal"])) == [(Element.SCREEN, LIKELY)]


def test_a_document_is_no_secret_for_its_name() -> None:
    """Its members are, if anything is: a cart in a session. One of ciphers is as much a secret as these."""
    carts = [json.dumps({"cart": {"items": n}}) for n in range(9)]
    ciphers = [json.dumps({"p": HEX[n], "iv": HEX[n][:9]}) for n in range(9)]
    assert findings("session_data", Kind.TEXT, list(carts)) == []
    assert (Element.CREDENTIAL, LIKELY) in told(findings("otp_secret", Kind.TEXT, list(ciphers)))


def test_a_name_before_an_address() -> None:
    found = findings("x7", Kind.TEXT, [f"Ada Byron <ada{n}@mail.test>" for n in range(5)])
    assert [(each.nest, each.sureness) for each in found if each.element is Element.NAME] == [(Nest.TEXT, LIKELY)]
    found = findings("x7", Kind.TEXT, [f"<ada{n}@mail.test> 5" for n in range(5)])
    assert Element.NAME not in {each.element for each in found}


def test_addresses_that_nothing_names_within_documents() -> None:
    found = findings("log_data", Kind.TEXT, [f'a:1:{{i:0;s:12:"u{n}@mail.test";}}' for n in range(9)])
    assert [(each.element, each.nest, each.member) for each in found] == [(Element.EMAIL, Nest.PHP, "")]


def test_a_name_that_takes_a_neighbour_within_documents() -> None:
    """`name` beside an address is that of a person, and that of a product is not."""
    orders = [json.dumps({"to": {"name": "Ada", "email": EMAILS[n]}, "item": {"name": "Chair"}}) for n in range(9)]
    found = [each.member for each in findings("payload", Kind.TEXT, list(orders)) if each.element is Element.NAME]
    assert found == ["to.name"]


def test_some_addresses_among_others_under_that_name() -> None:
    marks = [f"deleted-{n}" for n in range(30)]
    assert told(findings("email", Kind.TEXT, [*EMAILS, *marks])) == [(Element.EMAIL, LIKELY)]


def test_numbers_may_be_secrets() -> None:
    pins = [str(1000 + n * 7) for n in range(30)]
    assert told(findings("pin", Kind.INTEGER, list(pins))) == [(Element.CREDENTIAL, LIKELY)]
    assert findings("token", Kind.INTEGER, list(NUMBERS)) == []
    assert findings("session_id", Kind.INTEGER, []) == []
    assert findings("session", Kind.INTEGER, [str(10**9 + n) for n in range(30)]) == []


def test_what_other_tables_call_the_values() -> None:
    columns = (Column("field_id", Kind.INTEGER), Column("value", Kind.TEXT))
    rows = [(str(n % 2), f"+49 30 90182{n}" if n % 2 else "red") for n in range(20)]
    called = tuple("Mobile" if field == "1" else "Favourite colour" for field, _ in rows)
    found = CLASSIFIER.findings(Table(None, "answers", columns), Sample(columns, tuple(rows)), (called,))
    assert [(each.column, each.element, each.nest) for each in found] == [("value", Element.TELEPHONE, Nest.ROWS)]


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("My password: hunter2 does not work", {Element.CREDENTIAL}),
        ("Write to ada@mail.test please", {Element.EMAIL}),
        ("It comes from 192.0.2.7 each night", {Element.IP_ADDRESS}),
        ("Charge 4111 1111 1111 1111 for it", {Element.PAYMENT_CARD}),
        (f"Here is the key\n{KEY}\nfor root", {Element.CREDENTIAL}),
        ("ssh root@192.0.2.7 password Tr0ub4dor", {Element.CREDENTIAL, Element.IP_ADDRESS}),
        ("Nothing of the kind here", set()),
    ],
)
def test_what_stands_within_texts(text: str, elements: set[Element]) -> None:
    found = [each for each in findings("body", Kind.TEXT, [*PROSE, text]) if each.nest is Nest.TEXT]
    assert {each.element for each in found if each.element is not Element.EMAIL or "@mail" in text} == elements
    assert all(each.sureness is LIKELY for each in found)


@pytest.mark.parametrize(
    ("document", "member", "element"),
    [
        ({"customer": {"email": "ada@mail.test"}}, "customer.email", Element.EMAIL),
        ({"Ada Miller": [{"ip": "192.0.2.1"}, {"ip": "192.0.2.2"}]}, "ip", Element.IP_ADDRESS),
        ({"auth": {"api_key": HEX[0]}}, "auth.api_key", Element.CREDENTIAL),
        ({"first_name": "Ada"}, "first_name", Element.NAME),
        ({"9": {"dob": "1990-01-01"}}, "dob", Element.DATE_OF_BIRTH),
    ],
)
@pytest.mark.parametrize("kind", [Kind.JSON, Kind.TEXT])
def test_members_of_documents(document: object, member: str, element: Element, kind: Kind) -> None:
    texts: list[str | None] = [json.dumps(document) + " " * blanks for blanks in range(3)]
    found = [each for each in findings("attribs", kind, texts) if each.element is element]
    assert [(each.nest, each.member) for each in found] == [(Nest.JSON, member)]


def test_names_that_are_values_are_not_told() -> None:
    """Documents whose members are called by what a person is called, or by an address."""
    texts: list[str | None] = [
        json.dumps({f"Ada Zwetschge{n}": {"email": f"ada{n}@mail.test"}, f"ada{n}@mail.test": "192.0.2.1"})
        for n in range(9)
    ]
    found = findings("attribs", Kind.TEXT, texts)
    assert Element.EMAIL in {each.element for each in found}
    assert "Zwetschge" not in f"{found}"
    assert "@" not in f"{found}"


def test_rows_of_names_and_values() -> None:
    """The name in a row says what its value is."""
    columns = (Column("user_id", Kind.INTEGER), Column("meta_key", Kind.TEXT), Column("meta_value", Kind.TEXT))
    kinds = (("first_name", "Ada"), ("colour", "red"), ("smtp_pass", "s3cret!x"))
    rows = tuple((str(n), name, f"{value}{n}") for n in range(4) for name, value in kinds)
    found = CLASSIFIER.findings(Table(None, "usermeta", columns), Sample(columns, rows))
    assert {(each.column, each.element, each.nest, each.member) for each in found} == {
        ("meta_value", Element.NAME, Nest.ROWS, "first_name"),
        ("meta_value", Element.CREDENTIAL, Nest.ROWS, "smtp_pass"),
    }


def test_a_place_counts_beside_an_address() -> None:
    """A state is mostly something else."""

    def elements(*names: str) -> dict[str, Element]:
        columns = tuple(Column(name, Kind.TEXT) for name in names)
        found = CLASSIFIER.findings(Table(None, "orders", columns), Sample(columns))
        return {each.column: each.element for each in found if each.sureness is not WEAK}

    assert elements("state", "city") == {}
    assert set(elements("state", "city", "postal_code").values()) == {Element.POSTAL_ADDRESS}
    assert len(elements("state", "city", "postal_code")) == 3


def test_no_evidence_holds_a_value() -> None:
    secret = "Zwetschgenkn\u00f6del@mail.test"
    for name in ("email", "x7", "password", "note"):
        for found in findings(name, Kind.TEXT, [secret, f"{secret} and more words", *EMAILS]):
            assert "Zwetschgen" not in f"{found}"
