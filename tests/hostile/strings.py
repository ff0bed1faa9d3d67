"""Strings that become statements, commands, files or formats where somebody puts them together carelessly."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

#: Where `{file}` stands, the file that nobody may create; `canary` is the table that nobody may change.
OPENINGS = (
    *("'", '"', "`", "''", "')", "'))", '")', "`)", "\\'", "\\\\'", "\\", "%'", "x' ", "1", "0x27", "]", "$$"),
    *("$a$", "E'", "q'[", "\u2019", "\u02bc", "\uff07", "\u2032", "\xbf'", "\u00a5'", "\u0130'", "*/", "--\n"),
    *("#\n", "\r\n", "' || '", "' + '"),
)  # fmt: skip
STATEMENTS = (
    *("; DROP TABLE canary; ", "; DELETE FROM canary; ", "; UPDATE canary SET v = 'dead'; "),
    *("; TRUNCATE TABLE canary; ", " OR 1=1 ", " OR 'a'='a", " AND 1=0 UNION SELECT v FROM canary "),
    *(" OR EXISTS (SELECT 1 FROM canary) ", "; INSERT INTO canary VALUES (9, 'x'); "),
    *("; CREATE TABLE dead (id int); ", "; COMMIT; DROP TABLE canary; "),
    *("; COPY canary TO PROGRAM 'touch {file}'; ", "; COPY canary TO '{file}'; ", " INTO OUTFILE '{file}' "),
    *("; ATTACH DATABASE '{file}' AS dead; CREATE TABLE dead.x (y); ", "; SELECT load_extension('{file}'); "),
    *("/*!50000 ; DELETE FROM canary */", "; DO $x$ BEGIN DELETE FROM canary; END $x$; "),
    *(" WHERE 1=1; DELETE FROM canary ",),
)  # fmt: skip
CLOSINGS = ("", "--", "-- ", "#", "/*", "';", "\0", "\\", "'", '"', "`", ";--", "\n")
FORMATS = (
    *("%s", "%(x)s", "%d%n%x", "%", "%%", "%1$s", ":name", ":1", "?", "?1", "$1", "@x", "{}", "{0}", "{id}"),
    *("{x}", "{{", "}", "{0.__class__.__init__.__globals__}", "{id.__class__}", "{id!r:>999999}", "{:{}}"),
    *("{0[0]}", "${{x}}", "#{x}", "<%= 7*7 %>", "${jndi:ldap://x}", "{{7*7}}", "{{config}}", "{% raw %}"),
    *("\\N{BULLET}", "\\x41", "\\u0000", "%00", "\udcff", "\ud800"),
)  # fmt: skip
SHELL = (
    *("$(touch {file})", "`touch {file}`", "; touch {file}", "| touch {file}", "&& touch {file}"),
    *("\ntouch {file}\n", "> {file}", "'; touch {file} '", '"; touch {file} "', "--config={file}", "-rf", "--"),
    *("-", "~root", "*", "$HOME", "!touch", "%PATH%"),
)  # fmt: skip
YAML = (
    *('!!python/object/apply:os.system ["touch {file}"]', "!!python/name:os.system", "*a", "&a x", "<<: *a"),
    *("? x", "- x", "|", "a: b", "a: b: c", "# x", "' # x", '" # x', "[x", "{x", "---\n", "...\n", "null", "~"),
    *("yes", "0x1F", "1e3", "2020-01-01"),
    *("\n  gone: {table: shop.canary, keep: nothing, then: delete, where: {id: 1}}\n",),
    *("}, then: delete, where: {id: 1", "\t"),
)  # fmt: skip
PATHS = (
    *("../../../../etc/passwd", "/etc/passwd", "....//....//etc/passwd", "%2e%2e%2fetc", "..\\..\\x"),
    *("/dev/zero", "/dev/stdin", "file:///etc/passwd", "sqlite:////etc/passwd", "http://127.0.0.1/"),
    *("\\\\host\\share", "C:\\x", ".", "..", "/", "a" * 300),
)  # fmt: skip


def strings(count: int, file: str) -> list[str]:
    """So many different strings, the same each time: of every kind first one, then as many as are wanted."""
    statements = [
        f"{opening}{statement}{closing}" for opening, statement, closing in product(OPENINGS, STATEMENTS, CLOSINGS)
    ]
    Random(1).shuffle(statements)
    kinds = [statements[:2_000], list(FORMATS), list(SHELL), list(YAML), list(PATHS)]
    found = dict.fromkeys(text.replace("{file}", file) for text in _dealt(kinds))
    return list(found)[:count]


def _dealt(kinds: list[list[str]]) -> Iterator[str]:
    """One of each kind in turn, three of the first, until all are dealt."""
    while any(kinds):
        for place, kind in enumerate(kinds):
            for _ in range(min(len(kind), 1 if place else 3)):
                yield kind.pop()
