"""Faults in families of databases, each of which a test has to notice."""

from __future__ import annotations

from standing.mutants import Mutant

FOUND, SIDE, SURVEY, VERIFY = "families.py", "side_by_side.py", "survey.py", "verify.py"
SUMS, SCANNED, QUICK = "render/sums.py", "render/scanned.py", "quick.py"
OWN = "each member stands for itself"
READABLE = "totals first, then what is unusual, a little of it"
CAPPED = "so many at a time, and of one server fewer"

FAMILIES = (
    Mutant(
        "a family may have no members", "what is expected is missed", FOUND, "    if not found:\n", "    if False:\n"
    ),
    Mutant(
        "a database has two names",
        "holds under one name are seen under the other",
        FOUND,
        "    _check_places(found)\n",
        "",
    ),
    Mutant(
        "everybody may put members into a folder",
        "others cannot add a database",
        FOUND,
        "    _check_folder(folder)\n",
        "",
    ),
    Mutant(
        "what SQLite keeps beside a file is a member",
        "a member is a database",
        FOUND,
        "and not beside and",
        "and",
    ),
    Mutant(
        "hidden files are members",
        "a pattern fits what a shell's would",
        FOUND,
        'and name.startswith(".") <= part.startswith(".")',
        "",
    ),
    Mutant(
        "a hold on a member is forgotten where members are alike",
        OWN,
        SURVEY,
        "None if name in self.named or family == name else",
        "None if family == name else",
    ),
    Mutant(
        "what is held in a circle of links is found in one member for all",
        OWN,
        SURVEY,
        "if survey.ruling.held.walked:",
        "if False:",
    ),
    Mutant(
        "members of other schemas are taken for alike",
        OWN,
        SURVEY,
        "default_schema, alike, as_of)",
        "default_schema, as_of)",
    ),
    Mutant(
        "a member that fails stops the others",
        "one unreachable tenant does not stop the others",
        SURVEY,
        "        return Failure(name, str(error), error.exit_code)\n",
        "        raise\n",
    ),
    Mutant(
        "a server is asked once more than it should be", CAPPED, SIDE, "< self._most(server)]", "<= self._most(server)]"
    ),
    Mutant(
        "tasks are begun after the end", "no task is begun any more", SIDE, "            self.waiting.clear()\n", ""
    ),
    Mutant(
        "a sum of figures that go on is told as all",
        READABLE,
        SUMS,
        "any(glance.more for glance in known)",
        "all(glance.more for glance in known)",
    ),
    Mutant("all that has failed is told", READABLE, SUMS, "in told[:NAMED])", "in told)"),
    Mutant("all that is unusual is told", READABLE, SCANNED, "list(told.items())[:NAMED]", "list(told.items())"),
    Mutant(
        "one more is unusual", READABLE, SCANNED, "_several(len(names) - 1, 'other')", "_several(len(names), 'other')"
    ),
    Mutant(
        "the smallest are told as the largest",
        READABLE,
        SUMS,
        "key=lambda found: -found.due",
        "key=lambda found: found.due",
    ),
    Mutant(
        "the ledger is read once a database",
        "the ledger is read once",
        VERIFY,
        "told.generations[name], generations[name]",
        "told.generations[name], ledger.generation(name)",
    ),
    Mutant(
        "members are compared with what is told of others",
        OWN,
        VERIFY,
        "evidences[evidence.database].append(evidence)",
        'evidences[""].append(evidence)',
    ),
)
