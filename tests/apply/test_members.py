"""Members of JSON are redacted, and nothing else of their documents: on each engine and in each type."""

from __future__ import annotations

import json

import pytest

from apply.company import Company
from apply.test_targets import build, cards, done, refusal, run, tally

TYPES = {"sqlite": ("TEXT", "JSON"), "postgresql": ("TEXT", "JSON", "JSONB"), "mariadb": ("TEXT", "JSON")}
DOCUMENTS: list[object] = [
    {"phone": "123", "plan": "gold", "n": [1, 2.5, None, 'ä"\\'], "deep": {"name": "Ann", "x": 1}},
    {"phone": None, "plan": "gold"},
    {"plan": "gold"},
    {"phone": {"home": "123"}, "deep": {"name": ["Ann"]}},
    {"deep": {"name": "Erased"}},
    [1, 2],
]
AFTER: list[object] = [
    {"phone": None, "plan": "gold", "n": [1, 2.5, None, 'ä"\\'], "deep": {"name": "Erased", "x": 1}},
    {"phone": None, "plan": "gold"},
    {"plan": "gold"},
    {"phone": None, "deep": {"name": "Erased"}},
    {"deep": {"name": "Erased"}},
    [1, 2],
]


def document(shop: Company, at: int) -> object:
    raw = cards(shop, "d")[at][0]
    return json.loads(raw) if isinstance(raw, str) else raw


@pytest.mark.parametrize("place", [0, -1])
def test_a_member_is_redacted_and_the_rest_of_its_document_stays(shop: Company, place: int) -> None:
    texts = [(json.dumps(each),) for each in DOCUMENTS]
    found = build(shop, f"d {TYPES[shop.dialect][place]}", "d.phone: null, d.deep.name: Erased", [*texts, (None,)])
    assert done(found) == (0, 2)
    assert [document(shop, at) for at in range(len(AFTER))] == AFTER
    assert cards(shop, "d")[-1] == (None,)
    assert run(shop).rules["cards"]["planned"] == 0
    assert tally(shop) == {"uncovered": len(DOCUMENTS) + 1}


def test_what_is_no_json_stays_and_is_told(shop: Company) -> None:
    rows = [("{", "Ann"), ("{", None), ('{"phone": "1"}', "Bob")]
    found = build(shop, "d TEXT, name VARCHAR(9)", "d.phone: null, name: null", rows)
    assert done(found) == (0, 2)
    assert [row[1] for row in cards(shop, "d, name")] == [None] * 3
    assert cards(shop, "d")[0] == cards(shop, "d")[1] == ("{",)
    assert document(shop, 2) == {"phone": None}
    assert tally(shop) == {"undecidable": 2, "uncovered": 1}


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ("d.phone: {mask: ip}", "is a member of JSON"),
        ("d.phone: null, d: null", "lies within what the same rule redacts"),
        ("d.phone.home: null, d.phone: null", "lies within what the same rule redacts"),
    ],
)
def test_what_cannot_be_done_with_a_member_is_refused(shop: Company, targets: str, words: str) -> None:
    found = build(shop, "d TEXT", targets, [('{"phone": "1"}',)])
    assert words in refusal(found)
    assert cards(shop, "d") == [('{"phone": "1"}',)]
