"""What may stand in the three files, as pydantic models: they judge the shape of a file and yield its JSON Schema.

They say which keys there are, and whether a value is a text, a list or a mapping. What a text means (a period, a
condition, a zone) is read by the module of that language; here such a value is `Any`, with its schema by name. Nobody
uses the instances: the readers walk over the document itself, as far as it is sound.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from wesretain.model.inventory import Element
from wesretain.model.rule import Category, Disposition
from wesretain.policy.fragments import NULLABLE, SCALAR, TEXT, Json, one_or_several, several

GRAMMAR: Json = {
    "text": TEXT,
    "texts": one_or_several(TEXT),
    "values": one_or_several(SCALAR),
    "nullable": one_or_several(NULLABLE),
}
_ELEMENT: Json = {"enum": [element.value for element in Element if element is not Element.NONE]}


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _elements_as_list(value: Any) -> Any:
    return [] if value in (None, Element.NONE.value) else _as_list(value)


def _grammar(name: str) -> WithJsonSchema:
    """The schema of a small language, by the name under which its own module has it."""
    return WithJsonSchema({"x-grammar": name})


def _key(description: str, *examples: Any) -> Any:
    return Field(description=description, examples=list(examples) or None)


def _optional(description: str, *examples: Any) -> Any:
    return Field(default=None, description=description, examples=list(examples) or None)


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), _grammar("text")]
Texts = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1), _grammar("texts")]
Values = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1), _grammar("values")]
OrNull = Annotated[list[str | None], BeforeValidator(_as_list), Field(min_length=1), _grammar("nullable")]
Elements = Annotated[
    list[Element],
    BeforeValidator(_elements_as_list),
    WithJsonSchema({"anyOf": [{"enum": [*_ELEMENT["enum"], "none", None]}, several(_ELEMENT)]}),
]
Flag = Annotated[Literal["true", "false"], WithJsonSchema({"type": "boolean"})]
Where = Annotated[Any, _grammar("where")]
Period = Annotated[Any, _grammar("period")]
Age = Annotated[Any, _grammar("age")]
After = Annotated[Any, _grammar("after")]
Redactions = Annotated[Any, _grammar("redactions")]
Fates = Annotated[Any, _grammar("fates")]
Rows = Annotated[Any, _grammar("rows")]
Times = Annotated[Any, _grammar("times")]
Share = Annotated[Any, _grammar("share")]
Url = Annotated[Any, _grammar("url")]
Urls = Annotated[list[Any], BeforeValidator(_as_list), Field(min_length=1), _grammar("urls")]
Seconds = Annotated[Any, _grammar("seconds")]
Secret = Annotated[Any, _grammar("secret")]
Discover = Annotated[Any, _grammar("discover")]


class Definition(BaseModel):
    """A mapping whose keys are all known."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=lambda name: name.rstrip("_").replace("_", " "),
        model_title_generator=lambda model: model.__name__.removesuffix("Definition").lower(),
    )


class RuleDefinition(Definition):
    """One retention rule: which records, how long, from when, then what."""

    title: Text = _optional("What the rule is about, for people; its name where none is given.")
    category: Category = _optional("The kind of data, where the file names none.")
    table: Text = _key("The table: `database.table` or `database.schema.table`.", "helpdesk.tickets")
    where: Where = _optional("Which records; all of the table where none is given.")
    keep: Period = _key("How long: `90 days`, `12 weeks`, `18 months`, `7 years`, `P7Y`, or `nothing`.")
    after: After = _optional("The clock from which the period runs: a column, or `{newest of: […]}`.")
    then: Disposition = _key("What is done with a record that is due.")
    columns: Redactions = _optional("What each column becomes, where the rule redacts.")
    with_: Fates = _optional("What becomes of the rows below, one line a path.")
    purpose: Text = _optional("What the data is kept for.")
    basis: Text = _optional("The lawful basis.")
    law: Text = _optional("The law that makes the period a minimum for every other rule.")
    protects: Texts = _optional("The columns to which the law's minimum is narrowed.")
    agreed_until: Text = _optional("The column with the date until which the person agreed to a longer time.")
    overrides: Texts = _optional("The ordinary rules that this one strikes; never law, never a hold.")
    may_empty_the_table: Flag = _optional("Whether the rule may take every row of its table.")


class PolicyDefinition(Definition):
    """A file of retention rules, with defaults for all of them."""

    model_config = ConfigDict(title="wesretain policy")

    version: Annotated[Text, WithJsonSchema({"enum": [1, "1"]})] = _key("The version of the policy language: 1.")
    category: Category = _optional("The category of every rule without its own.")
    purpose: Text = _optional("The purpose of every rule without its own.")
    basis: Text = _optional("The lawful basis of every rule without its own.")
    database: Text = _optional("The database of every rule whose `table` names none.")
    rules: dict[str, RuleDefinition] = Field(description="The rules, by name; none yet is `{}`.")


class LinkDefinition(Definition):
    """A foreign key that the database does not declare."""

    to: Text = _key("The table that is linked to: `table` or `schema.table`.")
    by: Texts = _optional("The foreign-key column or columns, wherever they stand; paired with the other table's key.")
    on: Annotated[dict[str, Text], Field(min_length=1)] = _optional("Pairs of columns: `{here: there}`.")
    nobody: Values = _optional("The values that lead nowhere, such as 0.")
    when: Where = _optional("Which rows of this table link so, such as `{object_type: T}`.")
    where: Where = _optional("Which rows of the other table are reached.")


class ClockDefinition(Definition):
    """How a column says a time."""

    format: Text = _optional(
        "How it is written, where the column is not a typed date or time: `iso`, `epoch seconds`, `yyyymmddhhmmss`, … "
        "(see the clock formats)."
    )
    zone: Text = _optional("The time zone of values that carry none.", "Asia/Kuala_Lumpur")
    undated: OrNull = _optional("The values that say nothing.")
    never: OrNull = _optional("The values that mean: kept for good.")
    expires: Flag = _optional("Whether the time is an end, so that `keep: 0 days` makes sense.")
    floor: Text = _optional("The day before which a value is a mistake; 1970-01-02 where none is given.")
    counts_from: Literal["start", "end"] = _optional("Whether a whole day or month counts from its start or its end.")


class TableDefinition(Definition):
    """What one table holds."""

    category: Category = _optional("The kind of data that the table holds.")
    subjects: Texts = _optional("The paths to the persons whose data a row is; `self`, or `none`.")
    links: dict[str, LinkDefinition] = _optional("Foreign keys that the database does not declare, by name.")
    clocks: dict[str, ClockDefinition] = _optional("The columns that say a time, where more is to be said of them.")
    columns: Annotated[dict[str, Elements], Field(min_length=1)] = _optional(
        "All columns of the table, each with the elements that it holds."
    )
    key: Literal["none"] = _optional(
        "`none`: the table has no key; its rows go by the whole condition, and a hold that can reach any holds all."
    )


class DatabaseDefinition(Definition):
    """What one database holds, with defaults for its tables."""

    location: Text = _optional("Where it stands.", "Kuala Lumpur, MY")
    processor: Text = _optional("Who runs it; `own` where nobody else does.")
    zone: Text = _optional("The time zone of every clock that carries none.")
    category: Category = _optional("The category of every table without its own.")
    subjects: Texts = _optional("The subjects of every table without its own.")
    tables: dict[str, TableDefinition] = _optional("The tables, by name: `table` or `schema.table`.")


class InventoryDefinition(Definition):
    """What the databases hold, and what they do not declare themselves."""

    model_config = ConfigDict(title="wesretain inventory")

    databases: dict[str, DatabaseDefinition] = Field(description="The databases, by name.", min_length=1)


class TlsDefinition(Definition):
    """How a connection is encrypted and the server proved."""

    mode: Literal["disable", "require", "verify-ca", "verify-full"] = _key("How much is asked of the server.")
    ca: Text = _optional("The file of the authorities that are trusted.")
    certificate: Text = _optional("The file of the client's certificate.")
    key: Text = _optional("The file of the client's key.")


class ReplicasDefinition(Definition):
    """The replicas of a database that apply waits for, where they fall behind."""

    lag: Seconds = _key("How many seconds they may be behind between two batches.", "10 s")
    urls: Urls = _optional(
        "Their URLs, for the role and the password that apply; where none is given, PostgreSQL's primary is asked."
    )


class ConnectionDefinition(Definition):
    """Where a database is: one `url`, or a `scan_url` and an `apply_url`; or where many of one kind are found."""

    url: Url = _optional("The URL for everything; without a password.", "postgresql://wesretain@db.example/helpdesk")
    scan_url: Url = Field(default=None, alias="scan_url", description="The URL of the role that only reads.")
    apply_url: Url = Field(default=None, alias="apply_url", description="The URL of the role that deletes and redacts.")
    password: Secret = _optional("Where the password for `url` or `scan_url` is.")
    apply_password: Secret = Field(
        default=None, alias="apply_password", description="Where the password for `apply_url` is."
    )
    tls: TlsDefinition = _optional("How the connection is encrypted.")
    replicas: ReplicasDefinition = _optional("The replicas that apply waits for, where they fall behind.")
    discover: Discover = _optional(
        "Many databases in place of one: a pattern of their names on the URL's server (`*` stands for any letters, `?` "
        "for one), `{files: PATTERN}` of SQLite files, or `{list: PATH}`, a YAML file of names and URLs.",
    )


class LimitsDefinition(Definition):
    """What one run may at most remove; `none` is no limit, 0 is none at all."""

    rows_per_rule: Rows = _optional("The rows that one rule may remove in a run.")
    share_per_rule: Share = _optional("The share of its table that one rule may remove in a run.")
    rows_per_run: Rows = _optional("The rows that a run may remove in all.")
    growth_per_rule: Times = _optional(
        "How many times the median of its last five runs a rule may find; asked only above 1,000 records."
    )


class ConfigDefinition(Definition):
    """Which organisation, which databases, which files, which limits. Paths count from this file's folder."""

    model_config = ConfigDict(title="wesretain configuration")

    organisation: Text = _key("Whose data it is.")
    zone: Text = _key("The time zone in which periods are counted.", "Asia/Kuala_Lumpur")
    inventory: Text = _optional("The inventory file; `inventory.yaml` where none is given.")
    policies: Text = _optional("The policy file, or the folder of them; `policies` where none is given.")
    ledger: Text = _key(
        "The ledger, which only `init` creates: a file, or the URL of a database on PostgreSQL, without a password.",
        "/var/lib/wesretain/ledger.db",
        "postgresql://wesretain@db.example/ledger",
    )
    ledger_password: Secret = _optional("Where the password for the ledger's URL is.")
    ledger_tls: TlsDefinition = _optional("How the connection to the ledger is encrypted.")
    ledger_keep: Age = _optional("How long the ledger keeps what its entries say; for ever where none is given.")
    limits: LimitsDefinition = _optional("What one run may at most remove.")
    keys: dict[str, Secret] = _optional("The keys that redactions hash with, by name.")
    databases: dict[str, ConnectionDefinition] = Field(description="The databases, by name.", min_length=1)
