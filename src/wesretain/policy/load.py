"""Files → intent: the configuration, the inventory and all policies, with every problem of every file at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wesretain.errors import InvalidInput
from wesretain.model.condition import Condition
from wesretain.model.config import Config, Intent
from wesretain.model.inventory import Inventory
from wesretain.model.problem import Problem
from wesretain.model.rule import Rule
from wesretain.model.source import Position
from wesretain.model.traits import NONE, Traits
from wesretain.policy.conditions import read_condition
from wesretain.policy.configuration import read_config, unread_databases
from wesretain.policy.document import Document
from wesretain.policy.files import Asked, read_policies
from wesretain.policy.ignore import Ignores, heard
from wesretain.policy.inventory import doubtful_names, read_inventory
from wesretain.policy.node import Node
from wesretain.policy.rules import read_rules
from wesretain.policy.strict_yaml import read_text
from wesretain.policy.trust import Exposure
from wesretain.policy.words import show


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files say, as far as it could be read, and what is wrong with them.

    Where there are problems this is for further checks alone. `unread` holds the names of rules, tables
    (`database.table`) and databases of which the files say more than could be read, and `complete` says whether every
    policy file could be read at all: a check that misses something for this reason keeps silent, since the cause has
    been told. `exposures` say which files others may have written.
    """

    config: Config | None
    inventory: Inventory | None
    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]
    unread: frozenset[str] = frozenset()
    complete: bool = True
    elements: Traits = NONE
    ignores: Mapping[str, Ignores] = field(default_factory=dict)
    exposures: tuple[Exposure, ...] = ()

    @property
    def intent(self) -> Intent | None:
        """All of it in one, or None where the configuration or the inventory was not given or cannot be read at all."""
        if self.config is None or self.inventory is None:
            return None
        return Intent(self.config, self.inventory, self.rules)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong, so that the intent may be acted on once the checks have passed."""
        return not self.problems

    def heard(self, found: Iterable[Problem] = ()) -> tuple[Problem, ...]:
        """The problems of reading and those that checks found, by place, without the warnings that comments silence."""
        return heard([*self.problems, *found], self.ignores)


def load(config: Path) -> Loaded:
    """Read a configuration, and the inventory and the policies that it names."""
    return load_files(config=config)


def load_files(policies: Sequence[Path] = (), *, config: Path | None = None, inventory: Path | None = None) -> Loaded:
    """Read what is given: policies (files, folders) and an inventory in place of those that a configuration names."""
    asked = [Asked.by_name(path) for path in policies]
    asked_inventory = Asked.by_name(inventory) if inventory else None
    documents: list[Document] = []
    unread: set[str] = set()
    settings: Config | None = None
    known: Inventory | None = None
    elements = NONE
    if config and (document := _read(Asked.by_name(config), documents)):
        settings = read_config(document, config.parent)
        unread |= unread_databases(document, settings)
        asked = asked or _named(settings.policies, config, document, "policies")
        asked_inventory = asked_inventory or next(iter(_named(settings.inventory, config, document, "inventory")), None)
        elements = _read_own_elements(settings, config, document, documents)
    if asked_inventory and (document := _read(asked_inventory, documents)):
        known = read_inventory(document)
        unread |= doubtful_names(document)
    others = [path for path in (config, asked_inventory and asked_inventory.path) if path]
    policy_documents = read_policies(asked, others)
    rules, unread_rules = _read_all_rules(policy_documents)
    documents += policy_documents
    return Loaded(
        config=settings,
        inventory=known,
        rules=rules,
        problems=tuple(sorted(problem for document in documents for problem in document.problems)),
        unread=frozenset(unread | unread_rules),
        complete=all(document.complete for document in policy_documents),
        elements=elements,
        ignores={document.file: document.ignores for document in documents if document.ignores},
        exposures=tuple(document.exposure for document in documents if document.exposure),
    )


def parse_condition(text: str) -> Condition:
    """Read a condition that was given by itself, on a command line or in the ledger.

    Raises:
        InvalidInput: with the first thing that is wrong with it.
    """
    document = read_text(text, "condition")
    condition = read_condition(Node.root(document)) if document.readable else None
    if document.problems or condition is None:
        first = min(document.problems)
        raise InvalidInput(f"the condition cannot be read: {first.message}", first.mend or "write `{column: value}`")
    return condition


def _read(asked: Asked, documents: list[Document]) -> Document | None:
    """Read a file, remember it for its problems, and give it back if it is of any use."""
    document = asked.read()
    documents.append(document)
    return document if document.readable else None


def _named(path: Path, config: Path, document: Document, key: str) -> list[Asked]:
    """What a configuration names under a key, unless it was found to be no path at all."""
    return [] if document.tainted((key,)) else [Asked.by_config(path, config, document.place((key,)))]


def _read_own_elements(settings: Config, config: Path, document: Document, documents: list[Document]) -> Traits:
    """The file of elements that a configuration names, if it names one."""
    if settings.elements is None:
        return NONE
    from wesretain.policy.elements import read_elements

    asked = _named(settings.elements, config, document, "elements")
    found = (_read(each, documents) for each in asked)
    return sum((read_elements(each) for each in found if each), NONE)


def _read_all_rules(documents: Iterable[Document]) -> tuple[tuple[Rule, ...], set[str]]:
    """The rules of all files, and the names of those that could not be read. A name stands for its first rule."""
    first: dict[str, Position] = {}
    rules: list[Rule] = []
    unread: set[str] = set()
    for document in documents:
        sound = {rule.name: rule for rule in read_rules(document)} if document.readable else {}
        for node in Node.root(document).children("rules"):
            if before := first.get(node.key):
                mend = f"the first is at {before}; give this one another name"
                document.tell(node.key_at, "duplicate-rule", f"there are two rules {show(node.key)}", mend)
                continue
            first[node.key] = node.key_at
            if rule := sound.get(node.key):
                rules.append(rule)
            else:
                unread.add(node.key)
    return tuple(rules), unread
