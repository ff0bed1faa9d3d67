"""Faults in discovery, coverage and reports, each of which a test has to notice."""

from __future__ import annotations

from standing.mutants import Mutant

CLASSIFY, NAMING, SECRETS = "discovery/classify.py", "discovery/naming.py", "discovery/secrets.py"
NESTED, SAMPLING, CLOCKS = "discovery/nested.py", "discovery/sampling.py", "discovery/clocks.py"
LINKS, PROPOSALS, MERGE = "discovery/links.py", "discovery/proposals.py", "policy/merge.py"
COVERAGE, AGES, HTML = "coverage.py", "ages.py", "render/html.py"
SCHEDULE, INVENTORY, HEALTH = "render/schedule.py", "cli/inventory.py", "doctor/health.py"
EVIDENCE = "names and values are separate evidence"
BOUNDED = "a few rows of a table, from all over it"
DOUBT = "what is not sure is a comment"
KEEPS = "every letter of a person stays"
COMPLETE = "each gap is told"
HARMLESS = "no value of a record, and nothing that a file says, gets into a page as it is"

FOUND = (
    Mutant(
        "values cannot speak against a name",
        EVIDENCE,
        CLASSIFY,
        "or (proof.sureness is None and self._contradict(trait, values)):",
        "or (proof.sureness is None and False):",
    ),
    Mutant(
        "a check is asked of half of the values", EVIDENCE, CLASSIFY, "_NEARLY_ALL = 0.8\n", "_NEARLY_ALL = 0.2\n"
    ),
    Mutant(
        "any word under the name of a secret is one",
        EVIDENCE,
        CLASSIFY,
        "    if texts and not values and not _may_be_secret(name, texts):\n",
        "    if False:\n",
    ),
    Mutant(
        "what stands beside counts anywhere",
        EVIDENCE,
        CLASSIFY,
        "if not each.beside or self._has_beside(table, column, each))",
        "if True)",
    ),
    Mutant(
        "texts are not searched", EVIDENCE, CLASSIFY, "        yield from _within_texts(column, plain)\n", ""
    ),
    Mutant(
        "bytes are never read as texts",
        EVIDENCE,
        CLASSIFY,
        "    if not values or len(texts) < len(values):\n",
        "    if True:\n",
    ),
    Mutant(
        "what a name tells of is taken for the thing",
        EVIDENCE,
        NAMING,
        "_run(after[:count]) in self._about for count in",
        "False for count in",
    ),
    Mutant(
        "a question about a thing is taken for the thing",
        EVIDENCE,
        NAMING,
        "if any(word in self._asks for word in before) or any(",
        "if any(",
    ),
    Mutant(
        "the first word of a name is its head",
        EVIDENCE,
        NAMING,
        "for end in range(len(words), border, -1):",
        "for end in range(border + 1, len(words) + 1):",
    ),
    Mutant(
        "names lose their plurals no more",
        EVIDENCE,
        NAMING,
        "tuple(singular(hump.lower())",
        "tuple((hump.lower())",
    ),
    Mutant(
        "the initials of a table say something",
        EVIDENCE,
        NAMING,
        "            return own[1:]\n",
        "            return own\n",
    ),
    Mutant(
        "a name that takes a neighbour outdoes one that does not",
        EVIDENCE,
        NAMING,
        "key=lambda each: (each.say, not each.beside))}",
        "key=lambda each: each.say)}",
    ),
    Mutant(
        "codes are what people write",
        EVIDENCE,
        CLASSIFY,
        "if trait.element is Element.FREE_TEXT and values.come_again and _are_short(texts):",
        "if False:",
    ),
    Mutant(
        "sentences that come again are codes",
        EVIDENCE,
        CLASSIFY,
        "and values.come_again and _are_short(texts):",
        "and values.come_again:",
    ),
    Mutant(
        "a document is a secret because of its name",
        EVIDENCE,
        CLASSIFY,
        "if 2 * sum(_is_document(text) for text in texts) > len(texts):",
        "if False:",
    ),
    Mutant(
        "any document under such a name is none",
        EVIDENCE,
        CLASSIFY,
        "    return not any(looks_random(part)",
        "    return True or not any(looks_random(part)",
    ),
    Mutant(
        "a document within a document is a text",
        EVIDENCE,
        NESTED,
        "_MOST_WITHIN = 4",
        "_MOST_WITHIN = 1",
    ),
    Mutant(
        "what other tables call a value is not asked",
        EVIDENCE,
        CLASSIFY,
        "for names in called if self.names.is_a_value(value.name) else ():",
        "for names in ():",
    ),
    Mutant(
        "a column says nothing of where it points",
        EVIDENCE,
        "discovery/along.py",
        "            if (here, element) not in known\n",
        "            if False\n",
    ),
    Mutant(
        "hashes are plain texts",
        EVIDENCE,
        SECRETS,
        "return Secret.HASH if hashed * 2 >",
        "return Secret.HASH if hashed >",
    ),
    Mutant(
        "a text of PHP is as long as it says, in letters",
        EVIDENCE,
        NESTED,
        '    letters = raw.decode("latin-1")',
        "    letters = text",
    ),
    Mutant(
        "each place of a table gives all that follows",
        BOUNDED,
        SAMPLING,
        "yield query.where(key >= start).order_by(key).limit(share)",
        "yield query.where(key >= start).order_by(key)",
    ),
    Mutant(
        "a table without an order is read whole",
        BOUNDED,
        SAMPLING,
        "            yield query.limit(ROWS)\n",
        "            yield query\n",
    ),
    Mutant(
        "only the beginning of a table is read",
        BOUNDED,
        SAMPLING,
        "        case Numbered(column):\n"
        "            yield from _along(live, table, query, _hidden(row, column), drawn)\n",
        "",
    ),
    Mutant(
        "each run draws other rows",
        BOUNDED,
        SAMPLING,
        'drawn = Random(f"{seed} {table.full_name}")',
        "drawn = Random()",
    ),
    Mutant(
        "a unit that is too coarse reads as never",
        "a clock is read in the unit in which it is written",
        CLOCKS,
        "return self._dial is not None and self._dial.encoding not in (",
        "return self._dial is not None or self._dial in (",
    ),
    Mutant(
        "numbers are times whatever their column is called",
        "a clock is read in the unit in which it is written",
        CLOCKS,
        "        if not named and format_ not in _UNMISTAKABLE:\n            continue\n",
        "",
    ),
    Mutant(
        "a link that few values prove is taken for one",
        DOUBT,
        "model/discovered.py",
        "return self.tried >= LEAST_TRIED and self.found * 100 >= self.tried * 98",
        "return self.tried >= LEAST_TRIED",
    ),
    Mutant(
        "a link by its name alone is taken for one",
        DOUBT,
        "model/discovered.py",
        "return self.tried >= LEAST_TRIED and self.found",
        "return self.found",
    ),
    Mutant(
        "where nothing was found there is nothing",
        DOUBT,
        PROPOSALS,
        "category=Category.NON_PERSONAL, category_why=why, category_sure=False)",
        "category=Category.NON_PERSONAL, category_why=why, category_sure=True)",
    ),
    Mutant(
        "of links with a type the first one counts",
        "each row leads to its own person",
        PROPOSALS,
        "    for link in split:\n        ways += _shortest(",
        "    for link in split[:1]:\n        ways += _shortest(",
    ),
    Mutant(
        "what a person wrote is overwritten",
        KEEPS,
        MERGE,
        "    return isinstance(node, yaml.ScalarNode) and not node.style and not node.value\n",
        "    return isinstance(node, yaml.ScalarNode)\n",
    ),
    Mutant(
        "the outer mapping goes on inside the inner one",
        KEEPS,
        MERGE,
        "for edit in reversed(edits):",
        "for edit in edits[::-1][::-1]:",
    ),
    Mutant(
        "doubts come again with every run",
        KEEPS,
        MERGE,
        "sure = [line for line in missing if line.is_sure]",
        "sure = missing",
    ),
    Mutant("a dry run writes", KEEPS, INVENTORY, "if not dry_run and new != text:", "if new != text:"),
)  # fmt: skip

TOLD = (
    Mutant("what is only reported is covered", COMPLETE, COVERAGE, "or rule.then is Disposition.REPORT", ""),
    Mutant(
        "rows that only lose their link are covered",
        COMPLETE,
        COVERAGE,
        "case RowFate.DELETE | RowFate.DELETE_IF_UNSHARED:",
        "case RowFate.DELETE | RowFate.DELETE_IF_UNSHARED | RowFate.UNLINK:",
    ),
    Mutant(
        "a redacted column covers the others",
        COMPLETE,
        COVERAGE,
        "        return target is not None and (",
        "        return True or (",
    ),
    Mutant(
        "scrubbing takes out what it does not name",
        COMPLETE,
        COVERAGE,
        "(not isinstance(target, Scrub) or element.value in target.elements)",
        "True",
    ),
    Mutant("a month is thirty days", COMPLETE, COVERAGE, "rule.keep.longest_days <=", "rule.keep.shortest_days <="),
    Mutant(
        "a weak finding disproves a claim",
        "what is told is sure or likely",
        COVERAGE,
        "for one in each.surest:",
        "for one in each.findings:",
    ),
    Mutant(
        "what lies above the cut-off falls due at once",
        "the forecast is that of the months to come",
        AGES,
        "by_month = (by_edge[COLUMNS], ",
        "by_month = (by_edge[0], ",
    ),
    Mutant(
        "records that no rule covers have ages",
        "the chart is that of the rule",
        AGES,
        "every([rule.matches, opposite(rule.timing.undated)])",
        "opposite(rule.timing.undated)",
    ),
    Mutant("what files say gets into the page as it is", HARMLESS, HTML, "autoescape=True", "autoescape=False"),
    Mutant(
        "what is only reported is promised",
        "the schedule is that of the rules that act",
        SCHEDULE,
        "if rule.then is not Disposition.REPORT)",
        "if True)",
    ),
    Mutant(
        "a schedule that differs passes",
        "the schedule is that of the rules that act",
        "cli/report.py",
        "    if published == text:\n",
        "    if True:\n",
    ),
    Mutant(
        "what means for good is told as ahead",
        "each record of a clock counts once",
        HEALTH,
        "aheads - nevers",
        "aheads",
    ),
)  # fmt: skip

MENDED = (
    Mutant(
        "a large table without an index on its clock is well",
        "what a rule would need is told",
        "doctor/indexes.py",
        "large = records.get(table.full_name, 0) >= LARGE",
        "large = False",
    ),
    Mutant(
        "a table of some thousand records is large",
        "what a rule would need is told",
        "doctor/indexes.py",
        "LARGE = 1_000_000\n",
        "LARGE = 1_000\n",
    ),
    Mutant(
        "an index on a clock does not count",
        "what a rule would need is told",
        "doctor/indexes.py",
        "any(index[0] == name for index in _lookups(table))",
        "False",
    ),
    Mutant(
        "what a foreign key takes along is not told",
        "nothing goes along unseen",
        "doctor/tables.py",
        "if what and catalogue.foreign_key(link):",
        "if False:",
    ),
    Mutant(
        "what a rule names is told as well",
        "nothing goes along unseen",
        "doctor/tables.py",
        "            if link not in named:\n",
        "            if True:\n",
    ),
    Mutant(
        "below rows that go along nothing goes",
        "nothing goes along unseen",
        "doctor/tables.py",
        "goes += [(",
        "goes = goes or [(",
    ),
    Mutant(
        "a link that says its rows is in doubt",
        "a link leads where its row says",
        "doctor/tables.py",
        "not (link.declaration and link.declaration.when)",
        "True",
    ),
)
