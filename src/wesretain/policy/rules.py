"""Policy files → rules: file-level defaults filled in, a rule with a problem left out."""

from __future__ import annotations

from collections.abc import Iterator

from wesretain.model.period import Period
from wesretain.model.rule import After, Category, Disposition, Path, Rule, TableName
from wesretain.policy.conditions import read_condition
from wesretain.policy.definitions import POLICY
from wesretain.policy.document import Document
from wesretain.policy.fates import read_redactions, read_with
from wesretain.policy.fragments import TEXT, Json, only, several
from wesretain.policy.node import Node, check_word, dotted, dotted_value
from wesretain.policy.periods import NOTHING, read_period
from wesretain.policy.shape import check_shape
from wesretain.policy.words import kind, show

GRAMMAR: Json = {
    "after": {
        "anyOf": [TEXT, only("newest of", several(TEXT))],
        "description": "A clock, reached over links or not; or the newest of several.",
        "examples": ["closed_at", "ticket.closed", {"newest of": ["logins.at", "mails.sent"]}],
    }
}


def read_rules(document: Document) -> Iterator[Rule]:
    """The rules of a file that have no problem; the problems are in the document."""
    root = Node.root(document)
    check_shape(POLICY, root)
    if not isinstance(getattr(root.child("rules"), "value", None), dict):
        document.complete = False
    _check_version(root)
    for node in root.children("rules"):
        rule = _read_rule(node, root)
        if rule is not None and node.sound:
            yield rule


def _check_version(root: Node) -> None:
    version = root.child("version")
    if version and version.value != "1":
        version.refuse("version", "this version of the policy language is not known", "write `version: 1`")


def _read_rule(node: Node, file: Node) -> Rule | None:
    """A rule, or None where so much is missing that none can be made. Every part is read, for the problems in it."""
    check_word(node, "a rule")
    category = _category(node, file)
    table = _table(node, file)
    keep = node.read("keep", _keep)
    then = node.choice("then", Disposition)
    after = node.read("after", _after)
    where = node.read("where", read_condition)
    columns = node.read("columns", read_redactions, ())
    with_ = node.read("with", read_with, ())
    agreed_until = node.read("agreed until", dotted_value)
    if then is Disposition.REDACT and node.child("columns") is None:
        node.miss("columns", "say what each column becomes, such as `{email: null}`")
    if category is None or table is None or then is None:
        return None
    return Rule(
        name=node.key,
        title=node.text("title") or node.key,
        category=category,
        purpose=node.text("purpose") or file.text("purpose"),
        basis=node.text("basis") or file.text("basis"),
        table=table,
        keep=keep,
        then=then,
        after=after,
        where=where,
        columns=columns,
        with_=with_,
        law=node.text("law") or None,
        protects=node.texts("protects"),
        agreed_until=agreed_until,
        overrides=node.texts("overrides"),
        may_empty=node.flag("may empty the table"),
        at=node.key_at,
        places=node.places("columns"),
    )


def _category(node: Node, file: Node) -> Category | None:
    for holder in (node, file):
        if child := holder.child("category"):
            if not child.sound:
                node.document.taint(node.trail)
            return holder.choice("category", Category)
    node.miss("category", "write it here, or once at the top of the file")
    return None


def _table(node: Node, file: Node) -> TableName | None:
    child = node.child("table")
    if child is None or not isinstance(child.value, str) or not child.sound:
        return None
    match dotted(child.value, child):
        case (database, schema, name):
            return TableName(database, schema, name)
        case (database, name):
            return TableName(database, None, name)
        case (name,) if file.child("database"):
            if database := file.text("database"):
                return TableName(database, None, name)
            node.document.taint(node.trail)
        case (_,):
            mend = "write `database.table`, or `database:` once at the top of the file"
            child.refuse("name", f"{show(child.value)} names no database", mend)
        case _:
            child.refuse("name", f"{show(child.value)} is not a table's name", "write `database.table`")
    return None


def _keep(node: Node) -> Period | None:
    return None if node.value == NOTHING else read_period(node)


def _after(node: Node) -> After | None:
    match node.value:
        case str():
            names: tuple[Path, ...] = (dotted_value(node),)
        case {"newest of": list(columns), **others} if columns and not others:
            names = tuple(dotted_value(child) for child in node.children("newest of"))
        case _:
            mend = "write a column, or `{newest of: [column, …]}`"
            node.refuse("wrong-type", f"`after` must name a clock, not {kind(node.value)}", mend)
            return None
    return After(names, newest=isinstance(node.value, dict), at=node.at)
