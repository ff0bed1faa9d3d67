"""What stands within JSON and serialised PHP, whole and cut off."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wesretain.discovery.nested import leaves_of
from wesretain.model.finding import Nest

_SESSION = 'a:1:{s:4:"abcd";a:3:{s:10:"expiration";i:1785497317;s:2:"ip";s:9:"127.0.0.1";s:2:"ua";s:1:"x";}}'
_OBJECT = 'O:4:"User":2:{s:4:"name";s:6:"Zo\u00eb B";s:5:"email";s:9:"z@b.test";}'

_CARD = 'BEGIN:VCARD\r\nFN:Zoe B\r\nitem1.TEL;TYPE=home:+60 3\r\n  1234\r\nADR;TYPE="a:b":1 Road;KL;50000'


@pytest.mark.parametrize(
    ("text", "nest", "leaves"),
    [
        ('{"email": "a@b.test", "n": 1}', Nest.JSON, {("email",): "a@b.test", ("n",): "1"}),
        ('[{"ip": "192.0.2.1"}]', Nest.JSON, {("ip",): "192.0.2.1"}),
        ('{"a": {"b": null, "c": true}}', Nest.JSON, {}),
        ('{"email": "a@b.test", "note": "cut o', Nest.JSON, {("email",): "a@b.test"}),
        (_SESSION, Nest.PHP, {("abcd", "expiration"): "1785497317", ("abcd", "ip"): "127.0.0.1", ("abcd", "ua"): "x"}),
        (_SESSION[:70], Nest.PHP, {("abcd", "expiration"): "1785497317"}),
        (_OBJECT.replace(":9:", ":8:"), Nest.PHP, {("name",): "Zo\u00eb B", ("email",): "z@b.test"}),
        (
            _CARD,
            Nest.CARD,
            {("fn",): "Zoe B", ("tel",): "+60 3 1234", ("adr",): "1 Road KL 50000", ("begin",): "VCARD"},
        ),
        ('s:5:"hello";', Nest.PHP, {(): "hello"}),
        ('a:1:{s:1:"u";s:15:"a:1:{i:0;i:51;}";}', Nest.PHP, {("u", "0"): "51"}),
        ('a:1:{s:1:"u";s:14:"{"ip": "::1"}";}', Nest.PHP, {("u", "ip"): "::1"}),
        (json.dumps({"a": json.dumps({"b": json.dumps({"c": "d"})})}), Nest.JSON, {("a", "b", "c"): "d"}),
        (
            "https://a.test/x?mail=a%40b.test&user[name]=Zo%C3%AB+B&none=#top",
            Nest.QUERY,
            {("mail",): "a@b.test", ("user", "name"): "Zo\u00eb B"},
        ),
        ("token=abc&id=5", Nest.QUERY, {("token",): "abc", ("id",): "5"}),
        ("Array\n(\n    [first_name] => Zoe\n    [n] => 1\n)\n", Nest.LINES, {("first_name",): "Zoe", ("n",): "1"}),
        (
            "User-Agent: x\r\nX-Real-IP: 192.0.2.1\r\n\r\nHello: you\r\nthere",
            Nest.LINES,
            {("User-Agent",): "x", ("X-Real-IP",): "192.0.2.1"},
        ),
        ("name = Zoe\n[other]\nport = 1", Nest.LINES, {("name",): "Zoe", ("port",): "1"}),
    ],
)
def test_members(text: str, nest: Nest, leaves: dict[tuple[str, ...], str]) -> None:
    found = leaves_of(text)
    if not leaves:
        assert found is None
        return
    assert found is not None
    assert found[0] is nest
    assert dict(found[1]) == leaves


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCARD\nNOTE" + ";" * 3_000,
        "a:1:{a:0:{}}",
        "a:1:{i:0;}" * 900,
        "{" * 900,
        '{"a":' * 900,
        "}" * 9,
        "?" * 9_000,
        "a=&" * 3_000,
        "a" * 9_000 + "?",
        "\n" * 9_000,
        "[" * 9_000,
        "x:" * 9_000,
    ],
)
def test_hostile_documents_end(text: str) -> None:
    leaves_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "a:b",
        "{",
        "[1, 2",
        "i:5;",
        "{not json}",
        "s:x",
        "a=b",
        "c2VjcmV0==",
        "https://a.test/x",
        "what?",
        "Dear Zoe:\nthanks: bye",
        "Note: all\nis well\nhere",
        "12:30\n13:30",
    ],
)
def test_what_is_no_document(text: str) -> None:
    found = leaves_of(text)
    assert found is None or not found[1]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_JSON, st.integers(0, 200))
def test_any_prefix_of_any_document_is_read_without_an_error(value: object, end: int) -> None:
    text = json.dumps(value)
    leaves_of(text[:end])


def _php(value: object) -> str:
    match value:
        case None:
            return "N;"
        case bool():
            return f"b:{int(value)};"
        case int():
            return f"i:{value};"
        case str():
            return f's:{len(value.encode("utf-8", "surrogatepass"))}:"{value}";'
        case list():
            return f"a:{len(value)}:{{{''.join(f'i:{n};{_php(each)}' for n, each in enumerate(value))}}}"
        case dict():
            return f"a:{len(value)}:{{{''.join(f'{_php(key)}{_php(each)}' for key, each in value.items())}}}"
    raise AssertionError(value)


def _texts(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for each in value for text in _texts(each)]
        case dict():
            return [text for each in value.values() for text in _texts(each)]
        case _:
            return []


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_PHP = st.recursive(
    _TEXT | st.integers(-9, 9) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_PHP, max_size=3) | st.dictionaries(_TEXT, _PHP, max_size=3))
def test_all_texts_of_serialised_php_are_found(value: object) -> None:
    found = leaves_of(_php(value))
    assert found is not None
    leaves = [leaf for _, leaf in found[1]]
    assert [text for text in _texts(value) if text not in leaves] == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_PHP, st.integers(0, 300))
def test_any_prefix_of_serialised_php_is_read_without_an_error(value: object, end: int) -> None:
    leaves_of(_php([value])[:end])
