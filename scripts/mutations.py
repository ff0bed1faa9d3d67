"""Every way to break a module of Python in one place: small changes of its text, found by its syntax tree."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
    ast.Mod: "*",
    ast.BitOr: "&",
    ast.BitAnd: "|",
}
TWINS = {"any": "all", "all": "any", "min": "max", "max": "min", "and_": "or_", "or_": "and_", "true": "false"}
TWINS |= {"false": "true", "every": "some", "some": "every", "union": "intersection"}
SIMPLE = (ast.Assign, ast.AugAssign, ast.Delete, ast.Expr, ast.Raise)


@dataclass(frozen=True)
class Mutant:
    """A change of a module: the line where it is, and what is written there instead of what.

    `again` tells how many changes before it in its function read the same.
    """

    file: str
    function: str
    line: int
    start: int
    end: int
    old: str
    new: str
    again: int = 0

    @property
    def name(self) -> str:
        """What tells it from all others, wherever its line moves."""
        twin = (f"({self.again + 1})",) if self.again else ()
        return " | ".join((self.file, self.function or "(module)", _short(self.old), _short(self.new), *twin))

    @property
    def in_function(self) -> bool:
        """Whether it is run when a function is called, and not when the module is imported."""
        return self.function.rpartition(".")[2].lstrip("_")[:1].islower()

    def applied_to(self, text: bytes) -> bytes:
        """The module with this change."""
        return text[: self.start] + self.new.encode() + text[self.end :]


def mutants(file: str, text: bytes) -> list[Mutant]:
    """All mutants of a module, in the order of its text."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: list[Mutant] = []

    def visit(node: ast.AST, function: str) -> None:
        for at, new in changes(node):
            first, last = starts[at.lineno - 1] + at.col_offset, starts[at.end_lineno - 1] + at.end_col_offset
            found.append(Mutant(file, function, at.lineno, first, last, text[first:last].decode(), new))
        for child in children(node):
            named = isinstance(child, (ast.FunctionDef, ast.ClassDef))
            visit(child, f"{function}.{child.name}".lstrip(".") if named else function)

    visit(ast.parse(text), "")
    before: Counter[str] = Counter()
    for place, each in enumerate(sorted(found, key=lambda each: (each.start, each.end, each.new))):
        found[place] = replace(each, again=before[each.name])
        before[each.name] += 1
    return found


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that decide what the program does: no types, decorators, docstrings, or parts of texts."""
    for name, field in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params") or isinstance(node, ast.JoinedStr):
            continue
        for child in field if isinstance(field, list) else [field]:
            is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not is_docstring and not _is_alias(child):
                yield child


def changes(node: ast.AST) -> Iterator[tuple[Any, str]]:
    """The changes of one node: a part of it, and what is written there instead."""
    match node:
        case ast.Compare(left, operators, comparators):
            for place, operator in enumerate(operators):
                for other in COMPARISONS[type(operator)]:
                    changed = [*operators[:place], other(), *operators[place + 1 :]]
                    yield node, f"({ast.unparse(ast.Compare(left, changed, comparators))})"
        case ast.BoolOp(operator, values):
            word = " or " if isinstance(operator, ast.And) else " and "
            yield node, f"({word.join(map(_of, values))})"
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield node, _of(operand)
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            yield node, f"({_of(left)} {OPERATORS[type(operator)]} {_of(right)})"
        case ast.Constant(bool() as value):
            yield node, str(not value)
        case ast.Constant(int() | float() as value):
            yield node, str(value + 1)
        case ast.Constant(str() as value):
            yield node, '""' if value else '"mutant"'
        case ast.Constant(bytes() as value):
            yield node, 'b""' if value else 'b"mutant"'
        case ast.JoinedStr():
            yield node, '""'
        case ast.Return(ast.expr() as value) if not _is_none(value):
            yield node, "return None"
        case ast.Break():
            yield node, "continue"
        case ast.Continue():
            yield node, "break"
        case ast.Call(function, arguments, keywords):
            for gone in (*arguments, *keywords):
                kept = ([each for each in part if each is not gone] for part in (arguments, keywords))
                yield node, ast.unparse(ast.Call(function, *kept))
        case ast.Tuple(elements, ast.Load()) | ast.List(elements, ast.Load()) | ast.Set(elements) if len(elements) > 1:
            for gone in elements:
                fewer = [each for each in elements if each is not gone]
                is_set = isinstance(node, ast.Set)
                yield node, ast.unparse(ast.Set(fewer) if is_set else type(node)(fewer, ast.Load()))
        case _:
            pass
    if isinstance(node, ast.Call) and (twin := TWINS.get(ast.unparse(node.func).rpartition(".")[2])):
        before = ast.unparse(node.func).rpartition(".")
        yield node.func, f"{before[0]}{before[1]}{twin}"
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield node.test, "True"
        yield node.test, "False"
    if isinstance(node, ast.comprehension):
        yield from ((each, "True") for each in node.ifs)
    if isinstance(node, ast.match_case) and node.guard:
        yield node.guard, "True"
        yield node.guard, "False"
    elif isinstance(node, ast.match_case):
        yield node.pattern, f"{ast.unparse(node.pattern)} if False"
    if isinstance(node, SIMPLE):
        yield node, "pass"


def _of(node: ast.AST) -> str:
    """The text of an expression that can stand anywhere."""
    text = ast.unparse(node)
    return text if isinstance(node, (ast.Name, ast.Constant, ast.Attribute, ast.Call)) else f"({text})"


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_alias(node: ast.AST) -> bool:
    """Whether a statement only names a type."""
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 120 else f"{words[:80]} … {words[-37:]}"
