"""Ways to let hostile input through; `make mutants` sees that a test of the same area notices each.

A mutant replaces a text that stands exactly once in a file of the product by another.
"""

from __future__ import annotations

from standing.mutants import Mutant

#: Files that nobody should have written.
FILES = (
    Mutant(
        "errors of the parser are no problems",
        "bad input never yields a traceback",
        "policy/strict_yaml.py",
        "except (yaml.YAMLError, ValueError, OverflowError) as error:",
        "except yaml.scanner.ScannerError as error:",
    ),
    Mutant(
        "files are nested as deep as they like",
        "bad input never yields a traceback",
        "policy/strict_yaml.py",
        "_DEEPEST = 40",
        "_DEEPEST = 4_000",
    ),
    Mutant(
        "numbers are as long as they like",
        "bad input never yields a traceback",
        "policy/configuration.py",
        '_ROWS = re.compile(r"[0-9]{1,15}")',
        '_ROWS = re.compile(r"[0-9]+")',
    ),
    Mutant(
        "passwords in URLs are sought again and again",
        "bad input takes no longer than good input",
        "policy/configuration.py",
        'r"[?&][^=&?]*(?:password',
        'r"[?&][^=&]*(?:password',
    ),
    Mutant(
        "a file may be without an end",
        "bad input takes no more memory than good input",
        "policy/strict_yaml.py",
        "content = None if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else stream.read(_LARGEST + 1)",
        "content = stream.read() if mode else None",
    ),
)

#: Files that others may have written.
TRUST = (
    Mutant(
        "everybody may write the files",
        "what others may have written is refused",
        "policy/trust.py",
        "    if mode & stat.S_IWOTH:\n",
        "    if not mode:\n",
    ),
    Mutant(
        "everybody may replace the files",
        "what others may have written is refused",
        "policy/trust.py",
        "if folder.st_mode & stat.S_IWOTH and not",
        "if not folder.st_mode and not",
    ),
    Mutant(
        "everybody may add policies",
        "what others may have written is refused",
        "policy/trust.py",
        "    if listed and ",
        "    if not listed and ",
    ),
    Mutant(
        "links of everybody are followed",
        "a link that another user made is not followed",
        "policy/trust.py",
        "not in (0, os.geteuid(), folder.st_uid)",
        "< 0",
    ),
    Mutant(
        "only the last link is looked at",
        "a link that another user made is not followed",
        "policy/trust.py",
        "        yield step\n        if step.is_symlink():",
        "        if not left:\n            yield step\n        if step.is_symlink():",
    ),
    Mutant(
        "what needs the configuration alone trusts it",
        "what others may have written is refused",
        "cli/book.py",
        "[document.exposure] if document.exposure else []",
        "[]",
    ),
)

#: Words of data that steer.
OUTPUT = (
    Mutant(
        "tables show what steers a terminal",
        "data steer nothing",
        "render/plain.py",
        'return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in words)',
        "return words",
    ),
    Mutant(
        "only the oldest controls are escapes in JSON",
        "data steer nothing",
        "render/programs.py",
        'return "\\n".join(line if line.isprintable() else _escaped(line) for line in text.split("\\n"))',
        "return text",
    ),
    Mutant(
        "cells are calculated",
        "data are no formulas",
        "render/programs.py",
        "value.lstrip().startswith(_FORMULA) and not _NUMBER.fullmatch(value)",
        "value == str(_FORMULA)",
    ),
    Mutant(
        "words are marked up",
        "data steer nothing",
        "render/screen.py",
        "    return Text(plain(words), style)",
        "    return Text.from_markup(plain(words), style=style)",
    ),
    Mutant(
        "the file's name is told as it is",
        "data steer nothing",
        "cli/book.py",
        "click.echo(plain(str(problem)), err=True)",
        "click.echo(str(problem), err=True)",
    ),
    Mutant(
        "the statements show what steers a terminal",
        "data steer nothing",
        "cli/scan.py",
        "if is_terminal(sys.stdout):  # piped",
        "if is_terminal(sys.stdin) and not sys.stdout:  # piped",
    ),
)

#: Values and names that become part of statements.
INJECTION = (
    Mutant(
        "a text of a condition is put into the statement",
        "a value is never executed",
        "engines/base.py",
        "        return self._exactly(value, text)",
        """        return sa.and_(self._exactly(value, text), sa.literal_column(f"'{text}' = '{text}'"))""",
    ),
    Mutant(
        "names of tables are not quoted",
        "a name is never executed",
        "standing/sql.py",
        "return sa.table(table.name, ",
        "return sa.table(sa.quoted_name(table.name, False), ",
    ),
    Mutant(
        "names of columns are not quoted",
        "a name is never executed",
        "standing/sql.py",
        "*(sa.column(c.name, Declared(c))",
        "*(sa.column(sa.quoted_name(c.name, False), Declared(c))",
    ),
)

#: Secrets and values that are told.
SECRETS = (
    Mutant(
        "a bug tells its words",
        "no secret in any output",
        "cli/boundary.py",
        'return _say(f"a bug: {type(error).__name__} in {place}; {mend}", _BUG)',
        'return _say(f"a bug: {error} in {place}; {mend}", _BUG)',
    ),
    Mutant(
        "evidence and skips name records by their keys",
        "evidence and logs hold no record values",
        "ledger/opening.py",
        "return Keyed(self.secret(), parts).digest()[:_TOKEN]",
        'return " ".join(parts)',
    ),
    Mutant(
        "a URL with a password is told",
        "no secret in any output",
        "policy/words.py",
        '    if "://" in text:\n        return "this URL"\n',
        "",
    ),
)
