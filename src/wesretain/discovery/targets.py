"""At which tables a column may point, by its name: what all tables are called is told apart once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from wesretain.discovery.naming import Names
from wesretain.model.schema import Column, Kind, Schema, Table

#: So many tables are asked for the values of a column, the nearest by their names first.
MOST_TARGETS = 8
#: A word of so many letters may be the end of one that is written together with others: `field_id`, `customfields`.
_TELLING = 5
#: What the names of all tables may begin with, without a stroke after it.
_MARKS = ("tbl", "tb", "t")
_NUMBER = re.compile(r"[0-9]+")
_ENDS = ("id", "uid", "uuid", "key", "ref", "no", "number", "code", "pk", "fk")


@dataclass(frozen=True, slots=True)
class _Target:
    """A table with a key of one column, and what its name says without the prefix of them all."""

    table: Table
    words: tuple[str, ...]
    name: str
    key: tuple[str, ...]
    of_persons: bool


class Targets:
    """The tables of a database at which others may point."""

    def __init__(self, schema: Schema, names: Names) -> None:
        self.schema, self.names = schema, names
        self.prefix = _prefix(schema)
        self._by_family: dict[Kind, list[_Target]] = defaultdict(list)
        for table in schema:
            key = key_of(table)
            if key is not None and not table.unfit:
                words = names.words(table.name.removeprefix(self.prefix))
                of_persons = names.is_of_persons(table.name)
                target = _Target(table, words, "".join(words), names.words(key.name), of_persons)
                self._by_family[family(key)].append(target)

    def meant_by(self, table: Table, column: Column) -> Sequence[Table]:
        """The tables that the name of a column may mean, whose key is of its type, the nearest first.

        A table's own name outranks a role: `post_author` means any table of persons where none is called `authors`.
        """
        words = self.names.words(column.name)
        if self.names.asks(words):
            return ()
        others = [each for each in self._by_family.get(family(column), ()) if each.table is not table]
        meant = [each for each in others if _means(words, each, column.name)]
        if not meant and not self._means_itself(table, column, words) and self.names.is_a_role(words):
            meant = [each for each in others if each.of_persons]
        found = _nearest(table, [each.table for each in meant])
        return [*found, table] if self._means_itself(table, column, words) else found

    def _means_itself(self, table: Table, column: Column, words: tuple[str, ...]) -> bool:
        """Whether a column points at rows of its own table: `parent_id`, `parent_item_id`."""
        key = key_of(table)
        if "parent" not in words or key is None or table.unfit or family(key) is not family(column):
            return False
        own = set(self.names.words(table.name.removeprefix(self.prefix)))
        return words[0] == "parent" or bool(own.intersection(words))

    def named(self, word: str, column: Column) -> Iterator[Table]:
        """The tables that a word may mean: `post` means `posts`, and `ticket_posts`."""
        words = self.names.words(word)
        for each in self._by_family.get(family(column), ()) if words else ():
            if each.words[-len(words) :] == words:
                yield each.table


def key_of(table: Table) -> Column | None:
    """The key of a table, where it is one column."""
    return table.column(table.key[0]) if len(table.key) == 1 else None


def family(column: Column) -> Kind:
    """The types that are compared with each other."""
    return Kind.INTEGER if column.kind in (Kind.INTEGER, Kind.DECIMAL) else column.kind


def _nearest(table: Table, meant: Sequence[Table]) -> list[Table]:
    """Some tables, those first whose numbers are the table's own (`orders_4`, `clients_4`), then by short names."""
    own = _NUMBER.findall(table.name)
    order = sorted(meant, key=lambda each: (_NUMBER.findall(each.name) != own, len(each.name), each.full_name))
    return order[:MOST_TARGETS]


def _prefix(schema: Schema) -> str:
    """What the names of all tables begin with, such as `wp_` or `tbl`; empty where they do not, or there are few."""
    names = [table.name for table in schema if not table.unfit]
    if len(names) <= 3:
        return ""
    first, last = min(names), max(names)  # what these two begin with, all that lie between them do
    common = "".join(one for one, other in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    return common[: common.rfind("_") + 1] or (common if common in _MARKS else "")


def _means(words: tuple[str, ...], target: _Target, column: str) -> bool:
    """Whether the name of a column means a table's key: it ends with the table's name, with or without `id`.

    One in the plural is a number of them.
    """
    if not words or not target.words:
        return False
    ends_with_id = words[-1] in _ENDS
    bare = words[:-1] if ends_with_id else words
    if not bare or (not ends_with_id and not column.lower().endswith(words[-1])):
        return False
    if words == target.key and len(target.key) > 1:
        return True  # `customer_id` there and here
    joined, name = "".join(bare), target.name
    if joined == name or (ends_with_id and joined.endswith(name) and len(name) > 2):
        return True
    if not ends_with_id or len(bare) > 1:
        return False
    return bare[0] == target.words[-1] or (len(joined) >= _TELLING and name.endswith(joined))
