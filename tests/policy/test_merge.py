"""Completing an inventory: what it lacks is put in, and every letter that a person wrote stays."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wesretain.errors import InvalidInput
from wesretain.model.proposal import Line
from wesretain.policy.merge import merged

PATH = ("databases", "shop", "tables")
_EMAIL, _NAME = Line("email", "e-mail"), Line("name", "name", comment="likely")
_CLIENTS = Line("clients", inner=(Line("category", "personal"), Line("columns", inner=(_EMAIL, _NAME))))

NEW = """\
databases:
  shop:
    tables:
      clients:
        category: personal
        columns:
          email: e-mail
          name: name                         # likely
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("databases:\n", NEW),
        ("databases: {}\n", NEW),
        ("databases:", NEW),
        ("# mine\ndatabases:\n  shop:\n", "# mine\n" + NEW),
        # A column that is said stays as it is; the other follows the last.
        (
            "databases:\n  shop:\n    tables:\n      clients:\n        category: server   # why\n        columns:\n"
            "          email: none  # ours\n\n# end\n",
            "databases:\n  shop:\n    tables:\n      clients:\n        category: server   # why\n        columns:\n"
            "          email: none  # ours\n          name: name                         # likely\n\n# end\n",
        ),
        # On one line.
        (
            "databases: {shop: {tables: {clients: {columns: {email: none}}}}}\n",
            "databases: {shop: {tables: {clients: {columns: {email: none, name: name}, category: personal}}}}\n",
        ),
        # A value that is not said is filled in, and its comment stays.
        (
            "databases:\n  shop:\n    tables:\n      clients:\n        category: personal\n        columns:\n"
            "          email:      # varchar\n          name: name\n",
            "databases:\n  shop:\n    tables:\n      clients:\n        category: personal\n        columns:\n"
            "          email: e-mail      # varchar\n          name: name\n",
        ),
        # Another table stands there already, indented in its own way.
        (
            "databases:\n    shop:\n        tables:\n            orders: {category: personal}\n",
            "databases:\n    shop:\n        tables:\n            orders: {category: personal}\n            clients:\n"
            "              category: personal\n              columns:\n                email: e-mail\n"
            "                name: name                   # likely\n",
        ),
        # A comment behind the last value stays one, and so does one within empty braces.
        (
            "databases:\n  shop:\n    tables:\n"
            "      clients: {category: server, columns: {email: none  # his\n      }}\n",
            "databases:\n  shop:\n    tables:\n"
            "      clients: {category: server, columns: {email: none, name: name  # his\n      }}\n",
        ),
        (
            "databases:\n  shop:\n    tables: {  # ask Ann\n    }\n",
            "databases:\n  shop:\n    tables: {  # ask Ann\n    }\n",
        ),
        # A last value that is not said.
        (
            "databases: {shop: {tables: {clients: {category: x, columns: {email: none, old: }}}}}\n",
            "databases: {shop: {tables: {clients: {category: x, columns: {email: none, old: , name: name }}}}}\n",
        ),
        # Quoted keys are the same keys.
        (
            'databases: {"shop": {tables: {"clients": {category: server, columns: {"email": none, name: none}}}}}\n',
            'databases: {"shop": {tables: {"clients": {category: server, columns: {"email": none, name: none}}}}}\n',
        ),
    ],
)
def test_what_is_lacking_is_put_in(before: str, after: str) -> None:
    assert merged(before, PATH, (_CLIENTS,)) == after


def test_what_leads_comes_first() -> None:
    """Above the comments on what stands there, and below those of its own table."""
    lines = (Line("clients", inner=(Line("category", "personal", leads=True), Line("columns", inner=(_EMAIL,)))),)
    head = "databases:\n  shop:\n    tables:\n      clients:  # ours\n"
    rest = "        # key: id\n        columns:\n          name: name\n"
    added = "          email: e-mail\n"
    assert merged(head + rest, PATH, lines) == f"{head}        category: personal\n{rest}{added}"


def test_a_word_on_what_is_not_said_comes_once() -> None:
    """Also where the line says something already; a number in it may change."""
    head = "databases:\n  shop:\n    tables:\n      clients:\n        columns:\n"
    before = f"{head}          email:  # text\n          name:\n"
    for number in (5, 6):
        lines = tuple(Line(name, comment=f"nothing was found in {number} records") for name in ("email", "name"))
        before = merged(before, PATH, (Line("clients", inner=(Line("columns", inner=lines),)),))
    words = "nothing was found in 5 records"
    assert before == f"{head}          email:  # text; {words}\n          name:  # {words}\n"


def test_doubts_are_comments() -> None:
    links = Line("links", inner=(Line("client", "{to: clients, by: client_id}", comment="2 of 9", doubtful=True),))
    text = merged("databases:\n", PATH, (Line("orders", inner=(Line("category", "personal"), links)),))
    assert text == (
        "databases:\n  shop:\n    tables:\n      orders:\n        category: personal\n        # links:\n"
        "          # client: {to: clients, by: client_id} # 2 of 9\n"
    )
    assert yaml.safe_load(text) == {"databases": {"shop": {"tables": {"orders": {"category": "personal"}}}}}


@pytest.mark.parametrize("text", ["databases: none\n", "databases: [a]\n", "databases: {shop: x}\n"])
def test_a_value_in_the_way_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        merged(text, PATH, (_CLIENTS,))


_WORD = st.sampled_from(["a", "b", "c", "d", "e"])
_VALUE = st.sampled_from(["x", "y z", "[p, q]", '"q: #"'])
_LINES = st.recursive(
    st.builds(Line, _WORD, _VALUE, st.just(()), st.sampled_from(["", "why"]), st.booleans()),
    lambda inner: st.builds(
        Line, _WORD, st.just(""), st.lists(inner, max_size=3, unique_by=lambda each: each.key).map(tuple)
    ),
    max_leaves=8,
)
_TREES = st.lists(_LINES, min_size=1, max_size=3, unique_by=lambda each: each.key).map(tuple)
_PLAIN = st.recursive(
    st.none() | st.sampled_from(["x", "y z", "#"]) | st.lists(_WORD, max_size=2),
    lambda inner: st.dictionaries(_WORD, inner, max_size=3),
    max_leaves=8,
)


def _written(value: object, style: bool | None, indent: int) -> str:
    text = yaml.safe_dump(value, default_flow_style=style, indent=indent, sort_keys=False)
    return text if style else text.replace(": null\n", ":\n")  # where nothing is said, as a person leaves it


def _keeps(old: object, new: object) -> bool:
    """Whether all that the old value says, the new one says as well."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and _keeps(old[key], new[key]) for key in old)
    return old is None or old == {} or old == new


def _has(lines: tuple[Line, ...], value: object) -> bool:
    """Whether all keys that are surely proposed are there, wherever nothing else was in the way."""
    sure = [line for line in lines if line.is_sure]
    return isinstance(value, dict) and all(
        line.key in value
        and (not line.inner or not isinstance(value[line.key], dict) or _has(line.inner, value[line.key]))
        for line in sure
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(_WORD, _PLAIN, max_size=3), _TREES, st.sampled_from([True, False, None]), st.sampled_from([2, 4])
)
def test_nothing_is_lost_nothing_is_missing_and_twice_is_once(
    old: dict[str, object], lines: tuple[Line, ...], style: bool | None, indent: int
) -> None:
    before = _written({"databases": old}, style, indent)
    after = merged(before, ("databases",), lines)
    found = yaml.safe_load(after)["databases"]
    assert _keeps(old, found)
    assert _has(lines, found or {}) or not any(line.is_sure for line in lines)
    kept = iter(after)
    assert all(letter in kept for letter in before if letter not in "{}"), "letters stay, in their order"
    assert merged(after, ("databases",), lines) == after or any(not line.is_sure for line in _all(lines))


def _all(lines: tuple[Line, ...]) -> list[Line]:
    return [each for line in lines for each in (line, *_all(line.inner))]
