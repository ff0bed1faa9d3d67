"""Lines that are proposed for a file: keys with their values, in order, with the doubt that a person has to settle."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A key and its value, or what stands under it.

    `key` and `value` are as YAML writes them on one line; `value` is empty where nothing is said. `comment` follows on
    the same line. What is `doubtful` is proposed as a comment alone. What `leads` comes before what is there already.
    """

    key: str
    value: str = ""
    inner: tuple[Line, ...] = ()
    comment: str = ""
    doubtful: bool = False
    leads: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether any of it is more than a comment."""
        return not self.doubtful and (not self.inner or any(line.is_sure for line in self.inner))

    @property
    def flow(self) -> str:
        """All of it that is sure, on one line and without comments."""
        if not self.inner:
            return f"{self.key}: {self.value or 'null'}"
        return f"{self.key}: {{{', '.join(line.flow for line in self.inner if line.is_sure)}}}"


def block(lines: tuple[Line, ...], indent: int, doubtful: bool = False) -> list[str]:
    """The lines in YAML's block style; a key of which all is doubtful is one comment with what stands under it."""
    text: list[str] = []
    for line in lines:
        doubt = doubtful or not line.is_sure
        pad = f"{' ' * indent}{'# ' if doubt else ''}"
        said = f"{pad}{line.key}:{' ' + line.value if line.value else ''}"
        text.append(f"{said:<44} # {on_one_line(line.comment)}" if line.comment else said)
        text += block(line.inner, indent + 2, doubt)
    return text


def on_one_line(words: str) -> str:
    """Words that may come from a database, which end no comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(words.split()))
