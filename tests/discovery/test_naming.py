"""What the names of columns say."""

from __future__ import annotations

import pytest

from wesretain.discovery.naming import Names, Say, words_of
from wesretain.model.inventory import Element
from wesretain.policy.elements import shipped_elements

NAMES = Names(shipped_elements())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("first_name", "first name"),
        ("BillingPostalCode", "billing postal code"),
        ("comment_author_IP", "comment author ip"),
        ("IPAddress", "ip address"),
        ("address2", "address"),
        ("wp_users", "wp user"),
        ("categories", "category"),
        ("people", "person"),
        ("addresses", "address"),
        ("status", "status"),
        ("e-mail", "e mail"),
        ("Übergabe Straße", "übergabe straße"),
        ("42", ""),
        ("", ""),
    ],
)
def test_words(name: str, words: str) -> None:
    assert " ".join(words_of(name)) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("adminusername", "admin username"),
        ("userid", "user id"),
        ("regdate", "reg date"),
        ("clientipaddress", "client ipaddress"),
        ("tblclients", "tbl client"),
        # One part that nobody knows, and the word stays whole.
        ("ownership", "ownership"),
        ("relationship", "relationship"),
        ("location", "location"),
        ("android", "android"),
        ("xyzpassword", "xyzpassword"),
    ],
)
def test_words_that_are_written_together(name: str, words: str) -> None:
    assert " ".join(NAMES.words(name)) == words


@pytest.mark.parametrize(
    ("column", "table"),
    [
        ("eec_name", "hr_emp_emergency_contacts"),
        ("c_name", "customers"),
        ("name", "customers"),
        ("sc_name", "shop_contacts"),
    ],
)
def test_a_name_is_that_of_the_persons_in_the_table(column: str, table: str) -> None:
    """It needs no neighbour, and what repeats the table's initials says nothing."""
    assert [each.beside for each in NAMES.of(column, table) if each.element is Element.NAME] == [False]


def test_what_a_user_is_called_is_no_user_name() -> None:
    assert [each.element for each in NAMES.of("name", "users")] == [Element.NAME]
    assert [each.element for each in NAMES.of("user_name", "users")] == [Element.USERNAME]


@pytest.mark.parametrize(
    ("column", "table"), [("xyz_name", "customers"), ("eec_name", "products"), ("name", "colours")]
)
def test_a_name_may_be_of_anything(column: str, table: str) -> None:
    assert [each.beside for each in NAMES.of(column, table) if each.element is Element.NAME] in ([True], [])


@pytest.mark.parametrize(
    ("key", "value", "pair"),
    [
        ("name", "value", True),
        ("meta_key", "meta_value", True),
        ("pref_key", "pref_value", True),
        ("name", "effective_value", True),
        ("config_name", "config_value", True),
        ("field", "value_text", True),
        ("user_name", "value", False),
        ("pref_key", "config_value", False),
        ("name", "name", False),
        ("value", "name", False),
        ("name", "email", False),
        ("42", "value", False),
    ],
)
def test_columns_of_names_and_values(key: str, value: str, pair: bool) -> None:
    assert NAMES.are_a_pair(key, value) is pair


SURE = [
    *[("first_name", "", "name"), ("lastname", "", "name"), ("FullName", "", "name"), ("name", "customers", "name")],
    *[("email", "", "e-mail"), ("e_mail", "", "e-mail"), ("user_email", "wp_users", "e-mail")],
    *[("EmailAddress", "", "e-mail"), ("email_primary", "", "e-mail"), ("emel", "", "e-mail")],
    *[("ip", "", "ip_address"), ("comment_author_IP", "", "ip_address"), ("remote_addr", "", "ip_address")],
    *[("dob", "", "date_of_birth"), ("BirthDate", "", "date_of_birth"), ("date_of_birth", "", "date_of_birth")],
    *[("phone", "", "telephone"), ("MobileNumber", "", "telephone"), ("fax", "", "telephone")],
    *[("password_hash", "", "credential"), ("user_pass", "", "credential"), ("api_key", "", "credential")],
    *[("id", "sessions", "credential"), ("session_token", "", "credential"), ("activation_key", "", "credential")],
    *[("number", "cards", "payment_card"), ("cc_number", "", "payment_card"), ("iban", "", "bank_account")],
    *[("nric", "", "national_id"), ("passport_no", "", "passport"), ("vat_id", "", "tax_id")],
    *[("company", "", "company"), ("name", "companies", "company"), ("licence_key", "", "licence_key")],
    *[("key", "licences", "licence_key"), ("user_agent", "", "browser"), ("screen_resolution", "", "screen")],
    *[("referer", "", "page_visit"), ("url", "visits", "page_visit"), ("isp", "", "isp"), ("login", "", "username")],
    *[("adminpassword", "", "credential"), ("clientemail", "", "e-mail"), ("name", "tblclients", "name")],
    *[("comment_content", "", "free_text"), ("latitude", "", "location"), ("os_version", "", "operating_system")],
]


@pytest.mark.parametrize(("column", "table", "element"), SURE)
def test_names_that_say_it(column: str, table: str, element: str) -> None:
    said = NAMES.of(column, table)
    assert (said[0].element.value, said[0].say) == (element, Say.SURELY)


@pytest.mark.parametrize(
    ("column", "table"),
    [
        *[("email_verified", ""), ("email_verified_at", ""), ("send_email", ""), ("has_password", "")],
        *[("password_changed_at", ""), ("phone_type", ""), ("address_id", ""), ("mac_address", "")],
        *[("file_name", ""), ("domain_name", ""), ("card_type", ""), ("session_count", ""), ("is_company", "")],
        *[("ip_version", ""), ("public_key", ""), ("status", ""), ("created_at", ""), ("price", ""), ("", "")],
        *[("comment_count", ""), ("comment_status", ""), ("num_emails", ""), ("email_template", "")],
    ],
)
def test_names_that_tell_of_it_and_are_not_it(column: str, table: str) -> None:
    assert NAMES.of(column, table) == ()


def test_the_last_word_is_the_head() -> None:
    """A password of an e-mail account is a password."""
    assert NAMES.of("user_email_password")[0].element is Element.CREDENTIAL
    assert NAMES.of("password_email")[0].element is Element.EMAIL


@pytest.mark.parametrize(
    ("table", "persons"),
    [
        *[("customers", True), ("wp_users", True), ("Employee", True), ("tbl_client", True), ("staff", True)],
        *[("user_roles", False), ("customer_orders", False), ("films", False), ("", False)],
    ],
)
def test_tables_of_persons(table: str, persons: bool) -> None:
    assert NAMES.is_of_persons(table) is persons
