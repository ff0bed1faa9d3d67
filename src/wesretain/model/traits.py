"""By what a column is told to hold an element: words of its name, looks of its values, and checks that prove them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum

from wesretain.model.inventory import Element
from wesretain.model.rule import Category
from wesretain.model.schema import Kind


class OwnCheck(StrEnum):
    """Checks that prove a value, beside the modules of python-stdnum, which are called as `my.nric` is."""

    EMAIL = "e-mail"
    IP_ADDRESS = "ip address"
    TELEPHONE = "telephone"
    PAYMENT_CARD = "payment card"
    BIRTH_DATE = "birth date"
    LICENCE_KEY = "licence key"
    USER_AGENT = "user agent"
    OPERATING_SYSTEM = "operating system"
    SCREEN = "screen"
    CREDENTIAL = "credential"
    BIC = "bic"
    IBAN = "iban"


@dataclass(frozen=True, slots=True)
class Trait:
    """How one element is told. `names`, `hints` and `beside` are words, parted by spaces.

    `names` say it, `hints` only that it may be, and `beside` say it beside a column whose name says one of the
    `neighbours`, or, where there are none, the element itself. `looks` are regular expressions, one of which all of a
    value matches where it may be one; `checks` are the names of those that prove it (see `discovery.checks`).
    """

    element: Element
    kinds: tuple[Kind, ...] = ()
    names: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    neighbours: tuple[Element, ...] = ()
    looks: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()

    def __add__(self, other: Trait) -> Trait:
        return Trait(self.element, *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)[1:]))


@dataclass(frozen=True, slots=True)
class Words:
    """What words in names mean, whatever element is looked for.

    After a name, those of `about` tell of a thing and are not the thing, and those of `endings` leave it what it is;
    before one, those of `asks` ask about it. `nothing` are names that look like one of an element. In the names of
    columns stand `time`, `role`, and `clerk` before `by`, who wrote a row; in those of tables `staff`, `machine` (what
    logs in there is no person), and the words of each category. `mark` says nothing, such as `tbl` in `tblclients`.
    `sensitive` words tell of persons what no element stands for, such as their health.
    """

    person: tuple[str, ...] = ()
    visit: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    key_column: tuple[str, ...] = ()
    value_column: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    clerk: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()
    mark: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    server: tuple[str, ...] = ()
    user_communications: tuple[str, ...] = ()

    def __add__(self, other: Words) -> Words:
        return Words(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def of_tables(self, category: Category) -> tuple[str, ...]:
        """The words in the names of tables that hold data of a category."""
        match category:
            case Category.PERSONAL:
                return self.personal
            case Category.SERVER:
                return self.server
            case Category.USER_COMMUNICATIONS:
                return self.user_communications
            case Category.NON_PERSONAL:
                return ()


@dataclass(frozen=True, slots=True)
class Traits:
    """How all elements are told."""

    words: Words = Words()
    elements: tuple[Trait, ...] = field(default=())

    def __add__(self, other: Traits) -> Traits:
        """Both together, element by element."""
        mine = {trait.element: trait for trait in self.elements}
        for trait in other.elements:
            mine[trait.element] = mine[trait.element] + trait if trait.element in mine else trait
        return Traits(self.words + other.words, tuple(mine.values()))


#: Nothing beyond what comes with wesretain.
NONE = Traits()
