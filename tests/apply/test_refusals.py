"""What a live database refuses is told with the place in the file that is to be mended, and with the mend."""

from __future__ import annotations

import pytest

from apply.company import Company

INVENTORY = "databases: {shop: {zone: UTC, tables: {cards: {category: personal, subjects: none}}}}\n"
REDACT = "table: shop.cards, keep: 1 year, after: closed, then: redact, may empty the table: true"
#: A column, a rule on it with a mark before what is to be mended, and the mend.
CASES = (
    ("x DATE", f'{REDACT}, |columns: {{x: "1900-02-30"}}', 'write it as "1970-01-02"'),
    ("x TIME", f'{REDACT}, |columns: {{x: "1900-01-01 25:00"}}', 'write it as "1970-01-02 00:00:00"'),
    ("x TEXT", f"{REDACT}, |columns: {{x.phone: {{mask: ip}}}}", "use `null` or a text that is always the same"),
)
#: A column's type, what it is to become, and the mend.
OF_MARIADB = (
    ("ENUM('gone', 'here')", "null", "write one of its values"),
    ("ENUM('gone', 'here')", '{text: "{id}"}', "write one of its values, or use `null`"),
    ("VARBINARY(4)", '"12345"', "write a shorter text, or use `null`"),
)


def check_refusal(shop: Company, column: str, rule: str, mend: str) -> None:
    shop.inventory, shop.rules = INVENTORY, f"  cards: {{{rule.replace('|', '')}}}\n"
    shop.build({}, f"CREATE TABLE cards (id INTEGER PRIMARY KEY, closed TIME, {column})")
    line, place = 6, len("  cards: {") + rule.index("|") + 1
    answer = shop.call("scan", "--as-of", "2026-07-01")
    assert answer.code == 5
    (told,) = (each for each in answer.out.splitlines() if "refused: " in each)
    assert told.startswith(f"  cards: refused: policy.yaml:{line}:{place}: ")
    assert told.partition("; ")[2].startswith(mend)


@pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("column", "rule", "mend"), CASES)
def test_the_place_and_the_mend(shop: Company, column: str, rule: str, mend: str) -> None:
    check_refusal(shop, column, rule, mend)


@pytest.mark.parametrize("engine_url", ["mariadb"], indirect=True)
@pytest.mark.parametrize(("kind", "target", "mend"), OF_MARIADB)
def test_the_same_of_what_mariadb_declares(shop: Company, kind: str, target: str, mend: str) -> None:
    check_refusal(shop, f"x {kind} NOT NULL", f"{REDACT}, |columns: {{x: {target}}}", mend)
