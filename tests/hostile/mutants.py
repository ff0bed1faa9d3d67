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
        "return None if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else stream.read(_LARGEST + 1)",
        "return stream.read() if mode else None",
    ),
)
