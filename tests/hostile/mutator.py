"""Mutants of YAML files: what editors, merges, bad luck and bad people make of them, the same for the same chance."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from random import Random

from hostile.seeds import Files

#: No mutant is larger than this.
LONGEST = 300_000
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_VALUE = re.compile(r"(?<=: )[^\n{}\[\],#]+|(?<=[\[,] )[^\n{}\[\],#]+")
_KEY = re.compile(r"(?<![\w.-])[\w.-]++(?=:[ \n])")
_NUMBER = re.compile(r"\d+")
_UNSEEN = (
    *("\0", "\x01", "\x07", "\x1b[31m", "\x1b]0;x\x07", "\x7f", "\x85", "\x9b31m", "\xa0", "\xad", "\u200b"),
    *("\u200e", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\ufffe", "\uffff", "\ud800", "\udfff"),
    *("\U000e0001", "\r", "\t", "\x0b", "\x0c", "\U0010ffff", "é\u0301", "ﬀ", "İ", "ß", "٣", "²", "\U0001d7d7"),
)  # fmt: skip
_OTHER_TYPES = (
    *("", "~", "null", "true", "no", "1.5", ".inf", ".nan", "0x10", "0o7", "1_000", "2020-02-30", "12:30:45"),
    *("[]", "{}", "[[]]", "{{}}", "[null]", "{? : }", "? x", "- - -", "|", ">-", "|9", "''", '""', "'", '"'),
    *("!!python/name:os.system", "!!binary aGk=", "!x y", "&a b", "*a", "<<", "<<: *a", "%YAML 1.1", "---"),
    *("...", "@x", "`x`", "# x", "- x", "x: y: z", "{a: {a: {a: x}}}", "[a, [b, [c]]]", "{env: X, file: Y}"),
    *("{file: /dev/zero}", "{file: .}", "{env: ''}", "∞", "−1"),
)  # fmt: skip
#: What the language knows, where it does not belong; patterns and templates that are hard to read.
_WORDS = (
    *("older than: 3 years", "has items: {a: b}", "has no items: {}", "not: {not: {not: {a: b}}}", "any: []"),
    *("all: [{}]", "delete if unshared", "unlink", "{redact: {}}", "{hash: contacts}", "{mask: ip}"),
    *("{scrub: [ip]}", "{template: '{id}'}", "'{' ", "'{{id}}'", "'{id!r:>99999999}'", "'%(x)s'"),
    *("newest of: [a, b]", "after: a.b.c.d.e.f", "self", "none", "*", "matches: '(a+)+$'"),
    *("matches: '" + "(" * 300 + "'", "matches: '[a-'", "matches: 'a{99999}{99999}'", "matches: '\\\\'"),
    *("keep: 0 days", "keep: 99999999999 years", "keep: 1 day 1 day", "keep: -1 year", "keep: 1 fortnight"),
    *("is: {}", "overrides: [r, r, r]", "law: ''", "at least: 1e999", "wesretain: ignore[x]"),
    *("# wesretain: ignore[shadowed]", "..", ".a", '"a"."b"."c"', '"', '""""', "a." * 400),
    *("sqlite:////etc/passwd", "postgresql://u:p@h:x/d", "mariadb://[::1/d", "x://" + "a" * 999),
)  # fmt: skip


def mutant(seeds: Sequence[Files], chance: Random) -> Files:
    """A set of files of which one, seldom two, have been changed in one to four ways."""
    files = chance.choice(seeds)
    for name in chance.sample([field.name for field in fields(Files)], chance.choice((1, 1, 1, 2))):
        others = [content for other in chance.sample(seeds, 2) for content in (other.policy, other.inventory)]
        files = replace(files, **{name: mutated(getattr(files, name), others, chance)})
    return files


def mutated(content: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """A file changed in one to four ways; pieces of others may come in."""
    for _ in range(chance.randint(1, 4)):
        if chance.random() < 0.15:
            content = chance.choice(_OF_BYTES)(content, chance)
        elif chance.random() < 0.05:
            content = _spliced(content, chance.choice(others), chance)
        else:
            text = content.decode("utf-8", "surrogateescape")
            try:
                content = chance.choice(_OF_TEXT)(text, chance).encode("utf-8", "surrogateescape")
            except UnicodeEncodeError:  # a lone surrogate, which some editors write
                content = chance.choice(_OF_TEXT)(text, chance).encode("utf-8", "surrogatepass")[:LONGEST]
        content = content[:LONGEST]
    return content


# -- bytes ----------------------------------------------------------------------------------------------------------


def _flipped(content: bytes, chance: Random) -> bytes:
    changed = bytearray(content or b"\0")
    for _ in range(chance.choice((1, 1, 2, 16))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _without_some(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + content[start + chance.randrange(1, 64) :]


def _noise(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + chance.randbytes(chance.randrange(1, 40)) + content[start:]


def _encoded(content: bytes, chance: Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(
        chance.choice(("utf-16", "utf-32", "utf-16-be", "utf-8-sig", "utf-7", "cp1252", "cp500")), "replace"
    )


def _spliced(content: bytes, other: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)] + other[chance.randrange(len(other) + 1) :]


# -- text -----------------------------------------------------------------------------------------------------------


def _put(text: str, what: str, chance: Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + what + text[place:]


def _instead(text: str, pattern: re.Pattern[str], what: Callable[[str], str], chance: Random) -> str:
    """One of what a pattern finds, replaced."""
    found = list(pattern.finditer(text))
    if not found:
        return _put(text, what(""), chance)
    match = chance.choice(found)
    return text[: match.start()] + what(match[0]) + text[match.end() :]


def _swapped_tokens(text: str, chance: Random) -> str:
    tokens = _TOKEN.findall(text)
    if len(tokens) > 1:
        one, two = chance.sample(range(len(tokens)), 2)
        tokens[one], tokens[two] = tokens[two], tokens[one]
    return "".join(tokens)


def _nested(text: str, chance: Random) -> str:
    depth = chance.choice((3, 10, 38, 39, 40, 41, 42, 200, 1_000, 5_000, 20_000))
    opening, closing = chance.choice(
        (("[", "]"), ("{a: ", "}"), ("{not: ", "}"), ("{any: [", "]}"), ("- ", ""), ("? ", ""))
    )
    inner = chance.choice(("x", "{a: b}", ""))
    whole = opening * depth + inner + closing * chance.choice((depth, depth, 0, depth - 1))
    return _instead(text, _VALUE, lambda _: whole, chance)


def _stairs(text: str, chance: Random) -> str:
    depth = chance.choice((5, 41, 300))
    return text + "\n" + "".join(f"{' ' * step}k{step}:\n" for step in range(depth))


def _huge_number(text: str, chance: Random) -> str:
    digits = chance.choice((5, 16, 20, 400, 4_300, 4_301, 50_000))
    sign = chance.choice(("", "-", "+", "0", "0x", "1e"))
    return _instead(text, _NUMBER, lambda _: f"{sign}{'9' * digits}", chance)


def _other_type(text: str, chance: Random) -> str:
    return _instead(text, _VALUE, lambda _: chance.choice(_OTHER_TYPES), chance)


def _other_key(text: str, chance: Random) -> str:
    return _instead(text, _KEY, lambda _: chance.choice(_OTHER_TYPES + _WORDS), chance)


def _word(text: str, chance: Random) -> str:
    word = chance.choice(_WORDS)
    return _instead(text, _VALUE, lambda _: word if ": " not in word else f"{{{word}}}", chance)


def _word_as_line(text: str, chance: Random) -> str:
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    lines.insert(place, indent + chance.choice(_WORDS))
    return "\n".join(lines)


def _alias(text: str, chance: Random) -> str:
    if chance.random() < 0.3:
        return (
            "a: &a [x, x]\n"
            + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
            + text
        )
    return _instead(text, _VALUE, lambda found: chance.choice((f"&a {found}", "*a", "&a", "* a", "{<<: *a}")), chance)


def _long(text: str, chance: Random) -> str:
    long = chance.choice(("x", "é", "a.", "😀", "a b ", "-", "_a", '"')) * chance.choice((100, 1_100, 20_000, 60_000))
    return _instead(text, chance.choice((_KEY, _VALUE)), lambda _: long, chance)


def _unseen(text: str, chance: Random) -> str:
    for _ in range(chance.choice((1, 1, 3))):
        text = _put(text, chance.choice(_UNSEEN), chance)
    return text


def _unseen_inside(text: str, chance: Random) -> str:
    shown = chance.choice(_UNSEEN)
    escape = "".join(f"\\U{ord(letter):08x}" for letter in shown)
    return _instead(text, chance.choice((_KEY, _VALUE)), lambda found: f'"{found}{escape}"', chance)


def _twice(text: str, chance: Random) -> str:
    lines = text.split("\n")
    start = chance.randrange(len(lines))
    block = lines[start : start + chance.choice((1, 1, 2, 8))]
    return "\n".join([*lines[:start], *block, *lines[start:]])


def _without_a_line(text: str, chance: Random) -> str:
    lines = text.split("\n")
    del lines[chance.randrange(len(lines))]
    return "\n".join(lines)


def _swapped_lines(text: str, chance: Random) -> str:
    lines = text.split("\n")
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return "\n".join(lines)


def _shifted(text: str, chance: Random) -> str:
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    lines[place] = chance.choice((" ", "  ", "\t", "        ")) + lines[place]
    return "\n".join(lines)


def _quoted(text: str, chance: Random) -> str:
    return _put(
        text,
        chance.choice(
            ("'", '"', "`", "\\", '"\\', '"\\x', '"\\ud800"', "'''", "#", ":", ": ", "{", "]", "%", "@", "|")
        ),
        chance,
    )


def _crowd(text: str, chance: Random) -> str:
    """Many of the same, each with a name of its own."""
    lines = text.split("\n")
    starts = [place for place, line in enumerate(lines) if re.match(r"  [\w-]+:", line)]
    if not starts:
        return text * 3
    start = chance.choice(starts)
    end = next((place for place in range(start + 1, len(lines)) if re.match(r" ? ?\S", lines[place])), len(lines))
    block, copies = "\n".join(lines[start:end]), []
    for number in range(min(chance.choice((2, 30, 300)), 100_000 // (len(block) + 1))):
        copies.append(re.sub(r"^(  [\w-]+)", rf"\g<1>{number}", block))
    return "\n".join([*lines[:end], *copies, *lines[end:]])


_OF_BYTES = (_flipped, _cut, _without_some, _noise, _encoded)
_OF_TEXT = (
    *(_swapped_tokens, _nested, _stairs, _huge_number, _other_type, _other_type, _other_key, _word, _word),
    *(_word_as_line, _alias, _long, _unseen, _unseen_inside, _twice, _without_a_line, _swapped_lines, _shifted),
    *(_quoted, _crowd),
)  # fmt: skip
