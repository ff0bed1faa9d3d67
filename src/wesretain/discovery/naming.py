"""What the name of a column says: which element, and how surely."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import chain

from wesretain.model.inventory import Element
from wesretain.model.traits import Trait, Traits

_LETTERS = re.compile(r"[a-z]+")
_PART = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[^\WA-Z\d_]+|[A-Z]+")
#: Words of a table that has nothing but a plain name to tell its column's.
_PLAIN_COLUMNS = frozenset({"id", "name", "number", "key", "code", "value", "token", "no", "data", "hash", "text"})
_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman", "indices": "index"}
#: In the name of a column: it holds values of many kinds.
_VALUE = "value"
#: The longest name of several words that is looked up.
_LONGEST = 5
#: Words that are written together are told apart where they are this long; of shorter ones, only these.
_GLUED, _SHORT = 3, ("id", "ip")


class Say(IntEnum):
    """How surely a name says something."""

    NOTHING = 0
    MAYBE = 1
    SURELY = 2


@dataclass(frozen=True, slots=True)
class Said:
    """What a name says: an element, how surely, and by which words.

    `beside` says that it takes a neighbour for it.
    """

    element: Element
    say: Say
    words: str
    beside: bool = False


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in small letters and in the singular: `billingPostCodes2` is billing, post, code."""
    return tuple(singular(hump.lower()) for part in _PART.findall(name) for hump in _HUMP.findall(part))


def singular(word: str) -> str:
    """A word without the ending of an English plural; a word that has none may lose a letter, always the same one."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


class Names:
    """All names that say something, ready to be looked up."""

    def __init__(self, traits: Traits) -> None:
        self._traits = traits
        self._words = traits.words
        self._said: dict[str, list[tuple[Trait, Say, bool]]] = {}
        for trait in traits.elements:
            self._learn(trait, trait.names, Say.SURELY)
            self._learn(trait, trait.hints, Say.MAYBE)
            self._learn(trait, trait.beside, Say.SURELY, beside=True)
        for trait in traits.elements:  # what is written out says more than what a placeholder makes
            self._learn(trait, trait.names, Say.SURELY, made=True)
        self._nothing = frozenset(self._keys(traits.words.nothing))

    def words(self, name: str) -> tuple[str, ...]:
        """The words of a name, and of those written together that are all known: `adminusername` is admin, username."""
        return self._told_apart(name)

    @cached_property
    def _told_apart(self) -> Callable[[str], tuple[str, ...]]:
        """The same, remembered: a database has few names, which are asked for many times."""
        return lru_cache(8192)(lambda name: tuple(part for word in words_of(name) for part in self._apart(word)))

    def _apart(self, word: str) -> tuple[str, ...]:
        return (word,) if word in self._vocabulary else self._split(word) or (word,)

    def _split(self, word: str) -> tuple[str, ...]:
        """The known words of which a word is made, the longest last one first; nothing where it is not."""
        if word in self._vocabulary and (len(word) >= _GLUED or word in _SHORT):
            return (word,)
        for start in range(_GLUED, len(word) - 1):
            tail = word[start:]
            if (
                tail in self._vocabulary
                and (len(tail) >= _GLUED or tail in _SHORT)
                and (head := self._split(word[:start]))
            ):
                return (*head, tail)
        return ()

    def _learn(self, trait: Trait, names: Sequence[str], say: Say, *, beside: bool = False, made: bool = False) -> None:
        for key in self._keys(name for name in names if ("<" in name) is made):
            if not made or key not in self._said:
                self._said.setdefault(key, []).append((trait, say, beside))

    def _keys(self, names: Iterable[str]) -> Iterator[str]:
        """Each name as one word; one for each word that a placeholder stands for."""
        for name in names:
            for person in self._words.person if "<person>" in name else ("",):
                for visit in self._words.visit if "<visit>" in name else ("",):
                    yield _run(words_of(name.replace("<person>", person).replace("<visit>", visit)))

    @cached_property
    def _about(self) -> frozenset[str]:
        return frozenset(self._keys(self._words.about))

    @cached_property
    def _asks(self) -> frozenset[str]:
        return frozenset(self._keys(self._words.asks))

    @cached_property
    def _endings(self) -> frozenset[str]:
        return frozenset(self._keys(self._words.endings))

    @cached_property
    def _persons(self) -> frozenset[str]:
        return frozenset(self._keys(self._words.person))

    def of(self, column: str, table: str = "") -> tuple[Said, ...]:
        """What the name of a column says, in a table of that name; the surest first.

        The head of a name is its last word: `user_email_password` is a password.
        """
        above = self.words(table)
        own = self._without_initials(self.words(column), above)
        said = self._read(own, 0)
        if above and own and ((len(own) == 1 and own[0] in _PLAIN_COLUMNS) or not said):
            said = (*self._read((*above, *own), len(above)), *said)
        if own == ("name",):  # what a user is called, not by which name one signs in
            said = tuple(each for each in said if each.element is not Element.USERNAME)
        kept = {each.element: each for each in sorted(said, key=lambda each: (each.say, not each.beside))}
        return tuple(sorted(kept.values(), key=lambda each: (-each.say, each.beside)))

    def _without_initials(self, own: tuple[str, ...], above: tuple[str, ...]) -> tuple[str, ...]:
        """The words of a column's name without a first one that is its table's initials: `ec` of emergency contacts."""
        last = "".join(word[0] for word in above)
        if len(own) > 1 and last.endswith(own[0]) and own[0] not in self._vocabulary:
            return own[1:]
        return own

    def _read(self, words: tuple[str, ...], border: int) -> tuple[Said, ...]:
        """What the last of the longest known names among some words says; it has to reach past the border.

        One that may only be an ending (`password_hash`) gives way to a surer one before it.
        """
        best: tuple[Said, ...] = ()
        for end in range(len(words), border, -1):
            start = self._start(words, end, border)
            if start is None:
                continue
            run = _run(words[start:end])
            said = () if run in self._nothing else self._weighed(words, start, end, run)
            if any(each.say is Say.SURELY for each in said) or not best:
                best = said
            if run not in self._endings or (best and best[0].say is Say.SURELY):
                return best
        return best

    def _start(self, words: tuple[str, ...], end: int, border: int) -> int | None:
        """Where the longest known name begins that ends there; the column's own words are read by themselves."""
        for start in range(max(0, end - _LONGEST), end):
            if border and start >= border:
                return None
            run = _run(words[start:end])
            if run in self._nothing or run in self._said:
                return start
        return None

    def _weighed(self, words: tuple[str, ...], start: int, end: int, run: str) -> tuple[Said, ...]:
        before, after = words[:start], words[end:]
        if any(word in self._asks for word in before) or any(
            _run(after[:count]) in self._about for count in range(1, len(after) + 1)
        ):
            return ()
        most = Say.SURELY if all(word in self._endings for word in after) else Say.MAYBE
        name = " ".join(words[start:end])
        return tuple(Said(trait.element, min(say, most), name, beside) for trait, say, beside in self._said[run])

    def is_a_role(self, words: Sequence[str]) -> bool:
        """Whether the words of a column's name end with who somebody is to a row, with or without `id`."""
        bare = words[:-1] if words and words[-1] == "id" else words
        return bool(bare) and bare[-1] in self._words.role

    def knows(self, name: str) -> bool:
        """Whether all words of a name are among those that say something."""
        return all(word in self._vocabulary for word in words_of(name))

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        """All words of all names that are known."""
        names = [name for trait in self._traits.elements for name in (*trait.names, *trait.hints, *trait.beside)]
        words = (self._words.person, self._words.visit, self._words.about, self._words.endings, self._words.time)
        more = (self._words.user_communications, self._words.server, self._words.personal, self._words.mark)
        pairs = (self._words.key_column, self._words.value_column)
        return frozenset(word for name in (*names, *chain(*words, *more, *pairs)) for word in words_of(name))

    def asks(self, words: Sequence[str]) -> bool:
        """Whether a name asks a question, such as `is_client`: its values are yes and no."""
        return bool(words) and words[0] in self._asks

    def is_audit(self, column: str) -> bool:
        """Whether a column names who wrote a row, such as `changed_by`: it is not the person whose data it is."""
        words = self.words(column)
        return "by" in words and bool(set(self._words.clerk).intersection(words))

    def is_staff(self, table: str) -> bool:
        """Whether the name of a table says that its persons work for the company."""
        return bool(set(self._words.staff).intersection(self.words(table)))

    def is_of_a_machine(self, table: str) -> bool:
        """Whether the name of a table says that what logs in there is no person."""
        return self.is_of(table, self._words.machine)

    def is_of(self, table: str, known: Iterable[str]) -> bool:
        """Whether one of some names stands among the words of a table's."""
        words = self.words(table)
        runs = {_run(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1)}
        return any(_run(words_of(name)) in runs for name in known)

    def is_sensitive(self, column: str) -> bool:
        """Whether the name of a column tells of persons what no element stands for."""
        return self.is_of(column, self._words.sensitive)

    def is_about(self, column: str) -> bool:
        """Whether the name of a column tells of a thing and is not the thing, such as `order_status`."""
        words = self.words(column)
        return bool(words) and words[-1] in self._about

    def says_a_time(self, column: str) -> bool:
        """Whether the name of a column says a time."""
        return bool(set(self._words.time).intersection((*self.words(column), *_LETTERS.findall(column.lower()))))

    @cached_property
    def _key_names(self) -> frozenset[str]:
        return frozenset(self._keys(self._words.key_column))

    @cached_property
    def _value_names(self) -> frozenset[str]:
        return frozenset(self._keys(self._words.value_column))

    def is_a_key(self, column: str) -> bool:
        """Whether a column says what the values of its rows, or of others that point at these, are called."""
        return _run(self.words(column)) in self._key_names

    def is_a_value(self, column: str) -> bool:
        """Whether a column holds values of which its own name says nothing."""
        return _VALUE in self.words(column)

    def are_a_pair(self, key: str, value: str) -> bool:
        """Whether one column names what stands in the other: `name` and `value`, `pref_key` and `pref_value`."""
        head, words = self.words(key), self.words(value)
        if key == value or not head or not words:
            return False
        plain = _run(head) in self._key_names
        if plain and (_run(words) in self._value_names or words[-1] == _VALUE):
            return True
        return head[-1] in self._key_names and _VALUE in words and head[:-1] == words[: words.index(_VALUE)]

    def is_of_persons(self, table: str) -> bool:
        """Whether the name of a table says that its rows are persons: its last word does."""
        words = self.words(table)
        return any(_run(words[start:]) in self._persons for start in range(len(words)))


def _run(words: Iterable[str]) -> str:
    return "".join(chain(words))
