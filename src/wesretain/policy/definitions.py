"""What may stand in the three files, key by key: by this their shape is judged, and their JSON Schema is made.

It says which keys there are, and whether a value is a text, a list or a mapping. What a text means (a period, a
condition, a zone) is read by the module of that language; here such a value is `Free`, with its schema by name.
"""

from __future__ import annotations

from enum import StrEnum

from wesretain.model.inventory import Element
from wesretain.model.rule import Category, Disposition
from wesretain.model.schema import Kind
from wesretain.policy.fragments import NULLABLE, SCALAR, TEXT, Json, one_or_several, several
from wesretain.policy.shape import Definition, Free, Key, Names, Several, Shape, Text, Word

GRAMMAR: Json = {
    "text": TEXT,
    "texts": one_or_several(TEXT),
    "values": one_or_several(SCALAR),
    "nullable": one_or_several(NULLABLE),
    **{
        kind.__name__: {
            "title": kind.__name__,
            "description": kind.__doc__,
            "type": "string",
            "enum": [word.value for word in kind],
        }
        for kind in (Category, Disposition, Kind)
    },
}
_ELEMENT: Json = {"enum": [element.value for element in Element if element is not Element.NONE]}


def _grammar(name: str) -> Json:
    """The schema of a small language, by the name under which its own module has it."""
    return {"$ref": f"#/$defs/{name}"}


def _words(kind: type[StrEnum]) -> Word:
    return Word(_grammar(kind.__name__), tuple(word.value for word in kind))


def _literal(*words: str) -> Word:
    return Word({"type": "string", "enum": list(words)}, words)


def _key(shape: Shape, description: str, *examples: str) -> Key:
    return Key(shape, description, examples, needed=True)


def _optional(shape: Shape, description: str, *examples: str) -> Key:
    return Key(shape, description, examples)


_TEXT = Text(_grammar("text"))
_TEXTS = Several(_grammar("texts"), _TEXT)
_VALUES = Several(_grammar("values"), Text(SCALAR, blank=True))
_OR_NULL = Several(_grammar("nullable"), Text(NULLABLE, blank=True, null=True))
_CATEGORY, _DISPOSITION = _words(Category), _words(Disposition)
_ELEMENTS = Several(
    {"anyOf": [{"enum": [*_ELEMENT["enum"], "none", None]}, several(_ELEMENT)]},
    Word(_ELEMENT, tuple(element.value for element in Element)),
    none=True,
)
_FLAG = Word({"type": "boolean"}, ("true", "false"))
_WHERE, _PERIOD, _AGE, _AFTER, _REDACTIONS, _FATES, _ROWS, _TIMES, _SHARE, _URL, _SECONDS, _SECRET, _DISCOVER = (
    Free(_grammar(name))
    for name in (
        *("where", "period", "age", "after", "redactions", "fates"),
        *("rows", "times", "share", "url", "seconds", "secret", "discover"),
    )
)
_URLS = Several(_grammar("urls"), _URL)

RULE = Definition(
    "rule",
    "One retention rule: which records, how long, from when, then what.",
    {
        "title": _optional(_TEXT, "What the rule is about, for people; its name where none is given."),
        "category": _optional(_CATEGORY, "The kind of data, where the file names none."),
        "table": _key(_TEXT, "The table: `database.table` or `database.schema.table`.", "helpdesk.tickets"),
        "where": _optional(_WHERE, "Which records; all of the table where none is given."),
        "keep": _key(_PERIOD, "How long: `90 days`, `12 weeks`, `18 months`, `7 years`, `P7Y`, or `nothing`."),
        "after": _optional(_AFTER, "The clock from which the period runs: a column, or `{newest of: […]}`."),
        "then": _key(_DISPOSITION, "What is done with a record that is due."),
        "columns": _optional(_REDACTIONS, "What each column becomes, where the rule redacts."),
        "with": _optional(_FATES, "What becomes of the rows below, one line a path."),
        "purpose": _optional(_TEXT, "What the data is kept for."),
        "basis": _optional(_TEXT, "The lawful basis."),
        "law": _optional(_TEXT, "The law that makes the period a minimum for every other rule."),
        "protects": _optional(_TEXTS, "The columns to which the law's minimum is narrowed."),
        "agreed until": _optional(_TEXT, "The column with the date until which the person agreed to a longer time."),
        "overrides": _optional(_TEXTS, "The ordinary rules that this one strikes; never law, never a hold."),
        "may empty the table": _optional(_FLAG, "Whether the rule may take every row of its table."),
    },
)

POLICY = Definition(
    "policy",
    "A file of retention rules, with defaults for all of them.",
    {
        "version": _key(Text({"enum": [1, "1"]}), "The version of the policy language: 1."),
        "category": _optional(_CATEGORY, "The category of every rule without its own."),
        "purpose": _optional(_TEXT, "The purpose of every rule without its own."),
        "basis": _optional(_TEXT, "The lawful basis of every rule without its own."),
        "database": _optional(_TEXT, "The database of every rule whose `table` names none."),
        "rules": _key(Names(RULE), "The rules, by name; none yet is `{}`."),
    },
)

LINK = Definition(
    "link",
    "A foreign key that the database does not declare.",
    {
        "to": _key(_TEXT, "The table that is linked to: `table` or `schema.table`."),
        "by": _optional(
            _TEXTS, "The foreign-key column or columns, wherever they stand; paired with the other table's key."
        ),
        "on": _optional(Names(_TEXT, empty=False), "Pairs of columns: `{here: there}`."),
        "nobody": _optional(_VALUES, "The values that lead nowhere, such as 0."),
        "when": _optional(_WHERE, "Which rows of this table link so, such as `{object_type: T}`."),
        "where": _optional(_WHERE, "Which rows of the other table are reached."),
    },
)

CLOCK = Definition(
    "clock",
    "How a column says a time.",
    {
        "format": _optional(
            _TEXT,
            "How it is written, where the column is not a typed date or time: `iso`, `epoch seconds`, "
            "`yyyymmddhhmmss`, … (see the clock formats).",
        ),
        "zone": _optional(_TEXT, "The time zone of values that carry none.", "Asia/Kuala_Lumpur"),
        "undated": _optional(_OR_NULL, "The values that say nothing."),
        "never": _optional(_OR_NULL, "The values that mean: kept for good."),
        "expires": _optional(_FLAG, "Whether the time is an end, so that `keep: 0 days` makes sense."),
        "floor": _optional(_TEXT, "The day before which a value is a mistake; 1970-01-02 where none is given."),
        "counts from": _optional(
            _literal("start", "end"), "Whether a whole day or month counts from its start or its end."
        ),
    },
)

TABLE = Definition(
    "table",
    "What one table holds.",
    {
        "category": _optional(_CATEGORY, "The kind of data that the table holds."),
        "subjects": _optional(_TEXTS, "The paths to the persons whose data a row is; `self`, or `none`."),
        "links": _optional(Names(LINK), "Foreign keys that the database does not declare, by name."),
        "clocks": _optional(Names(CLOCK), "The columns that say a time, where more is to be said of them."),
        "columns": _optional(
            Names(_ELEMENTS, empty=False), "All columns of the table, each with the elements that it holds."
        ),
        "disclosed to": _optional(
            _TEXTS, "Third parties that are given the data, each perhaps with its place.", "domain registries, US"
        ),
        "key": _optional(
            _literal("none"),
            "`none`: the table has no key; its rows go by the whole condition, and a hold that can reach any holds "
            "all.",
        ),
    },
)

DATABASE = Definition(
    "database",
    "What one database holds, with defaults for its tables.",
    {
        "location": _optional(_TEXT, "Where it stands.", "Kuala Lumpur, MY"),
        "processor": _optional(_TEXT, "Who runs it; `own` where nobody else does."),
        "zone": _optional(_TEXT, "The time zone of every clock that carries none."),
        "category": _optional(_CATEGORY, "The category of every table without its own."),
        "subjects": _optional(_TEXTS, "The subjects of every table without its own."),
        "tables": _optional(Names(TABLE), "The tables, by name: `table` or `schema.table`."),
    },
)

INVENTORY = Definition(
    "inventory",
    "What the databases hold, and what they do not declare themselves.",
    {
        "databases": _key(Names(DATABASE, empty=False), "The databases, by name."),
    },
)

WORDS = Definition(
    "words",
    "What words in names mean, whatever element is looked for.",
    {
        "person": _optional(_TEXTS, "Whose data it is; a table with such a word in its name holds persons."),
        "visit": _optional(_TEXTS, "Somebody's visit of a page."),
        "about": _optional(_TEXTS, "After a name: they tell of the thing, and are not the thing itself."),
        "asks": _optional(_TEXTS, "Before a name: they ask about the thing."),
        "endings": _optional(_TEXTS, "After a name: they leave it what it is."),
        "nothing": _optional(_TEXTS, "Names that look like one of an element, and hold nothing of it."),
        "key column": _optional(_TEXTS, "The column of names in a table of names and values."),
        "value column": _optional(_TEXTS, "The column of values in such a table."),
        "time": _optional(_TEXTS, "In the name of a column: it says a time."),
        "role": _optional(_TEXTS, "In the name of a column: who somebody is to a row, such as its author."),
        "staff": _optional(_TEXTS, "In the name of a table: persons who work for the company."),
        "clerk": _optional(_TEXTS, "Before `by` in the name of a column: who wrote the row, and is not its subject."),
        "machine": _optional(_TEXTS, "In the name of a table: what logs in there is no person."),
        "sensitive": _optional(_TEXTS, "In the name of a column: it tells of persons what no element stands for."),
        "mark": _optional(_TEXTS, "Before a name: what says nothing, such as `tbl` in `tblclients`."),
        "personal": _optional(_TEXTS, "In the name of a table: it holds personal data."),
        "server": _optional(_TEXTS, "In the name of a table: it holds server information."),
        "user_communications": _optional(_TEXTS, "In the name of a table: it holds what people wrote."),
    },
)

TRAIT = Definition(
    "trait",
    "How one element is told.",
    {
        "types": _optional(
            Several(one_or_several(_grammar("Kind")), _words(Kind)),
            "The types of columns that can hold it.",
        ),
        "names": _optional(_TEXTS, "Names of columns that hold it."),
        "maybe": _optional(_TEXTS, "Names of columns that may hold it: their values have to show it."),
        "beside": _optional(_TEXTS, "Names of columns that hold it beside a neighbour."),
        "neighbours": _optional(
            _ELEMENTS, "The elements beside which `beside` counts; the element itself where none is given."
        ),
        "looks": _optional(_TEXTS, "Regular expressions, one of which all of a value matches that may be one."),
        "checks": _optional(_TEXTS, "The checks that prove a value to be one."),
    },
)

ELEMENTS = Definition(
    "elements",
    "How discovery tells what a column holds, beside what it knows by itself.",
    {
        "words": _optional(WORDS, "What words in names mean."),
        "elements": _optional(Names(TRAIT), "The elements, by name."),
    },
)

TLS = Definition(
    "tls",
    "How a connection is encrypted and the server proved.",
    {
        "mode": _key(_literal("disable", "require", "verify-ca", "verify-full"), "How much is asked of the server."),
        "ca": _optional(_TEXT, "The file of the authorities that are trusted."),
        "certificate": _optional(_TEXT, "The file of the client's certificate."),
        "key": _optional(_TEXT, "The file of the client's key."),
    },
)

REPLICAS = Definition(
    "replicas",
    "The replicas of a database that apply waits for, where they fall behind.",
    {
        "lag": _key(_SECONDS, "How many seconds they may be behind between two batches.", "10 s"),
        "urls": _optional(
            _URLS,
            "Their URLs, for the role and the password that apply; where none is given, PostgreSQL's primary is asked.",
        ),
    },
)

CONNECTION = Definition(
    "connection",
    "Where a database is: one `url`, or a `scan_url` and an `apply_url`; or where many of one kind are found.",
    {
        "url": _optional(
            _URL, "The URL for everything; without a password.", "postgresql://wesretain@db.example/helpdesk"
        ),
        "scan_url": _optional(_URL, "The URL of the role that only reads."),
        "apply_url": _optional(_URL, "The URL of the role that deletes and redacts."),
        "password": _optional(_SECRET, "Where the password for `url` or `scan_url` is."),
        "apply_password": _optional(_SECRET, "Where the password for `apply_url` is."),
        "tls": _optional(TLS, "How the connection is encrypted."),
        "replicas": _optional(REPLICAS, "The replicas that apply waits for, where they fall behind."),
        "discover": _optional(
            _DISCOVER,
            "Many databases in place of one: a pattern of their names on the URL's server (`*` stands for any letters, "
            "`?` for one), `{files: PATTERN}` of SQLite files, or `{list: PATH}`, a YAML file of names and URLs.",
        ),
    },
)

LIMITS = Definition(
    "limits",
    "What one run may at most remove; `none` is no limit, 0 is none at all.",
    {
        "rows per rule": _optional(_ROWS, "The rows that one rule may remove in a run."),
        "share per rule": _optional(_SHARE, "The share of its table that one rule may remove in a run."),
        "rows per run": _optional(_ROWS, "The rows that a run may remove in all."),
        "growth per rule": _optional(
            _TIMES, "How many times the median of its last five runs a rule may find; asked only above 1,000 records."
        ),
    },
)

CONFIG = Definition(
    "configuration",
    "Which organisation, which databases, which files, which limits. Paths count from this file's folder.",
    {
        "organisation": _key(_TEXT, "Whose data it is."),
        "location": _optional(_TEXT, "Where the organisation is; data elsewhere crosses a border.", "Kuala Lumpur, MY"),
        "zone": _key(_TEXT, "The time zone in which periods are counted.", "Asia/Kuala_Lumpur"),
        "inventory": _optional(_TEXT, "The inventory file; `inventory.yaml` where none is given."),
        "policies": _optional(_TEXT, "The policy file, or the folder of them; `policies` where none is given."),
        "elements": _optional(_TEXT, "A file of more words and checks by which discovery tells elements."),
        "ledger": _key(
            _TEXT,
            "The ledger, which only `init` creates: a file, or the URL of a database on PostgreSQL, without a "
            "password.",
            "/var/lib/wesretain/ledger.db",
            "postgresql://wesretain@db.example/ledger",
        ),
        "ledger password": _optional(_SECRET, "Where the password for the ledger's URL is."),
        "ledger tls": _optional(TLS, "How the connection to the ledger is encrypted."),
        "ledger keep": _optional(_AGE, "How long the ledger keeps what its entries say; for ever where none is given."),
        "limits": _optional(LIMITS, "What one run may at most remove."),
        "keys": _optional(Names(_SECRET), "The keys that redactions hash with, by name."),
        "databases": _key(Names(CONNECTION, empty=False), "The databases, by name."),
    },
)
