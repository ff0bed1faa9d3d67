"""Which elements the columns of a table hold: the evidence of names and that of values, weighed together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from wesretain.discovery.checks import BY_CHANCE, FAIR, STRONG, Check, check_of, is_card
from wesretain.discovery.naming import Names, Said, Say
from wesretain.discovery.nested import TEXTS, leaves_of
from wesretain.discovery.sampling import Sample
from wesretain.discovery.secrets import looks_random, secret_of, sort_of
from wesretain.model.finding import Finding, Nest, Secret, Sureness
from wesretain.model.inventory import SCRUBBED, Element
from wesretain.model.schema import Column, Kind, Table
from wesretain.model.scrubbing import scrubbed
from wesretain.model.traits import Trait, Traits

#: So many different values of a column are looked at.
_MOST_VALUES = 200
#: So many different values at most are codes, where each comes so often.
_MOST_CODES, _FEW_AMONG = 20, 5
#: A text of so few words may be a code.
_FEW_WORDS = 3
#: The share of values that have to pass a check for it to prove the column.
_NEARLY_ALL = 0.8
#: So many values have to look like no such thing before they outweigh a name.
_ENOUGH = 4
#: So many have to pass a fair check where no name speaks for it.
_MANY = 20
#: So many texts are searched for what stands within them, and so long a part of each.
_MOST_TEXTS, _LONGEST_TEXT = 60, 2_000
#: In so many documents or rows a name has to stand to be one of their structure, and what such names are made of: one
#: that stands in few may be a value itself, such as the name of a person.
_STRUCTURE = 3
_WORDY = re.compile(r"@|[^\W\d_]{3}.*[^\w.:+-]|-----BEGIN")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,80}")
_CARD_RUN = re.compile(r"(?<![\w#.-])[3-6][0-9](?:[ -]?[0-9]){11,17}(?![\w-])")
#: The version of a product, which looks like an address.
_VERSION = re.compile(r"[A-Za-z]/[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
#: The name before an address, as mail programs write it (RFC 5322).
_MAILBOX = re.compile(r"[^\W\d_]{2}[\"']?\s{0,3}<[^<>@\s]{1,64}@[^<>@\s]{1,255}>")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
#: So much of a text is looked at for what it looks like.
_LOOKED_AT = 500
_LEAST_ADDRESS = 2**24


@dataclass(frozen=True)
class Classifier:
    """Tells elements by traits."""

    traits: Traits

    @cached_property
    def names(self) -> Names:
        """What names say."""
        return Names(self.traits)

    @cached_property
    def _by_element(self) -> dict[Element, Trait]:
        return {trait.element: trait for trait in self.traits.elements}

    def findings(
        self, table: Table, sample: Sample, called: Sequence[Sequence[str | None]] = ()
    ) -> tuple[Finding, ...]:
        """The elements of a table's columns, in the order of these; the surest of each first.

        `called` are what other tables call the values of a table of these, row by row.
        """
        said = {column.name: self._said(table, column) for column in table.columns}
        found = [
            each
            for column in table.columns
            for each in self._of_column(column, said[column.name], sample.values(column.name))
        ]
        found += self._of_rows(table, sample, called)
        return tuple(_settled(table, found))

    # -- by the name ------------------------------------------------------------------------------------------------

    def _said(self, table: Table, column: Column) -> tuple[Said, ...]:
        """What a column's name says; what it says beside others only where they are."""
        said = self.names.of(column.name, table.name)
        return tuple(each for each in said if not each.beside or self._has_beside(table, column, each))

    def _has_beside(self, table: Table, column: Column, said: Said) -> bool:
        """Whether a neighbour stands beside, whose own name needs none."""
        if said.element is Element.NAME and self.names.is_of_a_machine(table.name):
            return False
        return self._is_among(said, (other.name for other in table.columns if other.name != column.name))

    def _is_among(self, said: Said, others: Iterable[str]) -> bool:
        """Whether one of some names is that of a neighbour."""
        neighbours = self._by_element[said.element].neighbours or (said.element,)
        return any(
            each.element in neighbours and each.say is Say.SURELY and not each.beside
            for other in others
            for each in self.names.of(other)
        )

    # -- by name and values -----------------------------------------------------------------------------------------

    def _of_column(self, column: Column, said: Sequence[Said], told_by: Sequence[str | None]) -> Iterator[Finding]:
        distinct = _distinct(told_by)
        texts, is_text = _as_texts(column, distinct)
        values = _Values(texts, distinct, _come_again(told_by, distinct))
        told = {each.element: each for each in said}
        for trait in self.traits.elements:
            if column.kind in trait.kinds or (is_text and Kind.TEXT in trait.kinds):
                found = self._weighed(column, trait, told.get(trait.element), values)
                if found is not None:
                    yield found
        if is_text or column.kind is Kind.JSON:
            yield from self._within(column, texts)

    def _weighed(self, column: Column, trait: Trait, said: Said | None, values: _Values) -> Finding | None:
        """Both kinds of evidence for one element of one column."""
        texts, raw = values.texts, values.raw
        say = said.say if said else Say.NOTHING
        proof = self._proof(column, trait, texts, raw, say)
        name = f"called `{said.words}`" if said else ""
        if proof.sureness is Sureness.PROVEN or (proof.sureness is Sureness.LIKELY and say is Say.NOTHING):
            return _finding(column, trait.element, proof.sureness, name, proof.words, texts)
        if say is Say.NOTHING or proof.speaks_against or (proof.sureness is None and self._contradict(trait, values)):
            return None
        sureness = Sureness.LIKELY if say is Say.SURELY or proof.sureness else Sureness.WEAK
        if trait.element is Element.FREE_TEXT and values.come_again and _are_short(texts):
            return _finding(column, trait.element, Sureness.WEAK, name, "a few values come again and again", texts)
        return _finding(column, trait.element, sureness, name, proof.words, texts)

    def _contradict(self, trait: Trait, values: _Values) -> bool:
        """Whether there are enough values to outweigh a name, and they do not look like it.

        Of a text without a blank one is enough, since it is no sentence.
        """
        least = 1 if trait.element is Element.FREE_TEXT or values.come_again else _ENOUGH
        return len(values.texts) >= least and not self._looks(trait, values.texts)

    def _proof(self, column: Column, trait: Trait, texts: Sequence[str], raw: Sequence[str], say: Say) -> _Proof:
        """What the values say by the checks of an element."""
        if trait.element is Element.IP_ADDRESS and (found := _numeric_address(column, raw, say)):
            return found
        best = _Proof()
        for name in trait.checks:
            strong = name in STRONG
            if not texts or (say is Say.NOTHING and not strong and name not in FAIR):
                continue
            passed = sum(map(_cached(name), texts))
            share = passed / len(texts)
            words = f"{passed} of {len(texts)} values are {_WORDS.get(name, f'valid by {name}')}"
            if not passed:
                against = name == "e-mail" and len(texts) >= _ENOUGH and trait.element is Element.EMAIL
                best = max(best, _Proof(speaks_against=against), key=lambda proof: proof.rank)
            elif share >= _NEARLY_ALL and (say is not Say.NOTHING or (strong and (passed > 2 or len(texts) == passed))):
                best = max(best, _Proof(Sureness.PROVEN, words), key=lambda proof: proof.rank)
            elif name in BY_CHANCE and share < _NEARLY_ALL and say is Say.NOTHING:
                continue
            elif strong or (say is not Say.NOTHING) or (share >= _NEARLY_ALL and passed >= _MANY):
                certain = (strong and (passed > 2 or share >= _NEARLY_ALL)) or say is not Say.NOTHING or passed >= _MANY
                sureness = Sureness.LIKELY if certain else Sureness.WEAK
                best = max(best, _Proof(sureness, words), key=lambda proof: proof.rank)
        return best

    def _looks(self, trait: Trait, texts: Sequence[str]) -> bool:
        """Whether half of the values may be of an element, as far as their looks tell."""
        if not trait.looks:
            return True
        patterns = [_pattern(look) for look in trait.looks]
        like = (any(pattern.fullmatch(text.strip()[:_LOOKED_AT]) for pattern in patterns) for text in texts)
        return 2 * sum(like) >= len(texts)

    # -- within values ----------------------------------------------------------------------------------------------

    def _within(self, column: Column, texts: Sequence[str]) -> Iterator[Finding]:
        """What stands in documents, and in the midst of texts."""
        leaves: dict[tuple[Nest, str], list[str]] = defaultdict(list)
        seen: dict[tuple[Nest, str], set[int]] = defaultdict(set)
        plain: list[str] = []
        for number, text in enumerate(texts):
            found = leaves_of(text)
            if found is None:
                plain.append(text)
                continue
            plain += [text] if found[0] in TEXTS else []
            for names, leaf in found[1]:
                member = ".".join(name for name in names if not _is_counted(name))
                leaves[found[0], member].append(leaf)
                seen[found[0], member].add(number)
                plain.append(leaf)
        beside: dict[tuple[Nest, str], list[str]] = defaultdict(list)
        for nest, member in leaves:
            above, _, name = member.rpartition(".")
            beside[nest, above].append(name)
        for (nest, member), some in leaves.items():
            around = beside[nest, member.rpartition(".")[0]]
            yield from self._of_member(column, nest, member, some, len(seen[nest, member]), around)
        yield from _within_texts(column, plain)

    def _of_member(
        self, column: Column, nest: Nest, member: str, values: Sequence[str], times: int, around: Sequence[str] = ()
    ) -> Iterator[Finding]:
        """What values are that stand under one name, with others around it.

        It is told where it comes often enough to be no value itself.
        """
        inner = Column(member.rpartition(".")[2], Kind.TEXT)
        distinct = _distinct(values)
        for trait in self.traits.elements:
            if trait.element is Element.FREE_TEXT or Kind.TEXT not in trait.kinds:
                continue
            said = next((each for each in self.names.of(inner.name) if each.element is trait.element), None)
            if said is not None and said.beside and not self._is_among(said, around):
                continue
            found = self._weighed(inner, trait, said, _Values(distinct, distinct))
            if found is not None:
                shown = self._shown(member)
                is_structure = times >= _STRUCTURE and said is not None and bool(_NAME.fullmatch(shown))
                yield replace(found, column=column.name, nest=nest, member=shown if is_structure else "")

    def _shown(self, member: str) -> str:
        """The end of a path whose words are all known: any other may be the name of a person."""
        shown: list[str] = []
        for part in reversed(member.split(".")):
            if shown and not self.names.knows(part):
                break
            shown.insert(0, part)
        return ".".join(shown)

    def _of_rows(self, table: Table, sample: Sample, called: Sequence[Sequence[str | None]]) -> Iterator[Finding]:
        """What stands in a table of names and values: the name in a row says what its value is."""
        for key in table.columns:
            for value in table.columns:
                if Kind.TEXT in (key.kind, value.kind) and self.names.are_a_pair(key.name, value.name):
                    yield from self._of_pairs(value, sample.values(key.name), sample.values(value.name))
        for value in table.columns:
            for names in called if self.names.is_a_value(value.name) else ():
                yield from self._of_pairs(value, names, sample.values(value.name))

    def _of_pairs(self, column: Column, names: Sequence[str | None], values: Sequence[str | None]) -> Iterator[Finding]:
        under: dict[str, list[str]] = defaultdict(list)
        for name, value in zip(names, values, strict=True):
            if name and value and len(name) <= 100:
                under[name].append(value)
        for name, some in under.items():
            yield from self._of_member(column, Nest.ROWS, name, some, len(some))


@dataclass(frozen=True, slots=True)
class _Values:
    """The different values of a column: as they read, and as they are; and whether a few come again and again."""

    texts: Sequence[str]
    raw: Sequence[str]
    come_again: bool = False


@dataclass(frozen=True, slots=True)
class _Proof:
    """What values say: how surely, in words; or that they are nothing of the kind."""

    sureness: Sureness | None = None
    words: str = ""
    speaks_against: bool = False

    @property
    def rank(self) -> int:
        return -1 if self.sureness is None else 3 - self.sureness.rank


_WORDS = {
    "e-mail": "e-mail addresses",
    "ip address": "IP addresses",
    "telephone": "telephone numbers",
    "payment card": "numbers of cards",
    "birth date": "days on which people are born",
    "licence key": "groups of letters and digits",
    "user agent": "names of browsers",
    "operating system": "operating systems",
    "screen": "sizes of screens",
    "credential": "secrets by their looks",
    "bic": "codes of banks",
    "iban": "numbers of bank accounts",
}


@lru_cache(512)
def _cached(name: str) -> Check:
    return check_of(name)


@lru_cache(512)
def _pattern(look: str) -> re.Pattern[str]:
    return re.compile(look)


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    """The different values that say something, as many as are looked at."""
    found = dict.fromkeys(value for value in values if value is not None and value.strip())
    return tuple(found)[:_MOST_VALUES]


def _come_again(values: Sequence[str | None], distinct: Sequence[str]) -> bool:
    told = sum(value is not None and bool(value.strip()) for value in values)
    return 0 < len(distinct) <= _MOST_CODES and told >= _FEW_AMONG * len(distinct)


def _are_short(texts: Sequence[str]) -> bool:
    """Whether most texts are of so few words that they are rather codes than what somebody has written."""
    return 2 * sum(len(text.split()) <= _FEW_WORDS for text in texts) > len(texts)


def _as_texts(column: Column, values: Sequence[str]) -> tuple[Sequence[str], bool]:
    """The values as they read, and whether they are texts: many a program keeps texts in columns of bytes."""
    if column.kind is not Kind.BINARY:
        # SQLite keeps a text in a column of any type.
        return values, column.kind is Kind.TEXT or any(_WORDY.search(value) for value in values)
    texts = [text for value in values if (text := _decoded(value)) is not None]
    if not values or len(texts) < len(values):
        return values, not values
    return texts, True


def _decoded(value: str) -> str | None:
    """What bytes read as; None where they are no text."""
    if not value.startswith("\\x"):
        return value
    try:
        digits = value[2:]
        text = bytes.fromhex(digits[: len(digits) // 2 * 2]).decode(
            "utf-8", "strict" if len(digits) < 3_900 else "ignore"
        )
    except ValueError:
        return None
    return text if all(letter.isprintable() or letter in "\r\n\t" for letter in text) else None


def _numeric_address(column: Column, values: Sequence[str], say: Say) -> _Proof | None:
    """An IP address in a type of its own, in bytes or in a number; the latter two need a name."""
    if column.declared.lower().partition("(")[0] in ("inet", "inet4", "inet6", "cidr"):
        return _Proof(Sureness.PROVEN, f"the column is of the type {column.declared.lower()}")
    if say is Say.NOTHING or not values:
        return None
    if column.kind is Kind.BINARY and all(len(value) in (10, 34) for value in values):  # \x and hex: 4 or 16 bytes
        return _Proof(Sureness.PROVEN, "all values have 4 or 16 bytes")
    if column.kind is Kind.INTEGER:
        fitting = sum(bool(_WHOLE.fullmatch(value)) and int(value) % 2**32 >= _LEAST_ADDRESS for value in values)
        if fitting >= _NEARLY_ALL * len(values):
            return _Proof(Sureness.PROVEN, f"{fitting} of {len(values)} numbers can be IPv4 addresses")
        return _Proof(speaks_against=len(values) >= _ENOUGH)
    return None


def _finding(
    column: Column, element: Element, sureness: Sureness, name: str, values: str, texts: Sequence[str]
) -> Finding | None:
    if element is not Element.CREDENTIAL:
        return Finding(column.name, element, sureness, name, values)
    if column.kind is Kind.INTEGER and not texts:
        return None  # a session's or a token's number far more often than a secret
    # Numbers that are counted, words and yes or no are no secrets, whatever their column is called.
    if texts and not values and not _may_be_secret(name, texts):
        return None
    return Finding(column.name, element, sureness, name, values, sort_of(name, texts))


def _may_be_secret(name: str, texts: Sequence[str]) -> bool:
    if 2 * sum(_is_document(text) for text in texts) > len(texts):
        return False  # its members tell whether one of them is
    if sort_of(name, texts) is Secret.PLAINTEXT or any(
        word in name for word in ("pin", "code", "answer", "otp", "salt")
    ):
        return not all(text in ("0", "1", "true", "false", "t", "f", "yes", "no", "y", "n") for text in texts)
    return any(len(text) >= 8 and (looks_random(text) or len(text) >= 32 or _has_mixture(text)) for text in texts)


def _is_document(text: str) -> bool:
    """Whether a text has members, none of which is a secret by its looks, or is called by one."""
    found = leaves_of(text)
    if found is None or found[0] in TEXTS:
        return False
    return not any(looks_random(part) for names, leaf in found[1] for part in (*names, leaf))


def _has_mixture(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _within_texts(column: Column, texts: Sequence[str]) -> Iterator[Finding]:
    """What the scrubbing of free text would take out of it."""
    long = [text[:_LONGEST_TEXT] for text in texts if " " in text.strip() or secret_of(text) is not None][:_MOST_TEXTS]
    for element in SCRUBBED if long else ():
        hits = sum(_holds(text, element) for text in long)
        if hits:
            secret = Secret.IN_TEXT if element is Element.CREDENTIAL else None
            words = f"in {hits} of {len(long)} texts"
            yield Finding(column.name, element, Sureness.LIKELY, "", words, secret, Nest.TEXT)
    if named := sum(bool(_MAILBOX.search(text)) for text in long):
        words = f"before the address in {named} of {len(long)} texts"
        yield Finding(column.name, Element.NAME, Sureness.LIKELY, "", words, None, Nest.TEXT)


def _holds(text: str, element: Element) -> bool:
    """Whether an element stands within a text; of cards only what issuers give out."""
    if element is Element.PAYMENT_CARD:
        return any(is_card(run) for run in _CARD_RUN.findall(text))
    if element is Element.IP_ADDRESS:
        text = _VERSION.sub("", text)
    return scrubbed(text, (element.value,)) != text


def _is_counted(name: str) -> bool:
    """Whether a name only numbers a list, or is itself a value such as a token."""
    return name.isdigit() or looks_random(name) or len(name) > 60


def _settled(table: Table, findings: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for each element of a column, the surest; and what a surer one explains left out."""
    order = {column.name: place for place, column in enumerate(table.columns)}
    best: dict[tuple[str, Element], Finding] = {}
    for found in findings:
        key = (found.column, found.element)
        if key not in best or found.sureness.rank < best[key].sureness.rank:
            best[key] = found
    by_column: dict[str, list[Finding]] = defaultdict(list)
    for found in best.values():
        by_column[found.column].append(found)
    for column in sorted(by_column, key=lambda name: order[name]):
        some = sorted(by_column[column], key=lambda found: (found.sureness.rank, found.nest is not None))
        yield from (found for found in some if not _explained(found, some))


def _explained(found: Finding, others: Sequence[Finding]) -> bool:
    """Whether a surer finding of the whole column leaves no room for this one."""
    if found.nest is not None:
        # What a text is as a whole stands in it as well: an address in a column of addresses.
        return any(other.nest is None and other.element is found.element for other in others)
    return any(
        other.nest is None
        and other.sureness is Sureness.PROVEN
        and found.sureness is not Sureness.PROVEN
        and (found.element is not Element.CREDENTIAL)
        for other in others
        if other is not found
    )
